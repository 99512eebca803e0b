"""Which facts posted what, in the order recorded? Read from the lines of the journal.

journal                entries that match, a page at a time: each with its fact, the rules' version and its lines
all_entries            every entry, a page after the other
line_of                a row of the journal as the line that was posted
known                  the condition that a basis knows a line, to be narrowed down
positions_by_account   of the facts with a line on each account
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, and_, select

from ledger.books.line import Line, check
from ledger.decider import DataClass
from projections.books.journal import Journal, journal_line
from projections.engine.basis import Basis
from projections.engine.view import RowsAltered, live_generation


class JournalEntry(Struct, frozen=True, kw_only=True):
    """The entry that one fact posted, and the version of the rules it was posted under."""

    position: int
    accounting_on: date
    effective_on: date
    fact: str
    rules: int
    data_class: DataClass
    lines: tuple[Line, ...]


def known(basis: Basis, *, from_on: date | None = None, of_account: bool = False) -> ColumnElement[bool]:
    """The condition that a line is recorded and accounted for as the basis says; not before `from_on`, if given.

    of_account   it goes with a condition on accounts and days, whose index finds the lines: SQLite, without statistics,
                 would rather read all lines up to the position than look into it
    """
    line = journal_line.c
    conditions = [
        line.generation == live_generation(Journal.name),
        (line.position + 0 if of_account else line.position) <= basis.recorded,
        line.accounting_on <= basis.effective,
    ]
    if from_on is not None:
        conditions.append(line.accounting_on >= from_on)
    return and_(*conditions)


def journal(
    connection: Connection,
    basis: Basis,
    *,
    from_on: date | None = None,
    account: str | None = None,
    lease: str | None = None,
    company: str | None = None,
    document: str | None = None,
    after: int = 0,
    limit: int = 100,
) -> list[JournalEntry]:
    """The next entries after position `after` with a line that matches everything given; each with all its lines."""
    line = journal_line.c
    wanted = {line.account: account, line.lease: lease, line.company: company, line.document: document}
    matching = [column == value for column, value in wanted.items() if value is not None]
    page = (
        select(line.position)
        .where(known(basis, from_on=from_on), line.position > after, *matching)
        .distinct()
        .order_by(line.position)
        .limit(limit)
    )
    of_live = line.generation == live_generation(Journal.name)
    query = select(journal_line).where(of_live, line.position.in_(page)).order_by(line.position, line.line)
    rows = connection.execute(query).all()
    return [_entry(list(lines)) for _, lines in groupby(rows, key=attrgetter("position"))]


def line_of(row: Any) -> Line:
    """A line of the journal, as it was posted."""
    return Line(
        account=row.account,
        amount_minor=row.amount_minor,
        company=row.company,
        lease=row.lease,
        document=row.document,
        stream=row.stream,
        service_month=row.service_month,
        currency=row.currency,
        foreign_minor=row.foreign_minor,
        bank_account=row.bank_account,
    )


def _entry(rows: Sequence[Any]) -> JournalEntry:
    first = rows[0]
    lines = tuple(map(line_of, rows))
    try:
        check(lines)
    except AssertionError as error:
        raise RowsAltered(f"journal_line, position {first.position}: {error}") from error
    return JournalEntry(
        position=first.position,
        accounting_on=first.accounting_on,
        effective_on=first.effective_on,
        fact=first.fact,
        rules=first.rules,
        data_class=first.data_class,
        lines=lines,
    )


def all_entries(connection: Connection, basis: Basis, *, page: int = 1000) -> Iterator[JournalEntry]:
    """Every entry that the basis knows, in the order recorded, read a page at a time."""
    after = 0
    while found := journal(connection, basis, after=after, limit=page):
        yield from found
        after = found[-1].position


def positions_by_account(
    connection: Connection, basis: Basis, *, from_on: date | None = None, accounts: Sequence[str] | None = None
) -> dict[str, tuple[int, ...]]:
    """For each account (or for these) the positions of the facts with a line on it, in order."""
    line = journal_line.c
    query = select(line.account, line.position).where(known(basis, from_on=from_on)).distinct()
    if accounts is not None:
        query = query.where(line.account.in_(accounts))
    rows = connection.execute(query.order_by(line.account, line.position)).all()
    by_account = groupby(rows, key=attrgetter("account"))
    return {account: tuple(row.position for row in some) for account, some in by_account}
