"""The whole log as CloudEvents 1.0, one JSON document for each fact: to hand over, to move, to read elsewhere.

Event       an event's attributes; its data holds the sealed envelope as text, so that programs that parse and write
            events again (and round numbers, and drop microseconds) leave every byte of it as it was hashed
exported    every event from a position on, in pieces: constant memory, short transactions, one head
FORMS       how events stand one after the other: NDJSON, and the batch form of the standard

Facts come in order, each with the answer (receipt) of its command where that bore a key; then answers that recorded
nothing, in order. Every answer bears its number: its place in the receipts' own tree, where a refusal may stand between
two facts. Then the head: how many facts and answers, and the root of either tree. Without the head it is not whole. The
same log gives the same lines from either database. NDJSON is no mode of the CloudEvents standard: every line is an
event in its JSON format.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from sqlalchemy import Connection, Row, select

from ledger.log import merkle, store
from ledger.log.database import Database, fact, receipt
from ledger.log.envelope import from_micros
from ledger.log.verify import Altered

ROWS = 512
"""Facts, or receipts, read at once."""
SOURCE = "urn:mcsc:ledger:"
"""Before the leaf hash of a ledger's first fact, by which it is the same ledger wherever it is kept."""
RECEIPT, HEAD = "mcsc.receipt", "mcsc.head"


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """An event: CloudEvents' attributes, and ours.

    position     where the fact stands (a text: CloudEvents' integers end at 2^31)
    tags         what the fact is about, a space between two; subject: the first of them
    leafhash     the hash of the envelope as a leaf (RFC 6962), hexadecimal
    receipthash  the hash of the answer that comes with it, as a leaf of the receipts' tree; receiptnumber: which leaf
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
    receiptnumber: str | None = None
    data: Any


class Answered(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """The answer to a command that bore a key. actor, key: missing where the fact beside it says them.

    number   its place among all answers, from 1
    """

    number: Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,17}$(?!\n)")]
    actor: str | None = None
    key: str | None = None
    request_sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
    recorded_at: datetime
    outcome: str


class SealedData(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A fact: its envelope, as the text that was hashed."""

    envelope: str
    receipt: Answered | None = None


