"""Whatever befalls it, what was acknowledged is there, once, and everybody learns what became of everything."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.simulation.bugs import BUGS, Bug
from tests.simulation.disk import SECTOR, Disk, Storage
from tests.simulation.story import Failed, Told, ground, tell

FIRST, MANY = 1, 60
FOUND_WITHIN = 40


@pytest.fixture(scope="module")
def on() -> Iterator[Storage]:
    with ground() as made:
        yield made


def test_nothing_is_lost_or_doubled_whatever_happens(on: Storage) -> None:
    """A seed that fails says how to play it again. Together they meet everything that can happen."""
    answers, troubles = Counter[str](), Counter[str]()
    for told in tell_many(on, FIRST, MANY):
        answers.update(told.answers)
        troubles.update(told.troubles)
    assert {"Done", "Refused", "Unknown", "Unavailable", "StorageFull", "KeyReused"} <= set(answers)
    assert len(troubles) == 21


def test_the_seed_alone_says_what_happens(on: Storage) -> None:
    assert tell(on, FIRST) == tell(on, FIRST)
    assert tell(on, FIRST).root != tell(on, FIRST + 1).root


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_a_planted_fault_is_found(on: Storage, bug: Bug) -> None:
    with bug(), pytest.raises(Failed, match=r"play it again: python -m tests\.simulation"):
        tell_many(on, BUGS[bug], FOUND_WITHIN)


def tell_many(on: Storage, first: int, many: int) -> list[Told]:
    return [tell(on, seed) for seed in range(first, first + many)]


def test_a_write_that_was_not_confirmed_is_there_sector_by_sector(tmp_path: Path) -> None:
    """Four sectors, the second written anew and a fifth appended; confirmed is what came before."""
    old = b"".join(bytes([number]) * SECTOR for number in range(1, 5))
    new = old[:SECTOR] + b"\x09" * SECTOR + old[2 * SECTOR :] + b"\x05" * SECTOR
    disk = Disk(tmp_path)
    disk.put({"ledger.db": old, "ledger.db-wal": b"", "projections.db": b"", "projections.db-wal": b""})
    (tmp_path / "ledger.db").write_bytes(new)
    found = {disk.after_power_loss(Random(seed))["ledger.db"] for seed in range(50)}
    assert found == {old, new, new[: 4 * SECTOR], old + new[4 * SECTOR :]}
    disk.fail(("ledger.db",))
    disk.confirm(("ledger.db",))
    assert {disk.after_power_loss(Random(seed))["ledger.db"][: 4 * SECTOR] for seed in range(50)} == {old}
