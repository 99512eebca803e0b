"""The read models as they would be: row for row what recording makes of them, and nothing kept."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from sqlalchemy import Connection, select

from ledger.bookkeeping.banking.entries import BringForwardBankBalance
from ledger.bookkeeping.banking.opening import OpenBankAccount
from ledger.decider import By, Command, Fact, command_name
from ledger.log.database import Database
from ledger.log.envelope import Entry, Recorded
from ledger.periods import OpenPeriods
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from ledger.recording.outcome import Previewed
from ledger.values.evidence import Evidence
from projections.books.journal import totals
from projections.engine.runner import catch_up, ensure
from projections.engine.view import OutOfStep
from projections.engine.would import would
from projections.every.views import ALL_VIEWS
from tests.examples import COMMANDS
from tests.strategies import sequences

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
CLERK = By(actor="clerk-demo", role="deal_desk")


@pytest.fixture
def ledger(database: Database) -> Iterator[Ledger]:
    """A ledger whose clock stands still, with read models."""
    ensure(database, [view() for view in ALL_VIEWS])
    with Ledger(database, CONTEXTS, clock=lambda: NOON) as started:
        yield started


def entries_of(command: Command, facts: Sequence[Fact]) -> list[Entry]:
    name = command_name(type(command))
    return [Recorded(position=0, recorded_at=NOON, by=CLERK, command=name, tags=fact.tags, fact=fact) for fact in facts]


def rows(connection: Connection) -> dict[str, list[str]]:
    """Every row of every read model."""
    tables = [table for view in ALL_VIEWS for table in view.tables]
    return {table.name: sorted(repr(tuple(row)) for row in connection.execute(select(table))) for table in tables}


def stored(database: Database) -> Any:
    with database.views.connect() as connection:
        return rows(connection)


def check(ledger: Ledger, sent: Sequence[Command], *, follows: bool) -> None:
    """Hold what would be against what is, command by command; `follows`: read models are brought up in between."""
    database = ledger.database
    for command in sent:
        previewed = ledger.execute(command, CLERK, dry_run=True).outcome
        if not isinstance(previewed, Previewed):
            continue
        before = stored(database)
        with would(database, ALL_VIEWS, entries_of(command, previewed.facts)) as (connection, known, record):
            assert known == previewed.position
            assert record() == known + len(previewed.facts)
            after, summed = rows(connection), totals(connection, known + len(previewed.facts), [date(2030, 1, 1)])
        assert stored(database) == before
        ledger.execute(command, CLERK)
        if follows:
            catch_up(database, [view() for view in ALL_VIEWS])
            assert stored(database) == after
            with database.views.connect() as connection:
                assert totals(connection, known + len(previewed.facts), [date(2030, 1, 1)]) == summed


@settings(max_examples=4)
@for_all(sent=sequences())
def test_what_would_be_is_what_comes_of_it(ledger: Ledger, sent: list[Command]) -> None:
    catch_up(ledger.database, [view() for view in ALL_VIEWS])
    check(ledger, sent, follows=True)


def test_it_knows_what_read_models_do_not_know_yet(ledger: Ledger) -> None:
    check(ledger, COMMANDS[:20], follows=False)
    check(ledger, COMMANDS[20:60], follows=True)


def test_what_would_post_is_in_the_balances(ledger: Ledger) -> None:
    day: dict[str, Any] = {"effective_on": date(2026, 11, 2)}
    paper = Evidence(doc="bank statement (demo)", sha256="ab" * 32)
    account = OpenBankAccount(bank_account="cny-demo", bank="Bank (demo)", number="1", currency="CNY", **day)
    forward = BringForwardBankBalance(
        bank_entry="forward-demo", bank_account="cny-demo", amount="100.00", evidence=paper, **day
    )
    check(ledger, [OpenPeriods(through="2026-12", **day), account, forward], follows=True)
    with ledger.database.views.connect() as connection:
        found = totals(connection, 10**6, [date(2030, 1, 1)])[date(2030, 1, 1)]
    assert sorted((name, total.debit_minor, total.credit_minor) for (name, _), total in found.items()) == [
        ("bank", 10000, 0),
        ("opening-equity", 0, 10000),
    ]


def test_it_does_not_catch_up_for_long(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.execute(COMMANDS[0], CLERK)
    monkeypatch.setattr("projections.engine.would.BEHIND_MAX", 0)
    with pytest.raises(OutOfStep, match="1 facts behind"), would(ledger.database, ALL_VIEWS, []):
        pass


def test_it_keeps_nothing_where_something_fails(ledger: Ledger) -> None:
    before = stored(ledger.database)
    previewed = ledger.execute(COMMANDS[0], CLERK, dry_run=True).outcome
    assert isinstance(previewed, Previewed)

    def fail() -> None:
        with would(ledger.database, ALL_VIEWS, entries_of(COMMANDS[0], previewed.facts)) as (_, _, record):
            record()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert stored(ledger.database) == before
