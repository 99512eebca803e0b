"""Read models of things that change with time, known from two sides: effective on a date, as recorded at a position.

TimelineView     folds each entity's facts into rows; a subclass says which facts, which columns
timeline_table   declares its table
as_of            selects, for every entity, the row for (effective, recorded)
EFFECTIVE, RECORDED   stand for both in a statement that is made once; `when` gives them to it

A row says: from `effective_from` on, as far as the facts at its positions tell, the entity's state is this; until the
entity's next `effective_from` known at that position. There is one open row for each distinct effective date of an
entity's facts. The state is the fold of the facts in the order (effective_on, position), whatever order they came in.
A view may name another date to fold by: what posts is ordered by accounting date, and its rows begin on those.

Most facts take effect no earlier than what is known of their entity: the last state moves on and nothing is read. A
backdated fact is put in its place among the entity's facts, which are read from the log once for a whole page. A fact
that was withdrawn leaves its place in the same way: rows as recorded before the withdrawal keep it.
"""

from abc import abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Column,
    Date,
    Select,
    Table,
    Text,
    bindparam,
    exists,
    select,
)

from ledger.decider import Fact, standing
from ledger.log.envelope import Entry
from projections.engine.view import Row, View, Writer, identity_of, live_generation, versioned, visible

S = TypeVar("S")


def timeline_table(name: str, key: str, *data: Column[Any]) -> Table:
    """A table for a TimelineView: `key` names the entity's column, `data` are what values() gives, in order."""
    identity = (Column(key, Text, nullable=False), Column("effective_from", Date, nullable=False))
    return versioned(name, identity, data)


@dataclass(slots=True)
class _Entity(Generic[S]):
    """The last date among an entity's facts, and the state after them; no state before the first."""

    latest_on: date = date.min
    state: S | None = None


@dataclass(slots=True)
class _Story(Generic[S]):
    """All facts of an entity in the order of their dates, each with the state after it."""

    dated: Callable[[Fact], date]
    entries: list[Entry] = field(default_factory=list)
    states: list[S] = field(default_factory=list)

    def place(self, on: date) -> tuple[int, int]:
        """The indexes where the facts of a date begin and end."""
        begin = bisect_left(self.entries, on, key=self.date_of)
        return begin, bisect_right(self.entries, on, begin, key=self.date_of)

    def days(self, begin: int) -> dict[date, S]:
        """The state at the end of each date, for the facts from index `begin` on."""
        pairs = zip(self.entries[begin:], self.states[begin:], strict=True)
        return {self.date_of(entry): state for entry, state in pairs}

    def date_of(self, entry: Entry) -> date:
        """The date that an entry has its place by."""
        return self.dated(entry.fact)


