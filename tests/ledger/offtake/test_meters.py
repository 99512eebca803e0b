"""Meters: multiplier, rollover, replacement, calibration, intervals.

Every meter value is invented.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from ledger.decider import Command, Fact, Refusal
from ledger.offtake.calculation import MeterMissing, reprint
from ledger.offtake.delivery import AgreeDeemed, RecordCurtailment
from ledger.offtake.energy import kwh
from ledger.offtake.facts import StatementCalculated
from ledger.offtake.life import OfftakeStateForbids, OfftakeUnknown
from ledger.offtake.meters.facts import BandValues, DayBlock, IntervalsReceived, MeterCalibrated
from ledger.offtake.meters.meter import BandsDiffer, BandsUnknown, IntervalsMissing, ReadMissing
from ledger.offtake.meters.metering import (
    BeforeInstalled,
    CalibrateMeter,
    CalibrationMalformed,
    CorrectRead,
    DayMalformed,
    InstallMeter,
    IntervalsTaken,
    MeterGone,
    MeterTaken,
    MeterUnknown,
    NothingToCorrect,
    ReadMeter,
    ReadTaken,
    RecordIntervals,
    RemoveMeter,
    ReplaceMeter,
)
from ledger.offtake.meters.register import BandsGoBack, ReadGoesBack, RegisterTooLarge, RolloverImplausible
from ledger.offtake.rules import OfftakeStepTooEarly
from ledger.offtake.statements import CalculateStatement
from ledger.offtake.terms import TimeOfUse, Window
from tests.ground.given import decide, given
from tests.ground.offtaken import (
    DESK,
    FINANCE,
    GROUND,
    METER,
    PAPER,
    TERMS,
    A,
    agreement,
    metered,
    of_kind,
    settled,
    told,
)

JANUARY_1, JANUARY_31 = date(2024, 1, 1), date(2024, 1, 31)
INSTALL = InstallMeter(effective_on=JANUARY_1, meter=METER, agreement=A, start="100", digits=4)
READ = ReadMeter(effective_on=JANUARY_31, meter=METER, value="250.5")
MEASURED = told(agreement(), (INSTALL, DESK))
READ_ONCE = told(MEASURED, (READ, DESK))


def energy(facts: Sequence[Fact], month: str = "2024-01") -> str:
    """What a month's statement would say was delivered."""
    (run,) = decide(facts, CalculateStatement(effective_on=date(2024, 3, 31), agreement=A, month=month), FINANCE)
    assert isinstance(run, StatementCalculated)
    return kwh(run.delivered_wh)


def read(on: date, value: str, **more: Any) -> tuple[Command, Any]:
    return ReadMeter(effective_on=on, meter=METER, value=value, **more), DESK


def corrected(value: str, on: date = JANUARY_31) -> CorrectRead:
    return CorrectRead(effective_on=on, meter=METER, value=value, reason="misread (demo)")


# Registers


def test_a_multiplier_counts_what_the_register_shows() -> None:
    """(412.35 - 398.11) × 80 × 100 = 113,920 kWh."""
    assert energy(metered(agreement(), "398.11", {"2024-01": "412.35"}, ct=80, pt=100)) == "113920.0"


def test_a_register_that_went_round() -> None:
    """8 digits, 99,998,750.5 → 1,240.2 = 2,489.7 kWh."""
    facts = told(
        metered(agreement(), "99998750.5", {}),
        read(JANUARY_31, "1240.2", rolled_over=True),
    )
    assert energy(facts) == "2489.7"


def test_a_meter_that_was_replaced() -> None:
    swap = ReplaceMeter(
        effective_on=date(2024, 1, 10), meter=METER, final="150", start="9000", digits=6, ct=10, reason="worn (demo)"
    )
    facts = told(MEASURED, (swap, DESK), read(JANUARY_31, "9007.5"))
    assert energy(facts) == "125.0"
    assert energy(told(facts, read(date(2024, 2, 29), "9010")), "2024-02") == "25.0"


