"""Balance sheet: what there is, and whose it is, on the basis's date and at the end of the year before?

balance_sheet   the form's lines with their accounts, parts and totals; both sides are equal, or the books are wrong
posted          the lines of the journal behind a cell of an account
moved_since     what each fact moved of a side of an account that stands on both

Nothing is netted between parties: rent earned and not yet due is an asset, rent paid ahead a liability, lease by lease;
an overdraft is a short-term loan, bank account by bank account; what a tenant has paid too much is an advance, what a
supplier owes back a prepayment, company by company (TWO_SIDED). Of taxes and what else is owed to all alike, an account
as a whole: overpaid, it is an asset. All other accounts stand in one line.

Nothing is posted at the end of a year (ADR 9): what earlier years earned stands in undistributed profit, and this
year's result beside it. At the end of the year before, its result has been added already.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select

from ledger.books.accounts import CHART, Account
from ledger.decider import DataClass
from ledger.periods import day_before
from ledger.values.money import written
from projections.books.entries import known
from projections.books.journal import Total, journal_line, totals
from projections.books.statements.layout import (
    BALANCE_SHEET,
    DIFFERENCE,
    GROUPS,
    PARTS,
    SOURCES,
    TWO_SIDED,
    UNDISTRIBUTED,
    StatementLine,
    line_of,
    used,
)
from projections.books.trial_balance import RESULT, RETAINED, by_account, results_of
from projections.engine.basis import Basis

OF_THE_YEAR = "result"
"""Stands for all income and expenses of the year, beside the accounts."""
RESULTS = tuple(name for name, account in CHART.items() if account.kind in RESULT)
LINES: Mapping[str, StatementLine] = {line.line: line for line in BALANCE_SHEET}


class BalanceRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A row of the balance sheet, in CNY: positive on its own side. `account`, `code`: of an account within a line.

    closing   on the basis's date; opening: at the end of the year before
    """

    line: str
    name: str
    name_zh: str
    closing: str
    opening: str
    part: str | None = None
    group: str | None = None
    side: str | None = None
    account: str | None = None
    code: str | None = None


class BalanceSheet(Struct, frozen=True, kw_only=True):
    """Lines of the form that any account stands in, and the accounts in each that anything was posted to.

    difference   assets less liabilities and equity: 0.00
    """

    currency: str
    until_on: date
    opening_on: date
    accounts: tuple[BalanceRow, ...]
    lines: tuple[BalanceRow, ...]
    parts: tuple[BalanceRow, ...]
    groups: tuple[BalanceRow, ...]
    total: BalanceRow
    difference: BalanceRow
    data_classes: tuple[DataClass, ...]
    fictional: bool


Pair = tuple[int, int]
"""Minor units on the basis's date, and at the end of the year before: debits positive."""


def balance_sheet(connection: Connection, basis: Basis, *, chart: Mapping[str, Account] = CHART) -> BalanceSheet:
    """Draw up the balance sheet on that basis."""
    last_year = _last_year(basis)
    found = totals(connection, basis.recorded, (last_year, basis.effective))
    before, now = by_account(found[last_year]), by_account(found[basis.effective])
    accounts = tuple(_account_rows(connection, basis, before, now, chart))
    lines = tuple(
        _summed(line.line, (line.name, line.name_zh), [row for row in accounts if row.line == line.line], line.part)
        for line in BALANCE_SHEET
        if line.line in used()
    )
    parts = tuple(
        replace(
            _summed(part.part, (part.name, part.name_zh), of, part.part),
            group=part.group,
            side=part.side,
        )
        for part in PARTS
        if (of := [row for row in lines if row.part == part.part])
    )
    groups = tuple(_group(group, [row for row in parts if row.group == group]) for group in GROUPS)
    total = replace(_summed("total", SOURCES, [row for row in groups if row.side == "SOURCES"]), side="SOURCES")
    difference = _less(groups[0], total)
    assert (difference.closing, difference.opening) == ("0.00", "0.00"), "the balance sheet balances"
    classes = sorted({data_class for _, data_class in found[basis.effective]})
    return BalanceSheet(
        currency="CNY",
        until_on=basis.effective,
        opening_on=last_year,
        accounts=accounts,
        lines=lines,
        parts=parts,
        groups=groups,
        total=total,
        difference=difference,
        data_classes=tuple(classes),
        fictional="FICTIONAL" in classes,
    )


def _last_year(basis: Basis) -> date:
    return day_before(basis.effective.replace(month=1, day=1))


# Rows


