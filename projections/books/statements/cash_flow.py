"""Cash flow statement: where did money come from, and where did it go, in a period and in the same days a year before?

cash_flow   the form's lines with the kinds of money in each, and what was in the bank before and after
posted      the lines of the journal behind a cell
cash_days   the days that a column counts

Direct method: of every entry that moves a bank account, what stands on the other side says what the money was for. An
entry balances, so the other sides of all of them come to what the bank moved: no money is lost between lines, and what
no line names stands in one that says so. Money between own accounts is on both sides of one entry and no flow.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    and_,
    case,
    func,
    literal,
    not_,
    or_,
    select,
    union_all,
)

from ledger.books.accounts import CHART, Account
from ledger.decider import DataClass
from ledger.periods import day_before
from ledger.values.money import rounded, written
from projections.books.entries import known
from projections.books.journal import Journal, journal_account, journal_line, totals
from projections.books.statements.cash_lines import (
    CASH,
    CASH_FLOW,
    CATEGORIES,
    CLOSING,
    INCREASE,
    LINES,
    OPENING,
    UNEXPLAINED,
    CashKey,
    cash_line,
)
from projections.books.statements.income_statement import year_before
from projections.books.trial_balance import by_account
from projections.engine.basis import Basis
from projections.engine.view import live_generation

COLUMNS = ("amount", "same_last_year")
ASSETS = tuple(name for name, account in CHART.items() if account.code.startswith(("15", "16", "17", "18")))
"""Accounts of what is bought to be kept."""


class PeriodInFuture(ValueError):
    """The first day of a period lies after its last."""


class CashRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A row of the cash flow statement, in CNY: what came in positive, what went out negative.

    amount           of the days from `from_on` to the basis's date
    same_last_year   of the same days a year before
    fact, account    of a kind of money within a line: what moved it, and the account on the other side
    """

    line: str
    name: str
    name_zh: str
    amount: str
    same_last_year: str
    category: str | None = None
    account: str | None = None
    code: str | None = None
    fact: str | None = None


class CashFlow(Struct, frozen=True, kw_only=True):
    """Every line of the form, and the kinds of money in each.

    balances     cash at the beginning and at the end, as on the balance sheet
    difference   what the lines do not explain of their movement: 0.00
    """

    currency: str
    from_on: date
    until_on: date
    kinds: tuple[CashRow, ...]
    lines: tuple[CashRow, ...]
    categories: tuple[CashRow, ...]
    total: CashRow
    balances: tuple[CashRow, ...]
    difference: CashRow
    data_classes: tuple[DataClass, ...]
    fictional: bool


Pair = tuple[int, int]
"""Minor units of each column."""


def cash_days(basis: Basis, from_on: date | None) -> Mapping[str, tuple[date, date]]:
    """The first and the last day of each column. Raises PeriodInFuture."""
    until = basis.effective
    begin = from_on or until.replace(month=1, day=1)
    if begin > until:
        raise PeriodInFuture(f"the first day is {until} or before it")
    return {"amount": (begin, until), "same_last_year": (year_before(begin), year_before(until))}


def cash_flow(
    connection: Connection, basis: Basis, *, from_on: date | None = None, chart: Mapping[str, Account] = CHART
) -> CashFlow:
    """Draw up the cash flow statement on that basis; from 1 January unless `from_on` is given. Raises
    PeriodInFuture."""
    days = cash_days(basis, from_on)
    moved: dict[tuple[str, str, str], Pair] = {}
    for place, column in enumerate(COLUMNS):
        for key, minor in _kinds(connection, _others(connection, basis, days[column])).items():
            named = cash_line(key).line, key.fact, key.account
            figures = list(moved.get(named, (0, 0)))
            figures[place] += minor
            moved[named] = (figures[0], figures[1])
    of_lines = {line.line: _sum(of for named, of in moved.items() if named[0] == line.line) for line in CASH_FLOW}
    of_categories = {
        category: _sum(of_lines[line.line] for line in CASH_FLOW if line.category == category)
        for category in CATEGORIES
    }
    increase = _sum(of_categories.values())
    opening, closing, classes = _balances(connection, basis, days)
    left = (closing[0] - opening[0] - increase[0], closing[1] - opening[1] - increase[1])
    assert left == (0, 0), "the lines explain every movement of the bank"
    return CashFlow(
        currency="CNY",
        from_on=days["amount"][0],
        until_on=basis.effective,
        kinds=tuple(_kind_rows(moved, chart)),
        lines=tuple(
            _row(line.line, (line.name, line.name_zh), of_lines[line.line], category=line.category)
            for line in CASH_FLOW
        ),
        categories=tuple(
            _row(category, names, of_categories[category], category=category) for category, names in CATEGORIES.items()
        ),
        total=_row("increase", INCREASE, increase),
        balances=(_row("opening", OPENING, opening), _row("closing", CLOSING, closing)),
        difference=_row("difference", UNEXPLAINED, left),
        data_classes=classes,
        fictional="FICTIONAL" in classes,
    )


