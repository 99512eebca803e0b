"""How fast read models are made anew from the log, against the least it takes and against the package's own way.

all, of a city   projections.engine.runner.rebuild_all, as `mcsc rebuild --all`, of a city whose leases were billed and
                 paid for a year: by the clock and by the processor's time of all processes
read + insert    one process reads and decodes every fact once and inserts the very rows that this made, each once, with
                 all their indexes: the floor. (PostgreSQL's own work counts by the clock alone)

And of the company register alone:

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
from math import ceil
from time import perf_counter
from typing import Any

from sqlalchemy import Connection, MetaData, Table, select

import migrations
from benchmarks import lives, package
from benchmarks.billing import BILLED, city
from benchmarks.billing_work import Clock
from benchmarks.ground import Figure, Place, aim, apart, arguments, compared, machine, number, places, say, show, table
from ledger.companies.facts import CompanyFact
from ledger.log import store
from ledger.log.database import Database
from projections.companies.register import CompanyRegister, company_register
from projections.engine.entities import Known
from projections.engine.runner import ensure, head_position, rebuild, rebuild_all
from projections.engine.view import BULK_PAGE, FOREVER, projection
from projections.every.views import ALL_VIEWS

AIM_ALL, AIM_FLOOR, AIM_PACKAGE = 0.6, 0.5, 30
PACKAGE_SHARE = 50
"""The package gets one event of so many."""


Rates = tuple[float, float]
"""Events a second by the clock, and by the processor's time of all processes."""


# All read models, of a city


def fill_city(where: str, leases: int) -> int:
    """Store a city with a year of its books in an empty place; how many facts there are."""
    database = Database(where)
    migrations.upgrade(database)
    database.close()
    return lives.store_all(where, city(leases, BILLED))


def rate_all(where: str) -> Rates:
    """Make all read models anew from nothing."""
    database = _emptied(where)
    ensure(database, [view() for view in ALL_VIEWS])
    events = head_position(database)
    gc.collect()
    clock = Clock()
    rebuild_all(database, ALL_VIEWS)
    rates = events / clock.passed(), events / clock.worked()
    database.close()
    return rates


def rate_all_floor(where: str) -> Rates:
    """Read and decode each page once, and insert beside it a share of the rows that rate_all() left."""
    database = Database(where)
    events = head_position(database)
    pages = ceil(events / BULK_PAGE)
    with database.views.connect() as connection:
        shares = {table: _shares(connection, table, pages) for view in ALL_VIEWS for table in view.tables}
    gc.collect()
    clock, after = Clock(), 0
    for page in range(pages):
        with database.views.begin() as connection:
            after = store.page(connection, after=after, limit=BULK_PAGE)[-1].position
            for table, rows in shares.items():
                store.insert_rows(connection, table, rows[page])
    rates = events / clock.passed(), events / clock.worked()
    database.close()
    return rates


def _shares(connection: Connection, table: Table, pages: int) -> list[list[tuple[Any, ...]]]:
    """The rows of a table in as many parts, those of earlier facts first, each in the order of their keys; as rows of
    another generation."""
    first = next((name for name in ("from_position", "position", "block") if name in table.c), None)
    assert first is not None, f"the rows of {table.name} come in some order"
    found = connection.execute(select(table).order_by(table.c[first])).all()
    rows = [(BESIDE, *row[1:]) for row in found]
    each = ceil(len(rows) / pages) or 1
    key = [table.c.keys().index(column.name) for column in table.primary_key.columns]
    parts = [rows[begin : begin + each] for begin in range(0, len(rows), each)]
    parts += [[] for _ in range(pages - len(parts))]
    return [sorted(part, key=lambda row: [row[at] for at in key]) for part in parts]


BESIDE = 1_000
"""The number of a generation that no rebuild has come to."""


# The company register


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
    every: list[Rates] = field(default_factory=list)
    every_floor: list[Rates] = field(default_factory=list)


def measure(place: Place, events: int, leases: int, rounds: int) -> Measured:
    """Every measurement in turn, round by round."""
    at_city = place.another("city")
    say(f"rebuild, {place.kind}: {apart(fill_city, at_city, leases).value:,} facts of {leases:,} leases")
    few = max(events // PACKAGE_SHARE, 1)
    say(f"rebuild, {place.kind}: recording {events:,} facts in bulk, {few:,} for the package")
    companies = apart(lives.fill, place.where, events).value
    shared = place.package_environment("envelopes", "ENVELOPES")
    if place.server is not None:
        apart(package.fill, shared, few)
    measured = Measured()
    for at in range(1, rounds + 1):
        say(f"rebuild, {place.kind}: round {at} of {rounds}, {companies:,} companies")
        measured.every.append(apart(rate_all, at_city).value)
        measured.every_floor.append(apart(rate_all_floor, at_city).value)
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
    clock, work = zip(*measured.every, strict=True)
    clock_floor, work_floor = zip(*measured.every_floor, strict=True)
    return {
        "all": compared(f"rebuild/{place.kind}/all-floor", "events/s", clock, clock_floor),
        "work": compared(f"rebuild/{place.kind}/all-floor-cpu", "events/s", work, work_floor),
        "floor": compared(f"rebuild/{place.kind}/floor", "events/s", measured.rebuild, measured.floor),
        "package": compared(f"rebuild/{place.kind}/package", "events/s", measured.rebuild, measured.package),
        "memory": Figure(f"rebuild/{place.kind}/peak-memory", peak, "MB", floor, peak / floor),
    }


def all_row(kind: str, own: Mapping[str, Figure]) -> list[str]:
    """A line of the table of all read models."""
    clock, work = own["all"], own["work"]
    by_work = [number(value) for value in (work.value, work.floor, work.ratio)]
    return [kind, number(clock.value), number(clock.floor), number(clock.ratio), aim(clock.ratio, AIM_ALL), *by_work]


def row(kind: str, own: Mapping[str, Figure]) -> list[str]:
    """A line of the table of the register."""
    floor, rival = own["floor"], own["package"]
    to_floor = [number(floor.value), number(floor.floor), number(floor.ratio), aim(floor.ratio, AIM_FLOOR)]
    to_package = [number(rival.floor), number(rival.ratio), aim(rival.ratio, AIM_PACKAGE)]
    return [kind, *to_floor, *to_package, number(own["memory"].value)]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    chosen = arguments(
        argv, __doc__, "events", 200_000, "facts in the log of companies", leases=(500, "leases in the city")
    )
    with places(chosen.database) as some:
        found = [figures(place, measure(place, chosen.events, chosen.leases, chosen.rounds)) for place in some]
        lines = [f"rebuild: medians of {chosen.rounds} rounds in turn; {machine(some)}", ""]
    least = ["read + insert /s", "ratio", "aim"]
    head = [f"{chosen.leases:,} leases", "all /s", *least, "of work: all /s", *least[:2]]
    lines += [*table(head, [all_row(place.kind, own) for place, own in zip(some, found, strict=True)]), ""]
    head = [f"{chosen.events:,} events", "register /s", *least, "package /s", "ratio", "aim", "peak MB"]
    lines += table(head, [row(place.kind, own) for place, own in zip(some, found, strict=True)])
    show([figure for own in found for figure in own.values()], lines, as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
