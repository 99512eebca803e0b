"""Billing: what a tenant owes, what pays it, what a lease earned, and what will be lost.

document.py    the facts
account.py     what they come to: open documents, free receipts, deposits; `evolve`, in any order
rules.py       what every command can be refused for
plan.py        what a lease's schedule says, beside what is on record
gap.py         BillLease: record the difference
issuing.py     the invoices and notes that it issues
invoicing.py   documents that people issue: notes, late fees, tax invoices
receipts.py    money in the bank, and what it pays
deposits.py    deposits
losses.py      write-offs, expected credit loss

Here the parts become one Decider. Leases post nothing; every fact about money is one of these.
"""

from collections.abc import Mapping, Sequence

from ledger.billing.account import Billing, Document, Receipt, WriteOff, evolve
from ledger.billing.deposits import (
    DEPOSITS,
    ApplyDeposit,
    DepositExceeded,
    ForfeitDeposit,
    LeasesDiffer,
    ReceiveDeposit,
    RefundDeposit,
)
from ledger.billing.document import (
    ALLOWANCE_TAG,
    AccruedRentDerecognised,
    Allocation,
    AllocationFact,
    BankReference,
    BillingFact,
    Charge,
    Credited,
    CreditNoteIssued,
    DebitNoteIssued,
    DepositApplied,
    DepositFact,
    DepositForfeited,
    DepositReceived,
    DepositRefunded,
    DocumentLine,
    EclMeasured,
    Exposure,
    FapiaoIssued,
    InvoiceIssued,
    Issued,
    LateFeeAssessed,
    LeaseBillingFact,
    LeaseIssued,
    ReceiptAllocated,
    ReceiptRecorded,
    ReceiptReversed,
    ReceiptUnallocated,
    RentRecognised,
    UnpostedFact,
    WriteOffApproved,
    WriteOffProposed,
)
from ledger.billing.gap import GAP, BillLease, LeaseNotCommenced
from ledger.billing.invoicing import (
    INVOICING,
    AssessLateFee,
    CreditExceeded,
    CreditOnPaid,
    DaysMalformed,
    FapiaoMissing,
    FapiaoTaken,
    IssueCreditNote,
    IssueDebitNote,
    IssueFapiao,
    LateFeeCapped,
    NoLateFeeAgreed,
    NotOfLease,
    NotOverdue,
)
from ledger.billing.losses import (
    LOSSES,
    ApproverIsWriteOffProposer,
    ApproveWriteOff,
    MeasureEcl,
    ProposeWriteOff,
    ToMeasure,
    WriteOffDecided,
    WriteOffUnknown,
)
from ledger.billing.receipts import (
    RECEIPTS,
    AllocateReceipt,
    BeforeReceipt,
    NotAllocated,
    ReceiptExceeded,
    ReceiptIsReversed,
    ReceiptUnknown,
    RecordReceipt,
    ReverseReceipt,
    TenantsDiffer,
    ToAllocate,
    UnallocateReceipt,
)
from ledger.billing.rules import (
    AmountZero,
    BankReferenceTaken,
    BeforeDocument,
    BillingCommand,
    BillingRefusal,
    DocumentUnknown,
    IdReserved,
    IdTaken,
    LeaseNotInForce,
    OpenExceeded,
    Part,
    PayerUnknown,
    VatRateMissing,
)
from ledger.decider import By, Command, Decider, Fact

__all__ = [
    "ALLOWANCE_TAG",
    "BILLING",
    "AccruedRentDerecognised",
    "AllocateReceipt",
    "Allocation",
    "AllocationFact",
    "AmountZero",
    "ApplyDeposit",
    "ApproveWriteOff",
    "ApproverIsWriteOffProposer",
    "AssessLateFee",
    "BankReference",
    "BankReferenceTaken",
    "BeforeDocument",
    "BeforeReceipt",
    "BillLease",
    "Billing",
    "BillingCommand",
    "BillingFact",
    "BillingRefusal",
    "Charge",
    "CreditExceeded",
    "CreditNoteIssued",
    "CreditOnPaid",
    "Credited",
    "DaysMalformed",
    "DebitNoteIssued",
    "DepositApplied",
    "DepositExceeded",
    "DepositFact",
    "DepositForfeited",
    "DepositReceived",
    "DepositRefunded",
    "Document",
    "DocumentLine",
    "DocumentUnknown",
    "EclMeasured",
    "Exposure",
    "FapiaoIssued",
    "FapiaoMissing",
    "FapiaoTaken",
    "ForfeitDeposit",
    "IdReserved",
    "IdTaken",
    "InvoiceIssued",
    "IssueCreditNote",
    "IssueDebitNote",
    "IssueFapiao",
    "Issued",
    "LateFeeAssessed",
    "LateFeeCapped",
    "LeaseBillingFact",
    "LeaseIssued",
    "LeaseNotCommenced",
    "LeaseNotInForce",
    "LeasesDiffer",
    "MeasureEcl",
    "NoLateFeeAgreed",
    "NotAllocated",
    "NotOfLease",
    "NotOverdue",
    "OpenExceeded",
    "PayerUnknown",
    "ProposeWriteOff",
    "Receipt",
    "ReceiptAllocated",
    "ReceiptExceeded",
    "ReceiptIsReversed",
    "ReceiptRecorded",
    "ReceiptReversed",
    "ReceiptUnallocated",
    "ReceiptUnknown",
    "ReceiveDeposit",
    "RecordReceipt",
    "RefundDeposit",
    "RentRecognised",
    "ReverseReceipt",
    "TenantsDiffer",
    "ToAllocate",
    "ToMeasure",
    "UnallocateReceipt",
    "UnpostedFact",
    "VatRateMissing",
    "WriteOff",
    "WriteOffApproved",
    "WriteOffDecided",
    "WriteOffProposed",
    "WriteOffUnknown",
    "evolve",
]

PARTS = (GAP, INVOICING, RECEIPTS, DEPOSITS, LOSSES)
PART_OF: Mapping[type[Command], Part] = {command: part for part in PARTS for command in part.decide}


def scope(command: BillingCommand) -> tuple[str, ...]:
    """What the command touches; where it posts, every period."""
    return PART_OF[type(command)].scope[type(command)](command)


def decide(state: Billing, command: BillingCommand, by: By) -> Sequence[Fact]:
    """The facts that a command asks for, if every rule allows them; nothing where it is so already."""
    return PART_OF[type(command)].decide[type(command)](state, command, by)


BILLING: Decider[BillingCommand, Billing] = Decider(tuple(PART_OF), Billing(), scope, evolve, decide)
