"""Twice the load that a server can take: it accepts what it can in time, and says 503 to the rest at once.

capacity    clients that ask again as soon as they are answered: how many a second are recorded
offered     so many a second, each on time, whether or not the ones before were answered
overload    the part: both, and an audit of what was acknowledged
"""

import asyncio
import re
from collections.abc import Callable
from time import monotonic, perf_counter
from typing import cast

import uvloop
from msgspec import Struct

from benchmarks.append import make_key, serving
from benchmarks.ground import apart, places, quantile
from ledger.log.database import Database
from tests.torture.part import Part, wrong

CLIENTS = 64
TIMES = 2
AIM_S = 1.0
WARM_S, MEASURE_S = 1.0, 4.0
TICK_S = 0.005
PATIENCE_S = 10.0
"""Whoever is not answered by then is not answered."""
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
POSITION = re.compile(rb'"position":(\d+)')
RETRY = re.compile(rb"\r\nretry-after: *\d+\r\n", re.IGNORECASE)
BODY = (
    b'{"claim":"claim-%d","subject":"Park (demo)","claimed_on":"2024-01-01","statement":"statement %d (demo)",'
    b'"source":"an invented source","effective_on":"2024-01-01"}'
)
HEAD = (
    b"POST /v1/claims HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"
    b"Idempotency-Key: k-%d\r\nContent-Length: %d\r\n\r\n"
)
QUESTION = b"GET %s HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer %s\r\n\r\n"


class Load(Struct, frozen=True):
    """Who asks, for how long, beginning at which number; `a_second`: so many, or none: as soon as each is answered.

    question   the address that is read; else each one records
    """

    port: int
    token: str
    first: int
    seconds: float
    a_second: float | None = None
    question: str | None = None


class Met(Struct):
    """What became of them: position and wait of each one accepted, waits of those told 503; what else was said."""

    accepted: dict[int, tuple[int, float]] = {}
    busy: list[float] = []
    otherwise: list[str] = []
    asked: int = 0
    late_s: float = 0


class Clients:
    """The clients: each connection has one request at a time, and there are as many as are needed."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.met = Met()
        self.idle: list[Client] = []
        self.under_way = 0
        self.then: Callable[[], None] | None = None

    def ask(self) -> None:
        """Ask for the next one, on a connection that has nothing to do, or on a new one."""
        number = self.load.first + self.met.asked
        self.met.asked += 1
        self.under_way += 1
        if self.idle:
            self.idle.pop().ask(number, perf_counter())
        else:
            self.anew(number, perf_counter())

    def anew(self, number: int, since: float) -> None:
        """Ask on a new connection: also where an idle one ended just as it was asked (RFC 9112 §9.3.1)."""
        asyncio.get_running_loop().create_task(self._anew(number, since))

    async def _anew(self, number: int, since: float) -> None:
        loop = asyncio.get_running_loop()
        try:
            _, client = await loop.create_connection(lambda: Client(self), "127.0.0.1", self.load.port)
        except OSError as error:
            self.answered(number, since, f"not connected: {error}".encode())
        else:
            client.ask(number, since)

    def answered(self, number: int, since: float, said: bytes) -> None:
        """Take in an answer, or what came in place of one."""
        took = perf_counter() - since
        self.under_way -= 1
        if said[9:12] == b"201" and (at := POSITION.search(said)):
            self.met.accepted[number] = int(at[1]), took
        elif said[9:12] == b"200" and self.load.question is not None:
            self.met.accepted[number] = 0, took
        elif said[9:12] == b"503" and RETRY.search(said):
            self.met.busy.append(took)
        else:
            self.met.otherwise.append(said[:300].decode(errors="replace"))
        if self.then:
            self.then()


class Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._asked: tuple[int, float] | None = None
        self._said = b""
        self._answers = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own class is no subclass of it

    def ask(self, number: int, since: float) -> None:
        """Ask for this one. A server that has too many connections may have answered before."""
        self._asked = number, since
        if self._said:
            self.data_received(b"")
            return
        if self._clients.load.question is not None:
            question = self._clients.load.question.encode()
            self._transport.write(QUESTION % (question, self._clients.load.token.encode()))
            return
        body = BODY % (number, number)
        self._transport.write(HEAD % (self._clients.load.token.encode(), number, len(body)) + body)

    def data_received(self, data: bytes) -> None:
        """See asyncio."""
        self._said += data
        if self._asked is None:
            if self in self._clients.idle:
                self._leave()  # told unasked, which is the end of it
            return
        end = self._said.find(b"\r\n\r\n")
        length = LENGTH.search(self._said, 0, end) if end >= 0 else None
        if length is None or len(self._said) < end + 4 + int(length[1]):
            return
        said, asked, self._said, self._asked = self._said, self._asked, b"", None
        self._answers += 1
        if b"\r\nconnection: close" in said[:end].lower():
            self._transport.close()
        else:
            self._clients.idle.append(self)
        self._clients.answered(*asked, said)

    def _leave(self) -> None:
        if self in self._clients.idle:
            self._clients.idle.remove(self)
        self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio."""
        self._leave()
        if self._asked is not None:
            asked, self._asked = self._asked, None
            if self._answers and not self._said:
                self._clients.anew(*asked)
            else:
                self._clients.answered(*asked, self._said or f"cut off: {exc}".encode())


