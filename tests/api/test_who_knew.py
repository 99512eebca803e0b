"""Who knew, who tried: over HTTP and on the command line, what is kept, who reads it, and what it never holds.

And the hashes of keys' secrets, which nobody but admin sees anywhere.
"""

import json
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from api.cli import main
from api.cli.actor import os_user
from api.http.auth import digest
from ledger.access import KeyCreated
from ledger.log.access_log import check
from ledger.log.database import Database
from ledger.log.envelope import decode
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.ground.over_http import LEAD, Http, give_key, problem, served

LATER = {**LEAD, "effective_on": "2025-02-01"}


@pytest.fixture
def http(database: Database) -> Iterator[Http]:
    with Ledger(database, CONTEXTS) as ledger, served(ledger) as http:
        yield http


def asking(http: Http, **asked: Any) -> Any:
    return http.client.get("/v1/reports/access", params=asked, headers=http.headers("auditor"))


def kept(http: Http, number: int, **asked: Any) -> list[dict[str, Any]]:
    """So many rows of the access log, the earliest first, once they are written."""
    rows: list[dict[str, Any]] = []
    for _ in range(200):
        rows = asking(http, **asked).json()["rows"]
        if len(rows) >= number:
            break
        threading.Event().wait(0.05)
    assert len(rows) == number, rows
    return rows[::-1]


