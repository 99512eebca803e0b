"""Everything an offtake agreement records: its life, what was delivered and not, statements, years, certificates.

Fact (offtake.…)                        About
drafted, executed, conditions-satisfied,   an agreement's life; the role is frozen when it is executed
  commercial-operation-declared, suspended,
  resumed, amended, expired, terminated,
  finally-settled
curtailment-instructed, deemed-agreed   energy that was not delivered; and what of it is paid for as if it were
quantity-adjusted                       less annual contract quantity: force majeure, default, maintenance
savings-measured                        energy performance contracting: baseline and measured energy of a month
year-trued-up                           take-or-pay of a contract year: shortfall, make-up, carry-forward
certificates-issued, -sold              green certificates

Fact (energy.…)                         About
statement-calculated, -approved,        a month's statement, run by run
  -disputed, dispute-withdrawn

None of these posts. What moves money is in `documents.py`: an OBSERVER's agreement has none of it.
"""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from ledger.decider import Fact, Id, Text
from ledger.offtake.rules import OfftakeId
from ledger.offtake.terms import OfftakeTerms, Role
from ledger.periods import Month
from ledger.values.evidence import Evidence
from ledger.values.money import Ratio

OfftakeState = Literal[
    "DRAFT",
    "EXECUTED",
    "CONDITIONS_SATISFIED",
    "IN_DELIVERY",
    "SUSPENDED",
    "EXPIRED",
    "TERMINATED",
    "FINALLY_SETTLED",
]
CurtailedBy = Literal["BUYER", "GRID", "SELLER", "FORCE_MAJEURE"]
Adjusted = Literal["FORCE_MAJEURE", "SELLER_DEFAULT", "MAINTENANCE"]
LineKind = Literal["DELIVERED", "PEAK", "FLAT", "VALLEY", "DEEMED", "SAVINGS", "FEE"]
LocalTime = Annotated[datetime, Meta(tz=False, description="Local time of the delivery point: 2024-01-10T08:00:00.")]
Year = Annotated[int, Meta(ge=1950, le=2150)]


# Names are storage: a tag below is written into every stored fact and never changes.


class OfftakeFact(Fact, frozen=True, kw_only=True):
    """Something about an offtake agreement."""

    agreement: OfftakeId

    @property
    def tags(self) -> tuple[str, ...]:
        """The agreement."""
        return (f"offtake:{self.agreement}",)


class OfftakeDrafted(OfftakeFact, frozen=True, kw_only=True, tag="offtake.drafted"):
    """Terms were written down; a later draft takes the place of an earlier one."""

    derived = ("drafted_by",)
    terms: OfftakeTerms
    drafted_by: Id

    @property
    def tags(self) -> tuple[str, ...]:
        """The agreement and its parties."""
        return (f"offtake:{self.agreement}", *(f"party:{one}" for one in self.terms.parties))


class PartiesFact(OfftakeFact, frozen=True, kw_only=True):
    """Something that binds the parties, or sets them free: found by each of them."""

    parties: tuple[Id, ...]

    @property
    def tags(self) -> tuple[str, ...]:
        """The agreement and its parties."""
        return (f"offtake:{self.agreement}", *(f"party:{one}" for one in self.parties))


class OfftakeExecuted(PartiesFact, frozen=True, kw_only=True, tag="offtake.executed"):
    """Both sides signed. From now on MCSC's role is what it is."""

    derived = ("role", "executed_by", "parties")
    role: Role
    document: Evidence
    executed_by: Id


class ConditionsSatisfied(OfftakeFact, frozen=True, kw_only=True, tag="offtake.conditions-satisfied"):
    """Whatever the agreement waits for has come about."""

    evidence: Evidence


class CommercialOperationDeclared(OfftakeFact, frozen=True, kw_only=True, tag="offtake.commercial-operation-declared"):
    """The plant delivers from this day on (COD)."""

    evidence: Evidence


class DeliverySuspended(OfftakeFact, frozen=True, kw_only=True, tag="offtake.suspended"):
    """Nothing is delivered until it is resumed."""

    reason: Text


class DeliveryResumed(OfftakeFact, frozen=True, kw_only=True, tag="offtake.resumed"):
    """Delivery goes on."""


class OfftakeAmended(OfftakeFact, frozen=True, kw_only=True, tag="offtake.amended"):
    """From the beginning of this month on these are the terms."""

    terms: OfftakeTerms
    document: Evidence


class OfftakeExpired(PartiesFact, frozen=True, kw_only=True, tag="offtake.expired"):
    """The term is over."""

    derived = ("parties",)


class OfftakeTerminated(PartiesFact, frozen=True, kw_only=True, tag="offtake.terminated"):
    """It ends early, with this day."""

    derived = ("parties",)

    reason: Text
    document: Evidence


class OfftakeFinallySettled(OfftakeFact, frozen=True, kw_only=True, tag="offtake.finally-settled"):
    """Every month is settled on actual reads, and no right is left."""


