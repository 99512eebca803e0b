"""Everything that is recorded of energy offtake: agreements, meters, statements, years, and what moves money.

Fact (offtake.…)                        About
drafted, executed, amended, suspended,  an agreement's life; the role is frozen when it is executed
  conditions-satisfied, resumed,
  commercial-operation-declared,
  expired, terminated, finally-settled
curtailment-instructed, deemed-agreed   energy that was not delivered; and what of it is paid for as if it were
quantity-adjusted                       less annual contract quantity: force majeure, default, maintenance
savings-measured                        energy performance contracting: baseline and measured energy of a month
year-trued-up                           take-or-pay of a contract year: shortfall, make-up, carry-forward
certificates-issued, -sold              green certificates

Fact (meter.…)                          About
installed, replaced, calibrated         a meter at an agreement's delivery point
read, read-corrected                    what its register shows at the end of a day
intervals-received                      the intervals of a month of a file

Fact (energy.…)                         About
statement-calculated, -approved,        a month's statement, run by run
  -disputed, dispute-withdrawn

Fact (energy.…)            Posts for SELLER                       for SETTLEMENT_AGENT
invoiced                   a run's difference is owed             owed by the buyer, to the generator less our fee
take-or-pay-invoiced       a liability where there is a make-up   the same way
                           right, revenue where there is none
credited                   the mirror of one of these             the mirror
make-up-taken, -expired    liability becomes revenue              nothing: the right is the generator's
guarantee-ld-credited      damages, off an invoice                off an invoice, borne by the generator
guarantee-ld-assessed      damages, owed to the buyer             nothing: the generator owes them

Only those of the last table post: an OBSERVER's agreement has none of them. They stand beside the facts of billing:
receipts pay them, accounts and ageing show them.
"""

from datetime import date, datetime
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct

from ledger.billing.facts import Credited, Issued
from ledger.decider import Fact, Id, Text
from ledger.offtake.rules import OfftakeId
from ledger.offtake.terms import Band, OfftakeTerms, Role
from ledger.periods import Month, PostingFact
from ledger.values.evidence import Evidence
from ledger.values.money import Ratio, rounded

OfftakeState = Literal[
    "DRAFT", "EXECUTED", "CONDITIONS_SATISFIED", "IN_DELIVERY", "SUSPENDED", "EXPIRED", "TERMINATED", "FINALLY_SETTLED"
]
CurtailedBy = Literal["BUYER", "GRID", "SELLER", "FORCE_MAJEURE"]
Adjusted = Literal["FORCE_MAJEURE", "SELLER_DEFAULT", "MAINTENANCE"]
LineKind = Literal["DELIVERED", "PEAK", "FLAT", "VALLEY", "DEEMED", "SAVINGS", "FEE"]
Quality = Literal["ACTUAL", "ESTIMATED", "SUBSTITUTED"]
"""Read from the meter; guessed, and to be trued up (E4); taken from a check meter."""

SettledBy = Literal["REGISTER", "INTERVALS"]
IntervalMinutes = Literal[15, 30, 60]
Transformer = Annotated[int, Meta(ge=1, le=100_000)]
Digits = Annotated[int, Meta(ge=4, le=12, description="Digits before the point: where it goes round.")]
Year = Annotated[int, Meta(ge=1950, le=2150)]
LocalTime = Annotated[datetime, Meta(tz=False, description="Local time of the delivery point: 2024-01-10T08:00:00.")]
RegisterValue = Annotated[
    str,
    Meta(
        pattern=r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,4})?$(?!\n)",
        description="What a register shows, up to four decimals: 1204318.4.",
    ),
]
DayText = Annotated[
    str,
    Meta(
        pattern=r"^(0|[1-9][0-9]{0,9})( (0|[1-9][0-9]{0,9})){23,95}$(?!\n)",
        description="The watt-hours of each interval of a day, one after the other.",
    ),
]

