"""The rent roll 租金台账: every unit, who has it, for how long, at what rent, and what they owe.

rent_roll    the report on a basis: buildings with their units and subtotals; leases signed and not begun stand apart
RollRow      one unit, vacant ones too; or one unit of a lease that is signed and has not begun there

What a lease pays, has deposited and owes is shared over its units by contracted area (let_units.py): every column sums.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from itertools import groupby
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import Connection

from ledger.billing.moves import MOVING
from ledger.companies.facts import OriginChannel
from ledger.decider import Fact
from ledger.estate.facts import BuildingFact
from ledger.leases.facts import LeaseState
from ledger.leases.lease import Lease
from ledger.leases.schedule import last_day
from ledger.leases.terms import Terms
from ledger.log.envelope import Entry
from ledger.periods import PostingFact, day_after
from ledger.values.measures import DM2, Standard, in_unit
from ledger.values.measures import written as area_written
from ledger.values.money import FEN, share, written
from projections.companies.register import CompanyRow, all_companies
from projections.engine.basis import Basis
from projections.engine.figures import decimals
from projections.engine.sources import facts_behind, positions_of
from projections.receivables.tenants import TenantAccountRow, accounts
from projections.tenancy.let_units import LeasePart, LetUnit, break_of, let_units
from projections.tenancy.units import BuildingRow, UnitRow, buildings

Status = Literal["LET", "SIGNED", "AVAILABLE", "RESERVED", "OFF_MARKET", "UNDER_CONSTRUCTION", "PLANNED"]
"""LET: a lease holds it. SIGNED: vacant, and an executed lease will hold it. Else the unit's own state."""


class RollRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A unit on the effective date; amounts in CNY ex VAT, but deposit and arrears as they are held and owed.

    contracted_m2         the area that the lease names, which its rent is for
    rent_from_on          the first day after commencement that is not free of rent
    expiry_on             the last day; None while a holdover goes on
    next_break_on         the first day with which somebody may end it, or has given notice to
    rent_free_days_left   days without rent from the effective date on
    rent_m2_month         passing rent a contracted m² and month
    passing_month         rent payable for the month of the date: 0.00 in days free of rent
    headline_month        rent by the lease, whether the day is free or not
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


OF_COMPANY = {"tenant_name": "name", "uscc": "uscc", "lei": "lei", "origin": "origin", "origin_year": "origin_year"}
"""Columns that come from the company register, and their names there."""

_OF_UNIT = (
    "building",
    "unit",
    "area_m2",
    "standard",
    "status",
    "reserved_for",
    "erv_m2_month",
    "erv_month",
    "positions",
)
TENANCY = tuple(name for name in RollRow.__struct_fields__ if name not in _OF_UNIT)
"""Columns that are empty for a vacant unit."""


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


class Side(Struct, frozen=True):
    """The figures shown beside the units: deposits and arrears by company and lease; companies; facts, if asked for."""

    basis: Basis
    deposits: Mapping[tuple[str, str], int]
    arrears: Mapping[tuple[str, str], int]
    companies: Mapping[str, CompanyRow]
    facts: Mapping[str, Sequence[Entry]] | None


class Line(Struct, frozen=True):
    """A row and its figures, to be summed: square decimetres and minor units."""

    row: RollRow
    let: LetUnit
    deposit_minor: int = 0
    arrears_minor: int = 0


def rent_roll(connection: Connection, basis: Basis, *, positions: bool = False) -> RentRoll:
    """Report the rent roll on that basis. `positions`: list the facts behind each row."""
    lets = let_units(connection, basis)
    side = _side(connection, basis, lets, positions)
    lines, signed = _lines(lets, side)
    named = {row.building: row for row in buildings(connection, basis)}
    grouped = groupby(lines, key=lambda line: line.row.building)
    rolls = tuple(_roll(building, named.get(building or ""), tuple(some)) for building, some in grouped)
    classes = {let.unit.data_class for let in lets}
    return RentRoll(
        as_of=basis.effective,
        known_at=basis.recorded_at,
        currency="CNY",
        buildings=rolls,
        totals=_totals(lines),
        signed=tuple(line.row for line in signed),
        fictional="FICTIONAL" in classes,
    )


def _roll(building: str | None, row: BuildingRow | None, lines: Sequence[Line]) -> BuildingRoll:
    return BuildingRoll(
        building=building,
        name=row.name if row else None,
        lettable_plan_m2=row.lettable_m2 if row else None,
        rows=tuple(line.row for line in lines),
        totals=_totals(lines),
    )


# Beside the units


