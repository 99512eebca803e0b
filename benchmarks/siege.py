"""What others notice of a hostile client: an ordinary client's waits, alone and beside it, in turn.

alone      one client that reads (GET /v1/companies) and records (POST /v1/companies), one after the other
siege      the same beside 300 connections whose head never ends, and 50 with a key whose body never ends
lines      the same beside 4 that send 16 MiB of one-character lines and as many bad lines as are taken, again and again

How a connection of the siege ended, after how long, and what the server and its recorder held at most, is printed too.
"""

import asyncio
import sys
import threading
from collections import Counter
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from statistics import quantiles
from time import perf_counter
from typing import Any

import psutil
from msgspec import Struct

from benchmarks.append import Failed, make_key, serving
from benchmarks.ground import MB, Figure, Place, apart, arguments, compared, machine, number, places, say, show, table

HALF_OPEN, SLOW_BODIES, LINERS = 300, 50, 4
DRIP_S = 0.25
AIM_P99, AIM_MB, AIM_S = 2, 300, 30
ENDING_S = 40.0
READ = b"GET /v1/companies?limit=20 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n"
POST = (
    b"POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nIdempotency-Key: %s\r\nContent-Type: %s\r\n"
    b"Content-Length: %d\r\n\r\n"
)
LEAD = b'{"company":"%s","name":"Invented Limited","country":"DE","origin":"DIRECT","effective_on":"2026-01-05"}'
TINY_LINES = b"1\n" * (8 << 20)
BAD_LINES = b"1\n" * 100_000


class Waits(Struct):
    """Seconds that each request of the ordinary client took."""

    read: list[float] = []
    record: list[float] = []


# The ordinary client


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
    await reader.readexactly(int(fields[b"content-length"]))
    return int(head.split(b" ", 2)[1])


async def _ordinary(port: int, token: str, prefix: str, seconds: float) -> Waits:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    waits, end, at = Waits(), perf_counter() + seconds, 0
    while perf_counter() < end:
        name = f"{prefix}-{at}".encode()
        lead = LEAD % name
        post = POST % (b"/v1/companies", token.encode(), name, b"application/json", len(lead)) + lead
        for taken, said in ((waits.read, READ % token.encode()), (waits.record, post)):
            begun = perf_counter()
            writer.write(said)
            status = await _answer(reader)
            if status not in (200, 201):
                raise Failed(f"the ordinary client was answered {status}")
            taken.append(perf_counter() - begun)
        at += 1
    writer.close()
    return waits


def ordinary(port: int, token: str, prefix: str, seconds: float) -> Waits:
    """Ask and record for so long."""
    return asyncio.run(_ordinary(port, token, prefix, seconds))


# The hostile ones


async def _drip(port: int, head: bytes, ends: list[tuple[int, float]]) -> None:
    """Say a head, then a byte now and then, until the server ends it; then again. 0: it ended without a word."""
    while True:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        begun = perf_counter()
        writer.write(head)
        said = asyncio.create_task(reader.read())
        while not said.done():
            writer.write(b"a")
            await asyncio.wait([said], timeout=DRIP_S)
        answer = b"" if said.exception() else said.result()
        ends.append((int(answer.split(b" ", 2)[1]) if answer else 0, perf_counter() - begun))
        writer.close()


async def _lines(port: int, token: str, number: int) -> None:
    for at in range(sys.maxsize):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        body = BAD_LINES if at % 4 else TINY_LINES
        key = b"%d-%d" % (number, at)
        try:
            writer.write(POST % (b"/v1/commands", token.encode(), key, b"application/x-ndjson", len(body)) + body)
            while (
                (some := await reader.read(1 << 16)) and not some.endswith(b"0\r\n\r\n") and b" 413 " not in some[:20]
            ):
                pass
        except ConnectionError:
            pass
        writer.close()


async def _hostile(kind: str, port: int, token: str, ends: list[tuple[int, float]]) -> None:
    half = b"GET /v1/companies HTTP/1.1\r\nHost: x\r\nX-Slow: "
    slow = POST % (b"/v1/companies", token.encode(), b"slow", b"application/json", 100_000)
    some: list[Coroutine[Any, Any, None]]
    if kind == "siege":
        some = [_drip(port, half, ends) for _ in range(HALF_OPEN)] + [
            _drip(port, slow, ends) for _ in range(SLOW_BODIES)
        ]
    else:
        some = [_lines(port, token, number) for number in range(LINERS)]
    await asyncio.gather(*some)


def hostile(kind: str, port: int, token: str, told: "Connection[Any, Any]") -> None:
    """Be hostile until told to end; then tell how the server ended it."""
    ends: list[tuple[int, float]] = []

    async def until_told() -> None:
        being = asyncio.create_task(_hostile(kind, port, token, ends))
        await asyncio.sleep(2)
        told.send("in place")
        await asyncio.to_thread(told.recv)
        being.cancel()

    asyncio.run(until_told())
    told.send(ends)


