"""Stock that is left over: sold, or moved to an order that takes it.

Command    Facts (order.…)
SellStock  stock-sold: revenue and what is owed for it, output VAT at home; its cost goes out of the inventory (6401)
MoveStock  stock-moved: out of one order's inventory into another's, at what it stands at

Refusals, in order of precedence (after OrderUnknown)
├── StockEntryTaken        this id is another step's, or something owed for the order bears it (conflict)
├── (OrderStateForbids)    stock is left over by an order that was cancelled or accepted
├── CustomerUnknown        no such company (unknown)
├── (OrderPartyGone)       of agreement.py: it was merged away or has left
├── OrderTakesNothing      the other order is under way, and MCSC its principal
├── (OrderStepTooEarly)    nothing is earlier than what was recorded of the stock before
├── (OrderAmountMalformed) a price of nothing
└── NothingInStock         no more goes than stands there, and something does
"""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar, NamedTuple

from ledger.billing.balance import DatedAmount
from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.orders.agreement import RESERVED, check_not_gone
from ledger.orders.earning import GOODS
from ledger.orders.facts import Account
from ledger.orders.leftover.facts import LEFTOVER, StockMoved, StockSold, WriteDownProposed
from ledger.orders.order import (
    AFTER_PAC,
    UNDER_WAY,
    EquipmentOrder,
    OrderCommand,
    OrderRefusal,
    Orders,
    OrderState,
    Receivable,
    about,
    amount_of,
    check_not_before,
    check_state,
    money,
    moved,
    order_of,
    part_of,
    posting_tags,
    posts_on,
    scope_of,
    series_named,
    value_of_series,
)
from ledger.orders.terms import Supply
from ledger.rates import Series
from ledger.values.currencies import Amount
from ledger.values.evidence import Evidence
from ledger.values.money import Cny, minor, net_of, written

LEFT_OVER: tuple[OrderState, ...] = ("CANCELLED", *AFTER_PAC)
"""The states of an order that takes nothing more out of its inventory."""

# Commands


class SellStock(OrderCommand, frozen=True, kw_only=True, tag="sell-stock"):
    """Sell stock that an order left over.

    amount   the price with its VAT, in the order's currency; it is owed under the id of this step: `collect-receivable`
    supply   domestic: the price includes VAT of goods; cross-border: none
    cost     the cost of what is sold, in CNY; all that stands there where it is not said
    """

    put_right: ClassVar[str] = "`reverse-stock-step`: the stock is there again, and nothing is owed for it."
    stock_entry: Id
    customer: Id
    amount: Amount
    supply: Supply = "DOMESTIC"
    cost: Cny | None = None
    document: Evidence
    rate_series: Series | None = None


class MoveStock(OrderCommand, frozen=True, kw_only=True, tag="move-stock"):
    """Give stock that an order left over to another order of which MCSC is principal: its acceptance takes it.

    cost   the cost of what is moved, in CNY; all that stands there where it is not said
    """

    put_right: ClassVar[str] = "`reverse-stock-step`, naming both orders: it is the first one's again."
    stock_entry: Id
    to_order: Id
    cost: Cny | None = None
    reason: Text


# Refusals


class StockEntryTaken(OrderRefusal):
    """This id is another step's, or something owed for the order bears it."""

    code = "stock-entry-taken"
    kind = "conflict"


class CustomerUnknown(OrderRefusal):
    """No such company."""

    code = "stock-customer-unknown"
    kind = "unknown"


class OrderTakesNothing(OrderRefusal):
    """The other order is under way, and MCSC its principal."""

    code = "order-takes-nothing"


class NothingInStock(OrderRefusal):
    """No more goes than stands there, and something does."""

    code = "nothing-in-stock"


# Evolve


def _sold(order: EquipmentOrder, fact: StockSold) -> EquipmentOrder:
    owed: tuple[Account, int, int] = ("receivables", fact.amount_minor, fact.cny_minor)
    return moved(order, fact.stock_entry, fact.currency, fact.customer, fact.accounting_on, owed)


def as_it_was(order: EquipmentOrder, fact: Fact) -> EquipmentOrder:
    """The order, of which only the inventory moves, or nothing yet."""
    return order


# What both ask


class Stands(NamedTuple):
    """Stock of an order from a day on: its cost and the allowance on it, in CNY; when the books have both."""

    cost_minor: int
    allowance_minor: int
    booked_on: date


def stands(state: Orders, order: str, on: date) -> Stands:
    """The stock that is there for good from a day on. Raises NothingInStock."""
    stock = state.stock.get(order, DatedAmount())
    allowance = state.allowances.get(order, DatedAmount())
    there = max(stock.least_from(on), 0)
    if not there:
        raise NothingInStock(f"nothing stands in the inventory for {order} from {on} on", field="order")
    booked = max(stock.booked_from(there, on), allowance.latest_booked_on)
    return Stands(there, allowance.total_minor, booked)


