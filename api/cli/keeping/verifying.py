"""verify, doctor: is the ledger as it was sealed, and all well that it rests on?"""

import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click
from click.exceptions import Exit

from api.cli.display import Progress, say
from api.cli.place import BROKEN, FAILED, USAGE, Stop, data_option, known, readable, settings_of

if TYPE_CHECKING:
    from api.settings import Settings
    from ledger.log.database import Database

MARKS = {True: "✓", False: "✗"}
LOUD = "‼"
NAMED = 3
"""Of the documents that are not here so many are named; `mcsc document list --missing` names all."""


@click.command()
@data_option()
@click.option("--root", "roots", multiple=True, metavar="SIZE:HEX", help="A root written down elsewhere; may repeat.")
@click.option(
    "--checkpoint",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A checkpoint kept elsewhere: was history only added to since? May repeat.",
)
@click.option("--key", "vkeys", multiple=True, help="A public key (vkey) that checks it, beside those on record here.")
@click.option("--receipts", multiple=True, metavar="SIZE:HEX", help="The same of receipts; may repeat.")
@click.option("--access", multiple=True, metavar="SIZE:HEX", help="The same of the access log; may repeat.")
def verify(
    data: Path,
    roots: tuple[str, ...],
    files: tuple[Path, ...],
    vkeys: tuple[str, ...],
    receipts: tuple[str, ...],
    access: tuple[str, ...],
) -> None:
    """Prove that nothing was altered: recompute every leaf, every stored subtree, the root and the head.

    Receipts (answers kept under their keys) are proved the same way, and held against the facts that they name; the
    access log is a chain of its own. Exit code 3 names the first altered place. What this proves rests on the head in
    the same database: keep the root or a checkpoint somewhere else, and give it back with --root or --checkpoint. No
    checkpoint holds the receipts, so no receipt of a refusal: their own root is kept and given back with --receipts;
    that of the access log with --access.
    """
    from ledger.log.access_log import check as check_access
    from ledger.log.verify import verify as check

    expect, answered = list(roots_of(roots).items()), roots_of(receipts, "--receipts")
    accessed = roots_of(access, "--access")
    with readable(data) as (_, database):
        if files:
            from api.cli.keeping.proving import since

            with database.views.connect() as connection:
                expect += [since(connection, file, vkeys) for file in files]
        with Progress("facts verified") as progress:
            verified = check(database, expect=_agreed(expect), receipts=answered, progress=progress)
        accesses = check_access(database, expect=accessed)
    click.echo(f"{verified.size}:{verified.root}")
    sealed = f"{verified.size:,} facts and {verified.receipts:,} receipts"
    say(f"✓ all {sealed} are as they were sealed; keep that line elsewhere")
    say(f"✓ receipts: {verified.receipts}:{verified.receipts_root}; keep this as well, no checkpoint holds it")
    gone = f" (the first {accesses.cut:,} were cut off)" if accesses.cut else ""
    say(f"✓ all {accesses.size - accesses.cut:,} entries of the access log{gone}: {accesses.size}:{accesses.hash}")
    for size in sorted(size for size in accessed if size < accesses.cut):
        say(f"‼ --access {size}: the entries up to there were cut off; nothing can be told of them")
    for file in files:
        say(f"✓ history was only added to since {file}")
    said = NOT_COVERED + ("" if answered else NO_RECEIPTS) + ("" if expect else NO_ROOT)
    say(f"{said}.")


NOT_COVERED = "Not covered: read models (`mcsc check` holds them against the log); whether what was recorded is true"
NO_RECEIPTS = "; without --receipts: receipts of refusals, should somebody have rewritten them together with the head"
NO_ROOT = "; without --root or --checkpoint: a log that was rewritten as a whole, or cut short, together with its head"


def _agreed(expect: Sequence[tuple[int, str]]) -> dict[int, str]:
    """The roots to be found, by size. Raises Stop where two of one size differ."""
    agreed: dict[int, str] = {}
    for size, root in expect:
        if agreed.setdefault(size, root.lower()) != root.lower():
            raise Stop(f"Two roots of {size} facts differ: there were two histories, whichever this is.", BROKEN)
    return agreed


def roots_of(written: Sequence[str], option: str = "--root") -> dict[int, str]:
    """Read roots, each as SIZE:HEX, by their sizes. Raises Stop."""
    found: dict[int, str] = {}
    for line in written:
        size, _, root = line.partition(":")
        if not re.fullmatch("[0-9]{1,18}", size) or not re.fullmatch("[0-9a-fA-F]{64}", root):
            raise Stop(f"{option} {line}: write it as SIZE:HEX, the line that `mcsc verify` printed.", USAGE)
        if found.setdefault(int(size), root.lower()) != root.lower():
            raise Stop(f"{option}: two roots are given of {size}, and a history has one; which is it?", USAGE)
    return found


# doctor

Finding = tuple[bool, str, str]


