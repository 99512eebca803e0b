"""What a day costs: rent and service charge as stretches of days at one amount a month.

Span                  days in a row at one amount a month
amount                what some days of one month come to
prorated              a part of a month, by the lease's convention (domain §4.3)
fixed, payable        the rent by the terms; with index reviews on top
charged               the service charge
version_on, step_on, area_on, rent_on   what is in force on a day

A part of a month is rounded once for the days in a row that cost the same. Where something cuts those days, the days
before the cut cost what they would alone, and the rest what is left: whatever is cut, a month costs a month.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from fractions import Fraction

from msgspec import Struct

from ledger.leases.lease import Lease, LeaseVersion
from ledger.leases.terms import Proration, Quote, RentStep, Terms, monthly
from ledger.periods import day_after, day_before, month_end
from ledger.values.measures import dm2
from ledger.values.money import rounded


def months_of(from_on: date, until_on: date) -> Iterator[tuple[date, date]]:
    """The days cut at the ends of months: (first, last) of each part."""
    while from_on <= until_on:
        last = min(month_end(from_on), until_on)
        yield from_on, last
        if last == date.max:
            return
        from_on = day_after(last)


class Span(Struct, frozen=True):
    """Days in a row, both ends included, that cost the same: an amount a month, and how a part of one is priced."""

    from_on: date
    until_on: date
    monthly_minor: int
    convention: Proration


def prorated(monthly_minor: int, from_on: date, until_on: date, convention: Proration) -> int:
    """Compute the rent of days of one month, both ends included: a named rounding point. A whole month costs a month.

    54,000.00 a month from 15 to 29 February 2024: 27,931.03 (15/29), 28,800.00 (16/30), 26,630.14, 26,557.38.
    """
    assert (from_on.year, from_on.month) == (until_on.year, until_on.month), "days of one month"
    days, last = (until_on - from_on).days + 1, month_end(from_on).day
    if days == last:
        return monthly_minor
    match convention:
        case "ACTUAL_ACTUAL":
            part = Fraction(days, last)
        case "THIRTY_360":
            part = Fraction(_thirtieths(until_on.day, last) - _thirtieths(from_on.day - 1, last), 30)
        case "ACTUAL_365":
            part = Fraction(12 * days, 365)
        case "ACTUAL_366":
            part = Fraction(12 * days, 366)
    return rounded(monthly_minor * part)


def _thirtieths(through: int, last: int) -> int:
    """30ths of a month through a day: the last day makes 30 of a short month, the 31st adds nothing."""
    return 30 if through == last else min(through, 30)


def amount(spans: Sequence[Span], from_on: date, until_on: date) -> int:
    """Add up the rent of days of one month: of each span, the days up to the last minus those before the first."""
    first, total = from_on.replace(day=1), 0
    for span in spans:
        if span.until_on < from_on or span.from_on > until_on:
            continue
        begin = max(span.from_on, first)
        total += prorated(span.monthly_minor, begin, min(span.until_on, until_on), span.convention)
        if begin < from_on:
            total -= prorated(span.monthly_minor, begin, day_before(from_on), span.convention)
    return total


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

    return _spans(versions, until_on, _turns(versions), price)


def payable(lease: Lease, until_on: date) -> tuple[Span, ...]:
    """The rent with index reviews, from commencement through a day."""
    turns = (*_turns(lease.versions), *(since for since, _ in lease.reviews))
    return _spans(lease.versions, until_on, turns, lambda on: payable_on(lease, on))


def payable_on(lease: Lease, on: date) -> int:
    """Rent a month payable on a day: 0 in rent-free days."""
    return 0 if free_on(version_on(lease.versions, on).terms, on) else reviewed_on(lease, on)


def reviewed_on(lease: Lease, on: date) -> int:
    """Rent a month with the index review in force; free days are not looked at.

    A review holds until the next one, and as long as the rent step that it reviewed is in force: a later step, or terms
    amended in their rent, end it. Where the premises changed meanwhile, it moves with the rent of the terms.
    """
    now = rent_on(lease.versions, on)
    held = [review for review in lease.reviews if review[0] <= on]
    if not held:
        return now
    since, monthly_minor = held[-1]
    if _step(lease, on) != _step(lease, since):
        return now
    then = rent_on(lease.versions, since)
    return monthly_minor if now == then or then == 0 else rounded(Fraction(now * monthly_minor, then))


def _step(lease: Lease, on: date) -> RentStep:
    return step_on(version_on(lease.versions, on).terms, on)


def charged(lease: Lease, until_on: date) -> tuple[Span, ...]:
    """The service charge from commencement through a day; due in rent-free days too."""
    turns = (*_turns(lease.versions), *(since for since, _ in lease.service_charges))
    return _spans(lease.versions, until_on, turns, lambda on: charge_on(lease, on))


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


def _turns(versions: Sequence[LeaseVersion]) -> Iterator[date]:
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


def _spans(
    versions: Sequence[LeaseVersion], until_on: date, turns: Iterable[date], price: Callable[[date], int]
) -> tuple[Span, ...]:
    """The days from commencement on, cut where something may change, and joined again where nothing did."""
    first = versions[0].from_on
    if until_on < first:
        return ()
    spans: list[Span] = []
    begins = sorted({first, *(turn for turn in turns if first < turn <= until_on)})
    for at, begin in enumerate(begins):
        last = day_before(begins[at + 1]) if at + 1 < len(begins) else until_on
        convention = version_on(versions, begin).terms.proration
        span = Span(begin, last, price(begin), convention)
        if spans and (spans[-1].monthly_minor, spans[-1].convention) == (span.monthly_minor, convention):
            span = Span(spans.pop().from_on, last, span.monthly_minor, convention)
        spans.append(span)
    return tuple(spans)
