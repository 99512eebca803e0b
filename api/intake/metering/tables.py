"""A table of intervals, CSV, XLSX or XLS, by its profile: a line an interval, or a line a day.

read_table   the bytes of a file -> its samples; what is wrong is noted on the way

Rows before the heading are titles. Without a profile the first two columns are when an interval begins, and its kWh.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from functools import lru_cache

from api.formats.workbooks.cells import NoWorkbook, Shown, Told, Unsound
from api.formats.workbooks.grid import grid_of, is_workbook
from api.intake.metering.profile import Order, Profile
from api.intake.metering.rows import Grade, Noted, Sample, Samples
from api.intake.metering.times import Moment, NoTime, at_clock, clock_in, day_in, moment_in
from ledger.offtake.meters.facts import DAY_MINUTES

METERS_NAMED, TOLD_LINES = 20, 1000
NONE = frozenset(("", "-", "--", "N/A", "NA", "NULL"))
NUMBER = r"[+-]?\d{{1,15}}({decimal}\d{{1,12}})?([eE][+-]?\d{{1,2}})?"
APART = r"[+-]?\d{{1,3}}({thousands}\d{{3}})+({decimal}\d{{1,12}})?"
DAYS: Mapping[Order, str | None] = {"YMD": "%Y-%m-%d", "DMY": "%d.%m.%Y", "MDY": "%m/%d/%Y", "EXCEL": None}
"""How a cell of a workbook that is a day is written, so that it reads as the profile says."""
CLOCK_HEADING = re.compile(r"(\d{1,2}:\d\d)(:00)?(\D.*)?", re.ASCII)


class Wrong(ValueError):
    """A cell does not say what it should; the message says why."""


def read_table(
    data: bytes, profile: Profile, meter: str | None, local: timezone, noted: Noted, told: Told | None = None
) -> Samples | None:
    """The samples of a table, one after the other; None where there is nothing to begin with."""
    rows_of = _sheet if is_workbook(data) else _lines
    lines = _cells(rows_of(data, profile, noted, told), profile, noted)
    minutes: int = profile.minutes or 15
    if not profile.headed:
        return Samples(_bare_rows(lines, profile, local, noted), minutes, profile.watt_hours(minutes))
    heading = next((cells for _, cells in lines if set(profile.columns) <= set(cells)), None)
    if heading is None:
        if not noted.bad:
            noted.wrong(0, f"no row has all of the headings {', '.join(profile.columns)}")
        return None
    if profile.form == "LONG":
        rows = _long_rows(lines, heading, profile, local, noted)
    elif (places := _places(heading, profile, noted)) is None:
        return None
    else:
        minutes = DAY_MINUTES // len(places)
        rows = _wide_rows(lines, heading, places, profile, noted)
    return Samples(_of_meter(rows, heading, profile, meter, noted), minutes, profile.watt_hours(minutes))


# Lines and cells


def _cells(lines: Iterator[tuple[int, list[str]]], profile: Profile, noted: Noted) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold something, until the table ends."""
    for line, row in lines:
        cells = [_bare(cell) for cell in row]
        if cells and cells[0] and cells[0] in profile.ends:
            return
        if any(cells):
            yield line, cells
        if noted.full:
            return


def _sheet(data: bytes, profile: Profile, noted: Noted, told: Told | None) -> Iterator[tuple[int, list[str]]]:
    """The rows of a workbook, each with its number; why no more of them can be read is noted."""
    try:
        grid = grid_of(data, profile.columns, Shown(profile.decimal, DAYS[profile.order]), noted.leave_out, told)
        if grid.from_1904 and profile.order == "EXCEL":
            rule = "its days count from 1904, and the profile takes numbers for days from 1900: format them as days"
            noted.stop(0, f'{rule}, and say order = "YMD"')
        else:
            yield from grid.rows
    except NoWorkbook as error:
        noted.stop(0, str(error))


