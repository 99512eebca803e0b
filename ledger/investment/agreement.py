"""From draft to signature, other terms, and the end.

Commands                      Facts (investment.…)   From
DraftInvestmentAgreement      drafted                nothing, DRAFT
SignInvestmentAgreement       signed                 DRAFT, by somebody who drafted none of it
ProposeInvestmentAmendment    amendment-proposed     SIGNED, IN_PERFORMANCE, FULFILLED, BREACHED
ApproveInvestmentAmendment    amended                the same, by somebody else than the proposer
RejectInvestmentAmendment     amendment-rejected     the same
FulfilInvestment              fulfilled              IN_PERFORMANCE, BREACHED: a breach can be cured
DeclareBreach                 breached               SIGNED, IN_PERFORMANCE
CloseInvestment               closed                 FULFILLED, BREACHED
TerminateInvestment           terminated             SIGNED, IN_PERFORMANCE, BREACHED

A missed test or an overdue tranche is derived; that the agreement is broken is declared by a person, and only on such a
ground. Nothing here is MCSC's money.

Refusals, in order of precedence (after those of rules.py)
├── InvestorUnknown               no such company (unknown)
├── InvestmentAmendmentUnknown    nobody has proposed it (unknown)
├── InvestorGone                  the company was merged away or has left
├── TranchesDiffer                I1: the tranches do not sum to the contracted amount
├── TranchesDisordered            they stand in the order of their days
├── IncentiveMalformed            an id stands once, for an amount
├── CovenantMalformed             an id once, a target, a site where it is per mu, an incentive that exists
├── InvestmentAmendmentTaken      this id is another amendment of the agreement (conflict)
├── InvestmentAmendmentDecided    it was approved or rejected already
├── AmendmentUndoes               what was contributed, paid or tested stays as it was
├── ApproverIsInvestmentAuthor    J7: nobody signs or approves what they wrote
├── NotFulfilled                  something is not paid in, or a covenant not met
├── BreachUnfounded               no tranche is overdue and no covenant was missed
└── ClawbackOutstanding           something is still owed back
"""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

from ledger.companies.company import Company
from ledger.decider import By, Id, Text
from ledger.investment.facts import (
    InvestmentAmended,
    InvestmentAmendmentProposed,
    InvestmentAmendmentRejected,
    InvestmentBreached,
    InvestmentClosed,
    InvestmentDrafted,
    InvestmentFulfilled,
    InvestmentSigned,
    InvestmentTerminated,
)
from ledger.investment.rules import (
    BINDING,
    InvestmentCommand,
    InvestmentRefusal,
    Investments,
    Part,
    amount_in,
    not_before,
    rate_on,
    terms_of,
)
from ledger.investment.standing import Agreement, InvestmentState, tested_as
from ledger.investment.terms import FX_TAGS, Covenant, InvestmentTerms, converted, decimals, in_minor
from ledger.values.evidence import Evidence
from ledger.values.measures import dm2
from ledger.values.money import EXPONENT, minor, written

YEARS = (1950, 2150)

# Commands


class DraftInvestmentAgreement(InvestmentCommand, frozen=True, kw_only=True, tag="draft-investment-agreement"):
    """Write down what is to be agreed; written again, it takes the place of the earlier draft."""

    company: Id
    terms: InvestmentTerms


class SignInvestmentAgreement(InvestmentCommand, frozen=True, kw_only=True, tag="sign-investment-agreement"):
    """Record that both sides signed the newest draft. `effective_on` is the day of the signatures."""

    document: Evidence


class ProposeInvestmentAmendment(InvestmentCommand, frozen=True, kw_only=True, tag="propose-investment-amendment"):
    """Ask for other terms: state all of them."""

    amendment: Id
    terms: InvestmentTerms
    reason: Text
    document: Evidence


class ApproveInvestmentAmendment(InvestmentCommand, frozen=True, kw_only=True, tag="approve-investment-amendment"):
    """Agree to what somebody else proposed. It binds from `effective_on` on."""

    amendment: Id


class RejectInvestmentAmendment(InvestmentCommand, frozen=True, kw_only=True, tag="reject-investment-amendment"):
    """Leave the agreement as it is."""

    amendment: Id
    reason: Text


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


