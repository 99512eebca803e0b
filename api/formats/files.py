"""Formats that tables are written in, as files.

TableFormat     a format: its name, its media type, and how an answer becomes bytes
file_name       what an answer's file is called
TABLE_FORMATS   all of them. A format added is a file of this package and an entry here: every table then has it, over
                HTTP by suffix and Accept, on the command line as an option and by the name of the file
"""

from collections.abc import Callable, Iterator
from datetime import date

from msgspec import Struct

from api.formats.csv_text import csv_pieces
from api.formats.sheets import Filed


class TableFormat(Struct, frozen=True, kw_only=True):
    """A way to write tables.

    name     its suffix, and its option on the command line; help: what that option says
    binary   its bytes are no text
    pieces   an answer -> the bytes of one file, a piece at a time
    """

    name: str
    media_type: str
    help: str
    binary: bool = False
    pieces: Callable[[Filed], Iterator[bytes]]


def file_name(path: str, suffix: str, effective: date | None, recorded: int, part: str = "") -> str:
    """The name of an answer's file, which says its basis: rent-roll_eff-2026-06-30_rec-18204.csv."""
    return f"{path.rpartition('/')[2]}_eff-{effective}_rec-{recorded}{part}.{suffix}"


def _csv(filed: Filed) -> Iterator[bytes]:
    return csv_pieces(map(filed.table, filed.pages))


def _xlsx(filed: Filed) -> Iterator[bytes]:
    from api.formats.workbook import workbook_pieces  # read only where one is written: it takes a while

    return workbook_pieces(filed)


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TABLE_FORMATS = (
    TableFormat(name="csv", media_type="text/csv", help="CSV, as a spreadsheet reads it.", pieces=_csv),
    TableFormat(
        name="xlsx",
        media_type=XLSX,
        help="A workbook: what it rests on, the report, and its data.",
        binary=True,
        pieces=_xlsx,
    ),
)
