"""The demonstration: complete, repeatable, honest about what is invented, and never in the way of anybody's data."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from itertools import accumulate, islice
from pathlib import Path
from random import Random
from statistics import median
from typing import TypeVar, get_args

import pytest
from click.testing import CliRunner, Result
from msgspec import json
from msgspec.structs import replace
from sqlalchemy import Connection
from stdnum import lei
from stdnum.cn import uscc

import migrations
from api.cli import main
from api.cli.serving import TRY
from api.demo import ROLES, Standing, build, contents, label, plan, renew_keys, standing
from api.demo.days import last_of
from api.demo.equipment import ORDERS
from api.demo.firms import firms
from api.demo.parties import BUYERS, SUPPLIERS
from api.demo.pipeline import BEGIN, CHANNELS, END, WAYS, journeys, pipeline
from api.demo.public import OPENED_AT, public_history
from api.demo.steps import Step
from api.demo.unfolding import DemoRefused
from ledger import CONTEXTS, store
from ledger.access import CreateKey, RevokeKey
from ledger.application import Ledger
from ledger.billing import (
    BillingFact,
    DebitNoteIssued,
    EclMeasured,
    ReceiptRecorded,
    ReceiptReversed,
    ReceiptUnallocated,
    WriteOffApproved,
)
from ledger.claims import RecordClaim
from ledger.closing import sha256_of
from ledger.companies import (
    CompanyCommand,
    CompanyDetailsCorrected,
    CompanyExited,
    CompanyFact,
    CompanySettledIn,
    InvestmentAgreementLinked,
    LeadRegistered,
    LinkInvestmentAgreement,
    QualifyCompany,
    RegisterLead,
    ReportSettled,
    Stage,
)
from ledger.database import AlreadyOpen, Database
from ledger.decider import By, Command, Fact, command_name
from ledger.envelope import Entry
from ledger.estate import DefineSite, ParcelDefined, UnitDefined
from ledger.investment import (
    ClawbackAssessed,
    ClawbackCollected,
    ClawbackWaived,
    ContributionRecorded,
    ContributionReversed,
    CovenantTested,
    InvestmentFact,
    InvestmentPosting,
    InvestmentSigned,
)
from ledger.leases import (
    AmendmentProposed,
    LeaseAmended,
    LeaseDrafted,
    LeaseExecuted,
    LeaseFact,
    LeaseHolds,
    LeaseState,
)
from ledger.offtake.documents import EnergyInvoiced, EnergyIssued
from ledger.offtake.meter import MeterFact, MeterRead, MeterReadCorrected
from ledger.offtake.record import OfftakeDrafted, OfftakeFact, SavingsMeasured, StatementApproved, YearTruedUp
from ledger.orders import (
    ChangeOrderApproved,
    EquipmentOrdered,
    OrderFact,
    OrderPostingFact,
    OrderState,
    ReceivablesRevalued,
)
from ledger.periods import Balance, PeriodClosed, PeriodReopened, PostingFact, month_of
from ledger.postings import postings
from ledger.rates import ApproveRate, ProposeRate, RateApproved, RateProposed, RateRejected
from ledger.verify import verify
from projections import ALL_VIEWS
from projections.ageing import Ageing, ageing
from projections.basis import Basis, resolve
from projections.closing import proposal, subledgers
from projections.funnel import STAGES, funnel
from projections.investment import agreements
from projections.land import parcels
from projections.leases import lease_states
from projections.occupancy import occupancy
from projections.offtake import offtakes, shortfall
from projections.orders import order_states
from projections.periods import periods
from projections.register import all_companies
from projections.rent_roll import rent_roll
from projections.runner import catch_up, ensure
from projections.trial_balance import balances

TODAY = date(2026, 11, 24)
CLERK = By(actor="clerk-demo", role="deal_desk")
F = TypeVar("F", bound=Fact)
LEAD = RegisterLead(company="mine", name="Mine", country="US", origin="DIRECT", effective_on=TODAY)


def quietly(_done: int, _total: int) -> None:
    pass


def built(directory: Path, companies: int = 17, seed: int = 2021, *, keys: bool = True) -> Database:
    """A demonstration; with no companies at all, only the public record."""
    label(directory)
    database = Database(directory)
    migrations.upgrade(database)
    build(database, plan(companies, seed) if companies else public_history(), quietly)
    if keys:
        with Ledger(database, CONTEXTS) as ledger:
            renew_keys(ledger, TODAY)
    return database


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The demonstration as `mcsc demo` builds it, up to its keys."""
    database = built(tmp_path_factory.mktemp("demo") / "demo", companies=72, keys=False)
    views = [view() for view in ALL_VIEWS]
    ensure(database, views)
    catch_up(database, views)
    yield database
    database.close()


