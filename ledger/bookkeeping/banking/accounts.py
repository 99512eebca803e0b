"""Which bank accounts there are, and which of them a payment moves on. For every context that moves money to fold.

BankAccounts      the accounts by id, and which is the default of each currency; Banking: what commands about them see
evolve_accounts   the accounts after one more fact, in the order recorded
account_tags      what a command must see that may name an account
check_account     an account is there, open on a day, and in a currency
on_account        what a command of any context records, on the bank account that it means

Refusals, in order of precedence
BankingRefusal
├── BankAccountUnknown        no such account (unknown)
├── BankAccountNotOpen        it is not open on that day
├── BankAccountOfAnother      it is in another currency
└── BankAccountUnneeded       nothing moves in the bank by this

On an account that has been closed nothing moves on any day, until the closing is withdrawn: its balance was nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from ledger.bookkeeping.banking.facts import (
    BANK_ACCOUNTS_TAG,
    BankAccountClosed,
    BankAccountMadeDefault,
    BankAccountOpened,
    BankBalanceBroughtForward,
    BankChargeTaken,
    BankEntryReversed,
    BankInterestReceived,
    BankTransferMade,
)
from ledger.decider import Command, Fact, Refusal
from ledger.once.bank import References
from ledger.periods import Periods, PostingFact
from ledger.rates import NO_RATES, Rates

Entry = BankBalanceBroughtForward | BankChargeTaken | BankInterestReceived | BankTransferMade
"""What can be taken back whole."""

C = TypeVar("C", bound=Command)

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


class BankAccountUnneeded(BankingRefusal):
    """Nothing moves in the bank by this."""

    code = "bank-account-unneeded"


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
        """The account that money in a currency is on where a payment names none; None where there is none that day.

        The latest default that is open on the day: where one was closed, the one before it is the default again.
        """
        # The one recorded last first: sorting keeps that order among those of one day.
        latest = reversed(self.defaults)
        dated = [fact for fact in latest if fact.currency == currency and fact.effective_on <= on]
        for fact in sorted(dated, key=lambda fact: fact.effective_on, reverse=True):
            account = self.known.get(fact.bank_account)
            if account is not None and account.closed is None and account.opened.effective_on <= on:
                return fact.bank_account
        return None


NO_ACCOUNTS = BankAccounts()


class Banking(Struct, frozen=True, kw_only=True):
    """Bank accounts, what was booked on them, and what a command about them needs beside.

    entries      what was booked on them, by id; reversals: what was taken back of it
    references   which payment has which
    """

    accounts: BankAccounts = NO_ACCOUNTS
    entries: Mapping[str, Entry] = MappingProxyType({})
    reversals: Mapping[str, BankEntryReversed] = MappingProxyType({})
    references: References = MappingProxyType({})
    periods: Periods = Periods()
    rates: Rates = NO_RATES


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
    return accounts


def _with(accounts: BankAccounts, name: str, account: BankAccount) -> BankAccounts:
    return replace(accounts, known={**accounts.known, name: account})


# Which account


def check_account(
    accounts: BankAccounts, named: str, currency: str | None, on: date, *, field: str = "bank_account"
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


# What moves on it


def account_tags(command: Command) -> tuple[str, ...]:
    """The tags of every account, where a command may name one."""
    return ACCOUNT_TAGS if "bank_account" in command.__struct_fields__ else ()


def on_account(accounts: BankAccounts, command: C, decide: Callable[[C], Sequence[Fact]]) -> Sequence[Fact]:
    """Record what a command of any context asks for on the bank account that it names, else its currency's default.

    A command that names none is already so where it is so on any account. `decide` answers the command with an account
    or without one. Raises what it raises, and BankingRefusal.
    """
    if "bank_account" not in command.__struct_fields__:
        return _checked(accounts, decide(command), None)
    named: str | None = getattr(command, "bank_account", None)
    if named is not None or not accounts.known:
        return _checked(accounts, decide(command), named)
    found: dict[str | None, Sequence[Fact]] = {}
    refused: dict[str | None, Refusal] = {}
    for account in (None, *accounts.known):
        try:
            found[account] = decide(replace(command, bank_account=account))
        except Refusal as refusal:
            refused[account] = refusal
        if not found.get(account, (None,)):
            return ()
    default = next(filter(None, (_default(accounts, fact) for facts in found.values() for fact in facts)), None)
    if default in refused:
        raise refused[default]
    return _checked(accounts, found[default], None)


def _default(accounts: BankAccounts, fact: Fact) -> str | None:
    """The default account of what a fact moves in the bank; None where it moves nothing there."""
    if not isinstance(fact, PostingFact) or fact.bank is None:
        return None
    return accounts.default(fact.bank_currency, fact.effective_on)


def _checked(accounts: BankAccounts, facts: Sequence[Fact], named: str | None) -> Sequence[Fact]:
    """The same facts, if each moves money on an account that takes it."""
    moving = [fact for fact in facts if isinstance(fact, PostingFact) and fact.on_account is not None]
    if facts and named is not None and not moving:
        raise BankAccountUnneeded("nothing moves in the bank by this; leave the account out", field="bank_account")
    for fact in moving:
        assert fact.on_account is not None, "just looked at"
        if named is not None or fact.on_account in accounts.known:
            check_account(accounts, fact.on_account, fact.bank_currency, fact.effective_on)
    return facts
