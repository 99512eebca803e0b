"""What `billing` does in each checkout: a ledger of facts, a month's billing run, its preview. Run by against.py.

prepare   a ledger with the facts of a file: a line for each, the day it is recorded on and the fact as JSON
run       facts a second of a billing run, by the clock and by the processor's time of all its processes
preview   seconds of the same run's preview; a checkout that has none shows every command's dry run
rebuild   facts a second of making all read models anew, by the clock and by the processor's time
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from functools import reduce
from operator import or_
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from time import perf_counter
from typing import Any

import msgspec

from benchmarks.against import moved

AT_ONCE = 250
"""As many commands as the command line asks for at once."""


def prepare(where: str, facts: str) -> int:
    """Store the facts of a file in an empty ledger; how many."""
    import migrations
    from benchmarks.lives import store_all

    database = _database(where)
    migrations.upgrade(database)
    database.close()
    return store_all(where, _facts(facts))


def _facts(path: str) -> Iterator[tuple[date, Any]]:
    from ledger.decider import all_facts

    kinds: Any = reduce(or_, all_facts().values())
    decode = msgspec.json.Decoder(kinds).decode
    with open(path, "rb") as lines:
        for line in lines:
            day, _, fact = line.partition(b" ")
            yield date.fromisoformat(day.decode()), decode(fact)


def _database(where: str) -> Any:
    moved("ledger")  # it learns every fact before there are threads
    return moved("ledger.log.database", "ledger.database").Database(where)


def run(where: str, leases: list[str], on: str) -> dict[str, float]:
    """Bill every lease through a day; the answers come when the facts are durable."""
    with _asking(where, leases, on) as (_, asked, clock):
        facts = sum(len(answer.result().outcome.facts) for some in asked for _, answer in some)
        took = clock.passed()
    assert facts, "something was to be billed"
    return {"facts-per-second": facts / took, "facts-per-cpu-second": facts / clock.worked()}


def preview(where: str, leases: list[str], on: str) -> dict[str, float]:
    """Show what the run would issue and post."""
    with _asking(where, leases, on, dry_run=True) as (database, asked, clock):
        previewing, lines = _previewing(database, date.fromisoformat(on)), 0
        for some in asked:
            before = previewing.charged([lease for lease, _ in some]) if previewing else {}
            for lease, answer in some:
                outcome = answer.result().outcome
                shown = previewing.of(lease, outcome, before) if previewing else outcome
                lines += len(msgspec.json.encode(shown)) > 0
        took = clock.passed()
    assert lines == len(leases), "each lease has a preview"
    return {"preview": took, "preview-cpu": clock.worked()}


def rebuild(where: str) -> dict[str, float]:
    """Make all read models anew; a checkout that cannot do so together makes one after the other."""
    runner = moved("projections.engine.runner", "projections.runner")
    views = moved("projections.every.views", "projections").ALL_VIEWS
    database = _database(where)
    runner.ensure(database, [view() for view in views])
    facts = runner.head_position(database)
    clock = Clock()
    if hasattr(runner, "rebuild_all"):
        runner.rebuild_all(database, views)
    else:
        for view in views:
            runner.rebuild(database, view)
    found = {"rebuild-per-second": facts / clock.passed(), "rebuild-per-cpu-second": facts / clock.worked()}
    database.close()
    return found


class Clock:
    """Seconds since it was made, and the processor's time of this process and of those it began that have ended."""

    def __init__(self) -> None:
        self._began, self._before = perf_counter(), self._work()

    def passed(self) -> float:
        """Seconds by the clock."""
        return perf_counter() - self._began

    def worked(self) -> float:
        """Seconds of the processors."""
        return self._work() - self._before

    @staticmethod
    def _work() -> float:
        return sum(getrusage(whose).ru_utime + getrusage(whose).ru_stime for whose in (RUSAGE_SELF, RUSAGE_CHILDREN))


def _previewing(database: Any, through: date) -> Any:
    try:
        from api.routes.billing_run import Previewing
    except ModuleNotFoundError:
        return None
    return Previewing(database, through)


@contextmanager
def _asking(where: str, leases: list[str], on: str, **options: Any) -> Iterator[tuple[Any, Iterator[Any], "Clock"]]:
    """A ledger, the answers of a run, some leases at once, and the clock since it began; what each comes to is decided
    beside it, where a checkout can do that."""
    from ledger.decider import By

    contexts = moved("ledger.recording.contexts", "ledger").CONTEXTS
    bill = moved("ledger.billing.gap", "ledger.billing").BillLease
    by, day = By(actor="benchmark", role="finance", method="library"), date.fromisoformat(on)
    commands = [bill(lease=lease, through=day, effective_on=day) for lease in leases]
    database = _database(where)
    with suppress(ModuleNotFoundError):  # where the command line set its interpreter up for a run
        moved("api.recorder.runtime", "api.runtime").stay()
    ledger = moved("ledger.recording.application", "ledger.application").Ledger(database, contexts)
    clock = Clock()
    with _ahead(database, contexts, commands, by) as more, ledger:
        yield database, _answers(ledger, commands, by, more, options), clock
    database.close()


@contextmanager
def _ahead(database: Any, contexts: Any, commands: list[Any], by: Any) -> Iterator[Iterator[dict[str, Any]]]:
    try:
        from ledger.recording.ahead import ahead
    except ModuleNotFoundError:
        yield ({} for _ in commands)
        return
    with ahead(database, contexts, commands, by) as decided:
        yield ({"decided": one} for one in decided)


def _answers(
    ledger: Any, commands: list[Any], by: Any, more: Iterator[dict[str, Any]], options: dict[str, Any]
) -> Iterator[list[tuple[str, Any]]]:
    for start in range(0, len(commands), AT_ONCE):
        some = commands[start : start + AT_ONCE]
        yield [(one.lease, ledger.submit(one, by, **options, **next(more))) for one in some]
