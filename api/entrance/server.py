"""A server that says when it serves, comes back when it is told to end, and waits for nobody for ever.

Announcing  uvicorn's server
Guarded     uvicorn's HTTP/1.1 with the limits that it lacks; by itself (`uvicorn --http
            api.entrance.server:Guarded`) with the settings' defaults
configured  the application and its settings -> what uvicorn runs

uvicorn can refuse whoever comes once so many are connected, and close a connection that is idle between two requests.
A head that never ends, one without measure, and an answer that nobody takes it waits for: that is what Guarded adds.
Its `limit_concurrency` is left alone, since it would refuse those who come to please those who do nothing.

What a client sends, in the order in which it is held to limits:

    connection   arriving.py: where many wait to be connected, some are told at once to come back (503);
                 connections_max: where there are too many, the one goes that has been silent longest (503)
    command      admission.py: one that would wait too long is told so at once (503), and its connection stays
    head         head_seconds_max (408), head_bytes_max (431), PIPELINED
    body         bodies.py: how long it takes (408), how much all bodies hold together (503); the route: its size (413)
    answer       unread_seconds_max: whoever does not take it is cut off; one that would go on for good ends when the
                 server stops
"""

import asyncio
import fcntl
import os
import signal
import sys
import termios
from collections.abc import Callable
from socket import IPPROTO_TCP, socket
from typing import Any, ClassVar

import msgspec
import uvicorn
from litestar import Litestar
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from api.entrance.arriving import Arrivals
from api.http.problems import KINDS, MEDIA_TYPE, Problem
from api.routes.health.metrics import TurnedAway
from api.settings import Settings

FIELD_BYTES = 32
"""What a header field counts beyond its name and value, as in HTTP/2 (RFC 9113 §6.5.2): many small ones hold much."""
BACKLOG = 4096
"""So many may wait to be connected, as far as the system lets them (Linux: net.core.somaxconn, 4096)."""
PIPELINED = 32
"""Requests that may wait on a connection while one is answered."""
TCP_INFO, LAST_DATA_RECEIVED = 11, slice(52, 56)
"""Of a connection, as Linux counts (linux/tcp.h): the milliseconds since something came last."""
LEAVING_S = 2.0
"""So long is read, and thrown away, what comes from a client that was turned away, until it hangs up."""


