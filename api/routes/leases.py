"""Leases over HTTP: a route for each step from draft to the last day, the register, and schedules.

RECORDINGS   POST /v1/leases and everything beneath it: one command a route
READS        GET /v1/leases, one lease, its history, its straight-line schedule
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from msgspec import Meta, Struct, structs
from sqlalchemy import Connection

from api.formats.tables import structs_table
from api.http.operations import APPROVERS, FINANCE, RECORDERS, Roles
from api.http.parameters import parameter_invalid, place
from api.http.reading import BasisQuery, Cursor, Found, Limit, Read, not_known, paged
from api.http.recording import Recording
from api.routes.histories import HistoryQuery, any_entry, history_of, last_step
from ledger.decider import Command, Id
from ledger.joint.taking_over import TakeOverPark
from ledger.leases.agreement import ApproveLease, DraftLease, ExecuteLease, SubmitLease, VoidLease
from ledger.leases.changes import ApproveAmendment, ChangeServiceCharge, ProposeAmendment, RejectAmendment, ReviewRent
from ledger.leases.declaring import DeclareTurnover
from ledger.leases.facts import LeaseState
from ledger.leases.lease import Lease, LeaseVersion
from ledger.leases.reviews import reviewed_on
from ledger.leases.schedule import ScheduleRow as LeaseScheduleRow
from ledger.leases.schedule import headline_rent, last_day, passing_rent, schedule, service_charge_on, terms_on
from ledger.leases.term import (
    CommenceLease,
    EndHoldover,
    ExpireLease,
    HandOverPremises,
    RenewLease,
    StartHoldover,
    SurrenderPremises,
)
from ledger.leases.termination import ServeBreakNotice, TerminateLease
from ledger.leases.terms import Quote, Terms
from ledger.leases.withdrawing import WithdrawLeaseStep
from ledger.once.lettings import Letting
from ledger.values.money import written
from projections.engine.basis import Basis
from projections.tenancy import leases as register

GROUP = "leases"
HERE = "/v1/leases"
SCHEDULE_YEARS_MAX = 50


def _step(noun: str, command: type[Command], summary: str, roles: Roles = RECORDERS) -> Recording:
    path = f"{HERE}/{{lease:str}}/{noun}"
    return Recording(path=path, command=command, summary=summary, group=GROUP, roles=roles, at=HERE, named_by="lease")


RECORDINGS: tuple[Recording, ...] = (
    Recording(
        path="/v1/take-overs",
        command=TakeOverPark,
        summary="Take over a park that lived before this ledger, as it stands at the end of a month: all or nothing.",
        group=GROUP,
        roles=FINANCE,
        at="/v1/leases",
    ),
    Recording(
        path=HERE,
        command=DraftLease,
        summary="Draft a lease; again, until it is submitted: the newest draft counts.",
        group=GROUP,
        at=HERE,
        named_by="lease",
    ),
    _step("submission", SubmitLease, "Submit the draft for approval."),
    _step("approval", ApproveLease, "Approve what somebody else drafted and submitted.", APPROVERS),
    _step("voiding", VoidLease, "Give up a lease that was not executed."),
    _step("execution", ExecuteLease, "Record the signed contract, naming its units: no unit is let twice."),
    _step("handover", HandOverPremises, "Record that the tenant has the keys."),
    _step("commencement", CommenceLease, "Begin the term and its accounting."),
    _step("amendments", ProposeAmendment, "Propose new terms from a date on."),
    _step(
        "amendments/{amendment:str}/approval",
        ApproveAmendment,
        "Approve what somebody else proposed, naming units that the lease takes or keeps for longer.",
        APPROVERS,
    ),
    _step("amendments/{amendment:str}/rejection", RejectAmendment, "Turn an amendment down.", APPROVERS),
    _step("service-charge/changes", ChangeServiceCharge, "Charge something else from a date on, past or to come."),
    _step("turnover", DeclareTurnover, "Record what the tenant says it sold in a month, where a share of it is due."),
    _step("rent-reviews", ReviewRent, "Review the rent by the index of the terms, naming the index."),
    _step("break-notices", ServeBreakNotice, "Record notice to end the lease with a break date."),
    _step("renewal", RenewLease, "Say which executed lease follows this one."),
    _step("termination", TerminateLease, "End the lease early."),
    _step("expiry", ExpireLease, "Record that the term is over and the tenant does not stay."),
    _step("holdover", StartHoldover, "Record that the tenant stays after expiry, naming the units."),
    _step("holdover/end", EndHoldover, "End the holdover with a day."),
    _step("surrender", SurrenderPremises, "Record that the keys came back."),
    _step("withdrawals", WithdrawLeaseStep, "Take back a step that was recorded by mistake.", APPROVERS),
)


# Reading


class LeasesQuery(BasisQuery, frozen=True, kw_only=True):
    """The leases, filtered; a page of them."""

    company: Id | None = None
    state: LeaseState | None = None
    unit: Annotated[Id | None, Meta(description="Leases that hold this unit on any day.")] = None
    cursor: Cursor = None
    limit: Limit = 100


class LeaseHistoryQuery(HistoryQuery, frozen=True, kw_only=True):
    """A lease's facts, bills and payments included; a page of them after a position."""


