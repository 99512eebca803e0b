"""Power is cut at every step of `mcsc restore`: one of two whole ledgers is left, and the other is never gone."""

import hashlib
import json
import shutil
from pathlib import Path
from random import Random
from unittest import mock

import pytest
from click.testing import CliRunner

import migrations
from api.cli import main
from ledger.log import backup, restoring
from ledger.log.database import Database
from ledger.log.verify import verify
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.ground.power_cut import Left, Watched, states, watching
from tests.ground.recorder_process import CLERK, claim

FACTS, MORE, BY_CHANCE = 5, 3, 6
STEPS_AT_LEAST, STATES_AT_LEAST = 12, 10
NOTHING, DAMAGED = "no ledger", "not a whole ledger"


def fill(database: Database, first: int, count: int) -> None:
    with Ledger(database, CONTEXTS) as ledger:
        for number in range(first, first + count):
            ledger.execute(claim(number), CLERK, key=f"k-{number}")


def mcsc(*words: object) -> None:
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == 0, done.output


def read(directory: Path) -> str:
    """What ledger is in a directory, by its size and root; found as a server would find it."""
    if not (directory / "ledger.db").exists():
        return NOTHING
    database = Database(directory)
    try:
        proved = verify(database)
    except Exception:  # however it is damaged
        return DAMAGED
    finally:
        database.close()
    return f"{proved.size}:{proved.root}"


class Judge:
    """Reads what is left, the same bytes only once.

    found   how often which ledger was left; steps: at how many steps
    wrong   where it was neither of the two, or the old one once it was said to be `over`, or the old one was gone
    """

    def __init__(self, scratch: Path, old: str, new: str) -> None:
        self.found: dict[str, int] = {}
        self.steps, self.over, self.wrong = 0, False, list[str]()
        self._scratch, self._old, self._new = scratch, old, new
        self._read: dict[str, str] = {}
        self._chance = Random(20261127)

    def look(self, watched: Watched) -> None:
        """Read everything that may be left at this step."""
        for left in states(watched, self._chance, BY_CHANCE):
            ledger = self._ledger(left, "data/")
            self.found[ledger] = self.found.get(ledger, 0) + 1
            aside = {path.split("/")[1] for path in left if path.startswith("data/replaced-")}
            kept = [self._ledger(left, f"data/{name}/") for name in aside]
            if ledger not in (self._old, self._new) or (self.over and ledger == self._old):
                self.wrong.append(f"step {watched.steps}: {ledger}")
            elif ledger == self._new and self._old not in (NOTHING, *kept):
                self.wrong.append(f"step {watched.steps}: the ledger that was replaced is not kept: {kept}")

    def _ledger(self, left: Left, within: str) -> str:
        files = {name: left[within + name] for name in FILES if within + name in left}
        digest = hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()
        if digest not in self._read:
            shutil.rmtree(self._scratch, ignore_errors=True)
            self._scratch.mkdir()
            for name, written in files.items():
                (self._scratch / name).write_bytes(written)
            self._read[digest] = read(self._scratch)
        return self._read[digest]


FILES = ("ledger.db", "ledger.db-wal", "ledger.db-journal")


def of_others(name: str) -> bool:
    """Read models, made anew at any time; and what only programs that run share."""
    return name.startswith("projections") or name.endswith("-shm")


@pytest.fixture
def saved(sqlite: Database, tmp_path: Path) -> Path:
    """A backup of five facts."""
    fill(sqlite, 0, FACTS)
    mcsc("backup", tmp_path / "backup", "--data", sqlite.directory)
    return tmp_path / "backup"


def killed(directory: Path, copy: Path) -> None:
    """Copy a ledger as a process leaves it that is killed: three facts more, in the write-ahead log alone."""
    with Ledger(Database(directory), CONTEXTS) as ledger:
        for number in range(FACTS, FACTS + MORE):
            ledger.execute(claim(number), CLERK, key=f"k-{number}")
        shutil.copytree(directory, copy)
    assert (copy / "ledger.db-wal").stat().st_size


def cut(saved: Path, place: Path, scratch: Path) -> Judge:
    """Put a backup back into `place/data`, with power cut at every step."""
    if (place / "data").exists():
        shutil.copytree(place / "data", scratch)
    judge = Judge(scratch, read(scratch), json.loads((saved / "backup.json").read_text())["root"])

    with watching(place, of_others, judge.look) as watched:

        def stand_alone(file: Path) -> None:
            watched.step()
            backup.stand_alone(file)
            watched.folded()

        with mock.patch.object(restoring, "stand_alone", stand_alone):
            mcsc("restore", saved, "--yes", "--data", place / "data")
        judge.steps, judge.over = watched.steps, True
    return judge


@pytest.mark.parametrize("there", ["a ledger", "none yet"])
def test_one_of_two_whole_ledgers_is_left_and_the_other_is_kept(saved: Path, there: str, tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    if there == "a ledger":
        killed(tmp_path / "data", place / "data")
    judge = cut(saved, place, tmp_path / "scratch")
    assert judge.wrong == []
    assert judge.steps >= STEPS_AT_LEAST
    assert sorted(judge.found.values())[0] >= STATES_AT_LEAST
    assert len(judge.found) == 2


@pytest.mark.parametrize("made", ["ledger", "backup"])
def test_a_directory_that_was_made_is_there_for_good(saved: Path, sqlite: Database, made: str, tmp_path: Path) -> None:
    """With those above it: what is in it is gone otherwise, however well it was written."""
    place, directory = tmp_path / "place", tmp_path / "place" / "new" / "data"
    place.mkdir()
    unsure: list[set[str]] = []
    with watching(place, of_others, lambda watched: unsure.append({name for _, name in watched.unsure()})):
        if made == "ledger":
            new = Database(directory)
            migrations.upgrade(new)
            fill(new, 0, FACTS)
            new.close()
        else:
            mcsc("backup", directory, "--data", sqlite.directory)
    assert (directory / "ledger.db").exists()
    assert not unsure[-1] & {"new", "data"}
