"""One page at a time: rows and bookmark move together or not at all, and the rows are those of a naive fold."""

from collections.abc import Callable, Sequence
from datetime import date
from itertools import chain, repeat
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateIndex

from ledger.companies.company import Company
from ledger.companies.facts import CompanyFact
from ledger.log import store
from ledger.log.database import Database
from ledger.log.envelope import Entry
from projections.companies.register import CompanyRegister, company_register
from projections.engine.entities import Known
from projections.engine.runner import ensure
from projections.engine.timeline import as_of
from projections.engine.view import FOREVER, OutOfStep, Pages, View, Writer, advance, known_position, projection
from tests.ground.recording import ANY_FACTS, DAYS, lead, record, stored_rows


class Unlucky(CompanyRegister):
    """Fails at one fact, as often as it is told to."""

    failures: ClassVar[list[int]] = []

    def fold(self, key: str, state: Known[Company] | None, entry: Entry) -> Known[Company]:
        if entry.position in self.failures:
            self.failures.remove(entry.position)
            raise ArithmeticError("out of luck")
        return super().fold(key, state, entry)


@pytest.mark.parametrize("dialect", [sqlite.dialect, postgresql.dialect], ids=["sqlite", "postgresql"])
def test_an_index_of_some_rows_is_made_with_its_condition(dialect: Callable[[], Dialect]) -> None:
    (index,) = projection.indexes
    assert str(CreateIndex(index).compile(dialect=dialect())).endswith(" (name) WHERE live")


def bookmarks(database: Database) -> list[Any]:
    with database.views.connect() as connection:
        return [
            tuple(row)
            for row in connection.execute(
                select(*(column for column in projection.c if column.name != "root")).order_by(projection.c.generation)
            )
        ]


def follow(database: Database, view: View, sizes: Sequence[int]) -> int:
    """Advance to the head in pages of these sizes, the last for all the rest; the position reached."""
    with database.views.connect() as connection:
        head = store.read_head(connection).size
    position = 0
    for size in chain(sizes, repeat(5)):
        if position == head:
            break
        position = advance(database, view, Pages(size))
    return position


def test_rows_and_bookmark_move_together(database: Database) -> None:
    view = CompanyRegister()
    ensure(database, [view])
    record(database, [lead("a"), lead("b"), lead("c")])
    assert advance(database, view, Pages(2)) == 2
    assert bookmarks(database) == [("company_register", 1, True, 1, 2)]
    assert [row[0] for row in stored_rows(database, company_register, view.name)] == ["a", "b"]
    assert advance(database, view, Pages(2)) == 3
    assert advance(database, view, Pages(2)) == 3
    assert [row[0] for row in stored_rows(database, company_register, view.name)] == ["a", "b", "c"]


def test_failure_in_a_page_moves_nothing_and_the_next_attempt_resumes(database: Database) -> None:
    view = Unlucky()
    ensure(database, [view])
    record(database, [lead("a"), lead("b"), lead("a", DAYS[0]), lead("a", DAYS[5]), lead("b")])
    Unlucky.failures[:] = [4]
    assert advance(database, view, Pages(2)) == 2
    before = bookmarks(database), stored_rows(database, company_register, view.name)
    with pytest.raises(ArithmeticError):
        advance(database, view, Pages(2))
    assert (bookmarks(database), stored_rows(database, company_register, view.name)) == before
    assert follow(database, view, []) == 5
    rows = stored_rows(database, company_register, view.name)
    fresh = CompanyRegister()
    with database.owner.begin() as connection:
        connection.execute(text("DELETE FROM projections.company_register"))
        connection.execute(text("UPDATE projections.projection SET position = 0"))
    follow(database, fresh, [1] * 5)
    assert stored_rows(database, company_register, view.name) == rows


def test_failure_while_writing_moves_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    view = CompanyRegister()
    ensure(database, [view])
    record(database, [lead("a")])

    def flush(self: Writer) -> None:
        really_flush(self)
        raise OSError("the disk is gone")

    really_flush = Writer.flush
    with monkeypatch.context() as patched:
        patched.setattr(Writer, "flush", flush)
        with pytest.raises(OSError, match="disk"):
            advance(database, view, Pages())
    assert stored_rows(database, company_register, view.name) == []
    assert advance(database, view, Pages()) == 1