@click.command()
@data_option()
def doctor(data: Path) -> None:
    """Check everything that the ledger rests on; each ✗ says what to do. Exit code 1 where there is one.

    ‼ says that names are trusted (MCSC_TRUST_NAMES=1), whatever else is well.
    """
    from api.settings import NAMES_TRUSTED

    findings = list(_findings(data))
    if _trusted(data):
        click.echo(
            f"{LOUD} {NAMES_TRUSTED}\n    → unset MCSC_TRUST_NAMES; `mcsc user map` and `mcsc token create` let in"
        )
    for good, what, remedy in findings:
        click.echo(f"{MARKS[good]} {what}" + (f"\n    → {remedy}" if remedy and not good else ""))
    if not all(good for good, _, _ in findings):
        raise Exit(FAILED)


def _trusted(data: Path) -> bool:
    """Tell whether names are trusted; settings that cannot be read are a finding of their own."""
    from api.settings import BadSetting

    try:
        return settings_of(data).trust_names
    except BadSetting:
        return False


def _findings(data: Path) -> Iterator[Finding]:
    from ledger.log.database import Database

    yield sys.version_info >= (3, 11), f"Python {sys.version.split()[0]}", "use 3.11 or later"
    try:
        settings = settings_of(data)
        database = Database(settings.database, keys=Path(settings.contacts))
        there = database.exists()
    except Exception as error:
        yield False, known(error).message, "mend the settings, or start the database"
        return
    where = database.display_name
    yield there, f"ledger in {where}", "`mcsc demo` builds one, `mcsc serve` begins an empty one; --data names another"
    if there:
        for check in (_tables, _safety, _log, _folded, _read_models):
            yield from _tried(check, database)
        yield from _tried(partial(_outlines, settings=settings), database)
        yield from _tried(_people, database)
        for of_access in (_keys, _admins, _delegations, _documents):
            yield from _tried(partial(of_access, settings=settings), database)
    if not database.is_postgres:
        yield _disk(data)
    database.close()


def _tried(check: "Callable[[Database], Iterator[Finding]]", database: "Database") -> Iterator[Finding]:
    try:
        yield from check(database)
    except Exception as error:
        yield False, known(error).message, "see the findings above, and the log"


def _tables(database: "Database") -> Iterator[Finding]:
    import migrations

    behind = migrations.behind(database)
    what = f"tables at {', '.join(sorted(migrations.newest()))}"
    yield not behind, what if not behind else f"tables lack {', '.join(sorted(behind))}", "`mcsc migrate`"


def _safety(database: "Database") -> Iterator[Finding]:
    from ledger.log.database import NotSafe, could_become_owner, guard

    if login := could_become_owner(database):
        remedy = "serve as another login, to which only mcsc_app is granted; keep this one for `mcsc migrate` (README)"
        yield False, f"the login {login} could become the owner of the log, and take its guards away", remedy
    try:
        for finding in guard(database):
            yield True, finding, ""
    except NotSafe as error:
        for fault in error.faults:
            yield False, *fault.partition(":")[::2]


def _log(database: "Database") -> Iterator[Finding]:
    from sqlalchemy import func, select

    from ledger.log.database import fact
    from ledger.log.store import read_head
    from ledger.recording.clock import lead, said_of

    with database.views.connect() as connection:
        head = read_head(connection)
        size = head.size
        last = connection.execute(select(func.max(fact.c.position))).scalar() or 0
    remedy = "`mcsc verify` names what is missing; `mcsc restore BACKUP --dry-run` says what a backup holds of it"
    yield size == last, f"{last:,} facts, head at {size:,} (`mcsc verify` proves each)", remedy
    if ahead := lead(head, datetime.now(UTC)):
        remedy = "set the clock right; if it is right, wait: nothing is lost, and no fact can be dated anew"
        yield False, said_of(ahead), remedy


def _folded(database: "Database") -> Iterator[Finding]:
    size = database.unfolded_bytes()
    if not size:
        return
    what = f"{size:,} bytes of the log are in ledger.db-wal, not yet in ledger.db"
    remedy = "`mcsc serve`, then stop it; until then keep both files together, a copy of ledger.db alone is older"
    recording = database.is_recording()
    yield recording, f"{what} (as it is while recording)" if recording else what, remedy


def _read_models(database: "Database") -> Iterator[Finding]:
    from sqlalchemy import select

    from ledger.log.store import read_head
    from projections.engine.view import foreign, projection
    from projections.every.views import ALL_VIEWS

    if damage := _damaged(database):
        remedy = "stop `mcsc serve`, delete projections.db* there, then `mcsc rebuild --all`: the log is what is true"
        yield False, f"the file of the read models is damaged: {damage}", remedy
        return
    with database.views.connect() as connection:
        head, others = read_head(connection).size, foreign(connection)
        live = {row.name: row for row in connection.execute(select(projection).where(projection.c.live))}
    for view in ALL_VIEWS:
        row = live.get(view.name)
        if row is None:
            yield True, f"read model {view.name}: not made yet; the next report or `mcsc serve` makes it", ""
        elif row.version != view.version:
            yield False, f"read model {view.name} is of version {row.version}", f"`mcsc rebuild {view.name}`"
        elif view.name in others:
            what = f"read model {view.name} at {row.position:,} was not made from this log"
            remedy = "`mcsc restore BACKUP` puts a backup back and makes them all anew"
            yield False, what, f"`mcsc rebuild {view.name}`; where the log went back and should not have, {remedy}"
        else:
            yield True, f"read model {view.name} at {row.position:,}, {head - row.position:,} behind", ""


