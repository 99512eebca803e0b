"""The clients: so many connections kept alive, each with one request at a time, on bare asyncio protocols.

Plan       where to, as whom, for how long
Answered   what came back
drive      a Plan -> Answered; run it in a process of its own

Every request registers another lead under another idempotency key. Those under way when the time is up are waited for:
they count as answered, but not in the rate. Who is told to come back (503) does so after as long as was said, and its
answer is in no rate and no latency.
"""

import asyncio
import re
from collections import Counter
from time import perf_counter, process_time
from typing import cast

import uvloop
from msgspec import Struct

WARM_S = 0.3
GRACE_S = 30.0
TOLD = 503
COMES_BACK_S = 1.0
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
BODY = (
    b'{"company":"%s","name":"Invented Company Limited","name_zh":"%s","country":"DE","origin":"CIIE_PAVILION",'
    b'"origin_year":2024,"source":"Register of visitors","effective_on":"2026-01-05"}'
)
NAME_ZH = "虚构企业有限公司".encode()
HEAD = (
    b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"
    b"Idempotency-Key: %s\r\nContent-Length: %d\r\n\r\n"
)


class Plan(Struct, frozen=True):
    """`prefix` makes the companies of this run different from those of any other."""

    port: int
    path: str
    token: str
    prefix: str
    seconds: float
    connections: int


class Answered(Struct):
    """`statuses`: every answer by status (0: the connection broke). Latencies in seconds, within the measured time.

    `busy`: the part of one processor that the clients themselves took; near 1 it is they who were measured.
    """

    statuses: dict[int, int]
    latencies: list[float]
    seconds: float
    busy: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    @property
    def acknowledged(self) -> int:
        """2xx answers, warming up and the last ones included."""
        return sum(count for status, count in self.statuses.items() if 200 <= status < 300)

    @property
    def failed(self) -> dict[int, int]:
        """All other answers, but for those who were told to come back."""
        return {status: count for status, count in self.statuses.items() if not 200 <= status < 300 and status != TOLD}

    @property
    def told(self) -> int:
        """How often a client was told to come back: the server was asked for more than it could do soon."""
        return self.statuses.get(TOLD, 0)


class _Run:
    """What the connections share."""

    def __init__(self, plan: Plan, begin: float) -> None:
        self.plan = plan
        self.begin = begin
        self.end = begin + plan.seconds
        self.statuses: Counter[int] = Counter()
        self.latencies: list[float] = []
        self.open = 0
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._path, self._token, self._prefix = plan.path.encode(), plan.token.encode(), plan.prefix.encode()
        self._sent = 0

    def next_request(self) -> bytes:
        self._sent += 1
        company = b"%s-%08d" % (self._prefix, self._sent)
        body = BODY % (company, NAME_ZH)
        return HEAD % (self._path, self._token, company, len(body)) + body

    def answered(self, status: int, sent: float, now: float) -> None:
        self.statuses[status] += 1
        if status != TOLD and sent >= self.begin and now <= self.end:
            self.latencies.append(now - sent)

    def closed(self) -> None:
        self.open -= 1
        if not self.open and not self.over.done():
            self.over.set_result(None)


class _Connection(asyncio.Protocol):
    def __init__(self, run: _Run) -> None:
        self._run = run
        self._received = b""
        self._sent = 0.0
        self._waiting = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own class is no subclass of it
        self._run.open += 1
        self._send(perf_counter())

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        length = LENGTH.search(self._received, 0, end)
        if length is None or len(self._received) < end + 4 + int(length[1]):
            return
        now, status = perf_counter(), int(self._received[9:12])
        self._waiting = False
        self._run.answered(status, self._sent, now)
        self._received = b""
        if status == TOLD:
            asyncio.get_running_loop().call_later(COMES_BACK_S, self._come_back)
        else:
            self._send(now)

    def _come_back(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._send(perf_counter())

    def connection_lost(self, exc: Exception | None) -> None:
        if self._waiting:
            self._run.answered(0, self._sent, perf_counter())
        self._run.closed()

    def _send(self, now: float) -> None:
        assert self._transport is not None, "connected before sending"
        if now >= self._run.end:
            self._transport.close()
            return
        self._sent, self._waiting = now, True
        self._transport.write(self._run.next_request())


async def _drive(plan: Plan) -> Answered:
    run = _Run(plan, perf_counter() + WARM_S)
    loop = asyncio.get_running_loop()
    took = process_time()
    some = range(plan.connections)
    await asyncio.gather(*(loop.create_connection(lambda: _Connection(run), "127.0.0.1", plan.port) for _ in some))
    await asyncio.wait_for(run.over, plan.seconds + WARM_S + GRACE_S)
    busy = (process_time() - took) / (perf_counter() - run.begin + WARM_S)
    return Answered(dict(run.statuses), run.latencies, plan.seconds, busy)


def drive(plan: Plan) -> Answered:
    """Carry the plan out."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_drive(plan))
