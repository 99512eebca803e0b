"""Put a log that was read back in the place of the one that is there, which is kept aside.

Gone            what is recorded in the one that is there and not in the other
gone            compare two logs
put_files       SQLite: the file changes places in one step
put_tables      PostgreSQL: the tables change places in one transaction
StillOpen       somebody still works with the one that is there

Until that step nothing is changed, and after it the ledger is the one that was read back: a crash leaves one
of the two.
"""

import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, func, select, text

from ledger.log import store
from ledger.log.backup import LEDGER, OWN_READ_MODELS, ROWS, Progress, copy_log, looked_into, stand_alone
from ledger.log.database import APP_ROLE, APPEND_ONLY, OWNER_ROLE, Database, fact, receipt
from ledger.log.directories import sync
from ledger.log.verify import Verified, verify_here

TABLES = (*APPEND_ONLY, "ledger_head")
LOCK_WAIT = "3s"
OTHERS_WAIT_TIMES = 20


class StillOpen(Exception):
    """Somebody still works with the ledger that is to be replaced; nothing was changed."""


class NotAllowedHere(Exception):
    """The role may not put other tables in the place of these."""


# What is gone


class _By(Struct):
    actor: str


class _Named(Struct):
    fact: str


class _Glimpse(Struct):
    by: _By
    data: _Named


_glimpse = msgspec.json.Decoder(_Glimpse)


@dataclass(slots=True)
class Gone:
    """The facts of a ledger that another does not hold: those after the first `common`, which both do.

    head   SIZE:ROOT of the ledger that would go; other: facts of the one in its place that it does not hold
    by     how many by (actor, kind)
    """

    head: str
    common: int
    other: int
    facts: int
    first_us: int = 0
    last_us: int = 0
    by: Counter[tuple[str, str]] = field(default_factory=Counter)


def gone(there: Database, instead: Database) -> Gone:
    """Look up what the one that is there holds beyond the other. Raises where it cannot be read."""
    with looked_into(there) as old, instead.views.connect() as new:
        head, size = store.read_head(old), store.read_head(new).size
        common = _common(old, new, min(head.size, size))
        found = Gone(f"{head.size}:{head.root.hex()}", common, size - common, head.size - common)
        for after in range(common, head.size, ROWS):
            query = select(fact.c.recorded_us, fact.c.envelope).where(fact.c.position > after).order_by(fact.c.position)
            rows = old.execute(query.limit(ROWS)).all()
            for row in rows:
                seen = _glimpse.decode(row.envelope)
                found.by[seen.by.actor, seen.data.fact] += 1
            found.first_us = found.first_us or rows[0].recorded_us
            found.last_us = rows[-1].recorded_us
    return found


def _common(old: Connection, new: Connection, most: int) -> int:
    """The facts, from the first on, that two logs share: roots are the same up to there, and never again after."""
    if store.root_at(old, most) == store.root_at(new, most):
        return most
    same, other = 0, most
    while other - same > 1:
        middle = (same + other) // 2
        if store.root_at(old, middle) == store.root_at(new, middle):
            same = middle
        else:
            other = middle
    return same


# Putting it there


def put_files(database: Database, part: Path) -> Path | None:
    """SQLite: put `part/ledger.db` in the place of the ledger there; the directory in which that one is kept, if any.

    The caller has the right to record. Raises StillOpen.
    """
    database.close()
    directory = database.directory
    there = directory / LEDGER
    stand_alone(part / LEDGER)
    sync(part / LEDGER)
    aside = _keep_aside(directory) if any(directory.glob(f"{LEDGER}*")) else None
    for models in directory.glob(OWN_READ_MODELS):
        models.unlink()
    sync(directory)  # before the last step: a power cut could keep it, and lose that the other ledger is aside
    (part / LEDGER).replace(there)
    sync(directory)
    return aside


def _keep_aside(directory: Path) -> Path:
    """Give the ledger that is there a second place, where it is whole; the files beside it are only there then."""
    there, aside = directory / LEDGER, directory / f"replaced-{_now()}"
    aside.mkdir(0o700)
    for beside in (f"{LEDGER}-wal", f"{LEDGER}-journal"):
        with suppress(FileNotFoundError):  # of a damaged file SQLite may throw away what is beside it
            _copy(directory / beside, aside / beside)
    try:
        folded = there.exists() and _fold(there)
    except StillOpen:
        shutil.rmtree(aside)
        raise
    if there.exists():
        _link(there, aside / LEDGER)
    for beside in (f"{LEDGER}-wal", f"{LEDGER}-journal", f"{LEDGER}-shm"):
        (directory / beside).unlink(missing_ok=True)
        if folded:
            (aside / beside).unlink(missing_ok=True)
    for file in (*aside.iterdir(), aside):
        sync(file)
    return aside


