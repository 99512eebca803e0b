"""Who may do what: every route and every role, keys good and bad, and keys given out over HTTP."""

import asyncio
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from litestar.routes import HTTPRoute

from api.http.auth import REFRESH_S, KeyRing, bearer, digest, new_key
from api.http.operations import Operation
from api.http.problems import Problem
from ledger.access import ROLES, CreateKey, RevokeKey, Role
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.examples import FAULTY_USCC
from tests.ground.over_http import DOC, KEY_HOLDER, LEAD, Http, give_key, problem, served

MAY: dict[str, set[str]] = {
    f"{method} {path}": set(ROLES) if roles == "everybody" else set(roles.split(","))
    for method, path, roles in map(str.split, (Path(__file__).parent / "who_may.txt").read_text().splitlines())
}
"""Who may do what, said apart from the routes: a new route is refused here until somebody decided who may use it."""

OPEN = {
    "GET /",
    "GET /docs",
    "GET /health",
    "GET /health/live",
    "GET /health/ready",
    "GET /openapi.json",
    "GET /v1/calendars/{secret:str}",
}


@pytest.fixture
def http(sqlite: Database) -> Iterator[Http]:
    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger) as http:
        yield http


def routes(http: Http, *, hidden: bool = False) -> dict[str, Operation]:
    """Every route the application has, as `METHOD path`; `hidden`: those for people, which are in no document."""
    found = {}
    for route in http.client.app.routes:
        assert isinstance(route, HTTPRoute)
        for handler in route.route_handlers:
            if "operation" in handler.opt and handler.opt["operation"].hidden is hidden:
                method = "POST" if "POST" in handler.http_methods else "GET"
                found[f"{method} {route.path}"] = handler.opt["operation"]
    return found


def ask(http: Http, one: str, headers: dict[str, str]) -> Any:
    method, path = one.split(" ")
    address = re.sub(r"\{(\w+):str\}", lambda match: "1" if match[1] == "position" else "sunfield1", path)
    return http.client.request(method, address, headers=headers, content=b"{}" if method == "POST" else None)


def test_the_table_names_every_route(http: Http) -> None:
    assert set(routes(http)) == set(MAY) | OPEN


@pytest.mark.parametrize("role", ROLES)
def test_every_route_and_role(http: Http, role: Role) -> None:
    """Whoever may is told what is wrong with an empty body; whoever may not is told that, and nothing else."""
    unexpected = {}
    for one, roles in MAY.items():
        answer = ask(http, one, {**http.headers(role), "Content-Type": "application/json"})
        if (answer.status_code != 403) != (role in roles) or answer.status_code in (401, 500):
            unexpected[one] = answer.status_code
    assert unexpected == {}
    assert http.get("/v1/history", fact="company.lead-registered").json()["rows"] == []


def test_not_allowed_names_the_roles_that_may(http: Http) -> None:
    told = problem(http.post("/v1/companies", LEAD, "auditor"), 403, "not-allowed")
    assert told["detail"] == "The role auditor may not do this; admin and deal_desk may."


ENTRANCE = {"/desk/sign-in", "/desk/enter", "/desk/sign-out", "/desk/language"}


def test_the_desk_sends_strangers_to_its_entrance(http: Http) -> None:
    for one in routes(http, hidden=True):
        method, path = one.split(" ")
        path = path.replace("{view:int}", "1")
        form = {"Content-Type": "application/x-www-form-urlencoded", **http.headers("admin")}
        answer = http.client.request(method, path, headers=form, follow_redirects=False)
        if answer.status_code == 403 and method == "POST":
            assert b'action="/desk/' in answer.content, "what was typed waits there for a key"
            assert b'name="_sign_in' in answer.content or b'type="password"' in answer.content, one
        elif path not in ENTRANCE and path.startswith("/desk") and not path.startswith("/desk/static/"):
            assert (answer.status_code, answer.content) == (303, b""), one
            assert answer.headers["location"].startswith("/desk/sign-in"), one


def test_nothing_is_open_without_a_key_but_four_pages(http: Http) -> None:
    assert {one: ask(http, one, {}).status_code for one in MAY} == dict.fromkeys(MAY, 401)
    found = {one: ask(http, one, {}).status_code for one in OPEN}
    assert found == {**dict.fromkeys(OPEN, 200), "GET /v1/calendars/{secret:str}": 404}, "an address that opens nothing"
    assert http.client.options("/v1/companies").status_code == 401
    assert http.client.options("/v1/companies", headers=http.headers("finance")).headers["allow"]


