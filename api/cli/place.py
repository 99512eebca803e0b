"""Which ledger is meant, and what can be in its way.

Stop           end with one clear sentence and an exit code
Errors, InContext    how errors are written: in a frame on a terminal, elsewhere as one plain line
Family         a command group in which known failures end as a Stop, never as a traceback
Later          a Family whose commands are read once somebody asks for one
data_option    --data DIR
together       what may not be said together
names_of       completes what is typed by the names on record of a kind, such as leases
command_of     a command from what was typed, or what is wrong with it in words
ended_as_by_ctrl_c    SIGTERM ends what is being done as Ctrl-C does
settings_of, existing, migrated    the ledger's settings and database; readable: for those who only read
"""

import gc
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import closing, contextmanager, suppress
from importlib import import_module
from pathlib import Path
from signal import SIGTERM, default_int_handler, signal
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click
from click.exceptions import Exit

if TYPE_CHECKING:
    from msgspec import Struct

    from api.settings import Settings, Written
    from ledger.log.database import Database

SEEN_YOUNG = 20_000
"""New objects after which garbage is looked for among them, as in a server."""
FAILED, USAGE, BROKEN, NOT_FOUND, CONFLICT, REFUSED, NOT_ALLOWED, UNAVAILABLE = 1, 2, 3, 4, 5, 6, 7, 8

C = TypeVar("C", bound=Callable[..., Any])
K = TypeVar("K", bound="Struct")


class Stop(click.ClickException):
    """One sentence for the person, one exit code for their script."""

    exit_code: int  # type: ignore[misc] # click declares it for the class, and reads it from the instance

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.exit_code = code


class Errors(click.RichHelpFormatter):
    """Errors in a frame on a terminal; elsewhere as one plain line each, which a script can search."""

    def write_error(self, e: click.ClickException) -> None:
        """Write an error that ends the command to standard error."""
        if sys.stderr.isatty():
            super().write_error(e)
        else:
            e.show()


class InContext(click.RichContext):
    """The context of every command: its errors are written by Errors."""

    formatter_class = Errors


class Family(click.RichGroup):
    """A group that says what went wrong in one sentence. MCSC_DEBUG=1 shows the traceback instead."""

    context_class = InContext

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Begin. Garbage is looked for seldom: what a command imports stays until it ends, and to look through it again
        and again is a tenth of a short one."""
        gc.set_threshold(SEEN_YOUNG)
        return super().main(*arguments, **options)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; turn known failures into a Stop. What it leaves in the access log is written at the end."""
        try:
            return super().invoke(ctx)
        except (Exit, click.ClickException, click.Abort, KeyboardInterrupt, BrokenPipeError):
            raise
        except Exception as error:
            if os.environ.get("MCSC_DEBUG"):
                raise
            raise known(error) from error
        finally:
            if ctx.parent is None and (actor := sys.modules.get("api.cli.actor")) is not None:
                actor.write_noted()


