"""How much memory a server holds while it is asked, and whether that grows.

    python -m benchmarks.served.memory PID ADDRESS KEY [--minutes 10] [--clients 4]

Clients ask the reports of a city as of random days, each answered before the next, and register a lead after every
tenth. PID and its children are looked at every five seconds: what is theirs alone, and their part of what they share
(PSS). The slope is the least squares line of the second half: by then pools, caches and statements are there.
"""

import argparse
import random
import sys
import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from statistics import linear_regression
from time import monotonic

import httpx

from benchmarks.city import DAYS, FIRST
from benchmarks.ground import Figure, show

REPORTS = ("rent-roll", "occupancy", "lease-expiry", "receivables-ageing", "trial-balance", "revenue", "journal")
EVERY_S, PATIENCE_S = 5.0, 60.0
AIM_MB, AIM_SLOPE = 350, 1.0
LEAD = {"name": "Invented (demo)", "country": "DE", "origin": "DIRECT", "effective_on": "2026-01-05"}


def held_mb(process: int) -> float:
    """Megabytes that a process and its children hold."""
    children = [
        int(one) for path in Path(f"/proc/{process}/task").glob("*/children") for one in path.read_text().split()
    ]
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    own = sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return own * 1024 / 1_000_000 + sum(map(held_mb, children))


class Clients:
    """Threads that ask until told to stop."""

    def __init__(self, base: str, key: str, number: int) -> None:
        self.answers: dict[int, int] = {}
        self._over, self._lock = threading.Event(), threading.Lock()
        self._client = httpx.Client(
            base_url=base, headers={"Authorization": f"Bearer {key}"}, timeout=PATIENCE_S, trust_env=False
        )
        self._threads = [threading.Thread(target=self._ask, args=(at,)) for at in range(number)]

    def __enter__(self) -> "Clients":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        self._client.close()

    def _ask(self, seed: int) -> None:
        chance, asked = random.Random(seed), 0
        while not self._over.is_set():
            asked += 1
            if asked % 10:
                day = FIRST + timedelta(days=chance.randrange(DAYS))
                report = chance.choice(REPORTS)
                answer = self._client.get(f"/v1/reports/{report}", params={"effective": str(day)})
            else:
                lead = f"mem-{chance.randrange(10**12)}-demo"
                answer = self._client.post(
                    "/v1/companies", json={"company": lead, **LEAD}, headers={"Idempotency-Key": lead}
                )
            with self._lock:
                self.answers[answer.status_code] = self.answers.get(answer.status_code, 0) + 1


def measure(process: int, clients: Clients, minutes: float) -> list[tuple[float, float]]:
    """(minutes since the beginning, megabytes) while they ask."""
    began, seen = monotonic(), list[tuple[float, float]]()
    pause = threading.Event()
    with clients:
        while (now := (monotonic() - began) / 60) < minutes:
            seen.append((now, held_mb(process)))
            pause.wait(EVERY_S)
    return seen


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("process", type=int, metavar="PID")
    parser.add_argument("address")
    parser.add_argument("key")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(argv)
    clients = Clients(chosen.address, chosen.key, chosen.clients)
    seen = measure(chosen.process, clients, chosen.minutes)
    later = seen[len(seen) // 2 :]
    slope = linear_regression([at for at, _ in later], [mb for _, mb in later]).slope
    peak = max(mb for _, mb in seen)
    figures = [
        Figure("memory/peak", peak, "MB"),
        Figure("memory/slope", slope, "MB/min"),
        Figure("memory/answers", float(sum(clients.answers.values())), ""),
    ]
    lines = [
        f"{seen[0][1]:.0f} MB at first, {seen[-1][1]:.0f} at the end, {peak:.0f} at most (aim ≤ {AIM_MB});"
        f" {slope:+.2f} MB a minute (aim < {AIM_SLOPE:g})",
        f"answers by status: {dict(sorted(clients.answers.items()))}",
    ]
    show(figures, lines, as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
