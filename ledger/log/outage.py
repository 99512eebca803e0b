"""A database that is away is said once in the log of the process, and then counted; and nobody waits for it too long.

log               the log of this process, which all that runs in it says its lines to
Outage            failed() of each try, over() of one that got through
waiting_at_most   shorter waits for a while: somebody waits for the answer; longest_wait_s: how short, if at all
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ledger.log.database import NotSafe, is_unavailable


class Log:
    """structlog's, loaded once there is something to say: it loads all that shows errors on a terminal in colour, which
    takes longer than most reports."""

    def __init__(self) -> None:
        self._ways: list[Callable[[], None]] = []

    def written(self, way: Callable[[], None]) -> None:
        """Have `way` say how lines are written, now or before the first of them."""
        if "structlog" in sys.modules:
            way()
        else:
            self._ways = [way]

    def ready(self) -> Any:
        """Load it, for a process that stays: when there is something to say, no file may be left to open."""
        import structlog

        for way in self._ways:
            way()
        self._ways = []
        return structlog.get_logger()

    def __getattr__(self, method: str) -> Any:
        """Take a way of saying a line: info, warning, error, exception."""
        return getattr(self.ready(), method)


log = Log()

_at_most: ContextVar[float | None] = ContextVar("_at_most", default=None)


@contextmanager
def waiting_at_most(seconds: float) -> Iterator[None]:
    """Meanwhile this thread waits no longer than this for the database to say something."""
    token = _at_most.set(seconds)
    try:
        yield
    finally:
        _at_most.reset(token)


def longest_wait_s() -> float | None:
    """Seconds that this thread waits at most for the database; None where no less than usual."""
    return _at_most.get()


class Outage:
    """The tries that failed one after the other because the database was away: one line for the first of them, and one
    whenever their number has doubled. Any other error is a fault, and is said whole each time."""

    def __init__(self) -> None:
        self.failures = 0

    def failed(self, event: str, error: Exception, **about: object) -> None:
        """Say that a try failed."""
        if not _is_away(error):
            log.error(event, exc_info=error, **about)
            return
        self.failures += 1
        if self.failures & (self.failures - 1) == 0:
            why = str(error).partition("\n")[0]
            log.error(event, error=type(error).__name__, why=why, failures=self.failures, **about)

    def over(self, event: str) -> None:
        """Say that a try got through, where others before it did not."""
        if self.failures:
            log.warning(event, failures=self.failures)
            self.failures = 0


def _is_away(error: Exception) -> bool:
    """Tell whether the database is gone, silent, full, busy or not as it should be."""
    return isinstance(error, PoolTimeout | NotSafe) or (isinstance(error, DBAPIError) and is_unavailable(error))
