"""The bank's references of payments: a payment is recorded once, whoever records it (B5).

BankReference     what the bank calls a payment; every fact that bears one is found by its tag `bank:…`
REFERENCE         the pattern of one: banks write others, which are text of their lines alone
References        (bank reference, bank account) -> the payment that has it, in words: "receipt r-1", "order o-1"
with_reference    the references after one more fact: a payment takes its own, its mirror frees it
reference_of      the reference that a fact bears, and the payment in words
check_reference   a reference that a command names is free, on its bank account

The same reference on two bank accounts is of two payments (domain §14.9). Where either does not say on which account
it is, they may be one: it is refused.
"""

import re
from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta

from ledger.decider import Refusal
from ledger.periods import PostingFact

PATTERN = r"^[A-Za-z0-9][A-Za-z0-9/._-]{0,63}$(?!\n)"
REFERENCE = re.compile(PATTERN)
BankReference = Annotated[
    str,
    Meta(
        pattern=PATTERN,
        description="The bank's reference of a payment: letters, digits, / . _ -, up to 64.",
    ),
]

References = Mapping[tuple[str, str | None], str]
"""Bank reference and bank account, None where it is not said -> the payment that has it, in words."""


def with_reference(references: References, fact: PostingFact) -> References:
    """The references after one more fact. What was freed and taken by another since stays the other's."""
    if fact.bank is None:
        return references
    key, payment = reference_of(fact)
    if fact.frees_reference:
        return {name: other for name, other in references.items() if (name, other) != (key, payment)}
    return {**references, key: payment}


def reference_of(fact: PostingFact) -> tuple[tuple[str, str | None], str]:
    """Read what a fact that bears a reference calls the payment: its key among the references, and the payment."""
    assert fact.bank is not None, "it bears one"
    return (fact.bank, fact.on_account), f"{fact.payment_noun.replace('_', ' ')} {getattr(fact, fact.payment_noun)}"


def check_reference(references: References, reference: str, taken: type[Refusal], account: str | None = None) -> None:
    """Check that a payment on a bank account is not recorded yet (B5). Raises the refusal that a context has for it."""
    for (name, other), payment in references.items():
        if name == reference and (account is None or other is None or other == account):
            raise taken(
                f"bank reference {reference} is recorded with {payment}; a payment is recorded once",
                field="bank_reference",
            )
