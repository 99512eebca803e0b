"""Everything that is recorded of energy offtake but its meters: agreements, statements, years, and what moves money.

Fact (offtake.…)                        About
drafted, executed, amended, suspended,  an agreement's life; the role is frozen when it is executed
  conditions-satisfied, resumed,
  amendment-proposed, -rejected,
  commercial-operation-declared,
  expired, terminated, finally-settled
curtailment-instructed, deemed-agreed   energy that was not delivered; and what of it is paid for as if it were
quantity-adjusted                       less annual contract quantity: force majeure, default, maintenance
savings-measured                        energy performance contracting: baseline and measured energy of a month
year-trued-up                           take-or-pay of a contract year: shortfall, make-up, carry-forward
damages-reversed                        damages of a contract year that are not owed after all
certificates-issued, -sold              green certificates by their count; lots: green/facts.py
step-withdrawn                          one of these was recorded by mistake

Fact (energy.…)                         About
statement-calculated, -approved,        a month's statement, run by run
  -disputed, dispute-withdrawn

Fact (energy.…)            Posts for SELLER                       for SETTLEMENT_AGENT
invoiced                   a run's difference is owed             owed by the buyer, to the generator less our fee
take-or-pay-invoiced       a liability where there is a make-up   the same way
                           right, revenue where there is none
late-fee-assessed          other income                           owed to the generator, all of it (charges/facts.py)
credited                   the mirror of one of these             the mirror
credit-taken-back          the mirror of a credit, or of damages  the mirror
                           taken off an invoice
make-up-taken, -expired    liability becomes revenue              nothing: the right is the generator's
make-up-restored           the mirror of one of these             nothing
guarantee-ld-credited      damages, off an invoice                off an invoice, borne by the generator
guarantee-ld-assessed      damages, owed to the buyer             nothing: the generator owes them
guarantee-ld-reversed      the mirror of the assessment           nothing

Only those of the last table post: an OBSERVER's agreement has none of them. They stand beside the facts of billing:
receipts pay them, accounts and ageing show them.
"""

from datetime import date, datetime
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct

from ledger.billing.facts import Credited, Issued
from ledger.decider import Fact, Id, Text, Withdrawn
from ledger.offtake.meters.facts import SpotPrices
from ledger.offtake.rules import OfftakeId
from ledger.offtake.terms import OfftakeTerms, Role
from ledger.periods import Month, PostingFact
from ledger.rates import Emission
from ledger.values.evidence import Evidence
from ledger.values.money import Ratio, rounded

OfftakeState = Literal[
    "DRAFT", "EXECUTED", "CONDITIONS_SATISFIED", "IN_DELIVERY", "SUSPENDED", "EXPIRED", "TERMINATED", "FINALLY_SETTLED"
]
CurtailedBy = Literal["BUYER", "GRID", "SELLER", "FORCE_MAJEURE"]
Adjusted = Literal["FORCE_MAJEURE", "SELLER_DEFAULT", "MAINTENANCE"]
LineKind = Literal["DELIVERED", "SHARP", "PEAK", "FLAT", "VALLEY", "DEEP_VALLEY", "DEEMED", "SAVINGS", "FEE"]
Year = Annotated[int, Meta(ge=1950, le=2150)]
LocalTime = Annotated[
    datetime,
    Meta(
        tz=False,
        description="Local time of the delivery point: 2024-01-10T08:00:00.",
        extra_json_schema={
            "pattern": "^(?!0000)[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
            "|02-(0[1-9]|1[0-9]|2[0-8]))T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$"
        },
    ),
]
# Facts
# Names are storage: a tag below is written into every stored fact and never changes.


class OfftakeFact(Fact, frozen=True, kw_only=True):
    """Something about an offtake agreement. `named_by`: the field that tells it from others of its kind and date."""

    named_by: ClassVar[str | None] = None
    agreement: OfftakeId

    @property
    def about(self) -> str | None:
        """The words that tell it from others of its name and date: which curtailment, which sale."""
        return getattr(self, self.named_by) if self.named_by is not None else None

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
    """From this day on nothing is delivered, until it is resumed."""

    reason: Text


