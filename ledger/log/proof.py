"""Proofs about the tree that seals the log: RFC 6962 §2.1.1 and §2.1.2, checked as RFC 9162 §2.1.3.2 and §2.1.4.2 say.

inclusion(index, size)       which subtrees' hashes prove that a leaf is in the tree of `size` leaves
consistency(old, new)        which prove that the tree of `new` leaves only added to that of `old`
wanted(spans)                the complete subtrees that these consist of: what has to be looked up
hashes(spans, known)         the proof, from those
included, consistent         check one, with nothing but hashes at hand

Leaves are counted from 0, so the fact at position p is leaf p - 1. A *span* (start, end) stands for the subtree over
the leaves from `start` on, before `end`. Where it is complete its hash was stored when its last leaf was recorded
(`nodes` of the fact at position `end`); the others are the right edge of a tree, each made of few complete ones. So
a proof takes forty hashes at most of a log of a million facts, all from one look-up of as many rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from ledger.log import merkle

Span = tuple[int, int]


# Making


def inclusion(index: int, size: int) -> list[Span]:
    """PATH(index, D[size]) of RFC 6962 §2.1.1: from the leaf's sibling up to the root's child."""
    assert 0 <= index < size, "a leaf of the tree"
    start, end, path = 0, size, list[Span]()
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return path[::-1]


def consistency(old: int, new: int) -> list[Span]:
    """PROOF(old, D[new]) of RFC 6962 §2.1.2; empty where both are one size, or nothing was there."""
    assert 0 <= old <= new, "a log only grows"
    if old in (0, new):
        return []
    start, end, path = 0, new, list[Span]()
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    if start:  # the old tree is not itself a subtree of the new one: its last part is said as well
        path.append((start, end))
    return path[::-1]


def _split(leaves: int) -> int:
    """The largest power of two smaller than the number of leaves."""
    return 1 << (leaves - 1).bit_length() - 1


def wanted(spans: Iterable[Span]) -> set[Span]:
    """The complete subtrees that these spans consist of."""
    return {part for span in spans for part in _parts(span)}


def hashes(spans: Iterable[Span], known: Mapping[Span, bytes]) -> list[bytes]:
    """The hash of each span, from those of the complete subtrees it consists of. KeyError: one is not known."""
    return [known[span] if span in known else merkle.root([known[part] for part in _parts(span)]) for span in spans]


def _parts(span: Span) -> list[Span]:
    """The complete subtrees of a span, the largest first; their ends are as in a tree that begins where it does."""
    start, end = span
    ends = [start, *(start + at for at in merkle.frontier_positions(end - start))]
    return list(pairwise(ends))


# Checking


def included(leaf_hash: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Check an inclusion proof, RFC 9162 §2.1.3.2: that the leaf stands at `index` of the tree with this root."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf_hash
    for sibling in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = merkle.parent(sibling, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = merkle.parent(found, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def consistent(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Check a consistency proof, RFC 9162 §2.1.4.2: that the tree of `new` leaves begins with that of `old`."""
    if not 0 <= old <= new:
        return False
    if old == new or old == 0:
        return not path and old_root == (new_root if old == new else merkle.EMPTY_ROOT)
    path = [old_root, *path] if old & (old - 1) == 0 else path
    if not path:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = merkle.parent(sibling, before), merkle.parent(sibling, after)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            after = merkle.parent(after, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root
