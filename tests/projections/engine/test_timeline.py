"""Timelines in memory: rows for any (effective, recorded) equal a naive fold, however paged and whatever is held."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, Table, Text

from ledger.decider import By, Fact
from ledger.log.envelope import Entry, Recorded
from projections.engine.timeline import TimelineView
from projections.engine.view import FOREVER, Writer
from projections.every.views import ALL_VIEWS
from tests.examples import FACTS

DAYS = [date(2026, 1, 1) + timedelta(days=day) for day in range(5)]
LEAVES = Table("leaves", MetaData(), *(Column(name, Text) for name in ("generation", "tree", "effective_from")))
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Grew:
    """A toy fact: some trees grew a leaf."""

    effective_on: date
    trees: tuple[str, ...]
    leaf: int
    counted_on: date = date(2026, 1, 3)
    withdraws: ClassVar[bool] = False

    def takes_back(self, fact: "Grew") -> bool:
        return False


class NeverGrew(Grew):
    """A toy withdrawal: that leaf of these trees was a mistake."""

    withdraws: ClassVar[bool] = True

    def takes_back(self, fact: Grew) -> bool:
        return not fact.withdraws and (fact.trees, fact.leaf) == (self.trees, self.leaf)


class Trees(TimelineView[tuple[int, ...]]):
    """Each tree's leaves: the order of folding shows in the state."""

    name = "trees"
    version = 1
    table = LEAVES
    tables = (LEAVES,)

    def keys(self, fact: Fact) -> tuple[str, ...]:
        return cast("Grew", fact).trees

    def tag(self, key: str) -> str:
        return f"tree:{key}"

    def fold(self, key: str, state: tuple[int, ...] | None, entry: Entry) -> tuple[int, ...]:
        leaf = cast("Grew", entry.fact).leaf
        return (*(state or ()), leaf) if leaf else state or ()  # leaf 0 changes nothing

    def values(self, state: tuple[int, ...]) -> Row:
        return (state,)


class Forgetful(Trees):
    """The same with room for next to nothing in memory."""

    entities_max = 1
    story_entries_max = 2


class Counted(Trees):
    """The same by the date on which a leaf was counted."""

    def dated(self, fact: Fact) -> date:
        return cast("Grew", fact).counted_on


class MemoryWriter(Writer):
    """Keeps the rows in a dictionary, and checks what a database would not: that only open rows are ended."""

    def __init__(self, log: Sequence[Entry], after: int, rows: dict[Row, list[Any]]) -> None:
        super().__init__(cast("Any", None), 1, after)
        self.log = log
        self.rows = rows
        self.reads = 0

    def facts_before(self, tags: Iterable[str]) -> list[Entry]:
        self.reads += 1
        trees = {tag.removeprefix("tree:") for tag in tags}
        return [entry for entry in self.log[: self.after] if trees & set(cast("Grew", entry.fact).trees)]

    def flush(self) -> None:
        for changes in self._changes.values():
            for identity, position in changes.endings:
                (opened,) = (at for at, row in self.rows.items() if at[:2] == identity and row[0] == FOREVER)
                self.rows[opened][0] = position
            for _, tree, on, start, end, value in (*changes.ended, *changes.open.values()):
                assert end < FOREVER or not [
                    at for at, row in self.rows.items() if at[:2] == (tree, on) and row[0] == end
                ]
                self.rows[tree, on, start] = [end, value]


facts = st.lists(
    st.builds(
        lambda kind, **given: kind(**given),
        kind=st.sampled_from((Grew, Grew, NeverGrew)),
        effective_on=st.sampled_from(DAYS),
        trees=st.lists(st.sampled_from("abc"), max_size=2, unique=True).map(lambda trees: tuple(sorted(trees))),
        leaf=st.integers(0, 4),
        counted_on=st.sampled_from(DAYS),
    ),
    max_size=25,
)
pages = st.lists(st.tuples(st.integers(1, 6), st.booleans()), min_size=30, max_size=30)


def entries(given_facts: Sequence[Grew]) -> list[Entry]:
    at, by = datetime(2026, 1, 1, tzinfo=UTC), By(actor="a", role="admin")
    return [
        Recorded(position=position, recorded_at=at, by=by, command="grow", tags=(), fact=cast("Any", fact))
        for position, fact in enumerate(given_facts, 1)
    ]


def run(view: Trees, log: Sequence[Entry], sizes: Sequence[tuple[int, bool]]) -> dict[Row, list[Any]]:
    rows: dict[Row, list[Any]] = {}
    after = 0
    for size, forget in sizes:
        if after == len(log):
            break
        if forget:
            view.forget()
        page = log[after : after + size]
        writer = MemoryWriter(log, after, rows)
        view.apply(writer, page)
        writer.flush()
        assert writer.reads <= 1, "at most one read of the log for a whole page"
        after += len(page)
    return rows


