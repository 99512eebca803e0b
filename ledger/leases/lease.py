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
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct

from ledger.companies.company import Company
from ledger.decider import By, Command, Fact, Id, Refusal, Text
from ledger.estate.estate import Unit
from ledger.leases.terms import Party, Quote, Terms
from ledger.lettings import EMPTY, Calendar, Letting, LettingFact
from ledger.rates import NO_RATES, Rates, Series
from ledger.values.evidence import Evidence
from ledger.values.money import Cny, Ratio

LeaseId = Annotated[
    str,
    Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$(?!\n)", description="Lower-case letters, digits and hyphens; 1 to 40."),
]
"""Shorter than other identifiers: the invoices of a lease are named after it."""

LeaseState = Literal[
    "DRAFT",
    "SUBMITTED",
    "APPROVED",
    "EXECUTED",
    "COMMENCED",
    "EXPIRED",
    "TERMINATED",
    "RENEWED",
    "HOLDOVER",
    "ENDED",
    "VOIDED",
]
AmendmentKind = Literal["SCOPE_UP", "SCOPE_DOWN", "TERM", "CONSIDERATION"]
Cause = Literal["BREAK", "AGREEMENT", "TENANT_DEFAULT", "LESSOR_DEFAULT", "FORCE_MAJEURE"]


# Names are storage: a tag below is written into every stored fact and never changes.


class LeaseFact(Fact, frozen=True, kw_only=True):
    """Something that happened to a lease. `company` is its tenant."""

    tag_fields: ClassVar = ("lease",)
    lease: LeaseId
    company: Id

    @property
    def tags(self) -> tuple[str, ...]:
        """The lease and its tenant. `tenant:`, not `company:`: a company's own rules do not read its rent."""
        return (f"lease:{self.lease}", f"tenant:{self.company}")


class LeaseHolds(LettingFact, frozen=True, kw_only=True):
    """A fact of a lease that says which units it holds from now on."""

    lease: LeaseId
    company: Id

    @property
    def tags(self) -> tuple[str, ...]:
        """The lease, its tenant, and every unit whose lettings change."""
        return (f"lease:{self.lease}", f"tenant:{self.company}", *(f"unit:{unit}" for unit in self.units))


class LeaseDrafted(LeaseFact, frozen=True, kw_only=True, tag="lease.drafted"):
    """Terms were written down; a later draft takes the place of an earlier one."""

    derived = ("drafted_by",)
    terms: Terms
    drafted_by: Id


class LeaseSubmitted(LeaseFact, frozen=True, kw_only=True, tag="lease.submitted"):
    """The draft awaits approval."""

    derived = ("company", "submitted_by")
    submitted_by: Id


class LeaseApproved(LeaseFact, frozen=True, kw_only=True, tag="lease.approved"):
    """Somebody other than those who drafted and submitted it approved it."""

    derived = ("company", "approved_by")
    approved_by: Id


class LeaseVoided(LeaseFact, frozen=True, kw_only=True, tag="lease.voided"):
    """It never came into force."""

    derived = ("company",)
    reason: Text


class LeaseExecuted(LeaseHolds, frozen=True, kw_only=True, tag="lease.executed"):
    """Both sides signed: the units are let for the term. `effective_on` is the day of signature."""

    derived = ("company", "lettings", "given_up")
    document: Evidence


class PremisesHandedOver(LeaseFact, frozen=True, kw_only=True, tag="lease.premises-handed-over"):
    """The tenant has the keys."""

    derived = ("company",)
    protocol: Evidence


class LeaseCommenced(LeaseFact, frozen=True, kw_only=True, tag="lease.commenced"):
    """The accounting begins (IFRS 16), on the commencement date of the terms."""

    derived = ("company",)


class AmendmentProposed(LeaseFact, frozen=True, kw_only=True, tag="lease.amendment-proposed"):
    """New terms from the effective date on, not in force yet."""

    derived = ("company", "proposed_by")
    amendment: Id
    kind: AmendmentKind
    terms: Terms
    document: Evidence
    proposed_by: Id


class AmendmentRejected(LeaseFact, frozen=True, kw_only=True, tag="lease.amendment-rejected"):
    """The proposed terms do not come into force."""

    derived = ("company",)
    amendment: Id
    reason: Text


class LeaseAmended(LeaseHolds, frozen=True, kw_only=True, tag="lease.amended"):
    """From the effective date on these are the terms (IFRS 16.87: a new lease from that day)."""

    derived = ("company", "lettings", "given_up", "kind", "terms", "proposed_by", "approved_by", "effective_on")
    amendment: Id
    kind: AmendmentKind
    terms: Terms
    proposed_by: Id
    approved_by: Id
    approved_on: date


class ServiceChargeChanged(LeaseFact, frozen=True, kw_only=True, tag="lease.service-charge-changed"):
    """Another service charge from the effective date on, also where that lies back (domain §9)."""

    derived = ("company",)
    service_charge: Quote
    notice: Evidence


class IndexRentReviewed(LeaseFact, frozen=True, kw_only=True, tag="lease.index-rent-reviewed"):
    """From the effective date on the rent is `monthly_minor`; the ratio applied lies between floor and cap.

    `monthly_before_minor` is the rent that the ratio applies to: the rent of the terms, to which the index of `base_on`
    belongs; in ratio form, year on year, the rent reviewed last. The excess over the rent of the terms is variable:
    recognised as it falls due, not spread (IFRS 16.81, domain §4.1).
    """

    derived = ("company",)
    index_base: str
    index_current: str
    current_on: date
    ratio: Ratio
    monthly_before_minor: int
    monthly_minor: int


class BreakNoticeServed(LeaseFact, frozen=True, kw_only=True, tag="lease.break-notice-served"):
    """One side gave notice to end the lease with a break date. The lease ends when it is terminated."""

    derived = ("company",)
    break_on: date
    party: Party
    notice: Evidence


class LeaseRenewed(LeaseFact, frozen=True, kw_only=True, tag="lease.renewed"):
    """Another lease follows on the day after expiry. By an option of this contract it is no modification (L10)."""

    derived = ("company",)
    successor: LeaseId
    option_exercised: bool


class LeaseTerminated(LeaseHolds, frozen=True, kw_only=True, tag="lease.terminated"):
    """It ends early, with `ends_on`. `effective_on` is the day it was agreed or notified; the rent between the two is
    spread anew (domain §4.2). The fee is billed apart."""

    derived = ("company", "lettings", "given_up")
    ends_on: date
    cause: Cause
    fee_minor: int
    fee_taxable: bool = False
    document: Evidence


class LeaseExpired(LeaseFact, frozen=True, kw_only=True, tag="lease.expired"):
    """The term is over. `effective_on` is the day after expiry."""

    derived = ("company",)


class HoldoverStarted(LeaseHolds, frozen=True, kw_only=True, tag="lease.holdover-started"):
    """The tenant stays and the lessor does not object: the terms go on for an indefinite time (Civil Code 734)."""

    derived = ("company", "lettings", "given_up")


class HoldoverEnded(LeaseHolds, frozen=True, kw_only=True, tag="lease.holdover-ended"):
    """The holdover ends with `ends_on`."""

    derived = ("company", "lettings", "given_up")
    ends_on: date
    reason: Text


class PremisesSurrendered(LeaseFact, frozen=True, kw_only=True, tag="lease.premises-surrendered"):
    """The keys came back."""

    derived = ("company",)
    protocol: Evidence


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
