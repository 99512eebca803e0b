"""Totals of what was earned: by month and by day, of each stream, company and lease, as of the end of each block.

revenue_total   a versioned row for each month, and for each day, of the books in which something was earned
Block           what the positions since the last complete block earned, and the totals that they lead to
totalled_up_to  the last position that is in totals, as some position knew it
spans           days in a row -> the months and days whose totals they are
totals_in       the totals of those, as of the end of a block
moves_after     what was earned at the positions after it
months_in       the months of the books in which something was earned at all

Positions are cut into blocks of 2,048. When the last position of a block is applied, each total that the block moved
gets a new version, which holds from that position on; the others stay as they are. What was earned from one day to
another, as of any position, is so a sum over a row for each key and whole month, one for each key and day of a month
that is not whole, and the moves of fewer than 2,048 positions: however many facts there are, and however late one came.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import groupby
from operator import add, itemgetter
from typing import Any, TypeAlias

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    Select,
    Text,
    bindparam,
    case,
    select,
)

from ledger.periods import day_after, day_before, first_and_last, month_end, month_of
from projections.books.earned import JOURNAL, revenue_move
from projections.engine.view import FOREVER, Writer, live_generation, projection, versioned, visible

BLOCK = 2_048
"""Positions in a block: the fewer, the more versions; the more, the more single moves are read after the last one."""

revenue_total = versioned(
    "revenue_total",
    [
        Column("monthly", Boolean, nullable=False),
        Column("span", Integer, nullable=False),
        *(Column(name, Text, nullable=False) for name in ("stream", "company", "lease", "service_month", "data_class")),
    ],
    [
        *(Column(name, BigInteger, nullable=False) for name in ("recognised", "billed", "vat", "accrued")),
        *(Column(name, Integer, nullable=False) for name in ("moves", "facts", "repeats")),
    ],
)
"""A month is written 202407 and `monthly`, a day 20240715; no company, lease or month of service is an empty text.

