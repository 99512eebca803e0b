"""The decider of orders."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from ledger.billing.facts import ReceiptReversed
from ledger.companies.company import evolve_company
from ledger.companies.facts import CompanyFact
from ledger.decider import By, Command, Decider, Fact
from ledger.orders.agreement import AGREEMENT, IssueQuotation, quote
from ledger.orders.cancelling import CANCELLING
from ledger.orders.earning import EARNING
from ledger.orders.facts import (
    EquipmentOrdered,
    OrderCancelled,
    OrderFact,
    OrderPostingFact,
    OrderPutOnHold,
    OrderResumed,
    QuotationIssued,
    RevaluationFact,
)
from ledger.orders.order import PLACE, EquipmentOrder, Orders, OrderState, OrderUnknown, Part
from ledger.orders.payments import PAYMENTS
from ledger.orders.receivables import RECEIVABLES, RevalueReceivables, revalue, revalued, scope_of_revaluation
from ledger.orders.works import REACHES, WORKS
from ledger.periods import PeriodFact, PostingFact, evolve_periods
from ledger.rates import RateApproved, with_rate

PARTS = (AGREEMENT, WORKS, PAYMENTS, EARNING, RECEIVABLES, CANCELLING)
PART_OF: Mapping[type[Command], Part] = {command: part for part in PARTS for command in part.scope}
CHANGE_OF = {fact: change for part in PARTS for fact, change in part.change.items()}
REACHED: Mapping[type[Fact], OrderState] = {**REACHES, EquipmentOrdered: "ORDERED", OrderCancelled: "CANCELLED"}

OF_OTHERS = "a payment that is no order's"

# Evolve


def orders_of(fact: Fact) -> tuple[str, ...]:
    """The orders that a fact is about, each once."""
    match fact:
        case OrderFact() | OrderPostingFact():
            return (fact.order,)
        case RevaluationFact():
            return tuple(dict.fromkeys(one.order for one in fact.items))
    return ()


def evolve_order(order: EquipmentOrder | None, fact: Fact, name: str) -> EquipmentOrder:
    """One order after one more fact about it. Takes facts in any order: read models fold by their own dates."""
    known = order or EquipmentOrder(order=name)
    if isinstance(fact, RevaluationFact):
        return revalued(known, fact)
    assert isinstance(fact, OrderFact | OrderPostingFact), "nothing else is about an order"
    if not known.supplier:
        known = replace(known, supplier=fact.supplier, buyer=fact.buyer)
    known = replace(known, **CHANGE_OF[type(fact)](known, fact))
    state = REACHED.get(type(fact)) or _deposit(known, fact)
    if state is None and not isinstance(fact, QuotationIssued):
        return known
    if PLACE[state or "QUOTED"] > PLACE[known.state] or (state is None and known.state == "QUOTED"):
        return replace(known, state=state or "QUOTED", since=fact.effective_on)
    return known


def _deposit(order: EquipmentOrder, fact: Fact) -> OrderState | None:
    """The deposit is the milestone that is due with the order."""
    paid = order.milestone(getattr(fact, "milestone", ""))
    return "DEPOSIT_PAID" if paid and paid.trigger == "ORDERED" and paid.paid_on is not None else None


def evolve(state: Orders, fact: Fact) -> Orders:
    """What one scope tells after one more fact; facts that orders do not use change nothing."""
    if names := orders_of(fact):
        moved = {name: evolve_order(state.orders.get(name), fact, name) for name in names}
        asked = {**state.asked, _topic(fact): fact.asked}
        return _reference(replace(state, orders={**state.orders, **moved}, asked=asked), fact)
    match fact:
        case CompanyFact():
            known = {name: evolve_company(state.companies.get(name), fact) for name in fact.companies}
            return replace(state, companies={**state.companies, **known})
        case PeriodFact():
            return replace(state, periods=evolve_periods(state.periods, fact))
        case RateApproved():
            return replace(state, rates=with_rate(state.rates, fact))
        case ReceiptReversed():
            mine = (fact.bank_reference, OF_OTHERS)
            kept = {name: what for name, what in state.bank_references.items() if (name, what) != mine}
            return replace(state, bank_references=kept)
        case PostingFact():
            return _reference(state, fact)
    return state


def _reference(state: Orders, fact: Any) -> Orders:
    reference = getattr(fact, "bank_reference", None)
    if reference is None:
        return state
    what = f"order {fact.order}" if isinstance(fact, OrderPostingFact) else OF_OTHERS
    return replace(state, bank_references={**state.bank_references, reference: what})


def _topic(fact: Fact) -> tuple[Any, ...]:
    """What the fact says how it stands, until the next fact of the same topic; itself where facts only add up."""
    match fact:
        case QuotationIssued():
            return (QuotationIssued, fact.order)
        case OrderPutOnHold() | OrderResumed():
            return (OrderPutOnHold, fact.order)
    return fact.asked


# Scope and decide


def scope(command: Any) -> tuple[str, ...]:
    """The order; the companies, bank reference, periods and rates that the command needs."""
    if isinstance(command, RevalueReceivables):
        return scope_of_revaluation(command)
    return tuple(dict.fromkeys((f"order:{command.order}", *PART_OF[type(command)].scope[type(command)](command))))


def decide(state: Orders, command: Any, by: By) -> Sequence[Fact]:
    """The facts that a command asks for, if every rule allows them; nothing where it is so already."""
    if isinstance(command, RevalueReceivables):
        return revalue(state, command, by)
    order = state.orders.get(command.order)
    if isinstance(command, IssueQuotation):
        return quote(state, order, command, by)
    if order is None:
        raise OrderUnknown(f"there is no order {command.order}; issue a quotation first", field="order")
    return PART_OF[type(command)].decide[type(command)](state, order, command, by)


ORDERS: Decider[Any, Orders] = Decider((*PART_OF, RevalueReceivables), Orders(), scope, evolve, decide)
