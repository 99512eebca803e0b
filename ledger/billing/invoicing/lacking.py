"""What of a document has no tax invoice yet, and which credit notes have no red-letter one?

TaxInvoices    the tax invoice that stands for a document, what a new one would say, and the notes that lack theirs
tax_invoices   of the facts of one document, in the order recorded
said           what one tax invoice says, after those before it

A credit note that was recorded before the tax invoice is left out of it, unless it says otherwise (`notes_after`); one
recorded after it wants a red-letter one. A red-letter tax invoice that names no note is taken for that of the earliest
note that lacks one; where none does, or it is of the whole, it takes back the whole, and the document lacks a tax
invoice again.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from ledger.billing.facts import Credited, Issued
from ledger.billing.invoicing.facts import FapiaoIssued
from ledger.billing.invoicing.notes import left_of
from ledger.billing.lines import DocumentLine


class TaxInvoices(Struct, frozen=True, kw_only=True, gc=False):
    """The standing of a document's tax invoices.

    standing   the one that holds; None where there is none, or a red-letter one took it back
    lines      what a new one would say, where none holds: the document's lines, less what notes took off; () else
    lacking    credit notes that want a red-letter one, in the order recorded; taken_off: the others
    """

    standing: FapiaoIssued | None
    lines: tuple[DocumentLine, ...]
    lacking: tuple[Credited, ...]
    taken_off: tuple[Credited, ...]


def tax_invoices(issued: Issued, later: Iterable[Credited | FapiaoIssued]) -> TaxInvoices:
    """Find where the tax invoices of a document stand after its notes and tax invoices, in the order recorded."""
    standing: FapiaoIssued | None = None
    notes, lacking = list[Credited](), list[Credited]()
    for fact in later:
        if isinstance(fact, Credited):
            notes.append(fact)
            if standing is not None:
                lacking.append(fact)
        elif not fact.red:
            standing = fact
            lacking += [note for note in notes if note.credit_note in fact.notes_after]
        elif (of := _note_of(fact, lacking)) is None:
            standing, lacking = None, []
        else:
            lacking = [note for note in lacking if note.credit_note != of]
    owing = {note.credit_note for note in lacking}
    return TaxInvoices(
        standing=standing,
        lines=() if standing is not None else _left(issued, notes),
        lacking=tuple(lacking),
        taken_off=tuple(note for note in notes if note.credit_note not in owing),
    )


def said(issued: Issued, earlier: Sequence[Credited | FapiaoIssued], fapiao: FapiaoIssued) -> tuple[DocumentLine, ...]:
    """Find the lines that a tax invoice of a document says, after those before it; of a red-letter one without sign."""
    stand = tax_invoices(issued, earlier)
    if not fapiao.red:
        notes = [fact for fact in earlier if isinstance(fact, Credited)]
        return _left(issued, [note for note in notes if note.credit_note not in fapiao.notes_after])
    of = _note_of(fapiao, stand.lacking)
    if of is None:
        return _left(issued, stand.taken_off)
    return next(fact.lines for fact in earlier if isinstance(fact, Credited) and fact.credit_note == of)


def _note_of(red: FapiaoIssued, lacking: Sequence[Credited]) -> str | None:
    """The credit note whose red-letter tax invoice it is; None where it takes back the whole."""
    if red.credit_note is not None or red.whole or not lacking:
        return red.credit_note
    return lacking[0].credit_note


def _left(issued: Issued, notes: Iterable[Credited]) -> tuple[DocumentLine, ...]:
    return tuple(line for line in left_of(issued, notes) if line.net_minor)
