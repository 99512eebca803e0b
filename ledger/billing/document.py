"""What the parts of billing share: its facts, its commands, its state, the refusals that any step can meet."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from ledger.decider import Command, Fact, Id, Refusal, Text
from ledger.leases.lease import LeaseId
from ledger.money import Cny, Ratio
from ledger.periods import Month, Periods, PostingFact
from ledger.rates import NO_RATES, Rates

Charge = Literal["RENT", "SERVICE_CHARGE", "LATE_FEE", "TERMINATION_FEE"]
BankReference = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9/._-]{0,63}$(?!\n)",
        description="The bank's reference of a payment: letters, digits, / . _ -, up to 64.",
    ),
]


class DocumentLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of an invoice or note: for which days, how much, at which tax rate. VAT is rounded on each line."""

    from_on: date
    until_on: date
    net_minor: int
    vat_rate: Ratio
    vat_minor: int


class Allocation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So much of a receipt or deposit pays this invoice."""

    invoice: Id
    amount_minor: int


# Names are storage: a tag below is written into every stored fact and never changes.


class BillingFact(PostingFact, frozen=True, kw_only=True):
    """Something that posts for a tenant. `company` is the tenant that owes or paid."""

    company: Id

    @property
    def about(self) -> tuple[str, ...]:
        """Further tags: what the fact touches beside its tenant and its month."""
        return ()

    @property
    def tags(self) -> tuple[str, ...]:
        """The tenant, the month it posts to, and what it touches, each once."""
        return tuple(dict.fromkeys((f"tenant:{self.company}", *self.about, self.books_tag)))


class UnpostedFact(Fact, frozen=True, kw_only=True):
    """Something about what a tenant owes that moves no money."""

    company: Id
    invoice: Id


class LeaseBillingFact(BillingFact, frozen=True, kw_only=True):
    """Something that posts for a lease."""

    lease: LeaseId

    @property
    def about(self) -> tuple[str, ...]:
        """The lease."""
        return (f"lease:{self.lease}",)


class Issued(LeaseBillingFact, frozen=True, kw_only=True):
    """A document that says a tenant owes something. `effective_on` is its date."""

    invoice: Id
    charge: Charge
    lines: tuple[DocumentLine, ...]
    due_on: date

    @property
    def about(self) -> tuple[str, ...]:
        """The lease and the document."""
        return (f"lease:{self.lease}", f"invoice:{self.invoice}")

    @property
    def net_minor(self) -> int:
        """Σ net of the lines."""
        return sum(line.net_minor for line in self.lines)

    @property
    def vat_minor(self) -> int:
        """Σ VAT of the lines."""
        return sum(line.vat_minor for line in self.lines)

    @property
    def gross_minor(self) -> int:
        """What is owed."""
        return self.net_minor + self.vat_minor


class InvoiceIssued(Issued, frozen=True, kw_only=True, tag="billing.invoice-issued"):
    """An invoice for the days of its lines. B3: one for each lease, charge and period. Never changed (B1)."""


class DebitNoteIssued(Issued, frozen=True, kw_only=True, tag="billing.debit-note-issued"):
    """More is owed for days already billed."""

    reason: Text


class LateFeeAssessed(Issued, frozen=True, kw_only=True, tag="billing.late-fee-assessed"):
    """Interest on an overdue invoice: simple, a day's rate of what was open, at most the principal (domain §4.5)."""

    derived = (
        "accounting_on",
        "company",
        "lease",
        "charge",
        "lines",
        "due_on",
        "principal_minor",
        "days",
        "rate_per_day",
    )
    on_invoice: Id
    principal_minor: int
    days: int
    rate_per_day: Ratio

    @property
    def about(self) -> tuple[str, ...]:
        """The lease, this document, and the invoice that is overdue."""
        return (f"lease:{self.lease}", f"invoice:{self.invoice}", f"invoice:{self.on_invoice}")


class CreditNoteIssued(LeaseBillingFact, frozen=True, kw_only=True, tag="billing.credit-note-issued"):
    """Less is owed on an invoice than it says. Lines carry positive amounts that are taken off."""

    credit_note: Id
    invoice: Id
    charge: Charge
    lines: tuple[DocumentLine, ...]
    reason: Text

    @property
    def about(self) -> tuple[str, ...]:
        """The lease, the note, and the invoice it takes from."""
        return (f"lease:{self.lease}", f"credit-note:{self.credit_note}", f"invoice:{self.invoice}")

    @property
    def net_minor(self) -> int:
        """Σ net of the lines."""
        return sum(line.net_minor for line in self.lines)

    @property
    def vat_minor(self) -> int:
        """Σ VAT of the lines."""
        return sum(line.vat_minor for line in self.lines)

    @property
    def gross_minor(self) -> int:
        """What is taken off."""
        return self.net_minor + self.vat_minor


