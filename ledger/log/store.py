"""The log on SQLAlchemy Core: insert and select only, one code for SQLite and PostgreSQL.

Head                   how long the log is, the frontier of its tree, the latest instant; the same of its receipts
Reading                page, by_tags, position_at, root_at, subtrees, read_head
The transactor's part  lock_head, begun, seal, seal_receipts, write - all inside its one transaction
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, lru_cache
from itertools import chain
from typing import Any, TypeVar

import msgspec
from sqlalchemy import (
    ARRAY,
    ClauseElement,
    ColumnElement,
    Connection,
    CursorResult,
    Select,
    Table,
    Text,
    any_,
    bindparam,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.engine.interfaces import Dialect

from ledger.decider import Fact
from ledger.log import merkle
from ledger.log.database import NOTIFY_CHANNEL, TRANSACTOR, fact, fact_tag, ledger_head, receipt, to_driver
from ledger.log.envelope import Entry, decode, decode_told, to_micros

ROWS_PER_STATEMENT = 256
AT_ONCE = 500
"""The most positions in one question."""

R = TypeVar("R")


@dataclass(slots=True)
class Head:
    """The end of the log. `size` facts are recorded, so the latest position is `size`; and so many `receipts`."""

    size: int
    frontier: list[bytes]
    recorded_us: int
    receipts: int = 0
    receipts_frontier: list[bytes] = field(default_factory=list)

    @property
    def root(self) -> bytes:
        """The root hash of the whole log."""
        return merkle.root(self.frontier)

    @property
    def receipts_root(self) -> bytes:
        """The root hash of all receipts."""
        return merkle.root(self.receipts_frontier)


@dataclass(slots=True)
class Sealed:
    """Facts ready to insert: one row each for `fact`, one per tag for `fact_tag`."""

    facts: list[tuple[int, str, int, bytes, bytes]] = field(default_factory=list)
    tags: list[tuple[str, int]] = field(default_factory=list)


def seal(sealed: Sealed, head: Head, *, name: str, tags: Sequence[str], recorded_us: int, envelope: bytes) -> None:
    """Take the next position for an envelope: its leaf joins the tree and `head` moves on by one."""
    nodes = merkle.grow(head.size, head.frontier, merkle.leaf(envelope))
    head.size += 1
    head.recorded_us = recorded_us
    sealed.facts.append((head.size, name, recorded_us, envelope, nodes))
    sealed.tags.extend((tag, head.size) for tag in set(tags))


Receipt = tuple[str, str, bytes, int, bytes]
"""A receipt before it is sealed: actor, key, SHA-256 of the request, microseconds, outcome."""


def seal_receipts(head: Head, some: Sequence[Receipt]) -> list[tuple[Any, ...]]:
    """Give receipts their numbers: their leaves join a tree of their own, and `head` moves on by as many.

    They come back as rows of `receipt`.
    """
    nodes = merkle.grow_all(head.receipts, head.receipts_frontier, [receipt_leaf(*one) for one in some])
    first, head.receipts = head.receipts + 1, head.receipts + len(some)
    return [(*one, number, completed) for number, (one, completed) in enumerate(zip(some, nodes, strict=True), first)]


def receipt_leaf(actor: str, key: str, request_sha256: bytes, recorded_us: int, outcome: bytes) -> bytes:
    """The hash that seals a receipt: of its fields in this order, each behind its length in four bytes."""
    texts = actor.encode(errors="surrogateescape"), key.encode(errors="surrogateescape")
    parts = (*texts, request_sha256, b"%d" % recorded_us, outcome)
    return merkle.leaf(b"".join([len(part).to_bytes(4, "big") + part for part in parts]))


# Reading

# Statements of every pass are made once: putting one together takes longer than the database takes to answer it.
_HEAD = select(ledger_head).where(ledger_head.c.id == 1)
_HEAD_LOCKED = _HEAD.with_for_update()


def read_head(connection: Connection) -> Head:
    """The head as committed."""
    return _head_of(connection.execute(_HEAD).one())


def lock_head(connection: Connection) -> Head:
    """The head, held until this transaction ends: the one place where processes take turns."""
    with to_driver(connection, "lock"):
        return _head_of(_HEAD_LOCKED_DIRECT.send(connection, _FIRST).fetchone())


def begun(connection: Connection, keys: Iterable[tuple[str, str]]) -> tuple[Head, "Receipts"]:
    """Take lock_head(), and of what was answered already what is under these keys (actor, key); PostgreSQL is asked for
    all of it at once."""
    with to_driver(connection, "begin") as driver:
        with driver.pipeline() if connection.dialect.name == "postgresql" else nullcontext():
            head = _HEAD_LOCKED_DIRECT.send(connection, _FIRST)
            found = {actor: _RECEIPTS.send(connection, some, actor=actor) for actor, some in _by_actor(keys).items()}
        return _head_of(head.fetchone()), _answered(found)


def receipts(connection: Connection, keys: Iterable[tuple[str, str]]) -> "Receipts":
    """Read what was answered already under each of these keys (actor, key)."""
    return _answered({actor: _RECEIPTS.rows(connection, some, actor=actor) for actor, some in _by_actor(keys).items()})


def _by_actor(keys: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for actor, key in keys:
        found[actor].add(key)
    return found


def _answered(found: Mapping[str, Iterable[Sequence[Any]]]) -> "Receipts":
    return {(actor, key): (digest, outcome) for actor, rows in found.items() for key, digest, outcome in rows}


class _Direct:
    """A statement as the database's driver takes it: in the transactor's transaction, it is given to the driver itself.

    There a command waits for eight statements one after the other, and SQLAlchemy's share of each is longer than the
    database's own.
    """

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._written: dict[str, tuple[str, tuple[str, ...]]] = {}

    def send(self, connection: Connection, given: Mapping[str, Any]) -> Any:
        """The driver's cursor. Errors come as SQLAlchemy raises them."""
        name = connection.dialect.name
        if name not in self._written:
            compiled = connection.dialect.statement_compiler(connection.dialect, self._statement)
            self._written[name] = str(compiled), tuple(compiled.positiontup or ())
        text, names = self._written[name]
        if not connection.in_transaction():  # which the driver by itself would not begin
            connection.begin()
        with to_driver(connection, text) as driver:
            return driver.execute(text, [given[name] for name in names] if names else given)


