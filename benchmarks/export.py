"""How long the whole log takes out as CloudEvents and in again, against reading the bytes of the envelopes.

export   ledger.log.events.exported as NDJSON, to nowhere: every event as it is sent
import   ledger.log.importing.import_log into an empty ledger of the same kind: held against the head, sealed, proved
read     the envelopes alone, in pages, nothing done with them: the floor of both
"""

import gc
import sys
from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter

from sqlalchemy import select

import migrations
from benchmarks import city
from benchmarks.ground import (
    Figure,
    Place,
    aim,
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
from ledger.log.database import Database, fact
from ledger.log.events import ROWS, exported, ndjson
from ledger.log.importing import import_log

LEAST = 0.3


def seconds(work: Callable[[], object]) -> float:
    """How long this takes."""
    gc.collect()
    began = perf_counter()
    work()
    return perf_counter() - began


def measure(where: str, rounds: int) -> list[tuple[float, float]]:
    """The seconds of each round: export, read."""
    database = Database(where)
    measured = [(seconds(lambda: send(database)), seconds(lambda: read(database))) for _ in range(rounds)]
    database.close()
    return measured


def send(database: Database) -> int:
    """Export everything; the bytes."""
    return sum(map(len, ndjson(exported(database))))


def read(database: Database) -> int:
    """Read every envelope; their bytes."""
    size, after, last = 0, 0, -1
    while last != after:
        last = after
        query = select(fact.c.position, fact.c.envelope).where(fact.c.position > after).order_by(fact.c.position)
        with database.views.connect() as connection:
            for position, envelope in connection.execute(query.limit(ROWS)):
                size, after = size + len(envelope), position
    return size


def take_in(where: str, into: str) -> float:
    """The seconds to import what `where` exports into an empty ledger."""
    source, target = Database(where), Database(into)
    migrations.upgrade(target)
    with scratch("export") as made:
        file = made / "log.ndjson"
        with file.open("wb") as out:
            for piece in ndjson(exported(source)):
                out.write(piece)
        with file.open("rb") as lines:
            took = seconds(lambda: import_log(target, lines))
    source.close()
    target.close()
    return took


def figures(place: Place, events: int, rounds: int) -> tuple[list[Figure], list[str]]:
    """The comparisons on one kind of database, and a line of the table."""
    say(f"export, {place.kind}: recording {events:,} facts in bulk")
    stored = int(apart(city.fill, place.where, events).value)
    say(f"export, {place.kind}: {rounds} rounds")
    result = apart(measure, place.where, rounds)
    sending, reading = zip(*result.value, strict=True)
    bringing = [float(apart(take_in, place.where, empty(place, number)).value) for number in range(rounds)]
    floors = [stored / took for took in reading]
    out = compared(f"export/{place.kind}/export", "facts/s", [stored / took for took in sending], floors)
    back = compared(f"export/{place.kind}/import", "facts/s", [stored / took for took in bringing], floors)
    cells = [number(stored / median(some)) for some in (reading, sending, bringing)]
    row = [place.kind, f"{stored:,}", *cells, number(out.ratio), aim(out.ratio, LEAST), number(result.peak_mb)]
    return [out, back], row


def empty(place: Place, number: int) -> str:
    """An empty ledger of the same kind."""
    if place.server is None:
        return str(place.directory / f"back-{number}")
    address = place.server.set(drivername="postgresql", database=place.create_database(f"back_{number}"))
    return address.render_as_string(hide_password=False)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    chosen = arguments(argv, __doc__, "events", 100_000, "facts in the log")
    with places(chosen.database) as some:
        found = [figures(place, chosen.events, chosen.rounds) for place in some]
        lines = [f"export: medians of {chosen.rounds} rounds in turn; {machine(some)}", ""]
    head = ["", "facts", "read/s", "export/s", "import/s", "export ÷ read", "aim", "peak MB"]
    lines += table(head, [row for _, row in found])
    show([figure for pair, _ in found for figure in pair], lines, as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
