"""Access tokens of an OpenID provider (RFC 9068, `typ` at+jwt), sent as `Authorization: Bearer …` in place of a key.

Tokens     a token -> who it is, and in which role
Holder     that: a name, a role, and the subject by which the provider knows them
NotTaken   the token opens nothing; the code is for those who keep an account, never for the client
Unplaced   the token is genuine, and gives its holder no name or no role here: that is said

Everything is checked before anything is believed: an algorithm whose keys are public (no `none`, no shared secret), a
key that the provider has now, the signature, issuer, audience and times. Addresses and keys that the token itself names
are never used. A claim says who somebody is here, another in which groups: the first row of `oidc_roles` that a token
has is its role. Both are read anew from each request's token.
"""

import hmac
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from time import time
from typing import Any

import msgspec
from joserfc import jws
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwt import JWTClaimsRegistry
from msgspec import Struct

from api.entrance.provider import Provider
from api.settings import Settings
from ledger.access import Role, subject_of

ALGORITHMS = frozenset(
    [f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512)] + ["EdDSA", "Ed25519", "Ed448"]
)
TYPES = frozenset({"at+jwt", "application/at+jwt"})
OF_SIGN_IN = frozenset({"jwt", "none"})
"""An ID token says that it is a JWT, or no type: an access token is never taken for one."""
LEEWAY_S = 60
TOKEN = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){2}", re.ASCII)
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
SUBJECT = re.compile(r"[\x21-\x7e]{1,255}")


class Holder(Struct, frozen=True):
    """Somebody, as their token says."""

    actor: str
    role: Role
    subject: str


class NotTaken(Exception):
    """A token opens nothing."""

    def __init__(self, code: str, subject: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.subject = subject


class Unplaced(NotTaken):
    """A genuine token gives no name or no role here; `detail` says why to its holder."""

    def __init__(self, code: str, subject: str, detail: str) -> None:
        super().__init__(code, subject)
        self.detail = detail


class _Public(jws.JWSRegistry):
    """The algorithms whose keys are public, and no others; whatever else a header says is let be."""

    def get_alg(self, name: str) -> Any:
        if name not in ALGORITHMS:
            raise NotTaken("token-algorithm")
        return self.algorithms[name]


_PUBLIC = _Public(strict_check_header=False)


class Tokens:
    """The access tokens of the provider that the settings name."""

    def __init__(
        self, settings: Settings, provider: Provider | None = None, *, clock: Callable[[], float] = time
    ) -> None:
        self._settings = settings
        self._provider = provider or Provider(settings)
        self._claims, self._id_claims = (
            JWTClaimsRegistry(
                lambda: int(clock()),
                LEEWAY_S,
                iss={"essential": True, "value": settings.oidc_issuer},
                aud={"essential": True, "value": audience},
                sub={"essential": True},
                exp={"essential": True},
            )
            for audience in (settings.oidc_audience, settings.oidc_client)
        )

    def named(self, written: str) -> bool:
        """Tell whether this is written as a token is, and a provider is named."""
        return bool(self._settings.oidc_issuer) and TOKEN.fullmatch(written) is not None

    async def holder(self, written: str, barred: Collection[str]) -> Holder:
        """Whoever a token says that somebody is. Raises NotTaken, Unplaced, Silent."""
        return self._placed(self._checked(await self._signed(written, TYPES), self._claims), barred)

    async def signed_in(self, written: str, nonce: str, barred: Collection[str]) -> Holder:
        """Whoever an ID token says has signed in, in the attempt of this nonce. Raises NotTaken, Unplaced, Silent."""
        claims = self._checked(await self._signed(written, OF_SIGN_IN), self._id_claims)
        if not hmac.compare_digest(str(claims.get("nonce")).encode(), nonce.encode()):
            raise NotTaken("token-nonce")
        if claims.get("azp", self._settings.oidc_client) != self._settings.oidc_client:
            raise NotTaken("token-azp")
        return self._placed(claims, barred)

    def _placed(self, claims: Mapping[str, Any], barred: Collection[str]) -> Holder:
        subject = subject_of(self._settings.oidc_issuer, claims["sub"])
        if subject in barred:
            raise NotTaken("subject-barred", subject)
        return Holder(self._name(claims, subject), self._role(claims, subject), subject)

    async def _signed(self, written: str, types: Collection[str]) -> bytes:
        """What a key of the provider signed."""
        try:
            token = jws.extract_compact(written.encode(), registry=_PUBLIC)
            header = token.protected
            kid, algorithm = header.get("kid"), header.get("alg")
            if str(header.get("typ")).lower() not in types:
                raise NotTaken("token-type")
            if algorithm not in ALGORITHMS:
                raise NotTaken("token-algorithm")
            key = await self._provider.key(kid) if isinstance(kid, str) else None
            if key is None or key.alg not in (None, algorithm):
                raise NotTaken("token-key-unknown")
            if not jws.validate_compact(token, key, registry=_PUBLIC):
                raise NotTaken("token-signature")
        except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise NotTaken("token-malformed") from error
        return token.payload or b""

    def _checked(self, payload: bytes, wanted: JWTClaimsRegistry) -> Mapping[str, Any]:
        """The claims, where they are for this ledger and this moment."""
        try:
            claims: dict[str, Any] = msgspec.json.decode(payload, type=dict[str, Any])
            wanted.validate(claims)
        except ExpiredTokenError as error:
            raise NotTaken("token-expired") from error
        except (JoseError, msgspec.DecodeError) as error:
            raise NotTaken(f"token-{getattr(error, 'claim', None) or 'claims'}") from error
        if not SUBJECT.fullmatch(claims["sub"]):
            raise NotTaken("token-sub")
        if "cnf" in claims:  # it is good only with a proof of a key that is not asked for here (RFC 7800)
            raise NotTaken("token-cnf", subject_of(self._settings.oidc_issuer, claims["sub"]))
        return claims

    def _name(self, claims: Mapping[str, Any], subject: str) -> str:
        name = _found(claims, self._settings.oidc_name)
        if isinstance(name, str) and NAME.fullmatch(name):
            return name
        raise Unplaced(
            "token-name",
            subject,
            f"The token's claim {self._settings.oidc_name} names nobody here: a name is of 1 to 63 lower-case letters,"
            " digits and hyphens.",
        )

    def _role(self, claims: Mapping[str, Any], subject: str) -> Role:
        groups = set(_texts(_found(claims, self._settings.oidc_groups)))
        for group, role in self._settings.oidc_roles.items():
            if group in groups:
                return role
        raise Unplaced(
            "token-role",
            subject,
            f"The token's claim {self._settings.oidc_groups} holds nothing that gives a role here (`oidc_roles` in"
            " mcsc.toml).",
        )


def _found(claims: Mapping[str, Any], name: str) -> Any:
    """A claim by its name; else what lies inside of one: `realm_access.roles`."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _texts(found: Any) -> Iterator[str]:
    """The words of a text, or the texts of a list."""
    if isinstance(found, str):
        yield from found.split()
    elif isinstance(found, list):
        yield from (one for one in found if isinstance(one, str))
