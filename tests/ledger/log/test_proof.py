"""Proofs against RFC 6962's definition read literally, and against those that another package made."""

import json
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest
from eventsourcing.dcb.api import DCBEvent
from hypothesis import given
from hypothesis import strategies as st

from api.evidence import check
from ledger.log import merkle, store
from ledger.log.contract import Store
from ledger.log.database import Database
from ledger.log.proof import Span, consistency, consistent, hashes, included, inclusion
from ledger.log.proving import NotRecorded, Tree, consistency_of, inclusion_of, inclusions_of
from ledger.log.verify import Altered
from tests.ground.intruder import unprotect
from tests.ledger.log.test_merkle import by_definition

VECTORS = json.loads((Path(__file__).parent / "vectors" / "proofs.json").read_text())
LEAVES = [b"fact %d" % (n + 1) for n in range(128)]
LEAF_HASHES = merkle.leaves(LEAVES)
ROOTS = [by_definition(LEAVES[:size]) for size in range(len(LEAVES) + 1)]


def stored() -> dict[Span, bytes]:
    """Every complete subtree of the leaves, as the log keeps them."""
    frontier: list[bytes] = []
    completed = merkle.grow_all(0, frontier, LEAF_HASHES)
    return {
        (end - (1 << level), end): subtree
        for end, joined in enumerate(completed, 1)
        for level, subtree in enumerate(merkle.split(joined))
    }


STORED = stored()


@cache
def mth(leaves: tuple[bytes, ...]) -> bytes:
    """MTH(D[n]) of RFC 6962 §2.1; each once."""
    return by_definition(leaves)


