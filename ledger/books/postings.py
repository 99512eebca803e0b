"""What each fact posts: balanced lines in CNY, a total and pure function of one fact (domain §8).

postings       fact -> its lines; none for a fact without an accounting date
RULES          every PostingFact and its rule: of banking, billing, bookkeeping, investment, orders, offtake, purchases
RULES_VERSION  cited by every journal entry

A negative amount turns debit into credit. Facts hold every amount that was decided, so no line is ever computed anew:
what a stored fact posts never changes. Another way to post is another fact, or a field that says so, and another
RULES_VERSION.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from ledger.books import banking, billing, bookkeeping, investment, offtake, orders, purchases
from ledger.books.line import Line, check
from ledger.decider import Fact
from ledger.periods import PostingFact

RULES_VERSION = 1

RULES: Mapping[type[Fact], Callable[[Any], Iterator[Line]]] = {
    **banking.RULES,
    **billing.RULES,
    **investment.RULES,
    **offtake.RULES,
    **orders.RULES,
    **purchases.RULES,
    **bookkeeping.RULES,
}


def postings(fact: Fact) -> tuple[Line, ...]:
    """The balanced lines that a fact posts."""
    if not isinstance(fact, PostingFact):
        return ()
    lines = [line for line in RULES[type(fact)](fact) if line.amount_minor or line.foreign_minor]
    if (named := fact.on_account) is not None:
        lines = [_on(named, line) for line in lines]
    check(lines)
    return tuple(lines)


def _on(named: str, line: Line) -> Line:
    """The line on the bank account that its fact names, where the rule named none itself."""
    if line.account != "bank" or line.bank_account is not None:
        return line
    return replace(line, bank_account=named)
