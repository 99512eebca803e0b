"""Commands: billing.

Made from docs/openapi.json by `python -m api.client.making docs/openapi.json`.
"""

from datetime import date
from typing import Literal

from api.client.parts import Command, Evidence, FapiaoReply, ToAllocate, ToMeasure


class BillLease(Command, frozen=True, kw_only=True, tag="bill-lease"):
    """Bring a lease's invoices and recognised rent up to a date: what is missing is issued, what differs is
    corrected
    by a debit or credit note, what is right already is left alone. Sent again it adds nothing.

    Invoices carry the first day of the period they bill (in arrears the last); notes carry `effective_on`, or the
    date
    of the document that they correct where that is later; or, where they leave it paid too much, of its last
    payment.
    """

    effective_on: date
    lease: str
    through: date


class IssueDebitNote(Command, frozen=True, kw_only=True, tag="issue-debit-note"):
    """Ask for more on a lease, for days that are named."""

    effective_on: date
    invoice: str
    lease: str
    charge: Literal["RENT", "SERVICE_CHARGE"]
    from_on: date
    until_on: date
    net: str
    reason: str


class IssueCreditNote(Command, frozen=True, kw_only=True, tag="issue-credit-note"):
    """Take something off an invoice; its VAT follows at the invoice's own rate. What settled more than is left is
    put
    back: money is unapplied again, deposit is held again, what was written off is given up no more.
    """

    effective_on: date
    credit_note: str
    invoice: str
    net: str
    reason: str


class IssueFapiao(Command, frozen=True, kw_only=True, tag="issue-fapiao"):
    """Record the number of a document's tax invoice: 20 digits, or 8 with the code of 10 or 12 that an older one
    has.

    A red-letter one takes back what `credit_note` takes off; without that, it takes back the whole tax invoice.

    whole   where the document has credit notes that lack a red-letter tax invoice, a red one says by it that it
    takes
            back the whole all the same; one that is not red says that no credit note recorded before was taken
                off,
            where else those of later days alone were not
    """

    effective_on: date
    invoice: str
    number: str
    code: str | None = None
    red: bool = False
    credit_note: str | None = None
    whole: bool = False


class WithdrawFapiao(Command, frozen=True, kw_only=True, tag="withdraw-fapiao"):
    """Say that the number of a tax invoice was recorded by mistake. `effective_on` is its date."""

    effective_on: date
    invoice: str
    number: str
    code: str | None = None
    reason: str


class TakeFapiaoReplies(Command, frozen=True, kw_only=True, tag="take-fapiao-replies"):
    """Record the tax invoices that the tax platform replied with; `effective_on` is the day the file came.

    `mcsc fapiao-import` and the upload of a file make this command of it. What is on record already is left as it
    is.
    """

    effective_on: date
    file: Evidence
    replies: tuple[FapiaoReply, ...]


class AssessLateFee(Command, frozen=True, kw_only=True, tag="assess-late-fee"):
    """Charge interest on an overdue document through `effective_on`, by the day on what was open that day. `invoice`
    names the new document. Where earlier fees on it are no longer right, since something of an earlier day was
    recorded
    late, they are credited and their days assessed anew. `taxable`: the fee is part of the price, and includes
    tax at
    the overdue document's rate. `lease`: of the overdue document, where its name does not say it: what became of
    earlier fees is found by it.
    """

    effective_on: date
    invoice: str
    on_invoice: str
    taxable: bool = False
    lease: str | None = None


class ProposeWriteOff(Command, frozen=True, kw_only=True, tag="propose-write-off"):
    """Ask to give up an open amount."""

    effective_on: date
    write_off: str
    invoice: str
    amount: str
    reason: str


class ApproveWriteOff(Command, frozen=True, kw_only=True, tag="approve-write-off"):
    """Agree to what somebody else proposed. The document is named again: what is open of it now decides."""

    effective_on: date
    write_off: str
    invoice: str


class RejectWriteOff(Command, frozen=True, kw_only=True, tag="reject-write-off"):
    """Turn down a proposal to give up an open amount, or take back one of your own."""

    effective_on: date
    write_off: str
    invoice: str
    reason: str


class RecoverWriteOff(Command, frozen=True, kw_only=True, tag="recover-write-off"):
    """Say that so much of a write-off is owed after all: it was approved by mistake, or money will come. Money that
    came needs no more than its receipt: what it pays is recovered with it.
    """

    effective_on: date
    write_off: str
    invoice: str
    amount: str
    reason: str


class RecordReceipt(Command, frozen=True, kw_only=True, tag="record-receipt"):
    """Record money in the bank, and what it pays where that is known. `effective_on` is the value date.

    company       the tenant that paid: what is left over is theirs, whosever documents the rest pays
    amount        what came
    bank_charge   what a bank on the way kept, where MCSC bears it: it pays documents too, and is a cost (6603)
    """

    effective_on: date
    receipt: str
    company: str
    bank_reference: str
    amount: str
    allocations: tuple[ToAllocate, ...] = ()
    bank_account: str | None = None
    bank_charge: str | None = None


