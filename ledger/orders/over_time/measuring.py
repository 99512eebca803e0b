"""How far a sale is that is earned over time, at a month's end (IFRS 15.39-.45, .B14-.B19; CAS 14).

Command          Facts (order.…)
MeasureProgress  progress-measured: revenue, its cost, and what is paid or owed for it; the loss to come

COST_TO_COST   progress is the cost incurred, out of the cost that is expected in all
MILESTONES     progress is what the milestones reached come to, out of the order's value

Revenue is so much of the price without VAT; that share of the VAT waits for its tax point (2221.09). Both are taken out
of the advances as far as these reach, and are a contract asset (1125) beyond. What stands in the inventory is a cost
then, all of it. Where what is still to be spent exceeds what is still to be earned, the difference is provided for at
once (2801; IAS 37.66-.69). Orders in a foreign currency are earned on acceptance.

Refusals, in order of precedence (after OrderUnknown)
├── NotOverTime            the order does not say that it is earned over time
├── (NotMonthEnd)          of receivables.py: progress is measured on a month's last day
├── ProgressTaken          that day is measured, on another expectation (conflict)
├── (OrderStateForbids)    it is under way
├── (OrderStepTooEarly)    nothing is measured before the last measurement, or a change of the order
└── ExpectedCostTooLow     no less is expected than was incurred
"""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import ClassVar, NamedTuple

from msgspec.structs import replace

from ledger.billing.balance import DatedAmount
from ledger.decider import By, Fact, Part, said
from ledger.orders.earning import GOODS, check_not_before_changes
from ledger.orders.facts import AdvanceReceived
from ledger.orders.order import (
    UNDER_WAY,
    EquipmentOrder,
    OrderCommand,
    OrderRefusal,
    Orders,
    about,
    check_not_before,
    check_since_ordered,
    check_state,
    order_of,
    posting_tags,
    posts_on,
    scope_of,
    terms_of,
    value_of_series,
)
from ledger.orders.over_time.facts import ProgressMeasured
from ledger.orders.over_time.progress import Progress
from ledger.orders.receivables import NotMonthEnd
from ledger.values.money import Cny, minor, net_of, rounded, written

# Commands


class MeasureProgress(OrderCommand, frozen=True, kw_only=True, tag="measure-progress"):
    """Measure how far a sale is that is earned over time, on a month's last day. What it comes to by then is posted,
    less what it came to at the measurement before.

    expected_cost   the cost of the whole order as it is expected now: what was incurred, and what is still to come
    """

    put_right: ClassVar[str] = "`reverse-progress`: the sale comes to what it came to before; measure it again."
    expected_cost: Cny


# Refusals


class NotOverTime(OrderRefusal):
    """The order does not say that it is earned over time."""

    code = "order-not-over-time"


class ProgressTaken(OrderRefusal):
    """The day is measured, on another expectation."""

    code = "progress-taken"
    kind = "conflict"


class ExpectedCostTooLow(OrderRefusal):
    """No less is expected than was incurred."""

    code = "expected-cost-too-low"


# Evolve


def _measured(order: EquipmentOrder, fact: ProgressMeasured) -> EquipmentOrder:
    return progressed(order, fact)


def progressed(order: EquipmentOrder, fact: ProgressMeasured, sign: int = 1, on: date | None = None) -> EquipmentOrder:
    """An order with a measurement more; `sign` -1: taken back, on a day of the books."""
    held, cny = order.advances
    taken = sign * fact.adds.advances_minor
    return replace(
        order,
        progress=order.progress.plus(fact.adds, sign),
        advances=(held - taken, cny - taken),
        advanced_on=max(order.advanced_on, on or fact.accounting_on),
    )


# Decide


class _Done(NamedTuple):
    """The progress: so much of so much; what was incurred by then, and when the books have that."""

    reached_minor: int
    whole_minor: int
    incurred_minor: int
    booked_on: date

    @property
    def share(self) -> Fraction:
        return Fraction(self.reached_minor, self.whole_minor) if self.whole_minor else Fraction(0)


