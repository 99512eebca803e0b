"""The facts of the first step of a bridge: known then, and counting from a day between the two effective dates.

Passed     these facts, and what is left when they are taken off: days alone moved it
Passing    finds them, of any cell of a comparison

A ledger that holds only the facts that a cell rests on is asked on each day from which some of them count, and on the
day before: what lies between is theirs. A cell that sums lines of the journal: the lines that one date has and the
other has not. A cell that is made of others: theirs.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection

from api.http.bridges.compared import (
    ADDING,
    ASK,
    LINES,
    LINES_A_POINT,
    NOTHING,
    Compared,
    Key,
    Points,
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
from api.http.receipts import Made, Row, Sum, counted, is_summed
from ledger.decider import Fact
from ledger.log.envelope import Entry
from projections.engine.apart import apart
from projections.engine.basis import Basis
from projections.engine.receipts import lines_moved
from projections.engine.sources import counts_from, distinct


@dataclass(frozen=True)
class Passed:
    """The facts of the step `passed`, and what is left when they are taken off.

    moves   by position, what each moved; None where several count from one day, or it is not so much of each
    days    what days alone moved; None where it is not so much of each
    ties    false where this is not what the report says
    """

    moves: Mapping[int, Decimal | None] = field(default_factory=dict)
    days: Decimal | None = Decimal()
    ties: bool = True


Walked = Sequence[tuple[date | None, Any, Any]]
"""A day on which facts count, and what was said before and on it; first, with no day, the two effective dates."""


class Passing:
    """Finds the facts of the first step, for so many points of its own."""

    def __init__(self, compared: Compared, points: Points) -> None:
        self._compared = compared
        self._points = points

    def of_figure(self, name: str, column: str) -> Passed:
        """Find which facts known then moved a figure between the two effective dates. Raises TooDear."""
        before, after = (decimal(said) for said in self._compared.said(name, column)[:2])
        if before == after:
            return Passed()
        found = self._found(name, column)
        alone = found.days is None and not found.moves
        return Passed({}, after - before, found.ties) if alone else found

    def of_words(self, name: str, column: str) -> list[tuple[Entry, Any]]:
        """List the facts known then of the days on which a cell's words changed, and what it said. Raises TooDear."""
        before, after = self._compared.said(name, column)[:2]
        entries = self._known_of(name, column) if before != after else []
        walked = self._walked(
            entries, lambda there, basis: self._compared.table(there, basis).get(name, {}).get(column)
        )
        said = {day: now for day, was, now in walked[1:] if was != now}
        return [(entry, said[day]) for entry in entries for day in sorted(_days_of(entry.fact) & said.keys())]

    def _found(self, name: str, column: str) -> Passed:
        compared = self._compared
        receipts, row = compared.receipts, compared.row(name)
        if sums := receipts.summed(row, column):
            return _together(self._summed(sums, row, column))
        derived = receipts.derived_by(name, row, column)
        rows = [table[name] for table in compared.tables[:2] if name in table]
        if derived and any(all(one.get(side) is not None for side in derived.of) for one in rows):
            return _apart_from_shares([self.of_figure(name, side) for side in derived.of])
        if isinstance(made := receipts.made_by(name, row, column), Made):
            parts = [*self._made(made, name)]
            return _together(parts, ADDING[made.by]) if made.by in ADDING else _apart_from_shares(parts)
        posted = [
            receipts.posted(compared.connection, basis, compared.query, row, column) for basis in compared.bases[:2]
        ]
        if posted[0] is not None and posted[1] is not None:
            return self._posted(name, column, posted)
        return self._by_facts(self._known_of(name, column), cell_value(name, column), compared.said(name, column))

    def _summed(self, sums: Sequence[Sum], row: Row, column: str) -> Iterator[Passed]:
        """The facts that moved each row that is summed; or that let it be summed."""
        for one in sums:
            for name in self._compared.names:
                value = counted_value(one, row, name, column)
                values = [value(table) for table in self._compared.tables[:2]]
                there = [table[name] for table in self._compared.tables[:2] if name in table]
                if values[0] == values[1]:
                    continue
                if not one.count and all(is_summed(one, row, other) for other in there):
                    yield self.of_figure(name, column)
                else:
                    yield self._by_facts(self._known_of(name, column), value, values)

    def _made(self, made: Made, name: str) -> Iterator[Passed]:
        """The facts that moved each cell elsewhere of which a figure is made; or that let it be one of them."""
        asked, row, rest = self._compared, self._compared.row(name), made.rest
        on_each = zip(asked.bases[:2], asked.tables[:2], strict=True)
        first, last = (parts_of(asked, made, asked.connection, basis, table.get(name)) for basis, table in on_each)
        for key in dict.fromkeys((*last, *first)):
            if (part := last.get(key, first.get(key))) is None or standing(last.get(key)) == standing(first.get(key)):
                continue
            if rest is None:
                yield self.of_figure(*halves(key[1]))
                continue
            entries = distinct(
                {str(at): rest(asked.connection, basis, part) for at, basis in enumerate(asked.bases[:2])}
            )
            which = 0 if made.by is counted else 1

            def said(there: Connection, basis: Basis, key: Key = key, which: int = which) -> Decimal:
                return standing(parts_of(asked, made, there, basis, row).get(key))[which]

            ends = [standing(some.get(key))[which] for some in (first, last)]
            yield self._of_days(entries, self._walked(entries, said), ends)

    def _posted(self, name: str, column: str, posted: Sequence[Any]) -> Passed:
        """The facts whose lines a cell sums on one of the two dates and not, or otherwise, on the other."""
        before, after = (decimal(said) for said in self._compared.said(name, column)[:2])
        self._points.pay(LINES)
        most, scale = (
            (self._points.left + 1) * LINES_A_POINT,
            -self._compared.receipts.places(column, self._compared.row(name)),
        )
        lines = lines_moved(self._compared.connection, posted[0], posted[1], most=most)
        self._points.pay(len(lines) // LINES_A_POINT)
        moves = {position: Decimal(minor).scaleb(scale) for position, minor in lines}
        return Passed(moves, ties=sum(moves.values(), NOTHING) == after - before)

    def _by_facts(self, entries: Sequence[Entry], value: Value, said: Sequence[Any]) -> Passed:
        walked = self._walked(entries, lambda there, basis: value(self._compared.table(there, basis)))
        return self._of_days(entries, walked, [decimal(one) for one in said[:2]])

    def _known_of(self, name: str, column: str) -> list[Entry]:
        """The facts known then that a cell rests on, on either effective date."""
        asked, found = self._compared, list[Sequence[Entry]]()
        for basis, table in zip(asked.bases[:2], asked.tables[:2], strict=True):
            self._points.pay(ASK)
            row = table.get(name, asked.row(name))
            found.append(asked.receipts.behind(asked.connection, basis, asked.query, row, column))
        return distinct({str(at): some for at, some in enumerate(found)})

    def _walked(self, entries: Sequence[Entry], ask: Callable[[Connection, Basis], Any]) -> Walked:
        """Ask a ledger of these facts alone on each day between the two dates from which some of them count."""
        from projections.every.views import ALL_VIEWS

        first, last = sorted((self._compared.then.effective, self._compared.passed.effective))
        days = sorted({day for entry in entries for day in _days_of(entry.fact) if first < day <= last})
        self._points.pay(2 * ASK * (len(days) + 1))
        with apart(entries, ALL_VIEWS) as there:

            def on(day: date) -> Any:
                return ask(there, replace(self._compared.then, effective=day, recorded=len(entries)))

            return [(None, on(first), on(last)), *((day, on(day - timedelta(1)), on(day)) for day in days)]

    def _of_days(self, entries: Sequence[Entry], walked: Walked, ends: Sequence[Decimal]) -> Passed:
        """Tell the facts of each day that moved a figure; back in time, they move it the other way."""
        back = self._compared.passed.effective < self._compared.then.effective
        sign, moves, left = -1 if back else 1, dict[int, Decimal | None](), ends[1] - ends[0]
        for day, before, after in walked[1:]:
            of_day = [entry.position for entry in entries if day in _days_of(entry.fact)] if before != after else []
            left -= sign * (after - before)
            for position in of_day:
                earlier = moves.get(position, NOTHING)
                alone = len(of_day) == 1 and earlier is not None
                moves[position] = (earlier or NOTHING) + sign * (after - before) if alone else None
        said = ends[::sign]
        return Passed(dict(sorted(moves.items())), left, [*walked[0][1:]] == [*said])


def _days_of(fact: Fact) -> set[date]:
    """The days from which a fact may count in a report."""
    return {fact.effective_on, counts_from(fact)}


def _together(parts: Iterable[Passed], sign: int = 1) -> Passed:
    """The facts of cells that are added up, and what days alone moved of all of them."""
    listed = list(parts)
    days = (
        None
        if any(one.days is None for one in listed)
        else sign * sum((one.days or NOTHING for one in listed), NOTHING)
    )
    return Passed(added_up((one.moves for one in listed), sign), days, all(one.ties for one in listed))


def _apart_from_shares(parts: Sequence[Passed]) -> Passed:
    """The facts of cells that something is worked out from: what each moved of them is not what it moved of that."""
    return Passed(named_only(one.moves for one in parts), None, all(one.ties for one in parts))
