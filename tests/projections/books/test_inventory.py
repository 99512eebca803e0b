"""The inventory by order: every cell, between any two days, is what the facts of stock and its own lines come to."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import combinations_with_replacement
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, Select, func, select

from ledger.bookkeeping.purchases.facts import PurchaseFact, PurchaseWithdrawn
from ledger.books.postings import postings
from ledger.decider import Fact, stored_name
from ledger.log.database import Database
from ledger.orders.stock import allowance_moves, stock_moves
from ledger.periods import PostingFact
from projections.books.inventory import (
    ACCOUNTS,
    ALLOWANCE,
    BALANCES,
    COST,
    FIGURES,
    LEFT_BY,
    WRITTEN_DOWN,
    Inventory,
    InventoryRow,
    control_lines,
    inventory,
    posted,
)
from projections.books.journal import Journal
from projections.engine.basis import Basis
from projections.engine.runner import catch_up, ensure
from tests.examples import orders, purchases
from tests.ground.let_city import basis
from tests.ground.recording import record

IN_MAY = {"effective_on": date(2024, 5, 6), "accounting_on": date(2024, 5, 6)}
MORE: tuple[Any, ...] = (
    purchases.BOUGHT,
    replace(purchases.CREDIT, lines=(replace(purchases.MACHINE, net_minor=70_001, net_cny_minor=70_001),)),
    replace(purchases.BOUGHT, purchase="p-4-demo", number="INV-8", **IN_MAY),
    replace(orders.REVENUE, cost_minor=6_543_210),
    replace(orders.SOLD, stock_entry="sale-2-demo", cost_minor=1_000_001, released_minor=300_003, **IN_MAY),
    replace(
        orders.MOVED, stock_entry="move-2-demo", amount_minor=500_009, cny_minor=500_009, released_minor=17, **IN_MAY
    ),
    replace(orders.WRITTEN_DOWN, stock_entry="w-3-demo", amount_minor=-41, cny_minor=-41, **IN_MAY),
)
"""Beside the examples: at a cost, with an allowance that goes along, written up again."""
FACTS = [
    fact
    for fact in (*orders.FACTS, *purchases.FACTS, *MORE)
    if isinstance(fact, PostingFact) and {line.account for line in postings(fact)} & {*ACCOUNTS}
]
"""Of every kind of fact that posts to the inventory or to the allowance on it."""
DAYS = sorted({fact.accounting_on for fact in FACTS} | {date(2023, 12, 31), date(2026, 6, 30)})


@pytest.fixture
def stocked(database: Database) -> Iterator[Connection]:
    record(database, FACTS)
    ensure(database, [Journal()])
    catch_up(database, [Journal()])
    with database.views.connect() as connection:
        yield connection


def _fen(amount: str) -> int:
    return int(amount.replace(".", ""))


def _expected(begin: date, until: date) -> dict[str, Counter[str]]:
    """Order -> what the ledger's own fold of stock says of it; by column, what goes out apart from what came in."""
    found: dict[str, Counter[str]] = {}
    for fact in FACTS:
        if fact.accounting_on > until:
            continue
        earlier = fact.accounting_on < begin
        for order, minor in stock_moves(fact):
            moved = "opening" if earlier else "out" if stored_name(type(fact)) in LEFT_BY else "bought"
            found.setdefault(order, Counter()).update({moved: minor, "left": minor, "carrying": minor})
        for order, minor in allowance_moves(fact):
            written = stored_name(type(fact)) in WRITTEN_DOWN
            moved = "opening_allowance" if earlier else "written_down" if written else "released"
            found.setdefault(order, Counter()).update({moved: -minor, "allowance": -minor, "carrying": -minor})
    return {order: of for order, of in found.items() if any(of.values())}


def test_every_order_comes_to_what_its_facts_say_between_any_two_days(stocked: Connection) -> None:
    assert len(FACTS) > 10
    for begin, until in combinations_with_replacement(DAYS, 2):
        answer = inventory(stocked, basis(until), from_on=begin)
        expected = _expected(begin, until)
        assert [row.order for row in answer.rows] == sorted(expected)
        for row in answer.rows:
            of = expected[str(row.order)]
            assert _fen(row.recognised) + _fen(row.sold) + _fen(row.moved) == of.pop("out", 0), row
            assert {one: _fen(getattr(row, one)) for one in of} == of, row
        _ties(answer)


def _ties(answer: Inventory) -> None:
    """Columns sum to the balance at the end, rows to the total, and that to the accounts."""
    for row in (*answer.rows, answer.total):
        for *parts, closing in (COST, ALLOWANCE):
            assert sum(_fen(getattr(row, one)) for one in parts) == _fen(getattr(row, closing))
        assert _fen(row.left) + _fen(row.allowance) == _fen(row.carrying)
    for column in FIGURES:
        assert sum(_fen(getattr(row, column)) for row in answer.rows) == _fen(getattr(answer.total, column))
    for column in BALANCES:
        assert getattr(answer.difference, column) == "0.00"
        assert getattr(answer.control, column) == getattr(answer.total, column)


def _sum(connection: Connection, lines: Select[Any]) -> int:
    return int(connection.execute(select(func.sum(lines.subquery().c.minor))).scalar() or 0)


def test_every_cell_is_the_sum_of_its_lines(stocked: Connection) -> None:
    for begin, until in ((DAYS[1], DAYS[-2]), (DAYS[len(DAYS) // 2], DAYS[-1])):
        answer = inventory(stocked, basis(until), from_on=begin)
        cells: list[tuple[InventoryRow, str]] = [(row, column) for row in answer.rows for column in FIGURES]
        for row, column in cells:
            lines = posted(basis(until), str(row.order), column, from_on=begin)
            assert _sum(stocked, lines) == _fen(getattr(row, column)), (row.order, column)
        for column in FIGURES:
            lines = control_lines(basis(until), column, from_on=begin)
            assert _sum(stocked, lines) == _fen(getattr(answer.total, column)), column


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: stored_name(type(fact)))
def test_what_no_column_names_was_bought(fact: Fact) -> None:
    """`bought` takes what posts to 1405 and is none of the others: purchases, and nothing else."""
    named = stored_name(type(fact)) in (*LEFT_BY, *WRITTEN_DOWN)
    assert named != isinstance(fact, PurchaseFact | PurchaseWithdrawn)


def test_nothing_is_known_before_it_was_recorded(stocked: Connection) -> None:
    known = basis(DAYS[-1])
    early = Basis(effective=known.effective, recorded=0, recorded_at=None, root="")
    answer = inventory(stocked, early)
    assert (answer.rows, answer.total.left, answer.data_classes) == ((), "0.00", ())
    first = inventory(stocked, basis(date.min))
    assert (first.rows, first.difference.opening) == ((), "0.00")
