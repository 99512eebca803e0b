"""Intervals as programs write them: one writer a form, each with the profile that reads it.

Row     when an interval begins, its watt-hours, how good they are
FORMS   name -> a writer: rows and minutes -> the bytes of a file, and its profile
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from io import BytesIO
from itertools import groupby
from typing import NamedTuple

from xlsxwriter import Workbook

from api.intake.metering.profile import Minutes, Order, Profile
from api.intake.metering.rows import Grade

HOUR = timedelta(hours=1)


class Row(NamedTuple):
    """An interval."""

    at: datetime
    wh: int
    grade: Grade = "A"


Writer = Callable[[Sequence[Row], Minutes], tuple[bytes, Profile]]


def kwh(wh: int | Fraction, point: str = ".") -> str:
    """Kilowatt-hours as far as they go."""
    return f"{float(wh) / 1000:.6f}".rstrip("0").rstrip(".").replace(".", point)


def lines(*rows: str, end: str = "\n") -> bytes:
    return (end.join(rows) + end).encode()


def long(stamp: Callable[[datetime], str], order: Order = "YMD", offset: str | None = None) -> Writer:
    """Two columns with names; the label at the beginning."""

    def write(rows: Sequence[Row], minutes: Minutes) -> tuple[bytes, Profile]:
        told = (f"{stamp(row.at)},{kwh(row.wh)}" for row in rows)
        profile = Profile(time="time", value="kWh", minutes=minutes, order=order, offset=offset)
        return lines("time,kWh", *told), profile

    return write


def short(at: datetime) -> str:
    return f"{at.year}/{at.month}/{at.day} {at.hour}:{at:%M}"


def ended(at: datetime) -> str:
    """The end of an interval, midnight as 24:00 of the day before."""
    if (at.hour, at.minute) == (0, 0):
        return f"{at - timedelta(days=1):%Y-%m-%d} 24:00"
    return f"{at:%Y-%m-%d %H:%M}"


def at_end(stamp: Callable[[datetime], str]) -> Writer:
    def write(rows: Sequence[Row], minutes: Minutes) -> tuple[bytes, Profile]:
        told = (f"{stamp(row.at + timedelta(minutes=minutes))},{kwh(row.wh)}" for row in rows)
        return lines("time,kWh", *told), Profile(time="time", value="kWh", label="END", minutes=minutes)

    return write


def plain(rows: Sequence[Row], minutes: Minutes) -> tuple[bytes, Profile]:
    return lines("begins,kWh", *(f"{row.at:%Y-%m-%d %H:%M},{kwh(row.wh)}" for row in rows)), Profile(minutes=minutes)


def quoted(rows: Sequence[Row], minutes: Minutes) -> tuple[bytes, Profile]:
    told = (f'"{row.at:%Y-%m-%d %H:%M:%S}","{row.wh / 1000:.4f}"' for row in rows)
    return b"\xef\xbb\xbf" + lines('"time","kWh"', *told, "", end="\r\n"), Profile(minutes=minutes)


def decimal_comma(rows: Sequence[Row], minutes: Minutes) -> tuple[bytes, Profile]:
    told = (f"{row.at:%d.%m.%Y %H:%M};{kwh(row.wh, ',')}" for row in rows)
    profile = Profile(time="Zeit", value="kWh", order="DMY", delimiter=";", decimal=",", minutes=minutes)
    return b"\xef\xbb\xbf" + lines("Zeit;kWh", *told), profile


def chinese(rows: Sequence[Row], minutes: Minutes) -> tuple[bytes, Profile]:
    """Titles, two columns for when, a state, totals; GB 18030."""
    words = {"A": "正常", "E": "估算", "S": "替代"}
    told = (f'{row.at:%Y年%m月%d日},="{row.at:%H:%M}",{kwh(row.wh)},{words[row.grade]}' for row in rows)
    text = lines("电量明细", "户号,0001 (demo)", "日期,时刻,电量(kWh),状态", *told, "合计,,99,").decode()
    return text.encode("gb18030"), Profile(
        encoding="gb18030",
        day="日期",
        clock="时刻",
        value="电量(kWh)",
        quality="状态",
        actual=("正常",),
        estimated=("估算",),
        substituted=("替代",),
        missing=("缺失",),
        ends=("合计",),
        minutes=minutes,
    )


def days(rows: Sequence[Row]) -> list[list[Row]]:
    return [list(group) for _, group in groupby(rows, key=lambda row: row.at.date())]


def wide(rows: Sequence[Row], minutes: Minutes) -> tuple[bytes, Profile]:
    names = [f"{row.at:%H:%M}" for row in days(rows)[0]]
    told = (",".join([short(day[0].at).split()[0], *(kwh(row.wh) for row in day)]) for day in days(rows))
    return lines(",".join(["日期", *names]), *told), Profile(form="WIDE", day="日期")


def wide_at_end(rows: Sequence[Row], minutes: Minutes) -> tuple[bytes, Profile]:
    """Power, headed by the end of each interval; the last is 24:00."""
    step = timedelta(minutes=minutes)
    names = [ended(row.at + step).split()[1] for row in days(rows)[0]]
    hours = Fraction(minutes, 60)
    told = (
        ";".join([f"{day[0].at:%Y%m%d}", *(str(Fraction(row.wh) / hours).split("/")[0] for row in day), ""])
        for day in days(rows)
    )
    return lines(";".join(["day", *names, "total"]), *told), Profile(
        form="WIDE", day="day", delimiter=";", unit="W", label="END"
    )


def wide_counted(rows: Sequence[Row], minutes: Minutes) -> tuple[bytes, Profile]:
    """Columns that are only counted, in megawatt-hours."""
    names = [f"P{nth}" for nth in range(1, len(days(rows)[0]) + 1)]
    told = (",".join([f"{day[0].at:%Y-%m-%d}", *(f"{row.wh / 1e6:.6f}" for row in day)]) for day in days(rows))
    profile = Profile(form="WIDE", day="day", first="P1", minutes=minutes, unit="MWh")
    return lines(",".join(["day", *names]), *told), profile


def several(rows: Sequence[Row], minutes: Minutes) -> tuple[bytes, Profile]:
    """The register of a meter behind transformers of 80, newest first, between the lines of another."""
    told, shown = list[str](), Fraction(999_990)
    for row in [*rows, Row(rows[-1].at + timedelta(minutes=minutes), 0)]:
        told += [f"{row.at:%Y-%m-%d %H:%M},7,1.5", f"{row.at:%Y-%m-%d %H:%M},8,{float(shown % 10**6):.6f}"]
        shown += Fraction(row.wh, 80_000)
    profile = Profile(
        time="time", value="shown", meter="meter", readings=True, digits=6, multiplier="80", minutes=minutes
    )
    return lines("time,meter,shown", *reversed(told)), profile


def nem12(rows: Sequence[Row], minutes: Minutes) -> tuple[bytes, Profile]:
    """Streams of energy given and of none beside it; a quality a day, or 400 records."""
    codes = {"A": "A", "E": "E52", "S": "F14"}
    told = ["100,NEM12,202502010000,DEMO,DEMO", f"200,DEMO000001,E1B1Q1,,B1,,1,kWh,{minutes},"]
    told += [f"200,DEMO000001,E1B1Q1,,E1,,1,kwh,{minutes},"]
    for day in days(rows):
        values = ",".join(kwh(row.wh) for row in day)
        of = [(grade, list(group)) for grade, group in groupby(day, key=lambda row: row.grade)]
        first = of[0][0] if len(of) == 1 else None
        told.append(f"300,{day[0].at:%Y%m%d},{values},{codes[first] if first else 'V'},,,20250201000000,")
        nth = 1
        for grade, group in of if first is None else ():
            told.append(f"400,{nth},{nth + len(group) - 1},{codes[grade]},,")
            nth += len(group)
    told += [f"200,DEMO000001,E1B1Q1,,Q1,,1,kVArh,{minutes},", "900"]
    return lines(*told, end="\r\n"), Profile(form="NEM12")


READING_TYPE = (
    "<entry><link rel='self' href='/ReadingType/1'/><content><ReadingType><accumulationBehaviour>4"
    "</accumulationBehaviour><flowDirection>1</flowDirection><powerOfTenMultiplier>{power}</powerOfTenMultiplier>"
    "<uom>{uom}</uom></ReadingType></content></entry>"
)


def feed(*entries: str) -> bytes:
    head = "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:e='http://naesb.org/espi'>"
    return "\n".join(("<?xml version='1.0' encoding='UTF-8'?>", head, *entries, "</feed>")).encode()


def block(*readings: str, links: str = "") -> str:
    told = "\n".join(readings)
    return f"<entry>{links}<content><IntervalBlock>\n{told}\n</IntervalBlock></content></entry>"


def reading(start: int, seconds: int, value: object, quality: str = "") -> str:
    return (
        f"<IntervalReading>{quality}<timePeriod><duration>{seconds}</duration><start>{start}</start></timePeriod>"
        f"<value>{value}</value></IntervalReading>"
    )


def epoch(at: datetime) -> int:
    """Seconds from 1970 of a time in Beijing."""
    return int((at - datetime(1970, 1, 1, 8)).total_seconds())  # noqa: DTZ001 - local time


def espi(rows: Sequence[Row], minutes: Minutes) -> tuple[bytes, Profile]:
    """A block a day, without links, in tenths of a watt-hour."""
    codes = {"A": "", "E": "8", "S": "7"}
    told = []
    for day in days(rows):
        of_day = []
        for row in day:
            code = codes[row.grade]
            quality = f"<ReadingQuality><quality>{code}</quality></ReadingQuality>" if code else ""
            of_day.append(reading(epoch(row.at), minutes * 60, row.wh * 10, quality))
        told.append(block(*of_day))
    return feed(READING_TYPE.format(power=-1, uom=72), *told), Profile(form="ESPI")


def serial(at: datetime) -> str:
    return f"{(at - datetime(1899, 12, 30)) / timedelta(days=1):.10f}"  # noqa: DTZ001 - a spreadsheet's days


def workbook(fill: Callable[[Workbook], None], **options: object) -> bytes:
    """The bytes of a workbook that is filled so."""
    to = BytesIO()
    book = Workbook(to, {"in_memory": True, **options})
    fill(book)
    book.close()
    return to.getvalue()


def sheet_of_times(**options: object) -> Writer:
    """A title, then days with times as a spreadsheet has them, at the end; numbers, some of them as texts."""

    def write(rows: Sequence[Row], minutes: Minutes) -> tuple[bytes, Profile]:
        def fill(book: Workbook) -> None:
            page, form = book.add_worksheet(), book.add_format({"num_format": "yyyy/m/d h:mm"})
            page.write(0, 0, "电量 (demo)")
            page.write_row(2, 0, ("结束", "kWh"))
            for nth, row in enumerate(rows, 3):
                page.write_datetime(nth, 0, row.at + timedelta(minutes=minutes), form)
                if nth % 2:
                    page.write_string(nth, 1, kwh(row.wh))
                else:
                    page.write_number(nth, 1, row.wh / 1000)

        return workbook(fill, **options), Profile(time="结束", value="kWh", label="END", minutes=minutes)

    return write


def sheet_of_days(rows: Sequence[Row], minutes: Minutes) -> tuple[bytes, Profile]:
    """A line a day, headed by times up to 24:00; days as days."""
    profile = Profile(form="WIDE", day="日期", label="END", decimal=",")

    def fill(book: Workbook) -> None:
        page, clock, day = book.add_worksheet(), *(book.add_format({"num_format": f}) for f in ("[h]:mm", "d.m.yyyy"))
        page.write(0, 0, "日期")
        for nth in range(1440 // minutes):
            page.write_number(0, nth + 1, (nth + 1) * minutes / 1440, clock)
        for line, of_day in enumerate(days(rows), 1):
            page.write_datetime(line, 0, of_day[0].at, day)
            page.write_row(line, 1, [row.wh / 1000 for row in of_day])

    return workbook(fill), profile


FORMS: Mapping[str, Writer] = {
    "two columns": plain,
    "quoted, with a mark of UTF-8, blank lines and zeros": quoted,
    "as a spreadsheet shows it": long(short),
    "a spreadsheet's number": long(serial, order="EXCEL"),
    "compact": long(lambda at: f"{at:%Y%m%d%H%M}"),
    "with the offset": long(lambda at: f"{at:%Y-%m-%dT%H:%M:%S}+08:00"),
    "in UTC": long(lambda at: f"{at - 8 * HOUR:%Y-%m-%dT%H:%M}Z"),
    "of another offset": long(lambda at: f"{at - 3 * HOUR:%Y-%m-%dT%H:%M}+0530", offset="+08:30"),
    "the month first, in half days": long(lambda at: f"{at:%m/%d/%Y %I:%M %p}", order="MDY"),
    "decimal comma": decimal_comma,
    "the end, 24:00": at_end(ended),
    "the end, 0:00 of the day after": at_end(short),
    "GB 18030, a state, titles, totals": chinese,
    "a line a day": wide,
    "a line a day, power, at the end": wide_at_end,
    "a line a day, counted": wide_counted,
    "a register behind transformers, newest first": several,
    "NEM12": nem12,
    "Green Button": espi,
    "a workbook, times": sheet_of_times(),
    "a workbook that counts days from 1904": sheet_of_times(date_1904=True),
    "a workbook, a line a day": sheet_of_days,
}
"""Everything that only these tell."""
NUMBERS: Mapping[str, str] = {"a register behind transformers, newest first": "8"}
"""Of the forms of several meters: which one."""
GRADED = ("GB 18030, a state, titles, totals", "NEM12", "Green Button")
"""Forms that say how good a value is."""
