"""A view of the past does not know everything of its day: which leases it leaves out that were in force.

Unknown          the leases in force on a view's day that were recorded later
unknown_leases   those of a view; None where there is nothing that it does not know
"""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from api.console.pages import View, Visit
from api.http.deadlines import in_time
from ledger.leases.lease import Lease
from ledger.log.database import Database
from projections.companies.register import company
from projections.engine.basis import Basis
from projections.engine.history import history
from projections.tenancy.leases import lease_states

NAMED = 4
"""Leases that are named; of more only the number is said."""
EXECUTED = "lease.executed"


class Later(Struct, frozen=True):
    """A lease that a view does not know of. `recorded`: the day on which it was recorded that it is executed."""

    lease: str
    tenant: str
    recorded: date
    position: int


class Unknown(Struct, frozen=True):
    """The leases in force that were recorded later: how many, and the first of them."""

    count: int
    named: Sequence[Later]


async def unknown_leases(visit: Visit, view: View) -> Unknown | None:
    """Find the leases in force on a view's day that it does not know of."""
    if not view.later or not isinstance(view.basis, Basis):
        return None
    return await in_time(_unknown, visit.desk.database, view.basis, view.known)


def _unknown(database: Database, basis: Basis, known: int) -> Unknown | None:
    with database.views.connect() as connection:
        later = later_recorded(connection, basis, known)
        return Unknown(len(later), [_told(connection, basis, known, one) for one in later[:NAMED]]) if later else None


def later_recorded(connection: Connection, basis: Basis, known: int) -> list[Lease]:
    """The leases in force on the effective date as known now, but not as known on the basis."""
    day = basis.effective
    then = {one.lease for one in lease_states(connection, basis) if in_force(one, day)}
    now = lease_states(connection, replace(basis, recorded=known))
    return [one for one in now if in_force(one, day) and one.lease not in then]


def in_force(lease: Lease, day: date) -> bool:
    """Tell whether a lease holds a unit on a day."""
    return any(one.from_on <= day <= (one.until_on or date.max) for one in lease.lettings)


def _told(connection: Connection, basis: Basis, known: int, lease: Lease) -> Later:
    tag, after = f"lease:{lease.lease}", basis.recorded
    executed = history(connection, recorded=known, tag=tag, after=after, limit=1, fact=EXECUTED)
    entry = (executed or history(connection, recorded=known, tag=tag, after=after, limit=1))[0]
    tenant = company(connection, replace(basis, recorded=known), lease.company)
    name = tenant.name if tenant and tenant.name else lease.company
    return Later(lease.lease, name, entry.recorded_at.date(), entry.position)
