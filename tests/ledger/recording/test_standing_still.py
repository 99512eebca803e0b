"""Whoever stands still holds nobody up for long: a peer inside its transaction, a process of PostgreSQL's, a host."""

import os
import signal
import socket
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

import pytest
from sqlalchemy import event
from structlog.testing import capture_logs

from ledger.decider import Command
from ledger.log import database as settings
from ledger.log import store
from ledger.log.database import Database
from ledger.log.verify import verify
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from ledger.recording.outcome import Answer, NotDone, Unavailable, Unknown
from tests.ground.postgres_server import backends, postmaster, stopped
from tests.ground.recorder_process import CLERK, children, claim, done

TRIES = 100
ANSWERED_S = 10


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """A rich traceback takes longer to draw than all that is waited for here."""
    with capture_logs():
        yield


@pytest.fixture
def hasty(postgres: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The database, with waits that a test can wait for."""
    monkeypatch.setattr(settings, "LOG_WAIT_S", 0.5)
    short = {"lock_timeout": "100", "idle_in_transaction_session_timeout": "1000"}
    session = {name: short.get(name, value) for name, value in settings.LOG_SESSION.items()}
    monkeypatch.setattr(settings, "LOG_SESSION", session)
    made = Database(postgres.where)
    yield made
    made.close()


def hold(where: str, session: dict[str, str], held: "Connection[None, None]") -> None:
    """Hold the head, and never let go of it."""
    settings.LOG_SESSION = session
    with Database(where).log.begin() as connection:
        store.lock_head(connection)
        held.send(None)
        signal.pause()


def test_a_peer_that_stands_still_inside_its_transaction(hasty: Database) -> None:
    """Nothing is recorded meanwhile, and that is said; then the server ends the peer's transaction."""
    ours, theirs = children().Pipe(duplex=False)
    peer = children().Process(target=hold, args=(hasty.where, settings.LOG_SESSION, theirs))
    peer.start()
    ours.recv()
    assert peer.pid is not None
    try:
        with stopped(peer.pid), Ledger(hasty, CONTEXTS) as ledger:
            with pytest.raises(Unavailable, match="nothing was recorded"):
                ask(ledger, claim(1), "k")
            assert recorded_at_last(ledger, claim(1), "k") == 1
    finally:
        peer.kill()
        peer.join()


def ask(ledger: Ledger, command: Command, key: str | None = None) -> Answer:
    """The answer, which comes: a test that waits for ever would say nothing."""
    return ledger.submit(command, CLERK, key=key).result(ANSWERED_S)


def recorded_at_last(ledger: Ledger, command: Command, key: str) -> int:
    """Send a command until it is answered; where it stands."""
    for _ in range(TRIES):
        try:
            return done(ask(ledger, command, key)).position
        except NotDone:
            continue
    raise AssertionError("it was never recorded")


def test_a_server_that_stands_still_between_two_commands(hasty: Database, postgres: Database) -> None:
    """Its connections are closed and others made: nobody need learn of it."""
    postmaster(hasty.hosts.url)
    with Ledger(hasty, CONTEXTS) as ledger:
        ledger.execute(claim(1), CLERK)
        with stopped(*backends(postgres)):
            assert recorded_at_last(ledger, claim(2), "k") == 2


def test_a_server_that_stands_still_while_it_commits(hasty: Database, postgres: Database) -> None:
    """The outcome is unknown; meanwhile nothing is recorded, for it may be; afterwards the key tells."""
    postmaster(hasty.hosts.url)
    still: list[int] = []

    def stop(connection: Any) -> None:
        if not still:
            still.append(connection.connection.driver_connection.info.backend_pid)
            os.kill(still[0], signal.SIGSTOP)

    with Ledger(hasty, CONTEXTS) as ledger:
        ledger.execute(claim(1), CLERK)
        event.listen(hasty.log, "commit", stop)
        with pytest.raises(Unknown, match="same key"):
            ask(ledger, claim(2), "k")
        with pytest.raises(Unavailable, match="nothing was recorded"):
            ask(ledger, claim(3))
        os.kill(still[0], signal.SIGCONT)
        assert recorded_at_last(ledger, claim(2), "k") == 2
        assert done(ledger.execute(claim(2), CLERK, key="k")).position == 2
    assert verify(postgres).size == 2


@pytest.mark.parametrize("written", ["postgresql://postgres@127.0.0.1:{0},{1}:5432/{2}", "sqlalchemy"])
def test_the_next_host_is_asked_and_the_silent_one_left_alone(postgres: Database, written: str) -> None:
    """A host that takes connections and never answers: it is asked once, as long as a host may take (two seconds)."""
    directory = str(postgres.hosts.url.query["host"])
    if written == "sqlalchemy":
        written = "postgresql://postgres@/{2}?host=127.0.0.1:{0}&host={1}:5432"
    escaped = directory.replace("/", "%2F")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        database = Database(written.format(port, escaped, postgres.hosts.url.database))
        with Ledger(database, CONTEXTS) as ledger:
            assert done(ledger.execute(claim(1), CLERK)).position == 1
        assert verify(database).size == 1
        database.close()
        silent.accept()[0].close()
        silent.settimeout(0)
        with pytest.raises(BlockingIOError):
            silent.accept()
