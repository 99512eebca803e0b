"""How long reports take as of any two dates, and how that grows with the log of a city that does not.

trial-balance  every account's opening, movements and closing, from the totals of blocks and the lines after them
rent-roll      every unit with its lease, rent, deposit and arrears, from versioned rows

For a hundredth, a tenth and all of --events; each question names another effective date and another position. The floor
of a figure is the same one at the smallest size: the ratio says how it grows.

With --leases 2000, or 45,2000,10000, the city grows in place of the log (growing.py), also beside another checkout.
"""

import random
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from time import perf_counter
from typing import Any

from msgspec import Struct

import migrations
from api.recorder.runtime import stay
from benchmarks import city, growing
from benchmarks.ground import Figure, Place, apart, arguments, machine, number, places, quantile, say, show, table
from ledger.log.database import Database
from projections.books.trial_balance import trial_balance
from projections.engine.basis import Basis
from projections.engine.runner import catch_up, ensure
from projections.every.views import ALL_VIEWS
from projections.tenancy.rent_roll import rent_roll

SHARES = (100, 10, 1)
QUESTIONS = 10
"""For each report in a round; for a p99 worth its name ask for 50 rounds."""

REPORTS: Mapping[str, Callable[..., Any]] = {"trial-balance": trial_balance, "rent-roll": rent_roll}
QUANTILES = {"p50": 0.50, "p99": 0.99}
AIM_MS, AIM_GROWTH = 100, 1.5


class Times(Struct):
    """What one size gave: how many facts, and for each report the milliseconds of every question."""

    facts: int
    ms: dict[str, list[float]]


def ask(where: str, facts: int, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each question about random pairs. The first of each report, which prepares statements, is left
    out."""
    database, chance = Database(where), random.Random(7)
    ms: dict[str, list[float]] = {name: [] for name in REPORTS}
    stay()
    for name, report in REPORTS.items():
        for at in range(rounds * QUESTIONS + 1):
            day = city.FIRST + timedelta(days=chance.randrange(city.DAYS))
            basis = Basis(effective=day, recorded=chance.randint(1, facts), recorded_at=None, root="")
            began = perf_counter()
            with database.views.connect() as connection:
                report(connection, basis)
            if at:
                ms[name].append((perf_counter() - began) * 1000)
    database.close()
    return ms


def prepare(where: str, events: int) -> int:
    """A ledger with so many facts and every read model; how many facts there are."""
    database = Database(where)
    migrations.upgrade(database)
    facts = city.fill(where, events)
    views = [view() for view in ALL_VIEWS]
    ensure(database, views)
    catch_up(database, views)
    if database.is_postgres:  # which would have done so by itself; nobody does in SQLite
        with database.owner.begin() as connection:
            connection.exec_driver_sql("ANALYZE")
    database.close()
    return facts


def measure(place: Place, events: int, rounds: int) -> list[Times]:
    """Every size in turn, each in a ledger and a process of its own."""
    found = []
    for share in SHARES:
        size = max(events // share, 1)
        say(f"report, {place.kind}: recording about {size:,} facts and building the read models")
        where = place.another(f"report_{share}")
        facts = apart(prepare, where, size).value
        say(f"report, {place.kind}: asking {rounds * QUESTIONS:,} times for each of {', '.join(REPORTS)}")
        found.append(Times(facts, apart(ask, where, facts, rounds).value))
    return found


def figures(place: Place, found: Sequence[Times]) -> list[Figure]:
    """For each report, size and quantile its milliseconds; the floor is the smallest size's."""
    made = []
    for report in REPORTS:
        for name, share in QUANTILES.items():
            floor = quantile(found[0].ms[report], share)
            for part, times in zip(SHARES, found, strict=True):
                value = quantile(times.ms[report], share)
                size = "all" if part == 1 else f"{part}th"
                made.append(Figure(f"report/{place.kind}/{report}-{name}-{size}", value, "ms", floor, value / floor))
    return made


def rows(place: Place, found: Sequence[Times]) -> list[list[str]]:
    """Lines of the table: a report and a size each."""
    lines = []
    for report in REPORTS:
        floor = quantile(found[0].ms[report], QUANTILES["p99"])
        for times in found:
            p50, p99 = (quantile(times.ms[report], share) for share in QUANTILES.values())
            met = "met" if p99 <= AIM_MS and p99 / floor <= AIM_GROWTH else "missed"
            cells = [f"{place.kind} {report}", f"{times.facts:,}", number(p50), number(p99), number(p99 / floor)]
            lines.append([*cells, f"≤ {AIM_MS} and ≤ {AIM_GROWTH} × {met}"])
    return lines


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    chosen = arguments(
        argv,
        __doc__,
        "events",
        1_000_000,
        "facts in the largest log",
        leases=("", "how many leases the city has, as 45,2000: it grows in place of the log"),
        against=("", "with --leases: another checkout of the project, to be asked the same"),
    )
    if chosen.leases:
        return growing.run(chosen)
    with places(chosen.database) as some:
        found = [measure(place, chosen.events, chosen.rounds) for place in some]
        asked = f"{chosen.rounds * QUESTIONS:,} questions as of random pairs"
        lines = [f"report: {asked}; {city.LEASES} leases throughout; {machine(some)}", ""]
    pairs = list(zip(some, found, strict=True))
    head = ["", "facts", "p50 ms", "p99 ms", "p99 growth", "aim"]
    made = [line for place, own in pairs for line in rows(place, own)]
    show(
        [figure for place, own in pairs for figure in figures(place, own)],
        lines + table(head, made),
        as_json=chosen.json,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
