"""Notes, signatures and proof files, byte for byte as another package writes them; no other is taken."""

import json
from pathlib import Path

import pytest

from ledger.log.checkpoint import (
    NotChecked,
    Signer,
    checkpoint,
    cosigned,
    new_signer,
    read_checkpoint,
    read_signer,
    read_verifier,
    tlog_proof,
)
from ledger.log.proof import hashes, included, inclusion
from tests.ledger.log.test_proof import LEAF_HASHES, STORED

VECTORS = json.loads((Path(__file__).parent / "vectors" / "proofs.json").read_text())
SIGNER = Signer(VECTORS["origin"], bytes(range(32)))
ROOT = bytes.fromhex(VECTORS["root"])
NOTE, COSIGNED = VECTORS["checkpoint"], VECTORS["cosigned"]
KEY, WITNESS = read_verifier(VECTORS["vkey"]), read_verifier(VECTORS["witness_vkey"])


def test_all_is_written_as_another_package_writes_it() -> None:
    assert str(SIGNER.verifier) == VECTORS["vkey"]
    assert checkpoint([SIGNER], 100, ROOT) == NOTE
    line = COSIGNED.removeprefix(NOTE)
    assert cosigned(NOTE, f"— somebody.else AAAAAAAA\n{line}", WITNESS) == (COSIGNED, 1_790_000_000)
    path = hashes(inclusion(41, 100), STORED)
    assert included(LEAF_HASHES[41], 41, 100, path, ROOT)
    assert tlog_proof(VECTORS["proof_of_position"], path, COSIGNED) == VECTORS["proof"]


def test_a_checkpoint_is_read_as_it_was_signed() -> None:
    read = read_checkpoint(COSIGNED, [KEY, WITNESS])
    assert (read.origin, read.size, read.root) == (VECTORS["origin"], 100, ROOT)
    assert read.signed_by == (VECTORS["vkey"], VECTORS["witness_vkey"])
    assert read_signer(str(SIGNER)) == SIGNER


def test_one_of_two_keys_is_enough() -> None:
    """A rotation is signed by the old key and the new one: whoever knows either can check it."""
    other = new_signer(SIGNER.name)
    note = checkpoint([SIGNER, other], 100, ROOT)
    for known in (SIGNER.verifier, other.verifier):
        assert read_checkpoint(note, [known]).size == 100


@pytest.mark.parametrize(
    "note",
    [
        NOTE.replace("\n100\n", "\n101\n"),
        NOTE.replace("cHqY59uI", "dHqY59uI"),
        NOTE.replace("ledger.example/meishan\n", "ledger.example/another\n", 1),
        NOTE.replace("\n100\n", "\n0100\n"),
        NOTE.replace("\n\n", "\nan extension\n\n"),
        NOTE.replace("cw3hxdc6", "cw3hxdc7"),
        NOTE.replace("cw3hxdc6", "AAAAAAc6"),
        NOTE.partition("\n\n")[0] + "\n\n",
        NOTE.rstrip("\n"),
        NOTE + "no signature\n",
        COSIGNED.replace("AQ==\n", "Ag==\n"),
        "",
    ],
)
def test_what_was_altered_or_is_none_is_not_taken(note: str) -> None:
    with pytest.raises(NotChecked):
        read_checkpoint(note, [KEY, WITNESS])


def test_a_strangers_or_a_witnesss_signature_alone_is_not_enough() -> None:
    with pytest.raises(NotChecked, match="no known key"):
        read_checkpoint(NOTE, [new_signer(SIGNER.name).verifier])
    with pytest.raises(NotChecked, match="no known key"):
        read_checkpoint(COSIGNED, [WITNESS])


def test_a_witnesss_answer_must_be_its_own_and_of_this_checkpoint() -> None:
    line = COSIGNED.removeprefix(NOTE)
    another = checkpoint([SIGNER], 101, ROOT)
    with pytest.raises(NotChecked, match="not right"):
        cosigned(another, line, WITNESS)
    with pytest.raises(NotChecked, match="no signature"):
        cosigned(NOTE, NOTE.partition("\n\n")[2], WITNESS)


@pytest.mark.parametrize("written", ["", "a", "a+b+c", str(KEY).replace("730de1c5", "730de1c6"), str(KEY)[:-4]])
def test_no_other_key_is_read(written: str) -> None:
    with pytest.raises(NotChecked):
        read_verifier(written)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb"])
def test_a_name_that_no_note_could_bear_is_refused(name: str) -> None:
    with pytest.raises(NotChecked, match="cannot be a key's name"):
        new_signer(name)
