"""What was earned: by stream, tenant and lease, month by month, by the month of service or by the month of the books?

posted     the lines behind one of its cells
revenue    the report for what was accounted for from one date to another

Both views group the same lines, those whose accounting date lies between the two dates, so both foot to one total:
`service` puts a line into the month that it is earned for, `accounting` into the month that it posts to. A charge
raised backwards in September for July is July's by service, September's in the books.

recognised   on income accounts
billed       net, on invoices and notes, and by the sales and fees of equipment orders; rent is billed when it is due
             and recognised as it is earned, energy not taken is billed at once and recognised once taken or expired
vat          output VAT: of what is billed, and of deposits kept
accrued      by how much the straight-line account moved: recognised less billed, for rent
journals     how many facts it comes from
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    and_,
    case,
    cast,
    extract,
    func,
    literal,
    select,
    true,
)

from ledger.billing.facts import CreditNoteIssued, DebitNoteIssued, InvoiceIssued, LateFeeAssessed
from ledger.books.accounts import CHART
from ledger.books.line import Stream
from ledger.decider import DataClass, stored_name
from ledger.offtake.facts import (
    EnergyCredited,
    EnergyCreditTakenBack,
    EnergyInvoiced,
    GuaranteeLdCredited,
    TakeOrPayInvoiced,
)
from ledger.orders.facts import (
    CancellationFeeCharged,
    CommissionFeeEarned,
    CommissionFeeReversed,
    EquipmentRevenueRecognised,
)
from ledger.orders.mistakes.facts import CancellationFeeReversed, FeeRestored, FeeWithdrawn, RevenueReversed
from ledger.values.money import written
from projections.books.entries import known
from projections.books.journal import journal_line
from projections.engine.basis import Basis

By = Literal["service", "accounting"]

INCOME = tuple(account.account for account in CHART.values() if account.kind == "INCOME")
VAT = "output-vat"
ACCRUED = "straight-line"
MAKE_UP = "make-up"
"""What is paid for energy that was not taken: billed, and not earned yet."""

BILLED = tuple(
    stored_name(fact)
    for fact in (
        *(InvoiceIssued, DebitNoteIssued, LateFeeAssessed, CreditNoteIssued),
        *(EnergyInvoiced, TakeOrPayInvoiced, EnergyCredited, EnergyCreditTakenBack, GuaranteeLdCredited),
        *(EquipmentRevenueRecognised, CommissionFeeEarned, CommissionFeeReversed, CancellationFeeCharged),
        *(RevenueReversed, FeeWithdrawn, FeeRestored, CancellationFeeReversed),
    )
)
"""The facts that bill, or take back what was billed."""


class RevenueRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One month of one stream and lease, in CNY. In totals the columns summed over are None."""

    period: str | None
    stream: Stream | None
    company: str | None
    lease: str | None
    recognised: str
    billed: str
    vat: str
    accrued: str
    journals: int
    positions: tuple[int, ...] | None = None


class Revenue(Struct, frozen=True, kw_only=True):
    """Movements in CNY from one date to another. `total` is the same by service and by accounting period."""

    currency: str
    by: By
    from_on: date
    until_on: date
    rows: tuple[RevenueRow, ...]
    streams: tuple[RevenueRow, ...]
    total: RevenueRow
    data_classes: tuple[DataClass, ...]
    fictional: bool


def revenue(
    connection: Connection,
    basis: Basis,
    *,
    from_on: date | None = None,
    by: By = "service",
    stream: Stream | None = None,
    company: str | None = None,
    lease: str | None = None,
    positions: bool = False,
) -> Revenue:
    """Report revenue accounted for from `from_on` (1 January of the basis's year unless given) to the basis's date.

    positions   give those of the facts behind every row
    """
    begin = from_on or basis.effective.replace(month=1, day=1)
    where = and_(known(basis, from_on=begin, lease=lease), _matching(stream, company, lease))
    line = journal_line.c
    period = line.service_month if by == "service" else _month(line.accounting_on)
    keys = (period.label("period"), line.stream, line.company, line.lease)
    rows = _grouped(connection, where, keys, listed=positions)
    streams = _grouped(connection, where, (line.stream,), listed=positions)
    (total,) = _grouped(connection, where, (), listed=positions)
    classes = connection.execute(select(line.data_class).where(where).distinct().order_by(line.data_class)).scalars()
    data_classes: tuple[DataClass, ...] = tuple(classes.all())
    return Revenue(
        currency="CNY",
        by=by,
        from_on=begin,
        until_on=basis.effective,
        rows=tuple(sorted(rows, key=_in_order)),
        streams=tuple(sorted(streams, key=_in_order)),
        total=total,
        data_classes=data_classes,
        fictional="FICTIONAL" in data_classes,
    )


