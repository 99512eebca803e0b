"""The end of an agreement: fulfilled, broken, put away, terminated.

Commands              Facts (investment.…)   From
FulfilInvestment      fulfilled              IN_PERFORMANCE, BREACHED: a breach can be cured
DeclareBreach         breached               SIGNED, IN_PERFORMANCE
CloseInvestment       closed                 FULFILLED, BREACHED
TerminateInvestment   terminated             SIGNED, IN_PERFORMANCE, BREACHED

A missed test or an overdue tranche is derived; that the agreement is broken is declared by a person, and only on such a
ground. Nothing here is MCSC's money.

Refusals, in order of precedence (after those of rules.py)
├── NotFulfilled          something is not paid in, or a covenant not met
├── BreachUnfounded       no tranche is overdue and no covenant was missed
└── ClawbackOutstanding   something is still owed back
"""

from collections.abc import Sequence
from datetime import timedelta

from ledger.decider import By, Fact, Part, Text, said
from ledger.investment.facts import InvestmentBreached, InvestmentClosed, InvestmentFulfilled, InvestmentTerminated
from ledger.investment.rules import (
    InvestmentCommand,
    InvestmentRefusal,
    Investments,
    agreement_of,
    agreement_tags,
    check_place,
    terms_of,
)
from ledger.investment.standing import InvestmentAgreement, tested_as
from ledger.values.evidence import Evidence
from ledger.values.money import EXPONENT, written

# Commands


class FulfilInvestment(InvestmentCommand, frozen=True, kw_only=True, tag="fulfil-investment"):
    """Record that the investor did everything it had promised."""

    evidence: Evidence


class DeclareBreach(InvestmentCommand, frozen=True, kw_only=True, tag="declare-breach"):
    """Declare that the investor broke the agreement."""

    reason: Text
    evidence: Evidence


class CloseInvestment(InvestmentCommand, frozen=True, kw_only=True, tag="close-investment"):
    """Put the agreement away: nothing is left to be done under it."""


class TerminateInvestment(InvestmentCommand, frozen=True, kw_only=True, tag="terminate-investment"):
    """End the agreement before it is fulfilled."""

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
    if missing := _missing(agreement):
        raise NotFulfilled(f"{agreement.agreement} is not fulfilled: {'; '.join(missing)}")
    return (
        InvestmentFulfilled(
            effective_on=command.effective_on,
            agreement=agreement.agreement,
            company=agreement.company,
            evidence=command.evidence,
        ),
    )


def _missing(agreement: InvestmentAgreement) -> list[str]:
    terms = terms_of(agreement)
    short = terms.contracted_minor - agreement.paid_in_minor()
    missing = [f"{written(short, EXPONENT[terms.currency])} {terms.currency} are not paid in"] if short > 0 else []
    for covenant in terms.covenants:
        test = agreement.tests.get(tested_as(covenant.covenant, covenant.test_on))
        if test is None or test.result != "MET":
            missing.append(f"covenant {covenant.covenant} is not {'tested' if test is None else 'met'}")
    return missing


def _breach(state: Investments, command: DeclareBreach, _by: By) -> Sequence[Fact]:
    agreement = agreement_of(state, command)
    if said(InvestmentBreached, command) in state.asked.values():
        return ()
    check_place(agreement, InvestmentBreached, command)
    due = terms_of(agreement).due_minor(command.effective_on - timedelta(days=1))
    missed = any(test.result == "MISSED" for test in agreement.tests.values())
    if not missed and agreement.paid_in_minor(command.effective_on) >= due:
        raise BreachUnfounded(f"no tranche of {agreement.agreement} is overdue, and no covenant was tested and missed")
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
    if agreement.outstanding_minor:
        raise ClawbackOutstanding(
            f"{written(agreement.outstanding_minor)} CNY are still owed back; collect or waive them first"
        )
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
