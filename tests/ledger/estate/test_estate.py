"""The estate: what every command records, what every rule refuses, and what holds whatever is sent."""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.companies.company import CompanyUnknown, MergedAway
from ledger.decider import Command, Fact, Refusal
from ledger.estate.deciding import ESTATE
from ledger.estate.estate import (
    AreaExceeds,
    AreaMissing,
    BeforeDefined,
    BuildingUnknown,
    NameTaken,
    ParcelUnknown,
    SiteUnknown,
    StandardDiffers,
    UnitUnknown,
    evolve_building,
)
from ledger.estate.facts import (
    BuildingCompleted,
    BuildingCorrected,
    BuildingDefined,
    BuildingFact,
    ConstructionStarted,
    EstateFact,
    ParcelDefined,
    RentalValueEstimated,
    ReservationReleased,
    SiteDefined,
    UnitDefined,
    UnitFact,
    UnitRemeasured,
    UnitReserved,
    UnitRetired,
    UnitReturned,
    UnitSplit,
    UnitTakenOffMarket,
)
from ledger.estate.land import (
    BuildingStateForbids,
    CompleteBuilding,
    DefineBuilding,
    DefineParcel,
    DefineSite,
    StartConstruction,
)
from ledger.estate.market import (
    EstimateRentalValue,
    ReleaseReservation,
    ReservationReversed,
    ReserveUnit,
    ReturnUnit,
    TakeUnitOffMarket,
)
from ledger.estate.outlines import OutlineMalformed, Polygon, coordinates_of
from ledger.estate.steps import UnitGone, UnitHeld, UnitStateForbids, UnitStepTooEarly
from ledger.estate.unit import Unit, evolve_unit, evolve_units
from ledger.estate.units import (
    AreaNotConserved,
    BuildingsDiffer,
    DefineUnit,
    MergeUnits,
    NewPart,
    RemeasureUnit,
    RetireUnit,
    SplitUnit,
)
from ledger.once.lettings import Letting, LettingFact
from ledger.values.measures import in_unit
from tests.examples import MERGED
from tests.examples.estate import (
    ASKED,
    BUILDING,
    CORRECTIONS,
    EAST,
    LIFE,
    SQUARE,
    SQUARE_E7,
    TENANT,
    UNIT,
    WEST,
    WHOLE_AGAIN,
    before,
    through,
)
from tests.ground.billed import lead
from tests.ground.given import decide, given
from tests.strategies import facts

COMMAND: dict[type[Command], Command] = {type(command): command for command in ASKED}
FACT: dict[type[EstateFact], EstateFact] = {type(fact): fact for fact in LIFE}
BUILT = through(BuildingCompleted)
SITED, PLOTTED, PLANNED, THERE = (through(kind) for kind in (SiteDefined, ParcelDefined, BuildingDefined, UnitDefined))
DAY = date(2024, 1, 15)
"""A day after everything that THERE tells, and before the unit is measured again."""
OTHER = "moonfield-demo"
KNOWN = (lead(TENANT), lead(OTHER))
JOINED = replace(MERGED, company=OTHER, into=TENANT)


class Held(LettingFact, frozen=True, kw_only=True):
    """A lease's word on who holds what, as leases say it."""

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(f"unit:{unit}" for unit in self.units)


def asked(kind: type[Command], **changes: Any) -> Command:
    """The example of a command, with changes."""
    return replace(COMMAND[kind], **changes)


def told(kind: type[EstateFact], **changes: Any) -> Any:
    """The example of a fact, with changes."""
    return replace(FACT[kind], **changes)


def held(unit: str = UNIT, from_on: date = DAY, until_on: date | None = None) -> Held:
    """Lease l-1-demo holds the unit on these days."""
    return Held(
        effective_on=from_on, lease="l-1-demo", lettings=(Letting(unit=unit, from_on=from_on, until_on=until_on),)
    )


def on_unit(kind: type[Command], on: date = DAY, **changes: Any) -> Command:
    """A command for the example's first unit, on DAY."""
    return asked(kind, unit=UNIT, effective_on=on, **changes)


def of_unit(kind: type[EstateFact], on: date = DAY, **changes: Any) -> Any:
    """A fact of the example's first unit, on DAY."""
    return told(kind, unit=UNIT, effective_on=on, **changes)


def folded(unit: str, *recorded: Fact) -> Unit:
    """A unit after these facts."""
    units: Any = {}
    for fact in recorded:
        units = evolve_units(units, fact)
    found: Unit = units[unit]
    return found


