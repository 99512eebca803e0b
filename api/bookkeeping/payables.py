"""What is owed to anybody, and for how long, over HTTP.

READS   GET /v1/payables; GET /v1/reports/payables-ageing
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection

from api.formats.sheets import POSITIONS_OPTION, At, Columns, Report, Sheet
from api.formats.tables import Table, cells, structs_table
from api.http.parameters import place
from api.http.reading import BasisQuery, ExplainedQuery, Found, Limit, Positions, Read, paged
from api.receipts.payables import PAYABLES_AGEING
from ledger.decider import Id
from projections.engine.basis import Basis
from projections.payables.ageing import PayableAgeingRow, PayablesAgeing, payables_ageing
from projections.payables.documents import PayableFound, PayableKind, found, payables
from projections.receivables.ageing import BUCKETS


class PayablesQuery(BasisQuery, frozen=True, kw_only=True):
    """Payables, filtered; a page of them. `company`: that it is owed to; `open`: only what is not settled."""

    company: Id | None = None
    kind: PayableKind | None = None
    open: bool = False
    limit: Limit = 100
    cursor: str | None = None


class PayablesReportQuery(ExplainedQuery, frozen=True, kw_only=True):
    """The payables ageing."""

    positions: Positions = False


def _payables(connection: Connection, basis: Basis, query: PayablesQuery, _path: Mapping[str, str]) -> Found:
    rows = payables(
        connection,
        basis,
        company=query.company,
        kind=query.kind,
        open_only=query.open,
        after=place(query.cursor),
        limit=query.limit + 1,
    )
    return paged([found(row) for row in rows], query.limit, "payable")


def _ageing(connection: Connection, basis: Basis, query: PayablesReportQuery, _path: Mapping[str, str]) -> Found:
    return Found(data=payables_ageing(connection, basis, positions=query.positions))


def ageing_table(answer: PayablesAgeing) -> Table:
    """Payables and sums by party; the total, and the control account that it foots to."""
    names = ["section", *(name for name in PayableAgeingRow.__struct_fields__ if name not in ("open", "positions"))]
    names[4:4] = ["name"]
    names += [*BUCKETS, "total", "overdue"]

    def line(section: str, row: Any = None, **instead: Any) -> list[Any]:
        return cells(row, names, section=section, **instead)

    def lines() -> Iterator[list[Any]]:
        for party in answer.parties:
            for document in party.documents:
                ages = msgspec.structs.asdict(document.open)
                yield line("DOCUMENT", document, name=party.name, **ages, overdue=document.open.overdue)
            yield line("PARTY", party.open, company=party.company, name=party.name, overdue=party.open.overdue)
        yield line("TOTAL", answer.open, overdue=answer.open.overdue)
        yield line("CONTROL", total=answer.control)
        yield line("DIFFERENCE", total=answer.difference)

    return names, lines()


AGEING_SHOWN = Columns(
    {
        "company": "party",
        "document": "document",
        "number": "number",
        "due_on": "due",
        "days": "days",
        "currency": "ccy",
        "owed": "owed",
        "not_due": "not due",
        "days_1_30": "1–30",
        "days_31_60": "31–60",
        "days_61_90": "61–90",
        "days_91_180": "91–180",
        "days_over_180": ">180",
        "total": "total",
    },
    texts=("company", "document", "number", "due_on", "currency"),
    plain=("days",),
)


def ageing_sheet(answer: PayablesAgeing) -> Sheet:
    """Payables, a subtotal by party; the total, and the control account that it foots to."""
    shown, rows = AGEING_SHOWN, list[list[Any]]()
    for party in answer.parties:
        rows += [shown.line(row, **msgspec.structs.asdict(row.open)) for row in party.documents]
        rows.append(shown.line(party.open, company=party.name or party.company, document="subtotal"))
    rows.append(shown.line(answer.open, company="TOTAL"))
    rows.append(shown.line(company="control account 2202", total=At("CONTROL/total", answer.control)))
    rows.append(shown.line(company="difference", total=At("DIFFERENCE/total", answer.difference)))
    return Sheet("Payables ageing: balance (CNY) by days overdue", shown, rows)


READS: tuple[Read[Any], ...] = (
    Read(
        name="list-payables",
        path="/v1/payables",
        summary="What is owed to suppliers, customs, generators and others, payable by payable.",
        group="purchases",
        query=PayablesQuery,
        ask=_payables,
        rows=PayableFound,
        table=structs_table(PayableFound),
    ),
    Read(
        name="report-payables-ageing",
        path="/v1/reports/payables-ageing",
        summary="Payables by days overdue; foots to the control account.",
        group="reports",
        query=PayablesReportQuery,
        ask=_ageing,
        data=PayablesAgeing,
        table=ageing_table,
        receipts=PAYABLES_AGEING,
        report=Report(
            name="payables-ageing",
            help="Payables by days overdue, party by party, with the control account they foot to.",
            examples=("mcsc report payables-ageing --effective 2026-06-30",),
            options={"positions": POSITIONS_OPTION},
            sheet=ageing_sheet,
        ),
    ),
)
