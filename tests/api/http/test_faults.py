"""A database that is gone or silent, seen over HTTP: every request is answered, and says what to do."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text

from api.http import deadlines
from api.routes import health
from ledger import CONTEXTS
from ledger.log.database import Database
from ledger.recording import asking
from ledger.recording.application import Ledger
from tests.ground.over_http import CLAIM, LEAD, Http, problem, served
from tests.ground.postgres_server import backends, postmaster, stopped


@pytest.fixture
def http(postgres: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Http]:
    for module, name in ((deadlines, "READ_S"), (asking, "ANSWER_S"), (health, "ANSWERS_S")):
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
    assert http.post("/v1/companies", LEAD, key="second").status_code == 201


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
    for _ in range(100):
        if http.post("/v1/companies", LEAD, key="second").status_code == 201:
            break
    assert http.post("/v1/companies", LEAD, key="second").headers["idempotent-replayed"] == "true"
    assert http.get("/v1/history", company="sunfield-demo").json()["total"] == 1
