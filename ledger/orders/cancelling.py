"""The end of an order before acceptance: what was earned goes back, advances are paid back or kept.

Command          Facts (order.…)
CancelOrder      cancelled; commission-reversed for every fee not collected; cancellation-fee-charged (PRINCIPAL): out
                 of the advances, and what they do not cover is owed by the buyer
RefundAdvance    advance-refunded: at the rate of the day it is paid; the difference to the advance is exchange
ForfeitAdvance   advance-forfeited: MCSC's for good, as other income

A fee between buyer and supplier, where MCSC is agent or observer, is kept in the fact and posts nothing.

Refusals, in order of precedence (after OrderUnknown)
├── (OrderStateForbids)  cancelled is what was ordered and not accepted; paid back or kept, once it is cancelled
├── FeeCollected         a fee that was collected is paid back first, with `reverse-commission`
├── (RoleForbids)        only a principal holds advances
└── AdvanceExceeded      no more is paid back or kept than is held
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from ledger.billing.facts import BankReference
from ledger.decider import By, Fact, Text
from ledger.orders.agreement import UNDER_WAY
from ledger.orders.earning import reversal
from ledger.orders.facts import (
    Account,
    AdvanceForfeited,
    AdvanceRefunded,
    CancellationFeeCharged,
    Cause,
    OrderCancelled,
)
from ledger.orders.order import (
    EquipmentOrder,
    OrderCommand,
    OrderRefusal,
    Orders,
    Part,
    RoleForbids,
    about,
    already_so,
    amount_of,
    check_reference,
    check_state,
    money,
    moved,
    posting_tags,
    posts_on,
)
from ledger.orders.terms import Amount
from ledger.rates import Series
from ledger.values.evidence import Evidence
from ledger.values.money import EXPONENT, rounded, written

FEE = "cancellation-fee"
"""The name of what is owed as one."""


# Commands


class CancelOrder(OrderCommand, frozen=True, kw_only=True, tag="cancel-order"):
    """Record that an order is cancelled, why, and the fee for it in the order's currency.

    rate_series   the exchange rate, where a principal's fee is more than the advances in a foreign currency
    """

    cause: Cause
    fee: Amount = "0"
    document: Evidence
    rate_series: Series | None = None


class RefundAdvance(OrderCommand, frozen=True, kw_only=True, tag="refund-advance"):
    """Pay advances of a cancelled order back; `effective_on` is the value date."""

    amount: Amount
    bank_reference: BankReference
    rate_series: Series | None = None


class ForfeitAdvance(OrderCommand, frozen=True, kw_only=True, tag="forfeit-advance"):
    """Keep advances of a cancelled order, once the right to them is unconditional."""

    amount: Amount
    reason: Text


# Refusals


class FeeCollected(OrderRefusal):
    """A fee that was collected is paid back first."""

    code = "commission-collected"


class AdvanceExceeded(OrderRefusal):
    """No more is paid back or kept than is held."""

    code = "advance-exceeded"


# Decide


def _cancel(state: Orders, order: EquipmentOrder, command: CancelOrder, by: By) -> Sequence[Fact]:
    fee = amount_of(command.fee, order.currency, field="fee") if Fraction(command.fee) else 0
    if already_so(state, OrderCancelled, command, fee_minor=fee):
        return ()
    check_state(order, UNDER_WAY, command.effective_on)
    earned = [trigger for trigger, one in order.fees.items() if not one.reversed]
    for trigger in earned:
        if order.is_collected(order.fees[trigger]):
            raise FeeCollected(
                f"the fee on {trigger} was collected: give it back first with reverse-commission, then cancel"
            )
    on, why = command.effective_on, f"order cancelled: {command.cause}"
    cancelled = OrderCancelled(
        **about(order), effective_on=on, cause=command.cause, fee_minor=fee, document=command.document
    )
    reversed_fees = [reversal(state, order, trigger, on, by, reason=why) for trigger in earned]
    return (cancelled, *reversed_fees, *_charged(state, order, fee, command, by))


def _charged(state: Orders, order: EquipmentOrder, fee: int, command: CancelOrder, by: By) -> tuple[Fact, ...]:
    if order.role != "PRINCIPAL" or fee == 0:
        return ()
    on, kept = command.effective_on, min(fee, order.advances[0])
    carrying = part_of(order.advances, kept)
    rest: dict[str, Any] = {"currency": order.currency, "cny_minor": 0}
    if fee > kept:
        rest = money(state, order, fee - kept, command.rate_series, on)
    return (
        CancellationFeeCharged(
            **about(order),
            **{**rest, "amount_minor": fee, "cny_minor": carrying + rest["cny_minor"]},
            effective_on=on,
            accounting_on=posts_on(state, on, by),
            advances_minor=kept,
            advances_cny_minor=carrying,
        ),
    )


def part_of(advances: tuple[int, int], amount_minor: int) -> int:
    """What a part of the advances stands at in CNY; all of them, at all of it."""
    held, cny = advances
    return cny if amount_minor == held else rounded(Fraction(cny) * amount_minor / held)


def _held(order: EquipmentOrder, command: RefundAdvance | ForfeitAdvance, amount: int) -> int:
    """What the amount stands at in CNY. Raises OrderStateForbids, RoleForbids, AdvanceExceeded."""
    check_state(order, ("CANCELLED",), command.effective_on)
    if order.role != "PRINCIPAL":
        raise RoleForbids(f"as {order.role} of {order.order} MCSC holds no advances")
    if amount > order.advances[0]:
        held = written(order.advances[0], EXPONENT[order.currency])
        raise AdvanceExceeded(f"{held} {order.currency} of advances are held, not {command.amount}", field="amount")
    return part_of(order.advances, amount)


def _refund(state: Orders, order: EquipmentOrder, command: RefundAdvance, by: By) -> Sequence[Fact]:
    amount = amount_of(command.amount, order.currency)
    series = None if order.currency == "CNY" else command.rate_series
    if already_so(state, AdvanceRefunded, command, amount_minor=amount, rate_series=series):
        return ()
    carrying = _held(order, command, amount)
    check_reference(state, command.bank_reference)
    return (
        AdvanceRefunded(
            **about(order),
            **money(state, order, amount, command.rate_series, command.effective_on),
            effective_on=command.effective_on,
            accounting_on=posts_on(state, command.effective_on, by),
            carrying_minor=carrying,
            bank_reference=command.bank_reference,
        ),
    )


def _forfeit(state: Orders, order: EquipmentOrder, command: ForfeitAdvance, by: By) -> Sequence[Fact]:
    amount = amount_of(command.amount, order.currency)
    if already_so(state, AdvanceForfeited, command, amount_minor=amount):
        return ()
    carrying = _held(order, command, amount)
    return (
        AdvanceForfeited(
            **about(order),
            effective_on=command.effective_on,
            accounting_on=posts_on(state, command.effective_on, by),
            currency=order.currency,
            amount_minor=amount,
            cny_minor=carrying,
            reason=command.reason,
        ),
    )


def _scope(command: Any) -> tuple[str, ...]:
    match command:
        case RefundAdvance():
            return (f"bank:{command.bank_reference}", *posting_tags(command.rate_series))
        case CancelOrder():
            return posting_tags(command.rate_series)
    return posting_tags()


# Evolve


def _cancelled(order: EquipmentOrder, fact: OrderCancelled) -> dict[str, Any]:
    return {"cancelled_on": fact.effective_on, "on_hold": False}


def _fee_charged(order: EquipmentOrder, fact: CancellationFeeCharged) -> dict[str, Any]:
    left = (order.advances[0] - fact.advances_minor, order.advances[1] - fact.advances_cny_minor)
    rest = (fact.amount_minor - fact.advances_minor, fact.cny_minor - fact.advances_cny_minor)
    change: dict[str, Any] = {"advances": left}
    if rest[0]:
        owed: tuple[Account, int, int] = ("receivables", *rest)
        change["receivables"] = moved(order, FEE, fact.currency, fact.buyer, fact.accounting_on, owed)
    return change


def _refunded(order: EquipmentOrder, fact: AdvanceRefunded) -> dict[str, Any]:
    return {"advances": (order.advances[0] - fact.amount_minor, order.advances[1] - fact.carrying_minor)}


def _forfeited(order: EquipmentOrder, fact: AdvanceForfeited) -> dict[str, Any]:
    return {"advances": (order.advances[0] - fact.amount_minor, order.advances[1] - fact.cny_minor)}


CANCELLING = Part(
    decide={CancelOrder: _cancel, RefundAdvance: _refund, ForfeitAdvance: _forfeit},
    scope=dict.fromkeys((CancelOrder, RefundAdvance, ForfeitAdvance), _scope),
    change={
        OrderCancelled: _cancelled,
        CancellationFeeCharged: _fee_charged,
        AdvanceRefunded: _refunded,
        AdvanceForfeited: _forfeited,
    },
)