async def _run(load: Load) -> Met:
    clients = Clients(load)
    begun = perf_counter()
    if load.a_second is None:
        clients.then = lambda: clients.ask() if perf_counter() < begun + load.seconds else None
        for _ in range(CLIENTS):
            clients.ask()
    while (passed := perf_counter() - begun) < load.seconds:
        if load.a_second is not None:
            clients.met.late_s = max(clients.met.late_s, passed - clients.met.asked / load.a_second)
            while clients.met.asked < passed * load.a_second:
                clients.ask()
        await asyncio.sleep(TICK_S)
    until = perf_counter() + PATIENCE_S
    while clients.under_way and perf_counter() < until:
        await asyncio.sleep(TICK_S)
    clients.met.otherwise += ["not answered"] * clients.under_way
    return clients.met


def driven(load: Load) -> Met:
    """Carry it out; in a process of its own."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_run(load))


def overload(part: Part, end: float, _: int) -> None:
    """A server of its own: how much it records, then TIMES as much offered until the time is up, then the audit."""
    with places("sqlite") as (place,):
        token, _keys = make_key(place.where)
        acknowledged, first, waits, busy = dict[int, int](), 0, list[float](), list[float]()
        otherwise = 0
        with serving(place) as port:
            for seconds in (WARM_S, MEASURE_S):
                met: Met = apart(driven, Load(port, token, first, seconds)).value
                first += met.asked
                acknowledged |= {number: at for number, (at, _) in met.accepted.items()}
            rate = len(met.accepted) / MEASURE_S
            while part.rounds == 0 or monotonic() < end:
                seconds = max(5.0, min(20.0, end - monotonic() - PATIENCE_S))
                met = apart(driven, Load(port, token, first, seconds, TIMES * rate)).value
                first += met.asked
                acknowledged |= {number: at for number, (at, _) in met.accepted.items()}
                waits += [wait for _, wait in met.accepted.values()]
                busy += met.busy
                otherwise += len(met.otherwise)
                part.rounds += 1
        database = Database(place.where)
        part.lost += wrong(database, acknowledged)
        database.close()
    part.counts = {"a second": round(rate), "accepted": len(waits), "told 503": len(busy)}
    part.counts |= {"cut off or not answered": otherwise, "acknowledged": len(acknowledged)}
    part.longest_s = {
        "accepted, p99": round(quantile(waits, 0.99), 2),
        "told 503, p99": round(quantile(busy or [0], 0.99), 2),
    }
    part.aims_s = {"accepted, p99": AIM_S}
