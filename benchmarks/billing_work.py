"""What `billing` does in each checkout: a ledger of facts, a month's billing run, its preview. Run by against.py.

prepare   a ledger with the facts of a file: a line for each, the day it is recorded on and the fact as JSON
run       facts a second of a billing run, by the clock and by the processor's time of this process
preview   seconds of the same run's preview; a checkout that has none shows every command's dry run
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from functools import reduce
from operator import or_
from time import perf_counter, process_time
from typing import Any

import msgspec

from benchmarks.against import moved

AT_ONCE = 1000
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
    with _ledger(where) as ledger:
        began, worked = perf_counter(), process_time()
        facts = sum(len(answer.result().outcome.facts) for some in _asked(ledger, leases, on) for _, answer in some)
        took, work = perf_counter() - began, process_time() - worked
    assert facts, "something was to be billed"
    return {"facts-per-second": facts / took, "facts-per-cpu-second": facts / work}


def preview(where: str, leases: list[str], on: str) -> dict[str, float]:
    """Show what the run would issue and post."""
    with _ledger(where) as ledger:
        began, worked = perf_counter(), process_time()
        previewing, lines = _previewing(ledger.database, date.fromisoformat(on)), 0
        for some in _asked(ledger, leases, on, dry_run=True):
            before = previewing.charged([lease for lease, _ in some]) if previewing else {}
            for lease, answer in some:
                outcome = answer.result().outcome
                shown = previewing.of(lease, outcome, before) if previewing else outcome
                lines += len(msgspec.json.encode(shown)) > 0
        took, work = perf_counter() - began, process_time() - worked
    assert lines == len(leases), "each lease has a preview"
    return {"preview": took, "preview-cpu": work}


def _previewing(database: Any, through: date) -> Any:
    try:
        from api.routes.billing_run import Previewing
    except ModuleNotFoundError:
        return None
    return Previewing(database, through)


@contextmanager
def _ledger(where: str) -> Iterator[Any]:
    from ledger import CONTEXTS

    database = _database(where)
    with suppress(ModuleNotFoundError):  # where the command line set its interpreter up for a run
        from api.runtime import stay

        stay()
    with moved("ledger.recording.application", "ledger.application").Ledger(database, CONTEXTS) as ledger:
        yield ledger
    database.close()


def _asked(ledger: Any, leases: list[str], on: str, **options: Any) -> Iterator[list[tuple[str, Any]]]:
    from ledger.decider import By

    bill = moved("ledger.billing.gap", "ledger.billing").BillLease
    by, day = By(actor="benchmark", role="finance", method="library"), date.fromisoformat(on)
    for start in range(0, len(leases), AT_ONCE):
        some = leases[start : start + AT_ONCE]
        commands = [bill(lease=lease, through=day, effective_on=day) for lease in some]
        yield [(one.lease, ledger.submit(one, by, **options)) for one in commands]
