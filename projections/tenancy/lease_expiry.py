"""When does let space come free, how long is the rent secured, and what would it let for today?

lease_expiry   the report on a basis: by year of expiry and by year of the next break, and the measures of the whole

WAULT     Σ(rent · days left / 365.25) ÷ Σ rent, to expiry and to break; WALE the same by area, to expiry
Reversion estimated rental value of let units ÷ their passing rent − 1
Collected of what fell due in a period, how much receipts have paid

Every lease that holds a unit on the effective date counts, with the units that it holds, on the market or not. Rent is
passing rent: a lease in days free of rent has none. A holdover without an end has no days left and no year.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction

from msgspec import Struct
from sqlalchemy import Connection

from ledger.log.envelope import Entry
from ledger.periods import PostingFact
from ledger.values.measures import DM2
from ledger.values.measures import written as area_written
from ledger.values.money import FEN, written
from projections.engine.basis import Basis
from projections.engine.figures import decimals, percent
from projections.engine.sources import facts_behind, positions_of
from projections.receivables.documents import Collected, collected, due_between
from projections.tenancy.let_units import LetUnit, measured_units
from projections.tenancy.spans import Holding

DAYS_A_YEAR = Fraction(1461, 4)
"""365.25 (domain §4.6)."""


class YearRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The leases that end in a year, by expiry or by next break; `year` None: holdovers without an end.

    Rent is passing rent a year in CNY, ex VAT.
    """

    year: int | None
    leases: int
    area_m2: str
    area_percent: str | None
    rent_year: str
    rent_percent: str | None
    positions: tuple[int, ...] | None = None


class Measures(Struct, frozen=True, kw_only=True):
    """The measures of all let units. Years with four decimals; None where there is no rent or no area to weigh by.

    erv_year, reversion_percent   of let units that have an estimated rental value; `without_erv_m2`: of those without
    """

    leases: int
    area_m2: str
    passing_year: str
    passing_m2_month: str | None
    wault_to_expiry_years: str | None
    wault_to_break_years: str | None
    wale_to_expiry_years: str | None
    erv_year: str
    without_erv_m2: str
    reversion_percent: str | None


class LeaseExpiry(Struct, frozen=True, kw_only=True):
    """Lease expiries at the effective date, the measures of the whole; on demand how much of what fell due is paid."""

    currency: str
    to_expiry: tuple[YearRow, ...]
    to_break: tuple[YearRow, ...]
    measures: Measures
    fictional: bool
    collection: Collected | None = None


class Held(Struct, frozen=True, gc=False):
    """A lease with what it holds on the effective date: contracted area, passing rent a month, and its days left."""

    lease: str
    area_dm2: int
    passing_minor: int
    expires_on: date | None
    breaks_on: date | None


def lease_expiry(
    connection: Connection, basis: Basis, *, due_from: date | None = None, positions: bool = False
) -> LeaseExpiry:
    """Report the lease expiry profile on that basis.

    due_from    also the collection of what fell due from this day to the effective date: it reads those documents
    positions   list the facts behind each row
    """
    on = basis.effective
    lets = measured_units(connection, basis)
    leases = _held(lets)
    facts = facts_behind(connection, basis, {f"lease:{held.lease}" for held in leases}) if positions else None
    return LeaseExpiry(
        currency="CNY",
        to_expiry=_by_year(leases, lambda held: held.expires_on, facts),
        to_break=_by_year(leases, lambda held: held.breaks_on, facts),
        measures=_measures(leases, lets, on),
        collection=None if due_from is None else _collected(connection, basis, due_from),
        fictional=any(let.unit.data_class == "FICTIONAL" for let in lets),
    )


def _collected(connection: Connection, basis: Basis, due_from: date) -> Collected:
    due = due_between(connection, basis, due_from, basis.effective)
    return collected(due, due_from, basis.effective)


