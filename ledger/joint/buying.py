"""Buying the equipment that a principal sells, measured against its orders.

Commands (of purchases)     Facts (of purchases)
RecordPurchaseInvoice       purchase.invoice-recorded
RecordSupplierCreditNote    purchase.credit-note-recorded, payables-remeasured
RecordCustomsDeclaration    purchase.customs-declared
WithdrawPurchaseDocument    purchase.document-withdrawn, payables-remeasured

Refusals, after those of purchases, in order of precedence
BuyingRefusal
├── OrderNotBought    no such order, or MCSC is not principal of it: what its supplier asks for is not MCSC's debt
└── StockTaken        acceptance took it out of the inventory, or it was sold, moved or written down: that goes first

The rules of a document are those of purchases; this context adds what only orders know: what is bought for an order
whose sale is in the books is a cost at once, and the inventory of an order is never less than nothing. And what only
the books know: a foreign invoice that was remeasured at a month's end stands at another figure than the one it was
recorded at. A note, or its mirror, takes it off at that first figure; what was remeasured of so much is out with it.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from ledger.bookkeeping.purchases.deciding import PURCHASES
from ledger.bookkeeping.purchases.documents import (
    RecordCustomsDeclaration,
    RecordPurchaseInvoice,
    RecordSupplierCreditNote,
    WithdrawPurchaseDocument,
)
from ledger.bookkeeping.purchases.facts import (
    PayablesRemeasured,
    PurchaseFact,
    PurchaseInvoiceRecorded,
    PurchaseLine,
    PurchaseWithdrawn,
    RemeasuredPayable,
    SupplierCreditNoteRecorded,
)
from ledger.bookkeeping.purchases.purchase import Purchases, carried
from ledger.decider import By, Decider, Fact, Refusal
from ledger.joint.paying import PAYING, Paying
from ledger.orders.deciding import ORDERS
from ledger.orders.order import Orders
from ledger.orders.stock import carrying, is_sold, stock_moves
from ledger.periods import month_of
from ledger.values.money import written

Buying = RecordPurchaseInvoice | RecordSupplierCreditNote | RecordCustomsDeclaration | WithdrawPurchaseDocument

# Refusals


class BuyingRefusal(Refusal):
    """The orders on record contradict it."""


class OrderNotBought(BuyingRefusal):
    """No such order, or MCSC is not principal of it."""

    code = "order-not-bought"


class StockTaken(BuyingRefusal):
    """It is not in the inventory any more, or written down."""

    code = "stock-taken"


# State


class Bought(Struct, frozen=True):
    """The states of purchases and orders in one scope; what is owed; how each payable was last remeasured."""

    purchases: Purchases = PURCHASES.initial
    orders: Orders = ORDERS.initial
    payables: Paying = PAYING.initial
    remeasured: Mapping[str, RemeasuredPayable] = MappingProxyType({})


# Evolve


def evolve(state: Bought, fact: Fact) -> Bought:
    """All of them after one more fact."""
    remeasured = state.remeasured
    if isinstance(fact, PayablesRemeasured):
        remeasured = {**remeasured, **{item.payable: item for item in fact.items}}
    return Bought(
        PURCHASES.evolve(state.purchases, fact),
        ORDERS.evolve(state.orders, fact),
        PAYING.evolve(state.payables, fact),
        remeasured,
    )


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
    """The facts that purchases decide on, where the orders that they are for allow it; and what was remeasured of what
    they take off, out again."""
    facts = tuple(_for_orders(state, fact) for fact in PURCHASES.decide(state.purchases, command, by))
    return (*facts, *(out for fact in facts for out in _out_with(state, fact)))


def _out_with(state: Bought, fact: Fact) -> Iterator[PayablesRemeasured]:
    """Take out what was remeasured of so much as a note, or the mirror of an invoice, takes off it."""
    match fact:
        case SupplierCreditNoteRecorded():
            invoice, off = fact.invoice, fact
        case PurchaseWithdrawn(reversed=PurchaseInvoiceRecorded() as off):
            invoice = fact.purchase
        case _:
            return
    payable = f"purchase:{invoice}"
    last, known = state.remeasured.get(payable), state.payables.payables.get(payable)
    if last is None or known is None:
        return
    amount, carrying = known.owed.booked_on(fact.accounting_on), known.carrying.booked_on(fact.accounting_on)
    closed = min(off.gross_minor, max(amount, 0))
    if not closed:
        return
    stood = carried((amount, carrying), closed)
    first = carried((off.gross_minor, off.gross_cny_minor), closed)
    if stood != first:
        item = replace(
            last,
            amount_minor=amount - off.gross_minor,
            carrying_minor=carrying - off.gross_cny_minor,
            revalued_minor=carrying - off.gross_cny_minor + first - stood,
        )
        yield PayablesRemeasured(
            effective_on=fact.effective_on,
            accounting_on=fact.accounting_on,
            month=month_of(fact.accounting_on),
            items=(item,),
        )


def _for_orders(state: Bought, fact: Fact) -> Fact:
    """A document, its lines of accepted orders a cost at once. Raises OrderNotBought, StockTaken."""
    if isinstance(fact, PurchaseFact):
        fact = replace(fact, lines=tuple(_for_order(state.orders, line) for line in fact.lines))
    for order, minor in stock_moves(fact):
        there = carrying(state.orders.stock, state.orders.allowances, order).least_from(fact.effective_on)
        if there + minor < 0:
            raise StockTaken(
                f"{written(there)} CNY are in the inventory of {order} from {fact.effective_on} on, not "
                f"{written(-minor)}: what took them goes first, by withdraw-order-step of order.acceptance-certified, "
                "reverse-progress, or reverse-stock-step where it was sold, moved or written down",
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
