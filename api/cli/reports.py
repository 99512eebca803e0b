"""report: a command for each Read that has a Report. Nothing is said here of any one of them.

COMMANDS     the reports by name; each is made when it is asked for, of the one file of routes that it stands in
reports      every report, and the question it asks; report_of: one of them
asked_with   a command with the options of a report
FEW          the columns that a narrow terminal shows
"""

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

import rich_click as click
from msgspec.structs import fields

from api.cli.display import say, table
from api.cli.place import USAGE, Stop, names_of, settings_of
from api.cli.reading import asking, form_of, in_words, options, query_of
from api.cli.written import write
from api.formats.files import TABLE_FORMATS, file_name
from api.formats.sheets import Report
from api.formats.tables import invented
from api.http.reading import BasisQuery, Found, Read, filed, json_pieces, written
from api.settings import Settings

C = TypeVar("C", bound=Callable[..., Any])


def reports(settings: Settings) -> dict[str, tuple[Read[Any], Report]]:
    """Every report by its name, and the question it asks."""
    from api.app import reads

    return {read.report.name: (read, read.report) for read in reads(settings) if read.report is not None}


def report_of(settings: Settings, name: str) -> tuple[Read[Any], Report]:
    """A report, and the question it asks, of its own file alone. KeyError where there is none."""
    room = import_module(ROOMS[name])
    found: Iterator[Read[Any]] = iter(room.reads(settings) if hasattr(room, "reads") else room.READS)
    return next((read, read.report) for read in found if read.report is not None and read.report.name == name)


FEW: Mapping[str, Sequence[str]] = {
    "companies": ("company", "stage", "since", "origin"),
    "proposals": ("kind", "which", "what", "days waiting"),
    "delegations": ("delegation", "in the stead of", "may approve", "from", "through", "state"),
    "diary": ("on", "status", "kind", "lease, order, agreement or month", "what"),
    "funnel": ("origin", "leads", "qualified", "agreements", "registered", "operating", "exited"),
    "periods": ("month", "state", "entries", "closed at", "closes"),
    "rates": ("series", "from", "value", "state", "decided by"),
    "investment": ("agreement", "ccy", "contracted", "paid in", "%", "state"),
    "channel-money": ("origin", "agreements", "contracted", "paid in", "revenue"),
    "order-book": ("order", "value CNY", "backlog", "buyer", "state"),
    "fx-exposure": ("ccy", "receivable", "balance", "in the books", "CNY", "unrealised"),
    "energy": ("agreement", "month", "run", "delivered", "net", "state"),
    "green-certificates": ("agreement", "lot", "month", "state", "valid until", "issued", "held"),
    "offtake-shortfall": ("agreement", "year", "ACQ", "taken", "shortfall", "payment", "closing"),
    "meter-checks": ("meter", "check", "begins", "ends", "kWh"),
    "parcels": ("parcel", "m²", "outline m²", "more, %", "datum"),
    "spot-prices": ("series", "month", "agreement", "mean by time", "mean by volume", "net", "difference"),
    "rent-roll": ("unit", "tenant", "expiry", "passing"),
    "occupancy": ("building", "lettable m²", "committed m²", "vacant m²", "committed %"),
    "lease-expiry": ("by", "year", "leases", "m²", "rent", "% of rent"),
    "ageing": ("tenant", "document", "due", "days", "total"),
    "deposits": ("tenant", "lease", "held", "due back", "overdue"),
    "turnover-rent": ("lease", "from", "said", "turnover", "due"),
    "trial-balance": ("code", "account", "debit", "credit", "at"),
    "journal": ("position", "posted on", "account", "debit", "credit"),
    "vouchers": ("voucher", "posted on", "fact", "debit", "made by"),
    "revenue": ("period", "stream", "tenant", "recognised", "billed"),
    "deferred-revenue": ("account", "additions", "recognised", "at"),
    "inventory": ("order", "bought", "recognised", "sold", "at", "carrying"),
    "exceptions": ("out of the ordinary", "position", "fact", "by"),
    "certificates": ("fact", "on", "read model", "found", "differ", "rows"),
}
"""The columns that a terminal shows which is too narrow for all of a report; of others as many as fit, from the left.
`at` is a balance on a day, the last before others."""


ROOMS = {
    "access": "api.routes.audit",
    "ageing": "api.routes.tenancy",
    "balance-sheet": "api.routes.reports.statements",
    "bank-accounts": "api.bookkeeping.banking",
    "bank-movements": "api.bookkeeping.banking",
    "bank-reconciliation": "api.bookkeeping.statements.serving",
    "cash-flow": "api.routes.reports.statements",
    "certificates": "api.routes.audit",
    "changes-in-equity": "api.routes.reports.statements",
    "channel-money": "api.routes.investment",
    "companies": "api.routes.companies",
    "contacts": "api.routes.reports.contacts",
    "deferred-revenue": "api.routes.books",
    "delegations": "api.agenda.delegations",
    "deposits": "api.routes.reports.deposits",
    "diary": "api.agenda.diary",
    "energy": "api.routes.offtake",
    "exceptions": "api.routes.audit",
    "funnel": "api.routes.reports.funnel",
    "fx-exposure": "api.routes.orders",
    "general-ledger": "api.routes.reports.general_ledger",
    "green-certificates": "api.routes.reports.green",
    "income-statement": "api.routes.reports.statements",
    "inventory": "api.routes.reports.inventory",
    "investment": "api.routes.investment",
    "journal": "api.routes.books",
    "lease-costs": "api.routes.reports.lease_costs",
    "lease-expiry": "api.routes.tenancy",
    "meter-checks": "api.routes.offtake",
    "occupancy": "api.routes.tenancy",
    "offtake-shortfall": "api.routes.offtake",
    "order-book": "api.routes.orders",
    "parcels": "api.routes.estate",
    "payables-ageing": "api.bookkeeping.payables",
    "periods": "api.routes.periods",
    "proposals": "api.agenda.inbox",
    "rates": "api.routes.periods",
    "rent-roll": "api.routes.tenancy",
    "revenue": "api.routes.books",
    "spot-prices": "api.routes.reports.prices",
    "trial-balance": "api.routes.books",
    "turnover-rent": "api.routes.reports.turnover",
    "vat-ledger": "api.bookkeeping.vat",
    "vat-return": "api.bookkeeping.vat",
    "vat-returns": "api.bookkeeping.vat",
    "vat-rules": "api.bookkeeping.vat",
    "voucher-series": "api.routes.reports.vouchers",
    "vouchers": "api.routes.reports.vouchers",
}
"""Each report's file: a command line reads that one alone. A test finds what is missing."""

