"""A company as its facts tell, and the refusals that any step can meet.

CompanyCommand   something asked for one company
Company          one company; evolve_company folds its facts, in any order
Companies        what the facts of one scope tell; evolve folds them in the order recorded
REACHES          the stage that a fact always reaches
the_company      the company that a command is about
check_place      whether a step may be recorded of it: its stage and the date

Refusals, in order of precedence
CompanyRefusal
├── CompanyUnknown       no such company (unknown)
├── CompanyExists        this id is another company's (conflict)
├── MergedAway           the record was merged: go on with the one it was merged into
├── BeforeLead           nothing about a company is effective before its lead
├── StepBeforePrevious   a stage is not reached before the previous one
├── StageForbids         this step does not start from this stage
└── those of the step's own part, in the order its file draws them
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

from msgspec import Struct, structs

from ledger.companies.facts import (
    CompaniesMerged,
    CompanyBecameDormant,
    CompanyContactErased,
    CompanyContactSet,
    CompanyDetailsChanged,
    CompanyDetailsCorrected,
    CompanyExited,
    CompanyFact,
    CompanyQualified,
    CompanyReactivated,
    CompanyRegistered,
    CompanyRejected,
    CompanyReportedSettled,
    CompanyScreened,
    CompanySettledIn,
    ExitInitiated,
    IdentifierVerified,
    InvestmentAgreementLinked,
    LeadRegistered,
    LoiSigned,
    OperationsCommenced,
    OriginChannel,
    OriginCorrected,
    OverrideFact,
    ParentLinked,
    PremisesAdded,
    Scheme,
    Stage,
    TouchAdded,
)
from ledger.decider import Asked, Command, Fact, Id, Refusal, remember
from ledger.values.days import Happened

# Commands

WITHDRAW = "`withdraw-company-step`, the latest step first; then record it as it is right."
"""How most steps are put right."""


class CompanyCommand(Command, frozen=True, kw_only=True):
    """Something asked for one company."""

    effective_on: Happened
    company: Id


# Refusals


class CompanyRefusal(Refusal):
    """A rule about companies said no."""


class CompanyUnknown(CompanyRefusal):
    """No such company."""

    code = "company-unknown"
    kind = "unknown"


class CompanyExists(CompanyRefusal):
    """This id is another company's."""

    code = "company-exists"
    kind = "conflict"


class MergedAway(CompanyRefusal):
    """The record was merged: go on with the one it was merged into."""

    code = "company-merged-away"


class BeforeLead(CompanyRefusal):
    """Nothing about a company is effective before its lead."""

    code = "before-lead"


class StepBeforePrevious(CompanyRefusal):
    """A stage is not reached before the previous one."""

    code = "step-before-previous"


class StageForbids(CompanyRefusal):
    """This step does not start from this stage."""

    code = "stage-forbids"


# State


class Screening(Struct, frozen=True):
    """The latest look on lists: its date, CLEAR or HIT, and which lists."""

    on: date
    result: str
    lists: tuple[str, ...]


class Company(Struct, frozen=True, kw_only=True, gc=False):
    """A company as its facts tell, in whatever order they are folded. `since`: when it reached its stage."""

    company: str
    stage: Stage = "LEAD"
    since: date = date.min
    stage_before: Stage | None = None
    name: str | None = None
    name_zh: str | None = None
    country: str | None = None
    address: str | None = None
    origin: OriginChannel | None = None
    origin_year: int | None = None
    touches: tuple[tuple[date, OriginChannel, int | None, str | None], ...] = ()
    screening: Screening | None = None
    agreements: tuple[str, ...] = ()
    uscc: str | None = None
    lei: str | None = None
    foreign_registry: str | None = None
    foreign_number: str | None = None
    verified: tuple[tuple[date, Scheme, str, str], ...] = ()
    parent_lei: str | None = None
    reports: tuple[tuple[date, str], ...] = ()
    reported_settled_on: date | None = None
    premises: tuple[str, ...] = ()
    merged_into: str | None = None
    lead_on: date | None = None
    qualified_on: date | None = None
    loi_on: date | None = None
    agreement_on: date | None = None
    registered_on: date | None = None
    settled_in_on: date | None = None
    operating_on: date | None = None
    exiting_on: date | None = None
    exited_on: date | None = None