RESERVED = of_unit(UnitReserved, until_on=date(2024, 3, 31))
OFF = of_unit(UnitTakenOffMarket)
GONE = of_unit(UnitRetired)
PARTS = (NewPart(unit=EAST, area="500.00"), NewPart(unit=WEST, area="734.50"))
SPLIT = on_unit(SplitUnit, parts=PARTS)
SECOND = told(UnitDefined, unit="b-demo", area_dm2=10_000)
ELSEWHERE = (
    told(BuildingDefined, building="hall-b-demo"),
    told(UnitDefined, building="hall-b-demo", unit="c-demo", area_dm2=10_000),
)
MERGE = asked(MergeUnits, effective_on=DAY, units=(UNIT, "b-demo"), into="d-demo")
AFTER = DAY + timedelta(days=1)


# What every command records


@pytest.mark.parametrize(
    ("command", "fact"), list(zip(ASKED, LIFE, strict=True)), ids=lambda thing: type(thing).__name__
)
def test_from_the_site_to_a_retired_unit_step_by_step(command: Command, fact: EstateFact) -> None:
    given(lead(TENANT), *before(type(fact))).when(command).then(fact)


def test_every_command_is_in_the_story() -> None:
    assert set(COMMAND) | {type(command) for command, _ in CORRECTIONS} == set(ESTATE.commands)


@pytest.mark.parametrize(
    ("recorded", "command", "fact"),
    [
        pytest.param((*KNOWN, *THERE, RESERVED), on_unit(ReserveUnit, AFTER, until_on=date(2024, 9, 30)),
                     of_unit(UnitReserved, AFTER, until_on=date(2024, 9, 30)), id="a reservation is prolonged"),
        pytest.param((*KNOWN, *THERE, RESERVED), on_unit(ReserveUnit, date(2024, 4, 1), company=OTHER),
                     of_unit(UnitReserved, date(2024, 4, 1), company=OTHER), id="a reservation lapses by itself"),
        pytest.param((*KNOWN, *THERE, held(until_on=date(2024, 2, 29))), on_unit(ReserveUnit, date(2024, 3, 1)),
                     of_unit(UnitReserved, date(2024, 3, 1)), id="reserved from the day after a lease"),
        pytest.param((*KNOWN, *THERE, held(from_on=date(2024, 7, 1))), on_unit(ReserveUnit), of_unit(UnitReserved),
                     id="reserved until the day before a lease"),
        pytest.param((*THERE, held()), on_unit(RemeasureUnit, area="1240.00"), of_unit(UnitRemeasured),
                     id="a let unit is measured again: the lease keeps its area (P5)"),
        pytest.param((*THERE, held(until_on=DAY)), on_unit(RetireUnit, AFTER), of_unit(UnitRetired, AFTER),
                     id="retired on the day after a lease"),
        pytest.param((*THERE, OFF), on_unit(RetireUnit, AFTER), of_unit(UnitRetired, AFTER),
                     id="retired while off the market"),
        pytest.param((*THERE, GONE), on_unit(EstimateRentalValue, date(2024, 1, 10)),
                     of_unit(RentalValueEstimated, date(2024, 1, 10)), id="a late value of a unit that is gone"),
        pytest.param((*THERE, of_unit(UnitRemeasured)), on_unit(RemeasureUnit, date(2024, 1, 2), area="1236.00"),
                     of_unit(UnitRemeasured, date(2024, 1, 2), area_dm2=123_600), id="an earlier survey comes late"),
        pytest.param((*THERE, OFF, of_unit(UnitReturned, AFTER)), on_unit(TakeUnitOffMarket, AFTER),
                     of_unit(UnitTakenOffMarket, AFTER), id="off the market again"),
        pytest.param(THERE, asked(DefineUnit, unit="b-demo", area="765.50"),
                     told(UnitDefined, unit="b-demo", area_dm2=76_550), id="the building is full to the last dm² (P2)"),
        pytest.param((*THERE, GONE), asked(DefineUnit, unit="b-demo", area="2000.00", effective_on=DAY),
                     told(UnitDefined, unit="b-demo", area_dm2=200_000, effective_on=DAY),
                     id="what was retired leaves room from that day on"),
        pytest.param(PLANNED, asked(DefineUnit), told(UnitDefined), id="a unit of a building that is only planned"),
        pytest.param(SITED, asked(DefineParcel, area="3237485.14", outline=None, datum=None),
                     told(ParcelDefined, area_dm2=323_748_514, outline_e7=(), datum=None),
                     id="one parcel is the whole site (P1)"),
    ],
)  # fmt: skip
def test_what_the_rules_allow(recorded: Sequence[Fact], command: Command, fact: EstateFact) -> None:
    given(*recorded).when(command).then(fact)


