"""Measuring expected credit loss: the exposures that are named, held against the receivables in the books.

Command      Facts (of billing)
MeasureEcl   billing.ecl-measured, billing.allowance-restated

Refusals, after those of billing, in order of precedence
MeasuringRefusal
├── MonthsNotClosed     more than three years of months are not closed: what is receivable cannot be seen at once
└── ExposuresExceeded   more is named than is receivable on that day

Billing decides what the allowance is; this context adds what only the books know. As for closing a month, the balance
is that of the last closed month before the day, and what has posted since. Receivables of equipment orders are among
them: they may be lost too.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from ledger.billing.account import Billing
from ledger.billing.deciding import BILLING
from ledger.billing.facts import ALLOWANCE_TAG
from ledger.billing.losses import MeasureEcl
from ledger.books.accounts import CHART
from ledger.books.postings import postings
from ledger.decider import By, Decider, Fact, Refusal
from ledger.periods import PeriodClosed, PeriodFact, PostingFact, month_of
from ledger.values.money import minor, written

MONTHS_SEEN = 36
"""How many months before a day, and with it, a decision looks at."""

# Refusals


class MeasuringRefusal(Refusal):
    """The books contradict it."""


class MonthsNotClosed(MeasuringRefusal):
    """More than three years of months are not closed."""

    code = "months-not-closed"


class ExposuresExceeded(MeasuringRefusal):
    """More is named than is receivable on that day."""

    code = "exposures-exceeded"


# State


class Measuring(Struct, frozen=True):
    """The allowance as billing has it, the balances that months closed with, what moved receivables on which day."""

    billing: Billing = BILLING.initial
    closed: Mapping[str, PeriodClosed] = MappingProxyType({})
    moved: Mapping[str, Mapping[date, int]] = MappingProxyType({})


# Evolve


def evolve(state: Measuring, fact: Fact) -> Measuring:
    """The allowance and the receivables after one more fact."""
    if ALLOWANCE_TAG in fact.tags or isinstance(fact, PeriodFact):
        state = replace(state, billing=BILLING.evolve(state.billing, fact))
    if isinstance(fact, PeriodClosed):
        return replace(state, closed={**state.closed, fact.month: fact})
    if not isinstance(fact, PostingFact):
        return state
    amount = sum(line.amount_minor for line in postings(fact) if line.account == "receivables")
    if not amount:
        return state
    on = fact.accounting_on
    days = state.moved.get(month_of(on), {})
    return replace(state, moved={**state.moved, month_of(on): {**days, on: days.get(on, 0) + amount}})


# Scope


def scope(command: MeasureEcl) -> tuple[str, ...]:
    """The scope of billing, and whatever posted to the months before the day, and to its own."""
    return (*BILLING.scope(command), *(f"books:{month}" for month in _months_seen(command.effective_on)))


def _months_seen(on: date) -> Iterator[str]:
    months = on.year * 12 + on.month - 1
    for month in range(max(months - MONTHS_SEEN + 1, 12), months + 1):
        yield f"{month // 12:04}-{month % 12 + 1:02}"


# Decide


def decide(state: Measuring, command: MeasureEcl, by: By) -> Sequence[Fact]:
    """The facts that billing decides on, if as much is receivable."""
    facts = BILLING.decide(state.billing, command, by)
    if not facts:
        return ()
    named = sum(minor(exposure.gross) for exposure in command.exposures)
    receivable = _receivable(state, command.effective_on)
    if named > receivable:
        raise ExposuresExceeded(
            f"{CHART['receivables'].code} stands at {written(receivable)} CNY on {command.effective_on}, the exposures "
            f"at {written(named)}; take them from the ageing of that day",
            field="exposures",
        )
    return facts


def _receivable(state: Measuring, on: date) -> int:
    """Sum the receivables of the books at the end of a day. Raises MonthsNotClosed."""
    states = state.billing.periods.states
    closed = max((month for month, its in states.items() if its == "CLOSED" and month < month_of(on)), default=None)
    first_seen = min(_months_seen(on))
    unseen = [month for month in states if (closed or "") < month < first_seen]
    if unseen:
        raise MonthsNotClosed(
            f"{min(unseen)} is not closed; close the months before {first_seen} first", field="effective_on"
        )
    before = {one.account: one.balance_minor for one in state.closed[closed].balances} if closed else {}
    since = (
        amount
        for month, days in state.moved.items()
        for day, amount in days.items()
        if month > (closed or "") and day <= on
    )
    return before.get("receivables", 0) + sum(since)


MEASURING: Decider[MeasureEcl, Measuring] = Decider((MeasureEcl,), Measuring(), scope, evolve, decide)
