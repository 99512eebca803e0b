"""What the cells of the payables ageing rest on: facts of purchases, energy invoices, damages and payments."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, select

from api.http.receipts import Derived, Made, Part, Receipts, Row, Sum, added
from api.receipts.working import of_fact
from ledger.log.envelope import Entry
from projections.books.entries import known
from projections.books.journal import journal_line
from projections.engine.basis import Basis
from projections.engine.figures import decimals
from projections.engine.sources import distinct, facts_behind
from projections.payables.ageing import payables_ageing
from projections.receivables.ageing import BUCKETS


def _behind(connection: Connection, basis: Basis, _query: Any, row: Row, _column: str) -> Sequence[Entry]:
    """The facts of a payable."""
    return distinct(facts_behind(connection, basis, [row["payable"]])) if row["payable"] else ()


def _control_lines(_: Connection, basis: Basis, _query: Any, row: Row, column: str) -> Select[Any] | None:
    """The lines of the control account, credits positive."""
    if (row["section"], column) != ("CONTROL", "total"):
        return None
    line = journal_line.c
    return select(line.position, (-line.amount_minor).label("minor")).where(known(basis), line.account == "payables")


def _beside_control(connection: Connection, basis: Basis, _query: Any, _row: Row) -> list[Part]:
    """All payables, and the control account."""
    found = payables_ageing(connection, basis)
    return [Part(cell="TOTAL/total", figure=found.open.total), Part(cell="CONTROL/total", figure=found.control)]


AGES = (*BUCKETS, "total")
PAYABLES_AGEING = Receipts(
    of_fact=of_fact,
    keys={"DOCUMENT": ("payable",), "PARTY": ("company",)} | dict.fromkeys(("TOTAL", "CONTROL", "DIFFERENCE"), ()),
    units=dict.fromkeys((*AGES, "overdue"), "CNY") | {"owed": "{currency}", "days": "days"},
    behind=_behind,
    posted=_control_lines,
    sums={"PARTY": [Sum(AGES, "DOCUMENT", ("company",))], "TOTAL": [Sum(AGES, "PARTY")]},
    derived={"overdue": Derived(BUCKETS[1:], " + ".join(BUCKETS[1:]), lambda *ages: added(ages))},
    made={
        "DIFFERENCE/total": Made(_beside_control, "TOTAL - CONTROL", lambda of: decimals(of[0] - of[1], 2)),
    },
)
