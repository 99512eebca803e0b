"""From one figure to another, step by step: what moved a cell of a report between two bases?

Bridges   finds the bridge of any cell of it, as far as its points go
Bridge    a cell's stages, from what it was to what it is: a step is what lies between two of them

The first step is on the earlier knowledge: what it says of the later effective date, where the two differ; its facts
are found for whoever asks of one cell (passing.py). Then facts are taken in the order recorded, and what each moves is
a part of the step of its kind (projections/restating.py):

- a cell that facts make: they are recorded one after the other in a ledger apart, which tells what each moved;
- a cell that sums lines of the journal: the lines of each fact;
- a cell that sums others: the sums of their stages;
- a cell that is a row's share of a sum: as one that facts make, those of all that share it among them;
- a cell that is worked out: worked out again from the stages of its sides. What made it is not so much of each fact.

So the steps come to the difference whatever they are. That every stage that a report shows (the first, the one after
time has passed, the last) is what the report says, is another thing: `ties`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection

from api.http.bridges.compared import (
    ADDING,
    ASK,
    LINES,
    LINES_A_POINT,
    NOTHING,
    STEPS,
    Compared,
    Key,
    Points,
    Tables,
    Value,
    added_up,
    cell_value,
    counted_value,
    decimal,
    halves,
    named_only,
    parts_of,
    standing,
)
from api.http.bridges.passing import Passing
from api.http.receipts import Derived, Made, Part, Row, Sum, is_summed
from ledger.log.envelope import Entry
from projections.engine.apart import apart
from projections.engine.apart import counted as knowing
from projections.engine.basis import Basis
from projections.engine.receipts import facts_at, lines_between
from projections.engine.sources import counts_from, distinct
from projections.restating import kind_of

NEW, LATE, CORRECTION, REVERSAL = range(2, 6)
"""The stages after which facts of each kind are counted; those before them are what it was, and after time passed."""

Stages = tuple[Decimal, ...]


@dataclass(frozen=True)
class Bridge:
    """The stages of a cell: what it was, after time has passed, and after the facts of each kind.

    moves   by position, what facts recorded since moved; nothing where it is not so much of each
    of      the cells that it rests on, which have bridges of their own: name and column
    """

    stages: Stages
    ties: bool
    moves: Mapping[int, Decimal | None] = field(default_factory=dict)
    of: Sequence[tuple[str, str]] = ()


class Bridges:
    """The bridges of a comparison. `points` is what they may cost: the same question has the same answer always."""

    def __init__(self, compared: Compared, points: int) -> None:
        self._compared = compared
        self._points = Points(points)
        self.passing = Passing(compared, Points(points))
        self._found: dict[tuple[str, str], Bridge] = {}
        self._behind: dict[tuple[str, str], list[Entry]] = {}
        self._stages: dict[int, int] = {}
        self._told: dict[tuple[Any, ...], Sequence[Any]] = {}

    def bridge(self, name: str, column: str) -> Bridge:
        """Find the bridge of a cell that holds a figure; what is the same all along has been moved by nothing.

        Raises TooDear.
        """
        if (name, column) not in self._found:
            figures = [decimal(said) for said in self._compared.said(name, column)]
            same = len(set(figures)) == 1
            unmoved = Bridge(_staged(figures[0], figures[0], ()), ties=True)
            self._found[name, column] = unmoved if same else self.find(name, column)
        return self._found[name, column]

    def step_of(self, entry: Entry) -> str:
        """The step that a fact is of."""
        known = entry.position <= self._compared.then.recorded
        return STEPS[0] if known else STEPS[self.stage_of(entry) - 1]

    def stage_of(self, entry: Entry) -> int:
        """The stage after which a fact recorded since is counted: that of its kind."""
        if entry.position not in self._stages:
            then, now = self._compared.then, self._compared.now
            kind = {"FIRST": LATE, "CORRECTION": CORRECTION, "REVERSAL": REVERSAL}[kind_of(entry.fact)]
            is_new = kind == LATE and then.effective < now.effective and counts_from(entry.fact) > then.effective
            self._stages[entry.position] = NEW if is_new else kind
        return self._stages[entry.position]

    def of_one(self, entry: Entry, said: Sequence[Any]) -> Bridge:
        """The bridge of a figure between two bases of one date that one fact lies between: it moved all of it."""
        before, passed, now = map(decimal, said)
        stages = _staged(before, passed, [(self.stage_of(entry), now - passed)])
        return Bridge(stages, ties=True, moves={entry.position: now - passed})

    def told(self, name: str, column: str) -> Iterator[tuple[Entry, Any, Any]]:
        """The facts recorded since that a cell rests on, and what it said before and after each."""
        entries = self.behind(name, column)
        tables = self._apart(entries)
        since = [entry for entry in entries if self._compared.between(entry.position)]
        for entry, before, after in zip(since, tables[:-1], tables[1:], strict=True):
            yield entry, before.get(name, {}).get(column), after.get(name, {}).get(column)

    def behind(self, name: str, column: str) -> list[Entry]:
        """The facts that a cell rests on, then or now. Raises TooDear."""
        asked, own = self._compared, column if column in self._compared.receipts.own else ""
        if (name, own) not in self._behind:
            found = []
            for basis, table in zip(asked.bases[1:], asked.tables[1:], strict=True):
                self._points.pay(ASK)
                row = table.get(name, asked.row(name))
                found.append(asked.receipts.behind(asked.connection, basis, asked.query, row, column))
            self._behind[name, own] = distinct({str(at): some for at, some in enumerate(found)})
        return self._behind[name, own]

    def find(self, name: str, column: str) -> Bridge:
        """Find the bridge of a cell, also where facts moved it there and back again. Raises TooDear."""
        receipts, row = self._compared.receipts, self._compared.row(name)
        figures = [decimal(said) for said in self._compared.said(name, column)]
        if sums := receipts.summed(row, column):
            return self._tied(figures, *self._summed(sums, row, column))
        derived = receipts.derived_by(name, row, column)
        rows = [table[name] for table in self._compared.tables if name in table]
        if derived and any(all(one.get(side) is not None for side in derived.of) for one in rows):
            return self._tied(figures, *self._derived(derived, name))
        if isinstance(made := receipts.made_by(name, row, column), Made):
            return self._tied(figures, *self._made(made, name))
        posted = receipts.posted(self._compared.connection, self._compared.now, self._compared.query, row, column)
        if posted is not None:
            return self._tied(figures, *self._posted(name, column, figures))
        stages, moves = self._by_facts(self.behind(name, column), cell_value(name, column), figures[0])
        return self._tied(figures, stages, moves)

    @staticmethod
    def _tied(
        figures: Sequence[Decimal],
        stages: Stages,
        moves: Mapping[int, Decimal | None],
        of: Sequence[tuple[str, str]] = (),
    ) -> Bridge:
        return Bridge(stages, [stages[0], stages[1], stages[-1]] == list(figures), moves, of)

    # A cell that facts make

    def _by_facts(
        self, entries: Sequence[Entry], value: Value, before: Decimal
    ) -> tuple[Stages, dict[int, Decimal | None]]:
        tables = self._apart(entries)
        return self._moved(entries, [value(table) for table in tables], before)

    def _moved(
        self, entries: Sequence[Entry], values: Sequence[Decimal], before: Decimal
    ) -> tuple[Stages, dict[int, Decimal | None]]:
        """The stages of a value that is told before and after each of the facts recorded since."""
        since = [entry for entry in entries if self._compared.between(entry.position)]
        moved = {
            entry: after - earlier
            for entry, earlier, after in zip(since, values[:-1], values[1:], strict=True)
            if after != earlier
        }
        stages = _staged(before, values[0], ((self.stage_of(entry), by) for entry, by in moved.items()))
        return stages, {entry.position: by for entry, by in moved.items()}

    def _apart(self, entries: Sequence[Entry]) -> Tables:
        """The tables in a ledger apart: as known then, and after each of the facts recorded since."""
        key = tuple(entry.position for entry in entries)
        if key not in self._told:
            asked = self._compared
            self._told[key] = self._asked_apart(entries, lambda there, basis: asked.table(there, basis))
        return self._told[key]

    def _asked_apart(self, entries: Sequence[Entry], ask: Callable[[Connection, Basis], Any]) -> list[Any]:
        from projections.every.views import ALL_VIEWS

        known = sum(entry.position <= self._compared.then.recorded for entry in entries)
        self._points.pay(ASK * (len(entries) - known + 2))
        with apart(entries, ALL_VIEWS) as there:
            return [ask(there, knowing(self._compared.now, facts)) for facts in range(known, len(entries) + 1)]

    # A cell that sums lines of the journal

    def _posted(self, name: str, column: str, figures: Sequence[Decimal]) -> tuple[Stages, dict[int, Decimal | None]]:
        """Its lines by fact; where facts let it sum other lines, those up to each, and what it moved by doing so."""
        compared, row = self._compared, self._compared.row(name)
        asked = compared.connection, compared.now, compared.query, row, column
        begin, moves, steps = compared.then.recorded, dict[int, Decimal | None](), list[tuple[int, Decimal]]()
        for entry in compared.receipts.moving(*asked):
            if compared.between(entry.position):
                self._points.pay(2 * ASK)
                until = entry.position
                steps += self._lines(name, column, begin, until - 1, moves)
                before, after = (self._there(name, column, position) for position in (until - 1, until))
                if after != before:
                    moves[until] = after - before
                    steps.append((self.stage_of(entry), after - before))
                begin = until
        steps += self._lines(name, column, begin, compared.now.recorded, moves)
        return _staged(figures[0], figures[1], steps), {position: by for position, by in moves.items() if by}

    def _there(self, name: str, column: str, position: int) -> Decimal:
        """Ask what a cell says of the date of now, as recorded at a position."""
        basis = replace(self._compared.now, recorded=position)
        return decimal(self._compared.table(self._compared.connection, basis).get(name, {}).get(column))

    def _lines(
        self, name: str, column: str, after: int, until: int, moves: dict[int, Decimal | None]
    ) -> list[tuple[int, Decimal]]:
        """List what the facts after one position and up to another posted to a cell, each with its stage."""
        if after >= until:
            return []
        compared, connection = self._compared, self._compared.connection
        basis, row = replace(compared.now, recorded=until), compared.row(name)
        posted = compared.receipts.posted(connection, basis, compared.query, row, column)
        assert posted is not None, "so it is on every basis"
        self._points.pay(LINES)
        lines = compared.receipts.moved_since(connection, basis, compared.query, row, column, after)
        if lines is None:
            most = (self._points.left + 1) * LINES_A_POINT
            lines = lines_between(connection, posted, after=after, most=most)
        self._points.pay(len(lines) // LINES_A_POINT)
        unknown = {position for position, _ in lines if position not in self._stages}
        for entry in facts_at(connection, unknown).values():
            self.stage_of(entry)
        scale, steps = -compared.receipts.places(column, row), list[tuple[int, Decimal]]()
        for position, minor in lines:
            share = Decimal(minor).scaleb(scale)
            moves[position] = (moves.get(position) or NOTHING) + share
            steps.append((self._stages[position], share))
        return steps

    # A cell that sums others

    def _summed(
        self, sums: Sequence[Sum], row: Row, column: str
    ) -> tuple[Stages, dict[int, Decimal | None], list[tuple[str, str]]]:
        stages, moves, of = (NOTHING,) * (len(STEPS) + 1), list[Mapping[int, Decimal | None]](), list[tuple[str, str]]()
        for one in sums:
            for name in self._compared.names:
                values = [counted_value(one, row, name, column)(table) for table in self._compared.tables]
                if any(values):
                    part, moved = self._part(one, row, name, column, values)
                    stages = _both(stages, part)
                    moves.append(moved)
                    of += [] if one.count else [(name, column)]
        return stages, added_up(moves), of

    def _part(
        self, one: Sum, row: Row, name: str, column: str, values: Sequence[Decimal]
    ) -> tuple[Stages, Mapping[int, Decimal | None]]:
        """The stages of what a row adds to a sum: those of its cell, where it is always one of those summed."""
        if values[1] == values[2]:
            return _staged(values[0], values[1], ()), {}
        there = [table[name] for table in self._compared.tables if name in table]
        if not one.count and all(is_summed(one, row, other) for other in there):
            bridge = self.bridge(name, column)
            return bridge.stages, bridge.moves
        return self._by_facts(self.behind(name, column), counted_value(one, row, name, column), values[0])

    # A cell that is worked out

    def _derived(self, derived: Derived, name: str) -> tuple[Stages, dict[int, Decimal | None], list[tuple[str, str]]]:
        sides = [self.bridge(name, side) for side in derived.of]
        stages = tuple(
            decimal(derived.by(*map(Fraction, stage))) for stage in zip(*(side.stages for side in sides), strict=True)
        )
        return stages, named_only(side.moves for side in sides), [(name, side) for side in derived.of]

    def _made(self, made: Made, name: str) -> tuple[Stages, dict[int, Decimal | None], list[tuple[str, str]]]:
        """The stages of a figure made of cells elsewhere: of each of them its stages, and whether it is there."""
        asked, moves, of = self._compared, list[Mapping[int, Decimal | None]](), list[tuple[str, str]]()
        on_each = zip(asked.bases, asked.tables, strict=True)
        parts = [parts_of(asked, made, asked.connection, basis, table.get(name)) for basis, table in on_each]
        paths = list[tuple[Stages, Stages]]()
        for key in dict.fromkeys(key for some in reversed(parts) for key in some):
            there, figures = zip(*(standing(some.get(key)) for some in parts), strict=True)
            if made.rest is not None and (there[1], figures[1]) == (there[2], figures[2]):
                paths.append((_staged(there[0], there[1], ()), _staged(figures[0], figures[1], ())))
            elif made.rest is None:
                row, column = halves(key[1])
                bridge = self.bridge(row, column)
                of.append((row, column))
                moves.append(bridge.moves)
                paths.append(((Decimal(1),) * len(bridge.stages), bridge.stages))
            else:
                is_there, figure, moved = self._part_made(made, name, key, parts)
                moves.append(moved)
                paths.append(((there[0], *is_there[1:]), (figures[0], *figure[1:])))
        stages = tuple(
            decimal(made.by([Fraction(figure[at]) for is_there, figure in paths if is_there[at] > 0]))
            for at in range(len(STEPS) + 1)
        )
        return stages, added_up(moves, ADDING[made.by]) if made.by in ADDING else named_only(moves), of

    def _part_made(
        self, made: Made, name: str, key: Key, parts: Sequence[Mapping[Key, Part]]
    ) -> tuple[Stages, Stages, Mapping[int, Decimal | None]]:
        """Tell whether a cell is one of those that a figure is made of, and its own figure, in a ledger apart."""
        asked, rest = self._compared, made.rest
        assert rest is not None, "asked only of cells elsewhere"
        self._points.pay(2 * ASK)
        part = next(some[key] for some in reversed(parts) if key in some)
        on_each = zip(asked.bases[1:], parts[1:], strict=True)
        found = [rest(asked.connection, basis, some.get(key, part)) for basis, some in on_each]
        entries = distinct({str(at): some for at, some in enumerate(found)})
        asking = (id(made), name, *(entry.position for entry in entries))
        if asking not in self._told:
            row = asked.row(name)
            self._told[asking] = self._asked_apart(
                entries, lambda there, basis: parts_of(asked, made, there, basis, row)
            )
        there, figures = zip(*(standing(some.get(key)) for some in self._told[asking]), strict=True)
        is_there, seen = self._moved(entries, there, there[0])
        figure, moved = self._moved(entries, figures, figures[0])
        return is_there, figure, {at: moved.get(at, NOTHING) for at in sorted({*seen, *moved})}


def _staged(before: Decimal, passed: Decimal, steps: Iterable[tuple[int, Decimal]]) -> Stages:
    """Stages out of what facts move, each with the stage after which it is counted."""
    moved = dict.fromkeys(range(NEW, len(STEPS) + 1), NOTHING)
    for stage, by in steps:
        moved[stage] += by
    stages = [before, passed]
    for by in moved.values():
        stages.append(stages[-1] + by)
    return tuple(stages)


def _both(left: Stages, right: Stages) -> Stages:
    return tuple(one + other for one, other in zip(left, right, strict=True))