def _lines(data: bytes, profile: Profile, noted: Noted, told: Told | None) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV, each with the line it begins in."""
    try:
        text = data.decode("utf-8-sig" if profile.encoding == "utf-8" else profile.encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        noted.wrong(line, f"the text is not in {profile.encoding}: say its `encoding` in a profile")
        return
    source, begun = io.StringIO(text, newline=""), 1
    reader = csv.reader(source, delimiter=profile.delimiter, strict=True)
    try:
        for nth, row in enumerate(reader, 1):
            yield begun, row
            if told is not None and nth % TOLD_LINES == 0:
                told(source.tell(), len(text))
            begun = reader.line_num + 1
    except csv.Error as error:
        open_quote = "unexpected end" in str(error) or "field larger" in str(error)
        rule = "a quote is not closed" if open_quote else f"no CSV with {profile.delimiter!r}: {error}"
        noted.wrong(begun, rule)


def _bare(cell: str) -> str:
    """A cell without blanks, quotes and what makes a spreadsheet take it for text: ="0123"."""
    if isinstance(cell, Unsound):
        return cell
    cell = cell.strip().lstrip("\ufeff")
    if cell.startswith('="') and cell.endswith('"'):
        return cell[2:-1].strip()
    return cell[1:-1].strip() if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell


@lru_cache(8)
def _forms(decimal: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    point, thousands = re.escape(decimal), re.escape("," if decimal == "." else ".")
    return (
        re.compile(NUMBER.format(decimal=point), re.ASCII),
        re.compile(APART.format(decimal=point, thousands=thousands), re.ASCII),
    )


@lru_cache(4096)
def _number(text: str, decimal: str, *, readings: bool, below_zero: bool = False) -> Fraction | None:
    """A number; None where the cell says there is none. Raises Wrong."""
    if text.upper() in NONE:
        return None
    plain, apart = _forms(decimal)
    number = text.replace("\u00a0", "")
    if apart.fullmatch(number):
        number = number.replace("," if decimal == "." else ".", "")
    elif not plain.fullmatch(number):
        raise Wrong(f"{text[:40]!r} is no number such as 104{decimal}3")
    found = Fraction(number.replace(decimal, "."))
    if found >= 0 or below_zero:
        return found
    if readings:
        raise Wrong(
            f"{text[:40]!r} is below nothing: a register of DL/T 645 above 800,000 that a program read as signed"
        )
    raise Wrong(f"{text[:40]!r} is below nothing: energy taken and energy given are apart")


class _Value:
    """The value in a row, and how good it is."""

    def __init__(self, profile: Profile, heading: Sequence[str]) -> None:
        self.profile = profile
        self.at = heading.index(profile.quality) if profile.quality is not None else None
        meant: tuple[tuple[Grade | None, tuple[str, ...]], ...] = (
            ("A", profile.actual),
            ("S", profile.substituted),
            ("E", profile.estimated),
            (None, profile.missing),
        )
        self.words: dict[str, Grade | None] = {word: grade for grade, words in meant for word in words}

    def grade(self, cells: Sequence[str]) -> Grade | None:
        """The quality of the values of a row; None where they are missing. Raises Wrong."""
        if self.at is None:
            return "A"
        said = _cell(cells, self.at)
        if said not in self.words:
            raise Wrong(f"{self.profile.quality} {said[:40]!r} is none of {', '.join(self.words)}")
        return self.words[said]

    def sample(self, line: int, at: datetime, text: str, grade: Grade | None, noted: Noted) -> Sample:
        """The value of a moment; where the cell is no number that is noted, and the value is missing."""
        try:
            profile = self.profile
            number = _number(_sound(text), profile.decimal, readings=profile.readings, below_zero=profile.below_zero)
        except Wrong as error:
            noted.wrong(line, f"{at:%Y-%m-%dT%H:%M}: {error}")
            number = None
        return Sample(line, at, None if grade is None else number, grade or "A")


def _cell(cells: Sequence[str], at: int) -> str:
    """The text of a cell that a line needs. Raises Wrong."""
    return _sound(cells[at]) if at < len(cells) else ""


def _value_at(cells: Sequence[str], at: int) -> str:
    return cells[at] if at < len(cells) else ""


def _sound(cell: str) -> str:
    if isinstance(cell, Unsound):
        raise Wrong(cell.why)
    return cell


# A line an interval


def _begins(moment: Moment, profile: Profile) -> None:
    """Refuse a beginning that is written as an end. Raises Wrong."""
    if moment.over and profile.label == "BEGIN" and not profile.readings:
        raise Wrong('24:00 ends an interval and begins none: say label = "END" in a profile')


def _back(profile: Profile, minutes: int) -> timedelta:
    """From the time that a line names to where its interval begins."""
    return timedelta(minutes=minutes if profile.label == "END" and not profile.readings else 0)


def _bare_rows(
    lines: Iterator[tuple[int, list[str]]], profile: Profile, local: timezone, noted: Noted
) -> Iterator[Sample]:
    """Two columns without names."""
    back, value = _back(profile, profile.minutes or 15), _Value(profile, ())
    for nth, (line, cells) in enumerate(lines):
        if nth == 0 and not cells[0][:1].isdigit():
            continue  # the names of the columns
        if len(cells) != 2:
            hint = "; they may be apart by another sign: say `delimiter` in a profile" if len(cells) == 1 else ""
            noted.wrong(line, f"has {len(cells)} columns in place of two: when, and kWh{hint}")
            continue
        try:
            moment = moment_in(_cell(cells, 0), profile.order, local)
            _begins(moment, profile)
        except (NoTime, Wrong) as error:
            noted.wrong(line, str(error))
            continue
        yield value.sample(line, moment.at - back, cells[1], "A", noted)


Row = tuple[int, list[str], Iterator[Sample]]


def _long_rows(
    lines: Iterator[tuple[int, list[str]]], heading: Sequence[str], profile: Profile, local: timezone, noted: Noted
) -> Iterator[Row]:
    """A sample a line, by the names of the columns."""
    assert profile.value is not None, "checked by the profile"
    back, value = _back(profile, profile.minutes or 15), _Value(profile, heading)
    at = heading.index(profile.value)
    when = [heading.index(name) for name in (profile.time, profile.day, profile.clock) if name is not None]

    def told(line: int, cells: list[str]) -> Iterator[Sample]:
        try:
            said = [_cell(cells, place) for place in when]
            if len(said) == 1:
                moment = moment_in(said[0], profile.order, local)
            else:
                moment = at_clock(day_in(said[0], profile.order), clock_in(said[1]))
            _begins(moment, profile)
            grade = value.grade(cells)
        except (NoTime, Wrong) as error:
            noted.wrong(line, str(error))
        else:
            yield value.sample(line, moment.at - back, _value_at(cells, at), grade, noted)

    for line, cells in lines:
        yield line, cells, told(line, cells)


# A line a day


def _places(heading: Sequence[str], profile: Profile, noted: Noted) -> Sequence[int] | None:
    """The places of the values of a day; None where the columns are not those of a day, which is noted."""
    if profile.first is not None:
        assert profile.minutes is not None, "checked by the profile"
        begin, count = heading.index(profile.first), DAY_MINUTES // profile.minutes
        if len(heading) < begin + count:
            noted.wrong(0, f"{len(heading) - begin} columns from {profile.first} on; a day has {count}")
            return None
        return range(begin, begin + count)
    named = [(place, found[1]) for place, name in enumerate(heading) if (found := CLOCK_HEADING.fullmatch(name))]
    count = len(named)
    minutes = profile.minutes or (DAY_MINUTES // count if count in (24, 48, 96, 288) else 0)
    if not minutes or count != DAY_MINUTES // minutes:
        noted.wrong(0, f"{count} columns are headed by a time; a day has 24, 48, 96 or 288, or `minutes` says another")
        return None
    after = minutes if profile.label == "END" and not profile.readings else 0
    for nth, (place, name) in enumerate(named):
        try:
            said = clock_in(name)
        except NoTime:
            said = -1
        due = nth * minutes + after
        if said != due and not (said == 0 and due == DAY_MINUTES):
            expected = f"{due // 60:02}:{due % 60:02}"
            hint = f"; the profile says label = {profile.label!r}" if not profile.readings else ""
            noted.wrong(0, f"the column {heading[place]!r} stands where {expected} is due{hint}")
            return None
    return [place for place, _ in named]


def _wide_rows(
    lines: Iterator[tuple[int, list[str]]],
    heading: Sequence[str],
    places: Sequence[int],
    profile: Profile,
    noted: Noted,
) -> Iterator[Row]:
    """As many samples a line as a day has."""
    assert profile.day is not None, "checked by the profile"
    day_at, value, step = heading.index(profile.day), _Value(profile, heading), DAY_MINUTES // len(places)

    def told(line: int, cells: list[str]) -> Iterator[Sample]:
        try:
            day, grade = day_in(_cell(cells, day_at), profile.order), value.grade(cells)
        except (NoTime, Wrong) as error:
            noted.wrong(line, str(error))
            return
        for nth, place in enumerate(places):
            yield value.sample(line, at_clock(day, nth * step).at, _value_at(cells, place), grade, noted)

    for line, cells in lines:
        yield line, cells, told(line, cells)


def _of_meter(
    rows: Iterator[Row], heading: Sequence[str], profile: Profile, meter: str | None, noted: Noted
) -> Iterator[Sample]:
    """The samples of one meter; the lines of others are counted."""
    if profile.meter is None:
        if meter is not None:
            noted.wrong(0, "which lines are of one meter is told by its column: `meter` in the profile")
        for _, _, samples in rows:
            yield from samples
        return
    at, first, found = heading.index(profile.meter), dict[str, int](), False
    for line, cells, samples in rows:
        said = _value_at(cells, at)
        if len(first) < METERS_NAMED:
            first.setdefault(said, line)
        if said == (meter or next(iter(first))):
            found = True
            yield from samples
    others = [name for name in first if name != meter]
    if meter is None and len(first) > 1:
        noted.stop(first[others[1]], f"the file is of several meters, {', '.join(others)}: say which one")
    elif meter is not None and not found:
        noted.stop(0, f"no line is of {meter}; lines are of {', '.join(others) or 'none'}")
    elif meter is not None:
        for name in others:
            noted.leave_out(first[name], f"lines of another meter, {name!r}, are left out")
