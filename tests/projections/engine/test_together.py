"""Read models made anew by several processes: the same rows, whatever becomes of the processes."""

import os
import signal
from multiprocessing import active_children
from typing import Any

import pytest
from sqlalchemy import select

from ledger.log.database import Database
from projections import ALL_VIEWS
from projections.engine import runner, together
from projections.engine.checking import Agreement
from projections.engine.runner import catch_up, ensure, rebuild_all
from projections.engine.view import projection
from tests.ground.golden import GOLDEN
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
    assert live(database) == [(name, generation + 1, *where) for name, generation, *where in before]
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
