"""A backup: the whole log in a directory of its own, proved before it bears its name.

BackupNote   what stands beside a backup: its SIZE:ROOT, and what the root does not seal
back_up      write a backup of a ledger that may be at work
read_back    read a backup into an empty ledger, and prove it there
looked_into  a way to read a ledger's log that leaves nothing behind
NotABackup, BackupFaulty, BackupExists, NotWritten    why there is none

A backup is a ledger in SQLite, whichever database it was made from, so it goes back into either. On SQLite the database
copies itself (`VACUUM INTO`); on PostgreSQL the rows are read in one REPEATABLE READ transaction. Both see the log as
it is at one instant, while others record. Of a backup only rows are ever taken: the tables that they go into are made
by this program, so nothing else in the file can come along.
"""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Column, Connection, Engine, NullPool, Select, create_engine, inspect, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from ledger.log import store
from ledger.log.database import Database, fact, fact_tag, ledger_head, receipt
from ledger.log.directories import make_directory, sync
from ledger.log.envelope import UnknownFact
from ledger.log.verify import Altered, Verified, verify

LEDGER, NOTE = "ledger.db", "backup.json"
ROWS = 4096
"""Rows copied at once."""
RECEIPT = [receipt.c[name] for name in ("actor", "key", "request_sha256", "recorded_us", "outcome")]
"""A receipt itself, without what seals it."""
OWN_READ_MODELS, OWN_ACCESS_LOG = "projections.db*", "access.db*"
LOCK = "ledger.lock"
"""Read models, and an access log, are made wherever a ledger in SQLite is opened; of a backup they are no part."""

Progress = Callable[[int, int], None]


class BackupNote(Struct, frozen=True, kw_only=True):
    """The note beside a backup, as JSON for people and programs.

    root       SIZE:ROOT, the line that `mcsc verify` prints
    receipts   answers to commands that bore a key; their SHA-256, since this root seals facts alone
    bytes      how long the file is at least
    made_at    when; made_of: from which ledger
    settings   those in force there, as far as they belong to the ledger and not to its machine; no secret. None: the
               note is of a time when they were not noted
    """

    root: str
    receipts: int
    receipts_sha256: str
    bytes: int
    made_at: datetime
    made_of: str
    settings: dict[str, Any] | None = None

    @property
    def size(self) -> int:
        """The facts in the backup."""
        return int(self.root.partition(":")[0])

    @property
    def root_hex(self) -> str:
        """Their root, in hexadecimal."""
        return self.root.partition(":")[2]


class NotABackup(Exception):
    """No backup is there, or not a whole one."""


class BackupFaulty(Exception):
    """The backup is not as it was written; the message says what was found."""


class BackupExists(Exception):
    """Something has the name already; a backup overwrites nothing."""


class NotWritten(Exception):
    """The copy could not be written; the message says why."""


# Writing one


def back_up(
    database: Database,
    directory: Path,
    *,
    make_tables: Callable[[Database], None],
    progress: Progress,
    settings: dict[str, Any] | None = None,
    beside: Callable[[Path], None] = lambda part: None,
) -> BackupNote:
    """Write a backup into a directory that is not there yet, proved: it takes its name once it is whole.

    make_tables   makes the tables of an empty ledger
    settings      what its note says of the settings in force
    beside        writes what else belongs there, down to the disk, before the backup takes its name
    Raises BackupExists, NotWritten; Altered and UnknownFact where the ledger itself is not sound.
    """
    try:
        with written_whole(directory) as part:
            copy = Database(part)
            with closing(copy):
                if database.is_postgres:
                    make_tables(copy)
                    _export(database, copy, progress)
                else:
                    _copy_itself(database.directory / LEDGER, part / LEDGER)
                proved = prove(copy, {}, progress)
            stand_alone(part / LEDGER)
            for left in (*part.glob(OWN_READ_MODELS), *part.glob(OWN_ACCESS_LOG), part / LOCK):
                left.unlink(missing_ok=True)
            beside(part)
            note = replace(_note(part / LEDGER, proved, database.display_name), settings=settings)
            (part / NOTE).write_bytes(msgspec.json.format(msgspec.json.encode(note), indent=2) + b"\n")
            for file in (part / LEDGER, part / NOTE):
                file.chmod(0o400)
    except (OSError, sqlite3.Error) as error:
        raise NotWritten(f"no backup was written to {directory}: {error}") from error
    return note


def _export(database: Database, copy: Database, progress: Progress) -> None:
    """Read the log in one transaction, as it is at its beginning; PostgreSQL's writers do not notice."""
    with database.views.connect() as source, copy.log.begin() as target:
        source = source.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        copy_log(source, target, progress)