def _transacting(connection: Connection) -> bool:
    """Tell whether this is the transactor's transaction, which has begun: nobody else's statements differ."""
    return TRANSACTOR in connection.info and connection.in_transaction()


_HEAD_LOCKED_DIRECT = _Direct(_HEAD_LOCKED)
_FIRST = {"id_1": 1}


def _head_of(row: Sequence[Any]) -> Head:
    _, size, frontier, recorded_us, receipts, receipts_frontier = row
    return Head(size, merkle.split(frontier), recorded_us, receipts, merkle.split(receipts_frontier))


def page(connection: Connection, *, after: int, limit: int, up_to: int | None = None) -> list[Entry]:
    """The facts at positions after `after`, in order, `limit` at most."""
    query = select(fact.c.envelope).where(fact.c.position > after).order_by(fact.c.position).limit(limit)
    if up_to is not None:
        query = query.where(fact.c.position <= up_to)
    return [decode(envelope) for envelope in connection.execute(query).scalars()]


class _Among:
    """A statement for each database, in which `wanted` is one parameter however many texts it holds.

    As one parameter each they would make another statement for each number of them: putting it together takes longer
    than the answer.
    """

    def __init__(self, statement: Callable[[Callable[[ColumnElement[str]], ColumnElement[bool]]], Select[Any]]) -> None:
        array, text = bindparam("wanted", type_=ARRAY(Text)), bindparam("wanted", type_=Text)
        listed = select(func.json_each(text).table_valued("value").c.value)
        self._postgres = statement(lambda column: column == any_(array))
        self._sqlite = statement(lambda column: column.in_(listed))
        self._directly = {"postgresql": _Direct(self._postgres), "sqlite": _Direct(self._sqlite)}

    def rows(self, connection: Connection, wanted: Iterable[str], **more: Any) -> Sequence[Sequence[Any]]:
        """execute(), where the rows need no names of their columns."""
        if not _transacting(connection):
            return self.execute(connection, wanted, **more).all()
        with to_driver(connection, "fetch"):
            found: list[tuple[Any, ...]] = self.send(connection, wanted, **more).fetchall()
        return found

    def send(self, connection: Connection, wanted: Iterable[str], **more: Any) -> Any:
        """The driver's cursor over the rows."""
        name = connection.dialect.name
        return self._directly[name].send(connection, {"wanted": _written(name, wanted), **more})

    def execute(self, connection: Connection, wanted: Iterable[str], **more: Any) -> CursorResult[Any]:
        """The rows among these texts."""
        name = connection.dialect.name
        statement = self._postgres if name == "postgresql" else self._sqlite
        return connection.execute(statement, {"wanted": _written(name, wanted), **more})


