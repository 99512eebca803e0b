"""Hold read models against the log: each is made anew beside the live one, and they are compared row by row.

check       every live read model, as of the position it has come to, against one made in a temporary place
Agreement   what a rebuild asks before its rows take the place of the live ones
live        the digests of what is live, and the position and root that it stands at
compare     two generations of a view's rows: digests, and every row that differs, by table and key
Digest      the rows of a table: how many, and the SHA-256 of them all in the order of their keys, the same on SQLite
            and PostgreSQL

What this proves rests on the log, which `ledger/log/verify.py` proves.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Table, Text, select, text

from ledger.log import store
from ledger.log.database import LOG, Database, fact, fact_tag
from projections.engine.runner import Progress, ensure
from projections.engine.view import BULK_PAGE, VIEWS, Pages, View, advance, belongs, projection

ROWS = 2000
"""Rows read at once."""
NAMED = 20
"""Rows that are named at most, of each table; all are counted."""
VERSION_KEYS = {"from_position", "effective_from", "from_on"}
"""What tells the versions of a row apart: since when we know it, and from which day on it is so."""

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that is not as the log says: its key, and what differs (None: there is no such row).

    versions   how many versions of it differ in the same columns, of which this is the first
    """

    table: str
    key: Values
    stored: Values | None
    derived: Values | None
    versions: int = 1

    @property
    def of(self) -> tuple[Any, ...]:
        """The same for all versions of a row that differ alike."""
        versioned = "from_position" in self.key
        about = [value for name, value in self.key.items() if not (versioned and name in VERSION_KEYS)]
        kind = ("missing",) if self.stored is None else ("put in",) if self.derived is None else tuple(self.stored)
        return self.table, *about, kind


@dataclass(frozen=True, slots=True)
class Digest:
    """The rows of a table."""

    table: str
    rows: int
    sha256: str


@dataclass(slots=True)
class Compared:
    """A view's rows beside others of the same view. `different` counts all versions of rows that differ; some rows are
    named."""

    stored: list[Digest] = field(default_factory=list)
    derived: list[Digest] = field(default_factory=list)
    different: int = 0
    named: list[Difference] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Checked:
    """A live read model, held against the log at a position. unlike: why it could not be compared at all."""

    view: str
    position: int
    compared: Compared | None = None
    unlike: str = ""
    root: str = ""


@dataclass(frozen=True, slots=True)
class Live:
    """A live read model as it is: its position, the root of the log up to there, its rows."""

    view: str
    version: int
    position: int
    root: str
    digests: list[Digest]


class Differs(Exception):
    """A rebuild came to other rows than the live ones, although both are of one version. `.compared` names them."""

    def __init__(self, view: str, compared: Compared) -> None:
        super().__init__(f"{view}: {compared.different:,} rows are not as the log says")
        self.view = view
        self.compared = compared


class Agreement:
    """Compares before rows are swapped in. Raises Differs, unless they may differ (`anyway`)."""

    def __init__(self, view: type[View], *, anyway: bool) -> None:
        self.view = view
        self.compared: Compared | None = None
        self._anyway = anyway

    def __call__(self, connection: Connection, live: int, beside: int) -> None:
        """Compare two generations in the transaction that swaps them."""
        self.compared = compare((connection, live), (connection, beside), self.view.tables)
        if self.compared.different and not self._anyway:
            raise Differs(self.view.name, self.compared)


# Comparing

Side = tuple[Connection, int]
"""Where rows stand: a connection, and their generation."""


def compare(stored: Side, derived: Side, tables: Sequence[Table]) -> Compared:
    """Compare the rows of both, table by table, in one pass over each."""
    found = Compared()
    for table in tables:
        _compare(found, table, stored, derived)
    return found


def _compare(found: Compared, table: Table, stored: Side, derived: Side) -> None:
    width = len(table.primary_key.columns) - 1
    ours, theirs = _rows(stored, table), _rows(derived, table)
    kept, made = sha256(), sha256()
    counts = [0, 0]
    named: dict[tuple[Any, ...], Difference] = {}
    own, other = next(ours, None), next(theirs, None)
    while own is not None or other is not None:
        same = own == other
        mine = same or other is None or (own is not None and _order(own[:width]) <= _order(other[:width]))
        yours = same or own is None or (other is not None and _order(other[:width]) <= _order(own[:width]))
        if not same:
            found.different += 1
            one = _difference(table, width, own if mine else None, other if yours else None)
            if (first := named.get(one.of)) is not None:
                named[one.of] = replace(first, versions=first.versions + 1)
            elif len(named) < NAMED:
                named[one.of] = one
        if mine:
            line = msgspec.json.encode(own) + b"\n"
            kept.update(line)
            counts[0], own = counts[0] + 1, next(ours, None)
        if yours:
            made.update(line if same else msgspec.json.encode(other) + b"\n")
            counts[1], other = counts[1] + 1, next(theirs, None)
    found.named += named.values()
    found.stored.append(Digest(table.name, counts[0], kept.hexdigest()))
    found.derived.append(Digest(table.name, counts[1], made.hexdigest()))


def _rows(side: Side, table: Table) -> Iterator[tuple[Any, ...]]:
    """The rows of a generation in the order of their keys, without it, as SQLite keeps them: dates as text.

    As the driver gives them: what somebody put into a column need not be of its type.
    """
    connection, generation = side
    keys = [column.name for column in table.primary_key.columns][1:]
    names = keys + [column.name for column in table.columns if column.name not in (*keys, "generation")]
    bytewise = ' COLLATE "C"' if connection.dialect.name == "postgresql" else ""
    order = [f"{name}{bytewise if isinstance(table.c[name].type, Text) else ''}" for name in keys]
    query = text(
        f"SELECT {', '.join(names)} FROM {table.fullname} WHERE generation = :own ORDER BY {', '.join(order)}"  # noqa: S608 - our own names
    )
    for row in connection.execute(query, {"own": generation}, execution_options={"yield_per": ROWS}):
        yield tuple(map(_plain, row))


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return int(value) if isinstance(value, bool) else value


