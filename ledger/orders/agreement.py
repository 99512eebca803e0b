"""From quotation to order: what the terms may say, who the parties are, which role MCSC has.

Command              Facts (order.…)      From
IssueQuotation       quotation-issued     nothing, QUOTED: the newest counts
PlaceOrder           ordered              QUOTED: role and assessment are frozen (O2); a fee on ORDERED is earned

Refusals, in order of precedence
├── OrderExists          this id is an order of others (conflict)
├── OrderPartyUnknown    no such company (unknown)
├── OrderPartyGone       a company was merged away or has left (also when it is ordered or changed), or buys from itself
├── LinesMalformed       an item twice, or a value that is nothing
├── MilestonesMalformed  O1: percentages sum to 100, each above 0 and named once, none as fees are
├── CommissionMalformed  a trigger twice, or a fee of the whole value
├── OverTimeUnfit        only a principal's sale in CNY is earned over time here
├── ValidityMalformed    a quotation is valid on its own day, or longer
└── QuotationExpired     an order is placed while the quotation is valid
"""

import re
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import ClassVar

from msgspec.structs import replace

from ledger.companies.company import Company
from ledger.companies.facts import GONE_TAG
from ledger.decider import By, Fact, Id, Part, said
from ledger.orders.earning import TAXES, check_same, fee_earned
from ledger.orders.facts import CommissionFeeEarned, EquipmentOrdered, QuotationIssued
from ledger.orders.order import (
    EquipmentOrder,
    MilestoneState,
    OrderCommand,
    OrderRefusal,
    Orders,
    about,
    check_state,
    order_of,
    posting_tags,
    scope_of,
    series_named,
    terms_of,
)
from ledger.orders.terms import Milestone, OrderLine, OrderTerms, Recognition, Role, RoleAssessment, split, value_of
from ledger.rates import Series
from ledger.values.currencies import decimals
from ledger.values.evidence import Evidence
from ledger.values.money import EXPONENT, rounded, written

RESERVED = re.compile(r"commission-.+|cancellation-fee")
"""Names of what is owed as a fee: no milestone bears one."""

# Commands


class IssueQuotation(OrderCommand, frozen=True, kw_only=True, tag="issue-quotation"):
    """Record a quotation. Again, until it is ordered: the newest counts."""

    put_right: ClassVar[str] = "`issue-quotation` again; where nothing was meant, `withdraw-order-step`."
    supplier: Id
    buyer: Id
    terms: OrderTerms
    valid_until: date


class PlaceOrder(OrderCommand, frozen=True, kw_only=True, tag="place-order"):
    """Record the order on the newest quotation, MCSC's role in it, and why (IFRS 15 B34-B38).

    rate_series   the exchange rate, where a fee is earned with the order and the order is in a foreign currency
    over_time     how a principal's sale in CNY is earned over time: cost to cost, or by milestones; on acceptance where
                  it is not said
    """

    put_right: ClassVar[str] = (
        "`withdraw-order-step` of `order.ordered`; other lines or quantities: `propose-change-order`."
    )
    role: Role
    assessment: RoleAssessment
    document: Evidence
    rate_series: Series | None = None
    over_time: Recognition | None = None


# Refusals


class OrderExists(OrderRefusal):
    """This id is an order of others."""

    code = "order-exists"
    kind = "conflict"


class OrderPartyUnknown(OrderRefusal):
    """No such company."""

    code = "order-party-unknown"
    kind = "unknown"


class OrderPartyGone(OrderRefusal):
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


class OverTimeUnfit(OrderRefusal):
    """Only a principal's sale in CNY is earned over time here."""

    code = "over-time-unfit"


class ValidityMalformed(OrderRefusal):
    """A quotation is valid on its own day, or longer."""

    code = "quotation-validity-malformed"


class QuotationExpired(OrderRefusal):
    """An order is placed while the quotation is valid."""

    code = "quotation-expired"


# Evolve


def _quoted(order: EquipmentOrder, fact: QuotationIssued) -> EquipmentOrder:
    """The order as quoted; what was ordered is frozen, also where the quotation is folded after it."""
    if order.role is not None:
        return order
    return replace(
        order,
        supplier=fact.supplier,
        buyer=fact.buyer,
        terms=fact.terms,
        valid_until=fact.valid_until,
        value_minor=value_of(fact.terms.lines, fact.terms.currency),
    )


def _ordered(order: EquipmentOrder, fact: EquipmentOrdered) -> EquipmentOrder:
    amounts = {amount.milestone: amount.amount_minor for amount in fact.amounts}
    milestones = tuple(
        MilestoneState(
            milestone=milestone.milestone,
            percent=milestone.percent,
            trigger=milestone.trigger,
            amount_minor=amounts.get(milestone.milestone, 0),
        )
        for milestone in fact.terms.milestones
    )
    return replace(
        order,
        supplier=fact.supplier,
        buyer=fact.buyer,
        terms=fact.terms,
        role=fact.role,
        recognition=fact.over_time,
        assessment=fact.assessment,
        value_minor=fact.value_minor,
        milestones=milestones,
        reached={**order.reached, "ORDERED": fact.effective_on},
    )


# What terms may say


def check_terms(terms: OrderTerms) -> None:
    """Check the rules that terms keep by themselves. Raises OrderRefusal."""
    check_lines(terms.lines, terms.currency)
    _check_milestones(terms.milestones)
    _check_commission(terms)


