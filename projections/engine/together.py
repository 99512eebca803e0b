"""Several processes make rows anew together, each some read models of its own, beside the live ones.

PROCESSES   how many work: one for each processor, two at most
Turn        whose turn it is to write: SQLite lets one write at a time, and who waits for it there may wait for long;
            PostgreSQL lets all, and so does it there
Orphaned    the process that began this one is gone, and nobody waits for what it makes
beside      work of others while this process does its own

A process that ends early leaves a bookmark where it stood; whoever comes after it goes on from there. One that stands
still is ended: it may hold the turn, and is waited for.
"""

import fcntl
import gc
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from signal import SIG_DFL, SIG_IGN, SIGINT, SIGTERM, signal
from tempfile import TemporaryFile
from typing import Any

from ledger.log.outage import log

PROCESSES = min(2, os.cpu_count() or 1)
WORTH_IT = 5_000
"""Facts that are read before another process is worth its while."""
BEAT_S, BEATS_MISSED = 1.0, 60
"""One that takes no turn for so many beats of ours stands still: a page takes a second or two, a wait for the database
20 seconds at most. Beats are counted, not seconds: in those in which this process stood still nobody could get on."""
ENDED_S = 5.0
YOUNG = 100_000
"""New objects between two searches for garbage, while many are made."""


class Orphaned(Exception):
    """The process that began this one is gone."""


class Turn:
    """A context in which one process at a time writes, or all. One that is killed in it lets go of it. It is a lock on
    a file that all have open: each process has the lock for itself, and nobody else can see the file.

    file    None where all may write at once
    pulse   counts the turns of a process that was begun; the one that begins has none
    Raises Orphaned in a process whose beginner is gone.
    """

    def __init__(self, file: int | None) -> None:
        self._file, self._begun_by = file, os.getpid()
        self.pulse: Any = None

    def __enter__(self) -> None:
        if self._file is not None:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
        if self._begun_by not in (os.getpid(), os.getppid()):
            raise Orphaned(f"process {self._begun_by} is gone")
        if self.pulse is not None:
            self.pulse.value += 1

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            fcntl.lockf(self._file, fcntl.LOCK_UN)


@contextmanager
def beside(work: Sequence[Callable[[Turn], None]], *, all_write: bool) -> Iterator[Turn]:
    """Let others do work, each piece in a process that begins as a copy of this one; they have ended at the end. Yields
    the turn that all of them take; `all_write`: which is always everybody's.

    To be entered before this process has threads, and while it has no connection to a database: a copy would believe
    that it holds the locks of this one, and what it writes then destroys a database in SQLite.
    """
    fork, begun, over = get_context("fork"), dict[BaseProcess, Any](), threading.Event()
    watching = threading.Thread(target=_watch, args=(begun, over), name="rebuild-watch", daemon=True)
    with _seldom_collecting(), TemporaryFile(prefix="mcsc-rebuild-") as file:
        turn = Turn(None if all_write else file.fileno())
        try:
            for piece in work:
                pulse = fork.RawValue("Q")
                process = fork.Process(target=_do, args=(piece, turn, pulse), name="rebuild", daemon=True)
                process.start()
                begun[process] = pulse
            if begun:
                watching.start()
            yield turn
            for other in begun:
                other.join()
        finally:
            over.set()
            for other in begun:
                other.kill()  # one that was made to stand still would not hear anything less
                other.join(ENDED_S)


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """Look seldom for garbage in cycles: a page makes very many objects, and what decides and folds makes no cycles."""
    before = gc.get_threshold()
    gc.set_threshold(YOUNG, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _watch(begun: Mapping[BaseProcess, Any], over: threading.Event) -> None:
    """End those that take no turn, until it is over."""
    seen = dict.fromkeys(begun, (0, 0))
    while not over.wait(BEAT_S):
        for process, pulse in begun.items():
            turns, silent = seen[process]
            seen[process] = pulse.value, silent + 1 if pulse.value == turns else 0
            if seen[process][1] == BEATS_MISSED and not wait([process.sentinel], 0):
                log.warning("a process beside this one stands still; its part is done here", process=process.pid)
                process.kill()


def _do(piece: Callable[[Turn], None], turn: Turn, pulse: Any) -> None:
    signal(SIGINT, SIG_IGN)  # who stops the rebuild ends this process, too
    signal(SIGTERM, SIG_DFL)
    turn.pulse = pulse
    try:
        piece(turn)
    except Exception as error:  # whoever began it goes on from where this came to, and meets what stopped it
        log.debug("rebuild beside ended early", error=str(error))
    os._exit(0)
