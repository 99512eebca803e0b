"""Postings of a bookkeeper's own facts: manual journals, as they say, and the payment of what they made owed; VAT
returns and their payment.

Fact                       Dr                                        Cr
journal.posted, -reversed  its lines; the mirror of an accrual's
owed.paid                  each debt, of its journal                 bank; owed.payment-returned is its mirror
vat.return-filed           output-vat of the return                  input-vat that it used; the rest vat-payable
vat.return-withdrawn       the mirror of a return
vat.paid                   vat-payable                               bank; vat.payment-returned is its mirror
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from ledger.bookkeeping.journals.facts import JournalPosted, JournalReversed
from ledger.bookkeeping.owed import OwedPaid, OwedPaymentReturned
from ledger.bookkeeping.vat.facts import VatPaid, VatPaymentReturned, VatReturnFiled, VatReturnWithdrawn
from ledger.books.line import Line
from ledger.decider import Fact


def _as_said(fact: JournalPosted | JournalReversed) -> Iterator[Line]:
    for line in fact.lines:
        yield Line(account=line.account, amount_minor=line.amount_minor, document=fact.manual_journal)


def _owed_paid(fact: OwedPaid) -> Iterator[Line]:
    for item in fact.items:
        yield Line(account=item.account, amount_minor=item.amount_minor, document=item.journal)
    yield Line(account="bank", amount_minor=-fact.amount_minor, document=fact.payment)


def _filed(fact: VatReturnFiled) -> Iterator[Line]:
    """Input VAT that is carried on stays where it is."""
    output, payable = fact.figures.output_minor, fact.figures.payable_minor
    document = f"vat-{fact.month}"
    yield Line(account="output-vat", amount_minor=output, document=document)
    yield Line(account="input-vat", amount_minor=payable - output, document=document)
    yield Line(account="vat-payable", amount_minor=-payable, document=document)


def _vat_paid(fact: VatPaid) -> Iterator[Line]:
    yield Line(account="vat-payable", amount_minor=fact.amount_minor, document=f"vat-{fact.month}")
    yield Line(account="bank", amount_minor=-fact.amount_minor, document=fact.vat_payment)


def _mirror(fact: OwedPaymentReturned | VatReturnWithdrawn | VatPaymentReturned) -> Iterator[Line]:
    for line in OF_FACTS[type(fact.reversed)](fact.reversed):
        yield replace(line, amount_minor=-line.amount_minor)


OF_FACTS: Mapping[type[Fact], Callable[[Any], Iterator[Line]]] = {
    JournalPosted: _as_said,
    JournalReversed: _as_said,
    OwedPaid: _owed_paid,
    VatReturnFiled: _filed,
    VatPaid: _vat_paid,
}
RULES: Mapping[type[Fact], Callable[[Any], Iterator[Line]]] = {
    **OF_FACTS,
    OwedPaymentReturned: _mirror,
    VatReturnWithdrawn: _mirror,
    VatPaymentReturned: _mirror,
}
