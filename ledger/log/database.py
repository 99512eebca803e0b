"""Where a ledger is kept: its tables, the two ways in, and the settings without which nothing is recorded.

Tables    fact, fact_tag, receipt (append-only) and ledger_head (one row: how many facts and receipts there are, the
          frontiers of their trees, the latest instant)
Database  `log`: the writer's way in; `views`: reads of the log, reads and writes of the read models
          `access`: the access log's way in
          SQLite: three files in a data directory; PostgreSQL: one database, read models in the schema `projections`,
          the access log in `access_log`
guard     refuses to record on a database that may lose or change what it acknowledged
is_…      what an error of the database means
in_doubt  what keeps a commit from counting although the database confirmed it

Tables are created by `migrations/` only.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
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
    text,
)
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from ledger.log.directories import is_address, make_directory

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
    Column("number", BigInteger, nullable=False),
    Column("nodes", LargeBinary, nullable=False),
    PrimaryKeyConstraint("actor", "key"),
    Index("receipt_number", "number", unique=True),
    sqlite_with_rowid=False,
)
ledger_head = Table(
    "ledger_head",
    LOG,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
    Column("receipts", BigInteger, nullable=False),
    Column("receipts_frontier", LargeBinary, nullable=False),
)

APPEND_ONLY = ("fact", "fact_tag", "receipt")
TRIGGERS = frozenset(
    {f"{table}_refuse_{verb}" for table in APPEND_ONLY for verb in ("update", "delete", "replace")}
    | {"ledger_head_refuse_insert", "ledger_head_refuse_delete", "ledger_head_refuse_shrink"}
)
"""The SQLite triggers that keep the log append-only; PostgreSQL has `refuse_truncate` in place of `refuse_replace`."""

DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
"""PostgreSQL's settings without which what it confirmed could be lost."""
LOG_WAIT_S, VIEWS_WAIT_S, DDL_WAIT_S = 3.0, 20.0, 3600.0
"""The longest waits for one answer of PostgreSQL: while recording; of the read models; while tables are changed."""
LOG_SESSION = {
    "lock_timeout": "2000",
    "idle_in_transaction_session_timeout": "5000",
    "client_connection_check_interval": "1000",
}
"""Of whoever records: others wait so long at most for one that stands still while it holds the head (milliseconds)."""
VIEWS_SESSION = {**LOG_SESSION, "lock_timeout": "10000", "idle_in_transaction_session_timeout": "30000"}
CLOCK_AHEAD_MAX = timedelta(days=1)
LOG_BUSY_MS, VIEWS_BUSY_MS = 3_000, 10_000
LOG_KIB, VIEWS_KIB = 512, 1024
"""What a connection that reads may keep of the log and of the read models, in KiB: there are many, and with the next
commit what they keep is worthless. Read models are also written on these."""

ACCESS_SCHEMA = "access_log"
"""Where who knew and who tried is kept: access_log.py has the tables."""
STANDBY = (
    "the address leads to a standby, which takes no writes; name the server that leads, or all of them"
    " (postgresql://a:5432,b:5432/mcsc), and the one that leads is taken"
)
APP_ROLE, OWNER_ROLE = "mcsc_app", "mcsc_owner"
NOTIFY_CHANNEL = "mcsc_ledger"


def keys_of(connection: Connection) -> Path | None:
    """The directory of the keys under which personal data are sealed, for somebody who reads."""
    found: Path | None = connection.get_execution_options().get("mcsc_keys")
    return found


