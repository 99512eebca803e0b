"""How long the receipt of a figure takes, beside the report that the figure stands in.

For each report of the city, random cells as of random pairs of dates: the report, then the receipt of one of its cells.
The floor of a figure is the median of that report in the same run. All is this process's own time, so that other work
on the machine does not count; what passed on the clock is told beside.
"""

import random
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from time import perf_counter, process_time
from typing import Any

from api.app import reads
from api.http.reading import Read, look_up
from api.http.receipts import rows_of
from api.recorder.runtime import stay
from api.settings import Settings
from benchmarks import city
from benchmarks.ground import Figure, Place, apart, arguments, machine, number, places, quantile, say, show, table
from benchmarks.report import prepare
from ledger.log.database import Database

REPORTS = ("rent-roll", "occupancy", "lease-expiry", "ageing", "companies", "trial-balance", "revenue")
QUESTIONS = 10
"""For each report in a round."""

AIM_MS = 100

Times = dict[str, tuple[list[float], list[float], list[float]]]
"""Of each report its own milliseconds, those of the receipts of its cells, and these on the clock."""


def ask(where: str, facts: int, rounds: int, reports: Sequence[str] = REPORTS) -> Times:
    """Ask for reports and receipts in turn. The first of each, which prepares statements, is left out."""
    settings, database, chance = Settings(), Database(where), random.Random(7)
    explained = {read.report.name: read for read in reads(settings) if read.report is not None}
    stay()

    def timed(read: Read[Any], **asked: Any) -> tuple[Any, float, float]:
        began, worked = perf_counter(), process_time()
        _, found = look_up(settings, database, read, read.query(**asked), {})
        return found, (process_time() - worked) * 1000, (perf_counter() - began) * 1000

    times = {name: _times(explained[name], timed, chance, facts, rounds) for name in reports}
    database.close()
    return times


def _times(
    read: Read[Any], timed: Callable[..., tuple[Any, float, float]], chance: random.Random, facts: int, rounds: int
) -> tuple[list[float], list[float], list[float]]:
    assert read.receipts is not None, "a report of figures"
    reports, receipts, clock = list[float](), list[float](), list[float]()
    columns = [*read.receipts.units, *read.receipts.words]
    while len(receipts) <= rounds * QUESTIONS:
        day = city.FIRST + timedelta(days=chance.randrange(city.DAYS))
        basis: Mapping[str, str] = {
            "effective": day.isoformat(),
            "recorded": str(chance.randint(facts // 10, facts)),
        }
        found, took, _ = timed(read, **basis)
        rows = rows_of(read, found)
        cells = [f"{name}/{column}" for name, row in rows.items() for column in columns if row.get(column) is not None]
        if not cells:
            continue
        answer, explaining, passed = timed(read, **basis, explain=chance.choice(cells))
        assert answer.data.ties, f"{answer.data.cell} is {answer.data.figure}, not {answer.data.total}"
        reports.append(took)
        receipts.append(explaining)
        clock.append(passed)
    return reports[1:], receipts[1:], clock[1:]


def figures(place: Place, times: Times) -> list[Figure]:
    """For each report p50 and p99 of receipts; the floor is its own median."""
    made = []
    for name, (reports, receipts, _) in times.items():
        floor = quantile(reports, 0.5)
        for part, share in {"p50": 0.5, "p99": 0.99}.items():
            value = quantile(receipts, share)
            made.append(Figure(f"explain/{place.kind}/{name}-{part}", value, "ms", floor, value / floor))
    return made


def rows(place: Place, facts: int, times: Times) -> list[list[str]]:
    """Lines of the table: a report each."""
    lines = []
    for name, (reports, receipts, clock) in times.items():
        p50, p99 = quantile(receipts, 0.5), quantile(receipts, 0.99)
        met = "met" if p99 <= AIM_MS else "missed"
        cells = [f"{place.kind} {name}", f"{facts:,}", number(quantile(reports, 0.5)), number(p50), number(p99)]
        cells += [number(quantile(clock, share)) for share in (0.5, 0.99)]
        lines.append([*cells, f"≤ {AIM_MS} ms {met}"])
    return lines


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    chosen = arguments(argv, __doc__, "events", 1_000_000, "facts in the log")
    made, lines = list[Figure](), list[list[str]]()
    with places(chosen.database) as some:
        for place in some:
            say(f"explain, {place.kind}: recording about {chosen.events:,} facts and building the read models")
            facts = apart(prepare, place.where, chosen.events).value
            say(f"explain, {place.kind}: asking {chosen.rounds * QUESTIONS:,} times for each of {', '.join(REPORTS)}")
            times = apart(ask, place.where, facts, chosen.rounds).value
            made += figures(place, times)
            lines += rows(place, facts, times)
        asked = f"{chosen.rounds * QUESTIONS:,} cells of each report as of random pairs"
        head = [f"explain: {asked}; {city.LEASES} leases throughout; {machine(some)}", ""]
    columns = ["", "facts", "report p50 ms", "receipt p50 ms", "receipt p99 ms", "clock p50 ms", "clock p99 ms", "aim"]
    show(made, head + table(columns, lines), as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
