"""Green Button (ESPI), the Atom feed of utilities: a whole number times ten to some power, times in UTC.

read_espi   the bytes of a file -> the samples of its one stream of energy; what is wrong is noted

Which kind of readings a block holds is told by links from entry to entry. A feed of one kind needs none; where there
are several, a block that no link leads to is named, and never left out in silence.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from xml.parsers import expat

from msgspec import Struct, field

from api.intake.metering.profile import Profile, Unit
from api.intake.metering.rows import Grade, Noted, Sample, Samples

KINDS = ("ReadingType", "MeterReading", "IntervalBlock", "LocalTimeParameters", "UsagePoint")
UNITS: dict[str, Unit] = {"72": "Wh", "38": "W"}
FLOWS = {"1": "FORWARD", "19": "REVERSE"}
GRADES: dict[str, Grade | None] = {
    **dict.fromkeys(("", "0", "14", "17", "18", "19"), "A"),
    "7": "S",
    **dict.fromkeys(("8", "9", "11"), "E"),
}
WORST = "ASE"


class Reading(Struct):
    """An IntervalReading: where it stands and what it says."""

    line: int
    said: dict[str, str] = field(default_factory=dict)
    qualities: list[str] = field(default_factory=list)


class Entry(Struct):
    """An entry of the feed: its kind, its links, what it says, its readings."""

    line: int
    kind: str = ""
    links: dict[str, list[str]] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    readings: list[Reading] = field(default_factory=list)

    def link(self, rel: str) -> str:
        """The first link of a kind, without what differs between servers."""
        return next(iter(self.links.get(rel, ())), "").rstrip("/")


class _Feed:
    """The entries of a feed as they are parsed."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler, self.parser.EndElementHandler = self._begin, self._end
        self.parser.CharacterDataHandler = self._write
        self.parser.StartDoctypeDeclHandler = self.parser.EntityDeclHandler = self._refuse
        self.entries = list[Entry]()
        self.reading: Reading | None = None
        self.text = ""
        self.path: deque[str] = deque(maxlen=100)
        self.elements = 0

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(" ")[2]
        self.path.append(name)
        self.text = ""
        if name == "entry":
            self.entries.append(Entry(self.parser.CurrentLineNumber))
        elif not self.entries:
            return
        elif name == "link":
            self.entries[-1].links.setdefault(attributes.get("rel", ""), []).append(attributes.get("href", ""))
        elif name in KINDS:
            self.entries[-1].kind = name
        elif name == "IntervalReading":
            self.elements += 1
            self.reading = Reading(self.parser.CurrentLineNumber)
            self.entries[-1].readings.append(self.reading)

    def _end(self, name: str) -> None:
        name, said = name.rpartition(" ")[2], self.text.strip()
        self.path.pop()
        self.text = ""
        if name == "IntervalReading":
            self.reading = None
        elif self.reading is not None and name == "quality":
            self.reading.qualities.append(said)
        elif self.reading is not None and name in ("start", "duration", "value"):
            self.reading.said[name] = said
        elif self.reading is None and self.entries and said:
            self.entries[-1].said.setdefault(name, said)

    def _write(self, text: str) -> None:
        self.text += text

    def _refuse(self, *_: object) -> None:
        raise ValueError("a document type, and entities of its own, are not taken")


def read_espi(data: bytes, profile: Profile, local: timezone, noted: Noted) -> Samples | None:
    """The samples of a feed; None where none can be told."""
    feed = _Feed()
    try:
        feed.parser.Parse(data, True)
    except expat.ExpatError as error:
        noted.wrong(error.lineno, f"no well-formed XML: {expat.ErrorString(error.code)}")
        return None
    except ValueError as error:
        noted.wrong(feed.parser.CurrentLineNumber, str(error))
        return None
    blocks = [entry for entry in feed.entries if entry.readings]
    if not blocks:
        noted.wrong(0, "the feed holds no IntervalReading")
        return None
    _clock(feed.entries, profile, local, noted)
    kind, those = _of_one_kind(feed.entries, blocks, profile, noted)
    if kind is None or not those:
        return None
    readings = [reading for block in those for reading in block.readings]
    minutes = _minutes(readings, kind, profile, noted)
    if minutes is None:
        return None
    unit, power = UNITS[kind.said.get("uom", "")], kind.said.get("powerOfTenMultiplier", "0")
    if not power.lstrip("-").isdecimal() or abs(int(power)) > 12:
        noted.wrong(kind.line, f"powerOfTenMultiplier {power[:20]!r} is no power of ten")
        return None
    factor = profile.watt_hours(minutes, unit) * Fraction(10) ** int(power)
    return Samples(_samples(readings, minutes, local, noted), minutes, factor)


