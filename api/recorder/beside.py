"""The server's side of the recorder: start it, ask it, start it again should it end.

Beside          the process. `ledger` and `standing` are what the application is given
Line            what is said to it: never waited for, kept for later where it does not read
RemoteLedger    takes commands here and has them recorded there
RemoteStanding  how far the read models have come there
"""

import asyncio
import itertools
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic

from api.recorder.messages import (
    LEFT_TO_SERVER,
    Ask,
    AskTogether,
    Beat,
    Begin,
    End,
    Foretold,
    FromRecorder,
    Measured,
    NotReady,
    NotTold,
    Stands,
    Told,
    ToldTogether,
    ToRecorder,
    Waiting,
    asked,
    encode,
    from_recorder,
    meant,
)
from api.settings import Settings
from ledger.decider import Command
from ledger.log.database import Database
from ledger.log.outage import log
from ledger.recording.asking import NOT_STARTED, RESTARTING, STOPPING, Recorder, Request, Together, deliver
from ledger.recording.measures import Appending
from ledger.recording.outcome import Busy, Unavailable, Unknown
from projections.engine.following import Standing, ViewHealth

RESTART_S = 1.0
BEAT_S, BEATS_MISSED, BEATS_MISSED_STARTING = 1.0, 4, 120
"""A process that says nothing for so many beats stands still: it is killed, and started again."""
STOP_S = 4.0
TOGETHER = 32
"""Commands sent at once. While they are decided there, the rest is read here: more, and the two take turns idling."""
MANY_WAIT, WAITS_S = 320, 0.5
"""So many commands wait, more than one body of many lines sends at once, and the first of them for so many seconds: the
next one is told at once to come back."""
FORGETS = 1 / 16
"""By so much less counts how fast was answered before, each time that answers come."""
LENGTH = struct.Struct("!i")
Send = Callable[[Sequence[ToRecorder]], None]


class NotStarted(Exception):
    """The recorder cannot begin; the message says why."""


class RemoteLedger(Recorder):
    """Takes commands here and has them recorded by the process beside this one."""

    def __init__(self, settings: Settings, send: Send) -> None:
        self.appending = Appending()
        self.database = Database(settings.database, keys=Path(settings.contacts))
        self.data_class = settings.data_class
        self._send = send
        self._queue_max = settings.queue_max
        self._tickets = itertools.count()
        self._asked: dict[int, Request | Together] = {}
        self._unsent: list[Ask[Command] | AskTogether[Command]] = []
        self._gate = threading.Lock()
        self._closed: str | None = NOT_STARTED
        self._heard_at = 0.0
        self._spent_s, self._answered = 0.0, 1.0  # lately

    @property
    def closed(self) -> str | None:
        """See Recorder."""
        return self._closed

    @property
    def waiting(self) -> int:
        """See Recorder."""
        return len(self._asked)

    @property
    def wait_s(self) -> float:
        """See Recorder: as fast as was answered lately."""
        return len(self._asked) * self._spent_s / self._answered

    def enqueue(self, request: Request | Together) -> None:
        """See Recorder. What is asked in one turn of an event loop is sent together, TOGETHER at most."""
        with self._gate:
            if self._closed:
                raise Unavailable(self._closed)
            if len(self._asked) >= self._queue_max or self._late():
                raise Busy(f"{len(self._asked)} commands are waiting already; nothing was recorded, try again shortly")
            ticket = next(self._tickets)
            self._asked[ticket] = request
            self._unsent.append(asked(ticket, request))
            unsent = len(self._unsent)
        if unsent == TOGETHER:
            self._flush()
        elif unsent == 1:
            _soon(self._flush)

    def _late(self) -> bool:
        """Tell whether many wait, and the first of them for long: whoever came now would be answered too late."""
        if len(self._asked) < MANY_WAIT:
            return False
        return monotonic() - next(iter(self._asked.values())).since > WAITS_S

    def _flush(self) -> None:
        with self._gate:
            unsent, self._unsent = self._unsent, []
        if unsent:
            self._send(unsent)

    def hear(self, messages: Sequence[FromRecorder]) -> None:
        """Hand out the answers among these messages."""
        first = next(iter(self._asked.values()), None)
        answers = [
            (request, meant(message))
            for message in messages
            if isinstance(message, Told | Foretold | NotTold | ToldTogether)
            and (request := self._asked.pop(message.ticket, None)) is not None  # else it was given up
        ]
        if answers and first is not None:
            self._keep_pace(len(answers), first.since)
        deliver(answers)

    def _keep_pace(self, answered: int, since: float) -> None:
        """Take in that so many were answered at once, the first of those who waited having come at `since`."""
        now = monotonic()
        self._spent_s += now - max(self._heard_at, since) - self._spent_s * FORGETS
        self._answered += answered - self._answered * FORGETS
        self._heard_at = now

    def open(self) -> None:
        """Take commands."""
        self._closed = None

    def close(self, why: str | None) -> None:
        """Take no more commands, for this reason; those under way may still be answered."""
        with self._gate:
            self._closed = why

    def lose(self, why: str = "the process that records ended first") -> None:
        """Answer all who wait that their outcome is unknown: they can ask again with the same key."""
        with self._gate:
            lost, self._asked, self._unsent = [*self._asked.values()], {}, []
        unknown = f"{why}; ask again with the same key to learn what became of it"
        deliver([(request, Unknown(unknown)) for request in lost])


