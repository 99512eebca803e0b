"""Postings of a bookkeeper's own facts: manual journals, as they say, and the payment of what they made owed.

Fact                    Posts
journal.posted          its lines
journal.reversed        its lines: the mirror of an accrual's
owed.paid               Dr each debt, of its journal; Cr bank
owed.payment-returned   the mirror of a payment
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ledger.bookkeeping.journals.facts import JournalPosted, JournalReversed
from ledger.bookkeeping.owed import OwedPaid, OwedPaymentReturned
from ledger.books.line import Line
from ledger.decider import Fact


def _as_said(fact: JournalPosted | JournalReversed) -> Iterator[Line]:
    for line in fact.lines:
        yield Line(account=line.account, amount_minor=line.amount_minor, document=fact.manual_journal)


def _paid(fact: OwedPaid) -> Iterator[Line]:
    return _moved(fact, 1)


def _returned(fact: OwedPaymentReturned) -> Iterator[Line]:
    return _moved(fact.reversed, -1)


def _moved(fact: OwedPaid, sign: int) -> Iterator[Line]:
    for item in fact.items:
        yield Line(account=item.account, amount_minor=sign * item.amount_minor, document=item.journal)
    yield Line(account="bank", amount_minor=-sign * fact.amount_minor, document=fact.payment)


RULES: Mapping[type[Fact], Callable[[Any], Iterator[Line]]] = {
    JournalPosted: _as_said,
    JournalReversed: _as_said,
    OwedPaid: _paid,
    OwedPaymentReturned: _returned,
}
