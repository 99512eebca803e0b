"""Milestones: invoiced and paid; money that passes through MCSC's hands.

Command                  Facts (order.…)
InvoiceMilestone         milestone-invoiced; a contract asset becomes a receivable
RecordMilestonePayment   advance-received        PRINCIPAL, before acceptance: a contract liability
                         receivable-collected    PRINCIPAL, after it
                         client-money-received   AGENT, through MCSC: owed to the supplier
                         milestone-paid          AGENT or OBSERVER, between the others: MCSC only hears of it
RemitClientMoney         client-money-remitted: to the supplier, or back to the buyer

A milestone is paid at once or in parts, and once anything of it is paid its amount never changes. What a bank on the
way kept is still open, but where it is said to be MCSC's cost: then it is paid too. A deposit is the milestone that is
due with the order.

Refusals, in order of precedence (after OrderUnknown)
├── MilestoneUnknown     the order has no such milestone (unknown)
├── MilestoneIsPaid      all of it was paid with other payments (conflict)
├── AlreadyInvoiced      an invoice of it stands (conflict)
├── NothingToInvoice     a change order left nothing of the milestone
├── TriggerNotReached    a milestone is invoiced once it is due
├── InvoiceTaken         this id is another invoice's of the order (conflict)
├── (RoleForbids)        MCSC's role says which ways the money can go
├── (ReferenceUnfit)     money through MCSC has a bank reference, other money has none
├── NothingHeld          no client money of this milestone is held (unknown)
└── (OrderOpenExceeded)  no more goes on than is held
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import ClassVar, Literal

from msgspec.structs import replace

from ledger.decider import By, Fact, Id, Part, said
from ledger.once.bank import BankReference
from ledger.orders.earning import check_named
from ledger.orders.facts import (
    AdvanceReceived,
    ChangeOrderApproved,
    ClientMoneyReceived,
    ClientMoneyRemitted,
    MilestoneInvoiced,
    MilestonePaid,
    ReceivableCollected,
)
from ledger.orders.order import (
    IN_FORCE,
    EquipmentOrder,
    Held,
    MilestoneState,
    OrderCommand,
    OrderOpenExceeded,
    OrderRefusal,
    Orders,
    PayingCommand,
    Payment,
    RoleForbids,
    about,
    advanced,
    amount_of,
    check_new,
    check_not_before,
    check_since_ordered,
    check_state,
    held_for,
    money,
    order_of,
    paid,
    part_of,
    posting_tags,
    posts_on,
    scope_of,
    series_named,
    terms_of,
)
from ledger.orders.receivables import amount_paid, charged, collection, has_come, owed, reclassified, same_amount
from ledger.values.currencies import Amount, in_minor
from ledger.values.evidence import Evidence
from ledger.values.money import EXPONENT, written

Way = Literal["MCSC", "DIRECT"]
WAYS = {"PRINCIPAL": ("MCSC",), "AGENT": ("DIRECT", "MCSC"), "OBSERVER": ("DIRECT",)}
"""Which ways the buyer's money can go; the first is taken where none is said."""

# Commands


class InvoiceMilestone(OrderCommand, frozen=True, kw_only=True, tag="invoice-milestone"):
    """Record the invoice of a milestone that is due."""

    put_right: ClassVar[str] = "`withdraw-order-step` of `order.milestone-invoiced`; what it made due is put back."
    milestone: Id
    invoice: Id


class RecordMilestonePayment(PayingCommand, frozen=True, kw_only=True, tag="record-milestone-payment"):
    """Record that the buyer paid a milestone, or a part of it; `effective_on` is the value date.

    amount        what came, in the order's currency; all that is open where it is not said
    bank_charge   what a bank on the way kept, where MCSC is principal and bears it: paid with the rest, a cost (6603)
    through       MCSC, with the bank's reference, or DIRECT to the supplier; by the role where it is not said
    rate_series   the exchange rate, where foreign money comes to MCSC: fx/usd-cny, or the bank's, fx/usd-cny-bank
    """

    put_right: ClassVar[str] = (
        "Through MCSC: `reverse-order-payment`, and its bank reference is free again. Between the others: "
        "`withdraw-order-step` of `order.milestone-paid`."
    )
    milestone: Id
    through: Way | None = None
    evidence: Evidence | None = None


class RemitClientMoney(OrderCommand, frozen=True, kw_only=True, tag="remit-client-money"):
    """Record that client money of a milestone went on to the supplier, or back to the buyer.

    amount   what went on, in the order's currency; all that is held where it is not said
    """

    put_right: ClassVar[str] = "`reverse-order-payment`: the money is held again, and its bank reference is free."
    milestone: Id
    to: Literal["SUPPLIER", "BUYER"] = "SUPPLIER"
    amount: Amount | None = None
    bank_reference: BankReference
    bank_account: Id | None = None


