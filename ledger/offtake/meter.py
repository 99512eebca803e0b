"""Meters: what was read of them, and how much energy went through one on some days.

Meter             a meter as its facts tell; evolve_meter
points            what its register showed at the end of which days
volume            the energy of a month, with the facts it was computed from
metered_between   the energy of some hours, as far as intervals are known

A read stands at the end of its day. Energy is (close - open) × CT × PT; a register with N digits that went round
counts 10^N more, and where a meter was replaced the old one's final and the new one's first value join. A meter settled
by intervals is summed instead. A calibration that found it registering 98.2 % of the truth divides by 0.982, for the
days it covers: registers are spread evenly over the days between two reads of a month.

Refusals, in order of precedence
├── ReadMissing        no read at the end of a day that the month needs
├── BandsUnknown       energy by band is asked for, and a read does not say its bands
├── BandsDiffer        E6: the bands do not sum to the whole
└── IntervalsMissing   days without intervals
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ledger.offtake.energy import RESOLUTION_WH, WH, resolved
from ledger.offtake.facts import (
    BandValues,
    DayBlock,
    IntervalsReceived,
    MeterCalibrated,
    MeterFact,
    MeterInstalled,
    MeterReplaced,
    ReadFact,
)
from ledger.offtake.rules import OfftakeRefusal
from ledger.offtake.terms import BANDS, Band, TimeOfUse, band_at
from ledger.periods import Month, day_before, first_and_last
from ledger.values.money import share

NOTHING: Mapping[Any, Any] = MappingProxyType({})

# Refusals


class ReadMissing(OfftakeRefusal):
    """No read at the end of a day that the month needs."""

    code = "read-missing"


class BandsUnknown(OfftakeRefusal):
    """Energy by band is asked for, and a read does not say its bands."""

    code = "bands-unknown"


class BandsDiffer(OfftakeRefusal):
    """E6: the bands do not sum to the whole."""

    code = "bands-differ"


class IntervalsMissing(OfftakeRefusal):
    """Days without intervals."""

    code = "intervals-missing"


# State


class Meter(Struct, frozen=True, kw_only=True):
    """A meter as its facts tell: of every day the latest read and the latest intervals."""

    installed: MeterInstalled | None = None
    reads: Mapping[date, ReadFact] = NOTHING
    replaced: Mapping[date, MeterReplaced] = NOTHING
    calibrated: tuple[MeterCalibrated, ...] = ()
    intervals: Mapping[date, tuple[DayBlock, IntervalsReceived]] = NOTHING

    def shown_on(self, day: date) -> MeterReplaced | ReadFact | None:
        """The fact that says what the register showed at the end of a day."""
        return self.replaced.get(day) or self.reads.get(day)


# Evolve


def evolve_meter(meter: Meter, fact: MeterFact) -> Meter:
    """The meter after one more fact."""
    match fact:
        case MeterInstalled():
            return replace(meter, installed=fact)
        case ReadFact():
            return replace(meter, reads={**meter.reads, fact.effective_on: fact})
        case MeterReplaced():
            return replace(meter, replaced={**meter.replaced, fact.effective_on: fact})
        case MeterCalibrated():
            return replace(meter, calibrated=(*meter.calibrated, fact))
        case IntervalsReceived():
            more = {block.day: (block, fact) for block in fact.days}
            return replace(meter, intervals={**meter.intervals, **more})
    raise AssertionError(fact)


# Points


class Point(Struct, frozen=True, kw_only=True):
    """A day's end, and what the register shows then: coming from before (`value`), and going on (`onward`)."""

    day: date
    value: str
    bands: BandValues | None
    rolled_over: bool
    onward: str
    onward_bands: BandValues | None
    digits: int
    multiplier: int
    fact: MeterFact


def points(meter: Meter) -> list[Point]:
    """Every point in order; each carries the digits and the multiplier that hold from it on."""
    assert meter.installed is not None, "a meter begins with its installation"
    first = meter.installed
    before = day_before(first.effective_on)
    digits, multiplier = first.digits, first.ct * first.pt
    shown = [_point(before, first.start, first.bands, digits, multiplier, first)]
    for day in sorted({*meter.reads, *meter.replaced}):
        if (change := meter.replaced.get(day)) is not None:
            digits, multiplier = change.digits, change.ct * change.pt
            old = _point(day, change.final, change.final_bands, digits, multiplier, change, change.rolled_over)
            shown.append(replace(old, onward=change.start, onward_bands=change.start_bands))
        else:
            read = meter.reads[day]
            shown.append(_point(day, read.value, read.bands, digits, multiplier, read, read.rolled_over))
    return shown


def _point(
    day: date,
    value: str,
    bands: BandValues | None,
    digits: int,
    multiplier: int,
    fact: MeterFact,
    rolled_over: bool = False,
) -> Point:
    return Point(
        day=day,
        value=value,
        bands=bands,
        rolled_over=rolled_over,
        onward=value,
        onward_bands=bands,
        digits=digits,
        multiplier=multiplier,
        fact=fact,
    )


def went_through(earlier: Point, later: Point) -> Fraction:
    """Watt-hours between two points next to each other, rollover and multiplier included."""
    around = 10**earlier.digits if later.rolled_over else 0
    return (Fraction(later.value) - Fraction(earlier.onward) + around) * earlier.multiplier * WH


def _band_through(earlier: Point, later: Point, band: Band) -> Fraction:
    if earlier.onward_bands is None or later.bands is None:
        raise BandsUnknown(f"the read at the end of {later.day} or the one before does not say its bands")
    before, after = Fraction(earlier.onward_bands.of(band)), Fraction(later.bands.of(band))
    around = 10**earlier.digits if after < before else 0
    return (after - before + around) * earlier.multiplier * WH


