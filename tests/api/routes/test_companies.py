"""Companies over HTTP: every step of a life, and every way of reading it."""

import csv
import hashlib
import io
from collections.abc import Iterator
from typing import Any

import pytest

from api.routes.companies import RECORDINGS
from ledger.decider import command_name
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.ground.over_http import DOC, LEAD, Http, problem, served

HERE = "/v1/companies/sunfield-demo"
CONTRACT = {"kind": "LAND", "reference": "lease-1-demo", "executed_on": "2025-06-01", "evidence": DOC}

LIFE: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (
        "screen-company",
        "screenings",
        {"result": "CLEAR", "lists": ["SANCTIONS", "EXPORT_CONTROL", "NEGATIVE_LIST"], "evidence": DOC},
    ),
    ("add-touch", "touches", {"channel": "PARTNER"}),
    (
        "correct-origin",
        "origin/corrections",
        {"origin": "CIIE_PAVILION", "origin_year": 2024, "reason": "badge", "evidence": DOC},
    ),
    ("qualify-company", "qualification", {}),
    ("sign-loi", "loi", {"intended_investment": {"currency": "USD", "amount": "5000000.00"}, "evidence": DOC}),
    (
        "link-investment-agreement",
        "investment-agreements",
        {"agreement": "ia-1-demo", "signed_on": "2025-03-01", "evidence": DOC},
    ),
    (
        "register-company",
        "registration",
        {"uscc": "91000000FXDEMA0460", "address": "1 Park Road (demo)", "licence": DOC},
    ),
    (
        "verify-identifier",
        "identifiers",
        {"scheme": "LEI", "value": "FICT00MCSCDEM0000187", "method": "REGISTRY", "evidence": DOC},
    ),
    ("link-parent", "parent", {"parent_lei": "FICT00MCSCDEM0000284"}),
    (
        "report-settled",
        "settled-reports",
        {"statement": "It is here.", "source": "Demo Daily", "published_on": "2025-05-01"},
    ),
    ("mark-dormant", "dormancy", {"reason": "waiting"}),
    ("reactivate-company", "reactivation", {"reason": "moving again"}),
    (
        "settle-in",
        "settling-in",
        {
            "licence": DOC,
            "park_address": "1 Park Road (demo)",
            "contract": CONTRACT,
            "handover_on": "2025-06-10",
            "handover": DOC,
        },
    ),
    ("add-premises", "premises", {"contract": {**CONTRACT, "reference": "lease-2-demo"}}),
    ("commence-operations", "operations", {"evidence": DOC}),
    ("change-details", "details/changes", {"name": "Sunfield Power (demo)"}),
    ("correct-details", "details/corrections", {"name_zh": "示例", "reason": "left out", "corrects": 6}),
    ("initiate-exit", "exit", {"reason": "moving away"}),
    (
        "complete-exit",
        "exit/completion",
        {
            "ended": [{"reference": f"lease-{n}-demo", "ended_on": "2026-01-01", "evidence": DOC} for n in (1, 2)],
            "receivable": "0.00",
            "deposits_held": "0.00",
        },
    ),
)
OTHERS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("reject-company", "rejection", {"reason": "no fit"}),
    (
        "withdraw-company-step",
        "withdrawals",
        {"step": "company.lead-registered", "effective_on": LEAD["effective_on"], "reason": "none of ours"},
    ),
    ("merge-company", "merger", {"into": "other-demo", "reason": "entered twice", "evidence": DOC}),
)


@pytest.fixture
def http(ledger: Ledger) -> Iterator[Http]:
    with served(ledger) as http:
        yield http


@pytest.fixture
def on_sqlite(sqlite: Database) -> Iterator[Http]:
    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger) as http:
        yield http


def live(http: Http) -> list[int]:
    """A whole life, recorded step by step, a month each; the positions."""
    answers = [http.post("/v1/companies", LEAD)]
    for month, (_, noun, body) in enumerate(LIFE, 2):
        on = f"{2025 + (month - 1) // 12}-{(month - 1) % 12 + 1:02}-15"
        answers.append(http.post(f"{HERE}/{noun}", {**body, "effective_on": on}))
    assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
    return [answer.json()["position"] for answer in answers]


def test_every_command_has_a_route_and_an_example() -> None:
    elsewhere = {"approve-override", "reject-override"}  # by two people: test_auth.py
    elsewhere |= {"set-contact", "erase-contact"}  # under keys of their own: test_contacts.py
    named = {"register-lead", *elsewhere, *(name for name, _, _ in LIFE + OTHERS)}
    assert named == {command_name(recording.command) for recording in RECORDINGS}