@pytest.fixture
def connection(demo: Database) -> Iterator[Connection]:
    with demo.views.connect() as connection:
        yield connection


def entries(database: Database) -> list[Entry]:
    with database.views.connect() as connection:
        return store.page(connection, after=0, limit=100_000)


def of(database: Database, *kinds: type[F]) -> list[F]:
    """The facts of these kinds, in the order recorded."""
    return [entry.fact for entry in entries(database) if isinstance(entry.fact, kinds)]


def basis(connection: Connection, effective: date | str, recorded: str | None = None) -> Basis:
    """Effective on a day, as recorded by another one, or by now."""
    known = store.read_head(connection).size
    return resolve(connection, effective=str(effective), recorded=recorded, today=TODAY, known=known)


# What it holds


def test_every_command_of_every_context_is_shown(demo: Database) -> None:
    wanted = {command for decider in CONTEXTS for command in decider.commands} - {CreateKey, RevokeKey}
    assert {command_name(command) for command in wanted} - {entry.command for entry in entries(demo)} == set()


def test_sixty_companies_of_every_origin_at_every_stage(demo: Database) -> None:
    with demo.views.connect() as connection:
        known = store.read_head(connection).size
        basis = resolve(connection, effective=END.isoformat(), recorded=None, today=TODAY, known=known)
        answer, rows = funnel(connection, basis), all_companies(connection, basis)
    assert answer.total.leads.count >= 60
    assert {row.origin for row in answer.rows} == set(CHANNELS)
    assert {row.origin_year for row in answer.rows if row.origin == "CIIE_PAVILION"} == {2023, 2024, 2025}
    assert all(getattr(answer.total, stage).count for stage in STAGES)
    assert {row.stage for row in rows} == set(get_args(Stage))
    assert set(answer.data_classes) == {"FICTIONAL", "PUBLIC_FACT"}


def days_and_agreements(channel: str) -> tuple[float, float]:
    """Median days from lead to qualified, and the share of leads that come to an agreement, of many companies."""
    commands = [step.command for step in pipeline(list(journeys(900, 2021)))]
    leads = {c.company: c.effective_on for c in commands if isinstance(c, RegisterLead) and c.origin == channel}
    qualified = [c for c in commands if isinstance(c, QualifyCompany) and c.company in leads]
    agreed = {c.company for c in commands if isinstance(c, LinkInvestmentAgreement) and c.company in leads}
    return median((c.effective_on - leads[c.company]).days for c in qualified), len(agreed) / len(leads)


def test_channels_differ_in_pace_and_in_reach() -> None:
    days, agreements = zip(*map(days_and_agreements, ("BAC_REFERRAL", "CIIE_PAVILION", "OTHER")), strict=True)
    assert days[0] < days[1] < days[2]
    assert agreements[0] > max(agreements[1:])


def test_a_correction_names_the_fact_that_was_wrong(demo: Database) -> None:
    recorded = entries(demo)
    corrections = [entry.fact for entry in recorded if isinstance(entry.fact, CompanyDetailsCorrected)]
    assert corrections
    for correction in corrections:
        wrong = recorded[correction.corrects - 1].fact
        assert isinstance(wrong, LeadRegistered)
        assert (wrong.company, wrong.effective_on) == (correction.company, correction.effective_on)
        assert correction.name not in (None, wrong.name)


def test_nothing_but_the_fair_happens_at_weekends(demo: Database) -> None:
    closed = [entry.fact for entry in entries(demo) if entry.fact.effective_on.weekday() > 4]
    invented = [fact for fact in closed if isinstance(fact, CompanyFact) and fact.company != "cety"]
    assert all(fact.effective_on.month == 11 and 5 <= fact.effective_on.day <= 10 for fact in invented)
    assert {type(fact) for fact in invented} <= {LeadRegistered, CompanyDetailsCorrected}


def test_it_verifies(demo: Database) -> None:
    assert verify(demo).size == len(entries(demo))


