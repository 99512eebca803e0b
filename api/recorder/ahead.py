"""A run that a server was asked for, decided in processes of their own: ledger.recording.ahead, for who has threads.

    python -m api.recorder.ahead DESCRIPTOR     (a connected socket, inherited)

deciding   what is decided of many commands ahead of the recorder, some at once

A server cannot have copies made of itself, as a command line can, so these begin anew, and learn all commands first. As
long as they do, what records decides; a run that would be over by then has none of them.
"""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain, islice, repeat
from multiprocessing.connection import Connection
from typing import Any, Union

import msgspec
from msgspec import Struct

from ledger import CONTEXTS
from ledger.decider import By, Command
from ledger.log.database import Database
from ledger.recording.ahead import PROCESSES, decide, parts_of, told
from ledger.recording.asking import Decided

MEANWHILE = 256
"""As many commands as are left to what records, while the processes begin."""
WORTH = 1000
"""A run of fewer is over sooner without them."""

Some = Callable[[int], Coroutine[Any, Any, Sequence[Decided | None]]]
"""What is decided of the next so many commands: None where what records is to decide."""


class Begin(Struct, frozen=True, array_like=True):
    """Decide these commands of somebody, some at once, on the log there."""

    where: str
    by: By
    parts: list[list[Any]]


@contextmanager
def deciding(database: Database, commands: Sequence[Command], by: By, *, processes: int = PROCESSES) -> Iterator[Some]:
    """Decide commands ahead, in their order. The processes end with the run, or with this one."""
    if processes < 2 or len(commands) < WORTH:
        yield _nothing
        return
    parts, lines, begun = parts_of(commands[MEANWHILE:]), list[Connection](), list[subprocess.Popen[bytes]]()
    try:
        for at in range(processes):
            process, line = _begin()
            begun.append(process)
            lines.append(line)
            line.send_bytes(msgspec.msgpack.encode(Begin(database.where, by, [[*one] for one in parts[at::processes]])))
        yield _in_order(chain(repeat(None, MEANWHILE), told(parts, lines, begun)))
    finally:
        for one in begun:
            one.kill()
            one.wait()
        for line in lines:
            line.close()


async def _nothing(count: int) -> Sequence[Decided | None]:
    return [None] * count


def _in_order(decided: Iterator[Decided | None]) -> Some:
    async def some(count: int) -> Sequence[Decided | None]:
        return await asyncio.to_thread(lambda: list(islice(decided, count)))

    return some


def _begin() -> tuple[subprocess.Popen[bytes], Connection]:
    ours, theirs = socket.socketpair()
    with theirs:
        number = theirs.fileno()
        command = [sys.executable, "-m", __name__, str(number)]
        process = subprocess.Popen(command, pass_fds=[number], stdin=subprocess.DEVNULL)  # noqa: S603 - ours
    return process, Connection(ours.detach())


# In a process that decides


@cache
def _begin_decoder() -> "msgspec.msgpack.Decoder[Any]":
    any_command: Any = Union[tuple(command for context in CONTEXTS for command in context.commands)]  # noqa: UP007

    class Told(Begin, frozen=True, array_like=True):
        parts: list[list[any_command]]

    return msgspec.msgpack.Decoder(Told)


def main(descriptor: str) -> None:
    """Decide what the server says; end when it is gone."""
    line = Connection(int(descriptor))
    begin = _begin_decoder().decode(line.recv_bytes())
    decide(begin.where, CONTEXTS, begin.parts, begin.by, line)


if __name__ == "__main__":
    main(sys.argv[1])
