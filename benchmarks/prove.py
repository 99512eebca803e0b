"""How fast a fact is proved to be in the log, and a log to have only been added to; and how long the proofs are.

inclusion     a random fact in a random tree: made from the stored subtrees, checked, its envelope read
consistency   two random sizes
read          the envelope alone, by its position: the floor
"""

import random
import sys
from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter

from sqlalchemy import Connection, select

from benchmarks import lives
from benchmarks.ground import Figure, Place, apart, arguments, compared, machine, number, places, say, show, table
from ledger.log.database import Database, fact
from ledger.log.proving import consistency_of, inclusion_of

PROOFS = 300


def measure(where: str, size: int, rounds: int) -> tuple[list[tuple[float, float, float]], int, int]:
    """Proofs a second in each round (inclusion, consistency, reading), and the longest of each in bytes."""
    database, chance = Database(where), random.Random(1)
    longest = {"in": 0, "since": 0}

    def inclusion(connection: Connection) -> None:
        tree = chance.randint(1, size)
        made = inclusion_of(connection, chance.randint(1, tree), tree)
        longest["in"] = max(longest["in"], 32 * len(made.path))

    def consistency(connection: Connection) -> None:
        new = chance.randint(1, size)
        made = consistency_of(connection, chance.randint(1, new), new)
        longest["since"] = max(longest["since"], 32 * len(made.path))

    def read(connection: Connection) -> None:
        connection.execute(select(fact.c.envelope).where(fact.c.position == chance.randint(1, size))).scalar_one()

    def rate(connection: Connection, work: Callable[[Connection], None]) -> float:
        began = perf_counter()
        for _ in range(PROOFS):
            work(connection)
        return PROOFS / (perf_counter() - began)

    with database.views.connect() as connection:
        rates = [
            (rate(connection, inclusion), rate(connection, consistency), rate(connection, read)) for _ in range(rounds)
        ]
    database.close()
    return rates, longest["in"], longest["since"]


def figures(place: Place, events: int, rounds: int) -> tuple[list[Figure], list[str]]:
    """Both comparisons on one kind of database, and its line of the table."""
    say(f"prove, {place.kind}: recording {events:,} facts in bulk")
    apart(lives.fill, place.where, events)
    rates, longest_in, longest_since = apart(measure, place.where, events, rounds).value
    ours, since, read = zip(*rates, strict=True)
    found = [
        compared(f"prove/{place.kind}/inclusion", "proofs/s", ours, read),
        compared(f"prove/{place.kind}/consistency", "proofs/s", since, read),
    ]
    micros = [f"{1e6 / median(of):,.0f}" for of in (ours, since, read)]
    sizes = [number(longest_in), number(longest_since)]
    return found, [place.kind, micros[0], sizes[0], micros[1], sizes[1], micros[2]]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    chosen = arguments(argv, __doc__, "events", 1_000_000, "facts in the log")
    with places(chosen.database) as some:
        found = [figures(place, chosen.events, chosen.rounds) for place in some]
        lines = [f"prove: {chosen.events:,} facts, medians of {chosen.rounds} rounds in turn; {machine(some)}", ""]
    head = ["", "inclusion µs", "bytes at most", "consistency µs", "bytes at most", "read a fact µs"]
    lines += table(head, [row for _, row in found])
    show([figure for pair, _ in found for figure in pair], lines, as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
