"""A log that was exported, read into a ledger that is still empty: the same envelopes, so the same root.

import_log   every line, in one transaction: all of it, or nothing
LineRefused  the first line that is not as it was written, by its number and the rule it breaks

Rules, in the order in which a line is held against them
line-unreadable       not an event in JSON, an attribute that no export has, or too long
after-the-head        the head is the last line
attribute-differs     an attribute says other than the envelope beside it
position-missing      a fact is missing before this line
position-again        a fact stands here again, or later than its place
leaf-differs          the envelope is not the one that was hashed
fact-unknown          this program cannot read the fact
recorded-earlier      recorded before the fact before it
receipt-differs       the answer is not as it was exported
receipt-again         the same answer a second time
head-differs          the lines do not come to what the head says
head-missing          the file ends without it
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO, TypeVar

import msgspec
from sqlalchemy import Connection, func, select

from ledger.log import events, merkle, store
from ledger.log.database import Database, receipt
from ledger.log.envelope import Entry, UnknownFact, decode, decode_index, to_micros
from ledger.log.events import HEAD, RECEIPT, SOURCE, Answered, Event, SealedData, Whole, receipt_hash, together
from ledger.log.verify import Altered, Verified, verify_here

LINES = 512
"""Lines written at once."""
LONGEST = 1 << 24
"""Bytes of a line."""

T = TypeVar("T")
Progress = Callable[[int], None]


class NotEmpty(Exception):
    """Something is recorded already: a log is imported into an empty ledger."""


class LineRefused(Exception):
    """A line is refused, and with it the file; nothing was imported."""

    def __init__(self, line: int, rule: str, what: str) -> None:
        super().__init__(f"line {line:,}: {what} ({rule})")
        self.line = line
        self.rule = rule


_event = msgspec.json.Decoder(Event)


def import_log(
    database: Database, lines: BinaryIO, *, expect: dict[int, str] | None = None, progress: Progress = lambda read: None
) -> Verified:
    """Read an export into an empty ledger and prove it there, in one transaction; what it holds now.

    expect     roots written down elsewhere, hexadecimal, by size
    progress   is told how many bytes are read
    Raises NotEmpty, LineRefused, Altered.
    """
    with database.log.begin() as connection:
        head = store.lock_head(connection)
        if head.size or connection.execute(select(func.count()).select_from(receipt)).scalar():
            raise NotEmpty(f"{database.display_name} holds {head.size:,} facts; a log is imported into an empty ledger")
        reading, numbered = _Reading(head, expect or {}), enumerate(_lines(lines), 1)
        while some := list(islice(numbered, LINES)):
            _take(connection, reading, some)
            progress(sum(len(line) for _, line in some))
        if not reading.whole:
            raise LineRefused(reading.line + 1, "head-missing", "the file ends without its head: it was cut short")
        if missing := [size for size in reading.expect if size > head.size]:
            raise Altered(None, f"a root is known of {max(missing)} facts, but only {head.size} are here")
        return verify_here(connection)


def _lines(source: BinaryIO) -> Iterator[bytes]:
    while line := source.readline(LONGEST):
        yield line


@dataclass(slots=True)
class _Reading:
    """The part of a file that is read: its head so far, and the sum of its answers."""

    head: store.Head
    expect: dict[int, str]
    line: int = 0
    source: str = ""
    receipts: int = 0
    total: int = 0
    whole: bool = False
    sealed: store.Sealed = field(default_factory=store.Sealed)
    answers: list[tuple[str, str, bytes, int, bytes]] = field(default_factory=list)
    named: dict[tuple[str, str], int] = field(default_factory=dict)


def _take(connection: Connection, reading: _Reading, some: list[tuple[int, bytes]]) -> None:
    """Read some lines and write what they hold."""
    reading.sealed, reading.answers, reading.named = store.Sealed(), [], {}
    refused: LineRefused | None = None
    try:
        for number, line in some:
            reading.line = number
            _read(reading, line)
    except LineRefused as error:
        refused = error
    there = store.receipts(connection, reading.named) if reading.named else {}
    if again := [reading.named[key] for key in there]:
        raise _again(min(again))
    if refused is not None:
        raise refused
    store.write(connection, reading.sealed, reading.head, reading.answers)


def _read(reading: _Reading, line: bytes) -> None:
    event = _decoded(reading, _event, line)
    if reading.whole:
        raise LineRefused(reading.line, "after-the-head", "the head is the last line, and something stands after it")
    match event.type:
        case events.HEAD:
            _read_head(reading, event)
        case events.RECEIPT:
            _read_receipt(reading, event)
        case _:
            _read_fact(reading, event)


def _decoded(reading: _Reading, decoder: "msgspec.json.Decoder[T]", text: bytes) -> T:
    try:
        return decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise LineRefused(reading.line, "line-unreadable", f"this is no line of an export: {error}") from error


def _part(reading: _Reading, event: Event, kind: type[T]) -> T:
    """The event's data, as what it should be."""
    try:
        return msgspec.convert(event.data, kind)
    except msgspec.ValidationError as error:
        raise LineRefused(reading.line, "line-unreadable", f"its data is not that of an export: {error}") from error


