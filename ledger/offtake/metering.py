"""Meters are installed, read, corrected, replaced and tested; their interval files come in whole.

Commands          Facts (meter.…)
InstallMeter      installed
ReadMeter         read
CorrectRead       read-corrected
ReplaceMeter      replaced
CalibrateMeter    calibrated: from the middle between the last good test and this one, where no day is known
RecordIntervals   intervals-received, one a month of the file: all of it, or nothing

Refusals, in order of precedence
├── MeterUnknown         no such meter (unknown); OfftakeUnknown, OfftakeStateForbids of life.py for a new one
├── MeterTaken           this id is another meter's, or says otherwise (conflict)
├── BeforeInstalled      the day lies before the meter was there
├── ReadTaken            the day has another read already: correct it (conflict)
├── NothingToCorrect     no read of this day is recorded
├── RegisterTooLarge     more digits than the register has
├── ReadGoesBack         E1: the register showed more before, or less after; `rolled_over` says that it went round
├── BandsGoBack          the same for a band
├── CalibrationMalformed the test lies before the days it is about, or nothing was registered
├── DayMalformed         not as many intervals as a day has, or a day twice
└── IntervalsTaken       days have other intervals already: give a reason to put these in their place (conflict)
"""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import groupby, pairwise
from typing import Annotated, Any

from msgspec import Meta

from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.offtake.account import Offtakes
from ledger.offtake.facts import (
    BandValues,
    DayBlock,
    Digits,
    IntervalMinutes,
    IntervalsReceived,
    MeterCalibrated,
    MeterInstalled,
    MeterRead,
    MeterReadCorrected,
    MeterReplaced,
    Quality,
    RegisterValue,
    SettledBy,
    Transformer,
)
from ledger.offtake.intervals import DAY_MINUTES
from ledger.offtake.life import executed
from ledger.offtake.meter import Meter, evolve_meter, points
from ledger.offtake.rules import OfftakeCommand, OfftakeId, OfftakeRefusal
from ledger.offtake.terms import BANDS
from ledger.periods import month_of
from ledger.values.evidence import Evidence
from ledger.values.money import Ratio

# Commands


class MeterCommand(OfftakeCommand, frozen=True, kw_only=True):
    """Something asked of a meter."""

    meter: Id


class InstallMeter(MeterCommand, frozen=True, kw_only=True, tag="install-meter"):
    """Measure at the delivery point of an agreement from the beginning of `effective_on` on."""

    agreement: OfftakeId
    start: RegisterValue
    digits: Digits
    ct: Transformer = 1
    pt: Transformer = 1
    settled_by: SettledBy = "REGISTER"
    bands: BandValues | None = None


class ReadCommand(MeterCommand, frozen=True, kw_only=True):
    """A read of a day, or its correction."""

    value: RegisterValue
    quality: Quality = "ACTUAL"
    rolled_over: bool = False
    bands: BandValues | None = None


class ReadMeter(ReadCommand, frozen=True, kw_only=True, tag="read-meter"):
    """Record what the register shows at the end of `effective_on`."""


class CorrectRead(ReadCommand, frozen=True, kw_only=True, tag="correct-read"):
    """Correct the read of `effective_on`; an estimate is trued up this way (E4)."""

    reason: Text


class ReplaceMeter(MeterCommand, frozen=True, kw_only=True, tag="replace-meter"):
    """Another device takes over at the end of `effective_on`."""

    final: RegisterValue
    rolled_over: bool = False
    start: RegisterValue
    digits: Digits
    ct: Transformer = 1
    pt: Transformer = 1
    final_bands: BandValues | None = None
    start_bands: BandValues | None = None
    reason: Text


class CalibrateMeter(MeterCommand, frozen=True, kw_only=True, tag="calibrate-meter"):
    """A test on `effective_on`: 0.982 means that 98.2 % of the truth was registered, 1 that the meter is good.

    from_on   since when; where nobody knows, half the time since the last good test (domain §7.3)
    """

    registered: Ratio
    from_on: date | None = None
    until_on: date
    certificate: Evidence


class RecordIntervals(MeterCommand, frozen=True, kw_only=True, tag="record-intervals"):
    """The intervals of a file, whole days: all of them or none. `effective_on` is the day they came."""

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


class ReadTaken(OfftakeRefusal):
    """The day has another read already."""

    code = "read-taken"
    kind = "conflict"


class NothingToCorrect(OfftakeRefusal):
    """No read of this day is recorded."""

    code = "nothing-to-correct"


class RegisterTooLarge(OfftakeRefusal):
    """More digits than the register has."""

    code = "register-too-large"


class ReadGoesBack(OfftakeRefusal):
    """E1: the register showed more before, or less after."""

    code = "read-goes-back"


class BandsGoBack(OfftakeRefusal):
    """E1 for a band."""

    code = "bands-go-back"


class CalibrationMalformed(OfftakeRefusal):
    """The test lies before the days it is about, or nothing was registered."""

    code = "calibration-malformed"


class DayMalformed(OfftakeRefusal):
    """Not as many intervals as a day has, or a day twice."""

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


def _installed(state: Offtakes, command: MeterCommand) -> tuple[Meter, MeterInstalled]:
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
        raise MeterTaken(f"{command.meter} measures for {there.agreement} already and says otherwise", field="meter")
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
    _check_register(Meter(installed=installed))
    return (installed,)


def _read(state: Offtakes, command: ReadMeter, by: By) -> Sequence[Fact]:
    meter, installed = _installed(state, command)
    if _is_shown(meter, command, said(MeterRead, command)):
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
    )
    _check_register(evolve_meter(meter, read))
    return (read,)


