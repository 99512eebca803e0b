"""Less is owed on the invoices of an agreement: which of them, and what becomes of receipts that paid them.

Amounts        the amounts of a document
Credit         a credit that is to be given
credit_notes   a note for each invoice, the newest first, until all is taken off; what was paid of it is freed, what was
               written off of it is given up no more
taken_back     what a make-up credit took off invoices that are themselves too high: that is owed again, to be credited
made_up        what a contract year's make-up credits come to, less what was taken back and invoiced again
is_note_of     tells whose notes are whose: they are named after what they are issued for

Refusals
├── DamagesInTheWay   damages took off the invoice what is to be credited
├── NoteInTheWay      a note by hand did
└── CreditExceeded    of billing: more than the invoices say
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ledger.billing.account import Document
from ledger.billing.balance import DatedAmount
from ledger.billing.facts import Credited, Issued, ReceiptUnallocated
from ledger.billing.invoicing.notes import CreditExceeded, left_of, vat_off
from ledger.billing.lines import Charge, DocumentLine
from ledger.billing.moves import moves
from ledger.billing.putting_back import freed_of, recovered, standing_write_offs
from ledger.decider import Fact
from ledger.offtake.account import Offtakes
from ledger.offtake.facts import EnergyCredited, EnergyCreditTakenBack, GuaranteeLdCredited, TakeOrPayInvoiced
from ledger.offtake.rules import OfftakeRefusal
from ledger.offtake.terms import OfftakeTerms
from ledger.periods import PostingFact, month_of, posting_date
from ledger.values.money import rounded, share, written

NUMBERED = "-c"
"""Stands between the name of a credit and the number of a note."""

MAKE_UP = "-make-up"
"""Ends the name of a credit for energy that is made up."""

# Refusals


class DamagesInTheWay(OfftakeRefusal):
    """Damages took off the invoice what is to be credited."""

    code = "damages-in-the-way"


class NoteInTheWay(OfftakeRefusal):
    """A note that somebody gave by hand took off the invoice what is to be credited."""

    code = "note-in-the-way"


# Credits


class Amounts(Struct, frozen=True, kw_only=True):
    """The amounts of a document, in minor units; of a settlement agent also what is kept."""

    net_minor: int = 0
    vat_minor: int = 0
    fee_minor: int = 0
    fee_vat_minor: int = 0

    def less(self, other: "Amounts") -> "Amounts":
        """The difference to other amounts."""
        return Amounts(
            net_minor=self.net_minor - other.net_minor,
            vat_minor=self.vat_minor - other.vat_minor,
            fee_minor=self.fee_minor - other.fee_minor,
            fee_vat_minor=self.fee_vat_minor - other.fee_vat_minor,
        )


class Credit(Struct, frozen=True, kw_only=True):
    """A credit that is to be given. Its notes are named `name`-c1, -c2, …; of one that is not `numbered`, the one note
    has its name.

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
    by_hand: bool = False
    numbered: bool = True
    fee_minor: int = 0
    fee_vat_minor: int = 0


def credit_notes(credit: Credit, invoices: Sequence[Issued], net_minor: int, vat_minor: int) -> Sequence[Fact]:
    """Take an amount off invoices, the last first. Raises CreditExceeded of billing."""
    parts = list(_parts(credit, invoices, net_minor, vat_minor))
    taken = [line.net_minor for _, line in parts]
    if sum(taken) < net_minor:
        _check_damages(credit, invoices)
        _check_by_hand(credit, invoices)
        raise CreditExceeded(
            f"{written(net_minor)} CNY are due no more, and {written(sum(taken))} are left to credit", field="agreement"
        )
    weights = taken if any(taken) else [1] * len(taken)
    fees = share(credit.fee_minor, weights) if taken else []
    fee_vats = share(credit.fee_vat_minor, weights) if taken else []
    facts: list[Fact] = []
    for number, (issued, line) in enumerate(parts, 1):
        note = EnergyCredited(
            effective_on=credit.effective_on,
            accounting_on=credit.effective_on,
            company=credit.terms.buyer,
            lease=credit.terms.lease,
            credit_note=f"{credit.name}{NUMBERED}{number}" if credit.numbered else credit.name,
            invoice=issued.invoice,
            charge=credit.charge,
            lines=(line,),
            reason=credit.reason,
            agreement=credit.agreement,
            generator=credit.terms.generator,
            fee_minor=fees[number - 1],
            fee_vat_minor=fee_vats[number - 1],
            make_up=credit.make_up,
            by_hand=credit.by_hand,
        )
        put_back = list(_put_back(credit, note))
        facts += (*put_back, _dated(credit, note, put_back))
    return facts


