"""The end of an order before acceptance: what was earned goes back, advances are paid back or kept.

Command          Facts (order.…)
CancelOrder      cancelled; commission-reversed for every fee not collected; cancellation-fee-charged (PRINCIPAL): out
                 of the advances, and what they do not cover is owed by the buyer
RefundAdvance    advance-refunded: at the rate of the day it is paid; the difference to the advance is exchange
ForfeitAdvance   advance-forfeited: MCSC's for good, as other income

A fee, or an advance kept, is compensation and not taxed, unless a rate is approved for it (vat/cancellation-fees,
vat/forfeited-advances) or the command names one: then it includes that tax. Which is right is not settled everywhere.

A fee between buyer and supplier, where MCSC is agent or observer, is kept in the fact and posts nothing.

Refusals, in order of precedence (after OrderUnknown)
├── (OrderStateForbids)  cancelled is what was ordered and not accepted; paid back or kept, once it is cancelled
├── ProgressStands       what was earned over time is taken back first, with `reverse-progress`
├── FeeCollected         a fee that was collected is paid back first, with `reverse-commission`
├── KeptRateUnfit        the law has no such VAT rate on the day, or nothing is kept that it could be of
├── (RoleForbids)        only a principal holds advances
└── AdvanceExceeded      no more is paid back or kept than is held
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, ClassVar

from msgspec.structs import replace

from ledger.bookkeeping.vat.rates import KEPT_ADVANCES, KEPT_FEES, kept_rate, why_not
from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.once.bank import BankReference
from ledger.orders.earning import SaidOtherwise, check_same, reversal
from ledger.orders.facts import (
    AdvanceForfeited,
    AdvanceRefunded,
    CancellationFeeCharged,
    Cause,
    OrderCancelled,
)
from ledger.orders.order import (
    UNDER_WAY,
    EquipmentOrder,
    OrderCommand,
    OrderRefusal,
    Orders,
    RoleForbids,
    about,
    advanced,
    amount_of,
    check_new,
    check_state,
    money,
    moved,
    order_of,
    part_of,
    posting_tags,
    posts_on,
    rate_of,
    scope_of,
    series_named,
)
from ledger.orders.over_time.facts import ProgressMeasured
from ledger.rates import Series
from ledger.values.currencies import Amount, converted
from ledger.values.evidence import Evidence
from ledger.values.money import EXPONENT, Ratio, net_of, written

FEE = "cancellation-fee"
"""The name of the receivable that a cancellation fee is owed as."""


# Commands


class CancelOrder(OrderCommand, frozen=True, kw_only=True, tag="cancel-order"):
    """Record that an order is cancelled, why, and the fee for it in the order's currency.

    rate_series   the exchange rate, where a principal's fee is more than the advances in a foreign currency
    vat_rate      of the tax that a principal's fee includes; by the rule of the day where it is not said
    """

    put_right: ClassVar[str] = (
        "`withdraw-order-step` of `order.cancelled`: the order goes on, and the fees that went with it are put back."
    )
    cause: Cause
    fee: Amount = "0"
    document: Evidence
    rate_series: Series | None = None
    vat_rate: Ratio | None = None


class RefundAdvance(OrderCommand, frozen=True, kw_only=True, tag="refund-advance"):
    """Pay advances of a cancelled order back; `effective_on` is the value date."""

    put_right: ClassVar[str] = "`reverse-order-payment`: the advance is held again, and its bank reference is free."
    amount: Amount
    bank_reference: BankReference
    bank_account: Id | None = None
    rate_series: Series | None = None


class ForfeitAdvance(OrderCommand, frozen=True, kw_only=True, tag="forfeit-advance"):
    """Keep advances of a cancelled order, once the right to them is unconditional. `vat_rate`: of the tax that they
    include; by the rule of the day where it is not said."""

    put_right: ClassVar[str] = "`reverse-forfeit`: the advance is held again."
    amount: Amount
    reason: Text
    vat_rate: Ratio | None = None


# Refusals


class ProgressStands(OrderRefusal):
    """A measurement stands, which is taken back first."""

    code = "order-progress-stands"


class FeeCollected(OrderRefusal):
    """A fee that was collected is paid back first."""

    code = "commission-collected"


class KeptRateUnfit(OrderRefusal):
    """The law has no such VAT rate on the day, or nothing is kept that it could be of."""

    code = "kept-rate-unfit"


class AdvanceExceeded(OrderRefusal):
    """No more is paid back or kept than is held."""

    code = "advance-exceeded"


# Evolve


def _cancelled(order: EquipmentOrder, fact: OrderCancelled) -> EquipmentOrder:
    return replace(order, cancelled_on=fact.effective_on, on_hold=False)


def _fee_charged(order: EquipmentOrder, fact: CancellationFeeCharged) -> EquipmentOrder:
    order = advanced(order, fact.accounting_on, -fact.advances_minor, -fact.advances_cny_minor)
    rest, cny = fact.amount_minor - fact.advances_minor, fact.cny_minor - fact.advances_cny_minor
    if rest == 0:
        return order
    return moved(order, FEE, fact.currency, fact.buyer, fact.accounting_on, ("receivables", rest, cny))


def _refunded(order: EquipmentOrder, fact: AdvanceRefunded) -> EquipmentOrder:
    return advanced(order, fact.accounting_on, -fact.amount_minor, -fact.carrying_minor)


def _forfeited(order: EquipmentOrder, fact: AdvanceForfeited) -> EquipmentOrder:
    return advanced(order, fact.accounting_on, -fact.amount_minor, -fact.cny_minor)


# Decide


def _cancel(state: Orders, command: CancelOrder, by: By) -> Sequence[Fact]:
    order = order_of(state, command)
    fee = amount_of(command.fee, order.currency, field="fee") if Fraction(command.fee) else 0
    if said(OrderCancelled, command, fee_minor=fee) in state.asked.values():
        charged = state.recorded(command, CancellationFeeCharged)
        check_same(state.recorded(command, OrderCancelled)[-1], order, command.rate_series, charged)
        if command.vat_rate not in (None, *(one.vat_rate for one in charged)):
            raise SaidOtherwise(f"{order.order} is cancelled with another VAT rate", field="vat_rate")
        return ()
    check_state(order, UNDER_WAY, command.effective_on)
    if measured := state.recorded(command, ProgressMeasured):
        raise ProgressStands(
            f"{order.order} was measured on {measured[-1].effective_on}: reverse-progress takes that back first; what "
            "the buyer owes for what was done is the fee"
        )
    standing = {trigger: earned for trigger, earned in order.fees.items() if not earned.reversed}
    for trigger, earned in standing.items():
        if order.is_collected(earned):
            raise FeeCollected(
                f"the fee on {trigger} was collected: give it back first with reverse-commission, then cancel"
            )
    on, why = command.effective_on, f"order cancelled: {command.cause}"
    cancelled = OrderCancelled(
        **about(order),
        effective_on=on,
        cause=command.cause,
        fee_minor=fee,
        document=command.document,
        rate_series=series_named(order, command.rate_series),
    )
    reversed_fees = [reversal(state, order, trigger, on, by, reason=why) for trigger in standing]
    return (cancelled, *reversed_fees, *_charged(state, order, fee, command, by))


def _charged(state: Orders, order: EquipmentOrder, fee: int, command: CancelOrder, by: By) -> tuple[Fact, ...]:
    """A principal's fee: out of the advances as they stand; what they do not cover is owed at the day's rate."""
    if order.role != "PRINCIPAL" or fee == 0:
        if command.vat_rate is not None:
            raise KeptRateUnfit("no fee is MCSC's here, so none includes VAT: leave the rate out", field="vat_rate")
        return ()
    on, kept = command.effective_on, min(fee, order.advances[0])
    carrying = part_of(order.advances, kept)
    series, rate = rate_of(state, order.currency, command.rate_series, on) if fee > kept else (None, "1")
    cny = carrying + converted(fee - kept, order.currency, rate)
    return (
        CancellationFeeCharged(
            **about(order),
            effective_on=on,
            accounting_on=posts_on(state, on, by, order.advanced_on),
            currency=order.currency,
            amount_minor=fee,
            rate_series=series,
            rate=rate,
            cny_minor=cny,
            advances_minor=kept,
            advances_cny_minor=carrying,
            **_taxed(state, KEPT_FEES, command, fee, cny),
        ),
    )


def _taxed(
    state: Orders, series: Series, command: CancelOrder | ForfeitAdvance, amount: int, cny: int
) -> dict[str, Any]:
    """The VAT that something kept includes, in the order's currency and in CNY. Raises KeptRateUnfit."""
    rate = kept_rate(state.rates, series, command.effective_on, command.vat_rate)
    if (wrong := why_not(rate, command.effective_on)) is not None:
        raise KeptRateUnfit(wrong, field="vat_rate")
    return {"vat_rate": rate, "vat_minor": amount - net_of(amount, rate), "vat_cny_minor": cny - net_of(cny, rate)}


