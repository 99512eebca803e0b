"""What was recorded by mistake is withdrawn, the latest step of a thing first (docs/decisions/0014-withdrawn-facts.md).

Command             Fact
WithdrawLeaseStep   lease.step-withdrawn: of the lease's life, an amendment, a service charge, an index review

Leases post nothing: whatever stands is billed, and the next billing run credits what was billed of a withdrawn step.

Refusals, in order of precedence (after LeaseUnknown of lease.py)
├── LeaseStepUnknown     no such step of the lease stands, or several do and `about` does not say which (unknown)
├── LeaseStepNotLatest   a later step of the same thing goes first
├── LeaseStepNeeded      what stands rests on it: reviews, charges and amendments of days or a state that it gave
└── those of premises.py: the units that the lease holds again are held against the calendar again
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar

from msgspec import Meta

from ledger.decider import By, Fact, Part, Step, Text, said
from ledger.leases.facts import (
    AmendmentProposed,
    AmendmentRejected,
    IndexRentReviewed,
    LeaseAmended,
    LeaseFact,
    LeaseHolds,
    LeaseStepWithdrawn,
    ServiceChargeChanged,
)
from ledger.leases.lease import Lease, LeaseCommand, LeaseRefusal, Leases, LeaseUnknown, Thing, Units, lease_scope
from ledger.leases.premises import check_taken, taken
from ledger.leases.schedule import last_day
from ledger.values.days import OnRecord

StepName = Annotated[
    str,
    Meta(
        pattern=r"^lease\.[a-z]+(-[a-z]+)*$(?!\n)",
        max_length=80,
        description="A fact's stored name: lease.commenced.",
    ),
]

# Commands


class WithdrawLeaseStep(LeaseCommand, frozen=True, kw_only=True, tag="withdraw-lease-step"):
    """Withdraw a step of a lease that was recorded by mistake; `effective_on` is the step's own date.

    about   which amendment, where several steps of that name and date stand
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


# Steps


def things_of(fact: LeaseFact | LeaseHolds) -> tuple[Thing, ...]:
    """The things that a fact is a step of: each takes its steps in the order recorded."""
    lease = fact.lease
    match fact:
        case AmendmentProposed() | AmendmentRejected():
            return ((lease, "amendment", fact.amendment),)
        case LeaseAmended():
            return (lease, "life", ""), (lease, "amendment", fact.amendment)
        case ServiceChargeChanged():
            return ((lease, "service charge", fact.effective_on.isoformat()),)
        case IndexRentReviewed():
            return ((lease, "review", fact.effective_on.isoformat()),)
    return ((lease, "life", ""),)


# Scope


def _scope(command: WithdrawLeaseStep) -> tuple[str, ...]:
    return lease_scope(command, command.units)


# Decide


def _withdraw(state: Leases, command: WithdrawLeaseStep, by: By) -> Sequence[Fact]:
    lease = state.leases.get(command.lease)
    steps = list(_named(state, command))
    latest = [step for _, step in steps if _later(state, step) is None]
    if not latest and said(LeaseStepWithdrawn, command) in state.asked.values():
        return ()
    if lease is None:
        raise LeaseUnknown(f"there is no lease {command.lease}", field="lease")
    if not steps:
        raise LeaseStepUnknown(
            f"no step {command.step} of {command.effective_on} of {command.lease} stands", field="step"
        )
    amendments = dict.fromkeys(about for (_, thing, about), _ in steps if thing == "amendment")
    if len(amendments) > 1:
        raise LeaseStepUnknown(f"say `about` which of these is meant: {', '.join(amendments)}", field="about")
    if not latest:
        later = _later(state, steps[-1][1])
        assert later is not None, "what is not the latest has a later one"
        raise LeaseStepNotLatest(f"{later.fact} of {later.on} came after it; withdraw that first", field="step")
    _check_rests(state, lease, latest[-1])
    held = latest[-1].before.lettings if latest[-1].before else ()
    check_taken(state, lease, taken(lease.lettings, held), named=command.units, on=command.effective_on)
    return (
        LeaseStepWithdrawn(
            effective_on=command.effective_on,
            lease=command.lease,
            step=command.step,
            about=command.about,
            reason=command.reason,
            touched=latest[-1].tags,
        ),
    )


def _named(state: Leases, command: WithdrawLeaseStep) -> Iterator[tuple[Thing, Step[Lease | None]]]:
    """The steps that a command may mean, with their things, in the order recorded."""
    for thing, steps in state.steps.items():
        if thing[0] != command.lease or (thing[1] == "amendment" and command.about not in (None, thing[2])):
            continue
        for step in steps:
            if (step.fact, step.on) == (command.step, command.effective_on):
                yield thing, step


def _later(state: Leases, step: Step[Lease | None]) -> Step[Lease | None] | None:
    """The latest of the steps of the same things that came after a step; None where it is the latest itself."""
    own = (steps for steps in state.steps.values() if any(other is step for other in steps))
    return next((steps[-1] for steps in own if steps[-1] is not step), None)


def _check_rests(state: Leases, lease: Lease, step: Step[Lease | None]) -> None:
    """Nothing that stands is left without the state or the days that it rests on. Raises LeaseStepNeeded."""
    life = state.steps.get((lease.lease, "life", ""), ())
    if not life or life[-1] is not step:
        return
    before = step.before or Lease(lease=lease.lease, company=lease.company)
    last = last_day(before)
    for (name, thing, _), steps in state.steps.items():
        if name != lease.lease or thing == "life" or not steps or steps[-1] is step:
            continue
        other = steps[-1]
        outside = thing != "amendment" and last is not None and other.on > last
        if before.executed_on is None or outside or (thing == "review" and before.commenced_on is None):
            raise LeaseStepNeeded(f"{other.fact} of {other.on} rests on it; withdraw that first", field="step")


WITHDRAWING: Part[Leases, Lease] = Part(
    decide={WithdrawLeaseStep: _withdraw},
    scope={WithdrawLeaseStep: _scope},
)
