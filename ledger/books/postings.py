"""What each fact posts: balanced lines in CNY, a total and pure function of one fact (domain §8).

postings       fact -> its lines; none for facts that post nothing
RULES          the posting facts and the rule of each: of billing.py, investment.py, orders.py and offtake.py
SILENT         every fact that posts nothing, by stored name: a new fact is in one of the two, or postings() fails
RULES_VERSION  cited by every journal entry

A negative amount turns debit into credit. Facts hold every amount that was decided, so no line is ever computed anew:
what a stored fact posts never changes. Another way to post is another fact, or a field that says so, and another
RULES_VERSION.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ledger.books import billing, investment, offtake, orders
from ledger.books.line import Line, check
from ledger.decider import Fact, stored_name
from ledger.periods import PostingFact

RULES_VERSION = 1

RULES: Mapping[type[Fact], Callable[[Any], Iterator[Line]]] = {
    **billing.RULES,
    **investment.RULES,
    **offtake.RULES,
    **orders.RULES,
}

SILENT = frozenset(
    f"{context}.{name}"
    for context, names in {
        "access": "key-created key-revoked",
        "billing": billing.SILENT,
        "claim": "recorded",
        "company": """
            agreement-linked became-dormant details-changed details-corrected exit-initiated exited identifier-verified
            lead-registered loi-signed merged operations-commenced origin-corrected parent-linked premises-added
            qualified reactivated registered rejected reported-settled screened settled-in step-withdrawn touch-added
        """,
        "estate": """
            building-completed building-defined construction-started parcel-defined rental-value-estimated
            reservation-released site-defined unit-defined unit-remeasured unit-reserved unit-retired unit-returned
            unit-split unit-taken-off-market units-merged step-withdrawn
            site-corrected parcel-corrected building-corrected unit-corrected
        """,
        "investment": investment.SILENT,
        "lease": """
            amended amendment-proposed amendment-rejected approved break-notice-served commenced drafted executed
            expired holdover-ended holdover-started index-rent-reviewed premises-handed-over premises-surrendered
            renewed service-charge-changed submitted terminated voided
        """,
        "order": orders.SILENT,
        "period": "closed opened reopened reopening-proposed soft-closed",
        "rate": "approved proposed rejected",
        **offtake.SILENT,
    }.items()
    for name in names.split()
)
"""Every fact that posts nothing, by stored name."""


def postings(fact: Fact) -> tuple[Line, ...]:
    """The balanced lines that a fact posts."""
    rule = RULES.get(type(fact))
    if rule is None:
        assert stored_name(type(fact)) in SILENT, f"{stored_name(type(fact))} is in neither RULES nor SILENT"
        return ()
    assert isinstance(fact, PostingFact), f"{stored_name(type(fact))} has no accounting date"
    lines = tuple(line for line in rule(fact) if line.amount_minor or line.foreign_minor)
    check(lines)
    return lines
