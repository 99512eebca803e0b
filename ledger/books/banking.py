"""What a bank books of its own accord, and between MCSC's own accounts (domain §14.11).

Fact (bank.…)             Dr                                     Cr
balance-brought-forward   bank                                   opening-equity
charge-taken              bank-charges                           bank
interest-received         bank                                   bank-interest
transfer-made             bank of the account it went to         bank of the account it came from; the rest is exchange
balances-remeasured       bank of each account                   exchange; a loss the other way round
entry-reversed            the mirror of the entry that it holds

What people pay and are paid is in the other files: its lines are on the account that the fact names (postings.py).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from ledger.bookkeeping.banking.facts import (
    BankBalanceBroughtForward,
    BankBalancesRemeasured,
    BankChargeTaken,
    BankEntry,
    BankEntryReversed,
    BankInterestReceived,
    BankTransferMade,
)
from ledger.books.line import Line
from ledger.decider import Fact


def _line(fact: BankEntry, account: str, sign: int) -> Line:
    """A line of all of the entry, in its account's currency."""
    foreign: dict[str, Any] = (
        {} if fact.currency == "CNY" else {"currency": fact.currency, "foreign_minor": sign * fact.amount_minor}
    )
    return Line(account=account, amount_minor=sign * fact.cny_minor, document=fact.bank_entry, **foreign)


def _brought_forward(fact: BankBalanceBroughtForward) -> Iterator[Line]:
    yield _line(fact, "bank", 1)
    yield _line(fact, "opening-equity", -1)


def _charge(fact: BankChargeTaken) -> Iterator[Line]:
    yield _line(fact, "bank-charges", 1)
    yield _line(fact, "bank", -1)


def _interest(fact: BankInterestReceived) -> Iterator[Line]:
    yield _line(fact, "bank", 1)
    yield _line(fact, "bank-interest", -1)


def _transfer(fact: BankTransferMade) -> Iterator[Line]:
    # In one currency as much comes as goes; of two each has its own.
    came = fact.amount_minor if fact.to_currency == fact.currency else fact.to_amount_minor
    foreign: dict[str, Any] = {} if fact.to_currency == "CNY" else {"currency": fact.to_currency, "foreign_minor": came}
    about: dict[str, Any] = {"document": fact.bank_entry}
    yield Line(account="bank", amount_minor=fact.to_cny_minor, bank_account=fact.to_account, **about, **foreign)
    yield replace(_line(fact, "bank", -1), bank_account=fact.bank_account)
    yield Line(account="exchange", amount_minor=fact.cny_minor - fact.to_cny_minor, **about)


def _remeasured(fact: BankBalancesRemeasured) -> Iterator[Line]:
    for item in fact.items:
        difference = item.revalued_minor - item.carrying_minor
        yield Line(account="bank", amount_minor=difference, document=item.bank_account, bank_account=item.bank_account)
        yield Line(account="exchange", amount_minor=-difference, document=item.bank_account)


def _mirror(fact: BankEntryReversed) -> Iterator[Line]:
    for line in OF_ENTRIES[type(fact.reversed)](fact.reversed):
        foreign = None if line.foreign_minor is None else -line.foreign_minor
        yield replace(line, amount_minor=-line.amount_minor, foreign_minor=foreign)


OF_ENTRIES: Mapping[type[Fact], Callable[[Any], Iterator[Line]]] = {
    BankBalanceBroughtForward: _brought_forward,
    BankChargeTaken: _charge,
    BankInterestReceived: _interest,
    BankTransferMade: _transfer,
}
RULES: Mapping[type[Fact], Callable[[Any], Iterator[Line]]] = {
    **OF_ENTRIES,
    BankBalancesRemeasured: _remeasured,
    BankEntryReversed: _mirror,
}
