"""The demonstration is never in the way of anybody's data; `mcsc demo` from nothing to a healthy ledger."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import migrations
from api.cli import main
from api.cli.serving import TRY
from api.demo.directory import DirectoryState, label, state_of
from ledger.access import ROLES
from ledger.log.database import AlreadyOpen, Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.ground.demonstrated import CLERK, LEAD, built

# What may be cleared away


def unfinished(directory: Path) -> None:
    built(directory, 0, keys=False).close()


def just_begun(directory: Path) -> None:
    label(directory)


def without_facts(directory: Path) -> None:
    label(directory)
    database = Database(directory)
    migrations.upgrade(database)
    database.close()


def finished(directory: Path) -> None:
    built(directory, 0).close()


def empty(directory: Path) -> None:
    directory.mkdir()


def notes_beside_an_unfinished_one(directory: Path) -> None:
    unfinished(directory)
    (directory / "notes.txt").write_text("do not lose me")


def settings_of_ones_own(directory: Path) -> None:
    unfinished(directory)
    (directory / "mcsc.toml").write_text('data_class = "FICTIONAL"\nport = 9000\n')


def a_fact_of_ones_own(directory: Path) -> None:
    database = built(directory, 0, keys=False)
    with Ledger(database, CONTEXTS) as ledger:
        ledger.execute(LEAD, CLERK)
    database.close()


def a_ledger_of_ones_own(directory: Path) -> None:
    label(directory)
    database = Database(directory)
    migrations.upgrade(database)
    with Ledger(database, CONTEXTS) as ledger:
        ledger.execute(LEAD, CLERK)
    database.close()


def no_ledger_at_all(directory: Path) -> None:
    directory.mkdir()
    (directory / "thesis.txt").write_text("do not lose me")


@pytest.mark.parametrize(
    ("prepare", "expected"),
    [
        (empty, DirectoryState.EMPTY),
        (finished, DirectoryState.DEMO),
        (unfinished, DirectoryState.UNFINISHED_DEMO),
        (just_begun, DirectoryState.UNFINISHED_DEMO),
        (without_facts, DirectoryState.UNFINISHED_DEMO),
        (notes_beside_an_unfinished_one, DirectoryState.OTHER),
        (settings_of_ones_own, DirectoryState.OTHER),
        (a_fact_of_ones_own, DirectoryState.OTHER),
        (a_ledger_of_ones_own, DirectoryState.OTHER),
        (no_ledger_at_all, DirectoryState.OTHER),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_only_what_nobody_could_miss_is_unfinished(tmp_path: Path, prepare: object, expected: DirectoryState) -> None:
    assert callable(prepare)
    prepare(tmp_path / "demo")
    database = Database(tmp_path / "demo")
    assert state_of(database) is expected
    database.close()


def test_one_that_is_being_built_is_left_alone(tmp_path: Path) -> None:
    database = built(tmp_path / "demo", 0, keys=False)
    with database.only_writer(), pytest.raises(AlreadyOpen):
        state_of(database)
    database.close()


# From the command line


def mcsc(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_from_nothing_to_a_healthy_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MCSC_DATABASE", raising=False)
    where = tmp_path / "demo"
    first = mcsc("demo", "--data", where, "--no-serve")
    assert first.exit_code == 0, first.output
    assert "22 facts of the public record" in first.stderr
    assert "simulated" in first.stderr
    assert [line for line in TRY if line not in first.stderr] == []
    keys = re.findall(r"mcsc_\w{12}_\w{64}", first.stderr)
    assert len(set(keys)) == len(ROLES)
    healthy = mcsc("doctor", "--data", where)
    assert (healthy.exit_code, "✗" in healthy.stdout) == (0, False)
    assert mcsc("verify", "--data", where).exit_code == 0
    again = mcsc("demo", "--data", where, "--no-serve")
    assert (again.exit_code, "is there already" in again.stderr) == (0, True)
    assert not set(keys) & set(re.findall(r"mcsc_\w{12}_\w{64}", again.stderr))


def test_one_that_cannot_be_read_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MCSC_DATABASE", raising=False)
    without_facts(tmp_path / "demo")
    (tmp_path / "demo" / "ledger.db").write_bytes(b"half of a page" * 99)
    told = mcsc("demo", "--data", tmp_path / "demo", "--no-serve")
    assert told.exit_code == 8
    assert "delete the directory" in " ".join(told.stderr.replace("│", " ").split())
    (tmp_path / "demo" / "mcsc.toml").write_text("port = 9000")
    other = mcsc("demo", "--data", tmp_path / "demo", "--no-serve")
    assert other.exit_code == 8
    assert "delete" not in other.stderr, "whose it is cannot be told"


def test_what_it_suggests_to_try_works(demo: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MCSC_DATABASE", raising=False)
    monkeypatch.setenv("MCSC_DATA", str(demo.directory))
    assert len(TRY) >= 4
    for line in TRY:
        words = line.partition("  ")[0].split()
        answer = mcsc(*words[1:])
        assert (answer.exit_code, bool(answer.stdout)) == (0, True), f"{line}: {answer.output}"


def test_somebody_elses_directory_is_refused_and_untouched(tmp_path: Path) -> None:
    no_ledger_at_all(tmp_path / "mine")
    refused = mcsc("demo", "--data", tmp_path / "mine", "--no-serve")
    assert refused.exit_code == 2
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]
