"""A unit as its facts tell, and the area of many.

Unit        one unit; evolve_unit folds its facts, evolve_units all units that a fact touches: in any order
Areas       its areas by date; with_area: one more
largest     the largest area of some units together on any day from a date on
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import pairwise
from typing import Any, Literal

from msgspec import Struct, structs

from ledger.decider import Fact
from ledger.estate.facts import (
    RentalValueEstimated,
    ReservationReleased,
    UnitCorrected,
    UnitDefined,
    UnitFact,
    UnitRemeasured,
    UnitReserved,
    UnitRetired,
    UnitReturned,
    UnitsMerged,
    UnitSplit,
    UnitTakenOffMarket,
    Use,
)
from ledger.values.measures import Standard

# State

UnitState = Literal["PLANNED", "UNDER_CONSTRUCTION", "AVAILABLE", "RESERVED", "OFF_MARKET", "RETIRED"]

Areas = tuple[tuple[date, int], ...]
"""From when on, and square decimetres, by date."""


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
    areas: Areas = ()
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
        at = bisect_right(self.areas, day, key=lambda area: area[0])
        return self.areas[at - 1][1] if at else 0

    def kept_for(self, day: date) -> str | None:
        """The company that the unit is reserved for on that day."""
        if self.reserved_from is None or self.reserved_until is None:
            return None
        return self.reserved_for if self.reserved_from <= day <= self.reserved_until else None


# Evolve


def evolve_unit(unit: Unit | None, fact: UnitFact, name: str) -> Unit:
    """The unit of that name after one more fact that touches it. Takes facts in any order."""
    before = unit or Unit(unit=name)
    return structs.replace(before, **_measured(before, fact), **_marketed(before, fact))


def _measured(unit: Unit, fact: UnitFact) -> dict[str, Any]:
    """The fields that a fact of units.py changes in one of the units that it touches."""
    on = fact.effective_on
    match fact:
        case UnitDefined():
            return _made(unit, fact, fact.area_dm2, ())
        case UnitRemeasured():
            areas = with_area(unit.areas, on, fact.area_dm2)
            latest = {"standard": fact.standard, "measured_on": fact.measured_on} if areas[-1][0] == on else {}
            return {"areas": areas, "building": fact.building, **latest}
        case UnitCorrected():
            return {"floor": fact.floor, "use": fact.use}
        case UnitSplit():
            for part in fact.parts:
                if part.unit == unit.unit:
                    return _made(unit, fact, part.area_dm2, (fact.unit,))
            return {"gone_on": on, "became": tuple(part.unit for part in fact.parts)}
        case UnitsMerged():
            if fact.into == unit.unit:
                return _made(unit, fact, fact.area_dm2, fact.units)
            return {"gone_on": on, "became": (fact.into,)}
        case UnitRetired():
            return {"gone_on": on, "became": ()}
    return {}


def _made(
    unit: Unit, fact: UnitDefined | UnitSplit | UnitsMerged, area_dm2: int, made_of: tuple[str, ...]
) -> dict[str, Any]:
    """The fields of a unit that is there for the first time."""
    on = fact.effective_on
    return {
        "building": fact.building,
        "floor": fact.floor,
        "use": fact.use,
        "standard": fact.standard,
        "measured_on": fact.measured_on,
        "areas": with_area(unit.areas, on, area_dm2),
        "defined_on": on,
        "since": max(unit.since, on),
        "made_of": made_of,
    }


def with_area(areas: Areas, on: date, area_dm2: int) -> Areas:
    """The areas with one more; a newer word on the same day takes the place of the older one."""
    return tuple(sorted((dict(areas) | {on: area_dm2}).items()))


def _marketed(unit: Unit, fact: UnitFact) -> dict[str, Any]:
    """The fields that a fact of market.py changes in its unit."""
    on = fact.effective_on
    since = max(unit.since, on)
    match fact:
        case UnitReserved():
            return {
                "reserved_for": fact.company,
                "reserved_from": on,
                "reserved_until": fact.until_on,
                "since": since,
            }
        case ReservationReleased():
            return dict.fromkeys(("reserved_for", "reserved_from", "reserved_until")) | {"since": since}
        case UnitTakenOffMarket():
            return {"off_market": True, "since": since}
        case UnitReturned():
            return {"off_market": False, "since": since}
        case RentalValueEstimated() if unit.erv_on is None or unit.erv_on <= on:
            return {"erv_m2_month": fact.erv_m2_month, "erv_on": on}
    return {}


def evolve_units(units: Mapping[str, Unit], fact: Fact) -> Mapping[str, Unit]:
    """Units by id after one more fact; facts that touch none change nothing."""
    if not isinstance(fact, UnitFact):
        return units
    return {**units, **{unit: evolve_unit(units.get(unit), fact, unit) for unit in fact.touches}}


# Areas of many units


def largest(units: Iterable[Unit], from_on: date) -> tuple[date, int]:
    """The largest area of all these units together on any day from `from_on` on, and the first such day."""
    steps: dict[date, int] = {from_on: 0}
    for unit in units:
        for day, change in _changes(unit):
            at = max(day, from_on)
            steps[at] = steps.get(at, 0) + change
    total, most = 0, (from_on, 0)
    for day in sorted(steps):
        total += steps[day]
        if total > most[1]:
            most = (day, total)
    return most


def _changes(unit: Unit) -> Iterable[tuple[date, int]]:
    """By how much a unit's area changes, and when."""
    days = [(day, area) for day, area in unit.areas if unit.gone_on is None or day < unit.gone_on]
    if unit.gone_on is not None:
        days.append((unit.gone_on, 0))
    return [(day, area - before) for (_, before), (day, area) in pairwise([(date.min, 0), *days])]
