"""Doubts about intervals; values that are missing, estimated by rule, and how far a statement rests on them.

Every meter value is invented, and every figure worked out by hand.
"""

from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.decider import Fact
from ledger.offtake.account import Offtakes, evolve
from ledger.offtake.calculation import reprint, same
from ledger.offtake.facts import StatementCalculated
from ledger.offtake.meters.checking import doubts, doubts_with
from ledger.offtake.meters.estimating import (
    ApproveEstimate,
    EstimateApproverIsProposer,
    EstimateDecided,
    EstimateMalformed,
    EstimateStale,
    EstimateTaken,
    EstimateUnknown,
    NoLikeDay,
    NothingMissing,
    ProposeEstimate,
)
from ledger.offtake.meters.facts import DayBlock, EstimatedGap, EstimateProposed
from ledger.offtake.meters.meter import IntervalsMissing, Meter, intervals_on
from ledger.offtake.meters.metering import (
    CorrectRead,
    DayMalformed,
    InstallMeter,
    IntervalsTaken,
    ReadMeter,
    RecordIntervals,
)
from ledger.offtake.rules import OfftakeStepTooEarly
from ledger.offtake.statements import CalculateStatement
from ledger.offtake.withdrawing import MeterStepNotLatest, WithdrawMeterStep
from tests.ground.given import decide, given
from tests.ground.offtaken import CHECKER, DESK, FINANCE, METER, PAPER, A, agreement, calculated, metered, of_kind, told

FIRST, LAST, CAME = date(2024, 1, 1), date(2024, 1, 31), date(2024, 2, 1)
INSTALL = InstallMeter(effective_on=FIRST, meter=METER, agreement=A, start="0", digits=6, ct=10, settled_by="INTERVALS")
GROUND = told(agreement(), (INSTALL, DESK))
EACH = 10_000
PROPOSE = ProposeEstimate(
    effective_on=CAME, meter=METER, estimate="e-1-demo", from_on=FIRST, until_on=LAST, reason="modem down (demo)"
)
APPROVE = ApproveEstimate(effective_on=CAME, meter=METER, estimate="e-1-demo")


def day(number: int, changed: dict[int, int | None] | None = None, each: int = EACH) -> DayBlock:
    """A day of January: 10 kWh an hour, some of them other or missing."""
    values = [(changed or {}).get(hour, each) for hour in range(24)]
    quality = "".join("M" if value is None else "A" for value in values)
    said = " ".join("-" if value is None else str(value) for value in values)
    return DayBlock(day=date(2024, 1, number), energy_wh=said, quality=quality if "M" in quality else None)


def intervals(*other: DayBlock, without: tuple[int, ...] = (), **more: Any) -> RecordIntervals:
    """January, with some days other than the rest."""
    days = {number: day(number) for number in range(1, 32) if number not in without}
    days |= {block.day.day: block for block in other}
    about: dict[str, Any] = {"effective_on": CAME, "meter": METER, "minutes": 60, "file": PAPER}
    return RecordIntervals(**about | more, days=tuple(days[number] for number in sorted(days)))


def meter_of(facts: tuple[Fact, ...]) -> Meter:
    """The meter, as it is folded."""
    state = Offtakes()
    for fact in facts:
        state = evolve(state, fact)
    return state.meters[METER]


def run(facts: tuple[Fact, ...]) -> StatementCalculated:
    """January as it would be settled."""
    (found,) = decide(facts, CalculateStatement(effective_on=CAME, agreement=A, month="2024-01"), FINANCE)
    assert isinstance(found, StatementCalculated)
    return found


def doubted(facts: tuple[Fact, ...]) -> list[tuple[str, str, str, int | None, int | None]]:
    """Everything doubtful of January, without its words."""
    return [
        (one.check, f"{one.begins:%d %H:%M}", f"{one.ends:%d %H:%M}", one.energy_wh, one.expected_wh)
        for one in doubts(meter_of(facts), FIRST, LAST)
    ]


# Doubts


