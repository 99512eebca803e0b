"""Read models made anew by several processes: the same rows, whatever becomes of the processes."""

import os
import signal
import sqlite3
from contextlib import closing, suppress
from multiprocessing import active_children
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from ledger.log.database import Database
from projections.engine import runner, together
from projections.engine.checking import Agreement
from projections.engine.runner import catch_up, ensure, rebuild_all
from projections.engine.view import OutOfStep, View, advance_by_turns, projection
from projections.every.views import ALL_VIEWS
from tests.ground.golden import GOLDEN
from tests.ground.recorder_process import children
from tests.ground.recording import lead, record

PAGE = 7


@pytest.fixture
def followed(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """The golden year, followed by every read model; two processes are worth their while, and pages are short."""
    monkeypatch.setattr(together, "PROCESSES", 2)
    monkeypatch.setattr(together, "WORTH_IT", 1)
    monkeypatch.setattr(runner, "BULK_PAGE", PAGE)
    record(database, [*GOLDEN, lead("sunfield-demo"), lead("moonfield-demo")])
    views = [kind() for kind in ALL_VIEWS]
    ensure(database, views)
    catch_up(database, views)
    return database


def live(database: Database) -> list[tuple[Any, ...]]:
    """Every live bookmark: name, generation, position, root."""
    columns = (projection.c.name, projection.c.generation, projection.c.position, projection.c.root)
    with database.views.connect() as connection:
        return sorted(tuple(row) for row in connection.execute(select(*columns).where(projection.c.live)))


def made_anew(database: Database) -> None:
    """Make all anew: each is swapped only where its rows are those that were live, row by row."""
    before = live(database)
    agreements = {kind: Agreement(kind, anyway=False) for kind in ALL_VIEWS}
    rebuild_all(database, ALL_VIEWS, agree=agreements)
    assert all(one.compared is not None and not one.compared.different for one in agreements.values())
    for (name, generation, *where), (same, later, *there) in zip(before, live(database), strict=True):
        assert (name, where) == (same, there)
        assert later > generation
    assert not active_children(), "nobody is left behind"


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The read models that this process moved on, once for each page."""
    seen = list[str]()
    for name in ("advance", "advance_by_turns"):
        move = getattr(runner, name)

        def noted(database: Database, view: Any, *rest: Any, move: Any = move, **more: Any) -> int:
            seen.append(view.name)
            return int(move(database, view, *rest, **more))

        monkeypatch.setattr(runner, name, noted)
    return seen


def test_two_processes_make_the_rows_that_one_makes(followed: Database, pages: list[str]) -> None:
    made_anew(followed)
    ours, theirs = ALL_VIEWS[0].name, ALL_VIEWS[1].name
    assert pages.count(ours) > len(GOLDEN) // PAGE, "a page at a time"
    assert pages.count(theirs) == 1, "it was there already: another process made it"


@pytest.mark.parametrize("after", [0, 20])
def test_who_is_killed_is_stood_in_for(followed: Database, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """The other process is killed at its first page, and later, while it has the turn to write."""
    here, writes, enter = os.getpid(), 0, together.Turn.__enter__

    def dying(turn: together.Turn) -> None:
        nonlocal writes
        enter(turn)
        writes += 1
        if os.getpid() != here and writes > after:
            os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(together.Turn, "__enter__", dying)
    made_anew(followed)


@pytest.mark.parametrize("after", [0, 20])
def test_who_stands_still_is_ended_and_stood_in_for(
    followed: Database, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """The other process stops for ever at a page, while it has the turn to write: this one needs it."""
    monkeypatch.setattr(together, "BEAT_S", 0.05)
    here, writes, enter = os.getpid(), 0, together.Turn.__enter__

    def stopping(turn: together.Turn) -> None:
        nonlocal writes
        enter(turn)
        writes += 1
        if os.getpid() != here and writes > after:
            os.kill(os.getpid(), signal.SIGSTOP)

    monkeypatch.setattr(together.Turn, "__enter__", stopping)
    with capture_logs() as said:
        made_anew(followed)
    assert [entry["event"] for entry in said if "stands still" in entry["event"]]


HELD = 3


def make_anew_held(where: str, told: Connection, leave: Connection) -> None:
    """Make all anew; the process beside this one tells each of its turns, and in the third it waits for leave."""
    here, turns, enter = os.getpid(), 0, together.Turn.__enter__

    def holding(turn: together.Turn) -> None:
        nonlocal turns
        enter(turn)
        if os.getpid() != here:
            turns += 1
            told.send(turns)
            if turns == HELD:
                leave.recv()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(together, "PROCESSES", 2)
        patch.setattr(together, "WORTH_IT", 1)
        patch.setattr(runner, "BULK_PAGE", PAGE)
        patch.setattr(together.Turn, "__enter__", holding)
        database = Database(where)
        with database.views.connect():
            pass  # it has a connection, as whoever looked around before
        rebuild_all(database, ALL_VIEWS)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_who_works_beside_one_that_is_killed_destroys_nothing_and_ends(sqlite: Database, how: signal.Signals) -> None:
    """It holds the locks of its own connections, whoever else opens and closes the file; it writes one page at most."""
    record(sqlite, GOLDEN)
    views = [kind() for kind in ALL_VIEWS]
    ensure(sqlite, views)
    catch_up(sqlite, views)
    sqlite.close()
    told, theirs = children().Pipe(duplex=False)
    waited, leave = children().Pipe(duplex=False)
    process = children().Process(target=make_anew_held, args=(sqlite.where, theirs, waited))
    process.start()
    theirs.close()
    while told.recv() < HELD:
        pass
    assert process.pid is not None
    os.kill(process.pid, how)
    process.join()
    file, later = Path(sqlite.where, "projections.db"), list[int]()
    with closing(sqlite3.connect(file)) as other:
        other.execute("SELECT count(*) FROM projection").fetchall()
    assert Path(f"{file}-wal").exists(), "who came and went was not the last: another has the file open"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("CREATE TABLE probe (x)")
        leave.send(None)
        other.execute("INSERT INTO probe VALUES (randomblob(90000))")
        with suppress(EOFError):
            while True:
                later.append(told.recv())
        other.execute("DROP TABLE probe")
        assert other.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert not later, "it has ended"
    made_anew(sqlite)


def test_views_are_parted_by_what_they_cost() -> None:
    """Neither of two has half as much again to do as the other, and no view is left out."""
    made = [runner._Anew(cast("Database", None), kind(), 1) for kind in ALL_VIEWS]
    shares = runner._shares(made, 2)
    assert sorted((one for share in shares for one in share), key=made.index) == made
    less, more = sorted(sum(one.cost for one in share) for share in shares)
    assert less * 3 >= more * 2


def test_rows_that_nobody_sees_are_deleted_to_the_last(followed: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether they are a row more than are deleted at once, or as many times that."""
    for rows in (1, 7):
        monkeypatch.setattr(runner, "DELETE_ROWS", rows)
        made_anew(followed)
        assert not left_over(followed)


def left_over(database: Database) -> list[Any]:
    """Generations that no query sees: their bookmarks, and rows of any."""
    with database.views.connect() as connection:
        found = list[Any](connection.execute(select(projection.c.name).where(~projection.c.live)).scalars())
        for kind in ALL_VIEWS:
            lives = select(projection.c.generation).where(projection.c.name == kind.name, projection.c.live)
            for table in kind.tables:
                of = select(table.c.generation).where(table.c.generation.not_in(lives)).distinct()
                found += [(table.name, number) for number in connection.execute(of).scalars()]
    return found


@pytest.mark.parametrize("error", [OSError("full"), KeyboardInterrupt()])
def test_a_rebuild_that_fails_leaves_nothing(
    followed: Database, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    here, pages, move, before = os.getpid(), 0, advance_by_turns, live(followed)

    def failing(*given: Any) -> int:
        nonlocal pages
        pages += 1
        if os.getpid() == here and pages > 20:
            raise error
        return move(*given)

    monkeypatch.setattr(runner, "advance_by_turns", failing)
    with pytest.raises(type(error)):
        rebuild_all(followed, ALL_VIEWS)
    assert live(followed) == before
    assert not left_over(followed)
    assert not active_children()


def test_of_two_rebuilds_the_later_wins_and_the_earlier_is_told(followed: Database) -> None:
    begun = list[int]()
    before = live(followed)

    def another(*_: int) -> None:
        if not begun:
            begun.append(1)
            rebuild_all(followed, ALL_VIEWS)

    with pytest.raises(OutOfStep, match="another rebuild"):
        rebuild_all(followed, ALL_VIEWS, another)
    assert [name for name, *_ in live(followed)] == [name for name, *_ in before]
    assert all(now[1] > then[1] for now, then in zip(live(followed), before, strict=True)), "the later made all anew"
    assert not left_over(followed)


def test_all_read_models_are_begun_or_none(followed: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """So two that begin at once do not take from each other what the other goes on to make."""
    begin = runner._begin_beside

    def failing(connection: Any, view: View) -> int:
        if view.name == ALL_VIEWS[2].name:
            raise OSError("full")
        return begin(connection, view)

    monkeypatch.setattr(runner, "_begin_beside", failing)
    with pytest.raises(OSError, match="full"):
        rebuild_all(followed, ALL_VIEWS)
    assert not left_over(followed)
