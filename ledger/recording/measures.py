"""Measures of the recorder's work, for those who watch it.

Spread      how many of something were how large: counts beneath bounds, and their sum
Appending   the passes of the writer: how long, of how many commands, with which outcome
"""

from bisect import bisect_left
from collections.abc import Iterable
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

    def passed(self, began: float, answers: "Iterable[tuple[Request, Answer | NotDone]]") -> None:
        """Take in a pass that began then and has ended now, with the answers to its commands."""
        now, many = monotonic(), 0
        for request, answer in answers:
            many += 1
            self.answers.add(now - request.since)
            name = _became(answer)
            self.outcomes[name] = self.outcomes.get(name, 0) + 1
            if name == "done" and isinstance(answer, Answer) and isinstance(answer.outcome, Done):
                self.facts += len(answer.outcome.facts)
        self.passes.add(now - began)
        self.batches.add(many)


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
