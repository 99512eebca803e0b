"""Earnings of MCSC by an order: the sale as principal, the fee as agent.

Fact (order.…)       Posts   When
revenue-recognised   yes     PRINCIPAL, on acceptance: advances as they came, the rest at the rate of the day
commission-earned    yes     AGENT, once for each trigger of the terms (O6); what a change order adds to it
commission-reversed  yes     the order was cancelled, or the fee is given up; what a change order takes off it

Command              Fact
ReverseCommission    commission-reversed; where the fee was collected, it is paid back with it

As OBSERVER MCSC earns nothing here, and nothing posts.

Refusals, in order of precedence (after OrderUnknown)
├── FeeUnknown           no fee was earned on this trigger, or it was reversed (unknown)
├── SaidOtherwise        the step is on record with another exchange rate or cost (conflict)
├── CostExceeded         no more goes out of the inventory of an order than stands there
└── ReferenceUnfit       a bank reference is named just where money moves through the bank
"""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import ClassVar

from msgspec.structs import replace

from ledger.billing.balance import DatedAmount
from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.once.bank import BankReference
from ledger.orders.facts import (
    AdvanceReceived,
    ChangeOrderApproved,
    CommissionFeeEarned,
    CommissionFeeReversed,
    Due,
    EquipmentRevenueRecognised,
    OrderFact,
    OrderMoneyFact,
)
from ledger.orders.order import (
    EquipmentOrder,
    Fee,
    OrderCommand,
    OrderRefusal,
    Orders,
    about,
    advanced,
    check_new,
    check_not_before,
    money,
    moved,
    order_of,
    posting_tags,
    posts_on,
    rate_of,
    scope_of,
    series_named,
    terms_of,
    value_of_series,
)
from ledger.orders.over_time.facts import ProgressMeasured
from ledger.orders.terms import CommissionTerm, Trigger
from ledger.rates import Series
from ledger.values.currencies import converted, in_minor
from ledger.values.money import Cny, minor, net_of, rounded, vat_on, written

GOODS, SERVICES = "vat/goods", "vat/services"
TAXES: tuple[Series, ...] = (GOODS, SERVICES)
"""The tax rates that a step may need."""


# Commands


class ReverseCommission(OrderCommand, frozen=True, kw_only=True, tag="reverse-commission"):
    """Give up a fee. Where it was collected, name the payment that returns it, and its exchange rate."""

    put_right: ClassVar[str] = (
        "`restore-commission`: it is owed again; where it was paid back, `reverse-order-payment` of that payment."
    )
    trigger: Trigger
    reason: Text
    bank_reference: BankReference | None = None
    bank_account: Id | None = None
    rate_series: Series | None = None


# Refusals


class FeeUnknown(OrderRefusal):
    """No fee was earned on this trigger, or it was reversed."""

    code = "commission-unknown"
    kind = "unknown"


class SaidOtherwise(OrderRefusal):
    """The step is on record with another exchange rate or cost."""

    code = "order-step-recorded-otherwise"
    kind = "conflict"


class CostExceeded(OrderRefusal):
    """No more goes out of the inventory of an order than stands there."""

    code = "order-cost-exceeded"


class ReferenceUnfit(OrderRefusal):
    """A bank reference is named just where money moves through the bank."""

    code = "order-bank-reference-unfit"


# Evolve


def receivable_of(trigger: Trigger) -> str:
    """The name of what is owed as a fee on a trigger."""
    return f"commission-{trigger.lower().replace('_', '-')}"


def _recognised(order: EquipmentOrder, fact: EquipmentRevenueRecognised) -> EquipmentOrder:
    if fact.before is not None:
        order = replace(order, progress=order.progress.plus(fact.before, -1))
    for due in fact.due:
        owed = (due.account, due.amount_minor, due.cny_minor)
        order = moved(order, due.milestone, fact.currency, fact.buyer, fact.accounting_on, owed)
    return advanced(order, fact.accounting_on, -fact.advances_minor, -fact.advances_cny_minor)


