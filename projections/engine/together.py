"""Several processes make rows anew together, each some read models of its own, beside the live ones.

PROCESSES   how many work: one for each processor, two at most
Turn        whose turn it is to write: SQLite lets one write at a time, and who waits for it there may wait for long
beside      work of others while this process does its own

A process that ends early leaves a bookmark where it stood; whoever comes after it goes on from there.
"""

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from pathlib import Path
from signal import SIG_DFL, SIG_IGN, SIGINT, SIGTERM, signal
from tempfile import TemporaryDirectory

PROCESSES = min(2, os.cpu_count() or 1)
WORTH_IT = 5_000
"""Facts that are read before another process is worth its while."""


class Turn:
    """A context in which one process at a time writes. One that is killed in it lets go of it."""

    def __init__(self, at: Path) -> None:
        self._at = at
        self._handle = -1

    def __enter__(self) -> None:
        self._handle = os.open(self._at, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._handle, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)


@contextmanager
def beside(work: Sequence[Callable[[Turn], None]]) -> Iterator[Turn]:
    """Let others do work, each piece in a process that begins as a copy of this one; they have ended at the end. To be
    entered before this process has threads. Yields the turn that all of them take."""
    fork, begun = get_context("fork"), []
    with TemporaryDirectory(prefix="mcsc-rebuild-") as directory:
        turn = Turn(Path(directory) / "turn")
        try:
            for piece in work:
                process = fork.Process(target=_do, args=(piece, turn), name="rebuild", daemon=True)
                process.start()
                begun.append(process)
            yield turn
            for process in begun:
                process.join()
        finally:
            for process in begun:
                process.terminate()
                process.join()


def _do(piece: Callable[[Turn], None], turn: Turn) -> None:
    signal(SIGINT, SIG_IGN)  # who stops the rebuild ends this process, too
    signal(SIGTERM, SIG_DFL)
    with suppress(Exception):  # whoever began it goes on from where this came to, and meets what stopped it
        piece(turn)
    os._exit(0)
