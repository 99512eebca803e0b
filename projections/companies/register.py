"""The company register: who is in the city or on the way, and how far each has come.

CompanyRegister      the read model: one timeline for each company
companies, company   its rows as of a basis, by company identifier: filtered, a page of them; one
all_companies        every row; tenants, names: as far as reports of tenants ask
"""

from collections.abc import Mapping
from datetime import date
from functools import cache
from operator import attrgetter
from typing import Any

from msgspec import Struct
from sqlalchemy import Column, Connection, Date, Integer, Select, Text

from ledger.companies.company import Company, evolve_company
from ledger.companies.facts import CompanyFact, CompanyStepWithdrawn, OriginChannel, Stage
from ledger.decider import DataClass, Fact
from projections.engine.basis import Basis
from projections.engine.entities import EntityView, entity_table
from projections.engine.timeline import as_of, when

TEXTS = (
    "name",
    "name_zh",
    "country",
    "address",
    "origin",
    "stage",
    "uscc",
    "lei",
    "foreign_registry",
    "foreign_number",
    "parent_lei",
    "merged_into",
)
STAGE_DATES = (
    "lead_on",
    "qualified_on",
    "loi_on",
    "agreement_on",
    "registered_on",
    "settled_in_on",
    "operating_on",
    "exiting_on",
    "exited_on",
)

company_register = entity_table(
    "company_register",
    "company",
    *(Column(name, Text) for name in TEXTS),
    Column("origin_year", Integer),
    Column("since", Date),
    Column("reported_settled_on", Date),
    *(Column(name, Date) for name in STAGE_DATES),
    Column("search", Text, nullable=False),
)
_record_columns = attrgetter(*TEXTS, "origin_year", "since", "reported_settled_on", *STAGE_DATES)


class CompanyRow(Struct, frozen=True, kw_only=True):
    """A company as of a basis. Dates are those on which it reached a stage; None where it has not, or stepped over it.

    `since`: from when it is at its stage. `merged_into`: the record that goes on, where this one was a duplicate.
    `reported_settled_on` is what the press said, never a stage. `last_position` is that of the latest fact that this
    row rests on, and so the company's ETag.
    """

    company: str
    name: str | None
    name_zh: str | None
    country: str | None
    address: str | None
    origin: OriginChannel | None
    origin_year: int | None
    stage: Stage
    since: date
    reported_settled_on: date | None
    uscc: str | None
    lei: str | None
    foreign_registry: str | None
    foreign_number: str | None
    parent_lei: str | None
    merged_into: str | None
    lead_on: date | None
    qualified_on: date | None
    loi_on: date | None
    agreement_on: date | None
    registered_on: date | None
    settled_in_on: date | None
    operating_on: date | None
    exiting_on: date | None
    exited_on: date | None
    data_class: DataClass
    last_position: int


class CompanyRegister(EntityView[Company]):
    """One timeline for each company."""

    name = "company_register"
    version = 1
    table = company_register
    tables = (company_register,)
    facts = (CompanyFact, CompanyStepWithdrawn)

    def keys(self, fact: Fact) -> tuple[str, ...]:
        """The companies whose state the fact moves on, or of which it takes a step back."""
        if isinstance(fact, CompanyStepWithdrawn):
            return (fact.company,)
        return fact.companies if isinstance(fact, CompanyFact) else ()

    def tag(self, key: str) -> str:
        """All facts of a company carry its tag."""
        return f"company:{key}"

    def evolve(self, key: str, company: Company | None, fact: CompanyFact) -> Company:
        """Move the company on, by the context's own fold."""
        return evolve_company(company, fact)

    def columns(self, company: Company) -> tuple[Any, ...]:
        """The company's record, and the text to search in."""
        return (*_record_columns(company), _search_text(company))


def _search_text(company: Company) -> str:
    """The text that a search looks in, in small letters: the databases fold the case of letters differently."""
    return (
        f"{company.company}\n{company.name or ''}\n{company.name_zh or ''}\n{company.uscc or ''}\n{company.lei or ''}"
    ).casefold()


def companies(
    connection: Connection,
    basis: Basis,
    *,
    stage: Stage | None = None,
    origin: OriginChannel | None = None,
    search: str | None = None,
    after: str | None = None,
    limit: int = 100,
) -> list[CompanyRow]:
    """Companies known on that basis, by identifier; the page after company `after`.

    search: part of the identifier, a name, the USCC or the LEI, in any case.
    """
    table, query = company_register, _known(basis)
    if stage is not None:
        query = query.where(table.c.stage == stage)
    if origin is not None:
        query = query.where(table.c.origin == origin)
    if search:
        query = query.where(table.c.search.contains(search.casefold(), autoescape=True))
    if after is not None:
        query = query.where(table.c.company > after)
    return _rows(connection, query.order_by(table.c.company).limit(limit))


def all_companies(connection: Connection, basis: Basis) -> list[CompanyRow]:
    """Every company known on that basis, by identifier."""
    return _rows(connection, _known(basis).order_by(company_register.c.company))


Tenant = tuple[str | None, str | None, str | None, OriginChannel | None, int | None]
"""Of a company that is let to: name, USCC, LEI, channel and year of origin."""


def tenants(connection: Connection, basis: Basis) -> dict[str, Tenant]:
    """Every company known on that basis, as far as reports about let space ask."""
    found = connection.execute(_columns("company", "name", "uscc", "lei", "origin", "origin_year"), _when(basis)).all()
    return {company: (name, uscc, lei, origin, year) for company, name, uscc, lei, origin, year in found}


def names(connection: Connection, basis: Basis) -> dict[str, str | None]:
    """The name of every company known on that basis."""
    found = connection.execute(_columns("company", "name"), _when(basis)).all()
    return {row.company: row.name for row in found}


@cache
def _columns(*names: str) -> Select[Any]:
    known = as_of(CompanyRegister)
    return known.with_only_columns(*(company_register.c[name] for name in names))


def _when(basis: Basis) -> Mapping[str, Any]:
    return when(basis.effective, basis.recorded)


def company(connection: Connection, basis: Basis, company: str) -> CompanyRow | None:
    """One company on that basis; None where nothing was recorded of it, or nothing was effective."""
    rows = _rows(connection, _known(basis).where(company_register.c.company == company))
    return rows[0] if rows else None


def _known(basis: Basis) -> Select[Any]:
    # A correction may take effect before the lead itself: the company is known from the lead on.
    query = as_of(CompanyRegister, effective=basis.effective, recorded=basis.recorded)
    return query.where(company_register.c.lead_on.is_not(None))


def _rows(connection: Connection, query: Select[Any]) -> list[CompanyRow]:
    names = CompanyRow.__struct_fields__
    found = connection.execute(query.with_only_columns(*(query.selected_columns[name] for name in names))).all()
    return [CompanyRow(**dict(zip(names, row, strict=True))) for row in found]
