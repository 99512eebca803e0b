"""The sheets of an XLS, as Excel wrote it until 2003 and banks write it still.

sheets_of_xls   the bytes of a file -> its sheets; raises NoWorkbook
"""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import xlrd

from api.formats.workbooks.cells import At, NoWorkbook, Shown, name_of, number_text, serial_text, unsound
from api.formats.workbooks.xlsx import Page, Row

SHEETS_MAX = 50
"""Each takes memory for all rows down to its last, whatever is in them; columns are as many as a row has."""


def sheets_of_xls(data: bytes, shown: Shown) -> tuple[list[Page], bool]:
    """Every sheet, and whether days are counted from 1904. Raises NoWorkbook."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise NoWorkbook("the workbook is locked by a password: save it without one")
    try:
        book = xlrd.open_workbook(
            file_contents=data, formatting_info=True, logfile=StringIO(), on_demand=True, ragged_rows=True
        )
        if book.nsheets <= SHEETS_MAX:
            book.sheets()
    except Exception as error:  # xlrd says in many ways that a record is not as it should be
        raise NoWorkbook(f"it is no XLS that can be read: {error}") from error
    if book.nsheets > SHEETS_MAX:
        raise NoWorkbook(f"the workbook has {book.nsheets} sheets, and {SHEETS_MAX} at most are read")
    from_1904 = bool(book.datemode)
    return [_page(sheet, shown, from_1904) for sheet in book.sheets()], from_1904


def _page(sheet: Any, shown: Shown, from_1904: bool) -> Page:
    hidden = [row + 1 for row, info in sorted(sheet.rowinfo_map.items()) if info.hidden]

    def rows() -> Iterator[Row]:
        for row in range(sheet.nrows):
            cells = zip(sheet.row_types(row), sheet.row_values(row), strict=True)
            told = [
                _text(kind, value, (row + 1, column), shown, from_1904) for column, (kind, value) in enumerate(cells, 1)
            ]
            yield row + 1, told

    merged = [(top + 1, first + 1, bottom, last) for top, bottom, first, last in sheet.merged_cells]
    return Page(sheet.name, sheet.visibility == 0, rows, merged, hidden)


def _text(kind: int, value: Any, at: At, shown: Shown, from_1904: bool) -> str:
    if kind == xlrd.XL_CELL_ERROR:
        said = xlrd.error_text_from_code.get(value, value)
        return unsound(str(said), f"{name_of(*at)} is an error of the spreadsheet: {said}")
    if kind == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if value else "FALSE"
    if kind == xlrd.XL_CELL_DATE:
        return serial_text(value, shown, at, from_1904=from_1904)
    if kind == xlrd.XL_CELL_NUMBER:
        return number_text(value, shown, at)
    return str(value).strip()