def test_a_whole_life(http: Http) -> None:
    positions = live(http)
    assert positions == list(range(positions[0], positions[0] + len(positions)))
    row = http.read(HERE, effective="2027-01-01")["data"]
    assert (row["stage"], row["name"], row["name_zh"]) == ("EXITED", "Sunfield Power (demo)", "示例")
    assert (row["uscc"], row["lei"]) == ("91000000FXDEMA0460", "FICT00MCSCDEM0000187")
    assert (row["origin"], row["origin_year"], row["reported_settled_on"]) == ("CIIE_PAVILION", 2024, "2025-11-15")
    history = http.read(f"{HERE}/history")
    assert [entry["position"] for entry in history["rows"]] == positions
    assert history["total"] == len(positions)
    assert history["rows"][0]["by"]["actor"] == "deal-desk-demo"
    assert history["rows"][0]["by"]["method"] == "api-key"


@pytest.mark.parametrize(("name", "noun", "body"), OTHERS, ids=[name for name, _, _ in OTHERS])
def test_ways_out(on_sqlite: Http, name: str, noun: str, body: dict[str, Any]) -> None:
    on_sqlite.post("/v1/companies", LEAD)
    on_sqlite.post("/v1/companies", {**LEAD, "company": "other-demo"})
    answer = on_sqlite.post(f"{HERE}/{noun}", {"effective_on": "2025-02-01", **body})
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == HERE


def test_the_command_may_be_said_again_but_not_another(on_sqlite: Http) -> None:
    on_sqlite.post("/v1/companies", {**LEAD, "command": "register-lead"})
    body = {"reason": "waiting", "effective_on": "2025-02-01"}
    told = problem(on_sqlite.post(f"{HERE}/dormancy", {**body, "command": "reject-company"}), 400, "body-invalid")
    assert told["errors"] == [{"detail": "Invalid enum value 'reject-company'", "pointer": "/command"}]
    assert on_sqlite.post(f"{HERE}/dormancy", {**body, "command": "mark-dormant"}).status_code == 201
    told = problem(on_sqlite.post(f"{HERE}/dormancy", {**body, "company": "sunfield-demo"}), 400, "body-invalid")
    assert told["errors"][0]["pointer"] == "/company"


def test_already_so_is_200_without_facts(on_sqlite: Http) -> None:
    on_sqlite.post("/v1/companies", LEAD)
    again = on_sqlite.post("/v1/companies", LEAD)
    assert (again.status_code, again.json()["facts"]) == (200, [])
    assert "etag" not in again.headers


# Reading


def test_as_of_two_dates(http: Http) -> None:
    first, *_, last = live(http)
    seen = {
        (effective, recorded): http.read(HERE, effective=effective, recorded=recorded)["data"]
        for effective in ("2025-01-31", "2025-12-31", "2027-01")
        for recorded in (first, last)
    }
    assert {key: row["stage"] for key, row in seen.items()} == {
        ("2025-01-31", first): "LEAD",
        ("2025-01-31", last): "LEAD",
        ("2025-12-31", first): "LEAD",
        ("2025-12-31", last): "DORMANT",
        ("2027-01", first): "LEAD",
        ("2027-01", last): "EXITED",
    }
    problem(http.get(HERE, effective="2025-01-09"), 404, "not-found")


def test_an_answer_names_its_basis_and_asking_again_gives_the_same_bytes(http: Http) -> None:
    live(http)
    for path in ("/v1/companies", HERE, "/v1/reports/funnel", f"{HERE}/history", "/v1/history", "/v1/head"):
        first = http.get(path, wait=http.size)
        basis = first.json()["basis"]
        assert len(basis["root"]) == 64
        http.post("/v1/companies", {**LEAD, "company": f"later{len(path)}-demo"})
        asked = {name: basis[name] for name in ("effective", "recorded") if basis[name] is not None}
        again = http.get(path, **asked)
        assert again.content == first.content, path
        assert again.headers["etag"] == first.headers["etag"]


