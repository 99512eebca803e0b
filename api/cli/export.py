"""export, import: the journal as other programs read it; the whole log as CloudEvents, and back. As over HTTP."""

from collections.abc import Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import rich_click as click

from api.cli.display import Progress, say
from api.cli.files.fapiao import fapiao_requests
from api.cli.keeping.backups import make_read_models
from api.cli.keeping.verifying import roots_of
from api.cli.place import (
    BROKEN,
    CONFLICT,
    NOT_FOUND,
    UNAVAILABLE,
    USAGE,
    Family,
    Stop,
    data_option,
    migrated,
    readable,
)
from api.cli.reading import in_words
from api.cli.written import write

if TYPE_CHECKING:
    from api.formats.tables import Table
    from api.http.reading import Found, LogBasis, Read
    from ledger.log.database import Database
    from projections.engine.basis import Basis

ENDINGS = {"hledger": {".journal", ".hledger"}, "beancount": {".beancount"}, "csv": {".csv"}}
"""How the names of files end that hold each form."""


@click.group(cls=Family)
def export() -> None:
    """Export what is recorded in forms that other programs read."""


@export.command()
@click.option("--format", "form", type=click.Choice(["hledger", "beancount", "csv"]), required=True)
@click.option("--effective", help="Accounted for through: a date, a month, month-end or now.")
@click.option("--recorded", help="As recorded by: a position, an instant, a date or now.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file.")
@data_option()
def journal(form: str, data: Path, output: Path | None, **asked: Any) -> None:
    """Every entry of the journal, with its fact; hledger and Beancount check our balances with their own.

    \b
    mcsc export journal --format hledger -o books.journal && hledger -f books.journal balance
    mcsc export journal --format beancount --effective 2024-12-31 -o books.beancount && bean-check books.beancount
    """
    if output is not None and output.suffix in {ending for name in ENDINGS if name != form for ending in ENDINGS[name]}:
        raise Stop(f"--format {form} into {output}: the name says otherwise; name it so, or say another format.", USAGE)
    write((piece.encode() for piece in _pieces(form, data, asked)), output)


def _pieces(form: str, data: Path, asked: dict[str, Any]) -> Iterator[str]:
    from api.formats.journal_text import FORMATS, JournalBasis, export
    from api.http.reading import BasisQuery, look_up
    from api.routes.exports import STANDS_ON, journal_csv
    from ledger.books.accounts import chart
    from projections.engine.runner import catch_up, ensure
    from projections.every.views import ALL_VIEWS

    with readable(data) as (settings, database):
        views = [view() for view in ALL_VIEWS]
        with Progress("facts read", quiet_s=1) as progress:
            ensure(database, views)
            catch_up(database, views, progress)
        basis, _ = look_up(settings, database, STANDS_ON, BasisQuery(**asked), {})
        known = JournalBasis(basis=basis, accounts=chart(settings.accounts))  # type: ignore[arg-type] # not of the log
        with database.views.connect() as connection:
            yield from journal_csv(connection, known) if form == "csv" else export(connection, known, FORMATS[form])
        say(f"effective on {basis.effective}, as recorded at position {basis.recorded}, root {basis.root[:16]}…")


@export.command("close")
@click.argument("month")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="A file to write.")
@data_option()
def export_close(month: str, output: Path, data: Path) -> None:
    """A closed MONTH as one workbook: every report on the basis of its close (2026-06, or 2026-06#1 for its first).

    \b
    mcsc export close 2026-06 -o close-2026-06.xlsx
    """
    from api.app import reads
    from api.papers.closing import close_workbook
    from projections.engine.runner import catch_up, ensure
    from projections.every.views import ALL_VIEWS

    if output.suffix.lower() != ".xlsx":
        raise Stop(f"It is a workbook: name {output} so that it ends in .xlsx.", USAGE)
    with readable(data) as (settings, database):
        views = [view() for view in ALL_VIEWS]
        with Progress("facts read", quiet_s=1) as progress:
            ensure(database, views)
            catch_up(database, views, progress)
        basis, book = close_workbook(settings, database, reads(settings), month)
    write([book], output, binary=True)
    say(in_words(basis))


