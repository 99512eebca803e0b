"""What changes while a lease runs: amended terms, the service charge, the rent by its index.

Commands              Facts (lease.…)         From
ProposeAmendment      amendment-proposed      EXECUTED, COMMENCED, RENEWED
ApproveAmendment      amended                 the same, by somebody else than the proposer
RejectAmendment       amendment-rejected      EXECUTED and after
ChangeServiceCharge   service-charge-changed  EXECUTED and after: also for days past
ReviewRent            index-rent-reviewed     COMMENCED, RENEWED, HOLDOVER

An amendment states the terms whole, from its effective date on. It is SCOPE_UP or SCOPE_DOWN if the premises change,
else TERM if the expiry does, and CONSIDERATION if anything else changes. Amendments count by effective date, not by the
order they were recorded in (L7): an earlier-dated amendment holds until the next one begins.

Refusals, in order of precedence (after those of lease.py)
├── AmendmentUnknown      nobody proposed it (unknown)
├── AmendmentTaken        this id is another amendment's of the lease (conflict)
├── AmendmentDecided      it was approved or rejected already
├── ApproverIsAuthor      (lease.py) the approver is not the proposer
├── those of terms by themselves (soundness.py)
├── CommencementKept      an amendment does not move the commencement, nor the day that months of rent begin on
├── OutsideTerm           (lease.py) the day lies in the term, and so do later amendments
├── AmendmentKindDiffers  the stated kind does not match what the new terms change
├── those of premises.py
├── ReviewedByOtherIndex  the rent was reviewed on a later day, by the index of the terms that are changed
├── NotIndexed            the terms have no index
├── SeriesNotNamed        the command does not name the index of the terms
├── IndexUnknown          no index of that month is approved (unknown)
└── RentTooLarge          (soundness.py)
"""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import ClassVar, TypeVar

from msgspec.structs import replace

from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.leases.facts import (
    AmendmentKind,
    AmendmentProposed,
    AmendmentRejected,
    IndexRentReviewed,
    LeaseAmended,
    LeaseState,
    ServiceChargeChanged,
)
from ledger.leases.lease import (
    BILLED,
    WITHDRAW,
    ApproverIsAuthor,
    Lease,
    LeaseCommand,
    LeaseRefusal,
    Leases,
    LeaseVersion,
    OutsideTerm,
    Units,
    check_tenant_there,
    lease_at,
    lease_scope,
    signing_scope,
    unchanged,
)
from ledger.leases.premises import check_areas, check_named, check_taken, given_up, lettings_of, taken
from ledger.leases.rents import area_on, version_on
from ledger.leases.reviews import moved
from ledger.leases.schedule import last_day
from ledger.leases.soundness import MONTHLY_MINOR_MAX, RentTooLarge, check_size, check_terms
from ledger.leases.terms import Premises, Quote, Terms
from ledger.periods import month_of
from ledger.rates import Series
from ledger.values.days import Agreed, Happened
from ledger.values.evidence import Evidence
from ledger.values.money import rounded, written

RATIO_DECIMALS = 8
RATIO_MAX = 1000

T = TypeVar("T")

# Commands


class ProposeAmendment(LeaseCommand, frozen=True, kw_only=True, tag="propose-amendment"):
    """Propose new terms from the effective date on; state them whole."""

    effective_on: Agreed
    put_right: ClassVar[str] = "`reject-amendment`, or propose another under another id. " + WITHDRAW
    amendment: Id
    kind: AmendmentKind
    terms: Terms
    document: Evidence


class ApproveAmendment(LeaseCommand, frozen=True, kw_only=True, tag="approve-amendment"):
    """Approve what somebody else proposed. `effective_on` is the day of approval; the terms have their own. `units`:
    those that the lease takes or keeps for longer; none where it takes none."""

    put_right: ClassVar[str] = (
        "Another amendment from the same day: its terms take the place of these. " + WITHDRAW + BILLED
    )
    amendment: Id
    units: Units = ()


