"""Tables as CSV, for spreadsheets (RFC 4180).

BOM         the byte order mark that a file begins with, so that Excel reads it as UTF-8
csv_pieces  tables with the same columns, page after page, as one file
csv_lines   rows as lines; text that a spreadsheet would take for a formula begins with an apostrophe
"""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from csv import writer
from typing import Any

from api.formats.tables import Table

BOM = "\ufeff"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?", re.ASCII)


def csv_pieces(pages: Iterable[Table]) -> Iterator[bytes]:
    """Tables with the same columns, page after page, as one file."""
    for number, (names, rows) in enumerate(pages):
        yield (csv_lines(rows) if number else BOM + csv_lines([names, *rows])).encode()


def csv_lines(rows: Iterable[Sequence[Any]]) -> str:
    """Rows as lines of CSV."""
    out = io.StringIO()
    writer(out, lineterminator="\r\n").writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(FORMULA) and not NUMBER.fullmatch(value):
        return "'" + value
    return value
