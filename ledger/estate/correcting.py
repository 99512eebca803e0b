"""What was recorded wrong of sites, parcels, buildings and units, and what is right since which day (domain §9, §14).

Commands          Facts (estate.…)      State whole
CorrectSite       site-corrected        name, area as stated, source, outline; P1
CorrectParcel     parcel-corrected      name, area, outline; P1
CorrectBuilding   building-corrected    name, floors, area to let; P2
CorrectUnit       unit-corrected        floor, use; an area is measured anew

The parcel and standard of a building, and the building of a unit, are not corrected: such a definition is withdrawn.

Refusals, in order of precedence, after SiteUnknown … UnitUnknown and BeforeDefined of estate.py
├── (UnitGone)           the unit was split, merged or retired
├── (AreaMissing)        an area of 0.00 m²
├── (DatumUnfit)         the datum of an outline is not said, or is a shifted one
├── (OutlineMalformed)   a GeoJSON polygon that is not closed, leaves the world, crosses itself, or has no area
├── (OutlineOutside)     a parcel leaves its site
├── (OutlineOverlaps)    two parcels share some ground
└── (AreaExceeds)        P1, P2: the parts are larger than the whole
"""

from collections.abc import Sequence
from typing import Annotated, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from ledger.decider import By, Command, Fact, Id, Part, Text, said
from ledger.estate.bounds import check_parcel_lies, check_site_holds
from ledger.estate.estate import (
    AreaExceeds,
    Estate,
    ParcelUnknown,
    check_area,
    check_defined,
    the_building,
    the_parcel,
    the_site,
)
from ledger.estate.facts import (
    BuildingCorrected,
    Datum,
    ParcelCorrected,
    SiteCorrected,
    StatedArea,
    UnitCorrected,
    Use,
)
from ledger.estate.outlines import Outline, check_datum, check_outline, outline_of
from ledger.estate.steps import check_there
from ledger.estate.unit import largest
from ledger.estate.units import Floor, unit_of
from ledger.values.days import Agreed
from ledger.values.measures import Area, AreaUnit, converted, dm2, written

AGAIN = "again: the latest counts; or `withdraw-estate-step`."

# Commands


class CorrectSite(Command, frozen=True, kw_only=True, tag="correct-site"):
    """Correct what was recorded of a site: state it whole. `effective_on`: since when the right values hold."""

    effective_on: Agreed
    put_right: ClassVar[str] = "`correct-site` " + AGAIN
    site: Id
    name: Text
    stated_area: StatedArea
    stated_unit: AreaUnit
    source: Text
    reason: Text
    outline: Outline | None = None
    datum: Datum | None = None


class CorrectParcel(Command, frozen=True, kw_only=True, tag="correct-parcel"):
    """Correct what was recorded of a parcel: state it whole. `effective_on`: since when the right values hold."""

    effective_on: Agreed
    put_right: ClassVar[str] = "`correct-parcel` " + AGAIN
    site: Id
    parcel: Id
    name: Text
    area: Area
    outline: Outline | None = None
    datum: Datum | None = None
    reason: Text


class CorrectBuilding(Command, frozen=True, kw_only=True, tag="correct-building"):
    """Correct what was recorded of a building: state it whole. `effective_on`: since when the right values hold.

    Of `region`, `address` and `title_certificate`, which tax invoices of its leases need, what is not said stays.
    """

    effective_on: Agreed
    put_right: ClassVar[str] = "`correct-building` " + AGAIN
    building: Id
    name: Text
    floors: Annotated[int, Meta(ge=1, le=150)]
    lettable: Area
    reason: Text
    region: Text | None = None
    address: Text | None = None
    title_certificate: Text | None = None


class CorrectUnit(Command, frozen=True, kw_only=True, tag="correct-unit"):
    """Correct the floor and use of a unit; its area is measured anew. `effective_on`: since when they hold."""

    effective_on: Agreed
    put_right: ClassVar[str] = "`correct-unit` " + AGAIN
    building: Id
    unit: Id
    floor: Floor
    use: Use
    reason: Text


# Decide


def _correct_site(state: Estate, command: CorrectSite, by: By) -> Sequence[Fact]:
    site, area_dm2 = the_site(state, command.site), converted(command.stated_area, command.stated_unit)
    outline_e7 = outline_of(command.outline)
    if said(SiteCorrected, command, outline_e7=outline_e7) in state.asked.values():
        return ()
    check_defined(f"site {site.site}", site.defined_on, command.effective_on)
    check_area(area_dm2, field="stated_area")
    check_datum(command.datum, outlined=bool(outline_e7))
    check_outline(outline_e7)
    check_site_holds(state, replace(site, outline_e7=outline_e7, datum=command.datum))
    check_parcels_fit(state, site.site, area_dm2, field="stated_area")
    return (
        SiteCorrected(
            effective_on=command.effective_on,
            site=command.site,
            name=command.name,
            stated_area=command.stated_area,
            stated_unit=command.stated_unit,
            source=command.source,
            area_dm2=area_dm2,
            defined_on=site.defined_on,
            reason=command.reason,
            outline_e7=outline_e7,
            datum=command.datum,
        ),
    )


