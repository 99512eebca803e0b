"""bill: every lease billed through a date, as a billing run over HTTP would.

Safe to stop and to run again: what is billed already adds nothing.
"""

import json
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click
from click.exceptions import Exit

from api.cli.actor import Claim, acting, check_role, ledger_of, who_options
from api.cli.display import Progress, say, table
from api.cli.place import Stop, data_option, existing, exit_code, known
from api.cli.recording import AT_ONCE

if TYPE_CHECKING:
    from concurrent.futures import Future

    from ledger.log.database import Database
    from ledger.recording.outcome import Answer
    from ledger.values.days import Days

COUNTED = {
    "invoices": ("billing.invoice-issued",),
    "debit notes": ("billing.debit-note-issued",),
    "credit notes": ("billing.credit-note-issued",),
    "rent recognised": ("billing.rent-recognised", "billing.accrued-rent-derecognised"),
}


@click.command()
@click.option("--through", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Bill what is due through this day.")
@click.option(
    "--on", type=click.DateTime(["%Y-%m-%d"]), help="The day it is done.  [default: that day, at the latest today]"
)
@click.option("--lease", "leases", multiple=True, help="Only this lease; may be given more than once.")
@who_options()
@click.option("--json", "as_json", is_flag=True, help="One line a lease, as over HTTP.")
@data_option()
def bill(
    through: datetime, on: datetime | None, leases: tuple[str, ...], who: Claim, as_json: bool, data: Path
) -> None:
    """Bill every lease through a day: invoices, notes for what changed, rent that was earned.

    Stop it whenever you like and run it again: nothing is billed twice. Leases that are refused are named with the
    rule; the others are billed. What would be refused of every lease is said once, before any. The exit code is the
    highest of: 4 unknown lease, 5 conflict, 6 refused by a rule.

    \b
    mcsc bill --through 2024-12-31
    mcsc bill --through 2024-09-05 --on 2024-09-05 --lease l-1-demo
    """
    counts, codes = _run(data, leases, through.date(), on.date() if on else None, who, as_json)
    if not as_json:
        names = ["leases", *COUNTED, "refused"]
        table(f"Billed through {through.date()}", names, [[counts[name] for name in names]], numbers=names)
    if codes:
        raise Exit(max(codes))


def _run(
    data: Path, only: tuple[str, ...], through: date, on: date | None, who: Claim, as_json: bool
) -> tuple[Counter[str], set[int]]:
    from api.routes.billing_run import known_leases
    from ledger.billing.gap import BillLease

    settings, database = existing(data)
    day = on or min(through, settings.today())
    by = acting(settings, database, who)
    check_role(by, BillLease)
    _check_run(database, settings.days, through, day)
    counts, codes = Counter[str](), set[int]()
    with ledger_of(settings, database) as ledger, Progress("leases") as progress:
        leases = list(dict.fromkeys(only)) or known_leases(database)
        for start in range(0, len(leases), AT_ONCE):
            some = leases[start : start + AT_ONCE]
            commands = [BillLease(lease=lease, through=through, effective_on=day) for lease in some]
            answers = [(command.lease, ledger.submit(command, by)) for command in commands]
            for done, (lease, answer) in enumerate(answers, start + 1):
                codes |= _tell(lease, answer, counts, as_json)
                progress(done, len(leases))
    database.close()
    return counts, codes


def _check_run(database: "Database", days: "Days", through: date, on: date) -> None:
    """Check what every lease would be refused for, before any is billed. Raises Stop."""
    from api.routes.billing_run import check_run
    from ledger.decider import Refusal

    try:
        check_run(database, days, through, on)
    except Refusal as refusal:
        raise Stop(f"No lease is billed: {refusal.detail} ({refusal.code}).", exit_code(refusal.kind)) from refusal


def _tell(lease: str, answer: "Future[Answer]", counts: "Counter[str]", as_json: bool) -> set[int]:
    """Count what became of a lease, and say where it was refused; the exit code it earns, if any."""
    import msgspec

    from ledger.recording.outcome import Done, NotDone, Refused

    counts["leases"] += 1
    try:
        outcome = answer.result().outcome
    except NotDone as error:
        say(f"{lease}: {error}")
        counts["refused"] += 1
        if as_json:
            click.echo(json.dumps({"lease": lease, "outcome": "not-done", "detail": str(error)}, ensure_ascii=False))
        return {known(error).exit_code}
    if as_json:
        click.echo(json.dumps({"lease": lease, **msgspec.to_builtins(outcome)}, ensure_ascii=False))
    if isinstance(outcome, Refused):
        say(f"{lease}: {outcome.detail} ({outcome.code})")
        counts["refused"] += 1
        return {exit_code(outcome.kind)}
    assert isinstance(outcome, Done), "it was asked to record, not to preview"
    for name, facts in COUNTED.items():
        counts[name] += sum(noted.fact in facts for noted in outcome.facts)
    return set()