def test_a_replacement_typed_wrong_is_corrected_by_the_read_of_its_day() -> None:
    """9990 typed for 999: 99 + (20 - 12) = 107 kWh in February; the refusal of a second replacement says how."""
    swap = ReplaceMeter(
        effective_on=date(2024, 2, 15), meter=METER, final="9990", start="12", digits=5, reason="broken (demo)"
    )
    device = replace(INSTALL, start="0", digits=5)
    facts = told(agreement(), (device, DESK), read(JANUARY_31, "900"), (swap, DESK), read(date(2024, 2, 29), "20"))
    again = replace(swap, final="999", reason="a digit too many (demo)")
    given(*facts).when(again, DESK).refused(ReadTaken, says="correct-read")
    given(*facts).when(swap, DESK).then()
    facts = told(facts, (corrected("999", on=date(2024, 2, 15)), DESK))
    assert energy(facts, "2024-02") == "107.0"
    assert settled(facts, "2024-02")


def test_a_device_that_was_read_goes_with_what_was_read() -> None:
    swap = ReplaceMeter(effective_on=JANUARY_31, meter=METER, final="250.50", start="0", digits=6, reason="worn (demo)")
    other = replace(swap, final="251")
    given(*READ_ONCE).when(other, DESK).refused(ReadTaken, field="final")
    facts = told(READ_ONCE, (swap, DESK), read(date(2024, 2, 29), "7"))
    assert (energy(facts), energy(facts, "2024-02")) == ("150.5", "7.0")


def test_a_meter_that_was_taken_away() -> None:
    """Removed on 10 January at 150: 50 kWh; another measures from the 11th on: 30."""
    gone = RemoveMeter(effective_on=date(2024, 1, 10), meter=METER, final="150", reason="the feeder moved (demo)")
    given(*READ_ONCE).when(gone, DESK).refused(MeterGone, field="effective_on", says="2024-01-31")
    facts = told(MEASURED, (gone, DESK))
    given(*facts).when(gone, DESK).then()
    given(*facts).when(READ, DESK).refused(MeterGone, field="effective_on")
    given(*facts).when(replace(gone, final="151"), DESK).refused(ReadTaken, says="withdraw-meter-step")
    calculate = CalculateStatement(effective_on=date(2024, 2, 5), agreement=A, month="2024-01")
    given(*facts).when(calculate, FINANCE).refused(MeterMissing, says="2024-01-11 to 2024-01-31")
    other = replace(INSTALL, effective_on=date(2024, 1, 11), meter="m-2", start="0")
    facts = told(facts, (other, DESK), (replace(READ, meter="m-2", value="30"), DESK))
    assert energy(facts) == "80.0"
    assert energy(told(facts, (corrected("140", on=date(2024, 1, 10)), DESK))) == "70.0"


def test_a_register_that_began_again_is_replaced_by_itself() -> None:
    """1,000 at the end of January, 50 at the end of February: the advice of both refusals, followed."""
    facts = told(agreement(), (replace(INSTALL, start="0", digits=6), DESK), read(JANUARY_31, "1000"))
    again = ReadMeter(effective_on=date(2024, 2, 29), meter=METER, value="50")
    given(*facts).when(again, DESK).refused(ReadGoesBack, field="value", says="replace-meter")
    given(*facts).when(replace(again, rolled_over=True), DESK).refused(
        RolloverImplausible, field="rolled_over", says="999050 of 1000000"
    )
    known = replace(again, rolled_over=True, checked="the plant ran at full load (demo)")
    assert energy(told(facts, (known, DESK)), "2024-02") == "999050.0"
    reset = ReplaceMeter(
        effective_on=date(2024, 2, 10), meter=METER, final="1010", start="0", digits=6, reason="power cut (demo)"
    )
    assert energy(told(facts, (reset, DESK), (again, DESK)), "2024-02") == "60.0"


def test_half_a_round_is_believed() -> None:
    facts = told(agreement(), (replace(INSTALL, start="8000"), DESK))
    given(*facts).when(replace(READ, value="3001", rolled_over=True), DESK).refused(RolloverImplausible)
    assert energy(told(facts, read(JANUARY_31, "3000", rolled_over=True))) == "5000.0"


def test_a_round_before_which_a_read_is_corrected_is_no_trap() -> None:
    """9990 was misread for 10: once it is right, the next read did not go round, whatever was said."""
    facts = told(MEASURED, read(JANUARY_31, "9990"), read(date(2024, 2, 29), "120", rolled_over=True))
    facts = told(facts, (corrected("110", on=JANUARY_31), DESK))
    assert (energy(facts), energy(facts, "2024-02")) == ("10.0", "10.0")


