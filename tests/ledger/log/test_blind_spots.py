"""Each column of each kind of row of the log, altered with its guards gone, is found and named; on both databases.

The log: ten claims under keys k-0 to k-9, a key whose command was refused and one whose claim was on record already.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import msgspec
import pytest
from sqlalchemy import Column, Connection, Integer, LargeBinary, Table, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from ledger.claims import WithdrawClaim
from ledger.log import store
from ledger.log.backup import RECEIPT
from ledger.log.database import Database, fact, fact_tag, ledger_head, receipt
from ledger.log.envelope import UnknownFact, from_micros
from ledger.log.verify import Altered, verify, verify_here
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from ledger.recording.outcome import Done, Refused
from tests.ground.intruder import unprotect
from tests.ground.recorder_process import CLERK, claim

FACTS, REFUSED, RECEIPTS = 10, 11, 12

ROWS: dict[str, tuple[Table, Any, str]] = {
    "fact": (fact, fact.c.position == 7, r"position (7|-8|0):"),
    "fact that completes subtrees": (fact, fact.c.position == 8, r"position ([1-8]|-9|0):"),
    "tag": (fact_tag, fact_tag.c.position == 7, r"position (7|-8|0):"),
    "receipt": (receipt, receipt.c.number == 4, r"receipt (4|-5|0):"),
    "receipt that completes subtrees": (receipt, receipt.c.number == 8, r"receipt (8|-9|0):"),
    "receipt of a refusal": (receipt, receipt.c.number == REFUSED, r"receipt (11|-12|0):"),
    "receipt of what was so": (receipt, receipt.c.number == RECEIPTS, r"receipt (12|-13|0):"),
    "head": (ledger_head, ledger_head.c.id == 1, r"head: (its|there)|position (10|11):|receipt 1[23]:"),
}
"""Rows to alter, and what names the place."""


@pytest.fixture
def filled(database: Database) -> Database:
    """The log, in a database whose guards are gone."""
    with Ledger(database, CONTEXTS) as ledger:
        for number in range(FACTS):
            ledger.execute(claim(number), CLERK, key=f"k-{number}")
        unknown = WithdrawClaim(claim="none", reason="never was", effective_on=claim(1).effective_on)
        assert isinstance(ledger.execute(unknown, CLERK, key="refused").outcome, Refused)
        again = ledger.execute(claim(1), CLERK, key="again").outcome
        assert isinstance(again, Done)
        assert not again.facts
    proved = verify(database)
    assert (proved.size, proved.receipts) == (FACTS, RECEIPTS)
    unprotect(database)
    return database


def found(database: Database, alter: Callable[[Connection], object]) -> str | None:
    """What is found where somebody altered the log so; None where the database itself refuses it."""
    with database.owner.connect() as connection:
        try:
            alter(connection)
        except DBAPIError:
            return None
        with pytest.raises(Altered) as altered:
            verify_here(connection)
        connection.rollback()
    return str(altered.value)


def others(column: Column[Any], stored: Any, *, any_type: bool) -> Iterator[Any]:
    """What somebody might put in the place of a value; SQLite takes any type."""
    match column.type:
        case Integer():
            yield from (stored + 1, stored + 1000, -stored - 1, 0)
            odd: tuple[Any, ...] = ("x", stored + 0.5, b"\0")
        case LargeBinary():
            yield from (stored[:-1], stored + b"\0" * 32, b"", bytes([stored[0] ^ 0x80]) + stored[1:])
            odd = (text(f"CAST(x'{stored.hex()}' AS TEXT)"), text("5"))
        case _:
            yield from (stored + "x", "", stored.upper())
            odd = (stored.encode(), text("CAST(x'ff' AS TEXT)"))
    if any_type:
        yield from odd


@pytest.mark.parametrize("kind", ROWS)
def test_every_column_of_every_kind_of_row_is_covered(filled: Database, kind: str) -> None:
    table, where, named = ROWS[kind]
    with filled.owner.connect() as connection:
        row = connection.execute(select(table).where(where)).mappings().first()
    assert row is not None
    same = [key == row[key] for key in table.primary_key]
    tried = {column.name: 0 for column in table.columns}
    for column in table.columns:
        for other in others(column, row[column], any_type=not filled.is_postgres):
            change = update(table).where(*same).values({column: other})
            said = found(filled, partial(Connection.execute, statement=change))
            assert said is None or re.match(named, said), (column.name, other, said)
            tried[column.name] += said is not None
    assert min(tried.values()) >= 2, tried
    verify(filled)


@pytest.mark.parametrize(
    ("table", "where", "named"),
    [
        (fact, fact.c.position == 7, "position 7: this fact is missing"),
        (fact, fact.c.position == FACTS, "position 10: this fact is missing"),
        (fact_tag, fact_tag.c.position == 7, "position 7: the tags beside the envelope were changed: 'claim:"),
        (receipt, receipt.c.number == 4, "receipt 4: this receipt is missing"),
        (receipt, receipt.c.number == REFUSED, "receipt 11: this receipt is missing"),
        (receipt, receipt.c.number == RECEIPTS, "receipt 12: this receipt is missing"),
        (ledger_head, ledger_head.c.id == 1, "head: there is one, with the id 1; here are 0"),
    ],
)
def test_a_row_taken_away_is_missed(filled: Database, table: Table, where: Any, named: str) -> None:
    said = found(filled, lambda connection: connection.execute(delete(table).where(where)))
    assert (said or "").startswith(named)


@pytest.mark.parametrize(
    ("table", "where", "changed", "named"),
    [
        (fact, fact.c.position == 7, {"position": 0}, "position 0: a fact stands here, before the first one"),
        (fact, fact.c.position == 7, {"position": -3}, "position -3: a fact stands here, before the first one"),
        (fact, fact.c.position == 7, {"position": 11}, "position 11: a fact stands beyond the head"),
        (fact_tag, fact_tag.c.position == 7, {"position": 0}, "position 0: a tag of no fact stands here, before"),
        (fact_tag, fact_tag.c.position == 7, {"position": 11}, "position 11: a tag of no fact stands beyond the head"),
        (
            fact_tag,
            fact_tag.c.position == 7,
            {"tag": "more"},
            "position 7: the tags beside the envelope were changed: 'm",
        ),
        (receipt, receipt.c.number == 4, {"number": 0, "key": "new"}, "receipt 0: a receipt stands here, before"),
        (receipt, receipt.c.number == 4, {"number": 13, "key": "new"}, "receipt 13: a receipt stands beyond the head"),
        (ledger_head, ledger_head.c.id == 1, {"id": 2}, "head: there is one, with the id 1; here are 2: 1, 2"),
    ],
)
def test_a_row_put_in_is_found(filled: Database, table: Table, where: Any, changed: dict[str, Any], named: str) -> None:
    def put_in(connection: Connection) -> None:
        row = connection.execute(select(table).where(where)).mappings().first()
        assert row is not None
        connection.execute(insert(table).values({**row, **changed}))

    assert (found(filled, put_in) or "").startswith(named)


def test_receipts_in_each_others_place_are_found(filled: Database) -> None:
    def swap(connection: Connection) -> None:
        for old, new in ((4, -1), (5, 4), (-1, 5)):
            connection.execute(update(receipt).where(receipt.c.number == old).values(number=new))

    assert (found(filled, swap) or "").startswith("receipt 4: ")


FORGED: dict[str, tuple[int, dict[str, Any], str]] = {
    "another actor": (4, {"actor": "intruder"}, "receipt 4: it is not that of the fact at position 4"),
    "another key": (4, {"key": "k-new"}, "receipt 4: it is not that of the fact at position 4"),
    "another instant": (4, {"recorded_us": 1}, "receipt 4: it is not that of the fact at position 4"),
    "another fact": (
        4,
        {"outcome": (b'"position":4', b'"position":5')},
        "receipt 4: it is not that of the fact at pos",
    ),
    "another kind": (4, {"outcome": (b"claim.recorded", b"claim.withdrawn")}, "receipt 4: it is not that of the fact"),
    "a fact to come": (4, {"outcome": (b'"position":4', b'"position":99')}, "receipt 4: its outcome names position 99"),
    "a head to come": (REFUSED, {"outcome": (b'"position":10', b'"position":99')}, "receipt 11: its outcome rests on"),
    "no outcome": (REFUSED, {"outcome": (b"{", b"[")}, "receipt 11: its outcome cannot be read"),
    "no UTF-8": (4, {"outcome": (b"claim.", b"\xff\xfe")}, "receipt 4: its outcome cannot be read"),
}


@pytest.mark.parametrize("forged", FORGED)
def test_a_receipt_forged_and_sealed_anew_contradicts_the_facts(filled: Database, forged: str) -> None:
    """Whoever can rewrite receipts, their tree and the head can still not make them tell of other facts."""
    number, changed, named = FORGED[forged]

    def forge(connection: Connection) -> None:
        rows = [dict(row) for row in connection.execute(select(*RECEIPT).order_by(receipt.c.number)).mappings()]
        given = dict(rows[number - 1])
        for name, value in changed.items():
            given[name] = given[name].replace(*value) if isinstance(value, tuple) else value
        rows[number - 1 : number] = [given]
        head = store.read_head(connection)
        head.receipts, head.receipts_frontier = 0, []
        connection.execute(delete(receipt))
        sealed = store.seal_receipts(head, [tuple(row[column.name] for column in RECEIPT) for row in rows])
        store.insert_rows(connection, receipt, sealed)
        store.move_head(connection, head)

    assert (found(filled, forge) or "").startswith(named)


def test_a_refusal_rewritten_with_the_head_contradicts_a_root_of_receipts_kept_elsewhere(filled: Database) -> None:
    """No fact and no checkpoint holds a refusal: whoever wrote down the root of the receipts sees it all the same."""
    kept = verify(filled)
    before = {kept.receipts: kept.receipts_root.upper()}
    with filled.owner.begin() as connection:
        rows = [dict(row) for row in connection.execute(select(*RECEIPT).order_by(receipt.c.number)).mappings()]
        told = rows[REFUSED - 1]
        told["request_sha256"] = b"\1" * 32
        head = store.read_head(connection)
        head.receipts, head.receipts_frontier = 0, []
        connection.execute(delete(receipt))
        sealed = store.seal_receipts(head, [tuple(row[column.name] for column in RECEIPT) for row in rows])
        store.insert_rows(connection, receipt, sealed)
        store.move_head(connection, head)
    assert verify(filled).root == kept.root
    with pytest.raises(Altered, match=r"^receipt 12: the root of the receipts up to here is not the one written down"):
        verify(filled, receipts=before)
    now = verify(filled)
    assert verify(filled, receipts={now.receipts: now.receipts_root}) == now
    with pytest.raises(Altered, match=r"^head: a root is known of 13 receipts, but only 12 are here"):
        verify(filled, receipts={RECEIPTS + 1: now.receipts_root})


@pytest.mark.parametrize("at", [b'{"position', b"claim.recorded", b"statement", b"claim:"])
def test_no_utf8_in_an_envelope_is_named(filled: Database, at: bytes) -> None:
    def spoil(connection: Connection) -> None:
        stored = connection.execute(select(fact.c.envelope).where(fact.c.position == 7)).scalar_one()
        spoiled = stored.replace(at, at[:2] + b"\xff" + at[3:])
        assert spoiled != stored
        connection.execute(update(fact).where(fact.c.position == 7).values(envelope=spoiled))

    assert (found(filled, spoil) or "").startswith("position 7: ")


@pytest.mark.parametrize(
    "envelope",
    [
        b'{"position":1,"recorded_at":"2026-01-01T00:00:00","tags":[],"data":{"fact":"T"}}',
        b'{"position":1,"recorded_at":"2026-01-01T00:00:00Z","tags":["\xff"],"data":{"fact":"T"}}',
        b'{"position":1,"recorded_at":"2026-01-01T00:00:00Z","tags":[],"data":{"fact":"T","x":' + b"[" * 5000,
        b"",
    ],
    ids=["an instant of no zone", "no UTF-8", "nested without end", "nothing"],
)
def test_an_envelope_sealed_so_that_nobody_can_read_it_is_named(database: Database, envelope: bytes) -> None:
    with database.log.begin() as connection:
        head, sealed = store.lock_head(connection), store.Sealed()
        store.seal(sealed, head, name="T", tags=[], recorded_us=1, envelope=envelope)
        store.write(connection, sealed, head)
    with pytest.raises(Altered, match=r"^position 1: the envelope cannot be read"):
        verify(database)
    with database.views.connect() as connection, pytest.raises(UnknownFact):
        store.page(connection, after=0, limit=1)


def test_a_tag_put_in_ahead_is_found_before_and_after_its_fact(filled: Database) -> None:
    """Who may only add can put a tag where the next fact will stand."""
    with filled.owner.begin() as connection:
        connection.execute(insert(fact_tag).values(tag="claim:other", position=FACTS + 1))
    with pytest.raises(Altered, match=r"^position 11: a tag of no fact stands beyond the head"):
        verify(filled)
    with filled.log.begin() as connection:
        head, sealed = store.lock_head(connection), store.Sealed()
        envelope = {"position": 11, "recorded_at": from_micros(head.recorded_us), "tags": [], "data": {"fact": "T"}}
        store.seal(
            sealed, head, name="T", tags=[], recorded_us=head.recorded_us, envelope=msgspec.json.encode(envelope)
        )
        store.write(connection, sealed, head)
    with pytest.raises(Altered, match=r"^position 11: the tags .* 'claim:other' is one too many"):
        verify(filled)


def test_a_second_head_does_not_stop_the_ledger(filled: Database) -> None:
    with filled.owner.begin() as connection:
        row = connection.execute(select(ledger_head)).mappings().one()
        connection.execute(insert(ledger_head).values({**row, "id": 2, "size": 0}))
    with filled.views.connect() as connection:
        assert store.read_head(connection).size == FACTS
    with pytest.raises(Altered, match=r"^head: there is one, with the id 1; here are 2"):
        verify(filled)
