"""What was recorded of an order by mistake and posts is mirrored; all else is withdrawn (withdrawing.py).

Command              Facts (order.…)
ReverseOrderPayment  the mirror of the payment with a bank reference: advance-, client-money-, collection-, remittance-,
                     refund-reversed, or fee-restored; what was collected as a contract asset and is due by now:
                     receivable-reclassified
ReverseForfeit       forfeit-reversed
RestoreCommission    fee-restored
ReverseProgress      progress-reversed
ReverseStockStep     stock-sale-, stock-move-reversed, write-down-reversed

Before the mirror of what was remeasured: revaluation-reversed.

Refusals, in order of precedence (after OrderUnknown)
├── OrderPostingUnknown  no such payment, forfeit or fee given up stands (unknown)
├── OrderStepNotLatest   something that stands rests on it, and goes first
├── OtherOrderUnnamed    what moved to another order is taken back by who names that order
└── StockGone            it does not stand there any more: that order's acceptance took it
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, ClassVar

from msgspec.structs import replace

from ledger.decider import By, Fact, Id, Part, Text, others, rests_on_it, stored_name
from ledger.once.bank import BankReference
from ledger.orders.cancelling import FEE
from ledger.orders.earning import owed_of, receivable_of, with_fee
from ledger.orders.facts import (
    Account,
    AdvanceForfeited,
    AdvanceReceived,
    AdvanceRefunded,
    CancellationFeeCharged,
    ClientMoneyReceived,
    CommissionFeeReversed,
    EquipmentRevenueRecognised,
    OrderAmountFact,
    OrderMoneyFact,
    ReceivableCollected,
    ReceivableReclassified,
    RevaluationReversed,
    Revalued,
)
from ledger.orders.leftover.clearing import as_it_was
from ledger.orders.leftover.facts import LEFTOVER
from ledger.orders.mistakes.facts import (
    MIRRORS,
    AdvanceRefundReversed,
    AdvanceReversed,
    CancellationFeeReversed,
    ClientMoneyReversed,
    FeeRestored,
    FeeWithdrawn,
    ForfeitReversed,
    ProgressReversed,
    ReceivableCollectionReversed,
    ReclassificationReversed,
    RemittanceReversed,
    RevenueReversed,
    StockMoveReversed,
    StockSaleReversed,
    WriteDownReversed,
)
from ledger.orders.mistakes.resting import rests, way_back
from ledger.orders.order import (
    IN_FORCE,
    EquipmentOrder,
    OrderCommand,
    OrderRefusal,
    Orders,
    about,
    advanced,
    amount_of,
    check_not_before,
    check_state,
    held_for,
    moved,
    order_of,
    paid,
    posting_tags,
    posts_on,
    scope_of,
)
from ledger.orders.over_time.facts import ProgressMeasured
from ledger.orders.over_time.measuring import progressed
from ledger.orders.payments import payment_of
from ledger.orders.receivables import owed_by
from ledger.orders.stock import carrying, stock_moves
from ledger.orders.terms import Trigger
from ledger.periods import month_of
from ledger.values.currencies import Amount
from ledger.values.days import Happened
from ledger.values.money import written

# Commands


class ReverseOrderPayment(OrderCommand, frozen=True, kw_only=True, tag="reverse-order-payment"):
    """Take back a payment of an order that was recorded wrong, or that the bank took back."""

    put_right: ClassVar[str] = "Its bank reference is free again: record the payment anew."
    bank_reference: BankReference
    reason: Text


class ReverseForfeit(OrderCommand, frozen=True, kw_only=True, tag="reverse-forfeit"):
    """Take back that an advance was kept: it is held again. `forfeited_on`: the day on which it was kept."""

    put_right: ClassVar[str] = "`forfeit-advance` keeps it again."
    forfeited_on: Happened
    amount: Amount
    reason: Text


class RestoreCommission(OrderCommand, frozen=True, kw_only=True, tag="restore-commission"):
    """Take back that a fee was given up: it is owed again."""

    put_right: ClassVar[str] = "`reverse-commission` gives it up again."
    trigger: Trigger
    reason: Text


class ReverseStockStep(OrderCommand, frozen=True, kw_only=True, tag="reverse-stock-step"):
    """Take back that stock left over was sold, moved or written down. `to_order`: the order that it was moved to."""

    put_right: ClassVar[str] = (
        "It is recorded anew under another id: by `sell-stock`, `move-stock`, or `propose-write-down` and another's "
        "approval."
    )
    stock_entry: Id
    to_order: Id | None = None
    reason: Text


class ReverseProgress(OrderCommand, frozen=True, kw_only=True, tag="reverse-progress"):
    """Take back the latest measurement of a sale that is earned over time. `measured_on`: the month's last day."""

    put_right: ClassVar[str] = "`measure-progress` measures it again."
    measured_on: Happened
    reason: Text


