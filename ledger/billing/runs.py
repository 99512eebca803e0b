"""Billing a lease on no more than a run needs of it: BillLease, decided in this context's place.

LeaseAccount   what was agreed, asked for and earned; and the facts, all of them, from which what was paid is folded too
               where a credit note has to put something back
RUNS           the decider: the rules are those of gap.py
"""

from collections.abc import Sequence
from functools import cache

from msgspec import Struct

from ledger.billing.account import Billing, fold, fold_asked
from ledger.billing.gap import GAP, BillLease, bill
from ledger.billing.rules import POSTING, RATE_TAGS
from ledger.decider import By, Decider, Fact


class LeaseAccount(Struct, frozen=True, kw_only=True, gc=False):
    """A lease as a run needs it.

    asked   billing without what was paid, credited or held: of a document only what it asks for
    facts   every fact that stands, in the order recorded
    """

    asked: Billing = Billing()
    facts: tuple[Fact, ...] = ()


def folded(account: LeaseAccount, facts: Sequence[Fact]) -> LeaseAccount:
    """The account after more facts, one after the other."""
    return LeaseAccount(asked=fold_asked(account.asked, facts), facts=(*account.facts, *facts))


def evolve(account: LeaseAccount, fact: Fact) -> LeaseAccount:
    """The account after one more fact."""
    return folded(account, (fact,))


def decide(account: LeaseAccount, command: BillLease, by: By) -> Sequence[Fact]:
    """Decide what billing a lease records. What was paid is folded once, where it is asked for."""
    return bill(account.asked, cache(lambda: fold(Billing(), account.facts)), command, by)


RUNS: Decider[BillLease, LeaseAccount] = Decider(
    (BillLease,), LeaseAccount(), GAP.scope[BillLease], evolve, decide, frozenset((*RATE_TAGS, *POSTING)), folded
)
