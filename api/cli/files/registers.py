"""meter-read: what a meter's registers show, from a dump of its frames."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from api.cli.actor import Claim, who_options
from api.cli.display import say
from api.cli.files.banks import stop_where_refused
from api.cli.place import USAGE, Stop, command_of, data_option, names_of
from api.cli.recording import record_one

if TYPE_CHECKING:
    from ledger.offtake.meters.metering import ReadMeter


@click.command("meter-read")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--meter", required=True, shell_complete=names_of("meter"), help="The meter that the dump is of.")
@click.option(
    "--on", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The day at whose end the registers were read."
)
@click.option("--number", help="Of a dump of several meters: the address of the one, 12 digits.")
@click.option("--rolled-over", is_flag=True, help="The registers that show less than before went round.")
@click.option("--checked", help="Why a register that went round counted more than half of its range.")
@who_options()
@click.option("--dry-run", is_flag=True, help="Read the dump and say what would be recorded; record nothing.")
@data_option()
def meter_read(
    file: Path,
    meter: str,
    on: datetime,
    number: str | None,
    rolled_over: bool,
    checked: str | None,
    who: Claim,
    dry_run: bool,
    data: Path,
) -> None:
    """Record what the registers in FILE show, a dump of DL/T 645-2007 frames in hexadecimal, by total and by band.

    A frame stands in a line, whatever is before it; requests are passed over. Every wrong line is named, with the
    rule: a checksum, a length, digits that are none. The same dump again records nothing.

    \b
    mcsc meter-read dump.txt --meter m-1-demo --on 2026-05-31 --dry-run
    """
    from api.intake.metering.dlt645 import read_registers
    from ledger.offtake.meters.metering import ReadMeter
    from ledger.recording.outcome import Refused

    read = read_registers(file.read_bytes(), number)
    for place in (*read.left_out, *read.bad):
        click.echo(f"{file.name}:{place.line}: {place.rule}" if place.line else f"{file.name}: {place.rule}")
    if read.bad:
        raise Stop(f"{len(read.bad)} wrong lines; nothing was recorded.", USAGE)
    command = command_of(
        ReadMeter,
        effective_on=on.date(),
        meter=meter,
        value=read.value,
        bands=read.bands,
        rolled_over=rolled_over,
        checked=checked,
    )
    outcome = record_one(data, command, who, dry_run=dry_run)
    stop_where_refused(outcome)
    assert not isinstance(outcome, Refused), "else it stopped"
    done = "would be recorded" if dry_run and outcome.facts else "recorded" if outcome.facts else "recorded already"
    say(f"meter {read.number} as {meter}, at the end of {on:%Y-%m-%d}: {_told(command)}; {done}")


def _told(command: "ReadMeter") -> str:
    from ledger.offtake.terms import BANDS

    bands = command.bands
    by_band = [f"{band} {bands.of(band)}" for band in BANDS] if bands is not None else []
    return ", ".join([f"{command.value} in all", *by_band])
