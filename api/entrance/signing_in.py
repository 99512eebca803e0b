"""Signing in at the desk with the OpenID provider that the settings name: authorization code with PKCE (RFC 7636).

SigningIn   the address at the provider, and what is kept until somebody comes back; whoever comes back with a code
Begun       that
NotSignedIn why nobody is signed in: a code for those who keep an account, and what is said to who tried

Whoever comes back is who the provider's ID token says, once all of it is proved: its signature, issuer, audience (our
client), times and the nonce of this very attempt. The state is known to the one browser that began, and used once.
"""

import asyncio
import hashlib
import secrets
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Collection
from http.client import HTTPException
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from msgspec import Struct

from api.console.parts import Begun, NotSignedIn
from api.console.sessions import Visitor
from api.entrance.provider import FETCH_S, NotFetched, Provider, Silent, posted
from api.entrance.tokens import NotTaken, Tokens, Unplaced
from api.settings import Settings, carries_secrets

SCOPE = "openid profile"


class Exchanged(Struct, frozen=True):
    """Tokens that the provider gives for a code; the access token is not used."""

    id_token: str


class SigningIn:
    """Signs people in where `oidc_client` is set."""

    def __init__(self, settings: Settings, provider: Provider, tokens: Tokens) -> None:
        self._settings = settings
        self._provider = provider
        self._tokens = tokens

    async def begin(self) -> Begun:
        """Where to send a browser, and what is kept. Raises NotSignedIn."""
        address = await self._address("authorization_endpoint")
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self._settings.oidc_client,
            "redirect_uri": self._settings.oidc_redirect,
            "scope": SCOPE,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        more = "&" if urlsplit(address).query else "?"
        return Begun(to=f"{address}{more}{urlencode(asked)}", state=state, nonce=nonce, verifier=verifier)

    async def finish(self, code: str, nonce: str, verifier: str, barred: Collection[str]) -> Visitor:
        """Whoever came back with a code. Raises NotSignedIn."""
        given = await self._exchanged(await self._address("token_endpoint"), code, verifier)
        try:
            holder = await self._tokens.signed_in(given.id_token, nonce, barred)
        except Unplaced as error:
            raise NotSignedIn(error.code, error.subject, error.detail) from error
        except NotTaken as error:
            raise NotSignedIn(error.code, error.subject) from error
        except Silent as error:
            raise NotSignedIn("provider-silent") from error
        return Visitor(holder.actor, holder.role, f"oidc:{holder.subject}")

    async def _address(self, name: str) -> str:
        try:
            async with asyncio.timeout(2 * FETCH_S):
                found = (await asyncio.to_thread(self._provider.described)).get(name)
        except (NotFetched, TimeoutError) as error:
            raise NotSignedIn("provider-silent") from error
        if not isinstance(found, str) or carries_secrets(found) is None:
            raise NotSignedIn("provider-silent")
        return found

    async def _exchanged(self, address: str, code: str, verifier: str) -> Exchanged:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._settings.oidc_redirect,
            "code_verifier": verifier,
        }
        headers: dict[str, str] = {}
        if self._settings.oidc_secret:  # RFC 6749 §2.3.1: each is form-encoded first
            pair = f"{quote(self._settings.oidc_client, safe='')}:{quote(self._settings.oidc_secret, safe='')}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            fields["client_id"] = self._settings.oidc_client
        try:
            async with asyncio.timeout(2 * FETCH_S):
                answer = await asyncio.to_thread(posted, address, urlencode(fields).encode(), headers)
            return msgspec.json.decode(answer, type=Exchanged)
        except (NotFetched, TimeoutError, HTTPException) as error:
            raise NotSignedIn("code-not-taken") from error
        except msgspec.MsgspecError as error:
            raise NotSignedIn("code-not-taken") from error