class Whole(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The sum of the lines before: facts and their root, answers and theirs."""

    size: str
    root: str
    receipts: str
    receipts_root: str


class NotSoLong(Exception):
    """So many facts are not recorded."""


class _By(Struct, gc=False):
    actor: str


class _Seen(Struct, gc=False):
    recorded_at: datetime
    by: _By
    tags: list[str]
    key: str | None = None


class _Outcome(Struct):
    position: int
    facts: list[Any] = []


_seen = msgspec.json.Decoder(_Seen)
_outcome = msgspec.json.Decoder(_Outcome)
_json = msgspec.json.Encoder()


# Out


def exported(database: Database, first: int = 1) -> Iterator[list[Event]]:
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
            yield _facts(connection, source, after, min(after + ROWS, head.size), answered=head.receipts > 0)
    for after in range(0, head.receipts, ROWS):
        with database.views.connect() as connection:
            yield _answers_alone(connection, source, after, min(after + ROWS, head.receipts))
    yield [_head_event(source, head)]


def _facts(connection: Connection, source: str, after: int, up_to: int, *, answered: bool) -> list[Event]:
    rows = _read(connection, after, up_to)
    try:
        seen = [_seen.decode(envelope) for _, _, envelope, _ in rows]
        keys = {(one.by.actor, one.key) for one in seen if one.key is not None} if answered else set()
        answers = _answers(connection, keys) if keys else {}
        return [_fact_event(source, row, one, answers) for row, one in zip(rows, seen, strict=True)]
    except (msgspec.MsgspecError, UnicodeDecodeError, TypeError) as error:
        raise Altered(after + 1, f"a fact from here to {up_to} cannot be read: {error}") from error


def _fact_event(
    source: str, row: tuple[Any, ...], seen: _Seen, answers: Mapping[tuple[str, str, int], Row[Any]]
) -> Event:
    number, name, envelope, nodes = row
    position, tags = str(number), seen.tags
    answer = answers.get((seen.by.actor, seen.key, number)) if answers and seen.key is not None else None
    return Event(
        specversion="1.0",
        id=position,
        source=source,
        type=name,
        time=seen.recorded_at,
        datacontenttype="application/json",
        position=position,
        subject=tags[0] if tags else None,
        tags=" ".join(tags) if tags else None,
        leafhash=bytes(nodes[: merkle.HASH_BYTES]).hex(),
        receipthash=None if answer is None else _hash_of(answer).hex(),
        receiptnumber=None if answer is None else str(answer.number),
        data=SealedData(envelope=str(envelope, "utf-8"), receipt=None if answer is None else _answered(answer)),
    )


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


def _answers_alone(connection: Connection, source: str, after: int, up_to: int) -> list[Event]:
    """Receipts by their numbers: those that did not come beside a fact."""
    among = (receipt.c.number > after, receipt.c.number <= up_to)
    rows = connection.execute(select(receipt).where(*among).order_by(receipt.c.number)).all()
    decided = [(row, _decided(row)) for row in rows]
    told = _told(connection, {outcome.position for _, outcome in decided if outcome.facts})
    return [
        _receipt_event(source, row, outcome.position)
        for row, outcome in decided
        if told.get(outcome.position if outcome.facts else 0) != (row.actor, row.key)
    ]


def _told(connection: Connection, positions: set[int]) -> dict[int, tuple[str, str | None]]:
    """By whom and under which key these facts were recorded."""
    if not positions:
        return {}
    query = select(fact.c.position, fact.c.envelope).where(fact.c.position.in_(positions))
    seen = [(row.position, _seen.decode(row.envelope)) for row in connection.execute(query)]
    return {position: (one.by.actor, one.key) for position, one in seen}


def _decided(row: Row[Any]) -> _Outcome:
    try:
        return _outcome.decode(row.outcome)
    except msgspec.MsgspecError as error:
        raise Altered(None, f"its outcome cannot be read: {error}", receipt=row.number) from error


def _hash_of(row: Row[Any]) -> bytes:
    return store.receipt_leaf(row.actor, row.key, row.request_sha256, row.recorded_us, row.outcome)


def _answered(row: Row[Any], **whose: str) -> Answered:
    return Answered(
        number=str(row.number),
        request_sha256=row.request_sha256.hex(),
        recorded_at=from_micros(row.recorded_us),
        outcome=row.outcome.decode(),
        **whose,
    )


def _receipt_event(source: str, row: Row[Any], position: int) -> Event:
    return Event(
        specversion="1.0",
        id=f"receipt-{row.number}",
        source=source,
        type=RECEIPT,
        time=from_micros(row.recorded_us),
        datacontenttype="application/json",
        position=str(position),
        receipthash=_hash_of(row).hex(),
        receiptnumber=str(row.number),
        data=_answered(row, actor=row.actor, key=row.key),
    )


def _head_event(source: str, head: store.Head) -> Event:
    return Event(
        specversion="1.0",
        id=f"head-{head.size}",
        source=source,
        type=HEAD,
        time=from_micros(head.recorded_us),
        datacontenttype="application/json",
        position=str(head.size),
        data=whole(head),
    )


def whole(head: store.Head) -> Whole:
    """Sum up a log."""
    return Whole(
        size=str(head.size),
        root=head.root.hex(),
        receipts=str(head.receipts),
        receipts_root=head.receipts_root.hex(),
    )


# Forms


def ndjson(pieces: Iterable[list[Event]]) -> Iterator[bytes]:
    """A line for each event."""
    return filter(None, map(_json.encode_lines, pieces))


def batch(pieces: Iterable[list[Event]]) -> Iterator[bytes]:
    """One JSON array of all events: CloudEvents' batch form."""
    before = b"["
    for events in pieces:
        if events:
            yield before + b",\n".join(map(_json.encode, events))
            before = b",\n"
    yield b"]\n"


FORMS: Mapping[str, Callable[[Iterable[list[Event]]], Iterator[bytes]]] = MappingProxyType(
    {"application/x-ndjson": ndjson, "application/cloudevents-batch+json": batch}
)
"""By media type."""
