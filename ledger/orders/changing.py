"""Change orders: other lines are proposed by one, and agreed to by another.

Command             Facts (order.…)    From
ProposeChangeOrder  change-proposed    ORDERED to SAT_PASSED
ApproveChangeOrder  change-approved    the same, by somebody else than the proposer: re-splits what is not paid (O5);
                                       commission-earned, -reversed: what a fee on the value becomes more or less by
RejectChangeOrder   change-rejected    ORDERED and after

Other lines hold from the day of approval on, and what they come to is worked out then.

Refusals, in order of precedence (after OrderUnknown)
├── ChangeDecided             it was approved or rejected already
├── ChangeUnknown             nobody proposed it (unknown)
├── ChangeTaken               this id is another change's, or what is approved says otherwise (conflict)
├── ApproverIsChangeProposer  J7: the approver is not the proposer
├── (OrderPartyGone)          of agreement.py: a party was merged away or has left since it was proposed
├── (LinesMalformed)          of agreement.py: an item twice, or a value that is nothing
├── ShippedAlready            O4: no fewer are ordered than were shipped
├── PaidAlready               O5: what is paid cannot be split anew: the value covers it, and something is left to split
└── (ReferenceUnfit)          of earning.py: a bank reference is named just where a fee that was collected goes back
"""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from ledger.companies.facts import GONE_TAG
from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.once.bank import BankReference
from ledger.orders.agreement import check_lines, check_parties_there
from ledger.orders.earning import TAXES, SaidOtherwise, check_not_before_changes, check_same
from ledger.orders.facts import (
    ChangeOrderApproved,
    ChangeOrderProposed,
    ChangeOrderRejected,
    CommissionFeeEarned,
    CommissionFeeReversed,
    OrderFact,
)
from ledger.orders.following import ValueChange, fees_changed
from ledger.orders.order import (
    UNDER_WAY,
    EquipmentOrder,
    OrderCommand,
    OrderRefusal,
    Orders,
    OrderStepTooEarly,
    about,
    check_not_before,
    check_since_ordered,
    check_state,
    order_of,
    posting_tags,
    scope_of,
    series_named,
)
from ledger.orders.terms import Milestone, MilestoneAmount, OrderLine, split, value_of
from ledger.rates import Series
from ledger.values.evidence import Evidence

Lines = Annotated[tuple[OrderLine, ...], Meta(min_length=1, max_length=100)]
WORDS = ("lines", "reason", "document")
"""What a change order says."""

# Commands


class ProposeChangeOrder(OrderCommand, frozen=True, kw_only=True, tag="propose-change-order"):
    """Propose other lines; state them whole. Nothing changes until somebody else approves it."""

    put_right: ClassVar[str] = "`reject-change-order`, or `withdraw-order-step` of `order.change-proposed`."
    change: Id
    lines: Lines
    reason: Text
    document: Evidence


class ApproveChangeOrder(OrderCommand, frozen=True, kw_only=True, tag="approve-change-order"):
    """Agree to a change order that somebody else proposed. Only milestones of which nothing is paid take part in the
    difference.

    lines, reason, document   what is agreed to may be said again: then it is what was proposed
    rate_series               the exchange rate, where a fee that was earned becomes more, or is paid back
    bank_reference            the payment that returns what was collected of a fee, where it becomes less than that
    """

    put_right: ClassVar[str] = (
        "`withdraw-order-step` of `order.change-approved`: the proposal is open again; or another change order, "
        "`propose-change-order`."
    )
    change: Id
    lines: Lines | None = None
    reason: Text | None = None
    document: Evidence | None = None
    rate_series: Series | None = None
    bank_reference: BankReference | None = None
    bank_account: Id | None = None


class RejectChangeOrder(OrderCommand, frozen=True, kw_only=True, tag="reject-change-order"):
    """Turn a proposed change order down."""

    put_right: ClassVar[str] = "`withdraw-order-step` of `order.change-rejected`: the proposal is open again."
    change: Id
    reason: Text


# Refusals


class ChangeUnknown(OrderRefusal):
    """Nobody proposed it."""

    code = "change-order-unknown"
    kind = "unknown"


class ChangeTaken(OrderRefusal):
    """This id is another change's, or what is approved is not what was proposed."""

    code = "change-order-taken"
    kind = "conflict"


class ChangeDecided(OrderRefusal):
    """It was approved or rejected already."""

    code = "change-order-decided"


class ApproverIsChangeProposer(OrderRefusal):
    """J7: the approver is not the proposer."""

    code = "approver-is-change-proposer"


class ShippedAlready(OrderRefusal):
    """O4: no fewer are ordered than were shipped."""

    code = "order-shipped-already"


class PaidAlready(OrderRefusal):
    """O5: what is paid cannot be split anew."""

    code = "order-paid-already"


# Evolve


def _as_it_was(order: EquipmentOrder, fact: OrderFact) -> EquipmentOrder:
    """The order with a proposal, or with one turned down: nothing is agreed."""
    return order


