"""Facts of payments of what journals by hand made owed. Names are storage: a tag below is in every stored fact.

Fact (owed.…)       Posts   About
payment-proposed    no      somebody asks to pay what journals made owed to somebody
payment-rejected    no      it is not paid
paid                yes     a second person agreed, and the bank paid
payment-returned    yes     it came back, or was recorded wrong: its mirror

A debt is found by its journal, `manual-journal:`: its payments carry that tag as well. All that moves an account of
debts, journals and payments, is found by `owed:`, what is asked for by `owed:asked`; what was recorded before these
tags were thought of does not bear them.
"""

from collections.abc import Iterable, Mapping
from typing import ClassVar, Literal

from msgspec import Struct

from ledger.decider import Fact, Id, Text
from ledger.once.bank import BankReference
from ledger.periods import PostingFact

OwedAccount = Literal["payroll", "accrued", "other-payables", "income-tax-payable", "dividends"]
"""The accounts whose debts are paid from the bank by journal; those of subledgers have commands of their own."""

OWED: Mapping[OwedAccount, str] = {
    "payroll": "2211",
    "accrued": "2241.03",
    "other-payables": "2241.09",
    "income-tax-payable": "2221.10",
    "dividends": "2232",
}
"""account -> its code."""


def owed_tags(accounts: Iterable[str]) -> tuple[str, ...]:
    """Find what moves these accounts, as far as they are accounts of debts."""
    return tuple(dict.fromkeys(f"owed:{account}" for account in accounts if account in OWED))


ASKED_TAG = "owed:asked"
"""Finds what was asked to be paid, and what of it was rejected."""
OWED_TAGS = (*owed_tags(OWED), ASKED_TAG)
"""Finds what moves any account of debts, or asks to."""


Debt = tuple[str, str]
"""A journal and an account that it credited."""


class OwedItem(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """So much of what a journal credited to an account, in fen."""

    journal: Id
    account: OwedAccount
    amount_minor: int

    @property
    def debt(self) -> Debt:
        """The debt that it is a part of."""
        return (self.journal, self.account)


class OwedPaymentStep(Fact, frozen=True, kw_only=True):
    """A step of a payment that moves no money."""

    payment: Id

    @property
    def tags(self) -> tuple[str, ...]:
        """The payment, and that it is asked for."""
        return (f"bank-payment:{self.payment}", ASKED_TAG)


class OwedPaymentProposed(OwedPaymentStep, frozen=True, kw_only=True, tag="owed.payment-proposed"):
    """Somebody asks to pay what journals made owed. `payee`: who gets it, in words; `bank_account`: the one that it
    shall leave."""

    derived = ("proposed_by",)
    payee: Text
    items: tuple[OwedItem, ...]
    bank_account: Id | None = None
    reason: Text
    proposed_by: Id

    @property
    def journals(self) -> tuple[str, ...]:
        """The journals whose debts it pays, once each."""
        return tuple(dict.fromkeys(item.journal for item in self.items))

    @property
    def amount_minor(self) -> int:
        """The sum that leaves the bank."""
        return sum(item.amount_minor for item in self.items)


class OwedPaymentRejected(OwedPaymentStep, frozen=True, kw_only=True, tag="owed.payment-rejected"):
    """The payment is not made."""

    derived = ("rejected_by",)
    reason: Text
    rejected_by: Id


class OwedPaid(PostingFact, frozen=True, kw_only=True, tag="owed.paid"):
    """A second person agreed, and the bank paid. `effective_on` is the value date."""

    payment_noun = "payment"
    derived: ClassVar[tuple[str, ...]] = (
        *("accounting_on", "payee", "items", "bank_account", "reason", "proposed_by", "approved_by"),
    )
    payment: Id
    payee: Text
    items: tuple[OwedItem, ...]
    bank_reference: BankReference
    bank_account: Id | None = None
    reason: Text
    proposed_by: Id
    approved_by: Id

    @property
    def amount_minor(self) -> int:
        """The sum that left the bank."""
        return sum(item.amount_minor for item in self.items)

    @property
    def tags(self) -> tuple[str, ...]:
        """The payment, the journals and accounts that it pays, the bank's reference, the month it posts to."""
        journals = (f"manual-journal:{item.journal}" for item in self.items)
        named = (f"bank-payment:{self.payment}", f"bank:{self.bank_reference}")
        owed = owed_tags(item.account for item in self.items)
        return tuple(dict.fromkeys((*named, *journals, *owed, *self.account_tags, self.books_tag)))


class OwedPaymentReturned(PostingFact, frozen=True, kw_only=True, tag="owed.payment-returned"):
    """A payment came back, or was recorded wrong: its mirror, and its bank reference is free again."""

    payment_noun = "payment"
    frees_reference = True
    derived: ClassVar[tuple[str, ...]] = ("accounting_on", "reversed")
    payment: Id
    reversed: OwedPaid
    reason: Text

    @property
    def bank(self) -> str | None:
        """The bank reference of the payment."""
        return self.reversed.bank_reference

    @property
    def on_account(self) -> str | None:
        """The bank account of the payment."""
        return self.reversed.bank_account

    @property
    def tags(self) -> tuple[str, ...]:
        """Those of the payment, but the month is that of this fact."""
        tags = (tag for tag in self.reversed.tags if tag != self.reversed.books_tag)
        return tuple(dict.fromkeys((*tags, self.books_tag)))
