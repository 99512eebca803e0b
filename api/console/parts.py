"""What the pages of the desk need of the application.

Desk   its parts, and what it says of itself on every page
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from api.console.sessions import Sessions, Visitor
from api.http.auth import KeyRing
from api.http.reading import Read, Reader
from api.http.recording import Recording
from api.settings import Settings
from ledger.log.database import Database
from ledger.recording.asking import Recorder
from projections.engine.following import Standing

VERSION = version("mcsc-ledger")


@dataclass(frozen=True)
class Desk:
    """The parts of the desk.

    reads       the reports, by the last part of their address
    recorder    what records; recordings: what can be recorded, by the name of its command
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
        return kind == "os-user" and user is not None and _same(user, visitor)


def _same(held: Any, visitor: Visitor) -> bool:
    return (held.actor, held.role) == (visitor.actor, visitor.role)