def told(row: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


def test_refused_commands_are_kept_with_what_they_were_about_and_nothing_they_said(http: Http) -> None:
    http.post("/v1/companies", LEAD)
    conflict = http.post("/v1/companies", {**LEAD, "name": "Secret words"}, X_Request_Id="asked-1")
    code = problem(conflict, 409, conflict.json()["code"])["code"]
    preview = http.client.post(
        "/v1/companies?dry_run=true", json={**LEAD, "name": "Secret words"}, headers=http.headers("deal_desk")
    )
    assert preview.status_code == 409
    http.post("/v1/companies", LATER, key="same")
    http.post("/v1/companies", {**LATER, "company": "other-demo"}, key="same")
    lines = "".join(json.dumps({"command": "open-periods", "through": "2024-03", "effective_on": "2024-03-01"}) + "\n")
    http.client.post(
        "/v1/commands",
        content=lines,
        headers={**http.headers("deal_desk"), "Content-Type": "application/x-ndjson", "Idempotency-Key": "many"},
    )
    first, *others = kept(http, 5, actor="deal-desk-demo")
    assert told(first, "kind", "code", "role", "method", "way", "what") == (
        *("refused", code, "deal_desk", "api-key", "http", "register-lead"),
    )
    assert told(first, "about", "path", "request") == ("company:sunfield-demo", "/v1/companies", "asked-1")
    assert first["key_id"] in http.keys["deal_desk"]
    assert [told(row, "kind", "code", "what") for row in others] == [
        ("preview-refused", code, "register-lead"),
        ("refused", code, "register-lead"),
        ("refused", "idempotency-key-reused", "register-lead"),
        ("denied", "not-allowed", "open-periods"),
    ]
    assert "Secret words" not in http.get("/v1/reports/access", limit=1000).text
    check(http.ledger.database)


def test_failed_sign_ins_say_why_and_hold_no_secret(database: Database) -> None:
    with Ledger(database, CONTEXTS) as ledger:
        expired = give_key(ledger, "auditor", actor="late-demo", expires_on=date(2025, 1, 2))
        with served(ledger) as http:
            _fail_to_sign_in(http, expired)


def _fail_to_sign_in(http: Http, expired: str) -> None:
    valid = http.keys["finance"]
    wrong = valid[:-4] + ("aaaa" if not valid.endswith("aaaa") else "bbbb")
    unknown = "mcsc_unknown12345_" + "5" * 64
    http.get("/v1/head")
    for given in (expired, wrong, unknown, "hunter2-my-password", None):
        headers = {} if given is None else {"Authorization": f"Bearer {given}"}
        problem(http.client.get("/v1/head", headers=headers), 401, "not-authenticated")
    problem(http.post("/v1/companies", LEAD, "auditor"), 403, "not-allowed")
    rows = kept(http, 5, kind="sign-in")
    assert [told(row, "code", "path", "actor") for row in rows] == [
        (code, "/v1/head", "")
        for code in ("key-expired", "secret-wrong", "key-unknown", "key-malformed", "key-missing")
    ]
    assert [row["key_id"] for row in rows[:3]] == [key.split("_")[1] for key in (expired, wrong, unknown)]
    (denied,) = kept(http, 1, kind="denied")
    assert told(denied, "code", "what", "path", "actor") == (
        *("not-allowed", "register-lead", "/v1/companies", "auditor-demo"),
    )
    everything = http.get("/v1/reports/access", limit=1000).text
    for secret in (expired, wrong, unknown):
        assert secret.split("_")[2][:-4] not in everything
    assert "hunter2" not in everything


def test_reads_are_kept_and_found_page_by_page(http: Http) -> None:
    for number in range(5):
        assert http.get("/v1/reports/rent-roll", "finance", effective=f"2026-01-0{number + 1}").status_code == 200
    assert http.get("/v1/reports/rent-roll", "finance", effective="never").status_code == 400
    rows = kept(http, 5, actor="finance-demo", path="/v1/reports/*")
    assert [row["about"] for row in rows] == [f"effective=2026-01-0{number}" for number in range(1, 6)]
    assert {told(row, "kind", "what", "path") for row in rows} == {
        ("read", "report-rent-roll", "/v1/reports/rent-roll")
    }
    found, answer = [], http.get("/v1/reports/access", actor="finance-demo", limit=2)
    while True:
        found += [row["number"] for row in answer.json()["rows"]]
        if (following := answer.json().get("next")) is None:
            break
        answer = http.client.get(following, headers=http.headers("auditor"))
    assert found == [row["number"] for row in reversed(rows)]
    assert http.get("/v1/reports/access", until="2020-01-01").json()["rows"] == []
    problem(http.get("/v1/reports/access", since="yesterday"), 400, "parameter-invalid")
    problem(http.get("/v1/reports/access", cursor="eA"), 400, "parameter-invalid")
    for role in ("finance", "deal_desk", "approver"):
        problem(http.get("/v1/reports/access", role), 403, "not-allowed")


def test_a_log_that_cannot_be_written_fails_no_read(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("ledger.log.access_writer.append", full)
    for _ in range(20):
        assert http.get("/v1/history").status_code == 200
    assert http.post("/v1/companies", LEAD).status_code == 201
    assert http.post("/v1/companies", {**LEAD, "name": "Other"}).status_code == 409


def test_history_is_asked_and_sampled_over_http(http: Http) -> None:
    http.post("/v1/companies", LEAD)
    found = http.get("/v1/history", fact="company.*", entity="sunfield-demo", late=1).json()
    assert [row["data"]["fact"] for row in found["rows"]] == ["company.lead-registered"]
    drawn = http.get("/v1/history", sample=3, seed=7, recorded=5).json()
    assert len(drawn["rows"]) == 3
    assert drawn["total"] == 5
    assert http.get("/v1/history", sample=3, seed=7, recorded=5).json() == drawn
    problem(http.get("/v1/history", sample=3), 400, "parameter-invalid")
    wrong = http.client.get("/v1/history?role=auditr", headers=http.headers("auditor"))
    assert (
        "there are admin, approver, auditor, deal_desk, finance" in problem(wrong, 400, "parameter-invalid")["detail"]
    )
    unknown = problem(http.get("/v1/history", fact="company.lead"), 404, "not-found")["detail"]
    assert "close to it: company.lead-registered" in unknown
    answer = http.get("/v1/reports/exceptions", late=1).json()["data"]
    assert {one["exception"]: one["facts"] for one in answer["counts"]}["LATE"] >= 1
    assert answer["facts"][-1]["exceptions"] == ["LATE"]


def test_hashes_of_secrets_are_shown_to_nobody_but_admin(http: Http) -> None:
    hashes = {digest(key.split("_")[2]) for key in http.keys.values()}
    paths = ["/v1/history", "/v1/history?sample=25&seed=1", "/v1/history?tag=access:keys", "/v1/access/keys"]
    paths += [
        "/v1/facts/1",
        "/v1/reports/exceptions?late=0",
        "/v1/reports/access",
        "/v1/log/proof/inclusion?position=1",
    ]
    for role in ("auditor", "finance", "deal_desk", "approver"):
        for path in paths:
            text = http.client.get(path, headers=http.headers(role)).text
            assert not [one for one in hashes if one in text], (role, path)
    shown = http.client.get("/v1/history", headers=http.headers("admin")).text
    assert all(one in shown for one in hashes)
    others, ours = http.get("/v1/facts/1"), http.get("/v1/facts/1", "admin")
    assert others.headers["leaf-hash"] == ours.headers["leaf-hash"]
    assert others.headers["withheld"] == "secret_sha256"
    assert "withheld" not in ours.headers
    fact = decode(ours.content).fact
    assert isinstance(fact, KeyCreated)
    assert fact.secret_sha256 in hashes


# On the command line


@pytest.fixture
def _nobody_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MCSC_DATA", "MCSC_ACTOR", "MCSC_KEY", "MCSC_KEY_FILE", "MCSC_TRUST_NAMES", "MCSC_DEBUG"):
        monkeypatch.delenv(name, raising=False)


def mcsc(*arguments: object, given: object = None, **environment: str) -> Result:
    written = "" if given is None else json.dumps(given) + "\n"
    return CliRunner().invoke(main, [*map(str, arguments)], input=written, env=environment)


@pytest.mark.usefixtures("_nobody_is_trusted")
def test_the_command_line_keeps_its_refusals_and_reads_as_well(tmp_path: Path) -> None:
    data = ("--data", tmp_path / "ledger")
    lead = {"command": "register-lead", **LEAD}
    assert mcsc("init", *data).exit_code == 0
    assert mcsc("record", *data, given=lead).exit_code == 0
    keys = {role: mcsc("token", "create", *data, "--actor", f"{role}-demo", "--role", role).output.strip() for role in
            ("auditor", "finance")}  # fmt: skip
    keys = {role: next(word for word in said.split() if word.startswith("mcsc_")) for role, said in keys.items()}
    assert mcsc("record", *data, given={**lead, "name": "Secret words"}).exit_code == 5
    assert mcsc("record", *data, given=lead, MCSC_KEY=keys["auditor"]).exit_code == 7
    assert mcsc("record", *data, given=lead, MCSC_KEY="mcsc_unknown12345_" + "5" * 64).exit_code == 7
    assert mcsc("record", *data, "--as", "the-mayor", given=lead).exit_code == 7
    assert mcsc("report", "rent-roll", *data, MCSC_KEY=keys["auditor"]).exit_code == 0
    assert mcsc("report", "rent-roll", *data).exit_code == 0, "the admin who is logged in leaves no trace by reading"
    assert mcsc("report", "access", *data, MCSC_KEY=keys["finance"]).exit_code == 7
    answer = mcsc("report", "access", *data, "--json", MCSC_KEY=keys["auditor"])
    rows = json.loads(answer.stdout)["rows"][::-1]
    assert [told(row, "kind", "code", "actor", "what", "way") for row in rows] == [
        ("refused", rows[0]["code"], rows[0]["actor"], "register-lead", "cli"),
        ("denied", "not-allowed", "auditor-demo", "register-lead", "cli"),
        ("sign-in", "key-unknown", os_user(), "", "cli"),
        ("sign-in", "name-not-believed", os_user(), "", "cli"),
        ("read", "", "auditor-demo", "report-rent-roll", "cli"),
        ("denied", "not-allowed", "finance-demo", "report-access", "cli"),
    ]
    assert "Secret words" not in answer.stdout
    verified = mcsc("verify", *data)
    assert "entries of the access log" in verified.stderr
    hashes = [digest(key.split("_")[2]) for key in keys.values()]
    assert not [one for one in hashes if one in mcsc("history", *data, "--json", MCSC_KEY=keys["auditor"]).stdout]
    assert all(one in mcsc("history", *data, "--json").stdout for one in hashes)
    drawn = [mcsc("history", *data, "--sample", 2, "--seed", 7, "--json", "--recorded", 4).stdout for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert len(json.loads(drawn[0])["rows"]) == 2
    near = mcsc("history", *data, "--entity", "sunfeld-demo")
    assert near.exit_code == 4
    assert "sunfield-demo" in near.stderr
    assert mcsc("report", "exceptions", *data, "--late", 1).exit_code == 0
