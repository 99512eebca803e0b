"""Answering questions beside a database that follows another, and recording nothing.

Reading    takes no command, and says where one is recorded
Watching   how far the read models have come there: somebody else moves them on
Replica    both, in place of a recorder

Log and read models of a standby are those of its leader, a moment ago. Of several hosts in the address a standby is
asked, the leader where there is none. Who asked what is written into the access log of the leader, as everywhere.
"""

from pathlib import Path

import migrations
from api.settings import Settings
from ledger.log.database import Database
from ledger.recording.asking import Recorder, Request, Together
from ledger.recording.outcome import Unavailable
from projections.engine.following import Follower
from projections.every.views import ALL_VIEWS

POLL_S = 0.25
"""How often is looked how far they have come: a standby tells nobody."""


class Reading(Recorder):
    """Takes no command."""

    reads_only = True

    def __init__(self, settings: Settings, database: Database) -> None:
        self.database, self.data_class = database, settings.data_class
        where = f"; record at {settings.leader}" if settings.leader else ""
        self._why = f"this server answers questions and records nothing{where}"

    @property
    def closed(self) -> str | None:
        """See Recorder."""
        return self._why

    @property
    def waiting(self) -> int:
        """See Recorder: none ever waits."""
        return 0

    def enqueue(self, request: Request | Together) -> None:
        """See Recorder. Raises Unavailable, always."""
        raise Unavailable(self._why)


class Watching(Follower):
    """Looks how far the read models have come, and moves none: here nothing can be written."""

    follows = False


class Replica:
    """Stands in place of a recorder. Use as a context manager, or start() and stop()."""

    def __init__(self, settings: Settings) -> None:
        database = Database(settings.database, keys=Path(settings.contacts))
        if database.is_postgres:
            database.hosts.prefers = "standby"
            database.access = Database(settings.database).access
        self.ledger = Reading(settings, database)
        self.standing = Watching(database, [view() for view in ALL_VIEWS], poll_s=POLL_S)

    def launch(self) -> None:
        """See Beside: there is no process."""

    def start(self) -> None:
        """Begin to look. Raises NotMigrated."""
        migrations.prepare(self.ledger.database)
        self.standing.start()

    def stop(self) -> None:
        """End."""
        self.standing.stop()
        self.ledger.database.close()

    def __enter__(self) -> "Replica":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