def _held(lets: Iterable[LetUnit[Holding]]) -> list[Held]:
    """The leases that hold units, by identifier, each once."""
    found: dict[str, Held] = {}
    for let in lets:
        if (part := let.held) is None:
            continue
        area, rent = part.area_dm2, part.passing_minor
        if (of := found.get(part.lease)) is not None:
            area, rent = area + of.area_dm2, rent + of.passing_minor
        found[part.lease] = Held(part.lease, area, rent, part.expiry_on, part.ends_on)
    return [held for _, held in sorted(found.items())]


# By year


def _by_year(
    leases: Sequence[Held], ends: Callable[[Held], date | None], facts: Mapping[str, Sequence[Entry]] | None
) -> tuple[YearRow, ...]:
    years: defaultdict[int | None, list[Held]] = defaultdict(list)
    for held in leases:
        end = ends(held)
        years[end.year if end else None].append(held)
    area, rent = _area(leases), _rent(leases)
    ordered = sorted(years.items(), key=lambda item: (item[0] is None, item[0] or 0))
    return tuple(_year(year, some, area, rent, facts) for year, some in ordered)


def _year(
    year: int | None, leases: Sequence[Held], area: int, rent: int, facts: Mapping[str, Sequence[Entry]] | None
) -> YearRow:
    """A year's leases beside the area and rent of all."""
    own_area, own_rent = _area(leases), _rent(leases)
    return YearRow(
        year=year,
        leases=len(leases),
        area_m2=area_written(own_area),
        area_percent=percent(own_area, area),
        rent_year=written(12 * own_rent),
        rent_percent=percent(own_rent, rent),
        positions=None if facts is None else _positions(leases, facts),
    )


def _area(leases: Iterable[Held]) -> int:
    return sum([held.area_dm2 for held in leases])


def _rent(leases: Iterable[Held]) -> int:
    return sum([held.passing_minor for held in leases])


def _positions(leases: Iterable[Held], facts: Mapping[str, Sequence[Entry]]) -> tuple[int, ...]:
    """The facts of leases, without those that bill: a profile shows what leases say, not what was invoiced."""
    entries = (entry for held in leases for entry in facts.get(f"lease:{held.lease}", ()))
    return positions_of(entry for entry in entries if not isinstance(entry.fact, PostingFact))


# The whole


def _measures(leases: Sequence[Held], lets: Iterable[LetUnit[Holding]], on: date) -> Measures:
    area, rent = _area(leases), _rent(leases)
    occupied = [let for let in lets if let.held]
    valued = [let for let in occupied if let.erv_minor is not None]
    erv = sum(let.erv_minor or 0 for let in valued)
    passing_valued = sum(let.held.passing_minor for let in valued if let.held)
    to_expiry, to_break, area_to_expiry = _lasting(leases, on)
    return Measures(
        leases=len(leases),
        area_m2=area_written(area),
        passing_year=written(12 * rent),
        passing_m2_month=decimals(Fraction(rent * DM2, 10**FEN * area)) if area else None,
        wault_to_expiry_years=_years(to_expiry, rent),
        wault_to_break_years=_years(to_break, rent),
        wale_to_expiry_years=_years(area_to_expiry, area),
        erv_year=written(12 * erv),
        without_erv_m2=area_written(sum(let.unit.area_dm2 for let in occupied if let.erv_minor is None)),
        reversion_percent=percent(erv - passing_valued, passing_valued),
    )


def _lasting(leases: Iterable[Held], on: date) -> tuple[int, int, int]:
    """Rent times days left, to expiry and to break, and area times days to expiry, of all leases."""
    to_expiry = to_break = area_to_expiry = 0
    today = on.toordinal()
    for held in leases:
        left = held.expires_on.toordinal() - today if held.expires_on else 0
        until = (
            left if held.breaks_on is held.expires_on else held.breaks_on.toordinal() - today if held.breaks_on else 0
        )
        to_expiry += held.passing_minor * left
        to_break += held.passing_minor * until
        area_to_expiry += held.area_dm2 * left
    return to_expiry, to_break, area_to_expiry


def _years(days: int, weights: int) -> str | None:
    """The mean of years left, from weighted days."""
    return decimals(Fraction(days, weights) / DAYS_A_YEAR) if weights else None