def posted(
    basis: Basis,
    column: str,
    *,
    from_on: date | None = None,
    by: By = "service",
    period: str | None = None,
    stream: Stream | None = None,
    company: str | None = None,
    lease: str | None = None,
    exactly: bool = False,
) -> Select[Any]:
    """Select the lines that a cell sums: position and minor units. `exactly`: a row that has no lease is not of any."""
    line, begin = journal_line.c, from_on or basis.effective.replace(month=1, day=1)
    month = line.service_month if by == "service" else _month(line.accounting_on)
    if period is not None and by == "accounting":
        wanted: Any = int(period.replace("-", ""))
    else:
        wanted = period
    row = {month: wanted, line.stream: stream, line.company: company, line.lease: lease}
    same = [key.is_not_distinct_from(value) for key, value in row.items() if exactly or value is not None]
    counted, amount = _columns(_account(lease)).get(column, (true(), literal(1)))
    where = and_(known(basis, from_on=begin, lease=lease), _matching(None, None, lease), *same, counted)
    lines = select(line.position, amount.label("minor")).where(where)
    return lines.distinct() if column == "journals" else lines


def _account(lease: str | None) -> ColumnElement[str]:
    """The account of a line; of a lease's, where its own index finds them, not as a column of another index."""
    return journal_line.c.account if lease is None else journal_line.c.account.concat("")


def _columns(account: ColumnElement[str]) -> dict[str, tuple[ColumnElement[bool], ColumnElement[int]]]:
    """The lines that each column counts, and its sign."""
    line = journal_line.c
    return {
        "recognised": (account.in_(INCOME), -line.amount_minor),
        "billed": (and_(line.fact.in_(BILLED), account != VAT), -line.amount_minor),
        "vat": (account == VAT, -line.amount_minor),
        "accrued": (account == ACCRUED, line.amount_minor),
    }


def _matching(stream: Stream | None, company: str | None, lease: str | None) -> ColumnElement[bool]:
    """Lines of revenue, and those of the tax and accruals that belong to it."""
    line = journal_line.c
    conditions: list[ColumnElement[bool]] = [
        line.stream.is_not(None),
        _account(lease).in_((*INCOME, VAT, ACCRUED, MAKE_UP)),
    ]
    wanted = {line.stream: stream, line.company: company, line.lease: lease}
    conditions += [column == value for column, value in wanted.items() if value is not None]
    return and_(*conditions)


def _month(day: ColumnElement[date]) -> ColumnElement[int]:
    """The month of a day as a number, alike on both databases: 2024-07-15 is 202407."""
    return cast(extract("year", day), Integer) * 100 + cast(extract("month", day), Integer)


def _grouped(
    connection: Connection, where: ColumnElement[bool], keys: Sequence[ColumnElement[Any]], *, listed: bool
) -> list[RevenueRow]:
    """A row for each combination of keys; for no keys the one row of everything."""
    line, behind = journal_line.c, defaultdict[tuple[Any, ...], list[int]](list)
    if listed:
        for *key, position in connection.execute(select(*keys, line.position).where(where).distinct()):
            behind[tuple(key)].append(position)
    sums = [_sum(*column).label(name) for name, column in _columns(journal_line.c.account).items()]
    sums.append(func.count(line.position.distinct()).label("journals"))
    names = [column.key for column in keys]
    rows = connection.execute(select(*keys, *sums).where(where).group_by(*keys)).all()
    return [_row(names, row, tuple(sorted(behind[tuple(row[: len(keys)])])) if listed else None) for row in rows]


def _sum(counted: ColumnElement[bool], amount: ColumnElement[int]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((counted, amount), else_=0)), 0)


def _row(names: Sequence[str | None], row: Any, positions: tuple[int, ...] | None) -> RevenueRow:
    keys = dict(zip(names, row, strict=False))
    return RevenueRow(
        period=_written_month(keys.get("period")),
        stream=keys.get("stream"),
        company=keys.get("company"),
        lease=keys.get("lease"),
        recognised=written(int(row.recognised)),
        billed=written(int(row.billed)),
        vat=written(int(row.vat)),
        accrued=written(int(row.accrued)),
        journals=row.journals,
        positions=positions,
    )


def _written_month(month: str | int | None) -> str | None:
    return f"{month // 100:04}-{month % 100:02}" if isinstance(month, int) else month


def _in_order(row: RevenueRow) -> tuple[str, ...]:
    return row.period or "", row.stream or "", row.company or "", row.lease or ""
