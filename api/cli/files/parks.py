"""takeover: a park that lived before this ledger, from a workbook; and the empty workbook."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click
from click.exceptions import Exit

from api.cli.actor import Claim, who_options
from api.cli.display import say, table
from api.cli.files.banks import keep
from api.cli.place import USAGE, Stop, data_option, exit_code
from api.cli.recording import record_one

if TYPE_CHECKING:
    from api.intake.taking_over.reading import Filled
    from ledger.decider import Fact

TEMPLATE = "template"


@click.command("takeover")
@click.argument("file")
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="Where the template is written.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day of taking over: the last of a month.")
@who_options()
@click.option("--dry-run", is_flag=True, help="Read the file and say what would be recorded; record nothing.")
@data_option()
def takeover(file: str, out: Path | None, on: datetime | None, who: Claim, dry_run: bool, data: Path) -> None:
    """Take over a park that lived before this ledger, from a workbook: all of it, or nothing.

    FILE is a filled workbook, or the word `template` for an empty one: companies, ground, leases, deposits and open
    invoices, with drop-downs and help in English and Chinese. Every wrong cell is named, with the rule. The same file
    again records nothing; one with more rows records those. Months are opened first, from the month of the day on.

    \b
    mcsc takeover template -o park.xlsx
    mcsc takeover park.xlsx --on 2026-05-31 --dry-run
    mcsc takeover park.xlsx --on 2026-05-31
    """
    if file == TEMPLATE:
        _write_template(out)
        return
    if out is not None:
        raise Stop("-o is for the template: mcsc takeover template -o park.xlsx.", USAGE)
    if on is None:
        raise Stop("Say the day of taking over: --on 2026-05-31.", USAGE)
    path = Path(file)
    if not path.is_file():
        raise Stop(f"There is no file {file}.", USAGE)
    _take_over(path, on, who, dry_run=dry_run, data=data)


def _write_template(out: Path | None) -> None:
    from api.intake.taking_over.template import template

    if out is None:
        raise Stop("Say where it is written: mcsc takeover template -o park.xlsx.", USAGE)
    out.write_bytes(template())
    say(f"{out}: fill it from line 5 on; the row that begins with EXAMPLE is not read")


def _take_over(path: Path, on: datetime, who: Claim, *, dry_run: bool, data: Path) -> None:
    """Preview the whole file; record it where nothing is wrong and it is no dry run. Raises Stop, Exit."""
    from api.intake.taking_over.reading import command, placed, read
    from ledger.recording.outcome import Previewed, Refused

    content = path.read_bytes()
    filled = read(content)
    for one in filled.wrong:
        click.echo(f"{path.name}: {one.place}: {one.rule}")
    if filled.wrong:
        raise Stop(f"{len(filled.wrong)} cells are wrong; nothing was recorded.", USAGE)
    asked = command(filled, path.name, on.date())
    outcome = record_one(data, asked, who, dry_run=True)
    if isinstance(outcome, Refused):
        for fault in outcome.faults:
            click.echo(f"{path.name}: {placed(filled, fault.field)}: {fault.detail} ({fault.code})")
        say(f"{outcome.detail} ({outcome.code})")
        raise Exit(exit_code(outcome.kind))
    assert isinstance(outcome, Previewed), "a dry run previews or refuses"
    if outcome.facts and not dry_run:
        keep(data, content)
        recorded = record_one(data, asked, who)
        if isinstance(recorded, Refused):
            say(f"{recorded.detail} ({recorded.code})")
            raise Exit(exit_code(recorded.kind))
    _tell(filled, outcome.facts, dry_run)


def _tell(filled: "Filled", facts: "Sequence[Fact]", dry_run: bool) -> None:
    """Show how many rows there are, how many are new, and what they come to in the books."""
    from api.intake.taking_over.told import opening, told

    rows = told(filled, facts)
    table("Park taken over", ("rows of", "in the file", "new", "known"), rows, numbers=("in the file", "new", "known"))
    if not facts:
        say("all of it is recorded already; nothing is new")
        return
    table("What it comes to in the books", ("account", "debit", "credit"), opening(facts), numbers=("debit", "credit"))
    say(f"{len(facts)} facts {'would be recorded' if dry_run else 'recorded'}")
