"""history and report: the same questions as over HTTP, the same figures, the same bytes for --json and --csv.

history   what was recorded, when, by whom
report    a group; its commands are in reports.py
options   what every report can be asked
ask       a Read, asked of the ledger in a directory; write: an answer's bytes; in_words: the basis it stands on
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click

from api.cli.display import Progress, say, table
from api.cli.place import NOT_FOUND, USAGE, Later, Stop, data_option, existing

if TYPE_CHECKING:
    from api.http.reading import BasisQuery, Found, LogBasis, Read
    from ledger.log.envelope import Entry
    from projections.engine.basis import Basis

C = TypeVar("C", bound=Callable[..., Any])


def options(*, csv: bool = True) -> Callable[[C], C]:
    """The options of every report."""

    def decorate(command: C) -> C:
        if csv:
            command = click.option("--csv", "as_csv", is_flag=True, help="CSV, as a spreadsheet reads it.")(command)
        for option in (
            click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file."),
            click.option("--json", "as_json", is_flag=True, help="The same JSON as over HTTP."),
            click.option("--recorded", help="As recorded by: a position, an instant, a date, close:2024-07 or now."),
            click.option("--effective", help="Effective on: a date, a month, month-end or now."),
            data_option(),
        ):
            command = option(command)
        return command

    return decorate


@click.group(cls=Later, room="api.cli.reports")
def report() -> None:
    """Reports, effective on one date and as recorded by another: each names its basis."""


@click.command()
@click.argument("company", required=False)
@click.option("--fact", help="Only facts of this stored name, such as company.lead-registered.")
@click.option("--actor", help="Only what this person recorded.")
@click.option("--after", type=click.IntRange(0), default=0, help="Only after this position.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True, help="At most so many.")
@options(csv=False)
def history(company: str | None, data: Path, as_json: bool, output: Path | None, **asked: Any) -> None:
    """Show what was recorded, when and by whom: of one COMPANY, or of all.

    \b
    mcsc history cety
    mcsc history --fact company.settled-in --recorded 2024-12-31
    """
    from api.http.reading import as_json as json_of
    from api.routes.audit import HISTORY

    basis, found = ask(HISTORY, data, company=company, **asked)
    if company is not None and found.total == 0 and asked["fact"] is None:
        raise Stop(f"Nothing is recorded of {company}; `mcsc report companies` lists the companies.", NOT_FOUND)
    if as_json or output:
        write(json_of(basis, found), output)
        return
    names = ("position", "recorded at", "effective on", "fact", "about", "by", "command")
    rows = [_event(entry) for entry in found.rows or ()]
    table("Event history", names, rows, numbers=("position",))
    shown = f"{len(rows)} of {found.total:,}" if found.total is not None else str(len(rows))
    say(f"{shown} facts; {in_words(basis)}")


def _event(entry: "Entry") -> tuple[Any, ...]:
    recorded_at, fact = entry.recorded_at.strftime("%Y-%m-%d %H:%M:%S"), str(entry.fact.__struct_config__.tag)
    about = " ".join(entry.tags)
    return entry.position, recorded_at, entry.fact.effective_on, fact, about, entry.by.actor, entry.command


def ask(read: "Read[Any]", data: Path, **asked: Any) -> "tuple[Basis | LogBasis, Found]":
    """The basis, and everything found on it, page after page. Brings the read models up to date first."""
    from msgspec.structs import replace

    from api.http.reading import look_up
    from projections import ALL_VIEWS
    from projections.engine.runner import catch_up, ensure

    settings, database = existing(data)
    try:
        views = [view() for view in ALL_VIEWS]
        with Progress("facts read", quiet_s=1) as progress:
            ensure(database, views)
            if not read.of_log:
                catch_up(database, views, progress)
        query = _query(read, {name: value for name, value in asked.items() if value is not None})
        basis, found = look_up(settings, database, read, query, {})
        while found.next and not read.of_log:
            more = {found.next[0]: found.next[1], "recorded": str(basis.recorded), "effective": str(basis.effective)}
            _, page = look_up(settings, database, read, replace(query, **more), {})
            found = replace(page, rows=[*(found.rows or ()), *(page.rows or ())])
    finally:
        database.close()
    return basis, found


def _query(read: "Read[Any]", given: dict[str, Any]) -> "BasisQuery":
    import msgspec

    from api.http.parameters import blame

    try:
        query: BasisQuery = msgspec.convert(given, read.query, strict=False)
    except msgspec.ValidationError as error:
        name, detail = blame(error, read.query)
        raise Stop(f"{name}: {detail}.", USAGE) from error
    return query


def write(body: bytes, output: Path | None) -> None:
    """An answer to a file, or to standard output with a line break at its end."""
    if output is not None:
        output.write_bytes(body)
        say(f"wrote {output} ({len(body):,} bytes)")
        return
    sys.stdout.buffer.write(body if body.endswith(b"\n") else body + b"\n")
    sys.stdout.flush()


def in_words(basis: "Basis | LogBasis") -> str:
    """The basis as people read it."""
    effective = f"effective on {basis.effective}, " if basis.effective else ""
    at = f" ({basis.recorded_at:%Y-%m-%d %H:%M:%S} UTC)" if basis.recorded_at else ""
    return f"{effective}as recorded at position {basis.recorded}{at}, root {basis.root[:16]}…"
