"""Whose accounts a fact of billing moves: its own tenant's, and those of whose documents its money pays."""

import pytest
from msgspec.structs import replace

from ledger.billing.facts import BillingFact
from ledger.billing.moves import moves, moves_of, tenants_of
from tests.examples import FACTS, WHOLE
from tests.ground.billed import TENANT
from tests.ledger.billing.test_billing import ALLOCATED, ANOTHERS, RECEIVED, REVERSED, WITHDRAWN

OF_BILLING = [fact for fact in (*FACTS, *WHOLE) if isinstance(fact, BillingFact)]
OF_TWO = [
    replace(fact, allocations=(*fact.allocations, ANOTHERS)) for fact in (RECEIVED, ALLOCATED, WITHDRAWN, REVERSED)
]


def test_no_fact_moves_an_account_that_is_not_named() -> None:
    for fact in (*OF_BILLING, *OF_TWO):
        moved = {move.company for move in moves(fact).documents}
        assert set(tenants_of(fact)) == {fact.company, *moved}, type(fact).__name__


@pytest.mark.parametrize("fact", OF_TWO, ids=lambda fact: type(fact).__name__)
def test_money_that_pays_a_document_of_another_moves_both_accounts(fact: BillingFact) -> None:
    """The receipt itself, and its tenant's own documents, are in the tenant's account alone."""
    assert ANOTHERS.company is not None
    assert tenants_of(fact) == (TENANT, ANOTHERS.company)
    own, others = moves_of(fact, TENANT), moves_of(fact, ANOTHERS.company)
    assert [move.invoice for move in others.documents] == [ANOTHERS.invoice]
    assert ANOTHERS.invoice not in [move.invoice for move in own.documents]
    assert own.receipts == moves(fact).receipts
    assert others.receipts == ()