class RejectAmendment(LeaseCommand, frozen=True, kw_only=True, tag="reject-amendment"):
    """Turn a proposed amendment down."""

    put_right: ClassVar[str] = WITHDRAW + " The amendment is open again."
    amendment: Id
    reason: Text


class ChangeServiceCharge(LeaseCommand, frozen=True, kw_only=True, tag="change-service-charge"):
    """Charge something else from the effective date on; what was billed is corrected by a debit or credit note."""

    effective_on: Agreed
    put_right: ClassVar[str] = "`change-service-charge` again for the same day. " + WITHDRAW + BILLED
    service_charge: Quote
    notice: Evidence


class ReviewRent(LeaseCommand, frozen=True, kw_only=True, tag="review-rent"):
    """Review the rent by the index of the terms, `series`; `current_on` lies in the month compared with the base."""

    effective_on: Agreed
    put_right: ClassVar[str] = (
        "`review-rent` again for the same day, where the index was corrected. " + WITHDRAW + BILLED
    )
    current_on: Happened
    series: Series | None = None


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
    """An amendment does not move the commencement, nor the day that months of rent begin on."""

    code = "commencement-kept"


class AmendmentKindDiffers(LeaseRefusal):
    """The stated kind does not match what the new terms change."""

    code = "amendment-kind-differs"


class ReviewedByOtherIndex(LeaseRefusal):
    """The rent was reviewed on a later day, by the index of the terms that are changed."""

    code = "reviewed-by-other-index"


class NotIndexed(LeaseRefusal):
    """The terms have no index."""

    code = "lease-not-indexed"


class SeriesNotNamed(LeaseRefusal):
    """The command does not name the index of the terms, so its value was not in scope."""

    code = "series-not-named"


class IndexUnknown(LeaseRefusal):
    """No index of that month is approved."""

    code = "index-unknown"
    kind = "unknown"


# Steps: none of them reaches another state

_RUNNING: frozenset[LeaseState] = frozenset({"EXECUTED", "COMMENCED", "RENEWED"})
_SIGNED: frozenset[LeaseState] = _RUNNING | {"EXPIRED", "TERMINATED", "HOLDOVER", "ENDED"}
STARTS: Mapping[type[Fact], frozenset[LeaseState]] = {
    AmendmentProposed: _RUNNING,
    LeaseAmended: _RUNNING,
    AmendmentRejected: _SIGNED,
    ServiceChargeChanged: _SIGNED,
    IndexRentReviewed: frozenset({"COMMENCED", "RENEWED", "HOLDOVER"}),
}

# Evolve


def _amended(lease: Lease, fact: LeaseAmended) -> Lease:
    return replace(lease, versions=_with_version(lease, fact.terms, fact.effective_on))


def _with_version(lease: Lease, terms: Terms, on: date) -> tuple[LeaseVersion, ...]:
    """The versions of a lease by date, with one more; it takes the place of one from the same date."""
    others = [version for version in lease.versions if version.from_on != on]
    return tuple(sorted((*others, LeaseVersion(from_on=on, terms=terms)), key=lambda version: version.from_on))


def _charge_changed(lease: Lease, fact: ServiceChargeChanged) -> Lease:
    return replace(lease, service_charges=_dated(lease.service_charges, fact.effective_on, fact.service_charge))


def _reviewed(lease: Lease, fact: IndexRentReviewed) -> Lease:
    others = (review for review in lease.reviews if review.effective_on != fact.effective_on)
    return replace(lease, reviews=tuple(sorted((*others, fact), key=lambda review: review.effective_on)))


def _dated(values: Sequence[tuple[date, T]], on: date, value: T) -> tuple[tuple[date, T], ...]:
    """Values by date, with one more; it takes the place of one for the same date."""
    others = [(day, other) for day, other in values if day != on]
    return tuple(sorted((*others, (on, value)), key=lambda dated: dated[0]))


# Scope


