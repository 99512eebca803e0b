"""The demonstration, followed command by command; and a desk at which somebody records in a copy of its ledger.

Line       a command of the demonstration: who sent it, and how much was recorded before
followed   the demonstration's ledger, and its lines in order
Growing    a ledger that grows to what the demonstration's held before some line
Desk       a copy of it: do() records, told is what was recorded there
"""

import shutil
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from api.demo import unfolding
from api.demo.plan import plan
from ledger.decider import By, Command, Fact, stored_name
from ledger.log import store
from ledger.log.database import Database, fact
from ledger.log.envelope import decode
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from ledger.recording.outcome import Answer, Done
from projections.engine.runner import catch_up, ensure
from projections.every.views import ALL_VIEWS

CORRECTOR = By(actor="corrector-demo", role="admin")
OTHER = By(actor="another-demo", role="admin")

# The demonstration


class Line(NamedTuple):
    """A command of the demonstration: who sent it, and how much was recorded before."""

    command: Any
    by: By
    before: int
    recorded_at: datetime


def followed(empty: Database, patch: pytest.MonkeyPatch) -> list[Line]:
    """Build a demonstration in an empty database; its commands that recorded something, in order."""
    sent: list[tuple[Command, By, Future[Answer]]] = []

    class Followed(Ledger):
        """A ledger that remembers what it was asked for."""

        def submit(self, command: Command, by: By, **more: Any) -> "Future[Answer]":
            answer = super().submit(command, by, **more)
            sent.append((command, by, answer))
            return answer

    patch.setattr(unfolding, "Ledger", Followed)
    unfolding.unfold(empty, plan(17, 2021), lambda _done, _total: None)
    lines = []
    for command, by, answer in sent:
        outcome = answer.result().outcome
        if isinstance(outcome, Done) and outcome.facts:
            lines.append(Line(command, by, outcome.facts[0].position - 1, outcome.recorded_at))
    return lines


class Growing:
    """A ledger and its read models, that grow to what another ledger held earlier."""

    def __init__(self, whole: Database, grown: Database) -> None:
        self.whole, self.grown, self.size = whole, grown, 0
        self.copy: Database | None = None
        self.views = [view() for view in ALL_VIEWS]
        ensure(grown, self.views)

    def grow(self, size: int) -> None:
        """Copy what is sealed in the whole up to a position, and bring the read models there."""
        rows = select(fact).where(fact.c.position > self.size, fact.c.position <= size).order_by(fact.c.position)
        with self.whole.views.connect() as connection:
            sealed_there = connection.execute(rows).all()
        with self.grown.log.begin() as connection:
            head, sealed = store.lock_head(connection), store.Sealed()
            for row in sealed_there:
                told = decode(row.envelope).fact
                store.seal(
                    sealed, head, name=stored_name(type(told)), tags=told.tags, recorded_us=row.recorded_us,
                    envelope=row.envelope,
                )  # fmt: skip
            store.write(connection, sealed, head)
        self.size = size
        catch_up(self.grown, self.views)

    @contextmanager
    def desk(self, at: Path, now: datetime) -> Iterator["Desk"]:
        """A desk with a copy of it, at which it is a given instant."""
        shutil.copytree(self.grown.where, at)
        self.copy = self.copy or Database(at)  # the same one every time: it knows its statements already
        try:
            with Ledger(self.copy, CONTEXTS, data_class="FICTIONAL", clock=lambda: now) as ledger:
                yield Desk(self.copy, ledger)
        finally:
            self.copy.close()
            shutil.rmtree(at)


# A desk


@dataclass
class Desk:
    """Somebody who records in a copy of a ledger, and reads what it says.

    sent, told   the kinds of the commands recorded here, and their facts
    renamed      ids that were given out anew, for those that they stand for
    stays        places in answers that are not as before, as `put_right` says
    """

    database: Database
    ledger: Ledger
    sent: list[type[Command]] = field(default_factory=list)
    told: list[Fact] = field(default_factory=list)
    renamed: dict[str, str] = field(default_factory=dict)
    stays: tuple[str, ...] = ()

    def do(self, command: Command, by: By = CORRECTOR) -> tuple[Fact, ...]:
        """Record a command that nothing refuses; its facts."""
        outcome = self.ledger.execute(command, by).outcome
        assert isinstance(outcome, Done), f"{command}: {outcome}"
        assert outcome.facts, f"{command} was so already"
        with self.database.views.connect() as connection:
            entries = store.page(connection, after=outcome.facts[0].position - 1, limit=len(outcome.facts))
        new = tuple(entry.fact for entry in entries)
        self.told += new
        self.sent.append(type(command))
        return new

    def again(self, command: Command, by: By = CORRECTOR, **ids: str) -> tuple[Fact, ...]:
        """Record a command once more, under other ids."""
        self.renamed |= {new: getattr(command, name) for name, new in ids.items()}
        return self.do(replace(command, **ids), by)

    @property
    def size(self) -> int:
        """How much is recorded."""
        with self.database.views.connect() as connection:
            return store.read_head(connection).size

    def facts(self) -> list[Fact]:
        """Everything that is recorded."""
        with self.database.views.connect() as connection:
            return [entry.fact for entry in store.page(connection, after=0, limit=100_000)]

    def follow(self) -> None:
        """Bring the read models to what is recorded."""
        catch_up(self.database, [view() for view in ALL_VIEWS])
