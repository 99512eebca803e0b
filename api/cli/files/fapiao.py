"""Tax invoices (发票) by command, by file.

export fapiao-requests   which documents want one, as a workbook for the tax platform, or listed
fapiao-import            the numbers that the platform replied with
"""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from api.cli.actor import Claim, who_options
from api.cli.display import say, table
from api.cli.files.banks import keep, stop_where_refused
from api.cli.place import USAGE, Stop, command_of, data_option, names_of, readable, settings_of
from api.cli.reading import asking, in_words
from api.cli.recording import record_one
from api.cli.written import write

if TYPE_CHECKING:
    from api.bookkeeping.fapiao.matching import Matched
    from api.bookkeeping.fapiao.workbook import InvoiceType
    from ledger.billing.invoicing.replies import TakeFapiaoReplies
    from ledger.recording.outcome import Outcome
    from projections.tenancy.fapiao_requests import FapiaoRequests

DAY = click.DateTime(["%Y-%m-%d"])


@click.command("fapiao-requests")
@click.option("--from", "from_on", type=DAY, help="Only of documents issued from this day on.")
@click.option("--company", shell_complete=names_of("company"), help="Only of this company.")
@click.option(
    "--type",
    "kind",
    type=click.Choice(["special", "ordinary"]),
    default="special",
    show_default=True,
    help="Special (专用发票), whose tax buyers deduct; or ordinary (普通发票).",
)
@click.option("--effective", help="Effective on: a date, a month, month-end or now.")
@click.option("--recorded", help="As recorded by: a position, an instant, a date, close:2026-07 or now.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A workbook to write; without it, a list."
)
@data_option()
def fapiao_requests(
    from_on: datetime | None,
    company: str | None,
    kind: "InvoiceType",
    effective: str | None,
    recorded: str | None,
    output: Path | None,
    data: Path,
) -> None:
    """The documents that want a tax invoice 发票, and the credit notes that want a red-letter one; what each lacks.

    \b
    mcsc export fapiao-requests
    mcsc export fapiao-requests --from 2026-07-01 -o requests.xlsx
    mcsc fapiao-import replies.xlsx --dry-run

    A document is listed while it is taxed and no tax invoice of it is on record; its amounts are those of its lines,
    less what credit notes took off before. The workbook has the sheets of the tax platform's template for many at once
    (批量开票), rent with what special type 06 asks for: address, certificate and days. Its 发票流水号 is the position
    of the fact that issued the document: replies are known by it. What lacks something stands on a sheet of its own,
    with what to do about it.
    """
    from api.bookkeeping.fapiao.requests import made, read_of

    if output is not None and output.suffix.lower() != ".xlsx":
        raise Stop(f"It is a workbook: name {output} so that it ends in .xlsx.", USAGE)
    settings = settings_of(data)
    asked: dict[str, Any] = {"company": company, "effective": effective, "recorded": recorded}
    asked["from_on"] = from_on.date().isoformat() if from_on else None
    with asking(read_of(settings), data, **asked) as (basis, pages):
        found: FapiaoRequests = next(iter(pages)).data
    if output is None:
        _list(found)
    else:
        write([made(settings, basis, found, kind)], output, binary=True)  # type: ignore[arg-type] # not of the log
    say(f"{found.ready} requests are ready, {found.gross} CNY; {found.lacking} lack something; {in_words(basis)}")


def _list(found: "FapiaoRequests") -> None:
    """Show the requests, and what each lacks."""
    from api.bookkeeping.fapiao.requests import in_words as told

    names = ("document", "credit note", "tenant", "net", "VAT", "gross", "lacks")
    rows = [
        (row.document, row.credit_note, row.company, row.net, row.vat, row.gross, "; ".join(map(told, row.lacks)))
        for row in found.rows
    ]
    table("Tax invoices to be issued (CNY)", names, rows, numbers=names[3:6], few=("document", "gross", "lacks"))


@click.command("fapiao-import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--on", type=DAY, help="The day the file came.  [default: today]")
@click.option("--good-rows", is_flag=True, help="Leave wrong and refused lines out, and take the others.")
@who_options()
@click.option("--dry-run", is_flag=True, help="Read the file and say what would be recorded; record nothing.")
@data_option()
def fapiao_import(file: Path, on: datetime | None, good_rows: bool, who: Claim, dry_run: bool, data: Path) -> None:
    """Record the numbers of tax invoices 发票 in FILE, XLSX or CSV, as the tax platform replied: all, or nothing.

    \b
    mcsc fapiao-import replies.xlsx --dry-run
    mcsc fapiao-import replies.xlsx

    Taken are the answer to many requests (发票流水号 beside 发票号码) and what the platform exports of issued ones,
    where the remark names the document. Each must say what its document, or the credit note of a red-letter one, comes
    to, to the fen. Every wrong line is named, with the rule. Failed and voided ones are left out. The same file again
    records nothing. `withdraw-fapiao` takes a number back.
    """
    from api.bookkeeping.fapiao.matching import Given, taken_from
    from ledger.recording.outcome import Previewed, Refused

    given = command_of(Given, name=file.name, on=on.date() if on else settings_of(data).today(), good_rows=good_rows)
    content = file.read_bytes()
    with readable(data) as (_, database), database.views.connect() as connection:
        found = taken_from(connection, content, given)
    for note in (*found.left_out, *found.bad):
        _note(file, note.line, note.rule)
    command = found.command
    if command is None:
        raise Stop(_none(found), USAGE)
    outcome = record_one(data, command, who, dry_run=True)
    if isinstance(outcome, Refused) and outcome.faults:
        command = _good(file, command, outcome, good_rows)
        outcome = record_one(data, command, who, dry_run=True)
    stop_where_refused(outcome)
    if not dry_run:
        keep(data, content)
        stop_where_refused(record_one(data, command, who))
    new = outcome.facts if isinstance(outcome, Previewed) else ()
    done = "would be recorded" if dry_run else "recorded"
    say(f"{len(new)} tax invoices {done}, {len(command.replies) - len(new)} were on record already")


def _note(file: Path, line: int, rule: str) -> None:
    click.echo(f"{file.name}:{line}: {rule}" if line else f"{file.name}: {rule}")


def _none(found: "Matched") -> str:
    said = f"{len(found.bad)} wrong lines" if found.bad else "No tax invoice that holds is in it"
    return f"{said}; nothing was recorded."


def _good(file: Path, command: "TakeFapiaoReplies", outcome: "Outcome", good_rows: bool) -> "TakeFapiaoReplies":
    """The command without what a rule refuses of it, each line of which is named. Raises Exit, Stop."""
    from api.bookkeeping.fapiao.matching import line_of, without
    from ledger.recording.outcome import Refused

    assert isinstance(outcome, Refused), "it has faults"
    for fault in outcome.faults:
        _note(file, *line_of(fault))
    if not good_rows:
        stop_where_refused(outcome)
    left = without(command, outcome.faults)
    if left is None:
        raise Stop("Every line is refused; nothing was recorded.", USAGE)
    return left
