"""Tokens of an OpenID provider: each that is taken, each that is not, and who it makes of somebody."""

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.entrance import provider as provider_room
from api.entrance.provider import NotFetched, Silent, fetched, keys_in
from api.entrance.tokens import Holder, NotTaken, Tokens, Unplaced
from api.settings import Settings
from tests.ground.provider import AUDIENCE, KEYS, SHARED, STRANGER, Provider, at_work

NOW = 1_900_000_000
ROLES: dict[str, Any] = {"city-auditors": "auditor", "city-finance": "finance", "city-deals": "deal_desk"}


def settings(provider: Provider, **others: Any) -> Settings:
    chosen: dict[str, Any] = {"oidc_issuer": provider.issuer, "oidc_audience": AUDIENCE, "oidc_name": "name"}
    return Settings(**{**chosen, "oidc_roles": ROLES, **others})


class Fetching:
    """A provider that is asked without a network, at a time as one wishes."""

    def __init__(self) -> None:
        self.provider = Provider()
        self.provider.issuer = "https://id.example/city"
        self.now = 1000.0
        self.down = False
        self.failed = 0

    def fetch(self, address: str) -> bytes:
        if self.down:
            self.failed += 1
            raise NotFetched("it is down")
        return json.dumps(self.provider.answer(address.removeprefix("https://id.example"))).encode()

    def keys(self) -> provider_room.Provider:
        return provider_room.Provider(settings(self.provider), clock=lambda: self.now, fetch=self.fetch)

    def tokens(self, **others: Any) -> Tokens:
        return Tokens(settings(self.provider, **others), self.keys(), clock=lambda: NOW)


AT = Fetching()
SUBJECT = "https://id.example/city#f3a9"
LI = Holder("li-na", "finance", SUBJECT)


def told(written: str, *, barred: tuple[str, ...] = (), **others: Any) -> Holder | str:
    try:
        return asyncio.run(AT.tokens(**others).holder(written, barred))
    except NotTaken as error:
        return error.code


@pytest.mark.parametrize("kid", KEYS)
def test_each_kind_of_key_proves_who_it_is(kid: str) -> None:
    assert told(AT.provider.token(kid)) == LI


def test_every_algorithm_with_public_keys_is_taken() -> None:
    for algorithm in ("RS384", "RS512", "PS256", "PS384", "PS512"):
        assert told(AT.provider.token("rsa-1", header={"alg": algorithm})) == LI
    assert told(AT.provider.token("ed-1", header={"alg": "EdDSA"})) == LI


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"header": {"typ": "JWT"}}, "token-type"),
        ({"header": {"typ": None}}, "token-type"),
        ({"header": {"typ": "application/at+jwt"}}, LI),
        ({"header": {"alg": "HS256"}, "key": SHARED}, "token-algorithm"),
        ({"header": {"alg": "none"}, "key": SHARED}, "token-algorithm"),
        ({"header": {"kid": None}}, "token-key-unknown"),
        ({"header": {"kid": "ec-2"}}, "token-key-unknown"),
        ({"header": {"kid": "rsa-1"}}, "token-malformed"),  # an elliptic signature under the name of another key
        ({"key": STRANGER}, "token-signature"),
        ({"key": STRANGER, "header": {"jwk": STRANGER.as_dict(private=False)}}, "token-signature"),
        ({"header": {"crit": ["x"], "x": 1}}, "token-malformed"),
        ({"header": {"x5t": "whatever"}}, LI),
        ({"iss": "https://id.example/city/"}, "token-iss"),
        ({"iss": "https://id.example"}, "token-iss"),
        ({"iss": None}, "token-iss"),
        ({"aud": "https://other.example/"}, "token-aud"),
        ({"aud": []}, "token-aud"),
        ({"aud": None}, "token-aud"),
        ({"aud": ["https://other.example/", AUDIENCE]}, LI),
        ({"exp": NOW - 60}, "token-expired"),
        ({"exp": NOW - 59}, LI),
        ({"exp": None}, "token-exp"),
        ({"exp": "2100"}, "token-exp"),
        ({"nbf": NOW + 60}, LI),
        ({"nbf": NOW + 61}, "token-nbf"),
        ({"iat": NOW + 61}, "token-iat"),
        ({"sub": None}, "token-sub"),
        ({"sub": ""}, "token-sub"),
        ({"sub": "a b"}, "token-sub"),
        ({"sub": 7}, "token-sub"),
        ({"cnf": {"jkt": "x"}}, "token-cnf"),
        ({"name": "Li Na"}, "token-name"),
        ({"name": None}, "token-name"),
        ({"name": ["li-na"]}, "token-name"),
        ({"groups": ["everybody"]}, "token-role"),
        ({"groups": None}, "token-role"),
        ({"groups": 5}, "token-role"),
        ({"groups": ["city-deals", "city-auditors"]}, Holder("li-na", "auditor", SUBJECT)),  # the first of the table
        ({"groups": "city-deals openid"}, Holder("li-na", "deal_desk", SUBJECT)),
    ],
)
def test_what_is_taken(change: dict[str, Any], code: Holder | str) -> None:
    assert told(AT.provider.token(**change)) == code