def _measure(state: Orders, command: MeasureProgress, by: By) -> Sequence[Fact]:
    order, on, expected = order_of(state, command), command.effective_on, minor(command.expected_cost)
    measured = state.recorded(command, ProgressMeasured)
    if said(ProgressMeasured, command, expected_cost_minor=expected) in (fact.asked for fact in measured):
        return ()
    if order.recognition is None:
        raise NotOverTime(f"{order.order} is earned on acceptance, as it was placed", field="order")
    if (on + timedelta(1)).day != 1:
        raise NotMonthEnd(f"{on} is not the last day of its month", field="effective_on")
    if any(fact.effective_on == on for fact in measured):
        raise ProgressTaken(
            f"{order.order} was measured on {on} with another expectation; reverse-progress goes first",
            field="expected_cost",
        )
    check_state(order, UNDER_WAY)
    check_since_ordered(order, on)
    for fact in measured:
        check_not_before("a measurement (reverse-progress)", fact.effective_on, on)
    check_not_before_changes(state, order, on)
    done = _done(state, order, expected, on)
    advances = [fact for fact in state.recorded(command, AdvanceReceived) if fact.effective_on <= on]
    vat_rate = value_of_series(state, GOODS, on) if terms_of(order).supply == "DOMESTIC" else "0"
    now = come_to(order.value_minor, vat_rate, done.share, sum(fact.cny_minor for fact in advances))
    to_come = (expected - done.incurred_minor) - (net_of(order.value_minor, vat_rate) - now.revenue_minor)
    now = replace(now, cost_minor=done.incurred_minor, provision_minor=max(to_come, 0))
    more = now.revenue_minor - order.progress.revenue_minor
    booked = (*(fact.accounting_on for fact in advances), *(fact.accounting_on for fact in measured), done.booked_on)
    return (
        ProgressMeasured(
            **about(order),
            effective_on=on,
            accounting_on=posts_on(state, on, by, *booked),
            currency=order.currency,
            amount_minor=more,
            cny_minor=more,
            expected_cost_minor=expected,
            recognition=order.recognition,
            reached_minor=done.reached_minor,
            whole_minor=done.whole_minor,
            value_minor=order.value_minor,
            vat_rate=vat_rate,
            before=order.progress,
            now=now,
        ),
    )


def come_to(value: int, vat_rate: str, share: Fraction, paid: int) -> Progress:
    """A share of a price, each part rounded once: revenue, VAT, and how much of both is paid in advance."""
    gross, net = rounded(value * share), rounded(net_of(value, vat_rate) * share)
    covered = min(paid, gross)
    return Progress(revenue_minor=net, vat_minor=gross - net, advances_minor=covered, asset_minor=gross - covered)


def _done(state: Orders, order: EquipmentOrder, expected: int, on: date) -> _Done:
    """The progress on a day, by the method of the order. Raises ExpectedCostTooLow."""
    stock = state.stock.get(order.order, DatedAmount())
    there = max(stock.least_from(on), 0)
    incurred = order.progress.cost_minor + there
    if expected < incurred:
        raise ExpectedCostTooLow(
            f"{written(incurred)} CNY were incurred for {order.order} by {on}; no less is expected in all",
            field="expected_cost",
        )
    booked = stock.booked_from(there, on) if there else on
    if order.recognition == "COST_TO_COST":
        return _Done(incurred, expected, incurred, booked)
    days = ((one, order.due_since(one.trigger)) for one in order.milestones)
    reached = sum(one.amount_minor for one, day in days if day is not None and day <= on)
    return _Done(reached, order.value_minor, incurred, booked)


OVER_TIME: Part[Orders, EquipmentOrder] = Part(
    decide={MeasureProgress: _measure},
    scope={MeasureProgress: lambda command: scope_of(command, *posting_tags(GOODS))},
    evolve={ProgressMeasured: _measured},
)
