"""What did each tenant say that it sold, what share of it is due, and who has not said it yet?

turnover_rent   the report on a basis: a row for each month of a year in which a share was agreed, and their sum

Months that are over by the effective date stand in it; what was declared counts from the day on which it was. A year is
reconciled once all of its months are declared: `reconciled` is what that adds to a month, or takes off it. What was
billed of it, the tenant's account says.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

from msgspec import Struct
from sqlalchemy import Connection

from ledger.leases.lease import Lease
from ledger.leases.turnover import TurnoverDue, turnover_dues
from ledger.values.money import written
from projections.companies.register import names
from projections.engine.basis import Basis
from projections.engine.figures import decimals
from projections.tenancy.leases import lease_states

Said = Literal["DECLARED", "AWAITED", "OVERDUE"]
SUMMED = ("turnover", "by_month", "reconciled", "due")
"""The columns that sum."""


class TurnoverRow(Struct, frozen=True, kw_only=True):
    """A month of a lease, or the part of one under one agreement. CNY, ex VAT.

    said              DECLARED, AWAITED, or OVERDUE: `declare_by` is past
    unshared          turnover of which no share is due; rent: what comes off the share, where the rent is the least
    share_percent     of what is above
    by_month          what the month comes to by itself; reconciled: what the year adds, or takes off; due: both
    """

    company: str
    name: str | None
    lease: str
    from_on: date
    until_on: date
    said: Said
    declare_by: date
    declared_on: date | None
    turnover: str | None
    unshared: str
    share_percent: str
    rent: str
    by_month: str
    reconciled: str
    due: str


class TurnoverTotal(Struct, frozen=True, kw_only=True):
    """The sum of the rows, in CNY."""

    turnover: str
    by_month: str
    reconciled: str
    due: str


class TurnoverRents(Struct, frozen=True, kw_only=True):
    """The months of a year, by lease, and their sum. `awaited`: how many were not declared yet."""

    year: int
    currency: str
    rows: tuple[TurnoverRow, ...]
    total: TurnoverTotal
    awaited: int


def turnover_rent(connection: Connection, basis: Basis, *, year: int | None = None) -> TurnoverRents:
    """List the months of a calendar year on that basis; by default the year of the effective date."""
    year = basis.effective.year if year is None else year
    known_as = names(connection, basis)
    found = [(lease, due) for lease in lease_states(connection, basis) for due in _of_year(lease, year, basis)]
    return TurnoverRents(
        year=year,
        currency="CNY",
        rows=tuple(_row(lease, due, known_as.get(lease.company), basis.effective) for lease, due in found),
        total=TurnoverTotal(
            turnover=written(sum(due.turnover_minor for _, due in found)),
            by_month=written(sum(due.share_minor for _, due in found)),
            reconciled=written(sum(due.reconciled_minor for _, due in found)),
            due=written(sum(due.net_minor for _, due in found)),
        ),
        awaited=sum(due.declared_on is None for _, due in found),
    )


def _of_year(lease: Lease, year: int, basis: Basis) -> Iterator[TurnoverDue]:
    if lease.commenced_on is not None:
        for due in turnover_dues(lease, basis.effective):
            if due.from_on.year == year and due.until_on <= basis.effective:
                yield due


def _row(lease: Lease, due: TurnoverDue, name: str | None, on: date) -> TurnoverRow:
    declare_by = due.until_on + timedelta(days=due.part.rule.declared_days)
    missing: Said = "OVERDUE" if declare_by < on else "AWAITED"
    return TurnoverRow(
        company=lease.company,
        name=name,
        lease=lease.lease,
        from_on=due.from_on,
        until_on=due.until_on,
        said=missing if due.declared_on is None else "DECLARED",
        declare_by=declare_by,
        declared_on=due.declared_on,
        turnover=None if due.declared_on is None else written(due.turnover_minor),
        unshared=written(due.breakpoint_minor),
        share_percent=decimals(100 * Fraction(due.part.rule.share), 4),
        rent=written(due.rent_minor),
        by_month=written(due.share_minor),
        reconciled=written(due.reconciled_minor),
        due=written(due.net_minor),
    )
