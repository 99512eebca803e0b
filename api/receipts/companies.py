"""What the cells of the reports of companies rest on: facts of companies, and what came of each.

COMPANIES, FUNNEL, CHANNEL_MONEY
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, select

from api.http.receipts import Made, Part, Parts, Receipts, Row, Sum, added, counted, share_of
from ledger.companies.facts import CompaniesMerged, CompanyStepWithdrawn, LeadRegistered, OriginCorrected
from ledger.log.envelope import Entry
from projections.books.earned import INCOME
from projections.books.entries import known
from projections.books.journal import journal_line
from projections.channel_money import channel_money
from projections.companies.funnel import STAGES, FunnelRow, funnel
from projections.companies.register import STAGE_DATES, all_companies
from projections.deals.investment import investment, survivor
from projections.engine.basis import Basis
from projections.engine.figures import decimals
from projections.engine.sources import distinct, facts_behind

# The register


def _behind_company(connection: Connection, basis: Basis, _query: Any, row: Row, _column: str) -> Sequence[Entry]:
    return distinct(facts_behind(connection, basis, [f"company:{row['company']}"]))


COMPANIES = Receipts(
    keys={"": ("company",)},
    units={},
    words=("name", "country", "stage", "since", "origin", "uscc", "lei", *STAGE_DATES, "reported_settled_on"),
    behind=_behind_company,
)

# The funnel

REACHED = {**STAGES, "reported_settled": "reported_settled_on"}
"""What the funnel counts, and the date of the register that says a company counts."""


def _row_of(connection: Connection, basis: Basis, query: Any, row: Row) -> FunnelRow | None:
    """The same row again, with the companies behind it; None where nobody has that origin."""
    found = funnel(connection, basis, data_class=query.data_class, companies=True)
    if row["section"] == "TOTAL":
        return found.total
    origin = row["origin"], row["origin_year"]
    return next((one for one in found.rows if (one.origin, one.origin_year) == origin), None)


def _reached(stage: str, column: str) -> Parts:
    def parts(connection: Connection, basis: Basis, query: Any, row: Row) -> list[Part]:
        found = _row_of(connection, basis, query, row)
        companies = (getattr(found, stage).companies or ()) if found else ()
        return [Part(report="companies", cell=f"{company}/{column}", figure="1") for company in companies]

    return parts


def _pace(start: str, end: str) -> Parts:
    """The days that each company took."""

    def parts(connection: Connection, basis: Basis, query: Any, row: Row) -> list[Part]:
        found = _row_of(connection, basis, query, row)
        paces = found.paces if found else ()
        companies = next((pace.companies for pace in paces if (pace.start, pace.end) == (start, end)), None) or ()
        rows = {row.company: row for row in all_companies(connection, basis)}
        days = {name: getattr(rows[name], REACHED[end]) - getattr(rows[name], REACHED[start]) for name in companies}
        return [
            Part(report="companies", cell=f"{name}/{REACHED[end]}", figure=str(took.days))
            for name, took in days.items()
        ]

    return parts


def _median(figures: Sequence[Fraction]) -> str | None:
    return decimals(median(figures), 1) if figures else None


def _rest_of_company(connection: Connection, basis: Basis, part: Part) -> Sequence[Entry]:
    """The facts of a company, which the first word of a cell of the register names."""
    return distinct(facts_behind(connection, basis, [f"company:{part.cell.partition('/')[0]}"]))


def _rest_of_deal(connection: Connection, basis: Basis, part: Part) -> Sequence[Entry]:
    """The facts of an agreement, and of its investor and whatever record that one was merged into."""
    agreement = part.cell.partition("/")[0].removeprefix("AGREEMENT:")
    everybody = {row.company: row for row in all_companies(connection, basis)}
    investors = {row.company for row in investment(connection, basis).rows if row.agreement == agreement}
    companies = {*investors, *(name for one in investors if (name := survivor(one, everybody)))}
    tags = [f"investment:{agreement}", *(f"company:{company}" for company in companies)]
    return distinct(facts_behind(connection, basis, tags))


PACES = {f"days_{start}_to_{end}": (start, end) for start, end in pairwise(STAGES)}
COUNTS = {
    stage: Made(_reached(stage, column), "the companies that reached it", counted, _rest_of_company)
    for stage, column in REACHED.items()
}
MEDIANS = {
    name: Made(_pace(*pace), "the median over companies with both dates", _median, _rest_of_company)
    for name, pace in PACES.items()
}
FUNNEL = Receipts(
    keys={"ORIGIN": ("origin", "origin_year"), "TOTAL": ()},
    units=dict.fromkeys(REACHED, "companies")
    | {f"{stage}_conversion_percent": "%" for stage in REACHED}
    | dict.fromkeys(PACES, "days"),
    sums={"TOTAL": [Sum(tuple(REACHED), "ORIGIN")]},
    made=COUNTS | MEDIANS,
    derived={f"{stage}_conversion_percent": share_of(stage, "leads") for stage in REACHED},
)

# From lead to money

COUNTED = {"leads": "lead_on", "agreements": "agreement_on", "settled_in": "settled_in_on", "operating": "operating_on"}
INVESTED = {"contracted": "contracted_cny", "paid_in": "paid_in_cny", "utilised": "utilised", "fai": "fai"}
MOVING = (LeadRegistered, OriginCorrected, CompaniesMerged, CompanyStepWithdrawn)
"""Facts after which what a company earned is another origin's."""
EARNED = ("rent", "other_revenue", "revenue")


