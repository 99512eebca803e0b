"""The access log: each field of each kind of row, altered with its guards gone, is caught and named; old rows are cut
off and the chain stays checkable; nobody waits for it. On both databases.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection, Integer, LargeBinary, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from ledger.log import store
from ledger.log.access_log import (
    DAY_US,
    FIELDS,
    KINDS,
    Attempt,
    Checked,
    Keeping,
    _marks,
    _sealed,
    append,
    check,
    check_here,
    entry,
    head,
    last_used,
)
from ledger.log.access_writer import SIGN_INS, Writer, keep, now_us
from ledger.log.database import Database
from ledger.log.verify import Altered

KEEPING = Keeping(days=365, rows=1000)
CUT = len(KINDS)
"""So many rows, one of each kind and dated long ago, are cut off before the ones that stay."""


def attempt(number: int, **more: Any) -> Attempt:
    kind = KINDS[number % len(KINDS)]
    said = {name: f"{name}-{number}" for name in ("code", "actor", "role", "method", "key_id", "what", "about")}
    return Attempt(**{"at_us": now_us(), "kind": kind, "path": "/v1/é", "request": "r", **said, **more})


@pytest.fixture
def filled(database: Database) -> Database:
    """Rows CUT + 1, which says that those before were cut off, and one of each kind; without guards."""
    assert keep(database, KEEPING, [attempt(number, at_us=1 + number) for number in range(CUT)])
    assert keep(database, KEEPING, [attempt(number) for number in range(len(KINDS))])
    size = 2 * CUT + 1
    assert (check(database).size, check(database).cut) == (size, CUT)
    with database.owner.begin() as connection:
        for table in ("entry", "head"):
            if database.is_postgres:
                connection.execute(text(f"ALTER TABLE access_log.{table} DISABLE TRIGGER USER"))
                continue
            names = text("SELECT name FROM access_log.sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
            for name in connection.execute(names, {"table": table}).scalars().all():
                connection.execute(text(f"DROP TRIGGER access_log.{name}"))
    return database


def found(database: Database, alter: Callable[[Connection], object]) -> str | None:
    """What is found where somebody altered it so; None where the database itself refuses it."""
    with database.owner.connect() as connection:
        try:
            alter(connection)
        except DBAPIError:
            return None
        with pytest.raises(Altered) as altered:
            check_here(connection)
        connection.rollback()
    return str(altered.value)


def others(column: Any, stored: Any, *, any_type: bool) -> list[Any]:
    match column.type:
        case Integer():
            return [stored + 100, -stored - 1, *(["x"] if any_type else [])]
        case LargeBinary():
            flipped = bytes([stored[0] ^ 1]) + stored[1:]
            return [flipped, stored[:-1], stored + b"\0", b"", *([text("5")] if any_type else [])]
        case _:
            return [stored + "x", stored[1:] or "y", *([text("CAST(x'ff' AS TEXT)")] if any_type else [])]


def test_each_field_of_each_kind_of_row_is_caught_and_named(filled: Database) -> None:
    with filled.owner.connect() as connection:
        rows = connection.execute(select(entry).order_by(entry.c.number)).mappings().all()
    assert {row["kind"] for row in rows} == set(KINDS)
    for row in rows:
        for column in entry.c:
            changes = [
                update(entry).where(entry.c.number == row["number"]).values({column: other})
                for other in others(column, row[column.name], any_type=not filled.is_postgres)
            ]
            said = [found(filled, partial(Connection.execute, statement=change)) for change in changes]
            named = [one for one in said if one is not None]
            assert len(named) >= 2, (row["number"], column.name)
            for one in named:
                where = f"access log entry {row['number']}: " if column is not entry.c.number else "access log entry "
                assert one.startswith(where), (column.name, one)
                assert f"its {column.name} " in one, (column.name, one)
    check(filled)


@pytest.mark.parametrize("column", head.c.keys())
def test_each_field_of_the_head_is_caught(filled: Database, column: str) -> None:
    with filled.owner.connect() as connection:
        stored = connection.execute(select(head.c[column])).scalar_one()
    all_said = list[str | None]()
    for other in others(head.c[column], stored, any_type=not filled.is_postgres):
        said = found(filled, partial(Connection.execute, statement=update(head).values({column: other})))
        assert said is None or said.startswith("access log head: "), (other, said)
        all_said.append(said)
    refused_by_the_database = column == "id"
    assert any(all_said) or refused_by_the_database, "altered in no way at all"


def test_rows_taken_away_put_in_or_sealed_anew_are_caught(filled: Database) -> None:
    last = 2 * CUT + 1

    def away(number: int) -> str | None:
        return found(filled, lambda connection: connection.execute(delete(entry).where(entry.c.number == number)))

    assert away(CUT + 3) == f"access log entry {CUT + 3}: it is missing"
    assert away(CUT + 1) == f"access log entry {CUT + 1}: it is missing"
    assert away(last) == f"access log entry {last}: it is missing"

    def put_in(connection: Connection) -> None:
        row = connection.execute(select(entry).where(entry.c.number == last)).mappings().one()
        connection.execute(insert(entry).values({**row, "number": last + 1}))

    assert (found(filled, put_in) or "").startswith(f"access log entry {last + 1}: ")

    def sealed_anew(connection: Connection) -> None:
        row = connection.execute(select(entry).where(entry.c.number == CUT + 3)).mappings().one()
        fields = [{**row, "actor": "somebody-else"}[name] for name in FIELDS]
        sealed = {"marks": _marks(fields), "hash": _sealed(fields, _marks(fields), row["before"])}
        connection.execute(update(entry).where(entry.c.number == CUT + 3).values({"actor": "somebody-else", **sealed}))

    assert found(filled, sealed_anew) == (
        f"access log entry {CUT + 3}: it was changed and sealed anew: the entry after it rests on another"
    )


def test_a_chain_written_anew_contradicts_a_hash_kept_elsewhere(filled: Database) -> None:
    kept = check(filled)
    before = {kept.size: kept.hash.upper(), 1: "00" * 32}
    assert check(filled, expect=before) == kept, "the first entry was cut off: nothing can be told of it"
    with filled.owner.begin() as connection:
        last = connection.execute(select(entry).where(entry.c.number == kept.size)).mappings().one()
        fields = [{**last, "actor": "somebody-else"}[name] for name in FIELDS]
        sealed = _sealed(fields, _marks(fields), last["before"])
        changed = {"actor": "somebody-else", "marks": _marks(fields), "hash": sealed}
        connection.execute(update(entry).where(entry.c.number == kept.size).values(changed))
        connection.execute(update(head).values(hash=sealed))
    assert check(filled).size == kept.size
    with pytest.raises(Altered, match=rf"^access log entry {kept.size}: the hash up to here is not the one written"):
        check(filled, expect=before)
    with pytest.raises(Altered, match=r"^access log head: a hash is known of 99 entries, but only"):
        check(filled, expect={99: kept.hash})


def test_the_database_refuses_all_but_growing_and_cutting(database: Database) -> None:
    assert keep(database, KEEPING, [attempt(number) for number in range(3)])
    for change in (
        update(entry).values(actor="x"),
        delete(entry),
        update(head).values(size=1),
        delete(head),
        insert(head).values(id=2, size=0, hash=b"", cut=0, cut_hash=b""),
    ):
        with database.access.connect() as connection, pytest.raises(DBAPIError):
            connection.execute(change)
    check(database)


def test_rows_are_kept_for_so_many_days_and_so_many_at_most(database: Database) -> None:
    now = now_us()
    with database.access.begin() as connection:
        append(connection, [attempt(0, at_us=now + day * DAY_US) for day in range(10)], Keeping(365, 100), now)
    with database.access.begin() as connection:
        append(connection, [attempt(0, at_us=now)], Keeping(3, 100), now + 9 * DAY_US)
    assert (check(database).size, check(database).cut) == (12, 6)
    with database.access.begin() as connection:
        append(connection, [attempt(0, at_us=now + 9 * DAY_US)] * 20, Keeping(365, 1000), now + 9 * DAY_US)
        append(connection, [attempt(0, at_us=now + 9 * DAY_US)], Keeping(365, 10), now + 9 * DAY_US)
        cuts = select(entry.c.about, entry.c.what).where(entry.c.kind == "cut").order_by(entry.c.number)
        assert connection.execute(cuts).scalars().all() == ["7-22"], "the row that told of the first cut went as well"
    sound = check(database)
    assert isinstance(sound, Checked)
    assert (sound.size, sound.cut) == (34, 22)


def test_what_cannot_be_written_waits_and_what_is_too_much_is_counted(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Writer(sqlite, KEEPING, queue_max=50, clock=lambda: 0.0)
    with monkeypatch.context() as patched:
        patched.setattr("ledger.log.access_writer.append", lambda *_: (_ for _ in ()).throw(OSError("full")))
        for number in range(60):
            writer.note(attempt(number, kind="read"))
        assert not writer.write()
    writer.write()
    with sqlite.views.connect() as connection:
        rows = connection.execute(select(entry.c.kind, entry.c.about).order_by(entry.c.number)).all()
    assert [tuple(rows[0]), len(rows)] == [("dropped", "10"), 51]
    assert not writer.write()


def test_failed_sign_ins_without_end_do_not_push_others_out(sqlite: Database) -> None:
    now = 0.0
    writer = Writer(sqlite, KEEPING, clock=lambda: now)
    for _ in range(SIGN_INS * 3):
        writer.note(attempt(0, kind="sign-in"))
    now = 5.0
    for _ in range(10):
        writer.note(attempt(0, kind="sign-in"))
    writer.write()
    with sqlite.views.connect() as connection:
        rows = connection.execute(select(entry.c.kind, entry.c.about).order_by(entry.c.number)).all()
    assert [tuple(rows[0]), len(rows)] == [("dropped", str(SIGN_INS * 2 + 5)), SIGN_INS + 6]


def test_when_each_key_was_last_used(database: Database) -> None:
    """Of the access log and of the facts the later one; what did not come in, and what is no key, is no use."""
    day = 86_400_000_000
    reads: list[tuple[str, Any, int]] = [
        ("both", "read", 3),
        ("read", "read", 5),
        ("wrong", "sign-in", 9),
        ("both", "refused", 4),
        ("", "read", 9),
    ]
    with database.access.begin() as connection:
        attempts = [Attempt(at_us=at * day, kind=kind, key_id=key_id) for key_id, kind, at in reads]
        append(connection, attempts, KEEPING, 9 * day)
    known = [("wrote", "api-key", 2), ("both", "key", 6), ("both", "api-key", 7), ("wrote", "os-user", 8)]
    for token, method, at in known:
        with database.log.begin() as connection:
            at_head, sealed = store.lock_head(connection), store.Sealed()
            by = {"actor": "a", "role": "admin", "method": method, "token": token}
            store.seal(
                sealed,
                at_head,
                name="x.y",
                tags=(),
                recorded_us=at * day,
                envelope=msgspec.json.encode({"position": at_head.size + 1, "by": by}),
            )
            store.write(connection, sealed, at_head)
    with database.views.connect() as connection:
        found = last_used(connection, {"both", "read", "wrong", "wrote", "never"})
    assert found == {"both": 7 * day, "read": 5 * day, "wrote": 2 * day}
