"""Milestones: invoiced and paid; money that passes through MCSC's hands.

Command                  Facts (order.…)
InvoiceMilestone         milestone-invoiced; a contract asset becomes a receivable
RecordMilestonePayment   advance-received        PRINCIPAL, before acceptance: a contract liability
                         receivable-collected    PRINCIPAL, after it
                         client-money-received   AGENT, through MCSC: owed to the supplier
                         milestone-paid          AGENT or OBSERVER, between the others: MCSC only hears of it
RemitClientMoney         client-money-remitted: to the supplier, or back to the buyer

A milestone is paid as a whole, and paid it never changes. A deposit is the milestone that is due with the order.

Refusals, in order of precedence (after OrderUnknown)
├── MilestoneUnknown     the order has no such milestone (unknown)
├── MilestoneIsPaid      it was paid with another payment (conflict)
├── AlreadyInvoiced      an invoice of it stands (conflict)
├── TriggerNotReached    it is invoiced when it is due
├── (RoleForbids)        which way the money goes is the role's
├── (ReferenceUnfit)     through MCSC it has a bank reference
└── NothingHeld          no client money of this milestone is held (unknown)
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal

from msgspec.structs import replace

from ledger.billing.facts import BankReference
from ledger.decider import By, Fact, Id
from ledger.orders.agreement import UNDER_WAY
from ledger.orders.earning import check_named
from ledger.orders.facts import (
    AdvanceReceived,
    ClientMoneyReceived,
    ClientMoneyRemitted,
    MilestoneInvoiced,
    MilestonePaid,
)
from ledger.orders.order import (
    EquipmentOrder,
    Held,
    MilestoneState,
    OrderCommand,
    OrderRefusal,
    Orders,
    OrderState,
    Part,
    Payment,
    RoleForbids,
    about,
    already_so,
    check_reference,
    check_since_ordered,
    check_state,
    money,
    posting_tags,
    posts_on,
    terms_of,
)
from ledger.orders.receivables import collected, paid_with, reclassified
from ledger.rates import Series
from ledger.values.evidence import Evidence

Way = Literal["MCSC", "DIRECT"]
WAYS = {"PRINCIPAL": ("MCSC",), "AGENT": ("DIRECT", "MCSC"), "OBSERVER": ("DIRECT",)}
"""Which ways the buyer's money can go; the first is taken where none is said."""

ACCEPTED: tuple[OrderState, ...] = ("ACCEPTED", "WARRANTY")
IN_FORCE: tuple[OrderState, ...] = (*UNDER_WAY, *ACCEPTED)


# Commands


class InvoiceMilestone(OrderCommand, frozen=True, kw_only=True, tag="invoice-milestone"):
    """Record the invoice of a milestone that is due."""

    milestone: Id
    invoice: Id


class RecordMilestonePayment(OrderCommand, frozen=True, kw_only=True, tag="record-milestone-payment"):
    """Record that the buyer paid a milestone, all of it; `effective_on` is the value date.

    through       MCSC, with the bank's reference, or DIRECT to the supplier; by the role where it is not said
    rate_series   the exchange rate, where foreign money comes to MCSC: fx/usd-cny, or the bank's, fx/usd-cny-bank
    """

    milestone: Id
    through: Way | None = None
    bank_reference: BankReference | None = None
    rate_series: Series | None = None
    evidence: Evidence | None = None


class RemitClientMoney(OrderCommand, frozen=True, kw_only=True, tag="remit-client-money"):
    """Record that client money of a milestone went on to the supplier, or back to the buyer."""

    milestone: Id
    to: Literal["SUPPLIER", "BUYER"] = "SUPPLIER"
    bank_reference: BankReference


# Refusals


class MilestoneUnknown(OrderRefusal):
    """The order has no such milestone."""

    code = "milestone-unknown"
    kind = "unknown"


class MilestoneIsPaid(OrderRefusal):
    """It was paid with another payment."""

    code = "milestone-is-paid"
    kind = "conflict"


class AlreadyInvoiced(OrderRefusal):
    """An invoice of it stands."""

    code = "milestone-already-invoiced"
    kind = "conflict"


class TriggerNotReached(OrderRefusal):
    """It is invoiced when it is due."""

    code = "milestone-not-due"


class NothingHeld(OrderRefusal):
    """No client money of this milestone is held."""

    code = "client-money-not-held"
    kind = "unknown"


# Decide


def _milestone(order: EquipmentOrder, name: str) -> MilestoneState:
    found = order.milestone(name)
    if found is None:
        there = ", ".join(one.milestone for one in order.milestones) or "none before it is ordered"
        raise MilestoneUnknown(f"{order.order} has no milestone {name}; its milestones: {there}", field="milestone")
    return found


def _invoice(state: Orders, order: EquipmentOrder, command: InvoiceMilestone, by: By) -> Sequence[Fact]:
    if already_so(state, MilestoneInvoiced, command):
        return ()
    known, on = _milestone(order, command.milestone), command.effective_on
    check_state(order, IN_FORCE)
    if known.paid_on is not None:
        raise MilestoneIsPaid(f"{command.milestone} was paid on {known.paid_on}", field="milestone")
    if known.invoice is not None:
        raise AlreadyInvoiced(f"{command.milestone} was invoiced as {known.invoice}", field="milestone")
    due = order.reached.get(known.trigger)
    if due is None or due > on:
        raise TriggerNotReached(f"{command.milestone} is due on {known.trigger}, which has not happened by {on}")
    fact = MilestoneInvoiced(
        **about(order),
        effective_on=on,
        milestone=command.milestone,
        invoice=command.invoice,
        amount_minor=known.amount_minor,
        due_on=on + timedelta(days=terms_of(order).due_days),
    )
    return (fact, *reclassified(state, order, [command.milestone], on, by))