def _earned(order: EquipmentOrder, fact: CommissionFeeEarned) -> EquipmentOrder:
    gross, cny = fact.amount_minor + fact.vat_minor, fact.cny_minor + fact.vat_cny_minor
    order, name = with_fee(order, fact), receivable_of(fact.trigger)
    return moved(order, name, fact.currency, fact.payer, fact.accounting_on, ("receivables", gross, cny))


def _reversed(order: EquipmentOrder, fact: CommissionFeeReversed) -> EquipmentOrder:
    name = receivable_of(fact.trigger)
    if fact.change is not None:
        order = with_fee(order, fact, -1)
    else:
        fee = order.fees.get(fact.trigger) or Fee(receivable=name)
        order = replace(order, fees={**order.fees, fact.trigger: replace(fee, reversed=True)})
    amount, cny = owed_of(fact)
    if not amount:
        return order
    return moved(order, name, fact.currency, fact.payer, fact.accounting_on, ("receivables", -amount, -cny))


def with_fee(order: EquipmentOrder, fact: CommissionFeeEarned | CommissionFeeReversed, sign: int = 1) -> EquipmentOrder:
    """The order with a fee, or the difference of one, more; `sign` -1: less."""
    fee = order.fees.get(fact.trigger) or Fee(receivable=receivable_of(fact.trigger))
    net, cny = fact.amount_minor, fact.cny_minor
    if isinstance(fact, CommissionFeeReversed):
        net, cny = fact.amount_minor - fact.vat_minor, fact.earned_cny_minor
    fee = replace(
        fee,
        amount_minor=fee.amount_minor + sign * net,
        cny_minor=fee.cny_minor + sign * cny,
        vat_minor=fee.vat_minor + sign * fact.vat_minor,
        vat_cny_minor=fee.vat_cny_minor + sign * fact.vat_cny_minor,
    )
    return replace(order, fees={**order.fees, fact.trigger: fee})


def owed_of(fact: CommissionFeeReversed) -> tuple[int, int]:
    """Amount and CNY of a fee given up that was still owed; the rest is paid back."""
    if fact.bank_reference is None:
        return fact.amount_minor, fact.cny_minor
    return fact.open_minor, fact.open_cny_minor


# Scope


def _scope(command: ReverseCommission) -> tuple[str, ...]:
    """The bank's reference too, where the fee is paid back."""
    named = (f"bank:{command.bank_reference}",) if command.bank_reference else ()
    return scope_of(command, *named, *posting_tags(command.rate_series))


# Decide


def payer_of(order: EquipmentOrder) -> str:
    """Name the party that owes MCSC the fee: the supplier or the buyer."""
    return order.supplier if terms_of(order).commission_payer == "SUPPLIER" else order.buyer


def fee_earned(
    state: Orders, order: EquipmentOrder, trigger: Trigger, series: Series | None, on: date, by: By
) -> tuple[Fact, ...]:
    """The fee that a trigger earns; nothing for another role, another trigger, or one that has earned (O6)."""
    term = next((term for term in terms_of(order).commission if term.trigger == trigger), None)
    if order.role != "AGENT" or term is None or trigger in order.fees:
        return ()
    check_not_before_changes(state, order, on)
    fee = fee_minor(order, term)
    return (fee_at(state, order, trigger, fee, series, on, by),) if fee else ()


def fee_at(
    state: Orders, order: EquipmentOrder, trigger: Trigger, fee: int, series: Series | None, on: date, by: By
) -> CommissionFeeEarned:
    """A fee earned at the rate of a date, with its tax."""
    domestic = terms_of(order).commission_supply == "DOMESTIC"
    given = money(state, order, fee, series, on)
    vat_rate = value_of_series(state, SERVICES, on) if domestic else "0"
    vat = vat_on(fee, vat_rate)
    return CommissionFeeEarned(
        **about(order),
        **given,
        effective_on=on,
        accounting_on=posts_on(state, on, by),
        trigger=trigger,
        payer=payer_of(order),
        vat_rate=vat_rate,
        vat_minor=vat,
        vat_cny_minor=converted(vat, order.currency, given["rate"]),
        needs_filing=not domestic,
    )


