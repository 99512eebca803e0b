"""The tree against Certificate Transparency's own vectors, and against RFC 6962's definition read literally."""

import json
from collections.abc import Sequence
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ledger.log import merkle

VECTORS = json.loads((Path(__file__).parent / "vectors" / "certificate_transparency.json").read_text())


def by_definition(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962 §2.1, word for word: split at the largest power of two smaller than n."""
    if not leaves:
        return merkle.EMPTY_ROOT
    if len(leaves) == 1:
        return merkle.leaf(leaves[0])
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return merkle.parent(by_definition(leaves[:split]), by_definition(leaves[split:]))


def grown(leaves: Sequence[bytes]) -> tuple[list[bytes], list[bytes]]:
    """The frontier after these leaves, and the joined subtrees each completed."""
    frontier: list[bytes] = []
    nodes = [merkle.grow(size, frontier, merkle.leaf(data)) for size, data in enumerate(leaves)]
    return frontier, nodes


def test_roots_of_certificate_transparency() -> None:
    leaves = [bytes.fromhex(leaf) for leaf in VECTORS["leaves"]]
    roots = [merkle.root(grown(leaves[:size])[0]).hex() for size in range(len(leaves) + 1)]
    assert roots == VECTORS["roots"]


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_grown_root_is_the_defined_root(leaves: list[bytes]) -> None:
    assert merkle.root(grown(leaves)[0]) == by_definition(leaves)


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=70), st.data())
def test_stored_subtrees_give_every_earlier_root(leaves: list[bytes], data: st.DataObject) -> None:
    size = data.draw(st.integers(0, len(leaves)))
    _, nodes = grown(leaves)
    frontier = [nodes[end - 1][-merkle.HASH_BYTES :] for end in merkle.frontier_positions(size)]
    assert merkle.root(frontier) == by_definition(leaves[:size])


@given(st.integers(0, 5000))
def test_every_complete_subtree_is_stored_once(size: int) -> None:
    frontier: list[bytes] = []
    stored = sum(len(merkle.split(merkle.grow(at, frontier, b"\0" * 32))) for at in range(size))
    assert stored == 2 * size - size.bit_count()


@given(st.integers(0, 70), st.lists(st.binary(max_size=4), max_size=70))
def test_growing_by_many_is_growing_one_by_one(size: int, more: list[bytes]) -> None:
    one_by_one, _ = grown([b""] * size)
    at_once = list(one_by_one)
    leaves = merkle.leaves(more)
    assert leaves == [merkle.leaf(data) for data in more]
    completed = [merkle.grow(size + at, one_by_one, leaf) for at, leaf in enumerate(leaves)]
    assert merkle.grow_all(size, at_once, leaves) == completed
    assert at_once == one_by_one
