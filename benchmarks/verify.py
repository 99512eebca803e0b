"""How fast the log is proved unaltered, against hashing the same bytes.

verify          every leaf, subtree, root, index copy and tag (ledger.log.verify); on every processor, as it is used
hash, memory    SHA-256 of each envelope, all of them in memory already: what no verification can beat
hash, read      SHA-256 of each envelope as it is read from the database: the floor of the ratio that has the aim

Both floors are one process: where other work keeps the processors busy, the ratios fall.
"""

import gc
import sys
from collections.abc import Callable, Sequence
from hashlib import sha256
from time import perf_counter

from sqlalchemy import select

from benchmarks import lives
from benchmarks.ground import Figure, Place, aim, apart, arguments, compared, machine, number, places, say, show, table
from ledger.log.database import Database, fact
from ledger.log.verify import verify

AIM = 0.5
PAGE = 10_000
"""Facts in one statement of the floor; verify's own pages are smaller, which would only hold the floor up."""


def read_and_hash(database: Database, size: int) -> bytes:
    """The last hash of all envelopes, page by page."""
    digest = b""
    with database.views.connect() as connection:
        for after in range(0, size, PAGE):
            page = select(fact.c.envelope).where(fact.c.position > after, fact.c.position <= after + PAGE)
            for envelope in connection.execute(page.order_by(fact.c.position)).scalars():
                digest = sha256(envelope).digest()
    return digest


def hash_in_memory(envelopes: Sequence[bytes]) -> bytes:
    """The last hash of all envelopes."""
    digest = b""
    for envelope in envelopes:
        digest = sha256(envelope).digest()
    return digest


def measure(where: str, rounds: int) -> tuple[int, list[tuple[float, float, float]]]:
    """The log's size, and for each round the events a second: verify, hash as read, hash in memory."""
    database = Database(where)
    with database.views.connect() as connection:
        envelopes = list(connection.execute(select(fact.c.envelope).order_by(fact.c.position)).scalars())
    size = len(envelopes)

    def rate(work: Callable[[], object]) -> float:
        gc.collect()
        began = perf_counter()
        work()
        return size / (perf_counter() - began)

    measured = []
    for _ in range(rounds):
        ours = rate(lambda: verify(database))
        read = rate(lambda: read_and_hash(database, size))
        measured.append((ours, read, rate(lambda: hash_in_memory(envelopes))))
    database.close()
    return size, measured


def figures(place: Place, events: int, rounds: int) -> list[Figure]:
    """Both comparisons on one kind of database."""
    say(f"verify, {place.kind}: recording {events:,} facts in bulk")
    apart(lives.fill, place.where, events)
    say(f"verify, {place.kind}: {rounds} rounds")
    size, measured = apart(measure, place.where, rounds).value
    assert size == events, f"{size} facts were stored of {events}"
    ours, read, memory = zip(*measured, strict=True)
    return [
        compared(f"verify/{place.kind}/hash-read", "events/s", ours, read),
        compared(f"verify/{place.kind}/hash-memory", "events/s", ours, memory),
    ]


def row(kind: str, read: Figure, memory: Figure) -> list[str]:
    """A line of the table."""
    to_read = [number(read.value), number(read.floor), number(read.ratio), aim(read.ratio, AIM)]
    return [kind, *to_read, number(memory.floor), number(memory.ratio)]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    chosen = arguments(argv, __doc__, "events", 100_000, "facts in the log")
    with places(chosen.database) as some:
        found = [figures(place, chosen.events, chosen.rounds) for place in some]
        lines = [f"verify: {chosen.events:,} events, medians of {chosen.rounds} rounds in turn; {machine(some)}", ""]
    rows = [row(place.kind, *pair) for place, pair in zip(some, found, strict=True)]
    head = ["", "verify /s", "read + hash /s", "ratio", "aim", "hash in memory /s", "ratio"]
    lines += [*table(head, rows), "", "The aim is about the first ratio, where both sides read from the database."]
    show([figure for pair in found for figure in pair], lines, as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
