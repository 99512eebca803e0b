"""What all parts of the estate share: its facts' base, its state, the refusals that any step can meet.

EstateFact, UnitFact     the bases of facts about the estate, and of those about units
Site, Parcel, Building, Unit   one of each as its facts tell
Estate                   what the facts of one scope tell, and who holds which unit on which days
Part                     one stretch of the estate, in a file of its own: its facts, commands and rules
the_site, the_parcel, the_building, the_unit    what a command names, where it is known
check_area               whatever stands on the map or in a plan has an area
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Literal

from msgspec import Struct

from ledger.decider import Command, Refusal
from ledger.estate.facts import EstateFact, Ring, Use
from ledger.lettings import EMPTY, Calendar
from ledger.values.measures import AreaUnit, Standard

UnitState = Literal["PLANNED", "UNDER_CONSTRUCTION", "AVAILABLE", "RESERVED", "OFF_MARKET", "RETIRED"]


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
    """What is defined or measured has an area."""

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


class Parcel(Struct, frozen=True, kw_only=True):
    """A parcel of a site."""

    parcel: str
    site: str
    name: str
    area_dm2: int
    outline_e7: tuple[Ring, ...]
    defined_on: date


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


class Unit(Struct, frozen=True, kw_only=True):
    """A unit as its facts tell, in whatever order they are folded; `defined_on` is None where it never was.

    areas           (from when, square decimetres) by date: the first with its definition
    since           the latest day on which it was defined, reserved, released, taken off the market or returned
    reserved_…      the latest reservation that was not released; it lapses by itself after `reserved_until`
    gone_on         from when it was split, merged or retired; what it `became` in the first two cases
    made_of         the units it was made of by a split or merger
    erv_m2_month    the latest estimated rental value, in CNY a square metre and month, and its date
    """

    unit: str
    building: str | None = None
    floor: str | None = None
    use: Use | None = None
    areas: tuple[tuple[date, int], ...] = ()
    standard: Standard | None = None
    measured_on: date | None = None
    defined_on: date | None = None
    since: date = date.min
    off_market: bool = False
    reserved_for: str | None = None
    reserved_from: date | None = None
    reserved_until: date | None = None
    gone_on: date | None = None
    became: tuple[str, ...] = ()
    made_of: tuple[str, ...] = ()
    erv_m2_month: str | None = None
    erv_on: date | None = None

    @property
    def area_dm2(self) -> int:
        """Its latest area."""
        return self.areas[-1][1] if self.areas else 0

    def area_on(self, day: date) -> int:
        """Its area on a day; nothing before it was defined and once it is gone."""
        if self.gone_on is not None and self.gone_on <= day:
            return 0
        at = bisect_right(self.areas, day, key=lambda one: one[0])
        return self.areas[at - 1][1] if at else 0

    def kept_for(self, day: date) -> str | None:
        """The company that the unit is reserved for on that day."""
        if self.reserved_from is None or self.reserved_until is None:
            return None
        return self.reserved_for if self.reserved_from <= day <= self.reserved_until else None


class Estate(Struct, frozen=True, kw_only=True):
    """What the facts of one scope tell."""

    sites: Mapping[str, Site] = MappingProxyType({})
    parcels: Mapping[str, Parcel] = MappingProxyType({})
    buildings: Mapping[str, Building] = MappingProxyType({})
    units: Mapping[str, Unit] = MappingProxyType({})
    calendar: Calendar = EMPTY
    asked: frozenset[tuple[Any, ...]] = frozenset()


@dataclass(frozen=True)
class Part:
    """One stretch of the estate.

    commands   what it can be asked
    scope      the tags a command must see
    fact       what a command would record; raises where something it names is unknown
    check      the rules for recording it; raises EstateRefusal
    """

    commands: tuple[type[Command], ...]
    scope: Callable[[Any], tuple[str, ...]]
    fact: Callable[[Estate, Any], EstateFact]
    check: Callable[[Estate, Any], None]


# What commands name


def the_site(state: Estate, site: str) -> Site:
    """The site. Raises SiteUnknown."""
    known = state.sites.get(site)
    if known is None:
        raise SiteUnknown(f"there is no site {site}; define it first", field="site")
    return known


def the_parcel(state: Estate, parcel: str) -> Parcel:
    """The parcel. Raises ParcelUnknown."""
    known = state.parcels.get(parcel)
    if known is None:
        raise ParcelUnknown(f"there is no parcel {parcel}; define it first", field="parcel")
    return known


def the_building(state: Estate, building: str) -> Building:
    """The building. Raises BuildingUnknown."""
    known = state.buildings.get(building)
    if known is None or known.defined_on is None:
        raise BuildingUnknown(f"there is no building {building}; define it first", field="building")
    return known


def the_unit(state: Estate, unit: str, *, field: str = "unit") -> Unit:
    """The unit. Raises UnitUnknown."""
    known = state.units.get(unit)
    if known is None or known.defined_on is None:
        raise UnitUnknown(f"there is no unit {unit}; define it first", field=field)
    return known


def check_defined(what: str, defined_on: date | None, on: date) -> None:
    """Raises BeforeDefined."""
    if defined_on is not None and on < defined_on:
        raise BeforeDefined(f"{what} is defined on {defined_on}, after {on}", field="effective_on")


def check_area(area_dm2: int, *, field: str = "area") -> None:
    """Raises AreaMissing."""
    if area_dm2 == 0:
        raise AreaMissing("an area is larger than 0.00 m²; leave out what is not measured yet", field=field)
