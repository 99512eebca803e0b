"""The inventory of an order (1405): what was bought for it, and what its acceptance took, or others bought.

stock_moves       what a fact adds to the inventory of which order, at cost in CNY
allowance_moves   what it adds to the allowance on that (1471)
with_stock        the inventory, or the allowances, of orders after one more fact
carrying          what the inventory of an order stands at in the books: its cost less the allowance
is_sold       whether the sale of an order is in the books: what is bought for it now is a cost at once

Inventory is never negative (docs/decisions/0025-what-is-sold-is-bought-first.md): acceptance takes what stands there.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from ledger.billing.balance import DatedAmount, DatedMove
from ledger.bookkeeping.purchases.facts import PurchaseFact, PurchaseWithdrawn
from ledger.decider import Fact
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
from ledger.periods import PostingFact

Stock = Mapping[str, DatedAmount]
"""Order -> its inventory in CNY, day by day."""
NOTHING = DatedAmount()


def stock_moves(fact: Fact) -> Iterator[tuple[str, int]]:
    """List what a fact adds to the inventory of which order, in CNY; negative: takes out of it."""
    match fact:
        case PurchaseFact() | PurchaseWithdrawn():
            yield from fact.stock
        case EquipmentRevenueRecognised():
            yield fact.order, -fact.cost_minor
        case RevenueReversed():
            yield fact.order, fact.reversed.cost_minor
        case ProgressMeasured():
            yield fact.order, -fact.adds.cost_minor
        case ProgressReversed():
            yield fact.order, fact.reversed.adds.cost_minor
        case StockSold():
            yield fact.order, -fact.cost_minor
        case StockMoved():
            yield fact.order, -fact.amount_minor
            yield fact.to_order, fact.carrying_minor
        case StockSaleReversed() | StockMoveReversed():
            yield from ((order, -minor) for order, minor in stock_moves(fact.reversed))


def allowance_moves(fact: Fact) -> Iterator[tuple[str, int]]:
    """List what a fact adds to the allowance on the inventory of which order, in CNY; negative: takes off it."""
    match fact:
        case StockWrittenDown():
            yield fact.order, fact.amount_minor
        case StockSold() | StockMoved():
            yield fact.order, -fact.released_minor
        case StockSaleReversed() | StockMoveReversed() | WriteDownReversed():
            yield from ((order, -minor) for order, minor in allowance_moves(fact.reversed))


Moves = Callable[[Fact], Iterator[tuple[str, int]]]


def with_stock(stock: Stock, fact: PostingFact, moves: Moves = stock_moves) -> Stock:
    """The inventory of orders after one more fact; with `allowance_moves` the allowances on it."""
    for order, minor in moves(fact):
        if minor:
            stock = {**stock, order: stock.get(order, DatedAmount()).after(fact, minor)}
    return stock


def carrying(stock: Stock, allowances: Stock, order: str) -> DatedAmount:
    """The inventory of an order as it stands in the books, day by day: its cost less the allowance."""
    less = (DatedMove(move.on, move.booked_on, -move.amount_minor) for move in allowances.get(order, NOTHING).moves)
    return DatedAmount((*stock.get(order, NOTHING).moves, *less))


def is_sold(story: Iterable[Fact]) -> bool:
    """Tell whether the sale of an order is in the books, by the facts of it that stand."""
    return any(isinstance(fact, EquipmentRevenueRecognised) for fact in story)
