"""price-import: prices that change within the day, from the file of a market or a tariff."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from api.cli.actor import Claim, who_options
from api.cli.display import say
from api.cli.files.banks import keep, profile_in, stop_where_refused
from api.cli.place import USAGE, Stop, command_of, data_option, settings_of
from api.cli.recording import record_one

if TYPE_CHECKING:
    from ledger.offtake.meters.price_series import RecordPrices
    from ledger.recording.outcome import Outcome


@click.command("price-import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--series", required=True, help="The series that the prices are of, such as spot/sichuan-day-ahead.")
@click.option(
    "--unit",
    required=True,
    type=click.Choice(["CNY_MWH", "CNY_KWH"]),
    help="Yuan for a megawatt-hour, or for a kilowatt-hour.",
)
@click.option(
    "--profile",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A TOML file that says what the file means; without it, two columns: when a period begins, and its price.",
)
@click.option(
    "--minutes", type=click.Choice(["15", "30", "60"]), help="A period.  [default: as the profile says, or 15]"
)
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day the prices were published.  [default: today]")
@click.option("--reason", help="Why these take the place of prices that are recorded already.")
@who_options()
@click.option("--dry-run", is_flag=True, help="Read the file and say what would be recorded; record nothing.")
@data_option()
def price_import(
    file: Path,
    series: str,
    unit: str,
    profile: Path | None,
    minutes: str | None,
    on: datetime | None,
    reason: str | None,
    who: Claim,
    dry_run: bool,
    data: Path,
) -> None:
    """Record the prices in FILE, CSV, XLSX or XLS, a line a period or a line a day: all of it, or nothing.

    Every wrong line is named, with the rule. A price below zero is a price; one that is missing is never 0: the file
    is refused, unless its profile says incomplete = "MISSING" or "LEAVE_OUT". The same prices record nothing new. Other
    prices of days on record take their place with a reason; what was settled on those is then in
    `mcsc report spot-prices --changed`, and is settled anew with calculate-statement and approve-statement.

    \b
    mcsc price-import june.csv --series spot/sichuan-day-ahead --unit CNY_MWH --dry-run
    mcsc price-import june.xlsx --series spot/sichuan-day-ahead --unit CNY_MWH --profile market.toml
    """
    from msgspec import convert
    from msgspec.structs import replace

    from api.intake.pricing import PriceProfile, PricesGiven, prices_from

    settings = settings_of(data)
    meant = PriceProfile() if profile is None else profile_in(profile, lambda said: convert(said, PriceProfile))
    given = command_of(
        PricesGiven,
        series=series,
        price_unit=unit,
        name=file.name,
        on=on.date() if on else settings.today(),
        profile=meant if minutes is None else replace(meant, minutes=int(minutes)),
        reason=reason,
    )
    content = file.read_bytes()
    read, command = prices_from(content, given, settings.time_zone)
    for place in (*read.left_out, *read.bad):
        click.echo(f"{file.name}:{place.line}: {place.rule}" if place.line else f"{file.name}: {place.rule}")
    if command is None:
        raise Stop(f"{len(read.bad)} wrong lines; nothing was recorded.", USAGE)
    outcome = record_one(data, command, who, dry_run=True)
    stop_where_refused(outcome)
    if not dry_run:
        keep(data, content)
        outcome = record_one(data, command, who)
        stop_where_refused(outcome)
    _tell(command, outcome, dry_run)


def _tell(command: "RecordPrices", outcome: "Outcome", dry_run: bool) -> None:
    """Show the days of the file, and how many of their prices are new, missing and below zero."""
    from ledger.recording.outcome import Refused

    assert not isinstance(outcome, Refused), "checked by the caller"
    done = "would be recorded" if dry_run else "recorded" if outcome.facts else "recorded already"
    say(f"{len(command.days)} days of {command.series} {done}, {len(outcome.facts)} facts, position {outcome.position}")
    known = [price for block in command.days for price in block.known]
    below = sum(price is not None and price.startswith("-") for price in known)
    first, last = command.days[0].day, command.days[-1].day
    counted = f"{len(known)} prices of {command.minutes} minutes, {known.count(None)} missing, {below} below 0"
    say(f"{first} to {last}: {counted}")
