"""Prove that the log is as it was sealed.

verify       recompute every leaf, every stored subtree, the root and the head; compare every copy with its envelope
verify_here  the same on one connection, so also of what its transaction has not committed yet
Altered      the first position at which something differs, and what

A long log is looked at by every processor, span by span (verify_in_spans); what they find counts only in the order of
the log, on top of what is proved already.

What this proves rests on the head in the same database. Whoever can rewrite the whole database can rewrite the head as
well: compare the root with one written down outside (`expect`).
"""

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import cycle, pairwise, repeat
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from operator import itemgetter, lt
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select

from ledger.log import merkle
from ledger.log.database import Database, fact, fact_tag
from ledger.log.envelope import EPOCH, MICROSECOND, Index, decode_index
from ledger.log.store import read_head

PAGE = 256
"""Facts compared at once. Few enough to stay in the processor's cache: pages of 2,000 take half as long again."""
SPAN = 4096
"""Facts looked at by one process in one go, and told to `progress`."""
SMALL = 20_000
"""Facts below which other processes do not pay."""
PROCESSES_MAX = 8


class Altered(Exception):
    """The log is not as it was sealed. `.position` is the first that differs (None: the head itself)."""

    def __init__(self, position: int | None, what: str) -> None:
        super().__init__(f"position {position}: {what}" if position is not None else f"head: {what}")
        self.position = position
        self.what = what


@dataclass(frozen=True, slots=True)
class Verified:
    """Everything up to `size` is as it was sealed; `root` in hexadecimal."""

    size: int
    root: str


def verify(
    database: Database,
    *,
    expect: Mapping[int, str] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Verified:
    """Check the whole log as of the head at the start; facts recorded meanwhile are not looked at.

    expect: roots written down outside, hexadecimal, by size. progress(done, total) is called after each span.
    Raises Altered.
    """
    return verify_in_spans(database, expect or {}, progress)


def verify_in_spans(
    database: Database,
    expected: Mapping[int, str],
    progress: Callable[[int, int], None],
    *,
    facts: int = SPAN,
    processes: int | None = None,
) -> Verified:
    """verify() in spans of so many facts, looked at ahead by so many processes (None: as many as pay; 0: none)."""
    with database.views.connect() as connection:
        head = read_head(connection)
    # A span ends where a root is known from outside: it can be compared there.
    ends = sorted({*range(facts, head.size, facts), *expected, head.size}.intersection(range(1, head.size + 1)))
    spans = list(pairwise([0, *ends]))
    check = _Check(0, [], 0)
    wanted = _processors(head.size) if processes is None else processes
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
    if beyond := [size for size in expected if size > head.size]:
        raise Altered(None, f"a root is known of {max(beyond)} facts, but only {head.size} are here")
    return Verified(head.size, merkle.root(check.frontier).hex())


def verify_here(connection: Connection) -> Verified:
    """verify() on one connection, in its transaction."""
    head, check = read_head(connection), _Check(0, [], 0)
    _check_span(connection, check, head.size)
    _check_head(connection, check, head)
    return Verified(head.size, merkle.root(check.frontier).hex())


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
            stack.callback(process.join)
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
    """The next of these; None where the process failed: if the database did, that shows here as well."""
    try:
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
    rows = _read(connection, "position, name, recorded_us, envelope, nodes FROM fact", check.size, up_to)
    tags = _read(connection, "position, tag FROM fact_tag", check.size, up_to)
    findings = list(_findings(check, rows, up_to, set(tags)))
    if findings:
        raise min(findings, key=itemgetter(0))[1]  # of two about the same fact, the one in front
    check.size = up_to


def _read(connection: Connection, columns: str, after: int, up_to: int) -> list[tuple[Any, ...]]:
    """Rows of the positions after `after`, in order, from the driver itself: rows of SQLAlchemy's take longer to make.

    PostgreSQL sends bytes as hexadecimal unless asked not to.
    """
    query = f"SELECT {columns} WHERE position > {after} AND position <= {up_to} ORDER BY position"
    driver: Any = connection.connection.driver_connection
    rows = driver.execute(query, binary=True) if connection.dialect.name == "postgresql" else driver.execute(query)
    found: list[tuple[Any, ...]] = rows.fetchall()
    return found


def _findings(
    check: _Check, rows: Sequence[tuple[Any, ...]], up_to: int, tagged: set[tuple[Any, ...]]
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
    if (at := min(map(_alike, own, (positions, names, instants)))) < len(indexes):
        yield positions[at], Altered(positions[at], "the position, name or instant beside the envelope were changed")
    should = {(position, tag) for position, index in zip(positions, indexes, strict=False) for tag in index.tags}
    if should != tagged:
        position = min(position for position, _ in should ^ tagged)
        yield position, Altered(position, "the tags beside the envelope were changed")
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
    except msgspec.MsgspecError as error:
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


def _check_head(connection: Connection, check: _Check, head: Any) -> None:
    if check.frontier != head.frontier:
        raise Altered(None, "its frontier is not that of the facts")
    if head.size and check.recorded_us != head.recorded_us:
        raise Altered(None, "its instant is not that of the last fact")
    stray = connection.execute(select(func.min(fact_tag.c.position)).where(fact_tag.c.position < 1)).scalar()
    if stray is not None:
        raise Altered(stray, "a tag belongs to no fact")
    # Facts beyond the head can only be there if another process recorded meanwhile: then the head has moved as well.
    last, now = connection.execute(select(func.max(fact.c.position))).scalar() or 0, read_head(connection)
    if last > now.size:
        raise Altered(now.size + 1, "a fact stands beyond the head")
