"""Everything that is recorded of meters at the delivery points of offtake agreements.

Fact (meter.…)                              About
installed, replaced, removed, calibrated    a meter at an agreement's delivery point
read, read-corrected                        what its register shows at the end of a day
intervals-received                          the intervals of a month of a file
estimate-proposed, estimate-approved        what stands beside intervals where values are missing
step-withdrawn                              one of these was recorded by mistake

Fact (prices.…): received, step-withdrawn   a month of prices that change within the day
"""

from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct

from ledger.decider import Fact, Id, Text, Withdrawn
from ledger.offtake.rules import OfftakeId
from ledger.offtake.terms import Band, PriceSeries
from ledger.periods import Month
from ledger.values.days import Agreed, Happened
from ledger.values.evidence import Evidence
from ledger.values.money import Ratio

Quality = Literal["ACTUAL", "ESTIMATED", "SUBSTITUTED"]
"""Read from the meter; guessed, and to be trued up (E4); taken from a check meter."""

SettledBy = Literal["REGISTER", "INTERVALS"]
IntervalMinutes = Literal[15, 30, 60]
DAY_MINUTES = 1440
MISSING = "-"
"""In place of the watt-hours of an interval whose value is missing."""
Transformer = Annotated[int, Meta(ge=1, le=100_000)]
Digits = Annotated[int, Meta(ge=4, le=12, description="Digits before the point: where it goes round.")]
RegisterValue = Annotated[
    str,
    Meta(
        pattern=r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,4})?$(?!\n)",
        description="What a register shows, up to four decimals: 1204318.4.",
    ),
]
DayText = Annotated[
    str,
    Meta(
        pattern=r"^(-|0|[1-9][0-9]{0,9})( (-|0|[1-9][0-9]{0,9})){23,95}$(?!\n)",
        description="The watt-hours of each interval of a day, one after the other; - where the value is missing.",
    ),
]
DayQuality = Annotated[
    str,
    Meta(
        pattern=r"^[AESM]{24,96}$(?!\n)",
        description="A letter for each interval of a day: A actual, E estimated, S substituted, M missing; else all are"
        " actual.",
    ),
]


