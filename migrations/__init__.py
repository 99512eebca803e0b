"""The tables, as changes in independent lines: `ledger` (for ever), `access`, and `projections` (disposable).

Each revision has its file's name, `LINE_NNNN`: whether tables are at the newest version is seen without Alembic, which
takes longer to load than most reports take to make.

On SQLite each of the three is a file, and a transaction over several files is confirmed file by file: who is killed in
between leaves some as they were. So each file but the log's says its own revision (`user_version`), which counts.
"""

from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from ledger.log.database import ACCESS_SCHEMA, Database

VERSIONS = "alembic_version"
BESIDE = {"projections": ("projections", "projection"), "access": (ACCESS_SCHEMA, "head")}
"""The lines beside the log's own: the schema of each, and a table that is always in it."""

LOCK_MS, PAUSE_S, LOCK_TRIES = 200, 0.8, 60
"""How long a change waits for a table that others use, how long it lets them go on then, and how often it tries."""
LOCK_NOT_AVAILABLE = "55P03"

if TYPE_CHECKING:
    from alembic.config import Config


class NotMigrated(Exception):
    """The tables are not those that this program needs; the message says what to run."""


def _config(connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(database: Database) -> None:
    """Bring every table to the newest version; make the data directory if it is not there.

    While it is served as well (PostgreSQL): nobody is held up for longer than LOCK_MS at a time. Raises NotMigrated.
    Where the disposable read models, or the access log, have been deleted, their tables are made again, empty.
    """
    if not database.is_postgres:
        database.keep_private()
    with database.owner.begin() as connection:
        if _is_newest(connection):
            return
        _mark_old_files(connection)

    def change(connection: Connection) -> None:
        if not _is_newest(connection):
            bring_up(connection)

    _in_haste(database, change)


def _in_haste(database: Database, change: Callable[[Connection], None]) -> None:
    """Change tables in one transaction that waits for nobody longer than LOCK_MS, and is tried again: all, or nothing.

    Raises NotMigrated.
    """
    for _ in range(LOCK_TRIES if database.is_postgres else 1):
        try:
            with database.owner.begin() as connection:
                _hurry(connection)
                change(connection)
                return
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise
        _pause()
    raise NotMigrated(
        f"somebody holds a table of {database.display_name}, so nothing was changed: a report or a dump that takes"
        " long, perhaps (pg_stat_activity names it); run `mcsc migrate` again once it has ended"
    )


def _hurry(connection: Connection) -> None:
    """Wait for a table no longer than LOCK_MS: whoever comes after one that waits for it waits as well."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_MS}ms'"))


def _pause() -> None:
    """Let those go on who came meanwhile."""
    Event().wait(PAUSE_S)


def bring_up(connection: Connection) -> None:
    """upgrade() in a transaction of the caller's."""
    from alembic import command

    tables = inspect(connection).get_table_names
    if "ledger_head" in tables():
        for line, (schema, table) in BESIDE.items():
            if table not in tables(schema=schema):
                _say(connection, line, None)
            elif number := _of_file(connection, schema):
                _say(connection, line, f"{line}_{number:04}")
    command.upgrade(_config(connection), "heads")
    _mark(connection)


def _say(connection: Connection, line: str, revision: str | None) -> None:
    """Have Alembic believe that a line is at this revision."""
    connection.execute(text(f"DELETE FROM alembic_version WHERE version_num LIKE '{line}%'"))  # noqa: S608 - our own
    if revision is not None:
        connection.execute(text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": revision})


def _of_file(connection: Connection, schema: str) -> int:
    """The number of the revision that a file says it is at; 0: none, or this is no file."""
    if connection.dialect.name != "sqlite":
        return 0
    return int(connection.execute(text(f"PRAGMA {schema}.user_version")).scalar_one())


def _mark(connection: Connection) -> None:
    """Have each file say its revision."""
    if connection.dialect.name == "sqlite":
        said = {line: int(number) for line, _, number in (one.rpartition("_") for one in revisions(connection))}
        for line, (schema, _) in BESIDE.items():
            connection.execute(text(f"PRAGMA {schema}.user_version = {said.get(line, 0)}"))


def _mark_old_files(connection: Connection) -> None:
    """Have files that say no revision, as earlier programs left them, say theirs, before they are changed."""
    tables = inspect(connection).get_table_names
    there = [table in tables(schema=schema) for schema, table in BESIDE.values()]
    if VERSIONS in tables() and all(there) and not any(_of_file(connection, schema) for schema, _ in BESIDE.values()):
        _mark(connection)


def _is_newest(connection: Connection) -> bool:
    """Tell whether every table is there, at the newest version."""
    tables = inspect(connection).get_table_names
    if not {"ledger_head", VERSIONS} <= set(tables()) or revisions(connection) != newest():
        return False
    if connection.dialect.name == "sqlite":
        files = {f"{line}_{_of_file(connection, schema):04}" for line, (schema, _) in BESIDE.items()}
        return files <= newest()
    return all(table in tables(schema=schema) for schema, table in BESIDE.values())


def revisions(connection: Connection) -> set[str]:
    """The revisions that a database is at; none where it has no tables yet."""
    if VERSIONS not in inspect(connection).get_table_names():
        return set()
    return set(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())


def downgrade(database: Database, to: str) -> None:
    """Step back, for example to `projections@base`; the log's own tables go only with `ledger@base`.

    While it is served as well, as upgrade(): who records notices nothing, read models that go are missed. Raises
    NotMigrated.
    """
    from alembic import command

    def change(connection: Connection) -> None:
        command.downgrade(_config(connection), to)
        _mark(connection)

    _in_haste(database, change)


def revisions_of(line: str) -> tuple[str, ...]:
    """Every revision of a line, the earliest first."""
    return tuple(sorted(file.stem for file in (Path(__file__).parent / "versions").glob(f"{line}_[0-9]*.py")))


def check(database: Database) -> None:
    """Raise where the tables differ from what the code declares."""
    from alembic import command

    with database.owner.begin() as connection:
        command.check(_config(connection))


def newest() -> set[str]:
    """The newest revision of each line."""
    found: dict[str, str] = {}
    for file in sorted((Path(__file__).parent / "versions").glob("*_[0-9][0-9][0-9][0-9].py")):
        found[file.stem.rpartition("_")[0]] = file.stem
    return set(found.values())


def behind(database: Database) -> set[str]:
    """The newest revisions that this database does not have yet."""
    with database.owner.connect() as connection:
        return newest() - revisions(connection)


def prepare(database: Database) -> None:
    """On SQLite bring the tables to the newest version; on PostgreSQL somebody with the rights for it does that.

    Raises NotMigrated.
    """
    if not database.is_postgres:
        upgrade(database)
    elif behind(database):
        raise NotMigrated(
            f"the tables in {database.display_name} are not at the newest version: run `mcsc migrate` with an address"
            " whose role may create tables"
        )