def _written(dialect: str, wanted: Iterable[str]) -> Any:
    """Texts as the one parameter of an _Among."""
    return sorted(wanted) if dialect == "postgresql" else msgspec.json.encode(sorted(wanted)).decode()


LAST = 2**63 - 1
"""The last position that there can be."""


def _tagged(among: ColumnElement[bool]) -> Select[Any]:
    return select(fact_tag.c.position).where(among, fact_tag.c.position <= bindparam("up_to"))


def _count(query: Select[Any]) -> Select[Any]:
    return select(func.count()).select_from(query.limit(bindparam("most")).subquery())


def _by_tags(*conditions: ColumnElement[bool]) -> _Among:
    return _Among(
        lambda among: (
            select(fact.c.envelope)
            .where(fact.c.position.in_(_tagged(among(fact_tag.c.tag))))
            .where(fact.c.position > bindparam("after"), *conditions)
            .order_by(fact.c.position)
        )
    )


_NAMED = fact.c.name.in_(bindparam("names", expanding=True))
_BY_TAGS, _BY_TAGS_NAMED = _by_tags(), _by_tags(_NAMED)
_SAME = fact.alias("named")
_BY_NAMES_TAGGED = _Among(
    lambda among: (
        select(fact.c.envelope)
        .where(
            fact.c.position.in_(
                select(_SAME.c.position)
                .where(_SAME.c.name.in_(bindparam("names", expanding=True)))
                # An expression, so that of a fact its few tags are looked through, not the wanted ones.
                .where(exists().where(fact_tag.c.position == _SAME.c.position, among(fact_tag.c.tag + "")))
            )
        )
        .where(fact.c.position <= bindparam("up_to"))
        .order_by(fact.c.position)
    )
)
_COUNT_TAGGED = _Among(lambda among: _count(_tagged(among(fact_tag.c.tag))))
MANY = 20_000
"""As far as is counted to find out whether fewer facts carry some tags or have some names."""
FEW = 500
"""Of so few tagged facts the names are read in less time than it takes to count anything else."""
_COUNT_NAMED = _count(select(fact.c.position).where(_NAMED))


def by_tags(
    connection: Connection,
    tags: Iterable[str],
    *,
    after: int = 0,
    up_to: int = LAST,
    read: Callable[[bytes], Entry] = decode,
) -> list[Entry]:
    """Every fact that carries at least one of these tags, in order. `read`: a reader_of() the kinds that carry them."""
    rows = _BY_TAGS.rows(connection, set(tags), after=after, up_to=up_to)
    return [read(envelope) for (envelope,) in rows]


_TOLD = _Among(
    lambda among: (
        select(fact_tag.c.tag, fact.c.position, fact.c.envelope)
        .join_from(fact_tag, fact, fact.c.position == fact_tag.c.position)
        .where(among(fact_tag.c.tag), fact_tag.c.position <= bindparam("up_to"))
    )
)


def told_by_tags(
    connection: Connection, tags: Iterable[str], *, up_to: int = LAST
) -> tuple[dict[int, Fact], dict[str, list[int]]]:
    """Find every fact that carries at least one of these tags, by its position; and the positions of each tag, in
    whatever order: by_tags for those who only fold them."""
    positions: dict[str, list[int]] = {tag: [] for tag in tags}
    facts: dict[int, Fact] = {}
    for tag, position, envelope in _TOLD.rows(connection, positions, up_to=up_to):
        positions[tag].append(position)
        if position not in facts:
            facts[position] = decode_told(envelope)
    return facts, positions


_LATEST_BY_TAG = _Among(
    lambda among: (
        select(fact_tag.c.tag, func.max(fact_tag.c.position))
        .where(among(fact_tag.c.tag), fact_tag.c.position > bindparam("after"))
        .group_by(fact_tag.c.tag)
    )
)


def latest_by_tag(connection: Connection, tags: Iterable[str], *, after: int) -> dict[str, int]:
    """The position of the latest fact after `after` that carries a tag; only tags that one carries."""
    return {row[0]: row[1] for row in _LATEST_BY_TAG.rows(connection, set(tags), after=after)}