def test_a_band_goes_round_by_itself() -> None:
    """5000 to 6000; peak and flat 200 each, the valley register from 9500 over 9999 to 0100: 600."""
    rule = TimeOfUse(peak="0.90", flat="0.60", valley="0.30")
    install = replace(INSTALL, start="5000", bands=BandValues(peak="1000", flat="1000", valley="9500"))
    close = replace(READ, value="6000", bands=BandValues(peak="1200", flat="1200", valley="100"))
    facts = told(agreement(replace(TERMS, price=rule)), (install, DESK))
    given(*facts).when(close, DESK).refused(BandsGoBack, field="bands", says="rolled_over")
    facts = told(facts, (replace(close, rolled_over=True), DESK))
    run = of_kind(settled(facts, "2024-01"), StatementCalculated)[0]
    assert [(line.kind, kwh(line.energy_wh)) for line in run.lines] == [
        ("PEAK", "200.0"),
        ("FLAT", "200.0"),
        ("VALLEY", "600.0"),
    ]
    idle = replace(close, value="6000", rolled_over=True, bands=BandValues(peak="1200", flat="1200", valley="9501"))
    given(*told(facts[:-1])).when(idle, DESK).refused(ReadGoesBack, field="rolled_over")


def test_sharp_and_deep_valley_are_bands_of_their_own() -> None:
    """domain §14.8: 10 × 1.20 + 20 × 0.90 + 30 × 0.60 + 40 × 0.30 + 50 × 0.10 = 65.00."""
    rule = TimeOfUse(peak="0.90", flat="0.60", valley="0.30", sharp="1.20", deep_valley="0.10")
    install = replace(INSTALL, start="0", bands=BandValues(peak="0", flat="0", valley="0"))
    shown = BandValues(sharp="10", peak="20", flat="30", valley="40", deep_valley="50")
    facts = told(agreement(replace(TERMS, price=rule)), (install, DESK), read(JANUARY_31, "150", bands=shown))
    run = of_kind(settled(facts, "2024-01"), StatementCalculated)[0]
    assert [(line.kind, line.net_minor) for line in run.lines] == [
        ("SHARP", 1200),
        ("PEAK", 1800),
        ("FLAT", 1800),
        ("VALLEY", 1200),
        ("DEEP_VALLEY", 500),
    ]
    three = told(
        agreement(replace(TERMS, price=replace(rule, sharp=None))),
        (install, DESK),
        read(JANUARY_31, "150", bands=shown),
    )
    calculate = CalculateStatement(effective_on=date(2024, 2, 5), agreement=A, month="2024-01")
    given(*three).when(calculate, FINANCE).refused(BandsDiffer, field="month")


def test_a_read_that_was_corrected_and_is_sent_again_is_so_already() -> None:
    facts = told(READ_ONCE, (corrected("251"), DESK))
    given(*facts).when(READ, DESK).then()
    given(*facts).when(replace(READ, value="252"), DESK).refused(ReadTaken, field="effective_on")
    facts = told(facts, (corrected("250"), DESK), (corrected("251"), DESK))
    assert energy(facts) == "151.0"


def test_a_read_is_corrected_for_another_reason() -> None:
    facts = told(READ_ONCE, (corrected("251"), DESK))
    other = replace(corrected("251"), reason="the register stuck (demo)")
    assert decide(facts, corrected("251"), DESK) == ()
    (recorded,) = decide(facts, other, DESK)
    assert getattr(recorded, "reason", None) == other.reason


def test_a_month_needs_reads_at_both_its_ends() -> None:
    calculate = CalculateStatement(effective_on=date(2024, 3, 5), agreement=A, month="2024-02")
    given(*READ_ONCE).when(calculate, FINANCE).refused(ReadMissing, field="month")


def test_half_a_month_is_corrected_by_half() -> None:
    """16 of 31 days at 1 / 0.8: 150.5 × (15 + 16 × 1.25) / 31."""
    test = CalibrateMeter(
        effective_on=date(2024, 2, 10),
        meter=METER,
        registered="0.8",
        from_on=date(2024, 1, 16),
        until_on=JANUARY_31,
        certificate=PAPER,
    )
    assert energy(told(READ_ONCE, (test, DESK))) == "169.9"