@dataclass(frozen=True, slots=True)
class Companies:
    """The companies of one scope, who holds the identifiers in it (as tags), and what was asked before.

    overrides   company and identifier -> the latest word on passing over its check: proposed, rejected or done
    contacts    company and number -> the latest of a contact: set or erased
    """

    companies: Mapping[str, Company] = field(default_factory=lambda: MappingProxyType({}))
    holders: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    asked: Asked = field(default_factory=lambda: MappingProxyType({}))
    overrides: Mapping[tuple[str, str], CompanyFact] = field(default_factory=lambda: MappingProxyType({}))
    contacts: Mapping[tuple[str, int], CompanyFact] = field(default_factory=lambda: MappingProxyType({}))


# Evolve

REACHES: Mapping[type[CompanyFact], tuple[Stage, str]] = {
    CompanyQualified: ("QUALIFIED", "qualified_on"),
    LoiSigned: ("LOI_SIGNED", "loi_on"),
    CompanyRegistered: ("REGISTERED", "registered_on"),
    CompanySettledIn: ("SETTLED_IN", "settled_in_on"),
    OperationsCommenced: ("OPERATING", "operating_on"),
    ExitInitiated: ("EXITING", "exiting_on"),
    CompanyExited: ("EXITED", "exited_on"),
}
"""fact -> the stage that it always reaches, and the date that it sets."""

PROSPECT: frozenset[Stage] = frozenset({"LEAD", "QUALIFIED", "LOI_SIGNED"})
"""The stages that a linked investment agreement ends; at a later one it changes no stage."""


def evolve_company(company: Company | None, fact: CompanyFact) -> Company:
    """One company after one more fact. Takes facts in any order: read models fold by effective date."""
    before = company or Company(company=fact.company)
    change = {**_details(before, fact), **_stage(before, fact)}
    return structs.replace(before, **change) if change else before


def _stage(company: Company, fact: CompanyFact) -> dict[str, Any]:
    """The fields that a fact changes with the stage: which one it brings the company to, and when."""
    on = fact.effective_on
    match fact:
        case LeadRegistered():
            return {"lead_on": on, "since": max(on, company.since)}
        case InvestmentAgreementLinked() if company.stage in PROSPECT:
            return {"stage": "AGREEMENT_SIGNED", "since": on, "agreement_on": on}
        case CompanyRejected():
            return {"stage": "REJECTED", "since": on, "stage_before": company.stage_before or company.stage}
        case CompanyBecameDormant():
            return {"stage": "DORMANT", "since": on, "stage_before": company.stage_before or company.stage}
        case CompanyReactivated():
            return {"stage": company.stage_before or company.stage, "since": on, "stage_before": None}
        case CompaniesMerged():
            return {"stage": "MERGED", "since": on}
    if type(fact) not in REACHES:
        return {}
    stage, reached_on = REACHES[type(fact)]
    return {"stage": stage, "since": on, "stage_before": None, reached_on: on}


def _details(company: Company, fact: CompanyFact) -> dict[str, Any]:
    """The fields that a fact changes besides the stage."""
    match fact:
        case LeadRegistered():
            names = {"name": fact.name, "name_zh": fact.name_zh, "country": fact.country}
            return {**names, "origin": fact.origin, "origin_year": fact.origin_year}
        case TouchAdded():
            touch = (fact.effective_on, fact.channel, fact.year, fact.note)
            return {"touches": _with(company.touches, touch)}
        case OriginCorrected():
            return {"origin": fact.origin, "origin_year": fact.origin_year}
        case CompanyScreened():
            return {"screening": Screening(fact.effective_on, fact.result, fact.lists)}
        case InvestmentAgreementLinked():
            return {"agreements": _with(company.agreements, fact.agreement)}
        case CompanyRegistered():
            return {"address": fact.address, **_registered_by(fact)}
        case IdentifierVerified():
            verified = (fact.effective_on, fact.scheme, fact.value, fact.method)
            return {"verified": _with(company.verified, verified), **_identifier(fact)}
        case ParentLinked():
            return {"parent_lei": fact.parent_lei}
        case CompanyDetailsChanged() | CompanyDetailsCorrected():
            details = ((name, getattr(fact, name)) for name in ("name", "name_zh", "country", "address"))
            return {name: value for name, value in details if value is not None}
        case CompaniesMerged():
            freed = dict.fromkeys(("uscc", "lei", "foreign_registry", "foreign_number"))
            return {"merged_into": fact.into, **freed}
        case CompanyReportedSettled():
            first_on = min(fact.effective_on, company.reported_settled_on or fact.effective_on)
            report = (fact.published_on, fact.source)
            return {"reports": _with(company.reports, report), "reported_settled_on": first_on}
        case CompanySettledIn():
            premises = _with(company.premises, fact.contract.reference)
            return {"address": fact.park_address, "premises": premises}
        case PremisesAdded():
            return {"premises": _with(company.premises, fact.contract.reference)}
        case CompanyExited():
            return {"premises": ()}
    return {}


