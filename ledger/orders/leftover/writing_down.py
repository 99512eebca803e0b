"""Stock that is left over, at the lower of its cost and what it still brings (IAS 2.9, .28-.33; CAS 1).

Command           Facts (order.…)
ProposeWriteDown  write-down-proposed: what it brings, and the allowance that it needs by that
ApproveWriteDown  stock-written-down, by somebody else than the proposer: 6701 to 1471, or back where it brings more
RejectWriteDown   write-down-rejected

The allowance is worked out anew each time, so a later measurement takes back what is no longer needed, and no more: the
stock never stands above its cost. A loss by bad keeping is another thing: its input VAT is no longer deducted, and that
is a supplier's document or a manual journal.

Refusals, in order of precedence (after OrderUnknown)
├── WriteDownDecided            it was approved or rejected already
├── WriteDownUnknown            nobody proposed it (unknown)
├── ApproverIsWriteDownProposer J7: the approver is not the proposer
├── those of clearing.py: id, state, day, and something in stock
├── StockMeasuredSo             it stands at that already
└── StockChangedSince           the stock is not what was proposed on: propose it anew
"""

from collections.abc import Sequence
from typing import ClassVar

from msgspec.structs import replace

from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.orders.leftover.clearing import LEFT_OVER, as_it_was, check_after_all, check_entry_free, stands
from ledger.orders.leftover.facts import StockWrittenDown, WriteDownProposed, WriteDownRejected
from ledger.orders.order import (
    EquipmentOrder,
    OrderCommand,
    OrderRefusal,
    Orders,
    about,
    check_not_before,
    check_state,
    order_of,
    posting_tags,
    posts_on,
    scope_of,
)
from ledger.values.evidence import Evidence
from ledger.values.money import Cny, minor, written

# Commands


class ProposeWriteDown(OrderCommand, frozen=True, kw_only=True, tag="propose-write-down"):
    """Say what the stock of an order still brings: its price, less what it costs to sell it. Nothing is posted until
    somebody else approves it. More than before takes an earlier write-down back, up to the cost."""

    put_right: ClassVar[str] = "`reject-write-down`, or `withdraw-order-step` of `order.write-down-proposed`."
    stock_entry: Id
    net_realisable: Cny
    reason: Text
    document: Evidence


class ApproveWriteDown(OrderCommand, frozen=True, kw_only=True, tag="approve-write-down"):
    """Agree to what somebody else says that stock still brings."""

    put_right: ClassVar[str] = "`reverse-stock-step`: the allowance is what it was; `propose-write-down` anew."
    stock_entry: Id


class RejectWriteDown(OrderCommand, frozen=True, kw_only=True, tag="reject-write-down"):
    """Turn a proposed write-down down."""

    put_right: ClassVar[str] = "`withdraw-order-step` of `order.write-down-rejected`: the proposal is open again."
    stock_entry: Id
    reason: Text


# Refusals


class WriteDownUnknown(OrderRefusal):
    """Nobody proposed it."""

    code = "write-down-unknown"
    kind = "unknown"


class WriteDownDecided(OrderRefusal):
    """It was approved or rejected already."""

    code = "write-down-decided"


class ApproverIsWriteDownProposer(OrderRefusal):
    """J7: the approver is not the proposer."""

    code = "approver-is-write-down-proposer"


class StockMeasuredSo(OrderRefusal):
    """The stock stands at that already."""

    code = "stock-measured-so"


class StockChangedSince(OrderRefusal):
    """The stock is not what was proposed on."""

    code = "stock-changed-since"


# Evolve


def _measured(order: EquipmentOrder, fact: StockWrittenDown) -> EquipmentOrder:
    return replace(order, measured=tuple(dict.fromkeys((*order.measured, fact.stock_entry))))


# Decide


