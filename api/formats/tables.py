"""Answers as tables: rows under names, whatever they are then written as.

Table          names, and the cells of each row
Line           a row's cells, which know the row that they show
columns        the fields of rows as names
cells          a row's cells under names
structs_table  a table of flat rows; sections: rows of several kinds, each row after the name of its kind
SUMS, WHOLES   the kinds of rows that sum up others: those of a group, and all
TooLong        an answer does not fit into a workbook
invented       whether an answer holds invented examples
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from msgspec import Struct

Table = tuple[Sequence[str], Iterable[Sequence[Any]]]


class Line(list[Any]):
    """A row's cells, and what they show: so a line of a sheet finds its row in the table of the same answer.

    of       the part of the answer
    fields   which of its fields each cell shows; or, as ROW/COLUMN, which cell of the table
    """

    def __init__(self, cells: Iterable[Any], of: Any = None, fields: Sequence[str] = ()) -> None:
        super().__init__(cells)
        self.of = of
        self.fields = fields


POSITIONS = ("positions",)
"""The facts behind a row, which are left to JSON."""


def columns(*shapes: type[Struct], left_out: Sequence[str] = POSITIONS) -> list[str]:
    """The fields of these rows as names, each once and in order, but those left out."""
    names = dict.fromkeys(name for shape in shapes for name in shape.__struct_fields__)
    return [name for name in names if name not in left_out]


def cells(row: Any, names: Sequence[str], **instead: Any) -> Line:
    """A row's cells under names, `instead` in place of its own; None where it has none."""
    return Line([instead[name] if name in instead else getattr(row, name, None) for name in names], row, names)


def structs_table(shape: type[Struct], *, left_out: Sequence[str] = POSITIONS) -> Callable[[Iterable[Struct]], Table]:
    """Make a table of rows of one kind: their fields, in order, but those left out."""
    names = columns(shape, left_out=left_out)

    def table(rows: Iterable[Struct]) -> Table:
        return names, (cells(row, names) for row in rows)

    return table


def sections(names: Sequence[str], *kinds: tuple[str, Iterable[Any]]) -> Table:
    """Rows of several kinds under the same names, kind after kind; `section` says of each row which it is."""
    every = ["section", *names]
    return every, (cells(row, every, section=kind) for kind, rows in kinds for row in rows)


SUMS = {"BUILDING", "TENANT", "CHANNEL", "CURRENCY", "STREAM", "AGREEMENT", "PART", "PARTY", "CATEGORY"}
WHOLES = {"TOTAL", "GROUP", "CONTROL", "DIFFERENCE", "ORDERS", "UNATTRIBUTED", "MEASURE"}


class TooLong(Exception):
    """An answer does not fit into a workbook."""

    def __init__(self, detail: str) -> None:
        super().__init__(f"A workbook {detail}; narrow the question by its filters, or take CSV")


def invented(answer: Any) -> bool:
    """Tell whether an answer holds invented examples: rows each say so, other answers as a whole."""
    if isinstance(answer, list | tuple):
        return any(getattr(row, "data_class", None) == "FICTIONAL" for row in answer)
    return bool(getattr(answer, "fictional", False))