@pytest.mark.parametrize(
    ("recorded", "command"),
    [
        pytest.param((*THERE, of_unit(UnitRemeasured)), asked(DefineUnit), id="defined, and measured again since"),
        pytest.param((*THERE, GONE), on_unit(RetireUnit), id="retired"),
        pytest.param(
            (*THERE, of_unit(UnitRemeasured, area_dm2=123_600), of_unit(UnitRemeasured, AFTER)),
            on_unit(RemeasureUnit, area="1236.00"),
            id="an older measurement that still stands",
        ),
    ],
)
def test_what_is_so_already_is_not_recorded_again(recorded: Sequence[Fact], command: Command) -> None:
    given(*recorded).when(command).then()


def test_a_word_that_was_taken_back_is_recorded_again() -> None:
    """120.00 for one day, then 124.00 for that day, then 120.00 again: three facts."""
    first = on_unit(RemeasureUnit, area="1236.00")
    recorded: tuple[Fact, ...] = THERE
    for command in (first, on_unit(RemeasureUnit, area="1240.00"), first):
        recorded += decide(recorded, command)
    assert [fact.area_dm2 for fact in recorded if isinstance(fact, UnitRemeasured)] == [123_600, 124_000, 123_600]


# What every rule refuses, in order of precedence


@pytest.mark.parametrize(
    ("recorded", "command", "refusal", "field"),
    [
        # sites, parcels, buildings
        pytest.param(SITED, asked(DefineSite, stated_area="0"), NameTaken, "site", id="site: taken, before area"),
        pytest.param((), asked(DefineSite, stated_area="0"), AreaMissing, "stated_area", id="site: no area"),
        pytest.param((), asked(DefineParcel), SiteUnknown, "site", id="parcel: site unknown"),
        pytest.param(PLOTTED, asked(DefineParcel, effective_on=date(2023, 1, 1)), NameTaken, "parcel",
                     id="parcel: taken, before its date"),
        pytest.param(SITED, asked(DefineParcel, effective_on=date(2023, 1, 1), area="0.00"), BeforeDefined,
                     "effective_on", id="parcel: before its site, before its area"),
        pytest.param(SITED, asked(DefineParcel, area="0.00", outline=Polygon(coordinates=(((0, 0),) * 4,))),
                     AreaMissing, "area", id="parcel: no area, before its outline"),
        pytest.param(SITED, asked(DefineParcel, area="3237485.15", outline=Polygon(coordinates=(((0, 0),) * 4,))),
                     OutlineMalformed, "outline", id="parcel: outline, before the site's area"),
        pytest.param(SITED, asked(DefineParcel, area="3237485.15"), AreaExceeds, "area", id="parcel: P1"),
        pytest.param(PLOTTED, asked(DefineParcel, parcel="p2-demo", area="3229485.15", outline=None, datum=None),
                     AreaExceeds, "area", id="parcel: P1 with another"),
        pytest.param((), asked(DefineBuilding), ParcelUnknown, "parcel", id="building: parcel unknown"),
        pytest.param(PLANNED, asked(DefineBuilding, effective_on=date(2023, 1, 31)), NameTaken, "building",
                     id="building: taken, before its date"),
        pytest.param(PLOTTED, asked(DefineBuilding, effective_on=date(2023, 1, 31), lettable="0.00"), BeforeDefined,
                     "effective_on", id="building: before its parcel, before its area"),
        pytest.param(PLOTTED, asked(DefineBuilding, lettable="0.00"), AreaMissing, "lettable", id="building: no area"),
        pytest.param((), asked(StartConstruction), BuildingUnknown, "building", id="start: unknown"),
        pytest.param(PLANNED, asked(StartConstruction, effective_on=date(2023, 2, 28)), BeforeDefined, "effective_on",
                     id="start: before the plan"),
        pytest.param(BUILT, asked(StartConstruction, effective_on=DAY), BuildingStateForbids, None,
                     id="start: begun already"),
        pytest.param((), asked(CompleteBuilding), BuildingUnknown, "building", id="complete: unknown"),
        pytest.param(PLANNED, asked(CompleteBuilding, effective_on=date(2023, 2, 28)), BeforeDefined, "effective_on",
                     id="complete: before the plan, before its state"),
        pytest.param(PLANNED, asked(CompleteBuilding), BuildingStateForbids, None, id="complete: not begun"),
        pytest.param(through(ConstructionStarted), asked(CompleteBuilding, effective_on=date(2023, 4, 2)),
                     BuildingStateForbids, "effective_on", id="complete: before the beginning"),
        pytest.param(BUILT, asked(CompleteBuilding, effective_on=DAY), BuildingStateForbids, None,
                     id="complete: completed already"),
        # units
        pytest.param((), asked(DefineUnit), BuildingUnknown, "building", id="unit: building unknown"),
        pytest.param(THERE, asked(DefineUnit, effective_on=date(2023, 2, 28), area="0.00"), NameTaken, "unit",
                     id="unit: taken, before its date"),
        pytest.param(PLANNED, asked(DefineUnit, effective_on=date(2023, 2, 28), area="0.00"), BeforeDefined,
                     "effective_on", id="unit: before its building, before its area"),
        pytest.param(PLANNED, asked(DefineUnit, area="0.00", standard="BOMA"), AreaMissing, "area",
                     id="unit: no area, before its standard"),
        pytest.param(PLANNED, asked(DefineUnit, area="2000.01", standard="BOMA"), StandardDiffers, "standard",
                     id="unit: another standard, before its area"),
        pytest.param(PLANNED, asked(DefineUnit, area="2000.01"), AreaExceeds, "area", id="unit: P2"),
        pytest.param(THERE, asked(DefineUnit, unit="b-demo", area="765.51"), AreaExceeds, "area",
                     id="unit: P2 with another"),
        pytest.param((*THERE, GONE), asked(DefineUnit, unit="b-demo", area="765.51"), AreaExceeds, "area",
                     id="unit: P2 on a day before the other was retired"),
        pytest.param((*THERE, of_unit(UnitRemeasured)), asked(DefineUnit, unit="b-demo", area="765.50"), AreaExceeds,
                     "area", id="unit: P2 on a day after the other was measured"),
        pytest.param((), asked(RemeasureUnit), BuildingUnknown, "building", id="measure: building unknown"),
        pytest.param(BUILT, asked(RemeasureUnit), UnitUnknown, "unit", id="measure: unit unknown"),
        pytest.param((*THERE, *ELSEWHERE), asked(RemeasureUnit, building="hall-b-demo"), UnitUnknown, "building",
                     id="measure: in another building"),
        pytest.param((*THERE, GONE), on_unit(RemeasureUnit, date(2023, 11, 30)), BeforeDefined, "effective_on",
                     id="measure: before the unit, before it is gone"),
        pytest.param((*THERE, GONE), on_unit(RemeasureUnit, area="0.00"), UnitGone, "unit",
                     id="measure: gone, before its area"),
        pytest.param((*THERE, GONE), on_unit(RemeasureUnit, date(2024, 1, 2)), UnitGone, "unit",
                     id="measure: gone later on"),
        pytest.param(THERE, asked(RemeasureUnit, area="0.00", standard="BOMA"), AreaMissing, "area",
                     id="measure: no area, before its standard"),
        pytest.param(THERE, asked(RemeasureUnit, area="2000.01", standard="BOMA"), StandardDiffers, "standard",
                     id="measure: another standard, before its area"),
        pytest.param((*THERE, SECOND), asked(RemeasureUnit, area="1900.01"), AreaExceeds, "area", id="measure: P2"),
        pytest.param((), SPLIT, UnitUnknown, "unit", id="split: unknown"),
        pytest.param((*THERE, told(UnitDefined, unit=WEST)), replace(SPLIT, effective_on=date(2023, 11, 30)),
                     NameTaken, "parts", id="split: a part's id is taken, before its date"),
        pytest.param(THERE, replace(SPLIT, parts=(PARTS[0], PARTS[0])), NameTaken, "parts",
                     id="split: a part named twice"),
        pytest.param(THERE, replace(SPLIT, parts=(PARTS[0], replace(PARTS[1], unit=UNIT))), NameTaken, "parts",
                     id="split: a part named as the whole"),
        pytest.param((*THERE, GONE), replace(SPLIT, effective_on=date(2023, 11, 30)), BeforeDefined, "effective_on",
                     id="split: before the unit, before it is gone"),
        pytest.param((*THERE, OFF, told(UnitRetired, unit=UNIT, effective_on=AFTER)),
                     replace(SPLIT, effective_on=date(2024, 1, 2)), UnitGone, "unit", id="split: gone, before earlier"),
        pytest.param((*THERE, OFF), replace(SPLIT, effective_on=date(2024, 1, 2)), UnitStepTooEarly, "effective_on",
                     id="split: earlier than the last step, before its state"),
        pytest.param((*THERE, of_unit(UnitRemeasured)), replace(SPLIT, effective_on=date(2024, 1, 2)), UnitStepTooEarly,
                     "effective_on", id="split: earlier than the last measurement"),
        pytest.param((*THERE, OFF, held()), SPLIT, UnitStateForbids, "unit", id="split: off the market, before held"),
        pytest.param((*THERE, RESERVED, held()), SPLIT, UnitStateForbids, "unit", id="split: reserved, before held"),
        pytest.param((*THERE, held(from_on=date(2030, 1, 1))), replace(SPLIT, parts=(PARTS[0], replace(
            PARTS[1], area="0.00"))), UnitHeld, "unit", id="split: held later on, before the areas"),
        pytest.param(THERE, replace(SPLIT, parts=(PARTS[0], replace(PARTS[1], area="0.00"))), AreaMissing, "parts",
                     id="split: a part without area, before the sum"),
        pytest.param(THERE, replace(SPLIT, parts=(PARTS[0], replace(PARTS[1], area="734.51"))), AreaNotConserved,
                     "parts", id="split: P3, too much"),
        pytest.param(THERE, replace(SPLIT, parts=(PARTS[0], replace(PARTS[1], area="734.49"))), AreaNotConserved,
                     "parts", id="split: P3, too little"),
        pytest.param(THERE, MERGE, UnitUnknown, "units", id="merge: unknown"),
        pytest.param(THERE, replace(MERGE, units=(UNIT, UNIT)), NameTaken, "units", id="merge: named twice"),
        pytest.param((*THERE, SECOND), replace(MERGE, into=UNIT, effective_on=date(2023, 11, 30)), NameTaken, "into",
                     id="merge: its id is taken, before its date"),
        pytest.param((*THERE, SECOND, GONE), replace(MERGE, effective_on=date(2023, 11, 30)), BeforeDefined,
                     "effective_on", id="merge: before a unit, before it is gone"),
        pytest.param((*THERE, SECOND, GONE), MERGE, UnitGone, "unit", id="merge: one is gone"),
        pytest.param((*THERE, SECOND, OFF), replace(MERGE, effective_on=date(2024, 1, 2)), UnitStepTooEarly,
                     "effective_on", id="merge: earlier than the last step of one"),
        pytest.param((*THERE, SECOND, OFF), MERGE, UnitStateForbids, "unit", id="merge: one is off the market"),
        pytest.param((*THERE, SECOND, RESERVED, held()), MERGE, UnitStateForbids, "unit",
                     id="merge: one is reserved, before held"),
        pytest.param((*THERE, *ELSEWHERE, held()), replace(MERGE, units=(UNIT, "c-demo")), UnitHeld, "unit",
                     id="merge: one is held, before another building"),
        pytest.param((*THERE, *ELSEWHERE), replace(MERGE, units=(UNIT, "c-demo")), BuildingsDiffer, "units",
                     id="merge: of two buildings"),
        pytest.param((), on_unit(RetireUnit), UnitUnknown, "unit", id="retire: unknown"),
        pytest.param(THERE, on_unit(RetireUnit, date(2023, 11, 30)), BeforeDefined, "effective_on",
                     id="retire: before the unit"),
        pytest.param((*THERE, GONE), on_unit(RetireUnit, AFTER), UnitGone, "unit", id="retire: gone"),
        pytest.param((*THERE, of_unit(UnitRemeasured)), on_unit(RetireUnit, date(2024, 1, 2)), UnitStepTooEarly,
                     "effective_on", id="retire: earlier than the last measurement"),
        pytest.param((*THERE, RESERVED, held()), on_unit(RetireUnit), UnitStateForbids, "unit",
                     id="retire: reserved, before held"),
        pytest.param((*THERE, held(from_on=date(2030, 1, 1))), on_unit(RetireUnit), UnitHeld, "unit",
                     id="retire: held later on"),
        # the market
        pytest.param((), on_unit(ReserveUnit), UnitUnknown, "unit", id="reserve: unknown"),
        pytest.param((*THERE, GONE), on_unit(ReserveUnit, date(2023, 11, 30)), BeforeDefined, "effective_on",
                     id="reserve: before the unit, before it is gone"),
        pytest.param((*THERE, OFF, GONE), on_unit(ReserveUnit, date(2024, 1, 2)), UnitGone, "unit",
                     id="reserve: gone, before earlier"),
        pytest.param((*THERE, OFF), on_unit(ReserveUnit, date(2024, 1, 2)), UnitStepTooEarly, "effective_on",
                     id="reserve: earlier than the last step, before its state"),
        pytest.param((*THERE, OFF, held()), on_unit(ReserveUnit), UnitStateForbids, "unit",
                     id="reserve: off the market, before held"),
        pytest.param((*THERE, RESERVED, held()), on_unit(ReserveUnit, AFTER, company=OTHER), UnitStateForbids, "unit",
                     id="reserve: for another company"),
        pytest.param((*THERE, RESERVED), on_unit(ReserveUnit, date(2024, 3, 31), company=OTHER), UnitStateForbids,
                     "unit", id="reserve: on the last day of another's reservation"),
        pytest.param((*THERE, OFF), on_unit(ReserveUnit, until_on=date(2024, 1, 14)), UnitStateForbids, "unit",
                     id="reserve: off the market, before a wrong end"),
        pytest.param((*THERE, held(until_on=DAY)), on_unit(ReserveUnit), UnitHeld, "unit",
                     id="reserve: held on the first day"),
        pytest.param((*THERE, held(from_on=date(2024, 6, 30))), on_unit(ReserveUnit), UnitHeld, "unit",
                     id="reserve: held on the last day"),
        pytest.param((*THERE, held(from_on=date(2024, 1, 10))), on_unit(ReserveUnit, until_on=date(2024, 1, 14)),
                     ReservationReversed, "until_on", id="reserve: ends before it begins, before held"),
        pytest.param((*THERE, held()), on_unit(ReserveUnit), UnitHeld, "unit", id="reserve: held, before the company"),
        pytest.param(THERE, on_unit(ReserveUnit), CompanyUnknown, "company", id="reserve: for a company unknown"),
        pytest.param((*KNOWN, JOINED, *THERE), on_unit(ReserveUnit, company=OTHER), MergedAway, "company",
                     id="reserve: for a merged record"),
        pytest.param((), on_unit(ReleaseReservation), UnitUnknown, "unit", id="release: unknown"),
        pytest.param((*THERE, GONE), on_unit(ReleaseReservation), UnitGone, "unit", id="release: gone"),
        pytest.param((*THERE, RESERVED), on_unit(ReleaseReservation, date(2024, 1, 2)), UnitStepTooEarly,
                     "effective_on", id="release: before it was reserved"),
        pytest.param(THERE, on_unit(ReleaseReservation), UnitStateForbids, "unit", id="release: not reserved"),
        pytest.param((*THERE, RESERVED), on_unit(ReleaseReservation, date(2024, 4, 1)), UnitStateForbids, "unit",
                     id="release: lapsed"),
        pytest.param((), on_unit(TakeUnitOffMarket), UnitUnknown, "unit", id="off market: unknown"),
        pytest.param((*THERE, GONE), on_unit(TakeUnitOffMarket), UnitGone, "unit", id="off market: gone"),
        pytest.param((*THERE, RESERVED), on_unit(TakeUnitOffMarket, date(2024, 1, 2)), UnitStepTooEarly, "effective_on",
                     id="off market: earlier than the last step"),
        pytest.param((*THERE, OFF, held()), on_unit(TakeUnitOffMarket, AFTER), UnitStateForbids, "unit",
                     id="off market: is so already, before held"),
        pytest.param((*THERE, RESERVED, held()), on_unit(TakeUnitOffMarket, AFTER), UnitStateForbids, "unit",
                     id="off market: reserved, before held"),
        pytest.param((*THERE, held(from_on=date(2030, 1, 1))), on_unit(TakeUnitOffMarket), UnitHeld, "unit",
                     id="off market: held later on"),
        pytest.param((), on_unit(ReturnUnit), UnitUnknown, "unit", id="return: unknown"),
        pytest.param((*THERE, GONE), on_unit(ReturnUnit), UnitGone, "unit", id="return: gone"),
        pytest.param((*THERE, OFF), on_unit(ReturnUnit, date(2024, 1, 2)), UnitStepTooEarly, "effective_on",
                     id="return: before it was taken off"),
        pytest.param(THERE, on_unit(ReturnUnit), UnitStateForbids, "unit", id="return: on the market"),
        pytest.param((), on_unit(EstimateRentalValue), UnitUnknown, "unit", id="value: unknown"),
        pytest.param((*THERE, GONE), on_unit(EstimateRentalValue, date(2023, 11, 30)), BeforeDefined, "effective_on",
                     id="value: before the unit, before it is gone"),
        pytest.param((*THERE, GONE), on_unit(EstimateRentalValue), UnitGone, "unit", id="value: gone on that day"),
    ],
)  # fmt: skip
def test_what_the_rules_refuse(
    recorded: Sequence[Fact], command: Command, refusal: type[Refusal], field: str | None
) -> None:
    given(*recorded).when(command).refused(refusal, field=field)


