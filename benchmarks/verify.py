"""How fast the log is proved unaltered, against hashing the same bytes.

verify          every leaf, subtree, root, index copy and tag (ledger.log.verify); on every processor, as it is used
hash, memory    SHA-256 of each envelope, all of them in memory already: what no verification can beat
hash, read      SHA-256 of each envelope as it is read from the database, in one process: the ratio to it has the aim
hash, shared    the same in as many processes as verify has: what the checks cost beside reading and hashing

Those in one process have a processor each; where other work keeps the processors busy, verify's ratio to them falls.
"""

import gc
import os
import sys
from collections.abc import Callable, Sequence
from hashlib import sha256
from multiprocessing import get_context
from time import perf_counter

from sqlalchemy import select

from benchmarks import lives
from benchmarks.ground import Figure, Place, aim, apart, arguments, compared, machine, number, places, say, show, table
from ledger.log.database import Database, fact
from ledger.log.verify import verify

AIM = 0.7
PAGE = 10_000
"""Facts in one statement of the floor; verify's own pages are smaller, which would only hold the floor up."""


def read_and_hash(database: Database, size: int, share: int = 0, shares: int = 1) -> bytes:
    """The last hash of all envelopes, page by page, or of one page in so many."""
    digest = b""
    with database.views.connect() as connection:
        for after in range(share * PAGE, size, shares * PAGE):
            page = select(fact.c.envelope).where(fact.c.position > after, fact.c.position <= after + PAGE)
            for envelope in connection.execute(page.order_by(fact.c.position)).scalars():
                digest = sha256(envelope).digest()
    return digest


def read_and_hash_shared(database: Database, size: int) -> None:
    """read_and_hash() in a process for each processor, begun as verify begins its own."""
    database.close()  # a connection must not be carried across a fork
    shares = len(os.sched_getaffinity(0))
    fork = get_context("fork")
    others = [fork.Process(target=_share, args=(database.where, size, one, shares)) for one in range(shares)]
    for other in others:
        other.start()
    for other in others:
        other.join()


def _share(where: str, size: int, share: int, shares: int) -> None:
    read_and_hash(Database(where), size, share, shares)


def hash_in_memory(envelopes: Sequence[bytes]) -> bytes:
    """The last hash of all envelopes."""
    digest = b""
    for envelope in envelopes:
        digest = sha256(envelope).digest()
    return digest


def measure(where: str, rounds: int) -> tuple[int, list[tuple[float, ...]]]:
    """The log's size, and for each round the events a second: verify; hash as read, in one process and in several; hash
    in memory."""
    database = Database(where)
    with database.views.connect() as connection:
        envelopes = list(connection.execute(select(fact.c.envelope).order_by(fact.c.position)).scalars())
    size = len(envelopes)

    def rate(work: Callable[[], object]) -> float:
        gc.collect()
        began = perf_counter()
        work()
        return size / (perf_counter() - began)

    works: list[Callable[[], object]] = [
        lambda: verify(database),
        lambda: read_and_hash(database, size),
        lambda: read_and_hash_shared(database, size),
        lambda: hash_in_memory(envelopes),
    ]
    measured = [tuple(map(rate, works)) for _ in range(rounds)]
    database.close()
    return size, measured


def figures(place: Place, events: int, rounds: int) -> list[Figure]:
    """The comparisons on one kind of database."""
    say(f"verify, {place.kind}: recording {events:,} facts in bulk")
    apart(lives.fill, place.where, events)
    say(f"verify, {place.kind}: {rounds} rounds")
    size, measured = apart(measure, place.where, rounds).value
    assert size == events, f"{size} facts were stored of {events}"
    ours, read, shared, memory = zip(*measured, strict=True)
    return [
        compared(f"verify/{place.kind}/hash-read", "events/s", ours, read),
        compared(f"verify/{place.kind}/hash-shared", "events/s", ours, shared),
        compared(f"verify/{place.kind}/hash-memory", "events/s", ours, memory),
    ]


def row(kind: str, read: Figure, *others: Figure) -> list[str]:
    """A line of the table."""
    to_read = [number(read.value), number(read.floor), number(read.ratio), aim(read.ratio, AIM)]
    return [kind, *to_read, *(number(value) for other in others for value in (other.floor, other.ratio))]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    chosen = arguments(argv, __doc__, "events", 100_000, "facts in the log")
    with places(chosen.database) as some:
        found = [figures(place, chosen.events, chosen.rounds) for place in some]
        lines = [f"verify: {chosen.events:,} events, medians of {chosen.rounds} rounds in turn; {machine(some)}", ""]
    rows = [row(place.kind, *some_figures) for place, some_figures in zip(some, found, strict=True)]
    head = ["", "verify /s", "read + hash /s", "ratio", "aim", "shared /s", "ratio", "hash in memory /s", "ratio"]
    lines += [*table(head, rows), "", "The aim is about the first ratio, where both sides read from the database."]
    show([figure for one in found for figure in one], lines, as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
