"""Meters: what was read of them, and how much energy went through one on some days.

Meter             a meter as its facts tell; evolve_meter
points            what its register showed at the end of which days
intervals_on      the intervals of a day: as received, and where a value is missing as an approved estimate says
volume            the energy of some days, with the facts it was computed from
metered_days      the intervals of each day of a month, with the factor of its calibration
metered_between   the energy of some hours, as far as intervals are known

A read stands at the end of its day. Energy is (close - open) × CT × PT; where a meter was replaced the old one's final
and the new one's first value join. Each register, the total and those of the bands, goes round by itself: one with N
digits that shows less than before, and of which that is said, counts 10^N more. A meter settled by intervals is summed
instead; the energy of an interval over the border of two prices is shared by its minutes. A calibration that found it
registering 98.2 % of the truth divides by 0.982, for the days it covers: registers are spread evenly over the days
between two reads of a month. What was received stays as it is: an estimate stands beside it, and counts only where a
value is missing, which is never 0.

Refusals, in order of precedence
├── ReadMissing        no read at the end of a day that the month needs
├── BandsUnknown       energy by band is asked for, and a read does not say its bands
├── BandsDiffer        E6: the bands do not sum to the whole
└── IntervalsMissing   days without intervals, or with values missing that no approved estimate says
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from functools import cache
from itertools import pairwise
from types import MappingProxyType
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from ledger.decider import Asked, remember
from ledger.offtake.days import Span
from ledger.offtake.energy import RESOLUTION_WH, WH, resolved
from ledger.offtake.meters.facts import (
    DAY_MINUTES,
    BandValues,
    DayBlock,
    EstimateApproved,
    EstimateProposed,
    IntervalMinutes,
    IntervalsReceived,
    MeterCalibrated,
    MeterFact,
    MeterInstalled,
    MeterRemoved,
    MeterReplaced,
    ReadFact,
)
from ledger.offtake.rules import OfftakeRefusal
from ledger.offtake.terms import BANDS, Band, TimeOfUse, minutes_by_band
from ledger.periods import day_before
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
    """Days without intervals, or with values missing that no approved estimate says."""

    code = "intervals-missing"


# State


class Meter(Struct, frozen=True, kw_only=True):
    """A meter as its facts tell: of every day the latest read and the latest intervals.

    estimates, approved   estimates of what is missing, and their approvals, by name
    asked                 what was asked and still stands, by topic
    """

    installed: MeterInstalled | None = None
    removed: MeterRemoved | None = None
    reads: Mapping[date, ReadFact] = NOTHING
    replaced: Mapping[date, MeterReplaced] = NOTHING
    calibrated: tuple[MeterCalibrated, ...] = ()
    intervals: Mapping[date, tuple[DayBlock, IntervalsReceived]] = NOTHING
    estimates: Mapping[str, EstimateProposed] = NOTHING
    approved: Mapping[str, EstimateApproved] = NOTHING
    asked: Asked = NOTHING

    def shown_on(self, day: date) -> MeterReplaced | MeterRemoved | ReadFact | None:
        """The fact that says what the register showed at the end of a day."""
        removed = self.removed if self.removed is not None and self.removed.effective_on == day else None
        return removed or self.replaced.get(day) or self.reads.get(day)

    def measures(self, first: date, last: date) -> Span | None:
        """The days of a stretch on which it is there."""
        if self.installed is None:
            return None
        begin = max(first, self.installed.effective_on)
        end = min(last, self.removed.effective_on) if self.removed is not None else last
        return (begin, end) if begin <= end else None


# Evolve


def evolve_meter(meter: Meter, fact: MeterFact) -> Meter:
    """The meter after one more fact."""
    meter = replace(meter, asked=remember(meter.asked, fact))
    match fact:
        case MeterInstalled():
            return replace(meter, installed=fact)
        case ReadFact():
            return replace(meter, reads={**meter.reads, fact.effective_on: fact})
        case MeterReplaced():
            return replace(meter, replaced={**meter.replaced, fact.effective_on: fact})
        case MeterRemoved():
            return replace(meter, removed=fact)
        case MeterCalibrated():
            return replace(meter, calibrated=(*meter.calibrated, fact))
        case IntervalsReceived():
            more = {block.day: (block, fact) for block in fact.days}
            return replace(meter, intervals={**meter.intervals, **more})
        case EstimateProposed():
            return replace(meter, estimates={**meter.estimates, fact.estimate: fact})
        case EstimateApproved():
            return replace(meter, approved={**meter.approved, fact.estimate: fact})
    raise AssertionError(fact)


# Points


class Point(Struct, frozen=True, kw_only=True):
    """A day's end, and what the register shows then: coming from before (`value`), and going on (`onward`).

    rolled_over   of the registers, those that show less went round; checked: why one went so far
    facts         what says so
    """

    day: date
    value: str
    bands: BandValues | None
    rolled_over: bool = False
    checked: bool = False
    onward: str
    onward_bands: BandValues | None
    digits: int
    multiplier: int
    facts: tuple[MeterFact, ...]


def points(meter: Meter) -> list[Point]:
    """Every point in order; each carries the digits and the multiplier that hold from it on."""
    assert meter.installed is not None, "a meter begins with its installation"
    first, removed = meter.installed, meter.removed
    digits, multiplier = first.digits, first.ct * first.pt
    about: dict[str, Any] = {"onward": first.start, "onward_bands": first.bands, "facts": (first,)}
    shown = [
        Point(
            day=day_before(first.effective_on),
            value=first.start,
            bands=first.bands,
            digits=digits,
            multiplier=multiplier,
            **about,
        )
    ]
    for day in sorted({*meter.reads, *meter.replaced, *((removed.effective_on,) if removed is not None else ())}):
        change, read = meter.replaced.get(day), meter.reads.get(day)
        at = _shown(day, read, change or meter.shown_on(day), digits, multiplier)
        if change is not None:
            digits, multiplier = change.digits, change.ct * change.pt
            onward: dict[str, Any] = {"onward": change.start, "onward_bands": change.start_bands}
            at = replace(at, digits=digits, multiplier=multiplier, **onward)
        shown.append(at)
    return shown


def _shown(day: date, read: ReadFact | None, change: MeterFact | None, digits: int, multiplier: int) -> Point:
    """The point at the end of a day; a read of a day on which a device went corrects its last value."""
    facts = tuple(fact for fact in dict.fromkeys((read, change)) if fact is not None)
    says = read or change
    if isinstance(says, MeterReplaced | MeterRemoved):
        value, bands = says.final, says.final_bands
    else:
        assert isinstance(says, ReadFact), "a day's end is shown by a read, or a device that went"
        value, bands = says.value, says.bands
    return Point(
        day=day,
        value=value,
        bands=bands,
        rolled_over=says.rolled_over,
        checked=says.checked is not None,
        onward=value,
        onward_bands=bands,
        digits=digits,
        multiplier=multiplier,
        facts=facts,
    )


def _round(earlier: Point, later: Point, before: Fraction, after: Fraction) -> Fraction:
    """The distance that a register went between two values: it went round where it shows less, and that is said."""
    around = 10**earlier.digits if later.rolled_over and after < before else 0
    return after - before + around


def register_steps(earlier: Point, later: Point) -> Iterator[tuple[Band | None, Fraction]]:
    """The distance that each register went between two points next to each other: the total (None), and each band."""
    yield None, _round(earlier, later, Fraction(earlier.onward), Fraction(later.value))
    if earlier.onward_bands is not None and later.bands is not None:
        for band in BANDS:
            before, after = Fraction(earlier.onward_bands.of(band)), Fraction(later.bands.of(band))
            yield band, _round(earlier, later, before, after)


def went_through(earlier: Point, later: Point) -> Fraction:
    """Watt-hours between two points next to each other, rollover and multiplier included."""
    _, total = next(register_steps(earlier, later))
    return total * earlier.multiplier * WH


def _band_through(earlier: Point, later: Point, band: Band) -> Fraction:
    if earlier.onward_bands is None or later.bands is None:
        day = later.day if later.bands is None else earlier.day
        raise BandsUnknown(
            f"what shows the register at the end of {day} does not say its bands: `correct-read` with them"
        )
    return dict(register_steps(earlier, later))[band] * earlier.multiplier * WH


# Intervals


class DayIntervals(NamedTuple):
    """The intervals of a day: watt-hours, None where a value is missing; a letter for each; the facts that say so."""

    minutes: IntervalMinutes
    values: tuple[int | None, ...]
    grades: str
    facts: tuple[MeterFact, ...]

    @property
    def whole(self) -> bool:
        """Tell whether no value is missing."""
        return None not in self.values


def intervals_on(meter: Meter, day: date) -> DayIntervals | None:
    """The intervals of a day, as received; values that are missing are as the latest approved estimate says them."""
    received = None
    if day in meter.intervals:
        block, fact = meter.intervals[day]
        received = DayIntervals(fact.minutes, tuple(block.values), block.grades, (fact,))
        if received.whole:
            return received
    for name, _ in sorted(meter.approved.items(), key=lambda one: (one[1].effective_on, one[0]), reverse=True):
        if (proposed := meter.estimates.get(name)) is None:
            continue
        said = next((block for block in proposed.days if block.day == day), None)
        if said is None or (received is not None and proposed.minutes != received.minutes):
            continue
        return _filled(received, said, (proposed, meter.approved[name]), proposed.minutes)
    return received


def _filled(
    received: DayIntervals | None, block: DayBlock, facts: tuple[MeterFact, ...], minutes: IntervalMinutes
) -> DayIntervals:
    """The values received, and where one is missing the estimate."""
    if received is None:
        return DayIntervals(minutes, tuple(block.values), block.grades, facts)
    known = [value is not None for value in received.values]
    values = tuple(
        one if there else other for one, other, there in zip(received.values, block.values, known, strict=True)
    )
    grades = "".join(
        one if there else other for one, other, there in zip(received.grades, block.grades, known, strict=True)
    )
    return DayIntervals(minutes, values, grades, (*received.facts, *facts))


# Volume


class Volume(Struct, frozen=True, kw_only=True):
    """Energy at the resolution of meters, whole and by band, with the facts behind it.

    shared   the energy of an interval over the border of two prices was shared
    estimated_wh, substituted_wh   the parts of the energy that were not read from the meter
    """

    total_wh: int
    bands_wh: Mapping[Band, int] = NOTHING
    inputs: tuple[MeterFact, ...] = ()
    estimated: bool = False
    estimated_wh: int = 0
    substituted_wh: int = 0
    shared: bool = False


def volume(meter: Meter, spans: Sequence[Span], bands: TimeOfUse | None = None, *, shared: bool = True) -> Volume:
    """The energy of some stretches of a month, split by band where bands are asked for. Raises the refusals above.

    `shared`: an interval over the border of two prices is shared by its minutes; else, as statements before domain §14
    were, it belongs to the band that it begins in.
    """
    assert meter.installed is not None, "a meter begins with its installation"
    there = [stretch for span in spans if (stretch := meter.measures(*span)) is not None]
    if not there:
        return Volume(total_wh=0)
    if meter.installed.settled_by == "INTERVALS":
        return _by_intervals(meter, there, bands, shared=shared)
    return _by_register(meter, there, bands)


def _by_register(meter: Meter, spans: Sequence[Span], bands: TimeOfUse | None) -> Volume:
    shown, asked = points(meter), bands.bands if bands is not None else ()
    exact, used, graded = Fraction(0), [*shown[0].facts], _Graded()  # the first is the installation
    parts = dict.fromkeys(asked, Fraction(0))
    for first, last in spans:
        inside = _inside(shown, first, last)
        steps = list(pairwise(inside))
        here = sum((went_through(*step) for step in steps), Fraction(0))
        of_bands = {band: sum((_band_through(*step, band) for step in steps), Fraction(0)) for band in asked}
        if of_bands and sum(of_bands.values()) != here:
            raise BandsDiffer(
                f"the bands of {first:%Y-%m} sum to another amount than the whole: `correct-read`, of what is wrong",
                field="month",
            )
        factor, tests = _calibration(meter, _days(first, last))
        exact += here * factor
        parts = {band: part + of_bands[band] * factor for band, part in parts.items()}
        used += [*(fact for point in inside for fact in point.facts), *tests]
        graded.registers(inside, factor)
    total = resolved(exact)
    return graded.of(Volume(total_wh=total, bands_wh=_split(total, parts), inputs=_once(used)))


class _Graded(Struct, kw_only=True):
    """The parts of some energy that were estimated, or taken from a check meter; exactly, in watt-hours."""

    estimated: bool = False
    by_grade: dict[str, Fraction] = {}

    def add(self, grade: str, energy: Fraction | int) -> None:
        """One part more."""
        self.estimated |= grade == "E"
        self.by_grade[grade] = self.by_grade.get(grade, Fraction(0)) + energy

    def registers(self, inside: Sequence[Point], factor: Fraction) -> None:
        """The energy next to an end that was not read, up to the nearest point that was; of two the worse counts."""
        steps = [went_through(*step) * factor for step in pairwise(inside)]
        grades = [_grade(point) for point in inside]
        at_steps = ["A"] * len(steps)
        for order in (range(len(steps)), range(len(steps) - 1, -1, -1)):
            end = grades[0] if order.step > 0 else grades[-1]
            self.estimated |= end == "E"
            for number in order:
                if end == "A" or grades[number if order.step > 0 else number + 1] == "A":
                    break
                at_steps[number] = max(at_steps[number], end, key="ASE".index)
        for grade, energy in zip(at_steps, steps, strict=True):
            if grade != "A":
                self.add(grade, energy)

    def of(self, whole: Volume) -> Volume:
        """The same energy with its parts, which are at the resolution of meters and together no more than it."""
        estimated = min(resolved(self.by_grade.get("E", Fraction(0))), whole.total_wh)
        substituted = min(resolved(self.by_grade.get("S", Fraction(0))), whole.total_wh - estimated)
        return replace(whole, estimated=self.estimated, estimated_wh=estimated, substituted_wh=substituted)


def _grade(point: Point) -> str:
    """The quality of a point: that of the worse of what says it."""
    grades = {"ACTUAL": "A", "SUBSTITUTED": "S", "ESTIMATED": "E"}
    return max((grades[getattr(fact, "quality", "ACTUAL")] for fact in point.facts), key="ASE".index)


def _inside(shown: Sequence[Point], first: date, last: date) -> list[Point]:
    """The points of a stretch, from the end of the day before it on. Raises ReadMissing where an end was not read."""
    days = {point.day for point in shown}
    for day in (day_before(first), last):
        if day not in days:
            raise ReadMissing(f"no read at the end of {day} is recorded; read the meter, or estimate it", field="month")
    return [point for point in shown if day_before(first) <= point.day <= last]


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=at) for at in range((last - first).days + 1)]


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


def metered_days(meter: Meter, spans: Sequence[Span]) -> Iterator[tuple[date, DayIntervals, Fraction]]:
    """The intervals of each day of some stretches on which it is there, whole; and what calibration makes of them."""
    there = [stretch for span in spans if (stretch := meter.measures(*span)) is not None]
    for day, intervals in _known(meter, [day for span in there for day in _days(*span)]).items():
        yield day, intervals, _factor(meter, day)[0]


def _by_intervals(meter: Meter, spans: Sequence[Span], bands: TimeOfUse | None, *, shared: bool) -> Volume:
    days = [day for span in spans for day in _days(*span)]
    known = _known(meter, days)
    exact, parts, over = Fraction(0), dict.fromkeys(bands.bands if bands is not None else (), Fraction(0)), False
    used, graded = list[MeterFact](), _Graded()
    for day in days:
        there = known[day]
        values = [value for value in there.values if value is not None]
        factor, test = _factor(meter, day)
        used += [*there.facts, *([test] if test is not None else [])]
        exact += sum(values) * factor
        for grade, energy in zip(there.grades, values, strict=True):
            if grade != "A":
                graded.add(grade, energy * factor)
        for within, energy in zip(_bands_of_day(bands, there.minutes), values, strict=bands is not None):
            if len(within) == 1 or not shared:
                parts[next(iter(within))] += energy * factor
                continue
            over |= energy > 0
            for band, part in zip(within, share(energy, tuple(within.values())), strict=True):
                parts[band] += part * factor
    total = resolved(exact)
    assert meter.installed is not None, "checked by volume()"
    bands_wh = _split(total, parts)
    inputs = _once((meter.installed, *used))
    return graded.of(Volume(total_wh=total, bands_wh=bands_wh, inputs=inputs, shared=over))


def _known(meter: Meter, days: Sequence[date]) -> dict[date, DayIntervals]:
    """The intervals of some days. Raises IntervalsMissing."""
    found = {day: there for day in days if (there := intervals_on(meter, day)) is not None}
    missing = [day for day in days if day not in found]
    if missing:
        named = f"{missing[0]}" if len(missing) == 1 else f"{missing[0]} to {missing[-1]} ({len(missing)} days)"
        raise IntervalsMissing(
            f"no intervals are recorded for {named}: `record-intervals`, or `propose-estimate`", field="month"
        )
    gone = [day for day in days if not found[day].whole]
    if gone:
        count = sum(value is None for day in gone for value in found[day].values)
        raise IntervalsMissing(
            f"{count} values are missing from {gone[0]} on, and missing is never 0: `record-intervals` with them, or "
            "`propose-estimate` and let somebody else approve it",
            field="month",
        )
    return found


@cache
def _bands_of_day(bands: TimeOfUse | None, minutes: int) -> tuple[Mapping[Band, int], ...]:
    """Of each interval of a day its minutes in each band, in the order in which they come."""
    if bands is None:
        return ()
    return tuple(minutes_by_band(bands, begin, minutes) for begin in range(0, DAY_MINUTES, minutes))


def metered_between(meter: Meter, from_at: datetime, until_at: datetime) -> tuple[int, tuple[MeterFact, ...]]:
    """The watt-hours of the intervals that lie in a stretch of time, and their facts; 0 where none are known."""
    total, used = 0, list[MeterFact]()
    for starts_at, minutes, energy, facts in _intervals_from(meter, from_at.date(), until_at.date()):
        if from_at <= starts_at and starts_at + timedelta(minutes=minutes) <= until_at:
            total += energy
            used += facts
    return total, _once(used)


def _intervals_from(
    meter: Meter, first: date, last: date
) -> Iterator[tuple[datetime, int, int, tuple[MeterFact, ...]]]:
    for at in range((last - first).days + 1):
        day = first + timedelta(days=at)
        if (there := intervals_on(meter, day)) is None:
            continue
        midnight = datetime.combine(day, time())  # local time of the delivery point
        for number, energy in enumerate(there.values):
            if energy is not None:
                yield midnight + timedelta(minutes=number * there.minutes), there.minutes, energy, there.facts