def _side(connection: Connection, basis: Basis, lets: Iterable[LetUnit], positions: bool) -> Side:
    rows = accounts(connection, basis)
    facts = None
    if positions:
        parts = [part for let in lets for part in (let.held, *let.signed) if part]
        tags = {tag for let in lets for tag in (f"unit:{let.unit.unit}", f"building:{let.unit.building}")}
        tags |= {tag for part in parts for tag in (f"lease:{part.lease.lease}", f"company:{part.lease.company}")}
        facts = facts_behind(connection, basis, tags)
    return Side(
        basis,
        {(row.company, deposit.lease): deposit.held_minor for row in rows for deposit in row.items.deposits},
        _overdue(rows, basis.effective),
        {row.company: row for row in all_companies(connection, basis)},
        facts,
    )


def _overdue(rows: Iterable[TenantAccountRow], on: date) -> dict[tuple[str, str], int]:
    overdue: dict[tuple[str, str], int] = {}
    for row in rows:
        for item in row.items.documents:
            if item.lease is not None and item.due_on is not None and item.due_on < on:
                key = row.company, item.lease
                overdue[key] = overdue.get(key, 0) + item.open_minor
    return overdue


# Rows


def _lines(lets: Sequence[LetUnit], side: Side) -> tuple[list[Line], list[Line]]:
    """The lines of all units, and those of leases that are signed and have not begun there.

    A lease's deposit and arrears are shown with the units that it holds; if it holds none yet, with those it will.
    """
    held, later = (_shared(parts, side) for parts in sharing(lets))
    lines = [_line(let, let.held, _status(let), held, side) for let in lets]
    return lines, [_line(let, part, "SIGNED", later, side) for let in lets for part in let.signed]


def sharing(lets: Sequence[LetUnit]) -> tuple[list[LeasePart], list[LeasePart]]:
    """The parts of leases that share a lease's deposit and arrears: where it holds units, and where none of it does."""
    held = [let.held for let in lets if let.held]
    begun = {part.lease.lease for part in held}
    return held, [part for let in lets for part in let.signed if part.lease.lease not in begun]


Shared = Mapping[tuple[str, str], tuple[int, int]]
"""(lease, unit) -> its share of deposit and arrears."""


def _shared(parts: Sequence[LeasePart], side: Side) -> Shared:
    shared: dict[tuple[str, str], tuple[int, int]] = {}
    by_lease: dict[str, list[LeasePart]] = {}
    for part in parts:
        by_lease.setdefault(part.lease.lease, []).append(part)
    for lease, own in by_lease.items():
        key, weights = (own[0].lease.company, lease), [part.area_dm2 for part in own]
        deposits = share(side.deposits.get(key, 0), weights)
        arrears = share(side.arrears.get(key, 0), weights)
        for part, held, overdue in zip(own, deposits, arrears, strict=True):
            shared[lease, part.unit] = held, overdue
    return shared


def _status(let: LetUnit) -> Status:
    if let.held:
        return "LET"
    if let.signed and let.on_market:
        return "SIGNED"
    assert let.unit.state != "RETIRED", "units that are gone are not on the roll"
    return let.unit.state


def _line(let: LetUnit, part: LeasePart | None, status: Status, shared: Shared, side: Side) -> Line:
    deposit, arrears = shared.get((part.lease.lease, part.unit), (0, 0)) if part else (0, 0)
    unit, erv = let.unit, let.erv_minor
    row = RollRow(
        building=unit.building,
        unit=unit.unit,
        area_m2=unit.area_m2,
        standard=unit.standard,
        status=status,
        reserved_for=unit.reserved_for,
        erv_m2_month=unit.erv_m2_month,
        erv_month=None if erv is None else written(erv),
        positions=_positions(unit, part, side),
        **_tenancy(part, status == "SIGNED", deposit, arrears, side),
    )
    return Line(row, let, deposit, arrears)


def _tenancy(part: LeasePart | None, signed: bool, deposit: int, arrears: int, side: Side) -> dict[str, Any]:
    """The columns of a row that come from a lease and its tenant; empty ones for a vacant unit."""
    if part is None:
        return dict.fromkeys(TENANCY)
    agreed = _agreed(part, signed, side.basis.effective)
    company = side.companies.get(part.lease.company)
    held = {"deposit": written(deposit), "arrears": written(arrears)}
    return agreed | held | {name: getattr(company, column, None) for name, column in OF_COMPANY.items()}


