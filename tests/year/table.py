"""How the hand-kept books are written: one row for each pair of accounts, each amount with how it came about.

    01-02        deposit of l-1       1002:cny   2241.01:sun      2 × 53330.40    two months
    01:12-20     service {m} paid     1002:cny   1122:sun         7851.42
    02-10        first machine        1405:o-1   2202:forge/p-1   300000 × 7.16   $300000.00

Columns are parted by two spaces or more: day, what happened, debit, credit, amount in CNY, then the dollars where an
account is kept in them, and remarks. A day is of 2025 unless it names its year; `01:12-20` is the 20th of each of
these months, `end` the last day, and {m} the month in words of such a row. Rows of one day and one happening are one
journal. An account is its code; behind the colon stands whose part of it: a bank account, a company and its document.

rows        the rows of a table
worked_out  an amount from sums of products and quotients, each term rounded half up to the fen
Told        something sent to the ledger; told: with today's fields
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from math import floor
from typing import Any, NamedTuple

YEAR = 2025


class Row(NamedTuple):
    """So many fen from the credit account to the debit account; and so many cents, where one is kept in dollars."""

    on: date
    what: str
    debit: str
    credit: str
    fen: int
    cents: int = 0


class Told(NamedTuple):
    """A command, with the day it is about, and the day on which it was said."""

    said_on: date
    command: str
    on: date
    sender: str | None
    fields: dict[str, Any]


def rows(table: str) -> list[Row]:
    """Read the rows of a table."""
    return [row for line in table.strip().splitlines() if line.strip() for row in _read(line.strip())]


def _read(line: str) -> Iterator[Row]:
    cells = re.split(r"\s{2,}", line)
    days, what, debit, credit, amount = cells[:5]
    cents = next((worked_out(cell[1:]) for cell in cells[5:] if cell.startswith("$")), 0)
    for on in _days(days):
        put = {"m": f"{on.month:02}", "y": str(on.year)}
        yield Row(on, what.format(**put), debit.format(**put), credit.format(**put), worked_out(amount), cents)


def _days(text: str) -> list[date]:
    """The day that a row is of; or one in each of several months."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return [date.fromisoformat(text)]
    months, day = text.split("-")
    first, _, last = months.partition(":")
    return [
        date(YEAR, month, monthrange(YEAR, month)[1] if day == "end" else int(day))
        for month in range(int(first), int(last or first) + 1)
    ]


def worked_out(text: str) -> int:
    """Work an amount out, in fen: 300000 × 7.16 - 2000.00; each term is rounded half up."""
    total = 0
    for sign, term in re.findall(r"(^|[+-] )([^+-]+)", text):
        amount = Fraction(1)
        for operator, number in re.findall(r"(^|[×/])\s*([\d.]+)", term.strip()):
            amount = amount / Fraction(number) if operator == "/" else amount * Fraction(number)
        total += (-1 if sign.startswith("-") else 1) * floor(amount * 100 + Fraction(1, 2))
    return total


def told(on: str, command: str, *, said_on: str | None = None, sender: str | None = None, **fields: Any) -> Told:
    """A command about a day of 2025, unless it names its year; said on that day, unless another is named."""
    day, said = _days(on)[0], _days(said_on or on)[0]
    return Told(said, command, day, sender, fields)


def monthly(first: int, last: int, day: str, command: str, *, sender: str | None = None, **fields: Any) -> list[Told]:
    """The same of each of these months; {m} in a field is the month."""
    return [
        told(f"{month:02}-{day}", command, sender=sender, **_put(fields, month)) for month in range(first, last + 1)
    ]


def _put(value: Any, month: int) -> Any:
    match value:
        case str():
            return value.replace("{m}", f"{month:02}").replace("{n}", f"{month + 1:02}")
        case dict():
            return {name: _put(one, month) for name, one in value.items()}
        case list():
            return [_put(one, month) for one in value]
    return value
