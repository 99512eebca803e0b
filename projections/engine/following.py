"""Keeps the read models up with the log, all the time.

ViewHealth   where a read model stands, and what blocks it
Standing     how far they have come, for those who wait
Follower     a thread that applies what is recorded as it is recorded

A view that fails is tried again, later and later; it holds up neither the other views nor recording, and its last good
rows stay readable.
"""

import asyncio
import selectors
import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from sqlalchemy import select

from ledger.log import store
from ledger.log.database import NOTIFY_CHANNEL, Database, is_full
from ledger.log.outage import Outage, log
from projections.engine.runner import rebuild
from projections.engine.view import (
    PAGE,
    NotOfThisLog,
    OutOfStep,
    Pages,
    View,
    advance,
    foreign,
    projection,
)

if TYPE_CHECKING:
    import psycopg

POLL_S = 1.0
GATHER_S = 0.1
"""Seconds between pages while much is recorded and nobody waits: fewer, larger pages leave time for recording."""
GATHER_TIMES = 4
"""The pause is as many times as long as the last page took, if that is longer, up to POLL_S: following takes a fifth of
the time at most, until a full page waits."""
LISTEN_S = 10.0
"""Seconds of silence after which whoever listens asks PostgreSQL whether it is there."""
STOP_S = 5.0
RETRY_S, RETRY_MAX_S = 0.1, 30.0


class ViewHealth(Struct, frozen=True):
    """The health of a read model: where it stands, how many facts behind the head, and what, if anything, blocks it."""

    name: str
    position: int
    head: int
    behind: int
    error: str | None


@dataclass(slots=True)
class _Followed:
    """A view with its live position, and how often it failed there. `foreign`: its rows are of another log."""

    view: View
    position: int = 0
    foreign: bool = False
    error: str | None = None
    failures: int = 0
    retry_at: float = 0.0
    outage: Outage = field(default_factory=Outage)


