"""GET /v1/facts/stream: facts as they are recorded, for as long as a program listens (server-sent events).

stream_route   its route
Streams        how many listen, all together and each caller; Listening: one who does

An event is a fact: its `id` the position, its `data` the sealed envelope as GET /v1/facts/{position} has it. Positions
have no gaps, so whoever comes again with the last one as `Last-Event-ID` misses none and gets none twice. Comments keep
the line alive; an event `end` says why it ends. No more is read than the client has taken.
"""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct
from sqlalchemy import Connection, select

from api.http.answers import bytes_withheld, chosen
from api.http.auth import KeyRing
from api.http.deadlines import in_time
from api.http.operations import ADMINS, READERS, Operation, route
from api.http.parameters import parameter_invalid, query_of
from api.http.problems import Fault, Problem
from api.http.reading import Position
from api.http.requests import AnyRequest, by_of, header
from api.settings import Settings
from ledger.decider import By
from ledger.log import store
from ledger.log.database import Database, fact
from projections.engine.following import Standing

if TYPE_CHECKING:
    from litestar.handlers import HTTPRouteHandler

EVENTS = "text/event-stream"
AT_ONCE = 100
"""Facts that are read at once: what is held for a client at most."""
AGAIN_MS = 2000
"""When a client comes again after its stream has ended."""
LAST_EVENT = b"last-event-id"
_POSITION = re.compile(r"[0-9]{1,18}", re.ASCII)


class StreamQuery(Struct, frozen=True, kw_only=True):
    """The position after which facts are wanted."""

    after: Annotated[
        Position | None,
        Meta(description="Facts after this position, 0 for all; else those recorded from now on. Last-Event-ID wins."),
    ] = None


class Happening(Struct, frozen=True, kw_only=True):
    """An event: a fact's position and its envelope; or `end`, whose data say after which position, and why."""

    data: str
    id: str | None = None
    event: Literal["message", "end"] = "message"


