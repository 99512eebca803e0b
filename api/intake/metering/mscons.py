"""MSCONS, how metered energy goes between companies of Europe's markets (UN/EDIFACT; EDI@Energy of Germany).

read_mscons   the bytes of a file -> the samples of one register of one point; what is wrong is noted

A series is a point (LOC+172) and a register (PIA, an OBIS code). Series are never added. Times say their offset from
UTC and are converted; without one they are local. A value that is not usable is missing, whatever stands there.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from functools import lru_cache, partial
from itertools import islice
from typing import NamedTuple

from api.formats.workbooks.cells import Told
from api.intake.metering.edifact import Frame, Malformed, Segment, segments_of
from api.intake.metering.profile import Profile, Unit
from api.intake.metering.rows import Grade, Noted, Sample, Samples

QUALITIES: Mapping[str, Grade | None] = {"220": "A", "67": "S", "201": "E", "Z18": "E", "20": None}
"""True, substituted, proposed, provisional; 20 is a value that is not usable."""
UNITS: Mapping[str, Unit] = {"WHR": "Wh", "KWH": "kWh", "MWH": "MWh", "WTT": "W", "KWT": "kW", "MAW": "MW"}
VALUE = re.compile(r"\d{1,12}(?:[.,]\d{1,9})?|[.,]\d{1,9}", re.ASCII)
MOMENT = re.compile(r"(?P<at>\d{12})(?P<offset>(?P<sign>[+-])(?P<hours>\d\d)(?P<minutes>\d\d)?|Z|UTC)?", re.ASCII)
TAKEN = re.compile(r"[^:]*:1\.", re.ASCII)
"""Active energy that is taken, by its OBIS code."""
LENGTHS = (5, 15, 30, 60)
SHOWN = 5
TOLD_EACH = 10_000
WITHIN = ("DTM", "STS", "RFF", "CCI", "CAV", "MEA", "FTX")
"""What may follow a quantity and belongs to it."""


class Series(NamedTuple):
    """Whose energy: a point, and a register of it."""

    point: str
    register: str


class Quantity(NamedTuple):
    """A QTY and its DTM 163 and 164: as they are written."""

    segment: Segment
    series: Series
    begin: Segment | None = None
    end: Segment | None = None


class First(NamedTuple):
    """The first quantity of a series: its place, the minutes of its interval if it has one, its unit."""

    nth: int
    minutes: int | None
    unit: str


def read_mscons(
    data: bytes, profile: Profile, point: str | None, local: timezone, noted: Noted, told: Told | None = None
) -> Samples | None:
    """The samples of one series; None where none can be told. The file is gone through twice, and not held."""
    found = _survey(data, local, noted, told)
    chosen = _chosen(found, profile, point, noted)
    if chosen is None or noted.stopped:
        return None
    first = found[chosen]
    if first.minutes not in LENGTHS:
        long = "no begin and end" if first.minutes is None else f"{first.minutes} minutes"
        noted.wrong(first.nth, f"a value of {long} is no interval of 5, 15, 30 or 60 minutes (DTM 163 and 164)")
        return None
    unit = UNITS.get(first.unit) if first.unit else profile.unit
    if unit is None:
        noted.wrong(first.nth, f"{first.unit[:9]!r} is no unit of energy: {', '.join(UNITS)}")
        return None
    if profile.minutes not in (None, first.minutes):
        noted.wrong(first.nth, f"intervals are {first.minutes} minutes, and the profile says {profile.minutes}")
    return Samples(_samples(data, chosen, first, local, noted), first.minutes, profile.watt_hours(first.minutes, unit))


def _survey(data: bytes, local: timezone, noted: Noted, told: Told | None) -> dict[Series, First]:
    """Every series of the file, and what its first quantity says; faults of the envelope are noted."""
    frame, found, last = Frame("MSCONS", noted), dict[Series, First](), 0

    def seen() -> Iterator[Segment]:
        nonlocal last
        for segment in segments_of(data):
            last = segment.nth
            if told is not None and not last % TOLD_EACH:
                told(segment.at, len(data))
            if frame.see(segment):
                if segment.tag == "BGM":
                    _cancels(segment, noted)
                yield segment

    try:
        for quantity in _quantities(seen(), lambda series: series not in found or found[series].minutes is None):
            series, minutes, segment = quantity.series, _minutes(quantity, local), quantity.segment
            if series not in found or minutes is not None:
                found[series] = First(segment.nth, minutes, segment.said(0, 2))
    except Malformed as fault:
        noted.stop(fault.nth, fault.rule)
        return found
    frame.close(last)
    return found


def _cancels(segment: Segment, noted: Noted) -> None:
    """A message that takes another back is no measurement."""
    if segment.said(2) == "1":
        noted.wrong(segment.nth, "the message cancels another: its values are taken back, and not read as measured")


def _minutes(quantity: Quantity, local: timezone) -> int | None:
    """The length of the interval of a quantity, where it has one."""
    if quantity.begin is None or quantity.end is None:
        return None
    begin, end = _moment(quantity.begin, local), _moment(quantity.end, local)
    if isinstance(begin, str) or isinstance(end, str):
        return None
    return (end - begin) // timedelta(minutes=1)


def _chosen(found: Mapping[Series, First], profile: Profile, point: str | None, noted: Noted) -> Series | None:
    """The one series that is read; the others of its point are named."""
    points = list(dict.fromkeys(series.point for series in found))
    if not found:
        if not noted.bad:
            noted.wrong(0, "the file holds no quantity (QTY) of a MSCONS message")
        return None
    if point is None and len(points) > 1:
        noted.wrong(0, f"the file is of {len(points)} points, {_some(points)}: say which one (`number`)")
        return None
    if point is not None and point not in points:
        noted.wrong(0, f"nothing in the file is of {point}: it is of {_some(points)}")
        return None
    of_point = [series for series in found if point in (None, series.point)]
    if profile.stream is not None:
        wanted = [series for series in of_point if series.register == profile.stream]
    else:
        wanted = [series for series in of_point if TAKEN.match(series.register)]
    if len(wanted) != 1:
        registers = _some([series.register or "none" for series in of_point])
        noted.wrong(0, f"the registers are {registers}: say which is read, `stream` in a profile; they are never added")
        return None
    for series in of_point:
        if series != wanted[0]:
            noted.leave_out(found[series].nth, f"the register {series.register or 'without a code'} is not read")
    return wanted[0]


def _some(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(name[:40] for name in islice(names, SHOWN)) + more


def _samples(data: bytes, chosen: Series, first: First, local: timezone, noted: Noted) -> Iterator[Sample]:
    """Every value of a series, in the order of the file."""
    quiet = Frame("MSCONS", Noted())
    of_kind = (segment for segment in segments_of(data) if quiet.see(segment))
    for quantity in _quantities(of_kind, partial(Series.__eq__, chosen)):
        if (sample := _sample(quantity, first, local, noted)) is not None:
            yield sample


def _sample(quantity: Quantity, first: First, local: timezone, noted: Noted) -> Sample | None:
    """A quantity as a value, or None where it is wrong, which is noted."""
    segment, nth = quantity.segment, quantity.segment.nth
    qualifier, text, unit = segment.said(0), segment.said(0, 1), segment.said(0, 2)
    begin, at = _noted_moment(quantity.begin, "163", quantity, local, noted), None
    end = _noted_moment(quantity.end, "164", quantity, local, noted)
    if begin is not None and end is not None:
        minutes, at = (end - begin) // timedelta(minutes=1), begin
        if minutes != first.minutes:
            noted.wrong(nth, f"an interval of {minutes} minutes, where others are {first.minutes}: they overlap")
            return None
    if qualifier not in QUALITIES:
        noted.wrong(
            nth,
            f"{qualifier[:9]!r} is no value to settle by: {', '.join(QUALITIES)} are taken, neither sums nor forecasts",
        )
        return None
    if unit != first.unit:
        noted.wrong(nth, f"the unit is {unit[:9] or 'left out'}, in segment {first.nth} {first.unit[:9] or 'left out'}")
        return None
    grade = QUALITIES[qualifier]
    if grade is not None and not VALUE.fullmatch(text):
        noted.wrong(nth, f"{text[:20]!r} is no value such as 1.25, never negative")
        return None
    if at is None:
        return None
    return Sample(nth, at, None if grade is None else Fraction(text.replace(",", ".")), grade or "A")


def _quantities(segments: Iterator[Segment], wanted: Callable[[Series], bool]) -> Iterator[Quantity]:
    """Every quantity of the series that are wanted, with its times."""
    series, open_ = Series("", ""), None  # type: Series, Quantity | None
    for segment in segments:
        tag = segment.tag
        if tag == "DTM":
            if open_ is not None:
                open_ = _timed(open_, segment)
            continue
        if open_ is not None and tag not in WITHIN:
            yield open_
            open_ = None
        if tag == "QTY" and wanted(series):
            open_ = Quantity(segment, series)
        elif tag in ("UNH", "NAD"):
            series = Series("", "")
        elif tag == "LOC" and segment.said(0) == "172":
            series = Series(segment.said(1), "")
        elif tag == "LIN":
            series = Series(series.point, "")
        elif tag == "PIA":
            series = Series(series.point, segment.said(1))
    if open_ is not None:
        yield open_


def _timed(quantity: Quantity, segment: Segment) -> Quantity:
    """The quantity with the time that a DTM behind it says."""
    kind = segment.said(0)
    if kind == "163":
        return quantity._replace(begin=segment)
    return quantity._replace(end=segment) if kind == "164" else quantity


def _noted_moment(
    segment: Segment | None, kind: str, quantity: Quantity, local: timezone, noted: Noted
) -> datetime | None:
    if segment is None:
        noted.wrong(
            quantity.segment.nth, f"no DTM {kind} says when the interval {'begins' if kind == '163' else 'ends'}"
        )
        return None
    found = _moment(segment, local)
    if isinstance(found, str):
        noted.wrong(segment.nth, found)
        return None
    return found


def _moment(segment: Segment, local: timezone) -> datetime | str:
    """The moment that a DTM says, in the time of the meter; or what is wrong with it."""
    return _read_moment(segment.said(0, 1), segment.said(0, 2), local)


@lru_cache(maxsize=4096)
def _read_moment(text: str, form: str, local: timezone) -> datetime | str:
    if form not in ("203", "303"):
        return f"DTM has the form {form[:9] or 'left out'}; 303, a time with its offset, and 203, local, are read"
    found = MOMENT.fullmatch(text)
    if found is None or (form == "303") == (found["offset"] is None):
        return f"{text[:20]!r} is no time of form {form}, such as 202401010015{'+00' if form == '303' else ''}"
    try:
        at = datetime.strptime(found["at"], "%Y%m%d%H%M")  # noqa: DTZ007 - its offset, or none, stands beside it
    except ValueError:
        return f"{text[:20]!r} is no time that there is"
    if not 1970 <= at.year <= 2200:
        return f"{text[:20]!r} is no time of a meter"
    if form == "203":
        return at
    sign, hours, minutes = found["sign"], int(found["hours"] or 0), int(found["minutes"] or 0)
    if hours > 14 or minutes > 59:
        return f"{text[:20]!r} is further from UTC than any place"
    return at - timedelta(hours=hours, minutes=minutes) * (-1 if sign == "-" else 1) + local.utcoffset(None)
