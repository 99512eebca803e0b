"""A log that goes back beneath whoever works on it: put back from a copy, as after a failover that lost its end.

Copied   an earlier state of a database, which put_back() puts in its place while others have it open
"""

import os
import sqlite3
from pathlib import Path

from sqlalchemy import create_engine, text

from ledger.log.database import Database


class Copied:
    """The database as it is now. SQLite: a copy of the log's file; PostgreSQL: a database made from this one."""

    def __init__(self, database: Database) -> None:
        self.database = database
        if database.is_postgres:
            self._name = str(database.hosts.url.database)
            self._administer(f"CREATE DATABASE {self._name}_copy TEMPLATE {self._name}")
        else:
            self._file = Path(f"{database.directory}.copy")
            with sqlite3.connect(database.directory / "ledger.db") as source:
                source.execute("VACUUM INTO ?", (str(self._file),))
            source.close()

    def put_back(self) -> None:
        """Put it in the place of what is there now."""
        if self.database.is_postgres:
            self._administer(
                f"ALTER DATABASE {self._name} RENAME TO {self._name}_gone",
                f"ALTER DATABASE {self._name}_copy RENAME TO {self._name}",
            )
        else:
            place = self.database.directory / "ledger.db"
            with sqlite3.connect(self._file) as copy:
                copy.execute("PRAGMA journal_mode = WAL")
            copy.close()
            for beside in ("-wal", "-shm"):
                Path(f"{place}{beside}").unlink(missing_ok=True)
            os.replace(self._file, place)

    def _administer(self, *statements: str) -> None:
        """As the server's own administrator, with nobody connected."""
        engine = create_engine(self.database.hosts.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
        ours = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = :name"
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(ours), {"name": self._name})
                connection.execute(text(statement))
        engine.dispose()
