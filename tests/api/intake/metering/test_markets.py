"""NEM12 and Green Button as they come: which stream is read, what is missing, what is told twice."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from api.intake.metering.profile import Profile
from api.intake.metering.reading import read_intervals
from api.intake.metering.rows import IntervalFile
from tests.api.intake.metering.forms import READING_TYPE, block, feed, reading

NEM12 = Profile(form="NEM12")
HEAD = "100,NEM12,202501030000,DEMO,DEMO"
TAIL = "900"


def stream(suffix: str = "E1", unit: str = "kWh", minutes: int | str = 60, nmi: str = "DEMO000001") -> str:
    return f"200,{nmi},E1B1Q1,,{suffix},,1,{unit},{minutes},"


def day(quality: str = "A", value: str = "1.5", on: str = "20250101", count: int = 24, updated: str = "") -> str:
    return ",".join(["300", on, *[value] * count, quality, "", "", updated, ""])


def told(found: IntervalFile) -> list[tuple[str, int, str | None]]:
    return [(f"{one.day:%m-%d}", one.total_wh, one.quality) for one in found.days]


# 24 hours of 1.5 kWh are 36 kWh, by hand.
READS: dict[str, tuple[Profile, list[str], list[tuple[str, int, str | None]], list[tuple[int, str]]]] = {
    "plain": (NEM12, [HEAD, stream(), day(), TAIL], [("01-01", 36_000, None)], []),
    "a unit in any letters": (NEM12, [HEAD, stream(unit="WH"), day(value="1500"), TAIL], [("01-01", 36_000, None)], []),
    "MWh": (NEM12, [HEAD, stream(unit="Mwh"), day(value="0.0015"), TAIL], [("01-01", 36_000, None)], []),
    "no 100, blank rows, several 900, no end": (
        NEM12,
        ["", stream(), ",,,", day(), TAIL, stream(), day(on="20250102")],
        [("01-01", 36_000, None), ("01-02", 36_000, None)],
        [(1, "no 100 record"), (7, "does not end with a 900")],
    ),
    "what is given, and what is no energy, beside it": (
        NEM12,
        [HEAD, stream("B1"), day(value="9"), stream("Q1", "kVArh"), day(value="9"), stream(), day(), TAIL],
        [("01-01", 36_000, None)],
        [(2, "B1 is not read: energy given"), (4, "Q1 is not read: no energy")],
    ),
    "what is given, where the profile says so": (
        replace(NEM12, stream="B1"),
        [HEAD, stream("B1"), day(value="1"), stream(), day(), TAIL],
        [("01-01", 24_000, None)],
        [(4, "E1 is not read: energy taken")],
    ),
    "streams that begin on different days": (
        NEM12,
        [HEAD, stream(), day(on="20250102"), stream("B1"), day(), day(on="20250102"), TAIL],
        [("01-02", 36_000, None)],
        [(4, "B1 is not read")],
    ),
    "substituted, final or not, and estimated": (
        NEM12,
        [HEAD, stream(), day("S14"), day("F11", on="20250102"), day("E52", on="20250103"), TAIL],
        [("01-01", 36_000, "S" * 24), ("01-02", 36_000, "S" * 24), ("01-03", 36_000, "E" * 24)],
        [],
    ),
    "a day of many qualities": (
        NEM12,
        [HEAD, stream(), day("V"), "400,1,20,A,,", "400,21,24,S14,,", "500,O,,20250102000000,", TAIL],
        [("01-01", 36_000, "A" * 20 + "S" * 4)],
        [],
    ),
    "a day that was updated, the later first": (
        NEM12,
        [HEAD, stream(), day(value="2", updated="20250105000000"), day("E52", updated="20250102000000"), TAIL],
        [("01-01", 48_000, None)],
        [(4, "updated later, in line 3, which holds")],
    ),
    "a day twice alike is not 72 kWh": (
        NEM12,
        [HEAD, stream(), day(), stream(), day(), TAIL],
        [("01-01", 36_000, None)],
        [(5, "told again as in line 3: counted once")],
    ),
    "hours over quarter hours, where the profile says so": (
        replace(NEM12, minutes=60),
        [HEAD, stream(minutes=15), day(), TAIL],
        [("01-01", 36_000, None)],
        [],
    ),
}


def places(found: Sequence[tuple[int, str]], expected: Sequence[tuple[int, str]]) -> bool:
    return all(any(line == at and rule in said for at, said in found) for line, rule in expected)


@pytest.mark.parametrize(("profile", "text", "days", "left_out"), READS.values(), ids=READS)
def test_a_file_of_the_market_is_read(
    profile: Profile,
    text: list[str],
    days: list[tuple[str, int, str | None]],
    left_out: list[tuple[int, str]],
) -> None:
    found = read_intervals("\r\n".join(text).encode(), profile)
    assert (found.bad, told(found)) == ((), days)
    named = [(place.line, place.rule) for place in found.left_out]
    assert len(named) == len(left_out)
    assert places(named, left_out), named


WRONG: dict[str, tuple[Profile, list[str], list[tuple[int, str]]]] = {
    "missing, though 0 stands there": (
        NEM12,
        [HEAD, stream(), day("N", "0"), TAIL],
        [(3, "T00:00 and 23 more: the value is missing; missing is never 0")],
    ),
    "a part of a day missing": (
        NEM12,
        [HEAD, stream(), day("V", "0"), "400,1,20,A,,", "400,21,24,N,,", TAIL],
        [(3, "T20:00 and 3 more: the value is missing")],
    ),
    "one interval without a quality": (
        NEM12,
        [HEAD, stream(), day("V"), "400,1,20,A,,", "400,22,24,A,,", TAIL],
        [(3, "no 400 record says how good interval 21 is, of 1 so")],
    ),
    "a quality twice": (NEM12, [HEAD, stream(), day("V"), "400,1,24,A,,", "400,3,3,E52,,", TAIL], [(5, "already")]),
    "beyond the day": (NEM12, [HEAD, stream(), day("V"), "400,1,25,A,,", TAIL], [(4, "no intervals of a day")]),
    "288 values under 15 minutes": (
        NEM12,
        [HEAD, stream(minutes=15), day(count=288), TAIL],
        [(3, "holds 288 values; a day of 15 minutes has 96. If they are 5 minutes apart: `minutes`")],
    ),
    "a day twice, unlike, none later": (NEM12, [HEAD, stream(), day(), day(value="2"), TAIL], [(4, "none is later")]),
    "no energy": (NEM12, [HEAD, stream(unit="kVArh"), day(), TAIL], [(2, "'kVArh' is no unit of energy")]),
    "two streams taken": (NEM12, [HEAD, stream(), day(), stream("E2"), day(), TAIL], [(0, "E1, E2: say which")]),
    "only energy given": (NEM12, [HEAD, stream("B1"), day(), TAIL], [(0, "the streams are B1")]),
    "several meters": (NEM12, [HEAD, stream(), day(), stream(nmi="DEMO2"), day(), TAIL], [(0, "say which one")]),
    "another file": (NEM12, ["100,NEM13,202501030000,DEMO,DEMO", TAIL], [(1, "says it is NEM13")]),
    "another record": (NEM12, [HEAD, stream(), "250,x", TAIL], [(3, "'250' is no record of NEM12")]),
    "given as taken": (NEM12, [HEAD, stream(), day(value="-1"), TAIL], [(3, "'-1' is no value")]),
    "a column in the profile": (replace(NEM12, unit="Wh"), [HEAD, TAIL], [(0, "NEM12 says itself")]),
}


@pytest.mark.parametrize(("profile", "text", "expected"), WRONG.values(), ids=WRONG)
def test_every_wrong_record_is_named(profile: Profile, text: list[str], expected: list[tuple[int, str]]) -> None:
    found = read_intervals("\n".join(text).encode(), profile)
    assert found.days == ()
    named = [(place.line, place.rule) for place in found.bad]
    assert places(named, expected), named


# Green Button

ESPI = Profile(form="ESPI")
MIDNIGHT = 1735660800  # 2025-01-01T00:00 in Beijing
WH = READING_TYPE.format(power=0, uom=72)
VOLT = WH.replace("/ReadingType/1", "/ReadingType/2").replace("<uom>72", "<uom>29")
CLOCK = "<entry><content><LocalTimeParameters><tzOffset>{}</tzOffset></LocalTimeParameters></content></entry>"


def quality(code: int) -> str:
    return f"<ReadingQuality><quality>{code}</quality></ReadingQuality>"


def hours(value: object = 1500, code: str = "", since: int = MIDNIGHT) -> list[str]:
    return [reading(since + hour * 3600, 3600, value, code) for hour in range(24)]


def meter(nth: int) -> str:
    links = f"<link rel='self' href='/MeterReading/{nth}'/><link rel='related' href='/ReadingType/{nth}/'/>"
    return f"<entry>{links}<content><MeterReading/></content></entry>"


def linked(nth: int, *readings: str) -> str:
    return block(*readings, links=f"<link rel='up' href='/MeterReading/{nth}/IntervalBlock'/>")


FEEDS: dict[str, tuple[bytes, list[tuple[str, int, str | None]]]] = {
    "no links, one kind": (feed(WH, block(*hours())), [("01-01", 36_000, None)]),
    "ten to the third": (feed(READING_TYPE.format(power=3, uom=72), block(*hours(2))), [("01-01", 48_000, None)]),
    "a tenth of a watt": (feed(READING_TYPE.format(power=-1, uom=38), block(*hours(5))), [("01-01", 12, None)]),
    "a clock that is the ledger's": (feed(CLOCK.format(28800), WH, block(*hours())), [("01-01", 36_000, None)]),
    "estimated, edited, validated": (
        feed(WH, block(*hours(code=quality(8))[:8], *hours(code=quality(7))[8:16], *hours(code=quality(17))[16:])),
        [("01-01", 36_000, "E" * 8 + "S" * 8 + "A" * 8)],
    ),
    "two kinds, told by links": (
        feed(WH, VOLT, meter(1), meter(2), linked(2, *hours(230)), linked(1, *hours())),
        [("01-01", 36_000, None)],
    ),
}


@pytest.mark.parametrize(("data", "days"), FEEDS.values(), ids=FEEDS)
def test_a_feed_is_read(data: bytes, days: list[tuple[str, int, str | None]]) -> None:
    found = read_intervals(data, ESPI)
    assert (found.bad, told(found)) == ((), days)


BROKEN: dict[str, tuple[bytes, list[tuple[int, str]]]] = {
    "a block without a link, and two kinds": (
        feed(WH, VOLT, meter(1), meter(2), linked(1, *hours()), block(*hours(since=MIDNIGHT + 86400))),
        [(33, "no link says of which kind these 24 readings are")],
    ),
    "another clock": (feed(CLOCK.format(-18000), WH, block(*hours())), [(3, "-18000 s from UTC, not 28800")]),
    "questionable": (feed(WH, block(*hours(code=quality(10)))), [(5, "quality '10' is nothing to settle by")]),
    "no value": (feed(WH, block(*hours()[:-1], hours("")[-1])), [(28, "the value is missing; missing is never 0")]),
    "an hour left out": (feed(WH, block(*hours()[:3], *hours()[4:])), [(8, "1 interval is missing")]),
    "other lengths": (feed(WH, block(*hours()[:-1], reading(MIDNIGHT + 82800, 900, 1))), [(28, "they overlap")]),
    "given": (feed(WH.replace("<flowDirection>1<", "<flowDirection>19<"), block(*hours())), [(0, "flowDirection 19")]),
    "a register": (feed(WH.replace(">4<", ">3<"), block(*hours())), [(0, "accumulationBehaviour 3")]),
    "no reading": (feed(WH), [(0, "holds no IntervalReading")]),
    "no XML": (b"100,NEM12", [(1, "no well-formed XML")]),
    "entities": (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", [(1, "a document type")]),
}


@pytest.mark.parametrize(("data", "expected"), BROKEN.values(), ids=BROKEN)
def test_every_wrong_reading_is_named(data: bytes, expected: list[tuple[int, str]]) -> None:
    found = read_intervals(data, ESPI)
    assert found.days == ()
    named = [(place.line, place.rule) for place in found.bad]
    assert places(named, expected), named
