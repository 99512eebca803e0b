"""What the pages of the desk need of the application.

Desk   its parts, and what it says of itself on every page
Entry  signing in with an OpenID provider; Begun, NotSignedIn: what it gives and says
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct

from api.console.sessions import Sessions, Visitor
from api.http.auth import KeyRing
from api.http.reading import Read, Reader
from api.http.recording import Recording
from api.settings import Settings
from ledger.log.database import Database
from ledger.recording.asking import Recorder
from projections.engine.following import Standing

VERSION = version("mcsc-ledger")


class Begun(Struct, frozen=True):
    """A sign-in that was begun: where the browser goes, and what is kept until it comes back."""

    to: str
    state: str
    nonce: str
    verifier: str


class NotSignedIn(Exception):
    """Nobody is signed in. `subject`: whom the provider vouches for, where it does; `detail`: why it is not enough."""

    def __init__(self, code: str, subject: str = "", detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.subject = subject
        self.detail = detail


class Entry(Protocol):
    """Signing in with an OpenID provider."""

    async def begin(self) -> Begun:
        """Where to send a browser. Raises NotSignedIn."""

    async def finish(self, code: str, nonce: str, verifier: str, barred: Collection[str]) -> Visitor:
        """Whoever came back with a code. Raises NotSignedIn."""


@dataclass(frozen=True)
class Desk:
    """The parts of the desk.

    reads       the reports, by the last part of their address
    recorder    what records; recordings: what can be recorded, by the name of its command
    entry       signing in with an OpenID provider, where the settings name a client of it
    """

    settings: Settings
    database: Database
    reader: Reader
    standing: Standing
    ring: KeyRing
    sessions: Sessions
    reads: Mapping[str, Read[Any]]
    recorder: Recorder
    recordings: Mapping[str, Recording]
    entry: Entry | None = None

    @property
    def is_demo(self) -> bool:
        """Tell whether this ledger holds invented examples."""
        return self.settings.data_class == "FICTIONAL"

    @property
    def name(self) -> str:
        """The ledger's name: its directory's, or its database's."""
        return Path(self.database.display_name).name

    async def enter_with(self, written: str) -> str | None:
        """The secret of a new session for whoever holds a key, written as `mcsc_…`; None where it opens nothing."""
        await self.ring.freshen()
        held = self.ring.holder(written.strip())
        if held is None:
            return None
        key_id, key = held
        return self.sessions.begin(Visitor(key.actor, key.role, f"key:{key_id}"))

    def stands(self, visitor: Visitor) -> bool:
        """Tell whether what a session rests on still holds: the key opens something, the user is mapped."""
        kind, _, name = visitor.through.partition(":")
        key, user = self.ring.keys.get(name), self.ring.users.get(name)
        if kind == "key":
            return key is not None and key.scope is None and self.ring.state(key) == "valid" and _same(key, visitor)
        if kind == "oidc":
            return self.entry is not None and name not in self.ring.barred
        return kind == "os-user" and user is not None and _same(user, visitor)


def _same(held: Any, visitor: Visitor) -> bool:
    return (held.actor, held.role) == (visitor.actor, visitor.role)