def _copy_itself(file: Path, copy: Path) -> None:
    """Have SQLite write a copy of a database as it is now; those who record go on."""
    with closing(sqlite3.connect(_address(file, "mode=ro"), uri=True, timeout=10)) as connection:
        connection.execute("VACUUM INTO ?", (str(copy),))


def _note(file: Path, proved: Verified, made_of: str) -> BackupNote:
    with _source(file) as source:
        receipts, digest = _receipts(source)
    return BackupNote(
        root=f"{proved.size}:{proved.root}",
        receipts=receipts,
        receipts_sha256=digest,
        bytes=file.stat().st_size,
        made_at=datetime.now(UTC).replace(microsecond=0),
        made_of=made_of,
    )


@contextmanager
def written_whole(directory: Path) -> Iterator[Path]:
    """Give a directory to write into, `….part`; it takes its name, down to the disk, once all is well.

    What an attempt left that was cut off is cleared away. Raises BackupExists.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise BackupExists(f"{directory} is there already, and a backup overwrites nothing; name a new directory")
    part = directory.with_name(f"{directory.name}.part")
    make_directory(part)
    with _alone(part):
        part.chmod(0o700)
        _clear(part)
        try:
            yield part
            for file in part.iterdir():
                sync(file)
            sync(part)
            part.rename(directory)
            sync(directory.parent)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise


@contextmanager
def _alone(part: Path) -> Iterator[None]:
    """Hold a directory against others who would write into it. Raises BackupExists."""
    handle = os.open(part, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupExists(f"{part} is being written by another process; name another directory") from None
        yield
    finally:
        os.close(handle)


def _clear(part: Path) -> None:
    for left in part.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def stand_alone(file: Path) -> None:
    """Make a SQLite file the whole database by itself: nothing beside it, and no process that has it open.

    Raises sqlite3.OperationalError where one has.
    """
    with closing(sqlite3.connect(_address(file, "mode=rw"), uri=True, timeout=2)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


# Reading one back


def read_note(directory: Path) -> BackupNote:
    """Read the note beside a backup. Raises NotABackup, BackupFaulty."""
    if not (directory / NOTE).exists():
        there = "a copy of a directory is none" if (directory / LEDGER).exists() else "nothing was written there"
        raise NotABackup(
            f"{directory} is not a backup: it holds no {NOTE} ({there}; `mcsc backup` makes one, also of a copy)"
        )
    try:
        note = msgspec.json.decode((directory / NOTE).read_bytes(), type=BackupNote)
        whole = len(bytes.fromhex(note.root_hex)) == 32 and note.size >= 0
    except (msgspec.MsgspecError, ValueError) as error:
        raise BackupFaulty(f"{directory / NOTE} cannot be read: {error}") from error
    if not whole:
        raise BackupFaulty(f"{directory / NOTE} names no SIZE:ROOT")
    return note


def read_back(directory: Path, into: Database, *, expect: dict[int, str], progress: Progress) -> BackupNote:
    """Copy a backup's rows into a ledger that is still empty, and prove what came out of it.

    expect   roots written down elsewhere, hexadecimal, by size
    Raises NotABackup, BackupFaulty, NotWritten.
    """
    note, file = read_note(directory), directory / LEDGER
    if not file.exists():
        raise NotABackup(f"{directory} is not a whole backup: it holds no {LEDGER}")
    if (now := file.stat().st_size) < note.bytes:
        raise BackupFaulty(f"the backup in {directory} was cut short: {LEDGER} has {now:,} of {note.bytes:,} bytes")
    try:
        with _source(file) as source, into.log.begin() as target:
            copy_log(source, target, progress)
            receipts = _receipts(source)
    except (SQLAlchemyError, sqlite3.Error, OverflowError) as error:
        cause = getattr(error, "orig", None) or error
        if getattr(cause, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
            raise NotWritten(f"{into.where} cannot be written: {cause}") from error
        raise BackupFaulty(f"the backup in {directory} cannot be read: {cause}") from error
    try:
        proved = prove(into, expect, progress)
    except (Altered, UnknownFact) as error:
        raise BackupFaulty(f"the backup in {directory} is not as it was sealed: {error}") from error
    if proved.size > note.size and _root_at(into, note.size) == note.root_hex:
        raise BackupFaulty(
            f"{proved.size - note.size:,} facts were recorded into the backup in {directory} after it was made; to keep"
            f" them, back it up itself: `mcsc backup --data {directory} NEW`"
        )
    if (proved.size, proved.root) != (note.size, note.root_hex):
        raise BackupFaulty(
            f"the backup in {directory} holds {proved.size}:{proved.root}, and {NOTE} beside it says {note.root}"
        )
    if receipts != (note.receipts, note.receipts_sha256):
        raise BackupFaulty(f"receipts in the backup in {directory} were changed: they are not those of {NOTE}")
    return note


def _root_at(database: Database, size: int) -> str:
    with database.views.connect() as connection:
        return store.root_at(connection, size).hex()


# Both


def copy_log(source: Connection, target: Connection, progress: Progress) -> None:
    """Copy a log row by row into tables that are empty, its head last; both are in transactions of the caller's.

    Receipts that come from before they were sealed are sealed as they stand.
    """
    unsealed = "number" not in {column["name"] for column in inspect(source).get_columns(receipt.name)}
    columns = [column for column in ledger_head.c if not unsealed or not column.name.startswith(receipt.name)]
    head = source.execute(select(*columns)).one()
    sealed = store.Head(0, [], 0)
    for rows in _in_turn(source, select(*RECEIPT), [receipt.c.recorded_us, *receipt.primary_key]) if unsealed else ():
        store.insert_rows(target, receipt, store.seal_receipts(sealed, rows))
    for table in (fact, fact_tag) if unsealed else (receipt, fact, fact_tag):
        done = 0
        for rows in _in_turn(source, select(table), table.primary_key):
            store.insert_rows(target, table, rows)
            if table is fact:
                progress(done := done + len(rows), head.size)
    receipts = {"receipts": sealed.receipts, "receipts_frontier": b"".join(sealed.receipts_frontier)}
    target.execute(update(ledger_head).values((receipts if unsealed else {}) | dict(head._mapping)))


def _in_turn(source: Connection, query: Select[Any], order: Iterable[Column[Any]]) -> Iterator[list[Any]]:
    """The rows of a query in an order, so many at once."""
    rows = source.execute(query.order_by(*order), execution_options={"yield_per": ROWS})
    return ([tuple(row) for row in some] for some in rows.partitions())


def prove(database: Database, expect: dict[int, str], progress: Progress) -> Verified:
    """Prove a log as it was sealed, then replay it: this program reads every fact. Raises Altered, UnknownFact."""
    proved = verify(database, expect=expect, progress=progress)
    with database.views.connect() as connection:
        for after in range(0, proved.size, ROWS):
            store.page(connection, after=after, limit=ROWS, up_to=proved.size)
    return proved


def _receipts(source: Connection) -> tuple[int, str]:
    """Count the receipts of a ledger in SQLite, and take the SHA-256 of them all, in order."""
    count, digest = 0, sha256()
    for rows in _in_turn(source, select(*RECEIPT), receipt.primary_key):
        count += len(rows)
        for row in rows:
            digest.update(msgspec.json.encode(row) + b"\n")
    return count, digest.hexdigest()


def _address(file: Path, options: str) -> str:
    return f"file:{quote(str(file.resolve()))}?{options}"


@contextmanager
def looked_into(database: Database) -> Iterator[Connection]:
    """Give a way to read the log of a ledger, whoever works with it meanwhile; nothing is left beside its files."""
    if database.is_postgres:
        with database.views.connect() as connection:
            yield connection
        return
    file = database.directory / LEDGER
    unfolded, shared = (file.with_name(f"{file.name}-{beside}") for beside in ("wal", "shm"))
    with ExitStack() as stack:
        if unfolded.exists() and not shared.exists():  # a file beside it would be made
            copied = Path(stack.enter_context(TemporaryDirectory(prefix="mcsc-")))
            for part in (file, unfolded):
                shutil.copyfile(part, copied / part.name)
            file = copied / LEDGER
        yield stack.enter_context(_source(file, live=unfolded.exists()))


@contextmanager
def _source(file: Path, *, live: bool = False) -> Iterator[Connection]:
    """Open a ledger in SQLite to read from, wherever it lies, also where nothing can be written; as of one instant.

    live   others may be writing
    """
    # What is not beside a whole file is not looked for: then nothing is made there either.
    unfolded = file.with_name(f"{file.name}-wal")
    options = "mode=ro" if live or (unfolded.exists() and unfolded.stat().st_size) else "mode=ro&immutable=1"

    def opened() -> Any:
        return sqlite3.connect(_address(file, options), uri=True, isolation_level=None)

    engine: Engine = create_engine("sqlite://", creator=opened, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            connection.execute(text("BEGIN"))
            yield connection
    finally:
        engine.dispose()
