"""The books over HTTP: manual journals; trial balance, journal, revenue, deferred revenue.

RECORDINGS     POST /v1/journals: proposed, repeated, mirrored, approved, rejected
reads          GET /v1/journals/…; /v1/reports/trial-balance, journal, revenue, deferred-revenue; each also as CSV
account_named  an account by its name or its code
journal_rows   entries of the journal as they are shown; journal_table: as lines of a table

Amounts are decimal strings in CNY. Balances are debits less credits; codes of accounts are those of the settings.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Annotated, Any

from msgspec import Meta, Struct
from sqlalchemy import Connection

from api.formats.sheets import Columns, Report, Sheet
from api.formats.tables import Table, cells, columns, sections
from api.http.operations import APPROVERS, FINANCE, Roles
from api.http.parameters import bad_cursor, not_after, parameter_invalid, place
from api.http.reading import Ask, BasisQuery, Cursor, ExplainedQuery, Found, Limit, Read, paged
from api.http.recording import Recording
from api.receipts import books as receipts
from api.routes.histories import HistoryQuery, any_entry, history_of
from api.settings import Settings
from ledger.bookkeeping.journals.deciding import (
    ApproveJournal,
    MirrorJournal,
    ProposeJournal,
    RejectJournal,
    RepeatJournal,
)
from ledger.books.accounts import Account, chart
from ledger.books.line import Line, Stream
from ledger.decider import Command, DataClass, Id
from ledger.values.money import EXPONENT, written
from projections.books.deferred_revenue import DeferredRevenue, DeferredRow, deferred_revenue
from projections.books.entries import JournalEntry, journal
from projections.books.revenue import By, Revenue, RevenueRow, revenue
from projections.books.trial_balance import AccountRow, FromAnotherYear, TrialBalance, trial_balance
from projections.engine.basis import Basis
from projections.subledgers import subledgers

Chart = Mapping[str, Account]

FromOn = Annotated[date | None, Meta(description="The first day of the movements; without it, 1 January.")]
Positions = Annotated[bool, Meta(description="List the positions of the facts behind every figure.")]


class TrialBalanceQuery(ExplainedQuery, frozen=True, kw_only=True):
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
    cursor: Cursor = None
    limit: Limit = 100


class RevenueQuery(ExplainedQuery, frozen=True, kw_only=True):
    """Revenue by service period or by accounting period."""

    from_on: FromOn = None
    by: By = "service"
    stream: Stream | None = None
    company: Id | None = None
    lease: Id | None = None
    positions: Positions = False


class DeferredQuery(ExplainedQuery, frozen=True, kw_only=True):
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
    """The entry that one fact posted, and the version of the rules it was posted under."""

    position: int
    accounting_on: date
    effective_on: date
    fact: str
    rules: int
    data_class: DataClass
    lines: tuple[JournalLine, ...]


# Recording

JOURNALS, ONE = "/v1/journals", "/v1/journals/{manual_journal:str}"


def _by_hand(path: str, command: type[Command], summary: str, roles: Roles = FINANCE) -> Recording:
    return Recording(
        path=path, command=command, summary=summary, group="books", roles=roles, at=JOURNALS, named_by="manual_journal"
    )


RECORDINGS: tuple[Recording, ...] = (
    _by_hand(JOURNALS, ProposeJournal, "Propose a manual journal, with reason and document."),
    _by_hand(f"{JOURNALS}/repeated", RepeatJournal, "Propose the lines of an earlier journal for another month."),
    _by_hand(f"{JOURNALS}/mirrored", MirrorJournal, "Propose the mirror of a posted journal, to put it right."),
    _by_hand(f"{ONE}/approval", ApproveJournal, "Approve what somebody else proposed.", APPROVERS),
    _by_hand(f"{ONE}/rejection", RejectJournal, "Turn a proposed journal down, or take it back.", APPROVERS | FINANCE),
)

# Asking


def _trial_balance(accounts: Chart) -> Ask[TrialBalanceQuery]:
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


def _journal(accounts: Chart) -> Ask[JournalQuery]:
    def ask(connection: Connection, basis: Basis, query: JournalQuery, _path: Mapping[str, str]) -> Found:
        entries = journal(
            connection,
            basis,
            from_on=query.from_on,
            account=None if query.account is None else account_named(accounts, query.account),
            lease=query.lease,
            company=query.company,
            document=query.document,
            after=_after(query.cursor),
            limit=query.limit + 1,
        )
        return paged(journal_rows(accounts, entries), query.limit, "position")

    return ask


def account_named(accounts: Chart, written_account: str) -> str:
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
        raise bad_cursor()
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


def _revenue(connection: Connection, basis: Basis, query: RevenueQuery, _path: Mapping[str, str]) -> Found:
    not_after("from_on", query.from_on, basis)
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


def _deferred(accounts: Chart) -> Ask[DeferredQuery]:
    def ask(connection: Connection, basis: Basis, query: DeferredQuery, _path: Mapping[str, str]) -> Found:
        not_after("from_on", query.from_on, basis)
        found = deferred_revenue(connection, basis, from_on=query.from_on, chart=accounts, positions=query.positions)
        return Found(data=found)

    return ask


# As tables


def trial_balance_table(answer: TrialBalance) -> Table:
    """A row for each account, and the total."""
    return sections(columns(AccountRow), ("ACCOUNT", answer.rows), ("TOTAL", (answer.total,)))


def journal_table(entries: Iterable[JournalRow]) -> Table:
    """A row for each line."""
    of_entry, of_line = columns(JournalRow, left_out=("lines",)), columns(JournalLine)

    def lines() -> Iterator[list[Any]]:
        for entry in entries:
            for line in entry.lines:
                yield [*cells(entry, of_entry), *cells(line, of_line)]

    return [*of_entry, *of_line], lines()


def revenue_table(answer: Revenue) -> Table:
    """A row for each month, stream, tenant and lease; then each stream; then the total."""
    return sections(columns(RevenueRow), ("ROW", answer.rows), ("STREAM", answer.streams), ("TOTAL", (answer.total,)))


def deferred_table(answer: DeferredRevenue) -> Table:
    """A row for each account, and the total."""
    return sections(columns(DeferredRow), ("ACCOUNT", answer.rows), ("TOTAL", (answer.total,)))


# As sheets

FROM_OPTION = "The first day of the movements.  [default: 1 January]"
POSITIONS_OPTION = "With --json: list the facts behind every figure."
JOURNAL_SHOWN = Columns(
    {
        "position": "position",
        "accounting_on": "posted on",
        "fact": "fact",
        "account": "account",
        "debit": "debit",
        "credit": "credit",
        "document": "document or order",
        "service_month": "for",
    },
    texts=("position", "accounting_on", "fact", "account", "document", "service_month"),
)
REVENUE_SHOWN = Columns(
    {
        "period": "period",
        "stream": "stream",
        "company": "tenant",
        "lease": "lease",
        "recognised": "recognised",
        "billed": "billed",
        "vat": "VAT",
        "accrued": "accrued",
        "journals": "journals",
    },
    texts=("period", "stream", "company", "lease"),
)


def trial_balance_sheet(answer: TrialBalance) -> Sheet:
    """A row for each account, and the total."""
    shown = Columns(
        {
            "code": "code",
            "name": "account",
            "opening": f"at {answer.from_on}",
            "debit": "debit",
            "credit": "credit",
            "closing": f"at {answer.until_on}",
            "subledger": "subledger",
            "difference": "difference",
        },
        texts=("code", "name"),
    )
    rows = [*map(shown.line, answer.rows), shown.line(answer.total, name="TOTAL")]
    return Sheet("Trial balance (CNY; balances at, movements in between)", shown, rows)


def journal_sheet(entries: Iterable[JournalRow]) -> Sheet:
    """A row for each line; what it says of the entry stands on its first one."""
    rows = []
    for entry in entries:
        of_entry: dict[str, Any] = {name: getattr(entry, name) for name in ("position", "accounting_on", "fact")}
        for line in entry.lines:
            rows.append(JOURNAL_SHOWN.line(line, account=f"{line.code} {line.name}", **of_entry))
            of_entry = {}
    return Sheet("Journal (CNY)", JOURNAL_SHOWN, rows)


def revenue_sheet(answer: Revenue) -> Sheet:
    """A row for each month, stream, tenant and lease; then each stream; then the total."""
    line = REVENUE_SHOWN.line
    rows = [line(row) for row in answer.rows]
    rows += [line(row, stream=f"all {row.stream}") for row in answer.streams]
    rows.append(line(answer.total, stream="TOTAL"))
    return Sheet(f"Revenue by {answer.by} period (CNY ex VAT, movements)", REVENUE_SHOWN, rows)


def deferred_sheet(answer: DeferredRevenue) -> Sheet:
    """A row for each account, and the total."""
    shown = Columns(
        {
            "code": "code",
            "name": "account",
            "opening": f"at {answer.from_on}",
            "additions": "additions",
            "recognised": "recognised",
            "exchange": "exchange",
            "reclassified": "reclassified",
            "closing": f"at {answer.until_on}",
        },
        texts=("code", "name"),
    )
    rows = [*map(shown.line, answer.rows), shown.line(answer.total, name="TOTAL")]
    return Sheet("Deferred revenue (CNY, credits)", shown, rows)


TRIAL_BALANCE = Report(
    name="trial-balance",
    help="What each account holds, how it moved, and whether the books balance. A credit balance is in parentheses.",
    examples=(
        "mcsc report trial-balance --effective 2024-12-31",
        "mcsc report trial-balance --effective 2024-04-30 --from 2024-04-01 --recorded 2024-05-15",
    ),
    options={
        "from_on": FROM_OPTION,
        "subledgers": "Do not compare with the subledgers: answers sooner.",
        "positions": POSITIONS_OPTION,
    },
    sheet=trial_balance_sheet,
)
JOURNAL = Report(
    name="journal",
    help="What was posted, by which facts, in the order recorded.",
    examples=("mcsc report journal --company sunfield-demo --from 2024-04-01 --effective 2024-04-30",),
    options={
        "from_on": "Only entries accounted for on this day or later.",
        "account": "An account or its code, such as bank or 1002.",
        "lease": "Only entries about this lease.",
        "company": "Only entries about this company: who rents, buys, is owed.",
        "document": "Only entries about this invoice, note, receipt or deposit.",
    },
    sheet=journal_sheet,
)
REVENUE = Report(
    name="revenue",
    help="Revenue by month, stream, tenant and lease: by service or by accounting period, both to one total.",
    examples=("mcsc report revenue --effective 2024-12-31 --by accounting",),
    options={
        "from_on": FROM_OPTION,
        "by": "service or accounting: the month earned for, posted in.",
        "stream": "Only this stream, such as RENT or SERVICE_CHARGE.",
        "company": "Only this tenant.",
        "lease": "Only this lease.",
        "positions": POSITIONS_OPTION,
    },
    sheet=revenue_sheet,
)
DEFERRED = Report(
    name="deferred-revenue",
    help="What was paid or billed ahead of what is earned for it, from opening to closing; credits are positive.",
    options={"from_on": FROM_OPTION, "positions": POSITIONS_OPTION},
    sheet=deferred_sheet,
)


MANUAL_JOURNAL: Read[Any] = Read(
    name="read-manual-journal",
    path=ONE,
    summary="What was recorded of a manual journal, in order: proposed, approved and posted, or rejected.",
    group="books",
    query=HistoryQuery,
    ask=history_of("manual_journal"),
    rows=any_entry(),
    of_log=True,
    problems=("not-found",),
)


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
            report=TRIAL_BALANCE,
            receipts=receipts.TRIAL_BALANCE,
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
            report=JOURNAL,
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
            report=REVENUE,
            receipts=receipts.REVENUE,
        ),
        MANUAL_JOURNAL,
        Read(
            name="report-deferred-revenue",
            path="/v1/reports/deferred-revenue",
            summary="What was paid or billed ahead of what is earned for it, from opening to closing.",
            group="books",
            query=DeferredQuery,
            ask=_deferred(accounts),
            data=DeferredRevenue,
            table=deferred_table,
            report=DEFERRED,
            receipts=receipts.DEFERRED_REVENUE,
        ),
    )