# Refusals


class MilestoneUnknown(OrderRefusal):
    """The order has no such milestone."""

    code = "milestone-unknown"
    kind = "unknown"


class MilestoneIsPaid(OrderRefusal):
    """All of it was paid with other payments."""

    code = "milestone-is-paid"
    kind = "conflict"


class AlreadyInvoiced(OrderRefusal):
    """An invoice of it stands."""

    code = "milestone-already-invoiced"
    kind = "conflict"


class InvoiceTaken(OrderRefusal):
    """This id is another invoice's of the order."""

    code = "order-invoice-taken"
    kind = "conflict"


class TriggerNotReached(OrderRefusal):
    """A milestone is invoiced once it is due."""

    code = "milestone-not-due"


class NothingToInvoice(OrderRefusal):
    """A change order left nothing of the milestone."""

    code = "milestone-of-nothing"


class NothingHeld(OrderRefusal):
    """No client money of this milestone is held."""

    code = "client-money-not-held"
    kind = "unknown"


# Evolve


def _invoiced(order: EquipmentOrder, fact: MilestoneInvoiced) -> EquipmentOrder:
    invoice = {"invoice": fact.invoice, "invoiced_on": fact.effective_on, "due_on": fact.due_on}
    return replace(order, milestones=order.with_milestone(fact.milestone, **invoice))


def _paid(order: EquipmentOrder, fact: MilestonePaid | AdvanceReceived | ClientMoneyReceived) -> EquipmentOrder:
    order = paid(order, fact.milestone, payment_of(fact))
    match fact:
        case AdvanceReceived():
            return advanced(order, fact.accounting_on, fact.amount_minor, fact.cny_minor)
        case ClientMoneyReceived():
            order = held_for(order, fact.milestone, fact.accounting_on, fact.amount_minor, fact.cny_minor)
            return order if fact.bank_account is not None else _off_account(order, fact.milestone)
    return order


def _off_account(order: EquipmentOrder, milestone: str) -> EquipmentOrder:
    held = replace(order.client_money[milestone], off_account=True)
    return replace(order, client_money={**order.client_money, milestone: held})


def payment_of(fact: MilestonePaid | AdvanceReceived | ClientMoneyReceived | ReceivableCollected) -> Payment:
    """The payment that a fact records."""
    reference = None if isinstance(fact, MilestonePaid) else fact.bank_reference
    return Payment(on=fact.effective_on, amount_minor=fact.amount_minor, bank_reference=reference)


def _remitted(order: EquipmentOrder, fact: ClientMoneyRemitted) -> EquipmentOrder:
    return held_for(order, fact.milestone, fact.accounting_on, -fact.amount_minor, -fact.cny_minor)


# Scope


def _scope_of_payment(command: RecordMilestonePayment) -> tuple[str, ...]:
    """The bank's reference too, where the money comes to MCSC."""
    named = (f"bank:{command.bank_reference}",) if command.bank_reference else ()
    return scope_of(command, *named, *posting_tags(command.rate_series))


# Decide


def _milestone(order: EquipmentOrder, name: str) -> MilestoneState:
    milestone = order.milestone(name)
    if milestone is None:
        there = ", ".join(known.milestone for known in order.milestones) or "none before it is ordered"
        raise MilestoneUnknown(f"{order.order} has no milestone {name}; its milestones: {there}", field="milestone")
    return milestone


def _invoice(state: Orders, command: InvoiceMilestone, by: By) -> Sequence[Fact]:
    order = order_of(state, command)
    standing = order.milestone(command.milestone)
    if standing and standing.invoice and said(MilestoneInvoiced, command) in state.asked.values():
        return ()
    milestone, on = _milestone(order, command.milestone), command.effective_on
    check_state(order, IN_FORCE)
    if (paid_on := order.paid_on(milestone)) is not None:
        raise MilestoneIsPaid(f"{command.milestone} was paid on {paid_on}", field="milestone")
    if milestone.invoice is not None:
        raise AlreadyInvoiced(f"{command.milestone} was invoiced as {milestone.invoice}", field="milestone")
    if not milestone.amount_minor:
        raise NothingToInvoice(
            f"{command.milestone} comes to 0.00 since the value was changed; there is nothing to ask for",
            field="milestone",
        )
    due = order.due_since(milestone.trigger)
    if due is None or due > on:
        raise TriggerNotReached(f"{command.milestone} is due on {milestone.trigger}, which has not happened by {on}")
    if any(fact.invoice == command.invoice for fact in state.recorded(command, MilestoneInvoiced)):
        raise InvoiceTaken(f"{command.invoice} is another invoice of {order.order}; choose another id", field="invoice")
    _check_not_before_split(state, command)
    invoiced = MilestoneInvoiced(
        **about(order),
        effective_on=on,
        milestone=command.milestone,
        invoice=command.invoice,
        amount_minor=milestone.amount_minor,
        due_on=on + timedelta(days=terms_of(order).due_days),
    )
    return (invoiced, *reclassified(state, order, [command.milestone], on, by))


