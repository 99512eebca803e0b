"""Money in the bank, and what it pays.

Commands            Facts (billing.…)
RecordReceipt       receipt-recorded
AllocateReceipt     receipt-allocated
UnallocateReceipt   receipt-unallocated
ReverseReceipt      receipt-reversed: its bank reference is free again

Refusals, in order of precedence (after those of rules.py)
├── ReceiptUnknown      no such receipt (unknown)
├── ReceiptIsReversed   it pays nothing any more
├── BeforeReceipt       nothing is paid before the money came
├── TenantsDiffer       a receipt pays documents of its own tenant
├── (BeforeDocument)    of rules.py: money that came before an invoice's date is unapplied until then
├── ReceiptExceeded     B2: it does not pay more than its amount
└── NotAllocated        it pays less of that document
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from ledger.billing.account import Billing, Receipt
from ledger.billing.facts import (
    Allocation,
    BankReference,
    ReceiptAllocated,
    ReceiptRecorded,
    ReceiptReversed,
    ReceiptUnallocated,
)
from ledger.billing.rules import (
    POSTING,
    BillingCommand,
    BillingRefusal,
    IdTaken,
    PayerUnknown,
    amount_of,
    check_asked,
    check_bank_reference,
    check_open,
    owed,
    posts_on,
)
from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.values.money import Cny, written

# Commands


class ToAllocate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An amount for an invoice, debit note or late fee."""

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
    """Take a receipt back that was recorded wrong, or that the bank took back."""

    receipt: Id
    reason: Text


# Refusals


class ReceiptUnknown(BillingRefusal):
    """No such receipt."""

    code = "receipt-unknown"
    kind = "unknown"


class ReceiptIsReversed(BillingRefusal):
    """It pays nothing any more."""

    code = "receipt-is-reversed"


class BeforeReceipt(BillingRefusal):
    """Nothing is paid before the money came."""

    code = "before-receipt"


class TenantsDiffer(BillingRefusal):
    """A receipt pays documents of its own tenant."""

    code = "tenants-differ"


class ReceiptExceeded(BillingRefusal):
    """B2: a receipt does not pay more than its amount."""

    code = "receipt-exceeded"


class NotAllocated(BillingRefusal):
    """The receipt pays less of that document."""

    code = "not-allocated"


# Scope


def _invoices(command: RecordReceipt | AllocateReceipt | UnallocateReceipt) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"invoice:{one.invoice}" for one in command.allocations))


def _scope_record(command: RecordReceipt) -> tuple[str, ...]:
    named = (f"receipt:{command.receipt}", f"bank:{command.bank_reference}", f"company:{command.company}")
    return (*named, *_invoices(command), *POSTING)


def _scope_allocations(command: AllocateReceipt | UnallocateReceipt) -> tuple[str, ...]:
    return (f"receipt:{command.receipt}", *_invoices(command), *POSTING)


# Decide


def _record(state: Billing, command: RecordReceipt, by: By) -> Sequence[Fact]:
    amount = amount_of(command.amount)
    wanted = _wanted(command.allocations)
    if command.company not in state.companies:
        raise PayerUnknown(f"there is no company {command.company}; register it as a lead first", field="company")
    recorded = state.receipts.get(command.receipt, Receipt()).recorded
    if recorded is not None:
        if recorded.asked == said(ReceiptRecorded, command, amount_minor=amount, allocations=_pairs(wanted)):
            return ()
        raise IdTaken(f"receipt {command.receipt} is recorded already and says otherwise", field="receipt")
    check_bank_reference(state, command.bank_reference)
    allocations = _checked(state, command.company, wanted, amount, command.effective_on)
    return (
        ReceiptRecorded(
            effective_on=command.effective_on,
            accounting_on=posts_on(state, command.effective_on, by),
            company=command.company,
            receipt=command.receipt,
            bank_reference=command.bank_reference,
            amount_minor=amount,
            allocations=allocations,
        ),
    )


def _wanted(allocations: Iterable[ToAllocate]) -> dict[str, int]:
    """Minor units for each document; said twice for one, they add up."""
    wanted: dict[str, int] = {}
    for one in allocations:
        wanted[one.invoice] = wanted.get(one.invoice, 0) + amount_of(one.amount, field="allocations")
    return wanted


