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
├── DatumUnfit             the datum of an outline is not said, or is a shifted one
├── OutlineMalformed       a GeoJSON polygon that is not closed, leaves the world, crosses itself, or has no area
├── OutlineOutside         the parcel leaves its site
├── OutlineOverlaps        the parcel shares some ground with another
└── AreaExceeds            P1: the parcels are larger than the site
"""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, ClassVar

from msgspec import Meta

from ledger.decider import By, Command, Fact, Id, Part, Text, said
from ledger.estate.bounds import check_parcel_lies
from ledger.estate.estate import (
    WITHDRAW,
    AreaExceeds,
    Building,
    Estate,
    EstateRefusal,
    NameTaken,
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
    ConstructionStarted,
    Datum,
    ParcelDefined,
    SiteDefined,
    StatedArea,
)
from ledger.estate.outlines import Outline, check_datum, check_outline, outline_of
from ledger.values.days import Agreed, Happened
from ledger.values.evidence import Evidence
from ledger.values.measures import Area, AreaUnit, Standard, converted, dm2, written

# Commands


class DefineSite(Command, frozen=True, kw_only=True, tag="define-site"):
    """Define the site, with the area that its source states, and its outline as GeoJSON where it is known.

    Parcels lie inside the outline. `datum` is that of its degrees: CGCS2000 or WGS84.
    """

    effective_on: Agreed
    put_right: ClassVar[str] = "`correct-site`; the id or day: `withdraw-estate-step`, the latest step first."
    site: Id
    name: Text
    stated_area: StatedArea
    stated_unit: AreaUnit
    source: Text
    outline: Outline | None = None
    datum: Datum | None = None


class DefineParcel(Command, frozen=True, kw_only=True, tag="define-parcel"):
    """Define a parcel of a site, with its outline as GeoJSON where it was surveyed.

    `datum` is that of the outline's degrees: CGCS2000 or WGS84. Parcels do not overlap, and lie inside their site;
    a strip narrower than 0.2 m is no overlap.
    """

    effective_on: Agreed
    put_right: ClassVar[str] = "`correct-parcel`; the id or day: `withdraw-estate-step`, the latest step first."
    site: Id
    parcel: Id
    name: Text
    area: Area
    outline: Outline | None = None
    datum: Datum | None = None


class DefineBuilding(Command, frozen=True, kw_only=True, tag="define-building"):
    """Define a building that is planned on a parcel.

    Tax invoices of its leases need `region` and `address` (四川省眉山市东坡区; street and number) and
    `title_certificate`, the number of its real-estate certificate (不动产权证书), or 无.
    """

    effective_on: Agreed
    put_right: ClassVar[str] = "`correct-building`; the id or day: `withdraw-estate-step`, the latest step first."
    parcel: Id
    building: Id
    name: Text
    floors: Annotated[int, Meta(ge=1, le=150)]
    lettable: Area
    standard: Standard
    region: Text | None = None
    address: Text | None = None
    title_certificate: Text | None = None


class StartConstruction(Command, frozen=True, kw_only=True, tag="start-construction"):
    """Record that building began."""

    effective_on: Happened
    put_right: ClassVar[str] = WITHDRAW
    building: Id


class CompleteBuilding(Command, frozen=True, kw_only=True, tag="complete-building"):
    """Record that the building stands."""

    effective_on: Happened
    put_right: ClassVar[str] = WITHDRAW
    building: Id
    evidence: Evidence


# Refusals


class BuildingStateForbids(EstateRefusal):
    """This step does not start from the building's state."""

    code = "building-state-forbids"


# Decide


def _define_site(state: Estate, command: DefineSite, by: By) -> Sequence[Fact]:
    outline_e7 = outline_of(command.outline)
    if said(SiteDefined, command, outline_e7=outline_e7) in state.asked.values():
        return ()
    _check_free("site", command.site, command.site in state.sites)
    area_dm2 = converted(command.stated_area, command.stated_unit)
    check_area(area_dm2, field="stated_area")
    check_datum(command.datum, outlined=bool(outline_e7))
    check_outline(outline_e7)
    return (
        SiteDefined(
            effective_on=command.effective_on,
            site=command.site,
            name=command.name,
            stated_area=command.stated_area,
            stated_unit=command.stated_unit,
            source=command.source,
            area_dm2=area_dm2,
            outline_e7=outline_e7,
            datum=command.datum,
        ),
    )


