"""Identifier vectors: published ones, fictional ones, and every way to get one wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.values.identifiers import USCC_ALPHABET, lei_fault, uscc_fault

SOUND_USCCS = {
    "published": "91350100M000100Y43",
    "published-letter": "91110000101623741K",
    "published-digits": "911101066976941872",
    "weighted-sum-divides-by-31": "91000000FXDEMA0460",
    "fictional-1": "91000000FXDEMA011D",
    "fictional-2": "91000000FXDEMA02X5",
    "fictional-3": "91000000FXDEMA0385",
    "fictional-5": "91000000FXDEMA054T",
    "fictional-6": "91000000FXDEMA062M",
}
SOUND_LEIS = {
    "published": "969500KSV493XWY0PS33",
    "published-2": "5493001KJTIIGC8Y1R12",
    "fictional-1": "FICT00MCSCDEM0000187",
    "fictional-2": "FICT00MCSCDEM0000284",
    "fictional-3": "FICT00MCSCDEM0000381",
    "check-digits-97": "FICT00MCSCDEM0003097",
}


@pytest.mark.parametrize("value", SOUND_USCCS.values(), ids=SOUND_USCCS.keys())
def test_sound_uscc(value: str) -> None:
    assert uscc_fault(value) is None


@pytest.mark.parametrize("value", SOUND_LEIS.values(), ids=SOUND_LEIS.keys())
def test_sound_lei(value: str) -> None:
    assert lei_fault(value) is None


@pytest.mark.parametrize(
    ("value", "says"),
    [
        pytest.param("91350211M0000XUF46", "is 6, but R belongs there", id="published-as-failing"),
        pytest.param("91000000FXDEMA0461", "is 1, but 0 belongs there", id="mod-0-mistyped"),
        pytest.param("91000000FXDEMA046", "has 17 characters, not 18", id="too-short"),
        pytest.param("91000000FXDEMA04600", "has 19 characters, not 18", id="too-long"),
        pytest.param("", "has 0 characters, not 18", id="empty"),
        pytest.param("91000000fxdema0460", "contains a d e f m x", id="lower-case"),
        pytest.param("91000000 XDEMA0460", "contains  ", id="space"),
        pytest.param("91000000OXDEMA0460", "contains O", id="letter-left-out-of-the-alphabet"),
        pytest.param("91000000FXDEMA046０", "contains ０", id="full-width-digit"),
    ],
)
def test_faulty_uscc(value: str, says: str) -> None:
    assert says in (uscc_fault(value) or "")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        pytest.param("FICT00MCSCDEM0000188", "is 88, but 87 belongs there", id="mistyped"),
        pytest.param("FICT00MCSCDEM0003000", "is 00, but 97 belongs there", id="same-remainder-as-97"),
        pytest.param("FICT00MCSCDEM000018", "has 19 characters, not 20", id="too-short"),
        pytest.param("FICT00MCSCDEM00001877", "has 21 characters, not 20", id="too-long"),
        pytest.param("fict00MCSCDEM0000187", "contains c f i t", id="lower-case"),
        pytest.param("FICT00MCSCDEM00001AB", "ends in AB", id="letters-as-check-digits"),
        pytest.param("FICT00MCSCDEM0000１87", "contains １", id="full-width-digit"),
    ],
)
def test_faulty_lei(value: str, says: str) -> None:
    assert says in (lei_fault(value) or "")


@given(st.sampled_from(sorted(SOUND_USCCS.values())), st.integers(0, 17), st.sampled_from(sorted(USCC_ALPHABET)))
def test_no_single_mistyped_character_passes_as_a_uscc(value: str, at: int, character: str) -> None:
    mistyped = value[:at] + character + value[at + 1 :]
    assert (uscc_fault(mistyped) is None) == (mistyped == value)


@given(st.text(max_size=24))
def test_any_text_is_judged_and_none_raises(value: str) -> None:
    assert uscc_fault(value) is None or value in str(uscc_fault(value))
    assert lei_fault(value) is None or value in str(lei_fault(value))