def envelopes_by_tags(
    connection: Connection, tags: Iterable[str], names: Sequence[str], *, up_to: int = LAST
) -> Iterator[bytes]:
    """The envelopes of facts of these stored names that carry at least one of these tags, in order.

    A fact's name stands beside its envelope, and to read it costs as much as the whole. So where many facts carry the
    tags and fewer have the names (a lease billed for years, and what was agreed in it), these are gone through.
    """
    wanted = set(tags)
    tagged = _COUNT_TAGGED.execute(connection, wanted, up_to=up_to, most=MANY).scalar_one()
    if tagged > FEW and connection.execute(_COUNT_NAMED, {"names": names, "most": tagged}).scalar_one() < tagged:
        return iter(_BY_NAMES_TAGGED.execute(connection, wanted, up_to=up_to, names=names).scalars())
    return iter(_BY_TAGS_NAMED.execute(connection, wanted, after=0, up_to=up_to, names=names).scalars())


def position_at(connection: Connection, instant: datetime) -> int:
    """The latest position recorded at or before an instant; 0 where none was."""
    at = fact.c.recorded_us <= to_micros(instant)
    query = select(fact.c.position).where(at).order_by(fact.c.recorded_us.desc(), fact.c.position.desc()).limit(1)
    return connection.execute(query).scalar() or 0


def root_at(connection: Connection, size: int) -> bytes:
    """The root hash of the first `size` facts, from the subtrees stored with them. KeyError: there are not so many."""
    return roots_at(connection, (size,))[size]


def is_beginning(connection: Connection, root: str) -> bool:
    """Tell whether the log begins as a `SIZE:ROOT` says that was written down; ROOT in hexadecimal digits."""
    size, _, hexadecimal = root.partition(":")
    if not size.isdecimal():
        return False
    found = roots_at(connection, (int(size),)).get(int(size))
    return found is not None and found.hex() == hexadecimal.lower()


def roots_at(connection: Connection, sizes: Iterable[int]) -> dict[int, bytes]:
    """The root hashes of the first so many facts, by that number; none where there are not so many."""
    ends = {size: list(merkle.frontier_positions(size)) for size in sizes}
    wanted = {end for some in ends.values() for end in some}
    rows = connection.execute(select(fact.c.position, fact.c.nodes).where(fact.c.position.in_(wanted)))
    nodes = {row.position: row.nodes[-merkle.HASH_BYTES :] for row in rows if isinstance(row.nodes, bytes)}
    whole = {size: some for size, some in ends.items() if nodes.keys() >= set(some)}
    return {size: merkle.root([nodes[end] for end in some]) for size, some in whole.items()}