class Later(Family):
    """A group whose commands are the COMMANDS of another module, its `room`, read once somebody asks for one; `table`:
    those of another table there.

    So that module may import whatever it needs, and `mcsc --help` answers at once.
    """

    _room: str | None = None

    def __init__(self, *arguments: Any, room: str, table: str = "COMMANDS", **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._room, self._table = room, table

    @property
    def commands(self) -> MutableMapping[str, click.Command]:
        """The commands by name; none while the group itself is being made."""
        room = None if self._room is None else import_module(self._room)
        found: MutableMapping[str, click.Command] = {} if room is None else getattr(room, self._table)
        return found

    @commands.setter
    def commands(self, given: MutableMapping[str, click.Command]) -> None:
        """Take none: they stand in the room."""
        assert not given


def known(error: Exception) -> Stop:
    """Turn a failure into a Stop: one sentence for the person at the keyboard."""
    from sqlalchemy.exc import DBAPIError

    from api.http.problems import Problem
    from api.recorder.beside import NotStarted
    from api.settings import BadSetting
    from ledger.log.backup import BackupExists, BackupFaulty, NotABackup, NotWritten
    from ledger.log.checkpoint import NotChecked
    from ledger.log.database import STANDBY, AlreadyOpen, NotSafe, is_read_only
    from ledger.log.directories import BadAddress
    from ledger.log.envelope import UnknownFact
    from ledger.log.restoring import NotAllowedHere, StillOpen
    from ledger.log.verify import Altered
    from ledger.recording.outcome import KeyReused, NotDone
    from migrations import NotMigrated
    from projections.engine.basis import BadBasis
    from projections.engine.view import OutOfStep, RowsAltered

    match error:
        case Altered():
            return Stop(f"The ledger was altered. {error}", BROKEN)
        case RowsAltered():
            return Stop(f"A read model was altered; `mcsc check` names each row. {error}", BROKEN)
        case UnknownFact():
            return Stop(f"A fact cannot be read; a newer version wrote it, or it was altered: {error}", BROKEN)
        case BackupFaulty() | NotChecked():
            return Stop(str(error), BROKEN)
        case NotABackup():
            return Stop(str(error), NOT_FOUND)
        case NotWritten():
            return Stop(str(error), FAILED)
        case NotAllowedHere():
            return Stop(str(error), NOT_ALLOWED)
        case NotSafe():
            return Stop(f"Nothing is recorded on this database: {error}", UNAVAILABLE)
        case KeyReused() | BackupExists():
            return Stop(str(error), CONFLICT)
        case AlreadyOpen() | StillOpen() | NotDone() | NotMigrated() | NotStarted() | OutOfStep():
            return Stop(str(error), UNAVAILABLE)
        case BadSetting() | BadBasis() | BadAddress():
            return Stop(str(error), USAGE)
        case Problem():
            return Stop(error.detail, NOT_FOUND if error.status == 404 else USAGE)
        case DBAPIError() if is_read_only(error):
            return Stop(f"Nothing is recorded on this database: {STANDBY}", UNAVAILABLE)
        case DBAPIError():
            return Stop(f"The database does not answer: {error.orig}", UNAVAILABLE)
    return Stop(f"{type(error).__name__}: {error} (a fault of ours; MCSC_DEBUG=1 shows where)", FAILED)


def exit_code(kind: str) -> int:
    """The exit code of a refusal, by its kind."""
    return {"unknown": NOT_FOUND, "conflict": CONFLICT}.get(kind, REFUSED)


def data_option(default: str = "data") -> Callable[[C], C]:
    """--data DIR, or MCSC_DATA."""
    return click.option(
        "--data",
        "data",
        type=click.Path(path_type=Path, file_okay=False),
        envvar="MCSC_DATA",
        default=default,
        show_default=True,
        help="The directory that holds the ledger; its mcsc.toml may name a PostgreSQL database.",
    )


def command_of(kind: type[K], **given: Any) -> K:
    """A command, or what one is made of, each field as it may be written. Raises Stop, which says the rule in words."""
    import msgspec

    from api.http.problems import fault_of

    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        fault = fault_of(error)
        name = (fault.pointer or "").removeprefix("/").replace("/", ".")
        written = f" {given[name]!r}" if isinstance(given.get(name), str) else ""
        raise Stop(f"{name.replace('_', ' ')}{written}: {fault.detail}.", USAGE) from error


def together(why: str, one_of: Mapping[str, bool], none_of: Mapping[str, bool]) -> None:
    """Check that at most one option of some is given, and none of others with it. Raises Stop, which says `why`."""
    given = [name for name, is_given in one_of.items() if is_given]
    if given and (others := [*given[1:], *(name for name, is_given in none_of.items() if is_given)]):
        raise Stop(f"{given[0]} {why}: leave {' and '.join(others)} out.", USAGE)


COMPLETED = 100


def names_of(*kinds: str) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """Complete what is typed by names on record of these kinds; by none, where the ledger cannot be read."""

    def complete(context: click.Context, _parameter: click.Parameter, typed: str) -> list[str]:
        from ledger.log.database import Database
        from projections.engine.names import beginning

        data = Path(context.params.get("data") or os.environ.get("MCSC_DATA") or "data")
        found: list[str] = []
        with suppress(Exception), closing(Database(settings_of(data).database)) as database:
            if database.exists():
                with database.views.connect() as connection:
                    for kind in kinds:
                        found += beginning(connection, kind, typed, COMPLETED)
        return found

    return complete


@contextmanager
def ended_as_by_ctrl_c() -> Iterator[None]:
    """Let SIGTERM interrupt what is done here, so that what it began is cleared away, and who works beside it ends."""
    before = signal(SIGTERM, default_int_handler)
    try:
        yield
    finally:
        signal(SIGTERM, before)


def settings_of(data: Path) -> "Settings":
    """The settings of a data directory. Raises BadSetting."""
    from api.settings import load

    return load(data, os.environ)


def migrated(data: Path) -> tuple["Settings", "Database"]:
    """The ledger, made or brought to the newest tables where that is ours to do (SQLite)."""
    import migrations
    from api.recorder.runtime import log_to_stderr
    from ledger.log.database import Database

    settings = settings_of(data)
    log_to_stderr(_in_words(settings.log))
    database = Database(settings.database, keys=Path(settings.contacts))
    migrations.prepare(database)
    return settings, database


def _in_words(written: "Written") -> "Written":
    """Choose the form of a command line's log: words, also where it is no terminal, unless JSON is asked for."""
    return "text" if written == "auto" else written


def existing(data: Path) -> tuple["Settings", "Database"]:
    """The ledger, which must be there. Raises Stop."""
    from ledger.log.database import Database

    with closing(Database(settings_of(data).database)) as database:
        there, where, is_postgres = database.exists(), database.display_name, database.is_postgres
    if not there:
        way = "`mcsc demo` builds one"
        if is_postgres:
            way = "`mcsc migrate` makes its tables, `mcsc init` begins one, `mcsc import log FILE` moves one there"
        raise Stop(f"There is no ledger in {where}. {way}; --data names another place.", NOT_FOUND)
    return migrated(data)


@contextmanager
def readable(data: Path) -> "Iterator[tuple[Settings, Database]]":
    """The ledger, which must be there, for those who only read. Raises Stop.

    Read models are kept beside the log; where nothing can be written there, such as in a backup, a copy is read.
    """
    import migrations
    from api.cli.display import say
    from api.recorder.runtime import log_to_stderr
    from ledger.log.database import Database

    settings = settings_of(data)
    directory = None if Database(settings.database).is_postgres else Path(settings.database)
    if directory is None or not (directory / "ledger.db").exists() or _writable(directory):
        settings, database = existing(data)
        with closing(database):
            yield settings, database
        return
    with TemporaryDirectory(prefix="mcsc-") as copied:
        for file in directory.glob("*.db*"):
            shutil.copyfile(file, Path(copied, file.name))
        say(f"Nothing can be written into {directory}; a copy of it is read.")
        log_to_stderr(_in_words(settings.log))
        database = Database(copied)
        migrations.prepare(database)
        with closing(database):
            yield settings, database


def _writable(directory: Path) -> bool:
    """Tell whether the files of a ledger in SQLite, and others beside them, can be written."""
    return all(os.access(path, os.W_OK) for path in (directory, *directory.glob("*.db*")))
