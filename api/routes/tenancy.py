"""Tenancy reports over HTTP: rent roll, occupancy, lease expiry, receivables ageing, one tenant's account.

READS    GET /v1/reports/rent-roll, occupancy, lease-expiry, receivables-ageing; /v1/tenants/{company}/account

Each takes the two dates of every read, and `positions=true`: list the facts behind each row. As CSV a report is one
flat table; the column `section` tells rows of things from sums. Amounts are CNY, areas m² with mu (亩) beside their
totals.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from sqlalchemy import Connection

from api.formats.sheets import POSITIONS_OPTION, At, Columns, Report, Sheet, figure
from api.formats.tables import Line, Table, cells, columns, sections
from api.http.parameters import not_after, parameter_invalid
from api.http.reading import Ask, BasisQuery, ExplainedQuery, Found, Positions, Read, not_known
from api.http.receipts import Receipts
from api.receipts import receivables
from api.receipts import tenancy as receipts
from ledger.values.money import Ratio
from projections.engine.basis import Basis
from projections.receivables.ageing import BUCKETS, Ageing, TenantAgeing, ageing
from projections.receivables.statement import AccountStatement, statement
from projections.tenancy.lease_expiry import LeaseExpiry, YearRow, lease_expiry
from projections.tenancy.occupancy import Occupancy, OccupancyRow, occupancy
from projections.tenancy.rent_roll import RentRoll, RollRow, RollTotals, rent_roll


class RentRollQuery(ExplainedQuery, frozen=True, kw_only=True):
    """The rent roll."""

    positions: Positions = False


class OccupancyQuery(ExplainedQuery, frozen=True, kw_only=True):
    """Occupancy, on demand beside an earlier date."""

    compare: Annotated[date | None, Meta(description="An effective date to show the change from.")] = None
    positions: Positions = False


class ExpiryQuery(ExplainedQuery, frozen=True, kw_only=True):
    """Lease expiries, and the collection of what fell due since a day."""

    due_from: Annotated[date | None, Meta(description="Also the collection of what fell due from this day on.")] = None
    positions: Positions = False


class AgeingQuery(ExplainedQuery, frozen=True, kw_only=True):
    """The receivables ageing, on demand with expected credit losses."""

    rates: Annotated[
        str | None,
        Meta(description="Expected losses by age, not due first: six ratios with commas, 0.01,0.02,0.05,0.1,0.2,0.5."),
    ] = None
    positions: Positions = False


class AccountQuery(ExplainedQuery, frozen=True, kw_only=True):
    """A tenant's account."""

    positions: Positions = False


def _rent_roll(connection: Connection, basis: Basis, query: RentRollQuery, _path: Mapping[str, str]) -> Found:
    return Found(data=rent_roll(connection, basis, positions=query.positions))


def _occupancy(connection: Connection, basis: Basis, query: OccupancyQuery, _path: Mapping[str, str]) -> Found:
    not_after("compare", query.compare, basis)
    return Found(data=occupancy(connection, basis, compare=query.compare, positions=query.positions))


def _expiry(connection: Connection, basis: Basis, query: ExpiryQuery, _path: Mapping[str, str]) -> Found:
    not_after("due_from", query.due_from, basis)
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
        raise not_known("tenant", path["company"], basis)
    return Found(data=found)


# As tables


def roll_table(roll: RentRoll) -> Table:
    """Units, then each building's sums, then all; leases signed and not begun at the end."""
    names = [
        "as_of",
        "known_at",
        "section",
        *columns(RollRow),
        "units",
        "units_let",
        "lettable_m2",
        "let_m2",
        "area_mu",
    ]

    def line(section: str, row: RollRow | RollTotals, **instead: str | None) -> list[Any]:
        return cells(row, names, as_of=roll.as_of, known_at=roll.known_at, section=section, **instead)

    def lines() -> Iterator[list[Any]]:
        for building in roll.buildings:
            yield from (line("UNIT", row) for row in building.rows)
            yield line("BUILDING", building.totals, building=building.building)
        yield line("TOTAL", roll.totals)
        yield from (line("SIGNED", row) for row in roll.signed)

    return names, lines()


def occupancy_table(answer: Occupancy) -> Table:
    """A row for each building, and the total."""
    return sections(columns(OccupancyRow), ("BUILDING", answer.rows), ("TOTAL", (answer.total,)))


