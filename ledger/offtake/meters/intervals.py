"""Interval files: a year of quarter hours as CSV, read whole or not at all.

read_intervals   the text of a file -> its days, or every line that is wrong
BadLine          a line's number and what is wrong with it

Two columns: when the interval begins, in local time without an offset, and its kWh. A time is 2024-01-01T00:00, or with
a blank, or as Excel saves it, 2024/1/1 0:00; cells may stand in quotes (RFC 4180); more than three decimals of kWh are
zeros. Intervals follow one another; the file begins and ends with a whole day. A time that comes twice or is left out
is named by its line: clocks that change in spring and autumn do both, and China's do not change.
"""

import csv
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from msgspec import Struct

from ledger.offtake.energy import wh
from ledger.offtake.meters.facts import DayBlock, IntervalMinutes

STAMP = re.compile(r"(\d{4})(?:-(\d\d)-(\d\d)|/(\d\d?)/(\d\d?))[T ](\d\d?):(\d\d)(:00)?")
ENERGY = re.compile(r"((?:0|[1-9][0-9]{0,6})(?:\.[0-9]{1,3})?)(?:(?<=\.[0-9]{3})0+)?")
BAD_LINES_MAX = 20
DAY_MINUTES = 1440
HOUR = timedelta(hours=1)


class BadLine(Struct, frozen=True):
    """A line's number, from 1, and what is wrong with it."""

    line: int
    fault: str


class IntervalRow(Struct, frozen=True):
    """An interval: its line, when it begins, and its watt-hours."""

    line: int
    begins_at: datetime
    energy_wh: int


class IntervalFile(Struct, frozen=True, kw_only=True):
    """A file's days; or what is wrong with it: the first lines, in order."""

    days: tuple[DayBlock, ...] = ()
    bad: tuple[BadLine, ...] = ()


def read_intervals(text: str, minutes: IntervalMinutes = 15) -> IntervalFile:
    """Read a file of intervals of so many minutes, day by day; nothing of it where a line is bad."""
    rows: list[IntervalRow] = []
    bad: list[BadLine] = []
    for line in _lines(text):
        if isinstance(line, IntervalRow):
            rows.append(line)
        else:
            bad.append(line)
    bad += _other_length(rows, minutes) or _disorder(rows, timedelta(minutes=minutes))
    if not rows and not bad:
        bad.append(BadLine(1, "the file holds no interval"))
    if not bad:
        bad += _ends(rows, minutes)
    if bad:
        return IntervalFile(bad=tuple(sorted(bad, key=lambda fault: fault.line)[:BAD_LINES_MAX]))
    return IntervalFile(days=tuple(_days(rows, DAY_MINUTES // minutes)))


def _lines(text: str) -> Iterator[IntervalRow | BadLine]:
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        if not line.strip():
            continue
        try:
            ((*cells,),) = csv.reader([line], strict=True, skipinitialspace=True)
        except (csv.Error, ValueError):
            yield BadLine(number, "a quote is not closed")
            continue
        cells = [cell.strip() for cell in cells]
        if number == 1 and not cells[0][:1].isdigit():
            continue  # the names of the columns
        stamp, energy = (STAMP.fullmatch(cells[0]), ENERGY.fullmatch(cells[-1]))
        if len(cells) != 2:
            yield BadLine(number, f"has {len(cells)} columns in place of two: when, and kWh")
        elif stamp is None:
            yield BadLine(number, f"{cells[0]!r} is no time such as 2024-01-01T00:15")
        elif energy is None:
            yield BadLine(number, f"{cells[1]!r} is no kWh such as 104.3, never negative, up to three decimals")
        else:
            yield _row(number, stamp, energy)


def _row(number: int, stamp: re.Match[str], energy: re.Match[str]) -> IntervalRow | BadLine:
    year, *days, hour, minute, _ = stamp.groups()
    month, day = (part for part in days if part is not None)
    try:
        begins_at = datetime.fromisoformat(f"{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{minute}")
    except ValueError:
        return BadLine(number, f"{stamp[0]!r} is no time that there is")
    return IntervalRow(number, begins_at, wh(energy[1]))


LENGTHS = (15, 30, 60)


def _other_length(rows: list[IntervalRow], minutes: int) -> list[BadLine]:
    """A file whose intervals all have another length: that is said once, not at each of its lines."""
    steps = {(later.begins_at - row.begins_at) // timedelta(minutes=1) for row, later in pairwise(rows)}
    if len(steps) != 1 or steps <= {minutes} or not steps <= set(LENGTHS):
        return []
    (apart,) = steps
    return [BadLine(rows[0].line, f"intervals are {apart} minutes apart, not {minutes}; say so: --minutes {apart}")]


def _disorder(rows: list[IntervalRow], step: timedelta) -> Iterator[BadLine]:
    """Find times that come twice, are left out, or go back."""
    lines: dict[datetime, int] = {}
    before: IntervalRow | None = None
    for row in rows:
        if row.begins_at in lines:
            yield BadLine(
                row.line, f"{row.begins_at:%Y-%m-%dT%H:%M} stands in line {lines[row.begins_at]} already{_autumn(row)}"
            )
            continue
        lines[row.begins_at] = row.line
        if before is not None and row.begins_at - before.begins_at != step:
            yield BadLine(row.line, _jump(before, row, step))
        before = row


def _autumn(row: IntervalRow) -> str:
    daylight = row.begins_at.month in (10, 11) and row.begins_at.hour in (0, 1, 2)
    return ": an hour that is told twice, as clocks do in autumn" if daylight else ""


def _jump(before: IntervalRow, row: IntervalRow, step: timedelta) -> str:
    missing = row.begins_at - before.begins_at - step
    times = f"{row.begins_at:%Y-%m-%dT%H:%M} follows {before.begins_at:%Y-%m-%dT%H:%M}"
    if missing == HOUR and row.begins_at.month in (3, 4):
        return f"{times}: an hour is missing, as with clocks in spring; export the file without daylight saving time"
    if missing < timedelta(0):
        return f"{times}: intervals of {step.seconds // 60} minutes follow one another"
    return f"{times}: {missing // step} interval{'s are' if missing > step else ' is'} missing"


def _ends(rows: list[IntervalRow], minutes: int) -> Iterator[BadLine]:
    if rows[0].begins_at.time() != datetime.min.time():
        yield BadLine(rows[0].line, f"the file begins at {rows[0].begins_at:%H:%M}; a day is recorded whole")
    if rows[-1].begins_at.hour * 60 + rows[-1].begins_at.minute != DAY_MINUTES - minutes:
        yield BadLine(rows[-1].line, f"the file ends at {rows[-1].begins_at:%H:%M}; a day is recorded whole")


def _days(rows: list[IntervalRow], each: int) -> Iterator[DayBlock]:
    for at in range(0, len(rows), each):
        energies = (str(row.energy_wh) for row in rows[at : at + each])
        yield DayBlock(day=rows[at].begins_at.date(), energy_wh=" ".join(energies))