def check_new_entry(state: Orders, order: EquipmentOrder, command: "SellStock | MoveStock", on: date) -> None:
    """Check the id, the state and the day of a step. Raises StockEntryTaken, OrderStateForbids, OrderStepTooEarly."""
    check_entry_free(state, order, command.stock_entry)
    check_state(order, LEFT_OVER, on)
    check_after_all(state, order, on)


def check_entry_free(state: Orders, order: EquipmentOrder, name: str) -> None:
    """Check that an id is nothing else's of the order. Raises StockEntryTaken."""
    story = state.stories.get(order.order, ())
    kinds = (*LEFTOVER, WriteDownProposed)
    taken = any(isinstance(fact, kinds) and fact.stock_entry == name for fact in story)
    owed = order.receivables.get(name, Receivable(currency=order.currency)).at()[1] or order.payments.get(name)
    if taken or name in order.measured or owed or RESERVED.fullmatch(name) or order.milestone(name) is not None:
        raise StockEntryTaken(f"{name} is something else of {order.order}; choose another id", field="stock_entry")


def check_after_all(state: Orders, order: EquipmentOrder, on: date) -> None:
    """Check that a step is not before another one of the same stock: that took its part of the allowance with it.

    Raises OrderStepTooEarly.
    """
    for fact in state.stories.get(order.order, ()):
        if isinstance(fact, LEFTOVER):
            check_not_before(f"{fact.stock_entry} of its stock (reverse-stock-step)", fact.effective_on, on)


def _leaves(there: Stands, cost: Cny | None) -> tuple[int, int]:
    """The cost of what leaves, and the allowance that goes with it. Raises NothingInStock."""
    out = there.cost_minor if cost is None else minor(cost)
    if not 0 < out <= there.cost_minor:
        raise NothingInStock(f"{written(there.cost_minor)} CNY stand there, not {cost}", field="cost")
    return out, part_of((there.cost_minor, there.allowance_minor), out)


# Decide


def _sell(state: Orders, command: SellStock, by: By) -> Sequence[Fact]:
    order, on = order_of(state, command), command.effective_on
    price = amount_of(command.amount, order.currency)
    series = series_named(order, command.rate_series)
    for fact in state.recorded(command, StockSold):
        same = said(StockSold, command, amount_minor=price, rate_series=series) == fact.asked
        if same and (fact.of_stock if command.cost is None else minor(command.cost) == fact.cost_minor):
            return ()
    check_new_entry(state, order, command, on)
    customer = state.companies.get(command.customer)
    if customer is None or customer.lead_on is None:
        raise CustomerUnknown(f"there is no company {command.customer}; register-lead first", field="customer")
    check_not_gone(customer, "customer")
    there = stands(state, order.order, on)
    cost, released = _leaves(there, command.cost)
    given = money(state, order, price, command.rate_series, on)
    vat_rate = value_of_series(state, GOODS, on) if command.supply == "DOMESTIC" else "0"
    return (
        StockSold(
            **about(order),
            **given,
            effective_on=on,
            accounting_on=posts_on(state, on, by, there.booked_on),
            stock_entry=command.stock_entry,
            customer=command.customer,
            supply=command.supply,
            document=command.document,
            vat_rate=vat_rate,
            vat_minor=price - net_of(price, vat_rate),
            vat_cny_minor=given["cny_minor"] - net_of(given["cny_minor"], vat_rate),
            cost_minor=cost,
            released_minor=released,
            of_stock=command.cost is None,
        ),
    )


def _move(state: Orders, command: MoveStock, by: By) -> Sequence[Fact]:
    order, on = order_of(state, command), command.effective_on
    if said(StockMoved, command) in (fact.asked for fact in state.recorded(command, StockMoved)):
        return ()
    check_new_entry(state, order, command, on)
    taker = state.orders.get(command.to_order)
    if taker is None or taker.role != "PRINCIPAL" or taker.state not in UNDER_WAY or taker is order:
        found = "is not on record" if taker is None else f"is {taker.state}, with MCSC as {taker.role or 'nothing yet'}"
        raise OrderTakesNothing(f"{command.to_order} {found}; a principal's order under way takes it", field="to_order")
    check_not_before(f"the order {taker.order}", taker.reached["ORDERED"], on)
    there = stands(state, order.order, on)
    cost, released = _leaves(there, command.cost)
    return (
        StockMoved(
            **about(order),
            effective_on=on,
            accounting_on=posts_on(state, on, by, there.booked_on),
            currency="CNY",
            amount_minor=cost,
            cny_minor=cost,
            stock_entry=command.stock_entry,
            to_order=command.to_order,
            cost=command.cost,
            reason=command.reason,
            released_minor=released,
        ),
    )


CLEARING: Part[Orders, EquipmentOrder] = Part(
    decide={SellStock: _sell, MoveStock: _move},
    scope={
        SellStock: lambda command: scope_of(
            command, f"company:{command.customer}", *posting_tags(command.rate_series, GOODS)
        ),
        MoveStock: lambda command: scope_of(command, f"order:{command.to_order}", *posting_tags()),
    },
    evolve={StockSold: _sold, StockMoved: as_it_was},
)
