"""The envelope's golden bytes: what is sealed today must decode, and hash, the same for ever."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import asdict, replace

from ledger.bookkeeping.banking.facts import BankChargeTaken, BankInterestReceived
from ledger.decider import By
from ledger.log import envelope
from ledger.log.envelope import (
    Entry,
    Recorded,
    UnknownFact,
    decode,
    decode_index,
    decode_told,
    encode,
    from_micros,
    reader_of,
    to_micros,
)
from ledger.log.merkle import leaf
from tests.examples import LIFE
from tests.examples.banking import CHARGE

GOLDEN = (Path(__file__).parent / "vectors" / "envelope.json").read_bytes()
LEAF = "e3e773a6f971f68699c8e344ca7fe065dd59e4499c04f001ec1a6e7635f43469"
ENTRY: Entry = Recorded(
    position=7,
    recorded_at=datetime(2026, 4, 7, 8, 30, 0, 123456, tzinfo=UTC),
    by=By(actor="clerk-demo", role="deal_desk", method="http", token="demokey1", request="request-1"),
    command="link-investment-agreement",
    key="import-7",
    data_class="FICTIONAL",
    tags=LIFE[6].tags,
    fact=LIFE[6],
)


def test_an_envelope_is_written_as_it_always_was() -> None:
    assert encode(ENTRY) == GOLDEN


def test_a_stored_envelope_is_read_as_it_was_meant() -> None:
    assert decode(GOLDEN) == ENTRY


def test_a_reader_of_some_kinds_reads_those_alone() -> None:
    assert reader_of({type(LIFE[6]), type(LIFE[0])})(GOLDEN) == ENTRY
    with pytest.raises(UnknownFact):
        reader_of({type(LIFE[0])})(GOLDEN)


def test_its_leaf_is_the_hash_of_zero_and_the_stored_bytes() -> None:
    assert leaf(GOLDEN).hex() == hashlib.sha256(b"\x00" + GOLDEN).hexdigest() == LEAF


def test_what_the_database_copies_is_found_without_reading_the_fact() -> None:
    index = decode_index(GOLDEN)
    assert (index.position, index.recorded_at, index.tags) == (7, ENTRY.recorded_at, ENTRY.tags)
    assert index.data.fact == "company.agreement-linked"


def test_what_is_the_usual_case_is_not_written() -> None:
    usual = Recorded(
        position=1,
        recorded_at=datetime(2026, 1, 5, tzinfo=UTC),
        by=By(actor="clerk-demo", role="deal_desk"),
        command="register-lead",
        tags=LIFE[0].tags,
        fact=LIFE[0],
    )
    written = encode(usual)
    assert [name for name in (b"method", b"token", b"request", b'"key"', b"data_class") if name in written] == []
    assert decode(written) == usual


@pytest.mark.parametrize(
    ("was", "altered"),
    [
        pytest.param(b"company.agreement-linked", b"company.agreement-undone", id="a-name-of-another-version"),
        pytest.param(b'"signed_on":"2026-04-03"', b'"signed_on":"2026-04-31"', id="no-such-day"),
        pytest.param(b'"agreement":"agreement-01",', b"", id="a-field-is-gone"),
        pytest.param(b'"data":{', b'"data":{"surprise":1,', id="a-field-too-many"),
        pytest.param(b'"position":7', b'"position":"7"', id="a-position-in-words"),
        pytest.param(b"}", b"", id="cut-short"),
    ],
)
def test_what_this_version_cannot_read_is_said_so(was: bytes, altered: bytes) -> None:
    assert was in GOLDEN
    with pytest.raises(UnknownFact):
        decode(GOLDEN.replace(was, altered))


@pytest.mark.parametrize("micros", [0, 1, 999_999, 1_775_550_600_123_456, -1])
def test_instants_survive_as_whole_microseconds(micros: int) -> None:
    assert to_micros(from_micros(micros)) == micros
    assert from_micros(micros + 1) - from_micros(micros) == timedelta(microseconds=1)


def test_a_fact_of_a_retired_class_is_read_as_that_of_today_and_stays_sealed_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once a class is retired: whoever reads gets today's, with the circumstances; the leaf is that of the old bytes.

    No fact has needed this yet: every change so far was a new optional field.
    """
    stored = encode(replace(ENTRY, fact=CHARGE))
    before = leaf(stored)
    monkeypatch.setattr(envelope, "UPCASTS", {BankChargeTaken: _as_interest})
    read = decode(stored)
    assert read.fact == decode_told(stored) == _as_interest(CHARGE)
    assert isinstance(read.fact, BankInterestReceived)
    assert (read.position, read.by, read.tags) == (ENTRY.position, ENTRY.by, ENTRY.tags)
    assert leaf(stored) == before


def _as_interest(fact: BankChargeTaken) -> BankInterestReceived:
    return BankInterestReceived(**asdict(fact))