@export.command("log")
@click.option("--from", "first", type=click.IntRange(min=1), default=1, help="The first position that is wanted.")
@click.option("--format", "form", type=click.Choice(["ndjson", "batch"]), default="ndjson", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file.")
@data_option()
def export_log(first: int, form: str, data: Path, output: Path | None) -> None:
    """Every fact in its sealed envelope as CloudEvents 1.0, one a line, while the ledger is served or not.

    \b
    mcsc export log -o log.ndjson && mcsc import log log.ndjson --data new
    mcsc export log | jq -r 'select(.leafhash).data.envelope' | jq .data
                                      the facts alone

    The envelope is text in `data`, exactly as it was hashed. Answers to commands that bore a key come beside their
    facts, those that recorded nothing after all facts, each with its number; the last line is the head: how many facts
    and answers there are, and the root of either. To go on where a file was cut off, keep its whole lines of facts, and
    add what --from gives for the position after the last of them. One event a line is no mode of the CloudEvents
    standard, --format batch is: one JSON array. `mcsc import log` reads lines.
    """
    from ledger.log.events import FORMS, NotSoLong, exported

    written = dict(zip(("ndjson", "batch"), FORMS.values(), strict=True))[form]
    with readable(data) as (_, database):
        try:
            write(written(exported(database, first)), output)
        except NotSoLong as error:
            raise Stop(f"{error}.", NOT_FOUND) from error


@export.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option("--year", type=click.IntRange(1900, 9998), required=True, help="The calendar year.")
@click.option("--recorded", help="As recorded by: a position, an instant, a date, close:2026-12 or now.")
@data_option()
def audit(directory: Path, year: int, recorded: str | None, data: Path) -> None:
    """A year of the books for auditors, as files in a new DIRECTORY that audit programs read; all on one basis.

    \b
    mcsc export audit audit-2026 --year 2026

    Tables named as in ISO 21378 (CSV, JSON), vouchers and balances as flat sheets in three sign conventions, files with
    pipes by AICPA's names. README.md says what every column means; control.json names each file with its rows, sums
    and hash, and what ties to the trial balance. Where anything does not, nothing is left and the exit code is 3.
    """
    from api.http.reading import look_up
    from api.papers.auditors.serving import AuditQuery, export_of, year_asked
    from api.routes.exports import STANDS_ON
    from ledger.log.backup import BackupExists, written_whole
    from projections.engine.runner import catch_up, ensure
    from projections.every.views import ALL_VIEWS

    with readable(data) as (settings, database):
        views = [view() for view in ALL_VIEWS]
        with Progress("facts read", quiet_s=1) as progress:
            ensure(database, views)
            catch_up(database, views, progress)
        query = year_asked(AuditQuery(year=year, recorded=recorded))
        basis, _ = look_up(settings, database, STANDS_ON, query, {})
        made = export_of(settings, database, basis)  # type: ignore[arg-type] # not of the log
        try:
            with written_whole(directory) as part, Progress("vouchers", quiet_s=1) as progress:
                for done, total in made.steps(part):
                    progress(done, total)
                control = made.control
                assert control is not None, "it is written"
                if control.broken:
                    tie = control.broken[0]
                    raise Stop(f"{tie.what}: {tie.files} in the files, {tie.books} in the books.", BROKEN)
        except BackupExists as error:
            raise Stop(f"{directory} is there already; name a new directory.", CONFLICT) from error
    files = f"{len(control.files)} files in {directory}, {len(control.ties)} sums tie"
    say(f"✓ {files}; {in_words(basis)}")


@export.command()
@click.option("--effective", help="Effective on: a date, a month, month-end or now.")
@click.option("--recorded", help="As recorded by: a position, an instant, a date, close:2024-07 or now.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False), required=True, help="A directory to make."
)
@data_option()
def mart(data: Path, output: Path, **asked: Any) -> None:
    """Every report, and the rows of every read model, as Parquet files in a new directory; all on one basis.

    \b
    mcsc export mart --effective 2026-06 -o mart
    duckdb -c "select sum(closing) from 'mart/report-trial-balance.parquet'"

    Columns have declared types: sums in yuan are decimals with two places, never floats. The basis stands in the
    metadata of each file and in basis.json. It needs the extra: `pip install 'mcsc-ledger[mart]'`.
    """
    from api.formats.mart import MartMissing, arrow
    from ledger.log.backup import BackupExists, written_whole

    try:
        arrow()
    except MartMissing as error:
        raise Stop(f"{error}.", UNAVAILABLE) from error
    try:
        with written_whole(output) as part, Progress("tables") as progress:
            basis, written = _mart(data, part, asked, progress)
    except BackupExists as error:
        raise Stop(f"{output} is there already; name a new directory.", CONFLICT) from error
    say(f"✓ {written} tables in {output}, {in_words(basis)}")


def _mart(data: Path, part: Path, asked: dict[str, Any], progress: Progress) -> "tuple[Basis | LogBasis, int]":
    """Write all files into a directory; the basis, and how many."""
    from api.cli.reports import reports
    from api.formats.mart import as_known
    from api.http.reading import BasisQuery, look_up, whole
    from api.routes.exports import STANDS_ON
    from projections.engine.runner import catch_up, ensure
    from projections.every.views import ALL_VIEWS

    with readable(data) as (settings, database):
        views = [view() for view in ALL_VIEWS]
        ensure(database, views)
        catch_up(database, views)
        basis, _ = look_up(settings, database, STANDS_ON, BasisQuery(**asked), {})
        said = {name: str(value) for name, value in msgspec.to_builtins(basis).items()}
        asks = {"effective": said["effective"], "recorded": said["recorded"]}
        (part / "basis.json").write_bytes(msgspec.json.format(msgspec.json.encode(basis), indent=2) + b"\n")
        chosen = [(name, read) for name, (read, _) in reports(settings).items() if read.table is not None]
        tables = [(view.name, table) for view in ALL_VIEWS for table in view.tables if as_known(table, 0) is not None]
        for number, (name, read) in enumerate(chosen, 1):
            query = read.query(**asks, **({"limit": read.at_once} if read.in_pages else {}))
            _, pages = whole(settings, database, read, query, {})
            _write_report(part / f"report-{name}.parquet", name, _tables(read, pages), said)
            progress(number, len(chosen) + len(tables))
        for number, (name, table) in enumerate(tables, len(chosen) + 1):
            _write_rows(database, part / f"rows-{table.name}.parquet", name, table, said)
            progress(number, len(chosen) + len(tables))
    return basis, len(chosen) + len(tables)


def _tables(read: "Read[Any]", pages: "Iterator[Found]") -> "Iterator[Table]":
    assert read.table is not None, "it comes as a table"
    return map(read.table, (page.answer for page in pages))


def _write_report(file: Path, name: str, tables: "Iterator[Table]", said: dict[str, str]) -> None:
    from api.formats.mart import typed, write_table

    names, rows = next(tables)
    all_rows = chain(rows, chain.from_iterable(rows for _, rows in tables))
    write_table(file, {column: typed(name, column) for column in names}, all_rows, said)


def _write_rows(database: "Database", file: Path, view: str, table: Any, said: dict[str, str]) -> None:
    from sqlalchemy import select

    from api.formats.mart import BATCH, as_known, write_stored
    from projections.engine.view import live_generation

    with database.views.connect() as connection:
        known = as_known(table, int(said["recorded"]))
        assert known is not None, "it has rows of its own"
        query = select(table).where(table.c.generation == live_generation(view), known).order_by(*table.primary_key)
        rows = connection.execute(query, execution_options={"yield_per": BATCH})
        write_stored(file, table, rows.partitions(), said)


export.add_command(fapiao_requests)


@click.group("import", cls=Family)
def import_() -> None:
    """Import what was exported into a ledger that is still empty."""


@import_.command("log")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@data_option()
@click.option("--root", "roots", multiple=True, metavar="SIZE:HEX", help="A root written down elsewhere; may repeat.")
def import_log(file: Path, data: Path, roots: tuple[str, ...]) -> None:
    """Read a FILE of `mcsc export log` into an empty ledger: the same facts, the same answers, the same roots.

    \b
    mcsc export log -o log.ndjson --data old     SQLite, say
    mcsc import log log.ndjson --data new        where new/mcsc.toml names
                                                 PostgreSQL, or the other way

    So a ledger moves from one database to the other. Every line is held against the envelope in it and against what
    comes before; the first that was altered, is missing, doubled or out of its place is named by its number and the
    rule it breaks, and then nothing is imported. Exit code 3. A file that somebody made up whole is a sound log of its
    own: give --root the line that `mcsc verify` printed where the file comes from.
    """
    from ledger.log.importing import LineRefused, NotEmpty
    from ledger.log.importing import import_log as read

    expect, size, done = roots_of(roots), file.stat().st_size, 0
    _, database = migrated(data)
    with closing(database), database.only_writer(), file.open("rb") as lines:
        with Progress("bytes read") as progress:

            def told(more: int) -> None:
                nonlocal done
                progress(done := done + more, size)

            try:
                proved = read(database, lines, expect=expect, progress=told)
            except NotEmpty as error:
                raise Stop(f"{error}; --data names another place.", CONFLICT) from error
            except LineRefused as error:
                raise Stop(f"{file}, {error}. Nothing was imported.", BROKEN) from error
        make_read_models(database)
    click.echo(f"{proved.size}:{proved.root}")
    sealed = f"{proved.size:,} facts and {proved.receipts:,} receipts"
    say(f"✓ {database.display_name} holds all {sealed} of {file}, as they were sealed")