@pytest.mark.parametrize(
    ("other", "without", "says"),
    [
        ((), (), []),
        ((day(4, {5: None, 6: None}),), (), [("GAP", "04 05:00", "04 07:00", 0, 0)]),
        ((day(9, {23: None}),), (10, 11), [("GAP", "09 23:00", "12 00:00", 0, 0)]),
        ((day(9, {8: 30_000}),), (), []),
        ((day(9, {8: 30_001, 9: 40_000}),), (), [("SPIKE", "09 08:00", "09 10:00", 70_001, 20_000)]),
        ((day(9, {8: 0}),), (), []),
        ((day(9, {23: 0}), day(10, {0: 0})), (), [("ZEROS", "09 23:00", "10 01:00", 0, 20_000)]),
        ((day(9, each=0),), (), [("ZEROS", "09 00:00", "10 00:00", 0, 240_000)]),
        (tuple(day(number, dict.fromkeys(range(7), 0)) for number in range(1, 32)), (), []),
        (
            tuple(day(number, each=0) for number in range(3, 30)),
            (),
            [("ZEROS", "03 00:00", "30 00:00", 0, 720_000)],
        ),
    ],
    ids=["none", "gap", "gap over days", "three times", "spike", "an hour", "zeros", "a day", "at night", "dead"],
)
def test_doubtful_intervals(other: tuple[DayBlock, ...], without: tuple[int, ...], says: list[Any]) -> None:
    found = doubted(told(GROUND, (intervals(*other, without=without), DESK)))
    assert [(*one[:3], one[3] or 0, one[4] or 0) for one in found] == says


def test_an_interval_of_more_than_half_a_round() -> None:
    """6 digits × 10: round at 10,000,000 kWh; intervals hold so much only since five digits fewer do not."""
    short = told(agreement(), (replace(INSTALL, digits=4, ct=1), DESK), (intervals(day(9, {8: 9_990_000_000})), DESK))
    assert ("ROUND", "09 08:00", "09 09:00", 9_990_000_000, None) in doubted(short)
    half = told(agreement(), (replace(INSTALL, digits=4, ct=1), DESK), (intervals(day(9, {8: 5_000_000})), DESK))
    assert [one for one in doubted(half) if one[0] == "ROUND"] == []


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("744.0", []),
        ("741", []),
        ("740.1", [("SUM", "01 00:00", "01 00:00", 7_440_000, 7_401_000)]),
        ("747.7", []),
        ("748", [("SUM", "01 00:00", "01 00:00", 7_440_000, 7_480_000)]),
    ],
)
def test_intervals_against_the_register(value: str, says: list[Any]) -> None:
    """31 × 24 × 10 = 7,440 kWh are 744 of the register × 10; 0.5 % of 7,401 are 37, of 7,480 are 37.4."""
    facts = told(GROUND, (intervals(), DESK), (ReadMeter(effective_on=LAST, meter=METER, value=value), DESK))
    assert doubted(facts) == says


def test_a_register_that_went_on_by_more_than_half_of_its_round() -> None:
    facts = metered(agreement(), "10", {"2024-01": "600010"}, digits=6)
    assert [one[0] for one in doubted(facts)] == ["ROUND"]
    assert doubted(metered(agreement(), "10", {"2024-01": "500010"}, digits=6)) == []


def test_doubts_with_a_file_that_is_not_recorded_yet() -> None:
    """Only of its own days; against what is recorded."""
    before = told(GROUND, (intervals(day(3, {8: 90_000})), DESK))
    more = replace(
        intervals(), days=(day(20, {8: 90_000}),), reason="again (demo)", effective_on=CAME + timedelta(days=1)
    )
    (found,) = doubts_with(meter_of(before), more)
    assert (found.check, found.begins.day) == ("SPIKE", 20)
    assert doubts_with(Meter(), more) == []


# Missing is never 0


def test_values_that_are_missing_are_recorded_as_such() -> None:
    facts = told(GROUND, (intervals(day(4, {5: None})), DESK))
    given(*facts).when(CalculateStatement(effective_on=CAME, agreement=A, month="2024-01"), FINANCE).refused(
        IntervalsMissing, says="1 values are missing from 2024-01-04"
    )
    wrong = day(4, {5: None})
    for block in (replace(wrong, quality=None), replace(day(4), quality="M" * 24)):
        given(*GROUND).when(intervals(block), DESK).refused(DayMalformed, says="missing")
    whole = told(facts, (intervals(effective_on=CAME + timedelta(days=3)), DESK))
    assert run(whole).delivered_wh == 7_440_000
    given(*facts).when(intervals(day(4, {7: 3})), DESK).refused(IntervalsTaken)


# Estimates


