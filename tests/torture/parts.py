"""The parts of the torture, each for so many seconds.

simulation   seeds of tests/simulation, one after the other
kills        kill -9 of a process that records, at random moments
recorder     the recorder beside a server killed or stopped, at random moments, while everybody asks again
tests        tests about crashes, full disks, frozen servers and processes, again and again
siege        an ordinary client beside hostile ones (benchmarks/siege.py)
cluster      three nodes under Patroni
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from time import monotonic
from unittest import mock

import msgspec
from structlog.testing import capture_logs

import migrations
from api.recorder import beside
from api.recorder.beside import Beside
from api.settings import Settings
from ledger.log import store
from ledger.log.database import Database
from ledger.log.verify import Altered, verify
from ledger.recording.outcome import NotDone
from tests.ground.recorder_process import CLERK, claim, done
from tests.ledger.recording.test_kill import run_and_kill
from tests.simulation.story import Failed, ground, tell

TESTS = (
    "tests/ledger/recording/test_kill.py",
    "tests/ledger/recording/test_standing_still.py",
    "tests/ledger/recording/test_going_back.py",
    "tests/ledger/recording/test_application.py",
    "tests/api/test_recorder.py",
    "tests/ledger/log/test_backup.py",
    "tests/projections/engine/test_runner.py::test_a_full_disk_is_named_and_following_resumes",
)
SENT_TOGETHER = 40
ANSWERED_S = 30


class Part(msgspec.Struct):
    """What came of a part. `lost`: findings, each a loss or a rule that did not hold; `not_run`: why it was not."""

    name: str
    seconds: float = 0
    seed: int | None = None
    counts: dict[str, int] = {}
    lost: list[str] = []
    not_run: str | None = None


Work = Callable[[Part, float, int], None]


@contextmanager
def fresh() -> Iterator[Database]:
    """A ledger of its own on SQLite."""
    with tempfile.TemporaryDirectory() as directory:
        database = Database(directory)
        migrations.upgrade(database)
        yield database
        database.close()


def simulation(part: Part, until: float, seed: int) -> None:
    """Tell seeds from this one on."""
    counted = Counter[str]()
    with ground() as on:
        while monotonic() < until:
            try:
                told = tell(on, seed + counted["seeds"])
                counted.update(told.troubles)
                counted["facts"] += told.recorded
            except Failed as failed:
                part.lost.append(str(failed))
            counted["seeds"] += 1
    part.counts = dict(counted)


def kills(part: Part, until: float, seed: int) -> None:
    """Kill a process that records, start another, ask again for what was not answered."""
    moments, acknowledged, rounds = random.Random(seed), dict[int, int](), 0
    with fresh() as database:
        while monotonic() < until:
            start = next(number for number in range(len(acknowledged) + 1) if number not in acknowledged)
            told = run_and_kill(database, start, moments.randint(1, 200))
            part.lost += [f"answered otherwise: {n}" for n, at in told.items() if acknowledged.get(n, at) != at]
            acknowledged |= told
            rounds += 1
        part.lost += missing(database, acknowledged)
    part.counts = {"kills": rounds, "acknowledged": len(acknowledged)}


def recorder(part: Part, until: float, seed: int) -> None:
    """Kill or stop the recorder of a server while commands are under way; ask again until each is answered."""
    moments, acknowledged, counted = random.Random(seed), dict[int, int](), Counter[str]()
    short = mock.patch.object(beside, "RESTART_S", 0.05)
    with capture_logs(), short, fresh() as database, Beside(Settings(database=database.where)) as server:
        number = 0
        while monotonic() < until:
            how = moments.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGKILL, signal.SIGSTOP))
            numbers = range(number, number + SENT_TOGETHER)
            at = moments.randrange(SENT_TOGETHER)
            for one in numbers:
                if one == number + at:
                    os.kill(server.pid, how)
                    counted[how.name] += 1
                _ask(server, one, acknowledged)
            while unanswered := [one for one in numbers if one not in acknowledged]:
                for one in unanswered:
                    _ask(server, one, acknowledged)
            number += SENT_TOGETHER
        part.lost += missing(database, acknowledged)
    part.counts = {**counted, "acknowledged": len(acknowledged)}


def _ask(server: Beside, number: int, acknowledged: dict[int, int]) -> None:
    try:
        answer = server.ledger.submit(claim(number), CLERK, key=f"k-{number}").result(ANSWERED_S)
    except NotDone:
        server.standing.wait_for(sys.maxsize, 0.05)
    else:
        acknowledged[number] = done(answer).position


def missing(database: Database, acknowledged: dict[int, int]) -> list[str]:
    """What was acknowledged and is not there, or is there twice; and what does not verify."""
    try:
        size = verify(database).size
    except Altered as altered:
        return [str(altered)]
    with database.views.connect() as connection:
        entries = store.page(connection, after=0, limit=size + 1)
    at: dict[str | None, list[int]] = {}
    for entry in entries:
        at.setdefault(entry.key, []).append(entry.position)
    wrong = {number for number, position in acknowledged.items() if at.get(f"k-{number}") != [position]}
    twice = {key for key, positions in at.items() if len(positions) > 1}
    return [f"acknowledged, and not there once: {sorted(wrong)}"] * bool(wrong) + [f"twice: {twice}"] * bool(twice)


def tests(part: Part, until: float, _: int) -> None:
    """Run the tests about faults, at least once each; a test that fails is a finding."""
    counted = Counter[str]()
    while not counted or monotonic() < until:
        for name in TESTS:
            ended = subprocess.run(
                [sys.executable, "-m", "pytest", "-q", name], capture_output=True, text=True, check=False
            )
            counted[name] += 1
            if ended.returncode:
                part.lost.append(f"{name}: {ended.stdout[-2000:]}")
            if monotonic() >= until:
                break
    part.counts = dict(counted)


def siege(part: Part, until: float, _: int) -> None:
    """Run the siege once, on SQLite."""
    seconds = max(5, int((until - monotonic()) / 4))
    command = ["-m", "benchmarks.siege", "--json", "--database=sqlite", "--rounds=1", f"--seconds={seconds}"]
    ended = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)
    if ended.returncode:
        part.lost.append(ended.stderr[-2000:])
    part.counts = {"runs": 1}


def cluster(part: Part, _: float, __: int) -> None:
    """Say why this is not run."""
    absent = [name for name, there in (("etcd", shutil.which("etcd")), ("Patroni", find_spec("patroni"))) if not there]
    part.not_run = f"not run: no {' and no '.join(absent)}" if absent else "not run: this part is not written yet"


PARTS: tuple[tuple[Work, float], ...] = (
    (simulation, 0.4),
    (kills, 0.15),
    (recorder, 0.15),
    (tests, 0.2),
    (siege, 0.1),
    (cluster, 0.0),
)
"""Each with its share of the time; a test, or the siege, that was begun is run to its end."""