def _soon(call: Callable[[], None]) -> None:
    """At the end of this turn of the event loop; at once where none runs."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        call()
    else:
        loop.call_soon(call)


class RemoteStanding(Standing):
    """The standing of the read models in the process beside this one, as it last said."""

    def __init__(self, send: Send) -> None:
        super().__init__()
        self._send = send
        self._models: list[ViewHealth] = []

    @property
    def position(self) -> int:
        """See Standing."""
        return min((model.position for model in self._models), default=0)

    def health(self) -> list[ViewHealth]:
        """See Standing."""
        return self._models

    def _awaited(self) -> None:
        self._send([Waiting(self._waiting)])

    def hear(self, models: list[ViewHealth]) -> None:
        """Take in how the read models stand now."""
        with self._changed:
            self._stopping = False
            self._models = models
            self._changed.notify_all()

    def stop(self) -> None:
        """Let all who wait go: the read models will not move any more."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()


class Line:
    """The server's end of the connection. What the process does not take at once is kept, and sent on later."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._kept = bytearray()
        self._lock = threading.Lock()

    def send(self, message: bytes) -> None:
        """Say something, as `multiprocessing.connection` frames it; never waits. OSError: the process is gone."""
        with self._lock:
            self._kept += LENGTH.pack(len(message)) + message
            self._flush()

    def send_on(self) -> None:
        """Send what was kept, as far as the process takes it; once it has room, and never waits."""
        with self._lock:
            self._flush()

    @property
    def kept(self) -> bool:
        """Something was said that the process has not taken yet."""
        return bool(self._kept)

    def close(self) -> None:
        """Say nothing more."""
        with self._lock:
            self._kept.clear()
            self._socket.close()

    def _flush(self) -> None:
        with suppress(BlockingIOError):
            while self._kept:
                del self._kept[: self._socket.send(self._kept, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)]


class Beside:
    """The recorder's process. Use as a context manager, or start() and stop(); launch() ahead of it saves time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.ledger = RemoteLedger(settings, self._send)
        self.standing = RemoteStanding(self._send)
        self._stopping = threading.Event()
        self._ended_for_good = threading.Event()
        self._line: Line | None = None
        self._connection: Connection[bytes, bytes] | None = None
        self._silent_beats, self._beats_allowed = 0, BEATS_MISSED_STARTING
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None

    @property
    def pid(self) -> int:
        """The process that records."""
        assert self._process is not None, "it was started"
        return self._process.pid

    def launch(self) -> None:
        """Have the process read its program; it touches nothing before start()."""
        self._silent_beats, self._beats_allowed = 0, BEATS_MISSED_STARTING
        ours, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            command = [sys.executable, "-m", "api.recorder.process", str(number)]
            before = signal.pthread_sigmask(signal.SIG_BLOCK, LEFT_TO_SERVER)  # and it begins so
            try:
                self._process = subprocess.Popen(command, pass_fds=[number], stdin=subprocess.DEVNULL)  # noqa: S603 - ours
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
        self._connection, self._line = Connection(os.dup(ours.fileno())), Line(ours)

    def start(self) -> None:
        """Begin. Raises NotStarted."""
        threading.Thread(target=self._watch, name="recorder-watch", daemon=True).start()
        try:
            self._spawn()
        except NotStarted:
            self._ended_for_good.set()
            raise
        self._thread = threading.Thread(target=self._attend, name="recorder", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take no more commands, wait for the answers to those taken, end the process."""
        if self._thread is None or self._process is None:
            if self._line is not None:  # launched, and never told to begin: it ends
                self._hang_up()
                self._exit_code()
            return
        self._stopping.set()
        self.ledger.close(STOPPING)
        self._send([End()])
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            log.warning("the process that records did not end in time; what it was asked last may be unanswered")
            self._process.kill()
        self._thread.join(STOP_S)
        self.ledger.lose()  # should the thread not have come so far
        self._thread = None
        self._ended_for_good.set()
        self.ledger.database.close()

    def __enter__(self) -> "Beside":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _spawn(self) -> None:
        """Start the process, if it is not launched, and wait until it takes commands. Raises NotStarted."""
        if self._line is None:
            self.launch()
        self._send([Begin(self._settings)])
        try:
            (first,) = self._hear()
            while isinstance(first, Beat):
                (first,) = self._hear()
        except (EOFError, OSError) as error:
            self._hang_up()
            self._exit_code()
            raise NotStarted("the process that records ended while it was starting; its log says why") from error
        if isinstance(first, NotReady):
            self._hang_up()
            self._exit_code()
            raise NotStarted(first.why)
        self.ledger.open()

    def _send(self, messages: Sequence[ToRecorder]) -> None:
        """Say something, without waiting; where the process is gone, whoever listens to it will notice."""
        line = self._line
        if line is not None:
            with suppress(OSError):
                line.send(encode(messages))

    def _hear(self) -> list[FromRecorder]:
        assert self._connection is not None, "it was started"
        said = self._connection.recv_bytes()
        self._silent_beats, self._beats_allowed = 0, BEATS_MISSED
        if self._line is not None and self._line.kept:
            with suppress(OSError):
                self._line.send_on()
        return from_recorder().decode(said)

    # The thread that watches

    def _watch(self) -> None:
        while not self._ended_for_good.wait(BEAT_S):
            self._count_beat()

    def _count_beat(self) -> None:
        """Kill a process that stands still: whoever listens to it starts another. Beats of ours are counted, not
        seconds: where this process stood still itself, nothing is to be learned from them."""
        self._silent_beats += 1
        if self._silent_beats >= self._beats_allowed and self._process is not None:
            log.error("the process that records stands still; it is killed", beats=self._silent_beats)
            self._silent_beats = 0
            self._process.kill()

    # The thread that listens

    def _attend(self) -> None:
        """Hand out what is said, until the process ends; start it again unless it was told to end."""
        while not self._stopping.is_set():
            try:
                while True:
                    self._take(self._hear())
            except (EOFError, OSError):
                pass  # it has ended
            except Exception:
                log.exception("the process that records says what cannot be understood")
                os.kill(self.pid, signal.SIGKILL)
            self._ended()
            while not self._stopping.wait(RESTART_S) and self.ledger.closed:
                self._restart()
        if self._connection is not None:
            self._ended()  # it was being started again when it was told to end

    def _take(self, messages: Sequence[FromRecorder]) -> None:
        self.ledger.hear(messages)
        for message in messages:
            if isinstance(message, Stands):
                self.standing.hear(message.models)
                if not self._stopping.is_set():
                    self.ledger.close(message.closed)
            elif isinstance(message, Measured):
                self.ledger.appending = message.appending

    def _ended(self) -> None:
        assert self._process is not None, "it was started"
        self._hang_up()
        exit_code = self._exit_code()
        if self._stopping.is_set():
            self.ledger.close(STOPPING)
        else:
            self.ledger.close(RESTARTING)
            log.error("the process that records has ended", exit_code=exit_code)
        self.ledger.lose()
        self.standing.stop()

    def _hang_up(self) -> None:
        if self._connection is not None and self._line is not None:
            self._connection.close()
            self._line.close()
            self._connection, self._line = None, None

    def _exit_code(self) -> int:
        """Wait for the end of the process that said its last word; not for long, even where it cannot be killed because
        the disk hangs: none can record in its place before it has ended."""
        assert self._process is not None, "it was started"
        for _ in range(2):
            with suppress(subprocess.TimeoutExpired):
                return self._process.wait(STOP_S)
            self._process.kill()
        return -signal.SIGKILL

    def _restart(self) -> None:
        try:
            self._spawn()
        except NotStarted as failed:
            self.ledger.close(str(failed))
            log.warning("the process that records could not be started again", why=str(failed))
        else:
            log.warning("recording again", process=self.pid)
