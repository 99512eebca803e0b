"""Interval files as programs write them: what any form says is read back to the watt-hour, or named by its line."""

import tracemalloc
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from api.intake.metering.profile import Minutes, Profile
from api.intake.metering.reading import read_intervals
from api.intake.metering.rows import Grade, IntervalFile
from ledger.offtake.meters.facts import DayBlock
from tests.api.intake.metering.forms import FORMS, GRADED, NUMBERS, Row, kwh, lines, plain

WEDNESDAY = datetime(2025, 1, 1)  # noqa: DTZ001 - local time


def rows(count: int, minutes: Minutes, energies: Sequence[int], grades: Sequence[Grade] = ("A",)) -> list[Row]:
    """Whole days whose energies come round again and again."""
    step = timedelta(minutes=minutes)
    return [
        Row(WEDNESDAY + step * nth, energies[nth % len(energies)], grades[nth % len(grades)])
        for nth in range(count * 1440 // minutes)
    ]


def blocks(told: Sequence[Row], minutes: Minutes) -> list[DayBlock]:
    """The days as they should be read, by a count of our own."""
    each, of_day = 3 if minutes == 5 else 1, 1440 // minutes
    found = []
    for at in range(0, len(told), of_day):
        parts = [told[at + part : at + part + each] for part in range(0, of_day, each)]
        letters = "".join(max((row.grade for row in part), key="ASE".index) for part in parts)
        energies = " ".join(str(sum(row.wh for row in part)) for part in parts)
        found.append(
            DayBlock(day=told[at].at.date(), energy_wh=energies, quality=letters if set(letters) != {"A"} else None)
        )
    return found


def read(name: str, told: Sequence[Row], minutes: Minutes) -> IntervalFile:
    data, profile = FORMS[name](told, minutes)
    return read_intervals(data, profile, NUMBERS.get(name))


# Every form


@pytest.mark.parametrize("minutes", [5, 15, 30, 60])
@pytest.mark.parametrize("name", FORMS)
def test_a_day_in_every_form_comes_to_the_same(name: str, minutes: Minutes) -> None:
    """Two days of 60 W for an hour and nothing for the next: 1.44 kWh, by hand 2 × 12 × 60 Wh."""
    told = rows(2, minutes, [minutes] * (60 // minutes) + [0] * (60 // minutes))
    found = read(name, told, minutes)
    assert found.bad == ()
    assert sum(block.total_wh for block in found.days) == 1440
    assert (found.minutes, list(found.days)) == (15 if minutes == 5 else minutes, blocks(told, minutes))


@settings(max_examples=60)
@example(name="NEM12", minutes=15, count=1, energies=[1], grades=["E", "A"])
@given(
    name=st.sampled_from(sorted(FORMS)),
    minutes=st.sampled_from((5, 15, 30, 60)),
    count=st.integers(1, 3),
    energies=st.lists(st.integers(0, 60_000).map(lambda energy: energy * 12), min_size=1, max_size=20),
    grades=st.lists(st.sampled_from(("A", "E", "S")), min_size=1, max_size=3),
)
def test_any_rows_in_any_form_come_back(
    name: str, minutes: Minutes, count: int, energies: list[int], grades: list[Grade]
) -> None:
    told = rows(count, minutes, energies, grades if name in GRADED else ("A",))
    found = read(name, told, minutes)
    assert found.bad == ()
    assert list(found.days) == blocks(told, minutes)


def test_fractions_of_a_watt_hour_go_on() -> None:
    """A third of a watt-hour in each quarter hour: 32 Wh a day, by hand 96 ÷ 3."""
    told = lines("time,W", *(f"{row.at:%Y-%m-%d %H:%M},1.333333333333" for row in rows(1, 15, [0])))
    found = read_intervals(told, Profile(time="time", value="W", unit="W"))
    (day,) = found.days
    assert (day.total_wh, set(day.values)) == (32, {0, 1})
    assert "fractions of a watt-hour go on" in found.left_out[0].rule


def test_a_hundred_thousand_rows_are_read_in_bounded_memory() -> None:
    told = rows(1045, 15, [0, 250, 1500])
    data, profile = plain(told, 15)
    tracemalloc.start()
    found = read_intervals(data, profile)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(told) > 100_000
    assert sum(block.total_wh for block in found.days) == sum(row.wh for row in told)
    assert most < 100 << 20


# Every fault

DAY = [f"{row.at:%Y-%m-%d %H:%M},{kwh(row.wh)}" for row in rows(1, 60, [1500])]
SPRING = [line.replace("2025-01-01", "2025-03-30") for line in DAY]
AUTUMN = [line.replace("2025-01-01", "2025-10-26") for line in DAY]
HOURS = Profile(minutes=60)
NAMED = Profile(time="time", value="kWh", minutes=60)
GRADE = replace(NAMED, quality="q", actual=("ok",), missing=("gone",))
REGISTER = replace(NAMED, readings=True)
WIDE = Profile(form="WIDE", day="day")
OF_DAY = ",".join(["day", *(f"{hour}:00" for hour in range(24))])


def register(*shown: str) -> list[str]:
    """A register hour by hour, from the second line on."""
    return ["time,kWh", *(f"2025-01-01 {hour:02}:00,{value}" for hour, value in enumerate(shown))]


FAULTS: dict[str, tuple[Profile, list[str], list[tuple[int, str]]]] = {
    "empty": (HOURS, [], [(1, "holds no interval")]),
    "left out": (HOURS, [*DAY[:3], *DAY[4:]], [(4, "04:00 follows 2025-01-01T02:00: 1 interval is missing")]),
    "told again otherwise": (HOURS, [*DAY[:3], "2025-01-01 02:00,9", *DAY[3:]], [(4, "in line 3 already, with an")]),
    "below nothing": (HOURS, [*DAY[:3], "2025-01-01 03:00,-1", *DAY[4:]], [(4, "below nothing: energy taken")]),
    "no number, no time": (
        HOURS,
        [*DAY[:3], "2025-01-01 03:00,x", "2025-13-01 04:00,1", *DAY[5:]],
        [(4, "no number such as 104.3"), (5, "no time that there is"), (6, "1 interval is missing")],
    ),
    "a blank is not 0": (HOURS, [*DAY[:3], "2025-01-01 03:00,", *DAY[4:]], [(4, "missing is never 0")]),
    "a word for missing, with 0": (
        GRADE,
        ["time,kWh,q", *(f"{line},{'gone' if ' 05' in line else 'ok'}" for line in DAY)],
        [(7, "2025-01-01T05:00: the value is missing")],
    ),
    "a word that nobody explained": (
        GRADE,
        ["time,kWh,q", *(f"{line},{'odd' if ' 05' in line else 'ok'}" for line in DAY)],
        [(7, "q 'odd' is none of ok, gone"), (8, "1 interval is missing")],
    ),
    "no whole day": (HOURS, DAY[1:-1], [(1, "begins at 01:00; a day is recorded whole; where times"), (22, "ends at")]),
    "spring": (HOURS, [*SPRING[:2], *SPRING[3:]], [(3, "an hour is missing, as with clocks in spring")]),
    "autumn, with equal values": (HOURS, [*AUTUMN[:3], *AUTUMN[2:]], [(4, "an hour that is told twice")]),
    "another length": (Profile(), DAY, [(1, "60 minutes apart, not 15; say so: minutes = 60")]),
    "overlaps": (HOURS, [*DAY[:3], "2025-01-01 02:30,1", *DAY[3:]], [(4, "begins no interval of 60 minutes")]),
    "24:00 begins nothing": (HOURS, [*DAY, "2025-01-01 24:00,1"], [(25, "24:00 ends an interval")]),
    "25:00": (HOURS, [*DAY, "2025-01-01 25:00,1"], [(25, "no time that there is")]),
    "one column": (HOURS, ["2025-01-01 00:00;1"], [(1, "another sign: say `delimiter`")]),
    "an open quote": (HOURS, [*DAY[:3], '"2025-01-01 03:00,1', *DAY[4:]], [(4, "a quote is not closed")]),
    "too much for an hour": (Profile(minutes=60, unit="MWh"), ["2025-01-01 00:00,10000", *DAY[1:]], [(1, "unit")]),
    "no heading": (NAMED, DAY, [(0, "no row has all of the headings time, kWh")]),
    "another encoding": (HOURS, ["时间,电量", *DAY], [(1, "not in utf-8: say its `encoding`")]),
    "a register below nothing": (REGISTER, register("1", "-1"), [(3, "DL/T 645 above 800,000")]),
    "a register goes back": (REGISTER, register("5", "4"), [(3, "less than in line 2; if it goes round")]),
    "nearly a whole round": (replace(REGISTER, digits=4), register("5", "6", "5"), [(4, "went back since line 3")]),
    "more than its digits": (replace(REGISTER, digits=4), register("5", "10000"), [(3, "more than its 4 digits")]),
    "columns of half a day": (WIDE, [OF_DAY.removesuffix(",23:00")], [(0, "23 columns are headed by a time")]),
    "columns at the end": (replace(WIDE, label="END"), [OF_DAY], [(0, "'0:00' stands where 01:00 is due")]),
    "a blank of a day": (
        WIDE,
        [OF_DAY, ",".join(["2025-01-01", "", *["1"] * 23])],
        [(2, "T00:00: the value is missi")],
    ),
    "a short day": (WIDE, [OF_DAY, ",".join(["2025-01-01", *["1"] * 22])], [(2, "T22:00 and 1 more: the value is m")]),
    "several meters": (
        replace(NAMED, meter="m"),
        ["time,kWh,m", *(f"{line},{nth % 2}" for nth, line in enumerate(DAY))],
        [(3, "of several meters, 0, 1: say which one")],
    ),
    "a profile that says two things": (replace(NAMED, day="d"), [], [(0, "the profile: a line says when in `time`")]),
    "power of a register": (replace(REGISTER, unit="kW"), [], [(0, "a register shows energy, not power")]),
}


@pytest.mark.parametrize(("profile", "text", "places"), FAULTS.values(), ids=FAULTS)
def test_every_wrong_line_is_named(profile: Profile, text: list[str], places: list[tuple[int, str]]) -> None:
    encoding = "gb18030" if text[:1] == ["时间,电量"] else "utf-8"
    found = read_intervals("\n".join(text).encode(encoding), profile)
    assert found.days == ()
    named = [(place.line, place.rule) for place in found.bad]
    for line, rule in places:
        assert [told for at, told in named if at == line and rule in told], named


def test_days_that_are_not_whole_are_left_out_where_the_profile_says_so() -> None:
    """Of three days the first begins at 01:00, and of the second an hour is blank."""
    told = [f"{row.at:%Y-%m-%d %H:%M},{kwh(row.wh)}" for row in rows(3, 60, [1500])]
    told[30] = told[30].partition(",")[0] + ","
    found = read_intervals(lines(*told[1:]), replace(HOURS, incomplete="LEAVE_OUT"))
    assert [str(block.day) for block in found.days] == ["2025-01-03"]
    assert [place.rule for place in found.left_out] == [
        "2025-01-01 has 23 of 24 intervals and is left out",
        "2025-01-02 has 23 of 24 intervals and is left out",
    ]
    assert read_intervals(lines(*told[1:]), HOURS).days == ()
    taken = read_intervals(lines(*told[1:]), replace(HOURS, incomplete="MISSING"))
    assert [block.energy_wh.split().index("-") for block in taken.days[:2]] == [0, 6]
    assert [block.grades.count("M") for block in taken.days] == [1, 1, 0]
    assert "2025-01-02: 1 of 24 values are missing, and taken as missing" in [place.rule for place in taken.left_out]


def test_equal_values_told_again_count_once() -> None:
    """A file that holds its rows twice comes to 36 kWh, not 72."""
    found = read_intervals(lines(*DAY, *DAY), HOURS)
    assert [block.total_wh for block in found.days] == [36_000]
    assert [(place.line, place.rule) for place in found.left_out] == [(25, "24 equal values told again: counted once")]
