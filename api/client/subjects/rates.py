"""Commands: rates.

Made from docs/openapi.json by `python -m api.client.making docs/openapi.json`.
"""

from datetime import date
from typing import Literal

from api.client.parts import Command, Emission


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
