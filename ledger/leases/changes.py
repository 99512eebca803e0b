"""What changes while a lease runs: amended terms, the service charge, the rent by its index.

Commands              Facts (lease.…)         From
ProposeAmendment      amendment-proposed      EXECUTED, COMMENCED, RENEWED
ApproveAmendment      amended                 the same, by somebody else than the proposer
RejectAmendment       amendment-rejected      any
ChangeServiceCharge   service-charge-changed  EXECUTED and after: also for days past
ReviewRent            index-rent-reviewed     COMMENCED, RENEWED, HOLDOVER

An amendment states the terms whole, from its effective date on. It is SCOPE_UP or SCOPE_DOWN where the premises change,
TERM where else the expiry does, and CONSIDERATION where only anything else does. Amendments count by effective date,
not by the order they were recorded in (L7): one in front of another holds until that begins.

Refusals, in order of precedence
├── AmendmentUnknown      nobody proposed it (unknown)
├── AmendmentTaken        this id is another amendment's of the lease (conflict)
├── AmendmentDecided      it was approved or rejected already
├── ApproverIsAuthor      (lease.py) the approver is not the proposer
├── those of terms by themselves (agreement.py)
├── CommencementKept      an amendment does not move the commencement
├── OutsideTerm           (lease.py) the day lies in the term, and so do later amendments
├── AmendmentKindDiffers  the kind is not what the terms change
├── those of premises.py
├── NotIndexed            the terms have no index
├── SeriesNotNamed        the command does not name the index of the terms
├── IndexUnknown          no index of that month is approved (unknown)
└── RentTooLarge          (agreement.py)
"""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from msgspec.structs import replace

from ledger.decider import By
from ledger.leases.agreement import MONTHLY_MINOR_MAX, RentTooLarge, check_size, check_terms
from ledger.leases.facts import (
    AmendmentKind,
    AmendmentProposed,
    AmendmentRejected,
    IndexRentReviewed,
    LeaseAmended,
    LeaseFact,
    LeaseHolds,
    LeaseState,
    ServiceChargeChanged,
)
from ledger.leases.lease import (
    ApproveAmendment,
    ApproverIsAuthor,
    ChangeServiceCharge,
    Lease,
    LeaseCommand,
    LeaseRefusal,
    Leases,
    OutsideTerm,
    Part,
    ProposeAmendment,
    RejectAmendment,
    ReviewRent,
    Version,
)
from ledger.leases.premises import check_areas, check_taken, given_up, lettings_of, taken
from ledger.leases.rents import area_on, rent_on, reviewed_on, version_on
from ledger.leases.schedule import last_day
from ledger.leases.terms import Indexation, Premises, Terms
from ledger.periods import month_of
from ledger.values.money import rounded, written

RATIO_DECIMALS = 8
RATIO_MAX = 1000

# Refusals


class AmendmentUnknown(LeaseRefusal):
    """Nobody proposed it."""

    code = "amendment-unknown"
    kind = "unknown"


class AmendmentTaken(LeaseRefusal):
    """This id is another amendment's of the lease."""

    code = "amendment-taken"
    kind = "conflict"


class AmendmentDecided(LeaseRefusal):
    """It was approved or rejected already."""

    code = "amendment-decided"


class CommencementKept(LeaseRefusal):
    """An amendment does not move the commencement."""

    code = "commencement-kept"


class AmendmentKindDiffers(LeaseRefusal):
    """The kind is not what the terms change."""

    code = "amendment-kind-differs"


class NotIndexed(LeaseRefusal):
    """The terms have no index."""

    code = "lease-not-indexed"


class SeriesNotNamed(LeaseRefusal):
    """The command does not name the index of the terms: what it stands at was not looked at."""

    code = "series-not-named"


class IndexUnknown(LeaseRefusal):
    """No index of that month is approved."""

    code = "index-unknown"
    kind = "unknown"


# Scope and decide


def _scope(command: LeaseCommand) -> tuple[str, ...]:
    match command:
        case ProposeAmendment():
            return tuple(f"unit:{one.unit}" for one in command.terms.premises)
        case ApproveAmendment():
            return tuple(f"unit:{unit}" for unit in command.units)
        case ReviewRent() if command.series is not None:
            return (f"series:{command.series}",)
    return ()


def _told(state: Leases, lease: Lease, command: LeaseCommand, by: By) -> dict[str, Any]:
    told: dict[str, Any] = {"company": lease.company}
    match command:
        case ProposeAmendment():
            _check_proposal(state, lease, command)
            return told | {"proposed_by": by.actor}
        case ApproveAmendment():
            return told | _approve(state, lease, command, by)
        case RejectAmendment():
            _open_proposal(state, lease, command.amendment)
        case ChangeServiceCharge():
            _check_day(lease, command.effective_on)
            area = area_on(version_on(lease.versions, command.effective_on).terms, command.effective_on)
            check_size([command.service_charge], area, field="service_charge")
        case ReviewRent():
            return told | _review(state, lease, command)
    return told


