"""A cell as a time, in the local time of the meter, without daylight saving time.

NoTime       what is wrong with it
Moment       a time; whether it was written 24:00
moment_in    a day and a time in one cell
day_in       a day
clock_in     a time of the day, as minutes from its beginning; 24:00 is 1440
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from api.intake.metering.profile import Order

DAYS: Mapping[str, str] = {
    "YMD": r"(?P<y>\d{4})(?:(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})|年(?P<mm>\d{1,2})月(?P<dd>\d{1,2})日"
    r"|(?P<mmm>\d\d)(?P<ddd>\d\d))",
    "DMY": r"(?P<d>\d{1,2})(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<y>\d{4})",
    "MDY": r"(?P<m>\d{1,2})(?P<s>[-/.])(?P<d>\d{1,2})(?P=s)(?P<y>\d{4})",
}
DAY = {order: re.compile(form, re.ASCII) for order, form in DAYS.items()}
CLOCK = re.compile(
    r"(?P<h>\d{1,2}):(?P<i>\d\d)(?::(?P<s>\d\d)(?:\.0+)?)?(?: ?(?P<half>[AP]M))?|(?P<hh>\d\d)(?P<ii>\d\d)(?P<ss>\d\d)?",
    re.ASCII | re.IGNORECASE,
)
OFFSET = re.compile(r" ?(?:Z|[+-]\d\d:?\d\d)$")
SERIAL = re.compile(r"\d{5}(\.\d{1,17})?", re.ASCII)
BEGAN = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's days have no zone
SECONDS = 86_400
EXAMPLES = {"YMD": "2024-01-01T00:15", "DMY": "1.1.2024 00:15", "MDY": "1/1/2024 00:15", "EXCEL": "45292.0104"}


class NoTime(ValueError):
    """A cell is no time; the message says why."""


class Moment(NamedTuple):
    """A time, local; `over`: it was written as 24:00 of the day before."""

    at: datetime
    over: bool


def moment_in(text: str, order: Order, local: timezone) -> Moment:
    """A day and a time. Raises NoTime."""
    if order == "EXCEL":
        return Moment(_serial(text), over=False)
    offset = OFFSET.search(text)
    bare = text[: offset.start()] if offset is not None else text
    found = DAY[order].match(bare)
    rest = bare[found.end() :] if found is not None else ""
    if found is None or not rest:
        raise NoTime(f"{text[:40]!r} is no time such as {EXAMPLES[order]}")
    moment = at_clock(day_in(found[0], order), clock_in(rest.lstrip(" T")))
    if offset is None:
        return moment
    there = datetime.fromisoformat(f"{moment.at.isoformat()}{offset[0].strip()}")
    return Moment(there.astimezone(local).replace(tzinfo=None), moment.over)


def at_clock(day: date, minutes: int) -> Moment:
    """So many minutes from the beginning of a day."""
    return Moment(datetime.combine(day, time()) + timedelta(minutes=minutes), over=minutes == SECONDS // 60)


@lru_cache(4096)
def day_in(text: str, order: Order) -> date:
    """A day. Raises NoTime."""
    if order == "EXCEL":
        return _serial(text).date()
    # A day that a spreadsheet wrote with the midnight that it begins at.
    found = DAY[order].fullmatch(re.sub(r"[ T]0?0:00(:00)?$", "", text))
    if found is None:
        raise NoTime(f"{text[:40]!r} is no day such as {EXAMPLES[order].split('T')[0].split()[0]}")
    said = {name[0]: int(part) for name, part in found.groupdict().items() if name != "s" and part is not None}
    try:
        return date(said["y"], said["m"], said["d"])
    except ValueError as error:
        raise NoTime(f"{text[:40]!r} is no time that there is") from error


@lru_cache(4096)
def clock_in(text: str) -> int:
    """Minutes from the beginning of the day. Raises NoTime."""
    found = CLOCK.fullmatch(text)
    if found is None:
        raise NoTime(f"{text[:40]!r} is no time of a day such as 0:15")
    hour, minute = int(found["h"] or found["hh"]), int(found["i"] or found["ii"])
    second = int(found["s"] or found["ss"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            raise NoTime(f"{text[:40]!r} is no time that there is")
        hour = hour % 12 + (12 if found["half"].upper() == "PM" else 0)
    if minute > 59 or hour > 24 or (hour == 24 and (minute or second)):
        raise NoTime(f"{text[:40]!r} is no time that there is")
    if second:
        raise NoTime(f"{text[:40]!r} is no whole minute")
    return hour * 60 + minute


def _serial(text: str) -> datetime:
    """A spreadsheet's number of days, to the nearest minute: it keeps no more than about a microsecond."""
    if not SERIAL.fullmatch(text):
        raise NoTime(f"{text[:40]!r} is no time such as {EXAMPLES['EXCEL']}")
    seconds = Decimal(text) * SECONDS
    minutes = round(seconds / 60)
    if abs(seconds - minutes * 60) > 5:  # four decimals of a day are as far apart as that
        raise NoTime(f"{text[:40]!r} is no whole minute")
    return BEGAN + timedelta(minutes=minutes)
