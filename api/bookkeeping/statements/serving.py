"""Bank statements over HTTP as commands, and what they and the books say of an account.

RECORDINGS   POST /v1/bank-accounts/ACCOUNT/statements, and the withdrawal; what a person says of a line
READS        GET /v1/reports/bank-reconciliation; WAITING: GET /v1/bank-accounts/ACCOUNT/waiting-lines

A file as the bank wrote it goes in by api/documents/bank_files.py, which keeps it too.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import Connection

from api.bookkeeping.statements import profiles
from api.formats.sheets import Columns, Report, Sheet
from api.formats.tables import Table, cells, columns
from api.http.operations import FINANCE
from api.http.parameters import identifier
from api.http.problems import Problem
from api.http.reading import BasisQuery, ExplainedQuery, Found, Read
from api.http.recording import Recording
from api.receipts.banking import BANK_RECONCILIATION
from ledger.bookkeeping.statements.taking import TakeBankStatements, WithdrawBankStatement
from ledger.decider import Id
from ledger.joint.matching import MatchBankLine, PutBankLineAside, WithdrawBankLineStep
from projections.bank.lines import WaitingLines, waiting
from projections.books.bank_reconciliation import (
    ReconciledAccount,
    Reconciliation,
    UnansweredLine,
    reconciliation,
)
from projections.engine.basis import Basis

GROUP, REPORT = "banking", "/v1/reports/bank-reconciliation"
STATEMENTS = "/v1/bank-accounts/{bank_account:str}/statements"
LINES = "/v1/bank-accounts/{bank_account:str}/statement-lines"

TAKE = Recording(
    path=STATEMENTS,
    command=TakeBankStatements,
    summary="Record what a bank says of an account: every statement of one file.",
    group=GROUP,
    roles=FINANCE,
    at=REPORT,
)
LINE_RECORDINGS: tuple[Recording, ...] = tuple(
    Recording(path=f"{LINES}/{path}", command=command, summary=summary, group=GROUP, roles=FINANCE, at=REPORT)
    for path, command, summary in (
        ("matches", MatchBankLine, "Say which payments on record a line of a bank statement is."),
        ("put-aside", PutBankLineAside, "Say why a line of a bank statement waits for no payment."),
        ("withdrawal", WithdrawBankLineStep, "Take back what was said of a line of a bank statement."),
    )
)
RECORDINGS: tuple[Recording, ...] = (
    TAKE,
    Recording(
        path=f"{STATEMENTS}/withdrawal",
        command=WithdrawBankStatement,
        summary="Take back a bank statement that was a mistake.",
        group=GROUP,
        roles=FINANCE,
        at=REPORT,
    ),
    *LINE_RECORDINGS,
    *profiles.RECORDINGS,
)


class ReconciliationQuery(ExplainedQuery, frozen=True, kw_only=True):
    """The reconciliation of bank accounts."""

    bank_account: Annotated[Id | None, Meta(description="Only this bank account.")] = None


def _ask(connection: Connection, basis: Basis, query: ReconciliationQuery, _path: Mapping[str, str]) -> Found:
    return Found(data=reconciliation(connection, basis, account=query.bank_account))


LISTS = (("ONLY_BANK", "only_bank"), ("ONLY_BOOKS", "only_books"), ("GAP", "gaps"))
"""The sections of lines, and the column that holds their amounts: the one of the account that sums them."""


def _sections(answer: Reconciliation) -> Iterator[tuple[str, str, UnansweredLine]]:
    for section, column in LISTS:
        for line in getattr(answer, column):
            yield section, column, line


def reconciliation_table(answer: Reconciliation) -> Table:
    """A row for each account; then each line that only one of both has, and each gap."""
    words = tuple(name for name in columns(UnansweredLine) if name not in ("bank_account", "currency", "amount"))
    names = ["section", *columns(ReconciledAccount), *words]
    rows = [cells(row, names, section="ACCOUNT") for row in answer.rows]
    for section, column, line in _sections(answer):
        rows.append(cells(line, names, section=section, **{column: line.amount}))
    return names, iter(rows)


SHOWN = Columns(
    {
        "bank_account": "bank account",
        "on": "on",
        "reference": "bank reference",
        "party": "party",
        "text": "text",
        "held_books": "books",
        "before": "before",
        "gaps": "gaps",
        "only_bank": "only at the bank",
        "only_books": "only in the books",
        "held_bank": "bank",
        "aside": "put aside because",
    },
    texts=("bank_account", "on", "reference", "party", "text", "aside"),
)


def reconciliation_sheet(answer: Reconciliation) -> Sheet:
    """A row for each account: the books, what lies between, the bank; then what lies between, line by line."""
    rows = [SHOWN.line(row, on=row.bank_until) for row in answer.rows]
    for _, column, line in _sections(answer):
        rows.append(SHOWN.line(line, **{column: line.amount}))
    title = "Bank reconciliation: books + before + gaps + only at the bank - only in the books = bank"
    return Sheet(title, SHOWN, rows)


def _ask_waiting(connection: Connection, basis: Basis, _query: BasisQuery, path: Mapping[str, str]) -> Found:
    account = identifier("bank_account", path["bank_account"], Id)
    found = waiting(connection, basis, account)
    if found is None:
        raise Problem("not-found", f"No statement of a bank account {account} is on record.")
    return Found(data=found)


WAITING: Read[BasisQuery] = Read(
    name="bank-lines-waiting",
    path="/v1/bank-accounts/{bank_account:str}/waiting-lines",
    summary="The lines of an account's bank statements that nothing on record answers, with what each may be.",
    group=GROUP,
    query=BasisQuery,
    ask=_ask_waiting,
    data=WaitingLines,
    problems=("not-found",),
)
READS: tuple[Read[Any], ...] = (
    Read(
        name="report-bank-reconciliation",
        path=REPORT,
        summary="Whether the books and the bank's statements say the same of each account, and what lies between.",
        group=GROUP,
        query=ReconciliationQuery,
        ask=_ask,
        data=Reconciliation,
        table=reconciliation_table,
        report=Report(
            name="bank-reconciliation",
            help="Whether the books and the bank say the same of each account, and every line that only one has.",
            examples=("mcsc report bank-reconciliation --bank-account cny-main-demo --effective 2026-05-31",),
            options={"bank_account": "Only this bank account."},
            sheet=reconciliation_sheet,
        ),
        receipts=BANK_RECONCILIATION,
    ),
    WAITING,
    profiles.PROFILES,
)
