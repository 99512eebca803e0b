"""Buying the equipment that a principal sells, measured against its orders.

Commands (of purchases)     Facts (of purchases)
RecordPurchaseInvoice       purchase.invoice-recorded
RecordSupplierCreditNote    purchase.credit-note-recorded
RecordCustomsDeclaration    purchase.customs-declared
WithdrawPurchaseDocument    purchase.document-withdrawn

Refusals, after those of purchases, in order of precedence
BuyingRefusal
├── OrderNotBought    no such order, or MCSC is not principal of it: what its supplier asks for is not MCSC's debt
└── StockTaken        acceptance took it out of the inventory: that is withdrawn first

The rules of a document are those of purchases; this context adds what only orders know: what is bought for an order
whose sale is in the books is a cost at once, and the inventory of an order is never less than nothing.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from ledger.bookkeeping.purchases.deciding import PURCHASES
from ledger.bookkeeping.purchases.documents import (
    RecordCustomsDeclaration,
    RecordPurchaseInvoice,
    RecordSupplierCreditNote,
    WithdrawPurchaseDocument,
)
from ledger.bookkeeping.purchases.facts import PurchaseFact, PurchaseLine
from ledger.bookkeeping.purchases.purchase import Purchases
from ledger.decider import By, Decider, Fact, Refusal
from ledger.orders.deciding import ORDERS
from ledger.orders.order import Orders
from ledger.orders.stock import is_sold, stock_moves
from ledger.values.money import written

Buying = RecordPurchaseInvoice | RecordSupplierCreditNote | RecordCustomsDeclaration | WithdrawPurchaseDocument

# Refusals


class BuyingRefusal(Refusal):
    """The orders on record contradict it."""


class OrderNotBought(BuyingRefusal):
    """No such order, or MCSC is not principal of it."""

    code = "order-not-bought"


class StockTaken(BuyingRefusal):
    """Acceptance took it out of the inventory."""

    code = "stock-taken"


# State


class Bought(Struct, frozen=True):
    """The states of purchases and orders in one scope."""

    purchases: Purchases = PURCHASES.initial
    orders: Orders = ORDERS.initial


# Evolve


def evolve(state: Bought, fact: Fact) -> Bought:
    """Both after one more fact."""
    return Bought(PURCHASES.evolve(state.purchases, fact), ORDERS.evolve(state.orders, fact))


# Scope


def scope(command: Buying) -> tuple[str, ...]:
    """The scope of purchases, and the orders that are named."""
    return (*PURCHASES.scope(command), *(f"order:{order}" for order in _orders(command)))


def _orders(command: Buying) -> tuple[str, ...]:
    match command:
        case RecordCustomsDeclaration():
            return (command.order,)
        case WithdrawPurchaseDocument():
            return command.orders
        case _:
            return tuple(dict.fromkeys(line.order for line in command.lines if line.order is not None))


# Decide


def decide(state: Bought, command: Buying, by: By) -> Sequence[Fact]:
    """The facts that purchases decide on, where the orders that they are for allow it."""
    return tuple(_for_orders(state, fact) for fact in PURCHASES.decide(state.purchases, command, by))


def _for_orders(state: Bought, fact: Fact) -> Fact:
    """A document, its lines of accepted orders a cost at once. Raises OrderNotBought, StockTaken."""
    if isinstance(fact, PurchaseFact):
        fact = replace(fact, lines=tuple(_for_order(state.orders, line) for line in fact.lines))
    for order, minor in stock_moves(fact):
        stock = state.orders.stock.get(order)
        there = stock.least_from(fact.effective_on) if stock else 0
        if there + minor < 0:
            raise StockTaken(
                f"{written(there)} CNY are in the inventory of {order} from {fact.effective_on} on, not "
                f"{written(-minor)}: its acceptance took them; withdraw-order-step of order.acceptance-certified "
                "goes first",
            )
    return fact


def _for_order(orders: Orders, line: PurchaseLine) -> PurchaseLine:
    if line.order is None:
        return line
    order = orders.orders.get(line.order)
    if order is None or order.role != "PRINCIPAL":
        role = "is not on record" if order is None else f"has MCSC as {order.role or 'nothing yet'}"
        raise OrderNotBought(f"{line.order} {role}; only what a principal sells is bought (1405)", field="lines")
    return replace(line, sold=True) if is_sold(orders.stories.get(line.order, ())) else line


BUYING: Decider[Buying, Bought] = Decider(PURCHASES.commands, Bought(), scope, evolve, decide)