def _pairs(wanted: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """The same as facts put it: `amounts_of` their allocations."""
    return tuple(sorted(wanted.items()))


def _checked(
    state: Billing, company: str, wanted: Mapping[str, int], free_minor: int, on: date
) -> tuple[Allocation, ...]:
    """Allocations that the receipt and every document can take on that day."""
    documents = {invoice: owed(state, invoice, field="allocations") for invoice in wanted}
    for invoice, (_, issued) in documents.items():
        if issued.company != company:
            raise TenantsDiffer(f"{invoice} is owed by {issued.company}, not by {company}", field="allocations")
        advice = "record the money without it, and allocate it then or later"
        check_asked(invoice, issued, on, advice, field="allocations")
    if (total := sum(wanted.values())) > free_minor:
        raise ReceiptExceeded(
            f"{written(free_minor)} CNY of the receipt are free, not {written(total)}", field="allocations"
        )
    for invoice, (document, _) in documents.items():
        check_open(invoice, document, wanted[invoice], field="allocations")
    return tuple(
        Allocation(invoice=invoice, lease=issued.lease, amount_minor=wanted[invoice], contract=issued.contract)
        for invoice, (_, issued) in documents.items()
    )


def _receipt(state: Billing, receipt: str) -> tuple[Receipt, ReceiptRecorded]:
    """Find a receipt, and the fact that recorded it. Raises ReceiptUnknown."""
    known = state.receipts.get(receipt)
    if known is None or known.recorded is None:
        raise ReceiptUnknown(f"there is no receipt {receipt}", field="receipt")
    return known, known.recorded


def _check_usable(receipt: Receipt, recorded: ReceiptRecorded, command: AllocateReceipt | UnallocateReceipt) -> None:
    if receipt.reversal is not None:
        raise ReceiptIsReversed(f"receipt {command.receipt} was reversed; it pays nothing", field="receipt")
    if command.effective_on < recorded.effective_on:
        raise BeforeReceipt(
            f"the money of {command.receipt} came on {recorded.effective_on}; it pays from then on",
            field="effective_on",
        )


def _allocate(state: Billing, command: AllocateReceipt, by: By) -> Sequence[Fact]:
    wanted = _wanted(command.allocations)
    receipt, recorded = _receipt(state, command.receipt)
    if said(ReceiptAllocated, command, allocations=_pairs(wanted)) in receipt.asked:
        return ()
    _check_usable(receipt, recorded, command)
    return (
        ReceiptAllocated(
            effective_on=command.effective_on,
            company=recorded.company,
            receipt=command.receipt,
            allocations=_checked(state, recorded.company, wanted, receipt.free_minor, command.effective_on),
            accounting_on=posts_on(state, command.effective_on, by),
        ),
    )


def _unallocate(state: Billing, command: UnallocateReceipt, by: By) -> Sequence[Fact]:
    wanted = _wanted(command.allocations)
    receipt, recorded = _receipt(state, command.receipt)
    if said(ReceiptUnallocated, command, allocations=_pairs(wanted)) in receipt.asked:
        return ()
    _check_usable(receipt, recorded, command)
    for invoice, amount in wanted.items():
        pays = receipt.paying[invoice].amount_minor if invoice in receipt.paying else 0
        if amount > pays:
            raise NotAllocated(
                f"{command.receipt} pays {written(pays)} CNY of {invoice}, not {written(amount)}", field="allocations"
            )
    return (
        ReceiptUnallocated(
            effective_on=command.effective_on,
            accounting_on=posts_on(state, command.effective_on, by),
            company=recorded.company,
            receipt=command.receipt,
            allocations=tuple(
                replace(receipt.paying[invoice], amount_minor=amount) for invoice, amount in wanted.items()
            ),
            reason=command.reason,
        ),
    )


def _reverse(state: Billing, command: ReverseReceipt, by: By) -> Sequence[Fact]:
    receipt, recorded = _receipt(state, command.receipt)
    if receipt.reversal is not None:
        if receipt.reversal.asked == said(ReceiptReversed, command):
            return ()
        raise ReceiptIsReversed(
            f"receipt {command.receipt} was reversed on {receipt.reversal.effective_on} already", field="receipt"
        )
    if command.effective_on < recorded.effective_on:
        raise BeforeReceipt(
            f"the money of {command.receipt} came on {recorded.effective_on}; it is reversed then or later",
            field="effective_on",
        )
    return (
        ReceiptReversed(
            effective_on=command.effective_on,
            accounting_on=posts_on(state, command.effective_on, by),
            company=recorded.company,
            receipt=command.receipt,
            bank_reference=recorded.bank_reference,
            amount_minor=recorded.amount_minor,
            allocations=tuple(one for one in receipt.paying.values() if one.amount_minor),
            reason=command.reason,
        ),
    )


RECEIPTS: Part[Billing, Billing] = Part(
    decide={
        RecordReceipt: _record,
        AllocateReceipt: _allocate,
        UnallocateReceipt: _unallocate,
        ReverseReceipt: _reverse,
    },
    scope={
        RecordReceipt: _scope_record,
        AllocateReceipt: _scope_allocations,
        UnallocateReceipt: _scope_allocations,
        ReverseReceipt: lambda command: (f"receipt:{command.receipt}", *POSTING),
    },
)
