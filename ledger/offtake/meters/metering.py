"""Meters are installed, read, corrected, replaced, removed and tested; their interval files come in whole.

Commands          Facts (meter.…)
InstallMeter      installed
ReadMeter         read
CorrectRead       read-corrected; on the day of a replacement or removal, the last value of the device that went
ReplaceMeter      replaced
RemoveMeter       removed
CalibrateMeter    calibrated: from the middle between the last good test and this one, where no day is known
RecordIntervals   intervals-received, one a month of the file: all of it, or nothing

Refusals, in order of precedence
├── MeterUnknown         no such meter (unknown); OfftakeUnknown, OfftakeStateForbids of life.py for a new one
├── MeterTaken           this id is another meter's, or says otherwise (conflict)
├── BeforeInstalled      the day lies before the meter was there
├── MeterGone            the day lies after the meter was removed; removed: something is recorded of a later day
├── ReadTaken            the day has another read already: correct it (conflict)
├── NothingToCorrect     nothing that the register showed on this day is recorded
├── those of register.py
├── CalibrationMalformed the test lies before the days it is about, or nothing was registered
├── OfftakeStepTooEarly  of rules.py: intervals that came before their last day
├── DayMalformed         not as many intervals, or qualities, as a day has, a value missing unsaid, or a day twice
└── IntervalsTaken       days have other intervals already: give a reason to put these in their place (conflict)

Each register, the total and those of the bands, goes round by itself: `rolled_over` is said of those that show less.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import groupby, pairwise
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.offtake.account import Offtakes
from ledger.offtake.life import executed
from ledger.offtake.meters.facts import (
    DAY_MINUTES,
    BandValues,
    DayBlock,
    Digits,
    IntervalMinutes,
    IntervalsReceived,
    MeterCalibrated,
    MeterInstalled,
    MeterRead,
    MeterReadCorrected,
    MeterRemoved,
    MeterReplaced,
    Quality,
    RegisterValue,
    SettledBy,
    Transformer,
)
from ledger.offtake.meters.meter import Meter, evolve_meter
from ledger.offtake.meters.register import check_recorded, check_register
from ledger.offtake.rules import OfftakeCommand, OfftakeId, OfftakeRefusal, not_before
from ledger.periods import month_of
from ledger.values.days import Happened
from ledger.values.evidence import Evidence
from ledger.values.money import Ratio

WITHDRAW = "`withdraw-meter-step`."
"""How a step of a meter is put right."""

# Commands


class MeterCommand(OfftakeCommand, frozen=True, kw_only=True):
    """Something asked of a meter."""

    meter: Id


class InstallMeter(MeterCommand, frozen=True, kw_only=True, tag="install-meter"):
    """Install a meter at the delivery point of an agreement: it measures from the beginning of `effective_on` on."""

    put_right: ClassVar[str] = WITHDRAW + " What was recorded of the meter since goes first."

    agreement: OfftakeId
    start: RegisterValue
    digits: Digits
    ct: Transformer = 1
    pt: Transformer = 1
    settled_by: SettledBy = "REGISTER"
    bands: BandValues | None = None


class ReadCommand(MeterCommand, frozen=True, kw_only=True):
    """A read of a day, or its correction.

    rolled_over   of the registers, total and bands, those that show less than before went round
    checked       why a register went round that counted more than half of its range since the read before
    """

    value: RegisterValue
    quality: Quality = "ACTUAL"
    rolled_over: bool = False
    bands: BandValues | None = None
    checked: Text | None = None


class ReadMeter(ReadCommand, frozen=True, kw_only=True, tag="read-meter"):
    """Record what the registers show at the end of `effective_on`."""

    put_right: ClassVar[str] = "`correct-read`; a read of another day: `withdraw-meter-step`."


class CorrectRead(ReadCommand, frozen=True, kw_only=True, tag="correct-read"):
    """Correct the read of `effective_on`; an estimate is trued up this way (E4).

    On the day of a replacement or removal it corrects the last value of the device that went.
    """

    put_right: ClassVar[str] = "`correct-read` again, or `withdraw-meter-step`: the read before stands again."

    reason: Text


class ReplaceMeter(MeterCommand, frozen=True, kw_only=True, tag="replace-meter"):
    """Replace a meter: another device takes over at the end of `effective_on`.

    A register that began again after a power cut is replaced too: by itself, from what it showed last to 0.
    """

    put_right: ClassVar[str] = (
        "`correct-read` of the same day corrects the last value of the old device; anything else: "
        "`withdraw-meter-step`, then `replace-meter` as it is right."
    )
    final: RegisterValue
    rolled_over: bool = False
    start: RegisterValue
    digits: Digits
    ct: Transformer = 1
    pt: Transformer = 1
    final_bands: BandValues | None = None
    start_bands: BandValues | None = None
    reason: Text
    checked: Text | None = None


class RemoveMeter(MeterCommand, frozen=True, kw_only=True, tag="remove-meter"):
    """Remove a meter at the end of `effective_on`; no other device follows."""

    put_right: ClassVar[str] = "`correct-read` of the same day corrects its last value; else `withdraw-meter-step`."
    final: RegisterValue
    rolled_over: bool = False
    final_bands: BandValues | None = None
    reason: Text
    checked: Text | None = None


class CalibrateMeter(MeterCommand, frozen=True, kw_only=True, tag="calibrate-meter"):
    """Record a test on `effective_on`: 0.982 means that 98.2 % of the truth was registered, 1 that the meter is good.

    from_on   since when; where nobody knows, half the time since the last good test (domain §7.3)
    """

    put_right: ClassVar[str] = WITHDRAW + " Months that were settled are settled anew."
    registered: Ratio
    from_on: Happened | None = None
    until_on: Happened
    certificate: Evidence


class RecordIntervals(MeterCommand, frozen=True, kw_only=True, tag="record-intervals"):
    """Record the intervals of a file, whole days: all of them or none. `effective_on` is the day they came."""

    put_right: ClassVar[str] = (
        "`record-intervals` again with a reason: its days take the place of these. Days of another meter: "
        "`withdraw-meter-step`, month by month."
    )
    minutes: IntervalMinutes = 15
    days: Annotated[tuple[DayBlock, ...], Meta(min_length=1, max_length=1500)]
    file: Evidence
    reason: Text | None = None


# Refusals


class MeterUnknown(OfftakeRefusal):
    """No such meter."""

    code = "meter-unknown"
    kind = "unknown"


class MeterTaken(OfftakeRefusal):
    """This id is another meter's, or says otherwise."""

    code = "meter-taken"
    kind = "conflict"


