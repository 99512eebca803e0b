"""From lead to agreement: whom we know, whom we want, what they intend; and who was set aside.

Commands                  Facts (company.…)   From
RegisterLead              lead-registered     –
AddTouch                  touch-added         any
CorrectOrigin             origin-corrected    any; the only way to change the first touch (C5)
ScreenCompany             screened            any
QualifyCompany            qualified           LEAD
SignLoi                   loi-signed          QUALIFIED
LinkInvestmentAgreement   agreement-linked    QUALIFIED, LOI_SIGNED; further ones without a change of stage
RejectCompany             rejected            LEAD … AGREEMENT_SIGNED
MarkDormant               became-dormant      LEAD … REGISTERED
ReactivateCompany         reactivated         REJECTED, DORMANT: back to the stage before

Refusals, in order of precedence
├── OriginYearMismatch   a CIIE pavilion has a year, other channels have none
├── NotScreened          qualifying needs a clear screening on every list
├── LoiIsBinding         C6: an LOI carries intentions, never commitments
└── AmountMalformed      more decimals than the currency has
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from ledger.companies.company import (
    WITHDRAW,
    Companies,
    Company,
    CompanyCommand,
    CompanyExists,
    CompanyRefusal,
    check_place,
    of_company,
    the_company,
)
from ledger.companies.facts import (
    CompanyBecameDormant,
    CompanyFact,
    CompanyQualified,
    CompanyReactivated,
    CompanyRejected,
    CompanyScreened,
    Country,
    Intended,
    InvestmentAgreementLinked,
    LeadRegistered,
    LoiSigned,
    OriginChannel,
    OriginCorrected,
    ScreeningList,
    Stage,
    TouchAdded,
    Year,
)
from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.values.days import Happened
from ledger.values.evidence import Evidence

SCREENING_LISTS: tuple[ScreeningList, ...] = ("SANCTIONS", "EXPORT_CONTROL", "NEGATIVE_LIST")
DECIMALS: Mapping[str, int] = {"CNY": 2, "USD": 2, "EUR": 2, "JPY": 0, "KRW": 0, "BHD": 3, "KWD": 3}

# Commands


class RegisterLead(CompanyCommand, frozen=True, kw_only=True, tag="register-lead"):
    """Begin a company's record. `company` is the id you choose for it; CIIE_PAVILION needs its `origin_year`."""

    put_right: ClassVar[str] = (
        "A name or country: `correct-details`; the origin: `correct-origin`. The date, or a lead that is "
        "none: `withdraw-company-step`."
    )
    name: Text
    name_zh: Text | None = None
    country: Country
    origin: OriginChannel
    origin_year: Year | None = None
    source: Text | None = None


class AddTouch(CompanyCommand, frozen=True, kw_only=True, tag="add-touch"):
    """Note a later contact; the origin does not change."""

    put_right: ClassVar[str] = "`withdraw-company-step`."
    channel: OriginChannel
    year: Year | None = None
    note: Text | None = None


class CorrectOrigin(CompanyCommand, frozen=True, kw_only=True, tag="correct-origin"):
    """The origin was recorded wrong: say what it really was, and what proves it."""

    put_right: ClassVar[str] = "`correct-origin` again, or `withdraw-company-step`: the origin before stands again."
    origin: OriginChannel
    origin_year: Year | None = None
    reason: Text
    evidence: Evidence


class ScreenCompany(CompanyCommand, frozen=True, kw_only=True, tag="screen-company"):
    """Record the result of looking the company up on lists."""

    put_right: ClassVar[str] = (
        "`screen-company` again: the latest counts. A screening that was none: `withdraw-company-step`."
    )
    result: Literal["CLEAR", "HIT"]
    lists: Annotated[tuple[ScreeningList, ...], Meta(min_length=1, max_length=3)]
    evidence: Evidence


class QualifyCompany(CompanyCommand, frozen=True, kw_only=True, tag="qualify-company"):
    """Qualify a lead. Its latest screening must be clear on all three lists."""

    put_right: ClassVar[str] = WITHDRAW


class SignLoi(CompanyCommand, frozen=True, kw_only=True, tag="sign-loi"):
    """Record a letter of intent or MoU. It carries intentions only."""

    put_right: ClassVar[str] = WITHDRAW
    intended_investment: Intended | None = None
    binding: bool = False
    evidence: Evidence


class LinkInvestmentAgreement(CompanyCommand, frozen=True, kw_only=True, tag="link-investment-agreement"):
    """Record that a binding investment agreement exists."""

    put_right: ClassVar[str] = WITHDRAW
    agreement: Id
    signed_on: Happened
    evidence: Evidence


