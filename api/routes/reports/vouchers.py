"""Vouchers 凭证 over HTTP: every entry of a month with its number, who made and reviewed it; and the numbers' series.

READS   GET /v1/reports/vouchers (in pages), /v1/reports/voucher-series; each also as a table's file

Amounts are decimal strings in CNY. An entry keeps its number for ever: a basis of any later position shows the same.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import Connection

from api.formats.sheets import Columns, Report, Sheet
from api.formats.tables import Table, columns, sections, structs_table
from api.http.parameters import bad_cursor, place
from api.http.reading import Cursor, ExplainedQuery, Found, Limit, Read, paged
from api.receipts.vouchers import SERIES, VOUCHERS
from ledger.periods import Month
from projections.books.general_ledger import BadPlace
from projections.engine.basis import Basis
from projections.vouchers import SeriesRow, VoucherKind, VoucherRow, VoucherSeries, series, vouchers

MONTH = "The month of the books, as 2026-06; without it, every month of the effective year."
KIND = "RECEIPT 收, PAYMENT 付 or NON_CASH 转."


class VouchersQuery(ExplainedQuery, frozen=True, kw_only=True):
    """Vouchers by month, kind and number; a page of them."""

    month: Annotated[Month | None, Meta(description=MONTH)] = None
    kind: Annotated[VoucherKind | None, Meta(description=KIND)] = None
    number: Annotated[int, Meta(ge=1, le=10**9, description="One of its kind: its number.")] | None = None
    cursor: Cursor = None
    limit: Limit = 100


class SeriesQuery(ExplainedQuery, frozen=True, kw_only=True):
    """The numbers given out in each month."""

    from_month: Annotated[Month | None, Meta(description="The first month; without it, the first ever opened.")] = None


def _vouchers(connection: Connection, basis: Basis, query: VouchersQuery, _path: Mapping[str, str]) -> Found:
    try:
        rows = vouchers(
            connection,
            basis,
            query.month,
            kind=query.kind,
            first=query.number or 1,
            last=query.number,
            after=place(query.cursor),
            limit=query.limit + 1,
        )
    except BadPlace as error:
        raise bad_cursor() from error
    return paged(rows, query.limit, "place")


def _series(connection: Connection, basis: Basis, query: SeriesQuery, _path: Mapping[str, str]) -> Found:
    return Found(data=series(connection, basis, from_month=query.from_month))


def series_table(answer: VoucherSeries) -> Table:
    """A row for each month and kind, and the total."""
    return sections(columns(SeriesRow), ("SERIES", answer.rows), ("TOTAL", (answer.total,)))


SHOWN = Columns(
    {
        "month": "month",
        "voucher": "voucher",
        "accounting_on": "posted on",
        "fact": "fact",
        "document": "document or order",
        "company": "company",
        "debit": "debit",
        "documents": "documents",
        "maker": "made by",
        "reviewer": "reviewed by",
        "position": "position",
    },
    texts=("month", "voucher", "accounting_on", "fact", "document", "company", "maker", "reviewer", "position"),
    plain=("documents",),
)
NUMBERS = Columns(
    {
        "month": "month",
        "kind": "kind",
        "first": "first",
        "last": "last",
        "journals": "vouchers",
        "missing": "missing",
        "debit": "debit",
    },
    texts=("month", "kind"),
    plain=("first", "last", "journals", "missing"),
)


def vouchers_sheet(rows: Iterable[VoucherRow]) -> Sheet:
    """A row for each voucher."""
    return Sheet("Vouchers (CNY)", SHOWN, [SHOWN.line(row) for row in rows])


def series_sheet(answer: VoucherSeries) -> Sheet:
    """A row for each month and kind, and the total."""
    rows = [NUMBERS.line(row) for row in answer.rows]
    return Sheet("Voucher numbers (debits in CNY)", NUMBERS, [*rows, NUMBERS.line(answer.total, month="TOTAL")])


READS: tuple[Read[Any], ...] = (
    Read(
        name="report-vouchers",
        path="/v1/reports/vouchers",
        summary="Every entry as a voucher: its number, who made it, who reviewed it, its documents.",
        group="books",
        query=VouchersQuery,
        ask=_vouchers,
        rows=VoucherRow,
        table=structs_table(VoucherRow),
        receipts=VOUCHERS,
        report=Report(
            name="vouchers",
            help="Every entry as a voucher 凭证: its number, who made it, who reviewed it, its documents.",
            examples=("mcsc report vouchers --month 2026-06 --kind RECEIPT",),
            options={"month": MONTH, "kind": KIND, "number": "One of its kind: its number."},
            sheet=vouchers_sheet,
        ),
    ),
    Read(
        name="report-voucher-series",
        path="/v1/reports/voucher-series",
        summary="The voucher numbers given out, by month and kind: from which to which, and whether one is missing.",
        group="books",
        query=SeriesQuery,
        ask=_series,
        data=VoucherSeries,
        table=series_table,
        receipts=SERIES,
        report=Report(
            name="voucher-series",
            help="The voucher numbers given out, by month and kind: from which to which, and whether one is missing.",
            examples=("mcsc report voucher-series --from-month 2026-01",),
            options={"from_month": "The first month.  [default: the first ever opened]"},
            sheet=series_sheet,
        ),
    ),
)