class BeforeInstalled(OfftakeRefusal):
    """The day lies before the meter was there."""

    code = "before-installed"


class MeterGone(OfftakeRefusal):
    """The day lies after the meter was removed."""

    code = "meter-gone"


class ReadTaken(OfftakeRefusal):
    """The day has another read already."""

    code = "read-taken"
    kind = "conflict"


class NothingToCorrect(OfftakeRefusal):
    """Nothing that the register showed on this day is recorded."""

    code = "nothing-to-correct"


class CalibrationMalformed(OfftakeRefusal):
    """The test lies before the days it is about, or nothing was registered."""

    code = "calibration-malformed"


class DayMalformed(OfftakeRefusal):
    """Not as many intervals, or qualities, as a day has, a value missing that is not said to be, or a day twice."""

    code = "day-malformed"


class IntervalsTaken(OfftakeRefusal):
    """Days have other intervals already."""

    code = "intervals-taken"
    kind = "conflict"


# Scope


def _meter(command: MeterCommand) -> tuple[str, ...]:
    return (f"meter:{command.meter}",)


def _meter_and_agreement(command: InstallMeter) -> tuple[str, ...]:
    return (*_meter(command), f"offtake:{command.agreement}")


# Decide


def installed_meter(state: Offtakes, command: MeterCommand) -> tuple[Meter, MeterInstalled]:
    """The meter and its installation. Raises MeterUnknown."""
    meter = state.meters.get(command.meter)
    if meter is None or meter.installed is None:
        raise MeterUnknown(f"there is no meter {command.meter}; install it first", field="meter")
    return meter, meter.installed


