"""bill: every lease billed through a date, as a billing run over HTTP would.

Safe to stop and to run again: what is billed already adds nothing.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click
from click.exceptions import Exit

from api.cli.actor import Claim, acting, check_role, ledger_of, who_options
from api.cli.display import Progress, say, table
from api.cli.place import Stop, data_option, ended_as_by_ctrl_c, existing, exit_code, known, names_of

if TYPE_CHECKING:
    from concurrent.futures import Future

    from ledger.log.database import Database
    from ledger.recording.outcome import Answer, Outcome
    from ledger.values.days import Days
    from projections.receivables.preview import LeasePreview, Totals

    Previewed = tuple[str, LeasePreview]

AT_ONCE = 250
"""As many leases as are asked for before the first of them is heard: meanwhile the next are worked out."""

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
@click.option(
    "--lease",
    "leases",
    multiple=True,
    shell_complete=names_of("lease"),
    help="Only this lease; may be given more than once.",
)
@who_options()
@click.option("--dry-run", is_flag=True, help="Show what would be issued and posted, and record nothing.")
@click.option("--json", "as_json", is_flag=True, help="One line a lease, as over HTTP.")
@data_option()
def bill(
    through: datetime,
    on: datetime | None,
    leases: tuple[str, ...],
    who: Claim,
    dry_run: bool,
    as_json: bool,
    data: Path,
) -> None:
    """Bill every lease through a day: invoices, notes for what changed, rent that was earned.

    Stop it whenever you like and run it again: nothing is billed twice. Leases that are refused are named with the
    rule; the others are billed. What would be refused of every lease is said once, before any. The exit code is the
    highest of: 4 unknown lease, 5 conflict, 6 refused by a rule.

    \b
    mcsc bill --through 2024-12-31 --dry-run
    mcsc bill --through 2024-12-31
    mcsc bill --through 2024-09-05 --on 2024-09-05 --lease l-1-demo
    """
    run = _Run(data, through.date(), on.date() if on else None, as_json)
    with ended_as_by_ctrl_c(), closing(run.database):
        codes = run.preview(leases, who) if dry_run else run.bill(leases, who)
    if codes:
        raise Exit(max(codes))


class _Run:
    """A billing run of a ledger, or the preview of one. `codes`: the exit codes that leases earned."""

    def __init__(self, data: Path, through: date, on: date | None, as_json: bool) -> None:
        self.settings, self.database = existing(data)
        self._through, self._on = through, on or min(through, self.settings.today())
        self._as_json = as_json

    def _answers(self, only: Sequence[str], who: Claim, *, dry_run: bool) -> "Iterator[Mapping[str, Future[Answer]]]":
        """Ask for each lease, some at once: their answers to come. What each comes to is worked out beside us."""
        from api.recorder.runtime import stay
        from api.routes.billing_run import BillingRun, known_leases
        from ledger.billing.gap import BillLease
        from ledger.recording.ahead import ahead
        from ledger.recording.contexts import CONTEXTS

        by = acting(self.settings, self.database, who, dry_run=dry_run)
        check_role(by, BillLease)
        _check_run(self.database, self.settings.days, self._through, self._on)
        run = BillingRun(through=self._through, effective_on=self._on)
        leases = list(dict.fromkeys(only)) or known_leases(self.database)
        stay()
        with (
            ahead(self.database, CONTEXTS, [run.of(lease) for lease in leases], by) as decided,
            ledger_of(self.settings, self.database) as ledger,
            Progress("leases") as progress,
        ):
            for start in range(0, len(leases), AT_ONCE):
                some = leases[start : start + AT_ONCE]
                yield {
                    lease: ledger.submit(run.of(lease), by, dry_run=dry_run, decided=next(decided)) for lease in some
                }
                progress(start + len(some), len(leases))

    def bill(self, only: Sequence[str], who: Claim) -> set[int]:
        """Bill the leases, and say what became of them."""
        counts, codes = Counter[str](), set[int]()
        for some in self._answers(only, who, dry_run=False):
            for lease, answer in some.items():
                codes |= _tell(lease, answer, counts, self._as_json)
        if not self._as_json:
            names = ["leases", *COUNTED, "refused"]
            table(f"Billed through {self._through}", names, [[counts[name] for name in names]], numbers=names)
        return codes

    def preview(self, only: Sequence[str], who: Claim) -> set[int]:
        """Show what the run would issue and post; record nothing."""
        from api.routes.billing_run import Previewing

        previewing, codes, shown = Previewing(self.database, self._through), set[int](), list["Previewed"]()
        for some in self._answers(only, who, dry_run=True):
            before = previewing.charged(tuple(some))
            for lease, answer in some.items():
                outcome, code = _foretold(lease, answer, self._as_json)
                codes |= code
                preview = None if outcome is None else previewing.of(lease, outcome, before)
                if outcome is None:
                    previewing.sums.refused()
                elif preview is not None:
                    shown.append((lease, preview))
                    if self._as_json:
                        _line(lease=lease, preview=preview)
        totals = previewing.sums.totals()
        if self._as_json:
            _line(totals=totals)
        else:
            _show(f"Would be billed through {self._through}", shown, totals)
        return codes


def _line(**said: Any) -> None:
    """Print one line of JSON."""
    import msgspec

    click.echo(json.dumps(msgspec.to_builtins(said), ensure_ascii=False))


def _foretold(lease: str, answer: "Future[Answer]", as_json: bool) -> "tuple[Outcome | None, set[int]]":
    """The outcome of a dry run, if there is one; the exit code that it earns, if any, and why is said."""
    from ledger.recording.outcome import NotDone, Refused

    try:
        outcome = answer.result().outcome
    except NotDone as error:
        say(f"{lease}: {error}")
        if as_json:
            _line(lease=lease, outcome="not-done", detail=str(error))
        return None, {known(error).exit_code}
    if not isinstance(outcome, Refused):
        return outcome, set()
    say(f"{lease}: {outcome.detail} ({outcome.code})")
    if as_json:
        _line(lease=lease, **_written(outcome))
    return outcome, {exit_code(outcome.kind)}


def _written(outcome: "Outcome") -> dict[str, Any]:
    """An outcome as JSON has it."""
    import msgspec

    found: dict[str, Any] = msgspec.to_builtins(outcome)
    return found


def _show(title: str, leases: "Sequence[Previewed]", totals: "Totals") -> None:
    """Show a preview: the documents, what each lease is charged for a month, what would be posted; do they tie?"""
    from api.formats.sheets import figure

    names = ["lease", "document", "dated", "due", "net", "VAT", "gross"]
    rows = [
        [lease, one.document, one.on, one.due_on or "", *map(figure, (one.net, one.vat, one.gross))]
        for lease, preview in leases
        for one in preview.documents
    ]
    rows.append(
        ["TOTAL", f"{totals.documents} documents", "", "", *map(figure, (totals.net, totals.vat, totals.gross))]
    )
    table(title, names, rows, numbers=names[4:])
    months = ["lease", "month", "charged", "month before", "difference"]
    changed = [
        [lease, one.month, *map(figure, (one.this_month, one.last_month, one.difference))]
        for lease, one in leases
        if one.this_month != one.last_month
    ]
    changed.append(["TOTAL", "", *map(figure, (totals.this_month, totals.last_month, totals.difference))])
    table("Charged for the month otherwise than for the one before (net)", months, changed, numbers=months[2:])
    accounts = ["month", "account", "debit", "credit"]
    posted = [[one.month, one.code, figure(one.debit), figure(one.credit)] for one in totals.postings]
    posted.append(["TOTAL", "", figure(totals.debit), figure(totals.credit)])
    table("Would be posted (CNY)", accounts, posted, numbers=accounts[2:])
    said = "ties" if totals.ties else "DOES NOT TIE"
    say(
        f"{totals.leases} leases, {totals.refused} refused; rent recognised {figure(totals.earned)}; debits"
        f" {figure(totals.debit)}, credits {figure(totals.credit)}; documents"
        f" {figure(totals.gross)}, of which receivables {figure(totals.documents_receivable)}: it {said}."
        " Nothing was recorded."
    )


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
    from ledger.recording.outcome import Done, NotDone, Refused

    counts["leases"] += 1
    try:
        outcome = answer.result().outcome
    except NotDone as error:
        say(f"{lease}: {error}")
        counts["refused"] += 1
        if as_json:
            _line(lease=lease, outcome="not-done", detail=str(error))
        return {known(error).exit_code}
    if as_json:
        _line(lease=lease, **_written(outcome))
    if isinstance(outcome, Refused):
        say(f"{lease}: {outcome.detail} ({outcome.code})")
        counts["refused"] += 1
        return {exit_code(outcome.kind)}
    assert isinstance(outcome, Done), "it was asked to record, not to preview"
    for name, facts in COUNTED.items():
        counts[name] += sum(noted.fact in facts for noted in outcome.facts)
    return set()