def _check_day(lease: Lease, on: date) -> None:
    """The day is one of the lease or its holdover. Raises OutsideTerm."""
    first, last = lease.versions[0].from_on, last_day(lease)
    if on < first or (last is not None and on > last):
        raise OutsideTerm(f"{lease.lease} runs from {first} to {last or 'no end on record'}", field="effective_on")


# Amendments


def _check_proposal(state: Leases, lease: Lease, command: ProposeAmendment) -> None:
    if (lease.lease, command.amendment) in state.amendments:
        raise AmendmentTaken(
            f"{command.amendment} is another amendment of {lease.lease}; choose another id", field="amendment"
        )
    check_terms(command.terms)
    _check_place(lease, command.terms, command.effective_on)
    _check_kind(_before(lease, command.effective_on), command.terms, command.kind)
    check_areas(state, _newly_agreed(lease, command.terms, command.effective_on), command.effective_on)


def _open_proposal(state: Leases, lease: Lease, amendment: str) -> AmendmentProposed:
    proposed = state.amendments.get((lease.lease, amendment))
    if proposed is None:
        raise AmendmentUnknown(f"{lease.lease} has no amendment {amendment}; propose it first", field="amendment")
    if (lease.lease, amendment) in state.decided:
        raise AmendmentDecided(f"amendment {amendment} of {lease.lease} was decided already", field="amendment")
    return proposed


def _approve(state: Leases, lease: Lease, command: ApproveAmendment, by: By) -> dict[str, Any]:
    proposed = _open_proposal(state, lease, command.amendment)
    if by.actor == proposed.proposed_by:
        raise ApproverIsAuthor(f"{by.actor} proposed {command.amendment}; somebody else approves it")
    terms, on = proposed.terms, proposed.effective_on
    _check_place(lease, terms, on)
    versions = with_version(lease.versions, Version(from_on=on, terms=terms))
    lettings = lettings_of(versions, versions[-1].terms.expiry_on)
    check_taken(
        state,
        lease,
        taken(lease.lettings, lettings),
        named=command.units,
        agreed=_newly_agreed(lease, terms, on),
        on=command.effective_on,
    )
    return {
        "effective_on": on,
        "kind": proposed.kind,
        "terms": terms,
        "proposed_by": proposed.proposed_by,
        "approved_by": by.actor,
        "lettings": lettings,
        "given_up": given_up(lease.lettings, lettings),
    }


def with_version(versions: Sequence[Version], version: Version) -> tuple[Version, ...]:
    """The versions by date with one more; it takes the place of one from the same date."""
    kept = [one for one in versions if one.from_on != version.from_on]
    return tuple(sorted((*kept, version), key=lambda one: one.from_on))


def _before(lease: Lease, on: date) -> Terms:
    """The terms that an amendment from that day on changes."""
    return version_on(lease.versions, on).terms


def _check_place(lease: Lease, terms: Terms, on: date) -> None:
    """The terms join those in front of them and those after them, with no day between."""
    begins = lease.versions[0].from_on
    if terms.commencement_on != begins:
        raise CommencementKept(
            f"{lease.lease} commences on {begins}; amended terms say so", field="terms.commencement_on"
        )
    earlier = [version for version in lease.versions if version.from_on < on]
    if on < begins or (earlier and on > earlier[-1].terms.expiry_on):
        last = earlier[-1].terms.expiry_on if earlier else lease.versions[0].terms.expiry_on
        raise OutsideTerm(f"{lease.lease} runs from {begins} to {last}; amend it in there", field="effective_on")
    later = [version.from_on for version in lease.versions if version.from_on > on]
    if terms.expiry_on < (later[0] if later else on):
        what = f"the amendment from {later[0]} on" if later else f"the amendment itself, from {on} on"
        raise OutsideTerm(f"the term ends on {terms.expiry_on}, in front of {what}", field="terms.expiry_on")


def _check_kind(before: Terms, terms: Terms, kind: AmendmentKind) -> None:
    changed = _kinds(before, terms)
    if kind not in changed:
        is_one = f"it is {' or '.join(changed)}" if changed else "it changes nothing"
        raise AmendmentKindDiffers(f"this is not {kind}: {is_one}", field="kind")


def _kinds(before: Terms, terms: Terms) -> tuple[AmendmentKind, ...]:
    if set(before.premises) != set(terms.premises):
        if before.area_dm2 == terms.area_dm2:
            return ("SCOPE_UP", "SCOPE_DOWN")
        return ("SCOPE_UP",) if before.area_dm2 < terms.area_dm2 else ("SCOPE_DOWN",)
    if before.expiry_on != terms.expiry_on:
        return ("TERM",)
    return ("CONSIDERATION",) if before != terms else ()


