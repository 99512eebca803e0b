"""A report with the columns alone that somebody chose, in a file as on the page.

narrowed   a report whose tables and sheets have the chosen columns
shown_of   the columns that a page shows
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from msgspec import structs

from api.formats.sheets import Columns, Sheet
from api.formats.tables import Line, Table
from api.http.reading import Read

KEPT = ("section", "kind")
"""Columns of a table that say what kind of row each is: they stay."""


COLUMN, ALL = "column.", "column.all"
"""How the parameters begin that name the columns to be shown; the one that shows every column."""

AT_FIRST: Mapping[str, tuple[str, ...]] = {
    "investment": (
        *("agreement", "company", "state", "currency", "contracted", "paid_in", "fulfilment_percent"),
        *("fai", "jobs", "clawback_outstanding"),
    ),
    "order-book": (
        *("order", "buyer", "currency", "value", "value_cny", "state", "next_milestone", "invoiced"),
        *("received", "backlog"),
    ),
    "vouchers": ("voucher", "accounting_on", "fact", "document", "debit", "documents", "maker", "reviewer", "position"),
}
"""The columns of reports too wide for a screen that a page shows where nobody chose any."""


def shown_of(name: str, sheet: Sheet, asked: Mapping[str, str]) -> tuple[list[str], bool]:
    """The columns that a page shows, none for all of them, and whether somebody chose them."""
    chosen = [field for field in sheet.columns.headings if asked.get(f"{COLUMN}{field}")]
    if chosen or asked.get(ALL):
        return chosen, True
    first = AT_FIRST.get(name, ())
    return [field for field in sheet.columns.headings if field in first], False


def narrowed(read: Read[Any], chosen: Sequence[str]) -> Read[Any]:
    """The report with the chosen columns, by the fields of its sheet; with all where none is chosen."""
    table, report = read.table, read.report
    if not chosen or table is None or report is None:
        return read

    def narrow_table(answer: Any) -> Table:
        names, rows = table(answer)
        places = [place for place, name in enumerate(names) if name in chosen or name in KEPT]
        if not any(names[place] in chosen for place in places):
            return names, rows
        return [names[place] for place in places], (_only(row, places) for row in rows)

    def narrow_sheet(answer: Any) -> Sheet:
        return _of_sheet(report.sheet(answer), chosen)

    return replace(read, table=narrow_table, report=structs.replace(report, sheet=narrow_sheet))


def _of_sheet(sheet: Sheet, chosen: Sequence[str]) -> Sheet:
    headings: Mapping[str, str] = sheet.columns.headings
    places = [place for place, field in enumerate(headings) if field in chosen]
    if not places:
        return sheet
    kept = Columns(
        headings={field: name for field, name in headings.items() if field in chosen},
        texts=sheet.columns.texts,
        plain=sheet.columns.plain,
    )
    return Sheet(title=sheet.title, columns=kept, rows=[_line(row, places) for row in sheet.rows])


def _line(row: Sequence[Any], places: Sequence[int]) -> Sequence[Any]:
    """A row of a sheet; a line above others, which has one cell, stays whole."""
    return row if len(row) == 1 else _only(row, places)


def _only(row: Sequence[Any], places: Sequence[int]) -> Sequence[Any]:
    cells = [row[place] for place in places if place < len(row)]
    if not isinstance(row, Line):
        return cells
    return Line(cells, row.of, [row.fields[place] for place in places if place < len(row.fields)])