# Facts


def _read_fact(reading: _Reading, event: Event) -> None:
    line, head = reading.line, reading.head
    data = _part(reading, event, SealedData)
    envelope = data.envelope.encode()
    try:
        index, entry = decode_index(envelope), decode(envelope)
    except msgspec.MsgspecError as error:
        raise LineRefused(line, "leaf-differs", f"the envelope cannot be read: {error}") from error
    except UnknownFact as error:
        if merkle.leaf(envelope).hex() != event.leafhash:
            raise _changed(line) from error
        raise LineRefused(line, "fact-unknown", f"a newer version recorded this, or none: {error}") from error
    _check_position(reading, event)
    leaf = merkle.leaf(envelope)
    if leaf.hex() != event.leafhash:
        raise _changed(line)
    if head.size == 0:
        reading.source = SOURCE + event.leafhash
    own = Event(
        **_same(reading, event.position, event.position, index.data.fact, index.recorded_at),
        subject=index.tags[0] if index.tags else None,
        tags=" ".join(index.tags) or None,
        leafhash=event.leafhash,
        receipthash=event.receipthash,
        data=event.data,
    )
    _check_attributes(reading, event, own, position=str(index.position))
    if (micros := to_micros(index.recorded_at)) < head.recorded_us:
        raise LineRefused(line, "recorded-earlier", "this was recorded before the fact before it")
    store.seal(reading.sealed, head, name=index.data.fact, tags=index.tags, recorded_us=micros, envelope=envelope)
    if (root := reading.expect.get(head.size)) is not None and head.root.hex() != root.lower():
        raise LineRefused(line, "head-differs", "the root up to here is not the one written down elsewhere")
    _read_answer_of(reading, event, data, entry)


def _changed(line: int) -> LineRefused:
    return LineRefused(line, "leaf-differs", "the envelope is not the one that was hashed")


def _check_position(reading: _Reading, event: Event) -> None:
    wanted = reading.head.size + 1
    if event.position == str(wanted):
        return
    if not event.position.isascii() or not event.position.isdigit():
        raise LineRefused(reading.line, "line-unreadable", f"{event.position!r} is no position")
    if int(event.position) < wanted:
        what = f"position {event.position} stands here again, or after its place"
        raise LineRefused(reading.line, "position-again", what)
    what = f"position {wanted} is missing: this is {event.position}"
    raise LineRefused(reading.line, "position-missing", what)


def _same(reading: _Reading, own: str, position: str, kind: str, time: datetime) -> dict[str, Any]:
    """The attributes that every event has."""
    return {
        "specversion": "1.0",
        "id": own,
        "source": reading.source,
        "type": kind,
        "time": time,
        "datacontenttype": "application/json",
        "position": position,
    }


