"""The door of what records, for others on this machine: a socket in the data directory that its owner alone can open.

Door       on the side of the process that records: who comes in is heard, and answered
through    on the other side: a Recorder, for a command line beside a server. Raises Shut

On SQLite one process records. Whoever may open its door could as well stop it and record in its place: so nobody is
asked here who they are. Each side knows that the other is of the same user, or root; and of the same version.
"""

import os
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from msgspec.structs import replace

from api.recorder.beside import RemoteLedger
from api.recorder.messages import (
    Ask,
    AskTogether,
    FromRecorder,
    Hello,
    encode,
    from_recorder,
    requested,
    to_recorder,
    told,
)
from api.settings import Settings
from ledger.log.database import Database
from ledger.log.outage import log
from ledger.recording.asking import Recorder, Reply
from ledger.recording.outcome import NotDone

NAME = "record.sock"
VERSION = version("mcsc-ledger")
ADDRESS_BYTES = 100
"""An address that is longer the operating system may not take."""
FAREWELL_S = 1.0
"""Seconds in which whoever is still there hears the last answers."""
GREETED_S, SILENT_S = 10.0, 60.0
"""The longest waits for the first word, and for the next while an answer is owed: what records stands still, as where
somebody stopped it at its terminal. One with a full queue takes less."""
STILL = "the process that records does not answer"
CREDENTIALS, PAUSE = struct.Struct("3i"), struct.Struct("ll")


class Shut(Exception):
    """Nobody is let in here; the message says why."""


class Door:
    """Takes commands of others into a ledger of this process, while it records. Never in the way of its writer."""

    def __init__(self, ledger: Recorder) -> None:
        self._ledger = ledger
        self._directory = ledger.database.directory
        self._socket: socket.socket | None = None
        self._guests: set[_Guest] = set()

    def open(self) -> None:
        """Let others in, where a socket can be made; a ledger records without one as well."""
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with _address(self._directory) as address:
                Path(address).unlink(missing_ok=True)  # of a process that was killed: now the right to record is ours
                listening.bind(address)
                Path(address).chmod(0o600)
            listening.listen()
        except OSError as error:
            listening.close()
            log.warning("no other command line can record beside this process", why=str(error))
            return
        self._socket = listening
        threading.Thread(target=self._attend, args=(listening,), name="door", daemon=True).start()

    def shut(self) -> None:
        """Let nobody in any more; those inside still get the answers to what they asked."""
        listening, self._socket = self._socket, None
        if listening is None:
            return
        with suppress(OSError):
            self._directory.joinpath(NAME).unlink()
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)  # wakes whoever listens
        listening.close()

    def see_off(self) -> None:
        """Tell those inside the last answers, and let them go."""
        for guest in tuple(self._guests):
            guest.leave()

    def _attend(self, listening: socket.socket) -> None:
        while True:
            try:
                come, _ = listening.accept()
            except OSError:
                return
            if _is_of_us(come):
                guest = _Guest(self._ledger, come)
                self._guests.add(guest)
                threading.Thread(target=self._serve, args=(guest,), name="guest", daemon=True).start()
            else:
                come.close()

    def _serve(self, guest: "_Guest") -> None:
        try:
            guest.hear_out()
        except Exception:
            log.exception("what came through the door cannot be read")
        finally:
            self._guests.discard(guest)


class _Guest:
    """Somebody inside: the desk where their commands are answered.

    What they are told is written by a thread of its own: a command line that was stopped in the middle reads nothing,
    and the writer of the ledger waits for nobody.
    """

    def __init__(self, ledger: Recorder, come: socket.socket) -> None:
        self._ledger = ledger
        self._line = Connection(come.detach())
        self._to_tell: SimpleQueue[Sequence[FromRecorder] | None] = SimpleQueue()
        self._to_tell.put([Hello(VERSION, ledger.data_class)])
        self._telling = threading.Thread(target=self._tell, name="guest-told", daemon=True)
        self._telling.start()

    def deliver(self, answers: Sequence[tuple[Any, Reply]]) -> None:
        """See ledger.recording.asking.Desk."""
        self._to_tell.put([told(ticket, answer) for ticket, answer in answers])

    def hear_out(self) -> None:
        """Take their commands until they are gone, or say what cannot be read."""
        try:
            with suppress(EOFError, OSError):
                while True:
                    for message in to_recorder().decode(self._line.recv_bytes()):
                        if isinstance(message, Ask | AskTogether):
                            self._take(message)
        finally:
            self.leave()
            self._line.close()

    def _take(self, asked: Ask[Any] | AskTogether[Any]) -> None:
        try:
            self._ledger.enqueue(requested(asked, self))
        except NotDone as refused:
            self.deliver([(asked.ticket, refused)])

    def _tell(self) -> None:
        with suppress(OSError):
            while (messages := self._to_tell.get()) is not None:
                self._line.send_bytes(encode(messages))

    def leave(self) -> None:
        """Let them go, once they were told what was to be told."""
        self._to_tell.put(None)
        self._telling.join(FAREWELL_S)
        _hang_up(self._line)


