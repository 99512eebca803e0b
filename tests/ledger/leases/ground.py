"""L-1 at points of its life, and its examples with changes.

DRAFTED, SUBMITTED, APPROVED, EXECUTED, HANDED_OVER, RUNNING, NOTIFIED, FOLLOWED, HELD_OVER   what is on record by then
asked, told     the example of a command, of a fact, with changes
folded          a lease after its facts
signed_by       who sends a command
running         L-1 on its way by other terms
propose         ask for an amendment of it
steps, TWO      rent steps; the terms of L-1 with a second unit
"""

from datetime import date, timedelta
from typing import Any

from msgspec.structs import replace

from ledger.decider import By, Fact
from ledger.leases.agreement import ApproveLease
from ledger.leases.changes import ApproveAmendment, ProposeAmendment
from ledger.leases.deciding import evolve_lease
from ledger.leases.facts import (
    AmendmentKind,
    AmendmentProposed,
    HoldoverStarted,
    LeaseApproved,
    LeaseCommenced,
    LeaseDrafted,
    LeaseExecuted,
    LeaseFact,
    LeaseHolds,
    LeaseSubmitted,
    PremisesHandedOver,
    ServiceChargeChanged,
)
from ledger.leases.lease import Lease, LeaseCommand
from ledger.leases.terms import Premises, RentStep, Terms
from tests.examples.leases import (
    A102,
    APPROVER,
    ASKED,
    CLERK,
    GROUND,
    L_1,
    LEASE,
    LIFE,
    NEXT_LEASE,
    NEXT_TERMS,
    NOTICE_SERVED,
    RENEW,
    SERVE_NOTICE,
    TERMINATE,
    VOID,
    before,
    flat,
    paper,
    signed,
    through,
)

COMMAND: dict[type[LeaseCommand], LeaseCommand] = {type(command): command for command, _ in reversed(ASKED)}
COMMAND |= {type(command): command for command in (SERVE_NOTICE, TERMINATE, RENEW, VOID)}
"""One example of every command, by its type."""
FACT: dict[type[Fact], Any] = {type(fact): fact for fact in reversed(LIFE)}
"""One example of every fact of L-1's life, by its type."""
DAY = timedelta(days=1)
Things = tuple[Fact, ...]

DRAFTED: Things = (*GROUND, *through(LeaseDrafted))
SUBMITTED: Things = (*GROUND, *through(LeaseSubmitted))
APPROVED: Things = (*GROUND, *through(LeaseApproved))
EXECUTED: Things = (*GROUND, *through(LeaseExecuted))
HANDED_OVER: Things = (*GROUND, *through(PremisesHandedOver))
RUNNING: Things = (*GROUND, *through(ServiceChargeChanged))
"""L-1 on its way: executed, handed over, commenced, another service charge."""
NOTIFIED: Things = (*RUNNING, NOTICE_SERVED)
FOLLOWED: Things = (*GROUND, *before(AmendmentProposed), *signed(NEXT_LEASE, NEXT_TERMS, on=date(2026, 9, 1)))
HELD_OVER: Things = (*GROUND, *through(HoldoverStarted))


def asked(kind: type[LeaseCommand], **changes: Any) -> LeaseCommand:
    """The example of a command, with changes."""
    return replace(COMMAND[kind], **changes)


def told(kind: type[Fact], **changes: Any) -> Any:
    """The example of a fact, with changes."""
    return replace(FACT[kind], **changes)


def folded(*recorded: Fact, lease: str = LEASE) -> Lease:
    """One lease after its facts."""
    known = None
    for fact in recorded:
        if isinstance(fact, LeaseFact | LeaseHolds) and fact.lease == lease:
            known = evolve_lease(known, fact)
    assert known is not None
    return known


def signed_by(command: LeaseCommand) -> By:
    """Who sends a command in the examples: what is approved, by somebody else."""
    return APPROVER if isinstance(command, ApproveLease | ApproveAmendment) else CLERK


def running(terms: Terms, *more: Fact) -> Things:
    """L-1 on its way by these terms, and what was recorded after that."""
    commenced = told(LeaseCommenced, effective_on=terms.commencement_on)
    return (*GROUND, *signed(LEASE, terms), told(PremisesHandedOver), commenced, *more)


def propose(terms: Terms, on: date, kind: AmendmentKind, *, amendment: str = "am-9-demo") -> ProposeAmendment:
    """Ask to amend L-1 from a day on."""
    return ProposeAmendment(
        lease=LEASE, effective_on=on, amendment=amendment, kind=kind, terms=terms, document=paper("amendment")
    )


def steps(*days: date) -> tuple[RentStep, ...]:
    """A rent step on each of these days."""
    return tuple(RentStep(from_on=day, rent=flat("1.00")) for day in days)


TWO = replace(L_1, premises=(*L_1.premises, Premises(unit=A102, area="2310.00")))
"""The terms of L-1 with a second unit."""
