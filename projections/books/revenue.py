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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import add, itemgetter
from typing import Any, Literal, TypeAlias

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, and_, false, func, literal, or_, select, true

from ledger.books.line import Stream
from ledger.decider import DataClass
from ledger.periods import first_and_last, month_of
from ledger.values.money import written
from projections.books.earned import ACCRUED, BILLED, COUNTED, INCOME, VAT, revenue_move
from projections.books.earned_totals import months_in, moves_after, totalled_up_to, totals_in
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
    wanted = {"stream": stream, "company": company, "lease": lease}
    asked = {name: value for name, value in wanted.items() if value is not None}
    found = _found(connection, basis, begin, by, asked)
    where = _where(basis, begin, asked)
    behind = _behind(connection, where, by) if positions else None
    if found.repeats:
        found.facts = _counted(connection, where)
    said, rows, of_streams = _Written(), list[RevenueRow](), defaultdict[str, list[Sequence[int]]](list)
    for key, sums in sorted(found.sums.items(), key=itemgetter(0)):
        period, name, whose, at = key
        of_streams[name].append(sums)
        minor = (said[sums[0]], said[sums[1]], said[sums[2]], said[sums[3]])
        facts = None if behind is None else tuple(sorted(behind[key]))
        rows.append(RevenueRow(period or None, name, whose or None, at or None, *minor, sums[4], facts))
    streams = {name: _summed(of_streams[name]) for name in sorted(of_streams)}
    classes: tuple[Any, ...] = tuple(sorted(found.data_classes))
    return Revenue(
        currency="CNY",
        by=by,
        from_on=begin,
        until_on=basis.effective,
        rows=tuple(rows),
        streams=tuple(_total(name, sums, found.facts[name], behind) for name, sums in streams.items()),
        total=_total(None, _summed(streams.values()), found.facts[None], behind),
        data_classes=classes,
        fictional="FICTIONAL" in classes,
    )


