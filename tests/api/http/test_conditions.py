"""If-Match: a step is recorded only where the thing is as its caller saw it; and what was recorded can be read at once.

Given a thing that others record of as well, when a step names the ETag that its caller saw, then it is recorded where
nothing of the thing came between, else refused with the facts that did, and nothing of it is kept.
"""

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from msgspec.structs import replace

import ledger as package
from api.app import RECORDINGS, reads
from api.http.reading import look_up
from api.http.recording import condition
from api.routes.access import REVOCATION
from api.settings import Settings
from ledger.companies.prospects import AddTouch
from ledger.decider import By, stored_name
from ledger.log import store
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.asking import Request, Unchanged
from ledger.recording.contexts import CONTEXTS
from ledger.recording.outcome import Answer, Changed, Done, NotDone
from tests.examples import COMMANDS
from tests.ground.over_http import CLAIM, DOC, LEAD, Http, problem, served

KEPT = Path(package.__file__ or "").parent.parent / "docs" / "openapi.json"
HERE = "/v1/companies/sunfield-demo"
SCREENING = {
    "result": "CLEAR",
    "lists": ["SANCTIONS", "EXPORT_CONTROL", "NEGATIVE_LIST"],
    "evidence": DOC,
    "effective_on": "2025-01-20",
}
SITE = {
    "name": "North (demo)",
    "stated_area": "10",
    "stated_unit": "HECTARE",
    "source": "Plan (demo)",
    "effective_on": "2025-01-10",
}
OPENING = {"effective_on": "2025-01-01", "through": "2025-01"}
QUALIFICATION = {"effective_on": "2025-02-01"}
CLERK = By(actor="clerk", role="deal_desk")


@pytest.fixture
def http(ledger: Ledger) -> Iterator[Http]:
    with served(ledger) as http:
        yield http


def test_a_step_on_a_thing_that_has_changed_is_refused_and_says_what_came_between(http: Http) -> None:
    seen = http.post("/v1/companies", LEAD).headers["etag"]
    screened = http.post(f"{HERE}/screenings", SCREENING, If_Match=seen)
    assert screened.status_code == 201
    size = http.size
    told = problem(http.post(f"{HERE}/qualification", QUALIFICATION, key="mine", If_Match=seen), 412, "changed-since")
    position = screened.json()["position"]
    assert (
        f"company:sunfield-demo has changed since position {position - 1}: {position} company.screened"
        in told["detail"]
    )
    assert http.size == size
    # Nothing is kept under the key. What others record of the company is no step of it.
    http.post("/v1/claims", {**CLAIM, "company": "sunfield-demo"})
    now = http.get(HERE, wait=http.size).headers["etag"]
    assert now.startswith(screened.headers["etag"][:-1] + "-")  # and the day
    first = http.post(f"{HERE}/qualification", QUALIFICATION, key="mine", If_Match=now)
    again = http.post(f"{HERE}/qualification", QUALIFICATION, key="mine", If_Match=now)
    assert (first.status_code, again.status_code, again.headers["idempotent-replayed"]) == (201, 201, "true")


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("*", 200),
        ('"0", "{}"', 200),
        ('"{}-2026-01-01"', 200),
        ('"{}-2026-01-01-gzip"', 200),
        ("W/{}", 400),
        ('"{}" "{}"', 400),
        ('W/"{}"', 412),
        ('"0123456789abcdef0123456789abcdef"', 412),
        ('""', 412),
        ("x", 400),
        ('"999999"', 412),
        ('"0"', 412),
    ],
)
def test_what_if_match_may_say(http: Http, written: str, status: int) -> None:
    position = http.post("/v1/companies", LEAD).json()["position"]
    headers = http.headers("deal_desk") | {"If-Match": written.replace("{}", str(position))}
    answer = http.client.post(f"{HERE}/screenings?dry_run=true", json=SCREENING, headers=headers)
    assert answer.status_code == status, answer.text
    if status == 400:
        assert problem(answer, 400, "header-invalid")["errors"][0]["header"] == "If-Match"


NEW = {"If-None-Match": "*"}


