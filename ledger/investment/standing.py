"""The state of an investment agreement: its terms, what came, what was reached, what is owed back.

DRAFT → SIGNED → IN_PERFORMANCE → FULFILLED | BREACHED → CLOSED; SIGNED, IN_PERFORMANCE, BREACHED → TERMINATED

STARTS, REACHES          the states from which each fact may follow; the state that it states
Contribution, Clawback   each with its sums: computed, never stored
InvestmentAgreement      one agreement as its facts tell, in whatever order they are folded
evolve_agreement         an agreement after one more fact: it adds and never checks
as_of                    an agreement as it is on a day
shortfall_of             the share of the target that a test found missing, exactly

SIGNED becomes IN_PERFORMANCE with the first contribution, of itself; all other states are stated by a fact.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from ledger.billing.balance import DatedAmount, DatedMove
from ledger.decider import Fact
from ledger.investment.facts import (
    AnyInvestmentFact,
    ClawbackAssessed,
    ClawbackCollected,
    ClawbackReversed,
    ClawbackWaived,
    ClawbackWaiverProposed,
    ClawbackWaiverReversed,
    CollectionReversed,
    ContributionKind,
    ContributionRecorded,
    ContributionReversed,
    CovenantTested,
    Figure,
    FigureReported,
    IncentivePaid,
    IncentiveReversed,
    InvestmentAmended,
    InvestmentAmendmentProposed,
    InvestmentAmendmentRejected,
    InvestmentBreached,
    InvestmentClosed,
    InvestmentDrafted,
    InvestmentFulfilled,
    InvestmentSigned,
    InvestmentTerminated,
    OutsideIncentivePaid,
)
from ledger.investment.terms import WAN, InvestmentTerms
from ledger.periods import PostingFact
from ledger.values.measures import in_unit

# State

InvestmentState = Literal["DRAFT", "SIGNED", "IN_PERFORMANCE", "FULFILLED", "BREACHED", "CLOSED", "TERMINATED"]
NOTHING: Mapping[str, Any] = MappingProxyType({})

BINDING: frozenset[InvestmentState] = frozenset({"SIGNED", "IN_PERFORMANCE", "FULFILLED", "BREACHED"})
"""The agreement is signed and has not ended."""

SETTLING_UP: frozenset[InvestmentState] = BINDING | {"TERMINATED"}
"""It may be over, and what is owed back is not."""

STARTS: Mapping[type[Fact], frozenset[InvestmentState]] = {
    InvestmentDrafted: frozenset({"DRAFT"}),
    InvestmentSigned: frozenset({"DRAFT"}),
    InvestmentAmendmentProposed: BINDING,
    InvestmentAmended: BINDING,
    InvestmentAmendmentRejected: BINDING,
    InvestmentFulfilled: frozenset({"IN_PERFORMANCE", "BREACHED"}),
    InvestmentBreached: frozenset({"SIGNED", "IN_PERFORMANCE"}),
    InvestmentClosed: frozenset({"FULFILLED", "BREACHED"}),
    InvestmentTerminated: frozenset({"SIGNED", "IN_PERFORMANCE", "BREACHED"}),
    ContributionRecorded: BINDING,
    ContributionReversed: SETTLING_UP,
    FigureReported: SETTLING_UP,
    CovenantTested: SETTLING_UP,
    IncentivePaid: BINDING,
    OutsideIncentivePaid: BINDING,
    ClawbackAssessed: SETTLING_UP,
    ClawbackWaiverProposed: SETTLING_UP,
    ClawbackWaived: SETTLING_UP,
    ClawbackCollected: SETTLING_UP,
    IncentiveReversed: SETTLING_UP,
    ClawbackReversed: SETTLING_UP,
    ClawbackWaiverReversed: SETTLING_UP,
    CollectionReversed: SETTLING_UP,
}
"""The states from which a fact may follow."""

REACHES: Mapping[type[Fact], InvestmentState] = {
    InvestmentDrafted: "DRAFT",
    InvestmentSigned: "SIGNED",
    InvestmentFulfilled: "FULFILLED",
    InvestmentBreached: "BREACHED",
    InvestmentClosed: "CLOSED",
    InvestmentTerminated: "TERMINATED",
}
"""The state that a fact states; facts that are not here leave it as it is."""


class InvestmentVersion(Struct, frozen=True, kw_only=True):
    """The terms from a day on; the contracted amount in CNY at the rate of that day."""

    from_on: date
    terms: InvestmentTerms
    contracted_cny_minor: int


class Contribution(Struct, frozen=True, kw_only=True):
    """A contribution, and what of it was reversed."""

    recorded: ContributionRecorded | None = None
    reversals: tuple[ContributionReversed, ...] = ()

    @property
    def amount_minor(self) -> int:
        """The amount that is left, in minor units of its own currency."""
        recorded = self.recorded.amount_minor if self.recorded else 0
        return recorded - sum(reversal.amount_minor for reversal in self.reversals)

    @property
    def cny_minor(self) -> int:
        """The amount that is left, in CNY."""
        recorded = self.recorded.cny_minor if self.recorded else 0
        return recorded - sum(reversal.cny_minor for reversal in self.reversals)

    @property
    def contract_minor(self) -> int:
        """The amount that is left, in the contract currency."""
        recorded = self.recorded.contract_minor if self.recorded else 0
        return recorded - sum(reversal.contract_minor for reversal in self.reversals)


def moved(fact: PostingFact, amount_minor: int) -> DatedMove:
    """The amount that a fact moves, from its day on, in the world and in the books."""
    return DatedMove(fact.effective_on, fact.accounting_on, amount_minor)


class Clawback(Struct, frozen=True, kw_only=True):
    """An amount of an incentive that is owed back, and what became of it (minor units of CNY).

    reversed   the assessment's reversal; unwaived, uncollected: those of waivers and collections, by their ids
    """

    assessed: ClawbackAssessed | None = None
    proposals: Mapping[str, ClawbackWaiverProposed] = NOTHING
    waivers: Mapping[str, ClawbackWaived] = NOTHING
    collections: Mapping[str, ClawbackCollected] = NOTHING
    reversed: ClawbackReversed | None = None
    unwaived: Mapping[str, ClawbackWaiverReversed] = NOTHING
    uncollected: Mapping[str, CollectionReversed] = NOTHING

    @property
    def assessed_minor(self) -> int:
        """The amount that is asked for."""
        return self.asked.total_minor

    @property
    def waived_minor(self) -> int:
        """The amount that is given up."""
        return -self.given_up.total_minor

    @property
    def collected_minor(self) -> int:
        """The amount that came back."""
        came = sum(collection.amount_minor for collection in self.collections.values())
        return came - sum(reversal.amount_minor for reversal in self.uncollected.values())

    @property
    def asked(self) -> DatedAmount:
        """The amount asked for, by days."""
        asked = [moved(self.assessed, self.assessed.amount_minor)] if self.assessed else []
        taken_back = [moved(self.reversed, -self.reversed.amount_minor)] if self.reversed else []
        return DatedAmount((*asked, *taken_back))

    @property
    def given_up(self) -> DatedAmount:
        """The amount given up, less than nothing, by days."""
        waived = (moved(waiver, -waiver.amount_minor) for waiver in self.waivers.values())
        taken_back = (moved(reversal, reversal.amount_minor) for reversal in self.unwaived.values())
        return DatedAmount((*waived, *taken_back))

    @property
    def open(self) -> DatedAmount:
        """The amount that is owed, by days."""
        came = (moved(collection, -collection.amount_minor) for collection in self.collections.values())
        taken_back = (moved(reversal, reversal.amount_minor) for reversal in self.uncollected.values())
        return DatedAmount((*self.asked.moves, *self.given_up.moves, *came, *taken_back))

    @property
    def outstanding_minor(self) -> int:
        """The amount that is still owed."""
        return self.assessed_minor - self.waived_minor - self.collected_minor


class InvestmentAgreement(Struct, frozen=True, kw_only=True):
    """An investment agreement as its facts tell.

    stated, since  the state that a fact stated last, and from when
    drafters       everybody who wrote a draft of it
    versions       the terms by the day from which they bind
    decided        amendments that were approved or rejected
    figures        by figure and day: "TAX 2026-12-31"
    tests          by covenant and test date: the latest test of each
    payments       incentives that MCSC paid, by payment, and their reversals; `outside`: those that others paid
    """

    agreement: str
    company: str
    stated: InvestmentState = "DRAFT"
    since: date = date.min
    draft: InvestmentTerms | None = None
    drafters: tuple[str, ...] = ()
    signed_on: date | None = None
    versions: tuple[InvestmentVersion, ...] = ()
    amendments: Mapping[str, InvestmentAmendmentProposed] = NOTHING
    decided: tuple[str, ...] = ()
    contributions: Mapping[str, Contribution] = NOTHING
    figures: Mapping[str, FigureReported] = NOTHING
    tests: Mapping[str, CovenantTested] = NOTHING
    payments: Mapping[str, IncentivePaid] = NOTHING
    reversals: Mapping[str, IncentiveReversed] = NOTHING
    outside: Mapping[str, OutsideIncentivePaid] = NOTHING
    clawbacks: Mapping[str, Clawback] = NOTHING

    @property
    def state(self) -> InvestmentState:
        """The state it is in: stated, or IN_PERFORMANCE since something was contributed."""
        begun = any(contribution.recorded for contribution in self.contributions.values())
        return "IN_PERFORMANCE" if self.stated == "SIGNED" and begun else self.stated

    @property
    def terms(self) -> InvestmentTerms | None:
        """The terms as agreed last; of a draft, those of the newest one."""
        return self.versions[-1].terms if self.versions else self.draft

    def terms_on(self, on: date) -> InvestmentTerms | None:
        """The terms that bind on a day: the first ones before that; of a draft, those of the newest one."""
        begun = [version.terms for version in self.versions if version.from_on <= on]
        return begun[-1] if begun else self.versions[0].terms if self.versions else self.draft

    @property
    def contracted_cny_minor(self) -> int | None:
        """The contracted amount in CNY, at the rate of the day on which it was agreed; None before that."""
        return self.versions[-1].contracted_cny_minor if self.versions else None

    def brought(self, kind: ContributionKind, until: date = date.max) -> Iterable[Contribution]:
        """Contributions of a kind with a value date up to a day."""
        for contribution in self.contributions.values():
            recorded = contribution.recorded
            if recorded and recorded.kind == kind and recorded.effective_on <= until:
                yield contribution

    def paid_in_minor(self, until: date = date.max) -> int:
        """Paid-in capital 实缴 in the contract currency."""
        return sum(contribution.contract_minor for contribution in self.brought("CAPITAL", until))

    def cny_minor(self, kind: ContributionKind, until: date = date.max) -> int:
        """Contributions of a kind in CNY."""
        return sum(contribution.cny_minor for contribution in self.brought(kind, until))

    @property
    def utilised_minor(self) -> int:
        """Foreign investment actually utilised 实际使用外资, in CNY."""
        contributions = self.contributions.values()
        return sum(one.cny_minor for one in contributions if one.recorded and one.recorded.utilised)

    def latest(self, figure: Figure, until: date = date.max) -> FigureReported | None:
        """The report of a figure for the latest day up to this one."""
        reports = [one for one in self.figures.values() if one.figure == figure and one.effective_on <= until]
        return max(reports, key=lambda report: report.effective_on, default=None)

    @property
    def incentives_paid_minor(self) -> int:
        """The amount that MCSC paid of all incentives."""
        paid = sum(payment.amount_minor for payment in self.payments.values())
        return paid - sum(reversal.amount_minor for reversal in self.reversals.values())

    def paid(self, incentive: str) -> DatedAmount:
        """The amount that MCSC paid of an incentive, by days."""
        paid = (moved(one, one.amount_minor) for one in self.payments.values() if one.incentive == incentive)
        back = (moved(one, -one.amount_minor) for one in self.reversals.values() if one.incentive == incentive)
        return DatedAmount((*paid, *back))

    def paid_minor(self, incentive: str) -> int:
        """The amount that MCSC paid of an incentive."""
        return self.paid(incentive).total_minor

    def received(self, incentive: str) -> DatedAmount:
        """The amount of an incentive that the investor got, whoever paid it, by days."""
        outside = (
            DatedMove(payment.effective_on, payment.effective_on, payment.amount_minor)
            for payment in self.outside.values()
            if payment.incentive == incentive
        )
        return DatedAmount((*self.paid(incentive).moves, *outside))

    def kept(self, incentive: str) -> DatedAmount:
        """The amount of an incentive that MCSC paid and that is not asked back, without what was waived, by days."""
        clawbacks = [one for one in self.clawbacks.values() if one.assessed and one.assessed.incentive == incentive]
        asked = (
            DatedMove(move.on, move.booked_on, -move.amount_minor)
            for clawback in clawbacks
            for move in (*clawback.asked.moves, *clawback.given_up.moves)
        )
        return DatedAmount((*self.paid(incentive).moves, *asked))

    @property
    def outstanding_minor(self) -> int:
        """Clawback that is neither collected nor waived."""
        return sum(clawback.outstanding_minor for clawback in self.clawbacks.values())


def tested_as(covenant: str, test_on: date) -> str:
    """The name under which a test is kept: one for each covenant and test date."""
    return f"{covenant} {test_on}"


def shortfall_of(test: CovenantTested) -> Fraction:
    """max(0, 1 − actual ÷ target), exactly."""
    return max(Fraction(0), 1 - reached(test.measured, test.site_dm2) / Fraction(test.target))


def reached(measured: str, site_dm2: int | None) -> Fraction:
    """The metric of what was measured: as it is, or in 万元/亩 where it is divided by a site."""
    return Fraction(measured) if site_dm2 is None else Fraction(measured) / WAN / in_unit(site_dm2, "MU")


# Evolve


def evolve_agreement(agreement: InvestmentAgreement | None, fact: AnyInvestmentFact) -> InvestmentAgreement:
    """One agreement after one more fact. Takes facts in any order: read models fold by effective date."""
    agreement = agreement or InvestmentAgreement(agreement=fact.agreement, company=fact.company)
    change = _agreed(agreement, fact) | _performed(agreement, fact) | _paid(agreement, fact)
    if state := REACHES.get(type(fact)):
        change |= {"stated": state, "since": fact.effective_on}
    return replace(agreement, **change) if change else agreement


def _agreed(agreement: InvestmentAgreement, fact: AnyInvestmentFact) -> dict[str, Any]:
    """Apply a fact to an agreement's drafts, versions and amendments: the fields that change."""
    match fact:
        case InvestmentDrafted():
            drafters = (*(drafter for drafter in agreement.drafters if drafter != fact.drafted_by), fact.drafted_by)
            return {"company": fact.company, "draft": fact.terms, "drafters": drafters}
        case InvestmentSigned() if agreement.draft is not None:
            return {"signed_on": fact.effective_on, "versions": _with_version(agreement, fact, agreement.draft)}
        case InvestmentSigned():
            return {"signed_on": fact.effective_on}
        case InvestmentAmendmentProposed():
            return {"amendments": {**agreement.amendments, fact.amendment: fact}}
        case InvestmentAmendmentRejected():
            return {"decided": (*agreement.decided, fact.amendment)}
        case InvestmentAmended():
            versions = _with_version(agreement, fact, fact.terms)
            return {"decided": (*agreement.decided, fact.amendment), "versions": versions}
    return {}