def test_a_short_gap_is_a_line_and_a_long_one_a_like_day() -> None:
    """10, -, -, 40 kWh: 20 and 30. Wednesday the 10th from 6 to 9: its like days are 9, 11, 8 and 12, of which the 9th
    has 16 kWh each hour: (16 + 10 + 10 + 10) ÷ 4 = 11.5."""
    facts = told(
        GROUND,
        (
            intervals(
                day(4, {5: None, 6: None, 7: 40_000}),
                day(9, {6: 16_000, 7: 16_000, 8: 16_000}),
                day(10, {6: None, 7: None, 8: None}),
            ),
            DESK,
        ),
        (PROPOSE, DESK),
    )
    (proposed,) = of_kind(facts, EstimateProposed)
    assert proposed.gaps == (
        EstimatedGap(day=date(2024, 1, 4), begins=5, count=2, rule="LINEAR"),
        EstimatedGap(
            day=date(2024, 1, 10),
            begins=6,
            count=3,
            rule="LIKE_DAY",
            like=tuple(date(2024, 1, number) for number in (8, 9, 11, 12)),
        ),
    )
    fourth, tenth = proposed.days
    assert (fourth.values[4:8], fourth.grades[4:8]) == ([10_000, 20_000, 30_000, 40_000], "AEEA")
    assert tenth.values[5:10] == [10_000, 11_500, 11_500, 11_500, 10_000]
    with pytest.raises(IntervalsMissing):
        run(facts)
    approved = told(facts, (APPROVE, CHECKER))
    # 7,440 + 30 (the hour of 40) + 18 (the 9th) + 10 + 20 (more than 10 on the line) + 4.5
    statement = run(approved)
    assert (statement.delivered_wh, statement.estimated_wh, statement.estimated) == (7_522_500, 84_500, True)
    received = meter_of(approved).intervals[date(2024, 1, 4)][0]
    assert received.values[5] is None
    assert reprint(approved, statement) == statement


def test_a_whole_weekend_day_and_a_gap_over_midnight() -> None:
    """Saturday the 13th has 20, 27, 6 and 14 (and 7, 21, 28) as like days; 23:00 and 00:00 are one gap of two hours."""
    weekend = [day(number, each=6_000) for number in (6, 7, 14, 20, 21, 27, 28)]
    over = (day(23, {23: None}), day(24, {0: None, 1: 40_000}))
    facts = told(GROUND, (intervals(*weekend, *over, without=(13,)), DESK), (PROPOSE, DESK))
    (proposed,) = of_kind(facts, EstimateProposed)
    saturday, *line = proposed.gaps
    assert (saturday.count, saturday.rule) == (24, "LIKE_DAY")
    assert saturday.like == tuple(date(2024, 1, number) for number in (6, 7, 14, 20))
    assert [(gap.day.day, gap.begins, gap.count, gap.rule) for gap in line] == [
        (23, 23, 1, "LINEAR"),
        (24, 0, 1, "LINEAR"),
    ]
    assert proposed.days[0].grades == "E" * 24
    assert proposed.days[0].values == [6_000] * 24
    assert [proposed.days[1].values[23], proposed.days[2].values[0]] == [20_000, 30_000]


def test_values_that_come_after_all_take_the_place_of_an_estimate() -> None:
    gone = day(4, {5: None, 6: None})
    facts = told(GROUND, (intervals(gone), DESK), (PROPOSE, DESK), (APPROVE, CHECKER))
    assert run(facts).estimated_wh == 20_000
    part = told(facts, (intervals(day(4, {5: 9_000, 6: None}), effective_on=CAME + timedelta(days=1)), DESK))
    assert (run(part).delivered_wh, run(part).estimated_wh) == (7_439_000, 10_000)
    there = intervals_on(meter_of(part), date(2024, 1, 4))
    assert there is not None
    assert (there.values[5:7], there.grades[5:7]) == ((9_000, 10_000), "AE")
    whole = told(part, (intervals(day(4, {5: 9_000, 6: 9_500}), effective_on=CAME + timedelta(days=2)), DESK))
    statement = run(whole)
    assert (statement.delivered_wh, statement.estimated, statement.estimated_wh) == (7_438_500, False, None)