def test_history_is_recorded_after_it_happened_and_in_order(demo: Database) -> None:
    recorded = entries(demo)
    agreed_ahead = (AmendmentProposed, LeaseAmended)  # their effective date is when the new terms begin
    early = [one.fact for one in recorded if one.recorded_at.date() < one.fact.effective_on]
    assert [fact for fact in early if not isinstance(fact, agreed_ahead)] == []
    assert [one.recorded_at for one in recorded] == sorted(one.recorded_at for one in recorded)
    assert recorded[-1].recorded_at.date() <= END
    late = [entry for entry in recorded if (entry.recorded_at.date() - entry.fact.effective_on).days > 30]
    assert len([entry for entry in late if isinstance(entry.fact, CompanyFact)]) >= 5
    assert len([entry for entry in late if isinstance(entry.fact, LeaseFact | LeaseHolds)]) >= 5
    assert {entry.recorded_at.weekday() for entry in recorded} <= {0, 1, 2, 3, 4}


def test_what_was_known_earlier_can_be_asked(demo: Database) -> None:
    counts = []
    with demo.views.connect() as connection:
        known = store.read_head(connection).size
        for recorded in (None, "2025-01-01", "2024-01-01"):
            basis = resolve(connection, effective="now", recorded=recorded, today=TODAY, known=known)
            counts.append(len(all_companies(connection, basis)))
    assert counts == sorted(set(counts), reverse=True)


@pytest.mark.parametrize(("companies", "seed"), [(1, 1), (60, 7), (300, 1)])
def test_no_seed_is_refused(tmp_path: Path, companies: int, seed: int) -> None:
    database = built(tmp_path / "demo", companies, seed, keys=False)
    leads = of(database, LeadRegistered)
    assert len({lead.company for lead in leads}) == companies + 1 + len((*SUPPLIERS, *BUYERS))
    assert all(BEGIN <= lead.effective_on <= END for lead in leads if lead.company != "cety")
    database.close()


@pytest.mark.parametrize("command", [LEAD, public_history()[0].command], ids=["unheard of", "already so"])
def test_a_refused_step_is_loud(tmp_path: Path, command: Command) -> None:
    first, *_, last = public_history()
    wrong = QualifyCompany(company="nobody-demo", effective_on=TODAY) if command is LEAD else first.command
    label(tmp_path)
    database = Database(tmp_path)
    migrations.upgrade(database)
    with pytest.raises(DemoRefused, match=type(wrong).__name__):
        build(database, [first, replace(last, command=wrong)], quietly)
    database.close()


def test_each_way_is_taken_once_by_the_first_companies() -> None:
    lives = Counter(step.command.company for step in pipeline(list(journeys(len(WAYS), 2021))))  # type: ignore[attr-defined] # company commands
    assert sorted(lives.values()) == sorted(len(way.split()) for _, way in WAYS)


# The city


def test_a_site_of_800_acres_with_parcels_on_the_map_and_buildings_of_every_kind(connection: Connection) -> None:
    day = basis(connection, END)
    found = occupancy(connection, day)
    land = parcels(connection, day)
    assert (len(land), all(row.outlined for row in land)) == (24, True)
    assert len(land) + len(found.rows) == 54  # and two buildings of which no unit is defined yet
    assert found.total.lettable_m2 != found.total.committed_m2 != found.total.physical_m2
    assert all(Fraction(getattr(found.total, kind)) > 0 for kind in ("under_construction_m2", "off_market_m2"))


def test_units_in_every_state(connection: Connection) -> None:
    rows = [row for building in rent_roll(connection, basis(connection, END)).buildings for row in building.rows]
    assert 120 <= len(rows) <= 150
    wanted = {"LET", "AVAILABLE", "RESERVED", "SIGNED", "OFF_MARKET", "UNDER_CONSTRUCTION"}
    assert wanted - {row.status for row in rows} == set()


def test_about_forty_five_leases_in_every_state_but_those_in_passing(demo: Database, connection: Connection) -> None:
    found = lease_states(connection, basis(connection, END))
    assert 45 <= len(found) <= 55
    assert {row.state for row in found} == set(get_args(LeaseState)) - {"DRAFT"}
    assert len({lease.lease for lease in of(demo, LeaseDrafted)}) == len(found) == contents(plan()).leases
    assert any(len(lease.units) > 1 for lease in of(demo, LeaseExecuted))


def test_terms_differ(demo: Database) -> None:
    said = [fact.terms for fact in of(demo, LeaseDrafted)]
    for name, some in (
        ("billed_every_months", {1, 2, 3, 6, 12}),
        ("billed", {"ADVANCE", "ARREARS"}),
        ("lines", {"PERIOD", "MONTH"}),
        ("proration", {"ACTUAL_ACTUAL", "THIRTY_360", "ACTUAL_365", "ACTUAL_366"}),
        ("vat", {"GENERAL", "SIMPLIFIED"}),
    ):
        assert {getattr(terms, name) for terms in said} == some
    assert {terms.rent[0].rent.per for terms in said} == {"MONTH", "M2_MONTH", "M2_DAY_365", "M2_DAY_30"}
    assert {terms.indexation.ratio_form for terms in said if terms.indexation} == {True, False}
    for name in ("rent_free", "breaks", "renewal", "service_charge"):
        assert any(getattr(terms, name) for terms in said)
    assert {fact.kind for fact in of(demo, LeaseAmended)} == {"SCOPE_UP", "SCOPE_DOWN", "TERM", "CONSIDERATION"}


