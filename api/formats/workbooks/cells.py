"""A cell of a workbook as the text that a table in CSV would have.

NoWorkbook    the bytes are no workbook that is read
Unsound       a cell that says nothing certain, and why
Shown         how days and numbers are written: as the reader of the table expects them
number_text   a number, to the 15 digits that a spreadsheet keeps
serial_text   a number of days that is formatted as a day or a time; 24:00 stays 24:00
name_of       C5
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

DIGITS = 15
"""Those that a spreadsheet keeps of a number."""
BEGAN = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's days have no zone
FROM_1904 = 1462
"""Days by which a workbook that counts from 1904 is behind."""
DURATIONS = 60
"""Below so many days, in the first weeks of 1900, a number is a time of the day or a length of time."""
LAST = 2_958_465
"""31 December 9999."""
NEAR_S = 5
"""To the nearest minute within so many seconds: four decimals of a day are as far apart as that."""


class NoWorkbook(ValueError):
    """The bytes are no workbook that is read; the message says why."""


class Unsound(str):
    """The text of a cell that says nothing certain; `why` is the rule, with the cell's name."""

    __slots__ = ("why",)
    why: str


def unsound(text: str, why: str) -> Unsound:
    """Make such a cell."""
    made = Unsound(text)
    made.why = why
    return made


At = tuple[int, int]
"""The row and the column of a cell, counted from 1."""
Told = Callable[[int, int], None]
"""How far a file is read, and how far it goes."""


class Shown(NamedTuple):
    """The form of texts: the sign before decimals; a day by `day`, with its time or without.

    day   None: a day and its time are the number of days, as they stand in the file
    """

    decimal: str = "."
    day: str | None = "%Y-%m-%d"
    timed: bool = True


def number_text(value: float, shown: Shown, at: At) -> str:
    """A number as a spreadsheet shows it at its most exact."""
    if abs(value) >= 10**DIGITS:
        why = f"{name_of(*at)} is a number of more than {DIGITS} digits, of which no more are kept: write it as text"
        return unsound(f"{value}", why)
    written = str(value) if isinstance(value, int) else f"{value:.{DIGITS}g}"
    if "e" in written:
        written = f"{Decimal(written):f}"
    return written.replace(".", shown.decimal)


def serial_text(value: float, shown: Shown, at: At, *, from_1904: bool) -> str:
    """A day, a time or both. Days are counted from 1900, or from 1904."""
    if from_1904 and value >= DURATIONS:
        value += FROM_1904
    if not 0 <= value <= LAST:
        return unsound(f"{value}", f"{name_of(*at)} is formatted as a day, and is none: {value}")
    seconds, whole = round(value * 86_400), round(value * 1440) * 60
    if abs(seconds - whole) <= NEAR_S:
        seconds = whole
    if value < DURATIONS:
        return _clock(seconds)
    if shown.day is None:
        return number_text(value, Shown(), at)
    return moment_text(BEGAN + timedelta(seconds=seconds), shown)


@lru_cache(2048)
def _clock(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    return f"{hours:02}:{minutes:02}" + (f":{rest:02}" if rest else "")


def moment_text(value: datetime | date | time, shown: Shown) -> str:
    """A day or a time that the file writes as text (ISO 8601)."""
    if isinstance(value, time):
        return _clock(value.hour * 3600 + value.minute * 60 + value.second)
    day = _day(value.date() if isinstance(value, datetime) else value, shown.day or "%Y-%m-%d")
    if not shown.timed or not isinstance(value, datetime):
        return day
    return f"{day} {_clock(value.hour * 3600 + value.minute * 60 + value.second)}"


@lru_cache(2048)
def _day(value: date, form: str) -> str:
    return value.strftime(form)


def name_of(row: int, column: int) -> str:
    """The name of a cell; both are counted from 1."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"
