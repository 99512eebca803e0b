"""Less is owed on the invoices of an agreement: which of them, and what becomes of receipts that paid them.

Credit         a credit that is to be given
credit_notes   a note for each invoice, the newest first, until all is taken off; what was paid of it is freed, what was
               written off of it is given up no more
is_note_of     tells whose notes are whose: they are named after what they are issued for
"""

from collections.abc import Iterator, Sequence
from datetime import date

from msgspec import Struct

from ledger.billing.account import Document, Receipt
from ledger.billing.facts import Credited, Issued, ReceiptAllocated, ReceiptUnallocated
from ledger.billing.invoicing import CreditExceeded, left_of, vat_off
from ledger.billing.lines import Allocation, Charge, DocumentLine
from ledger.billing.putting_back import recovery, standing_write_offs
from ledger.decider import Fact
from ledger.offtake.account import Offtakes
from ledger.offtake.facts import EnergyCredited
from ledger.offtake.terms import OfftakeTerms
from ledger.periods import posting_date
from ledger.values.money import share, written

NUMBERED = "-c"
"""Stands between the name of a credit and the number of a note."""


class Credit(Struct, frozen=True, kw_only=True):
    """A credit that is to be given. Its notes are named `name`-c1, -c2, …

    effective_on, accounting_on   of the notes; done_on: when it is done, in which role
    fee_minor                     what a settlement agent gives back
    """

    state: Offtakes
    agreement: str
    terms: OfftakeTerms
    name: str
    effective_on: date
    accounting_on: date
    done_on: date
    role: str
    reason: str
    charge: Charge = "ENERGY"
    make_up: bool = False
    fee_minor: int = 0
    fee_vat_minor: int = 0


def credit_notes(credit: Credit, invoices: Sequence[Issued], net_minor: int, vat_minor: int) -> Sequence[Fact]:
    """Take an amount off invoices, the last first. Raises CreditExceeded of billing."""
    parts = list(_parts(credit, invoices, net_minor, vat_minor))
    taken = [line.net_minor for _, line in parts]
    if sum(taken) < net_minor:
        raise CreditExceeded(
            f"{written(net_minor)} CNY are due no more, and {written(sum(taken))} are left to credit", field="agreement"
        )
    fees = share(credit.fee_minor, taken) if taken else []
    fee_vats = share(credit.fee_vat_minor, taken) if taken else []
    facts: list[Fact] = []
    for number, (issued, line) in enumerate(parts, 1):
        note = EnergyCredited(
            effective_on=credit.effective_on,
            accounting_on=credit.accounting_on,
            company=credit.terms.buyer,
            lease=credit.terms.lease,
            credit_note=f"{credit.name}{NUMBERED}{number}",
            invoice=issued.invoice,
            charge=credit.charge,
            lines=(line,),
            reason=credit.reason,
            agreement=credit.agreement,
            generator=credit.terms.generator,
            fee_minor=fees[number - 1],
            fee_vat_minor=fee_vats[number - 1],
            make_up=credit.make_up,
        )
        facts += (*freed(credit, note), note)
    return facts


def is_note_of(note: EnergyCredited, name: str) -> bool:
    """Tell whether a note belongs to the credit of this name."""
    return note.credit_note.rpartition(NUMBERED)[0] == name


def _parts(
    credit: Credit, invoices: Sequence[Issued], net_minor: int, vat_minor: int
) -> Iterator[tuple[Issued, DocumentLine]]:
    """Divide an amount among invoices, each with the line that takes its part off it; the tax comes out whole."""
    notes = credit.state.billing.credit_notes.values()
    for issued in sorted(invoices, key=lambda invoice: (invoice.effective_on, invoice.invoice), reverse=True):
        (left,) = left_of(issued, notes)
        here = min(net_minor, left.net_minor)
        if here <= 0:
            continue
        vat = min(vat_minor, left.vat_minor) if here == net_minor else vat_off(left, here)
        net_minor, vat_minor = net_minor - here, vat_minor - vat
        yield (
            issued,
            DocumentLine(
                from_on=left.from_on,
                until_on=left.until_on,
                net_minor=here,
                vat_rate=left.vat_rate,
                vat_minor=vat,
            ),
        )


def freed(credit: Credit, note: Credited) -> Iterator[Fact]:
    """Put back what settles too much once the note is issued: what was written off is owed again, then receipts have
    back what they pay, the latest payment first.

    Each from the day on which it was settled: on no day is less than nothing open.
    """
    document = credit.state.billing.documents.get(note.invoice, Document())
    excess = note.gross_minor - document.open_minor
    for write_off, approved in standing_write_offs(credit.state.billing, note.invoice, date.max):
        amount, on = min(excess, write_off.left_minor), max(note.effective_on, approved.effective_on)
        if amount <= 0:
            break
        excess -= amount
        booked_on = posting_date(credit.state.periods, max(on, approved.accounting_on), credit.role)
        yield recovery(approved, amount, on, booked_on, f"credit note {note.credit_note}")
    for on, receipt, paid in _payments(credit, note, document):
        amount = min(excess, paid)
        if amount <= 0:
            continue
        excess -= amount
        allocation = Allocation(invoice=note.invoice, lease=note.lease, amount_minor=amount, contract=note.contract)
        yield ReceiptUnallocated(
            effective_on=on,
            accounting_on=posting_date(credit.state.periods, on, credit.role),
            company=note.company,
            receipt=receipt,
            allocations=(allocation,),
            reason=f"credit note {note.credit_note}",
        )
    assert excess <= 0, "whatever settled a document is known"


def _payments(credit: Credit, note: Credited, document: Document) -> list[tuple[date, str, int]]:
    """The parts of a document that each receipt pays, with their days, the latest first; none before the note stands.

    Where parts of it were given back since, all that is left counts from the latest of its days.
    """
    found: list[tuple[date, str, int]] = []
    for name, paid in document.paid.items():
        receipt = credit.state.billing.receipts.get(name, Receipt())
        facts = (receipt.recorded, *(change for change in receipt.changes if isinstance(change, ReceiptAllocated)))
        parts = [
            (max(fact.effective_on, note.effective_on), name, allocation.amount_minor)
            for fact in facts
            if fact is not None
            for allocation in fact.allocations
            if allocation.invoice == note.invoice
        ]
        if sum(amount for _, _, amount in parts) != paid:
            latest = max([credit.effective_on, *(on for on, _, _ in parts)]) if parts else credit.done_on
            parts = [(latest, name, paid)]
        found += parts
    return sorted(found, key=lambda part: part[0])[::-1]