def subtrees(connection: Connection, spans: Iterable[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    """The stored hashes of complete subtrees, by their leaves (start, end); none that is not there."""
    spans = set(spans)
    found = _at(connection, fact.c.nodes, {end for _, end in spans})
    nodes = {position: merkle.split(some) for position, some in found.items()}
    levels = {(start, end): (end - start).bit_length() - 1 for start, end in spans}
    return {span: nodes[span[1]][at] for span, at in levels.items() if at < len(nodes.get(span[1], ()))}


def envelopes_at(connection: Connection, positions: Iterable[int]) -> dict[int, bytes]:
    """The envelopes at positions, as they are stored; none that is not there."""
    return _at(connection, fact.c.envelope, positions)


def _at(connection: Connection, column: ColumnElement[Any], positions: Iterable[int]) -> dict[int, bytes]:
    """A column of bytes at positions, a part at a time; none that holds another thing, as any column of SQLite can."""
    wanted, found = sorted(positions), dict[int, bytes]()
    for begin in range(0, len(wanted), AT_ONCE):
        query = select(fact.c.position, column).where(fact.c.position.in_(wanted[begin : begin + AT_ONCE]))
        found |= {at: value for at, value in connection.execute(query) if isinstance(value, bytes)}
    return found


_RECEIPTS = _Among(
    lambda among: (
        select(receipt.c.key, receipt.c.request_sha256, receipt.c.outcome)
        .where(receipt.c.actor == bindparam("actor"))
        .where(among(receipt.c.key))
    )
)

WHOLE_RECEIPTS = _Among(
    lambda among: select(receipt).where(receipt.c.actor == bindparam("actor")).where(among(receipt.c.key))
)
"""The rows of one `actor` under some keys."""


Receipts = dict[tuple[str, str], tuple[bytes, bytes]]
"""For each (actor, key) already answered: the request's SHA-256 and the outcome's bytes."""


# The transactor's part


def insert_rows(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert many rows, values in the order of the table's columns, in as few statements as the database takes.

    An error may leave some of them inserted: the caller rolls back.
    """
    if not rows:
        return
    into, types = _target(table, connection.dialect)
    if connection.dialect.name == "postgresql":
        _copy(connection, f"COPY {into} FROM STDIN (FORMAT BINARY)", types, rows)
        return
    one, days = f"({', '.join('?' * len(types))})", [at for at, kind in enumerate(types) if kind == "date"]
    for some in _powers_of_two(rows, ROWS_PER_STATEMENT):
        # OR FAIL: to be able to undo a statement by itself, SQLite would write every page that it changes once more.
        statement = f"INSERT OR FAIL INTO {into} VALUES {', '.join([one] * len(some))}"  # noqa: S608 - our own names
        values = list(chain.from_iterable(some))
        for at in days:
            values[at :: len(types)] = map(_in_text, values[at :: len(types)])
        if connection.in_transaction():  # which the driver by itself would not begin
            with to_driver(connection, statement) as driver:
                driver.execute(statement, values)
        else:
            connection.exec_driver_sql(statement, tuple(values))


@lru_cache(maxsize=10_000)
def _in_text(day: Any) -> Any:
    """A day as SQLite stores it: many rows have the same few, and the driver would write each anew."""
    return day.isoformat() if isinstance(day, date) else day


@cache
def _target(table: Table, dialect: Dialect) -> tuple[str, list[str]]:
    """A table with its columns, as statements name it, and the types of these columns."""
    names = ", ".join(column.name for column in table.columns)
    return f"{table.fullname} ({names})", [str(column.type.compile(dialect)).lower() for column in table.columns]


def _copy(connection: Connection, statement: str, types: list[str], rows: Sequence[tuple[Any, ...]]) -> None:
    with to_driver(connection, statement) as driver, driver.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


def _powers_of_two(rows: Sequence[R], most: int) -> Iterator[Sequence[R]]:
    """The rows in runs of `most`, then of smaller powers of two: few different lengths, so few statements to prepare.

    The driver lets go of the interpreter for each statement, and to get it back under load takes long: a statement for
    each row (executemany) costs a busy service a third of its rate.
    """
    start, size = 0, most
    while start < len(rows):
        while size > len(rows) - start:
            size >>= 1
        yield rows[start : start + size]
        start += size


_MOVE_HEAD = _Direct(
    update(ledger_head)
    .where(ledger_head.c.id == 1)
    .values({column.name: bindparam(column.name) for column in ledger_head.c if column.name != "id"})
)
_NOTIFY = _Direct(select(func.pg_notify(NOTIFY_CHANNEL, bindparam("size"))))


def write(connection: Connection, sealed: Sealed, head: Head, receipts: Sequence[Receipt] = ()) -> None:
    """Insert sealed facts, their tags and the receipts of the commands that they come from, and move the head.

    All in the caller's transaction.
    """
    tables = ((receipt, seal_receipts(head, receipts)), (fact, sealed.facts), (fact_tag, sealed.tags))
    if connection.dialect.name == "postgresql":
        # One after the other, but without waiting for the answer to one before sending the next.
        with to_driver(connection, "write") as driver, driver.pipeline():
            for table, rows in tables:
                _insert_arrays(connection, table, rows)
            if sealed.facts or receipts:
                move_head(connection, head)
            if sealed.facts:
                _NOTIFY.send(connection, {"pg_notify_2": NOTIFY_CHANNEL, "size": str(head.size)})
        return
    for table, rows in tables:
        insert_rows(connection, table, rows)
    if sealed.facts or receipts:
        move_head(connection, head)


def move_head(connection: Connection, head: Head) -> None:
    """Say in the database where the log ends now."""
    moved = {
        "size": head.size,
        "frontier": b"".join(head.frontier),
        "recorded_us": head.recorded_us,
        "receipts": head.receipts,
        "receipts_frontier": b"".join(head.receipts_frontier),
    }
    _MOVE_HEAD.send(connection, _FIRST | moved)


def _insert_arrays(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """insert_rows for PostgreSQL where rows are few, or other statements are under way: an array for each column."""
    if rows:
        into, types = _target(table, connection.dialect)
        arrays = ", ".join(f"%b::{kind}[]" for kind in types)
        statement = f"INSERT INTO {into} SELECT * FROM unnest({arrays})"  # noqa: S608 - our own names
        with to_driver(connection, statement) as driver:
            driver.execute(statement, tuple(map(list, zip(*rows, strict=True))))