def test_two_views_of_one_model_take_turns(database: Database) -> None:
    """Each finds the bookmark where it did not leave it, forgets, and goes on from what is stored."""
    one, other = CompanyRegister(), CompanyRegister()
    ensure(database, [one])
    record(database, [lead("a", day) for day in (*DAYS, *reversed(DAYS))])
    for view in (one, other, other, one, other, one):
        advance(database, view, Pages(2))
    rows = stored_rows(database, company_register, one.name)
    assert [row[1] for row in rows if row[3] == FOREVER] == DAYS
    assert len(rows) == sum(1 for row in rows if row[3] == FOREVER) + sum(1 for row in rows if row[3] < FOREVER)
    assert known(database) == 12


def test_a_row_that_stands_already_is_an_error_and_nothing_is_inserted(database: Database) -> None:
    view = CompanyRegister()
    ensure(database, [view])
    record(database, [lead("a"), lead("b")])
    advance(database, view, Pages(1))
    with database.views.begin() as connection:
        row = tuple(connection.execute(select(company_register)).one())
    other = (row[0], "other", *row[2:])
    with pytest.raises(DBAPIError, match=r"(?i)unique") as raised, database.views.begin() as connection:
        store.insert_rows(connection, company_register, [other, row])
    assert raised.value.orig is not None
    assert [row[0] for row in stored_rows(database, company_register, view.name)] == ["a"]
    assert advance(database, view, Pages()) == 2


def test_only_read_models_are_committed_without_waiting_for_the_disk(postgres: Database) -> None:
    """They carry their bookmark with them; what is recorded never does without."""
    settings = []
    for engine in (postgres.views, postgres.log, postgres.owner):
        with engine.connect() as connection:
            settings.append(connection.execute(text("SHOW synchronous_commit")).scalar())
    assert settings == ["off", "on", "on"]


def known(database: Database) -> int:
    with database.views.connect() as connection:
        return known_position(connection)


def test_missing_bookmark_and_other_version_are_out_of_step(database: Database) -> None:
    view = CompanyRegister()
    with pytest.raises(OutOfStep, match="no bookmark"):
        advance(database, view, Pages())
    ensure(database, [view])
    with database.owner.begin() as connection:
        connection.execute(text("UPDATE projections.projection SET version = 99"))
    with pytest.raises(OutOfStep, match="version 99"):
        advance(database, view, Pages())


@settings(max_examples=12)
@given(
    facts=ANY_FACTS,
    sizes=st.lists(st.integers(1, 6), max_size=8),
    back=st.integers(0, 20),
    effective=st.sampled_from(DAYS),
)
def test_as_of_query_is_the_naive_fold(
    database: Database, facts: list[CompanyFact], sizes: list[int], back: int, effective: date
) -> None:
    """Every example records more into the same log."""
    view = CompanyRegister()
    ensure(database, [view])
    head = record(database, facts)
    assert follow(database, view, sizes) == head
    recorded = max(head - back, 0)
    with database.views.connect() as connection:
        entries = store.page(connection, after=0, limit=head)[:recorded]
        rows = connection.execute(as_of(CompanyRegister, effective=effective, recorded=recorded)).all()
    found = {row.company: tuple(row)[DATA:] for row in rows}
    assert len(found) == len(rows)
    assert found == naive(view, entries, effective)


DATA = list(company_register.columns).index(company_register.c.to_position) + 1


def naive(view: CompanyRegister, entries: list[Entry], effective: date) -> dict[str, tuple[Any, ...]]:
    states: dict[str, Known[Company]] = {}
    for entry in sorted(entries, key=lambda entry: (entry.fact.effective_on, entry.position)):
        assert isinstance(entry.fact, CompanyFact)
        if entry.fact.effective_on <= effective:
            for key in view.keys(entry.fact):
                states[key] = view.fold(key, states.get(key), entry)
    return {key: view.values(state) for key, state in states.items()}
