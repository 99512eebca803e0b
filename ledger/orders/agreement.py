"""From quotation to order, and changes of it: what the terms may say, who the parties are, which role MCSC has.

Command              Facts (order.…)      From
IssueQuotation       quotation-issued     nothing, QUOTED: the newest counts
PlaceOrder           ordered              QUOTED: role and assessment are frozen (O2); a fee on ORDERED is earned
ApproveChangeOrder   change-approved      ORDERED to SAT_PASSED: re-splits what is not paid (O5)

Refusals, in order of precedence
├── OrderExists          this id is an order of others (conflict)
├── PartyUnknown         no such company (unknown)
├── PartyGone            the company was merged away or has left, or buys from itself
├── LinesMalformed       an item twice, or a value that is nothing
├── MilestonesMalformed  O1: percentages sum to 100, each above 0 and named once
├── CommissionMalformed  a trigger twice, or a fee of the whole value
├── ValidityMalformed    it is valid until its own day or later
├── QuotationExpired     an order is placed while the quotation is valid
├── ChangeTaken          this id is another change's (conflict)
├── ShippedAlready       O4: no fewer than were shipped
└── PaidAlready          O5: what is paid cannot be split anew: the value covers it, and something is left to split
"""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Annotated, Any

from msgspec import Meta
from msgspec.structs import replace

from ledger.decider import By, Fact, Id, Text
from ledger.orders.earning import TAXES, commission
from ledger.orders.facts import ChangeOrderApproved, EquipmentOrdered, QuotationIssued
from ledger.orders.order import (
    EquipmentOrder,
    MilestoneState,
    OrderCommand,
    OrderRefusal,
    Orders,
    OrderState,
    OrderStepTooEarly,
    Part,
    about,
    already_so,
    check_since_ordered,
    check_state,
    posting_tags,
    terms_of,
)
from ledger.orders.terms import (
    Milestone,
    MilestoneAmount,
    OrderLine,
    OrderTerms,
    Role,
    RoleAssessment,
    decimals,
    split,
    value_of,
)
from ledger.rates import Series
from ledger.values.evidence import Evidence
from ledger.values.money import EXPONENT, rounded, written

UNDER_WAY: tuple[OrderState, ...] = (
    "ORDERED",
    "DEPOSIT_PAID",
    "IN_PRODUCTION",
    "FAT_PASSED",
    "SHIPPED",
    "CUSTOMS_CLEARED",
    "DELIVERED",
    "INSTALLED",
    "SAT_PASSED",
)
"""Ordered and not accepted: what the backlog is made of."""


# Commands


class IssueQuotation(OrderCommand, frozen=True, kw_only=True, tag="issue-quotation"):
    """Record a quotation. Again, until it is ordered: the newest counts."""

    supplier: Id
    buyer: Id
    terms: OrderTerms
    valid_until: date


class PlaceOrder(OrderCommand, frozen=True, kw_only=True, tag="place-order"):
    """Record the order on the newest quotation, MCSC's role in it, and why (IFRS 15 B34-B38).

    rate_series   the exchange rate, where a fee is earned with the order and the order is in a foreign currency
    """

    role: Role
    assessment: RoleAssessment
    document: Evidence
    rate_series: Series | None = None


class ApproveChangeOrder(OrderCommand, frozen=True, kw_only=True, tag="approve-change-order"):
    """Agree to other lines; state them whole. Only milestones that are not paid take part in the difference."""

    change: Id
    lines: Annotated[tuple[OrderLine, ...], Meta(min_length=1, max_length=100)]
    reason: Text
    document: Evidence


# Refusals


class OrderExists(OrderRefusal):
    """This id is an order of others."""

    code = "order-exists"
    kind = "conflict"


class PartyUnknown(OrderRefusal):
    """No such company."""

    code = "order-party-unknown"
    kind = "unknown"


class PartyGone(OrderRefusal):
    """The company was merged away or has left, or buys from itself."""

    code = "order-party-gone"


class LinesMalformed(OrderRefusal):
    """An item twice, or a value that is nothing."""

    code = "order-lines-malformed"


class MilestonesMalformed(OrderRefusal):
    """O1: percentages sum to 100, each above 0 and named once."""

    code = "milestones-malformed"


class CommissionMalformed(OrderRefusal):
    """A trigger twice, or a fee of the whole value."""

    code = "commission-malformed"


class ValidityMalformed(OrderRefusal):
    """It is valid until its own day or later."""

    code = "quotation-validity-malformed"


class QuotationExpired(OrderRefusal):
    """An order is placed while the quotation is valid."""

    code = "quotation-expired"


