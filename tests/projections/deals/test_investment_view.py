"""The investment report and the funnel in money on any basis: five figures apart, sums by channel, the facts behind."""

from datetime import date
from random import Random
from typing import Any

import pytest
from msgspec.structs import asdict, replace

from ledger.billing.facts import RentRecognised
from ledger.companies.facts import CompaniesMerged, InvestmentAgreementLinked, LeadRegistered
from ledger.decider import Fact
from ledger.investment.facts import ContributionRecorded, InvestmentBreached, InvestmentDrafted, InvestmentSigned
from ledger.investment.standing import evolve_agreement
from ledger.investment.terms import Tranche
from ledger.log.database import Database
from projections.books.journal import Journal
from projections.channel_money import MoneyFunnel, channel_money
from projections.companies.register import CompanyRegister
from projections.deals.investment import (
    AgreementRow,
    InvestmentAgreements,
    InvestmentReport,
    agreement,
    agreements,
    investment,
    investment_agreements,
)
from projections.engine.basis import Basis
from projections.engine.runner import catch_up, ensure
from projections.engine.view import View
from tests.examples.investment import (
    AGREEMENT,
    FAI,
    INVESTOR,
    LIFE,
    OTHER,
    REVERSALS,
    REVERSED,
    TERMS,
    WITHDRAWN,
    paper,
    through,
    told,
)
from tests.ground.billed import lead
from tests.ground.recording import record, stored_rows

EVER = date(2030, 1, 1)
PAVILION = LeadRegistered(
    company=OTHER,
    effective_on=date(2023, 6, 1),
    name="Riverbend (demo)",
    country="CN",
    origin="CIIE_PAVILION",
    origin_year=2023,
)


def basis(effective: date = EVER, recorded: int = 1_000_000) -> Basis:
    return Basis(effective=effective, recorded=recorded, recorded_at=None, root="")


def given(database: Database, *some: Fact, **options: Any) -> int:
    head = record(database, some, **options)
    views: list[View] = [CompanyRegister(), InvestmentAgreements(), Journal()]
    ensure(database, views)
    catch_up(database, views)
    return head


def one(database: Database, effective: date = EVER, recorded: int = 1_000_000) -> AgreementRow:
    with database.views.connect() as connection:
        found = agreement(connection, basis(effective, recorded), AGREEMENT)
    assert found is not None
    return found[0]


def report(database: Database, effective: date = EVER, **options: Any) -> InvestmentReport:
    with database.views.connect() as connection:
        return investment(connection, basis(effective), **options)


def money(database: Database, effective: date = EVER, **options: Any) -> MoneyFunnel:
    with database.views.connect() as connection:
        return channel_money(connection, basis(effective), **options)


def second(**change: Any) -> tuple[Fact, ...]:
    """A small agreement in CNY with another company."""
    terms = replace(
        TERMS,
        currency="CNY",
        contracted="1000.00",
        subscribed=None,
        tranches=(Tranche(due_on=date(2024, 6, 30), amount="1000.00"),),
    )
    about: dict[str, Any] = {"agreement": "agreement-02", "company": OTHER, **change}
    return (
        replace(told(InvestmentDrafted), **about, terms=terms),
        replace(told(InvestmentSigned), **about, rate=None, contracted_cny_minor=100_000),
        replace(
            told(ContributionRecorded),
            **about,
            currency="CNY",
            kind="LOAN",
            amount_minor=25_000,
            rate=None,
            cny_minor=25_000,
            contract_minor=25_000,
        ),
    )


def test_every_figure_has_a_column_of_its_own(database: Database) -> None:
    """Contracted USD 5,000,000.00, subscribed 4,000,000.00, paid in 1,500,000.00 (30 %), utilised CNY 10,655,400.00,
    FAI CNY 18,000,000.00: 150.00 万元/亩 against 200."""
    given(database, lead(INVESTOR), *LIFE)
    row = asdict(one(database))
    assert {name: row[name] for name in row if name not in ("positions", "last_position")} == {
        "agreement": AGREEMENT,
        "company": INVESTOR,
        "name": "sunfield-demo (demo)",
        "origin": "DIRECT",
        "origin_year": None,
        "state": "CLOSED",
        "signed_on": date(2024, 1, 15),
        "currency": "USD",
        "contracted": "5000000.00",
        "contracted_cny": "35518000.00",
        "subscribed": "4000000.00",
        "due": "5000000.00",
        "paid_in": "1500000.00",
        "fulfilment_percent": "30.0000",
        "paid_in_cny": "10655400.00",
        "loans": "0.00",
        "utilised": "10655400.00",
        "fai": "18000000.00",
        "fai_target": "24000000.00",
        "mu": "12.0000",
        "intensity": "150.0000",
        "intensity_target": "200",
        "tax_mu": None,
        "tax_mu_target": "10",
        "jobs": "90",
        "jobs_target": "120",
        "incentives_paid": "2400000.00",
        "incentives_outside": "300000.00",
        "clawback_assessed": "600000.00",
        "clawback_waived": "100000.00",
        "clawback_collected": "500000.00",
        "clawback_outstanding": "0.00",
        "data_class": "FICTIONAL",
    }


