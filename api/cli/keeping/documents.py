"""document add, get, list: the documents that facts name, kept beside the ledger.

COMMANDS   the three; a room of its own, since the roles come from the ledger (see place.Later)
"""

from contextlib import closing
from pathlib import Path

import msgspec
import rich_click as click
from click.exceptions import Exit

from api.cli.actor import Claim, acting, who_options
from api.cli.display import say, table
from api.cli.place import BROKEN, NOT_ALLOWED, NOT_FOUND, USAGE, Stop, data_option, existing, readable
from api.cli.written import write
from api.documents.citing import Citation, citations
from api.documents.kinds import NotTaken
from api.documents.serving import KEEPERS, attached
from api.documents.shelf import Shelf, state
from api.http.operations import not_allowed
from api.http.problems import Problem
from ledger.log.store import read_head


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@who_options()
@data_option()
def add(files: tuple[Path, ...], who: Claim, data: Path) -> None:
    """Keep documents beside the ledger, and print each as the `evidence` of a command.

    A document is known by its SHA-256, so the same one is kept once, whatever it is called. PDF, pictures, OFD, Word
    and Excel without macros, text; at most 25 MB each (document_bytes_max).

    \b
    mcsc document add lease-17.pdf
    """
    settings, database = existing(data)
    with closing(database):
        by = acting(settings, database, who)
    if by.role not in KEEPERS:
        raise Stop(not_allowed(by.role, KEEPERS).detail, NOT_ALLOWED)
    shelf = Shelf(Path(settings.documents))
    for file in files:
        if file.stat().st_size > settings.document_bytes_max:
            raise Stop(f"{file} has more than {settings.document_bytes_max:,} bytes (document_bytes_max).", USAGE)
        try:
            kept = shelf.put(file.read_bytes())
        except NotTaken as error:
            raise Stop(f"{file} is not kept: {error}.", USAGE) from error
        click.echo(msgspec.json.encode({"doc": file.name, "sha256": kept.sha256}))
        say(f"{'kept' if kept.new else 'kept already'}: {kept.kind.name}, {kept.size:,} bytes")


@click.command()
@click.argument("sha256")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file.")
@data_option()
def get(sha256: str, output: Path, data: Path) -> None:
    """Write a document to a file, held against its SHA-256 first."""
    settings, database = existing(data)
    database.close()
    try:
        found, _, _ = attached(Shelf(Path(settings.documents)), sha256)
    except Problem as problem:
        raise Stop(problem.detail, NOT_FOUND if problem.status == 404 else BROKEN) from problem
    write([found], output)


@click.command("list")
@click.option("--missing", is_flag=True, help="Only those that are not kept here.")
@data_option()
def list_(missing: bool, data: Path) -> None:
    """List the documents that facts name: whether each is kept here, and as it was.

    Exit code 3 where one no longer holds what its SHA-256 says.
    """
    with readable(data) as (settings, database), database.views.connect() as connection:
        cited = list(citations(connection, read_head(connection).size))
    shelf = Shelf(Path(settings.documents))
    states = {sha256: state(shelf, sha256) for sha256 in {one.sha256 for one in cited}}
    shown = [one for one in cited if not missing or states[one.sha256] == "missing"]
    names = ["position", "document", "sha256", "state"]
    table("Documents that facts name", names, [_line(one, states[one.sha256]) for one in shown], numbers=names[:1])
    count = {name: list(states.values()).count(name) for name in ("kept", "missing", "altered")}
    say(", ".join(f"{number:,} {name}" for name, number in count.items()))
    if count["altered"]:
        raise Exit(BROKEN)


def _line(cited: Citation, kept: str) -> list[str]:
    return [str(cited.position), cited.doc, cited.sha256, kept]


COMMANDS: dict[str, click.Command] = {"add": add, "get": get, "list": list_}
