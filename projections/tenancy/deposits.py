"""Which deposits are held, how did each come to that, and by when is it to be paid back? Foots to 2241.01.

deposits       the report on a basis: a row for each lease, of ended ones too, their sum, the control account beside
held_lines     the lines of the books that what is held for a lease sums
control_lines  those of the control account

Read from the lines of the journal on deposits, so rows take part by accounting date, as the books do. What was taken
back of a movement comes off the column that the movement stands in. A lease's state, end and day of return are as of
the effective date.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import Connection, Select, case, func, select

from ledger.billing.facts import (
    DepositApplied,
    DepositForfeited,
    DepositReceived,
    DepositRefunded,
    DepositReversed,
)
from ledger.billing.lines import days_overdue
from ledger.billing.scheduled.facts import DepositInterestCredited
from ledger.billing.taking_over.facts import DepositTakenOver
from ledger.decider import stored_name
from ledger.leases.facts import LeaseState
from ledger.leases.lease import Lease
from ledger.leases.schedule import deposit_due_on, last_day
from ledger.values.money import written
from projections.books.entries import known
from projections.books.journal import journal_line, totals
from projections.companies.register import names
from projections.engine.basis import Basis
from projections.tenancy.leases import lease_states, units_of

Moved = Literal["received", "topped_up", "interest", "moved_in", "moved_out", "applied", "forfeited", "refunded"]
IN: tuple[Moved, ...] = ("received", "topped_up", "interest", "moved_in")
OUT: tuple[Moved, ...] = ("moved_out", "applied", "forfeited", "refunded")
MOVED = (*IN, *OUT)
HELD = (*MOVED, "held", "overdue")
"""The columns in CNY."""
TAKEN: Mapping[str, Moved] = {
    stored_name(DepositApplied): "applied",
    stored_name(DepositForfeited): "forfeited",
    stored_name(DepositRefunded): "refunded",
}
RECEIVED = frozenset({stored_name(DepositReceived), stored_name(DepositTakenOver)})
INTEREST = stored_name(DepositInterestCredited)
REVERSED = stored_name(DepositReversed)


class LeaseDeposit(Struct, frozen=True, kw_only=True):
    """A lease's deposit, in CNY. What came in and what went are both positive.

    received    with the first of it, or by the day on which the lease begins; topped_up: later
    interest    that accrued and was credited
    moved_in    from another lease of the tenant; moved_out: to another
    ends_on     the lease's last day, as far as one is known
    due_on      the day by which what is held is to be paid back; days: past that day
    overdue     what is held past that day
    """

    company: str
    name: str | None
    lease: str
    units: str | None
    state: LeaseState | None
    ends_on: date | None
    received: str
    topped_up: str
    interest: str
    moved_in: str
    moved_out: str
    applied: str
    forfeited: str
    refunded: str
    held: str
    due_on: date | None
    days: int
    overdue: str


class DepositTotal(Struct, frozen=True, kw_only=True):
    """The sum of the rows, in CNY."""

    received: str
    topped_up: str
    interest: str
    moved_in: str
    moved_out: str
    applied: str
    forfeited: str
    refunded: str
    held: str
    overdue: str


class Deposits(Struct, frozen=True, kw_only=True):
    """Deposits by tenant and lease. `difference` between what is held and the control account is 0.00, or the books and
    the leases' deposits do not agree."""

    currency: str
    rows: tuple[LeaseDeposit, ...]
    total: DepositTotal
    control: str
    difference: str
    fictional: bool


class _Movement(Struct, frozen=True):
    """One movement of a lease's deposit, as far as it stands: negative where it took of it."""

    company: str
    lease: str
    document: str
    fact: str
    since: tuple[date, int]
    held_minor: int
    fictional: bool


def deposits(connection: Connection, basis: Basis, *, settled: bool = False) -> Deposits:
    """List the deposits on that basis. `settled`: also those of which nothing is held any more."""
    by_lease = {one.lease: one for one in lease_states(connection, basis)}
    known_as = names(connection, basis)
    rows, sums, fictional = list[LeaseDeposit](), dict.fromkeys(HELD, 0), False
    for (company, lease), movements in _by_lease(_movements(connection, basis)):
        found = by_lease.get(lease)
        figures = _figures(movements, found, basis.effective)
        if figures["held"] == 0 and not settled:
            continue
        due_on = deposit_due_on(found) if found else None
        rows.append(
            LeaseDeposit(
                company=company,
                name=known_as.get(company),
                lease=lease,
                units=" ".join(units_of(found)) if found else None,
                state=found.state if found else None,
                ends_on=last_day(found) if found else None,
                due_on=due_on,
                days=_days(due_on, figures["held"], basis.effective),
                **{column: written(figures[column]) for column in HELD},
            )
        )
        sums = {column: sums[column] + figures[column] for column in HELD}
        fictional = fictional or any(one.fictional for one in movements)
    control = _control_minor(connection, basis)
    return Deposits(
        currency="CNY",
        rows=tuple(rows),
        total=DepositTotal(**{column: written(amount) for column, amount in sums.items()}),
        control=written(control),
        difference=written(sums["held"] - control),
        fictional=fictional,
    )


