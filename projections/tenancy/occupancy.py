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
from projections.engine.sources import behind, places
from projections.tenancy.let_units import Standing, standings
from projections.tenancy.units import buildings


class OccupancyRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A building on the effective date, or all of them (`building` is None). Rents a year, CNY ex VAT.

    vacant_m2            lettable less committed
    committed_percent    committed ÷ lettable; the others alike; None where there is nothing lettable
    erv_vacancy_percent  estimated rental value of what is vacant ÷ that of all units
    without_erv_m2       lettable area whose rental value nobody estimated: in neither of the two
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
    """Occupancy on that basis. `compare`: an earlier effective date. `positions`: list the facts behind each row."""
    found = standings(connection, basis)
    before = {} if compare is None else _committed(standings(connection, replace(basis, effective=compare)))
    facts = _facts_behind(connection, basis, found) if positions else None
    names = {one.building: one.name for one in buildings(connection, basis)}
    rows = []
    for building, some in groupby(found, key=lambda one: one.unit.building):
        row = _row(building, names.get(building or ""), tuple(some), facts)
        rows.append(row if compare is None else _changed(row, tuple(_of(found, building)), before.get(building)))
    total = _row(None, None, found, facts)
    return Occupancy(
        currency="CNY",
        rows=tuple(rows),
        total=total if compare is None else _changed(total, found, before.get(None)),
        fictional=any(one.unit.data_class == "FICTIONAL" for one in found),
        compared=compare,
    )


def _of(found: Iterable[Standing], building: str | None) -> Iterable[Standing]:
    return (one for one in found if one.unit.building == building)


def _area(found: Iterable[Standing], counts: Callable[[Standing], bool]) -> int:
    return sum(one.unit.area_dm2 for one in found if counts(one))


def _row(
    building: str | None, name: str | None, found: Sequence[Standing], facts: dict[str, Sequence[Entry]] | None
) -> OccupancyRow:
    market = [one for one in found if one.on_market]
    lettable, committed = _area(market, lambda one: True), _area(market, lambda one: one.committed)
    physical = _area(market, lambda one: one.handed_over)
    valued = [one for one in market if one.erv_minor is not None]
    erv = sum(one.erv_minor or 0 for one in valued)
    erv_vacant = sum(one.erv_minor or 0 for one in valued if not one.committed)
    passing_valued = sum(one.held.passing_minor for one in valued if one.held)
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
        passing_year=money_written(12 * sum(one.held.passing_minor for one in market if one.held)),
        erv_year=money_written(12 * erv),
        without_erv_m2=written(_area(market, lambda one: one.erv_minor is None)),
        under_construction_m2=written(_area(found, lambda one: one.unit.state in ("PLANNED", "UNDER_CONSTRUCTION"))),
        off_market_m2=written(_area(found, lambda one: one.unit.state == "OFF_MARKET")),
        positions=None if facts is None else _positions(found, facts),
    )


# Beside an earlier date


def _rate(found: Iterable[Standing]) -> Fraction | None:
    market = [one for one in found if one.on_market]
    lettable = _area(market, lambda one: True)
    return Fraction(_area(market, lambda one: one.committed), lettable) if lettable else None


def _committed(found: Sequence[Standing]) -> dict[str | None, Fraction | None]:
    """Committed ÷ lettable by building, and in all under None."""
    by_building = {building: _rate(some) for building, some in groupby(found, key=lambda one: one.unit.building)}
    return {**by_building, None: _rate(found)}


def _changed(row: OccupancyRow, found: Sequence[Standing], before: Fraction | None) -> OccupancyRow:
    now = _rate(found)
    if now is None or before is None:
        return row
    return replace(row, change_points=decimals((now - before) * 100))


# The facts behind


def _facts_behind(connection: Connection, basis: Basis, found: Iterable[Standing]) -> dict[str, Sequence[Entry]]:
    tags = {tag for one in found for tag in _tags(one)}
    return dict(behind(connection, basis, tags))


def _tags(one: Standing) -> list[str]:
    """The unit, its building, which says whether it stands, and its leases."""
    leases = [part.lease.lease for part in (one.held, *one.signed) if part]
    return [f"unit:{one.unit.unit}", f"building:{one.unit.building}", *(f"lease:{lease}" for lease in leases)]


def _positions(found: Iterable[Standing], facts: dict[str, Sequence[Entry]]) -> tuple[int, ...]:
    """Not what a lease was billed: passing rent is what it says, not what was invoiced."""
    entries = (entry for one in found for tag in _tags(one) for entry in facts.get(tag, ()))
    return places(entry for entry in entries if not isinstance(entry.fact, PostingFact))