class RentRecognised(LeaseBillingFact, frozen=True, kw_only=True, tag="billing.rent-recognised"):
    """Rent earned for days of a month; a later one for the same month carries the difference. May be negative."""

    month: Month
    fixed_minor: int
    variable_minor: int


class AccruedRentDerecognised(LeaseBillingFact, frozen=True, kw_only=True, tag="billing.accrued-rent-derecognised"):
    """What a terminated lease had accrued and nobody will pay; negative: was paid ahead (domain §4.2)."""

    amount_minor: int


class FapiaoIssued(UnpostedFact, frozen=True, kw_only=True, tag="billing.fapiao-issued"):
    """The tax invoice (发票) of a document; red: the red-letter one that corrects it (B1)."""

    derived = ("company",)
    number: Annotated[str, Meta(pattern=r"^[0-9]{8,20}$(?!\n)", description="8 to 20 digits.")]
    red: bool = False

    @property
    def tags(self) -> tuple[str, ...]:
        """The tenant, the document and the number."""
        return (f"tenant:{self.company}", f"invoice:{self.invoice}", f"fapiao:{self.number}")


class ReceiptRecorded(BillingFact, frozen=True, kw_only=True, tag="billing.receipt-recorded"):
    """Money came into the bank. `effective_on` is the value date. B5: a bank reference is recorded once."""

    derived = ("accounting_on",)
    receipt: Id
    bank_reference: BankReference
    amount_minor: int
    allocations: tuple[Allocation, ...] = ()

    @property
    def about(self) -> tuple[str, ...]:
        """The receipt, its bank reference, and what it pays."""
        paid = (f"invoice:{one.invoice}" for one in self.allocations)
        return (f"receipt:{self.receipt}", f"bank:{self.bank_reference}", *paid)


class AllocationFact(BillingFact, frozen=True, kw_only=True):
    """What a receipt pays changes."""

    derived = ("accounting_on", "company")
    receipt: Id
    allocations: tuple[Allocation, ...]

    @property
    def about(self) -> tuple[str, ...]:
        """The receipt, and the invoices."""
        return (f"receipt:{self.receipt}", *(f"invoice:{one.invoice}" for one in self.allocations))


class ReceiptAllocated(AllocationFact, frozen=True, kw_only=True, tag="billing.receipt-allocated"):
    """Some of a receipt pays these invoices."""


class ReceiptUnallocated(AllocationFact, frozen=True, kw_only=True, tag="billing.receipt-unallocated"):
    """It does not pay them after all."""

    reason: Text


class ReceiptReversed(BillingFact, frozen=True, kw_only=True, tag="billing.receipt-reversed"):
    """The bank took it back, or it never was: the mirror of what it posted and still pays (J6)."""

    derived = ("accounting_on", "company", "amount_minor", "allocations")
    receipt: Id
    amount_minor: int
    allocations: tuple[Allocation, ...]
    reason: Text

    @property
    def about(self) -> tuple[str, ...]:
        """The receipt, and the invoices that are open again."""
        return (f"receipt:{self.receipt}", *(f"invoice:{one.invoice}" for one in self.allocations))


class WriteOffProposed(UnpostedFact, frozen=True, kw_only=True, tag="billing.write-off-proposed"):
    """Somebody asks to give up an open amount."""

    derived = ("company", "proposed_by")
    write_off: Id
    amount_minor: int
    reason: Text
    proposed_by: Id

    @property
    def tags(self) -> tuple[str, ...]:
        """The tenant, the proposal and the invoice."""
        return (f"tenant:{self.company}", f"write-off:{self.write_off}", f"invoice:{self.invoice}")


class WriteOffApproved(BillingFact, frozen=True, kw_only=True, tag="billing.write-off-approved"):
    """A second person agreed: the amount is owed no more, at the cost of the loss allowance."""

    derived = ("accounting_on", "company", "invoice", "amount_minor", "proposed_by", "approved_by")
    write_off: Id
    invoice: Id
    amount_minor: int
    proposed_by: Id
    approved_by: Id

    @property
    def about(self) -> tuple[str, ...]:
        """The proposal, the invoice, and the allowance that it uses."""
        return (f"write-off:{self.write_off}", f"invoice:{self.invoice}", ALLOWANCE_TAG)


