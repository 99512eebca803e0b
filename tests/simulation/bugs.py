"""Faults planted in the core, each of them one that somebody made somewhere; a few dozen runs find each.

BUGS      each a context manager that plants it, with the first seed from 1 on that found it: a search begins there
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any
from unittest import mock

from sqlalchemy import Connection

from api.recorder.beside import RemoteLedger
from ledger.log import database, store
from ledger.recording import application, states
from ledger.recording.application import Ledger
from ledger.recording.asking import deliver
from ledger.recording.outcome import NotDone, Unavailable
from projections.engine import following, view
from projections.engine.view import Pages, View, Writer, bookmark

Bug = Callable[[], AbstractContextManager[object]]


class _Nobody:
    """A desk for answers that were given already."""

    def deliver(self, answers: Sequence[tuple[Any, object]]) -> None:
        """Say nothing."""


def answered_before_the_commit() -> AbstractContextManager[object]:
    """Commands are answered as soon as they are decided."""
    decide_all = Ledger._decide_all

    def hasty(self: Ledger, *arguments: Any) -> Any:
        work = decide_all(self, *arguments)
        deliver(work.answers)
        for request, _ in work.answers:
            request.desk = _Nobody()
        return work

    return mock.patch.object(Ledger, "_decide_all", hasty)


@contextmanager
def keys_in_memory() -> Iterator[None]:
    """Keys are remembered by the process alone: after a restart a command is decided again."""
    memories: dict[int, dict[tuple[str, str], tuple[bytes, bytes]]] = {}
    current: list[Ledger] = []
    transact, write = Ledger._transact, store.write

    def remember(self: Ledger, *arguments: Any) -> Any:
        current[:] = [self]
        return transact(self, *arguments)

    def known(connection: Connection, keys: Any) -> tuple[store.Head, dict[tuple[str, str], tuple[bytes, bytes]]]:
        memory = memories.setdefault(id(current[0]), {})
        return store.lock_head(connection), {key: memory[key] for key in keys if key in memory}

    def keep(connection: Connection, sealed: Any, head: Any, receipts: Any = ()) -> None:
        memory = memories.setdefault(id(current[0]), {})
        memory.update({(actor, key): (digest, outcome) for actor, key, digest, _, outcome in receipts})
        write(connection, sealed, head, ())

    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(Ledger, "_transact", remember))
        stack.enter_context(mock.patch.object(store, "begun", known))
        stack.enter_context(mock.patch.object(store, "write", keep))
        yield


def head_not_looked_at() -> AbstractContextManager[object]:
    """What was folded is trusted, wherever the log is now."""

    def catch_up(self: Ledger, _: Connection, head: store.Head) -> None:
        self._left = (head.size, head.root)

    return mock.patch.object(Ledger, "_catch_up", catch_up)


def only_the_length_is_compared() -> AbstractContextManager[object]:
    """A log as long as it was left is taken for the one it was."""
    catch_up = Ledger._catch_up

    def trusting(self: Ledger, connection: Connection, head: store.Head) -> None:
        if head.size != self._left[0]:
            catch_up(self, connection, head)

    return mock.patch.object(Ledger, "_catch_up", trusting)


def bookmark_before_rows() -> AbstractContextManager[object]:
    """A read model's bookmark is committed before its rows."""

    def advance(log: database.Database, one: View, pages: Pages, *, generation: int | None = None) -> int:
        with log.views.begin() as connection:
            number, after, _ = view._take_bookmark(connection, one, generation)
            entries = pages.read(connection, after)
            if not entries:
                return after
            last = entries[-1].position
            root = pages.root(connection, last)
            connection.execute(bookmark(one.name, number).values(position=last, root=root))
        with log.views.begin() as connection:
            writer = Writer(connection, number, after)
            one.forget()
            one.apply(writer, entries)
            writer.flush()
        return last

    return mock.patch.object(following, "advance", advance)


def clock_believed() -> AbstractContextManager[object]:
    """A fact bears the clock's instant although the one before it bears a later one."""
    return mock.patch.object(application, "max", lambda clock, _: clock, create=True)


def unknown_is_said_to_be_nothing() -> AbstractContextManager[object]:
    """A commit that was not confirmed is answered as if nothing had been recorded."""
    failure = Ledger._failure

    def sure(self: Ledger, error: Exception, *, committing: bool) -> NotDone:
        return failure(self, error, committing=False)

    return mock.patch.object(Ledger, "_failure", sure)


def warning_not_heard() -> AbstractContextManager[object]:
    """A commit that no standby confirmed is taken for one that holds."""
    return mock.patch.object(application, "in_doubt", return_value=None)


def not_flushed() -> AbstractContextManager[object]:
    """The log is written without waiting for the disk (synchronous=NORMAL), and nobody looks."""

    def weaken(connection: Any) -> tuple[str, int]:
        connection.execute("PRAGMA synchronous = NORMAL")
        return "wal", 2

    return mock.patch.object(database, "_pragmas", weaken)


def goes_on_after_a_failed_flush() -> AbstractContextManager[object]:
    """After an error of the disk the recorder carries on."""
    return mock.patch.object(application, "is_io_error", return_value=False)


def begins_on_what_a_failed_disk_left() -> AbstractContextManager[object]:
    """A new process adds to a write-ahead log of which the disk lost a part."""
    return mock.patch.object(database.Database, "settle")


def withdrawn_state_kept() -> AbstractContextManager[object]:
    """A withdrawal does not have what it touches folded anew."""
    return mock.patch.object(states.States, "drop")


def lost_is_said_to_be_nothing() -> AbstractContextManager[object]:
    """When the recorder's process ends, whoever waits is told that nothing was recorded."""

    def lose(self: RemoteLedger, why: str = "") -> None:
        lost, self._asked, self._unsent = [*self._asked.values()], {}, []
        failure: NotDone = Unavailable("the process that records ended; nothing was recorded")
        deliver([(request, failure) for request in lost])

    return mock.patch.object(RemoteLedger, "lose", lose)


BUGS: dict[Bug, int] = {
    answered_before_the_commit: 7,
    keys_in_memory: 1,
    head_not_looked_at: 10,
    only_the_length_is_compared: 21,
    bookmark_before_rows: 32,
    clock_believed: 12,
    unknown_is_said_to_be_nothing: 1,
    warning_not_heard: 23,
    not_flushed: 3,
    goes_on_after_a_failed_flush: 36,
    begins_on_what_a_failed_disk_left: 397,
    withdrawn_state_kept: 7,
    lost_is_said_to_be_nothing: 1,
}
