"""Bank balances in the books: an account closes at nothing, foreign ones are remeasured at the month's end.

Command              Facts (bank.…)
CloseBankAccount     account-closed; before it balances-remeasured, where nothing of the currency but some CNY is left
RevalueReceivables   balances-remeasured, after what orders say: foreign receivables and foreign bank balances in one
                     run (IAS 21.23, .28); later months' ends that were remeasured already follow, in order

A balance is what the books have on the account up to a day: in its currency, and in CNY as it came to stand. Money that
no account is named for is not remeasured: it is taken as sold to the bank on its value date.

Refusals
├── (BankAccountUnknown, BankAccountNotOpen, NotMonthEnd, MonthTaken, RateNotNamed, RateMissing)   of the contexts
└── BankBalanceLeft   an account closes when nothing is on it, on any day from then on
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from ledger.bookkeeping.banking.accounts import (
    ACCOUNT_TAGS,
    NO_ACCOUNTS,
    BankAccounts,
    BankingRefusal,
    check_account,
    evolve_accounts,
)
from ledger.bookkeeping.banking.facts import (
    BankAccountClosed,
    BankAccountFact,
    BankBalancesRemeasured,
    Remeasured,
)
from ledger.bookkeeping.banking.opening import CloseBankAccount
from ledger.books.postings import postings
from ledger.decider import By, Decider, Fact, said
from ledger.orders.deciding import ORDERS
from ledger.orders.order import Orders, RateNotNamed, posts_on, value_of_series
from ledger.orders.receivables import MonthTaken, RevalueReceivables
from ledger.periods import FOREIGN_BANK_TAG, PERIODS_TAG, PostingFact, month_of
from ledger.values.currencies import converted, quotes
from ledger.values.money import EXPONENT, written

# Refusals


class BankBalanceLeft(BankingRefusal):
    """An account closes when nothing is on it."""

    code = "bank-balance-left"


# State


class BankMove(NamedTuple):
    """The amount that a line of the books moved on an account: in its currency, and in CNY."""

    on: date
    amount_minor: int
    cny_minor: int


class Balances(Struct, frozen=True):
    """Orders, and what moved on each bank account.

    remeasured   account -> the month ends that it was remeasured for
    """

    orders: Orders = ORDERS.initial
    accounts: BankAccounts = NO_ACCOUNTS
    moves: Mapping[str, tuple[BankMove, ...]] = MappingProxyType({})
    remeasured: Mapping[str, tuple[date, ...]] = MappingProxyType({})

    def at(self, account: str, day: date = date.max) -> tuple[int, int]:
        """The balance of an account at the end of a day: in its currency, and in CNY."""
        moves = [move for move in self.moves.get(account, ()) if move.on <= day]
        return sum(move.amount_minor for move in moves), sum(move.cny_minor for move in moves)


# Evolve


def evolve(state: Balances, fact: Fact) -> Balances:
    """The balances after one more fact."""
    state = replace(state, orders=ORDERS.evolve(state.orders, fact))
    if isinstance(fact, BankAccountFact):
        return replace(state, accounts=evolve_accounts(state.accounts, fact))
    if not isinstance(fact, PostingFact) or not fact.account_tags:
        return state
    moves = dict(state.moves)
    for line in postings(fact):
        if line.bank_account is not None:
            amount = _amount_of(state, line.bank_account, line.foreign_minor, line.amount_minor)
            moved = BankMove(fact.accounting_on, amount, line.amount_minor)
            moves[line.bank_account] = (*moves.get(line.bank_account, ()), moved)
    state = replace(state, moves=moves)
    if not isinstance(fact, BankBalancesRemeasured):
        return state
    ends = {item.bank_account: (*state.remeasured.get(item.bank_account, ()), fact.effective_on) for item in fact.items}
    return replace(state, remeasured={**state.remeasured, **ends})


def _amount_of(state: Balances, account: str, foreign_minor: int | None, cny_minor: int) -> int:
    """Minor units of the account's currency: of a foreign one, nothing where only CNY moved."""
    if foreign_minor is not None:
        return foreign_minor
    known = state.accounts.known.get(account)
    return cny_minor if known is None or known.opened.currency == "CNY" else 0


# Scope


