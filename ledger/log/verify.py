"""Prove that the log is as it was sealed.

verify       recompute every leaf, every stored subtree, the root and the head; compare every copy with its envelope;
             the same of receipts, and what they say against the facts that they name
verify_here  the same on one connection, so also of what its transaction has not committed yet
Altered      the first place at which something differs, and what

A long log is looked at by every processor, span by span (verify_in_spans); what they find counts only in the order of
the log, on top of what is proved already.

What this proves rests on the head in the same database. Whoever can rewrite the whole database can rewrite the head as
well: compare the root with one written down outside (`expect`). That root seals facts alone: receipts of refused
commands, and the digests of requests, rest on the head, unless the root of the receipts is written down as well
(`receipts`).
"""

import gc
import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import cycle, pairwise, repeat
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from operator import itemgetter, lt
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from sqlalchemy import Column, Connection, func, select

from ledger.log import merkle
from ledger.log.database import Database, fact, fact_tag, ledger_head, receipt
from ledger.log.envelope import EPOCH, MICROSECOND, Index, Name, decode_index, to_micros
from ledger.log.store import Head, read_head, receipt_leaf

PAGE = 256
"""Facts compared at once. Few enough to stay in the processor's cache: pages of 2,000 take half as long again."""
SPAN = 4096
"""Facts looked at by one process in one go, and told to `progress`."""
SMALL = 20_000
"""Facts below which other processes do not pay."""
PROCESSES_MAX = 8
PATIENCE_S, ENDED_S = 60.0, 5.0
"""The longest wait for what a process found in one span: one that says nothing for so long stands still."""


class Altered(Exception):
    """The log is not as it was sealed. `.position` is the first fact that differs; None: another place."""

    def __init__(self, position: int | None, what: str, *, receipt: object = None, where: str | None = None) -> None:
        where = where or ("head" if receipt is None else f"receipt {receipt}")
        super().__init__(f"position {position}: {what}" if position is not None else f"{where}: {what}")
        self.position = position
        self.what = what


@dataclass(frozen=True, slots=True)
class Verified:
    """Everything up to `size` is as it was sealed, and so many receipts; both roots in hexadecimal."""

    size: int
    root: str
    receipts: int = 0
    receipts_root: str = merkle.EMPTY_ROOT.hex()


