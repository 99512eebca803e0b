"""What a shell offers once somebody presses Tab: commands, options, and the names that are on record."""

from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from api.cli import main
from ledger.log.database import Database
from tests.ground.billed import GROUND
from tests.ground.recording import record


@pytest.fixture(autouse=True)
def _ledger(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    record(sqlite, GROUND)
    monkeypatch.setenv("MCSC_DATA", sqlite.where)


def offered(*typed: str) -> list[str]:
    """What the last word may become."""
    completing = ShellComplete(main, {}, "mcsc", "_MCSC_COMPLETE")
    return [item.value for item in completing.get_completions([*typed[:-1]], typed[-1])]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (("bil",), ["bill"]),
        (("bill", "--lease", ""), ["l-1-demo", "l-2-demo"]),
        (("bill", "--lease", "l-2"), ["l-2-demo"]),
        (("bill", "--lease", "x"), []),
        (("close", "2024-1"), ["2024-10", "2024-11", "2024-12"]),
        (("history", "r"), ["riverbend-demo"]),
        (("record", "--example", "bill-"), ["bill-lease"]),
        (("report", "rent-r"), ["rent-roll"]),
    ],
)
def test_what_is_offered(typed: tuple[str, ...], expected: list[str]) -> None:
    assert offered(*typed) == expected


def test_where_there_is_no_ledger_nothing_is_offered(tmp_path: Path) -> None:
    assert offered("bill", "--data", str(tmp_path / "nowhere"), "--lease", "") == []
    assert not (tmp_path / "nowhere").exists(), "and none is made"


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_a_shell_is_told_how(shell: str) -> None:
    told = CliRunner().invoke(main, ["completion", shell])
    assert told.exit_code == 0, told.output
    assert f"_MCSC_COMPLETE={shell}_complete" in told.stdout
