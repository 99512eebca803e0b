"""Meters' files taken: over HTTP, by command, and those beside the documents on the demonstration."""

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx import Response

from ledger.access import Role
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.api.cli.test_cli import mcsc
from tests.api.cli.test_meter_import import AFTER, SETUP, SIGNED
from tests.ground.offtaken import METER
from tests.ground.over_http import Http, problem, served

ROOT = Path(__file__).parents[4]
HOURS = [f"2024-01-01 {hour:02}:00,1.5" for hour in range(24)]
PROFILE = '{"minutes": 60}'
WITH_GAPS = '{"minutes": 60, "incomplete": "MISSING"}'


@pytest.fixture
def http(sqlite: Database, tmp_path: Path) -> Iterator[Http]:
    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger, documents=str(tmp_path / "documents")) as http:
        told: list[tuple[Role, list[str]]] = [("admin", SETUP), ("approver", SIGNED), ("admin", AFTER)]
        for nth, (role, line) in enumerate((role, line) for role, lines in told for line in lines):
            answer = http.post("/v1/commands", json.loads(line), role, key=f"book-{nth}")
            assert answer.status_code == 201, answer.text
        yield http


def send(http: Http, lines: list[str], key: str | None = None, role: Role = "deal_desk", **query: str) -> Response:
    headers = {**http.headers(role), "Content-Type": "text/csv"}
    if key is not None:
        headers["Idempotency-Key"] = key
    asked = {"on": "2024-02-01", "profile": PROFILE, **query}
    return http.client.post(
        f"/v1/meters/{METER}/interval-files", params=asked, content="\n".join(lines).encode(), headers=headers
    )


def test_a_file_is_previewed_then_taken_once(http: Http) -> None:
    before = http.size
    gap = send(http, [*HOURS[:7], "2024-01-01 07:00,", *HOURS[8:]], dry_run="true", profile=WITH_GAPS).json()
    assert gap["doubts"] == [
        {
            "check": "GAP",
            "begins": "2024-01-01 07:00",
            "ends": "2024-01-01 08:00",
            "energy_kwh": None,
            "expected_kwh": None,
            "says": "nothing is recorded; missing is never 0",
        }
    ]
    preview = send(http, HOURS, dry_run="true").json()
    (fact,) = preview["outcome"]["facts"]
    assert (fact["minutes"], fact["days"][0]["energy_wh"]) == (60, " ".join(["1500"] * 24))
    problem(http.get(f"/v1/documents/{fact['file']['sha256']}"), 404, "not-found")
    wrong = problem(send(http, [*HOURS[:2], "x,1", "y,2", *HOURS[4:]], key="w"), 422, "meter-file-wrong")
    assert [error["detail"].partition(":")[0] for error in wrong["errors"]] == ["line 3", "line 4", "line 5"]
    problem(send(http, HOURS, key="a", role="auditor"), 403, "not-allowed")
    problem(send(http, HOURS), 400, "idempotency-key-missing")
    problem(send(http, HOURS, key="p", profile='{"minute": 60}'), 422, "profile-wrong")
    assert http.size == before
    taken, again = (send(http, [*HOURS, *HOURS], key=key) for key in ("t", "u"))
    assert [one.status_code for one in (taken, again)] == [201, 200]
    assert taken.json()["left_out"] == [{"line": 25, "rule": "24 equal values told again: counted once"}]
    assert again.json()["outcome"]["facts"] == []
    problem(send(http, [*HOURS[:-1], "2024-01-01 23:00,9"], key="o"), 409, "intervals-taken")


def test_the_commands_of_the_documents_run_on_the_demonstration(demo: Database, tmp_path: Path) -> None:
    """Five files of one meter, of 3122.0, 3123.0, 3113.0, 3041.320 and 2911.5 kWh; and what its registers show."""
    where = tmp_path / "copied"
    shutil.copytree(demo.where, where, ignore=shutil.ignore_patterns("*-shm", "*.lock"))
    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    commands = re.findall(r"^\$ mcsc (meter-(?:import|read) .+)$", page, re.M)
    said = []
    for command in commands:
        words = [str(ROOT / word) if word.startswith("docs/") else word for word in shlex.split(command)]
        on = () if "--on" in words else ("--on", "2026-06-01")
        done = mcsc(*words, "--data", where, "--as", "w-demo", *on)
        assert done.exit_code == 0, done.output
        said.append(" ".join(done.stderr.split()))
    *said, previewed, read = said
    assert len(said) == 6
    bands = "SHARP 0, PEAK 36442.3, FLAT 26723.6, VALLEY 17816.8, DEEP_VALLEY 0"
    for one, ending in ((previewed, "would be recorded"), (read, "recorded")):
        shows = f"meter 000000000002 as meter-2-demo, at the end of 2026-07-15: 80982.7 in all, {bands}"
        assert one.endswith(f"{shows}; {ending}")
    assert "2 days of meter-2-demo would be recorded, 1 facts" in said[0]
    figures = ("3122.0 kWh in intervals of 15 minutes, 1557.0", "3123.0 kWh in intervals of 30 minutes, 0.0")
    others = ("3113.0 kWh in intervals of 60 minutes, 30.0", "3041.320 kWh in intervals of 15 minutes, 0.0")
    market = "2911.5 kWh in intervals of 60 minutes, 89.5"
    for told, figure in zip(said[1:], (*figures, *others, market), strict=True):
        assert "2 days of meter-2-demo recorded, 1 facts" in told
        assert f"{figure} estimated" in told