@pytest.mark.parametrize(
    ("recorded", "command", "refusal", "says"),
    [
        (
            PLOTTED,
            asked(DefineParcel, parcel="p2-demo", area="3229485.15", outline=None, datum=None),
            AreaExceeds,
            "3229485.14 m² are in no",
        ),
        ((*THERE, SECOND), asked(RemeasureUnit, area="1900.01"), AreaExceeds, "2000.01 m² on 2024-02-01"),
        (THERE, replace(SPLIT, parts=(PARTS[0], NewPart(unit=WEST, area="1.00"))), AreaNotConserved, "remeasure"),
        ((*THERE, held()), on_unit(RetireUnit), UnitHeld, "lease l-1-demo holds unit a101-demo from 2024-01-15 with"),
        ((*THERE, RESERVED), on_unit(RetireUnit), UnitStateForbids, "for sunfield-demo until 2024-03-31; release it"),
        (through(UnitSplit), on_unit(RetireUnit, date(2024, 5, 1)), UnitGone, "into a101-east-demo, a101-west-demo"),
        ((*THERE, SECOND), asked(RemeasureUnit, standard="BOMA"), StandardDiffers, "GB/T17986"),
    ],
    ids=["P1", "P2", "P3", "held", "reserved", "split", "standard"],
)
def test_refusals_say_what_to_do(recorded: Sequence[Fact], command: Command, refusal: type[Refusal], says: str) -> None:
    given(*recorded).when(command).refused(refusal, says=says)


