"""Postings of investment agreements: incentives that MCSC paid, and what is owed back of them (domain §8, D2).

Fact (investment.…)    Dr                   Cr
incentive-paid         incentives           bank
clawback-assessed      other-receivables    non-operating
clawback-waived        non-operating        other-receivables
clawback-collected     bank                 other-receivables
…-reversed             the mirror of what it takes back

Nothing else posts. What an investor contracted, paid in, lent or spent is not MCSC's money and is in no journal.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ledger.books.line import Line
from ledger.decider import Fact
from ledger.investment.facts import (
    ClawbackAssessed,
    ClawbackCollected,
    ClawbackReversed,
    ClawbackWaived,
    ClawbackWaiverReversed,
    CollectionReversed,
    IncentivePaid,
    IncentiveReversed,
)

Moving = (
    IncentivePaid
    | IncentiveReversed
    | ClawbackAssessed
    | ClawbackReversed
    | ClawbackWaived
    | ClawbackWaiverReversed
    | ClawbackCollected
    | CollectionReversed
)
"""The facts that post: of each, one amount moves."""


def _moved(fact: Moving, document: str, debit: str, credit: str) -> Iterator[Line]:
    yield Line(account=debit, amount_minor=fact.amount_minor, company=fact.company, document=document)
    yield Line(account=credit, amount_minor=-fact.amount_minor, company=fact.company, document=document)


def _paid(fact: IncentivePaid) -> Iterator[Line]:
    return _moved(fact, fact.payment, "incentives", "bank")


def _assessed(fact: ClawbackAssessed) -> Iterator[Line]:
    return _moved(fact, fact.clawback, "other-receivables", "non-operating")


def _waived(fact: ClawbackWaived) -> Iterator[Line]:
    return _moved(fact, fact.clawback, "non-operating", "other-receivables")


def _collected(fact: ClawbackCollected) -> Iterator[Line]:
    return _moved(fact, fact.clawback, "bank", "other-receivables")


def _payment_reversed(fact: IncentiveReversed) -> Iterator[Line]:
    return _moved(fact, fact.payment, "bank", "incentives")


def _assessment_reversed(fact: ClawbackReversed) -> Iterator[Line]:
    return _moved(fact, fact.clawback, "non-operating", "other-receivables")


def _waiver_reversed(fact: ClawbackWaiverReversed) -> Iterator[Line]:
    return _moved(fact, fact.clawback, "other-receivables", "non-operating")


def _collection_reversed(fact: CollectionReversed) -> Iterator[Line]:
    return _moved(fact, fact.clawback, "other-receivables", "bank")


RULES: Mapping[type[Fact], Callable[[Any], Iterator[Line]]] = {
    IncentivePaid: _paid,
    ClawbackAssessed: _assessed,
    ClawbackWaived: _waived,
    ClawbackCollected: _collected,
    IncentiveReversed: _payment_reversed,
    ClawbackReversed: _assessment_reversed,
    ClawbackWaiverReversed: _waiver_reversed,
    CollectionReversed: _collection_reversed,
}
