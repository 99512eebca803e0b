"""Signing in at the desk with an OpenID provider: only whoever began, once, and with all of it proved."""

import hashlib
import re
import shutil
import subprocess
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urljoin, urlsplit

import httpx
import pytest

from api.settings import BadSetting, load
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.api.entrance.test_known_by_token import FOUND, ROLES
from tests.ground import provider as ground
from tests.ground.over_http import Http, served
from tests.ground.provider import AUDIENCE, Provider, at_work

BACK = "/desk/sign-in/back"
REDIRECT = f"http://127.0.0.1:8000{BACK}"
CLIENT: dict[str, Any] = {"oidc_client": "desk", "oidc_secret": "desk secret", "oidc_redirect": REDIRECT}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with at_work() as provider:
        provider.says = {name: f"{provider.issuer}/{name}" for name in ("authorization_endpoint", "token_endpoint")}
        yield provider


@pytest.fixture
def http(sqlite: Database, provider: Provider, tmp_path: Path) -> Iterator[Http]:
    said: dict[str, Any] = {"oidc_issuer": provider.issuer, "oidc_audience": AUDIENCE, "oidc_name": "name"}
    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger, **said, **CLIENT, oidc_roles=ROLES) as http:
        yield http
        http.client.cookies.clear()


def begun(http: Http, to: str = "/desk/inbox") -> dict[str, str]:
    """What the provider is asked when somebody begins."""
    answer = http.client.get("/desk/sign-in/provider", params={"to": to}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def came_back(http: Http, **asked: str) -> httpx.Response:
    return http.client.get(f"{BACK}?{urlencode(asked)}", follow_redirects=False)


def gives(provider: Provider, nonce: str, **claims: Any) -> None:
    """Let the provider answer the next code with an ID token."""
    header = {"typ": claims.pop("typ", "JWT")}
    said = {"aud": "desk", "nonce": nonce, "groups": ["city-checks"], **claims}
    provider.gives = {"id_token": provider.token(header=header, **said), "token_type": "Bearer"}


def test_somebody_signs_in_and_out(http: Http, provider: Provider) -> None:
    assert "Sign in with 127.0.0.1" in http.client.get("/desk/sign-in").text
    asked = begun(http)
    assert (asked["response_type"], asked["client_id"], asked["redirect_uri"]) == ("code", "desk", REDIRECT)
    gives(provider, asked["nonce"])
    answer = came_back(http, code="c-1", state=asked["state"], iss=provider.issuer)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/inbox"), answer.text
    kept = answer.headers.get_list("set-cookie")
    assert any("mcsc_desk=" in one and "HttpOnly" in one and "SameSite=lax" in one for one in kept)
    sent = parse_qs(provider.sent[-1].decode())
    challenge = urlsafe_b64encode(hashlib.sha256(sent["code_verifier"][0].encode()).digest()).rstrip(b"=").decode()
    assert (challenge, sent["code"]) == (asked["code_challenge"], ["c-1"])
    page = http.client.get("/desk/inbox")
    assert page.status_code == 200
    assert "li-na" in page.text
    (token, *_) = re.findall(r'name="token" value="([^"]*)"', page.text)
    out = http.client.post("/desk/sign-out", data={"token": token}, follow_redirects=False)
    assert out.headers["location"] == "/desk/sign-in"
    assert http.client.get("/desk/inbox", follow_redirects=False).status_code == 303


@pytest.mark.parametrize(
    ("claims", "asked", "says"),
    [
        ({}, {"state": "another"}, "begin again"),
        ({}, {"code": ""}, "begin again"),
        ({}, {"iss": "https://elsewhere.example"}, "begin again"),
        ({"nonce": "another"}, {}, "begin again"),
        ({"aud": AUDIENCE}, {}, "begin again"),
        ({"azp": "another"}, {}, "begin again"),
        ({"exp": 1_000_000_000}, {}, "begin again"),
        ({"typ": "at+jwt"}, {}, "begin again"),
        ({"groups": ["strangers"]}, {}, "Ask an administrator for a group that does"),
        ({"name": "Li Na"}, {}, "Ask an administrator for one"),
    ],
)
def test_not_signed_in(
    http: Http, provider: Provider, claims: dict[str, Any], asked: dict[str, str], says: str
) -> None:
    began = begun(http)
    gives(provider, claims.pop("nonce", began["nonce"]), **claims)
    answer = came_back(http, **{"code": "c-1", "state": began["state"], "iss": provider.issuer, **asked})
    assert answer.status_code == 403
    assert says in answer.text
    assert "mcsc_desk=" not in str(answer.headers)
    assert http.client.get("/desk/inbox", follow_redirects=False).status_code == 303


def test_a_state_is_of_one_browser_and_used_once(http: Http, provider: Provider) -> None:
    asked = begun(http)
    gives(provider, asked["nonce"])
    mine = http.client.cookies.get("mcsc_signing")
    http.client.cookies.clear()
    assert came_back(http, code="c-1", state=asked["state"]).status_code == 403
    http.client.cookies.set("mcsc_signing", str(mine))
    looked = http.client.head(f"{BACK}?{urlencode({'code': 'c-1', 'state': asked['state']})}", follow_redirects=False)
    assert (looked.status_code, "set-cookie" in looked.headers) == (200, False), "a look ahead signs nobody in"
    assert came_back(http, code="c-1", state=asked["state"]).status_code == 303
    http.client.cookies.clear()
    http.client.cookies.set("mcsc_signing", str(mine))
    assert came_back(http, code="c-1", state=asked["state"]).status_code == 403


def test_barred_while_signed_in(http: Http, provider: Provider) -> None:
    asked = begun(http)
    gives(provider, asked["nonce"])
    assert came_back(http, code="c-1", state=asked["state"]).status_code == 303
    body = {"identity": f"{provider.issuer}#f3a9", "reason": "has left", "effective_on": "2025-02-01"}
    assert http.post("/v1/access/barred-subjects", body, "admin").status_code == 201
    http.client.get("/v1/access/keys", headers=http.headers("admin"))  # reads who may come in
    assert http.client.get("/desk/inbox", follow_redirects=False).status_code == 303
    asked = begun(http)
    gives(provider, asked["nonce"])
    assert "may not come in any more" in came_back(http, code="c-2", state=asked["state"]).text


def test_off_unless_configured(sqlite: Database) -> None:
    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger) as http:
        led = http.client.get("/desk/sign-in/provider", follow_redirects=False).headers["location"]
        assert led.startswith("/desk/sign-in?")
        assert "Sign in with your organisation" not in http.client.get("/desk/sign-in").text


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ('oidc_client = "desk"', "oidc_issuer is not"),
        (
            'oidc_client = "desk"\noidc_issuer = "https://id.example"\noidc_audience = "a"\n'
            'oidc_roles = { a = "admin" }',
            "oidc_redirect is the address of this desk's",
        ),
    ],
)
def test_settings_that_let_nobody_in(tmp_path: Path, written: str, says: str) -> None:
    (tmp_path / "mcsc.toml").write_text(written)
    with pytest.raises(BadSetting, match=says):
        load(tmp_path, {})