def _registered_by(fact: CompanyRegistered) -> dict[str, str | None]:
    if fact.uscc is not None:
        return {"uscc": fact.uscc}
    return {"foreign_registry": fact.foreign_registry, "foreign_number": fact.foreign_number}


def _identifier(fact: IdentifierVerified) -> dict[str, str | None]:
    if fact.scheme == "FOREIGN":
        return {"foreign_registry": fact.registry, "foreign_number": fact.value}
    return {fact.scheme.lower(): fact.value}


def _with(items: tuple[Any, ...], item: Any) -> tuple[Any, ...]:
    return items if item in items else (*items, item)


def evolve(state: Companies, fact: Fact) -> Companies:
    """The companies and holders of a scope after one more fact; facts of other contexts change nothing."""
    if not isinstance(fact, CompanyFact):
        return state
    companies = dict(state.companies)
    for company in fact.companies:
        companies[company] = evolve_company(companies.get(company), fact)
    holders = state.holders
    if fact.takes or fact.frees:
        kept = {tag: holder for tag, holder in holders.items() if tag not in fact.frees or holder != fact.company}
        holders = kept | dict.fromkeys(fact.takes, fact.company)
    contacts = state.contacts
    if isinstance(fact, CompanyContactSet | CompanyContactErased):
        contacts = {**contacts, (fact.company, fact.contact): fact}
    return Companies(companies, holders, remember(state.asked, fact), _overrides(state, fact), contacts)


def _overrides(state: Companies, fact: CompanyFact) -> Mapping[tuple[str, str], CompanyFact]:
    """The latest word on each override; what is recorded without one ends a proposal too."""
    if isinstance(fact, OverrideFact):
        return {**state.overrides, (fact.company, fact.identifier): fact}
    return {**state.overrides, **{(fact.company, tag): fact for tag in fact.takes}} if fact.takes else state.overrides


# Scope


def of_company(command: CompanyCommand) -> tuple[str, ...]:
    """The company alone."""
    return (f"company:{command.company}",)


# Decide


def the_company(state: Companies, command: CompanyCommand) -> Company:
    """The company that a command is about. Raises CompanyUnknown."""
    company = state.companies.get(command.company)
    if company is None or company.lead_on is None:
        raise CompanyUnknown(f"there is no company {command.company}; register-lead first", field="company")
    return company


def check_place(
    company: Company, command: CompanyCommand, starts: frozenset[Stage] | None = None, *, in_order: bool = True
) -> None:
    """Stage and date: the refusals that any step can meet.

    starts     the stages from which the step may follow; without them it may follow any, at any date since the lead
    in_order   the step is not earlier than the stage it starts from
    """
    assert company.lead_on is not None, "a company on record has a lead"
    if company.stage == "MERGED":
        raise MergedAway(f"{company.company} was merged into {company.merged_into}; record it there", field="company")
    if command.effective_on < company.lead_on:
        raise BeforeLead(
            f"{company.company} is known since {company.lead_on}; nothing is effective before that",
            field="effective_on",
        )
    if starts is None:
        return
    if in_order and command.effective_on < company.since:
        raise StepBeforePrevious(
            f"{company.company} is {company.stage} since {company.since}; the next step cannot be earlier",
            field="effective_on",
        )
    if company.stage not in starts:
        raise StageForbids(f"{company.company} is {company.stage}; this step starts from {', '.join(sorted(starts))}")
