"""Banks' files by command.

bank-import    statements of a bank account, from a bank's file
bank-profile   a profile of a bank's table put on record, from a TOML file
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click
from click.exceptions import Exit

from api.cli.actor import Claim, who_options
from api.cli.display import say, table
from api.cli.place import NOT_FOUND, USAGE, Stop, command_of, data_option, exit_code, names_of, settings_of
from api.cli.recording import record_one

if TYPE_CHECKING:
    from ledger.bookkeeping.statements.columns import Profile
    from ledger.bookkeeping.statements.facts import ProfileVersion
    from ledger.bookkeeping.statements.taking import TakeBankStatements
    from ledger.recording.outcome import Outcome

P = TypeVar("P")
DAY = click.DateTime(["%Y-%m-%d"])


@click.command("bank-import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--account", required=True, shell_complete=names_of("bank_account"), help="The bank account that the file is of."
)
@click.option(
    "--profile",
    help="Of a table: the profile on record that says what its columns mean, NAME or NAME@VERSION; or a TOML file.",
)
@click.option(
    "--encoding",
    type=click.Choice(["utf-8", "gb18030", "iso-8859-1", "windows-1252"]),
    help="Of MT940 or OFX: its encoding, where it is not UTF-8 or what its head says.",
)
@click.option("--statement", help="Of a table or OFX: the bank's name of it.  [default: of the file's SHA-256]")
@click.option("--from", "from_on", type=DAY, help="Of a table: its first day.  [default: the first entry's]")
@click.option("--until", "until_on", type=DAY, help="Of a table: its last day.  [default: the last entry's]")
@click.option("--opening", help="Of a table or OFX without balances: what stood on the account before.")
@click.option("--closing", help="Of a table or OFX without balances: what stood on it after.")
@click.option("--on", type=DAY, help="The day the file came.  [default: today]")
@click.option("--reason", help="Why it is taken although balances do not meet.")
@who_options()
@click.option("--dry-run", is_flag=True, help="Read the file and say what would be recorded; record nothing.")
@data_option()
def bank_import(
    file: Path,
    account: str,
    profile: str | None,
    encoding: str | None,
    statement: str | None,
    from_on: datetime | None,
    until_on: datetime | None,
    opening: str | None,
    closing: str | None,
    on: datetime | None,
    reason: str | None,
    who: Claim,
    dry_run: bool,
    data: Path,
) -> None:
    """Record the statements in FILE, camt, MT940, OFX, or a table (CSV, XLSX, XLS) with its profile: all, or nothing.

    Every wrong line is named, with the rule. The same file again records nothing; lines that an earlier statement had
    are named. A statement's opening and lines come to its closing, and its opening is what stood there before.

    \b
    mcsc bank-import july.xml --account cny-main-demo --dry-run
    mcsc bank-import july.xls --account cny-main-demo --profile bank.toml
    mcsc bank-import july.csv --account cny-main-demo --profile river-bank
    """
    from api.bookkeeping.statements.reading import Given, taken_from

    columns, read_by = (None, None) if profile is None else _chosen(profile, data)
    given = command_of(
        Given,
        bank_account=account,
        name=file.name,
        on=on.date() if on else settings_of(data).today(),
        profile=columns,
        read_by=read_by,
        encoding=encoding,
        statement=statement,
        from_on=from_on and from_on.date(),
        until_on=until_on and until_on.date(),
        opening=opening,
        closing=closing,
        reason=reason,
    )
    content = file.read_bytes()
    read, command = taken_from(content, given)
    for place in (*read.left_out, *read.bad):
        click.echo(f"{file.name}:{place.line}: {place.rule}" if place.line else f"{file.name}: {place.rule}")
    if command is None:
        raise Stop(f"{len(read.bad)} wrong lines; nothing was recorded.", USAGE)
    outcome = record_one(data, command, who, dry_run=True)
    stop_where_refused(outcome)
    if not dry_run:
        keep(data, content)
        stop_where_refused(record_one(data, command, who))
    _tell(command, outcome, dry_run)


@click.command("bank-profile")
@click.argument("name")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--account", shell_complete=names_of("bank_account"), help="The only account whose files are read by it.")
@click.option("--on", type=DAY, help="From which day on.  [default: today]")
@who_options()
@click.option("--dry-run", is_flag=True, help="Say what would be recorded; record nothing.")
@data_option()
def bank_profile(
    name: str, file: Path, account: str | None, on: datetime | None, who: Claim, dry_run: bool, data: Path
) -> None:
    """Put the profile in FILE, TOML, on record as NAME; where there is one, this is its next version.

    A profile says what the columns of a bank's table mean: CSV, XLSX or XLS. The same again records nothing.

    \b
    mcsc bank-profile river-bank bank.toml --account cny-main-demo
    mcsc bank-import july.csv --account cny-main-demo --profile river-bank
    """
    from ledger.bookkeeping.statements.facts import BankProfileRecorded
    from ledger.bookkeeping.statements.profiles import RecordBankProfile
    from ledger.recording.outcome import Previewed

    command = command_of(
        RecordBankProfile,
        effective_on=on.date() if on else settings_of(data).today(),
        profile=name,
        columns=_profile(file),
        bank_account=account,
    )
    outcome = record_one(data, command, who, dry_run=True)
    stop_where_refused(outcome)
    if not dry_run:
        stop_where_refused(record_one(data, command, who))
    facts = outcome.facts if isinstance(outcome, Previewed) else ()
    recorded = next((fact for fact in facts if isinstance(fact, BankProfileRecorded)), None)
    if recorded is None:
        say("it is on record already; nothing is new")
        return
    say(f"version {recorded.version} of {recorded.profile} {'would be recorded' if dry_run else 'recorded'}")


def _chosen(named: str, data: Path) -> "tuple[Profile, ProfileVersion | None]":
    """The profile in a file of that name; else the one on record. Raises Stop."""
    from api.bookkeeping.statements.profiles import PROFILES, NotChosen, chosen
    from api.cli.reading import asking
    from ledger.bookkeeping.statements.facts import ProfileVersion

    if Path(named).is_file():
        return _profile(Path(named)), None
    with asking(PROFILES, data) as (_, pages):
        known = [one for page in pages for one in page.data.profiles]
    try:
        one = chosen(known, named)
    except NotChosen as error:
        raise Stop(f"There is no file {named}, and {error}.", NOT_FOUND) from error
    return one.columns, ProfileVersion(profile=one.profile, version=one.version)


def _profile(path: Path) -> "Profile":
    """A bank's profile from its file. Raises Stop."""
    from api.bookkeeping.statements.columns import profile_from

    return profile_in(path, profile_from)


