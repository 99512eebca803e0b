"""The recorder's side: a Ledger and a Follower, working for one server.

    python -m api.recorder.process DESCRIPTOR     (a connected socket, inherited)

It ends when the server says so or is gone: what it was asked by then is recorded first. Signals that a terminal or a
supervisor sends to all processes are left to the server.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

import msgspec

from api.recorder.here import Here
from api.recorder.messages import (
    LEFT_TO_SERVER,
    Ask,
    AskTogether,
    Beat,
    Begin,
    End,
    FromRecorder,
    Measured,
    NotReady,
    NotTold,
    Ready,
    Stands,
    ToRecorder,
    Waiting,
    encode,
    requested,
    split,
    to_recorder,
    told,
)
from api.recorder.runtime import log_to_stderr, stay
from api.settings import Settings
from ledger.log.database import AlreadyOpen, NotSafe
from ledger.log.outage import log
from ledger.recording.asking import Reply
from ledger.recording.outcome import Faulty, NotDone
from migrations import NotMigrated
from projections.engine.view import OutOfStep

BEAT_S = 1.0


class Server:
    """The server at the other end of the connection: the desk where its commands are answered."""

    def __init__(self, connection: "Connection[bytes, bytes]") -> None:
        self._connection = connection
        self._one_at_a_time = threading.Lock()

    def hear(self) -> list[ToRecorder]:
        """Read what the server says next. Raises EOFError, OSError when it is gone."""
        said = self._connection.recv_bytes()
        try:
            return to_recorder().decode(said)
        except msgspec.MsgspecError:
            return [message for one in split(said) for message in self._understood(one)]

    def _understood(self, message: bytes) -> list[ToRecorder]:
        """Decode one message; a command that cannot be read is answered at once, so that it takes no other with it."""
        try:
            return to_recorder().decode(message)
        except msgspec.MsgspecError:
            log.exception("a command arrived that cannot be read")
            _, ticket, *_ = msgspec.msgpack.decode(message)[0]
            self.tell([NotTold(ticket, Faulty.__name__, "a fault of ours; nothing was recorded")])
            return []

    def tell(self, messages: Sequence[FromRecorder]) -> None:
        """Say something; a server that is gone need not hear it."""
        with self._one_at_a_time, suppress(OSError):
            self._connection.send_bytes(encode(messages))

    def deliver(self, answers: Sequence[tuple[Any, Reply]]) -> None:
        """See ledger.recording.asking.Desk."""
        self.tell([told(ticket, answer) for ticket, answer in answers])


def beat(server: Server) -> None:
    """Show every BEAT_S that this process does not stand still; for as long as it lives."""
    never = threading.Event()
    while not never.wait(BEAT_S):
        server.tell([Beat()])


def work_for(server: Server, settings: Settings) -> None:
    """Record and follow until the server stops it or is gone. Raises what keeps it from beginning."""
    with Here(settings, holder=os.getppid()) as here:
        stay()
        server.tell([Ready()])
        report = reporter(server, here)
        here.standing.on_moved.append(report)
        report()
        with suppress(EOFError, OSError):
            while serve(server, here, server.hear()):
                pass


def serve(server: Server, here: Here, messages: Sequence[ToRecorder]) -> bool:
    """Take what the server said; whether to go on."""
    for message in messages:
        match message:
            case Ask() | AskTogether():
                try:
                    here.ledger.enqueue(requested(message, server))
                except NotDone as refused:
                    server.deliver([(message.ticket, refused)])
            case Waiting(count):
                here.standing.hurry(count)
            case End():
                return False
    return True


def reporter(server: Server, here: Here) -> Callable[[], None]:
    """Tells the server how things stand, and what was done, where that has changed."""
    last: Stands | None = None
    measured: bytes | None = None

    def report() -> None:
        nonlocal last, measured
        now = Stands(here.ledger.closed, here.standing.health())
        if now != last:
            server.tell([now])
            last = now
        work = Measured(here.ledger.appending)
        if (written := encode(work)) != measured:
            server.tell([work])
            measured = written

    return report


def main(descriptor: str) -> None:
    """Begin as the server says, and work for it."""
    for number in LEFT_TO_SERVER:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, LEFT_TO_SERVER)
    log_to_stderr()
    server = Server(Connection(int(descriptor)))
    try:
        (begin,) = server.hear()
    except (EOFError, OSError):
        return  # the server had no use for it
    assert isinstance(begin, Begin), "that is what a server says first"
    log_to_stderr(begin.settings.log)
    server.tell([Beat()])
    threading.Thread(target=beat, args=(server,), name="beat", daemon=True).start()
    try:
        work_for(server, begin.settings)
    except (AlreadyOpen, NotMigrated, OutOfStep) as error:
        server.tell([NotReady(str(error))])
    except NotSafe as error:
        server.tell([NotReady(f"nothing is recorded on this database: {error}")])


if __name__ == "__main__":
    main(sys.argv[1])
