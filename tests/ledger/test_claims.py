"""Public claims: kept side by side, also where they contradict each other."""

from datetime import date
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from ledger.claims import ClaimDateMismatch, ClaimDiffers, ClaimUnknown, RecordClaim
from tests.examples import CLAIM, CLAIM_WITHDRAWN, CLAIMED, LIFE, WITHDRAW_CLAIM
from tests.ground.given import given, state

CONTRADICTION = replace(CLAIM, claim="area-900-acres", statement="The site has 900 acres (demo).")


def test_records_a_claim() -> None:
    given().when(CLAIM).then(CLAIMED)


def test_the_same_claim_again_adds_nothing() -> None:
    given(CLAIMED).when(CLAIM).then()


def test_a_contradicting_claim_is_kept_beside_it() -> None:
    expected = replace(CLAIMED, claim="area-900-acres", statement="The site has 900 acres (demo).")
    given(CLAIMED).when(CONTRADICTION).then(expected)


@pytest.mark.parametrize(
    ("claimed_on", "effective_on"),
    [("2021", date(2021, 1, 1)), ("2021-11", date(2021, 11, 1)), ("2021-11-07", date(2021, 11, 7))],
    ids=["year", "month", "day"],
)
def test_a_claim_is_effective_on_the_first_day_of_its_date(claimed_on: str, effective_on: date) -> None:
    command = replace(CLAIM, claimed_on=claimed_on, effective_on=effective_on)
    given().when(command).then(replace(CLAIMED, claimed_on=claimed_on, effective_on=effective_on))


@pytest.mark.parametrize(
    "change",
    [{"claimed_on": "2021"}, {"claimed_on": "2021-11-02"}, {"effective_on": date(2021, 11, 2)}],
    ids=["first-of-the-year", "that-very-day", "first-of-the-month"],
)
def test_another_effective_date_is_refused(change: dict[str, object]) -> None:
    given().when(replace(CLAIM, **change)).refused(ClaimDateMismatch, field="effective_on", says="is effective on")


@pytest.mark.parametrize(
    "change",
    [{"statement": "500 acres (demo)"}, {"source": "another press release"}, {"company": None}],
    ids=["other-statement", "other-source", "other-company"],
)
def test_another_claim_under_the_same_id_is_refused(change: dict[str, object]) -> None:
    given(CLAIMED).when(replace(CLAIM, **change)).refused(ClaimDiffers, field="claim", says="choose another id")


def test_a_wrong_date_is_said_before_a_taken_id() -> None:
    given(CLAIMED).when(replace(CLAIM, effective_on=date(2021, 11, 2))).refused(ClaimDateMismatch)


@pytest.mark.parametrize("claimed_on", ["21", "2021-13", "2021-11-32", "2021-1", "November 2021", "2021\n"])
def test_a_malformed_date_does_not_decode(claimed_on: str) -> None:
    sent = msgspec.json.encode(replace(CLAIM, claimed_on=claimed_on))
    with pytest.raises(msgspec.ValidationError, match="claimed_on"):
        msgspec.json.decode(sent, type=RecordClaim)


def test_a_claim_recorded_wrong_is_withdrawn_and_recorded_anew_under_its_id() -> None:
    given(CLAIMED).when(WITHDRAW_CLAIM).then(CLAIM_WITHDRAWN)
    given(CLAIMED, CLAIM_WITHDRAWN).when(WITHDRAW_CLAIM).then()
    given(CLAIMED, CLAIM_WITHDRAWN).when(CLAIM).then(CLAIMED)
    right = replace(CLAIM, statement="The site has 500 acres (demo).")
    given(CLAIMED, CLAIM_WITHDRAWN).when(right).then(replace(CLAIMED, statement="The site has 500 acres (demo)."))


@pytest.mark.parametrize(
    ("facts", "change"),
    [((), {}), ((CLAIMED,), {"effective_on": date(2021, 11, 2)}), ((CLAIMED, CLAIM_WITHDRAWN), {"reason": "other"})],
    ids=["never-recorded", "of-another-day", "withdrawn-for-another-reason"],
)
def test_no_other_claim_is_withdrawn(facts: tuple[Any, ...], change: dict[str, Any]) -> None:
    given(*facts).when(replace(WITHDRAW_CLAIM, **change)).refused(ClaimUnknown, field="claim")


def test_facts_of_companies_are_none_of_its_business() -> None:
    assert state((*LIFE, CLAIMED), CLAIM) == {CLAIMED.claim: CLAIMED}
