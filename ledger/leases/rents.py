"""What a day costs: rent and service charge as stretches of days at one amount a month.

Span                  days in a row at one amount a month
rent_month            the month of rent that a day lies in: of the calendar, or from the 15th to the 14th
amount                what some days of one month come to
prorated              a part of a month of which days are missing, by the lease's convention (domain §4.3)
fixed                 the rent by the terms (reviews.py: with index reviews on top)
charged               the service charge
version_on, step_on, area_on, rent_on   what is in force on a day

A convention prices a month of which days are missing: at the lease's first or last day. Where rent, area or charge
changes inside a month of which no day is missing, each part costs its days of the days of that month (domain §14.2).
A part is rounded once for the days in a row that cost the same. Where something cuts those days, the days before the
cut cost what they would alone, and the rest what is left: whatever is cut, a month costs a month.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import cache

from msgspec import Struct

from ledger.leases.lease import Lease, LeaseVersion
from ledger.leases.terms import Proration, Quote, RentStep, Terms, monthly
from ledger.periods import calendar_month, day_after, day_before, month_end, months_from
from ledger.values.measures import dm2
from ledger.values.money import half_up


def rent_month(on: date, begins: int = 1) -> tuple[date, date]:
    """The first and last day of the month of rent that a day lies in; months begin on that day, or their last before.

    From the 31st on: 31 January to 27 February, 28 February to 30 March, 31 March to 29 April.
    """
    if begins == 1:
        return calendar_month(on.year, on.month)
    month = _month_from(on.year, on.month, begins)
    if on < month[0]:
        before = day_before(on.replace(day=1))
        return _month_from(before.year, before.month, begins)
    return month


@cache
def _month_from(year: int, month: int, begins: int) -> tuple[date, date]:
    """The month of rent that begins in a month of the calendar."""
    first, last = calendar_month(year, month)
    return _begin(first, begins), day_before(_begin(day_after(last), begins))


def _begin(on: date, begins: int) -> date:
    return on.replace(day=min(begins, month_end(on).day))


def month_begins(versions: Sequence[LeaseVersion]) -> int:
    """The day that months of rent begin on; an amendment does not move it."""
    terms = versions[0].terms
    return terms.commencement_on.day if terms.rent_months == "COMMENCEMENT" else 1


def months_of(from_on: date, until_on: date, begins: int = 1) -> Iterator[tuple[date, date]]:
    """The days cut at the ends of months, of the calendar and of rent: (first, last) of each part."""
    if begins == 1 and from_on <= until_on:
        count = (until_on.year - from_on.year) * 12 + until_on.month - from_on.month + 1
        months = list(months_from(from_on.year, from_on.month, count))
        months[0] = from_on, months[0][1]
        months[-1] = months[-1][0], until_on
        yield from months
        return
    while from_on <= until_on:
        last = min(month_end(from_on), rent_month(from_on, begins)[1], until_on)
        yield from_on, last
        if last == date.max:
            return
        from_on = day_after(last)


class Span(Struct, frozen=True, gc=False):
    """Days in a row, both ends included, that cost the same: an amount a month, and how a part of one is priced.

    begins   the day that months of rent begin on
    """

    from_on: date
    until_on: date
    monthly_minor: int
    convention: Proration
    begins: int = 1


def prorated(monthly_minor: int, from_on: date, until_on: date, convention: Proration, begins: int = 1) -> int:
    """Compute the rent of days of one month, both ends included: a named rounding point. A whole month costs a month.

    54,000.00 a month from 15 to 29 February 2024: 27,931.03 (15/29), 28,800.00 (16/30), 26,630.14, 26,557.38.
    """
    first, end = rent_month(from_on, begins)
    assert from_on <= until_on <= end, "days of one month"
    days, last = (until_on - from_on).days + 1, (end - first).days + 1
    if days == last:
        return monthly_minor
    match convention:
        case "ACTUAL_ACTUAL":
            return half_up(monthly_minor * days, last)
        case "THIRTY_360":
            through, before = (until_on - first).days + 1, (from_on - first).days
            return half_up(monthly_minor * (_thirtieths(through, last) - _thirtieths(before, last)), 30)
        case "ACTUAL_365":
            return half_up(monthly_minor * 12 * days, 365)
        case "ACTUAL_366":
            return half_up(monthly_minor * 12 * days, 366)


def _thirtieths(through: int, last: int) -> int:
    """30ths of a month through a day: the last day makes 30 of a short month, the 31st adds nothing."""
    return 30 if through == last else min(through, 30)


def amount(spans: Sequence[Span], from_on: date, until_on: date) -> int:
    """Add up the rent of days of one month: of each span, the days up to the last minus those before the first.

    Days of the month that no span has are missing from it.
    """
    begins, total = spans[0].begins, 0
    first, last = rent_month(from_on, begins)
    if first == from_on and last == until_on:
        for span in spans:
            if span.from_on <= first and last <= span.until_on:
                return span.monthly_minor
    whole = spans[0].from_on <= first and last <= spans[-1].until_on
    for span in spans:
        if span.until_on < from_on:
            continue
        if span.from_on > until_on:
            break
        begin = max(span.from_on, first)
        convention: Proration = "ACTUAL_ACTUAL" if whole else span.convention
        total += prorated(span.monthly_minor, begin, min(span.until_on, until_on), convention, begins)
        if begin < from_on:
            total -= prorated(span.monthly_minor, begin, day_before(from_on), convention, begins)
    return total


def whole_months(spans: Sequence[Span], days: Iterable[tuple[date, date]]) -> Iterator[int | None]:
    """The rent of each of some days in order, where they are a whole month of rent at one amount; None of others.

    It says no more than `amount` does: so the most of what there is to price costs a look at where it lies.
    """
    at, end, begins = 0, len(spans) - 1, spans[0].begins if spans else 1
    for first, last in days:
        while at < end and spans[at].until_on < first:
            at += 1
        one = spans[at]
        whole = one.from_on <= first and last <= one.until_on and rent_month(first, begins) == (first, last)
        yield one.monthly_minor if whole else None


def amount_through(spans: Sequence[Span], until_on: date) -> int:
    """Add up the rent of the month of rent that a day lies in, through that day."""
    return amount(spans, max(rent_month(until_on, spans[0].begins)[0], spans[0].from_on), until_on)


# What is in force on a day


def version_on(versions: Sequence[LeaseVersion], on: date) -> LeaseVersion:
    """The latest terms from that day or before; before all of them, the first."""
    latest = versions[0]
    for version in versions:
        if version.from_on <= on:
            latest = version
    return latest


def step_on(terms: Terms, on: date) -> RentStep:
    """The rent step in force; before all of them, the first."""
    latest = terms.rent[0]
    for step in terms.rent:
        if step.from_on <= on:
            latest = step
    return latest


def area_on(terms: Terms, on: date) -> int:
    """Contracted square decimetres of the premises held that day. Premises without an end stay after expiry."""
    return sum(
        dm2(premises.area)
        for premises in terms.premises
        if (premises.from_on is None or premises.from_on <= on)
        and (premises.until_on is None or on <= premises.until_on)
    )


def free_on(terms: Terms, on: date) -> bool:
    """Tell whether a day is free of rent."""
    return any(free.from_on <= on <= free.until_on for free in terms.rent_free)


def rent_on(versions: Sequence[LeaseVersion], on: date) -> int:
    """Rent a month by the terms in force, in minor units; free days are not looked at."""
    terms = version_on(versions, on).terms
    return monthly(step_on(terms, on).rent, area_on(terms, on))


# Spans


def fixed(versions: Sequence[LeaseVersion], until_on: date) -> tuple[Span, ...]:
    """The rent by the terms, from commencement through a day."""

    def price(on: date) -> int:
        return 0 if free_on(version_on(versions, on).terms, on) else rent_on(versions, on)

    return spans_of(versions, until_on, turns_of(versions), price, month_begins(versions))


def charged(lease: Lease, until_on: date) -> tuple[Span, ...]:
    """The service charge from commencement through a day; due in rent-free days too."""
    turns = (*turns_of(lease.versions), *(since for since, _ in lease.service_charges))
    return spans_of(lease.versions, until_on, turns, lambda on: charge_on(lease, on), 1)


def charge_on(lease: Lease, on: date) -> int:
    """Service charge a month on a day, in minor units."""
    quote = charge_quote_on(lease, on)
    return 0 if quote is None else monthly(quote, area_on(version_on(lease.versions, on).terms, on))


def charge_quote_on(lease: Lease, on: date) -> Quote | None:
    """The service charge in force on a day: the latest agreed or notified, by effective date.

    Amended terms set it only where they differ in it from the terms before them: a change that was notified apart
    outlives an amendment of something else.
    """
    charges: list[tuple[date, Quote | None]] = []
    before: Quote | None = None
    for at, version in enumerate(lease.versions):
        if at == 0 or version.terms.service_charge != before:
            charges.append((version.from_on, version.terms.service_charge))
        before = version.terms.service_charge
    charges += lease.service_charges
    # Sorted by day alone, so that of two charges for one day the one notified apart stands last and counts.
    in_force = sorted((charge for charge in charges if charge[0] <= on), key=lambda charge: charge[0])
    return in_force[-1][1] if in_force else None


def turns_of(versions: Sequence[LeaseVersion]) -> Iterator[date]:
    """Every day on which rent or area may change."""
    for version in versions:
        yield version.from_on
        for step in version.terms.rent:
            yield step.from_on
        for free in version.terms.rent_free:
            yield from (free.from_on, day_after(free.until_on))
        for premises in version.terms.premises:
            if premises.from_on is not None:
                yield premises.from_on
            if premises.until_on is not None:
                yield day_after(premises.until_on)


def spans_of(
    versions: Sequence[LeaseVersion], until_on: date, turns: Iterable[date], price: Callable[[date], int], begins: int
) -> tuple[Span, ...]:
    """The days from commencement on, cut where something may change, and joined again where nothing did."""
    first = versions[0].from_on
    if until_on < first:
        return ()
    spans: list[Span] = []
    days = sorted({first, *(turn for turn in turns if first < turn <= until_on)})
    for at, begin in enumerate(days):
        last = day_before(days[at + 1]) if at + 1 < len(days) else until_on
        convention = version_on(versions, begin).terms.proration
        span = Span(begin, last, price(begin), convention, begins)
        if spans and (spans[-1].monthly_minor, spans[-1].convention) == (span.monthly_minor, convention):
            span = Span(spans.pop().from_on, last, span.monthly_minor, convention, begins)
        spans.append(span)
    return tuple(spans)
