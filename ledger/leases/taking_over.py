"""A lease that was signed, and perhaps runs, before this ledger: taken over as it stands on a day.

ParkLease          what other files say of it
take_lease_over   (leases, row, day, paper, who asks) -> the new facts; nothing where it is so

It was approved and signed elsewhere: who takes it over says so with the paper, and nobody is named as its approver.
It is COMMENCED where its term has begun by the day, else EXECUTED.

Refusals, in order of precedence
├── (LeaseExists)           of agreement.py: a lease of this id is on record and says otherwise (conflict)
├── (TenantUnknown, TenantGone)
├── those of terms by themselves (soundness.py)
├── SignedLate              it is signed by the day, and by the commencement (L6)
├── EndedBefore             its term ended before the day
└── those of premises.py, for the days from the day on
"""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from ledger.decider import By, Fact, Id, Part
from ledger.leases.agreement import LeaseExists, check_tenant
from ledger.leases.facts import LeaseId, LeaseTakenOver
from ledger.leases.lease import Lease, LeaseRefusal, Leases, LeaseVersion, reached
from ledger.leases.premises import check_taken, lettings_of
from ledger.leases.soundness import check_terms
from ledger.leases.terms import Terms
from ledger.values.days import Happened
from ledger.values.evidence import Evidence

# Rows


class ParkLease(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A lease as other files have it.

    billed_through    the last day that rent is billed for; none: of a lease whose term has not begun
    service_through   the same of the service charge; none: through the day of taking over
    """

    lease: LeaseId
    company: Id
    terms: Terms
    signed_on: Happened
    billed_through: date | None = None
    service_through: date | None = None


# Refusals


class SignedLate(LeaseRefusal):
    """It is signed by the day of taking over, and by its commencement."""

    code = "lease-signed-late"


class EndedBefore(LeaseRefusal):
    """Its term ended before the day of taking over."""

    code = "lease-ended-before"


# Evolve


def _taken_over(lease: Lease, fact: LeaseTakenOver) -> Lease:
    begins = fact.terms.commencement_on
    runs = begins <= fact.effective_on
    later = tuple(version for version in lease.versions if version.from_on > begins)
    return reached(
        lease,
        fact,
        "COMMENCED" if runs else "EXECUTED",
        company=fact.company,
        draft=fact.terms,
        executed_on=fact.signed_on,
        handed_over_on=begins if runs else lease.handed_over_on,
        commenced_on=begins if runs else lease.commenced_on,
        versions=(LeaseVersion(from_on=begins, terms=fact.terms), *later),
    )


# Decide


def take_lease_over(state: Leases, row: ParkLease, on: date, paper: Evidence, by: By) -> Sequence[Fact]:
    """Take a lease over. Raises LeaseRefusal."""
    terms = row.terms
    versions = (LeaseVersion(from_on=terms.commencement_on, terms=terms),)
    fact = LeaseTakenOver(
        effective_on=on,
        lease=row.lease,
        company=row.company,
        terms=terms,
        signed_on=row.signed_on,
        document=paper,
        taken_over_by=by.actor,
        lettings=lettings_of(versions, terms.expiry_on),
    )
    if fact.asked in state.asked.values():
        return ()
    if row.lease in state.leases:
        raise LeaseExists(f"lease {row.lease} is on record already and says otherwise", field="lease")
    check_tenant(state.companies.get(row.company), row.company)
    check_terms(terms)
    if row.signed_on > min(on, terms.commencement_on):
        raise SignedLate(
            f"{row.lease} is signed by {on} and by its commencement of {terms.commencement_on}", field="signed_on"
        )
    if terms.expiry_on < on:
        raise EndedBefore(
            f"the term of {row.lease} ended with {terms.expiry_on}; those of {on} or later are taken over",
            field="expiry_on",
        )
    ahead = tuple(replace(let, from_on=max(let.from_on, on)) for let in fact.lettings if (let.until_on or on) >= on)
    lease = Lease(lease=row.lease, company=row.company)
    units = [letting.unit for letting in ahead]
    check_taken(state, lease, ahead, named=units, agreed=terms.premises, on=on)
    return (fact,)


TAKING_OVER: Part[Leases, Lease] = Part(decide={}, scope={}, evolve={LeaseTakenOver: _taken_over})