def _outlines(database: "Database", settings: "Settings") -> Iterator[Finding]:
    """Parcels whose outline breaks a rule that is younger than they are; a newer one could not be recorded so."""
    from sqlalchemy import select

    from projections.engine.basis import resolve
    from projections.engine.view import foreign, known_position, projection
    from projections.tenancy.sites import ParcelTimeline, SiteTimeline, doubted

    with database.views.connect() as connection:
        live = {row.name: row.version for row in connection.execute(select(projection).where(projection.c.live))}
        if foreign(connection) or any(live.get(one.name) != one.version for one in (SiteTimeline, ParcelTimeline)):
            return  # said above
        known = known_position(connection)
        basis = resolve(connection, effective=None, recorded=None, today=settings.today(), known=known)
        for parcel, doubt in doubted(connection, basis):
            yield False, f"outline of parcel {parcel}: {doubt}", "`correct-parcel` with the outline of the survey"


def _damaged(database: "Database") -> str | None:
    """Say how the file of the read models is damaged (SQLite); None where it is whole."""
    from sqlalchemy.exc import DatabaseError, OperationalError

    if database.is_postgres:
        return None
    try:
        with database.views.connect() as connection:
            said = connection.exec_driver_sql("PRAGMA projections.quick_check(1)").scalar()
    except OperationalError:  # it is busy, or cannot be opened: another finding
        raise
    except DatabaseError as error:
        return str(error.orig)
    return None if said == "ok" else str(said)


def _keys(database: "Database", settings: "Settings") -> Iterator[Finding]:
    from api.http.auth import KeyRing

    ring = KeyRing(database, today=settings.today)
    ring.refresh()
    valid = sum(ring.state(key) == "valid" for key in ring.keys.values())
    yield valid > 0, f"{valid} access keys", "`mcsc token create --actor NAME --role admin`"


def _admins(database: "Database", settings: "Settings") -> Iterator[Finding]:
    """Somebody can let others in; nobody needs to where names are trusted."""
    from api.http.auth import KeyRing

    ring = KeyRing(database, today=settings.today)
    ring.refresh()
    what = f"{len(ring.users)} users of this machine record on the command line"
    yield (
        ring.has_admin or settings.trust_names,
        what + ("" if ring.has_admin else "; nobody is an admin"),
        "`mcsc init` makes you one",
    )


def _delegations(database: "Database", settings: "Settings") -> Iterator[Finding]:
    """Nobody approves in the stead of somebody who comes in no more; to end that is an administrator's to decide."""
    from ledger.log.store import read_head
    from projections.delegations import delegations
    from projections.engine.basis import Basis

    with database.views.connect() as connection:
        recorded = read_head(connection).size
        basis = Basis(effective=settings.today(), recorded=recorded, recorded_at=None, root="")
        for one in delegations(connection, basis):
            if one.giver == "SHUT_OUT" and one.state in ("AHEAD", "IN_FORCE"):
                stead = f"{one.delegate} approves in the stead of {one.delegator} until {one.until_on}"
                yield (
                    False,
                    f"{stead}, who has no key or login as {one.role} any more",
                    f"`end-delegation` of {one.delegation}, or let them in again",
                )


def _people(database: "Database") -> Iterator[Finding]:
    from api.cli.keeping.people import keys_found

    return keys_found(database)


def _documents(database: "Database", settings: "Settings") -> Iterator[Finding]:
    """Documents kept are as they were; those that facts name and that are elsewhere are counted, and some named."""
    from api.documents.citing import citations
    from api.documents.shelf import Shelf, state
    from ledger.log.store import read_head

    shelf = Shelf(Path(settings.documents))
    with database.views.connect() as connection:
        cited = {one.sha256: one.doc for one in citations(connection, read_head(connection).size)}
    kept = list(shelf.names())
    altered = [sha256 for sha256 in kept if state(shelf, sha256) == "altered"]
    missing = [doc for sha256, doc in cited.items() if sha256 not in shelf]
    some = f" ({', '.join(missing[:NAMED])}{', …' if len(missing) > NAMED else ''})" if missing else ""
    yield True, f"{len(kept):,} documents kept; {len(missing):,} that facts name are not here{some}", ""
    for sha256 in altered:
        remedy = "put it there anew from where it came: move that file away, then `mcsc document add`"
        yield False, f"the document {shelf.path(sha256)} is not what it was", remedy


def _disk(data: Path) -> Finding:
    from api.settings import FREE_BYTES_MIN, MAKE_ROOM

    directory = data if data.exists() else Path()
    free = shutil.disk_usage(directory).free
    return free > FREE_BYTES_MIN, f"{free / (1 << 30):.1f} GiB free for {data}", MAKE_ROOM