class _Changed(threading.Condition):
    """A condition that calls others too, who wait in no thread."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[Callable[[], object]] = []

    def notify_all(self) -> None:
        """See threading.Condition."""
        super().notify_all()
        for tell in self.told:
            tell()


class Standing(ABC):
    """The positions that the read models have come to, wherever they are followed; and waiting for them."""

    def __init__(self) -> None:
        self._changed = _Changed()
        self._waiting = 0
        self._stopping = True

    @property
    @abstractmethod
    def position(self) -> int:
        """The position that every view has come to: the latest that reports can be asked for."""

    @abstractmethod
    def health(self) -> list[ViewHealth]:
        """Report the health of each view, as last seen; asks no database, so it answers also when that does not."""

    @abstractmethod
    def _awaited(self) -> None:
        """Notice that somebody began to wait, or waits no more (`_waiting` says how many do)."""

    def wait_for(self, position: int, timeout: float) -> bool:
        """Wait until every view knows this position; False after `timeout` seconds, or when following stops."""
        with self._changed:
            self._waiting += 1
            self._awaited()
            try:
                self._changed.wait_for(lambda: self._stopping or self.position >= position, timeout)
            finally:
                self._waiting -= 1
                self._awaited()
            return self.position >= position

    async def reached(self, position: int, timeout: float) -> bool:
        """The same in an event loop: however many wait, they take no thread."""
        if self.position >= position:
            return True
        loop, moved = asyncio.get_running_loop(), asyncio.Event()

        def tell() -> None:
            loop.call_soon_threadsafe(moved.set)

        with self._changed:
            self._changed.told.append(tell)
            self._waiting += 1
            self._awaited()
        try:
            async with asyncio.timeout(timeout):
                while not (self._stopping or self.position >= position):
                    await moved.wait()
                    moved.clear()
        except TimeoutError:
            pass
        finally:
            with self._changed:
                self._changed.told.remove(tell)
                self._waiting -= 1
                self._awaited()
        return self.position >= position

    @contextmanager
    def telling(self, tell: Callable[[], object]) -> Iterator[None]:
        """Call this, in any thread, whenever something may have moved: whoever listens for good hurries nobody."""
        with self._changed:
            self._changed.told.append(tell)
        try:
            yield
        finally:
            with self._changed:
                self._changed.told.remove(tell)


class Follower(Standing):
    """Feeds views from the log in a thread of its own. Use as a context manager, or start() and stop().

    Woken by wake() (hang it on `ledger.on_recorded`), by PostgreSQL's notifications, and every `poll_s` seconds in any
    case. ensure() comes first. `on_moved` is called after each look at the log.

    follows   whether it feeds them; else it only looks how far somebody else has come with them
    """

    follows = True

    def __init__(self, database: Database, views: Sequence[View], *, poll_s: float = POLL_S) -> None:
        super().__init__()
        self.on_moved: list[Callable[[], None]] = []
        self.database = database
        self._followed = [_Followed(view) for view in views]
        self._poll_s = poll_s
        self._pages = Pages()
        self._head = 0
        self._fault: str | None = None
        self._outage = Outage()
        self._woken = False
        self._waiting_elsewhere = 0
        self._threads: list[threading.Thread] = []
        self._bell: tuple[socket.socket, socket.socket] | None = None

    def start(self) -> None:
        """Look up where everything stands, then begin."""
        self._look()
        self._stopping = False
        work = [("views", self._run)]
        if self.database.is_postgres and self.follows:
            self._bell = socket.socketpair()
            work.append(("views-listener", self._listen))
        self._threads = [threading.Thread(target=target, name=name, daemon=True) for name, target in work]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish the page at hand and end; whoever waits is answered."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._bell is not None:
            self._bell[0].send(b"!")
        for thread in self._threads:
            thread.join(STOP_S)  # whoever still waits for the database ends with the process
        self._threads = []
        if self._bell is not None:
            for end in self._bell:
                end.close()
            self._bell = None

    def __enter__(self) -> "Follower":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def position(self) -> int:
        """The position that every view has come to; the head where there are none."""
        return min((followed.position for followed in self._followed), default=self._head)

    def wake(self, position: int = 0) -> None:
        """Tell the follower that facts up to this position were recorded; costs the caller next to nothing."""
        with self._changed:
            self._head = max(self._head, position)
            self._woken = True
            self._changed.notify_all()

    def hurry(self, waiting: int) -> None:
        """Note how many wait in another process for what is recorded; while any do, pages are not gathered."""
        with self._changed:
            self._waiting_elsewhere = waiting
            self._changed.notify_all()

    def _awaited(self) -> None:
        self._changed.notify_all()

    def health(self) -> list[ViewHealth]:
        """Report the health of each view, as last seen."""
        with self._changed:
            return [
                ViewHealth(
                    followed.view.name,
                    followed.position,
                    self._head,
                    max(self._head - followed.position, 0),
                    followed.error or self._fault,
                )
                for followed in self._followed
            ]

    # The follower's thread

    def _run(self) -> None:
        while not self._stopping:
            with self._changed:
                self._woken = False
            began = monotonic()
            moved = self._round()
            took = monotonic() - began
            for listener in self.on_moved:
                listener()
            with self._changed:
                if moved:
                    self._changed.wait_for(self._pressing, min(max(GATHER_S, GATHER_TIMES * took), POLL_S))
                else:
                    self._changed.wait_for(lambda: self._woken or self._stopping, self._pause())

    def _pressing(self) -> bool:
        """The next page cannot wait: somebody waits for it, or it is full."""
        waiting = self._waiting + self._waiting_elsewhere
        return self._stopping or waiting > 0 or self._head - self.position >= PAGE

    def _round(self) -> bool:
        """Apply one page to each view that is behind and due; true if any moved."""
        try:
            self._look()
        except Exception as error:
            self._outage.failed("the read models cannot see the log", error)
            with self._changed:
                self._fault = "the database does not answer"
                self._changed.notify_all()
            return False
        self._outage.over("the read models see the log again")
        moved = [self._advance(followed) for followed in self._followed if self._due(followed)]
        return any(moved)

    def _look(self) -> None:
        """Look up the head and the live bookmarks: another process may have moved them, or swapped in a rebuild."""
        with self.database.views.connect() as connection:
            live = select(projection.c.name, projection.c.position).where(projection.c.live)
            positions = {row.name: row.position for row in connection.execute(live)}
            head, others = store.read_head(connection).size, foreign(connection)
        with self._changed:
            self._head, self._fault = head, None
            for followed in self._followed:
                position = positions.get(followed.view.name, followed.position)
                followed.foreign = followed.view.name in others
                if followed.foreign:
                    followed.position, followed.error = 0, str(NotOfThisLog((followed.view.name,)))
                elif position != followed.position:  # also back, where the log and the rows went back together
                    self._moved(followed, position)

    def _due(self, followed: _Followed) -> bool:
        wanted = followed.foreign or followed.position < self._head
        return self.follows and not self._stopping and wanted and followed.retry_at <= monotonic()

    def _advance(self, followed: _Followed) -> bool:
        """Apply the next page; rows of another log are made anew first."""
        try:
            if followed.foreign:
                log.warning("rebuilding", view=followed.view.name, of_this_log=False)
                position, followed.foreign = rebuild(self.database, type(followed.view)), False
            else:
                position = advance(self.database, followed.view, self._pages)
        except Exception as error:
            with self._changed:
                self._failed(followed, error)
            view, position = followed.view.name, followed.position
            followed.outage.failed("a read model does not move on", error, view=view, position=position)
            return False
        followed.outage.over(f"{followed.view.name} moves on again")
        with self._changed:
            moved = position > followed.position
            self._moved(followed, position)
        return moved

    def _moved(self, followed: _Followed, position: int) -> None:
        followed.position, followed.error, followed.failures, followed.retry_at = position, None, 0, 0.0
        self._changed.notify_all()

    def _failed(self, followed: _Followed, error: Exception) -> None:
        # Anybody may read this: what the error itself says can hold data, and stays in the log.
        full = f"no space is left for the read models after position {followed.position}; they go on once there is"
        after = f"{type(error).__name__} in the facts after position {followed.position}; the log says more"
        followed.error = str(error) if isinstance(error, OutOfStep) else full if is_full(error) else after
        followed.retry_at = monotonic() + min(RETRY_S * 2.0**followed.failures, RETRY_MAX_S)
        followed.failures += 1
        self._changed.notify_all()

    def _pause(self) -> float:
        """Seconds until the next poll, or until a view that failed is due again."""
        waits = [followed.retry_at - monotonic() for followed in self._followed if followed.retry_at]
        return max(min([self._poll_s, *waits]), 0.0)

    # PostgreSQL: woken by what other processes record

    def _listen(self) -> None:
        """Listen until stopped; connect again where the connection is lost (meanwhile polling goes on)."""
        from psycopg import Error

        while not self._stopping:
            try:
                with self.database.hosts.listen() as connection:
                    connection.execute(f"LISTEN {NOTIFY_CHANNEL}".encode())
                    self.wake()  # something may have been recorded while nobody listened
                    self._attend(connection)
            except Error as error:
                log.warning("listening was interrupted", error=type(error).__name__)
                with self._changed:
                    self._changed.wait_for(lambda: self._stopping, self._poll_s)

    def _attend(self, connection: "psycopg.Connection[Any]") -> None:
        assert self._bell is not None, "the bell is there while the listener runs"
        with selectors.DefaultSelector() as selector:
            selector.register(connection.fileno(), selectors.EVENT_READ)
            selector.register(self._bell[1], selectors.EVENT_READ)
            while not self._stopping:
                if not selector.select(LISTEN_S):
                    connection.execute("SELECT 1")  # is there still somebody to be heard?
                connection.pgconn.consume_input()
                while connection.pgconn.notifies() is not None:
                    self.wake()