def _scope_of_proposal(command: ProposeAmendment) -> tuple[str, ...]:
    return lease_scope(command, [premises.unit for premises in command.terms.premises])


def _scope_of_approval(command: ApproveAmendment) -> tuple[str, ...]:
    return signing_scope(command, command.units)


def _scope_of_review(command: ReviewRent) -> tuple[str, ...]:
    if command.series is None:
        return lease_scope(command)
    return (*lease_scope(command), f"series:{command.series}")


# Amended terms


def _terms_on(lease: Lease, on: date) -> Terms:
    """The terms in force on a day, which an amendment from that day on changes."""
    return version_on(lease.versions, on).terms


def _check_joins(lease: Lease, terms: Terms, on: date) -> None:
    """Refuse terms from a day on that do not join those before and after them. Raises LeaseRefusal."""
    #   begins         on              next
    #     |-- earlier --|------|                      an amendment takes effect in the term that it changes,
    #                   |---- terms ----|------|      and its own term reaches the next amendment that is on record,
    #                                   |-- later --  or, where there is none, the day it takes effect on
    begins = lease.versions[0].from_on
    if terms.commencement_on != begins:
        raise CommencementKept(
            f"{lease.lease} commences on {begins}; amended terms say so", field="terms.commencement_on"
        )
    if terms.rent_months != lease.versions[0].terms.rent_months:
        raise CommencementKept(
            f"months of rent of {lease.lease} are {lease.versions[0].terms.rent_months}; amended terms say so",
            field="terms.rent_months",
        )
    earlier = [version for version in lease.versions if version.from_on < on]
    last = (earlier[-1] if earlier else lease.versions[0]).terms.expiry_on
    if not begins <= on <= last:
        raise OutsideTerm(f"{lease.lease} runs from {begins} to {last}; amend it in there", field="effective_on")
    later = [version.from_on for version in lease.versions if version.from_on > on]
    if terms.expiry_on < (later[0] if later else on):
        what = f"the amendment from {later[0]} on" if later else f"the amendment itself, from {on} on"
        raise OutsideTerm(f"the term ends on {terms.expiry_on}, before {what}", field="terms.expiry_on")


def _check_kind(before: Terms, terms: Terms, kind: AmendmentKind) -> None:
    changed = _kinds(before, terms)
    if kind not in changed:
        is_one = f"it is {' or '.join(changed)}" if changed else "it changes nothing"
        raise AmendmentKindDiffers(f"this is not {kind}: {is_one}", field="kind")


def _kinds(before: Terms, terms: Terms) -> tuple[AmendmentKind, ...]:
    """The kinds that an amendment may say it is: either of scope where the area stays; none where nothing changes."""
    if set(before.premises) != set(terms.premises):
        if before.area_dm2 == terms.area_dm2:
            return ("SCOPE_UP", "SCOPE_DOWN")
        return ("SCOPE_UP",) if before.area_dm2 < terms.area_dm2 else ("SCOPE_DOWN",)
    if before.expiry_on != terms.expiry_on:
        return ("TERM",)
    return ("CONSIDERATION",) if before != terms else ()


def _newly_agreed(lease: Lease, terms: Terms, on: date) -> tuple[Premises, ...]:
    """Premises whose contracted area is new. Those that stay keep the area they were signed for (P5)."""
    agreed = {(premises.unit, premises.area) for premises in _terms_on(lease, on).premises}
    return tuple(premises for premises in terms.premises if (premises.unit, premises.area) not in agreed)


def _open_proposal(state: Leases, lease: Lease, amendment: str) -> AmendmentProposed:
    proposed = state.amendments.get((lease.lease, amendment))
    if proposed is None:
        raise AmendmentUnknown(
            f"{lease.lease} has no amendment {amendment}; propose-amendment first", field="amendment"
        )
    if (lease.lease, amendment) in state.decided:
        raise AmendmentDecided(
            f"amendment {amendment} of {lease.lease} was decided already; propose another", field="amendment"
        )
    return proposed


