"""Income statement: what was earned and spent, in a period, in the year to date, in the same days a year before?

income_statement   the form's lines with their accounts, and its totals
posted             the lines of the journal behind a cell of an account
days_of            the days that a column counts; year_before: the same day of the year before

Every income and expense account stands in one line, so that what a year adds to undistributed profit is the result of
the year in the balance sheet. Adjustments of earlier years are shown below the net profit, and are no part of it.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Select, select

from ledger.books.accounts import CHART, Account
from ledger.decider import DataClass
from ledger.periods import day_before, month_end
from ledger.values.money import written
from projections.books.entries import known
from projections.books.journal import Total, journal_line, totals
from projections.books.statements.layout import INCOME, Form, StatementLine, StatementTotal, line_of, used
from projections.books.trial_balance import RESULT, FromAnotherYear, by_account
from projections.engine.basis import Basis

COLUMNS = ("amount", "year_to_date", "same_last_year")


class IncomeRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A row of the income statement, in CNY: what is earned positive, what is spent negative, so that totals are sums.

    amount           of the days from `from_on` to the basis's date
    year_to_date     from 1 January to that date
    same_last_year   of the same days a year before
    """

    line: str
    name: str
    name_zh: str
    amount: str
    year_to_date: str
    same_last_year: str
    category: str | None = None
    account: str | None = None
    code: str | None = None


class IncomeStatement(Struct, frozen=True, kw_only=True):
    """Lines of the form that any account stands in, the accounts in each, and totals in the order of the form."""

    currency: str
    form: Form
    from_on: date
    until_on: date
    accounts: tuple[IncomeRow, ...]
    lines: tuple[IncomeRow, ...]
    totals: tuple[IncomeRow, ...]
    data_classes: tuple[DataClass, ...]
    fictional: bool


Figures = tuple[int, ...]
"""Minor units of each column."""


def days_of(basis: Basis, from_on: date | None) -> Mapping[str, tuple[date, date]]:
    """The first and the last day of each column. Raises FromAnotherYear."""
    until, new_year = basis.effective, basis.effective.replace(month=1, day=1)
    begin = from_on or new_year
    if not new_year <= begin <= until:
        raise FromAnotherYear(f"the first day lies between {new_year} and {until}: income restarts on 1 January")
    return {
        "amount": (begin, until),
        "year_to_date": (new_year, until),
        "same_last_year": (year_before(begin), year_before(until)),
    }


def year_before(day: date) -> date:
    """The same day of the year before; a month's last day for a month's last day."""
    if day.year == date.min.year:
        return date.min
    first = day.replace(year=day.year - 1, day=1)
    last = month_end(first)
    return last if day == month_end(day) else first.replace(day=min(day.day, last.day))


def income_statement(
    connection: Connection,
    basis: Basis,
    *,
    from_on: date | None = None,
    form: Form = "2019",
    chart: Mapping[str, Account] = CHART,
) -> IncomeStatement:
    """Draw up the income statement on that basis; from 1 January unless `from_on` is given. Raises FromAnotherYear."""
    days = days_of(basis, from_on)
    edges = {day for first, last in days.values() for day in (day_before(first), last)}
    found = totals(connection, basis.recorded, edges)
    sums = {day: by_account(found[day]) for day in edges}
    figures = {
        account: tuple(_moved(sums, account, *days[column]) for column in COLUMNS)
        for account in sorted(sums[basis.effective], key=lambda account: (chart[account].code, account))
        if CHART[account].kind in RESULT
    }
    lines, of_totals = _lines_and_totals(form, figures)
    classes = sorted({data_class for _, data_class in found[basis.effective]})
    return IncomeStatement(
        currency="CNY",
        form=form,
        from_on=days["amount"][0],
        until_on=basis.effective,
        accounts=tuple(_account_rows(form, figures, chart)),
        lines=tuple(lines),
        totals=tuple(of_totals),
        data_classes=tuple(classes),
        fictional="FICTIONAL" in classes,
    )


def _moved(sums: Mapping[date, Mapping[str, Total]], account: str, first: date, last: date) -> int:
    """The movement of an account in some days: debits positive."""
    none = Total()
    return sums[last].get(account, none).balance_minor - sums[day_before(first)].get(account, none).balance_minor


def _account_rows(form: Form, figures: Mapping[str, Figures], chart: Mapping[str, Account]) -> Iterator[IncomeRow]:
    """The accounts that were ever posted to, in the order of lines and codes."""
    order = {line.line: place for place, line in enumerate(INCOME[form])}
    for account in sorted(figures, key=lambda account: order[line_of(account, form).line]):
        line = line_of(account, form)
        yield _row(line.line, chart[account], [-minor for minor in figures[account]], account=account)


def _lines_and_totals(form: Form, figures: Mapping[str, Figures]) -> tuple[list[IncomeRow], list[IncomeRow]]:
    lines, of_totals = list[IncomeRow](), list[IncomeRow]()
    reached: Figures = (0,) * len(COLUMNS)
    for one in INCOME[form]:
        if isinstance(one, StatementTotal):
            of_totals.append(_row(one.line, one, list(reached)))
        elif one.line in used(form):
            mine = [of for account, of in figures.items() if line_of(account, form) == one]
            moved = [-sum(column) for column in zip((0,) * len(COLUMNS), *mine, strict=True)]
            lines.append(_row(one.line, one, moved))
            reached = tuple(map(sum, zip(reached, moved, strict=True)))
    return lines, of_totals


def _row(
    line: str,
    named: Account | StatementLine | StatementTotal,
    figures: list[int],
    *,
    account: str | None = None,
) -> IncomeRow:
    amount, year_to_date, same_last_year = map(written, figures)
    return IncomeRow(
        line=line,
        name=named.name,
        name_zh=named.name_zh,
        amount=amount,
        year_to_date=year_to_date,
        same_last_year=same_last_year,
        category=named.part if isinstance(named, StatementLine) else None,
        account=account,
        code=named.code if isinstance(named, Account) else None,
    )


def posted(basis: Basis, account: str, column: str, *, from_on: date | None = None) -> Select[Any]:
    """Select the lines that a cell of an account sums: position and minor units, credits positive."""
    line, (first, last) = journal_line.c, days_of(basis, from_on)[column]
    mine = line.account == account, line.accounting_on >= first, line.accounting_on <= last
    return select(line.position, (-line.amount_minor).label("minor")).where(known(basis), *mine)