def check_not_before_changes(state: Orders, order: EquipmentOrder, on: date) -> None:
    """Check that what is earned on the order's value is not earned before a change of it. Raises OrderStepTooEarly."""
    for fact in state.stories.get(order.order, ()):
        if isinstance(fact, ChangeOrderApproved):
            check_not_before(
                f"the change order {fact.change} (withdraw-order-step of order.change-approved, and approve it again "
                "after this)",
                fact.effective_on,
                on,
            )


def check_same(
    step: OrderFact,
    order: EquipmentOrder,
    series: Series | None,
    posted: Sequence[OrderMoneyFact],
    cost: str | None = None,
) -> None:
    """Check that a step on record, and what it posted, were at the rate and cost that are said again.

    A step of before its rate was kept says it where it posted. Raises SaidOtherwise.
    """
    kept = {getattr(step, "rate_series", None), *(fact.rate_series for fact in posted)} - {None}
    sales = [fact for fact in posted if isinstance(fact, EquipmentRevenueRecognised)]
    costs = [0 if sale.of_stock else sale.cost_minor for sale in sales]
    if (kept or {None}) != {series_named(order, series)} or any(minor(cost or "0") != recorded for recorded in costs):
        raise SaidOtherwise(
            f"it is recorded of {step.effective_on} with another rate or cost; withdraw-order-step takes it back"
        )


def fee_minor(order: EquipmentOrder, term: CommissionTerm) -> int:
    """The fee by a term on the order's value by now: a share, rounded once, and a flat amount."""
    share = rounded(order.value_minor * Fraction(term.rate))
    return share + in_minor(term.flat, order.currency)


def _is_due(order: EquipmentOrder, trigger: Trigger) -> bool:
    """Tell whether acceptance leaves only time to pass: not where it is retained (IFRS 15.105, .108; domain §14.7)."""
    return trigger != "RETENTION_RELEASED" or trigger in order.reached


def revenue(
    state: Orders, order: EquipmentOrder, command: OrderCommand, series: Series | None, cost: Cny | None, by: By
) -> tuple[Fact, ...]:
    """The sale that acceptance earns a principal; nothing in another role."""
    on = command.effective_on
    if order.role != "PRINCIPAL":
        return ()
    opens = ((one, one.amount_minor - order.paid_minor(one.milestone)) for one in order.milestones)
    unpaid = [(milestone, amount) for milestone, amount in opens if amount > 0]
    for advance in state.recorded(command, AdvanceReceived):
        check_not_before(
            f"an advance (reverse-order-payment of {advance.bank_reference}, then record it after acceptance)",
            advance.effective_on,
            on,
        )
    check_not_before_changes(state, order, on)
    measured = state.recorded(command, ProgressMeasured)
    for measurement in measured:
        check_not_before("a measurement (reverse-progress)", measurement.effective_on, on)
    named, rate = rate_of(state, order.currency, series, on) if unpaid else (None, "1")
    due = tuple(
        Due(
            milestone=milestone.milestone,
            account="receivables" if milestone.invoice or _is_due(order, milestone.trigger) else "contract-assets",
            amount_minor=amount,
            cny_minor=converted(amount, order.currency, rate),
        )
        for milestone, amount in unpaid
    )
    before = order.progress if measured else None
    total = order.advances[1] + (order.progress.advances_minor if measured else 0) + sum(part.cny_minor for part in due)
    vat_rate = value_of_series(state, GOODS, on) if terms_of(order).supply == "DOMESTIC" else "0"
    taken, booked_on = _taken(state, order, cost, on)
    return (
        EquipmentRevenueRecognised(
            **about(order),
            effective_on=on,
            accounting_on=posts_on(state, on, by, order.advanced_on, booked_on),
            currency=order.currency,
            amount_minor=order.value_minor,
            rate_series=named,
            rate=rate,
            cny_minor=total,
            advances_minor=order.advances[0],
            advances_cny_minor=order.advances[1],
            due=due,
            vat_rate=vat_rate,
            vat_minor=order.value_minor - net_of(order.value_minor, vat_rate),
            vat_cny_minor=total - net_of(total, vat_rate),
            cost_minor=taken,
            of_stock=cost is None and taken > 0,
            before=before,
        ),
    )


