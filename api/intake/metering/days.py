"""Samples as whole days.

Equal samples of one moment are one; unequal ones are refused. Where a register was read, energy is what it went on by.
A day is recorded whole: what is missing is named, and never nothing; where the profile says so it is taken as missing.
Watt-hours are whole, and of each day the sum is the exact sum of the file's, half up: fractions go on from interval to
interval.

days_of   samples -> days of 15, 30 or 60 minutes; what is wrong is noted
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from itertools import groupby, pairwise
from typing import NamedTuple

from api.intake.metering.profile import Profile
from api.intake.metering.rows import GRADES, Grade, Noted, Sample, Samples
from ledger.offtake.meters.facts import DAY_MINUTES, MISSING, DayBlock
from ledger.values.money import rounded

DAYS_MAX = 1500
WH_MAX = 10**10 - 1
LENGTHS = (5, 15, 30, 60)
HOUR = timedelta(hours=1)
AUTUMN = "an hour that is told twice, as clocks do in autumn"


class Interval(NamedTuple):
    """An interval: the line it comes from, when it begins, its watt-hours, how good they are."""

    line: int
    at: datetime
    wh: Fraction | None
    grade: Grade


def days_of(read: Samples, profile: Profile, noted: Noted) -> tuple[DayBlock, ...]:
    """The days of a file, in order."""
    step = timedelta(minutes=read.minutes)
    samples = _once(read, step, noted)
    if noted.stopped or _other_length(samples, read.minutes, noted):
        return ()
    if not samples:
        if not noted.bad:
            noted.wrong(1, "the file holds no interval")
        return ()
    if profile.readings:
        intervals = _went_on(samples, read.watt_hours, step, profile, noted)
    else:
        factor = read.watt_hours
        intervals = [
            Interval(one.line, one.at, None if one.value is None else one.value * factor, one.grade) for one in samples
        ]
    whole = _whole(intervals, read.minutes, step, profile, noted)
    if noted.bad:
        return ()
    if not whole:
        noted.wrong(0, "no day of the file is whole")
    return tuple(_block(day, read.minutes, noted) for day in whole)


def _once(read: Samples, step: timedelta, noted: Noted) -> list[Sample]:
    """Samples in order of time, each moment once."""
    kept: dict[datetime, Sample] = {}
    most, equal, first = DAYS_MAX * DAY_MINUTES // read.minutes + 1, 0, 0
    before: datetime | None = None
    autumn = False
    for sample in read.samples:
        at, other = sample.at, kept.get(sample.at)
        if (at.hour * 60 + at.minute) % read.minutes:
            noted.wrong(sample.line, f"{at:%Y-%m-%dT%H:%M} begins no interval of {read.minutes} minutes: they overlap")
        elif other is None:
            kept[at] = sample
            autumn = False
            if len(kept) > most:
                noted.wrong(sample.line, f"a file has {DAYS_MAX:,} days at most")
                break
        else:
            back = before is not None and at == before + step - HOUR and at.weekday() == 6 and at.hour <= 3
            autumn = (back and at.month in (3, 4, 9, 10, 11)) or (autumn and before is not None and at == before + step)
            stands = f"{at:%Y-%m-%dT%H:%M} stands in line {other.line} already"
            if autumn:
                noted.wrong(sample.line, f"{stands}: {AUTUMN}")
            elif (other.value, other.grade) != (sample.value, sample.grade):
                noted.wrong(sample.line, f"{stands}, with another value")
            else:
                equal, first = equal + 1, first or sample.line
        before = at
        if noted.full:
            break
    if equal:
        noted.leave_out(first, f"{equal} equal value{'s' if equal > 1 else ''} told again: counted once")
    return sorted(kept.values(), key=lambda one: one.at)


def _other_length(samples: Sequence[Sample], minutes: int, noted: Noted) -> bool:
    """A file whose intervals all have another length: that is said once, not at each of its lines."""
    steps = {(later.at - one.at) // timedelta(minutes=1) for one, later in pairwise(samples)}
    if len(steps) != 1 or steps <= {minutes} or not steps <= set(LENGTHS):
        return False
    (apart,) = steps
    noted.wrong(
        samples[0].line, f"intervals are {apart} minutes apart, not {minutes}; say so: minutes = {apart}, or --minutes"
    )
    return True


# Registers


def _went_on(
    samples: Sequence[Sample], factor: Fraction, step: timedelta, profile: Profile, noted: Noted
) -> list[Interval]:
    """Intervals of a register: by how much it went on from each read to the next."""
    found = list[Interval]()
    for one, later in pairwise(samples):
        if later.at - one.at != step:
            _jump(one.line, one.at, later.line, later.at, step, profile, noted)
            continue
        grade = max(one.grade, later.grade, key=GRADES.index)
        if one.value is None or later.value is None:
            line = one.line if one.value is None else later.line
            found.append(Interval(line, one.at, None, grade))
            continue
        went = _forward(one, later, profile, noted)
        found.append(Interval(later.line, one.at, None if went is None else went * factor, grade))
    return found


def _forward(one: Sample, later: Sample, profile: Profile, noted: Noted) -> Fraction | None:
    """By how much a register went on; None where it cannot be, which is noted."""
    assert one.value is not None, "checked by the caller"
    assert later.value is not None, "checked by the caller"
    went = later.value - one.value
    if profile.digits is None:
        if went < 0:
            noted.wrong(
                later.line, f"the register shows less than in line {one.line}; if it goes round say its `digits`"
            )
        return went if went >= 0 else None
    round_ = int(10**profile.digits)
    if max(one.value, later.value) >= round_:
        noted.wrong(later.line, f"the register shows more than its {profile.digits} digits")
        return None
    if 2 * (went % round_) > round_:
        noted.wrong(later.line, f"the register went back since line {one.line}, or on by more than half of its range")
        return None
    if went < 0:
        noted.leave_out(later.line, "the register went round")
    return went % round_


# Whole days


def _jump(
    line: int, one: datetime, later_line: int, later: datetime, step: timedelta, profile: Profile, noted: Noted
) -> None:
    missing = later - one - step
    times = f"{later:%Y-%m-%dT%H:%M} follows {one:%Y-%m-%dT%H:%M}"
    if missing == HOUR and one.month in (3, 4, 9, 10) and later.weekday() == 6 and later.hour <= 4:
        rule = f"{times}: an hour is missing, as with clocks in spring; export the file without daylight saving time"
    else:
        rule = f"{times}: {missing // step} interval{'s are' if missing > step else ' is'} missing"
    if profile.incomplete == "REFUSE":
        noted.wrong(later_line, rule)
    else:
        noted.leave_out(later_line, rule)


def _whole(
    intervals: Sequence[Interval], minutes: int, step: timedelta, profile: Profile, noted: Noted
) -> list[list[Interval]]:
    """Whole days. What is missing of a day is noted: as wrong, or the day is left out."""
    refuse = profile.incomplete == "REFUSE"
    if not profile.readings:
        for one, later in pairwise(intervals):
            if later.at - one.at != step:
                _jump(one.line, one.at, later.line, later.at, step, profile, noted)
    if intervals and refuse:
        _ends(intervals[0], intervals[-1], minutes, noted)
    whole = list[list[Interval]]()
    for day, group in groupby(intervals, key=lambda one: one.at.date()):
        those = list(group)
        missing = [one for one in those if one.wh is None]
        if refuse:
            _name_missing(missing, noted)
        elif profile.incomplete == "MISSING":
            those = _with_missing(day, those, minutes, noted)
        elif missing or len(those) != DAY_MINUTES // minutes:
            noted.leave_out(those[0].line, _left_out(day, those, missing, minutes))
            continue
        whole.append(those)
    return whole


def _with_missing(day: date, those: Sequence[Interval], minutes: int, noted: Noted) -> list[Interval]:
    """A day with every interval, those that are missing without a value."""
    known = {one.at: one for one in those}
    begins = (datetime.combine(day, time(), those[0].at.tzinfo) + timedelta(minutes=at) for at in _marks(minutes))
    whole = [known.get(at) or Interval(those[0].line, at, None, "A") for at in begins]
    if missing := sum(one.wh is None for one in whole):
        noted.leave_out(those[0].line, f"{day}: {missing} of {len(whole)} values are missing, and taken as missing")
    return whole


def _marks(minutes: int) -> range:
    return range(0, DAY_MINUTES, minutes)


def _left_out(day: date, those: Sequence[Interval], missing: Sequence[Interval], minutes: int) -> str:
    known = len(those) - len(missing)
    return f"{day} has {known} of {DAY_MINUTES // minutes} intervals and is left out"


def _name_missing(missing: Sequence[Interval], noted: Noted) -> None:
    """Name the intervals without a value, those of one line together."""
    named = {place.line for place in noted.bad}
    for line, group in groupby(missing, key=lambda one: one.line):
        if line in named:
            continue
        first, *rest = group
        more = f" and {len(rest)} more" if rest else ""
        noted.wrong(line, f"{first.at:%Y-%m-%dT%H:%M}{more}: the value is missing; missing is never 0")


def _ends(first: Interval, last: Interval, minutes: int, noted: Noted) -> None:
    if (first.at.hour, first.at.minute) != (0, 0):
        late = first.at.hour * 60 + first.at.minute == minutes
        hint = '; where times name the end of an interval say label = "END"' if late else ""
        noted.wrong(first.line, f"the file begins at {first.at:%H:%M}; a day is recorded whole{hint}")
    if last.at.hour * 60 + last.at.minute != DAY_MINUTES - minutes:
        noted.wrong(last.line, f"the file ends at {last.at:%H:%M}; a day is recorded whole")


def _block(day: Sequence[Interval], minutes: int, noted: Noted) -> DayBlock:
    """A day as it is recorded; five minutes as quarter hours."""
    each = 3 if minutes == 5 else 1
    energies, grades = list[str](), list[str]()
    exact, told, fractions = Fraction(0), 0, False
    for at in range(0, len(day), each):
        those = day[at : at + each]
        if any(one.wh is None for one in those):
            energies.append(MISSING)
            grades.append("M")
            continue
        exact += sum((one.wh or 0 for one in those), Fraction(0))
        fractions |= exact.denominator > 1
        energy = rounded(exact) - told
        told += energy
        energies.append(str(energy))
        grades.append(max((one.grade for one in those), key=GRADES.index))
        if energy > WH_MAX:
            noted.wrong(day[at].line, f"{energy:,} Wh are more than an interval can hold; is the `unit` right?")
    if fractions:
        noted.leave_out(day[0].line, f"{day[0].at:%Y-%m-%d}: fractions of a watt-hour go on to the next interval")
    quality = None if set(grades) == {"A"} else "".join(grades)
    return DayBlock(day=day[0].at.date(), energy_wh=" ".join(energies), quality=quality)
