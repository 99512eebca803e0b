"""Who is signed in at the desk. None of this is a fact: it is kept in a file of its own, which may be lost.

Visitor    who somebody is, and on the strength of what: a key, or a user of the machine
Sessions   one-time links and sessions, by the SHA-256 of secrets that only their holders have
token, carried, new_key    what forms carry: the secret of their session, a key under which they record once
key_in     the key that a form came with

A session ends after SESSION_S, with signing out, and with what it rests on: a key revoked, a user unmapped.
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
SCHEMA = """
CREATE TABLE IF NOT EXISTS pass (
    sha256 TEXT PRIMARY KEY, kind TEXT NOT NULL, actor TEXT NOT NULL, role TEXT NOT NULL, through TEXT NOT NULL,
    until REAL NOT NULL
) WITHOUT ROWID
"""


class Visitor(Struct, frozen=True):
    """Somebody at the desk. `through`: key:ID or os-user:NAME, on which this rests."""

    actor: str
    role: str
    through: str


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
        with self._open() as database:
            taken = database.execute(
                "DELETE FROM pass WHERE sha256 = ? AND kind = 'link' AND until > ? RETURNING actor, role, through",
                (_digest(secret), self._clock()),
            ).fetchone()
        return None if taken is None else self.begin(Visitor(*taken))

    def begin(self, visitor: Visitor) -> str:
        """The secret of a new session."""
        return self._give("session", visitor, SESSION_S)

    def visitor(self, secret: str) -> Visitor | None:
        """Whoever's session this is."""
        return self._holder("session", secret)

    def end(self, secret: str) -> None:
        """End a session."""
        with self._open() as database:
            database.execute("DELETE FROM pass WHERE sha256 = ?", (_digest(secret),))

    def _give(self, kind: str, visitor: Visitor, seconds: float) -> str:
        secret, now = secrets.token_urlsafe(32), self._clock()
        row = (_digest(secret), kind, visitor.actor, visitor.role, visitor.through, now + seconds)
        with self._open() as database:
            database.execute("DELETE FROM pass WHERE until <= ?", (now,))
            database.execute("INSERT INTO pass VALUES (?, ?, ?, ?, ?, ?)", row)
        return secret

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
