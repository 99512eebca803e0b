"""Prove that the log is as it was sealed.

verify     recompute every leaf, every stored subtree, the root and the head; compare every index copy with its envelope
Altered    the first position at which something differs, and what

What this proves rests on the head in the same database. Whoever can rewrite the whole database can rewrite the head as
well: compare the root with one written down outside (`expect`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import itemgetter
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select

from ledger import merkle
from ledger.database import Database, fact, fact_tag
from ledger.envelope import Index, decode_index, to_micros
from ledger.store import read_head

PAGE = 500
"""Facts compared at once. Few enough to stay in the processor's cache: pages of 10,000 take half as long again."""


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

    expect: roots written down outside, hexadecimal, by size. progress(done, total) is called after each page.
    Raises Altered.
    """
    expected = dict(expect or {})
    with database.views.connect() as connection:
        head = read_head(connection)
        check = _Check(0, [], 0)
        while check.size < head.size:
            # A page ends where a root is known from outside: it can be compared there.
            end = min(check.size + PAGE, head.size)
            end = min([size for size in expected if check.size < size < end], default=end)
            _check_page(connection, check, end)
            if end in expected and merkle.root(check.frontier).hex() != expected[end].lower():
                raise Altered(end, "the root up to here is not the one written down outside")
            progress(end, head.size)
        _check_head(connection, check, head)
    if beyond := [size for size in expected if size > head.size]:
        raise Altered(None, f"a root is known of {max(beyond)} facts, but only {head.size} are here")
    return Verified(head.size, merkle.root(check.frontier).hex())


@dataclass(slots=True)
class _Check:
    size: int
    frontier: list[bytes]
    recorded_us: int


def _check_page(connection: Connection, check: _Check, up_to: int) -> None:
    """Check the facts after `check.size` and move it on. Raises Altered for the first position that differs."""
    rows = connection.execute(
        select(fact).where(fact.c.position > check.size, fact.c.position <= up_to).order_by(fact.c.position)
    ).all()
    tags = select(fact_tag.c.position, fact_tag.c.tag)
    tags = tags.where(fact_tag.c.position > check.size, fact_tag.c.position <= up_to)
    tagged = {(position, tag) for position, tag in connection.execute(tags).all()}
    findings = list(_findings(check, rows, up_to, tagged))
    if findings:
        raise min(findings, key=itemgetter(0))[1]  # of two about the same fact, the one in front
    check.size = up_to


def _findings(
    check: _Check, rows: Sequence[Row[int, str, int, bytes, bytes]], up_to: int, tagged: set[tuple[int, str]]
) -> Iterator[tuple[int, Altered]]:
    """What differs in a page: at most one finding for each thing that is compared, with the position it shows at.

    Each column is compared as a whole, and looked through for the place only where it is not as it should be.
    """
    sound = _sound(rows, check.size)
    position = check.size + sound + 1
    if sound < len(rows) and rows[sound].position == position:  # SQLite stores any type in any column
        yield position, Altered(position, "the fact, or the hashes stored with it, are not bytes any more")
    elif position <= up_to:
        yield position, Altered(position, "this fact is missing")
    if not sound:
        return  # and the finding above stands at the page's first position
    positions, names, instants, envelopes, nodes = zip(*rows[:sound], strict=True)
    completed = merkle.grow_all(check.size, check.frontier, [merkle.leaf(envelope) for envelope in envelopes])
    for at in _first(completed, nodes):
        yield positions[at], _changed(positions[at], merkle.split(completed[at]), merkle.split(nodes[at]))
    indexes, unreadable = _decoded(envelopes)
    if unreadable is not None:
        position = positions[len(indexes)]
        yield position, Altered(position, f"the envelope cannot be read: {unreadable}")
    micros = [to_micros(index.recorded_at) for index in indexes]
    copies = [(index.position, index.data.fact, at) for index, at in zip(indexes, micros, strict=True)]
    for at in _first(copies, list(zip(positions, names, instants, strict=True))):
        yield positions[at], Altered(positions[at], "the position, name or instant beside the envelope were changed")
    should = {(position, tag) for position, index in zip(positions, indexes, strict=False) for tag in index.tags}
    for position in sorted({position for position, _ in should ^ tagged})[:1]:
        yield position, Altered(position, "the tags beside the envelope were changed")
    for at in _first(micros, list(accumulate(micros, max, initial=check.recorded_us))[1:]):
        yield positions[at], Altered(positions[at], "recorded before the fact in front of it")
    check.recorded_us = micros[-1] if micros else check.recorded_us


def _sound(rows: Sequence[Row[int, str, int, bytes, bytes]], after: int) -> int:
    """How many rows from the first on are in their place, and hold bytes where bytes belong."""
    for at, (position, _, _, envelope, nodes) in enumerate(rows):
        if position != after + at + 1 or not (isinstance(envelope, bytes) and isinstance(nodes, bytes)):
            return at
    return len(rows)


def _first(ours: Sequence[Any], stored: Sequence[Any]) -> Sequence[int]:
    """Where two columns differ first; empty where they do not, as far as both go."""
    if list(ours) == list(stored[: len(ours)]):
        return ()
    return (next(at for at, (own, kept) in enumerate(zip(ours, stored, strict=False)) if own != kept),)


def _decoded(envelopes: Sequence[bytes]) -> tuple[list[Index], Exception | None]:
    """The index parts of the envelopes in front of the first that cannot be read, and why it cannot."""
    indexes = []
    try:
        for envelope in envelopes:
            indexes.append(decode_index(envelope))  # noqa: PERF401 - those in front of the error count
    except msgspec.MsgspecError as error:
        return indexes, error
    return indexes, None


def _changed(position: int, computed: list[bytes], stored: list[bytes]) -> Altered:
    """Where to look: at the fact itself, or, where its leaf fits, in the smallest subtree ending here that does not."""
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