class NotSafe(Exception):
    """The database could lose or change what it acknowledged; `.faults` says how and what to set."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class AlreadyOpen(Exception):
    """Another process records into this data directory."""


class Database:
    """A place where a ledger is kept.

    where    a data directory (SQLite: ledger.db and projections.db inside it), or an address of PostgreSQL, which
             postgres.py reads
    holder   the process to stop, should another want the right to record; this one unless said
    keys     the directory of the keys under which personal data are sealed; `contacts` in a data directory

    Raises BadAddress.
    """

    def __init__(self, where: str | Path, *, holder: int | None = None, keys: Path | None = None) -> None:
        self.where = str(where)
        self._holder = holder
        self.is_postgres = is_address(self.where)
        if self.is_postgres:
            from ledger.log.postgres import Hosts, address, connections

            self.hosts = Hosts(address(self.where))
            pool = {"pool_pre_ping": True, "pool_timeout": LOG_WAIT_S}
            self.owner = connections(self.hosts, waits_s=DDL_WAIT_S, session={}, pool_size=1)
            self.log = connections(self.hosts, waits_s=LOG_WAIT_S, session=LOG_SESSION, pool_size=2, **pool)
            self.views = connections(
                self.hosts, waits_s=VIEWS_WAIT_S, session=VIEWS_SESSION, pool_size=8, max_overflow=24, **pool
            )
            self.access = connections(self.hosts, waits_s=LOG_WAIT_S, session=LOG_SESSION, pool_size=1, **pool)
            event.listen(self.access, "connect", _become_application)
            event.listen(self.access, "connect", _confirm_early)
            event.listen(self.log, "connect", _become_application)
            event.listen(self.log, "connect", _check_durable)
            event.listen(self.log, "connect", _hear_warnings)
            event.listen(self.log, "connect", _transact)
            event.listen(self.views, "connect", _become_application)
            event.listen(self.views, "connect", _confirm_early)
        else:
            self.directory = Path(self.where)
            self.owner = _sqlite_engine(self.directory, log="rwc", immediate=True, attach=True)
            self.log = _sqlite_engine(self.directory, log="rw", immediate=True, attach=False)
            self.views = _sqlite_engine(self.directory, log="ro", immediate=False, attach=True)
            self.access = _access_engine(self.directory)
            keys = keys or self.directory / "contacts"
        self.keep_keys(keys)

    def keep_keys(self, directory: Path | None) -> None:
        """Say where keys of personal data lie; whoever reads is told by their connection (`keys_of`)."""
        self.keys = directory
        self.views.update_execution_options(mcsc_keys=directory)

    def __repr__(self) -> str:
        return f"Database({self.display_name!r})"

    @property
    def display_name(self) -> str:
        """The address of the database, without a password."""
        if not self.is_postgres:
            return self.where
        url = self.hosts.url.difference_update_query(["sslpassword"])
        return url.set(drivername="postgresql").render_as_string(hide_password=True)

    def exists(self) -> bool:
        """Check whether a ledger was ever created here."""
        if not self.is_postgres:
            return (self.directory / "ledger.db").exists()
        with self.owner.connect() as connection:
            return connection.execute(text("SELECT to_regclass('ledger_head')")).scalar() is not None

    def keep_private(self) -> None:
        """Make the data directory, where there is none, and let nobody else look into it (SQLite)."""
        make_directory(self.directory)
        files = [self.directory / name for name in ("ledger.db", "projections.db", "access.db", "ledger.lock")]
        beside = [Path(f"{file}{end}") for file in files for end in ("-wal", "-shm", "-journal")]
        with suppress(PermissionError):  # a directory of somebody else's is kept by them
            self.directory.chmod(0o700)
            for file in files:
                file.touch(0o600)  # what SQLite puts beside a file is as that file
            for file in [*files, *filter(Path.exists, beside)]:
                file.chmod(0o600)

    def close(self) -> None:
        """Close every connection, those that only read first: on SQLite the last one folds the write-ahead log in, and
        one that only reads cannot."""
        for engine in (self.access, self.views, self.log, self.owner):
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

    def settle(self) -> None:
        """Fold in what an earlier process left in SQLite's write-ahead log, before anything is added to it.

        Of a disk that failed, the system goes on showing what it never wrote; added to that, new facts would be lost
        with it when power goes. Raises NotSafe.
        """
        if self.is_postgres:
            return
        try:
            self._fold()
        except sqlite3.OperationalError as error:
            if not is_busy(error) and not is_full(error):
                raise NotSafe([f"the write-ahead log cannot be folded into the ledger: {error}"]) from error

    @contextmanager
    def only_writer(self) -> Iterator[None]:
        """Hold the right to record. SQLite: one process (a locked file); PostgreSQL: processes take turns on the head.

        Raises AlreadyOpen.
        """
        if self.is_postgres:
            yield
            return
        handle = os.open(self.directory / "ledger.lock", os.O_RDWR | os.O_CREAT, 0o600)
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
    path, begin = directory.resolve() / "ledger.db", "BEGIN IMMEDIATE" if immediate else "BEGIN"
    engine = create_engine(
        f"sqlite:///file:{path}?mode={log}&uri=true",
        pool_size=1 if immediate else 8,
        max_overflow=0 if immediate else 24,
        pool_timeout=VIEWS_BUSY_MS / 1000,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def connected(connection: Any, record: ConnectionPoolEntry) -> None:
        record.info[FILE] = path, _file_at(path)
        if immediate and not attach:
            record.info[TRANSACTOR] = True
        connection.isolation_level = None  # we begin transactions ourselves; the driver must not
        connection.execute(f"PRAGMA busy_timeout = {LOG_BUSY_MS if immediate else VIEWS_BUSY_MS}")
        connection.execute("PRAGMA mmap_size = 0")
        if not immediate:
            connection.execute(f"PRAGMA cache_size = -{LOG_KIB}")
        if log != "ro":
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        if attach:
            (directory / "projections.db").touch(0o600)
            connection.execute(f"ATTACH 'file:{directory.resolve()}/projections.db?mode=rwc' AS projections")
            if not immediate:
                connection.execute(f"PRAGMA projections.cache_size = -{VIEWS_KIB}")
            connection.execute("PRAGMA projections.journal_mode = WAL")
            connection.execute("PRAGMA projections.synchronous = NORMAL")
            (directory / "access.db").touch(0o600)
            connection.execute(f"ATTACH 'file:{directory.resolve()}/access.db?mode=rwc' AS {ACCESS_SCHEMA}")
            if log != "ro":
                connection.execute(f"PRAGMA {ACCESS_SCHEMA}.journal_mode = WAL")
        if immediate and not attach and (faults := _weak_sqlite(_pragmas(connection))):
            connection.close()
            raise NotSafe(faults)

    @event.listens_for(engine, "checkout")
    def checked_out(_connection: object, record: ConnectionPoolEntry, _proxy: object) -> None:
        """Open the log anew where another file has taken its place: the one that is open is nobody's any more."""
        if record.info[FILE] != (path, _file_at(path)):
            raise DisconnectionError

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        with to_driver(connection, begin) as driver:
            driver.execute(begin)

    return engine


