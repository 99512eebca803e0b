"""The process that records beside the one that serves: it answers as a ledger here would, and what becomes of commands
when either of the two ends."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic
from typing import Any

import psutil
import pytest
from msgspec.structs import replace

import migrations
from api.recorder import beside
from api.recorder.beside import Beside, Line, NotStarted, RemoteLedger
from api.recorder.messages import Ask, Foretold, NotTold, encode, from_recorder, to_recorder
from api.settings import Settings
from ledger.access import CreateKey
from ledger.decider import Command, Fact
from ledger.log import store
from ledger.log.database import AlreadyOpen, Database
from ledger.log.verify import verify
from ledger.recording.application import Ledger
from ledger.recording.asking import Decided, Piece
from ledger.recording.contexts import CONTEXTS
from ledger.recording.outcome import Answer, Busy, Faulty, KeyReused, Previewed, Refused, Unavailable, Unknown
from projections.every.views import ALL_VIEWS
from tests.examples import COMMANDS, FACTS, WHOLE
from tests.ground.recorder_process import CLERK, claim, done

SERVE_AND_WAIT = """
import sys
from api.recorder.beside import Beside
from api.settings import Settings
recorder = Beside(Settings(database=sys.argv[1]))
recorder.start()
print(recorder.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def recorder(database: Database) -> Iterator[Beside]:
    with Beside(Settings(database=database.where)) as started:
        yield started


@contextmanager
def held_up(database: Database) -> Iterator[None]:
    """Meanwhile nothing can be recorded: somebody else holds the head."""
    with database.owner.begin() as connection:
        store.lock_head(connection)
        yield


# What is said


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_every_command_arrives_as_it_was_sent(command: Command) -> None:
    ask = Ask(7, command, CLERK, "k", "FICTIONAL", True, Decided(3, bytes(range(32)), b"[]"))
    assert to_recorder().decode(encode([ask])) == [ask]


@pytest.mark.parametrize("fact", [*FACTS, *WHOLE], ids=lambda fact: type(fact).__name__)
def test_every_previewed_fact_arrives_as_it_was_sent(fact: Fact) -> None:
    foretold = Foretold(7, 3, (fact,))
    assert from_recorder().decode(encode([foretold])) == [foretold]


# It answers as a ledger in this process


def test_answers_to_many_together_are_those_of_a_ledger(recorder: Beside) -> None:
    ledger = recorder.ledger
    key = CreateKey(
        effective_on=date(2026, 1, 1), key_id="abcdefgh", actor="a-demo", role="auditor", secret_sha256="ab" * 32
    )
    assert done(ledger.execute(claim(1), CLERK, key="k")).facts
    ledger.execute(key, CLERK)
    pieces = [Piece[Command](claim(3), "k/3"), Piece[Command](claim(4), "k"), Piece[Command](replace(key, actor="c"))]
    answers = ledger.submit_together(pieces, CLERK, atomic=True).result()
    assert [type(one.outcome) if isinstance(one, Answer) else type(one) for one in answers.each] == [
        Previewed,
        KeyReused,
        Refused,
    ]
    assert not answers.kept
    assert ledger.submit_together(pieces[:1], CLERK, atomic=True).result().kept


def test_answers_are_those_of_a_ledger(recorder: Beside, database: Database) -> None:
    ledger = recorder.ledger
    first = ledger.execute(claim(1), CLERK, key="k", data_class="PUBLIC_FACT")
    assert done(first).position == 1
    assert not first.replayed
    assert ledger.execute(claim(1), CLERK, key="k") == Answer(first.outcome, replayed=True)
    assert done(ledger.execute(claim(1), CLERK)).facts == ()
    with pytest.raises(KeyReused, match="new key"):
        ledger.execute(claim(2), CLERK, key="k")
    while sum(ledger.appending.passes.counts) < 4:
        recorder.standing.wait_for(999, 0.05)
    assert (ledger.appending.facts, ledger.appending.outcomes) == (
        1,
        {"done": 1, "replayed": 1, "already-so": 1, "keyreused": 1},
    )
    previewed = ledger.execute(claim(2), CLERK, dry_run=True).outcome
    assert isinstance(previewed, Previewed)
    assert [type(fact).__name__ for fact in previewed.facts] == ["PublicClaimRecorded"]
    key = CreateKey(
        effective_on=date(2026, 1, 1), key_id="abcdefgh", actor="a-demo", role="auditor", secret_sha256="ab" * 32
    )
    ledger.execute(key, CLERK)
    refused = ledger.execute(replace(key, actor="b-demo"), CLERK).outcome
    assert isinstance(refused, Refused)
    assert ledger.closed is None
    assert ledger.waiting == 0
    with database.views.connect() as connection:
        entries = store.page(connection, after=0, limit=10)
    assert [(entry.command, entry.data_class, entry.by) for entry in entries] == [
        ("record-claim", "PUBLIC_FACT", CLERK),
        ("create-key", "LIVE", CLERK),
    ]


def test_many_at_once_from_a_loop_and_from_threads(recorder: Beside, database: Database) -> None:
    async def ask(numbers: range) -> list[int]:
        answers = await asyncio.gather(*(recorder.ledger.record(claim(number), CLERK) for number in numbers))
        return [done(answer).position for answer in answers]

    futures = [recorder.ledger.submit(claim(number), CLERK) for number in range(100, 150)]
    positions = asyncio.run(ask(range(100)))
    positions += [done(future.result()).position for future in futures]
    assert sorted(positions) == list(range(1, 151))
    assert verify(database).size == 150


def test_the_read_models_follow_and_can_be_waited_for(recorder: Beside) -> None:
    position = done(recorder.ledger.execute(claim(1), CLERK)).position
    assert recorder.standing.wait_for(position, 30)
    health = recorder.standing.health()
    assert {model.name for model in health} == {view.name for view in ALL_VIEWS}
    assert all(model.error is None and model.position == position for model in health)


def test_more_than_may_wait_are_refused_at_once(database: Database) -> None:
    with Beside(Settings(database=database.where, queue_max=2)) as recorder:
        with held_up(database):
            waiting = [recorder.ledger.submit(claim(number), CLERK) for number in range(2)]
            assert recorder.ledger.waiting == 2
            with pytest.raises(Busy):
                recorder.ledger.submit(claim(3), CLERK)
        assert {done(answer.result()).position for answer in waiting} == {1, 2}


def test_a_command_that_cannot_be_read_there_takes_no_other_with_it(recorder: Beside) -> None:
    async def ask() -> list[Answer | BaseException]:
        commands = [claim(1), replace(claim(2), subject=" "), claim(3)]  # no request could hold the second
        asked = (recorder.ledger.record(command, CLERK) for command in commands)
        return await asyncio.gather(*asked, return_exceptions=True)

    first, unreadable, last = asyncio.run(ask())
    assert isinstance(first, Answer)
    assert isinstance(unreadable, Faulty)
    assert isinstance(last, Answer)
    assert (done(first).position, done(last).position) == (1, 2)


# When one of them ends


def test_what_was_taken_is_answered_before_the_end(database: Database) -> None:
    recorder = Beside(Settings(database=database.where))
    recorder.start()
    answers = [recorder.ledger.submit(claim(number), CLERK) for number in range(200)]
    recorder.stop()
    assert {done(answer.result(0)).position for answer in answers} == set(range(1, 201))
    with pytest.raises(Unavailable, match="stopping"):
        recorder.ledger.submit(claim(0), CLERK)
    assert not psutil.pid_exists(recorder.pid)


def test_a_recorder_that_is_launched_touches_nothing_before_it_begins(tmp_path: Path) -> None:
    """Launched where no ledger is, it ends when it is not wanted; started later, it is the process that records."""
    where = tmp_path / "later"
    unwanted, wanted = (Beside(Settings(database=str(where))) for _ in range(2))
    unwanted.launch()
    unwanted.stop()
    assert not psutil.pid_exists(unwanted.pid)
    wanted.launch()
    launched = wanted.pid
    assert not where.exists()
    migrations.upgrade(Database(where))
    with wanted:
        assert wanted.pid == launched
        assert done(wanted.ledger.execute(claim(1), CLERK)).position == 1


def test_a_killed_recorder_is_started_again_and_nothing_is_lost(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "RESTART_S", 0.01)
    opened = threading.Semaphore(0)
    monkeypatch.setattr(beside.RemoteLedger, "open", _telling(beside.RemoteLedger.open, opened))
    with Beside(Settings(database=database.where)) as recorder:
        opened.acquire()
        before = done(recorder.ledger.execute(claim(0), CLERK, key="k-0"))
        with held_up(database):
            lost: Future[Answer] = recorder.ledger.submit(claim(1), CLERK, key="k-1")
            first = recorder.pid
            os.kill(first, signal.SIGKILL)
            with pytest.raises(Unknown, match="same key"):
                lost.result(30)
        assert opened.acquire(timeout=30)
        assert recorder.pid != first
        assert recorder.ledger.closed is None
        assert done(recorder.ledger.execute(claim(1), CLERK, key="k-1")).position == 2
        assert recorder.ledger.execute(claim(0), CLERK, key="k-0") == Answer(before, replayed=True)
        assert recorder.standing.wait_for(2, 30)
    assert verify(database).size == 2


def test_a_recorder_that_stands_still_is_replaced(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody who asks waits for it, however much is asked: more than it takes is kept. It is killed within four beats;
    who waited learns that the outcome is unknown, and the next one records."""
    monkeypatch.setattr(beside, "RESTART_S", 0.01)
    monkeypatch.setattr(beside, "MANY_WAIT", sys.maxsize)  # on a busy machine so many are not asked within WAITS_S
    opened = threading.Semaphore(0)
    monkeypatch.setattr(beside.RemoteLedger, "open", _telling(beside.RemoteLedger.open, opened))
    with Beside(Settings(database=database.where)) as recorder:
        opened.acquire()
        position = done(recorder.ledger.execute(claim(0), CLERK)).position
        first = recorder.pid
        os.kill(first, signal.SIGSTOP)
        asked = [recorder.ledger.submit(claim(number), CLERK, key=f"k-{number}") for number in range(2000)]
        assert not recorder.standing.wait_for(position + 1, 0)
        for future in asked:
            with pytest.raises(Unknown, match="same key"):
                future.result(30)
        assert opened.acquire(timeout=30)
        assert recorder.pid != first
        assert not psutil.pid_exists(first)
        again = [recorder.ledger.submit(claim(number), CLERK, key=f"k-{number}") for number in range(2000)]
        assert sum(len(done(future.result(30)).facts) for future in again) == 1999
    assert verify(database).size == 2000


def test_it_ends_although_its_recorder_stands_still(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "STOP_S", 0.1)
    recorder = Beside(Settings(database=sqlite.where))
    recorder.start()
    os.kill(recorder.pid, signal.SIGSTOP)
    asked = recorder.ledger.submit(claim(1), CLERK)
    recorder.stop()
    with pytest.raises(Unknown):
        asked.result(0)
    assert not psutil.pid_exists(recorder.pid)


def test_what_a_process_does_not_take_is_kept_in_order() -> None:
    ours, theirs = socket.socketpair()
    line, messages = Line(ours), [bytes([number]) * 50_000 for number in range(40)]
    for message in messages:
        line.send(message)
    assert line.kept
    with Connection(theirs.detach()) as reader:
        taken = []
        for _ in messages:
            taken.append(reader.recv_bytes())
            line.send_on()
    assert taken == messages
    assert not line.kept
    line.close()


def _telling(call: Any, told: threading.Semaphore) -> Any:
    def called(*arguments: Any) -> None:
        call(*arguments)
        told.release()

    return called


def test_the_recorder_ends_with_its_server(database: Database) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVE_AND_WAIT, database.where], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    recorder = psutil.Process(int(server.stdout.readline()))
    for number in (signal.SIGTERM, signal.SIGINT):
        recorder.send_signal(number)  # as a terminal or a supervisor does to all: the server decides when it ends
    assert recorder.is_running()
    server.kill()
    server.communicate()
    psutil.wait_procs([recorder], timeout=30)
    with Ledger(database, CONTEXTS) as ledger:
        assert done(ledger.execute(claim(1), CLERK)).position == 1


def test_whoever_wants_to_record_besides_learns_whom_to_stop(sqlite: Database) -> None:
    with Beside(Settings(database=sqlite.where)), pytest.raises(AlreadyOpen, match=f"process {os.getpid()} "):
        Ledger(sqlite, CONTEXTS).start()


def test_it_says_why_it_cannot_begin(sqlite: Database) -> None:
    with Ledger(sqlite, CONTEXTS), pytest.raises(NotStarted, match=f"process {os.getpid()} is recording"):
        Beside(Settings(database=sqlite.where)).start()


@pytest.mark.parametrize(("wait_already", "for_s", "told"), [(2, 0.6, "busy"), (2, 0.4, "taken"), (1, 60.0, "taken")])
def test_whoever_would_wait_long_behind_many_is_told_so_at_once(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch, wait_already: int, for_s: float, told: str
) -> None:
    monkeypatch.setattr(beside, "MANY_WAIT", 2)
    ledger = RemoteLedger(Settings(database=sqlite.where), lambda messages: None)
    ledger.open()
    for number in range(wait_already):
        ledger.submit(claim(number), CLERK)
    now = monotonic()
    monkeypatch.setattr(beside, "monotonic", lambda: now + for_s)
    if told == "busy":
        with pytest.raises(Busy):
            ledger.submit(claim(9), CLERK)
    else:
        ledger.submit(claim(9), CLERK)
    assert ledger.waiting == wait_already + (told == "taken")


def test_how_long_whoever_comes_would_wait_is_known_from_the_answers(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred are answered in ten seconds, and so wait the next: a tenth of a second for each before them."""
    ledger = RemoteLedger(Settings(database=sqlite.where), lambda messages: None)
    ledger.open()
    now = monotonic()
    for answered_at in (now + 10, now + 20):
        for number in range(100):
            ledger.submit(claim(number), CLERK)
        monkeypatch.setattr(beside, "monotonic", lambda at=answered_at: at)
        first = 0 if answered_at < now + 20 else 100
        ledger.hear([NotTold(ticket, Faulty.__name__, "invented") for ticket in range(first, first + 100)])
        assert ledger.wait_s == 0
    for number in range(5):
        assert ledger.wait_s == pytest.approx(number / 10, rel=0.1)
        ledger.submit(claim(number), CLERK)