@pytest.mark.parametrize(
    ("effective", "expected"),
    [
        pytest.param(date(2024, 1, 14), ("DRAFT", "0.00", "0.00", "0.00"), id="a-draft"),
        pytest.param(date(2024, 6, 27), ("SIGNED", "0.00", "0.00", "0.00"), id="signed"),
        pytest.param(date(2024, 6, 30), ("IN_PERFORMANCE", "1500000.00", "1500000.00", "0.00"), id="money-came"),
        pytest.param(date(2025, 12, 30), ("IN_PERFORMANCE", "1500000.00", "1500000.00", "18000000.00"), id="amended"),
        pytest.param(date(2025, 12, 31), ("IN_PERFORMANCE", "5000000.00", "1500000.00", "18000000.00"), id="due"),
        pytest.param(date(2026, 1, 25), ("BREACHED", "5000000.00", "1500000.00", "18000000.00"), id="breached"),
    ],
)
def test_as_of_its_days(database: Database, effective: date, expected: tuple[str, ...]) -> None:
    given(database, lead(INVESTOR), *LIFE)
    row = one(database, effective)
    assert (row.state, row.due, row.paid_in, row.fai) == expected


def test_what_was_not_recorded_yet_is_not_there(database: Database) -> None:
    given(database, lead(INVESTOR), *through(ContributionRecorded), REVERSED)
    head = len(through(ContributionRecorded)) + 1
    assert one(database, recorded=head).paid_in == "1500000.00"
    assert one(database).paid_in == "1000000.00"
    assert one(database).utilised == "7103600.00"
    with database.views.connect() as connection:
        assert agreement(connection, basis(recorded=1), AGREEMENT) is None


def test_what_was_withdrawn_or_reversed_is_gone_from_then_on(database: Database) -> None:
    """The breach was withdrawn, 2,400,000.00 were reversed: as known before, both are there; afterwards neither is."""
    facts = through(InvestmentBreached)
    head = given(database, lead(INVESTOR), *facts, WITHDRAWN, REVERSALS[0])
    row, before = one(database), one(database, recorded=head - 2)
    assert (row.state, row.incentives_paid, row.last_position) == ("IN_PERFORMANCE", "0.00", head)
    assert (before.state, before.incentives_paid) == ("BREACHED", "2400000.00")
    assert len(before.positions or ()) == len(facts)
    assert len(row.positions or ()) == len(facts)  # without the breach, with the reversal


def test_rows_are_the_same_whatever_order_facts_came_in(database: Database) -> None:
    """Every row is the context's own fold of the facts up to its day, in the order of their days."""
    mixed = list(LIFE)
    Random(4).shuffle(mixed)
    given(database, *mixed)
    for row in stored_rows(database, investment_agreements, "investment_agreements"):
        _, effective_from, _, to_position, *_ = row
        if to_position < 1_000_000:
            continue
        known = None
        for fact in sorted(mixed, key=lambda fact: fact.effective_on):
            if fact.effective_on <= effective_from:
                known = evolve_agreement(known, fact)  # type: ignore[arg-type] # all are of the agreement
        assert known is not None
        assert row[5] == known.state
    assert one(database).paid_in_cny == "10655400.00"


def test_sums_by_channel_are_in_yuan(database: Database) -> None:
    given(database, lead(INVESTOR), PAVILION, *LIFE, *second())
    found = report(database)
    assert [(row.agreement, row.currency) for row in found.rows] == [(AGREEMENT, "USD"), ("agreement-02", "CNY")]
    sums = [(row.origin, row.origin_year, row.contracted_cny, row.paid_in_cny, row.loans) for row in found.channels]
    assert sums == [
        ("CIIE_PAVILION", 2023, "1000.00", "0.00", "250.00"),
        ("DIRECT", None, "35518000.00", "10655400.00", "0.00"),
    ]
    assert (found.total.agreements, found.total.contracted_cny, found.total.utilised) == (
        2,
        "35519000.00",
        "10655650.00",
    )
    assert found.fictional