def test_recorded_takes_an_instant_and_a_date(on_sqlite: Http) -> None:
    on_sqlite.post("/v1/companies", LEAD)
    instant = on_sqlite.read("/v1/head")["basis"]["recorded_at"]
    on_sqlite.post("/v1/companies", {**LEAD, "company": "later-demo"})
    rows = on_sqlite.read("/v1/companies", recorded=instant)["rows"]
    assert [row["company"] for row in rows] == ["sunfield-demo"]
    assert on_sqlite.read("/v1/companies", recorded="2020-01-01")["rows"] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("effective", "2025-02-30"),
        ("effective", "yesterday"),
        ("effective", ""),
        ("recorded", "2025-01-01T00:00:00"),
        ("recorded", "999999"),
        ("recorded", "-1"),
        ("recorded", "0001-01-01T00:00:00+23:59"),
        ("recorded", "9999-12-31T23:59:59-23:59"),
        ("wait", "-1"),
        ("wait", "99999999999999999999999"),
        ("limit", "0"),
        ("limit", "1001"),
        ("stage", "SETTLED"),
        ("origin", "direct"),
        ("cursor", "%%%"),
        ("search", ""),
        ("search", "a\x00b"),
    ],
)
def test_a_parameter_it_cannot_take(on_sqlite: Http, name: str, value: str) -> None:
    asked: dict[str, Any] = {name: value}
    answer = on_sqlite.get("/v1/companies", **asked)
    if answer.status_code == 200:  # an instant in front of everything, or after it
        assert name == "recorded"
        assert "T" in value
        return
    told = problem(answer, 400, "parameter-invalid")
    assert [error["parameter"] for error in told["errors"]] == [name]


def test_unknown_and_doubled_parameters_are_named(on_sqlite: Http) -> None:
    told = problem(on_sqlite.get("/v1/companies", efective="2025", stage="LEAD"), 400, "parameter-unknown")
    assert "efective" in told["detail"]
    known = "effective, recorded, wait, explain, after_share, against, against_effective, stage, origin, search, cursor"
    assert f"{known}, limit" in told["detail"]
    told = problem(on_sqlite.get("/v1/companies?limit=1&limit=2"), 400, "parameter-invalid")
    assert told["errors"] == [{"detail": "given more than once", "parameter": "limit"}]
    problem(on_sqlite.get("/v1/companies?limit"), 400, "bad-request")
    problem(on_sqlite.get("/v1/companies?search=%ff"), 400, "bad-request")
    problem(on_sqlite.post("/v1/companies?dryrun=true", LEAD), 400, "parameter-unknown")


def test_filters_and_pages(http: Http) -> None:
    live(http)
    for number in range(5):
        http.post(
            "/v1/companies", {**LEAD, "company": f"moon{number}-demo", "origin": "PARTNER", "name": f"Moon {number}"}
        )
    assert [row["company"] for row in http.read("/v1/companies", stage="EXITED", effective="2027-01-01")["rows"]] == [
        "sunfield-demo"
    ]
    assert len(http.read("/v1/companies", origin="PARTNER")["rows"]) == 5
    assert [row["company"] for row in http.read("/v1/companies", search="MOON 3")["rows"]] == ["moon3-demo"]
    assert http.read("/v1/companies", search="100%_")["rows"] == []
    seen = []
    answer = http.get("/v1/companies", limit=2, search="demo", wait=http.size)
    http.post("/v1/companies", {**LEAD, "company": "aardvark-demo"})  # later pages stand on the first one's basis
    while True:
        seen.append([row["company"] for row in answer.json()["rows"]])
        if "link" not in answer.headers:
            break
        target = answer.headers["link"].removeprefix("<").removesuffix('>; rel="next"')
        answer = http.get(target)
    assert seen == [["moon0-demo", "moon1-demo"], ["moon2-demo", "moon3-demo"], ["moon4-demo", "sunfield-demo"]]


def test_history_pages_and_filters(http: Http) -> None:
    positions = live(http)
    http.post("/v1/companies", {**LEAD, "company": "later-demo"}, "admin")
    answer = http.get("/v1/history", company="sunfield-demo", limit=15)
    target = answer.headers["link"].removeprefix("<").removesuffix('>; rel="next"')
    rows = [*answer.json()["rows"], *http.get(target).json()["rows"]]
    assert [row["position"] for row in rows] == positions
    assert [row["command"] for row in http.read("/v1/history", actor="admin-demo")["rows"]] == ["register-lead"]
    leads = http.read("/v1/history", fact="company.lead-registered")
    assert (len(leads["rows"]), leads["total"]) == (2, 2)
    early = http.read(f"{HERE}/history", effective="2025-02-15")
    assert [row["position"] for row in early["rows"]] == positions[:2]
    problem(http.get("/v1/companies/nobody-demo/history"), 404, "not-found")


def test_a_fact_is_served_as_it_was_sealed(http: Http) -> None:
    position = http.post("/v1/companies", LEAD).json()["position"]
    answer = http.get(f"/v1/facts/{position}")
    assert answer.json()["data"]["company"] == "sunfield-demo"
    assert answer.headers["leaf-hash"] == hashlib.sha256(b"\0" + answer.content).hexdigest()
    for nowhere in ("0", "-1", "99999", "9" * 30, "x", "１"):
        problem(http.get(f"/v1/facts/{nowhere}"), 404, "not-found")


