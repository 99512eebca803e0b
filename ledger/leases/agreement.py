"""From draft to signature: what the terms may say, who approves, who may take the units.

Commands       Facts (lease.…)   From
DraftLease     drafted           nothing, DRAFT
SubmitLease    submitted         DRAFT
ApproveLease   approved          SUBMITTED, by somebody else than who drafted and submitted
VoidLease      voided            DRAFT, SUBMITTED, APPROVED
ExecuteLease   executed          APPROVED: the units are let

Refusals, in order of precedence
├── TenantUnknown           no such company (unknown)
├── TenantGone              the company was merged away or has left
├── TermImpossible          the term ends before it begins, or lies outside of 1950 to 2150
├── TermTooLong             L2: more than 20 years (Civil Code 705)
├── PremisesMalformed       no area, days outside of the term, or a unit twice on one day
├── RentStepsDisordered     L4: steps in order, the first on the commencement, all in the term
├── RentFreeMalformed       L5: days free of rent lie in the term and do not overlap
├── BreakMalformed          a break date lies in the term, before its last day, and stands once
├── IndexationMalformed     the series is a price index, the floor is not above the cap
├── RentTooLarge            more than ten billion CNY a month
├── ApproverIsAuthor        J7: nobody approves what they drafted or submitted
├── SignedAfterCommencement L6: the term does not begin before both sides signed
└── those of premises.py
"""

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any

from ledger.companies.company import Company
from ledger.decider import By
from ledger.leases.facts import (
    LeaseApproved,
    LeaseDrafted,
    LeaseExecuted,
    LeaseFact,
    LeaseHolds,
    LeaseSubmitted,
    LeaseVoided,
)
from ledger.leases.lease import (
    ApproveLease,
    ApproverIsAuthor,
    DraftLease,
    ExecuteLease,
    Lease,
    LeaseCommand,
    LeaseRefusal,
    Leases,
    Part,
    SubmitLease,
    Version,
    VoidLease,
)
from ledger.leases.premises import check_areas, check_taken, lettings_of
from ledger.leases.terms import Premises, Quote, Terms, monthly
from ledger.periods import day_before
from ledger.values.measures import dm2

TERM_YEARS_MAX = 20
YEARS = (1950, 2150)
MONTHLY_MINOR_MAX = 10**12

# Refusals


class TenantUnknown(LeaseRefusal):
    """No such company."""

    code = "tenant-unknown"
    kind = "unknown"


class TenantGone(LeaseRefusal):
    """The company was merged away or has left."""

    code = "tenant-gone"


class TermImpossible(LeaseRefusal):
    """The term ends before it begins, or lies outside of any time that is meant."""

    code = "lease-term-impossible"


class TermTooLong(LeaseRefusal):
    """L2: more than 20 years (Civil Code 705)."""

    code = "lease-term-too-long"


class PremisesMalformed(LeaseRefusal):
    """No area, days outside of the term, or a unit twice on one day."""

    code = "premises-malformed"


class RentStepsDisordered(LeaseRefusal):
    """L4: steps in order, the first on the commencement, all in the term."""

    code = "rent-steps-disordered"


class RentFreeMalformed(LeaseRefusal):
    """L5: days free of rent lie in the term and do not overlap."""

    code = "rent-free-malformed"


class BreakMalformed(LeaseRefusal):
    """A break date lies in the term, before its last day, and stands once."""

    code = "break-malformed"


class IndexationMalformed(LeaseRefusal):
    """The series is a price index, the floor is not above the cap."""

    code = "indexation-malformed"


class RentTooLarge(LeaseRefusal):
    """More than ten billion CNY a month: a slip of the decimal point."""

    code = "rent-too-large"


class SignedAfterCommencement(LeaseRefusal):
    """L6: the term does not begin before both sides signed."""

    code = "signed-after-commencement"


# What terms may say


