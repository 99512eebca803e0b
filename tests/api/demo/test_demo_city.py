"""The demonstration's city and its books: what stands there, who rents it, and what they owe."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import get_args

import pytest
from sqlalchemy import Connection

from api.demo.days import last_of
from api.demo.pipeline import END
from api.demo.plan import contents, plan
from ledger.billing.facts import DebitNoteIssued, EclMeasured, ReceiptReversed, ReceiptUnallocated, WriteOffApproved
from ledger.books.postings import postings
from ledger.companies.facts import CompanyExited, CompanySettledIn
from ledger.joint.closing import sha256_of
from ledger.leases.facts import LeaseAmended, LeaseDrafted, LeaseExecuted, LeaseState
from ledger.log import store
from ledger.log.database import Database
from ledger.periods import Balance, PeriodClosed, PeriodReopened, PostingFact, month_of
from ledger.rates import RateApproved
from projections.books.trial_balance import balances
from projections.engine.periods import periods
from projections.receivables.ageing import Ageing, ageing
from projections.subledgers import subledgers
from projections.tenancy.leases import lease_states
from projections.tenancy.occupancy import occupancy
from projections.tenancy.rent_roll import rent_roll
from projections.tenancy.sites import parcels
from tests.ground.demonstrated import basis, entries, of


@pytest.fixture
def connection(demo: Database) -> Iterator[Connection]:
    with demo.views.connect() as connection:
        yield connection


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
