"""Timelines whose rows say how long they hold: what holds on a basis is read, not looked up for each entity.

SpannedView     a TimelineView whose rows end
spanned_table   declares its table, with the indexes by which the rows of a basis are found
standing        for every entity, the row that holds on a basis; standing_of: of one entity
within          what both are asked with

A row holds from `effective_from` through `until_on`, as recorded from one position to another. Of all that were ever
written few hold on one basis; nearly all are short in one of the two: a row without a last day is the latest of its
entity, until the entity's next fact is recorded. So each row has a *reach*: the power of four that its days fit in, or,
if they have no end, its positions. The rows of one reach that hold on a basis began within that reach of it, which is a
stretch of an index; where rows begin evenly, at least a quarter of a stretch holds. A basis costs as many stretches as
there are reaches, and the rows that hold on it, however long the log has become.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Column,
    ColumnElement,
    CompoundSelect,
    Date,
    Index,
    Integer,
    Select,
    Table,
    Text,
    bindparam,
    case,
    literal_column,
    select,
    text,
    union_all,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from ledger.log.envelope import Entry
from ledger.periods import day_before
from projections.engine.timeline import EFFECTIVE, RECORDED, TimelineView, when
from projections.engine.view import (
    ENDED_AT,
    ENDING,
    WHERE,
    Ending,
    Row,
    Writer,
    identity_of,
    live_generation,
    versioned,
    visible,
)

S = TypeVar("S")

ENDLESS = 0
"""The reach of rows that nothing has ended, in days or in positions."""
DAYS: tuple[int, ...] = tuple(4**power for power in (*range(1, 8), 11))
"""Reaches in days; the longest is longer than the calendar."""
POSITIONS: tuple[int, ...] = tuple(4**power for power in range(3, 13))
"""Reaches in positions. In rows they are negative, to tell them from days."""
BEYOND = -1
"""The reach in positions of rows that held for more of them."""

SINCE: Mapping[int, BindParameter[date]] = {reach: bindparam(f"since_{reach}", type_=Date) for reach in DAYS}
ONE: BindParameter[str] = bindparam("one", type_=Text)


def spanned_table(name: str, key: str, *data: Column[Any]) -> Table:
    """A table for a SpannedView: `key` names the entity's column, `data` are what values() gives, in order.

    Its rows stand in the order in which they were written, so that those of a stretch of positions are neighbours.
    """
    identity = (Column(key, Text, nullable=False), Column("effective_from", Date, nullable=False))
    span = (Column("until_on", Date, nullable=False), Column("reach", Integer, nullable=False))
    table = versioned(name, identity, (*span, *data), in_order_written=True)
    row = table.c
    table.info[ENDING] = Ending(row.reach, row.keys().index("reach"), reach_ended, _reach_ended_there(row))
    known = (row.from_position, row.to_position)
    for kind, columns, some in (
        ("spans", (row.effective_from, row.until_on, *known, row[key]), text("reach > 0")),
        ("endless", (*known, row.effective_from, row[key]), text("reach <= 0")),
    ):
        Index(f"{name}_{kind}", row.generation, row.reach, *columns, info={WHERE: some})
    return table


def reach_of(from_on: date, until_on: date) -> int:
    """The reach of days in a row, both ends included; of days without an end ENDLESS."""
    if until_on == date.max:
        return ENDLESS
    return DAYS[bisect_left(DAYS, (until_on - from_on).days + 1)]


def reach_ended(reach: int, from_position: int, to_position: int) -> int:
    """The reach of a row that is ended: of one without a last day, that of its positions."""
    if reach != ENDLESS:
        return reach
    at = bisect_left(POSITIONS, to_position - from_position)
    return -POSITIONS[at] if at < len(POSITIONS) else BEYOND


def _reach_ended_there(row: ReadOnlyColumnCollection[str, Column[Any]]) -> ColumnElement[int]:
    """The same, worked out by the database."""
    lasted = ENDED_AT - row.from_position
    lengths = ((lasted <= length, -length) for length in POSITIONS)
    return case((row.reach != ENDLESS, row.reach), *lengths, else_=BEYOND)


class SpannedView(TimelineView[S]):
    """A timeline for each entity, in rows that end the day before the entity's next one begins, as far as is known."""

    def forget(self) -> None:
        """Hold nothing."""
        super().forget()
        self._told: dict[int, tuple[S, Row]] = {}

    def apply(self, writer: Writer, entries: Sequence[Entry]) -> None:
        """Move on every entity that the page's facts touch; the values of the last state of each are kept for so long:
        when the next one follows, they are written once more, with a last day."""
        super().apply(writer, entries)
        self._told.clear()

    def rows(self, days: Mapping[date, S]) -> dict[date, Row]:
        """Rows for states at the ends of all of an entity's dates from the first of these on."""
        ends = [*map(day_before, list(days)[1:]), date.max] if days else []
        return {
            on: self.row(on, until_on, self._values_of(state))
            for (on, state), until_on in zip(days.items(), ends, strict=True)
        }

    def row(self, on: date, until_on: date, values: Row) -> Row:
        """A row's data: its last day, the reach of its days, and what it says."""
        return (until_on, reach_of(on, until_on), *values)

    def _values_of(self, state: S) -> Row:
        told = self._told.get(id(state))
        return self.values(state) if told is None else told[1]

    def follow(self, writer: Writer, key: str, position: int, last: tuple[date, S] | None, now: tuple[date, S]) -> None:
        """The row of the date before ends with the day before this one."""
        if last is not None:
            writer.end(self.table, (key, last[0]), position)
            told = self._told.pop(id(last[1]), None)
            if last[0] != now[0]:
                before = self.values(last[1]) if told is None else told[1]
                writer.open(self.table, (key, last[0]), position, self.row(last[0], day_before(now[0]), before))
        values = self.values(now[1])
        self._told[id(now[1])] = now[1], values
        writer.open(self.table, (key, now[0]), position, self.row(now[0], date.max, values))