class ScheduleQuery(BasisQuery, frozen=True, kw_only=True):
    """The schedule through a day."""

    through: Annotated[
        date | None,
        Meta(description="Months that begin by this day; the default is all, of an endless holdover those so far."),
    ] = None


class Review(Struct, frozen=True, kw_only=True):
    """From this day on the rent a month is this, by an index."""

    from_on: date
    monthly: str


class ChargeChange(Struct, frozen=True, kw_only=True):
    """From this day on the service charge is this."""

    from_on: date
    service_charge: Quote


class LeaseFound(register.LeaseRow, frozen=True, kw_only=True):
    """A lease with what it says. `terms`: in force on the effective date; of a lease not executed, its newest draft.

    passing_rent    CNY a month payable on the effective date: 0.00 in rent-free days and outside the term
    headline_rent   the same, whether the day is free or not
    versions        the terms from each date on: as executed and as amended
    """

    terms: Terms | None
    service_charge: Quote | None
    passing_rent: str
    headline_rent: str
    versions: tuple[LeaseVersion, ...]
    service_charges: tuple[ChargeChange, ...]
    reviews: tuple[Review, ...]
    lettings: tuple[Letting, ...]
    drafted_by: str | None
    submitted_by: str | None
    approved_by: str | None
    commenced_on: date | None
    break_notice: date | None
    successor: str | None
    terminated_on: date | None
    termination_fee: str | None
    holdover_from: date | None
    surrendered_on: date | None


class ScheduleRow(Struct, frozen=True, kw_only=True):
    """A month of a lease, or the part of one that it or a stretch of its terms covers. CNY, ex VAT.

    cash_rent      fixed rent payable
    revenue        fixed rent earned, straight-line (IFRS 16.81)
    variable_rent  payable and earned above it, by index review
    accrued        revenue earned and not yet payable, from the beginning through this row
    """

    lease: str
    month: str
    from_on: date
    until_on: date
    cash_rent: str
    revenue: str
    variable_rent: str
    accrued: str


def _leases(connection: Connection, basis: Basis, query: LeasesQuery, _path: Mapping[str, str]) -> Found:
    rows = register.leases(
        connection,
        basis,
        company=query.company,
        state=query.state,
        unit=query.unit,
        after=place(query.cursor),
        limit=query.limit + 1,
    )
    return paged(rows, query.limit, "lease")


def _known(connection: Connection, basis: Basis, lease: str) -> tuple[register.LeaseRow, Lease]:
    found = register.lease(connection, basis, lease)
    if found is None:
        raise not_known("lease", lease, basis)
    return found


