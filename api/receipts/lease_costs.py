"""What the cells of the list of lease costs rest on: lines of the journal on 1801.01 and 1801.02, which sum to them.

LEASE_COSTS
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
from projections.tenancy.lease_costs import FIGURES, control_lines, cost_lines, lease_costs


def _lines(_: Connection, basis: Basis, _query: Any, row: Row, column: str) -> Select[Any] | None:
    if column not in FIGURES or row["section"] not in ("CONTROL", "COST"):
        return None
    return control_lines(basis) if row["section"] == "CONTROL" else cost_lines(basis, row["lease"], row["cost"], column)


def _behind(connection: Connection, basis: Basis, _query: Any, row: Row, _column: str) -> Sequence[Entry]:
    """The facts of a cost."""
    return distinct(facts_behind(connection, basis, [f"lease-cost:{row['cost']}"])) if row["cost"] else ()


def _beside_control(connection: Connection, basis: Basis, _query: Any, _row: Row) -> list[Part]:
    """All that is left, and the control accounts."""
    found = lease_costs(connection, basis)
    return [Part(cell="TOTAL/left", figure=found.total.left), Part(cell="CONTROL/left", figure=found.control)]


LEASE_COSTS = Receipts(
    of_fact=of_fact,
    keys={"COST": ("lease", "cost")} | dict.fromkeys(("TOTAL", "CONTROL", "DIFFERENCE"), ()),
    units=dict.fromkeys(FIGURES, "CNY"),
    behind=_behind,
    posted=_lines,
    moving=_behind,
    sums={"TOTAL": [Sum(FIGURES, "COST")]},
    made={"DIFFERENCE/left": Made(_beside_control, "TOTAL - CONTROL", lambda of: decimals(of[0] - of[1], 2))},
)