# Refusals


class OrderPostingUnknown(OrderRefusal):
    """No such payment, forfeit or fee given up stands."""

    code = "order-posting-unknown"
    kind = "unknown"


class OrderStepNotLatest(OrderRefusal):
    """Something that stands rests on it, and goes first."""

    code = "order-step-not-latest"


class OtherOrderUnnamed(OrderRefusal):
    """A move to another order is taken back by who names that order."""

    code = "other-order-unnamed"


class StockGone(OrderRefusal):
    """The stock does not stand there any more."""

    code = "stock-gone"


# Evolve


def _payment_gone(order: EquipmentOrder, mirror: AdvanceReversed | ClientMoneyReversed) -> EquipmentOrder:
    fact = mirror.reversed
    order = paid(order, fact.milestone, payment_of(fact), -1)
    if isinstance(mirror, AdvanceReversed):
        return advanced(order, mirror.accounting_on, -fact.amount_minor, -fact.cny_minor)
    return held_for(order, fact.milestone, mirror.accounting_on, -fact.amount_minor, -fact.cny_minor)


def _remittance_gone(order: EquipmentOrder, mirror: RemittanceReversed) -> EquipmentOrder:
    fact = mirror.reversed
    return held_for(order, fact.milestone, mirror.accounting_on, fact.amount_minor, fact.cny_minor)


def _collection_gone(order: EquipmentOrder, mirror: ReceivableCollectionReversed) -> EquipmentOrder:
    fact = mirror.reversed
    order = paid(order, fact.receivable, payment_of(fact), -1)
    back = (fact.account, fact.amount_minor, fact.carrying_minor)
    return moved(order, fact.receivable, fact.currency, fact.payer, mirror.accounting_on, back)


def _advance_back(order: EquipmentOrder, mirror: AdvanceRefundReversed | ForfeitReversed) -> EquipmentOrder:
    fact = mirror.reversed
    carrying = fact.carrying_minor if isinstance(fact, AdvanceRefunded) else fact.cny_minor
    return advanced(order, mirror.accounting_on, fact.amount_minor, carrying)


def _revenue_gone(order: EquipmentOrder, mirror: RevenueReversed) -> EquipmentOrder:
    fact = mirror.reversed
    if fact.before is not None:
        order = replace(order, progress=order.progress.plus(fact.before))
    for due in fact.due:
        gone = (due.account, -due.amount_minor, -due.cny_minor)
        order = moved(order, due.milestone, fact.currency, fact.buyer, mirror.accounting_on, gone)
    return advanced(order, mirror.accounting_on, fact.advances_minor, fact.advances_cny_minor)


def _fee_gone(order: EquipmentOrder, mirror: FeeWithdrawn) -> EquipmentOrder:
    fact = mirror.reversed
    if fact.change is not None:
        order = with_fee(order, fact, -1)
    else:
        order = replace(order, fees={trigger: fee for trigger, fee in order.fees.items() if trigger != fact.trigger})
    gross, cny = fact.amount_minor + fact.vat_minor, fact.cny_minor + fact.vat_cny_minor
    gone: tuple[Account, int, int] = ("receivables", -gross, -cny)
    return moved(order, receivable_of(fact.trigger), fact.currency, fact.payer, mirror.accounting_on, gone)