def test_reading_records_who_recorded(http: Http) -> None:
    answer = http.post("/v1/companies", LEAD, X_Request_Id="desk-17")
    by = http.get(f"/v1/facts/{answer.json()['position']}").json()["by"]
    key_id = http.keys["deal_desk"].split("_")[1]
    assert by == {
        "actor": "deal-desk-demo",
        "role": "deal_desk",
        "method": "api-key",
        "token": key_id,
        "request": "desk-17",
    }


# Bad keys: all the same answer


def bad_keys(key: str) -> dict[str, str | None]:
    _, key_id, secret = key.split("_")
    last = "0" if secret[-1] != "0" else "1"
    return {
        "none": None,
        "empty": "",
        "no scheme": key,
        "another scheme": f"Basic {key}",
        "scheme alone": "Bearer",
        "scheme and spaces": "Bearer   ",
        "no secret": f"Bearer mcsc_{key_id}_",
        "no id": f"Bearer mcsc__{secret}",
        "another prefix": f"Bearer mcsb_{key_id}_{secret}",
        "unknown id": f"Bearer mcsc_{'0' * 12}_{secret}",
        "wrong secret": f"Bearer mcsc_{key_id}_{secret[:-1]}{last}",
        "shorter secret": f"Bearer mcsc_{key_id}_{secret[:-1]}",
        "longer secret": f"Bearer mcsc_{key_id}_{secret}0",
        "upper-case secret": f"Bearer mcsc_{key_id}_{secret.upper()}Z",
        "the hash for the secret": f"Bearer mcsc_{key_id}_{digest(secret)}",
        "twice": f"Bearer {key}, Bearer {key}",
        "a second part": f"Bearer {key} x",
        "a space inside": f"Bearer mcsc_{key_id} {secret}",
        "very long": f"Bearer mcsc_{key_id}_{secret * 200}",
        "not ASCII": f"Bearer mcsc_{key_id}_{'é' * 64}",
        "a wildcard": "Bearer mcsc_%_%",
        "a statement": f"Bearer mcsc_{key_id}'--_{secret}",
    }


@pytest.mark.parametrize("how", bad_keys("mcsc_a_b"))
def test_bad_keys(http: Http, how: str) -> None:
    written = bad_keys(http.keys["admin"])[how]
    headers = {} if written is None else {b"Authorization": written.encode()}
    answer = http.client.get("/v1/head", headers=headers)
    told = problem(answer, 401, "not-authenticated")
    assert answer.headers["www-authenticate"] == 'Bearer realm="mcsc"'
    assert told["detail"].startswith("Send a valid API key")


def head_with(http: Http, key: str) -> Response:
    return http.client.get("/v1/head", headers={"Authorization": f"Bearer {key}"})


def test_expired_and_revoked_keys(sqlite: Database) -> None:
    today = date.today()  # noqa: DTZ011 - a day around it is as good
    with Ledger(sqlite, CONTEXTS) as ledger:
        keys = {
            "expired": give_key(ledger, "admin", expires_on=today - timedelta(days=2)),
            "expires": give_key(ledger, "admin", expires_on=today + timedelta(days=2)),
            "revoked": give_key(ledger, "admin"),
        }
        key_id = keys["revoked"].split("_")[1]
        ledger.execute(RevokeKey(effective_on=today, key_id=key_id, reason="lost"), KEY_HOLDER)
        with served(ledger) as http:
            answers = {how: head_with(http, key) for how, key in keys.items()}
    assert {how: answer.status_code for how, answer in answers.items()} == {
        "expired": 401,
        "expires": 200,
        "revoked": 401,
    }
    assert len({answers[how].json()["detail"] for how in ("expired", "revoked")}) == 1


@pytest.mark.parametrize(
    ("narrow", "opened"),
    [
        ({}, "head companies company history leases commands"),
        ({"opens": ["companies"]}, "companies company history"),
        ({"opens": ["companies", "leases"]}, "companies company history leases"),
        ({"about_company": "sunfield1"}, "company history"),
        ({"about_company": "sunfield1", "opens": ["leases"]}, ""),
        ({"about_company": "moonfield1"}, ""),
        ({"opens": ["no-such"]}, ""),
    ],
)
def test_a_narrow_key_opens_what_it_says(http: Http, narrow: dict[str, Any], opened: str) -> None:
    if about := narrow.get("about_company"):
        assert http.post("/v1/companies", LEAD | {"company": about}).status_code == 201
    made = http.post("/v1/access/keys", {**NEW, "role": "admin", **narrow}, "admin")
    assert made.status_code == 201, made.text
    key: dict[str, Any] = {"Authorization": f"Bearer {made.json()['key']}"}
    asked = {
        "head": http.client.get("/v1/head", headers=key),
        "companies": http.client.get("/v1/companies", headers=key),
        "company": http.client.get("/v1/companies/sunfield1", headers=key),
        "history": http.client.get("/v1/companies/sunfield1/history", headers=key),
        "leases": http.client.get("/v1/leases/l-1/history", headers=key),
        "commands": http.post("/v1/commands", {"command": "no-such"}, **key),
    }
    assert " ".join(name for name, answer in asked.items() if answer.status_code != 403) == opened
    assert {answer.json()["code"] for answer in asked.values() if answer.status_code == 403} <= {"not-allowed"}
    ring = KeyRing(http.ledger.database, today=date.today)
    ring.refresh()
    # nor does it open the command line, or count as an administrator's
    assert (ring.holder(made.json()["key"]) is None) == bool(narrow)


