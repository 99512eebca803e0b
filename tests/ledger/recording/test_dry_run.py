"""A dry run: what would be recorded, decided as the run is, and nothing left behind by it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st
from sqlalchemy import select

from ledger.decider import By, Command, Fact
from ledger.log import store
from ledger.log.database import LOG, Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from ledger.recording.outcome import Done, Previewed, Refused
from tests.examples import COMMANDS
from tests.strategies import actors, sequences

CLERK = By(actor="clerk-demo", role="deal_desk")
NUMBERS = count(1)


@pytest.fixture
def at_noon(database: Database) -> Iterator[Ledger]:
    """A ledger whose clock stands still: a dry run and the run after it may not fall on two days."""
    with Ledger(database, CONTEXTS, clock=lambda: datetime(2026, 12, 1, 12, tzinfo=UTC)) as started:
        yield started


def kept(database: Database) -> dict[str, list[str]]:
    """Every row of every table of the log, the receipts of idempotency keys among them."""
    with database.views.connect() as connection:
        return {
            table.name: sorted(repr(tuple(row)) for row in connection.execute(select(table)))
            for table in LOG.sorted_tables
        }


def facts_of(database: Database, outcome: Done) -> tuple[Fact, ...]:
    """The facts that a run recorded."""
    with database.views.connect() as connection:
        found: list[Any] = [
            store.page(connection, after=noted.position - 1, limit=1)[0].fact for noted in outcome.facts
        ]
    return tuple(found)


def run_equals_dry_run(ledger: Ledger, command: Command, by: By) -> None:
    """Ask what a command would do, under the key of the run as well; look that nothing moved; do it."""
    key, before = f"k-{next(NUMBERS)}", kept(ledger.database)
    would = [ledger.execute(command, by, key=some, dry_run=True).outcome for some in (None, key)]
    assert kept(ledger.database) == before
    answer = ledger.execute(command, by, key=key)
    assert not answer.replayed, "the key is still there to be used"
    done = answer.outcome
    if isinstance(done, Refused):
        assert would == [done, done]
    else:
        assert isinstance(done, Done)
        facts = facts_of(ledger.database, done)
        assert would == [Previewed(done.position - len(facts), facts)] * 2


@settings(max_examples=6)
@for_all(sent=sequences(), by=actors)
def test_a_run_does_what_the_dry_run_said(at_noon: Ledger, sent: list[Command], by: By) -> None:
    for command in sent:
        run_equals_dry_run(at_noon, command, by)


@settings(max_examples=1)
@for_all(order=st.permutations(COMMANDS))
def test_every_command_can_be_run_dry(at_noon: Ledger, order: list[Command]) -> None:
    for command in order:
        run_equals_dry_run(at_noon, command, CLERK)


def test_a_dry_run_sees_what_its_neighbours_record_and_moves_nothing_for_them(at_noon: Ledger) -> None:
    lead = COMMANDS[0]
    asked = [at_noon.submit(lead, CLERK, dry_run=dry) for dry in (True, True, False, True)]
    first, second, run, last = [answer.result(10).outcome for answer in asked]
    assert isinstance(first, Previewed)
    assert isinstance(run, Done)
    assert first == second
    assert [len(one.facts) for one in (first, run)] == [1, 1]
    assert last == Previewed(run.position, ()), "so already"
