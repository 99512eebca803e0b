"""The rent roll 租金台账: every unit, who has it, for how long, at what rent, and what they owe.

rent_roll    the report on a basis: buildings with their units and subtotals; leases signed and not begun stand apart
RollRow      one unit, vacant ones too; or one unit of a lease that is signed and has not begun there

What a lease pays, has deposited and owes is shared over its units by contracted area (let_units.py): every column sums.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from types import MappingProxyType
from typing import Literal

from msgspec import Struct
from sqlalchemy import Connection

from ledger.billing.moves import MOVING
from ledger.companies.facts import OriginChannel
from ledger.decider import Fact
from ledger.estate.facts import BuildingFact
from ledger.leases.facts import LeaseState
from ledger.log.envelope import Entry
from ledger.periods import PostingFact
from ledger.values.measures import Standard, in_unit
from ledger.values.measures import written as area_written
from ledger.values.money import share, written
from projections.companies.register import Tenant, tenants
from projections.engine.basis import Basis
from projections.engine.figures import PLACES, decimals
from projections.engine.sources import facts_behind, positions_of
from projections.receivables.tenants import held_and_overdue
from projections.tenancy.let_units import LetUnit, let_units
from projections.tenancy.spans import LeasePart
from projections.tenancy.units import building_names

Status = Literal["LET", "SIGNED", "AVAILABLE", "RESERVED", "OFF_MARKET", "UNDER_CONSTRUCTION", "PLANNED"]
"""LET: a lease holds it. SIGNED: vacant, and an executed lease will hold it. Else the unit's own state."""


class RollRow(Struct, frozen=True, omit_defaults=True, gc=False):
    """A unit on the effective date; amounts in CNY ex VAT, but deposit and arrears as they are held and owed.

    contracted_m2         the area that the lease names, which its rent is for
    rent_from_on          the first day after commencement that is not free of rent
    expiry_on             the last day; None while a holdover goes on
    next_break_on         the first day with which somebody may end it, or has given notice to
    rent_free_days_left   days without rent from the effective date on
    rent_m2_month         passing rent a contracted m² and month
    passing_month         rent payable for the month of the date: 0.00 in days free of rent
    headline_month        rent by the lease, whether the day is free or not
    index                 how the rent varies, by an index or by turnover
    next_step_on          the next day from which the rent payable is another, and that rent a month
    arrears               the overdue amount of the lease
    erv_month             estimated rental value of the unit; None without an estimate
    """

    building: str | None
    unit: str
    area_m2: str
    standard: Standard | None
    status: Status
    reserved_for: str | None
    tenant: str | None
    tenant_name: str | None
    uscc: str | None
    lei: str | None
    lease: str | None
    lease_state: LeaseState | None
    commencement_on: date | None
    rent_from_on: date | None
    expiry_on: date | None
    next_break_on: date | None
    rent_free_days_left: int | None
    contracted_m2: str | None
    rent_m2_month: str | None
    passing_month: str | None
    passing_year: str | None
    headline_month: str | None
    next_step_on: date | None
    next_step_month: str | None
    index: str | None
    service_charge_month: str | None
    deposit: str | None
    arrears: str | None
    option: str | None
    erv_m2_month: str | None
    erv_month: str | None
    origin: OriginChannel | None
    origin_year: int | None
    positions: tuple[int, ...] | None = None


_OF_UNIT = (
    *("building", "unit", "area_m2", "standard", "status", "reserved_for"),
    *("erv_m2_month", "erv_month", "positions"),
)
NOBODY: Mapping[str, None] = MappingProxyType(
    dict.fromkeys(name for name in RollRow.__struct_fields__ if name not in _OF_UNIT)
)
"""The columns of a vacant unit that stay empty."""


