"""The agreement itself: from draft to signature, and amendments of its terms.

Commands                      Facts (investment.…)   From
DraftInvestmentAgreement      drafted                nothing, DRAFT
SignInvestmentAgreement       signed                 DRAFT, by somebody who drafted none of it
ProposeInvestmentAmendment    amendment-proposed     SIGNED, IN_PERFORMANCE, FULFILLED, BREACHED
ApproveInvestmentAmendment    amended                the same, by somebody else than the proposer
RejectInvestmentAmendment     amendment-rejected     the same

Nothing here is MCSC's money.

Refusals, in order of precedence (after those of rules.py)
├── InvestorUnknown               no such company (unknown)
├── InvestmentAmendmentUnknown    nobody has proposed it (unknown)
├── InvestorGone                  the company was merged away or has left: when it is drafted, signed or amended
├── TranchesDiffer                I1: the tranches do not sum to the contracted amount
├── TranchesDisordered            they stand in the order of their days
├── IncentiveMalformed            an id stands once, for an amount
├── CovenantMalformed             an id once, a target, a site where it is per mu, an incentive that exists
├── InvestmentAmendmentTaken      this id is another amendment of the agreement (conflict)
├── InvestmentAmendmentDecided    it was approved or rejected already
├── AmendmentUndoes               what was contributed, paid, tested, declared or due stays as it was on its day
└── ApproverIsInvestmentAuthor    J7: nobody signs or approves what they wrote
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import ClassVar

from ledger.companies.company import Company
from ledger.companies.facts import GONE_TAG
from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.investment.facts import (
    InvestmentAmended,
    InvestmentAmendmentProposed,
    InvestmentAmendmentRejected,
    InvestmentDrafted,
    InvestmentSigned,
)
from ledger.investment.grounds import lost
from ledger.investment.rules import (
    InvestmentCommand,
    InvestmentExists,
    InvestmentRefusal,
    Investments,
    agreement_of,
    agreement_tags,
    amount_in,
    check_place,
    converting_tags,
    not_before,
    rate_on,
    terms_of,
)
from ledger.investment.standing import InvestmentAgreement
from ledger.investment.terms import Covenant, InvestmentTerms, converted, decimals, in_minor
from ledger.values.days import Agreed
from ledger.values.evidence import Evidence
from ledger.values.measures import dm2
from ledger.values.money import EXPONENT, minor, written

YEARS = (1950, 2150)
"""The years in which a covenant can be tested."""

# Commands


class DraftInvestmentAgreement(InvestmentCommand, frozen=True, kw_only=True, tag="draft-investment-agreement"):
    """Write down what is to be agreed; written again, it takes the place of the earlier draft."""

    put_right: ClassVar[str] = (
        "Draft it anew: the newest draft is what is signed. `withdraw-investment-step` takes a draft back."
    )
    company: Id
    terms: InvestmentTerms


class SignInvestmentAgreement(InvestmentCommand, frozen=True, kw_only=True, tag="sign-investment-agreement"):
    """Record that both sides signed the newest draft. `effective_on` is the day of the signatures."""

    put_right: ClassVar[str] = (
        "`withdraw-investment-step`, as long as nothing rests on the signature; other terms are amended "
        "(`propose-investment-amendment`), an agreement that ends is terminated (`terminate-investment`)."
    )
    document: Evidence


class ProposeInvestmentAmendment(InvestmentCommand, frozen=True, kw_only=True, tag="propose-investment-amendment"):
    """Ask for other terms: state all of them."""

    put_right: ClassVar[str] = (
        "`reject-investment-amendment`, or `withdraw-investment-step`; then propose it again under another id."
    )
    amendment: Id
    terms: InvestmentTerms
    reason: Text
    document: Evidence


class ApproveInvestmentAmendment(InvestmentCommand, frozen=True, kw_only=True, tag="approve-investment-amendment"):
    """Agree to what somebody else proposed. It binds from `effective_on` on."""

    effective_on: Agreed
    put_right: ClassVar[str] = "`withdraw-investment-step`, where nothing rests on the terms; else a further amendment."
    amendment: Id


class RejectInvestmentAmendment(InvestmentCommand, frozen=True, kw_only=True, tag="reject-investment-amendment"):
    """Leave the agreement as it is."""

    put_right: ClassVar[str] = "`withdraw-investment-step`, or propose it again under another id."
    amendment: Id
    reason: Text


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
    """An amendment leaves what was contributed, paid, tested, declared or due as it was on its day."""

    code = "amendment-undoes"


class ApproverIsInvestmentAuthor(InvestmentRefusal):
    """J7: nobody signs or approves what they wrote."""

    code = "approver-is-investment-author"


# What terms may say


def check_terms(terms: InvestmentTerms) -> None:
    """Check the rules that terms keep by themselves. Raises InvestmentRefusal."""
    amount_in(terms.contracted, terms.currency, field="terms.contracted")
    for tranche in terms.tranches:
        amount_in(tranche.amount, terms.currency, field="terms.tranches")
    if terms.subscribed is not None:
        amount_in(terms.subscribed, terms.currency, field="terms.subscribed")
    total = sum(in_minor(tranche.amount, terms.currency) for tranche in terms.tranches)
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
    if twice := _twice(incentive.incentive for incentive in terms.incentives):
        raise IncentiveMalformed(f"incentive {twice[0]} stands more than once", field="terms.incentives")
    for incentive in terms.incentives:
        if minor(incentive.amount) == 0:
            raise IncentiveMalformed(f"incentive {incentive.incentive} is of 0.00 CNY", field="terms.incentives")


def _check_covenants(terms: InvestmentTerms) -> None:
    if twice := _twice(covenant.covenant for covenant in terms.covenants):
        raise CovenantMalformed(f"covenant {twice[0]} stands more than once", field="terms.covenants")
    for covenant in terms.covenants:
        if (wrong := _wrong(covenant, terms)) is not None:
            raise CovenantMalformed(f"covenant {covenant.covenant} {wrong}", field="terms.covenants")


def _wrong(covenant: Covenant, terms: InvestmentTerms) -> str | None:
    if Fraction(covenant.target) == 0:
        return "has a target of nothing"
    if not YEARS[0] <= covenant.test_on.year <= YEARS[1]:
        return f"is tested in {covenant.test_on.year}; a test date lies between {YEARS[0]} and {YEARS[1]}"
    if covenant.metric == "JOBS" and decimals(covenant.target):
        return "counts people: its target is a whole number"
    if Fraction(covenant.tolerance) >= 1:
        return f"tolerates everything: a tolerance is a share below 1, such as 0.1, not {covenant.tolerance}"
    if covenant.metric in ("FAI_INTENSITY", "TAX_PER_MU") and (terms.site is None or dm2(terms.site) == 0):
        return "is per mu, and no site is agreed"
    if covenant.incentive is not None and terms.incentive(covenant.incentive) is None:
        return f"costs the incentive {covenant.incentive}, which the terms do not have"
    return None


def check_kept(state: Investments, amended: InvestmentAmended) -> None:
    """Check that new terms undo nothing that was done under the old ones. Raises AmendmentUndoes."""
    facts = state.recorded[amended.agreement]
    if (ground := lost(facts, (*facts, amended))) is not None:
        raise AmendmentUndoes(ground.says, field=ground.field)


# Scope


def _scope_of_draft(command: DraftInvestmentAgreement) -> tuple[str, ...]:
    return (*agreement_tags(command), f"company:{command.company}")


def _scope_of_signing(command: SignInvestmentAgreement | ApproveInvestmentAmendment) -> tuple[str, ...]:
    """The agreement, every exchange rate, and all companies that are gone."""
    return (*converting_tags(command), GONE_TAG)


# Decide


def _draft(state: Investments, command: DraftInvestmentAgreement, by: By) -> Sequence[Fact]:
    agreement = state.agreements.get(command.agreement)
    if agreement is not None and agreement.company != command.company:
        raise InvestmentExists(
            f"{command.agreement} is an agreement with {agreement.company}; choose another id", field="agreement"
        )
    terms = command.terms.normal
    if said(InvestmentDrafted, command, terms=terms) in state.asked.values():
        return ()
    if agreement is not None:
        check_place(agreement, InvestmentDrafted, command)
    _check_investor(state.companies.get(command.company), command.company)
    check_terms(terms)
    return (
        InvestmentDrafted(
            effective_on=command.effective_on,
            agreement=command.agreement,
            company=command.company,
            terms=terms,
            drafted_by=by.actor,
        ),
    )


def _check_investor(company: Company | None, name: str) -> None:
    if company is None or company.lead_on is None:
        raise InvestorUnknown(f"there is no company {name}; register-lead first", field="company")
    _check_there(company, "company")


def _check_there(company: Company | None, field: str) -> None:
    """The investor is not gone; of others than those who are gone, a signature sees nothing. Raises InvestorGone."""
    if company is not None and company.stage == "MERGED":
        raise InvestorGone(
            f"{company.company} was merged into {company.merged_into}; draft the agreement for that", field=field
        )
    if company is not None and company.stage == "EXITED":
        raise InvestorGone(f"{company.company} has left since {company.exited_on}", field=field)


def _sign(state: Investments, command: SignInvestmentAgreement, by: By) -> Sequence[Fact]:
    agreement = agreement_of(state, command)
    if said(InvestmentSigned, command) in state.asked.values():
        return ()
    check_place(agreement, InvestmentSigned, command)
    if by.actor in agreement.drafters:
        raise ApproverIsInvestmentAuthor(f"{by.actor} drafted {agreement.agreement}; somebody else signs it")
    _check_there(state.companies.get(agreement.company), "agreement")
    terms = terms_of(agreement, command.effective_on)
    rate = rate_on(state, terms.currency, command.effective_on)
    return (
        InvestmentSigned(
            effective_on=command.effective_on,
            agreement=agreement.agreement,
            company=agreement.company,
            signed_by=by.actor,
            document=command.document,
            rate=rate,
            contracted_cny_minor=_contracted_cny_minor(terms, rate),
        ),
    )


def _contracted_cny_minor(terms: InvestmentTerms, rate: str | None) -> int:
    """The contracted amount in CNY on the day, for sums over agreements; nobody has paid it yet."""
    return converted(terms.contracted_minor, terms.currency, rate or "1")


def _propose(state: Investments, command: ProposeInvestmentAmendment, by: By) -> Sequence[Fact]:
    agreement = agreement_of(state, command)
    terms = command.terms.normal
    if said(InvestmentAmendmentProposed, command, terms=terms) in state.asked.values():
        return ()
    check_place(agreement, InvestmentAmendmentProposed, command)
    if command.amendment in agreement.amendments:
        raise InvestmentAmendmentTaken(
            f"amendment {command.amendment} of {agreement.agreement} is proposed already and says otherwise",
            field="amendment",
        )
    check_terms(terms)
    check_kept(state, _amended(agreement, command.amendment, terms, command.effective_on, by.actor, by.actor, None))
    return (
        InvestmentAmendmentProposed(
            effective_on=command.effective_on,
            agreement=agreement.agreement,
            company=agreement.company,
            amendment=command.amendment,
            terms=terms,
            reason=command.reason,
            document=command.document,
            proposed_by=by.actor,
        ),
    )


def _approve(state: Investments, command: ApproveInvestmentAmendment, by: By) -> Sequence[Fact]:
    agreement = agreement_of(state, command)
    proposal = _proposal_of(agreement, command.amendment)
    if said(InvestmentAmended, command) in state.asked.values():
        return ()
    check_place(agreement, InvestmentAmended, command)
    _check_undecided(agreement, proposal, command)
    terms, proposer = proposal.terms.normal, proposal.proposed_by
    amended = _amended(agreement, command.amendment, terms, command.effective_on, proposer, by.actor, None)
    check_kept(state, amended)
    if by.actor == proposer:
        raise ApproverIsInvestmentAuthor(f"{by.actor} proposed {command.amendment}; somebody else approves it")
    _check_there(state.companies.get(agreement.company), "agreement")
    rate = rate_on(state, terms.currency, command.effective_on)
    return (_amended(agreement, command.amendment, terms, command.effective_on, proposer, by.actor, rate),)


def _amended(
    agreement: InvestmentAgreement,
    amendment: str,
    terms: InvestmentTerms,
    on: date,
    proposed_by: str,
    approved_by: str,
    rate: str | None,
) -> InvestmentAmended:
    return InvestmentAmended(
        effective_on=on,
        agreement=agreement.agreement,
        company=agreement.company,
        amendment=amendment,
        terms=terms,
        proposed_by=proposed_by,
        approved_by=approved_by,
        rate=rate,
        contracted_cny_minor=_contracted_cny_minor(terms, rate),
    )


def _reject(state: Investments, command: RejectInvestmentAmendment, by: By) -> Sequence[Fact]:
    agreement = agreement_of(state, command)
    proposal = _proposal_of(agreement, command.amendment)
    if said(InvestmentAmendmentRejected, command) in state.asked.values():
        return ()
    check_place(agreement, InvestmentAmendmentRejected, command)
    _check_undecided(agreement, proposal, command)
    return (
        InvestmentAmendmentRejected(
            effective_on=command.effective_on,
            agreement=agreement.agreement,
            company=agreement.company,
            amendment=command.amendment,
            reason=command.reason,
            rejected_by=by.actor,
        ),
    )


def _proposal_of(agreement: InvestmentAgreement, amendment: str) -> InvestmentAmendmentProposed:
    proposal = agreement.amendments.get(amendment)
    if proposal is None:
        raise InvestmentAmendmentUnknown(
            f"nobody has proposed an amendment {amendment} of {agreement.agreement}", field="amendment"
        )
    return proposal


def _check_undecided(
    agreement: InvestmentAgreement, proposal: InvestmentAmendmentProposed, command: InvestmentCommand
) -> None:
    if proposal.amendment in agreement.decided:
        raise InvestmentAmendmentDecided(
            f"amendment {proposal.amendment} was decided already; propose other terms under another id",
            field="amendment",
        )
    not_before(command.effective_on, proposal.effective_on, f"{proposal.amendment} was proposed")


AGREEMENT: Part[Investments, InvestmentAgreement] = Part(
    decide={
        DraftInvestmentAgreement: _draft,
        SignInvestmentAgreement: _sign,
        ProposeInvestmentAmendment: _propose,
        ApproveInvestmentAmendment: _approve,
        RejectInvestmentAmendment: _reject,
    },
    scope={
        DraftInvestmentAgreement: _scope_of_draft,
        SignInvestmentAgreement: _scope_of_signing,
        ProposeInvestmentAmendment: agreement_tags,
        ApproveInvestmentAmendment: _scope_of_signing,
        RejectInvestmentAmendment: agreement_tags,
    },
)
