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

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from msgspec import Meta

from ledger.companies.company import Companies, Company, CompanyCommand, CompanyRefusal, Part, Screening, with_one
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
from ledger.decider import By, Id, Text
from ledger.values.evidence import Evidence

SCREENING_LISTS: tuple[ScreeningList, ...] = ("SANCTIONS", "EXPORT_CONTROL", "NEGATIVE_LIST")


DECIMALS: Mapping[str, int] = {"CNY": 2, "USD": 2, "EUR": 2, "JPY": 0, "KRW": 0, "BHD": 3, "KWD": 3}


# Commands


class RegisterLead(CompanyCommand, frozen=True, kw_only=True, tag="register-lead"):
    """Begin a company's record. `company` is the id you choose for it; CIIE_PAVILION needs its `origin_year`."""

    name: Text
    name_zh: Text | None = None
    country: Country
    origin: OriginChannel
    origin_year: Year | None = None
    source: Text | None = None


class AddTouch(CompanyCommand, frozen=True, kw_only=True, tag="add-touch"):
    """Note a later contact; the origin does not change."""

    channel: OriginChannel
    year: Year | None = None
    note: Text | None = None


class CorrectOrigin(CompanyCommand, frozen=True, kw_only=True, tag="correct-origin"):
    """The origin was recorded wrong: say what it really was, and what proves it."""

    origin: OriginChannel
    origin_year: Year | None = None
    reason: Text
    evidence: Evidence


class ScreenCompany(CompanyCommand, frozen=True, kw_only=True, tag="screen-company"):
    """Record the result of looking the company up on lists."""

    result: Literal["CLEAR", "HIT"]
    lists: Annotated[tuple[ScreeningList, ...], Meta(min_length=1, max_length=3)]
    evidence: Evidence


class QualifyCompany(CompanyCommand, frozen=True, kw_only=True, tag="qualify-company"):
    """Qualify a lead. Its latest screening must be clear on all three lists."""


class SignLoi(CompanyCommand, frozen=True, kw_only=True, tag="sign-loi"):
    """Record a letter of intent or MoU. It carries intentions only."""

    intended_investment: Intended | None = None
    binding: bool = False
    evidence: Evidence


class LinkInvestmentAgreement(CompanyCommand, frozen=True, kw_only=True, tag="link-investment-agreement"):
    """Record that a binding investment agreement exists."""

    agreement: Id
    signed_on: date
    evidence: Evidence


class RejectCompany(CompanyCommand, frozen=True, kw_only=True, tag="reject-company"):
    """Do not go on with this company."""

    reason: Text


class MarkDormant(CompanyCommand, frozen=True, kw_only=True, tag="mark-dormant"):
    """Nothing moves for the time being."""

    reason: Text


class ReactivateCompany(CompanyCommand, frozen=True, kw_only=True, tag="reactivate-company"):
    """Go on with a rejected or dormant company, at the stage it had."""

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


# Evolve

PROSPECT: frozenset[Stage] = frozenset({"LEAD", "QUALIFIED", "LOI_SIGNED"})


def _change(known: Company, fact: CompanyFact) -> dict[str, Any]:
    on = fact.effective_on
    match fact:
        case LeadRegistered():
            names = {"name": fact.name, "name_zh": fact.name_zh, "country": fact.country}
            origin = {"origin": fact.origin, "origin_year": fact.origin_year}
            return {**names, **origin, "lead_on": on, "since": max(on, known.since)}
        case TouchAdded():
            return {"touches": with_one(known.touches, (on, fact.channel, fact.year, fact.note))}
        case OriginCorrected():
            return {"origin": fact.origin, "origin_year": fact.origin_year}
        case CompanyScreened():
            return {"screening": Screening(on, fact.result, fact.lists)}
        case InvestmentAgreementLinked():
            agreements = {"agreements": with_one(known.agreements, fact.agreement)}
            if known.stage not in PROSPECT:
                return agreements
            return {"stage": "AGREEMENT_SIGNED", "since": on, "agreement_on": on, **agreements}
        case CompanyRejected():
            return _set_aside(known, "REJECTED", on)
        case CompanyBecameDormant():
            return _set_aside(known, "DORMANT", on)
        case CompanyReactivated():
            return {"stage": known.stage_before or known.stage, "since": on, "stage_before": None}
    return {}


def _set_aside(known: Company, stage: Stage, on: date) -> dict[str, Any]:
    return {"stage": stage, "since": on, "stage_before": known.stage_before or known.stage}


# Decide


def _details(company: Company, command: CompanyCommand) -> dict[str, Any]:
    match command:
        case CorrectOrigin():
            return {"was": company.origin, "was_year": company.origin_year}
    return {}


def _check(state: Companies, company: Company, command: CompanyCommand, by: By) -> None:
    match command:
        case AddTouch():
            check_origin(command.channel, command.year, field="year")
        case CorrectOrigin():
            check_origin(command.origin, command.origin_year)
        case QualifyCompany():
            _check_screened(company)
        case SignLoi():
            _check_loi(command)


def check_origin(channel: OriginChannel, year: int | None, *, field: str = "origin_year") -> None:
    """The fair has a year. Raises OriginYearMismatch."""
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


PROSPECTS = Part(
    facts={
        AddTouch: TouchAdded,
        CorrectOrigin: OriginCorrected,
        ScreenCompany: CompanyScreened,
        QualifyCompany: CompanyQualified,
        SignLoi: LoiSigned,
        LinkInvestmentAgreement: InvestmentAgreementLinked,
        RejectCompany: CompanyRejected,
        MarkDormant: CompanyBecameDormant,
        ReactivateCompany: CompanyReactivated,
    },
    starts={
        CompanyQualified: frozenset({"LEAD"}),
        LoiSigned: frozenset({"QUALIFIED"}),
        InvestmentAgreementLinked: frozenset(
            {"QUALIFIED", "LOI_SIGNED", "AGREEMENT_SIGNED", "REGISTERED", "SETTLED_IN", "OPERATING"}
        ),
        CompanyRejected: frozenset({"LEAD", "QUALIFIED", "LOI_SIGNED", "AGREEMENT_SIGNED"}),
        CompanyBecameDormant: frozenset({"LEAD", "QUALIFIED", "LOI_SIGNED", "AGREEMENT_SIGNED", "REGISTERED"}),
        CompanyReactivated: frozenset({"REJECTED", "DORMANT"}),
    },
    reaches={CompanyQualified: ("QUALIFIED", "qualified_on"), LoiSigned: ("LOI_SIGNED", "loi_on")},
    change=_change,
    details=_details,
    check=_check,
    scope=lambda command: (),
)
