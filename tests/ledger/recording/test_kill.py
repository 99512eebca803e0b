"""A recording process is killed at random moments: nothing acknowledged is lost, nothing is applied twice."""

import random
from collections import Counter

from ledger.log import store
from ledger.log.database import Database
from ledger.log.verify import verify
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from ledger.recording.outcome import Done
from tests.ground.recorder_process import CLERK, IN_FLIGHT, children, claim, record_for_ever

ROUNDS = 20
ANSWERS_BEFORE_THE_KILL = 120


def run_and_kill(database: Database, start: int, answers: int) -> dict[int, int]:
    """Let a process record from `start` and kill it after so many answers; the acknowledged numbers and positions."""
    ours, theirs = children().Pipe(duplex=False)
    process = children().Process(target=record_for_ever, args=(database.where, start, theirs))
    process.start()
    theirs.close()
    acknowledged = dict(ours.recv() for _ in range(answers))
    process.kill()
    try:
        while True:
            number, position = ours.recv()
            acknowledged[number] = position
    except (EOFError, ConnectionResetError):
        process.join()
    return acknowledged


def test_twenty_kills_lose_nothing_and_double_nothing(database: Database) -> None:
    moments = random.Random(20240229)
    acknowledged: dict[int, int] = {}
    for _ in range(ROUNDS):
        # Numbers in flight when the process died are sent again under their old keys.
        start = next(number for number in range(len(acknowledged) + 1) if number not in acknowledged)
        told = run_and_kill(database, start, moments.randint(1, ANSWERS_BEFORE_THE_KILL))
        changed = {number for number in told if acknowledged.get(number, told[number]) != told[number]}
        assert not changed, "a retry with the same key was answered otherwise"
        acknowledged |= told
        verify(database)
    assert len(acknowledged) > ROUNDS

    with database.views.connect() as connection:
        size = store.read_head(connection).size
        entries = store.page(connection, after=0, limit=size + 1)
    assert [entry.position for entry in entries] == list(range(1, size + 1))
    keys = Counter(entry.key for entry in entries)
    assert max(keys.values()) == 1, "a command was applied twice"
    assert {number: position for number, position in acknowledged.items() if keys[f"k-{number}"] != 1} == {}
    assert {entry.position for entry in entries if entry.key == "k-0"} == {acknowledged[0]}
    assert size <= len(acknowledged) + ROUNDS * IN_FLIGHT

    with Ledger(database, CONTEXTS) as ledger:
        for number, position in acknowledged.items():
            answer = ledger.execute(claim(number), CLERK, key=f"k-{number}")
            assert answer.replayed
            assert isinstance(answer.outcome, Done)
            assert answer.outcome.position == position
    with database.views.connect() as connection:
        assert store.read_head(connection).size == size
