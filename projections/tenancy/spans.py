"""What a lease holds and pays, unit by unit, from one day to the next: known when its facts are, not when one asks.

LeasePart     a lease's part in one unit: its days, rent and charges, shared over its units by contracted area
Holding       as much of it as measures of all of them ask
Span          days in a row on which a part is the same
spans         spans(lease, from_on, until_on) -> a lease's parts on each of these days, as few spans as that takes
parts_on      a lease's parts on a day, in the units that it holds; later_parts: in those that it will hold
break_of      the first day with which somebody may end a lease; has_keys: whether the tenant has them

Between two turns nothing changes: terms come into force, a step, a stretch free of rent or an index review begins or
ends, a unit is taken or given back, a right to end the lease lapses. Each turn is worked out once, by the ledger's own
rules, where a fact of the lease is recorded (leases.py). Shares are by largest remainder: the parts of a lease sum to
the lease, to the fen.
"""

from collections.abc import Iterator, Mapping
from datetime import date

from msgspec import Struct

from ledger.leases.facts import LeaseState
from ledger.leases.lease import Lease
from ledger.leases.rents import turns_of
from ledger.leases.schedule import (
    headline_rent,
    last_day,
    next_break,
    next_step,
    passing_rent,
    service_charge_on,
    terms_on,
)
from ledger.leases.terms import Quote, Terms, monthly
from ledger.once.lettings import Letting
from ledger.periods import day_after, day_before
from ledger.values.measures import dm2
from ledger.values.money import share


class Holding(Struct, frozen=True, gc=False):
    """A lease's part in one unit on a day, as far as measures of all of them ask; rent a month in CNY minor units.

    expiry_on       the last day of the lease; None while a holdover goes on
    next_break_on   the first day with which somebody may end it, or has given notice to
    handed_over     the tenant has the keys
    """

    unit: str
    lease: str
    area_dm2: int
    passing_minor: int
    expiry_on: date | None
    next_break_on: date | None
    handed_over: bool

    @property
    def ends_on(self) -> date | None:
        """The day with which somebody may end the lease, else its last."""
        return self.next_break_on or self.expiry_on


class LeasePart(Holding, frozen=True, gc=False):
    """A lease's part in one unit on a day; amounts a month in CNY minor units.

    rent_from_on                    the first day after commencement that is not free of rent
    free_days, free_each            days free of rent that are left: those less so many for each day of the calendar
    next_step_on, next_step_minor   the next day on which the rent payable changes, and the part's rent from then on
    indexed, option                 how the rent varies (an index, turnover), and the option to renew, in one line
    """

    company: str
    state: LeaseState
    commencement_on: date
    rent_from_on: date
    free_days: int
    free_each: int
    headline_minor: int
    service_minor: int
    next_step_on: date | None
    next_step_minor: int
    indexed: str | None
    option: str | None

    def rent_free_days(self, on: date) -> int:
        """Days free of rent from a day of this part on, through the lease's last day."""
        return self.free_days - self.free_each * on.toordinal()


class Span(Struct, frozen=True):
    """Days in a row, both ends included. `held`: the lease holds the unit; else it is signed to hold it later."""

    from_on: date
    until_on: date
    held: bool
    part: LeasePart


def spans(lease: Lease, from_on: date, until_on: date) -> Iterator[Span]:
    """Find what a lease has on each of these days, unit by unit."""
    if not lease.lettings:
        return
    days = sorted({from_on, *(turn for turn in _turns(lease) if from_on < turn <= until_on)})
    going: dict[str, Span] = {}
    for at, begin in enumerate(days):
        last = day_before(days[at + 1]) if at + 1 < len(days) else until_on
        held = parts_on(lease, begin)
        here = held | {part.unit: part for part in later_parts(lease, begin)}
        for unit in going.keys() - here.keys():
            yield going.pop(unit)
        for unit, part in here.items():
            before, span = going.get(unit), Span(begin, last, unit in held, part)
            if before is not None and (before.held, before.part) == (span.held, part):
                span = Span(before.from_on, last, span.held, part)
            elif before is not None:
                yield before
            going[unit] = span
    yield from going.values()


def _turns(lease: Lease) -> Iterator[date]:
    """Every day on which something of a lease may be another than on the day before."""
    yield from turns_of(lease.versions)
    yield from (review.effective_on for review in lease.reviews)
    yield from (since for since, _ in lease.service_charges)
    for letting in lease.lettings:
        yield from (letting.from_on, day_after(letting.until_on or date.max))
    yield from (day_after(right.on) for version in lease.versions for right in version.terms.breaks)
    yield from (day_after(day) for day in (last_day(lease), lease.break_notice) if day is not None)


# On one day


def parts_on(lease: Lease, on: date) -> dict[str, LeasePart]:
    """Share a lease's rent over the units that it holds on a day: its parts by unit, none where it holds none."""
    return _parts(lease, on, on)


def later_parts(lease: Lease, on: date) -> list[LeasePart]:
    """A lease's parts in units that it does not hold yet, each as on its first day there; nothing is paid before."""
    now = {letting.unit for letting in lease.lettings if _covers(letting, on)}
    begins: dict[str, date] = {}
    for letting in lease.lettings:
        if letting.from_on > on and letting.unit not in now:
            begins[letting.unit] = min(letting.from_on, begins.get(letting.unit, date.max))
    by_day: Mapping[date, dict[str, LeasePart]] = {day: _parts(lease, day, on) for day in set(begins.values())}
    return [by_day[day][unit] for unit, day in sorted(begins.items()) if unit in by_day[day]]


