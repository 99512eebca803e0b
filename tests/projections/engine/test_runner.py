"""Catching up, following and rebuilding: exactly once, beside recording, one failing view alone."""

import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select, text, update

import migrations
from ledger.companies.facts import CompanyFact
from ledger.companies.prospects import RegisterLead
from ledger.log.database import Database
from ledger.log.envelope import Entry, decode
from ledger.recording.application import Ledger
from projections.companies.register import CompanyRegister, company_register
from projections.engine import runner
from projections.engine.following import Follower
from projections.engine.runner import abreast, catch_up, ensure, rebuild
from projections.engine.view import (
    NotOfThisLog,
    OutOfStep,
    Pages,
    View,
    Writer,
    advance,
    foreign,
    known_position,
    projection,
)
from tests.ground.recording import ANY_FACTS, CLERK, DAYS, lead, record, stored_rows
from tests.projections.engine.test_view import bookmarks

PATIENCE = 20.0


class Counter(View):
    """Writes no rows; its bookmark is all there is."""

    name = "counter"
    version = 1
    tables = ()

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[int] = []

    def apply(self, writer: Writer, entries: Sequence[Entry]) -> None:
        self.seen += [entry.position for entry in entries]

    def forget(self) -> None:
        self.at = None


class Broken(Counter):
    """Cannot cope with any fact until it is mended."""

    name = "broken"
    mended: ClassVar[threading.Event] = threading.Event()

    def apply(self, writer: Writer, entries: Sequence[Entry]) -> None:
        if not self.mended.is_set():
            raise ZeroDivisionError("company:secret")
        super().apply(writer, entries)


class Newer(CompanyRegister):
    """The register as a later version of the program writes it."""

    version = 2


def register(database: Database) -> list[tuple[Any, ...]]:
    return stored_rows(database, company_register, "company_register")


def generations(database: Database) -> list[int]:
    with database.views.connect() as connection:
        return sorted(connection.execute(select(company_register.c.generation).distinct()).scalars())


@pytest.fixture
def ready(database: Database) -> Database:
    """A database whose read models have their bookmarks."""
    ensure(database, [CompanyRegister()])
    return database


# Once


