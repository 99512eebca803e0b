"""Receivables ageing: every open fen in one bucket by its day, and all of them equal to the control account."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given as given_any
from hypothesis import settings
from hypothesis import strategies as st
from msgspec.structs import asdict

from ledger.billing.facts import BillingFact, LateFeeAssessed, ReceiptAllocated
from ledger.log.database import Database
from projections.engine.basis import Basis
from projections.receivables.ageing import BUCKETS, Ageing, ageing, ageing_of
from tests.ground.let_city import given
from tests.projections.receivables.test_tenants import ANY_FACTS, DAYS, about, basis, invoice, line, pays, receipt

DUE = DAYS[0] + timedelta(days=10)
RATES = ("0.01", "0.02", "0.05", "0.1", "0.2", "0.5")


def asked(database: Database, effective: date, recorded: int = 1_000_000, **more: Any) -> Ageing:
    with database.views.connect() as connection:
        return ageing(connection, basis(effective, recorded), **more)


@pytest.mark.parametrize(
    ("days", "bucket"),
    [
        pytest.param(-5, "not_due", id="before-the-due-date"),
        pytest.param(0, "not_due", id="on-the-due-date"),
        pytest.param(1, "days_1_30", id="the-day-after"),
        pytest.param(30, "days_1_30", id="30"),
        pytest.param(31, "days_31_60", id="31"),
        pytest.param(60, "days_31_60", id="60"),
        pytest.param(61, "days_61_90", id="61"),
        pytest.param(90, "days_61_90", id="90"),
        pytest.param(91, "days_91_180", id="91"),
        pytest.param(180, "days_91_180", id="180"),
        pytest.param(181, "days_over_180", id="181"),
    ],
)
def test_the_bucket_of_a_day(sqlite: Database, days: int, bucket: str) -> None:
    given(sqlite, [invoice("i-1", 100_00, DAYS[0])])
    found = asked(sqlite, DUE + timedelta(days=days))
    ((row,),) = (tenant.documents for tenant in found.tenants)
    assert {name: amount for name, amount in asdict(row.open).items() if amount != "0.00"} == {
        bucket: "109.00",
        "total": "109.00",
    }
    assert row.days == max(days, 0)
    assert row.open.overdue == ("0.00" if bucket == "not_due" else "109.00")


def test_subtotals_by_tenant_unapplied_apart_and_the_control_account(database: Database) -> None:
    given(
        database,
        [
            invoice("i-1", 100_00, DAYS[0]),
            invoice("i-2", 200_00, DAYS[4]),
            invoice("i-3", 300_00, DAYS[0], company="b"),
            receipt("r-1", 500_00, DAYS[5], pays("i-1", 9_00)),
        ],
    )
    found = asked(database, DAYS[5])
    assert [(one.company, one.open.total, one.unapplied) for one in found.tenants] == [
        ("a-demo", "318.00", "491.00"),
        ("b-demo", "327.00", "0.00"),
    ]
    assert (found.open.days_61_90, found.open.days_1_30, found.open.total) == ("427.00", "218.00", "645.00")
    assert (found.unapplied, found.control, found.difference) == ("491.00", "645.00", "0.00")
    assert found.fictional


def test_what_is_settled_is_not_on_it(database: Database) -> None:
    given(database, [invoice("i-1", 100_00, DAYS[0]), receipt("r-1", 109_00, DAYS[1], pays("i-1", 109_00))])
    assert asked(database, DAYS[1]).tenants == ()
    assert asked(database, DAYS[0]).open.total == "109.00"


def test_as_it_was_known(database: Database) -> None:
    known = given(database, [invoice("i-1", 100_00, DAYS[0])])
    given(database, [invoice("i-2", 200_00, DAYS[0])])
    assert asked(database, DAYS[1], known).open.total == "109.00"
    assert asked(database, DAYS[1]).open.total == "327.00"


def test_expected_losses_by_age_as_they_are_measured(database: Database) -> None:
    """domain.md §8.1: 5 % of 174,390.41 is 8,719.52. Two documents of one age share its loss, rounded once."""
    given(
        database,
        [
            invoice("i-1", 100_03, DAYS[0]),
            invoice("i-2", 100_03, DAYS[0]),
            invoice("i-3", 159_991_20, DAYS[3]),
        ],
    )
    on = DAYS[3] + timedelta(days=10 + 61)
    found = asked(database, on, rates=("0", "0", "0", "0.05", "0.33333333", "0"))
    rows = {row.invoice: (row.ecl_rate, row.ecl) for tenant in found.tenants for row in tenant.documents}
    assert rows["i-3"] == ("0.05", "8719.52")
    assert (rows["i-1"], rows["i-2"]) == (("0.33333333", "36.35"), ("0.33333333", "36.34"))
    assert found.exposures is not None
    losses = {one.bucket: (one.gross, one.ecl) for one in found.exposures if one.gross != "0.00"}
    assert losses == {"days_61_90": ("174390.40", "8719.52"), "days_91_180": ("218.06", "72.69")}
    assert found.ecl == "8792.21"
    assert [one.ecl for one in found.tenants] == ["8792.21"]


def test_without_rates_nothing_is_said_of_losses(database: Database) -> None:
    given(database, [invoice("i-1", 100_00, DAYS[0])])
    found = asked(database, DAYS[5])
    assert (found.exposures, found.ecl, found.tenants[0].documents[0].ecl) == (None, None, None)


def test_the_facts_behind_each_figure(database: Database) -> None:
    """A late fee touches the invoice it is for, and moves only itself."""
    fee = LateFeeAssessed(
        **about("a", DAYS[3], lease="a"),
        invoice="f-1",
        charge="LATE_FEE",
        lines=(line(1_00, DAYS[3]),),
        due_on=DAYS[3],
        on_invoice="i-1",
        principal_minor=109_00,
        days=3,
        rate_per_day="0.0005",
    )
    later = ReceiptAllocated(**about("a", DAYS[6]), receipt="r-1", allocations=pays("i-1", 1_00))
    given(database, [invoice("i-1", 100_00, DAYS[0]), receipt("r-1", 50_00, DAYS[1], pays("i-1", 9_00)), fee, later])
    (tenant,) = asked(database, DAYS[4], positions=True).tenants
    assert {row.invoice: row.positions for row in tenant.documents} == {"i-1": (1, 2), "f-1": (3,)}
    assert [row.positions for row in tenant.receipts] == [(2,)]
    (tenant,) = asked(database, DAYS[6], positions=True).tenants
    assert {row.invoice: row.positions for row in tenant.documents} == {"i-1": (1, 2, 4), "f-1": (3,)}


@settings(max_examples=15)
@given_any(
    facts=ANY_FACTS,
    bases=st.lists(st.tuples(st.sampled_from(DAYS), st.integers(0, 30)), min_size=1, max_size=4),
)
def test_on_any_basis_it_foots_to_the_control_account(
    database: Database, facts: list[BillingFact], bases: list[tuple[date, int]]
) -> None:
    """Whatever was recorded late, in whatever order. Every example records more into the same log."""
    head = given(database, facts)
    for effective, back in bases:
        on = Basis(effective=effective, recorded=max(head - back, 0), recorded_at=None, root="")
        with database.views.connect() as connection:
            found = ageing(connection, on, rates=RATES)
            alone = [ageing_of(connection, on, tenant.company) for tenant in ageing(connection, on).tenants]
            assert alone == list(ageing(connection, on).tenants)
            assert ageing_of(connection, on, "nobody-demo") is None
        assert found.difference == "0.00"
        assert found.open.total == found.control
        for bucket in (*BUCKETS, "total"):
            by_tenant = [Fraction(getattr(tenant.open, bucket)) for tenant in found.tenants]
            assert sum(by_tenant) == Fraction(getattr(found.open, bucket))
            for tenant in found.tenants:
                rows = [Fraction(getattr(row.open, bucket)) for row in tenant.documents]
                assert sum(rows) == Fraction(getattr(tenant.open, bucket))
        assert sum(Fraction(tenant.ecl or 0) for tenant in found.tenants) == Fraction(found.ecl or 0)
        assert sum(Fraction(row.ecl) for row in found.exposures or ()) == Fraction(found.ecl or 0)
