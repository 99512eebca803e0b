"""What is owed to whom: every line on 2202, by the payable that it is of.

moves   fact -> what it adds to payables, or takes off: by the tag that finds the payable, and its party
"""

from collections.abc import Iterator
from typing import NamedTuple

from ledger.bookkeeping.purchases.facts import PayablesRemeasured
from ledger.books import billing
from ledger.books.postings import postings
from ledger.decider import Fact

KINDS = ("purchase", "invoice", "offtake", "termination")
"""What a payable is: a purchase, a generator's share of an energy invoice, damages of an agreement, a payment on
its termination."""


class PayableMove(NamedTuple):
    """So much more is owed of a payable; negative: less. Minor units of its currency, and CNY.

    payable   the tag by which all its facts are found: purchase:p-1, invoice:e-1, offtake:o-1, termination:t-1
    """

    payable: str
    document: str
    company: str
    currency: str
    amount_minor: int
    cny_minor: int


def moves(fact: Fact) -> Iterator[PayableMove]:
    """List what a fact adds to payables, or takes off; what is remeasured moves in CNY alone."""
    if isinstance(fact, PayablesRemeasured):
        for item in fact.items:
            yield PayableMove(item.payable, item.document, item.supplier, item.currency, 0, item.difference_minor)
        return
    if type(fact) in billing.RULES:
        return  # what tenants owe: so many facts, and none of them posts a payable
    for line in postings(fact):
        if line.account != "payables":
            continue
        document, company = line.document or "", line.company or ""
        tags = [f"{kind}:{document}" for kind in KINDS if f"{kind}:{document}" in fact.tags]
        assert tags, f"{document} is a payable that no tag finds"
        amount = line.amount_minor if line.foreign_minor is None else line.foreign_minor
        yield PayableMove(tags[0], document, company, line.currency or "CNY", -amount, -line.amount_minor)