class Streams:
    """The number of those who listen: `streams_max` at once, one caller to half of them."""

    def __init__(self, settings: Settings) -> None:
        self._most = settings.streams_max
        self._of: Counter[str] = Counter()

    @contextmanager
    def one_more(self, caller: str) -> Iterator[None]:
        """Count one who listens, while they do. Raises Problem where there are too many."""
        if self._of.total() >= self._most or self._of[caller] >= max(1, self._most // 2):
            raise Problem("busy", "Too many listen already; ask again shortly.", headers={"Retry-After": "15"})
        self._of[caller] += 1
        try:
            yield
        finally:
            self._of[caller] -= 1
            self._of += Counter()  # forgets those who do not listen


class Listening:
    """One stream. `after`: the position of the last fact that was sent; `there`: the log's size as it began, which is
    told whole, however long that takes."""

    def __init__(self, database: Database, standing: Standing, ring: KeyRing, settings: Settings, by: By) -> None:
        self.after = 0
        self.there = 0
        self._database = database
        self._standing = standing
        self._ring = ring
        self._settings = settings
        self._by = by
        self._moved = asyncio.Event()
        self._seen = 0
        self._closing = False

    def close(self) -> None:
        """End the stream: the server stops."""
        self._closing = True
        self._moved.set()

    async def events(self, streams: Streams) -> AsyncGenerator[bytes]:
        """The stream, piece by piece, each read once the one before it was taken. Raises Problem at once, or never."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._settings.stream_seconds_max

        def tell() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._moved.set)

        with streams.one_more(self._by.actor), self._standing.telling(tell):
            yield b"retry: %d\nid: %d\n: facts after %d\n\n" % (AGAIN_MS, self.after, self.after)
            while (why := await self._why_end()) is None:
                self._seen = self._standing.position
                try:
                    some = await in_time(self._next)
                except Problem as problem:
                    why = problem.detail
                    break
                if some:
                    yield some
                if loop.time() > until and self.after >= self.there:
                    why = "the stream was open for its time; come again"
                    break
                if not some and await self._silent():
                    yield b": listening\n\n"
            yield b"event: end\ndata: " + msgspec.json.encode({"after": self.after, "detail": why}) + b"\n\n"

    async def _why_end(self) -> str | None:
        """Say why no more is sent; None where there is more to come."""
        if self._closing:
            return "the service is stopping; come again"
        if self._by.method == "api-key":
            await self._ring.freshen()
            key = self._ring.keys.get(self._by.token or "")
            if key is None or not key.valid(self._settings.today()):
                return "the key opens nothing any more"
        elif self._by.token in self._ring.barred:
            return "whoever asks may not come in any more"
        return None

    def _next(self) -> bytes:
        """The facts after the last one, a few of them. Raises Problem where one of them is missing."""
        with self._database.views.connect() as connection:
            rows = _facts(connection, self.after)
        pieces = []
        for position, stored in rows:
            if position != self.after + 1:
                raise Problem("not-found", f"No fact is at position {self.after + 1}: `mcsc verify` says more.")
            shown = stored if self._by.role in ADMINS else bytes_withheld(stored)
            pieces.append(b"id: %d\ndata: %s\n\n" % (position, shown))
            self.after = position
        return b"".join(pieces)

    async def _silent(self) -> bool:
        """Wait until something may have been recorded; tell whether nothing was, for so long that it is to be said."""
        try:
            async with asyncio.timeout(self._settings.stream_heartbeat_seconds):
                while not (self._closing or self._standing.position > self._seen):
                    await self._moved.wait()
                    self._moved.clear()
        except TimeoutError:
            return True
        return False


def _facts(connection: Connection, after: int) -> list[tuple[int, bytes]]:
    wanted = select(fact.c.position, fact.c.envelope).where(fact.c.position > after).order_by(fact.c.position)
    return [(row.position, bytes(row.envelope)) for row in connection.execute(wanted.limit(AT_ONCE))]


def stream_route(database: Database, standing: Standing, ring: KeyRing, settings: Settings) -> "HTTPRouteHandler":
    """The route of facts as they are recorded."""
    from litestar import Response
    from litestar.response import Stream

    streams = Streams(settings)

    def size() -> int:
        with database.views.connect() as connection:
            return store.read_head(connection).size

    async def handler(request: AnyRequest) -> Response[Any]:
        chosen(request.scope, (EVENTS,))
        query, by = query_of(request, StreamQuery), by_of(request.scope)
        listening = Listening(database, standing, ring, settings, by)
        listening.there = await in_time(size)
        listening.after = _begin(header(request.scope, LAST_EVENT), query.after, listening.there)
        headers = {"Cache-Control": "private, no-store", "Vary": "Authorization, Accept", "X-Accel-Buffering": "no"}
        if request.scope["method"] == "HEAD":
            return Response(b"", media_type=EVENTS, headers=headers)
        events = listening.events(streams)
        first = await anext(events)
        ends: list[Callable[[], None]] = request.scope["state"].setdefault("at_closing", [])
        return Stream(_until_closed(first, events, listening.close, ends), media_type=EVENTS, headers=headers)

    operation = Operation(
        name="follow-facts",
        summary="Facts as they are recorded, as server-sent events. `id` is the position; whoever sends the last one"
        " as Last-Event-ID goes on behind it. An event `end` says why a stream ends.",
        group="audit",
        roles=READERS,
        query=StreamQuery,
        follows=True,
        answers={200: ("An event for each fact: its envelope as /v1/facts/{position} has it.", {EVENTS: Happening})},
        problems=("not-acceptable", "parameter-invalid", "header-invalid", "busy", "unavailable"),
    )
    return route("GET", "/v1/facts/stream", operation, handler)


async def _until_closed(
    first: bytes, following: AsyncGenerator[bytes], close: Callable[[], None], ends: list[Callable[[], None]]
) -> AsyncIterator[bytes]:
    """The stream; `ends`: what the server calls when it stops."""
    ends.append(close)
    try:
        yield first
        async with aclosing(following):
            async for piece in following:
                yield piece
    finally:
        ends.remove(close)


def _begin(last: str | None, after: int | None, size: int) -> int:
    """The position after which a stream begins. Raises Problem where so many facts are not recorded."""
    detail = f"{size:,} facts are recorded; say the position of one of them, or 0"
    if last is None:
        if after is not None and after > size:
            raise parameter_invalid("after", detail)
        return size if after is None else after
    if not _POSITION.fullmatch(last) or int(last) > size:
        raise Problem("header-invalid", f"Last-Event-ID: {detail}.", errors=[Fault(detail, header="Last-Event-ID")])
    return int(last)
