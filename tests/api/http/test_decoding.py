"""What people send: a key is said once, and what cannot be seen stands nowhere; over HTTP, in lines and in files."""

import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from api.app import RECORDINGS
from api.cli import main
from api.http.decoding import INVISIBLE, check_command, check_written
from api.http.problems import Problem
from ledger.companies.facts import LeadRegistered
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.examples import COMMANDS, LIFE
from tests.ground.over_http import LEAD, Http, problem, served

NAMED = {**LEAD, "command": "register-lead"}
HIDDEN = {
    **{f"U+{ord(char):04X}": char for char in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"},
    **{f"U+{ord(char):04X}": char for char in "\u200b\u200e\u200f\u061c\u00ad\u2060\ufeff\u2028\u0085\x7f\U000e0041"},
    "U+200D": "\u200d",
}
SEEN = ["晴野动力（演示）", "شمس الحقول", "שדה שמש", "می\u200cخواهم", "क्\u200dष", "Zoë Ærø", "Ж-1", "葛\U000e0100"]


@pytest.fixture
def http(sqlite: Database) -> Iterator[Http]:
    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger) as http:
        yield http


def bodies(name: str) -> Iterator[tuple[str, bytes]]:
    """A lead of this name at either address, as letters and as escapes."""
    for plain in (False, True):
        yield "/v1/companies", json.dumps({**LEAD, "name": name}, ensure_ascii=plain).encode()
        yield "/v1/commands", json.dumps({**NAMED, "name": name}, ensure_ascii=plain).encode()


def test_what_cannot_be_seen_is_refused_where_it_stands(http: Http) -> None:
    for code, char in HIDDEN.items():
        for path, body in bodies(f"Sun{char}field"):
            told = problem(http.post(path, body), 400, "body-invalid")
            assert [error["pointer"] for error in told["errors"]] == ["/name"]
            assert char == "\x7f" or code in told["errors"][0]["detail"]
    problem(http.get("/v1/companies", search="Sun\u202efield"), 400, "parameter-invalid")
    assert http.get("/v1/history").json()["total"] == http.size


OTHERS = {
    "/v1/billing-runs": b'{"through": "2025-01-31", "effective_on": "2025-01-31"}',
    "/v1/periods/2024-01/close": b'{"effective_on": "2025-01-31"}',
    "/v1/access/keys": b'{"effective_on": "2025-01-31", "actor": "x-demo", "role": "auditor"}',
    "/v1/commands": json.dumps(NAMED).encode(),
}
"""Addresses that record and take no command as it is."""


def examples() -> Iterator[tuple[str, bytes]]:
    """Every address that records, with a body of its own that it takes."""
    known = {type(command): command for command in COMMANDS}
    for recording in RECORDINGS:
        command = known[recording.command]
        in_path = re.findall(r"{(\w+):str}", recording.path)
        path = recording.path
        for name in in_path:
            path = path.replace(f"{{{name}:str}}", getattr(command, name))
        body = {name: said for name, said in msgspec.to_builtins(command).items() if name not in in_path}
        yield path, msgspec.json.encode(body)
    yield from OTHERS.items()


def test_a_key_said_twice_is_refused_at_every_address(http: Http) -> None:
    for path, body in examples():
        answer = http.post(path, body[:-1] + b', "effective_on": "2025-02-28"}', "admin")
        told = problem(answer, 400, "body-invalid")
        assert told["errors"] == [{"detail": "this key is said twice", "pointer": "/effective_on"}], path


def test_all_that_is_missing_is_named_at_once(http: Http) -> None:
    asked: dict[str, tuple[Any, set[str]]] = {
        "/v1/companies": ({"company": "a-demo"}, {"/name", "/country", "/origin", "/effective_on"}),
        "/v1/commands": ({**NAMED, "name": 7, "country": ...}, {"/name", "/country"}),
        "/v1/companies/a-demo/screenings": ({"evidence": {}}, {"/evidence/doc", "/evidence/sha256", "/result"}),
    }
    for path, (body, places) in asked.items():
        said = {name: value for name, value in body.items() if value is not ...}
        told = problem(http.post(path, said), 400, "body-invalid")
        assert {error["pointer"] for error in told["errors"]} >= places, path
        assert len(told["errors"]) == len({error["pointer"] for error in told["errors"]})
        assert all(place in told["detail"] for place in places)


