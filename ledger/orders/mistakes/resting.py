"""What rests on what in an order's story: a step takes with it what it posted, and what rests on either goes first.

posted_with    what a step posted, or made due
rests          whether a later fact rests on a fact
way_back       the command that takes a fact back
"""

from collections.abc import Sequence

from msgspec.structs import replace

from ledger.decider import Fact
from ledger.orders.earning import receivable_of
from ledger.orders.facts import (
    AdvanceForfeited,
    AdvanceReceived,
    AdvanceRefunded,
    CancellationFeeCharged,
    ChangeOrderApproved,
    ChangeOrderProposed,
    ChangeOrderRejected,
    ClientMoneyReceived,
    ClientMoneyRemitted,
    CommissionFeeEarned,
    CommissionFeeReversed,
    EquipmentOrdered,
    EquipmentRevenueRecognised,
    MilestoneInvoiced,
    OrderAmountFact,
    OrderCancelled,
    OrderFact,
    OrderPutOnHold,
    OrderResumed,
    QuotationIssued,
    ReceivableCollected,
    ReceivableReclassified,
    RetentionReleased,
)
from ledger.orders.leftover.facts import LEFTOVER, StockWrittenDown, WriteDownProposed, WriteDownRejected
from ledger.orders.order import EquipmentOrder
from ledger.orders.over_time.facts import ProgressMeasured
from ledger.orders.receivables import owed_by
from ledger.orders.works import STARTS, TRIGGERS

WITH_A_STEP = (EquipmentRevenueRecognised, CommissionFeeEarned, CancellationFeeCharged, ReceivableReclassified)
"""What a step posts with it; a cancellation gives up fees besides."""

WORKS: tuple[type[OrderFact], ...] = (*STARTS, OrderCancelled)
ON_STOCK = (*LEFTOVER, WriteDownProposed)
"""What is recorded of stock only once it is left over."""


def posted_with(order: EquipmentOrder, story: Sequence[Fact], at: int) -> tuple[OrderAmountFact, ...]:
    """List what a step of a story posted, or made due, and still stands."""
    step, found = story[at], list[OrderAmountFact]()
    if isinstance(step, MilestoneInvoiced | RetentionReleased):
        retained = [one.milestone for one in order.milestones if one.trigger == "RETENTION_RELEASED"]
        made_due = (step.milestone,) if isinstance(step, MilestoneInvoiced) else retained
        later = (fact for fact in story[at + 1 :] if isinstance(fact, ReceivableReclassified))
        return tuple(fact for fact in later if fact.receivable in made_due)
    if isinstance(step, ChangeOrderApproved):
        fees = (fact for fact in story[at + 1 :] if isinstance(fact, CommissionFeeEarned | CommissionFeeReversed))
        return tuple(fact for fact in fees if fact.change == step.change)
    kinds = (*WITH_A_STEP, CommissionFeeReversed) if isinstance(step, OrderCancelled) else WITH_A_STEP
    for fact in story[at + 1 :]:
        if not isinstance(fact, kinds) or fact.effective_on != step.effective_on:
            break
        found.append(fact)
    return tuple(found)


def rests(later: Fact, fact: Fact, order: EquipmentOrder) -> bool:
    """Tell whether a later fact of an order rests on a fact of it."""
    match fact:
        case QuotationIssued():
            return isinstance(later, QuotationIssued | EquipmentOrdered)
        case EquipmentOrdered():
            return True
        case ChangeOrderProposed():
            return isinstance(later, ChangeOrderApproved | ChangeOrderRejected) and later.change == fact.change
        case WriteDownProposed():
            decides = isinstance(later, StockWrittenDown | WriteDownRejected)
            return decides and getattr(later, "stock_entry", None) == fact.stock_entry
        case ChangeOrderApproved():
            split = {amount.milestone for amount in fact.amounts}
            is_aside = isinstance(later, OrderPutOnHold | OrderResumed | ChangeOrderProposed | ChangeOrderRejected)
            return not is_aside and getattr(later, "milestone", None) in (None, *split)
        case OrderCancelled() | OrderFact() if isinstance(fact, WORKS):
            measured = isinstance(later, ProgressMeasured) and type(fact) in TRIGGERS
            return measured or isinstance(later, (*WORKS, *ON_STOCK)) or _is_due_by(later, fact, order)
        case OrderAmountFact():
            return _posting_rests(later, fact)
    return False


def _is_due_by(later: Fact, step: Fact, order: EquipmentOrder) -> bool:
    """Tell whether an invoice is of a milestone that is due by a step alone."""
    milestone = order.milestone(later.milestone) if isinstance(later, MilestoneInvoiced) else None
    if milestone is None or (trigger := TRIGGERS.get(type(step))) is None:
        return False
    without = {name: day for name, day in order.reached.items() if name != trigger}
    return replace(order, reached=without).due_since(milestone.trigger) is None


def _posting_rests(later: Fact, fact: OrderAmountFact) -> bool:
    match fact:
        case ProgressMeasured():
            return isinstance(later, ProgressMeasured | EquipmentRevenueRecognised | OrderCancelled)
        case AdvanceReceived():
            if isinstance(later, ProgressMeasured) and later.effective_on >= fact.effective_on:
                return True
            charged = isinstance(later, CancellationFeeCharged) and later.advances_minor > 0
            return charged or isinstance(later, EquipmentRevenueRecognised | AdvanceRefunded | AdvanceForfeited)
        case ClientMoneyReceived():
            return isinstance(later, ClientMoneyRemitted) and later.milestone == fact.milestone
        case ReceivableCollected():
            return isinstance(later, CommissionFeeReversed) and receivable_of(later.trigger) == fact.receivable
        case CommissionFeeReversed():
            return isinstance(later, OrderCancelled | ChangeOrderApproved)
        case CommissionFeeEarned() if isinstance(later, CommissionFeeEarned | CommissionFeeReversed):
            return later.trigger == fact.trigger
        case CancellationFeeCharged() if isinstance(later, AdvanceRefunded | AdvanceForfeited):
            return True
    if isinstance(fact, LEFTOVER) and isinstance(later, LEFTOVER):
        return isinstance(fact, StockWrittenDown) or isinstance(later, StockWrittenDown)
    moves_it = isinstance(later, ReceivableCollected | ReceivableReclassified)
    return moves_it and getattr(later, "receivable", "") in dict(owed_by(fact))


def way_back(fact: Fact) -> str:
    """Name the command that takes a fact back."""
    match fact:
        case AdvanceForfeited():
            return "reverse-forfeit"
        case CommissionFeeEarned(change=str()) | CommissionFeeReversed(change=str()):
            return "withdraw-order-step of order.change-approved"
        case CommissionFeeReversed(bank_reference=None):
            return "restore-commission"
        case OrderAmountFact() if isinstance(fact, LEFTOVER):
            return f"reverse-stock-step of {fact.stock_entry}"
        case ProgressMeasured():
            return f"reverse-progress of {fact.effective_on}"
        case EquipmentRevenueRecognised():
            return "withdraw-order-step of order.acceptance-certified"
        case CancellationFeeCharged():
            return "withdraw-order-step of order.cancelled"
        case OrderAmountFact() if (reference := getattr(fact, "bank_reference", None)) is not None:
            return f"reverse-order-payment of {reference}"
    return "withdraw-order-step"
