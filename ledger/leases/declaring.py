"""What the tenant says it sold, where a share of it is due.

Command           Fact (lease.…)      From
DeclareTurnover   turnover-declared   COMMENCED and after

Refusals, in order of precedence (after those of lease.py)
├── NoTurnoverRent      no share of that month's turnover is agreed for any day of the lease
├── TurnoverMonthRuns   the days it is for are not over
└── TurnoverSaidLater   a later declaration of the month counts
"""

from collections.abc import Sequence
from typing import ClassVar

from msgspec.structs import replace

from ledger.decider import By, Fact, Part, said
from ledger.leases.facts import LeaseState, TurnoverDeclared
from ledger.leases.lease import BILLED, WITHDRAW, Lease, LeaseCommand, LeaseRefusal, Leases, lease_at, lease_scope
from ledger.leases.turnover import declared_days
from ledger.periods import Month
from ledger.values.evidence import Evidence
from ledger.values.money import Cny, minor

# Commands


class DeclareTurnover(LeaseCommand, frozen=True, kw_only=True, tag="declare-turnover"):
    """Record what the tenant says it sold in a month, ex VAT, on the days that the lease holds. What is due of it the
    next `bill-lease` asks for; said again for the month, it takes the place of what was said before."""

    put_right: ClassVar[str] = "`declare-turnover` again for the same month. " + WITHDRAW + BILLED
    month: Month
    turnover: Cny
    statement: Evidence


# Refusals


class NoTurnoverRent(LeaseRefusal):
    """No share of that month's turnover is agreed for any day of the lease."""

    code = "no-turnover-rent"


class TurnoverMonthRuns(LeaseRefusal):
    """The days it is for are not over."""

    code = "turnover-month-runs"


class TurnoverSaidLater(LeaseRefusal):
    """A later declaration of the month counts."""

    code = "turnover-said-later"


STARTS: frozenset[LeaseState] = frozenset({"COMMENCED", "RENEWED", "HOLDOVER", "EXPIRED", "TERMINATED", "ENDED"})

# Evolve


def _declared(lease: Lease, fact: TurnoverDeclared) -> Lease:
    """The latest said of a month counts, whatever the order of folding."""
    before = next((told for told in lease.turnovers if told.month == fact.month), None)
    if before is not None and before.effective_on > fact.effective_on:
        return lease
    others = (told for told in lease.turnovers if told.month != fact.month)
    return replace(lease, turnovers=tuple(sorted((*others, fact), key=lambda told: told.month)))


# Decide


def _declare(state: Leases, command: DeclareTurnover, by: By) -> Sequence[Fact]:
    turnover = minor(command.turnover)
    if said(TurnoverDeclared, command, turnover_minor=turnover) in state.asked.values():
        return ()
    lease = lease_at(state, command, STARTS)
    days = declared_days(lease, command.month)
    if days is None:
        raise NoTurnoverRent(
            f"{lease.lease} has no share of turnover on any day of {command.month}; amend its terms first",
            field="month",
        )
    if command.effective_on <= days[1]:
        raise TurnoverMonthRuns(
            f"it is for {days[0]} to {days[1]}; declare it the day after or later", field="effective_on"
        )
    before = next((told for told in lease.turnovers if told.month == command.month), None)
    if before is not None and command.effective_on < before.effective_on:
        raise TurnoverSaidLater(
            f"{command.month} was declared on {before.effective_on}; declare it that day or later",
            field="effective_on",
        )
    return (
        TurnoverDeclared(
            effective_on=command.effective_on,
            lease=lease.lease,
            company=lease.company,
            month=command.month,
            from_on=days[0],
            until_on=days[1],
            turnover_minor=turnover,
            statement=command.statement,
        ),
    )


DECLARING: Part[Leases, Lease] = Part(
    decide={DeclareTurnover: _declare}, scope={DeclareTurnover: lease_scope}, evolve={TurnoverDeclared: _declared}
)