def _correct_parcel(state: Estate, command: CorrectParcel, by: By) -> Sequence[Fact]:
    site, parcel = the_site(state, command.site), the_parcel(state, command.parcel)
    if parcel.site != site.site:
        raise ParcelUnknown(f"parcel {parcel.parcel} lies in site {parcel.site}, not here", field="site")
    area_dm2, outline_e7 = dm2(command.area), outline_of(command.outline)
    if said(ParcelCorrected, command, area_dm2=area_dm2, outline_e7=outline_e7) in state.asked.values():
        return ()
    check_defined(f"parcel {parcel.parcel}", parcel.defined_on, command.effective_on)
    check_area(area_dm2)
    check_datum(command.datum, outlined=bool(outline_e7))
    check_outline(outline_e7)
    check_parcel_lies(state, site, parcel.parcel, outline_e7, command.datum)
    check_parcels_fit(state, site.site, site.area_dm2, parcel.area_dm2 - area_dm2, field="area")
    return (
        ParcelCorrected(
            effective_on=command.effective_on,
            site=command.site,
            parcel=command.parcel,
            name=command.name,
            area_dm2=area_dm2,
            outline_e7=outline_e7,
            defined_on=parcel.defined_on,
            reason=command.reason,
            datum=command.datum,
        ),
    )


def _correct_building(state: Estate, command: CorrectBuilding, by: By) -> Sequence[Fact]:
    building, lettable_dm2 = the_building(state, command.building), dm2(command.lettable)
    if said(BuildingCorrected, command, lettable_dm2=lettable_dm2) in state.asked.values():
        return ()
    check_defined(f"building {building.building}", building.defined_on, command.effective_on)
    check_area(lettable_dm2, field="lettable")
    check_units_fit(state, building.building, lettable_dm2, field="lettable")
    return (
        BuildingCorrected(
            effective_on=command.effective_on,
            building=command.building,
            name=command.name,
            floors=command.floors,
            lettable_dm2=lettable_dm2,
            reason=command.reason,
            region=command.region,
            address=command.address,
            title_certificate=command.title_certificate,
        ),
    )


def _correct_unit(state: Estate, command: CorrectUnit, by: By) -> Sequence[Fact]:
    unit = unit_of(state, command.unit, command.building)
    if said(UnitCorrected, command) in state.asked.values():
        return ()
    check_defined(f"unit {unit.unit}", unit.defined_on, command.effective_on)
    check_there(unit)
    return (
        UnitCorrected(
            effective_on=command.effective_on,
            building=command.building,
            unit=command.unit,
            floor=command.floor,
            use=command.use,
            reason=command.reason,
        ),
    )


# Rules


def check_parcels_fit(state: Estate, site: str, area_dm2: int, freed_dm2: int = 0, *, field: str) -> None:
    """P1: the parcels are not larger than their site has or is to have. Raises AreaExceeds."""
    parcels = sum(parcel.area_dm2 for parcel in state.parcels.values() if parcel.site == site) - freed_dm2
    if parcels > area_dm2:
        raise AreaExceeds(
            f"site {site} would have {written(area_dm2)} m², and its parcels {written(parcels)} m²", field=field
        )


def check_units_fit(state: Estate, building: str, lettable_dm2: int, *, field: str) -> None:
    """P2: on no day are the units larger than their building is or is to be. Raises AreaExceeds."""
    defined_on = state.buildings[building].defined_on
    assert defined_on is not None, "a building on record is defined"
    units = (unit for unit in state.units.values() if unit.building == building)
    day, total = largest(units, defined_on)
    if total > lettable_dm2:
        raise AreaExceeds(
            f"building {building} would have {written(lettable_dm2)} m² to let, and its units {written(total)} m²"
            f" on {day}",
            field=field,
        )


CORRECTING: Part[Estate, Estate] = Part(
    decide={
        CorrectSite: _correct_site,
        CorrectParcel: _correct_parcel,
        CorrectBuilding: _correct_building,
        CorrectUnit: _correct_unit,
    },
    scope={
        CorrectSite: lambda command: (f"site:{command.site}",),
        CorrectParcel: lambda command: (f"site:{command.site}", f"parcel:{command.parcel}"),
        CorrectBuilding: lambda command: (f"building:{command.building}",),
        CorrectUnit: lambda command: (f"building:{command.building}", f"unit:{command.unit}"),
    },
)
