"""A log that was exported, read into a ledger that is still empty: the same envelopes and answers, so the same roots.

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
receipt-again         the same answer, or another under its number, a second time
head-differs          the lines do not come to what the head says
head-missing          the file ends without it

Answers stand beside their facts, where readers look for them, and are sealed in the order of their numbers: until the
head has come they wait in a temporary file.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count, islice
from typing import Any, Protocol, TypeVar

import msgspec
from sqlalchemy import Connection

from ledger.log import events, merkle, store
from ledger.log.database import Database
from ledger.log.envelope import Entry, UnknownFact, decode, decode_index, to_micros
from ledger.log.events import HEAD, RECEIPT, SOURCE, Answered, Event, SealedData, Whole, whole
from ledger.log.verify import Altered, Verified, verify_here

LINES = 512
"""Lines written at once."""
LONGEST = 1 << 24
"""Bytes of a line."""

T = TypeVar("T")
Progress = Callable[[int], None]


class Source(Protocol):
    """Lines to be read: a file, or a log on its way."""

    def readline(self, longest: int, /) -> bytes:
        """The next line, or as much of it; empty at the end."""


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
    database: Database, lines: Source, *, expect: dict[int, str] | None = None, progress: Progress = lambda read: None
) -> Verified:
    """Read an export into an empty ledger and prove it there, in one transaction; what it holds now.

    expect     roots written down elsewhere, hexadecimal, by size
    progress   is told how many bytes are read
    Raises NotEmpty, LineRefused, Altered.
    """
    with database.log.begin() as connection, closing(_Answers()) as answers:
        head = store.lock_head(connection)
        if head.size or head.receipts:
            raise NotEmpty(f"{database.display_name} holds {head.size:,} facts; a log is imported into an empty ledger")
        reading, numbered = _Reading(head, answers, expect or {}), enumerate(_lines(lines), 1)
        while some := list(islice(numbered, LINES)):
            _take(connection, reading, some)
            progress(sum(len(line) for _, line in some))
        if not reading.ended:
            raise LineRefused(reading.line + 1, "head-missing", "the file ends without its head: it was cut short")
        if missing := [size for size in reading.expect if size > head.size]:
            raise Altered(None, f"a root is known of {max(missing)} facts, but only {head.size} are here")
        return verify_here(connection)


def _lines(source: Source) -> Iterator[bytes]:
    while line := source.readline(LONGEST):
        yield line


class _Answers:
    """The answers read so far, on the disk where they are many: SQLite's own temporary file, gone when it is closed."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None)
        self._file.execute(
            "CREATE TABLE answer (number INTEGER PRIMARY KEY, actor TEXT, key TEXT, request_sha256 BLOB,"
            " recorded_us INTEGER, outcome BLOB, UNIQUE (actor, key))"
        )
        self._file.execute("BEGIN")

    def keep(self, number: int, row: store.Receipt) -> bool:
        """Keep an answer; False where its number is taken, or the actor has one under this key."""
        try:
            self._file.execute("INSERT INTO answer VALUES (?, ?, ?, ?, ?, ?)", (number, *row))
        except sqlite3.IntegrityError:
            return False
        return True

    def in_order(self) -> Iterator[list[store.Receipt]]:
        """Every answer by its number, some at a time, up to the first number that is missing."""
        rows = self._file.execute("SELECT * FROM answer ORDER BY number")
        for first in count(1, LINES):
            some = [row[1:] for number, row in enumerate(rows.fetchmany(LINES), first) if row[0] == number]
            if some:
                yield some
            if len(some) < LINES:
                return

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


@dataclass(slots=True)
class _Reading:
    """The part of a file that is read: its head so far, and its answers; `ended`: the line that says what it is."""

    head: store.Head
    answers: _Answers
    expect: dict[int, str]
    line: int = 0
    source: str = ""
    sealed: store.Sealed = field(default_factory=store.Sealed)
    ended: Event | None = None