class RejectCompany(CompanyCommand, frozen=True, kw_only=True, tag="reject-company"):
    """Do not go on with this company."""

    put_right: ClassVar[str] = "`reactivate-company`; a rejection that was none: `withdraw-company-step`."
    reason: Text


class MarkDormant(CompanyCommand, frozen=True, kw_only=True, tag="mark-dormant"):
    """Nothing moves for the time being."""

    put_right: ClassVar[str] = "`reactivate-company`; where it never was dormant: `withdraw-company-step`."
    reason: Text


class ReactivateCompany(CompanyCommand, frozen=True, kw_only=True, tag="reactivate-company"):
    """Go on with a rejected or dormant company, at the stage it had."""

    put_right: ClassVar[str] = WITHDRAW
    reason: Text


# Refusals


class OriginYearMismatch(CompanyRefusal):
    """A CIIE pavilion has a year, other channels have none."""

    code = "origin-year-mismatch"


class NotScreened(CompanyRefusal):
    """Qualifying needs a clear screening on every list."""

    code = "not-screened"


class LoiIsBinding(CompanyRefusal):
    """C6: an LOI carries intentions, never commitments."""

    code = "loi-is-binding"


class AmountMalformed(CompanyRefusal):
    """More decimals than the currency has."""

    code = "amount-malformed"


# Decide

STARTS: Mapping[type[CompanyFact], frozenset[Stage]] = {
    CompanyQualified: frozenset({"LEAD"}),
    LoiSigned: frozenset({"QUALIFIED"}),
    InvestmentAgreementLinked: frozenset(
        {"QUALIFIED", "LOI_SIGNED", "AGREEMENT_SIGNED", "REGISTERED", "SETTLED_IN", "OPERATING"}
    ),
    CompanyRejected: frozenset({"LEAD", "QUALIFIED", "LOI_SIGNED", "AGREEMENT_SIGNED"}),
    CompanyBecameDormant: frozenset({"LEAD", "QUALIFIED", "LOI_SIGNED", "AGREEMENT_SIGNED", "REGISTERED"}),
    CompanyReactivated: frozenset({"REJECTED", "DORMANT"}),
}
"""fact -> the stages from which it may follow; those not listed may follow any."""


def _register_lead(state: Companies, command: RegisterLead, by: By) -> Sequence[Fact]:
    if said(LeadRegistered, command) in state.asked.values():
        return ()
    company = state.companies.get(command.company)
    if company is not None and company.lead_on is not None:
        raise CompanyExists(f"{command.company} is {company.name} already; choose another id", field="company")
    _check_origin(command.origin, command.origin_year)
    return (
        LeadRegistered(
            effective_on=command.effective_on,
            company=command.company,
            name=command.name,
            name_zh=command.name_zh,
            country=command.country,
            origin=command.origin,
            origin_year=command.origin_year,
            source=command.source,
        ),
    )


def _add_touch(state: Companies, command: AddTouch, by: By) -> Sequence[Fact]:
    company = the_company(state, command)
    if said(TouchAdded, command) in state.asked.values():
        return ()
    check_place(company, command)
    _check_origin(command.channel, command.year, field="year")
    return (
        TouchAdded(
            effective_on=command.effective_on,
            company=command.company,
            channel=command.channel,
            year=command.year,
            note=command.note,
        ),
    )


def _correct_origin(state: Companies, command: CorrectOrigin, by: By) -> Sequence[Fact]:
    company = the_company(state, command)
    if said(OriginCorrected, command) in state.asked.values():
        return ()
    check_place(company, command)
    _check_origin(command.origin, command.origin_year)
    assert company.origin is not None, "a lead has an origin"
    return (
        OriginCorrected(
            effective_on=command.effective_on,
            company=command.company,
            origin=command.origin,
            origin_year=command.origin_year,
            was=company.origin,
            was_year=company.origin_year,
            reason=command.reason,
            evidence=command.evidence,
        ),
    )


def _screen(state: Companies, command: ScreenCompany, by: By) -> Sequence[Fact]:
    company = the_company(state, command)
    if said(CompanyScreened, command) in state.asked.values():
        return ()
    check_place(company, command)
    return (
        CompanyScreened(
            effective_on=command.effective_on,
            company=command.company,
            result=command.result,
            lists=command.lists,
            evidence=command.evidence,
        ),
    )


