"""What is due by the tenant's turnover, month by month (IFRS 16.38(b), 16.90(b); domain §14.1).

TurnoverPart     the days of one month for which one share was agreed
turnover_parts   turnover_parts(lease, through) -> every one that begins on or before a day, each whole
TurnoverDue      what was said to be sold on them, and the share that is due
turnover_dues    turnover_dues(lease, through) -> the share due for each part that is over by a day, or by the last that
                 was declared; a year reconciled where all of it is
undeclared       undeclared(lease, through) -> the months that are over and of which nothing was declared

A share is due of what was sold on the days that the lease holds, above as much of the breakpoint: a whole month's, a
part of a month by its days. Days that the lease does not hold any more take their share of what was declared with them,
by days, until the tenant declares anew.

The months of one calendar year under one agreement are reconciled once all of them are over and declared: the share of
their turnover in all, above the year's breakpoint, less the rent of all of them where that is the least. More than the
months came to is due with the last; less comes off the months from the last back, so that none is less than nothing.

Rounding points: the breakpoint of a part of a month or year, the share of an excess; both half up, to the fen.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace

from ledger.leases.facts import TurnoverDeclared
from ledger.leases.lease import Lease
from ledger.leases.rents import months_of
from ledger.leases.schedule import in_force, last_day, schedule
from ledger.leases.terms import TurnoverRent
from ledger.periods import day_before, month_end, month_of
from ledger.values.money import minor, rounded, share


class TurnoverPart(Struct, frozen=True, gc=False):
    """The days `from_on` to `until_on`, both in `month`. `agreed_until`: the last day in the year that `rule` holds."""

    month: str
    from_on: date
    until_on: date
    agreed_until: date
    rule: TurnoverRent

    @property
    def days(self) -> int:
        """Count them."""
        return (self.until_on - self.from_on).days + 1

    @property
    def of_month(self) -> Fraction:
        """The part of the month that they are."""
        return Fraction(self.days, month_end(self.from_on).day)


class TurnoverDue(Struct, frozen=True, gc=False):
    """The share due for a part. In CNY minor units, ex VAT.

    declared_on       the day on which the turnover was said; None where it was not
    turnover_minor    what was sold on these days
    breakpoint_minor  as much of it as no share is due of
    rent_minor        the rent of these days that comes off the share; 0 where it does not
    share_minor       what the month by itself comes to
    reconciled_minor  what the year's reconciliation adds, or takes off
    """

    part: TurnoverPart
    declared_on: date | None = None
    turnover_minor: int = 0
    breakpoint_minor: int = 0
    rent_minor: int = 0
    share_minor: int = 0
    reconciled_minor: int = 0

    @property
    def month(self) -> str:
        """The month that the days lie in."""
        return self.part.month

    @property
    def from_on(self) -> date:
        """The first day."""
        return self.part.from_on

    @property
    def until_on(self) -> date:
        """The last day."""
        return self.part.until_on

    @property
    def net_minor(self) -> int:
        """The amount payable for these days."""
        return self.share_minor + self.reconciled_minor


# The days


def turnover_parts(lease: Lease, through: date) -> list[TurnoverPart]:
    """Every part that begins on or before a day, each whole, in order; none of a lease that was not executed."""
    parts = []
    for begin, until, rule in _agreed(lease):
        last = min(until, month_end(through))
        for first, end in months_of(begin, last):
            parts.append(TurnoverPart(month_of(first), first, end, min(until, date(first.year, 12, 31)), rule))
    return parts


def _agreed(lease: Lease) -> Iterator[tuple[date, date, TurnoverRent]]:
    """The days in a row for which one share was agreed: (first, last, which)."""
    versions, last = in_force(lease), last_day(lease) or date.max
    ends = [*(day_before(version.from_on) for version in versions[1:]), last]
    spans = ((one.terms.turnover_rent, one.from_on, min(end, last)) for one, end in zip(versions, ends, strict=True))
    for rule, some in groupby(spans, key=lambda span: span[0]):
        days = [(begin, end) for _, begin, end in some if begin <= end]
        if rule is not None and days:
            yield days[0][0], days[-1][1], rule


def declared_days(lease: Lease, month: str) -> tuple[date, date] | None:
    """The first and last day of a month for which a share was agreed; None where there is none."""
    first = date.fromisoformat(f"{month}-01")
    parts = [part for part in turnover_parts(lease, first) if part.month == month]
    return (parts[0].from_on, parts[-1].until_on) if parts else None


# What is due


def turnover_dues(lease: Lease, through: date, *, after: date = date.min) -> list[TurnoverDue]:
    """The share due for each part that is over by a day, or by the last that was declared, in order; nothing where
    nothing was declared.

    after   the last day that was billed elsewhere: only what begins later is due, and reconciled
    """
    until = max(through, *(told.until_on for told in lease.turnovers), date.min)
    parts = [part for part in turnover_parts(lease, until) if part.from_on > after and part.until_on <= until]
    if not parts:
        return []
    said = _said(lease, parts)
    rents = _rents(lease, parts)
    dues = [_due(part, said.get(part), rents.get(part, 0)) for part in parts]
    years = groupby(dues, key=lambda due: (due.part.agreed_until, due.part.rule))
    return [due for _, year in years for due in _reconciled(list(year))]


Said = dict[TurnoverPart, tuple[date, int]]


def _said(lease: Lease, parts: Sequence[TurnoverPart]) -> Said:
    """Find what was said to be sold in each part, and when: by days where a month or the lease has others."""
    said: Said = {}
    for told in lease.turnovers:
        own = [part for part in parts if part.month == told.month]
        days = [_shared_days(part, told) for part in own]
        rest = (told.until_on - told.from_on).days + 1 - sum(days)
        if any(days):
            amounts = share(told.turnover_minor, [*days, max(rest, 0)])
            said |= {part: (told.effective_on, sold) for part, sold, n in zip(own, amounts, days, strict=False) if n}
    return said


def _shared_days(part: TurnoverPart, told: TurnoverDeclared) -> int:
    first, last = max(part.from_on, told.from_on), min(part.until_on, told.until_on)
    return max((last - first).days + 1, 0)


def _rents(lease: Lease, parts: Sequence[TurnoverPart]) -> dict[TurnoverPart, int]:
    """The rent payable for the days of each part from which it comes off."""
    some = [part for part in parts if part.rule.less_rent]
    if not some:
        return {}
    by_month: dict[str, list[TurnoverPart]] = {}
    for part in some:
        by_month.setdefault(part.month, []).append(part)
    rents = dict.fromkeys(some, 0)
    for row in schedule(lease, some[-1].until_on):
        for part in by_month.get(row.month, ()):
            if part.from_on <= row.from_on <= part.until_on:
                rents[part] += row.net_minor
    return rents


def _due(part: TurnoverPart, said: tuple[date, int] | None, rent: int) -> TurnoverDue:
    unshared = rounded(minor(part.rule.breakpoint) * part.of_month)
    if said is None:
        return TurnoverDue(part, breakpoint_minor=unshared, rent_minor=rent)
    on, sold = said
    return TurnoverDue(part, on, sold, unshared, rent, _share(part.rule, sold, unshared, rent))


def _share(rule: TurnoverRent, sold: int, unshared: int, rent: int) -> int:
    """The share of what was sold above the breakpoint, as far as it is more than the rent that comes off it."""
    return max(rounded(max(sold - unshared, 0) * Fraction(rule.share)) - rent, 0)


def _reconciled(year: Sequence[TurnoverDue]) -> Iterable[TurnoverDue]:
    """The months of a year under one agreement, reconciled where the last of them is over and all were declared."""
    last, rule = year[-1].part, year[0].part.rule
    if last.until_on != last.agreed_until or any(due.declared_on is None for due in year):
        return year
    by_month = sum(due.share_minor for due in year)
    differs = _share(rule, sum(due.turnover_minor for due in year), _year_breakpoint(year), _rent(year)) - by_month
    if differs > 0:
        return [*year[:-1], replace(year[-1], reconciled_minor=differs)]
    found = []
    for due in reversed(year):
        off = min(due.share_minor, -differs)
        differs += off
        found.append(replace(due, reconciled_minor=-off) if off else due)
    return reversed(found)


def _rent(year: Iterable[TurnoverDue]) -> int:
    return sum(due.rent_minor for due in year)


def _year_breakpoint(year: Sequence[TurnoverDue]) -> int:
    """The breakpoint of the months of a year: as agreed for it, a twelfth for each month; else that of the months."""
    agreed = year[0].part.rule.year_breakpoint
    if agreed is None:
        return sum(due.breakpoint_minor for due in year)
    return rounded(minor(agreed) * sum((due.part.of_month for due in year), Fraction(0)) / 12)


def undeclared(lease: Lease, through: date) -> list[tuple[str, date]]:
    """The months of a lease that commenced which are over by a day and of which nothing was declared, each with the day
    by which that was agreed to be."""
    if lease.commenced_on is None:
        return []
    said = {told.month for told in lease.turnovers}
    ends = {part.month: part for part in turnover_parts(lease, through)}
    return [
        (month, part.until_on + timedelta(days=part.rule.declared_days))
        for month, part in ends.items()
        if month not in said and part.until_on <= through
    ]
