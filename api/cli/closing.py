"""close: close a month on its books, once everything that they rest on is done."""

import re
from contextlib import ExitStack, closing
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click
from click.exceptions import Exit

from api.cli.actor import Claim, acting, check_role, ledger_of, who_options
from api.cli.display import say, table
from api.cli.place import REFUSED, Stop, data_option, existing, exit_code, names_of

if TYPE_CHECKING:
    from api.settings import Settings
    from ledger.joint.closing import ClosePeriod
    from ledger.log.database import Database
    from ledger.recording.asking import Recorder

MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])", re.ASCII)


def _month(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if not MONTH.fullmatch(value):
        raise click.BadParameter(f"{value!r} is no month; write it as 2024-07.")
    return value


@click.command()
@click.argument("month", metavar="MONTH", callback=_month, shell_complete=names_of("period"))
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day it is closed.  [default: today]")
@click.option("--dry-run", is_flag=True, help="Show what the month would close on, and close nothing.")
@click.option("--even-so", is_flag=True, help="Close although something is left to bill or to remeasure.")
@who_options()
@data_option()
def close(month: str, on: datetime | None, dry_run: bool, even_so: bool, who: Claim, data: Path) -> None:
    """Close a MONTH: every control account beside its subledger, and what is left to bill, then the close itself.

    Nothing posts to a closed month any more; what is learned later posts to the next open one.

    \b
    mcsc close 2024-07 --dry-run
    mcsc close 2024-07
    """
    from api.routes.periods import CLOSE_TRIES, figures, is_stale
    from ledger.joint.closing import ClosePeriod
    from ledger.recording.outcome import Done, Refused
    from projections.engine.runner import catch_up, ensure
    from projections.every.views import ALL_VIEWS

    settings, database = existing(data)
    with closing(database), ExitStack() as stack:
        views = [view() for view in ALL_VIEWS]
        ensure(database, views)
        by = acting(settings, database, who, dry_run=dry_run)
        check_role(by, ClosePeriod)
        day = on.date() if on else settings.today()
        ledger = _recording(stack, settings, database, dry_run)
        catch_up(database, views)
        command, left = _figures(settings, database, month, day, stated=on is not None)
        if ledger is None:
            if left and not even_so:
                raise Exit(REFUSED)
            return
        if left and not (dry_run or even_so):
            raise Stop(f"{month} is not closed: {left}. --even-so closes it.", REFUSED)
        answer = ledger.execute(command, by, dry_run=dry_run)
        for _ in range(1, CLOSE_TRIES):
            if not is_stale(answer.outcome):
                break
            catch_up(database, views)  # a server beside us recorded something meanwhile
            command = figures(settings, database, month, day, even_so=dry_run or even_so, stated=on is not None)
            answer = ledger.execute(command, by, dry_run=dry_run)
    outcome = answer.outcome
    if isinstance(outcome, Refused):
        say(f"{month} is not closed: {outcome.detail} ({outcome.code})")
        raise Exit(exit_code(outcome.kind))
    if isinstance(outcome, Done):
        said = f"closed, position {outcome.position}" if outcome.facts else "closed already"
        say(f"{month} is {said}; reports as recorded=close:{month} stay as they are.")
    elif left and not even_so:
        raise Exit(REFUSED)


def _recording(stack: ExitStack, settings: "Settings", database: "Database", dry_run: bool) -> "Recorder | None":
    """The ledger, started; None where another process records into it and lets nobody in, and only the figures are
    wanted."""
    from ledger.log.database import AlreadyOpen

    try:
        return stack.enter_context(ledger_of(settings, database))
    except AlreadyOpen as error:
        if not dry_run:
            raise
        say(f"The figures alone, without the rules of a close: {error}.")
        return None


def _figures(
    settings: "Settings", database: "Database", month: str, on: date, *, stated: bool
) -> tuple["ClosePeriod", str]:
    """The closing command, and what is left to do in words; the figures are shown."""
    from api.formats.sheets import figure
    from api.http.reading import BasisQuery, look_up
    from api.routes.periods import FIGURES, figures

    _, found = look_up(settings, database, FIGURES, BasisQuery(), {"month": month})
    names = ["account", "control", "subledger", "difference"]
    rows = [[tie.code, *map(figure, (tie.control, tie.subledger, tie.difference))] for tie in found.data.ties]
    table(f"{month}: {found.data.entries} entries", names, rows, numbers=names[1:])
    if found.data.waits_for:
        say(f"{found.data.waits_for} has to be closed first.")
    if not found.data.is_next:
        return figures(settings, database, month, on, stated=stated), ""
    for lease, why in found.data.unbilled.items():
        say(f"{lease} is not billed through {month}{f': {why}' if why else ''}; `mcsc bill` brings it up to date.")
    for receivable in found.data.unrevalued:
        named = ", which names its order as client_money," if receivable.endswith(" client-money") else ""
        say(f"{receivable} is not remeasured at the end of {month}; `revalue-receivables`{named} does it.")
    for payable in found.data.unrevalued_payables:
        say(not_remeasured(payable, month))
    for energy in found.data.unapproved:
        say(f"{energy} is not approved; `calculate-statement` and `approve-statement` settle it.")
    for journal in found.data.undecided:
        say(
            f"{journal} waits for a second person, and cannot be posted after the close: `approve-journal` or "
            "`reject-journal`."
        )
    for account in found.data.contrary:
        say(f"{account}: the account stands on the wrong side; what would bring it right is not recorded here.")
    for account in found.data.untaxed:
        say(f"{account}: VAT of {month} that stands in no return; `propose-vat-return` takes it, or the next one.")
    unbilled, foreign = len(found.data.unbilled), len(found.data.unrevalued)
    left = [f"{unbilled} leases are left to bill"] if unbilled else []
    left += [f"{foreign} foreign receivables are not remeasured"] if foreign else []
    owed = len(found.data.unrevalued_payables)
    left += [f"{owed} foreign payables are not remeasured"] if owed else []
    left += [f"{len(found.data.unapproved)} months of energy are not approved"] if found.data.unapproved else []
    left += [f"{len(found.data.undecided)} manual journals wait for a decision"] if found.data.undecided else []
    return figures(settings, database, month, on, stated=stated), " and ".join(left)


def not_remeasured(payable: str, month: str) -> str:
    """The words for a payable that does not stand at the rate of a month's end: `document currency open (left)`."""
    document, currency, _, *left = payable.split(" ", 3)
    if left:
        still = left[0].strip("()")
        return f"{document}: nothing is owed in {currency} any more, {still} are left; `revalue-payables` clears them."
    return f"{payable} is owed and not remeasured at the end of {month}; `revalue-payables` does it."
