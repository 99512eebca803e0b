"""history, report, explain, compare, evidence: the questions and figures of HTTP, the same bytes for --json, --csv.

history   what was recorded, when, by whom
report    a group; its commands are in reports.py. explain, evidence: those of explaining.py; compare: comparing.py
options   what every report can be asked; form_of: as what it is written
query_of  what is asked, as the query of a Read
asking    a Read, asked of the ledger in a directory: the basis, and its pages
in_words  the basis as people read it
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click

from api.cli.actor import note_denied, note_read, reader_of
from api.cli.display import Progress, say, table
from api.cli.keeping.checking import held_against_the_log
from api.cli.place import NOT_ALLOWED, USAGE, Later, Stop, data_option, names_of, readable
from api.cli.written import write
from api.formats.files import TABLE_FORMATS

if TYPE_CHECKING:
    from api.http.reading import BasisQuery, Found, LogBasis, Read
    from ledger.log.database import Database
    from ledger.log.envelope import Entry
    from projections.engine.basis import Basis

C = TypeVar("C", bound=Callable[..., Any])

SHOWN = 100
"""How many facts of the history are shown on the screen, unless --limit says."""


def options(*, tables: bool = True, directory: bool = False) -> Callable[[C], C]:
    """The options of every report; `tables`: it is one, and can be written as such; `directory`: into one, too."""
    where = "Write to a file, or into a directory, named by the basis." if directory else "Write to a file."

    def decorate(command: C) -> C:
        for form in reversed(TABLE_FORMATS) if tables else ():
            command = click.option(f"--{form.name}", f"as_{form.name}", is_flag=True, help=form.help)(command)
        for option in (
            click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=directory), help=where),
            click.option("--json", "as_json", is_flag=True, help="The same JSON as over HTTP."),
            click.option(
                "--recorded",
                help="As recorded by: a position, an instant, a date, close:2024-07 (#1: its first) or now.",
            ),
            click.option("--effective", help="Effective on: a date, a month, month-end or now."),
            data_option(),
        ):
            command = option(command)
        return command

    return decorate


FORMS = ("json", *(form.name for form in TABLE_FORMATS))
"""What an answer can be written as: the options that say so, and the suffixes of files."""


def form_of(options: dict[str, Any], output: Path | None, known: Sequence[str] = FORMS) -> str | None:
    """Take the options that say how an answer is written out of all; else the file's name says; None: to read.

    Raises Stop where these do not agree.
    """
    asked = {form for form in FORMS if options.pop(f"as_{form}", False)}
    if len(asked) > 1:
        raise Stop(
            f"Either {' or '.join(f'--{form}' for form in sorted(asked))}: an answer is written in one way.", USAGE
        )
    suffix = output.suffix.lower().removeprefix(".") if output and not output.is_dir() else ""
    named = {suffix} & {*FORMS}
    if asked and named and asked != named:
        raise Stop(
            f"--{asked.pop()} into {output}: the name says otherwise; name it so, or leave the option out.", USAGE
        )
    form = next(iter(asked or named), None)
    if (output is not None and form is None) or (form is not None and form not in known):
        raise Stop(f"It is written as {' or '.join(known)}: name the file so, or say --{known[0]}.", USAGE)
    return form


@click.group(cls=Later, room="api.cli.reports")
def report() -> None:
    """Reports, effective on one date and as recorded by another: each names its basis."""


@click.group(cls=Later, room="api.cli.explaining")
def explain() -> None:
    """Receipts: of any figure of a report the facts that made it, and the share of each."""


@click.group(cls=Later, room="api.cli.comparing")
def compare() -> None:
    """Reports on two bases: which cells differ, what was recorded late, corrected or taken back since."""


class Evidence(Later):
    """A group in which a bare position is a fact, and a bare month or close a close."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that a position or a month means."""
        if args and re.fullmatch(r"#?[0-9]+", args[0]):
            args = ["fact", args[0].lstrip("#"), *args[1:]]
        elif args and re.fullmatch(r"(close:)?[0-9]{4}-[0-9]{2}(#[0-9]+)?", args[0]):
            args = ["close", *args]
        return super().resolve_command(ctx, args)


