"""history and report: the same questions as over HTTP, the same figures, the same bytes for --json and --csv.

options      what every report can be asked
show_report  a report as a table, as JSON or as CSV, and the basis it stands on
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click

from api.cli.display import Progress, say, table
from api.cli.place import NOT_FOUND, USAGE, Family, Stop, data_option, existing

if TYPE_CHECKING:
    from api.http.reading import Read

C = TypeVar("C", bound=Callable[..., Any])
PAGE_ROWS = 1000


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


@click.command()
@click.argument("company", required=False)
@click.option("--fact", help="Only facts of this stored name, such as company.lead-registered.")
@click.option("--actor", help="Only what this person recorded.")
@click.option("--after", type=click.IntRange(0), default=0, help="Only after this position.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True, help="At most so many.")
@options(csv=False)
def history(company: str | None, data: Path, as_json: bool, output: Path | None, **asked: Any) -> None:
    """What was recorded, when, by whom: of one COMPANY, or of all.

    \b
    mcsc history cety
    mcsc history --fact company.settled-in --recorded 2024-12-31
    """
    from api.routes.audit import reads

    read = _named("read-history", reads())
    basis, found, body = _ask(read, data, company=company, **asked)
    if company is not None and found.total == 0 and asked["fact"] is None:
        raise Stop(f"Nothing is recorded of {company}; `mcsc report companies` lists the companies.", NOT_FOUND)
    if as_json or output:
        _write(body("json"), output)
        return
    names = ("position", "recorded at", "effective on", "fact", "about", "by", "command")
    rows = [
        (
            entry.position,
            entry.recorded_at.strftime("%Y-%m-%d %H:%M:%S"),
            entry.fact.effective_on,
            str(entry.fact.__struct_config__.tag),
            " ".join(entry.tags),
            entry.by.actor,
            entry.command,
        )
        for entry in found.rows
    ]
    table("Event history", names, rows, numbers=("position",))
    shown = f"{len(rows)} of {found.total:,}" if found.total is not None else str(len(rows))
    say(f"{shown} facts; {_basis_in_words(basis)}")


@click.group(cls=Family)
def report() -> None:
    """Reports, effective on one date and as recorded by another: each names its basis."""


@report.command()
@click.option("--stage", help="Only companies at this stage, such as OPERATING.")
@click.option("--origin", help="Only companies of this origin channel, such as CIIE_PAVILION.")
@click.option("--search", help="Part of an id, a name, a USCC or an LEI.")
@options()
def companies(**asked: Any) -> None:
    """The company register.

    \b
    mcsc report companies --stage OPERATING
    mcsc report companies --effective 2024-06-30 --recorded 2024-07-31 --csv -o register.csv
    """
    from api.routes.companies import reads

    show_report(reads(), "list-companies", "Company register", _company_table, limit=PAGE_ROWS, **asked)


@report.command()
@click.option("--companies", is_flag=True, help="With --json: list the companies behind every figure.")
@options()
def funnel(**asked: Any) -> None:
    """The channel funnel: how many companies of each origin reached which stage, and in how many days."""
    from api.routes.reports import READS

    title = "Channel funnel: companies that reached a stage"
    show_report(READS, "report-funnel", title, _funnel_table, texts=("origin",), **asked)


def show_report(
    reads: "Iterable[Read[Any]]",
    name: str,
    title: str,
    shown: Callable[[Any], tuple[list[str], list[list[Any]]]],
    *,
    texts: Sequence[str] | None = None,
    data: Path,
    as_json: bool,
    as_csv: bool,
    output: Path | None,
    **asked: Any,
) -> None:
    """Ask the question of that name, and show. `shown`: found -> column names and rows; `texts`: the columns that are
    not set to the right, all of them where None."""
    read = _named(name, reads)
    as_csv = as_csv or (output is not None and output.suffix == ".csv")
    basis, found, body = _ask(read, data, **asked)
    if as_json or as_csv or output:
        _write(body("csv" if as_csv else "json"), output)
    else:
        names, rows = shown(found)
        table(title, names, rows, numbers=() if texts is None else [name for name in names if name not in texts])
    say(_basis_in_words(basis))
    classes = {row.data_class for row in found.rows or ()}
    if "FICTIONAL" in classes or getattr(found.data, "fictional", False):
        say("This report holds invented examples (FICTIONAL).")


def _company_table(found: Any) -> tuple[list[str], list[list[Any]]]:
    names = ["company", "name", "stage", "since", "origin", "identifier", "reported settled"]
    rows = [
        [
            row.company,
            row.name,
            row.stage,
            row.since,
            " ".join(str(part) for part in (row.origin, row.origin_year) if part),
            row.uscc or row.foreign_number or row.lei,
            row.reported_settled_on,
        ]
        for row in found.rows
    ]
    return names, rows


def _funnel_table(found: Any) -> tuple[list[str], list[list[Any]]]:
    stages = ["leads", "qualified", "loi", "agreements", "registered", "settled_in", "operating", "exited"]
    names = ["origin", *stages, "lead → operating", "reported settled"]
    rows = []
    for row in (*found.data.rows, found.data.total):
        origin = " ".join(str(part) for part in (row.origin or "TOTAL", row.origin_year) if part)
        counts = [getattr(row, stage).count for stage in stages]
        rows.append([origin, *counts, _percent(row.operating.conversion), row.reported_settled.count])
    return names, rows


def _percent(ratio: str | None) -> str:
    """A ratio of four decimals, such as 0.1875, as 18.75 %."""
    if ratio is None:
        return "–"
    from decimal import Decimal

    return f"{Decimal(ratio) * 100:.2f} %"


def _named(name: str, reads: "Iterable[Read[Any]]") -> "Read[Any]":
    return next(read for read in reads if read.name == name)


def _ask(read: "Read[Any]", data: Path, **asked: Any) -> tuple[Any, Any, Callable[[str], bytes]]:
    """Basis, what was found, and its bytes as `json` or `csv`. Brings the read models up to date first."""
    import msgspec

    from api.http.reading import as_csv, as_json, look_up
    from projections import ALL_VIEWS
    from projections.engine.runner import catch_up, ensure

    settings, database = existing(data)
    try:
        made = [view() for view in ALL_VIEWS]
        with Progress("facts read", quiet_s=1) as progress:
            ensure(database, made)
            if not read.of_log:
                catch_up(database, made, progress)
        given = {name: value for name, value in asked.items() if value is not None}
        query = _query(read, given)
        basis, found = look_up(settings, database, read, query, {})
        while found.next and not read.of_log:
            more = {found.next[0]: found.next[1], "recorded": str(basis.recorded), "effective": str(basis.effective)}
            _, page = look_up(settings, database, read, msgspec.structs.replace(query, **more), {})
            found = msgspec.structs.replace(page, rows=[*(found.rows or ()), *(page.rows or ())])
    finally:
        database.close()
    return basis, found, lambda form: as_csv(read, found) if form == "csv" else as_json(basis, found)


def _query(read: "Read[Any]", given: dict[str, Any]) -> Any:
    import msgspec

    from api.http.operations import blame

    try:
        return msgspec.convert(given, read.query, strict=False)
    except msgspec.ValidationError as error:
        name, detail = blame(error, read.query)
        raise Stop(f"{name}: {detail}.", USAGE) from error


def _write(body: bytes, output: Path | None) -> None:
    if output is not None:
        output.write_bytes(body)
        say(f"wrote {output} ({len(body):,} bytes)")
        return
    sys.stdout.buffer.write(body if body.endswith(b"\n") else body + b"\n")
    sys.stdout.flush()


def _basis_in_words(basis: Any) -> str:
    effective = f"effective on {basis.effective}, " if basis.effective else ""
    at = f" ({basis.recorded_at:%Y-%m-%d %H:%M:%S} UTC)" if basis.recorded_at else ""
    return f"{effective}as recorded at position {basis.recorded}{at}, root {basis.root[:16]}…"