def test_who_settles_in_has_a_lease_or_builds_for_itself(demo: Database) -> None:
    kinds = Counter(fact.contract.kind for fact in of(demo, CompanySettledIn))
    assert kinds["LEASE"] >= 20
    signed = {fact.lease for fact in of(demo, LeaseExecuted)}
    assert {fact.contract.reference for fact in of(demo, CompanySettledIn) if fact.contract.kind == "LEASE"} <= signed


def test_who_leaves_owes_nothing_or_somebody_takes_it_over(demo: Database) -> None:
    exits = of(demo, CompanyExited)
    assert {(fact.receivable != "0.00", fact.transferred_to is not None) for fact in exits} >= {
        (False, False),
        (True, True),
    }
    assert all(fact.deposits_held == "0.00" for fact in exits)


def arrears(connection: Connection, effective: date | str, recorded: str | None = None) -> Ageing:
    return ageing(connection, basis(connection, effective, recorded))


def test_most_pay_and_some_are_months_behind(connection: Connection) -> None:
    now = arrears(connection, END)
    assert now.difference == "0.00"
    assert all(Fraction(getattr(now.open, bucket)) > 0 for bucket in now.open.__struct_fields__)
    assert Fraction(now.unapplied) > 0
    overdue = [one for one in now.tenants if Fraction(one.open.days_61_90) + Fraction(one.open.days_over_180) > 0]
    assert 2 <= len(overdue) < 10


def test_what_goes_wrong_is_put_right_on_record(demo: Database) -> None:
    assert [len(of(demo, kind)) for kind in (ReceiptReversed, WriteOffApproved, PeriodReopened)] == [1, 1, 1]
    assert len(of(demo, ReceiptUnallocated)) >= 1
    for decided in of(demo, WriteOffApproved, PeriodReopened, RateApproved, LeaseAmended):
        proposer, approver = (getattr(decided, name) for name in ("proposed_by", "approved_by"))
        assert proposer != approver


def test_the_service_charge_is_raised_for_closed_months(demo: Database) -> None:
    """domain §9: owed for July and August, asked for and posted in October, when these were closed."""
    notes = [fact for fact in of(demo, DebitNoteIssued) if fact.charge == "SERVICE_CHARGE" and not fact.by_hand]
    assert len(notes) >= 3
    for note in notes:
        assert [month_of(line.from_on) for line in note.lines][:2] == ["2025-07", "2025-08"]
        assert month_of(note.accounting_on) == "2025-10"


# The books


def test_months_are_closed_one_after_the_other_and_the_last_two_are_not(connection: Connection) -> None:
    found = {row.month: row.state for row in periods(connection, store.read_head(connection).size)}
    assert len(found) == 36
    assert {month: state for month, state in found.items() if state != "CLOSED"} == {
        "2026-05": "SOFT_CLOSED",
        "2026-06": "OPEN",
    }


def test_what_a_month_closed_on_can_be_computed_again(demo: Database) -> None:
    recorded = entries(demo)
    closed = [entry for entry in recorded if isinstance(entry.fact, PeriodClosed)]
    assert len(closed) == 35
    for entry in closed:
        fact, totals = entry.fact, Counter[str]()
        assert isinstance(fact, PeriodClosed)
        for earlier in recorded[: entry.position - 1]:
            if isinstance(earlier.fact, PostingFact) and month_of(earlier.fact.accounting_on) <= fact.month:
                for line in postings(earlier.fact):
                    totals[line.account] += line.amount_minor
        rows = tuple(Balance(account=name, balance_minor=totals[name]) for name in sorted(totals) if totals[name])
        assert (sha256_of(rows), rows) == (fact.trial_balance_sha256, fact.balances)


def test_nothing_recorded_later_moves_a_closed_month(demo: Database, connection: Connection) -> None:
    closed = {entry.fact.month: entry for entry in entries(demo) if isinstance(entry.fact, PeriodClosed)}
    for month in ("2024-06", "2024-12", "2025-07", "2025-08", "2026-04"):
        end = last_of(month)
        then, now = (
            balances(connection, basis(connection, end, known)) for known in (str(closed[month].position), None)
        )
        assert then == now


