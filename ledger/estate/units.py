"""Units: defined, measured, split, merged, retired; and what they make of a building's area.

Commands        Facts (estate.…)   From
DefineUnit      unit-defined       P2: Σ units ≤ building, by the building's standard, on every day
RemeasureUnit   unit-remeasured    P2; P5: executed leases keep their contracted area
SplitUnit       unit-split         AVAILABLE, P3: Σ parts = whole, to 0.01 m²; nobody holds it from then on
MergeUnits      units-merged       AVAILABLE, P3; of one building; nobody holds them from then on
RetireUnit      unit-retired       AVAILABLE, OFF_MARKET; P4: no hard delete; not held on any later day

A unit may be defined, reserved and let before its building stands: what is measured then is the plan.

Refusals, in order of precedence, after those of steps.py
├── BuildingsDiffer        units of different buildings are not merged
├── AreaMissing            an area of 0.00 m²
├── StandardDiffers        another standard of measurement than the building's
├── AreaExceeds            P2: the units are larger than the building
└── AreaNotConserved       P3: the parts do not sum to the whole
"""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any

from msgspec import Meta, Struct, structs

from ledger.decider import Command, Id, Text
from ledger.estate.areas import largest, with_area
from ledger.estate.estate import (
    AreaExceeds,
    Building,
    Estate,
    EstateRefusal,
    NameTaken,
    Part,
    StandardDiffers,
    Unit,
    UnitUnknown,
    check_area,
    check_defined,
    the_building,
    the_unit,
)
from ledger.estate.facts import (
    UnitDefined,
    UnitFact,
    UnitPart,
    UnitRemeasured,
    UnitRetired,
    UnitsMerged,
    UnitSplit,
    Use,
)
from ledger.estate.steps import check_free_of_leases, check_on_market, check_step, check_there, check_unreserved
from ledger.values.evidence import Evidence
from ledger.values.measures import Area, Standard, dm2, written

# Commands


class DefineUnit(Command, frozen=True, kw_only=True, tag="define-unit"):
    """Define a unit of a building."""

    building: Id
    unit: Id
    floor: Annotated[str, Meta(pattern=r"^(B[1-9]|[0-9]{1,3}|M)$(?!\n)", description="A floor: 1, 12, B1, M.")]
    use: Use
    area: Area
    standard: Standard
    measured_on: date


class RemeasureUnit(Command, frozen=True, kw_only=True, tag="remeasure-unit"):
    """Record a new measurement of a unit of this building."""

    building: Id
    unit: Id
    area: Area
    standard: Standard
    measured_on: date
    evidence: Evidence


