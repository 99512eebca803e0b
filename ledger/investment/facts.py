"""Everything that is recorded of an investment agreement.

Fact (investment.…)                                    Posts   About
drafted, signed                                        no      an agreement, by two people
amendment-proposed, -rejected, amended                 no      other terms, by two people
contribution-recorded, -reversed                       no      what the investor brought: their money, not MCSC's (D2)
figure-reported, covenant-tested                       no      what was reached, and whether it is enough
step-withdrawn                                         no      one of the above, or of what ended it, was a mistake
incentive-paid                                         yes     MCSC paid what it had promised
outside-incentive-paid                                 no      somebody else did
clawback-assessed, -waived, -collected                 yes     an incentive of MCSC's is owed back
incentive-, clawback-, waiver-, collection-reversed    yes     the mirror of one of those: it was a mistake
clawback-waiver-proposed                               no      somebody asks to give some of it up
fulfilled, breached, closed, terminated                no      how it ended

Facts hold every amount that was decided, so `postings(fact)` and every report need nothing else.
"""

from datetime import date
from typing import Any, ClassVar, Literal

from ledger.decider import Fact, Id, Text, Withdrawn
from ledger.investment.terms import Currency, InvestmentTerms, Metric, Target
from ledger.once.bank import BankReference
from ledger.periods import PostingFact
from ledger.rates import RateValue
from ledger.values.evidence import Evidence

ContributionKind = Literal["CAPITAL", "FAI", "LOAN"]
"""CAPITAL: paid-in capital 实缴; FAI: spent on land, buildings, equipment; LOAN: a shareholder's loan."""

Figure = Literal["TAX", "JOBS", "OUTPUT"]
"""A figure that only the investor can tell: tax paid in a year and output of a year, CNY; people employed."""

Result = Literal["MET", "MISSED"]

# Facts

# Names are storage: a tag below is written into every stored fact and never changes.


class InvestmentFact(Fact, frozen=True, kw_only=True):
    """Something about an investment agreement that moves no money of MCSC's. `company` is the investor."""

    tag_fields: ClassVar[tuple[str, ...]] = ()
    derived: ClassVar[tuple[str, ...]] = ("company",)
    agreement: Id
    company: Id

    @property
    def tags(self) -> tuple[str, ...]:
        """The agreement and the investor."""
        return (f"investment:{self.agreement}", f"investor:{self.company}")

    @property
    def about(self) -> str | None:
        """The thing of the agreement that the fact is about; None where it is the agreement itself."""
        return None


class InvestmentDrafted(InvestmentFact, frozen=True, kw_only=True, tag="investment.drafted"):
    """Terms were written down; nothing binds anybody yet."""

    derived: ClassVar[tuple[str, ...]] = ("drafted_by",)
    terms: InvestmentTerms
    drafted_by: Id

    @property
    def asked(self) -> tuple[Any, ...]:
        """The content that was asked for, on terms as they are meant."""
        return tuple(part.normal if isinstance(part, InvestmentTerms) else part for part in super().asked)

    @property
    def topic(self) -> tuple[Any, ...]:
        """The agreement's draft: a newer one takes the place of the earlier."""
        return (InvestmentDrafted, self.agreement)


class InvestmentSigned(InvestmentFact, frozen=True, kw_only=True, tag="investment.signed"):
    """The terms bind from this day on. `rate`: CNY for one unit of the contract currency on it, by which the contracted
    amount is shown in CNY; None for CNY itself."""

    derived: ClassVar[tuple[str, ...]] = ("company", "signed_by", "rate", "contracted_cny_minor")
    signed_by: Id
    document: Evidence
    rate: RateValue | None = None
    contracted_cny_minor: int


class InvestmentAmendmentProposed(InvestmentFact, frozen=True, kw_only=True, tag="investment.amendment-proposed"):
    """Somebody asks for other terms; `terms` states all of them."""

    derived: ClassVar[tuple[str, ...]] = ("company", "proposed_by")
    amendment: Id
    terms: InvestmentTerms
    reason: Text
    document: Evidence
    proposed_by: Id

    @property
    def asked(self) -> tuple[Any, ...]:
        """The content that was asked for, on terms as they are meant."""
        return tuple(part.normal if isinstance(part, InvestmentTerms) else part for part in super().asked)

    @property
    def about(self) -> str:
        """The amendment."""
        return self.amendment


class InvestmentAmended(InvestmentFact, frozen=True, kw_only=True, tag="investment.amended"):
    """A second person agreed: from this day on the agreement says this."""

    derived: ClassVar[tuple[str, ...]] = (
        "company",
        "terms",
        "proposed_by",
        "approved_by",
        "rate",
        "contracted_cny_minor",
    )
    amendment: Id
    terms: InvestmentTerms
    proposed_by: Id
    approved_by: Id
    rate: RateValue | None = None
    contracted_cny_minor: int

    @property
    def about(self) -> str:
        """The amendment."""
        return self.amendment


