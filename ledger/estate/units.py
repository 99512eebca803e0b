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

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, Any, ClassVar

from msgspec import Meta, Struct, structs

from ledger.decider import By, Command, Fact, Id, Part, Text, said
from ledger.estate.estate import (
    AreaExceeds,
    Building,
    Estate,
    EstateRefusal,
    NameTaken,
    StandardDiffers,
    UnitUnknown,
    check_area,
    check_defined,
    the_building,
    the_unit,
)
from ledger.estate.facts import (
    UnitDefined,
    UnitPart,
    UnitRemeasured,
    UnitRetired,
    UnitsMerged,
    UnitSplit,
    Use,
)
from ledger.estate.steps import check_free_of_leases, check_on_market, check_step, check_there, check_unreserved
from ledger.estate.unit import Unit, largest, with_area
from ledger.values.days import Agreed, Happened
from ledger.values.evidence import Evidence
from ledger.values.measures import Area, Standard, dm2, written

Floor = Annotated[str, Meta(pattern=r"^(B[1-9]|[0-9]{1,3}|M)$(?!\n)", description="A floor: 1, 12, B1, M.")]

# Commands


class DefineUnit(Command, frozen=True, kw_only=True, tag="define-unit"):
    """Define a unit of a building."""

    effective_on: Agreed
    put_right: ClassVar[str] = (
        "The area: `remeasure-unit` of the same day; floor or use: `correct-unit`; the id or day: "
        "`withdraw-estate-step`, the latest step first."
    )
    building: Id
    unit: Id
    floor: Floor
    use: Use
    area: Area
    standard: Standard
    measured_on: Happened


class RemeasureUnit(Command, frozen=True, kw_only=True, tag="remeasure-unit"):
    """Record a new measurement of a unit of this building."""

    effective_on: Agreed
    put_right: ClassVar[str] = (
        "`remeasure-unit` of the same day: it takes the place of this one; or `withdraw-estate-step`."
    )
    building: Id
    unit: Id
    area: Area
    standard: Standard
    measured_on: Happened
    evidence: Evidence


