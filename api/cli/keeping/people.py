"""forget: the keys of people who were erased, destroyed wherever a copy is; and keys in backups, there and back.

keep_keys   into a backup; put_keys: out of one, but for those whom the log, or this place, knows as erased
keys_found  what doctor says of the keys
"""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from api.cli.display import say
from api.cli.keeping import objects
from api.cli.keeping.objects import BackupPlace
from api.cli.place import CONFLICT, NOT_FOUND, Stop, data_option, readable

if TYPE_CHECKING:
    from ledger.log.database import Database

CONTACTS = "contacts"


@click.command()
@click.argument("backups", nargs=-1, type=BackupPlace(exists=True, file_okay=False, path_type=Path))
@data_option()
def forget(backups: tuple[Path | str, ...], data: Path) -> None:
    """Destroy the keys of everybody whom the log says is erased: here, and in BACKUPS that still hold them.

    \b
    mcsc record erase.ndjson                       (erase-contact: it destroys the key of this ledger at once)
    mcsc forget /backups/2026-11-*                 a backup made before holds it still
    mcsc forget s3://bucket/mcsc                   and all at an address and beneath

    A backup stays as it was otherwise, and its root; one of another ledger is left alone. What cannot be read here (a
    tape, another house's copy) has to be kept from being restored: the log of a backup from before the erasure does
    not know of it. A bucket that keeps versions has to let old ones go.
    """
    from ledger.log import store
    from ledger.recording.personal import Keys, erased, sweep

    addresses = [backup for backup in backups if isinstance(backup, str)]
    directories = [backup for backup in backups if isinstance(backup, Path)]
    for backup in directories:
        if not (backup / "backup.json").exists():
            raise Stop(f"{backup} is no backup of a ledger: it has no backup.json.", NOT_FOUND)
    with readable(data) as (settings, database), database.views.connect() as connection:
        subjects = erased(connection)
        places = [Path(settings.contacts), *(backup / CONTACTS for backup in directories)]
        known = partial(store.is_beginning, connection)
        for backup in directories:
            if not known(root := json.loads((backup / "backup.json").read_bytes())["root"]):
                said = f"{backup} is of another ledger, or of facts that are not here ({root}): nothing was destroyed."
                raise Stop(said, CONFLICT)
        stores = [(address, objects.store_of(address, settings)) for address in addresses]
        found = [(address, objects.forgotten(place, address, subjects, known)) for address, place in stores]
    for place in places:
        gone = sweep(Keys(place), subjects) if place.is_dir() else []
        say(f"✓ {place}: {len(gone):,} keys destroyed{': ' if gone else ''}{', '.join(gone)}")
    for address, (gone, others, unlisted) in found:
        say(f"✓ {address}: keys of {len(gone):,} people deleted{': ' if gone else ''}{', '.join(gone)}")
        for other in others:
            say(f"‼ {other} is of another ledger, or of facts that are not here: it was left as it is.")
        if unlisted:
            say(f"‼ {address}: {unlisted:,} keys lie there that belong to no whole backup: delete them in the store.")
    say(f"{len(subjects):,} people are erased in this ledger.")


def keep_keys(keys: Path, part: Path) -> None:
    """Copy keys into a backup, and say so: who has it can read the people in it."""
    from ledger.recording.personal import Keys

    if not keys.is_dir():
        return
    count = Keys(keys).copy(Keys(part / CONTACTS))
    say(f"✓ {count:,} keys of people's data; whoever is erased later: `mcsc forget` takes them out of this backup too")


def put_keys(backup: Path, keys: Path, database: "Database") -> None:
    """Put the keys of a backup back, but for those whom the restored log says are erased, or who were erased here."""
    from ledger.recording.personal import Keys, erased, sweep

    if not (backup / CONTACTS).is_dir():
        return
    ours = Keys(keys)
    with database.views.connect() as connection:
        known = erased(connection)
    since = [
        subject for subject in Keys(backup / CONTACTS).subjects() if ours.is_gone(subject) and subject not in known
    ]
    Keys(backup / CONTACTS).copy(ours)
    sweep(ours, known)
    say(f"✓ {len(list(ours.subjects())):,} keys of people's data in {keys}")
    if since:
        said = ", ".join(since)
        say(f"‼ Erased after that backup, and not put back: {said}. Record `erase-contact` of each again.")
    say("‼ Whoever was erased elsewhere since that backup can be read here again: erase them again.")


def keys_found(database: "Database") -> Iterator[tuple[bool, str, str]]:
    """Tell how many keys there are, and whether one is there that the log says is destroyed."""
    from ledger.recording.personal import Keys, erased

    assert database.keys is not None, "settings say where keys are"
    there = set(Keys(database.keys).subjects())
    with database.views.connect() as connection:
        gone = set(erased(connection))
    yield (
        not (left := there & gone),
        f"{len(there):,} keys of people's data; {len(gone):,} people erased",
        (f"`mcsc forget` destroys those of {', '.join(sorted(left))}"),
    )
