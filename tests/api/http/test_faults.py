"""A database that is gone, silent or full, seen over HTTP: every request is answered, and says what to do."""

from collections.abc import Iterator
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, text

from api.http import deadlines
from api.routes.health import everybody
from ledger.log import store
from ledger.log.database import Database
from ledger.recording import asking
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.ground.over_http import CLAIM, LEAD, Http, problem, served
from tests.ground.postgres_server import backends, postmaster, stopped


@pytest.fixture
def http(postgres: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Http]:
    for module, name in ((deadlines, "READ_S"), (asking, "ANSWER_S"), (everybody, "ANSWERS_S")):
        monkeypatch.setattr(module, name, 0.5)
    with Ledger(postgres, CONTEXTS) as ledger, served(ledger) as http:
        http.post("/v1/claims", CLAIM, key="first")
        yield http


def administer(database: Database, *statements: str) -> None:
    """As the server's administrator, from another database."""
    engine = create_engine(database.hosts.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement.format(database.hosts.url.database)))
    engine.dispose()


READS = ["/v1/companies", "/v1/head", "/v1/facts/1", "/v1/reports/journal.beancount"]


def test_a_database_that_is_gone(http: Http, postgres: Database) -> None:
    off = "ALTER DATABASE {} WITH ALLOW_CONNECTIONS false"
    end = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{}'"
    administer(postgres, off, end)
    for path in READS:
        answer = http.get(path)
        problem(answer, 503, "unavailable")
        assert answer.headers["retry-after"] == "1"
    problem(http.post("/v1/companies", LEAD, key="second"), 503, "unavailable")
    told = http.client.get("/health")
    assert (told.status_code, told.json()["status"]) == (503, "failing")
    assert told.json()["recording"] == "the database does not answer"
    administer(postgres, "ALTER DATABASE {} WITH ALLOW_CONNECTIONS true")
    assert recorded_at_last(http)


def recorded_at_last(http: Http) -> bool:
    """Ask until it is recorded: where others use the processors, an answer may be late here."""
    return any(http.post("/v1/companies", LEAD, key="second").status_code == 201 for _ in range(100))


def test_a_database_that_stands_still(http: Http, postgres: Database) -> None:
    server = postmaster(postgres.hosts.url)
    with stopped(*backends(postgres), server.pid):
        answer = http.post("/v1/companies", LEAD, key="second")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert answer.json()["code"] == "outcome-unknown"
        told = http.client.get("/health")
        assert (told.status_code, told.json()["status"]) == (503, "failing")
        for path in READS:
            problem(http.get(path), 503, "unavailable")
    assert recorded_at_last(http)
    assert http.post("/v1/companies", LEAD, key="second").headers["idempotent-replayed"] == "true"
    assert http.get("/v1/history", company="sunfield-demo").json()["total"] == 1


def head_of(database: Database) -> int:
    with database.views.connect() as connection:
        return store.read_head(connection).size


def test_a_disk_that_is_full(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite says so of itself where a file may not grow; PostgreSQL is made to (53100). Nothing is recorded, reads go
    on, and once there is room the same key records once."""
    full, write = Event(), store.write

    def written(connection: Connection, *what: Any) -> None:
        driver: Any = connection.connection.driver_connection
        if full.is_set() and database.is_postgres:
            driver.execute("DO $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = '53100'; END $$")
        elif full.is_set():
            driver.execute("PRAGMA max_page_count = 1")
            driver.execute("CREATE TABLE more AS SELECT zeroblob(100000)")
        elif not database.is_postgres:
            driver.execute(f"PRAGMA max_page_count = {1 << 30}")
        write(connection, *what)

    def usage(_path: object) -> Any:
        return SimpleNamespace(free=(1 << 20) if full.is_set() else 1 << 40)

    monkeypatch.setattr(store, "write", written)
    monkeypatch.setattr("api.routes.health.everybody.shutil.disk_usage", usage)
    on_sqlite = not database.is_postgres
    with Ledger(database, CONTEXTS) as ledger, served(ledger) as http:
        size = head_of(database)
        full.set()
        for _ in range(2):
            problem(http.post("/v1/companies", LEAD, key="second"), 507, "storage-full")
        assert http.get("/v1/facts/1").status_code == 200
        assert head_of(database) == size
        assert ["MiB are free" in one for one in http.client.get("/health").json()["warnings"]] == [True] * on_sqlite
        full.clear()
        assert http.post("/v1/companies", LEAD, key="second").status_code == 201
        assert http.post("/v1/companies", LEAD, key="second").headers["idempotent-replayed"] == "true"
        assert head_of(database) == size + 1
        assert http.client.get("/health").json()["warnings"] == []