def _fee_back(order: EquipmentOrder, mirror: FeeRestored) -> EquipmentOrder:
    fact = mirror.reversed
    if fact.change is not None:
        order = with_fee(order, fact)
    elif (fee := order.fees.get(fact.trigger)) is not None:
        order = replace(order, fees={**order.fees, fact.trigger: replace(fee, reversed=False)})
    amount, cny = owed_of(fact)
    if not amount:
        return order
    name = receivable_of(fact.trigger)
    return moved(order, name, fact.currency, fact.payer, mirror.accounting_on, ("receivables", amount, cny))


def _charge_gone(order: EquipmentOrder, mirror: CancellationFeeReversed) -> EquipmentOrder:
    fact, on = mirror.reversed, mirror.accounting_on
    order = advanced(order, on, fact.advances_minor, fact.advances_cny_minor)
    rest, cny = fact.amount_minor - fact.advances_minor, fact.cny_minor - fact.advances_cny_minor
    return moved(order, FEE, fact.currency, fact.buyer, on, ("receivables", -rest, -cny)) if rest else order


def _measurement_gone(order: EquipmentOrder, mirror: ProgressReversed) -> EquipmentOrder:
    return progressed(order, mirror.reversed, -1, mirror.accounting_on)


def _sale_gone(order: EquipmentOrder, mirror: StockSaleReversed) -> EquipmentOrder:
    fact = mirror.reversed
    gone: tuple[Account, int, int] = ("receivables", -fact.amount_minor, -fact.cny_minor)
    return moved(order, fact.stock_entry, fact.currency, fact.customer, mirror.accounting_on, gone)


def _asset_again(order: EquipmentOrder, mirror: ReclassificationReversed) -> EquipmentOrder:
    fact = mirror.reversed
    into: tuple[Account, int, int] = ("contract-assets", fact.amount_minor, fact.cny_minor)
    out: tuple[Account, int, int] = ("receivables", -fact.amount_minor, -fact.cny_minor)
    return moved(order, fact.receivable, fact.currency, fact.buyer, mirror.accounting_on, into, out)


# Decide


def check_latest(order: EquipmentOrder, later: Sequence[Fact], *facts: Fact) -> None:
    """Check that nothing that stands rests on facts. Raises OrderStepNotLatest."""
    above = [other for other in later if any(rests(other, fact, order) for fact in facts)]
    if above:
        first = rests_on_it(above[-1], f"that goes first: {way_back(above[-1])}")
        raise OrderStepNotLatest(first + others(above))


def mirrored(
    state: Orders, order: EquipmentOrder, fact: OrderAmountFact, on: date, reason: str, by: By
) -> Iterator[Fact]:
    """The mirror of a fact, on a day on which the books have all that it takes back; what was remeasured goes first."""
    day = posts_on(state, on, by, fact.accounting_on, *_moved_on(order, fact))
    remeasured = tuple(_remeasured(order, fact))
    if remeasured:
        yield RevaluationReversed(effective_on=on, accounting_on=day, month=month_of(day), items=remeasured)
    mirror = MIRRORS[type(fact)]
    yield mirror(effective_on=on, accounting_on=day, **about(order), reversed=fact, reason=reason)


def _moved_on(order: EquipmentOrder, fact: OrderAmountFact) -> Iterator[date]:
    """The days on which what a fact moved was last moved by others."""
    for name, _ in owed_by(fact):
        yield order.receivables[name].moved_on
    match fact:
        case AdvanceReceived() | EquipmentRevenueRecognised() | CancellationFeeCharged():
            yield order.advanced_on
        case ClientMoneyReceived():
            yield order.client_money[fact.milestone].moved_on