def _qualify(state: Companies, command: QualifyCompany, by: By) -> Sequence[Fact]:
    company = the_company(state, command)
    if said(CompanyQualified, command) in state.asked.values():
        return ()
    check_place(company, command, STARTS[CompanyQualified])
    _check_screened(company)
    return (CompanyQualified(effective_on=command.effective_on, company=command.company),)


def _sign_loi(state: Companies, command: SignLoi, by: By) -> Sequence[Fact]:
    company = the_company(state, command)
    # A binding letter was never recorded: the fact does not keep the word, so the facts cannot tell.
    if not command.binding and said(LoiSigned, command) in state.asked.values():
        return ()
    check_place(company, command, STARTS[LoiSigned])
    _check_loi(command)
    return (
        LoiSigned(
            effective_on=command.effective_on,
            company=command.company,
            intended_investment=command.intended_investment,
            evidence=command.evidence,
        ),
    )


def _link_agreement(state: Companies, command: LinkInvestmentAgreement, by: By) -> Sequence[Fact]:
    company = the_company(state, command)
    if said(InvestmentAgreementLinked, command) in state.asked.values():
        return ()
    check_place(company, command, STARTS[InvestmentAgreementLinked])
    return (
        InvestmentAgreementLinked(
            effective_on=command.effective_on,
            company=command.company,
            agreement=command.agreement,
            signed_on=command.signed_on,
            evidence=command.evidence,
        ),
    )


Aside = RejectCompany | MarkDormant | ReactivateCompany
ASIDE: Mapping[type[Aside], type[CompanyRejected | CompanyBecameDormant | CompanyReactivated]] = {
    RejectCompany: CompanyRejected,
    MarkDormant: CompanyBecameDormant,
    ReactivateCompany: CompanyReactivated,
}
"""Set aside and back again, for a reason: one step but for the stages."""


def _set_aside(state: Companies, command: Aside, by: By) -> Sequence[Fact]:
    company, kind = the_company(state, command), ASIDE[type(command)]
    if said(kind, command) in state.asked.values():
        return ()
    check_place(company, command, STARTS[kind])
    return (kind(effective_on=command.effective_on, company=command.company, reason=command.reason),)


def _check_origin(channel: OriginChannel, year: int | None, *, field: str = "origin_year") -> None:
    """A CIIE pavilion has a year, other channels have none. Raises OriginYearMismatch."""
    if channel == "CIIE_PAVILION" and year is None:
        raise OriginYearMismatch("CIIE_PAVILION needs the year of the fair", field=field)
    if channel != "CIIE_PAVILION" and year is not None:
        raise OriginYearMismatch(f"only CIIE_PAVILION has a year; {channel} has none", field=field)


def _check_screened(company: Company) -> None:
    screening = company.screening
    if screening is None:
        raise NotScreened(f"{company.company} has not been screened; screen it on all three lists first")
    if screening.result != "CLEAR":
        raise NotScreened(f"the screening of {screening.on} had a hit; resolve it and screen again")
    if missing := [name for name in SCREENING_LISTS if name not in screening.lists]:
        raise NotScreened(f"the screening of {screening.on} left out {', '.join(missing)}")


def _check_loi(command: SignLoi) -> None:
    if command.binding:
        raise LoiIsBinding(
            "a letter of intent carries intended amounts only; link a binding contract as an investment agreement",
            field="binding",
        )
    intended = command.intended_investment
    if intended is not None:
        decimals = len(intended.amount.partition(".")[2])
        if decimals > DECIMALS[intended.currency]:
            raise AmountMalformed(
                f"{intended.currency} has {DECIMALS[intended.currency]} decimals, {intended.amount} has {decimals}",
                field="intended_investment",
            )


PROSPECTS: Part[Companies, Company] = Part(
    decide={
        RegisterLead: _register_lead,
        AddTouch: _add_touch,
        CorrectOrigin: _correct_origin,
        ScreenCompany: _screen,
        QualifyCompany: _qualify,
        SignLoi: _sign_loi,
        LinkInvestmentAgreement: _link_agreement,
        RejectCompany: _set_aside,
        MarkDormant: _set_aside,
        ReactivateCompany: _set_aside,
    },
    scope={
        RegisterLead: of_company,
        AddTouch: of_company,
        CorrectOrigin: of_company,
        ScreenCompany: of_company,
        QualifyCompany: of_company,
        SignLoi: of_company,
        LinkInvestmentAgreement: of_company,
        RejectCompany: of_company,
        MarkDormant: of_company,
        ReactivateCompany: of_company,
    },
)
