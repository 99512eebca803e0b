"""backup, restore: a copy of the ledger that is proved, and the way back from it."""

import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import rich_click as click

from api.cli.display import Progress, say
from api.cli.keeping import objects
from api.cli.keeping.objects import BackupPlace
from api.cli.keeping.people import CONTACTS, keep_keys, put_keys
from api.cli.keeping.verifying import roots_of
from api.cli.place import (
    CONFLICT,
    NOT_FOUND,
    UNAVAILABLE,
    USAGE,
    Stop,
    data_option,
    ended_as_by_ctrl_c,
    settings_of,
    together,
)

if TYPE_CHECKING:
    from api.settings import Settings
    from ledger.log.backup import BackupNote
    from ledger.log.database import Database
    from ledger.log.restoring import Gone

PART = "restore.part"
DOCUMENTS = "documents"
OWN = ("ledger.", "projections.", "access.", "mcsc.toml", "replaced-", DOCUMENTS, CONTACTS, PART)
"""How the names of files in a ledger's directory begin."""
WRITTEN = "# Written by `mcsc restore`: the settings of the ledger that was backed up."
NOTE_NAME = "the backup's note"
KINDS_SHOWN = 12
ROOT_SHOWN = 8


@click.command()
@click.argument("directory", type=BackupPlace(path_type=Path))
@data_option()
@click.option("--list", "listing", is_flag=True, help="The backups at an address s3://… and beneath; write none.")
def backup(directory: Path | str, data: Path, listing: bool) -> None:
    """Write a backup of the ledger into a new DIRECTORY, or to s3://BUCKET/PREFIX, and prove it; it may be served.

    \b
    mcsc backup /backups/$(date +%F)       each night; keep the line it prints
    mcsc backup s3://bucket/mcsc/$(date +%F)   AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY
                                           (and AWS_REGION) are in the environment
    mcsc restore /backups/2026-11-27 --data try-out    now and then: a trial,
                                           into an empty directory

    It holds every fact and receipt up to one instant, in a SQLite file that goes back into SQLite or PostgreSQL,
    the documents that are kept, and the keys of people's data: keep it from strangers. What was copied is verified and
    replayed before it takes its name; its SIZE:ROOT is printed, and kept beside it in backup.json, with the settings
    that belong to the ledger (its data class among them; no address, no secret).
    Nothing is ever overwritten. Read models are not in it: they are made anew.

    To s3:// it is made here first (TMPDIR), then sent; each file is read back and held against its SHA-256, and only
    then is it listed. Another store than Amazon's: s3_endpoint in mcsc.toml (or MCSC_S3_ENDPOINT), https. A file that
    was cut off in the middle is nowhere to be seen; let the bucket's lifecycle delete unfinished uploads.

    A copy of the data directory made while the ledger is served is no backup: most such copies do not verify.
    """
    settings = settings_of(data)
    if listing or isinstance(directory, str):
        _of_objects(str(directory), settings, listing=listing)
        return
    note = _written(settings, directory)
    click.echo(note.root)
    say(f"✓ {directory}: {note.size:,} facts, {note.bytes:,} bytes, verified and replayed; keep that line elsewhere")


def _of_objects(address: str, settings: "Settings", *, listing: bool) -> None:
    """List the backups in a store of objects, or write one into it."""
    if not address.startswith(objects.SCHEME):
        raise Stop("--list is for s3://BUCKET/PREFIX; of a directory `ls` tells.", USAGE)
    store = objects.store_of(address, settings)
    if listing:
        found = objects.listed(store, address)
        for name, index in found:
            click.echo(f"{name}\t{index.made_at}\t{index.bytes}\t{index.root}")
        say(f"{len(found):,} backups: address, made at, bytes, SIZE:ROOT")
        return
    objects.check_free(store, address)
    with TemporaryDirectory(prefix="mcsc-") as made, ended_as_by_ctrl_c():
        note = _written(settings, Path(made, "backup"))
        with Progress("bytes sent") as progress:
            index = objects.send(store, address, Path(made, "backup"), progress)
    click.echo(note.root)
    say(f"✓ {address}: {note.size:,} facts, {index.bytes:,} bytes, verified and read back; keep that line elsewhere")