class SpotPrices(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The prices that a statement rests on, in CNY for a kilowatt-hour, with margin, floor and cap: `periods` of them.

    mean   weighted by time, at four decimals; the line of the energy delivered has the mean weighted by volume
    """

    series: str
    periods: int
    mean: str
    lowest: str
    highest: str


PriceUnit = Literal["CNY_KWH", "CNY_MWH"]
"""Yuan for a kilowatt-hour, or for a megawatt-hour."""

_ONE = r"(-|-?(0|[1-9][0-9]{0,5})(\.[0-9]{1,5})?)"
PricesText = Annotated[
    str,
    Meta(
        pattern=rf"^{_ONE}( {_ONE}){{23,95}}$(?!\n)",
        description="The price of each period of a day, one after the other, up to five decimals, below zero with a "
        "minus; - where it is missing.",
    ),
]
PRICES_TAG = "prices"
"""Finds every price of every series: for what rests on all months of an agreement."""


def prices_tag(month: Month) -> str:
    """The tag that finds the prices of a month, of every series."""
    return f"prices:{month}"


# Facts
# Names are storage: a tag below is written into every stored fact and never changes.


class BandValues(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The values that the registers of the bands show; a meter without a register of a band shows 0 (domain §14.8)."""

    peak: RegisterValue
    flat: RegisterValue
    valley: RegisterValue
    sharp: RegisterValue = "0"
    deep_valley: RegisterValue = "0"

    def of(self, band: Band) -> str:
        """The value of one band."""
        value: str = getattr(self, band.lower())
        return value


class DayBlock(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A day of intervals: whole watt-hours with spaces between, so that anybody can add them up."""

    day: Happened
    energy_wh: DayText
    quality: DayQuality | None = None

    @property
    def values(self) -> list[int | None]:
        """Each interval's watt-hours; None where the value is missing, which is never 0."""
        return [None if energy == MISSING else int(energy) for energy in self.energy_wh.split()]

    @property
    def total_wh(self) -> int:
        """The watt-hours of the day, as far as they are known."""
        return sum(value for value in self.values if value is not None)

    @property
    def grades(self) -> str:
        """A letter for each interval: how good it is."""
        return self.quality or "A" * (self.energy_wh.count(" ") + 1)


class MeterFact(Fact, frozen=True, kw_only=True):
    """Something about a meter at the delivery point of an agreement."""

    derived: ClassVar[tuple[str, ...]] = ("agreement",)
    meter: Id
    agreement: OfftakeId

    @property
    def about(self) -> str | None:
        """The words that tell it from others of its name and date."""
        return None

    @property
    def tags(self) -> tuple[str, ...]:
        """The meter, and the agreement that is settled by it."""
        return (f"meter:{self.meter}", f"offtake:{self.agreement}")


class MeterInstalled(MeterFact, frozen=True, kw_only=True, tag="meter.installed"):
    """A meter measures from the beginning of this day on. `start`: what its register shows then."""

    derived = ()
    start: RegisterValue
    digits: Digits
    ct: Transformer = 1
    pt: Transformer = 1
    settled_by: SettledBy = "REGISTER"
    bands: BandValues | None = None

    @property
    def topic(self) -> tuple[Any, ...]:
        """The installation of the meter."""
        return (MeterInstalled, self.meter)


class ReadFact(MeterFact, frozen=True, kw_only=True):
    """A read of a day, or the one that took its place.

    rolled_over   of the registers, total and bands, those that show less than before went round
    checked       why a register went round that counted more than half of its range since the read before
    """

    value: RegisterValue
    quality: Quality = "ACTUAL"
    rolled_over: bool = False
    bands: BandValues | None = None
    checked: Text | None = None

    @property
    def topic(self) -> tuple[Any, ...]:
        """The read of the day, or its correction."""
        return (type(self), self.meter, self.effective_on)


class MeterRead(ReadFact, frozen=True, kw_only=True, tag="meter.read"):
    """The registers show this at the end of the day."""


class MeterReadCorrected(ReadFact, frozen=True, kw_only=True, tag="meter.read-corrected"):
    """The read of this day was wrong: this one takes its place.

    On the day of a replacement: the last value of the device that was taken away.
    """

    reason: Text


class MeterReplaced(MeterFact, frozen=True, kw_only=True, tag="meter.replaced"):
    """At the end of this day the old meter shows `final`, and the new one `start`."""

    final: RegisterValue
    rolled_over: bool = False
    start: RegisterValue
    digits: Digits
    ct: Transformer = 1
    pt: Transformer = 1
    final_bands: BandValues | None = None
    start_bands: BandValues | None = None
    reason: Text
    checked: Text | None = None

    @property
    def topic(self) -> tuple[Any, ...]:
        """The replacement of the day."""
        return (MeterReplaced, self.meter, self.effective_on)


class MeterRemoved(MeterFact, frozen=True, kw_only=True, tag="meter.removed"):
    """At the end of this day the meter shows `final` and is taken away; no other device follows."""

    final: RegisterValue
    rolled_over: bool = False
    final_bands: BandValues | None = None
    reason: Text
    checked: Text | None = None

    @property
    def topic(self) -> tuple[Any, ...]:
        """The removal of the meter."""
        return (MeterRemoved, self.meter)


class MeterCalibrated(MeterFact, frozen=True, kw_only=True, tag="meter.calibrated"):
    """A test on this day found which part of the truth the meter registered, on which days."""

    derived = ("agreement", "from_on")
    registered: Ratio
    from_on: date
    until_on: date
    certificate: Evidence


class IntervalsReceived(MeterFact, frozen=True, kw_only=True, tag="meter.intervals-received"):
    """The intervals of one month of a file, day by day. A later one takes the place of its days."""

    month: Month
    minutes: IntervalMinutes
    days: tuple[DayBlock, ...]
    file: Evidence
    reason: Text | None = None

    @property
    def about(self) -> str | None:
        """The month."""
        return self.month


EstimateRule = Literal["LINEAR", "LIKE_DAY"]
"""A short gap: a straight line between its neighbours; a long one: the mean of days like it."""


class EstimatedGap(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Values of a day that are estimated, by one rule: so many from an interval on, the first of a day being 0.

    like   the days whose mean they are
    """

    day: date
    begins: Annotated[int, Meta(ge=0, le=95)]
    count: Annotated[int, Meta(ge=1, le=96)]
    rule: EstimateRule
    like: tuple[date, ...] = ()


class EstimateProposed(MeterFact, frozen=True, kw_only=True, tag="meter.estimate-proposed"):
    """Values that are missing of some days, estimated by rule. What was received stays as it is, beside them.

    days   the days, whole: what is known as it was received, the rest estimated
    gaps   which values are, and by which rule
    """

    derived: ClassVar[tuple[str, ...]] = ("agreement", "minutes", "days", "gaps", "proposed_by")
    estimate: Id
    from_on: date
    until_on: date
    minutes: IntervalMinutes
    days: tuple[DayBlock, ...]
    gaps: tuple[EstimatedGap, ...]
    reason: Text
    proposed_by: Id

    @property
    def about(self) -> str | None:
        """The name of the estimate."""
        return self.estimate

    @property
    def topic(self) -> tuple[Any, ...]:
        """The estimate of this name."""
        return (EstimateProposed, self.meter, self.estimate)


class EstimateApproved(MeterFact, frozen=True, kw_only=True, tag="meter.estimate-approved"):
    """Somebody else agrees to an estimate: from now on it counts where values are missing."""

    derived: ClassVar[tuple[str, ...]] = ("agreement", "proposed_by", "approved_by")
    estimate: Id
    proposed_by: Id
    approved_by: Id

    @property
    def about(self) -> str | None:
        """The name of the estimate."""
        return self.estimate

    @property
    def topic(self) -> tuple[Any, ...]:
        """The approval of the estimate."""
        return (EstimateApproved, self.meter, self.estimate)


class MeterStepWithdrawn(Withdrawn, frozen=True, kw_only=True, tag="meter.step-withdrawn"):
    """Something of a meter was recorded by mistake. `about`: which month, of intervals that came on one day; which
    estimate."""

    thing = "meter"
    meter: Id
    about: Text | None = None


# Prices within the day


class DayPrices(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A day of prices, from midnight on, in local time of the market."""

    day: Agreed
    prices: PricesText

    @property
    def known(self) -> list[str | None]:
        """Each period's price as it was written; None where it is missing."""
        return [None if price == MISSING else price for price in self.prices.split()]


class PricesReceived(Fact, frozen=True, kw_only=True, tag="prices.received"):
    """The prices of one month of a file, day by day. A later one takes the place of its days.

    effective_on   the day on which they were published, or came
    """

    series: PriceSeries
    month: Month
    minutes: IntervalMinutes
    price_unit: PriceUnit
    days: tuple[DayPrices, ...]
    file: Evidence
    reason: Text | None = None

    @property
    def about(self) -> str:
        """The month."""
        return self.month

    @property
    def tags(self) -> tuple[str, ...]:
        """The series, the month of it, and the month of any: a decision about a month reads no other."""
        return (PRICES_TAG, f"prices:{self.series}", f"prices:{self.series}/{self.month}", prices_tag(self.month))


class PriceStepWithdrawn(Withdrawn, frozen=True, kw_only=True, tag="prices.step-withdrawn"):
    """A month of a file was recorded by mistake; `about`: the month. What it took the place of stands again."""

    thing = "series"
    series: PriceSeries
    about: Month