def _remeasured(order: EquipmentOrder, fact: OrderAmountFact) -> Iterator[Revalued]:
    """By how much the receivables, or the client money, of a fact stand at something else than it made them."""
    if isinstance(fact, ClientMoneyReceived):
        kept = order.client_money[fact.milestone]
        if kept.amount_minor == fact.amount_minor and kept.cny_minor != fact.cny_minor:
            yield Revalued(
                order=order.order,
                receivable=fact.milestone,
                company=fact.supplier,
                account="client-money",
                currency=fact.currency,
                amount_minor=fact.amount_minor,
                rate_series=fact.rate_series or f"fx/{fact.currency.lower()}-cny",
                rate=fact.rate,
                carrying_minor=fact.cny_minor,
                revalued_minor=kept.cny_minor,
            )
    for name, (account, amount, cny) in owed_by(fact):
        receivable = order.receivables[name]
        held, carrying = receivable.on(account)
        if held == amount and carrying != cny:
            yield Revalued(
                order=order.order,
                receivable=name,
                company=receivable.company,
                account=account,
                currency=receivable.currency,
                amount_minor=amount,
                rate_series=f"fx/{receivable.currency.lower()}-cny",
                rate=fact.rate if isinstance(fact, OrderMoneyFact) else "1",
                carrying_minor=cny,
                revalued_minor=carrying,
            )


def _reverse_payment(state: Orders, command: ReverseOrderPayment, by: By) -> Sequence[Fact]:
    order, story = order_of(state, command), state.stories.get(command.order, ())
    at = _latest(story, lambda fact: getattr(fact, "bank_reference", None) == command.bank_reference)
    if at is None:
        if _said(state, command, command.bank_reference):
            return ()
        raise OrderPostingUnknown(
            f"no payment with bank reference {command.bank_reference} stands of {order.order}", field="bank_reference"
        )
    return _reverse(state, order, at, command.effective_on, command.reason, by)


def _reverse_forfeit(state: Orders, command: ReverseForfeit, by: By) -> Sequence[Fact]:
    order, story = order_of(state, command), state.stories.get(command.order, ())
    key = (command.forfeited_on, amount_of(command.amount, order.currency))
    at = _latest(
        story, lambda fact: isinstance(fact, AdvanceForfeited) and (fact.effective_on, fact.amount_minor) == key
    )
    if at is None:
        if _said(state, command, key):
            return ()
        raise OrderPostingUnknown(
            f"no {command.amount} were kept of {order.order} on {command.forfeited_on}", field="amount"
        )
    return _reverse(state, order, at, command.effective_on, command.reason, by)


def _restore(state: Orders, command: RestoreCommission, by: By) -> Sequence[Fact]:
    order, story = order_of(state, command), state.stories.get(command.order, ())
    at = _latest(
        story,
        lambda fact: (
            isinstance(fact, CommissionFeeReversed)
            and (fact.trigger, fact.bank_reference, fact.change) == (command.trigger, None, None)
        ),
    )
    if at is None:
        if _said(state, command, command.trigger):
            return ()
        raise OrderPostingUnknown(
            f"no fee of {order.order} on {command.trigger} was given up without a payment", field="trigger"
        )
    check_state(order, IN_FORCE)
    return _reverse(state, order, at, command.effective_on, command.reason, by)


def _reverse_progress(state: Orders, command: ReverseProgress, by: By) -> Sequence[Fact]:
    order, story = order_of(state, command), state.stories.get(command.order, ())
    at = _latest(story, lambda fact: isinstance(fact, ProgressMeasured) and fact.effective_on == command.measured_on)
    if at is None:
        if _said(state, command, command.measured_on):
            return ()
        raise OrderPostingUnknown(
            f"no measurement of {order.order} on {command.measured_on} stands", field="measured_on"
        )
    return _reverse(state, order, at, command.effective_on, command.reason, by)


def _reverse_stock(state: Orders, command: ReverseStockStep, by: By) -> Sequence[Fact]:
    order, story = order_of(state, command), state.stories.get(command.order, ())
    at = _latest(story, lambda fact: isinstance(fact, LEFTOVER) and fact.stock_entry == command.stock_entry)
    if at is None:
        if _said(state, command, command.stock_entry):
            return ()
        raise OrderPostingUnknown(
            f"no step {command.stock_entry} of the stock of {order.order} stands", field="stock_entry"
        )
    fact: Any = story[at]
    if command.to_order != getattr(fact, "to_order", None):
        raise OtherOrderUnnamed(
            f"{command.stock_entry} moved stock to {getattr(fact, 'to_order', 'no other order')}; name it so",
            field="to_order",
        )
    back = _reverse(state, order, at, command.effective_on, command.reason, by)
    for name, minor in (move for one in back for move in stock_moves(one)):
        there = carrying(state.stock, state.allowances, name).least_from(command.effective_on)
        if minor < 0 and there + minor < 0:
            raise StockGone(f"{written(there)} CNY of it stand with {name}; what took it goes first", field="to_order")
    return back