def _order(key: Sequence[Any]) -> list[tuple[int, Any]]:
    """SQLite's order, in which a value of any type may stand in any column."""
    return [(2 if isinstance(value, str) else 3 if isinstance(value, bytes) else 1, value) for value in key]


def _difference(
    table: Table, width: int, stored: tuple[Any, ...] | None, derived: tuple[Any, ...] | None
) -> Difference:
    keys = [column.name for column in table.primary_key.columns][1:]
    names = [column.name for column in table.columns if column.name not in (*keys, "generation")]
    key = (stored or derived or ())[:width]
    values = [None if row is None else dict(zip(names, row[width:], strict=True)) for row in (stored, derived)]
    if values[0] is not None and values[1] is not None:
        unlike = [name for name in names if values[0][name] != values[1][name]]
        values = [{name: some[name] for name in unlike} for some in values if some is not None]
    return Difference(table.name, dict(zip(keys, key, strict=True)), values[0], values[1])


def live(database: Database, kind: type[View]) -> Live:
    """Take the digests of what is live, in one snapshot."""
    with _snapshot(database) as connection:
        row = connection.execute(_LIVE.where(projection.c.name == kind.name)).one()
        side = (connection, row.generation)
        digests = compare(side, (connection, NO_GENERATION), kind.tables).stored
        return Live(kind.name, row.version, row.position, store.root_at(connection, row.position).hex(), digests)


NO_GENERATION = 0
"""Numbers begin at 1."""


@contextmanager
def _snapshot(database: Database) -> Iterator[Connection]:
    """Read as of one instant."""
    with database.views.connect() as connection:
        if database.is_postgres:
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        yield connection


# Checking


def check(
    database: Database, views: Sequence[type[View]], beside: Path, progress: Progress = lambda done, total: None
) -> Iterator[Checked]:
    """Make every view anew in an empty directory `beside`, and compare the live one with it; nothing live is touched.

    Others may record and follow meanwhile: each is compared in one snapshot, at the position it stands at there.
    """
    with closing(_Place(database, beside)) as made:
        with database.views.connect() as connection:
            there = {row.name: row.position for row in connection.execute(_LIVE)}
            made.extend(connection, max(there.values(), default=0))
        fresh = {view.name: view() for view in views if view.name in there}
        made.bring({fresh[name]: there[name] for name in fresh}, progress)
        for view in views:
            yield _check(database, made, view, fresh.get(view.name))


_LIVE = select(projection).where(projection.c.live)


def _check(database: Database, made: "_Place", kind: type[View], view: View | None) -> Checked:
    with _snapshot(database) as connection:
        row = connection.execute(_LIVE.where(projection.c.name == kind.name)).one_or_none()
        if row is None or view is None:
            return Checked(kind.name, 0, unlike="it is not made yet: nothing to compare")
        if why := _unlike(connection, kind, row):
            return Checked(kind.name, row.position, unlike=why)
        made.extend(connection, row.position)
        made.bring({view: row.position})
        if view.at is not None and view.at[1] > row.position:
            return Checked(kind.name, row.position, unlike="it was made anew meanwhile: check again")
        root = store.root_at(connection, row.position).hex()
        with made.database.views.connect() as derived:
            compared = compare((connection, row.generation), (derived, 1), kind.tables)
        return Checked(kind.name, row.position, compared, root=root)


def _unlike(connection: Connection, kind: type[View], row: Row[Any]) -> str:
    if row.version != kind.version:
        return f"it is stored in version {row.version}, and this program writes version {kind.version}: rebuild it"
    if not belongs(connection, row.position, row.root):
        return "it was not made from this log: rebuild it"
    return ""


class _Place:
    """A place for read models of their own, in SQLite: on the very log, or on a copy of one in PostgreSQL."""

    def __init__(self, database: Database, directory: Path) -> None:
        self.database = Database(directory)
        self._copied: int | None = 0 if database.is_postgres else None
        if database.is_postgres:
            with self.database.owner.begin() as connection:
                LOG.create_all(connection)
        else:
            (directory / "ledger.db").symlink_to((database.directory / "ledger.db").resolve())
        with self.database.views.begin() as connection:
            VIEWS.create_all(connection)

    def extend(self, source: Connection, up_to: int) -> None:
        """Copy the facts up to a position, where the log is a copy."""
        if self._copied is None or self._copied >= up_to:
            return
        with self.database.log.begin() as target:
            for table in (fact, fact_tag):
                place = table.c.position
                query = select(table).where(place > self._copied, place <= up_to)
                for some in source.execute(query, execution_options={"yield_per": ROWS}).partitions():
                    store.insert_rows(target, table, [tuple(row) for row in some])
        self._copied = up_to

    def bring(self, views: Mapping[View, int], progress: Progress = lambda done, total: None) -> None:
        """Bring each view to its position; views at the same one share what is decoded."""
        ensure(self.database, [view for view in views if view.at is None])
        for up_to in sorted(set(views.values())):
            pages, some = Pages(BULK_PAGE, up_to=up_to), [view for view, end in views.items() if end == up_to]
            reached = {view: view.at[1] if view.at else 0 for view in some}
            while (last := min(reached.values())) < up_to:
                for view in [view for view, position in reached.items() if position == last]:
                    reached[view] = advance(self.database, view, pages)
                progress(min(reached.values()), up_to)

    def close(self) -> None:
        """Close every connection."""
        self.database.close()