def scope(command: CloseBankAccount | RevalueReceivables) -> tuple[str, ...]:
    """The accounts and the periods; what moved on one, or on every foreign one, and what orders ask for."""
    if isinstance(command, CloseBankAccount):
        return (*ACCOUNT_TAGS, f"bank-moves:{command.bank_account}", PERIODS_TAG)
    return tuple(dict.fromkeys((*ORDERS.scope(command), *ACCOUNT_TAGS, FOREIGN_BANK_TAG)))


# Decide


def decide(state: Balances, command: CloseBankAccount | RevalueReceivables, by: By) -> Sequence[Fact]:
    """Close an empty account; remeasure what is foreign."""
    if isinstance(command, CloseBankAccount):
        return _close(state, command, by)
    return (*ORDERS.decide(state.orders, command, by), *_remeasure(state, command, by))


def _close(state: Balances, command: CloseBankAccount, by: By) -> Sequence[Fact]:
    name, on = command.bank_account, command.effective_on
    known = state.accounts.known.get(name)
    if known is not None and known.closed is not None and known.closed.asked == said(BankAccountClosed, command):
        return ()
    account = check_account(state.accounts, name, None, on)
    currency = account.opened.currency
    moved_on = max((move.on for move in state.moves.get(name, ())), default=date.min)
    amount, cny = state.at(name)
    if amount or moved_on > on:
        held = f"{written(amount, EXPONENT[currency])} {currency} are left"
        still = held if amount else f"money moved on it on {moved_on}"
        raise BankBalanceLeft(f"{name} is not empty on {on}: {still}; move it first", field="bank_account")
    closed = BankAccountClosed(effective_on=on, bank_account=name, evidence=command.evidence)
    if not cny:
        return (closed,)
    left = Remeasured(bank_account=name, currency=currency, amount_minor=0, carrying_minor=cny, revalued_minor=0)
    booked = posts_on(state.orders, on, by)
    remeasured = BankBalancesRemeasured(effective_on=on, accounting_on=booked, month=month_of(on), items=(left,))
    return (remeasured, closed)


def _remeasure(state: Balances, command: RevalueReceivables, by: By) -> Iterator[Fact]:
    """Remeasure a month's end, and in order the later ends that were remeasured already and rest on it."""
    end = command.effective_on
    items = tuple(filter(None, (_at(state, name, end, command, 0) for name in _foreign(state))))
    if not items:
        return
    if posts_on(state.orders, end, by) != end:
        raise MonthTaken(f"{command.month} takes no postings any more; it stays as it was closed", field="month")
    yield BankBalancesRemeasured(effective_on=end, accounting_on=end, month=command.month, items=items)
    moved = {item.bank_account: item.difference_minor for item in items}
    later = {day for name in moved for day in state.remeasured.get(name, ()) if day > end}
    for day in sorted(later):
        again = tuple(
            item
            for name, before in moved.items()
            if day in state.remeasured.get(name, ()) and (item := _at(state, name, day, command, before)) is not None
        )
        if again:
            moved |= {item.bank_account: moved[item.bank_account] + item.difference_minor for item in again}
            booked = posts_on(state.orders, day, by)
            yield BankBalancesRemeasured(effective_on=day, accounting_on=booked, month=month_of(day), items=again)


def _foreign(state: Balances) -> list[str]:
    return sorted(name for name, account in state.accounts.known.items() if account.opened.currency != "CNY")


def _at(state: Balances, name: str, day: date, command: RevalueReceivables, moved_minor: int) -> Remeasured | None:
    """A foreign balance that does not stand at the rate of a day, by as much CNY as an earlier day moved it; None where
    it does. Raises RateNotNamed, RateMissing."""
    amount, carrying = state.at(name, day)
    carrying, currency = carrying + moved_minor, state.accounts.known[name].opened.currency
    if not (amount or carrying):
        return None
    series = next((series for series in command.rate_series if quotes(series, currency)), None)
    if series is None:
        raise RateNotNamed(f"{name} holds {currency}: name its exchange rate too", field="rate_series")
    rate = value_of_series(state.orders, series, day)
    revalued = converted(amount, currency, rate)
    if revalued == carrying:
        return None
    return Remeasured(
        bank_account=name,
        currency=currency,
        amount_minor=amount,
        rate_series=series,
        rate=rate,
        carrying_minor=carrying,
        revalued_minor=revalued,
    )


BANK_BALANCES: Decider[CloseBankAccount | RevalueReceivables, Balances] = Decider(
    (CloseBankAccount, RevalueReceivables), Balances(), scope, evolve, decide
)
