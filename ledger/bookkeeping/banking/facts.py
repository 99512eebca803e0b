"""Everything that is recorded of bank accounts.

Fact (bank.…)                 Posts   About
account-opened                no      an account at a bank, in one currency
account-made-default          no      money in its currency is on it where a payment names no account
account-closed                no      nothing moves on it any more
account-step-withdrawn        no      one of these was recorded by mistake
balance-brought-forward       yes     what stood on an account when the books began
transfer-made                 yes     from one account to another; between currencies the difference is exchange
charge-taken                  yes     what the bank took for itself
interest-received             yes     what the bank paid for a balance
balances-remeasured           yes     foreign balances at a month's end, or when an account closes (IAS 21.23, .28)
entry-reversed                yes     the mirror of a balance brought forward, transfer, charge or interest

Tags: `bank-account:ID` and `bank-accounts` of what makes an account; `bank-moves:ID` of every fact of any context that
moves money on it (`PostingFact.account_tags`, by its field `bank_account`), with `foreign-bank` where the account is in
a foreign currency; `bank:REFERENCE` as everywhere.

Names are storage: a tag below is written into every stored fact and never changes.
"""

from typing import ClassVar

from msgspec import Struct

from ledger.decider import Fact, Id, Text, Withdrawn
from ledger.once.bank import BankReference
from ledger.periods import FOREIGN_BANK_TAG, Month, PostingFact
from ledger.rates import RateValue, Series
from ledger.values.currencies import Currency
from ledger.values.evidence import Evidence

BANK_ACCOUNTS_TAG = "bank-accounts"
"""Every fact that makes an account carries this tag: a command that moves money has it in its scope."""

# Accounts


class BankAccountFact(Fact, frozen=True, kw_only=True):
    """Something about a bank account that moves no money."""

    bank_account: Id

    @property
    def tags(self) -> tuple[str, ...]:
        """All accounts are found together, and each alone."""
        return (BANK_ACCOUNTS_TAG, f"bank-account:{self.bank_account}")


class BankAccountOpened(BankAccountFact, frozen=True, kw_only=True, tag="bank.account-opened"):
    """An account at a bank. `number` as the bank writes it."""

    bank: Text
    number: Text
    currency: Currency
    evidence: Evidence | None = None


class BankAccountMadeDefault(BankAccountFact, frozen=True, kw_only=True, tag="bank.account-made-default"):
    """From now on money in its currency is on this account where a payment names none."""

    derived: ClassVar[tuple[str, ...]] = ("currency",)
    currency: Currency


class BankAccountClosed(BankAccountFact, frozen=True, kw_only=True, tag="bank.account-closed"):
    """The balance is nothing, and nothing moves on it any more."""

    evidence: Evidence | None = None


class BankAccountStepWithdrawn(Withdrawn, frozen=True, kw_only=True, tag="bank.account-step-withdrawn"):
    """An opening, a default or a closing was recorded by mistake."""

    thing = "bank_account"
    bank_account: Id


# Money


class BankEntry(PostingFact, frozen=True, kw_only=True):
    """An entry on a bank account by a name of its own: what nobody but the bank is on the other side of.

    amount_minor   in the account's currency; cny_minor: at the rate of its day
    """

    payment_noun = "bank_entry"
    derived: ClassVar[tuple[str, ...]] = ("accounting_on", "currency", "rate", "cny_minor")
    bank_entry: Id
    bank_account: Id
    currency: Currency
    amount_minor: int
    rate_series: Series | None = None
    rate: RateValue = "1"
    cny_minor: int
    evidence: Evidence | None = None

    @property
    def tags(self) -> tuple[str, ...]:
        """The entry, the account, the reference and the month."""
        named = (f"bank:{self.bank}",) if self.bank is not None else ()
        return tuple(dict.fromkeys((f"bank-entry:{self.bank_entry}", *self.account_tags, *named, self.books_tag)))


class BankBalanceBroughtForward(BankEntry, frozen=True, kw_only=True, tag="bank.balance-brought-forward"):
    """So much stood on an account when the books began: against the equity of the take-over (3999)."""

    derived: ClassVar[tuple[str, ...]] = ("accounting_on", "currency", "rate")


class BankChargeTaken(BankEntry, frozen=True, kw_only=True, tag="bank.charge-taken"):
    """The bank took so much for itself."""

    bank_reference: BankReference


class BankInterestReceived(BankEntry, frozen=True, kw_only=True, tag="bank.interest-received"):
    """The bank paid so much for a balance."""

    bank_reference: BankReference


class BankTransferMade(BankEntry, frozen=True, kw_only=True, tag="bank.transfer-made"):
    """Money went from `bank_account` to `to_account`; each amount in its account's currency, and in CNY at the rate of
    the day. What the two differ by in CNY is exchange."""

    derived: ClassVar[tuple[str, ...]] = (*BankEntry.derived, "to_currency", "to_rate", "to_cny_minor")
    bank_reference: BankReference
    to_account: Id
    to_currency: Currency
    to_amount_minor: int
    to_rate_series: Series | None = None
    to_rate: RateValue = "1"
    to_cny_minor: int

    @property
    def account_tags(self) -> tuple[str, ...]:
        """Both accounts."""
        foreign = (FOREIGN_BANK_TAG,) if {self.currency, self.to_currency} != {"CNY"} else ()
        return (f"bank-moves:{self.bank_account}", f"bank-moves:{self.to_account}", *foreign)


class BankEntryReversed(PostingFact, frozen=True, kw_only=True, tag="bank.entry-reversed"):
    """An entry did not happen, or otherwise: it is mirrored whole, and its reference is free."""

    payment_noun = "bank_entry"
    frees_reference = True
    derived: ClassVar[tuple[str, ...]] = ("accounting_on", "reversed")
    bank_entry: Id
    reversed: BankBalanceBroughtForward | BankChargeTaken | BankInterestReceived | BankTransferMade
    reason: Text

    @property
    def bank(self) -> str | None:
        """The reference of the mirrored entry."""
        return self.reversed.bank

    @property
    def on_account(self) -> str | None:
        """The account of the mirrored entry."""
        return self.reversed.on_account

    @property
    def bank_currency(self) -> str:
        """The currency of the mirrored entry."""
        return self.reversed.currency

    @property
    def tags(self) -> tuple[str, ...]:
        """Those of the mirrored entry, and the month."""
        of = (tag for tag in self.reversed.tags if not tag.startswith("books:"))
        return (*of, self.books_tag)


class Remeasured(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A foreign balance: where it stood in CNY, and where it stands at the rate of the day."""

    bank_account: Id
    currency: Currency
    amount_minor: int
    rate_series: Series | None = None
    rate: RateValue = "1"
    carrying_minor: int
    revalued_minor: int

    @property
    def difference_minor(self) -> int:
        """The exchange gain; a loss is negative."""
        return self.revalued_minor - self.carrying_minor


class BankBalancesRemeasured(PostingFact, frozen=True, kw_only=True, tag="bank.balances-remeasured"):
    """Foreign balances stand at the rate of a month's last day; or one that is closed, and empty, at nothing."""

    derived: ClassVar[tuple[str, ...]] = ("accounting_on", "items")
    month: Month
    items: tuple[Remeasured, ...]

    @property
    def account_tags(self) -> tuple[str, ...]:
        """Every account among them."""
        return (*(f"bank-moves:{item.bank_account}" for item in self.items), FOREIGN_BANK_TAG)

    @property
    def tags(self) -> tuple[str, ...]:
        """The accounts, and the month."""
        return (*self.account_tags, self.books_tag)
