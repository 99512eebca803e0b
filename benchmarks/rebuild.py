"""How fast a read model is made anew from the log, against the least it takes and against the package's own way.

rebuild          projections.engine.runner.rebuild of the company register: fold, versioned rows, swap
read + insert    read and decode every fact, insert one row of the same width for each in bulk: the floor
package          `eventsourcing`'s ProjectionRunner, one transaction an event, over the same facts (fewer: it is slow).
                 On SQLite the package cannot subscribe, so its events are in memory and only its view is on SQLite

Each measurement runs in a process of its own, on empty read models; the log is the same throughout.
"""

import gc
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from sqlalchemy import MetaData, select

import migrations
from benchmarks import lives, package
from benchmarks.ground import Figure, Place, aim, apart, arguments, compared, machine, number, places, say, show, table
from ledger.companies.facts import CompanyFact
from ledger.log import store
from ledger.log.database import Database
from projections.companies.register import CompanyRegister, company_register
from projections.engine.entities import Known
from projections.engine.runner import ensure, rebuild
from projections.engine.view import BULK_PAGE, FOREVER, projection

AIM_FLOOR, AIM_PACKAGE = 0.5, 30
PACKAGE_SHARE = 50
"""The package gets one event of so many."""


def rate_rebuild(where: str, events: int) -> float:
    """Events a second of one rebuild from nothing."""
    database = _emptied(where)
    ensure(database, [CompanyRegister()])
    gc.collect()
    began = perf_counter()
    rebuild(database, CompanyRegister)
    rate = events / (perf_counter() - began)
    with database.views.connect() as connection:
        position = connection.execute(select(projection.c.position).where(projection.c.live)).scalar_one()
    assert position == events, f"the rebuild ended at {position} of {events}"
    database.close()
    return rate


def rate_floor(where: str, events: int) -> float:
    """Events a second of reading, decoding and inserting one row an event, page by page, with nothing computed."""
    database = _emptied(where)
    target = company_register.to_metadata(MetaData(schema="projections"), name="benchmark_floor")
    target.create(database.owner)
    values = _typical(database)
    gc.collect()
    began = perf_counter()
    after = 0
    while after < events:
        with database.owner.begin() as connection:
            entries = store.page(connection, after=after, limit=BULK_PAGE)
            rows = [
                (1, entry.fact.company, entry.fact.effective_on, entry.position, FOREVER, *values)
                for entry in entries
                if isinstance(entry.fact, CompanyFact)
            ]
            store.insert_rows(connection, target, rows)
        after = entries[-1].position
    rate = events / (perf_counter() - began)
    target.drop(database.owner)
    database.close()
    return rate


def _typical(database: Database) -> tuple[Any, ...]:
    """The data columns of a company halfway through its life."""
    view, state = CompanyRegister(), None
    with database.views.connect() as connection:
        entries = store.by_tags(connection, ["company:company-000001"])
    for entry in entries:
        state = view.fold("company-000001", state, entry)
    assert isinstance(state, Known), "the first company has facts"
    return view.values(state)


def _emptied(where: str) -> Database:
    """The ledger with fresh, empty read models."""
    database = Database(where)
    migrations.downgrade(database, "projections@base")
    migrations.upgrade(database)
    return database


@dataclass(slots=True)
class Measured:
    """What the rounds gave: events a second, and the peak memory of our processes in MB."""

    rebuild: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)
    package: list[float] = field(default_factory=list)
    rebuild_mb: list[float] = field(default_factory=list)
    floor_mb: list[float] = field(default_factory=list)


def measure(place: Place, events: int, rounds: int) -> Measured:
    """Every measurement in turn, round by round."""
    few = max(events // PACKAGE_SHARE, 1)
    say(f"rebuild, {place.kind}: recording {events:,} facts in bulk, {few:,} for the package")
    companies = apart(lives.fill, place.where, events).value
    shared = place.package_environment("envelopes", "ENVELOPES")
    if place.server is not None:
        apart(package.fill, shared, few)
    measured = Measured()
    for at in range(1, rounds + 1):
        say(f"rebuild, {place.kind}: round {at} of {rounds}, {companies:,} companies")
        _add(measured.rebuild, measured.rebuild_mb, rate_rebuild, place.where, events)
        _add(measured.floor, measured.floor_mb, rate_floor, place.where, events)
        own = place.package_environment(f"register_{at}", "REGISTER")
        measured.package.append(apart(package.run, shared | own, few).value)
    return measured


def _add(rates: list[float], peaks: list[float], work: Any, where: str, events: int) -> None:
    done = apart(work, where, events)
    rates.append(done.value)
    peaks.append(done.peak_mb)


def figures(place: Place, measured: Measured) -> Mapping[str, Figure]:
    """The comparisons on one kind of database, by their last name."""
    peak, floor = max(measured.rebuild_mb), max(measured.floor_mb)
    return {
        "floor": compared(f"rebuild/{place.kind}/floor", "events/s", measured.rebuild, measured.floor),
        "package": compared(f"rebuild/{place.kind}/package", "events/s", measured.rebuild, measured.package),
        "memory": Figure(f"rebuild/{place.kind}/peak-memory", peak, "MB", floor, peak / floor),
    }


def row(kind: str, own: Mapping[str, Figure]) -> list[str]:
    """A line of the table."""
    floor, rival = own["floor"], own["package"]
    to_floor = [number(floor.value), number(floor.floor), number(floor.ratio), aim(floor.ratio, AIM_FLOOR)]
    to_package = [number(rival.floor), number(rival.ratio), aim(rival.ratio, AIM_PACKAGE)]
    return [kind, *to_floor, *to_package, number(own["memory"].value)]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    chosen = arguments(argv, __doc__, "events", 200_000, "facts in the log")
    with places(chosen.database) as some:
        found = [figures(place, measure(place, chosen.events, chosen.rounds)) for place in some]
        lines = [f"rebuild: {chosen.events:,} events, medians of {chosen.rounds} rounds in turn; {machine(some)}", ""]
    rows = [row(place.kind, own) for place, own in zip(some, found, strict=True)]
    head = ["", "rebuild /s", "read + insert /s", "ratio", "aim", "package /s", "ratio", "aim", "peak MB"]
    show([figure for own in found for figure in own.values()], lines + table(head, rows), as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
