"""Who holds each unit on the effective date, and what does each pay for it?

let_units    every unit that is there, by building and unit; measured_units: with less of each lease
committed    how much of what could be let is, in all: the sums alone, by one query
LetUnit      a unit, the lease that holds it, and the signed leases that hold it later
facts_of     the facts behind what reports say of a unit: those of its leases too; facts_together: of units and all
             that shares their leases

All reports about let space read this, so they never disagree about which units are let. Units and what leases have in
them are read as rows of integers, one for each, however many facts: nothing is worked out here that a fact has settled.
"""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any, Generic, TypeVar

from msgspec import Struct
from sqlalchemy import BigInteger, Connection, Select, case, func, literal, select

from ledger.log.envelope import Entry
from ledger.values.money import minor
from projections.engine.basis import Basis
from projections.engine.sources import distinct, facts_behind
from projections.engine.timeline import EFFECTIVE, RECORDED, as_of, when
from projections.engine.view import live_generation, visible
from projections.tenancy.leases import LeaseRegister, lease_span, leases_holding, leases_of, parts
from projections.tenancy.spans import Holding, LeasePart
from projections.tenancy.units import Place, UnitTimeline, buildings_of, completed_buildings, there, unit_timeline

OUTSIDE = frozenset({"PLANNED", "UNDER_CONSTRUCTION", "OFF_MARKET", "RETIRED"})
"""States of units that are in no denominator (domain §4.6)."""


P = TypeVar("P", bound=Holding)


class LetUnit(Struct, Generic[P], frozen=True, gc=False):
    """A unit on the effective date: who holds it, and which leases are signed to hold it later.

    erv_minor   estimated rental value a month, in CNY minor units, rounded half up; None without an estimate
    """

    unit: Place
    held: P | None = None
    signed: Sequence[P] = ()
    erv_minor: int | None = None

    @property
    def on_market(self) -> bool:
        """The unit counts in denominators."""
        return self.unit.state not in OUTSIDE

    @property
    def committed(self) -> bool:
        """An executed lease holds the unit, today or later."""
        return self.held is not None or bool(self.signed)

    @property
    def handed_over(self) -> bool:
        """The lease that holds the unit has the keys."""
        return self.held is not None and self.held.handed_over


def let_units(connection: Connection, basis: Basis) -> list[LetUnit[LeasePart]]:
    """Find who holds each unit that is there on that basis, by building and unit."""
    return _let_units(connection, basis, LeasePart)


def measured_units(connection: Connection, basis: Basis) -> list[LetUnit[Holding]]:
    """The same with as much of each lease as measures ask."""
    return _let_units(connection, basis, Holding)


def _let_units(connection: Connection, basis: Basis, kind: type[P]) -> list[LetUnit[P]]:
    held, signed = dict[str, P](), dict[str, list[P]]()
    for holds, part in parts(connection, basis, kind):
        if holds:
            held[part.unit] = part
        else:
            signed.setdefault(part.unit, []).append(part)
    return [
        LetUnit(unit, held.get(unit.unit), signed.get(unit.unit, ()), rental_value(unit.erv_m2_month, unit.area_dm2))
        for unit in there(connection, basis)
    ]


def committed(connection: Connection, basis: Basis) -> tuple[int, int]:
    """Add up, in square decimetres, what executed leases hold of the units on the market, today or later; and these."""
    held, lettable = connection.execute(_committed(), when(basis.effective, basis.recorded)).one()
    return int(held), int(lettable)


@cache
def _committed() -> Select[Any]:
    unit, span = unit_timeline.c, lease_span.c
    places = as_of(UnitTimeline).with_only_columns(unit.unit, unit.building, unit.area_dm2)
    offered = places.where(unit.defined_on.is_not(None), unit.gone_on.is_(None), unit.off_market.is_(False)).subquery()
    stand = completed_buildings().subquery()
    lets = select(span.unit).where(
        span.generation == live_generation(LeaseRegister.name),
        span.from_on <= EFFECTIVE,
        span.until_on >= EFFECTIVE,
        visible(lease_span, RECORDED),
    )
    area, none = offered.c.area_dm2, literal(0, BigInteger)
    of_lets = func.sum(case((offered.c.unit.in_(lets), area), else_=none))
    return select(func.coalesce(of_lets, none), func.coalesce(func.sum(area), none)).select_from(
        offered.join(stand, offered.c.building == stand.c.building)
    )


PRICED = 8
"""Decimals of a price."""
WHOLE = 100_000_000
"""A price of 1, with all of them."""


def rental_value(erv_m2_month: str | None, area_dm2: int) -> int | None:
    """Minor units a month at a price a square metre, rounded half up; None without a price."""
    if erv_m2_month is None:
        return None
    # A hundred square decimetres are a square metre, and a hundred fen are a yuan.
    return (2 * minor(erv_m2_month, PRICED) * area_dm2 + WHOLE) // (2 * WHOLE)


def facts_of(connection: Connection, basis: Basis, unit: str, building: str | None, *, let: bool) -> list[Entry]:
    """Read the facts behind what is said of a unit, in the order recorded. `let`: those of its leases too."""
    tags = [f"unit:{unit}", *([f"building:{building}"] if building else [])]
    tags += [f"lease:{lease}" for lease in leases_of(connection, basis, unit)] if let else []
    found = facts_behind(connection, basis, tags, posting=False)
    return [entry for entry in distinct(found) if _is_about(entry, unit)]


def facts_together(connection: Connection, basis: Basis, units: Collection[str], *, money: bool) -> list[Entry]:
    """Read the facts behind what is said of some units and of all that share their leases, in the order recorded.

    What a lease has in its tenant's account is shared over the units that it holds. `money`: what moves deposits and
    open documents too.
    """
    held = leases_holding(connection, basis, units)
    together = {*units, *(unit for row in held for unit in row.units.split())}
    houses = buildings_of(connection, basis, together)
    tags = {f"unit:{unit}" for unit in together} | {f"building:{building}" for building in houses}
    tags |= {tag for row in held for tag in (f"lease:{row.lease}", f"company:{row.company}")}
    tags |= {f"tenant:{row.company}" for row in held} if money else set()
    return distinct(facts_behind(connection, basis, tags, posting=money))


def _is_about(entry: Entry, unit: str) -> bool:
    """Not of another unit of the building: its facts carry the building's tag too."""
    of_estate = any(tag.startswith("building:") for tag in entry.tags)
    units = {tag for tag in entry.tags if tag.startswith("unit:")}
    return not of_estate or not units or f"unit:{unit}" in units
