"""A park taken over at the end of May 2026 in the reports, on both databases: right from the first day.

The park of tests/examples/taking_over.py: 545.00 due since 2026-04-11, 3,000.00 of deposit, 1,000.00 a month for
one of two units of 500.00 m² each; 1,166.69 earned and not billed.
"""

from datetime import date

import pytest
from msgspec.structs import replace

from ledger.billing.gap import BillLease
from ledger.billing.receipts import RecordReceipt, ToAllocate
from ledger.log.database import Database
from ledger.periods import OpenPeriods
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from ledger.recording.outcome import Done, Previewed, Refused
from projections.books.trial_balance import balances
from projections.engine.runner import catch_up, ensure
from projections.every.views import ALL_VIEWS
from projections.receivables.ageing import ageing
from projections.tenancy.deposits import deposits
from projections.tenancy.occupancy import occupancy
from projections.tenancy.rent_roll import rent_roll
from tests.examples.taking_over import DAY, PARK
from tests.ground.billed import FINANCE
from tests.ground.let_city import basis


@pytest.fixture
def taken(database: Database) -> Database:
    """A ledger that took the park over: refused first, previewed, recorded in one, and sent again."""
    with Ledger(database, CONTEXTS) as ledger:
        assert isinstance(
            ledger.execute(OpenPeriods(effective_on=date(2026, 5, 1), through="2026-05"), FINANCE).outcome, Done
        )
        wrong = replace(PARK, deposits=(replace(PARK.deposits[0], amount="0.00"),))
        refused = ledger.execute(wrong, FINANCE).outcome
        assert isinstance(refused, Refused)
        assert [(one.field, one.code) for one in refused.faults] == [("deposits[0].amount", "amount-zero")]
        previewed = ledger.execute(PARK, FINANCE, dry_run=True).outcome
        assert isinstance(previewed, Previewed)
        done = ledger.execute(PARK, FINANCE).outcome
        assert isinstance(done, Done)
        assert (len(done.facts), done.facts[0].position) == (len(previewed.facts), 2)
        again = ledger.execute(PARK, FINANCE).outcome
        assert isinstance(again, Done)
        assert again.facts == ()
        paid = RecordReceipt(
            effective_on=date(2026, 6, 5),
            company="t-1-demo",
            receipt="r-1-demo",
            bank_reference="B-1",
            amount="500.00",
            allocations=(ToAllocate(invoice="old-77-demo", amount="500.00"),),
        )
        for later in (OpenPeriods(effective_on=date(2026, 6, 1), through="2026-06"), paid):
            assert isinstance(ledger.execute(later, FINANCE).outcome, Done)
        bill = BillLease(effective_on=DAY, lease="l-1-demo", through=DAY)
        billed = ledger.execute(bill, FINANCE).outcome
        assert isinstance(billed, Done)
        assert billed.facts == ()
    views = [view() for view in ALL_VIEWS]
    ensure(database, views)
    catch_up(database, views)
    return database


def test_reports_are_right_from_the_first_day(taken: Database) -> None:
    with taken.views.connect() as connection:
        on, june = basis(DAY), basis(date(2026, 6, 30))
        assert balances(connection, on) == {
            "receivables": 545_00,
            "straight-line": 1166_69,
            "deposits": -3000_00,
            "opening-equity": 1288_31,
        }
        aged = ageing(connection, on)
        ((row,),) = (tenant.documents for tenant in aged.tenants)
        assert (row.days, row.open.total, row.open.days_31_60) == (50, "545.00", "545.00")
        ((left,),) = (tenant.documents for tenant in ageing(connection, june).tenants)
        assert left.open.total == "45.00"
        held = deposits(connection, on)
        assert [(one.lease, one.received, one.held) for one in held.rows] == [("l-1-demo", "3000.00", "3000.00")]
        roll = rent_roll(connection, on)
        let, vacant = roll.buildings[0].rows
        assert (let.lease_state, let.passing_month, let.headline_month) == ("COMMENCED", "1000.00", "1000.00")
        assert (let.deposit, let.arrears, let.service_charge_month) == ("3000.00", "545.00", "100.00")
        assert (vacant.unit, vacant.status) == ("u-2-demo", "AVAILABLE")
        assert occupancy(connection, on).total.physical_percent == "50.0000"
        assert not rent_roll(connection, basis(date(2026, 5, 30))).buildings
