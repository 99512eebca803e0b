"""What is compared: the figures of a ledger on a day, as recorded at two positions of one and the same copy.

changed       the tables whose rows say something else now than at an earlier position, whatever day is asked for
Figures       asks every question whose answer may have changed, and says only what it says of figures
differences   of two answers, said with their paths
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Table, event, func, select

from api.app import reads
from api.http.problems import Problem
from api.http.reading import Read, look_up
from api.settings import Settings
from ledger.log.database import Database
from projections import ALL_VIEWS
from projections.books.journal import journal_line

TABLES: Mapping[str, Table] = {table.name: table for view in ALL_VIEWS for table in view.tables}
JOURNAL = {name for name in TABLES if name.startswith("journal_")}
WORD = re.compile(r"\w+")
OF_RECORDING = ("history", "head", "journal")
READS: tuple[Read[Any], ...] = tuple(
    read
    for read in reads(Settings(database=""))
    if read.path.rpartition("/")[2] not in OF_RECORDING and not read.path.startswith("/v1/credit-notes")
)
"""Every question but those for what was recorded, which stays; what posted is added up instead."""

NAMES = {
    "tenant": "company",
    "party": "company",
    "investor": "company",
    "investment": "agreement",
    "offtake": "agreement",
}
"""What a thing is called in a path that is tagged in other words."""

HISTORY = frozenset(
    [
        "position",
        "positions",
        "last_position",
        "known_at",
        "recorded_at",
        "data_classes",
        "fictional",
        "journals",
        "movements",
        "debit",
        "credit",
        "runs",
        "run",
    ]
)
"""What an answer says of how it came about: which facts, turnover on both sides of an account, how many times."""


def changed(database: Database, since: int) -> set[str]:
    """The tables whose rows say something else now than they did at a position, of whatever day."""
    with database.views.connect() as connection:
        return {name for name, table in TABLES.items() if _says_otherwise(connection, table, since)}


def _says_otherwise(connection: Any, table: Table, since: int) -> bool:
    if table.name in JOURNAL:
        newest = select(func.max(journal_line.c.position))
        return (connection.execute(newest).scalar() or 0) > since
    bounds = (table.c.from_position, table.c.to_position)
    said = [column for column in table.columns if column not in bounds and column.name not in ("generation", *HISTORY)]
    begun = select(*said).where(table.c.from_position > since, table.c.to_position > 2**60)
    ended = select(*said).where(
        table.c.from_position <= since, table.c.to_position > since, table.c.to_position < 2**60
    )
    return Counter(map(tuple, connection.execute(begun))) != Counter(map(tuple, connection.execute(ended)))


class Figures:
    """What a ledger answers; which tables a question reads is learned when it is asked first."""

    def __init__(self) -> None:
        self._reads_of: dict[str, set[str]] = {}

    def of(
        self, database: Database, on: date, recorded: int, things: Iterable[str], moved: Collection[str]
    ) -> dict[str, Any]:
        """All questions without names that read what moved, and those about some things, named by their tags."""
        named = [tag.partition(":")[::2] for tag in sorted(things)]
        found: dict[str, Any] = {"sums": sums(database, recorded)} if JOURNAL & set(moved) else {}
        for read in READS:
            wanted = [part[1:].partition(":")[0] for part in read.path.split("/") if part.startswith("{")]
            if not wanted and self._may_have_moved(read, moved):
                found[read.path] = self._answer(database, read, on, recorded, {})
            elif len(wanted) == 1:
                for kind, name in named:
                    if NAMES.get(kind, kind) == wanted[0]:
                        path = {wanted[0]: name}
                        found[f"{read.path} {name}"] = self._answer(database, read, on, recorded, path)
        return {path: answer for path, answer in found.items() if answer}

    def _may_have_moved(self, read: Read[Any], moved: Collection[str]) -> bool:
        """One that reads the log itself is always asked."""
        tables = self._reads_of.get(read.path)
        return tables is None or not tables or "fact_tag" in tables or bool(tables.intersection(moved))

    def _answer(self, database: Database, read: Read[Any], on: date, recorded: int, path: dict[str, str]) -> Any:
        asked: dict[str, Any] = {"limit": 1000} if read.in_pages else {}
        query = read.query(effective=on.isoformat(), recorded=str(recorded), **asked)
        seen = self._reads_of.setdefault(read.path, set())

        def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            seen.update(TABLES.keys() & set(WORD.findall(statement)) | {"fact_tag"} & set(WORD.findall(statement)))

        event.listen(database.views, "before_cursor_execute", note)
        try:
            _, found = look_up(Settings(database=database.where), database, read, query, path)
        except Problem:
            return None
        finally:
            event.remove(database.views, "before_cursor_execute", note)
        assert found.next is None, read.path
        return SAYS.get(read.path, _said)(msgspec.to_builtins(found.answer))


def sums(database: Database, recorded: int) -> dict[str, Any]:
    """What every account comes to on the last of all days, for each company, lease, currency and kind of income."""
    by = [journal_line.c[name] for name in ("account", "company", "lease", "stream", "currency", "data_class")]
    amounts = [func.sum(journal_line.c[name]) for name in ("amount_minor", "foreign_minor")]
    query = select(*by, *amounts).where(journal_line.c.position <= recorded).group_by(*by)
    with database.views.connect() as connection:
        return {str(tuple(row[:-2])): tuple(row[-2:]) for row in connection.execute(query) if row[-2] or row[-1]}


def _said(answer: Any) -> Any:
    """An answer without its history, and without rows of which all amounts are nothing."""
    if isinstance(answer, dict):
        return {name: _said(value) for name, value in answer.items() if name not in HISTORY}
    if isinstance(answer, list | tuple):
        return [row for row in map(_said, answer) if not _nothing(row)]
    return answer


def _nothing(row: Any) -> bool:
    """Tell whether a row is of amounts, and all of them are nothing."""
    amounts = [value for value in row.values() if _amount(value)] if isinstance(row, dict) else []
    return bool(amounts) and all(float(amount) == 0 for amount in amounts)


def _amount(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"-?[0-9]+\.[0-9]{2}", value) is not None


def _open(invoice: Any) -> Any:
    """A document and its notes stay; what is open of it counts."""
    return {"open": invoice["open"]} if float(invoice["open"]) else None


SAYS: Mapping[str, Callable[[Any], Any]] = {
    "/v1/invoices/{invoice:str}": _open,
}
"""What counts of some answers."""


def renamed(answers: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Answers in which ids that were given out anew read as those they stand for."""
    text = json.dumps(answers)
    for new, old in names.items():
        text = text.replace(new, old)
    answers = json.loads(text)
    return answers


def differences(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Every place at which two answers differ."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in {**before, **after}:
            if before.get(name) != after.get(name):
                yield from differences(before.get(name), after.get(name), f"{path}/{name}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for at, (one, other) in enumerate(zip(before, after, strict=True)):
            if one != other:
                yield from differences(one, other, f"{path}[{at}]")
    else:
        yield f"{path}: {str(before)[:300]} is now {str(after)[:300]}"
