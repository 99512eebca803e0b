"""Dumps of DL/T 645-2007: what registers show, and every line of a dump that is wrong."""

from collections.abc import Sequence

import pytest

from api.intake.metering.dlt645 import RegisterFile, read_registers
from ledger.offtake.meters.facts import BandValues

ALL = "0001FF00"
SUMS = ("1000.50", "100", "200.25", "300", "400.25")
"""In all, 尖, 峰, 平, 谷."""


def frame(item: str, *values: str, number: str = "000012345678", control: int = 0x91) -> str:
    """A frame by hand: address, item and values lowest byte first, each byte of data more by 33."""
    digits = [f"{round(float(value) * 100):08d}" for value in values]
    data = b"".join(bytes.fromhex(text)[::-1] for text in (item, *digits))
    body = b"\x68" + bytes.fromhex(number)[::-1] + bytes([0x68, control, len(data)])
    body += bytes((byte + 0x33) % 256 for byte in data)
    return (body + bytes([sum(body) % 256, 0x16])).hex(" ").upper()


# Worked out by hand from the standard's layout: 123456.78 kWh of the meter 000000000001.
BY_HAND = "FE FE FE FE 68 01 00 00 00 00 00 68 91 08 33 33 34 33 AB 89 67 45 17 16"
BLOCK = frame(ALL, *SUMS)
BANDS = BandValues(sharp="100", peak="200.25", flat="300", valley="400.25")
DUMPS: dict[str, tuple[Sequence[str], str, BandValues | None, Sequence[tuple[int, str]]]] = {
    "by hand": ([BY_HAND], "123456.78", None, []),
    "a block": ([BLOCK], "1000.5", BANDS, []),
    "without blanks, in small letters, behind a time": (
        ["2026-05-31 23:59:58.680 RX " + BLOCK.replace(" ", "").lower()],
        "1000.5",
        BANDS,
        [],
    ),
    "requests, a comment, a blank line": (["# dump", "", frame(ALL, control=0x11), BLOCK], "1000.5", BANDS, []),
    "two frames in a line": ([f"{BLOCK} FE FE {BLOCK}"], "1000.5", BANDS, []),
    "register by register": (
        [frame(f"0001{rate:02X}00", value) for rate, value in enumerate(SUMS)],
        "1000.5",
        BANDS,
        [],
    ),
    "deep valley": (
        [frame(ALL, *SUMS, "7.5")],
        "1000.5",
        BandValues(sharp="100", peak="200.25", flat="300", valley="400.25", deep_valley="7.5"),
        [],
    ),
    "rates that nobody uses": ([frame(ALL, *SUMS, *["0"] * 8)], "1000.5", BANDS, []),
    "a high digit is no sign": ([frame("00010000", "812345.67")], "812345.67", None, []),
    "nothing yet": ([frame("00010000", "0")], "0", None, []),
    "reverse energy, a settlement day, a voltage, a refusal beside it": (
        [
            BLOCK,
            frame("0002FF00", *SUMS),
            frame("0001FF01", *SUMS),
            frame("02010100", "1"),
            frame("", control=0xD1),
            "bye",
        ],
        "1000.5",
        BANDS,
        [
            (2, "0002FF00 is not forward active energy"),
            (3, "0001FF01 is of an earlier settlement day"),
            (4, "02010100 is not"),
            (5, "control D1 says no value"),
            (6, "no frame stands here: 'bye'"),
        ],
    ),
}


def named(found: Sequence[tuple[int, str]], expected: Sequence[tuple[int, str]]) -> bool:
    return all(any(line == at and rule in said for at, said in found) for line, rule in expected)


def read(lines: Sequence[str], number: str | None = None) -> RegisterFile:
    return read_registers("\r\n".join(lines).encode(), number)


@pytest.mark.parametrize(("lines", "value", "bands", "left_out"), DUMPS.values(), ids=DUMPS)
def test_a_dump_is_read(
    lines: Sequence[str], value: str, bands: BandValues | None, left_out: Sequence[tuple[int, str]]
) -> None:
    found = read(lines)
    assert (found.bad, found.value, found.bands) == ((), value, bands)
    places = [(place.line, place.rule) for place in found.left_out]
    assert len(places) == len(left_out)
    assert named(places, left_out), places


WRONG: dict[str, tuple[Sequence[str], Sequence[tuple[int, str]]]] = {
    "nothing": ([], [(0, "no frame says the total")]),
    "a byte changed": (
        [BLOCK, BY_HAND.replace("45 17", "46 17")],
        [(2, "the checksum is 17, and the bytes before it sum to 18")],
    ),
    "every wrong line at once": (
        [BY_HAND.replace("17 16", "1F 16"), BY_HAND[:-6], BY_HAND[:-2] + "17", BY_HAND.replace("68 91", "69 91")],
        [(1, "the checksum is 1F"), (2, "it has 18 bytes, and by its length 20"), (3, "with 17"), (4, "not 68 01")],
    ),
    "a register that is not there": (
        [BY_HAND.replace("AB 89 67 45 17", "32 32 32 32 FF")],
        [(1, "are no decimal digits")],
    ),
    "other moments": ([BLOCK, frame(ALL, "1000.6", *SUMS[1:])], [(2, "the total shows 1000.6, and 1000.5 in line 1")]),
    "only bands": ([frame("00010100", "1")], [(0, "no frame says the total"), (0, "nothing says what rate 2, 3, 4")]),
    "a rate without a band": ([frame(ALL, *SUMS, "0", "3")], [(1, "rate 6 shows 3")]),
    "more to follow": ([frame(ALL, *SUMS, control=0xB1)], [(1, "goes on in a frame that follows")]),
    "several meters": (
        [BLOCK, frame(ALL, "5", number="000000000002")],
        [(0, "of several meters, 000012345678, 000000000002: say which")],
    ),
    "half a value": ([BLOCK.replace("91 18", "91 16")], [(1, "ends with 16, and by its length this one with")]),
}


@pytest.mark.parametrize(("lines", "expected"), WRONG.values(), ids=WRONG)
def test_every_wrong_line_is_named(lines: Sequence[str], expected: Sequence[tuple[int, str]]) -> None:
    found = read(lines)
    places = [(place.line, place.rule) for place in found.bad]
    assert (found.value, named(places, expected)) == ("", True), places


def test_another_kind_of_file_is_named_once() -> None:
    found = read(["begins,kwh", "2024-01-01 00:00,1.5"])
    assert ([place.line for place in found.bad], found.left_out) == ([0], ())


def test_of_several_meters_one_is_read() -> None:
    lines = [BLOCK, frame(ALL, "5", number="000000000002")]
    assert read(lines, "000000000002").value == "5"
    (bad,) = read(lines, "000000000003").bad
    assert bad.rule == "nothing in the dump is of 000000000003: it is of 000012345678, 000000000002"
