"""The list of deposits over HTTP."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import Connection

from api.formats.sheets import At, Columns, Report, Sheet
from api.formats.tables import Table, cells, columns
from api.http.reading import ExplainedQuery, Found, Read
from api.receipts.deposits import DEPOSITS
from projections.engine.basis import Basis
from projections.tenancy.deposits import Deposits, LeaseDeposit, deposits

SETTLED = "Also leases of whose deposit nothing is held any more."


class DepositsQuery(ExplainedQuery, frozen=True, kw_only=True):
    """The deposits held."""

    settled: Annotated[bool, Meta(description=SETTLED)] = False


def _deposits(connection: Connection, basis: Basis, query: DepositsQuery, _path: Mapping[str, str]) -> Found:
    return Found(data=deposits(connection, basis, settled=query.settled))


def deposits_table(answer: Deposits) -> Table:
    """Deposits by tenant and lease; the total, and the control account that what is held foots to."""
    names = ["section", *columns(LeaseDeposit)]

    def lines() -> Iterator[list[Any]]:
        yield from (cells(row, names, section="DEPOSIT") for row in answer.rows)
        yield cells(answer.total, names, section="TOTAL")
        yield cells(None, names, section="CONTROL", held=answer.control)
        yield cells(None, names, section="DIFFERENCE", held=answer.difference)

    return names, lines()


SHOWN = Columns(
    {
        "company": "tenant",
        "lease": "lease",
        "units": "units",
        "state": "state",
        "ends_on": "ends",
        "received": "received",
        "topped_up": "topped up",
        "interest": "interest",
        "moved_in": "moved in",
        "moved_out": "moved out",
        "applied": "applied",
        "forfeited": "forfeited",
        "refunded": "paid back",
        "held": "held",
        "due_on": "due back",
        "days": "days",
        "overdue": "overdue",
    },
    texts=("company", "lease", "units", "state", "ends_on", "due_on"),
    plain=("days",),
)


def deposits_sheet(answer: Deposits) -> Sheet:
    """A row for each lease; the total, and the control account that it foots to."""
    rows = [SHOWN.line(row, days=row.days or None) for row in answer.rows]
    rows.append(SHOWN.line(answer.total, company="TOTAL"))
    rows.append(SHOWN.line(company="control account 2241.01", held=At("CONTROL/held", answer.control)))
    rows.append(SHOWN.line(company="difference", held=At("DIFFERENCE/held", answer.difference)))
    return Sheet("Deposits (CNY)", SHOWN, rows)


READS: tuple[Read[Any], ...] = (
    Read(
        name="report-deposits",
        path="/v1/reports/deposits",
        summary="Every deposit held, of ended leases too; foots to the control account.",
        group="reports",
        query=DepositsQuery,
        ask=_deposits,
        data=Deposits,
        table=deposits_table,
        receipts=DEPOSITS,
        report=Report(
            name="deposits",
            help="Every deposit held, of ended leases too: how it came to that, and by when to pay it back.",
            examples=("mcsc report deposits --effective 2026-06-30",),
            options={"settled": SETTLED},
            sheet=deposits_sheet,
        ),
    ),
)