def test_an_error_of_unknown_beginning_is_corrected_for_half_the_time() -> None:
    """Since the installation on 1 January, or the last good test."""
    test = CalibrateMeter(
        effective_on=date(2024, 4, 10), meter=METER, registered="0.98", until_on=date(2024, 4, 10), certificate=PAPER
    )
    facts = told(READ_ONCE, (test, DESK))
    assert of_kind(facts, MeterCalibrated)[0].from_on == date(2024, 2, 20)
    good = replace(
        test, effective_on=date(2024, 4, 1), registered="1", from_on=date(2024, 4, 1), until_on=date(2024, 4, 1)
    )
    facts = told(READ_ONCE, (good, DESK), (test, DESK))
    assert of_kind(facts, MeterCalibrated)[1].from_on == date(2024, 4, 6)


# Intervals

DAY = DayBlock(day=JANUARY_1, energy_wh=" ".join(["1000"] * 24))
HOURLY = RecordIntervals(effective_on=date(2024, 2, 1), meter=METER, minutes=60, days=(DAY,), file=PAPER)
MONTH = tuple(replace(DAY, day=JANUARY_1 + timedelta(days=at)) for at in range(31))
BY_INTERVALS = told(agreement(), (replace(INSTALL, settled_by="INTERVALS"), DESK))


def test_intervals_are_summed() -> None:
    facts = told(BY_INTERVALS, (replace(HOURLY, days=MONTH), DESK))
    assert energy(facts) == "744.0"
    assert settled(facts, "2024-01")


def test_a_month_without_some_days_is_not_settled() -> None:
    facts = told(BY_INTERVALS, (replace(HOURLY, days=MONTH[:-2]), DESK))
    calculate = CalculateStatement(effective_on=date(2024, 2, 5), agreement=A, month="2024-01")
    given(*facts).when(calculate, FINANCE).refused(IntervalsMissing, field="month", says="2024-01-30 to 2024-01-31")


def test_hours_fall_into_their_bands() -> None:
    rule = TimeOfUse(
        peak="0.78",
        flat="0.52",
        valley="0.26",
        windows=(
            Window(band="PEAK", from_hour="08:00", until_hour="12:00"),
            Window(band="VALLEY", from_hour="22:00", until_hour="24:00"),
        ),
    )
    facts = told(
        agreement(replace(TERMS, price=rule)),
        (replace(INSTALL, settled_by="INTERVALS"), DESK),
        (replace(HOURLY, days=MONTH), DESK),
    )
    run = of_kind(settled(facts, "2024-01"), StatementCalculated)[0]
    assert [(line.kind, kwh(line.energy_wh)) for line in run.lines] == [
        ("PEAK", "124.0"),
        ("FLAT", "558.0"),
        ("VALLEY", "62.0"),
    ]


def test_an_hour_over_the_border_of_two_prices_is_shared() -> None:
    """Hourly, 10 kWh from 8 to 9 each day, peak from 08:30 to 09:30: 155 × 1.00 + 155 × 0.50 = 232.50."""
    rule = TimeOfUse(
        peak="1.00",
        flat="0.50",
        valley="0.25",
        windows=(Window(band="PEAK", from_hour="08:30", until_hour="09:30"),),
    )
    hours = " ".join("10000" if hour == 8 else "0" for hour in range(24))
    facts = told(
        agreement(replace(TERMS, price=rule)),
        (replace(INSTALL, settled_by="INTERVALS"), DESK),
        (replace(HOURLY, days=tuple(replace(block, energy_wh=hours) for block in MONTH)), DESK),
    )
    run = of_kind(settled(facts, "2024-01"), StatementCalculated)[0]
    assert (run.net_minor, run.shared, reprint(facts, run)) == (23250, True, run)
    assert [kwh(line.energy_wh) for line in run.lines] == ["155.0", "155.0", "0.0"]
    before = reprint(facts, replace(run, shared=False))
    assert (before.net_minor, before.shared) == (15500, False)  # as statements before domain §14 were


