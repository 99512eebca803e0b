"""The transactor: what becomes of commands together, under keys, when things fail, and across processes."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Connection, QueuePool, event, select, text
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from ledger.billing.losses import MeasureEcl, ToMeasure
from ledger.claims import CLAIMS, RecordClaim
from ledger.decider import By, Decider, Fact, PositionUnknown
from ledger.log import store
from ledger.log.database import Database, receipt
from ledger.log.verify import verify
from ledger.recording import application
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from ledger.recording.outcome import (
    Busy,
    Done,
    Faulty,
    KeyReused,
    NotDone,
    Previewed,
    Refused,
    StorageFull,
    Unavailable,
    Unknown,
)
from ledger.recording.states import States
from tests.ground.recorder_process import done

CLERK = By(actor="clerk-demo", role="deal_desk")
OTHER = By(actor="other-demo", role="deal_desk")


def claim(number: int, statement: str = "said") -> RecordClaim:
    return RecordClaim(
        claim=f"c-{number}",
        subject="MCSC (demo)",
        claimed_on="2024",
        effective_on=date(2024, 1, 1),
        statement=statement,
        source="invented",
    )


def recorded(database: Database) -> list[Any]:
    with database.views.connect() as connection:
        return store.page(connection, after=0, limit=10_000)


class Gate:
    """A context whose decision on the claim `c-0` waits: what is sent meanwhile gathers into one batch."""

    def __init__(self) -> None:
        self.reached, self.open = threading.Event(), threading.Event()

    @property
    def contexts(self) -> tuple[Decider[Any, Any], ...]:
        def decide(state: Any, command: RecordClaim, by: By) -> Sequence[Fact]:
            if command.claim == "c-0":
                self.reached.set()
                assert self.open.wait(30)
            if command.statement == "faulty":
                raise ZeroDivisionError
            return CLAIMS.decide(state, command, by)

        return (Decider(CLAIMS.commands, CLAIMS.initial, CLAIMS.scope, CLAIMS.evolve, decide),)


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.open.set()


# One batch


def test_a_batch_is_one_transaction_and_outcomes_are_their_own(database: Database, gate: Gate) -> None:
    commits = []
    event.listen(database.log, "commit", lambda _: commits.append(1))
    with capture_logs(), Ledger(database, gate.contexts) as ledger:
        first = ledger.submit(claim(0), CLERK)
        assert gate.reached.wait(30)
        waiting = [
            ledger.submit(claim(1), CLERK),
            ledger.submit(claim(1), CLERK),
            ledger.submit(claim(1, "otherwise"), CLERK),
            ledger.submit(claim(2, "faulty"), CLERK),
            ledger.submit(claim(3), CLERK),
        ]
        assert ledger.waiting == len(waiting)
        gate.open.set()
        assert isinstance(first.result().outcome, Done)
        new, again, otherwise = (future.result().outcome for future in waiting[:3])
        assert isinstance(new, Done)
        assert [noted.position for noted in new.facts] == [2]
        assert isinstance(again, Done)
        assert (again.facts, again.position) == ((), 2)
        assert isinstance(otherwise, Refused)
        assert (otherwise.code, otherwise.kind, otherwise.field) == ("claim-differs", "conflict", "claim")
        with pytest.raises(Faulty):
            waiting[3].result()
        last = waiting[4].result().outcome
        assert isinstance(last, Done)
        assert last.position == 3
    assert len(commits) == 2
    assert [entry.position for entry in recorded(database)] == [1, 2, 3]
    verify(database)


def test_a_fault_is_written_down_once_the_transaction_is_over(
    database: Database, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To write down where it came from takes a busy machine longer than a database waits for whoever holds its head."""
    said, pool = [], database.log.pool
    assert isinstance(pool, QueuePool)

    def error(event: str, *, exc_info: Exception, **about: str | None) -> None:
        said.append((event, repr(exc_info), about, pool.checkedout()))

    monkeypatch.setattr(application, "log", SimpleNamespace(error=error))
    gate.open.set()
    with Ledger(database, gate.contexts) as ledger, pytest.raises(Faulty):
        ledger.execute(claim(1, "faulty"), CLERK)
    about = {"command": "record-claim", "actor": "clerk-demo", "request": None}
    assert said == [("fault while deciding", "ZeroDivisionError()", about, 0)]


