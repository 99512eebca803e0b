"""Commands: rates.

Made from docs/openapi.json by `python -m api.client.making docs/openapi.json`.
"""

from datetime import date
from typing import Literal

from api.client.parts import Command, DayPrices, Emission, Evidence


class ProposeRate(Command, frozen=True, kw_only=True, tag="propose-rate"):
    """Propose a rate that holds from `effective_on`: the day it was published for, or the first day of its month.

    An emission factor (co2/…) says its `emission`: region, year, basis and announcement; it holds from the first
    day
    of its year until that of a later year is approved.
    """

    effective_on: date
    rate: str
    series: str
    value: str
    base: str | None = None
    source: str
    emission: Emission | None = None


class ApproveRate(Command, frozen=True, kw_only=True, tag="approve-rate"):
    """Agree to a proposed rate. `effective_on` is the day of the decision; the rate holds from its own."""

    effective_on: date
    rate: str


class RejectRate(Command, frozen=True, kw_only=True, tag="reject-rate"):
    """Turn a proposed rate down."""

    effective_on: date
    rate: str
    reason: str


class WithdrawRateStep(Command, frozen=True, kw_only=True, tag="withdraw-rate-step"):
    """Withdraw an approval or a rejection that was a mistake; who proposed the rate may not. `effective_on` is the
    decision's own, of an approval the rate's.
    """

    effective_on: date
    rate: str
    step: Literal["rate.approved", "rate.rejected"]
    reason: str


class RecordPrices(Command, frozen=True, kw_only=True, tag="record-prices"):
    """Record days of prices of a series from a file: whole days, all or none.

    minutes      the length of a period; each day has 96, 48 or 24 of them
    price_unit   yuan for a megawatt-hour, CNY_MWH, or for a kilowatt-hour, CNY_KWH
    reason       why they take the place of other prices of the same days
    """

    effective_on: date
    series: str
    minutes: Literal[15, 30, 60]
    price_unit: Literal["CNY_KWH", "CNY_MWH"]
    days: tuple[DayPrices, ...]
    file: Evidence
    reason: str | None = None


class WithdrawPriceStep(Command, frozen=True, kw_only=True, tag="withdraw-price-step"):
    """Withdraw a month of a file of prices that was recorded by mistake; `effective_on` is the step's own date.

    about   the month, such as 2026-06
    """

    effective_on: date
    series: str
    step: Literal["prices.received"]
    about: str
    reason: str