def _install(state: Offtakes, command: InstallMeter, by: By) -> Sequence[Fact]:
    there = state.meters.get(command.meter, Meter()).installed
    if there is not None:
        if there.asked == said(MeterInstalled, command):
            return ()
        raise MeterTaken(
            f"{command.meter} measures for {there.agreement} already and says otherwise: choose another id, or "
            "`withdraw-meter-step` first",
            field="meter",
        )
    executed(state, command.agreement)
    installed = MeterInstalled(
        effective_on=command.effective_on,
        meter=command.meter,
        agreement=command.agreement,
        start=command.start,
        digits=command.digits,
        ct=command.ct,
        pt=command.pt,
        settled_by=command.settled_by,
        bands=command.bands,
    )
    check_register(Meter(installed=installed))
    return (installed,)


def _read(state: Offtakes, command: ReadMeter, by: By) -> Sequence[Fact]:
    meter, installed = installed_meter(state, command)
    if said(MeterRead, command) in meter.asked.values():
        return ()
    _check_free(meter, installed, command)
    read = MeterRead(
        effective_on=command.effective_on,
        meter=command.meter,
        agreement=installed.agreement,
        value=command.value,
        quality=command.quality,
        rolled_over=command.rolled_over,
        bands=command.bands,
        checked=command.checked,
    )
    check_recorded(evolve_meter(meter, read), read)
    return (read,)


def _correct(state: Offtakes, command: CorrectRead, by: By) -> Sequence[Fact]:
    meter, installed = installed_meter(state, command)
    if said(MeterReadCorrected, command) in meter.asked.values():
        return ()
    _check_there(meter, installed, command)
    day = command.effective_on
    if meter.shown_on(day) is None:
        raise NothingToCorrect(f"no read of {day} is recorded; record it as a read", field="effective_on")
    correction = MeterReadCorrected(
        effective_on=day,
        meter=command.meter,
        agreement=installed.agreement,
        value=command.value,
        quality=command.quality,
        rolled_over=command.rolled_over,
        bands=command.bands,
        checked=command.checked,
        reason=command.reason,
    )
    check_recorded(evolve_meter(meter, correction), correction)
    return (correction,)


def _replace(state: Offtakes, command: ReplaceMeter, by: By) -> Sequence[Fact]:
    meter, installed = installed_meter(state, command)
    if said(MeterReplaced, command) in meter.asked.values():
        return ()
    _check_goes(meter, installed, command)
    replaced = MeterReplaced(
        effective_on=command.effective_on,
        meter=command.meter,
        agreement=installed.agreement,
        final=command.final,
        rolled_over=command.rolled_over,
        start=command.start,
        digits=command.digits,
        ct=command.ct,
        pt=command.pt,
        final_bands=command.final_bands,
        start_bands=command.start_bands,
        reason=command.reason,
        checked=command.checked,
    )
    check_recorded(evolve_meter(meter, replaced), replaced)
    return (replaced,)


def _remove(state: Offtakes, command: RemoveMeter, by: By) -> Sequence[Fact]:
    meter, installed = installed_meter(state, command)
    if said(MeterRemoved, command) in meter.asked.values():
        return ()
    _check_goes(meter, installed, command)
    later = [day for day in (*meter.reads, *meter.replaced, *meter.intervals) if day > command.effective_on]
    if later:
        raise MeterGone(
            f"something is recorded of {command.meter} on {max(later)}, after it would be gone; withdraw that first",
            field="effective_on",
        )
    removed = MeterRemoved(
        effective_on=command.effective_on,
        meter=command.meter,
        agreement=installed.agreement,
        final=command.final,
        rolled_over=command.rolled_over,
        final_bands=command.final_bands,
        reason=command.reason,
        checked=command.checked,
    )
    check_recorded(evolve_meter(meter, removed), removed)
    return (removed,)


