"""Who asks: API keys, sent as `Authorization: Bearer mcsc_<key id>_<secret>`.

new_key          a key id, its secret, and the SHA-256 that is recorded in the secret's place
address_of       the secret address of the calendar that a key of its scope opens
KeyRing          who may come in, as the facts of ledger/access.py say, kept in memory

A secret is 32 random bytes, so its plain SHA-256 cannot be searched for. Every key that is unknown, revoked, expired or
malformed gets the same answer.
"""

import asyncio
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from datetime import date
from math import inf
from time import monotonic

from api.http.deadlines import patiently
from api.http.problems import Problem
from ledger.access import (
    KEYS_TAG,
    NOBODY,
    USERS_TAG,
    Access,
    Barred,
    Key,
    KeyFact,
    Keys,
    KeyScope,
    SubjectFact,
    UserFact,
    Users,
    evolve,
)
from ledger.decider import all_facts
from ledger.log import store
from ledger.log.database import Database
from ledger.log.envelope import reader_of
from ledger.log.outage import log

BEARER = re.compile(r"[Bb]earer +(.*)", re.ASCII)
KEY = re.compile(r"mcsc_([a-z0-9]{8,16})_([A-Za-z0-9-]{16,128})", re.ASCII)
CALENDARS = "/v1/calendars"
NO_SECRET = "0" * 64
REFRESH_S = 1.0
RENEW_S = 1.0
"""Seconds that a request may wait for the keys to be read."""
_read = reader_of(kind for kind in all_facts().values() if issubclass(kind, KeyFact | UserFact | SubjectFact))


def new_key() -> tuple[str, str, str]:
    """(key id, secret, SHA-256 of the secret): record the last, show the secret once as `bearer` does."""
    secret = secrets.token_hex(32)
    return secrets.token_hex(6), secret, digest(secret)


def bearer(key_id: str, secret: str) -> str:
    """The key as a client sends it."""
    return f"mcsc_{key_id}_{secret}"


def address_of(key_id: str, secret: str) -> str:
    """The secret address of the diary's calendar, for a key of that scope."""
    return f"{CALENDARS}/{bearer(key_id, secret)}.ics"


def key_id_of(written: str) -> str:
    """The id of a key, written as `bearer` writes it."""
    return written.split("_")[1]


def digest(secret: str) -> str:
    """The SHA-256 that is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


class KeyRing:
    """The keys as recorded. What another process records is seen within REFRESH_S; refresh() sees it at once.

    today    the ledger's day, on which a key's expiry is judged: a key works through its last day there
    """

    def __init__(
        self,
        database: Database,
        *,
        today: Callable[[], date],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._database = database
        self._clock = clock
        self._today = today
        self._known: tuple[Access, int, bytes] = (NOBODY, 0, b"")
        self._read_at = -inf

    @property
    def keys(self) -> Keys:
        """The keys by id, as last read."""
        return self._access.keys

    def state(self, key: Key) -> str:
        """Say in one word whether a key opens anything: valid, expired or revoked."""
        if key.revoked:
            return "revoked"
        return "valid" if key.valid(self._today()) else "expired"

    @property
    def any_valid(self) -> bool:
        """Tell whether any key opens anything today."""
        return any(key.opens_all(self._today()) for key in self.keys.values())

    @property
    def users(self) -> Users:
        """The users of the operating system who are somebody here, as last read."""
        return self._access.users

    @property
    def barred(self) -> Barred:
        """The subjects of an OpenID provider who may not come in, as last read."""
        return self._access.barred

    @property
    def has_admin(self) -> bool:
        """Tell whether an admin has a valid key, or is mapped."""
        return self._access.has_admin(self._today())

    @property
    def _access(self) -> Access:
        return self._known[0]

    def refresh(self) -> None:
        """Read what was recorded of keys and users since the last time; all of it, where the log is not the one read
        then."""
        self._read_at = self._clock()
        access, position, root = self._known
        with self._database.views.connect() as connection:
            head = store.read_head(connection)
            if position and store.roots_at(connection, (position,)).get(position) != root:
                log.error("the log is not the one that keys and users were read from: they are read anew")
                access, position = NOBODY, 0
            entries = store.by_tags(connection, [KEYS_TAG, USERS_TAG], after=position, read=_read)
        for entry in entries:
            if entry.position <= head.size:  # later ones are read the next time
                access = evolve(access, entry.fact)
        if head.size >= self._known[1] or not position:  # another thread may have read more
            self._known = access, head.size, head.root

    async def authenticate(self, authorization: str | None) -> tuple[str, Key]:
        """(key id, key) of a valid key. Raises Problem, the same for every key that is not."""
        await self.freshen()
        match = BEARER.fullmatch(authorization or "")
        held = self._held(match[1] if match else "")
        if held is None or held[1].scope is not None:
            raise not_authenticated()
        return held

    def holder(self, written: str, scope: KeyScope | None = None) -> tuple[str, Key] | None:
        """(key id, key) of a valid key of a scope, written as `mcsc_…`; None for every other, and a narrow one."""
        held = self._held(written)
        return None if held is None or held[1].scope != scope or held[1].narrow else held

    def _held(self, written: str) -> tuple[str, Key] | None:
        match = KEY.fullmatch(written)
        key_id, secret = (match[1], match[2]) if match else ("", "")
        key = self.keys.get(key_id)
        given = digest(secret)
        if not hmac.compare_digest(given, key.secret_sha256 if key else NO_SECRET) or key is None:
            return None
        return (key_id, key) if key.valid(self._today()) else None

    def why_not(self, authorization: str | None) -> tuple[str, str]:
        """(why a key opens nothing, its id where it names one): for those who keep an account, never for the client."""
        match = BEARER.fullmatch(authorization or "")
        return self.why_not_held(match[1]) if match else ("key-malformed" if authorization else "key-missing", "")

    def why_not_held(self, written: str) -> tuple[str, str]:
        """The same of a key written as `mcsc_…`."""
        match = KEY.fullmatch(written)
        if match is None:
            return "key-malformed", ""
        key = self.keys.get(match[1])
        if key is None:
            return "key-unknown", match[1]
        if not hmac.compare_digest(digest(match[2]), key.secret_sha256):
            return "secret-wrong", match[1]
        if key.revoked:
            return "key-revoked", match[1]
        return ("key-of-a-scope" if key.valid(self._today()) else "key-expired"), match[1]

    async def freshen(self) -> None:
        """Read what was recorded, where that was not done within REFRESH_S."""
        if self._clock() - self._read_at >= REFRESH_S:
            await self.renew()

    async def renew(self) -> None:
        """Read what was recorded, if that can be done in a moment; else go by what is known."""
        self._read_at = self._clock()  # whoever comes meanwhile goes by what is known
        try:
            async with asyncio.timeout(RENEW_S):
                await patiently(self.refresh)
        except Exception:
            log.exception("the keys could not be read; going by those known")


def not_authenticated(*, token: bool = False) -> Problem:
    """The problem of a key, or token, that is missing or not valid: the same for each, so that nothing is learned of
    keys."""
    return Problem(
        "not-authenticated",
        "The token is not valid here, or not any more: get a new one of the OpenID provider, or send an API key."
        if token
        else "Send a valid API key as `Authorization: Bearer mcsc_…`; an administrator creates one"
        " (`mcsc token create`).",
        headers={"WWW-Authenticate": 'Bearer realm="mcsc"' + (', error="invalid_token"' if token else "")},
    )
