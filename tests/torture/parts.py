"""The parts of the torture, each for so many seconds.

cluster      three nodes under Patroni (failover.py)
siege        an ordinary client beside hostile ones (benchmarks/siege.py)
recorder     the recorder beside a server killed or stopped, at random moments, while everybody asks again
tests        tests about crashes, full disks, frozen servers and processes, again and again
cuts         connections cut anywhere, and whoever was not answered asks again: 1,000 commands at a time
overload     twice the load that a server can take (overload.py)
steady       light load for a time, and what each process holds by the minute (steady.py)
power        power cuts of ext4 on a loop device (power.py)
kills        kill -9 of a process that records, at random moments
simulation   seeds of tests/simulation, one after the other
"""

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from itertools import count, cycle
from time import monotonic
from unittest import mock

import msgspec
from structlog.testing import capture_logs

from api.recorder import beside
from api.recorder.beside import Beside
from api.settings import Settings
from benchmarks.ground import KINDS
from ledger.recording.outcome import NotDone
from tests.api.http.test_cuts import ask_through_cuts
from tests.ground.recorder_process import CLERK, claim, done
from tests.ledger.recording.test_kill import run_and_kill
from tests.simulation.story import Failed, tell_each
from tests.torture.failover import FAULTS, cluster
from tests.torture.overload import overload
from tests.torture.part import Part, fresh, wrong
from tests.torture.power import power
from tests.torture.steady import steady

TESTS = (
    "tests/ledger/recording/test_kill.py",
    "tests/ledger/recording/test_standing_still.py",
    "tests/ledger/recording/test_going_back.py",
    "tests/ledger/recording/test_application.py",
    "tests/api/test_recorder.py",
    "tests/ledger/log/test_backup.py",
    "tests/ledger/log/test_power_cut.py",
    "tests/projections/engine/test_runner.py::test_a_full_disk_is_named_and_following_resumes",
)
SENT_TOGETHER = 40
SIEGE_S = 25
"""What a siege takes besides."""
ANSWERED_S = 30
THROUGH_CUTS = 1000


Work = Callable[[Part, float, int], None]


def simulation(part: Part, end: float, seed: int) -> None:
    """Tell seeds from this one on."""
    counted = Counter[str]()
    for told in tell_each(count(seed)):
        part.rounds += 1
        if isinstance(told, Failed):
            part.lost.append(str(told))
        else:
            counted.update(told.troubles)
            counted["facts"] += told.recorded
        if monotonic() >= end:
            break
    part.counts = dict(counted)


def kills(part: Part, end: float, seed: int) -> None:
    """Kill a process that records, start another, ask again for what was not answered."""
    moments, acknowledged, rounds = random.Random(seed), dict[int, int](), 0
    with fresh() as database:
        while monotonic() < end:
            start = next(number for number in range(len(acknowledged) + 1) if number not in acknowledged)
            told = run_and_kill(database, start, moments.randint(1, 200))
            part.lost += [f"answered otherwise: {n}" for n, at in told.items() if acknowledged.get(n, at) != at]
            acknowledged |= told
            rounds += 1
        part.lost += wrong(database, acknowledged)
    part.rounds, part.counts = rounds, {"acknowledged": len(acknowledged)}


def recorder(part: Part, end: float, seed: int) -> None:
    """Kill or stop the recorder of a server while commands are under way; ask again until each is answered."""
    moments, acknowledged, counted = random.Random(seed), dict[int, int](), Counter[str]()
    short = mock.patch.object(beside, "RESTART_S", 0.05)
    with capture_logs(), short, fresh() as database, Beside(Settings(database=database.where)) as server:
        number = 0
        while monotonic() < end:
            how = moments.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGKILL, signal.SIGSTOP))
            numbers = range(number, number + SENT_TOGETHER)
            at = moments.randrange(SENT_TOGETHER)
            for one in numbers:
                if one == number + at:
                    os.kill(server.pid, how)
                    counted[how.name] += 1
                _ask(part, server, one, acknowledged)
            while unanswered := [one for one in numbers if one not in acknowledged]:
                for one in unanswered:
                    _ask(part, server, one, acknowledged)
            number += SENT_TOGETHER
        part.lost += wrong(database, acknowledged)
    part.rounds, part.counts = counted.total(), {**counted, "acknowledged": len(acknowledged)}


def _ask(part: Part, server: Beside, number: int, acknowledged: dict[int, int]) -> None:
    try:
        answer = server.ledger.submit(claim(number), CLERK, key=f"k-{number}").result(ANSWERED_S)
    except NotDone:
        server.standing.wait_for(sys.maxsize, 0.05)
    except TimeoutError:
        part.lost.append(f"number {number} was not answered within {ANSWERED_S} s")
    else:
        acknowledged[number] = done(answer).position


def tests(part: Part, end: float, seed: int) -> None:
    """Run the tests about faults, one file after the other, another one first each time; a test that fails is a
    finding, one that is not through in time is none."""
    first = seed % len(TESTS)
    for name in cycle([*TESTS[first:], *TESTS[:first]]):
        left = end - monotonic()
        if left <= 0:
            break
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", name]
        try:
            ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=left)
        except subprocess.TimeoutExpired:
            break
        part.rounds += 1
        part.counts[name] = part.counts.get(name, 0) + 1
        if ended.returncode:
            part.lost.append(f"{name}: {ended.stdout[-2000:]}")


def siege(part: Part, end: float, _: int) -> None:
    """Run the siege on each kind of database, as far as there is time."""
    for at, kind in enumerate(KINDS):
        left = end - monotonic()
        if left < SIEGE_S:
            break
        seconds = max(2, min(20, int(left / (len(KINDS) - at) - SIEGE_S) // 6))
        command = ["-m", "benchmarks.siege", "--json", "--rounds=1", "--ending=0"]
        command += [f"--database={kind}", f"--seconds={seconds}"]
        try:
            ended = subprocess.run(
                [sys.executable, *command], capture_output=True, text=True, check=False, timeout=end - monotonic()
            )
        except subprocess.TimeoutExpired:
            break
        if ended.returncode:
            part.lost.append(ended.stderr[-2000:])
            continue
        part.rounds += 1
        for figure in msgspec.json.decode(ended.stdout):
            part.counts[f"{figure['name']} {figure['unit']}"] = round(figure["value"])
    if not (part.rounds or part.lost):
        part.not_run = (
            f"too little time for a siege on a machine as busy as this: {SIEGE_S} s and more for each database"
        )


def cuts(part: Part, end: float, seed: int) -> None:
    """Record on connections that are cut."""
    while part.rounds == 0 or monotonic() < end:
        with capture_logs(), fresh() as database:
            acknowledged, some = ask_through_cuts(database, THROUGH_CUTS, seed + part.rounds)
            part.lost += wrong(database, acknowledged)
        part.rounds += 1
        part.counts = {
            "cuts": part.counts.get("cuts", 0) + some,
            "acknowledged": part.counts.get("acknowledged", 0) + len(acknowledged),
        }


PARTS: tuple[tuple[Work, float, int], ...] = (
    (cluster, 0.30, len(FAULTS)),
    (siege, 0.10, 2),
    (recorder, 0.09, 10),
    (tests, 0.14, len(TESTS)),
    (cuts, 0.05, 1),
    (overload, 0.06, 1),
    (steady, 0.1, 5),
    (power, 0.06, 30),
    (kills, 0.08, 30),
    (simulation, 0.15, 100),
)
"""Each with its share of the time, and how many rounds say something. The next ones have what one leaves of it."""
