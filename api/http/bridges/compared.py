"""A report on two bases, and what its bridges need of it.

STEPS       time passed; then the facts recorded since: new, late, corrections, reversals
Compared    a report on two bases: its tables, and what was asked
Points      what working it out may still cost; TooDear: it would cost more
Value       how a figure is read out of a table: cell_value, counted_value
parts_of    the cells that a figure is made of; standing: whether one is there, and its figure
named_only, added_up    what facts moved of several cells, as facts alone or added up
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace
from sqlalchemy import Connection

from api.http.receipts import (
    Made,
    Part,
    Receipts,
    Row,
    Sum,
    added,
    counted,
    is_summed,
    table_apart,
    table_of,
    taken_off,
)
from projections.engine.basis import Basis

if TYPE_CHECKING:
    from api.http.reading import Read

STEPS = ("passed", "new", "late", "corrections", "reversals")
Tables = Sequence[Mapping[str, Row]]
Key = tuple[str | None, str]
"""Which cell a figure is made of: its report, where that is another, and its name there."""
NOTHING = Decimal()

ADDING: Mapping[Callable[..., str | None], int] = {added: 1, counted: 1, taken_off: -1}
"""Ways to put figures together of which each fact moves so much as it moves of one of them, and the sign."""

ASK, LINES = 4, 1
"""What it costs to ask a report in a ledger apart, and to read lines of the journal; in points."""
LINES_A_POINT = 200


@dataclass(frozen=True)
class Compared:
    """A report that is asked on two bases: then and now."""

    read: "Read[Any]"
    connection: Connection
    query: Any
    path: Mapping[str, str]
    then: Basis
    now: Basis

    @property
    def receipts(self) -> Receipts:
        """Say what its cells rest on."""
        assert self.read.receipts is not None, "asked only of what has receipts"
        return self.read.receipts

    @cached_property
    def passed(self) -> Basis:
        """The basis of what was known then, of the effective date of now."""
        return replace(self.then, effective=self.now.effective)

    @cached_property
    def bases(self) -> tuple[Basis, Basis, Basis]:
        """Then, after time has passed, and now."""
        return self.then, self.passed, self.now

    @cached_property
    def tables(self) -> Tables:
        """The tables on these bases."""
        last = table_of(self.read, self.connection, self.now, self.query, self.path)
        first = self.table(self.connection, self.then)
        return first, first if self.passed == self.then else self.table(self.connection, self.passed), last

    @cached_property
    def names(self) -> Sequence[str]:
        """The names of all rows, those of now first."""
        return list(dict.fromkeys(name for table in reversed(self.tables) for name in table))

    def table(self, connection: Connection, basis: Basis) -> Mapping[str, Row]:
        """The table on a basis, here or in a ledger apart."""
        return table_apart(self.read, connection, basis, self.query, self.path)

    def row(self, name: str) -> Row:
        """A row as it is now or, where it is there no more, as it was."""
        return next(table[name] for table in reversed(self.tables) if name in table)

    def said(self, name: str, column: str) -> list[Any]:
        """Tell what a cell says on each basis."""
        return [table.get(name, {}).get(column) for table in self.tables]

    def between(self, position: int) -> bool:
        """Tell whether a fact was recorded between the two bases."""
        return self.then.recorded < position <= self.now.recorded


class TooDear(Exception):
    """A bridge would cost more points than are left."""


class Points:
    """The points that are left."""

    def __init__(self, left: int) -> None:
        self.left = left

    def pay(self, points: int) -> None:
        """Take some. Raises TooDear."""
        if points > self.left:
            raise TooDear
        self.left -= points


Value = Callable[[Mapping[str, Row]], Decimal]


def decimal(value: Any) -> Decimal:
    """A figure to reckon with: nothing is nought."""
    return Decimal(str(value or 0))


def parts_of(asked: Compared, made: Made, connection: Connection, basis: Basis, row: Row | None) -> dict[Key, Part]:
    """The cells that a row's figure is made of, on a basis; none where the row is not there."""
    parts = made.of(connection, basis, asked.query, row) if row is not None else ()
    return {(part.report, part.cell): part for part in parts}


def standing(part: Part | None) -> tuple[Decimal, Decimal]:
    """Tell whether a part is there, as 1 or 0, and its figure."""
    return (NOTHING, NOTHING) if part is None else (Decimal(1), decimal(part.figure))


def cell_value(name: str, column: str) -> Value:
    """Read a cell's figure out of a table."""
    return lambda table: decimal(table.get(name, {}).get(column))


def counted_value(one: Sum, row: Row, name: str, column: str) -> Value:
    """Tell what a row of a table adds to a sum."""

    def value(table: Mapping[str, Row]) -> Decimal:
        if name not in table or not is_summed(one, row, table[name]):
            return NOTHING
        return Decimal(1) if one.count else decimal(table[name].get(column))

    return value


def halves(cell: str) -> tuple[str, str]:
    """A cell's row and column."""
    row, _, column = cell.rpartition("/")
    return row, column


def named_only(moves: Iterable[Mapping[int, Decimal | None]]) -> dict[int, Decimal | None]:
    """The facts alone, in the order recorded: what each moved of a side is not what it moved."""
    return dict.fromkeys(sorted({position for some in moves for position in some}))


def added_up(moves: Iterable[Mapping[int, Decimal | None]], sign: int = 1) -> dict[int, Decimal | None]:
    """Add up what each fact moved of all of them, in the order recorded; None where of one it is not so much."""
    total: dict[int, Decimal | None] = {}
    for some in moves:
        for position, by in some.items():
            before = total.get(position, NOTHING)
            total[position] = None if before is None or by is None else before + sign * by
    return {position: total[position] for position in sorted(total) if total[position] != NOTHING}
