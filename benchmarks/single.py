"""How long one client waits who sends one command after the other: here, and in another checkout, in turn.

    python -m benchmarks.single [--against DIR] [--database sqlite] [--seconds S] [--rounds N] [--json]

Each checkout serves a ledger of its own with its own `mcsc serve`, all at once; one connection, one request at a time,
and the checkouts take turns, round by round. *Own work* is the processor time of the server and all processes that it
started (PostgreSQL's own is not counted). Beside them a floor: a page written and brought to the same disk. TMPDIR says
which disk.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter

import psutil

from benchmarks.against import OURS, Checkout, sides
from benchmarks.ground import (
    Figure,
    Place,
    apart,
    arguments,
    compared,
    machine,
    number,
    places,
    quantile,
    say,
    show,
    table,
)
from benchmarks.served.load import Answered, Plan, drive

MCSC = "from api.cli import main; main()"
PORT = re.compile(rb"http://[^:/ ]+:(\d+)")
STOP_S = 30
PAGE, FLOOR_TIMES = bytes(4096), 50


@dataclass
class Served:
    """A checkout that serves, and what was measured of it in each round: milliseconds, and of them its own work."""

    side: Checkout
    process: psutil.Process
    port: int
    token: str
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)

    def ask(self, at: int, seconds: float) -> None:
        """Send one command after the other for so many seconds."""
        before = self._worked()
        plan = Plan(self.port, "/v1/companies", self.token, f"single-{at}", seconds, 1)
        answered: Answered = apart(drive, plan).value
        assert not answered.failed, (self.side.name, answered.failed)
        self.p50.append(quantile(answered.latencies, 0.50) * 1000)
        self.p99.append(quantile(answered.latencies, 0.99) * 1000)
        self.own.append((self._worked() - before) / answered.acknowledged * 1000)

    def _worked(self) -> float:
        """Seconds of processor time of the server and of all that it started."""
        some = [self.process, *self.process.children(recursive=True)]
        return sum(sum(one.cpu_times()[:2]) for one in some)


@contextmanager
def serving(side: Checkout, place: Place) -> Iterator[Served]:
    """A checkout with a new ledger, while it serves."""
    where = place.another(f"single_{re.sub(r'[^a-z0-9]', '_', side.name.lower())}")
    data = Path(where if place.server is None else place.directory)
    token = side.run("keyed", "keyed", where=where)
    environment = os.environ | {"PYTHONPATH": str(side.directory), "MCSC_DATABASE": where}
    command = [sys.executable, "-P", "-c", MCSC, "serve", "--data", str(data), "--port", "0"]
    piped = subprocess.PIPE
    with subprocess.Popen(command, stderr=piped, env=environment, cwd=side.directory) as process:
        assert process.stderr is not None, "asked for above"
        try:
            found = next(filter(None, map(PORT.search, process.stderr)), None)
            assert found is not None, f"{side.name} did not serve"
            yield Served(side, psutil.Process(process.pid), int(found[1]), token)
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_S)
        finally:
            process.kill()


def floor_ms(directory: Path) -> float:
    """Milliseconds for a page to be written at the end of a file and brought to the disk."""
    path, took = directory / "floor", list[float]()
    with path.open("wb") as file:
        for _ in range(FLOOR_TIMES):
            began = perf_counter()
            file.write(PAGE)
            file.flush()
            os.fdatasync(file.fileno())
            took.append(1000 * (perf_counter() - began))
    path.unlink()
    return median(took)


def measure(place: Place, against: str | None, rounds: int, seconds: float) -> tuple[list[Served], list[float]]:
    """Every checkout in turn, and the floor, round by round."""
    floors = list[float]()
    with ExitStack() as stack:
        served = [stack.enter_context(serving(side, place)) for side in sides(against)]
        for at in range(rounds):
            floors.append(floor_ms(place.directory))
            for one in served:
                one.ask(at, seconds)
                say(f"single, {place.kind}, {one.side.name}: {one.p50[-1]:.2f} ms, own work {one.own[-1]:.2f}")
    return served, floors


def figures(kind: str, served: Sequence[Served], floors: Sequence[float]) -> list[Figure]:
    """Ours beside the other checkout's, else beside the disk's."""
    ours, other = served[0], served[-1]
    assert ours.side is OURS, "sides begins with it"
    return [
        compared(f"single/{kind}/p50", "ms", ours.p50, other.p50 if other is not ours else floors),
        compared(f"single/{kind}/p99", "ms", ours.p99, other.p99 if other is not ours else floors),
        compared(f"single/{kind}/own", "ms", ours.own, other.own),
    ]


def rows(kind: str, served: Sequence[Served], floors: Sequence[float]) -> Iterator[list[str]]:
    """A line for each checkout; how ours compares stands beside the others."""
    ours = served[0]
    yield [f"{kind}: a page to the disk", number(median(floors)), "", "", "", ""]
    for one in served:
        compare = ["", ""]
        if one is not ours:
            compare = [
                number(compared("", "", mine, its).ratio) for mine, its in ((ours.p50, one.p50), (ours.own, one.own))
            ]
        yield [f"{kind}: {one.side.name}", *(number(median(some)) for some in (one.p50, one.p99, one.own)), *compare]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    chosen = arguments(
        argv, __doc__, "seconds", 3.0, "how long each is measured in each round", against=("", "another checkout")
    )
    with places(chosen.database) as some:
        found = [(place.kind, *measure(place, chosen.against or None, chosen.rounds, chosen.seconds)) for place in some]
        lines = [
            f"single: one client; medians of {chosen.rounds} rounds of {chosen.seconds:g} s in turn; {machine(some)}",
            "",
        ]
    head = ["", "p50 ms", "p99 ms", "own work ms", "now ÷ this: p50", "own"]
    lines += table(head, [row for each in found for row in rows(*each)])
    show([figure for each in found for figure in figures(*each)], lines, as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
