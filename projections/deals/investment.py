"""What did each investor contract, and what came of it? Five figures that are never one, and what is owed back.

InvestmentAgreements        the read model: one timeline for each agreement
agreements, agreement       its rows as of a basis, by agreement
investment                  the report: every signed agreement, subtotals by the investors' origin channel
agreement_states            all agreements, each with its investor: what the funnel to money sums

contracted   合同投资额, in the contract currency       paid_in    实缴: contributions of kind CAPITAL, in it
subscribed   认缴, in the contract currency            utilised   实际使用外资: contributions that count as that, CNY
                                                       fai        固定资产投资: contributions of kind FAI, CNY
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from operator import attrgetter
from typing import Any, TypeGuard

import msgspec
from msgspec import Struct
from sqlalchemy import Column, Connection, Text

from ledger.companies.facts import OriginChannel
from ledger.decider import DataClass, Fact, standing
from ledger.investment.facts import AnyInvestmentFact, InvestmentFact, InvestmentPosting, InvestmentStepWithdrawn
from ledger.investment.standing import InvestmentAgreement, InvestmentState, evolve_agreement
from ledger.investment.terms import WAN, Covenant, Metric
from ledger.log import store
from ledger.values.money import EXPONENT, FEN, minor, written
from projections.companies.register import CompanyRow, all_companies
from projections.engine.basis import Basis
from projections.engine.entities import EntityView, entity_table
from projections.engine.figures import decimals, percent
from projections.engine.timeline import as_of

investment_agreements = entity_table(
    "investment_agreements",
    "agreement",
    Column("company", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("content", Text, nullable=False),
)


_encode = msgspec.json.Encoder(enc_hook=dict).encode  # an empty mapping is a read-only view, which JSON does not know
_decode = msgspec.json.Decoder(InvestmentAgreement).decode


class InvestmentAgreements(EntityView[InvestmentAgreement]):
    """One timeline for each agreement, by effective date: what posts stands here on the day that it happened."""

    name = "investment_agreements"
    version = 2
    table = investment_agreements
    tables = (investment_agreements,)
    facts = (InvestmentFact, InvestmentPosting, InvestmentStepWithdrawn)

    def keys(self, fact: Fact) -> tuple[str, ...]:
        """The agreement that the fact is about."""
        return (fact.agreement,) if _concerns(fact) or isinstance(fact, InvestmentStepWithdrawn) else ()

    def tag(self, key: str) -> str:
        """All facts of an agreement carry its tag."""
        return f"investment:{key}"

    def evolve(self, key: str, agreement: InvestmentAgreement | None, fact: AnyInvestmentFact) -> InvestmentAgreement:
        """Move the agreement on, by the context's own fold."""
        return evolve_agreement(agreement, fact)

    def columns(self, agreement: InvestmentAgreement) -> tuple[Any, ...]:
        """The columns that agreements are chosen by, then the whole agreement as JSON."""
        return (agreement.company, agreement.state, _encode(agreement).decode())


def _concerns(fact: Fact) -> TypeGuard[AnyInvestmentFact]:
    return isinstance(fact, InvestmentFact | InvestmentPosting)


# The register


class AgreementRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An agreement as of a basis. Amounts are decimals of the unit that their name or `currency` says.

    currency            of `contracted`, `subscribed`, `due` and `paid_in`
    signed_on           None while it is a draft
    contracted_cny      the contracted amount at the rate of the day on which it was agreed
    due                 what the tranches say is to be paid in by the effective date
    fulfilment_percent  paid_in ÷ contracted, in the contract currency
    paid_in_cny         the same capital at the rates of its value dates
    loans, utilised, fai, fai_target   CNY
    intensity           FAI in 万元/亩; its target that of the covenant to be tested next, or tested last
    tax_mu              the latest year's tax reported, in 万元/亩
    jobs                people, as reported last
    incentives_paid     by MCSC, CNY; incentives_outside by others
    last_position       that of the latest fact that this row rests on, and so the agreement's ETag
    """

    agreement: str
    company: str
    name: str | None
    origin: OriginChannel | None
    origin_year: int | None
    state: InvestmentState
    signed_on: date | None
    currency: str
    contracted: str
    contracted_cny: str | None
    subscribed: str | None
    due: str
    paid_in: str
    fulfilment_percent: str | None
    paid_in_cny: str
    loans: str
    utilised: str
    fai: str
    fai_target: str | None
    mu: str | None
    intensity: str | None
    intensity_target: str | None
    tax_mu: str | None
    tax_mu_target: str | None
    jobs: str | None
    jobs_target: str | None
    incentives_paid: str
    incentives_outside: str
    clawback_assessed: str
    clawback_waived: str
    clawback_collected: str
    clawback_outstanding: str
    data_class: DataClass
    last_position: int
    positions: tuple[int, ...] | None = None


class InvestorAgreement(Struct, frozen=True, kw_only=True):
    """An agreement on a basis, and its investor: where that record was merged away, the one that goes on."""

    agreement: InvestmentAgreement
    company: CompanyRow | None
    data_class: DataClass
    last_position: int


def agreement_states(connection: Connection, basis: Basis, *, only: str | None = None) -> list[InvestorAgreement]:
    """Every agreement known on that basis with its investor, by identifier, drafts too; `only` one of them."""
    query = as_of(InvestmentAgreements, effective=basis.effective, recorded=basis.recorded)
    if only is not None:
        query = query.where(investment_agreements.c.agreement == only)
    found = connection.execute(query.order_by(investment_agreements.c.agreement)).all()
    companies = {row.company: row for row in all_companies(connection, basis)} if found else {}
    return [
        InvestorAgreement(
            agreement=_decode(row.content),
            company=companies.get(survivor(row.company, companies)),
            data_class=row.data_class,
            last_position=row.last_position,
        )
        for row in found
    ]


def survivor(company: str, companies: Mapping[str, CompanyRow]) -> str:
    """The record that goes on for a company: itself, or the one it was merged into."""
    seen = {company}
    while (row := companies.get(company)) and row.merged_into and row.merged_into not in seen:
        company = row.merged_into
        seen.add(company)
    return company


def agreements(
    connection: Connection,
    basis: Basis,
    *,
    company: str | None = None,
    state: InvestmentState | None = None,
    positions: bool = False,
) -> list[AgreementRow]:
    """Agreements known on that basis, by identifier, drafts too. `positions`: list the facts behind each row."""
    deals = [
        deal
        for deal in agreement_states(connection, basis)
        if company in (None, deal.agreement.company) and state in (None, deal.agreement.state) and deal.agreement.terms
    ]
    behind = _positions(connection, basis, deals) if positions else None
    return [_row(deal, basis, None if behind is None else behind[deal.agreement.agreement]) for deal in deals]


def agreement(connection: Connection, basis: Basis, agreement: str) -> tuple[AgreementRow, InvestmentAgreement] | None:
    """One agreement on that basis; None where nothing was recorded of it, or nothing was effective."""
    deal = next(iter(agreement_states(connection, basis, only=agreement)), None)
    if deal is None or deal.agreement.terms is None:
        return None
    behind = _positions(connection, basis, [deal])
    return _row(deal, basis, behind[agreement]), deal.agreement


def _positions(connection: Connection, basis: Basis, deals: Iterable[InvestorAgreement]) -> dict[str, tuple[int, ...]]:
    """The positions of the facts of each agreement that the basis knows: by effective date, as the rows are."""
    positions: dict[str, list[int]] = {deal.agreement.agreement: [] for deal in deals}
    known = store.by_tags(connection, {f"investment:{name}" for name in positions})
    for entry in standing([entry for entry in known if entry.position <= basis.recorded], lambda entry: entry.fact):
        fact = entry.fact
        if fact.effective_on <= basis.effective and _concerns(fact):
            positions[fact.agreement].append(entry.position)
    return {name: tuple(sorted(some)) for name, some in positions.items()}


def _row(deal: InvestorAgreement, basis: Basis, positions: tuple[int, ...] | None) -> AgreementRow:
    agreement, terms, company = deal.agreement, deal.agreement.terms, deal.company
    assert terms is not None, "rows are of agreements that say something"
    places = EXPONENT[terms.currency]
    paid_in = agreement.paid_in_minor()
    clawbacks = agreement.clawbacks.values()
    return AgreementRow(
        agreement=agreement.agreement,
        company=agreement.company,
        name=company.name if company else None,
        origin=company.origin if company else None,
        origin_year=company.origin_year if company else None,
        state=agreement.state,
        signed_on=agreement.signed_on,
        currency=terms.currency,
        contracted=written(terms.contracted_minor, places),
        contracted_cny=None if agreement.contracted_cny_minor is None else written(agreement.contracted_cny_minor),
        subscribed=None if terms.subscribed is None else written(minor(terms.subscribed, places), places),
        due=written(terms.due_minor(basis.effective), places),
        paid_in=written(paid_in, places),
        fulfilment_percent=percent(paid_in, terms.contracted_minor),
        paid_in_cny=written(agreement.cny_minor("CAPITAL")),
        loans=written(agreement.cny_minor("LOAN")),
        utilised=written(agreement.utilised_minor),
        fai=written(agreement.cny_minor("FAI")),
        fai_target=terms.fai_target,
        **_measures(agreement, basis.effective),
        incentives_paid=written(agreement.incentives_paid_minor),
        incentives_outside=written(sum(paid.amount_minor for paid in agreement.outside.values())),
        clawback_assessed=written(sum(clawback.assessed_minor for clawback in clawbacks)),
        clawback_waived=written(sum(clawback.waived_minor for clawback in clawbacks)),
        clawback_collected=written(sum(clawback.collected_minor for clawback in clawbacks)),
        clawback_outstanding=written(agreement.outstanding_minor),
        data_class=deal.data_class,
        last_position=deal.last_position,
        positions=positions,
    )


def _measures(agreement: InvestmentAgreement, on: date) -> dict[str, str | None]:
    """The figures of site, people and taxes, beside their targets."""
    terms = agreement.terms
    assert terms is not None, "rows are of agreements that say something"
    tax, jobs = agreement.latest("TAX"), agreement.latest("JOBS")
    fai = Fraction(agreement.cny_minor("FAI"), 10**FEN)
    return {
        "mu": None if terms.mu is None else decimals(terms.mu),
        "intensity": _per_mu(fai, terms.mu),
        "intensity_target": _target(terms.covenants, "FAI_INTENSITY", on),
        "tax_mu": None if tax is None else _per_mu(Fraction(tax.value), terms.mu),
        "tax_mu_target": _target(terms.covenants, "TAX_PER_MU", on),
        "jobs": None if jobs is None else jobs.value,
        "jobs_target": _target(terms.covenants, "JOBS", on),
    }


def _per_mu(cny: Fraction, mu: Fraction | None) -> str | None:
    return decimals(cny / WAN / mu) if mu else None


def _target(covenants: Sequence[Covenant], metric: Metric, on: date) -> str | None:
    """The target of the covenant to be tested next, on the date or later; else of the one tested last."""
    of = sorted((covenant for covenant in covenants if covenant.metric == metric), key=attrgetter("test_on"))
    later = [covenant for covenant in of if covenant.test_on >= on]
    return (later[0] if later else of[-1]).target if of else None


# The report


class ChannelInvestment(Struct, frozen=True, kw_only=True):
    """Sums over the agreements of one origin, in CNY; in the total `origin` is None."""

    origin: str | None
    origin_year: int | None
    agreements: int
    contracted_cny: str
    paid_in_cny: str
    loans: str
    utilised: str
    fai: str
    incentives_paid: str
    incentives_outside: str
    clawback_assessed: str
    clawback_waived: str
    clawback_collected: str
    clawback_outstanding: str


class InvestmentReport(Struct, frozen=True, kw_only=True):
    """Signed agreements, whether they go on or ended; their sums by channel and in total. Drafts are left out."""

    as_of: date
    rows: tuple[AgreementRow, ...]
    channels: tuple[ChannelInvestment, ...]
    total: ChannelInvestment
    fictional: bool


def investment(connection: Connection, basis: Basis, *, positions: bool = False) -> InvestmentReport:
    """Report investment on that basis. `positions`: list the facts behind each row."""
    rows = [row for row in agreements(connection, basis, positions=positions) if row.signed_on is not None]
    origins = sorted({_origin(row) for row in rows}, key=lambda key: (key[0], key[1] or 0))
    return InvestmentReport(
        as_of=basis.effective,
        rows=tuple(rows),
        channels=tuple(_sums(*origin, [row for row in rows if _origin(row) == origin]) for origin in origins),
        total=_sums(None, None, rows),
        fictional=any(row.data_class == "FICTIONAL" for row in rows),
    )


def _origin(row: AgreementRow) -> tuple[str, int | None]:
    return row.origin or "OTHER", row.origin_year


SUMMED = tuple(
    name for name in ChannelInvestment.__struct_fields__ if name not in ("origin", "origin_year", "agreements")
)
"""Columns in CNY, which add up; amounts in contract currencies do not."""


def _sums(origin: str | None, year: int | None, rows: Sequence[AgreementRow]) -> ChannelInvestment:
    sums = {name: written(sum(minor(getattr(row, name) or "0.00") for row in rows)) for name in SUMMED}
    return ChannelInvestment(origin=origin, origin_year=year, agreements=len(rows), **sums)