def _fold(file: Path) -> bool:
    """Fold the write-ahead log in, which takes a file that nobody else has open; False where the file is damaged."""
    try:
        stand_alone(file)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise StillOpen(
                f"another process has {file} open; stop the server, and whatever else reads it, then restore"
            ) from error
        return False
    except sqlite3.DatabaseError:
        return False
    return True


def _link(file: Path, name: Path) -> None:
    """Give a file a second name, so that it never goes without one; a copy where the file system cannot."""
    try:
        os.link(file, name)
    except OSError:
        _copy(file, name)
        sync(name)


def _copy(file: Path, name: Path) -> None:
    """Copy a file for nobody else to read."""
    name.touch(0o600)
    shutil.copyfile(file, name)


def put_tables(
    database: Database,
    instead: Database,
    *,
    make_tables: Callable[[Connection], None],
    there: Gone | None,
    progress: Progress,
) -> tuple[str | None, Verified]:
    """PostgreSQL: put the rows of `instead` into new tables in the place of those there, and prove them.

    there   what was found in the ledger that is there (None: it could not be read)
    The schema in which the old tables are kept, if any, and what is there now. Raises StillOpen, NotAllowedHere,
    Altered; then nothing was changed.
    """
    exists = database.exists()
    database.close()
    with database.owner.begin() as connection, instead.views.connect() as source:
        aside = None
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'"))
        if exists:
            _take_for_us(connection, database.display_name)
            aside = _move_aside(connection, there)
        else:
            _others(connection, database.display_name)
        make_tables(connection)
        copy_log(source, connection, progress)
        proved = verify_here(connection)
    return aside, proved


def _take_for_us(connection: Connection, name: str) -> None:
    allowed = text("SELECT count(*) FROM pg_roles WHERE rolname = :role AND pg_has_role(oid, 'USAGE')")
    if not connection.execute(allowed, {"role": OWNER_ROLE}).scalar():
        raise NotAllowedHere(
            f"this role may not replace the tables in {name}: restore with the address that `mcsc migrate` is given"
        )
    _others(connection, name)
    connection.execute(text(f"LOCK TABLE {', '.join(TABLES)} IN ACCESS EXCLUSIVE MODE"))


def _others(connection: Connection, name: str) -> None:
    """Check that nobody else works in this database. Connections of ours that were just closed may take a moment."""
    query = text(
        "SELECT usename, application_name FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND usename IS NOT NULL"
        " AND coalesce(backend_type, 'client backend') = 'client backend'"
    )
    for _ in range(OTHERS_WAIT_TIMES):
        others = connection.execute(query).all()
        if not others:
            return
        connection.execute(text("SELECT pg_sleep(0.1)"))
        connection.execute(text("SELECT pg_stat_clear_snapshot()"))
    who = ", ".join(sorted({f"{row.usename} {row.application_name}".strip() for row in others}))
    raise StillOpen(
        f"{len(others)} other connections to {name} are open ({who}); stop the servers, and whatever else reads"
        " it, then restore"
    )


def _move_aside(connection: Connection, there: Gone | None) -> str | None:
    """Move the tables of the ledger into a schema of their own; nowhere where they are empty.

    An address with `?options=-csearch_path%3DSCHEMA` leads there.
    """
    head = store.read_head(connection)
    if there is not None and there.head != f"{head.size}:{head.root.hex()}":
        raise StillOpen("the ledger that is there was recorded into meanwhile; nothing was changed")
    if not head.size and not connection.execute(select(func.count()).select_from(receipt)).scalar():
        return None
    schema = f"replaced_{_now().lower()}"
    connection.execute(text(f"CREATE SCHEMA {schema}"))
    connection.execute(text(f"CREATE TABLE {schema}.alembic_version AS TABLE alembic_version"))
    for table in TABLES:
        connection.execute(text(f"ALTER TABLE {table} SET SCHEMA {schema}"))
    connection.execute(text(f"ALTER FUNCTION refuse_change() SET SCHEMA {schema}"))
    connection.execute(text(f"GRANT USAGE ON SCHEMA {schema} TO {APP_ROLE}"))
    connection.execute(text("DELETE FROM alembic_version WHERE version_num LIKE 'ledger%'"))
    return schema


def _now() -> str:
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
