"""Money in the bank, and what it pays.

Commands            Facts (billing.…)
RecordReceipt       receipt-recorded
AllocateReceipt     receipt-allocated
UnallocateReceipt   receipt-unallocated
ReverseReceipt      receipt-reversed: its bank reference is free again. What it paid, or no longer paid, only after that
                    day is turned round on the day it did: receipt-unallocated, receipt-allocated. What had been paid
                    back of it is asked for, where a document for that is named: refund-claimed

What was written off of a document and comes after all is owed again first, as far as money comes: write-off-recovered.

Refusals, in order of precedence (after those of rules.py)
├── ReceiptUnknown      no such receipt (unknown)
├── ReceiptIsReversed   it pays nothing any more
├── ReceiptIsRefunded   some of it went back: it is not reversed while that stands, unless that is asked for
├── NothingWentBack     there is nothing to ask for
├── BeforeReceipt       nothing is paid before the money came
├── TenantsDiffer       a document is owed by its receipt's tenant, or by the one that is named beside it
├── (BeforeDocument)    of rules.py: money that came before an invoice's date is unapplied until then
├── ReceiptExceeded     B2: it does not pay more than its amount, on any day
└── NotAllocated        it pays less of that document, on that day or a later one
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, ClassVar

from msgspec import Meta, Struct
from msgspec.structs import replace

from ledger.billing.account import NOTHING_YET, Billing, Receipt
from ledger.billing.balance import DatedAmount, DatedMove
from ledger.billing.facts import (
    ALLOWANCE_TAG,
    AllowanceRestated,
    ReceiptAllocated,
    ReceiptRecorded,
    ReceiptRefunded,
    ReceiptReversed,
    ReceiptUnallocated,
    RefundClaimed,
    RefundReversed,
    WriteOffRecovered,
)
from ledger.billing.lines import Allocation, DocumentLine
from ledger.billing.putting_back import given_up, recoveries
from ledger.billing.rules import (
    POSTING,
    BankReferenceTaken,
    BillingCommand,
    BillingRefusal,
    IdTaken,
    PayerUnknown,
    amount_of,
    check_asked,
    check_new_document,
    check_open,
    from_when,
    owed,
    posts_on,
)
from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.once.bank import BankReference, check_reference
from ledger.values.money import Cny, written

# Commands


class ToAllocate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An amount for an invoice, debit note or late fee. `company`: the tenant that owes it, where another pays it."""

    invoice: Id
    amount: Cny
    company: Id | None = None


class RecordReceipt(BillingCommand, frozen=True, kw_only=True, tag="record-receipt"):
    """Record money in the bank, and what it pays where that is known. `effective_on` is the value date.

    company       the tenant that paid: what is left over is theirs, whosever documents the rest pays
    amount        what came
    bank_charge   what a bank on the way kept, where MCSC bears it: it pays documents too, and is a cost (6603)
    """

    put_right: ClassVar[str] = (
        "`reverse-receipt` takes it back, and its bank reference is free again; what it pays is changed by "
        "`unallocate-receipt`, and what it pays nothing with goes back by `refund-receipt`. What was written off and "
        "paid by it after all is open again after that, and may be given up again by `propose-write-off`."
    )
    receipt: Id
    company: Id
    bank_reference: BankReference
    amount: Cny
    allocations: Annotated[tuple[ToAllocate, ...], Meta(max_length=200)] = ()
    bank_account: Id | None = None
    bank_charge: Cny | None = None


class AllocateReceipt(BillingCommand, frozen=True, kw_only=True, tag="allocate-receipt"):
    """Let a receipt pay invoices."""

    put_right: ClassVar[str] = (
        "`unallocate-receipt` takes it back. What was written off and it paid after all is open again after that, and "
        "may be written off again by `propose-write-off`."
    )
    receipt: Id
    allocations: Annotated[tuple[ToAllocate, ...], Meta(min_length=1, max_length=200)]


class UnallocateReceipt(BillingCommand, frozen=True, kw_only=True, tag="unallocate-receipt"):
    """Take back what a receipt pays."""

    put_right: ClassVar[str] = "`allocate-receipt` lets it pay again."
    receipt: Id
    allocations: Annotated[tuple[ToAllocate, ...], Meta(min_length=1, max_length=200)]
    reason: Text


