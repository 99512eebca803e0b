"""What a lease pays and earns month by month (IFRS 16.81, .87; CAS 21; domain §4.1-§4.3, §14.2-§14.3).

ScheduleRow       one month, or the part of one that a lease, a month of rent or a stretch of its terms covers
schedule          schedule(lease, through) -> every row that begins on or before a day, each whole
accrued_at_end    accrued_at_end(lease) -> what a termination leaves accrued and has to be derecognised
ServiceCharge     the service charge due for one month, or the part of one that the lease covers
service_charges   service_charges(lease, through) -> every one that begins on or before a day, each whole
BillingPeriod     the days that one rent invoice is for, when it is billed and due, and its rows
billing_periods   billing_periods(lease, through) -> every one billed on or before a day; billing: and the schedule too
passing_rent      passing_rent(lease, on) -> rent a month payable on a day: 0 in rent-free days, reviews included
headline_rent     headline_rent(lease, on) -> the same, whether the day is free or not
next_break        next_break(lease, on) -> the first day from `on` with which somebody may end the lease
next_step         next_step(lease, on) -> (day, rent a month) of the next change of the rent by the terms
service_charge_on service_charge_on(lease, on) -> the quote of the service charge in force
terms_on          terms_on(lease, on) -> the terms in force on a day
last_day          last_day(lease) -> the last day of lease or holdover; None where none is known
deposit_due_on    deposit_due_on(lease) -> the day by which its deposit is to be paid back; None likewise

Of a lease that was not executed they are empty, None or 0. Whether it commenced is for the caller to ask.

Fixed cash is spread straight-line: over each stretch of unchanged terms by largest remainder, full months weighing 1
and a part of a month its days of the month's days. A modification begins a new stretch from its effective date; what
was accrued until then becomes part of its payments: nothing is caught up. Rent above the terms by an index review is
variable and recognised as it falls due.

Options that are reasonably certain belong to the stretch (IFRS 16.18-19): the months of an option to renew, at the last
rent, and no day after a break. An amendment that says otherwise reassesses them. A lease that was renewed goes on in
rows without cash, in which what was accrued for the option's months is earned back; where the option lapsed, what was
accrued for it comes off the term's last row. The days after a break that was not used are a stretch of their own.

A stretch that begins in the middle of a month cuts that month's row. Cash: rents.py prices the days before the cut as
the terms before it do, and the month whole; the days after it take what is left.
Revenue: the days before the cut take their share of the row's revenue by days, rounded half up; whatever the new
stretch has to spread follows from the balance at the cut.

Termination: the days from `effective_on` through `ends_on` are a stretch of their own. Where both are one day there is
none, and what is accrued then stays for derecognition. Holdover: month by month at the last rent, revenue = cash.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from math import lcm

from msgspec import Struct
from msgspec.structs import replace

from ledger.leases.lease import Lease, LeaseVersion
from ledger.leases.rents import (
    Span,
    amount,
    amount_through,
    charge_quote_on,
    charged,
    fixed,
    month_begins,
    months_of,
    rent_month,
    version_on,
    whole_months,
)
from ledger.leases.reviews import payable, payable_on, reviewed_on
from ledger.leases.terms import Quote, Terms
from ledger.periods import day_after, day_before, month_end, month_of, months_from
from ledger.values.money import half_up, share


class ScheduleRow(Struct, frozen=True, gc=False):
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

    @property
    def net_minor(self) -> int:
        """The rent payable for these days."""
        return self.cash_minor + self.variable_minor


class ServiceCharge(Struct, frozen=True, gc=False):
    """The service charge for the days `from_on` to `until_on`, both in `month`. In CNY minor units, ex VAT."""

    month: str
    from_on: date
    until_on: date
    charge_minor: int

    @property
    def net_minor(self) -> int:
        """The charge payable for these days."""
        return self.charge_minor


class RentPeriod(Struct, frozen=True, gc=False):
    """The days that one rent invoice is for, the day it is billed on, and the terms in force on its first day."""

    from_on: date
    until_on: date
    billed_on: date
    terms: Terms


class BillingPeriod(Struct, frozen=True, kw_only=True, gc=False):
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


def deposit_due_on(lease: Lease) -> date | None:
    """The day by which a lease's deposit is to be paid back: so many days after its end, or after the keys came back
    where that was later, as the terms say; None while no end is known."""
    end = last_day(lease)
    if end is None or not lease.versions:
        return None
    return max(end, lease.surrendered_on or end) + timedelta(days=lease.latest.deposit_return_days)


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


class Stretch(Struct, frozen=True, gc=False):
    """Days over which payments are spread together, as the versions known to them say.

    until_on     the last day that they are spread over: with options that are reasonably certain
    expires_on   the last day that rent is agreed for
    """

    from_on: date
    until_on: date
    expires_on: date
    versions: tuple[LeaseVersion, ...]


def stretches(lease: Lease) -> list[Stretch]:
    """The stretches of a lease: one for each version of the terms, and one for the notice period of a termination."""
    versions = in_force(lease)
    agreed, ends = lease.ended_early or (date.max, date.max)
    noticed = agreed < ends
    stretches: dict[date, Stretch] = {}
    for at, version in enumerate(versions):
        known, begin = versions[: at + 1], version.from_on
        if noticed and begin >= agreed:
            stretches[begin] = Stretch(begin, ends, ends, known)
            continue
        stop = versions[at + 1].from_on if at + 1 < len(versions) else date.max
        for until in _spread_until(version.terms, begin):
            if begin < min(stop, agreed if noticed else date.max):
                stretches[begin] = Stretch(begin, until, version.terms.expiry_on, known)
            begin = day_after(until)
    if noticed and versions and versions[0].from_on < agreed and agreed not in stretches:
        known = tuple(version for version in versions if version.from_on <= agreed)
        stretches[agreed] = Stretch(agreed, ends, ends, known)
    end = term_end(lease) or date.max
    return [stretches[begin] for begin in sorted(stretches) if begin <= end or begin == versions[0].from_on]


def _spread_until(terms: Terms, begin: date) -> Iterator[date]:
    """The last days of what is spread together from a day on: breaks that are reasonably certain, then the term's."""
    certain = (right.on for right in terms.breaks if right.reasonably_certain)
    yield from (day for day in sorted(certain) if begin <= day < terms.expiry_on)
    option = terms.renewal
    certainly = option.months if option is not None and option.reasonably_certain else 0
    yield _months_on(terms.expiry_on, certainly)


