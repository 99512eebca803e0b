"""message-db in PostgreSQL: ADDRESS PREFIX SECONDS CLIENTS; or ADDRESS and the directory to install it from."""

import json
import sys
import threading
import uuid
from pathlib import Path
from time import perf_counter

import psycopg

DATA = json.dumps({"name": "Invented Company Limited", "country": "DE", "effective_on": "2026-01-05"})
WRITE = "SELECT write_message(%s, %s, 'CompanyRegistered', %s, NULL, -1)"
WARM_S = 0.3
PARTS = ("schema", "types", "tables", "functions", "indexes", "views")
FIRST = ("id", "hash-64", "category", "is-category", "cardinal-id", "acquire-lock", "stream-version")


def connect(address: str) -> psycopg.Connection:
    """A connection that finds the functions."""
    return psycopg.connect(address, autocommit=True, options="-csearch_path=message_store,public")


def install(address: str, directory: Path) -> None:
    """What its install.sh does, but for the role: a database of its own has one owner."""
    with connect(address) as connection:
        for part in PARTS:
            files = {path.stem: path for path in sorted((directory / part).glob("*.sql"))}
            for stem in [*(name for name in FIRST if name in files), *(name for name in files if name not in FIRST)]:
                connection.execute(files[stem].read_text())


def append_until(address: str, prefix: str, end: float, told: list[tuple[float, float]]) -> None:
    """Register one company after the other, each in a stream that must not be there."""
    with connect(address) as connection:
        number = 0
        while (begun := perf_counter()) < end:
            number += 1
            connection.execute(WRITE, (str(uuid.uuid4()), f"company-{prefix}-{number}", DATA))
            told.append((begun, perf_counter()))


def count(address: str) -> int:
    """Messages that are there."""
    with connect(address) as connection:
        row = connection.execute("SELECT count(*) FROM messages").fetchone()
    return int(row[0]) if row else 0


def main() -> None:
    """Append, count, print; with two arguments, install."""
    if len(sys.argv) == 3:
        install(sys.argv[1], Path(sys.argv[2]))
        return
    address, prefix, seconds, clients = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
    before = count(address)
    begin = perf_counter() + WARM_S
    told: list[tuple[float, float]] = []
    threads = [
        threading.Thread(target=append_until, args=(address, f"{prefix}-{at}", begin + seconds, told))
        for at in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    latencies = [after - sent for sent, after in told if sent >= begin and after <= begin + seconds]
    stored = count(address) - before
    print(json.dumps({"acknowledged": len(told), "stored": stored, "seconds": seconds, "latencies": latencies}))


if __name__ == "__main__":
    main()
