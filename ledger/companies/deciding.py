"""The decider of companies."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from msgspec import structs

from ledger.companies.company import (
    BeforeLead,
    Companies,
    Company,
    CompanyCommand,
    CompanyExists,
    CompanyUnknown,
    MergedAway,
    Part,
    StageForbids,
    StepBeforePrevious,
)
from ledger.companies.facts import CompanyFact, LeadRegistered, PremisesAdded, Stage
from ledger.companies.presence import PRESENCE
from ledger.companies.prospects import PROSPECTS, RegisterLead, check_origin
from ledger.companies.registration import REGISTRATION
from ledger.decider import By, Decider, Fact

PARTS = (PROSPECTS, REGISTRATION, PRESENCE)
PART_OF: Mapping[type[CompanyCommand], Part] = {command: part for part in PARTS for command in part.facts}
PART_OF_FACT: Mapping[type[CompanyFact], Part] = {
    LeadRegistered: PROSPECTS,
    **{fact: part for part in PARTS for fact in part.facts.values()},
}

# Evolve


def evolve_company(company: Company | None, fact: CompanyFact) -> Company:
    """One company after one more fact. Takes facts in any order: read models fold by effective date."""
    known = company or Company(company=fact.company)
    part = PART_OF_FACT[type(fact)]
    change = part.change(known, fact)
    if step := part.reaches.get(type(fact)):
        change |= {"stage": step[0], "since": fact.effective_on, "stage_before": None, step[1]: fact.effective_on}
    return structs.replace(known, **change) if change else known


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
    return Companies(companies, holders, _asked(state.asked, fact))


def _asked(before: frozenset[tuple[Any, ...]], fact: CompanyFact) -> frozenset[tuple[Any, ...]]:
    """What was asked and still stands, with one more."""
    if fact.settles is not None:
        before = frozenset(one for one in before if one[:2] != (fact.settles, fact.company))
    return before | {fact.asked}


# Scope


def scope(command: CompanyCommand) -> tuple[str, ...]:
    """The company; every identifier the command would take; the other company it names."""
    part = PART_OF.get(type(command))
    return (f"company:{command.company}", *(part.scope(command) if part else ()))


# Decide


def decide(state: Companies, command: CompanyCommand, by: By) -> Sequence[Fact]:
    """The fact that a command asks for, if every rule allows it; nothing where it is so already."""
    company = state.companies.get(command.company)
    if isinstance(command, RegisterLead):
        return _register_lead(state, company, command)
    if company is None or company.lead_on is None:
        raise CompanyUnknown(f"there is no company {command.company}; register it as a lead first", field="company")
    part = PART_OF[type(command)]
    fact = _fact(part, company, command)
    if _already_so(state, command, fact):
        return ()
    _check_place(company, company.lead_on, fact, part.starts.get(type(fact)))
    part.check(state, company, command, by)
    return (fact,)


def _register_lead(state: Companies, company: Company | None, command: RegisterLead) -> Sequence[Fact]:
    fact = LeadRegistered(**structs.asdict(command))
    if _already_so(state, command, fact):
        return ()
    if company is not None and company.lead_on is not None:
        raise CompanyExists(f"{command.company} is {company.name} already; choose another id", field="company")
    check_origin(command.origin, command.origin_year)
    return (fact,)


def _fact(part: Part, company: Company, command: CompanyCommand) -> CompanyFact:
    """What would be recorded: the command's fields that the fact has, and what only the state can tell."""
    kind = part.facts[type(command)]
    given = {name: getattr(command, name) for name in command.__struct_fields__ if name in kind.__struct_fields__}
    return kind(**given, **part.details(company, command))


def _already_so(state: Companies, command: CompanyCommand, fact: CompanyFact) -> bool:
    """Whether just this was recorded before. A command may say more than its fact keeps: then it was not."""
    if fact.asked not in state.asked:
        return False
    kept = fact.__struct_fields__
    more = (field for field in structs.fields(command) if field.name not in kept)
    return all(getattr(command, field.name) == field.default for field in more)


def _check_place(company: Company, lead_on: date, fact: CompanyFact, starts: frozenset[Stage] | None) -> None:
    """Stage and date: the refusals that any step can meet."""
    if company.stage == "MERGED":
        raise MergedAway(f"{company.company} was merged into {company.merged_into}; record it there", field="company")
    if fact.effective_on < lead_on:
        raise BeforeLead(
            f"{company.company} is known since {lead_on}; nothing is effective before that", field="effective_on"
        )
    if starts is None:
        return
    if fact.effective_on < company.since and not isinstance(fact, PremisesAdded):
        raise StepBeforePrevious(
            f"{company.company} is {company.stage} since {company.since}; the next step cannot be earlier",
            field="effective_on",
        )
    if company.stage not in starts:
        raise StageForbids(f"{company.company} is {company.stage}; this step starts from {', '.join(sorted(starts))}")


COMPANIES: Decider[CompanyCommand, Companies] = Decider((RegisterLead, *PART_OF), Companies(), scope, evolve, decide)