def test_drafts_bind_nobody_and_are_only_in_the_register(database: Database) -> None:
    given(database, lead(INVESTOR), *through(InvestmentDrafted))
    assert report(database).rows == ()
    with database.views.connect() as connection:
        (row,) = agreements(connection, basis())
        assert agreements(connection, basis(), company=OTHER) == []
        assert agreements(connection, basis(), state="SIGNED") == []
    assert (row.state, row.signed_on, row.contracted_cny) == ("DRAFT", None, None)


def test_every_row_lists_the_facts_behind_it(database: Database) -> None:
    given(database, lead(INVESTOR), PAVILION, *LIFE, *second())
    first, other = report(database, date(2025, 12, 30), positions=True).rows
    until = sum(fact.effective_on <= date(2025, 12, 30) for fact in LIFE)
    assert first.positions == tuple(range(3, 3 + until))
    assert other.positions == tuple(range(3 + len(LIFE), 6 + len(LIFE)))
    assert report(database).rows[0].positions is None


# From lead to money


def rent(company: str, amount: int, on: date = date(2024, 7, 31)) -> RentRecognised:
    return RentRecognised(
        effective_on=on,
        accounting_on=on,
        company=company,
        lease="l-1-demo",
        month="2024-07",
        fixed_minor=amount,
        variable_minor=0,
    )


LINKED = InvestmentAgreementLinked(
    company=INVESTOR,
    effective_on=date(2024, 1, 16),
    agreement=AGREEMENT,
    signed_on=date(2024, 1, 15),
    evidence=paper("agreement"),
)


def test_from_lead_to_money(database: Database) -> None:
    given(
        database, lead(INVESTOR), PAVILION, *through(ContributionRecorded), LINKED, *second(), rent(INVESTOR, 5_159_717)
    )
    found = money(database, companies=True)
    first, direct = found.rows
    assert (first.origin, first.origin_year, first.contracted, first.paid_in, first.revenue) == (
        "CIIE_PAVILION",
        2023,
        "1000.00",
        "0.00",
        "0.00",
    )
    assert (direct.leads, direct.agreements, direct.signed) == (1, 1, 1)
    assert (direct.contracted, direct.paid_in, direct.paid_in_percent, direct.fai) == (
        "35518000.00",
        "10655400.00",
        "30.0000",
        "18000000.00",
    )
    assert (direct.rent, direct.other_revenue, direct.revenue) == ("51597.17", "0.00", "51597.17")
    assert (found.total.revenue, found.unattributed) == ("51597.17", "0.00")
    assert (found.total.companies, found.fictional) == ((OTHER, INVESTOR), True)
    assert money(database, date(2024, 7, 30)).total.rent == "0.00"


def test_a_merged_record_s_money_is_its_survivor_s(database: Database) -> None:
    merged = CompaniesMerged(
        company=OTHER,
        effective_on=date(2024, 8, 1),
        into=INVESTOR,
        released=(),
        reason="entered twice",
        evidence=paper("both cards"),
    )
    given(database, lead(INVESTOR), PAVILION, *second(), rent(OTHER, 100), merged)
    (row,) = money(database).rows
    assert (row.origin, row.leads, row.signed, row.contracted, row.rent) == ("DIRECT", 1, 1, "1000.00", "1.00")
    assert len(money(database, date(2024, 7, 31)).rows) == 2
    (channel,) = report(database).channels
    assert (channel.origin, channel.contracted_cny) == ("DIRECT", "1000.00")
    assert report(database).rows[0].company == OTHER


def test_revenue_with_nobody_known_stands_apart(database: Database) -> None:
    given(database, lead(INVESTOR), rent(INVESTOR, 500), rent("stranger-demo", 700))
    found = money(database)
    assert (found.total.revenue, found.unattributed) == ("5.00", "7.00")


def test_contributions_are_in_no_journal(database: Database) -> None:
    given(database, lead(INVESTOR), *(fact for fact in LIFE if isinstance(fact, ContributionRecorded)), FAI)
    found = money(database)
    assert (found.total.revenue, found.unattributed) == ("0.00", "0.00")
    with database.views.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM projections.journal_line").scalar() == 0
