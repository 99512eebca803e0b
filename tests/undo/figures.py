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
from sqlalchemy import Connection, Table, event, func, select

from api.app import reads
from api.http.problems import Problem
from api.http.reading import Read
from api.settings import Settings
from ledger.log.database import Database
from projections.books.journal import journal_line
from projections.engine.basis import Basis
from projections.every.views import ALL_VIEWS

TABLES: Mapping[str, Table] = {table.name: table for view in ALL_VIEWS for table in view.tables}
JOURNAL = {"revenue_move", "revenue_total"} | {name for name in TABLES if name.startswith("journal_")}
WORD = re.compile(r"\w+")
OF_RECORDING = (
    *("history", "head", "journal", "general-ledger", "bank-movements", "exceptions", "certificates", "papers"),
    *("cash-flow", "vat-ledger", "vouchers", "voucher-series", "delegations", "fapiao-requests"),
)
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
    "supplier-payment": "payment",
    "bank-payment": "payment",
}
"""What a thing is called in a path that is tagged in other words."""

HISTORY = {
    *(
        "proposed_by",
        "authors",
        "position",
        "positions",
        "last_position",
        "known_at",
        "recorded_at",
        "data_classes",
        "fictional",
    ),
    *("journals", "movements", "debit", "credit", "came_in", "went_out", "in_cny", "out_cny", "runs", "run"),
}
"""What an answer says of how it came about: which facts, turnover on both sides of an account, how many times."""
ENDLESS = 2**60


def changed(database: Database, since: int) -> set[str]:
    """The tables whose rows say something else now than they did at a position, of whatever day."""
    with database.views.connect() as connection:
        return {name for name, table in TABLES.items() if _says_otherwise(connection, table, since)}


def _says_otherwise(connection: Any, table: Table, since: int) -> bool:
    if table.name in JOURNAL:
        newest = select(func.max(journal_line.c.position))
        return (connection.execute(newest).scalar() or 0) > since
    unsaid = {"generation", "from_position", "to_position", *HISTORY}
    said = [column for column in table.columns if column.name not in unsaid]
    begun = select(*said).where(table.c.from_position > since, table.c.to_position > 2**60)
    ended = select(*said).where(
        table.c.from_position <= since, table.c.to_position > since, table.c.to_position < 2**60
    )
    return Counter(map(tuple, connection.execute(begun))) != Counter(map(tuple, connection.execute(ended)))


class Figures:
    """What a ledger answers; which tables a question reads is learned when it is asked first."""

    def __init__(self) -> None:
        self._reads_of: dict[str, set[str]] = {}

    def questions(self, moved: Collection[str]) -> list[Read[Any]]:
        """Those about some thing, and all others whose tables moved, or that read the log itself."""
        return [read for read in READS if "{" in read.path or self._may_have_moved(read, moved)]

    def of(
        self, database: Database, on: date, recorded: int, things: Iterable[str], questions: Iterable[Read[Any]]
    ) -> dict[str, Any]:
        """What questions are answered with, those about a thing for each of these, named by their tags."""
        named = [tag.partition(":")[::2] for tag in sorted(things)]
        basis = Basis(effective=on, recorded=recorded, recorded_at=None, root="")
        with database.views.connect() as connection:
            found: dict[str, Any] = {"sums": sums(connection, recorded)}
            for read in questions:
                wanted = [part[1:].partition(":")[0] for part in read.path.split("/") if part.startswith("{")]
                if not wanted:
                    found[read.path] = self._answer(connection, read, basis, {})
                elif len(wanted) == 1:
                    for name in (name for kind, name in named if NAMES.get(kind, kind) == wanted[0]):
                        found[f"{read.path} {name}"] = self._answer(connection, read, basis, {wanted[0]: name})
        return {path: answer for path, answer in found.items() if answer}

    def _may_have_moved(self, read: Read[Any], moved: Collection[str]) -> bool:
        tables = self._reads_of.get(read.path)
        return not tables or "fact_tag" in tables or bool(tables.intersection(moved))

    def _answer(self, connection: Connection, read: Read[Any], basis: Basis, path: dict[str, str]) -> Any:
        query = read.query(**({"limit": 1000} if read.in_pages else {}))
        learning = read.path not in self._reads_of
        seen = self._reads_of.setdefault(read.path, set())

        def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            seen.update({"fact_tag", *TABLES} & set(WORD.findall(statement)))

        if learning:
            event.listen(connection, "before_cursor_execute", note)
        try:
            found = read.ask(connection, basis, query, path)
        except Problem:
            return None
        finally:
            if learning:
                event.remove(connection, "before_cursor_execute", note)
        assert found.next is None, read.path
        return SAYS.get(read.path, _said)(msgspec.to_builtins(found.answer))


