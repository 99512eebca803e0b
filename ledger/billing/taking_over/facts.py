"""Facts of a park's life before this ledger, as they stand on the day it is taken over.

Fact (billing.…)      Posts, all against opening-equity
invoice-taken-over    receivables: what is still open of a document that other books issued
deposit-taken-over    deposits: what is held for a lease
rent-taken-over       straight-line: what was earned and not billed by then (negative: billed and not earned); and
                      through which day the lease is billed, so that it is not billed twice

`effective_on` of a document is its own date, `accounting_on` the day of taking over or later.
"""

from datetime import date
from typing import ClassVar

from ledger.billing.facts import DepositFact, LeaseBillingFact, LeaseIssued
from ledger.billing.lines import Movement
from ledger.periods import Month

# Facts: names are storage: a tag below is written into every stored fact and never changes.


class InvoiceTakenOver(LeaseIssued, frozen=True, kw_only=True, tag="billing.invoice-taken-over"):
    """A document of other books, as much of it as is still open. Its tax was theirs: lines say it, nothing posts it.

    asked_minor     the amount that it asked for, tax included
    taken_over_on   the day of taking over
    """

    derived = ("accounting_on", "company", "late_fee_per_day")
    asked_minor: int
    taken_over_on: date


class DepositTakenOver(DepositFact, frozen=True, kw_only=True, tag="billing.deposit-taken-over"):
    """The deposit that is held for a lease on the day of taking over; `effective_on` is that day."""

    movement: ClassVar[Movement] = "TAKEN_OVER"


class RentTakenOver(LeaseBillingFact, frozen=True, kw_only=True, tag="billing.rent-taken-over"):
    """A lease was billed, and its rent earned, elsewhere before. A later one carries the difference.

    billed_through    the last day that rent is billed for
    service_through   the last day that the service charge is billed for
    earned_through    the last month whose rent was earned elsewhere
    amount_minor      Σ rent earned through that month, by the ledger's own schedule, less Σ billed through that day
    """

    derived = ("accounting_on", "company", "amount_minor")
    billed_through: date
    service_through: date
    earned_through: Month
    amount_minor: int
