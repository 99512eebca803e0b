"""How long reports take as the city grows: asked here, and in another checkout, the same questions in turn.

run   for each number of leases and each report: milliseconds, beside the other checkout's or the smallest city's

A question's own work is the processor time of the process that asks: on a machine that others use it says more than the
clock. What PostgreSQL does stands in the clock only.
"""

import argparse
from pathlib import Path

import msgspec
from msgspec import Struct

from benchmarks import city
from benchmarks.against import Checkout, sides
from benchmarks.asking import REPORTS
from benchmarks.ground import Figure, Place, machine, number, places, quantile, say, show, table

QUESTIONS = 10
"""For each report in a round."""
AIM_MS, AIM_FASTER = 100, 15


class Asked(Struct):
    """What a city of one size gave in one checkout: for each report (milliseconds, own work) of every question."""

    leases: int
    side: str
    times: dict[str, list[tuple[float, float]]]

    def value(self, report: str, share: float, own: bool) -> float:
        """The time, or the own work, that this share of the questions stayed below."""
        return quantile([times[own] for times in self.times[report]], share)


def run(chosen: argparse.Namespace) -> int:
    """Measure and print."""
    sizes = [int(size) for size in chosen.leases.split(",")]
    with places(chosen.database) as some:
        found = {place.kind: measure(place, sizes, chosen) for place in some}
        asked = f"{chosen.rounds * QUESTIONS:,} questions as of random pairs, {chosen.events:,} facts"
        head = [f"report: {asked}; {machine(some)}", ""]
    figures = [figure for kind, asked_of in found.items() for figure in compared(kind, asked_of)]
    show(figures, [*head, *lines(found)], as_json=chosen.json)
    return 0


def measure(place: Place, sizes: list[int], chosen: argparse.Namespace) -> list[Asked]:
    """Every city in every checkout; the checkouts take turns."""
    found = []
    for leases in sizes:
        path = Path(place.directory) / f"facts-{place.kind}-{leases}"
        written(path, chosen.events, leases)
        built: list[tuple[Checkout, str, int, Asked]] = []
        for side in sides(chosen.against or None):
            say(f"report, {place.kind}, {side.name}: {leases:,} leases")
            where = place.another(f"growing_{leases}_{side.name.replace('-', '_').replace('.', '_')}")
            facts = side.run("asking", "prepare", where=where, facts=str(path))
            built.append((side, where, facts, Asked(leases, side.name, {name: [] for name in REPORTS})))
        for at in range(chosen.rounds):
            for side, where, facts, asked in built:
                about = {"first": city.FIRST.isoformat(), "days": city.DAYS, "times": QUESTIONS, "seed": at}
                for report, times in side.run("asking", "ask", where=where, facts=facts, **about).items():
                    asked.times[report] += [(clock, own) for clock, own in times]
        found += [asked for *_, asked in built]
    return found


def written(path: Path, events: int, leases: int) -> None:
    """A city's facts, for every checkout to read."""
    with path.open("wb") as lines:
        for day, fact in city.city(events, leases):
            lines.write(b"%s %s\n" % (day.isoformat().encode(), msgspec.json.encode(fact)))


def compared(kind: str, found: list[Asked]) -> list[Figure]:
    """Figures of this checkout; the floor is the other's, else the smallest city's, for so many rows."""
    ours = [asked for asked in found if asked.side == found[0].side]
    others = {asked.leases: asked for asked in found if asked.side != found[0].side}
    made = []
    for asked in ours:
        for report in REPORTS:
            for name, share, own in (("p50", 0.50, False), ("p99", 0.99, False), ("own-p50", 0.50, True)):
                value = asked.value(report, share, own)
                if (other := others.get(asked.leases)) is not None:
                    floor = other.value(report, share, own)
                else:
                    floor = ours[0].value(report, share, own) * asked.leases / ours[0].leases
                place = f"report/{kind}/leases-{asked.leases}/{report}-{name}"
                made.append(Figure(place, value, "ms", floor, value / floor))
    return made


def lines(found: dict[str, list[Asked]]) -> list[str]:
    """A line for each report, city and checkout; how many times faster this one is stands beside the other."""
    rows = []
    for kind, some in found.items():
        now = {asked.leases: asked for asked in some if asked.side == some[0].side}
        for report in REPORTS:
            for asked in some:
                clock = [asked.value(report, share, False) for share in (0.50, 0.99)]
                own = asked.value(report, 0.50, True)
                ours = now[asked.leases]
                faster = [clock[0] / ours.value(report, 0.50, False), own / ours.value(report, 0.50, True)]
                shown = ["", ""] if asked is ours else list(map(number, faster))
                each = number(1000 * own / asked.leases)
                rows.append(
                    [f"{kind} {report} {asked.side}", f"{asked.leases:,}", *map(number, (*clock, own)), each, *shown]
                )
    head = ["", "leases", "p50 ms", "p99 ms", "own p50 ms", "own µs/lease", "× by the clock", "× own work"]
    return table(head, rows)
