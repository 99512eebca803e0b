"""The event history: what matches, page by page, from indexes."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from ledger.claims import PublicClaimRecorded
from ledger.companies.facts import CompanyQualified
from ledger.decider import By, all_facts
from ledger.log.database import Database
from ledger.log.envelope import Entry
from projections.engine.history import count_history, every_one, history
from tests.ground.recording import lead, record

START = date(2026, 1, 1)


@pytest.fixture
def recorded(database: Database) -> Database:
    """Positions 1 to 12: leads of c0 to c3, each qualified 10 days later; a claim about c1; leads of another clerk."""
    record(database, [lead(f"c{number}", START + timedelta(days=number)) for number in range(4)])
    record(
        database,
        [
            CompanyQualified(company=f"c{number}", effective_on=START + timedelta(days=10 + number))
            for number in range(4)
        ],
    )
    claim = PublicClaimRecorded(
        claim="claim-1",
        subject="C1",
        company="c1",
        claimed_on="2025",
        statement="It is so.",
        source="A paper",
        effective_on=date(2025, 1, 1),
    )
    record(database, [claim])
    record(database, [lead(f"d{number}") for number in range(3)], by=By(actor="second", role="deal_desk"))
    return database


def ask(database: Database, **wanted: Any) -> list[Entry]:
    with database.views.connect() as connection:
        return history(connection, **{"recorded": 12, **wanted})


def count(database: Database, **wanted: Any) -> int | None:
    with database.views.connect() as connection:
        return count_history(connection, **{"recorded": 12, **wanted})


@pytest.mark.parametrize(
    ("wanted", "positions"),
    [
        pytest.param({}, [*range(1, 13)], id="everything"),
        pytest.param({"recorded": 3}, [1, 2, 3], id="as-recorded"),
        pytest.param({"recorded": 0}, [], id="in-front-of-the-first"),
        pytest.param({"company": "c1"}, [2, 6, 9], id="company"),
        pytest.param({"company": "c1", "recorded": 8}, [2, 6], id="company-as-recorded"),
        pytest.param({"company": "nobody"}, [], id="nobody"),
        pytest.param({"tag": "claim:claim-1"}, [9], id="tag"),
        pytest.param({"company": "c2", "tag": "claim:claim-1"}, [], id="both-tags"),
        pytest.param({"fact": "company.qualified"}, [5, 6, 7, 8], id="fact"),
        pytest.param({"fact": "company.qualified", "company": "c3"}, [8], id="fact-of-a-company"),
        pytest.param({"fact": "no.such-fact"}, [], id="unknown-fact"),
        pytest.param({"effective": date(2026, 1, 2)}, [1, 2, 9], id="effective"),
        pytest.param({"effective": date(2026, 1, 2), "company": "c1"}, [2, 9], id="effective-of-a-company"),
        pytest.param({"actor": "second"}, [10, 11, 12], id="actor"),
        pytest.param({"actor": "second", "after": 10}, [11, 12], id="after"),
    ],
)
def test_matches_page_by_page(recorded: Database, wanted: dict[str, Any], positions: list[int]) -> None:
    for limit in (1, 2, 3, 100):
        found: list[int] = []
        asked = dict(wanted)
        while page := ask(recorded, limit=limit, **asked):
            assert len(page) <= limit
            found += [entry.position for entry in page]
            asked["after"] = found[-1]
        assert found == positions
    if "after" not in wanted:
        assert count(recorded, **wanted) in (len(positions), None)


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        ({}, 12),
        ({"company": "c1"}, 3),
        ({"fact": "company.qualified"}, 4),
        ({"actor": "second"}, None),
        ({"effective": START}, None),
    ],
)
def test_counts_where_an_index_can_tell(recorded: Database, wanted: dict[str, Any], number: int | None) -> None:
    assert count(recorded, **wanted) == number


@pytest.mark.parametrize("wanted", [{"tag": "company:c7"}, {"company": "c7", "fact": "company.lead-registered"}])
@pytest.mark.parametrize("ask_for", [history, count_history])
def test_a_tag_never_scans_the_log(database: Database, ask_for: Any, wanted: dict[str, Any]) -> None:
    record(database, [lead(f"c{number}") for number in range(3000)])
    if database.is_postgres:
        with database.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    statements: list[tuple[str, Any]] = []
    with database.views.connect() as connection:
        event.listen(
            connection.engine,
            "before_cursor_execute",
            lambda _c, _u, statement, values, *_: statements.append((statement, values)),
        )
        ask_for(connection, recorded=3000, **wanted)
        statement, values = statements[-1]
        explain = "EXPLAIN " if database.is_postgres else "EXPLAIN QUERY PLAN "
        plan = "\n".join(str(row) for row in connection.exec_driver_sql(explain + statement, values))
    assert "Seq Scan" not in plan
    assert "SCAN fact" not in plan


@pytest.mark.parametrize(
    ("tags", "positions"),
    [
        (None, [1, 2, 3, 4, 5, 6, 7, 8, 10, 11]),
        ({"company:c1", "company:d1"}, [2, 6, 11]),
        ({f"company:x{at}" for at in range(501)}, [1, 2, 3, 4, 5, 6, 7, 8, 10, 11]),
    ],
)
def test_facts_of_very_many_names_come_in_order_by_their_index(
    recorded: Database, tags: set[str] | None, positions: list[int]
) -> None:
    statements: list[tuple[str, Any]] = []
    with recorded.views.connect() as connection:
        event.listen(
            connection.engine,
            "before_cursor_execute",
            lambda _c, _u, statement, values, *_: statements.append((statement, values)),
        )
        names = [
            one for one in all_facts() if one.startswith(("company.lead", "company.qualified", "lease.", "order."))
        ]
        found = every_one(connection, recorded=11, names=names, tags=tags)
        assert [one.position for one in found] == positions
        if not recorded.is_postgres:
            statement, values = statements[-1]
            plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all())
            assert "SCAN fact" not in plan
            assert "rowid<?" not in plan