def expiry_table(answer: LeaseExpiry) -> Table:
    """Years by expiry, years by next break, then one line for each measure of the whole."""
    names, years = sections(columns(YearRow), ("TO_EXPIRY", answer.to_expiry), ("TO_BREAK", answer.to_break))

    def lines() -> Iterator[Sequence[Any]]:
        yield from (Line([*year, None, None], getattr(year, "of", None)) for year in years)
        for measured in (answer.measures, *([answer.collection] if answer.collection else ())):
            for measure in measured.__struct_fields__:
                yield ["MEASURE", *[None] * (len(names) - 1), measure, getattr(measured, measure)]

    return [*names, "measure", "value"], lines()


AGEING_COLUMNS = ("company", "name", "invoice", "lease", "charge", "issued_on", "due_on", "days", "gross")


def ageing_table(answer: Ageing) -> Table:
    """Documents, unapplied receipts and sums by tenant; the total, and the control account that it foots to."""
    names = ["section", *AGEING_COLUMNS, "receipt", *BUCKETS, "total", "overdue", "unapplied", "ecl_rate", "ecl"]

    def line(section: str, row: Any = None, **instead: Any) -> list[Any]:
        return cells(row, names, section=section, **instead)

    def lines() -> Iterator[list[Any]]:
        for tenant in answer.tenants:
            who = {"company": tenant.company, "name": tenant.name}
            for document in tenant.documents:
                open_by_age = msgspec.structs.asdict(document.open)
                yield line("DOCUMENT", document, **who, **open_by_age, overdue=document.open.overdue)
            yield from (line("UNAPPLIED", receipt, **who) for receipt in tenant.receipts)
            sums = {"overdue": tenant.open.overdue, "unapplied": tenant.unapplied, "ecl": tenant.ecl}
            yield line("TENANT", tenant.open, **who, **sums)
        overdue = answer.open.overdue
        yield line("TOTAL", answer.open, overdue=overdue, unapplied=answer.unapplied, ecl=answer.ecl)
        if answer.orders != "0.00":
            yield line("ORDERS", total=answer.orders)
        yield line("CONTROL", total=answer.control)
        yield line("DIFFERENCE", total=answer.difference)

    return names, lines()


def account_table(answer: AccountStatement) -> Table:
    """Open documents, deposits, receipts, and the sum of each."""
    names = ["section", "name", "lease", "charge", "dated_on", "due_on", "days", "gross", "open"]

    def line(section: str, row: Any = None, **instead: Any) -> list[Any]:
        return cells(row, names, section=section, **instead)

    def lines() -> Iterator[list[Any]]:
        for document in answer.documents:
            yield line("DOCUMENT", document, name=document.invoice, dated_on=document.issued_on)
        yield from (line("DEPOSIT", deposit, open=deposit.held) for deposit in answer.deposits)
        for receipt in answer.receipts:
            yield line("RECEIPT", name=receipt.receipt, dated_on=receipt.received_on, open=receipt.unapplied)
        sums = {"OPEN": answer.open, "OVERDUE": answer.overdue, "DEPOSITS": answer.deposits_held}
        yield from (line(section, open=amount) for section, amount in {**sums, "UNAPPLIED": answer.unapplied}.items())

    return names, lines()


# As sheets