def test_nobody_approves_what_he_proposed_and_nothing_stale() -> None:
    facts = told(GROUND, (intervals(day(4, {5: None})), DESK))
    given(*facts).when(APPROVE, CHECKER).refused(EstimateUnknown)
    given(*facts).when(replace(PROPOSE, until_on=date(2023, 12, 1)), DESK).refused(EstimateMalformed)
    given(*facts).when(replace(PROPOSE, effective_on=LAST - timedelta(days=1)), DESK).refused(OfftakeStepTooEarly)
    given(*facts).when(replace(PROPOSE, from_on=date(2024, 1, 5)), DESK).refused(NothingMissing)
    proposed = told(facts, (PROPOSE, DESK))
    given(*proposed).when(PROPOSE, DESK).then()
    given(*proposed).when(replace(PROPOSE, reason="other (demo)"), DESK).refused(EstimateTaken)
    given(*proposed).when(APPROVE, DESK).refused(EstimateApproverIsProposer)
    given(*proposed).when(replace(APPROVE, effective_on=LAST), CHECKER).refused(OfftakeStepTooEarly)
    came = told(proposed, (intervals(effective_on=CAME + timedelta(days=1)), DESK))
    given(*came).when(replace(APPROVE, effective_on=date(2024, 2, 3)), CHECKER).refused(EstimateStale)
    approved = told(proposed, (APPROVE, CHECKER))
    given(*approved).when(APPROVE, CHECKER).then()
    given(*approved).when(replace(APPROVE, effective_on=date(2024, 2, 3)), CHECKER).refused(EstimateDecided)
    withdraw = WithdrawMeterStep(
        effective_on=CAME, meter=METER, step="meter.estimate-proposed", about="e-1-demo", reason="mistake (demo)"
    )
    given(*approved).when(withdraw, DESK).refused(MeterStepNotLatest)
    back = told(approved, (replace(withdraw, step="meter.estimate-approved"), DESK), (withdraw, DESK))
    given(*back).when(APPROVE, CHECKER).refused(EstimateUnknown)
    given(*told(GROUND, (intervals(without=tuple(range(2, 32))), DESK))).when(PROPOSE, DESK).refused(NoLikeDay)
    given(*GROUND).when(PROPOSE, DESK).refused(NoLikeDay)


# How far a statement rests on estimates


@pytest.mark.parametrize(
    ("reads", "estimated", "substituted"),
    [
        ([(31, "744", "ACTUAL")], None, None),
        ([(31, "744", "ESTIMATED")], 7_440_000, None),
        ([(31, "744", "SUBSTITUTED")], None, 7_440_000),
        ([(20, "500", "ACTUAL"), (31, "744", "ESTIMATED")], 2_440_000, None),
        ([(20, "500", "ESTIMATED"), (31, "744", "ACTUAL")], None, None),
        ([(10, "100", "ACTUAL"), (20, "500", "SUBSTITUTED"), (31, "744", "ESTIMATED")], 6_440_000, None),
    ],
)
def test_registers_that_were_not_read(
    reads: list[tuple[int, str, Any]], estimated: int | None, substituted: int | None
) -> None:
    sent = [
        (ReadMeter(effective_on=date(2024, 1, on), meter=METER, value=value, quality=quality), DESK)
        for on, value, quality in reads
    ]
    statement = run(told(agreement(), (replace(INSTALL, settled_by="REGISTER"), DESK), *sent))
    assert statement.delivered_wh == 7_440_000
    assert (statement.estimated_wh, statement.substituted_wh) == (estimated, substituted)


def test_a_statement_of_before_quality_was_measured_stays_as_it_was() -> None:
    """It says that some is estimated, and no share: it is printed the same, and no new run comes of it."""
    read = ReadMeter(effective_on=LAST, meter=METER, value="744", quality="ESTIMATED")
    facts = calculated(told(agreement(), (replace(INSTALL, settled_by="REGISTER"), DESK), (read, DESK)), "2024-01")
    statement = of_kind(facts, StatementCalculated)[0]
    old = replace(statement, estimated_wh=None)
    before = (*facts[:-1], old)
    assert facts[-1] == statement
    assert reprint(before, old) == old
    again = CalculateStatement(effective_on=date(2024, 3, 1), agreement=A, month="2024-01")
    given(*before).when(again, FINANCE).then()
    trued_up = CorrectRead(effective_on=LAST, meter=METER, value="744", reason="read after all (demo)")
    assert not same(run(told(before, (trued_up, DESK))), old)