def _latest(story: Sequence[Fact], is_meant: Any) -> int | None:
    """The place of the latest fact of a story that is meant."""
    return next((at for at in reversed(range(len(story))) if is_meant(story[at])), None)


def _said(state: Orders, command: OrderCommand, named: Any) -> bool:
    """Tell whether a mirror of just these words is on record."""
    words = (command.effective_on, command.order, named, getattr(command, "reason", None))
    return any((mirror, *words) in state.asked.values() for mirror in MIRRORS.values())


def _reverse(state: Orders, order: EquipmentOrder, at: int, on: date, reason: str, by: By) -> Sequence[Fact]:
    """The mirror of a fact of an order's story. Raises OrderStepNotLatest, OrderStepTooEarly, NoOpenPeriod."""
    story = state.stories[order.order]
    fact = story[at]
    assert isinstance(fact, OrderAmountFact), "a fact that posts was looked for"
    if order.state == "CLOSED":
        raise OrderStepNotLatest(f"{order.order} is closed; that goes first: withdraw-order-step of order.closed")
    if isinstance(fact, CommissionFeeReversed) and fact.change is not None:
        raise OrderStepNotLatest(f"it went with change order {fact.change}: {way_back(fact)} takes back both")
    check_latest(order, story[at + 1 :], fact)
    check_not_before(stored_name(type(fact)), fact.effective_on, on)
    return (*mirrored(state, order, fact, on, reason, by), *_due_by_now(state, order, fact, on, by))


def _due_by_now(state: Orders, order: EquipmentOrder, fact: Fact, on: date, by: By) -> Iterator[Fact]:
    """Reclassify what was collected as a contract asset and became due since."""
    milestone = order.milestone(fact.receivable) if isinstance(fact, ReceivableCollected) else None
    if milestone is None or not isinstance(fact, ReceivableCollected) or fact.account != "contract-assets":
        return
    days = [day for day in (order.due_since(milestone.trigger), milestone.invoiced_on) if day is not None]
    if days:
        due_on = max(on, min(days))
        yield ReceivableReclassified(
            **about(order),
            effective_on=due_on,
            accounting_on=posts_on(state, due_on, by, fact.accounting_on),
            currency=fact.currency,
            amount_minor=fact.amount_minor,
            cny_minor=fact.carrying_minor,
            receivable=fact.receivable,
        )


PUTTING_RIGHT: Part[Orders, EquipmentOrder] = Part(
    decide={
        ReverseOrderPayment: _reverse_payment,
        ReverseForfeit: _reverse_forfeit,
        RestoreCommission: _restore,
        ReverseStockStep: _reverse_stock,
        ReverseProgress: _reverse_progress,
    },
    scope={
        **dict.fromkeys(
            (ReverseOrderPayment, ReverseForfeit, RestoreCommission, ReverseProgress),
            lambda command: scope_of(command, *posting_tags()),
        ),
        ReverseStockStep: lambda command: scope_of(
            command, *((f"order:{command.to_order}",) if command.to_order else ()), *posting_tags()
        ),
    },
    evolve={
        AdvanceReversed: _payment_gone,
        ClientMoneyReversed: _payment_gone,
        RemittanceReversed: _remittance_gone,
        ReceivableCollectionReversed: _collection_gone,
        AdvanceRefundReversed: _advance_back,
        ForfeitReversed: _advance_back,
        RevenueReversed: _revenue_gone,
        FeeWithdrawn: _fee_gone,
        FeeRestored: _fee_back,
        CancellationFeeReversed: _charge_gone,
        ReclassificationReversed: _asset_again,
        ProgressReversed: _measurement_gone,
        StockSaleReversed: _sale_gone,
        StockMoveReversed: as_it_was,
        WriteDownReversed: as_it_was,
    },
)