def _take(connection: Connection, reading: _Reading, some: list[tuple[int, bytes]]) -> None:
    """Read some lines and write the facts in them; with the head, the answers as well."""
    reading.sealed = store.Sealed()
    for number, line in some:
        if reading.ended:
            what = "the head is the last line, and something stands after it"
            raise LineRefused(number, "after-the-head", what)
        reading.line = number
        _read(reading, line)
    store.write(connection, reading.sealed, reading.head)
    if reading.ended:
        for answers in reading.answers.in_order():
            store.write(connection, store.Sealed(), reading.head, answers)
        _check_head(reading, reading.ended)


def _read(reading: _Reading, line: bytes) -> None:
    event = _decoded(reading, _event, line)
    match event.type:
        case events.HEAD:
            reading.ended = event
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
        receiptnumber=event.receiptnumber,
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
    parts = (data.receipt, event.receipthash, event.receiptnumber)
    if data.receipt is None and parts == (None, None, None):
        return
    if data.receipt is None or None in parts:
        raise LineRefused(reading.line, "receipt-differs", "the answer to the command, its hash or number is missing")
    if entry.key is None or data.receipt.actor is not None or data.receipt.key is not None:
        raise LineRefused(reading.line, "receipt-differs", "this answer belongs to no command of this fact")
    _keep(reading, event, entry.by.actor, entry.key, data.receipt)


def _read_receipt(reading: _Reading, event: Event) -> None:
    answer = _part(reading, event, Answered)
    if answer.actor is None or answer.key is None:
        raise LineRefused(reading.line, "receipt-differs", "nobody's answer: actor or key is missing")
    if not reading.source:
        reading.source = SOURCE + merkle.EMPTY_ROOT.hex()
    same = _same(reading, f"receipt-{answer.number}", event.position, RECEIPT, answer.recorded_at)
    own = Event(**same, receipthash=event.receipthash, receiptnumber=answer.number, data=event.data)
    _check_attributes(reading, event, own, position=str(_position_of(answer)))
    _keep(reading, event, answer.actor, answer.key, answer)


def _position_of(answer: Answered) -> int:
    try:
        return int(msgspec.json.decode(answer.outcome)["position"])
    except (msgspec.MsgspecError, TypeError, KeyError, ValueError):
        return -1


def _keep(reading: _Reading, event: Event, actor: str, key: str, answer: Answered) -> None:
    """Check one answer, and keep it to be written."""
    try:
        row = (actor, key, bytes.fromhex(answer.request_sha256), to_micros(answer.recorded_at), answer.outcome.encode())
    except ValueError as error:
        raise LineRefused(reading.line, "receipt-differs", f"the answer cannot be read: {error}") from error
    if (store.receipt_leaf(*row).hex(), answer.number) != (event.receipthash, event.receiptnumber):
        raise LineRefused(reading.line, "receipt-differs", "the answer is not the one that was exported")
    if not reading.answers.keep(int(answer.number), row):
        what = f"this actor's answer under this key, or another with the number {answer.number}, was there before"
        raise LineRefused(reading.line, "receipt-again", what)


# The head


def _check_head(reading: _Reading, event: Event) -> None:
    """Hold the head against what was read and sealed."""
    said, found, size = _part(reading, event, Whole), whole(reading.head), str(reading.head.size)
    if said != found:
        names = [name for name in found.__struct_fields__ if getattr(said, name) != getattr(found, name)]
        what = ", ".join(f"{name} {getattr(found, name)}, not {getattr(said, name)}" for name in names)
        raise LineRefused(reading.line, "head-differs", f"the lines before come to {what}")
    source = reading.source or SOURCE + merkle.EMPTY_ROOT.hex()
    same = _same(reading, f"head-{size}", size, HEAD, event.time) | {"source": source}
    _check_attributes(reading, event, Event(**same, data=event.data))
    if to_micros(event.time) != reading.head.recorded_us:
        raise LineRefused(reading.line, "attribute-differs", "time: not that of the last fact")