# Volume


class Volume(Struct, frozen=True, kw_only=True):
    """Energy at the resolution of meters, whole and by band, with the facts behind it."""

    total_wh: int
    bands_wh: Mapping[Band, int] = NOTHING
    inputs: tuple[MeterFact, ...] = ()
    estimated: bool = False


def volume(meter: Meter, month: Month, bands: TimeOfUse | None = None) -> Volume:
    """The energy of a month, split by band where bands are asked for. Raises the refusals above."""
    first, last = first_and_last(month)
    assert meter.installed is not None, "a meter begins with its installation"
    if meter.installed.effective_on > last:
        return Volume(total_wh=0)
    first = max(first, meter.installed.effective_on)
    if meter.installed.settled_by == "INTERVALS":
        return _by_intervals(meter, first, last, bands)
    return _by_register(meter, first, last, bands)


def _by_register(meter: Meter, first: date, last: date, bands: TimeOfUse | None) -> Volume:
    shown = points(meter)
    days = {point.day for point in shown}
    for day in (day_before(first), last):
        if day not in days:
            raise ReadMissing(f"no read at the end of {day} is recorded; read the meter, or estimate it", field="month")
    inside = [point for point in shown if day_before(first) <= point.day <= last]
    steps = list(pairwise(inside))
    exact = sum((went_through(*step) for step in steps), Fraction(0))
    parts = {
        band: sum((_band_through(*step, band) for step in steps), Fraction(0)) for band in BANDS if bands is not None
    }
    if parts and sum(parts.values()) != exact:
        raise BandsDiffer(f"the bands of {first:%Y-%m} sum to another amount than the whole", field="month")
    factor, tests = _calibration(meter, [(first + timedelta(days=at)) for at in range((last - first).days + 1)])
    ends = (inside[0], inside[-1])
    return Volume(
        total_wh=resolved(exact * factor),
        bands_wh=_split(resolved(exact * factor), parts),
        inputs=_once((shown[0].fact, *(point.fact for point in inside), *tests)),  # the first is the installation
        estimated=any(getattr(point.fact, "quality", "ACTUAL") == "ESTIMATED" for point in ends),
    )


def _once(facts: Iterable[MeterFact]) -> tuple[MeterFact, ...]:
    """Each fact once, in order."""
    return tuple({id(fact): fact for fact in facts}.values())


def _split(total_wh: int, parts: Mapping[Band, Fraction]) -> Mapping[Band, int]:
    """The bands of a total, each at the resolution of meters, so that they sum to it (E6)."""
    if not parts or not sum(parts.values()):
        return dict.fromkeys(parts, 0)
    tenths = share(total_wh // RESOLUTION_WH, list(parts.values()))
    return {band: part * RESOLUTION_WH for band, part in zip(parts, tenths, strict=True)}


def _calibration(meter: Meter, days: list[date]) -> tuple[Fraction, list[MeterCalibrated]]:
    """The factor of a month's energy, which is the mean of its days' factors; and the tests that say so."""
    factors = [_factor(meter, day) for day in days]
    tests = [test for test in meter.calibrated if any(used is test for _, used in factors)]
    return sum((factor for factor, _ in factors), Fraction(0)) / len(days), tests


def _factor(meter: Meter, day: date) -> tuple[Fraction, MeterCalibrated | None]:
    """The factor of a day's energy, from the latest test that covers the day."""
    for test in reversed(meter.calibrated):
        if test.from_on <= day <= test.until_on:
            return 1 / Fraction(test.registered), test
    return Fraction(1), None


def _by_intervals(meter: Meter, first: date, last: date, bands: TimeOfUse | None) -> Volume:
    days = [first + timedelta(days=at) for at in range((last - first).days + 1)]
    missing = [day for day in days if day not in meter.intervals]
    if missing:
        named = f"{missing[0]}" if len(missing) == 1 else f"{missing[0]} to {missing[-1]} ({len(missing)} days)"
        raise IntervalsMissing(f"no intervals are recorded for {named}", field="month")
    exact, parts = Fraction(0), dict.fromkeys(BANDS if bands is not None else (), Fraction(0))
    used: list[MeterFact] = []
    for day in days:
        block, fact = meter.intervals[day]
        factor, test = _factor(meter, day)
        used += [fact] if test is None else [fact, test]
        exact += sum(block.values) * factor
        if bands is not None:
            for at, energy in enumerate(block.values):
                parts[band_at(bands, at * fact.minutes)] += energy * factor
    total = resolved(exact)
    assert meter.installed is not None, "checked by volume()"
    return Volume(total_wh=total, bands_wh=_split(total, parts), inputs=_once((meter.installed, *used)))


def metered_between(meter: Meter, from_at: datetime, until_at: datetime) -> tuple[int, tuple[MeterFact, ...]]:
    """The watt-hours of the intervals that lie in a stretch of time, and their facts; 0 where none are known."""
    total, used = 0, []
    for starts_at, minutes, energy, fact in _intervals_from(meter, from_at.date(), until_at.date()):
        if from_at <= starts_at and starts_at + timedelta(minutes=minutes) <= until_at:
            total += energy
            used.append(fact)
    return total, _once(used)


def _intervals_from(meter: Meter, first: date, last: date) -> Iterator[tuple[datetime, int, int, IntervalsReceived]]:
    for at in range((last - first).days + 1):
        day = first + timedelta(days=at)
        if day in meter.intervals:
            block, fact = meter.intervals[day]
            midnight = datetime.combine(day, time())  # local time of the delivery point
            for number, energy in enumerate(block.values):
                yield midnight + timedelta(minutes=number * fact.minutes), fact.minutes, energy, fact
