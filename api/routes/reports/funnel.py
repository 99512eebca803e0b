"""The channel funnel over HTTP."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import Connection

from api.formats.sheets import WITH_JSON, Columns, Report, Sheet
from api.formats.tables import Line, Table
from api.http.reading import ExplainedQuery, Found, Read
from api.receipts import companies as receipts
from ledger.decider import DataClass
from projections.companies.funnel import STAGES, Funnel, FunnelRow, funnel
from projections.engine.basis import Basis


class FunnelQuery(ExplainedQuery, frozen=True, kw_only=True):
    """The funnel of all companies, or of one data class."""

    companies: Annotated[bool, Meta(description="List the companies behind every figure.")] = False
    data_class: DataClass | None = None


def _funnel(connection: Connection, basis: Basis, query: FunnelQuery, _path: Mapping[str, str]) -> Found:
    return Found(data=funnel(connection, basis, data_class=query.data_class, companies=query.companies))


def funnel_table(answer: Funnel) -> Table:
    """A row for each origin and one for the TOTAL; the companies are left to JSON."""
    counted = (*STAGES, "reported_settled")
    names = ["section", "origin", "origin_year", *counted]
    names += [f"{stage}_conversion_percent" for stage in counted]
    names += [f"days_{pace.start}_to_{pace.end}" for pace in answer.total.paces]
    kinds = (("ORIGIN", answer.rows), ("TOTAL", (answer.total,)))
    return names, (Line([section, *_line(row, counted)], row, names) for section, rows in kinds for row in rows)


def _line(row: FunnelRow, counted: Sequence[str]) -> list[Any]:
    reached = [getattr(row, stage) for stage in counted]
    cells: list[Any] = [row.origin, row.origin_year, *(stage.count for stage in reached)]
    return [*cells, *(stage.conversion_percent for stage in reached), *(pace.median_days for pace in row.paces)]


def origin_words(row: Any) -> str:
    """An origin channel with its year, such as CIIE_PAVILION 2024; TOTAL for all of them."""
    return " ".join(str(part) for part in (row.origin or "TOTAL", row.origin_year) if part)


SHOWN = {
    "origin": "origin",
    "leads": "leads",
    "qualified": "qualified",
    "loi": "loi",
    "agreements": "agreements",
    "registered": "registered",
    "settled_in": "settled_in",
    "operating": "operating",
    "exited": "exited",
    "operating_conversion_percent": "lead → operating, %",
    "reported_settled": "reported settled",
}
FUNNEL_SHOWN = Columns(SHOWN, texts=("origin",), plain=tuple(SHOWN))


def funnel_sheet(answer: Funnel) -> Sheet:
    """A row for each origin: how many companies reached each stage, and the share of its leads that operate."""
    rows = []
    for row in (*answer.rows, answer.total):
        counts: dict[str, Any] = {stage: getattr(row, stage).count for stage in (*STAGES, "reported_settled")}
        counts["operating_conversion_percent"] = row.operating.conversion_percent
        rows.append(FUNNEL_SHOWN.line(row, origin=origin_words(row), **counts))
    return Sheet("Channel funnel: companies that reached a stage", FUNNEL_SHOWN, rows)


READS: tuple[Read[Any], ...] = (
    Read(
        name="report-funnel",
        path="/v1/reports/funnel",
        summary="How many companies of each origin reached which stage, and how long it took them.",
        group="reports",
        query=FunnelQuery,
        ask=_funnel,
        data=Funnel,
        table=funnel_table,
        receipts=receipts.FUNNEL,
        report=Report(
            name="funnel",
            help="The channel funnel: how many companies of each origin reached which stage, and in how many days.",
            options={"companies": f"{WITH_JSON}list the companies behind every figure."},
            sheet=funnel_sheet,
        ),
    ),
)