def _check_damages(credit: Credit, invoices: Sequence[Issued]) -> None:
    """No damages of a contract year stand in the way. Raises DamagesInTheWay."""
    names = {issued.invoice for issued in invoices}
    for year, damages in sorted(credit.state.agreements[credit.agreement].damages.items()):
        if isinstance(damages, GuaranteeLdCredited) and damages.invoice in names:
            raise DamagesInTheWay(
                f"damages of {year} took {written(damages.net_minor)} CNY off {damages.invoice}, of which more is due "
                f"no more: `reverse-guarantee-ld` of {year} first, and `assess-guarantee-ld` again after this",
                field="agreement",
            )


def _check_by_hand(credit: Credit, invoices: Sequence[Issued]) -> None:
    """No note that somebody gave by hand stands in the way. Raises NoteInTheWay."""
    names, notes = {issued.invoice for issued in invoices}, credit.state.billing.credit_notes.values()
    back = {note.note for note in notes if isinstance(note, EnergyCreditTakenBack)}
    for note in notes:
        if isinstance(note, EnergyCredited) and note.by_hand and note.invoice in names and note.credit_note not in back:
            raise NoteInTheWay(
                f"{note.credit_note} took {written(note.net_minor)} CNY off {note.invoice}, of which more is due no "
                "more: `take-back-energy-credit` first",
                field="agreement",
            )


class StillAsked(Amounts, frozen=True, kw_only=True):
    """The amounts that documents still ask for, less all notes; `line`: of the last of them."""

    line: DocumentLine


def left_of_all(state: Offtakes, invoices: Sequence[Issued]) -> StillAsked:
    """Take all notes off documents of an agreement, each of one line, and their fees."""
    notes = state.billing.credit_notes.values()
    lines = [left_of(issued, notes)[0] for issued in invoices]
    names = {issued.invoice for issued in invoices}
    feed: list[Any] = list(invoices)
    off = [note for note in notes if isinstance(note, EnergyCredited | EnergyCreditTakenBack) and note.invoice in names]
    return StillAsked(
        net_minor=sum(line.net_minor for line in lines),
        vat_minor=sum(line.vat_minor for line in lines),
        fee_minor=sum(issued.fee_minor for issued in feed) - sum(note.fee_minor for note in off),
        fee_vat_minor=sum(issued.fee_vat_minor for issued in feed) - sum(note.fee_vat_minor for note in off),
        line=lines[-1],
    )


def is_make_up(note: Credited) -> bool:
    """Tell whether a note was given for energy that is made up, or takes such a one back."""
    return note.credit_note.rpartition(NUMBERED)[0].endswith(MAKE_UP)


def taken_back(
    credit: Credit, invoices: Sequence[Issued], net_minor: int, vat_minor: int
) -> Sequence[EnergyCreditTakenBack]:
    """Take make-up credits back, the latest first, as far as they leave too little of invoices to credit an amount.

    What the contract year comes to is given again, on what remains invoiced, when it is trued up again.
    """
    notes, names = credit.state.billing.credit_notes.values(), {issued.invoice for issued in invoices}
    left = [line for issued in invoices for line in left_of(issued, notes)]
    net_minor -= sum(line.net_minor for line in left)
    vat_minor -= sum(line.vat_minor for line in left)
    facts = list[EnergyCreditTakenBack]()
    for note in reversed(list(notes)):
        if not isinstance(note, EnergyCredited) or note.invoice not in names or not is_make_up(note):
            continue
        backs = [back for back in notes if isinstance(back, EnergyCreditTakenBack) and back.note == note.credit_note]
        stands = note.net_minor + sum(back.net_minor for back in backs)
        here = min(net_minor, stands)
        if here <= 0:
            continue
        vat = note.vat_minor + sum(back.vat_minor for back in backs)
        vat = vat if here == stands else min(max(vat_minor, 0), vat)
        facts.append(in_reverse(credit.state, note, here, vat, credit.effective_on, credit.role, credit.reason))
        net_minor, vat_minor = net_minor - here, vat_minor - vat
    return facts


