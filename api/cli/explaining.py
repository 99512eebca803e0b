"""explain, evidence: the receipt of a figure, and the file that proves it: commands for reports with receipts.

COMMANDS   of explain, by the report's name, and a tenant's account; the routes are read for them (see place.Later)
followed   the command that explains a part of a receipt
EVIDENCE   of evidence: the reports, and fact and close
"""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import rich_click as click

from api.app import reads
from api.cli.display import say, table
from api.cli.keeping.checking import name_altered
from api.cli.place import BROKEN, Stop, data_option, readable, settings_of
from api.cli.reading import asking, form_of, in_words, options
from api.cli.reports import LISTS, asked_with, reports
from api.cli.written import write
from api.evidence.gathering import Figure, OneFact, Subject
from api.evidence.serving import ON_RECORD, close_named, default, evidence_of
from api.formats.sheets import Report, figure
from api.http.reading import BasisQuery, LogBasis, Read, json_pieces
from api.http.receipts import Part, Receipt, Row, address, rows_of
from api.settings import Settings
from projections.engine.basis import Basis
from projections.engine.receipts import Share

ACCOUNT, ACCOUNT_PATH = "account", "/v1/tenants/{company:str}/account"
ACCOUNT_ADDRESS = re.compile("tenants/(.+)/account")
NAMES = {address(read, {}): name for name, (read, _) in reports(Settings()).items() if read.receipts}
"""Of each report as receipts name it, its command."""
NO_PATH: Mapping[str, str] = MappingProxyType({})


def _command(query: type[BasisQuery], report: Report) -> click.Command:
    """A report as a command that explains its cells."""

    def show(**asked: Any) -> None:
        _show(report.name, **asked)

    command = asked_with(query, report, options(tables=False)(show), left_out=LISTS)
    after = "Of very many facts, those after this position."
    command = click.option("--after", "after_share", type=click.IntRange(0), default=0, help=after)(command)
    command = click.argument("cell", required=False)(command)
    help_text = (
        f"Explain a figure of {report.name}: which facts made it.\n\nCELL is a row of the report, a stroke and a"
        f" column; without it, all cells are listed.\n\n{report.help}"
    )
    return click.command(report.name, help=help_text)(command)


def _account() -> click.Command:
    """The account of a tenant as a command that explains its cells."""

    def show(company: str, **asked: Any) -> None:
        _show(ACCOUNT, path={"company": company}, **asked)

    command = options(tables=False)(show)
    after = "Of very many facts, those after this position."
    command = click.option("--after", "after_share", type=click.IntRange(0), default=0, help=after)(command)
    command = click.argument("cell", required=False)(command)
    command = click.argument("company")(command)
    help_text = (
        "Explain a figure of a tenant's account: which facts made it.\n\nCELL is OPEN/open, a document, a deposit or a"
        " receipt; without it, all cells are listed."
    )
    return click.command(ACCOUNT, help=help_text)(command)


def _asked_as(name: str, data: Path) -> Read[Any]:
    """The question behind a command."""
    settings = settings_of(data)
    if name != ACCOUNT:
        return reports(settings)[name][0]
    return next(read for read in reads(settings) if read.path == ACCOUNT_PATH)


def followed(receipt: Receipt, part: Part, basis: Basis | LogBasis) -> str | None:
    """The command that explains a part of a receipt on the same basis; None where none does."""
    where, _, query = (part.report or receipt.report).partition("?")
    asked = {"effective": str(basis.effective), "recorded": str(basis.recorded)}
    asked |= dict(pair.split("=", 1) for pair in query.split("&") if pair)
    tenant = ACCOUNT_ADDRESS.fullmatch(where)
    if tenant is None and where not in NAMES:
        return None
    named = f"{ACCOUNT} {tenant[1]}" if tenant else NAMES[where]
    more = " ".join(f"--{name.removesuffix('_on')} {value}" for name, value in asked.items())
    return f"mcsc explain {named} {shlex.quote(part.cell)} {more}"


def _show(
    name: str, cell: str | None, data: Path, output: Path | None, path: Mapping[str, str] = NO_PATH, **asked: Any
) -> None:
    """The receipt of a cell, or which cells there are."""
    read = _asked_as(name, data)
    form = form_of(asked, output, ("json",))
    if cell is None:
        _list(" ".join([name, *path.values()]), read, data, path=path, **asked)
        return
    with asking(read, data, path, explain=cell, **asked) as (basis, pages):
        found = next(pages)
        receipt: Receipt = found.data
        if form is not None:
            write(json_pieces(basis, iter([found])), output)
        else:
            _print(receipt)
            _lead_on(receipt, basis)
    say(in_words(basis))
    if not receipt.ties:
        with readable(data) as (_, database):
            if name_altered(database):
                raise Stop(f"The figure is not {receipt.figure}: these rows are not as the log says.", BROKEN)
        raise Stop(f"This is not the figure, which is {receipt.figure}: please tell us of it.", BROKEN)


def _list(name: str, read: Read[Any], data: Path, path: Mapping[str, str], **asked: Any) -> None:
    """The rows of a report and the columns that can be explained, one cell a line."""
    assert read.receipts is not None, "only reports with receipts have this command"
    columns = [*read.receipts.units, *read.receipts.words]
    with asking(read, data, path, **asked) as (basis, pages):
        rows: dict[str, Row] = {}
        for page in pages:
            rows |= rows_of(read, page)
    cells = [
        (f"{row}/{column}", row_of[column], read.receipts.unit(row_of, column))
        for row, row_of in rows.items()
        for column in columns
        if row_of.get(column) is not None
    ]
    table(f"What can be explained: mcsc explain {name} CELL", ("cell", "figure", "unit"), cells, numbers=("figure",))
    say(in_words(basis))