def test_control_accounts_tie_to_their_subledgers(demo: Database, connection: Connection) -> None:
    for fact in of(demo, PeriodClosed)[-2:]:
        end = last_of(fact.month)
        found = subledgers(connection, basis(connection, end, str(fact.recorded)), end)
        assert {tie.account: tie.control_minor for tie in fact.tie_outs} == found


def test_losses_are_measured_each_quarter(demo: Database) -> None:
    measured = of(demo, EclMeasured)
    assert len(measured) >= 8
    assert {fact.effective_on.month for fact in measured} == {3, 6, 9, 12}
    assert all(fact.allowance_minor > 0 for fact in measured)


def test_what_was_known_of_rents_then_can_be_asked(connection: Connection) -> None:
    """Rents agreed lower from January on came to our desks in February."""
    day = date(2026, 1, 31)
    then, now = (rent_roll(connection, basis(connection, day, known)).totals for known in (day.isoformat(), None))
    assert Fraction(then.passing_month) > Fraction(now.passing_month)
    assert (then.units, then.units_let) == (now.units, now.units_let)


# The deals


def test_a_dozen_agreements_are_signed_as_companies_are_linked_to_them(demo: Database, connection: Connection) -> None:
    linked = {(fact.agreement, fact.company, fact.signed_on) for fact in of(demo, InvestmentAgreementLinked)}
    signed = {(fact.agreement, fact.company, fact.effective_on) for fact in of(demo, InvestmentSigned)}
    assert (len(signed), signed <= linked) == (12, True)
    found = agreements(connection, basis(connection, END))
    assert {row.state for row in found} >= {"IN_PERFORMANCE", "FULFILLED", "CLOSED", "TERMINATED"}
    assert {row.currency for row in found} == {"CNY", "USD"}


def test_what_is_missing_is_owed_back_and_settled(demo: Database) -> None:
    (assessed,), (waived,) = of(demo, ClawbackAssessed), of(demo, ClawbackWaived)
    missed = [test for test in of(demo, CovenantTested) if test.agreement == assessed.agreement]
    assert [(test.result, test.shortfall) for test in missed] == [("MISSED", "0.2500")]
    assert assessed.amount_minor == 60_000_000
    collected = [fact.amount_minor for fact in of(demo, ClawbackCollected)]
    assert waived.amount_minor + sum(collected) == assessed.amount_minor
    assert waived.proposed_by != waived.approved_by
    assert {test.result for test in of(demo, CovenantTested) if test.supersedes} == {"MET"}


def test_contributions_come_in_two_currencies_and_post_nothing(demo: Database) -> None:
    came = of(demo, ContributionRecorded)
    assert {fact.kind for fact in came} == {"CAPITAL", "FAI", "LOAN"}
    assert {fact.currency for fact in came} == {"CNY", "USD"}
    assert len(of(demo, ContributionReversed)) == 1
    assert not [fact for fact in came if isinstance(fact, PostingFact)]
    posted = of(demo, InvestmentPosting)
    assert len(posted) > 4
    assert {line.account for fact in posted for line in postings(fact)} == {
        "incentives",
        "bank",
        "other-receivables",
        "non-operating",
    }


def test_an_order_in_every_state(demo: Database, connection: Connection) -> None:
    found = order_states(connection, basis(connection, END))
    assert Counter(row.state for row, _ in found) == Counter(get_args(OrderState))
    assert {row.order: row.state for row, _ in found} == {one.order: one.stops for one in ORDERS}
    assert Counter(row.role for row, _ in found).keys() == {"AGENT", "PRINCIPAL", "OBSERVER", None}
    sellers = {firm.company for firm in SUPPLIERS}
    assert {row.supplier for row, _ in found} == sellers
    assert len({row.buyer for row, _ in found} & {lead.company for lead in of(demo, LeadRegistered)}) >= 10
    (change,) = of(demo, ChangeOrderApproved)
    assert change.delta_minor > 0


def test_who_only_looks_on_posts_nothing(demo: Database) -> None:
    watched = {fact.order for fact in of(demo, EquipmentOrdered) if fact.role == "OBSERVER"}
    agreements = {fact.agreement for fact in of(demo, OfftakeDrafted) if fact.terms.role == "OBSERVER"}
    assert (len(watched), len(agreements)) == (2, 1)
    recorded = [fact for fact in of(demo, OrderFact, OfftakeFact) if _about(fact) & (watched | agreements)]
    assert len(recorded) > 100
    posted = of(demo, PostingFact)
    assert [fact for fact in posted if _about(fact) & (watched | agreements)] == []
    assert {fact.order for fact in of(demo, OrderPostingFact)}.isdisjoint(watched)