class TimelineView(View, Generic[S]):
    """A read model with one timeline for each entity.

    facts                    the kinds of facts that may concern it: keys() is asked of no others
    keys(fact)               the entities a fact touches; nothing for facts that do not concern this view
    tag(key)                 the tag under which the log finds an entity's facts
    fold(key, state, entry)  an entity's state (at first None) after one more fact; must take facts in any order
    values(state)            the table's data columns, in order
    dated(fact)              the date a fact has its place by: its effective date, unless a view names another
    moved(…)                 what a view keeps beside the timeline, if anything
    """

    table: ClassVar[Table]
    facts: ClassVar[tuple[type, ...]] = (object,)
    entities_max: ClassVar[int] = 200_000
    story_entries_max: ClassVar[int] = 100_000

    def __init__(self) -> None:
        super().__init__()
        self.forget()

    @abstractmethod
    def keys(self, fact: Fact) -> tuple[str, ...]:
        """The entities a fact touches, each once."""

    @abstractmethod
    def tag(self, key: str) -> str:
        """The tag that all facts of an entity carry."""

    def dated(self, fact: Fact) -> date:
        """The date that a fact has its place by, and that rows begin on."""
        return fact.effective_on

    @abstractmethod
    def fold(self, key: str, state: S | None, entry: Entry) -> S:
        """An entity's state after one more fact."""

    @abstractmethod
    def values(self, state: S) -> tuple[Any, ...]:
        """A row's data."""

    def rows(self, days: Mapping[date, S]) -> dict[date, Row]:
        """A row's data for each of some dates in a row, from the states at their ends."""
        return {on: self.values(state) for on, state in days.items()}

    def follow(self, writer: Writer, key: str, position: int, last: tuple[date, S] | None, now: tuple[date, S]) -> None:
        """Write the row of an entity's latest date, after that of its last one, which may be the same."""
        if last is not None and last[0] == now[0]:
            writer.end(self.table, (key, now[0]), position)
        writer.open(self.table, (key, now[0]), position, self.values(now[1]))

    def moved(self, writer: Writer, key: str, position: int, since: date, days: Mapping[date, S]) -> None:
        """Follow an entity that a fact at this position moved on: from the day `since`, the states at the end of all of
        its dates. For views that keep more of an entity than its timeline."""
        return

    def forget(self) -> None:
        """Let go of every entity; it is read from the log again when a fact touches it."""
        self._entities: dict[str, _Entity[S]] = {}
        self._stories: dict[str, _Story[S]] = {}
        self._complete = False

    def apply(self, writer: Writer, entries: Sequence[Entry]) -> None:
        """Move on every entity that the page's facts touch."""
        if writer.after == 0:
            self._complete = True  # before the first fact there is nothing to load
        steps = [(key, entry) for entry in self.concerning(entries) for key in self.keys(entry.fact)]
        self._load(writer, steps)
        for key, entry in steps:
            entity = self._entities.get(key)
            if entity is None:
                entity = self._entities[key] = _Entity()
            if entry.fact.withdraws:
                self._withdraw(writer, key, entity, entry)
            elif self.dated(entry.fact) >= entity.latest_on:
                self._append(writer, key, entity, entry)
            else:
                self._insert(writer, key, entity, entry)
        self._trim()

    def concerning(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Leave out the facts of kinds that are none of its: each kind on a page is looked at once, not each fact."""
        kinds = {type(entry.fact) for entry in entries}
        ours = {kind for kind in kinds if issubclass(kind, self.facts)}
        return [entry for entry in entries if type(entry.fact) in ours] if ours else ()

    def _append(self, writer: Writer, key: str, entity: _Entity[S], entry: Entry) -> None:
        on = self.dated(entry.fact)
        last = None if entity.state is None else (entity.latest_on, entity.state)
        state = self.fold(key, entity.state, entry)
        entity.latest_on, entity.state = on, state
        self.follow(writer, key, entry.position, last, (on, state))
        if (story := self._stories.get(key)) is not None:
            story.entries.append(entry)
            story.states.append(state)
        self.moved(writer, key, entry.position, on, {on: state})

    def _insert(self, writer: Writer, key: str, entity: _Entity[S], entry: Entry) -> None:
        """Put a backdated fact in its place; end and open the rows of every date that comes out differently."""
        story = self._stories[key]
        begin, end = story.place(self.dated(entry.fact))
        first = max(begin - 1, 0)  # the date before, whose row may end with another day
        before = self.rows(story.days(first))
        story.entries.insert(end, entry)
        self._refold(key, story, end)
        entity.state = story.states[-1]
        self._change(writer, key, entry.position, before, self.rows(story.days(first)))
        self.moved(writer, key, entry.position, self.dated(entry.fact), story.days(begin))

    def _withdraw(self, writer: Writer, key: str, entity: _Entity[S], entry: Entry) -> None:
        """Leave out the fact that was withdrawn; end and open the rows of every date that comes out differently."""
        story = self._stories[key]
        before = story.days(0)
        story.entries = _standing([*sorted(story.entries, key=lambda earlier: earlier.position), entry])
        story.entries.sort(key=story.date_of)
        self._refold(key, story, 0)
        after = story.days(0)
        entity.latest_on, entity.state = date.min, None
        if story.entries:
            entity.latest_on, entity.state = story.date_of(story.entries[-1]), story.states[-1]
        self._change(writer, key, entry.position, self.rows(before), self.rows(after))
        self.moved(writer, key, entry.position, date.min, after)

    def _change(
        self, writer: Writer, key: str, position: int, before: Mapping[date, Row], now: Mapping[date, Row]
    ) -> None:
        """End and open the rows of every date that comes out differently."""
        for on in before.keys() | now.keys():
            was, row = before.get(on), now.get(on)
            if was == row:
                continue
            if was is not None:
                writer.end(self.table, (key, on), position)
            if row is not None:
                writer.open(self.table, (key, on), position, row)

    def _refold(self, key: str, story: _Story[S], begin: int) -> None:
        del story.states[begin:]
        state = story.states[-1] if begin else None
        for entry in story.entries[begin:]:
            state = self.fold(key, state, entry)
            story.states.append(state)

    # What is held in memory

    def _load(self, writer: Writer, steps: Sequence[tuple[str, Entry]]) -> None:
        """Hold every entity that the page touches, and the story of each that it touches out of order.

        One read of the log serves the whole page; none is needed where nothing is unknown and nothing backdated.
        """
        unknown = set() if self._complete else {key for key, _ in steps if key not in self._entities}
        stories: dict[str, _Story[S]] = {key: _Story(self.dated) for key in unknown | self._backdated(steps)}
        stored = [key for key in stories if key in unknown or key in self._entities]
        if stored:
            for entry in writer.facts_before(map(self.tag, stored)):
                for key in self.keys(entry.fact):
                    if key in stories:
                        stories[key].entries.append(entry)
        for key, story in stories.items():
            story.entries = _standing(story.entries)
            story.entries.sort(key=story.date_of)  # stable: the facts of one date stay in recorded order
            self._refold(key, story, 0)
            if story.entries:
                self._entities[key] = _Entity(story.date_of(story.entries[-1]), story.states[-1])
        self._stories.update(stories)

    def _backdated(self, steps: Iterable[tuple[str, Entry]]) -> set[str]:
        """The entities that the page touches out of effective order and whose stories are not held."""
        latest: dict[str, date] = {}
        found = set()
        for key, entry in steps:
            on = self.dated(entry.fact)
            last = latest.get(key)
            if last is None:
                last = entity.latest_on if (entity := self._entities.get(key)) else date.min
            if entry.fact.withdraws or on < last:
                found.add(key)
            latest[key] = max(on, last)
        return found - self._stories.keys()

    def _trim(self) -> None:
        """Above the limits, let go of all stories, and of the entities held the longest."""
        if sum(len(story.entries) for story in self._stories.values()) > self.story_entries_max:
            self._stories.clear()
        while len(self._entities) > self.entities_max:
            key = next(iter(self._entities))
            del self._entities[key]
            self._stories.pop(key, None)
            self._complete = False


def _standing(entries: Sequence[Entry]) -> list[Entry]:
    """The facts that still stand, in the order recorded; the withdrawals themselves have no place in a story."""
    return [entry for entry in standing(entries, lambda entry: entry.fact) if not entry.fact.withdraws]


EFFECTIVE: BindParameter[date] = bindparam("effective", type_=Date)
RECORDED: BindParameter[int] = bindparam("recorded", type_=BigInteger)
"""The basis of a statement that is composed once, and then asked on any: to compose one takes longer than to ask it."""


def when(effective: date, recorded: int) -> Mapping[str, Any]:
    """The values of both."""
    return {"effective": effective, "recorded": recorded}


def as_of(view: type[TimelineView[Any]], *, effective: date | None = None, recorded: int | None = None) -> Select[Any]:
    """For each entity that is known then, the row that holds on `effective` as recorded up to position `recorded`.

    All of one statement are on one basis: they are told apart by nothing but its two values. Where these are not said
    here, they are when it is asked: when().
    """
    composed = _as_of(view)
    return composed if effective is None else composed.params(effective=effective, recorded=recorded)


@cache
def _as_of(view: type[TimelineView[Any]]) -> Select[Any]:
    table, generation = view.table, live_generation(view.name)
    later = table.alias()
    key = identity_of(table)[0].name
    superseded = exists().where(
        later.c.generation == table.c.generation,
        later.c[key] == table.c[key],
        later.c.effective_from > table.c.effective_from,
        later.c.effective_from <= EFFECTIVE,
        visible(later, RECORDED),
    )
    return select(table).where(
        table.c.generation == generation,
        table.c.effective_from <= EFFECTIVE,
        visible(table, RECORDED),
        ~superseded,
    )