class ChangeTaken(OrderRefusal):
    """This id is another change's."""

    code = "change-order-taken"
    kind = "conflict"


class ShippedAlready(OrderRefusal):
    """O4: no fewer than were shipped."""

    code = "order-shipped-already"


class PaidAlready(OrderRefusal):
    """O5: what is paid cannot be split anew."""

    code = "order-paid-already"


# What terms may say


def check_terms(terms: OrderTerms) -> None:
    """The rules that terms keep by themselves. Raises OrderRefusal."""
    _check_lines(terms.lines, terms.currency)
    _check_milestones(terms.milestones)
    _check_commission(terms)


def _check_lines(lines: Sequence[OrderLine], currency: str) -> None:
    names = [one.item for one in lines]
    if len(names) != len(set(names)):
        raise LinesMalformed("each item stands once; say its quantity", field="lines")
    if value_of(lines, currency) == 0:
        raise LinesMalformed("the lines come to nothing; say what they cost", field="lines")


def _check_milestones(milestones: Sequence[Milestone]) -> None:
    names = [one.milestone for one in milestones]
    if len(names) != len(set(names)):
        raise MilestonesMalformed("each milestone stands once", field="terms.milestones")
    if any(Fraction(one.percent) == 0 for one in milestones):
        raise MilestonesMalformed("a milestone of 0 % is none; leave it out", field="terms.milestones")
    total = sum((Fraction(one.percent) for one in milestones), Fraction(0))
    if total != 100:
        raise MilestonesMalformed(f"the percentages come to {_shown(total)}, not to 100", field="terms.milestones")


def _shown(total: Fraction) -> str:
    """A sum of percentages, with as many decimals as they have."""
    return written(rounded(total * 10_000), 4)


def _check_commission(terms: OrderTerms) -> None:
    triggers = [one.trigger for one in terms.commission]
    if len(triggers) != len(set(triggers)):
        raise CommissionMalformed("each trigger earns once (O6)", field="terms.commission")
    for one in terms.commission:
        if Fraction(one.rate) >= 1:
            raise CommissionMalformed(f"{one.rate} is the whole value or more; 0.03 is 3 %", field="terms.commission")
        if decimals(one.flat) > EXPONENT[terms.currency]:
            raise CommissionMalformed(
                f"{terms.currency} has {EXPONENT[terms.currency]} decimals, {one.flat} has more",
                field="terms.commission",
            )


# Decide


def quote(state: Orders, order: EquipmentOrder | None, command: IssueQuotation, by: By) -> Sequence[Fact]:
    """IssueQuotation, which alone needs no order. Raises OrderRefusal."""
    if already_so(state, QuotationIssued, command):
        return ()
    if order is not None and (order.supplier, order.buyer) != (command.supplier, command.buyer):
        raise OrderExists(
            f"{command.order} is between {order.supplier} and {order.buyer}; choose another id", field="order"
        )
    if order is not None:
        check_state(order, ("QUOTED",), command.effective_on)
    _check_parties(state, command)
    check_terms(command.terms)
    if command.valid_until < command.effective_on:
        raise ValidityMalformed(f"it was given on {command.effective_on}, after its last day", field="valid_until")
    return (
        QuotationIssued(
            effective_on=command.effective_on,
            order=command.order,
            supplier=command.supplier,
            buyer=command.buyer,
            terms=command.terms,
            valid_until=command.valid_until,
        ),
    )


def _check_parties(state: Orders, command: IssueQuotation) -> None:
    for field, name in (("supplier", command.supplier), ("buyer", command.buyer)):
        company = state.companies.get(name)
        if company is None or company.lead_on is None:
            raise PartyUnknown(f"there is no company {name}; register it as a lead first", field=field)
        if company.stage == "MERGED":
            raise PartyGone(f"{name} was merged into {company.merged_into}; quote for that", field=field)
        if company.stage == "EXITED":
            raise PartyGone(f"{name} has left since {company.exited_on}", field=field)
    if command.supplier == command.buyer:
        raise PartyGone(f"{command.buyer} does not buy from itself", field="buyer")


def _place(state: Orders, order: EquipmentOrder, command: PlaceOrder, by: By) -> Sequence[Fact]:
    if already_so(state, EquipmentOrdered, command):
        return ()
    check_state(order, ("QUOTED",), command.effective_on)
    if order.valid_until is not None and command.effective_on > order.valid_until:
        raise QuotationExpired(f"the quotation was valid until {order.valid_until}; quote again", field="effective_on")
    terms = terms_of(order)
    value = value_of(terms.lines, terms.currency)
    fact = EquipmentOrdered(
        **about(order),
        effective_on=command.effective_on,
        role=command.role,
        assessment=command.assessment,
        document=command.document,
        terms=terms,
        value_minor=value,
        amounts=split(value, terms.milestones),
    )
    ordered = replace(order, **_ordered(order, fact))
    return (fact, *commission(state, ordered, "ORDERED", command.rate_series, command.effective_on, by))