def _written(settings: "Settings", directory: Path) -> "BackupNote":
    """Write a backup into a directory. Raises Stop where there is no ledger, or an altered one."""
    from api.settings import noted
    from ledger.log.backup import back_up
    from ledger.log.database import Database
    from ledger.log.verify import Altered

    database = Database(settings.database, keys=Path(settings.contacts))
    with closing(database), Progress("facts verified") as progress:
        if not database.exists():
            raise Stop(f"There is no ledger in {database.display_name}; --data names another place.", NOT_FOUND)
        try:
            return back_up(
                database,
                directory,
                make_tables=_made,
                progress=progress,
                settings=noted(settings),
                beside=lambda part: _copy_beside(settings, part),
            )
        except Altered as error:
            raise Stop(f"No backup was written: the ledger itself is not as it was sealed. {error}", 3) from error


@click.command()
@click.argument("directory", type=BackupPlace(path_type=Path))
@data_option()
@click.option("--root", "roots", multiple=True, metavar="SIZE:HEX", help="A root written down elsewhere; may repeat.")
@click.option("--dry-run", is_flag=True, help="Prove the backup and say what would be gone; change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask, although facts will be gone.")
def restore(directory: Path | str, data: Path, roots: tuple[str, ...], dry_run: bool, yes: bool) -> None:
    """Put a backup (a DIRECTORY, or s3://BUCKET/PREFIX) in the place of the ledger in --data, or where there is none.

    \b
    mcsc restore /backups/2026-11-27 --dry-run   while it is served: what is
                                                 there that the backup lacks?
    mcsc restore /backups/2026-11-27             stop the server first

    The backup is proved before anything is changed: replayed, and held against the root beside it and those that you
    give with --root. Where the ledger that is there holds facts that the backup does not, it says which positions, by
    whom and of what kind, and asks. That ledger is kept aside: in DATA/replaced-…, on PostgreSQL in a schema of that
    name. Then read models are made anew; the backup's settings are written where there is no mcsc.toml yet, and what
    differs is said. A ledger that somebody still serves or reads is not replaced.

    Into PostgreSQL, give the address that `mcsc migrate` is given: tables are made.
    """
    together("changes nothing", {"--dry-run": dry_run}, {"--yes": yes})
    expect = roots_of(roots)
    if isinstance(directory, Path):
        _restored(directory, data, expect, dry_run=dry_run, yes=yes)
        return
    store = objects.store_of(directory, settings_of(data))
    with TemporaryDirectory(prefix="mcsc-") as fetched:
        with Progress("bytes fetched") as progress:
            objects.fetch(store, directory, Path(fetched), progress)
        _restored(Path(fetched), data, expect, dry_run=dry_run, yes=yes)


def _restored(directory: Path, data: Path, expect: dict[int, str], *, dry_run: bool, yes: bool) -> None:
    """Put a backup's directory in the place of a ledger. Raises Stop."""
    from ledger.log.backup import read_note
    from ledger.log.database import Database

    read_note(directory)
    database = Database(settings_of(data).database)
    with closing(database), ExitStack() as held:
        if not database.is_postgres:
            _check_place(database.directory, directory)
            if not dry_run:
                held.enter_context(_held(database))
        with _read_back(database, directory, expect, beside=not (dry_run or database.is_postgres)) as (part, note):
            say(f"✓ {directory}: {note.size:,} facts as they were sealed, made {note.made_at:%Y-%m-%d %H:%M} UTC")
            there = _told(database, part)
            if dry_run:
                _settings(database, data, note, dry_run=True)
                if not database.is_postgres and database.is_recording():
                    say("A process records there: stop it before that backup is put in its place.")
                say("Nothing was changed.")
                return
            if there is None or there.facts:
                _confirm(there, yes)
            _put(database, part, there)
        _settings(database, data, note)
        _copy_documents(directory / DOCUMENTS, Path(settings_of(data).documents))
        put_keys(directory, Path(settings_of(data).contacts), database)
        make_read_models(database)
    click.echo(note.root)
    say(f"✓ {database.display_name} is the ledger of that backup now")