# Facts
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
    def topic(self) -> tuple[Any, ...]:
        """The draft of the agreement."""
        return (OfftakeDrafted, self.agreement)

    @property
    def tags(self) -> tuple[str, ...]:
        """The agreement and its parties."""
        return (f"offtake:{self.agreement}", *(f"party:{party}" for party in self.terms.parties))


class PartiesFact(OfftakeFact, frozen=True, kw_only=True):
    """Something that binds the parties, or sets them free: found by each of them."""

    parties: tuple[Id, ...]

    @property
    def tags(self) -> tuple[str, ...]:
        """The agreement and its parties."""
        return (f"offtake:{self.agreement}", *(f"party:{party}" for party in self.parties))


class OfftakeExecuted(PartiesFact, frozen=True, kw_only=True, tag="offtake.executed"):
    """Both sides signed. From now on MCSC's role is fixed."""

    derived = ("role", "executed_by", "parties")
    role: Role
    document: Evidence
    executed_by: Id


class ConditionsSatisfied(OfftakeFact, frozen=True, kw_only=True, tag="offtake.conditions-satisfied"):
    """The conditions that the agreement waits for are satisfied."""

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


class DeemedAgreed(OfftakeFact, frozen=True, kw_only=True, tag="offtake.deemed-agreed"):
    """Buyer and seller agree: what this curtailment kept from being delivered is paid for."""

    curtailment: Id
    evidence: Evidence


class QuantityAdjusted(OfftakeFact, frozen=True, kw_only=True, tag="offtake.quantity-adjusted"):
    """The annual contract quantity of a contract year is reduced by this much."""

    adjustment: Id
    year: Year
    reason: Adjusted
    energy_wh: int


class SavingsMeasured(OfftakeFact, frozen=True, kw_only=True, tag="offtake.savings-measured"):
    """A month's use as it would have been (baseline × activity factor), and as it was (IPMVP, GB/T 28750)."""

    month: Month
    baseline_wh: int
    factor: Ratio
    measured_wh: int
    report: Evidence

    @property
    def topic(self) -> tuple[Any, ...]:
        """The savings of the month."""
        return (SavingsMeasured, self.agreement, self.month)


class EnergyLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of a statement: energy at a price. The net is rounded on each line, and the tax too."""

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


class StatementFact(OfftakeFact, frozen=True, kw_only=True):
    """Something about a run of a month's statement."""

    month: Month
    run: int


class StatementCalculated(StatementFact, frozen=True, kw_only=True, tag="energy.statement-calculated"):
    """A month's statement, calculated: run n says the month's total, its invoice the difference to run n - 1 (E3).

    price                the month's; of time-of-use the flat one
    unavailable_minutes  in which the seller could not deliver
    inputs               every fact it rests on: from these alone it comes out the same, byte for byte (E8)
    """

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


class StatementApproved(StatementFact, frozen=True, kw_only=True, tag="energy.statement-approved"):
    """Somebody other than who calculated it agrees; a document follows where MCSC has a part in the money."""

    derived = ("calculated_by", "approved_by")
    calculated_by: Id
    approved_by: Id


class StatementDisputed(StatementFact, frozen=True, kw_only=True, tag="energy.statement-disputed"):
    """The buyer does not accept a run."""

    reason: Text


class DisputeWithdrawn(StatementFact, frozen=True, kw_only=True, tag="energy.dispute-withdrawn"):
    """The buyer accepts a disputed run after all."""

    reason: Text