def test_a_key_is_given_out_for_a_company_on_record_alone(http: Http) -> None:
    """It would open nothing; nothing is recorded, and a name that is close to it is told."""
    http.post("/v1/companies", LEAD)
    size = http.size
    for query in ("", "?dry_run=true"):
        wanted = {**NEW, "role": "auditor", "about_company": "sunfield-dem"}
        told = problem(http.post(f"/v1/access/keys{query}", wanted, "admin"), 404, "not-found")
        assert "sunfield-demo" in told["detail"]
        assert told["errors"][0]["pointer"] == "/about_company"
    assert http.size == size


# The ring


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.day = date(2026, 6, 30)

    def __call__(self) -> float:
        return self.now


async def opens(ring: KeyRing, key: str) -> bool:
    try:
        await ring.authenticate(f"Bearer {key}")
    except Problem as error:
        assert error.code == "not-authenticated"  # noqa: PT017 - any other problem is a fault
        return False
    return True


def test_a_key_works_through_its_last_day(ledger: Ledger) -> None:
    clock = Clock()
    key = give_key(ledger, "finance", expires_on=date(2026, 6, 30))
    ring = KeyRing(ledger.database, clock=clock, today=lambda: clock.day)
    assert asyncio.run(opens(ring, key))
    clock.day = date(2026, 7, 1)
    assert not asyncio.run(opens(ring, key))


def test_what_others_record_is_seen_within_a_second(ledger: Ledger) -> None:
    clock = Clock()
    ring = KeyRing(ledger.database, clock=clock, today=lambda: clock.day)
    ring.refresh()
    key = give_key(ledger, "finance")
    assert not asyncio.run(opens(ring, key)), "the log is not asked for every stranger"
    clock.now += REFRESH_S
    assert asyncio.run(opens(ring, key))
    ledger.execute(RevokeKey(effective_on=date(2026, 1, 1), key_id=key.split("_")[1], reason="lost"), KEY_HOLDER)
    clock.now += REFRESH_S
    assert not asyncio.run(opens(ring, key))


def test_keys_that_are_known_go_on_when_the_log_cannot_be_read(sqlite: Database) -> None:
    clock = Clock()
    with Ledger(sqlite, CONTEXTS) as ledger:
        key = give_key(ledger, "finance")
    ring = KeyRing(sqlite, clock=clock, today=lambda: clock.day)
    ring.refresh()
    (sqlite.directory / "ledger.db").rename(sqlite.directory / "gone.db")
    sqlite.views.dispose()
    clock.now += REFRESH_S
    assert asyncio.run(opens(ring, key))


def test_new_keys_are_long_and_all_different() -> None:
    made = {new_key() for _ in range(100)}
    assert len({secret for _, secret, _ in made}) == 100
    for key_id, secret, sha256 in made:
        assert re.fullmatch(r"[0-9a-f]{12}", key_id)
        assert re.fullmatch(r"[0-9a-f]{64}", secret)
        assert sha256 == digest(secret)
        assert bearer(key_id, secret) == f"mcsc_{key_id}_{secret}"


# Keys over HTTP

NEW = {"effective_on": "2026-01-01", "actor": "li-na-demo", "role": "finance"}


def test_an_administrator_gives_a_key_and_takes_it_back(ledger: Ledger) -> None:
    with served(ledger) as http:
        answer = http.post("/v1/access/keys", {**NEW, "note": "month end"}, "admin")
        assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
        made = answer.json()
        assert head_with(http, made["key"]).status_code == 200
        listed = http.get("/v1/access/keys", "admin")
        row = next(row for row in listed.json()["rows"] if row["key_id"] == made["key_id"])
        assert (row["actor"], row["role"], row["note"], row["revoked"]) == ("li-na-demo", "finance", "month end", False)
        secret = made["key"].split("_")[2]
        assert secret not in listed.text
        assert digest(secret) not in listed.text
        gone = {"reason": "left", "effective_on": "2026-02-01"}
        path = f"/v1/access/keys/{made['key_id']}/revocation"
        assert http.post(path, gone, "admin").status_code == 201
        assert head_with(http, made["key"]).status_code == 401
        problem(http.post("/v1/access/keys/000000000000/revocation", gone, "admin"), 404, "key-unknown")


