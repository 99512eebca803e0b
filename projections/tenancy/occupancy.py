"""Occupancy 出租率: how much of what could be let is let, in three senses that are never mixed.

occupancy    the report on a basis, by building and in all; on demand beside an earlier effective date
over_time    committed per cent of the whole on several days, asked alone

committed    a lease is executed: it holds the unit, today or later
physical     the lease that holds it today was given the keys and has not given them back
economic     passing rent ÷ estimated rental value of all units that have one

Units planned, under construction and off the market are in no denominator (domain §4.6); their area stands apart.
"""

from collections.abc import Iterable, Sequence
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
from projections.tenancy.let_units import LetUnit, committed, measured_units
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
    rows, sums = list[OccupancyRow](), list[SpaceSums]()
    for building, some in groupby(lets, key=lambda let: let.unit.building):
        own = tuple(some)
        sums.append(_summed(own))
        row = _row(building, names.get(building or "", NAMELESS)[0], sums[-1], _positions(own, facts))
        rows.append(row if compare is None else _changed(row, sums[-1], before.get(building)))
    of_all = _together(sums)
    total = _row(None, None, of_all, _positions(lets, facts))
    return Occupancy(
        currency="CNY",
        rows=tuple(rows),
        total=total if compare is None else _changed(total, of_all, before.get(None)),
        fictional=any(let.unit.data_class == "FICTIONAL" for let in lets),
        compared=compare,
    )


def over_time(connection: Connection, basis: Basis, days: Iterable[date]) -> dict[date, str | None]:
    """Committed per cent of the whole on each of these days, as the report of the day has it, as recorded alike."""
    return {day: percent(*committed(connection, replace(basis, effective=day))) for day in days}


class SpaceSums(Struct):
    """Units, square decimetres and CNY minor units a month that some units come to; on the market, but those outside.

    valued, vacant   estimated rental value, and that of units that are not committed
    passing_valued   passing rent of units that have one
    """

    units: int = 0
    lettable: int = 0
    committed: int = 0
    physical: int = 0
    unvalued: int = 0
    passing: int = 0
    passing_valued: int = 0
    valued: int = 0
    vacant: int = 0
    building: int = 0
    off_market: int = 0

    def add(self, let: LetUnit[Holding]) -> None:
        """Count one more unit."""
        area, held, erv = let.unit.area_dm2, let.held, let.erv_minor
        if not let.on_market:
            self.off_market += area if let.unit.state == "OFF_MARKET" else 0
            self.building += area if let.unit.state in ("PLANNED", "UNDER_CONSTRUCTION") else 0
            return
        self.units += 1
        self.lettable += area
        committed = held is not None or bool(let.signed)
        if committed:
            self.committed += area
        if erv is None:
            self.unvalued += area
        else:
            self.valued += erv
            self.vacant += 0 if committed else erv
        if held is not None:
            self.passing += held.passing_minor
            self.passing_valued += 0 if erv is None else held.passing_minor
            self.physical += area if held.handed_over else 0


def _summed(lets: Iterable[LetUnit[Holding]]) -> SpaceSums:
    sums = SpaceSums()
    for let in lets:
        sums.add(let)
    return sums


def _together(some: Sequence[SpaceSums]) -> SpaceSums:
    return SpaceSums(*(sum(getattr(one, name) for one in some) for name in SpaceSums.__struct_fields__))


def _row(building: str | None, name: str | None, of: SpaceSums, positions: tuple[int, ...] | None) -> OccupancyRow:
    return OccupancyRow(
        building=building,
        name=name,
        units=of.units,
        lettable_m2=written(of.lettable),
        lettable_mu=decimals(in_unit(of.lettable, "MU")),
        committed_m2=written(of.committed),
        physical_m2=written(of.physical),
        vacant_m2=written(of.lettable - of.committed),
        committed_percent=percent(of.committed, of.lettable),
        physical_percent=percent(of.physical, of.lettable),
        economic_percent=percent(of.passing_valued, of.valued),
        vacancy_percent=percent(of.lettable - of.committed, of.lettable),
        erv_vacancy_percent=percent(of.vacant, of.valued),
        passing_year=money_written(12 * of.passing),
        erv_year=money_written(12 * of.valued),
        passing_with_erv=money_written(12 * of.passing_valued),
        erv_vacant=money_written(12 * of.vacant),
        without_erv_m2=written(of.unvalued),
        under_construction_m2=written(of.building),
        off_market_m2=written(of.off_market),
        positions=positions,
    )


# Beside an earlier date


def _rate(of: SpaceSums) -> Fraction | None:
    return Fraction(of.committed, of.lettable) if of.lettable else None


def _committed(lets: Sequence[LetUnit[Holding]]) -> dict[str | None, Fraction | None]:
    """Committed ÷ lettable by building, and in all under None."""
    sums = {building: _summed(some) for building, some in groupby(lets, key=lambda let: let.unit.building)}
    return {**{building: _rate(own) for building, own in sums.items()}, None: _rate(_together([*sums.values()]))}


def _changed(row: OccupancyRow, of: SpaceSums, before: Fraction | None) -> OccupancyRow:
    now = _rate(of)
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


def _positions(lets: Iterable[LetUnit[Holding]], facts: dict[str, Sequence[Entry]] | None) -> tuple[int, ...] | None:
    """The facts of units and leases without those that bill: passing rent is what a lease says, not its invoices."""
    if facts is None:
        return None
    entries = (entry for let in lets for tag in _tags(let) for entry in facts.get(tag, ()))
    return positions_of(entry for entry in entries if not isinstance(entry.fact, PostingFact))