def test_envelope_says_who_how_and_through_what(ledger: Ledger) -> None:
    by = By(actor="clerk-demo", role="deal_desk", method="api-key", token="abcdefgh", request="r-1")
    ledger.execute(claim(1), by, key="k", data_class="PUBLIC_FACT")
    (entry,) = recorded(ledger.database)
    assert (entry.by, entry.command, entry.key, entry.data_class) == (by, "record-claim", "k", "PUBLIC_FACT")
    assert entry.tags == ("claim:c-1",)
    assert entry.recorded_at.tzinfo is not None


def test_preview_shows_what_would_be_recorded_and_records_nothing(ledger: Ledger) -> None:
    outcome = ledger.execute(claim(1), CLERK, key="k", dry_run=True).outcome
    assert isinstance(outcome, Previewed)
    ledger.execute(claim(1), CLERK, key="k")
    (entry,) = recorded(ledger.database)
    assert outcome.facts == (entry.fact,)


# Keys


def test_figures_rest_on_what_is_recorded(ledger: Ledger) -> None:
    exposure = ToMeasure(bucket="all", gross="0.00", rate="0.1")
    command = MeasureEcl(effective_on=date(2024, 1, 1), measurement="ecl-demo", recorded=1, exposures=(exposure,))
    refused = ledger.execute(command, CLERK).outcome
    assert isinstance(refused, Refused)
    assert (refused.code, refused.kind, refused.field) == (PositionUnknown.code, PositionUnknown.kind, "recorded")
    assert refused.detail == "0 facts are recorded, and the figures rest on position 1; take them again"


def test_same_key_same_command_is_answered_the_same(ledger: Ledger) -> None:
    first = ledger.execute(claim(1), CLERK, key="k")
    ledger.execute(claim(2), CLERK, key="k2")
    again = ledger.execute(claim(1), CLERK, key="k")
    assert again.outcome == first.outcome
    assert (first.replayed, again.replayed) == (False, True)
    assert len(recorded(ledger.database)) == 2


def test_a_refusal_is_replayed_too(ledger: Ledger) -> None:
    ledger.execute(claim(1), CLERK)
    refused = ledger.execute(claim(1, "otherwise"), CLERK, key="k")
    assert isinstance(refused.outcome, Refused)
    ledger.execute(claim(2), CLERK)
    assert ledger.execute(claim(1, "otherwise"), CLERK, key="k").outcome == refused.outcome


def test_same_key_for_another_command_is_refused(ledger: Ledger) -> None:
    ledger.execute(claim(1), CLERK, key="k")
    with pytest.raises(KeyReused):
        ledger.execute(claim(2), CLERK, key="k")


def test_keys_belong_to_their_actor(ledger: Ledger) -> None:
    ledger.execute(claim(1), CLERK, key="k")
    assert not ledger.execute(claim(2), OTHER, key="k").replayed


def test_a_retry_in_the_same_batch_is_a_replay(database: Database, gate: Gate) -> None:
    with Ledger(database, gate.contexts) as ledger:
        ledger.submit(claim(0), CLERK)
        assert gate.reached.wait(30)
        futures = [ledger.submit(claim(1), CLERK, key="k") for _ in range(2)]
        gate.open.set()
        assert [future.result().replayed for future in futures] == [False, True]


def test_keys_outlive_the_process(database: Database) -> None:
    for replayed in (False, True):
        with Ledger(database, CONTEXTS) as ledger:
            assert ledger.execute(claim(1), CLERK, key="k").replayed is replayed


# Queue, start and stop


def test_a_full_queue_answers_at_once_and_loses_nothing(database: Database, gate: Gate) -> None:
    with Ledger(database, gate.contexts, queue_max=2) as ledger:
        ledger.submit(claim(0), CLERK)
        assert gate.reached.wait(30)
        accepted = [ledger.submit(claim(number), CLERK) for number in (1, 2)]
        with pytest.raises(Busy):
            ledger.submit(claim(3), CLERK)
        gate.open.set()
        assert all(done(future.result()).facts for future in accepted)
    assert len(recorded(database)) == 3


