"""One run of a simulation: who is there, what befalls them, how it ends.

tell      the story of a seed. Raises Failed, with the line that plays it again
tell_each the stories of many, also of those that failed
Story     the run: `story.single` is one computer on SQLite with a disk of its own; otherwise two computers take turns
          on one database with a standby, as on PostgreSQL (simulated on the same files: only who may write, what a
          commit confirms and what a failover brings back is different)
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

from msgspec.structs import replace
from sqlalchemy import Connection
from structlog.testing import capture_logs

from ledger.claims import PublicClaimRecorded
from ledger.log import database as settings
from ledger.log import store
from ledger.log.database import WARNED
from projections.engine import following
from tests.ground.recording import record
from tests.simulation.clients import ON, Attempt, Client, Network
from tests.simulation.computer import Computer
from tests.simulation.disk import FILES, FULL, IO, LOG, VIEWS, Image, Storage, failure
from tests.simulation.oracle import Oracle
from tests.simulation.world import Found, Killed, World

TROUBLED_S, CALM_S = 24.0, 120.0
CLIENTS, THINGS = 3, 7
COPIED_S = 6.0
TROUBLES = 14
CLOCK_STEPS = (timedelta(0), timedelta(days=-3), timedelta(hours=2), timedelta(days=3650), timedelta(seconds=-1))
CLAIM = PublicClaimRecorded(
    claim="other", effective_on=ON, subject="MCSC (demo)", claimed_on="2024", statement="said", source="invented"
)


class Failed(AssertionError):
    """A run that did not hold. Says its seed, what was found, what happened last."""


@dataclass(frozen=True, slots=True)
class Told:
    """A run that held: how many facts, answers by kind, troubles by name; the root at the end; the story."""

    seed: int
    recorded: int
    root: str
    answers: dict[str, int]
    troubles: dict[str, int]
    lines: tuple[str, ...]


class Story:
    """One run."""

    def __init__(self, storage: Storage, seed: int) -> None:
        self.world = World(seed)
        self.storage, self.disk, self.chance = storage, storage.disk, self.world.chance
        self.single = self.world.happens(0.5)
        self.troubles: dict[str, int] = {}
        self._armed: dict[str, str] = {}
        storage.replace(dict(storage.empty))
        storage.shared(not self.single)
        storage.on_commit, storage.on_write = self._commit, self._write
        self.oracle = Oracle(self.world, storage)
        self.computers: list[Computer] = []
        self._standby: Image = self.disk.read()
        self._copy: Image = self._standby
        self._held = False
        self.network = Network(self.world, self.computers, self._answered)
        self.computers += [
            Computer(self.world, storage, number, self.oracle.befallen) for number in range(1 if self.single else 2)
        ]
        self.clients = [Client(self.world, self.network, f"client-{number}", THINGS) for number in range(CLIENTS)]
        self.oracle.things = [asked for client in self.clients for asked in client.things]

    def run(self) -> Told:
        """Trouble, then calm; raises Found."""
        for computer in self.computers:
            computer.start()
        self._take_copy()
        for _ in range(self.chance.randrange(TROUBLES)):
            self.world.soon(self._trouble, within=TROUBLED_S)
        self.world.run(TROUBLED_S)
        self._calm()
        self.world.run(TROUBLED_S + CALM_S, done=lambda: all(client.finished for client in self.clients))
        for computer in self.computers:
            computer.restart()
        self.oracle.check_end(self.clients)
        with self.storage.reader.views.connect() as connection:
            head = store.read_head(connection)
        self.storage.hang_up()
        answers, lines = self.oracle.answers, tuple(self.world.story)
        return Told(self.world.seed, head.size, head.root.hex(), answers, self.troubles, lines)

    def _answered(self, attempt: Attempt) -> None:
        self.oracle.answered(attempt)

    def _calm(self) -> None:
        """Nothing goes wrong any more; people set the clocks right, and start again what they have to."""
        self.world.say("from here on nothing goes wrong")
        self._armed.clear()
        self.network.calm = True
        for computer in self.computers:
            computer.ahead = timedelta(0)
            computer.come_back()
            computer.restart()

    # What befalls them

    def _trouble(self) -> None:
        alone: dict[str, Callable[[str], None]] = {
            "power": self._power_cut,
            "power at commit": self._arm,
            "fsync": self._arm,
        }
        together: dict[str, Callable[[str], None]] = {
            "failover": self._failover,
            "in doubt": self._arm,
            "unconfirmed": self._arm,
            "not kept": self._arm,
            "a peer stands still": self._hold,
        }
        both: dict[str, Callable[[str], None]] = {
            "kill": self._kill,
            "restart": self._restart,
            "kill before commit": self._arm,
            "kill after commit": self._arm,
            "kill while writing": self._arm,
            "views: kill before commit": self._arm,
            "views: kill after commit": self._arm,
            "views: full": self._arm,
            "full": self._arm,
            "full while writing": self._arm,
            "stand still": self._stand_still,
            "clock": self._step_clock,
            "put back": self._put_back,
        }
        every = {**both, **(alone if self.single else together)}
        what = self.chance.choice(list(every))
        self.troubles[what] = self.troubles.get(what, 0) + 1
        self.world.say(f"trouble: {what}")
        every[what](what)

    def _any(self) -> Computer:
        return self.chance.choice(self.computers)

    def _kill(self, _: str = "") -> None:
        self._any().killed(Killed("kill"))

    def _restart(self, _: str = "") -> None:
        self._any().restart()

    def _arm(self, what: str) -> None:
        """The next commit, or the next writing, goes wrong like this."""
        schema, _, rest = what.rpartition(": ")
        place = "write" if what.endswith("while writing") else schema or "log"
        self._armed[place] = rest

    def _stand_still(self, _: str) -> None:
        process = self._any().process
        if process is not None:
            self.oracle.befallen("stands still")
            process.still_until = self.world.time + self.chance.choice((0.5, 2.0, 8.0))

    def _step_clock(self, _: str) -> None:
        self._any().ahead = self.chance.choice(CLOCK_STEPS)

    def _hold(self, _: str) -> None:
        """Somebody holds the head and stands still; the server ends that after a while."""
        if self._held:
            return
        connection = self.storage.reader.log.connect()
        transaction = connection.begin()
        store.lock_head(connection)
        self._held = True

        def let_go() -> None:
            self._held = False
            transaction.close()
            connection.close()

        self.oracle.befallen("a peer stands still")
        self.world.after(self.chance.random() * 5.0, let_go)

    # Disks, standbys, copies

    def _power_cut(self, _: str = "") -> None:
        (computer,) = self.computers
        if not computer.has_power:
            return
        found = self.disk.after_power_loss(self.chance)
        computer.go_dark()
        self.storage.replace(found)
        self.oracle.check()
        self.world.after(self.chance.random() * 3.0, computer.come_back)

    def _failover(self, _: str = "") -> None:
        """The standby takes over: with what was confirmed, or with all there was."""
        found = self._standby if self.world.happens(0.7) else self.disk.read()
        self.oracle.befallen("failover")
        self.storage.replace(dict(found))
        self.oracle.check()

    def _take_copy(self) -> None:
        self._copy = self.disk.read()
        self.world.soon(self._take_copy, within=COPIED_S)

    def _put_back(self, _: str) -> None:
        """The log goes back to an earlier state while others work with it; on SQLite the read models stay."""
        there = self._copy if not self.single else {**self.disk.read(), **{name: self._copy[name] for name in LOG}}
        self.oracle.befallen("put back")
        size = self._size()
        self.storage.replace(there)
        if self.world.happens(0.5):
            self._record_others(size - self._size())
        self._standby = self.disk.read()
        self.network.era += 1
        self.oracle.went_back()
        for client in self.clients:
            for asked in client.things:
                if asked.done and self.world.happens(0.5):
                    self.world.soon(partial(client.ask_again, asked), within=4.0)

    def _size(self) -> int:
        with self.storage.reader.views.connect() as connection:
            return store.read_head(connection).size

    def _record_others(self, many: int) -> None:
        """Others have recorded as much as was lost: the log is as long as before, and another."""
        claims = [replace(CLAIM, claim=f"other-{number}-{self.world.time:.0f}") for number in range(many)]
        record(self.storage.reader, claims, at=self.world.instant())

    # What a commit comes to

    def _commit(self, number: int, which: str, connection: Connection) -> None:
        """The database is told to commit: it does, or not, or says so, or not."""
        what = self._armed.pop(which, None) if number < len(self.computers) else None
        if what is not None:
            self.world.say(f"{number}: {which}: {what}")
            self.oracle.befallen(what)
        if what in ("full", "not kept", "kill before commit"):
            raise Killed(what) if what == "kill before commit" else failure(FULL if what == "full" else 0)
        driver: Any = connection.connection.driver_connection
        driver.execute("COMMIT")
        names, schema = (LOG, "main") if which == "log" else (VIEWS, "projections")
        if what == "power at commit":
            self.world.after(0, self._power_cut)
            raise Killed(what)
        if what == "fsync":
            self.disk.fail(names)
            self.world.soon(self.chance.choice((self._power_cut, self._restart, self._kill)), within=4.0)
            if self.world.happens(0.5):
                self.world.soon(self._power_cut, within=10.0)
            raise failure(IO)
        self.disk.committed(connection, names, schema)
        if what == "in doubt":
            connection.info[WARNED] = "canceling wait for synchronous replication due to user request"
            if self.world.happens(0.6):
                self.world.soon(self._failover, within=0.3)
        elif which == "log" and not self.single:
            self._standby = self.disk.read(FILES)
        if what == "kill after commit":
            raise Killed(what)
        if what == "unconfirmed":
            raise failure(0)

    def _write(self, number: int) -> None:
        what = self._armed.pop("write", None) if number < len(self.computers) else None
        if what is not None:
            self.world.say(f"{number}: {what}")
            self.oracle.befallen(what)
            raise Killed(what) if what.startswith("kill") else failure(FULL)


@contextmanager
def ground() -> Iterator[Storage]:
    """What every run needs, made once: files (in memory, for nothing rests on this disk), and no waits."""
    memory = Path("/dev/shm")
    with ExitStack() as stack:
        directory = stack.enter_context(TemporaryDirectory(dir=memory if memory.exists() else None))
        for name in ("LOG_BUSY_MS", "VIEWS_BUSY_MS"):
            stack.enter_context(mock.patch.object(settings, name, 0))
        storage = Storage(Path(directory))
        stack.enter_context(mock.patch.object(store, "move_head", storage.move_head))
        yield storage
        storage.hang_up()


def tell(storage: Storage, seed: int) -> Told:
    """Run a seed. Raises Failed; its message says how to play it again."""
    with capture_logs():
        story = Story(storage, seed)
        with mock.patch.object(following, "monotonic", story.world.seconds):
            try:
                return story.run()
            except (Exception, Found) as error:
                lines = "\n".join(story.world.story[-12:])
                raise Failed(
                    f"seed {seed}: {error}\nwhat happened last:\n{lines}\nplay it again:"
                    f" python -m tests.simulation {seed}"
                ) from error


def tell_each(seeds: Iterable[int]) -> Iterator[Told | Failed]:
    """Run one seed after the other. One that failed leaves a mess: the next one begins in another place."""
    coming = iter(seeds)
    while True:
        with ground() as storage:
            try:
                for seed in coming:
                    yield tell(storage, seed)
            except Failed as failed:
                found = failed
            else:
                return
        yield found