def _check_not_before_split(state: Orders, command: InvoiceMilestone | RecordMilestonePayment) -> None:
    """Check that what is asked or paid of a milestone is not dated before its amount was changed.

    Raises OrderStepTooEarly.
    """
    for change in state.recorded(command, ChangeOrderApproved):
        if any(amount.milestone == command.milestone for amount in change.amounts):
            check_not_before(
                f"the change order {change.change} that split {command.milestone} anew (withdraw-order-step of "
                "order.change-approved, and approve it again after this)",
                change.effective_on,
                command.effective_on,
            )


def _pay(state: Orders, command: RecordMilestonePayment, by: By) -> Sequence[Fact]:
    order, on = order_of(state, command), command.effective_on
    milestone = _milestone(order, command.milestone)
    if _is_so(state, order, command):
        return ()
    if (paid_on := order.paid_on(milestone)) is not None:
        raise MilestoneIsPaid(
            f"{command.milestone} was paid on {paid_on}; a payment that was recorded wrong is taken back first",
            field="milestone",
        )
    check_state(order, IN_FORCE)
    check_since_ordered(order, on)
    way = _way(order, command)
    if command.bank_charge is not None and order.role != "PRINCIPAL":
        raise RoleForbids(
            f"MCSC is {order.role} of {order.order}, and the money is not its own: what a bank kept is still open",
            field="bank_charge",
        )
    _check_not_before_split(state, command)
    if order.role == "PRINCIPAL" and owed(order, command.milestone).at()[1]:
        return (collection(state, order, command.milestone, command, command.evidence, by),)
    if command.bank_reference is not None:
        check_new(state, command.bank_reference, command.bank_account)
    open_minor = milestone.amount_minor - order.paid_minor(command.milestone)
    amount, charge = amount_paid(command, order, command.milestone, open_minor)
    if way == "DIRECT":
        return (
            MilestonePaid(
                **about(order),
                effective_on=on,
                milestone=command.milestone,
                amount_minor=amount,
                evidence=command.evidence,
                part=amount < open_minor,
            ),
        )
    assert command.bank_reference is not None, "checked with the way"
    given = money(state, order, amount, command.rate_series, on)
    given |= about(order) | {"effective_on": on, "accounting_on": posts_on(state, on, by)}
    given |= {"milestone": command.milestone, "bank_reference": command.bank_reference}
    given |= {"bank_account": command.bank_account}
    given |= {"part": amount < open_minor, "evidence": command.evidence}
    if order.role == "PRINCIPAL":
        return (AdvanceReceived(**given, **charged(charge, order.currency, given["rate"])),)
    _check_not_remitted(state, order, command.milestone, on)
    return (ClientMoneyReceived(**given),)


def _is_so(state: Orders, order: EquipmentOrder, command: RecordMilestonePayment) -> bool:
    """Tell whether just this payment is recorded already, by the same way, of the same amount, on the same paper."""
    if command.through != "DIRECT" and has_come(state, order, command.milestone, command, command.evidence):
        return True
    named = (command.bank_reference, command.bank_account, series_named(order, command.rate_series))
    names_bank = any(one is not None for one in named)
    direct = state.recorded(command, MilestonePaid)
    return (
        command.through != "MCSC"
        and not names_bank
        and any(said(MilestonePaid, command) == fact.asked and same_amount(order, command, fact) for fact in direct)
    )


def _way(order: EquipmentOrder, command: RecordMilestonePayment) -> Way:
    """The way that the money goes: as named, or by the role. Raises RoleForbids, ReferenceUnfit."""
    assert order.role is not None, "an order in force has a role"
    ways = WAYS[order.role]
    through = command.through or ("MCSC" if command.bank_reference is not None and "MCSC" in ways else ways[0])
    if through not in ways:
        raise RoleForbids(f"MCSC is {order.role} of {order.order}: money goes {' or '.join(ways)}", field="through")
    check_named(command.bank_reference, through == "MCSC", f"the money goes {through}")
    return "MCSC" if through == "MCSC" else "DIRECT"