class Announcing(uvicorn.Server):
    """Calls `announce` with its port once requests are taken; run() returns after SIGINT and SIGTERM."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[int], None]) -> None:
        super().__init__(config)
        self._announce = announce
        self._connecting: set[asyncio.Task[Any]] = set()

    def run(self, sockets: list[socket] | None = None) -> None:
        """See uvicorn. It raises the signal that ended it once more, which would end the process before its parts."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        super().run(sockets)

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """See uvicorn."""
        await super().startup(sockets)
        if self.started:
            bound = self.servers[0].sockets[0]
            self._listening = socket(fileno=os.dup(bound.fileno()))
            self._listening.setblocking(False)
            turned_away = getattr(self.config.http_protocol_class, "turned_away", None) or TurnedAway()
            self._arrivals = Arrivals(self._listening, turned_away, plain=not self.config.is_ssl)
            asyncio.get_running_loop().add_reader(self._listening, self._accept)
            self._announce(bound.getsockname()[1])

    def _accept(self) -> None:
        """Take those who wait to be connected, beside the one that uvloop takes."""
        loop = asyncio.get_running_loop()
        for connection in self._arrivals.take():
            task = loop.create_task(loop.connect_accepted_socket(self._protocol, connection))
            self._connecting.add(task)
            task.add_done_callback(self._connecting.discard)

    def _protocol(self) -> asyncio.Protocol:
        made: Callable[..., asyncio.Protocol] = self.config.http_protocol_class
        return made(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """See uvicorn. Answers that nobody takes it would leave open, and uvloop fails to close over them."""
        asyncio.get_running_loop().remove_reader(self._listening)
        self._listening.close()
        await super().shutdown(sockets)
        for connection in (*self.server_state.connections, *getattr(self.config.http_protocol_class, "leaving", ())):
            connection.transport.abort()
        await asyncio.sleep(0)


def configured(app: Litestar, settings: Settings, **options: Any) -> uvicorn.Config:
    """Configure uvicorn for the application. No WebSocket: it would be a door without these limits."""
    own = {"limits": settings, "silent": {}, "leaving": {}, "turned_away": app.state.turned_away}
    http = type("Guarded", (Guarded,), own)
    return uvicorn.Config(
        app, http=http, ws="none", access_log=False, log_level="warning", lifespan="on", backlog=BACKLOG, **options
    )


class Guarded(HttpToolsProtocol):
    """One connection.

    silent    the connections that owe us the rest of a request, the one first that has owed it longest
    leaving   those that were turned away, and have not hung up
    """

    limits: ClassVar[Settings] = Settings()
    silent: ClassVar[dict["Guarded", None]] = {}
    leaving: ClassVar[dict["Guarded", asyncio.TimerHandle]] = {}
    turned_away: ClassVar[TurnedAway] = TurnedAway()

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._head_timer: asyncio.TimerHandle | None = None
        self._unread_timer: asyncio.TimerHandle | None = None
        self._head_bytes = 0  # of this request's address and fields
        self._unparsed = 0  # bytes that came since the parser last made something of them
        self._in_head = True  # a new connection too: whoever connects wants to ask
        self._wrong: Problem | None = None
        self._at_closing: list[Callable[[], None]] = []  # what ends an answer that would go on for good

    # Connections

    def connection_made(self, transport: Any) -> None:
        """See asyncio. The transport is any loop's: uvloop's is no asyncio.Transport."""
        super().connection_made(transport)
        self._await_head()
        if len(self.connections) > self.limits.connections_max:
            self.turned_away.add("connections")
            next(iter(self.silent)).turn_away(_busy())  # this newest one, where no other is silent

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio."""
        self._disarm()
        self.silent.pop(self, None)
        if (end := self.leaving.pop(self, None)) is not None:
            end.cancel()
        self._taken()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """See uvicorn: the server stops."""
        for end in self._at_closing:
            end()
        super().shutdown()

    # Heads

    def _await_head(self) -> None:
        """The whole head of a request comes in time from here, or none will."""
        self.silent.setdefault(self)
        self._disarm()
        self._head_timer = self.loop.call_later(self.limits.head_seconds_max, self._head_is_late)

    def _disarm(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_is_late(self) -> None:
        if self._idle and not self._in_head:
            self.timeout_keep_alive_handler()
            return
        seconds = self.limits.head_seconds_max
        self.turn_away(Problem("request-timeout", f"The head of a request did not come within {seconds:g} seconds."))

    def timeout_keep_alive_handler(self) -> None:
        """See uvicorn: it is idle. What was asked meanwhile is answered, though nobody has read it yet: where turns of
        the loop are long, it lies there, and closing over it would end the connection without a word."""
        if not self._goes and not self._unread():
            self.transport.close()

    def _unread(self) -> bool:
        """Tell whether something lies in the system's queue that nobody has read."""
        counted = fcntl.ioctl(self.transport.get_extra_info("socket").fileno(), termios.FIONREAD, bytes(4))
        return counted != bytes(4)

    def data_received(self, data: bytes) -> None:
        """See asyncio."""
        if self in self.leaving:
            return
        most = self.limits.head_bytes_max
        for start in range(0, len(data), most):
            piece = data[start : start + most]
            self._unparsed += len(piece)
            super().data_received(piece)
            if self._unparsed > most:
                self.turn_away(self._too_large())
            if self._goes:
                break

    def _count(self, size: int) -> None:
        """Count what a head holds: its address, its fields, and those that follow a body in pieces."""
        self._unparsed = 0
        self._head_bytes += size
        if self._head_bytes > self.limits.head_bytes_max:
            self._wrong = self._too_large()
            raise self._wrong  # ends the parsing: send_400_response is called

    def _too_large(self) -> Problem:
        most = self.limits.head_bytes_max
        return Problem("head-too-large", f"The head of a request may hold {most:,} bytes, {FIELD_BYTES} more a field.")

    def on_message_begin(self) -> None:
        """See uvicorn."""
        self._head_bytes = 0
        self._in_head = True
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """See uvicorn."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """See uvicorn."""
        self._count(len(name) + len(value) + FIELD_BYTES)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """See uvicorn."""
        self._disarm()
        self._unparsed = 0
        self._in_head = False
        self.scope["state"] |= {"lain_s": self._lain_s(), "at_closing": self._at_closing}
        super().on_headers_complete()
        if len(self.pipeline) > PIPELINED:
            raise ValueError("so many requests are not asked at once")

    def _lain_s(self) -> float:
        """Seconds for which this request lay in the system's queues before it was read; 0 where nobody counts them."""
        if sys.platform != "linux":
            return 0
        counted = self.transport.get_extra_info("socket").getsockopt(IPPROTO_TCP, TCP_INFO, LAST_DATA_RECEIVED.stop)
        return int.from_bytes(counted[LAST_DATA_RECEIVED], sys.byteorder) / 1000

    # Bodies

    def on_body(self, body: bytes) -> None:
        """See uvicorn."""
        self._unparsed = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """See uvicorn."""
        self._unparsed = 0
        self.silent.pop(self, None)
        super().on_message_complete()

    # Answers

    def on_response_complete(self) -> None:
        """See uvicorn. What is left of a body that nobody wanted to read has as long as the next head."""
        super().on_response_complete()
        if not self._goes and self.cycle.response_complete:
            self._await_head()

    def pause_writing(self) -> None:
        """See asyncio."""
        super().pause_writing()
        self._taken()
        self._unread_timer = self.loop.call_later(self.limits.unread_seconds_max, self.transport.abort)

    def resume_writing(self) -> None:
        """See asyncio."""
        self._taken()
        super().resume_writing()

    def _taken(self) -> None:
        if self._unread_timer is not None:
            self._unread_timer.cancel()
            self._unread_timer = None

    # Turning away

    def send_400_response(self, msg: str) -> None:
        """See uvicorn: what came is no request."""
        self.turn_away(self._wrong or Problem("bad-request", KINDS["bad-request"][1]))

    @property
    def _idle(self) -> bool:
        """Nothing is asked or answered on it; by the time that the client hears of it, it may have asked."""
        return self.cycle is not None and self.cycle.response_complete and not self.cycle.more_body

    @property
    def _goes(self) -> bool:
        return self in self.leaving or self.transport.is_closing()

    def turn_away(self, problem: Problem) -> None:
        """End the connection; say why, where something was asked and it cannot be taken for a part of an answer."""
        if self._goes:
            return
        self._disarm()
        cycle = self.cycle
        if self._in_head or self._idle:
            heard = cycle is None or cycle.response_complete
        else:
            heard = not (cycle.response_started or self.pipeline)
        if heard:
            self.transport.write(self._written(problem))
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True  # whoever answers is told, and what they say goes nowhere
            cycle.message_event.set()
        self.pipeline.clear()
        self._leave()

    def _leave(self) -> None:
        """Say no more, and wait until the client hangs up: closing over what was not read resets the connection, and
        the client may never see what it was told."""
        self.silent.pop(self, None)
        self.connections.discard(self)
        self.transport.write_eof()
        self.leaving[self] = self.loop.call_later(LEAVING_S, self.transport.close)
        if len(self.leaving) > self.limits.connections_max // 2:
            first = next(iter(self.leaving))  # it had longest to hear
            self.leaving.pop(first).cancel()
            first.transport.close()

    def _written(self, problem: Problem) -> bytes:
        body = msgspec.json.encode(problem.document(None))
        fields = [
            *self.server_state.default_headers,
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            (b"connection", b"close"),
            *((name.encode(), value.encode()) for name, value in problem.headers.items()),
        ]
        head = b"".join(b"%s: %s\r\n" % field for field in fields)
        return STATUS_LINE[problem.status] + head + b"\r\n" + body


def _busy() -> Problem:
    return Problem("busy", "Too many are connected; ask again shortly.", headers={"Retry-After": "1"})