def _change(state: Orders, order: EquipmentOrder, command: ApproveChangeOrder, by: By) -> Sequence[Fact]:
    if already_so(state, ChangeOrderApproved, command):
        return ()
    check_state(order, UNDER_WAY)
    _check_change_date(order, command.effective_on)
    if command.change in order.changes:
        raise ChangeTaken(f"{command.change} is another change of {order.order}; choose another id", field="change")
    _check_lines(command.lines, order.currency)
    ordered = {one.item: one.quantity for one in command.lines}
    for item, quantity in order.shipped.items():
        if ordered.get(item, 0) < quantity:
            raise ShippedAlready(f"{quantity} of {item} were shipped; order no fewer", field="lines")
    value = value_of(command.lines, order.currency)
    return (
        ChangeOrderApproved(
            **about(order),
            effective_on=command.effective_on,
            change=command.change,
            lines=command.lines,
            reason=command.reason,
            document=command.document,
            value_minor=value,
            delta_minor=value - order.value_minor,
            amounts=_split_anew(order, value),
        ),
    )


def _check_change_date(order: EquipmentOrder, on: date) -> None:
    """A change is no earlier than the order, nor than an invoice that it takes back. Raises OrderStepTooEarly."""
    check_since_ordered(order, on)
    asked = [one.invoiced_on for one in order.milestones if one.paid_on is None and one.invoiced_on is not None]
    if asked and on < max(asked):
        raise OrderStepTooEarly(
            f"a milestone was invoiced on {max(asked)}; a change takes that invoice back then or later",
            field="effective_on",
        )


def _split_anew(order: EquipmentOrder, value: int) -> tuple[MilestoneAmount, ...]:
    """O5: what the paid milestones leave of the value, over the others by their percentages."""
    paid = sum(one.amount_minor for one in order.milestones if one.paid_on is not None)
    unpaid = [
        Milestone(milestone=one.milestone, percent=one.percent, trigger=one.trigger)
        for one in order.milestones
        if one.paid_on is None
    ]
    if value < paid or (not unpaid and value != paid):
        raise PaidAlready("milestones that are paid do not change, and they do not fit this value", field="lines")
    return split(value - paid, unpaid) if unpaid else ()


# Evolve


def _quoted(order: EquipmentOrder, fact: QuotationIssued) -> dict[str, Any]:
    if order.role is not None:
        return {}
    return {
        "supplier": fact.supplier,
        "buyer": fact.buyer,
        "terms": fact.terms,
        "valid_until": fact.valid_until,
        "value_minor": value_of(fact.terms.lines, fact.terms.currency),
    }


def _ordered(order: EquipmentOrder, fact: EquipmentOrdered) -> dict[str, Any]:
    amounts = {one.milestone: one.amount_minor for one in fact.amounts}
    return {
        "supplier": fact.supplier,
        "buyer": fact.buyer,
        "terms": fact.terms,
        "role": fact.role,
        "assessment": fact.assessment,
        "value_minor": fact.value_minor,
        "milestones": tuple(
            MilestoneState(
                milestone=one.milestone,
                percent=one.percent,
                trigger=one.trigger,
                amount_minor=amounts.get(one.milestone, 0),
            )
            for one in fact.terms.milestones
        ),
        "reached": {**order.reached, "ORDERED": fact.effective_on},
    }


def _changed(order: EquipmentOrder, fact: ChangeOrderApproved) -> dict[str, Any]:
    amounts: Mapping[str, int] = {one.milestone: one.amount_minor for one in fact.amounts}
    return {
        "terms": replace(terms_of(order), lines=fact.lines) if order.terms else None,
        "value_minor": fact.value_minor,
        "milestones": tuple(
            replace(one, amount_minor=amounts[one.milestone], invoice=None, invoiced_on=None, due_on=None)
            if one.milestone in amounts
            else one
            for one in order.milestones
        ),
        "changes": (*order.changes, fact.change),
    }


AGREEMENT = Part(
    decide={PlaceOrder: _place, ApproveChangeOrder: _change},
    scope={
        IssueQuotation: lambda command: (f"company:{command.supplier}", f"company:{command.buyer}"),
        PlaceOrder: lambda command: posting_tags(command.rate_series, *TAXES),
        ApproveChangeOrder: lambda command: (),
    },
    change={QuotationIssued: _quoted, EquipmentOrdered: _ordered, ChangeOrderApproved: _changed},
)