# Areas and outlines


@pytest.mark.parametrize(
    ("stated", "unit", "area_dm2", "mu"),
    [
        ("800", "ACRE", 323_748_514, "4856.22771"),
        ("500", "ACRE", 202_342_821, "3035.142315"),
        ("900", "ACRE", 364_217_078, "5463.25617"),
        ("220", "HECTARE", 220_000_000, "3300"),
        ("12", "MU", 800_000, "12"),
        ("8000", "M2", 800_000, "12"),
    ],
)
def test_a_site_as_its_source_states_it(stated: str, unit: str, area_dm2: int, mu: str) -> None:
    (fact,) = decide((), asked(DefineSite, stated_area=stated, stated_unit=unit))
    assert isinstance(fact, SiteDefined)
    assert (fact.stated_area, fact.stated_unit, fact.area_dm2) == (stated, unit, area_dm2)
    assert in_unit(fact.area_dm2, "MU") == Fraction(mu)


def outlined(*rings: tuple[tuple[float, float], ...]) -> Command:
    return asked(DefineParcel, outline=Polygon(coordinates=rings))


BOX = ((0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0), (0.0, 0.0))
HOLE = ((0.5, 0.5), (0.5, 1.0), (1.0, 1.0), (1.0, 0.5), (0.5, 0.5))