# Queries


def within(effective: date, recorded: int) -> Mapping[str, Any]:
    """The values that a statement of this file is asked with."""
    day = effective.toordinal()
    began = {f"since_{reach}": date.fromordinal(max(day - reach + 1, 1)) for reach in DAYS}
    return {**when(effective, recorded), **began}


@cache
def standing(view: type[SpannedView[Any]], *names: str) -> CompoundSelect[Any]:
    """Columns of the rows that hold on a basis, one for each entity that is known then, in no order."""
    return union_all(*_stretches(view, select(*(view.table.c[name] for name in names))))


@cache
def standing_of(view: type[SpannedView[Any]], *names: str) -> CompoundSelect[Any]:
    """The same of `one` entity, in stretches too: one may have far more rows than there are others."""
    key = identity_of(view.table)[0]
    return union_all(*_stretches(view, select(*(view.table.c[name] for name in names)).where(key == ONE)))


def _stretches(view: type[SpannedView[Any]], asked: Select[Any]) -> Iterator[Select[Any]]:
    row = view.table.c
    known = asked.where(
        row.generation == live_generation(view.name), row.effective_from <= EFFECTIVE, visible(view.table, RECORDED)
    )
    # As numbers and not as parameters: an index of some rows is used where it is seen that all that are asked have it.
    for reach, since in SINCE.items():
        some = known.where(text("reach > 0"), row.reach == literal_column(str(reach)))
        yield some.where(row.effective_from >= since, row.until_on >= EFFECTIVE)
    endless = known.where(text("reach <= 0"))
    for reach in POSITIONS:
        began = row.from_position > RECORDED - literal_column(str(reach), BigInteger)
        yield endless.where(row.reach == literal_column(str(-reach)), began)
    for reach in (BEYOND, ENDLESS):  # positions begin at 1: without two bounds SQLite prefers to read all reaches
        yield endless.where(row.reach == literal_column(str(reach)), row.from_position > literal_column("0"))
