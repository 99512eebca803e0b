"""L1 under races: many threads, and on PostgreSQL two processes, sign leases of the same units at once."""

from collections import Counter
from datetime import date
from typing import Any

from ledger.decider import Command, Fact
from ledger.leases.agreement import ExecuteLease
from ledger.leases.facts import LeaseExecuted
from ledger.log import store
from ledger.log.database import Database
from ledger.log.verify import verify
from ledger.once.lettings import EMPTY, LettingFact, after, clash
from tests.examples.leases import COMPANY, lead, paper, signed, simple, unit
from tests.ground.recorder_process import children, race
from tests.ground.recording import record

THREADS = 8
ROOMS = 20
SIGNED_ON = date(2024, 1, 1)


def room(number: int) -> str:
    return f"room-{number}-demo"


def rival(process: int, thread: int, number: int) -> str:
    return f"rival-{process}-{thread}-{number}-demo"


def ground(processes: int) -> list[Fact]:
    """A tenant, rooms, and for each room an approved lease of every thread: years that share some days."""
    facts: list[Fact] = [lead(COMPANY), *(unit(room(number), 10_000) for number in range(ROOMS))]
    for process in range(processes):
        for thread in range(THREADS):
            for number in range(ROOMS):
                terms = simple(SIGNED_ON, date(2024 + thread, 12, 31), (room(number), "100.00"))
                facts += signed(rival(process, thread, number), terms)[:3]
    return facts


def attempts(process: int, thread: int) -> list[Command]:
    """Every thread wants every room, each in its own order."""
    return [
        ExecuteLease(
            lease=rival(process, thread, number),
            effective_on=SIGNED_ON,
            document=paper("contract"),
            units=(room(number),),
        )
        for number in ((thread * 3 + at) % ROOMS for at in range(ROOMS))
    ]


def test_one_lease_per_unit_and_day_from_eight_threads(database: Database) -> None:
    compete(database, processes=1)


def test_one_lease_per_unit_and_day_from_two_processes(postgres: Database) -> None:
    compete(postgres, processes=2)


def compete(database: Database, processes: int) -> None:
    """Let them race, then read the log: each room let once, no two lettings overlap, nothing altered."""
    record(database, ground(processes))
    results: Any = children().Queue()
    racing = [
        children().Process(target=race, args=(database.where, [attempts(at, t) for t in range(THREADS)], results))
        for at in range(processes)
    ]
    for process in racing:
        process.start()
    counts = [results.get(timeout=120) for _ in racing]
    for process in racing:
        process.join()

    assert sum(accepted for accepted, _ in counts) == ROOMS
    assert sum(refused for _, refused in counts) == processes * THREADS * ROOMS - ROOMS
    size = verify(database).size
    with database.views.connect() as connection:
        entries = store.page(connection, after=0, limit=size + 1)
    executed = [entry.fact for entry in entries if isinstance(entry.fact, LeaseExecuted)]
    assert Counter(fact.lettings[0].unit for fact in executed) == {room(number): 1 for number in range(ROOMS)}
    calendar = EMPTY
    for entry in entries:
        if isinstance(entry.fact, LettingFact):
            assert not [one for one in entry.fact.lettings if clash(calendar, one, lease=entry.fact.lease)]
            calendar = after(calendar, entry.fact)
