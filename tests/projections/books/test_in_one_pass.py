"""Statements in one pass beside the same figures worked out line by line: the slow way, which cannot be misread.

Given whatever was posted, when a statement is drawn up at any position, then each cell is the sum of the lines of the
journal that its receipt names, or of the lines of the entries themselves.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import Connection, Select, func, select

from ledger.bookkeeping.journals.facts import ManualLine
from ledger.decider import Fact
from ledger.log.database import Database
from projections.books import deferred_revenue as deferred
from projections.books.entries import JournalEntry, all_entries
from projections.books.statements import balance_sheet as sheets
from projections.books.statements import changes_in_equity as equity
from projections.books.statements.cash_flow import cash_days, cash_flow
from projections.books.statements.layout import TWO_SIDED
from projections.engine.basis import Basis
from projections.engine.view import projection
from tests.ground.golden import recognised
from tests.projections.books.test_cash_flow import IN_2024, POSTING
from tests.projections.books.test_statements import ON_BOTH_SIDES, OVERPAID, PAID_AHEAD
from tests.projections.books.test_trial_balance import YEAR_END, basis, told
from tests.strategies import any_of
from tests.strategies.banking import MONEY

APART = (("prior-year", 70_00), ("bank", -70_00))
BEHIND = replace(recognised(2024, 12), lease="l-3-demo")
"""A lease that has earned what nobody billed, beside one that is ahead."""
OF_BEFORE = replace(OVERPAID[0], lines=tuple(ManualLine(account=name, amount_minor=minor) for name, minor in APART))


def _fen(amount: str) -> int:
    return int(amount.replace(".", ""))


def _sum(connection: Connection, query: Select[Any]) -> int:
    return int(connection.execute(select(func.sum(query.subquery().c.minor))).scalar() or 0)


def _compared(connection: Connection, on: Basis, begin: date) -> None:
    """Hold every cell of a statement against its lines."""
    sheet = sheets.balance_sheet(connection, on)
    for row in sheet.accounts:
        for column in ("closing", "opening"):
            own = row.account == sheets.OF_THE_YEAR and column == "opening"
            found = 0 if own else _sum(connection, sheets.posted(on, row.line, str(row.account), column))
            assert _fen(getattr(row, column)) == found, (row, column)
    for account in {str(row.account) for row in sheet.accounts} & TWO_SIDED.keys():
        of = {row.line for row in sheet.accounts if row.account == account}
        for line in {TWO_SIDED[account].asset, TWO_SIDED[account].source} - of:
            left = [_sum(connection, sheets.posted(on, line, account, column)) for column in ("closing", "opening")]
            assert left == [0, 0], (account, line)
    changes = equity.changes_in_equity(connection, on, from_on=begin)
    for change in changes.lines:
        for column in equity.COLUMNS:
            lines = equity.posted(on, change.line, column, from_on=begin)
            assert _fen(getattr(change, column)) == _sum(connection, lines), (change, column)
    rolled = deferred.deferred_revenue(connection, on, from_on=begin)
    for rolling in rolled.rows:
        for column in ("opening", "additions", "recognised", "closing"):
            lines = deferred.posted(on, str(rolling.account), column, from_on=begin)
            assert _fen(getattr(rolling, column)) == _sum(connection, lines), (rolling, column)
    entries = list(all_entries(connection, on))
    assert changes.data_classes == _classes(entries, {*equity.EQUITY, *equity.RESULTS})
    assert rolled.data_classes == _classes(entries, {*deferred.ACCOUNTS})
    flow = cash_flow(connection, on, from_on=begin)
    for column, (first, last) in cash_days(on, begin).items():
        moved = Counter[tuple[str | None, str | None]]()
        for kind in flow.kinds:
            moved[kind.fact, kind.account] += _fen(getattr(kind, column))
        assert {*moved.items()} - {*dict.fromkeys(moved, 0).items()} == {*_others(entries, first, last).items()}


def _classes(entries: Sequence[JournalEntry], accounts: set[str]) -> tuple[str, ...]:
    return tuple(sorted({one.data_class for one in entries if accounts & {line.account for line in one.lines}}))


def _others(entries: Sequence[JournalEntry], first: date, last: date) -> dict[tuple[str, str], int]:
    """What stands on the other side of the bank in some days, but for what comes to nothing."""
    moved = Counter[tuple[str, str]]()
    for entry in entries:
        if first <= entry.accounting_on <= last and any(line.account == "bank" for line in entry.lines):
            for line in entry.lines:
                moved[entry.fact, line.account] -= line.amount_minor * (line.account != "bank")
    return {key: minor for key, minor in moved.items() if minor}


def test_a_year_of_both_sides(database: Database) -> None:
    """Tenants, leases, suppliers and bank accounts on both sides, taxes overpaid, purchases of what is kept, and an
    adjustment of earlier years."""
    facts = [*IN_2024, PAID_AHEAD, BEHIND, OF_BEFORE, *ON_BOTH_SIDES, *OVERPAID]
    told(database, facts)
    for recorded in (len(facts), len(facts) - len(OVERPAID) - 2):
        for day in (YEAR_END, date(2025, 1, 31), date(2025, 2, 28)):
            with database.views.connect() as connection:
                _compared(connection, basis(day, recorded), day.replace(day=1) - timedelta(days=40))


@settings(max_examples=5)
@given(
    some=st.lists(st.one_of(st.sampled_from(POSTING), *map(any_of, MONEY)), min_size=1, max_size=12),
    on=st.sampled_from((date(2024, 3, 31), date(2026, 1, 2), date(2026, 2, 28), date(2027, 12, 31))),
    begin=st.sampled_from((date(2024, 1, 1), date(2026, 1, 1), date(2026, 2, 1))),
)
def test_whatever_was_posted(database: Database, some: Sequence[Fact], on: date, begin: date) -> None:
    told(database, some)
    with database.views.connect() as connection:
        size = connection.execute(select(func.max(projection.c.position))).scalar() or 0
        for recorded in (size, size - len(some) // 2):
            _compared(connection, basis(on, recorded), min(begin, on))
