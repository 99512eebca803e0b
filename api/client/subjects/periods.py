"""Commands: periods.

Made from docs/openapi.json by `python -m api.client.making docs/openapi.json`.
"""

from datetime import date
from typing import Literal

from api.client.parts import Command, Subledger


class OpenPeriods(Command, frozen=True, kw_only=True, tag="open-periods"):
    """Open every month up to and with this one; the first command names the first month of the books."""

    effective_on: date
    through: str


class ClosePeriod(Command, frozen=True, kw_only=True, tag="close-period"):
    """Close a month. The figures come from `mcsc close` or from the closing proposal over HTTP.

    recorded  the position that the subledgers rest on; entries: how many facts had posted to the month by then
    """

    effective_on: date
    month: str
    recorded: int
    entries: int
    subledgers: tuple[Subledger, ...]


class SoftClosePeriod(Command, frozen=True, kw_only=True, tag="soft-close-period"):
    """Let only finance post to this month."""

    effective_on: date
    month: str


class ProposeReopening(Command, frozen=True, kw_only=True, tag="propose-reopening"):
    """Ask to open the latest closed month again."""

    effective_on: date
    month: str
    reason: str


class ReopenPeriod(Command, frozen=True, kw_only=True, tag="reopen-period"):
    """Agree to what somebody else proposed."""

    effective_on: date
    month: str


class WithdrawPeriodStep(Command, frozen=True, kw_only=True, tag="withdraw-period-step"):
    """Withdraw a step of a month that was recorded by mistake; `effective_on` is the step's own date."""

    effective_on: date
    month: str
    step: Literal["period.opened", "period.reopening-proposed", "period.soft-closed"]
    reason: str