# Figures


def _kinds(connection: Connection, others: Subquery) -> dict[CashKey, int]:
    """Every kind of money among the other sides of entries that move the bank, what came in positive."""
    of = others.c
    query = select(of.fact, of.account, of.inward, of.asset, func.sum(of.minor)).group_by(
        of.fact, of.account, of.inward, of.asset
    )
    return {
        CashKey(fact, account, bool(inward), bool(asset)): int(minor)
        for fact, account, inward, asset, minor in connection.execute(query)
    }


def _others(connection: Connection, basis: Basis, days: tuple[date, date]) -> Subquery:
    """Select the other sides of entries that move the bank in some days: minor units, what came in positive. Exchange
    of a payment for what is kept and for other things is two rows."""
    line = journal_line.c
    inside = and_(known(basis, from_on=days[0], of_account=True), line.accounting_on <= days[1])
    in_bank = select(line.position).where(inside, line.account.in_(CASH))
    # All lines of an entry are of one day: those of the bank say which, and the others are found by their positions.
    others = and_(_live(line), line.position.in_(in_bank), line.account.not_in(CASH))
    shares = _shares_of_assets(connection, basis, and_(inside, (line.position + 0).in_(in_bank)))
    inward = case((line.amount_minor < 0, 1), else_=0).label("inward")
    same = line.position, line.line, line.amount_minor, line.fact, line.account, inward
    asset = case((_pays_for_asset(basis), 1), else_=0).label("asset")
    if not shares:
        return select(*same, asset, (-line.amount_minor).label("minor")).where(others).subquery("others")
    shared = and_(line.account == "exchange", line.position.in_(list(shares)))
    share = case(shares, value=line.position, else_=0)
    return union_all(
        select(*same, asset, (-line.amount_minor).label("minor")).where(others, not_(shared)),
        select(*same, literal(1).label("asset"), (-share).label("minor")).where(others, shared),
        select(*same, literal(0).label("asset"), (share - line.amount_minor).label("minor")).where(others, shared),
    ).subquery("others")


def _shares_of_assets(connection: Connection, basis: Basis, others: ColumnElement[bool]) -> dict[int, int]:
    """Work out of payments for what is kept and for other things, with exchange: so much of that is of what is kept.

    That is what the bank paid for it, by its part of the foreign amount, less what it stood at in the books.
    """
    line = journal_line.c
    exchange = select(line.position).where(others, line.account == "exchange", line.fact.startswith("purchase."))
    asset = case((_pays_for_asset(basis), 1), else_=0)
    lines = select(line.position, line.account, asset, func.sum(line.amount_minor), func.sum(line.foreign_minor)).where(
        _live(line), line.position.in_(exchange), line.account.in_(("payables", *CASH))
    )
    found: dict[int, dict[tuple[bool, bool], tuple[int, int]]] = {}
    for position, account, kept, minor, foreign in connection.execute(
        lines.group_by(line.position, line.account, asset)
    ):
        found.setdefault(position, {})[account in CASH, bool(kept)] = int(minor), int(foreign or 0)
    shares = {}
    for position, of in found.items():
        paid, paid_foreign = of.get((True, False), (0, 0))
        if (False, True) in of and (False, False) in of and paid_foreign:
            carrying, foreign = of[False, True]
            shares[position] = rounded(Fraction(paid * foreign, paid_foreign)) - carrying
    return shares


def kept_lines(connection: Connection, basis: Basis, positions: Iterable[int]) -> dict[int, list[int]]:
    """Find the lines of payments, from 0, that pay for what is bought to be kept, where exchange is shared over them
    and others."""
    some, line = journal_line.c.position.in_(list(positions)), journal_line.c
    shared = list(_shares_of_assets(connection, basis, and_(known(basis), some)))
    query = select(line.position, line.line).where(_live(line), line.position.in_(shared), line.account == "payables")
    found: dict[int, list[int]] = {}
    for position, number in connection.execute(query.where(_pays_for_asset(basis)).order_by(line.line)):
        found.setdefault(position, []).append(number - 1)
    return found


