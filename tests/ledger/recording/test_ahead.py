"""What is decided ahead of the writer: taken where the log says nothing against it, and decided again elsewhere."""

import os
import shutil
import signal
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.pool import QueuePool

from ledger.claims import RecordClaim
from ledger.log import store
from ledger.log.database import Database, fact
from ledger.log.verify import verify
from ledger.recording import ahead as room
from ledger.recording.ahead import ahead
from ledger.recording.application import Ledger
from ledger.recording.asking import Decided
from ledger.recording.contexts import CONTEXTS
from ledger.recording.outcome import Answer, Done, Previewed, Refused
from tests.ground.recorder_process import CLERK, claim, done

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that several processes have several parts each, of a run that takes no time."""
    monkeypatch.setattr(room, "AT_ONCE", 3)


def started(database: Database) -> Ledger:
    return Ledger(database, CONTEXTS, clock=lambda: NOON)


def envelopes(database: Database) -> list[bytes]:
    with database.views.connect() as connection:
        return list(connection.execute(select(fact.c.envelope).order_by(fact.c.position)).scalars())


def run(database: Database, numbers: Sequence[int], processes: int) -> tuple[int, list[bytes]]:
    """Record claims as a run does; how many were decided ahead, and the envelopes that came of all."""
    commands, begun = [claim(number) for number in numbers], len(envelopes(database))
    with ahead(database, CONTEXTS, commands, CLERK, processes=processes) as decided, started(database) as ledger:
        foreseen = [*decided]
        pairs = zip(commands, foreseen, strict=True)
        answers = [ledger.submit(command, CLERK, decided=one) for command, one in pairs]
        for answer in answers:
            done(answer.result())
    verify(database)
    return sum(one is not None for one in foreseen), envelopes(database)[begun:]


@pytest.fixture
def another(tmp_path: Path, sqlite_template: Path) -> Iterator[Database]:
    """A ledger beside the test's own."""
    made = Database(shutil.copytree(sqlite_template, tmp_path / "another"))
    yield made
    made.close()


def test_a_run_decided_ahead_records_what_the_writer_alone_would(database: Database, another: Database) -> None:
    """Byte for byte, in the order of the commands; the last part is shorter than the others."""
    ahead_of, facts = run(database, range(20), processes=2)
    alone, same = run(another, range(20), processes=1)
    assert (ahead_of, alone) == (20, 0)
    assert facts == same
    assert not active_children(), "nobody is left behind"


def told(database: Database, number: int) -> Decided:
    """What one claim comes to on the log as it is now."""
    with ahead(database, CONTEXTS, [claim(number), *map(claim, range(90, 99))], CLERK, processes=2) as decided:
        first = next(decided)
    assert first is not None
    return first


def otherwise(number: int) -> RecordClaim:
    """The same claim's name for another statement: refused where the claim is on record."""
    return RecordClaim(
        claim=f"claim-{number}",
        subject="MCSC (demo)",
        claimed_on="2024-01-01",
        effective_on=date(2024, 1, 1),
        statement="something else",
        source="an invented source",
    )


def test_what_was_recorded_meanwhile_is_seen(database: Database) -> None:
    stale = told(database, 1)
    with started(database) as ledger:
        done(ledger.execute(otherwise(1), CLERK))
        done(ledger.execute(claim(2), CLERK))
        answer = ledger.submit(claim(1), CLERK, decided=stale).result().outcome
        assert isinstance(answer, Refused)
        assert answer.position == 2, "nothing was recorded for it"
        fresh = Decided(2, _root(database), stale.facts)
        assert isinstance(ledger.submit(claim(1), CLERK, decided=fresh).result().outcome, Done), "it is believed"
    assert told(database, 1).facts == b"[]", "the latest fact of all says that it is so already"


def _root(database: Database) -> bytes:
    with database.views.connect() as connection:
        return store.read_head(connection).root


def test_a_neighbour_in_the_same_pass_is_seen(database: Database) -> None:
    """The same command twice in one batch, both decided before either was recorded: it is recorded once."""
    stale = told(database, 1)
    passing, waiting = threading.Event(), threading.Event()

    def hold(_: int) -> None:
        passing.set()
        waiting.wait(10)

    with started(database) as ledger:
        ledger.on_recorded.append(hold)
        first = ledger.submit(claim(2), CLERK)
        assert passing.wait(10)
        both = [ledger.submit(claim(1), CLERK, decided=stale) for _ in range(2)]
        waiting.set()
        facts = [len(done(answer.result()).facts) for answer in (first, *both)]
    assert facts == [1, 1, 0]
    assert len(envelopes(database)) == 2


def shown(answer: Answer) -> int:
    assert isinstance(answer.outcome, Previewed)
    return len(answer.outcome.facts)


def test_what_rests_on_another_log_is_decided_again(database: Database) -> None:
    stale = told(database, 1)
    twice = b"[" + b",".join([stale.facts[1:-1]] * 2) + b"]"
    with started(database) as ledger:
        done(ledger.execute(claim(2), CLERK))
        believed = Decided(1, _root(database), twice)
        assert shown(ledger.submit(claim(1), CLERK, decided=believed, dry_run=True).result()) == 2, "it would be taken"
        for position, root in ((1, bytes(32)), (5, _root(database)), (0, _root(database))):
            forged = Decided(position, root, twice)
            answer = ledger.submit(claim(1), CLERK, decided=forged, dry_run=True).result()
            assert shown(answer) == 1, "the writer decided it"


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each process that decides is killed when it has decided five commands: in the middle of its second part."""
    seen = 0
    one = room._one

    def dying(*given: Any) -> Decided | None:
        nonlocal seen
        seen += 1
        if seen > 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return one(*given)

    monkeypatch.setattr(room, "_one", dying)


@pytest.mark.usefixtures("killed")
def test_a_process_that_is_killed_costs_time_and_nothing_else(database: Database) -> None:
    ahead_of, facts = run(database, range(20), processes=2)
    assert (ahead_of, len(facts)) == (6, 20), "one part of each was told; the writer decided the others"


def test_a_process_that_stands_still_is_not_waited_for(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both stop in the middle of their second part; after a while the writer decides what they would have said."""
    seen, one = 0, room._one

    def stopping(*given: Any) -> Decided | None:
        nonlocal seen
        seen += 1
        if seen > 5:
            os.kill(os.getpid(), signal.SIGSTOP)
        return one(*given)

    monkeypatch.setattr(room, "_one", stopping)
    monkeypatch.setattr(room, "PATIENCE_S", 1.0)
    ahead_of, facts = run(database, range(20), processes=2)
    assert ahead_of <= 6
    assert len(facts) == 20
    assert not active_children(), "nobody is left behind"


def test_a_copy_has_no_connection_of_this_process(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would not hold the locks of it, and could write into a database in SQLite over others."""
    held = list[int]()

    def looking(kind: str) -> Any:
        for engine in (database.log, database.views, database.access):
            assert isinstance(engine.pool, QueuePool)
            held.append(engine.pool.checkedin())
        return get_context(kind)

    with database.views.connect():
        pass
    monkeypatch.setattr(room, "get_context", looking)
    assert run(database, range(20), processes=2)[0] == 20
    assert held == [0, 0, 0]