def check_terms(terms: Terms) -> None:
    """The rules that terms keep by themselves. Raises LeaseRefusal."""
    first, last = terms.commencement_on, terms.expiry_on
    if last < first:
        raise TermImpossible(f"the term ends on {last}, before it begins on {first}", field="terms.expiry_on")
    if first.year < YEARS[0] or last.year > YEARS[1]:
        raise TermImpossible(f"a term lies between {YEARS[0]} and {YEARS[1]}", field="terms.commencement_on")
    longest = day_before(_anniversary(first, TERM_YEARS_MAX))
    if last > longest:
        raise TermTooLong(
            f"a term of more than {TERM_YEARS_MAX} years is void beyond them: end it by {longest}",
            field="terms.expiry_on",
        )
    _check_premises(terms)
    _check_rent_steps(terms)
    _check_rent_free(terms)
    _check_breaks(terms)
    _check_indexation(terms)
    _check_size(terms)


def _anniversary(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February: 2100 has none
        return date(day.year + years, 3, 1)


def _inside(terms: Terms, from_on: date, until_on: date) -> bool:
    return terms.commencement_on <= from_on <= until_on <= terms.expiry_on


def _days(terms: Terms, one: Premises) -> tuple[date, date]:
    return one.from_on or terms.commencement_on, one.until_on or terms.expiry_on


def _check_premises(terms: Terms) -> None:
    for one in terms.premises:
        if dm2(one.area) == 0:
            raise PremisesMalformed(f"unit {one.unit} has an area of 0.00 m²", field="terms.premises")
        if not _inside(terms, *_days(terms, one)):
            raise PremisesMalformed(f"unit {one.unit} is let on days outside of the term", field="terms.premises")
    for one, other in combinations(terms.premises, 2):
        if one.unit == other.unit and _overlap(_days(terms, one), _days(terms, other)):
            raise PremisesMalformed(f"unit {one.unit} is let twice on one day", field="terms.premises")


def _overlap(one: tuple[date, date], other: tuple[date, date]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _check_rent_steps(terms: Terms) -> None:
    days = [step.from_on for step in terms.rent]
    if days[0] != terms.commencement_on:
        raise RentStepsDisordered(
            f"the first rent step is on the commencement, {terms.commencement_on}", field="terms.rent"
        )
    if any(later <= earlier for earlier, later in pairwise(days)):
        raise RentStepsDisordered("rent steps stand in order, each on a day of its own", field="terms.rent")
    if days[-1] > terms.expiry_on:
        raise RentStepsDisordered(f"a rent step is after expiry, {terms.expiry_on}", field="terms.rent")


def _check_rent_free(terms: Terms) -> None:
    for free in terms.rent_free:
        if not _inside(terms, free.from_on, free.until_on):
            raise RentFreeMalformed(
                f"{free.from_on} to {free.until_on} are no days of the term in order", field="terms.rent_free"
            )
    for one, other in combinations(terms.rent_free, 2):
        if _overlap((one.from_on, one.until_on), (other.from_on, other.until_on)):
            raise RentFreeMalformed(
                f"days free of rent overlap on {max(one.from_on, other.from_on)}", field="terms.rent_free"
            )


def _check_breaks(terms: Terms) -> None:
    days = [one.on for one in terms.breaks]
    for day in days:
        if not terms.commencement_on <= day < terms.expiry_on:
            raise BreakMalformed(f"the break on {day} is not in the term, before its last day", field="terms.breaks")
    if len(days) != len(set(days)):
        raise BreakMalformed("each break date stands once", field="terms.breaks")


def _check_indexation(terms: Terms) -> None:
    rule = terms.indexation
    if rule is None:
        return
    if not rule.series.startswith("cpi/"):
        raise IndexationMalformed(f"{rule.series} is no price index (cpi/…)", field="terms.indexation")
    if rule.floor is not None and rule.cap is not None and Fraction(rule.floor) > Fraction(rule.cap):
        raise IndexationMalformed(f"the floor {rule.floor} is above the cap {rule.cap}", field="terms.indexation")


def _check_size(terms: Terms) -> None:
    check_size([step.rent for step in terms.rent], terms.area_dm2, field="terms.rent")
    if terms.service_charge is not None:
        check_size([terms.service_charge], terms.area_dm2, field="terms.service_charge")


def check_size(quotes: Iterable[Quote], area_dm2: int, *, field: str) -> None:
    """No quote comes to more a month than any lease can cost. Raises RentTooLarge."""
    for quote in quotes:
        if monthly(quote, area_dm2) > MONTHLY_MINOR_MAX:
            raise RentTooLarge(f"{quote.price} comes to more than 10,000,000,000.00 CNY a month", field=field)


# Scope and decide


def _scope(command: LeaseCommand) -> tuple[str, ...]:
    match command:
        case DraftLease():
            return (f"company:{command.company}", *(f"unit:{one.unit}" for one in command.terms.premises))
        case ExecuteLease():
            return tuple(f"unit:{unit}" for unit in command.units)
    return ()


def check_draft(state: Leases, command: DraftLease) -> None:
    """The rules of a draft. Two drafts may want the same unit; two signed leases may not. Raises LeaseRefusal."""
    _check_tenant(state.companies.get(command.company), command.company)
    check_terms(command.terms)
    check_areas(state, command.terms.premises, command.effective_on)


def _check_tenant(company: Company | None, name: str) -> None:
    if company is None or company.lead_on is None:
        raise TenantUnknown(f"there is no company {name}; register it as a lead first", field="company")
    if company.stage == "MERGED":
        raise TenantGone(f"{name} was merged into {company.merged_into}; draft the lease for that", field="company")
    if company.stage == "EXITED":
        raise TenantGone(f"{name} has left since {company.exited_on}", field="company")


def _told(state: Leases, lease: Lease, command: Any, by: By) -> dict[str, Any]:
    match command:
        case SubmitLease():
            return {"company": lease.company, "submitted_by": by.actor}
        case ApproveLease():
            if by.actor in (lease.drafted_by, lease.submitted_by):
                raise ApproverIsAuthor(f"{by.actor} drafted or submitted {lease.lease}; somebody else approves it")
            return {"company": lease.company, "approved_by": by.actor}
        case VoidLease():
            return {"company": lease.company}
        case ExecuteLease():
            return {"company": lease.company, "lettings": _execute(state, lease, command)}
    raise AssertionError(command)


def _execute(state: Leases, lease: Lease, command: ExecuteLease) -> Sequence[Any]:
    terms = lease.draft
    assert terms is not None, "an approved lease was drafted"
    if command.effective_on > terms.commencement_on:
        raise SignedAfterCommencement(
            f"the term begins on {terms.commencement_on}, before it is signed on {command.effective_on}",
            field="effective_on",
        )
    lettings = lettings_of(_first(terms), terms.expiry_on)
    check_taken(state, lease, lettings, named=command.units, agreed=terms.premises, on=command.effective_on)
    return lettings


def _first(terms: Terms) -> tuple[Version, ...]:
    return (Version(from_on=terms.commencement_on, terms=terms),)


# Evolve


def _change(lease: Lease, fact: LeaseFact | LeaseHolds) -> dict[str, Any]:
    match fact:
        case LeaseDrafted():
            return {"company": fact.company, "draft": fact.terms, "drafted_by": fact.drafted_by}
        case LeaseSubmitted():
            return {"submitted_by": fact.submitted_by}
        case LeaseApproved():
            return {"approved_by": fact.approved_by}
        case LeaseExecuted():
            later = [one for one in lease.versions if lease.draft is None or one.from_on > lease.draft.commencement_on]
            return {
                "executed_on": fact.effective_on,
                "versions": (*(_first(lease.draft) if lease.draft is not None else ()), *later),
            }
    return {}


AGREEMENT = Part(
    facts={
        DraftLease: LeaseDrafted,
        SubmitLease: LeaseSubmitted,
        ApproveLease: LeaseApproved,
        VoidLease: LeaseVoided,
        ExecuteLease: LeaseExecuted,
    },
    starts={
        LeaseDrafted: frozenset({"DRAFT"}),
        LeaseSubmitted: frozenset({"DRAFT"}),
        LeaseApproved: frozenset({"SUBMITTED"}),
        LeaseVoided: frozenset({"DRAFT", "SUBMITTED", "APPROVED"}),
        LeaseExecuted: frozenset({"APPROVED"}),
    },
    reaches={
        LeaseDrafted: "DRAFT",
        LeaseSubmitted: "SUBMITTED",
        LeaseApproved: "APPROVED",
        LeaseVoided: "VOIDED",
        LeaseExecuted: "EXECUTED",
    },
    given=lambda command: {},
    told=_told,
    change=_change,
    scope=_scope,
)
