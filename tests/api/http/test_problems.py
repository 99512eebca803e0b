"""Every error has a code, a sentence and the same shape; nothing of the inside shows."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from msgspec import Struct

from api.http.openapi import refusals
from api.http.problems import KINDS, REFUSAL_STATUS, Problem, fault_of, of_decoding, of_not_done, of_refusal, pointer
from ledger.decider import Command
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from ledger.recording.outcome import (
    Busy,
    Changed,
    Faulty,
    KeyReused,
    NotDone,
    Refused,
    StorageFull,
    Unavailable,
    Unknown,
)
from tests.ground.over_http import LEAD, Http, problem, served


@pytest.fixture
def http(sqlite: Database) -> Iterator[Http]:
    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger) as http:
        yield http


# Not done: 503, 507, and what to do

NOT_DONE = [
    (Busy("10 wait"), 503, "busy", "1"),
    (Unavailable("the ledger is stopping"), 503, "unavailable", "1"),
    (Unknown("ask again with the same key"), 503, "outcome-unknown", "1"),
    (StorageFull("no space"), 507, "storage-full", None),
    (KeyReused("use a new key"), 422, "idempotency-key-reused", None),
    (Changed("company:a has changed since position 3"), 412, "changed-since", None),
    (Faulty("a fault of ours"), 500, "fault", None),
]


@pytest.mark.parametrize(("error", "status", "code", "retry_after"), NOT_DONE, ids=[row[2] for row in NOT_DONE])
def test_not_done(
    http: Http, monkeypatch: pytest.MonkeyPatch, error: NotDone, status: int, code: str, retry_after: str | None
) -> None:
    def refuse(request: Any) -> None:
        raise error

    monkeypatch.setattr(http.ledger, "enqueue", refuse)
    answer = http.post("/v1/companies", LEAD)
    told = problem(answer, status, code)
    assert told["detail"] == str(error)
    assert answer.headers.get("retry-after") == retry_after
    line = http.post("/v1/commands", msgspec.json.encode({**LEAD, "command": "register-lead"}), Content_Type=NDJSON)
    assert (line.status_code, line.json()["status"], line.json()["problem"]["code"]) == (200, status, code)


NDJSON = "application/x-ndjson"


def test_every_way_of_not_being_done_has_a_problem() -> None:
    assert {type(row[0]) for row in NOT_DONE} == set(NotDone.__subclasses__())


def test_a_full_queue_answers_busy_and_loses_nothing(sqlite: Database) -> None:
    with Ledger(sqlite, CONTEXTS, queue_max=1) as ledger, served(ledger) as http:
        body = b"\n".join(
            msgspec.json.encode({**LEAD, "command": "register-lead", "company": f"c{n}-demo"}) for n in range(200)
        )
        answer = http.post("/v1/commands", body, key="all", Content_Type=NDJSON)
        told = [msgspec.json.decode(line) for line in answer.content.splitlines()]
        busy = [line for line in told if line["status"] == 503]
        recorded = http.get("/v1/history", fact="company.lead-registered", limit=1000).json()["total"]
    assert busy
    assert {line["problem"]["code"] for line in busy} == {"busy"}
    assert len(told) == 200
    assert recorded == 200 - len(busy)


def test_a_stopped_ledger_answers_unavailable_and_goes_on_reading(sqlite: Database) -> None:
    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger) as http:
        ledger.stop()
        problem(http.post("/v1/companies", LEAD), 503, "unavailable")
        assert http.get("/v1/companies").status_code == 200
        health = http.client.get("/health")
        assert (health.status_code, health.json()["status"]) == (503, "failing")
        assert health.json()["recording"] == "the ledger is stopping"


# Refusals


@pytest.mark.parametrize(("kind", "status"), REFUSAL_STATUS.items())
def test_refusals(kind: Any, status: int) -> None:
    refused = Refused(7, "some-rule", kind, "Do it otherwise.", "contract.executed_on")
    found = of_refusal(refused, replayed=True)
    assert (found.status, found.code, found.headers) == (status, "some-rule", {"Idempotent-Replayed": "true"})
    document = found.document("r1")
    assert document.request_id is None, "kept outcomes are the same bytes each time"
    assert document.errors[0].pointer == "/contract/executed_on"


def test_no_code_means_two_things() -> None:
    assert set(KINDS) & set(refusals()) == set()


def test_the_docs_page_explains_every_code(http: Http) -> None:
    page = http.client.get("/docs").text
    for code in (*KINDS, *refusals()):
        assert f'id="{code}"' in page


# Malformed bodies


class Inner(Struct, forbid_unknown_fields=True):
    rows: list[int]


class Outer(Struct, forbid_unknown_fields=True):
    inner: Inner | None = None
    by_name: dict[str, int] = {}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"inner":{"rows":[1,"x"]}}', "/inner/rows/1"),
        (b'{"inner":{"rows":3}}', "/inner/rows"),
        (b'{"inner":{}}', "/inner/rows"),
        (b'{"inner":{"rows":[],"a/b~c":1}}', "/inner/a~1b~0c"),
        (b'{"by_name":{"x":"y"}}', "/by_name/..."),
        (b"[]", ""),
    ],
)
def test_pointers(body: bytes, expected: str) -> None:
    with pytest.raises(msgspec.ValidationError) as raised:
        msgspec.json.decode(body, type=Outer)
    assert fault_of(raised.value).pointer == expected


def test_pointer_of_the_whole() -> None:
    assert pointer("") == ""
    assert pointer(".a[0].b") == "/a/0/b"


def test_of_decoding_passes_on_what_is_no_decoders() -> None:
    with pytest.raises(ZeroDivisionError):
        of_decoding(ZeroDivisionError())
    assert of_decoding(RecursionError()).code == "body-malformed"


# What Litestar and nobody expected


def test_no_such_address(http: Http) -> None:
    problem(http.client.get("/v2/companies"), 404, "not-found")
    problem(http.client.get("/v1"), 404, "not-found")


def test_no_such_method(http: Http) -> None:
    answer = http.client.delete("/v1/companies", headers=http.headers("admin"))
    problem(answer, 405, "method-not-allowed")
    assert {"GET", "HEAD", "POST"} <= set(answer.headers["allow"].split(", "))


def test_a_fault_shows_nothing_of_the_inside(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the secret ingredient")

    monkeypatch.setattr(http.ledger, "record", broken)
    answer = http.post("/v1/companies", LEAD)
    problem(answer, 500, "fault")
    assert "ingredient" not in answer.text
    assert "RuntimeError" not in answer.text


def test_a_broken_decision_is_a_fault_and_nothing_is_recorded(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    size = http.size

    def broken(_self: Ledger, _command: Command) -> None:
        raise RuntimeError("in the writer")

    monkeypatch.setattr(Ledger, "_scope", broken)
    told = problem(http.post("/v1/companies", LEAD), 500, "fault")
    assert "writer" not in told["detail"]
    assert http.size == size


# Request ids


@pytest.mark.parametrize(
    ("given", "kept"), [("abc-123:x.y_Z", True), ("a" * 64, True), ("a" * 65, False), ("a b", False)]
)
def test_request_ids(http: Http, given: str, kept: bool) -> None:
    answer = http.client.get("/v1/nowhere", headers={"X-Request-Id": given})
    assert (answer.headers["x-request-id"] == given) is kept
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_request_ids_differ(http: Http) -> None:
    assert len({http.client.get("/health").headers["x-request-id"] for _ in range(5)}) == 5


def test_a_problem_is_an_exception_with_a_sentence() -> None:
    assert str(Problem("busy", "Come back.")) == "Come back."
    assert of_not_done(Busy("x")).headers == {"Retry-After": "1"}
