"""How long a backup and the way back take, against copying the same bytes.

backup    ledger.log.backup.back_up: copied, proved, replayed, down to the disk
restore   read back into a ledger of its own, proved, put in the place of the one there; read models come on top
copy      the backup's file copied, down to the disk: the floor of both, and no proof of anything
"""

import gc
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import migrations
from benchmarks import city
from benchmarks.ground import (
    Figure,
    Place,
    apart,
    arguments,
    compared,
    machine,
    number,
    places,
    say,
    scratch,
    show,
    table,
)
from ledger.log.backup import LEDGER, back_up, read_back
from ledger.log.database import Database
from ledger.log.directories import sync
from ledger.log.restoring import gone, put_files, put_tables


def _quietly(_done: int, _total: int) -> None:
    """Say nothing about progress."""


def seconds(work: Callable[[], object]) -> float:
    """How long this takes."""
    gc.collect()
    began = perf_counter()
    work()
    return perf_counter() - began


def measure(where: str, rounds: int) -> tuple[int, int, list[tuple[float, float, float]]]:
    """The facts and bytes of the backup, and for each round the seconds: backup, restore, copy."""
    measured = []
    for _ in range(rounds):
        with scratch("backup") as root:
            saved, copied = root / "saved", root / "copied"
            database = Database(where)
            backing = seconds(
                lambda: back_up(database, saved, make_tables=migrations.upgrade, progress=_quietly)  # noqa: B023 - called here
            )
            size = (saved / LEDGER).stat().st_size
            copying = seconds(lambda: copy(saved / LEDGER, copied))  # noqa: B023 - called here
            restoring = seconds(lambda: restore(database, saved))  # noqa: B023 - called here
            with database.views.connect() as connection:
                facts = int(connection.exec_driver_sql("SELECT size FROM ledger_head").scalar_one())
            database.close()
        measured.append((backing, restoring, copying))
    return facts, size, measured


def copy(file: Path, other: Path) -> None:
    """Copy a file, down to the disk."""
    shutil.copyfile(file, other)
    sync(other)


def restore(database: Database, saved: Path) -> None:
    """Put a backup in the place of the ledger that is there."""
    beside = saved.parent if database.is_postgres else database.directory
    with TemporaryDirectory(prefix="restore-", dir=beside) as made:
        part = Database(made)
        migrations.upgrade(part)
        read_back(saved, part, expect={}, progress=_quietly)
        if database.is_postgres:
            there = gone(database, part)
            put_tables(database, part, make_tables=migrations.bring_up, there=there, progress=_quietly)
            part.close()
        else:
            part.close()
            put_files(database, part.directory)


def figures(place: Place, events: int, rounds: int) -> tuple[list[Figure], list[str]]:
    """Both comparisons on one kind of database, and a line of the table."""
    say(f"backup, {place.kind}: recording {events:,} facts in bulk")
    stored = apart(city.fill, place.where, events).value
    say(f"backup, {place.kind}: {rounds} rounds")
    facts, size, measured = apart(measure, place.where, rounds).value
    assert facts == stored, f"{facts} facts came back of {stored}"
    backing, restoring, copying = zip(*measured, strict=True)
    found = [
        compared(f"backup/{place.kind}/backup", "s", backing, copying),
        compared(f"backup/{place.kind}/restore", "s", restoring, copying),
    ]
    cells = [f"{facts:,}", number(size / 1e6), *(number(median(some)) for some in (backing, restoring, copying))]
    return found, [place.kind, *cells]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    chosen = arguments(argv, __doc__, "events", 100_000, "facts in the log")
    with places(chosen.database) as some:
        found = [figures(place, chosen.events, chosen.rounds) for place in some]
        lines = [f"backup: medians of {chosen.rounds} rounds in turn; {machine(some)}", ""]
    head = ["", "facts", "MB", "backup s", "restore s", "copy s"]
    lines += [*table(head, [row for _, row in found]), "", "Read models are made anew after a restore: see rebuild."]
    show([figure for pair, _ in found for figure in pair], lines, as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
