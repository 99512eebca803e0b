"""What the cells of the list of deposits rest on: lines of the journal on 2241.01, which sum to them.

DEPOSITS
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select

from api.http.receipts import Made, Part, Receipts, Row, Sum
from api.receipts.working import of_fact
from ledger.log.envelope import Entry
from projections.engine.basis import Basis
from projections.engine.figures import decimals
from projections.engine.sources import distinct, facts_behind
from projections.tenancy.deposits import HELD, control_lines, deposits, held_lines


def _lines(_: Connection, basis: Basis, _query: Any, row: Row, column: str) -> Select[Any] | None:
    """The lines of what is held. A row of which nothing is held any more is gone, and its other columns with it."""
    if column != "held" or row["section"] not in ("CONTROL", "DEPOSIT"):
        return None
    return control_lines(basis) if row["section"] == "CONTROL" else held_lines(basis, row["company"], row["lease"])


def _behind(connection: Connection, basis: Basis, _query: Any, row: Row, _column: str) -> Sequence[Entry]:
    """The facts of a lease and of its deposit: its end, and since when what is held is to be paid back."""
    return distinct(facts_behind(connection, basis, [f"lease:{row['lease']}"])) if row["lease"] else ()


def _beside_control(connection: Connection, basis: Basis, _query: Any, _row: Row) -> list[Part]:
    """All that is held, and the control account."""
    found = deposits(connection, basis)
    return [Part(cell="TOTAL/held", figure=found.total.held), Part(cell="CONTROL/held", figure=found.control)]


DEPOSITS = Receipts(
    of_fact=of_fact,
    keys={"DEPOSIT": ("company", "lease")} | dict.fromkeys(("TOTAL", "CONTROL", "DIFFERENCE"), ()),
    units=dict.fromkeys(HELD, "CNY") | {"days": "days"},
    behind=_behind,
    posted=_lines,
    moving=_behind,
    sums={"TOTAL": [Sum(HELD, "DEPOSIT")]},
    made={"DIFFERENCE/held": Made(_beside_control, "TOTAL - CONTROL", lambda of: decimals(of[0] - of[1], 2))},
)