def test_a_key_is_for_its_own_algorithm() -> None:
    """A key that says what it is for is for nothing else, though it could be."""
    AT.provider.keys[0]["alg"] = "RS256"
    try:
        assert told(AT.provider.token("rsa-1")) == LI
        assert told(AT.provider.token("rsa-1", header={"alg": "PS256"})) == "token-key-unknown"
    finally:
        del AT.provider.keys[0]["alg"]


def test_whoever_is_barred_does_not_come_in_under_another_name() -> None:
    assert told(AT.provider.token(name="wang-min"), barred=(SUBJECT,)) == "subject-barred"
    assert told(AT.provider.token(sub="f3a90"), barred=(SUBJECT,)) == Holder("li-na", "finance", SUBJECT + "0")


def test_groups_inside_of_a_claim() -> None:
    inside: dict[str, Any] = {"realm_access": {"roles": ["city-deals"]}}
    dotted: dict[str, Any] = {"https://city.example/roles": ["city-deals"]}
    for claims, claim in ((inside, "realm_access.roles"), (dotted, "https://city.example/roles")):
        assert told(AT.provider.token(**claims), oidc_groups=claim) == Holder("li-na", "deal_desk", SUBJECT)
    assert told(AT.provider.token(**inside), oidc_groups="realm_access.roles.more") == "token-role"


def test_words_for_whoever_is_genuine_and_has_no_place() -> None:
    with pytest.raises(Unplaced) as raised:
        asyncio.run(AT.tokens().holder(AT.provider.token(groups=[]), ()))
    assert raised.value.detail.startswith("The token's claim groups holds nothing that gives a role here")


@given(st.data())
def test_a_token_altered_anywhere_is_not_taken(data: st.DataObject) -> None:
    """No letter of a token can be another, and no garbage is more than refused."""
    token = TOKEN
    at = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("ABCabc019-_."))
    altered = token[:at] + letter + token[at + 1 :]
    if at == len(token) - 1 or letter == token[at]:  # the last letter holds bits that say nothing
        return
    assert isinstance(told(altered), str)
    assert isinstance(told(data.draw(st.from_regex(r"[A-Za-z0-9_-]{1,40}(\.[A-Za-z0-9_-]{1,40}){2}"))), str)


TOKEN = AT.provider.token()


# The provider's keys


def test_one_bad_key_hides_no_other() -> None:
    good = KEYS["ed-1"].as_dict(private=False)
    short = {"kty": "RSA", "e": "AQAB", "n": "v" * 171, "kid": "short"}
    other = {"kty": "EC", "crv": "P-1024", "x": "AA", "y": "AA", "kid": "odd"}
    encrypts = {**good, "kid": "enc", "use": "enc"}
    listed = [other, 5, {}, SHARED.as_dict(), short, encrypts, {"kty": "RSA", "kid": "half"}, good]
    assert set(keys_in(json.dumps({"keys": listed}).encode())) == {"ed-1"}
    for wrong in (b"[]", b"{}", b'{"keys": {}}', b"<html>"):
        with pytest.raises(NotFetched):
            keys_in(wrong)