def _pays_for_asset(basis: Basis) -> ColumnElement[bool]:
    """The condition that a line pays for what is bought to be kept, or is exchange of such a payment."""
    line, bought, paid, kept = (
        journal_line.c,
        journal_line.alias("bought"),
        journal_line.alias("paid"),
        journal_account.c,
    )
    # Account after account, of whatever day: only so does SQLite find the lines by their index.
    purchases = select(bought.c.document).where(
        _live(kept),
        kept.account.in_(ASSETS),
        bought.c.generation == kept.generation,
        bought.c.account == kept.account,
        bought.c.accounting_on <= date.max,
        bought.c.fact.startswith("purchase."),
        bought.c.position + 0 <= basis.recorded,
        bought.c.document.is_not(None),
    )
    payments = select(paid.c.position).where(
        _live(paid.c),
        paid.c.account == "payables",
        paid.c.accounting_on <= date.max,
        paid.c.document.in_(purchases),
    )
    of_purchase = and_(line.account == "payables", line.document.in_(purchases))
    of_payment = and_(line.account == "exchange", line.position.in_(payments))
    return and_(line.fact.startswith("purchase."), or_(of_purchase, of_payment))


def _live(of: Any) -> ColumnElement[bool]:
    """The condition that a row is of the generation that is asked."""
    mine: ColumnElement[bool] = of.generation == live_generation(Journal.name)
    return mine


def _balances(
    connection: Connection, basis: Basis, days: Mapping[str, tuple[date, date]]
) -> tuple[Pair, Pair, tuple[DataClass, ...]]:
    """Cash before and after the days of each column, as every other report has it; and the data classes in it."""
    edges = {day for first, last in days.values() for day in (day_before(first), last)}
    found = totals(connection, basis.recorded, edges)
    sums = {day: by_account(found[day]) for day in edges}
    held = {day: sum(sums[day][name].balance_minor for name in CASH if name in sums[day]) for day in edges}
    before, after = (tuple(held[edge(days[column])] for column in COLUMNS) for edge in (_morning, _evening))
    classes = tuple(sorted({data_class for account, data_class in found[basis.effective] if account in CASH}))
    return (before[0], before[1]), (after[0], after[1]), classes


def _morning(days: tuple[date, date]) -> date:
    return day_before(days[0])


def _evening(days: tuple[date, date]) -> date:
    return days[1]


def _sum(figures: Iterable[Pair]) -> Pair:
    amount = before = 0
    for one in figures:
        amount, before = amount + one[0], before + one[1]
    return amount, before


# Rows


def _kind_rows(moved: Mapping[tuple[str, str, str], Pair], chart: Mapping[str, Account]) -> Iterator[CashRow]:
    """The kinds of money, in the order of lines, codes and facts."""
    order = {line.line: place for place, line in enumerate(CASH_FLOW)}
    for line, fact, account in sorted(moved, key=lambda one: (order[one[0]], chart[one[2]].code, one[1])):
        named = chart[account]
        yield _row(
            line,
            (named.name, named.name_zh),
            moved[line, fact, account],
            category=LINES[line].category,
            account=account,
            code=named.code,
            fact=fact,
        )


def _row(line: str, names: tuple[str, str], figures: Pair, **more: str | None) -> CashRow:
    name, name_zh = names
    amount, before = map(written, figures)
    return CashRow(line=line, name=name, name_zh=name_zh, amount=amount, same_last_year=before, **more)


# Lines of the journal


def posted(
    connection: Connection, basis: Basis, row: Mapping[str, Any], column: str, *, from_on: date | None = None
) -> Select[Any]:
    """Select the lines that a cell sums: position and minor units; of a balance those on the bank up to it."""
    line, days = journal_line.c, cash_days(basis, from_on)[column]
    if row["fact"] is None:
        up_to = line.accounting_on < days[0] if row["line"] == "opening" else line.accounting_on <= days[1]
        held = and_(known(basis), line.account.in_(CASH), up_to)
        return select(line.position, line.amount_minor.label("minor")).where(held)
    others = _others(connection, basis, days)
    of = others.c
    kinds = [
        and_(
            of.fact == key.fact,
            of.account == key.account,
            of.inward == int(key.inward),
            of.asset == int(key.asset),
        )
        for key in _kinds(connection, others)
        if (cash_line(key).line, key.fact, key.account) == (row["line"], row["fact"], row["account"])
    ]
    return select(of.position, of.minor).where(or_(*kinds) if kinds else of.position < 0)
