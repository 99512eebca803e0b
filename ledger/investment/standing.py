"""How an investment agreement stands: its terms, what came, what was reached, what is owed back.

DRAFT → SIGNED → IN_PERFORMANCE → FULFILLED | BREACHED → CLOSED; SIGNED, IN_PERFORMANCE, BREACHED → TERMINATED

Contribution, Clawback   each with its sums: computed, never stored
Agreement                one agreement as its facts tell, in whatever order they are folded
evolve_agreement         an agreement after one more fact: it adds and never checks
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

from ledger.decider import Fact
from ledger.investment.facts import (
    AnyInvestmentFact,
    ClawbackAssessed,
    ClawbackCollected,
    ClawbackWaived,
    ClawbackWaiverProposed,
    ContributionKind,
    ContributionRecorded,
    ContributionReversed,
    CovenantTested,
    Figure,
    FigureReported,
    IncentivePaid,
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
from ledger.values.measures import in_unit

InvestmentState = Literal["DRAFT", "SIGNED", "IN_PERFORMANCE", "FULFILLED", "BREACHED", "CLOSED", "TERMINATED"]
NOTHING: Mapping[str, Any] = MappingProxyType({})

REACHES: Mapping[type[Fact], InvestmentState] = {
    InvestmentDrafted: "DRAFT",
    InvestmentSigned: "SIGNED",
    InvestmentFulfilled: "FULFILLED",
    InvestmentBreached: "BREACHED",
    InvestmentClosed: "CLOSED",
    InvestmentTerminated: "TERMINATED",
}
"""The state that a fact states."""


class Version(Struct, frozen=True, kw_only=True):
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
        """What is left, in minor units of its own currency."""
        begun = self.recorded.amount_minor if self.recorded else 0
        return begun - sum(one.amount_minor for one in self.reversals)

    @property
    def cny_minor(self) -> int:
        """What is left, in CNY."""
        return (self.recorded.cny_minor if self.recorded else 0) - sum(one.cny_minor for one in self.reversals)

    @property
    def contract_minor(self) -> int:
        """What is left, in the contract currency."""
        begun = self.recorded.contract_minor if self.recorded else 0
        return begun - sum(one.contract_minor for one in self.reversals)


class Clawback(Struct, frozen=True, kw_only=True):
    """What is owed back of an incentive, and what became of it (minor units of CNY)."""

    assessed: ClawbackAssessed | None = None
    proposals: Mapping[str, ClawbackWaiverProposed] = NOTHING
    waivers: Mapping[str, ClawbackWaived] = NOTHING
    collections: Mapping[str, ClawbackCollected] = NOTHING

    @property
    def assessed_minor(self) -> int:
        """What was asked for."""
        return self.assessed.amount_minor if self.assessed else 0

    @property
    def waived_minor(self) -> int:
        """What was given up."""
        return sum(one.amount_minor for one in self.waivers.values())

    @property
    def collected_minor(self) -> int:
        """What came back."""
        return sum(one.amount_minor for one in self.collections.values())

    @property
    def outstanding_minor(self) -> int:
        """What is still owed."""
        return self.assessed_minor - self.waived_minor - self.collected_minor


class Agreement(Struct, frozen=True, kw_only=True):
    """An investment agreement as its facts tell.

    stated, since  the state that a fact stated last, and from when
    drafters       everybody who wrote a draft of it
    versions       the terms by the day from which they bind
    figures        by figure and day: "TAX 2026-12-31"
    tests          by covenant and test date: the latest test of each
    payments       incentives paid, by payment; those of others stand apart
    """

    agreement: str
    company: str
    stated: InvestmentState = "DRAFT"
    since: date = date.min
    draft: InvestmentTerms | None = None
    drafters: tuple[str, ...] = ()
    signed_on: date | None = None
    versions: tuple[Version, ...] = ()
    amendments: Mapping[str, InvestmentAmendmentProposed] = NOTHING
    decided: tuple[str, ...] = ()
    contributions: Mapping[str, Contribution] = NOTHING
    figures: Mapping[str, FigureReported] = NOTHING
    tests: Mapping[str, CovenantTested] = NOTHING
    payments: Mapping[str, IncentivePaid] = NOTHING
    outside: Mapping[str, OutsideIncentivePaid] = NOTHING
    clawbacks: Mapping[str, Clawback] = NOTHING

    @property
    def state(self) -> InvestmentState:
        """Where it stands."""
        begun = any(one.recorded for one in self.contributions.values())
        return "IN_PERFORMANCE" if self.stated == "SIGNED" and begun else self.stated

    @property
    def terms(self) -> InvestmentTerms | None:
        """What it says now; of a draft, what the newest one says."""
        return self.versions[-1].terms if self.versions else self.draft

    @property
    def contracted_cny_minor(self) -> int | None:
        """The contracted amount in CNY, at the rate of the day on which it was agreed; None before that."""
        return self.versions[-1].contracted_cny_minor if self.versions else None

    def brought(self, kind: ContributionKind, until: date = date.max) -> Iterable[Contribution]:
        """Contributions of a kind with a value date up to a day."""
        for one in self.contributions.values():
            if one.recorded and one.recorded.kind == kind and one.recorded.effective_on <= until:
                yield one

    def paid_in_minor(self, until: date = date.max) -> int:
        """Paid-in capital 实缴 in the contract currency."""
        return sum(one.contract_minor for one in self.brought("CAPITAL", until))

    def cny_minor(self, kind: ContributionKind, until: date = date.max) -> int:
        """Contributions of a kind in CNY."""
        return sum(one.cny_minor for one in self.brought(kind, until))

    @property
    def utilised_minor(self) -> int:
        """Foreign investment actually utilised 实际使用外资, in CNY."""
        counted = (one for one in self.contributions.values() if one.recorded and one.recorded.utilised)
        return sum(one.cny_minor for one in counted)

    def latest(self, figure: Figure, until: date = date.max) -> FigureReported | None:
        """The latest word on a figure that is about a day up to this one."""
        found = [one for one in self.figures.values() if one.figure == figure and one.effective_on <= until]
        return max(found, key=lambda one: one.effective_on, default=None)

    def paid_minor(self, incentive: str) -> int:
        """What MCSC paid of an incentive."""
        return sum(one.amount_minor for one in self.payments.values() if one.incentive == incentive)

    def outside_minor(self, incentive: str) -> int:
        """What somebody else paid of an incentive."""
        return sum(one.amount_minor for one in self.outside.values() if one.incentive == incentive)

    def clawed_minor(self, incentive: str) -> int:
        """What is or was owed back of an incentive, without what was waived (I4)."""
        of = [one for one in self.clawbacks.values() if one.assessed and one.assessed.incentive == incentive]
        return sum(one.assessed_minor - one.waived_minor for one in of)

    @property
    def outstanding_minor(self) -> int:
        """Clawback that is neither collected nor waived."""
        return sum(one.outstanding_minor for one in self.clawbacks.values())


def tested_as(covenant: str, test_on: date) -> str:
    """Under which a test is kept: one for each covenant and test date."""
    return f"{covenant} {test_on}"


def shortfall_of(test: CovenantTested) -> Fraction:
    """max(0, 1 − actual ÷ target), exactly."""
    return max(Fraction(0), 1 - reached(test.measured, test.site_dm2) / Fraction(test.target))


def reached(measured: str, site_dm2: int | None) -> Fraction:
    """The metric of what was measured: as it is, or in 万元/亩 where it is divided by a site."""
    return Fraction(measured) if site_dm2 is None else Fraction(measured) / WAN / in_unit(site_dm2, "MU")


# Evolve


def evolve_agreement(agreement: Agreement | None, fact: AnyInvestmentFact) -> Agreement:
    """One agreement after one more fact. Takes facts in any order: read models fold by effective date."""
    known = agreement or Agreement(agreement=fact.agreement, company=fact.company)
    change = _change(known, fact) | _performed(known, fact) | _paid(known, fact)
    if state := REACHES.get(type(fact)):
        change |= {"stated": state, "since": fact.effective_on}
    return replace(known, **change) if change else known


def _change(known: Agreement, fact: AnyInvestmentFact) -> dict[str, Any]:
    match fact:
        case InvestmentDrafted():
            drafters = (*(one for one in known.drafters if one != fact.drafted_by), fact.drafted_by)
            return {"company": fact.company, "draft": fact.terms, "drafters": drafters}
        case InvestmentSigned() if known.draft is not None:
            return {"signed_on": fact.effective_on, "versions": _with_version(known, fact, known.draft)}
        case InvestmentSigned():
            return {"signed_on": fact.effective_on}
        case InvestmentAmendmentProposed():
            return {"amendments": {**known.amendments, fact.amendment: fact}}
        case InvestmentAmendmentRejected():
            return {"decided": (*known.decided, fact.amendment)}
        case InvestmentAmended():
            versions = _with_version(known, fact, fact.terms)
            return {"decided": (*known.decided, fact.amendment), "versions": versions}
    return {}


def _with_version(
    known: Agreement, fact: InvestmentSigned | InvestmentAmended, terms: InvestmentTerms
) -> tuple[Version, ...]:
    """By day; of one day, the later word last."""
    one = Version(from_on=fact.effective_on, terms=terms, contracted_cny_minor=fact.contracted_cny_minor)
    return tuple(sorted((*known.versions, one), key=lambda version: version.from_on))


def _performed(known: Agreement, fact: AnyInvestmentFact) -> dict[str, Any]:
    match fact:
        case ContributionRecorded() | ContributionReversed():
            one = known.contributions.get(fact.contribution, Contribution())
            if isinstance(fact, ContributionRecorded):
                one = replace(one, recorded=fact)
            else:
                one = replace(one, reversals=(*one.reversals, fact))
            return {"contributions": {**known.contributions, fact.contribution: one}}
        case FigureReported():
            return {"figures": {**known.figures, f"{fact.figure} {fact.effective_on}": fact}}
        case CovenantTested():
            return {"tests": {**known.tests, tested_as(fact.covenant, fact.test_on): fact}}
    return {}


def _paid(known: Agreement, fact: AnyInvestmentFact) -> dict[str, Any]:
    match fact:
        case IncentivePaid():
            return {"payments": {**known.payments, fact.payment: fact}}
        case OutsideIncentivePaid():
            return {"outside": {**known.outside, fact.payment: fact}}
        case ClawbackAssessed() | ClawbackWaiverProposed() | ClawbackWaived() | ClawbackCollected():
            one = _clawback(known.clawbacks.get(fact.clawback, Clawback()), fact)
            return {"clawbacks": {**known.clawbacks, fact.clawback: one}}
    return {}


def _clawback(
    known: Clawback, fact: ClawbackAssessed | ClawbackWaiverProposed | ClawbackWaived | ClawbackCollected
) -> Clawback:
    match fact:
        case ClawbackAssessed():
            return replace(known, assessed=fact)
        case ClawbackWaiverProposed():
            return replace(known, proposals={**known.proposals, fact.waiver: fact})
        case ClawbackWaived():
            return replace(known, waivers={**known.waivers, fact.waiver: fact})
        case ClawbackCollected():
            return replace(known, collections={**known.collections, fact.collection: fact})
