"""Money that pays nothing goes back to whoever sent it: an over-payment, or what was credited after it was paid.

Commands        Facts (billing.…)
RefundReceipt   receipt-refunded
ReverseRefund   refund-reversed: its bank reference is free again

Refusals, in order of precedence (after those of rules.py)
├── (ReceiptUnknown)     of receipts.py: no such receipt (unknown)
├── RefundUnknown        no such refund of this receipt (unknown)
├── RefundIsReversed     it came back already
├── RefundIsClaimed      the receipt bounced since, and a document asks for it: that is paid by a receipt
├── (ReceiptIsReversed)  of receipts.py: there is nothing to pay back
├── (BeforeReceipt)      of receipts.py: nothing goes back before it came
├── (BeforeItsCause)     of rules.py: it does not come back before it went
└── (ReceiptExceeded)    of receipts.py: no more goes back than pays nothing, on any day
"""

from collections.abc import Sequence
from typing import ClassVar

from ledger.billing.account import Billing
from ledger.billing.facts import ReceiptRefunded, RefundReversed
from ledger.billing.receipts import ReceiptExceeded, check_usable, known_receipt
from ledger.billing.rules import (
    POSTING,
    BankReferenceTaken,
    BillingCommand,
    BillingRefusal,
    IdTaken,
    amount_of,
    check_not_before,
    from_when,
    posts_on,
)
from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.once.bank import BankReference, check_reference
from ledger.values.money import Cny, written

# Commands


class RefundReceipt(BillingCommand, frozen=True, kw_only=True, tag="refund-receipt"):
    """Pay back what a receipt pays nothing with. `refund` names the payment; `effective_on` is its value date."""

    put_right: ClassVar[str] = "`reverse-refund` takes it back, and its bank reference is free again."
    refund: Id
    receipt: Id
    amount: Cny
    bank_reference: BankReference
    bank_account: Id | None = None


class ReverseRefund(BillingCommand, frozen=True, kw_only=True, tag="reverse-refund"):
    """Take a refund back that was recorded wrong, or that the bank returned."""

    put_right: ClassVar[str] = "`refund-receipt` pays it back anew, under another id."
    refund: Id
    receipt: Id
    reason: Text


# Refusals


class RefundUnknown(BillingRefusal):
    """No such refund of this receipt."""

    code = "refund-unknown"
    kind = "unknown"


class RefundIsReversed(BillingRefusal):
    """It came back already."""

    code = "refund-is-reversed"


class RefundIsClaimed(BillingRefusal):
    """The receipt bounced since, and a document asks for it."""

    code = "refund-is-claimed"


# Decide


def _refund(state: Billing, command: RefundReceipt, by: By) -> Sequence[Fact]:
    amount, on = amount_of(command.amount), command.effective_on
    receipt, recorded = known_receipt(state, command.receipt)
    if (of_receipt := state.refunded.get(command.refund)) is not None:
        refund = state.receipts[of_receipt].refunds[command.refund]
        if refund.paid.asked == said(ReceiptRefunded, command, amount_minor=amount):
            return ()
        raise IdTaken(f"refund {command.refund} is recorded already and says otherwise", field="refund")
    check_reference(state.bank_references, command.bank_reference, BankReferenceTaken, command.bank_account)
    check_usable(receipt, recorded, command.receipt, on)
    if amount > (free_minor := receipt.free.least_from(on)):
        raise ReceiptExceeded(
            f"{written(max(free_minor, 0))} CNY of {command.receipt} pay nothing, not {written(amount)}"
            f"{from_when(receipt.free, amount, on)}",
            field="amount",
        )
    return (
        ReceiptRefunded(
            effective_on=on,
            accounting_on=posts_on(state, on, by, receipt.free.booked_from(amount, on)),
            company=recorded.company,
            receipt=command.receipt,
            refund=command.refund,
            bank_reference=command.bank_reference,
            bank_account=command.bank_account,
            amount_minor=amount,
        ),
    )


def _reverse(state: Billing, command: ReverseRefund, by: By) -> Sequence[Fact]:
    receipt, recorded = known_receipt(state, command.receipt)
    refund = receipt.refunds.get(command.refund)
    if refund is None:
        raise RefundUnknown(f"there is no refund {command.refund} of {command.receipt}", field="refund")
    if refund.reversal is not None:
        if refund.reversal.asked == said(RefundReversed, command):
            return ()
        raise RefundIsReversed(
            f"refund {command.refund} was reversed on {refund.reversal.effective_on} already", field="refund"
        )
    if receipt.reversal is not None:
        raise RefundIsClaimed(
            f"{command.receipt} was reversed, and {receipt.reversal.claim} asks for what went back of it; record the "
            "money with record-receipt, and let it pay that",
            field="refund",
        )
    check_not_before(f"refund {command.refund}", refund.paid.effective_on, command.effective_on)
    return (
        RefundReversed(
            effective_on=command.effective_on,
            accounting_on=posts_on(state, command.effective_on, by, refund.paid.accounting_on),
            company=recorded.company,
            receipt=command.receipt,
            refund=command.refund,
            bank_reference=refund.paid.bank_reference,
            bank_account=refund.paid.bank_account,
            amount_minor=refund.paid.amount_minor,
            reason=command.reason,
        ),
    )


REFUNDS: Part[Billing, Billing] = Part(
    decide={RefundReceipt: _refund, ReverseRefund: _reverse},
    scope={
        RefundReceipt: lambda command: (
            f"receipt:{command.receipt}",
            f"refund:{command.refund}",
            f"bank:{command.bank_reference}",
            *POSTING,
        ),
        ReverseRefund: lambda command: (f"receipt:{command.receipt}", f"refund:{command.refund}", *POSTING),
    },
)
