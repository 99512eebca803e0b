"""Who is signed in at the desk. None of this is a fact: it is kept in a file of its own, which may be lost.

Visitor    who somebody is, and on the strength of what: a key, or a user of the machine
Sessions   one-time links and sessions, by the SHA-256 of secrets that only their holders have
token, carried, new_key    what forms carry: the secret of their session, a key under which they record once
key_in     the key that a form came with

A session ends after SESSION_S, with signing out, and with what it rests on: a key revoked, a user unmapped, a subject
barred. One that an OpenID provider vouched for ends after PROVIDER_S: what their role is, is asked there anew.
"""

import hashlib
import hmac
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import time

from msgspec import Struct

from api.http.recording import KEY

LINK_S = 15 * 60
"""Seconds in which a link is used, or never."""
SESSION_S = 12 * 3600
PROVIDER_S = 3600
ATTEMPT_S = 10 * 60
"""Seconds in which whoever was sent to a provider comes back."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS pass (
    sha256 TEXT PRIMARY KEY, kind TEXT NOT NULL, actor TEXT NOT NULL, role TEXT NOT NULL, through TEXT NOT NULL,
    until REAL NOT NULL
) WITHOUT ROWID
"""


class Visitor(Struct, frozen=True):
    """Somebody at the desk. `through`: key:ID, os-user:NAME or oidc:ISSUER#SUBJECT, on which this rests."""

    actor: str
    role: str
    through: str


class Attempt(Struct, frozen=True):
    """A sign-in with a provider that has begun: what proves that it is this one, and the page to go back to."""

    nonce: str
    verifier: str
    back: str


class Sessions:
    """The links and sessions of a ledger's desk, in a file that only its owner can read."""

    def __init__(self, file: Path, clock: Callable[[], float] = time) -> None:
        self._file = file
        self._clock = clock

    def invite(self, visitor: Visitor, seconds: float = LINK_S) -> str:
        """The secret of a link that signs somebody in, once."""
        return self._give("link", visitor, seconds)

    def invited(self, secret: str) -> Visitor | None:
        """Whoever a link would sign in; None where it is used, too old or none of ours."""
        return self._holder("link", secret)

    def enter(self, secret: str) -> str | None:
        """Use a link up: the secret of a session; None where it does not work any more."""
        taken = self._take("link", secret)
        return None if taken is None else self.begin(Visitor(*taken))

    def begin(self, visitor: Visitor) -> str:
        """The secret of a new session."""
        return self._give("session", visitor, PROVIDER_S if visitor.through.startswith("oidc:") else SESSION_S)

    def keep(self, attempt: Attempt, state: str) -> None:
        """Keep an attempt to sign in with a provider until it comes back with its state."""
        self._put("attempt", state, (attempt.nonce, attempt.verifier, attempt.back), ATTEMPT_S)

    def kept(self, state: str) -> Attempt | None:
        """The attempt of a state, once; None where it is used, too old or none of ours."""
        taken = self._take("attempt", state)
        return None if taken is None else Attempt(*taken)

    def visitor(self, secret: str) -> Visitor | None:
        """Whoever's session this is."""
        return self._holder("session", secret)

    def end(self, secret: str) -> None:
        """End a session."""
        with self._open() as database:
            database.execute("DELETE FROM pass WHERE sha256 = ?", (_digest(secret),))

    def _give(self, kind: str, visitor: Visitor, seconds: float) -> str:
        secret = secrets.token_urlsafe(32)
        self._put(kind, secret, (visitor.actor, visitor.role, visitor.through), seconds)
        return secret

    def _put(self, kind: str, secret: str, said: tuple[str, str, str], seconds: float) -> None:
        now = self._clock()
        with self._open() as database:
            database.execute("DELETE FROM pass WHERE until <= ?", (now,))
            database.execute(
                "INSERT INTO pass VALUES (?, ?, ?, ?, ?, ?)", (_digest(secret), kind, *said, now + seconds)
            )

    def _take(self, kind: str, secret: str) -> tuple[str, str, str] | None:
        with self._open() as database:
            taken: tuple[str, str, str] | None = database.execute(
                "DELETE FROM pass WHERE sha256 = ? AND kind = ? AND until > ? RETURNING actor, role, through",
                (_digest(secret), kind, self._clock()),
            ).fetchone()
        return taken

    def _holder(self, kind: str, secret: str) -> Visitor | None:
        if not self._file.exists():
            return None
        with self._open() as database:
            row = database.execute(
                "SELECT actor, role, through FROM pass WHERE sha256 = ? AND kind = ? AND until > ?",
                (_digest(secret), kind, self._clock()),
            ).fetchone()
        return None if row is None else Visitor(*row)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        if not self._file.exists():
            self._file.touch(mode=0o600)
        database = sqlite3.connect(self._file, timeout=5, isolation_level=None)
        try:
            database.execute(SCHEMA)
            yield database
        finally:
            database.close()


def token(session: str) -> str:
    """A secret that a form of a session carries, another each time: no other site can know one."""
    return _token(session, secrets.token_hex(8))


def carried(session: str, given: str) -> bool:
    """Tell whether a form came with a secret of its session."""
    return hmac.compare_digest(_token(session, given[:16]).encode(), given.encode())


def _token(session: str, nonce: str) -> str:
    return nonce + hmac.new(session.encode(), nonce.encode(), hashlib.sha256).hexdigest()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def new_key() -> str:
    """An idempotency key for a form: sent twice, it records once."""
    return f"desk-{secrets.token_hex(12)}"


def key_in(written: str) -> str:
    """The idempotency key that a form came with; nothing where it is none, as over HTTP."""
    return written if KEY.fullmatch(written) else ""
