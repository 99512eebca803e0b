"""Reports over HTTP: the channel funnel, and what waits for a second person."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import Connection

from api.formats.sheets import WITH_JSON, Columns, Report, Sheet
from api.formats.tables import Line, Table, cells, columns
from api.http.reading import BasisQuery, ExplainedQuery, Found, Read
from api.receipts import companies as receipts
from ledger.decider import DataClass
from projections.companies.funnel import STAGES, Funnel, FunnelRow, funnel
from projections.engine.basis import Basis
from projections.proposals import OpenProposal, proposals


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


# Proposals


def _proposals(connection: Connection, basis: Basis, _query: BasisQuery, _path: Mapping[str, str]) -> Found:
    return Found(rows=proposals(connection, basis))


def _named(row: OpenProposal) -> str:
    """The fields that name a proposal, such as lease=l-1 amendment=a-1."""
    return " ".join(f"{name}={value}" for name, value in row.which.items())


def proposals_table(rows: Iterable[OpenProposal]) -> Table:
    """A row for each proposal; what names it in one cell."""
    names = columns(OpenProposal)
    return names, (cells(row, names, which=_named(row)) for row in rows)


PROPOSALS_SHOWN = Columns(
    {
        "kind": "kind",
        "which": "which",
        "says": "what",
        "proposed_by": "proposed by",
        "proposed_on": "on",
        "approve": "somebody else approves with",
        "reject": "turned down with",
    },
    texts=("kind", "which", "says", "proposed_by", "proposed_on", "approve", "reject"),
)


def proposals_sheet(rows: Iterable[OpenProposal]) -> Sheet:
    """A row for each proposal, the oldest first."""
    lines = [PROPOSALS_SHOWN.line(row, which=_named(row)) for row in rows]
    return Sheet("Open proposals: what waits for a second person", PROPOSALS_SHOWN, lines)


READS: tuple[Read[Any], ...] = (
    Read(
        name="report-proposals",
        path="/v1/reports/proposals",
        summary="What waits for a second person: who proposed it, and the commands that decide on it.",
        group="reports",
        query=BasisQuery,
        ask=_proposals,
        rows=OpenProposal,
        table=proposals_table,
        report=Report(
            name="proposals",
            help="Open proposals of every kind: overrides, rates, reopenings, amendments, write-offs, waivers.",
            sheet=proposals_sheet,
        ),
        of_log=True,
    ),
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