def _by_lease(movements: Iterable[_Movement]) -> Iterable[tuple[tuple[str, str], list[_Movement]]]:
    for whose, some in groupby(movements, key=attrgetter("company", "lease")):
        yield whose, list(some)


def _movements(connection: Connection, basis: Basis, *, of: tuple[str, str] | None = None) -> list[_Movement]:
    """Every movement that the basis knows, by tenant and lease; or those of one tenant and lease."""
    line = journal_line.c
    itself = line.fact != REVERSED
    query = (
        select(
            line.company,
            line.lease,
            line.document,
            func.max(case((itself, line.fact))).label("fact"),
            func.min(case((itself, line.accounting_on))).label("since_on"),
            func.min(line.position).label("position"),
            func.sum(-line.amount_minor).label("held"),
            func.max(case((line.data_class == "FICTIONAL", 1), else_=0)).label("fictional"),
        )
        .where(known(basis, of_account=True), line.account == "deposits")
        .group_by(line.company, line.lease, line.document)
        .order_by(line.company, line.lease, line.document)
    )
    if of is not None:
        query = query.where(line.company == of[0], line.lease == of[1])
    return [
        _Movement(
            row.company,
            row.lease,
            row.document,
            row.fact,
            (row.since_on, row.position),
            int(row.held),
            bool(row.fictional),
        )
        for row in connection.execute(query)
    ]


def _figures(movements: Sequence[_Movement], lease: Lease | None, on: date) -> dict[str, int]:
    """The columns of a lease's row, in minor units."""
    figures = dict.fromkeys(HELD, 0)
    for column, movement in _in_columns(movements, lease):
        figures[column] += movement.held_minor if column in IN else -movement.held_minor
        figures["held"] += movement.held_minor
    due_on = deposit_due_on(lease) if lease else None
    figures["overdue"] = figures["held"] if _days(due_on, figures["held"], on) else 0
    return figures


def _in_columns(movements: Sequence[_Movement], lease: Lease | None) -> list[tuple[Moved, _Movement]]:
    """Each movement of a lease with the column that it stands in."""
    came = sorted(one.since for one in movements if one.fact in RECEIVED and one.held_minor)
    begun = lease.latest.commencement_on if lease and lease.versions else date.min
    until = max(came[0][0], begun) if came else begun
    return [(_column(one, until), one) for one in movements]


def _column(movement: _Movement, until: date) -> Moved:
    if movement.fact in RECEIVED:
        return "received" if movement.since[0] <= until else "topped_up"
    if movement.fact in TAKEN:
        return TAKEN[movement.fact]
    if movement.fact == INTEREST:
        return "interest"
    return "moved_in" if movement.held_minor > 0 else "moved_out"


def _days(due_on: date | None, held_minor: int, on: date) -> int:
    """Days past the day by which what is held is to be paid back."""
    return days_overdue(due_on, on) if held_minor > 0 else 0


def _control_minor(connection: Connection, basis: Basis) -> int:
    """The balance of the control account in the books, credits positive, of all data classes."""
    found = totals(connection, basis.recorded, [basis.effective])[basis.effective]
    return -sum(total.balance_minor for (account, _), total in found.items() if account == "deposits")


# Lines behind


def held_lines(basis: Basis, company: str, lease: str) -> Select[Any]:
    """Select the lines that what is held for a lease sums: position and minor units."""
    line = journal_line.c
    mine = line.account == "deposits", line.company == company, line.lease == lease
    return select(line.position, (-line.amount_minor).label("minor")).where(known(basis), *mine)


def control_lines(basis: Basis) -> Select[Any]:
    """Select the lines of the control account, credits positive."""
    line = journal_line.c
    mine = known(basis, of_account=True), line.account == "deposits"
    return select(line.position, (-line.amount_minor).label("minor")).where(*mine)
