"""Where a ledger is kept: its tables, the two ways in, and the settings without which nothing is recorded.

Tables    fact, fact_tag, receipt (append-only) and ledger_head (one row: size, frontier, latest instant)
Database  `log`: the writer's way in; `views`: reads of the log, reads and writes of the read models
          SQLite: two files in a data directory; PostgreSQL: one database, read models in the schema `projections`
guard     refuses to record on a database that may lose or change what it acknowledged

Tables are created by `migrations/` only.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    create_engine,
    event,
    make_url,
    text,
)

LOG = MetaData()

fact = Table(
    "fact",
    LOG,
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Column("nodes", LargeBinary, nullable=False),
    Index("fact_name", "name", "position"),
    Index("fact_recorded_us", "recorded_us", "position"),
)
fact_tag = Table(
    "fact_tag",
    LOG,
    Column("tag", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    PrimaryKeyConstraint("tag", "position"),
    Index("fact_tag_position", "position"),
    sqlite_with_rowid=False,
)
receipt = Table(
    "receipt",
    LOG,
    Column("actor", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("request_sha256", LargeBinary, nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
    Column("outcome", LargeBinary, nullable=False),
    PrimaryKeyConstraint("actor", "key"),
    sqlite_with_rowid=False,
)
ledger_head = Table(
    "ledger_head",
    LOG,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
)

APPEND_ONLY = ("fact", "fact_tag", "receipt")
TRIGGERS = frozenset(
    {f"{table}_refuse_{verb}" for table in APPEND_ONLY for verb in ("update", "delete", "replace")}
    | {"ledger_head_refuse_delete", "ledger_head_refuse_shrink"}
)
"""The SQLite triggers that keep the log append-only; PostgreSQL has `refuse_truncate` in place of `refuse_replace`."""

APP_ROLE = "mcsc_app"
NOTIFY_CHANNEL = "mcsc_ledger"


class NotSafe(Exception):
    """The database could lose or change what it acknowledged; `.faults` says how and what to set."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class AlreadyOpen(Exception):
    """Another process records into this data directory."""