def _account_rows(
    connection: Connection,
    basis: Basis,
    before: Mapping[str, Total],
    now: Mapping[str, Total],
    chart: Mapping[str, Account],
) -> Iterable[BalanceRow]:
    """A row for each account that was ever posted to, in the order of lines and codes."""
    nothing, earlier, sides = Total(), results_of(before), _sides_of_parts(connection, basis)
    found: dict[tuple[str, str], Pair] = {}
    for account, total in now.items():
        if account in RESULTS:
            continue
        then = before.get(account, nothing).balance_minor
        if account in TWO_SIDED:
            found |= _both_sides(account, sides[account] if account in sides else _whole_sides(account, before, now))
        else:
            found[line_of(account).line, account] = (total.balance_minor, then)
    if earlier:
        closing, opening = found.get((UNDISTRIBUTED, RETAINED), (0, 0))
        found[UNDISTRIBUTED, RETAINED] = (closing + earlier, opening + earlier)
    if any(account in RESULTS for account in now):
        found[UNDISTRIBUTED, OF_THE_YEAR] = (results_of(now) - earlier, 0)
    named = {**chart, OF_THE_YEAR: Account(account=OF_THE_YEAR, code="4103", **YEARS)}
    order = {line.line: place for place, line in enumerate(BALANCE_SHEET)}
    for line, account in sorted(found, key=lambda key: (order[key[0]], named[key[1]].code, key[1])):
        closing, opening = found[line, account]
        yield BalanceRow(
            line=line,
            name=named[account].name,
            name_zh=named[account].name_zh,
            closing=written(LINES[line].sign * closing),
            opening=written(LINES[line].sign * opening),
            account=account,
            code=named[account].code,
        )


YEARS: Any = {"name": "Result of the year", "name_zh": "本年利润", "kind": "EQUITY", "normal": "CREDIT"}


def _summed(line: str, names: tuple[str, str], rows: Iterable[BalanceRow], part: str | None = None) -> BalanceRow:
    rows = list(rows)
    return BalanceRow(
        line=line,
        name=names[0],
        name_zh=names[1],
        closing=written(sum(_minor(row.closing) for row in rows)),
        opening=written(sum(_minor(row.opening) for row in rows)),
        part=part,
    )


def _group(group: str, parts: list[BalanceRow]) -> BalanceRow:
    return replace(_summed(group, GROUPS[group], parts), group=group, side=parts[0].side)


def _less(assets: BalanceRow, sources: BalanceRow) -> BalanceRow:
    return BalanceRow(
        line="difference",
        name=DIFFERENCE[0],
        name_zh=DIFFERENCE[1],
        closing=written(_minor(assets.closing) - _minor(sources.closing)),
        opening=written(_minor(assets.opening) - _minor(sources.opening)),
    )


def _minor(amount: str) -> int:
    return int(amount.replace(".", ""))


# Accounts that stand on both sides


def _part_of(account: str, line: Any = journal_line.c) -> ColumnElement[Any]:
    """The part of an account that a line belongs to: its lease, bank account or company."""
    by = TWO_SIDED[account].by
    assert by is not None, "an account that stands on one side as a whole has no parts"
    # Money that no bank account is named for is held by currency.
    return func.coalesce(line[by], line.currency) if account == "bank" else line[by]


Sides = tuple[Pair, Pair]
"""What stands on the side of assets, and what on the other: debits positive."""


def _both_sides(account: str, both: Sides) -> dict[tuple[str, str], Pair]:
    """Both sides of an account, on both days; a side on which nothing ever stood is left out, but for its own."""
    of = TWO_SIDED[account]
    return {
        (line, account): pair
        for line, pair in zip((of.asset, of.source), both, strict=True)
        if pair != (0, 0) or line == line_of(account).line or account == "straight-line"
    }


def _sides_of_parts(connection: Connection, basis: Basis) -> dict[str, Sides]:
    """The sides of each account that has parts: those that stand on one, together, in one pass over its lines.

    Grouped first as an index has them, so that SQLite need not sort as many lines as there are.
    """
    line, accounts = journal_line.c, [account for account, of in TWO_SIDED.items() if of.by is not None]
    earlier = case((line.accounting_on < basis.effective.replace(month=1, day=1), line.amount_minor), else_=0)
    keys = line.account, line.company, line.lease, line.bank_account, line.currency
    sums = func.sum(line.amount_minor).label("closing"), func.sum(earlier).label("opening")
    mine = known(basis, of_account=True), line.account.in_(accounts)
    group = select(*keys, *sums).where(*mine).group_by(*keys).subquery("group").c
    name = case({account: _part_of(account, group) for account in accounts}, value=group.account).label("part")
    days = func.sum(group.closing).label("closing"), func.sum(group.opening).label("opening")
    part = select(group.account, name, *days).group_by(group.account, name).subquery("part").c
    columns = [
        func.sum(case((sign * day > 0, day), else_=0)) for sign in (1, -1) for day in (part.closing, part.opening)
    ]
    found = connection.execute(select(part.account, *columns).group_by(part.account))
    return {account: ((int(a), int(b)), (int(c), int(d))) for account, a, b, c, d in found}