class NewPart(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new unit and its area."""

    unit: Id
    area: Area


class SplitUnit(Command, frozen=True, kw_only=True, tag="split-unit"):
    """Make several units of one. The areas sum to the whole; remeasure first where they do not."""

    unit: Id
    parts: Annotated[tuple[NewPart, ...], Meta(min_length=2, max_length=50)]


class MergeUnits(Command, frozen=True, kw_only=True, tag="merge-units"):
    """Make one unit of several in one building."""

    units: Annotated[tuple[Id, ...], Meta(min_length=2, max_length=50)]
    into: Id


class RetireUnit(Command, frozen=True, kw_only=True, tag="retire-unit"):
    """Give the unit up for ever."""

    unit: Id
    reason: Text


# Refusals


class BuildingsDiffer(EstateRefusal):
    """Units of different buildings are not merged."""

    code = "buildings-differ"


class AreaNotConserved(EstateRefusal):
    """P3: the parts do not sum to the whole."""

    code = "area-not-conserved"


# Evolve


def change_of(known: Unit, fact: UnitFact) -> dict[str, Any]:
    """What a fact of this file changes in one of the units that it touches, as fields of Unit."""
    on = fact.effective_on
    match fact:
        case UnitDefined():
            return _made(known, fact, fact.area_dm2, ())
        case UnitRemeasured():
            areas = with_area(known.areas, on, fact.area_dm2)
            latest = {"standard": fact.standard, "measured_on": fact.measured_on} if areas[-1][0] == on else {}
            return {"areas": areas, "building": fact.building, **latest}
        case UnitSplit():
            for part in fact.parts:
                if part.unit == known.unit:
                    return _made(known, fact, part.area_dm2, (fact.unit,))
            return {"gone_on": on, "became": tuple(part.unit for part in fact.parts)}
        case UnitsMerged():
            if fact.into == known.unit:
                return _made(known, fact, fact.area_dm2, fact.units)
            return {"gone_on": on, "became": (fact.into,)}
        case UnitRetired():
            return {"gone_on": on, "became": ()}
    return {}


def _made(
    known: Unit, fact: UnitDefined | UnitSplit | UnitsMerged, area_dm2: int, made_of: tuple[str, ...]
) -> dict[str, Any]:
    """A unit as it is there for the first time."""
    told = {name: getattr(fact, name) for name in ("building", "floor", "use", "standard", "measured_on")}
    on = fact.effective_on
    areas = with_area(known.areas, on, area_dm2)
    return told | {"areas": areas, "defined_on": on, "since": max(known.since, on), "made_of": made_of}


# Scope and decide


def _scope(command: Command) -> tuple[str, ...]:
    match command:
        case DefineUnit() | RemeasureUnit():
            return (f"building:{command.building}", f"unit:{command.unit}")
        case SplitUnit():
            return (f"unit:{command.unit}", *(f"unit:{part.unit}" for part in command.parts))
        case MergeUnits():
            return (*(f"unit:{unit}" for unit in command.units), f"unit:{command.into}")
        case RetireUnit():
            return (f"unit:{command.unit}",)
    raise AssertionError(command)


def _fact(state: Estate, command: Command) -> UnitFact:
    match command:
        case DefineUnit():
            return UnitDefined(**_given(command, "area"), area_dm2=dm2(command.area))
        case RemeasureUnit():
            unit = _unit_of(state, command)
            before = unit.area_on(command.effective_on)
            return UnitRemeasured(**_given(command, "area"), area_dm2=dm2(command.area), area_before_dm2=before)
        case SplitUnit():
            unit = the_unit(state, command.unit)
            parts = tuple(UnitPart(unit=part.unit, area_dm2=dm2(part.area)) for part in command.parts)
            return UnitSplit(effective_on=command.effective_on, unit=command.unit, parts=parts, **_like(unit))
        case MergeUnits():
            return _merged(state, command)
        case RetireUnit():
            unit = the_unit(state, command.unit)
            return UnitRetired(**_given(command), building=unit.building or "")
    raise AssertionError(command)


def _merged(state: Estate, command: MergeUnits) -> UnitsMerged:
    units = [the_unit(state, unit, field="units") for unit in command.units]
    oldest = min(unit.measured_on for unit in units if unit.measured_on is not None)
    return UnitsMerged(
        effective_on=command.effective_on,
        units=command.units,
        into=command.into,
        area_dm2=sum(unit.area_dm2 for unit in units),
        **(_like(units[0]) | {"measured_on": oldest}),
    )


def _given(command: Command, *left_out: str) -> dict[str, Any]:
    return {name: getattr(command, name) for name in command.__struct_fields__ if name not in left_out}


def _like(unit: Unit) -> dict[str, Any]:
    return {name: getattr(unit, name) for name in ("building", "floor", "use", "standard", "measured_on")}


def _unit_of(state: Estate, command: RemeasureUnit) -> Unit:
    the_building(state, command.building)
    unit = the_unit(state, command.unit)
    if unit.building != command.building:
        raise UnitUnknown(f"unit {command.unit} is in building {unit.building}, not here", field="building")
    return unit


def _check(state: Estate, command: Command) -> None:
    match command:
        case DefineUnit():
            _check_definition(state, command)
        case RemeasureUnit():
            _check_measurement(state, command)
        case SplitUnit():
            _check_split(state, command)
        case MergeUnits():
            _check_merger(state, command)
        case RetireUnit():
            unit = the_unit(state, command.unit)
            check_step(unit, command.effective_on, *(on for on, _ in unit.areas[-1:]))
            check_unreserved(unit, command.effective_on)
            check_free_of_leases(state, unit, command.effective_on)


def _check_definition(state: Estate, command: DefineUnit) -> None:
    building = the_building(state, command.building)
    _check_new(state, (command.unit,), field="unit")
    check_defined(f"building {command.building}", building.defined_on, command.effective_on)
    _check_fits(state, building, command)


def _check_measurement(state: Estate, command: RemeasureUnit) -> None:
    unit = _unit_of(state, command)
    check_defined(f"unit {unit.unit}", unit.defined_on, command.effective_on)
    check_there(unit)
    _check_fits(state, the_building(state, command.building), command)


def _check_split(state: Estate, command: SplitUnit) -> None:
    unit = the_unit(state, command.unit)
    _check_new(state, [part.unit for part in command.parts], field="parts")
    _check_ready(state, unit, command.effective_on)
    for part in command.parts:
        check_area(dm2(part.area), field="parts")
    total = sum(dm2(part.area) for part in command.parts)
    if total != unit.area_dm2:
        raise AreaNotConserved(
            f"the parts have {written(total)} m² together and the unit {written(unit.area_dm2)} m²; remeasure the unit"
            " first, so that the difference is on record",
            field="parts",
        )


def _check_merger(state: Estate, command: MergeUnits) -> None:
    units = [the_unit(state, unit, field="units") for unit in command.units]
    if len(set(command.units)) < len(units):
        raise NameTaken("a unit is named twice among those to merge", field="units")
    _check_new(state, (command.into,), field="into")
    for unit in units:
        _check_ready(state, unit, command.effective_on)
    if len({unit.building for unit in units}) > 1:
        raise BuildingsDiffer("units of different buildings do not become one unit", field="units")


def _check_new(state: Estate, units: Iterable[str], *, field: str) -> None:
    """These ids are no other unit's, and each is given once."""
    seen: set[str] = set()
    for unit in units:
        known = state.units.get(unit)
        if unit in seen or (known is not None and known.defined_on is not None):
            raise NameTaken(f"{unit} is the id of another unit already; choose another one", field=field)
        seen.add(unit)


def _check_ready(state: Estate, unit: Unit, on: date) -> None:
    """A unit may be split or merged: it is there, to be let, and neither reserved nor let from then on."""
    check_step(unit, on, *(day for day, _ in unit.areas[-1:]))
    check_on_market(unit)
    check_unreserved(unit, on)
    check_free_of_leases(state, unit, on)


# P2


def _check_fits(state: Estate, building: Building, command: DefineUnit | RemeasureUnit) -> None:
    """P2: with this area, on no day from here on do the units have more than their building."""
    check_area(dm2(command.area))
    if command.standard != building.standard:
        raise StandardDiffers(
            f"building {building.building} is measured by {building.standard}; areas of different standards are not"
            " added up, and none is converted into another",
            field="standard",
        )
    on = command.effective_on
    known = state.units.get(command.unit) or Unit(unit=command.unit)
    with_it = structs.replace(known, building=building.building, areas=with_area(known.areas, on, dm2(command.area)))
    units = [unit for unit in state.units.values() if unit.building == building.building and unit.unit != command.unit]
    day, total = largest(units=(*units, with_it), from_on=on)
    if total > building.lettable_dm2:
        raise AreaExceeds(
            f"building {building.building} has {written(building.lettable_dm2)} m² to let, and its units would have"
            f" {written(total)} m² on {day}",
            field="area",
        )


UNITS = Part(
    commands=(DefineUnit, RemeasureUnit, SplitUnit, MergeUnits, RetireUnit),
    scope=_scope,
    fact=_fact,
    check=_check,
)
