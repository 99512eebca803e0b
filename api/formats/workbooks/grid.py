"""The table that is meant in a workbook, for readers that know tables as rows of texts.

is_workbook   tell whether bytes are a workbook: by what they hold, whatever they are called
Grid          its rows, and whether its days are counted from 1904
pages_of      the bytes of a workbook -> all its sheets; raises NoWorkbook
grid_of       the bytes of a workbook and the headings that are needed -> its Grid; raises NoWorkbook

What was left out, or read in a way that nobody could know without being told, is noted: row and rule, row 0 for the
workbook as a whole.

Sheets that are hidden are left out; rows that are hidden are read, as a filter hides rows of an export that is whole.
Where headings stand in merged cells, each cell of them says it. Below the headings a cell that is merged over several
rows is Unsound: nobody can know whether its amount is meant once or for each row.
"""

import re
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from api.formats.workbooks.cells import NoWorkbook, Shown, Told, name_of, unsound
from api.formats.workbooks.xls import sheets_of_xls
from api.formats.workbooks.xlsx import Merge, Page, Row, sheets_of

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PAGE = re.compile(rb"\s*(\xef\xbb\xbf)?\s*<(!doctype html|html|table|meta)\b", re.IGNORECASE)
HEAD_ROWS = 200
"""The rows in which headings are looked for where several sheets may have them."""


Noting = Callable[[int, str], None]


class Grid(NamedTuple):
    """Rows, each with its number from 1 on."""

    rows: Iterator[Row]
    from_1904: bool


def is_workbook(data: bytes) -> bool:
    """XLSX is an archive, XLS a compound file; a page named .xls is neither, and is said so."""
    return data.startswith((b"PK\x03\x04", OLE)) or PAGE.match(data[:1000]) is not None


def pages_of(data: bytes, shown: Shown, told: Told | None = None) -> tuple[list[Page], bool]:
    """Every sheet of an XLSX or an XLS, and whether days are counted from 1904. Raises NoWorkbook."""
    if PAGE.match(data[:1000]) is not None:
        raise NoWorkbook("it is a web page that is named as a workbook: open it in a spreadsheet, save it as XLSX")
    return sheets_of_xls(data, shown) if data.startswith(OLE) else sheets_of(data, shown, told)


def grid_of(data: bytes, wanted: Collection[str], shown: Shown, note: Noting, told: Told | None = None) -> Grid:
    """The rows of the sheet that has all the headings that are wanted; of the first sheet where none are.

    Raises NoWorkbook, also while rows are read.
    """
    pages, from_1904 = pages_of(data, shown, told)
    seen = [page for page in pages if page.visible]
    filled = [page for page in seen if any(any(cells) for _, cells in page.rows())]
    meant = [page for page in filled if _has(page, wanted)] if wanted and len(filled) > 1 else filled[:1]
    if len(meant) > 1:
        names = " and ".join(page.name for page in meant)
        raise NoWorkbook(f"the sheets {names} have the same headings: send one at a time")
    for page in pages:
        if page not in meant and (page in filled or not page.visible):
            note(0, f"the {'' if page.visible else 'hidden '}sheet {page.name} is left out")
    return Grid(_rows(meant[0], wanted, note) if meant else iter(()), from_1904)


def _has(page: Page, wanted: Collection[str]) -> bool:
    """Tell whether a row near the top of a sheet has the headings."""
    for number, cells in page.rows():
        if number > HEAD_ROWS:
            return False
        if set(wanted) <= set(_filled(number, cells, page.merged, {})):
            return True
    return False


def _filled(number: int, cells: list[str], merged: list[Merge], above: dict[Merge, str]) -> list[str]:
    """A row in which each cell of a merge says what its first says, in this row or in one above."""
    told = list(cells)
    for one in merged:
        top, first, bottom, last = one
        if not top <= number <= bottom:
            continue
        if number == top:
            above[one] = cells[first - 1] if first <= len(cells) else ""
        told += [""] * (last - len(told))
        told[first - 1 : last] = [above.get(one, "")] * (last - first + 1)
    return told


def _rows(page: Page, wanted: Collection[str], note: Noting) -> Iterator[Row]:
    above, below, headed = dict[Merge, str](), 0, not wanted
    tall = [one for one in page.merged if one[0] < one[2]]
    told_hidden = False
    for number, cells in page.rows():
        if not told_hidden and number in page.hidden:
            told_hidden = True
            note(number, "hidden rows are read like the others; this is the first of them")
        if not headed:
            told = _filled(number, cells, page.merged, above)
            if set(wanted) <= set(told):
                headed = True
                below = max((one[2] for one in page.merged if one[0] <= number <= one[2]), default=0)
            yield number, _trimmed(told)
        elif number > below:
            yield number, _trimmed(_unmerged(number, cells, tall))


def _trimmed(cells: list[str]) -> list[str]:
    """A row without the empty cells at its end: those that are only formatted."""
    while cells and not cells[-1]:
        cells = cells[:-1]
    return cells


def _unmerged(number: int, cells: list[str], tall: list[Merge]) -> list[str]:
    """A row in which no cell is merged over several rows, or that cell is Unsound."""
    told = cells
    for top, first, bottom, last in tall:
        if top <= number <= bottom:
            told = [*told, *[""] * (last - len(told))]
            why = f"{name_of(number, first)} is merged over the rows {top} to {bottom}: unmerge it, and fill each"
            told[first - 1 : last] = [unsound("?", why)] * (last - first + 1)
    return told