def _with_version(
    agreement: InvestmentAgreement, fact: InvestmentSigned | InvestmentAmended, terms: InvestmentTerms
) -> tuple[InvestmentVersion, ...]:
    """The versions by day; of one day, the one recorded later last."""
    version = InvestmentVersion(from_on=fact.effective_on, terms=terms, contracted_cny_minor=fact.contracted_cny_minor)
    return tuple(sorted((*agreement.versions, version), key=lambda version: version.from_on))


def _performed(agreement: InvestmentAgreement, fact: AnyInvestmentFact) -> dict[str, Any]:
    """Apply a fact to an agreement's contributions, figures and tests: the fields that change."""
    match fact:
        case ContributionRecorded() | ContributionReversed():
            contribution = agreement.contributions.get(fact.contribution, Contribution())
            if isinstance(fact, ContributionRecorded):
                contribution = replace(contribution, recorded=fact)
            else:
                contribution = replace(contribution, reversals=(*contribution.reversals, fact))
            return {"contributions": {**agreement.contributions, fact.contribution: contribution}}
        case FigureReported():
            return {"figures": {**agreement.figures, f"{fact.figure} {fact.effective_on}": fact}}
        case CovenantTested():
            return {"tests": {**agreement.tests, tested_as(fact.covenant, fact.test_on): fact}}
    return {}


