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

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal, get_args

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
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

from ledger.books.line import Stream
from ledger.decider import DataClass
from ledger.values.money import written
from projections.books.earned import ACCRUED, BILLED, COUNTED, INCOME, VAT, revenue_move
from projections.books.entries import known
from projections.books.journal import Journal, journal_line
from projections.engine.basis import Basis
from projections.engine.view import live_generation

By = Literal["service", "accounting"]


class RevenueRow(Struct, frozen=True, omit_defaults=True, gc=False):
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
    move = revenue_move.c
    wanted = {move.stream: stream, move.company: company, move.lease: lease}
    where = and_(
        move.generation == live_generation(Journal.name),
        move.position <= basis.recorded,
        move.accounting_on.between(begin, basis.effective),
        *(column == value for column, value in wanted.items() if value is not None),
    )
    period = move.service_month if by == "service" else _month(move.accounting_on)
    keys = (period.label("period"), move.stream, move.company, move.lease)
    sums = sorted(_grouped(connection, where, keys), key=_in_order)
    of_streams, of_all = _journals(connection, where, sums)
    behind = _behind(connection, where, keys) if positions else None
    streams = defaultdict[str, list[_Sums]](list)
    for one in sums:
        streams[one[1]].append(one)
    data_classes: tuple[DataClass, ...] = tuple(sorted({name for one in sums for name in one[KEYS + 5 :] if name}))
    return Revenue(
        currency="CNY",
        by=by,
        from_on=begin,
        until_on=basis.effective,
        rows=tuple(_row(one, None if behind is None else tuple(sorted(behind[one[:KEYS]]))) for one in sums),
        streams=tuple(_total(stream, streams[stream], of_streams[stream], behind) for stream in sorted(streams)),
        total=_total(None, sums, of_all, behind),
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
    where = and_(known(basis, from_on=begin, lease=lease), _matching(lease), *same, counted)
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


def _matching(lease: str | None) -> ColumnElement[bool]:
    """Lines of revenue, and those of the tax and accruals that belong to it."""
    line = journal_line.c
    return and_(line.stream.is_not(None), _account(lease).in_(sorted(COUNTED)))


def _month(day: ColumnElement[date]) -> ColumnElement[int]:
    """The month of a day as a number, alike on both databases: 2024-07-15 is 202407."""
    return cast(extract("year", day), Integer) * 100 + cast(extract("month", day), Integer)


KEYS, SUMS = 4, 4
_Sums = tuple[Any, ...]
"""Period, stream, company and lease; what each column comes to, in minor units; journals; data classes, or None."""


def _grouped(connection: Connection, where: ColumnElement[bool], keys: Sequence[ColumnElement[Any]]) -> list[_Sums]:
    """The sums of each combination of keys, in one pass."""
    move = revenue_move.c
    sums = [cast(func.sum(column), BigInteger) for column in (move.recognised, move.billed, move.vat, move.accrued)]
    classes = [func.max(case((move.data_class == name, name))) for name in get_args(DataClass)]
    query = select(*keys, *sums, func.count(move.position.distinct()), *classes).where(where).group_by(*keys)
    return [tuple(row) for row in connection.execute(query).all()]


def _journals(
    connection: Connection, where: ColumnElement[bool], sums: Sequence[_Sums]
) -> tuple[Mapping[str, int], int]:
    """Count the facts that each stream comes from, and all. Where no fact stands in two rows, the rows say."""
    of_rows = Counter[str]()
    for one in sums:
        of_rows[one[1]] += one[KEYS + 4]
    move = revenue_move.c
    facts = func.count(move.position.distinct())
    of_all = connection.execute(select(facts).where(where)).scalar_one()
    if of_all == of_rows.total():
        return of_rows, of_all
    of_streams = connection.execute(select(move.stream, facts).where(where).group_by(move.stream)).all()
    return {row[0]: row[1] for row in of_streams}, of_all


def _behind(
    connection: Connection, where: ColumnElement[bool], keys: Sequence[ColumnElement[Any]]
) -> Mapping[tuple[Any, ...], list[int]]:
    """The positions of the facts behind each row."""
    found = defaultdict[tuple[Any, ...], list[int]](list)
    for *key, position in connection.execute(select(*keys, revenue_move.c.position).where(where).distinct()):
        found[tuple(key)].append(position)
    return found


def _row(one: _Sums, positions: tuple[int, ...] | None) -> RevenueRow:
    month, stream, company, lease, recognised, billed, vat, accrued, journals, *_ = one
    minor = (written(recognised), written(billed), written(vat), written(accrued))
    return RevenueRow(_written_month(month), stream, company, lease, *minor, journals, positions)


def _total(
    stream: Any, sums: Sequence[_Sums], journals: int, behind: Mapping[tuple[Any, ...], list[int]] | None
) -> RevenueRow:
    """The sum of rows. The facts behind it: each once."""
    columns = [written(sum(one[KEYS + at] for one in sums)) for at in range(SUMS)]
    facts = None if behind is None else tuple(sorted({at for one in sums for at in behind[one[:KEYS]]}))
    row: list[Any] = [None, stream, None, None, *columns, journals, facts]
    return RevenueRow(*row)


def _written_month(month: str | int | None) -> str | None:
    return f"{month // 100:04}-{month % 100:02}" if isinstance(month, int) else month


def _in_order(one: _Sums) -> tuple[str, ...]:
    period, stream, company, lease, *_ = one
    return _written_month(period) or "", stream or "", company or "", lease or ""
