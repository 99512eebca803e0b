"""Bank accounts over HTTP: opened and closed, transfers, charges and interest; balances and movements.

RECORDINGS   POST /v1/bank-accounts and beneath it, /v1/bank-entries/ENTRY/reversal
READS        GET /v1/reports/bank-accounts, bank-movements
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import Connection

from api.formats.sheets import Columns, Report, Sheet
from api.formats.tables import Table, cells, columns, sections
from api.http.operations import FINANCE
from api.http.parameters import bad_cursor, not_after, place
from api.http.reading import Cursor, ExplainedQuery, Found, Limit, Read, paged
from api.http.recording import Recording
from api.receipts import banking as receipts
from ledger.bookkeeping.banking.entries import (
    BringForwardBankBalance,
    RecordBankCharge,
    RecordBankInterest,
    ReverseBankEntry,
    TransferBetweenAccounts,
)
from ledger.bookkeeping.banking.opening import (
    CloseBankAccount,
    MakeBankAccountDefault,
    OpenBankAccount,
    WithdrawBankAccountStep,
)
from ledger.decider import Command, Id
from ledger.values.currencies import Currency
from projections.books.bank_accounts import BankBalances, BankMovement, BankRow, bank_accounts, bank_movements
from projections.engine.basis import Basis

GROUP = "banking"
ACCOUNTS, BALANCES = "/v1/bank-accounts", "/v1/reports/bank-accounts"
OF_ACCOUNT = f"{ACCOUNTS}/{{bank_account:str}}"


def _recording(path: str, command: type[Command], summary: str) -> Recording:
    return Recording(path=path, command=command, summary=summary, group=GROUP, roles=FINANCE, at=BALANCES)


RECORDINGS: tuple[Recording, ...] = (
    _recording(ACCOUNTS, OpenBankAccount, "Put a bank account on record, from its first day on."),
    _recording(f"{OF_ACCOUNT}/default", MakeBankAccountDefault, "Let payments that name no account be on this one."),
    _recording(f"{OF_ACCOUNT}/closing", CloseBankAccount, "Close an account whose balance is nothing."),
    _recording(f"{OF_ACCOUNT}/withdrawals", WithdrawBankAccountStep, "Take back a step that was a mistake."),
    _recording(
        f"{OF_ACCOUNT}/opening-balance", BringForwardBankBalance, "Record what stood on it when the books begin."
    ),
    _recording(f"{OF_ACCOUNT}/transfers", TransferBetweenAccounts, "Record that money went to another account."),
    _recording(f"{OF_ACCOUNT}/charges", RecordBankCharge, "Record what the bank took for itself."),
    _recording(f"{OF_ACCOUNT}/interest", RecordBankInterest, "Record what the bank paid for a balance."),
    _recording("/v1/bank-entries/{bank_entry:str}/reversal", ReverseBankEntry, "Take an entry back: it was a mistake."),
)


class BankAccountsQuery(ExplainedQuery, frozen=True, kw_only=True):
    """The balances of bank accounts."""

    from_on: Annotated[date | None, Meta(description="The first day of the movements; without it, 1 January.")] = None


class BankMovementsQuery(ExplainedQuery, frozen=True, kw_only=True):
    """The movements that match everything given; a page of them."""

    bank_account: Annotated[Id | None, Meta(description="Only those on this bank account.")] = None
    currency: Annotated[Currency | None, Meta(description="Only those in this currency.")] = None
    from_on: Annotated[date | None, Meta(description="Only those of the books' days from this one on.")] = None
    company: Id | None = None
    document: Annotated[str, Meta(max_length=100, description="A receipt, deposit, order or bank entry.")] | None = None
    cursor: Cursor = None
    limit: Limit = 100


def _balances(connection: Connection, basis: Basis, query: BankAccountsQuery, _path: Mapping[str, str]) -> Found:
    not_after("from_on", query.from_on, basis)
    return Found(data=bank_accounts(connection, basis, from_on=query.from_on))


def _movements(connection: Connection, basis: Basis, query: BankMovementsQuery, _path: Mapping[str, str]) -> Found:
    found = bank_movements(
        connection,
        basis,
        account=query.bank_account,
        currency=query.currency,
        from_on=query.from_on,
        company=query.company,
        document=query.document,
        after=_after(query.cursor),
        limit=query.limit + 1,
    )
    return paged(found, query.limit, "place")


def _after(written_cursor: str | None) -> int:
    at = place(written_cursor) or "0"
    if not at.isascii() or not at.isdigit() or len(at) > 18:
        raise bad_cursor()
    return int(at)


BALANCES_SHOWN = Columns(
    {
        "bank_account": "bank account",
        "currency": "currency",
        "opening_held": "opening",
        "came_in": "came in",
        "went_out": "went out",
        "closing_held": "closing",
        "opening_cny": "opening CNY",
        "in_cny": "in CNY",
        "out_cny": "out CNY",
        "exchange_cny": "exchange CNY",
        "closing_cny": "closing CNY",
    },
    texts=("bank_account", "currency"),
)
MOVEMENTS_SHOWN = Columns(
    {
        "bank_account": "bank account",
        "accounting_on": "posted on",
        "value_on": "value date",
        "fact": "fact",
        "bank_reference": "bank reference",
        "company": "company",
        "document": "document",
        "currency": "currency",
        "moved": "moved",
        "held": "balance",
        "moved_cny": "moved CNY",
        "held_cny": "balance CNY",
    },
    texts=(
        *("bank_account", "accounting_on", "value_on", "fact"),
        *("bank_reference", "company", "document", "currency"),
    ),
)


def balances_table(answer: BankBalances) -> Table:
    """A row for each account, for what is on none in each currency, and the total."""
    kinds = (("ACCOUNT", answer.rows), ("UNASSIGNED", answer.unassigned), ("TOTAL", (answer.total,)))
    return sections(columns(BankRow), *kinds)


def movements_table(rows: Iterable[BankMovement]) -> Table:
    """A row for each movement."""
    names = columns(BankMovement, left_out=("place",))
    return names, (cells(row, names) for row in rows)


def balances_sheet(answer: BankBalances) -> Sheet:
    """A row for each account, for what is on none in each currency, and the total."""
    shown = BALANCES_SHOWN
    rows = [shown.line(row) for row in answer.rows]
    rows += [shown.line(row, bank_account="(on no account)") for row in answer.unassigned]
    return Sheet(
        "Bank accounts (balances at, movements in between)",
        shown,
        [*rows, shown.line(answer.total, bank_account="TOTAL")],
    )


def movements_sheet(rows: Iterable[BankMovement]) -> Sheet:
    """A row for each movement."""
    return Sheet("Bank movements", MOVEMENTS_SHOWN, [MOVEMENTS_SHOWN.line(row) for row in rows])


READS: tuple[Read[Any], ...] = (
    Read(
        name="report-bank-accounts",
        path=BALANCES,
        summary="What is on each bank account, in its currency and in CNY, and how it moved.",
        group=GROUP,
        query=BankAccountsQuery,
        ask=_balances,
        data=BankBalances,
        table=balances_table,
        report=Report(
            name="bank-accounts",
            help="What is on each bank account, in its currency and in CNY, and how it moved; together what 1002 says.",
            examples=("mcsc report bank-accounts --effective 2024-12-31 --from 2024-12-01",),
            options={"from_on": "The first day of the movements.  [default: 1 January]"},
            sheet=balances_sheet,
        ),
        receipts=receipts.BANK_ACCOUNTS,
    ),
    Read(
        name="report-bank-movements",
        path="/v1/reports/bank-movements",
        summary="What moved on bank accounts, in the order of the books, and the balance after each.",
        group=GROUP,
        query=BankMovementsQuery,
        ask=_movements,
        rows=BankMovement,
        table=movements_table,
        report=Report(
            name="bank-movements",
            help="What moved on bank accounts, in the order of the books, and the balance after each.",
            examples=("mcsc report bank-movements --bank-account cny-main-demo --from 2024-12-01",),
            options={
                "bank_account": "Only those on this bank account.",
                "currency": "Only those in this currency, such as USD.",
                "from_on": "Only those of the books' days from this one on.",
                "company": "Only those of this company.",
                "document": "Only those about this receipt, deposit, order or bank entry.",
            },
            sheet=movements_sheet,
        ),
        receipts=receipts.BANK_MOVEMENTS,
    ),
)
