"""A lease as all parts of its life see it: its state, and what any step of it can be refused for.

LeaseCommand          what is asked for one lease
Lease, LeaseVersion   a lease as its facts tell; its terms from a date on
Leases                the leases of one scope, with what their rules need
reached               a lease in the state that a fact reaches
lease_scope           the tags of a lease, and of the units that a step names; signing_scope: and who is gone
lease_at              the lease, where a step may be taken from its state, on its day

Refusals, in order of precedence
LeaseRefusal
├── LeaseUnknown        no such lease (unknown)
├── LeaseStateForbids   this step does not start from the lease's state
├── LeaseStepTooEarly   a state is reached no earlier than the one before it
└── those of the step's own part, in the order its file draws them; more than one part draws
    ├── ApproverIsAuthor   J7: nobody approves what they drafted, submitted or proposed
    ├── TenantGone         the company was merged away or has left
    └── OutsideTerm        the day does not lie in the lease's term
"""

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec.structs import replace

from ledger.companies.company import Company
from ledger.companies.facts import GONE_TAG
from ledger.decider import Asked, Command, Id, Refusal
from ledger.estate.unit import Unit
from ledger.leases.facts import (
    AmendmentProposed,
    IndexRentReviewed,
    LeaseFact,
    LeaseHolds,
    LeaseId,
    LeaseState,
    TurnoverDeclared,
)
from ledger.leases.terms import Quote, Terms
from ledger.once.lettings import EMPTY, Calendar, Letting
from ledger.rates import NO_RATES, Rates
from ledger.values.days import Happened

# Commands


Units = Annotated[
    tuple[Id, ...],
    Meta(
        max_length=100,
        description="The units that the lease takes by this step, as its paper names them; others are not looked at.",
    ),
]
"""A decision sees only what its command names: whether another lease holds a unit, only where the unit is named."""


WITHDRAW = "`withdraw-lease-step`, the latest step first."
BILLED = " The next `bill-lease` corrects what was billed."


class LeaseCommand(Command, frozen=True, kw_only=True):
    """Something asked for one lease."""

    effective_on: Happened
    lease: LeaseId


# Refusals


class LeaseRefusal(Refusal):
    """A rule about leases said no."""


class LeaseUnknown(LeaseRefusal):
    """No such lease."""

    code = "lease-unknown"
    kind = "unknown"


class LeaseStateForbids(LeaseRefusal):
    """This step does not start from the lease's state."""

    code = "lease-state-forbids"


class LeaseStepTooEarly(LeaseRefusal):
    """A state is reached no earlier than the one before it."""

    code = "lease-step-too-early"


class OutsideTerm(LeaseRefusal):
    """The day does not lie in the lease's term."""

    code = "outside-lease-term"


class ApproverIsAuthor(LeaseRefusal):
    """J7: nobody approves what they drafted, submitted or proposed."""

    code = "approver-is-author"


class TenantGone(LeaseRefusal):
    """The company was merged away or has left."""

    code = "tenant-gone"


# State


class LeaseVersion(Struct, frozen=True, kw_only=True, gc=False):
    """Terms from a date on."""

    from_on: date
    terms: Terms


