"""What was recorded wrong of the estate is corrected, also while leases rest on it; P1 and P2 hold of what is right."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.decider import Command, Fact
from ledger.estate.correcting import CorrectBuilding, CorrectParcel, CorrectSite, CorrectUnit
from ledger.estate.estate import AreaExceeds, BeforeDefined, Estate, ParcelUnknown, UnitUnknown, evolve
from ledger.estate.facts import (
    BuildingDefined,
    EstateStepWithdrawn,
    UnitDefined,
    UnitRemeasured,
    UnitSplit,
)
from ledger.estate.steps import UnitGone
from ledger.estate.withdrawing import WithdrawEstateStep
from tests.examples.estate import BUILDING, CORRECTIONS, LIFE, PARCEL, SITE, UNIT, through
from tests.ground.given import given

THERE = through(UnitRemeasured)
COMMAND: dict[type[Command], Any] = {type(command): command for command, _ in CORRECTIONS}
FACT: dict[type[Command], Any] = {type(command): fact for command, fact in CORRECTIONS}


@pytest.mark.parametrize(("command", "fact"), CORRECTIONS)
def test_a_correction_is_recorded_and_the_newest_counts(command: Any, fact: Fact) -> None:
    given(*THERE).when(command).then(fact)
    given(*THERE).when(replace(command, effective_on=date(2022, 12, 31))).refused(BeforeDefined, field="effective_on")
    again = replace(command, reason="corrected once more")
    given(*THERE, fact).when(again).then(replace(fact, reason="corrected once more"))


def test_what_is_right_stands_in_the_place_of_what_was_wrong() -> None:
    state = Estate()
    for fact in (*THERE, *FACT.values()):
        state = evolve(state, fact)
    site, parcel, building, unit = (
        state.sites[SITE],
        state.parcels[PARCEL],
        state.buildings[BUILDING],
        state.units[UNIT],
    )
    assert (site.stated_area, site.area_dm2, site.defined_on) == ("80", 80_000_000, date(2023, 1, 2))
    assert (parcel.area_dm2, parcel.site, parcel.defined_on) == (810_000, SITE, date(2023, 2, 1))
    assert (building.name, building.floors, building.lettable_dm2) == ("Hall A, south (demo)", 3, 240_000)
    assert (building.defined_on, building.completed_on) == (date(2023, 3, 1), date(2023, 11, 30))
    assert (unit.floor, unit.use, unit.area_dm2) == ("2", "LABORATORY", 124_000)


def test_the_parts_fit_into_what_is_right() -> None:
    """The parcel has 8,000.00 m²; the unit had 1,234.50 m², and 1,240.00 m² since 1 Feb 2024: the most counts."""
    site, parcel, building = COMMAND[CorrectSite], COMMAND[CorrectParcel], COMMAND[CorrectBuilding]
    given(*THERE).when(replace(site, stated_area="7999.99", stated_unit="M2")).refused(
        AreaExceeds, says="its parcels 8000.00 m²"
    )
    exact = {"stated_area": "8000", "stated_unit": "M2"}
    given(*THERE).when(replace(site, **exact)).then(replace(FACT[CorrectSite], **exact, area_dm2=800_000))
    small = replace(FACT[CorrectSite], **exact, area_dm2=800_000)
    given(*THERE, small).when(parcel).refused(AreaExceeds, field="area", says="its parcels 8100.00 m²")
    given(*THERE).when(replace(building, lettable="1239.99")).refused(AreaExceeds, says="1240.00 m² on 2024-02-01")
    given(*THERE).when(replace(building, lettable="1240.00")).then(replace(FACT[CorrectBuilding], lettable_dm2=124_000))


def test_a_correction_names_what_it_is_part_of() -> None:
    unit = COMMAND[CorrectUnit]
    tower = replace(next(fact for fact in LIFE if isinstance(fact, BuildingDefined)), building="tower-demo")
    given(*THERE, tower).when(replace(unit, building="tower-demo")).refused(UnitUnknown, field="building")
    south = replace(LIFE[0], site="south-demo")
    given(*THERE, south).when(replace(COMMAND[CorrectParcel], site="south-demo")).refused(ParcelUnknown, field="site")
    given(*through(UnitSplit)).when(replace(unit, effective_on=date(2024, 4, 1))).refused(UnitGone)


def test_a_correction_is_withdrawn_where_the_parts_fit_without_it() -> None:
    """2,000.00 m² corrected to 2,400.00 m²; beside 1,240.00 m² then come 800.00 m²: 2,040.00 m² in all."""
    right = FACT[CorrectBuilding]
    more = replace(next(fact for fact in LIFE if isinstance(fact, UnitDefined)), unit="b-demo", area_dm2=80_000)
    undo = WithdrawEstateStep(
        effective_on=right.effective_on, step="estate.building-corrected", building=BUILDING, reason="a slip"
    )
    gone = EstateStepWithdrawn(
        effective_on=right.effective_on,
        step="estate.building-corrected",
        building=BUILDING,
        reason="a slip",
        touched=right.tags,
    )
    given(*THERE, right).when(undo).then(gone)
    given(*THERE, right, more).when(undo).refused(AreaExceeds, says="2040.00 m² on 2024-02-01")