def _about(fact: Fact) -> set[str]:
    return {getattr(fact, name, "") for name in ("order", "agreement")}


def test_what_is_owed_in_dollars_is_remeasured_before_a_month_closes(demo: Database, connection: Connection) -> None:
    assert len(of(demo, ReceivablesRevalued)) > 10
    for fact in of(demo, PeriodClosed):
        if fact.month >= "2024-06":
            known = basis(connection, last_of(fact.month), str(fact.recorded))
            assert proposal(connection, known, fact.month).unrevalued == (), fact.month


def test_three_years_of_reads_under_four_kinds_of_prices(demo: Database, connection: Connection) -> None:
    prices = {fact.agreement: type(fact.terms.price).__name__ for fact in of(demo, OfftakeDrafted)}
    assert Counter(prices.values()) == {"Fixed": 3, "TimeOfUse": 1, "Indexed": 1, "Savings": 1}
    months = {(fact.agreement, month_of(fact.effective_on)) for fact in of(demo, MeterRead, MeterReadCorrected)}
    months |= {(fact.agreement, fact.month) for fact in of(demo, SavingsMeasured)}
    assert Counter(agreement for agreement, _ in months) == {
        "biomass-1-demo": 36,
        "heat-2-demo": 36,
        "waste-3-demo": 36,
        "savings-4-demo": 36,
        "trial-5-demo": 6,
    }
    assert {row.state for row in offtakes(connection, basis(connection, END))} == {
        "IN_DELIVERY",
        "FINALLY_SETTLED",
        "TERMINATED",
    }


def test_statements_are_approved_by_somebody_else_and_settled_anew_where_a_meter_was_wrong(demo: Database) -> None:
    approved = of(demo, StatementApproved)
    assert len(approved) > 140
    assert all(fact.calculated_by != fact.approved_by for fact in approved)
    assert {(fact.agreement, fact.month) for fact in approved if fact.run == 1} == {
        ("biomass-1-demo", "2024-01"),
        ("waste-3-demo", "2024-11"),
    }
    anew = [fact for fact in of(demo, EnergyInvoiced) if fact.run == 1]
    assert {(fact.month, month_of(fact.accounting_on)) for fact in anew} == {
        ("2024-01", "2024-04"),
        ("2024-11", "2024-12"),
    }


def test_a_shortfall_is_paid_for_and_made_up_for_a_year_later(demo: Database, connection: Connection) -> None:
    first, second = of(demo, YearTruedUp)
    assert (first.year, second.year) == (2023, 2024)
    assert first.shortfall_wh > 0
    assert [(lot.year, lot.energy_wh > 0) for lot in second.taken] == [(2023, True)]
    rows = shortfall(connection, basis(connection, END)).rows
    assert [row.payment for row in rows if row.year == 2024] == ["0.00"]


def test_energy_is_paid_for_by_receipts(demo: Database, connection: Connection) -> None:
    issued = {fact.invoice for fact in of(demo, EnergyIssued)}
    paid = {one.invoice for fact in of(demo, ReceiptRecorded) for one in fact.allocations}
    assert len(issued) > 100
    assert len(issued - paid) < 10


def test_money_is_there_before_it_is_paid(demo: Database) -> None:
    moved = Counter[str]()
    for fact in of(demo, PostingFact):
        moved[month_of(fact.accounting_on)] += sum(one.amount_minor for one in postings(fact) if one.account == "bank")
    assert all(balance >= 0 for balance in accumulate(moved[month] for month in sorted(moved)))


# What is true and what is invented


def about_the_real() -> list[Step]:
    return public_history()


def test_real_names_come_with_claims_and_nothing_else(demo: Database) -> None:
    kinds = Counter(type(step.command) for step in about_the_real())
    said = {RecordClaim: 11, RegisterLead: 1, ReportSettled: 1}
    assert kinds == {**said, DefineSite: 1, ProposeRate: 4, ApproveRate: 4}
    named = [step.command.company for step in about_the_real() if isinstance(step.command, CompanyCommand)]
    assert named == ["cety", "cety"]
    assert all(step.command.source for step in about_the_real() if hasattr(step.command, "source"))
    public = [entry for entry in entries(demo) if entry.data_class == "PUBLIC_FACT"]
    assert [entry.position for entry in public] == list(range(1, len(about_the_real()) + 1))
    deals = (InvestmentPosting, InvestmentFact, OrderFact, OrderPostingFact, OfftakeFact, MeterFact)
    assert not [entry for entry in public if isinstance(entry.fact, (BillingFact, LeaseFact, LeaseHolds, *deals))]


