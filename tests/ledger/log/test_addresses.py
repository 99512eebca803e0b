"""Where a ledger on PostgreSQL is: taken as libpq takes it, or refused in words; and a standby is said to be one."""

import asyncio
from pathlib import Path

import pytest

from api.routes.health.everybody import Pulse, health
from api.settings import Settings
from ledger.log.database import STANDBY, Database, NotSafe
from ledger.log.directories import BadAddress, is_address
from ledger.log.postgres import Hosts, address
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from projections.engine.following import Follower

HOSTS = [
    ("postgresql://u@a:1,b:2/d", [("a", "1"), ("b", "2")]),
    ("postgres://u@a,b/d", [("a", ""), ("b", "")]),
    ("postgresql+psycopg://u@a:1,b/d?connect_timeout=3", [("a", "1"), ("b", "")]),
    ("postgresql://u@[::1]:5,[::2]:6/d", [("::1", "5"), ("::2", "6")]),
    ("postgresql://u@/d?host=a:1&host=b:2", [("a", "1"), ("b", "2")]),
    ("postgresql://u@/d?host=/run/x", [("/run/x", "")]),
    ("host=a,b port=7 dbname=d user=u", [("a", "7"), ("b", "7")]),
    ("  user = u host=a,b,c port=1,,3 dbname='d'", [("a", "1"), ("b", ""), ("c", "3")]),
    ("dbname=d user=u", [("", "")]),
]
REFUSED = [
    ("host=a,b,c port=1,2 dbname=d", "2 ports for 3 hosts"),
    ("postgresql://a,b:2,c:3/d?port=1,2", "2 ports for 3 hosts"),
    ("postgresql://a:x/d", "port 'x'; a port is a number, 1 to 65535"),
    ("host=a port=65536", "port '65536'"),
    ("host=a,,b", "host 2 of 3 .* is empty"),
    ("host=a,b hostaddr=1.1.1.1,2.2.2.2", "hostaddr"),
    ("hsot=a dbname=d", "hsot"),
    ("postgresql://a/d?sslmod=require", "sslmod"),
    ("postgresql:host=a", "cannot be read"),
    ("host=a dbname", 'missing "="'),
    ("mysql://a/d", "mysql://… is neither"),
    ("sqlite:///d", "kept in a directory"),
]


@pytest.mark.parametrize(("written", "hosts"), HOSTS)
def test_taken(written: str, hosts: list[tuple[str, str]]) -> None:
    url = address(written)
    _, parameters = url.get_dialect()().create_connect_args(url)
    assert (url.username, url.database) == ("u", "d")
    assert Hosts(url)._ordered(parameters) == hosts
    assert Database(written).is_postgres


@pytest.mark.parametrize(("written", "said"), REFUSED)
def test_refused_in_words(written: str, said: str) -> None:
    with pytest.raises(BadAddress, match=said):
        Database(written)


@pytest.mark.parametrize(
    "written",
    [
        "postgresql://u:SECRET@a,b/d",
        "postgresql://u@a/d?password=SECRET",
        "postgresql://u@/d?password=SECRET&host=a:1&host=b:2",
        "host=a,b dbname=d user=u password=SECRET",
        "host=a dbname=d user=u password='SEC RET' sslpassword=SECRET",
    ],
)
def test_a_password_is_used_and_not_shown(written: str) -> None:
    database = Database(written)
    assert "SEC" not in database.display_name
    url = database.hosts.url
    assert url.get_dialect()().create_connect_args(url)[1]["password"].replace(" ", "") == "SECRET"


def test_what_is_no_address_is_a_directory(tmp_path: Path) -> None:
    assert not any(is_address(written) for written in (str(tmp_path), "data", "year=2026", "C:/x", "./host", "my host"))


def _demote(postgres: Database) -> None:
    """Have the server say of itself in this database, on each new connection, that it follows another."""
    with postgres.owner.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA said")
        connection.exec_driver_sql("GRANT USAGE ON SCHEMA said TO PUBLIC")
        connection.exec_driver_sql(
            "CREATE FUNCTION said.pg_is_in_recovery() RETURNS bool LANGUAGE sql AS 'SELECT true'"
        )
        name = connection.exec_driver_sql("SELECT current_database()").scalar()
        connection.exec_driver_sql(f"ALTER DATABASE {name} SET search_path = said, pg_catalog, public")
    postgres.close()


def test_a_standby_is_said_at_start_and_by_health(postgres: Database) -> None:
    with Ledger(postgres, CONTEXTS) as ledger, Follower(postgres, []) as follower:
        pulse = Pulse(postgres)
        assert asyncio.run(health(ledger, follower, pulse, Settings())).recording == "ok"
        _demote(postgres)
        found = asyncio.run(health(ledger, follower, pulse, Settings()))
    assert (found.status, found.recording) == ("failing", STANDBY)
    with pytest.raises(NotSafe) as raised:
        Ledger(postgres, CONTEXTS).start()
    assert raised.value.faults == [STANDBY]
