"""Every migration up and down on both databases, and the tables equal to what the code declares."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from click.testing import CliRunner, Result
from sqlalchemy import Connection, inspect, text

import migrations
from api.cli import main
from ledger.log.database import LOG, Database, guard
from ledger.log.store import Sealed, lock_head, read_head, write
from ledger.log.verify import verify
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from ledger.recording.outcome import Done
from projections.engine.view import VIEWS
from tests.ground.recorder_process import CLERK, claim


def tables(database: Database) -> set[str]:
    with database.owner.connect() as connection:
        found = inspect(connection)
        log = set(found.get_table_names()) - {"alembic_version"}
        views = {"projections." + name for name in found.get_table_names(schema="projections")}
    return log | views


DECLARED = set(LOG.tables) | set(VIEWS.tables)


def test_declared_tables_are_the_migrated_ones(database: Database) -> None:
    migrations.check(database)
    assert tables(database) == DECLARED


def test_all_the_way_down_and_up_again(database: Database) -> None:
    migrations.downgrade(database, "projections@base")
    assert tables(database) == set(LOG.tables)
    migrations.downgrade(database, "ledger@base")
    assert tables(database) == set()
    migrations.upgrade(database)
    assert tables(database) == DECLARED
    guard(database)


def test_upgrade_twice_changes_nothing(database: Database) -> None:
    migrations.upgrade(database)
    migrations.check(database)


def test_deleted_read_models_are_made_again(sqlite: Database) -> None:
    sqlite.close()
    for name in ("projections.db", "projections.db-wal", "projections.db-shm"):
        (sqlite.directory / name).unlink(missing_ok=True)
    migrations.upgrade(sqlite)
    assert tables(sqlite) == DECLARED


OLDER = ("projections@base", "projections@+3", "projections@-1")


@pytest.mark.parametrize("older", OLDER)
@pytest.mark.parametrize("marked", [True, False], ids=["", "made by an earlier program"])
def test_who_is_killed_between_two_files_finds_the_tables_made(sqlite: Database, older: str, marked: bool) -> None:
    """SQLite confirms a transaction over several files file by file: the log says that all is new, and it is not."""
    step_to(sqlite, older)
    if not marked:
        with sqlite.owner.begin() as connection:
            connection.execute(text("PRAGMA projections.user_version = 0"))
            connection.execute(text("PRAGMA access_log.user_version = 0"))
            migrations._mark_old_files(connection)  # as the upgrade that is cut off does first
    sqlite.close()
    file = sqlite.directory / "projections.db"
    before = file.read_bytes()
    migrations.upgrade(sqlite)
    sqlite.close()
    file.write_bytes(before)
    migrations.upgrade(sqlite)
    migrations.check(sqlite)
    assert tables(sqlite) == DECLARED
    migrations.downgrade(sqlite, "projections@base")
    assert tables(sqlite) == set(LOG.tables)


def step_to(database: Database, older: str) -> None:
    """Step back to a revision, or to the first ones of a line."""
    migrations.downgrade(database, "projections@base" if "+" in older else older)
    if "+" in older:
        with database.owner.begin() as connection:
            command.upgrade(migrations._config(connection), older)
            migrations._mark(connection)


def test_files_of_an_earlier_program_are_taken_as_they_are(sqlite: Database) -> None:
    with sqlite.owner.begin() as connection:
        connection.execute(text("UPDATE projections.projection SET position = 7"))
        found = connection.execute(text("SELECT count(*) FROM projections.projection")).scalar()
        for schema in ("projections", "access_log"):
            connection.execute(text(f"PRAGMA {schema}.user_version = 0"))
    migrations.upgrade(sqlite)
    with sqlite.owner.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM projections.projection")).scalar() == found
        assert migrations._is_newest(connection)


def test_log_survives_without_its_read_models(database: Database) -> None:
    with database.owner.begin() as connection:
        connection.execute(text("UPDATE ledger_head SET size = 7"))
    migrations.downgrade(database, "projections@base")
    migrations.upgrade(database)
    with database.owner.connect() as connection:
        assert connection.execute(text("SELECT size FROM ledger_head")).scalar() == 7


@pytest.mark.parametrize("line", ["ledger", "projections"])
def test_each_line_has_one_newest_revision(line: str) -> None:
    assert sum(revision.startswith(line) for revision in migrations.newest()) == 1


def test_receipts_recorded_before_are_sealed_as_they_would_have_been(database: Database) -> None:
    """One command refused and two recorded; sealed by the program, then unsealed and sealed by the migration."""
    with database.log.begin() as connection:
        head = lock_head(connection)
        write(
            connection,
            Sealed(),
            head,
            [("a", "k", b"x" * 32, 1, b"{}"), ("b", "ü", b"", 2, b"[]"), ("a", "l", b"", 3, b"")],
        )
    assert head.receipts == 3
    migrations.downgrade(database, "ledger_0001")
    migrations.upgrade(database)
    migrations.check(database)
    guard(database)
    with database.views.connect() as connection:
        assert read_head(connection) == head


def test_a_change_of_tables_holds_nobody_up(postgres: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody reads for long: the change waits for a moment, lets others read, and is made once they are gone; where
    they stay, nothing is changed and it says so."""

    def change(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE first_step (number integer)"))
        connection.execute(text("ALTER TABLE fact ADD COLUMN more integer"))

    def columns() -> set[str]:
        with postgres.views.connect() as connection:  # one that would wait behind the change
            connection.execute(text("SET LOCAL lock_timeout = '1s'"))
            connection.execute(text("SELECT count(*) FROM fact"))
            return {column["name"] for column in inspect(connection).get_columns("fact")}

    monkeypatch.setattr(migrations, "bring_up", change)
    monkeypatch.setattr(migrations, "_is_newest", lambda _: False)
    monkeypatch.setattr(migrations, "LOCK_TRIES", 2)
    pauses: list[set[str]] = []
    with postgres.views.connect() as reader:
        reader.execute(text("SELECT count(*) FROM fact"))
        monkeypatch.setattr(migrations, "_pause", lambda: pauses.append(columns()))
        with pytest.raises(migrations.NotMigrated, match="somebody holds a table"):
            migrations.upgrade(postgres)
        assert len(pauses) == 2
        assert all("more" not in some for some in pauses)
        assert not inspect(reader).has_table("first_step"), "all of it, or nothing"
        monkeypatch.setattr(migrations, "_pause", reader.rollback)
        migrations.upgrade(postgres)
    assert "more" in columns()


def test_each_step_of_the_disposable_line_is_made_while_it_is_served(database: Database) -> None:
    """Down to the first and up again, one by one: before, between and after, somebody reads the log in one transaction
    and facts are recorded; nobody is refused, and the log is only added to."""
    steps = migrations.revisions_of("projections")
    assert (len(steps), steps[-1] in migrations.newest()) == (len(set(steps)), True)

    def up(connection: Connection) -> None:
        command.upgrade(migrations._config(connection), "projections@+1")
        migrations._mark(connection)

    with Ledger(database, CONTEXTS) as ledger, database.views.connect() as reader:
        for number in range(2 * (len(steps) - 1)):
            known = reader.execute(text("SELECT count(*) FROM fact")).scalar_one()
            if number < len(steps) - 1:
                migrations.downgrade(database, "projections@-1")
            else:
                migrations._in_haste(database, up)
            answer = ledger.execute(claim(number), CLERK)
            assert isinstance(answer.outcome, Done)
            again = reader.execute(text("SELECT count(*) FROM fact")).scalar_one()
            assert (known, again) == (number, number + database.is_postgres)
            reader.rollback()
    migrations.upgrade(database)
    migrations.check(database)
    assert verify(database).size == 2 * (len(steps) - 1)


def test_a_step_back_waits_for_whoever_reads_what_goes(postgres: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "LOCK_TRIES", 2)
    with postgres.views.connect() as reader:
        reader.execute(text("SELECT count(*) FROM projections.journal_line"))
        monkeypatch.setattr(migrations, "_pause", lambda: None)
        with pytest.raises(migrations.NotMigrated, match="somebody holds a table"):
            migrations.downgrade(postgres, "projections@base")
        assert tables(postgres) == DECLARED, "all of it, or nothing"
        monkeypatch.setattr(migrations, "_pause", reader.rollback)
        migrations.downgrade(postgres, "projections@base")
    assert tables(postgres) == set(LOG.tables)


def test_an_earlier_programs_tables_by_the_command_line(sqlite: Database) -> None:
    def mcsc(*words: str) -> Result:
        return CliRunner().invoke(main, ["migrate", *words, "--data", sqlite.where])

    sqlite.close()
    assert (mcsc("--back", "ledger_0001").exit_code, mcsc("--back", "projections_9999").exit_code) == (2, 2)
    assert mcsc("--back", "projections_0012").exit_code == 0
    with sqlite.owner.connect() as connection:
        assert {"projections_0012"} == {one for one in migrations.revisions(connection) if one.startswith("proj")}
    refused = mcsc("--back", "projections_0013")
    assert (refused.exit_code, "not as far as projections_0013" in refused.output) == (5, True)
    assert mcsc().exit_code == 0
    migrations.check(sqlite)


def test_revisions_are_named_as_their_files() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert migrations.newest() == set(ScriptDirectory.from_config(config).get_heads())
