"""Prices that change within the day: what each month's were, and which statements rest on others than are known now.

SpotPricesReport   months of each series, and the months that are settled on them
spot_prices        the report on a basis. Asks the log

A month of a series has so many prices of so many periods. Its mean is weighted by time; that weighted by volume is a
statement's. A statement that was approved on prices that were corrected since stands as it was issued; beside it is
what the month comes to now: that is what its next run will say, so it holds whatever else was corrected since.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from fractions import Fraction
from functools import reduce

from msgspec import Struct
from sqlalchemy import Connection

from ledger.decider import DataClass, Refusal, standing, stored_name
from ledger.log import store
from ledger.log.envelope import Entry
from ledger.offtake.account import Offtakes, evolve
from ledger.offtake.calculation import calculate, reference
from ledger.offtake.energy import kwh
from ledger.offtake.facts import StatementCalculated
from ledger.offtake.meters.facts import DAY_MINUTES, PRICES_TAG, PricesReceived, PriceStepWithdrawn, prices_tag
from ledger.offtake.meters.pricing import NO_PRICES, PRICE_E8, PriceBook, price_book_with, prices_on
from ledger.offtake.terms import RATES, at_four
from ledger.periods import first_and_last
from ledger.values.money import written
from projections.deals.energy import EnergyStatement, statements
from projections.engine.basis import Basis
from projections.engine.sources import counts_from, facts_of_kinds


class PriceMonthRow(Struct, frozen=True, kw_only=True):
    """A month of a series, in CNY for a kWh. `missing`: periods of the month without a price; `corrections`: later
    facts than the first."""

    series: str
    month: str
    minutes: int
    periods: int
    missing: int
    mean: str | None
    lowest: str | None
    highest: str | None
    corrections: int
    data_class: DataClass
    positions: tuple[int, ...]


class PricedMonthRow(Struct, frozen=True, kw_only=True):
    """The latest approved run of a month at prices of a series; in CNY without tax.

    mean, average   its price weighted by time, and by volume
    net             as it was approved
    now, difference what it comes to on what is known now; None where it is the same, or cannot be said: `says`
    """

    series: str
    agreement: str
    month: str
    run: int
    periods: int
    delivered_kwh: str
    mean: str
    average: str
    net: str
    now: str | None
    difference: str | None
    says: str
    data_class: DataClass
    positions: tuple[int, ...]


class SpotPricesReport(Struct, frozen=True, kw_only=True):
    """Months of each series, and the months that are settled on them."""

    rows: tuple[PriceMonthRow, ...]
    settled: tuple[PricedMonthRow, ...]
    fictional: bool


def spot_prices(
    connection: Connection,
    basis: Basis,
    *,
    series: str | None = None,
    from_month: str | None = None,
    changed: bool = False,
) -> SpotPricesReport:
    """The report on that basis. `changed`: only statements that rest on other prices than are known now."""
    tag = PRICES_TAG if series is None else f"prices:{series}"
    told = facts_of_kinds(connection, basis, [tag], [PricesReceived, PriceStepWithdrawn]).get(tag, [])
    entries = [
        entry
        for entry in standing(told, lambda entry: entry.fact)
        if isinstance(entry.fact, PricesReceived) and entry.fact.month >= (from_month or "")
    ]
    settled = [
        row
        for run in _latest(statements(connection, basis), series, from_month)
        if (row := _priced(connection, basis, run, entries)).difference is not None or row.says or not changed
    ]
    rows = tuple(_months(entries))
    fictional = "FICTIONAL" in {*(row.data_class for row in rows), *(row.data_class for row in settled)}
    return SpotPricesReport(rows=rows, settled=tuple(settled), fictional=fictional)


# Months of a series


def _months(entries: Iterable[Entry]) -> Iterable[PriceMonthRow]:
    months: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        assert isinstance(entry.fact, PricesReceived), "no others were asked for"
        months.setdefault((entry.fact.series, entry.fact.month), []).append(entry)
    for (series, month), own in sorted(months.items()):
        yield _month(series, month, own)


def _month(series: str, month: str, entries: Sequence[Entry]) -> PriceMonthRow:
    book: PriceBook = reduce(price_book_with, (entry.fact for entry in entries), NO_PRICES)
    first, last = first_and_last(month)
    days = [prices_on(book, series, first + timedelta(days=at)) for at in range((last - first).days + 1)]
    each = max(map(len, days))
    known = [price for day in days for price in day if price is not None]
    exact = sum((Fraction(sum(price or 0 for price in day), len(day)) for day in days if day), Fraction(0))
    hours = sum((Fraction(sum(price is not None for price in day), len(day)) for day in days if day), Fraction(0))
    return PriceMonthRow(
        series=series,
        month=month,
        minutes=DAY_MINUTES // each,
        periods=len(known),
        missing=sum((len(day) or each) - sum(price is not None for price in day) for day in days),
        mean=at_four(exact / hours / PRICE_E8) if hours else None,
        lowest=at_four(Fraction(min(known), PRICE_E8)) if known else None,
        highest=at_four(Fraction(max(known), PRICE_E8)) if known else None,
        corrections=len(entries) - 1,
        data_class=entries[0].data_class,
        positions=tuple(entry.position for entry in entries),
    )


# What is settled on them


def _latest(runs: Iterable[EnergyStatement], series: str | None, from_month: str | None) -> Iterable[EnergyStatement]:
    """The latest approved run of each month that is settled at prices of a series."""
    latest = {(run.calculated.agreement, run.calculated.month): run for run in runs if run.approved}
    for (_, month), run in sorted(latest.items()):
        spot = run.calculated.spot
        if spot is not None and series in (None, spot.series) and month >= (from_month or ""):
            yield run


def _priced(
    connection: Connection, basis: Basis, statement: EnergyStatement, entries: Sequence[Entry]
) -> PricedMonthRow:
    run = statement.calculated
    assert run.spot is not None, "only those are asked for"
    now, says = _now(connection, basis, run, entries)
    named = set(run.inputs)
    return PricedMonthRow(
        series=run.spot.series,
        agreement=run.agreement,
        month=run.month,
        run=run.run,
        periods=run.spot.periods,
        delivered_kwh=kwh(run.delivered_wh),
        mean=run.spot.mean,
        average=run.lines[0].price,
        net=written(run.net_minor),
        now=None if now is None else written(now),
        difference=None if now is None else written(now - run.net_minor),
        says=says,
        data_class=statement.data_class,
        positions=tuple(entry.position for entry in entries if _of(entry, run) and reference(entry.fact) in named),
    )


def _of(entry: Entry, run: StatementCalculated) -> bool:
    fact, spot = entry.fact, run.spot
    return (
        isinstance(fact, PricesReceived) and spot is not None and (fact.series, fact.month) == (spot.series, run.month)
    )


def _now(
    connection: Connection, basis: Basis, run: StatementCalculated, entries: Sequence[Entry]
) -> tuple[int | None, str]:
    """The net of a month on the prices that are known now; None where they are those that it rests on."""
    book: PriceBook = reduce(price_book_with, (one.fact for one in entries if _of(one, run)), NO_PRICES)
    rests_on = {one for one in run.inputs if one.fact == stored_name(PricesReceived)}
    if {reference(fact) for _, fact in book.values()} == rests_on:
        return None, ""
    tags = [f"offtake:{run.agreement}", *RATES, prices_tag(run.month)]
    told = standing(store.by_tags(connection, tags, up_to=basis.recorded), lambda entry: entry.fact)
    facts = [entry.fact for entry in told if counts_from(entry.fact) <= basis.effective]
    state = reduce(evolve, facts, Offtakes())
    try:
        now = calculate(
            state, run.agreement, run.month, run=run.run, by=run.calculated_by, on=run.effective_on, shared=run.shared
        )
    except Refusal as refusal:
        return None, str(refusal)
    return (None if now.lines == run.lines else now.net_minor), ""