def test_the_funnel_lists_what_made_each_figure(http: Http) -> None:
    live(http)
    funnel = http.read("/v1/reports/funnel", companies="true", effective="2027-01-01")["data"]
    assert funnel["total"]["exited"] == {"count": 1, "conversion_percent": "100.0000", "companies": ["sunfield-demo"]}
    assert [row["origin"] for row in funnel["rows"]] == ["CIIE_PAVILION"]
    plain = http.read("/v1/reports/funnel")["data"]
    assert "companies" not in plain["total"]["leads"]


# Formats and conditions


def test_csv_by_suffix_and_by_accept(http: Http) -> None:
    http.post("/v1/companies", {**LEAD, "name": '=cmd|"/c calc"!A1, (demo)'})
    by_suffix = http.get("/v1/companies.csv", wait=http.size)
    by_accept = http.get("/v1/companies", headers={"Accept": "text/csv;q=0.9, application/json;q=0.5"})
    assert by_suffix.content == by_accept.content
    assert by_suffix.headers["content-type"] == "text/csv; charset=utf-8"
    assert by_suffix.content.startswith(b"\xef\xbb\xbfcompany,name,")
    assert b"\r\n" in by_suffix.content
    row = next(csv.DictReader(io.StringIO(by_suffix.content.decode("utf-8-sig"), newline="")))
    assert row["name"] == '\'=cmd|"/c calc"!A1, (demo)'
    assert f"rec-{http.size}.csv" in by_suffix.headers["content-disposition"]
    funnel = list(csv.DictReader(io.StringIO(http.get("/v1/reports/funnel.csv").content.decode("utf-8-sig"))))
    assert [(row["section"], row["origin"], row["leads"]) for row in funnel] == [
        ("ORIGIN", "DIRECT", "1"),
        ("TOTAL", "", "1"),
    ]


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("*/*", 200),
        ("application/*", 200),
        ("text/html,application/xhtml+xml,*/*;q=0.8", 200),
        ("application/json;q=0, text/csv", 200),
        ("application/json;q=0", 406),
        ("text/html", 406),
        ("application/vnd.ms-excel", 406),
        ("nonsense", 406),
    ],
)
def test_accept(on_sqlite: Http, accept: str, status: int) -> None:
    assert on_sqlite.get("/v1/companies", headers={"Accept": accept}).status_code == status


def test_not_acceptable_says_what_there_is(on_sqlite: Http) -> None:
    told = problem(on_sqlite.get("/v1/head", headers={"Accept": "text/csv"}), 406, "not-acceptable")
    assert "application/json" in told["detail"]


def test_conditional_get(http: Http) -> None:
    position = http.post("/v1/companies", LEAD).json()["position"]
    answer = http.get(HERE, wait=position)
    day = answer.json()["basis"]["effective"]
    tag = f'"{position}-{day}"'
    assert answer.headers["etag"] == tag
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["vary"] == "Authorization, Accept, Accept-Encoding"
    for match in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        unchanged = http.get(HERE, headers={"If-None-Match": match})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert unchanged.headers["etag"] == tag
    later = http.post(f"{HERE}/touches", {"channel": "PARTNER", "effective_on": "2025-02-01"}).json()["position"]
    changed = http.get(HERE, headers={"If-None-Match": tag}, wait=later)
    assert (changed.status_code, changed.headers["etag"]) == (200, f'"{later}-{day}"')


@pytest.mark.parametrize("path", ["/v1/companies", "/v1/companies.csv", "/v1/head", "/v1/facts/1", "/health", "/docs"])
def test_head_is_get_without_a_body(on_sqlite: Http, path: str) -> None:
    on_sqlite.read("/v1/companies")
    get, head = (on_sqlite.client.request(verb, path, headers=on_sqlite.headers("finance")) for verb in ("GET", "HEAD"))
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers.get("content-length", str(len(get.content)))  # or a stream


# Reading one's own writes


def test_wait_reads_what_was_just_recorded(http: Http) -> None:
    for number in range(20):
        company = f"quick{number}-demo"
        position = http.post("/v1/companies", {**LEAD, "company": company}).json()["position"]
        assert http.get(f"/v1/companies/{company}", wait=position).status_code == 200


def test_wait_gives_up(sqlite: Database) -> None:
    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger, wait_seconds_max=0) as http:
        answer = http.get("/v1/companies", wait=http.size + 1)
        problem(answer, 503, "read-model-behind")
        assert answer.headers["retry-after"] == "1"
        problem(http.get("/v1/history", wait=http.size + 1), 503, "read-model-behind")