def _copy_beside(settings: "Settings", part: Path) -> None:
    _copy_documents(Path(settings.documents), part / DOCUMENTS)
    keep_keys(Path(settings.contacts), part)


def _copy_documents(shelf: Path, to: Path) -> None:
    """Copy the documents that are kept, and say how many; those that are not what they were are left, and named."""
    from api.documents.shelf import Shelf

    count, wrong = Shelf(shelf).copy(to)
    if count:
        say(f"✓ {count:,} documents in {to}, each held against its SHA-256")
    for what in wrong:
        say(f"‼ {what}")


@contextmanager
def _held(database: "Database") -> Iterator[None]:
    """Hold a data directory (SQLite) alone; one that was made for it goes again where no ledger came into it."""
    from ledger.log.database import AlreadyOpen
    from ledger.log.directories import make_directory

    directory = database.directory
    made = not directory.exists()
    make_directory(directory)
    try:
        with database.only_writer():
            yield
    except AlreadyOpen as error:
        raise Stop(f"A ledger that is at work is not replaced: {error}", UNAVAILABLE) from error
    finally:
        if made and not database.exists():
            shutil.rmtree(directory, ignore_errors=True)


def _settings(database: "Database", data: Path, note: "BackupNote", *, dry_run: bool = False) -> None:
    """Write the settings of the backup's ledger where there are none yet, and say what is otherwise here."""
    from api.settings import FILE, BadSetting, differing, in_toml, write

    file = data / FILE
    if note.settings is None:
        say(f"‼ The backup does not say under which settings it was recorded; compare {file} before you record there.")
        return
    try:
        otherwise = differing(note.settings, settings_of(data), NOTE_NAME)
        if otherwise and not file.exists() and (data.is_dir() or database.where == str(data)):
            if dry_run:
                say(f"{file} would be written: {_listed(otherwise)}.")
                return
            write(data, f"{WRITTEN}\n{in_toml(otherwise)}")
            say(f"✓ {file}: {_listed(otherwise)}")
            otherwise = differing(note.settings, settings_of(data), NOTE_NAME)
    except BadSetting as error:
        say(f"‼ The backup's settings are not taken over: {error}")
        return
    if otherwise:
        listed = _listed(otherwise)
        say(f"‼ The ledger that was backed up had other settings ({listed}): see to {file} before you record there.")


def _listed(settings: "Mapping[str, Any]") -> str:
    from api.settings import in_toml

    return ", ".join(in_toml(settings).splitlines())


def _check_place(target: Path, directory: Path) -> None:
    """Check that a ledger may be put there: over another, or where nothing else is. Raises Stop."""
    from ledger.log.backup import NOTE

    if target.resolve() == directory.resolve() or (target / NOTE).exists():
        raise Stop(f"{target} is a backup itself; --data names the ledger's directory.", USAGE)
    if target.exists() and not target.is_dir():
        raise Stop(f"{target} is not a directory; --data names the ledger's.", USAGE)
    others = [path.name for path in target.iterdir() if not path.name.startswith(OWN)] if target.exists() else []
    if others and not (target / "ledger.db").exists():
        raise Stop(
            f"{target} holds something else ({', '.join(sorted(others)[:3])}), and no ledger; --data names the place.",
            USAGE,
        )


@contextmanager
def _read_back(
    database: "Database", directory: Path, expect: dict[int, str], *, beside: bool
) -> "Iterator[tuple[Database, BackupNote]]":
    """The backup, read into a ledger of its own and proved there: `beside` the one to replace, so that it can be moved
    there in one step; else anywhere.
    """
    from ledger.log.backup import read_back
    from ledger.log.database import Database

    with ExitStack() as stack:
        if not beside:
            where = Path(stack.enter_context(TemporaryDirectory(prefix="mcsc-")))
        else:
            where = database.directory / PART
            shutil.rmtree(where, ignore_errors=True)
            stack.callback(shutil.rmtree, where, ignore_errors=True)
        part = Database(where)
        stack.callback(part.close)
        with Progress("facts verified") as progress:
            _made(part)
            note = read_back(directory, part, expect=expect, progress=progress)
        yield part, note


