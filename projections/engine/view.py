"""What every read model rests on: versioned rows, and a bookmark that moves in the same transaction.

VIEWS       the read models' own tables; `projection` holds a bookmark for each generation of each of them
View        a read model: its tables, its version, what it does with recorded facts
Writer      collects one page's changes to versioned rows and writes them in bulk
Pages       reads the log page by page; views that stand at the same position share what was decoded
advance     one page into one view: bookmark, rows and all, in one transaction
foreign     the views whose rows were made from another log, or from more than this one holds
visible     the rows as some position knew them

A row is true as far as the facts at positions from_position, ..., to_position - 1 tell. Nothing is ever overwritten but
a row's `to_position`, once (and what its table derives from that), so a report as recorded at any earlier position is
the same query with another number.
"""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    ScalarSelect,
    Table,
    Text,
    Update,
    and_,
    bindparam,
    func,
    select,
    text,
    update,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex
from sqlalchemy.sql.compiler import DDLCompiler

from ledger.log import store
from ledger.log.database import Database
from ledger.log.envelope import Entry

FOREVER = 2**63 - 1
"""The `to_position` of a row that nothing recorded so far has ended."""

PAGE = 5_000
"""Facts in one transaction of a view that follows."""

BULK_PAGE = 20_000
"""Facts in one transaction of a view that catches up or is rebuilt. The rows of a page go to all ends of their table:
the more at once, the more of them share a page of the file, and the fewer of these are written again and again."""

VIEWS = MetaData(schema="projections")

WHERE = "where"
"""In the `info` of an index: its condition, where it holds some rows only. Said to SQLAlchemy in the words of a
database, it would load all that SQLAlchemy knows of that one, also for who reads another: a twentieth of a report."""


@compiles(CreateIndex)
def _create_index(create: CreateIndex, compiler: DDLCompiler, **options: Any) -> str:
    """Make an index with its condition."""
    index = create.element
    if (condition := index.info.get(WHERE)) is not None:
        index.dialect_options[compiler.dialect.name]["where"] = condition
    return str(compiler.visit_create_index(create, **options))  # type: ignore[no-untyped-call] # SQLAlchemy's own is so


