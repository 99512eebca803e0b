"""A database that dies while a long answer is read: an error, or a file that is visibly broken; never a short one."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import date
from typing import Any

import pytest

from api.http import deadlines, reading
from api.routes import exports
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from projections.books import entries
from projections.engine.runner import catch_up, ensure
from projections.every.views import ALL_VIEWS
from tests.api.http.test_faults import administer
from tests.ground.billed import GROUND, L1, bill
from tests.ground.over_sockets import Client, Served, on_sockets
from tests.ground.postgres_server import backends, postmaster
from tests.ground.recording import record

PATHS = ["/v1/companies.csv", "/v1/reports/journal.csv", "/v1/reports/journal.beancount"]
SILENT_S = 0.5


@pytest.fixture
def books(postgres: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A ledger whose answers take several pages."""
    monkeypatch.setattr(deadlines, "SILENT_S", SILENT_S)
    monkeypatch.setattr(reading, "PAGE_ROWS", 1)
    monkeypatch.setattr(exports, "PAGE_ENTRIES", 1)
    facts = GROUND
    for through in (date(2024, 3, 31), date(2024, 6, 30)):
        facts = bill(facts, L1, through)
    record(postgres, facts)
    views = [view() for view in ALL_VIEWS]
    ensure(postgres, views)
    catch_up(postgres, views)
    return postgres


@contextmanager
def gone(database: Database) -> Iterator[None]:
    """Nobody is connected any more, nor may connect."""
    end = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{}'"
    administer(database, "ALTER DATABASE {} WITH ALLOW_CONNECTIONS false", end)
    try:
        yield
    finally:
        administer(database, "ALTER DATABASE {} WITH ALLOW_CONNECTIONS true")


@contextmanager
def still(database: Database) -> Iterator[None]:
    """Its processes stand still."""
    processes = [*backends(database), postmaster(database.hosts.url).pid]
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


class Dying:
    """Lets the database die before the second page of an answer."""

    def __init__(self, how: Callable[[Database], AbstractContextManager[None]], database: Database) -> None:
        self.how, self.database = how, database
        self.pages: int | None = None  # so many were read; None: it is not to die
        self.dead = ExitStack()

    def during(self, path: str) -> None:
        """It is to die during the next answer."""
        self.pages = -1 if "beancount" in path else 0  # its basis is asked first

    def before(self, page: Callable[..., Any]) -> Callable[..., Any]:
        """The same page, read of a database that is dead from the second one on."""

        def read(*arguments: Any, **named: Any) -> Any:
            if self.pages is not None:
                self.pages += 1
                if self.pages == 2:
                    self.dead.enter_context(self.how(self.database))
            return page(*arguments, **named)

        return read

    def again(self) -> None:
        """It lives again."""
        self.dead.close()
        self.pages = None


def whole(said: bytes) -> bool:
    """Tell whether a client would take what came for a whole answer."""
    return said.endswith(b"\r\n0\r\n\r\n")


def everything(client: Client) -> bytes:
    """All that comes before the connection ends."""
    said = b""
    try:
        while some := client.socket.recv(1 << 16):
            said += some
            if whole(said):
                break
    except ConnectionError:
        pass
    return said


@pytest.mark.parametrize("how", [gone, still])
def test_a_database_that_dies_in_the_middle(
    books: Database, monkeypatch: pytest.MonkeyPatch, how: Callable[[Database], AbstractContextManager[None]]
) -> None:
    dying = Dying(how, books)
    with Ledger(books, CONTEXTS) as ledger, on_sockets(ledger) as served:
        for path in PATHS:
            sound = everything(served.client(served.head(f"GET {path}", "auditor")))
            assert (sound.split(b"\r\n")[0], whole(sound)) == (b"HTTP/1.1 200 OK", True)
        monkeypatch.setattr(reading, "look_up", dying.before(reading.look_up))
        monkeypatch.setattr(exports, "journal", dying.before(entries.journal))
        for path in PATHS:
            dying.during(path)
            broken = everything(served.client(served.head(f"GET {path}", "auditor")))
            dying.again()
            assert (broken.split(b"\r\n")[0], whole(broken)) == (b"HTTP/1.1 200 OK", False), path
            alive(served)
            dying.during(path)
            told = head_of(served.client(served.head(f"HEAD {path}", "auditor")))
            dying.again()
            assert told.split(b"\r\n")[0] == b"HTTP/1.1 503 Service Unavailable", path
            alive(served)


def head_of(client: Client) -> bytes:
    """The head of an answer."""
    said = b""
    while b"\r\n\r\n" not in said:
        some = client.socket.recv(1 << 16)
        assert some, "the connection ended"
        said += some
    return said


def alive(served: Served) -> None:
    """Wait until reads are answered again."""
    for _ in range(100):
        if served.client(served.head("GET /v1/sites", "auditor")).answer().status == 200:
            return
    raise AssertionError("it does not answer again")