@pytest.mark.parametrize(
    ("said", "known", "status", "says"),
    [
        ({"If-Match": "*"}, True, 201, ""),
        ({"If-Match": "*"}, False, 412, "nothing is recorded of company:sunfield-demo"),
        (NEW, False, 404, ""),  # the condition holds: it is the rules' turn
        (NEW, True, 412, "is on record since position"),
        ({"If-None-Match": '"1"'}, True, 400, "takes * alone"),
        ({"If-Match": "*", **NEW}, True, 412, "never both"),
    ],
)
def test_a_thing_must_be_there_or_be_new(http: Http, said: dict[str, str], known: bool, status: int, says: str) -> None:
    """RFC 9110 §13.1: If-Match: * is false of what is not there, If-None-Match: * of what is; so for a line."""
    if known:
        http.post("/v1/companies", LEAD)
    size = http.size
    tagged = {"command": "screen-company", "company": "sunfield-demo", **SCREENING}
    line = {"command": tagged, "key": "line", **{name.lower().replace("-", "_"): value for name, value in said.items()}}
    headers: dict[str, Any] = {name.replace("-", "_"): value for name, value in said.items()}
    many: Any = {"Content_Type": "application/x-ndjson"}
    told = json.loads(http.post("/v1/commands?dry_run=true", json.dumps(line).encode(), **many).text)
    assert told["status"] == (200 if status == 201 else status)
    answer = http.post(f"{HERE}/screenings", SCREENING, **headers)
    assert answer.status_code == status, answer.text
    assert says in answer.text
    assert http.size == size + (status == 201)


def test_where_a_condition_is_needed_what_is_new_can_begin(ledger: Ledger) -> None:
    """The books are opened without one, for no thing stands in the address; a lead may say that it is new."""
    with served(ledger, if_match_required=True) as http:
        assert http.post("/v1/companies", LEAD, If_None_Match="*").status_code == 201
        problem(http.post("/v1/companies", LEAD, If_None_Match="*"), 412, "changed-since")
        early = http.post("/v1/periods/2025-01/soft-close", {"effective_on": "2025-01-31"}, "finance", If_Match="*")
        problem(early, 412, "changed-since")  # no month is there
        opened = http.post("/v1/periods", OPENING, "finance", If_None_Match="*")
        assert opened.status_code == 201, opened.text
        problem(http.post("/v1/periods", OPENING, "finance", If_None_Match="*"), 412, "changed-since")


def test_what_has_no_step_of_its_own_has_an_etag_that_can_be_compared(http: Http) -> None:
    """A list, a site with what stands on it: the ETag begins with the position up to which it was read."""
    before = http.size
    made = http.post("/v1/sites", {"site": "north-demo", **SITE})
    assert made.status_code == 201, made.text
    seen = http.get("/v1/sites/north-demo", wait=http.size).headers["etag"]
    assert seen.startswith(f'"{before + 1}-')
    step = {**SITE, "reason": "Named again (demo).", "name": "North park (demo)"}
    first = http.post("/v1/sites/north-demo/corrections", step, If_Match=seen)
    assert first.status_code == 201, first.text
    told = problem(http.post("/v1/sites/north-demo/corrections", step, If_Match=seen), 412, "changed-since")
    assert f"{first.json()['position']} estate.site-corrected came between" in told["detail"]


def test_an_answer_of_yesterday_is_none_of_today(http: Http) -> None:
    http.post("/v1/companies", LEAD)
    days = [http.get(HERE, effective=day, wait=http.size) for day in ("2025-02-01", "2025-02-02")]
    assert days[0].headers["etag"] != days[1].headers["etag"]
    for day, answer in zip(("2025-02-01", "2025-02-02"), days, strict=True):
        kept = http.get(HERE, headers={"If-None-Match": days[0].headers["etag"]}, effective=day)
        assert kept.status_code == (304 if answer is days[0] else 200)


@pytest.mark.parametrize("written", [None, "*", "its own"])
def test_where_the_settings_say_so_a_step_needs_a_condition(ledger: Ledger, written: str | None) -> None:
    with served(ledger, if_match_required=True) as http:
        lead = http.post("/v1/companies", LEAD)
        assert lead.status_code == 201
        said: dict[str, Any] = (
            {} if written is None else {"If_Match": lead.headers["etag"] if written == "its own" else written}
        )
        size = http.size
        answers = [http.post(f"{HERE}/screenings", SCREENING, key="one", **said)]
        tagged = {"command": "screen-company", "company": "sunfield-demo", **SCREENING}
        answers.append(http.post("/v1/commands", tagged, key="one", **said))
        for answer in answers:
            if written is None:
                problem(answer, 428, "condition-missing")
            else:
                assert answer.status_code == 201, answer.text
        assert http.size == size + (written is not None)