def _carrying(order: EquipmentOrder, command: RefundAdvance | ForfeitAdvance, amount: int) -> int:
    """The CNY that an amount of the advances held stands at. Raises OrderStateForbids, RoleForbids, AdvanceExceeded."""
    check_state(order, ("CANCELLED",), command.effective_on)
    if order.role != "PRINCIPAL":
        raise RoleForbids(f"as {order.role} of {order.order} MCSC holds no advances")
    if amount > order.advances[0]:
        held = written(order.advances[0], EXPONENT[order.currency])
        raise AdvanceExceeded(f"{held} {order.currency} of advances are held, not {command.amount}", field="amount")
    return part_of(order.advances, amount)


def _refund(state: Orders, command: RefundAdvance, by: By) -> Sequence[Fact]:
    order = order_of(state, command)
    amount, series = amount_of(command.amount, order.currency), series_named(order, command.rate_series)
    if said(AdvanceRefunded, command, amount_minor=amount, rate_series=series) in state.asked.values():
        return ()
    carrying = _carrying(order, command, amount)
    check_new(state, command.bank_reference, command.bank_account)
    return (
        AdvanceRefunded(
            **about(order),
            **money(state, order, amount, command.rate_series, command.effective_on),
            effective_on=command.effective_on,
            accounting_on=posts_on(state, command.effective_on, by, order.advanced_on),
            carrying_minor=carrying,
            bank_reference=command.bank_reference,
            bank_account=command.bank_account,
        ),
    )