def posted(
    connection: Connection,
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
    """Select the lines that a cell sums: position and minor units. `exactly`: a row that has no lease is not of any.

    The lines are those of the facts that moved the cell, looked for in the months in which it moved at all.
    """
    line, move = journal_line.c, revenue_move.c
    days = from_on or basis.effective.replace(month=1, day=1), basis.effective
    row = {"service_month": period, "stream": stream, "company": company, "lease": lease}
    if by == "accounting":
        del row["service_month"]
    told = {name: value for name, value in row.items() if value is not None}
    some = months_in(connection, basis.recorded, *_within(days, period, by), told)
    same = row if exactly else told
    moved = select(move.position).where(
        move.generation == live_generation(Journal.name),
        or_(false(), *(move.accounting_on.between(first, last) for first, last in some)),
        move.position <= basis.recorded,
        *(move[name].is_not_distinct_from(value) for name, value in same.items()),
    )
    counted, amount = _columns().get(column, (true(), literal(1)))
    lines = select(line.position, amount.label("minor")).where(
        line.generation == live_generation(Journal.name),
        line.position.in_(moved),
        line.stream.is_not(None),
        line.account.concat("").in_(sorted(COUNTED)),  # of these facts, not of all that posted to these accounts
        *(line[name].is_not_distinct_from(value) for name, value in same.items()),
        counted,
    )
    return lines.distinct() if column == "journals" else lines


def _within(days: tuple[date, date], period: str | None, by: By) -> tuple[date, date]:
    """Of these days those of a month of the books, for a row of one."""
    if by == "service" or period is None:
        return days
    first, last = first_and_last(period)
    return max(days[0], first), min(days[1], last)


def _columns() -> dict[str, tuple[ColumnElement[bool], ColumnElement[int]]]:
    """The lines that each column counts, and its sign."""
    line, account = journal_line.c, journal_line.c.account.concat("")
    return {
        "recognised": (account.in_(INCOME), -line.amount_minor),
        "billed": (and_(line.fact.in_(BILLED), account != VAT), -line.amount_minor),
        "vat": (account == VAT, -line.amount_minor),
        "accrued": (account == ACCRUED, line.amount_minor),
    }


Key: TypeAlias = tuple[str, Any, str, str]
"""Period, stream, company and lease; an empty text where there is none."""


@dataclass
class _Found:
    """The sums of each key: recognised, billed, VAT, accrued, journals.

    facts     how many each stream comes from, and None, all of them; too many where there are `repeats`
    repeats   how many facts stand under several streams, companies or leases, as far as totals tell
    """

    sums: dict[Key, list[int]] = field(default_factory=dict)
    facts: Counter[str | None] = field(default_factory=Counter)
    repeats: int = 0
    data_classes: set[str] = field(default_factory=set)


def _found(connection: Connection, basis: Basis, begin: date, by: By, asked: Mapping[str, str]) -> _Found:
    """Sum the totals of the blocks that are complete, and the moves after them."""
    done, recorded = totalled_up_to(connection, basis.recorded)
    found, days = _Found(), (begin, basis.effective)
    _sum_totals(found, totals_in(connection, done, *days, asked), by)
    _sum_moves(found, moves_after(connection, done, recorded, *days, asked), by)
    return found


def _sum_totals(found: _Found, totals: Iterable[Any], by: By) -> None:
    sums, by_service, months = found.sums, by == "service", _Months()
    of_streams, repeated = defaultdict[str, int](int), 0
    for of_books, stream, company, lease, month, data_class, *four, moves, facts, repeats in totals:
        key = month if by_service else months[of_books], stream, company, lease
        four.append(moves if by_service else facts)
        before = sums.get(key)
        sums[key] = four if before is None else list(map(add, before, four))
        of_streams[stream] += facts
        repeated += repeats
        found.data_classes.add(data_class)
    found.facts.update(of_streams)
    found.facts[None] = found.facts.total()
    found.repeats = repeated


def _sum_moves(found: _Found, moves: Iterable[Any], by: By) -> None:
    """Each fact is counted once for a key, once for a stream, and once in all."""
    counted = set[Any]()
    for on, position, stream, company, lease, month, data_class, *four in moves:
        key: Key = ((month or "") if by == "service" else month_of(on)), stream, company or "", lease or ""
        news = [one not in counted for one in ((position, key), (position, stream), position)]
        counted.update(((position, key), (position, stream), position))
        sums = found.sums.setdefault(key, [0] * 5)
        sums[:] = map(add, sums, (*four, news[0]))
        found.facts[stream] += news[1]
        found.facts[None] += news[2]
        found.data_classes.add(data_class)


class _Months(dict[int, str]):
    """Months as they are written: 202407 is 2024-07."""

    def __missing__(self, month: int) -> str:
        self[month] = f"{month // 100:04}-{month % 100:02}"
        return self[month]


class _Written(dict[int, str]):
    """Amounts as they are written: many rows have the same."""

    def __missing__(self, minor: int) -> str:
        self[minor] = written(minor)
        return self[minor]


def _where(basis: Basis, begin: date, asked: Mapping[str, str]) -> ColumnElement[bool]:
    """The moves that a report sums, one by one."""
    move = revenue_move.c
    return and_(
        move.generation == live_generation(Journal.name),
        move.position <= basis.recorded,
        move.accounting_on.between(begin, basis.effective),
        *(move[name] == value for name, value in asked.items()),
    )


def _counted(connection: Connection, where: ColumnElement[bool]) -> Counter[str | None]:
    """Count the facts that each stream comes from, and all, where some stand in several."""
    move = revenue_move.c
    facts = func.count(move.position.distinct())
    of_streams = connection.execute(select(move.stream, facts).where(where).group_by(move.stream))
    counted = Counter[str | None](dict(map(tuple, of_streams)))
    counted[None] = connection.execute(select(facts).where(where)).scalar_one()
    return counted


def _behind(connection: Connection, where: ColumnElement[bool], by: By) -> Mapping[Key, set[int]]:
    """The positions of the facts behind each row."""
    move, found = revenue_move.c, defaultdict[Key, set[int]](set)
    named = (move.service_month, move.stream, move.company, move.lease)
    for on, position, month, stream, company, lease in connection.execute(
        select(move.accounting_on, move.position, *named).where(where)
    ):
        period = (month or "") if by == "service" else month_of(on)
        found[period, stream, company or "", lease or ""].add(position)
    return found


def _summed(some: Iterable[Sequence[int]]) -> list[int]:
    """Add up, column by column."""
    return [sum(column) for column in zip(*some, strict=True)] or [0] * 5


def _total(stream: Any, sums: Sequence[int], journals: int, behind: Mapping[Key, set[int]] | None) -> RevenueRow:
    """The sum of rows. The facts behind it: each once."""
    facts = None
    if behind is not None:
        facts = tuple(sorted({at for key, some in behind.items() if stream in (None, key[1]) for at in some}))
    recognised, billed, vat, accrued = map(written, sums[:4])
    return RevenueRow(None, stream, None, None, recognised, billed, vat, accrued, journals, facts)
