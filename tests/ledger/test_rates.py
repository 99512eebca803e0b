"""Reference rates: proposed by one, approved by another; the latest word for each date holds."""

from datetime import date, timedelta

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.decider import By, Fact, Refusal
from ledger.rates import (
    NO_RATES,
    ApproveRate,
    ApproverIsRateProposer,
    ProposeRate,
    RateApproved,
    RateDecided,
    RateMalformed,
    RateProposed,
    RateStepUnknown,
    RateTaken,
    RateUnknown,
    RejectRate,
    WithdrawRateStep,
    value_on,
    with_rate,
)
from tests.examples.periods import (
    APPROVAL_WITHDRAWN,
    APPROVE,
    APPROVED,
    PROPOSE,
    PROPOSED,
    REJECT,
    REJECTED,
    SICHUAN,
    WITHDRAW_APPROVAL,
)
from tests.ground.given import decide, given

APPROVER = By(actor="approver-demo", role="approver")
CLERK = By(actor="clerk-demo", role="finance")


def test_proposed_and_approved_and_rejected() -> None:
    given().when(PROPOSE, CLERK).then(PROPOSED)
    given(PROPOSED).when(APPROVE, APPROVER).then(APPROVED)
    given(PROPOSED).when(REJECT, APPROVER).then(REJECTED)


def test_a_decision_that_was_a_mistake_leaves_the_proposal_open() -> None:
    given(PROPOSED, APPROVED).when(WITHDRAW_APPROVAL, APPROVER).then(APPROVAL_WITHDRAWN)
    open_again = (PROPOSED, APPROVED, APPROVAL_WITHDRAWN)
    given(*open_again).when(REJECT, APPROVER).then(REJECTED)
    given(*open_again).when(APPROVE, APPROVER).then(APPROVED)
    given(*open_again, APPROVED).when(WITHDRAW_APPROVAL, APPROVER).then(APPROVAL_WITHDRAWN)
    assert APPROVAL_WITHDRAWN.takes_back(APPROVED)
    assert not APPROVAL_WITHDRAWN.takes_back(replace(APPROVED, rate="another-demo"))


def test_an_approved_rate_holds_from_its_own_date() -> None:
    assert APPROVED.effective_on == PROPOSE.effective_on
    assert APPROVED.approved_on == APPROVE.effective_on


@pytest.mark.parametrize(
    ("facts", "command", "by", "refusal"),
    [
        ((), APPROVE, APPROVER, RateUnknown),
        ((), REJECT, APPROVER, RateUnknown),
        ((PROPOSED,), replace(PROPOSE, value="104.1"), CLERK, RateTaken),
        ((PROPOSED, REJECTED), APPROVE, APPROVER, RateDecided),
        ((PROPOSED, APPROVED), REJECT, APPROVER, RateDecided),
        ((PROPOSED, APPROVED), replace(APPROVE, effective_on=date(2024, 8, 10)), APPROVER, RateTaken),
        ((PROPOSED,), WITHDRAW_APPROVAL, APPROVER, RateStepUnknown),
        ((PROPOSED, APPROVED), replace(WITHDRAW_APPROVAL, step="rate.rejected"), APPROVER, RateStepUnknown),
        ((PROPOSED, APPROVED), replace(WITHDRAW_APPROVAL, effective_on=date(2024, 8, 9)), APPROVER, RateStepUnknown),
        ((PROPOSED, APPROVED), WITHDRAW_APPROVAL, CLERK, ApproverIsRateProposer),
        ((PROPOSED, REJECTED), replace(REJECT, reason="another reason"), APPROVER, RateDecided),
        ((), replace(PROPOSE, series="vat/leasing", value="9"), CLERK, RateMalformed),
        ((), replace(PROPOSE, series="fx/usd-cny", value="0"), CLERK, RateMalformed),
        ((), replace(PROPOSE, series="cpi/cn-all", value="0.0"), CLERK, RateMalformed),
        ((), replace(PROPOSE, series="co2/cn-average", value="530.6"), CLERK, RateMalformed),
        ((), replace(PROPOSE, emission=SICHUAN), CLERK, RateMalformed),
        ((PROPOSED,), APPROVE, CLERK, ApproverIsRateProposer),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_refused(
    facts: tuple[Fact, ...],
    command: ProposeRate | ApproveRate | RejectRate | WithdrawRateStep,
    by: By,
    refusal: type[Refusal],
) -> None:
    given(*facts).when(command, by).refused(refusal)


def test_a_wrong_percentage_is_explained() -> None:
    nine = replace(PROPOSE, series="vat/leasing", value="9")
    given().when(nine, CLERK).refused(RateMalformed, field="value", says="such as 0.09")


FACTOR = replace(
    PROPOSE, effective_on=date(2023, 1, 1), rate="co2-2023", series="co2/cn-sc", value="0.1564", emission=SICHUAN
)


def test_an_emission_factor_says_its_region_year_basis_and_announcement() -> None:
    (proposed,) = decide((), FACTOR, CLERK)
    assert isinstance(proposed, RateProposed)
    assert proposed.emission == SICHUAN
    (approved,) = decide((proposed,), replace(APPROVE, rate="co2-2023"), APPROVER)
    assert isinstance(approved, RateApproved)
    assert (approved.emission, approved.effective_on) == (SICHUAN, date(2023, 1, 1))
    silent = replace(FACTOR, emission=None)
    given().when(silent, CLERK).refused(RateMalformed, field="emission", says="region, year, basis and announcement")
    assert decide((replace(proposed, emission=None),), silent, CLERK) == (), "recorded before it was asked for"


def test_an_emission_factor_holds_from_its_year() -> None:
    """One public code base has those of 2021 and 2022 the wrong way round."""
    late = replace(FACTOR, effective_on=date(2022, 1, 1))
    given().when(late, CLERK).refused(RateMalformed, field="effective_on", says="of 2023 holds from 2023-01-01")


FIRST = date(2024, 1, 1)
approvals = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(("1", "2", "3"))), max_size=8)


@for_all(approvals, st.integers(-1, 6))
def test_the_latest_word_for_the_latest_date_holds(words: list[tuple[int, str]], day: int) -> None:
    rates, said = NO_RATES, dict[int, str]()
    for since, value in words:
        rates = with_rate(rates, replace(APPROVED, effective_on=FIRST + timedelta(days=since), value=value))
        said[since] = value
    known = [since for since in said if since <= day]
    expected = said[max(known)] if known else None
    assert value_on(rates, APPROVED.series, FIRST + timedelta(days=day)) == expected
