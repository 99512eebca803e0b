"""Recording over HTTP: keys that make retries safe, dry runs, many commands at once, and hostile bodies."""

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from api.app import RECORDINGS
from api.http.bulk import BULK_AT_ONCE
from api.routes.access import REVOCATION
from ledger.log.database import Database
from ledger.log.verify import verify
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.examples import COMMANDS
from tests.ground.over_http import CLAIM, DOC, LEAD, Http, problem, served

HERE = "/v1/companies/sunfield-demo"
KEPT = ("location", "etag", "content-type")


@pytest.fixture
def http(ledger: Ledger) -> Iterator[Http]:
    with served(ledger) as http:
        yield http


@pytest.fixture
def on_sqlite(sqlite: Database) -> Iterator[Http]:
    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger) as http:
        yield http


# The idempotency key


def test_the_same_key_and_body_give_the_same_bytes(http: Http) -> None:
    first, again = (http.post("/v1/companies", LEAD, key="once") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert {again.headers[name] for name in ("location", "etag")} == {
        first.headers[name] for name in ("location", "etag")
    }
    assert http.get("/v1/history", company="sunfield-demo").json()["total"] == 1


def test_the_body_may_be_written_another_way(http: Http) -> None:
    first = http.post("/v1/companies", LEAD, key="once")
    again = http.post("/v1/companies", json.dumps(dict(reversed(LEAD.items())), indent=4), key="once")
    assert first.content == again.content


def test_a_refusal_is_replayed_too(http: Http) -> None:
    qualify = {"effective_on": "2025-02-01"}
    http.post("/v1/companies", LEAD)
    first = http.post(f"{HERE}/qualification", qualify, key="early")
    problem(first, 422, "not-screened")
    lists = ["SANCTIONS", "EXPORT_CONTROL", "NEGATIVE_LIST"]
    screening = {"result": "CLEAR", "lists": lists, "evidence": DOC, "effective_on": "2025-01-20"}
    assert http.post(f"{HERE}/screenings", screening).status_code == 201
    again = http.post(f"{HERE}/qualification", qualify, key="early")
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert http.post(f"{HERE}/qualification", qualify, key="later").status_code == 201


def test_another_command_under_the_same_key_is_refused(http: Http) -> None:
    http.post("/v1/companies", LEAD, key="once")
    told = problem(http.post("/v1/companies", {**LEAD, "country": "US"}, key="once"), 422, "idempotency-key-reused")
    assert "new key" in told["detail"]
    problem(http.post("/v1/claims", CLAIM, key="once"), 422, "idempotency-key-reused")


def test_keys_belong_to_the_actor(http: Http) -> None:
    assert http.post("/v1/companies", LEAD, "deal_desk", key="mine").status_code == 201
    assert http.post("/v1/companies", {**LEAD, "company": "other-demo"}, "admin", key="mine").status_code == 201


@pytest.mark.parametrize("key", ["", " ", "a" * 256, "tab\tin", "nul\x00", "ключ"])
def test_malformed_keys(on_sqlite: Http, key: str) -> None:
    headers = {name.encode(): value.encode() for name, value in on_sqlite.headers("deal_desk").items()}
    headers[b"Idempotency-Key"] = key.encode()
    told = problem(on_sqlite.client.post("/v1/companies", json=LEAD, headers=headers), 400, "header-invalid")
    assert told["errors"][0]["header"] == "Idempotency-Key"


def test_the_longest_key(on_sqlite: Http) -> None:
    assert on_sqlite.post("/v1/companies", LEAD, key="a" * 255).status_code == 201


def test_a_key_is_needed(on_sqlite: Http) -> None:
    headers = on_sqlite.headers("deal_desk")
    problem(on_sqlite.client.post("/v1/companies", json=LEAD, headers=headers), 400, "idempotency-key-missing")
    problem(on_sqlite.get("/v1/history", company="sunfield-demo"), 404, "not-found")


# Dry run


def test_a_dry_run_says_what_is_recorded_then(http: Http) -> None:
    size = http.size
    headers = http.headers("deal_desk")
    preview = http.client.post("/v1/companies?dry_run=true", json=LEAD, headers=headers)
    assert (preview.status_code, preview.json()["outcome"]) == (200, "previewed")
    assert http.size == size
    position = http.post("/v1/companies", LEAD).json()["position"]
    assert preview.json()["facts"] == [http.get(f"/v1/facts/{position}").json()["data"]]
    told = http.client.post("/v1/companies?dry_run=true", json={**LEAD, "country": "US"}, headers=headers)
    problem(told, 409, "company-exists")


def test_every_route_can_be_asked_dry(on_sqlite: Http) -> None:
    said = {type(command): msgspec.to_builtins(command) for command in COMMANDS}
    size, answered = on_sqlite.size, set[int]()
    for recording in (*RECORDINGS, REVOCATION):
        body = dict(said[recording.command])
        path = recording.path
        for name in re.findall(r"{(\w+):str}", path):
            path = path.replace(f"{{{name}:str}}", str(body.pop(name)))
        headers = on_sqlite.headers(min(recording.roles))
        answer = on_sqlite.client.post(f"{path}?dry_run=true", json=body, headers=headers)
        assert answer.status_code in (200, 404, 409, 422), (path, answer.text)
        answered.add(answer.status_code)
    assert answered >= {200, 404, 422}
    assert on_sqlite.size == size


# Claims, and any command


def test_claims_are_kept_with_their_source(http: Http) -> None:
    answer = http.post("/v1/claims", CLAIM)
    assert (answer.status_code, answer.headers["location"]) == (201, "/v1/claims/park-opened-demo")
    kept = http.read("/v1/claims/park-opened-demo")["data"]
    assert (kept["data"]["source"], kept["data_class"]) == (CLAIM["source"], "PUBLIC_FACT")
    http.post("/v1/claims", {**CLAIM, "claim": "second-demo", "company": "sunfield-demo"})
    assert [row["data"]["claim"] for row in http.read("/v1/claims")["rows"]] == ["park-opened-demo", "second-demo"]
    assert len(http.read("/v1/claims", company="sunfield-demo")["rows"]) == 1
    problem(http.get("/v1/claims/nothing-demo"), 404, "not-found")
    problem(http.post("/v1/claims", {**CLAIM, "statement": "It closed."}), 409, "claim-differs")


def test_a_claim_that_was_withdrawn_stands_until_then(http: Http) -> None:
    before = http.post("/v1/claims", {**CLAIM, "company": "sunfield-demo"}).json()["position"]
    path, why = "/v1/claims/park-opened-demo", {"effective_on": CLAIM["effective_on"], "reason": "misread (demo)"}
    problem(http.post(f"{path}/withdrawals", why), 403, "not-allowed")
    assert http.post(f"{path}/withdrawals", why, "approver").status_code == 201
    problem(http.get(path), 404, "not-found")
    assert (http.read("/v1/claims")["rows"], http.read("/v1/claims")["total"]) == ([], 0)
    then = {"recorded": str(before)}
    assert http.read(path, **then)["data"]["data"]["statement"] == CLAIM["statement"]
    assert len(http.read("/v1/claims", company="sunfield-demo", **then)["rows"]) == 1
    http.post("/v1/claims", {**CLAIM, "statement": "It closed."})
    assert http.read(path)["data"]["data"]["statement"] == "It closed."
    assert [row["data"]["statement"] for row in http.read("/v1/claims")["rows"]] == ["It closed."]


def test_an_invented_ledger_is_invented_throughout(sqlite: Database) -> None:
    with Ledger(sqlite, CONTEXTS, data_class="FICTIONAL") as ledger, served(ledger) as http:
        http.post("/v1/claims", CLAIM)
        assert http.read("/v1/claims/park-opened-demo")["data"]["data_class"] == "FICTIONAL"


def test_any_command(http: Http) -> None:
    answer = http.post("/v1/commands", {**LEAD, "command": "register-lead"}, key="any")
    assert (answer.status_code, answer.headers["location"]) == (201, HERE)
    assert http.post("/v1/companies", LEAD, key="any").content == answer.content
    told = problem(http.post("/v1/commands", LEAD), 400, "body-invalid")
    assert told["errors"][0]["pointer"] == "/command"
    problem(http.post("/v1/commands", {**LEAD, "command": "let-unit"}), 400, "body-invalid")
    revoke = {"command": "revoke-key", "key_id": "00000000", "reason": "gone", "effective_on": "2025-01-01"}
    problem(http.post("/v1/commands", revoke), 403, "not-allowed")
    problem(http.post("/v1/commands", revoke, "admin"), 404, "key-unknown")


def lines(http: Http, commands: list[Any], key: str, query: str = "") -> list[dict[str, Any]]:
    body = b"\n".join(one if isinstance(one, bytes) else json.dumps(one).encode() for one in commands)
    answer = http.post(f"/v1/commands{query}", body, key=key, Content_Type="application/x-ndjson")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-ndjson")
    return [json.loads(line) for line in answer.content.splitlines()]


def test_a_bad_line_harms_no_other(http: Http) -> None:
    lead = {**LEAD, "command": "register-lead"}
    screen = {"command": "qualify-company", "company": "sunfield-demo", "effective_on": "2025-02-01"}
    commands = [lead, b"", b"{nonsense", {**lead, "nmae": "x"}, screen, {**lead, "company": "other-demo"}]
    told = lines(http, commands, "bulk")
    assert [(line["line"], line["status"]) for line in told] == [(1, 201), (3, 400), (4, 400), (5, 422), (6, 201)]
    assert told[2]["problem"]["errors"] == [{"detail": "Object contains unknown field `nmae`", "pointer": "/nmae"}]
    assert told[3]["problem"]["code"] == "not-screened"
    assert told[4]["outcome"]["facts"][0]["fact"] == "company.lead-registered"


def test_the_same_lines_again_record_nothing_twice(http: Http) -> None:
    commands = [{**LEAD, "command": "register-lead", "company": f"c{n}-demo"} for n in range(BULK_AT_ONCE + 3)]
    first = lines(http, commands, "bulk")
    size = http.size
    again = lines(http, commands, "bulk")
    assert http.size == size
    assert [line["outcome"] for line in again] == [line["outcome"] for line in first]
    assert {line["replayed"] for line in again} == {True}
    positions = [line["outcome"]["position"] for line in first]
    assert positions == sorted(positions)
    assert verify(http.ledger.database).size == size


# Many, all or none

REGISTER = {**LEAD, "command": "register-lead"}
QUALIFY = {"command": "qualify-company", "company": "sunfield-demo", "effective_on": "2025-02-01"}
SCREEN = {
    "command": "screen-company",
    "company": "sunfield-demo",
    "effective_on": "2025-01-20",
    "result": "CLEAR",
    "lists": ["SANCTIONS", "EXPORT_CONTROL", "NEGATIVE_LIST"],
    "evidence": DOC,
}
NDJSON = "application/x-ndjson"


def together(http: Http, commands: list[Any], key: str, query: str = "?atomic=true") -> Any:
    body = b"\n".join(one if isinstance(one, bytes) else json.dumps(one).encode() for one in commands)
    return http.post(f"/v1/commands{query}", body, key=key, Content_Type=NDJSON)


@pytest.mark.parametrize("query", ["", "?atomic=true"])
def test_what_the_dry_run_of_many_says_is_what_the_run_does(http: Http, query: str) -> None:
    """Each line is decided on those before it; under the same keys nothing is recorded twice."""
    commands = [REGISTER, SCREEN, QUALIFY, {**REGISTER, "company": "other-demo"}]
    size = http.size
    dry = lines(http, commands, "many", f"{query or '?atomic=false'}&dry_run=true")
    assert ({line["status"] for line in dry}, http.size) == ({200}, size)
    run = lines(http, commands, "many", query)
    assert [[fact["fact"] for fact in line["outcome"]["facts"]] for line in run] == [
        [fact["fact"] for fact in line["outcome"]["facts"]] for line in dry
    ]
    assert ({line["status"] for line in run}, http.size) == ({201}, size + 4)
    again = lines(http, commands, "many", query)
    assert [{**line, "replayed": True} for line in run] == again
    assert http.size == size + 4


def test_of_many_that_are_all_or_none_every_wrong_line_is_named(http: Http) -> None:
    """Malformed, refused, not for this role, under a key of another command; and the others show what they would do."""
    http.post("/v1/companies", {**LEAD, "company": "third-demo"}, key="taken")
    revoke = {"command": "revoke-key", "key_id": "00000000", "reason": "gone", "effective_on": "2025-01-01"}
    keyed = {"key": "taken", "command": {**REGISTER, "company": "fourth-demo"}}
    wrong = [REGISTER, b"{nonsense", {**SCREEN, "result": "FINE"}, QUALIFY, revoke, keyed]
    size = http.size
    for query in ("?atomic=true", "?atomic=true&dry_run=true"):
        told = problem(together(http, wrong, "all", query), 400, "lines-invalid")
        named = [(one["line"], one["code"], one.get("pointer")) for one in told["errors"]]
        assert named[:3] == [(2, "body-malformed", None), (3, "body-invalid", "/result"), (4, "not-screened", None)]
        assert named[3:] == [(5, "not-allowed", None)] + (
            [(6, "idempotency-key-reused", None)] if "dry" not in query else []
        )
        assert "5 of 6 lines" in told["detail"] or "dry" in query
        assert http.size == size
    told = problem(together(http, [REGISTER, QUALIFY], "all"), 422, "lines-refused")
    assert [(one["line"], one["code"]) for one in told["errors"]] == [(2, "not-screened")]
    assert http.size == size
    mended = together(http, [REGISTER, SCREEN, QUALIFY], "all")
    assert (mended.status_code, http.size) == (200, size + 3)


def test_lines_bring_keys_of_their_own(on_sqlite: Http) -> None:
    """Then no header is needed; a line without one says so."""
    commands = [{"key": f"own-{at}", "command": {**REGISTER, "company": f"c{at}-demo"}} for at in range(2)]
    body = b"\n".join(json.dumps(one).encode() for one in [*commands, REGISTER])
    headers = {**on_sqlite.headers("deal_desk"), "Content-Type": NDJSON}
    told = on_sqlite.client.post("/v1/commands", content=body, headers=headers).text.splitlines()
    assert [json.loads(line)["status"] for line in told] == [201, 201, 400]
    assert json.loads(told[2])["problem"]["code"] == "idempotency-key-missing"
    once = on_sqlite.post("/v1/companies", {**LEAD, "company": "c0-demo"}, key="own-0")
    assert once.headers["idempotent-replayed"] == "true"
    missing = on_sqlite.client.post("/v1/commands", content=json.dumps(REGISTER), headers=headers)
    problem(missing, 400, "idempotency-key-missing")
    faults = [{**commands[0], "keyy": "x"}, {"key": " ", "command": REGISTER}, {"key": "x", "command": {}}]
    pointers = [line["problem"]["errors"][0]["pointer"] for line in lines(on_sqlite, faults, "all")]
    assert pointers == ["/keyy", "/key", "/command/command"]


def test_so_many_lines_are_decided_as_one(sqlite: Database) -> None:
    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger, together_lines_max=3) as http:
        four = [{**REGISTER, "company": f"c{at}-demo"} for at in range(4)]
        for query in ("?atomic=true", "?dry_run=true"):
            for some in ([*four, b""], four):  # the last line ended, or not
                told = problem(together(http, some, "all", query), 413, "body-too-large")
                assert "may hold 3 lines" in told["detail"]
            assert together(http, [b"", *four[:1], b""], "all", query).status_code == 200
        assert together(http, [b"  "], "all").text == ""
        assert len(lines(http, four, "each")) == 4


