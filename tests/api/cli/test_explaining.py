"""mcsc explain on the screen: how a figure was worked out, and for each part of it the command that explains that."""

import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli import main
from ledger.log.database import Database

ON = ("--effective", "2026-06-30")


@pytest.fixture(scope="module")
def where(demo: Database, tmp_path_factory: pytest.TempPathFactory) -> Path:
    copied = tmp_path_factory.mktemp("explain") / "demo"
    shutil.copytree(demo.where, copied)
    return copied


def _explained(where: Path, *arguments: str) -> Result:
    found = CliRunner().invoke(main, ["explain", *arguments], env={"MCSC_DATA": str(where), "COLUMNS": "250"})
    assert found.exit_code == 0, found.output
    return found


def _commands(found: Result) -> Mapping[str, list[str]]:
    """The commands that lead on, by cell."""
    lines = [shlex.split(line) for line in found.stdout.splitlines() if line.startswith("  mcsc explain ")]
    return {words[words.index("--effective") - 1]: words[2:] for words in lines}


def test_each_part_is_followed_by_the_command_that_is_shown(where: Path) -> None:
    total = _explained(where, "rent-roll", "TOTAL/passing_month", *ON)
    building = _explained(where, *next(iter(_commands(total).values())))
    unit = next(iter(_commands(building).values()))
    assert unit[0] == "rent-roll"
    assert unit[1].startswith("UNIT:")
    assert "--recorded" in unit
    _explained(where, *unit)


def test_a_subledger_leads_to_the_accounts_of_tenants(where: Path) -> None:
    commands = _commands(_explained(where, "trial-balance", "ACCOUNT:deposits/subledger", *ON))
    account = commands["DEPOSITS/open"]
    assert account[0] == "account"
    deposits = _commands(_explained(where, *account))
    assert all(cell.startswith("DEPOSIT:") and command[:2] == account[:2] for cell, command in deposits.items())
    assert deposits


def test_a_working_is_told_above_the_shares(where: Path) -> None:
    listed = _explained(where, "rent-roll", *ON).stdout.splitlines()
    cell = next(line.split()[0] for line in listed if "/service_charge_month" in line and line.startswith("UNIT:"))
    assert "CNY/m2/month ×" in _explained(where, "rent-roll", cell, *ON).output


def test_every_cell_is_listed_with_its_unit(where: Path) -> None:
    listed = _explained(where, "bank-accounts", *ON).stdout
    assert "{" not in listed
    (line,) = [line for line in listed.splitlines() if "usd-main-demo/closing_held" in line]
    assert line.split()[-1] == "USD"
