"""Closing a month: its balances, on which both sides agree (domain §3.8, §9; ADR 9).

Command       Fact (of periods)
ClosePeriod   period.closed

Refusals, in order of precedence
ClosingRefusal
├── (PeriodUnknown)      the month has not been opened
├── PeriodClosedOtherwise  it is closed already, on another day or on other figures (conflict)
├── (PeriodNotNext)      the month before is not closed
├── PeriodNotOver        the month still runs
├── SubledgersStale      the figures rest on another number of postings: something was recorded meanwhile
├── AccountNotTied       a subledger figure for an account that has none, or two for one
├── TieOutMissing        J5: a control account has a balance, and its subledger was not given
└── TieOutDiffers        J5: control account and subledger differ

What the month's facts post is added to the balances the month before closed with. Their hash is the SHA-256 of the
text `account,balance in fen` for each account with a balance, one a line, in the order of account names, each line
ended by a line feed: anybody can compute it again from the log.
"""

import hashlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, ClassVar

from msgspec import Meta, Struct
from msgspec.structs import replace

from ledger.books.accounts import CHART
from ledger.books.postings import postings
from ledger.decider import By, Command, Decider, Fact, Refusal
from ledger.periods import (
    PERIODS_TAG,
    Balance,
    Month,
    PeriodClosed,
    PeriodNotNext,
    Periods,
    PostingFact,
    TieOut,
    evolve_periods,
    first_and_last,
    month_of,
    state_of,
)
from ledger.values.days import Happened
from ledger.values.money import SignedCny, minor, written

CONTROLS = (
    "receivables",
    "straight-line",
    "contract-assets",
    "equipment-advances",
    "make-up",
    "deposits",
    "client-money",
    "unapplied",
    "payables",
)
"""Accounts that a subledger explains: 1122, 1124, 1125, 2204, 2241, 2203, 2202."""

# Commands