def test_many_together_wait_for_a_ledger_that_is_away(on_sqlite: Http) -> None:
    on_sqlite.ledger.stop()
    problem(together(on_sqlite, [REGISTER], "all"), 503, "unavailable")


def test_each_line_is_asked_for_its_role(on_sqlite: Http) -> None:
    body = json.dumps({**LEAD, "command": "register-lead"}) + "\n"
    revoke = {"command": "revoke-key", "key_id": "00000000", "reason": "gone", "effective_on": "2025-01-01"}
    body += json.dumps(revoke)
    answer = on_sqlite.post("/v1/commands", body, Content_Type="application/x-ndjson")
    assert [json.loads(line)["status"] for line in answer.content.splitlines()] == [201, 403]


# Hostile bodies: never 500, never recorded

DEEP = 100_000
HOSTILE = {
    "nothing": b"",
    "not JSON": b"{",
    "a byte order mark": b"\xef\xbb\xbf" + json.dumps(LEAD).encode(),
    "UTF-16": json.dumps(LEAD).encode("utf-16"),
    "invalid UTF-8 in text": json.dumps(LEAD).encode().replace(b"Sunfield", b"Sun\xfffield"),
    "invalid UTF-8 in a name": json.dumps(LEAD).encode().replace(b'"name"', b'"na\xffme"'),
    "half a surrogate pair": json.dumps(LEAD).encode().replace(b"Sunfield", b"\\ud800"),
    "an array": b"[]",
    "null": b"null",
    "a string": b'"register-lead"',
    "deep arrays": b"[" * DEEP,
    "deep objects": b'{"name":' * DEEP,
    "deep in an unknown member": b'{"x":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "NaN": json.dumps(LEAD).encode().replace(b'"CN"', b"NaN"),
    "Infinity": json.dumps(LEAD).encode().replace(b'"CN"', b"-Infinity"),
    "trailing text": json.dumps(LEAD).encode() + b" x",
    "a NUL": json.dumps({**LEAD, "name": "a\x00b"}).encode(),
    "a NUL in the id": json.dumps({**LEAD, "company": "a\x00b"}).encode(),
    "a line break": json.dumps({**LEAD, "name": "a\nb"}).encode(),
    "a line break past the end": json.dumps({**LEAD, "company": "sunfield-demo\n"}).encode(),
    "blank": json.dumps({**LEAD, "name": "  "}).encode(),
    "a long name": json.dumps({**LEAD, "name": "x" * 501}).encode(),
    "a number for text": json.dumps({**LEAD, "name": 7}).encode(),
    "an object for text": json.dumps({**LEAD, "name": {}}).encode(),
    "a date that is none": json.dumps({**LEAD, "effective_on": "2025-02-30"}).encode(),
    "an instant for a date": json.dumps({**LEAD, "effective_on": "2025-02-03T00:00:00Z"}).encode(),
    "a fraction for a year": json.dumps({**LEAD, "origin": "CIIE_PAVILION", "origin_year": 2024.5}).encode(),
    "a huge year": json.dumps({**LEAD, "origin": "CIIE_PAVILION", "origin_year": 10**400}).encode(),
    "a huge exponent": json.dumps({**LEAD, "origin_year": 1}).encode().replace(b": 1}", b": 1e999999}"),
    "a million digits": json.dumps({**LEAD, "origin_year": 1})
    .encode()
    .replace(b": 1}", b": " + b"9" * 1_000_00 + b"}"),
    "an unknown member": json.dumps({**LEAD, "stage": "OPERATING"}).encode(),
    "a missing member": json.dumps({"company": "sunfield-demo"}).encode(),
    "another command": json.dumps({**LEAD, "command": "merge-company"}).encode(),
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_hostile_bodies(on_sqlite: Http, body: bytes) -> None:
    size = on_sqlite.size
    answer = on_sqlite.post("/v1/companies", body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] in ("body-malformed", "body-invalid")
    alone = json.dumps(answer.json())
    assert "Traceback" not in alone
    line = json.loads(on_sqlite.post("/v1/commands", body.replace(b"\n", b" ") or b"{", key="again").content)
    assert line["status"] == 400
    assert on_sqlite.size == size


@pytest.mark.parametrize("corrects", [0, -1, 2**63, 2**64, 10**30])
def test_odd_numbers_are_no_fault(http: Http, corrects: int) -> None:
    http.post("/v1/companies", LEAD)
    body = {"name": "X (demo)", "reason": "typo", "corrects": corrects, "effective_on": "2025-02-01"}
    answer = http.post(f"{HERE}/details/corrections", body)
    assert answer.status_code < 500, answer.text


def test_a_doubled_member_is_no_fault(on_sqlite: Http) -> None:
    body = json.dumps(LEAD).encode().replace(b'"country": "CN"', b'"country": "US", "country": "CN"')
    assert on_sqlite.post("/v1/companies", body).status_code in (201, 400)


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=gbk"]
)
def test_other_content_types(on_sqlite: Http, content_type: str) -> None:
    told = problem(on_sqlite.post("/v1/companies", b"{}", Content_Type=content_type), 415, "media-type-unsupported")
    assert "application/json" in told["detail"]


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "Application/JSON", 'application/json;charset="UTF-8"']
)
def test_content_types_that_are_json(on_sqlite: Http, content_type: str) -> None:
    assert on_sqlite.post("/v1/companies", json.dumps(LEAD), Content_Type=content_type).status_code == 201


def test_bodies_have_a_limit(sqlite: Database) -> None:
    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger, body_bytes_max=2048, bulk_bytes_max=4096) as http:
        told = problem(http.post("/v1/companies", b" " * 2049), 413, "body-too-large")
        assert told["detail"] == "The body is longer than the 2,048 bytes that this address takes."
        problem(http.post("/v1/companies", b" " * 2048), 400, "body-malformed")
        problem(http.post("/v1/commands", b" " * 4097, Content_Type="application/x-ndjson"), 413, "body-too-large")


@pytest.mark.parametrize("company", ["Sunfield", "a%00b", "a%0A", "%C3%A9", "..%2f..", "x" * 64, "a b", "-a"])
def test_addresses_that_name_nothing(http: Http, company: str) -> None:
    problem(http.get(f"/v1/companies/{company}"), 404, "not-found")
    problem(
        http.post(f"/v1/companies/{company}/dormancy", {"reason": "x", "effective_on": "2025-02-01"}), 404, "not-found"
    )
