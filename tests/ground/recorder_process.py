"""A process that records for the tests: killed at random moments, or racing others for the same identifiers.

Children come from a fork server with the ledger imported, so that twenty of them start in seconds.
"""

import multiprocessing
import threading
from concurrent.futures import Future
from datetime import date
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext

from ledger.claims import RecordClaim
from ledger.decider import By, Command
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from ledger.recording.outcome import Answer, Done, Refused

IN_FLIGHT = 24
CLERK = By(actor="clerk-demo", role="deal_desk")


def done(answer: Answer) -> Done:
    """The outcome of a command that must have been accepted."""
    assert isinstance(answer.outcome, Done), answer.outcome
    return answer.outcome


def children() -> ForkServerContext:
    """How tests start processes."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.ground.recorder_process"])
    return context


def claim(number: int) -> RecordClaim:
    """The command that belongs to the key `k-<number>`."""
    return RecordClaim(
        claim=f"claim-{number}",
        subject="MCSC (demo)",
        claimed_on="2024-01-01",
        effective_on=date(2024, 1, 1),
        statement=f"statement {number}",
        source="an invented source",
    )


def record_for_ever(where: str, start: int, acknowledged: "Connection[tuple[int, int], None]") -> None:
    """Record claim after claim from `start`, many in flight; send (number, position) of each one acknowledged.

    The process ends by being killed.
    """
    room = threading.Semaphore(IN_FLIGHT)

    def answered(number: int, future: "Future[Answer]") -> None:
        acknowledged.send((number, done(future.result()).position))
        room.release()

    with Ledger(Database(where), CONTEXTS) as ledger:
        number = start
        while True:
            room.acquire()
            future = ledger.submit(claim(number), CLERK, key=f"k-{number}")
            future.add_done_callback(partial(answered, number))
            number += 1


def race(where: str, commands: list[list[Command]], results: "multiprocessing.Queue[tuple[int, int]]") -> None:
    """Send each list of commands from a thread of its own, all at once; put (accepted, refused)."""
    counts = [0, 0]
    lock = threading.Lock()
    gate = threading.Barrier(len(commands))

    def send(ledger: Ledger, mine: list[Command]) -> None:
        gate.wait()
        outcomes = [ledger.execute(command, CLERK).outcome for command in mine]
        with lock:
            counts[0] += sum(isinstance(outcome, Done) for outcome in outcomes)
            counts[1] += sum(isinstance(outcome, Refused) for outcome in outcomes)

    with Ledger(Database(where), CONTEXTS) as ledger:
        threads = [threading.Thread(target=send, args=(ledger, mine)) for mine in commands]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    results.put((counts[0], counts[1]))
