"""The end of an agreement: fulfilled, broken, put away, terminated.

Commands              Facts (investment.…)   From
FulfilInvestment      fulfilled              IN_PERFORMANCE, BREACHED: a breach can be cured
DeclareBreach         breached               SIGNED, IN_PERFORMANCE
CloseInvestment       closed                 FULFILLED, BREACHED
TerminateInvestment   terminated             SIGNED, IN_PERFORMANCE, BREACHED

A missed test or an overdue tranche is derived; that the agreement is broken is declared by a person, and only on such a
ground. Nothing here is MCSC's money.

Refusals, in order of precedence (after those of rules.py)
├── NotFulfilled          something is not paid in on that day, or a covenant not met, or its test is outdated
├── BreachUnfounded       no tranche is overdue on that day and no covenant of its terms was missed
├── (InvestmentGroundGone) of rules.py: a clawback asks for what is not owed
├── ClawbackOutstanding   something is still owed back
└── (CovenantTestOutdated) of incentives.py: nothing is put away on a test that the record contradicts
"""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from ledger.decider import By, Fact, Part, Text, said
from ledger.investment.facts import InvestmentBreached, InvestmentClosed, InvestmentFulfilled, InvestmentTerminated
from ledger.investment.grounds import missed, missing, overdue, unowed
from ledger.investment.incentives import CovenantTestOutdated
from ledger.investment.performance import outdated
from ledger.investment.rules import (
    InvestmentCommand,
    InvestmentGroundGone,
    InvestmentRefusal,
    Investments,
    agreement_of,
    agreement_tags,
    check_place,
    not_before,
)
from ledger.investment.standing import InvestmentAgreement
from ledger.values.evidence import Evidence
from ledger.values.money import written

# Commands


class FulfilInvestment(InvestmentCommand, frozen=True, kw_only=True, tag="fulfil-investment"):
    """Record that the investor did everything it had promised."""

    put_right: ClassVar[str] = "`withdraw-investment-step`."
    evidence: Evidence


class DeclareBreach(InvestmentCommand, frozen=True, kw_only=True, tag="declare-breach"):
    """Declare that the investor broke the agreement."""

    put_right: ClassVar[str] = "`withdraw-investment-step`; a breach that is cured is fulfilled (`fulfil-investment`)."
    reason: Text
    evidence: Evidence


class CloseInvestment(InvestmentCommand, frozen=True, kw_only=True, tag="close-investment"):
    """Put the agreement away: nothing is left to be done under it."""

    put_right: ClassVar[str] = "`withdraw-investment-step`: the agreement is open again."


class TerminateInvestment(InvestmentCommand, frozen=True, kw_only=True, tag="terminate-investment"):
    """End the agreement before it is fulfilled."""

    put_right: ClassVar[str] = "`withdraw-investment-step`: the agreement goes on."
    reason: Text
    document: Evidence


# Refusals


class NotFulfilled(InvestmentRefusal):
    """Something is not paid in, or a covenant not met."""

    code = "investment-not-fulfilled"


class BreachUnfounded(InvestmentRefusal):
    """No tranche is overdue and no covenant was missed."""

    code = "breach-unfounded"


class ClawbackOutstanding(InvestmentRefusal):
    """Something is still owed back."""

    code = "clawback-outstanding"


# Decide


def _fulfil(state: Investments, command: FulfilInvestment, _by: By) -> Sequence[Fact]:
    agreement = agreement_of(state, command)
    if said(InvestmentFulfilled, command) in state.asked.values():
        return ()
    check_place(agreement, InvestmentFulfilled, command)
    if left := [
        *missing(state.on(agreement.agreement, command.effective_on), command.effective_on),
        *_stale(agreement),
    ]:
        raise NotFulfilled(f"{agreement.agreement} is not fulfilled on {command.effective_on}: {'; '.join(left)}")
    return (
        InvestmentFulfilled(
            effective_on=command.effective_on,
            agreement=agreement.agreement,
            company=agreement.company,
            evidence=command.evidence,
        ),
    )


def _stale(agreement: InvestmentAgreement) -> list[str]:
    """The tests that what is on record contradicts."""
    return [words for test in agreement.tests.values() if (words := outdated(agreement, test)) is not None]


def _breach(state: Investments, command: DeclareBreach, _by: By) -> Sequence[Fact]:
    agreement = agreement_of(state, command)
    if said(InvestmentBreached, command) in state.asked.values():
        return ()
    check_place(agreement, InvestmentBreached, command)
    then = state.on(agreement.agreement, command.effective_on)
    tests = missed(then, command.effective_on)
    if not overdue(then, command.effective_on) and all(outdated(agreement, test) for test in tests):
        stale = "".join(f"; {words}" for test in tests if (words := outdated(agreement, test)))
        raise BreachUnfounded(
            f"on {command.effective_on} no tranche of {agreement.agreement} is overdue, and no covenant of its terms "
            f"was tested and missed{stale}"
        )
    return (
        InvestmentBreached(
            effective_on=command.effective_on,
            agreement=agreement.agreement,
            company=agreement.company,
            reason=command.reason,
            evidence=command.evidence,
        ),
    )


def _close(state: Investments, command: CloseInvestment, _by: By) -> Sequence[Fact]:
    agreement = agreement_of(state, command)
    if said(InvestmentClosed, command) in state.asked.values():
        return ()
    check_place(agreement, InvestmentClosed, command)
    if unfounded := [ground.says for _, ground in unowed(state.recorded[agreement.agreement], agreement)]:
        raise InvestmentGroundGone("; ".join(unfounded))
    if agreement.outstanding_minor:
        raise ClawbackOutstanding(
            f"{written(agreement.outstanding_minor)} CNY are still owed back; collect, waive or reverse them first"
        )
    if stale := _stale(agreement):
        raise CovenantTestOutdated("; ".join(stale))
    moves = [move.on for clawback in agreement.clawbacks.values() for move in clawback.open.moves]
    not_before(command.effective_on, max(moves, default=date.min), "a clawback was assessed, waived or collected")
    return (
        InvestmentClosed(effective_on=command.effective_on, agreement=agreement.agreement, company=agreement.company),
    )


def _terminate(state: Investments, command: TerminateInvestment, _by: By) -> Sequence[Fact]:
    agreement = agreement_of(state, command)
    if said(InvestmentTerminated, command) in state.asked.values():
        return ()
    check_place(agreement, InvestmentTerminated, command)
    return (
        InvestmentTerminated(
            effective_on=command.effective_on,
            agreement=agreement.agreement,
            company=agreement.company,
            reason=command.reason,
            document=command.document,
        ),
    )


ENDING: Part[Investments, InvestmentAgreement] = Part(
    decide={
        FulfilInvestment: _fulfil,
        DeclareBreach: _breach,
        CloseInvestment: _close,
        TerminateInvestment: _terminate,
    },
    scope={
        FulfilInvestment: agreement_tags,
        DeclareBreach: agreement_tags,
        CloseInvestment: agreement_tags,
        TerminateInvestment: agreement_tags,
    },
)