def rings_of(command: Command) -> tuple[Any, ...]:
    (fact,) = decide(SITED, command)
    assert isinstance(fact, ParcelDefined)
    return fact.outline_e7


def test_an_outline_is_kept_to_the_seventh_decimal() -> None:
    assert rings_of(asked(DefineParcel)) == SQUARE_E7
    assert coordinates_of(SQUARE_E7) == [list(ring) for ring in SQUARE.coordinates]


def test_rings_are_turned_as_the_standard_asks() -> None:
    """RFC 7946 §3.1.6: the outer ring counterclockwise, holes clockwise; what is turned otherwise is accepted."""
    right = rings_of(outlined(BOX, HOLE))
    assert rings_of(outlined(BOX[::-1], HOLE)) == right
    assert rings_of(outlined(BOX, HOLE[::-1])) == right
    assert coordinates_of(right) == [list(BOX), list(HOLE)]


@pytest.mark.parametrize(
    ("rings", "says"),
    [
        ((BOX[:-1],), "the outer ring is not closed"),
        ((BOX, HOLE[:-1]), "ring 2 is not closed"),
        ((((103.0, 91.0), (104.0, 91.0), (104.0, 92.0), (103.0, 91.0)),), "longitude comes first"),
        ((((0.0, 0.0), (1.0, 1.0), (2.0, 2.0), (0.0, 0.0)),), "encloses nothing"),
        ((((0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0), (0.0, 0.0)),), "itself or another, at 0.5000000, 0.5000000"),
        ((((0.0, 0.0), (0.000_000_01, 0.0), (0.0, 0.000_000_01), (0.0, 0.0)),), "encloses nothing"),
    ],
    ids=["open", "open hole", "beyond the pole", "a line", "a bow tie", "smaller than a centimetre"],
)
def test_what_is_no_polygon(rings: Any, says: str) -> None:
    given(*SITED).when(outlined(*rings)).refused(OutlineMalformed, field="outline", says=says)