class Subledger(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The balance of a subledger at the end of the month; debits positive."""

    account: Annotated[str, Meta(max_length=40)]
    balance: SignedCny


class ClosePeriod(Command, frozen=True, kw_only=True, tag="close-period"):
    """Close a month. The figures come from `mcsc close` or from the closing proposal over HTTP.

    recorded  the position that the subledgers rest on; entries: how many facts had posted to the month by then
    """

    effective_on: Happened
    put_right: ClassVar[str] = (
        "`propose-reopening` and, by somebody else, `reopen-period`; then record what was missing and close it again, "
        "or close it softly as it was: `soft-close-period`."
    )
    month: Month
    recorded: Annotated[int, Meta(ge=0)]
    entries: Annotated[int, Meta(ge=0)]
    subledgers: Annotated[tuple[Subledger, ...], Meta(max_length=20)]

    @property
    def rests_on(self) -> int:
        """The position of the figures."""
        return self.recorded


# Refusals


class ClosingRefusal(Refusal):
    """A rule about closing said no."""


class PeriodClosedOtherwise(ClosingRefusal):
    """It is closed already, on another day or on other figures."""

    code = "period-closed-otherwise"
    kind = "conflict"


class PeriodNotOver(ClosingRefusal):
    """The month still runs: what happens in it could not be posted to it any more."""

    code = "period-not-over"


class SubledgersStale(ClosingRefusal):
    """The figures rest on another number of postings."""

    code = "subledgers-stale"
    kind = "conflict"


class AccountNotTied(ClosingRefusal):
    """A subledger figure for an account that has none."""

    code = "account-not-tied"


class TieOutMissing(ClosingRefusal):
    """J5: a control account has a balance, and its subledger was not given."""

    code = "tie-out-missing"


class TieOutDiffers(ClosingRefusal):
    """J5: control account and subledger differ."""

    code = "tie-out-differs"


# State


class Books(Struct, frozen=True):
    """The periods, the balances that months closed with, and what posted to each month so far."""

    periods: Periods = Periods()
    closed: Mapping[str, PeriodClosed] = MappingProxyType({})
    moved: Mapping[str, Mapping[str, int]] = MappingProxyType({})
    entries: Mapping[str, int] = MappingProxyType({})


# Evolve


def evolve(books: Books, fact: Fact) -> Books:
    """The books after one more fact."""
    if isinstance(fact, PostingFact):
        return _posted(books, fact)
    periods = evolve_periods(books.periods, fact)
    if isinstance(fact, PeriodClosed):
        return replace(books, periods=periods, closed={**books.closed, fact.month: fact})
    return books if periods is books.periods else replace(books, periods=periods)


def _posted(books: Books, fact: PostingFact) -> Books:
    month = month_of(fact.accounting_on)
    moved = dict(books.moved.get(month, {}))
    for line in postings(fact):
        moved[line.account] = moved.get(line.account, 0) + line.amount_minor
    return replace(
        books,
        moved={**books.moved, month: moved},
        entries={**books.entries, month: books.entries.get(month, 0) + 1},
    )


# Scope


def scope(command: ClosePeriod) -> tuple[str, ...]:
    """Every period, and whatever posts to this month."""
    return (PERIODS_TAG, f"books:{command.month}")


# Decide


def decide(books: Books, command: ClosePeriod, by: By) -> Sequence[Fact]:
    """Close the month on its balances; nothing where it is closed already."""
    month = command.month
    if state_of(books.periods, month) == "CLOSED":
        closed = books.closed[month]
        if _says_the_same(closed, command):
            return ()
        raise PeriodClosedOtherwise(
            f"{month} was closed on {closed.effective_on} already, on the figures of position {closed.recorded}; "
            "reopen it first to close it otherwise (propose-reopening)",
            field="month",
        )
    before = _before(books, month)
    _, last = first_and_last(month)
    if command.effective_on < last:
        raise PeriodNotOver(f"{month} runs through {last}; it is closed then or later", field="effective_on")
    entries = books.entries.get(month, 0)
    if entries != command.entries:
        raise SubledgersStale(
            f"{entries} facts post to {month} by now, the figures rest on {command.entries}; ask for them again",
            field="entries",
        )
    balances = balances_after(before.balances if before else (), books.moved.get(month, {}))
    return (
        PeriodClosed(
            effective_on=command.effective_on,
            month=month,
            recorded=command.recorded,
            entries=entries,
            balances=balances,
            trial_balance_sha256=sha256_of(balances),
            tie_outs=_tied(balances, command.subledgers),
        ),
    )


def _says_the_same(closed: PeriodClosed, command: ClosePeriod) -> bool:
    """Tell whether a command asks for the close that is on record: on its day, on its figures."""
    recorded = (closed.effective_on, closed.recorded, closed.entries)
    if recorded != (command.effective_on, command.recorded, command.entries):
        return False
    given = {subledger.account: minor(subledger.balance) for subledger in command.subledgers}
    return given == {tie.account: tie.subledger_minor for tie in closed.tie_outs}


def _before(books: Books, month: str) -> PeriodClosed | None:
    """The close of the month before; None where the books begin with this one. Raises PeriodNotNext."""
    earlier = [other for other in books.periods.states if other < month]
    if not earlier:
        return None
    previous = max(earlier)
    if books.periods.states[previous] != "CLOSED":
        raise PeriodNotNext(f"{previous} is {books.periods.states[previous]}; close it first", field="month")
    return books.closed[previous]


def balances_after(before: Sequence[Balance], moved: Mapping[str, int]) -> tuple[Balance, ...]:
    """The balances of accounts after a month's movements, by account; those of zero are left out."""
    totals = {balance.account: balance.balance_minor for balance in before}
    for account, amount in moved.items():
        totals[account] = totals.get(account, 0) + amount
    assert sum(totals.values()) == 0, "every posting balances, so the books do"
    return tuple(Balance(account=name, balance_minor=totals[name]) for name in sorted(totals) if totals[name])


def sha256_of(balances: Sequence[Balance]) -> str:
    """The hash of a trial balance, in the form that this module's docstring describes."""
    text = "".join(f"{balance.account},{balance.balance_minor}\n" for balance in balances)
    return hashlib.sha256(text.encode()).hexdigest()


def _tied(balances: Sequence[Balance], given: Sequence[Subledger]) -> tuple[TieOut, ...]:
    """Each control account beside its subledger. Raises AccountNotTied, TieOutMissing, TieOutDiffers."""
    control = {balance.account: balance.balance_minor for balance in balances}
    subledger = {each.account: minor(each.balance) for each in given}
    if strange := sorted(subledger.keys() - set(CONTROLS)):
        raise AccountNotTied(f"no subledger explains {', '.join(strange)}", field="subledgers")
    if len(subledger) < len(given):
        raise AccountNotTied("give each account once", field="subledgers")
    for account in CONTROLS:
        balance, code = control.get(account, 0), CHART[account].code
        if account not in subledger and balance:
            raise TieOutMissing(f"{code} stands at {written(balance)} CNY; give its subledger", field="subledgers")
        if account in subledger and subledger[account] != balance:
            raise TieOutDiffers(
                f"{code} stands at {written(balance)} CNY, its subledger at {written(subledger[account])};"
                " find out why before closing",
                field="subledgers",
            )
    return tuple(
        TieOut(account=account, control_minor=control.get(account, 0), subledger_minor=subledger[account])
        for account in CONTROLS
        if account in subledger
    )


CLOSING: Decider[ClosePeriod, Books] = Decider((ClosePeriod,), Books(), scope, evolve, decide)
