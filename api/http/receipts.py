"""Every number has a receipt: which facts made a cell of a report, and what is each one's share?

Receipts    what a report says so that its cells can be explained: their names, their units, the facts behind them
Receipt     a cell's figure, and what it comes to: the shares of facts, or other cells
explain     a report, asked for one of its cells; receipt_of, receipts_of: of one or many, its rows at hand
table_of    every row of a report, by name; rows_of: those of one of its answers; table_apart: none of whom is not known
find, is_summed    what comparing two of these tables needs as well

A cell is named as it stands in the report's table, whatever the report is written as: its row, by section and keys, a
stroke, its column: `UNIT:a1-101/passing_month`, `TOTAL/passing_month`, `ACCOUNT:receivables/closing`. With the basis
and the query's other parameters, that is the identity of a figure for ever.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta, Struct
from msgspec.structs import replace
from sqlalchemy import Connection, Select

from api.http.parameters import parameter_invalid
from api.http.problems import Problem
from ledger.decider import Fact
from ledger.log.envelope import Entry
from ledger.values.money import EXPONENT
from projections.engine.basis import Basis
from projections.engine.figures import decimals, percent
from projections.engine.receipts import Cell, Share, Shares, by_fact, by_line

if TYPE_CHECKING:
    from api.http.reading import Found, Read

Row = Mapping[str, Any]
Behind = Callable[[Connection, Basis, Any, Row, str], Sequence[Entry]]
Together = Callable[[Connection, Basis, Any, Sequence[Row], str], "Sequence[Sequence[Entry]] | None"]
Parts = Callable[[Connection, Basis, Any, Row], "Iterable[Part]"]
Rest = Callable[[Connection, Basis, "Part"], Sequence[Entry]]
Posted = Callable[[Connection, Basis, Any, Row, str], "Select[Any] | None"]

Parted = Callable[[Connection, Basis, Row, Mapping[int, Entry]], "Mapping[int, PartOfLines]"]
Split = Callable[[Connection, Basis, Any, Row, str], "Derived | Made | None"]
Narrowed = Callable[[Any, str, str], Any]

MovedSince = Callable[[Connection, Basis, Any, Row, str, int], "Sequence[tuple[int, int]] | None"]

PAGE = 1000
"""How many rows are read at once of a report that comes in pages."""

SUGGESTED = 5
"""How many names are suggested for one that is not there."""


class Sum(Struct, frozen=True):
    """Columns of a row that sum those of a section's rows.

    alike   of the rows only that are alike in these columns
    only    of the rows only in which this column is true
    count   they count the rows instead, each named by this column
    """

    columns: Sequence[str]
    of: str
    alike: Sequence[str] = ()
    only: str | None = None
    count: str | None = None


class Derived(Struct, frozen=True):
    """A figure that is worked out from others of its row.

    of    their columns, such as numerator and denominator
    how   in words
    by    those figures as fractions -> the figure as it is written, None where there is none
    """

    of: Sequence[str]
    how: str
    by: Callable[..., str | None]


class Made(Struct, frozen=True):
    """A figure that is worked out from cells elsewhere: of other rows or other reports.

    of    (connection, basis, query, row) -> those cells
    how   in words
    by    their figures as fractions -> the figure as it is written
    rest  (connection, basis, one of those cells) -> the facts that it rests on, in the order recorded, or more;
          without it, all of them are cells of the same table, with their figures as they stand there
    every  the cells of many rows at once, where that is sooner than row by row
    """

    of: Parts
    how: str
    by: Callable[[Sequence[Fraction]], str | None]
    rest: "Rest | None" = None
    every: "Callable[[Connection, Basis, Any, Sequence[Row]], Sequence[Sequence[Part]]] | None" = None


class PartOfLines(Struct, frozen=True):
    """A part of what a fact posted on a line: a formula, and the fields of lines of its journal, from 0, that it is
    of."""

    formula: str
    of: Sequence[tuple[int, str]]


class Shared(Struct, frozen=True):
    """A figure that is a row's share of a sum, by what each row weighs.

    of    (connection, basis, query, row) -> the cells that the sum is of, and those that weigh; a row's own among them
    how   in words
    by    the cells that the sum is of, those that weigh, the name of the row -> its share
    adds  the sum is that of its cells as they stand
    """

    of: Callable[[Connection, Basis, Any, Row], "tuple[Sequence[Part], Sequence[Part]]"]
    how: str
    by: "Callable[[Sequence[Part], Sequence[Part], str], str | None]"
    adds: bool = True


@dataclass(frozen=True)
class Receipts:
    """The names of the cells of a report's table, and what they rest on. Columns without a unit hold words.

    keys     section -> the columns that tell its rows apart; a table without sections has one, ""
    units    column -> the unit of its figures, such as CNY, m2 or %, with {currency} for a column of the row
    own      columns that rest on other facts than the rest of their row
    words    columns without a unit that facts make, and which can be explained as well
    uncompared   columns that are not compared on two bases: a running balance moves with every row above it
    behind   (connection, basis, query, row, column) -> the facts that a cell rests on, in the order recorded, or more
    fewest   the same, as few as make it on this basis, where `behind` tells far more: None where it does not
    together (connection, basis, query, rows, column) -> the same of many rows at once; None where they are asked singly
    posted   where a cell sums lines of the journal: a selection of (position, minor units); None where it does not
    parted   of such a cell, the facts of which it sums a part of a line: (connection, basis, row, facts by position)
    moving   of such a cell, the facts after which it sums other lines, in the order recorded, or more
    moved_since    of such a cell, where it is more than their sum: (the same, position) -> (position, minor units) of
                   each fact recorded after that: by how much it moved the cell
    split    of such a cell, the cells of shorter spans of days that it sums, where it sums very many lines
    narrowed (query, name of a row, column) -> a question that is answered sooner, and says the same of that cell and of
             all that it sums
    sums     section -> which of its columns sum which rows
    derived  column -> the figures of its row that it is worked out from: both sides of a ratio, for example
    made     column -> the cells elsewhere that it is worked out from
             (of a column in one section only: SECTION/column; of one row: its whole name)
    worked   column -> how its figure is worked out from what the facts say, in words and figures
    of_fact  how a fact's own amount was worked out, in words and figures
    """

    keys: Mapping[str, Sequence[str]]
    units: Mapping[str, str | Callable[[Row], str]]
    behind: Behind = lambda *_: ()
    own: Sequence[str] = ()
    words: Sequence[str] = ()
    uncompared: Sequence[str] = ()
    fewest: "Callable[[Connection, Basis, Any, Row, str], Sequence[Entry] | None]" = lambda *_: None
    together: Together = lambda *_: None
    posted: Posted = lambda *_: None
    parted: Parted = lambda *_: {}
    moving: Behind = lambda *_: ()
    moved_since: MovedSince = lambda *_: None
    split: Split = lambda *_: None
    narrowed: Narrowed = lambda query, *_: query
    sums: Mapping[str, Sequence[Sum]] = field(default_factory=dict)
    derived: Mapping[str, Derived] = field(default_factory=dict)
    made: Mapping[str, Made | Shared] = field(default_factory=dict)
    worked: Mapping[str, Callable[[Connection, Basis, Any, Row], str | None]] = field(default_factory=dict)
    of_fact: Callable[[Fact], str | None] = lambda _: None

    def name(self, row: Row) -> str:
        """A row's name: its section and keys."""
        section = section_of(row)
        keys = ",".join(str(row[key]) if row[key] is not None else "" for key in self.keys[section])
        return f"{section}:{keys}" if section and keys else section or keys

    def unit(self, row: Row, column: str) -> str | None:
        """The unit of a cell; None where it holds words."""
        unit = self.units.get(column)
        return unit.format_map(row) if isinstance(unit, str) else unit and unit(row)

    def places(self, column: str, row: Row) -> int:
        """The decimals of a cell that sums lines of the journal."""
        return EXPONENT.get(str(self.unit(row, column)), 0)

    def summed(self, row: Row, column: str) -> "list[Sum]":
        """The sums that a cell is; none where it is another thing."""
        return [one for one in self.sums.get(section_of(row), ()) if column in one.columns]

    def derived_by(self, name: str, row: Row, column: str) -> "Derived | None":
        """The way in which a cell is worked out from others of its row."""
        return next((self.derived[way] for way in _ways(name, row, column) if way in self.derived), None)

    def made_by(self, name: str, row: Row, column: str) -> "Made | Shared | None":
        """The way in which a cell is worked out from cells elsewhere."""
        return next((self.made[way] for way in _ways(name, row, column) if way in self.made), None)


