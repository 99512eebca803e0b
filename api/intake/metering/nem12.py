"""NEM12, how meters of Australia's market are read out: five kinds of records, as they come in the wild.

read_nem12   the bytes of a file -> the samples of one stream of one meter; what is wrong is noted

A stream is a suffix: E taken, B given, Q and K no energy. They are never added, nor is a day that is told twice: the
latest update holds. A value whose quality is N is missing, whatever stands there, which is mostly 0.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import NamedTuple

from api.intake.metering.profile import Profile, Unit
from api.intake.metering.rows import Grade, Noted, Sample, Samples
from api.intake.metering.times import NoTime, day_in
from ledger.offtake.meters.facts import DAY_MINUTES

UNITS: dict[str, Unit] = {"wh": "Wh", "kwh": "kWh", "mwh": "MWh"}
GRADES: dict[str, Grade | None] = {"A": "A", "E": "E", "F": "S", "S": "S", "N": None}
VALUE = re.compile(r"\d{1,12}(\.\d{1,9})?", re.ASCII)
QUALITY = re.compile(r"[AN]|[EFNS]\d\d|V", re.ASCII)
UPDATED = re.compile(r"\d{14}", re.ASCII)


class Stream(NamedTuple):
    """A 200 record: its line, meter, suffix, unit and length of an interval."""

    line: int
    nmi: str
    suffix: str
    unit: str
    minutes: str


class Day(NamedTuple):
    """A 300 record: its line, when it was updated, its values, how good each is."""

    line: int
    updated: str
    values: tuple[Fraction | None, ...]
    grades: tuple[Grade | None, ...]


class Open(NamedTuple):
    """A 300 record of many qualities, whose 400 records are to come."""

    line: int
    day: date
    updated: str
    values: tuple[Fraction | None, ...]
    grades: dict[int, Grade | None]


def read_nem12(data: bytes, profile: Profile, meter: str | None, noted: Noted) -> Samples | None:
    """The samples of one stream; None where none can be told."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        noted.wrong(data[: error.start].count(b"\n") + 1, "the text is not in UTF-8")
        return None
    rows = list(_rows(text, noted))
    if noted.bad:
        return None
    _frame(rows, noted)
    streams = [_stream(line, cells) for line, cells in rows if cells[0] == "200"]
    chosen = _chosen(streams, profile, meter, noted)
    minutes = _minutes(chosen, profile, noted)
    if not chosen or minutes is None or (unit := UNITS.get(chosen[0].unit.lower())) is None:
        return None
    days = _Days(minutes, noted)
    lines, inside = {stream.line for stream in chosen}, False
    for line, cells in rows:
        if cells[0] == "200":
            days.close()
            inside = line in lines
        elif inside and cells[0] == "300":
            days.day(line, cells)
        elif inside and cells[0] == "400":
            days.span(line, cells)
    days.close()
    return Samples(days.samples(), minutes, profile.watt_hours(minutes, unit))


def _rows(text: str, noted: Noted) -> Iterator[tuple[int, list[str]]]:
    """The records, blank rows left out."""
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in next(csv.reader([line]), [])]
        if not any(cells):
            continue
        if cells[0] not in ("100", "200", "300", "400", "500", "900"):
            noted.wrong(number, f"{cells[0][:20]!r} is no record of NEM12")
        yield number, cells


def _frame(rows: Sequence[tuple[int, list[str]]], noted: Noted) -> None:
    """Check how the file begins and ends."""
    if not rows or rows[0][1][0] != "100":
        noted.leave_out(1, "the file has no 100 record at its head; it is read as NEM12 all the same")
    for line, cells in rows:
        if cells[0] == "100" and cells[1:2] != ["NEM12"]:
            noted.wrong(line, f"the file says it is {''.join(cells[1:2]) or 'nothing'}, not NEM12")
    if rows and rows[-1][1][0] != "900":
        noted.leave_out(rows[-1][0], "the file does not end with a 900 record: it may have been cut off")


def _stream(line: int, cells: Sequence[str]) -> Stream:
    _, nmi, _, _, suffix, _, _, unit, minutes, *_ = [*cells, *[""] * 9]
    return Stream(line, nmi, suffix.upper(), unit, minutes)


def _chosen(streams: Sequence[Stream], profile: Profile, meter: str | None, noted: Noted) -> Sequence[Stream]:
    """The 200 records of the one stream that is read; the others are named once each."""
    if meter is not None:
        of_meter = [stream for stream in streams if stream.nmi == meter]
    else:
        of_meter = list(streams)
        meters = list(dict.fromkeys(stream.nmi for stream in streams))
        if len(meters) > 1:
            noted.wrong(0, f"the file is of several meters, {', '.join(meters)}: say which one")
    suffixes = list(dict.fromkeys(stream.suffix for stream in of_meter))
    if profile.stream is not None:
        wanted = [suffix for suffix in suffixes if suffix == profile.stream]
    else:
        wanted = [suffix for suffix in suffixes if suffix.startswith("E")]
    if len(wanted) != 1:
        found = ", ".join(suffixes) or "none"
        noted.wrong(0, f"the streams are {found}: say which one is read, `stream` in a profile; they are never added")
        return ()
    for suffix in suffixes:
        if suffix != wanted[0]:
            line = next(stream.line for stream in of_meter if stream.suffix == suffix)
            noted.leave_out(line, f"the stream {suffix} is not read: {_what(suffix)}")
    return [stream for stream in of_meter if stream.suffix == wanted[0]]