class InvestmentAmendmentRejected(InvestmentFact, frozen=True, kw_only=True, tag="investment.amendment-rejected"):
    """The agreement stays as it is."""

    derived: ClassVar[tuple[str, ...]] = ("company", "rejected_by")
    amendment: Id
    reason: Text
    rejected_by: Id

    @property
    def about(self) -> str:
        """The amendment."""
        return self.amendment


class ContributionRecorded(InvestmentFact, frozen=True, kw_only=True, tag="investment.contribution-recorded"):
    """The investor brought or spent an amount. `effective_on` is the value date, and so the day of the rates (I3).

    utilised        it counts as foreign investment actually utilised 实际使用外资
    amount_minor    minor units of `currency`
    cny_minor       the same in CNY at `rate`, CNY for one unit of `currency`; None for CNY itself
    contract_minor  the same in the contract currency, at `contract_rate`, CNY for one unit of that; None where no other
                    rate was needed
    """

    derived: ClassVar[tuple[str, ...]] = ("company", "rate", "cny_minor", "contract_rate", "contract_minor")
    contribution: Id
    kind: ContributionKind
    utilised: bool = False
    currency: Currency
    amount_minor: int
    rate: RateValue | None = None
    cny_minor: int
    contract_rate: RateValue | None = None
    contract_minor: int
    evidence: Evidence

    @property
    def about(self) -> str:
        """The contribution."""
        return self.contribution


class ContributionReversed(InvestmentFact, frozen=True, kw_only=True, tag="investment.contribution-reversed"):
    """A part of a contribution did not come, or went back (I2). In CNY and in the contract currency it takes back
    its share of what was recorded, at the rates of then: reversed in full, nothing is left."""

    derived: ClassVar[tuple[str, ...]] = ("company", "cny_minor", "contract_minor")
    contribution: Id
    reversal: Id
    amount_minor: int
    cny_minor: int
    contract_minor: int
    reason: Text

    @property
    def about(self) -> str:
        """The contribution and its reversal."""
        return f"{self.contribution} {self.reversal}"


class FigureReported(InvestmentFact, frozen=True, kw_only=True, tag="investment.figure-reported"):
    """The investor reported a figure. `effective_on` is the day that it is about: of a yearly one, the year's last.
    Reported again for the same day, it takes the place of the earlier word."""

    figure: Figure
    value: Target
    evidence: Evidence

    @property
    def topic(self) -> tuple[Any, ...]:
        """The figure for the day."""
        return (FigureReported, self.agreement, self.figure, self.effective_on)

    @property
    def about(self) -> str:
        """The figure."""
        return self.figure


class CovenantTested(InvestmentFact, frozen=True, kw_only=True, tag="investment.covenant-tested"):
    """A covenant was held against what is on record. `effective_on` is the day of the test.

    test_on      the day that it is about (I5: once, unless a later test says why it takes the place of the earlier)
    measured     what was found: FAI, tax and output in CNY, people, paid-in capital in the contract currency
    site_dm2     the area that it was divided by, where the metric is per mu
    actual       the metric, and `shortfall`, the share of the target that is missing: with four decimals, to be shown
    """

    derived: ClassVar[tuple[str, ...]] = (
        "company",
        "test_on",
        "metric",
        "target",
        "measured",
        "site_dm2",
        "actual",
        "shortfall",
        "result",
    )
    covenant: Id
    test_on: date
    metric: Metric
    target: Target
    measured: str
    site_dm2: int | None = None
    actual: str
    shortfall: str
    result: Result
    supersedes: Text | None = None

    @property
    def about(self) -> str:
        """The covenant."""
        return self.covenant


class OutsideIncentivePaid(InvestmentFact, frozen=True, kw_only=True, tag="investment.outside-incentive-paid"):
    """Somebody else than MCSC paid an incentive that it had promised; whether it is owed back is the payer's affair."""

    derived: ClassVar[tuple[str, ...]] = ("company", "payer")
    incentive: Id
    payment: Id
    amount_minor: int
    payer: Text
    evidence: Evidence

    @property
    def about(self) -> str:
        """The payment."""
        return self.payment


class ClawbackWaiverProposed(InvestmentFact, frozen=True, kw_only=True, tag="investment.clawback-waiver-proposed"):
    """Somebody asks to give up some of a clawback."""

    derived: ClassVar[tuple[str, ...]] = ("company", "proposed_by")
    clawback: Id
    waiver: Id
    amount_minor: int
    reason: Text
    proposed_by: Id

    @property
    def about(self) -> str:
        """The clawback and the waiver."""
        return f"{self.clawback} {self.waiver}"


class InvestmentFulfilled(InvestmentFact, frozen=True, kw_only=True, tag="investment.fulfilled"):
    """All that was contracted is paid in, and every covenant was met."""

    evidence: Evidence


class InvestmentBreached(InvestmentFact, frozen=True, kw_only=True, tag="investment.breached"):
    """The agreement was declared broken. A missed test or an overdue tranche is a figure; the breach is a decision."""

    reason: Text
    evidence: Evidence


