"""paper statement, invoice, credit-note, energy, vouchers: papers as PDF; paper check: one in hand, known by its hash.

COMMANDS   all of them; a room of its own, since the kinds come from the ledger (see place.Later)
"""

from pathlib import Path
from typing import Any

import rich_click as click

from api.cli.actor import Claim, who_options
from api.cli.display import Progress, say, table
from api.cli.place import NOT_FOUND, USAGE, Stop, data_option, exit_code, readable
from api.cli.reading import in_words, query_of
from api.cli.recording import record_one
from api.cli.written import write
from api.http.reading import look_up
from api.papers.issuing import KINDS as ISSUED
from api.papers.issuing import issue_of, issued
from api.papers.serving import hash_of, made, names_in, papers
from ledger.bookkeeping.papers import IssuePaper
from ledger.log.store import read_head
from ledger.recording.outcome import Done, Refused
from projections.engine.runner import catch_up, ensure
from projections.every.views import ALL_VIEWS
from projections.vouchers import WORDS


def _paper(kind: str, what: str) -> click.Command:
    """The command that makes a kind of paper."""

    @click.argument("name")
    @click.option("--effective", help="Effective on: a date, a month, month-end or now.")
    @click.option("--recorded", help="As recorded by: a position, an instant, a date, close:2024-07 or now.")
    @click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="A file.")
    @data_option()
    def printed(name: str, output: Path, data: Path, **asked: Any) -> None:
        who = asked.pop("who", None)
        _make_paper(kind, name, output, data, who if asked.pop("issue", False) else None, asked)

    if kind in ISSUED:
        goes_out = "It goes out: record its hash, what it shows, and its basis."
        printed = click.option("--issue", is_flag=True, help=goes_out)(who_options()(printed))
    for option in OPTIONS.get(kind, ()):
        printed = option(printed)
    return click.command(kind, help=what)(printed)


OPTIONS = {
    "statement": (click.option("--from", "from_on", help="The first day of the movements.  [default: 1 January]"),),
    "vouchers": (
        click.option("--kind", type=click.Choice(list(WORDS)), help="One kind: 收, 付 or 转."),
        click.option("--first", type=click.IntRange(1), help="From this number on."),
        click.option("--last", type=click.IntRange(1), help="Up to this number."),
    ),
}
"""The options that a kind has of its own."""


def _make_paper(kind: str, name: str, output: Path, data: Path, who: Claim | None, asked: dict[str, Any]) -> None:
    """Print a paper to a file; where it goes out, record that."""
    if output.suffix.lower() != ".pdf":
        raise Stop(f"It is a PDF: name {output} so that it ends in .pdf.", USAGE)
    with readable(data) as (settings, database):
        views = [view() for view in ALL_VIEWS]
        with Progress("facts read", quiet_s=1) as progress:
            ensure(database, views)
            catch_up(database, views, progress)
        read = papers(settings)[kind]
        query = query_of(read, asked)
        basis, found = look_up(settings, database, read, query, names_in(read, name))
    body = made(found.data)
    write([body], output, binary=True)
    click.echo(f"{hash_of(body)}  {output}")
    if who is not None:
        command = issue_of(kind, name, found.data, body, settings.today(), getattr(query, "from_on", None))
        _issue(data, command, who)
    say(in_words(basis))


def _issue(data: Path, command: IssuePaper, who: Claim) -> None:
    outcome = record_one(data, command, who)
    if isinstance(outcome, Refused):
        raise Stop(f"Printed, and not recorded: {outcome.detail} ({outcome.code}).", exit_code(outcome.kind))
    assert isinstance(outcome, Done), "it was asked to record, not to preview"
    said = f"at position {outcome.position:,}" if outcome.facts else "already"
    say(f"recorded {said}: `mcsc paper check` knows it again")


KINDS = (
    ("statement", "A tenant's statement of account; NAME is the company."),
    ("invoice", "An invoice, debit note or late fee; NAME is the document."),
    ("credit-note", "A credit note; NAME is the document."),
    ("energy", "A month's energy statement; NAME is AGREEMENT/2026-05-r0."),
    ("vouchers", "The vouchers of a month, to print and bind; NAME is the month."),
)


@click.command("check")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@data_option()
def check_paper(file: Path, data: Path) -> None:
    """Look up a FILE that somebody holds: which paper it is, when it went out, and by whose hand.

    Exit code 4 where no paper with these bytes went out.
    """
    sha256 = hash_of(file.read_bytes())
    with readable(data) as (_, database), database.views.connect() as connection:
        entries = issued(connection, sha256, read_head(connection).size)
    click.echo(f"{sha256}  {file}")
    names = ["issued on", "paper", "name", "company", "shows", "by", "position"]
    rows: list[list[str]] = []
    for entry in entries:
        fact: Any = entry.fact
        shows = f"{fact.shows}, facts 1-{fact.position:,}"
        on, kind = str(fact.effective_on), fact.kind.lower().replace("_", " ")
        rows.append([on, kind, fact.name, fact.company, shows, entry.by.actor, f"{entry.position:,}"])
    if not rows:
        raise Stop(
            "No paper with these bytes went out: it was altered, only looked at, or comes from elsewhere.", NOT_FOUND
        )
    table("It went out", names, rows, numbers=names[-1:])


COMMANDS: dict[str, click.Command] = {**{kind: _paper(kind, what) for kind, what in KINDS}, "check": check_paper}
