"""Reserving a unit, measured against the companies on record.

Command (of estate)    Fact (of estate)
ReserveUnit            estate.unit-reserved

Refusals, after those of estate, in order of precedence: two of companies
├── CompanyUnknown   no such company (unknown)
└── MergedAway       the record was merged: reserve for the one it was merged into

Estate stands beside companies and knows none of them; this context decides in its place.
"""

from collections.abc import Sequence

from msgspec import Struct

from ledger.companies.company import Companies, CompanyUnknown, MergedAway
from ledger.companies.deciding import COMPANIES
from ledger.decider import By, Decider, Fact
from ledger.estate.deciding import ESTATE
from ledger.estate.estate import Estate
from ledger.estate.market import ReserveUnit

# State


class Reserving(Struct, frozen=True):
    """The states of estate and companies in one scope."""

    estate: Estate = ESTATE.initial
    companies: Companies = COMPANIES.initial


# Evolve


def evolve(state: Reserving, fact: Fact) -> Reserving:
    """Both after one more fact."""
    return Reserving(ESTATE.evolve(state.estate, fact), COMPANIES.evolve(state.companies, fact))


# Scope


def scope(command: ReserveUnit) -> tuple[str, ...]:
    """The scope of estate, and the company."""
    return (*ESTATE.scope(command), f"company:{command.company}")


# Decide


def decide(state: Reserving, command: ReserveUnit, by: By) -> Sequence[Fact]:
    """The fact that estate decides on, if the company is on record."""
    facts = ESTATE.decide(state.estate, command, by)
    if facts:
        _check_company(state.companies, command.company)
    return facts


def _check_company(companies: Companies, name: str) -> None:
    company = companies.companies.get(name)
    if company is None or company.lead_on is None:
        raise CompanyUnknown(f"there is no company {name}; register-lead first", field="company")
    if company.stage == "MERGED":
        raise MergedAway(f"{name} was merged into {company.merged_into}; reserve the unit for that", field="company")


RESERVING: Decider[ReserveUnit, Reserving] = Decider((ReserveUnit,), Reserving(), scope, evolve, decide)
