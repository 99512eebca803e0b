"""The ground and what stands on it: sites, parcels, buildings.

Commands            Facts (estate.…)        From
DefineSite          site-defined
DefineParcel        parcel-defined          P1: Σ parcels ≤ site
DefineBuilding      building-defined        PLANNED
StartConstruction   construction-started    PLANNED → UNDER_CONSTRUCTION
CompleteBuilding    building-completed      UNDER_CONSTRUCTION → its units are AVAILABLE

Refusals, in order of precedence
├── BuildingStateForbids   this step does not start from the building's state
├── AreaMissing            an area of 0.00 m²
├── OutlineMalformed       a GeoJSON polygon that is not closed, crosses the world's edge, or has no area
└── AreaExceeds            P1: the parcels are larger than the site
"""

from datetime import date
from typing import Annotated, Any

from msgspec import Meta, structs

from ledger.decider import Command, Id, Text
from ledger.estate.estate import (
    AreaExceeds,
    Building,
    Estate,
    EstateRefusal,
    NameTaken,
    Parcel,
    Part,
    Site,
    check_area,
    check_defined,
    the_building,
    the_parcel,
    the_site,
)
from ledger.estate.facts import (
    BuildingCompleted,
    BuildingDefined,
    BuildingFact,
    ConstructionStarted,
    EstateFact,
    ParcelDefined,
    SiteDefined,
    StatedArea,
)
from ledger.estate.outlines import Polygon, check_outline, outline_of
from ledger.values.evidence import Evidence
from ledger.values.measures import Area, AreaUnit, Standard, converted, dm2, written

# Commands


class DefineSite(Command, frozen=True, kw_only=True, tag="define-site"):
    """Define the site, with the area that its source states."""

    site: Id
    name: Text
    stated_area: StatedArea
    stated_unit: AreaUnit
    source: Text


class DefineParcel(Command, frozen=True, kw_only=True, tag="define-parcel"):
    """Define a parcel of a site, with its outline as GeoJSON where it was surveyed."""

    site: Id
    parcel: Id
    name: Text
    area: Area
    outline: Polygon | None = None


class DefineBuilding(Command, frozen=True, kw_only=True, tag="define-building"):
    """Define a building that is planned on a parcel."""

    parcel: Id
    building: Id
    name: Text
    floors: Annotated[int, Meta(ge=1, le=150)]
    lettable: Area
    standard: Standard


class StartConstruction(Command, frozen=True, kw_only=True, tag="start-construction"):
    """Record that building began."""

    building: Id


class CompleteBuilding(Command, frozen=True, kw_only=True, tag="complete-building"):
    """Record that the building stands."""

    building: Id
    evidence: Evidence


# Refusals


class BuildingStateForbids(EstateRefusal):
    """This step does not start from the building's state."""

    code = "building-state-forbids"


# Evolve


def evolve_site(fact: SiteDefined) -> Site:
    """A site is what it was defined as."""
    given = {name: value for name, value in structs.asdict(fact).items() if name != "effective_on"}
    return Site(**given, defined_on=fact.effective_on)


def evolve_parcel(fact: ParcelDefined) -> Parcel:
    """A parcel is what it was defined as."""
    given = {name: value for name, value in structs.asdict(fact).items() if name != "effective_on"}
    return Parcel(**given, defined_on=fact.effective_on)


def evolve_building(building: Building | None, fact: BuildingFact) -> Building:
    """One building after one more fact. Takes facts in any order: read models fold by effective date."""
    known = building or Building(building=fact.building)
    match fact:
        case BuildingDefined():
            named: dict[str, Any] = {name: getattr(fact, name) for name in ("parcel", "name", "floors", "standard")}
            return structs.replace(known, **named, lettable_dm2=fact.lettable_dm2, defined_on=fact.effective_on)
        case ConstructionStarted():
            return structs.replace(known, started_on=fact.effective_on)
        case BuildingCompleted():
            return structs.replace(known, completed_on=fact.effective_on)
    return known


# Scope and decide


