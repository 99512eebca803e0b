"""Which months are open, and which reference rates hold? Reads the log itself: there are few of either.

periods      every opened month as recorded by a position, with what it closed on
close_names  the names of a month's closes, which it keeps for ever: close:2024-07#1, close:2024-07#2
closed_at    the positions of a month's closes, in order; closed_fact: the latest, where the month is still closed
rates        the rates proposed, and what became of each
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from ledger.decider import DataClass, standing, stored_name
from ledger.log import store
from ledger.log.envelope import Entry
from ledger.periods import (
    PERIODS_TAG,
    PeriodClosed,
    PeriodFact,
    PeriodReopened,
    Periods,
    PeriodState,
    PeriodStepWithdrawn,
    evolve_periods,
)
from ledger.rates import EmissionBasis, RateApproved, RateFact, RateProposed, RateRejected, RateStepWithdrawn
from projections.engine.history import history

RateState = Literal["PROPOSED", "APPROVED", "REJECTED"]
PAGE = 1000


class NamedClose(Struct, frozen=True, kw_only=True):
    """One time that a month was closed, and the position of that fact: close:2024-07#1 was the first."""

    name: str
    position: int


class PeriodRow(Struct, frozen=True, kw_only=True):
    """A month. `closed_position` is that of the fact that closed it last, `recorded` what its figures rest on; both
    stay where it was reopened. `closes` are all of its closes, in order. `position` is that of the latest fact about
    it."""

    month: str
    state: PeriodState
    closed_position: int | None
    closes: tuple[NamedClose, ...]
    recorded: int | None
    entries: int | None
    trial_balance_sha256: str | None
    proposed_to_reopen_by: str | None
    data_class: DataClass
    position: int


class RateRow(Struct, frozen=True, kw_only=True):
    """A rate that was proposed, and what became of it. It holds from `effective_on`, once it is APPROVED.

    region, year, basis, announcement   of an emission factor
    """

    rate: str
    series: str
    effective_on: date
    value: str
    base: str | None
    region: str | None
    year: int | None
    basis: EmissionBasis | None
    announcement: str | None
    source: str
    state: RateState
    proposed_by: str
    decided_by: str | None
    data_class: DataClass
    positions: tuple[int, ...]


def _period_facts(connection: Connection, recorded: int) -> list[Entry]:
    """The facts of all months that stand by a position, and what withdrew others."""
    known = [entry for entry in store.by_tags(connection, [PERIODS_TAG]) if entry.position <= recorded]
    return standing(known, lambda entry: entry.fact)


def periods(connection: Connection, recorded: int) -> list[PeriodRow]:
    """Every month opened, in order."""
    state, latest, closed = Periods(), dict[str, Entry](), defaultdict[str, list[Entry]](list)
    for entry in _period_facts(connection, recorded):
        fact = entry.fact
        assert isinstance(fact, PeriodFact | PeriodStepWithdrawn), "only these carry the tag"
        state = evolve_periods(state, fact)
        latest[fact.month] = entry
        if isinstance(fact, PeriodClosed):
            closed[fact.month].append(entry)
    return [_period_row(month, state, closed[month], latest[month]) for month in sorted(state.states)]


def _period_row(month: str, state: Periods, closes: Sequence[Entry], latest: Entry) -> PeriodRow:
    closed = closes[-1] if closes else None
    fact = closed.fact if closed else None
    assert fact is None or isinstance(fact, PeriodClosed), "kept as such"
    proposal = state.proposals.get(month)
    return PeriodRow(
        month=month,
        state=state.states[month],
        closed_position=closed.position if closed else None,
        closes=close_names(month, [entry.position for entry in closes]),
        recorded=fact.recorded if fact else None,
        entries=fact.entries if fact else None,
        trial_balance_sha256=fact.trial_balance_sha256 if fact else None,
        proposed_to_reopen_by=proposal.proposed_by if proposal else None,
        data_class=latest.data_class,
        position=latest.position,
    )


def close_names(month: str, positions: Iterable[int]) -> tuple[NamedClose, ...]:
    """Name the closes of a month, given in order: a close is never taken back, so each keeps its number for ever."""
    return tuple(NamedClose(name=f"close:{month}#{which}", position=at) for which, at in enumerate(positions, 1))


def closed_at(connection: Connection, month: str) -> list[int]:
    """The positions of the facts that closed a month, in order."""
    entries = store.by_tags(connection, [f"period:{month}"])
    return sorted(entry.position for entry in entries if isinstance(entry.fact, PeriodClosed))


def closed_fact(connection: Connection, month: str) -> PeriodClosed | None:
    """The fact that closed a month, where it is closed now; else None."""
    closed = None
    for entry in store.by_tags(connection, [f"period:{month}"]):
        if isinstance(entry.fact, PeriodClosed):
            closed = entry.fact
        elif isinstance(entry.fact, PeriodReopened):
            closed = None
    return closed


def rates(connection: Connection, recorded: int, *, series: str | None = None) -> list[RateRow]:
    """The rates proposed, and what became of each, by series and date; of one series, where it is given."""
    found: dict[str, RateRow] = {}
    facts = sorted(_rate_facts(connection, recorded, series), key=lambda entry: entry.position)
    for entry in standing(facts, lambda entry: entry.fact):
        fact = entry.fact
        if fact.withdraws:
            continue
        assert isinstance(fact, RateFact), "asked for by name"
        match fact:
            case RateProposed():
                found[fact.rate] = replace(_rate_row(entry, fact), positions=(entry.position,))
            case RateApproved():  # says all that its proposal said
                row = found.get(fact.rate) or _rate_row(entry, fact)
                found[fact.rate] = _decided(row, "APPROVED", fact.approved_by, entry.position)
            case RateRejected() if fact.rate in found:
                found[fact.rate] = _decided(found[fact.rate], "REJECTED", fact.rejected_by, entry.position)
    return sorted(found.values(), key=lambda row: (row.series, row.effective_on, row.rate))


def _rate_facts(connection: Connection, recorded: int, series: str | None) -> list[Entry]:
    """Every fact about rates, page by page."""
    entries: list[Entry] = []
    for kind in (RateProposed, RateApproved, RateRejected, RateStepWithdrawn):
        after, more = 0, True
        while more:
            page = history(
                connection,
                recorded=recorded,
                fact=stored_name(kind),
                tag=f"series:{series}" if series else None,
                after=after,
                limit=PAGE,
            )
            entries += page
            more = len(page) == PAGE
            after = page[-1].position if page else after
    return entries


def _rate_row(entry: Entry, fact: RateProposed | RateApproved) -> RateRow:
    of = fact.emission
    return RateRow(
        rate=fact.rate,
        series=fact.series,
        effective_on=fact.effective_on,
        value=fact.value,
        base=fact.base,
        region=of.region if of else None,
        year=of.year if of else None,
        basis=of.basis if of else None,
        announcement=of.announcement if of else None,
        source=fact.source,
        state="PROPOSED",
        proposed_by=fact.proposed_by,
        decided_by=None,
        data_class=entry.data_class,
        positions=(),
    )


def _decided(row: RateRow, state: RateState, by: str, position: int) -> RateRow:
    return replace(row, state=state, decided_by=by, positions=(*row.positions, position))