@click.group(cls=Evidence, room="api.cli.explaining", table="EVIDENCE")
def evidence() -> None:
    """Evidence packs: a figure, a fact or a closed month in a file that a stranger can check offline.

    \b
    mcsc evidence rent-roll TOTAL/passing_month --effective 2026-06-30 -o pack.zip
    mcsc evidence 1204 -o pack.zip                 (a fact)
    mcsc evidence 2026-05 -o pack.zip              (a closed month; close:2026-05#1: its first close)
    """


@click.command()
@click.argument("company", required=False, shell_complete=names_of("company"))
@click.option("--entity", help="Only about this thing: lease:l-1, or l-1 whatever it is a name of.")
@click.option("--tag", help="Only what bears this tag.")
@click.option(
    "--fact", help="Only facts of this stored name, such as company.lead-registered, or of a beginning and *."
)
@click.option("--actor", help="Only what this person recorded.")
@click.option("--role", help="Only what was recorded in this role.")
@click.option("--method", help="Only by people known in this way: api-key, key, os-user, named …")
@click.option("--effective-from", help="Only what takes effect on this date or later.")
@click.option("--effective-until", help="Only what takes effect on this date or earlier.")
@click.option("--recorded-from", help="Only what was recorded on this date, or at this instant, or later.")
@click.option("--recorded-until", help="Only what was recorded on this date, or at this instant, or earlier.")
@click.option(
    "--late", type=click.IntRange(0), help="Only what was recorded so many days after it took effect, or more."
)
@click.option("--corrections", is_flag=True, help="Only what takes back, reverses or corrects.")
@click.option("--overrides", is_flag=True, help="Only where a check is passed over, or somebody asked for that.")
@click.option("--self-approved", is_flag=True, help="Only what its proposer approved.")
@click.option("--future-dated", is_flag=True, help="Only what takes effect after the day of its record.")
@click.option("--sample", type=click.IntRange(1, 1000), help="Draw so many by chance; goes with --seed.")
@click.option("--seed", type=click.IntRange(0), help="The number that decides which are drawn.")
@click.option("--after", type=click.IntRange(0), default=0, help="Only after this position.")
@click.option("--limit", type=click.IntRange(1), help="At most so many.  [default: 100 on the screen, all in a file]")
@options(tables=False)
def history(company: str | None, data: Path, output: Path | None, limit: int | None, **asked: Any) -> None:
    """Show what was recorded, when and by whom: of one COMPANY, or of all. Everything that is asked holds at once.

    A random sample is drawn so that anybody can draw it again: write the seed, a colon and the position of each fact
    that matches (7:18204), take the SHA-256 of that text, and keep the facts with the lowest hashes. The same seed on
    the same basis (--recorded POSITION) gives the same facts.

    \b
    mcsc history cety
    mcsc history --sample 25 --seed 7 --fact 'billing.*' --recorded 18204
    mcsc history --corrections --late 30 --actor wang-min
    mcsc history --fact company.settled-in --recorded 2024-12-31
    mcsc history -o everything.json
    """
    from api.http.reading import json_pieces
    from api.routes.audit import HISTORY

    form = form_of(asked, output, ("json",))
    if form is None and limit is None:
        limit = SHOWN
    if asked["sample"] is not None or asked["seed"] is not None:
        limit = None
    asked = {name: value for name, value in asked.items() if value is not False}
    with asking(HISTORY, data, company=company, **asked) as (basis, pages):
        shown = _First(pages, limit)
        if form is not None:
            write(json_pieces(basis, iter(shown)), output)
        else:
            rows = [_event(entry) for page in shown for entry in page.rows or ()]
            names = ("position", "recorded at", "effective on", "fact", "about", "by", "command")
            table("Event history", names, rows, numbers=("position",))
    say(f"{shown.in_words()}; {in_words(basis)}")


