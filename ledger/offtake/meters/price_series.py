"""Series of prices that change within the day, of a market or a tariff, in periods of 15, 30 or 60 minutes.

Command           Fact (prices.…)
RecordPrices      received, one a month of the file: all of it, or nothing
WithdrawPriceStep step-withdrawn: a month of a file; what it took the place of stands again

A later fact takes the place of its days: a price that is corrected is recorded again, with a reason, and what was
settled on the one before stands as it was until it is settled anew. A price that is missing is written - and is never
0; a price below zero is a price. Prices are known to five decimals, of a kilowatt-hour or of a megawatt-hour.

Refusals, in order of precedence
PriceRefusal
├── PricesMalformed    a day twice, or not as many prices as a day has periods
├── PricesTaken        days have other prices already: give a reason to put these in their place (conflict)
└── PriceStepUnknown   no such month of a file stands (unknown)
"""

from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from ledger.decider import By, Command, Fact, Part, Refusal, Text, Withdrawing
from ledger.offtake.account import Offtakes
from ledger.offtake.meters.facts import (
    DAY_MINUTES,
    DayPrices,
    IntervalMinutes,
    PricesReceived,
    PriceStepWithdrawn,
    PriceUnit,
)
from ledger.offtake.meters.pricing import UNIT_DECIMALS, PriceBook, parsed, prices_on
from ledger.offtake.terms import PriceSeries
from ledger.periods import Month, month_of
from ledger.values.days import Happened, OnRecord
from ledger.values.evidence import Evidence

# Commands


class RecordPrices(Command, frozen=True, kw_only=True, tag="record-prices"):
    """Record days of prices of a series from a file: whole days, all or none.

    minutes      the length of a period; each day has 96, 48 or 24 of them
    price_unit   yuan for a megawatt-hour, CNY_MWH, or for a kilowatt-hour, CNY_KWH
    reason       why they take the place of other prices of the same days
    """

    effective_on: Happened
    put_right: ClassVar[str] = (
        "`record-prices` again with a reason: its days take the place of these. Prices of another series or month: "
        "`withdraw-price-step`. What was settled on them: `calculate-statement` and `approve-statement` again."
    )
    series: PriceSeries
    minutes: IntervalMinutes
    price_unit: PriceUnit
    days: Annotated[tuple[DayPrices, ...], Meta(min_length=1, max_length=366)]
    file: Evidence
    reason: Text | None = None


class WithdrawPriceStep(Command, frozen=True, kw_only=True, tag="withdraw-price-step"):
    """Withdraw a month of a file of prices that was recorded by mistake; `effective_on` is the step's own date.

    about   the month, such as 2026-06
    """

    effective_on: OnRecord
    put_right: ClassVar[str] = "`record-prices` again."
    series: PriceSeries
    step: Literal["prices.received"]
    about: Month
    reason: Text


# Refusals


class PriceRefusal(Refusal):
    """A rule about series of prices said no."""


class PricesMalformed(PriceRefusal):
    """A day twice, or not as many prices as a day has periods."""

    code = "prices-malformed"


class PricesTaken(PriceRefusal):
    """Days have other prices already."""

    code = "prices-taken"
    kind = "conflict"


class PriceStepUnknown(PriceRefusal):
    """No such month of a file stands."""

    code = "price-step-unknown"
    kind = "unknown"


# Scope


def _months(command: RecordPrices) -> tuple[str, ...]:
    """The months of the series that the command names days of."""
    months = sorted({month_of(block.day) for block in command.days})
    return tuple(f"prices:{command.series}/{month}" for month in months)


# Decide


def _record(state: Offtakes, command: RecordPrices, by: By) -> Sequence[Fact]:
    """The days that say anything new; nothing where all is recorded so already."""
    book = state.prices
    days = _whole_days(command)
    new = [block for block in days if _says_new(book, command, block)]
    taken = [block.day for block in new if not _completes(book, command, block)]
    if taken and command.reason is None:
        also = f", and so have {len(taken) - 1} more days" if len(taken) > 1 else ""
        raise PricesTaken(
            f"{taken[0]} has other prices of {command.series} already{also}; give a reason to put these in their place",
            field="days",
        )
    return [
        PricesReceived(
            effective_on=command.effective_on,
            series=command.series,
            month=month,
            minutes=command.minutes,
            price_unit=command.price_unit,
            days=tuple(blocks),
            file=command.file,
            reason=command.reason,
        )
        for month, blocks in groupby(new, key=lambda block: month_of(block.day))
    ]


def _says_new(book: PriceBook, command: RecordPrices, block: DayPrices) -> bool:
    """Tell whether a day says another price than is recorded, however it is written."""
    now = parsed(block.prices, UNIT_DECIMALS[command.price_unit])
    return now != prices_on(book, command.series, block.day)


def _completes(book: PriceBook, command: RecordPrices, block: DayPrices) -> bool:
    """Tell whether a day says each price that is recorded of it, and those that were missing."""
    before = prices_on(book, command.series, block.day)
    now = parsed(block.prices, UNIT_DECIMALS[command.price_unit])
    if not before:
        return True
    return len(before) == len(now) and all(one in (None, other) for one, other in zip(before, now, strict=True))


def _whole_days(command: RecordPrices) -> list[DayPrices]:
    """The days of a command in order, each once and whole. Raises PricesMalformed."""
    each = DAY_MINUTES // command.minutes
    days = sorted(command.days, key=lambda block: block.day)
    for earlier, later in pairwise(days):
        if earlier.day == later.day:
            raise PricesMalformed(f"{later.day} comes twice; leave one out", field="days")
    for block in days:
        count = block.prices.count(" ") + 1
        if count != each:
            raise PricesMalformed(
                f"{block.day} has {count} prices; a day of {command.minutes} minutes has {each}", field="days"
            )
    return days


def _withdrawing_tags(command: WithdrawPriceStep) -> tuple[str, ...]:
    return (f"prices:{command.series}/{command.about}",)


PRICE_SERIES: Part[Offtakes, Any] = Part(decide={RecordPrices: _record}, scope={RecordPrices: _months})
PRICE_STEPS = Withdrawing(
    withdrawn=PriceStepWithdrawn, steps=(PricesReceived,), unknown=PriceStepUnknown, not_latest=PriceStepUnknown
).decider(WithdrawPriceStep, _withdrawing_tags)