def _pay(state: Orders, order: EquipmentOrder, command: RecordMilestonePayment, by: By) -> Sequence[Fact]:
    known = _milestone(order, command.milestone)
    said = order.payments.get(command.milestone)
    if said is not None and said in (_told_of(command), paid_with(order, command)):
        return ()
    if known.paid_on is not None:
        raise MilestoneIsPaid(
            f"{command.milestone} was paid on {known.paid_on}; what is paid never changes", field="milestone"
        )
    check_state(order, IN_FORCE)
    check_since_ordered(order, command.effective_on)
    through = _way(order, command)
    if through == "DIRECT":
        return (
            MilestonePaid(
                **about(order),
                effective_on=command.effective_on,
                milestone=command.milestone,
                amount_minor=known.amount_minor,
                evidence=command.evidence,
            ),
        )
    assert command.bank_reference is not None, "checked with the way"
    if command.milestone in order.receivables:
        return collected(state, order, command.milestone, command, by)
    check_reference(state, command.bank_reference)
    kind = AdvanceReceived if order.role == "PRINCIPAL" else ClientMoneyReceived
    return (
        kind(
            **about(order),
            **money(state, order, known.amount_minor, command.rate_series, command.effective_on),
            effective_on=command.effective_on,
            accounting_on=posts_on(state, command.effective_on, by),
            milestone=command.milestone,
            bank_reference=command.bank_reference,
        ),
    )


def _told_of(command: RecordMilestonePayment) -> Payment:
    """What a payment between the others says of itself."""
    return Payment(on=command.effective_on, evidence=command.evidence)


def _way(order: EquipmentOrder, command: RecordMilestonePayment) -> Way:
    """MCSC or DIRECT. Raises RoleForbids, ReferenceUnfit."""
    assert order.role is not None, "an order in force has a role"
    ways = WAYS[order.role]
    through = command.through or ("MCSC" if command.bank_reference is not None and "MCSC" in ways else ways[0])
    if through not in ways:
        raise RoleForbids(f"MCSC is {order.role} of {order.order}: money goes {' or '.join(ways)}", field="through")
    check_named(command.bank_reference, through == "MCSC", f"the money goes {through}")
    return "MCSC" if through == "MCSC" else "DIRECT"


def _remit(state: Orders, order: EquipmentOrder, command: RemitClientMoney, by: By) -> Sequence[Fact]:
    if already_so(state, ClientMoneyRemitted, command):
        return ()
    held = order.client_money.get(command.milestone)
    if held is None or held.remitted:
        raise NothingHeld(f"no client money of {command.milestone} is held for {order.order}", field="milestone")
    check_reference(state, command.bank_reference)
    return (
        ClientMoneyRemitted(
            **about(order),
            effective_on=command.effective_on,
            accounting_on=posts_on(state, command.effective_on, by),
            currency=order.currency,
            amount_minor=held.amount_minor,
            cny_minor=held.cny_minor,
            milestone=command.milestone,
            to=command.to,
            bank_reference=command.bank_reference,
        ),
    )


def _scope(command: Any) -> tuple[str, ...]:
    match command:
        case RecordMilestonePayment():
            named = (f"bank:{command.bank_reference}",) if command.bank_reference else ()
            return (*named, *posting_tags(command.rate_series))
        case RemitClientMoney():
            return (f"bank:{command.bank_reference}", *posting_tags())
    return posting_tags()


# Evolve


def _invoiced(order: EquipmentOrder, fact: MilestoneInvoiced) -> dict[str, Any]:
    change = {"invoice": fact.invoice, "invoiced_on": fact.effective_on, "due_on": fact.due_on}
    return {"milestones": order.with_milestone(fact.milestone, **change)}


def _paid(order: EquipmentOrder, fact: MilestonePaid | AdvanceReceived | ClientMoneyReceived) -> dict[str, Any]:
    if isinstance(fact, MilestonePaid):
        said = Payment(on=fact.effective_on, evidence=fact.evidence)
    else:
        said = Payment(on=fact.effective_on, bank_reference=fact.bank_reference, rate_series=fact.rate_series)
    change: dict[str, Any] = {
        "milestones": order.with_milestone(fact.milestone, paid_on=fact.effective_on),
        "payments": {**order.payments, fact.milestone: said},
    }
    match fact:
        case AdvanceReceived():
            before = order.advances
            change["advances"] = (before[0] + fact.amount_minor, before[1] + fact.cny_minor)
        case ClientMoneyReceived():
            known = order.client_money.get(fact.milestone)
            held = Held(amount_minor=fact.amount_minor, cny_minor=fact.cny_minor, remitted=bool(known))
            change["client_money"] = {**order.client_money, fact.milestone: held}
    return change


def _remitted(order: EquipmentOrder, fact: ClientMoneyRemitted) -> dict[str, Any]:
    known = order.client_money.get(fact.milestone) or Held(amount_minor=fact.amount_minor, cny_minor=fact.cny_minor)
    return {"client_money": {**order.client_money, fact.milestone: replace(known, remitted=True)}}


PAYMENTS = Part(
    decide={InvoiceMilestone: _invoice, RecordMilestonePayment: _pay, RemitClientMoney: _remit},
    scope=dict.fromkeys((InvoiceMilestone, RecordMilestonePayment, RemitClientMoney), _scope),
    change={
        MilestoneInvoiced: _invoiced,
        MilestonePaid: _paid,
        AdvanceReceived: _paid,
        ClientMoneyReceived: _paid,
        ClientMoneyRemitted: _remitted,
    },
)
