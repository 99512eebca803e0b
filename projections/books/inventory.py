"""Inventory by order: what was bought for it, what went, and what is left of it in the books?

inventory       the report: a row for each order, from `from_on`'s morning to the basis's date, and the accounts beside
posted          the lines of the books that a cell sums; control_lines: those of an account's cell
COST, ALLOWANCE the columns of account 1405, and of 1471

Column             Account  Facts
opening, left      1405     all before the first day; all until the last
bought             1405     suppliers' invoices and credit notes, freight and duty: the landed cost
recognised         1405     its acceptance, or its sale over time: cost of sales
sold               1405     what the order left over, sold to somebody
moved              1405     to another order, at cost; the other takes it at what it stood at in the books
opening_allowance, allowance   1471, likewise
written_down       1471     to what it still brings, and up again (IAS 2.28-.33)
released           1471     the allowance on what was sold or moved, which goes with it
carrying           both     what is left, less the allowance on it

All are debits less credits in CNY, so that opening + bought + recognised + sold + moved = left, and opening_allowance +
written_down + released = allowance. A mirror stands in the column of what it takes back.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from ledger.decider import DataClass, Fact, stored_name
from ledger.orders.facts import EquipmentRevenueRecognised
from ledger.orders.leftover.facts import StockMoved, StockSold, StockWrittenDown
from ledger.orders.mistakes.facts import (
    ProgressReversed,
    RevenueReversed,
    StockMoveReversed,
    StockSaleReversed,
    WriteDownReversed,
)
from ledger.orders.over_time.facts import ProgressMeasured
from ledger.periods import day_before
from ledger.values.money import written
from projections.books.entries import known
from projections.books.journal import journal_line, totals
from projections.engine.basis import Basis

STOCK, ON_STOCK = "inventory", "stock-allowance"
ACCOUNTS = (STOCK, ON_STOCK)


def _names(*kinds: type[Fact]) -> tuple[str, ...]:
    return tuple(map(stored_name, kinds))


LEAVES: Mapping[str, tuple[str, ...]] = {
    "recognised": _names(EquipmentRevenueRecognised, RevenueReversed, ProgressMeasured, ProgressReversed),
    "sold": _names(StockSold, StockSaleReversed),
    "moved": _names(StockMoved, StockMoveReversed),
}
"""A column of 1405 -> the facts that it is of; what any other posts there was bought."""
LEFT_BY = tuple(fact for facts in LEAVES.values() for fact in facts)
WRITTEN_DOWN = _names(StockWrittenDown, WriteDownReversed)

COST = ("opening", "bought", *LEAVES, "left")
ALLOWANCE = ("opening_allowance", "written_down", "released", "allowance")
FIGURES = (*COST, *ALLOWANCE, "carrying")
BALANCES = ("opening", "left", "opening_allowance", "allowance", "carrying")


class InventoryRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order's inventory, in CNY; no order is named where they are all together."""

    order: str | None = None
    opening: str
    bought: str
    recognised: str
    sold: str
    moved: str
    left: str
    opening_allowance: str
    written_down: str
    released: str
    allowance: str
    carrying: str


class InventoryBalances(Struct, frozen=True, kw_only=True):
    """Balances of the accounts 1405 and 1471, or how far all orders together are from them: 0.00."""

    opening: str
    left: str
    opening_allowance: str
    allowance: str
    carrying: str


class Inventory(Struct, frozen=True, kw_only=True):
    """Orders by identifier, those left out of which nothing was there on any of the days. In CNY."""

    currency: str
    from_on: date
    until_on: date
    rows: tuple[InventoryRow, ...]
    total: InventoryRow
    control: InventoryBalances
    difference: InventoryBalances
    data_classes: tuple[DataClass, ...]
    fictional: bool