class Lease(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A lease as its facts tell, in whatever order they are folded. `since`: when it reached its state.

    Any field may be missing in any state: folded by effective date, a signature may come before its draft.

    versions         the terms by effective date; the first from the commencement on
    service_charges  changes of the service charge apart from the terms, by effective date
    reviews          index reviews by effective date, whatever the order they were recorded in
    turnovers        what the tenant said it sold, by month: the latest said of each
    ends_on          its last day where that is not the terms' expiry: termination or the end of a holdover
    ended_early      (agreed on, ends on) of a termination
    lettings         the units it holds, by these terms and this end
    """

    lease: str
    company: str
    state: LeaseState = "DRAFT"
    since: date = date.min
    draft: Terms | None = None
    drafted_by: str | None = None
    submitted_by: str | None = None
    approved_by: str | None = None
    executed_on: date | None = None
    handed_over_on: date | None = None
    commenced_on: date | None = None
    versions: tuple[LeaseVersion, ...] = ()
    service_charges: tuple[tuple[date, Quote], ...] = ()
    reviews: tuple[IndexRentReviewed, ...] = ()
    turnovers: tuple[TurnoverDeclared, ...] = ()
    break_notice: date | None = None
    successor: str | None = None
    ended_early: tuple[date, date] | None = None
    fee_minor: int = 0
    fee_taxable: bool = False
    holdover_from: date | None = None
    ends_on: date | None = None
    surrendered_on: date | None = None
    lettings: tuple[Letting, ...] = ()

    @property
    def latest(self) -> Terms:
        """The terms of an executed lease that decide when it expires: those from the latest day on."""
        return self.versions[-1].terms


class Leases(Struct, frozen=True, kw_only=True, gc=False):
    """The leases of one scope, with what their rules need: companies, units and who holds them, indices.

    amendments   by (lease, amendment); `decided` are those approved or rejected, with the days of units that they took
    asked        what was asked and still stands, by topic
    """

    leases: Mapping[str, Lease] = MappingProxyType({})
    companies: Mapping[str, Company] = MappingProxyType({})
    units: Mapping[str, Unit] = MappingProxyType({})
    calendar: Calendar = EMPTY
    amendments: Mapping[tuple[str, str], AmendmentProposed] = MappingProxyType({})
    decided: Mapping[tuple[str, str], tuple[Letting, ...]] = MappingProxyType({})
    rates: Rates = NO_RATES
    asked: Asked = MappingProxyType({})


# Evolve


def reached(lease: Lease, fact: LeaseFact | LeaseHolds, state: LeaseState, **change: Any) -> Lease:
    """The lease in a state since the day of a fact, with whatever else the fact changes."""
    return replace(lease, state=state, since=fact.effective_on, **change)


def unchanged(lease: Lease, _fact: LeaseFact | LeaseHolds) -> Lease:
    """The lease as it was, after a fact that only the scope keeps."""
    return lease


# Scope


def lease_scope(command: LeaseCommand, units: Iterable[str] = ()) -> tuple[str, ...]:
    """The lease itself, and the units that a step names."""
    return (f"lease:{command.lease}", *(f"unit:{unit}" for unit in units))


def signing_scope(command: LeaseCommand, units: Iterable[str] = ()) -> tuple[str, ...]:
    """The lease, the units that a step names, and all companies that are gone."""
    return (*lease_scope(command, units), GONE_TAG)


# Decide


def lease_at(
    state: Leases, command: LeaseCommand, starts: frozenset[LeaseState], reaches: LeaseState | None = None
) -> Lease:
    """The lease, where a step may be taken from its state on the command's day. Raises LeaseRefusal."""
    lease = state.leases.get(command.lease)
    if lease is None:
        raise LeaseUnknown(f"there is no lease {command.lease}; draft-lease first", field="lease")
    check_place(lease, command, starts, reaches)
    return lease


def check_place(
    lease: Lease, command: LeaseCommand, starts: frozenset[LeaseState], reaches: LeaseState | None = None
) -> None:
    """State and date, which any step can be refused for. Raises LeaseStateForbids, LeaseStepTooEarly."""
    if lease.state not in starts:
        raise LeaseStateForbids(f"{lease.lease} is {lease.state}; this step starts from {', '.join(sorted(starts))}")
    if reaches is not None and command.effective_on < lease.since:
        raise LeaseStepTooEarly(
            f"{lease.lease} is {lease.state} since {lease.since}; the next step cannot be earlier", field="effective_on"
        )


def check_tenant_there(state: Leases, lease: Lease) -> None:
    """The tenant of a lease is not gone. Raises TenantGone."""
    company = state.companies.get(lease.company)
    if company is not None:
        check_not_gone(company)


def check_not_gone(company: Company, *, field: str = "lease") -> None:
    """A company was not merged away and has not left. Raises TenantGone."""
    if company.stage == "MERGED":
        raise TenantGone(
            f"{company.company} was merged into {company.merged_into}; draft the lease for that", field=field
        )
    if company.stage == "EXITED":
        raise TenantGone(f"{company.company} has left since {company.exited_on}", field=field)