def _agreed(part: LeasePart, signed: bool, on: date) -> dict[str, Any]:
    lease, terms = part.lease, part.terms
    passing = 0 if signed else part.passing_minor
    step_on = lease.versions[0].from_on if signed else part.next_step_on
    step = part.passing_minor if signed else part.next_step_minor
    return {
        "tenant": lease.company,
        "lease": lease.lease,
        "lease_state": lease.state,
        "commencement_on": lease.versions[0].from_on,
        "rent_from_on": rent_from(lease.versions[0].from_on, terms),
        "expiry_on": last_day(lease),
        "next_break_on": break_of(lease, on),
        "rent_free_days_left": rent_free_left(lease, terms, on),
        "contracted_m2": area_written(part.area_dm2),
        "rent_m2_month": _per_m2(passing, part.area_dm2),
        "passing_month": written(passing),
        "passing_year": written(12 * passing),
        "headline_month": written(part.headline_minor),
        "next_step_on": step_on,
        "next_step_month": None if step_on is None else written(step),
        "index": index_terms(terms),
        "service_charge_month": written(part.service_minor),
        "option": option_terms(terms),
    }


def rent_from(commencement_on: date, terms: Terms) -> date:
    """The first day from the commencement on that is not free of rent."""
    day = commencement_on
    for free in sorted(terms.rent_free, key=lambda free: free.from_on):
        if free.from_on <= day <= free.until_on:
            day = day_after(free.until_on)
    return day


def rent_free_left(lease: Lease, terms: Terms, on: date) -> int:
    """Days free of rent from the date on, through the lease's last day."""
    last = last_day(lease) or date.max
    stretches = ((max(free.from_on, on), min(free.until_on, last)) for free in terms.rent_free)
    return sum((until - begin).days + 1 for begin, until in stretches if begin <= until)


def index_terms(terms: Terms) -> str | None:
    """The indexation in one line: cpi/cn-all from 2024-01-01, floor 0.01, cap 0.04."""
    if (index := terms.indexation) is None:
        return None
    words = [f"{index.series} from {index.base_on}"]
    words += [f"{name} {bound}" for name, bound in (("floor", index.floor), ("cap", index.cap)) if bound is not None]
    return ", ".join(words)


def option_terms(terms: Terms) -> str | None:
    """The renewal option in one line: 24 months on 180 days' notice, reasonably certain."""
    if (renewal := terms.renewal) is None:
        return None
    certain = ", reasonably certain" if renewal.reasonably_certain else ""
    return f"{renewal.months} months on {renewal.notice_days} days' notice{certain}"


def _per_m2(minor: int, area_dm2: int) -> str:
    return decimals(Fraction(minor * DM2, 10**FEN * area_dm2))


def _positions(unit: UnitRow, part: LeasePart | None, side: Side) -> tuple[int, ...] | None:
    if side.facts is None:
        return None
    entries = [*side.facts.get(f"unit:{unit.unit}", ())]
    entries += [
        entry for entry in side.facts.get(f"building:{unit.building}", ()) if isinstance(entry.fact, BuildingFact)
    ]
    if part:
        entries += side.facts.get(f"company:{part.lease.company}", ())
        entries += [entry for entry in side.facts.get(f"lease:{part.lease.lease}", ()) if _counts(entry.fact)]
    return positions_of(entries)


def _counts(fact: Fact) -> bool:
    """A row rests on what the lease says, and on what moves its deposit and arrears; not on what it earned."""
    return isinstance(fact, MOVING) or not isinstance(fact, PostingFact)


# Sums


def _totals(lines: Sequence[Line]) -> RollTotals:
    parts = [line.let.held for line in lines if line.let.held]
    area = sum(line.let.unit.area_dm2 for line in lines)
    contracted, passing = sum(part.area_dm2 for part in parts), sum(part.passing_minor for part in parts)
    return RollTotals(
        units=len(lines),
        units_let=len(parts),
        area_m2=area_written(area),
        area_mu=decimals(in_unit(area, "MU")),
        lettable_m2=area_written(sum(line.let.unit.area_dm2 for line in lines if line.let.on_market)),
        let_m2=area_written(sum(line.let.unit.area_dm2 for line in lines if line.let.held)),
        contracted_m2=area_written(contracted),
        rent_m2_month=_per_m2(passing, contracted) if contracted else None,
        passing_month=written(passing),
        passing_year=written(12 * passing),
        headline_month=written(sum(part.headline_minor for part in parts)),
        service_charge_month=written(sum(part.service_minor for part in parts)),
        deposit=written(sum(line.deposit_minor for line in lines)),
        arrears=written(sum(line.arrears_minor for line in lines)),
        erv_month=written(sum(line.let.erv_minor or 0 for line in lines)),
    )
