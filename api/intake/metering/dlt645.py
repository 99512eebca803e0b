"""DL/T 645-2007, how meters in China answer: a dump of frames in hexadecimal, as what the registers show.

RegisterFile     what the registers show, or every line that is wrong
read_registers   the bytes of a dump -> total and bands of one meter's forward active energy (00 01 xx 00)

A frame is 68, six bytes of address, 68, control, length, data, checksum, 16, with any number of FE before it. Each byte
of data is more by 33; address, identifier and values come lowest byte first. Values are BCD of eight digits, two of
them decimals, and have no sign: the highest digit is one (dlt645 3.2.0 takes it for a sign from 800,000 kWh on). Rates
1 to 5 are 尖 sharp, 峰 peak, 平 flat, 谷 valley, 深谷 deep valley.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from msgspec import Struct

from api.intake.metering.rows import LineNote, Noted
from ledger.offtake.meters.facts import BandValues

FRAME = re.compile(r"(?<![0-9A-F.:-])(?:FE[ \t]*)*(68(?:[ \t]*[0-9A-F]{2})+)(?![0-9A-F])", re.ASCII | re.IGNORECASE)
BCD = re.compile(r"\d{8}", re.ASCII)
HEAD, AROUND = 10, 12
"""The bytes before the data, and all but the data."""
REPLY, GOES_ON = 0x91, 0xB1
BANDS = ("sharp", "peak", "flat", "valley", "deep_valley")
BLOCK = 0xFF
LINES_MAX = 10_000


class RegisterFile(Struct, frozen=True, kw_only=True):
    """The registers of a meter, in kWh as it shows them. `bad`: every wrong line, and then there is no value."""

    number: str = ""
    value: str = ""
    bands: BandValues | None = None
    bad: tuple[LineNote, ...] = ()
    left_out: tuple[LineNote, ...] = ()


class Reply(NamedTuple):
    """An answer of a meter: its line, the meter, the identifier from the highest byte, the bytes behind it."""

    line: int
    number: str
    item: str
    said: bytes


class Shown(NamedTuple):
    """A register: the line that says it, and its value."""

    line: int
    value: str


def read_registers(data: bytes, number: str | None = None) -> RegisterFile:
    """Read a dump: what one meter shows, or every line that is wrong. `number`: the meter's address, 12 digits."""
    noted = Noted()
    replies = [reply for line, frame in _frames(data, noted) if (reply := _reply(line, frame, noted)) is not None]
    numbers = list(dict.fromkeys(reply.number for reply in replies))
    if number is None and len(numbers) > 1:
        noted.wrong(0, f"the dump is of several meters, {', '.join(numbers[:5])}: say which one (`number`)")
    shown = dict[int, Shown]()
    for reply in replies:
        if number in (None, reply.number):
            _keep(reply, shown, noted)
        else:
            noted.leave_out(reply.line, f"a frame of meter {reply.number} is not read")
    if number is not None and number not in numbers:
        noted.wrong(0, f"nothing in the dump is of {number[:20]}: it is of {', '.join(numbers[:5]) or 'no meter'}")
    elif 0 not in shown:
        noted.wrong(0, "no frame says the total of forward active energy, 00010000 or 0001FF00")
    bands = _bands(shown, noted)
    if not replies and not any(place.line for place in noted.bad):
        noted.left_out.clear()  # another kind of file: none of its lines is one of a dump
    bad, left_out = (tuple(sorted(notes, key=lambda one: one.line)) for notes in (noted.bad, noted.left_out))
    if bad:
        return RegisterFile(bad=bad, left_out=left_out)
    return RegisterFile(number=number or numbers[0], value=shown[0].value, bands=bands, left_out=left_out)


def _frames(data: bytes, noted: Noted) -> Iterator[tuple[int, bytes]]:
    """The frames of a dump whose length and checksum are right, each with its line."""
    for line, text in enumerate(data.decode("utf-8-sig", "replace").splitlines(), 1):
        if line > LINES_MAX:
            noted.wrong(line, f"a dump has {LINES_MAX:,} lines at most")
            return
        found = FRAME.search(text)
        if found is None:
            if text.strip() and not text.lstrip().startswith("#"):
                noted.leave_out(line, f"no frame stands here: {text.strip()[:40]!r}")
            continue
        left = bytes.fromhex(found[1])
        while left:
            whole = AROUND + left[HEAD - 1] if len(left) >= HEAD else AROUND
            if (fault := _fault(left, whole)) is not None:
                noted.wrong(line, fault)
                break
            yield line, left[:whole]
            left = left[whole:].lstrip(b"\xfe")


