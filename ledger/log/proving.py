"""Proofs of what the log holds, made from the subtrees stored in it, and each checked before it is given.

Tree               so many facts and their root
Inclusion          that a fact is among them; inclusion_of makes it, inclusions_of many at once
Consistency        that a longer tree only added to a shorter one; consistency_of makes it
NotRecorded        so many facts are not there

A proof takes two or three look-ups by position, however long the log: the hashes within the tree are stored with the
facts that complete them, so nothing is hashed anew but the right edge.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from sqlalchemy import Connection

from ledger.log import merkle, store
from ledger.log.proof import Span, consistency, consistent, hashes, included, inclusion, wanted
from ledger.log.verify import Altered


class NotRecorded(Exception):
    """A proof was asked for about facts that are not there; the message says how many are."""


class Tree(Struct, frozen=True):
    """The tree over the first `size` facts."""

    size: int
    root: bytes


class Inclusion(Struct, frozen=True, kw_only=True):
    """A proof that the fact at `position`, counted from 1, is in a tree."""

    position: int
    envelope: bytes
    tree: Tree
    path: tuple[bytes, ...]


class Consistency(Struct, frozen=True, kw_only=True):
    """A proof that `new` begins with the very facts of `old`."""

    old: Tree
    new: Tree
    path: tuple[bytes, ...]


def tree_at(connection: Connection, size: int) -> Tree:
    """The tree over the first so many facts. Raises NotRecorded."""
    there = store.read_head(connection).size
    if not 0 <= size <= there:
        raise NotRecorded(f"{there} facts are recorded, so there is no tree of {size}")
    try:
        return Tree(size, store.root_at(connection, size))
    except KeyError:
        raise Altered(None, f"a fact is missing among the first {size}") from None


def inclusion_of(connection: Connection, position: int, size: int) -> Inclusion:
    """Prove that the fact at a position is among the first `size`. Raises NotRecorded; Altered where it is not so."""
    return inclusions_of(connection, [position], size)[0]


def inclusions_of(connection: Connection, positions: Sequence[int], size: int) -> list[Inclusion]:
    """Prove it of many facts, in the order given, with as few look-ups. Raises the same."""
    tree = tree_at(connection, size)
    for position in positions:
        if not 1 <= position <= size:
            raise NotRecorded(f"the tree of {size} facts holds none at position {position}")
    spans = {position: inclusion(position - 1, size) for position in positions}
    known = _known(connection, {span for some in spans.values() for span in some})
    envelopes = store.envelopes_at(connection, positions)
    made = dict[int, Inclusion]()
    for position, some in spans.items():
        envelope, path = envelopes.get(position, b""), _path(some, known)
        if not included(merkle.leaf(envelope), position - 1, size, path, tree.root):
            raise Altered(position, "the fact, or the hashes stored with it, were changed: no proof leads to the root")
        made[position] = Inclusion(position=position, envelope=envelope, tree=tree, path=path)
    return [made[position] for position in positions]


def consistency_of(connection: Connection, old: int, new: int) -> Consistency:
    """Prove that the first `new` facts begin with the first `old`. Raises NotRecorded; Altered where they do not."""
    if old > new:
        raise NotRecorded(f"a tree of {new} facts cannot begin with one of {old}")
    trees = tree_at(connection, old), tree_at(connection, new)
    spans = consistency(old, new)
    path = _path(spans, _known(connection, spans))
    if not consistent(old, trees[0].root, new, trees[1].root, path):
        raise Altered(None, f"the hashes stored with the first {new} facts were changed: no proof leads to their root")
    return Consistency(old=trees[0], new=trees[1], path=path)


def _known(connection: Connection, spans: Iterable[Span]) -> Mapping[Span, bytes]:
    """The stored hashes of all complete subtrees that these spans consist of."""
    return store.subtrees(connection, wanted(spans))


def _path(spans: Iterable[Span], known: Mapping[Span, bytes]) -> tuple[bytes, ...]:
    try:
        return tuple(hashes(spans, known))
    except KeyError as missing:
        (_, end) = missing.args[0]
        raise Altered(end, "the fact, or a hash stored with it, is missing") from None
