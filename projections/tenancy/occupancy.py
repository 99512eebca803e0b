"""Occupancy 出租率: how much of what could be let is let, in three senses that are never mixed.

occupancy    the report on a basis, by building and in all; on demand beside an earlier effective date

committed    a lease is executed: it holds the unit, today or later
physical     the lease that holds it today was given the keys and has not given them back
economic     passing rent ÷ estimated rental value of all units that have one

Units planned, under construction and off the market are in no denominator (domain §4.6); their area stands apart.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from fractions import Fraction
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from ledger.log.envelope import Entry
from ledger.periods import PostingFact
from ledger.values.measures import in_unit, written
from ledger.values.money import written as money_written
from projections.engine.basis import Basis
from projections.engine.figures import decimals, percent
from projections.engine.sources import facts_behind, positions_of
from projections.tenancy.let_units import LetUnit, measured_units
from projections.tenancy.spans import Holding
from projections.tenancy.units import building_names

NAMELESS = (None, 0)


class OccupancyRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A building on the effective date, or all of them (`building` is None). Rents a year, CNY ex VAT.

    vacant_m2            lettable less committed
    committed_percent    committed ÷ lettable; the others alike; None where there is nothing lettable
    erv_vacancy_percent  estimated rental value of vacant units ÷ that of all units
    passing_with_erv     passing rent of units that have an estimated rental value, a year
    erv_vacant           estimated rental value of vacant units, a year
    without_erv_m2       lettable area without an estimated rental value: in neither of the two
    change_points        committed_percent less that of the earlier date, in percentage points
    """

    building: str | None
    name: str | None
    units: int
    lettable_m2: str
    lettable_mu: str
    committed_m2: str
    physical_m2: str
    vacant_m2: str
    committed_percent: str | None
    physical_percent: str | None
    economic_percent: str | None
    vacancy_percent: str | None
    erv_vacancy_percent: str | None
    passing_year: str
    erv_year: str
    passing_with_erv: str
    erv_vacant: str
    without_erv_m2: str
    under_construction_m2: str
    off_market_m2: str
    change_points: str | None = None
    positions: tuple[int, ...] | None = None


class Occupancy(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The buildings and their total. `compared`: the earlier effective date of `change_points`, as recorded alike."""

    currency: str
    rows: tuple[OccupancyRow, ...]
    total: OccupancyRow
    fictional: bool
    compared: date | None = None


def occupancy(
    connection: Connection, basis: Basis, *, compare: date | None = None, positions: bool = False
) -> Occupancy:
    """Report occupancy on that basis.

    compare     an earlier effective date to set it beside
    positions   list the facts behind each row
    """
    lets = measured_units(connection, basis)
    before = {} if compare is None else _committed(measured_units(connection, replace(basis, effective=compare)))
    facts = _facts_of(connection, basis, lets) if positions else None
    names = building_names(connection, basis)
    rows = []
    for building, some in groupby(lets, key=lambda let: let.unit.building):
        row = _row(building, names.get(building or "", NAMELESS)[0], tuple(some), facts)
        rows.append(row if compare is None else _changed(row, tuple(_of(lets, building)), before.get(building)))
    total = _row(None, None, lets, facts)
    return Occupancy(
        currency="CNY",
        rows=tuple(rows),
        total=total if compare is None else _changed(total, lets, before.get(None)),
        fictional=any(let.unit.data_class == "FICTIONAL" for let in lets),
        compared=compare,
    )


def _of(lets: Iterable[LetUnit[Holding]], building: str | None) -> Iterable[LetUnit[Holding]]:
    return (let for let in lets if let.unit.building == building)


def _area(lets: Iterable[LetUnit[Holding]], counts: Callable[[LetUnit[Holding]], bool]) -> int:
    return sum(let.unit.area_dm2 for let in lets if counts(let))


def _row(
    building: str | None, name: str | None, lets: Sequence[LetUnit[Holding]], facts: dict[str, Sequence[Entry]] | None
) -> OccupancyRow:
    market = [let for let in lets if let.on_market]
    lettable, committed = _area(market, lambda let: True), _area(market, lambda let: let.committed)
    physical = _area(market, lambda let: let.handed_over)
    valued = [let for let in market if let.erv_minor is not None]
    erv = sum(let.erv_minor or 0 for let in valued)
    erv_vacant = sum(let.erv_minor or 0 for let in valued if not let.committed)
    passing_valued = sum(let.held.passing_minor for let in valued if let.held)
    return OccupancyRow(
        building=building,
        name=name,
        units=len(market),
        lettable_m2=written(lettable),
        lettable_mu=decimals(in_unit(lettable, "MU")),
        committed_m2=written(committed),
        physical_m2=written(physical),
        vacant_m2=written(lettable - committed),
        committed_percent=percent(committed, lettable),
        physical_percent=percent(physical, lettable),
        economic_percent=percent(passing_valued, erv),
        vacancy_percent=percent(lettable - committed, lettable),
        erv_vacancy_percent=percent(erv_vacant, erv),
        passing_year=money_written(12 * sum(let.held.passing_minor for let in market if let.held)),
        erv_year=money_written(12 * erv),
        passing_with_erv=money_written(12 * passing_valued),
        erv_vacant=money_written(12 * erv_vacant),
        without_erv_m2=written(_area(market, lambda let: let.erv_minor is None)),
        under_construction_m2=written(_area(lets, lambda let: let.unit.state in ("PLANNED", "UNDER_CONSTRUCTION"))),
        off_market_m2=written(_area(lets, lambda let: let.unit.state == "OFF_MARKET")),
        positions=None if facts is None else _positions(lets, facts),
    )


# Beside an earlier date


def _rate(lets: Iterable[LetUnit[Holding]]) -> Fraction | None:
    market = [let for let in lets if let.on_market]
    lettable = _area(market, lambda let: True)
    return Fraction(_area(market, lambda let: let.committed), lettable) if lettable else None


def _committed(lets: Sequence[LetUnit[Holding]]) -> dict[str | None, Fraction | None]:
    """Committed ÷ lettable by building, and in all under None."""
    by_building = {building: _rate(some) for building, some in groupby(lets, key=lambda let: let.unit.building)}
    return {**by_building, None: _rate(lets)}


def _changed(row: OccupancyRow, lets: Sequence[LetUnit[Holding]], before: Fraction | None) -> OccupancyRow:
    now = _rate(lets)
    if now is None or before is None:
        return row
    return replace(row, change_points=decimals((now - before) * 100))


# The facts behind


def _facts_of(connection: Connection, basis: Basis, lets: Iterable[LetUnit[Holding]]) -> dict[str, Sequence[Entry]]:
    tags = {tag for let in lets for tag in _tags(let)}
    return dict(facts_behind(connection, basis, tags))


def _tags(let: LetUnit[Holding]) -> list[str]:
    """The tags of a unit, of its building, which says whether it stands, and of its leases."""
    leases = [part.lease for part in (let.held, *let.signed) if part]
    return [f"unit:{let.unit.unit}", f"building:{let.unit.building}", *(f"lease:{lease}" for lease in leases)]


def _positions(lets: Iterable[LetUnit[Holding]], facts: dict[str, Sequence[Entry]]) -> tuple[int, ...]:
    """The facts of units and leases without those that bill: passing rent is what a lease says, not its invoices."""
    entries = (entry for let in lets for tag in _tags(let) for entry in facts.get(tag, ()))
    return positions_of(entry for entry in entries if not isinstance(entry.fact, PostingFact))