@contextmanager
def beside(kind: str, port: int, token: str, ends: list[tuple[int, float]], lasting: float = 0) -> Iterator[None]:
    """While they are hostile in a process of their own; `lasting`: how long they stay afterwards."""
    if kind == "alone":
        yield
        return
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=hostile, args=(kind, port, token, theirs), daemon=True)
    process.start()
    assert ours.recv() == "in place"
    yield
    if lasting:
        threading.Event().wait(lasting)
    ours.send("end")
    ends += ours.recv()
    process.join()


# Measuring


@dataclass(slots=True)
class Measured:
    """Round by round, by what was beside."""

    waits: dict[str, list[Waits]] = field(default_factory=lambda: {"alone": [], "siege": [], "lines": []})
    ends: list[tuple[int, float]] = field(default_factory=list)
    peak_mb: float = 0.0

    def percentile_ms(self, kind: str, what: str, percent: int) -> list[float]:
        """A percentile of the ordinary client's waits, round by round."""
        return [quantiles(getattr(waits, what), n=100)[percent - 1] * 1000 for waits in self.waits[kind]]


@contextmanager
def watched(measured: Measured) -> Iterator[None]:
    """Keep the most memory that the server and its recorder held together."""
    mine = ("benchmarks.served.server", "api.recorder.process")
    served = [one for one in psutil.Process().children(recursive=True) if set(mine) & set(one.cmdline())]
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            held = sum(one.memory_info().rss for one in served) / MB
            measured.peak_mb = max(measured.peak_mb, held)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def measure(place: Place, rounds: int, seconds: float, ending: float = ENDING_S) -> Measured:
    """All in turn, round by round; `ending`: how long the siege then stays. Raises Failed."""
    token, _ = make_key(place.where)
    measured = Measured()
    with serving(place) as port, watched(measured):
        for at in range(rounds):
            for kind in measured.waits:
                lasting = ending if kind == "siege" and at == rounds - 1 else 0
                with beside(kind, port, token, measured.ends, lasting):
                    waits = apart(ordinary, port, token, f"{kind}-{at}", seconds).value
                measured.waits[kind].append(waits)
                say(f"siege, {place.kind}: {kind} {at + 1} of {rounds}: {len(waits.read)} reads and commands")
    return measured


def figures(place: Place, measured: Measured) -> list[Figure]:
    """Each percentile beside the hostile ones against the same alone."""
    return [
        compared(
            f"siege/{place.kind}/{kind}-{what}-p{percent}",
            "ms",
            measured.percentile_ms(kind, what, percent),
            measured.percentile_ms("alone", what, percent),
        )
        for kind in ("siege", "lines")
        for what in ("read", "record")
        for percent in (50, 99)
    ] + [Figure(f"siege/{place.kind}/peak-memory", measured.peak_mb, "MB", AIM_MB, measured.peak_mb / AIM_MB)]


def rows(place: Place, measured: Measured) -> Iterator[list[str]]:
    """A line for each figure, with its aim."""
    for figure in figures(place, measured):
        assert figure.ratio is not None, "each is compared"
        most = 1 if figure.unit == "MB" else AIM_P99
        aim = f"≤ {most} {'met' if figure.ratio <= most else 'missed'}" if "p50" not in figure.name else ""
        name = figure.name.removeprefix("siege/").replace("/", " ")
        yield [name, number(figure.value), number(figure.floor), number(figure.ratio), aim]


def endings(measured: Measured) -> str:
    """How the server ended what did not end by itself."""
    counted = ", ".join(
        f"{count} with {status}" for status, count in sorted(Counter(s for s, _ in measured.ends).items())
    )
    longest = max((seconds for _, seconds in measured.ends), default=0.0)
    return f"ended by the server: {counted}; the last after {longest:.1f} s (aim ≤ {AIM_S})"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; 1 where the run proves nothing."""
    meaning, ending = "how long the ordinary client asks in each round", "how long the last siege stays, to be ended"
    chosen = arguments(argv, __doc__, "seconds", 6.0, meaning, ending=(ENDING_S, ending))
    with places(chosen.database) as some:
        try:
            found = [(place, measure(place, chosen.rounds, chosen.seconds, chosen.ending)) for place in some]
        except Failed as failure:
            say(str(failure))
            return 1
        spent = f"medians of {chosen.rounds} rounds of {chosen.seconds:g} s in turn"
        lines = [f"siege: {HALF_OPEN} half-open, {SLOW_BODIES} slow bodies; {spent}; {machine(some)}", ""]
    head = ["", "beside", "alone, aim", "ratio", "aim"]
    lines += table(head, [row for place, measured in found for row in rows(place, measured)])
    lines += ["", *(f"{place.kind}: {endings(measured)}" for place, measured in found)]
    show([figure for each in found for figure in figures(*each)], lines, as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
