"""Vouchers 凭证: every entry of the journal with its number, by month and kind, and who made and reviewed it.

VoucherRow    an entry as a voucher
SeriesRow     the numbers of one kind in one month: from 1 on, without a gap
vouchers      those of a month, by kind and number, in pages; lines_of: the lines of one
series        the numbers given out in each month
posted        the lines of the journal behind a cell of either

A number is the place of an entry among those of its month and kind, in the order recorded. It is given out by the log
itself: nothing that was refused or cut off took one, later facts only come behind it, and no operator can choose or
change it (Ministry of Finance, 财会〔2024〕12号, art. 21(3)). The kind is 收 where money came into the bank, 付 where
it went out or from one account to another, and 转 where none moved.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct
from sqlalchemy import CTE, ColumnElement, Connection, Select, and_, case, func, literal, or_, select

from ledger.bookkeeping.banking.facts import BankBalancesRemeasured
from ledger.books.line import Line
from ledger.decider import DataClass, stored_name
from ledger.log import store
from ledger.log.database import fact_tag
from ledger.log.envelope import Entry, decode
from ledger.periods import first_and_last, month_of
from ledger.values.money import written
from projections.books.entries import known, line_of
from projections.books.general_ledger import BadPlace
from projections.books.journal import Journal, journal_line
from projections.engine.basis import Basis
from projections.engine.periods import periods
from projections.engine.view import live_generation
from projections.proposals import KINDS as PROPOSED
from projections.proposals import Kind

VoucherKind = Literal["RECEIPT", "PAYMENT", "NON_CASH"]
WORDS: Mapping[VoucherKind, str] = {"RECEIPT": "收", "PAYMENT": "付", "NON_CASH": "转"}
"""The kinds in the order of the series, and the word 凭证字 of each."""
ORDER = tuple(WORDS)
DEAD = stored_name(BankBalancesRemeasured)
"""Changes what foreign money in the bank is worth, and moves none."""


class VoucherRow(Struct, frozen=True, kw_only=True):
    """An entry of the journal as a voucher. `debit`: the sum of its debits in CNY, which is that of its credits.

    voucher     its number as it is written: 收-12, in its month
    documents   how many documents the fact names as its evidence (附单据)
    maker       who recorded it, or proposed what another approved; reviewer: who approved it, where that was asked for
    rules       the version of the rules that posted it: nobody posts by hand
    """

    month: str
    kind: VoucherKind
    number: int
    voucher: str
    accounting_on: date
    effective_on: date
    fact: str
    document: str | None
    company: str | None
    debit: str
    documents: int
    maker: str
    reviewer: str | None
    recorded_at: datetime
    rules: int
    position: int
    data_class: DataClass

    @property
    def place(self) -> str:
        """The place among the vouchers, to go on from."""
        return f"{self.month} {self.kind} {self.number}"


class SeriesRow(Struct, frozen=True, kw_only=True):
    """The numbers of one kind in one month.

    journals  how many vouchers there are, each of one entry of the journal
    missing   how many between the first and the last none has: dated after the basis's day, in the month that it cuts
    """

    month: str | None
    kind: VoucherKind | None
    first: int | None
    last: int | None
    journals: int
    missing: int
    debit: str


class VoucherSeries(Struct, frozen=True, kw_only=True):
    """The numbers given out, by month and kind, and how many vouchers that is."""

    rows: tuple[SeriesRow, ...]
    total: SeriesRow


def vouchers(
    connection: Connection,
    basis: Basis,
    month: str | None = None,
    *,
    kind: VoucherKind | None = None,
    first: int = 1,
    last: int | None = None,
    after: str | None = None,
    limit: int = 100,
) -> list[VoucherRow]:
    """The next vouchers after a place, by month, kind and number, from a first number to a last. Raises BadPlace.

    month   the only one; without it, every one of the basis's year up to its day
    """
    begun, place = _read(after)
    rows = list[VoucherRow]()
    for one in [month] if month else _months(connection, basis, f"{basis.effective.year}-01"):
        if one >= begun and len(rows) < limit:
            behind = place if one == begun else None
            rows += _of_month(connection, basis, one, kind, (first, last), behind, limit - len(rows))
    return rows


def _read(after: str | None) -> tuple[str, tuple[int, int] | None]:
    """A place taken apart: its month, and within that its kind and number. Raises BadPlace."""
    if after is None:
        return "", None
    match after.split(" "):
        case [month, kind, number] if kind in ORDER and number.isascii() and number.isdigit() and len(number) < 10:
            return month, (ORDER.index(kind), int(number))
    raise BadPlace(after)


def _of_month(
    connection: Connection,
    basis: Basis,
    month: str,
    kind: VoucherKind | None,
    numbers: tuple[int, int | None],
    behind: tuple[int, int] | None,
    limit: int,
) -> list[VoucherRow]:
    at = _numbered(basis, month).c
    first, last = numbers
    wanted = [at.accounting_on <= basis.effective, at.number >= first]
    wanted += [] if last is None else [at.number <= last]
    wanted += [] if kind is None else [at.kind == ORDER.index(kind)]
    if behind is not None:
        wanted.append(or_(at.kind > behind[0], and_(at.kind == behind[0], at.number > behind[1])))
    query = select(*at).where(*wanted).order_by(at.kind, at.number).limit(limit)
    rows = connection.execute(query).all()
    entries = _entries(connection, [row.position for row in rows])
    return [_voucher(connection, month, row, entries[row.position]) for row in rows]


def lines_of(connection: Connection, positions: Sequence[int]) -> dict[int, list[Line]]:
    """The lines of entries, in their order, by position."""
    line = journal_line.c
    query = select(journal_line).where(line.generation == live_generation(Journal.name), line.position.in_(positions))
    found: dict[int, list[Line]] = {position: [] for position in positions}
    for row in connection.execute(query.order_by(line.position, line.line)):
        found[row.position].append(line_of(row))
    return found


def series(connection: Connection, basis: Basis, *, from_month: str | None = None) -> VoucherSeries:
    """The numbers given out in each month up to that of the basis; of the month itself, up to its day."""
    rows = tuple(_series(connection, basis, from_month))
    total = sum(_minor(row.debit) for row in rows)
    counted, missing = (sum(getattr(row, name) for row in rows) for name in ("journals", "missing"))
    nothing: Any = dict.fromkeys(("month", "kind", "first", "last"))
    summed = SeriesRow(journals=counted, missing=missing, debit=written(total), **nothing)
    return VoucherSeries(rows=rows, total=summed)


def posted(basis: Basis, month: str | None, kind: VoucherKind | None, number: int | None, column: str) -> Select[Any]:
    """Select what a cell sums: position and minor units of debits, or 1 for each entry."""
    line = journal_line.c
    where = [known(basis)]
    if month is not None:
        ranked = _numbered(basis, month)
        told = {"kind": None if kind is None else ORDER.index(kind), "number": number}
        same = [ranked.c[name] == value for name, value in told.items() if value is not None]
        where.append(line.position.in_(select(ranked.c.position).where(*same)))
    if column == "debit":
        return select(line.position, line.amount_minor.label("minor")).where(*where, line.amount_minor > 0)
    return select(line.position, literal(1).label("minor")).where(*where).distinct()


def _tagged(basis: Basis, month: str) -> ColumnElement[bool]:
    """The condition that a line is of an entry of a month that the basis knows."""
    tagged = select(fact_tag.c.position).where(
        fact_tag.c.tag == f"books:{month}", fact_tag.c.position <= basis.recorded
    )
    return journal_line.c.position.in_(tagged)


def _numbered(basis: Basis, month: str) -> CTE:
    """Every entry of a month that the basis knows, of whatever day, with its kind and number."""
    at = _of_positions(_tagged(basis, month), SHOWN).c
    number = func.row_number().over(partition_by=at.kind, order_by=at.position).label("number")
    return select(*at, number).cte()


SHOWN = ("accounting_on", "effective_on", "fact", "document", "company", "rules", "data_class")


def _of_positions(some: ColumnElement[bool], shown: Sequence[str]) -> CTE:
    """A row for each entry: the columns that are wanted, how much, and its kind as a place in ORDER."""
    line = journal_line.c
    moves = and_(line.account == "bank", line.fact != DEAD)
    money = func.sum(case((moves, line.amount_minor), else_=0))
    of_bank = func.sum(case((moves, 1), else_=0))
    firsts = [func.min(line[name]).label(name) for name in shown]
    debit = func.sum(case((line.amount_minor > 0, line.amount_minor), else_=0)).label("debit")
    kind = case((of_bank == 0, 2), (money > 0, 0), else_=1).label("kind")
    query = select(line.position, *firsts, debit, kind)
    return query.where(line.generation == live_generation(Journal.name), some).group_by(line.position).cte()


def _entries(connection: Connection, positions: Sequence[int]) -> dict[int, Entry]:
    return {position: decode(stored) for position, stored in store.envelopes_at(connection, positions).items()}


def _voucher(connection: Connection, month: str, row: Any, entry: Entry) -> VoucherRow:
    kind = ORDER[row.kind]
    maker, reviewer = _people(connection, entry)
    return VoucherRow(
        month=month,
        kind=kind,
        number=row.number,
        voucher=f"{WORDS[kind]}-{row.number}",
        accounting_on=row.accounting_on,
        effective_on=row.effective_on,
        fact=row.fact,
        document=row.document,
        company=row.company,
        debit=written(int(row.debit)),
        documents=_documents(msgspec.to_builtins(entry.fact)),
        maker=maker,
        reviewer=reviewer,
        recorded_at=entry.recorded_at,
        rules=row.rules,
        position=row.position,
        data_class=row.data_class,
    )


def _people(connection: Connection, entry: Entry) -> tuple[str, str | None]:
    """The maker of an entry, and the one who approved what the maker had proposed."""
    kind = next((kind for kind in PROPOSED.values() if isinstance(entry.fact, kind.decided)), None)
    if kind is None:
        return entry.by.actor, None
    maker = getattr(entry.fact, "proposed_by", None) or _proposer(connection, kind, entry)
    return (maker, entry.by.actor) if maker else (entry.by.actor, None)


def _proposer(connection: Connection, kind: Kind, entry: Entry) -> str | None:
    """The maker of the proposal that a fact decides on: the last of those about the same before it."""
    about = set(kind.about(entry.fact))
    before = store.by_tags(connection, entry.tags[:1], up_to=entry.position - 1)
    same = (one.fact for one in reversed(before) if isinstance(one.fact, kind.proposed))
    return next((getattr(fact, kind.by) for fact in same if about.intersection(kind.about(fact))), None)


def _documents(value: Any) -> int:
    """Count the documents that are named in a fact, however deep; the same one once."""

    def named(value: Any) -> Iterator[str]:
        if isinstance(value, Mapping):
            if {"doc", "sha256"} <= value.keys():
                yield value["sha256"]
            value = tuple(value.values())
        if isinstance(value, list | tuple):
            for inner in value:
                yield from named(inner)

    return len(set(named(value)))


def _series(connection: Connection, basis: Basis, from_month: str | None) -> Iterator[SeriesRow]:
    months = _months(connection, basis, from_month)
    sums = _by_month(connection, basis, months) if months else {}
    for month in months:
        for kind, first, last, counted, debit in sums.get(month, ()):
            yield SeriesRow(
                month=month,
                kind=ORDER[kind],
                first=first,
                last=last,
                journals=counted,
                missing=last - first + 1 - counted,
                debit=written(debit),
            )


Numbers = Sequence[tuple[int, int, int, int, int]]
"""Of each kind its place in ORDER, its first and last number in a month, how many there are, and their debits."""


def _by_month(connection: Connection, basis: Basis, months: Sequence[str]) -> dict[str, Numbers]:
    """Find the numbers of these months in one pass over the lines.

    Where no entry is dated after the basis's day, as in every month before it, they are counted and need no numbers.
    """
    begin, end = first_and_last(months[0])[0], first_and_last(months[-1])[1]
    line = journal_line.c
    spanned = and_(line.position <= basis.recorded, line.accounting_on >= begin, line.accounting_on <= end)
    at = _of_positions(spanned, ("accounting_on",)).c
    query = select(at.accounting_on, at.kind, func.count(), func.sum(at.debit)).group_by(at.accounting_on, at.kind)
    sums: defaultdict[str, list[tuple[int, int]]] = defaultdict(lambda: [(0, 0)] * len(ORDER))
    cut = set[str]()
    for on, kind, counted, debit in connection.execute(query):
        of_month = sums[month_of(on)]
        of_month[kind] = of_month[kind][0] + counted, of_month[kind][1] + int(debit)
        if on > basis.effective:
            cut.add(month_of(on))
    whole = {
        month: [(kind, 1, counted, counted, debit) for kind, (counted, debit) in enumerate(found) if counted]
        for month, found in sums.items()
    }
    return {**whole, **{month: _numbers_of(connection, basis, month) for month in cut}}


def _numbers_of(connection: Connection, basis: Basis, month: str) -> Numbers:
    """Find those of a month that the basis's day cuts."""
    at = _numbered(basis, month).c
    numbers = func.min(at.number), func.max(at.number), func.count(), func.sum(at.debit)
    query = select(at.kind, *numbers).where(at.accounting_on <= basis.effective).group_by(at.kind).order_by(at.kind)
    found = connection.execute(query)
    return [(kind, first, last, counted, int(debit)) for kind, first, last, counted, debit in found]


def _months(connection: Connection, basis: Basis, from_month: str | None) -> list[str]:
    """The months that were opened, up to that of the basis: nothing is posted to others."""
    opened = (row.month for row in periods(connection, basis.recorded))
    return sorted(month for month in opened if (from_month or "") <= month <= month_of(basis.effective))


def _minor(decimal: str) -> int:
    return int(decimal.replace(".", ""))
