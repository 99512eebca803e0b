"""Doubts about what meters say: to be looked at by people; nothing is refused for them.

Doubt       a stretch of time, what is doubtful of it, and the facts that say it
doubts      everything doubtful of some days of a meter
doubts_with the same, as it would be with intervals that are not recorded yet

GAP        intervals or days are missing between others
SPIKE      an interval with more than three times the power that the days around it come to, which is the middle of
           their highest
ZEROS      two hours or more of nothing, where the days around it have something at that time, or a day of nothing
ROUND      more than half of what the register can count, in one interval or between two reads: one that went back,
           went round or began again
SUM        the intervals between two reads sum to another amount than the register went on by: 0.5 % is allowed, and
           two of the register's last digits

The days around a day are the fifteen before and the fifteen after it; fewer than three say nothing.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from itertools import pairwise
from statistics import median_low
from typing import Literal, NamedTuple

from msgspec import Struct

from ledger.offtake.energy import WH, kwh
from ledger.offtake.meters.facts import DAY_MINUTES, IntervalsReceived, MeterFact
from ledger.offtake.meters.meter import Meter, Point, evolve_meter, points, register_steps, went_through
from ledger.offtake.meters.metering import RecordIntervals
from ledger.periods import day_after, month_of
from ledger.values.money import rounded

Check = Literal["GAP", "SPIKE", "ZEROS", "ROUND", "SUM"]
AROUND = timedelta(days=15)
ENOUGH = 3
"""So many other days are needed to say what is usual."""
TIMES = 3
"""More than so many times the usual power is a spike."""
ZEROS_MINUTES = 120
ALLOWED = Fraction(5, 1000)
DIGITS_ALLOWED = 2


class Doubt(Struct, frozen=True, kw_only=True):
    """A stretch of local time, and what is doubtful of it; the energy that it has, and that would be usual.

    says   the same in words
    """

    check: Check
    begins: datetime
    ends: datetime
    energy_wh: int | None = None
    expected_wh: int | None = None
    says: str
    facts: tuple[MeterFact, ...] = ()


class _Day(NamedTuple):
    day: date
    minutes: int
    values: tuple[int | None, ...]
    fact: IntervalsReceived

    @property
    def peak(self) -> int:
        """The highest power of the day, in watts."""
        return max((value for value in self.values if value is not None), default=0) * 60 // self.minutes

    def begins(self, number: int) -> datetime:
        """When an interval begins."""
        return datetime.combine(self.day, time()) + timedelta(minutes=number * self.minutes)


class _Stretch(NamedTuple):
    begins: datetime
    ends: datetime
    energy: int
    usual: int
    facts: tuple[MeterFact, ...]


def doubts_with(meter: Meter, command: RecordIntervals) -> list[Doubt]:
    """Everything doubtful of the days of a command, as it would be with them."""
    if meter.installed is None:
        return []
    days = tuple(sorted(command.days, key=lambda block: block.day))
    fact = IntervalsReceived(
        effective_on=command.effective_on,
        meter=command.meter,
        agreement=meter.installed.agreement,
        month=month_of(days[0].day),
        minutes=command.minutes,
        days=days,
        file=command.file,
        reason=command.reason,
    )
    return doubts(evolve_meter(meter, fact), days[0].day, days[-1].day)


def doubts(meter: Meter, first: date, last: date) -> list[Doubt]:
    """Everything doubtful of some days of a meter, in order of time."""
    if meter.installed is None:
        return []
    known = [
        _Day(day, fact.minutes, tuple(block.values), fact) for day, (block, fact) in sorted(meter.intervals.items())
    ]
    inside = [day for day in known if first <= day.day <= last]
    shown = points(meter)
    found = [
        *_gaps(known, first, last),
        *_spikes(known, inside),
        *_zeros(known, inside),
        *_rounds(shown, inside),
        *_went_round(shown, first, last),
        *_registers(meter, shown, first, last),
    ]
    return sorted(found, key=lambda doubt: (doubt.begins, doubt.ends, doubt.check))


def _joined(stretches: Iterable[_Stretch]) -> Iterator[_Stretch]:
    """Stretches in order of time, those that follow one another as one."""
    one: _Stretch | None = None
    for later in stretches:
        if one is not None and one.ends == later.begins:
            facts = tuple(dict.fromkeys((*one.facts, *later.facts)))
            one = _Stretch(one.begins, later.ends, one.energy + later.energy, one.usual + later.usual, facts)
            continue
        if one is not None:
            yield one
        one = later
    if one is not None:
        yield one


def _stretch(day: _Day, number: int, usual: int = 0) -> _Stretch:
    ends = day.begins(number + 1)
    return _Stretch(day.begins(number), ends, day.values[number] or 0, usual, (day.fact,))


# Gaps


def _gaps(known: Sequence[_Day], first: date, last: date) -> Iterator[Doubt]:
    """Intervals and days that are missing between others; days before the first and after the last are none."""
    for gap in _joined(_missing(known, first, last)):
        yield Doubt(
            check="GAP",
            begins=gap.begins,
            ends=gap.ends,
            says="nothing is recorded; missing is never 0",
            facts=gap.facts,
        )


def _missing(known: Sequence[_Day], first: date, last: date) -> Iterator[_Stretch]:
    before: _Day | None = None
    for day in known:
        if before is not None:
            begin, end = max(day_after(before.day), first), min(day.day, day_after(last))
            if begin < end:
                between = datetime.combine(begin, time()), datetime.combine(end, time())
                yield _Stretch(*between, 0, 0, (before.fact, day.fact))
        before = day
        if first <= day.day <= last:
            yield from (_stretch(day, number) for number, value in enumerate(day.values) if value is None)


# What is usual


def _around(known: Sequence[_Day], day: date) -> list[_Day]:
    """The other days around a day on which there was any energy."""
    begin = bisect_left(known, day - AROUND, key=lambda one: one.day)
    end = bisect_right(known, day + AROUND, key=lambda one: one.day)
    return [one for one in known[begin:end] if one.day != day and one.peak]


def _spikes(known: Sequence[_Day], inside: Sequence[_Day]) -> Iterator[Doubt]:
    def found() -> Iterator[_Stretch]:
        for day in inside:
            others = _around(known, day.day)
            usual = median_low(one.peak for one in others) if len(others) >= ENOUGH else 0
            if not usual or day.peak <= usual * TIMES:
                continue
            for number, value in enumerate(day.values):
                if value is not None and value * 60 > usual * TIMES * day.minutes:
                    yield _stretch(day, number, usual * day.minutes // 60)

    for spike in _joined(found()):
        yield Doubt(
            check="SPIKE",
            begins=spike.begins,
            ends=spike.ends,
            energy_wh=spike.energy,
            expected_wh=spike.usual,
            says=f"{kwh(spike.energy)} kWh, where the highest of the days around comes to {kwh(spike.usual)}",
            facts=spike.facts,
        )


def _zeros(known: Sequence[_Day], inside: Sequence[_Day]) -> Iterator[Doubt]:
    ever = any(day.peak for day in known)

    def found() -> Iterator[_Stretch]:
        for day in inside:
            others = _around(known, day.day) if 0 in day.values and ever else []
            for number, value in enumerate(day.values):
                usual = _usual(others, day.minutes, number) if value == 0 else 0
                if usual or (value == 0 and ever and not day.peak):
                    yield _stretch(day, number, usual)

    for zeros in _joined(found()):
        if zeros.ends - zeros.begins >= timedelta(minutes=ZEROS_MINUTES):
            usual = f", where the days around come to {kwh(zeros.usual)} kWh" if zeros.usual else " all the time"
            yield Doubt(
                check="ZEROS",
                begins=zeros.begins,
                ends=zeros.ends,
                energy_wh=0,
                expected_wh=zeros.usual or None,
                says=f"nothing went through{usual}",
                facts=zeros.facts,
            )


def _usual(others: Sequence[_Day], minutes: int, number: int) -> int:
    """The watt-hours that other days have in an interval: the middle one."""
    values = (one.values[number] for one in others if one.minutes == minutes)
    there = [value for value in values if value is not None]
    return median_low(there) if len(there) >= ENOUGH else 0


# Registers


def _rounds(shown: Sequence[Point], inside: Sequence[_Day]) -> Iterator[Doubt]:
    """Intervals of more than half of what the register can count."""
    for day in inside:
        device = next((point for point in reversed(shown) if point.day < day.day), shown[0])
        half = 10**device.digits * device.multiplier * WH // 2
        for number, value in enumerate(day.values):
            if value is not None and value > half:
                yield Doubt(
                    check="ROUND",
                    begins=day.begins(number),
                    ends=day.begins(number + 1),
                    energy_wh=value,
                    says=f"{kwh(value)} kWh in one interval are more than half of what the register can count",
                    facts=(day.fact, *device.facts),
                )


def _went_round(shown: Sequence[Point], first: date, last: date) -> Iterator[Doubt]:
    """Steps of registers of more than half of what they can count, unless somebody said how that is known."""
    for earlier, later in _steps(shown, first, last):
        begins, ends = _ends(earlier, later)
        for band, went in register_steps(earlier, later):
            if 2 * went > 10**earlier.digits and not later.checked:
                energy = rounded(went * earlier.multiplier * WH)
                register = "the register" if band is None else f"the register of {band}"
                yield Doubt(
                    check="ROUND",
                    begins=begins,
                    ends=ends,
                    energy_wh=energy,
                    says=f"{register} went on by {kwh(energy)} kWh: more than half of what it can count",
                    facts=(*earlier.facts, *later.facts),
                )


def _steps(shown: Sequence[Point], first: date, last: date) -> Iterator[tuple[Point, Point]]:
    """Reads next to each other, with one of some days between them."""
    return ((one, later) for one, later in pairwise(shown) if later.day >= first and one.day < last)


def _ends(earlier: Point, later: Point) -> tuple[datetime, datetime]:
    """When two reads were: at the ends of their days."""
    return datetime.combine(day_after(earlier.day), time()), datetime.combine(day_after(later.day), time())


def _registers(meter: Meter, shown: Sequence[Point], first: date, last: date) -> Iterator[Doubt]:
    """The sum of intervals against the register, where every interval between two reads is known."""
    for earlier, later in _steps(shown, first, last):
        summed = _summed(meter, day_after(earlier.day), later.day)
        if summed is None:
            continue
        energy, facts = summed
        went = went_through(earlier, later)
        if abs(energy - went) <= max(went * ALLOWED, _last_digits(earlier, later)):
            continue
        begins, ends = _ends(earlier, later)
        register = rounded(went)
        more = energy - register
        yield Doubt(
            check="SUM",
            begins=begins,
            ends=ends,
            energy_wh=energy,
            expected_wh=register,
            says=f"intervals sum to {kwh(energy)} kWh, the register went on by {kwh(register)}: "
            f"{kwh(abs(more))} {'more' if more > 0 else 'less'}",
            facts=(*earlier.facts, *later.facts, *facts),
        )


def _summed(meter: Meter, first: date, last: date) -> tuple[int, tuple[MeterFact, ...]] | None:
    """The watt-hours of some days, and their facts; None where not every interval is known."""
    total, facts, day = 0, dict[int, MeterFact](), first
    while day <= last:
        if day not in meter.intervals:
            return None
        block, fact = meter.intervals[day]
        values = [value for value in block.values if value is not None]
        if len(values) != DAY_MINUTES // fact.minutes:
            return None
        total += sum(values)
        facts[id(fact)] = fact
        day = day_after(day)
    return total, tuple(facts.values())


def _last_digits(earlier: Point, later: Point) -> Fraction:
    """The watt-hours of the last digits that two reads can be off by."""
    decimals = max(len(value.partition(".")[2]) for value in (earlier.onward, later.value))
    return Fraction(DIGITS_ALLOWED * earlier.multiplier * WH, 10**decimals)
