"""The payment of what a VAT return came to, in whole or in part, from a bank account.

Command           Facts (vat.…)      Who
PayVat            paid               finance: what two people agreed is owed
ReturnVatPayment  payment-returned   finance

Refusals, in order of precedence (of VatRefusal, taxing.py)
├── VatPaymentUnknown    no such payment (unknown)
├── VatPaymentTaken      this id is another payment's, says otherwise, or came back (conflict)
├── (VatReturnUnknown)   no return of this month is filed (unknown)
├── (VatMonthNotOver)    nothing is paid before the return is filed, and comes back before it is paid
├── VatExceeded          no more is paid than is owed by the return, on that day and on every later one
├── VatReferenceTaken    B5: the bank's reference is recorded already (conflict)
└── NoOpenPeriod         of `ledger.periods`
"""

from collections.abc import Sequence
from typing import ClassVar

from ledger.bookkeeping.banking.accounts import ACCOUNT_TAGS, on_account
from ledger.bookkeeping.vat.facts import VAT_TAG, VatPaid, VatPaymentReturned
from ledger.decider import By, Command, Decider, Fact, Id, Text, said
from ledger.joint.taxing import Taxing, VatMonthNotOver, VatRefusal, VatReturnUnknown, evolve
from ledger.once.bank import BankReference, check_reference
from ledger.periods import PERIODS_TAG, Month, posting_date
from ledger.values.days import Happened
from ledger.values.evidence import Evidence
from ledger.values.money import Cny, minor, written

# Commands


class PayVat(Command, frozen=True, kw_only=True, tag="pay-vat"):
    """Record that the bank paid what a return came to, or a part of it; `effective_on` is the value date."""

    effective_on: Happened
    put_right: ClassVar[str] = (
        "`return-vat-payment` takes it back, and its bank reference is free again; record it anew under another id."
    )
    vat_payment: Id
    month: Month
    amount: Cny
    bank_reference: BankReference
    bank_account: Id | None = None
    evidence: Evidence | None = None


class ReturnVatPayment(Command, frozen=True, kw_only=True, tag="return-vat-payment"):
    """Record that a payment came back, or was recorded wrong."""

    effective_on: Happened
    put_right: ClassVar[str] = "Record the payment anew under another id: `pay-vat`."
    vat_payment: Id
    reason: Text


Remitting = PayVat | ReturnVatPayment

# Refusals


class VatPaymentUnknown(VatRefusal):
    """No such payment."""

    code = "vat-payment-unknown"
    kind = "unknown"


class VatPaymentTaken(VatRefusal):
    """This id is another payment's, says otherwise, or came back."""

    code = "vat-payment-taken"
    kind = "conflict"


class VatExceeded(VatRefusal):
    """No more is paid than is owed by the return."""

    code = "vat-exceeded"


class VatReferenceTaken(VatRefusal):
    """B5: the bank's reference is recorded already."""

    code = "vat-reference-taken"
    kind = "conflict"


# Scope


def scope(command: Remitting) -> tuple[str, ...]:
    """All returns and payments, the periods, the bank accounts; of a payment its reference."""
    named = (f"bank:{command.bank_reference}",) if isinstance(command, PayVat) else ()
    return (VAT_TAG, PERIODS_TAG, *named, *ACCOUNT_TAGS)


# Decide


def decide(state: Taxing, command: Remitting, by: By) -> Sequence[Fact]:
    """The facts that a command asks for, if every rule allows them; nothing where it is so already."""
    if isinstance(command, PayVat):
        return on_account(state.bank_accounts, command, lambda on: _pay(state, on, by))
    return on_account(state.bank_accounts, command, lambda on: _return(state, on, by))


def _pay(state: Taxing, command: PayVat, by: By) -> Sequence[Fact]:
    month, amount = command.month, minor(command.amount)
    before = state.paid.get(command.vat_payment)
    if before is not None:
        back = state.returned.get(command.vat_payment)
        if back is None and before.asked == said(VatPaid, command, amount_minor=amount):
            return ()
        how = "says otherwise" if back is None else f"came back on {back.effective_on}"
        raise VatPaymentTaken(
            f"payment {command.vat_payment} is recorded already and {how}; choose another id", field="vat_payment"
        )
    known = state.filed.get(month)
    if known is None:
        raise VatReturnUnknown(f"no return of {month} is filed; nothing is owed by it", field="month")
    filed = known.filed
    if command.effective_on < filed.effective_on:
        raise VatMonthNotOver(f"the return was filed on {filed.effective_on}; paid then or later", field="effective_on")
    owed, on = state.owed_by(filed), command.effective_on
    if not 0 < amount <= (there := max(owed.least_from(on), 0)):
        raise VatExceeded(
            f"{written(there)} CNY are owed by the return of {month} from {on} on, not {command.amount}", field="amount"
        )
    check_reference(state.references, command.bank_reference, VatReferenceTaken, command.bank_account)
    return (
        VatPaid(
            effective_on=on,
            accounting_on=posting_date(state.periods, owed.booked_from(amount, on), by.role),
            vat_payment=command.vat_payment,
            month=month,
            amount_minor=amount,
            bank_reference=command.bank_reference,
            bank_account=command.bank_account,
            evidence=command.evidence,
        ),
    )


def _return(state: Taxing, command: ReturnVatPayment, by: By) -> Sequence[Fact]:
    paid = state.paid.get(command.vat_payment)
    if paid is None:
        raise VatPaymentUnknown(f"there is no payment {command.vat_payment} of VAT", field="vat_payment")
    back = state.returned.get(command.vat_payment)
    if back is not None:
        if back.asked == said(VatPaymentReturned, command):
            return ()
        raise VatPaymentTaken(f"{command.vat_payment} came back on {back.effective_on}", field="vat_payment")
    if command.effective_on < paid.effective_on:
        raise VatMonthNotOver(f"it was paid on {paid.effective_on}; it comes back then or later", field="effective_on")
    return (
        VatPaymentReturned(
            effective_on=command.effective_on,
            accounting_on=posting_date(state.periods, max(command.effective_on, paid.accounting_on), by.role),
            vat_payment=command.vat_payment,
            reversed=paid,
            reason=command.reason,
        ),
    )


REMITTING: Decider[Remitting, Taxing] = Decider((PayVat, ReturnVatPayment), Taxing(), scope, evolve, decide)
