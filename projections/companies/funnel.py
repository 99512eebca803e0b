"""The channel funnel: how many companies of each origin reached which stage, and how long it took them.

funnel   rows for each origin channel (for the trade fair pavilion, each year), and the total

A company counts at a stage when it has reached it by the effective date, on a date that a fact states: one that went
from qualified straight to an agreement counts at both and not at the letter of intent. It goes on counting after it was
rejected, went dormant or left. Merged records are not counted: their survivors are. What the press reported as settled
stands apart from settling in. With `companies=True` every figure lists the companies behind it.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from itertools import pairwise
from statistics import median

from msgspec import Struct
from sqlalchemy import Connection

from ledger.decider import DataClass
from projections.companies.register import CompanyRow, all_companies
from projections.engine.basis import Basis
from projections.engine.figures import decimals, percent

STAGES = {
    "leads": "lead_on",
    "qualified": "qualified_on",
    "loi": "loi_on",
    "agreements": "agreement_on",
    "registered": "registered_on",
    "settled_in": "settled_in_on",
    "operating": "operating_on",
    "exited": "exited_on",
}
"""The funnel's columns, and the date that says a company reached the stage."""


class Reached(Struct, frozen=True, omit_defaults=True):
    """The companies that reached a stage, counted; `conversion_percent` is their share of the leads.

    It is None where there are no leads.
    """

    count: int
    conversion_percent: str | None
    companies: tuple[str, ...] | None = None


class Pace(Struct, frozen=True, omit_defaults=True):
    """The median days from one stage to the next, of the `count` companies that have both dates; None of none."""

    start: str
    end: str
    median_days: str | None
    count: int
    companies: tuple[str, ...] | None = None


class FunnelRow(Struct, frozen=True):
    """One origin; in the total, `origin` is None. `reported_settled` is what the press said and no stage."""

    origin: str | None
    origin_year: int | None
    leads: Reached
    qualified: Reached
    loi: Reached
    agreements: Reached
    registered: Reached
    settled_in: Reached
    operating: Reached
    exited: Reached
    reported_settled: Reached
    paces: tuple[Pace, ...]


class Funnel(Struct, frozen=True):
    """The rows by origin and year, and their total. `fictional`: whether any figure holds invented examples."""

    rows: tuple[FunnelRow, ...]
    total: FunnelRow
    data_classes: tuple[DataClass, ...]
    fictional: bool


def funnel(
    connection: Connection, basis: Basis, *, data_class: DataClass | None = None, companies: bool = False
) -> Funnel:
    """Count companies by origin and stage on that basis; of one data class only, where one is given."""
    counted = [
        row
        for row in all_companies(connection, basis)
        if row.stage != "MERGED" and data_class in (None, row.data_class)
    ]
    origins: defaultdict[tuple[str, int | None], list[CompanyRow]] = defaultdict(list)
    for row in counted:
        origins[row.origin or "OTHER", row.origin_year].append(row)
    classes = sorted({row.data_class for row in counted})
    return Funnel(
        rows=tuple(_row(*origin, origins[origin], companies) for origin in sorted(origins, key=_by_origin)),
        total=_row(None, None, counted, companies),
        data_classes=tuple(classes),
        fictional="FICTIONAL" in classes,
    )


def _by_origin(origin: tuple[str, int | None]) -> tuple[str, int]:
    return origin[0], origin[1] or 0


def _row(origin: str | None, year: int | None, rows: Sequence[CompanyRow], listed: bool) -> FunnelRow:
    reached = {stage: _reached(rows, column, listed) for stage, column in STAGES.items()}
    return FunnelRow(
        origin=origin,
        origin_year=year,
        **reached,
        reported_settled=_reached(rows, "reported_settled_on", listed),
        paces=_paces(rows, listed),
    )


def _reached(rows: Sequence[CompanyRow], column: str, listed: bool) -> Reached:
    reached = [row.company for row in rows if getattr(row, column) is not None]
    return Reached(len(reached), percent(len(reached), len(rows)), tuple(reached) if listed else None)


def _paces(rows: Sequence[CompanyRow], listed: bool) -> tuple[Pace, ...]:
    return tuple(_pace(rows, start, end, listed) for start, end in pairwise(STAGES))


def _pace(rows: Sequence[CompanyRow], start: str, end: str, listed: bool) -> Pace:
    pairs = [(row.company, _days(getattr(row, STAGES[start]), getattr(row, STAGES[end]))) for row in rows]
    both = [(company, days) for company, days in pairs if days is not None]
    middle = decimals(median(Fraction(days) for _, days in both), 1) if both else None
    return Pace(start, end, middle, len(both), tuple(company for company, _ in both) if listed else None)


def _days(start: date | None, end: date | None) -> int | None:
    return None if start is None or end is None else (end - start).days
