"""Interest on a tenant's deposit, where the terms agree on some.

Fact (billing.…)             Posts   About
deposit-interest-accrued     yes     a month's interest; a later one of the same month carries the difference
deposit-interest-credited    yes     accrued interest becomes deposit, and is paid back with it
"""

from typing import ClassVar

from ledger.billing.facts import DepositFact, LeaseBillingFact
from ledger.billing.lines import Movement
from ledger.periods import Month


class DepositInterestAccrued(LeaseBillingFact, frozen=True, kw_only=True, tag="billing.deposit-interest-accrued"):
    """Interest for the days of a month on which deposit was held. May be negative."""

    month: Month
    amount_minor: int


class DepositInterestCredited(DepositFact, frozen=True, kw_only=True, tag="billing.deposit-interest-credited"):
    """Interest that had accrued is held as deposit. No money moved."""

    movement: ClassVar[Movement] = "INTEREST"
