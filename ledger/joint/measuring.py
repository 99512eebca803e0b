"""Measuring expected credit loss: the exposures that are named, held against the receivables in the books.

Command      Facts (of billing)
MeasureEcl   billing.ecl-measured, billing.allowance-restated

Refusals, after those of billing, in order of precedence
MeasuringRefusal
├── MonthsNotClosed     more than three years of months are not closed: what is receivable cannot be seen at once
├── ExposuresExceeded   more is named than is receivable on that day
└── ExposuresDiffer     what is named of an age is not what the ageing of that day says, as recorded by now (conflict)

Billing decides what the allowance is; this context adds what only the books know. As for closing a month, the balance
is that of the last closed month before the day, and what has posted since. Receivables of equipment orders are among
them: they may be lost too.

The ages are those of the ageing report (AGES of billing): where one of them is named, each is held against what is
open of documents that are so old. A document from before the months that are seen is over 180 days old; so what is
receivable beside the documents seen, that of equipment orders too, may be named with that age. Ages of one's own, such
as `all`, are held against the whole.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from ledger.billing.account import Billing
from ledger.billing.deciding import BILLING
from ledger.billing.facts import ALLOWANCE_TAG, Issued
from ledger.billing.lines import AGES, age_of
from ledger.billing.losses import MeasureEcl
from ledger.billing.moves import moves
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


class ExposuresDiffer(MeasuringRefusal):
    """An age is named with another amount than the ageing of that day says."""

    code = "exposures-differ"
    kind = "conflict"


# State


class Opened(NamedTuple):
    """So much more, or less, is open of a document from a day on; and where it was issued, when it is due."""

    invoice: str
    on: date
    amount_minor: int
    due_on: date | None


Chain = tuple["Chain", Opened] | None
"""What was opened last, and what before: one more costs the same however many there are."""


class Measuring(Struct, frozen=True):
    """The allowance as billing has it, the balances that months closed with, what moved receivables on which day.

    opened   what became of documents in the months seen, the latest recorded first
    """

    billing: Billing = BILLING.initial
    closed: Mapping[str, PeriodClosed] = MappingProxyType({})
    moved: Mapping[str, Mapping[date, int]] = MappingProxyType({})
    opened: Chain = None


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
    opened, due_on = state.opened, fact.due_on if isinstance(fact, Issued) else None
    for move in moves(fact).documents:
        opened = opened, Opened(move.invoice, on, move.open_minor, due_on)
    moved = {**state.moved, month_of(on): {**days, on: days.get(on, 0) + amount}}
    return replace(state, moved=moved, opened=opened)


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
    _check_ages(state, command, receivable)
    return facts


def _check_ages(state: Measuring, command: MeasureEcl, receivable: int) -> None:
    """Hold what is named of each age against the documents. Raises ExposuresDiffer."""
    named: dict[str, int] = {}
    for exposure in command.exposures:
        named[exposure.bucket] = named.get(exposure.bucket, 0) + minor(exposure.gross)
    if named.keys().isdisjoint(AGES):
        return
    by_age = _by_age(state, command.effective_on)
    beside = max(receivable - sum(by_age), 0)
    for age, open_minor in zip(AGES, by_age, strict=True):
        most = open_minor + (beside if age == AGES[-1] else 0)
        if not open_minor <= named.get(age, 0) <= most:
            raise ExposuresDiffer(
                f"{written(open_minor)} CNY are open on {command.effective_on} with the age {age}, not "
                f"{written(named.get(age, 0))}; take all ages from the ageing of that day, as recorded by now",
                field="exposures",
            )


def _by_age(state: Measuring, on: date) -> list[int]:
    """Sum by age what is open at the end of a day of the documents seen."""
    open_minor, due_on, opened = dict[str, int](), dict[str, date](), state.opened
    while opened is not None:
        opened, move = opened
        if move.on <= on:
            open_minor[move.invoice] = open_minor.get(move.invoice, 0) + move.amount_minor
            if move.due_on is not None:
                due_on[move.invoice] = move.due_on
    by_age = [0] * len(AGES)
    for invoice, due in due_on.items():
        by_age[age_of(due, on)] += open_minor[invoice]
    return by_age


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
