"""A report as a page shows it: the sheet of the command line, each figure with the name of its cell.

Cell     what stands in a row under a heading; `name`: of the figure in the report, where it has a receipt
Row      its cells, and what kind of row it is
linked   an answer -> the rows of its sheet; those that `folded` leaves out anyway may stay empty
folded   those rows without the single ones, where they are too many to be looked through; sums keep their names
portion  so many of them from a place on, where they are too many even so

A line of a sheet and a row of the table show the same part of an answer. A figure gets the name of the table's cell
only if both say the same.
"""

from collections.abc import Container, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from api.console.things.links import kind_under
from api.formats.sheets import Sheet, figure
from api.formats.tables import SUMS, WHOLES, Line
from api.http.reading import Read

FOLDED = 200
"""Rows of single things up to which a page shows them unasked."""

PORTION = 100
"""Rows that a page shows of sums alone, or of more than twice FOLDED: two thousand tenants have a sum each."""

CELLS = 1_100
"""Cells that a portion has at most: each is two nodes of a page, which has 3,000 at most."""

UNASKED = 1_300
"""Cells that are shown unasked, of rows that are not so many."""

Named = Mapping[Any, tuple[str, str, Mapping[str, Any]]]


class Cell(Struct, frozen=True):
    """A cell of a row, under a heading. `thing`: the kind and name of what stands in it, where that has a page."""

    text: str
    number: bool
    name: str | None = None
    thing: tuple[str, str] | None = None


class Row(Struct, frozen=True):
    """A row of a sheet. `kind`: row, sum, whole, or head: a line of one cell above those that it names."""

    kind: str
    cells: Sequence[Cell]

    @property
    def spans(self) -> list[tuple[Cell, int]]:
        """The cells, empty ones that stand side by side as one: a vacant unit has a dozen."""
        spans: list[tuple[Cell, int]] = []
        for cell in self.cells:
            if spans and not cell.text and not spans[-1][0].text:
                spans[-1] = (spans[-1][0], spans[-1][1] + 1)
            else:
                spans.append((cell, 1))
        return spans


def linked(
    read: Read[Any], sheet: Sheet, answer: Any, report: str = "", *, needed: Container[str] | None = None
) -> list[Row]:
    """The rows of a sheet. Figures that have receipts bear the names of their cells; things that have pages, theirs.

    needed    sections of the table whose single rows are needed even where they are folded away: the others have no
              cells then. Without it every row is whole
    """
    rows = _rows_by_part(read, answer) if read.receipts else {}
    explained = {*read.receipts.units, *read.receipts.words} if read.receipts else set[str]()
    texts = sheet.columns.texts
    numbers = [field not in texts for field in sheet.columns.headings]
    kinds = [kind_under(report, field) for field in sheet.columns.headings]
    things = list(zip(kinds, sheet.columns.headings, strict=True))
    bare = set[int]() if needed is None else _folded_away(sheet, len(numbers), rows, needed)
    made = [
        Row("row", ()) if place in bare else _with_things(_row(line, numbers, rows, explained), line, things)
        for place, line in enumerate(sheet.rows)
    ]
    return _with_heads(made, [_building(line, rows) for line in sheet.rows])


def _folded_away(sheet: Sheet, width: int, rows: Named, needed: Container[str]) -> set[int]:
    """The places of the rows that `folded` will leave out, but for those that are needed all the same."""
    kinds = [_kind(line, _sections(line, width, rows), rows) for line in sheet.rows]
    if kinds.count("row") <= FOLDED or "sum" not in kinds:
        return set()
    return {
        place
        for place, (kind, line) in enumerate(zip(kinds, sheet.rows, strict=True))
        if kind == "row" and not any(section in needed for section in _sections(line, width, rows))
    }


def _sections(line: Sequence[Any], width: int, rows: Named) -> set[str]:
    """The sections of the table that the cells of a line stand in."""
    of, fields = (line.of, line.fields) if isinstance(line, Line) else (None, ())
    parts = {field.rpartition("/")[0] for field in fields[:width]} | ({""} if len(fields) < width else set())
    return {rows.get(part or id(of), ("", "", {}))[0] for part in parts}


def _kind(line: Sequence[Any], sections: set[str], rows: Named) -> str:
    """The kind of a row whose cells stand in these sections."""
    of_nothing = not isinstance(line, Line) or line.of is None
    if of_nothing and sum(value is not None and bool(str(value)) for value in line) == 1:
        return "head"
    return "whole" if sections & WHOLES else "sum" if sections & SUMS and _first(rows) not in sections else "row"


