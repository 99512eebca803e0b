"""The whole log as CloudEvents 1.0, one JSON document for each fact: to hand over, to move, to read elsewhere.

Event       an event's attributes; its data holds the sealed envelope as text, so that programs that parse and write
            events again (and round numbers, and drop microseconds) leave every byte of it as it was hashed
exported    every event from a position on, in pieces: constant memory, short transactions, one head
FORMS       how events stand one after the other: NDJSON, and the batch form of the standard
receipt_hash, together   what the answers that were given come to: each by itself, and all, in any order

Facts come in order, each with the answer (receipt) of its command where that bore a key; then answers that recorded
nothing; then the head: how many facts, their root, how many answers. Without the head it is not whole. The same facts
give the same lines from either database. NDJSON is no mode of the CloudEvents standard: every line is an event in its
JSON format.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, select, tuple_

from ledger.log import merkle, store
from ledger.log.database import Database, fact, receipt
from ledger.log.envelope import from_micros
from ledger.log.verify import Altered

ROWS = 512
"""Facts, or receipts, read at once."""
SOURCE = "urn:mcsc:ledger:"
"""Before the leaf hash of a ledger's first fact, by which it is the same ledger wherever it is kept."""
RECEIPT, HEAD = "mcsc.receipt", "mcsc.head"
SUM = 1 << 256


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """An event: CloudEvents' attributes, and ours.

    position     where the fact stands (a text: CloudEvents' integers end at 2^31)
    tags         what the fact is about, a space between two; subject: the first of them
    leafhash     the hash of the envelope as a leaf (RFC 6962), hexadecimal
    receipthash  receipt_hash() of the answer that comes with it
    """

    specversion: str
    id: str
    source: str
    type: str
    time: datetime
    datacontenttype: str
    position: str
    subject: str | None = None
    tags: str | None = None
    leafhash: str | None = None
    receipthash: str | None = None
    data: Any


