"""Everything that is recorded of a lease's life.

LeaseFact    something that happened to a lease
LeaseHolds   a fact after which it holds other units, or on other days
LeaseStepWithdrawn   a step was recorded by mistake

Names are storage: a tag below is written into every stored fact and never changes.
"""

from datetime import date
from typing import Annotated, Any, Literal

from msgspec import Meta

from ledger.decider import Fact, Id, Text, Withdrawn
from ledger.leases.terms import Indexation, Party, Quote, Terms
from ledger.once.lettings import LettingFact
from ledger.periods import Month
from ledger.values.evidence import Evidence
from ledger.values.money import Ratio

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

LeaseId = Annotated[
    str,
    Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$(?!\n)", description="Lower-case letters, digits and hyphens; 1 to 40."),
]
"""Shorter than other identifiers: the invoices of a lease are named after it."""

AmendmentKind = Literal["SCOPE_UP", "SCOPE_DOWN", "TERM", "CONSIDERATION"]
Cause = Literal["BREAK", "AGREEMENT", "TENANT_DEFAULT", "LESSOR_DEFAULT", "FORCE_MAJEURE"]

# Facts


class LeaseFact(Fact, frozen=True, kw_only=True):
    """Something that happened to a lease. `company` is its tenant."""

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

    @property
    def topic(self) -> tuple[Any, ...]:
        """The draft of the lease: the newest counts."""
        return (LeaseDrafted, self.lease)


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


class LeaseTakenOver(LeaseHolds, frozen=True, kw_only=True, tag="lease.taken-over"):
    """A lease that was signed before this ledger, as it stands on the effective date: the day of taking over.

    document   what says so; who took it over answers for it: its approval is elsewhere
    """

    derived = ("lettings", "given_up", "document", "taken_over_by")
    terms: Terms
    signed_on: date
    document: Evidence
    taken_over_by: Id


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

    @property
    def topic(self) -> tuple[Any, ...]:
        """The service charge of the lease from that day on."""
        return (ServiceChargeChanged, self.lease, self.effective_on)


class IndexRentReviewed(LeaseFact, frozen=True, kw_only=True, tag="lease.index-rent-reviewed"):
    """From the effective date on the rent follows the index: `ratio`, between floor and cap.

    rule                   the index as agreed that day; the rent is worked out from it and the rent that it finds by
                           date, whatever is recorded later (domain §14.4). Without it the rent is `monthly_minor`
    monthly_before_minor   the rent that the ratio applied to, as known when it was recorded; `monthly_minor`: after it

    The excess over the rent of the terms is variable: recognised as it falls due, not spread (IFRS 16.81, domain §4.1).
    """

    derived = ("company", "ratio", "monthly_before_minor", "monthly_minor")
    index_base: str
    index_current: str
    current_on: date
    ratio: Ratio
    monthly_before_minor: int
    monthly_minor: int
    rule: Indexation | None = None

    @property
    def topic(self) -> tuple[Any, ...]:
        """The rent of the lease reviewed for that day."""
        return (IndexRentReviewed, self.lease, self.effective_on)


class TurnoverDeclared(LeaseFact, frozen=True, kw_only=True, tag="lease.turnover-declared"):
    """The tenant said what it sold in a month, ex VAT; the latest of a month counts. `effective_on`: the day it did.

    from_on, until_on   the days of the month for which a share was agreed, as known when it was recorded
    """

    derived = ("company", "from_on", "until_on")
    month: Month
    from_on: date
    until_on: date
    turnover_minor: int
    statement: Evidence

    @property
    def topic(self) -> tuple[Any, ...]:
        """The turnover of the lease in that month."""
        return (TurnoverDeclared, self.lease, self.month)


class BreakNoticeServed(LeaseFact, frozen=True, kw_only=True, tag="lease.break-notice-served"):
    """One side gave notice to end the lease with a break date. The lease ends when it is terminated."""

    derived = ("company",)
    break_on: date
    party: Party
    notice: Evidence

    @property
    def topic(self) -> tuple[Any, ...]:
        """The break notice of the lease: the newest counts."""
        return (BreakNoticeServed, self.lease)


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


class LeaseStepWithdrawn(Withdrawn, frozen=True, kw_only=True, tag="lease.step-withdrawn"):
    """Something of a lease was recorded by mistake. `about`: which amendment, or the turnover of which month, of
    several of that name and date."""

    thing = "lease"
    lease: LeaseId
    about: Text | None = None

    @staticmethod
    def about_of(fact: Fact) -> str | None:
        """The amendment that a fact is about; of turnover, the month."""
        return fact.month if isinstance(fact, TurnoverDeclared) else getattr(fact, "amendment", None)
