"""What would change, were a command recorded: its facts in words, its postings, and reports before and after.

told      a fact in words: each of its fields
posted    the lines that facts post
changes   the cells of reports that the facts would move; reports_of: the reports that are asked
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from api.console.parts import Desk
from api.console.record.shapes import typed_of
from api.formats.sheets import Columns, figure
from api.http.reading import PAGE_ROWS, Read
from api.http.receipts import Row, rows_of
from ledger.books.accounts import CHART
from ledger.books.postings import postings
from ledger.decider import By, Command, Fact, command_name, stored_name
from ledger.log.envelope import Entry, Recorded
from ledger.values.money import EXPONENT, FEN, written
from projections.engine.basis import Basis, resolve
from projections.engine.would import would
from projections.every.views import ALL_VIEWS

TENANCY = ("rent-roll", "occupancy", "receivables-ageing", "revenue")
REPORTS: Mapping[str, tuple[str, ...]] = {
    "companies": ("companies", "funnel"),
    "estate": ("rent-roll", "occupancy", "parcels"),
    "leases": TENANCY,
    "billing": (*TENANCY, "deferred-revenue"),
    "investment": ("investment",),
    "orders": ("order-book", "inventory", "revenue"),
    "offtake": ("energy", "green-certificates", "receivables-ageing", "revenue"),
    "purchases": ("payables-ageing", "inventory", "trial-balance"),
    "books": ("trial-balance", "income-statement", "balance-sheet"),
    "banking": ("bank-accounts", "trial-balance"),
    "vat": ("vat-returns", "trial-balance"),
    "claims": ("channel-money",),
}
"""The reports that are held against themselves, by what a command is about."""
BANKED = ("bank", "bank-accounts")
"""An account, and the report of what moves on it: held against itself wherever facts post there."""
NOTHING = figure("0.00")
"""An amount of nothing, as reports show it."""
SHOWN = 12
"""Changed cells that are shown of one report."""
WHOLES = ("TOTAL", "CONTROL", "MEASURE")
MEASURES = {"dm2": 2, "wh": 3}


class Told(Struct, frozen=True):
    """A fact in words: its stored name, and each field with its value; parts of a group stand after its name."""

    name: str
    fields: Sequence[tuple[Sequence[str], str]]


class Posted(Struct, frozen=True):
    """An account's part of a journal."""

    code: str
    name: str
    name_zh: str
    debit: str
    credit: str


class Change(Struct, frozen=True):
    """A cell that would say something else."""

    row: str
    column: str
    before: str
    after: str


class Changed(Struct, frozen=True):
    """The cells of a report that would change, totals first; `more`: how many others would."""

    report: str
    cells: Sequence[Change]
    more: int


def told(fact: Fact) -> Told:
    """A fact in words."""
    places = EXPONENT.get(getattr(fact, "currency", "CNY"), FEN)
    whole = not hasattr(fact, "currency") and hasattr(fact, "order")
    fields = []
    for path, text in typed_of(fact).items():
        names = path.split(".")
        if text:
            said = [*names[:-1], "energy"] if names[-1] == "energy_wh" and text.isdigit() else names
            fields.append((said, _shown(names[-1], text, None if whole else places)))
    return Told(stored_name(type(fact)), fields)


def _shown(name: str, text: str, places: int | None) -> str:
    """A value as reports show it: what facts count in the smallest unit as decimals, where its size is known."""
    if not text.lstrip("-").isdigit():
        return text
    _, _, measure = name.rpartition("_")
    if measure in MEASURES:
        return figure(written(int(text), MEASURES[measure]))
    if measure == "minor":
        known = FEN if "cny" in name else places
        return f"{int(text):,} ({measure})" if known is None else figure(written(int(text), known))
    return text


