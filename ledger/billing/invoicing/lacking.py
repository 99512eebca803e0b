"""What of a document has no tax invoice yet, and which credit notes have no red-letter one?

TaxInvoices    the tax invoice that stands for a document, what a new one would say, and the notes that lack theirs
tax_invoices   of the facts of one document, in the order recorded

A credit note that was recorded before the tax invoice is left out of it; one recorded after it wants a red-letter one.
A red-letter tax invoice that names no note is taken for that of the earliest note that lacks one; where none does, it
takes back the whole, and the document lacks a tax invoice again.
"""

from collections.abc import Iterable

from msgspec import Struct

from ledger.billing.facts import Credited, Issued
from ledger.billing.invoicing.facts import FapiaoIssued
from ledger.billing.invoicing.notes import left_of
from ledger.billing.lines import DocumentLine


class TaxInvoices(Struct, frozen=True, kw_only=True, gc=False):
    """The standing of a document's tax invoices.

    standing   the one that holds; None where there is none, or a red-letter one took it back
    lines      what a new one would say, where none holds: the document's lines, less what notes took off; () else
    lacking    credit notes that want a red-letter one, in the order recorded
    """

    standing: FapiaoIssued | None
    lines: tuple[DocumentLine, ...]
    lacking: tuple[Credited, ...]


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
        elif fact.credit_note is None and not lacking:
            standing = None
        else:
            of = fact.credit_note or lacking[0].credit_note
            lacking = [note for note in lacking if note.credit_note != of]
    lines = () if standing is not None else tuple(line for line in left_of(issued, notes) if line.net_minor)
    return TaxInvoices(standing=standing, lines=lines, lacking=tuple(lacking))
