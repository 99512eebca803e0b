"""Positions have no gaps, and whoever follows misses none, although transactions are given up and end in any order."""

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Column, Connection, Identity, Integer, MetaData, Select, Table, create_engine, select, text

from ledger.log import store
from ledger.log.database import Database, fact

WRITERS, EACH, GIVEN_UP = 6, 60, 0.03
ROUNDS_MAX = 10
CONTROL = Table("control", MetaData(), Column("position", Integer, Identity(always=True), primary_key=True))


@dataclass(frozen=True)
class Way:
    """A way of taking positions. `insert`: a fact, in the caller's transaction; `positions`: where they are kept."""

    insert: Callable[[Connection], object]
    positions: Column[int]


def sealed(connection: Connection) -> None:
    """Take a position as the log does: from its head, which others wait for."""
    head = store.lock_head(connection)
    some = store.Sealed()
    store.seal(some, head, name="x.y", tags=["a"], recorded_us=1, envelope=b"{}")
    store.write(connection, some, head)


def numbered(connection: Connection) -> None:
    """Take positions as an identity column gives them, which is a sequence: one moment, and one a little later."""
    connection.execute(CONTROL.insert())
    connection.execute(CONTROL.insert())


OURS, IDENTITY = Way(sealed, fact.c.position), Way(numbered, CONTROL.c.position)


@contextmanager
def following(database: Database, way: Way) -> Iterator[list[int]]:
    """Positions as somebody meets them who asks again and again what came after the last one."""
    met, last_time = list[int](), threading.Event()

    def follow() -> None:
        with database.views.connect() as connection:
            ended = False
            while not ended:
                ended = last_time.is_set()
                after = met[-1] if met else 0
                met.extend(connection.execute(_after(way, after)).scalars())
                connection.rollback()

    thread = threading.Thread(target=follow)
    thread.start()
    try:
        yield met
    finally:
        last_time.set()
        thread.join()


def _after(way: Way, position: int) -> Select[Any]:
    return select(way.positions).where(way.positions > position).order_by(way.positions)


def gaps_and_holes(database: Database, way: Way, seed: int) -> tuple[int, int]:
    """Many write at once, and give some up: numbers that no fact has, and facts that whoever followed never met."""

    def write(writer: int) -> None:
        chance = random.Random(seed * WRITERS + writer)
        engine = create_engine(database.log.url)
        with engine.connect() as connection:
            for _ in range(EACH):
                way.insert(connection)
                connection.rollback() if chance.random() < GIVEN_UP else connection.commit()
        engine.dispose()

    with following(database, way) as met, ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(write, range(WRITERS)))
    with database.views.connect() as connection:
        kept = connection.execute(_after(way, 0)).scalars().all()
    assert len(kept) > WRITERS * EACH / 2, "hardly anything was written"
    return kept[-1] - len(kept), len(set(kept) - set(met))


def test_the_log_has_no_gaps_and_no_holes(postgres: Database) -> None:
    assert gaps_and_holes(postgres, OURS, 1) == (0, 0)


def test_an_identity_column_would_be_found_out(postgres: Database) -> None:
    with postgres.owner.begin() as connection:
        CONTROL.create(connection)
        connection.execute(text("GRANT SELECT ON control TO PUBLIC"))
    for seed in range(ROUNDS_MAX):
        gaps, holes = gaps_and_holes(postgres, IDENTITY, seed)
        assert gaps
        if holes:
            return
    pytest.fail("whoever follows an identity column missed nothing: this test would find no fault in the log either")