moves     how many moves it sums
facts     how many facts these are of, those counted once that moved this stream, company and lease for several months
repeats   of these facts, those that are counted under another stream, company or lease as well, and there first
"""

Identity: TypeAlias = tuple[bool, int, str, str, str, str, str]
"""Monthly, span, stream, company, lease, month of service, data class."""

Sums: TypeAlias = tuple[int, ...]
"""Recognised, billed, VAT, accrued, moves, facts, repeats."""


def day_number(day: date) -> int:
    """A day as totals name it: 20240715."""
    return day.year * 10_000 + day.month * 100 + day.day


# Written


class Block:
    """The block begun, and the totals of the spans that were looked up while a page is applied."""

    def __init__(self, writer: Writer) -> None:
        """Sum the stored moves of the block that the page goes on with."""
        self._sums: dict[Identity, Sums] = {}
        self._standing: dict[Identity, Sums] = {}
        self._known: set[tuple[bool, int]] = set()
        move, begun = revenue_move.c, writer.after // BLOCK * BLOCK
        query = select(revenue_move).where(move.generation == writer.generation, move.position > begun)
        rows = writer.connection.execute(query.order_by(move.position, move.part))
        for _, moves in groupby(rows, key=itemgetter(2)):
            self.add(list(moves))

    def begin_page(self) -> None:
        """Forget the totals: they are written by now, and are looked up again."""
        self._standing.clear()
        self._known.clear()

    def add(self, moves: Sequence[Sequence[Any]]) -> None:
        """Add the moves of one fact, in the order of revenue_move's columns."""
        before = set[tuple[Any, ...]]()
        for _, on, _, _, service_month, stream, company, lease, *sums, data_class in moves:
            key = stream, company or "", lease or ""
            fresh, day = key not in before, day_number(on)
            counts = 1, int(fresh), int(fresh and bool(before))
            before.add(key)
            for span in ((True, day // 100), (False, day)):
                identity = (*span, *key, service_month or "", data_class)
                self._sums[identity] = _added(self._sums.get(identity), (*sums, *counts))

    def end(self, writer: Writer, position: int) -> None:
        """Open, at the position that ends the block, a new version of each total that it moved, from there on."""
        self._look_up(writer, {identity[:2] for identity in self._sums} - self._known)
        for identity, moved in self._sums.items():
            standing = self._standing.get(identity)
            if standing is not None:
                writer.end(revenue_total, identity, position)
            self._standing[identity] = _added(standing, moved)
            writer.open(revenue_total, identity, position, self._standing[identity])
        self._sums = {}

    def _look_up(self, writer: Writer, some: Iterable[tuple[bool, int]]) -> None:
        """Read the totals of these spans as they stand: span by span through the primary key, on both databases."""
        for monthly, span in some:
            self._known.add((monthly, span))
            asked = {"generation": writer.generation, "monthly": monthly, "span": span}
            for stream, company, lease, month, data_class, *sums in writer.connection.execute(_STANDING, asked):
                self._standing[monthly, span, stream, company, lease, month, data_class] = tuple(sums)


def _added(before: Sums | None, moved: Sums) -> Sums:
    return moved if before is None else tuple(map(add, before, moved))


_of, _move = revenue_total.c, revenue_move.c
_SUMS = (_of.recognised, _of.billed, _of.vat, _of.accrued, _of.moves, _of.facts, _of.repeats)
_STANDING = select(_of.stream, _of.company, _of.lease, _of.service_month, _of.data_class, *_SUMS).where(
    _of.generation == bindparam("generation"),
    _of.monthly == bindparam("monthly"),
    _of.span == bindparam("span"),
    _of.to_position == FOREVER,
)


# Read

Wanted: TypeAlias = Mapping[str, str]
"""Of stream, company, lease and month of service those that are asked for."""


def totalled_up_to(connection: Connection, recorded: int) -> tuple[int, int]:
    """Find the last position that is in totals as a position knew it, and that position itself: a position beyond what
    the read model knows means all that it knows."""
    known = select(projection.c.position).where(projection.c.name == JOURNAL, projection.c.live)
    recorded = min(recorded, connection.execute(known).scalar() or 0)
    return recorded // BLOCK * BLOCK, recorded


def spans(begin: date, until: date) -> list[tuple[bool, int, int]]:
    """Cut days into those of a month that is not whole, whole months, and days again: (monthly, first, last)."""
    cut, first, rest = list[tuple[bool, int, int]](), begin, until.replace(day=1)
    to_the_end = until == month_end(until)
    while first <= until:
        monthly = first.day == 1 and (to_the_end or first < rest)
        if monthly:
            last = until if to_the_end else day_before(rest)
            cut.append((True, day_number(first) // 100, day_number(last) // 100))
        else:
            last = min(month_end(first), until)
            cut.append((False, day_number(first), day_number(last)))
        if last == until:
            break
        first = day_after(last)
    return cut


def totals_in(connection: Connection, done: int, begin: date, until: date, wanted: Wanted) -> Iterator[Any]:
    """The totals of what was earned from one day to another as of the end of a block, several for a key.

    A row: month of the books, stream, company, lease, month of service, data class; recognised, billed, VAT, accrued;
    moves, facts, repeats.
    """
    return _ranges(connection, _totals, done, begin, until, wanted)


def _ranges(
    connection: Connection,
    query: Callable[[bool, frozenset[str]], Select[Any]],
    done: int,
    begin: date,
    until: date,
    wanted: Wanted,
) -> Iterator[Any]:
    """Ask for each range of spans in turn; before the first block ended there are none."""
    for monthly, first, last in spans(begin, until) if done else ():
        asked = {"done": done, "monthly": monthly, "first": first, "last": last, **wanted}
        yield from connection.execute(query(monthly, frozenset(wanted)), asked).all()


@cache
def _totals(monthly: bool, wanted: frozenset[str]) -> Select[Any]:
    month = _of.span if monthly else _of.span // 100
    return select(month, _of.stream, _of.company, _of.lease, _of.service_month, _of.data_class, *_SUMS).where(
        _of.generation == live_generation(JOURNAL),
        _of.monthly == bindparam("monthly"),
        _of.span.between(bindparam("first"), bindparam("last")),
        visible(revenue_total, bindparam("done")),
        *(_of[name] == bindparam(name) for name in sorted(wanted)),
    )


@cache
def _months(monthly: bool, wanted: frozenset[str]) -> Select[Any]:
    return _totals(monthly, wanted).with_only_columns(_of.span if monthly else _of.span // 100).distinct()


def moves_after(
    connection: Connection, done: int, recorded: int, begin: date, until: date, wanted: Wanted
) -> Iterable[Any]:
    """The moves of the same days at the positions after that block, in the order recorded.

    A row: accounting date, position; stream, company, lease, month of service, data class; recognised and so on.
    """
    asked = {"done": done, "recorded": recorded, "begin": begin, "until": until, **wanted}
    return connection.execute(_moves(frozenset(wanted)), asked).all()


@cache
def _moves(wanted: frozenset[str]) -> Select[Any]:
    named = (_move.stream, _move.company, _move.lease, _move.service_month, _move.data_class)
    # Not by the primary key, which begins with the date: they are few by their positions.
    within = case((_move.accounting_on.between(bindparam("begin"), bindparam("until")), 1), else_=0)
    return (
        select(_move.accounting_on, _move.position, *named, _move.recognised, _move.billed, _move.vat, _move.accrued)
        .where(
            _move.generation == live_generation(JOURNAL),
            _move.position > bindparam("done"),
            _move.position <= bindparam("recorded"),
            within == 1,
            *(_move[name] == bindparam(name) for name in sorted(wanted)),
        )
        .order_by(_move.position, _move.part)
    )


def months_in(
    connection: Connection, recorded: int, begin: date, until: date, wanted: Wanted
) -> Iterator[tuple[date, date]]:
    """The months of the books in which something was earned at all: of each the first and last of these days."""
    done, recorded = totalled_up_to(connection, recorded)
    found = _ranges(connection, _months, done, begin, until, wanted)
    months = {f"{month // 100:04}-{month % 100:02}" for (month,) in found}
    months.update(month_of(row[0]) for row in moves_after(connection, done, recorded, begin, until, wanted))
    for first, last in map(first_and_last, sorted(months)):
        yield max(first, begin), min(last, until)