def posted(facts: Sequence[Fact]) -> list[Posted]:
    """The lines that facts post, in CNY: an account's debits together, and its credits."""
    debits, owed = Counter[str](), Counter[str]()
    for line in (line for fact in facts for line in postings(fact)):
        side = debits if line.amount_minor > 0 else owed
        side[line.account] += abs(line.amount_minor)
    return [
        Posted(
            CHART[account].code,
            CHART[account].name,
            CHART[account].name_zh,
            figure(written(debits[account])) if debits[account] else "",
            figure(written(owed[account])) if owed[account] else "",
        )
        for account in CHART
        if debits[account] or owed[account]
    ]


def day_of(desk: Desk, facts: Sequence[Fact]) -> date:
    """The day on which reports are held against themselves: when the facts take effect, or today if that is later."""
    return max([desk.settings.today(), *(fact.effective_on for fact in facts)])


def reports_of(desk: Desk, group: str, facts: Sequence[Fact]) -> list[str]:
    """The reports that are held against themselves for facts of this group."""
    account, report = BANKED
    banked = any(line.account == account for fact in facts for line in postings(fact))
    names = dict.fromkeys((*REPORTS.get(group, ()), *((report,) if banked else ())))
    return [name for name in names if name in desk.reads]


def changes(desk: Desk, group: str, command: Command, facts: Sequence[Fact], by: By) -> list[Changed]:
    """The cells of reports that these facts would move, on their day."""
    names = reports_of(desk, group, facts)
    if not names or not facts:
        return []
    today, on = desk.settings.today(), day_of(desk, facts).isoformat()
    entries = [_entry(command, fact, by) for fact in facts]
    with would(desk.database, ALL_VIEWS, entries) as (connection, known, record):
        zone = desk.settings.time_zone
        basis = resolve(connection, effective=on, recorded=None, today=today, known=known, zone=zone)

        before = [_asked(desk.reads[name], connection, basis) for name in names]
        basis = replace(basis, recorded=record())
        after = [_asked(desk.reads[name], connection, basis) for name in names]
    found = [_changed(*three) for three in zip(names, before, after, strict=True)]
    return [one for one in found if one.cells]


class _Asked(Struct, frozen=True):
    """A report's rows by name, and its columns."""

    rows: Mapping[str, Row]
    columns: Columns


def _asked(read: Read[Any], connection: Connection, basis: Basis) -> _Asked:
    """A report as it is on a basis."""
    assert read.report is not None, "it is a report"
    query = read.query(effective=str(basis.effective), **({"limit": PAGE_ROWS} if read.in_pages else {}))
    found = read.ask(connection, basis, query, {})
    return _Asked(rows_of(read, found), read.report.sheet(found.answer).columns)


def _entry(command: Command, fact: Fact, by: By) -> Entry:
    return Recorded(
        position=0,
        recorded_at=datetime.now(UTC),
        by=by,
        command=command_name(type(command)),
        tags=fact.tags,
        fact=fact,
    )


def _changed(name: str, before: _Asked, after: _Asked) -> Changed:
    cells = list(_cells(before, after))
    cells.sort(key=lambda cell: not cell.row.startswith(WHOLES))
    return Changed(name, cells[:SHOWN], max(len(cells) - SHOWN, 0))


def _cells(before: _Asked, after: _Asked) -> Iterator[Change]:
    """Every cell under a heading that says something else afterwards, in the order of the report.

    Of a row that is there on one side alone, an amount of nothing says nothing; of one that goes, its name says enough.
    """
    for name in dict.fromkeys([*after.rows, *before.rows]):
        was, would_be = before.rows.get(name, {}), after.rows.get(name, {})
        for column, heading in after.columns.headings.items():
            if was.get(column) == would_be.get(column):
                continue
            said = [_cell(after.columns, column, row.get(column)) for row in (was, would_be)]
            words = column in after.columns.texts or column in after.columns.plain
            if (was and would_be) or not (NOTHING in said or (words and not would_be)):
                yield Change(name, heading, *said)


def _cell(columns: Columns, column: str, value: Any) -> str:
    """A cell as its report shows it: words and numbers of documents as they are, amounts as figures."""
    if column in columns.texts or column in columns.plain:
        return "" if value is None else str(value)
    try:
        return figure(value)
    except (TypeError, ValueError):
        return str(value)
