"""What a fact moves is what it posts to the control accounts; and only facts that are said to move anything do."""

from collections import Counter

import pytest

from ledger.billing.facts import BillingFact
from ledger.billing.moves import MOVING, NO_MOVES, Moves, moves
from ledger.books.postings import postings
from ledger.decider import stored_name
from tests.examples import FACTS, WHOLE

BILLED = [fact for fact in (*FACTS, *WHOLE) if isinstance(fact, BillingFact)]


def moved(found: Moves) -> Counter[tuple[str, str]]:
    """(control account, document or lease) -> debits positive, as lines say it."""
    sums: Counter[tuple[str, str]] = Counter()
    for move in found.documents:
        sums["receivables", move.invoice] += move.open_minor
    for account, sign, amounts in (
        ("unapplied", -1, found.receipts),
        ("deposits", -1, found.deposits),
        ("straight-line", 1, found.accrued),
    ):
        for name, amount in amounts:
            sums[account, name] += sign * amount
    return sums


def posted(fact: BillingFact) -> Counter[tuple[str, str]]:
    """The same, of the lines that a fact posts; deposits and accrued rent by lease."""
    sums: Counter[tuple[str, str]] = Counter()
    for line in postings(fact):
        if line.account in ("receivables", "unapplied"):
            sums[line.account, line.document or ""] += line.amount_minor
        elif line.account in ("deposits", "straight-line"):
            sums[line.account, line.lease or ""] += line.amount_minor
    return sums


@pytest.mark.parametrize("fact", BILLED, ids=lambda fact: stored_name(type(fact)))
def test_a_fact_moves_what_it_posts(fact: BillingFact) -> None:
    by_document, by_line = moved(moves(fact)), posted(fact)
    assert {key: amount for key, amount in by_document.items() if amount} == {
        key: amount for key, amount in by_line.items() if amount
    }


@pytest.mark.parametrize("fact", BILLED, ids=lambda fact: stored_name(type(fact)))
def test_only_facts_said_to_move_anything_do(fact: BillingFact) -> None:
    assert (moves(fact) != NO_MOVES) == isinstance(fact, MOVING)