def _remit(state: Orders, command: RemitClientMoney, by: By) -> Sequence[Fact]:
    order = order_of(state, command)
    sent = state.recorded(command, ClientMoneyRemitted)
    for fact in sent:
        is_whole = (
            not fact.part if command.amount is None else in_minor(command.amount, order.currency) == fact.amount_minor
        )
        if is_whole and said(ClientMoneyRemitted, command) == fact.asked:
            return ()
    held = order.client_money.get(command.milestone)
    _check_not_remitted(state, order, command.milestone, command.effective_on)
    if held is None or not held.amount_minor:
        raise NothingHeld(f"no client money of {command.milestone} is held for {order.order}", field="milestone")
    amount = held.amount_minor if command.amount is None else amount_of(command.amount, order.currency)
    if amount > held.amount_minor:
        raise OrderOpenExceeded(
            f"{written(held.amount_minor, EXPONENT[order.currency])} {order.currency} of {command.milestone} are held, "
            f"not {command.amount}",
            field="amount",
        )
    gone = sum(fact.amount_minor for fact in sent if fact.milestone == command.milestone)
    came_on = _come_by(state, command, amount + gone)
    check_not_before(f"the money of {command.milestone}", came_on, command.effective_on)
    check_new(state, command.bank_reference, command.bank_account)
    return (
        ClientMoneyRemitted(
            **about(order),
            effective_on=command.effective_on,
            accounting_on=posts_on(state, command.effective_on, by, held.moved_on),
            currency=order.currency,
            amount_minor=amount,
            cny_minor=part_of(_held_on(state, command, held), amount),
            milestone=command.milestone,
            to=command.to,
            bank_reference=command.bank_reference,
            bank_account=command.bank_account,
            part=amount < held.amount_minor,
        ),
    )


def _check_not_remitted(state: Orders, order: EquipmentOrder, milestone: str, on: date) -> None:
    """Check that no foreign money of a milestone went on later: at its rate would have been counted what comes or goes
    earlier. Raises OrderStepTooEarly."""
    for fact in state.stories.get(order.order, ()) if order.currency != "CNY" else ():
        if isinstance(fact, ClientMoneyRemitted) and fact.milestone == milestone:
            check_not_before(
                f"money of {milestone} that went on (reverse-order-payment of {fact.bank_reference}, and record it "
                "again after this)",
                fact.effective_on,
                on,
            )


def _held_on(state: Orders, command: RemitClientMoney, held_now: Held) -> tuple[int, int]:
    """Client money of a milestone that is held on the day it goes on: amount, and CNY at the rates it came at; once a
    month's end counted it anew, all of it as it stands in the books, where it goes no earlier than that."""
    if any(not move.amount_minor for move in held_now.stands.moves):
        return held_now.amount_minor, held_now.cny_minor
    moves: list[tuple[int, ClientMoneyReceived | ClientMoneyRemitted]] = [
        *((1, fact) for fact in state.recorded(command, ClientMoneyReceived)),
        *((-1, fact) for fact in state.recorded(command, ClientMoneyRemitted)),
    ]
    held = [
        (sign * fact.amount_minor, sign * fact.cny_minor)
        for sign, fact in moves
        if fact.milestone == command.milestone and fact.effective_on <= command.effective_on
    ]
    return sum(amount for amount, _ in held), sum(cny for _, cny in held)


def _come_by(state: Orders, command: RemitClientMoney, amount_minor: int) -> date:
    """The day by which so much client money of a milestone has come."""
    received = [fact for fact in state.recorded(command, ClientMoneyReceived) if fact.milestone == command.milestone]
    come = 0
    for fact in sorted(received, key=lambda fact: fact.effective_on):
        come += fact.amount_minor
        if come >= amount_minor:
            return fact.effective_on
    return date.min


PAYMENTS: Part[Orders, EquipmentOrder] = Part(
    decide={InvoiceMilestone: _invoice, RecordMilestonePayment: _pay, RemitClientMoney: _remit},
    scope={
        InvoiceMilestone: lambda command: scope_of(command, *posting_tags()),
        RecordMilestonePayment: _scope_of_payment,
        RemitClientMoney: lambda command: scope_of(command, f"bank:{command.bank_reference}", *posting_tags()),
    },
    evolve={
        MilestoneInvoiced: _invoiced,
        MilestonePaid: _paid,
        AdvanceReceived: _paid,
        ClientMoneyReceived: _paid,
        ClientMoneyRemitted: _remitted,
    },
)
