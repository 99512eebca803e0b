"""The general ledger over HTTP: each account's entries with running balance.

reads   GET /v1/reports/general-ledger, in pages; also as a table's file

Amounts are decimal strings in CNY. Balances are debits less credits; codes of accounts are those of the settings.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import Connection

from api.formats.sheets import Columns, Report, Sheet
from api.formats.tables import structs_table
from api.http.parameters import bad_cursor, parameter_invalid, place
from api.http.reading import Ask, Cursor, ExplainedQuery, Found, Limit, Read, paged
from api.receipts import general_ledger as receipts
from api.routes.books import FROM_OPTION, Chart, FromOn, account_named
from api.settings import Settings
from ledger.books.accounts import chart
from ledger.decider import Id
from projections.books.general_ledger import BadPlace, LedgerFilter, LedgerRow, general_ledger
from projections.books.trial_balance import FromAnotherYear
from projections.engine.basis import Basis


class LedgerQuery(ExplainedQuery, frozen=True, kw_only=True):
    """Each account's entries, or one account's, with running balance; a page of them."""

    from_on: FromOn = None
    account: Annotated[str, Meta(max_length=40, description="An account, or its code: bank, 1002.")] | None = None
    company: Id | None = None
    lease: Id | None = None
    cursor: Cursor = None
    limit: Limit = 100


def _ledger(accounts: Chart) -> Ask[LedgerQuery]:
    def ask(connection: Connection, basis: Basis, query: LedgerQuery, _path: Mapping[str, str]) -> Found:
        wanted = LedgerFilter(
            account=None if query.account is None else account_named(accounts, query.account),
            company=query.company,
            lease=query.lease,
            from_on=query.from_on,
        )
        after = place(query.cursor)
        try:
            rows = general_ledger(connection, basis, wanted, after=after, limit=query.limit + 1, chart=accounts)
        except FromAnotherYear as error:
            raise parameter_invalid("from_on", str(error)) from error
        except BadPlace as error:
            raise bad_cursor() from error
        return paged(rows, query.limit, "place")

    return ask


SHOWN = Columns(
    {
        "account": "account",
        "accounting_on": "posted on",
        "position": "position",
        "fact": "fact",
        "document": "document or order",
        "company": "company",
        "debit": "debit",
        "credit": "credit",
        "balance": "balance",
    },
    texts=("account", "accounting_on", "position", "fact", "document", "company"),
)


def ledger_sheet(rows: Iterable[LedgerRow]) -> Sheet:
    """A row for each line, and each account's balances before and after them; its name stands on the first."""
    shown, last = [], ""
    for row in rows:
        name = f"{row.code} {row.name}" if row.account != last else ""
        words = {"OPENING": "opening", "ENTRY": row.fact, "CLOSING": "closing"}[row.section]
        shown.append(SHOWN.line(row, account=name, fact=words))
        last = row.account
    return Sheet("General ledger (CNY, entries and balances after them)", SHOWN, shown)


def reads(settings: Settings) -> tuple[Read[Any], ...]:
    """The general ledger, with the settings' codes."""
    return (
        Read(
            name="report-general-ledger",
            path="/v1/reports/general-ledger",
            summary="What was posted to each account, entry by entry, with the balance after each.",
            group="books",
            query=LedgerQuery,
            ask=_ledger(chart(settings.accounts)),
            rows=LedgerRow,
            table=structs_table(LedgerRow),
            receipts=receipts.GENERAL_LEDGER,
            report=Report(
                name="general-ledger",
                help="What was posted to each account, entry by entry, with the balance after each.",
                examples=("mcsc report general-ledger --account 1002 --from 2026-06-01 --effective 2026-06-30",),
                options={
                    "from_on": FROM_OPTION,
                    "account": "An account or its code, such as bank or 1002.",
                    "company": "Only entries about this company: who rents, buys, is owed.",
                    "lease": "Only entries about this lease.",
                },
                sheet=ledger_sheet,
            ),
        ),
    )
