"""Interest on deposits: what the terms ask for, less what was accrued; recorded by the billing run.

month_interest   the interest of the days of a month, on what was held at the end of each
accrue           the difference, month by month; nothing where it is so already

Simple interest, by days: the day on which deposit came counts, the day on which it went does not. Interest that was
credited is deposit, and bears some itself. Rounding point: a month's interest, half up.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from itertools import pairwise

from ledger.billing.account import NOTHING_YET
from ledger.billing.balance import DatedAmount
from ledger.billing.scheduled.facts import DepositInterestAccrued
from ledger.billing.scheduled.issuing import LeaseRun
from ledger.leases.lease import Lease
from ledger.leases.rents import months_of, version_on
from ledger.periods import day_after, first_and_last, month_of
from ledger.values.money import rounded

DAYS_A_YEAR = {"ACT_365": 365, "ACT_360": 360}


def month_interest(lease: Lease, held: DatedAmount, first: date, last: date) -> int:
    """Work out the interest of some days of a month, by the terms in force on each."""
    turns = (*(move.on for move in held.moves), *(version.from_on for version in lease.versions))
    days = sorted({first, day_after(last), *(turn for turn in turns if first < turn <= last)})
    interest = Fraction(0)
    for begin, end in pairwise(days):
        agreed = version_on(lease.versions, begin).terms.deposit_interest if lease.versions else None
        if agreed is not None:
            part = Fraction((end - begin).days, DAYS_A_YEAR[agreed.days])
            interest += max(held.on(begin), 0) * Fraction(agreed.rate) * part
    return rounded(interest)


def accrue(run: LeaseRun, ended: str) -> Iterator[DepositInterestAccrued]:
    """Accrue the interest of every month through one that ended."""
    name, lease = run.lease.lease, run.lease
    accrued: Mapping[str, int] = run.state.interest.get(name, {})
    due = dict.fromkeys(accrued, 0)
    held = run.state.deposits.get(name, NOTHING_YET)
    if any(version.terms.deposit_interest is not None for version in lease.versions) and held.moves:
        last = max((ended, *accrued))
        for begin, end in months_of(min(move.on for move in held.moves), first_and_last(last)[1]):
            due[month_of(begin)] = month_interest(lease, held, begin, end)
    for month, amount in sorted(due.items()):
        if more := amount - accrued.get(month, 0):
            on = first_and_last(month)[1]
            yield DepositInterestAccrued(
                effective_on=on,
                accounting_on=run.posts_on(on),
                company=lease.company,
                lease=name,
                month=month,
                amount_minor=more,
            )