def _scope(command: Command) -> tuple[str, ...]:
    match command:
        case DefineSite():
            return (f"site:{command.site}",)
        case DefineParcel():
            return (f"site:{command.site}", f"parcel:{command.parcel}")
        case DefineBuilding():
            return (f"parcel:{command.parcel}", f"building:{command.building}")
        case StartConstruction() | CompleteBuilding():
            return (f"building:{command.building}",)
    raise AssertionError(command)


def _fact(state: Estate, command: Command) -> EstateFact:
    on = command.effective_on
    match command:
        case DefineSite():
            area_dm2 = converted(command.stated_area, command.stated_unit)
            return SiteDefined(**structs.asdict(command), area_dm2=area_dm2)
        case DefineParcel(site=site, parcel=parcel, name=name, outline=outline):
            rings = outline_of(outline) if outline is not None else ()
            area_dm2 = dm2(command.area)
            return ParcelDefined(
                effective_on=on, site=site, parcel=parcel, name=name, area_dm2=area_dm2, outline_e7=rings
            )
        case DefineBuilding():
            given = {name: value for name, value in structs.asdict(command).items() if name != "lettable"}
            return BuildingDefined(**given, lettable_dm2=dm2(command.lettable))
        case StartConstruction():
            return ConstructionStarted(effective_on=on, building=command.building)
        case CompleteBuilding():
            return BuildingCompleted(effective_on=on, building=command.building, evidence=command.evidence)
    raise AssertionError(command)


def _check(state: Estate, command: Command) -> None:
    on = command.effective_on
    match command:
        case DefineSite():
            _check_free("site", command.site, command.site in state.sites)
            check_area(converted(command.stated_area, command.stated_unit), field="stated_area")
        case DefineParcel():
            _check_parcel(state, command)
        case DefineBuilding():
            parcel = the_parcel(state, command.parcel)
            known = state.buildings.get(command.building)
            _check_free("building", command.building, known is not None and known.defined_on is not None)
            check_defined(f"parcel {command.parcel}", parcel.defined_on, on)
            check_area(dm2(command.lettable), field="lettable")
        case StartConstruction():
            building = _placed(state, command.building, on)
            if building.started_on is not None or building.completed_on is not None:
                raise BuildingStateForbids(f"building {building.building} was begun on {building.started_on}")
        case CompleteBuilding():
            _check_completion(_placed(state, command.building, on), on)


def _check_parcel(state: Estate, command: DefineParcel) -> None:
    """P1: the parcels of a site are not larger than the site."""
    site = the_site(state, command.site)
    _check_free("parcel", command.parcel, command.parcel in state.parcels)
    check_defined(f"site {command.site}", site.defined_on, command.effective_on)
    check_area(dm2(command.area))
    if command.outline is not None:
        check_outline(outline_of(command.outline))
    others = sum(parcel.area_dm2 for parcel in state.parcels.values() if parcel.site == command.site)
    if others + dm2(command.area) > site.area_dm2:
        left = written(max(site.area_dm2 - others, 0))
        raise AreaExceeds(
            f"the site has {written(site.area_dm2)} m², of which {left} m² are in no parcel yet", field="area"
        )


def _check_free(kind: str, name: str, taken: bool) -> None:
    if taken:
        raise NameTaken(f"{name} is the id of another {kind} already; choose another one", field=kind)


def _placed(state: Estate, building: str, on: date) -> Building:
    known = the_building(state, building)
    check_defined(f"building {building}", known.defined_on, on)
    return known


def _check_completion(building: Building, on: date) -> None:
    if building.completed_on is not None:
        raise BuildingStateForbids(f"building {building.building} was completed on {building.completed_on}")
    if building.started_on is None:
        raise BuildingStateForbids(f"building {building.building} is only planned; record that building began first")
    if on < building.started_on:
        raise BuildingStateForbids(
            f"building {building.building} was begun on {building.started_on}, after {on}", field="effective_on"
        )


LAND = Part(
    commands=(DefineSite, DefineParcel, DefineBuilding, StartConstruction, CompleteBuilding),
    scope=_scope,
    fact=_fact,
    check=_check,
)
