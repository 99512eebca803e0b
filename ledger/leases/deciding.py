"""The decider of leases: the parts of a lease's life as one.

evolve_lease   one lease after one more fact, in any order
evolve         the leases of one scope after one more fact
scope          the lease, and the company, units, index and other lease that a command names
decide         the fact that a command asks for
"""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from ledger.companies.company import evolve_company
from ledger.companies.facts import CompanyFact
from ledger.decider import By, Decider, Fact, remember, together
from ledger.estate.unit import evolve_units
from ledger.leases.agreement import AGREEMENT
from ledger.leases.changes import CHANGES
from ledger.leases.declaring import DECLARING
from ledger.leases.facts import (
    AmendmentProposed,
    AmendmentRejected,
    LeaseAmended,
    LeaseFact,
    LeaseHolds,
)
from ledger.leases.lease import Lease, LeaseCommand, Leases
from ledger.leases.premises import lettings_of, taken
from ledger.leases.schedule import in_force, last_day
from ledger.leases.taking_over import TAKING_OVER
from ledger.leases.term import TERM
from ledger.leases.termination import TERMINATION
from ledger.once.lettings import after
from ledger.rates import RateApproved, with_rate

PARTS = together(AGREEMENT, TAKING_OVER, TERM, TERMINATION, CHANGES, DECLARING)

# Evolve


def evolve_lease(lease: Lease | None, fact: LeaseFact | LeaseHolds) -> Lease:
    """One lease after one more fact. Takes facts in any order: read models fold by effective date."""
    changed = PARTS.evolve[type(fact)](lease or Lease(lease=fact.lease, company=fact.company), fact)
    if isinstance(fact, LeaseHolds):
        # Told from the terms, not from the fact: facts in another order hold for other days.
        return replace(changed, lettings=lettings_of(in_force(changed), last_day(changed)))
    return changed


def evolve(state: Leases, fact: Fact) -> Leases:
    """The leases of one scope after one more fact of leases, companies, units or rates; others change nothing."""
    match fact:
        case LeaseFact() | LeaseHolds():
            return _evolve_leases(state, fact)
        case CompanyFact():
            moved = {name: evolve_company(state.companies.get(name), fact) for name in fact.companies}
            return replace(state, companies={**state.companies, **moved})
        case RateApproved():
            return replace(state, rates=with_rate(state.rates, fact))
    units = evolve_units(state.units, fact)
    return state if units is state.units else replace(state, units=units)


def _evolve_leases(state: Leases, fact: LeaseFact | LeaseHolds) -> Leases:
    before = state.leases.get(fact.lease)
    change: dict[str, Any] = {
        "leases": {**state.leases, fact.lease: evolve_lease(before, fact)},
        "asked": remember(state.asked, fact),
    }
    match fact:
        case AmendmentProposed():
            change["amendments"] = {**state.amendments, (fact.lease, fact.amendment): fact}
        case AmendmentRejected() | LeaseAmended():
            held = () if before is None else before.lettings
            took = taken(held, fact.lettings) if isinstance(fact, LeaseAmended) else ()
            change["decided"] = {**state.decided, (fact.lease, fact.amendment): took}
    if isinstance(fact, LeaseHolds):
        change["calendar"] = after(state.calendar, fact)
    return replace(state, **change)


# Scope


def scope(command: LeaseCommand) -> tuple[str, ...]:
    """The tags of the lease, and of the company, units, index and other lease that the command names; each once."""
    return tuple(dict.fromkeys(PARTS.scope[type(command)](command)))


# Decide


def decide(state: Leases, command: LeaseCommand, by: By) -> Sequence[Fact]:
    """The fact that a command asks for, if every rule allows it; nothing where it is so already."""
    return PARTS.decide[type(command)](state, command, by)


LEASES: Decider[LeaseCommand, Leases] = Decider(tuple(PARTS.decide), Leases(), scope, evolve, decide)
