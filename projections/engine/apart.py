"""A ledger apart: in memory, holding nothing but some facts. What do the reports say there?

apart       the facts, their read models beside them, and a connection to ask any report through
counted     a basis for it: as recorded up to so many of its facts

A receipt is whole if a ledger that holds only its facts shows the same figure. Facts have their places 1, 2, 3 … here,
in the order recorded; what a report reads from the log itself is there too, except roots.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from ledger.decider import stored_name
from ledger.log import store
from ledger.log.database import LOG, fact, fact_tag
from ledger.log.envelope import Entry, encode, to_micros
from projections.engine.basis import Basis
from projections.engine.view import VIEWS, View, Writer, projection


@contextmanager
def apart(entries: Iterable[Entry], views: Iterable[type[View]]) -> Iterator[Connection]:
    """Build a ledger of these facts alone, given in the order recorded, and its read models."""
    facts = [replace(entry, position=place) for place, entry in enumerate(entries, 1)]
    with _engine().connect() as connection:
        _record(connection, facts)
        for view in views:
            store.insert_rows(connection, projection, [(view.name, 1, True, view.version, len(facts), b"")])
            writer = Writer(connection, 1, 0)
            view().apply(writer, facts)
            writer.flush()
        yield connection


def counted(basis: Basis, facts: int) -> Basis:
    """The basis in a ledger apart that knows its first so many facts."""
    return replace(basis, recorded=facts)


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
