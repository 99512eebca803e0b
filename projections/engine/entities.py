"""Read models of things that facts tell of, such as leases, orders or units: one fold serves them all.

Known          a thing as its facts tell, with the data class of the first fact recorded, its first and last position
EntityView     one timeline for each thing; a subclass says how a fact moves it on, and what its row shows
entity_table   declares the table: what columns() gives, then the data class and the last position
"""

from abc import abstractmethod
from typing import Any, Generic, TypeVar

from msgspec import Struct
from sqlalchemy import BigInteger, Column, Table, Text

from ledger.decider import DataClass
from ledger.log.envelope import Entry
from projections.engine.timeline import TimelineView, timeline_table

S = TypeVar("S")


def entity_table(name: str, key: str, *data: Column[Any]) -> Table:
    """A table for an EntityView: `key` names the thing's column, `data` are what columns() gives, in order."""
    data_class = Column("data_class", Text, nullable=False)
    return timeline_table(name, key, *data, data_class, Column("last_position", BigInteger, nullable=False))


class Known(Struct, Generic[S], frozen=True, gc=False):
    """A thing as its facts tell, in whatever order they came in.

    data_class is that of the fact recorded first: what is dated before it and recorded later does not change it.
    last_position is that of the latest fact that the thing rests on, and so the ETag of its row.
    """

    thing: S
    data_class: DataClass
    first_position: int
    last_position: int


class EntityView(TimelineView[Known[S]]):
    """A read model with one timeline for each thing. A subclass says, beside what every TimelineView says:

    evolve(key, thing, fact)   the thing (at first None) after one more fact; the context's own fold, where it has one:
                               no rule is written twice
    columns(thing)             what a row shows of it, in the order of the table's columns
    """

    @abstractmethod
    def evolve(self, key: str, thing: S | None, fact: Any) -> S:
        """The thing after one more fact; must take facts in any order."""

    @abstractmethod
    def columns(self, thing: S) -> tuple[Any, ...]:
        """The row's data before the data class and the last position."""

    def fold(self, key: str, state: Known[S] | None, entry: Entry) -> Known[S]:
        """Move the thing on, and keep the data class of the fact recorded first."""
        at = entry.position
        if state is None:
            return Known(self.evolve(key, None, entry.fact), entry.data_class, at, at)
        thing = self.evolve(key, state.thing, entry.fact)
        if at < state.first_position:
            return Known(thing, entry.data_class, at, state.last_position)
        return Known(thing, state.data_class, state.first_position, max(at, state.last_position))

    def values(self, state: Known[S]) -> tuple[Any, ...]:
        """All columns after identity and positions."""
        return (*self.columns(state.thing), state.data_class, state.last_position)