@pytest.mark.parametrize("path", ["companies", "leases", "orders", "offtakes", "investment-agreements"])
def test_the_etag_of_a_thing_is_of_its_last_step(demo: Database, path: str) -> None:
    """Whatever others recorded that names it: bills of a lease, invoices of an order."""
    (read,) = (read for read in reads(Settings()) if re.fullmatch(rf"/v1/{path}/\{{\w+:str\}}", read.path))
    (name,) = re.findall(r"\{(\w+):str\}", read.path)
    recording = next(one for one in RECORDINGS if one.at == f"/v1/{path}" and one.named_by == name)
    said = next(command for command in COMMANDS if type(command) is recording.command)
    (every,) = (read for read in reads(Settings()) if read.path == f"/v1/{path}")
    _, found = look_up(Settings(), demo, every, every.query(), {})
    assert found.rows
    for row in found.rows:
        _, one = look_up(Settings(), demo, read, read.query(), {name: getattr(row, name)})
        looked = condition(f'"{one.etag}"', recording, replace(said, **{name: getattr(row, name)}))
        assert looked is not None
        with demo.views.connect() as connection:
            after = store.by_tags(connection, [looked.tag], after=looked.position)
        assert not [entry for entry in after if stored_name(type(entry.fact)) in looked.names]


def test_many_commands_have_no_condition(http: Http) -> None:
    kind: Any = {"Content_Type": "application/x-ndjson", "If_Match": "*"}
    problem(http.post("/v1/commands", b"{}", **kind), 400, "header-invalid")


def test_each_line_of_many_may_have_one(ledger: Ledger) -> None:
    """As for one alone: a step that nobody looked at before is not taken where the settings say so."""
    step = {"command": "screen-company", "company": "sunfield-demo", **SCREENING}
    with served(ledger, if_match_required=True) as http:
        seen = http.post("/v1/companies", LEAD).headers["etag"]
        lines = [step, {"command": step, "if_match": '"1"'}, {"command": step, "if_match": seen}, {"command": step}]
        body = b"\n".join(json.dumps(line).encode() for line in [*lines, {"command": step, "if_match": "x"}])
        for query in ("?dry_run=true", ""):
            answer = http.post(f"/v1/commands{query}", body, key="many", Content_Type="application/x-ndjson")
            told = [json.loads(line) for line in answer.text.splitlines()]
            assert [line["status"] for line in told] == [428, 412, 200 if query else 201, 428, 400]
            assert told[4]["problem"]["errors"][0]["header"] == "If-Match"


def test_of_many_at_once_who_saw_the_same_one_is_recorded(database: Database) -> None:
    """Also where they are decided in one pass of the writer."""
    with Ledger(database, CONTEXTS) as ledger, served(ledger) as http:
        position = http.post("/v1/companies", LEAD).json()["position"]
        heard = Heard()
        seen = Unchanged("company:sunfield-demo", ("company.touch-added",), position)
        for day in range(40):
            on = date(2025, 2, 1) + timedelta(days=day)
            touch = AddTouch(company="sunfield-demo", channel="DIRECT", effective_on=on)
            ledger.enqueue(Request(touch, CLERK, None, "LIVE", False, heard, day, unchanged=seen))
        answers = [heard.answers.get() for _ in range(40)]
    assert [type(answer.outcome) for answer in answers if isinstance(answer, Answer)] == [Done]
    assert sum(isinstance(answer, Changed) for answer in answers) == 39


class Heard:
    """A desk that keeps what it was told."""

    def __init__(self) -> None:
        self.answers: SimpleQueue[Answer | NotDone] = SimpleQueue()

    def deliver(self, answers: Any) -> None:
        for _, answer in answers:
            self.answers.put(answer)


def test_every_command_is_about_a_thing_that_its_facts_carry() -> None:
    said = {type(command): command for command in COMMANDS}
    for recording in (*RECORDINGS, REVOCATION):
        found = condition('"7"', recording, said[recording.command])
        assert found is not None
        assert found.position == 7
        assert found.names, recording.command


def test_every_answer_to_a_step_says_where_the_thing_can_be_read() -> None:
    """Each Location leads to a route; what is there at once: the golden year."""
    document = json.loads(KEPT.read_text())
    read = [
        re.compile(re.sub(r"\{\w+\}", "[^/]+", path)) for path, methods in document["paths"].items() if "get" in methods
    ]
    said = {type(command): command for command in COMMANDS}
    for recording in (*RECORDINGS, REVOCATION):
        location = recording.location(said[recording.command])
        assert any(path.fullmatch(location) for path in read), location