def test_a_parameter_that_is_not_known_is_refused_at_every_address(http: Http) -> None:
    for path, body in examples():
        told = problem(http.post(f"{path}?dry_run=true&dryrun=1", body, "admin"), 400, "parameter-unknown")
        assert told["errors"] == [{"detail": "unknown", "parameter": "dryrun"}], path
    for route in http.client.app.routes:
        if "GET" in route.methods and route.path.startswith("/v1/"):
            path = re.sub(r"\{\w+:str\}", "2024-01", route.path)
            told = problem(http.get(f"{path}?efective=now", "admin"), 400, "parameter-unknown")
            assert told["errors"] == [{"detail": "unknown", "parameter": "efective"}], path


def test_so_is_a_line_alone_of_many(http: Http) -> None:
    body = "\n".join(
        [json.dumps(NAMED)[:-1] + ', "name": "B"}', json.dumps({**NAMED, "name": "\u202eB"}), json.dumps(NAMED)]
    )
    answer = http.post("/v1/commands", body, Content_Type="application/x-ndjson")
    told = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["status"] for line in told] == [400, 400, 201]
    assert [line["problem"]["errors"][0]["pointer"] for line in told[:2]] == ["/name", "/name"]


def test_so_it_is_in_a_file(tmp_path: Path) -> None:
    lines = [
        json.dumps(NAMED)[:-1] + ', "name": "B"}',
        json.dumps({"key": "k-1", "command": {**NAMED, "name": "Sun\u2066"}}),
        json.dumps(NAMED, ensure_ascii=False),
    ]
    asked = ["record", "--data", str(tmp_path / "ledger"), "--as", "clerk-demo"]
    result = CliRunner().invoke(main, asked, input="\n".join(lines))
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 2
    assert [line["errors"][0]["pointer"] for line in told[:2]] == ["/name", "/command/name"]
    assert told[2]["outcome"] == "done"


def test_letters_of_every_script_are_taken(http: Http) -> None:
    for number, name in enumerate(SEEN):
        lead = {**LEAD, "company": f"company-{number}-demo", "name": f"{name} (demo)", "name_zh": name}
        assert http.post("/v1/companies", lead).status_code == 201, name


@given(st.text())
def test_what_is_refused_is_what_nobody_sees(text: str) -> None:
    """Every control and format character is; nothing else but fillers, which look like nothing."""
    hidden = {found[0] for found in INVISIBLE.finditer(text)}
    kinds = {unicodedata.category(char) for char in hidden}
    assert kinds <= {"Cc", "Cf", "Zl", "Zp", "Cn", "Lo", "Mn"}
    body = json.dumps({"a": text}).encode()
    if not hidden:
        check_written(body)
        return
    with pytest.raises(Problem) as refused:
        check_written(body)
    assert [error.pointer for error in refused.value.errors] == ["/a"]


def within(some: Any) -> Any:
    return st.lists(some) | st.dictionaries(st.text("abc"), some)


@given(st.recursive(st.none() | st.integers() | st.text("abc"), within))
def test_what_says_every_key_once_is_taken(said: Any) -> None:
    check_written(msgspec.json.encode(said))


HOSTILE = [b'{"effective_on": ' + b"9" * 10_000 + b"}", b'{"name": "a\x01b"}', b'{"name": "\xff"}', b"[" * 100_000]


def test_hostile_documents_are_told_so_and_no_more(http: Http) -> None:
    for body in HOSTILE:
        assert http.post("/v1/companies", body).status_code == 400


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__struct_config__.tag)
def test_every_example_is_taken(command: Any) -> None:
    check_command(command)


def test_facts_stay_as_they_were_recorded() -> None:
    """What was recorded before this was asked for is read as ever."""
    assert isinstance(LIFE[0], LeadRegistered)
    old = msgspec.json.encode(msgspec.structs.replace(LIFE[0], name="so \u202e\u200bhidden"))
    assert msgspec.json.decode(old, type=LeadRegistered).name == "so \u202e\u200bhidden"