def test_no_real_name_has_money(demo: Database) -> None:
    real = ("cety", "bac", "bay area", "cofco", "ganfeng", "solartale", "aecom", "clean energy technologies")
    for entry in entries(demo):
        if entry.data_class != "PUBLIC_FACT":
            text = json.encode(entry.fact).decode().lower()
            assert not any(re.search(rf"\b{name}\b", text) for name in real), text
        else:
            assert not any(field.endswith("_minor") for field in entry.fact.__struct_fields__)


def test_contradicting_claims_are_all_kept() -> None:
    said = " ".join(step.command.statement for step in about_the_real() if isinstance(step.command, RecordClaim))
    assert [area for area in ("220 hectares", "500 acres", "800 acres", "900 acres") if area not in said] == []


IDS = (
    "company",
    "lease",
    "unit",
    "building",
    "parcel",
    "invoice",
    "receipt",
    "deposit",
    "rate",
    "amendment",
    "write_off",
    "agreement",
    "contribution",
    "clawback",
    "order",
    "shipment",
    "change",
    "meter",
    "curtailment",
    "sale",
)


def test_the_rest_says_that_it_is_invented(demo: Database) -> None:
    rest = [entry for entry in entries(demo) if entry.data_class != "PUBLIC_FACT"]
    assert {entry.data_class for entry in rest} == {"FICTIONAL"}
    assert all(entry.by.actor.endswith("-demo") for entry in rest)
    for fact in (entry.fact for entry in rest):
        ids = {name: value for name in IDS if (value := getattr(fact, name, None)) is not None}
        if not isinstance(fact, RateProposed | RateApproved | RateRejected):
            ids.pop("rate", None)  # elsewhere a rate is a number
        assert {name: value for name, value in ids.items() if "-demo" not in value} == {}
        for name in ("name", "name_zh", "reason", "source"):
            said = getattr(fact, name, None)
            assert said is None or said.endswith("(demo)") or said.isupper() or isinstance(fact, BillingFact), fact
        reference = getattr(fact, "bank_reference", "FICT-")
        assert reference.startswith("FICT-")


def test_parcels_and_units_are_nobodys(demo: Database) -> None:
    assert {fact.site for fact in of(demo, ParcelDefined)} == {"mcsc"}
    assert all(fact.unit.endswith("-demo") for fact in of(demo, UnitDefined))


def test_invented_identifiers_are_sound_unique_and_nobodys() -> None:
    some = list(islice(firms(Random(1)), 2000))
    assert all(uscc.is_valid(firm.uscc) and firm.uscc[2:8] == "000000" for firm in some)
    assert not any(uscc.is_valid(firm.faulty_uscc) for firm in some)
    assert all(lei.is_valid(code) and code.startswith("FICT") for firm in some for code in (firm.lei, firm.parent_lei))
    for values in ([f.uscc for f in some], [f.lei for f in some], [f.name for f in some], [f.company for f in some]):
        assert len(set(values)) == len(some)


# Again and again


def test_the_same_seed_gives_the_same_root(tmp_path: Path) -> None:
    heads = []
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        database = built(tmp_path / name, 3, seed, keys=False)
        with database.views.connect() as connection:
            size = store.read_head(connection).size
            heads.append((size, store.root_at(connection, size)))
        database.close()
    assert heads[0] == heads[1] != heads[2]


def test_keys_are_made_anew_and_the_earlier_ones_revoked(tmp_path: Path) -> None:
    database = built(tmp_path / "demo", 0, keys=False)
    with Ledger(database, CONTEXTS) as ledger:
        own = CreateKey(key_id="somebodys", actor="li-demo", role="admin", secret_sha256="ab" * 32, effective_on=TODAY)
        ledger.execute(own, CLERK)
        first, second = renew_keys(ledger, TODAY), renew_keys(ledger, TODAY)
    revoked = [entry.fact for entry in entries(database) if entry.command == "revoke-key"]
    assert tuple(first) == tuple(second) == ROLES
    assert set(first.values()).isdisjoint(second.values())
    assert {fact.key_id for fact in revoked} == {key.split("_")[1] for key in first.values()}  # type: ignore[attr-defined] # only KeyRevoked
    database.close()


# What may be cleared away


