"""The term: keys, commencement, renewal, expiry, holdover, and the keys back."""

from datetime import date

import pytest
from msgspec.structs import replace

from ledger.decider import Fact, Refusal
from ledger.leases.agreement import ExecuteLease
from ledger.leases.facts import HoldoverEnded, HoldoverStarted, LeaseExpired
from ledger.leases.lease import LeaseCommand, OutsideTerm
from ledger.leases.premises import UnitLet, UnitsNotNamed
from ledger.leases.term import (
    CommenceLease,
    EndHoldover,
    ExpireLease,
    HandOverPremises,
    HandoverTooEarly,
    HoldoverEndsTooEarly,
    NotHandedOver,
    NotTheDay,
    OptionNotOpen,
    StartHoldover,
    SuccessorUnfit,
    SuccessorUnknown,
    SurrenderPremises,
)
from tests.examples.leases import (
    A101,
    GROUND,
    NEXT_LEASE,
    NEXT_TERMS,
    OTHER_COMPANY,
    RENEW,
    RENEWED,
    TERMINATED,
    before,
    paper,
    signed,
    simple,
    through,
)
from tests.ground.given import given
from tests.ledger.leases.ground import EXECUTED, FOLLOWED, HANDED_OVER, HELD_OVER, RUNNING, Things, asked, running, told

# What is recorded


@pytest.mark.parametrize(
    ("recorded", "command", "fact"),
    [
        pytest.param(FOLLOWED, RENEW, RENEWED, id="renews-by-option"),
    ],
)
def test_a_lease_is_followed_by_another(recorded: Things, command: LeaseCommand, fact: Fact) -> None:
    given(*recorded).when(command).then(fact)


def test_renewal_without_the_option_may_come_late() -> None:
    command = replace(RENEW, option_exercised=False, effective_on=date(2027, 1, 1))
    given(*FOLLOWED).when(command).then(replace(RENEWED, option_exercised=False, effective_on=date(2027, 1, 1)))


def test_holdover_may_follow_without_a_word_about_expiry() -> None:
    given(*GROUND, *before(LeaseExpired)).when(asked(StartHoldover)).then(told(HoldoverStarted))


def test_the_option_on_its_last_day() -> None:
    given(*FOLLOWED).when(replace(RENEW, effective_on=date(2026, 10, 2))).then(
        replace(RENEWED, effective_on=date(2026, 10, 2))
    )


# What is refused


@pytest.mark.parametrize(
    ("recorded", "command", "refusal"),
    [
        pytest.param(EXECUTED, asked(CommenceLease), NotHandedOver, id="L6-commences-without-keys"),
        pytest.param(
            EXECUTED, asked(HandOverPremises, effective_on=date(2024, 1, 2)), NotHandedOver, id="L6-keys-late"
        ),
        pytest.param(
            EXECUTED, asked(HandOverPremises, effective_on=date(2023, 12, 14)), HandoverTooEarly, id="keys-unsigned"
        ),
        pytest.param(
            HANDED_OVER,
            asked(CommenceLease, effective_on=date(2024, 1, 2)),
            NotTheDay,
            id="commences-on-another-day",
        ),
        pytest.param(RUNNING, asked(ExpireLease, effective_on=date(2026, 12, 31)), NotTheDay, id="expires-too-early"),
        pytest.param(RUNNING, asked(StartHoldover, effective_on=date(2027, 1, 2)), NotTheDay, id="held-over-too-late"),
        pytest.param(RUNNING, RENEW, SuccessorUnknown, id="no-successor"),
        pytest.param(
            (*RUNNING, *signed(NEXT_LEASE, NEXT_TERMS)[:3]), RENEW, SuccessorUnfit, id="successor-not-executed"
        ),
        pytest.param(
            (*RUNNING, *signed(NEXT_LEASE, NEXT_TERMS, company=OTHER_COMPANY)),
            RENEW,
            SuccessorUnfit,
            id="successor-of-another-company",
        ),
        pytest.param(
            (*RUNNING, *signed(NEXT_LEASE, simple(date(2027, 1, 2), date(2028, 1, 1)))),
            RENEW,
            SuccessorUnfit,
            id="successor-begins-later",
        ),
        pytest.param(FOLLOWED, replace(RENEW, effective_on=date(2027, 1, 2)), OutsideTerm, id="renewed-too-late"),
        pytest.param(FOLLOWED, replace(RENEW, effective_on=date(2026, 10, 3)), OptionNotOpen, id="option-a-day-late"),
        pytest.param(
            running(simple(date(2024, 1, 1), date(2026, 12, 31)), *signed(NEXT_LEASE, NEXT_TERMS, on=date(2026, 9, 1))),
            RENEW,
            OptionNotOpen,
            id="no-option",
        ),
        pytest.param(HELD_OVER, asked(EndHoldover, ends_on=date(2028, 4, 19)), HoldoverEndsTooEarly, id="ends-before"),
        pytest.param(
            HELD_OVER,
            asked(EndHoldover, effective_on=date(2028, 1, 1), ends_on=date(2027, 12, 31)),
            HoldoverEndsTooEarly,
            id="ends-before-it-began",
        ),
        pytest.param(
            (*GROUND, *through(HoldoverEnded)),
            asked(SurrenderPremises, effective_on=date(2023, 12, 27)),
            HandoverTooEarly,
            id="keys-back-before-they-were-given",
        ),
        pytest.param(
            (*EXECUTED, replace(TERMINATED, effective_on=date(2023, 12, 20), ends_on=date(2023, 12, 20), lettings=())),
            asked(SurrenderPremises),
            NotHandedOver,
            id="keys-back-that-were-never-given",
        ),
    ],
)
def test_the_term_refuses(recorded: Things, command: LeaseCommand, refusal: type[Refusal]) -> None:
    given(*recorded).when(command).refused(refusal)


def test_a_holdover_has_no_end_so_any_later_letting_stands_against_it() -> None:
    expired = (*GROUND, *through(LeaseExpired))
    later = signed("l-9-demo", simple(date(2033, 1, 1), date(2033, 12, 31)), company=OTHER_COMPANY)
    given(*expired).when(asked(StartHoldover, units=())).refused(UnitsNotNamed, field="units")
    given(*HELD_OVER).when(asked(StartHoldover, units=())).refused(UnitsNotNamed, field="units")
    given(*EXECUTED).when(asked(ExecuteLease, units=())).refused(UnitsNotNamed, field="units")
    given(*expired, *later).when(asked(StartHoldover)).refused(UnitLet, says="2033-01-01")
    approved = signed("l-9-demo", simple(date(2033, 1, 1), date(2033, 12, 31)), company=OTHER_COMPANY)
    command = ExecuteLease(lease="l-9-demo", effective_on=date(2033, 1, 1), document=paper("contract"), units=(A101,))
    given(*HELD_OVER, *approved[:3]).when(command).refused(UnitLet, says="no end")
