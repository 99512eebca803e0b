"""Deciding ahead of the writer: many commands of a run, in processes beside it, on what is committed by then.

A decision depends on the facts of the command's scope and on nothing else. So the writer takes what was decided ahead
where no fact of that scope was recorded since (application.py); otherwise, and where the decision was a refusal, it
decides again. Nothing is believed that the log does not say: a process that dies, or is late, costs time and no more.
"""

import gc
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from signal import SIG_DFL, SIG_IGN, SIGINT, SIGTERM, signal
from threading import Timer
from typing import Any

import msgspec

from ledger.decider import By, Command, Decider
from ledger.log import store
from ledger.log.database import Database
from ledger.log.envelope import encode
from ledger.log.outage import log
from ledger.recording.asking import Decided
from ledger.recording.states import loaded

AT_ONCE = 50
"""As many commands as a process decides on one read of the log."""
PROCESSES = min(2, os.cpu_count() or 1)
"""Processes that decide. With one processor nothing is gained by any."""
PATIENCE_S = 10.0
"""The longest wait for what a process decides at once: one that says nothing for so long stands still, and is ended."""
ENDED_S = 5.0


@contextmanager
def ahead(
    database: Database,
    deciders: Sequence[Decider[Any, Any]],
    commands: Sequence[Command],
    by: By,
    *,
    processes: int = PROCESSES,
) -> Iterator[Iterator[Decided | None]]:
    """Decide commands in processes of their own; what comes is in the order of the commands, None where the writer is
    to decide. To be entered before this process has threads: the others begin as copies of it. It has no connection to
    the database then: they would be copied, but not the locks that they hold in SQLite."""
    if processes < 2 or len(commands) <= AT_ONCE:
        yield iter([None] * len(commands))
        return
    database.close()  # connections come back by themselves
    fork, lines, begun = get_context("fork"), list[Connection](), list[BaseProcess]()
    parts = [commands[start : start + AT_ONCE] for start in range(0, len(commands), AT_ONCE)]
    try:
        for at in range(processes):
            ours, theirs = fork.Pipe(duplex=False)
            given = (database.where, deciders, parts[at::processes], by, theirs, (*lines, ours))
            process = fork.Process(target=_decide, args=given, name=f"ahead-{at}", daemon=True)
            process.start()
            theirs.close()
            lines.append(ours)
            begun.append(process)
        yield _told(parts, lines, begun)
    finally:
        for one in begun:
            one.kill()  # one that stands still would not hear anything less
            one.join(ENDED_S)
        for line in lines:
            line.close()


def _told(
    parts: Sequence[Sequence[Command]], lines: Sequence[Connection], begun: Sequence[BaseProcess]
) -> Iterator[Decided | None]:
    for at, part in enumerate(parts):
        some: list[Decided | None] = [None] * len(part)
        patience = Timer(PATIENCE_S, begun[at % len(begun)].kill)  # its line ends then, also in the middle of a word
        patience.daemon = True
        patience.start()
        with suppress(EOFError, OSError):
            some = _told_here.decode(lines[at % len(lines)].recv_bytes())
        patience.cancel()
        yield from some


_told_here = msgspec.msgpack.Decoder(list[Decided | None])


# In a process that decides


def _decide(
    where: Any,
    deciders: Sequence[Decider[Any, Any]],
    parts: Sequence[Sequence[Command]],
    by: By,
    line: Connection,
    not_ours: Sequence[Connection],
) -> None:
    signal(SIGINT, SIG_IGN)  # who stops the run ends this process, too
    signal(SIGTERM, SIG_DFL)
    gc.disable()  # it lives for a run, and what it makes holds no cycles
    for other in not_ours:
        other.close()
    of = {command: at for at, decider in enumerate(deciders) for command in decider.commands}
    try:
        database = Database(where)
        for part in parts:
            keys = [(of[type(command)], deciders[of[type(command)]].scope(command)) for command in part]
            with database.views.connect() as connection:
                head = store.read_head(connection)
                states = loaded(connection, deciders, keys, up_to=head.size)
            decided = [
                _one(deciders[key[0]], states[key], command, by, head) for key, command in zip(keys, part, strict=True)
            ]
            line.send_bytes(msgspec.msgpack.encode(decided))
    except Exception as error:  # the run was stopped, or the database is away: the writer will see
        log.debug("deciding ahead ended early", error=str(error))
    os._exit(0)


def _one(decider: Decider[Any, Any], state: Any, command: Command, by: By, head: store.Head) -> Decided | None:
    try:
        return Decided(head.size, head.root, encode(decider.decide(state, command, by)))
    except Exception:  # a refusal, or a fault of ours: the writer is who says so
        return None