class DeliveryResumed(OfftakeFact, frozen=True, kw_only=True, tag="offtake.resumed"):
    """From this day on it is delivered again."""


class OfftakeAmendmentProposed(OfftakeFact, frozen=True, kw_only=True, tag="offtake.amendment-proposed"):
    """Somebody asks for other terms from the beginning of this month on."""

    named_by = "amendment"
    derived = ("proposed_by",)
    amendment: Id
    terms: OfftakeTerms
    document: Evidence
    proposed_by: Id


class OfftakeAmendmentRejected(OfftakeFact, frozen=True, kw_only=True, tag="offtake.amendment-rejected"):
    """The proposed terms do not come into force."""

    named_by = "amendment"
    amendment: Id
    reason: Text


class OfftakeAmended(OfftakeFact, frozen=True, kw_only=True, tag="offtake.amended"):
    """From the beginning of this month on these are the terms. Without `amendment` one person agreed alone, as was done
    until amendments were proposed."""

    derived = ("proposed_by", "approved_by")
    terms: OfftakeTerms
    document: Evidence
    amendment: Id | None = None
    proposed_by: Id | None = None
    approved_by: Id | None = None
    approved_on: date | None = None

    @property
    def topic(self) -> tuple[Any, ...]:
        """The amendment; without one, the terms from that day on."""
        return (OfftakeAmended, self.agreement, self.amendment or self.effective_on)


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

    named_by: ClassVar[str | None] = "curtailment"
    curtailment: Id
    by: CurtailedBy
    from_at: LocalTime
    until_at: LocalTime
    potential_wh: int
    delivered_wh: int


class DeemedAgreed(OfftakeFact, frozen=True, kw_only=True, tag="offtake.deemed-agreed"):
    """Buyer and seller agree: what this curtailment kept from being delivered is paid for."""

    named_by: ClassVar[str | None] = "curtailment"
    curtailment: Id
    evidence: Evidence


class QuantityAdjusted(OfftakeFact, frozen=True, kw_only=True, tag="offtake.quantity-adjusted"):
    """The annual contract quantity of a contract year is reduced by this much."""

    named_by: ClassVar[str | None] = "adjustment"
    adjustment: Id
    year: Year
    reason: Adjusted
    energy_wh: int


class SavingsMeasured(OfftakeFact, frozen=True, kw_only=True, tag="offtake.savings-measured"):
    """A month's use as it would have been (baseline × activity factor), and as it was (IPMVP, GB/T 28750).

    Of a month of which only some days count, both are of those days.
    """

    named_by: ClassVar[str | None] = "month"
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


