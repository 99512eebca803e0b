"""Nothing can be altered without verify naming the first position that was: alone, or with other processes ahead."""

import os
import random
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from multiprocessing import active_children
from typing import Any

import pytest
from eventsourcing.dcb.api import DCBEvent
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, func, insert, select, text, update

import ledger.log.verify
from ledger.log import merkle, store
from ledger.log.contract import Store
from ledger.log.database import Database, fact, fact_tag, ledger_head
from ledger.log.envelope import encode, from_micros
from ledger.log.store import root_at
from ledger.log.verify import Altered, Verified, verify, verify_in_spans
from tests.ground.intruder import unprotect

SIZE = 40
SPAN = 5
"""Facts in a span where other processes look ahead: odd, so that pairs of facts fall apart at its border."""

pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")


@pytest.fixture
def filled(database: Database) -> Database:
    """Forty facts with two tags each, in a database whose append-only triggers are gone: an intruder's view."""
    events = [DCBEvent(type=f"T{n % 3}", data=b"%d" % n, tags=[f"a:{n}", "all"]) for n in range(SIZE)]
    Store(database).append(events)
    unprotect(database)
    return database


def flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def change_envelope(connection: Connection, position: int) -> None:
    stored = connection.execute(select(fact.c.envelope).where(fact.c.position == position)).scalar_one()
    altered = flip(stored, random.Random(position).randrange(len(stored)))
    connection.execute(update(fact).where(fact.c.position == position).values(envelope=altered))


def change_nodes(connection: Connection, position: int) -> None:
    stored = connection.execute(select(fact.c.nodes).where(fact.c.position == position)).scalar_one()
    altered = flip(stored, random.Random(position).randrange(merkle.HASH_BYTES))
    connection.execute(update(fact).where(fact.c.position == position).values(nodes=altered))


def change_envelope_and_its_leaf(connection: Connection, position: int) -> None:
    row = connection.execute(select(fact).where(fact.c.position == position)).one()
    altered = row.envelope.replace(b'"role":"system"', b'"role":"nobody"')
    nodes = merkle.leaf(altered) + row.nodes[merkle.HASH_BYTES :]
    connection.execute(update(fact).where(fact.c.position == position).values(envelope=altered, nodes=nodes))


def change_name(connection: Connection, position: int) -> None:
    connection.execute(update(fact).where(fact.c.position == position).values(name="other"))


def change_instant(connection: Connection, position: int) -> None:
    values = {"recorded_us": fact.c.recorded_us + 1}
    connection.execute(update(fact).where(fact.c.position == position).values(values))


def remove(connection: Connection, position: int) -> None:
    connection.execute(delete(fact).where(fact.c.position == position))


def remove_tag(connection: Connection, position: int) -> None:
    connection.execute(delete(fact_tag).where(fact_tag.c.position == position, fact_tag.c.tag == "all"))


def add_tag(connection: Connection, position: int) -> None:
    connection.execute(insert(fact_tag).values(tag="more", position=position))


ALTERATIONS = [
    change_envelope,
    change_nodes,
    change_envelope_and_its_leaf,
    change_name,
    change_instant,
    remove,
    remove_tag,
    add_tag,
]


def verdict(database: Database, expect: Mapping[int, str] | None = None) -> Verified | Altered:
    """What verify says, alone and with other processes ahead: the same."""
    alone = outcome(lambda: verify(database, expect=expect))
    ahead = outcome(lambda: in_spans(database, expect))
    assert (type(ahead), str(ahead)) == (type(alone), str(alone))
    return alone


def in_spans(database: Database, expect: Mapping[int, str] | None = None, facts: int = SPAN) -> Verified:
    return verify_in_spans(database, expect or {}, lambda done, total: None, facts=facts, processes=2)


def outcome(verify: Callable[[], Verified]) -> Verified | Altered:
    try:
        return verify()
    except Altered as altered:
        return altered
    finally:
        assert active_children() == []


def altered(database: Database, expect: Mapping[int, str] | None = None) -> Altered:
    found = verdict(database, expect)
    assert isinstance(found, Altered), "nothing was found"
    return found


