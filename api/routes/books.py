"""The books over HTTP: trial balance, journal, revenue, deferred revenue.

reads          GET /v1/reports/trial-balance, journal, revenue, deferred-revenue; each also as CSV
journal_rows   entries of the journal as they are shown; journal_table: as lines of a table

Amounts are decimal strings in CNY. Balances are debits less credits; codes of accounts are those of the settings.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from msgspec import Meta, Struct
from sqlalchemy import Connection

from api.http.operations import parameter_invalid
from api.http.reading import BasisQuery, Found, Limit, Read, cursor, place
from api.settings import Settings
from ledger.books.accounts import Account, chart
from ledger.books.line import Line, Stream
from ledger.decider import DataClass, Id
from ledger.values.money import EXPONENT, written
from projections.books.deferred_revenue import DeferredRevenue, DeferredRow, deferred_revenue
from projections.books.entries import JournalEntry, journal
from projections.books.revenue import By, Revenue, RevenueRow, revenue
from projections.books.trial_balance import AccountRow, FromAnotherYear, TrialBalance, trial_balance
from projections.closing import subledgers
from projections.engine.basis import Basis

Table = tuple[Sequence[str], Iterable[Sequence[Any]]]
Chart = Mapping[str, Account]

FromOn = Annotated[date | None, Meta(description="The first day of the movements; without it, 1 January.")]
Positions = Annotated[bool, Meta(description="List the positions of the facts behind every figure.")]


class TrialBalanceQuery(BasisQuery, frozen=True, kw_only=True):
    """The trial balance."""

    from_on: FromOn = None
    subledgers: Annotated[bool, Meta(description="Compare accounts with their subledgers; false answers sooner.")] = (
        True
    )
    positions: Positions = False


class JournalQuery(BasisQuery, frozen=True, kw_only=True):
    """Entries with a line that matches everything given; a page of them."""

    from_on: Annotated[date | None, Meta(description="Only entries accounted for on this day or later.")] = None
    account: Annotated[str, Meta(max_length=40, description="An account, or its code: bank, 1002.")] | None = None
    lease: Id | None = None
    company: Id | None = None
    document: Annotated[str, Meta(max_length=100, description="An invoice, note, receipt or deposit.")] | None = None
    cursor: Annotated[str | None, Meta(description="Where the page begins; from the Link header.")] = None
    limit: Limit = 100


class RevenueQuery(BasisQuery, frozen=True, kw_only=True):
    """Revenue by service period or by accounting period."""

    from_on: FromOn = None
    by: By = "service"
    stream: Stream | None = None
    company: Id | None = None
    lease: Id | None = None
    positions: Positions = False


class DeferredQuery(BasisQuery, frozen=True, kw_only=True):
    """The roll-forward of deferred revenue."""

    from_on: FromOn = None
    positions: Positions = False


class JournalLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line: a debit or a credit in CNY. `foreign`: in its transaction currency where that is another, signed."""

    account: str
    code: str
    name: str
    debit: str | None
    credit: str | None
    company: str | None
    lease: str | None
    document: str | None
    stream: Stream | None
    service_month: str | None
    currency: str | None = None
    foreign: str | None = None


class JournalRow(Struct, frozen=True, kw_only=True):
    """What one fact posted, and under which version of the rules."""

    position: int
    accounting_on: date
    effective_on: date
    fact: str
    rules: int
    data_class: DataClass
    lines: tuple[JournalLine, ...]


def reads(settings: Settings) -> tuple[Read[Any], ...]:
    """The reports of the books, with the settings' codes."""
    accounts = chart(settings.accounts)
    return (
        Read(
            name="report-trial-balance",
            path="/v1/reports/trial-balance",
            summary="What each account holds, how it moved, and whether the books balance.",
            group="books",
            query=TrialBalanceQuery,
            ask=_trial_balance(accounts),
            data=TrialBalance,
            table=trial_balance_table,
        ),
        Read(
            name="report-journal",
            path="/v1/reports/journal",
            summary="What was posted, by which facts, in the order recorded.",
            group="books",
            query=JournalQuery,
            ask=_journal(accounts),
            rows=JournalRow,
            table=journal_table,
        ),
        Read(
            name="report-revenue",
            path="/v1/reports/revenue",
            summary="Revenue by stream, month, tenant and lease: by service or by accounting period.",
            group="books",
            query=RevenueQuery,
            ask=_revenue,
            data=Revenue,
            table=revenue_table,
        ),
        Read(
            name="report-deferred-revenue",
            path="/v1/reports/deferred-revenue",
            summary="What was paid or billed ahead of what is earned for it, from opening to closing.",
            group="books",
            query=DeferredQuery,
            ask=_deferred(accounts),
            data=DeferredRevenue,
            table=deferred_table,
        ),
    )


# Asking

Ask = Callable[[Connection, Basis, Any, Mapping[str, str]], Found]


def _trial_balance(accounts: Chart) -> Ask:
    def ask(connection: Connection, basis: Basis, query: TrialBalanceQuery, _path: Mapping[str, str]) -> Found:
        beside = subledgers(connection, basis, basis.effective) if query.subledgers else None
        try:
            found = trial_balance(
                connection, basis, from_on=query.from_on, chart=accounts, subledgers=beside, positions=query.positions
            )
        except FromAnotherYear as error:
            raise parameter_invalid("from_on", str(error)) from error
        return Found(data=found)

    return ask


