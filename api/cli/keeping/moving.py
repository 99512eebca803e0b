"""move: a ledger into another database, SQLite or PostgreSQL, proved there by its roots."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from api.cli.display import Progress, say
from api.cli.keeping.backups import make_read_models
from api.cli.place import CONFLICT, USAGE, Stop, data_option, ended_as_by_ctrl_c, existing, settings_of

if TYPE_CHECKING:
    from ledger.log.database import Database
    from ledger.log.store import Head
    from ledger.log.verify import Verified

MEANWHILE = (
    "{name} has gone on from {then:,} to {now:,} facts meanwhile: {kept}. Stop what records there, and"
    " move it again into an empty place."
)


class Moving:
    """A log on its way, as the lines of a file: `read` is told of every fact, `end` is called before the last line."""

    def __init__(self, pieces: Iterator[bytes], read: Callable[[int], None], end: Callable[[], None]) -> None:
        self._lines = (line for piece in pieces for line in piece.splitlines(keepends=True))
        self._next = next(self._lines, b"")
        self._count, self._read, self._end = 0, read, end

    def readline(self, longest: int) -> bytes:
        """The next line; empty at the end. See io.IOBase."""
        line, self._next = self._next, next(self._lines, b"")
        assert len(line) <= longest, "no fact is as long"
        if line and not self._next:
            self._end()
        self._count += 1
        self._read(self._count)
        return line


@click.command()
@click.option(
    "--to", "target", required=True, metavar="PLACE", help="postgresql://…, or a directory whose mcsc.toml names it."
)
@data_option()
def move(target: str, data: Path) -> None:
    """Move the ledger into another database that is still empty: the same facts, answers and roots, proved there.

    \b
    mcsc move --to postgresql://mcsc@db/mcsc --data data    (a password: PGPASSWORD or ~/.pgpass)
    echo 'database = "postgresql://mcsc@db/mcsc"' >> data/mcsc.toml
    mcsc serve --data data

    Nothing is recorded in the old ledger while it moves, and nothing is taken from it: it stays as it is. All arrives,
    or nothing: Ctrl-C leaves the new place empty. The key of checkpoints, documents, keys
    of people's data (contacts), sessions of the desk and mcsc.toml are files of the data directory and stay there; the
    access log stays in the old database. Prints SIZE:ROOT, which both have.
    """
    from ledger.log.database import Database
    from ledger.log.importing import NotEmpty

    settings, source = existing(data)
    with ExitStack() as stack:
        stack.enter_context(closing(source))
        stack.enter_context(ended_as_by_ctrl_c())
        new = Database(target if "://" in target else settings_of(Path(target)).database)
        stack.enter_context(closing(new))
        if new.where == source.where:
            raise Stop(f"{new.display_name} is where the ledger is; --to names another place.", USAGE)
        _prepare(new)
        stack.enter_context(source.only_writer())
        stack.enter_context(new.only_writer())
        try:
            proved = _moved(source, new)
        except NotEmpty as error:
            raise Stop(f"{error}; --to names another place.", CONFLICT) from error
        make_read_models(new)
    click.echo(f"{proved.size}:{proved.root}")
    sealed = f"{proved.size:,} facts and {proved.receipts:,} receipts"
    say(f"✓ {new.display_name} holds all {sealed} of {source.display_name}, as they were sealed.")
    say("Name it in mcsc.toml now (database = …), so that nobody records in the old one, which is as it was.")
    if settings.data_class != "LIVE":
        say(f'A directory of its own needs data_class = "{settings.data_class}" in its mcsc.toml as well.')


def _prepare(new: "Database") -> None:
    """Make the tables where there are none. On PostgreSQL the address needs a role that may."""
    import migrations

    migrations.upgrade(new)


def _moved(source: "Database", new: "Database") -> "Verified":
    """Read the log out of one into the other, and prove it there. Raises Stop where the old one has gone on."""
    from ledger.log.events import exported, ndjson
    from ledger.log.importing import import_log

    head = _head(source)

    def unmoved(kept: str) -> None:
        if (now := _head(source).size) != head.size:
            said = MEANWHILE.format(name=source.display_name, then=head.size, now=now, kept=kept)
            raise Stop(said, CONFLICT)

    with Progress("facts moved") as progress:
        lines = Moving(
            ndjson(exported(source)),
            lambda count: progress(min(count, head.size), head.size),
            lambda: unmoved("nothing was moved"),
        )
        proved = import_log(new, lines, expect={head.size: head.root.hex()} if head.size else {})
    unmoved(f"the new place holds the first {proved.size:,}")
    return proved


def _head(database: "Database") -> "Head":
    from ledger.log.store import read_head

    with database.views.connect() as connection:
        return read_head(connection)
