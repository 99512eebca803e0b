"""check, rebuild: are the read models what the log says, and the way to make them so."""

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import rich_click as click
from click.exceptions import Exit

from api.cli.display import Progress, say, table
from api.cli.place import BROKEN, USAGE, Stop, data_option, existing, readable

if TYPE_CHECKING:
    from projections.engine.checking import Compared, Digest

NAMES = ("read model", "position", "table", "rows", "sha256")


@click.command()
@click.argument("view", required=False)
@data_option()
def check(view: str | None, data: Path) -> None:
    """Make every read model (or one VIEW) anew from the log in a temporary place, and compare it with the live one.

    Reports go on being answered and facts recorded meanwhile; nothing is changed. A row that was altered, taken away or
    put in is named with what is stored and what the log says; then the exit code is 3, and `mcsc rebuild VIEW --anyway`
    puts it right. Digests are the same on SQLite and PostgreSQL. This rests on the log: `mcsc verify` proves that one.
    """
    from projections import ALL_VIEWS
    from projections.engine.checking import check as checked

    views = [one for one in ALL_VIEWS if view in (None, one.name)]
    if not views:
        raise Stop(f"Name one read model ({', '.join(one.name for one in ALL_VIEWS)}), or none for all.", USAGE)
    rows: list[tuple[Any, ...]] = []
    faults: list[str] = []
    with (
        readable(data) as (_, database),
        TemporaryDirectory(prefix="mcsc-check-") as made,
        Progress("facts read") as progress,
    ):
        for found in checked(database, views, Path(made), progress):
            if found.compared is None:
                say(f"‼ {found.view}: {found.unlike}")
                faults += [found.view] if found.position else []
                continue
            rows += _rows(found.view, found.position, found.compared.stored)
            for line in _lines(found.compared):
                click.echo(line)
            faults += [found.view] if found.compared.different else []
    table("Read models", NAMES, rows, numbers=("position", "rows"))
    if faults:
        say(f"✗ not as the log says: {', '.join(faults)}. `mcsc rebuild VIEW --anyway` makes one anew from the log.")
        raise Exit(BROKEN)
    if rows:
        say(f"✓ every row is as the log says, as mcsc {version('mcsc-ledger')} reads it")


def _rows(view: str, position: int, digests: "list[Digest]") -> list[tuple[Any, ...]]:
    return [(view, position, digest.table, digest.rows, digest.sha256) for digest in digests]


def _lines(compared: "Compared") -> Iterator[str]:
    """Name what differs."""
    for row in compared.named:
        key = " ".join(f"{name}={value}" for name, value in row.key.items())
        if row.stored is None:
            yield f"✗ {row.table} {key}: the row is missing; the log says {_said(row.derived)}"
        elif row.derived is None:
            yield f"✗ {row.table} {key}: stored {_said(row.stored)}; the log says there is no such row"
        else:
            yield f"✗ {row.table} {key}: stored {_said(row.stored)}; the log says {_said(row.derived)}"
    if more := compared.different - len(compared.named):
        yield f"✗ and {more:,} more"


def _said(values: Any) -> str:
    return " ".join(f"{name}={value!r}" for name, value in values.items())


@click.command()
@click.argument("view", required=False)
@data_option()
@click.option("--all", "everything", is_flag=True, help="Every read model.")
@click.option("--anyway", is_flag=True, help="Swap also where the rows made anew are not those that are live.")
def rebuild(view: str | None, data: Path, everything: bool, anyway: bool) -> None:
    """Make a read model anew from the log, beside the live one, and swap. Reports go on being answered meanwhile.

    The new rows take the place of the live ones where they are the same, or where another version of this program or
    another log made the live ones: then they should differ. Otherwise somebody altered a row, or this program is at
    fault: what differs is named, nothing is changed, and the exit code is 3. Look at it; a row that was altered is
    repaired with --anyway, for the log is what is true. The digests of what is live then are printed.
    """
    from projections import ALL_VIEWS
    from projections.engine.checking import Agreement, Differs
    from projections.engine.runner import catch_up, ensure
    from projections.engine.runner import rebuild as make_anew

    by_name = {one.name: one for one in ALL_VIEWS}
    if everything == (view is not None) or (view is not None and view not in by_name):
        raise Stop(f"Name one read model ({', '.join(by_name)}) or --all.", USAGE)
    _, database = existing(data)
    ensure(database, [one() for one in ALL_VIEWS])
    rows, refused = [], []
    for name in by_name if everything else [str(view)]:
        agreement = Agreement(by_name[name], anyway=anyway)
        try:
            with Progress(name) as progress:
                position = make_anew(database, by_name[name], progress, agree=agreement)
        except Differs as error:
            refused.append(name)
            for line in _lines(error.compared):
                click.echo(line)
            continue
        if agreement.compared is not None:
            rows += _rows(name, position, agreement.compared.derived)
        catch_up(database, [by_name[name]()])
    database.close()
    table("Made anew", NAMES, rows, numbers=("position", "rows"))
    if refused:
        names = ", ".join(refused)
        raise Stop(
            f"Not swapped: {names}. The rows made anew are not those that are live, which are kept. Where somebody"
            " altered them, --anyway puts them right.",
            BROKEN,
        )
