"""The days on which an agreement delivers: what is owed and what is delivered are clipped to the same (domain §14.1).

Delivering      from commercial operation to the end, without the days on which delivery is suspended
days_in         how many days some stretches have
part_of_month   a month's part that counts: 1 where all of it does, else its days over the month's
hours_within    some hours, as far as they lie on days that count

Each of these days counts whole. Commercial operation and the last day are days of delivery; the day of a suspension is
none, the day on which delivery goes on is one. A read stands at the end of its day: a suspension from 10 June takes the
read of 9 June, and delivery that goes on with 20 June that of 19 June.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from fractions import Fraction

from msgspec import Struct

from ledger.periods import Month, day_after, day_before, first_and_last, month_after, month_of

Span = tuple[date, date]
"""The first and the last day of a stretch."""


class Delivering(Struct, frozen=True, kw_only=True):
    """The days from commercial operation to the end, both included.

    stops   suspensions by date: the first day of each, and the day on which delivery goes on
    """

    begun_on: date | None = None
    last_on: date
    stops: tuple[tuple[date, date | None], ...] = ()

    def spans(self, first: date, last: date) -> tuple[Span, ...]:
        """The stretches of days that count, from one day to another."""
        begin, end, found = max(first, self.begun_on or date.max), min(last, self.last_on), list[Span]()
        for stopped_on, resumed_on in self.stops:
            if begin < stopped_on:
                found.append((begin, min(end, day_before(stopped_on))))
            begin = max(begin, resumed_on or date.max)
        return tuple((since, until) for since, until in (*found, (begin, end)) if since <= until)

    def in_month(self, month: Month) -> tuple[Span, ...]:
        """The stretches of a month."""
        return self.spans(*first_and_last(month))

    @property
    def months(self) -> Iterator[Month]:
        """The months of which a day counts, from commercial operation to the end."""
        if self.begun_on is None:
            return
        month = month_of(self.begun_on)
        while month <= month_of(self.last_on):
            if self.in_month(month):
                yield month
            month = month_after(month)


def days_in(spans: Iterable[Span]) -> int:
    """The number of days of some stretches."""
    return sum((last - first).days + 1 for first, last in spans)


def part_of_month(spans: Sequence[Span], month: Month) -> Fraction:
    """The part of a month that counts."""
    return Fraction(days_in(spans), days_in((first_and_last(month),)))


def hours_within(from_at: datetime, until_at: datetime, spans: Iterable[Span]) -> tuple[tuple[datetime, datetime], ...]:
    """The parts of a stretch of time that lie on days that count."""
    clipped = (
        (max(from_at, datetime.combine(first, time())), min(until_at, datetime.combine(day_after(last), time())))
        for first, last in spans  # local time of the delivery point
    )
    return tuple((begin, end) for begin, end in clipped if begin < end)
