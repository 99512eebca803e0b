"""The directory of the demonstration: never in the way of anybody's data.

DirectoryState   what is in a data directory: nothing, a demonstration, or something else
state_of         which of these
is_labelled      whether a directory's settings say so, and nothing else
label            say in the directory's settings that everything here is invented
"""

import re
from enum import Enum, auto
from pathlib import Path

from sqlalchemy import Connection, func, inspect, select

from api.demo.people import METHOD
from api.settings import FILE, write
from ledger.access import KEYS_TAG
from ledger.log import store
from ledger.log.database import Database, fact
from ledger.log.directories import make_directory

SETTINGS = """# Written by `mcsc demo`: whatever is recorded in this ledger is labelled as invented.
data_class = "FICTIONAL"
"""
OWN_FILES = re.compile(r"mcsc\.toml|ledger\.lock|record\.sock|(ledger|projections|access)\.db(-wal|-shm|-journal)?")


class DirectoryState(Enum):
    """The contents of a data directory. Only EMPTY and UNFINISHED_DEMO hold nothing that anybody could miss."""

    EMPTY = auto()
    DEMO = auto()
    UNFINISHED_DEMO = auto()
    OTHER = auto()


def state_of(database: Database) -> DirectoryState:
    """Look at what is in the database's data directory. A demonstration is finished once it has keys.

    Whoever asks may clear an unfinished one away, so it must be nobody's: everything in it is ours, every fact is the
    demonstration's own, and no process is recording into it. Raises AlreadyOpen where one is.
    """
    directory = database.directory
    found = {path.name for path in directory.iterdir()} if directory.exists() else set()
    if not found:
        return DirectoryState.EMPTY
    if database.exists():
        with database.views.connect() as connection:
            facts = _facts(connection)
        if facts in (DirectoryState.DEMO, DirectoryState.OTHER):
            return facts
    if not is_labelled(directory) or not all(map(OWN_FILES.fullmatch, found)):
        return DirectoryState.OTHER
    with database.only_writer():
        return DirectoryState.UNFINISHED_DEMO


def _facts(connection: Connection) -> DirectoryState:
    """Tell from the recorded facts whose ledger it is: none at all is EMPTY."""
    # The head is not asked: a demonstration of an earlier version has another.
    if not inspect(connection).has_table("fact"):
        return DirectoryState.EMPTY
    latest = connection.execute(select(func.max(fact.c.position))).scalar()
    if latest is None:
        return DirectoryState.EMPTY
    if store.page(connection, after=0, limit=1)[0].by.method != METHOD:
        return DirectoryState.OTHER
    if store.by_tags(connection, [KEYS_TAG]):
        return DirectoryState.DEMO
    # Whatever else was recorded since, by whomever, is worth keeping.
    last = store.page(connection, after=latest - 1, limit=1)
    return DirectoryState.UNFINISHED_DEMO if last[0].by.method == METHOD else DirectoryState.OTHER


def is_labelled(directory: Path) -> bool:
    """Check whether a directory's settings are those of a demonstration, as they were written."""
    settings = directory / FILE
    return settings.is_file() and settings.read_text(encoding="utf-8") == SETTINGS


def label(directory: Path) -> None:
    """Write the directory's settings; whatever is typed in later is labelled too."""
    make_directory(directory)
    write(directory, SETTINGS)