def _propose(state: Orders, command: ProposeWriteDown, by: By) -> Sequence[Fact]:
    order, on, brings = order_of(state, command), command.effective_on, minor(command.net_realisable)
    if said(WriteDownProposed, command, net_realisable_minor=brings) in state.asked.values():
        return ()
    check_entry_free(state, order, command.stock_entry)
    check_state(order, LEFT_OVER, on)
    check_after_all(state, order, on)
    there = stands(state, order.order, on)
    allowance = max(there.cost_minor - brings, 0)
    if allowance == there.allowance_minor:
        at = written(there.cost_minor - allowance)
        raise StockMeasuredSo(f"the stock of {order.order} stands at {at} CNY already", field="net_realisable")
    return (
        WriteDownProposed(
            **about(order),
            effective_on=on,
            stock_entry=command.stock_entry,
            net_realisable_minor=brings,
            reason=command.reason,
            document=command.document,
            cost_minor=there.cost_minor,
            before_minor=there.allowance_minor,
            write_down_minor=allowance,
            proposed_by=by.actor,
        ),
    )


def _open(state: Orders, order: EquipmentOrder, command: ApproveWriteDown | RejectWriteDown) -> WriteDownProposed:
    """The proposal, which nobody has decided on. Raises WriteDownDecided, WriteDownUnknown."""
    name = command.stock_entry
    if name in {*order.measured, *(fact.stock_entry for fact in state.recorded(command, WriteDownRejected))}:
        raise WriteDownDecided(f"{name} of {command.order} was decided already; propose another", field="stock_entry")
    proposals = state.recorded(command, WriteDownProposed)
    found = next((proposal for proposal in proposals if proposal.stock_entry == name), None)
    if found is None:
        raise WriteDownUnknown(
            f"nobody proposed {name} of {command.order}: propose-write-down; somebody else than the proposer then "
            "approves it",
            field="stock_entry",
        )
    check_not_before(f"the proposal {name}", found.effective_on, command.effective_on)
    return found


def _approve(state: Orders, command: ApproveWriteDown, by: By) -> Sequence[Fact]:
    order, on = order_of(state, command), command.effective_on
    if said(StockWrittenDown, command) in (fact.asked for fact in state.recorded(command, StockWrittenDown)):
        return ()
    proposal = _open(state, order, command)
    if proposal.proposed_by == by.actor:
        raise ApproverIsWriteDownProposer(f"{by.actor} proposed {proposal.stock_entry}; somebody else approves it")
    check_state(order, LEFT_OVER, on)
    check_after_all(state, order, on)
    there = stands(state, order.order, on)
    if (there.cost_minor, there.allowance_minor) != (proposal.cost_minor, proposal.before_minor):
        raise StockChangedSince(
            f"{written(there.cost_minor)} CNY stand there, less {written(there.allowance_minor)}; it was proposed on "
            f"{written(proposal.cost_minor)} less {written(proposal.before_minor)}: reject it, and propose it anew",
            field="stock_entry",
        )
    more = proposal.write_down_minor - proposal.before_minor
    return (
        StockWrittenDown(
            **about(order),
            effective_on=on,
            accounting_on=posts_on(state, on, by, there.booked_on),
            currency="CNY",
            amount_minor=more,
            cny_minor=more,
            stock_entry=proposal.stock_entry,
            net_realisable_minor=proposal.net_realisable_minor,
            reason=proposal.reason,
            proposed_by=proposal.proposed_by,
            approved_by=by.actor,
        ),
    )


def _reject(state: Orders, command: RejectWriteDown, by: By) -> Sequence[Fact]:
    order = order_of(state, command)
    if said(WriteDownRejected, command) in state.asked.values():
        return ()
    proposal = _open(state, order, command)
    return (
        WriteDownRejected(
            **about(order),
            effective_on=command.effective_on,
            stock_entry=proposal.stock_entry,
            reason=command.reason,
            rejected_by=by.actor,
        ),
    )


WRITING_DOWN: Part[Orders, EquipmentOrder] = Part(
    decide={ProposeWriteDown: _propose, ApproveWriteDown: _approve, RejectWriteDown: _reject},
    scope={
        ProposeWriteDown: scope_of,
        ApproveWriteDown: lambda command: scope_of(command, *posting_tags()),
        RejectWriteDown: scope_of,
    },
    evolve={WriteDownProposed: as_it_was, WriteDownRejected: as_it_was, StockWrittenDown: _measured},
)