@contextmanager
def to_driver(connection: Connection, doing: str) -> Iterator[Any]:
    """The database's driver itself; its errors are raised as SQLAlchemy raises them."""
    driver: Any = connection.connection.driver_connection
    try:
        yield driver
    except driver.Error as error:
        raise DBAPIError(doing, None, error) from error


def _access_engine(directory: Path) -> Engine:
    """The access log by itself: whoever writes it locks nothing else, and a power cut may take its latest rows."""
    engine = create_engine(
        f"sqlite:///file:{directory.resolve()}/access.db?mode=rw&uri=true",
        pool_size=1,
        max_overflow=0,
        pool_timeout=LOG_WAIT_S,
        hide_parameters=True,
        execution_options={"schema_translate_map": {ACCESS_SCHEMA: None}},
    )

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {LOG_BUSY_MS}")
        connection.execute("PRAGMA synchronous = NORMAL")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


FILE, WARNED, TRANSACTOR = "file", "warned", "transactor"
"""What is kept beside a connection: which file it has open; that its database warned while it committed; that it is
one which records."""


def _file_at(path: Path) -> tuple[int, int] | None:
    """The file that stands at a path, by its number; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _hear_warnings(connection: Any, record: ConnectionPoolEntry) -> None:
    """Keep in mind that PostgreSQL warned: of a commit whose wait for a standby was cancelled it says no more."""

    def warned(diagnostic: Any) -> None:
        if diagnostic.severity_nonlocalized == "WARNING":
            record.info[WARNED] = diagnostic.message_primary

    connection.add_notice_handler(warned)


def _transact(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info[TRANSACTOR] = True


def begin_commit(connection: Connection) -> None:
    """Forget what the database warned of before: in_doubt() is about the commit that comes now."""
    connection.info.pop(WARNED, None)


def in_doubt(connection: Connection) -> str | None:
    """Say why the commit just made may be lost although the database confirmed it; None where it holds.

    PostgreSQL: the wait for a synchronous standby was cancelled, which is a success with a warning (SQLSTATE 01000).
    SQLite: another file stands where the log was, so what was written is in none that anybody will open.
    """
    if warning := connection.info.pop(WARNED, None):
        return f"PostgreSQL warned: {warning}"
    path, opened = connection.info.get(FILE, (None, None))
    if path is not None and _file_at(path) != opened:
        return "another file was put in the place of the log meanwhile"
    return None


def _become_application(connection: Any, _record: object) -> None:
    """Give up every right but the application's: SELECT and INSERT on the log (the role is made by a migration)."""
    connection.autocommit = True
    connection.execute(f"SET ROLE {APP_ROLE}")
    connection.autocommit = False


def _check_durable(connection: Any, _record: object) -> None:
    """Check on each new connection what could be lost there: after a failover it is another server. Raises NotSafe."""
    connection.autocommit = True
    settings = {name: connection.execute(f"SHOW {name}".encode()).fetchone()[0] for name in DURABLE}
    theirs, follows = connection.execute("SELECT clock_timestamp(), pg_is_in_recovery()").fetchone()
    connection.autocommit = False
    faults = [STANDBY] if follows else _weak_postgres(settings)
    if datetime.now(UTC) - theirs > CLOCK_AHEAD_MAX:
        faults.append(f"this computer's clock is ahead of the database's ({theirs.isoformat()}): set it right")
    if faults:
        connection.close()
        raise NotSafe(faults)


def is_standby(connection: Connection) -> bool:
    """Check whether this connection is to a server that only follows another."""
    return connection.dialect.name != "sqlite" and bool(connection.execute(text("SELECT pg_is_in_recovery()")).scalar())


