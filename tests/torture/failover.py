"""Three nodes: a recorder with the address of them all, while their leader is killed, frozen or cut off.

FAULTS    what is done, how long at most until somebody records again, and how long it lasts
Clients   ask without a break; whoever is not answered asks again under the same key
cluster   the part
"""

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from itertools import count, cycle, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep

import msgspec
from structlog.testing import capture_logs

import migrations
from api.recorder.beside import Beside
from api.settings import Settings
from ledger.log.database import Database
from ledger.recording.asking import ANSWER_S
from ledger.recording.outcome import NotDone
from tests.ground.recorder_process import CLERK, claim, done
from tests.torture.nodes import ASKED_S, Node, NotUp, Three, missing, patroni_in, three, until
from tests.torture.part import Part, wrong

CLIENTS = 8
BEFORE_S, AGAIN_S, WHOLE_S, ENOUGH_S = 2.0, 60.0, 180.0, 600.0
AT_LEAST_S = 150.0
"""With fewer seconds not one fault would be seen to its end."""


@contextmanager
def _killed(cluster: Three, leader: Node) -> Iterator[None]:
    """PostgreSQL of the leader is killed; its Patroni goes on."""
    leader.signal(signal.SIGKILL)
    yield


@contextmanager
def _frozen(cluster: Three, leader: Node) -> Iterator[None]:
    """PostgreSQL of the leader stands still, and later goes on as if nothing had been; its Patroni goes on."""
    leader.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        leader.signal(signal.SIGCONT)


@contextmanager
def _node_frozen(cluster: Three, leader: Node) -> Iterator[None]:
    """All of the leader stands still, and later goes on as if it led."""
    leader.signal(signal.SIGSTOP, patroni=True)
    try:
        yield
    finally:
        leader.signal(signal.SIGCONT, patroni=True)


@contextmanager
def _cut(cluster: Three, leader: Node) -> Iterator[None]:
    """Nothing comes through between the leader and etcd."""
    leader.way.open.clear()
    try:
        yield
    finally:
        leader.way.open.set()


@contextmanager
def _partitioned(cluster: Three, leader: Node) -> Iterator[None]:
    """Nothing comes through between the leader and etcd, the other nodes and the clients."""
    ways = [leader.way, leader.to_postgres, *(node.to_rest for node in cluster.nodes)]
    for way in ways:
        way.open.clear()
    try:
        yield
    finally:
        for way in ways:
            way.open.set()


@contextmanager
def _etcd_frozen(cluster: Three, leader: Node) -> Iterator[None]:
    """Nobody is answered by etcd."""
    cluster.etcd.suspend()
    try:
        yield
    finally:
        cluster.etcd.resume()


class NotWhole(Exception):
    """Everybody records again, and yet the cluster did not get its third node back: no fault of ours, and no more is
    tried on it."""


class Fault(msgspec.Struct, frozen=True):
    """Something done to the cluster."""

    name: str
    during: Callable[[Three, Node], AbstractContextManager[None]]
    aim_s: float
    lasts_s: float


FAULTS = (
    Fault("killed", _killed, 5, 5),
    Fault("frozen", _frozen, 15, 30),
    Fault("leader cut from etcd", _cut, 15, 30),
    Fault("leader cut from all", _partitioned, 30, 30),
    Fault("etcd frozen", _etcd_frozen, 15, 25),
    Fault("node frozen", _node_frozen, 30, 30),
)
"""A node that is frozen, or cut from all, keeps its lease: 20 seconds, the shortest that Patroni takes."""


class Clients:
    """Clients of a recorder, who wait as long as a server does. acknowledged: positions by number; at: when."""

    def __init__(self, server: Beside) -> None:
        self.acknowledged: dict[int, int] = {}
        self.at: list[float] = []
        self._server, self._numbers = server, count()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(CLIENTS)]

    def __enter__(self) -> "Clients":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        for number in self._numbers:
            while number not in self.acknowledged:
                if self._over.is_set():
                    return
                try:
                    answer = self._server.ledger.submit(claim(number), CLERK, key=f"k-{number}").result(ANSWER_S)
                except (NotDone, TimeoutError):
                    sleep(0.05)
                else:
                    self.acknowledged[number] = done(answer).position
                    self.at.append(monotonic())

    def pause(self, since: float) -> float:
        """The longest time since then in which nothing was acknowledged."""
        times = sorted([since, *(at for at in [*self.at] if at > since), monotonic()])
        return max(later - earlier for earlier, later in pairwise(times))