def _building(line: Sequence[Any], rows: Named) -> str | None:
    """The building that a line sums up."""
    section, name, _ = rows.get(id(line.of), ("", "", {})) if isinstance(line, Line) else ("", "", {})
    return name.partition(":")[2] if section == "BUILDING" else None


def _with_things(row: Row, line: Sequence[Any], things: Sequence[tuple[str | None, str]]) -> Row:
    """The row, of which each cell that names a thing knows which."""
    of = line.of if isinstance(line, Line) else None
    if of is None or not any(kind for kind, _ in things):
        return row
    cells = []
    for cell, (kind, field) in zip(row.cells, things, strict=False):
        name = cell.text if kind == "fact" else getattr(of, field, None) if kind else None
        known = isinstance(name, str) and bool(cell.text) and (kind == "fact" or not cell.number)
        cells.append(replace(cell, thing=(kind, name)) if kind is not None and known else cell)
    return Row(row.kind, cells)


def folded(rows: Sequence[Row], most: int = FOLDED) -> Sequence[Row]:
    """The sums and totals alone, where there are sums and more rows of single things than that."""
    single = sum(row.kind == "row" for row in rows)
    if single <= most or not any(row.kind == "sum" for row in rows):
        return rows
    kept, above = list[Row](), None
    for row in rows:
        if row.kind == "head":
            above = row.cells[0]
        elif row.kind in ("sum", "whole"):
            named = above is not None and row.kind == "sum" and not row.cells[0].text
            kept.append(Row(row.kind, [above, *row.cells[1:]]) if named and above else row)
            above = None
    return kept


def portion(
    rows: Sequence[Row], begin: int, *, most: int = 2 * FOLDED, each: int = PORTION
) -> tuple[Sequence[Row], int | None]:
    """So many rows from a place on, and the place of the next one left; what sums up all stands below each."""
    if len(rows) <= most:
        return rows, None
    wholes = [row for row in rows if row.kind == "whole"]
    others = [row for row in rows if row.kind != "whole"]
    end = begin + each
    return [*others[begin:end], *wholes], end if end < len(others) else None


def _with_heads(rows: Sequence[Row], buildings: Sequence[str | None]) -> list[Row]:
    """The rows, of which a line that stands above those of a building leads to its page."""
    found = list(rows)
    head: int | None = None
    for place, (row, building) in enumerate(zip(rows, buildings, strict=True)):
        if row.kind == "head":
            head = place
        elif building is not None and head is not None:
            cells = found[head].cells
            found[head] = Row("head", [replace(cells[0], thing=("building", building)), *cells[1:]])
            head = None
    return found


def _rows_by_part(read: Read[Any], answer: Any) -> Named:
    """Section, name and cells of the table's rows, by the part of the answer that they show, and by name."""
    assert read.table is not None, "what has receipts is a table"
    assert read.receipts is not None, "asked only of what has receipts"
    names, lines = read.table(answer)
    found: dict[Any, tuple[str, str, Mapping[str, Any]]] = {}
    for line in lines:
        row = dict(zip(names, line, strict=False))
        section = str(row.get("section", ""))
        if section in read.receipts.keys:
            name = read.receipts.name(row)
            found[name] = section, name, row
            if isinstance(line, Line) and line.of is not None:
                found[id(line.of)] = section, name, row
    return found


def _row(line: Sequence[Any], numbers: Sequence[bool], rows: Named, explained: set[str]) -> Row:
    of, fields = (line.of, line.fields) if isinstance(line, Line) else (None, ())
    cells = []
    for place, number in enumerate(numbers):
        value = line[place] if place < len(line) else None
        text = "" if value is None else str(value)
        named, _, column = (fields[place] if place < len(fields) else "").rpartition("/")
        _, name, row = rows.get(named or id(of), ("", "", {}))
        known = text and column in explained and row.get(column) is not None and _says(row[column], text)
        cells.append(Cell(text, number, f"{name}/{column}" if known else None))
    return Row(_kind(line, _sections(line, len(numbers), rows), rows), cells)


def _first(rows: Named) -> str:
    """The section of the table's first row: of single things, whatever others are called elsewhere."""
    return next(iter(rows.values()))[0]


def _says(value: Any, text: str) -> bool:
    """Tell whether the table's cell says what the sheet's does."""
    return text.removesuffix(" 亩") in (str(value), _figure(value))


def _figure(value: Any) -> str:
    try:
        return figure(value)
    except (TypeError, ValueError):
        return str(value)
