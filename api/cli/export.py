"""export: the journal as other programs read it, the same text as over HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import rich_click as click

from api.cli.display import Progress, say
from api.cli.place import USAGE, Family, Stop, data_option, readable
from api.cli.written import write

ENDINGS = {"hledger": {".journal", ".hledger"}, "beancount": {".beancount"}, "csv": {".csv"}}
"""How the names of files end that hold each form."""


@click.group(cls=Family)
def export() -> None:
    """Export what is recorded in forms that other programs read."""


@export.command()
@click.option("--format", "form", type=click.Choice(["hledger", "beancount", "csv"]), required=True)
@click.option("--effective", help="Accounted for through: a date, a month, month-end or now.")
@click.option("--recorded", help="As recorded by: a position, an instant, a date or now.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file.")
@data_option()
def journal(form: str, data: Path, output: Path | None, **asked: Any) -> None:
    """Every entry of the journal, with its fact; hledger and Beancount check our balances with their own.

    \b
    mcsc export journal --format hledger -o books.journal && hledger -f books.journal balance
    mcsc export journal --format beancount --effective 2024-12-31 -o books.beancount && bean-check books.beancount
    """
    if output is not None and output.suffix in {ending for name in ENDINGS if name != form for ending in ENDINGS[name]}:
        raise Stop(f"--format {form} into {output}: the name says otherwise; name it so, or say another format.", USAGE)
    write((piece.encode() for piece in _pieces(form, data, asked)), output)


def _pieces(form: str, data: Path, asked: dict[str, Any]) -> Iterator[str]:
    from api.formats.journal_text import FORMATS, JournalBasis, export
    from api.http.reading import BasisQuery, look_up
    from api.routes.exports import STANDS_ON, journal_csv
    from ledger.books.accounts import chart
    from projections import ALL_VIEWS
    from projections.engine.runner import catch_up, ensure

    with readable(data) as (settings, database):
        views = [view() for view in ALL_VIEWS]
        with Progress("facts read", quiet_s=1) as progress:
            ensure(database, views)
            catch_up(database, views, progress)
        basis, _ = look_up(settings, database, STANDS_ON, BasisQuery(**asked), {})
        known = JournalBasis(basis=basis, accounts=chart(settings.accounts))  # type: ignore[arg-type] # not of the log
        with database.views.connect() as connection:
            yield from journal_csv(connection, known) if form == "csv" else export(connection, known, FORMATS[form])
        say(f"effective on {basis.effective}, as recorded at position {basis.recorded}, root {basis.root[:16]}…")
