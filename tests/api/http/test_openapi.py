"""The OpenAPI document: complete, well-formed, kept in the repository, and the pages that fetch nothing."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import ledger as package
from api.http.decoding import INVISIBLE
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from projections.companies.register import CompanyRegister
from projections.every.views import ALL_VIEWS
from tests.ground.over_http import LEAD, Http, problem, served
from tests.ground.recording import lead, record

KEPT = Path(package.__file__ or "").parent.parent / "docs" / "openapi.json"
METHODS = {"get", "post"}


@pytest.fixture
def http(sqlite: Database) -> Iterator[Http]:
    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger) as http:
        yield http


@pytest.fixture
def document(http: Http) -> dict[str, Any]:
    found: dict[str, Any] = http.client.get("/openapi.json").json()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        assert set(methods) <= METHODS
        for method, operation in methods.items():
            yield method, path, operation


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def test_the_kept_document_is_the_served_one(http: Http) -> None:
    """After a change: `python -m api.app > docs/openapi.json`, and read the difference."""
    assert json.loads(KEPT.read_text()) == http.client.get("/openapi.json").json()


def test_every_route_is_described(http: Http, document: dict[str, Any]) -> None:
    shown = {(method.upper(), path) for method, path, _ in operations(document)}
    served = {
        (method, re.sub(r":str\}", "}", route.path))
        for route in http.client.app.routes
        for method in route.methods
        if method in ("GET", "POST")
        and not route.path.startswith(("/desk", "/docs/"))  # pages for people: in no document
    }
    assert shown == served


def test_the_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert {"title", "version"} <= set(document["info"])
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))
    for reference in references(document):
        part: Any = document
        for step in reference.removeprefix("#/").split("/"):
            part = part[step]
    for name in document["components"]["schemas"]:
        assert re.fullmatch(r"[A-Za-z0-9_]+", name), "a name says what a thing is, not in which file it stands"


def test_every_route_has_its_parts(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        assert operation["summary"]
        assert operation["responses"]["default"] == {"$ref": "#/components/responses/Problem"}
        in_path = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"}
        assert in_path == set(re.findall(r"\{(\w+)\}", path))
        assert ("requestBody" in operation) == (method == "post")
        open_to_all = path in (
            "/",
            "/docs",
            "/health",
            "/health/live",
            "/health/ready",
            "/openapi.json",
            "/v1/calendars/{secret}",
        )
        assert (operation.get("security") == []) == open_to_all
        assert ("401" in operation["responses"]) == (not open_to_all)


def test_every_address_names_all_its_methods(http: Http, document: dict[str, Any]) -> None:
    """RFC 9110 §9.3.7, §15.5.6."""
    for path, methods in document["paths"].items():
        expected = {"OPTIONS"} | {method.upper() for method in methods} | ({"HEAD"} if "get" in methods else set())
        for method, status in (("OPTIONS", 204), ("DELETE", 405)) if len(methods) > 1 else (("OPTIONS", 204),):
            answer = http.client.request(method, re.sub(r"\{\w+\}", "x", path), headers=http.headers("auditor"))
            assert answer.status_code == status
            assert set(answer.headers["allow"].split(", ")) == expected, f"{method} {path}"


def test_a_parameter_is_what_it_is_where_it_is_given(document: dict[str, Any]) -> None:
    """An address holds no null, and no text that decoding.py refuses; some parameters cannot be left out."""
    required = set[tuple[str, str]]()
    for _, path, operation in operations(document):
        for parameter in operation["parameters"]:
            if parameter["in"] != "query":
                continue
            written = json.dumps(parameter["schema"])
            assert "null" not in written
            if re.search(r'"type": "string"', written):
                assert re.search(r'"(pattern|format|enum)"', written), f"{path} {parameter['name']}"
            if parameter["required"]:
                required.add((path, parameter["name"]))
    assert required == {("/v1/log/proof/consistency", "from"), ("/v1/log/proof/inclusion", "position")}


def test_free_text_is_what_is_taken(document: dict[str, Any]) -> None:
    pattern = document["components"]["schemas"]["RegisterLead"]["properties"]["name"]["pattern"]
    for text, taken in (
        ("园区 (demo)", True),
        ("  ", False),
        ("a\u200bb", False),
        ("a\u202eb", False),
        ("a\nb", False),
    ):
        assert bool(re.search(pattern, text)) == taken
        assert taken == (not INVISIBLE.search(text) and bool(text.strip()))


def test_problems_are_problem_json_and_bodies_are_closed(document: dict[str, Any]) -> None:
    for response in document["components"]["responses"].values():
        assert set(response["content"]) == {"application/problem+json"}
    lead = document["components"]["schemas"]["RegisterLead"]
    assert lead["additionalProperties"] is False
    assert "company" not in document["components"]["schemas"]["QualifyCompanyBody"]["properties"]
    commands = document["paths"]["/v1/commands"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert commands["discriminator"]["propertyName"] == "command"


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_pages_ask_no_other_host(http: Http, path: str) -> None:
    page = http.client.get(path)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert not re.search(r"<script|@import|url\(|src=", page.text)
    addresses = set(re.findall(r'href="([^"]*)"', page.text))
    assert {address for address in addresses if not address.startswith(("/", "#", "data:,"))} == set()


def test_an_invented_ledger_says_so_on_the_first_page(sqlite: Database) -> None:
    with Ledger(sqlite, CONTEXTS, data_class="FICTIONAL") as ledger, served(ledger, data_class="FICTIONAL") as http:
        assert "invented examples" in http.client.get("/").text


def test_a_log_that_is_ahead_of_the_clock_is_said_to_be(http: Http) -> None:
    assert http.client.get("/health").json()["clock"] == "ok"
    record(http.ledger.database, [lead("sunfield-demo")], at=datetime.now(UTC) + timedelta(days=3650))
    found = http.client.get("/health").json()
    assert found["status"] == "degraded"
    assert "later than it is now" in found["clock"]


def test_health(http: Http) -> None:
    http.read("/v1/companies")
    found = http.client.get("/health").json()
    assert (found["status"], found["recording"], found["queue"]) == ("ok", "ok", 0)
    assert [(model["name"], model["behind"], model["error"]) for model in found["read_models"]] == [
        (view.name, 0, None) for view in ALL_VIEWS
    ]
    assert found["head"] == http.size


def test_a_stalled_read_model_shows_and_recording_goes_on(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the secret ingredient")

    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger, wait_seconds_max=1) as http:
        monkeypatch.setattr(CompanyRegister, "values", broken)
        position = http.post("/v1/companies", LEAD).json()["position"]
        problem(http.get("/v1/companies", wait=position), 503, "read-model-behind")
        health = http.client.get("/health")
        assert (health.status_code, health.json()["status"]) == (200, "degraded")
        assert "ingredient" not in health.text
        assert http.post("/v1/companies", {**LEAD, "company": "later-demo"}).status_code == 201
        monkeypatch.undo()
        rows = http.get("/v1/companies", wait=position + 1)
        while rows.status_code == 503:
            rows = http.get("/v1/companies", wait=position + 1)
        assert len(rows.json()["rows"]) == 2