class Lot(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Energy that was paid for in a contract year and not taken, and what was paid for it without tax."""

    year: int
    energy_wh: int
    net_minor: int

    def part(self, energy_wh: int) -> "Lot":
        """A part of it; the whole of it has the whole of its money."""
        net = rounded(Fraction(self.net_minor * energy_wh, self.energy_wh))
        return Lot(year=self.year, energy_wh=energy_wh, net_minor=net)

    def less(self, part: "Lot") -> "Lot":
        """The rest of it without a part."""
        energy, net = self.energy_wh - part.energy_wh, self.net_minor - part.net_minor
        return Lot(year=self.year, energy_wh=energy, net_minor=net)


class Carried(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Energy taken above take-or-pay in a contract year that counts in another."""

    year: int
    energy_wh: int

    def part(self, energy_wh: int) -> "Carried":
        """A part of it."""
        return Carried(year=self.year, energy_wh=energy_wh)


class YearTruedUp(OfftakeFact, frozen=True, kw_only=True, tag="offtake.year-trued-up"):
    """A contract year settled under take-or-pay; a later run restates the whole.

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
        """The energy that counts as taken in the year."""
        return self.delivered_wh + self.deemed_wh


class CertificatesIssued(OfftakeFact, frozen=True, kw_only=True, tag="offtake.certificates-issued"):
    """Green certificates for whole megawatt-hours of the energy delivered through a month (domain §7.7)."""

    derived = ("count", "residual_wh")
    through: Month
    count: int
    residual_wh: int
    evidence: Evidence

    @property
    def topic(self) -> tuple[Any, ...]:
        """The agreement's last certificates."""
        return (CertificatesIssued, self.agreement)


class CertificatesSold(OfftakeFact, frozen=True, kw_only=True, tag="offtake.certificates-sold"):
    """Green certificates were sold; the claim to the energy's attributes goes with them."""

    sale: Id
    count: int
    to: Text


BY_AGREEMENT = ("effective_on", "accounting_on", "company")
"""Fields of a contract year's damages that nobody asks for: the agreement and the open months say them."""


class EnergyIssued(Issued, frozen=True, kw_only=True):
    """A document of an offtake agreement; `company` is the buyer.

    generator, fee_minor, fee_vat_minor   of a settlement agent: whom the money is owed to, and what is kept of it
    """

    agreement: OfftakeId
    generator: Id | None = None
    fee_minor: int = 0
    fee_vat_minor: int = 0

    @property
    def contract(self) -> str:
        """The agreement's tag."""
        return f"offtake:{self.agreement}"


class EnergyInvoiced(EnergyIssued, frozen=True, kw_only=True, tag="energy.invoiced"):
    """The invoice of a run: what it comes to more than the run before. `effective_on` is the month's last day."""

    month: Month
    run: int


class TakeOrPayInvoiced(EnergyIssued, frozen=True, kw_only=True, tag="energy.take-or-pay-invoiced"):
    """The invoice of a contract year's shortfall.

    make_up   what is paid for may be taken later, so it is not earned yet (IFRS 15.B44-B47)
    """

    year: Year
    run: int
    make_up: bool = False


class EnergyCreditNote(Credited, frozen=True, kw_only=True):
    """Less is owed on a document of an offtake agreement than it says."""

    agreement: OfftakeId
    generator: Id | None = None

    @property
    def contract(self) -> str:
        """The agreement's tag."""
        return f"offtake:{self.agreement}"


class EnergyCredited(EnergyCreditNote, frozen=True, kw_only=True, tag="energy.credited"):
    """A run, a shortfall or a make-up right takes something off an invoice.

    make_up   it takes off a shortfall that was a liability
    """

    fee_minor: int = 0
    fee_vat_minor: int = 0
    make_up: bool = False


class GuaranteeLdCredited(EnergyCreditNote, frozen=True, kw_only=True, tag="energy.guarantee-ld-credited"):
    """Damages for energy guaranteed and not delivered, taken off an invoice: less revenue (variable consideration)."""

    derived = (*BY_AGREEMENT, "lease", "credit_note", "charge", "lines", "reason", "generator")
    year: Year
    replacement_price: str
    evidence: Evidence


class AgreementPosting(PostingFact, frozen=True, kw_only=True):
    """Something that posts for an agreement and stands in no tenant's account."""

    derived: ClassVar[tuple[str, ...]] = ("accounting_on", "company")
    agreement: OfftakeId
    company: Id

    @property
    def tags(self) -> tuple[str, ...]:
        """The agreement, its buyer, and the month it posts to."""
        return (f"offtake:{self.agreement}", f"party:{self.company}", self.books_tag)


class GuaranteeLdAssessed(AgreementPosting, frozen=True, kw_only=True, tag="energy.guarantee-ld-assessed"):
    """Damages for energy guaranteed and not delivered, owed to the buyer."""

    derived = (*BY_AGREEMENT, "amount_minor")
    year: Year
    amount_minor: int
    replacement_price: str
    evidence: Evidence


class MakeUpTaken(AgreementPosting, frozen=True, kw_only=True, tag="energy.make-up-taken"):
    """Energy that was paid for in earlier years is delivered in this one."""

    year: Year
    lots: tuple[Lot, ...]


class MakeUpExpired(AgreementPosting, frozen=True, kw_only=True, tag="energy.make-up-expired"):
    """Energy that was paid for can be taken no more: breakage."""

    year: Year
    lots: tuple[Lot, ...]


class BandValues(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The values that the registers of the bands show."""

    peak: RegisterValue
    flat: RegisterValue
    valley: RegisterValue

    def of(self, band: Band) -> str:
        """The value of one band."""
        return {"PEAK": self.peak, "FLAT": self.flat, "VALLEY": self.valley}[band]


class DayBlock(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A day of intervals: whole watt-hours with spaces between, so that anybody can add them up."""

    day: date
    energy_wh: DayText

    @property
    def values(self) -> list[int]:
        """Each interval's watt-hours."""
        return [int(energy) for energy in self.energy_wh.split()]


class MeterFact(Fact, frozen=True, kw_only=True):
    """Something about a meter at the delivery point of an agreement."""

    derived: ClassVar[tuple[str, ...]] = ("agreement",)
    meter: Id
    agreement: OfftakeId

    @property
    def tags(self) -> tuple[str, ...]:
        """The meter, and the agreement that is settled by it."""
        return (f"meter:{self.meter}", f"offtake:{self.agreement}")


class MeterInstalled(MeterFact, frozen=True, kw_only=True, tag="meter.installed"):
    """A meter measures from the beginning of this day on. `start`: what its register shows then."""

    derived = ()
    start: RegisterValue
    digits: Digits
    ct: Transformer = 1
    pt: Transformer = 1
    settled_by: SettledBy = "REGISTER"
    bands: BandValues | None = None


class ReadFact(MeterFact, frozen=True, kw_only=True):
    """A read of a day, or the one that took its place."""

    value: RegisterValue
    quality: Quality = "ACTUAL"
    rolled_over: bool = False
    bands: BandValues | None = None


class MeterRead(ReadFact, frozen=True, kw_only=True, tag="meter.read"):
    """The register shows this at the end of the day. `rolled_over`: it went round since the read before."""


class MeterReadCorrected(ReadFact, frozen=True, kw_only=True, tag="meter.read-corrected"):
    """The read of this day was wrong: this one takes its place. Another reason alone is no other correction."""

    derived = ("agreement", "reason")
    reason: Text


class MeterReplaced(MeterFact, frozen=True, kw_only=True, tag="meter.replaced"):
    """At the end of this day the old meter shows `final`, and the new one `start`."""

    final: RegisterValue
    rolled_over: bool = False
    start: RegisterValue
    digits: Digits
    ct: Transformer = 1
    pt: Transformer = 1
    final_bands: BandValues | None = None
    start_bands: BandValues | None = None
    reason: Text


class MeterCalibrated(MeterFact, frozen=True, kw_only=True, tag="meter.calibrated"):
    """A test on this day found which part of the truth the meter registered, on which days."""

    derived = ("agreement", "from_on")
    registered: Ratio
    from_on: date
    until_on: date
    certificate: Evidence


class IntervalsReceived(MeterFact, frozen=True, kw_only=True, tag="meter.intervals-received"):
    """The intervals of one month of a file, day by day. A later one takes the place of its days."""

    month: Month
    minutes: IntervalMinutes
    days: tuple[DayBlock, ...]
    file: Evidence
    reason: Text | None = None
