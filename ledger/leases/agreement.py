"""From draft to signature: who the tenant is, who approves, whether the units can be taken.

Commands       Facts (lease.…)   From
DraftLease     drafted           nothing, DRAFT
SubmitLease    submitted         DRAFT
ApproveLease   approved          SUBMITTED, by somebody else than who drafted and submitted
VoidLease      voided            DRAFT, SUBMITTED, APPROVED
ExecuteLease   executed          APPROVED: the units are let

Refusals, in order of precedence
├── LeaseUnknown            (lease.py) no such lease, but a draft makes one (unknown)
├── LeaseExists             this id is the lease of another company (conflict)
├── LeaseStateForbids, LeaseStepTooEarly   (lease.py)
├── TenantUnknown           no such company (unknown)
├── TenantGone              (lease.py) the company was merged away or has left: when it is drafted, approved or executed
├── those of terms by themselves (soundness.py)
├── ApproverIsAuthor        (lease.py) J7: nobody approves what they drafted or submitted
├── SignedAfterCommencement L6: the term does not begin before both sides signed
└── those of premises.py
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from ledger.companies.company import Company
from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.leases.facts import LeaseApproved, LeaseDrafted, LeaseExecuted, LeaseState, LeaseSubmitted, LeaseVoided
from ledger.leases.lease import (
    WITHDRAW,
    ApproverIsAuthor,
    Lease,
    LeaseCommand,
    LeaseRefusal,
    Leases,
    LeaseVersion,
    Units,
    check_not_gone,
    check_place,
    check_tenant_there,
    lease_at,
    lease_scope,
    reached,
    signing_scope,
)
from ledger.leases.premises import check_areas, check_named, check_taken, lettings_of
from ledger.leases.soundness import check_terms
from ledger.leases.terms import Terms
from ledger.values.evidence import Evidence

# Commands


class DraftLease(LeaseCommand, frozen=True, kw_only=True, tag="draft-lease"):
    """Write a lease down: who, which units, what terms. Again before submission: the newest draft counts."""

    put_right: ClassVar[str] = (
        "`draft-lease` again, until it is submitted. " + WITHDRAW + " Once executed, `propose-amendment`."
    )
    company: Id
    terms: Terms


class SubmitLease(LeaseCommand, frozen=True, kw_only=True, tag="submit-lease"):
    """Ask for approval of the draft."""

    put_right: ClassVar[str] = WITHDRAW + " It is a draft again."


class ApproveLease(LeaseCommand, frozen=True, kw_only=True, tag="approve-lease"):
    """Approve what somebody else drafted and submitted."""

    put_right: ClassVar[str] = WITHDRAW + " It awaits approval again."


class VoidLease(LeaseCommand, frozen=True, kw_only=True, tag="void-lease"):
    """Give up a lease that was not executed."""

    put_right: ClassVar[str] = WITHDRAW + " It is what it was before."
    reason: Text


class ExecuteLease(LeaseCommand, frozen=True, kw_only=True, tag="execute-lease"):
    """Record the signed contract, and the units it names: from now on nobody else can get them for these days."""

    put_right: ClassVar[str] = WITHDRAW + " Its units are free again."
    document: Evidence
    units: Units = ()


# Refusals


class LeaseExists(LeaseRefusal):
    """This id is the lease of another company."""

    code = "lease-exists"
    kind = "conflict"


class TenantUnknown(LeaseRefusal):
    """No such company."""

    code = "tenant-unknown"
    kind = "unknown"


class SignedAfterCommencement(LeaseRefusal):
    """L6: the term does not begin before both sides signed."""

    code = "signed-after-commencement"


# Steps

STARTS: Mapping[type[Fact], frozenset[LeaseState]] = {
    LeaseDrafted: frozenset({"DRAFT"}),
    LeaseSubmitted: frozenset({"DRAFT"}),
    LeaseApproved: frozenset({"SUBMITTED"}),
    LeaseVoided: frozenset({"DRAFT", "SUBMITTED", "APPROVED"}),
    LeaseExecuted: frozenset({"APPROVED"}),
}
REACHES: Mapping[type[Fact], LeaseState] = {
    LeaseDrafted: "DRAFT",
    LeaseSubmitted: "SUBMITTED",
    LeaseApproved: "APPROVED",
    LeaseVoided: "VOIDED",
    LeaseExecuted: "EXECUTED",
}

# Evolve


def _drafted(lease: Lease, fact: LeaseDrafted) -> Lease:
    return reached(
        lease, fact, REACHES[LeaseDrafted], company=fact.company, draft=fact.terms, drafted_by=fact.drafted_by
    )


def _submitted(lease: Lease, fact: LeaseSubmitted) -> Lease:
    return reached(lease, fact, REACHES[LeaseSubmitted], submitted_by=fact.submitted_by)


def _approved(lease: Lease, fact: LeaseApproved) -> Lease:
    return reached(lease, fact, REACHES[LeaseApproved], approved_by=fact.approved_by)


def _voided(lease: Lease, fact: LeaseVoided) -> Lease:
    return reached(lease, fact, REACHES[LeaseVoided])


def _executed(lease: Lease, fact: LeaseExecuted) -> Lease:
    """The terms drafted begin; those amended from a later day on stay."""
    first = () if lease.draft is None else _first(lease.draft)
    later = tuple(version for version in lease.versions if not first or version.from_on > first[0].from_on)
    return reached(lease, fact, REACHES[LeaseExecuted], executed_on=fact.effective_on, versions=(*first, *later))


def _first(terms: Terms) -> tuple[LeaseVersion, ...]:
    return (LeaseVersion(from_on=terms.commencement_on, terms=terms),)


# Scope


def _scope_of_draft(command: DraftLease) -> tuple[str, ...]:
    units = [premises.unit for premises in command.terms.premises]
    return (*lease_scope(command), f"company:{command.company}", *(f"unit:{unit}" for unit in units))


def _scope_of_signing(command: ExecuteLease) -> tuple[str, ...]:
    return signing_scope(command, command.units)


# Decide


def _draft(state: Leases, command: DraftLease, by: By) -> Sequence[Fact]:
    """Two drafts may want the same unit; two signed leases may not."""
    if said(LeaseDrafted, command) in state.asked.values():
        return ()
    lease = state.leases.get(command.lease)
    if lease is not None:
        if command.company != lease.company:
            raise LeaseExists(f"{command.lease} is a lease of {lease.company}; choose another id", field="lease")
        check_place(lease, command, STARTS[LeaseDrafted], REACHES[LeaseDrafted])
    check_tenant(state.companies.get(command.company), command.company)
    check_terms(command.terms)
    check_areas(state, command.terms.premises, command.effective_on)
    return (
        LeaseDrafted(
            effective_on=command.effective_on,
            lease=command.lease,
            company=command.company,
            terms=command.terms,
            drafted_by=by.actor,
        ),
    )


def check_tenant(company: Company | None, name: str) -> None:
    """A company is known and not gone. Raises TenantUnknown, TenantGone."""
    if company is None or company.lead_on is None:
        raise TenantUnknown(f"there is no company {name}; register-lead first", field="company")
    check_not_gone(company, field="company")


def _submit(state: Leases, command: SubmitLease, by: By) -> Sequence[Fact]:
    if said(LeaseSubmitted, command) in state.asked.values():
        return ()
    lease = lease_at(state, command, STARTS[LeaseSubmitted], REACHES[LeaseSubmitted])
    return (
        LeaseSubmitted(
            effective_on=command.effective_on, lease=lease.lease, company=lease.company, submitted_by=by.actor
        ),
    )


def _approve(state: Leases, command: ApproveLease, by: By) -> Sequence[Fact]:
    if said(LeaseApproved, command) in state.asked.values():
        return ()
    lease = lease_at(state, command, STARTS[LeaseApproved], REACHES[LeaseApproved])
    if by.actor in (lease.drafted_by, lease.submitted_by):
        raise ApproverIsAuthor(f"{by.actor} drafted or submitted {lease.lease}; somebody else approves it")
    check_tenant_there(state, lease)
    return (
        LeaseApproved(
            effective_on=command.effective_on, lease=lease.lease, company=lease.company, approved_by=by.actor
        ),
    )


def _void(state: Leases, command: VoidLease, by: By) -> Sequence[Fact]:
    if said(LeaseVoided, command) in state.asked.values():
        return ()
    lease = lease_at(state, command, STARTS[LeaseVoided], REACHES[LeaseVoided])
    return (
        LeaseVoided(effective_on=command.effective_on, lease=lease.lease, company=lease.company, reason=command.reason),
    )


def _execute(state: Leases, command: ExecuteLease, by: By) -> Sequence[Fact]:
    if said(LeaseExecuted, command) in state.asked.values():
        signed = state.leases[command.lease].draft
        check_named([] if signed is None else lettings_of(_first(signed), signed.expiry_on), command.units)
        return ()
    lease = lease_at(state, command, STARTS[LeaseExecuted], REACHES[LeaseExecuted])
    terms = lease.draft
    assert terms is not None, "an approved lease was drafted"
    check_tenant_there(state, lease)
    if command.effective_on > terms.commencement_on:
        raise SignedAfterCommencement(
            f"the term begins on {terms.commencement_on}, before it is signed on {command.effective_on}; "
            "withdraw-lease-step its approval and submission, and draft a later commencement",
            field="effective_on",
        )
    lettings = lettings_of(_first(terms), terms.expiry_on)
    check_taken(state, lease, lettings, named=command.units, agreed=terms.premises, on=command.effective_on)
    return (
        LeaseExecuted(
            effective_on=command.effective_on,
            lease=lease.lease,
            company=lease.company,
            document=command.document,
            lettings=lettings,
        ),
    )


AGREEMENT: Part[Leases, Lease] = Part(
    decide={
        DraftLease: _draft,
        SubmitLease: _submit,
        ApproveLease: _approve,
        VoidLease: _void,
        ExecuteLease: _execute,
    },
    scope={
        DraftLease: _scope_of_draft,
        SubmitLease: lease_scope,
        ApproveLease: signing_scope,
        VoidLease: lease_scope,
        ExecuteLease: _scope_of_signing,
    },
    evolve={
        LeaseDrafted: _drafted,
        LeaseSubmitted: _submitted,
        LeaseApproved: _approved,
        LeaseVoided: _voided,
        LeaseExecuted: _executed,
    },
)