def _correct(state: Offtakes, command: CorrectRead, by: By) -> Sequence[Fact]:
    meter, installed = _installed(state, command)
    if _is_shown(meter, command, said(MeterReadCorrected, command)):
        return ()
    _check_there(installed, command)
    day = command.effective_on
    if day not in meter.reads:
        raise NothingToCorrect(f"no read of {day} is recorded; record it as a read", field="effective_on")
    correction = MeterReadCorrected(
        effective_on=day,
        meter=command.meter,
        agreement=installed.agreement,
        value=command.value,
        quality=command.quality,
        rolled_over=command.rolled_over,
        bands=command.bands,
        reason=command.reason,
    )
    _check_register(evolve_meter(meter, correction))
    return (correction,)


def _replace(state: Offtakes, command: ReplaceMeter, by: By) -> Sequence[Fact]:
    meter, installed = _installed(state, command)
    if _is_shown(meter, command, said(MeterReplaced, command)):
        return ()
    _check_free(meter, installed, command)
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
    )
    _check_register(evolve_meter(meter, replaced))
    return (replaced,)


def _is_shown(meter: Meter, command: MeterCommand, asked: tuple[Any, ...]) -> bool:
    """Check whether what the meter showed on the day was recorded in the same words."""
    shown = meter.shown_on(command.effective_on)
    return shown is not None and shown.asked == asked


def _check_there(installed: MeterInstalled, command: MeterCommand) -> None:
    """Nothing is read of a meter before it was installed. Raises BeforeInstalled."""
    if command.effective_on < installed.effective_on:
        raise BeforeInstalled(f"{command.meter} is there since {installed.effective_on}", field="effective_on")


def _check_free(meter: Meter, installed: MeterInstalled, command: MeterCommand) -> None:
    """A day has one read. Raises BeforeInstalled, ReadTaken."""
    _check_there(installed, command)
    day = command.effective_on
    if meter.shown_on(day) is not None:
        raise ReadTaken(f"{command.meter} has a read of {day} already; correct it instead", field="effective_on")


def _check_register(meter: Meter) -> None:
    """E1: registers go up, and round where that is said. Raises RegisterTooLarge, ReadGoesBack, BandsGoBack."""
    shown = points(meter)
    digits = shown[0].digits
    for point in shown:
        for value in (point.value, *(point.bands.of(band) for band in BANDS if point.bands is not None)):
            _check_fits(value, digits)
        digits = point.digits
        _check_fits(point.onward, digits)
    for earlier, later in pairwise(shown):
        goes_back = Fraction(later.value) < Fraction(earlier.onward)
        if goes_back != later.rolled_over:
            went = "went round, yet shows no less" if later.rolled_over else "shows less"
            raise ReadGoesBack(
                f"at the end of {later.day} the register shows {later.value}, at the end of {earlier.day} "
                f"{earlier.onward}: it {went}; say rolled_over where it went round, correct the read where it is wrong",
                field="value",
            )
        if not later.rolled_over and earlier.onward_bands is not None and later.bands is not None:
            for band in BANDS:
                if Fraction(later.bands.of(band)) < Fraction(earlier.onward_bands.of(band)):
                    raise BandsGoBack(f"{band} shows less at the end of {later.day} than before", field="bands")


def _check_fits(value: str, digits: int) -> None:
    if Fraction(value) >= 10**digits:
        raise RegisterTooLarge(f"{value} does not fit into a register of {digits} digits", field="value")


def _calibrate(state: Offtakes, command: CalibrateMeter, by: By) -> Sequence[Fact]:
    meter, installed = _installed(state, command)
    asked = said(MeterCalibrated, command)
    if any(test.asked == asked and command.from_on in (None, test.from_on) for test in meter.calibrated):
        return ()
    from_on = command.from_on or _half_way(meter, installed, command.effective_on)
    if from_on < installed.effective_on:
        raise BeforeInstalled(f"{command.meter} is there since {installed.effective_on}", field="from_on")
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
    meter, installed = _installed(state, command)
    days = _days(command)
    new = [block for block in days if block.day not in meter.intervals or meter.intervals[block.day][0] != block]
    if not new:
        return ()
    if days[0].day < installed.effective_on:
        raise BeforeInstalled(f"{command.meter} is there since {installed.effective_on}", field="days")
    taken = [block.day for block in new if block.day in meter.intervals]
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


def _days(command: RecordIntervals) -> list[DayBlock]:
    """The days of a command in order, each once and whole. Raises DayMalformed."""
    each = DAY_MINUTES // command.minutes
    days = sorted(command.days, key=lambda block: block.day)
    for earlier, later in pairwise(days):
        if earlier.day == later.day:
            raise DayMalformed(f"{later.day} comes twice", field="days")
    for block in days:
        count = block.energy_wh.count(" ") + 1
        if count != each:
            raise DayMalformed(f"{block.day} has {count} intervals; a day has {each}", field="days")
    return days


METERING: Part[Offtakes, Any] = Part(
    decide={
        InstallMeter: _install,
        ReadMeter: _read,
        CorrectRead: _correct,
        ReplaceMeter: _replace,
        CalibrateMeter: _calibrate,
        RecordIntervals: _intervals,
    },
    scope={
        InstallMeter: _meter_and_agreement,
        ReadMeter: _meter,
        CorrectRead: _meter,
        ReplaceMeter: _meter,
        CalibrateMeter: _meter,
        RecordIntervals: _meter,
    },
)
