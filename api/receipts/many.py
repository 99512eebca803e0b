"""The facts behind many rows of the rent roll at once: what is asked of one row is asked of all of them.

behind_units      those of each row's unit, its building and, where asked, its leases
behind_deposits   those of deposits, with what shares them over units; behind_arrears: of what is overdue
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from api.http.receipts import Row
from ledger.billing.facts import (
    DepositApplied,
    DepositForfeited,
    DepositMoved,
    DepositReceived,
    DepositRefunded,
    DepositReversed,
)
from ledger.billing.scheduled.facts import DepositInterestCredited
from ledger.billing.taking_over.facts import DepositTakenOver
from ledger.decider import Fact
from ledger.log.envelope import Entry
from projections.engine.basis import Basis
from projections.engine.sources import distinct, facts_behind, facts_of_kinds
from projections.receivables.tenants import accounts
from projections.tenancy.leases import LeaseRow, leases
from projections.tenancy.units import units

MOVE_DEPOSITS: tuple[type[Fact], ...] = (
    DepositReceived,
    DepositApplied,
    DepositForfeited,
    DepositRefunded,
    DepositMoved,
    DepositReversed,
    DepositTakenOver,
    DepositInterestCredited,
)
"""The facts that move a deposit."""

Found = Mapping[str, list[Entry]]


def behind_units(connection: Connection, basis: Basis, rows: Sequence[Row], *, let: bool) -> list[list[Entry]]:
    """The facts of each row's unit and building, without those of other units; `let`: of its leases too."""
    holding = _by_unit(leases(connection, basis)) if let else {}
    tags = [[f"unit:{row['unit']}", *(f"lease:{one.lease}" for one in holding.get(row["unit"], ()))] for row in rows]
    houses = {row["unit"]: f"building:{row['building']}" for row in rows if row["building"]}
    return _behind(connection, basis, tags, [[houses.get(row["unit"])] for row in rows])


def behind_deposits(connection: Connection, basis: Basis, rows: Sequence[Row]) -> list[list[Entry]]:
    """The facts of each row's deposit, of its lease and tenant, and of all units that the deposit is shared over."""
    moving = facts_of_kinds(connection, basis, {f"lease:{row['lease']}" for row in rows}, MOVE_DEPOSITS)
    return _with_money(connection, basis, rows, [moving.get(f"lease:{row['lease']}", []) for row in rows])


def behind_arrears(connection: Connection, basis: Basis, rows: Sequence[Row]) -> list[list[Entry]]:
    """The facts of each row's overdue documents, of its lease and tenant, and of all units that share them."""
    overdue = dict[tuple[str, str | None], list[str]]()
    for account in accounts(connection, basis):
        for one in account.items.documents:
            if one.due_on is not None and one.due_on < basis.effective:
                overdue.setdefault((account.company, one.lease), []).append(f"invoice:{one.invoice}")
    tags = [overdue.get((row["tenant"], row["lease"]), []) for row in rows]
    moving = facts_behind(connection, basis, {tag for some in tags for tag in some})
    return _with_money(connection, basis, rows, [distinct({tag: moving.get(tag, ()) for tag in some}) for some in tags])


def _with_money(
    connection: Connection, basis: Basis, rows: Sequence[Row], moving: Sequence[Sequence[Entry]]
) -> list[list[Entry]]:
    """The facts that move money, with those of the lease, the tenant and the units that it is shared over."""
    known = {one.unit: one.building for one in units(connection, basis)}
    by_unit = _by_unit(leases(connection, basis))
    tags, houses = list[list[str]](), list[list[str | None]]()
    for row in rows:
        holding = by_unit.get(row["unit"], [])
        together = {row["unit"], *(unit for one in holding for unit in one.units.split())}
        tags.append([f"unit:{unit}" for unit in together])
        tags[-1] += [tag for one in holding for tag in (f"lease:{one.lease}", f"company:{one.company}")]
        houses.append([f"building:{known[unit]}" for unit in together if known.get(unit)])
    found = _behind(connection, basis, tags, houses)
    return [distinct({"": some, "money": money}) for some, money in zip(found, moving, strict=True)]


def _by_unit(some: Iterable[LeaseRow]) -> dict[str, list[LeaseRow]]:
    found = dict[str, list[LeaseRow]]()
    for one in some:
        for unit in one.units.split():
            found.setdefault(unit, []).append(one)
    return found


def _behind(
    connection: Connection, basis: Basis, tags: Sequence[Sequence[str]], houses: Sequence[Sequence[str | None]]
) -> list[list[Entry]]:
    """The facts with each row's tags, and those of its buildings that are about no unit."""
    wanted = {tag for some in tags for tag in some}
    of_houses = {house for some in houses for house in some if house}
    found = facts_behind(connection, basis, wanted | of_houses, posting=False)
    bare = {house: [entry for entry in found.get(house, ()) if not _of_units(entry)] for house in of_houses}
    return [
        distinct({tag: found.get(tag, ()) for tag in some} | {house: bare[house] for house in of if house})
        for some, of in zip(tags, houses, strict=True)
    ]


def _of_units(entry: Entry) -> bool:
    return any(tag.startswith("unit:") for tag in entry.tags)
