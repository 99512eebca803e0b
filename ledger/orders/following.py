"""Fees that follow a change order: what was earned on the order's value becomes more or less with it.

fees_changed   the differences that a change order makes: commission-earned, commission-reversed, with its name

More is earned at the rate of the day. Less goes out as it was earned: first of what is still owed, and what was
collected of it is paid back. Neither before the fee was earned; a change order that is typed after a step which it came
before leaves what the step would have earned on the new value.

Refusals, in order of precedence
├── (ReferenceUnfit)  of earning.py: a payment is named just where a fee that was collected goes back
└── (…)               what an amount of money raises: the rate, the bank reference, the period
"""

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ledger.decider import By, Fact, Id
from ledger.once.bank import BankReference
from ledger.orders.earning import check_named, fee_at, fee_minor, payer_of, receivable_of
from ledger.orders.facts import ChangeOrderApproved, CommissionFeeEarned, CommissionFeeReversed
from ledger.orders.order import (
    EquipmentOrder,
    Fee,
    Orders,
    about,
    check_new,
    money,
    part_of,
    posts_on,
    terms_of,
)
from ledger.orders.terms import Trigger
from ledger.rates import Series
from ledger.values.currencies import converted
from ledger.values.money import EXPONENT, vat_on, written


class ValueChange(Struct, frozen=True, kw_only=True):
    """A change order that is approved, the order before it and after, and how money is to move by it."""

    state: Orders
    order: EquipmentOrder
    changed: EquipmentOrder
    approved: ChangeOrderApproved
    series: Series | None
    reference: BankReference | None
    account: Id | None
    by: By


def fees_changed(change: ValueChange) -> tuple[Fact, ...]:
    """The differences that a change order makes to an agent's fees. Raises ReferenceUnfit, and what `money` raises."""
    facts = tuple(_differences(change))
    is_back = any(isinstance(fact, CommissionFeeReversed) and fact.bank_reference for fact in facts)
    check_named(change.reference, is_back, f"{'a' if is_back else 'no'} fee that was collected goes back")
    if change.reference is not None:
        check_new(change.state, change.reference, change.account)
    return facts


def _differences(change: ValueChange) -> Iterator[Fact]:
    order = change.order
    for term in terms_of(order).commission if order.role == "AGENT" else ():
        fee = order.fees.get(term.trigger)
        if term.trigger not in order.reached or (fee and fee.reversed):
            continue
        difference = fee_minor(change.changed, term) - fee_minor(order, term)
        if difference > 0:
            yield _more(change, term.trigger, difference)
        elif difference < 0 and fee is not None:
            yield _less(change, term.trigger, fee, -difference)


def _earned(change: ValueChange, trigger: Trigger) -> Sequence[CommissionFeeEarned]:
    story = change.state.stories.get(change.order.order, ())
    return [fact for fact in story if isinstance(fact, CommissionFeeEarned) and fact.trigger == trigger]


def _as_earned(earned: Sequence[CommissionFeeEarned], net: int) -> Fee | None:
    """A fee of so much as it was earned; None where it was earned at several rates."""
    if not earned or len({(fact.rate, fact.vat_rate) for fact in earned}) > 1:
        return None
    first, vat = earned[0], vat_on(net, earned[0].vat_rate)
    return Fee(
        receivable=receivable_of(first.trigger),
        amount_minor=net,
        cny_minor=converted(net, first.currency, first.rate),
        vat_minor=vat,
        vat_cny_minor=converted(vat, first.currency, first.rate),
    )


def _more(change: ValueChange, trigger: Trigger, net: int) -> CommissionFeeEarned:
    """The part of a fee that a change order adds; to the fen what the whole would come to at that rate."""
    order, earned = change.order, _earned(change, trigger)
    on = max(change.approved.effective_on, order.reached[trigger], *(fact.effective_on for fact in earned))
    added = replace(
        fee_at(change.state, order, trigger, net, change.series, on, change.by), change=change.approved.change
    )
    fee = order.fees.get(trigger)
    whole = _as_earned([*earned, added], fee.amount_minor + net) if fee else None
    if fee is None or whole is None:
        return added
    return replace(
        added,
        cny_minor=whole.cny_minor - fee.cny_minor,
        vat_minor=whole.vat_minor - fee.vat_minor,
        vat_cny_minor=whole.vat_cny_minor - fee.vat_cny_minor,
    )


def _less(change: ValueChange, trigger: Trigger, fee: Fee, net: int) -> CommissionFeeReversed:
    """The part of a fee that a change order takes off; the rest stands as it was earned."""
    order, approved, earned = change.order, change.approved, _earned(change, trigger)
    on = max(approved.effective_on, *(fact.effective_on for fact in earned))
    less, receivable = _off(fee, net, earned), order.receivables[fee.receivable]
    gross, (_, owed, carrying) = net + less.vat_minor, receivable.at()
    is_as_earned = (owed, carrying) == (fee.amount_minor + fee.vat_minor, fee.cny_minor + fee.vat_cny_minor)
    open_minor = min(owed, gross)
    open_cny = part_of((owed, carrying), open_minor) if open_minor else 0
    given: dict[str, Any] = {"currency": order.currency, "amount_minor": gross, "cny_minor": open_cny}
    if is_as_earned:
        given["cny_minor"] = less.cny_minor + less.vat_cny_minor
    if goes_back := gross > owed:
        returned = written(gross - owed, EXPONENT[order.currency])
        check_named(change.reference, True, f"{returned} {order.currency} of the fee on {trigger} go back")
        on = max(on, *(payment.on for payment in order.payments.get(fee.receivable, ())))
        given = money(change.state, order, gross - owed, change.series, on)
        given |= {"amount_minor": gross, "cny_minor": given["cny_minor"] + open_cny}
        given |= {"open_minor": open_minor, "open_cny_minor": open_cny}
    return CommissionFeeReversed(
        **about(order),
        **given,
        effective_on=on,
        accounting_on=posts_on(change.state, on, change.by, receivable.moved_on),
        trigger=trigger,
        payer=payer_of(order),
        earned_cny_minor=less.cny_minor,
        vat_minor=less.vat_minor,
        vat_cny_minor=less.vat_cny_minor,
        reason=f"change order {approved.change}",
        bank_reference=change.reference if goes_back else None,
        bank_account=change.account if goes_back else None,
        change=approved.change,
    )


def _off(fee: Fee, net: int, earned: Sequence[CommissionFeeEarned]) -> Fee:
    """The amounts that go off a fee: what the rest would not have come to, else its proportion of the whole."""
    rest = _as_earned(earned, fee.amount_minor - net)
    if rest is None:
        cny, vat, vat_cny = (
            part_of((fee.amount_minor, whole), net) for whole in (fee.cny_minor, fee.vat_minor, fee.vat_cny_minor)
        )
        return replace(fee, amount_minor=net, cny_minor=cny, vat_minor=vat, vat_cny_minor=vat_cny)
    return replace(
        fee,
        amount_minor=net,
        cny_minor=fee.cny_minor - rest.cny_minor,
        vat_minor=fee.vat_minor - rest.vat_minor,
        vat_cny_minor=fee.vat_cny_minor - rest.vat_cny_minor,
    )