class InvestorUnknown(InvestmentRefusal):
    """No such company."""

    code = "investor-unknown"
    kind = "unknown"


class InvestmentAmendmentUnknown(InvestmentRefusal):
    """Nobody has proposed it."""

    code = "investment-amendment-unknown"
    kind = "unknown"


class InvestorGone(InvestmentRefusal):
    """The company was merged away or has left."""

    code = "investor-gone"


class TranchesDiffer(InvestmentRefusal):
    """I1: the tranches do not sum to the contracted amount."""

    code = "tranches-differ"


class TranchesDisordered(InvestmentRefusal):
    """Tranches stand in the order of their days."""

    code = "tranches-disordered"


class IncentiveMalformed(InvestmentRefusal):
    """An id stands once, for an amount."""

    code = "incentive-malformed"


class CovenantMalformed(InvestmentRefusal):
    """An id once, a target, a site where it is per mu, an incentive that exists."""

    code = "covenant-malformed"


class InvestmentAmendmentTaken(InvestmentRefusal):
    """This id is another amendment of the agreement."""

    code = "investment-amendment-taken"
    kind = "conflict"


class InvestmentAmendmentDecided(InvestmentRefusal):
    """It was approved or rejected already."""

    code = "investment-amendment-decided"


class AmendmentUndoes(InvestmentRefusal):
    """What was contributed, paid or tested stays as it was."""

    code = "amendment-undoes"


class ApproverIsInvestmentAuthor(InvestmentRefusal):
    """J7: nobody signs or approves what they wrote."""

    code = "approver-is-investment-author"


class NotFulfilled(InvestmentRefusal):
    """Something is not paid in, or a covenant not met."""

    code = "investment-not-fulfilled"


class BreachUnfounded(InvestmentRefusal):
    """No tranche is overdue and no covenant was missed."""

    code = "breach-unfounded"


class ClawbackOutstanding(InvestmentRefusal):
    """Something is still owed back."""

    code = "clawback-outstanding"


# What terms may say


def check_terms(terms: InvestmentTerms) -> None:
    """The rules that terms keep by themselves. Raises InvestmentRefusal."""
    amount_in(terms.contracted, terms.currency, field="terms.contracted")
    for one in terms.tranches:
        amount_in(one.amount, terms.currency, field="terms.tranches")
    if terms.subscribed is not None:
        amount_in(terms.subscribed, terms.currency, field="terms.subscribed")
    total = sum(in_minor(one.amount, terms.currency) for one in terms.tranches)
    if total != terms.contracted_minor:
        raise TranchesDiffer(
            f"the tranches sum to {written(total, EXPONENT[terms.currency])} {terms.currency}, "
            f"not to the {terms.contracted} that are contracted",
            field="terms.tranches",
        )
    if any(later.due_on < earlier.due_on for earlier, later in pairwise(terms.tranches)):
        raise TranchesDisordered("tranches stand in the order of the days they are due on", field="terms.tranches")
    _check_incentives(terms)
    _check_covenants(terms)