def _changed(order: EquipmentOrder, fact: ChangeOrderApproved) -> EquipmentOrder:
    """The order with its new lines; a milestone that is split anew is not invoiced any more."""
    amounts = {amount.milestone: amount.amount_minor for amount in fact.amounts}
    milestones = tuple(
        replace(milestone, amount_minor=amounts[milestone.milestone], invoice=None, invoiced_on=None, due_on=None)
        if milestone.milestone in amounts
        else milestone
        for milestone in order.milestones
    )
    return replace(
        order,
        terms=replace(order.terms, lines=fact.lines) if order.terms else None,
        value_minor=fact.value_minor,
        milestones=milestones,
        changes=(*order.changes, fact.change),
    )


# Scope


def _scope(command: ApproveChangeOrder) -> tuple[str, ...]:
    """The order, who is gone, and what a fee needs that the change makes more or less."""
    named = (f"bank:{command.bank_reference}",) if command.bank_reference else ()
    return scope_of(command, GONE_TAG, *named, *posting_tags(command.rate_series, *TAXES))


# Decide


def _propose(state: Orders, command: ProposeChangeOrder, by: By) -> Sequence[Fact]:
    order = order_of(state, command)
    if said(ChangeOrderProposed, command) in state.asked.values():
        return ()
    if command.change in order.changes or _proposed(state, command) is not None:
        raise ChangeTaken(f"{command.change} is another change of {order.order}; choose another id", field="change")
    check_state(order, UNDER_WAY)
    check_since_ordered(order, command.effective_on)
    _check_fits(order, command.lines)
    return (
        ChangeOrderProposed(
            **about(order),
            effective_on=command.effective_on,
            change=command.change,
            lines=command.lines,
            reason=command.reason,
            document=command.document,
            proposed_by=by.actor,
        ),
    )


def _proposed(
    state: Orders, command: ProposeChangeOrder | ApproveChangeOrder | RejectChangeOrder
) -> ChangeOrderProposed | None:
    """The proposal of a change that stands; None where there is none."""
    proposals = state.recorded(command, ChangeOrderProposed)
    return next((proposal for proposal in proposals if proposal.change == command.change), None)


def _open(
    state: Orders, command: ApproveChangeOrder | RejectChangeOrder, proposal: ChangeOrderProposed | None
) -> ChangeOrderProposed:
    """The proposal, which nobody has decided on. Raises ChangeUnknown, ChangeDecided."""
    approved, rejected = state.recorded(command, ChangeOrderApproved), state.recorded(command, ChangeOrderRejected)
    if command.change in {*(fact.change for fact in approved), *(fact.change for fact in rejected)}:
        raise ChangeDecided(
            f"change {command.change} of {command.order} was decided already; propose another", field="change"
        )
    if proposal is None:
        raise ChangeUnknown(
            f"nobody proposed a change {command.change} of {command.order}: propose-change-order; somebody else than "
            "the proposer then approves it",
            field="change",
        )
    return proposal


def _approve(state: Orders, command: ApproveChangeOrder, by: By) -> Sequence[Fact]:
    order, proposal = order_of(state, command), _proposed(state, command)
    words: dict[str, Any] = {
        word: getattr(proposal, word, None) if getattr(command, word) is None else getattr(command, word)
        for word in WORDS
    }
    if said(ChangeOrderApproved, command, **words) in state.asked.values():
        _check_same(state, order, command)
        return ()
    proposal = _open(state, command, proposal)
    if differs := [word for word in WORDS if words[word] != getattr(proposal, word)]:
        raise ChangeTaken(
            f"{command.change} was proposed with another {differs[0]}; approve it by its id alone, or propose another",
            field=differs[0],
        )
    if proposal.proposed_by == by.actor:
        raise ApproverIsChangeProposer(f"{by.actor} proposed {command.change}; somebody else approves it")
    check_parties_there(state, order)
    check_state(order, UNDER_WAY)
    check_not_before(f"the proposal {command.change}", proposal.effective_on, command.effective_on)
    check_not_before_changes(state, order, command.effective_on)
    _check_invoices(order, command.effective_on)
    _check_payments(order, command.effective_on)
    value, amounts = _check_fits(order, proposal.lines)
    approved = ChangeOrderApproved(
        **about(order),
        effective_on=command.effective_on,
        change=proposal.change,
        lines=proposal.lines,
        reason=proposal.reason,
        document=proposal.document,
        value_minor=value,
        delta_minor=value - order.value_minor,
        amounts=amounts,
        proposed_by=proposal.proposed_by,
        approved_by=by.actor,
        rate_series=series_named(order, command.rate_series),
    )
    changed = _changed(order, approved)
    value_change = ValueChange(
        state=state,
        order=order,
        changed=changed,
        approved=approved,
        series=command.rate_series,
        reference=command.bank_reference,
        account=command.bank_account,
        by=by,
    )
    return (approved, *fees_changed(value_change))


