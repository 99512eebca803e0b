"""Statement of changes in equity: what was the owners' before, what changed it, and what is theirs now?

changes_in_equity   a row for each line of equity, a column for each cause; the last column is the balance sheet's
posted              the lines of the journal behind a cell
CAUSES              what changes equity

What a year earned is added to undistributed profit as it is earned (ADR 9), so the profit of any period is the results
of its days. Lines of one entry that move equity from one line to another come to nothing together: a transfer.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, case, func, select

from ledger.books.accounts import CHART
from ledger.decider import DataClass
from ledger.periods import day_before
from ledger.values.money import written
from projections.books.entries import known
from projections.books.journal import Journal, Total, journal_line, totals
from projections.books.statements.cash_flow import cash_days
from projections.books.statements.layout import BALANCE_SHEET, GROUPS, OWN, UNDISTRIBUTED, line_of
from projections.books.trial_balance import RESULT
from projections.engine.basis import Basis
from projections.engine.view import live_generation

CAUSES = ("profit", "prior_year", "contributions", "distributions", "taken_over", "transfers")
COLUMNS = ("opening", *CAUSES, "closing")
RESULTS = tuple(name for name, account in CHART.items() if account.kind in RESULT)
EQUITY = tuple(name for name, account in CHART.items() if account.kind == "EQUITY")
PRIOR = tuple(name for name in RESULTS if CHART[name].code.startswith("6901"))
PAID_IN = tuple(name for name in EQUITY if CHART[name].code.startswith(("4001", "4002")))
TAKEN_OVER = tuple(name for name in EQUITY if CHART[name].code.startswith("3"))


class EquityRow(Struct, frozen=True, kw_only=True):
    """A line of equity, in CNY: what adds to it positive.

    profit          the results of the period's days, without adjustments of earlier years
    prior_year      adjustments of earlier years (6901)
    contributions   what owners paid in, or took back of it
    distributions   what owners are given out of profit, and all else that was posted to it
    taken_over      balances brought forward when the books began (3999)
    transfers       from one line of equity to another: nothing in all
    """

    line: str
    name: str
    name_zh: str
    opening: str
    profit: str
    prior_year: str
    contributions: str
    distributions: str
    taken_over: str
    transfers: str
    closing: str
    part: str | None = None


class ChangesInEquity(Struct, frozen=True, kw_only=True):
    """Every line of equity that any account stands in, and all together: closing as on the balance sheet."""

    currency: str
    from_on: date
    until_on: date
    lines: tuple[EquityRow, ...]
    total: EquityRow
    data_classes: tuple[DataClass, ...]
    fictional: bool


def changes_in_equity(connection: Connection, basis: Basis, *, from_on: date | None = None) -> ChangesInEquity:
    """Draw up the changes on that basis; from 1 January unless `from_on` is given. Raises PeriodInFuture."""
    begin, until = cash_days(basis, from_on)["amount"]
    morning = day_before(begin)
    found, classes = _of_totals(totals(connection, basis.recorded, (morning, until)), morning, until)
    of = _moves(basis, EQUITY, begin, since=begin).subquery("moves").c
    query = select(of.account, of.cause, func.sum(of.minor)).group_by(of.account, of.cause)
    for account, cause, minor in connection.execute(query):
        found[_line_of(account), cause] += int(minor)
    lines = tuple(_line_rows(found))
    sums = {column: sum(_minor(getattr(row, column)) for row in lines) for column in COLUMNS}
    assert sums["transfers"] == 0, "what moves within equity comes to nothing"
    return ChangesInEquity(
        currency="CNY",
        from_on=begin,
        until_on=until,
        lines=lines,
        total=_row("equity", GROUPS["equity"], sums),
        data_classes=tuple(sorted(classes)),
        fictional="FICTIONAL" in classes,
    )


def _of_totals(
    sums: Mapping[date, Mapping[tuple[str, DataClass], Total]], morning: date, until: date
) -> tuple[Counter[tuple[str, str]], set[DataClass]]:
    """Everything but what moved accounts of equity in the period, by line and cause; and the data classes in it all."""
    found, none, classes = Counter[tuple[str, str]](), Total(), set[DataClass]()
    for key, total in sums[until].items():
        account, data_class = key
        if account in EQUITY or account in RESULTS:
            opening = sums[morning].get(key, none).balance_minor
            found[_line_of(account), "opening"] -= opening
            classes.add(data_class)
            if account in RESULTS:
                cause = "prior_year" if account in PRIOR else "profit"
                found[_line_of(account), cause] -= total.balance_minor - opening
    return found, classes


def _line_of(account: str) -> str:
    return UNDISTRIBUTED if account in RESULTS else line_of(account).line


def _line_rows(found: Mapping[tuple[str, str], int]) -> Iterator[EquityRow]:
    """The lines of equity that any account of the chart stands in, in the order of the form."""
    shown = {line_of(account).line for account in EQUITY} | {UNDISTRIBUTED}
    for line in BALANCE_SHEET:
        if line.part == OWN and line.line in shown:
            figures = {cause: found.get((line.line, cause), 0) for cause in ("opening", *CAUSES)}
            yield _row(line.line, (line.name, line.name_zh), {**figures, "closing": sum(figures.values())}, OWN)


def _row(line: str, names: tuple[str, str], figures: Mapping[str, int], part: str | None = None) -> EquityRow:
    cells = {column: written(figures[column]) for column in COLUMNS}
    return EquityRow(line=line, name=names[0], name_zh=names[1], part=part, **cells)


def _minor(amount: str) -> int:
    return int(amount.replace(".", ""))


# Lines of the journal


def _moves(basis: Basis, accounts: Sequence[str], begin: date, *, since: date | None = None) -> Select[Any]:
    """Select every line on some accounts that the basis knows, of days since one, with its cause; credits positive."""
    line = journal_line.c
    cause = case(
        (line.accounting_on < begin, "opening"),
        (line.account.in_(PRIOR), "prior_year"),
        (line.account.in_(RESULTS), "profit"),
        (_within_equity(), "transfers"),
        (line.account.in_(PAID_IN), "contributions"),
        (line.account.in_(TAKEN_OVER), "taken_over"),
        else_="distributions",
    )
    return select(
        line.position,
        line.line,
        line.amount_minor,
        line.account,
        line.data_class,
        cause.label("cause"),
        (-line.amount_minor).label("minor"),
    ).where(known(basis, from_on=since, of_account=True), line.account.in_(accounts))


def _within_equity() -> ColumnElement[bool]:
    """The condition that the lines on equity of an entry come to nothing together."""
    own = journal_line.alias("own")
    even = (
        select(own.c.position)
        .where(own.c.generation == live_generation(Journal.name), own.c.account.in_(EQUITY))
        .group_by(own.c.position)
        .having(func.sum(own.c.amount_minor) == 0)
    )
    return journal_line.c.position.in_(even)


def posted(basis: Basis, line: str, column: str, *, from_on: date | None = None) -> Select[Any]:
    """Select the lines that a cell of a line of equity sums: position and minor units."""
    mine = [account for account in (*EQUITY, *RESULTS) if _line_of(account) == line]
    of = _moves(basis, mine, cash_days(basis, from_on)["amount"][0]).subquery("moves").c
    return select(of.position, of.minor).where(of.position > 0 if column == "closing" else of.cause == column)
