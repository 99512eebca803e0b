"""The statements over HTTP: balance sheet, income statement, cash flow, changes in equity.

reads   GET /v1/reports/balance-sheet, income-statement, cash-flow, changes-in-equity; each also as a table's file

Amounts are decimal strings in CNY. Both sides of the balance sheet are positive; in the income statement what is spent
is negative (the printed form says 减 and leaves the sign out), so that every total is the sum of what stands above it.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import Connection

from api.formats.sheets import Columns, Report, Sheet
from api.formats.tables import Table, columns, sections
from api.http.parameters import parameter_invalid
from api.http.reading import Ask, ExplainedQuery, Found, Read
from api.receipts import statements as receipts
from api.routes.books import FROM_OPTION, Chart, FromOn
from api.settings import Settings
from ledger.books.accounts import chart
from projections.books.statements.balance_sheet import BalanceRow, BalanceSheet, balance_sheet
from projections.books.statements.cash_flow import CashFlow, CashRow, PeriodInFuture, cash_flow
from projections.books.statements.cash_lines import CASH_FLOW
from projections.books.statements.changes_in_equity import (
    CAUSES,
    ChangesInEquity,
    EquityRow,
    changes_in_equity,
)
from projections.books.statements.income_statement import IncomeRow, IncomeStatement, income_statement
from projections.books.statements.layout import INCOME, PARTS, Form
from projections.books.trial_balance import FromAnotherYear
from projections.engine.basis import Basis


class BalanceSheetQuery(ExplainedQuery, frozen=True, kw_only=True):
    """The balance sheet."""


class IncomeQuery(ExplainedQuery, frozen=True, kw_only=True):
    """The income statement."""

    from_on: FromOn = None
    form: Annotated[Form, Meta(description="The form of CAS 30: of 2019, or that of 2026, which follows IFRS 18.")] = (
        "2019"
    )


class CashFlowQuery(ExplainedQuery, frozen=True, kw_only=True):
    """The cash flow statement, of any period."""

    from_on: FromOn = None


class EquityQuery(ExplainedQuery, frozen=True, kw_only=True):
    """The statement of changes in equity, of any period."""

    from_on: FromOn = None


# Asking


def _balance_sheet(accounts: Chart) -> Ask[BalanceSheetQuery]:
    def ask(connection: Connection, basis: Basis, _query: BalanceSheetQuery, _path: Mapping[str, str]) -> Found:
        return Found(data=balance_sheet(connection, basis, chart=accounts))

    return ask


def _income_statement(accounts: Chart) -> Ask[IncomeQuery]:
    def ask(connection: Connection, basis: Basis, query: IncomeQuery, _path: Mapping[str, str]) -> Found:
        try:
            found = income_statement(connection, basis, from_on=query.from_on, form=query.form, chart=accounts)
        except FromAnotherYear as error:
            raise parameter_invalid("from_on", str(error)) from error
        return Found(data=found)

    return ask


def _cash_flow(accounts: Chart) -> Ask[CashFlowQuery]:
    def ask(connection: Connection, basis: Basis, query: CashFlowQuery, _path: Mapping[str, str]) -> Found:
        try:
            found = cash_flow(connection, basis, from_on=query.from_on, chart=accounts)
        except PeriodInFuture as error:
            raise parameter_invalid("from_on", str(error)) from error
        return Found(data=found)

    return ask


def _changes_in_equity(connection: Connection, basis: Basis, query: EquityQuery, _path: Mapping[str, str]) -> Found:
    try:
        found = changes_in_equity(connection, basis, from_on=query.from_on)
    except PeriodInFuture as error:
        raise parameter_invalid("from_on", str(error)) from error
    return Found(data=found)


# As tables


def balance_sheet_table(answer: BalanceSheet) -> Table:
    """The accounts in each line, the lines, the parts, both sides, and that they are equal."""
    return sections(
        columns(BalanceRow),
        ("ACCOUNT", answer.accounts),
        ("LINE", answer.lines),
        ("PART", answer.parts),
        ("GROUP", answer.groups),
        ("TOTAL", (answer.total,)),
        ("DIFFERENCE", (answer.difference,)),
    )


def income_table(answer: IncomeStatement) -> Table:
    """The accounts in each line, the lines, and the totals of the form."""
    return sections(columns(IncomeRow), ("ACCOUNT", answer.accounts), ("LINE", answer.lines), ("TOTAL", answer.totals))


def cash_flow_table(answer: CashFlow) -> Table:
    """The kinds of money in each line, the lines, what they come to, and the bank before and after."""
    return sections(
        columns(CashRow),
        ("KIND", answer.kinds),
        ("LINE", answer.lines),
        ("CATEGORY", answer.categories),
        ("TOTAL", (answer.total,)),
        ("BALANCE", answer.balances),
        ("DIFFERENCE", (answer.difference,)),
    )


def equity_table(answer: ChangesInEquity) -> Table:
    """The lines of equity, and all together."""
    return sections(columns(EquityRow), ("LINE", answer.lines), ("TOTAL", (answer.total,)))


# As sheets


def balance_sheet_sheet(answer: BalanceSheet) -> Sheet:
    """The form: the lines of each part and what they come to, then both sides."""
    shown = Columns(
        {"name": "line", "closing": f"at {answer.until_on}", "opening": f"at {answer.opening_on}"}, texts=("name",)
    )
    parts, rows = {row.line: row for row in answer.parts}, []
    groups = {row.line: row for row in answer.groups}
    shown_parts = [part for part in PARTS if part.part in parts]
    for place, part in enumerate(shown_parts):
        rows += [shown.line(line) for line in answer.lines if line.part == part.part]
        if part.part != "equity-items":  # it is the only part of its group
            rows.append(shown.line(parts[part.part]))
        if [other.group for other in shown_parts[place + 1 : place + 2]] != [part.group]:
            rows.append(shown.line(groups[part.group]))
    rows += [shown.line(answer.total), shown.line(answer.difference)]
    return Sheet("Balance sheet (CNY, balances at)", shown, rows)


def income_sheet(answer: IncomeStatement) -> Sheet:
    """The form: its lines and totals, in its order."""
    shown = Columns(
        {
            "name": "line",
            "amount": f"from {answer.from_on}",
            "year_to_date": "year to date",
            "same_last_year": "same days last year",
        },
        texts=("name",),
    )
    of = {row.line: row for row in (*answer.lines, *answer.totals)}
    rows = [shown.line(of[one.line]) for one in INCOME[answer.form] if one.line in of]
    return Sheet(f"Income statement, form of {answer.form} (CNY, movements)", shown, rows)


def cash_flow_sheet(answer: CashFlow) -> Sheet:
    """The form: the lines of each category and what they come to, then the bank before and after."""
    shown = Columns(
        {"name": "line", "amount": f"from {answer.from_on}", "same_last_year": "same days last year"}, texts=("name",)
    )
    lines, rows = {row.line: row for row in answer.lines}, []
    for category in answer.categories:
        rows += [shown.line(lines[line.line]) for line in CASH_FLOW if line.category == category.line]
        rows.append(shown.line(category))
    rows += [shown.line(row) for row in (answer.total, *answer.balances, answer.difference)]
    return Sheet("Cash flow statement (CNY, movements)", shown, rows)


def equity_sheet(answer: ChangesInEquity) -> Sheet:
    """The lines of equity, a column for each cause."""
    causes = {cause: cause.replace("_", " ") for cause in CAUSES}
    shown = Columns(
        {"name": "line", "opening": "opening", **causes, "closing": f"at {answer.until_on}"}, texts=("name",)
    )
    return Sheet(
        "Changes in equity (CNY, balances at)", shown, [shown.line(row) for row in (*answer.lines, answer.total)]
    )


def reads(settings: Settings) -> tuple[Read[Any], ...]:
    """The statements, with the settings' codes."""
    accounts = chart(settings.accounts)
    return (
        Read(
            name="report-balance-sheet",
            path="/v1/reports/balance-sheet",
            summary="The balance sheet: what there is, and whose it is, on the day and at the end of the year before.",
            group="books",
            query=BalanceSheetQuery,
            ask=_balance_sheet(accounts),
            data=BalanceSheet,
            table=balance_sheet_table,
            receipts=receipts.BALANCE_SHEET,
            report=Report(
                name="balance-sheet",
                help="The balance sheet: what there is, and whose it is, on the day and at the end of the year before.",
                examples=("mcsc report balance-sheet --effective 2026-06-30",),
                sheet=balance_sheet_sheet,
            ),
        ),
        Read(
            name="report-income-statement",
            path="/v1/reports/income-statement",
            summary="The income statement: of a period, of the year to date, and of the same days a year before.",
            group="books",
            query=IncomeQuery,
            ask=_income_statement(accounts),
            data=IncomeStatement,
            table=income_table,
            receipts=receipts.INCOME_STATEMENT,
            report=Report(
                name="income-statement",
                help="The income statement: of a period, of the year to date, and of the same days a year before.",
                examples=(
                    "mcsc report income-statement --effective 2026-06-30 --from 2026-06-01",
                    "mcsc report income-statement --effective 2026-06-30 --form 2026",
                ),
                options={"from_on": FROM_OPTION, "form": "2019 or 2026: the form of CAS 30 to show."},
                sheet=income_sheet,
            ),
        ),
        _cash_flow_read(accounts),
        EQUITY_READ,
    )