def sums(connection: Connection, recorded: int) -> dict[str, Any]:
    """What every account comes to on the last of all days, for each company, lease, currency and kind of income."""
    by = [journal_line.c[name] for name in ("account", "company", "lease", "stream", "currency", "data_class")]
    amounts = [func.sum(journal_line.c[name]) for name in ("amount_minor", "foreign_minor")]
    query = select(*by, *amounts).where(journal_line.c.position <= recorded).group_by(*by)
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
    cells = row.items() if isinstance(row, dict) else ()
    amounts = [value for name, value in cells if name != "code" and _amount(value)]
    return bool(amounts) and all(float(amount) == 0 for amount in amounts)


def _amount(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"-?[0-9]+\.[0-9]{2}", value) is not None


def _invoice(invoice: Any) -> Any:
    """A document and its notes stay; what is open of it counts."""
    return {"open": invoice["open"]} if float(invoice["open"]) else None


def _receipt(receipt: Any) -> Any:
    """A receipt that was reversed is none; nor is a refund."""
    refunds = [refund for refund in receipt["refunds"] if refund["reversed_on"] is None]
    return _said(receipt | {"refunds": refunds}) if receipt["reversed_on"] is None else None


def _deposit(deposit: Any) -> Any:
    """What is held counts."""
    return {"held": deposit["held"]} if float(deposit["held"]) else None


def _rates(rates: Any) -> Any:
    """Proposals that were turned down stay."""
    return [_said(rate) for rate in rates if rate["state"] != "REJECTED"]


def _periods(periods: Any) -> Any:
    """The state of each month; on which figures it was closed once is history."""
    return {period["month"]: period["state"] for period in periods}


def _energy(energy: Any) -> Any:
    """The latest run of each month; how much it is more than the run before is history."""
    rows = [{name: cell for name, cell in row.items() if not name.startswith("delta")} for row in energy["rows"]]
    return _said(energy | {"rows": [row for row in rows if row["latest"]]})


def _costs(costs: Any) -> Any:
    """What is left of each cost counts, not under which id it was recorded again."""
    return _said(costs | {"rows": [{**row, "cost": None} for row in costs["rows"]]})


def _purchase(purchase: Any) -> Any:
    """A document that was withdrawn is none."""
    return _said(purchase) if purchase["withdrawn_on"] is None else None


def _payment(payment: Any) -> Any:
    """A payment that was turned down, or came back, is none."""
    gone = payment["rejected_on"] or payment["returned_on"]
    return None if gone else _said(payment)


SAYS: Mapping[str, Callable[[Any], Any]] = {
    "/v1/invoices/{invoice:str}": _invoice,
    "/v1/receipts/{receipt:str}": _receipt,
    "/v1/leases/{lease:str}/deposits": _deposit,
    "/v1/purchases/{purchase:str}": _purchase,
    "/v1/supplier-payments/{payment:str}": _payment,
    "/v1/bank-payments/{payment:str}": _payment,
    "/v1/rates": _rates,
    "/v1/periods": _periods,
    "/v1/reports/energy": _energy,
    "/v1/reports/lease-costs": _costs,
}
"""What counts of some answers."""


def renamed(answers: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Answers in which ids that were given out anew read as those they stand for."""
    text = json.dumps(answers)
    for new, old in names.items():
        text = text.replace(new, old)
    return dict(json.loads(text))


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
    elif isinstance(before, list) and isinstance(after, list):
        gone, new = ([one for one in some if one not in other] for some, other in ((before, after), (after, before)))
        yield f"{path}: {str(gone)[:300]} is now {str(new)[:300]}"
    else:
        yield f"{path}: {str(before)[:300]} is now {str(after)[:300]}"