def test_a_secret_is_shown_once(http: Http) -> None:
    assert http.post("/v1/access/keys", NEW, "admin", key="once").status_code == 201
    problem(http.post("/v1/access/keys", NEW, "admin", key="once"), 409, "secret-shown-once")
    created = http.get("/v1/history", fact="access.key-created", actor="admin-demo").json()["rows"]
    assert len(created) == 1


def test_the_log_holds_no_secret(http: Http) -> None:
    made = http.post("/v1/access/keys", NEW, "admin").json()
    secret = made["key"].split("_")[2]
    stored = http.get(f"/v1/facts/{made['position']}", "admin").text
    assert secret not in stored
    assert digest(secret) in stored
    assert digest(secret) not in http.get(f"/v1/facts/{made['position']}").text


@pytest.mark.parametrize(
    "wrong", [{"role": "owner"}, {"actor": "Li Na"}, {"key_id": "00000000"}, {"expires_on": "soon"}, {"actor": None}]
)
def test_keys_that_cannot_be(http: Http, wrong: dict[str, Any]) -> None:
    problem(http.post("/v1/access/keys", {**NEW, **wrong}, "admin"), 400, "body-invalid")


def test_a_key_id_is_nobody_elses(sqlite: Database) -> None:
    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger) as http:
        key_id, _, sha256 = new_key()
        for actor in ("li-na-demo", "wang-min-demo"):
            command = CreateKey(
                effective_on=date(2026, 1, 1), key_id=key_id, actor=actor, role="finance", secret_sha256=sha256
            )
            ledger.execute(command, KEY_HOLDER)
        http.post("/v1/access/keys", NEW, "admin")  # makes the ring read again
        rows = http.get("/v1/access/keys").json()["rows"]
    assert [row["actor"] for row in rows if row["key_id"] == key_id] == ["li-na-demo"]


# A second person, and names that are trusted


def test_who_is_named_has_not_approved(http: Http) -> None:
    """A desk proposes to pass over a check; only an approver's own key makes it so."""
    companies, on = "/v1/companies", {"effective_on": "2025-01-10"}
    screening = {**on, "result": "CLEAR", "lists": ["SANCTIONS", "EXPORT_CONTROL", "NEGATIVE_LIST"], "evidence": DOC}
    for path, body in (
        (companies, LEAD),
        (f"{companies}/sunfield-demo/screenings", screening),
        (f"{companies}/sunfield-demo/qualification", on),
    ):
        assert http.post(path, body).status_code == 201
    override = {"reason": "the registry says so", "evidence": DOC}
    asked = {**on, "uscc": FAULTY_USCC, "address": "1 Lake Road (demo)", "licence": DOC, "override": override}
    named = {**asked, "override": {**override, "approver": "approver-demo"}}
    problem(http.post(f"{companies}/sunfield-demo/registration", named), 422, "approver-named")
    assert http.post(f"{companies}/sunfield-demo/registration", asked).status_code == 201
    assert http.read(f"{companies}/sunfield-demo")["data"]["uscc"] is None
    approval = (f"{companies}/sunfield-demo/overrides/approval", {**on, "scheme": "USCC", "value": FAULTY_USCC})
    problem(http.post(*approval), 403, "not-allowed")
    assert http.post(*approval, "approver").status_code == 201
    assert http.read(f"{companies}/sunfield-demo")["data"]["uscc"] == FAULTY_USCC


def test_users_who_are_mapped_are_listed_beside_the_keys(http: Http) -> None:
    mapping = {"os_user": "w.min", "actor": "wang-min-demo", "role": "finance", "effective_on": "2025-01-10"}
    problem(http.post("/v1/access/users", mapping, "finance"), 403, "not-allowed")
    assert http.post("/v1/access/users", mapping, "admin").status_code == 201
    users = http.get("/v1/access/keys").json()["users"]
    assert users == [
        {"os_user": "w.min", "actor": "wang-min-demo", "role": "finance", "mapped_on": "2025-01-10", "note": None}
    ]
    unmapping = {"reason": "has left", "effective_on": "2025-02-01"}
    assert http.post("/v1/access/users/w.min/unmapping", unmapping, "admin").status_code == 201


@pytest.mark.parametrize("trusted", [False, True])
def test_health_says_loudly_that_names_are_trusted(sqlite: Database, trusted: bool) -> None:
    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger, trust_names=trusted) as http:
        found = http.client.get("/health").json()
    said = [warning[:17] for warning in found["warnings"] if "MiB are free" not in warning]
    assert (found["status"], said) == ("ok", ["NAMES ARE TRUSTED"] * trusted)