def _taken(state: Orders, order: EquipmentOrder, cost: Cny | None, on: date) -> tuple[int, date]:
    """The cost of a sale, out of the inventory of the order, and the day from which the books have that there: as it
    is said, or all that is there (ADR 25). Raises CostExceeded."""
    stock = state.stock.get(order.order, DatedAmount())
    there = max(stock.least_from(on), 0)
    taken = there if cost is None else minor(cost)
    if taken > there:
        raise CostExceeded(
            f"{written(there)} CNY stand in the inventory for {order.order} from {on} on, not {written(taken)}: record "
            "what was bought first (record-purchase-invoice), or leave the cost out, which takes what is there",
            field="cost",
        )
    return taken, stock.booked_from(taken, on) if taken else on


def reversal(
    state: Orders,
    order: EquipmentOrder,
    trigger: Trigger,
    on: date,
    by: By,
    *,
    reason: str,
    bank_reference: str | None = None,
    bank_account: str | None = None,
    rate_series: Series | None = None,
) -> CommissionFeeReversed:
    """The mirror of a fee earned. Where it was collected, a payment returns it at an exchange rate."""
    fee, receivable = order.fees[trigger], order.receivables[receivable_of(trigger)]
    gross = fee.amount_minor + fee.vat_minor
    collected = order.is_collected(fee)
    _, owed, carrying = receivable.at()
    if collected:
        given = money(state, order, gross - owed, rate_series, on)
        given |= {"amount_minor": gross, "cny_minor": given["cny_minor"] + carrying}
        given |= {"open_minor": owed, "open_cny_minor": carrying}
    else:
        given = {"currency": order.currency, "amount_minor": gross, "cny_minor": carrying}
    return CommissionFeeReversed(
        **about(order),
        **given,
        effective_on=on,
        accounting_on=posts_on(state, on, by, receivable.moved_on),
        trigger=trigger,
        payer=payer_of(order),
        earned_cny_minor=fee.cny_minor,
        vat_minor=fee.vat_minor,
        vat_cny_minor=fee.vat_cny_minor,
        reason=reason,
        bank_reference=bank_reference if collected else None,
        bank_account=bank_account if collected else None,
    )


def check_named(reference: str | None, wanted: bool, why: str) -> None:
    """Check that a bank reference is named just where money moves. Raises ReferenceUnfit."""
    if (reference is not None) != wanted:
        raise ReferenceUnfit(
            f"{why}: {'name its bank reference' if wanted else 'leave the bank reference out'}", field="bank_reference"
        )


def _reverse(state: Orders, command: ReverseCommission, by: By) -> Sequence[Fact]:
    order = order_of(state, command)
    series = series_named(order, command.rate_series) if command.bank_reference else None
    if said(CommissionFeeReversed, command, rate_series=series, change=None) in state.asked.values():
        return ()
    fee = order.fees.get(command.trigger)
    if fee is None or fee.reversed:
        raise FeeUnknown(f"{order.order} has earned no fee on {command.trigger}", field="trigger")
    earned = [
        fact.effective_on for fact in state.recorded(command, CommissionFeeEarned) if fact.trigger == command.trigger
    ]
    came = [payment.on for payment in order.payments.get(fee.receivable, ())]
    check_not_before(f"the fee on {command.trigger}, or its payment,", max((*earned, *came)), command.effective_on)
    collected = order.is_collected(fee)
    check_named(
        command.bank_reference,
        collected,
        f"the fee was {'' if collected else 'not '}collected, so a payment returns it or none does",
    )
    if command.bank_reference is not None:
        check_new(state, command.bank_reference, command.bank_account)
    reversed_fee = reversal(
        state,
        order,
        command.trigger,
        command.effective_on,
        by,
        reason=command.reason,
        bank_reference=command.bank_reference,
        bank_account=command.bank_account,
        rate_series=command.rate_series,
    )
    return (reversed_fee,)


EARNING: Part[Orders, EquipmentOrder] = Part(
    decide={ReverseCommission: _reverse},
    scope={ReverseCommission: _scope},
    evolve={
        EquipmentRevenueRecognised: _recognised,
        CommissionFeeEarned: _earned,
        CommissionFeeReversed: _reversed,
    },
)