def _told(database: "Database", part: "Database") -> "Gone | None":
    """Say what the ledger that is there holds beyond the backup; None where it cannot be read. No ledger: nothing."""
    from ledger.log.restoring import Gone, gone

    if not database.exists():
        say(f"{database.display_name} holds no ledger yet.")
        return Gone("", 0, 0, 0)
    try:
        there = gone(database, part)
    except Exception as error:  # a ledger that is damaged in any way is what people restore
        why = str(getattr(error, "orig", None) or error)
        say(
            f"‼ The ledger in {database.display_name} cannot be read ({why}):"
            " what it holds beyond the backup is unknown."
        )
        return None
    for line in _lines(database.display_name, there):
        say(line)
    return there


def _lines(name: str, there: "Gone") -> Iterator[str]:
    from ledger.log.envelope import from_micros

    if not there.facts:
        more = f", which holds {there.other:,} more" if there.other else ""
        yield f"Nothing will be gone: all {there.common:,} facts in {name} are in the backup{more}."
        return
    if not there.common:
        yield f"‼ {name} is another ledger: not one of its facts is in the backup."
    elif there.other:
        beyond = f"{there.other:,} facts of the backup are not in {name}"
        yield f"‼ The two went apart after position {there.common:,}: {beyond}."
    first, last = there.common + 1, there.common + there.facts
    yield (
        f"Gone will be positions {first:,} to {last:,} ({there.facts:,} facts), recorded"
        f" {_minute(from_micros(there.first_us))} to {_minute(from_micros(there.last_us))} UTC:"
    )
    by_actor: dict[str, Counter[str]] = {}
    for (actor, kind), count in there.by.items():
        by_actor.setdefault(actor, Counter())[kind] += count
    for actor, kinds in sorted(by_actor.items(), key=lambda found: (-found[1].total(), found[0])):
        shown = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common(KINDS_SHOWN))
        others = f", … ({len(kinds) - KINDS_SHOWN} more kinds)" if len(kinds) > KINDS_SHOWN else ""
        yield f"  by {actor}: {shown}{others}"


def _minute(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M}"


def _confirm(there: "Gone | None", yes: bool) -> None:
    """Have somebody say that these facts may go. Raises Stop."""
    if yes:
        return
    if not _terminal():
        raise Stop("Nothing was changed: facts would be gone. Say so with --yes.", CONFLICT)
    size, _, root = (there.head if there is not None else "unreadable").partition(":")
    wanted = f"{size}:{root[:ROOT_SHOWN]}" if root else size
    if (
        click.prompt(f"To put the backup in its place, type {wanted}", err=True, default="", show_default=False)
        != wanted
    ):
        raise Stop("Nothing was changed.", CONFLICT)


def _terminal() -> bool:
    """Tell whether somebody is there to be asked."""
    return sys.stdin.isatty()


def _put(database: "Database", part: "Database", there: "Gone | None") -> None:
    import migrations
    from ledger.log.restoring import put_files, put_tables

    if not database.is_postgres:
        part.close()
        aside = put_files(database, part.directory)
        kept = (
            aside and f"What was there is kept in {aside} (`mcsc verify --data {aside}`); remove it once all is well."
        )
    else:
        with Progress("facts written") as progress:
            schema, _ = put_tables(database, part, make_tables=migrations.bring_up, there=there, progress=progress)
        kept = schema and (
            f"What was there is kept in the schema {schema} (an address that ends in ?options=-csearch_path%3D{schema}"
            " leads there); drop it once all is well."
        )
    if kept:
        say(kept)


def _made(database: "Database") -> None:
    import migrations

    migrations.upgrade(database)


def make_read_models(database: "Database") -> None:
    """Bring the read models to the head, each in the version of this program."""
    import migrations
    from projections.engine.runner import catch_up, ensure
    from projections.every.views import ALL_VIEWS

    migrations.prepare(database)
    views = [view() for view in ALL_VIEWS]
    with Progress("facts brought into the read models") as progress:
        ensure(database, views)
        catch_up(database, views, progress)
