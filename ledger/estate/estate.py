"""The estate as its facts tell, and its refusals.

Site, Parcel, Building      one of each; evolve_site, evolve_parcel, evolve_building fold their facts (units: unit.py)
Estate                      what the facts of one scope tell, and who holds which unit on which days; evolve
the_site, the_parcel, the_building, the_unit    what a command names, where it is known
check_defined, check_area   nothing is earlier than its definition; what is defined or measured has an area

Refusals, in order of precedence; those without a file are drawn here
EstateRefusal
├── SiteUnknown, ParcelUnknown, BuildingUnknown, UnitUnknown   no such thing (unknown)
├── NameTaken              this id is another site's, parcel's, building's or unit's, or given twice (conflict)
├── BeforeDefined          nothing is effective before the thing was defined
├── BuildingStateForbids   this step does not start from the building's state (land.py)
├── UnitGone               the unit was split, merged or retired (steps.py)
├── UnitStepTooEarly       a step is not effective before the previous one (steps.py)
├── UnitStateForbids       this step does not start from the unit's state (steps.py)
├── ReservationReversed    a reservation ends before it begins (market.py)
├── UnitHeld               a lease holds the unit on that day or later (conflict; steps.py)
├── BuildingsDiffer        units of different buildings are not merged (units.py)
├── AreaMissing            an area of 0.00 m²
├── DatumUnfit             the datum of an outline is not said, or is a shifted one (outlines.py)
├── OutlineMalformed       a GeoJSON polygon that is not closed, leaves the world, crosses itself (outlines.py)
├── OutlineOutside         a parcel leaves its site (bounds.py)
├── OutlineOverlaps        two parcels share some ground (bounds.py)
├── StandardDiffers        another standard of measurement: areas are not added up across standards
├── AreaExceeds            P1, P2: the parts are larger than the whole
└── AreaNotConserved       P3: the parts do not sum to the whole (units.py)
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from msgspec import Struct, structs

from ledger.decider import Asked, Fact, Refusal, remember
from ledger.estate.facts import (
    BuildingCompleted,
    BuildingCorrected,
    BuildingDefined,
    BuildingFact,
    ConstructionStarted,
    Datum,
    EstateFact,
    ParcelCorrected,
    ParcelDefined,
    Ring,
    SiteCorrected,
    SiteDefined,
)
from ledger.estate.unit import Unit, evolve_units
from ledger.once.lettings import EMPTY, Calendar, LettingFact, after
from ledger.values.measures import AreaUnit, Standard

WITHDRAW = "`withdraw-estate-step`, the latest step first; then record it as it is right."
"""How most steps are put right."""

# Refusals


class EstateRefusal(Refusal):
    """A rule about the estate said no."""


class SiteUnknown(EstateRefusal):
    """No such site."""

    code = "site-unknown"
    kind = "unknown"


class ParcelUnknown(EstateRefusal):
    """No such parcel."""

    code = "parcel-unknown"
    kind = "unknown"


class BuildingUnknown(EstateRefusal):
    """No such building."""

    code = "building-unknown"
    kind = "unknown"


class UnitUnknown(EstateRefusal):
    """No such unit."""

    code = "unit-unknown"
    kind = "unknown"


class NameTaken(EstateRefusal):
    """This id is another site's, parcel's, building's or unit's, or it is given twice."""

    code = "estate-name-taken"
    kind = "conflict"


class BeforeDefined(EstateRefusal):
    """Nothing is effective before the thing was defined."""

    code = "before-defined"


class AreaMissing(EstateRefusal):
    """An area of 0.00 m² is defined or measured."""

    code = "area-missing"


class StandardDiffers(EstateRefusal):
    """Areas of different standards are not added up."""

    code = "standard-differs"


class AreaExceeds(EstateRefusal):
    """P1, P2: the parts are larger than the whole."""

    code = "area-exceeds"


# State


class Site(Struct, frozen=True, kw_only=True):
    """A site, with its area as its source states it."""

    site: str
    name: str
    stated_area: str
    stated_unit: AreaUnit
    source: str
    area_dm2: int
    defined_on: date
    outline_e7: tuple[Ring, ...] = ()
    datum: Datum | None = None


class Parcel(Struct, frozen=True, kw_only=True):
    """A parcel of a site."""

    parcel: str
    site: str
    name: str
    area_dm2: int
    outline_e7: tuple[Ring, ...]
    defined_on: date
    datum: Datum | None = None


class Building(Struct, frozen=True, kw_only=True):
    """A building as its facts tell, in whatever order they are folded; `defined_on` is None where it never was."""

    building: str
    parcel: str | None = None
    name: str | None = None
    floors: int = 0
    lettable_dm2: int = 0
    standard: Standard | None = None
    defined_on: date | None = None
    started_on: date | None = None
    completed_on: date | None = None
    region: str | None = None
    address: str | None = None
    title_certificate: str | None = None


class Estate(Struct, frozen=True, kw_only=True):
    """The things of one scope by id, who holds which unit on which days, and what was asked before."""

    sites: Mapping[str, Site] = MappingProxyType({})
    parcels: Mapping[str, Parcel] = MappingProxyType({})
    buildings: Mapping[str, Building] = MappingProxyType({})
    units: Mapping[str, Unit] = MappingProxyType({})
    calendar: Calendar = EMPTY
    asked: Asked = MappingProxyType({})


# Evolve


def evolve_site(fact: SiteDefined | SiteCorrected) -> Site:
    """A site as it was defined, or corrected: both state it whole."""
    return Site(
        site=fact.site,
        name=fact.name,
        stated_area=fact.stated_area,
        stated_unit=fact.stated_unit,
        source=fact.source,
        area_dm2=fact.area_dm2,
        defined_on=fact.effective_on if isinstance(fact, SiteDefined) else fact.defined_on,
        outline_e7=fact.outline_e7,
        datum=fact.datum,
    )


def evolve_parcel(fact: ParcelDefined | ParcelCorrected) -> Parcel:
    """A parcel as it was defined, or corrected: both state it whole."""
    return Parcel(
        parcel=fact.parcel,
        site=fact.site,
        name=fact.name,
        area_dm2=fact.area_dm2,
        outline_e7=fact.outline_e7,
        defined_on=fact.effective_on if isinstance(fact, ParcelDefined) else fact.defined_on,
        datum=fact.datum,
    )


def evolve_building(building: Building | None, fact: BuildingFact) -> Building:
    """One building after one more fact. Takes facts in any order: read models fold by effective date."""
    before = building or Building(building=fact.building)
    match fact:
        case BuildingDefined():
            return structs.replace(
                before,
                parcel=fact.parcel,
                name=fact.name,
                floors=fact.floors,
                lettable_dm2=fact.lettable_dm2,
                standard=fact.standard,
                defined_on=fact.effective_on,
                **_located(fact),
            )
        case BuildingCorrected():
            plan = {"name": fact.name, "floors": fact.floors, "lettable_dm2": fact.lettable_dm2}
            return structs.replace(before, **plan, **_located(fact))
        case ConstructionStarted():
            return structs.replace(before, started_on=fact.effective_on)
        case BuildingCompleted():
            return structs.replace(before, completed_on=fact.effective_on)
    return before


def _located(fact: BuildingDefined | BuildingCorrected) -> dict[str, str]:
    """Take from a fact where a building stands and its certificate; what it does not say stays as it was."""
    said = {name: getattr(fact, name) for name in ("region", "address", "title_certificate")}
    return {name: text for name, text in said.items() if text is not None}


def evolve(state: Estate, fact: Fact) -> Estate:
    """The estate of a scope after one more fact; of other contexts only lettings change something."""
    if isinstance(fact, LettingFact):
        return structs.replace(state, calendar=after(state.calendar, fact))
    if not isinstance(fact, EstateFact):
        return state
    asked = remember(state.asked, fact)
    match fact:
        case SiteDefined() | SiteCorrected():
            return structs.replace(state, sites={**state.sites, fact.site: evolve_site(fact)}, asked=asked)
        case ParcelDefined() | ParcelCorrected():
            return structs.replace(state, parcels={**state.parcels, fact.parcel: evolve_parcel(fact)}, asked=asked)
        case BuildingFact():
            building = evolve_building(state.buildings.get(fact.building), fact)
            return structs.replace(state, buildings={**state.buildings, fact.building: building}, asked=asked)
    return structs.replace(state, units=evolve_units(state.units, fact), asked=asked)


# What commands name


def the_site(state: Estate, site: str) -> Site:
    """The site. Raises SiteUnknown."""
    known = state.sites.get(site)
    if known is None:
        raise SiteUnknown(f"there is no site {site}; define-site first", field="site")
    return known


def the_parcel(state: Estate, parcel: str) -> Parcel:
    """The parcel. Raises ParcelUnknown."""
    known = state.parcels.get(parcel)
    if known is None:
        raise ParcelUnknown(f"there is no parcel {parcel}; define-parcel first", field="parcel")
    return known


def the_building(state: Estate, building: str) -> Building:
    """The building. Raises BuildingUnknown."""
    known = state.buildings.get(building)
    if known is None or known.defined_on is None:
        raise BuildingUnknown(f"there is no building {building}; define-building first", field="building")
    return known


def the_unit(state: Estate, unit: str, *, field: str = "unit") -> Unit:
    """The unit. Raises UnitUnknown."""
    known = state.units.get(unit)
    if known is None or known.defined_on is None:
        raise UnitUnknown(f"there is no unit {unit}; define-unit first", field=field)
    return known


def check_defined(what: str, defined_on: date | None, on: date) -> None:
    """Check that nothing is effective before the thing was defined. Raises BeforeDefined."""
    if defined_on is not None and on < defined_on:
        raise BeforeDefined(f"{what} is defined on {defined_on}, after {on}", field="effective_on")


def check_area(area_dm2: int, *, field: str = "area") -> None:
    """Check that what is defined or measured has an area. Raises AreaMissing."""
    if area_dm2 == 0:
        raise AreaMissing("an area is larger than 0.00 m²; leave out what is not measured yet", field=field)
