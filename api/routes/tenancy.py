"""Tenancy reports over HTTP: rent roll, occupancy, lease expiry, receivables ageing, one tenant's account.

Each takes the two dates of every read, and `positions=true`: list the facts behind each row. As CSV a report is one
flat table; the column `section` tells rows of things from sums.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from sqlalchemy import Connection

from api.http.operations import parameter_invalid
from api.http.problems import Problem
from api.http.reading import BasisQuery, Found, Read
from ledger.values.money import Ratio
from projections.engine.basis import Basis
from projections.receivables.ageing import BUCKETS, Ageing, AgeingRow, TenantAgeing, ageing
from projections.receivables.statement import AccountStatement, statement
from projections.tenancy.lease_expiry import LeaseExpiry, YearRow, lease_expiry
from projections.tenancy.occupancy import Occupancy, OccupancyRow, occupancy
from projections.tenancy.rent_roll import RentRoll, RollRow, RollTotals, rent_roll

Table = tuple[Sequence[str], Iterable[Sequence[Any]]]


class RentRollQuery(BasisQuery, frozen=True, kw_only=True):
    """The rent roll."""

    positions: Annotated[bool, Meta(description="List the facts behind each row.")] = False


class OccupancyQuery(BasisQuery, frozen=True, kw_only=True):
    """Occupancy, on demand beside an earlier date."""

    compare: Annotated[date | None, Meta(description="An effective date to show the change from.")] = None
    positions: Annotated[bool, Meta(description="List the facts behind each row.")] = False


class ExpiryQuery(BasisQuery, frozen=True, kw_only=True):
    """Lease expiries, and the collection of what fell due since a day."""

    due_from: Annotated[date | None, Meta(description="Also the collection of what fell due from this day on.")] = None
    positions: Annotated[bool, Meta(description="List the facts behind each row.")] = False


class AgeingQuery(BasisQuery, frozen=True, kw_only=True):
    """The receivables ageing, on demand with expected credit losses."""

    rates: Annotated[
        str | None,
        Meta(description="Expected losses by age, not due first: six ratios with commas, 0.01,0.02,0.05,0.1,0.2,0.5."),
    ] = None
    positions: Annotated[bool, Meta(description="List the facts behind each row.")] = False


class AccountQuery(BasisQuery, frozen=True, kw_only=True):
    """A tenant's account."""

    positions: Annotated[bool, Meta(description="List the facts behind each row.")] = False


def _rent_roll(connection: Connection, basis: Basis, query: RentRollQuery, _path: Mapping[str, str]) -> Found:
    return Found(data=rent_roll(connection, basis, positions=query.positions))


def _occupancy(connection: Connection, basis: Basis, query: OccupancyQuery, _path: Mapping[str, str]) -> Found:
    if query.compare is not None and query.compare > basis.effective:
        raise parameter_invalid("compare", f"{query.compare} is after {basis.effective}, the effective date")
    return Found(data=occupancy(connection, basis, compare=query.compare, positions=query.positions))


def _expiry(connection: Connection, basis: Basis, query: ExpiryQuery, _path: Mapping[str, str]) -> Found:
    if query.due_from is not None and query.due_from > basis.effective:
        raise parameter_invalid("due_from", f"{query.due_from} is after {basis.effective}, the effective date")
    return Found(data=lease_expiry(connection, basis, due_from=query.due_from, positions=query.positions))


def _ageing(connection: Connection, basis: Basis, query: AgeingQuery, _path: Mapping[str, str]) -> Found:
    rates = None if query.rates is None else loss_rates(query.rates)
    return Found(data=ageing(connection, basis, rates=rates, positions=query.positions))


def loss_rates(written: str) -> tuple[str, ...]:
    """A rate for each age. Raises Problem."""
    rates = tuple(part.strip() for part in written.split(","))
    try:
        checked = msgspec.convert(rates, tuple[Ratio, ...])
    except msgspec.ValidationError:
        checked = ()
    if len(checked) != len(BUCKETS) or any(Fraction(rate) > 1 for rate in checked):
        raise parameter_invalid("rates", f"give {len(BUCKETS)} ratios from 0 to 1 with commas: {', '.join(BUCKETS)}")
    return checked


def _account(connection: Connection, basis: Basis, query: AccountQuery, path: Mapping[str, str]) -> Found:
    found = statement(connection, basis, path["company"], positions=query.positions)
    if found is None:
        when = f"on {basis.effective}, as recorded at position {basis.recorded}"
        raise Problem("not-found", f"No tenant {path['company']!r} is known {when}.")
    return Found(data=found)


# As tables


def _without_positions(shape: type[Struct]) -> list[str]:
    return [name for name in shape.__struct_fields__ if name != "positions"]


ROLL_COLUMNS = _without_positions(RollRow)


def roll_table(found: Found) -> Table:
    """Units, then each building's sums, then all; leases signed and not begun at the end."""
    roll: RentRoll = found.data
    names = ["as_of", "known_at", "section", *ROLL_COLUMNS, "units", "units_let", "lettable_m2", "let_m2"]

    def lines() -> Iterator[list[Any]]:
        for building in roll.buildings:
            yield from (_roll_line(roll, "UNIT", row) for row in building.rows)
            yield _roll_sums(roll, names, "BUILDING", building.totals, building.building)
        yield _roll_sums(roll, names, "TOTAL", roll.totals, None)
        yield from (_roll_line(roll, "SIGNED", row) for row in roll.signed)

    return names, lines()


def _roll_line(roll: RentRoll, section: str, row: RollRow) -> list[Any]:
    return [roll.as_of, roll.known_at, section, *(getattr(row, name) for name in ROLL_COLUMNS), *[None] * 4]


