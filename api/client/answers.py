"""Answers of a ledger, as they come back to a program.

Result       what became of a command; LineResult: of one of many
Keyed        a command with what one request would say in its headers
Report       a report with its basis; Table: the same as rows of text, every figure exact
SeenFact     a fact as it was recorded
"""

import csv
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from typing import Any, Literal

import msgspec
from msgspec import Struct

from api.client.parts import Command
from api.client.refusals import ProblemDetails

NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?", re.ASCII)


class Result(Struct, frozen=True, kw_only=True):
    """A command that is true now (`done`; no facts where it was so already), or would be (`previewed`).

    position     includes everything that it rests on: what `wait` of a report takes
    facts        of a run, the position and name of each; of a dry run, the facts themselves
    replayed     it was recorded before under the same key
    """

    outcome: Literal["done", "previewed"]
    position: int
    facts: tuple[dict[str, Any], ...]
    recorded_at: datetime | None = None
    replayed: bool = False


class LineResult(Struct, frozen=True, kw_only=True):
    """One of many commands: its number from 1, the status it would have had alone, its outcome or its problem."""

    line: int
    status: int
    replayed: bool = False
    outcome: Result | None = None
    problem: ProblemDetails | None = None


class Keyed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A command under an idempotency key of its own, and as its caller saw the thing: an ETag, or `*` (it is there);
    if_none_match, `*`: it is new."""

    command: Command
    key: str | None = None
    if_match: str | None = None
    if_none_match: str | None = None


class AnswerBasis(Struct, frozen=True, kw_only=True):
    """The basis of an answer: asked again with it, the answer is the same for ever.

    recorded   a position; root: the root hash of the log up to it, hexadecimal
    zone       the offset from UTC in which days were counted, such as +08:00
    """

    effective: date | None = None
    recorded: int
    recorded_at: str | None = None
    root: str
    zone: str = "+00:00"

    @property
    def dates(self) -> dict[str, Any]:
        """Both dates, as `report` and `table` take them."""
        return {"effective": self.effective, "recorded": self.recorded}


class Report(Struct, frozen=True, kw_only=True):
    """A report or a list: `rows`, or `data` where it is more than one table. Amounts are texts, exact."""

    basis: AnswerBasis
    rows: list[dict[str, Any]] = []
    data: Any = None
    next: str | None = None


class Table(Struct, frozen=True):
    """A report as one table of texts, the same figures as everywhere; an empty text where there is none."""

    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]

    def to_pandas(self) -> Any:
        """A pandas DataFrame. Columns of figures hold Decimals, which lose nothing; what is empty is None.

        Needs pandas, which is not among what this client needs: ImportError where it is missing.
        """
        import pandas

        return pandas.DataFrame(
            {name: _column([row[name] for row in self.rows]) for name in self.columns}, dtype=object
        )


def _column(cells: Sequence[str]) -> list[Any]:
    """The cells as Decimals where every one that is filled is a figure; else as they are."""
    if all(NUMBER.fullmatch(cell) for cell in cells if cell):
        return [Decimal(cell) if cell else None for cell in cells]
    return [cell or None for cell in cells]


def table_of(text: str) -> Table:
    """Read CSV (RFC 4180) with a heading. Raises ValueError where a line holds more or less than the heading names."""
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    columns = tuple(next(reader, ()))
    return Table(columns, tuple(dict(zip(columns, row, strict=True)) for row in reader))


class SeenFact(Struct, frozen=True):
    """A fact as it was recorded: its position, and the sealed envelope, whose `data` says what happened."""

    position: int
    envelope: Mapping[str, Any]


read_result = msgspec.json.Decoder(Result).decode
read_line = msgspec.json.Decoder(LineResult).decode
read_report = msgspec.json.Decoder(Report).decode
