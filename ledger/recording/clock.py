"""The clock by which facts are recorded: the computer's own, unless it jumps ahead.

Clock      the UTC instant now. Raises Jumped
lead       how far the log is ahead of the clock: what is recorded meanwhile bears the instant of the latest fact

`recorded_at` never falls, so one jump ahead would freeze it until the clock has come there again. How much time went by
is asked of a second clock, which nobody can set and which goes on while the computer sleeps.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ledger.log.envelope import from_micros
from ledger.log.store import Head

JUMP_MAX = timedelta(days=1)
LEAD_MAX = timedelta(minutes=1)
"""A log that is so far ahead of the clock is said to be: clocks of several computers differ by less."""


class Jumped(Exception):
    """The clock is further ahead than time went by."""


def elapsed() -> float:
    """Count the seconds since the computer was started, asleep or not."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Clock:
    """The computer's clock. Where it is more than a day ahead of the time that went by since this was made, it is
    refused until it is set right, or until a restart says that it is right."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        elapsed: Callable[[], float] = elapsed,
    ) -> None:
        self._now = now
        self._elapsed = elapsed
        self._began = now()
        self._at = elapsed()

    def __call__(self) -> datetime:
        """The instant now. Raises Jumped."""
        now = self._now()
        expected = self._began + timedelta(seconds=self._elapsed() - self._at)
        if now - expected > JUMP_MAX:
            raise Jumped(
                f"the clock jumped ahead from {expected:%Y-%m-%dT%H:%MZ} to {now:%Y-%m-%dT%H:%MZ}; nothing was"
                " recorded: set it right, or, if it is right now, restart"
            )
        return now


def lead(head: Head, now: datetime) -> datetime | None:
    """The instant of the latest fact, where that is later than now; None where all is well."""
    recorded_at = from_micros(head.recorded_us)
    return recorded_at if recorded_at - now > LEAD_MAX else None


def said_of(recorded_at: datetime) -> str:
    """Say what it means that the log is ahead of the clock."""
    return (
        f"the latest fact bears the instant {recorded_at:%Y-%m-%dT%H:%M:%SZ}, later than it is now: the clock was ahead"
        " once, or is behind; whatever is recorded until then bears that instant too"
    )