def _define_parcel(state: Estate, command: DefineParcel, by: By) -> Sequence[Fact]:
    area_dm2 = dm2(command.area)
    outline_e7 = outline_of(command.outline)
    if said(ParcelDefined, command, area_dm2=area_dm2, outline_e7=outline_e7) in state.asked.values():
        return ()
    site = the_site(state, command.site)
    _check_free("parcel", command.parcel, command.parcel in state.parcels)
    check_defined(f"site {command.site}", site.defined_on, command.effective_on)
    check_area(area_dm2)
    check_datum(command.datum, outlined=bool(outline_e7))
    check_outline(outline_e7)
    check_parcel_lies(state, site, command.parcel, outline_e7, command.datum)
    _check_parcels_fit(state, site, area_dm2)
    return (
        ParcelDefined(
            effective_on=command.effective_on,
            site=command.site,
            parcel=command.parcel,
            name=command.name,
            area_dm2=area_dm2,
            outline_e7=outline_e7,
            datum=command.datum,
        ),
    )


def _define_building(state: Estate, command: DefineBuilding, by: By) -> Sequence[Fact]:
    lettable_dm2 = dm2(command.lettable)
    if said(BuildingDefined, command, lettable_dm2=lettable_dm2) in state.asked.values():
        return ()
    parcel, building = the_parcel(state, command.parcel), state.buildings.get(command.building)
    _check_free("building", command.building, building is not None and building.defined_on is not None)
    check_defined(f"parcel {command.parcel}", parcel.defined_on, command.effective_on)
    check_area(lettable_dm2, field="lettable")
    return (
        BuildingDefined(
            effective_on=command.effective_on,
            parcel=command.parcel,
            building=command.building,
            name=command.name,
            floors=command.floors,
            lettable_dm2=lettable_dm2,
            standard=command.standard,
            region=command.region,
            address=command.address,
            title_certificate=command.title_certificate,
        ),
    )


def _start_construction(state: Estate, command: StartConstruction, by: By) -> Sequence[Fact]:
    if said(ConstructionStarted, command) in state.asked.values():
        return ()
    building = _placed(state, command.building, command.effective_on)
    if building.started_on is not None or building.completed_on is not None:
        raise BuildingStateForbids(f"building {building.building} was begun on {building.started_on}")
    return (ConstructionStarted(effective_on=command.effective_on, building=command.building),)


def _complete_building(state: Estate, command: CompleteBuilding, by: By) -> Sequence[Fact]:
    if said(BuildingCompleted, command) in state.asked.values():
        return ()
    _check_completion(_placed(state, command.building, command.effective_on), command.effective_on)
    return (BuildingCompleted(effective_on=command.effective_on, building=command.building, evidence=command.evidence),)


# Rules


def _check_free(kind: str, name: str, taken: bool) -> None:
    if taken:
        raise NameTaken(f"{name} is the id of another {kind} already; choose another one", field=kind)


def _check_parcels_fit(state: Estate, site: Site, area_dm2: int) -> None:
    """P1: with one of this area, the parcels of a site are not larger than the site."""
    others = sum(parcel.area_dm2 for parcel in state.parcels.values() if parcel.site == site.site)
    if others + area_dm2 > site.area_dm2:
        left = written(max(site.area_dm2 - others, 0))
        raise AreaExceeds(
            f"the site has {written(site.area_dm2)} m², of which {left} m² are in no parcel yet", field="area"
        )


def _placed(state: Estate, building: str, on: date) -> Building:
    """The building, defined on or before the day."""
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


LAND: Part[Estate, Estate] = Part(
    decide={
        DefineSite: _define_site,
        DefineParcel: _define_parcel,
        DefineBuilding: _define_building,
        StartConstruction: _start_construction,
        CompleteBuilding: _complete_building,
    },
    scope={
        DefineSite: lambda command: (f"site:{command.site}",),
        DefineParcel: lambda command: (f"site:{command.site}", f"parcel:{command.parcel}"),
        DefineBuilding: lambda command: (f"parcel:{command.parcel}", f"building:{command.building}"),
        StartConstruction: lambda command: (f"building:{command.building}",),
        CompleteBuilding: lambda command: (f"building:{command.building}",),
    },
)
