"""The inventory of an order (1405): what was bought for it, and what its acceptance took.

stock_moves   what a fact adds to the inventory of which order, in CNY
with_stock    the inventory of orders after one more fact
is_sold       whether the sale of an order is in the books: what is bought for it now is a cost at once

Inventory is never negative (docs/decisions/0025-what-is-sold-is-bought-first.md): acceptance takes what stands there.
"""

from collections.abc import Iterable, Iterator, Mapping

from ledger.billing.balance import DatedAmount
from ledger.bookkeeping.purchases.facts import PurchaseFact, PurchaseWithdrawn
from ledger.decider import Fact
from ledger.orders.facts import EquipmentRevenueRecognised
from ledger.orders.mistakes.facts import RevenueReversed
from ledger.periods import PostingFact

Stock = Mapping[str, DatedAmount]
"""Order -> its inventory in CNY, day by day."""


def stock_moves(fact: Fact) -> Iterator[tuple[str, int]]:
    """List what a fact adds to the inventory of which order, in CNY; negative: takes out of it."""
    match fact:
        case PurchaseFact() | PurchaseWithdrawn():
            yield from fact.stock
        case EquipmentRevenueRecognised():
            yield fact.order, -fact.cost_minor
        case RevenueReversed():
            yield fact.order, fact.reversed.cost_minor


def with_stock(stock: Stock, fact: PostingFact) -> Stock:
    """The inventory of orders after one more fact."""
    for order, minor in stock_moves(fact):
        if minor:
            stock = {**stock, order: stock.get(order, DatedAmount()).after(fact, minor)}
    return stock


def is_sold(story: Iterable[Fact]) -> bool:
    """Tell whether the sale of an order is in the books, by the facts of it that stand."""
    return any(isinstance(fact, EquipmentRevenueRecognised) for fact in story)