def check_lines(lines: Sequence[OrderLine], currency: str) -> None:
    """Check that each item stands once, and that the lines come to something. Raises LinesMalformed."""
    items = [line.item for line in lines]
    if len(items) != len(set(items)):
        raise LinesMalformed("each item stands once; say its quantity", field="lines")
    if value_of(lines, currency) == 0:
        raise LinesMalformed("the lines come to nothing; say what they cost", field="lines")


def _check_milestones(milestones: Sequence[Milestone]) -> None:
    names = [milestone.milestone for milestone in milestones]
    if len(names) != len(set(names)):
        raise MilestonesMalformed("each milestone stands once", field="terms.milestones")
    if (taken := next((name for name in names if RESERVED.fullmatch(name)), None)) is not None:
        raise MilestonesMalformed(
            f"{taken} is the name of a fee's receivable; call the milestone something else", field="terms.milestones"
        )
    if any(Fraction(milestone.percent) == 0 for milestone in milestones):
        raise MilestonesMalformed("a milestone of 0 % is none; leave it out", field="terms.milestones")
    total = sum((Fraction(milestone.percent) for milestone in milestones), Fraction(0))
    if total != 100:
        raise MilestonesMalformed(f"the percentages come to {_shown(total)}, not to 100", field="terms.milestones")


def _shown(total: Fraction) -> str:
    """A sum of percentages, with as many decimals as they have."""
    return written(rounded(total * 10_000), 4)


def _check_commission(terms: OrderTerms) -> None:
    triggers = [term.trigger for term in terms.commission]
    if len(triggers) != len(set(triggers)):
        raise CommissionMalformed("each trigger earns once (O6)", field="terms.commission")
    for term in terms.commission:
        if Fraction(term.rate) >= 1:
            raise CommissionMalformed(f"{term.rate} is the whole value or more; 0.03 is 3 %", field="terms.commission")
        if decimals(term.flat) > EXPONENT[terms.currency]:
            raise CommissionMalformed(
                f"{terms.currency} has {EXPONENT[terms.currency]} decimals, {term.flat} has more",
                field="terms.commission",
            )


# Decide


def _quote(state: Orders, command: IssueQuotation, by: By) -> Sequence[Fact]:
    """Quote, which alone needs no order. Raises OrderRefusal."""
    if said(QuotationIssued, command) in state.asked.values():
        return ()
    order = state.orders.get(command.order)
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
            raise OrderPartyUnknown(f"there is no company {name}; register-lead first", field=field)
        check_not_gone(company, field)
    if command.supplier == command.buyer:
        raise OrderPartyGone(f"{command.buyer} does not buy from itself", field="buyer")


def check_parties_there(state: Orders, order: EquipmentOrder) -> None:
    """No party of an order is gone. Raises OrderPartyGone."""
    for name in (order.supplier, order.buyer):
        if (company := state.companies.get(name)) is not None:
            check_not_gone(company, "order")


def check_not_gone(company: Company, field: str) -> None:
    """Check that a company was neither merged away nor has left. Raises OrderPartyGone."""
    if company.stage == "MERGED":
        raise OrderPartyGone(f"{company.company} was merged into {company.merged_into}; quote for that", field=field)
    if company.stage == "EXITED":
        raise OrderPartyGone(f"{company.company} has left since {company.exited_on}", field=field)


def _place(state: Orders, command: PlaceOrder, by: By) -> Sequence[Fact]:
    order = order_of(state, command)
    if said(EquipmentOrdered, command) in state.asked.values():
        earned = [
            fact
            for fact in state.recorded(command, CommissionFeeEarned)
            if fact.trigger == "ORDERED" and fact.change is None
        ]
        check_same(state.recorded(command, EquipmentOrdered)[-1], order, command.rate_series, earned)
        return ()
    check_state(order, ("QUOTED",), command.effective_on)
    if order.valid_until is not None and command.effective_on > order.valid_until:
        raise QuotationExpired(f"the quotation was valid until {order.valid_until}; quote again", field="effective_on")
    check_parties_there(state, order)
    if command.over_time is not None and (command.role, order.currency) != ("PRINCIPAL", "CNY"):
        advice = "leave it out" if order.currency == "CNY" else "leave it out, or quote in CNY"
        raise OverTimeUnfit(
            f"as {command.role}, in {order.currency}, MCSC earns on acceptance (a sale that is earned over time is not "
            f"remeasured from other currencies here): {advice}",
            field="over_time",
        )
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
        rate_series=series_named(order, command.rate_series),
        over_time=command.over_time,
    )
    ordered = _ordered(order, fact)
    return (fact, *fee_earned(state, ordered, "ORDERED", command.rate_series, command.effective_on, by))


AGREEMENT: Part[Orders, EquipmentOrder] = Part(
    decide={IssueQuotation: _quote, PlaceOrder: _place},
    scope={
        IssueQuotation: lambda command: scope_of(command, f"company:{command.supplier}", f"company:{command.buyer}"),
        PlaceOrder: lambda command: scope_of(command, GONE_TAG, *posting_tags(command.rate_series, *TAXES)),
    },
    evolve={QuotationIssued: _quoted, EquipmentOrdered: _ordered},
)