@pytest.mark.parametrize("alter", ALTERATIONS, ids=lambda alter: alter.__name__)
@pytest.mark.parametrize("position", [1, 2, SPAN, SPAN + 1, 17, 32, SIZE])
def test_first_altered_position_is_named(
    filled: Database, alter: Callable[[Connection, int], None], position: int
) -> None:
    with filled.owner.begin() as connection:
        alter(connection, position)
        if position < SIZE:
            alter(connection, SIZE)
    # A hash made to fit its altered fact shows at the pair that holds it: the pair's first position is named.
    first = position - (position + 1) % 2 if alter is change_envelope_and_its_leaf else position
    assert altered(filled).position == first


def test_a_change_made_to_fit_is_narrowed_to_the_subtree_it_hides_in(filled: Database) -> None:
    with filled.owner.begin() as connection:
        stored = connection.execute(select(fact.c.nodes).where(fact.c.position == 32)).scalar_one()
        changed = flip(stored, 3 * merkle.HASH_BYTES)
        connection.execute(update(fact).where(fact.c.position == 32).values(nodes=changed))
    found = altered(filled)
    assert found.position == 25
    assert "from here to 32" in found.what


def test_cut_off_end_is_found(filled: Database) -> None:
    with filled.owner.begin() as connection:
        connection.execute(delete(fact).where(fact.c.position > SIZE - 3))
    assert str(altered(filled)) == f"position {SIZE - 2}: this fact is missing"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # in PostgreSQL a column takes one type only
@pytest.mark.parametrize("column", ["envelope", "nodes"])
@pytest.mark.parametrize("position", [1, SPAN, SPAN + 1, SIZE])
def test_bytes_stored_as_text_are_found(filled: Database, column: str, position: int) -> None:
    with filled.owner.begin() as connection:
        changed = text(f"UPDATE fact SET {column} = hex({column}) WHERE position = :position")
        connection.execute(changed, {"position": position})
        change_name(connection, SIZE)
    found = altered(filled)
    assert found.position == position
    assert "not bytes any more" in found.what


@pytest.mark.parametrize("position", [1, SPAN, SPAN + 1, SIZE])
def test_a_sealed_envelope_that_cannot_be_read_is_found(filled: Database, position: int) -> None:
    """Whoever seals it has the tree on his side; the tags of the facts behind it are no finding of their own."""
    seal_anew(filled, [(1, b"{" if at == position else None) for at in range(1, SIZE + 1)])
    found = altered(filled)
    assert found.position == position
    assert "cannot be read" in found.what


@pytest.mark.parametrize("position", [2, SPAN, SPAN + 1, 2 * SPAN + 1, SIZE])
def test_an_instant_that_falls_is_found(filled: Database, position: int) -> None:
    seal_anew(filled, [(5 if at < position else 4, None) for at in range(1, SIZE + 1)])
    assert str(altered(filled)) == f"position {position}: recorded before the fact in front of it"


def seal_anew(database: Database, sealed_as: list[tuple[int, bytes | None]]) -> None:
    """Another log in its place, sealed as it should be: the instant of each fact, and an envelope that is not ours."""
    with database.owner.begin() as connection:
        connection.execute(delete(fact_tag))
        connection.execute(delete(fact))
        head, sealed = store.Head(0, [], 0), store.Sealed()
        for position, (instant, given) in enumerate(sealed_as, 1):
            usual = {"position": position, "recorded_at": from_micros(instant), "tags": ["a"], "data": {"fact": "T"}}
            store.seal(sealed, head, name="T", tags=["a"], recorded_us=instant, envelope=given or encode(usual))
        store.write(connection, sealed, head)


@pytest.mark.parametrize(
    "values",
    [{"frontier": b"\0" * 32}, {"recorded_us": 1}, {"size": SIZE - 1}, {"size": SIZE + 1}],
    ids=["frontier", "instant", "shorter", "longer"],
)
def test_altered_head_is_found(filled: Database, values: dict[str, object]) -> None:
    with filled.owner.begin() as connection:
        connection.execute(update(ledger_head).values(values))
    altered(filled)