ALLOWANCE_TAG = "allowance"
"""Every fact that moves the loss allowance."""


class Exposure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Receivables of one age, and the share of them that is expected to be lost."""

    bucket: Text
    gross_minor: int
    rate: Ratio


class EclMeasured(PostingFact, frozen=True, kw_only=True, tag="billing.ecl-measured"):
    """Expected credit loss (IFRS 9 simplified): the allowance at the date, and how far it moved. `recorded`: the
    position of the ageing it rests on."""

    derived = ("accounting_on", "allowance_minor", "movement_minor")
    measurement: Id
    recorded: int
    exposures: tuple[Exposure, ...]
    allowance_minor: int
    movement_minor: int

    @property
    def tags(self) -> tuple[str, ...]:
        """The allowance, and the month."""
        return (ALLOWANCE_TAG, f"ecl:{self.measurement}", self.books_tag)


class DepositFact(LeaseBillingFact, frozen=True, kw_only=True):
    """A tenant's deposit moved."""

    amount_minor: int


class DepositReceived(DepositFact, frozen=True, kw_only=True, tag="billing.deposit-received"):
    """The tenant paid a deposit."""

    derived = ("accounting_on", "company")
    deposit: Id
    bank_reference: BankReference

    @property
    def about(self) -> tuple[str, ...]:
        """The lease and the bank reference."""
        return (f"lease:{self.lease}", f"deposit:{self.deposit}", f"bank:{self.bank_reference}")


class DepositApplied(DepositFact, frozen=True, kw_only=True, tag="billing.deposit-applied"):
    """Deposit paid an invoice of the same lease."""

    derived = ("accounting_on", "company")
    deposit: Id
    invoice: Id

    @property
    def about(self) -> tuple[str, ...]:
        """The lease and the invoice."""
        return (f"lease:{self.lease}", f"deposit:{self.deposit}", f"invoice:{self.invoice}")


class DepositForfeited(DepositFact, frozen=True, kw_only=True, tag="billing.deposit-forfeited"):
    """The tenant lost deposit; with VAT where it is taxable."""

    derived = ("accounting_on", "company", "vat_minor")
    deposit: Id
    reason: Text
    vat_rate: Ratio = "0"
    vat_minor: int = 0

    @property
    def about(self) -> tuple[str, ...]:
        """The lease and the movement."""
        return (f"lease:{self.lease}", f"deposit:{self.deposit}")


class DepositRefunded(DepositFact, frozen=True, kw_only=True, tag="billing.deposit-refunded"):
    """Deposit was paid back."""

    derived = ("accounting_on", "company")
    deposit: Id
    bank_reference: BankReference

    @property
    def about(self) -> tuple[str, ...]:
        """The lease and the bank reference."""
        return (f"lease:{self.lease}", f"deposit:{self.deposit}", f"bank:{self.bank_reference}")


# Commands


class BillingCommand(Command, frozen=True, kw_only=True):
    """Something asked of billing. `effective_on` is the day it is done; it posts there, or in the earliest open month
    after where that month is closed."""


class BillLease(BillingCommand, frozen=True, kw_only=True, tag="bill-lease"):
    """Bring a lease's invoices and recognised rent up to a date: what is missing is issued, what differs is corrected
    by a debit or credit note, what is right already is left alone. Sent again it adds nothing.

    Invoices carry the first day of the period they bill (in arrears the last), never a day after `effective_on`.
    """

    lease: LeaseId
    through: date


class IssueCreditNote(BillingCommand, frozen=True, kw_only=True, tag="issue-credit-note"):
    """Take something off an invoice; its VAT follows at the invoice's own rate."""

    credit_note: Id
    invoice: Id
    net: Cny
    reason: Text


class IssueDebitNote(BillingCommand, frozen=True, kw_only=True, tag="issue-debit-note"):
    """Ask for more on a lease, for days that are named."""

    invoice: Id
    lease: LeaseId
    charge: Literal["RENT", "SERVICE_CHARGE"]
    from_on: date
    until_on: date
    net: Cny
    reason: Text


class IssueFapiao(BillingCommand, frozen=True, kw_only=True, tag="issue-fapiao"):
    """Record the number of a document's tax invoice."""

    invoice: Id
    number: Annotated[str, Meta(pattern=r"^[0-9]{8,20}$(?!\n)", description="8 to 20 digits.")]
    red: bool = False


