"""What the cells of the reports of bank accounts rest on: lines of the journal on 1002, which sum to them.

BANK_ACCOUNTS, BANK_MOVEMENTS
"""

from typing import Any

from sqlalchemy import Connection, Select

from api.http.receipts import Receipts, Row, Sum
from api.receipts.working import of_fact
from projections.books.bank_accounts import HELD, IN_CNY, moved_by, posted
from projections.engine.basis import Basis


def _balance_lines(connection: Connection, basis: Basis, query: Any, row: Row, column: str) -> Select[Any]:
    return posted(connection, basis, row["bank_account"], row["currency"], column, from_on=query.from_on)


BANK_ACCOUNTS = Receipts(
    of_fact=of_fact,
    keys={"ACCOUNT": ("bank_account",), "UNASSIGNED": ("currency",), "TOTAL": ()},
    units=dict.fromkeys(HELD, "{currency}") | dict.fromkeys(IN_CNY, "CNY"),
    posted=_balance_lines,
    sums={"TOTAL": [Sum(IN_CNY, "ACCOUNT"), Sum(IN_CNY, "UNASSIGNED")]},
)


def _movement_lines(connection: Connection, basis: Basis, _query: Any, row: Row, column: str) -> Select[Any]:
    return moved_by(connection, basis, row, column)


BANK_MOVEMENTS = Receipts(
    of_fact=of_fact,
    keys={"": ("line",)},
    units=dict.fromkeys(("moved", "held"), "{currency}") | dict.fromkeys(("moved_cny", "held_cny"), "CNY"),
    posted=_movement_lines,
)
