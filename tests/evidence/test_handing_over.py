"""Packs as people ask for them: over HTTP, and on the command line."""

import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.cli import main
from api.evidence import check
from ledger import CONTEXTS
from ledger.log.database import Database
from ledger.recording.application import Ledger
from tests.evidence.packs import KEY, SIGNER, opened
from tests.ground.over_http import problem, served
from tests.ground.recording import lead, record

PROVEN = "/v1/evidence?report=companies&cell=a-demo/name"


def test_over_http_for_auditors_and_finance(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "checkpoint.key"
    file.write_text(str(SIGNER))
    record(database, [lead(name) for name in ("a-demo", "b-demo")])
    with Ledger(database, CONTEXTS) as ledger, served(ledger, checkpoint_key=str(file)) as http:
        for asked in (PROVEN, "/v1/evidence?position=1", f"{PROVEN}&asked=stage=LEAD"):
            answer = http.get(f"{asked}&wait={http.size}", role="finance")
            assert answer.status_code == 200, answer.text
            assert answer.headers["content-type"] == "application/zip"
            assert check.check(answer.content, [KEY])
        problem(http.get(PROVEN, role="deal_desk"), 403, "not-allowed")
        for wrong in (
            "?position=1&close=2026-01",
            "?close=May",
            "?report=journal&cell=x/y",
            "?position=1&size=999",
            "",
        ):
            problem(http.get(f"/v1/evidence{wrong}"), 400, "parameter-invalid")
        for wrong in ("recorded=1", "nothing=1"):
            problem(http.get(f"{PROVEN}&asked={wrong}&wait={http.size}"), 400, "parameter-invalid")
        problem(http.get("/v1/evidence?position=99"), 404, "not-found")
        problem(http.get("/v1/evidence?close=2026-01"), 404, "not-found")


@pytest.mark.parametrize(
    "words",
    [
        ("trial-balance", "ACCOUNT:contract-assets/closing", "--from", "2026-02-01", "--effective", "2026-06-30"),
        ("1204",),
        ("close:2026-01#1",),
    ],
)
def test_the_command_that_a_pack_names_makes_it_again(
    demo: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    shutil.copytree(demo.where, tmp_path / "demo")
    (tmp_path / "signs.key").write_text(str(SIGNER))
    monkeypatch.chdir(tmp_path)
    environment = {"MCSC_CHECKPOINT_KEY": str(tmp_path / "signs.key"), "MCSC_DATA": str(tmp_path / "demo")}
    asked = CliRunner().invoke(main, ["evidence", *words, "-o", "first.zip"], env=environment)
    assert asked.exit_code == 0, asked.output
    assert "NOT proved" in asked.stderr
    first = Path("first.zip").read_bytes()
    command = shlex.split(opened(first)["manifest.json"]["command"])
    assert CliRunner().invoke(main, command[1:], env=environment).exit_code == 0
    assert Path("pack.zip").read_bytes() == first
