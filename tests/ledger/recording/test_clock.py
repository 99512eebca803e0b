"""The clock by which facts are recorded: what is refused, and what is said of a log that is ahead of it."""

from datetime import UTC, datetime, timedelta

import pytest

from ledger.log import database as settings
from ledger.log.database import Database
from ledger.log.envelope import to_micros
from ledger.log.store import Head
from ledger.recording.application import Ledger
from ledger.recording.clock import Clock, Jumped, lead
from ledger.recording.contexts import CONTEXTS
from ledger.recording.outcome import Unavailable
from tests.ground.recorder_process import CLERK, claim, done

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


class Time:
    """An hour goes by whenever the clock is read; `off` is how far it is set wrong."""

    def __init__(self) -> None:
        self.hours, self.off = 0, timedelta()

    def now(self) -> datetime:
        return NOON + timedelta(hours=self.hours) + self.off

    def elapsed(self) -> float:
        self.hours += 1
        return 1000.0 + 3600 * self.hours


@pytest.mark.parametrize(
    ("off", "refused"),
    [
        pytest.param(timedelta(hours=22), False, id="less-than-a-day"),
        pytest.param(timedelta(hours=26), True, id="more-than-a-day"),
        pytest.param(3650 * DAY, True, id="ten-years"),
        pytest.param(-3 * DAY, False, id="back"),
    ],
)
def test_a_jump_ahead_of_more_than_a_day_is_refused(database: Database, off: timedelta, refused: bool) -> None:
    time = Time()
    with Ledger(database, CONTEXTS, clock=Clock(now=time.now, elapsed=time.elapsed)) as ledger:
        first = done(ledger.execute(claim(1), CLERK)).recorded_at
        time.off = off
        if refused:
            for _ in range(2):
                with pytest.raises(Unavailable, match="clock jumped ahead"):
                    ledger.execute(claim(2), CLERK, key="k")
        else:
            assert done(ledger.execute(claim(3), CLERK)).recorded_at >= first
        time.off = timedelta()
        second = done(ledger.execute(claim(2), CLERK, key="k")).recorded_at
        assert first <= second < first + 2 * DAY


def test_time_that_went_by_is_no_jump() -> None:
    time = Time()
    clock = Clock(now=time.now, elapsed=time.elapsed)
    for hours in (100, 1000):
        time.hours += hours
        assert clock() == time.now() - timedelta(hours=1)
    time.off = 2 * DAY
    with pytest.raises(Jumped, match="to 2026-07-"):
        clock()


@pytest.mark.parametrize(("ahead", "said"), [(timedelta(seconds=59), False), (timedelta(seconds=61), True)])
def test_a_log_that_is_ahead_is_said_to_be(ahead: timedelta, said: bool) -> None:
    assert lead(Head(1, [], to_micros(NOON + ahead)), NOON) == (NOON + ahead if said else None)


def test_a_clock_ahead_of_the_database_records_nothing(postgres: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "CLOCK_AHEAD_MAX", -DAY)
    with pytest.raises(settings.NotSafe, match="ahead of the database's"):
        Ledger(postgres, CONTEXTS).start()