def _since(installed: MeterInstalled) -> str:
    return (
        f"{installed.meter} is there since {installed.effective_on}; was it there before, `withdraw-meter-step` of the "
        "installation and of what follows, and install it on its day"
    )


def _until(removed: MeterRemoved) -> str:
    return (
        f"{removed.meter} was removed on {removed.effective_on}; was it not, `withdraw-meter-step` of the removal first"
    )


def _check_there(meter: Meter, installed: MeterInstalled, command: MeterCommand) -> None:
    """Nothing is read of a meter before it was installed, or after it went. Raises BeforeInstalled, MeterGone."""
    if command.effective_on < installed.effective_on:
        raise BeforeInstalled(_since(installed), field="effective_on")
    if meter.removed is not None and command.effective_on > meter.removed.effective_on:
        raise MeterGone(_until(meter.removed), field="effective_on")


def _check_free(meter: Meter, installed: MeterInstalled, command: ReadMeter) -> None:
    """A day has one read. Raises BeforeInstalled, MeterGone, ReadTaken."""
    _check_there(meter, installed, command)
    day = command.effective_on
    if meter.shown_on(day) is not None:
        raise ReadTaken(f"{command.meter} has a read of {day} already; correct it instead", field="effective_on")


def _check_goes(meter: Meter, installed: MeterInstalled, command: ReplaceMeter | RemoveMeter) -> None:
    """A device goes once a day, with what was read of it. Raises BeforeInstalled, MeterGone, ReadTaken."""
    _check_there(meter, installed, command)
    day = command.effective_on
    if meter.removed is not None or day in meter.replaced:
        went = "replaced" if day in meter.replaced else "removed"
        raise ReadTaken(
            f"{command.meter} was {went} already; `correct-read` of that day corrects what it showed last, "
            "`withdraw-meter-step` takes it back",
            field="effective_on",
        )
    read = meter.reads.get(day)
    if read is not None and (Fraction(read.value), read.bands) != (Fraction(command.final), command.final_bands):
        raise ReadTaken(
            f"{command.meter} shows {read.value} at the end of {day} already; say that, or correct the read first",
            field="final",
        )


def _calibrate(state: Offtakes, command: CalibrateMeter, by: By) -> Sequence[Fact]:
    meter, installed = installed_meter(state, command)
    asked = said(MeterCalibrated, command)
    if any(test.asked == asked and command.from_on in (None, test.from_on) for test in meter.calibrated):
        return ()
    from_on = command.from_on or _half_way(meter, installed, command.effective_on)
    if from_on < installed.effective_on:
        raise BeforeInstalled(_since(installed), field="from_on")
    if not Fraction(command.registered) or not from_on <= command.until_on <= command.effective_on:
        raise CalibrationMalformed(
            f"a test on {command.effective_on} found {command.registered} from {from_on} to {command.until_on}: days "
            "come in order and end with the test, and something was registered",
            field="until_on",
        )
    return (
        MeterCalibrated(
            effective_on=command.effective_on,
            meter=command.meter,
            agreement=installed.agreement,
            registered=command.registered,
            from_on=from_on,
            until_on=command.until_on,
            certificate=command.certificate,
        ),
    )


