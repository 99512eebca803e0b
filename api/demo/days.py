"""Days and hours of the demonstration: offices in Meishan work from Monday to Friday, 9 to 17 o'clock.

workday, workday_before   the day itself, or the nearest working day after or before it
office_hour               some second of a working day
at                        a set minute of a working day
months                    every month from one to another, as 2024-07
first_of, last_of         a month's first and last day
months_on                 the same day so many months later
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from ledger.periods import month_after

OPENING = time(1, tzinfo=UTC)
"""Nine o'clock in Beijing."""
OFFICE_MINUTES = 8 * 60


def workday(day: date) -> date:
    """The day, or the Monday after it."""
    return day + timedelta(days=(0, 0, 0, 0, 0, 2, 1)[day.weekday()])


def workday_before(day: date) -> date:
    """The last working day before the day."""
    return day - timedelta(days=(3, 1, 1, 1, 1, 1, 2)[day.weekday()])


def office_hour(day: date, chance: Random) -> datetime:
    """Some second of the day, or of the Monday after it."""
    return at(day) + timedelta(seconds=chance.randint(0, OFFICE_MINUTES * 60 - 1))


def at(day: date, minute: int = 0, second: int = 0) -> datetime:
    """So many minutes and seconds after opening, on the day or the Monday after it."""
    return datetime.combine(workday(day), OPENING) + timedelta(minutes=minute, seconds=second)


def months(first: str, last: str) -> Iterator[str]:
    """Every month from the first to the last, both included."""
    while first <= last:
        yield first
        first = month_after(first)


def first_of(month: str) -> date:
    """The first day of 2024-07."""
    return date.fromisoformat(f"{month}-01")


def last_of(month: str) -> date:
    """The last day of 2024-07."""
    first = first_of(month)
    return first.replace(day=monthrange(first.year, first.month)[1])


def months_on(day: date, count: int) -> date:
    """The same day `count` months later; the last one of a shorter month."""
    at_month = day.year * 12 + day.month - 1 + count
    year, month = at_month // 12, at_month % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
