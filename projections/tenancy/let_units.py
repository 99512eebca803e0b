"""Who holds each unit on the effective date, and what does each pay for it?

let_units    every unit that is there, by building and unit
LetUnit      a unit, the lease that holds it, and the signed leases that hold it later
LeasePart    a lease's part in one unit: its rent and charges, shared over its units by contracted area
parts_on     a lease's parts on a day
facts_of     the facts behind what reports say of a unit: those of its leases too; facts_together: of units and all
             that shares their leases
break_of     the first day with which somebody may end a lease

All reports about let space read this, so they never disagree about which units are let. Shares are by largest
remainder: the parts of a lease sum to the lease, to the fen. Units and leases are read as rows: one for each, however
many facts.
"""

from collections.abc import Collection, Mapping
from datetime import date
from fractions import Fraction

from msgspec import Struct
from sqlalchemy import Connection

from ledger.leases.lease import Lease
from ledger.leases.schedule import headline_rent, next_break, next_step, passing_rent, service_charge_on, terms_on
from ledger.leases.terms import Quote, Terms, monthly
from ledger.log.envelope import Entry
from ledger.once.lettings import Letting
from ledger.values.measures import DM2, dm2
from ledger.values.money import FEN, rounded, share
from projections.engine.basis import Basis
from projections.engine.sources import distinct, facts_behind
from projections.tenancy.leases import lease_states, leases, leases_of
from projections.tenancy.units import UnitRow
from projections.tenancy.units import units as every_unit

OUTSIDE = frozenset({"PLANNED", "UNDER_CONSTRUCTION", "OFF_MARKET", "RETIRED"})
"""States of units that are in no denominator (domain §4.6)."""


class LeasePart(Struct, frozen=True, kw_only=True):
    """A lease's part in one unit on a day; amounts a month in CNY minor units.

    next_step_on, next_step_minor   the next day on which the rent payable changes, and the part's rent from then on
    """

    lease: Lease
    terms: Terms
    unit: str
    area_dm2: int
    passing_minor: int
    headline_minor: int
    service_minor: int
    next_step_on: date | None = None
    next_step_minor: int = 0


class LetUnit(Struct, frozen=True, kw_only=True):
    """A unit on the effective date: who holds it, and which leases are signed to hold it later."""

    unit: UnitRow
    held: LeasePart | None = None
    signed: tuple[LeasePart, ...] = ()

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
        lease = self.held.lease if self.held else None
        return lease is not None and lease.handed_over_on is not None and lease.surrendered_on is None

    @property
    def erv_minor(self) -> int | None:
        """Estimated rental value a month, in CNY minor units, rounded half up; None without an estimate."""
        if self.unit.erv_m2_month is None:
            return None
        return rounded(Fraction(self.unit.erv_m2_month) * 10**FEN * self.unit.area_dm2 / DM2)


def let_units(connection: Connection, basis: Basis) -> list[LetUnit]:
    """Find who holds each unit that is there on that basis, by building and unit."""
    held: dict[str, LeasePart] = {}
    signed: dict[str, list[LeasePart]] = {}
    for lease in lease_states(connection, basis):
        held |= parts_on(lease, basis.effective)
        for part in _later(lease, basis.effective):
            signed.setdefault(part.unit, []).append(part)
    there = [unit for unit in every_unit(connection, basis) if unit.state != "RETIRED"]
    return [
        LetUnit(unit=unit, held=held.get(unit.unit), signed=tuple(signed.get(unit.unit, ())))
        for unit in sorted(there, key=lambda unit: (unit.building or "", unit.unit))
    ]


def parts_on(lease: Lease, on: date) -> dict[str, LeasePart]:
    """Share a lease's rent over the units that it holds on a day: its parts by unit, none where it holds none."""
    terms, holding = terms_on(lease, on), [letting for letting in lease.lettings if _covers(letting, on)]
    if terms is None or not holding:
        return {}
    areas = {letting.unit: _contracted(terms, letting.unit, on) for letting in holding}
    step = next_step(lease, on)
    quote = service_charge_on(lease, on)
    amounts = (passing_rent(lease, on), headline_rent(lease, on), _charge(quote, sum(areas.values())))
    shared = [share(amount, list(areas.values())) for amount in (*amounts, step[1] if step else 0)]
    return {
        unit: LeasePart(
            lease=lease,
            terms=terms,
            unit=unit,
            area_dm2=area,
            passing_minor=passing,
            headline_minor=headline,
            service_minor=service,
            next_step_on=step[0] if step else None,
            next_step_minor=stepped,
        )
        for (unit, area), passing, headline, service, stepped in zip(areas.items(), *shared, strict=True)
    }


def _covers(letting: Letting, on: date) -> bool:
    return letting.from_on <= on <= (letting.until_on or date.max)


def _contracted(terms: Terms, unit: str, on: date) -> int:
    """The contracted area of a unit on a day; where the terms name it for several stretches of days, of that day's."""
    stretches = [stretch for stretch in terms.premises if stretch.unit == unit]
    of_day = [stretch for stretch in stretches if (stretch.from_on or date.min) <= on <= (stretch.until_on or date.max)]
    return dm2((of_day or stretches)[0].area)


def _charge(quote: Quote | None, area_dm2: int) -> int:
    return monthly(quote, area_dm2) if quote else 0


def _later(lease: Lease, on: date) -> list[LeasePart]:
    """A lease's parts in units that it does not hold yet, each as on its first day there; nothing is paid before."""
    now = {letting.unit for letting in lease.lettings if _covers(letting, on)}
    begins: dict[str, date] = {}
    for letting in lease.lettings:
        if letting.from_on > on and letting.unit not in now:
            begins[letting.unit] = min(letting.from_on, begins.get(letting.unit, date.max))
    by_day: Mapping[date, dict[str, LeasePart]] = {day: parts_on(lease, day) for day in set(begins.values())}
    return [by_day[day][unit] for unit, day in sorted(begins.items())]


def break_of(lease: Lease, on: date) -> date | None:
    """The day with which a lease ends by notice, else the first one, from `on`, with which somebody may end it."""
    if lease.break_notice is not None and lease.break_notice >= on:
        return lease.break_notice
    return next_break(lease, on)


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
    held = [row for row in leases(connection, basis) if not set(row.units.split()).isdisjoint(units)]
    together = {*units, *(unit for row in held for unit in row.units.split())}
    known = {row.unit: row.building for row in every_unit(connection, basis) if row.unit in together}
    tags = {f"unit:{unit}" for unit in together} | {f"building:{building}" for building in known.values() if building}
    tags |= {tag for row in held for tag in (f"lease:{row.lease}", f"company:{row.company}")}
    tags |= {f"tenant:{row.company}" for row in held} if money else set()
    return distinct(facts_behind(connection, basis, tags, posting=money))


def _is_about(entry: Entry, unit: str) -> bool:
    """Not of another unit of the building: its facts carry the building's tag too."""
    of_estate = any(tag.startswith("building:") for tag in entry.tags)
    units = {tag for tag in entry.tags if tag.startswith("unit:")}
    return not of_estate or not units or f"unit:{unit}" in units
