"""The log through the recorder contract: the package's own tests, and what its contract leaves open."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from eventsourcing.dcb.api import DCBEvent, DCBQuery, DCBQueryItem
from eventsourcing.dcb.tests import DCBRecorderTestCase
from sqlalchemy import event, text

from ledger.log import contract, merkle, store
from ledger.log.contract import Store
from ledger.log.database import Database
from ledger.log.envelope import decode_index
from ledger.log.verify import verify


def test_package_recorder_conformance(database: Database) -> None:
    DCBRecorderTestCase()._test_append_read(Store(database))


def test_package_subscription_conformance(database: Database) -> None:
    DCBRecorderTestCase()._test_append_subscribe(Store(database))


def test_foreign_events_are_sealed_like_any_other(database: Database) -> None:
    recorder = Store(database)
    for number in range(20):
        recorder.append([DCBEvent(type="T", data=bytes([number]), tags=["a", "b"])])
    assert verify(database).size == 20


def test_root_of_every_earlier_size(database: Database) -> None:
    recorder = Store(database)
    roots = [merkle.EMPTY_ROOT]
    for number in range(20):
        recorder.append([DCBEvent(type="T", data=b"x" * number)])
        with database.views.connect() as connection:
            roots.append(store.read_head(connection).root)
    with database.views.connect() as connection:
        assert [store.root_at(connection, size) for size in range(21)] == roots


def test_position_at_an_instant(database: Database) -> None:
    recorder = Store(database)
    before = datetime.now(UTC)
    recorder.append([DCBEvent(type="T", data=b"1"), DCBEvent(type="T", data=b"2")])
    with database.views.connect() as connection:
        assert store.position_at(connection, before) == 0
        assert store.position_at(connection, datetime.now(UTC)) == 2


@pytest.mark.parametrize(
    "query",
    [
        DCBQuery([DCBQueryItem(tags=["company:a"])]),
        DCBQuery([DCBQueryItem(types=["company.lead-registered"], tags=["company:a"])]),
    ],
)
def test_a_tagged_read_never_scans_the_log(database: Database, query: DCBQuery) -> None:
    recorder = Store(database)
    recorder.append([DCBEvent(type="T", data=b"", tags=[f"company:{n}"]) for n in range(2000)])
    with database.log.begin() as connection:
        if database.is_postgres:
            connection.execute(text("SET LOCAL enable_seqscan = on"))
        statement = contract._matching(query, 0, None).compile(connection, compile_kwargs={"literal_binds": True})
        explain = "EXPLAIN " if database.is_postgres else "EXPLAIN QUERY PLAN "
        plan = "\n".join(str(row) for row in connection.exec_driver_sql(explain + str(statement)))
    assert "Seq Scan on fact " not in plan
    assert "SCAN fact\n" not in plan + "\n"


NAMED: list[tuple[list[str], list[str], int, Iterable[int]]] = [
    (["lease:a"], ["T-0", "T-3"], 400, [*range(1, 101, 10), 2]),
    (["lease:a", "unit:b"], ["T-0"], 400, [*range(1, 101, 10), 201]),
    (["lease:a", "unit:b"], ["T-0"], 200, range(1, 101, 10)),
    (["lease:a"], ["T-0"], 41, [1, 11, 21, 31, 41]),
    (["lease:a"], ["T-1"], 4, [3, 4]),
    (["lease:none"], ["T-0"], 400, []),
    (["lease:a"], ["T-9"], 400, []),
]
"""Tags, names and the last position to look at; the positions of the facts found."""


def test_of_tagged_facts_those_of_some_names(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 100 facts of a lease every tenth is a T-0, one a T-3 and the rest are T-1; 100 of another; one of a unit."""
    kinds = ["T-0" if number % 10 == 0 else "T-1" for number in range(100)]
    kinds[1] = "T-3"
    events = [DCBEvent(type=kind, data=b"", tags=[lease, "x"]) for lease in ("lease:a", "lease:c") for kind in kinds]
    Store(database).append([*events, DCBEvent(type="T-0", data=b"", tags=["unit:b", "lease:c"])])
    for few in (0, 500):
        monkeypatch.setattr(store, "FEW", few)
        with database.views.connect() as connection:
            for tags, names, up_to, found in NAMED:
                envelopes = store.envelopes_by_tags(connection, tags, names, up_to=up_to)
                assert [decode_index(envelope).position for envelope in envelopes] == sorted(found), (few, tags, names)


def test_few_names_among_many_tags_never_scan_the_log(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite would rather go through the log in order than look up many names: a receipt asks for two hundred."""
    events = [DCBEvent(type="T", data=b"", tags=["lease:a"]) for _ in range(1000)]
    Store(database).append([*events, DCBEvent(type="N-7", data=b"", tags=["lease:a"])])
    asked: list[tuple[str, Any]] = []
    with database.views.connect() as connection:
        event.listen(database.views, "before_cursor_execute", lambda *said: asked.append(said[2:4]))
        names = [f"N-{number}" for number in range(200)]
        assert len(list(store.envelopes_by_tags(connection, ["lease:a"], names))) == 1
        *_, (statement, given) = [one for one in asked if "SELECT" in one[0]]
        explain = "EXPLAIN " if database.is_postgres else "EXPLAIN QUERY PLAN "
        plan = [str(row) for row in connection.exec_driver_sql(explain + statement, given)]
    assert not [row for row in plan if "SCAN fact" in row or "SCAN named" in row]
