"""Whoever would wait too long is told so before anything is read; few commands are always taken, and health is."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest

from api.entrance import admission as entrance
from api.entrance.admission import FEW, QUEUES_S, WAITS_S, Admission
from api.http import deadlines
from api.routes.health.metrics import TurnedAway
from ledger.recording.asking import Recorder

MOST = FEW + 8
COMMAND, FORM = ("POST", "/v1/claims"), ("POST", "/desk/claims")
QUESTION, LOOK, HEALTH = ("GET", "/v1/claims"), ("GET", "/desk/claims"), ("GET", "/health")
LONG = WAITS_S + 0.1


class Queue:
    """A recorder, of which one thing is asked."""

    wait_s = 0.0


class Rush:
    """An application that answers nobody until it is told to, and who asks it."""

    def __init__(self) -> None:
        self.queue = Queue()
        self.go_on = asyncio.Event()
        self.turned_away = TurnedAway()
        self.admission = Admission(self._app, cast(Recorder, self.queue), 2 * MOST, self.turned_away)
        self.tasks: list[asyncio.Task[None]] = []
        self.said: list[list[Any]] = []

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        await self.go_on.wait()
        await send({"type": "http.response.start", "status": 201, "headers": []})

    async def ask(self, kind: tuple[str, str] = COMMAND, *, lain_s: float = 0, whole: bool = True) -> tuple[int, bytes]:
        """Ask, and wait a moment: the status (0: it was taken, and is not answered), and Retry-After."""
        method, path = kind
        scope: Any = {"type": "http", "method": method, "path": path, "headers": [], "state": {"lain_s": lain_s}}
        said: list[Any] = []
        self.said.append(said)
        pieces = [{"type": "http.request", "body": b"{}", "more_body": not whole}]

        async def receive() -> Any:
            if not pieces:
                await asyncio.Event().wait()
            return pieces.pop()

        async def send(message: Any) -> None:
            said.append(message)

        self.tasks.append(asyncio.create_task(self.admission(scope, receive, send)))
        await asyncio.sleep(0)
        if not said:
            return 0, b""
        return said[0]["status"], dict(said[0]["headers"]).get(b"retry-after", b"")

    async def fill(self, to: int, **how: Any) -> None:
        """Have so many under way."""
        for _ in range(to - len(self.tasks)):
            assert await self.ask(**how) == (0, b"")


TAKEN, BUSY = (0, b""), (503, b"1")


@pytest.mark.parametrize(
    ("under_way", "wait_s", "lain_s", "told"),
    [
        (FEW - 1, LONG, LONG, TAKEN),
        (FEW, LONG, 0, BUSY),
        (FEW, 0, LONG, BUSY),
        (FEW, WAITS_S, WAITS_S, TAKEN),
        (MOST - 1, 0, 0, TAKEN),
        (MOST, 0, 0, BUSY),
    ],
)
@pytest.mark.parametrize("kind", [COMMAND, FORM])
def test_which_commands_are_taken(
    kind: tuple[str, str], under_way: int, wait_s: float, lain_s: float, told: tuple[int, bytes]
) -> None:
    async def rush() -> None:
        one = Rush()
        await one.fill(under_way)
        one.queue.wait_s = wait_s
        assert await one.ask(kind, lain_s=lain_s) == told
        assert await one.ask(HEALTH, lain_s=lain_s) == TAKEN
        assert one.turned_away.counts == ({"admission": 1} if told == BUSY else {})

    asyncio.run(rush())


@pytest.mark.parametrize("kind", [QUESTION, LOOK])
@pytest.mark.parametrize(
    ("queue", "lain_s", "told"),
    [
        ((FEW - 1, LONG), LONG, TAKEN),
        ((FEW, 0), WAITS_S, TAKEN),
        ((FEW, 0), LONG, BUSY),
        ((FEW, QUEUES_S), 0, TAKEN),
        ((FEW, QUEUES_S + 0.1), 0, BUSY),
    ],
)
def test_which_questions_are_taken(
    kind: tuple[str, str],
    queue: tuple[int, float],
    lain_s: float,
    told: tuple[int, bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(entrance, "queue", lambda: queue)

    async def rush() -> None:
        one = Rush()
        await one.fill(MOST)
        one.queue.wait_s = LONG
        assert await one.ask(kind, lain_s=lain_s) == told
        assert await one.ask(HEALTH, lain_s=lain_s) == TAKEN

    asyncio.run(rush())


def test_people_are_told_on_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrance, "queue", lambda: (FEW, LONG))

    async def rush() -> None:
        one = Rush()
        await one.ask(LOOK, lain_s=LONG)
        await one.ask(QUESTION, lain_s=LONG)
        page, problem = one.said
        assert (page[0]["status"], dict(page[0]["headers"])[b"content-type"]) == (503, b"text/html; charset=utf-8")
        assert "请返回并稍后再试".encode() in page[1]["body"]
        assert dict(problem[0]["headers"])[b"content-type"] == b"application/problem+json"
        assert {len(said[1]["body"]) for said in one.said} == {
            int(dict(said[0]["headers"])[b"content-length"]) for said in one.said
        }

    asyncio.run(rush())


def test_the_queue_for_a_thread_is_known_and_whoever_gives_up_leaves_it() -> None:
    released = threading.Event()

    async def rush() -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        assert deadlines.queue() == (0, 0)
        begun = threading.Event()

        def held() -> None:
            begun.set()
            released.wait(30)

        first = asyncio.create_task(deadlines.patiently(held))
        while not begun.is_set():
            await asyncio.sleep(0)
        assert deadlines.queue() == (0, 0)
        second = asyncio.create_task(deadlines.patiently(lambda: None))
        await asyncio.sleep(0)
        assert deadlines.queue()[0] == 1
        second.cancel()
        await asyncio.wait([second])
        assert deadlines.queue() == (0, 0)
        released.set()
        await first

    asyncio.run(rush())


def test_whoever_sends_slowly_takes_nobodys_place() -> None:
    async def rush() -> None:
        one = Rush()
        await one.fill(2 * MOST, whole=False)
        assert await one.ask() == TAKEN

    asyncio.run(rush())


def test_whoever_is_answered_makes_room() -> None:
    async def rush() -> None:
        one = Rush()
        await one.fill(MOST)
        assert await one.ask() == BUSY
        one.go_on.set()
        await asyncio.gather(*one.tasks)
        assert await one.ask() != BUSY

    asyncio.run(rush())
