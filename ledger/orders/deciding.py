"""The decider of orders: the parts together, and the fold of an order and of a scope.

orders_of      the orders that a fact is about
evolve_order   one order after one more fact, in any order of facts: for read models too
evolve, scope, decide, ORDERS
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from ledger.bookkeeping.banking.accounts import ACCOUNT_TAGS, account_tags, evolve_accounts, on_account
from ledger.bookkeeping.banking.facts import BankAccountFact
from ledger.companies.company import evolve_company
from ledger.companies.facts import CompanyFact
from ledger.decider import By, Command, Decider, Fact, remember, together
from ledger.once.bank import with_reference
from ledger.orders.agreement import AGREEMENT
from ledger.orders.cancelling import CANCELLING
from ledger.orders.changing import CHANGING
from ledger.orders.earning import EARNING
from ledger.orders.facts import (
    EquipmentOrdered,
    OrderCancelled,
    OrderFact,
    OrderPostingFact,
    QuotationIssued,
    RevaluationFact,
)
from ledger.orders.leftover.clearing import CLEARING
from ledger.orders.leftover.writing_down import WRITING_DOWN
from ledger.orders.mistakes.facts import OrderMirror, OrderStepWithdrawn
from ledger.orders.mistakes.putting_right import PUTTING_RIGHT, ReverseOrderPayment
from ledger.orders.order import PLACE, EquipmentOrder, Orders, OrderState
from ledger.orders.over_time.measuring import OVER_TIME
from ledger.orders.payments import PAYMENTS
from ledger.orders.receivables import RECEIVABLES
from ledger.orders.stock import allowance_moves, with_stock
from ledger.orders.works import REACHES, WORKS
from ledger.periods import PeriodFact, PostingFact, evolve_periods
from ledger.rates import RateApproved, with_rate

PARTS = together(
    *(
        AGREEMENT,
        CHANGING,
        WORKS,
        PAYMENTS,
        EARNING,
        RECEIVABLES,
        CANCELLING,
        CLEARING,
        WRITING_DOWN,
        OVER_TIME,
        PUTTING_RIGHT,
    )
)
REACHED: Mapping[type[Fact], OrderState] = {
    QuotationIssued: "QUOTED",
    EquipmentOrdered: "ORDERED",
    **REACHES,
    OrderCancelled: "CANCELLED",
}

# Evolve


def orders_of(fact: Fact) -> tuple[str, ...]:
    """The orders that a fact is about, each once."""
    match fact:
        case OrderFact() | OrderPostingFact() | OrderStepWithdrawn():
            return (fact.order,)
        case RevaluationFact():
            return tuple(dict.fromkeys(item.order for item in fact.items))
    return ()


def evolve_order(order: EquipmentOrder | None, fact: Fact, name: str) -> EquipmentOrder:
    """One order after one more fact about it. Takes facts in any order: read models fold by their own dates."""
    order = order or EquipmentOrder(order=name)
    if isinstance(fact, OrderFact | OrderPostingFact) and not order.supplier:
        order = replace(order, supplier=fact.supplier, buyer=fact.buyer)
    order = PARTS.evolve[type(fact)](order, fact)
    if isinstance(fact, OrderMirror) and order.state == "DEPOSIT_PAID" and not _is_deposit_paid(order):
        return replace(order, state="ORDERED", since=order.reached.get("ORDERED", order.since))
    state = REACHED.get(type(fact)) or _deposit(order, fact)
    if state is not None and (PLACE[state] > PLACE[order.state] or state == order.state == "QUOTED"):
        return replace(order, state=state, since=fact.effective_on)
    return order


def _deposit(order: EquipmentOrder, fact: Fact) -> OrderState | None:
    """DEPOSIT_PAID where a fact is about the milestone that is due with the order, and that is paid."""
    milestone = order.milestone(getattr(fact, "milestone", ""))
    return "DEPOSIT_PAID" if milestone and milestone.trigger == "ORDERED" and order.paid_on(milestone) else None


def _is_deposit_paid(order: EquipmentOrder) -> bool:
    return any(order.paid_on(milestone) for milestone in order.milestones if milestone.trigger == "ORDERED")


def evolve(state: Orders, fact: Fact) -> Orders:
    """Apply one more fact to the orders of a scope; facts that orders do not use change nothing."""
    if isinstance(fact, PostingFact):
        references, stock = with_reference(state.bank_references, fact), with_stock(state.stock, fact)
        allowances = with_stock(state.allowances, fact, allowance_moves)
        state = replace(state, bank_references=references, stock=stock, allowances=allowances)
    if not fact.withdraws and (names := orders_of(fact)):
        orders = {name: evolve_order(state.orders.get(name), fact, name) for name in names}
        state = replace(state, orders={**state.orders, **orders}, asked=remember(state.asked, fact))
        return _with_story(state, fact)
    match fact:
        case CompanyFact():
            companies = {name: evolve_company(state.companies.get(name), fact) for name in fact.companies}
            return replace(state, companies={**state.companies, **companies})
        case PeriodFact():
            return replace(state, periods=evolve_periods(state.periods, fact))
        case BankAccountFact():
            return replace(state, bank_accounts=evolve_accounts(state.bank_accounts, fact))
        case RateApproved():
            return replace(state, rates=with_rate(state.rates, fact))
    return state


def _with_story(state: Orders, fact: Fact) -> Orders:
    """The stories with one more fact of an order, or without the one that it mirrors."""
    match fact:
        case OrderMirror():
            story = list(state.stories.get(fact.order, ()))
            if fact.reversed in story:
                del story[len(story) - 1 - story[::-1].index(fact.reversed)]
            return replace(state, stories={**state.stories, fact.order: tuple(story)})
        case OrderFact() | OrderPostingFact():
            story_so_far = state.stories.get(fact.order, ())
            return replace(state, stories={**state.stories, fact.order: (*story_so_far, fact)})
    return state


# Scope


def scope(command: Command) -> tuple[str, ...]:
    """The order; the companies, bank reference and accounts, periods and rates that the command needs."""
    accounts = ACCOUNT_TAGS if isinstance(command, ReverseOrderPayment) else account_tags(command)
    return (*PARTS.scope[type(command)](command), *accounts)


# Decide


def decide(state: Orders, command: Command, by: By) -> Sequence[Fact]:
    """The facts that a command asks for, if every rule allows them; nothing where it is so already."""
    decided = PARTS.decide[type(command)]
    return on_account(state.bank_accounts, command, lambda on: decided(state, on, by))


ORDERS: Decider[Any, Orders] = Decider(tuple(PARTS.decide), Orders(), scope, evolve, decide)