class Answered(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The answer to a command that bore a key. actor, key: missing where the fact beside it says them."""

    actor: str | None = None
    key: str | None = None
    request_sha256: str
    recorded_at: datetime
    outcome: str


class SealedData(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A fact: its envelope, as the text that was hashed."""

    envelope: str
    receipt: Answered | None = None


class Whole(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The sum of the lines before: facts, root, answers."""

    size: str
    root: str
    receipts: str
    receipts_sum: str


class NotSoLong(Exception):
    """So many facts are not recorded."""


class _By(Struct, gc=False):
    actor: str


class _Seen(Struct, gc=False):
    recorded_at: str
    by: _By
    tags: list[str]
    key: str | None = None


class _Outcome(Struct):
    position: int
    facts: list[Any] = []


_seen = msgspec.json.Decoder(_Seen)
_outcome = msgspec.json.Decoder(_Outcome)
encode = msgspec.json.Encoder().encode


def receipt_hash(actor: str, key: str, request: bytes, recorded_us: int, outcome: bytes) -> bytes:
    """The hash of an answer, with whose it is and to what."""
    return sha256(encode([actor, key, request.hex(), recorded_us, outcome.decode()])).digest()


def together(hashes: Iterable[bytes]) -> int:
    """Add hashes up, in any order: databases sort texts each in their own."""
    return sum(int.from_bytes(one, "big") for one in hashes) % SUM


# Out


def exported(database: Database, first: int = 1) -> Iterator[list[bytes]]:
    """Every event from position `first` on, as of the head at the start, in pieces of some hundred.

    Answers that recorded nothing come whole, whatever `first` is. Raises NotSoLong; Altered where a row cannot be read.
    """
    with database.views.connect() as connection:
        head = store.read_head(connection)
        leaf = connection.execute(select(fact.c.nodes).where(fact.c.position == 1)).scalar()
    if first > head.size + 1:
        raise NotSoLong(f"{head.size:,} facts are recorded; none stands at position {first:,}")
    source = SOURCE + (bytes(leaf[: merkle.HASH_BYTES]) if leaf else merkle.EMPTY_ROOT).hex()
    for after in range(first - 1, head.size, ROWS):
        with database.views.connect() as connection:
            yield _facts(connection, source.encode(), after, min(after + ROWS, head.size))
    count, total = 0, 0
    place: tuple[str, str] | None = ("", "")
    while place is not None:
        with database.views.connect() as connection:
            rows, place = _receipts(connection, place, head.size)
            told = _told(connection, [row for row, outcome in rows if outcome.facts])
        hashes = [_hash_of(row) for row, _ in rows]
        count, total = count + len(rows), (total + together(hashes)) % SUM
        yield [
            _receipt_event(source, row, outcome.position, own)
            for (row, outcome), own in zip(rows, hashes, strict=True)
            if told.get(outcome.position if outcome.facts else 0) != (row.actor, row.key)
        ]
    yield [_head_event(source, head, count, total)]


_LINE = (
    b'{"specversion":"1.0","id":"%d","source":"%b","type":%b,"time":%b,"datacontenttype":"application/json",'
    b'"position":"%d"%b,"leafhash":"%b"%b,"data":{"envelope":%b%b}}'
)
"""An Event of a fact as encode() would write it, in half the time: with the log's whole length that counts."""


def _facts(connection: Connection, source: bytes, after: int, up_to: int) -> list[bytes]:
    rows = _read(connection, after, up_to)
    try:
        return list(_lines(connection, source, rows))
    except (msgspec.MsgspecError, UnicodeDecodeError, TypeError) as error:
        raise Altered(after + 1, f"a fact from here to {up_to} cannot be read: {error}") from error


def _lines(connection: Connection, source: bytes, rows: Sequence[tuple[Any, ...]]) -> Iterator[bytes]:
    seen = [_seen.decode(envelope) for _, _, envelope, _ in rows]
    keys = {(one.by.actor, one.key) for one in seen if one.key is not None}
    answers = _answers(connection, keys) if keys else {}
    for (position, name, envelope, nodes), one in zip(rows, seen, strict=True):
        about = receipthash = beside = b""
        if one.tags:
            about = b',"subject":%b,"tags":%b' % (encode(one.tags[0]), encode(" ".join(one.tags)))
        if one.key is not None and (answer := answers.get((one.by.actor, one.key, position))) is not None:
            receipthash = b',"receipthash":"%b"' % _hash_of(answer).hex().encode()
            beside = b',"receipt":%b' % encode(_answered(answer))
        leaf, text = nodes[: merkle.HASH_BYTES].hex().encode(), encode(str(envelope, "utf-8"))
        kind, time = encode(name), encode(one.recorded_at)
        yield _LINE % (position, source, kind, time, position, about, leaf, receipthash, text, beside)


def _read(connection: Connection, after: int, up_to: int) -> list[tuple[Any, ...]]:
    """Position, name, envelope and hashes, from the driver itself: rows of SQLAlchemy's take longer to make."""
    columns, among = "position, name, envelope, nodes", f"position > {after} AND position <= {up_to}"
    query = f"SELECT {columns} FROM fact WHERE {among} ORDER BY position"  # noqa: S608 - our own names and numbers
    driver: Any = connection.connection.driver_connection
    rows = driver.execute(query, binary=True) if connection.dialect.name == "postgresql" else driver.execute(query)
    found: list[tuple[Any, ...]] = rows.fetchall()
    return found


def _answers(connection: Connection, keys: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str, int], Row[Any]]:
    """The receipts of commands that recorded facts, by actor, key and the position of the last of these."""
    by_actor: dict[str, set[str]] = {}
    for actor, key in keys:
        by_actor.setdefault(actor, set()).add(key)
    rows = [
        row
        for actor, wanted in by_actor.items()
        for row in store.WHOLE_RECEIPTS.execute(connection, wanted, actor=actor)
    ]
    return {(row.actor, row.key, _decided(row).position): row for row in rows if _decided(row).facts}


def _receipts(
    connection: Connection, after: tuple[str, str], size: int
) -> tuple[list[tuple[Row[Any], _Outcome]], tuple[str, str] | None]:
    """The receipts after one, in the database's own order, of what was decided on so many facts; the last of them."""
    own = (receipt.c.actor, receipt.c.key)
    query = select(receipt).where(tuple_(*own) > tuple_(*after)).order_by(*own).limit(ROWS)
    rows = connection.execute(query).all()
    place = (rows[-1].actor, rows[-1].key) if len(rows) == ROWS else None
    decided = [(row, _decided(row)) for row in rows]
    return [(row, outcome) for row, outcome in decided if outcome.position <= size], place


def _told(connection: Connection, rows: Sequence[Row[Any]]) -> dict[int, tuple[str, str | None]]:
    """By whom and under which key the facts were recorded beside which these receipts were exported."""
    positions = {_decided(row).position for row in rows}
    query = select(fact.c.position, fact.c.envelope).where(fact.c.position.in_(positions))
    seen = [(row.position, _seen.decode(row.envelope)) for row in connection.execute(query)]
    return {position: (one.by.actor, one.key) for position, one in seen}


def _decided(row: Row[Any]) -> _Outcome:
    try:
        return _outcome.decode(row.outcome)
    except msgspec.MsgspecError as error:
        raise Altered(0, f"the receipt of {row.actor} under {row.key} cannot be read: {error}") from error


def _hash_of(row: Row[Any]) -> bytes:
    return receipt_hash(row.actor, row.key, bytes(row.request_sha256), row.recorded_us, bytes(row.outcome))


def _answered(row: Row[Any], **whose: str) -> Answered:
    return Answered(
        request_sha256=row.request_sha256.hex(),
        recorded_at=from_micros(row.recorded_us),
        outcome=row.outcome.decode(),
        **whose,
    )


def _receipt_event(source: str, row: Row[Any], position: int, own: bytes) -> bytes:
    return encode(
        Event(
            specversion="1.0",
            id=f"receipt-{own.hex()}",
            source=source,
            type=RECEIPT,
            time=from_micros(row.recorded_us),
            datacontenttype="application/json",
            position=str(position),
            receipthash=own.hex(),
            data=_answered(row, actor=row.actor, key=row.key),
        )
    )


def _head_event(source: str, head: store.Head, count: int, total: int) -> bytes:
    return encode(
        Event(
            specversion="1.0",
            id=f"head-{head.size}",
            source=source,
            type=HEAD,
            time=from_micros(head.recorded_us),
            datacontenttype="application/json",
            position=str(head.size),
            data=Whole(size=str(head.size), root=head.root.hex(), receipts=str(count), receipts_sum=f"{total:064x}"),
        )
    )


# Forms


def ndjson(pieces: Iterable[list[bytes]]) -> Iterator[bytes]:
    """A line for each event."""
    for lines in pieces:
        if lines:
            yield b"\n".join(lines) + b"\n"


def batch(pieces: Iterable[list[bytes]]) -> Iterator[bytes]:
    """One JSON array of all events: CloudEvents' batch form."""
    before = b"["
    for lines in pieces:
        if lines:
            yield before + b",\n".join(lines)
            before = b",\n"
    yield b"]\n"


FORMS: Mapping[str, Callable[[Iterable[list[bytes]]], Iterator[bytes]]] = MappingProxyType(
    {"application/x-ndjson": ndjson, "application/cloudevents-batch+json": batch}
)
"""By media type."""
