"""Append-only by the database itself, and the settings without which nothing is recorded."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest
from eventsourcing.dcb.api import DCBEvent
from sqlalchemy import Engine, event, make_url, text
from sqlalchemy.exc import DBAPIError

import migrations
from ledger.log.contract import Store
from ledger.log.database import (
    APPEND_ONLY,
    LOG_KIB,
    VIEWS_KIB,
    AlreadyOpen,
    Database,
    NotSafe,
    could_become_owner,
    guard,
)
from ledger.log.store import Sealed, lock_head, write
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.ground.recorder_process import CLERK, claim

KEYS = {"fact": "position", "fact_tag": "position", "receipt": "recorded_us"}
CHANGES = [
    pytest.param(statement.format(table=table, key=KEYS[table]), id=f"{table}-{statement.split()[0].lower()}-{number}")
    for table in APPEND_ONLY
    for number, statement in enumerate(
        [
            "UPDATE {table} SET {key} = 0",
            "DELETE FROM {table}",
            "DELETE FROM {table} WHERE {key} > 0",
        ]
    )
] + [
    pytest.param("UPDATE fact SET envelope = envelope WHERE position = 1", id="fact-update-to-the-same"),
    pytest.param("UPDATE ledger_head SET size = 0", id="head-shrink"),
    pytest.param("UPDATE ledger_head SET recorded_us = 0", id="head-back-in-time"),
    pytest.param("UPDATE ledger_head SET receipts = -1", id="head-fewer-receipts"),
    pytest.param("DELETE FROM ledger_head", id="head-delete"),
    pytest.param("INSERT INTO ledger_head SELECT 2, 0, frontier, 0, 0, frontier FROM ledger_head", id="second-head"),
]
SQLITE_ONLY = [
    pytest.param(statement, id=name)
    for name, statement in {
        "insert-or-replace": "INSERT OR REPLACE INTO fact VALUES (1, 'x', 0, x'00', x'00')",
        "replace": "REPLACE INTO fact VALUES (1, 'x', 0, x'00', x'00')",
        "upsert": "INSERT INTO fact VALUES (1,'x',0,x'00',x'00') ON CONFLICT DO UPDATE SET name = 'x'",
        "replace-tag": "INSERT OR REPLACE INTO fact_tag VALUES ('a', 1)",
        "replace-receipt": "INSERT OR REPLACE INTO receipt VALUES ('a', 'k', x'00', 1, x'00', 2, x'00')",
        "replace-its-number": "INSERT OR REPLACE INTO receipt VALUES ('b', 'k', x'00', 1, x'00', 1, x'00')",
        "replace-head": "INSERT OR REPLACE INTO ledger_head VALUES (1, 9, x'00', 9, 9, x'00')",
        "update-or-replace": "UPDATE OR REPLACE fact SET position = 1",
    }.items()
]
POSTGRES_ONLY = [
    pytest.param(statement, id=name)
    for name, statement in {
        **{f"truncate-{table}": f"TRUNCATE {table}" for table in (*APPEND_ONLY, "ledger_head")},
        "truncate-cascade": "TRUNCATE fact CASCADE",
        "upsert": "INSERT INTO fact VALUES (1,'x',0,'','') ON CONFLICT (position) DO UPDATE SET name = 'x'",
        "update-from": "UPDATE fact SET name = t.tag FROM fact_tag t",
        "merge": "MERGE INTO fact USING fact_tag t ON true WHEN MATCHED THEN DELETE",
        "as-replica": "SET LOCAL session_replication_role = replica; DELETE FROM fact",
    }.items()
]


def recorded(database: Database) -> Engine:
    """The engine whose role could do most, after one fact, one tag and one receipt are there."""
    Store(database).append([DCBEvent(type="T", data=b"", tags=["a"])])
    with database.log.begin() as connection:
        write(connection, Sealed(), lock_head(connection), [("a", "k", b"", 1, b"")])
    return database.owner


def refuse(engine: Engine, statement: str) -> None:
    with (
        pytest.raises(DBAPIError, match=r"append-only|only grows|never deleted|one head|permission denied"),
        engine.begin() as own,
    ):
        own.exec_driver_sql(statement)


@pytest.mark.parametrize("statement", CHANGES)
def test_change_refused_even_to_the_owner(database: Database, statement: str) -> None:
    refuse(recorded(database), statement)


@pytest.mark.parametrize("statement", CHANGES)
def test_change_refused_to_the_application(database: Database, statement: str) -> None:
    recorded(database)
    refuse(database.log, statement)


@pytest.mark.parametrize("statement", SQLITE_ONLY)
def test_sqlite_ways_around_the_triggers_refused(sqlite: Database, statement: str) -> None:
    refuse(recorded(sqlite), statement)


@pytest.mark.parametrize("statement", POSTGRES_ONLY)
def test_postgres_ways_around_the_triggers_refused(postgres: Database, statement: str) -> None:
    refuse(recorded(postgres), statement)


def test_sqlite_reader_cannot_write_the_log(sqlite: Database) -> None:
    with pytest.raises(DBAPIError, match="readonly"), sqlite.views.begin() as connection:
        connection.execute(text("INSERT INTO fact_tag VALUES ('a', 1)"))


def test_safe_as_made(database: Database) -> None:
    assert guard(database)


def test_weaker_postgres_refused(postgres: Database) -> None:
    with postgres.owner.begin() as connection:
        name = connection.execute(text("SELECT current_database()")).scalar()
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    postgres.close()
    with pytest.raises(NotSafe, match="synchronous_commit is off"):
        guard(postgres)


def test_application_with_too_many_rights_refused(postgres: Database) -> None:
    with postgres.owner.begin() as connection:
        connection.execute(text("GRANT DELETE ON fact TO mcsc_app"))
    with pytest.raises(NotSafe, match="fact: DELETE"):
        guard(postgres)


def test_missing_trigger_refused(database: Database) -> None:
    with database.owner.begin() as connection:
        on = " ON fact" if database.is_postgres else ""
        connection.execute(text(f"DROP TRIGGER fact_refuse_update{on}"))
    with pytest.raises(NotSafe, match="trigger"):
        guard(database)


def test_weaker_sqlite_refused(sqlite: Database) -> None:
    def weaken(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA synchronous = NORMAL")

    event.listen(sqlite.log, "connect", weaken)
    with pytest.raises(NotSafe, match="synchronous is 1"):
        guard(sqlite)


def test_nobody_else_can_look_into_a_data_directory(tmp_path: Path) -> None:
    """Also where it was there before, or its files were, open to all; the umask has no say."""
    directory = tmp_path / "data"
    before = os.umask(0)
    try:
        for _ in range(2):
            database = Database(directory)
            migrations.upgrade(database)
            with Ledger(database, CONTEXTS) as ledger, database.views.connect() as connection:
                connection.execute(text("SELECT 1"))
                ledger.execute(claim(1), CLERK)
                held = {path.name: stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}
                assert {"ledger.db", "ledger.db-wal", "projections.db", "ledger.lock"} <= set(held)
                assert set(held.values()) == {0o600}
                assert stat.S_IMODE(directory.stat().st_mode) == 0o700
            database.close()
            directory.chmod(0o755)
            for path in directory.iterdir():
                path.chmod(0o644)
    finally:
        os.umask(before)


def test_second_sqlite_process_refused(sqlite: Database) -> None:
    with Ledger(sqlite, ()), pytest.raises(AlreadyOpen, match="is recording into"):
        Ledger(sqlite, ()).start()


def test_right_to_write_is_given_back(sqlite: Database) -> None:
    for _ in range(2):
        Ledger(sqlite, ()).__enter__().stop()


def test_a_writer_that_ends_leaves_the_whole_log_in_one_file(sqlite: Database) -> None:
    """Also while somebody reads: what only reads cannot fold the write-ahead log in when it closes last."""
    with sqlite.views.connect() as reader, sqlite.only_writer():
        reader.execute(text("SELECT count(*) FROM fact")).scalar()
        reader.rollback()
        Store(sqlite).append([DCBEvent(type="T", data=b"", tags=["a"])])
        assert sqlite.unfolded_bytes() > 0
        assert sqlite.is_recording()
    assert sqlite.unfolded_bytes() == 0
    assert not sqlite.is_recording()


def test_a_login_of_the_service_records_and_can_never_become_the_owner(postgres: Database) -> None:
    """As README has it: only mcsc_app is granted to it. The login that migrates can become the owner, and is named."""
    assert could_become_owner(postgres) == "postgres"
    with postgres.owner.begin() as connection:
        if not connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = 'mcsc_service_test'")).scalar():
            connection.execute(text("CREATE ROLE mcsc_service_test LOGIN; GRANT mcsc_app TO mcsc_service_test"))
    service = Database(str(make_url(postgres.where).set(username="mcsc_service_test", password=None)))
    try:
        assert could_become_owner(service) is None
        with Ledger(service, CONTEXTS) as ledger:
            ledger.execute(claim(1), CLERK, key="k-1")
        with pytest.raises(DBAPIError, match="permission denied to set role"), service.owner.begin() as connection:
            connection.execute(text("SET ROLE mcsc_owner"))
        for statement in ("ALTER TABLE fact DISABLE TRIGGER ALL", "DROP TRIGGER fact_refuse_update ON fact"):
            with pytest.raises(DBAPIError, match="must be owner"), service.owner.begin() as connection:
                connection.execute(text(statement))
    finally:
        service.close()


def test_whoever_reads_keeps_little(sqlite: Database) -> None:
    """There are as many connections as threads; each keeping two megabytes of each file was most of what grew."""
    with sqlite.views.connect() as connection:
        held = [connection.execute(text(f"PRAGMA {name}.cache_size")).scalar() for name in ("main", "projections")]
    assert held == [-LOG_KIB, -VIEWS_KIB]
