"""Values that are missing are estimated by rule: one person proposes, another approves; what was received stays.

estimated         the days of a stretch with their gaps filled, and by which rule each was

Commands          Facts (meter.…)
ProposeEstimate   estimate-proposed: worked out here, from what is recorded; nobody types a value
ApproveEstimate   estimate-approved: from now on it counts where values are missing. Values that come after all take
                  its place by themselves, and the month is settled anew (E4)

LINEAR     a gap of at most two hours: a straight line between the values before and after it
LIKE_DAY   a longer one, day by day: the mean of the four nearest days of its kind, Monday to Friday or at the weekend,
           within four weeks before and after, that have those values actual or substituted. Public holidays are not
           known here: who approves looks at the days, which the fact names

Values are whole watt-hours, each half up.

Refusals, in order of precedence (after those of metering.py)
├── EstimateTaken        this id is another estimate's of the meter (conflict)
├── EstimateMalformed    days in no order, more than are estimated at once, not over yet, or of two lengths of interval
├── NothingMissing       every value of those days is known
├── NoLikeDay            no day like it has those values: nothing can be said by rule
├── EstimateUnknown      nobody proposed it (unknown)
├── EstimateDecided      it was approved already, on another day (conflict)
├── OfftakeStepTooEarly  of rules.py: approved before it was proposed
├── EstimateApproverIsProposer   J7: the approver is not the proposer
└── EstimateStale        values have come or gone since: propose another
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, ClassVar, NamedTuple

from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.offtake.account import Offtakes
from ledger.offtake.meters.facts import (
    DAY_MINUTES,
    DayBlock,
    EstimateApproved,
    EstimatedGap,
    EstimateProposed,
    IntervalMinutes,
)
from ledger.offtake.meters.meter import DayIntervals, Meter
from ledger.offtake.meters.metering import WITHDRAW, MeterCommand, installed_meter
from ledger.offtake.rules import OfftakeRefusal, not_before
from ledger.periods import day_after
from ledger.values.days import Happened
from ledger.values.money import rounded

SHORT_MINUTES = 120
LIKE_DAYS = 4
AROUND = timedelta(days=28)
DAYS_MAX = 366
SATURDAY = 5

# Commands


class ProposeEstimate(MeterCommand, frozen=True, kw_only=True, tag="propose-estimate"):
    """Propose an estimate, by rule, of the values that are missing on some days."""

    put_right: ClassVar[str] = "`withdraw-meter-step`; what was proposed alone counts nowhere."
    estimate: Id
    from_on: Happened
    until_on: Happened
    reason: Text


class ApproveEstimate(MeterCommand, frozen=True, kw_only=True, tag="approve-estimate"):
    """Agree to an estimate that somebody else proposed: it counts where values are missing."""

    put_right: ClassVar[str] = (
        WITHDRAW
        + " Values that come after all take its place by themselves; months that were settled are settled anew."
    )
    estimate: Id


# Refusals


class EstimateTaken(OfftakeRefusal):
    """This id is another estimate's of the meter."""

    code = "estimate-taken"
    kind = "conflict"


class EstimateMalformed(OfftakeRefusal):
    """Days in no order, more than are estimated at once, not over yet, or of two lengths of interval."""

    code = "estimate-malformed"


class NothingMissing(OfftakeRefusal):
    """Every value of those days is known."""

    code = "nothing-missing"


class NoLikeDay(OfftakeRefusal):
    """No day like it has those values."""

    code = "no-like-day"


class EstimateUnknown(OfftakeRefusal):
    """Nobody proposed it."""

    code = "estimate-unknown"
    kind = "unknown"


class EstimateDecided(OfftakeRefusal):
    """It was approved already, on another day."""

    code = "estimate-decided"
    kind = "conflict"


class EstimateApproverIsProposer(OfftakeRefusal):
    """J7: the approver is not the proposer."""

    code = "approver-is-estimate-proposer"


class EstimateStale(OfftakeRefusal):
    """Values have come or gone since it was proposed."""

    code = "estimate-stale"


# By rule


class Estimated(NamedTuple):
    """Days with their gaps filled."""

    minutes: IntervalMinutes
    days: tuple[DayBlock, ...]
    gaps: tuple[EstimatedGap, ...]


