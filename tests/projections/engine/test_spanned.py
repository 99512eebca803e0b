"""Timelines whose rows end: on any basis one row holds, it says what a naive fold says, and its reach finds it."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from ledger.log.database import Database
from projections.engine.spanned import BEYOND, DAYS, ENDLESS, POSITIONS, SpannedView, reach_ended, reach_of
from projections.engine.view import FOREVER, Writer
from projections.receivables.tenants import tenants_accounts
from tests.projections.engine.test_timeline import DAYS as ON
from tests.projections.engine.test_timeline import Grew, Row, Trees, entries, facts, naive, pages, run


def lengths(reaches: tuple[int, ...], longest: int) -> st.SearchStrategy[int]:
    """Any length, and often one at the edge of a reach."""
    return st.sampled_from([reach + more for reach in reaches for more in (-1, 0, 1)]) | st.integers(1, longest)


class SpannedTrees(Trees, SpannedView[tuple[int, ...]]):
    """Each tree's leaves, in rows that end."""

    name = "spanned_trees"

    def row(self, on: date, until_on: date, values: Row) -> Row:
        """All that a row says in one column, as the writer in memory has it."""
        return (super().row(on, until_on, values),)


@given(facts, pages)
def test_on_any_basis_the_row_that_holds_is_the_naive_fold(
    given_facts: list[Grew], sizes: list[tuple[int, bool]]
) -> None:
    log = entries(given_facts)
    rows = run(SpannedTrees(), log, sizes)
    assert rows == run(SpannedTrees(), log, [(1, False)] * len(log))
    for recorded in range(len(log) + 1):
        for tree in "abc":
            for on in ON:
                held = [
                    state
                    for (key, since, start), (end, (until, _, state)) in rows.items()
                    if key == tree and since <= on <= until and start <= recorded < end
                ]
                known = naive(log, tree, on, recorded)
                assert held == ([] if known is None else [known])


def test_what_a_state_told_is_told_of_no_other() -> None:
    """In one page the row of a date is written again with a last day: the same values, and not those of the next."""
    first = date(2026, 1, 1)
    days = [first + timedelta(days=at) for at in range(3)]
    log = entries([Grew(effective_on=on, trees=("a",), leaf=at, counted_on=on) for at, on in enumerate(days, 1)])
    rows = run(SpannedTrees(), log, [(3, False)])
    held = {since: state for (_, since, _), (end, (_, _, state)) in rows.items() if end == FOREVER}
    assert held == {days[0]: (1,), days[1]: (1, 2), days[2]: (1, 2, 3)}


@given(st.dates(max_value=date(3000, 1, 1)), lengths(DAYS[:-1], 500_000))
def test_days_begin_within_their_reach_of_the_last_of_them(from_on: date, length: int) -> None:
    reach = reach_of(from_on, from_on + timedelta(days=length - 1))
    assert length <= reach
    assert not any(length <= shorter < reach for shorter in DAYS), "no longer than need be"
    assert reach_of(from_on, date.max) == ENDLESS


@given(st.integers(1, 10**12), lengths(POSITIONS, 4**13))
def test_positions_begin_within_their_reach_of_the_last_of_them(began: int, lasted: int) -> None:
    """Reaches in positions are negative; days that have an end keep their reach."""
    reach = reach_ended(ENDLESS, began, began + lasted)
    assert lasted > POSITIONS[-1] if reach == BEYOND else lasted <= -reach
    assert not any(lasted <= shorter < -reach for shorter in POSITIONS), "no longer than need be"
    assert reach_ended(16, began, began + lasted) == 16


@pytest.mark.parametrize("reach", [ENDLESS, 16])
def test_a_row_has_the_same_reach_whether_it_is_ended_in_its_page_or_later(database: Database, reach: int) -> None:
    """Reaches are worked out here for rows not written yet, and by the database for the others."""
    lengths = [1, *(length + more for length in POSITIONS for more in (-1, 0, 1))]
    said: tuple[Any, ...] = (date.max, reach, "{}", 0, 0, 0, 0, "FICTIONAL", 1)
    table, day = tenants_accounts, date(2026, 1, 1)
    with database.views.begin() as connection:
        at_once, before, later = (Writer(connection, generation, 0) for generation in (7, 8, 8))
        for length in lengths:
            for writer in (at_once, before):
                writer.open(table, (f"{length}-demo", day), 5, said)
            for writer in (at_once, later):
                writer.end(table, (f"{length}-demo", day), 5 + length)
        for writer in (at_once, before, later):
            writer.flush()
        reaches = [
            dict(connection.execute(select(table.c.to_position, table.c.reach).where(table.c.generation == one)).all())
            for one in (7, 8)
        ]
    assert reaches[0] == reaches[1] == {5 + length: reach_ended(reach, 5, 5 + length) for length in lengths}
    assert FOREVER not in reaches[0]


def test_a_date_before_others_ends_the_row_before_it_and_begins_its_own() -> None:
    """Known at once: the second date, then the first, then one between: whose days are whose."""
    log = entries([Grew(ON[day], ("a",), day + 1) for day in (2, 0, 1)])
    rows = run(SpannedTrees(), log, [(9, False)])
    open_rows = {since: (until, state) for (_, since, _), (end, (until, _, state)) in rows.items() if end == FOREVER}
    day = timedelta(days=1)
    assert open_rows == {
        ON[0]: (ON[1] - day, (1,)),
        ON[1]: (ON[2] - day, (1, 2)),
        ON[2]: (date.max, (1, 2, 3)),
    }
