"""What each fact posts: balanced lines in CNY, a total and pure function of one fact (domain §8).

postings       fact -> its lines; none for a fact without an accounting date
RULES          every PostingFact and its rule: of billing.py, investment.py, orders.py, offtake.py and bookkeeping.py
RULES_VERSION  cited by every journal entry

A negative amount turns debit into credit. Facts hold every amount that was decided, so no line is ever computed anew:
what a stored fact posts never changes. Another way to post is another fact, or a field that says so, and another
RULES_VERSION.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ledger.books import billing, bookkeeping, investment, offtake, orders
from ledger.books.line import Line, check
from ledger.decider import Fact
from ledger.periods import PostingFact

RULES_VERSION = 1

RULES: Mapping[type[Fact], Callable[[Any], Iterator[Line]]] = {
    **billing.RULES,
    **investment.RULES,
    **offtake.RULES,
    **orders.RULES,
    **bookkeeping.RULES,
}


def postings(fact: Fact) -> tuple[Line, ...]:
    """The balanced lines that a fact posts."""
    if not isinstance(fact, PostingFact):
        return ()
    lines = tuple(line for line in RULES[type(fact)](fact) if line.amount_minor or line.foreign_minor)
    check(lines)
    return lines