class AllocateReceipt(Command, frozen=True, kw_only=True, tag="allocate-receipt"):
    """Let a receipt pay invoices."""

    effective_on: date
    receipt: str
    allocations: tuple[ToAllocate, ...]


class UnallocateReceipt(Command, frozen=True, kw_only=True, tag="unallocate-receipt"):
    """Take back what a receipt pays."""

    effective_on: date
    receipt: str
    allocations: tuple[ToAllocate, ...]
    reason: str


class ReverseReceipt(Command, frozen=True, kw_only=True, tag="reverse-receipt"):
    """Take a receipt back that was recorded wrong, or that the bank took back. `claim`: where some of it was paid
    back
    before, the name of a new document that asks for that.
    """

    effective_on: date
    receipt: str
    reason: str
    claim: str | None = None


class RefundReceipt(Command, frozen=True, kw_only=True, tag="refund-receipt"):
    """Pay back what a receipt pays nothing with. `refund` names the payment; `effective_on` is its value date."""

    effective_on: date
    refund: str
    receipt: str
    amount: str
    bank_reference: str
    bank_account: str | None = None


class ReverseRefund(Command, frozen=True, kw_only=True, tag="reverse-refund"):
    """Take a refund back that was recorded wrong, or that the bank returned."""

    effective_on: date
    refund: str
    receipt: str
    reason: str


class ReceiveDeposit(Command, frozen=True, kw_only=True, tag="receive-deposit"):
    """Record a deposit in the bank. `effective_on` is the value date."""

    effective_on: date
    deposit: str
    lease: str
    amount: str
    bank_reference: str
    bank_account: str | None = None


class ApplyDeposit(Command, frozen=True, kw_only=True, tag="apply-deposit"):
    """Pay an invoice of the lease from its deposit."""

    effective_on: date
    deposit: str
    lease: str
    amount: str
    invoice: str


class ForfeitDeposit(Command, frozen=True, kw_only=True, tag="forfeit-deposit"):
    """Keep deposit for good. `vat_rate`: of the tax that the amount includes, where the lease was performed and the
    deposit pays for it: a rate that the law has on the day. Not said: by the rule of the day
    (vat/forfeited-deposits),
    and without one it is not taxed.
    """

    effective_on: date
    deposit: str
    lease: str
    amount: str
    reason: str
    vat_rate: str | None = None


class RefundDeposit(Command, frozen=True, kw_only=True, tag="refund-deposit"):
    """Pay deposit back."""

    effective_on: date
    deposit: str
    lease: str
    amount: str
    bank_reference: str
    bank_account: str | None = None


class CreditDepositInterest(Command, frozen=True, kw_only=True, tag="credit-deposit-interest"):
    """Hold interest that accrued on a deposit as deposit: before it is paid back, or each year. `deposit` names the
    movement.
    """

    effective_on: date
    deposit: str
    lease: str
    amount: str


class MoveDeposit(Command, frozen=True, kw_only=True, tag="move-deposit"):
    """Hold deposit of a lease for another lease of the same tenant, such as the one that renews it. No money moves.
    `document`: of the agreement, where there is one.
    """

    effective_on: date
    deposit: str
    lease: str
    amount: str
    to_lease: str
    reason: str
    document: Evidence | None = None


class ReverseDeposit(Command, frozen=True, kw_only=True, tag="reverse-deposit"):
    """Take back what stands of a movement of a deposit: it was recorded wrong, or the bank took it back.
    `to_lease`: the lease for which it is held, where it moved there.
    """

    effective_on: date
    deposit: str
    lease: str
    reason: str
    to_lease: str | None = None


class RecordLeaseCost(Command, frozen=True, kw_only=True, tag="record-lease-cost"):
    """Record an incentive paid to the tenant, or an initial direct cost. It was paid from the bank
    (`bank_reference`),
    or bought and is moved from the `expense` where it stands. Each month's part the billing run records.
    """

    effective_on: date
    lease: str
    cost: str
    kind: Literal["DIRECT", "INCENTIVE"]
    amount: str
    document: Evidence
    bank_reference: str | None = None
    bank_account: str | None = None
    expense: Literal["ADMINISTRATION", "SELLING"] | None = None


class ReverseLeaseCost(Command, frozen=True, kw_only=True, tag="reverse-lease-cost"):
    """Take back what obtaining a lease cost: it was recorded wrong, or the bank took the money back."""

    effective_on: date
    lease: str
    cost: str
    reason: str


class MeasureEcl(Command, frozen=True, kw_only=True, tag="measure-ecl"):
    """Set the loss allowance from an ageing, by a matrix of rates. `recorded` is that ageing's position."""

    effective_on: date
    measurement: str
    recorded: int
    exposures: tuple[ToMeasure, ...]
