"""UN/EDIFACT, the frame of a message whatever it tells: its marks, its segments, its counts.

Segment      one piece of an interchange: its place, its tag, what it says
Malformed    the bytes are no interchange from a place on
segments_of  bytes -> segments, one after the other, of as many interchanges as there are
Frame        holds the envelope against what it says of itself: kinds of messages, references, counts

A place is the how-manieth segment, the service string UNA counted: the line, where each has a line of its own.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from api.intake.metering.rows import Noted

UNA = b"UNA"
USUAL = b":+.? '"
"""The marks without a service string: component, element, decimal, release, reserved, segment."""
CHARACTERS = {"UNOA": "iso-8859-1", "UNOB": "iso-8859-1", "UNOC": "iso-8859-1"} | {
    "UNOD": "iso-8859-2",
    "UNOE": "iso-8859-5",
    "UNOF": "iso-8859-7",
    "UNOW": "utf-8",
    "UNOY": "utf-8",
}
"""Character sets by their names in UNB. A and B are parts of Latin-1, which programs write beyond them."""
AGAIN = re.compile(rb"[\s\x1a\x00]*UNA")
NO_MORE = re.compile(rb"[\s\x1a\x00]*\Z")
LONGEST = 4000


class Malformed(Exception):
    """The bytes are no interchange from this segment on."""

    def __init__(self, nth: int, rule: str) -> None:
        super().__init__(rule)
        self.nth, self.rule = nth, rule


class Marks(NamedTuple):
    """The characters that separate; `release`: the one before a mark that separates nothing, or none."""

    component: str
    element: str
    release: str
    end: str


class Segment(NamedTuple):
    """A segment: its place, the byte behind it, its tag, and as it is written, its end left out."""

    nth: int
    at: int
    tag: str
    text: str
    marks: Marks

    @property
    def elements(self) -> Sequence[Sequence[str]]:
        """The elements behind the tag, each of one or more components; released marks are plain characters."""
        return _parted(self.text, self.marks)

    def said(self, element: int, component: int = 0) -> str:
        """One component, counted from 0 and without the tag; nothing where it is left out."""
        parts = self.elements
        return parts[element][component] if element < len(parts) and component < len(parts[element]) else ""


@lru_cache(maxsize=4096)
def _parted(text: str, marks: Marks) -> Sequence[Sequence[str]]:
    if marks.release not in text or not marks.release:
        return [part.split(marks.component) for part in text.split(marks.element)[1:]]
    elements, said = [[""]], iter(text)
    for letter in said:
        if letter == marks.release:
            elements[-1][-1] += next(said, "")
        elif letter == marks.element:
            elements.append([""])
        elif letter == marks.component:
            elements[-1].append("")
        else:
            elements[-1][-1] += letter
    return elements[1:]


@lru_cache(maxsize=16)
def _form(marks: Marks) -> re.Pattern[bytes]:
    """The form of a segment, with what may stand between it and the one before."""
    end = re.escape(marks.end.encode("latin-1"))
    if not marks.release:
        return re.compile(rb"[\s\x1a\x00]*+([^" + end + rb"]*+)" + end, re.DOTALL)
    release = re.escape(marks.release.encode("latin-1"))
    said = rb"(?:[^" + end + release + rb"]++|" + release + rb".)*+"
    return re.compile(rb"[\s\x1a\x00]*+(" + said + rb")" + end, re.DOTALL)


def _marks(said: bytes, nth: int) -> Marks:
    component, element, _, release, _, end = list(said.decode("latin-1"))
    named = [mark for mark in (component, element, release.strip(), end) if mark]
    if len(set(named)) != len(named) or any(mark.isalnum() or mark.isspace() for mark in named):
        raise Malformed(nth, f"the service string {said.decode('latin-1')!r} names a mark twice, or one that is none")
    return Marks(component, element, release.strip(), end)


def segments_of(data: bytes) -> Iterator[Segment]:
    """The segments of the interchanges in a file. Raises Malformed where they cannot be told apart."""
    at, nth, characters = 3 if data.startswith(b"\xef\xbb\xbf") else 0, 0, "iso-8859-1"
    marks = _marks(USUAL, 0)
    form = _form(marks)
    between = True
    while True:
        if between and (found := AGAIN.match(data, at)) is not None:
            nth += 1
            marks = _marks(data[found.end() : found.end() + 6].ljust(6), nth)
            form, at = _form(marks), found.end() + 6
        piece = form.match(data, at)
        if piece is None and NO_MORE.match(data, at) is not None:
            return
        if piece is None or piece.end() - at > LONGEST:
            raise Malformed(nth + 1, f"no segment ends here with {marks.end!r}: the file was cut off, or is none")
        at, nth = piece.end(), nth + 1
        try:
            text = piece[1].decode(characters)
        except UnicodeDecodeError:
            raise Malformed(nth, f"the text is not in {characters}, as UNB says") from None
        segment = Segment(nth, at, text[:3], text, marks)
        if between := segment.tag == "UNZ":
            marks, characters = _marks(USUAL, nth), "iso-8859-1"
            form = _form(marks)
        elif segment.tag == "UNB":
            characters = _characters(segment)
        yield segment


def _characters(segment: Segment) -> str:
    """The character set that UNB names. Raises Malformed."""
    named = segment.said(0)
    if named not in CHARACTERS:
        raise Malformed(segment.nth, f"{named[:9]!r} is no character set that is read: {', '.join(CHARACTERS)}")
    return CHARACTERS[named]


class Frame:
    """The envelope of interchanges, held against what it says of itself. `see` each segment, then `close`."""

    def __init__(self, kind: str, noted: Noted) -> None:
        self.kind, self.noted = kind, noted
        self.reading = False
        self._interchange: Segment | None = None
        self._message: Segment | None = None
        self._messages = self._groups = 0

    def see(self, segment: Segment) -> bool:
        """Say whether it belongs to a message of the kind; faults of the envelope are noted."""
        if self._message is not None and not segment.tag.startswith("UN"):
            return self.reading
        if segment.tag == "UNB":
            self._unended(segment.nth)
            self._interchange, self._messages, self._groups = segment, 0, 0
        elif self._interchange is None:
            self.noted.stop(segment.nth, f"{segment.text[:20]!r} stands outside an interchange: UNB begins one")
        elif segment.tag == "UNG":
            self._groups += 1
        elif segment.tag == "UNH":
            self._began(segment)
        elif segment.tag == "UNT":
            self._ended(segment)
            return False
        elif segment.tag == "UNZ":
            self._closed(segment)
        elif self._message is None and segment.tag not in ("UNE", "UNS"):
            self.noted.wrong(segment.nth, f"{segment.text[:20]!r} stands outside a message: UNH begins one")
        return self.reading

    def close(self, last: int) -> None:
        """No more segments come."""
        self._unended(last)
        if not last:
            self.noted.wrong(0, "the file holds no segment")

    def _unended(self, nth: int) -> None:
        if self._message is not None:
            self.noted.wrong(nth, f"no UNT ends the message of segment {self._message.nth}: the file was cut off")
        elif self._interchange is not None:
            self.noted.wrong(nth, f"no UNZ ends the interchange of segment {self._interchange.nth}: it was cut off")
        self._message = self._interchange = None

    def _began(self, segment: Segment) -> None:
        if self._message is not None:
            self.noted.wrong(segment.nth, f"no UNT ends the message of segment {self._message.nth} before this one")
        self._message, self._messages = segment, self._messages + 1
        found = segment.said(1)
        self.reading = found == self.kind
        if not self.reading:
            self.noted.leave_out(segment.nth, f"a message {found[:9]!r}, not {self.kind}, is not read")

    def _ended(self, segment: Segment) -> None:
        begun, self._message, self.reading = self._message, None, False
        if begun is None:
            self.noted.wrong(segment.nth, "UNT ends no message")
            return
        self._agrees(segment, "segments", segment.nth - begun.nth + 1, begun.said(0))

    def _closed(self, segment: Segment) -> None:
        begun = self._interchange
        if self._message is not None:
            self._unended(segment.nth)
        elif begun is not None:
            what, count = ("groups", self._groups) if self._groups else ("messages", self._messages)
            self._agrees(segment, what, count, begun.said(4))
        self._interchange = None

    def _agrees(self, segment: Segment, what: str, count: int, reference: str) -> None:
        said = segment.said(0)
        if not said.isdecimal() or int(said[:9]) != count:
            self.noted.wrong(segment.nth, f"{segment.tag} says {said[:9] or 'no'} {what}, and there are {count}")
        if segment.said(1) != reference:
            told, meant = segment.said(1)[:20], reference[:20]
            self.noted.wrong(segment.nth, f"{segment.tag} ends {told!r}, and what began is {meant!r}")