def _journal(accounts: Chart) -> Ask:
    def ask(connection: Connection, basis: Basis, query: JournalQuery, _path: Mapping[str, str]) -> Found:
        entries = journal(
            connection,
            basis,
            from_on=query.from_on,
            account=None if query.account is None else _account(accounts, query.account),
            lease=query.lease,
            company=query.company,
            document=query.document,
            after=_after(query.cursor),
            limit=query.limit + 1,
        )
        more = len(entries) > query.limit
        entries = entries[: query.limit]
        rows = journal_rows(accounts, entries)
        return Found(rows=rows, next=("cursor", cursor(str(entries[-1].position))) if more else None)

    return ask


def _account(accounts: Chart, written_account: str) -> str:
    """An account by its name or its code. Raises Problem."""
    if written_account in accounts:
        return written_account
    for account in accounts.values():
        if account.code == written_account:
            return account.account
    raise parameter_invalid("account", f"there is no account {written_account!r}; there are {', '.join(accounts)}")


def _after(written_cursor: str | None) -> int:
    at = place(written_cursor) or "0"
    if not at.isascii() or not at.isdigit() or len(at) > 18:
        raise parameter_invalid("cursor", "is none that this service gave; take it from a Link header")
    return int(at)


def journal_rows(accounts: Chart, entries: Iterable[JournalEntry]) -> list[JournalRow]:
    """Entries with the codes and names of their accounts."""
    return [_entry(accounts, entry) for entry in entries]


def _entry(accounts: Chart, entry: JournalEntry) -> JournalRow:
    lines = tuple(
        JournalLine(
            account=line.account,
            code=accounts[line.account].code,
            name=accounts[line.account].name,
            debit=written(line.amount_minor) if line.amount_minor > 0 else None,
            credit=written(-line.amount_minor) if line.amount_minor < 0 else None,
            company=line.company,
            lease=line.lease,
            document=line.document,
            stream=line.stream,
            service_month=line.service_month,
            currency=line.currency,
            foreign=_foreign(line),
        )
        for line in entry.lines
    )
    return JournalRow(
        position=entry.position,
        accounting_on=entry.accounting_on,
        effective_on=entry.effective_on,
        fact=entry.fact,
        rules=entry.rules,
        data_class=entry.data_class,
        lines=lines,
    )


def _foreign(line: Line) -> str | None:
    if line.currency is None or line.foreign_minor is None:
        return None
    return written(line.foreign_minor, EXPONENT[line.currency])


def _check_from(from_on: date | None, basis: Basis) -> None:
    if from_on is not None and from_on > basis.effective:
        raise parameter_invalid("from_on", f"{from_on} is after {basis.effective}, the effective date")


def _revenue(connection: Connection, basis: Basis, query: RevenueQuery, _path: Mapping[str, str]) -> Found:
    _check_from(query.from_on, basis)
    found = revenue(
        connection,
        basis,
        from_on=query.from_on,
        by=query.by,
        stream=query.stream,
        company=query.company,
        lease=query.lease,
        positions=query.positions,
    )
    return Found(data=found)


def _deferred(accounts: Chart) -> Ask:
    def ask(connection: Connection, basis: Basis, query: DeferredQuery, _path: Mapping[str, str]) -> Found:
        _check_from(query.from_on, basis)
        found = deferred_revenue(connection, basis, from_on=query.from_on, chart=accounts, positions=query.positions)
        return Found(data=found)

    return ask


# As tables


def _columns(shape: type[Struct]) -> list[str]:
    return [name for name in shape.__struct_fields__ if name not in ("positions", "lines")]


def _cells(row: Struct, names: Sequence[str]) -> list[Any]:
    return [getattr(row, name) for name in names]


def trial_balance_table(found: Found) -> Table:
    """A row for each account, and the total."""
    answer: TrialBalance = found.data
    names = _columns(AccountRow)
    total = {"account": "TOTAL", **{name: getattr(answer.total, name) for name in ("opening", "debit", "credit")}}
    total["closing"] = answer.total.closing
    return names, [*(_cells(row, names) for row in answer.rows), [total.get(name) for name in names]]


def journal_table(found: Found) -> Table:
    """A row for each line."""
    of_entry, of_line = _columns(JournalRow), list(JournalLine.__struct_fields__)

    def lines() -> Iterator[list[Any]]:
        for row in found.rows or ():
            for line in row.lines:
                yield [*_cells(row, of_entry), *_cells(line, of_line)]

    return [*of_entry, *of_line], lines()


def revenue_table(found: Found) -> Table:
    """A row for each month, stream, tenant and lease; then each stream; then the total."""
    answer: Revenue = found.data
    names = _columns(RevenueRow)
    sections = [("ROW", row) for row in answer.rows] + [("STREAM", row) for row in answer.streams]
    return ["section", *names], [
        [section, *_cells(row, names)] for section, row in (*sections, ("TOTAL", answer.total))
    ]


def deferred_table(found: Found) -> Table:
    """A row for each account, and the total."""
    answer: DeferredRevenue = found.data
    names = _columns(DeferredRow)
    rows = [_cells(row, names) for row in (*answer.rows, answer.total)]
    rows[-1][0] = "TOTAL"
    return names, rows
