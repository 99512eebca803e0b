"""Which bank accounts there are, and which of them a payment moves on. For every context that moves money to fold.

BankAccounts      the accounts by id, and which is the default of each currency
evolve_accounts   the accounts after one more fact, in the order recorded
account_for       the account that a payment moves on: the one it names, else the default of its currency
check_account     an account is there, open on a day, and in a currency
account_said      which account a command means that may have been recorded already

Refusals, in order of precedence
BankingRefusal
├── BankAccountUnknown        no such account (unknown)
├── BankAccountNotOpen        it is not open on that day
└── BankAccountOfAnother      it is in another currency

On an account that has been closed nothing moves on any day, until the closing is withdrawn: its balance was nothing.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from ledger.bookkeeping.banking.facts import (
    BANK_ACCOUNTS_TAG,
    BankAccountClosed,
    BankAccountFact,
    BankAccountMadeDefault,
    BankAccountOpened,
    BankAccountStepWithdrawn,
)
from ledger.decider import Fact, Refusal, stored_name
from ledger.values.currencies import Currency

ACCOUNT_TAGS = (BANK_ACCOUNTS_TAG,)
"""The tags that every command that moves money in the bank must see."""

# Refusals


class BankingRefusal(Refusal):
    """A rule about bank accounts said no."""


class BankAccountUnknown(BankingRefusal):
    """No such bank account."""

    code = "bank-account-unknown"
    kind = "unknown"


class BankAccountNotOpen(BankingRefusal):
    """The bank account is not open on that day."""

    code = "bank-account-not-open"


class BankAccountOfAnother(BankingRefusal):
    """The bank account is in another currency."""

    code = "bank-account-currency-differs"


# State


class BankAccount(Struct, frozen=True, kw_only=True):
    """An account, as it was opened, and closed where it was. `defaults`: what made it the default, in turn."""

    opened: BankAccountOpened
    closed: BankAccountClosed | None = None


class BankAccounts(Struct, frozen=True):
    """Every account by id; what made one the default of each currency, the latest last."""

    known: Mapping[str, BankAccount] = MappingProxyType({})
    defaults: tuple[BankAccountMadeDefault, ...] = ()

    def default(self, currency: str, on: date) -> str | None:
        """The account that money in a currency is on where a payment names none; None where there is none that day."""
        dated = [fact for fact in self.defaults if fact.currency == currency and fact.effective_on <= on]
        # Of several of one day the one recorded last: sorting keeps their order.
        latest = sorted(dated, key=lambda fact: fact.effective_on)[-1] if dated else None
        account = self.known.get(latest.bank_account) if latest else None
        return latest.bank_account if latest and account and account.closed is None else None


NO_ACCOUNTS = BankAccounts()

# Evolve


def evolve_accounts(accounts: BankAccounts, fact: Fact) -> BankAccounts:
    """The accounts after one more fact, in the order recorded."""
    match fact:
        case BankAccountOpened():
            return _with(accounts, fact.bank_account, BankAccount(opened=fact))
        case BankAccountClosed() if (account := accounts.known.get(fact.bank_account)) is not None:
            return _with(accounts, fact.bank_account, replace(account, closed=fact))
        case BankAccountMadeDefault():
            return replace(accounts, defaults=(*accounts.defaults, fact))
        case BankAccountStepWithdrawn():
            return _without(accounts, fact)
    return accounts


def _with(accounts: BankAccounts, name: str, account: BankAccount) -> BankAccounts:
    return replace(accounts, known={**accounts.known, name: account})


def _without(accounts: BankAccounts, withdrawal: BankAccountStepWithdrawn) -> BankAccounts:
    """The accounts without what was recorded by mistake."""
    name, step = withdrawal.bank_account, withdrawal.step

    def is_it(fact: BankAccountFact) -> bool:
        return (fact.bank_account, fact.effective_on, stored_name(type(fact))) == (name, withdrawal.effective_on, step)

    account = accounts.known.get(name)
    if account is not None and is_it(account.opened):
        return replace(accounts, known={other: kept for other, kept in accounts.known.items() if other != name})
    if account is not None and account.closed is not None and is_it(account.closed):
        return _with(accounts, name, replace(account, closed=None))
    return replace(accounts, defaults=tuple(fact for fact in accounts.defaults if not is_it(fact)))


# Which account


def account_for(
    accounts: BankAccounts, named: str | None, currency: Currency, on: date, *, field: str = "bank_account"
) -> str | None:
    """The account that money in a currency moves on that day; None where none is named and none is the default.

    Raises BankAccountUnknown, BankAccountNotOpen, BankAccountOfAnother.
    """
    if named is None:
        named = accounts.default(currency, on)
        if named is None or on < accounts.known[named].opened.effective_on:
            return None
    check_account(accounts, named, currency, on, field=field)
    return named


def check_account(
    accounts: BankAccounts, named: str, currency: Currency | None, on: date, *, field: str = "bank_account"
) -> BankAccount:
    """The account of that name, if money in a currency may move on it that day; None: in its own.

    Raises BankAccountUnknown, BankAccountNotOpen, BankAccountOfAnother.
    """
    account = accounts.known.get(named)
    if account is None:
        raise BankAccountUnknown(f"there is no bank account {named}; open it first (open-bank-account)", field=field)
    if on < account.opened.effective_on:
        raise BankAccountNotOpen(f"{named} was opened on {account.opened.effective_on}, after {on}", field=field)
    if account.closed is not None:
        raise BankAccountNotOpen(
            f"{named} was closed on {account.closed.effective_on}, empty: nothing moves on it; withdraw the closing "
            "first (withdraw-bank-account-step)",
            field=field,
        )
    if currency is not None and account.opened.currency != currency:
        raise BankAccountOfAnother(f"{named} is in {account.opened.currency}, the money in {currency}", field=field)
    return account


def account_said(named: str | None, recorded: str | None) -> str | None:
    """The account that a command means, where the payment may be on record: it may leave out the one it was put on."""
    return recorded if named is None else named
