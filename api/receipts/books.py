"""What the cells of the reports of the books rest on: lines of the journal, which sum to them.

TRIAL_BALANCE, REVENUE, DEFERRED_REVENUE
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, Select

from api.http.receipts import Derived, Made, Part, Receipts, Row, Sum, added, difference, taken_off
from api.receipts.working import of_fact
from ledger.log.envelope import Entry
from ledger.values.money import written
from projections.books import deferred_revenue, revenue, trial_balance
from projections.closing import items
from projections.engine.basis import Basis
from projections.engine.figures import decimals
from projections.engine.sources import distinct, facts_behind

# The trial balance

BALANCES = ("opening", "debit", "credit", "closing")


def _balance_lines(_: Connection, basis: Basis, query: Any, row: Row, column: str) -> Select[Any]:
    return trial_balance.posted(basis, row["account"], column, from_on=query.from_on)


IN_ACCOUNT = {"receivables": "OPEN/open", "deposits": "DEPOSITS/open", "unapplied": "UNAPPLIED/open"}
"""Of control accounts, the cell of a tenant's account that is its part: what is owed to a tenant is positive there."""


def _subledger(connection: Connection, basis: Basis, _query: Any, row: Row) -> Sequence[Part]:
    """The tenants, orders and agreements whose parts a subledger sums."""
    account = str(row["account"])
    cell, sign = IN_ACCOUNT.get(account, account), -1 if account in CREDITORS else 1
    return [
        Part(report=address, cell=cell if address.startswith("tenants/") else account, figure=written(sign * minor))
        for address, minor in items(connection, basis, account)
    ]


TAGS = {"tenants": "tenant:", "orders": "order:", "offtakes": "offtake:", "payables": ""}
"""Where the parts of subledgers are to be read, and the tag of the facts behind each."""


def rest_of_item(connection: Connection, basis: Basis, part: Part) -> Sequence[Entry]:
    """The facts of a tenant, an order, an agreement or a payable."""
    kind, name, *_ = str(part.report).split("/")
    return distinct(facts_behind(connection, basis, [f"{TAGS[kind]}{name}"]))


CREDITORS = ("deposits", "unapplied")
OWED = Made(_subledger, "- the sum over tenants: what is owed to them", taken_off, rest_of_item)
OWNED = Made(_subledger, "the sum over tenants, orders, agreements and payables", added, rest_of_item)


TRIAL_BALANCE = Receipts(
    of_fact=of_fact,
    keys={"ACCOUNT": ("account",), "TOTAL": ()},
    units=dict.fromkeys((*BALANCES, "subledger", "difference"), "CNY"),
    posted=_balance_lines,
    sums={"TOTAL": [Sum(BALANCES, "ACCOUNT")]},
    made={f"ACCOUNT:{account}/subledger": OWED for account in CREDITORS} | {"subledger": OWNED},
    derived={"difference": difference("closing", "subledger")},
)

# Revenue

MOVED = ("recognised", "billed", "vat", "accrued")


def _revenue_lines(_: Connection, basis: Basis, query: Any, row: Row, column: str) -> Select[Any]:
    """The lines of a row; of a sum, those that the query's filters let through."""
    of_row = row["section"] == "ROW"
    keys = {name: row[name] if of_row else getattr(query, name, None) for name in ("period", "company", "lease")}
    stream = row["stream"] or query.stream
    return revenue.posted(basis, column, from_on=query.from_on, by=query.by, exactly=of_row, stream=stream, **keys)


REVENUE = Receipts(
    of_fact=of_fact,
    keys={"ROW": ("period", "stream", "company", "lease"), "STREAM": ("stream",), "TOTAL": ()},
    units=dict.fromkeys(MOVED, "CNY") | {"journals": "journals"},
    posted=_revenue_lines,
    sums={"STREAM": [Sum(MOVED, "ROW", ("stream",))], "TOTAL": [Sum(MOVED, "STREAM")]},
)

# Deferred revenue

ROLLED = ("opening", "additions", "recognised", "exchange", "reclassified", "closing")


def _deferred_lines(_: Connection, basis: Basis, query: Any, row: Row, column: str) -> Select[Any]:
    return deferred_revenue.posted(basis, row["account"], column, from_on=query.from_on)


def _moved_since(
    connection: Connection, basis: Basis, query: Any, row: Row, column: str, after: int
) -> Sequence[tuple[int, int]] | None:
    return deferred_revenue.moved_since(connection, basis, row["account"], column, after, from_on=query.from_on)


def _left_over(opening: Fraction, additions: Fraction, recognised: Fraction, closing: Fraction) -> str:
    return decimals(closing - opening - additions + recognised, 2)


DEFERRED_REVENUE = Receipts(
    of_fact=of_fact,
    keys={"ACCOUNT": ("account",), "TOTAL": ()},
    units=dict.fromkeys(ROLLED, "CNY"),
    posted=_deferred_lines,
    moved_since=_moved_since,
    sums={"TOTAL": [Sum(ROLLED, "ACCOUNT")]},
    derived={
        "reclassified": Derived(
            ("opening", "additions", "recognised", "closing"), "closing - opening - additions + recognised", _left_over
        )
    },
)
