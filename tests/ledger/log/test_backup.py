"""A backup is made while others record, and proves itself; a faulty one is refused by name, and nothing is changed."""

import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, select

import migrations
from ledger.log import backup, restoring, store
from ledger.log.backup import (
    BackupExists,
    BackupFaulty,
    BackupNote,
    NotABackup,
    NotWritten,
    back_up,
    read_back,
    stand_alone,
)
from ledger.log.contract import Store
from ledger.log.database import APPEND_ONLY, Database, ledger_head, receipt
from ledger.log.directories import sync
from ledger.log.envelope import UnknownFact
from ledger.log.restoring import StillOpen, gone, put_files, put_tables
from ledger.log.verify import Altered, verify
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.ground.demonstrated import quietly
from tests.ground.recorder_process import CLERK, children, claim, record_for_ever
from tests.ground.recording import lead, record

FACTS = 20
ANSWERS = 150
"""Commands acknowledged before the backup begins."""

pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")


def save(database: Database, directory: Path) -> BackupNote:
    return back_up(database, directory, make_tables=migrations.upgrade, progress=quietly)


def read(directory: Path, into: Path, **roots: str) -> Database:
    """The ledger that comes back from a backup."""
    found = Database(into)
    migrations.upgrade(found)
    with closing(found):
        read_back(directory, found, expect={int(size[1:]): root for size, root in roots.items()}, progress=quietly)
    return found


def head(database: Database) -> str:
    proved = verify(database)
    database.close()
    return f"{proved.size}:{proved.root}"


def fill(database: Database, first: int = 0, count: int = FACTS) -> None:
    with Ledger(database, CONTEXTS) as ledger:
        for number in range(first, first + count):
            ledger.execute(claim(number), CLERK, key=f"k-{number}")


@pytest.fixture
def filled(database: Database) -> Database:
    fill(database)
    return database


@pytest.fixture
def saved(sqlite: Database, tmp_path: Path) -> Path:
    """A backup of twenty facts, each recorded under a key."""
    fill(sqlite)
    save(sqlite, tmp_path / "backup")
    return tmp_path / "backup"


# Made


def test_a_backup_from_before_receipts_were_sealed_is_sealed_as_it_is_read_back(saved: Path, tmp_path: Path) -> None:
    for path in saved.iterdir():
        path.chmod(0o600)
    old = Database(saved)
    before = head_row(old)
    migrations.downgrade(old, "ledger_0001")
    old.close()
    back = read(saved, tmp_path / "back")
    assert head_row(back) == before
    assert (verify(back).receipts, before.receipts) == (FACTS, FACTS)
    back.close()


def head_row(database: Database) -> Any:
    with database.views.connect() as connection:
        return connection.execute(select(ledger_head)).one()


def test_made_while_another_process_records_it_is_a_prefix_of_the_log(database: Database, tmp_path: Path) -> None:
    ours, theirs = children().Pipe(duplex=False)
    process = children().Process(target=record_for_ever, args=(database.where, 0, theirs))
    process.start()
    theirs.close()
    try:
        before = [ours.recv()[1] for _ in range(ANSWERS)]
        with ThreadPoolExecutor() as beside:
            saving = beside.submit(save, database, tmp_path / "backup")
            meanwhile = list(positions_until(saving, ours))
        note = saving.result()
    finally:
        process.kill()
        process.join()

    assert max(before) <= note.size < max(meanwhile)
    back = read(tmp_path / "backup", tmp_path / "back")
    assert head(back) == note.root
    with database.views.connect() as live, back.views.connect() as copy:
        assert store.root_at(live, note.size).hex() == note.root_hex
        assert store.page(live, after=0, limit=note.size) == store.page(copy, after=0, limit=note.size + 1)
        # The receipts are of the same instant: each fact has its own, and there is none besides.
        assert len(copy.execute(select(receipt)).all()) == note.receipts == note.size
    back.close()


def positions_until(saving: "Future[BackupNote]", acknowledged: "Pipe[None, tuple[int, int]]") -> Iterator[int]:
    """The positions acknowledged until a backup is made, and one that it does not hold."""
    position = 0
    while not (saving.done() and position > saving.result().size):
        position = acknowledged.recv()[1]
        yield position


