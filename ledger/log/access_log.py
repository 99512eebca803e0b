"""Who knew, who tried: what left no fact, in a table of its own, each row sealed to the one before.

Attempt        a refused command, a failed sign-in, a report that was read
entry, head    the tables: rows numbered from 1 without gaps, and where their chain begins and ends
Keeping        how long rows are kept
append         write attempts at the end of the chain; rows too old are cut off first
check          recompute the whole chain. Raises Altered, naming the row and the field
last_used      when each key was last used: to read or in vain, as these rows say, or to record, as the facts say

A row's hash covers its fields, its marks and the hash of the row before. Its marks are a checksum of each field: they
prove nothing by themselves, but tell which field is not what it was. Old rows go from the front: the head keeps how
many went and the hash of the last of them, on which the first that stays rests, and a row of the chain says so too.

It is no part of the log of facts: it lives in a file of its own on SQLite (`access.db`) and in a schema of its own on
PostgreSQL, so it never waits for what records, and what records never waits for it. No backup holds it and no restore
replaces it. Whoever can rewrite the whole database can rewrite the whole chain: keep its head elsewhere as well.
"""

import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal, get_args

import msgspec
from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from ledger.log.database import ACCESS_SCHEMA, Database, fact
from ledger.log.verify import Altered, from_driver

ACCESS = MetaData(schema=ACCESS_SCHEMA)

