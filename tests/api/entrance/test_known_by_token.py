"""Somebody known by a token: what they record says so, they approve nothing of their own, and they can be barred."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Any

import httpx
import pytest

from ledger.decider import By
from ledger.log import store
from ledger.log.database import Database
from ledger.log.envelope import Entry
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.examples import FAULTY_USCC
from tests.ground import provider as ground
from tests.ground.over_http import DOC, LEAD, Http, problem, served
from tests.ground.provider import AUDIENCE, Provider, at_work

NAMED = {"issuer": "", "audience": AUDIENCE, "name": "name"}
ROLES = {"city-finance": "finance", "city-deals": "deal_desk", "city-checks": "approver", "city-admins": "admin"}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with at_work() as provider:
        yield provider


@pytest.fixture
def http(sqlite: Database, provider: Provider) -> Iterator[Http]:
    said: dict[str, Any] = {f"oidc_{name}": value for name, value in NAMED.items()} | {"oidc_issuer": provider.issuer}
    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger, **said, oidc_roles=ROLES) as http:
        yield http


def as_(provider: Provider, group: str, **claims: Any) -> dict[str, Any]:
    return {"Authorization": f"Bearer {provider.token(groups=[group], **claims)}"}


def recorded_at(http: Http, position: int) -> list[Entry]:
    with http.ledger.database.views.connect() as connection:
        return list(store.page(connection, after=position - 1, limit=1))


def test_known_by_a_token(http: Http, provider: Provider) -> None:
    subject = f"{provider.issuer}#f3a9"
    desk, finance = as_(provider, "city-deals"), as_(provider, "city-finance")
    answer = http.post("/v1/companies", LEAD, **{**desk, "X_Request_Id": "r-1"})
    assert answer.status_code == 201, answer.text
    (recorded,) = recorded_at(http, answer.json()["position"])
    assert recorded.by == By(actor="li-na", role="deal_desk", method="oidc", token=subject, request="r-1")
    # the role is each token's, not what it was before
    told = problem(http.post("/v1/companies", LEAD, **finance), 403, "not-allowed")
    assert told["detail"] == "The role finance may not do this; admin and deal_desk may."
    # no role, no name; a token that is over; one that is none
    told = problem(http.client.get("/v1/head", headers=as_(provider, "strangers")), 403, "not-allowed")
    assert told["detail"].startswith("The token's claim groups holds nothing that gives a role here")
    for written in (provider.token(exp=1_000_000_000), "a.b.c"):
        answer = http.client.get("/v1/head", headers={"Authorization": f"Bearer {written}"})
        problem(answer, 401, "not-authenticated")
        assert answer.headers["www-authenticate"] == 'Bearer realm="mcsc", error="invalid_token"'
    # barred: at once, and under any name
    body = {"identity": subject, "reason": "has left", "effective_on": "2025-02-01"}
    assert http.post("/v1/access/barred-subjects", body, "admin").status_code == 201
    http.client.get("/v1/access/keys", headers=http.headers("admin"))  # reads who may come in
    problem(http.client.get("/v1/head", headers=as_(provider, "city-deals", name="wang-min")), 401, "not-authenticated")
    assert http.client.get("/v1/head", headers=as_(provider, "city-deals", sub="77c1")).status_code == 200
    assert http.get("/v1/access/keys", "admin").json()["barred"] == [
        {"subject": subject, "barred_on": "2025-02-01", "reason": "has left"}
    ]
    again = {"identity": subject, "reason": "is back", "effective_on": "2025-02-02"}
    assert http.post("/v1/access/barred-subjects/readmission", again, "admin").status_code == 201
    http.client.get("/v1/access/keys", headers=http.headers("admin"))
    assert http.client.get("/v1/head", headers=desk).status_code == 200


def test_nobody_approves_their_own_with_another_role_of_theirs(http: Http, provider: Provider) -> None:
    """Proposed with one role's token: the approver's role in the same person's next token approves nothing of it."""
    companies, on = "/v1/companies", {"effective_on": "2025-01-10"}
    desk, checks = as_(provider, "city-deals"), as_(provider, "city-checks")
    screening: dict[str, Any] = {
        **on,
        "result": "CLEAR",
        "lists": ["SANCTIONS", "EXPORT_CONTROL", "NEGATIVE_LIST"],
        "evidence": DOC,
    }
    override = {"reason": "the registry says so", "evidence": DOC}
    asked = {**on, "uscc": FAULTY_USCC, "address": "1 Lake Road (demo)", "licence": DOC, "override": override}
    for path, body in (
        (companies, LEAD),
        (f"{companies}/sunfield-demo/screenings", screening),
        (f"{companies}/sunfield-demo/qualification", on),
        (f"{companies}/sunfield-demo/registration", asked),
    ):
        assert http.post(path, body, **desk).status_code == 201
    approval = (f"{companies}/sunfield-demo/overrides/approval", {**on, "scheme": "USCC", "value": FAULTY_USCC})
    told = problem(http.post(*approval, **checks), 422, "override-by-same-person")
    assert told["detail"].startswith("li-na proposed")
    another = as_(provider, "city-checks", name="wang-min", sub="77c1")
    assert http.post(*approval, **another).status_code == 201


MODULES = [*os.environ.get("NODE_PATH", "").split(":"), "/usr/local/lib/node_modules", "/usr/lib/node_modules"]
"""Folders in which `npm install -g` leaves what it installs."""
FOUND = next((place for place in MODULES if place and (Path(place) / "oidc-provider").is_dir()), None)


@pytest.mark.skipif(not (FOUND and shutil.which("node")), reason="there is no npm oidc-provider here (NODE_PATH)")
def test_a_real_provider(sqlite: Database) -> None:
    """Its description, its keys of three kinds, and its tokens by client credentials are taken as they are."""
    script = Path(ground.__file__).with_suffix(".mjs")
    command = ["node", str(script), str(FOUND), AUDIENCE]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        issuer = process.stdout.readline().strip()
        said: dict[str, Any] = {"oidc_issuer": issuer, "oidc_audience": AUDIENCE, "oidc_roles": ROLES}
        answers = {}
        with Ledger(sqlite, CONTEXTS) as ledger, served(ledger, **said) as http:
            for name in ("rita", "emil", "dora"):
                asked = {"grant_type": "client_credentials", "resource": AUDIENCE, "scope": "record"}
                given = httpx.post(f"{issuer}/token", data=asked, auth=(name, f"{name}-secret"), trust_env=False)
                token: dict[str, Any] = {"Authorization": f"Bearer {given.json()['access_token']}"}
                answers[name] = http.post("/v1/companies", LEAD, **token)
                assert http.client.get("/v1/head", headers=token).status_code == (403 if name == "dora" else 200)
            (recorded,) = recorded_at(http, answers["rita"].json()["position"])
        process.stdin.close()
    assert {name: answer.status_code for name, answer in answers.items()} == {"rita": 201, "emil": 403, "dora": 403}
    assert (recorded.by.actor, recorded.by.method, recorded.by.token) == ("rita", "oidc", f"{issuer}#rita")