ROLL_SHOWN = Columns(
    {
        "unit": "unit",
        "area_m2": "m²",
        "status": "status",
        "tenant": "tenant",
        "lease": "lease",
        "expiry_on": "expiry",
        "next_break_on": "next break",
        "rent_m2_month": "rent/m²",
        "passing_month": "passing",
        "headline_month": "headline",
        "next_step_on": "next step",
        "next_step_month": "to",
        "service_charge_month": "service",
        "deposit": "deposit",
        "arrears": "arrears",
        "erv_month": "ERV",
    },
    texts=("unit", "status", "tenant", "lease", "expiry_on", "next_break_on", "next_step_on"),
)
OCCUPANCY_SHOWN = {
    "building": "building",
    "lettable_m2": "lettable m²",
    "lettable_mu": "亩",
    "committed_m2": "committed m²",
    "physical_m2": "physical m²",
    "vacant_m2": "vacant m²",
    "committed_percent": "committed %",
    "physical_percent": "physical %",
    "economic_percent": "economic %",
    "vacancy_percent": "vacancy %",
    "erv_vacancy_percent": "ERV vacancy %",
    "under_construction_m2": "under construction m²",
    "off_market_m2": "off market m²",
}
EXPIRY_SHOWN = Columns(
    {
        "by": "by",
        "year": "year",
        "leases": "leases",
        "area_m2": "m²",
        "area_percent": "% of m²",
        "rent_year": "rent",
        "rent_percent": "% of rent",
    },
    texts=("by", "year"),
)
MEASURES_SHOWN = {
    "wault_to_expiry_years": "WAULT to expiry, years",
    "wault_to_break_years": "WAULT to break, years",
    "wale_to_expiry_years": "WALE by area, years",
    "passing_m2_month": "passing rent a m² and month",
    "reversion_percent": "reversion, %",
}
AGEING_SHOWN = {
    "company": "tenant",
    "invoice": "document",
    "due_on": "due",
    "days": "days",
    "not_due": "not due",
    "days_1_30": "1–30",
    "days_31_60": "31–60",
    "days_61_90": "61–90",
    "days_91_180": "91–180",
    "days_over_180": ">180",
    "total": "total",
    "unapplied": "unapplied",
}


def roll_sheet(roll: RentRoll) -> Sheet:
    """Building by building: its name, its units, their sums; then the total, and leases signed and not begun."""
    rows: list[list[Any]] = []
    for building in roll.buildings:
        rows.append([building.name or building.building or "no building"])
        rows += [_unit_line(row) for row in building.rows]
        rows.append(_sums_line("", building.totals))
    rows.append(_sums_line("TOTAL", roll.totals))
    rows.append(Line(["", f"{figure(roll.totals.area_mu)} 亩"], roll.totals, ("unit", "area_mu")))
    if roll.signed:
        rows.append(["signed, not begun; in no total"])
        rows += [_unit_line(row) for row in roll.signed]
    return Sheet("Rent roll (CNY ex VAT a month, m²)", ROLL_SHOWN, rows)


def _unit_line(row: RollRow) -> list[Any]:
    return ROLL_SHOWN.line(row, tenant=row.tenant or row.reserved_for)


def _sums_line(name: str, totals: RollTotals) -> list[Any]:
    return ROLL_SHOWN.line(totals, unit=name, status=f"{totals.units_let} of {totals.units} let")


def occupancy_sheet(answer: Occupancy) -> Sheet:
    """A row for each building, and the total; the change where two dates are compared."""
    change = {"change_points": "change, points"} if answer.compared else {}
    shown = Columns(OCCUPANCY_SHOWN | change, texts=("building",))
    rows = [shown.line(row, building=row.name or row.building) for row in answer.rows]
    return Sheet("Occupancy (m², 亩, %)", shown, [*rows, shown.line(answer.total, building="TOTAL")])


def expiry_sheet(answer: LeaseExpiry) -> Sheet:
    """Years by expiry, years by next break, the whole, then one line for each measure of it."""
    line = EXPIRY_SHOWN.line
    by_year = (("expiry", answer.to_expiry), ("break", answer.to_break))
    rows = [line(row, by=by, year=row.year or "no end") for by, years in by_year for row in years]
    whole = {"leases": "leases", "area_m2": "area_m2", "rent_year": "passing_year"}
    rows.append(line(by="TOTAL", **{shown: _measure(answer.measures, name) for shown, name in whole.items()}))
    rows += [line(by=label, rent_percent=_measure(answer.measures, name)) for name, label in MEASURES_SHOWN.items()]
    if collection := answer.collection:
        label = f"collected of what fell due since {collection.from_on}, %"
        rows.append(line(by=label, rent_percent=_measure(collection, "rate_percent")))
    return Sheet("Lease expiry (CNY a year ex VAT, m²)", EXPIRY_SHOWN, rows)


def _measure(measured: Struct, name: str) -> At:
    return At(f"MEASURE:{name}/value", getattr(measured, name))