def _fault(frame: bytes, whole: int) -> str | None:
    """Say what is wrong with the frame that stands first."""
    if len(frame) < whole:
        return f"the frame is cut off: it has {len(frame)} bytes, and by its length {whole}"
    if frame[0] != 0x68 or frame[7] != 0x68:
        return f"a frame begins with 68, an address of six bytes and 68, not {frame[:8].hex(' ').upper()}"
    if frame[whole - 1] != 0x16:
        return f"a frame ends with 16, and by its length this one with {frame[whole - 1]:02X}"
    summed = sum(frame[: whole - 2]) % 256
    if summed != frame[whole - 2]:
        return f"the checksum is {frame[whole - 2]:02X}, and the bytes before it sum to {summed:02X}"
    return None


def _reply(line: int, frame: bytes, noted: Noted) -> Reply | None:
    """The answer of a meter in a frame; None where it says nothing of registers."""
    number = frame[6:0:-1].hex().upper()
    control, data = frame[8], bytes((byte - 0x33) % 256 for byte in frame[HEAD:-2])
    if not control & 0x80:
        return None
    item = data[3::-1].hex().upper() if len(data) >= 4 else ""
    if control == GOES_ON and item.startswith("0001"):
        noted.wrong(line, f"the data of {item} goes on in a frame that follows, which is not read")
        return None
    if control != REPLY or not item:
        noted.leave_out(line, f"an answer with control {control:02X} says no value")
        return None
    return Reply(line, number, item, data[4:])


def _keep(reply: Reply, shown: dict[int, Shown], noted: Noted) -> None:
    """Keep the registers that a reply says; any other item is named."""
    kind, rate, day = reply.item[:4], int(reply.item[4:6], 16), reply.item[6:]
    if kind != "0001" or day != "00" or (rate > 63 and rate != BLOCK):
        why = "of an earlier settlement day" if kind == "0001" and day != "00" else "not forward active energy"
        noted.leave_out(reply.line, f"{reply.item} is {why}, and not read")
        return
    values = [reply.said[at : at + 4] for at in range(0, len(reply.said), 4)]
    if not values or len(values[-1]) != 4 or (rate != BLOCK and len(values) != 1):
        noted.wrong(reply.line, f"{reply.item} has {len(reply.said)} bytes; a value has four")
        return
    for nth, value in enumerate(values, 0 if rate == BLOCK else rate):
        digits = value[::-1].hex()
        if not BCD.fullmatch(digits):
            noted.wrong(reply.line, f"{digits.upper()} of rate {nth} are no decimal digits: the register is not there")
            continue
        told, other = Shown(reply.line, _kwh(digits)), shown.get(nth)
        if other is None:
            shown[nth] = told
        elif other.value != told.value:
            register = f"rate {nth}" if nth else "the total"
            noted.wrong(
                told.line, f"{register} shows {told.value}, and {other.value} in line {other.line}: two moments"
            )


def _kwh(digits: str) -> str:
    """Eight digits, two of them decimals, as a number without needless zeros."""
    whole, part = digits[:6].lstrip("0") or "0", digits[6:].rstrip("0")
    return f"{whole}.{part}" if part else whole


def _bands(shown: Mapping[int, Shown], noted: Noted) -> BandValues | None:
    """The registers of the rates as bands; None where there are none."""
    rates = {rate: one for rate, one in shown.items() if rate}
    for rate, one in rates.items():
        if rate > len(BANDS) and one.value != "0":
            noted.wrong(one.line, f"rate {rate} shows {one.value}; rates 1 to {len(BANDS)} are bands")
    if not rates:
        return None
    missing = [str(rate) for rate in (1, 2, 3, 4) if rate not in rates]
    if missing:
        noted.wrong(0, f"nothing says what rate {', '.join(missing)} shows, though others are said")
        return None
    return BandValues(**{band: rates[rate].value for rate, band in enumerate(BANDS, 1) if rate in rates})