def test_an_export_is_of_one_instant(postgres: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(postgres)
    insert = store.insert_rows

    def recorded_meanwhile(connection: Connection, table: Table, rows: Sequence[tuple[object, ...]]) -> None:
        insert(connection, table, rows)
        if table is receipt:  # the first that is copied
            record(postgres, [lead("sunfield-demo")])

    monkeypatch.setattr(store, "insert_rows", recorded_meanwhile)
    note = save(postgres, tmp_path / "backup")
    assert (note.size, verify(postgres).size) == (FACTS, FACTS + 1)


def test_nothing_is_overwritten_and_what_was_cut_off_is_cleared_away(filled: Database, tmp_path: Path) -> None:
    cut_off = tmp_path / "a.part"
    cut_off.mkdir()
    (cut_off / "ledger.db").write_bytes(b"half of it")
    note = save(filled, tmp_path / "a")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "data") == ["a"]
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["backup.json", "ledger.db"]
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "a").iterdir()} == {0o400}

    before = {path: path.read_bytes() for path in (tmp_path / "a").iterdir()}
    fill(filled, FACTS, 1)
    with pytest.raises(BackupExists):
        save(filled, tmp_path / "a")
    assert {path: path.read_bytes() for path in (tmp_path / "a").iterdir()} == before
    assert head(read(tmp_path / "a", tmp_path / "back")) == note.root


def test_two_at_once_into_one_name_do_not_mix(sqlite: Database, tmp_path: Path) -> None:
    with backup.written_whole(tmp_path / "a"), pytest.raises(BackupExists, match="another process"):
        save(sqlite, tmp_path / "a")


