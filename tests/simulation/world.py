"""The clock of a simulation, and what happens when.

World      what is to happen, in order of time; one random number generator; a line for each thing that happened
Killed     the process in which this is raised is gone at that moment
Found      something does not hold that must
"""

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

BEGAN = datetime(2026, 6, 1, tzinfo=UTC)


class Killed(BaseException):
    """The process is gone. Not an Exception, so that no code of a process that is gone goes on."""


class Found(BaseException):
    """Something does not hold that must. Not an Exception, so that no code looked at can take it for its own."""


class World:
    """Time and chance. `story` says what happened, a line each."""

    def __init__(self, seed: int) -> None:
        self.seed, self.chance = seed, Random(seed)
        self.time = 0.0
        self.story: list[str] = []
        self._coming: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = 0

    def seconds(self) -> float:
        """Seconds since the beginning, by a clock that nobody can set."""
        return self.time

    def instant(self, ahead: timedelta = timedelta(0)) -> datetime:
        """The time of day by a clock that is so far ahead."""
        return BEGAN + timedelta(seconds=round(self.time, 6)) + ahead

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        """Let something happen so many seconds from now."""
        self._numbers += 1
        heapq.heappush(self._coming, (self.time + seconds, self._numbers, call))

    def soon(self, call: Callable[[], None], within: float = 0.05) -> None:
        """Let something happen at any moment until then."""
        self.after(self.chance.random() * within, call)

    def happens(self, probability: float) -> bool:
        """Decide by chance."""
        return self.chance.random() < probability

    def say(self, line: str) -> None:
        """Add a line to the story."""
        self.story.append(f"{self.time:8.3f}  {line}")

    def run(self, until: float, done: Callable[[], bool] = lambda: False) -> None:
        """Let time pass until then, or until it is done."""
        while self._coming and self._coming[0][0] <= until and not done():
            self.time, _, call = heapq.heappop(self._coming)
            call()
        if not done():
            self.time = max(self.time, until)