def _check_same(state: Orders, order: EquipmentOrder, command: ApproveChangeOrder) -> None:
    """Check that what a fee became by the change was at the rate, and by the payment, that are said again.

    Raises SaidOtherwise.
    """
    posted: list[CommissionFeeEarned | CommissionFeeReversed] = [
        *state.recorded(command, CommissionFeeEarned),
        *state.recorded(command, CommissionFeeReversed),
    ]
    fees = [fact for fact in posted if fact.change == command.change]
    approved = [fact for fact in state.recorded(command, ChangeOrderApproved) if fact.change == command.change]
    check_same(approved[-1], order, command.rate_series, fees)
    returned = [fee.bank_reference for fee in fees if isinstance(fee, CommissionFeeReversed) and fee.bank_reference]
    if command.bank_reference not in (returned or (None,)):
        raise SaidOtherwise(f"change {command.change} is approved with another bank reference", field="bank_reference")
    accounts = {fee.on_account for fee in fees if fee.on_account is not None}
    if command.bank_account is not None and accounts != {command.bank_account}:
        raise SaidOtherwise(f"change {command.change} is approved with another bank account", field="bank_account")


def _reject(state: Orders, command: RejectChangeOrder, by: By) -> Sequence[Fact]:
    order = order_of(state, command)
    if said(ChangeOrderRejected, command) in state.asked.values():
        return ()
    proposal = _open(state, command, _proposed(state, command))
    check_not_before(f"the proposal {command.change}", proposal.effective_on, command.effective_on)
    return (
        ChangeOrderRejected(
            **about(order),
            effective_on=command.effective_on,
            change=command.change,
            reason=command.reason,
        ),
    )


def _check_fits(order: EquipmentOrder, lines: Lines) -> tuple[int, tuple[MilestoneAmount, ...]]:
    """The value of lines, and what the milestones come to with them. Raises OrderRefusal."""
    check_lines(lines, order.currency)
    ordered = {line.item: line.quantity for line in lines}
    for item, quantity in order.shipped.items():
        if ordered.get(item, 0) < quantity:
            raise ShippedAlready(f"{quantity} of {item} were shipped; order no fewer", field="lines")
    value = value_of(lines, order.currency)
    return value, _split_anew(order, value)


def _check_invoices(order: EquipmentOrder, on: date) -> None:
    """Check that a change is no earlier than an invoice that it takes back. Raises OrderStepTooEarly."""
    unpaid = (milestone for milestone in order.milestones if not order.payments.get(milestone.milestone))
    invoiced = max((milestone.invoiced_on for milestone in unpaid if milestone.invoiced_on is not None), default=None)
    if invoiced is not None and on < invoiced:
        raise OrderStepTooEarly(
            f"a milestone was invoiced on {invoiced}; a change takes that invoice back then or later",
            field="effective_on",
        )


def _check_payments(order: EquipmentOrder, on: date) -> None:
    """Check that a change is no earlier than the first payment of a milestone, whose amount it would have changed.

    Raises OrderStepTooEarly.
    """
    for milestone in order.milestones:
        payments = order.payments.get(milestone.milestone)
        if payments and (first := min(payments, key=lambda payment: payment.on)).on > on:
            step = "withdraw-order-step of order.milestone-paid"
            first_of_all = f"reverse-order-payment of {first.bank_reference}" if first.bank_reference else step
            raise OrderStepTooEarly(
                f"{milestone.milestone} was paid on {first.on}, by its amount of then: a change is of that day or "
                f"later, or the payment is recorded after it ({first_of_all}, approve, record it again)",
                field="effective_on",
            )


def _split_anew(order: EquipmentOrder, value: int) -> tuple[MilestoneAmount, ...]:
    """Split what the paid milestones leave of the value over the others, by their percentages (O5).

    Raises PaidAlready.
    """
    paid = sum(milestone.amount_minor for milestone in order.milestones if order.payments.get(milestone.milestone))
    unpaid = [
        Milestone(milestone=milestone.milestone, percent=milestone.percent, trigger=milestone.trigger)
        for milestone in order.milestones
        if not order.payments.get(milestone.milestone)
    ]
    if value < paid or (not unpaid and value != paid):
        raise PaidAlready("milestones that are paid do not change, and they do not fit this value", field="lines")
    return split(value - paid, unpaid) if unpaid else ()


CHANGING: Part[Orders, EquipmentOrder] = Part(
    decide={ProposeChangeOrder: _propose, ApproveChangeOrder: _approve, RejectChangeOrder: _reject},
    scope={ProposeChangeOrder: scope_of, ApproveChangeOrder: _scope, RejectChangeOrder: scope_of},
    evolve={ChangeOrderProposed: _as_it_was, ChangeOrderApproved: _changed, ChangeOrderRejected: _as_it_was},
)