def test_stopping_finishes_the_queue(database: Database, gate: Gate) -> None:
    ledger = Ledger(database, gate.contexts)
    ledger.start()
    futures = [ledger.submit(claim(number), CLERK) for number in range(50)]
    assert gate.reached.wait(30)
    stopping = threading.Thread(target=ledger.stop)
    stopping.start()
    gate.open.set()
    stopping.join()
    assert [future.result().outcome.position for future in futures] == list(range(1, 51))
    with pytest.raises(Unavailable, match="stopping"):
        ledger.submit(claim(99), CLERK)
    ledger.stop()


def test_not_started_records_nothing(database: Database) -> None:
    with pytest.raises(Unavailable, match="not been started"):
        Ledger(database, CONTEXTS).submit(claim(1), CLERK)


def test_async_callers_share_the_batch(ledger: Ledger) -> None:
    async def many() -> list[int]:
        answers = await asyncio.gather(*(ledger.record(claim(number), CLERK) for number in range(40)))
        return [answer.outcome.position for answer in answers]

    assert sorted(asyncio.run(many())) == list(range(1, 41))


def test_async_caller_that_went_away_changes_nothing(database: Database, gate: Gate) -> None:
    async def leave(ledger: Ledger) -> None:
        first = asyncio.ensure_future(ledger.record(claim(0), CLERK))
        await asyncio.to_thread(gate.reached.wait, 30)
        second = asyncio.ensure_future(ledger.record(claim(1), CLERK))
        await asyncio.wait([second], timeout=0)
        second.cancel()
        gate.open.set()
        await first
        await ledger.record(claim(2), CLERK)

    with Ledger(database, gate.contexts) as ledger:
        asyncio.run(leave(ledger))
    assert len(recorded(database)) == 3


# Failing


class _DiskError(Exception):
    def __init__(self, code: int) -> None:
        super().__init__("disk")
        self.sqlite_errorcode = code


def _fail(database: Database, monkeypatch: pytest.MonkeyPatch, when: str, code: int) -> list[int]:
    """Make the next write (when = "execute") or commit fail; the returned list is emptied once it has."""
    armed = [code]

    def fail(*_: Any) -> None:
        if armed:
            raise OperationalError("statement", {}, _DiskError(armed.pop()))

    if when == "commit":
        event.listen(database.log, "commit", fail)
    else:
        move_head = store.move_head

        def moving(connection: Connection, head: store.Head) -> None:
            fail()
            move_head(connection, head)

        monkeypatch.setattr(store, "move_head", moving)
    return armed


@pytest.mark.parametrize(
    ("when", "code", "failure"),
    [
        pytest.param("execute", 0, Unavailable, id="database-gone-before-commit"),
        pytest.param("execute", 13, StorageFull, id="disk-full"),
        pytest.param("commit", 0, Unknown, id="commit-not-confirmed"),
        pytest.param("commit", 13, StorageFull, id="disk-full-at-commit"),
    ],
)
def test_failed_transaction_is_told_to_all_and_the_next_one_succeeds(
    database: Database, monkeypatch: pytest.MonkeyPatch, when: str, code: int, failure: type[NotDone]
) -> None:
    with Ledger(database, CONTEXTS) as ledger:
        ledger.execute(claim(1), CLERK)
        _fail(database, monkeypatch, when, code)
        with pytest.raises(failure):
            ledger.execute(claim(2), CLERK, key="k")
        assert ledger.execute(claim(2), CLERK, key="k").outcome.position == 2
    assert verify(database).size == 2