# The service charge and the index


def _check_day(lease: Lease, on: date) -> None:
    """Refuse a day that is none of the lease or its holdover. Raises OutsideTerm."""
    first, last = lease.versions[0].from_on, last_day(lease)
    if on < first or (last is not None and on > last):
        raise OutsideTerm(f"{lease.lease} runs from {first} to {last or 'no end on record'}", field="effective_on")


def _index(state: Leases, series: str, on: date, *, field: str) -> str:
    """The index of a day's own month: another month's will not do. Raises IndexUnknown."""
    of_month = [value for since, value in state.rates.get(series, ()) if month_of(since) == month_of(on)]
    if not of_month or Fraction(of_month[-1]) == 0:
        raise IndexUnknown(
            f"no index {series} of {month_of(on)} above 0 is approved; propose-rate and approve-rate it first",
            field=field,
        )
    return of_month[-1]


# Decide


def _propose(state: Leases, command: ProposeAmendment, by: By) -> Sequence[Fact]:
    if said(AmendmentProposed, command) in state.asked.values():
        return ()
    lease, terms, on = lease_at(state, command, STARTS[AmendmentProposed]), command.terms, command.effective_on
    if (lease.lease, command.amendment) in state.amendments:
        raise AmendmentTaken(
            f"{command.amendment} is another amendment of {lease.lease}; choose another id", field="amendment"
        )
    check_terms(terms)
    _check_joins(lease, terms, on)
    _check_kind(_terms_on(lease, on), terms, command.kind)
    check_areas(state, _newly_agreed(lease, terms, on), on)
    return (
        AmendmentProposed(
            effective_on=on,
            lease=lease.lease,
            company=lease.company,
            amendment=command.amendment,
            kind=command.kind,
            terms=terms,
            document=command.document,
            proposed_by=by.actor,
        ),
    )


def _approve(state: Leases, command: ApproveAmendment, by: By) -> Sequence[Fact]:
    if said(LeaseAmended, command, approved_on=command.effective_on) in state.asked.values():
        check_named(state.decided[command.lease, command.amendment], command.units)
        return ()
    lease = lease_at(state, command, STARTS[LeaseAmended])
    proposed = _open_proposal(state, lease, command.amendment)
    if by.actor == proposed.proposed_by:
        raise ApproverIsAuthor(f"{by.actor} proposed {command.amendment}; somebody else approves it")
    check_tenant_there(state, lease)
    terms, on = proposed.terms, proposed.effective_on
    _check_joins(lease, terms, on)
    versions = _with_version(lease, terms, on)
    _check_reviews(lease, versions, on)
    lettings = lettings_of(versions, versions[-1].terms.expiry_on)
    check_taken(
        state,
        lease,
        taken(lease.lettings, lettings),
        named=command.units,
        agreed=_newly_agreed(lease, terms, on),
        on=command.effective_on,
    )
    return (
        LeaseAmended(
            effective_on=on,
            lease=lease.lease,
            company=lease.company,
            amendment=command.amendment,
            kind=proposed.kind,
            terms=terms,
            proposed_by=proposed.proposed_by,
            approved_by=by.actor,
            approved_on=command.effective_on,
            lettings=lettings,
            given_up=given_up(lease.lettings, lettings),
        ),
    )


def _check_reviews(lease: Lease, versions: Sequence[LeaseVersion], on: date) -> None:
    """Check that later reviews on record follow the index of the terms that hold on their days.

    Raises ReviewedByOtherIndex.
    """
    for review in lease.reviews:
        if review.effective_on >= on and not follows_index(versions, review):
            raise ReviewedByOtherIndex(
                f"the rent was reviewed on {review.effective_on} by another index than these terms have: "
                "withdraw-lease-step of lease.index-rent-reviewed of that day, approve, and review it again",
                field="amendment",
            )


def follows_index(versions: Sequence[LeaseVersion], review: IndexRentReviewed) -> bool:
    """Tell whether a review follows the index of the terms of its day; one without a rule keeps its amount."""
    return review.rule in (None, version_on(versions, review.effective_on).terms.indexation)