def _roll_sums(
    roll: RentRoll, names: Sequence[str], section: str, totals: RollTotals, building: str | None
) -> list[Any]:
    told = {"as_of": roll.as_of, "known_at": roll.known_at, "section": section, "building": building}
    return [told[name] if name in told else getattr(totals, name, None) for name in names]


def occupancy_table(found: Found) -> Table:
    """A row for each building, and the total."""
    answer: Occupancy = found.data
    names = _without_positions(OccupancyRow)
    rows = [("BUILDING", row) for row in answer.rows] + [("TOTAL", answer.total)]
    return ["section", *names], ([section, *(getattr(row, name) for name in names)] for section, row in rows)


def expiry_table(found: Found) -> Table:
    """Years by expiry, years by next break, then one line for each measure of the whole."""
    answer: LeaseExpiry = found.data
    names = _without_positions(YearRow)

    def lines() -> Iterator[list[Any]]:
        for section, rows in (("TO_EXPIRY", answer.to_expiry), ("TO_BREAK", answer.to_break)):
            yield from ([section, *(getattr(row, name) for name in names), None, None] for row in rows)
        for measured in (answer.measures, *([answer.collection] if answer.collection else ())):
            for measure in measured.__struct_fields__:
                yield ["MEASURE", *[None] * len(names), measure, getattr(measured, measure)]

    return ["section", *names, "measure", "value"], lines()


AGEING_COLUMNS = ("company", "name", "invoice", "lease", "charge", "issued_on", "due_on", "days", "gross")


def ageing_table(found: Found) -> Table:
    """Documents, unapplied receipts and sums by tenant; the total, and the control account that it foots to."""
    answer: Ageing = found.data
    names = ["section", *AGEING_COLUMNS, "receipt", *BUCKETS, "total", "unapplied", "ecl_rate", "ecl"]

    def line(section: str, **told: Any) -> list[Any]:
        return [section if name == "section" else told.get(name) for name in names]

    def lines() -> Iterator[list[Any]]:
        for tenant in answer.tenants:
            who = {"company": tenant.company, "name": tenant.name}
            yield from (line("DOCUMENT", **who | _document(row)) for row in tenant.documents)
            for receipt in tenant.receipts:
                yield line("UNAPPLIED", **who, receipt=receipt.receipt, unapplied=receipt.unapplied)
            yield line("TENANT", **who, **_sums(tenant))
        yield line("TOTAL", **_sums(answer))
        if answer.orders != "0.00":
            yield line("ORDERS", total=answer.orders)
        yield line("CONTROL", total=answer.control)
        yield line("DIFFERENCE", total=answer.difference)

    return names, lines()


def _document(row: AgeingRow) -> dict[str, Any]:
    told = ("invoice", "lease", "charge", "issued_on", "due_on", "days", "gross", "ecl_rate", "ecl")
    return {name: getattr(row, name) for name in told} | msgspec.structs.asdict(row.open)


def _sums(of: TenantAgeing | Ageing) -> dict[str, Any]:
    return msgspec.structs.asdict(of.open) | {"unapplied": of.unapplied, "ecl": of.ecl}


def account_table(found: Found) -> Table:
    """Open documents, deposits, receipts, and the sum of each."""
    answer: AccountStatement = found.data
    names = ["section", "name", "lease", "charge", "dated_on", "due_on", "days", "gross", "open"]

    def lines() -> Iterator[list[Any]]:
        for one in answer.documents:
            told = (one.lease, one.charge, one.issued_on, one.due_on, one.days, one.gross, one.open)
            yield ["DOCUMENT", one.invoice, *told]
        for deposit in answer.deposits:
            yield ["DEPOSIT", None, deposit.lease, *[None] * 5, deposit.held]
        for receipt in answer.receipts:
            yield ["RECEIPT", receipt.receipt, None, None, receipt.received_on, None, None, None, receipt.unapplied]
        sums = {"OPEN": answer.open, "OVERDUE": answer.overdue, "DEPOSITS": answer.deposits_held}
        for section, amount in {**sums, "UNAPPLIED": answer.unapplied}.items():
            yield [section, *[None] * 7, amount]

    return names, lines()


def _report(
    name: str,
    summary: str,
    query: type[BasisQuery],
    ask: Callable[[Connection, Basis, Any, Mapping[str, str]], Found],
    data: type[Struct],
    table: Callable[[Found], Table],
) -> Read[Any]:
    path = f"/v1/reports/{name}"
    return Read(
        name=f"report-{name}",
        path=path,
        summary=summary,
        group="reports",
        query=query,
        ask=ask,
        data=data,
        table=table,
    )


READS: tuple[Read[Any], ...] = (
    _report(
        "rent-roll",
        "The rent roll: every unit, vacant ones too, with tenant, term, rent, deposit and arrears.",
        RentRollQuery,
        _rent_roll,
        RentRoll,
        roll_table,
    ),
    _report(
        "occupancy",
        "Occupancy by building: committed, physical and economic, each apart.",
        OccupancyQuery,
        _occupancy,
        Occupancy,
        occupancy_table,
    ),
    _report(
        "lease-expiry",
        "When let space comes free, to expiry and to break; WAULT, WALE, reversion and collection.",
        ExpiryQuery,
        _expiry,
        LeaseExpiry,
        expiry_table,
    ),
    _report(
        "receivables-ageing",
        "Receivables by days overdue; foots to the control account.",
        AgeingQuery,
        _ageing,
        Ageing,
        ageing_table,
    ),
    Read(
        name="read-tenant-account",
        path="/v1/tenants/{company:str}/account",
        summary="One tenant's account: open documents, deposits held, receipts not applied.",
        group="billing",
        query=AccountQuery,
        ask=_account,
        data=AccountStatement,
        table=account_table,
        problems=("not-found",),
    ),
)