@pytest.mark.parametrize("size", [1, SPAN - 1, SPAN, SPAN + 1, SIZE])
def test_roots_written_down_outside_are_compared(filled: Database, size: int) -> None:
    with filled.views.connect() as connection:
        roots = {at: root_at(connection, at).hex() for at in (3, size, 18, SIZE)}
    assert verdict(filled, roots) == Verified(SIZE, roots[SIZE])
    assert verdict(filled, {at: root.upper() for at, root in roots.items()}) == Verified(SIZE, roots[SIZE])
    found = altered(filled, roots | {size: "00" * 32, SIZE: "00" * 32})
    assert found.position == size
    assert "written down outside" in found.what


def test_a_rewritten_history_is_found_by_a_root_written_down_outside(filled: Database) -> None:
    known = verify(filled)
    with filled.owner.begin() as connection:
        connection.execute(delete(fact_tag))
        connection.execute(delete(fact))
        connection.execute(update(ledger_head).values(size=0, frontier=b"", recorded_us=0))
    Store(filled).append([DCBEvent(type="T", data=b"other", tags=[]) for _ in range(SIZE + 1)])
    assert verify(filled).size == SIZE + 1
    assert altered(filled, {known.size: known.root}).position == known.size


def test_a_shortened_history_is_found_by_a_root_written_down_outside(filled: Database) -> None:
    assert "only 40 are here" in altered(filled, {SIZE + 1: "00" * 32}).what


def test_the_root_is_the_heads(database: Database) -> None:
    empty = verdict(database)
    Store(database).append([DCBEvent(type="T", data=b"", tags=[])])
    with database.views.connect() as connection:
        size = connection.execute(select(func.count()).select_from(fact)).scalar()
        root = root_at(connection, 1).hex()
    assert (empty, verdict(database)) == (Verified(0, merkle.EMPTY_ROOT.hex()), Verified(size or 0, root))


@settings(max_examples=20)
@given(
    st.lists(st.tuples(st.sampled_from(ALTERATIONS), st.integers(1, SIZE)), max_size=4, unique_by=lambda one: one[1]),
    st.integers(1, SIZE + 1),
)
def test_other_processes_change_no_verdict(
    filled: Database, alterations: list[tuple[Callable[[Connection, int], None], int]], facts: int
) -> None:
    with filled.owner.begin() as connection:
        kept = {table: connection.execute(select(table)).all() for table in (fact, fact_tag)}
        for alter, position in alterations:
            alter(connection, position)
    assert str(outcome(lambda: in_spans(filled, facts=facts))) == str(outcome(lambda: verify(filled)))
    with filled.owner.begin() as connection:
        for table, rows in kept.items():
            connection.execute(delete(table))
            connection.execute(insert(table), [row._asdict() for row in rows])


def test_a_process_that_fails_is_made_up_for(filled: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(connection: Connection, size: int) -> None:
        raise MemoryError

    monkeypatch.setattr(ledger.log.verify, "_claimed", fail)
    assert verdict(filled) == verify(filled)


def test_a_process_that_stands_still_is_made_up_for(filled: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    here, claimed = os.getpid(), ledger.log.verify._claimed

    def stand_still(connection: Connection, size: int) -> Any:
        if os.getpid() != here and size >= 2 * SPAN:
            os.kill(os.getpid(), signal.SIGSTOP)
        return claimed(connection, size)

    monkeypatch.setattr(ledger.log.verify, "_claimed", stand_still)
    monkeypatch.setattr(ledger.log.verify, "PATIENCE_S", 0.05)
    assert verify_in_spans(filled, {}, lambda done, total: None, facts=SPAN, processes=2) == verify(filled)
    assert active_children() == []


def test_no_process_is_left_when_the_person_stops(filled: Database) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verify_in_spans(filled, {}, stop, facts=SPAN, processes=2)
    assert active_children() == []


def test_other_processes_are_for_long_logs_and_free_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1, 2}, raising=False)
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    assert (ledger.log.verify._processors(SIZE), ledger.log.verify._processors(10**6)) == (0, 3)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0})
    assert ledger.log.verify._processors(10**6) == 0
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1})
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    assert ledger.log.verify._processors(10**6) == 0


@pytest.mark.parametrize("processes", [0, 2])
def test_progress_is_told(filled: Database, processes: int) -> None:
    told: list[tuple[int, int]] = []
    verify_in_spans(filled, {}, lambda *so_far: told.append(so_far), facts=SPAN, processes=processes)
    assert told == [(done, SIZE) for done in range(SPAN, SIZE + 1, SPAN)]
