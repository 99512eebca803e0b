"""The files of a ledger on SQLite, and what is left of them when power goes.

Disk      reads and replaces the files; knows what a disk has confirmed, sector by sector
Storage   one ledger's directory for all runs, with a Database for each process that opens it

A commit writes to SQLite's write-ahead log and, with `synchronous=FULL`, has the disk confirm it; with NORMAL the disk
confirms only when the write-ahead log is folded in. When power goes, every sector written since is there or not, by
chance: writes are torn and out of order. Sectors whose confirmation failed are held for written by the system, and
never written again (as Linux does): they are lost with the power, whatever is confirmed later.
"""

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from random import Random
from sqlite3 import OperationalError as SqliteError
from typing import Any, cast

from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

import migrations
from ledger.log import store
from ledger.log.database import Database

SECTOR = 512
LOG, VIEWS = ("ledger.db", "ledger.db-wal"), ("projections.db", "projections.db-wal")
FILES = (*LOG, *VIEWS)
FULL, IO = 13, 10

Image = dict[str, bytes]
"""The bytes of each file; one that is not there is empty."""


class DiskError(SqliteError):
    """An error as SQLite's driver raises it."""

    def __init__(self, code: int) -> None:
        super().__init__({FULL: "database or disk is full", IO: "disk I/O error"}.get(code, "connection lost"))
        self.sqlite_errorcode = code


def failure(code: int) -> OperationalError:
    """An error of the database, as SQLAlchemy raises it; code 0: the connection is gone."""
    return OperationalError("a statement", {}, DiskError(code))


def _sectors(data: bytes, length: int) -> bytes:
    return data + bytes(length - len(data))


def _merged(old: bytes, new: bytes, take: Callable[[int], bool]) -> bytes:
    """Each sector in which the two differ as it was, or (where `take` says so) as it is."""
    length = max(len(old), len(new))
    was, now = _sectors(old, length), _sectors(new, length)
    kept, end = bytearray(was), len(old)
    for at in range(0, length, SECTOR):
        mine = slice(at, at + SECTOR)
        if (was[mine] != now[mine] or at >= len(old)) and take(at):
            kept[mine] = now[mine]
            end = max(end, min(at + SECTOR, length))
    return bytes(kept[:end])


class Disk:
    """The files in a directory; `confirmed` is what a loss of power leaves at least."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.confirmed: Image = {}
        self._failed: dict[str, tuple[bytes, bytes]] = {}

    def read(self, names: tuple[str, ...] = FILES) -> Image:
        """The files as programs see them now."""
        paths = {name: self.directory / name for name in names}
        return {name: path.read_bytes() if path.exists() else b"" for name, path in paths.items()}

    def put(self, image: Image) -> None:
        """Put these files there, which the disk has confirmed. Nobody may have one open."""
        self.write(image)
        self.confirmed = {**self.confirmed, **image}
        self._failed = {name: pair for name, pair in self._failed.items() if name not in image}

    def write(self, image: Image) -> None:
        """Put these files there as a program would: the disk has confirmed none of it."""
        for name, data in image.items():
            path = self.directory / name
            path.unlink(missing_ok=True)
            (self.directory / f"{name.removesuffix('-wal')}-shm").unlink(missing_ok=True)
            if data:
                path.write_bytes(data)

    def confirm(self, names: tuple[str, ...]) -> None:
        """The disk confirms what was written to these files; sectors that failed to be are not among it."""
        for name, data in self.read(names).items():
            self.confirmed[name] = self._without_failed(name, data)

    def _without_failed(self, name: str, data: bytes) -> bytes:
        if name not in self._failed:
            return data
        before, failed = self._failed[name]
        return _merged(
            data, before, lambda at: data[at : at + SECTOR] == failed[at : at + SECTOR] != before[at : at + SECTOR]
        )

    def committed(self, connection: Connection, names: tuple[str, ...], schema: str) -> None:
        """A transaction was committed: the disk confirms it, if it is asked to."""
        driver = connection.connection.driver_connection
        assert driver is not None
        (level,) = driver.execute(f"PRAGMA {schema}.synchronous").fetchone()
        if level >= 2:
            self.confirm(names)
        self.folded()

    def folded(self) -> None:
        """Where a write-ahead log was folded in, the disk has confirmed both: SQLite asks it to before it goes on."""
        for names in (LOG, VIEWS):
            if self.read(names[:1])[names[0]] != self.confirmed[names[0]]:
                self.confirm(names)

    def fail(self, names: tuple[str, ...]) -> None:
        """The disk does not confirm what was written to these files."""
        for name, data in self.read(names).items():
            if data != self.confirmed[name]:
                self._failed[name] = (self.confirmed[name], data)

    def after_power_loss(self, chance: Random) -> Image:
        """The files as they are found when power comes back."""
        share = chance.choice((0.0, 0.5, 0.9, 1.0))
        found = {}
        for name, data in self.read().items():
            now = self._without_failed(name, data)
            found[name] = _merged(self.confirmed[name], now, lambda _: chance.random() < share)
        return found


class Storage:
    """The directory in which every run has its ledger, and the databases by which processes open it.

    Databases are kept from run to run: what they compiled is worth keeping, and nothing of a run is left in them.
    """

    def __init__(self, directory: Path) -> None:
        self.disk = Disk(directory)
        maker = Database(directory)
        migrations.upgrade(maker)
        maker.close()
        self.empty = self.disk.read()
        self.databases = [Database(directory) for _ in range(3)]
        self.reader = self.databases[2]
        self.on_commit: Callable[[int, str, Connection], None] = lambda *_: None
        self.on_write: Callable[[int], None] = lambda _: None
        self._moved = store.move_head
        for number, database in enumerate(self.databases):
            self._listen(number, database)

    def _listen(self, number: int, database: Database) -> None:
        event.listen(database.log, "commit", lambda connection: self.on_commit(number, "log", connection))
        event.listen(database.views, "commit", lambda connection: self.on_commit(number, "views", connection))

    def move_head(self, connection: Connection, head: store.Head) -> None:
        """In the place of the store's: say first whose transaction writes its last row."""
        for number, database in enumerate(self.databases):
            if connection.engine is database.log:
                self.on_write(number)
        self._moved(connection, head)

    def shared(self, by_turns: bool) -> None:
        """Let several processes record, taking turns on the head, as on PostgreSQL; or one, as on SQLite."""
        for database in self.databases:
            if by_turns:
                cast(Any, database).only_writer = nullcontext
            else:
                vars(database).pop("only_writer", None)

    def close(self, database: Database, *, folding: bool) -> None:
        """Close a process's connections. The last one folds the write-ahead log in, unless the process was killed."""
        if folding:
            database.close()
            self.disk.folded()
        else:
            left = self.disk.read()
            self.hang_up()
            self.disk.write(left)

    def hang_up(self) -> None:
        """Close every connection, without another word to the files that are to be found."""
        for database in self.databases:
            database.close()

    def replace(self, image: Image) -> None:
        """Put other files in the place of those there."""
        self.hang_up()
        self.disk.put(image)
