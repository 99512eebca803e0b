"""The estate on any basis: rows equal a naive fold of the log, and every state, area and outline is told right."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.decider import Fact, stored_name
from ledger.estate.estate import Building, evolve_building
from ledger.estate.facts import (
    BuildingCompleted,
    BuildingDefined,
    BuildingFact,
    ConstructionStarted,
    EstateFact,
    EstateStepWithdrawn,
    ParcelDefined,
    SiteDefined,
    UnitDefined,
    UnitFact,
    UnitRemeasured,
    UnitReserved,
    UnitRetired,
    UnitReturned,
    UnitsMerged,
    UnitSplit,
    UnitTakenOffMarket,
    things_of,
)
from ledger.estate.unit import Unit, evolve_unit
from ledger.log import store
from ledger.log.database import Database
from ledger.log.envelope import Entry
from ledger.values.measures import written
from projections.engine.basis import Basis
from projections.engine.runner import catch_up, ensure
from projections.tenancy.sites import ParcelTimeline, SiteTimeline, doubted, parcel, parcel_map, parcels, site, sites
from projections.tenancy.units import (
    BuildingRow,
    BuildingTimeline,
    UnitRow,
    UnitTimeline,
    building,
    buildings,
    unit,
    units,
)
from tests.examples.estate import BUILDING, EAST, LIFE, PARCEL, SITE, SQUARE, SQUARE_E7, TENANT, UNIT, WEST, WHOLE_AGAIN
from tests.ground.recording import record
from tests.strategies import DAYS, facts
from tests.strategies.estate import BUILDINGS, UNITS

VIEWS = (SiteTimeline, ParcelTimeline, BuildingTimeline, UnitTimeline)
FACT: dict[type[EstateFact], Any] = {type(fact): fact for fact in LIFE}
NOW = 1_000_000


def basis(effective: date, recorded: int = NOW) -> Basis:
    return Basis(effective=effective, recorded=recorded, recorded_at=None, root="")


def given(database: Database, *recorded: Fact, **options: Any) -> int:
    head = record(database, recorded, **options)
    views = [view() for view in VIEWS]
    ensure(database, views)
    catch_up(database, views)
    return head


def ask(database: Database, query: Callable[..., Any], effective: date, *args: Any, **options: Any) -> Any:
    recorded = options.pop("recorded", NOW)
    with database.views.connect() as connection:
        return query(connection, basis(effective, recorded), *args, **options)


def told(kind: type[EstateFact], **changes: Any) -> Any:
    return replace(FACT[kind], **changes)


# As of two dates is the naive fold


def story(log: Iterable[Entry], kind: type[EstateFact], effective: date, recorded: int) -> list[Entry]:
    known = [
        entry
        for entry in log
        if isinstance(entry.fact, kind) and entry.position <= recorded and entry.fact.effective_on <= effective
    ]
    return sorted(known, key=lambda entry: (entry.fact.effective_on, entry.position))


def naive_unit(log: list[Entry], name: str, effective: date, recorded: int) -> tuple[Unit, int] | None:
    known, last = None, 0
    for entry in story(log, UnitFact, effective, recorded):
        assert isinstance(entry.fact, UnitFact)
        if name in entry.fact.touches:
            known, last = evolve_unit(known, entry.fact, name), max(last, entry.position)
    return (known, last) if known is not None and known.defined_on is not None else None


def naive_building(log: list[Entry], name: str, effective: date, recorded: int) -> tuple[Building, int] | None:
    known, last = None, 0
    for entry in story(log, BuildingFact, effective, recorded):
        assert isinstance(entry.fact, BuildingFact)
        if name == entry.fact.building:
            known, last = evolve_building(known, entry.fact), max(last, entry.position)
    return (known, last) if known is not None and known.defined_on is not None else None


def naive_state(known: Unit, house: Building | None, effective: date) -> str:
    if known.gone_on is not None:
        return "RETIRED"
    if known.off_market:
        return "OFF_MARKET"
    if house is None or house.completed_on is None:
        return "UNDER_CONSTRUCTION" if house is not None and house.started_on is not None else "PLANNED"
    live = known.reserved_until is not None and known.reserved_until >= effective
    return "RESERVED" if live else "AVAILABLE"


def shown(row: UnitRow | None) -> tuple[Any, ...] | None:
    if row is None:
        return None
    measured = (row.building, row.floor, row.use, row.area_dm2, row.standard, row.measured_on)
    market = (row.state, row.reserved_for, row.erv_m2_month, row.erv_on)
    return (*measured, *market, row.defined_on, row.gone_on, row.became, row.made_of, row.last_position)


def naively_shown(log: list[Entry], name: str, effective: date, recorded: int) -> tuple[Any, ...] | None:
    found = naive_unit(log, name, effective, recorded)
    if found is None:
        return None
    known, last = found
    house = naive_building(log, known.building or "", effective, recorded)
    state = naive_state(known, house[0] if house else None, effective)
    live = known.reserved_until is not None and known.reserved_until >= effective
    measured = (known.building, known.floor, known.use, known.area_dm2, known.standard, known.measured_on)
    market = (state, known.reserved_for if live else None, known.erv_m2_month, known.erv_on)
    return (*measured, *market, known.defined_on, known.gone_on, known.became, known.made_of, last)


def naively_counted(log: list[Entry], name: str, effective: date, recorded: int) -> tuple[int, str]:
    areas = [
        found[0].area_dm2
        for one in UNITS
        if (found := naive_unit(log, one, effective, recorded)) is not None
        and found[0].gone_on is None
        and found[0].building == name
    ]
    return len(areas), written(sum(areas))


asked = st.tuples(st.sampled_from([*DAYS, DAYS[-1] + timedelta(days=5)]), st.integers(0, 100))
"""A date, and how many hundredths of what is recorded are known."""


@settings(max_examples=12)
@for_all(
    st.lists(facts(UnitFact) | facts(BuildingFact), min_size=1, max_size=12),
    st.lists(asked, min_size=8, max_size=8),
)
def test_as_of_is_the_naive_fold(database: Database, recorded: list[Fact], asked_for: list[tuple[date, int]]) -> None:
    """Facts in an order that no rule allows; each example goes on where the one before it ended."""
    head = given(database, *recorded)
    with database.views.connect() as connection:
        log = store.page(connection, after=0, limit=10_000)
        for on, hundredths in asked_for:
            position = head * hundredths // 100
            found = {row.unit: row for row in units(connection, basis(on, position))}
            for name in UNITS:
                assert shown(found.get(name)) == naively_shown(log, name, on, position)
                assert unit(connection, basis(on, position), name) == found.get(name)
            halls = {row.building: row for row in buildings(connection, basis(on, position))}
            for name in BUILDINGS:
                expected = naive_building(log, name, on, position)
                row = halls.get(name)
                assert (row is None) == (expected is None)
                if row is not None and expected is not None:
                    assert (row.started_on, row.completed_on) == (expected[0].started_on, expected[0].completed_on)
                    assert (row.units, row.units_m2) == naively_counted(log, name, on, position)
                    assert row.last_position == expected[1]


# What is told of each thing

STATES = (
    (date(2023, 11, 30), None),
    (date(2023, 12, 1), "AVAILABLE"),
    (date(2024, 3, 1), "RETIRED"),
)


def states(database: Database, name: str, *days: date, recorded: int = NOW) -> list[str | None]:
    found = [ask(database, unit, day, name, recorded=recorded) for day in days]
    return [row.state if row is not None else None for row in found]


def test_a_whole_life_by_its_effective_dates(database: Database) -> None:
    given(database, *LIFE)
    assert states(database, UNIT, *(on for on, _ in STATES)) == [state for _, state in STATES]
    days = [date(2024, 3, 31), date(2024, 4, 1), date(2024, 4, 10), date(2024, 5, 6), date(2024, 6, 3)]
    days += [date(2024, 7, 1), date(2024, 8, 1)]
    expected = [None, "AVAILABLE", "RESERVED", "AVAILABLE", "OFF_MARKET", "AVAILABLE", "RETIRED"]
    assert states(database, WHOLE_AGAIN, *days) == expected


def test_a_unit_in_full(database: Database) -> None:
    head = given(database, *LIFE)
    assert ask(database, unit, date(2024, 4, 10), WHOLE_AGAIN) == UnitRow(
        unit=WHOLE_AGAIN,
        building=BUILDING,
        floor="1",
        use="INDUSTRIAL",
        area_m2="1240.00",
        standard="GB/T17986",
        measured_on=date(2024, 1, 25),
        state="RESERVED",
        reserved_for=TENANT,
        reserved_until=date(2024, 6, 30),
        erv_m2_month="44.00",
        erv_on=date(2024, 4, 2),
        defined_on=date(2024, 4, 1),
        gone_on=None,
        became=(),
        made_of=(EAST, WEST),
        data_class="FICTIONAL",
        last_position=11,
    )
    first = ask(database, unit, date(2024, 12, 31), UNIT)
    assert (first.gone_on, first.became, first.area_m2) == (date(2024, 3, 1), (EAST, WEST), "1240.00")
    assert ask(database, unit, date(2024, 12, 31), WHOLE_AGAIN).last_position == head


def test_a_unit_is_as_far_as_its_building_is(database: Database) -> None:
    """Defined and reserved with the plan; the building is begun in April and completed in November."""
    plan, begun, done = FACT[BuildingDefined], FACT[ConstructionStarted], FACT[BuildingCompleted]
    early = told(UnitDefined, effective_on=plan.effective_on)
    kept = told(UnitReserved, unit=UNIT, effective_on=plan.effective_on, until_on=date(2023, 12, 31))
    given(database, *LIFE[:2], plan, early, kept, begun, done)
    days = [plan.effective_on, begun.effective_on, done.effective_on, date(2023, 12, 31), date(2024, 1, 1)]
    assert states(database, UNIT, *days) == ["PLANNED", "UNDER_CONSTRUCTION", "RESERVED", "RESERVED", "AVAILABLE"]
    assert states(database, UNIT, days[2], recorded=6) == ["UNDER_CONSTRUCTION"]
    assert ask(database, unit, days[0], UNIT).reserved_for == TENANT
    assert ask(database, unit, days[4], UNIT).reserved_for is None


def test_off_the_market_and_retired_come_before_everything_else(database: Database) -> None:
    off = told(UnitTakenOffMarket, unit=UNIT, effective_on=date(2023, 6, 1))
    back = told(UnitReturned, unit=UNIT, effective_on=date(2023, 7, 1))
    gone = told(UnitRetired, unit=UNIT, effective_on=date(2023, 8, 1))
    given(database, FACT[BuildingDefined], told(UnitDefined, effective_on=date(2023, 5, 1)), off, back, gone)
    days = [date(2023, month, 1) for month in (5, 6, 7, 8)]
    assert states(database, UNIT, *days) == ["PLANNED", "OFF_MARKET", "PLANNED", "RETIRED"]


def test_a_measurement_recorded_late_changes_what_is_known_and_not_what_was(database: Database) -> None:
    late = told(UnitRemeasured, effective_on=date(2023, 12, 15), area_dm2=123_000)
    given(database, *LIFE[:7], late)

    def seen(effective: date, recorded: int) -> str:
        area: str = ask(database, unit, effective, UNIT, recorded=recorded).area_m2
        return area

    december, february = date(2023, 12, 20), date(2024, 2, 20)
    assert [seen(december, recorded) for recorded in (7, 8)] == ["1234.50", "1230.00"]
    assert [seen(february, recorded) for recorded in (7, 8)] == ["1240.00", "1240.00"]


def test_a_building_with_what_its_units_have(database: Database) -> None:
    given(database, *LIFE, told(UnitDefined, unit="b-demo", area_dm2=10_000))
    assert ask(database, building, date(2024, 3, 15), BUILDING) == BuildingRow(
        building=BUILDING,
        parcel=PARCEL,
        name="Hall A (demo)",
        state="COMPLETED",
        floors=3,
        lettable_m2="2000.00",
        units=3,
        units_m2="1340.00",
        standard="GB/T17986",
        defined_on=date(2023, 3, 1),
        started_on=date(2023, 4, 3),
        completed_on=date(2023, 11, 30),
        data_class="FICTIONAL",
        last_position=5,
    )
    seen = [ask(database, building, date(2023, month, 28), BUILDING) for month in (2, 3, 4, 12)]
    assert [row and (row.state, row.units, row.units_m2) for row in seen] == [
        None,
        ("PLANNED", 0, "0.00"),
        ("UNDER_CONSTRUCTION", 0, "0.00"),
        ("COMPLETED", 2, "1334.50"),
    ]
    after = ask(database, building, date(2024, 12, 31), BUILDING)
    assert (after.units, after.units_m2) == (1, "100.00")
    assert ask(database, building, date(2024, 12, 31), "nothing-demo") is None


def test_eight_hundred_acres_exactly(database: Database) -> None:
    given(database, *LIFE[:2], data_class="PUBLIC_FACT")
    row = ask(database, site, date(2024, 1, 1), SITE)
    assert (row.area_m2, row.area_mu, row.area_ha, row.area_acres) == (
        "3237485.13792",
        "4856.22770688",
        "323.748513792",
        "800",
    )
    assert (row.stated_area, row.stated_unit, row.parcels, row.parcels_m2) == ("800", "ACRE", 1, "8000.00")
    assert (row.data_class, row.source, row.last_position) == ("PUBLIC_FACT", "a press text (demo)", 1)
    assert ask(database, site, date(2023, 1, 31), SITE).parcels == 0
    assert ask(database, site, date(2023, 1, 1), SITE) is None
    assert [row.site for row in ask(database, sites, date(2024, 1, 1))] == [SITE]


@pytest.mark.parametrize(
    ("stated", "unit_of_area", "areas"),
    [
        ("500", "ACRE", ("2023428.2112", "3035.1423168", "202.34282112", "500")),
        ("900", "ACRE", ("3642170.78016", "5463.25617024", "364.217078016", "900")),
        ("220", "HECTARE", ("2200000", "3300", "220", "543.631839228")),
        ("1", "MU", ("666.666666667", "1", "0.066666667", "0.164736921")),
    ],
)
def test_other_claims_in_other_units(sqlite: Database, stated: str, unit_of_area: str, areas: tuple[str, ...]) -> None:
    given(sqlite, told(SiteDefined, stated_area=stated, stated_unit=unit_of_area))
    row = ask(sqlite, site, date(2024, 1, 1), SITE)
    assert (row.area_m2, row.area_mu, row.area_ha, row.area_acres) == areas


def test_a_parcel_in_every_unit_and_its_outline(database: Database) -> None:
    bare = told(ParcelDefined, parcel="parcel-2-demo", outline_e7=(), area_dm2=666_667)
    given(database, *LIFE[:2], bare)
    row = ask(database, parcel, date(2024, 1, 1), PARCEL)
    assert (row.area_m2, row.area_mu, row.area_ha, row.area_acres) == ("8000.00", "12", "0.8", "1.976843052")
    assert row.outline.coordinates == [list(ring) for ring in SQUARE.coordinates]
    assert (row.outline_m2, row.difference_m2, row.datum, row.doubts) == ("1068468.63", "1060468.63", "CGCS2000", ())
    second = ask(database, parcel, date(2024, 1, 1), "parcel-2-demo")
    assert (second.area_m2, second.area_mu, second.outlined, second.outline) == ("6666.67", "10.000005", False, None)
    assert (second.outline_m2, second.difference_percent, second.doubts) == (None, None, ())
    assert ask(database, parcel, date(2024, 1, 1), "nothing-demo") is None
    collection = ask(database, parcel_map, date(2024, 1, 1))
    assert [(feature.id, feature.properties.outlined) for feature in collection.features] == [(PARCEL, True)]
    assert ask(database, parcel_map, date(2024, 1, 1), site="other-demo").features == []
    assert ask(database, parcel_map, date(2023, 1, 31)).features == []


def test_outlines_of_before_are_doubted(database: Database) -> None:
    """Given two parcels on one outline, as they could be recorded once, and a third away, then two are told of."""
    twin = told(ParcelDefined, parcel="parcel-2-demo", datum=None)
    west = tuple((east - 200_000, north) for east, north in SQUARE_E7[0])
    away = told(ParcelDefined, parcel="parcel-3-demo", outline_e7=(west,))
    around = told(SiteDefined, outline_e7=(west,), datum="WGS84")
    given(database, around, LIFE[1], twin, away)
    doubts = ask(database, lambda *at: list(doubted(*at)), date(2024, 1, 1))
    outside = "1068468.63 m² lie outside site mcsc-demo"
    unsaid = " (nobody said the datum of that outline: `correct-parcel` does)"
    assert doubts == [
        (PARCEL, outside),
        (PARCEL, f"1068468.63 m² lie in parcel parcel-2-demo too{unsaid}"),
        ("parcel-2-demo", outside),
        ("parcel-2-demo", f"1068468.63 m² lie in parcel {PARCEL} too"),
    ]
    first, shown = ask(database, parcel, date(2024, 1, 1), PARCEL), ask(database, site, date(2024, 1, 1), SITE)
    assert first.doubts == (outside, f"1068468.63 m² lie in parcel parcel-2-demo too{unsaid}")
    assert (shown.outline.coordinates[0][0], shown.outline_m2, shown.datum) == ((103.78, 30.1), "1068468.63", "WGS84")


# Pages and filters


def test_pages_and_filters_hold_for_the_basis(database: Database) -> None:
    hall, tower = told(BuildingDefined), told(BuildingDefined, building="tower-demo", parcel="parcel-2-demo")
    named = [told(UnitDefined, unit=name, building=where) for name, where in (
        ("ab", BUILDING), ("a-b", "tower-demo"), ("a", BUILDING), ("b1", "tower-demo"))]  # fmt: skip
    off = told(UnitTakenOffMarket, unit="a-b", effective_on=date(2024, 1, 10))
    given(database, *LIFE[:2], told(ParcelDefined, parcel="parcel-2-demo", site="other-demo"), hall, tower, *named, off)
    now = date(2024, 1, 15)

    def listed(query: Callable[..., Any], key: str, on: date = now, **wanted: Any) -> list[str]:
        return [getattr(row, key) for row in ask(database, query, on, **wanted)]

    every = ["a", "a-b", "ab", "b1"]
    assert listed(units, "unit") == every
    paged, after = [], None
    while page := listed(units, "unit", after=after, limit=1):
        paged += page
        after = page[-1]
    assert paged == every
    assert listed(units, "unit", building="tower-demo") == ["a-b", "b1"]
    assert listed(units, "unit", state="OFF_MARKET") == ["a-b"]
    assert listed(units, "unit", date(2024, 1, 9), state="OFF_MARKET") == []
    assert listed(units, "unit", state="PLANNED", building="tower-demo") == ["b1"]
    assert listed(buildings, "building") == [BUILDING, "tower-demo"]
    assert listed(buildings, "building", parcel="parcel-2-demo") == ["tower-demo"]
    assert listed(buildings, "building", after=BUILDING, limit=5) == ["tower-demo"]
    assert listed(parcels, "parcel") == [PARCEL, "parcel-2-demo"]
    assert listed(parcels, "parcel", site="other-demo") == ["parcel-2-demo"]
    assert listed(parcels, "parcel", after=PARCEL, limit=5) == ["parcel-2-demo"]
    assert listed(parcels, "parcel", limit=1) == [PARCEL]


def test_every_fact_of_the_estate_is_in_some_row(sqlite: Database) -> None:
    """A fact that no timeline takes up would change nothing that anybody sees."""
    views = [view() for view in VIEWS]
    assert {type(fact) for fact in LIFE if not any(view.keys(fact) for view in views)} == set()
    assert {type(fact) for fact in LIFE} >= {UnitSplit, UnitsMerged}


# What was withdrawn


def test_what_was_withdrawn_is_gone_from_its_withdrawal_on(database: Database) -> None:
    """Step by step from the last to the first: each time the views are those of what was before the step."""
    far = date(2063, 1, 1)
    seen = [_everything(database, far)]
    for fact in LIFE:
        given(database, fact)
        seen.append(_everything(database, far))
    for at in reversed(range(len(LIFE))):
        given(database, _withdrawn(LIFE[at]))
        assert _everything(database, far) == seen[at], LIFE[at]
    assert _everything(database, far, recorded=len(LIFE)) == seen[-1]


def _withdrawn(fact: EstateFact) -> EstateStepWithdrawn:
    things = [tag.split(":") for tag in sorted(things_of(fact))]
    return EstateStepWithdrawn(
        effective_on=fact.effective_on,
        step=stored_name(type(fact)),
        reason="a slip",
        touched=fact.tags,
        units=tuple(name for noun, name in things if noun == "unit"),
        **{noun: name for noun, name in things if noun != "unit"},
    )


def _everything(database: Database, effective: date, recorded: int = NOW) -> Any:
    ensure(database, [view() for view in VIEWS])
    return [ask(database, query, effective, recorded=recorded) for query in (sites, parcels, buildings, units)]
