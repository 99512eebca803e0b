"""report: a command for each Read that has a Report. Nothing is said here of any one of them.

COMMANDS   the reports by name; the routes are read for them (see place.Later)
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import rich_click as click
from msgspec.structs import fields

from api.app import reads
from api.cli.display import say, table
from api.cli.place import settings_of
from api.cli.reading import ask, in_words, options, write
from api.formats.sheets import Report
from api.http.reading import BasisQuery, Found, Read
from api.http.reading import as_csv as csv_of
from api.http.reading import as_json as json_of
from api.settings import Settings

C = TypeVar("C", bound=Callable[..., Any])

PAGE_ROWS = 1000
"""The most that a query takes: a report shows every page."""


def _reports(settings: Settings) -> dict[str, tuple[Read[Any], Report]]:
    """Every report by its name, and the question it asks."""
    return {read.report.name: (read, read.report) for read in reads(settings) if read.report is not None}


def _command(query: type[BasisQuery], report: Report) -> click.Command:
    """A report as a command; the parameters of its query that it offers are options."""

    def show(**asked: Any) -> None:
        _show(report.name, **asked)

    defaults = {field.name: field.default for field in fields(query)}
    command = options()(show)
    for parameter, meaning in reversed(list(report.options.items())):
        command = _option(parameter, defaults[parameter], meaning)(command)
    examples = ("\n\n\b\n" + "\n".join(report.examples)) if report.examples else ""
    return click.command(report.name, help=report.help + examples)(command)


def _option(parameter: str, default: Any, meaning: str) -> Callable[[C], C]:
    """A parameter as an option: `from_on` is --from, what is false is a flag, and what is true a flag with --no-."""
    name = parameter.removesuffix("_on").replace("_", "-")
    if default is True:
        return click.option(f"--no-{name}", parameter, is_flag=True, flag_value=False, default=True, help=meaning)
    if default is False:
        return click.option(f"--{name}", parameter, is_flag=True, help=meaning)
    return click.option(f"--{name}", parameter, default=default, show_default=default is not None, help=meaning)


def _show(name: str, data: Path, as_json: bool, as_csv: bool, output: Path | None, **asked: Any) -> None:
    """A report as a sheet, as JSON or as CSV, and the basis it stands on."""
    read, report = _reports(settings_of(data))[name]
    if "limit" in read.query.__struct_fields__:
        asked["limit"] = PAGE_ROWS
    basis, found = ask(read, data, **asked)
    if as_csv or (output is not None and output.suffix == ".csv"):
        write(csv_of(read, found), output)
    elif as_json or output:
        write(json_of(basis, found), output)
    else:
        sheet = report.sheet(found.answer)
        table(sheet.title, sheet.names, sheet.lines, numbers=sheet.numbers)
    say(in_words(basis))
    if _is_fictional(found):
        say("This report holds invented examples (FICTIONAL).")


def _is_fictional(found: Found) -> bool:
    """Tell whether anything in an answer is invented: rows each say so, other answers as a whole."""
    if found.rows is not None:
        return any(row.data_class == "FICTIONAL" for row in found.rows)
    return bool(found.data.fictional)


COMMANDS: dict[str, click.Command] = {
    name: _command(read.query, report) for name, (read, report) in _reports(Settings()).items()
}