def _names(connection: Connection, basis: Basis, query: Any, row: Row) -> Sequence[str]:
    """The companies of an origin."""
    found = channel_money(connection, basis, data_class=query.data_class, companies=True)
    origin = row["origin"], row["origin_year"]
    return next((one.companies or () for one in found.rows if (one.origin, one.origin_year) == origin), ())


def _counting(column: str) -> Parts:
    def parts(connection: Connection, basis: Basis, query: Any, row: Row) -> list[Part]:
        rows = {row.company: row for row in all_companies(connection, basis)}
        names = [name for name in _names(connection, basis, query, row) if getattr(rows[name], column) is not None]
        return [Part(report="companies", cell=f"{name}/{column}", figure="1") for name in names]

    return parts


def _investing(column: str) -> Parts:
    """The agreements of an origin's companies, each with a figure of the investment report; `signed`: counted."""

    def parts(connection: Connection, basis: Basis, query: Any, row: Row) -> list[Part]:
        names = set(_names(connection, basis, query, row))
        everybody = {row.company: row for row in all_companies(connection, basis)}
        return [
            Part(
                report="investment",
                cell=f"AGREEMENT:{deal.agreement}/{column}",
                figure="1" if column == "state" else getattr(deal, column) or "0.00",
            )
            for deal in investment(connection, basis).rows
            if survivor(deal.company, everybody) in names
        ]

    return parts


def _earned_lines(connection: Connection, basis: Basis, query: Any, row: Row, column: str) -> Select[Any] | None:
    """Lines of income with an origin's companies, and with records merged into them; or with nobody's."""
    if column not in EARNED:
        return None
    line, everybody = journal_line.c, {row.company: row for row in all_companies(connection, basis)}
    posted = select(line.company).where(known(basis), line.stream.is_not(None), line.account.in_(INCOME)).distinct()
    having = {name: survivor(name or "", everybody) for name in connection.execute(posted).scalars()}
    if row["section"] == "UNATTRIBUTED":
        companies = [name for name, goes_on in having.items() if goes_on not in everybody]
    else:
        mine = set(_names(connection, basis, query, row))
        companies = [name for name, goes_on in having.items() if goes_on in mine]
    conditions: list[ColumnElement[bool]] = [line.stream.is_not(None), line.account.in_(INCOME)]
    conditions += {"rent": [line.stream == "RENT"], "other_revenue": [line.stream != "RENT"]}.get(column, [])
    where = and_(known(basis), *conditions, _among(companies))
    return select(line.position, (-line.amount_minor).label("minor")).where(where)


def _moving(connection: Connection, basis: Basis, _query: Any, _row: Row, column: str) -> Sequence[Entry]:
    """The facts of companies that earned something: they may give it another origin."""
    if column not in EARNED:
        return ()
    line = journal_line.c
    posted = select(line.company).where(known(basis), line.stream.is_not(None), line.account.in_(INCOME)).distinct()
    earning = [name for name in connection.execute(posted).scalars() if name is not None]
    entries = distinct(facts_behind(connection, basis, [f"company:{name}" for name in earning]))
    return [entry for entry in entries if isinstance(entry.fact, MOVING)]


def _among(companies: Sequence[str | None]) -> Any:
    column = journal_line.c.company
    named = column.in_([name for name in companies if name is not None])
    return named if None not in companies else named | column.is_(None)


CHANNEL_MONEY = Receipts(
    keys={"ORIGIN": ("origin", "origin_year"), "TOTAL": (), "UNATTRIBUTED": ()},
    units=dict.fromkeys(COUNTED, "companies")
    | dict.fromkeys((*INVESTED, *EARNED), "CNY")
    | {"signed": "agreements", "paid_in_percent": "%"},
    posted=_earned_lines,
    moving=_moving,
    sums={"TOTAL": [Sum((*COUNTED, "signed", *INVESTED, *EARNED), "ORIGIN")]},
    made={
        column: Made(_counting(date), "the companies that reached it", counted, _rest_of_company)
        for column, date in COUNTED.items()
    }
    | {
        column: Made(_investing(of), "the sum over their agreements", added, _rest_of_deal)
        for column, of in INVESTED.items()
    }
    | {"signed": Made(_investing("state"), "the number of their agreements", counted, _rest_of_deal)},
    derived={"paid_in_percent": share_of("paid_in", "contracted")},
)