def as_of(rows: dict[Row, list[Any]], tree: str, effective: date, recorded: int) -> tuple[int, ...] | None:
    seen = [
        (on, value)
        for (key, on, start), (end, value) in rows.items()
        if key == tree and on <= effective and start <= recorded < end
    ]
    assert len({on for on, _ in seen}) == len(seen), "one row for each date at any position"
    return max(seen)[1] if seen else None


def naive(
    log: Sequence[Entry], tree: str, effective: date, recorded: int, *, by: str = "effective_on"
) -> tuple[int, ...] | None:
    known = list[Entry]()
    for entry in log[:recorded]:
        fact = cast("Grew", entry.fact)
        if tree in fact.trees and not fact.withdraws:
            known.append(entry)
        elif mistaken := [earlier for earlier in known if fact.takes_back(cast("Grew", earlier.fact))]:
            known.remove(mistaken[-1])
    story = sorted(
        (entry for entry in known if getattr(entry.fact, by) <= effective),
        key=lambda entry: (getattr(entry.fact, by), entry.position),
    )
    leaves = tuple(cast("Grew", entry.fact).leaf for entry in story)
    return tuple(leaf for leaf in leaves if leaf) if leaves else None


@given(facts, pages)
def test_any_pages_give_the_rows_of_one_fact_at_a_time(given_facts: list[Grew], sizes: list[tuple[int, bool]]) -> None:
    log = entries(given_facts)
    one_by_one = run(Trees(), log, [(1, False)] * len(log))
    assert run(Trees(), log, sizes) == one_by_one
    assert run(Forgetful(), log, sizes) == one_by_one


@given(facts, pages)
def test_as_of_is_the_naive_fold(given_facts: list[Grew], sizes: list[tuple[int, bool]]) -> None:
    log = entries(given_facts)
    rows = run(Trees(), log, sizes)
    for recorded in range(len(log) + 1):
        for tree in "abc":
            for effective in DAYS:
                assert as_of(rows, tree, effective, recorded) == naive(log, tree, effective, recorded)


@given(facts, pages)
def test_a_view_may_name_the_date_it_folds_by(given_facts: list[Grew], sizes: list[tuple[int, bool]]) -> None:
    log = entries(given_facts)
    rows = run(Counted(), log, sizes)
    assert rows == run(Counted(), log, [(1, False)] * len(log))
    for recorded in range(len(log) + 1):
        for day in DAYS:
            assert as_of(rows, "a", day, recorded) == naive(log, "a", day, recorded, by="counted_on")


def test_from_the_first_fact_nothing_in_order_is_read_again() -> None:
    log = entries([Grew(DAYS[number // 10], ("a", "b"), number) for number in range(50)])
    view, rows, reads = Trees(), dict[Row, list[Any]](), 0
    for after in range(0, 50, 7):
        writer = MemoryWriter(log, after, rows)
        view.apply(writer, log[after : after + 7])
        writer.flush()
        reads += writer.reads
    assert reads == 0


def test_one_open_row_for_each_effective_date() -> None:
    log = entries([Grew(DAYS[day], ("a",), day + 1) for day in (2, 0, 0, 4)])
    rows = run(Trees(), log, [(9, False)])
    still_open = {at[1]: value for at, (end, value) in rows.items() if end == FOREVER}
    assert still_open == {DAYS[0]: (1, 1), DAYS[2]: (1, 1, 3), DAYS[4]: (1, 1, 3, 5)}


def test_a_withdrawn_fact_leaves_its_rows_to_earlier_positions() -> None:
    """The first leaf was a mistake; as recorded before that was said, it is there."""
    log = entries([Grew(DAYS[0], ("a",), 1), Grew(DAYS[2], ("a",), 2), NeverGrew(DAYS[0], ("a",), 1)])
    rows = run(Trees(), log, [(9, False)])
    assert [as_of(rows, "a", DAYS[day], 2) for day in (0, 2)] == [(1,), (1, 2)]
    assert [as_of(rows, "a", DAYS[day], 3) for day in (0, 2)] == [None, (2,)]


@pytest.mark.parametrize("view", [view for view in ALL_VIEWS if issubclass(view, TimelineView)])
def test_a_view_is_asked_about_every_fact_that_touches_its_entities(view: type[TimelineView[Any]]) -> None:
    """What it says beforehand of kinds of facts leaves none out that it has a key for."""
    touching = [fact for fact in FACTS if view().keys(fact)]
    assert touching, "there are examples of its facts"
    assert [type(fact).__name__ for fact in touching if not isinstance(fact, view.facts)] == []