def _months_on(last: date, months: int) -> date:
    """The last day of so many months more after a last day."""
    if not months:
        return last
    begin = day_after(last)
    at = begin.month - 1 + months
    first = date(begin.year + at // 12, at % 12 + 1, 1)
    return day_before(min(month_end(first), first + timedelta(days=begin.day - 1)))


Paid = dict[date, int]
"""Cash of rows by the first day of their month of rent: what follows in that month takes what is left."""


def _due(spans: Sequence[Span], until_on: date, paid: Paid) -> int:
    """Work out what the days of a month of rent up to one cost, less what was due before in it."""
    return amount_through(spans, until_on) - paid.get(rent_month(until_on, spans[0].begins)[0], 0)


def _paid(done: Iterable[tuple[date, int]], begins: int) -> Paid:
    """Add up what was due, by month of rent: of each row its last day and its cash."""
    paid: Paid = {}
    for until_on, due in done:
        _pay(paid, until_on, begins, due)
    return paid


def _pay(paid: Paid, until_on: date, begins: int, due: int) -> None:
    month = rent_month(until_on, begins)[0]
    paid[month] = paid.get(month, 0) + due


def _spread(stretch: Stretch, accrued: int, before: Paid) -> Iterator[tuple[tuple[date, date], int, int]]:
    """The days of each part of a stretch, what is due for them, and what of it and of `accrued` before is earned."""
    begins, spreading = month_begins(stretch.versions), _Spreading(dict(before))
    agreed = min(stretch.until_on, stretch.expires_on)
    for first, last, priced in (
        (stretch.from_on, agreed, stretch.expires_on),
        (day_after(agreed), stretch.until_on, stretch.until_on),
    ):
        if first <= last:
            _spread_days(spreading, fixed(stretch.versions, priced), first, last, begins)
    cash = spreading.cash
    revenue = share(sum(cash) - accrued, spreading.weights) if cash else []
    return zip(spreading.days, cash, revenue, strict=True)


class _Spreading:
    """Parts that are spread together: their days and the cash due for them. `cut`: those that are no whole month of
    rent, (which, days of it, days of the month)."""

    def __init__(self, paid: Paid) -> None:
        self.paid = paid
        self.days: list[tuple[date, date]] = []
        self.cash: list[int] = []
        self.cut: list[tuple[int, int, int]] = []

    @property
    def weights(self) -> list[int]:
        """The weights of the parts, as whole numbers in the same proportions."""
        common = lcm(*(of for _, _, of in self.cut))
        weights = [common] * len(self.days)
        for at, days, of in self.cut:
            weights[at] = days * common // of
        return weights


def _spread_days(to: _Spreading, spans: Sequence[Span], first: date, last: date, begins: int) -> None:
    """Add the parts of some days. Whole months at one rent, of which nothing was due before, are taken together."""
    at = 0
    while first <= last:
        while at + 1 < len(spans) and spans[at].until_on < first:
            at += 1
        alike = min(spans[at].until_on, last)
        if begins == 1 and first.day == 1 and first not in to.paid and spans[at].from_on <= first:
            count = (alike.year - first.year) * 12 + alike.month - first.month + (alike == month_end(alike))
            if count:
                months = months_from(first.year, first.month, count)
                to.days += months
                to.cash += [spans[at].monthly_minor] * count
                if (ended := months[-1][1]) >= last:
                    return
                first = day_after(ended)
                continue
        begun, ended = rent_month(first, begins)
        until = min(month_end(first), ended, last)
        due = amount_through(spans, until) - to.paid.get(begun, 0)
        to.paid[begun] = to.paid.get(begun, 0) + due
        if first > begun or until < ended:
            to.cut.append((len(to.days), (until - first).days + 1, (ended - begun).days + 1))
        to.days.append((first, until))
        to.cash.append(due)
        if until >= last:
            return
        first = day_after(until)


def _fixed_rows(lease: Lease, through: date) -> Iterator[ScheduleRow]:
    """The rows of the term that begin on or before a day, without variable rent; of a lease that was renewed, those of
    a certain option too."""
    some, end, accrued = stretches(lease), term_end(lease), 0
    done: list[tuple[date, int]] = []
    for at, stretch in enumerate(some):
        assert end is not None, "a stretch has terms"
        begins, final = month_begins(stretch.versions), at + 1 == len(some)
        stop = end if final else day_before(some[at + 1].from_on)
        for (first, last), due, earned in _spread(stretch, accrued, _paid(done, begins)):
            if first > stop and (not final or lease.successor is None or lease.ended_early is not None):
                break
            if first > through:
                return
            if first > stop:
                due, earned = 0, earned - due
            elif last > stop or (last == end and lease.ended_early is not None):
                days, of = (stop - first).days + 1, (last - first).days + 1
                spans = fixed(stretch.versions, stop if final else stretch.expires_on)
                due = _due(spans, stop, _paid(done, begins))
                last, earned = stop, half_up(earned * days, of)
            done.append((last, due))
            accrued += earned - due
            if last == end and lease.ended_early is None and lapsed(lease):
                accrued, earned = 0, earned - accrued
            yield _row(first, last, due, earned, accrued)


def lapsed(lease: Lease) -> bool:
    """Tell whether the term is over and no other lease follows: nobody will pay for the months of an option."""
    return lease.successor is None and (lease.holdover_from is not None or lease.state == "EXPIRED")


def _row(from_on: date, until_on: date, cash: int, revenue: int, accrued: int) -> ScheduleRow:
    return ScheduleRow(month_of(from_on), from_on, until_on, cash, 0, revenue, accrued)


def _holdover_days(lease: Lease, through: date) -> Iterator[tuple[date, date]]:
    """The months and parts of months of a holdover that begin on or before a day."""
    if lease.holdover_from is None or not lease.versions or lease.ended_early is not None:
        return iter(())
    until = _holdover_known(lease, through)
    return months_of(lease.holdover_from, until, month_begins(lease.versions))


def _holdover_known(lease: Lease, through: date) -> date:
    """The last day that a holdover is priced for: its end, or that of the months that a day lies in."""
    until = max(month_end(through), rent_month(month_end(through), month_begins(lease.versions))[1])
    return until if lease.ends_on is None else min(until, lease.ends_on)


def schedule(lease: Lease, through: date) -> tuple[ScheduleRow, ...]:
    """Every row that begins on or before a day, each whole, in order: each day of the lease stands in exactly one."""
    rows = list(_fixed_rows(lease, through))
    held_over = [days for days in _holdover_days(lease, through) if days[0] <= through]
    if held_over:
        spans, begins = fixed(lease.versions, _holdover_known(lease, through)), month_begins(lease.versions)
        paid = _paid(((row.until_on, row.cash_minor) for row in rows), begins)
        for first, last in held_over:
            due = _due(spans, last, paid)
            _pay(paid, last, begins, due)
            rows.append(_row(first, last, due, due, rows[-1].accrued_minor if rows else 0))
    return tuple(_with_variable(lease, rows, through)) if lease.reviews and rows else tuple(rows)


def _with_variable(lease: Lease, rows: Sequence[ScheduleRow], through: date) -> Iterator[ScheduleRow]:
    """The rows, each with what reviews make its days cost more. After the term there is none but in holdover."""
    end = term_end(lease) or date.max
    paid: Paid = {}
    known = end
    fixed_spans, spans = fixed(lease.versions, known), payable(lease, known)
    days = [(row.from_on, row.until_on) for row in rows]
    for row, rent, agreed in zip(rows, whole_months(spans, days), whole_months(fixed_spans, days), strict=True):
        if row.from_on > end and lease.holdover_from is None:
            yield row
            continue
        if rent is not None and agreed is not None:
            yield row if rent == agreed else replace(row, variable_minor=rent - agreed)
            continue
        if row.from_on > end and known == end:
            known = _holdover_known(lease, through)
            fixed_spans, spans = fixed(lease.versions, known), payable(lease, known)
        total = amount_through(spans, row.until_on) - amount_through(fixed_spans, row.until_on)
        variable = total - paid.get(rent_month(row.until_on, spans[0].begins)[0], 0)
        _pay(paid, row.until_on, spans[0].begins, variable)
        yield replace(row, variable_minor=variable)


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
    days = list(months_of(lease.versions[0].from_on, until))
    return tuple(
        ServiceCharge(month_of(first), first, last, amount(spans, first, last) if whole is None else whole)
        for (first, last), whole in zip(days, whole_months(spans, days), strict=True)
    )


# Billing


def billing_periods(lease: Lease, through: date) -> tuple[BillingPeriod, ...]:
    """The rent billing periods billed on or before a day, in order; `rows` of each are whole and sum to its rent.

    A period is `billed_every_months` months of rent, counted from the month of commencement, clipped to the lease. It
    is billed on its first day, or in arrears on its last. Terms amended in that rhythm begin a new period.
    """
    periods, rows = billing(lease, through, date.min)
    begins = [row.from_on for row in rows]
    return tuple(
        BillingPeriod(
            from_on=period.from_on,
            until_on=period.until_on,
            billed_on=period.billed_on,
            due_on=period.billed_on + timedelta(days=period.terms.due_days),
            terms=period.terms,
            rows=tuple(rows[bisect_left(begins, period.from_on) : bisect_right(begins, period.until_on)]),
        )
        for period in periods
    )


def billing(lease: Lease, through: date, until: date) -> tuple[list[RentPeriod], Sequence[ScheduleRow]]:
    """The billing periods, and the schedule through the last of them and through `until`."""
    periods = [period for period in _periods(lease, through) if period.billed_on <= through]
    return periods, schedule(lease, max((until, *(period.until_on for period in periods[-1:]))))


def _periods(lease: Lease, through: date) -> Iterator[RentPeriod]:
    """The periods that begin on or before a day."""
    versions, end = in_force(lease), last_day(lease)
    begin, later = (versions[0].from_on if versions else date.max), versions[1:]
    if begin <= through and not later and _by_calendar_month(versions[0].terms):
        terms, until = versions[0].terms, month_end(through)
        for first, last in months_of(begin, until if end is None else min(until, end)):
            yield RentPeriod(first, last, first if terms.billed == "ADVANCE" else last, terms)
        return
    while begin <= through and (end is None or begin <= end):
        terms = version_on(versions, begin).terms
        last = _period_end(versions, begin, terms.billed_every_months)
        for version in later:
            if begin < version.from_on <= last and _rhythm(version.terms) != _rhythm(terms):
                last = day_before(version.from_on)
        last = last if end is None else min(last, end)
        yield RentPeriod(begin, last, begin if terms.billed == "ADVANCE" else last, terms)
        begin = day_after(last)


def _by_calendar_month(terms: Terms) -> bool:
    """Tell whether each month of the calendar is billed by itself."""
    return terms.billed_every_months == 1 and terms.rent_months == "CALENDAR"


def _rhythm(terms: Terms) -> tuple[int, str]:
    return terms.billed_every_months, terms.billed


def _period_end(versions: Sequence[LeaseVersion], begin: date, months: int) -> date:
    """The last day of the period that a day lies in."""
    begins = month_begins(versions)
    now, last = rent_month(begin, begins)
    if months == 1:
        return last
    first, _ = rent_month(versions[0].from_on, begins)
    counted = (now.year - first.year) * 12 + now.month - first.month
    for _ in range(months - 1 - counted % months):
        last = rent_month(day_after(last), begins)[1]
    return last