class ToAllocate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So much for an invoice."""

    invoice: Id
    amount: Cny


class RecordReceipt(BillingCommand, frozen=True, kw_only=True, tag="record-receipt"):
    """Record money in the bank, and what it pays where that is known. `effective_on` is the value date."""

    receipt: Id
    company: Id
    bank_reference: BankReference
    amount: Cny
    allocations: Annotated[tuple[ToAllocate, ...], Meta(max_length=200)] = ()


class AllocateReceipt(BillingCommand, frozen=True, kw_only=True, tag="allocate-receipt"):
    """Let a receipt pay invoices."""

    receipt: Id
    allocations: Annotated[tuple[ToAllocate, ...], Meta(min_length=1, max_length=200)]


class UnallocateReceipt(BillingCommand, frozen=True, kw_only=True, tag="unallocate-receipt"):
    """Take back what a receipt pays."""

    receipt: Id
    allocations: Annotated[tuple[ToAllocate, ...], Meta(min_length=1, max_length=200)]
    reason: Text


class ReverseReceipt(BillingCommand, frozen=True, kw_only=True, tag="reverse-receipt"):
    """The receipt was recorded wrong, or the bank took it back."""

    receipt: Id
    reason: Text


class AssessLateFee(BillingCommand, frozen=True, kw_only=True, tag="assess-late-fee"):
    """Charge interest on an overdue invoice through `effective_on`. `invoice` names the new document."""

    invoice: Id
    on_invoice: Id


class ProposeWriteOff(BillingCommand, frozen=True, kw_only=True, tag="propose-write-off"):
    """Ask to give up an open amount."""

    write_off: Id
    invoice: Id
    amount: Cny
    reason: Text


class ApproveWriteOff(BillingCommand, frozen=True, kw_only=True, tag="approve-write-off"):
    """Agree to what somebody else proposed."""

    write_off: Id


class ToMeasure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Receivables of one age and their loss rate."""

    bucket: Text
    gross: Cny
    rate: Ratio


class MeasureEcl(BillingCommand, frozen=True, kw_only=True, tag="measure-ecl"):
    """Set the loss allowance from an ageing, by a matrix of rates. `recorded` is that ageing's position."""

    measurement: Id
    recorded: Annotated[int, Meta(ge=0)]
    exposures: Annotated[tuple[ToMeasure, ...], Meta(min_length=1, max_length=100)]


class ReceiveDeposit(BillingCommand, frozen=True, kw_only=True, tag="receive-deposit"):
    """Record a deposit in the bank."""

    deposit: Id
    lease: LeaseId
    bank_reference: BankReference
    amount: Cny


class ApplyDeposit(BillingCommand, frozen=True, kw_only=True, tag="apply-deposit"):
    """Pay an invoice of the lease from its deposit. `deposit` names this movement."""

    deposit: Id
    lease: LeaseId
    invoice: Id
    amount: Cny


class ForfeitDeposit(BillingCommand, frozen=True, kw_only=True, tag="forfeit-deposit"):
    """Keep deposit for good."""

    deposit: Id
    lease: LeaseId
    amount: Cny
    reason: Text
    vat_rate: Ratio = "0"


class RefundDeposit(BillingCommand, frozen=True, kw_only=True, tag="refund-deposit"):
    """Pay deposit back."""

    deposit: Id
    lease: LeaseId
    amount: Cny
    bank_reference: BankReference


# Refusals


class BillingRefusal(Refusal):
    """A rule about billing said no."""


# State


class Document(Struct, frozen=True, kw_only=True):
    """What an invoice, debit note or late fee says, and what is still open of it (minor units)."""

    issued: Issued
    open_minor: int


class Receipt(Struct, frozen=True, kw_only=True):
    """A receipt, and what it pays."""

    recorded: ReceiptRecorded
    paying: Mapping[str, int] = MappingProxyType({})
    reversed: bool = False


class Billing(Struct, frozen=True, kw_only=True):
    """What the facts of one scope tell."""

    leases: Any = MappingProxyType({})
    documents: Mapping[str, Document] = MappingProxyType({})
    credited: Mapping[str, CreditNoteIssued] = MappingProxyType({})
    recognised: Mapping[str, Mapping[str, tuple[int, int]]] = MappingProxyType({})
    receipts: Mapping[str, Receipt] = MappingProxyType({})
    bank_references: Mapping[str, str] = MappingProxyType({})
    deposits: Mapping[str, int] = MappingProxyType({})
    write_offs: Mapping[str, WriteOffProposed] = MappingProxyType({})
    allowance_minor: int = 0
    companies: frozenset[str] = frozenset()
    periods: Periods = Periods()
    rates: Rates = NO_RATES
    asked: frozenset[tuple[object, ...]] = frozenset()
