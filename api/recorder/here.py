"""Recording and following in this process."""

from pathlib import Path

import migrations
from api.recorder.door import door_of
from api.recorder.telemetry import of_process
from api.settings import Settings
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from projections.engine.following import Follower
from projections.engine.runner import ensure
from projections.every.views import ALL_VIEWS


class Here:
    """A Ledger, and a Follower behind it. Use as a context manager, or start() and stop().

    ledger   one already started, which its owner stops; else one of its own, by the settings
    holder   the process that people stop to stop this one
    """

    def __init__(self, settings: Settings, ledger: Ledger | None = None, *, holder: int | None = None) -> None:
        self._owned = ledger is None
        self.ledger = ledger or Ledger(
            Database(settings.database, holder=holder, keys=Path(settings.contacts)),
            CONTEXTS,
            data_class=settings.data_class,
            days=settings.days,
            queue_max=settings.queue_max,
        )
        self._door = door_of(self.ledger, self.ledger.database) if self._owned else None
        self.standing = Follower(self.ledger.database, [view() for view in ALL_VIEWS])
        self._telemetry = of_process()

    def start(self) -> None:
        """Bring the tables up to date, then begin. Raises NotMigrated, AlreadyOpen, NotSafe, OutOfStep."""
        database = self.ledger.database
        if self._owned:
            migrations.prepare(database)
            self.ledger.start()
            if self._door is not None:
                self._door.open()
        try:
            ensure(database, [view() for view in ALL_VIEWS])
            self.standing.start()
        except BaseException:
            self.stop()
            raise
        self.ledger.on_recorded.append(self.standing.wake)
        if self._telemetry is not None:
            self.ledger.on_passed.append(self._telemetry.passed)

    def stop(self) -> None:
        """Record what was asked, then end."""
        if self._door is not None:
            self._door.shut()
        if self._owned:
            self.ledger.stop()
        if self._door is not None:
            self._door.see_off()
        if self.standing.wake in self.ledger.on_recorded:
            self.ledger.on_recorded.remove(self.standing.wake)
        if self._telemetry is not None and self._telemetry.passed in self.ledger.on_passed:
            self.ledger.on_passed.remove(self._telemetry.passed)
        self.standing.stop()
        if self._owned:
            self.ledger.database.close()

    def __enter__(self) -> "Here":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
