"""One event a request, conditional and durable, from sixteen clients: this product over HTTP, and three event stores.

    python -m benchmarks.served.peers [--rounds N] [--seconds S] [--json]

record sqlite, record postgres   POST /v1/companies: key checked, decided, sealed, committed, answered over HTTP
umadb        append over gRPC to its server, on condition that no event has the company's tag
message-db   write_message in PostgreSQL, from threads of one process, into a stream that must not be there
emmett       appendToStream in PostgreSQL, in process, into a stream that must not be there

All in turn, round by round, on the disk that holds temporary files; PostgreSQL with fsync. Needs pip, npm and their
packages' index. Whoever says that something is stored is counted afterwards: more told than there fails the run.
"""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from socket import create_connection, create_server
from statistics import median, quantiles
from time import monotonic
from venv import create as create_venv

import msgspec

from benchmarks.append import Failed, make_key, serving
from benchmarks.ground import Figure, Place, apart, arguments, compared, machine, number, places, say, show, table
from benchmarks.served.load import Answered, Plan, drive

CLIENTS = 16
UMADB, PSYCOPG = "umadb==0.7.8", "psycopg[binary]==3.3.9"
PACKAGES = ("@eventide/message-db@1.3.1", "@event-driven-io/emmett@0.42.0", "@event-driven-io/emmett-postgresql@0.42.0")
HERE = Path(__file__).parent
OURS = ("record sqlite", "record postgres")
THEIRS = ("umadb", "message-db", "emmett")
STARTS_S = 30


class Told(msgspec.Struct):
    """A round of one store. Latencies in seconds."""

    acknowledged: int
    stored: int
    seconds: float
    latencies: list[float]

    @property
    def rate(self) -> float:
        """Events a second."""
        return len(self.latencies) / self.seconds

    def percentile_ms(self, percent: int) -> float:
        """A percentile of the latencies."""
        return quantiles(self.latencies, n=100)[percent - 1] * 1000


class Peers:
    """The other stores, fetched into a directory, each with a database of its own."""

    def __init__(self, root: Path, place: Place, stack: ExitStack) -> None:
        python = root / "venv" / "bin" / "python"
        create_venv(root / "venv", with_pip=True)
        _run(str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", UMADB, PSYCOPG)
        _run("npm", "install", "--silent", "--prefix", str(root), *PACKAGES)
        (root / "emmett.mjs").write_bytes((HERE / "emmett.mjs").read_bytes())
        messagedb, umadb = str(HERE / "messagedb.py"), str(HERE / "umadb.py")
        databases = {name: _address(place, name) for name in ("messagedb", "emmett")}
        sources = root / "node_modules" / "@eventide" / "message-db" / "database"
        _run(str(python), "-P", messagedb, databases["messagedb"], str(sources))
        self._commands = {
            "umadb": [str(python), "-P", umadb, stack.enter_context(_serving_umadb(root))],
            "message-db": [str(python), "-P", messagedb, databases["messagedb"]],
            "emmett": ["node", str(root / "emmett.mjs"), databases["emmett"]],
        }

    def ask(self, name: str, prefix: str, seconds: float) -> Told:
        """A round of one of them."""
        printed = _run(*self._commands[name], prefix, str(seconds), str(CLIENTS))
        return msgspec.json.decode(printed.splitlines()[-1], type=Told)


def _run(*command: str) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise Failed(f"{Path(command[0]).name} ended with {done.returncode}; its reason stands above")
    return done.stdout


def _address(place: Place, name: str) -> str:
    assert place.server is not None, "the place of PostgreSQL"
    address = place.server.set(drivername="postgresql", database=place.create_database(name))
    return address.render_as_string(hide_password=False)


@contextmanager
def _serving_umadb(root: Path) -> Iterator[str]:
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program, data = root / "venv" / "bin" / "umadb", root / "uma.db"
    process = subprocess.Popen([program, "--listen", f"127.0.0.1:{port}", "--db-path", data], stdout=subprocess.DEVNULL)
    try:
        deadline = monotonic() + STARTS_S
        while not _listens(port):
            if process.poll() is not None or monotonic() > deadline:
                raise Failed("UmaDB's server did not start")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    try:
        create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


class Ours:
    """A served ledger of one kind."""

    def __init__(self, place: Place, stack: ExitStack) -> None:
        self._token, _ = make_key(place.where)
        self._port = stack.enter_context(serving(place))

    def ask(self, prefix: str, seconds: float) -> Told:
        """A round. Raises Failed where something else was answered than recorded, or come back."""
        answered: Answered = apart(
            drive, Plan(self._port, "/v1/companies", self._token, prefix, seconds, CLIENTS)
        ).value
        if answered.failed:
            raise Failed(f"answered {answered.statuses}")
        return Told(answered.acknowledged, answered.acknowledged, seconds, answered.latencies)


def measure(some: Sequence[Place], rounds: int, seconds: float) -> dict[str, list[Told]]:
    """All in turn, round by round. Raises Failed."""
    found: dict[str, list[Told]] = {name: [] for name in (*OURS, *THEIRS)}
    with ExitStack() as stack:
        postgres = next(place for place in some if place.server is not None)
        root = postgres.directory / "peers"
        root.mkdir()
        peers = Peers(root, postgres, stack)
        ours = {f"record {place.kind}": Ours(place, stack) for place in some}
        for at in range(rounds):
            for name, rows in found.items():
                asked = ours[name].ask(f"r{at}", seconds) if name in ours else peers.ask(name, f"r{at}", seconds)
                say(f"{name} {at + 1} of {rounds}: {asked.rate:,.0f}/s")
                if asked.stored < asked.acknowledged:
                    raise Failed(f"{name} acknowledged {asked.acknowledged:,} events, {asked.stored:,} are there")
                rows.append(asked)
    return found


def figures(found: dict[str, list[Told]]) -> list[Figure]:
    """Each of ours against each of theirs."""
    rates = {name: [told.rate for told in rows] for name, rows in found.items()}
    return [
        compared(f"peers/{own.removeprefix('record ')}/{other}", "events/s", rates[own], rates[other])
        for own in OURS
        for other in THEIRS
    ]


def rows(found: dict[str, list[Told]]) -> Iterator[list[str]]:
    """A line for each: events a second, p50, p99; and how ours compare."""
    shown = {figure.name: number(figure.ratio) for figure in figures(found)}
    for name, told in found.items():
        spent = [number(median(one.percentile_ms(percent) for one in told)) for percent in (50, 99)]
        beside = [shown.get(f"peers/{kind}/{name}", "") for kind in ("sqlite", "postgres")]
        yield [name, number(median(one.rate for one in told)), *spent, *beside]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; 1 where the run proves nothing."""
    chosen = arguments(argv, __doc__, "seconds", 5.0, "how long each is measured in each round")
    with places("both") as some:
        try:
            found = measure(some, chosen.rounds, chosen.seconds)
        except Failed as failure:
            say(str(failure))
            return 1
        lines = [
            f"{CLIENTS} clients, medians of {chosen.rounds} rounds of {chosen.seconds:g} s in turn; {machine(some)}",
            "",
        ]
    lines += table(["", "events/s", "p50 ms", "p99 ms", "sqlite ÷ this", "postgres ÷ this"], list(rows(found)))
    show(figures(found), lines, as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
