"""report rent-roll, occupancy, lease-expiry, ageing: the tenancy reports on the command line.

Amounts are CNY, areas m² with mu (亩) beside their totals; the title says so once.
"""

from typing import Any

import rich_click as click

from api.cli.display import figure
from api.cli.reading import options, show_report

POSITIONS = click.option("--positions", is_flag=True, help="With --json: list the facts behind each row.")
Shown = tuple[list[str], list[list[Any]]]


@click.command("rent-roll")
@POSITIONS
@options()
def rent_roll(**asked: Any) -> None:
    """The rent roll: every unit, vacant ones too; leases signed and not begun at the end.

    \b
    mcsc report rent-roll --effective 2024-12-31
    mcsc report rent-roll --effective 2024-12-31 --recorded 2025-01-31 --csv -o rent-roll.csv
    """
    from api.routes.tenancy import READS

    texts = ("unit", "status", "tenant", "lease", "expiry", "next break", "next step")
    show_report(READS, "report-rent-roll", "Rent roll (CNY ex VAT a month, m²)", _roll_table, texts=texts, **asked)


def _roll_table(found: Any) -> Shown:
    names = ["unit", "m²", "status", "tenant", "lease", "expiry", "next break"]
    names += ["rent/m²", "passing", "headline", "next step", "to", "service", "deposit", "arrears", "ERV"]
    rows: list[list[Any]] = []
    for building in found.data.buildings:
        rows.append([building.name or building.building or "no building"])
        rows += [_roll_row(row) for row in building.rows]
        rows.append(_roll_sum("", building.totals))
    rows.append(_roll_sum("TOTAL", found.data.totals))
    rows.append(["", f"{figure(found.data.totals.area_mu)} 亩"])
    if found.data.signed:
        rows.append(["signed, not begun; in no total"])
        rows += [_roll_row(row) for row in found.data.signed]
    return names, [[*row, *[None] * (len(names) - len(row))] for row in rows]


def _roll_row(row: Any) -> list[Any]:
    who = [row.unit, figure(row.area_m2), row.status, row.tenant or row.reserved_for, row.lease]
    term = [row.expiry_on, row.next_break_on, figure(row.rent_m2_month)]
    rent = [figure(row.passing_month), figure(row.headline_month), row.next_step_on, figure(row.next_step_month)]
    rest = (row.service_charge_month, row.deposit, row.arrears, row.erv_month)
    return [*who, *term, *rent, *map(figure, rest)]


def _roll_sum(name: str, totals: Any) -> list[Any]:
    let = f"{totals.units_let} of {totals.units} let"
    rent = [figure(totals.rent_m2_month), figure(totals.passing_month), figure(totals.headline_month)]
    rest = (totals.service_charge_month, totals.deposit, totals.arrears, totals.erv_month)
    return [name, figure(totals.area_m2), let, *[None] * 4, *rent, None, None, *map(figure, rest)]


@click.command()
@click.option("--compare", help="An earlier effective date to show the change from.")
@POSITIONS
@options()
def occupancy(**asked: Any) -> None:
    """Occupancy by building: committed (signed), physical (handed over), economic (rent of rental value).

    \b
    mcsc report occupancy --effective 2024-12-31 --compare 2023-12-31
    """
    from api.routes.tenancy import READS

    show_report(READS, "report-occupancy", "Occupancy (m², 亩, %)", _occupancy_table, texts=("building",), **asked)


def _occupancy_table(found: Any) -> Shown:
    names = ["building", "lettable m²", "亩", "committed m²", "physical m²", "vacant m²", "committed %"]
    names += ["physical %", "economic %", "vacancy %", "ERV vacancy %", "under construction m²", "off market m²"]
    names += ["change, points"] if found.data.compared else []
    rows = [_occupancy_row(row, row.name or row.building) for row in found.data.rows]
    rows.append(_occupancy_row(found.data.total, "TOTAL"))
    return names, [row[: len(names)] for row in rows]


def _occupancy_row(row: Any, name: str | None) -> list[Any]:
    areas = (row.lettable_m2, row.lettable_mu, row.committed_m2, row.physical_m2, row.vacant_m2)
    rates = (row.committed_percent, row.physical_percent, row.economic_percent)
    vacant = (row.vacancy_percent, row.erv_vacancy_percent)
    apart = (row.under_construction_m2, row.off_market_m2, row.change_points)
    return [name, *map(figure, (*areas, *rates, *vacant, *apart))]