class RollTotals(Struct, frozen=True, kw_only=True):
    """Sums of rows. `lettable_m2`: of the units on the market, the denominator of occupancy.

    rent_m2_month   passing rent a contracted m² and month of what is let; None where nothing is
    """

    units: int
    units_let: int
    area_m2: str
    area_mu: str
    lettable_m2: str
    let_m2: str
    contracted_m2: str
    rent_m2_month: str | None
    passing_month: str
    passing_year: str
    headline_month: str
    service_charge_month: str
    deposit: str
    arrears: str
    erv_month: str


class BuildingRoll(Struct, frozen=True, kw_only=True):
    """A building, its units and their sums. `lettable_plan_m2`: its lettable area as it was defined."""

    building: str | None
    name: str | None
    lettable_plan_m2: str | None
    rows: tuple[RollRow, ...]
    totals: RollTotals


class RentRoll(Struct, frozen=True, kw_only=True):
    """Balances and rents at `as_of`, as known at `known_at`. `signed`: leases executed and not begun; in no total."""

    as_of: date
    known_at: datetime | None
    currency: str
    buildings: tuple[BuildingRoll, ...]
    totals: RollTotals
    signed: tuple[RollRow, ...]
    fictional: bool


UNKNOWN: Tenant = (None, None, None, None, None)


Wanted = Callable[[LetUnit[LeasePart]], bool]
"""Tells whether the row of a unit is wanted."""


class Side(Struct, frozen=True):
    """The figures shown beside the units: deposits and arrears by company and lease; companies; facts, if asked for.

    wanted   which units have a row; none: all of them
    """

    basis: Basis
    deposits: Mapping[tuple[str, str], int]
    arrears: Mapping[tuple[str, str], int]
    companies: Mapping[str, Tenant]
    facts: Mapping[str, Sequence[Entry]] | None
    wanted: Wanted | None = None


class Line(Struct, frozen=True, gc=False):
    """A row, where it is wanted, and its figures, to be summed: square decimetres and minor units."""

    row: RollRow | None
    let: LetUnit[LeasePart]
    deposit_minor: int
    arrears_minor: int


Sums = tuple[int, ...]
"""Units, those let, square decimetres and minor units that rows come to, in the order in which _totals has them."""


def rent_roll(
    connection: Connection, basis: Basis, *, positions: bool = False, wanted: Wanted | None = None
) -> RentRoll:
    """Report the rent roll on that basis.

    positions   list the facts behind each row
    wanted      the units whose rows alone are made; what sums up is of all units even so
    """
    lets = let_units(connection, basis)
    side = _side(connection, basis, lets, positions, wanted)
    lines, signed = _lines(lets, side)
    named = building_names(connection, basis)
    grouped = groupby(lines, key=lambda line: line.let.unit.building)
    by_building = [(building, tuple(some)) for building, some in grouped]
    sums = [_sums(some) for _, some in by_building]
    rolls = [
        _roll(building, named.get(building or ""), some, own)
        for (building, some), own in zip(by_building, sums, strict=True)
    ]
    classes = {let.unit.data_class for let in lets}
    return RentRoll(
        as_of=basis.effective,
        known_at=basis.recorded_at,
        currency="CNY",
        buildings=tuple(rolls),
        totals=_totals(tuple(map(sum, zip(*sums, strict=True))) or _sums(())),
        signed=tuple(line.row for line in signed if line.row is not None),
        fictional="FICTIONAL" in classes,
    )


def _roll(
    building: str | None, named: tuple[str | None, int] | None, lines: Sequence[Line], sums: Sums
) -> BuildingRoll:
    return BuildingRoll(
        building=building,
        name=named[0] if named else None,
        lettable_plan_m2=area_written(named[1]) if named else None,
        rows=tuple(line.row for line in lines if line.row is not None),
        totals=_totals(sums),
    )


# Beside the units


