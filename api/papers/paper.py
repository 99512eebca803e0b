"""A paper as it is printed: bilingual, English first, the same for every kind.

Paper     its title, whom it is about, its tables, and the basis that it rests on
Table     a heading, columns and rows; the last rows may be sums
Both      a text in English and in Chinese
"""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct


class Both(Struct, frozen=True):
    """A text in both languages."""

    en: str
    zh: str


class Column(Struct, frozen=True):
    """A column: what stands above it; `number`: it is set to the right."""

    heading: Both
    number: bool = False


class Row(Struct, frozen=True):
    """A row of a table: its cells as they are read. `whole`: it sums others up."""

    cells: Sequence[str | Both]
    whole: bool = False


class Table(Struct, frozen=True):
    """Rows under columns, with a heading above all."""

    heading: Both
    columns: Sequence[Column]
    rows: Sequence[Row]


class Paper(Struct, frozen=True, kw_only=True):
    """A paper before it is printed.

    number     what it is called: with it, it is found again; company: whom it is for
    about      labels and what stands beside them: whom it is for, its dates
    bound      its tables, which have the same columns, are one under one head: of very many, so they print in time
    due        the amount that it comes to, and what that is
    invented   it is about invented examples
    """

    title: Both
    number: str
    company: str
    about: Sequence[tuple[Both, str]]
    tables: Sequence[Table]
    due: tuple[Both, str]
    notes: Sequence[Both]
    bound: bool = False
    effective: date | None
    recorded: int
    recorded_at: datetime | None
    root: str
    ledger: str
    invented: bool