@pytest.mark.skipif(not (FOUND and shutil.which("node")), reason="there is no npm oidc-provider here (NODE_PATH)")
def test_a_real_provider_signs_in(sqlite: Database) -> None:
    """Its own pages for login and consent are gone through; its code, ID token and `iss` are taken as they are."""
    script = Path(ground.__file__).with_suffix(".mjs")
    command = ["node", str(script), str(FOUND), AUDIENCE, REDIRECT]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        issuer = process.stdout.readline().strip()
        said: dict[str, Any] = {"oidc_issuer": issuer, "oidc_audience": AUDIENCE, "oidc_roles": ROLES, **CLIENT}
        with Ledger(sqlite, CONTEXTS) as ledger, served(ledger, **said) as http:
            pages = {name: _signed_in(http, name) for name in ("emil", "dora")}
        process.stdin.close()
    assert pages["emil"].status_code == 303, pages["emil"].text
    assert pages["dora"].status_code == 403
    assert f"{issuer}#dora" in pages["dora"].text


def _signed_in(http: Http, name: str) -> httpx.Response:
    """Go through the provider's pages as somebody; what the desk answers to whoever comes back."""
    http.client.cookies.clear()
    to = http.client.get("/desk/sign-in/provider", follow_redirects=False).headers["location"]
    with httpx.Client(trust_env=False) as browser:
        for _ in range(12):
            answer = browser.get(to)
            if answer.status_code == 200:  # a page: who one is, then whether the desk may know it
                (prompt,) = re.findall(r'name="prompt" value="(\w+)"', answer.text)
                (form,) = re.findall(r'<form[^>]* action="([^"]+)"', answer.text)
                typed = {"prompt": prompt, "login": name, "password": "any"}
                answer = browser.post(urljoin(to, form), data=typed)
            to = urljoin(to, answer.headers["location"])
            if to.startswith(REDIRECT):
                return http.client.get(to.removeprefix("http://127.0.0.1:8000"), follow_redirects=False)
    raise AssertionError(to)