def _side(
    connection: Connection, basis: Basis, lets: Iterable[LetUnit[LeasePart]], positions: bool, wanted: Wanted | None
) -> Side:
    facts = None
    if positions:
        parts = [part for let in lets for part in (let.held, *let.signed) if part]
        tags = {tag for let in lets for tag in (f"unit:{let.unit.unit}", f"building:{let.unit.building}")}
        tags |= {tag for part in parts for tag in (f"lease:{part.lease}", f"company:{part.company}")}
        facts = facts_behind(connection, basis, tags)
    known = tenants(connection, basis) if wanted is None or any(map(wanted, lets)) else {}
    return Side(basis, *held_and_overdue(connection, basis), known, facts, wanted)


# Rows


def _lines(lets: Sequence[LetUnit[LeasePart]], side: Side) -> tuple[list[Line], list[Line]]:
    """The lines of all units, and those of leases that are signed and have not begun there.

    A lease's deposit and arrears are shown with the units that it holds; if it holds none yet, with those it will.
    """
    held, later = (_shared(parts, side) for parts in sharing(lets))
    lines = [_line(let, let.held, _status(let), held, side) for let in lets]
    return lines, [_line(let, part, "SIGNED", later, side) for let in lets for part in let.signed]


def sharing(lets: Sequence[LetUnit[LeasePart]]) -> tuple[list[LeasePart], list[LeasePart]]:
    """The parts of leases that share a lease's deposit and arrears: where it holds units, and where none of it does."""
    held = [let.held for let in lets if let.held]
    begun = {part.lease for part in held}
    return held, [part for let in lets for part in let.signed if part.lease not in begun]


Shared = Mapping[tuple[str, str], tuple[int, int]]
"""(lease, unit) -> its share of deposit and arrears."""


def _shared(parts: Sequence[LeasePart], side: Side) -> Shared:
    shared: dict[tuple[str, str], tuple[int, int]] = {}
    by_lease: dict[str, list[LeasePart]] = {}
    for part in parts:
        by_lease.setdefault(part.lease, []).append(part)
    held, overdue = side.deposits, side.arrears
    for lease, own in by_lease.items():
        key = own[0].company, lease
        deposit, arrears = held.get(key, 0), overdue.get(key, 0)
        if len(own) == 1:
            shared[lease, own[0].unit] = deposit, arrears
            continue
        weights = [part.area_dm2 for part in own]
        for part, *money in zip(own, share(deposit, weights), share(arrears, weights), strict=True):
            shared[lease, part.unit] = money[0], money[1]
    return shared


def _status(let: LetUnit[LeasePart]) -> Status:
    if let.held:
        return "LET"
    if let.signed and let.on_market:
        return "SIGNED"
    assert let.unit.state != "RETIRED", "units that are gone are not on the roll"
    return let.unit.state


def _line(let: LetUnit[LeasePart], part: LeasePart | None, status: Status, shared: Shared, side: Side) -> Line:
    """A unit with what a lease has in it, or nothing; in the order of fields: named, they take far longer."""
    wanted = side.wanted is None or side.wanted(let)
    if part is None:
        return Line(_vacant(let, status, side) if wanted else None, let, 0, 0)
    deposit, arrears = shared.get((part.lease, part.unit), (0, 0))
    if not wanted:
        return Line(None, let, deposit, arrears)
    unit, on, signed = let.unit, side.basis.effective, status == "SIGNED"
    name, uscc, lei, origin, origin_year = side.companies.get(part.company, UNKNOWN)
    passing = 0 if signed else part.passing_minor
    area, paid = area_written(unit.area_dm2), written(passing)  # what most leases contract for, and all that they ask
    step_on = part.commencement_on if signed else part.next_step_on
    row = RollRow(
        unit.building,
        unit.unit,
        area,
        unit.standard,
        status,
        unit.reserved_for,
        part.company,
        name,
        uscc,
        lei,
        part.lease,
        part.state,
        part.commencement_on,
        part.rent_from_on,
        part.expiry_on,
        part.next_break_on,
        part.rent_free_days(on) if part.free_days else 0,
        area if part.area_dm2 == unit.area_dm2 else area_written(part.area_dm2),
        _per_m2(passing, part.area_dm2),
        paid,
        written(12 * passing),
        paid if part.headline_minor == passing else written(part.headline_minor),
        step_on,
        None if step_on is None else written(part.passing_minor if signed else part.next_step_minor),
        part.indexed,
        written(part.service_minor),
        written(deposit),
        written(arrears),
        part.option,
        unit.erv_m2_month,
        None if let.erv_minor is None else written(let.erv_minor),
        origin,
        origin_year,
        None if side.facts is None else _positions(let, part, side.facts),
    )
    return Line(row, let, deposit, arrears)


