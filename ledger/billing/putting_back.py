"""What settled a document is put back, where the document asks for less or the money comes after all.

standing_write_offs, given_up   those of a document by a day; it may come after all
recoveries    so much of what was written off is owed again, the latest write-off first
restated      what moved the allowance before a measurement is taken back on its day (domain §14.6)
put_back      what a credit note leaves settled too much: first what was written off of it is owed again; then money is
              unapplied again, the latest payment first; then deposit is held again
freed_of      the part of a receipt, whosever it is, that pays so much of a document no more
noted_on      the day that a credit note is dated: where it puts something back, not before the document last moved

Offtake agreements put back in their own way what their credits leave settled too much (offtake/crediting.py).
"""

from collections.abc import Iterator
from datetime import date, timedelta

from ledger.billing.account import Billing, Document, WriteOff
from ledger.billing.facts import (
    AllowanceRestated,
    Credited,
    DepositApplied,
    DepositReversed,
    EclMeasured,
    ReceiptUnallocated,
    WriteOffApproved,
    WriteOffRecovered,
)
from ledger.billing.lines import Allocation
from ledger.decider import By, Fact
from ledger.periods import PostingFact, posting_date


def standing_write_offs(state: Billing, invoice: str, on: date) -> Iterator[tuple[WriteOff, WriteOffApproved]]:
    """The write-offs of a document that stand, approved by a day; that of the latest day first."""
    standing = [
        (write_off, approved)
        for write_off in state.write_offs.values()
        if (approved := write_off.approved) is not None
        and (approved.invoice, write_off.left_minor > 0) == (invoice, True)
        and approved.effective_on <= on
    ]
    yield from sorted(standing, key=lambda one: (one[1].effective_on, one[1].write_off), reverse=True)


def given_up(state: Billing, invoice: str, on: date) -> int:
    """Sum what is written off of a document by a day and was not recovered."""
    return sum(write_off.left_minor for write_off, _ in standing_write_offs(state, invoice, on))


def recoveries(
    state: Billing, invoice: str, amount_minor: int, on: date, reason: str, by: By
) -> Iterator[WriteOffRecovered | AllowanceRestated]:
    """Recover up to an amount of what was written off of a document. Raises NoOpenPeriod."""
    for write_off, approved in standing_write_offs(state, invoice, on):
        amount = min(amount_minor, write_off.left_minor)
        if amount <= 0:
            return
        amount_minor -= amount
        yield from recovered(state, approved, amount, on, reason, by.role)


def recovered(
    state: Billing, approved: WriteOffApproved, amount_minor: int, on: date, reason: str, role: str
) -> Iterator[WriteOffRecovered | AllowanceRestated]:
    """Say that so much of a write-off is owed after all, and that a later measurement has seen to it already.

    Raises NoOpenPeriod.
    """
    booked_on = posting_date(state.periods, max(on, approved.accounting_on), role)
    fact = recovery(approved, amount_minor, on, booked_on, reason)
    yield fact
    yield from restated(state, fact, amount_minor, f"write-off {approved.write_off}", role)


def restated(state: Billing, fact: PostingFact, moved_minor: int, cause: str, role: str) -> Iterator[AllowanceRestated]:
    """Take back, on the day of the next measurement, what a fact moved the allowance by before it, or on its day.

    On that day the allowance is what was measured, whatever is recorded late (domain §14.6); of two measurements of
    one day the later word counts. Raises NoOpenPeriod.
    """
    on, again = fact.effective_on, isinstance(fact, EclMeasured)
    later = [known for known in state.measurements.values() if known.effective_on > on - timedelta(days=not again)]
    if later and moved_minor:
        following = min(reversed(later), key=lambda known: known.effective_on)
        yield AllowanceRestated(
            effective_on=following.effective_on,
            accounting_on=posting_date(state.periods, max(following.effective_on, fact.accounting_on), role),
            measurement=following.measurement,
            movement_minor=-moved_minor,
            cause=cause,
        )


def recovery(
    approved: WriteOffApproved, amount_minor: int, on: date, accounting_on: date, reason: str
) -> WriteOffRecovered:
    """Say that so much of a write-off is owed after all."""
    return WriteOffRecovered(
        effective_on=on,
        accounting_on=accounting_on,
        company=approved.company,
        lease=approved.lease,
        write_off=approved.write_off,
        invoice=approved.invoice,
        amount_minor=amount_minor,
        reason=reason,
        contract=approved.contract,
    )


def noted_on(document: Document, gross_minor: int, on: date) -> date:
    """Find the day for a note that takes an amount off a document, asked for on a day."""
    return on if document.open.least_from(on) >= gross_minor else max(on, document.open.latest_on)


def put_back(state: Billing, note: Credited, by: By) -> Iterator[Fact]:
    """Put back what a note leaves settled too much, on the day of the note, for which see noted_on().

    Raises NoOpenPeriod.
    """
    document = state.documents.get(note.invoice)
    if document is None or document.issued is None:
        return
    excess = note.gross_minor - document.open_minor
    reason = f"credit note {note.credit_note}"
    for fact in recoveries(state, note.invoice, excess, note.effective_on, reason, by):
        excess -= fact.amount_minor if isinstance(fact, WriteOffRecovered) else 0
        yield fact
    for receipt in sorted(document.paid, key=lambda name: (_paid_on(state, note.invoice, name), name), reverse=True):
        amount = min(excess, document.paid[receipt])
        if amount <= 0:
            continue
        excess -= amount
        payer, freed = freed_of(state, receipt, note, amount)
        yield ReceiptUnallocated(
            effective_on=note.effective_on,
            accounting_on=note.accounting_on,
            company=payer,
            receipt=receipt,
            allocations=(freed,),
            reason=reason,
        )
    yield from _deposit_back(state, note, excess)


def freed_of(state: Billing, receipt: str, note: Credited, amount_minor: int) -> tuple[str, Allocation]:
    """Name the tenant whose receipt pays the document of a note, and so much of it that pays it no more."""
    payer = state.receipts[receipt].company or note.company
    return payer, Allocation(
        invoice=note.invoice,
        lease=note.lease,
        amount_minor=amount_minor,
        contract=note.contract,
        company=note.company if note.company != payer else None,
    )


def _paid_on(state: Billing, invoice: str, receipt: str) -> date:
    """The day since which a receipt pays a document with all that it pays of it."""
    return max((on for on, _ in state.receipts[receipt].pays[invoice].for_good(date.min)), default=date.min)


def _deposit_back(state: Billing, note: Credited, excess: int) -> Iterator[DepositReversed]:
    latest = sorted(state.movements.values(), key=lambda one: (one.fact.effective_on, one.fact.deposit), reverse=True)
    for movement in latest:
        applied = movement.fact
        if not isinstance(applied, DepositApplied) or applied.invoice != note.invoice:
            continue
        amount = min(excess, movement.left_minor)
        if amount <= 0:
            continue
        excess -= amount
        yield DepositReversed(
            effective_on=note.effective_on,
            accounting_on=note.accounting_on,
            company=note.company,
            lease=applied.lease,
            deposit=applied.deposit,
            movement=applied.movement,
            moved_on=applied.effective_on,
            amount_minor=amount,
            reason=f"credit note {note.credit_note}",
            invoice=applied.invoice,
        )
    assert excess <= 0, "whatever settled a document is known"