class NewPart(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new unit and its area."""

    unit: Id
    area: Area


class SplitUnit(Command, frozen=True, kw_only=True, tag="split-unit"):
    """Make several units of one. The areas sum to the whole; remeasure first where they do not."""

    effective_on: Agreed
    put_right: ClassVar[str] = "`withdraw-estate-step`, once nothing else is on record of the parts; or `merge-units`."
    unit: Id
    parts: Annotated[tuple[NewPart, ...], Meta(min_length=2, max_length=50)]


class MergeUnits(Command, frozen=True, kw_only=True, tag="merge-units"):
    """Make one unit of several in one building."""

    effective_on: Agreed
    put_right: ClassVar[str] = (
        "`withdraw-estate-step`, once nothing else is on record of the new unit; or `split-unit`."
    )
    units: Annotated[tuple[Id, ...], Meta(min_length=2, max_length=50)]
    into: Id


class RetireUnit(Command, frozen=True, kw_only=True, tag="retire-unit"):
    """Give the unit up for ever."""

    effective_on: Agreed
    put_right: ClassVar[str] = "`withdraw-estate-step`: the unit is there again."
    unit: Id
    reason: Text


# Refusals


class BuildingsDiffer(EstateRefusal):
    """Units of different buildings are not merged."""

    code = "buildings-differ"


class AreaNotConserved(EstateRefusal):
    """P3: the parts do not sum to the whole."""

    code = "area-not-conserved"


# Decide


def _define(state: Estate, command: DefineUnit, by: By) -> Sequence[Fact]:
    area_dm2 = dm2(command.area)
    if said(UnitDefined, command, area_dm2=area_dm2) in state.asked.values():
        return ()
    building = the_building(state, command.building)
    _check_new(state, (command.unit,), field="unit")
    check_defined(f"building {command.building}", building.defined_on, command.effective_on)
    _check_fits(state, building, command)
    return (
        UnitDefined(
            effective_on=command.effective_on,
            building=command.building,
            unit=command.unit,
            floor=command.floor,
            use=command.use,
            area_dm2=area_dm2,
            standard=command.standard,
            measured_on=command.measured_on,
        ),
    )


def _remeasure(state: Estate, command: RemeasureUnit, by: By) -> Sequence[Fact]:
    building, unit = the_building(state, command.building), unit_of(state, command.unit, command.building)
    area_dm2 = dm2(command.area)
    if said(UnitRemeasured, command, area_dm2=area_dm2) in state.asked.values():
        return ()
    check_defined(f"unit {unit.unit}", unit.defined_on, command.effective_on)
    check_there(unit)
    _check_fits(state, building, command)
    return (
        UnitRemeasured(
            effective_on=command.effective_on,
            building=command.building,
            unit=command.unit,
            area_dm2=area_dm2,
            area_before_dm2=unit.area_on(command.effective_on),
            standard=command.standard,
            measured_on=command.measured_on,
            evidence=command.evidence,
        ),
    )


def _split(state: Estate, command: SplitUnit, by: By) -> Sequence[Fact]:
    unit = the_unit(state, command.unit)
    parts = tuple(UnitPart(unit=part.unit, area_dm2=dm2(part.area)) for part in command.parts)
    if said(UnitSplit, command, parts=parts) in state.asked.values():
        return ()
    _check_new(state, [part.unit for part in parts], field="parts")
    _check_ready(state, unit, command.effective_on)
    _check_conserved(unit, parts)
    return (UnitSplit(effective_on=command.effective_on, unit=command.unit, parts=parts, **_nature(unit)),)


def _merge(state: Estate, command: MergeUnits, by: By) -> Sequence[Fact]:
    units = [the_unit(state, unit, field="units") for unit in command.units]
    if said(UnitsMerged, command) in state.asked.values():
        return ()
    if len(set(command.units)) < len(units):
        raise NameTaken("a unit is named twice among those to merge", field="units")
    _check_new(state, (command.into,), field="into")
    for unit in units:
        _check_ready(state, unit, command.effective_on)
    if len({unit.building for unit in units}) > 1:
        raise BuildingsDiffer("units of different buildings do not become one unit", field="units")
    oldest = min(unit.measured_on for unit in units if unit.measured_on is not None)
    return (
        UnitsMerged(
            effective_on=command.effective_on,
            units=command.units,
            into=command.into,
            area_dm2=sum(unit.area_dm2 for unit in units),
            **_nature(units[0]) | {"measured_on": oldest},
        ),
    )


def _retire(state: Estate, command: RetireUnit, by: By) -> Sequence[Fact]:
    unit = the_unit(state, command.unit)
    if said(UnitRetired, command) in state.asked.values():
        return ()
    check_step(unit, command.effective_on, *(on for on, _ in unit.areas[-1:]))
    check_unreserved(unit, command.effective_on)
    check_free_of_leases(state, unit, command.effective_on)
    assert unit.building is not None, "a defined unit is in a building"
    return (
        UnitRetired(
            effective_on=command.effective_on, unit=command.unit, building=unit.building, reason=command.reason
        ),
    )


def unit_of(state: Estate, name: str, building: str) -> Unit:
    """The unit, which is in this building. Raises UnitUnknown."""
    unit = the_unit(state, name)
    if unit.building != building:
        raise UnitUnknown(f"unit {name} is in building {unit.building}, not here", field="building")
    return unit


def _nature(unit: Unit) -> dict[str, Any]:
    """The fields that a unit hands on to the units made of it."""
    return {name: getattr(unit, name) for name in ("building", "floor", "use", "standard", "measured_on")}


# Rules


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


def _check_conserved(unit: Unit, parts: Sequence[UnitPart]) -> None:
    """P3: each part has an area, and together they have that of the unit."""
    for part in parts:
        check_area(part.area_dm2, field="parts")
    total = sum(part.area_dm2 for part in parts)
    if total != unit.area_dm2:
        raise AreaNotConserved(
            f"the parts have {written(total)} m² together and the unit {written(unit.area_dm2)} m²; remeasure the unit"
            " first, so that the difference is on record",
            field="parts",
        )


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


UNITS: Part[Estate, Estate] = Part(
    decide={
        DefineUnit: _define,
        RemeasureUnit: _remeasure,
        SplitUnit: _split,
        MergeUnits: _merge,
        RetireUnit: _retire,
    },
    scope={
        DefineUnit: lambda command: (f"building:{command.building}", f"unit:{command.unit}"),
        RemeasureUnit: lambda command: (f"building:{command.building}", f"unit:{command.unit}"),
        SplitUnit: lambda command: tuple(
            f"unit:{unit}" for unit in (command.unit, *(part.unit for part in command.parts))
        ),
        MergeUnits: lambda command: tuple(f"unit:{unit}" for unit in (*command.units, command.into)),
        RetireUnit: lambda command: (f"unit:{command.unit}",),
    },
)
