"""A ledger apart: in memory, holding nothing but some facts. What do the reports say there?

apart       the facts, their read models beside them, and a connection to ask any report through
counted     a basis for it: as recorded up to so many of its facts
Reading     the tables that were read through such a connection, and after which facts they show something else

A receipt is whole if a ledger that holds only its facts shows the same figure. Facts have their places 1, 2, 3 … here,
in the order recorded; what a report reads from the log itself is there too, except roots.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, Engine, create_engine, event, select
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from ledger.decider import stored_name
from ledger.log import store
from ledger.log.database import LOG, fact, fact_tag
from ledger.log.envelope import Entry, encode, to_micros
from projections.engine.basis import Basis
from projections.engine.view import VIEWS, View, Writer, projection

TABLES = {table.name: table for table in VIEWS.sorted_tables}
TOUCHED = ("last_position", "reach")
"""Columns of no cell of a report: the latest fact of a row, and how a row is found."""


@contextmanager
def apart(entries: Iterable[Entry], views: Iterable[type[View]]) -> Iterator[Connection]:
    """Build a ledger of these facts alone, given in the order recorded, and its read models: each when it is read."""
    facts = [replace(entry, position=place) for place, entry in enumerate(entries, 1)]
    with _engine().connect() as connection:
        wanted = {table.name: view for view in views for table in view.tables}
        bookmarks = [(view.name, 1, True, view.version, len(facts), b"") for view in dict.fromkeys(wanted.values())]
        store.insert_rows(connection, projection, bookmarks)
        event.listen(connection, "before_cursor_execute", _Filling(facts, wanted))
        yield connection


class _Filling:
    """Fills the tables of a ledger apart, each before the first statement in which its name stands."""

    def __init__(self, facts: Sequence[Entry], wanted: dict[str, type[View]]) -> None:
        self._facts, self._wanted, self._has_log = facts, wanted, False

    def __call__(self, connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        named = _named(statement)
        if not self._has_log and not named.isdisjoint(LOG.tables):
            self._has_log = True
            _record(connection, self._facts)
        for name in sorted(named & self._wanted.keys()):
            if (view := self._wanted.get(name)) is not None:
                self._wanted = {other: of for other, of in self._wanted.items() if of is not view}
                writer = Writer(connection, 1, 0)
                view().apply(writer, self._facts)
                writer.flush()


@cache
def _named(statement: str) -> frozenset[str]:
    """The words of a statement, the names of its tables among them."""
    return frozenset(re.findall(r"\w+", statement))


def counted(basis: Basis, facts: int) -> Basis:
    """The basis in a ledger apart that knows its first so many facts."""
    return replace(basis, recorded=facts)


class Reading:
    """The tables read in a ledger apart, and whether a fact made any difference there.

    A report is a function of the rows that it reads. Where none of its tables shows another row after a fact than
    before it, the report says the same, and needs not be asked. The tables are those that SQLite names while it
    prepares a statement: whatever is asked later, they only become more. Where a row was last touched is no difference.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._read = set[str]()
        self._moved: dict[str, frozenset[int] | None] = {}
        driver = connection.connection.dbapi_connection
        assert isinstance(driver, sqlite3.Connection), "a ledger apart is in SQLite"
        driver.set_authorizer(self._authorize)

    def _authorize(self, action: int, name: str | None, *_: str | None) -> int:
        if action == sqlite3.SQLITE_READ and name is not None:
            self._read.add(name)
        return sqlite3.SQLITE_OK

    def moves(self, place: int) -> bool:
        """Tell whether the fact at this place made a difference in any table read so far."""
        for name in self._read - self._moved.keys():
            self._moved[name] = self._places(name)
        return any(places is None or place in places for places in self._moved.values())

    def _places(self, name: str) -> frozenset[int] | None:
        """The places of the facts after which a table shows something else; None where any fact may be one."""
        table = TABLES.get(name)
        if table is projection:
            return frozenset()
        if table is None or table.metadata is not VIEWS:
            return None
        if "from_position" not in table.c:
            return None
        opened: set[tuple[Any, ...]] = set()
        ended: set[tuple[Any, ...]] = set()
        names = [column.name for column in table.c if column.name not in ("generation", *TOUCHED)]
        at = [names.index("from_position"), names.index("to_position")]
        for row in self._connection.execute(select(*(table.c[column] for column in names))):
            said = tuple(value for place, value in enumerate(row) if place not in at)
            opened.add((row.from_position, *said))
            ended.add((row.to_position, *said))
        return frozenset(change[0] for change in opened ^ ended)


def _record(connection: Connection, facts: Sequence[Entry]) -> None:
    rows = [
        (entry.position, stored_name(type(entry.fact)), to_micros(entry.recorded_at), encode(entry), b"")
        for entry in facts
    ]
    store.insert_rows(connection, fact, rows)
    tags = [(tag, entry.position) for entry in facts for tag in sorted(set(entry.tags))]
    store.insert_rows(connection, fact_tag, tags)


@cache
def _engine() -> Engine:
    """One for all, so that no statement is composed twice; each connection is a database of its own."""
    engine = create_engine("sqlite://", poolclass=NullPool)
    tables = [table for metadata in (LOG, VIEWS) for table in metadata.sorted_tables]
    indexes = [index for table in tables for index in table.indexes]
    made: list[ExecutableDDLElement] = [*map(CreateTable, tables), *map(CreateIndex, indexes)]
    script = ";".join(str(statement.compile(engine)) for statement in made)

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        connection.execute("ATTACH ':memory:' AS projections")
        connection.executescript(script)

    return engine
