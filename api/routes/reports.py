"""Reports over HTTP: the channel funnel."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import Connection

from api.http.reading import BasisQuery, Found, Read
from ledger.decider import DataClass
from projections.companies.funnel import STAGES, Funnel, FunnelRow, funnel
from projections.engine.basis import Basis


class FunnelQuery(BasisQuery, frozen=True, kw_only=True):
    """The funnel of all companies, or of one data class."""

    companies: Annotated[bool, Meta(description="List the companies behind every figure.")] = False
    data_class: DataClass | None = None


def _funnel(connection: Connection, basis: Basis, query: FunnelQuery, _path: Mapping[str, str]) -> Found:
    return Found(data=funnel(connection, basis, data_class=query.data_class, companies=query.companies))


def table(found: Found) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
    """A row for each origin and one for the TOTAL; the companies are left to JSON."""
    answer: Funnel = found.data
    counted = (*STAGES, "reported_settled")
    names = ["origin", "origin_year", *counted]
    names += [f"{stage}_conversion" for stage in counted]
    names += [f"days_{pace.start}_to_{pace.end}" for pace in answer.total.paces]
    return names, (_line(row, counted) for row in (*answer.rows, answer.total))


def _line(row: FunnelRow, counted: Sequence[str]) -> list[Any]:
    reached = [getattr(row, stage) for stage in counted]
    cells: list[Any] = [row.origin or "TOTAL", row.origin_year, *(stage.count for stage in reached)]
    return [*cells, *(stage.conversion for stage in reached), *(pace.median_days for pace in row.paces)]


READS: tuple[Read[Any], ...] = (
    Read(
        name="report-funnel",
        path="/v1/reports/funnel",
        summary="How many companies of each origin reached which stage, and how long it took them.",
        group="reports",
        query=FunnelQuery,
        ask=_funnel,
        data=Funnel,
        table=table,
    ),
)
