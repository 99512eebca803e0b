"""Attempts on their way into the access log: nobody who records or reads ever waits for it.

Writer   note() from any thread, which never waits; a thread of its own writes many at once
keep     write some at once, for a process that is about to end; never raises

Where attempts come faster than they can be written, or the database takes none, so many wait at most; those beyond are
counted, and their number is a row once rows are written again. Of failed sign-ins, which anybody can make without end,
one a second is kept and SIGN_INS at once: the rest is counted as well.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from time import monotonic

from ledger.log.access_log import Attempt, Keeping, append
from ledger.log.database import Database
from ledger.log.envelope import to_micros
from ledger.log.outage import log

QUEUE_MAX = 10_000
BATCH_MAX = 1_000
GATHER_S, RETRY_S, LAST_S = 0.25, 5.0, 3.0
SIGN_INS = 100


def now_us() -> int:
    """Microseconds since 1970."""
    return to_micros(datetime.now(UTC))


class Writer:
    """Writes attempts in batches, in a thread of its own between start() and stop().

    queue_max   attempts that wait; beyond, they are counted
    """

    def __init__(
        self,
        database: Database,
        keeping: Keeping,
        *,
        queue_max: int = QUEUE_MAX,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._database, self._keeping, self._queue_max, self._clock = database, keeping, queue_max, clock
        self._queue: deque[Attempt] = deque()
        self._dropped = 0
        self._sign_ins, self._refilled = SIGN_INS * 1.0, clock()
        self._lock = threading.Lock()
        self._some, self._end = threading.Event(), threading.Event()
        self._well = True
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to write."""
        self._end.clear()
        self._thread = threading.Thread(target=self._run, name="access-log", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, if the database takes it in a moment, and end."""
        if self._thread is not None:
            self._end.set()
            self._some.set()
            self._thread.join(LAST_S)
            self._thread = None

    def note(self, attempt: Attempt) -> None:
        """Take an attempt; from any thread, and it never waits for the database."""
        with self._lock:
            if len(self._queue) >= self._queue_max or (attempt.kind == "sign-in" and not self._affords()):
                self._dropped += 1
                return
            self._queue.append(attempt)
        if not self._some.is_set():
            self._some.set()

    def _affords(self) -> bool:
        """Tell whether one more failed sign-in is kept."""
        now = self._clock()
        self._sign_ins = min(SIGN_INS, self._sign_ins + now - self._refilled)
        self._refilled = now
        if self._sign_ins < 1:
            return False
        self._sign_ins -= 1
        return True

    def _run(self) -> None:
        while not self._end.is_set():
            self._some.wait()
            self._end.wait(GATHER_S if self._well else RETRY_S)
            self._some.clear()
            while self.write():
                pass

    def write(self) -> bool:
        """Write a batch of what waits; whether more may be written at once. What is not taken waits on."""
        with self._lock:
            batch = [self._queue[at] for at in range(min(len(self._queue), BATCH_MAX))]
            uncounted = self._dropped
        lost = [dropped(uncounted)] if uncounted else []
        if not batch and not lost:
            return False
        self._well = keep(self._database, self._keeping, [*lost, *batch], quiet=not self._well)
        if not self._well:
            self._some.set()
            return False
        with self._lock:
            for _ in batch:
                self._queue.popleft()
            self._dropped -= uncounted
        return len(batch) == BATCH_MAX


def dropped(number: int) -> Attempt:
    """The row that says how many attempts were not kept."""
    return Attempt(at_us=now_us(), kind="dropped", code="too-many", about=str(number))


def keep(database: Database, keeping: Keeping, attempts: Sequence[Attempt], *, quiet: bool = False) -> bool:
    """Write attempts at once; whether they were. A full disk or a dead database is said in the process's log."""
    try:
        with database.access.begin() as connection:
            append(connection, attempts, keeping, now_us())
    except Exception:
        if not quiet:
            log.exception("the access log cannot be written", waiting=len(attempts))
        return False
    return True