LISTS = ("companies", "positions", "subledgers")
"""Parameters that say what a report lists beside its figures."""


def asked_with(query: type[BasisQuery], report: Report, command: C, *, left_out: Sequence[str] = ()) -> C:
    """Give a command the options of a report: the parameters of its query that it offers."""
    defaults = {field.name: field.default for field in fields(query)}
    for parameter, meaning in reversed([*report.options.items()]):
        if parameter in left_out:
            continue
        command = _option(parameter, defaults[parameter], meaning)(command)
    return command


def _command(query: type[BasisQuery], report: Report) -> click.Command:
    """A report as a command."""

    def show(**asked: Any) -> None:
        _show(report.name, **asked)

    wide = click.option("--wide", is_flag=True, help="All columns, in a pager where the terminal is narrower.")
    command = asked_with(query, report, wide(options(directory=True)(show)))
    examples = ("\n\n\b\n" + "\n".join(report.examples)) if report.examples else ""
    return click.command(report.name, help=report.help + examples)(command)


def _option(parameter: str, default: Any, meaning: str) -> Callable[[C], C]:
    """A parameter as an option: `from_on` is --from, what is false is a flag, and what is true a flag with --no-."""
    name = parameter.removesuffix("_on").replace("_", "-")
    if default is True:
        return click.option(f"--no-{name}", parameter, is_flag=True, flag_value=False, default=True, help=meaning)
    if default is False:
        return click.option(f"--{name}", parameter, is_flag=True, help=meaning)
    shown = default is not None
    complete = names_of(parameter)
    return click.option(
        f"--{name}", parameter, default=default, show_default=shown, shell_complete=complete, help=meaning
    )


def _show(name: str, data: Path, output: Path | None, wide: bool, **asked: Any) -> None:
    """A report as a sheet, as JSON or as a table's file, and its basis: in a directory, also the file's name."""
    read, report = report_of(settings_of(data), name)
    form = form_of(asked, output)
    if form != "json" and (unseen := [f"--{name}" for name in report.only_in_json if asked[name]]):
        raise Stop(f"{' and '.join(unseen)} shows only in JSON: say --json as well, or leave it out.", USAGE)
    if wide and form is not None:
        raise Stop(f"--wide is about what a terminal shows; --{form} holds every column.", USAGE)
    tables = {one.name: one for one in TABLE_FORMATS}
    fictional: set[bool] = set()
    with asking(read, data, **asked) as (basis, pages):
        shown = _noting(pages, fictional)
        if form is not None and output is not None and output.is_dir():
            output /= file_name(read.path, form, basis.effective, basis.recorded)
        if form in tables:
            query = query_of(read, asked)
            answer = filed(settings_of(data), read, basis, shown, query, {})
            write(written(tables[form], answer), output, tables[form].binary)
        elif form is not None:
            write(json_pieces(basis, shown), output)
        else:
            sheet = report.sheet(_all(shown))
            few = None if wide else FEW.get(name, ())
            table(sheet.title, sheet.names, sheet.lines, numbers=sheet.numbers, few=few)
    if any(fictional):
        say("This report holds invented examples (FICTIONAL).")
    say(in_words(basis))


def _noting(pages: Iterator[Found], fictional: set[bool]) -> Iterator[Found]:
    """The pages; whether anything in them is invented is noted."""
    for found in pages:
        fictional.add(invented(found.answer))
        yield found


def _all(pages: Iterator[Found]) -> Any:
    """The data, or the rows of every page."""
    first = next(pages)
    return first.data if first.rows is None else [row for page in chain([first], pages) for row in page.rows or ()]


class _Commands(MutableMapping[str, click.Command]):
    """A command for each report, made when it is asked for."""

    def __getitem__(self, name: str) -> click.Command:
        read, report = report_of(Settings(), name)
        return _command(read.query, report)

    def __iter__(self) -> Iterator[str]:
        return iter(ROOMS)

    def __len__(self) -> int:
        return len(ROOMS)

    def __setitem__(self, name: str, command: click.Command) -> None:
        raise TypeError("reports are those of the routes")

    def __delitem__(self, name: str) -> None:
        raise TypeError("reports are those of the routes")


COMMANDS: MutableMapping[str, click.Command] = _Commands()
