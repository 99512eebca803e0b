"""A server and the process that records for it: the code that runs everywhere, given its turns one by one.

Wire        the pair of sockets between the two: what was said arrives in order, or not at all once one end is gone
Recording   the transactor without its thread
Following   the follower without its thread
Process     what api/recorder/process.py does: hear, record, follow, tell
Computer    a server (api/recorder/beside.py) and its Process; kills, starts again, is started again
"""

from collections import deque
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from api.recorder import beside, process
from api.recorder.beside import Beside, Line
from api.recorder.here import Here
from api.recorder.messages import Beat, Ready
from api.settings import Settings
from ledger.log.database import AlreadyOpen, Database
from ledger.recording.application import Ledger
from ledger.recording.clock import Clock
from ledger.recording.contexts import CONTEXTS
from projections.companies.register import CompanyRegister
from projections.engine.following import Follower
from projections.engine.runner import ensure
from projections.engine.view import View
from projections.tenancy.sites import SiteTimeline
from tests.simulation.disk import Storage
from tests.simulation.world import Found, Killed, World

FOLLOWED: tuple[type[View], ...] = (CompanyRegister, SiteTimeline)
RETRY_S = 0.5


class Wire:
    """One end of the pair of sockets, as `multiprocessing.connection` has it; `heard` is what came and was not read."""

    def __init__(self, world: World, arrived: Callable[[], None]) -> None:
        self.heard: deque[bytes] = deque()
        self.other: Wire | None = None
        self.gone = False
        self._world, self._arrived = world, arrived
        self._last = 0.0

    def recv_bytes(self) -> bytes:
        """The next message. EOFError: the other end is gone, and all it said was read."""
        if self.heard:
            return self.heard.popleft()
        raise EOFError if self.gone else Found("a process waits for what was not said")

    def send_bytes(self, message: bytes) -> None:
        """Say something to the other end."""
        other = self.other
        if self.gone or other is None:
            raise BrokenPipeError
        self._last = max(self._last, self._world.time + self._world.chance.random() * 0.02)
        self._world.after(self._last - self._world.time, lambda: other.take(message))

    def take(self, message: bytes) -> None:
        """Something arrives here, unless this end is gone."""
        if not self.gone:
            self.heard.append(message)
            self._arrived()

    def close(self) -> None:
        """Say and hear nothing more; the other end learns of it."""
        self.gone = True
        other = self.other
        if other is not None and not other.gone:
            self._world.after(max(self._last - self._world.time, 0.0) + 0.001, other.end)

    def end(self) -> None:
        """The other end is gone."""
        self.gone = True
        self._arrived()


class Recording(Ledger):
    """The transactor; turn() is one pass of its thread."""

    def begin(self) -> None:
        """What start() does, but for the thread."""
        self._open()

    def turn(self) -> None:
        """Record what is queued."""
        if self.waiting:
            batch, _ = self._take(gather=False)
            self._finish(batch)

    def let_go(self, how: BaseException | None) -> None:
        """Give the right to write back: by stopping (None), or because the process was killed."""
        if self._right_to_write is None:
            return
        if how is None:
            self._right_to_write.__exit__(None, None, None)
        else:
            self._right_to_write.__exit__(type(how), how, None)


class Following(Follower):
    """The follower; turn() is one round of its thread."""

    def begin(self) -> None:
        """What start() does, but for the threads."""
        self._look()
        self._stopping = False

    def turn(self) -> bool:
        """Apply a page; whether any view moved."""
        self._woken = False
        moved = self._round()
        for listener in self.on_moved:
            listener()
        return moved


class Process:
    """A recorder at work for the server at the other end of the wire."""

    def __init__(self, world: World, database: Database, computer: "Computer") -> None:
        self.world, self.computer = world, computer
        self.wire = Wire(world, lambda: world.soon(lambda: self._turn(self._record)))
        clock = Clock(now=lambda: world.instant(computer.ahead), elapsed=world.seconds)
        self.ledger = Recording(database, CONTEXTS, clock=clock, queue_max=6, batch_max=4, states_max=8)
        self.following = Following(database, [view() for view in FOLLOWED])
        self.server = process.Server(cast(Any, self.wire))
        self.here = Here(Settings(database=database.where), self.ledger)
        self.here.standing = self.following
        self.alive, self.still_until = True, 0.0
        self._following_soon = False

    def begin(self) -> None:
        """Take commands. Raises what keeps it from beginning."""
        self.ledger.begin()
        self.computer.storage.disk.folded()
        ensure(self.ledger.database, [view() for view in FOLLOWED])
        self.following.begin()
        self.ledger.on_recorded.append(self._recorded)
        self.server.tell([Ready()])
        report = process.reporter(self.server, self.here)
        self.following.on_moved.append(report)
        report()
        self._beat()
        self._poll()

    def _beat(self) -> None:
        if self.alive:
            self._turn(lambda: self.server.tell([Beat()]))
            self.world.after(process.BEAT_S, self._beat)

    def _poll(self) -> None:
        if self.alive:
            self._follow_soon()
            self.world.after(2.0, self._poll)

    def _recorded(self, position: int) -> None:
        self.following.wake(position)
        self._follow_soon()

    def _follow_soon(self) -> None:
        if not self._following_soon:
            self._following_soon = True
            self.world.soon(lambda: self._turn(self._follow), within=0.4)

    def _turn(self, work: Callable[[], None]) -> None:
        """Do a piece of work, later if the process stands still; being killed meanwhile ends it."""
        if not self.alive:
            return
        if self.still_until > self.world.time:
            self.world.after(self.still_until - self.world.time + 0.001, lambda: self._turn(work))
            return
        try:
            work()
        except Killed as killed:
            self.computer.killed(killed)

    def _record(self) -> None:
        while self.wire.heard:
            process.serve(self.server, self.here, self.server.hear())
        self.ledger.turn()

    def _follow(self) -> None:
        self._following_soon = False
        if self.following.turn():
            self._follow_soon()

    def die(self, how: BaseException | None) -> None:
        """Be gone; `how` is None where it was asked to end."""
        self.alive = False
        self.ledger.let_go(how)
        self.computer.storage.close(self.ledger.database, folding=how is None)
        self.wire.close()


