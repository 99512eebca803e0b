"""meter-import: the intervals of a meter, from a CSV file."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import rich_click as click
from click.exceptions import Exit

from api.cli.actor import Claim, who_options
from api.cli.display import say
from api.cli.place import USAGE, Stop, command_of, data_option, exit_code, names_of, settings_of
from api.cli.recording import record_one

if TYPE_CHECKING:
    from ledger.offtake.meters.metering import RecordIntervals
    from ledger.recording.outcome import Outcome


@click.command("meter-import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--meter", required=True, shell_complete=names_of("meter"), help="The meter that the file is of.")
@click.option("--minutes", type=click.Choice(["15", "30", "60"]), default="15", show_default=True, help="An interval.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day the file came.  [default: today]")
@click.option("--reason", help="Why these take the place of intervals that are recorded already.")
@who_options()
@click.option("--dry-run", is_flag=True, help="Read the file and say what would be recorded; record nothing.")
@data_option()
def meter_import(
    file: Path,
    meter: str,
    minutes: Literal["15", "30", "60"],
    on: datetime | None,
    reason: str | None,
    who: Claim,
    dry_run: bool,
    data: Path,
) -> None:
    """Record the intervals of FILE, a CSV of times and kWh: all of it, or nothing.

    Every bad line is named: times that come twice, gaps, an hour that clocks in spring or autumn left out or told
    twice. Times are local and without daylight saving time.

    \b
    mcsc meter-import january.csv --meter m-1-demo
    """
    from ledger.offtake.meters.intervals import BAD_LINES_MAX, read_intervals
    from ledger.offtake.meters.metering import RecordIntervals
    from ledger.values.evidence import Evidence

    content = file.read_bytes()
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise Stop(f"{file.name} is no UTF-8 text.", USAGE) from error
    found = read_intervals(text, int(minutes))  # type: ignore[arg-type] # one of the choices
    if found.bad:
        for bad in found.bad:
            click.echo(f"{file.name}:{bad.line}: {bad.fault}")
        more = "; there may be more" if len(found.bad) == BAD_LINES_MAX else ""
        raise Stop(f"{len(found.bad)} bad lines{more}; nothing was recorded.", USAGE)
    command = command_of(
        RecordIntervals,
        effective_on=on.date() if on else settings_of(data).today(),
        meter=meter,
        minutes=int(minutes),
        days=found.days,
        file=Evidence(doc=file.name, sha256=hashlib.sha256(content).hexdigest()),
        reason=reason,
    )
    outcome = record_one(data, command, who, dry_run=dry_run)
    _tell(command, outcome, dry_run)


def _tell(command: "RecordIntervals", outcome: "Outcome", dry_run: bool) -> None:
    from ledger.recording.outcome import Refused

    if isinstance(outcome, Refused):
        say(f"{outcome.detail} ({outcome.code}{f', {outcome.field}' if outcome.field else ''})")
        raise Exit(exit_code(outcome.kind))
    days = len(command.days)
    done = "would be recorded" if dry_run else "recorded" if outcome.facts else "recorded already"
    say(f"{days} days of {command.meter} {done}, {len(outcome.facts)} facts, position {outcome.position}")