class InvestmentClosed(InvestmentFact, frozen=True, kw_only=True, tag="investment.closed"):
    """Nothing is left to be done under it."""


class InvestmentTerminated(InvestmentFact, frozen=True, kw_only=True, tag="investment.terminated"):
    """The agreement ended before it was fulfilled. What was paid as an incentive may still be owed back."""

    reason: Text
    document: Evidence


class InvestmentPosting(PostingFact, frozen=True, kw_only=True):
    """Something about an investment agreement that moves MCSC's money, and so posts."""

    agreement: Id
    company: Id

    @property
    def about(self) -> tuple[str, ...]:
        """Further tags."""
        return ()

    @property
    def tags(self) -> tuple[str, ...]:
        """The agreement, the investor, what else it touches, and the month it posts to."""
        return (
            f"investment:{self.agreement}",
            f"investor:{self.company}",
            *self.about,
            *self.account_tags,
            self.books_tag,
        )


class InvestmentPayment(InvestmentPosting, frozen=True, kw_only=True):
    """Money in MCSC's bank, in or out."""

    bank_reference: BankReference
    bank_account: Id | None = None

    @property
    def about(self) -> tuple[str, ...]:
        """The bank reference, by which everybody finds it (B5)."""
        return (f"bank:{self.bank_reference}",)


class IncentivePaid(InvestmentPayment, frozen=True, kw_only=True, tag="investment.incentive-paid"):
    """MCSC paid an incentive, or a part of it."""

    payment_noun = "payment"
    derived: ClassVar[tuple[str, ...]] = ("accounting_on", "company")
    incentive: Id
    payment: Id
    amount_minor: int


class ClawbackCollected(InvestmentPayment, frozen=True, kw_only=True, tag="investment.clawback-collected"):
    """The investor paid back some of an incentive."""

    payment_noun = "collection"
    derived: ClassVar[tuple[str, ...]] = ("accounting_on", "company")
    clawback: Id
    collection: Id
    amount_minor: int


class ClawbackAssessed(InvestmentPosting, frozen=True, kw_only=True, tag="investment.clawback-assessed"):
    """A missed covenant makes an incentive owed back: by its shortfall, or all of it (I4)."""

    derived: ClassVar[tuple[str, ...]] = ("accounting_on", "company", "incentive", "test_on", "amount_minor")
    clawback: Id
    covenant: Id
    test_on: date
    incentive: Id
    amount_minor: int


class ClawbackWaived(InvestmentPosting, frozen=True, kw_only=True, tag="investment.clawback-waived"):
    """A second person agreed that some of a clawback is not asked for."""

    derived: ClassVar[tuple[str, ...]] = ("accounting_on", "company", "amount_minor", "proposed_by", "approved_by")
    clawback: Id
    waiver: Id
    amount_minor: int
    proposed_by: Id
    approved_by: Id


class IncentiveReversed(InvestmentPayment, frozen=True, kw_only=True, tag="investment.incentive-reversed"):
    """MCSC did not pay it, or it came back at once: the mirror of what it posted (J6)."""

    payment_noun = "payment"
    frees_reference = True
    derived: ClassVar[tuple[str, ...]] = (
        *("accounting_on", "company", "bank_reference", "bank_account", "incentive", "amount_minor"),
    )
    incentive: Id
    payment: Id
    amount_minor: int
    reason: Text


class ClawbackReversed(InvestmentPosting, frozen=True, kw_only=True, tag="investment.clawback-reversed"):
    """It is not owed back after all: the mirror of what the assessment posted (J6)."""

    derived: ClassVar[tuple[str, ...]] = ("accounting_on", "company", "amount_minor")
    clawback: Id
    amount_minor: int
    reason: Text


class ClawbackWaiverReversed(InvestmentPosting, frozen=True, kw_only=True, tag="investment.waiver-reversed"):
    """It is asked for after all: the mirror of what the waiver posted (J6)."""

    derived: ClassVar[tuple[str, ...]] = ("accounting_on", "company", "amount_minor")
    clawback: Id
    waiver: Id
    amount_minor: int
    reason: Text


class CollectionReversed(InvestmentPayment, frozen=True, kw_only=True, tag="investment.collection-reversed"):
    """It did not come, or the bank took it back: the mirror of what it posted (J6)."""

    payment_noun = "collection"
    frees_reference = True
    derived: ClassVar[tuple[str, ...]] = ("accounting_on", "company", "bank_reference", "bank_account", "amount_minor")
    clawback: Id
    collection: Id
    amount_minor: int
    reason: Text


class InvestmentStepWithdrawn(Withdrawn, frozen=True, kw_only=True, tag="investment.step-withdrawn"):
    """Something of an agreement was recorded by mistake. `about`: which of several of that name and date."""

    thing = "agreement"
    agreement: Id
    about: Text | None = None


AnyInvestmentFact = InvestmentFact | InvestmentPosting
"""Any fact about an agreement."""