@click.command("lease-expiry")
@click.option("--due-from", help="Also the collection of what fell due from this day on.")
@POSITIONS
@options()
def lease_expiry(**asked: Any) -> None:
    """When let space comes free, by expiry and by next break; WAULT, WALE, reversion and collection.

    \b
    mcsc report lease-expiry --effective 2024-12-31 --due-from 2024-10-01
    """
    from api.routes.tenancy import READS

    texts = ("by", "year")
    show_report(
        READS, "report-lease-expiry", "Lease expiry (CNY a year ex VAT, m²)", _expiry_table, texts=texts, **asked
    )


MEASURES = {
    "wault_to_expiry_years": "WAULT to expiry, years",
    "wault_to_break_years": "WAULT to break, years",
    "wale_to_expiry_years": "WALE by area, years",
    "passing_m2_month": "passing rent a m² and month",
    "reversion_percent": "reversion, %",
}


def _expiry_table(found: Any) -> Shown:
    names = ["by", "year", "leases", "m²", "% of m²", "rent", "% of rent"]
    rows: list[list[Any]] = []
    for by, years in (("expiry", found.data.to_expiry), ("break", found.data.to_break)):
        for row in years:
            figures = map(figure, (row.leases, row.area_m2, row.area_percent, row.rent_year, row.rent_percent))
            rows.append([by, row.year or "no end", *figures])
    measures, collection = found.data.measures, found.data.collection
    total = [figure(measures.leases), figure(measures.area_m2), None, figure(measures.passing_year), None]
    rows.append(["TOTAL", None, *total])
    told = {label: getattr(measures, name) for name, label in MEASURES.items()}
    if collection:
        told[f"collected of what fell due since {collection.from_on}, %"] = collection.rate_percent
    rows += [[label, None, None, None, None, None, figure(value)] for label, value in told.items()]
    return names, rows


@click.command()
@click.option("--rates", help="Expected losses by age, not due first: six ratios with commas.")
@POSITIONS
@options()
def ageing(**asked: Any) -> None:
    """Receivables by days overdue, with the control account they foot to; unapplied receipts apart.

    \b
    mcsc report ageing --effective 2024-12-31
    mcsc report ageing --effective 2024-12-31 --rates 0.01,0.02,0.05,0.1,0.2,0.5
    """
    from api.routes.tenancy import READS

    texts = ("tenant", "document", "due")
    title = "Receivables ageing: balance (CNY) by days overdue"
    show_report(READS, "report-receivables-ageing", title, _ageing_table, texts=texts, **asked)


AGES = {"not_due": "not due", "days_1_30": "1–30", "days_31_60": "31–60", "days_61_90": "61–90"}
AGES |= {"days_91_180": "91–180", "days_over_180": ">180", "total": "total"}


def _ageing_table(found: Any) -> Shown:
    answer = found.data
    names = ["tenant", "document", "due", "days", *AGES.values(), "unapplied", *(["ECL"] if answer.ecl else [])]
    rows: list[list[Any]] = []
    for tenant in answer.tenants:
        for row in tenant.documents:
            told = [tenant.company, row.invoice, row.due_on, figure(row.days), *_ages(row.open), None, figure(row.ecl)]
            rows.append(told)
        rows += [
            [tenant.company, receipt.receipt, *[None] * 9, figure(receipt.unapplied), None]
            for receipt in tenant.receipts
        ]
        rows.append([tenant.name or tenant.company, "subtotal", None, None, *_sums(tenant)])
    rows.append(["TOTAL", None, None, None, *_sums(answer)])
    if answer.orders != "0.00":
        rows.append(["owed for equipment orders", *[None] * 9, figure(answer.orders), None, None])
    rows.append(["control account 1122", *[None] * 9, figure(answer.control), None, None])
    rows.append(["difference", *[None] * 9, figure(answer.difference), None, None])
    return names, [row[: len(names)] for row in rows]


def _ages(buckets: Any) -> list[str]:
    return [figure(getattr(buckets, name)) for name in AGES]


def _sums(of: Any) -> list[str]:
    return [*_ages(of.open), figure(of.unapplied), figure(of.ecl)]