def _parts(lease: Lease, on: date, seen_on: date) -> dict[str, LeasePart]:
    """The parts on a day. `seen_on`: the day from which what is still to come counts."""
    terms, holding = terms_on(lease, on), [letting for letting in lease.lettings if _covers(letting, on)]
    if terms is None or not holding:
        return {}
    contracted = {letting.unit: _contracted(terms, letting.unit, on) for letting in holding}
    areas = {unit: area for unit, area in contracted.items() if area}
    if not areas:  # facts in an order that no rule would allow: the terms are not those of the lettings
        return {}
    step = next_step(lease, on)
    quote = service_charge_on(lease, on)
    amounts = (passing_rent(lease, on), headline_rent(lease, on), _charge(quote, sum(areas.values())))
    shared = [share(amount, list(areas.values())) for amount in (*amounts, step[1] if step else 0)]
    begun_on = lease.versions[0].from_on
    free_days, free_each = _rent_free(lease, terms, seen_on)
    return {
        unit: LeasePart(
            unit=unit,
            lease=lease.lease,
            area_dm2=area,
            passing_minor=passing,
            expiry_on=last_day(lease),
            next_break_on=break_of(lease, seen_on),
            handed_over=has_keys(lease),
            company=lease.company,
            state=lease.state,
            commencement_on=begun_on,
            rent_from_on=_rent_from(begun_on, terms),
            free_days=free_days,
            free_each=free_each,
            headline_minor=headline,
            service_minor=service,
            next_step_on=step[0] if step else None,
            next_step_minor=stepped,
            indexed=_varies(terms),
            option=_option_terms(terms),
        )
        for (unit, area), passing, headline, service, stepped in zip(areas.items(), *shared, strict=True)
    }


def has_keys(lease: Lease) -> bool:
    """Tell whether the tenant has the keys."""
    return lease.handed_over_on is not None and lease.surrendered_on is None


def _covers(letting: Letting, on: date) -> bool:
    return letting.from_on <= on <= (letting.until_on or date.max)


def _contracted(terms: Terms, unit: str, on: date) -> int:
    """The contracted area of a unit on a day; where the terms name it for several stretches of days, of that day's; 0
    where they do not name it."""
    stretches = [stretch for stretch in terms.premises if stretch.unit == unit]
    of_day = [stretch for stretch in stretches if (stretch.from_on or date.min) <= on <= (stretch.until_on or date.max)]
    return next((dm2(stretch.area) for stretch in (*of_day, *stretches)), 0)


def _charge(quote: Quote | None, area_dm2: int) -> int:
    return monthly(quote, area_dm2) if quote else 0


def _rent_from(commencement_on: date, terms: Terms) -> date:
    """The first day from the commencement on that is not free of rent."""
    day = commencement_on
    for free in sorted(terms.rent_free, key=lambda free: free.from_on):
        if free.from_on <= day <= free.until_on:
            day = day_after(free.until_on)
    return day


def _rent_free(lease: Lease, terms: Terms, on: date) -> tuple[int, int]:
    """Days free of rent from a day on, through the lease's last: of a stretch that has begun, so many less each day."""
    last, days, each = last_day(lease) or date.max, 0, 0
    for free in terms.rent_free:
        until = min(free.until_on, last)
        if free.from_on <= on <= until:
            days, each = days + until.toordinal() + 1, each + 1
        elif on < free.from_on <= until:
            days += (until - free.from_on).days + 1
    return days, each


def _varies(terms: Terms) -> str | None:
    """Say in one line by which index and by which share of turnover the rent varies."""
    return "; ".join(said for said in (_index_terms(terms), _turnover_terms(terms)) if said) or None


def _turnover_terms(terms: Terms) -> str | None:
    """The share of turnover in one line: 0.08 of turnover above 100000.00 a month, less rent."""
    if (rule := terms.turnover_rent) is None:
        return None
    year = f" and {rule.year_breakpoint} a year" if rule.year_breakpoint is not None else ""
    return f"{rule.share} of turnover above {rule.breakpoint} a month{year}{', less rent' if rule.less_rent else ''}"


def _index_terms(terms: Terms) -> str | None:
    """The indexation in one line: cpi/cn-all from 2024-01-01, floor 0.01, cap 0.04."""
    if (index := terms.indexation) is None:
        return None
    words = [f"{index.series} from {index.base_on}"]
    words += [f"{name} {bound}" for name, bound in (("floor", index.floor), ("cap", index.cap)) if bound is not None]
    return ", ".join(words)


def _option_terms(terms: Terms) -> str | None:
    """The renewal option in one line: 24 months on 180 days' notice, reasonably certain."""
    if (renewal := terms.renewal) is None:
        return None
    certain = ", reasonably certain" if renewal.reasonably_certain else ""
    return f"{renewal.months} months on {renewal.notice_days} days' notice{certain}"


def break_of(lease: Lease, on: date) -> date | None:
    """The day with which a lease ends by notice, else the first one, from `on`, with which somebody may end it."""
    if lease.break_notice is not None and lease.break_notice >= on:
        return lease.break_notice
    return next_break(lease, on)
