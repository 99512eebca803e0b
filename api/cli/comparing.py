"""compare: a report on two bases: a command for each report whose cells have receipts.

COMMANDS   the reports by name; the routes are read for them (see place.Later)
"""

from decimal import Decimal
from pathlib import Path
from typing import Any

import rich_click as click

from api.cli.display import say, table
from api.cli.place import BROKEN, Stop, settings_of
from api.cli.reading import asking, form_of, in_words, options, query_of
from api.cli.reports import asked_with, reports
from api.cli.written import write
from api.formats.files import TABLE_FORMATS
from api.formats.sheets import Report, figure
from api.http.bridges.compared import STEPS
from api.http.comparing import CellBridge, ComparedCell, Comparison, MovedBy
from api.http.reading import BasisQuery, filed, json_pieces, written
from api.settings import Settings

NAMES = ("cell", "unit", "before", *STEPS, "now", "difference")
AGAINST = "Compare with it as recorded by then: close:2024-07#1, a position, a date."
AFTER = "Of very many facts, those after this position."
FIGURES = ("before", *STEPS, "now", "difference")


def _command(query: type[BasisQuery], report: Report) -> click.Command:
    """A report as a command that compares it."""

    def show(**asked: Any) -> None:
        _show(report.name, **asked)

    command = asked_with(query, report, options()(show))
    for option in (
        click.option("--after", "after_share", type=click.IntRange(0), default=0, help=AFTER),
        click.option("--against-effective", help="The effective date of that, where it is another."),
        click.option("--against", required=True, help=AGAINST),
    ):
        command = option(command)
    command = click.argument("cell", required=False)(command)
    help_text = (
        f"Compare {report.name} on two bases: what differs, and what moved it.\n\nEvery cell that differs: as it was,"
        " what was recorded since (late, corrections, reversals), as it is. CELL is a row of the report, a stroke and"
        " a column: with it, the facts of each step. Compared with a close, it is asked of that month's last day,"
        f" unless --effective says.\n\n{report.help}"
    )
    return click.command(report.name, help=help_text)(command)


def _show(name: str, cell: str | None, data: Path, output: Path | None, **asked: Any) -> None:
    """Show the cells that differ, or one of them with the facts that moved it."""
    read, _ = reports(settings_of(data))[name]
    tables = {} if cell else {one.name: one for one in TABLE_FORMATS}
    form = form_of(asked, output, ("json", *tables))
    with asking(read, data, explain=cell, **asked) as (basis, pages):
        found = next(pages)
        compared: Comparison | CellBridge = found.data
        if form in tables:
            query = query_of(read, asked)
            answer = filed(settings_of(data), read, basis, [found], query, {})
            write(written(tables[form], answer), output, tables[form].binary)
        elif form is not None:
            write(json_pieces(basis, iter([found])), output)
        elif isinstance(compared, Comparison):
            title = f"{name}: {compared.changed:,} cells differ (the facts of each: mcsc compare {name} … CELL)"
            table(title, NAMES, map(_line, compared.cells), numbers=FIGURES)
        else:
            _print(compared)
    if isinstance(compared, Comparison) and not compared.changed:
        say("No figure differs.")
    say(f"was: {in_words(compared.against)}")
    say(f"now: {in_words(basis)}")
    if not compared.ties:
        raise Stop("The facts do not come to what the report says: please tell us of it.", BROKEN)


def _line(cell: ComparedCell) -> list[Any]:
    """A cell as people read it."""
    steps = [getattr(cell.steps, step, None) for step in STEPS]
    figures = [cell.before, *steps, cell.now, cell.difference]
    shown = figures if cell.unit is None else map(figure, figures)
    return [cell.cell, cell.unit, *shown]


def _print(bridge: CellBridge) -> None:
    """A cell from what it was to what it is, the cells that it rests on, and the facts of each step."""
    table(f"{bridge.report} {bridge.cell.cell}", NAMES, map(_line, (bridge.cell, *bridge.cells)), numbers=FIGURES)
    names = ("step", "position", "recorded at", "by", "fact", "effective on", "share", "after")
    table("The facts of each step", names, map(_fact, bridge.moved), numbers=("position", "share"))
    if bridge.facts > len(bridge.moved) > 0:
        say(f"{len(bridge.moved):,} of {bridge.facts:,} facts; the others: --after {bridge.moved[-1].position}")
    if bridge.by_days is not None and Decimal(bridge.by_days):
        say(f"Of what passed, {figure(bridge.by_days)} by days alone: no fact counts from the days that moved it.")


def _fact(moved: MovedBy) -> tuple[Any, ...]:
    recorded = moved.recorded_at.strftime("%Y-%m-%d %H:%M:%S")
    by, fact, share = moved.actor, moved.fact, figure(moved.share)
    return moved.step, moved.position, recorded, by, fact, moved.effective_on, share, moved.after


COMMANDS: dict[str, click.Command] = {
    name: _command(read.query, report)
    for name, (read, report) in reports(Settings()).items()
    if read.receipts is not None
}
