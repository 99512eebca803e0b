"""Which leases are there, how far is each, and what does it say?

LeaseRegister               the read model: one timeline for each lease
leases                      its rows as of a basis, by lease: filtered, a page of them
latest_terms                the terms that a lease's dates come from
lease, lease_states         one lease, or all of them, as the ledger's own Lease: for schedules and reports

As of an effective date a lease is what its facts up to that date say: signed and not begun it is EXECUTED, an amendment
from a later date is not there yet, and a term that ran out stays as it was recorded until a fact says more.
"""

from datetime import date
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Column, Connection, Date, Text, literal

from ledger.decider import DataClass, Fact
from ledger.leases.deciding import evolve_lease
from ledger.leases.facts import LeaseFact, LeaseHolds, LeaseState, LeaseStepWithdrawn
from ledger.leases.lease import Lease
from ledger.leases.schedule import last_day, next_break
from ledger.leases.terms import Terms
from ledger.values.measures import written
from projections.engine.basis import Basis
from projections.engine.entities import EntityView, entity_table
from projections.engine.timeline import as_of

lease_register = entity_table(
    "lease_register",
    "lease",
    Column("company", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("since", Date, nullable=False),
    Column("commencement_on", Date),
    Column("expiry_on", Date),
    Column("ends_on", Date),
    Column("executed_on", Date),
    Column("handed_over_on", Date),
    Column("units", Text, nullable=False),
    Column("content", Text, nullable=False),
)


class LeaseRow(Struct, frozen=True, kw_only=True):
    """A lease as of a basis. Dates are of the terms as they stand then; of a draft, of its newest one.

    ends_on         its last day: by the terms, a termination or the end of a holdover; None while one goes on
    next_break_on   the first day, from the effective date on, with which somebody may end it
    units           those it holds on any day, with a space between; of a draft, those it is to hold
    area_m2         the contracted area of all of them
    last_position   that of the latest fact that this row rests on, and so the lease's ETag
    """

    lease: str
    company: str
    state: LeaseState
    since: date
    commencement_on: date | None
    expiry_on: date | None
    ends_on: date | None
    next_break_on: date | None
    units: str
    area_m2: str | None
    executed_on: date | None
    handed_over_on: date | None
    data_class: DataClass
    last_position: int


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Lease).decode


class LeaseRegister(EntityView[Lease]):
    """One timeline for each lease."""

    name = "lease_register"
    version = 2
    table = lease_register
    tables = (lease_register,)

    def keys(self, fact: Fact) -> tuple[str, ...]:
        """The lease that the fact is about, or of which it takes such a fact back; what bills it is left out."""
        return (fact.lease,) if isinstance(fact, LeaseFact | LeaseHolds | LeaseStepWithdrawn) else ()

    def tag(self, key: str) -> str:
        """All facts of a lease carry its tag."""
        return f"lease:{key}"

    def evolve(self, key: str, lease: Lease | None, fact: LeaseFact | LeaseHolds) -> Lease:
        """Move the lease on, by the context's own fold."""
        return evolve_lease(lease, fact)

    def columns(self, lease: Lease) -> tuple[Any, ...]:
        """The columns that leases are chosen by, then the whole lease as JSON."""
        terms = latest_terms(lease)
        return (
            lease.company,
            lease.state,
            lease.since,
            terms.commencement_on if terms else None,
            terms.expiry_on if terms else None,
            last_day(lease),
            lease.executed_on,
            lease.handed_over_on,
            " ".join(_units(lease, terms)),
            _encode(lease).decode(),
        )


def latest_terms(lease: Lease) -> Terms | None:
    """The terms that say when a lease expires; before it is executed, its newest draft."""
    return lease.versions[-1].terms if lease.versions else lease.draft


def _units(lease: Lease, terms: Terms | None) -> list[str]:
    if lease.versions:
        return sorted({letting.unit for letting in lease.lettings})
    return sorted({premises.unit for premises in terms.premises}) if terms else []


def leases(
    connection: Connection,
    basis: Basis,
    *,
    company: str | None = None,
    state: LeaseState | None = None,
    unit: str | None = None,
    after: str | None = None,
    limit: int | None = None,
) -> list[LeaseRow]:
    """Leases known on that basis, by identifier; the page after lease `after`. `unit`: those that hold it some day."""
    table, query = lease_register, as_of(LeaseRegister, effective=basis.effective, recorded=basis.recorded)
    if company is not None:
        query = query.where(table.c.company == company)
    if state is not None:
        query = query.where(table.c.state == state)
    if unit is not None:
        query = query.where((literal(" ") + table.c.units + " ").contains(f" {unit} ", autoescape=True))
    if after is not None:
        query = query.where(table.c.lease > after)
    query = query.order_by(table.c.lease).limit(limit)
    return [_row(row, _decode(row.content), basis) for row in connection.execute(query)]


def _row(row: Any, lease: Lease, basis: Basis) -> LeaseRow:
    terms = latest_terms(lease)
    return LeaseRow(
        lease=row.lease,
        company=row.company,
        state=row.state,
        since=row.since,
        commencement_on=row.commencement_on,
        expiry_on=row.expiry_on,
        ends_on=row.ends_on,
        next_break_on=next_break(lease, basis.effective),
        units=row.units,
        area_m2=written(terms.area_dm2) if terms else None,
        executed_on=row.executed_on,
        handed_over_on=row.handed_over_on,
        data_class=row.data_class,
        last_position=row.last_position,
    )


def lease(connection: Connection, basis: Basis, lease: str) -> tuple[LeaseRow, Lease] | None:
    """One lease on that basis; None where nothing was recorded of it, or nothing was effective."""
    query = as_of(LeaseRegister, effective=basis.effective, recorded=basis.recorded)
    row = connection.execute(query.where(lease_register.c.lease == lease)).one_or_none()
    if row is None:
        return None
    state = _decode(row.content)
    return _row(row, state, basis), state


def leases_of(connection: Connection, basis: Basis, unit: str) -> list[str]:
    """The leases that hold a unit some day, by identifier."""
    query = as_of(LeaseRegister, effective=basis.effective, recorded=basis.recorded).order_by(lease_register.c.lease)
    columns = (lease_register.c.lease, lease_register.c.units)
    return [row.lease for row in connection.execute(query.with_only_columns(*columns)) if unit in row.units.split()]


def lease_states(connection: Connection, basis: Basis) -> list[Lease]:
    """Every lease known on that basis, by identifier, as the ledger's own Lease: schedules are computed from it."""
    query = as_of(LeaseRegister, effective=basis.effective, recorded=basis.recorded).order_by(lease_register.c.lease)
    return [_decode(row.content) for row in connection.execute(query)]