@contextmanager
def through(settings: Settings) -> Iterator[RemoteLedger]:
    """A ledger that another process of this machine records into. Raises Shut where it lets nobody in."""
    line = _knock(Path(settings.database))
    if not line.poll(GREETED_S):
        line.close()
        raise Shut("it says nothing")
    try:
        (hello,) = from_recorder().decode(line.recv_bytes())
    except (EOFError, OSError, ValueError) as error:
        line.close()
        raise Shut("it lets nobody in") from error
    if not isinstance(hello, Hello) or hello.version != VERSION:
        line.close()
        raise Shut(f"it is not of this version, {VERSION}; start it again first")

    def send(messages: Sequence[Any]) -> None:
        try:
            line.send_bytes(encode(messages))
        except OSError as error:  # half a word may have been said, and nothing can follow it
            if isinstance(error, BlockingIOError):
                ledger.close(STILL)
            _hang_up(line)

    ledger = RemoteLedger(replace(settings, data_class=hello.data_class), send)
    ledger.open()
    listening = threading.Thread(target=_listen, args=(ledger, line), name="through-the-door", daemon=True)
    listening.start()
    try:
        yield ledger
    finally:
        _hang_up(line)
        listening.join(FAREWELL_S)
        line.close()
        ledger.database.close()


def _listen(ledger: RemoteLedger, line: "Connection[bytes, bytes]") -> None:
    """Hand out answers until the process is gone, or stands still while it owes some."""
    owing, quiet, why = False, False, STILL
    try:
        while not (owing and quiet):
            owing, quiet = ledger.waiting > 0, not line.poll(SILENT_S)
            if not quiet:
                ledger.hear(from_recorder().decode(line.recv_bytes()))
    except BlockingIOError:
        pass  # it stopped in the middle of a word
    except (EOFError, OSError):
        why = ledger.closed or "the process that records has ended"
    ledger.close(why)
    _hang_up(line)  # whoever is in the middle of saying something waits no more
    ledger.lose(why)


def _hang_up(line: "Connection[bytes, bytes]") -> None:
    """End what is said both ways: whoever reads it notices, here and there."""
    with suppress(OSError), socket.socket(fileno=os.dup(line.fileno())) as same:
        same.shutdown(socket.SHUT_RDWR)


def _knock(directory: Path) -> "Connection[bytes, bytes]":
    asking = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    asking.settimeout(GREETED_S)
    try:
        with _address(directory) as address:
            asking.connect(address)
        asking.settimeout(None)
        for wait in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):  # of one who stopped in the middle of a word
            asking.setsockopt(socket.SOL_SOCKET, wait, PAUSE.pack(int(SILENT_S), int(SILENT_S % 1 * 1e6)))
    except OSError as error:
        asking.close()
        raise Shut(f"it lets nobody in ({error.strerror})") from error
    if os.geteuid() and not _is_of_us(asking):  # root may ask anybody's
        asking.close()
        raise Shut("it is another user's")
    return Connection(asking.detach())


@contextmanager
def _address(directory: Path) -> Iterator[str]:
    """The address of the door of a data directory; of one that is long, a short one through its descriptor."""
    address = str(directory / NAME)
    if len(os.fsencode(address)) <= ADDRESS_BYTES:
        yield address
        return
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{handle}/{NAME}"
    finally:
        os.close(handle)


def _is_of_us(other: socket.socket) -> bool:
    """Tell whether the process at the other end is of our user, or root; where the system does not say, the file's
    rights have said so."""
    asked = getattr(socket, "SO_PEERCRED", None)
    if asked is None:
        return True
    _, user, _ = CREDENTIALS.unpack(other.getsockopt(socket.SOL_SOCKET, asked, CREDENTIALS.size))
    return user in (os.geteuid(), 0)


def door_of(ledger: Recorder, database: Database) -> Door | None:
    """A door, where one process alone records (SQLite): elsewhere each records by itself."""
    return None if database.is_postgres else Door(ledger)
