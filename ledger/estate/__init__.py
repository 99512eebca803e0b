"""The estate: site, parcels, buildings, units; measured, reserved, taken off the market, split and merged.

Building   PLANNED → UNDER_CONSTRUCTION → completed
Unit       as its building until that is completed; then AVAILABLE ⇄ RESERVED; OFF_MARKET and back; RETIRED for ever

LET is not a state of its own: leases say which days a unit is held (lettings.py), and both are shown side by side.

estate.py     what the parts share: the state, and the refusals that any step can meet
land.py       sites, parcels, buildings         outlines.py   parcels on the map, as GeoJSON
units.py      units, split and merged           areas.py      areas by date, and their largest sum
market.py     reserved, off the market, valued  steps.py      what every step of a unit is asked

Refusals, in order of precedence
EstateRefusal
├── SiteUnknown, ParcelUnknown, BuildingUnknown, UnitUnknown   no such thing (unknown)
├── NameTaken              this id is another site's, parcel's, building's or unit's, or given twice (conflict)
├── BeforeDefined          nothing is effective before the thing was defined
├── BuildingStateForbids   this step does not start from the building's state
├── UnitGone               the unit was split, merged or retired
├── StepTooEarly           a step is not effective before the one in front of it
├── UnitStateForbids       this step does not start from the unit's state
├── ReservationReversed    a reservation ends before it begins
├── UnitHeld               a lease holds the unit on that day or later (conflict)
├── BuildingsDiffer        units of different buildings are not merged
├── AreaMissing            an area of 0.00 m²
├── OutlineMalformed       a GeoJSON polygon that is not closed, leaves the world, or has no area
├── StandardDiffers        another standard of measurement: areas are not added up across standards
├── AreaExceeds            P1, P2: the parts are larger than the whole
└── AreaNotConserved       P3: the parts do not sum to the whole

Here the parts become one Decider. For whoever reads units: evolve_unit folds one, evolve_units all that a fact touches.
The facts tagged `unit:U` tell everything about the unit U but whether its building stands. Letting it does not ask
that: it can be let where it is defined, not off the market and not gone, and kept for nobody else (`Unit.kept_for`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import structs

from ledger.decider import By, Command, Decider, Fact
from ledger.estate import market, units
from ledger.estate.estate import (
    AreaExceeds,
    AreaMissing,
    BeforeDefined,
    Building,
    BuildingUnknown,
    Estate,
    EstateFact,
    EstateRefusal,
    NameTaken,
    OneUnitFact,
    Parcel,
    ParcelUnknown,
    Part,
    Ring,
    Site,
    SiteUnknown,
    StandardDiffers,
    Unit,
    UnitFact,
    UnitState,
    UnitUnknown,
    Use,
)
from ledger.estate.land import (
    LAND,
    BuildingCompleted,
    BuildingDefined,
    BuildingFact,
    BuildingStateForbids,
    CompleteBuilding,
    ConstructionStarted,
    DefineBuilding,
    DefineParcel,
    DefineSite,
    ParcelDefined,
    SiteDefined,
    StartConstruction,
    evolve_building,
    evolve_parcel,
    evolve_site,
)
from ledger.estate.market import (
    MARKET,
    EstimateRentalValue,
    ReleaseReservation,
    RentalValueEstimated,
    ReservationReleased,
    ReservationReversed,
    ReserveUnit,
    ReturnUnit,
    TakeUnitOffMarket,
    UnitReserved,
    UnitReturned,
    UnitTakenOffMarket,
)
from ledger.estate.outlines import OutlineMalformed, Polygon, coordinates_of
from ledger.estate.steps import StepTooEarly, UnitGone, UnitHeld, UnitStateForbids
from ledger.estate.units import (
    UNITS,
    AreaNotConserved,
    BuildingsDiffer,
    DefineUnit,
    MergeUnits,
    NewPart,
    RemeasureUnit,
    RetireUnit,
    SplitUnit,
    UnitDefined,
    UnitPart,
    UnitRemeasured,
    UnitRetired,
    UnitsMerged,
    UnitSplit,
)
from ledger.lettings import LettingFact, after

__all__ = [
    "ESTATE",
    "AreaExceeds",
    "AreaMissing",
    "AreaNotConserved",
    "BeforeDefined",
    "Building",
    "BuildingCompleted",
    "BuildingDefined",
    "BuildingFact",
    "BuildingStateForbids",
    "BuildingUnknown",
    "BuildingsDiffer",
    "CompleteBuilding",
    "ConstructionStarted",
    "DefineBuilding",
    "DefineParcel",
    "DefineSite",
    "DefineUnit",
    "Estate",
    "EstateFact",
    "EstateRefusal",
    "EstimateRentalValue",
    "MergeUnits",
    "NameTaken",
    "NewPart",
    "OneUnitFact",
    "OutlineMalformed",
    "Parcel",
    "ParcelDefined",
    "ParcelUnknown",
    "Polygon",
    "ReleaseReservation",
    "RemeasureUnit",
    "RentalValueEstimated",
    "ReservationReleased",
    "ReservationReversed",
    "ReserveUnit",
    "RetireUnit",
    "ReturnUnit",
    "Ring",
    "Site",
    "SiteDefined",
    "SiteUnknown",
    "SplitUnit",
    "StandardDiffers",
    "StartConstruction",
    "StepTooEarly",
    "TakeUnitOffMarket",
    "Unit",
    "UnitDefined",
    "UnitFact",
    "UnitGone",
    "UnitHeld",
    "UnitPart",
    "UnitRemeasured",
    "UnitReserved",
    "UnitRetired",
    "UnitReturned",
    "UnitSplit",
    "UnitState",
    "UnitStateForbids",
    "UnitTakenOffMarket",
    "UnitUnknown",
    "UnitsMerged",
    "Use",
    "coordinates_of",
    "evolve_building",
    "evolve_parcel",
    "evolve_site",
    "evolve_unit",
    "evolve_units",
]

PARTS = (LAND, UNITS, MARKET)
PART_OF: Mapping[type[Command], Part] = {command: part for part in PARTS for command in part.commands}

# Evolve


def evolve_unit(unit: Unit | None, fact: UnitFact, name: str) -> Unit:
    """The unit of that name after one more fact that touches it. Takes facts in any order."""
    known = unit or Unit(unit=name)
    return structs.replace(known, **units.change_of(known, fact), **market.change_of(known, fact))


def evolve_units(units: Mapping[str, Unit], fact: Fact) -> Mapping[str, Unit]:
    """Units by id after one more fact; facts that touch none change nothing."""
    if not isinstance(fact, UnitFact):
        return units
    return {**units, **{unit: evolve_unit(units.get(unit), fact, unit) for unit in fact.touches}}


def evolve(state: Estate, fact: Fact) -> Estate:
    """The estate of a scope after one more fact; of other contexts only lettings change something."""
    if isinstance(fact, LettingFact):
        return structs.replace(state, calendar=after(state.calendar, fact))
    if not isinstance(fact, EstateFact):
        return state
    asked = _asked(state.asked, fact)
    match fact:
        case SiteDefined():
            return structs.replace(state, sites={**state.sites, fact.site: evolve_site(fact)}, asked=asked)
        case ParcelDefined():
            return structs.replace(state, parcels={**state.parcels, fact.parcel: evolve_parcel(fact)}, asked=asked)
        case BuildingFact():
            building = evolve_building(state.buildings.get(fact.building), fact)
            return structs.replace(state, buildings={**state.buildings, fact.building: building}, asked=asked)
    return structs.replace(state, units=evolve_units(state.units, fact), asked=asked)


def _asked(before: frozenset[tuple[Any, ...]], fact: EstateFact) -> frozenset[tuple[Any, ...]]:
    """What was asked and still stands, with one more."""
    if fact.topic is not None:
        before = frozenset(one for one in before if one[:2] != fact.asked[:2])
    return before | {fact.asked}


# Scope


def scope(command: Command) -> tuple[str, ...]:
    """Everything that the command names, and what bounds its area."""
    return PART_OF[type(command)].scope(command)


# Decide


def decide(state: Estate, command: Command, by: By) -> Sequence[Fact]:
    """The fact that a command asks for, if every rule allows it; nothing where it is so already."""
    part = PART_OF[type(command)]
    fact = part.fact(state, command)
    if fact.asked in state.asked:
        return ()
    part.check(state, command)
    return (fact,)


ESTATE: Decider[Command, Estate] = Decider(tuple(PART_OF), Estate(), scope, evolve, decide)