class Database:
    """A place where a ledger is kept.

    where    a data directory (SQLite: ledger.db and projections.db inside it) or a `postgresql://` address
    holder   the process to stop, should another want the right to record; this one unless said
    """

    def __init__(self, where: str | Path, *, holder: int | None = None) -> None:
        self.where = str(where)
        self._holder = holder
        self.is_postgres = self.where.startswith(("postgresql:", "postgresql+", "postgres:"))
        if self.is_postgres:
            url = make_url(self.where).set(drivername="postgresql+psycopg")
            self.owner = create_engine(url, pool_size=1, pool_reset_on_return="rollback")
            self.log = create_engine(url, pool_size=2, pool_pre_ping=True)
            self.views = create_engine(url, pool_size=8, max_overflow=24, pool_pre_ping=True)
            event.listen(self.log, "connect", _become_application)
            event.listen(self.views, "connect", _become_application)
            event.listen(self.views, "connect", _confirm_early)
        else:
            self.directory = Path(self.where)
            self.owner = _sqlite_engine(self.directory, log="rwc", immediate=True, attach=True)
            self.log = _sqlite_engine(self.directory, log="rw", immediate=True, attach=False)
            self.views = _sqlite_engine(self.directory, log="ro", immediate=False, attach=True)

    def __repr__(self) -> str:
        return f"Database({self.display_name!r})"

    @property
    def display_name(self) -> str:
        """The address of the database, without a password."""
        return make_url(self.where).render_as_string(hide_password=True) if self.is_postgres else self.where

    def exists(self) -> bool:
        """Check whether a ledger was ever created here."""
        if not self.is_postgres:
            return (self.directory / "ledger.db").exists()
        with self.owner.connect() as connection:
            return connection.execute(text("SELECT to_regclass('ledger_head')")).scalar() is not None

    def close(self) -> None:
        """Close every connection, those that only read first: on SQLite the last one folds the write-ahead log in, and
        one that only reads cannot."""
        for engine in (self.views, self.log, self.owner):
            engine.dispose()

    def unfolded_bytes(self) -> int:
        """Bytes of the log that are in SQLite's write-ahead log alone: a copy of `ledger.db` would lack them."""
        wal = None if self.is_postgres else self.directory / "ledger.db-wal"
        return wal.stat().st_size if wal is not None and wal.exists() else 0

    def is_recording(self) -> bool:
        """Check whether a process has the right to record into this data directory now (SQLite)."""
        path = self.directory / "ledger.lock"
        if not path.exists():
            return False
        with path.open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def _fold(self) -> None:
        """Write SQLite's write-ahead log into `ledger.db`, so that the file by itself is the whole ledger.

        What other processes read meanwhile can be in the way; then it stays for the next time.
        """
        connection = self.log.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()

    @contextmanager
    def only_writer(self) -> Iterator[None]:
        """Hold the right to record. SQLite: one process (a locked file); PostgreSQL: processes take turns on the head.

        Raises AlreadyOpen.
        """
        if self.is_postgres:
            yield
            return
        handle = os.open(self.directory / "ledger.lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(handle, 32, 0).decode().strip() or "unknown"
                raise AlreadyOpen(
                    f"process {holder} is recording into {self.where}; where that is a service, record over HTTP, or"
                    " stop it first"
                ) from None
            os.ftruncate(handle, 0)
            os.pwrite(handle, str(self._holder or os.getpid()).encode(), 0)
            yield
            if self.exists():
                self._fold()
        finally:
            os.close(handle)


def _sqlite_engine(directory: Path, *, log: str, immediate: bool, attach: bool) -> Engine:
    # The log is opened by URI so that readers really are read-only; an anonymous pool size of one keeps one writer.
    uri = f"sqlite:///file:{directory.resolve()}/ledger.db?mode={log}&uri=true"
    engine = create_engine(uri, pool_size=1 if immediate else 8, max_overflow=0 if immediate else 24)

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we begin transactions ourselves; the driver must not
        connection.execute("PRAGMA busy_timeout = 10000")
        connection.execute("PRAGMA mmap_size = 0")
        if log != "ro":
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        if attach:
            connection.execute(f"ATTACH 'file:{directory.resolve()}/projections.db?mode=rwc' AS projections")
            connection.execute("PRAGMA projections.journal_mode = WAL")
            connection.execute("PRAGMA projections.synchronous = NORMAL")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _become_application(connection: Any, _record: object) -> None:
    """Give up every right but the application's: SELECT and INSERT on the log (the role is made by a migration)."""
    connection.autocommit = True
    connection.execute(f"SET ROLE {APP_ROLE}")
    connection.autocommit = False


def _confirm_early(connection: Any, _record: object) -> None:
    """Commit without waiting for the disk. A crash takes the latest commits in their order: read models stand a little
    further back then, rows and bookmarks alike, and apply the same facts again.
    """
    connection.autocommit = True
    connection.execute("SET synchronous_commit = off")
    connection.autocommit = False


def guard(database: Database) -> list[str]:
    """Check what durability and append-only rest on; the findings in words, for people.

    Raises NotSafe where an acknowledged fact could be lost or changed.
    """
    with database.log.connect() as connection:
        findings, faults = _guard_postgres(connection) if database.is_postgres else _guard_sqlite(connection)
    if faults:
        raise NotSafe(faults)
    return findings


def _guard_sqlite(connection: Connection) -> tuple[list[str], list[str]]:
    def pragma(name: str) -> Any:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()

    journal, synchronous = pragma("journal_mode"), pragma("synchronous")
    version = connection.exec_driver_sql("SELECT sqlite_version()").scalar()
    findings = [f"SQLite {version}, one writer", f"journal_mode {journal}, synchronous {synchronous}"]
    faults = []
    if (journal, synchronous) not in (("wal", 2), ("wal", 3)):
        faults.append(
            f"journal_mode is {journal} and synchronous is {synchronous}: an acknowledged fact could be lost in a power"
            " cut; put the data directory on a file system that supports WAL"
        )
    triggers = set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars())
    if missing := sorted(TRIGGERS - triggers):
        faults.append(f"append-only triggers are missing ({', '.join(missing)}): restore from a backup and verify it")
    return findings, faults


def _guard_postgres(connection: Connection) -> tuple[list[str], list[str]]:
    def setting(name: str) -> str:
        return str(connection.execute(text(f"SHOW {name}")).scalar())

    role = connection.execute(text("SELECT current_user")).scalar()
    findings = [f"PostgreSQL {setting('server_version')}, as role {role}"]
    faults = []
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        value = setting(name)
        findings.append(f"{name} {value}")
        if value not in ("on", "remote_apply"):
            faults.append(f"{name} is {value}: an acknowledged fact could be lost; set {name} = on")
    rights = connection.execute(
        text(
            "SELECT t || ': ' || r FROM unnest(CAST(:tables AS text[])) t,"
            " unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) r WHERE has_table_privilege(t, r)"
        ),
        {"tables": list(APPEND_ONLY)},
    ).scalars()
    faults += [f"this role may change the log ({right}): run the migrations, or revoke it" for right in rights]
    always = connection.execute(
        text(
            "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'A'"
            " AND tgrelid IN ('fact'::regclass, 'fact_tag'::regclass, 'receipt'::regclass, 'ledger_head'::regclass)"
        )
    ).scalar()
    if always != len(TRIGGERS):
        faults.append(f"{always} of {len(TRIGGERS)} append-only triggers are enabled ALWAYS: run the migrations")
    return findings, faults
