"""Rent by turnover over HTTP."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import Connection

from api.formats.sheets import Columns, Report, Sheet
from api.formats.tables import Table, cells, columns
from api.http.reading import ExplainedQuery, Found, Read
from api.receipts.turnover import TURNOVER
from projections.engine.basis import Basis
from projections.tenancy.turnover import TurnoverRents, TurnoverRow, turnover_rent

YEAR = "The calendar year; by default that of the effective date."


class TurnoverQuery(ExplainedQuery, frozen=True, kw_only=True):
    """Rent by turnover, for a year."""

    year: Annotated[Annotated[int, Meta(ge=1950, le=2150)] | None, Meta(description=YEAR)] = None


def _turnover(connection: Connection, basis: Basis, query: TurnoverQuery, _path: Mapping[str, str]) -> Found:
    return Found(data=turnover_rent(connection, basis, year=query.year))


def turnover_table(answer: TurnoverRents) -> Table:
    """A row for each month of a lease, and the total."""
    names = ["section", *columns(TurnoverRow)]

    def lines() -> Iterator[list[Any]]:
        yield from (cells(row, names, section="MONTH") for row in answer.rows)
        yield cells(answer.total, names, section="TOTAL")

    return names, lines()


SHOWN = Columns(
    {
        "company": "tenant",
        "lease": "lease",
        "from_on": "from",
        "until_on": "until",
        "said": "said",
        "declare_by": "declare by",
        "declared_on": "declared",
        "turnover": "turnover",
        "unshared": "breakpoint",
        "share_percent": "share, %",
        "rent": "less rent",
        "by_month": "by month",
        "reconciled": "reconciled",
        "due": "due",
    },
    texts=("company", "lease", "from_on", "until_on", "said", "declare_by", "declared_on"),
)


def turnover_sheet(answer: TurnoverRents) -> Sheet:
    """A row for each month of a lease, and the total."""
    rows = [SHOWN.line(row) for row in answer.rows]
    rows.append(SHOWN.line(answer.total, company="TOTAL"))
    return Sheet(f"Rent by turnover {answer.year} (CNY)", SHOWN, rows)


READS: tuple[Read[Any], ...] = (
    Read(
        name="report-turnover-rent",
        path="/v1/reports/turnover-rent",
        summary="What each tenant declared that it sold, the share due of it, the year reconciled, and who is late.",
        group="reports",
        query=TurnoverQuery,
        ask=_turnover,
        data=TurnoverRents,
        table=turnover_table,
        receipts=TURNOVER,
        report=Report(
            name="turnover-rent",
            help="Rent by turnover: what was declared, the share due of it, the year reconciled, and who is late.",
            examples=("mcsc report turnover-rent --effective 2026-06-30",),
            options={"year": YEAR},
            sheet=turnover_sheet,
        ),
    ),
)