def ageing_sheet(answer: Ageing) -> Sheet:
    """Documents, unapplied receipts and a subtotal by tenant; the total, and the control account that it foots to."""
    shown = Columns(AGEING_SHOWN | ({"ecl": "ECL"} if answer.ecl else {}), texts=("company", "invoice", "due_on"))
    rows: list[list[Any]] = []
    for tenant in answer.tenants:
        rows += [shown.line(row, **msgspec.structs.asdict(row.open)) for row in tenant.documents]
        rows += [shown.line(row, company=tenant.company, invoice=row.receipt) for row in tenant.receipts]
        name = tenant.name or tenant.company
        rows.append(_ages_line(shown, tenant, company=name, invoice="subtotal"))
    rows.append(_ages_line(shown, answer, company="TOTAL"))
    if answer.orders != "0.00":
        rows.append(shown.line(company="owed for equipment orders", total=At("ORDERS/total", answer.orders)))
    rows.append(shown.line(company="control account 1122", total=At("CONTROL/total", answer.control)))
    rows.append(shown.line(company="difference", total=At("DIFFERENCE/total", answer.difference)))
    return Sheet("Receivables ageing: balance (CNY) by days overdue", shown, rows)


def _ages_line(shown: Columns, of: TenantAgeing | Ageing, **named: str) -> list[Any]:
    return shown.line(of.open, unapplied=of.unapplied, ecl=of.ecl, **named)


def _report(
    name: str,
    summary: str,
    query: type[BasisQuery],
    ask: Ask[Any],
    data: type[Struct],
    table: Any,
    report: Report,
    explained: Receipts | None = None,
) -> Read[Any]:
    return Read(
        name=f"report-{name}",
        path=f"/v1/reports/{name}",
        summary=summary,
        group="reports",
        query=query,
        ask=ask,
        data=data,
        table=table,
        report=report,
        receipts=explained,
    )


READS: tuple[Read[Any], ...] = (
    _report(
        "rent-roll",
        "The rent roll: every unit, vacant ones too, with tenant, term, rent, deposit and arrears.",
        RentRollQuery,
        _rent_roll,
        RentRoll,
        roll_table,
        Report(
            name="rent-roll",
            help="The rent roll: every unit, vacant ones too; leases signed and not begun at the end.",
            examples=(
                "mcsc report rent-roll --effective 2024-12-31",
                "mcsc report rent-roll --effective 2024-12-31 --recorded 2025-01-31 --csv -o rent-roll.csv",
            ),
            options={"positions": POSITIONS_OPTION},
            sheet=roll_sheet,
        ),
        receipts.RENT_ROLL,
    ),
    _report(
        "occupancy",
        "Occupancy by building: committed, physical and economic, each apart.",
        OccupancyQuery,
        _occupancy,
        Occupancy,
        occupancy_table,
        Report(
            name="occupancy",
            help="Occupancy by building: committed (signed), physical (handed over), economic (rent of rental value).",
            examples=("mcsc report occupancy --effective 2024-12-31 --compare 2023-12-31",),
            options={"compare": "An earlier effective date to show the change from.", "positions": POSITIONS_OPTION},
            sheet=occupancy_sheet,
        ),
        receipts.OCCUPANCY,
    ),
    _report(
        "lease-expiry",
        "When let space comes free, to expiry and to break; WAULT, WALE, reversion and collection.",
        ExpiryQuery,
        _expiry,
        LeaseExpiry,
        expiry_table,
        Report(
            name="lease-expiry",
            help="When let space comes free, by expiry and by next break; WAULT, WALE, reversion and collection.",
            examples=("mcsc report lease-expiry --effective 2024-12-31 --due-from 2024-10-01",),
            options={
                "due_from": "Also the collection of what fell due from this day on.",
                "positions": POSITIONS_OPTION,
            },
            sheet=expiry_sheet,
        ),
        receipts.LEASE_EXPIRY,
    ),
    _report(
        "receivables-ageing",
        "Receivables by days overdue; foots to the control account.",
        AgeingQuery,
        _ageing,
        Ageing,
        ageing_table,
        Report(
            name="ageing",
            help="Receivables by days overdue, with the control account they foot to; unapplied receipts apart.",
            examples=(
                "mcsc report ageing --effective 2024-12-31",
                "mcsc report ageing --effective 2024-12-31 --rates 0.01,0.02,0.05,0.1,0.2,0.5",
            ),
            options={
                "rates": "Expected losses by age, not due first: six ratios with commas.",
                "positions": POSITIONS_OPTION,
            },
            sheet=ageing_sheet,
        ),
        receivables.AGEING,
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
        receipts=receivables.ACCOUNT,
        problems=("not-found",),
    ),
)