def _cash_flow_read(accounts: Chart) -> Read[Any]:
    summary = "The cash flow statement: where money came from and went, from the entries of the bank accounts."
    return Read(
        name="report-cash-flow",
        path="/v1/reports/cash-flow",
        summary=summary,
        group="books",
        query=CashFlowQuery,
        ask=_cash_flow(accounts),
        data=CashFlow,
        table=cash_flow_table,
        receipts=receipts.CASH_FLOW,
        report=Report(
            name="cash-flow",
            help=summary,
            examples=("mcsc report cash-flow --effective 2026-06-30 --from 2026-06-01",),
            options={"from_on": FROM_OPTION},
            sheet=cash_flow_sheet,
        ),
    )


EQUITY_SUMMARY = "Changes in equity: what was the owners' before, what changed it, and what is theirs now."
EQUITY_READ: Read[Any] = Read(
    name="report-changes-in-equity",
    path="/v1/reports/changes-in-equity",
    summary=EQUITY_SUMMARY,
    group="books",
    query=EquityQuery,
    ask=_changes_in_equity,
    data=ChangesInEquity,
    table=equity_table,
    receipts=receipts.CHANGES_IN_EQUITY,
    report=Report(
        name="changes-in-equity",
        help=EQUITY_SUMMARY,
        examples=("mcsc report changes-in-equity --effective 2026-06-30 --from 2026-06-01",),
        options={"from_on": FROM_OPTION},
        sheet=equity_sheet,
    ),
)