def test_catch_up_brings_every_view_to_the_head_on_shared_pages(
    ready: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    views: list[View] = [CompanyRegister(), Counter()]
    ensure(ready, views)
    record(ready, [lead(f"c{number}") for number in range(12)])
    decoded = count_decoded(monkeypatch)
    monkeypatch.setattr("projections.engine.runner.Pages", lambda _size: Pages(5))
    seen: list[tuple[int, int]] = []
    assert catch_up(ready, views, lambda done, total: seen.append((done, total))) == 12
    assert seen == [(5, 12), (10, 12), (12, 12)]
    assert decoded() == 12
    assert len(register(ready)) == 12


def count_decoded(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    count = 0

    def counting(envelope: bytes) -> Entry:
        nonlocal count
        count += 1
        return decode(envelope)

    monkeypatch.setattr("ledger.log.store.decode", counting)
    return lambda: count


def test_catch_up_of_nothing(ready: Database) -> None:
    assert catch_up(ready, [CompanyRegister()]) == 0
    assert catch_up(ready, []) == 0


def test_abreast_is_all_in_their_versions_at_the_head(ready: Database) -> None:
    assert abreast(ready, {"company_register": 1})
    record(ready, [lead("a")])
    assert not abreast(ready, {"company_register": 1})
    catch_up(ready, [CompanyRegister()])
    assert abreast(ready, {"company_register": 1})
    assert not abreast(ready, {"company_register": 2})
    assert not abreast(ready, {"company_register": 1, "journal": 4})


def test_ensure_twice_changes_nothing(ready: Database) -> None:
    before = bookmarks(ready)
    ensure(ready, [CompanyRegister()])
    assert bookmarks(ready) == before


def test_raised_version_is_rebuilt(ready: Database) -> None:
    record(ready, [lead("a")])
    catch_up(ready, [CompanyRegister()])
    ensure(ready, [Newer()])
    assert bookmarks(ready) == [("company_register", 2, True, 2, 1)]
    with pytest.raises(OutOfStep):
        advance(ready, CompanyRegister(), Pages())
    assert generations(ready) == [2]


@settings(max_examples=10)
@given(
    facts=ANY_FACTS,
    sizes=st.lists(st.integers(1, 7), min_size=25, max_size=25),
)
def test_rebuilt_is_live(database: Database, facts: list[CompanyFact], sizes: list[int]) -> None:
    view = CompanyRegister()
    ensure(database, [view])
    head = record(database, facts)
    for size in sizes:
        if advance(database, view, Pages(size)) == head:
            break
    catch_up(database, [view])
    live = register(database)
    assert rebuild(database, CompanyRegister) == head
    assert register(database) == live
    assert len(generations(database)) == 1


def test_rebuild_says_how_far_it_is(ready: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    record(ready, [lead("a")] * 7)
    monkeypatch.setattr("projections.engine.runner.Pages", lambda _size: Pages(3))
    seen: list[tuple[int, int]] = []
    rebuild(ready, CompanyRegister, lambda done, total: seen.append((done, total)))
    assert seen == [(3, 7), (6, 7), (7, 7)]


def test_rebuild_goes_on_until_it_has_what_the_live_rows_have(ready: Database) -> None:
    live = CompanyRegister()
    record(ready, [lead("a")])

    def meanwhile(done: int, _total: int) -> None:
        if done == 1:
            record(ready, [lead("b")])
            catch_up(ready, [live])

    assert rebuild(ready, CompanyRegister, meanwhile) == 2
    assert [row[0] for row in register(ready)] == ["a", "b"]
    record(ready, [lead("c")])
    assert catch_up(ready, [live]) == 3
    assert [row[0] for row in register(ready)] == ["a", "b", "c"]


def test_a_killed_rebuild_leaves_the_live_rows_and_the_next_one_clears_up(
    ready: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(ready, [lead("a"), lead("b")])
    catch_up(ready, [CompanyRegister()])
    live = register(ready)

    def interrupt(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(runner, "_give_up", lambda *_: None)
        with pytest.raises(KeyboardInterrupt):
            rebuild(ready, CompanyRegister, interrupt)
    assert register(ready) == live
    assert generations(ready) == [1, 2]
    with pytest.raises(KeyboardInterrupt):
        rebuild(ready, CompanyRegister, interrupt)
    assert generations(ready) == [1], "interrupted, not killed: it clears up itself"
    assert len(bookmarks(ready)) == 1
    rebuild(ready, CompanyRegister)
    assert register(ready) == live
    assert min(generations(ready)) > 1
    assert len(generations(ready)) == 1
    assert len(bookmarks(ready)) == 1


def test_a_second_rebuild_stops_the_first(ready: Database) -> None:
    record(ready, [lead("a")])

    def meanwhile(_done: int, _total: int) -> None:
        rebuild(ready, CompanyRegister)

    with pytest.raises(OutOfStep, match="another rebuild"):
        rebuild(ready, CompanyRegister, meanwhile)
    assert len(register(ready)) == 1
    assert len(generations(ready)) == 1


def test_deleted_read_models_come_back_the_same(sqlite: Database) -> None:
    record(sqlite, [lead(company, on) for on in reversed(DAYS) for company in "abc"])
    ensure(sqlite, [CompanyRegister()])
    catch_up(sqlite, [CompanyRegister()])
    before = register(sqlite)
    sqlite.close()
    for name in ("projections.db", "projections.db-wal", "projections.db-shm"):
        (sqlite.directory / name).unlink(missing_ok=True)
    migrations.upgrade(sqlite)
    ensure(sqlite, [CompanyRegister()])
    catch_up(sqlite, [CompanyRegister()])
    assert register(sqlite) == before


# All the time


@pytest.fixture
def follower(ready: Database) -> Iterator[Follower]:
    """A follower that nothing but a wake-up moves within a test's patience."""
    with Follower(ready, [CompanyRegister()], poll_s=3600) as started:
        yield started


def test_follower_is_woken_by_the_ledger(ready: Database, follower: Follower, ledger: Ledger) -> None:
    ledger.on_recorded.append(follower.wake)
    command = RegisterLead(company="a", effective_on=DAYS[0], name="A (demo)", country="CN", origin="DIRECT")
    position = ledger.execute(command, CLERK).outcome.position
    assert follower.wait_for(position, PATIENCE)
    assert follower.position == position == 1
    assert len(register(ready)) == 1


def test_follower_is_woken_by_another_process_on_postgres(postgres: Database) -> None:
    ensure(postgres, [CompanyRegister()])
    with Follower(postgres, [CompanyRegister()], poll_s=3600) as follower:
        assert follower.wait_for(record(postgres, [lead("a")]), PATIENCE)


def test_listener_connects_again(postgres: Database) -> None:
    ensure(postgres, [CompanyRegister()])
    with Follower(postgres, [CompanyRegister()], poll_s=0.05) as follower:
        for company in ("a", "b", "c"):
            with postgres.owner.begin() as connection:
                connection.execute(
                    text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
                )
            assert follower.wait_for(record(postgres, [lead(company)]), PATIENCE)


def test_follower_polls(ready: Database) -> None:
    with Follower(ready, [CompanyRegister()], poll_s=0.01) as follower:
        assert follower.wait_for(record(ready, [lead("a")]), PATIENCE)


def test_wait_gives_up(follower: Follower) -> None:
    assert not follower.wait_for(1, 0.01)


def test_stop_answers_whoever_waits(ready: Database) -> None:
    follower = Follower(ready, [CompanyRegister()], poll_s=3600)
    follower.start()
    answers: list[bool] = []
    waiting = threading.Thread(target=lambda: answers.append(follower.wait_for(99, PATIENCE)))
    waiting.start()
    follower.stop()
    waiting.join(PATIENCE)
    assert answers == [False]


def test_a_failing_view_shows_and_holds_up_nobody(ready: Database) -> None:
    Broken.mended.clear()
    views: list[View] = [Broken(), CompanyRegister()]
    ensure(ready, views)
    with Follower(ready, views, poll_s=0.01) as follower:
        head = record(ready, [lead("a"), lead("b")])
        assert eventually(follower, lambda: follower.health()[1].position == head)
        assert eventually(follower, lambda: follower.health()[0].error is not None)
        broken = follower.health()[0]
        assert (broken.name, broken.position, broken.behind) == ("broken", 0, 2)
        assert "ZeroDivisionError" in str(broken.error)
        assert "secret" not in str(broken.error)
        assert not follower.wait_for(head, 0)
        Broken.mended.set()
        assert follower.wait_for(head, PATIENCE)
        assert [health.error for health in follower.health()] == [None, None]


def test_a_silent_database_shows(ready: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with Follower(ready, [CompanyRegister()], poll_s=0.01) as follower:
        with monkeypatch.context() as broken:
            broken.setattr("projections.engine.following.store.read_head", lambda connection: 1 / 0)
            assert eventually(follower, lambda: follower.health()[0].error == "the database does not answer")
        assert follower.wait_for(record(ready, [lead("a")]), PATIENCE)
        assert follower.health()[0].error is None


def test_a_full_disk_is_named_and_following_resumes(ready: Database) -> None:
    """SQLite says so of itself where a file may not grow; PostgreSQL is made to (53100)."""
    full = threading.Event()
    full.set()

    def write(connection: Any, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("UPDATE projections.projection SET position="):
            return
        driver = connection.connection.driver_connection
        if not ready.is_postgres:
            driver.execute(f"PRAGMA projections.max_page_count = {1 if full.is_set() else 1 << 30}")
            driver.execute("CREATE TABLE projections.more AS SELECT zeroblob(100000)")
            driver.execute("DROP TABLE projections.more")
        elif full.is_set():
            driver.execute("DO $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = '53100'; END $$")

    event.listen(ready.views, "before_cursor_execute", write)
    with Follower(ready, [CompanyRegister()], poll_s=0.01) as follower:
        head = record(ready, [lead("a")])
        assert eventually(follower, lambda: "no space is left" in str(follower.health()[0].error))
        full.clear()
        assert follower.wait_for(head, PATIENCE)
        assert follower.health()[0].error is None


def eventually(follower: Follower, condition: Callable[[], bool]) -> bool:
    """Wait for something that a follower's move or failure makes true."""
    with follower._changed:
        return follower._changed.wait_for(condition, PATIENCE)


def test_two_followers_apply_each_fact_once(postgres: Database) -> None:
    """As two processes would: each with its own engines."""
    second = Database(postgres.where)
    ensure(postgres, [CompanyRegister()])
    try:
        with (
            Follower(postgres, [CompanyRegister()], poll_s=0.01) as one,
            Follower(second, [CompanyRegister()], poll_s=0.01) as other,
        ):
            head = 0
            for number in range(30):
                head = record(
                    postgres, [lead(f"c{number % 7}", DAYS[-number % 6]) for number in range(number, number + 9)]
                )
            assert one.wait_for(head, PATIENCE)
            assert other.wait_for(head, PATIENCE)
    finally:
        second.close()
    live = register(postgres)
    with postgres.views.connect() as connection:
        assert connection.execute(select(func.count()).select_from(projection)).scalar() == 1
    rebuild(postgres, CompanyRegister)
    assert register(postgres) == live


def test_follower_goes_over_to_rebuilt_rows(ready: Database) -> None:
    with Follower(ready, [CompanyRegister()], poll_s=0.01) as follower:
        assert follower.wait_for(record(ready, [lead("a"), lead("b")]), PATIENCE)
        rebuild(ready, CompanyRegister)
        assert follower.wait_for(record(ready, [lead("a", DAYS[0]), lead("c")]), PATIENCE)
    assert {row[0] for row in register(ready)} == {"a", "b", "c"}
    assert generations(ready) == [2]


# Rows of another log


def as_if_of_another_log(database: Database, **bookmark: Any) -> None:
    """The bookmark that a newer or another log would have left, beside rows that this log never told."""
    with database.views.begin() as connection:
        connection.execute(update(projection).where(projection.c.live).values(**bookmark))
        connection.execute(update(company_register).values(name="Never Registered (demo)"))


OTHER = bytes(32)
ELSEWHERE = [
    pytest.param({"position": 9, "root": OTHER}, id="ahead-of-the-log"),
    pytest.param({"position": 3, "root": OTHER}, id="another-root"),
    pytest.param({"position": 3, "root": None}, id="no-root-as-older-programs-left-it"),
]


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_rows_of_another_log_are_not_answered_from_and_are_made_anew(
    ready: Database, elsewhere: dict[str, Any]
) -> None:
    view = CompanyRegister()
    record(ready, [lead(f"c{number}") for number in range(5)])
    catch_up(ready, [view])
    right = register(ready)
    as_if_of_another_log(ready, **elsewhere)
    with ready.views.connect() as connection:
        assert foreign(connection) == ("company_register",)
        with pytest.raises(NotOfThisLog, match="company_register"):
            known_position(connection)
    with pytest.raises(NotOfThisLog):
        advance(ready, CompanyRegister(), Pages())
    assert not abreast(ready, {"company_register": 1})
    ensure(ready, [CompanyRegister()])
    assert register(ready) == right
    assert abreast(ready, {"company_register": 1})
    with ready.views.connect() as connection:
        assert (foreign(connection), known_position(connection)) == ((), 5)


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_a_follower_makes_rows_of_another_log_anew(ready: Database, elsewhere: dict[str, Any]) -> None:
    record(ready, [lead(f"c{number}") for number in range(5)])
    catch_up(ready, [CompanyRegister()])
    right = register(ready)
    with Follower(ready, [CompanyRegister()], poll_s=0.01) as follower:
        as_if_of_another_log(ready, **elsewhere)
        record(ready, [lead("c5")])
        follower.wake()
        assert follower.wait_for(6, PATIENCE)
        with ready.views.connect() as connection:
            assert foreign(connection) == ()
    assert {row[0] for row in register(ready)} == {row[0] for row in right} | {"c5"}
    assert "Never Registered (demo)" not in {column for row in register(ready) for column in row}


def test_a_log_put_back_from_a_backup_is_noticed_also_when_it_has_grown_again(sqlite: Database) -> None:
    ensure(sqlite, [CompanyRegister()])
    record(sqlite, [lead(f"c{number}") for number in range(3)])
    backup = sqlite.directory.parent / "backup"
    sqlite.close()
    shutil.copytree(sqlite.directory, backup)
    newer = Database(sqlite.directory)
    record(newer, [lead(f"gone{number}") for number in range(3)])
    catch_up(newer, [CompanyRegister()])
    newer.close()
    for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
        (sqlite.directory / name).unlink(missing_ok=True)
        if (backup / name).exists():
            shutil.copy(backup / name, sqlite.directory / name)
    back = Database(sqlite.directory)
    record(back, [lead(f"c{number}") for number in range(3, 8)])
    with back.views.connect() as connection:
        assert foreign(connection) == ("company_register",)
    ensure(back, [CompanyRegister()])
    catch_up(back, [CompanyRegister()])
    assert [row[0] for row in register(back)] == [f"c{number}" for number in range(8)]
    back.close()