def _reject(state: Leases, command: RejectAmendment, by: By) -> Sequence[Fact]:
    if said(AmendmentRejected, command) in state.asked.values():
        return ()
    lease = lease_at(state, command, STARTS[AmendmentRejected])
    _open_proposal(state, lease, command.amendment)
    return (
        AmendmentRejected(
            effective_on=command.effective_on,
            lease=lease.lease,
            company=lease.company,
            amendment=command.amendment,
            reason=command.reason,
        ),
    )


def _change_charge(state: Leases, command: ChangeServiceCharge, by: By) -> Sequence[Fact]:
    if said(ServiceChargeChanged, command) in state.asked.values():
        return ()
    lease, on = lease_at(state, command, STARTS[ServiceChargeChanged]), command.effective_on
    _check_day(lease, on)
    check_size([command.service_charge], area_on(_terms_on(lease, on), on), field="service_charge")
    return (
        ServiceChargeChanged(
            effective_on=on,
            lease=lease.lease,
            company=lease.company,
            service_charge=command.service_charge,
            notice=command.notice,
        ),
    )


def _review(state: Leases, command: ReviewRent, by: By) -> Sequence[Fact]:
    """Only the figures show whether it is so already: by a corrected index the rent is reviewed again."""
    lease, on = lease_at(state, command, STARTS[IndexRentReviewed]), command.effective_on
    _check_day(lease, on)
    rule = _terms_on(lease, on).indexation
    if rule is None:
        raise NotIndexed(f"the terms of {lease.lease} do not follow an index on {on}; amend them from that day first")
    if command.series != rule.series:
        raise SeriesNotNamed(f"name the index of the terms: {rule.series}", field="series")
    current = _index(state, rule.series, command.current_on, field="current_on")
    base = "100" if rule.ratio_form else _index(state, rule.series, rule.base_on, field="series")
    review = IndexRentReviewed(
        effective_on=on,
        lease=lease.lease,
        company=lease.company,
        index_base=base,
        index_current=current,
        current_on=command.current_on,
        ratio="1",
        monthly_before_minor=0,
        monthly_minor=0,
        rule=rule,
    )
    before, ratio = moved(lease, review, rule)
    after = rounded(before * ratio)
    if ratio >= RATIO_MAX or after > MONTHLY_MINOR_MAX:
        raise RentTooLarge(f"{current} on {base} would make the rent more than any lease can cost", field="current_on")
    review = replace(
        review,
        ratio=written(rounded(ratio * 10**RATIO_DECIMALS), RATIO_DECIMALS),
        monthly_before_minor=before,
        monthly_minor=after,
    )
    return () if _reviewed_so(lease, review) else (review,)


def _reviewed_so(lease: Lease, review: IndexRentReviewed) -> bool:
    """Tell whether the review of that day on record reads the same. One without a rule keeps its amount: by the same
    figures only."""
    known = next((other for other in lease.reviews if other.effective_on == review.effective_on), None)
    if known is not None and known.rule is None:
        return known == replace(review, rule=None)
    return known is not None and known.asked == review.asked


CHANGES: Part[Leases, Lease] = Part(
    decide={
        ProposeAmendment: _propose,
        ApproveAmendment: _approve,
        RejectAmendment: _reject,
        ChangeServiceCharge: _change_charge,
        ReviewRent: _review,
    },
    scope={
        ProposeAmendment: _scope_of_proposal,
        ApproveAmendment: _scope_of_approval,
        RejectAmendment: lease_scope,
        ChangeServiceCharge: lease_scope,
        ReviewRent: _scope_of_review,
    },
    evolve={
        AmendmentProposed: unchanged,
        LeaseAmended: _amended,
        AmendmentRejected: unchanged,
        ServiceChargeChanged: _charge_changed,
        IndexRentReviewed: _reviewed,
    },
)
