"""What `report` does in each checkout: a ledger of facts, and reports as of random pairs. Run by against.py.

prepare   a ledger with the facts of a file, and every read model; how many facts
ask       the milliseconds of every question: (from beginning to end, of this process's own work)

A file has a line for each fact: the day it is recorded on, and the fact as JSON.
"""

import gc
import json
import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import reduce
from operator import or_
from time import perf_counter, process_time
from typing import Any

import msgspec

from benchmarks.against import moved

REPORTS = {
    "rent-roll": ("rent_roll", "tenancy"),
    "occupancy": ("occupancy", "tenancy"),
    "lease-expiry": ("lease_expiry", "tenancy"),
    "revenue": ("revenue", "books"),
    "ageing": ("ageing", "receivables"),
}
"""Each report's function, and the package that it is in since there are such."""


def prepare(where: str, facts: str) -> int:
    """Store the facts of a file in an empty ledger, and build its read models."""
    import migrations
    from benchmarks.lives import store_all

    runner, database = moved("projections.engine.runner", "projections.runner"), _database(where)
    migrations.upgrade(database)
    stored = store_all(where, _facts(facts))
    views = [view() for view in moved("projections.every.views", "projections").ALL_VIEWS]
    runner.ensure(database, views)
    runner.catch_up(database, views)
    with database.owner.begin() as connection:
        connection.exec_driver_sql("ANALYZE")
    database.close()
    return stored


def _facts(path: str) -> Iterator[tuple[date, Any]]:
    from ledger.decider import all_facts

    kinds: Any = reduce(or_, all_facts().values())
    decode = msgspec.json.Decoder(kinds).decode
    with open(path, "rb") as lines:
        for line in lines:
            day, _, fact = line.partition(b" ")
            yield date.fromisoformat(day.decode()), decode(fact)


def _database(where: str) -> Any:
    return moved("ledger.log.database", "ledger.database").Database(where)


def _reports() -> dict[str, Callable[..., Any]]:
    return {
        name: getattr(moved(f"projections.{package}.{function}", f"projections.{function}"), function)
        for name, (function, package) in REPORTS.items()
    }


def ask(where: str, facts: int, first: str, days: int, times: int, seed: int) -> dict[str, list[tuple[float, float]]]:
    """Ask each report so many times; the first of each, which prepares statements, is left out."""
    basis_of = moved("projections.engine.basis", "projections.basis").Basis
    database, chance, begin = _database(where), random.Random(seed), date.fromisoformat(first)
    reports = _reports()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 50)
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in reports}
    for at in range(times + 1):
        day, recorded = begin + timedelta(days=chance.randrange(days)), chance.randint(facts // 10, facts)
        basis = basis_of(effective=day, recorded=recorded, recorded_at=None, root="")
        for name, report in reports.items():
            began, used = perf_counter(), process_time()
            with database.views.connect() as connection:
                report(connection, basis)
            if at:
                found[name].append((1000 * (perf_counter() - began), 1000 * (process_time() - used)))
    database.close()
    return found


def said(where: str, recorded: int, effective: str) -> dict[str, Any]:
    """Every report on one basis, whole: to see that two checkouts say the same."""
    basis_of = moved("projections.engine.basis", "projections.basis").Basis
    database = _database(where)
    basis = basis_of(effective=date.fromisoformat(effective), recorded=recorded, recorded_at=None, root="")
    with database.views.connect() as connection:
        answers = {name: report(connection, basis) for name, report in _reports().items()}
    database.close()
    found: dict[str, Any] = json.loads(msgspec.json.encode(answers))
    return found