def profile_in(path: Path, read: Callable[[dict[str, Any]], P]) -> P:
    """A profile from its file. Raises Stop."""
    import tomllib

    import msgspec

    try:
        return read(tomllib.loads(path.read_text("utf-8")))
    except (msgspec.ValidationError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Stop(f"{path.name} is no profile: {error}.", USAGE) from error


def keep(data: Path, content: bytes) -> None:
    """Keep the file with the documents. Raises Stop."""
    from api.documents.kinds import NotTaken
    from api.documents.shelf import Shelf

    settings = settings_of(data)
    if len(content) > settings.document_bytes_max:
        raise Stop(f"The file has more than {settings.document_bytes_max:,} bytes (document_bytes_max).", USAGE)
    try:
        Shelf(Path(settings.documents)).put(content)
    except NotTaken as error:
        raise Stop(f"The file is not kept, and nothing was recorded: {error}.", USAGE) from error


def stop_where_refused(outcome: "Outcome") -> None:
    """Say why a rule refused it. Raises Exit."""
    from ledger.recording.outcome import Refused

    if isinstance(outcome, Refused):
        say(f"{outcome.detail} ({outcome.code}{f', {outcome.field}' if outcome.field else ''})")
        raise Exit(exit_code(outcome.kind))


def _tell(command: "TakeBankStatements", previewed: "Outcome", dry_run: bool) -> None:
    """Show the statements of the file, and how many of their lines are new."""
    from ledger.bookkeeping.statements.facts import BankStatementTaken
    from ledger.recording.outcome import Previewed

    facts = previewed.facts if isinstance(previewed, Previewed) else ()
    new = [fact for fact in facts if isinstance(fact, BankStatementTaken)]
    known = {fact.statement: len(fact.known) for fact in new}
    names = ("statement", "from", "until", "opening", "closing", "lines", "known")
    rows = [
        (one.statement, one.from_on, one.until_on, one.opening, one.closing, len(one.lines), known.get(one.statement))
        for one in command.statements
    ]
    table(f"Statements of {command.bank_account}", names, rows, numbers=names[3:])
    if not new:
        say("all of it is recorded already; nothing is new")
        return
    done = "would be recorded" if dry_run else "recorded"
    say(f"{sum(len(fact.lines) for fact in new)} lines {done}, {sum(known.values())} of them known before")
