"""What the cells of the inventory rest on: lines of the journal on 1405 and 1471, which sum to them.

INVENTORY
"""

from typing import Any

from sqlalchemy import Connection, Select

from api.http.receipts import Made, Part, Receipts, Row, Sum
from api.receipts.working import of_fact
from projections.books.inventory import BALANCES, FIGURES, control_lines, inventory, posted
from projections.engine.basis import Basis
from projections.engine.figures import decimals


def _lines(_: Connection, basis: Basis, query: Any, row: Row, column: str) -> Select[Any] | None:
    if column not in FIGURES or row["section"] not in ("ORDER", "CONTROL"):
        return None
    if row["section"] == "CONTROL":
        return control_lines(basis, column, from_on=query.from_on)
    return posted(basis, row["order"], column, from_on=query.from_on)


def _beside_control(column: str) -> Made:
    """All orders together, and the accounts."""

    def parts(connection: Connection, basis: Basis, query: Any, _row: Row) -> list[Part]:
        found = inventory(connection, basis, from_on=query.from_on)
        return [
            Part(cell=f"TOTAL/{column}", figure=getattr(found.total, column)),
            Part(cell=f"CONTROL/{column}", figure=getattr(found.control, column)),
        ]

    return Made(parts, "TOTAL - CONTROL", lambda of: decimals(of[0] - of[1], 2))


INVENTORY = Receipts(
    of_fact=of_fact,
    keys={"ORDER": ("order",)} | dict.fromkeys(("TOTAL", "CONTROL", "DIFFERENCE"), ()),
    units=dict.fromkeys(FIGURES, "CNY"),
    posted=_lines,
    sums={"TOTAL": [Sum(FIGURES, "ORDER")]},
    made={f"DIFFERENCE/{column}": _beside_control(column) for column in BALANCES},
)