def _paid(agreement: InvestmentAgreement, fact: AnyInvestmentFact) -> dict[str, Any]:
    """Apply a fact to an agreement's incentives and clawbacks: the fields that change."""
    match fact:
        case IncentivePaid():
            return {"payments": {**agreement.payments, fact.payment: fact}}
        case OutsideIncentivePaid():
            return {"outside": {**agreement.outside, fact.payment: fact}}
        case IncentiveReversed():
            return {"reversals": {**agreement.reversals, fact.payment: fact}}
        case (
            ClawbackAssessed()
            | ClawbackWaiverProposed()
            | ClawbackWaived()
            | ClawbackCollected()
            | ClawbackReversed()
            | ClawbackWaiverReversed()
            | CollectionReversed()
        ):
            clawback = _clawback(agreement.clawbacks.get(fact.clawback, Clawback()), fact)
            return {"clawbacks": {**agreement.clawbacks, fact.clawback: clawback}}
    return {}


def _clawback(clawback: Clawback, fact: AnyInvestmentFact) -> Clawback:
    match fact:
        case ClawbackAssessed():
            return replace(clawback, assessed=fact)
        case ClawbackWaiverProposed():
            return replace(clawback, proposals={**clawback.proposals, fact.waiver: fact})
        case ClawbackWaived():
            return replace(clawback, waivers={**clawback.waivers, fact.waiver: fact})
        case ClawbackCollected():
            return replace(clawback, collections={**clawback.collections, fact.collection: fact})
        case ClawbackReversed():
            return replace(clawback, reversed=fact)
        case ClawbackWaiverReversed():
            return replace(clawback, unwaived={**clawback.unwaived, fact.waiver: fact})
        case CollectionReversed():
            return replace(clawback, uncollected={**clawback.uncollected, fact.collection: fact})
    raise AssertionError(fact)


def as_of(facts: Iterable[AnyInvestmentFact], day: date) -> InvestmentAgreement | None:
    """An agreement as it is on a day: the fold of the facts up to it by date, whatever order they came in.

    A test that a later one supersedes counts as it was done last: what was wrong with it was wrong on that day.
    """
    agreement: InvestmentAgreement | None = None
    for fact in sorted(facts, key=_effective):
        if fact.effective_on <= day or (agreement is not None and _supersedes(agreement, fact)):
            agreement = evolve_agreement(agreement, fact)
    return agreement


def _supersedes(agreement: InvestmentAgreement, fact: AnyInvestmentFact) -> bool:
    return isinstance(fact, CovenantTested) and tested_as(fact.covenant, fact.test_on) in agreement.tests


def _effective(fact: Fact) -> date:
    return fact.effective_on
