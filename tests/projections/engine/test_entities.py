"""The one fold of the read models of things: whatever order facts are folded in, the first recorded says the class."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import permutations
from typing import Any, cast

import pytest
from sqlalchemy import Column, Integer, MetaData, Table

from ledger.decider import By, DataClass, Fact
from ledger.log.envelope import Entry, Recorded
from projections.engine.entities import EntityView, Known
from projections.every.views import ALL_VIEWS

DAY = date(2026, 1, 1)
TREES = Table("trees", MetaData(), *(Column(name, Integer) for name in ("generation", "tree", "effective_from")))


@dataclass(frozen=True)
class Grew:
    """A toy fact: a tree grew leaves."""

    effective_on: date
    leaves: int


class Trees(EntityView[int]):
    """The leaves of each tree."""

    name = "trees"
    version = 1
    table = TREES
    tables = (TREES,)

    def keys(self, fact: Fact) -> tuple[str, ...]:
        return ("a",)

    def tag(self, key: str) -> str:
        return f"tree:{key}"

    def evolve(self, key: str, leaves: int | None, fact: Grew) -> int:
        return (leaves or 0) + fact.leaves

    def columns(self, leaves: int) -> tuple[Any, ...]:
        return leaves, 2 * leaves


def grew(position: int, leaves: int, data_class: DataClass) -> Entry:
    return Recorded(
        position=position,
        recorded_at=datetime(2026, 1, 1, tzinfo=UTC),
        by=By(actor="a", role="admin"),
        command="grow",
        tags=(),
        fact=cast("Any", Grew(DAY, leaves)),
        data_class=data_class,
    )


STORY = (grew(3, 1, "PUBLIC_FACT"), grew(5, 10, "FICTIONAL"), grew(8, 100, "LIVE"))


def folded(entries: Sequence[Entry]) -> Known[int] | None:
    view, state = Trees(), None
    for entry in entries:
        state = view.fold("a", state, entry)
    return state


@pytest.mark.parametrize(
    "entries", list(permutations(STORY)), ids=lambda some: "-".join(str(entry.position) for entry in some)
)
def test_the_fact_recorded_first_says_the_data_class(entries: Sequence[Entry]) -> None:
    assert folded(entries) == Known(111, "PUBLIC_FACT", 3, 8)


def test_until_it_is_folded_the_first_that_was() -> None:
    assert folded(STORY[1:]) == Known(110, "FICTIONAL", 5, 8)
    assert folded(()) is None


def test_a_row_ends_with_the_data_class_and_the_last_position() -> None:
    assert Trees().values(Known(7, "LIVE", 3, 8)) == (7, 14, "LIVE", 8)


@pytest.mark.parametrize(
    "view", [view for view in ALL_VIEWS if issubclass(view, EntityView)], ids=lambda view: view.name
)
def test_and_so_does_its_table(view: type[EntityView[Any]]) -> None:
    last = list(view.table.columns)[-2:]
    assert [(column.name, column.nullable) for column in last] == [("data_class", False), ("last_position", False)]