def asked(at: Fetching) -> int:
    return sum(path.endswith("/jwks") for path in at.provider.asked)


def test_keys_are_asked_for_seldom_and_forgotten_when_old() -> None:
    """Keys that are not there are asked for every 15 s and no sooner, those known after 300 s; all go after 3600 s."""

    async def days() -> None:
        at = Fetching()
        keys = at.keys()
        steps: list[tuple[float, str, bool, int]] = [
            (0, "ec-1", True, 1),
            (1, "ec-2", False, 1),
            (14, "ec-3", False, 1),
            (15, "ec-4", False, 2),
            (16, "ec-4", False, 2),
            (300, "ec-1", True, 2),
            (315, "ec-1", True, 2),  # from 15 s it is fresh until 315 s
        ]
        for seconds, kid, there, questions in steps:
            at.now = 1000 + seconds
            assert (await keys.key(kid) is not None, asked(at)) == (there, questions), seconds
        at.now = 1316
        assert await keys.key("ec-1")  # at once: the question is under way
        await asyncio.wait({keys._asking} if keys._asking else set())
        assert asked(at) == 3
        at.down = True
        at.now = 1316 + 3600
        assert await keys.key("ec-1")
        at.now += 1
        with pytest.raises(Silent):
            await keys.key("ec-1")
        at.down = False
        at.now += 15
        assert await keys.key("ec-1")

    asyncio.run(days())


def test_whoever_opens_the_sign_in_does_not_make_the_provider_answer() -> None:
    """Its description is asked for after 300 s, one that failed after 15 s, by sixty at once as by one."""
    at = Fetching()
    keys = at.keys()

    def described() -> int:
        with ThreadPoolExecutor(8) as crowd, suppress(NotFetched):
            list(crowd.map(lambda _: keys.described(), range(60)))
        return sum("openid-configuration" in path for path in at.provider.asked) + at.failed

    at.down = True
    assert [described(), described()] == [1, 1]
    at.down = False
    for seconds, questions in ((14, 1), (15, 2), (16, 2), (314, 2), (315, 3)):
        at.now = 1000 + seconds
        assert described() == questions, seconds


def test_many_who_ask_at_once_are_one_question() -> None:
    async def crowd() -> None:
        at = Fetching()
        keys = at.keys()
        found = await asyncio.gather(*(keys.key(f"ec-{number % 3}") for number in range(60)))
        assert (sum(one is not None for one in found), asked(at)) == (20, 1)

    asyncio.run(crowd())


@pytest.mark.parametrize(
    "says", [{"issuer": "https://id.example/"}, {"jwks_uri": "http://id.example/jwks"}, {"jwks_uri": None}]
)
def test_a_provider_that_is_another_is_not_believed(says: dict[str, Any]) -> None:
    at = Fetching()
    at.provider.says = says
    with pytest.raises(Silent):
        asyncio.run(at.keys().key("ec-1"))


@pytest.fixture(scope="module")
def live() -> Iterator[Provider]:
    with at_work() as provider:
        yield provider


def test_nothing_is_fetched_from_elsewhere(live: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    assert json.loads(fetched(f"{live.issuer}/jwks"))["keys"] == live.keys
    monkeypatch.setattr(live, "status", 302)
    live.asked.clear()
    with pytest.raises(NotFetched, match="answers 302"):
        fetched(f"{live.issuer}/jwks")
    assert live.asked == ["/city/jwks"]
    monkeypatch.setattr(live, "status", 200)
    monkeypatch.setattr(provider_room, "BYTES_MAX", 100)
    with pytest.raises(NotFetched, match="does not come to an end"):
        fetched(f"{live.issuer}/jwks")
    with pytest.raises(NotFetched, match="does not answer"):
        fetched("http://127.0.0.1:1/jwks")