class CurtailmentInstructed(OfftakeFact, frozen=True, kw_only=True, tag="offtake.curtailment-instructed"):
    """For some hours less was generated than could have been: `potential_wh`. `delivered_wh` went through meanwhile."""

    curtailment: Id
    by: CurtailedBy
    from_at: LocalTime
    until_at: LocalTime
    potential_wh: int
    delivered_wh: int

    @property
    def curtailed_wh(self) -> int:
        """What was not generated."""
        return self.potential_wh - self.delivered_wh


class DeemedAgreed(OfftakeFact, frozen=True, kw_only=True, tag="offtake.deemed-agreed"):
    """Buyer and seller agree: what this curtailment kept from being delivered is paid for."""

    curtailment: Id
    evidence: Evidence


class QuantityAdjusted(OfftakeFact, frozen=True, kw_only=True, tag="offtake.quantity-adjusted"):
    """The annual contract quantity of a contract year is less by this much."""

    adjustment: Id
    year: Year
    reason: Adjusted
    energy_wh: int


class SavingsMeasured(OfftakeFact, frozen=True, kw_only=True, tag="offtake.savings-measured"):
    """What would have been used in a month (baseline × activity factor), and what was (IPMVP, GB/T 28750)."""

    month: Month
    baseline_wh: int
    factor: Ratio
    measured_wh: int
    report: Evidence


# Statements


class EnergyLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So much energy at a price: the net is rounded on each line, and the tax too."""

    kind: LineKind
    energy_wh: int
    price: str
    net_minor: int
    vat_minor: int


class Input(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fact that a statement rests on: its name, its date, and the beginning of the SHA-256 of its JSON."""

    fact: str
    on: date
    sha256: str


class Factor(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The approved emission factor of a month: kg CO2 for a kWh, from its series, holding since a date."""

    series: str
    since: date
    kg_per_kwh: str


class StatementCalculated(OfftakeFact, frozen=True, kw_only=True, tag="energy.statement-calculated"):
    """What a month comes to, whole: run n says the total, its invoice the difference to run n - 1 (E3).

    price                the month's; of time-of-use the flat one
    unavailable_minutes  in which the seller could not deliver
    inputs               every fact it rests on: from these alone it comes out the same, byte for byte (E8)
    """

    month: Month
    run: int
    lines: tuple[EnergyLine, ...]
    delivered_wh: int
    deemed_wh: int
    curtailed_wh: int
    price: str
    vat_rate: Ratio
    unavailable_minutes: int
    inputs: tuple[Input, ...]
    factor: Factor | None = None
    estimated: bool = False
    calculated_by: Id

    @property
    def net_minor(self) -> int:
        """Σ net."""
        return sum(line.net_minor for line in self.lines)

    @property
    def vat_minor(self) -> int:
        """Σ VAT."""
        return sum(line.vat_minor for line in self.lines)


class StatementApproved(OfftakeFact, frozen=True, kw_only=True, tag="energy.statement-approved"):
    """Somebody other than who calculated it agrees; a document follows where MCSC has a part in the money."""

    derived = ("calculated_by", "approved_by")
    month: Month
    run: int
    calculated_by: Id
    approved_by: Id


class StatementDisputed(OfftakeFact, frozen=True, kw_only=True, tag="energy.statement-disputed"):
    """The buyer does not accept a run."""

    month: Month
    run: int
    reason: Text


class DisputeWithdrawn(OfftakeFact, frozen=True, kw_only=True, tag="energy.dispute-withdrawn"):
    """The buyer accepts it after all."""

    month: Month
    run: int
    reason: Text


# Years


class Lot(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Energy that was paid for in a contract year and not taken, and what was paid for it without tax."""

    year: int
    energy_wh: int
    net_minor: int


class Carried(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Energy taken above take-or-pay in a contract year that counts in another."""

    year: int
    energy_wh: int


class YearTruedUp(OfftakeFact, frozen=True, kw_only=True, tag="offtake.year-trued-up"):
    """What a contract year comes to under take-or-pay; a later run says the whole anew.

    top_wh       (ACQ - adjustments) × share; taken_wh: delivered and deemed
    carried      over-take of earlier years that counts here; over_wh: what this year leaves to later ones
    shortfall    paid for and not taken, at the price
    taken, expired   lots of earlier years, first in first out
    """

    year: Year
    run: int
    acq_wh: int
    adjusted_wh: int
    top_wh: int
    delivered_wh: int
    deemed_wh: int
    price: str
    carried: tuple[Carried, ...] = ()
    over_wh: int = 0
    shortfall_wh: int = 0
    shortfall_minor: int = 0
    taken: tuple[Lot, ...] = ()
    expired: tuple[Lot, ...] = ()

    @property
    def taken_wh(self) -> int:
        """What counts as taken in the year."""
        return self.delivered_wh + self.deemed_wh


class CertificatesIssued(OfftakeFact, frozen=True, kw_only=True, tag="offtake.certificates-issued"):
    """Green certificates for whole megawatt-hours of the energy delivered through a month (domain §7.7)."""

    derived = ("count", "residual_wh")
    through: Month
    count: int
    residual_wh: int
    evidence: Evidence


class CertificatesSold(OfftakeFact, frozen=True, kw_only=True, tag="offtake.certificates-sold"):
    """With them goes the claim to the energy's attributes."""

    sale: Id
    count: int
    to: Text
