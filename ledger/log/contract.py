"""The log through `eventsourcing`'s DCBRecorder contract: for the package's own tools and tests, under the same seal.

Store          read, append, subscribe
Subscription   the package's pulling thread, woken by our appends
to_event       a stored envelope as one of the package's events
"""

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from eventsourcing.dcb.api import (
    DCBAppendCondition,
    DCBEvent,
    DCBQuery,
    DCBQueryItem,
    DCBReadResponse,
    DCBRecorder,
    DCBSequencedEvent,
)
from eventsourcing.dcb.persistence import DCBListenNotifySubscription
from eventsourcing.persistence import IntegrityError, ProgrammingError
from sqlalchemy import ColumnElement, Select, and_, or_, select, true

from ledger.decider import By, all_facts
from ledger.log.database import Database, fact, fact_tag
from ledger.log.envelope import encode, from_micros, to_micros
from ledger.log.store import Sealed, lock_head, read_head, seal, write

RECORDER = By(actor="recorder", role="system", method="library")


class _Data(msgspec.Struct):
    fact: str
    base64: bytes | None = None


class _Stored(msgspec.Struct):
    tags: list[str]
    data: msgspec.Raw


_stored = msgspec.json.Decoder(_Stored)
_data = msgspec.json.Decoder(_Data)


def to_event(envelope: bytes) -> DCBEvent:
    """A stored envelope as the package's event: its data is the fact's JSON, or the bytes that were given."""
    stored = _stored.decode(envelope)
    data = _data.decode(stored.data)
    return DCBEvent(type=data.fact, data=bytes(stored.data) if data.base64 is None else data.base64, tags=stored.tags)


class Response(DCBReadResponse):
    """The events that matched, and the head they were read at."""

    def __init__(self, events: Iterator[DCBSequencedEvent], head: int | None) -> None:
        self._events = events
        self._head = head

    @property
    def head(self) -> int | None:
        """The log's head where no limit was given; else the last event's position."""
        return self._head

    def __next__(self) -> DCBSequencedEvent:
        return next(self._events)


class Store(DCBRecorder):
    """The log as a DCBRecorder: for the package's own tools and tests, under the same seal and the same head."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._listeners: set[threading.Event] = set()

    def read(
        self, query: DCBQuery | None = None, *, after: int | None = None, limit: int | None = None
    ) -> DCBReadResponse:
        """See the contract. The head is read before the rows, so a conflict can only be seen twice, never missed."""
        with self.database.views.connect() as connection:
            head = read_head(connection).size
            rows = connection.execute(_matching(query, after, limit).where(fact.c.position <= head)).all()
        events = [DCBSequencedEvent(event=to_event(row.envelope), position=row.position) for row in rows]
        last = events[-1].position if events else None
        return Response(iter(events), (head or None) if limit is None else last)

    def append(self, events: Sequence[DCBEvent], condition: DCBAppendCondition | None = None) -> int:
        """Seal and insert events unless the condition matches; the last position. Raises IntegrityError."""
        if not events:
            raise ProgrammingError("append needs at least one event")
        with self.database.log.begin() as connection:
            head = lock_head(connection)
            if condition is not None:
                conflict = _matching(condition.fail_if_events_match, condition.after, 1)
                if connection.execute(conflict).first() is not None:
                    raise IntegrityError(condition)
            sealed = Sealed()
            for event in events:
                now = max(to_micros(datetime.now(UTC)), head.recorded_us)
                envelope = _envelope(event, head.size + 1, now)
                seal(sealed, head, name=event.type, tags=event.tags, recorded_us=now, envelope=envelope)
            write(connection, sealed, head)
        for listener in tuple(self._listeners):
            listener.set()
        return head.size

    def subscribe(self, query: DCBQuery | None = None, *, after: int | None = None) -> "Subscription":
        """Recorded events, then new ones as this recorder appends them."""
        return Subscription(self, query=query, after=after)

    def listen(self, event: threading.Event) -> None:
        """Set `event` after each append through this recorder."""
        self._listeners.add(event)

    def unlisten(self, event: threading.Event) -> None:
        """Stop setting `event`."""
        self._listeners.discard(event)


class Subscription(DCBListenNotifySubscription[Store]):
    """The package's pulling thread, woken by our appends."""

    def __init__(self, recorder: Store, query: DCBQuery | None = None, after: int | None = None) -> None:
        super().__init__(recorder=recorder, query=query, after=after)
        recorder.listen(self._has_been_notified)

    def stop(self) -> None:
        """Stop pulling."""
        super().stop()
        self._recorder.unlisten(self._has_been_notified)


def _envelope(event: DCBEvent, position: int, recorded_us: int) -> bytes:
    """One of our facts is embedded as it stands; any other bytes are carried as base64."""
    if event.type in all_facts():
        data: object = msgspec.Raw(event.data)
    else:
        data = {"fact": event.type, "base64": event.data}
    at = from_micros(recorded_us)
    head = {"position": position, "recorded_at": at, "by": RECORDER, "command": "append", "tags": event.tags}
    return encode({**head, "data": data})


def _matching(query: DCBQuery | None, after: int | None, limit: int | None) -> Select[Any]:
    statement = select(fact.c.position, fact.c.envelope).where(fact.c.position > (after or 0)).order_by(fact.c.position)
    if query is not None and query.items:
        statement = statement.where(or_(*map(_item, query.items)))
    return statement if limit is None else statement.limit(limit)


def _item(item: DCBQueryItem) -> ColumnElement[bool]:
    tagged = (fact.c.position.in_(select(fact_tag.c.position).where(fact_tag.c.tag == tag)) for tag in item.tags)
    typed = [fact.c.name.in_(item.types)] if item.types else []
    return and_(true(), *typed, *tagged)
