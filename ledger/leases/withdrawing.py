"""What was recorded by mistake is withdrawn, the latest step of a thing first (docs/decisions/0014-withdrawn-facts.md).

Command             Fact
WithdrawLeaseStep   lease.step-withdrawn: of the lease's life, an amendment, a service charge, an index review, turnover

Leases post nothing: whatever stands is billed, and the next billing run credits what was billed of a withdrawn step.

Refusals, in order of precedence (after LeaseUnknown of lease.py)
├── LeaseStepUnknown     no such step of the lease stands, or several do and `about` does not say which (unknown)
├── LeaseStepNotLatest   a later step of the same thing goes first
├── LeaseStepNeeded      what stands rests on it: reviews, charges and amendments of days or a state that it gave
└── those of premises.py: the units that the lease holds again are held against the calendar again
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import ClassVar

from ledger.decider import By, Fact, Standing, StepName, Text, Withdrawing, without
from ledger.leases.changes import follows_index
from ledger.leases.deciding import evolve
from ledger.leases.facts import (
    AmendmentProposed,
    AmendmentRejected,
    IndexRentReviewed,
    LeaseAmended,
    LeaseFact,
    LeaseHolds,
    LeaseStepWithdrawn,
    ServiceChargeChanged,
    TurnoverDeclared,
)
from ledger.leases.lease import Lease, LeaseCommand, LeaseRefusal, Leases, LeaseUnknown, Units, lease_scope
from ledger.leases.premises import check_taken, taken
from ledger.leases.schedule import last_day
from ledger.leases.turnover import declared_days
from ledger.values.days import OnRecord

# Commands


class WithdrawLeaseStep(LeaseCommand, frozen=True, kw_only=True, tag="withdraw-lease-step"):
    """Withdraw a step of a lease that was recorded by mistake; `effective_on` is the step's own date.

    about   which amendment, or the turnover of which month, where several steps of that name and date stand
    units   those that the lease holds again without the step; none where it holds no more than with it
    """

    effective_on: OnRecord
    put_right: ClassVar[str] = "Record the step again."
    step: StepName
    about: Text | None = None
    reason: Text
    units: Units = ()


# Refusals


class LeaseStepUnknown(LeaseRefusal):
    """No such step of the lease stands, or several do."""

    code = "lease-step-unknown"
    kind = "unknown"


class LeaseStepNotLatest(LeaseRefusal):
    """A later step of the same thing goes first."""

    code = "lease-step-not-latest"


class LeaseStepNeeded(LeaseRefusal):
    """Something that stands rests on the step."""

    code = "lease-step-needed"


# Scope


def _scope(command: WithdrawLeaseStep) -> tuple[str, ...]:
    return lease_scope(command, command.units)


# Decide

LIFE = ("life", "")


def _things(fact: Fact) -> set[tuple[str, str]]:
    """The things of the lease that a fact is a step of: each takes its steps in the order recorded."""
    match fact:
        case AmendmentProposed() | AmendmentRejected():
            return {("amendment", fact.amendment)}
        case LeaseAmended():
            return {LIFE, ("amendment", fact.amendment)}
        case ServiceChargeChanged():
            return {("service charge", fact.effective_on.isoformat())}
        case IndexRentReviewed():
            return {("review", fact.effective_on.isoformat())}
        case TurnoverDeclared():
            return {("turnover", fact.month)}
    return {LIFE}


def _own(facts: Iterable[Fact], lease: str) -> list[LeaseFact | LeaseHolds]:
    """The facts of a lease alone."""
    return [fact for fact in facts if isinstance(fact, LeaseFact | LeaseHolds) and fact.lease == lease]


def _explain(facts: Standing, command: WithdrawLeaseStep) -> None:
    if not _own(facts, command.lease):
        raise LeaseUnknown(f"there is no lease {command.lease}", field="lease")


def _rests(later: Fact, step: LeaseFact | LeaseHolds) -> bool:
    """Tell whether a later fact is a step of the same thing."""
    return any(_things(fact) & _things(step) for fact in _own((later,), step.lease))


def _check(facts: Standing, step: LeaseFact | LeaseHolds, command: WithdrawLeaseStep, by: By) -> None:
    """Check that what stands keeps what it rests on, and that the units are free. Raises LeaseRefusal."""
    state, left = (reduce(evolve, known, Leases()) for known in (facts, without(facts, step)))
    lease = state.leases[step.lease]
    before = left.leases.get(step.lease) or Lease(lease=step.lease, company=lease.company)
    if LIFE in _things(step):
        _check_needed(before, _own(without(facts, step), step.lease))
    check_taken(state, lease, taken(lease.lettings, before.lettings), named=command.units, on=command.effective_on)


def _check_needed(before: Lease, facts: Sequence[LeaseFact | LeaseHolds]) -> None:
    """Nothing that stands is left without the state or the days that it rests on. Raises LeaseStepNeeded."""
    last = last_day(before)
    for fact in reversed(facts):
        if LIFE in _things(fact):
            continue
        if isinstance(fact, TurnoverDeclared):
            outside = declared_days(before, fact.month) is None
        else:
            said = isinstance(fact, AmendmentProposed | AmendmentRejected)
            outside = not said and last is not None and fact.effective_on > last
        unbegun = isinstance(fact, IndexRentReviewed | TurnoverDeclared) and before.commenced_on is None
        if before.executed_on is None or outside or unbegun or _by_other_index(before, fact):
            raise LeaseStepNeeded(WITHDRAWING.first(fact), field="step")


def _by_other_index(before: Lease, fact: Fact) -> bool:
    """Tell whether a review follows an index that the terms do not have on its day without the step."""
    return isinstance(fact, IndexRentReviewed) and bool(before.versions) and not follows_index(before.versions, fact)


WITHDRAWING = Withdrawing(
    withdrawn=LeaseStepWithdrawn,
    steps=(LeaseFact, LeaseHolds),
    unknown=LeaseStepUnknown,
    not_latest=LeaseStepNotLatest,
    rests=_rests,
    explain=_explain,
    check=_check,
)
LEASE_STEPS = WITHDRAWING.decider(WithdrawLeaseStep, _scope)