def verify(
    database: Database,
    *,
    expect: Mapping[int, str] | None = None,
    receipts: Mapping[int, str] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Verified:
    """Check the whole log as of the head at the start; facts recorded meanwhile are not looked at.

    expect: roots written down outside, hexadecimal, by size; receipts: those of so many receipts.
    progress(done, total) is called after each span. Raises Altered.
    """
    return verify_in_spans(database, expect or {}, progress, receipts=receipts or {})


def verify_in_spans(
    database: Database,
    expected: Mapping[int, str],
    progress: Callable[[int, int], None],
    *,
    facts: int = SPAN,
    processes: int | None = None,
    receipts: Mapping[int, str] | None = None,
) -> Verified:
    """verify() in spans of so many facts, looked at ahead by so many processes (None: as many as pay; 0: none)."""
    with database.views.connect() as connection:
        head = _head(connection)
        there = min(head.size, _check_before(connection))
    # A span ends where a root is known from outside: it can be compared there.
    ends = sorted({*range(facts, there, facts), *expected, there}.intersection(range(1, there + 1)))
    spans = list(pairwise([0, *ends]))
    check = _Check(0, [], 0)
    wanted = _processors(there) if processes is None else processes
    with _looked_at_ahead(database, spans, wanted) as found, database.views.connect() as connection:
        for (_, end), ahead in zip(spans, found, strict=False):
            if ahead is not None and ahead.start == check:
                check = ahead.end
            else:
                _check_span(connection, check, end)
            if end in expected and merkle.root(check.frontier).hex() != expected[end].lower():
                raise Altered(end, "the root up to here is not the one written down outside")
            progress(end, head.size)
        _check_head(connection, check, head)
        _check_receipts(connection, head, receipts or {})
        _check_beyond(connection)
    if beyond := [size for size in expected if size > head.size]:
        raise Altered(None, f"a root is known of {max(beyond)} facts, but only {head.size} are here")
    return _verified(check, head)


def verify_here(connection: Connection) -> Verified:
    """verify() on one connection, in its transaction."""
    head, check = _head(connection), _Check(0, [], 0)
    _check_span(connection, check, min(head.size, _check_before(connection)))
    _check_head(connection, check, head)
    _check_receipts(connection, head, {})
    _check_beyond(connection)
    return _verified(check, head)


def _verified(check: "_Check", head: Head) -> Verified:
    return Verified(head.size, merkle.root(check.frontier).hex(), head.receipts, head.receipts_root.hex())


@dataclass(slots=True)
class _Check:
    """The part of the log that is proved: so many facts, the frontier of their tree, and the instant of the last."""

    size: int
    frontier: list[bytes]
    recorded_us: int


# Looking ahead


@dataclass(frozen=True, slots=True)
class _Sound:
    """A span in which nothing differs, provided the log in front of it is proved to be as `start` says."""

    start: _Check
    end: _Check


def _processors(size: int) -> int:
    """Count the processes that pay off. A fork is ready at once, but safe only in a process without other threads."""
    if size < SMALL or sys.platform != "linux" or threading.active_count() > 1:
        return 0
    found = len(os.sched_getaffinity(0))
    return min(found, PROCESSES_MAX) if found > 1 else 0


@contextmanager
def _looked_at_ahead(
    database: Database, spans: Sequence[tuple[int, int]], processes: int
) -> Iterator[Iterator[_Sound | None]]:
    """For each span, in order, what another process found; None where it has to be looked at here.

    The others start each span from what the log itself says about the facts in front. Whether that is so is known only
    when those are proved as well: then the span counts, and otherwise it is looked at again.
    """
    if not processes:
        yield repeat(None)
        return
    database.close()  # a connection must not be carried across a fork
    context = get_context("fork")
    with ExitStack() as stack:
        pipes = []
        for number in range(processes):
            reader, writer = context.Pipe(duplex=False)
            args = (database.where, spans[number::processes], reader, writer)
            process = context.Process(target=_look_ahead, args=args, daemon=True)
            process.start()
            stack.callback(process.join, ENDED_S)
            stack.callback(process.kill)
            writer.close()
            pipes.append(stack.enter_context(reader))
        yield map(_received, cycle(pipes))


def _look_ahead(where: str, spans: Sequence[tuple[int, int]], reader: Pipe, writer: Pipe) -> None:
    """The work of one process: a _Sound for each span, None where something differs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one ends it
    reader.close()  # and should that one be gone, writing fails here
    gc.freeze()  # what came with the fork is not ours to sweep
    with suppress(Exception), Database(where).views.connect() as connection:
        for start, end in spans:
            claimed = _claimed(connection, start)
            check = replace(claimed, frontier=[*claimed.frontier])
            try:
                _check_span(connection, check, end)
            except Altered:
                writer.send(None)
            else:
                writer.send(_Sound(claimed, check))


def _received(pipe: Pipe) -> _Sound | None:
    """The next of these; None where the process failed: if the database did, that shows here as well. One that stands
    still is heard no more: what it found comes whole or not at all, as it is shorter than a pipe takes at once."""
    try:
        if not pipe.poll(PATIENCE_S):
            pipe.close()
            return None
        found: _Sound | None = pipe.recv()
    except (EOFError, OSError):
        return None
    return found


def _claimed(connection: Connection, size: int) -> _Check:
    """Read what the log itself claims about its first `size` facts: true if nothing is altered."""
    ends = list(merkle.frontier_positions(size))
    query = select(fact.c.recorded_us, fact.c.nodes).where(fact.c.position.in_(ends)).order_by(fact.c.position)
    rows = connection.execute(query).all()
    return _Check(size, [row.nodes[-merkle.HASH_BYTES :] for row in rows], rows[-1].recorded_us if rows else 0)


# Looking


def _check_span(connection: Connection, check: _Check, end: int) -> None:
    """Check the facts after `check.size` and move it on. Raises Altered for the first position that differs."""
    while check.size < end:
        _check_page(connection, check, min(check.size + PAGE, end))


def _check_page(connection: Connection, check: _Check, up_to: int) -> None:
    """Check facts, few enough to be read at once."""
    columns = "position, name, recorded_us, envelope, nodes FROM fact"
    rows = _read_rows(connection, columns, "position", check.size, up_to)
    by_bytes = ', tag COLLATE "C"' if connection.dialect.name == "postgresql" else ", tag"
    tags = _read_rows(connection, "position, tag FROM fact_tag", "position", check.size, up_to, then=by_bytes)
    findings = list(_findings(check, rows, up_to, tags))
    if findings:
        raise min(findings, key=itemgetter(0))[1]  # of two about the same fact, the one in front
    check.size = up_to


def _read_rows(
    connection: Connection, columns: str, number: str, after: int, up_to: int, *, then: str = ""
) -> list[tuple[Any, ...]]:
    """Rows numbered after `after`, in order (and of one number in the order of `then`), from the driver itself: rows of
    SQLAlchemy's take longer to make. The words are the same for every page, so a database plans them once.
    """
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    query = f"SELECT {columns} WHERE {number} > {mark} AND {number} <= {mark} ORDER BY {number}{then}"
    return from_driver(connection, query, (after, up_to))


def from_driver(connection: Connection, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """The rows of a query as the driver gives them; what SQLite holds as text and is none comes with surrogates in it,
    which equal nothing that was sealed. PostgreSQL sends bytes as hexadecimal unless asked not to.
    """
    driver: Any = connection.connection.driver_connection
    found: list[tuple[Any, ...]]
    if connection.dialect.name == "postgresql":
        found = driver.execute(query, values, binary=True).fetchall()
        return found
    try:
        found = driver.execute(query, values).fetchall()
    except sqlite3.OperationalError:
        driver.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
        try:
            found = driver.execute(query, values).fetchall()
        finally:
            driver.text_factory = str
    return found


def _findings(
    check: _Check, rows: Sequence[tuple[Any, ...]], up_to: int, tagged: Sequence[tuple[Any, ...]]
) -> Iterator[tuple[int, Altered]]:
    """Find what differs in a page: at most one finding for each thing that is compared, with the position it shows at.

    Each column is compared as a whole, and looked through for the place only where it is not as it should be.
    """
    columns = list(zip(*rows, strict=True)) or [()] * 5
    missing = _alike(columns[0], range(check.size + 1, up_to + 1))
    if missing < up_to - check.size:
        position = check.size + missing + 1
        yield position, Altered(position, "this fact is missing")
    types = [bytes] * len(rows)  # SQLite stores any type in any column
    sound = min(missing, *(_alike([type(stored) for stored in column], types) for column in columns[3:]))
    if sound < missing:
        position = check.size + sound + 1
        yield position, Altered(position, "the fact, or the hashes stored with it, are not bytes any more")
    positions, names, instants, envelopes, nodes = (column[:sound] for column in columns)
    completed = merkle.grow_all(check.size, check.frontier, merkle.leaves(envelopes))
    if (at := _alike(completed, nodes)) < sound:
        yield positions[at], _changed(positions[at], merkle.split(completed[at]), merkle.split(nodes[at]))
    indexes, unreadable = _decoded(envelopes)
    if unreadable is not None:
        position = positions[len(indexes)]
        yield position, Altered(position, f"the envelope cannot be read: {unreadable}")
    micros = [(index.recorded_at - EPOCH) // MICROSECOND for index in indexes]
    own: Sequence[Sequence[Any]] = ([one.position for one in indexes], [one.data.fact for one in indexes], micros)
    for ours, stored, name in zip(own, (positions, names, instants), ("position", "name", "recorded_us"), strict=True):
        if (at := _alike(ours, stored)) < len(indexes):
            yield positions[at], Altered(positions[at], f"its {name} beside the envelope was changed")
    should = [(one, tag) for one, index in zip(positions, indexes, strict=False) for tag in sorted(index.tags)]
    if should != tagged and (different := set(should) ^ set(tagged)):
        position, tag = min(different, key=lambda one: (one[0], str(one[1])))
        what = "is missing" if (position, tag) in should else "is one too many"
        yield position, Altered(position, f"the tags beside the envelope were changed: {tag!r} {what}")
    fallen = list(map(lt, micros, [check.recorded_us, *micros]))
    if True in fallen:
        position = positions[fallen.index(True)]
        yield position, Altered(position, "recorded before the fact in front of it")
    check.recorded_us = micros[-1] if micros else check.recorded_us


def _alike(ours: Sequence[Any], stored: Sequence[Any]) -> int:
    """Count how many values, from the first on, are the same in two columns."""
    pairs = zip(ours, stored, strict=False)
    if list(ours) == list(stored):
        return len(ours)
    return next((at for at, (own, kept) in enumerate(pairs) if own != kept), min(len(ours), len(stored)))


def _decoded(envelopes: Sequence[bytes]) -> tuple[list[Index], Exception | None]:
    """The index parts of the envelopes in front of the first that cannot be read, and why it cannot."""
    indexes: list[Index] = []
    try:
        indexes.extend(map(decode_index, envelopes))  # those in front of the error count
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:  # no JSON, no UTF-8, nested without end
        return indexes, error
    return indexes, None


def _changed(position: int, computed: list[bytes], stored: list[bytes]) -> Altered:
    """Say where to look: at the fact itself or, if its leaf fits, in the smallest subtree ending here that does not."""
    for level, (ours, theirs) in enumerate(zip(computed, stored, strict=False)):
        if ours != theirs and level:
            first = position - (1 << level) + 1
            return Altered(first, f"a fact from here to {position} was changed together with its own hash")
        if ours != theirs:
            break
    return Altered(position, "the fact, or the hashes stored with it, were changed")


def _head(connection: Connection) -> Head:
    """Read the head, of which there is one, of the types that it has. Raises Altered."""
    names = ledger_head.c.keys()
    rows = from_driver(connection, f"SELECT {', '.join(names)} FROM ledger_head ORDER BY id")  # noqa: S608 - our own
    if [row[0] for row in rows] != [1]:
        ids = ", ".join(str(row[0]) for row in rows)
        raise Altered(None, f"there is one, with the id 1; here are {len(rows)}: {ids}")
    types = [int, int, bytes, int, int, bytes]
    for name, stored, kind in zip(names, rows[0], types, strict=True):
        if type(stored) is not kind:
            raise Altered(None, f"its {name} is no {'number' if kind is int else 'run of bytes'} any more")
    return read_head(connection)


PLACES = {fact.c.position: "fact", fact_tag.c.position: "tag of no fact", receipt.c.number: "receipt"}


def _check_before(connection: Connection) -> int:
    """Check that nothing stands before the first place; the last position at which a fact stands. Raises Altered."""
    for column, what in PLACES.items():
        lowest = connection.execute(select(func.min(column))).scalar()
        if isinstance(lowest, int | float) and lowest < 1:
            raise _stray(column, lowest, f"a {what} stands here, before the first one")
    return connection.execute(select(func.max(fact.c.position))).scalar() or 0


def _check_beyond(connection: Connection) -> None:
    """Check that nothing stands beyond the head. Raises Altered.

    It can only be there if another process recorded meanwhile: then the head has moved as well.
    """
    last = {column: connection.execute(select(func.max(column))).scalar() or 0 for column in PLACES}
    now = read_head(connection)
    for column, what in PLACES.items():
        size = now.receipts if column is receipt.c.number else now.size
        if type(last[column]) is not int:  # SQLite stores any type in any column
            raise _stray(column, last[column], f"a {what} stands here, which is no place")
        if last[column] > size:
            raise _stray(column, last[column], f"a {what} stands beyond the head")


def _stray(column: Column[Any], place: Any, what: str) -> Altered:
    return Altered(None, what, receipt=place) if column is receipt.c.number else Altered(place, what)


def _check_head(connection: Connection, check: _Check, head: Head) -> None:
    if check.size < head.size:
        raise Altered(check.size + 1, "this fact is missing")
    if check.frontier != head.frontier:
        raise Altered(None, "its frontier is not that of the facts")
    if head.size and check.recorded_us != head.recorded_us:
        raise Altered(None, "its recorded_us is not that of the last fact")


# Receipts


class _Noted(Struct):
    position: int
    fact: str


class _Outcome(Struct):
    """A receipt's promised answer: the part that facts can be held against."""

    position: int
    recorded_at: Annotated[datetime, Meta(tz=True)] | None = None
    facts: tuple[_Noted, ...] = ()


class _Actor(Struct):
    actor: str


class _Circumstances(Struct):
    """The part of an envelope that its receipt tells as well."""

    by: _Actor
    recorded_at: Annotated[datetime, Meta(tz=True)]
    data: Name
    key: str | None = None


_outcome = msgspec.json.Decoder(_Outcome).decode
_circumstances = msgspec.json.Decoder(_Circumstances).decode


def _check_receipts(connection: Connection, head: Head, expected: Mapping[int, str]) -> None:
    """Check that receipts are as they were sealed, and that the facts they name are those recorded. Raises Altered."""
    frontier: list[bytes] = []
    ends = sorted({*range(PAGE, head.receipts, PAGE), *expected, head.receipts}.intersection(range(head.receipts + 1)))
    columns = "actor, key, request_sha256, recorded_us, outcome, number, nodes FROM receipt"
    for done, up_to in pairwise([0, *ends]):
        rows = _read_rows(connection, columns, "number", done, up_to)
        numbers = range(done + 1, up_to + 1)
        if (at := _alike([row[5] for row in rows], numbers)) < len(numbers):
            raise Altered(None, "this receipt is missing", receipt=numbers[at])
        for row in rows:
            if tuple(map(type, row)) != RECEIPT_TYPES:
                raise Altered(None, "a field of it is not of its type any more", receipt=row[5])
        sealed = merkle.grow_all(done, frontier, [receipt_leaf(*row[:5]) for row in rows])
        if (at := _alike(sealed, [row[6] for row in rows])) < len(rows):
            raise Altered(
                None, f"it, or the hashes stored with it, were changed ({_whose(rows[at])})", receipt=at + done + 1
            )
        _check_answers(connection, rows, head.size)
        if up_to in expected and merkle.root(frontier).hex() != expected[up_to].lower():
            raise Altered(
                None, "the root of the receipts up to here is not the one written down outside", receipt=up_to
            )
    if beyond := [size for size in expected if size > head.receipts]:
        raise Altered(None, f"a root is known of {max(beyond)} receipts, but only {head.receipts} are here")
    if frontier != head.receipts_frontier:
        raise Altered(None, "its receipts_frontier is not that of the receipts")


RECEIPT_TYPES = (str, str, bytes, int, bytes, int, bytes)


def _whose(row: Sequence[Any]) -> str:
    return f"actor {row[0]!r}, key {row[1]!r}"


def _check_answers(connection: Connection, rows: Sequence[tuple[Any, ...]], size: int) -> None:
    """Hold what receipts promise to answer against the facts that they name: somebody may have sealed them anew."""
    outcomes = []
    for row in rows:
        try:
            outcomes.append(_outcome(row[4]))
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise Altered(None, f"its outcome cannot be read: {error}", receipt=row[5]) from error
    named = sorted({noted.position for outcome in outcomes for noted in outcome.facts if noted.position <= size})
    found = dict(connection.execute(select(fact.c.position, fact.c.envelope).where(fact.c.position.in_(named))).all())
    for row, outcome in zip(rows, outcomes, strict=True):
        actor, key, _, recorded_us, _, number, _ = row
        for noted in outcome.facts:
            if noted.position not in found:
                raise Altered(
                    None, f"its outcome names position {noted.position}, which is not recorded", receipt=number
                )
            told = _circumstances(found[noted.position])  # proved before, so it can be read
            ours = (told.by.actor, told.key, to_micros(told.recorded_at), told.recorded_at, told.data.fact)
            theirs = (actor, key, recorded_us, outcome.recorded_at, noted.fact)
            if ours != theirs:
                raise Altered(None, f"it is not that of the fact at position {noted.position}", receipt=number)
        if outcome.position > size or (outcome.facts and outcome.position != outcome.facts[-1].position):
            raise Altered(None, f"its outcome rests on position {outcome.position}", receipt=number)