def _weak_postgres(settings: Mapping[str, str]) -> list[str]:
    return [
        f"{name} is {value}: an acknowledged fact could be lost; set {name} = on"
        for name, value in settings.items()
        if value not in ("on", "remote_apply")
    ]


def _pragmas(connection: Any) -> tuple[Any, Any]:
    """(journal_mode, synchronous) of a connection of the driver's."""
    journal, synchronous = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
    )
    return journal, synchronous


def _weak_sqlite(pragmas: tuple[Any, Any]) -> list[str]:
    if pragmas in (("wal", 2), ("wal", 3)):
        return []
    journal, synchronous = pragmas
    return [
        f"journal_mode is {journal} and synchronous is {synchronous}: an acknowledged fact could be lost in a power"
        " cut; put the data directory on a file system that supports WAL"
    ]


def _confirm_early(connection: Any, _record: object) -> None:
    """Commit without waiting for the disk. A crash takes the latest commits in their order: read models stand a little
    further back then, rows and bookmarks alike, and apply the same facts again.
    """
    connection.autocommit = True
    connection.execute("SET synchronous_commit = off")
    connection.autocommit = False


SQLITE_BUSY, SQLITE_LOCKED, SQLITE_IO_ERROR, SQLITE_FULL, SQLITE_CANNOT_OPEN = 5, 6, 10, 13, 14
POSTGRES_FULL, POSTGRES_READ_ONLY = "53100", "25006"


def is_io_error(error: BaseException) -> bool:
    """Check whether the disk failed beneath SQLite."""
    return _sqlite_code(error) == SQLITE_IO_ERROR


def is_busy(error: BaseException) -> bool:
    """Check whether SQLite had to wait for another for too long."""
    return _sqlite_code(error) in (SQLITE_BUSY, SQLITE_LOCKED)


def is_full(error: BaseException) -> bool:
    """Check whether the database had no space left."""
    return _sqlite_code(error) == SQLITE_FULL or getattr(_of_driver(error), "sqlstate", None) == POSTGRES_FULL


def is_read_only(error: BaseException) -> bool:
    """Check whether PostgreSQL was asked to write where nobody may, as on a standby."""
    return getattr(_of_driver(error), "sqlstate", None) == POSTGRES_READ_ONLY


def is_unavailable(error: DBAPIError) -> bool:
    """Check whether the database is gone, silent or busy, rather than asked something that it does not understand."""
    if isinstance(_of_driver(error), sqlite3.Error):
        return _sqlite_code(error) in (SQLITE_BUSY, SQLITE_LOCKED, SQLITE_IO_ERROR, SQLITE_FULL, SQLITE_CANNOT_OPEN)
    return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)


def _of_driver(error: BaseException) -> object:
    return getattr(error, "orig", error)


def _sqlite_code(error: BaseException) -> int:
    return int(getattr(_of_driver(error), "sqlite_errorcode", 0)) & 0xFF


def guard(database: Database) -> list[str]:
    """Check what durability and append-only rest on; the findings in words, for people.

    Raises NotSafe where an acknowledged fact could be lost or changed.
    """
    with database.log.connect() as connection:
        findings, faults = _guard_postgres(connection) if database.is_postgres else _guard_sqlite(connection)
    if faults:
        raise NotSafe(faults)
    return findings


def could_become_owner(database: Database) -> str | None:
    """Name the login that could become the tables' owner, and so take their guards away (PostgreSQL); None if none."""
    if not database.is_postgres:
        return None
    reach = text(
        "SELECT session_user FROM pg_roles WHERE rolname = :owner AND pg_has_role(session_user, oid, 'MEMBER')"
    )
    with database.log.connect() as connection:
        found: str | None = connection.execute(reach, {"owner": OWNER_ROLE}).scalar()
    return found


def _guard_sqlite(connection: Connection) -> tuple[list[str], list[str]]:
    pragmas = _pragmas(connection.connection.driver_connection)
    version = connection.exec_driver_sql("SELECT sqlite_version()").scalar()
    findings = [f"SQLite {version}, one writer", "journal_mode {}, synchronous {}".format(*pragmas)]
    faults = _weak_sqlite(pragmas)
    triggers = set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars())
    if missing := sorted(TRIGGERS - triggers):
        faults.append(
            f"append-only triggers are missing ({', '.join(missing)}): put a backup back with `mcsc restore BACKUP`"
        )
    return findings, faults


def _guard_postgres(connection: Connection) -> tuple[list[str], list[str]]:
    def setting(name: str) -> str:
        return str(connection.execute(text(f"SHOW {name}")).scalar())

    role = connection.execute(text("SELECT current_user")).scalar()
    findings = [f"PostgreSQL {setting('server_version')}, as role {role}"]
    settings = {name: setting(name) for name in DURABLE}
    findings += [f"{name} {value}" for name, value in settings.items()]
    faults = _weak_postgres(settings)
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