def _half_way(meter: Meter, installed: MeterInstalled, on: date) -> date:
    """The middle between the last good test, or the installation, and this one."""
    good = [test.effective_on for test in meter.calibrated if Fraction(test.registered) == 1 and test.effective_on < on]
    since = max([installed.effective_on, *good])
    return since + timedelta(days=((on - since).days + 1) // 2)


def _intervals(state: Offtakes, command: RecordIntervals, by: By) -> Sequence[Fact]:
    meter, installed = installed_meter(state, command)
    days = _days(command)
    new = [block for block in days if block.day not in meter.intervals or meter.intervals[block.day][0] != block]
    if not new:
        if _came_so(meter, command, days):
            return ()
        if command.reason is None:
            raise IntervalsTaken(
                "these days have the same intervals already, of another file or day; give a reason to name this file in"
                " its place",
                field="file",
            )
        new = days
    if days[0].day < installed.effective_on:
        raise BeforeInstalled(_since(installed), field="days")
    if meter.removed is not None and days[-1].day > meter.removed.effective_on:
        raise MeterGone(_until(meter.removed), field="days")
    not_before(command.effective_on, days[-1].day, "the last of the days lies")
    taken = [block.day for block in new if block.day in meter.intervals and not _completes(meter, block, command)]
    if taken and command.reason is None:
        raise IntervalsTaken(
            f"{taken[0]} has other intervals already, and {len(taken) - 1} more days; give a reason to replace them",
            field="days",
        )
    return [
        IntervalsReceived(
            effective_on=command.effective_on,
            meter=command.meter,
            agreement=installed.agreement,
            month=month,
            minutes=command.minutes,
            days=tuple(blocks),
            file=command.file,
            reason=command.reason,
        )
        for month, blocks in groupby(new, key=lambda block: month_of(block.day))
    ]


def _completes(meter: Meter, block: DayBlock, command: RecordIntervals) -> bool:
    """Tell whether a day says what was recorded of it, and values that were missing."""
    before, fact = meter.intervals[block.day]
    known = zip(before.values, before.grades, block.values, block.grades, strict=False)
    same = all(value is None or (value, grade) == (now, now_grade) for value, grade, now, now_grade in known)
    return fact.minutes == command.minutes and same


def _came_so(meter: Meter, command: RecordIntervals, days: Sequence[DayBlock]) -> bool:
    """Tell whether days that are all recorded came, or some of them, of this file on this day."""
    came = (meter.intervals[block.day][1] for block in days)
    said_so = (command.file, command.effective_on, command.reason)
    return any((fact.file, fact.effective_on, fact.reason) == said_so for fact in came)


def _days(command: RecordIntervals) -> list[DayBlock]:
    """The days of a command in order, each once and whole. Raises DayMalformed."""
    each = DAY_MINUTES // command.minutes
    days = sorted(command.days, key=lambda block: block.day)
    for earlier, later in pairwise(days):
        if earlier.day == later.day:
            raise DayMalformed(f"{later.day} comes twice; leave one out", field="days")
    for block in days:
        count = block.energy_wh.count(" ") + 1
        if count != each:
            raise DayMalformed(f"{block.day} has {count} intervals; a day has {each}", field="days")
        if block.quality is not None and len(block.quality) != each:
            count = len(block.quality)
            raise DayMalformed(f"{block.day} has the quality of {count} intervals; a day has {each}", field="days")
        if any((value is None) != (grade == "M") for value, grade in zip(block.values, block.grades, strict=True)):
            raise DayMalformed(
                f"{block.day}: a value that is missing is written - and has the quality M, and no other has",
                field="days",
            )
    return days


METERING: Part[Offtakes, Any] = Part(
    decide={
        InstallMeter: _install,
        ReadMeter: _read,
        CorrectRead: _correct,
        ReplaceMeter: _replace,
        RemoveMeter: _remove,
        CalibrateMeter: _calibrate,
        RecordIntervals: _intervals,
    },
    scope={
        InstallMeter: _meter_and_agreement,
        ReadMeter: _meter,
        CorrectRead: _meter,
        ReplaceMeter: _meter,
        RemoveMeter: _meter,
        CalibrateMeter: _meter,
        RecordIntervals: _meter,
    },
)
