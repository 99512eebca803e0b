"""What was recorded of an agreement by mistake and did not post is withdrawn, the latest step of a thing first.

Command                 Facts (investment.…)
WithdrawInvestmentStep  step-withdrawn: of the agreement's life, an amendment, a contribution, a figure, a test, an
                        outside payment, a waiver that was proposed

What posts is never withdrawn but reversed (reversing.py). A step that was withdrawn is as if it had never been recorded
(docs/decisions/0014-withdrawn-facts.md).

Refusals, in order of precedence
├── InvestmentStepUnknown    no such step stands, or several do and `about` does not say which (unknown)
├── InvestmentStepNotLatest  a later step of the same thing goes first, and before all that the agreement was closed
└── InvestmentStepNeeded     what stands rests on it: a breach on a test, a payment on an amendment, all on a signature
"""

from collections.abc import Iterable
from typing import ClassVar

from ledger.decider import By, Fact, Standing, StepName, Text, Withdrawing, without
from ledger.investment.facts import (
    AnyInvestmentFact,
    ClawbackWaived,
    ClawbackWaiverProposed,
    ContributionRecorded,
    ContributionReversed,
    CovenantTested,
    FigureReported,
    InvestmentAmended,
    InvestmentAmendmentProposed,
    InvestmentAmendmentRejected,
    InvestmentClosed,
    InvestmentDrafted,
    InvestmentFact,
    InvestmentPosting,
    InvestmentSigned,
    InvestmentStepWithdrawn,
    OutsideIncentivePaid,
)
from ledger.investment.grounds import lost
from ledger.investment.rules import InvestmentCommand, InvestmentRefusal, agreement_tags
from ledger.investment.standing import tested_as
from ledger.values.days import OnRecord

# Commands


class WithdrawInvestmentStep(InvestmentCommand, frozen=True, kw_only=True, tag="withdraw-investment-step"):
    """Withdraw a step of an agreement that was recorded by mistake; `effective_on` is the step's own date.

    about   which contribution, figure, covenant, payment, amendment or waiver, where several of one name and date stand
    """

    effective_on: OnRecord
    put_right: ClassVar[str] = "Record the step again."
    step: StepName
    about: Text | None = None
    reason: Text


# Refusals


class InvestmentStepUnknown(InvestmentRefusal):
    """No such step of the agreement stands, or several do."""

    code = "investment-step-unknown"
    kind = "unknown"


class InvestmentStepNotLatest(InvestmentRefusal):
    """A later step of the same thing goes first."""

    code = "investment-step-not-latest"


class InvestmentStepNeeded(InvestmentRefusal):
    """Something that stands rests on the step."""

    code = "investment-step-needed"


# Decide


def _thing(fact: AnyInvestmentFact) -> tuple[str, ...]:
    """The thing of an agreement that a fact is a step of."""
    match fact:
        case InvestmentAmendmentProposed() | InvestmentAmended() | InvestmentAmendmentRejected():
            return ("amendment", fact.amendment)
        case ContributionRecorded() | ContributionReversed():
            return ("contribution", fact.contribution)
        case FigureReported():
            return ("figure", f"{fact.figure} {fact.effective_on}")
        case CovenantTested():
            return ("test", tested_as(fact.covenant, fact.test_on))
        case OutsideIncentivePaid():
            return ("payment", fact.payment)
        case ClawbackWaiverProposed() | ClawbackWaived():
            return ("waiver", fact.clawback, fact.waiver)
        case InvestmentFact():
            return ("life",)
    return ("money",)


def _own(facts: Iterable[Fact], agreement: str) -> list[AnyInvestmentFact]:
    """The facts of an agreement alone."""
    own = (fact for fact in facts if isinstance(fact, InvestmentFact | InvestmentPosting))
    return [fact for fact in own if fact.agreement == agreement]


def _rests(later: Fact, step: InvestmentFact) -> bool:
    """Tell whether a later fact is a step of the same thing, or put the agreement away with it."""
    own = _own((later,), step.agreement)
    return any(isinstance(fact, InvestmentClosed) or _thing(fact) == _thing(step) for fact in own)


def _advice(fact: Fact) -> str:
    return "reverse that first" if isinstance(fact, InvestmentPosting) else "withdraw that first"


def _check(facts: Standing, step: InvestmentFact, command: WithdrawInvestmentStep, by: By) -> None:
    """Nothing that stands is left without what it rests on. Raises InvestmentStepNeeded."""
    own, left = (_own(known, step.agreement) for known in (facts, without(facts, step)))
    others = [fact for fact in left if not isinstance(fact, InvestmentDrafted)]
    if isinstance(step, InvestmentSigned) and others:
        raise InvestmentStepNeeded(WITHDRAWING.first(others[-1]), field="step")
    if (ground := lost(own, left)) is not None:
        raise InvestmentStepNeeded(ground.says, field="step")


WITHDRAWING = Withdrawing(
    withdrawn=InvestmentStepWithdrawn,
    steps=(InvestmentFact,),
    unknown=InvestmentStepUnknown,
    not_latest=InvestmentStepNotLatest,
    rests=_rests,
    check=_check,
    advice=_advice,
)
INVESTMENT_STEPS = WITHDRAWING.decider(WithdrawInvestmentStep, agreement_tags)