def in_reverse(
    state: Offtakes,
    note: EnergyCredited | GuaranteeLdCredited,
    net_minor: int,
    vat_minor: int,
    on: date,
    role: str,
    reason: str,
) -> EnergyCreditTakenBack:
    """A note in reverse, or a part of it: not before that, in an open month."""
    ((line,), on) = note.lines, max(on, note.effective_on)
    notes = state.billing.credit_notes.values()
    backs = [back for back in notes if isinstance(back, EnergyCreditTakenBack) and back.note == note.credit_note]
    fee, fee_vat = (
        (note.fee_minor, note.fee_vat_minor) if isinstance(note, EnergyCredited) and note.net_minor else (0, 0)
    )
    part = Fraction(net_minor, note.net_minor)
    return EnergyCreditTakenBack(
        effective_on=on,
        accounting_on=max(posting_date(state.periods, on, role), note.accounting_on),
        company=note.company,
        lease=note.lease,
        credit_note=f"{note.credit_note}-b{len(backs) + 1}",
        invoice=note.invoice,
        charge=note.charge,
        lines=(replace(line, net_minor=-net_minor, vat_minor=-vat_minor, months=()),),
        reason=reason,
        agreement=note.agreement,
        generator=note.generator,
        note=note.credit_note,
        service_month=month_of(line.from_on if isinstance(note, EnergyCredited) else note.effective_on),
        fee_minor=-rounded(fee * part),
        fee_vat_minor=-rounded(fee_vat * part),
    )


def made_up(state: Offtakes, agreement: str, year: int) -> Amounts:
    """Sum the make-up credits of a contract year, less what was taken back or invoiced again."""
    credited = [
        note
        for note in state.billing.credit_notes.values()
        if isinstance(note, EnergyCredited | EnergyCreditTakenBack)
        and note.agreement == agreement
        and is_make_up(note)
        and note.credit_note.startswith(year_documents(agreement, year))
    ]
    again = state.year_invoices(agreement, year, "ENERGY")
    return _sum(credited).less(_sum(again))


def _sum(documents: Sequence[EnergyCredited | EnergyCreditTakenBack] | Sequence[TakeOrPayInvoiced]) -> Amounts:
    return Amounts(
        net_minor=sum(document.net_minor for document in documents),
        vat_minor=sum(document.vat_minor for document in documents),
        fee_minor=sum(document.fee_minor for document in documents),
        fee_vat_minor=sum(document.fee_vat_minor for document in documents),
    )


def year_documents(agreement: str, year: int) -> str:
    """The beginning of the names of a contract year's documents."""
    return f"{agreement}-top-{year}"


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
        here = max(0, min(net_minor, left.net_minor))
        vat = min(vat_minor, left.vat_minor) if here == net_minor else vat_off(left, here)
        if not here and (net_minor or not vat):
            continue
        net_minor, vat_minor = net_minor - here, vat_minor - vat
        yield (
            issued,
            DocumentLine(
                from_on=left.from_on,
                until_on=left.until_on,
                net_minor=here,
                vat_rate=left.vat_rate,
                vat_minor=vat,
                months=tuple(share(here, left.months)) if left.months else (),
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
        payer, allocation = freed_of(billing, receipt, note, amount)
        freed = ReceiptUnallocated(
            effective_on=on,
            accounting_on=posting_date(credit.state.periods, pays[receipt].booked_from(amount, on), credit.role),
            company=payer,
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