def _what(suffix: str) -> str:
    return {"E": "energy taken", "B": "energy given"}.get(suffix[:1], "no energy")


def _minutes(chosen: Sequence[Stream], profile: Profile, noted: Noted) -> int | None:
    """The length of an interval, and whether the unit is one of energy."""
    said = {(stream.minutes, stream.unit.lower()) for stream in chosen}
    if len(said) > 1:
        noted.wrong(chosen[-1].line, "the records of a stream differ in unit or length of an interval")
        return None
    for stream in chosen[:1]:
        if stream.unit.lower() not in UNITS:
            noted.wrong(stream.line, f"{stream.unit[:20]!r} is no unit of energy: Wh, kWh, MWh")
            return None
        if profile.minutes is not None:
            return profile.minutes
        if stream.minutes in ("5", "15", "30", "60"):
            return int(stream.minutes)
        noted.wrong(stream.line, f"{stream.minutes[:20]!r} is no length of an interval: 5, 15, 30 or 60")
    return None


class _Days:
    """The days of a stream as their records come."""

    def __init__(self, minutes: int, noted: Noted) -> None:
        self.minutes, self.count, self.noted = minutes, DAY_MINUTES // minutes, noted
        self.found: dict[date, Day] = {}
        self.open: Open | None = None

    def day(self, line: int, cells: list[str]) -> None:
        """A 300 record."""
        self.close()
        qualities = [at for at, cell in enumerate(cells[2:], 2) if QUALITY.fullmatch(cell)]
        count = qualities[0] - 2 if qualities else len(cells) - 2
        if count != self.count:
            rule = f"holds {count} values; a day of {self.minutes} minutes has {self.count}"
            if count and DAY_MINUTES % count == 0:
                rule += f". If they are {DAY_MINUTES // count} minutes apart: `minutes` in a profile"
            self.noted.wrong(line, rule if qualities else "has no quality after its values")
            return
        try:
            day = day_in(cells[1], "YMD")
        except NoTime as error:
            self.noted.wrong(line, str(error))
            return
        values = tuple(self._value(line, cell) for cell in cells[2 : 2 + count])
        quality, *rest = cells[2 + count :]
        updated = rest[2] if len(rest) > 2 and UPDATED.fullmatch(rest[2]) else ""
        if quality == "V":
            self.open = Open(line, day, updated, values, {})
        else:
            self._keep(day, Day(line, updated, values, (GRADES[quality[0]],) * count))

    def _value(self, line: int, cell: str) -> Fraction | None:
        if not cell:
            return None
        if VALUE.fullmatch(cell):
            return Fraction(cell)
        self.noted.wrong(line, f"{cell[:20]!r} is no value such as 1.25, never negative")
        return None

    def span(self, line: int, cells: list[str]) -> None:
        """A 400 record: from which interval to which a quality holds."""
        if self.open is None:
            self.noted.wrong(line, "a 400 record belongs to a 300 record of quality V")
            return
        begin, end, quality = (*cells[1:4], "", "", "")[:3]
        if not (begin.isdecimal() and end.isdecimal()) or not 1 <= int(begin) <= int(end) <= self.count:
            self.noted.wrong(line, f"{begin[:9]} to {end[:9]} are no intervals of a day, 1 to {self.count}")
            return
        if not QUALITY.fullmatch(quality) or quality == "V":
            self.noted.wrong(line, f"{quality[:9]!r} is no quality of an interval: A, E, F, N, S")
            return
        for nth in range(int(begin), int(end) + 1):
            if nth in self.open.grades:
                self.noted.wrong(line, f"interval {nth} has a quality already")
                return
            self.open.grades[nth] = GRADES[quality[0]]

    def close(self) -> None:
        """No more 400 records come to the day."""
        if self.open is None:
            return
        left = [nth for nth in range(1, self.count + 1) if nth not in self.open.grades]
        if left:
            self.noted.wrong(self.open.line, f"no 400 record says how good interval {left[0]} is, of {len(left)} so")
        else:
            grades = tuple(self.open.grades[nth] for nth in range(1, self.count + 1))
            self._keep(self.open.day, Day(self.open.line, self.open.updated, self.open.values, grades))
        self.open = None

    def _keep(self, day: date, told: Day) -> None:
        """Keep the latest update of a day."""
        other = self.found.get(day)
        if other is None or (other.values, other.grades) == (told.values, told.grades):
            self.found[day] = told if other is None else other
            if other is not None:
                self.noted.leave_out(told.line, f"{day} is told again as in line {other.line}: counted once")
        elif other.updated == told.updated or not (other.updated and told.updated):
            self.noted.wrong(told.line, f"{day} stands in line {other.line} already, with other values; none is later")
        else:
            earlier, later = sorted((other, told), key=lambda one: one.updated)
            self.found[day] = later
            self.noted.leave_out(earlier.line, f"{day} was updated later, in line {later.line}, which holds")

    def samples(self) -> Iterator[Sample]:
        """Every interval of the days."""
        for day, told in self.found.items():
            midnight = datetime.combine(day, time())
            for nth, (value, grade) in enumerate(zip(told.values, told.grades, strict=True)):
                at = midnight + timedelta(minutes=nth * self.minutes)
                yield Sample(told.line, at, None if grade is None else value, grade or "A")