def estimated(meter: Meter, first: date, last: date) -> Estimated:
    """The days of a stretch of which values are missing, filled by rule. Raises EstimateMalformed, NothingMissing,
    NoLikeDay."""
    received = {
        day: DayIntervals(fact.minutes, tuple(block.values), block.grades, (fact,))
        for day, (block, fact) in meter.intervals.items()
    }
    days = [first + timedelta(days=at) for at in range((last - first).days + 1)]
    missing = [day for day in days if day not in received or not received[day].whole]
    if not missing:
        raise NothingMissing(f"no value is missing from {first} to {last}", field="from_on")
    minutes = _minutes(received, days)
    each = DAY_MINUTES // minutes
    nothing = DayIntervals(minutes, (None,) * each, "M" * each, ())
    there = {day: received.get(day, nothing) for day in missing}
    values = {day: list(known.values) for day, known in there.items()}
    gaps = list[EstimatedGap]()
    for gap in _gaps(there):
        if (line := _line(received, gap, each)) is not None:
            filled, parts = line, _by_day(gap, each)
            gaps += [EstimatedGap(day=day, begins=at, count=count, rule="LINEAR") for day, at, count in parts]
        else:
            filled, more = _like(received, gap, minutes)
            gaps += more
        for (day, at), value in zip(gap, filled, strict=True):
            values[day][at] = value
    blocks = tuple(
        DayBlock(
            day=day,
            energy_wh=" ".join(map(str, values[day])),
            quality="".join("E" if grade == "M" else grade for grade in known.grades),
        )
        for day, known in there.items()
    )
    return Estimated(minutes, blocks, tuple(gaps))


def _minutes(received: Mapping[date, DayIntervals], days: Sequence[date]) -> IntervalMinutes:
    """The length of the intervals of some days; of the nearest day's where nothing is known of them."""
    lengths = {received[day].minutes for day in days if day in received}
    if len(lengths) > 1:
        raise EstimateMalformed(
            f"those days have intervals of {' and '.join(map(str, sorted(lengths)))} minutes: estimate them apart",
            field="until_on",
        )
    if lengths:
        return lengths.pop()
    if not received:
        raise NoLikeDay(
            "no intervals of this meter are recorded: nothing can be said of a day by rule", field="from_on"
        )
    nearest = min(received, key=lambda day: (abs(day - days[0]), day))
    return received[nearest].minutes


Place = tuple[date, int]
"""An interval: its day, and the how-manieth it is, the first being 0."""


def _gaps(there: Mapping[date, DayIntervals]) -> Iterator[list[Place]]:
    """The intervals without a value that follow one another, also over midnight."""
    gap = list[Place]()
    for day, known in there.items():
        for at, value in enumerate(known.values):
            if value is not None:
                if gap:
                    yield gap
                gap = []
                continue
            if gap and at == 0 and day != day_after(gap[-1][0]):
                yield gap
                gap = []
            gap.append((day, at))
    if gap:
        yield gap


def _by_day(gap: Sequence[Place], each: int) -> list[tuple[date, int, int]]:
    """A gap's part of each day: its first interval, and how many there are."""
    days = dict[date, list[int]]()
    for day, at in gap:
        days.setdefault(day, []).append(at)
    return [(day, those[0], len(those)) for day, those in days.items()]


def _line(received: Mapping[date, DayIntervals], gap: Sequence[Place], each: int) -> list[int] | None:
    """A short gap's values on the line between its neighbours; None for a long one, or where one is not known."""
    if len(gap) * DAY_MINUTES > SHORT_MINUTES * each:
        return None
    before, after = _next_to(received, gap[0], -1, each), _next_to(received, gap[-1], 1, each)
    if before is None or after is None:
        return None
    step = Fraction(after - before, len(gap) + 1)
    return [rounded(before + step * (number + 1)) for number in range(len(gap))]


