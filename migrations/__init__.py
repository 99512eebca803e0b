"""The tables, as changes in independent lines: `ledger` (for ever), `access`, and `projections` (disposable)."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from ledger.log.database import ACCESS_SCHEMA, Database


class NotMigrated(Exception):
    """The tables are not those that this program needs; the message says what to run."""


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(database: Database) -> None:
    """Bring every table to the newest version; make the data directory if it is not there.

    Where the disposable read models, or the access log, have been deleted, their tables are made again, empty.
    """
    if not database.is_postgres:
        database.keep_private()
    with database.owner.begin() as connection:
        bring_up(connection)


def bring_up(connection: Connection) -> None:
    """upgrade() in a transaction of the caller's."""
    tables = inspect(connection).get_table_names
    if "ledger_head" in tables():
        for line, schema, table in (("projections", "projections", "projection"), ("access", ACCESS_SCHEMA, "head")):
            if table not in tables(schema=schema):
                connection.execute(text(f"DELETE FROM alembic_version WHERE version_num LIKE '{line}%'"))  # noqa: S608 - our own
    command.upgrade(_config(connection), "heads")


def downgrade(database: Database, to: str) -> None:
    """Step back, for example to `projections@base`; the log's own tables go only with `ledger@base`."""
    with database.owner.begin() as connection:
        command.downgrade(_config(connection), to)


def check(database: Database) -> None:
    """Raise where the tables differ from what the code declares."""
    with database.owner.begin() as connection:
        command.check(_config(connection))


def newest() -> set[str]:
    """The newest revision of each line."""
    return set(ScriptDirectory.from_config(_config()).get_heads())


def behind(database: Database) -> set[str]:
    """The newest revisions that this database does not have yet."""
    with database.owner.connect() as connection:
        has = MigrationContext.configure(connection).get_current_heads()
    return newest() - set(has)


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
