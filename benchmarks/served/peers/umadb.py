"""UmaDB's own client against its own server: ADDRESS PREFIX SECONDS CLIENTS. Threads, since a call leaves the lock."""

import json
import sys
import threading
from time import perf_counter

from umadb import AppendCondition, Client, Event, Query, QueryItem

DATA = json.dumps({"name": "Invented Company Limited", "country": "DE", "effective_on": "2026-01-05"}).encode()
WARM_S = 0.3


def append_until(address: str, prefix: str, end: float, told: list[tuple[float, float]]) -> None:
    """Register one company after the other, each on condition that nobody has that name."""
    client, number = Client(address), 0
    while (begun := perf_counter()) < end:
        number += 1
        tags = [f"company:{prefix}-{number}"]
        unknown = AppendCondition(fail_if_events_match=Query(items=[QueryItem(tags=tags)]))
        client.append([Event(event_type="CompanyRegistered", data=DATA, tags=tags)], condition=unknown)
        told.append((begun, perf_counter()))


def main() -> None:
    """Append, count, print."""
    address, prefix, seconds, clients = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
    before = Client(address).head() or 0
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
    stored = (Client(address).head() or 0) - before
    print(json.dumps({"acknowledged": len(told), "stored": stored, "seconds": seconds, "latencies": latencies}))


if __name__ == "__main__":
    main()
