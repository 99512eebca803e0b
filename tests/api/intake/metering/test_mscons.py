"""MSCONS as it comes: its marks, its counts, its times, which register is read, how good its values are."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from api.intake.metering.profile import Profile
from api.intake.metering.reading import read_intervals
from api.intake.metering.rows import IntervalFile

MSCONS = Profile(form="MSCONS")
UNA = "UNA:+.? "
UNB = "UNB+UNOC:3+9900000000001:500+9900000000002:500+250103:0900+R1"
UNZ = "UNZ+1+R1"
TAKEN, GIVEN = "1-1?:1.29.0", "1-1?:2.29.0"
BEGAN = datetime(2024, 12, 31, 16)  # noqa: DTZ001 - UTC: midnight of 2025-01-01 in Beijing


def at(hours: float, zone: str = "?+00:303", began: datetime = BEGAN) -> str:
    return f"{began + timedelta(hours=hours):%Y%m%d%H%M}{zone}"


def values(
    value: str = "1.5:KWH",
    kind: str = "220",
    count: int = 24,
    first: int = 0,
    length: float = 1,
    zone: str = "?+00:303",
    began: datetime = BEGAN,
) -> list[str]:
    found = list[str]()
    for nth in range(count):
        begin, end = (at(first + (nth + side) * length, zone, began) for side in (0, 1))
        found += [f"QTY+{kind}:{value}", f"DTM+163:{begin}", f"DTM+164:{end}"]
    return found


def series(*told: list[str], register: str = TAKEN) -> list[str]:
    return ["LIN+1", f"PIA+5+{register}:SRW", *(line for lines in told for line in lines)]


def message(
    *told: list[str], point: str = "DEMO1", nth: int = 1, function: str = "9", kind: str = "MSCONS"
) -> list[str]:
    head = [f"UNH+{nth}+{kind}:D:04B:UN:2.4c", f"BGM+7+D1+{function}", "UNS+D", "NAD+DP", f"LOC+172+{point}"]
    lines = [*head, *(line for lines in told for line in lines)]
    return [*lines, f"UNT+{len(lines) + 1}+{nth}"]


def file(*messages: list[str], una: str = UNA, unb: str = UNB, unz: str | None = None) -> list[str]:
    return [una, unb, *(line for lines in messages for line in lines), unz or f"UNZ+{len(messages)}+R1"]


PLAIN = file(message(series(values())))


def written(lines: Sequence[str], between: str = "\n", marks: str = ":+.?'") -> bytes:
    """A file with the marks that separate component, element, decimals, that release, that end a segment."""
    text = "".join(f"{line}'{between}" for line in lines).replace("?+", "\0").replace("?:", "\1")
    text = re.sub(r"(?<=QTY\+220:\d)\.", marks[2], text)
    plus, colon = (mark if mark not in marks else marks[3] + mark for mark in "+:")
    return (
        text.translate(str.maketrans(":+?'", marks[:2] + marks[3:])).replace("\0", plus).replace("\1", colon).encode()
    )


def told(found: IntervalFile) -> list[tuple[str, int, str | None]]:
    return [(f"{one.day:%m-%d}", one.total_wh, one.quality) for one in found.days]


DAY: list[tuple[str, int, str | None]] = [("01-01", 36_000, None)]
"""24 hours of 1.5 kWh are 36 kWh, by hand."""
TWO = file(message(series(values(value="9:KWH"), register=GIVEN)), message(series(values()), nth=2))
LOCAL = datetime(2025, 1, 1)  # noqa: DTZ001 - local: readers give times without a zone
Read = tuple[Profile, bytes, list[tuple[str, int, str | None]], list[tuple[int, str]]]
READS: dict[str, Read] = {
    "a segment a line": (MSCONS, written(PLAIN), DAY, []),
    "all in one line": (MSCONS, written(PLAIN, ""), DAY, []),
    "lines of Windows, a mark of UTF-8": (MSCONS, b"\xef\xbb\xbf" + written(PLAIN, "\r\n") + b" \x1a", DAY, []),
    "no service string": (MSCONS, written(PLAIN[1:]), DAY, []),
    "other marks": (MSCONS, written(PLAIN, "", "|*,^~"), DAY, []),
    "decimal commas under another service string": (MSCONS, written(PLAIN).replace(b"1.5", b"1,5"), DAY, []),
    "less than one, with nothing before the point": (
        MSCONS,
        written(file(message(series(values(value=".5:KWH"))))),
        [("01-01", 12_000, None)],
        [],
    ),
    "an interchange with its own marks behind one without": (
        MSCONS,
        written(file(message(series(values(first=24))))[1:]) + written(PLAIN, marks="|*,^~"),
        [*DAY, ("01-02", 36_000, None)],
        [],
    ),
    "marks that are released in a text": (
        MSCONS,
        written([*PLAIN[:3], "FTX+ACB+++M??ller?'s plant", *PLAIN[3:-2], "UNT+81+1", UNZ]),
        DAY,
        [],
    ),
    "offsets of summer and winter are one moment": (
        MSCONS,
        written(file(message(series(values(zone="?+02:303", began=BEGAN + timedelta(hours=2)))))),
        DAY,
        [],
    ),
    "west of UTC": (
        MSCONS,
        written(file(message(series(values(zone="-0330:303", began=BEGAN - timedelta(hours=3.5)))))),
        DAY,
        [],
    ),
    "local times": (MSCONS, written(file(message(series(values(zone=":203", began=LOCAL))))), DAY, []),
    "where the meter stands": (
        replace(MSCONS, offset="+01:00"),
        written(file(message(series(values(began=BEGAN + timedelta(hours=7)))))),
        DAY,
        [],
    ),
    "substituted, proposed, provisional": (
        MSCONS,
        written(
            file(
                message(
                    series(
                        values(count=20), values(kind="67", first=20, count=2), values(kind="201", first=22, count=1)
                    ),
                    series(values(kind="Z18", first=23, count=1)),
                )
            )
        ),
        [("01-01", 36_000, "A" * 20 + "SSEE")],
        [],
    ),
    "what is not usable is missing, whatever stands there": (
        replace(MSCONS, incomplete="MISSING"),
        written(file(message(series(values(count=23), values(value="0:KWH", kind="20", first=23, count=1))))),
        [("01-01", 34_500, "A" * 23 + "M")],
        [(10, "1 of 24 values are missing")],
    ),
    "quarter hours of power": (
        MSCONS,
        written(file(message(series(values(value="6:KWT", count=96, length=0.25))))),
        [("01-01", 144_000, None)],
        [],
    ),
    "a unit that only the profile says": (
        replace(MSCONS, unit="MWh"),
        written(file(message(series(values(value="0.0015"))))),
        DAY,
        [],
    ),
    "what is given in a message of its own": (MSCONS, written(TWO), DAY, [(10, "1-1:2.29.0 is not read")]),
    "what is given, where the profile says so": (
        replace(MSCONS, stream="1-1:2.29.0"),
        written(TWO),
        [("01-01", 216_000, None)],
        [(90, "1-1:1.29.0 is not read")],
    ),
    "another kind of message beside it": (
        MSCONS,
        written(file(message(kind="APERAK"), message(series(values()), nth=2))),
        DAY,
        [(3, "a message 'APERAK', not MSCONS, is not read")],
    ),
    "the same message again is not 72 kWh": (
        MSCONS,
        written(file(message(series(values())), message(series(values()), nth=2))),
        DAY,
        [(90, "24 equal values told again: counted once")],
    ),
}


def named(found: Sequence[tuple[int, str]], expected: Sequence[tuple[int, str]]) -> bool:
    return all(any(nth == at and rule in said for at, said in found) for nth, rule in expected)


@pytest.mark.parametrize(("profile", "data", "days", "left_out"), READS.values(), ids=READS)
def test_an_interchange_is_read(
    profile: Profile, data: bytes, days: list[tuple[str, int, str | None]], left_out: list[tuple[int, str]]
) -> None:
    found = read_intervals(data, profile)
    assert (found.bad, told(found)) == ((), days)
    places = [(place.line, place.rule) for place in found.left_out]
    assert len(places) == len(left_out)
    assert named(places, left_out), places


def changed(nth: int, *instead: str, lines: Sequence[str] = PLAIN) -> bytes:
    """The plain file with other segments in place of one, counted from 1."""
    return written([*lines[: nth - 1], *instead, *lines[nth:]])


BAD_FORM = "DTM+163:20250101:102"
WRONG: dict[str, tuple[Profile, bytes, list[tuple[int, str]]]] = {
    "no interchange": (MSCONS, b"2025-01-01 00:00,1.5\n", [(1, "no segment ends here with")]),
    "nothing": (MSCONS, b"", [(0, "the file holds no segment")]),
    "no envelope": (MSCONS, b"QTY+220:1'", [(1, "outside an interchange")]),
    "no message": (MSCONS, written([UNA, UNB, "QTY+220:1", "UNZ+0+R1"]), [(3, "outside a message")]),
    "cut off within a segment": (MSCONS, written(PLAIN)[:-5], [(83, "the file was cut off")]),
    "cut off behind a message": (MSCONS, written(PLAIN[:-1]), [(82, "no UNZ ends the interchange of segment 2")]),
    "cut off within a message": (MSCONS, written(PLAIN[:40]), [(40, "no UNT ends the message of segment 3")]),
    "a segment is missing": (MSCONS, changed(5), [(81, "UNT says 80 segments, and there are 79")]),
    "a message is missing": (MSCONS, changed(83, "UNZ+2+R1"), [(83, "UNZ says 2 messages, and there are 1")]),
    "no count": (MSCONS, changed(82, "UNT++1"), [(82, "UNT says no segments")]),
    "another message's end": (MSCONS, changed(82, "UNT+80+7"), [(82, "UNT ends '7', and what began is '1'")]),
    "another interchange's end": (MSCONS, changed(83, "UNZ+1+R2"), [(83, "UNZ ends 'R2', and what began is 'R1'")]),
    "a character set of another alphabet": (
        MSCONS,
        changed(2, "UNB+KECA:3+a+b+c+R1"),
        [(2, "'KECA' is no character set")],
    ),
    "marks that are one": (MSCONS, b"UNA::.? '" + written(PLAIN[1:]), [(1, "names a mark twice")]),
    "a message that cancels": (MSCONS, changed(4, "BGM+7+D1+1"), [(4, "cancels another")]),
    "given as taken": (MSCONS, changed(10, "QTY+220:-1:KWH"), [(10, "'-1' is no value")]),
    "a forecast, and a sum": (
        MSCONS,
        written(
            file(
                message(
                    series(
                        values(count=22), values(kind="187", first=22, count=1), values(kind="79", first=23, count=1)
                    )
                )
            )
        ),
        [(76, "'187' is no value to settle by"), (79, "'79' is no value to settle by")],
    ),
    "units that differ": (MSCONS, changed(13, "QTY+220:1.5:MWH"), [(13, "the unit is MWH, in segment 10 KWH")]),
    "no energy": (MSCONS, written(PLAIN).replace(b"KWH", b"KVR"), [(10, "'KVR' is no unit of energy")]),
    "no time, and times that are none": (
        MSCONS,
        written(
            [*PLAIN[:10], "STS+1", *PLAIN[11:13], "DTM+163:202502300000?+00:303", *PLAIN[14:16], BAD_FORM, *PLAIN[17:]]
        ),
        [(10, "no DTM 163 says when the interval begins"), (14, "is no time that there is"), (17, "the form 102")],
    ),
    "form 303 without an offset": (MSCONS, written(PLAIN).replace(b"?+00", b""), [(10, "no begin and end")]),
    "an hour among quarter hours": (
        MSCONS,
        written(file(message(series(values(count=92, length=0.25), values(first=23, count=1))))),
        [(286, "an interval of 60 minutes, where others are 15: they overlap")],
    ),
    "a day in one value": (MSCONS, written(file(message(series(values(count=1, length=24))))), [(10, "1440 minutes")]),
    "what is missing": (
        MSCONS,
        written(file(message(series(values(count=23), values(kind="20", first=23, count=1))))),
        [(79, "T23:00: the value is missing; missing is never 0")],
    ),
    "several points": (
        MSCONS,
        written(file(message(series(values())), message(series(values()), point="DEMO2", nth=2))),
        [(0, "of 2 points, DEMO1, DEMO2: say which one")],
    ),
    "two registers taken": (
        MSCONS,
        written(file(message(series(values()), series(values(), register="1-1?:1.8.0")))),
        [(0, "the registers are 1-1:1.29.0, 1-1:1.8.0: say which")],
    ),
    "a column in the profile": (replace(MSCONS, value="kWh", time="t"), b"", [(0, "MSCONS says itself")]),
}


@pytest.mark.parametrize(("profile", "data", "expected"), WRONG.values(), ids=WRONG)
def test_every_wrong_segment_is_named(profile: Profile, data: bytes, expected: list[tuple[int, str]]) -> None:
    found = read_intervals(data, profile)
    assert found.days == ()
    places = [(place.line, place.rule) for place in found.bad]
    assert named(places, expected), places


def test_of_several_points_one_is_read() -> None:
    data = written(file(message(series(values(value="9:KWH"))), message(series(values()), point="DEMO2", nth=2)))
    assert told(read_intervals(data, MSCONS, "DEMO2")) == DAY
    (bad,) = read_intervals(data, MSCONS, "DEMO3").bad
    assert bad.rule == "nothing in the file is of DEMO3: it is of DEMO1, DEMO2"