def test_no_energy_is_both_delivered_and_deemed() -> None:
    """E7: 8 hours could have given 20 kWh; intervals say that 8 went through meanwhile, whatever was told."""
    curtail = RecordCurtailment(
        effective_on=JANUARY_1,
        agreement=A,
        curtailment="c-1",
        by="BUYER",
        from_at=datetime.fromisoformat("2024-01-05T08:00"),
        until_at=datetime.fromisoformat("2024-01-05T16:00"),
        potential="20",
        delivered="3",
    )
    agree = AgreeDeemed(effective_on=JANUARY_31, agreement=A, curtailment="c-1", evidence=PAPER)
    facts = told(BY_INTERVALS, (replace(HOURLY, days=MONTH), DESK), (curtail, DESK), (agree, DESK))
    run = of_kind(settled(facts, "2024-01"), StatementCalculated)[0]
    assert (kwh(run.delivered_wh), kwh(run.deemed_wh)) == ("744.0", "12.0")


def test_a_later_file_takes_the_place_of_its_days_and_says_why() -> None:
    facts = told(BY_INTERVALS, (replace(HOURLY, days=MONTH), DESK))
    other = replace(HOURLY, days=(replace(MONTH[3], energy_wh=" ".join(["2000"] * 24)), MONTH[4]))
    given(*facts).when(other, DESK).refused(IntervalsTaken, field="days", says="2024-01-04")
    facts = told(facts, (replace(other, reason="the first was another meter's (demo)"), DESK))
    assert [block.day for block in facts[-1].days] == [date(2024, 1, 4)]  # type: ignore[attr-defined] # of intervals
    assert energy(facts) == "768.0"


def test_the_same_intervals_of_another_file_are_no_news_but_for_a_reason() -> None:
    """A file that overlaps is read for its new days; sent again it is so already, though other days came before it."""
    january = replace(HOURLY, days=MONTH)
    facts = told(BY_INTERVALS, (january, DESK))
    other = replace(PAPER, doc="the same once more (demo)")
    february = DayBlock(day=date(2024, 2, 1), energy_wh=DAY.energy_wh)
    for again in (replace(january, file=other), replace(january, effective_on=date(2024, 2, 2))):
        given(*facts).when(again, DESK).refused(IntervalsTaken, field="file", says="reason")
        reasoned = replace(again, reason="the first file is lost (demo)")
        assert energy(told(facts, (reasoned, DESK))) == "744.0"
    overlapping = replace(january, days=(MONTH[-1], february), file=other, effective_on=date(2024, 2, 2))
    more = told(facts, (overlapping, DESK))
    assert [block.day for fact in of_kind(more, IntervalsReceived) for block in fact.days][31:] == [february.day]
    given(*more).when(overlapping, DESK).then()


def test_a_year_is_one_command_and_a_fact_a_month() -> None:
    """35,040 quarter hours: a command that fits into a request, twelve facts, and not a watt-hour lost."""
    energies = [at % 7 * 1000 + at % 10 * 100 for at in range(35_040)]
    days = tuple(
        DayBlock(
            day=date(2025, 1, 1) + timedelta(days=day), energy_wh=" ".join(map(str, energies[day * 96 : day * 96 + 96]))
        )
        for day in range(365)
    )
    command = replace(HOURLY, effective_on=date(2026, 1, 1), minutes=15, days=days)
    early = replace(command, effective_on=date(2025, 12, 30))
    given(*BY_INTERVALS).when(early, DESK).refused(OfftakeStepTooEarly, field="effective_on")
    assert len(msgspec.json.encode(command)) < 1 << 19
    facts = of_kind(told(BY_INTERVALS, (command, DESK)), IntervalsReceived)
    assert [fact.month for fact in facts] == [f"2025-{month:02}" for month in range(1, 13)]
    assert sum(block.total_wh for fact in facts for block in fact.days) == sum(energies)


@pytest.mark.parametrize(("quality", "estimated"), [(None, False), ("A" * 23 + "S", False), ("A" * 23 + "E", True)])
def test_a_month_of_an_estimated_interval_says_so(quality: str | None, estimated: bool) -> None:
    """One hour of January is enough; once it was read and the file came again, the month no longer rests on it."""
    guessed = (replace(DAY, quality=quality), *MONTH[1:])
    facts = told(BY_INTERVALS, (replace(HOURLY, days=guessed), DESK))
    assert of_kind(settled(facts, "2024-01"), StatementCalculated)[-1].estimated is estimated
    later = replace(HOURLY, days=MONTH[:1], effective_on=date(2024, 2, 2), reason="the meter was read (demo)")
    more = facts if quality is None else told(facts, (later, DESK))
    assert of_kind(settled(more, "2024-01"), StatementCalculated)[-1].estimated is False