def _vacant(let: LetUnit[LeasePart], status: Status, side: Side) -> RollRow:
    unit = let.unit
    return RollRow(
        building=unit.building,
        unit=unit.unit,
        area_m2=area_written(unit.area_dm2),
        standard=unit.standard,
        status=status,
        reserved_for=unit.reserved_for,
        erv_m2_month=unit.erv_m2_month,
        erv_month=None if let.erv_minor is None else written(let.erv_minor),
        positions=None if side.facts is None else _positions(let, None, side.facts),
        **NOBODY,
    )


def _positions(
    let: LetUnit[LeasePart], part: LeasePart | None, facts: Mapping[str, Sequence[Entry]]
) -> tuple[int, ...]:
    entries = [*facts.get(f"unit:{let.unit.unit}", ())]
    of_building = facts.get(f"building:{let.unit.building}", ())
    entries += [entry for entry in of_building if isinstance(entry.fact, BuildingFact)]
    if part:
        entries += facts.get(f"company:{part.company}", ())
        entries += [entry for entry in facts.get(f"lease:{part.lease}", ()) if _counts(entry.fact)]
    return positions_of(entries)


def _counts(fact: Fact) -> bool:
    """A row rests on what the lease says, and on what moves its deposit and arrears; not on what it earned."""
    return isinstance(fact, MOVING) or not isinstance(fact, PostingFact)


PARTS = 10**PLACES


def _per_m2(minor: int, area_dm2: int) -> str:
    """CNY a square metre, rounded half up: a hundred fen are a yuan, and a hundred square decimetres a metre."""
    rounded = (2 * minor * PARTS + area_dm2) // (2 * area_dm2)
    return f"{rounded // PARTS}.{rounded % PARTS:04d}"


# Sums


def _sums(lines: Iterable[Line]) -> Sums:
    """Add the lines up, in one pass."""
    units = let_units = area = lettable = let_area = contracted = 0
    passing = headline = service = deposit = arrears = erv = 0
    for line in lines:
        let, part = line.let, line.let.held
        own = let.unit.area_dm2
        units, area, deposit, arrears = (
            units + 1,
            area + own,
            deposit + line.deposit_minor,
            arrears + line.arrears_minor,
        )
        if let.on_market:
            lettable += own
        if let.erv_minor is not None:
            erv += let.erv_minor
        if part is not None:
            let_units, let_area, contracted = let_units + 1, let_area + own, contracted + part.area_dm2
            passing, headline = passing + part.passing_minor, headline + part.headline_minor
            service += part.service_minor
    areas = (area, lettable, let_area, contracted)
    return units, let_units, *areas, passing, headline, service, deposit, arrears, erv


def _totals(sums: Sums) -> RollTotals:
    units, units_let, area, lettable, let_area, contracted, passing, headline, service, deposit, arrears, erv = sums
    return RollTotals(
        units=units,
        units_let=units_let,
        area_m2=area_written(area),
        area_mu=decimals(in_unit(area, "MU")),
        lettable_m2=area_written(lettable),
        let_m2=area_written(let_area),
        contracted_m2=area_written(contracted),
        rent_m2_month=_per_m2(passing, contracted) if contracted else None,
        passing_month=written(passing),
        passing_year=written(12 * passing),
        headline_month=written(headline),
        service_charge_month=written(service),
        deposit=written(deposit),
        arrears=written(arrears),
        erv_month=written(erv),
    )
