"""Formats that tables are written in, as files.

TableFormat     a format: its name, its media type, and how tables become bytes
TABLE_FORMATS   all of them. A format added is a file of this package and an entry here: every table then has it, over
                HTTP by suffix and Accept, on the command line as an option and by the name of the file
"""

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from api.formats.csv_text import csv_pieces
from api.formats.tables import Table


class TableFormat(Struct, frozen=True, kw_only=True):
    """A way to write tables.

    name     its suffix, and its option on the command line; help: what that option says
    pieces   tables with the same columns, page after page -> the bytes of one file, a piece at a time
    """

    name: str
    media_type: str
    help: str
    pieces: Callable[[Iterable[Table]], Iterator[bytes]]


TABLE_FORMATS = (
    TableFormat(name="csv", media_type="text/csv", help="CSV, as a spreadsheet reads it.", pieces=csv_pieces),
)