def cluster(part: Part, end: float, _: int) -> None:
    """One fault after the other, and again, while clients ask; the audit last. Where a cluster does not become whole
    again, another one takes its place as long as there is time."""
    part.not_run = missing()
    if part.not_run:
        return
    if end - monotonic() < AT_LEAST_S:
        part.not_run = f"{end - monotonic():.0f} seconds are too few for three nodes: {AT_LEAST_S:.0f}"
        return
    with TemporaryDirectory() as name, capture_logs():
        faults = cycle(FAULTS)
        Path(name).chmod(0o755)
        try:
            patroni = patroni_in(Path(name, "patroni"))
            for number in count(1):
                directory = Path(name, str(number))
                directory.mkdir()
                with three(directory, patroni) as nodes:
                    part.counts["clusters"] = number
                    attempt(part, nodes, faults, end)
                if part.lost or not part.ended or end - monotonic() < AT_LEAST_S:
                    break
        except NotUp as error:
            if part.rounds:
                part.ended = str(error)
            else:
                part.not_run = str(error)


def attempt(part: Part, nodes: Three, faults: Iterable[Fault], end: float, *, at_least: int = 0) -> None:
    """One fault after the other until the end, while clients ask, and on until so many are acknowledged, if that comes
    within ENOUGH_S; then the audit."""
    part.ended = None
    with closing(Database(nodes.address)) as database:
        migrations.upgrade(database)
        with Beside(Settings(database=nodes.address)) as server, Clients(server) as clients:
            for fault in faults:
                sleep(BEFORE_S)
                try:
                    _suffer(part, nodes, clients, fault)
                except NotWhole as error:
                    part.ended = str(error)
                    break
                except NotUp as error:
                    part.lost.append(str(error))
                    break
                if monotonic() + fault.lasts_s + BEFORE_S > end:
                    break
            if not (part.lost or part.ended):
                with suppress(NotUp):
                    until(lambda: len(clients.acknowledged) >= at_least, ENOUGH_S, "enough")
        part.lost += wrong(database, clients.acknowledged)
        part.counts["acknowledged"] = part.counts.get("acknowledged", 0) + len(clients.acknowledged)


@contextmanager
def watched(nodes: Three, leader: Node) -> Iterator[list[float]]:
    """Note when another node leads and has a write confirmed: nobody could record before, by whatever means."""
    confirmed: list[float] = []
    over = threading.Event()

    def watch() -> None:
        others = [node for node in nodes.nodes if node is not leader]
        while not confirmed and not over.wait(0.1):
            if any(node.asked("primary") and node.confirms() for node in others):
                confirmed.append(monotonic())

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield confirmed
    finally:
        over.set()
        thread.join(ASKED_S)


def _is_whole(nodes: Three) -> bool:
    try:
        until(nodes.whole, WHOLE_S, "three whole nodes")
    except NotUp:
        return False
    return True


def _suffer(part: Part, nodes: Three, clients: Clients, fault: Fault) -> None:
    """One fault: until somebody is acknowledged again, at least; then until three nodes are whole again.

    Raises NotUp, where nobody was acknowledged; NotWhole.
    """
    leader, before = nodes.leader(), len(clients.at)
    begun = monotonic()
    with fault.during(nodes, leader), watched(nodes, leader) as confirmed:
        try:
            until(lambda: len(clients.at) > before + CLIENTS, AGAIN_S, f"{fault.name}: nothing acknowledged")
        except NotUp as error:
            raise NotUp(f"{error}; another node {'confirmed' if confirmed else 'confirmed no'} writes") from None
        sleep(max(0.0, begun + fault.lasts_s - monotonic()))
    whole = _is_whole(nodes)
    sleep(BEFORE_S)
    part.rounds += 1
    part.counts[fault.name] = part.counts.get(fault.name, 0) + 1
    part.aims_s[fault.name] = fault.aim_s
    paused = clients.pause(begun)
    found = {fault.name: paused}
    if confirmed:
        found[f"{fault.name}: beyond the cluster's own"] = max(0.0, begun + paused - confirmed[0])
    part.longest_s |= {name: round(max(part.longest_s.get(name, 0), seconds), 1) for name, seconds in found.items()}
    if not whole:
        said = "; ".join(f"{node.name}: {node.last_word()}" for node in nodes.nodes)
        raise NotWhole(f"after {fault.name} there were not three whole nodes within {WHOLE_S:g} seconds: {said}")