def _print(receipt: Receipt) -> None:
    """A receipt as people read it: what the cell says, and what that comes from."""
    unit = f" {receipt.unit}" if receipt.unit else ""
    title = f"{receipt.report} {receipt.cell}: {_figure(receipt, receipt.figure)}{unit}"
    if receipt.worked:
        say(f"{receipt.column}: {receipt.worked}")
    if receipt.parts or receipt.sides:
        parts = [(part.cell, _figure(receipt, part.figure)) for part in (*receipt.parts, *receipt.sides)]
        table(title, ("cell", "figure"), [*parts, ("TOTAL", _figure(receipt, receipt.total))], numbers=("figure",))
        return
    names = ("position", "recorded at", "by", "fact", "effective on", "share", "worked out", "after")
    rows = [_line(receipt, share) for share in receipt.shares]
    rows.append(("", "", "", "TOTAL", "", _figure(receipt, receipt.total), "", ""))
    table(title, names, rows, numbers=("position", "share", "after"))
    if receipt.facts > len(receipt.shares):
        say(f"{len(receipt.shares):,} of {receipt.facts:,} facts; the others: --after {receipt.shares[-1].position}")


def _lead_on(receipt: Receipt, basis: Basis | LogBasis) -> None:
    """The commands that explain the parts of a receipt."""
    parts = dict.fromkeys((*receipt.parts, *receipt.sides))
    commands = [command for part in parts if (command := followed(receipt, part, basis)) is not None]
    if commands:
        click.echo("\nEach part has a receipt of its own:\n" + "\n".join(f"  {command}" for command in commands) + "\n")


def _line(receipt: Receipt, share: Share) -> tuple[Any, ...]:
    recorded = share.recorded_at.strftime("%Y-%m-%d %H:%M:%S")
    moved, after = _figure(receipt, share.share), _figure(receipt, share.after)
    return share.position, recorded, share.actor, share.fact, share.effective_on, moved, share.worked or "", after


def _figure(receipt: Receipt, value: str | None) -> str:
    return figure(value) if receipt.unit else value or ""


# Evidence


def _evidence_options(command: Any) -> Any:
    size = "Prove with the checkpoint of so many facts.  [default: all]"
    command = click.option("--size", type=click.IntRange(1), help=size)(command)
    output = click.Path(path_type=Path, dir_okay=False)
    command = click.option("-o", "--output", type=output, required=True, help="The file, such as pack.zip.")(command)
    return data_option()(command)


def _evidence_command(query: type[BasisQuery], report: Report) -> click.Command:
    """A report as a command that proves one of its cells."""

    def prove(cell: str, company: str | None, data: Path, output: Path, size: int | None, **asked: Any) -> None:
        read, _ = reports(settings_of(data))[report.name]
        dates = {name: asked.pop(name) for name in ("effective", "recorded")}
        given = {name: value for name, value in asked.items() if value != default(read.query, name)}
        told = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in given.items()}
        _hand_over(data, output, size, Figure(report=report.name, cell=cell, asked=told, company=company), **dates)

    command = asked_with(query, report, prove)
    company = "For the eyes of this company: facts of others are hashes only."
    command = click.option("--for", "company", help=company)(command)
    recorded = "As recorded by: a position, an instant, a date, close:2024-07 or now."
    command = click.option("--recorded", help=recorded)(command)
    effective = "Effective on: a date, a month, month-end or now."
    command = click.option("--effective", help=effective)(command)
    command = click.argument("cell")(_evidence_options(command))
    return click.command(report.name, help=f"Prove a figure of {report.name}; CELL as for `mcsc explain`.")(command)


@click.command()
@click.argument("position", type=click.IntRange(1))
@_evidence_options
def fact(position: int, data: Path, output: Path, size: int | None) -> None:
    """Prove a fact, by its position."""
    _hand_over(data, output, size, OneFact(position))


@click.command()
@click.argument("month")
@_evidence_options
def close(month: str, data: Path, output: Path, size: int | None) -> None:
    """Prove what a month closed on: MONTH is 2026-05 or close:2026-05, its latest close, or close:2026-05#1."""
    _hand_over(data, output, size, close_named("MONTH", month))


def _hand_over(data: Path, output: Path, size: int | None, subject: Subject, **dates: Any) -> None:
    """Write the pack, and say what it proves and what it does not."""
    settings = settings_of(data)
    with asking(ON_RECORD, data, **dates) as (basis, _), readable(data) as (_, database):
        assert isinstance(basis, Basis), "the read models have one"
        made = evidence_of(settings, database, reads(settings), basis, subject, size)
    write([made.data], output)
    for line in made.proved:
        say(f"proved      {line}")
    for line in made.open:
        say(f"NOT proved  {line}")


EVIDENCE: dict[str, click.Command] = {
    name: _evidence_command(read.query, report)
    for name, (read, report) in reports(Settings()).items()
    if read.receipts is not None
} | {"fact": fact, "close": close}
COMMANDS: dict[str, click.Command] = {
    name: _command(read.query, report)
    for name, (read, report) in reports(Settings()).items()
    if read.receipts is not None
} | {ACCOUNT: _account()}
