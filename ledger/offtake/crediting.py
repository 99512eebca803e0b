"""Less is owed on the invoices of an agreement: which of them, and what becomes of receipts that paid them.

Credit         a credit that is to be given
credit_notes   a note for each invoice, the newest first, until all is taken off; what was paid of it is freed, what was
               written off of it is given up no more
is_note_of     tells whose notes are whose: they are named after what they are issued for
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from ledger.billing.account import Document
from ledger.billing.balance import DatedAmount
from ledger.billing.facts import Credited, Issued, ReceiptUnallocated
from ledger.billing.invoicing import CreditExceeded, left_of, vat_off
from ledger.billing.lines import Allocation, Charge, DocumentLine
from ledger.billing.moves import moves
from ledger.billing.putting_back import recovered, standing_write_offs
from ledger.decider import Fact
from ledger.offtake.account import Offtakes
from ledger.offtake.facts import EnergyCredited
from ledger.offtake.terms import OfftakeTerms
from ledger.periods import PostingFact, posting_date
from ledger.values.money import share, written

NUMBERED = "-c"
"""Stands between the name of a credit and the number of a note."""


class Credit(Struct, frozen=True, kw_only=True):
    """A credit that is to be given. Its notes are named `name`-c1, -c2, …

    effective_on   of the notes; done by somebody in this role
    fee_minor                     what a settlement agent gives back
    """

    state: Offtakes
    agreement: str
    terms: OfftakeTerms
    name: str
    effective_on: date
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
            accounting_on=credit.effective_on,
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
        put_back = list(_put_back(credit, note))
        facts += (*put_back, _dated(credit, note, put_back))
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


def _dated(credit: Credit, note: EnergyCredited, put_back: Sequence[PostingFact]) -> EnergyCredited:
    """The note on its day, or since so much is open, once that is put back; in the books not before they have it."""
    open_then = _document(credit, note).open
    for fact in put_back:
        for move in moves(fact).documents:
            open_then = open_then.after(fact, move.open_minor)
    on = open_then.covers_from(note.gross_minor, note.effective_on)
    assert on is not None, "what settled it too much is put back"
    booked_on = open_then.booked_from(note.gross_minor, on)
    return replace(note, effective_on=on, accounting_on=posting_date(credit.state.periods, booked_on, credit.role))


def _document(credit: Credit, note: Credited) -> Document:
    return credit.state.billing.documents.get(note.invoice, Document())


def _put_back(credit: Credit, note: Credited) -> Iterator[PostingFact]:
    """Put back what settles too much once the note is issued: what was written off is owed again, then receipts have
    back what they pay, the latest payment first.

    Each from the day on which it was settled: on no day is less than nothing open.
    """
    billing, reason = credit.state.billing, f"credit note {note.credit_note}"
    excess = note.gross_minor - _document(credit, note).open_minor
    for write_off, approved in standing_write_offs(billing, note.invoice, date.max):
        amount, on = min(excess, write_off.left_minor), max(note.effective_on, approved.effective_on)
        if amount > 0:
            excess -= amount
            yield from recovered(billing, approved, amount, on, reason, credit.role)
    pays = {receipt: billing.receipts[receipt].pays[note.invoice] for receipt in _document(credit, note).paid}
    for on, receipt, paid in _payments(note, pays):
        amount = min(excess, paid)
        if amount <= 0:
            break
        excess -= amount
        allocation = Allocation(invoice=note.invoice, lease=note.lease, amount_minor=amount, contract=note.contract)
        freed = ReceiptUnallocated(
            effective_on=on,
            accounting_on=posting_date(credit.state.periods, pays[receipt].booked_from(amount, on), credit.role),
            company=note.company,
            receipt=receipt,
            allocations=(allocation,),
            reason=reason,
        )
        pays[receipt] = pays[receipt].after(freed, -amount)
        yield freed
    assert excess <= 0, "whatever settled a document is known"


def _payments(note: Credited, pays: Mapping[str, DatedAmount]) -> list[tuple[date, str, int]]:
    """The parts of a document that each receipt pays for good, with their days, the latest first; none before the note
    stands."""
    found = [(on, name, amount) for name, paid in pays.items() for on, amount in paid.for_good(note.effective_on)]
    return sorted(found, key=lambda part: part[0])[::-1]
