"""The public keys of an OpenID provider, fetched when they are needed and forgotten when they are old.

Provider   a key by its id
Silent     the provider does not answer, and what is known of it is too old
fetched, posted   what an address answers: bounded in time and length, and never elsewhere than there

Keys are asked for anew after FRESH_S, while those known go on being used; after OLD_S they are not. A key that is not
known is asked for at once. Between two such questions lie RETRY_S, however many tokens name keys that do not exist.
The provider's own description is kept for FRESH_S, and one that failed is not asked for again within RETRY_S: anybody
may open the desk's sign-in, and none of them makes the provider answer more often.
"""

import asyncio
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from math import inf
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

from api.settings import Settings, carries_secrets
from ledger.log.outage import log

PublicKey = RSAKey | ECKey | OKPKey
Fetch = Callable[[str], bytes]

FETCH_S = 3
"""Seconds for each step of an answer, and for all of it."""
FRESH_S, OLD_S, RETRY_S = 300.0, 3600.0, 15.0
BYTES_MAX = 1 << 20
RSA_MODULUS_MIN = 342
"""Characters of base64 that 2048 bits take: a shorter key is none."""


class Silent(Exception):
    """The provider does not answer, and no keys of it are known that are young enough."""


class NotFetched(Exception):
    """An address gave nothing, or something other than it should."""


class Provider:
    """The keys of the OpenID provider that the settings name."""

    def __init__(
        self, settings: Settings, *, clock: Callable[[], float] = monotonic, fetch: Fetch | None = None
    ) -> None:
        self._issuer = settings.oidc_issuer
        self._address = settings.oidc_keys
        self._clock = clock
        self._fetch = fetch or fetched
        self._keys: Mapping[str, PublicKey] = {}
        self._fetched_at = self._asked_at = -inf
        self._asking: asyncio.Task[None] | None = None
        self._one_at_a_time = threading.Lock()
        self._description: dict[str, Any] | NotFetched = NotFetched("it was never asked")
        self._described_at = -inf

    async def key(self, kid: str) -> PublicKey | None:
        """The key of this id, if the provider has it. Raises Silent."""
        if kid not in self._keys or self._age > FRESH_S:
            if self._clock() - self._asked_at >= RETRY_S:
                self._asked_at = self._clock()
                self._asking = asyncio.create_task(self._ask())
            if self._asking is not None and (kid not in self._keys or self._age > OLD_S):
                await asyncio.wait({self._asking}, timeout=2 * FETCH_S)
        if self._age > OLD_S:
            raise Silent
        return self._keys.get(kid)

    @property
    def _age(self) -> float:
        return self._clock() - self._fetched_at

    async def _ask(self) -> None:
        began = self._clock()
        try:
            async with asyncio.timeout(2 * FETCH_S):
                keys = await asyncio.to_thread(self._ask_for_all)
        except (NotFetched, TimeoutError) as error:
            log.warning("the keys of the OpenID provider were not fetched", issuer=self._issuer, why=str(error))
        else:
            self._keys, self._fetched_at = keys, began

    def _ask_for_all(self) -> Mapping[str, PublicKey]:
        return keys_in(self._fetch(self._address or self._discovered()))

    def described(self) -> dict[str, Any]:
        """The provider's own description, at most FRESH_S old; whoever comes meanwhile waits for the same.

        It is called in a thread. Raises NotFetched: what failed is not asked for again within RETRY_S.
        """
        if not self._one_at_a_time.acquire(timeout=2 * FETCH_S):
            raise NotFetched("it is being asked, and does not answer")
        try:
            failed = isinstance(self._description, NotFetched)
            if self._clock() - self._described_at >= (RETRY_S if failed else FRESH_S):
                self._described_at = self._clock()
                self._description = self._describe()
        finally:
            self._one_at_a_time.release()
        if isinstance(self._description, NotFetched):
            raise NotFetched(str(self._description))
        return self._description

    def _describe(self) -> dict[str, Any] | NotFetched:
        try:
            return self._own()
        except NotFetched as failure:
            return failure

    def _own(self) -> dict[str, Any]:
        found = _object(self._fetch(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"))
        if found.get("issuer") != self._issuer:
            raise NotFetched(f"it says that it is {found.get('issuer')!r}")
        return found

    def _discovered(self) -> str:
        address = self.described().get("jwks_uri")
        if not isinstance(address, str) or carries_secrets(address) is None:
            raise NotFetched(f"its jwks_uri is {address!r}, which is no https address")
        return address


def keys_in(document: bytes) -> Mapping[str, PublicKey]:
    """The keys of a set that may check signatures, by their ids: one that is not understood hides no other.

    Raises NotFetched where it is no set of keys.
    """
    listed = _object(document).get("keys")
    if not isinstance(listed, list):
        raise NotFetched("it lists no keys")
    found: dict[str, PublicKey] = {}
    for one in listed:
        if not isinstance(one, dict) or not isinstance(one.get("kid"), str) or one.get("use", "sig") != "sig":
            continue
        if one.get("kty") == "RSA" and len(str(one.get("n"))) < RSA_MODULUS_MIN:
            log.warning("a key of the OpenID provider is too short", kid=one["kid"])
            continue
        try:
            key = import_key(one)
        except (JoseError, ValueError, KeyError, TypeError):
            log.warning("a key of the OpenID provider is not understood", kid=one["kid"])
            continue
        if isinstance(key, RSAKey | ECKey | OKPKey):  # a shared secret signs as well as it checks
            found.setdefault(one["kid"], key)
    return found


def _object(document: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(document, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise NotFetched("it is no JSON object") from error


def fetched(address: str) -> bytes:
    """Fetch what lies at an address, if it is there itself: no redirect is followed. Raises NotFetched."""
    return _answered("GET", address, None, {})


def posted(address: str, form: bytes, headers: Mapping[str, str]) -> bytes:
    """Send a form to an address; what it answers. Raises NotFetched."""
    return _answered("POST", address, form, {**headers, "Content-Type": "application/x-www-form-urlencoded"})


def _answered(method: str, address: str, body: bytes | None, headers: Mapping[str, str]) -> bytes:
    parts = urlsplit(address)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    began = monotonic()
    pieces, length = [], 0
    try:
        with closing(kind(parts.netloc, timeout=FETCH_S)) as connection:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request(method, path, body, headers={"Accept": "application/json", **headers})
            answer = connection.getresponse()
            if answer.status != 200:
                raise NotFetched(f"{address} answers {answer.status}")
            while piece := answer.read1(1 << 16):
                pieces.append(piece)
                length += len(piece)
                if length > BYTES_MAX or monotonic() - began > FETCH_S:
                    raise NotFetched(f"{address} does not come to an end")
    except (OSError, HTTPException, ValueError) as error:
        raise NotFetched(f"{address} does not answer: {type(error).__name__}") from error
    return b"".join(pieces)