class _First:
    """The first rows of an answer, page after page; None: all of them. Afterwards it knows how many there were.

    left    the position after which those come that are left out; None where none is
    """

    def __init__(self, pages: "Iterable[Found]", limit: int | None) -> None:
        self._pages, self._limit = pages, limit
        self.count = 0
        self.total: int | None = None
        self.left: int | None = None

    def __iter__(self) -> "Iterator[Found]":
        from msgspec.structs import replace

        for page in self._pages:
            rows = list(page.rows or ())
            kept = rows if self._limit is None else rows[: self._limit - self.count]
            self.count, self.total = self.count + len(kept), page.total
            yield replace(page, rows=kept)
            if self.count == self._limit:
                self.left = kept[-1].position if len(kept) < len(rows) or page.next else None
                return

    def in_words(self) -> str:
        """Say how many of how many were shown, and how to come by the others."""
        of = f" of {self.total:,}" if self.total is not None else " of more" if self.left is not None else ""
        return f"{self.count:,}{of} facts" + (f" (the others: --after {self.left})" if self.left is not None else "")


def _event(entry: "Entry") -> tuple[Any, ...]:
    recorded_at, fact = entry.recorded_at.strftime("%Y-%m-%d %H:%M:%S"), str(entry.fact.__struct_config__.tag)
    about = " ".join(entry.tags)
    return entry.position, recorded_at, entry.fact.effective_on, fact, about, entry.by.actor, entry.command


@contextmanager
def asking(
    read: "Read[Any]", data: Path, path: Mapping[str, str] = MappingProxyType({}), **asked: Any
) -> "Iterator[tuple[Basis | LogBasis, Iterator[Found]]]":
    """The basis, and every page found on it, each read when its turn comes. Brings the read models up to date first.

    path   what the read's path names, such as a company
    """
    from msgspec.structs import replace

    from api.http.comparing import UNBOUNDED
    from api.http.operations import READERS, not_allowed
    from api.http.reading import whole
    from projections.engine.runner import abreast
    from projections.every.versions import VERSIONS

    with readable(data) as (settings, database), held_against_the_log(database):
        if not abreast(database, VERSIONS):
            _brought_up(database, of_log=read.of_log)
        by = reader_of(settings, database)
        if read.roles != READERS and (by is None or by.role not in read.roles):
            note_denied(settings, database, by, read.name)
            raise Stop(not_allowed(by.role if by else "of nobody known", read.roles).detail, NOT_ALLOWED)
        query = query_of(read, asked)
        if read.in_pages:
            query = replace(query, limit=read.at_once)
        basis, pages = whole(settings, database, read, query, path, UNBOUNDED)
        said = " ".join(f"{name}={value}" for name, value in asked.items() if value is not None)
        note_read(settings, database, by, read.name, said)
        yield basis, pages if by is not None and by.role == "admin" else _withheld(pages)


def _brought_up(database: "Database", *, of_log: bool) -> None:
    """Give every read model its place and, unless only the log is asked, bring it to the head."""
    from projections.engine.runner import catch_up, ensure
    from projections.every.views import ALL_VIEWS

    views = [view() for view in ALL_VIEWS]
    with Progress("facts read", quiet_s=1) as progress:
        ensure(database, views)
        if not of_log:
            catch_up(database, views, progress)


def _withheld(pages: "Iterable[Found]") -> "Iterator[Found]":
    """The pages as everybody but an admin reads them."""
    from msgspec.structs import replace

    from api.http.answers import withheld

    for page in pages:
        yield page if page.rows is None else replace(page, rows=withheld(page.rows))


def query_of(read: "Read[Any]", asked: dict[str, Any]) -> "BasisQuery":
    """Make the query of a Read of what is asked. Raises Stop."""
    import msgspec

    from api.http.parameters import blame

    given = {name: value for name, value in asked.items() if value is not None}
    try:
        query: BasisQuery = msgspec.convert(given, read.query, strict=False)
    except msgspec.ValidationError as error:
        name, detail = blame(error, read.query)
        raise Stop(f"{name}: {detail}.", USAGE) from error
    return query


def in_words(basis: "Basis | LogBasis") -> str:
    """The basis as people read it."""
    effective = f"effective on {basis.effective}, " if basis.effective else ""
    at = f" ({basis.recorded_at:%Y-%m-%d %H:%M:%S} UTC)" if basis.recorded_at else ""
    return f"{effective}as recorded at position {basis.recorded}{at}, root {basis.root[:16]}…"
