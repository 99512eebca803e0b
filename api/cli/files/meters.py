"""meter-import: the intervals of a meter, from the file of a meter, a market or a grid company."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from api.cli.actor import Claim, who_options
from api.cli.display import Progress, say
from api.cli.files.banks import keep, profile_in, stop_where_refused
from api.cli.place import USAGE, Stop, command_of, data_option, names_of, readable, settings_of
from api.cli.recording import record_one

if TYPE_CHECKING:
    from api.intake.metering.profile import Profile
    from ledger.offtake.meters.facts import DayBlock
    from ledger.offtake.meters.metering import RecordIntervals
    from ledger.recording.outcome import Outcome

QUIET_S = 5
"""A file that is read sooner needs no word of how long it took."""


@click.command("meter-import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--meter", required=True, shell_complete=names_of("meter"), help="The meter that the file is of.")
@click.option(
    "--profile",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A TOML file that says what the file means; without it, two columns: when an interval begins, and its kWh.",
)
@click.option("--number", help="Of a file of several meters: which one, as the file names it.")
@click.option(
    "--minutes", type=click.Choice(["5", "15", "30", "60"]), help="An interval.  [default: as the profile says, or 15]"
)
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day the file came.  [default: today]")
@click.option("--reason", help="Why these take the place of intervals that are recorded already.")
@who_options()
@click.option("--dry-run", is_flag=True, help="Read the file and say what would be recorded; record nothing.")
@data_option()
def meter_import(
    file: Path,
    meter: str,
    profile: Path | None,
    number: str | None,
    minutes: str | None,
    on: datetime | None,
    reason: str | None,
    who: Claim,
    dry_run: bool,
    data: Path,
) -> None:
    """Record the intervals in FILE (XLSX, XLS, CSV, NEM12, Green Button, MSCONS), as its profile says: all, or nothing.

    Every wrong line is named, with the rule: gaps, values that are missing, an hour that clocks in spring or autumn
    leave out or tell twice. Times are local, without daylight saving time. Equal values told again count once.
    Doubts are told too, and refuse nothing: gaps, spikes, zeros, sums that differ from the register's.

    \b
    mcsc meter-import january.csv --meter m-1-demo
    mcsc meter-import january.xlsx --meter m-1-demo --profile grid.toml --dry-run
    """
    from api.intake.metering.reading import Given, taken_from

    settings = settings_of(data)
    given = command_of(
        Given,
        meter=meter,
        name=file.name,
        on=on.date() if on else settings.today(),
        profile=_profile(profile, minutes),
        number=number,
        reason=reason,
    )
    content = file.read_bytes()
    with Progress(f"bytes of {file.name} read", quiet_s=QUIET_S) as progress:
        read, command = taken_from(content, given, settings.time_zone, progress)
    for place in (*read.left_out, *read.bad):
        click.echo(f"{file.name}:{place.line}: {place.rule}" if place.line else f"{file.name}: {place.rule}")
    if command is None:
        raise Stop(f"{len(read.bad)} wrong lines; nothing was recorded.", USAGE)
    outcome = record_one(data, command, who, dry_run=True)
    stop_where_refused(outcome)
    _tell_doubts(data, file.name, command)
    if not dry_run:
        keep(data, content)
        outcome = record_one(data, command, who)
        stop_where_refused(outcome)
    _tell(command, outcome, dry_run)


def _profile(path: Path | None, minutes: str | None) -> "Profile":
    """The profile in a file, with what is said beside it. Raises Stop."""
    from msgspec import convert
    from msgspec.structs import replace

    from api.intake.metering.profile import Profile

    profile = Profile() if path is None else profile_in(path, lambda said: convert(said, Profile))
    return profile if minutes is None else replace(profile, minutes=int(minutes))


def _tell_doubts(data: Path, name: str, command: "RecordIntervals") -> None:
    """Show what somebody should look at: nothing is refused for it."""
    from projections.deals.metering import checked_with

    with readable(data) as (_, database), database.views.connect() as connection:
        found = checked_with(connection, command)
    for doubt in found:
        click.echo(f"{name}: doubtful, {doubt.check}, {doubt.begins} to {doubt.ends}: {doubt.says}")


def _tell(command: "RecordIntervals", outcome: "Outcome", dry_run: bool) -> None:
    """Show the days of the file, their energy, and how much of it is estimated."""
    from ledger.offtake.energy import kwh
    from ledger.recording.outcome import Refused

    assert not isinstance(outcome, Refused), "checked by the caller"
    energy, estimated = (sum(part) for part in zip(*map(_energies, command.days), strict=True))
    done = "would be recorded" if dry_run else "recorded" if outcome.facts else "recorded already"
    days = len(command.days)
    say(f"{days} days of {command.meter} {done}, {len(outcome.facts)} facts, position {outcome.position}")
    first, last = command.days[0].day, command.days[-1].day
    say(f"{first} to {last}: {kwh(energy)} kWh in intervals of {command.minutes} minutes, {kwh(estimated)} estimated")


def _energies(block: "DayBlock") -> tuple[int, int]:
    """The watt-hours of a day, and of its intervals that are estimated."""
    known = [(value, grade) for value, grade in zip(block.values, block.grades, strict=True) if value is not None]
    return sum(value for value, _ in known), sum(value for value, grade in known if grade == "E")