# Rules


@pytest.mark.parametrize(
    ("facts", "command", "refusal"),
    [
        pytest.param(GROUND, READ, MeterUnknown, id="unknown"),
        pytest.param(GROUND, INSTALL, OfftakeUnknown, id="no-agreement"),
        pytest.param(MEASURED, replace(INSTALL, start="1"), MeterTaken, id="another-meter"),
        pytest.param(READ_ONCE, replace(READ, effective_on=date(2023, 12, 31)), BeforeInstalled, id="before"),
        pytest.param(READ_ONCE, replace(READ, value="251"), ReadTaken, id="read-already"),
        pytest.param(
            READ_ONCE,
            CorrectRead(effective_on=date(2024, 2, 29), meter=METER, value="1", reason="why (demo)"),
            NothingToCorrect,
            id="nothing-to-correct",
        ),
        pytest.param(MEASURED, replace(READ, value="10000"), RegisterTooLarge, id="five-digits"),
        pytest.param(MEASURED, replace(READ, value="99"), ReadGoesBack, id="less-than-before"),
        pytest.param(MEASURED, replace(READ, rolled_over=True), ReadGoesBack, id="did-not-go-round"),
        pytest.param(
            READ_ONCE, replace(READ, effective_on=date(2024, 1, 20), value="260"), ReadGoesBack, id="more-than-after"
        ),
        pytest.param(
            READ_ONCE,
            CalibrateMeter(
                effective_on=JANUARY_31, meter=METER, registered="0", until_on=JANUARY_31, certificate=PAPER
            ),
            CalibrationMalformed,
            id="nothing-registered",
        ),
        pytest.param(BY_INTERVALS, replace(HOURLY, minutes=15), DayMalformed, id="a-day-has-96"),
        pytest.param(BY_INTERVALS, replace(HOURLY, days=(DAY, DAY)), DayMalformed, id="a-day-twice"),
        pytest.param(
            BY_INTERVALS, replace(HOURLY, days=(replace(DAY, quality="A" * 96),)), DayMalformed, id="96-qualities"
        ),
        pytest.param(
            BY_INTERVALS, replace(HOURLY, days=(replace(DAY, day=date(2023, 12, 31)),)), BeforeInstalled, id="too-early"
        ),
    ],
)
def test_refused(facts: Sequence[Fact], command: Command, refusal: type[Refusal]) -> None:
    given(*facts).when(command, DESK).refused(refusal)


def test_a_draft_has_no_meter() -> None:
    from tests.ledger.offtake.test_offtake import DRAFTED

    given(*DRAFTED).when(INSTALL, DESK).refused(OfftakeStateForbids, field="agreement")


def banded(**close: str) -> tuple[Fact, ...]:
    rule = TimeOfUse(peak="0.78", flat="0.52", valley="0.26")
    install = replace(INSTALL, bands=BandValues(peak="10", flat="10", valley="10"))
    bands = BandValues(**close) if close else None
    return told(agreement(replace(TERMS, price=rule)), (install, DESK), (replace(READ, bands=bands), DESK))


def test_bands_sum_to_the_whole() -> None:
    """E6."""
    calculate = CalculateStatement(effective_on=date(2024, 2, 5), agreement=A, month="2024-01")
    given(*banded(peak="20", flat="20", valley="140.5")).when(calculate, FINANCE).then(
        *decide(banded(peak="20", flat="20", valley="140.5"), calculate, FINANCE)
    )
    given(*banded(peak="20", flat="20", valley="20")).when(calculate, FINANCE).refused(BandsDiffer, field="month")
    given(*banded()).when(calculate, FINANCE).refused(BandsUnknown)
    facts = banded(peak="20", flat="20", valley="140.5")
    less = ReadMeter(
        effective_on=date(2024, 2, 29), meter=METER, value="300", bands=BandValues(peak="1", flat="20", valley="141")
    )
    given(*facts).when(less, DESK).refused(BandsGoBack, field="bands")
