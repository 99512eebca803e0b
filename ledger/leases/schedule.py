"""What a lease pays and earns month by month (IFRS 16.81, .87; CAS 21; domain §4.1-§4.3).

ScheduleRow       one month, or the part of one that a lease or a stretch of its terms covers
schedule          schedule(lease, through) -> every row that begins on or before a day, each whole
accrued_at_end    accrued_at_end(lease) -> what a termination leaves accrued and has to be derecognised
ServiceCharge     the service charge due for one month, or the part of one that the lease covers
service_charges   service_charges(lease, through) -> every one that begins on or before a day, each whole
BillingPeriod     the days that one rent invoice is for, when it is billed and due, and its rows
billing_periods   billing_periods(lease, through) -> every one billed on or before a day
passing_rent      passing_rent(lease, on) -> rent a month payable on a day: 0 in rent-free days, reviews included
headline_rent     headline_rent(lease, on) -> the same, whether the day is free or not
next_break        next_break(lease, on) -> the first day from `on` with which somebody may end the lease
next_step         next_step(lease, on) -> (day, rent a month) of the next change of the rent by the terms
service_charge_on service_charge_on(lease, on) -> the quote of the service charge in force
terms_on          terms_on(lease, on) -> the terms in force on a day
last_day          last_day(lease) -> the last day of lease or holdover; None where none is known

Of a lease that was not executed they are empty, None or 0. Whether it commenced is for the caller to ask.

Fixed cash is spread straight-line: over each stretch of unchanged terms by largest remainder, full months weighing 1
and a part of a month its days of the month's days. A modification begins a new stretch from its effective date; what
was accrued until then becomes part of its payments: nothing is caught up. Rent above the terms by an index review is
variable and recognised as it falls due.

A stretch that begins in the middle of a month cuts that month's row. Cash: rents.py prices the days on both sides.
Revenue: the days before the cut take their share of the row's revenue by days, rounded half up; whatever the new
stretch has to spread follows from the balance at the cut.

Termination: the days from `effective_on` through `ends_on` are a stretch of their own. Where both are one day there is
none, and what is accrued then stays for derecognition. Holdover: month by month at the last rent, revenue = cash.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from msgspec import Struct

from ledger.leases.lease import Lease, LeaseVersion
from ledger.leases.rents import (
    amount,
    charge_quote_on,
    charged,
    fixed,
    months_of,
    payable,
    payable_on,
    reviewed_on,
    version_on,
)
from ledger.leases.terms import Quote, Terms
from ledger.periods import day_after, day_before, month_end, month_of
from ledger.values.money import rounded, share


class ScheduleRow(Struct, frozen=True, kw_only=True):
    """The days `from_on` to `until_on`, both in `month`. Amounts in CNY minor units, ex VAT.

    cash_minor      fixed rent payable for these days
    variable_minor  rent above it by index review, payable and earned
    revenue_minor   fixed rent earned, straight-line
    accrued_minor   Σ revenue − Σ fixed cash through these days: an asset where positive
    """

    month: str
    from_on: date
    until_on: date
    cash_minor: int
    variable_minor: int
    revenue_minor: int
    accrued_minor: int


class ServiceCharge(Struct, frozen=True, kw_only=True):
    """The service charge for the days `from_on` to `until_on`, both in `month`. In CNY minor units, ex VAT."""

    month: str
    from_on: date
    until_on: date
    charge_minor: int


class BillingPeriod(Struct, frozen=True, kw_only=True):
    """The days that one rent invoice is for. `terms`: those in force on its first day, which say how it is billed."""

    from_on: date
    until_on: date
    billed_on: date
    due_on: date
    terms: Terms
    rows: tuple[ScheduleRow, ...]

    @property
    def rent_minor(self) -> int:
        """Fixed and variable rent payable for the period, ex VAT; 0 where it is free."""
        return sum(row.cash_minor + row.variable_minor for row in self.rows)


# What is in force


def in_force(lease: Lease) -> tuple[LeaseVersion, ...]:
    """The versions that come into force: those from a day after the end never do."""
    return tuple(version for version in lease.versions if lease.ends_on is None or version.from_on <= lease.ends_on)


def term_end(lease: Lease) -> date | None:
    """The last day of the term: by the terms, or by a termination; a holdover comes after it."""
    if not lease.versions:
        return None
    if lease.ended_early is not None:
        return lease.ended_early[1]
    return lease.latest.expiry_on


def last_day(lease: Lease) -> date | None:
    """The last day of lease or holdover; None while a holdover goes on, and of a lease not executed."""
    if lease.holdover_from is not None and lease.ended_early is None:
        return lease.ends_on
    return term_end(lease)


def terms_on(lease: Lease, on: date) -> Terms | None:
    """The terms in force on a day; before the commencement those it commences with; None where not executed."""
    return version_on(lease.versions, on).terms if lease.versions else None


def passing_rent(lease: Lease, on: date) -> int:
    """Rent a month payable on a day, reviews included: 0 in rent-free days and outside the lease. Minor units."""
    return payable_on(lease, on) if _holds_on(lease, on) else 0


def headline_rent(lease: Lease, on: date) -> int:
    """Rent a month on a day, whether it is free or not; 0 outside the lease. Minor units."""
    return reviewed_on(lease, on) if _holds_on(lease, on) else 0


def service_charge_on(lease: Lease, on: date) -> Quote | None:
    """The service charge agreed for a day; None where there is none, and outside the lease."""
    return charge_quote_on(lease, on) if _holds_on(lease, on) else None


def next_step(lease: Lease, on: date) -> tuple[date, int] | None:
    """The next day after `on` from which the rent payable a month is another, and that rent; None where there is none.

    The end of days free of rent is such a day.
    """
    end = last_day(lease)
    if not lease.versions or end is None:
        return None
    spans = payable(lease, end)
    for before, span in pairwise(spans):
        if span.from_on > on and span.monthly_minor != before.monthly_minor:
            return span.from_on, span.monthly_minor
    return None


def next_break(lease: Lease, on: date) -> date | None:
    """The first day from `on` with which somebody has a right to end the lease; None where there is none."""
    last = last_day(lease)
    if not lease.versions or last is None:
        return None
    return min((right.on for right in lease.latest.breaks if on <= right.on < last), default=None)


def _holds_on(lease: Lease, on: date) -> bool:
    if not lease.versions or on < lease.versions[0].from_on:
        return False
    end = last_day(lease)
    return end is None or on <= end


# Straight-line


class _Stretch(Struct, frozen=True):
    """Days over which payments are spread together, as the versions known to them say."""

    from_on: date
    until_on: date
    versions: tuple[LeaseVersion, ...]


def _stretches(lease: Lease) -> list[_Stretch]:
    """The stretches of a lease: one for each version of the terms, and one for the notice period of a termination."""
    versions = in_force(lease)
    agreed, ends = lease.ended_early or (date.max, date.max)
    noticed = agreed < ends
    stretches = {
        version.from_on: _Stretch(
            version.from_on,
            ends if noticed and version.from_on >= agreed else version.terms.expiry_on,
            versions[: at + 1],
        )
        for at, version in enumerate(versions)
    }
    if noticed and versions and versions[0].from_on < agreed and agreed not in stretches:
        known = tuple(version for version in versions if version.from_on <= agreed)
        stretches[agreed] = _Stretch(agreed, ends, known)
    return [stretches[begin] for begin in sorted(stretches)]


def _fixed_rows(lease: Lease) -> Iterator[ScheduleRow]:
    """The rows of the term, without variable rent."""
    stretches, end, accrued = _stretches(lease), term_end(lease), 0
    for at, stretch in enumerate(stretches):
        assert end is not None, "a stretch has terms"
        stop = day_before(stretches[at + 1].from_on) if at + 1 < len(stretches) else end
        spans = fixed(stretch.versions, stretch.until_on)
        parts = list(months_of(stretch.from_on, stretch.until_on))
        if not parts:
            continue
        cash = [amount(spans, *part) for part in parts]
        revenue = share(sum(cash) - accrued, [_weight(*part) for part in parts])
        for (first, last), due, earned in zip(parts, cash, revenue, strict=True):
            if first > stop:
                break
            if last > stop:
                days, of = (stop - first).days + 1, (last - first).days + 1
                last, due, earned = stop, amount(spans, first, stop), rounded(Fraction(earned * days, of))
            accrued += earned - due
            yield _row(first, last, due, earned, accrued)


def _weight(from_on: date, until_on: date) -> Fraction:
    return Fraction((until_on - from_on).days + 1, month_end(from_on).day)


def _row(from_on: date, until_on: date, cash: int, revenue: int, accrued: int) -> ScheduleRow:
    return ScheduleRow(
        month=month_of(from_on),
        from_on=from_on,
        until_on=until_on,
        cash_minor=cash,
        variable_minor=0,
        revenue_minor=revenue,
        accrued_minor=accrued,
    )


def _holdover_days(lease: Lease, through: date) -> Iterator[tuple[date, date]]:
    """The months and parts of months of a holdover that begin on or before a day."""
    if lease.holdover_from is None or not lease.versions or lease.ended_early is not None:
        return iter(())
    until = month_end(through)
    return months_of(lease.holdover_from, until if lease.ends_on is None else min(until, lease.ends_on))


def schedule(lease: Lease, through: date) -> tuple[ScheduleRow, ...]:
    """Every row that begins on or before a day, each whole, in order: each day of the lease stands in exactly one."""
    rows = [row for row in _fixed_rows(lease) if row.from_on <= through]
    held_over = [days for days in _holdover_days(lease, through) if days[0] <= through]
    if held_over:
        spans = fixed(lease.versions, held_over[-1][1])
        for first, last in held_over:
            due = amount(spans, first, last)
            rows.append(_row(first, last, due, due, rows[-1].accrued_minor if rows else 0))
    return tuple(_with_variable(lease, rows)) if lease.reviews and rows else tuple(rows)


def _with_variable(lease: Lease, rows: Sequence[ScheduleRow]) -> Iterator[ScheduleRow]:
    spans = payable(lease, rows[-1].until_on)
    for row in rows:
        variable = amount(spans, row.from_on, row.until_on) - row.cash_minor
        yield ScheduleRow(
            month=row.month,
            from_on=row.from_on,
            until_on=row.until_on,
            cash_minor=row.cash_minor,
            variable_minor=variable,
            revenue_minor=row.revenue_minor,
            accrued_minor=row.accrued_minor,
        )


def accrued_at_end(lease: Lease) -> int:
    """The rent left accrued when a termination ends the lease at once: nobody will pay it. Negative: paid ahead."""
    if lease.ended_early is None:
        return 0
    rows = schedule(lease, lease.ended_early[1])
    return rows[-1].accrued_minor if rows else 0


# Service charge


def service_charges(lease: Lease, through: date) -> tuple[ServiceCharge, ...]:
    """The service charge of every month, or part of one, that begins on or before a day; each whole, in order.

    Months in which there is none stand with 0, so that a charge taken back shows.
    """
    if not lease.versions:
        return ()
    end, until = last_day(lease), month_end(through)
    if end is not None:
        until = min(until, end)
    spans = charged(lease, until)
    return tuple(
        ServiceCharge(month=month_of(first), from_on=first, until_on=last, charge_minor=amount(spans, first, last))
        for first, last in months_of(lease.versions[0].from_on, until)
    )


# Billing


def billing_periods(lease: Lease, through: date) -> tuple[BillingPeriod, ...]:
    """The rent billing periods billed on or before a day, in order; `rows` of each are whole and sum to its rent.

    A period is `billed_every_months` calendar months, counted from the month of commencement, clipped to the lease. It
    is billed on its first day, or in arrears on its last. Terms amended in that rhythm begin a new period.
    """
    periods = [period for period in _periods(lease, through) if period.billed_on <= through]
    if not periods:
        return ()
    rows = schedule(lease, periods[-1].until_on)
    return tuple(
        BillingPeriod(
            from_on=period.from_on,
            until_on=period.until_on,
            billed_on=period.billed_on,
            due_on=period.billed_on + timedelta(days=period.terms.due_days),
            terms=period.terms,
            rows=tuple(row for row in rows if period.from_on <= row.from_on <= period.until_on),
        )
        for period in periods
    )


class _Period(Struct, frozen=True):
    from_on: date
    until_on: date
    billed_on: date
    terms: Terms


def _periods(lease: Lease, through: date) -> Iterator[_Period]:
    """The periods that begin on or before a day."""
    versions, end = in_force(lease), last_day(lease)
    begin = versions[0].from_on if versions else date.max
    while begin <= through and (end is None or begin <= end):
        terms = version_on(versions, begin).terms
        last = _period_end(versions[0].from_on, begin, terms.billed_every_months)
        for version in versions:
            if begin < version.from_on <= last and _rhythm(version.terms) != _rhythm(terms):
                last = day_before(version.from_on)
        last = last if end is None else min(last, end)
        yield _Period(begin, last, begin if terms.billed == "ADVANCE" else last, terms)
        begin = day_after(last)


def _rhythm(terms: Terms) -> tuple[int, str]:
    return terms.billed_every_months, terms.billed


def _period_end(commencement_on: date, begin: date, months: int) -> date:
    """The last day of the period that a day lies in."""
    counted = (begin.year - commencement_on.year) * 12 + begin.month - commencement_on.month
    at = commencement_on.month - 1 + (counted // months + 1) * months - 1
    return month_end(date(commencement_on.year + at // 12, at % 12 + 1, 1))
