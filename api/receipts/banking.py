"""What the cells of the reports of bank accounts rest on: lines of the journal on 1002, which sum to them.

BANK_ACCOUNTS, BANK_MOVEMENTS, BANK_RECONCILIATION
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select

from api.http.receipts import Derived, Receipts, Row, Sum, difference
from api.receipts.working import of_fact
from ledger.bookkeeping.statements.facts import statements_tag
from ledger.log.envelope import Entry
from projections.books.bank_accounts import HELD, IN_CNY, moved_by, posted
from projections.books.bank_reconciliation import booked_by
from projections.engine.basis import Basis
from projections.engine.figures import decimals
from projections.engine.sources import distinct, facts_behind


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


def _said_by_bank(connection: Connection, basis: Basis, _query: Any, row: Row, _column: str) -> Sequence[Entry]:
    """The statements of the account, and the account."""
    tags = (f"bank-account:{row['bank_account']}", statements_tag(row["bank_account"]))
    return distinct(facts_behind(connection, basis, tags, dated=lambda _: date.min))


def _said_by_books(connection: Connection, basis: Basis, _query: Any, row: Row, column: str) -> Select[Any] | None:
    if column == "held_books":
        return booked_by(connection, basis, row["bank_account"], None)
    return booked_by(connection, basis, row["bank_account"], row["item"]) if column == "only_books" else None


RECONCILED = ("held_books", "held_bank", "difference", "before", "gaps", "only_bank", "only_books")
BANK_RECONCILIATION = Receipts(
    of_fact=of_fact,
    keys={"ACCOUNT": ("bank_account",)} | dict.fromkeys(("ONLY_BANK", "ONLY_BOOKS", "GAP"), ("bank_account", "item")),
    units=dict.fromkeys(RECONCILED, "{currency}"),
    behind=_said_by_bank,
    posted=_said_by_books,
    sums={
        "ACCOUNT": [
            Sum(("only_bank",), "ONLY_BANK", ("bank_account",)),
            Sum(("only_books",), "ONLY_BOOKS", ("bank_account",)),
            Sum(("gaps",), "GAP", ("bank_account",)),
        ]
    },
    derived={
        "ACCOUNT/difference": difference("held_bank", "held_books"),
        "ACCOUNT/before": Derived(
            ("difference", "gaps", "only_bank", "only_books"),
            "difference - gaps - only_bank + only_books",
            lambda whole, gaps, bank, books: decimals(whole - gaps - bank + books, 2),
        ),
    },
)