def _forfeit(state: Orders, command: ForfeitAdvance, by: By) -> Sequence[Fact]:
    order = order_of(state, command)
    amount = amount_of(command.amount, order.currency)
    asked = said(AdvanceForfeited, command, amount_minor=amount)
    kept = [fact for fact in state.recorded(command, AdvanceForfeited) if fact.asked == asked]
    if kept and command.vat_rate in (None, kept[-1].vat_rate):
        return ()
    if kept:
        raise SaidOtherwise(
            f"it was kept with VAT of {kept[-1].vat_rate}; reverse-forfeit goes first", field="vat_rate"
        )
    carrying = _carrying(order, command, amount)
    return (
        AdvanceForfeited(
            **about(order),
            effective_on=command.effective_on,
            accounting_on=posts_on(state, command.effective_on, by, order.advanced_on),
            currency=order.currency,
            amount_minor=amount,
            cny_minor=carrying,
            reason=command.reason,
            **_taxed(state, KEPT_ADVANCES, command, amount, carrying),
        ),
    )


CANCELLING: Part[Orders, EquipmentOrder] = Part(
    decide={CancelOrder: _cancel, RefundAdvance: _refund, ForfeitAdvance: _forfeit},
    scope={
        CancelOrder: lambda command: scope_of(command, *posting_tags(command.rate_series, KEPT_FEES)),
        RefundAdvance: lambda command: scope_of(
            command, f"bank:{command.bank_reference}", *posting_tags(command.rate_series)
        ),
        ForfeitAdvance: lambda command: scope_of(command, *posting_tags(KEPT_ADVANCES)),
    },
    evolve={
        OrderCancelled: _cancelled,
        CancellationFeeCharged: _fee_charged,
        AdvanceRefunded: _refunded,
        AdvanceForfeited: _forfeited,
    },
)
