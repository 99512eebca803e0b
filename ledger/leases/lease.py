"""What the parts of a lease's life share: its facts, its commands, its state, the refusals that any step can meet.

LeaseFact, LeaseHolds   facts of a lease; those after which it holds other units or days
LeaseCommand            what is asked for one lease
Lease, Version          a lease as its facts tell; its terms from a date on
Leases                  what the facts of one scope tell
Part                    one stretch of a lease's life, in a file of its own: its commands and rules
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Annotated, Any

from msgspec import Meta, Struct

from ledger.companies.company import Company
from ledger.decider import By, Command, Fact, Id, Refusal, Text
from ledger.estate.unit import Unit
from ledger.leases.facts import AmendmentKind, AmendmentProposed, Cause, LeaseFact, LeaseHolds, LeaseId, LeaseState
from ledger.leases.terms import Party, Quote, Terms
from ledger.lettings import EMPTY, Calendar, Letting
from ledger.rates import NO_RATES, Rates, Series
from ledger.values.evidence import Evidence
from ledger.values.money import Cny

# Commands


Units = Annotated[
    tuple[Id, ...],
    Meta(
        max_length=100,
        description="The units that the lease takes by this step, as its paper names them; others are not looked at.",
    ),
]
"""A decision sees what its command names. That nobody else holds a unit is seen only where the unit is named."""


class LeaseCommand(Command, frozen=True, kw_only=True):
    """Something asked for one lease."""

    lease: LeaseId


class DraftLease(LeaseCommand, frozen=True, kw_only=True, tag="draft-lease"):
    """Write a lease down: who, which units, what terms. Again before submission: the newest draft counts."""

    company: Id
    terms: Terms


class SubmitLease(LeaseCommand, frozen=True, kw_only=True, tag="submit-lease"):
    """Ask for approval of the draft."""


class ApproveLease(LeaseCommand, frozen=True, kw_only=True, tag="approve-lease"):
    """Approve what somebody else drafted and submitted."""


class VoidLease(LeaseCommand, frozen=True, kw_only=True, tag="void-lease"):
    """Give up a lease that was not executed."""

    reason: Text


class ExecuteLease(LeaseCommand, frozen=True, kw_only=True, tag="execute-lease"):
    """Record the signed contract, and the units it names: from now on nobody else can get them for these days."""

    document: Evidence
    units: Units = ()


class HandOverPremises(LeaseCommand, frozen=True, kw_only=True, tag="hand-over-premises"):
    """Record that the tenant has the keys."""

    protocol: Evidence


class CommenceLease(LeaseCommand, frozen=True, kw_only=True, tag="commence-lease"):
    """Begin the accounting, on the commencement date of the terms."""


class ProposeAmendment(LeaseCommand, frozen=True, kw_only=True, tag="propose-amendment"):
    """Propose new terms from the effective date on; state them whole."""

    amendment: Id
    kind: AmendmentKind
    terms: Terms
    document: Evidence


class ApproveAmendment(LeaseCommand, frozen=True, kw_only=True, tag="approve-amendment"):
    """Approve what somebody else proposed. `effective_on` is the day of approval; the terms have their own. `units`:
    those that the lease takes or keeps for longer; none where it takes none."""

    amendment: Id
    units: Units = ()


class RejectAmendment(LeaseCommand, frozen=True, kw_only=True, tag="reject-amendment"):
    """Turn a proposed amendment down."""

    amendment: Id
    reason: Text


class ChangeServiceCharge(LeaseCommand, frozen=True, kw_only=True, tag="change-service-charge"):
    """Charge something else from the effective date on; what was billed is corrected by a debit or credit note."""

    service_charge: Quote
    notice: Evidence


class ReviewRent(LeaseCommand, frozen=True, kw_only=True, tag="review-rent"):
    """Review the rent by the index of the terms, `series`; `current_on` lies in the month compared with the base."""

    current_on: date
    series: Series | None = None


class ServeBreakNotice(LeaseCommand, frozen=True, kw_only=True, tag="serve-break-notice"):
    """Record notice to end the lease with one of its break dates."""

    break_on: date
    party: Party
    notice: Evidence


class RenewLease(LeaseCommand, frozen=True, kw_only=True, tag="renew-lease"):
    """Say which executed lease follows this one."""

    successor: LeaseId
    option_exercised: bool = False


class TerminateLease(LeaseCommand, frozen=True, kw_only=True, tag="terminate-lease"):
    """End the lease early, with `ends_on`."""

    ends_on: date
    cause: Cause
    fee: Cny = "0.00"
    fee_taxable: bool = False
    document: Evidence


class ExpireLease(LeaseCommand, frozen=True, kw_only=True, tag="expire-lease"):
    """Record that the term is over and the tenant does not stay."""


class StartHoldover(LeaseCommand, frozen=True, kw_only=True, tag="start-holdover"):
    """Record that the tenant stays after expiry, and in which units."""

    units: Units = ()


class EndHoldover(LeaseCommand, frozen=True, kw_only=True, tag="end-holdover"):
    """End the holdover with a day."""

    ends_on: date
    reason: Text


class SurrenderPremises(LeaseCommand, frozen=True, kw_only=True, tag="surrender-premises"):
    """Record that the keys came back."""

    protocol: Evidence


# Refusals


class LeaseRefusal(Refusal):
    """A rule about leases said no."""


class LeaseUnknown(LeaseRefusal):
    """No such lease."""

    code = "lease-unknown"
    kind = "unknown"


class LeaseExists(LeaseRefusal):
    """This id is the lease of another company."""

    code = "lease-exists"
    kind = "conflict"


class LeaseStateForbids(LeaseRefusal):
    """This step does not start from the lease's state."""

    code = "lease-state-forbids"