def _next_to(received: Mapping[date, DayIntervals], place: Place, step: int, each: int) -> int | None:
    """The value received next to an interval."""
    at = place[1] + step
    day = place[0] + timedelta(days=at // each)
    known = received.get(day)
    return None if known is None or len(known.values) != each else known.values[at % each]


def _like(
    received: Mapping[date, DayIntervals], gap: Sequence[Place], minutes: IntervalMinutes
) -> tuple[list[int], list[EstimatedGap]]:
    """A long gap's values, day by day the mean of days like it; and which days those were. Raises NoLikeDay."""
    values, gaps = list[int](), list[EstimatedGap]()
    for day, begins, count in _by_day(gap, DAY_MINUTES // minutes):
        places = range(begins, begins + count)
        those = sorted(
            (other for other in received if _is_like(received[other], other, day, minutes, places)),
            key=lambda other: (abs(other - day), other),
        )[:LIKE_DAYS]
        if not those:
            kind = "day of a weekend" if day.weekday() >= SATURDAY else "working day"
            raise NoLikeDay(
                f"no {kind} within four weeks of {day} has those values actual: ask for the meter's data",
                field="from_on",
            )
        for at in places:
            total = sum(received[other].values[at] or 0 for other in those)
            values.append(rounded(Fraction(total, len(those))))
        gaps.append(EstimatedGap(day=day, begins=begins, count=count, rule="LIKE_DAY", like=tuple(sorted(those))))
    return values, gaps


def _is_like(known: DayIntervals, other: date, day: date, minutes: int, places: range) -> bool:
    """Tell whether another day is of a day's kind, near it, and has some intervals that are not estimated."""
    kind = (other.weekday() >= SATURDAY) == (day.weekday() >= SATURDAY)
    if not kind or other == day or abs(other - day) > AROUND or known.minutes != minutes:
        return False
    return all(known.grades[at] in "AS" for at in places)


# Scope


def _meter(command: MeterCommand) -> tuple[str, ...]:
    return (f"meter:{command.meter}",)


# Decide


def _propose(state: Offtakes, command: ProposeEstimate, by: By) -> Sequence[Fact]:
    meter, installed = installed_meter(state, command)
    if said(EstimateProposed, command) in meter.asked.values():
        return ()
    if command.estimate in meter.estimates:
        raise EstimateTaken(
            f"{command.estimate} is another estimate of {command.meter}; choose another id", field="estimate"
        )
    there = meter.measures(command.from_on, command.until_on)
    if there != (command.from_on, command.until_on) or (command.until_on - command.from_on).days >= DAYS_MAX:
        raise EstimateMalformed(
            f"{command.from_on} to {command.until_on}: days come in order, {DAYS_MAX} at most, and {command.meter} is "
            "there on each of them",
            field="until_on",
        )
    not_before(command.effective_on, command.until_on, "the last of the days lies")
    found = estimated(meter, command.from_on, command.until_on)
    return (
        EstimateProposed(
            effective_on=command.effective_on,
            meter=command.meter,
            agreement=installed.agreement,
            estimate=command.estimate,
            from_on=command.from_on,
            until_on=command.until_on,
            minutes=found.minutes,
            days=found.days,
            gaps=found.gaps,
            reason=command.reason,
            proposed_by=by.actor,
        ),
    )


def _approve(state: Offtakes, command: ApproveEstimate, by: By) -> Sequence[Fact]:
    meter, installed = installed_meter(state, command)
    if said(EstimateApproved, command) in meter.asked.values():
        return ()
    proposed = meter.estimates.get(command.estimate)
    if proposed is None:
        raise EstimateUnknown(
            f"nobody proposed an estimate {command.estimate} of {command.meter}: `propose-estimate`; somebody else "
            "than the proposer then approves it",
            field="estimate",
        )
    if command.estimate in meter.approved:
        raise EstimateDecided(
            f"{command.estimate} is approved since {meter.approved[command.estimate].effective_on}", field="estimate"
        )
    not_before(command.effective_on, proposed.effective_on, f"{command.estimate} was proposed")
    if proposed.proposed_by == by.actor:
        raise EstimateApproverIsProposer(
            f"{by.actor} proposed {command.estimate}; somebody else approves it", field="estimate"
        )
    _check_current(meter, proposed)
    return (
        EstimateApproved(
            effective_on=command.effective_on,
            meter=command.meter,
            agreement=installed.agreement,
            estimate=command.estimate,
            proposed_by=proposed.proposed_by,
            approved_by=by.actor,
        ),
    )


def _check_current(meter: Meter, proposed: EstimateProposed) -> None:
    """Check that the rules still say what was proposed. Raises EstimateStale."""
    try:
        now = estimated(meter, proposed.from_on, proposed.until_on)
    except OfftakeRefusal as refusal:
        raise EstimateStale(
            f"{refusal.detail} any more; there is nothing to approve in {proposed.estimate}", field="estimate"
        ) from refusal
    if (now.minutes, now.days, now.gaps) != (proposed.minutes, proposed.days, proposed.gaps):
        raise EstimateStale(
            f"values have come or gone since {proposed.estimate} was proposed; propose another", field="estimate"
        )


ESTIMATING: Part[Offtakes, Any] = Part(
    decide={ProposeEstimate: _propose, ApproveEstimate: _approve},
    scope={ProposeEstimate: _meter, ApproveEstimate: _meter},
)
