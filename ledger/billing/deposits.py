"""A tenant's deposit: received, applied to an invoice, forfeited, paid back.

Commands        Facts (billing.…)
ReceiveDeposit  deposit-received
ApplyDeposit    deposit-applied
ForfeitDeposit  deposit-forfeited: the tax it includes, where it is taxable, is worked out
RefundDeposit   deposit-refunded

Refusals, in order of precedence (after those of rules.py)
├── LeasesDiffer      a deposit pays documents of its own lease
├── (BeforeDocument)  of rules.py: a deposit pays nothing that is not asked for yet
└── DepositExceeded   L8: on no day is less than nothing held
"""

from collections.abc import Sequence
from typing import Any

from ledger.billing.account import Billing
from ledger.billing.facts import (
    BankReference,
    DepositApplied,
    DepositForfeited,
    DepositReceived,
    DepositRefunded,
    LeaseIssued,
)
from ledger.billing.rules import (
    POSTING,
    BillingCommand,
    BillingRefusal,
    IdTaken,
    amount_of,
    check_asked,
    check_bank_reference,
    check_open,
    known_lease,
    owed,
    posts_on,
)
from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.leases.facts import LeaseId
from ledger.values.money import Cny, Ratio, net_of, written

# Commands


class DepositCommand(BillingCommand, frozen=True, kw_only=True):
    """Something asked about a lease's deposit. `deposit` names the movement."""

    deposit: Id
    lease: LeaseId
    amount: Cny


class ReceiveDeposit(DepositCommand, frozen=True, kw_only=True, tag="receive-deposit"):
    """Record a deposit in the bank. `effective_on` is the value date."""

    bank_reference: BankReference


class ApplyDeposit(DepositCommand, frozen=True, kw_only=True, tag="apply-deposit"):
    """Pay an invoice of the lease from its deposit."""

    invoice: Id


class ForfeitDeposit(DepositCommand, frozen=True, kw_only=True, tag="forfeit-deposit"):
    """Keep deposit for good. `vat_rate`: of the tax that the amount includes, where it is taxable."""

    reason: Text
    vat_rate: Ratio = "0"


class RefundDeposit(DepositCommand, frozen=True, kw_only=True, tag="refund-deposit"):
    """Pay deposit back."""

    bank_reference: BankReference


# Refusals


class LeasesDiffer(BillingRefusal):
    """A deposit pays documents of its own lease."""

    code = "leases-differ"


class DepositExceeded(BillingRefusal):
    """L8: on no day is less than nothing held."""

    code = "deposit-exceeded"


# Scope


def _scope(command: DepositCommand) -> tuple[str, ...]:
    named: tuple[str, ...] = (f"deposit:{command.deposit}", f"lease:{command.lease}")
    match command:
        case ReceiveDeposit() | RefundDeposit():
            named = (*named, f"bank:{command.bank_reference}")
        case ApplyDeposit():
            named = (*named, f"invoice:{command.invoice}")
    return (*named, *POSTING)


# Decide


def _receive(state: Billing, command: ReceiveDeposit, by: By) -> Sequence[Fact]:
    amount = amount_of(command.amount)
    lease = known_lease(state, command.lease)
    if _is_recorded(state, command, said(DepositReceived, command, amount_minor=amount)):
        return ()
    check_bank_reference(state, command.bank_reference)
    return (
        DepositReceived(
            effective_on=command.effective_on,
            accounting_on=posts_on(state, command.effective_on, by),
            company=lease.company,
            lease=command.lease,
            amount_minor=amount,
            deposit=command.deposit,
            bank_reference=command.bank_reference,
        ),
    )


def _apply(state: Billing, command: ApplyDeposit, by: By) -> Sequence[Fact]:
    amount = amount_of(command.amount)
    lease = known_lease(state, command.lease)
    if _is_recorded(state, command, said(DepositApplied, command, amount_minor=amount)):
        return ()
    document, issued = owed(state, command.invoice)
    if not isinstance(issued, LeaseIssued) or issued.lease != command.lease:
        whose = f"lease {issued.lease}" if isinstance(issued, LeaseIssued) else "another contract"
        raise LeasesDiffer(
            f"{command.invoice} is of {whose}; the deposit of {command.lease} does not pay it",
            field="invoice",
        )
    check_asked(command.invoice, issued, command.effective_on, "apply the deposit then or later")
    _check_held(state, command, amount)
    check_open(command.invoice, document, amount, field="amount")
    return (
        DepositApplied(
            effective_on=command.effective_on,
            accounting_on=posts_on(state, command.effective_on, by),
            company=lease.company,
            lease=command.lease,
            amount_minor=amount,
            deposit=command.deposit,
            invoice=command.invoice,
        ),
    )


def _forfeit(state: Billing, command: ForfeitDeposit, by: By) -> Sequence[Fact]:
    amount = amount_of(command.amount)
    lease = known_lease(state, command.lease)
    if _is_recorded(state, command, said(DepositForfeited, command, amount_minor=amount)):
        return ()
    _check_held(state, command, amount)
    return (
        DepositForfeited(
            effective_on=command.effective_on,
            accounting_on=posts_on(state, command.effective_on, by),
            company=lease.company,
            lease=command.lease,
            amount_minor=amount,
            deposit=command.deposit,
            reason=command.reason,
            vat_rate=command.vat_rate,
            vat_minor=amount - net_of(amount, command.vat_rate),
        ),
    )


def _refund(state: Billing, command: RefundDeposit, by: By) -> Sequence[Fact]:
    amount = amount_of(command.amount)
    lease = known_lease(state, command.lease)
    if _is_recorded(state, command, said(DepositRefunded, command, amount_minor=amount)):
        return ()
    check_bank_reference(state, command.bank_reference)
    _check_held(state, command, amount)
    return (
        DepositRefunded(
            effective_on=command.effective_on,
            accounting_on=posts_on(state, command.effective_on, by),
            company=lease.company,
            lease=command.lease,
            amount_minor=amount,
            deposit=command.deposit,
            bank_reference=command.bank_reference,
        ),
    )


def _is_recorded(state: Billing, command: DepositCommand, asked: tuple[Any, ...]) -> bool:
    """Find a movement that was asked for in just these words. Raises IdTaken where its id is another's."""
    movement = state.deposit_facts.get(command.deposit)
    if movement is not None and movement.asked != asked:
        raise IdTaken(f"deposit {command.deposit} is recorded already and says otherwise", field="deposit")
    return movement is not None


def _check_held(state: Billing, command: DepositCommand, amount: int) -> None:
    """L8: what is held on this day, and on each later day on which it moved, covers the amount."""
    later = {day for day, _ in state.deposits.get(command.lease, ()) if day > command.effective_on}
    held = min(state.deposit_minor(command.lease, day) for day in {command.effective_on, *later})
    if amount > held:
        raise DepositExceeded(
            f"{written(max(held, 0))} CNY of deposit are held for {command.lease} from {command.effective_on} on, "
            f"not {written(amount)}",
            field="amount",
        )


DEPOSITS: Part[Billing, Billing] = Part(
    decide={ReceiveDeposit: _receive, ApplyDeposit: _apply, ForfeitDeposit: _forfeit, RefundDeposit: _refund},
    scope=dict.fromkeys((ReceiveDeposit, ApplyDeposit, ForfeitDeposit, RefundDeposit), _scope),
)