@for_all(st.lists(st.tuples(st.integers(-1_800_000_000, 1_800_000_000), st.integers(-900_000_000, 900_000_000))))
def test_numbers_on_the_map_are_what_was_stored(points: list[tuple[int, int]]) -> None:
    ring = tuple((east / 10**7, north / 10**7) for east, north in points)
    (back,) = coordinates_of((tuple(points),))
    assert tuple(back) == ring
    assert [(round(east * 10**7), round(north * 10**7)) for east, north in back] == points


# Folds


def test_a_part_and_a_merged_unit_are_known_by_their_own_facts_alone() -> None:
    for unit, made_of, area_dm2 in ((WEST, (UNIT,), 74_000), (WHOLE_AGAIN, (EAST, WEST), 124_000)):
        own = [fact for fact in LIFE if f"unit:{unit}" in fact.tags]
        made = folded(unit, own[0])
        assert (made.building, made.floor, made.use, made.standard) == (BUILDING, "1", "INDUSTRIAL", "GB/T17986")
        assert (made.made_of, made.area_dm2, made.defined_on) == (made_of, area_dm2, own[0].effective_on)
        assert folded(unit, *own) == folded(unit, *LIFE)


def test_what_a_unit_became_and_since_when_it_is_gone() -> None:
    first, part, last = (folded(unit, *LIFE) for unit in (UNIT, EAST, WHOLE_AGAIN))
    assert (first.gone_on, first.became) == (date(2024, 3, 1), (EAST, WEST))
    assert (part.gone_on, part.became) == (date(2024, 4, 1), (WHOLE_AGAIN,))
    assert (last.gone_on, last.became) == (date(2024, 8, 1), ())