class ReverseReceipt(BillingCommand, frozen=True, kw_only=True, tag="reverse-receipt"):
    """Take a receipt back that was recorded wrong, or that the bank took back. `claim`: where some of it was paid back
    before, the name of a new document that asks for that."""

    put_right: ClassVar[str] = (
        "Its bank reference is free again: `record-receipt` records the money anew, under another id, and lets it pay "
        "what the receipt paid, and what asks for a refund of it."
    )
    receipt: Id
    reason: Text
    claim: Id | None = None


# Refusals


class ReceiptUnknown(BillingRefusal):
    """No such receipt."""

    code = "receipt-unknown"
    kind = "unknown"


class ReceiptIsReversed(BillingRefusal):
    """It pays nothing any more."""

    code = "receipt-is-reversed"


class ReceiptIsRefunded(BillingRefusal):
    """Some of it went back: it is not reversed while that stands, unless that is asked for."""

    code = "receipt-is-refunded"


class NothingWentBack(BillingRefusal):
    """There is nothing to ask for."""

    code = "nothing-went-back"


class BeforeReceipt(BillingRefusal):
    """Nothing is paid before the money came."""

    code = "before-receipt"


class TenantsDiffer(BillingRefusal):
    """A document is owed by its receipt's tenant, or by the one that is named beside it."""

    code = "tenants-differ"


class ReceiptExceeded(BillingRefusal):
    """B2: a receipt does not pay more than its amount."""

    code = "receipt-exceeded"


class NotAllocated(BillingRefusal):
    """The receipt pays less of that document."""

    code = "not-allocated"


# Scope

AllocationCommand = RecordReceipt | AllocateReceipt | UnallocateReceipt
Paid = tuple[tuple[str, int, str], ...]


def _invoices(command: AllocationCommand) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"invoice:{one.invoice}" for one in command.allocations))


def _scope_reverse(command: ReverseReceipt) -> tuple[str, ...]:
    claim = (f"invoice:{command.claim}",) if command.claim is not None else ()
    return (f"receipt:{command.receipt}", *claim, *POSTING)


def _scope_record(command: RecordReceipt) -> tuple[str, ...]:
    named = (f"receipt:{command.receipt}", f"bank:{command.bank_reference}", f"company:{command.company}")
    return (*named, *_invoices(command), ALLOWANCE_TAG, *POSTING)


def _scope_allocate(command: AllocateReceipt) -> tuple[str, ...]:
    return (*_scope_unallocate(command), ALLOWANCE_TAG)


def _scope_unallocate(command: AllocateReceipt | UnallocateReceipt) -> tuple[str, ...]:
    return (f"receipt:{command.receipt}", *_invoices(command), *POSTING)


# Decide


def _record(state: Billing, command: RecordReceipt, by: By) -> Sequence[Fact]:
    charge = 0 if command.bank_charge is None else amount_of(command.bank_charge, field="bank_charge")
    amount = amount_of(command.amount) + charge
    wanted = _wanted(command.allocations)
    if command.company not in state.companies:
        raise PayerUnknown(f"there is no company {command.company}; register-lead first", field="company")
    recorded = state.receipts.get(command.receipt, Receipt()).recorded
    if recorded is not None:
        if recorded.asked == _said(command, amount, charge, _pairs(command, wanted, command.company)):
            return ()
        raise IdTaken(f"receipt {command.receipt} is recorded already and says otherwise", field="receipt")
    check_reference(state.bank_references, command.bank_reference, BankReferenceTaken, command.bank_account)
    allocations = _checked(
        state, command.company, wanted, DatedAmount((DatedMove(date.min, date.min, amount),)), command
    )
    recovered = _recoveries(state, command, wanted, by)
    return (
        *recovered,
        ReceiptRecorded(
            effective_on=command.effective_on,
            accounting_on=posts_on(state, command.effective_on, by, *_booked(state, command, wanted, recovered)),
            company=command.company,
            receipt=command.receipt,
            bank_reference=command.bank_reference,
            amount_minor=amount,
            allocations=allocations,
            bank_account=command.bank_account,
            charge_minor=charge,
        ),
    )


def _said(command: RecordReceipt, amount: int, charge: int, paid: Paid) -> tuple[Any, ...]:
    return said(ReceiptRecorded, command, amount_minor=amount, charge_minor=charge, allocations=paid)


