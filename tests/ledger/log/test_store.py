"""The log through the recorder contract: the package's own tests, and what its contract leaves open."""

from datetime import UTC, datetime

import pytest
from eventsourcing.dcb.api import DCBEvent, DCBQuery, DCBQueryItem
from eventsourcing.dcb.tests import DCBRecorderTestCase
from sqlalchemy import text

from ledger.log import contract, merkle, store
from ledger.log.contract import Store
from ledger.log.database import Database
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
