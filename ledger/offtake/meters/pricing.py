"""Energy at prices that change within the day: each interval at the price of its beginning.

PriceBook   days of prices, by series and day; price_book_with folds one more fact
prices_on   the prices of a day, exactly, each in 10^-8 CNY for a kilowatt-hour; None where one is missing
Priced   the energy of a month at them, exactly, and what the prices were
priced   that of some stretches of a month, with every fact that says a price

An interval longer than a period of the series is shared by its minutes over the periods it lies in, as over the border
of two bands (domain §14): its price is their mean. Nothing is rounded here: the month's amount is, once.

Refusals, in order of precedence (those of meter.py between)
├── IntervalsNeeded   a meter is settled by its register, which no price of a period can be laid on
└── PricesMissing     days without prices, or prices missing, which is never 0
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType

from msgspec import Struct

from ledger.decider import Fact
from ledger.offtake.days import Span
from ledger.offtake.energy import WH
from ledger.offtake.meters.facts import DAY_MINUTES, MISSING, DayPrices, PricesReceived, PriceUnit, SpotPrices
from ledger.offtake.meters.meter import Meter, metered_days
from ledger.offtake.rules import OfftakeRefusal
from ledger.offtake.terms import PRICE_DECIMALS, Spot, at_four
from ledger.values.money import FEN, minor, rounded, written

# Refusals


class IntervalsNeeded(OfftakeRefusal):
    """A meter is settled by its register, which no price of a period can be laid on."""

    code = "intervals-needed"


class PricesMissing(OfftakeRefusal):
    """Days without prices, or prices missing."""

    code = "prices-missing"


PRICE_E8 = 10**8
"""Prices inside are whole numbers of so many parts of a yuan for a kilowatt-hour."""
DECIMALS = 8
UNIT_DECIMALS: Mapping[PriceUnit, int] = MappingProxyType({"CNY_KWH": 8, "CNY_MWH": 5})

# State

PriceBook = Mapping[tuple[str, date], tuple[DayPrices, PricesReceived]]
"""(series, day) -> the prices of the day, and the fact that says so."""

NO_PRICES: PriceBook = MappingProxyType({})


def price_book_with(book: PriceBook, fact: Fact) -> PriceBook:
    """The prices after one more fact; other facts change nothing."""
    if not isinstance(fact, PricesReceived):
        return book
    return {**book, **{(fact.series, block.day): (block, fact) for block in fact.days}}


@lru_cache(4096)
def parsed(prices: str, decimals: int) -> tuple[int | None, ...]:
    """The prices of a text, as whole numbers of so many decimals."""
    return tuple(None if price == MISSING else minor(price, decimals) for price in prices.split())


def prices_on(book: PriceBook, series: str, day: date) -> tuple[int | None, ...]:
    """The prices of a day in 10^-8 CNY for a kilowatt-hour, None for each that is missing; empty: none are recorded."""
    if (found := book.get((series, day))) is None:
        return ()
    block, fact = found
    return parsed(block.prices, UNIT_DECIMALS[fact.price_unit])


# What comes of it


NO_PRICE = "0.0000"
"""The mean price of a month of which no day counts."""


class Priced(Struct, frozen=True, kw_only=True):
    """Energy at the prices of its intervals: `cost` in CNY, exactly; the facts that say the prices."""

    prices: SpotPrices | None
    cost: Fraction
    inputs: tuple[Fact, ...]

    @property
    def net_minor(self) -> int:
        """The cost in minor units: rounded here, and nowhere before."""
        return rounded(self.cost * 10**FEN)

    def average(self, energy_wh: int) -> str:
        """The price weighted by volume, at four decimals; where there is no volume, by time."""
        if energy_wh:
            return at_four(self.cost * WH / energy_wh)
        return self.mean

    @property
    def mean(self) -> str:
        """The price weighted by time, at four decimals."""
        return self.prices.mean if self.prices is not None else NO_PRICE


def priced(meters: Sequence[Meter], spans: Sequence[Span], spot: Spot, book: PriceBook) -> Priced:
    """The energy of some stretches of a month at the prices of a series. Raises the refusals above."""
    for meter in meters:
        if meter.installed is not None and meter.installed.settled_by != "INTERVALS":
            raise IntervalsNeeded(
                f"{meter.installed.meter} is settled by its register, and prices of {spot.series} change within the "
                "day: install a meter that is settled by INTERVALS, or agree on other prices",
                field="agreement",
            )
    days = {day: _agreed(spot, found) for day, found in _whole(spot, spans, book).items()}
    exact = Fraction(0)
    for meter in meters:
        for day, intervals, factor in metered_days(meter, spans):
            values = [value or 0 for value in intervals.values]
            exact += sum(map(_cost, values, _laid_on(days[day], intervals.minutes))) * factor
    every = [price for prices in days.values() for price in prices]
    return Priced(
        prices=_summary(spot, every) if every else None,
        cost=exact / (WH * PRICE_E8),
        inputs=tuple(dict.fromkeys(book[spot.series, day][1] for day in days)),
    )


def _cost(energy_wh: int, price: int | Fraction) -> int | Fraction:
    return energy_wh * price


def _whole(spot: Spot, spans: Sequence[Span], book: PriceBook) -> dict[date, tuple[int, ...]]:
    """The prices of each day that counts. Raises PricesMissing."""
    found, missing, first = dict[date, tuple[int, ...]](), 0, ""
    for day in _days(spans):
        prices = prices_on(book, spot.series, day)
        known = tuple(price for price in prices if price is not None)
        found[day] = known
        if not prices:
            missing, first = missing + 1, first or f"{day}"
        elif len(known) < len(prices):
            at = prices.index(None) * DAY_MINUTES // len(prices)
            missing, first = missing + 1, first or f"{day} {at // 60:02}:{at % 60:02}"
    if missing:
        days = "a day" if missing == 1 else f"{missing} days"
        raise PricesMissing(
            f"prices of {spot.series} are missing on {days}, from {first} on, and missing is never 0: `record-prices`",
            field="month",
        )
    return found


def _days(spans: Sequence[Span]) -> Iterator[date]:
    for first, last in spans:
        for at in range((last - first).days + 1):
            yield first + timedelta(days=at)


def _agreed(spot: Spot, prices: Sequence[int]) -> tuple[int, ...]:
    """The prices that the terms make of a series: with the margin, at least the floor, at most the cap."""
    margin = minor(spot.margin, DECIMALS)
    lowest = minor(spot.floor, DECIMALS) if spot.floor is not None else None
    highest = minor(spot.cap, DECIMALS) if spot.cap is not None else None
    made = [price + margin for price in prices]
    if lowest is not None:
        made = [max(price, lowest) for price in made]
    if highest is not None:
        made = [min(price, highest) for price in made]
    return tuple(made)


def _laid_on(prices: Sequence[int], minutes: int) -> list[int | Fraction]:
    """The price of each interval of a day: that of its beginning; over several periods their mean."""
    period = DAY_MINUTES // len(prices)
    if minutes <= period:
        return [prices[begin // period] for begin in range(0, DAY_MINUTES, minutes)]
    each = minutes // period
    return [Fraction(sum(prices[at : at + each]), each) for at in range(0, len(prices), each)]


def _summary(spot: Spot, prices: Sequence[int]) -> SpotPrices:
    return SpotPrices(
        series=spot.series,
        periods=len(prices),
        mean=at_four(Fraction(sum(prices), len(prices) * PRICE_E8)),
        lowest=_plain(min(prices)),
        highest=_plain(max(prices)),
    )


def _plain(price: int) -> str:
    """A price without zeros that say nothing, at four decimals at least."""
    whole, _, part = written(price, DECIMALS).partition(".")
    return f"{whole}.{part.rstrip('0').ljust(PRICE_DECIMALS, '0')}"