def _wanted(allocations: Iterable[ToAllocate]) -> dict[str, int]:
    """Minor units for each document; said twice for one, they add up."""
    wanted: dict[str, int] = {}
    for one in allocations:
        wanted[one.invoice] = wanted.get(one.invoice, 0) + amount_of(one.amount, field="allocations")
    return wanted


def _pairs(command: AllocationCommand, wanted: Mapping[str, int], payer: str) -> Paid:
    """The same as facts put it: `amounts_of` their allocations."""
    others = {one.invoice: one.company for one in command.allocations if one.company not in (None, payer)}
    return tuple(sorted((invoice, amount, others.get(invoice) or "") for invoice, amount in wanted.items()))


def _check_tenants(command: AllocationCommand, payer: str, owed_by: Mapping[str, str | None]) -> None:
    """Check that each document is owed by whoever paid, or by the tenant that is named beside it."""
    for one in command.allocations:
        if (owner := owed_by[one.invoice] or payer) != (one.company or payer):
            raise TenantsDiffer(
                f"{one.invoice} is owed by {owner}, not by {one.company or payer}; where another tenant pays it, name "
                f"{owner} beside it (company)",
                field="allocations",
            )


def _checked(
    state: Billing, company: str, wanted: Mapping[str, int], free: DatedAmount, command: RecordReceipt | AllocateReceipt
) -> tuple[Allocation, ...]:
    """Allocations that the receipt and every document can take, from that day on."""
    on = command.effective_on
    documents = {invoice: owed(state, invoice, field="allocations") for invoice in wanted}
    _check_tenants(command, company, {invoice: issued.company for invoice, (_, issued) in documents.items()})
    for invoice, (_, issued) in documents.items():
        advice = "record the money without it, and allocate it then or later"
        check_asked(invoice, issued, on, advice, field="allocations")
    if (total := sum(wanted.values())) > (free_minor := free.least_from(on)):
        raise ReceiptExceeded(
            f"{written(max(free_minor, 0))} CNY of the receipt are free, not {written(total)}"
            f"{from_when(free, total, on)}",
            field="allocations",
        )
    for invoice, (document, _) in documents.items():
        check_open(invoice, document, wanted[invoice], given_up(state, invoice, on), field="allocations", on=on)
    return tuple(
        Allocation(
            invoice=invoice,
            lease=issued.lease,
            amount_minor=wanted[invoice],
            contract=issued.contract,
            company=issued.company if issued.company != company else None,
        )
        for invoice, (_, issued) in documents.items()
    )


def _recoveries(
    state: Billing, command: RecordReceipt | AllocateReceipt, wanted: Mapping[str, int], by: By
) -> Sequence[WriteOffRecovered | AllowanceRestated]:
    """Recover what was written off, as far as the money pays more than is open."""
    on, reason = command.effective_on, f"receipt {command.receipt}"
    return [
        recovery
        for invoice, amount in wanted.items()
        for recovery in recoveries(
            state, invoice, amount - state.documents[invoice].open.least_from(on), on, reason, by
        )
    ]


def _booked(
    state: Billing,
    command: RecordReceipt | AllocateReceipt,
    wanted: Mapping[str, int],
    before: Sequence[WriteOffRecovered | AllowanceRestated],
) -> Iterator[date]:
    """The days since which the books have what the documents take open."""
    for invoice, amount in wanted.items():
        balance = state.documents[invoice].open
        for recovery in before:
            if isinstance(recovery, WriteOffRecovered) and recovery.invoice == invoice:
                balance = balance.after(recovery, recovery.amount_minor)
        yield balance.booked_from(amount, command.effective_on)


def known_receipt(state: Billing, receipt: str) -> tuple[Receipt, ReceiptRecorded]:
    """Find a receipt, and the fact that recorded it. Raises ReceiptUnknown."""
    known = state.receipts.get(receipt)
    if known is None or known.recorded is None:
        raise ReceiptUnknown(f"there is no receipt {receipt}", field="receipt")
    return known, known.recorded


def check_usable(receipt: Receipt, recorded: ReceiptRecorded, name: str, on: date) -> None:
    """Check that a receipt stands and its money is there by a day. Raises ReceiptIsReversed, BeforeReceipt."""
    if receipt.reversal is not None:
        raise ReceiptIsReversed(f"receipt {name} was reversed; it pays nothing", field="receipt")
    if on < recorded.effective_on:
        raise BeforeReceipt(
            f"the money of {name} came on {recorded.effective_on}; it pays from then on",
            field="effective_on",
        )