def _newly_agreed(lease: Lease, terms: Terms, on: date) -> tuple[Premises, ...]:
    """Premises whose contracted area is new. Those that stay keep the area they were signed for (P5)."""
    agreed = {(one.unit, one.area) for one in _before(lease, on).premises}
    return tuple(one for one in terms.premises if (one.unit, one.area) not in agreed)


# Index reviews


def _review(state: Leases, lease: Lease, command: ReviewRent) -> dict[str, Any]:
    on = command.effective_on
    _check_day(lease, on)
    rule = version_on(lease.versions, on).terms.indexation
    if rule is None:
        raise NotIndexed(f"the terms of {lease.lease} do not follow an index")
    if command.series != rule.series:
        raise SeriesNotNamed(f"name the index of the terms: {rule.series}", field="series")
    current = _index(state, rule.series, command.current_on, field="current_on")
    base = "100" if rule.ratio_form else _index(state, rule.series, rule.base_on, field="series")
    ratio = clamped(Fraction(current) / Fraction(base), rule)
    before = _rent_before(lease, on, rule)
    after = rounded(before * ratio)
    if ratio >= RATIO_MAX or after > MONTHLY_MINOR_MAX:
        raise RentTooLarge(f"{current} on {base} would make the rent more than any lease can cost", field="current_on")
    return {
        "index_base": base,
        "index_current": current,
        "ratio": written(rounded(ratio * 10**RATIO_DECIMALS), RATIO_DECIMALS),
        "monthly_before_minor": before,
        "monthly_minor": after,
    }


def clamped(ratio: Fraction, rule: Indexation) -> Fraction:
    """The ratio between floor and cap, exactly: it is rounded for showing, never for money (domain §4.4)."""
    if rule.floor is not None:
        ratio = max(ratio, 1 + Fraction(rule.floor))
    if rule.cap is not None:
        ratio = min(ratio, 1 + Fraction(rule.cap))
    return ratio


def _rent_before(lease: Lease, on: date, rule: Indexation) -> int:
    """The rent that the ratio applies to. A review from the same day is about to be replaced."""
    if not rule.ratio_form:
        return rent_on(lease.versions, on)
    return reviewed_on(replace(lease, reviews=tuple(one for one in lease.reviews if one[0] != on)), on)


def _index(state: Leases, series: str, on: date, *, field: str) -> str:
    """The index of a day's own month: another month's will not do. Raises IndexUnknown."""
    of_month = [value for since, value in state.rates.get(series, ()) if month_of(since) == month_of(on)]
    if not of_month or Fraction(of_month[-1]) == 0:
        raise IndexUnknown(f"{series} for {month_of(on)} is not approved", field=field)
    return of_month[-1]


# Evolve


def _change(lease: Lease, fact: LeaseFact | LeaseHolds) -> dict[str, Any]:
    on = fact.effective_on
    match fact:
        case LeaseAmended():
            return {"versions": with_version(lease.versions, Version(from_on=on, terms=fact.terms))}
        case ServiceChargeChanged():
            return {"service_charges": _dated(lease.service_charges, on, fact.service_charge)}
        case IndexRentReviewed():
            return {"reviews": _dated(lease.reviews, on, fact.monthly_minor)}
    return {}


def _dated(some: Sequence[tuple[date, Any]], on: date, value: Any) -> tuple[tuple[date, Any], ...]:
    """By date, with one more; it takes the place of one for the same date."""
    return tuple(sorted((*((day, one) for day, one in some if day != on), (on, value)), key=lambda pair: pair[0]))


_RUNNING: frozenset[LeaseState] = frozenset({"EXECUTED", "COMMENCED", "RENEWED"})
_SIGNED: frozenset[LeaseState] = _RUNNING | {"EXPIRED", "TERMINATED", "HOLDOVER", "ENDED"}

CHANGES = Part(
    facts={
        ProposeAmendment: AmendmentProposed,
        ApproveAmendment: LeaseAmended,
        RejectAmendment: AmendmentRejected,
        ChangeServiceCharge: ServiceChargeChanged,
        ReviewRent: IndexRentReviewed,
    },
    starts={
        AmendmentProposed: _RUNNING,
        LeaseAmended: _RUNNING,
        AmendmentRejected: _SIGNED,
        ServiceChargeChanged: _SIGNED,
        IndexRentReviewed: frozenset({"COMMENCED", "RENEWED", "HOLDOVER"}),
    },
    reaches={},
    given=lambda command: {"approved_on": command.effective_on} if isinstance(command, ApproveAmendment) else {},
    told=_told,
    change=_change,
    scope=_scope,
)