@pytest.mark.parametrize("fault", ["altered", "unreadable", "full"])
def test_where_it_cannot_be_proved_there_is_none(
    filled: Database, tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault == "full":

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(backup, "sync", full)
    elif fault == "altered":
        altered(filled, "UPDATE fact SET recorded_us = recorded_us + 1 WHERE position = 7")
    else:
        from eventsourcing.dcb.api import DCBEvent

        Store(filled).append([DCBEvent(type="FromTheFuture", data=b"{}", tags=[])])
    with pytest.raises({"altered": Altered, "unreadable": UnknownFact, "full": NotWritten}[fault]):
        save(filled, tmp_path / "a")
    assert [path.name for path in tmp_path.iterdir() if path.name != "data"] == []


def altered(database: Database, statement: str) -> None:
    """Change a log as an intruder would, whose database it is."""
    with database.owner.begin() as connection:
        for table in APPEND_ONLY:
            if database.is_postgres:
                connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            else:
                for verb in ("update", "delete", "replace"):
                    connection.exec_driver_sql(f"DROP TRIGGER {table}_refuse_{verb}")
        connection.exec_driver_sql(statement)


# Read back


def change(*statements: str) -> Callable[[Path], None]:
    """What an intruder does to the file of a backup."""

    def done(directory: Path) -> None:
        with closing(sqlite3.connect(directory / "ledger.db")) as connection:
            for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                connection.execute(f"DROP TRIGGER {trigger}")
            for statement in statements:
                connection.execute(statement)
            connection.commit()

    return done


def cut(directory: Path) -> None:
    os.truncate(directory / "ledger.db", 3 * 4096)


def cut_and_say_so(directory: Path) -> None:
    """Cut it short, and write the shorter length into the note."""
    cut(directory)
    note = (directory / "backup.json").read_text()
    size = f'"bytes": {(directory / "ledger.db").stat().st_size},'
    (directory / "backup.json").write_text(
        note.replace(note[note.index('"bytes"') : note.index(",\n", note.index('"bytes"')) + 1], size)
    )


def noted(old: str, new: str) -> Callable[[Path], None]:
    def done(directory: Path) -> None:
        note = directory / "backup.json"
        assert old in note.read_text()
        note.write_text(note.read_text().replace(old, new))

    return done


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "cut short": (cut, "cut short: ledger.db has 12,288 of"),
    "cut short, and the note with it": (cut_and_say_so, "cannot be read: database disk image is malformed"),
    "a fact changed": (
        change("UPDATE fact SET envelope = replace(envelope, 'statement 6', 'statement 9') WHERE position = 7"),
        "not as it was sealed: position 7",
    ),
    "a tag taken away": (change("DELETE FROM fact_tag WHERE position = 9"), "sealed: position 9: the tags"),
    "a fact taken out": (change("DELETE FROM fact WHERE position = 5"), "position 5: this fact is missing"),
    "the last ones, with their head": (
        change(
            "DELETE FROM fact WHERE position > 16",
            "DELETE FROM fact_tag WHERE position > 16",
            "UPDATE ledger_head SET size = 16, frontier = (SELECT substr(nodes, -32) FROM fact WHERE position = 16),"
            " recorded_us = (SELECT recorded_us FROM fact WHERE position = 16)",
        ),
        "sealed: receipt 17: its outcome names position 17, which is not recorded",
    ),
    "no head": (change("DELETE FROM ledger_head"), "cannot be read"),
    "a receipt changed": (change("UPDATE receipt SET key = 'other' WHERE key = 'k-3'"), "sealed: receipt 4: it"),
    "a receipt taken away": (
        change("DELETE FROM receipt WHERE key = 'k-3'"),
        "sealed: receipt 4: this receipt is missing",
    ),
    "a table taken away": (change("DROP TABLE fact_tag"), "cannot be read: no such table: fact_tag"),
    "no SQLite at all": (lambda directory: (directory / "ledger.db").write_bytes(b"x" * 500_000), "file is not a data"),
    "another root": (noted('"root": "20:', '"root": "20:0'), "cannot be read: non-hexadecimal"),
    "another size": (noted('"root": "20:', '"root": "21:'), "beside it says 21:"),
    "a note that is none": (noted('"receipts"', '"recipes"'), "backup.json cannot be read"),
    "no file": (lambda directory: (directory / "ledger.db").unlink(), "it holds no ledger.db"),
    "no note": (lambda directory: (directory / "backup.json").unlink(), "a copy of a directory is none"),
    "nothing": (shutil.rmtree, "nothing was written there"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_backup_is_refused_by_name(saved: Path, tmp_path: Path, fault: str) -> None:
    for path in saved.iterdir():
        path.chmod(0o600)
    spoil, says = FAULTS[fault]
    spoil(saved)
    with pytest.raises((BackupFaulty, NotABackup)) as refused:
        read(saved, tmp_path / "back")
    assert says in str(refused.value)
    assert str(saved) in str(refused.value)


def test_a_backup_that_was_recorded_into_is_refused_and_can_be_backed_up_itself(saved: Path, tmp_path: Path) -> None:
    for path in saved.iterdir():
        path.chmod(0o600)
    used = Database(saved)
    migrations.upgrade(used)
    fill(used, FACTS, 3)
    with pytest.raises(BackupFaulty, match=r"^3 facts were recorded into the backup .* `mcsc backup --data "):
        read(saved, tmp_path / "back")
    note = save(used, tmp_path / "again")
    used.close()
    assert note.size == FACTS + 3
    assert head(read(tmp_path / "again", tmp_path / "back again")) == note.root


def test_looked_at_as_a_ledger_it_is_still_the_backup(saved: Path, tmp_path: Path) -> None:
    looked_at = Database(saved)
    with closing(looked_at):
        migrations.upgrade(looked_at)  # as root nothing is read-only: the header of the file is another now
        verify(looked_at)
    read(saved, tmp_path / "back")


def test_no_bit_that_flips_comes_back_unnoticed(saved: Path, tmp_path: Path) -> None:
    chance, whole = random.Random(11), (saved / "ledger.db").read_bytes()
    (saved / "ledger.db").chmod(0o600)
    rows = contents(read(saved, tmp_path / "sound"))
    refused = 0
    for number in range(40):
        spoiled = bytearray(whole)
        spoiled[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        (saved / "ledger.db").write_bytes(spoiled)
        back = tmp_path / "spoiled"
        shutil.rmtree(back, ignore_errors=True)
        try:
            assert contents(read(saved, back)) == rows, f"flip {number}"
        except BackupFaulty:
            refused += 1
    assert refused > 0


def contents(database: Database) -> list[list[tuple[object, ...]]]:
    with database.views.connect() as connection:
        found = [
            [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY 1, 2")]
            for table in (*APPEND_ONLY, "ledger_head")
        ]
    database.close()
    return found


def test_roots_written_down_elsewhere_count(saved: Path, tmp_path: Path, sqlite: Database) -> None:
    with sqlite.views.connect() as connection:
        root = store.root_at(connection, 8).hex()
    read(saved, tmp_path / "back", _8=root)
    with pytest.raises(BackupFaulty, match="not the one written down outside"):
        read(saved, tmp_path / "other", _8="0" * 64)


# Put in its place


def test_what_is_gone(filled: Database, tmp_path: Path) -> None:
    save(filled, tmp_path / "backup")
    back = read(tmp_path / "backup", tmp_path / "back")
    assert (gone(filled, back).facts, gone(filled, back).common) == (0, FACTS)

    fill(filled, FACTS, 2)
    record(filled, [lead("sunfield-demo")])
    found = gone(filled, back)
    assert (found.common, found.facts, found.other) == (FACTS, 3, 0)
    assert found.by == {("clerk-demo", "claim.recorded"): 2, ("clerk", "company.lead-registered"): 1}
    assert found.first_us <= found.last_us

    record(back, [lead("another-demo"), lead("third-demo")])
    found = gone(filled, back)
    assert (found.common, found.facts, found.other) == (FACTS, 3, 2)
    back.close()


def test_another_ledger_has_no_fact_in_common(sqlite: Database, tmp_path: Path) -> None:
    record(sqlite, [lead("sunfield-demo")])
    save(sqlite, tmp_path / "backup")
    other = Database(tmp_path / "other")
    migrations.upgrade(other)
    record(other, [lead("another-demo"), lead("third-demo")])
    back = read(tmp_path / "backup", tmp_path / "back")
    found = gone(other, back)
    assert (found.common, found.facts, found.other) == (0, 2, 1)
    other.close()
    back.close()


def test_a_file_is_not_replaced_while_anybody_has_it_open(sqlite: Database, saved: Path, tmp_path: Path) -> None:
    back = read(saved, tmp_path / "back")
    reader = Database(sqlite.directory)
    with reader.views.connect() as connection:
        store.read_head(connection)
        with pytest.raises(StillOpen, match="stop the server"):
            put_files(sqlite, back.directory)
    reader.close()
    assert head(sqlite) == head(back)


@pytest.mark.parametrize("step", ["link", "replace", "sync"])
def test_cut_off_at_any_step_one_of_the_two_is_there(
    sqlite: Database, saved: Path, tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite, FACTS, 5)
    before, back = head(sqlite), read(saved, tmp_path / "back")
    after, real = head(back), sync

    def cut_off(*given: Path) -> None:
        if given != (back.directory / "ledger.db",) or step != "sync":
            raise KeyboardInterrupt
        real(*given)

    owners: dict[str, object] = {"link": os, "replace": Path, "sync": restoring}
    with monkeypatch.context() as patched:
        patched.setattr(owners[step], step, cut_off)
        with pytest.raises(KeyboardInterrupt):
            put_files(sqlite, back.directory)
    assert head(sqlite) == before != after
    put_files(sqlite, back.directory)
    assert head(sqlite) == after


def test_a_damaged_ledger_is_replaced_and_kept(sqlite: Database, saved: Path, tmp_path: Path) -> None:
    back = read(saved, tmp_path / "back")
    sqlite.close()
    spoiled = b"\0" * 40_000
    (sqlite.directory / "ledger.db").write_bytes(spoiled)
    (sqlite.directory / "ledger.db-wal").write_bytes(b"what it had not folded in")
    root = head(back)
    aside = put_files(sqlite, back.directory)
    assert aside is not None
    assert (aside / "ledger.db").read_bytes() == spoiled
    assert (aside / "ledger.db-wal").read_bytes() == b"what it had not folded in"
    assert head(Database(sqlite.directory)) == root


def test_tables_are_not_replaced_while_anybody_is_connected(
    postgres: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "OTHERS_WAIT_TIMES", 2)
    fill(postgres)
    save(postgres, tmp_path / "backup")
    back = read(tmp_path / "backup", tmp_path / "back")
    server = Database(postgres.where)
    with server.views.connect(), pytest.raises(StillOpen, match=r"^1 other connections to .* stop the servers"):
        put_tables(postgres, back, make_tables=migrations.bring_up, there=gone(postgres, back), progress=quietly)
    server.close()
    back.close()
    assert head(postgres) == head(back)


def test_tables_recorded_into_meanwhile_are_not_replaced(postgres: Database, tmp_path: Path) -> None:
    fill(postgres)
    save(postgres, tmp_path / "backup")
    back = read(tmp_path / "backup", tmp_path / "back")
    there = gone(postgres, back)
    fill(postgres, FACTS, 1)
    with pytest.raises(StillOpen, match="recorded into meanwhile"):
        put_tables(postgres, back, make_tables=migrations.bring_up, there=there, progress=quietly)
    back.close()
    assert verify(postgres).size == FACTS + 1


def test_stand_alone_says_who_is_in_the_way(sqlite: Database) -> None:
    with sqlite.views.connect() as connection:
        store.read_head(connection)
        with pytest.raises(sqlite3.OperationalError):
            stand_alone(sqlite.directory / "ledger.db")
