"""Answers as people read them on a terminal.

Sheet     a title, and rows under headings
Columns   which field of a row stands under which heading, and how it is set
Of, At    a cell that shows another field of the row than its column's; or a figure that the table has in another row
figure    a decimal as people read it: 1,234.50, (1,234.50), –
Report    a question as `mcsc report NAME` asks it, and its answer as a Sheet
Filed     an answer that is to be written as a file; About: what the file says of itself, where its form has room
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct

from api.formats.tables import Line, Table


def figure(decimal: str | int | None) -> str:
    """1234.50 is 1,234.50, -1234.50 is (1,234.50), nothing at all is –; empty where there is no figure."""
    if decimal is None:
        return ""
    whole, point, decimals = str(decimal).removeprefix("-").partition(".")
    if not int(whole + decimals):
        return "–"
    size = f"{int(whole):,}{point}{decimals}"
    return f"({size})" if str(decimal).startswith("-") else size


WITH_JSON = "With --json: "
"""How the meaning of an option begins that no other form shows anything of."""
POSITIONS_OPTION = f"{WITH_JSON}list the facts behind each row."
"""What the command line says of `positions`."""


class Of(Struct, frozen=True):
    """Another field of the row than the column's."""

    field: str


class At(Struct, frozen=True):
    """A figure that stands elsewhere in the table of the same answer: its cell's whole name there, and its value."""

    cell: str
    value: Any


class Columns(Struct, frozen=True):
    """The columns of a sheet: the field of a row, and the heading above it. A column added is an entry here.

    texts    fields set to the left, as they are: words and dates
    plain    numbers set to the right, as they are; all other fields are set as figures
    """

    headings: Mapping[str, str]
    texts: Sequence[str] = ()
    plain: Sequence[str] = ()

    def line(self, row: Any = None, **instead: Any) -> Line:
        """A row's cells; `instead`, by field, in place of its own; empty where it has none."""
        cells, shown = [], []
        for field in self.headings:
            value, of = instead.get(field, getattr(row, field, None)), field
            match value:
                case Of():
                    value, of = getattr(row, value.field), value.field
                case At():
                    value, of = value.value, value.cell
            cells.append(self._cell(field, value))
            shown.append(of)
        return Line(cells, row, shown)

    def _cell(self, field: str, value: Any) -> Any:
        return value if field in self.texts or field in self.plain else figure(value)


class Sheet(Struct, frozen=True):
    """Rows as a person reads them. A row may be shorter than there are columns: the rest is empty."""

    title: str
    columns: Columns
    rows: Sequence[Sequence[Any]]

    @property
    def names(self) -> list[str]:
        """The headings."""
        return list(self.columns.headings.values())

    @property
    def numbers(self) -> list[str]:
        """The headings of columns that are set to the right."""
        return [name for field, name in self.columns.headings.items() if field not in self.columns.texts]

    @property
    def lines(self) -> list[list[Any]]:
        """The rows, each with a cell for every column."""
        return [[*row, *[None] * (len(self.columns.headings) - len(row))] for row in self.rows]


class Report(Struct, frozen=True, kw_only=True):
    """A question as `mcsc report NAME` asks it, and its answer as a person reads it.

    help       what it answers; examples: how it is asked
    options    the parameters of the query that the command line takes, and what each of them does
    sheet      the answer (its rows or its data) -> Sheet
    """

    name: str
    help: str
    examples: Sequence[str] = ()
    options: Mapping[str, str] = {}
    sheet: Callable[[Any], Sheet]

    @property
    def only_in_json(self) -> list[str]:
        """The options that show nothing in any other form."""
        return [name for name, meaning in self.options.items() if meaning.startswith(WITH_JSON)]


class About(Struct, frozen=True, kw_only=True):
    """The words of a file about itself: what was asked, on which basis, of which ledger.

    name         the report's; help: what it answers
    asked        its filters, by name; address: where the same is asked again, on the same basis
    ledger       the ledger's name; invented: it holds invented examples
    made_by      the version of this software
    """

    name: str
    help: str
    asked: Mapping[str, str]
    address: str
    effective: date | None
    recorded: int
    recorded_at: datetime | None
    root: str
    zone: str
    ledger: str
    invented: bool
    made_by: str


class Filed(Struct, frozen=True, kw_only=True):
    """An answer that is to be written as a file.

    pages    the rows or the data that were found, page after page; table: what each is as a table
    sheet    what all are as a person reads them, where a report says so
    """

    pages: Iterable[Any]
    table: Callable[[Any], Table]
    about: About
    sheet: Callable[[Any], Sheet] | None = None
