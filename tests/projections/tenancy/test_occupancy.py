"""Occupancy in its three senses, over what can be let and nothing else."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.decider import Fact
from ledger.estate.facts import ConstructionStarted, UnitTakenOffMarket
from ledger.leases.facts import PremisesSurrendered
from ledger.leases.terms import Premises
from ledger.log.database import Database
from ledger.values.measures import written
from projections.tenancy.let_units import committed
from projections.tenancy.occupancy import Occupancy, OccupancyRow, occupancy, over_time
from tests.ground.let_city import AS_OF, L1, L2, PAPER, basis, building, city, estate, given, let, unit


def asked(database: Database, effective: date = AS_OF, recorded: int = 1_000_000, **more: Any) -> Occupancy:
    """The report; what is asked of a day alone says the same as its total."""
    with database.views.connect() as connection:
        found = occupancy(connection, basis(effective, recorded), **more)
        alone = over_time(connection, basis(AS_OF, recorded), [effective])
        areas = committed(connection, basis(effective, recorded))
    assert alone == {effective: found.total.committed_percent}
    assert (found.total.committed_m2, found.total.lettable_m2) == tuple(map(written, areas))
    return found


def test_the_city_of_the_domain(database: Database) -> None:
    """domain.md §4.6: 3,544.50 of 4,421.75 m² are 80.1606 %; by rental value 19.8225 % are vacant."""
    given(database, city())
    total = asked(database).total
    assert (total.committed_m2, total.lettable_m2, total.vacant_m2) == ("3544.50", "4421.75", "877.25")
    assert (total.committed_percent, total.vacancy_percent) == ("80.1606", "19.8394")
    assert total.erv_vacancy_percent == "19.8225"
    assert (total.passing_year, total.erv_year) == ("1748764.80", "2230470.00")
    assert total.economic_percent == "78.4034"
    assert total.lettable_mu == "6.6326"


def test_each_building_stands_for_itself(database: Database) -> None:
    given(database, city())
    assert {row.building: (row.committed_percent, row.erv_vacancy_percent) for row in asked(database).rows} == {
        "block-a": ("100.0000", "0.0000"),
        "block-b": ("0.0000", "100.0000"),
    }


def committed_and_physical(row: OccupancyRow) -> tuple[str, str]:
    return row.committed_m2, row.physical_m2


@pytest.mark.parametrize(
    ("on", "areas"),
    [
        pytest.param(date(2023, 12, 14), ("0.00", "0.00"), id="before-signature"),
        pytest.param(date(2023, 12, 15), ("1234.50", "0.00"), id="signed"),
        pytest.param(date(2024, 1, 1), ("1234.50", "1234.50"), id="handed-over"),
        pytest.param(date(2026, 12, 31), ("1234.50", "0.00"), id="keys-back-on-the-last-day"),
        pytest.param(date(2027, 1, 1), ("0.00", "0.00"), id="over"),
    ],
)
def test_committed_from_the_signature_and_physical_with_the_keys(
    database: Database, on: date, areas: tuple[str, str]
) -> None:
    keys_back = PremisesSurrendered(
        lease="l-1-demo", company="sunfield-demo", effective_on=date(2026, 12, 31), protocol=PAPER
    )
    given(database, [*estate(), *let("l-1-demo", "sunfield-demo", L1, signed_on=date(2023, 12, 15)), keys_back])
    assert committed_and_physical(asked(database, on).total) == areas


def test_without_handover_nothing_is_physically_let(database: Database) -> None:
    signed = let("l-1-demo", "sunfield-demo", L1, signed_on=date(2023, 12, 15), handed_over=False, commenced=False)
    given(database, [*estate(), *signed])
    assert committed_and_physical(asked(database).total) == ("1234.50", "0.00")


def outside() -> list[Fact]:
    """200.00 m² planned, 500.00 m² under construction, and a102 (2,310.00 m²) off the market."""
    return [
        *building("block-c", "200.00", completed=False),
        *unit("c101", "block-c", "200.00"),
        *building("block-d", "500.00", completed=False),
        ConstructionStarted(effective_on=date(2024, 5, 1), building="block-d"),
        *unit("d101", "block-d", "500.00"),
        UnitTakenOffMarket(effective_on=date(2024, 7, 1), unit="a102", reason="repairs"),
    ]


def test_what_cannot_be_let_is_in_no_denominator(database: Database) -> None:
    """Nor in a numerator: d101 is let before it stands."""
    terms = replace(L1, premises=(Premises(unit="d101", area="500.00"),))
    early = let("l-3-demo", "windfield-demo", terms, signed_on=date(2023, 12, 15), handed_over=False)
    given(database, [*estate(), *outside(), *early])
    total = asked(database).total
    assert (total.lettable_m2, total.committed_m2, total.units) == ("2111.75", "0.00", 2)
    assert (total.under_construction_m2, total.off_market_m2) == ("700.00", "2310.00")
    assert total.passing_year == "0.00"


def test_without_a_rental_value_there_is_no_rate_by_it(database: Database) -> None:
    given(database, [*building("block-a", "100.00"), *unit("a101", "block-a", "100.00")])
    total = asked(database).total
    assert (total.erv_vacancy_percent, total.economic_percent, total.without_erv_m2) == (None, None, "100.00")
    assert total.committed_percent == "0.0000"


def test_nothing_defined_has_no_rate(database: Database) -> None:
    given(database, [])
    found = asked(database)
    assert found.rows == ()
    assert (found.total.lettable_m2, found.total.committed_percent) == ("0.00", None)


def test_the_change_from_an_earlier_date(database: Database) -> None:
    """On 30 June 2024 a101 alone was begun, and a102 signed: both are committed; at the end of 2023 a101 alone."""
    given(database, city())
    found = asked(database, compare=date(2023, 12, 31))
    assert found.compared == date(2023, 12, 31)
    assert found.total.change_points == "52.2418"  # 2,310.00 of 4,421.75
    assert {row.building: row.change_points for row in found.rows} == {"block-a": "65.1714", "block-b": "0.0000"}
    assert asked(database, compare=date(2024, 6, 30)).total.change_points == "0.0000"
    assert asked(database).total.change_points is None


def test_as_it_was_known(database: Database) -> None:
    known = given(database, [*estate(), *let("l-1-demo", "sunfield-demo", L1, signed_on=date(2023, 12, 15))])
    given(database, let("l-2-demo", "moonfield-demo", L2, signed_on=date(2024, 6, 1)))
    assert asked(database, recorded=known).total.committed_m2 == "1234.50"
    assert asked(database).total.committed_m2 == "3544.50"


def test_the_facts_behind_a_building(database: Database) -> None:
    given(database, city())
    found = asked(database, positions=True)
    assert [row.positions for row in found.rows if row.building == "block-b"] == [(3, 4, 9, 10)]
    assert found.total.positions is not None
    assert set(found.total.positions) == {place for row in found.rows for place in row.positions or ()}
