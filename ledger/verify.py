"""Prove that the log is as it was sealed.

verify     recompute every leaf, every stored subtree, the root and the head; compare every index copy with its envelope
Altered    the first position at which something differs, and what

What this proves rests on the head in the same database. Whoever can rewrite the whole database can rewrite the head as
well: compare the root with one written down outside (`expect`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select

from ledger import merkle
from ledger.database import Database, fact, fact_tag
from ledger.envelope import decode_index, to_micros
from ledger.store import read_head

PAGE = 10_000


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
            _check_page(connection, check, min(check.size + PAGE, head.size), expected)
            progress(check.size, head.size)
        _check_head(connection, check, head)
    if beyond := [size for size in expected if size > head.size]:
        raise Altered(None, f"a root is known of {max(beyond)} facts, but only {head.size} are here")
    return Verified(head.size, merkle.root(check.frontier).hex())


@dataclass(slots=True)
class _Check:
    size: int
    frontier: list[bytes]
    recorded_us: int


def _check_page(connection: Connection, check: _Check, up_to: int, expected: Mapping[int, str]) -> None:
    rows = connection.execute(
        select(fact).where(fact.c.position > check.size, fact.c.position <= up_to).order_by(fact.c.position)
    )
    tags = _tags(connection, check.size, up_to)
    for row in rows:
        _check_row(check, row, tags.get(row.position, set()))
        wanted = expected.get(check.size)
        if wanted is not None and merkle.root(check.frontier).hex() != wanted.lower():
            raise Altered(check.size, "the root up to here is not the one written down outside")
    if check.size != up_to:
        raise Altered(check.size + 1, "this fact is missing")


def _tags(connection: Connection, after: int, up_to: int) -> dict[int, set[str]]:
    tags: dict[int, set[str]] = {}
    query = select(fact_tag.c.position, fact_tag.c.tag)
    for position, tag in connection.execute(query.where(fact_tag.c.position > after, fact_tag.c.position <= up_to)):
        tags.setdefault(position, set()).add(tag)
    return tags


def _check_row(check: _Check, row: Row[int, str, int, bytes, bytes], tags: set[str]) -> None:
    position, name, recorded_us, envelope, nodes = row
    if position != check.size + 1:
        raise Altered(check.size + 1, "this fact is missing")
    if not (isinstance(envelope, bytes) and isinstance(nodes, bytes)):  # SQLite stores any type in any column
        raise Altered(position, "the fact, or the hashes stored with it, are not bytes any more")
    completed = merkle.grow(check.size, check.frontier, merkle.leaf(envelope))
    if completed != nodes:
        raise _changed(position, merkle.split(completed), merkle.split(nodes))
    try:
        index = decode_index(envelope)
    except msgspec.MsgspecError as error:
        raise Altered(position, f"the envelope cannot be read: {error}") from error
    found = (index.position, index.data.fact, to_micros(index.recorded_at))
    if found != (position, name, recorded_us):
        raise Altered(position, "the position, name or instant beside the envelope were changed")
    if set(index.tags) != tags:
        raise Altered(position, "the tags beside the envelope were changed")
    if recorded_us < check.recorded_us:
        raise Altered(position, "recorded before the fact in front of it")
    check.size, check.recorded_us = position, recorded_us


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