def _clock(entries: Sequence[Entry], profile: Profile, local: timezone, noted: Noted) -> None:
    """Hold the offset that the feed says against the ledger's; a profile with an offset overrules it."""
    here = int((local.utcoffset(None) or timedelta()).total_seconds())
    for entry in entries:
        said = entry.said.get("tzOffset", "")
        if entry.kind == "LocalTimeParameters" and profile.offset is None and said != str(here):
            noted.wrong(entry.line, f"the meter's clock is {said[:20]} s from UTC, not {here}: say its `offset`")


def _of_one_kind(
    entries: Sequence[Entry], blocks: Sequence[Entry], profile: Profile, noted: Noted
) -> tuple[Entry | None, list[Entry]]:
    """The kind of readings that is read, and its blocks."""
    kinds = [entry for entry in entries if entry.kind == "ReadingType"]
    wanted = [kind for kind in kinds if kind.said.get("uom") in UNITS and _flows(kind, profile)]
    wanted = [kind for kind in wanted if kind.said.get("accumulationBehaviour", "4") in ("0", "4", "6")]
    if len(wanted) != 1:
        said = "; ".join(_told(kind) for kind in kinds)
        noted.wrong(0, f"of the kinds of readings {len(wanted)} are energy of an interval (Wh, W), not one: {said}")
        return None, []
    for kind in kinds:
        if kind is not wanted[0]:
            noted.leave_out(kind.line, f"readings of uom {kind.said.get('uom', '?')[:9]} are another kind and not read")
    if len(kinds) == 1:
        return wanted[0], list(blocks)
    meters = {entry.link("self"): entry for entry in entries if entry.kind == "MeterReading"}
    those = list[Entry]()
    for block in blocks:
        meter = meters.get(block.link("up").removesuffix("/IntervalBlock"))
        related = [link.rstrip("/") for link in meter.links.get("related", ())] if meter is not None else []
        of = [kind for kind in kinds if kind.link("self") and kind.link("self") in related]
        if len(of) != 1:
            count = len(block.readings)
            noted.wrong(block.line, f"no link says of which kind these {count} readings are, and there are several")
        elif of[0] is wanted[0]:
            those.append(block)
    return wanted[0], those


def _told(kind: Entry) -> str:
    names = ("uom", "flowDirection", "accumulationBehaviour")
    return ", ".join(f"{name} {kind.said[name][:9]}" for name in names if name in kind.said)


def _flows(kind: Entry, profile: Profile) -> bool:
    flow = FLOWS.get(kind.said.get("flowDirection", "1"))
    return flow == (profile.stream or "FORWARD")


def _minutes(readings: Sequence[Reading], kind: Entry, profile: Profile, noted: Noted) -> int | None:
    """The length of an interval, which all readings have."""
    first = readings[0].said.get("duration") or kind.said.get("intervalLength", "")
    if first not in ("300", "900", "1800", "3600"):
        noted.wrong(readings[0].line, f"a duration of {first[:20]} s is not 5, 15, 30 or 60 minutes")
        return None
    for reading in readings:
        said = reading.said.get("duration", first)
        if said != first:
            noted.wrong(reading.line, f"a duration of {said[:20]} s, where others are {first}: they overlap")
    minutes = int(first) // 60
    if profile.minutes not in (None, minutes):
        noted.wrong(readings[0].line, f"intervals are {minutes} minutes, and the profile says {profile.minutes}")
    return minutes


def _samples(readings: Sequence[Reading], minutes: int, local: timezone, noted: Noted) -> Iterator[Sample]:
    for reading in readings:
        start, value = reading.said.get("start", ""), reading.said.get("value", "")
        if not start.isdecimal() or len(start) > 10:
            noted.wrong(reading.line, f"{start[:20]!r} is no time in seconds from 1970")
            continue
        at = datetime.fromtimestamp(int(start), UTC).astimezone(local).replace(tzinfo=None)
        if at.second:
            noted.wrong(reading.line, f"{at:%Y-%m-%dT%H:%M:%S} is no whole minute")
            continue
        odd = [code for code in reading.qualities if code not in GRADES]
        if odd:
            noted.wrong(reading.line, f"quality {odd[0][:9]!r} is nothing to settle by: questionable, projected, mixed")
        grades = [GRADES.get(code) or "A" for code in reading.qualities] or ["A"]
        found: Fraction | None = None
        if value.isdecimal() and len(value) <= 15:
            found = Fraction(int(value))
        elif value:
            noted.wrong(reading.line, f"{value[:20]!r} is no whole number, never negative")
        yield Sample(reading.line, at, found, _worst(grades))


def _worst(grades: Sequence[Grade]) -> Grade:
    return max(grades, key=WORST.index)