def _check_attributes(reading: _Reading, event: Event, own: Event, **more: str) -> None:
    names = [name for name in own.__struct_fields__ if getattr(own, name) != getattr(event, name)]
    names += [name for name, value in more.items() if getattr(event, name) != value]
    if names:
        what = f"{', '.join(names)}: not as the rest of the line says"
        raise LineRefused(reading.line, "attribute-differs", what)


# Answers


def _read_answer_of(reading: _Reading, event: Event, data: SealedData, entry: Entry) -> None:
    """The answer beside a fact: whose it is and under which key, the envelope says."""
    if (data.receipt is None) != (event.receipthash is None):
        raise LineRefused(reading.line, "receipt-differs", "the answer to the command, or its hash, is missing")
    if data.receipt is None:
        return
    if entry.key is None or data.receipt.actor is not None or data.receipt.key is not None:
        raise LineRefused(reading.line, "receipt-differs", "this answer belongs to no command of this fact")
    _keep(reading, event, entry.by.actor, entry.key, data.receipt)


def _read_receipt(reading: _Reading, event: Event) -> None:
    answer = _part(reading, event, Answered)
    if answer.actor is None or answer.key is None:
        raise LineRefused(reading.line, "receipt-differs", "nobody's answer: actor or key is missing")
    if not reading.source:
        reading.source = SOURCE + merkle.EMPTY_ROOT.hex()
    same = _same(reading, f"receipt-{event.receipthash}", event.position, RECEIPT, answer.recorded_at)
    own = Event(**same, receipthash=event.receipthash, data=event.data)
    _check_attributes(reading, event, own, position=str(_position_of(answer)))
    _keep(reading, event, answer.actor, answer.key, answer)


def _position_of(answer: Answered) -> int:
    try:
        return int(msgspec.json.decode(answer.outcome)["position"])
    except (msgspec.MsgspecError, TypeError, KeyError, ValueError):
        return -1


def _keep(reading: _Reading, event: Event, actor: str, key: str, answer: Answered) -> None:
    """Check one answer, and keep it to be written."""
    if (actor, key) in reading.named:
        raise _again(reading.line)
    try:
        row = (actor, key, bytes.fromhex(answer.request_sha256), to_micros(answer.recorded_at), answer.outcome.encode())
    except ValueError as error:
        raise LineRefused(reading.line, "receipt-differs", f"the answer cannot be read: {error}") from error
    own = receipt_hash(*row)
    if own.hex() != event.receipthash:
        raise LineRefused(reading.line, "receipt-differs", "the answer is not the one that was exported")
    reading.named[actor, key] = reading.line
    reading.answers.append(row)
    reading.receipts += 1
    reading.total = together([reading.total.to_bytes(32, "big"), own])


def _again(line: int) -> LineRefused:
    return LineRefused(line, "receipt-again", "this actor's answer under this key was there before")


# The head


def _read_head(reading: _Reading, event: Event) -> None:
    said, head = _part(reading, event, Whole), reading.head
    if not reading.source:
        reading.source = SOURCE + merkle.EMPTY_ROOT.hex()
    found = Whole(
        size=str(head.size),
        root=head.root.hex(),
        receipts=str(reading.receipts),
        receipts_sum=f"{reading.total:064x}",
    )
    if said != found:
        names = [name for name in found.__struct_fields__ if getattr(said, name) != getattr(found, name)]
        what = ", ".join(f"{name} {getattr(found, name)}, not {getattr(said, name)}" for name in names)
        raise LineRefused(reading.line, "head-differs", f"the lines before come to {what}")
    size = str(head.size)
    same = _same(reading, f"head-{size}", size, HEAD, event.time)
    _check_attributes(reading, event, Event(**same, data=event.data))
    if to_micros(event.time) != head.recorded_us:
        raise LineRefused(reading.line, "attribute-differs", "time: not that of the last fact")
    reading.whole = True
