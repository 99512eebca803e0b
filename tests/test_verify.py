"""Nothing can be altered without verify naming the first position that was."""

import random
from collections.abc import Callable

import pytest
from eventsourcing.dcb.api import DCBEvent
from sqlalchemy import Connection, delete, func, insert, select, text, update

from ledger import merkle
from ledger.database import APPEND_ONLY, Database, fact, fact_tag, ledger_head
from ledger.store import Store
from ledger.verify import Altered, verify

SIZE = 40


@pytest.fixture
def filled(database: Database) -> Database:
    """Forty facts with two tags each, in a database whose append-only triggers are gone: an intruder's view."""
    events = [DCBEvent(type=f"T{n % 3}", data=b"%d" % n, tags=[f"a:{n}", "all"]) for n in range(SIZE)]
    Store(database).append(events)
    with database.owner.begin() as connection:
        for table in (*APPEND_ONLY, "ledger_head"):
            if database.is_postgres:
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            else:
                names = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
                for name in connection.execute(names, {"table": table}).scalars().all():
                    connection.execute(text(f"DROP TRIGGER {name}"))
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


@pytest.mark.parametrize("alter", ALTERATIONS, ids=lambda alter: alter.__name__)
@pytest.mark.parametrize("position", [1, 2, 17, 32, SIZE])
def test_first_altered_position_is_named(
    filled: Database, alter: Callable[[Connection, int], None], position: int
) -> None:
    with filled.owner.begin() as connection:
        alter(connection, position)
        if position < SIZE:
            alter(connection, SIZE)
    with pytest.raises(Altered) as found:
        verify(filled)
    # A hash made to fit its altered fact shows at the pair that holds it: the pair's first position is named.
    first = position - (position + 1) % 2 if alter is change_envelope_and_its_leaf else position
    assert found.value.position == first


def test_a_change_made_to_fit_is_narrowed_to_the_subtree_it_hides_in(filled: Database) -> None:
    with filled.owner.begin() as connection:
        stored = connection.execute(select(fact.c.nodes).where(fact.c.position == 32)).scalar_one()
        altered = flip(stored, 3 * merkle.HASH_BYTES)
        connection.execute(update(fact).where(fact.c.position == 32).values(nodes=altered))
    with pytest.raises(Altered, match="from here to 32") as found:
        verify(filled)
    assert found.value.position == 25


def test_cut_off_end_is_found(filled: Database) -> None:
    with filled.owner.begin() as connection:
        connection.execute(delete(fact).where(fact.c.position > SIZE - 3))
    with pytest.raises(Altered, match=f"position {SIZE - 2}: this fact is missing"):
        verify(filled)


@pytest.mark.parametrize(
    "values",
    [{"frontier": b"\0" * 32}, {"recorded_us": 1}, {"size": SIZE - 1}, {"size": SIZE + 1}],
    ids=["frontier", "instant", "shorter", "longer"],
)
def test_altered_head_is_found(filled: Database, values: dict[str, object]) -> None:
    with filled.owner.begin() as connection:
        connection.execute(update(ledger_head).values(values))
    with pytest.raises(Altered):
        verify(filled)


def test_a_rewritten_history_is_found_by_a_root_written_down_outside(filled: Database) -> None:
    known = verify(filled)
    with filled.owner.begin() as connection:
        connection.execute(delete(fact_tag))
        connection.execute(delete(fact))
        connection.execute(update(ledger_head).values(size=0, frontier=b"", recorded_us=0))
    Store(filled).append([DCBEvent(type="T", data=b"other", tags=[]) for _ in range(SIZE + 1)])
    assert verify(filled).size == SIZE + 1
    with pytest.raises(Altered, match="written down outside") as found:
        verify(filled, expect={known.size: known.root})
    assert found.value.position == known.size


def test_a_shortened_history_is_found_by_a_root_written_down_outside(filled: Database) -> None:
    with pytest.raises(Altered, match="only 40 are here"):
        verify(filled, expect={SIZE + 1: "00" * 32})


def test_the_root_is_the_heads(database: Database) -> None:
    assert verify(database).root == merkle.EMPTY_ROOT.hex()
    Store(database).append([DCBEvent(type="T", data=b"", tags=[])])
    with database.views.connect() as connection:
        assert connection.execute(select(func.count()).select_from(fact)).scalar() == verify(database).size == 1


def test_progress_is_told(filled: Database) -> None:
    told: list[tuple[int, int]] = []
    verify(filled, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (SIZE, SIZE)