def _allocate(state: Billing, command: AllocateReceipt, by: By) -> Sequence[Fact]:
    wanted = _wanted(command.allocations)
    receipt, recorded = known_receipt(state, command.receipt)
    if said(ReceiptAllocated, command, allocations=_pairs(command, wanted, recorded.company)) in receipt.asked:
        return ()
    check_usable(receipt, recorded, command.receipt, command.effective_on)
    allocations = _checked(state, recorded.company, wanted, receipt.free, command)
    recovered = _recoveries(state, command, wanted, by)
    booked = (
        *_booked(state, command, wanted, recovered),
        receipt.free.booked_from(sum(wanted.values()), command.effective_on),
    )
    return (
        *recovered,
        ReceiptAllocated(
            effective_on=command.effective_on,
            company=recorded.company,
            receipt=command.receipt,
            allocations=allocations,
            accounting_on=posts_on(state, command.effective_on, by, *booked),
        ),
    )


def _unallocate(state: Billing, command: UnallocateReceipt, by: By) -> Sequence[Fact]:
    wanted = _wanted(command.allocations)
    receipt, recorded = known_receipt(state, command.receipt)
    if said(ReceiptUnallocated, command, allocations=_pairs(command, wanted, recorded.company)) in receipt.asked:
        return ()
    check_usable(receipt, recorded, command.receipt, command.effective_on)
    on = command.effective_on
    pays = {invoice: receipt.pays.get(invoice, NOTHING_YET) for invoice in wanted}
    owed_by = {one.invoice: receipt.paying.get(one.invoice, one).company for one in command.allocations}
    _check_tenants(command, recorded.company, owed_by)
    for invoice, amount in wanted.items():
        if amount > (paid := pays[invoice].least_from(on)):
            raise NotAllocated(
                f"{command.receipt} pays {written(max(paid, 0))} CNY of {invoice}, not {written(amount)}"
                f"{from_when(pays[invoice], amount, on)}",
                field="allocations",
            )
    booked = (pays[invoice].booked_from(amount, on) for invoice, amount in wanted.items())
    return (
        ReceiptUnallocated(
            effective_on=command.effective_on,
            accounting_on=posts_on(state, on, by, *booked),
            company=recorded.company,
            receipt=command.receipt,
            allocations=tuple(
                replace(receipt.paying[invoice], amount_minor=amount) for invoice, amount in wanted.items()
            ),
            reason=command.reason,
        ),
    )


def _reverse(state: Billing, command: ReverseReceipt, by: By) -> Sequence[Fact]:
    receipt, recorded = known_receipt(state, command.receipt)
    if receipt.reversal is not None:
        if receipt.reversal.asked == said(ReceiptReversed, command):
            return ()
        raise ReceiptIsReversed(
            f"receipt {command.receipt} was reversed on {receipt.reversal.effective_on} already", field="receipt"
        )
    if command.claim is not None:
        check_new_document(state, command.claim, field="claim")
    standing = sorted(name for name, refund in receipt.refunds.items() if refund.reversal is None)
    if standing and command.claim is None:
        raise ReceiptIsRefunded(
            f"some of {command.receipt} went back: {', '.join(standing)}; take that back first (reverse-refund), or "
            "name the document that asks for it (claim)",
            field="receipt",
        )
    if command.claim is not None and not standing:
        raise NothingWentBack(f"nothing of {command.receipt} was paid back; leave the claim out", field="claim")
    if command.effective_on < recorded.effective_on:
        raise BeforeReceipt(
            f"the money of {command.receipt} came on {recorded.effective_on}; it is reversed then or later",
            field="effective_on",
        )
    moved = max((fact.effective_on for fact in _refunds(receipt)), default=date.min)
    if command.effective_on < moved:
        raise ReceiptIsRefunded(
            f"some of {command.receipt} went back, or returned, on {moved}; it is reversed then or later",
            field="effective_on",
        )
    return _turned_round(state, command, receipt, recorded, by)


