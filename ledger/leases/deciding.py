"""The decider of leases."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import structs

from ledger.companies.company import evolve_company
from ledger.companies.facts import CompanyFact
from ledger.decider import By, Decider, Fact
from ledger.estate.unit import evolve_units
from ledger.leases.agreement import AGREEMENT, check_draft
from ledger.leases.changes import CHANGES
from ledger.leases.facts import (
    AmendmentProposed,
    AmendmentRejected,
    BreakNoticeServed,
    IndexRentReviewed,
    LeaseAmended,
    LeaseDrafted,
    LeaseFact,
    LeaseHolds,
    ServiceChargeChanged,
)
from ledger.leases.lease import (
    DraftLease,
    Lease,
    LeaseCommand,
    LeaseExists,
    Leases,
    LeaseStateForbids,
    LeaseStepTooEarly,
    LeaseUnknown,
    Part,
)
from ledger.leases.premises import lettings_of
from ledger.leases.schedule import in_force, last_day
from ledger.leases.term import TERM
from ledger.lettings import after
from ledger.rates import RateApproved, with_rate

PARTS = (AGREEMENT, TERM, CHANGES)
PART_OF: Mapping[type[LeaseCommand], Part] = {command: part for part in PARTS for command in part.facts}
PART_OF_FACT: Mapping[type[Fact], Part] = {fact: part for part in PARTS for fact in part.facts.values()}

# Evolve


def evolve_lease(lease: Lease | None, fact: LeaseFact | LeaseHolds) -> Lease:
    """One lease after one more fact. Takes facts in any order: read models fold by effective date."""
    known = lease or Lease(lease=fact.lease, company=fact.company)
    part = PART_OF_FACT[type(fact)]
    change = part.change(known, fact)
    if state := part.reaches.get(type(fact)):
        change |= {"state": state, "since": fact.effective_on}
    if not change:
        return known
    changed = structs.replace(known, **change)
    if isinstance(fact, LeaseHolds):
        # Told from the terms, not from the fact: facts in another order hold for other days.
        changed = structs.replace(changed, lettings=lettings_of(in_force(changed), last_day(changed)))
    return changed


def evolve(state: Leases, fact: Fact) -> Leases:
    """What one scope tells after one more fact of leases, companies, units or rates; others change nothing."""
    match fact:
        case LeaseFact() | LeaseHolds():
            return _evolve_leases(state, fact)
        case CompanyFact():
            moved = {name: evolve_company(state.companies.get(name), fact) for name in fact.companies}
            return structs.replace(state, companies={**state.companies, **moved})
        case RateApproved():
            return structs.replace(state, rates=with_rate(state.rates, fact))
    units = evolve_units(state.units, fact)
    return state if units is state.units else structs.replace(state, units=units)


def _evolve_leases(state: Leases, fact: LeaseFact | LeaseHolds) -> Leases:
    change: dict[str, Any] = {
        "leases": {**state.leases, fact.lease: evolve_lease(state.leases.get(fact.lease), fact)},
        "asked": {**state.asked, _topic(fact): fact.asked},
    }
    match fact:
        case AmendmentProposed():
            change["amendments"] = {**state.amendments, (fact.lease, fact.amendment): fact}
        case AmendmentRejected() | LeaseAmended():
            change["decided"] = state.decided | {(fact.lease, fact.amendment)}
    if isinstance(fact, LeaseHolds):
        change["calendar"] = after(state.calendar, fact)
    return structs.replace(state, **change)


def _topic(fact: Fact) -> tuple[Any, ...]:
    """What the fact says how it stands, until the next fact of the same topic; itself where facts only add up."""
    match fact:
        case LeaseDrafted() | BreakNoticeServed():
            return (type(fact), fact.lease)
        case ServiceChargeChanged() | IndexRentReviewed():
            return (type(fact), fact.lease, fact.effective_on)
    return fact.asked


# Scope


def scope(command: LeaseCommand) -> tuple[str, ...]:
    """The lease; the company, units, index and other lease that the command names."""
    return tuple(dict.fromkeys((f"lease:{command.lease}", *PART_OF[type(command)].scope(command))))


# Decide


def decide(state: Leases, command: LeaseCommand, by: By) -> Sequence[Fact]:
    """The fact that a command asks for, if every rule allows it; nothing where it is so already."""
    lease, part = state.leases.get(command.lease), PART_OF[type(command)]
    kind = part.facts[type(command)]
    given = _given(part, kind, command)
    if lease is None:
        if not isinstance(command, DraftLease):
            raise LeaseUnknown(f"there is no lease {command.lease}; draft it first", field="lease")
        return _draft(state, command, by)
    if _already_so(state, kind, given):
        return ()
    if isinstance(command, DraftLease) and command.company != lease.company:
        raise LeaseExists(f"{command.lease} is a lease of {lease.company}; choose another id", field="lease")
    _check_place(lease, kind, command, part)
    if isinstance(command, DraftLease):
        return _draft(state, command, by)
    fact = kind(**{**given, **part.told(state, lease, command, by)})
    return () if state.asked.get(_topic(fact)) == fact.asked else (fact,)


def _draft(state: Leases, command: DraftLease, by: By) -> Sequence[Fact]:
    check_draft(state, command)
    return (LeaseDrafted(**structs.asdict(command), drafted_by=by.actor),)


def _given(part: Part, kind: type[LeaseFact | LeaseHolds], command: LeaseCommand) -> dict[str, Any]:
    """The fact's fields that the command says."""
    named = {name: getattr(command, name) for name in command.__struct_fields__ if name in kind.__struct_fields__}
    return named | part.given(command)


def _already_so(state: Leases, kind: type[LeaseFact | LeaseHolds], given: Mapping[str, Any]) -> bool:
    """Whether just this was asked before and still stands. Where the state has a say, that shows only in the fact."""
    asked = [name for name in kind.__struct_fields__ if name not in kind.derived]
    if any(name not in given for name in asked):
        return False
    return (kind, *(given[name] for name in asked)) in state.asked.values()


def _check_place(lease: Lease, kind: type[LeaseFact | LeaseHolds], command: LeaseCommand, part: Part) -> None:
    """State and date: the refusals that any step can meet."""
    starts = part.starts[kind]
    if lease.state not in starts:
        raise LeaseStateForbids(f"{lease.lease} is {lease.state}; this step starts from {', '.join(sorted(starts))}")
    if kind in part.reaches and command.effective_on < lease.since:
        raise LeaseStepTooEarly(
            f"{lease.lease} is {lease.state} since {lease.since}; the next step cannot be earlier", field="effective_on"
        )


LEASES: Decider[LeaseCommand, Leases] = Decider(tuple(PART_OF), Leases(), scope, evolve, decide)