class _Started:
    """What Beside knows of a process that it started."""

    pid, returncode = 1, 0

    def __init__(self, kill: Callable[[], None]) -> None:
        self.kill = kill

    def wait(self, _timeout: float | None = None) -> int:
        """It has ended: in a simulation nothing ends later than it is told to."""
        return self.returncode


class _Line(Line):
    """What Beside says goes over the simulated wire."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    @property
    def kept(self) -> bool:
        """Nothing is: the wire takes all."""
        return False

    def send(self, message: bytes) -> None:
        """Say something."""
        self._wire.send_bytes(message)

    def close(self) -> None:
        """Say nothing more."""
        self._wire.close()


class _Server(Beside):
    """The server's side, with a simulated process in the place of a real one."""

    def __init__(self, computer: "Computer", where: str) -> None:
        super().__init__(Settings(database=where, queue_max=8))
        self._computer = computer

    def connect(self, process: Process) -> None:
        """Be connected with a process that begins: what _spawn() does around it."""
        wire = Wire(process.world, self._arrived)
        wire.other, process.wire.other = process.wire, wire
        self._silent_beats, self._beats_allowed = 0, beside.BEATS_MISSED
        self._process = cast(Any, _Started(lambda: self._computer.killed(Killed("stood still"))))
        self._connection, self._line = cast(Any, wire), _Line(wire)
        self._wire = wire

    def _arrived(self) -> None:
        """What _attend() does with what is said."""
        if self._connection is None or self._computer.server is not self:
            return
        try:
            while self._wire.heard or self._wire.gone:
                messages = self._hear()
                if messages == [Ready()]:
                    self.ledger.open()
                self._take(messages)
        except EOFError:
            self._ended()
            self._computer.start_soon()

    def beat(self) -> None:
        """Count the seconds in which the process said nothing."""
        self._count_beat()


class Computer:
    """A server with its recorder. `ahead`: how far its clock is."""

    def __init__(self, world: World, storage: Storage, number: int, befallen: Callable[[str], None]) -> None:
        self.world, self.storage, self.number = world, storage, number
        self.ahead = timedelta(0)
        self.befallen = befallen
        self.process: Process | None = None
        self.server = _Server(self, storage.databases[number].where)
        self.has_power = True
        self._beat()

    @property
    def database(self) -> Database:
        """The database as this computer opens it."""
        return self.storage.databases[self.number]

    def start_soon(self) -> None:
        """Start a process again after a while, as Beside does."""
        self.world.after(beside.RESTART_S, self.start)

    def start(self) -> None:
        """Start the process unless there is one; try again later where it cannot begin."""
        if self.process is not None or not self.has_power:
            return
        process = Process(self.world, self.database, self)
        self.process = process
        self.server.connect(process)
        try:
            process.begin()
        except Killed as killed:
            self.killed(killed)
        except AlreadyOpen:
            raise
        except Exception as error:
            self.world.say(f"{self.number}: cannot begin: {type(error).__name__} {error}")
            self.killed(Killed("cannot begin"))

    def killed(self, how: Killed) -> None:
        """The process is gone; the server learns of it as it listens."""
        process, self.process = self.process, None
        if process is not None and process.alive:
            self.world.say(f"{self.number}: the recorder is gone: {how}")
            self.befallen(str(how))
            process.die(how)

    def restart(self) -> None:
        """End the process as people do, and let it be started again."""
        process, self.process = self.process, None
        if process is not None:
            self.world.say(f"{self.number}: the recorder is asked to end")
            self.befallen("asked to end")
            process.die(None)

    def go_dark(self) -> None:
        """Server and recorder are gone at once."""
        self.has_power = False
        self.killed(Killed("power"))

    def come_back(self) -> None:
        """Another server, which knows nothing of the one before; nothing where power came back already."""
        if self.has_power:
            return
        self.server = _Server(self, self.database.where)
        self.has_power = True
        self.start()

    def _beat(self) -> None:
        if self.has_power and self.process is not None:
            self.server.beat()
        self.world.after(beside.BEAT_S, self._beat)
