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

from collections.abc import Iterator, Mapping
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
    literal_column,
    select,
    text,
    union_all,
)

from ledger.periods import day_before
from projections.engine.timeline import EFFECTIVE, RECORDED, TimelineView, when
from projections.engine.view import FOREVER, Row, Writer, identity_of, live_generation, versioned, visible

S = TypeVar("S")

ENDLESS = 0
"""The reach of rows that nothing has ended: in days, or in positions."""
DAYS = tuple(4**power for power in (*range(1, 8), 11))
"""Reaches in days; the longest is longer than the calendar."""
POSITIONS = tuple(4**power for power in range(3, 13))
BEYOND = 1
"""The reach in positions of rows that held for more of them."""

LASTED = (
    f"(CASE WHEN to_position = {FOREVER} THEN {ENDLESS} "
    + " ".join(f"WHEN to_position - from_position <= {reach} THEN {reach}" for reach in POSITIONS)
    + f" ELSE {BEYOND} END)"
)
"""The reach of a row in positions."""

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
    known = (row.from_position, row.to_position)
    some, others = text("reach > 0"), text("reach = 0")
    columns = (row.generation, row.reach, row.effective_from, row.until_on, *known)
    Index(f"{name}_spans", *columns, sqlite_where=some, postgresql_where=some)
    columns_endless = (row.generation, text(LASTED), *known, row.effective_from)
    Index(f"{name}_endless", *columns_endless, sqlite_where=others, postgresql_where=others)
    return table


def reach_of(from_on: date, until_on: date) -> int:
    """The reach of days in a row, both ends included; of days without an end ENDLESS."""
    if until_on == date.max:
        return ENDLESS
    days = (until_on - from_on).days + 1
    return next(reach for reach in DAYS if days <= reach)


class SpannedView(TimelineView[S]):
    """A timeline for each entity, in rows that end the day before the entity's next one begins, as far as is known."""

    def rows(self, days: Mapping[date, S]) -> dict[date, Row]:
        """Rows for states at the ends of all of an entity's dates from the first of these on."""
        ends = [*map(day_before, list(days)[1:]), date.max]
        return {
            on: (until_on, reach_of(on, until_on), *self.values(state))
            for (on, state), until_on in zip(days.items(), ends, strict=True)
        }

    def follow(self, writer: Writer, key: str, position: int, last: tuple[date, S] | None, now: tuple[date, S]) -> None:
        """The row of the date before ends with the day before this one."""
        if last is not None:
            writer.end(self.table, (key, last[0]), position)
        for on, row in self.rows(dict([now] if last is None or last[0] == now[0] else [last, now])).items():
            writer.open(self.table, (key, on), position, row)


# Queries


def within(effective: date, recorded: int) -> Mapping[str, Any]:
    """The values that a statement of this file is asked with."""
    day = effective.toordinal()
    began = {f"since_{reach}": date.fromordinal(max(day - reach + 1, 1)) for reach in DAYS}
    return {**when(effective, recorded), **began}


@cache
def standing(view: type[SpannedView[Any]], *names: str) -> CompoundSelect[Any]:
    """Columns of the rows that hold on a basis, one for each entity that is known then, in no order."""
    return union_all(*_stretches(view, names))


def _stretches(view: type[SpannedView[Any]], names: tuple[str, ...]) -> Iterator[Select[Any]]:
    row = view.table.c
    known = select(*(row[name] for name in names)).where(
        row.generation == live_generation(view.name), row.effective_from <= EFFECTIVE, visible(view.table, RECORDED)
    )
    # As numbers and not as parameters: an index of some of the rows is used where it is seen that it has them.
    for reach, since in SINCE.items():
        own = known.where(text("reach > 0"), row.reach == literal_column(str(reach)))
        yield own.where(row.effective_from >= since, row.until_on >= EFFECTIVE)
    endless, lasted = known.where(text("reach = 0")), literal_column(LASTED)
    for length in POSITIONS:
        began: ColumnElement[bool] = row.from_position > RECORDED - literal_column(str(length), BigInteger)
        yield endless.where(lasted == literal_column(str(length)), began)
    for length in (BEYOND, ENDLESS):
        yield endless.where(lasted == literal_column(str(length)))


@cache
def standing_of(view: type[SpannedView[Any]], *names: str) -> Select[Any]:
    """The same of `one` entity, through its key."""
    row = view.table.c
    key = identity_of(view.table)[0]
    known = select(*(row[name] for name in names)).where(
        row.generation == live_generation(view.name), key == ONE, visible(view.table, RECORDED)
    )
    return known.where(row.effective_from <= EFFECTIVE, row.until_on >= EFFECTIVE)
