"""Light and steady load for a time: what each process of a server holds by the minute, which must not grow.

slope     MB a minute of a line through what was held, by least squares
steady    the part: a server of its own on SQLite, asked a little
"""

import asyncio
from collections.abc import Sequence
from time import monotonic

import psutil
import uvloop

from benchmarks.append import make_key, serving
from benchmarks.ground import MB, places
from tests.torture.overload import BODY, HEAD
from tests.torture.part import Part

A_SECOND = 20
"""So many commands are recorded each second, and as many questions asked."""
CONNECTIONS = 4
SAMPLE_S, EACH_MINUTE = 10.0, 6
WARM_S = 120.0
"""What is held at first grows with what is loaded and kept for the first time; it is not looked at."""
AIM_MB = 1.0
"""More than so many a minute is a leak."""
QUESTIONS = (b"/v1/claims?limit=20", b"/v1/companies?limit=20", b"/v1/reports/trial-balance", b"/v1/history?limit=20")
ASKED = b"GET %s HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer %s\r\n\r\n"


def slope(held: Sequence[tuple[float, float]]) -> float:
    """How many MB a minute it grows by: (seconds, MB) each."""
    seconds = sum(at for at, _ in held) / len(held)
    much = sum(mb for _, mb in held) / len(held)
    spread = sum((at - seconds) ** 2 for at, _ in held)
    return 60 * sum((at - seconds) * (mb - much) for at, mb in held) / spread if spread else 0.0


async def _asking(port: int, token: bytes, part: Part, which: int, end: float) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    number, due = which, monotonic()
    while (now := monotonic()) < end:
        await asyncio.sleep(max(0.0, due - now))
        due += CONNECTIONS / A_SECOND
        body = BODY % (number, number)
        question = ASKED % (QUESTIONS[number // CONNECTIONS % len(QUESTIONS)], token)
        for said in (HEAD % (token, number, len(body)) + body, question):
            writer.write(said)
            head = await reader.readuntil(b"\r\n\r\n")
            (length,) = [line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            await reader.readexactly(int(length))
            answered = head[9:12].decode()
            part.counts[answered] = part.counts.get(answered, 0) + 1
        number += CONNECTIONS
    writer.close()


async def _looked(end: float) -> dict[str, list[tuple[float, float]]]:
    begun = monotonic()
    processes = {f"{one.pid} {_called(one)}": one for one in psutil.Process().children(recursive=True)}
    held: dict[str, list[tuple[float, float]]] = {name: [] for name in processes}
    while monotonic() < end:
        for name, one in processes.items():
            if one.is_running():
                held[name].append((monotonic() - begun, one.memory_full_info().uss / MB))
        await asyncio.sleep(SAMPLE_S)
    return held


def _called(process: psutil.Process) -> str:
    said: list[str] = process.cmdline()
    return next((one for one in said[1:] if "." in one and "/" not in one), str(process.name()))


def steady(part: Part, end: float, _: int) -> None:
    """Ask until the time is up; then look at the slope of each process. A round is a minute that was looked at."""
    with places("sqlite") as (place,):
        token, _keys = make_key(place.where)

        async def both(port: int) -> dict[str, list[tuple[float, float]]]:
            async with asyncio.TaskGroup() as asking:
                for which in range(CONNECTIONS):
                    asking.create_task(_asking(port, token.encode(), part, which, end))
                return await _looked(end)

        with serving(place) as port, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            held = runner.run(both(port))
    held = {name: some for name, some in held.items() if len(some) > 1}
    part.rounds = int(max([0.0, *((some[-1][0] - WARM_S) / 60 for some in held.values())]))
    for name, some in held.items():
        part.counts |= {f"{name}, MB at minute {at}": round(mb) for at, (_, mb) in enumerate(some[::EACH_MINUTE])}
        grows = slope([one for one in some if one[0] > WARM_S] or some)
        part.longest_s[f"{name}, MB a minute"] = round(grows, 2)
        if part.rounds >= part.enough and grows > AIM_MB:
            part.lost.append(f"grows: {name} by {grows:.2f} MB a minute")