def _lease(connection: Connection, basis: Basis, _query: BasisQuery, path: Mapping[str, str]) -> Found:
    row, lease = _known(connection, basis, path["lease"])
    step = last_step(connection, basis, "leases", f"lease:{path['lease']}")
    return Found(data=_shown(row, lease, basis.effective), etag=str(step))


def _shown(row: register.LeaseRow, lease: Lease, on: date) -> LeaseFound:
    return LeaseFound(
        **structs.asdict(row),
        terms=terms_on(lease, on) or lease.draft,
        service_charge=service_charge_on(lease, on),
        passing_rent=written(passing_rent(lease, on)),
        headline_rent=written(headline_rent(lease, on)),
        versions=lease.versions,
        service_charges=tuple(ChargeChange(from_on=day, service_charge=quote) for day, quote in lease.service_charges),
        reviews=tuple(
            Review(from_on=review.effective_on, monthly=written(reviewed_on(lease, review.effective_on)))
            for review in lease.reviews
        ),
        lettings=lease.lettings,
        drafted_by=lease.drafted_by,
        submitted_by=lease.submitted_by,
        approved_by=lease.approved_by,
        commenced_on=lease.commenced_on,
        break_notice=lease.break_notice,
        successor=lease.successor,
        terminated_on=lease.ended_early[0] if lease.ended_early else None,
        termination_fee=written(lease.fee_minor) if lease.ended_early else None,
        holdover_from=lease.holdover_from,
        surrendered_on=lease.surrendered_on,
    )


def _schedule(connection: Connection, basis: Basis, query: ScheduleQuery, path: Mapping[str, str]) -> Found:
    _, lease = _known(connection, basis, path["lease"])
    through = query.through or last_day(lease) or basis.effective
    if through.year > basis.effective.year + SCHEDULE_YEARS_MAX:
        raise parameter_invalid("through", f"is more than {SCHEDULE_YEARS_MAX} years from the effective date")
    return Found(rows=[schedule_row(lease.lease, row) for row in schedule(lease, through)])


def schedule_row(lease: str, row: LeaseScheduleRow) -> ScheduleRow:
    """A row of a schedule as it is shown."""
    return ScheduleRow(
        lease=lease,
        month=row.month,
        from_on=row.from_on,
        until_on=row.until_on,
        cash_rent=written(row.cash_minor),
        revenue=written(row.revenue_minor),
        variable_rent=written(row.variable_minor),
        accrued=written(row.accrued_minor),
    )


READS: tuple[Read[Any], ...] = (
    Read(
        name="list-leases",
        path=HERE,
        summary="The leases.",
        group=GROUP,
        query=LeasesQuery,
        ask=_leases,
        rows=register.LeaseRow,
        table=structs_table(register.LeaseRow),
    ),
    Read(
        name="read-lease",
        path=f"{HERE}/{{lease:str}}",
        summary="One lease with its terms; its ETag is the position of its latest step, and the day.",
        group=GROUP,
        query=BasisQuery,
        ask=_lease,
        data=LeaseFound,
        problems=("not-found",),
    ),
    Read(
        name="read-lease-history",
        path=f"{HERE}/{{lease:str}}/history",
        summary="What was recorded of a lease, in order; bills and payments included.",
        group=GROUP,
        query=LeaseHistoryQuery,
        ask=history_of("lease"),
        rows=any_entry(),
        of_log=True,
        problems=("not-found",),
    ),
    Read(
        name="read-lease-schedule",
        path=f"{HERE}/{{lease:str}}/schedule",
        summary="The straight-line schedule: rent payable and earned, month by month.",
        group=GROUP,
        query=ScheduleQuery,
        ask=_schedule,
        rows=ScheduleRow,
        table=structs_table(ScheduleRow),
        problems=("not-found",),
    ),
)