def inventory(connection: Connection, basis: Basis, *, from_on: date | None = None) -> Inventory:
    """Report the inventory on that basis; from 1 January of the basis's year unless `from_on` is given."""
    begin = from_on or basis.effective.replace(month=1, day=1)
    moves = _moves(connection, basis, begin)
    shown = {order: of for order, of in sorted(moves.items()) if any(of.values())}
    sums = {column: sum(of[column] for of in moves.values()) for column in FIGURES}
    control, classes = _control(connection, basis, begin)
    return Inventory(
        currency="CNY",
        from_on=begin,
        until_on=basis.effective,
        rows=tuple(InventoryRow(order=order, **_written(of)) for order, of in shown.items()),
        total=InventoryRow(**_written(sums)),
        control=InventoryBalances(**_written(control)),
        difference=InventoryBalances(**_written({column: sums[column] - control[column] for column in BALANCES})),
        data_classes=classes,
        fictional="FICTIONAL" in classes,
    )


def _written(figures: Mapping[str, int]) -> dict[str, str]:
    return {column: written(minor) for column, minor in figures.items()}


def _moves(connection: Connection, basis: Basis, begin: date) -> dict[str, dict[str, int]]:
    """Order -> its figures in minor units: sums by account and fact, before the first day and since."""
    line = journal_line.c
    before = line.accounting_on < begin
    keys = (line.document, line.account, line.fact, before)
    mine = known(basis, of_account=True), line.account.in_(ACCOUNTS)
    found: dict[str, dict[str, int]] = {}
    for order, account, fact, earlier, minor in connection.execute(
        select(*keys, func.sum(line.amount_minor)).where(*mine).group_by(*keys)
    ):
        of = found.setdefault(order or "", dict.fromkeys(FIGURES, 0))
        for column in _columns(account, fact, earlier=bool(earlier)):
            of[column] += int(minor)
    return found


def _columns(account: str, fact: str, *, earlier: bool) -> Iterable[str]:
    """The columns that a line counts in."""
    if account == STOCK:
        moved = next((column for column, facts in LEAVES.items() if fact in facts), "bought")
        return ("opening" if earlier else moved, "left", "carrying")
    moved = "written_down" if fact in WRITTEN_DOWN else "released"
    return ("opening_allowance" if earlier else moved, "allowance", "carrying")


def _control(connection: Connection, basis: Basis, begin: date) -> tuple[dict[str, int], tuple[DataClass, ...]]:
    """The balances of both accounts as the trial balance has them, minor units, and whose they are."""
    first, last = day_before(begin), basis.effective
    found = totals(connection, basis.recorded, [first, last])

    def balance(on: date, *accounts: str) -> int:
        return sum(total.balance_minor for (account, _), total in found[on].items() if account in accounts)

    balances = {
        "opening": balance(first, STOCK),
        "left": balance(last, STOCK),
        "opening_allowance": balance(first, ON_STOCK),
        "allowance": balance(last, ON_STOCK),
        "carrying": balance(last, *ACCOUNTS),
    }
    if first == begin:  # the first day there is: nothing is before it
        balances |= {"opening": 0, "opening_allowance": 0}
    return balances, tuple(sorted({data_class for account, data_class in found[last] if account in ACCOUNTS}))


def posted(basis: Basis, order: str, column: str, *, from_on: date | None = None) -> Select[Any]:
    """Select the lines that an order's cell sums: position and minor units."""
    line = journal_line.c
    return control_lines(basis, column, from_on=from_on).where(func.coalesce(line.document, "") == order)


def control_lines(basis: Basis, column: str, *, from_on: date | None = None) -> Select[Any]:
    """Select the lines of all orders that a column sums: position and minor units."""
    line, begin = journal_line.c, from_on or basis.effective.replace(month=1, day=1)
    of_account = line.account.in_(ACCOUNTS if column == "carrying" else [STOCK if column in COST else ON_STOCK])
    within: ColumnElement[bool] = line.accounting_on >= begin
    match column:
        case "opening" | "opening_allowance":
            which = line.accounting_on < begin
        case "left" | "allowance" | "carrying":
            which = or_(within, line.accounting_on < begin)
        case "bought":
            which = and_(within, line.fact.not_in(LEFT_BY))
        case "written_down":
            which = and_(within, line.fact.in_(WRITTEN_DOWN))
        case "released":
            which = and_(within, line.fact.not_in(WRITTEN_DOWN))
        case _:
            which = and_(within, line.fact.in_(LEAVES[column]))
    mine = known(basis, of_account=True), of_account, which
    return select(line.position, line.amount_minor.label("minor")).where(*mine)