def _turned_round(
    state: Billing, command: ReverseReceipt, receipt: Receipt, recorded: ReceiptRecorded, by: By
) -> Sequence[Fact]:
    """The receipt as it is on that day, reversed; whatever became of it later is turned round on the day it did.

    First what it pays later: it is free again then. Then the receipt. Last what it no longer paid later.
    """
    on = command.effective_on
    about: dict[str, Any] = {"company": recorded.company, "receipt": command.receipt}
    days = sorted({move.on for pays in receipt.pays.values() for move in pays.moves if move.on > on})
    nets = {day: _net(receipt, day) for day in days}
    booked = _reversal_booked(state, on, receipt, recorded, days, by)
    freed = [
        ReceiptUnallocated(
            effective_on=day, accounting_on=booked[day], allocations=paid, reason=command.reason, **about
        )
        for day, net in nets.items()
        if (paid := _of(receipt, net))
    ]
    reversal = ReceiptReversed(
        effective_on=on,
        accounting_on=booked[on],
        bank_reference=recorded.bank_reference,
        bank_account=recorded.bank_account,
        amount_minor=recorded.amount_minor,
        charge_minor=recorded.charge_minor,
        allocations=_of(receipt, {invoice: pays.on(on) for invoice, pays in receipt.pays.items()}),
        reason=command.reason,
        claim=command.claim,
        **about,
    )
    paid_again = [
        ReceiptAllocated(effective_on=day, accounting_on=booked[day], allocations=freed_then, **about)
        for day, net in nets.items()
        if (freed_then := _of(receipt, {invoice: -amount for invoice, amount in net.items()}))
    ]
    return (*_claimed(command, receipt, recorded, booked[on]), *freed, reversal, *paid_again)


def _claimed(
    command: ReverseReceipt, receipt: Receipt, recorded: ReceiptRecorded, booked_on: date
) -> Iterator[RefundClaimed]:
    """Ask for what went back of the receipt."""
    on, away = command.effective_on, [refund.paid for refund in receipt.refunds.values() if refund.reversal is None]
    if command.claim is not None:
        amount = sum(paid.amount_minor for paid in away)
        yield RefundClaimed(
            effective_on=on,
            accounting_on=booked_on,
            company=recorded.company,
            invoice=command.claim,
            charge="REFUND_CLAIM",
            lines=(DocumentLine(from_on=on, until_on=on, net_minor=amount, vat_rate="0", vat_minor=0),),
            due_on=on,
            receipt=command.receipt,
        )


def _reversal_booked(
    state: Billing, on: date, receipt: Receipt, recorded: ReceiptRecorded, days: Sequence[date], by: By
) -> Mapping[date, date]:
    """The day in the books for what is turned round of the day of a reversal, and of each later day.

    Each later day's where the books have it; but all at once, on the last of these, where a month in between is shut
    or the books had it in another order: until then they have the receipt as it was. Raises NoOpenPeriod.
    """
    until_then = [move.booked_on for pays in receipt.pays.values() for move in pays.moves if move.on <= on]
    returned = [fact.accounting_on for fact in _refunds(receipt)]
    booked = {on: posts_on(state, on, by, recorded.accounting_on, *until_then, *returned)}
    had = {day: _booked_on(receipt, day) for day in days}
    booked |= {day: posts_on(state, day, by, *had[day]) for day in days}
    if all(booked[on] <= min(had[day]) == booked[day] for day in days):
        return booked
    return dict.fromkeys(booked, max(booked.values()))


def _refunds(receipt: Receipt) -> list[ReceiptRefunded | RefundReversed]:
    """List how refunds of a receipt went, and came back."""
    facts = (fact for refund in receipt.refunds.values() for fact in (refund.paid, refund.reversal))
    return [fact for fact in facts if fact is not None]


def _net(receipt: Receipt, day: date) -> dict[str, int]:
    """Sum what changed on a day of what the receipt pays of each document; negative: it pays less."""
    return {
        invoice: sum(move.amount_minor for move in pays.moves if move.on == day)
        for invoice, pays in receipt.pays.items()
    }


def _booked_on(receipt: Receipt, day: date) -> list[date]:
    """The days on which the books have what the receipt paid, or no longer paid, on a day."""
    return [move.booked_on for pays in receipt.pays.values() for move in pays.moves if move.on == day]


def _of(receipt: Receipt, amounts: Mapping[str, int]) -> tuple[Allocation, ...]:
    """Allocations of these amounts, where they are more than nothing."""
    return tuple(
        replace(receipt.paying[invoice], amount_minor=amount) for invoice, amount in amounts.items() if amount > 0
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
        AllocateReceipt: _scope_allocate,
        UnallocateReceipt: _scope_unallocate,
        ReverseReceipt: _scope_reverse,
    },
)
