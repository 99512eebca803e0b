"""Measures of the recorder's work, for those who watch it.

Spread      how many of something were how large: counts beneath bounds, and their sum
Phases      what was done in a pass of the writer, from when until when
Passed      one pass of the writer: when, of how many commands, what was done from when until when
Appending   the passes of the writer: how long, of how many commands, with which outcome
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from ledger.recording.outcome import Answer, Done, NotDone, Refused

if TYPE_CHECKING:
    from ledger.recording.asking import Request

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
MANY = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


class Spread(Struct, array_like=True):
    """The number of values at most as large as each bound and larger than the one before; the last: larger than all."""

    bounds: tuple[float, ...]
    counts: list[int]
    total: float = 0

    @classmethod
    def over(cls, bounds: tuple[float, ...]) -> "Spread":
        """Nothing counted yet."""
        return cls(bounds, [0] * (len(bounds) + 1))

    def add(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


class Phases:
    """The work of one pass: each of `done` is (decide, write or commit; from when; until when), in order.

    sealing_s   seconds of deciding that sealed what was decided
    """

    def __init__(self) -> None:
        self.done: list[tuple[str, float, float]] = []
        self.sealing_s = 0.0

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Note from when until when something is done."""
        began = monotonic()
        try:
            yield
        finally:
            self.done.append((name, began, monotonic()))


class Passed(Struct, frozen=True):
    """One pass of the writer; times are `time.monotonic()`'s.

    outcomes    its commands by what became of them; facts: how many it recorded
    """

    began: float
    ended: float
    outcomes: dict[str, int]
    facts: int
    phases: Phases

    @property
    def commands(self) -> int:
        """The number of its commands."""
        return sum(self.outcomes.values())


class Appending(Struct, array_like=True):
    """The work of the writer since it began.

    passes     seconds of each pass: decide, seal, write, commit
    batches    commands of each pass
    answers    seconds of each command, from when it came to its answer
    facts      recorded; outcomes: commands by what became of them
    """

    passes: Spread = msgspec.field(default_factory=lambda: Spread.over(SECONDS))
    batches: Spread = msgspec.field(default_factory=lambda: Spread.over(MANY))
    answers: Spread = msgspec.field(default_factory=lambda: Spread.over(SECONDS))
    facts: int = 0
    outcomes: dict[str, int] = msgspec.field(default_factory=dict)

    def passed(self, began: float, answers: "Iterable[tuple[Request, Answer | NotDone]]", phases: Phases) -> Passed:
        """Take in a pass that began then and has ended now, with the answers to its commands."""
        now, outcomes, facts = monotonic(), Counter[str](), 0
        for request, answer in answers:
            self.answers.add(now - request.since)
            name = _became(answer)
            outcomes[name] += 1
            if name == "done" and isinstance(answer, Answer) and isinstance(answer.outcome, Done):
                facts += len(answer.outcome.facts)
        for name, many in outcomes.items():
            self.outcomes[name] = self.outcomes.get(name, 0) + many
        self.facts += facts
        self.passes.add(now - began)
        self.batches.add(outcomes.total())
        return Passed(began, now, outcomes, facts, phases)


def _became(answer: Answer | NotDone) -> str:
    """Name what became of a command: done, already-so, refused, previewed, replayed; or the NotDone, as `busy`."""
    if isinstance(answer, NotDone):
        return type(answer).__name__.lower()
    if answer.replayed:
        return "replayed"
    match answer.outcome:
        case Done(facts=facts):
            return "done" if facts else "already-so"
        case Refused():
            return "refused"
    return "previewed"