projection = Table(
    "projection",
    VIEWS,
    Column("name", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("live", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("root", LargeBinary),
    PrimaryKeyConstraint("name", "generation"),
    Index("projection_live", "name", unique=True, info={WHERE: text("live")}),
)

# Rows go to the driver as they are; the standard library's own adapter for dates is deprecated since Python 3.12.
sqlite3.register_adapter(date, date.isoformat)

Identity = tuple[Any, ...]
Row = tuple[Any, ...]


class OutOfStep(Exception):
    """This program and the stored read model do not belong together; the message says what to do."""


class RowsAltered(Exception):
    """A read model holds rows that no facts make: somebody altered one. The message says where."""


class NotOfThisLog(OutOfStep):
    """Rows were made from another log than the one beside them: nothing is answered from them."""

    def __init__(self, names: Sequence[str]) -> None:
        listed = ", ".join(names)
        super().__init__(
            f"the read models do not belong to this log ({listed}): the log was put back by hand, or exchanged. "
            "They are made anew by `mcsc serve` at its start, or by `mcsc rebuild --all`; where the log should not be "
            "as it is, `mcsc restore BACKUP` puts a backup back and makes them anew"
        )


def versioned(
    name: str, identity: Sequence[Column[Any]], data: Sequence[Column[Any]], *, in_order_written: bool = False
) -> Table:
    """Declare a table of versioned rows: generation, what a row is about, the positions it holds for, what it says.

    On SQLite its rows stand in the order of their keys, or in the order written.
    """
    return Table(
        name,
        VIEWS,
        Column("generation", Integer, nullable=False),
        *identity,
        Column("from_position", BigInteger, nullable=False),
        Column("to_position", BigInteger, nullable=False),
        *data,
        PrimaryKeyConstraint("generation", *(column.name for column in identity), "from_position"),
        sqlite_with_rowid=in_order_written,
    )


def identity_of(table: Table) -> tuple[Column[Any], ...]:
    """The columns that say what a versioned row is about."""
    names = [column.name for column in table.columns]
    return tuple(table.columns)[1 : names.index("from_position")]


class View(ABC):
    """A read model. One instance belongs to one thread: it may hold in memory what its next facts build on.

    version   raise it when the same facts would come out as other rows; stored rows of another version are rebuilt
    at        the (generation, position) that the memory stands at; None where it holds nothing
    cost      how long a page takes it beside the others, about, as measured: rebuilt together, they are parted by it
    """

    name: ClassVar[str]
    version: ClassVar[int]
    tables: ClassVar[tuple[Table, ...]]
    cost: ClassVar[int] = 1

    def __init__(self) -> None:
        self.at: tuple[int, int] | None = None

    @abstractmethod
    def apply(self, writer: "Writer", entries: Sequence[Entry]) -> None:
        """Turn the facts of one page, in order, into changes of rows, all of them left to the Writer: others write
        while a page is worked out."""

    @abstractmethod
    def forget(self) -> None:
        """Let go of everything held in memory; the next page starts from what is stored."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A column that changes when a row is ended, by a rule of its table's; kept in the table's `info` as ENDING.

    at      where it stands in a row
    here    its value after value, from_position and to_position: for rows that are not written yet
    there   the same, worked out by the database from the row and ENDED_AT
    """

    column: Column[Any]
    at: int
    here: Callable[[Any, int, int], Any]
    there: ColumnElement[Any]


ENDING = "ending"
ENDED_AT: BindParameter[int] = bindparam("_at", type_=BigInteger)


@dataclass(slots=True)
class _Changes:
    """One page's changes to one table: rows opened and still open, rows opened and ended, endings of stored rows; rows
    that nothing ends."""

    open: dict[Identity, Row] = field(default_factory=dict)
    ended: list[Row] = field(default_factory=list)
    endings: list[tuple[Identity, int]] = field(default_factory=list)
    lasting: list[Row] = field(default_factory=list)


class Writer:
    """One page's changes to a view's rows, kept until flush(). `after` is the position before the page.

    A row opened and ended within the page is inserted ended; nothing is written twice.
    """

    def __init__(self, connection: Connection, generation: int, after: int) -> None:
        self.connection = connection
        self.generation = generation
        self.after = after
        self._changes: dict[Table, _Changes] = {}

    def open(self, table: Table, identity: Identity, position: int, values: tuple[Any, ...]) -> None:
        """Open a row that holds from `position` on; no row with the same identity may be open."""
        self._of(table).open[identity] = (self.generation, *identity, position, FOREVER, *values)

    def end(self, table: Table, identity: Identity, position: int) -> None:
        """End the open row with this identity: from `position` on it no longer holds."""
        changes = self._of(table)
        row = changes.open.pop(identity, None)
        if row is None:
            changes.endings.append((identity, position))
        else:
            end = len(identity) + 2
            changes.ended.append(_ended(table, (*row[:end], position, *row[end + 1 :]), row[end - 1], position))

    def add(self, table: Table, rows: Iterable[Row]) -> None:
        """Add whole rows of a table whose rows nothing ends, best in the order of their keys."""
        self._of(table).lasting += rows

    def facts_before(self, tags: Iterable[str]) -> list[Entry]:
        """Read every fact before this page that carries at least one of these tags, in order."""
        entries = store.by_tags(self.connection, tags)
        return [entry for entry in entries if entry.position <= self.after]

    def flush(self) -> None:
        """Write what was collected: endings of stored rows first, then all new rows."""
        for table, changes in self._changes.items():
            _end_rows(self.connection, table, self.generation, changes.endings)
            # In key order, which is how the rows will stand: neighbours land on the same pages of the file.
            rows = changes.lasting or sorted([*changes.ended, *changes.open.values()])
            store.insert_rows(self.connection, table, rows)
        self._changes.clear()

    def _of(self, table: Table) -> _Changes:
        changes = self._changes.get(table)
        if changes is None:
            changes = self._changes[table] = _Changes()
        return changes


def _ended(table: Table, row: Row, from_position: int, position: int) -> Row:
    """A row as it is written when it has been ended before."""
    ending: Ending | None = table.info.get(ENDING)
    if ending is None:
        return row
    at = ending.at
    return (*row[:at], ending.here(row[at], from_position, position), *row[at + 1 :])


def _end_rows(connection: Connection, table: Table, generation: int, endings: list[tuple[Identity, int]]) -> None:
    """Give rows that stand open in the table their `to_position`.

    Row by row through the primary key: joined with a list, PostgreSQL reads the whole table for lack of statistics.
    """
    if not endings:
        return
    identity = identity_of(table)
    statement = (
        update(table)
        .where(table.c.generation == generation, table.c.to_position == FOREVER)
        .where(*(column == bindparam(f"_{column.name}") for column in identity))
        .values(to_position=ENDED_AT)
    )
    ending: Ending | None = table.info.get(ENDING)
    if ending is not None:
        statement = statement.values({ending.column: ending.there})
    names = [f"_{column.name}" for column in identity]
    rows = [{**dict(zip(names, key, strict=True)), "_at": position} for key, position in endings]
    connection.execute(statement, rows)


class Pages:
    """The log, a page at a time. The last page is kept, so that views at the same position share its decoding.

    up_to   the last position that is read, if any
    """

    def __init__(self, size: int = PAGE, *, up_to: int | None = None) -> None:
        self.size = size
        self.up_to = up_to
        self._after = -1
        self._entries: list[Entry] = []
        self._root = (0, b"")

    def read(self, connection: Connection, after: int) -> list[Entry]:
        """The facts after this position; a kept page may be shorter than the log now allows."""
        if after != self._after or not self._entries:
            self._entries = store.page(connection, after=after, limit=self.size, up_to=self.up_to)
            self._after = after
        return self._entries

    def root(self, connection: Connection, position: int) -> bytes:
        """The root of the log up to a position; kept, as the page is."""
        if self._root[0] != position:
            self._root = (position, store.root_at(connection, position))
        return self._root[1]


def advance(database: Database, view: View, pages: Pages, *, generation: int | None = None) -> int:
    """Apply the next page to a view's live rows (or to another generation) and commit; the position it has come to.

    Raises OutOfStep where the bookmark is missing, of another version, or of another log (NotOfThisLog: asked where
    this view did not write it itself). After any error nothing has moved.
    """
    try:
        with database.views.begin() as connection:
            number, after, root = _take_bookmark(connection, view, generation)
            if view.at != (number, after):
                _check_log(connection, view, after, root)
                view.forget()
            entries = pages.read(connection, after)
            if entries:
                writer = Writer(connection, number, after)
                view.apply(writer, entries)
                writer.flush()
                after = entries[-1].position
                moved = bookmark(view.name, number).values(position=after, root=pages.root(connection, after))
                connection.execute(moved)
    except BaseException:
        view.forget()
        view.at = None
        raise
    view.at = (number, after)
    return after


def advance_by_turns(
    database: Database, view: View, pages: Pages, generation: int, turn: AbstractContextManager[None]
) -> int:
    """advance() of a generation that no query reads yet, beside processes that do the same for other views: the page is
    worked out before it is our turn to write."""
    try:
        with database.views.connect() as connection:
            where = (projection.c.name == view.name, projection.c.generation == generation)
            stored = connection.execute(select(projection.c.position, projection.c.root).where(*where)).one_or_none()
            after, root = (0, None) if stored is None else (stored.position, stored.root)
            if view.at != (generation, after):
                _check_log(connection, view, after, root)
                view.forget()
            writer, entries = Writer(connection, generation, after), pages.read(connection, after)
            view.apply(writer, entries)
            last = entries[-1].position if entries else after
            root = pages.root(connection, last) if entries else root
        with turn, database.views.begin() as connection:
            _stay_at(connection, view, generation, after)
            writer.connection = connection
            writer.flush()
            connection.execute(bookmark(view.name, generation).values(position=last, root=root))
    except BaseException:
        view.forget()
        view.at = None
        raise
    view.at = (generation, last)
    return last


def _stay_at(connection: Connection, view: View, generation: int, position: int) -> None:
    """Take a bookmark that stands where it stood when the page was read. Raises OutOfStep."""
    if _take_bookmark(connection, view, generation)[1] != position:
        raise OutOfStep(f"another rebuild of {view.name} began meanwhile; nothing was changed by this one")


def bookmark(name: str, generation: int | None = None) -> Update:
    """An update of a view's live bookmark, or of another generation's."""
    which = projection.c.live if generation is None else projection.c.generation == generation
    return update(projection).where(projection.c.name == name, which)


def _take_bookmark(connection: Connection, view: View, generation: int | None) -> tuple[int, int, bytes | None]:
    """(generation, position, root), locked until the transaction ends: the row on PostgreSQL, the file on SQLite.

    The lock is taken by writing, as the transaction's first statement, so that SQLite never has to refuse an upgrade
    from reading to writing.
    """
    taken = bookmark(view.name, generation).values(position=projection.c.position)
    columns = (projection.c.generation, projection.c.position, projection.c.root, projection.c.version)
    row = connection.execute(taken.returning(*columns)).one_or_none()
    if row is None:
        raise OutOfStep(f"{view.name} has no bookmark: it was never set up here, or another rebuild took over")
    if row.version != view.version:
        raise OutOfStep(
            f"{view.name} is stored in version {row.version} and this program writes version {view.version}:"
            f" restart the older program, or run `mcsc rebuild {view.name}`"
        )
    return row.generation, row.position, row.root


def _check_log(connection: Connection, view: View, position: int, root: bytes | None) -> None:
    """Raises NotOfThisLog."""
    if not belongs(connection, position, root):
        raise NotOfThisLog((view.name,))


def belongs(connection: Connection, position: int, root: bytes | None) -> bool:
    """Check whether rows that stand at a position were made from this log: its root there is the bookmark's."""
    return position == 0 or store.roots_at(connection, (position,)).get(position) == root


def foreign(connection: Connection) -> tuple[str, ...]:
    """The views whose live rows were made from another log, or from more than this one holds, by name."""
    columns = (projection.c.name, projection.c.position, projection.c.root)
    live = connection.execute(select(*columns).where(projection.c.live).order_by(projection.c.name)).all()
    roots = store.roots_at(connection, {row.position for row in live})
    return tuple(row.name for row in live if row.position and roots.get(row.position) != row.root)


@cache
def live_generation(name: str) -> ScalarSelect[int]:
    """The generation that queries read, as a subquery: a rebuild that swaps is seen by whole statements only."""
    return select(projection.c.generation).where(projection.c.name == name, projection.c.live).scalar_subquery()


def known_position(connection: Connection) -> int:
    """Find the position that every live read model has come to: the latest that reports can be asked for.

    Raises NotOfThisLog: rows that were made from another log are not answered from, however well they look.
    """
    if names := foreign(connection):
        raise NotOfThisLog(names)
    return connection.execute(select(func.min(projection.c.position)).where(projection.c.live)).scalar() or 0


def visible(table: Any, recorded: int | BindParameter[int]) -> ColumnElement[bool]:
    """The rows that held as the facts up to this position told."""
    return and_(table.c.from_position <= recorded, table.c.to_position > recorded)