def _ways(name: str, row: Row, column: str) -> tuple[str, str, str]:
    return f"{name}/{column}", f"{section_of(row)}/{column}", column


def section_of(row: Row) -> str:
    """The section of a table that a row stands in."""
    return str(row.get("section", ""))


def added(figures: Sequence[Fraction], places: int = 2) -> str:
    """Their sum."""
    return decimals(sum(figures), places)


def taken_off(figures: Sequence[Fraction]) -> str:
    """Their sum, as what is owed."""
    return added([-figure for figure in figures])


def counted(figures: Sequence[Fraction]) -> str:
    """Count them."""
    return added(figures, 0)


def difference(left: str, right: str) -> Derived:
    """One column less another, with two decimals."""
    return Derived((left, right), f"{left} - {right}", lambda whole, part: decimals(whole - part, 2))


def share_of(part: str, whole: str) -> Derived:
    """A column in per cent of another."""
    return Derived((part, whole), f"{part} ÷ {whole} × 100", percent)


class Part(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Another cell that a figure is made of, of this report or another: it has a receipt of its own. Where rows are
    counted, a cell of each, and 1."""

    cell: str
    figure: str | None
    report: str | None = None


class Receipt(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A cell of a report, and what makes it.

    figure    what the report says; unit: what it is in, None where it is words
    worked    how it is worked out, in words and figures
    shares    facts and their shares, in the order recorded: `facts` of them in all, of long lists the first part
    parts     the cells that it sums; sides: those that it is worked out from otherwise
    total     what shares or parts come to; ties: that this is the figure
    """

    report: str
    cell: str
    row: dict[str, Any]
    column: str
    unit: str | None
    figure: str | None
    worked: str | None = None
    facts: int = 0
    shares: tuple[Share, ...] = ()
    parts: tuple[Part, ...] = ()
    sides: tuple[Part, ...] = ()
    total: str | None = None
    ties: bool = True


def table_of(
    read: "Read[Any]", connection: Connection, basis: Basis, query: Any, path: Mapping[str, str]
) -> dict[str, Row]:
    """All rows of a report, by name."""
    if read.in_pages:
        query = replace(query, limit=PAGE)
    found = read.ask(connection, basis, query, path)
    rows = rows_of(read, found)
    while found.next:
        found = read.ask(connection, basis, replace(query, **dict([found.next])), path)
        rows |= rows_of(read, found)
    return rows


def table_apart(
    read: "Read[Any]", connection: Connection, basis: Basis, query: Any, path: Mapping[str, str]
) -> dict[str, Row]:
    """The same where whom the report is about may not be known: no rows then."""
    try:
        return table_of(read, connection, basis, query, path)
    except Problem as problem:
        if problem.status != HTTPStatus.NOT_FOUND:
            raise
        return {}


def rows_of(read: "Read[Any]", found: "Found", **where: str) -> dict[str, Row]:
    """An answer's table as rows by name; those that no cell is asked of are left out.

    where    what the rows wanted have in these columns: of two thousand tenants a page needs one
    """
    receipts = read.receipts
    assert read.table is not None, "what has receipts is a table"
    assert receipts is not None, "asked only of what has receipts"
    names, lines = read.table(found.answer)
    if not {*names}.issuperset(where):
        return {}
    places = [(names.index(column), value) for column, value in where.items()]
    wanted = (line for line in lines if all(line[place] == value for place, value in places))
    rows = (dict(zip(names, line, strict=False)) for line in wanted)
    return {receipts.name(row): row for row in rows if section_of(row) in receipts.keys}


def address(read: "Read[Any]", path: Mapping[str, str]) -> str:
    """Find where a report is: rent-roll; below /v1/ where it is none of the reports: tenants/acme/account."""
    parts = read.path.removeprefix("/v1/").removeprefix("reports/").split("/")
    return "/".join(path[part[1:-1].partition(":")[0]] if part.startswith("{") else part for part in parts)


def explain(read: "Read[Any]", connection: Connection, basis: Basis, query: Any, path: Mapping[str, str]) -> Receipt:
    """Find the receipt of the cell that the query asks for. Raises Problem."""
    named, query = str(query.explain), replace(query, explain=None)
    receipts = read.receipts
    assert receipts is not None, "asked only of what has receipts"
    name, _, column = named.rpartition("/")
    narrowed = receipts.narrowed(query, name, column)
    table = table_of(read, connection, basis, narrowed, path)
    if name not in table and narrowed != query:
        narrowed, table = query, table_of(read, connection, basis, query, path)
    return receipt_of(read, connection, basis, narrowed, path, table, named)


def receipt_of(
    read: "Read[Any]",
    connection: Connection,
    basis: Basis,
    query: Any,
    path: Mapping[str, str],
    table: Mapping[str, Row],
    named: str,
    *,
    to_facts: bool = False,
) -> Receipt:
    """The receipt of a cell of a report whose rows are at hand; `to_facts`: a share of a sum by facts as well.

    Raises Problem.
    """
    return receipts_of(read, connection, basis, query, path, table, [named], to_facts=to_facts)[named]


def receipts_of(
    read: "Read[Any]",
    connection: Connection,
    basis: Basis,
    query: Any,
    path: Mapping[str, str],
    table: Mapping[str, Row],
    named: Iterable[str],
    *,
    to_facts: bool = False,
) -> dict[str, Receipt]:
    """The receipts of many cells of a report, with as few questions. `to_facts`: down to facts, without their working.

    Raises Problem.
    """
    receipts = read.receipts
    assert receipts is not None, "asked only of what has receipts"
    cells = _Cells(read, receipts, connection, basis, query, path, table, to_facts=to_facts)
    for cell in named:
        cells.begin(cell)
    return cells.ended()


class _Cells:
    """The cells of one report that are asked for: what comes of other cells at once, what comes of facts together."""

    def __init__(
        self,
        read: "Read[Any]",
        receipts: Receipts,
        connection: Connection,
        basis: Basis,
        query: Any,
        path: Mapping[str, str],
        table: Mapping[str, Row],
        *,
        to_facts: bool,
    ) -> None:
        self.read, self.receipts, self.path, self.table = read, receipts, path, table
        self.asked: tuple[Connection, Basis, Any] = connection, basis, query
        self.to_facts = to_facts
        self.found = dict[str, Receipt]()
        self.made = list[tuple[Made, str, Row]]()
        self.of_facts = dict[Cell, Row]()
        self.summed = dict[tuple[str, ...], dict[tuple[Any, ...], list[tuple[str, Row]]]]()

    def begin(self, named: str) -> None:
        """Find a cell's receipt, or what it wants."""
        name, column = find(self.receipts, self.table, named)
        row, receipts = self.table[name], self.receipts
        cell = f"{name}/{column}"
        receipt = self.found[cell] = Receipt(
            report=address(self.read, self.path),
            cell=cell,
            row={key: row[key] for key in ("section", *receipts.keys[section_of(row)]) if key in row},
            column=column,
            unit=receipts.unit(row, column),
            figure=_said(row.get(column)),
        )
        derived = receipts.derived_by(name, row, column)
        if derived and any(row.get(side) is None for side in derived.of):
            derived = None
        made = receipts.made_by(name, row, column)
        if receipt.figure is None and receipt.unit is not None and derived is None:
            return  # the row leaves this number out: nothing comes to it
        if sums := receipts.summed(row, column):
            self.found[cell] = _summed(receipt, [part for one in sums for part in self._parts(one, row, column)])
        elif derived:
            self.found[cell] = _worked_out(receipt, derived, [_part(name, row, side) for side in derived.of])
        elif isinstance(made, Made):
            self.made.append((made, cell, row))
        elif made and not self.to_facts and receipt.figure is not None:
            self.found[cell] = _shared_out(receipt, made, name, *made.of(*self.asked, row))
        elif (split := self._split(row, column)) is not None:
            if isinstance(split, Derived):
                parts: Sequence[Part] = [_part(name, row, side) for side in split.of]
            else:
                parts = self._made_of(split, [row])[0]
            self.found[cell] = _worked_out(receipt, split, parts)
        else:
            self.of_facts[name, column] = row

    def _split(self, row: Row, column: str) -> "Derived | Made | None":
        if self.to_facts or self.asked[2].after_share:
            return None
        return self.receipts.split(*self.asked, row, column)

    def _parts(self, summed: Sum, row: Row, column: str) -> Iterator[Part]:
        """The cells that a cell sums: the rows are told apart once for all of them."""
        kind = (summed.of, *summed.alike)
        if kind not in self.summed:
            self.summed[kind] = {}
            for name, other in self.table.items():
                if section_of(other) == summed.of:
                    alike = tuple(other[key] for key in summed.alike)
                    self.summed[kind].setdefault(alike, []).append((name, other))
        for name, other in self.summed[kind].get(tuple(row[key] for key in summed.alike), ()):
            if is_summed(summed, row, other):
                yield Part(cell=f"{name}/{summed.count}", figure="1") if summed.count else _part(name, other, column)

    def _made_of(self, made: Made, rows: Sequence[Row]) -> Sequence[Sequence[Part]]:
        if made.every is not None:
            return made.every(*self.asked, rows)
        return [list(made.of(*self.asked, row)) for row in rows]

    def ended(self) -> dict[str, Receipt]:
        """All receipts, as they were asked for."""
        for way in {id(made): made for made, _, _ in self.made}.values():
            some = [(cell, row) for made, cell, row in self.made if made is way]
            for (cell, _), parts in zip(some, self._made_of(way, [row for _, row in some]), strict=True):
                self.found[cell] = _worked_out(self.found[cell], way, parts)
        for key, shares in self._shares().items():
            receipt = self.found["/".join(key)]
            if (worked := self.receipts.worked.get(key[1])) and not self.to_facts:
                receipt = replace(receipt, worked=worked(*self.asked, self.of_facts[key]))
            self.found[receipt.cell] = _of_facts(receipt, shares)
        return self.found

    def _shares(self) -> Mapping[Cell, Shares]:
        """The shares of facts of every cell that has them."""
        from projections.every.views import ALL_VIEWS

        receipts, (connection, basis, query) = self.receipts, self.asked
        found, rest = dict[Cell, Shares](), dict[str, dict[Cell, Row]]()
        for cell, row in self.of_facts.items():
            if (posted := receipts.posted(*self.asked, row, cell[1])) is not None:
                places = receipts.places(cell[1], row)
                after = query.after_share
                found[cell] = by_line(connection, posted, places=places, after=after, working=receipts.of_fact)
            else:
                rest.setdefault(cell[1], {})[cell] = row
        behind = dict[Cell, Sequence[Entry]]()
        for column, some in rest.items():
            together = receipts.together(*self.asked, list(some.values()), column) if len(some) > 1 else None
            entries = together or [_behind(receipts, *self.asked, row, column) for row in some.values()]
            behind |= zip(some, entries, strict=True)

        def rows(apart: Connection, counted: Basis) -> Mapping[str, Row]:
            return table_apart(self.read, apart, counted, query, self.path)

        return found | by_fact(behind, ALL_VIEWS, basis, rows, numbers=receipts.units, working=receipts.of_fact)


def _behind(
    receipts: Receipts, connection: Connection, basis: Basis, query: Any, row: Row, column: str
) -> Sequence[Entry]:
    entries = receipts.fewest(connection, basis, query, row, column)
    return receipts.behind(connection, basis, query, row, column) if entries is None else entries


def find(receipts: Receipts, table: Mapping[str, Row], named: str) -> tuple[str, str]:
    """The row and the column of a cell. Raises Problem."""
    name, stroke, column = named.rpartition("/")
    explained = [*receipts.units, *receipts.words]
    if not stroke:
        example = f"{next(iter(table), 'TOTAL')}/{explained[0]}"
        raise parameter_invalid("explain", f"{named!r} is not a row, a stroke and a column, as {example}")
    if name not in table:
        raise parameter_invalid("explain", f"there is no row {name!r} in this report{_near(name, table)}")
    if column not in explained:
        near = _near(column, explained)
        raise parameter_invalid("explain", f"no column {column!r} in this report has receipts{near}")
    return name, column


def _near(name: str, names: Sequence[str] | Mapping[str, Row]) -> str:
    near = get_close_matches(name, names, SUGGESTED, 0.5) or list(names)[:SUGGESTED]
    return f"; there are, for example, {', '.join(near)}" if near else ""


def _said(value: Any) -> str | None:
    return None if value is None else str(value)


def _part(name: str, row: Row, column: str) -> Part:
    return Part(cell=f"{name}/{column}", figure=_said(row.get(column)))


def is_summed(summed: Sum, row: Row, other: Row) -> bool:
    """Tell whether a sum of one row counts another."""
    alike = section_of(other) == summed.of and all(other[key] == row[key] for key in summed.alike)
    return alike and (summed.only is None or bool(other[summed.only]))


def _summed(receipt: Receipt, parts: Sequence[Part]) -> Receipt:
    total = sum((Decimal(part.figure or 0) for part in parts), Decimal())
    return replace(receipt, parts=tuple(parts), total=str(total), ties=total == Decimal(receipt.figure or 0))


def _worked_out(receipt: Receipt, way: Derived | Made, sides: Sequence[Part]) -> Receipt:
    figures = [Fraction(side.figure or 0) for side in sides]
    total = way.by(*figures) if isinstance(way, Derived) else way.by(figures)
    return replace(receipt, worked=way.how, sides=tuple(sides), total=total, ties=_same(total, receipt.figure))


def _shared_out(receipt: Receipt, way: Shared, name: str, whole: Sequence[Part], weights: Sequence[Part]) -> Receipt:
    total = way.by(whole, weights, name)
    ties = _same(total, receipt.figure)
    return replace(receipt, worked=way.how, sides=(*whole, *weights), total=total, ties=ties)


def _same(total: str | None, figure: str | None) -> bool:
    """Compare by value: a sum in yen has other decimals than one in yuan."""
    return (total and Decimal(total)) == (figure and Decimal(figure))


def _of_facts(receipt: Receipt, shares: Shares) -> Receipt:
    if receipt.unit is None:
        last = shares.listed[-1].after if shares.listed else None
        return replace(receipt, facts=shares.facts, shares=shares.listed, ties=last == receipt.figure)
    ties = Decimal(shares.total or 0) == Decimal(receipt.figure or 0)
    return replace(receipt, facts=shares.facts, shares=shares.listed, total=shares.total, ties=ties)


Explain = Annotated[
    Annotated[str, Meta(max_length=200)] | None,
    Meta(description="Not the report but the receipt of one of its cells, ROW/COLUMN: TOTAL/passing_month."),
]
AfterShare = Annotated[int, Meta(ge=0, description="Of a receipt with very many facts, those after this position.")]
