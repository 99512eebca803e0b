"""The list of lease costs over HTTP."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import Connection

from api.formats.sheets import At, Columns, Report, Sheet
from api.formats.tables import Table, cells, columns
from api.http.reading import ExplainedQuery, Found, Read
from api.receipts.lease_costs import LEASE_COSTS
from projections.engine.basis import Basis
from projections.tenancy.lease_costs import LeaseCostRow, LeaseCosts, lease_costs

SETTLED = "Also costs of which nothing is left."


class LeaseCostsQuery(ExplainedQuery, frozen=True, kw_only=True):
    """The costs of obtaining leases."""

    settled: Annotated[bool, Meta(description=SETTLED)] = False


def _lease_costs(connection: Connection, basis: Basis, query: LeaseCostsQuery, _path: Mapping[str, str]) -> Found:
    return Found(data=lease_costs(connection, basis, settled=query.settled))


def lease_costs_table(answer: LeaseCosts) -> Table:
    """A row for each cost; the total, and the control accounts that what is left foots to."""
    names = ["section", *columns(LeaseCostRow)]

    def lines() -> Iterator[list[Any]]:
        yield from (cells(row, names, section="COST") for row in answer.rows)
        yield cells(answer.total, names, section="TOTAL")
        yield cells(None, names, section="CONTROL", left=answer.control)
        yield cells(None, names, section="DIFFERENCE", left=answer.difference)

    return names, lines()


SHOWN = Columns(
    {
        "company": "tenant",
        "lease": "lease",
        "kind": "kind",
        "cost": "document",
        "paid": "paid",
        "amortised": "amortised",
        "left": "left",
    },
    texts=("company", "lease", "kind", "cost"),
)


def lease_costs_sheet(answer: LeaseCosts) -> Sheet:
    """A row for each cost; the total, and the control accounts that it foots to."""
    rows = [SHOWN.line(row) for row in answer.rows]
    rows.append(SHOWN.line(answer.total, company="TOTAL"))
    rows.append(SHOWN.line(company="control accounts 1801", left=At("CONTROL/left", answer.control)))
    rows.append(SHOWN.line(company="difference", left=At("DIFFERENCE/left", answer.difference)))
    return Sheet("Lease costs (CNY)", SHOWN, rows)


READS: tuple[Read[Any], ...] = (
    Read(
        name="report-lease-costs",
        path="/v1/reports/lease-costs",
        summary="Incentives paid to tenants and initial direct costs: amortised, and left; foots to its accounts.",
        group="reports",
        query=LeaseCostsQuery,
        ask=_lease_costs,
        data=LeaseCosts,
        table=lease_costs_table,
        receipts=LEASE_COSTS,
        report=Report(
            name="lease-costs",
            help="Incentives paid to tenants and initial direct costs: what months bore, and what is left.",
            examples=("mcsc report lease-costs --effective 2026-06-30",),
            options={"settled": SETTLED},
            sheet=lease_costs_sheet,
        ),
    ),
)