def path(m: int, leaves: tuple[bytes, ...]) -> list[bytes]:
    """PATH(m, D[n]) of RFC 6962 §2.1.1, word for word."""
    if len(leaves) == 1:
        return []
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: tuple[bytes, ...], whole: bool) -> list[bytes]:
    """SUBPROOF(m, D[n], b) of RFC 6962 §2.1.2, word for word."""
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if m <= k:
        return [*subproof(m, leaves[:k], whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


def digest(proofs: Iterable[Sequence[bytes]]) -> str:
    """A fingerprint of many proofs, as the vectors have it."""
    whole = sha256()
    for proof in proofs:
        whole.update(bytes([len(proof)]) + b"".join(proof))
    return whole.hexdigest()


@pytest.mark.parametrize("size", range(1, 129))
def test_proofs_are_those_of_another_package_and_prove_what_they_say(size: int) -> None:
    paths = [hashes(inclusion(index, size), STORED) for index in range(size)]
    since = [hashes(consistency(old, size), STORED) for old in range(1, size + 1)]
    assert digest(paths) == VECTORS["inclusion_sha256"][size - 1]
    assert digest(since) == VECTORS["consistency_sha256"][size - 1]
    assert all(included(LEAF_HASHES[at], at, size, found, ROOTS[size]) for at, found in enumerate(paths))
    assert all(consistent(old, ROOTS[old], size, ROOTS[size], found) for old, found in enumerate(since, 1))


@pytest.mark.parametrize("size", range(1, 129))
def test_proofs_are_those_of_the_definition_and_the_checker_of_packs_says_so(size: int) -> None:
    leaves = tuple(LEAVES[:size])
    assert [hashes(inclusion(at, size), STORED) for at in range(size)] == [path(at, leaves) for at in range(size)]
    olds = range(1, size + 1)
    assert [hashes(consistency(m, size), STORED) for m in olds] == [subproof(m, leaves, True) for m in olds]
    assert all(
        check.included(merkle.leaf(leaves[at]), at, size, path(at, leaves), ROOTS[size]) for at in range(size)
    ), "written apart, for strangers"
    assert all(check.consistent(m, ROOTS[m], size, ROOTS[size], subproof(m, leaves, True)) for m in olds)


def test_the_empty_tree_is_the_beginning_of_every_other() -> None:
    assert consistency(0, 5) == []
    assert consistent(0, merkle.EMPTY_ROOT, 5, ROOTS[5], [])
    assert consistent(0, merkle.EMPTY_ROOT, 0, merkle.EMPTY_ROOT, [])
    assert not consistent(0, ROOTS[1], 5, ROOTS[5], [])
    assert not consistent(0, merkle.EMPTY_ROOT, 5, ROOTS[5], [ROOTS[1]])


sizes = st.integers(1, 128)


@given(sizes, st.data())
def test_no_other_leaf_index_size_root_or_path_is_included(size: int, data: st.DataObject) -> None:
    """A tree's index and size are bound by the path's length and sides; so is every hash."""
    index = data.draw(st.integers(0, size - 1))
    right = (LEAF_HASHES[index], index, size, hashes(inclusion(index, size), STORED), ROOTS[size])
    assert included(*right)
    leaf, _, _, proof, root = right
    other = data.draw(st.integers(0, 127).filter(lambda at: at != index))
    assert not included(LEAF_HASHES[other], index, size, proof, root)
    assert not included(leaf, other, size, proof, root)
    assert not included(leaf, index, size, proof, ROOTS[size - 1])
    assert not included(leaf, index, size, [*proof, leaf], root)
    assert not included(leaf, -1, size, proof, root)
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        assert not included(leaf, index, size, [*proof[:at], *proof[at + 1 :]], root)
        assert not included(leaf, index, size, [*proof[:at], leaf, *proof[at + 1 :]], root)


@given(sizes, st.data())
def test_no_other_history_is_consistent(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    proof = hashes(consistency(old, new), STORED)
    assert consistent(old, ROOTS[old], new, ROOTS[new], proof)
    other = data.draw(st.integers(0, 128).filter(lambda size: size != old))
    assert not consistent(old, ROOTS[other], new, ROOTS[new], proof)
    assert not consistent(other, ROOTS[old], new, ROOTS[new], proof)
    assert not consistent(old, ROOTS[old], new, ROOTS[new - 1], proof)
    assert not consistent(old, ROOTS[old], new, ROOTS[new], [*proof, ROOTS[1]])
    for at in range(len(proof)):
        assert not consistent(old, ROOTS[old], new, ROOTS[new], [*proof[:at], *proof[at + 1 :]])
        assert not consistent(old, ROOTS[old], new, ROOTS[new], [*proof[:at], b"\0" * 32, *proof[at + 1 :]])


def recorded(database: Database, facts: int) -> None:
    Store(database).append([DCBEvent(type="T", data=b"%d" % n, tags=[]) for n in range(facts)])


def test_the_log_keeps_all_that_proofs_need(database: Database) -> None:
    """Of every fact in every tree, and of every two trees; what is handed out was checked."""
    recorded(database, 21)
    with database.views.connect() as connection:
        roots = [store.root_at(connection, size) for size in range(22)]
        for size in range(1, 22):
            for at in range(1, size + 1):
                fact = inclusion_of(connection, at, size)
                assert included(merkle.leaf(fact.envelope), at - 1, size, fact.path, roots[size])
            for old in range(size + 1):
                grown = consistency_of(connection, old, size)
                assert (grown.old, grown.new) == (Tree(old, roots[old]), Tree(size, roots[size]))
                assert consistent(old, roots[old], size, roots[size], grown.path)


def test_of_many_facts_each_is_proved_in_the_order_given(database: Database) -> None:
    recorded(database, 21)
    with database.views.connect() as connection:
        asked = [5, 2, 5]
        assert inclusions_of(connection, asked, 9) == [inclusion_of(connection, at, 9) for at in asked]


@pytest.mark.parametrize(("position", "size"), [(0, 5), (6, 5), (1, 22), (1, 0)])
def test_what_is_not_there_is_not_proved(database: Database, position: int, size: int) -> None:
    recorded(database, 21)
    with database.views.connect() as connection, pytest.raises(NotRecorded):
        inclusion_of(connection, position, size)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ("UPDATE fact SET envelope = nodes WHERE position = 5", 5),
        ("UPDATE fact SET nodes = envelope WHERE position = 8", 5),
        ("UPDATE fact SET nodes = substr(nodes, 1, 32) WHERE position = 4", 4),
        ("DELETE FROM fact WHERE position = 8", 8),
    ],
)
def test_no_proof_is_given_of_what_was_altered(database: Database, changed: str, named: int) -> None:
    recorded(database, 21)
    unprotect(database)
    with database.owner.begin() as connection:
        connection.exec_driver_sql(changed)
    with database.views.connect() as connection, pytest.raises(Altered) as altered:
        inclusion_of(connection, 5, 21)
    assert altered.value.position == named