class LeaseStepTooEarly(LeaseRefusal):
    """A state is not reached before the one in front of it."""

    code = "lease-step-too-early"


class OutsideTerm(LeaseRefusal):
    """The day does not lie in the lease's term."""

    code = "outside-lease-term"


class ApproverIsAuthor(LeaseRefusal):
    """J7: nobody approves what they drafted, submitted or proposed."""

    code = "approver-is-author"


# State


class Version(Struct, frozen=True, kw_only=True):
    """Terms from a date on."""

    from_on: date
    terms: Terms


class Lease(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A lease as its facts tell, in whatever order they are folded. `since`: when it reached its state.

    versions         the terms by effective date; the first from the commencement on
    service_charges  changes of the service charge apart from the terms, by effective date
    reviews          (from when, rent a month in minor units) by index review
    ends_on          its last day where that is not the terms' expiry: termination or the end of a holdover
    ended_early      (agreed on, ends on) of a termination
    lettings         the units it holds, by these terms and this end
    """

    lease: str
    company: str
    state: LeaseState = "DRAFT"
    since: date = date.min
    draft: Terms | None = None
    drafted_by: str | None = None
    submitted_by: str | None = None
    approved_by: str | None = None
    executed_on: date | None = None
    handed_over_on: date | None = None
    commenced_on: date | None = None
    versions: tuple[Version, ...] = ()
    service_charges: tuple[tuple[date, Quote], ...] = ()
    reviews: tuple[tuple[date, int], ...] = ()
    break_notice: date | None = None
    successor: str | None = None
    ended_early: tuple[date, date] | None = None
    fee_minor: int = 0
    fee_taxable: bool = False
    holdover_from: date | None = None
    ends_on: date | None = None
    surrendered_on: date | None = None
    lettings: tuple[Letting, ...] = ()


class Leases(Struct, frozen=True, kw_only=True):
    """What the facts of one scope tell: leases, companies, units and who holds them, indices.

    amendments   by (lease, amendment); `decided` are those approved or rejected
    asked        what was asked and still stands, by topic
    """

    leases: Mapping[str, Lease] = MappingProxyType({})
    companies: Mapping[str, Company] = MappingProxyType({})
    units: Mapping[str, Unit] = MappingProxyType({})
    calendar: Calendar = EMPTY
    amendments: Mapping[tuple[str, str], AmendmentProposed] = MappingProxyType({})
    decided: frozenset[tuple[str, str]] = frozenset()
    rates: Rates = NO_RATES
    asked: Mapping[tuple[Any, ...], tuple[Any, ...]] = MappingProxyType({})


@dataclass(frozen=True)
class Part:
    """One stretch of a lease's life.

    facts    command -> the fact it asks for
    starts   fact -> the states from which it may follow
    reaches  fact -> the state it reaches
    given    the fact's fields that the command says in other words
    told     the rules of each command, and the fact's fields that only the state can tell; raises LeaseRefusal
    change   what a fact changes beside the state, as fields of Lease; any order of facts
    scope    the tags a command must see besides its own lease
    """

    facts: Mapping[type[LeaseCommand], type[LeaseFact | LeaseHolds]]
    starts: Mapping[type[Fact], frozenset[LeaseState]]
    reaches: Mapping[type[Fact], LeaseState]
    given: Callable[[Any], dict[str, Any]]
    told: Callable[[Leases, Lease, Any, By], dict[str, Any]]
    change: Callable[[Lease, Any], dict[str, Any]]
    scope: Callable[[Any], tuple[str, ...]]