def _whole_sides(account: str, before: Mapping[str, Total], now: Mapping[str, Total]) -> Sides:
    """The sides of an account that stands on one as a whole."""
    pairs = [(0, 0), (0, 0)]
    of, nothing = TWO_SIDED[account], Total()
    for day, total in enumerate((now, before)):
        whole = sum(total.get(one, nothing).balance_minor for one in _together(account))
        own = total.get(account, nothing).balance_minor
        for side, line in enumerate((of.asset, of.source)):
            if _stands(account, line, whole):
                pairs[side] = (own, pairs[side][1]) if day == 0 else (pairs[side][0], own)
    return pairs[0], pairs[1]


def _together(account: str) -> tuple[str, ...]:
    """The accounts whose balance as one says on which side an account stands."""
    return TWO_SIDED[account].together or (account,)


def _stands(account: str, line: str, whole: Any) -> Any:
    """The condition that an account stands in a line, by what it and those with it come to; of nothing, in its own."""
    return whole > 0 if line == TWO_SIDED[account].asset else whole <= 0


def _whole(basis: Basis, account: str, column: str) -> Select[Any]:
    """Select what an account and those with it come to."""
    balance = func.coalesce(func.sum(journal_line.c.amount_minor), 0)
    return select(balance).where(_mine(basis, _together(account), column))


def moved_since(
    connection: Connection, basis: Basis, line: str, account: str, column: str, after: int
) -> list[tuple[int, int]] | None:
    """Find what each fact since a position moved of a side of an account that stands on both; None of any other."""
    if account not in TWO_SIDED:
        return None
    if TWO_SIDED[account].by is None:
        return _moved_whole(connection, basis, line, account, column, after)
    of, sign, mine, part = journal_line.c, LINES[line].sign, _mine(basis, account, column), _part_of(account)
    then = select(part, func.sum(of.amount_minor)).where(mine, of.position <= after).group_by(part)
    balances = {name: sign * int(minor) for name, minor in connection.execute(then)}
    since = select(of.position, part, func.sum(of.amount_minor)).where(mine, of.position > after)
    moved = list[tuple[int, int]]()
    for position, name, minor in connection.execute(since.group_by(of.position, part).order_by(of.position, part)):
        earlier = balances.get(name, 0)
        balances[name] = earlier + sign * int(minor)
        moved.append((position, max(balances[name], 0) - max(earlier, 0)))
    return moved


def _moved_whole(
    connection: Connection, basis: Basis, line: str, account: str, column: str, after: int
) -> list[tuple[int, int]]:
    """Find the same of an account that stands on one side as a whole."""
    of, sign, mine = journal_line.c, LINES[line].sign, _mine(basis, _together(account), column)
    sums = func.sum(of.amount_minor), func.sum(case((of.account == account, of.amount_minor), else_=0))
    whole, own = (
        int(minor or 0) for minor in connection.execute(select(*sums).where(mine, of.position <= after)).one()
    )
    moved, shown = list[tuple[int, int]](), sign * own if _stands(account, line, whole) else 0
    since = select(of.position, *sums).where(mine, of.position > after).group_by(of.position).order_by(of.position)
    for position, of_all, of_own in connection.execute(since):
        whole, own, earlier = whole + int(of_all), own + int(of_own), shown
        shown = sign * own if _stands(account, line, whole) else 0
        moved.append((position, shown - earlier))
    return moved


# Lines of the journal


def _mine(basis: Basis, account: str | tuple[str, ...], column: str) -> ColumnElement[bool]:
    """The lines that the figure of an account, or of some together, is made of."""
    line, new_year = journal_line.c, basis.effective.replace(month=1, day=1)
    if account == OF_THE_YEAR:
        mine = and_(line.account.in_(RESULTS), line.accounting_on >= new_year)
    elif account == RETAINED:
        mine = or_(line.account == RETAINED, and_(line.account.in_(RESULTS), line.accounting_on < new_year))
    else:
        mine = line.account.in_(account) if isinstance(account, tuple) else line.account == account
    then = [line.accounting_on < new_year] if column == "opening" else []
    return and_(known(basis), mine, *then)


def posted(basis: Basis, line: str, account: str, column: str) -> Select[Any]:
    """Select the lines that a cell of an account sums: position and minor units, positive on the line's side."""
    of, sign, mine = journal_line.c, LINES[line].sign, _mine(basis, account, column)
    if account in TWO_SIDED and TWO_SIDED[account].by is None:
        whole = _whole(basis, account, column).correlate(None).scalar_subquery()
        mine = and_(mine, _stands(account, line, whole))
    elif account in TWO_SIDED:
        part = func.coalesce(_part_of(account), "")
        there = select(part).where(mine).group_by(part).having(sign * func.sum(of.amount_minor) > 0)
        mine = and_(mine, part.in_(there))
    return select(of.position, (sign * of.amount_minor).label("minor")).where(mine)