def test_the_area_of_a_day() -> None:
    unit = folded(UNIT, *LIFE)
    days_and_areas = {
        date(2023, 11, 30): 0,
        date(2023, 12, 1): 123_450,
        date(2024, 1, 31): 123_450,
        date(2024, 2, 1): 124_000,
        date(2024, 2, 29): 124_000,
        date(2024, 3, 1): 0,
    }
    assert {day: unit.area_on(day) for day in days_and_areas} == days_and_areas


def test_for_whom_a_unit_is_kept_on_a_day() -> None:
    unit = folded(UNIT, *THERE, RESERVED)
    kept = {day: unit.kept_for(day) for day in (DAY - timedelta(days=1), DAY, date(2024, 3, 31), date(2024, 4, 1))}
    assert list(kept.values()) == [None, TENANT, TENANT, None]
    assert folded(UNIT, *THERE, RESERVED, of_unit(ReservationReleased, AFTER)).kept_for(AFTER) is None


@for_all(st.lists(facts(UnitFact), max_size=12))
def test_a_unit_is_folded_in_any_order(recorded: list[UnitFact]) -> None:
    """Nothing is refused; the dated parts (areas, definition) come out the same for one fact a day."""
    units: Any = {}
    for fact in recorded:
        units = evolve_units(units, fact)
        for unit in fact.touches:
            known = units[unit]
            assert [on for on, _ in known.areas] == sorted({on for on, _ in known.areas})
            assert known == evolve_unit(known, fact, unit), "the same fact again changes nothing"


@for_all(st.lists(facts(BuildingFact), max_size=6), st.randoms(use_true_random=False))
def test_a_building_is_folded_in_any_order(recorded: list[BuildingFact], random: Any) -> None:
    """A correction alone is never earlier than what it corrects: it takes its place."""
    facts_of = {type(fact): replace(fact, building=BUILDING) for fact in recorded}
    of_each_kind = [fact for kind, fact in facts_of.items() if kind is not BuildingCorrected]
    shuffled = list(of_each_kind)
    random.shuffle(shuffled)
    one = other = None
    for fact, elsewhere in zip(of_each_kind, shuffled, strict=True):
        one, other = evolve_building(one, fact), evolve_building(other, elsewhere)
    assert one == other
