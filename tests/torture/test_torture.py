"""The torture finds what was lost, ends with an error then, and ends at all."""

import json
from threading import Event
from typing import Any

import pytest

from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.ground.recorder_process import CLERK, claim, done
from tests.simulation.bugs import answered_before_the_commit
from tests.torture import __main__ as torture
from tests.torture.part import Part, wrong

pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")


def told(capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, Any], str]:
    """The first part of the JSON; and what was said meanwhile."""
    said = capsys.readouterr()
    return dict(json.loads(said.out)["parts"][0]), said.err


def test_a_planted_loss_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with answered_before_the_commit():
        assert torture.main(["0.01", "7", "simulation"]) == 1
    part, said = told(capsys)
    assert "play it again: python -m tests.simulation 7" in part["lost"][0]
    assert "too few" in said


def test_a_part_that_hangs_is_ended_and_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def hangs(part: Part, end: float, seed: int) -> None:
        Event().wait()

    monkeypatch.setattr(torture, "PARTS", [(hangs, 1, 1)])
    monkeypatch.setattr(torture, "OVER_S", 0.1)
    assert torture.main(["0.001"]) == 1
    assert told(capsys)[0]["lost"][0].startswith("stuck")


def test_what_is_not_run_says_why_and_is_no_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def without(part: Part, end: float, seed: int) -> None:
        part.not_run = "no etcd"

    monkeypatch.setattr(torture, "PARTS", [(without, 1, 1)])
    assert torture.main(["0.001"]) == 0
    part, said = told(capsys)
    assert part["not_run"] == "no etcd"
    assert "without … not run: no etcd" in said


def test_what_is_not_there_once_is_found(sqlite: Database) -> None:
    with Ledger(sqlite, CONTEXTS) as ledger:
        at = {number: done(ledger.execute(claim(number), CLERK, key=f"k-{number}")).position for number in range(3)}
    assert wrong(sqlite, at) == []
    assert wrong(sqlite, at | {3: 4}) == ["acknowledged, and not there once: [3]"]
    assert wrong(sqlite, at | {1: 3}) == ["acknowledged, and not there once: [1]"]
