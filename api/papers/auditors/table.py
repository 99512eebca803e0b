"""A table for auditors: its columns with their meaning, and how it is written.

Column    a name, what it means, and where its value comes from
Table     its file, what a row is, its columns; the form it is written in
Writer    writes a table row by row, and keeps count, sums and hash of what it wrote
Written   what became of one file
FORMS     CSV, JSON, and text with pipes (AICPA Audit Data Standards)

Amounts are minor units of CNY until they are written: sums are exact.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from api.formats.csv_text import BOM, csv_lines
from ledger.values.money import written

Form = Literal["csv", "json", "pipe"]
FORMS: Mapping[Form, str] = {"csv": "csv", "json": "json", "pipe": "txt"}
"""Each form, and how its files end."""
BREAKS = str.maketrans({"|": " ", "\r": " ", "\n": " "})
"""Text with pipes knows no quotes: what would part a row becomes a blank."""


class Column(Struct, frozen=True):
    """A column. `of` takes its value from a record; an amount is in minor units of CNY, and is summed."""

    name: str
    meaning: str
    of: Callable[[Any], Any]
    amount: bool = False


class Table(Struct, frozen=True, kw_only=True):
    """A table. `name` is its file without the ending; `about` says what a row is."""

    name: str
    about: str
    columns: tuple[Column, ...]
    forms: tuple[Form, ...] = ("csv", "json")


class Written(Struct, frozen=True, kw_only=True):
    """A file as it was written: its rows, the sum of each amount, its SHA-256."""

    file: str
    rows: int
    sums: Mapping[str, str]
    sha256: str


class Writer:
    """Writes a table in one form, however many rows it has."""

    def __init__(self, directory: Path, table: Table, form: Form, ends: str = "") -> None:
        self.table, self.form = table, form
        self.file = f"{table.name}{ends if form == 'pipe' else ''}.{FORMS[form]}"
        self.rows, self.sums = 0, [0] * len(table.columns)
        self._hash = hashlib.sha256()
        target = directory / self.file
        target.parent.mkdir(parents=True, exist_ok=True)
        self._out = target.open("wb")
        names = [column.name for column in table.columns]
        heads = {"csv": BOM + csv_lines([names]), "json": "[", "pipe": "|".join(names) + "\r\n"}
        self._put(heads[form])

    def add(self, records: Iterable[Any]) -> None:
        """Write a row for each record."""
        rows = [[column.of(record) for column in self.table.columns] for record in records]
        for number, column in enumerate(self.table.columns):
            if column.amount:
                self.sums[number] += sum(row[number] for row in rows if row[number] is not None)
        texts = [
            [self._cell(column, cell) for column, cell in zip(self.table.columns, row, strict=True)] for row in rows
        ]
        self._put(self._text(texts))
        self.rows += len(rows)

    def close(self) -> Written:
        """End the file."""
        if self.form == "json":
            self._put("\n]\n")
        self._out.close()
        return Written(file=self.file, rows=self.rows, sums=self.totals(), sha256=self._hash.hexdigest())

    def totals(self) -> dict[str, str]:
        """The sum of each amount so far."""
        columns = zip(self.table.columns, self.sums, strict=True)
        return {column.name: written(total) for column, total in columns if column.amount}

    def give_up(self) -> None:
        """Let go of a file that is not written to its end."""
        self._out.close()

    def _cell(self, column: Column, cell: Any) -> Any:
        if cell is None:
            return None if self.form == "json" else ""
        if column.amount:
            return written(cell)
        return cell.isoformat() if isinstance(cell, date) else cell

    def _text(self, rows: Sequence[Sequence[Any]]) -> str:
        if self.form == "csv":
            return csv_lines(rows)
        if self.form == "pipe":
            return "".join("|".join(str(cell).translate(BREAKS) for cell in row) + "\r\n" for row in rows)
        names = [column.name for column in self.table.columns]
        objects = (msgspec.json.encode(dict(zip(names, row, strict=True))).decode() for row in rows)
        return "".join(f"{',' if self.rows + number else ''}\n{one}" for number, one in enumerate(objects))

    def _put(self, text: str) -> None:
        data = text.encode()
        self._hash.update(data)
        self._out.write(data)


def field(dotted: str) -> Callable[[Any], Any]:
    """The value that a dotted path names in a record: `voucher.month`."""
    path = dotted.split(".")

    def found(value: Any) -> Any:
        for name in path:
            value = getattr(value, name)
        return value

    return found
