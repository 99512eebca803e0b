"""Where questions are answered and nothing is recorded: beside a PostgreSQL in which nobody may write."""

import pytest
from litestar.testing import TestClient
from psycopg import OperationalError
from structlog.testing import capture_logs

from api.app import create_app
from api.settings import BadSetting, Settings, load
from ledger.access import ROLES
from ledger.log.database import Database
from ledger.log.postgres import Hosts, address
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from projections.engine.runner import catch_up, ensure
from projections.every.views import ALL_VIEWS
from tests.ground.over_http import LEAD, Http, give_key, problem
from tests.ground.recorder_process import CLERK, claim, done

LEADER = "https://ledger.example"


def test_a_replica_answers_at_a_position_and_never_decides(postgres: Database) -> None:
    """The log is two facts ahead of the read models: it says so, moves none of them, and waits for the other server."""
    views = [view() for view in ALL_VIEWS]
    with Ledger(postgres, CONTEXTS) as ledger:
        keys = {role: give_key(ledger, role) for role in ROLES}
        ledger.execute(claim(1), CLERK)
        ensure(postgres, views)
        come = catch_up(postgres, views)
        ahead = [done(ledger.execute(claim(number), CLERK)).position for number in (2, 3)][-1]
        assert ahead == come + 2
        with postgres.owner.begin() as connection:
            name = connection.exec_driver_sql("SELECT current_database()").scalar()
            connection.exec_driver_sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        settings = Settings(database=postgres.where, replica=True, leader=LEADER, wait_seconds_max=1)
        with capture_logs(), TestClient(create_app(settings)) as client:
            replica = Http(client, ledger, keys)
            said = client.get("/health")
            assert (said.status_code, said.json()["status"]) == (200, "ok")
            assert said.json()["recording"] == f"this server answers questions and records nothing; record at {LEADER}"
            assert {model["behind"] for model in said.json()["read_models"]} == {2}
            assert LEADER in problem(replica.post("/v1/companies", LEAD), 503, "unavailable")["detail"]
            assert replica.get("/v1/companies", wait=come).json()["basis"]["recorded"] == come
            problem(replica.get("/v1/companies", wait=ahead), 503, "read-model-behind")
            catch_up(postgres, views)  # on connections from before: as the other server does
            assert replica.get("/v1/companies", wait=ahead).json()["basis"]["recorded"] == ahead
        assert done(ledger.execute(claim(4), CLERK)).position == ahead + 1


def test_a_replica_asks_a_standby_first_and_then_who_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts = Hosts(address("host=a,b port=1,2 dbname=d"))
    tried: list[tuple[str, str]] = []

    def refuse(**parameters: str) -> None:
        tried.append((parameters["host"], parameters["target_session_attrs"]))
        raise OperationalError

    monkeypatch.setattr("ledger.log.postgres.Connection.connect", refuse)
    for prefers, wanted in (("read-write", ["read-write"] * 2), ("standby", ["standby"] * 2 + ["read-write"] * 2)):
        hosts.prefers = prefers
        tried.clear()
        with pytest.raises(OperationalError):
            hosts.listen()
        assert [meant for _, meant in tried] == wanted
        assert {host for host, _ in tried} == {"a", "b"}


def test_a_directory_has_no_replica() -> None:
    with pytest.raises(BadSetting, match="beside a PostgreSQL"):
        load(None, {"MCSC_REPLICA": "true"})
    assert load(None, {"MCSC_REPLICA": "true", "MCSC_DATABASE": "host=a,b dbname=d"}).replica