def test_an_outage_is_said_once_and_then_counted(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    busy = sqlite3.OperationalError("database is locked")
    busy.sqlite_errorcode = sqlite3.SQLITE_BUSY

    def away(*_: object) -> None:
        raise OperationalError("SELECT", {}, busy)

    with capture_logs() as logs, Ledger(sqlite, CONTEXTS) as ledger:
        with monkeypatch.context() as outage:
            outage.setattr("ledger.recording.application.store.begun", away)
            for _ in range(9):
                with pytest.raises(Unavailable):
                    ledger.execute(claim(1), CLERK)
        ledger.execute(claim(1), CLERK)
    assert [(line["event"], line["failures"]) for line in logs] == [
        *(("not recorded", failures) for failures in (1, 2, 4, 8)),
        ("recorded again", 9),
    ]
    assert not any("exc_info" in line for line in logs)


@pytest.mark.parametrize(("when", "failure"), [("execute", Unavailable), ("commit", Unknown)])
def test_after_an_io_error_nothing_more_is_recorded(
    database: Database, monkeypatch: pytest.MonkeyPatch, when: str, failure: type[NotDone]
) -> None:
    with Ledger(database, CONTEXTS) as ledger:
        _fail(database, monkeypatch, when, 10)
        with pytest.raises(failure, match="disk failed"):
            ledger.execute(claim(1), CLERK)
        with pytest.raises(Unavailable, match="disk failed"):
            ledger.execute(claim(1), CLERK)
        assert ledger.closed is not None
    assert verify(database).size == 0


def test_a_fact_that_cannot_be_folded_is_not_recorded(database: Database) -> None:
    def evolve(state: Any, fact: Fact) -> Any:
        raise ZeroDivisionError

    broken = Decider(CLAIMS.commands, CLAIMS.initial, CLAIMS.scope, evolve, CLAIMS.decide)
    with Ledger(database, (broken,)) as ledger, pytest.raises(Faulty):
        ledger.execute(claim(1), CLERK)
    assert recorded(database) == []


# Time


def test_recorded_at_never_falls(database: Database) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    steps = iter([start, start - timedelta(days=3), start + timedelta(days=3650), start, start])
    with Ledger(database, CONTEXTS, clock=lambda: next(steps)) as ledger:
        for number in range(5):
            ledger.execute(claim(number), CLERK)
    instants = [entry.recorded_at for entry in recorded(database)]
    assert instants == sorted(instants)
    assert instants[0] == instants[1] == start
    verify(database)


# Several processes, and memory


def test_what_another_process_recorded_is_seen(postgres: Database) -> None:
    other = Database(postgres.where)
    with Ledger(postgres, CONTEXTS) as one, Ledger(other, CONTEXTS) as two:
        one.execute(claim(1), CLERK)
        assert isinstance(two.execute(claim(1, "otherwise"), CLERK).outcome, Refused)
        two.execute(claim(2), CLERK)
        assert isinstance(one.execute(claim(2, "otherwise"), CLERK).outcome, Refused)
        assert done(one.execute(claim(1), CLERK)).facts == ()
    other.close()


def test_states_let_go_are_read_again(database: Database) -> None:
    with Ledger(database, CONTEXTS, states_max=2) as ledger:
        for number in range(6):
            ledger.execute(claim(number), CLERK)
        for number in range(6):
            assert done(ledger.execute(claim(number), CLERK)).facts == ()
            assert isinstance(ledger.execute(claim(number, "otherwise"), CLERK).outcome, Refused)


def test_states_forget_the_least_recently_used() -> None:
    states = States(2)
    for name in ("a", "b", "c"):
        states.put((0, (name,)), name)
        states.get((0, ("a",)))
    states.trim()
    assert [(0, (name,)) in states for name in ("a", "b", "c")] == [True, False, True]
    assert states.touched(["b"]) == set()


def test_a_refused_command_leaves_no_gap(ledger: Ledger) -> None:
    ledger.execute(claim(1), CLERK)
    ledger.execute(claim(1, "otherwise"), CLERK, key="k")
    assert ledger.execute(claim(2), CLERK).outcome.position == 2
    with ledger.database.views.connect() as connection:
        assert connection.execute(select(receipt.c.key)).scalars().all() == ["k"]


def test_a_crash_before_commit_leaves_no_gap(database: Database) -> None:
    with database.log.connect() as connection:
        head = store.lock_head(connection)
        sealed = store.Sealed()
        store.seal(sealed, head, name="x.y", tags=["a"], recorded_us=1, envelope=b"{}")
        store.write(connection, sealed, head)
        connection.rollback()
    with Ledger(database, CONTEXTS) as ledger:
        assert ledger.execute(claim(1), CLERK).outcome.position == 1
    verify(database)


def test_listeners_learn_the_new_position(ledger: Ledger) -> None:
    told: list[int] = []
    ledger.on_recorded.append(told.append)
    ledger.execute(claim(1), CLERK)
    ledger.execute(claim(1), CLERK)
    ledger.stop()
    assert told == [1]


def test_postgres_lost_connection_heals(postgres: Database) -> None:
    with Ledger(postgres, CONTEXTS) as ledger:
        ledger.execute(claim(1), CLERK)
        with postgres.owner.connect() as connection:
            kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname ="
            connection.execute(text(f"{kill} current_database()"))
        assert ledger.execute(claim(2), CLERK, key="k").outcome.position == 2
