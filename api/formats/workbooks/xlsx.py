"""The sheets of an XLSX, row by row: memory does not grow with its rows.

Page       a sheet: its name, its rows, what is merged, which rows are hidden
sheets_of  the bytes of a file -> its sheets; raises NoWorkbook

openpyxl's own parser of a sheet is asked: its public face does not say which rows are hidden, nor tell a formula that
was never computed from an empty cell.
"""

import re
import warnings
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from io import BytesIO
from typing import Any, NamedTuple
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils import range_boundaries
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet._reader import FORMULA_TAG, WorkSheetParser

from api.formats.workbooks.cells import (
    At,
    NoWorkbook,
    Shown,
    Told,
    moment_text,
    name_of,
    number_text,
    serial_text,
    unsound,
)

warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
UNPACKED_MAX = 1 << 30
"""The bytes that a workbook may unpack to."""
TEXTS_MAX, WHOLE_MAX = 128 << 20, 8 << 20
"""The same of its texts, and of any other part that is read as a whole: of a sheet, row by row, all may be."""
COLUMNS_MAX = 1000
MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\s[^>]*?ref=["']([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})["']""")
TOLD_ROWS = 1000
PIECE, OVERLAP = 1 << 20, 200

Row = tuple[int, list[str]]
Merge = tuple[int, int, int, int]
"""First row and column, last row and column, counted from 1."""


class Page(NamedTuple):
    """A sheet. `hidden` has the rows that are, of those that were read so far."""

    name: str
    visible: bool
    rows: Callable[[], Iterator[Row]]
    merged: list[Merge]
    hidden: list[int]


class _Parser(WorkSheetParser):  # type: ignore[misc] # openpyxl says no types
    """Rows as openpyxl reads them; a formula without a value is told, and nothing is kept of rows that are read."""

    def __init__(self, source: Any, strings: Any, hidden: list[int]) -> None:
        super().__init__(source, strings, data_only=True)
        self.hidden = hidden

    def parse_cell(self, element: Any) -> dict[str, Any]:
        """Read a cell."""
        cell: dict[str, Any] = super().parse_cell(element)
        if cell["value"] is None and element.get("t") != "str" and element.find(FORMULA_TAG) is not None:
            cell["data_type"] = "f"
        return cell

    def parse_row(self, row: Any) -> Any:
        """Read a row."""
        told = super().parse_row(row)
        if row.get("hidden") in ("1", "true"):
            self.hidden.append(told[0])
        self.row_dimensions.clear()
        return told


def sheets_of(data: bytes, shown: Shown, told: Told | None = None) -> tuple[list[Page], bool]:
    """Every sheet, and whether days are counted from 1904. Raises NoWorkbook."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            parts = archive.infolist()
    except (BadZipFile, ValueError) as error:
        raise NoWorkbook("it is no whole XLSX: it ends too soon, or was changed on its way") from error
    if sum(part.file_size for part in parts) > UNPACKED_MAX:
        raise NoWorkbook(f"the workbook unpacks to more than {UNPACKED_MAX >> 20} MB")
    for part in parts:
        most = TEXTS_MAX if part.filename.endswith("sharedStrings.xml") else WHOLE_MAX
        whole = part.filename.endswith((".xml", ".rels")) and not part.filename.lower().startswith("xl/worksheets/")
        if whole and part.file_size > most:
            raise NoWorkbook(f"its part {part.filename} unpacks to more than {most >> 20} MB")
    try:
        book: Any = load_workbook(BytesIO(data), read_only=True, data_only=True)
    except Exception as error:  # openpyxl says in many ways that a part is not as it should be
        raise NoWorkbook(f"it is no XLSX that can be read: {error}") from error
    from_1904 = book.epoch == CALENDAR_MAC_1904
    dates = frozenset(book._date_formats) | frozenset(book._timedelta_formats)
    return [_page(sheet, dates, shown, from_1904, told) for sheet in book.worksheets], from_1904


def _page(sheet: Any, dates: frozenset[int], shown: Shown, from_1904: bool, told: Told | None) -> Page:
    hidden = list[int]()

    def rows() -> Iterator[Row]:
        hidden.clear()
        try:
            size = sheet.parent._archive.getinfo(sheet._worksheet_path).file_size
            with sheet._get_source() as source:
                for number, cells in _Parser(source, sheet._shared_strings, hidden).parse():
                    yield number, _row(number, cells, dates, shown, from_1904)
                    if told is not None and number % TOLD_ROWS == 0:
                        told(source.tell(), size)
        except Exception as error:  # as above
            raise NoWorkbook(f"its sheet {sheet.title} cannot be read: {error}") from error

    return Page(sheet.title, sheet.sheet_state == "visible", rows, _merged(sheet), hidden)


def _merged(sheet: Any) -> list[Merge]:
    """The cells that are merged: said behind all rows, and needed before them."""
    found, rest = list[Merge](), b""
    with sheet._get_source() as source:
        while piece := source.read(PIECE):
            text, at = rest + piece, 0
            for one in MERGED.finditer(text):
                first, top, last, bottom = range_boundaries(one[1].decode())
                found.append((top, first, bottom, last))
                at = one.end()
            rest = text[max(at, len(text) - OVERLAP) :]
    return found


def _row(number: int, cells: list[dict[str, Any]], dates: frozenset[int], shown: Shown, from_1904: bool) -> list[str]:
    told = list[str]()
    for cell in cells:
        column = cell["column"]
        if column > COLUMNS_MAX:
            break
        told += [""] * (column - len(told) - 1)
        told.append(_text(cell, (number, column), dates, shown, from_1904))
    return told


def _text(cell: dict[str, Any], at: At, dates: frozenset[int], shown: Shown, from_1904: bool) -> str:
    value, kind = cell["value"], cell["data_type"]
    if kind == "f":
        why = f"{name_of(*at)} is a formula that was never computed: open the file in a spreadsheet and save it"
        return unsound("?", why)
    if value is None:
        return ""
    if kind == "e":
        return unsound(str(value), f"{name_of(*at)} is an error of the spreadsheet: {value}")
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        if cell["style_id"] in dates:
            return serial_text(value, shown, at, from_1904=from_1904)
        return number_text(value, shown, at)
    if isinstance(value, datetime | date | time):
        return moment_text(value, shown)
    return str(value).strip()
