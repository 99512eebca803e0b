"""The tables, as a history of changes in two independent lines: `ledger` (for ever) and `projections` (disposable)."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from ledger.database import Database


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(database: Database) -> None:
    """Bring every table to the newest version; make the data directory if it is not there.

    Where the disposable read models have been deleted, their tables are made again, empty.
    """
    if not database.is_postgres:
        database.directory.mkdir(parents=True, exist_ok=True)
    with database.owner.begin() as connection:
        config = _config(connection)
        tables = inspect(connection).get_table_names
        if "alembic_version" in tables() and "projection" not in tables(schema="projections"):
            command.stamp(config, "ledger@head", purge=True)
        command.upgrade(config, "heads")


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