def _twice(names: Iterable[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]


def _check_incentives(terms: InvestmentTerms) -> None:
    if twice := _twice(one.incentive for one in terms.incentives):
        raise IncentiveMalformed(f"incentive {twice[0]} stands more than once", field="terms.incentives")
    for one in terms.incentives:
        if minor(one.amount) == 0:
            raise IncentiveMalformed(f"incentive {one.incentive} is of 0.00 CNY", field="terms.incentives")


def _check_covenants(terms: InvestmentTerms) -> None:
    if twice := _twice(one.covenant for one in terms.covenants):
        raise CovenantMalformed(f"covenant {twice[0]} stands more than once", field="terms.covenants")
    for one in terms.covenants:
        if (wrong := _wrong(one, terms)) is not None:
            raise CovenantMalformed(f"covenant {one.covenant} {wrong}", field="terms.covenants")


def _wrong(one: Covenant, terms: InvestmentTerms) -> str | None:
    if Fraction(one.target) == 0:
        return "has a target of nothing"
    if not YEARS[0] <= one.test_on.year <= YEARS[1]:
        return f"is tested in {one.test_on.year}; a test date lies between {YEARS[0]} and {YEARS[1]}"
    if one.metric == "JOBS" and decimals(one.target):
        return "counts people: its target is a whole number"
    if Fraction(one.tolerance) >= 1:
        return f"tolerates everything: a tolerance is a share below 1, such as 0.1, not {one.tolerance}"
    if one.metric in ("FAI_INTENSITY", "TAX_PER_MU") and (terms.site is None or dm2(terms.site) == 0):
        return "is per mu, and no site is agreed"
    if one.incentive is not None and terms.incentive(one.incentive) is None:
        return f"costs the incentive {one.incentive}, which the terms do not have"
    return None


# What the state says

_STARTS: dict[type[Any], frozenset[InvestmentState]] = {
    InvestmentDrafted: frozenset({"DRAFT"}),
    InvestmentSigned: frozenset({"DRAFT"}),
    InvestmentAmendmentProposed: BINDING,
    InvestmentAmended: BINDING,
    InvestmentAmendmentRejected: BINDING,
    InvestmentFulfilled: frozenset({"IN_PERFORMANCE", "BREACHED"}),
    InvestmentBreached: frozenset({"SIGNED", "IN_PERFORMANCE"}),
    InvestmentClosed: frozenset({"FULFILLED", "BREACHED"}),
    InvestmentTerminated: frozenset({"SIGNED", "IN_PERFORMANCE", "BREACHED"}),
}


def _told(state: Investments, agreement: Agreement, command: Any, by: By) -> dict[str, Any]:
    match command:
        case DraftInvestmentAgreement():
            _check_investor(state.companies.get(command.company), command.company)
            check_terms(command.terms)
            return {"drafted_by": by.actor}
        case SignInvestmentAgreement():
            if by.actor in agreement.drafters:
                raise ApproverIsInvestmentAuthor(f"{by.actor} drafted {agreement.agreement}; somebody else signs it")
            return {"signed_by": by.actor, **_in_cny(state, terms_of(agreement), command)}
        case ProposeInvestmentAmendment():
            _check_proposal(agreement, command)
            return {"proposed_by": by.actor}
        case ApproveInvestmentAmendment() | RejectInvestmentAmendment():
            return _decided(state, agreement, command, by)
    _check_end(agreement, command)
    return {}


def _check_investor(company: Company | None, name: str) -> None:
    if company is None or company.lead_on is None:
        raise InvestorUnknown(f"there is no company {name}; register it as a lead first", field="company")
    if company.stage == "MERGED":
        raise InvestorGone(f"{name} was merged into {company.merged_into}; draft the agreement for that")
    if company.stage == "EXITED":
        raise InvestorGone(f"{name} has left since {company.exited_on}", field="company")


def _in_cny(state: Investments, terms: InvestmentTerms, command: InvestmentCommand) -> dict[str, Any]:
    """The contracted amount in CNY on the day, for sums over agreements; nobody has paid it yet."""
    rate = rate_on(state, terms.currency, command.effective_on)
    return {
        "rate": rate,
        "contracted_cny_minor": converted(terms.contracted_minor, terms.currency, rate or "1"),
    }


def _check_proposal(agreement: Agreement, command: ProposeInvestmentAmendment) -> None:
    if command.amendment in agreement.amendments:
        raise InvestmentAmendmentTaken(
            f"amendment {command.amendment} of {agreement.agreement} is proposed already and says otherwise",
            field="amendment",
        )
    check_terms(command.terms)
    check_kept(agreement, command.terms)


def check_kept(agreement: Agreement, terms: InvestmentTerms) -> None:
    """New terms undo nothing that was done under the old ones. Raises AmendmentUndoes."""
    known = terms_of(agreement)
    if terms.currency != known.currency and any(one.recorded for one in agreement.contributions.values()):
        raise AmendmentUndoes(
            f"contributions are kept in {known.currency}; the currency of the contract stays", field="terms.currency"
        )
    paid_for = {one.incentive for one in agreement.payments.values()}
    for incentive in sorted(paid_for | {one.incentive for one in agreement.outside.values()}):
        paid = agreement.paid_minor(incentive) + agreement.outside_minor(incentive)
        promised, before = terms.incentive(incentive), known.incentive(incentive)
        if promised is None or minor(promised.amount) < paid or (before and promised.payer != before.payer):
            raise AmendmentUndoes(
                f"{written(paid)} CNY of incentive {incentive} are paid already; it stays, with its payer",
                field="terms.incentives",
            )
    for test in agreement.tests.values():
        if terms.covenant(test.covenant) is None:
            raise AmendmentUndoes(f"covenant {test.covenant} was tested; it stays", field="terms.covenants")


def _decided(state: Investments, agreement: Agreement, command: Any, by: By) -> dict[str, Any]:
    proposal = agreement.amendments[command.amendment]
    if command.amendment in agreement.decided:
        raise InvestmentAmendmentDecided(
            f"amendment {command.amendment} was decided already; propose other terms under another id",
            field="amendment",
        )
    not_before(command.effective_on, proposal.effective_on, f"{command.amendment} was proposed")
    if isinstance(command, RejectInvestmentAmendment):
        return {"rejected_by": by.actor}
    check_kept(agreement, proposal.terms)
    if by.actor == proposal.proposed_by:
        raise ApproverIsInvestmentAuthor(f"{by.actor} proposed {command.amendment}; somebody else approves it")
    words = {"terms": proposal.terms, "proposed_by": proposal.proposed_by, "approved_by": by.actor}
    return words | _in_cny(state, proposal.terms, command)


def _check_end(agreement: Agreement, command: Any) -> None:
    match command:
        case FulfilInvestment():
            if missing := _missing(agreement):
                raise NotFulfilled(f"{agreement.agreement} is not fulfilled: {'; '.join(missing)}")
        case DeclareBreach():
            _check_ground(agreement, command)
        case CloseInvestment():
            if agreement.outstanding_minor:
                raise ClawbackOutstanding(
                    f"{written(agreement.outstanding_minor)} CNY are still owed back; collect or waive them first"
                )


def _missing(agreement: Agreement) -> list[str]:
    terms = terms_of(agreement)
    short = terms.contracted_minor - agreement.paid_in_minor()
    missing = [f"{written(short, EXPONENT[terms.currency])} {terms.currency} are not paid in"] if short > 0 else []
    for one in terms.covenants:
        test = agreement.tests.get(tested_as(one.covenant, one.test_on))
        if test is None or test.result != "MET":
            missing.append(f"covenant {one.covenant} is not {'tested' if test is None else 'met'}")
    return missing


def _check_ground(agreement: Agreement, command: DeclareBreach) -> None:
    due = terms_of(agreement).due_minor(command.effective_on - timedelta(days=1))
    missed = any(test.result == "MISSED" for test in agreement.tests.values())
    if not missed and agreement.paid_in_minor(command.effective_on) >= due:
        raise BreachUnfounded(f"no tranche of {agreement.agreement} is overdue, and no covenant was tested and missed")


def _given(agreement: Agreement, command: Any) -> dict[str, Any]:
    decides = isinstance(command, ApproveInvestmentAmendment | RejectInvestmentAmendment)
    if decides and command.amendment not in agreement.amendments:
        raise InvestmentAmendmentUnknown(
            f"nobody has proposed an amendment {command.amendment} of {agreement.agreement}", field="amendment"
        )
    return {}


def _scope(command: InvestmentCommand) -> tuple[str, ...]:
    match command:
        case DraftInvestmentAgreement():
            return (f"company:{command.company}",)
        case SignInvestmentAgreement() | ApproveInvestmentAmendment():
            return FX_TAGS
    return ()


AGREEMENT = Part(
    facts={
        DraftInvestmentAgreement: InvestmentDrafted,
        SignInvestmentAgreement: InvestmentSigned,
        ProposeInvestmentAmendment: InvestmentAmendmentProposed,
        ApproveInvestmentAmendment: InvestmentAmended,
        RejectInvestmentAmendment: InvestmentAmendmentRejected,
        FulfilInvestment: InvestmentFulfilled,
        DeclareBreach: InvestmentBreached,
        CloseInvestment: InvestmentClosed,
        TerminateInvestment: InvestmentTerminated,
    },
    starts=_STARTS,
    given=_given,
    told=_told,
    scope=_scope,
)