entry = Table(
    "entry",
    ACCESS,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at_us", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("way", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("request", Text, nullable=False),
    Column("marks", LargeBinary, nullable=False),
    Column("before", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Index("entry_at", "at_us"),
)
head = Table(
    "head",
    ACCESS,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("cut", BigInteger, nullable=False),
    Column("cut_hash", LargeBinary, nullable=False),
)

Kind = Literal["refused", "preview-refused", "denied", "sign-in", "read", "dropped", "cut"]
"""A rule refused a command, or its preview; a role may not do this; nobody came in; a report was read; so many attempts
were not kept; so many old rows were cut off."""
KINDS: tuple[Kind, ...] = get_args(Kind)
FIELDS = tuple(entry.c.keys()[:-3])
TYPES = (int, int, *[str] * (len(FIELDS) - 2), bytes, bytes, bytes)
MARKS, BEFORE, HASH = len(FIELDS), len(FIELDS) + 1, len(FIELDS) + 2
NOTHING = bytes(32)
"""The hash before the first row."""
TEXT_MAX = 500
ROWS = 2_000
DAY_US = 86_400_000_000


class Attempt(Struct, frozen=True, kw_only=True):
    """An attempt that left no fact. No secret, no body.

    kind, code   what it was, and why it came to nothing
    actor, role, method, key_id   who, and how we know; empty where nobody is known
    way          http or cli
    what         the command, or what was read
    about        the tags that the command had to see, or the question's parameters
    path         the address; request: the request id
    """

    at_us: int
    kind: Kind
    code: str = ""
    actor: str = ""
    role: str = ""
    method: str = ""
    key_id: str = ""
    way: Literal["http", "cli"] = "http"
    what: str = ""
    about: str = ""
    path: str = ""
    request: str = ""


@dataclass(frozen=True, slots=True)
class Keeping:
    """The days for which rows are kept, and how many at most; a tenth more may stand before they are cut."""

    days: int
    rows: int


@dataclass(frozen=True, slots=True)
class Checked:
    """The chain is sound: rows `cut` + 1 to `size`, the last of which has this hash, in hexadecimal."""

    size: int
    cut: int
    hash: str


# Sealing


def _marks(fields: Sequence[Any]) -> bytes:
    return b"".join([zlib.crc32(_written(field)).to_bytes(4, "big") for field in fields])


def _sealed(fields: Sequence[Any], marks: bytes, before: bytes) -> bytes:
    """The hash of a row: of its fields, its marks and the hash before it, each behind its length in four bytes."""
    parts = (*map(_written, fields), marks, before)
    return sha256(b"".join([len(part).to_bytes(4, "big") + part for part in parts])).digest()


def _written(field: Any) -> bytes:
    return field.encode(errors="surrogateescape") if isinstance(field, str) else b"%d" % field


class _KnownBy(Struct):
    method: str = ""
    token: str | None = None


class _Known(Struct):
    by: _KnownBy


_known = msgspec.json.Decoder(_Known)


def _clean(text: str) -> str:
    """A text that every database takes: no NUL, no lone surrogate, not without end."""
    return text[:TEXT_MAX].replace("\x00", "").encode(errors="replace").decode()


# Writing


def append(connection: Connection, attempts: Sequence[Attempt], keeping: Keeping, now_us: int) -> None:
    """Write attempts at the end of the chain, in this transaction; what is too old is cut off first."""
    at = connection.execute(select(head).where(head.c.id == 1).with_for_update()).one()
    cut, cut_hash = at.cut, at.cut_hash
    more = list(attempts)
    if (up_to := _too_old(connection, at, keeping, now_us)) > cut:
        cut_hash = connection.execute(select(entry.c.hash).where(entry.c.number == up_to)).scalar_one()
        said = Attempt(at_us=now_us, kind="cut", what=cut_hash.hex(), about=f"{cut + 1}-{up_to}", way=more[0].way)
        more.insert(0, said)
        cut = up_to
    rows, before = [], at.hash
    for number, attempt in enumerate(more, at.size + 1):
        fields = [number, attempt.at_us, *(_clean(getattr(attempt, name)) for name in FIELDS[2:])]
        marks = _marks(fields)
        sealed = _sealed(fields, marks, before)
        rows.append(dict(zip(entry.c.keys(), (*fields, marks, before, sealed), strict=True)))
        before = sealed
    connection.execute(insert(entry), rows)
    moved = {"size": at.size + len(rows), "hash": before, "cut": cut, "cut_hash": cut_hash}
    connection.execute(update(head).where(head.c.id == 1).values(moved))
    if cut > at.cut:
        connection.execute(delete(entry).where(entry.c.number <= cut))


def _too_old(connection: Connection, at: Row[Any], keeping: Keeping, now_us: int) -> int:
    """The last row that need not be kept any more; 0 where there is none."""
    old: int = at.size - keeping.rows if at.size - at.cut > keeping.rows + keeping.rows // 10 else 0
    kept_from = now_us - keeping.days * DAY_US
    oldest = connection.execute(select(entry.c.at_us).where(entry.c.number == at.cut + 1)).scalar()
    if oldest is not None and oldest < kept_from:
        last = connection.execute(select(func.max(entry.c.number)).where(entry.c.at_us < kept_from)).scalar_one()
        old = max(old, int(last))
    return old


def last_used(connection: Connection, key_ids: Collection[str]) -> dict[str, int]:
    """When each of these keys was last used, in microseconds since 1970; those that never were are left out.

    What did not come in is no use. Facts are looked through from the latest one on, until every key was met.
    """
    latest = select(entry.c.key_id, func.max(entry.c.at_us)).where(entry.c.key_id != "", entry.c.kind != "sign-in")
    found = {row[0]: int(row[1]) for row in connection.execute(latest.group_by(entry.c.key_id)) if row[0] in key_ids}
    left, before = set(key_ids), connection.execute(select(func.max(fact.c.position))).scalar() or 0
    while left and before > 0:
        some = select(fact.c.recorded_us, fact.c.envelope).where(
            fact.c.position <= before, fact.c.position > before - ROWS
        )
        for recorded_us, envelope in connection.execute(some.order_by(fact.c.position.desc())):
            by = _known.decode(envelope).by
            if by.token in left and by.method in ("api-key", "key"):
                left.remove(by.token)
                found[by.token] = max(found.get(by.token, 0), recorded_us)
        before -= ROWS
    return found


# Checking


def check(database: Database, *, expect: Mapping[int, str] | None = None) -> Checked:
    """Recompute the chain as it stands now, while others write on. Raises Altered.

    expect   hashes written down outside, hexadecimal, by how many entries there were; of those cut off since, no
             more can be told
    """
    with database.views.connect() as connection:
        if database.is_postgres:
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        return check_here(connection, expect or {})


def check_here(connection: Connection, expect: Mapping[int, str] | None = None) -> Checked:
    """check() on one connection, in its transaction. Raises Altered."""
    size, last, cut, cut_hash = _head(connection)
    before, number, held, kept = cut_hash, cut, None, expect or {}
    _check_kept(kept, cut, cut_hash)
    for row in _rows(connection):
        if held is not None:
            _check_row(held, before, row[BEFORE], first=number == cut + 1)
            before = held[HASH]
            _check_kept(kept, number, before)
        number += 1
        if row[0] != number or number > size:
            raise _misplaced(connection, row, number, before, last)
        held = row
    if held is not None:
        _check_row(held, before, last, first=number == cut + 1)
        before = held[HASH]
        _check_kept(kept, number, before)
    if beyond := [entries for entries in kept if entries > size]:
        raise _of_head(f"a hash is known of {max(beyond)} entries, but only {size} are here")
    if number < size:
        raise _of_head("its size was changed") if before == last else _of_entry(number + 1, "it is missing")
    if before != last:
        raise _of_head("its hash is not that of the last entry")
    return Checked(size, cut, last.hex())


def _check_kept(kept: Mapping[int, str], number: int, found: bytes) -> None:
    if number in kept and kept[number].lower() != found.hex():
        raise _of_entry(number, "the hash up to here is not the one written down outside")


def _of_entry(number: object, what: str) -> Altered:
    return Altered(None, what, where=f"access log entry {number}")


def _of_head(what: str) -> Altered:
    return Altered(None, what, where="access log head")


def _head(connection: Connection) -> tuple[int, bytes, int, bytes]:
    names = head.c.keys()
    rows = from_driver(connection, f"SELECT {', '.join(names)} FROM {ACCESS_SCHEMA}.head ORDER BY id")  # noqa: S608 - our own
    if [row[0] for row in rows] != [1]:
        raise _of_head(f"there is one, with the id 1; here are {len(rows)}")
    for name, stored, kind in zip(names, rows[0], (int, int, bytes, int, bytes), strict=True):
        if type(stored) is not kind:
            raise _of_head(f"its {name} is not of its type any more")
    _, size, last, cut, cut_hash = rows[0]
    if not 0 <= cut <= size:
        raise _of_head("its cut or its size was changed")
    return size, last, cut, cut_hash


def _rows(connection: Connection) -> Iterator[tuple[Any, ...]]:
    """Every row in order, from the driver itself: SQLite holds texts that are none."""
    columns = ", ".join(entry.c.keys())
    after = ""
    while True:
        query = f"SELECT {columns} FROM {ACCESS_SCHEMA}.entry {after} ORDER BY number LIMIT {ROWS}"  # noqa: S608 - our own
        some = from_driver(connection, query)
        yield from some
        if len(some) < ROWS:
            return
        after = f"WHERE number > {some[-1][0]}"


def _misplaced(connection: Connection, row: tuple[Any, ...], number: int, before: bytes, last: bytes) -> Altered:
    """Say why a row stands where the one of another number should, or none at all."""
    if _mark(row, 0) != _marks(row[:1]):
        return _of_entry(row[0], "its number was changed")
    if row[0] == number:
        return _of_entry(number, "it stands beyond the head") if before == last else _of_head("its size was changed")
    if row[BEFORE] == before:
        return _of_head("its cut was changed")
    if row[0] < number:
        return _of_entry(row[0], "it stands before the first")
    moved = connection.execute(select(entry.c.number).where(entry.c.before == before)).scalar()
    return _of_entry(number, "it is missing" if moved is None else f"its number was changed: it is {moved}")


def _mark(row: tuple[Any, ...], at: int) -> bytes:
    marks = row[MARKS]
    return marks[at * 4 : at * 4 + 4] if isinstance(marks, bytes) else b""


def _check_row(row: tuple[Any, ...], before: bytes, after: object, *, first: bool) -> None:
    """Check one row on the hash before it; `after` is what the next one says of it. Raises Altered."""
    number, fields, (marks, said, sealed) = row[0], row[:MARKS], row[MARKS:]
    for name, stored, kind in zip(entry.c.keys(), row, TYPES, strict=True):
        if type(stored) is not kind:
            raise _of_entry(number, f"its {name} is not of its type any more")
    own = _sealed(fields, marks, said)
    if own == sealed and said == before:
        return
    if own == sealed and first:
        raise _of_head("its cut_hash is not what the first entry rests on")
    if own == sealed:
        raise _of_entry(number - 1, "it was changed and sealed anew: the entry after it rests on another")
    if _sealed(fields, _marks(fields), said) == sealed:
        raise _of_entry(number, "its marks were changed")
    if wrong := [name for at, name in enumerate(FIELDS) if _mark(row, at) != _marks(fields[at : at + 1])]:
        raise _of_entry(number, f"its {', '.join(wrong)} was changed")
    if _sealed(fields, marks, before) == sealed:
        raise _of_entry(number, "its before was changed")
    raise _of_entry(number, "its hash was changed" if own == after else "it was changed")
