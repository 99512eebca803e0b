"""A bank reference belongs to one payment: it takes it, its mirror frees it, and nobody else's does (B5)."""

from functools import reduce
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.billing.facts import DepositReceived, DepositReversed, ReceiptRecorded
from ledger.billing.rules import BankReferenceTaken
from ledger.decider import all_facts
from ledger.once.bank import References, check_reference, with_reference
from ledger.periods import PostingFact
from tests.examples import FACTS


def example(kind: type[PostingFact], **change: Any) -> Any:
    return replace(next(fact for fact in FACTS if type(fact) is kind), bank_reference="B-1", **change)


NONE: References = {}
HELD = example(DepositReceived, deposit="d-1-demo")
BACK = example(DepositReversed, deposit="d-1-demo")
RECEIPT = example(ReceiptRecorded, receipt="r-1-demo")


def test_every_fact_that_bears_a_reference_says_which_payment_has_it() -> None:
    kinds = [kind for kind in all_facts().values() if "bank_reference" in kind.__struct_fields__]
    assert kinds
    for kind in kinds:
        assert issubclass(kind, PostingFact)
        assert kind.payment_noun in kind.__struct_fields__
    bearing = [fact for fact in FACTS if isinstance(fact, PostingFact) and fact.bank is not None]
    assert all(f"bank:{fact.bank}" in fact.tags for fact in bearing)


@pytest.mark.parametrize(
    ("facts", "left"),
    [
        pytest.param([HELD], {"B-1": "deposit d-1-demo"}, id="taken"),
        pytest.param([HELD, BACK], {}, id="freed"),
        pytest.param([HELD, BACK, RECEIPT], {"B-1": "receipt r-1-demo"}, id="taken-by-another"),
        pytest.param([HELD, BACK, RECEIPT, BACK], {"B-1": "receipt r-1-demo"}, id="the-rest-of-it-goes-back-later"),
    ],
)
def test_a_payment_has_its_reference_until_it_is_taken_back(facts: list[PostingFact], left: dict[str, str]) -> None:
    references = reduce(with_reference, facts, NONE)
    assert references == {(reference, None): payment for reference, payment in left.items()}
    for reference, payment in left.items():
        with pytest.raises(BankReferenceTaken, match=f"recorded with {payment};"):
            check_reference(references, reference, BankReferenceTaken)
    check_reference(references, "B-2", BankReferenceTaken)


def test_the_same_reference_on_another_account_is_another_payment() -> None:
    on_first = replace(RECEIPT, bank_account="cny-demo")
    references = reduce(with_reference, [on_first], NONE)
    check_reference(references, "B-1", BankReferenceTaken, "usd-demo")
    for account in ("cny-demo", None):
        with pytest.raises(BankReferenceTaken):
            check_reference(references, "B-1", BankReferenceTaken, account)
    with pytest.raises(BankReferenceTaken):
        check_reference(reduce(with_reference, [RECEIPT], NONE), "B-1", BankReferenceTaken, "cny-demo")