class Factor(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The approved emission factor of a month: kg CO2 for a kWh, from its series, holding since a date.

    emission   its region, year, basis and announcement; None where the rate was approved before it said them
    """

    series: str
    since: date
    kg_per_kwh: str
    emission: Emission | None = None


class StatementFact(OfftakeFact, frozen=True, kw_only=True):
    """Something about a run of a month's statement."""

    month: Month
    run: int


class StatementCalculated(StatementFact, frozen=True, kw_only=True, tag="energy.statement-calculated"):
    """A month's statement, calculated: run n says the month's total, its invoice the difference to run n - 1 (E3).

    price                the month's; of time-of-use the flat one
    unavailable_minutes  in which the seller could not deliver
    days                 so many days of the month count; None: all of them (domain §14.1)
    shared               the energy of an interval over the border of two prices was shared by its minutes
    inputs               every fact it rests on: from these alone it comes out the same, byte for byte (E8)
    estimated_wh         the part of the energy delivered that is estimated, where some is; substituted_wh: taken from a
                         check meter. Statements of before it was measured do not say it
    spot                 where each interval has its own price: what the prices were; `price` is then their mean
    """

    lines: tuple[EnergyLine, ...]
    delivered_wh: int
    deemed_wh: int
    curtailed_wh: int
    price: str
    vat_rate: Ratio
    unavailable_minutes: int
    days: int | None = None
    shared: bool = False
    inputs: tuple[Input, ...]
    factor: Factor | None = None
    estimated: bool = False
    estimated_wh: int | None = None
    substituted_wh: int | None = None
    spot: SpotPrices | None = None
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
    estimated_wh, substituted_wh   the parts of the energy delivered that are estimated, and taken from a check meter.
                     Years of before it was measured, and of such months, do not say it
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
    estimated_wh: int | None = None
    substituted_wh: int | None = None

    @property
    def taken_wh(self) -> int:
        """The energy that counts as taken in the year."""
        return self.delivered_wh + self.deemed_wh


class DamagesReversed(OfftakeFact, frozen=True, kw_only=True, tag="offtake.damages-reversed"):
    """The damages of a contract year are not owed as they were assessed; the mirror of what they posted stands beside
    this."""

    year: Year
    reason: Text


class CertificatesIssued(OfftakeFact, frozen=True, kw_only=True, tag="offtake.certificates-issued"):
    """Green certificates for whole megawatt-hours of the energy delivered through a month (domain §7.7)."""

    named_by: ClassVar[str | None] = "through"
    derived = ("count", "residual_wh")
    through: Month
    count: int
    residual_wh: int
    evidence: Evidence


class CertificatesSold(OfftakeFact, frozen=True, kw_only=True, tag="offtake.certificates-sold"):
    """Green certificates were sold; the claim to the energy's attributes goes with them."""

    named_by: ClassVar[str | None] = "sale"
    sale: Id
    count: int
    to: Text


class OfftakeStepWithdrawn(Withdrawn, frozen=True, kw_only=True, tag="offtake.step-withdrawn"):
    """Something of an agreement was recorded by mistake. `about`: which of several of that name and date."""

    thing = "agreement"
    agreement: OfftakeId
    about: Text | None = None


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
    """The invoice of a contract year: its charge says what for.

    TAKE_OR_PAY    a shortfall; `make_up`: it may be taken later, so it is not earned yet (IFRS 15.B44-B47)
    ENERGY         energy that counted as made up in a run before, and does so no more
    GUARANTEE_LD   damages that were taken off an invoice and are not owed after all, until that was said by
                   EnergyCreditTakenBack
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
    """A run, a shortfall, a make-up right or a person takes something off a document.

    make_up   it takes off a shortfall that was a liability
    by_hand   somebody asked for it, or assessed a late fee anew: no run and no year says it
    """

    fee_minor: int = 0
    fee_vat_minor: int = 0
    make_up: bool = False
    by_hand: bool = False


class GuaranteeLdCredited(EnergyCreditNote, frozen=True, kw_only=True, tag="energy.guarantee-ld-credited"):
    """Damages for energy guaranteed and not delivered, taken off an invoice: less revenue (variable consideration)."""

    derived = (*BY_AGREEMENT, "lease", "credit_note", "charge", "lines", "reason", "generator")
    year: Year
    replacement_price: str
    evidence: Evidence


class EnergyCreditTakenBack(EnergyCreditNote, frozen=True, kw_only=True, tag="energy.credit-taken-back"):
    """A note in reverse, the whole of it or a part: so much is owed again on the document that it took from.

    Its line and its fees carry negative amounts.

    note            what it takes back
    service_month   the month for which that took something off
    """

    note: Id
    service_month: Month
    fee_minor: int = 0
    fee_vat_minor: int = 0


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


class GuaranteeLdReversed(AgreementPosting, frozen=True, kw_only=True, tag="energy.guarantee-ld-reversed"):
    """Damages that were assessed are not owed after all: the mirror of their assessment.

    service_month   the month for which they were assessed; None: that of this fact, as it was until this was said
    """

    year: Year
    amount_minor: int
    service_month: Month | None = None


class MakeUpTaken(AgreementPosting, frozen=True, kw_only=True, tag="energy.make-up-taken"):
    """Energy that was paid for in earlier years is delivered in this one."""

    year: Year
    lots: tuple[Lot, ...]


class MakeUpExpired(AgreementPosting, frozen=True, kw_only=True, tag="energy.make-up-expired"):
    """Energy that was paid for can be taken no more: breakage."""

    year: Year
    lots: tuple[Lot, ...]


class MakeUpRestored(AgreementPosting, frozen=True, kw_only=True, tag="energy.make-up-restored"):
    """Rights that a run of a contract year counted as taken or expired stand again: a later run says otherwise."""

    year: Year
    lots: tuple[Lot, ...]