def unfinished(directory: Path) -> None:
    built(directory, 0, keys=False).close()


def just_begun(directory: Path) -> None:
    label(directory)


def without_facts(directory: Path) -> None:
    label(directory)
    database = Database(directory)
    migrations.upgrade(database)
    database.close()


def finished(directory: Path) -> None:
    built(directory, 0).close()


def empty(directory: Path) -> None:
    directory.mkdir()


def notes_beside_an_unfinished_one(directory: Path) -> None:
    unfinished(directory)
    (directory / "notes.txt").write_text("do not lose me")


def settings_of_ones_own(directory: Path) -> None:
    unfinished(directory)
    (directory / "mcsc.toml").write_text('data_class = "FICTIONAL"\nport = 9000\n')


def a_fact_of_ones_own(directory: Path) -> None:
    database = built(directory, 0, keys=False)
    with Ledger(database, CONTEXTS) as ledger:
        ledger.execute(LEAD, CLERK)
    database.close()


def a_ledger_of_ones_own(directory: Path) -> None:
    label(directory)
    database = Database(directory)
    migrations.upgrade(database)
    with Ledger(database, CONTEXTS) as ledger:
        ledger.execute(LEAD, CLERK)
    database.close()


def no_ledger_at_all(directory: Path) -> None:
    directory.mkdir()
    (directory / "thesis.txt").write_text("do not lose me")


@pytest.mark.parametrize(
    ("prepare", "expected"),
    [
        (empty, Standing.EMPTY),
        (finished, Standing.DEMO),
        (unfinished, Standing.UNFINISHED_DEMO),
        (just_begun, Standing.UNFINISHED_DEMO),
        (without_facts, Standing.UNFINISHED_DEMO),
        (notes_beside_an_unfinished_one, Standing.OTHER),
        (settings_of_ones_own, Standing.OTHER),
        (a_fact_of_ones_own, Standing.OTHER),
        (a_ledger_of_ones_own, Standing.OTHER),
        (no_ledger_at_all, Standing.OTHER),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_only_what_nobody_could_miss_is_unfinished(tmp_path: Path, prepare: object, expected: Standing) -> None:
    assert callable(prepare)
    prepare(tmp_path / "demo")
    database = Database(tmp_path / "demo")
    assert standing(database) is expected
    database.close()


def test_one_that_is_being_built_is_left_alone(tmp_path: Path) -> None:
    database = built(tmp_path / "demo", 0, keys=False)
    with database.only_writer(), pytest.raises(AlreadyOpen):
        standing(database)
    database.close()


# From the command line


def mcsc(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_from_nothing_to_a_healthy_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MCSC_DATABASE", raising=False)
    where = tmp_path / "demo"
    first = mcsc("demo", "--data", where, "--no-serve")
    assert first.exit_code == 0, first.output
    assert "22 facts of the public record" in first.stderr
    assert "simulated" in first.stderr
    assert [line for line in TRY if line not in first.stderr] == []
    keys = re.findall(r"mcsc_\w{12}_\w{64}", first.stderr)
    assert len(set(keys)) == len(ROLES)
    healthy = mcsc("doctor", "--data", where)
    assert (healthy.exit_code, "✗" in healthy.stdout) == (0, False)
    assert mcsc("verify", "--data", where).exit_code == 0
    again = mcsc("demo", "--data", where, "--no-serve")
    assert (again.exit_code, "is there already" in again.stderr) == (0, True)
    assert not set(keys) & set(re.findall(r"mcsc_\w{12}_\w{64}", again.stderr))


def test_what_it_suggests_to_try_works(demo: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MCSC_DATABASE", raising=False)
    monkeypatch.setenv("MCSC_DATA", str(demo.directory))
    assert len(TRY) >= 4
    for line in TRY:
        words = line.partition("  ")[0].split()
        answer = mcsc(*words[1:])
        assert (answer.exit_code, bool(answer.stdout)) == (0, True), f"{line}: {answer.output}"


def test_somebody_elses_directory_is_refused_and_untouched(tmp_path: Path) -> None:
    no_ledger_at_all(tmp_path / "mine")
    refused = mcsc("demo", "--data", tmp_path / "mine", "--no-serve")
    assert refused.exit_code == 2
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_public_history_is_recorded_before_anything_invented(demo: Database) -> None:
    public = [entry.data_class == "PUBLIC_FACT" for entry in entries(demo)]
    assert public == sorted(public, reverse=True)
    assert entries(demo)[0].recorded_at == OPENED_AT
    assert plan()[: len(public_history())] == public_history()
