"""What was recorded of an agreement by mistake and did not post is withdrawn, the latest step of a thing first.

Command                 Facts (investment.…)
WithdrawInvestmentStep  step-withdrawn: of the agreement's life, an amendment, a contribution, a figure, a test, an
                        outside payment, a waiver that was proposed

What posts is never withdrawn but reversed (reversing.py). A step that was withdrawn is as if it had never been recorded
(docs/decisions/0014-withdrawn-facts.md).

Refusals, in order of precedence
├── InvestmentStepUnknown    no such step stands, or several do and `about` does not say which (unknown)
├── InvestmentStepNotLatest  a later step of the same thing goes first
└── InvestmentStepNeeded     what stands rests on it: a breach on a test, a payment on an amendment, all on a signature
"""

from collections.abc import Sequence
from typing import Annotated, ClassVar

from msgspec import Meta

from ledger.decider import By, Fact, Part, Text, said, stored_name
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
    InvestmentDrafted,
    InvestmentFact,
    InvestmentSigned,
    InvestmentStepWithdrawn,
    OutsideIncentivePaid,
)
from ledger.investment.grounds import lost
from ledger.investment.rules import InvestmentCommand, InvestmentRefusal, Investments, agreement_tags
from ledger.investment.standing import InvestmentAgreement, tested_as
from ledger.values.days import OnRecord

StepName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z]+\.[a-z]+(-[a-z]+)*$(?!\n)",
        max_length=80,
        description="A fact's stored name: investment.breached.",
    ),
]

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


def _withdraw(state: Investments, command: WithdrawInvestmentStep, _by: By) -> Sequence[Fact]:
    facts = state.recorded.get(command.agreement, ())
    found = [
        fact
        for fact in facts
        if isinstance(fact, InvestmentFact)
        and (stored_name(type(fact)), fact.effective_on) == (command.step, command.effective_on)
        and command.about in (None, fact.about)
    ]
    latest = [fact for fact in found if _after(facts, fact) is None]
    if not latest and said(InvestmentStepWithdrawn, command, touched=()) in state.asked.values():
        return ()
    if not found:
        raise InvestmentStepUnknown(
            f"no step {command.step} of {command.effective_on} stands of {command.agreement} that could be withdrawn",
            field="step",
        )
    if len(words := {str(fact.about) for fact in found}) > 1:
        raise InvestmentStepUnknown(f"say `about` which of these is meant: {', '.join(sorted(words))}", field="about")
    step = found[-1]
    if (later := _after(facts, step)) is not None:
        advice = "reverse that first" if isinstance(later, ClawbackWaived) else "withdraw that first"
        raise InvestmentStepNotLatest(
            f"{stored_name(type(later))} of {later.effective_on} came after it; {advice}", field="step"
        )
    _check_needed(facts, step)
    return (
        InvestmentStepWithdrawn(
            effective_on=command.effective_on,
            agreement=command.agreement,
            step=command.step,
            about=command.about,
            reason=command.reason,
            touched=step.tags,
        ),
    )


def _after(facts: Sequence[AnyInvestmentFact], step: AnyInvestmentFact) -> AnyInvestmentFact | None:
    """The latest step of the same thing; None where that is the step itself."""
    last = next(fact for fact in reversed(facts) if _thing(fact) == _thing(step))
    return None if last is step else last


def _check_needed(facts: Sequence[AnyInvestmentFact], step: AnyInvestmentFact) -> None:
    """Nothing that stands is left without what it rests on. Raises InvestmentStepNeeded."""
    left = [fact for fact in facts if fact is not step]
    others = [fact for fact in left if not isinstance(fact, InvestmentDrafted)]
    if isinstance(step, InvestmentSigned) and others:
        raise InvestmentStepNeeded(
            f"{stored_name(type(others[0]))} of {others[0].effective_on} rests on the signature; take that back first",
            field="step",
        )
    if (ground := lost(facts, left)) is not None:
        raise InvestmentStepNeeded(ground.says, field="step")


WITHDRAWING: Part[Investments, InvestmentAgreement] = Part(
    decide={WithdrawInvestmentStep: _withdraw},
    scope={WithdrawInvestmentStep: agreement_tags},
)
