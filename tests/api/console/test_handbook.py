"""The documentation of the routes: whole, found by words, and its examples are taken by the demonstration."""

import html
import re

import httpx
import pytest

from api.console.handbook import Example, Handbook, kind, shapes_of
from api.settings import Settings
from tests.ground.over_sockets import PATIENCE_S, Served

NOT_YET = {"/v1/log/checkpoint", "/v1/access/checkpoint-keys", "/v1/calendars/example-1", "/v1/documents/example-1"}
"""The demonstration has no key that signs, no secret of a calendar, no document."""
LINES = {"/v1/log/export"}
"""Answers without an end of their own, which go on as facts do."""


@pytest.fixture(scope="module")
def base(server: Served) -> str:
    return f"http://127.0.0.1:{server.port}"


@pytest.fixture(scope="module")
def book(base: str) -> Handbook:
    """The pages' own: their lines name the address of the settings, where the server listens unless it is told."""
    document = httpx.get(f"{base}/openapi.json", trust_env=False, timeout=PATIENCE_S).json()
    return Handbook(document, f"http://{Settings().host}:{Settings().port}")


@pytest.fixture(scope="module")
def examples(book: Handbook) -> list[Example]:
    return [book.example(one) for operations in book.groups.values() for one in operations]


def test_every_question_that_is_an_example_is_answered(server: Served, base: str, examples: list[Example]) -> None:
    key = {"Authorization": f"Bearer {server.keys['admin']}"}
    asked = [one for one in examples if one.method == "GET" and one.path not in NOT_YET | LINES]
    assert len(asked) > 80
    with httpx.Client(base_url=base, headers=key, trust_env=False, timeout=PATIENCE_S) as client:
        answers = {one.path: _patiently(client, one.path) for one in asked}
    assert {path: answer.text for path, answer in answers.items() if answer.status_code != 200} == {}


def _patiently(client: httpx.Client, path: str) -> httpx.Response:
    """The answer, asked for again while the service says that it is busy."""
    answer = client.get(path)
    for _ in range(5):
        if answer.status_code != 503:
            break
        answer = client.get(path)
    return answer


def test_every_command_that_is_an_example_is_well_formed(server: Served, base: str, examples: list[Example]) -> None:
    """What it names may be missing, or a rule may refuse it; no field is wrong. None is recorded: it is a dry run."""
    key = {"Authorization": f"Bearer {server.keys['admin']}", "Idempotency-Key": "example-1"}
    sent = [
        one for one in examples if one.method == "POST" and "/json" in one.line and one.path.endswith("?dry_run=true")
    ]
    assert len(sent) > 180
    with httpx.Client(base_url=base, headers=key, trust_env=False, timeout=PATIENCE_S) as client:
        before = client.get("/v1/head").text
        answers = {one.path: client.post(one.path, json=one.body) for one in sent if one.path[:-13] not in NOT_YET}
        assert client.get("/v1/head").text == before
    assert {path: one.text for path, one in answers.items() if one.status_code not in (200, 404, 409, 422)} == {}
    assert sum(one.status_code == 200 for one in answers.values()) >= 15


def test_pages_hold_every_route_and_lead_to_every_shape(book: Handbook, base: str) -> None:
    with httpx.Client(base_url=base, trust_env=False, timeout=PATIENCE_S) as client:
        contents = client.get("/docs")
        assert "'unsafe" not in contents.headers["content-security-policy"]
        shapes = set[str]()
        for group, operations in book.groups.items():
            assert f'href="/docs/{group}"' in contents.text
            page = client.get(f"/docs/{group}").text
            for one in operations:
                assert f'id="{one["operationId"]}"' in page
                assert book.example(one).line in html.unescape(page)
            shapes |= set(re.findall(r'href="/docs/shapes/(\w+)"', page))
        lead = client.get("/docs/shapes/RegisterLead").text
        assert "BAC_REFERRAL" in lead
        for shape in shapes:
            assert shape in book.schemas
        assert client.get("/docs/nothing").status_code == 404
        assert client.get("/docs/shapes/Nothing").json()["code"] == "not-found"
        assert client.get("/docs?Q=x").json()["code"] == "parameter-unknown"


def test_words_find_routes_shapes_and_problems(book: Handbook, base: str) -> None:
    page = httpx.get(f"{base}/docs", params={"q": "DRAFT lease"}, trust_env=False).text
    assert 'href="/docs/leases#draft-lease"' in page
    assert 'href="/docs/shapes/DraftLease' in page
    assert [to for to, *_ in book.found("unit-let")] == ["/docs#unit-let"]
    assert book.found("  ") == []
    assert book.found("no-such-word-anywhere") == []
    script = httpx.get(f"{base}/docs", params={"q": "<script>"}, trust_env=False).text
    assert "<script" not in script


@pytest.mark.parametrize(
    ("schema", "said", "leads"),
    [
        ({"type": "string", "format": "date"}, "date", []),
        ({"enum": ["A", "B"]}, "A | B", []),
        ({"anyOf": [{"$ref": "#/components/schemas/X"}, {"type": "null"}]}, "a shape or nothing", ["X"]),
        ({"type": "array", "items": {"$ref": "#/components/schemas/X"}}, "list of: a shape", ["X"]),
        ({}, "anything", []),
    ],
)
def test_a_schema_is_said_in_few_words(schema: dict[str, object], said: str, leads: list[str]) -> None:
    assert kind(schema) == said
    assert shapes_of(schema) == leads
