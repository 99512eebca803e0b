"""How many durable commands a second over HTTP, against the same request without the recording, and with the package.

record    POST /v1/companies: authenticated, decided, sealed, committed to disk, answered
no-op     the same body, headers and key check in the same application; nothing is recorded
package   the same again, with one `eventsourcing` Application.save a request in a database of its own

One server process with one worker, clients in another process. Answers other than 2xx fail the run, but for 503: who is
told to come back is said, and counted in no rate. A ledger that does not verify afterwards, or does not hold exactly
what was acknowledged, fails it too.
"""

import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from statistics import median, quantiles

import msgspec

from api.http.auth import bearer, new_key
from benchmarks.ground import Figure, Place, aim, apart, arguments, compared, machine, number, places, say, show, table
from benchmarks.served.load import Answered, Plan, drive
from benchmarks.served.server import NO_OP_PATH, PACKAGE_PATH, Options
from ledger.access import CreateKey
from ledger.decider import By
from ledger.log.database import Database
from ledger.log.verify import verify
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS

AIM_NO_OP, AIM_PACKAGE = 0.6, 5
CONNECTIONS = 64
STOP_S = 60
PATHS = {"no-op": NO_OP_PATH, "record": "/v1/companies", "package": PACKAGE_PATH}


class Failed(Exception):
    """The run proves nothing: something was answered or stored that should not have been."""


@dataclass(slots=True)
class Measured:
    """The rounds of one kind of database, by what was asked."""

    rounds: dict[str, list[Answered]] = field(default_factory=lambda: {name: [] for name in PATHS})

    def rates(self, name: str) -> list[float]:
        """Requests a second, round by round."""
        return [answered.rate for answered in self.rounds[name]]

    def percentile_ms(self, name: str, percent: int) -> list[float]:
        """A percentile of the latencies, round by round."""
        return [quantiles(answered.latencies, n=100)[percent - 1] * 1000 for answered in self.rounds[name]]

    @property
    def acknowledged(self) -> int:
        """Commands the ledger said it recorded."""
        return sum(answered.acknowledged for answered in self.rounds["record"])


def make_key(where: str) -> tuple[str, int]:
    """An API key that may record, and how many facts that took."""
    key_id, secret, digest = new_key()
    command = CreateKey(
        effective_on=date(2026, 1, 1), key_id=key_id, actor="benchmark", role="deal_desk", secret_sha256=digest
    )
    database = Database(where)
    with Ledger(database, CONTEXTS) as ledger:
        ledger.execute(command, By(actor="benchmark", role="admin"))
    size = verify(database).size
    database.close()
    return bearer(key_id, secret), size


@contextmanager
def serving(place: Place) -> Iterator[int]:
    """The server's port, while it runs."""
    options = Options(place.where, place.package_environment("package"))
    command = [sys.executable, "-m", "benchmarks.served.server", str(place.directory)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None, "asked for above"
    assert process.stdout is not None, "asked for above"
    try:
        process.stdin.write(msgspec.json.encode(options))
        process.stdin.close()
        line = process.stdout.readline()
        if not line:
            raise Failed(f"the server did not start (exit code {process.wait(STOP_S)}); its reason stands above")
        yield int(line)
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_S)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def measure(place: Place, rounds: int, seconds: float) -> Measured:
    """All three in turn, round by round; then look at what was stored. Raises Failed."""
    token, before = make_key(place.where)
    measured = Measured()
    with serving(place) as port:
        for at in range(rounds):
            for name, path in PATHS.items():
                plan = Plan(port, path, token, f"{name}-{at}", seconds, CONNECTIONS)
                answered: Answered = apart(drive, plan).value
                say(f"append, {place.kind}: {name} {at + 1} of {rounds}: {answered.rate:,.0f}/s")
                if answered.failed:
                    raise Failed(f"{name} on {place.kind} answered {answered.statuses}; only 2xx and 503 may be")
                if answered.told:
                    say(f"{answered.told:,} times a client was told to come back: too many for this machine just now")
                if len(answered.latencies) < 2:
                    raise Failed(f"{name} on {place.kind} answered nothing in time; measure for more --seconds")
                if answered.busy > 0.9:
                    say(f"the clients took {answered.busy:.0%} of a processor: they may be what is measured here")
                measured.rounds[name].append(answered)
    check_stored(place, before, measured.acknowledged)
    return measured


def check_stored(place: Place, before: int, acknowledged: int) -> None:
    """The ledger verifies and holds what it acknowledged, no more and no less. Raises Altered, Failed."""
    database = Database(place.where)
    size = verify(database).size
    database.close()
    if size - before != acknowledged:
        raise Failed(f"{acknowledged} commands were acknowledged on {place.kind}, {size - before} facts were recorded")
    say(f"append, {place.kind}: verified, {acknowledged:,} acknowledged and recorded")


def figures(place: Place, measured: Measured) -> list[Figure]:
    """The comparisons on one kind of database: both rates, then p50 and p99 against the no-op's."""
    record, start = measured.rates("record"), f"append/{place.kind}"
    latencies = (
        compared(f"{start}/p{percent}", "ms", *(measured.percentile_ms(name, percent) for name in ("record", "no-op")))
        for percent in (50, 99)
    )
    return [
        compared(f"{start}/no-op", "requests/s", record, measured.rates("no-op")),
        compared(f"{start}/package", "requests/s", record, measured.rates("package")),
        *latencies,
    ]


def rows(place: Place, measured: Measured) -> Iterator[list[str]]:
    """A line for each of the three: requests a second, p50, p99, and how the recording compares."""
    no_op, package, *_ = figures(place, measured)
    beside = {
        "record": ["", ""],
        "no-op": [number(no_op.ratio), aim(no_op.ratio, AIM_NO_OP)],
        "package": [number(package.ratio), aim(package.ratio, AIM_PACKAGE) if place.server is not None else ""],
    }
    for name, compare in beside.items():
        latencies = [number(median(measured.percentile_ms(name, percent))) for percent in (50, 99)]
        yield [f"{place.kind} {name}", number(median(measured.rates(name))), *latencies, *compare]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; 1 where the run proves nothing."""
    chosen = arguments(argv, __doc__, "seconds", 3.0, "how long each is measured in each round")
    with places(chosen.database) as some:
        try:
            found = [(place, measure(place, chosen.rounds, chosen.seconds)) for place in some]
        except Failed as failure:
            say(str(failure))
            return 1
        spent = f"medians of {chosen.rounds} rounds of {chosen.seconds:g} s in turn"
        lines = [f"append: {CONNECTIONS} connections, {spent}; {machine(some)}", ""]
    lines += table(
        ["", "requests/s", "p50 ms", "p99 ms", "record ÷ this", "aim"],
        [row for place, measured in found for row in rows(place, measured)],
    )
    show([figure for each in found for figure in figures(*each)], lines, as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
