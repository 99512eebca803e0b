"""meter-import; report energy, offtake-shortfall: energy offtake on the command line."""

import hashlib
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import rich_click as click
from click.exceptions import Exit

from api.cli.display import figure, say
from api.cli.place import USAGE, Stop, data_option, exit_code, migrated
from api.cli.reading import options, show_report
from api.cli.recording import login_name

POSITIONS = click.option("--positions", is_flag=True, help="With --json: list the facts behind each row.")
AGREEMENT = click.option("--agreement", help="Only this agreement.")
Shown = tuple[list[str], list[list[Any]]]


@click.command("meter-import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--meter", required=True, help="The meter that the file is of.")
@click.option("--minutes", type=click.Choice(["15", "30", "60"]), default="15", show_default=True, help="An interval.")
@click.option("--on", "on", help="The day the file came.  [default: today]")
@click.option("--reason", help="Why these take the place of intervals that are recorded already.")
@click.option("--as", "actor", envvar="MCSC_ACTOR", help="Who records.  [default: your login name]")
@click.option("--dry-run", is_flag=True, help="Read the file and say what would be recorded; record nothing.")
@data_option()
def meter_import(
    file: Path,
    meter: str,
    minutes: Literal["15", "30", "60"],
    on: str | None,
    reason: str | None,
    actor: str | None,
    dry_run: bool,
    data: Path,
) -> None:
    """Record the intervals of FILE, a CSV of times and kWh: all of it, or nothing.

    Every bad line is named: times that come twice, gaps, an hour that clocks in spring or autumn left out or told
    twice. Times are local and without daylight saving time.

    \b
    mcsc meter-import january.csv --meter m-1-demo
    """
    from ledger.offtake.intervals import BAD_LINES_MAX, read_intervals
    from ledger.offtake.metering import RecordIntervals
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
    command = RecordIntervals(
        effective_on=date.fromisoformat(on) if on else datetime.now().astimezone().date(),
        meter=meter,
        minutes=int(minutes),  # type: ignore[arg-type] # one of the choices
        days=found.days,
        file=Evidence(doc=file.name, sha256=hashlib.sha256(content).hexdigest()),
        reason=reason,
    )
    _record(command, data, actor or login_name(), dry_run)


def _record(command: Any, data: Path, actor: str, dry_run: bool) -> None:
    from ledger import CONTEXTS
    from ledger.decider import By
    from ledger.recording.application import Ledger
    from ledger.recording.outcome import Refused

    settings, database = migrated(data)
    with Ledger(database, CONTEXTS, data_class=settings.data_class) as ledger:
        outcome = ledger.execute(command, By(actor=actor, role="admin", method="cli"), dry_run=dry_run).outcome
    database.close()
    if isinstance(outcome, Refused):
        say(f"{outcome.detail} ({outcome.code}{f', {outcome.field}' if outcome.field else ''})")
        raise Exit(exit_code(outcome.kind))
    days = len(command.days)
    done = "would be recorded" if dry_run else "recorded" if outcome.facts else "recorded already"
    say(f"{days} days of {command.meter} {done}, {len(outcome.facts)} facts, position {outcome.position}")


@click.command()
@AGREEMENT
@click.option("--from-month", help="Only months from this one on.")
@POSITIONS
@options()
def energy(**asked: Any) -> None:
    """Energy by agreement, month and run: kWh, price, net, CO2 (indicative), green certificates.

    \b
    mcsc report energy --effective 2024-12-31
    mcsc report energy --agreement wte-1-demo --from-month 2024-07 --csv -o energy.csv
    """
    from api.routes.offtake import READS

    texts = ("agreement", "month", "state")
    title = "Energy (kWh, CNY; CO2 in tonnes is indicative, location-based)"
    show_report(READS, "report-energy", title, _energy, texts=texts, **asked)


def _energy(found: Any) -> Shown:
    names = ["agreement", "month", "run", "state", "delivered", "deemed", "curtailed", "price", "net", "VAT"]
    names += ["delta net", "available %", "t CO2", "GEC", "carried"]
    rows: list[list[Any]] = []
    for row in found.data.rows:
        energy_figures = map(figure, (row.delivered_kwh, row.deemed_kwh, row.curtailed_kwh))
        money = map(figure, (row.net, row.vat, row.delta_net))
        state = f"{row.state}{' (estimated)' if row.estimated else ''}"
        green = [figure(row.availability_percent), figure(row.co2_t), row.gec, figure(row.gec_carried_kwh)]
        rows.append([row.agreement, row.month, row.run, state, *energy_figures, row.price, *money, *green])
    for total in (*found.data.agreements, found.data.total):
        energy_figures = map(figure, (total.delivered_kwh, total.deemed_kwh, total.curtailed_kwh))
        rest = [None, figure(total.net), figure(total.vat), None, None, figure(total.co2_t), total.gec, None]
        rows.append([total.agreement or "TOTAL", "latest", None, None, *energy_figures, *rest])
    return names, rows


@click.command("offtake-shortfall")
@AGREEMENT
@POSITIONS
@options()
def offtake_shortfall(**asked: Any) -> None:
    """Take-or-pay by agreement and contract year, and the make-up bank.

    \b
    mcsc report offtake-shortfall --effective 2025-12-31
    """
    from api.routes.offtake import READS

    texts = ("agreement",)
    title = "Offtake shortfall and make-up (kWh, CNY ex VAT)"
    show_report(READS, "report-offtake-shortfall", title, _shortfall, texts=texts, **asked)


def _shortfall(found: Any) -> Shown:
    names = ["agreement", "year", "run", "ACQ", "adjusted", "take-or-pay", "taken", "carried in", "shortfall"]
    names += ["payment", "opening", "made up", "expired", "closing", "closing CNY", "damages"]
    rows: list[list[Any]] = []
    for row in found.data.rows:
        told = (row.acq_kwh, row.adjustments_kwh, row.take_or_pay_kwh, row.taken_kwh, row.carried_in_kwh)
        rest = (row.shortfall_kwh, row.payment, row.make_up_opening_kwh, row.make_up_taken_kwh, row.make_up_expired_kwh)
        end = (row.make_up_closing_kwh, row.make_up_closing, row.damages)
        rows.append([row.agreement, row.year, row.run, *map(figure, (*told, *rest, *end))])
    sums = [figure(found.data.payment), *[None] * 4, figure(found.data.make_up_owed), None]
    rows.append(["TOTAL", *[None] * 8, *sums])
    return names, rows
