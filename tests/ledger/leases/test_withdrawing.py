"""What was recorded of a lease by mistake is withdrawn: what stands then, what rests on it, and who holds the units."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.decider import Command, Fact, Refusal, standing, stored_name
from ledger.leases.agreement import DraftLease, ExecuteLease
from ledger.leases.changes import ApproveAmendment
from ledger.leases.facts import (
    AmendmentProposed,
    AmendmentRejected,
    IndexRentReviewed,
    LeaseAmended,
    LeaseCommenced,
    LeaseDrafted,
    LeaseExecuted,
    LeaseFact,
    LeaseHolds,
    LeaseStepWithdrawn,
    ServiceChargeChanged,
)
from ledger.leases.lease import LeaseUnknown
from ledger.leases.premises import UnitLet, UnitsNotNamed
from ledger.leases.withdrawing import LeaseStepNeeded, LeaseStepNotLatest, LeaseStepUnknown, WithdrawLeaseStep
from tests.examples.leases import (
    A101,
    APPROVER,
    ASKED,
    CLERK,
    GROUND,
    LEASE,
    LIFE,
    OTHER_COMPANY,
    TERMINATED,
    before,
    signed,
    simple,
    through,
)
from tests.ground.given import decide, given
from tests.ledger.leases.ground import NOTIFIED, RUNNING, Things, propose, told
from tests.ledger.leases.test_reviews import after, ground, indexed, rents, review


def withdraw(fact: LeaseFact | LeaseHolds, **more: Any) -> WithdrawLeaseStep:
    """Ask to withdraw a fact."""
    asked: dict[str, Any] = {
        "lease": fact.lease,
        "effective_on": fact.effective_on,
        "step": stored_name(type(fact)),
        "reason": "typo",
    }
    return WithdrawLeaseStep(**asked | more)


def withdrawn(fact: LeaseFact | LeaseHolds, **more: Any) -> LeaseStepWithdrawn:
    return LeaseStepWithdrawn(
        lease=fact.lease,
        effective_on=fact.effective_on,
        step=stored_name(type(fact)),
        reason="typo",
        touched=fact.tags,
        **more,
    )


def stand(recorded: Sequence[Fact]) -> list[Fact]:
    return [fact for fact in standing(recorded, lambda fact: fact) if not fact.withdraws]


@pytest.mark.parametrize("at", range(len(LIFE)), ids=[stored_name(type(fact)) for fact in LIFE])
def test_every_step_can_be_withdrawn_and_recorded_again(at: int) -> None:
    """Sent again it adds nothing; and the lease is as if the step had never been recorded."""
    step, recorded = LIFE[at], (*GROUND, *LIFE[: at + 1])
    again = withdraw(step, units=(A101,))
    given(*recorded).when(again).then(withdrawn(step))
    assert stand((*recorded, withdrawn(step))) == [*GROUND, *LIFE[:at]]
    command, by = ASKED[at]
    given(*recorded, withdrawn(step)).when(command, by=by).then(step)
    given(*recorded, withdrawn(step), step).when(again).then(withdrawn(step))


@pytest.mark.parametrize(
    ("recorded", "command", "refusal", "says"),
    [
        pytest.param(GROUND, withdraw(LIFE[0]), LeaseUnknown, "there is no lease", id="no-lease"),
        pytest.param(RUNNING, withdraw(TERMINATED), LeaseStepUnknown, "lease.terminated of 2025-12-31", id="no-step"),
        pytest.param(
            RUNNING, withdraw(told(LeaseExecuted)), LeaseStepNotLatest, "lease.commenced of 2024-01-01", id="not-latest"
        ),
        pytest.param(
            (*GROUND, *through(LeaseAmended)),
            withdraw(told(AmendmentProposed), about="am-1-demo"),
            LeaseStepNotLatest,
            "lease.amended of 2026-01-01",
            id="was-approved",
        ),
        pytest.param(RUNNING, withdraw(told(LeaseCommenced)), None, "", id="a-charge-rests-on-the-signature-alone"),
        pytest.param(
            (*GROUND, *through(IndexRentReviewed)),
            withdraw(told(LeaseCommenced)),
            LeaseStepNeeded,
            "lease.index-rent-reviewed of 2025-07-01",
            id="a-review-rests-on-commencement",
        ),
        pytest.param(
            (*GROUND, *before(AmendmentRejected), told(ServiceChargeChanged, effective_on=date(2027, 5, 1))),
            withdraw(told(LeaseAmended)),
            LeaseStepNeeded,
            "lease.service-charge-changed of 2027-05-01",
            id="a-charge-of-the-longer-term",
        ),
    ],
)
def test_the_latest_step_goes_first(recorded: Things, command: Command, refusal: Any, says: str) -> None:
    """And who does as the refusal says gets on."""
    if refusal is None:
        assert decide(recorded, command, APPROVER)
        return
    given(*recorded).when(command).refused(refusal, says=says)
    if refusal in (LeaseStepNotLatest, LeaseStepNeeded):
        named = next(fact for fact in recorded[::-1] if f"{stored_name(type(fact))} of {fact.effective_on}" == says)
        assert isinstance(named, LeaseFact | LeaseHolds)
        advised = decide(recorded, withdraw(named, units=(A101,)), APPROVER)
        assert says not in refused((*recorded, *advised), command)


def refused(recorded: Things, command: Command) -> str:
    """The sentence of the refusal; nothing where there is none."""
    try:
        decide(recorded, command, APPROVER)
    except Refusal as refusal:
        return refusal.detail
    return ""


def test_two_amendments_from_one_day_are_told_apart() -> None:
    terms = replace(told(LeaseDrafted).terms, due_days=5)
    (other,) = decide(RUNNING, propose(terms, date(2026, 1, 1), "CONSIDERATION", amendment="am-9-demo"))
    recorded = (*RUNNING, told(AmendmentProposed), other)
    given(*recorded).when(withdraw(told(AmendmentProposed))).refused(LeaseStepUnknown, field="about", says="am-9-demo")
    first = withdrawn(told(AmendmentProposed), about="am-1-demo")
    given(*recorded).when(withdraw(told(AmendmentProposed), about="am-1-demo")).then(first)
    assert stand((*recorded, first))[-1] == other
    approval = ApproveAmendment(lease=LEASE, effective_on=date(2025, 12, 1), amendment="am-9-demo")
    assert decide((*recorded, first), approval, APPROVER)


def test_a_withdrawn_termination_takes_no_unit_that_was_let_since() -> None:
    """L1: it holds a101 through 2026 again; another lease has it from March 2026 on."""
    theirs = signed("l-9-demo", simple(date(2026, 3, 1), date(2026, 5, 31)), company=OTHER_COMPANY)
    recorded = (*NOTIFIED, TERMINATED)
    given(*recorded).when(withdraw(TERMINATED)).refused(UnitsNotNamed, says=A101)
    given(*recorded).when(withdraw(TERMINATED, units=(A101,))).then(withdrawn(TERMINATED))
    given(*recorded, *theirs).when(withdraw(TERMINATED, units=(A101,))).refused(UnitLet, says="l-9-demo")


def test_a_charge_withdrawn_after_the_end_takes_no_unit() -> None:
    """The lease held a101 through 2026 when the charge was recorded; it ended with 2025, whatever the charge says."""
    recorded = (*NOTIFIED, TERMINATED)
    charge = told(ServiceChargeChanged)
    assert charge in recorded
    given(*recorded).when(withdraw(charge)).then(withdrawn(charge))


def test_the_same_words_twice_take_back_one_step_only() -> None:
    """Two charges of a day: asking again takes the first back no more than once. What `about` does not fit stays."""
    charge = told(ServiceChargeChanged)
    dearer = replace(charge, service_charge=replace(charge.service_charge, price="9.00"))
    recorded = (*RUNNING, *(() if charge in RUNNING else (charge,)), dearer)
    given(*recorded).when(withdraw(charge)).then(withdrawn(dearer))
    given(*recorded, withdrawn(dearer), dearer).when(withdraw(charge)).then(withdrawn(dearer))
    given(*recorded).when(withdraw(charge, about="am-1-demo")).refused(LeaseStepUnknown, field="step")


def test_a_withdrawn_signature_frees_the_units_and_a_withdrawn_draft_the_name() -> None:
    mine, terms = (
        signed(LEASE, simple(date(2026, 1, 1), date(2026, 12, 31))),
        simple(date(2026, 3, 1), date(2026, 5, 31)),
    )
    freed = (*GROUND, *mine, withdrawn(mine[-1]))
    *theirs, executed = signed("l-9-demo", terms, company=OTHER_COMPANY)
    assert isinstance(executed, LeaseExecuted)
    take = ExecuteLease(lease="l-9-demo", effective_on=date(2026, 3, 1), document=executed.document, units=(A101,))
    given(*GROUND, *mine, *theirs).when(take).refused(UnitLet)
    given(*freed, *theirs).when(take).then(executed)
    draft = told(LeaseDrafted)
    named = DraftLease(lease=LEASE, effective_on=draft.effective_on, company=OTHER_COMPANY, terms=draft.terms)
    given(*GROUND, draft, withdrawn(draft)).when(named, by=CLERK).then(replace(draft, company=OTHER_COMPANY))


def test_a_withdrawn_review_leaves_the_later_one_to_the_index_before_it() -> None:
    """The second review applied to what the first made of the rent; without it, to the rent of the terms."""
    recorded = after(ground(indexed("10000.00", ratio_form=True), "103", "102"), review(2025), review(2026))
    first = next(fact for fact in recorded if isinstance(fact, IndexRentReviewed))
    (gone,) = decide(recorded, withdraw(first), APPROVER)
    assert rents(stand((*recorded, gone)))[:2] == [1_000_000, 1_020_000]
