"""General ledger: what was posted to each account, entry by entry, and its running balance after each?

general_ledger   rows of every account, or of one: opening, its entries in the order of the books, closing; in pages
posted           the lines of the journal behind a cell
LedgerFilter     which lines are looked for
BadPlace         a page begins at no row

The order of the books is by accounting date, then as recorded. Balances are debits less credits, and are those of the
trial balance: income and expenses restart on 1 January, and what they came to before stands in retained earnings.
Where only one tenant's or one lease's lines are asked for, so are the balances.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select, true

from ledger.books.accounts import CHART, Account
from ledger.decider import DataClass
from ledger.periods import day_before
from ledger.values.money import written
from projections.books.entries import known
from projections.books.journal import journal_line, totals
from projections.books.trial_balance import RESULT, RETAINED, FromAnotherYear, by_account, figures_of
from projections.engine.basis import Basis

RESULTS = tuple(name for name, account in CHART.items() if account.kind in RESULT)
Section = Literal["OPENING", "ENTRY", "CLOSING"]
PLACES: Mapping[Section, int] = {"OPENING": 0, "ENTRY": 1, "CLOSING": 2}
Key = tuple[date, int, int]
"""An entry's place in its account: accounting date, position, line."""


class LedgerRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A row of an account, in CNY: its opening balance, one line of an entry, or its closing balance with both sums.

    line_number   which of the lines of its fact it is
    balance       after it
    """

    section: Section
    account: str
    code: str
    name: str
    name_zh: str
    accounting_on: date | None = None
    position: int | None = None
    line_number: int | None = None
    fact: str | None = None
    document: str | None = None
    company: str | None = None
    lease: str | None = None
    debit: str | None = None
    credit: str | None = None
    balance: str
    data_class: DataClass | None = None

    @property
    def place(self) -> str:
        """The place in the ledger, to go on from."""
        day = (self.accounting_on or date.min).isoformat()
        return f"{self.account} {PLACES[self.section]} {day} {self.position or 0} {self.line_number or 0}"


class BadPlace(ValueError):
    """A page begins at no row."""


class LedgerFilter(Struct, frozen=True, kw_only=True):
    """The lines that are looked for; None does not matter. `from_on`: the first day; without it, 1 January."""

    account: str | None = None
    company: str | None = None
    lease: str | None = None
    from_on: date | None = None

    def first_day(self, basis: Basis) -> date:
        """The first day of the movements. Raises FromAnotherYear."""
        until, new_year = basis.effective, basis.effective.replace(month=1, day=1)
        begin = self.from_on or new_year
        if not new_year <= begin <= until:
            raise FromAnotherYear(f"the first day lies between {new_year} and {until}: accounts restart on 1 January")
        return begin

    @property
    def whose(self) -> ColumnElement[bool]:
        """The condition that a line is that tenant's or that lease's."""
        wanted = {journal_line.c.company: self.company, journal_line.c.lease: self.lease}
        return and_(true(), *(column == name for column, name in wanted.items() if name is not None))


def general_ledger(
    connection: Connection,
    basis: Basis,
    wanted: LedgerFilter,
    *,
    after: str | None = None,
    limit: int = 100,
    chart: Mapping[str, Account] = CHART,
) -> list[LedgerRow]:
    """The next rows after a place. Raises FromAnotherYear, BadPlace."""
    account, section, key = _read(after, chart)
    sums = _sums(connection, basis, wanted)
    rows = list[LedgerRow]()
    for name in sorted(sums, key=lambda name: (chart[name].code, name)):
        if account is not None and (chart[name].code, name) < (chart[account].code, account):
            continue
        begun = section if name == account else None
        left = limit - len(rows)
        rows += _of_account(connection, basis, wanted, chart[name], sums[name], begun, key, left)
        if len(rows) >= limit:
            break
    return rows[:limit]


def _read(place: str | None, chart: Mapping[str, Account]) -> tuple[str | None, int | None, Key | None]:
    """The account, section and key of a place. Raises BadPlace."""
    if place is None:
        return None, None, None
    try:
        account, section, day, position, line = place.split(" ")
        if account not in chart:
            raise BadPlace(place)
        return account, int(section), (date.fromisoformat(day), int(position), int(line))
    except ValueError as error:
        raise BadPlace(place) from error


def _of_account(
    connection: Connection,
    basis: Basis,
    wanted: LedgerFilter,
    account: Account,
    sums: tuple[int, int, int],
    begun: int | None,
    key: Key | None,
    limit: int,
) -> Iterator[LedgerRow]:
    """An account's rows, as many as there is room for; from behind one of its rows where the page begins there."""
    opening, debit, credit = sums
    named: Any = {name: getattr(account, name) for name in ("account", "code", "name", "name_zh")}
    if begun is None:
        yield LedgerRow(section="OPENING", balance=written(opening), **named)
    if begun == PLACES["CLOSING"]:
        return
    since = key if begun == PLACES["ENTRY"] else None
    for row in connection.execute(_entries(basis, wanted, account.account, since).limit(limit)):
        yield LedgerRow(
            section="ENTRY",
            accounting_on=row.accounting_on,
            position=row.position,
            line_number=row.line,
            fact=row.fact,
            document=row.document,
            company=row.company,
            lease=row.lease,
            debit=written(row.amount_minor) if row.amount_minor > 0 else None,
            credit=written(-row.amount_minor) if row.amount_minor < 0 else None,
            balance=written(opening + int(row.running)),
            data_class=row.data_class,
            **named,
        )
    balance = written(opening + debit - credit)
    yield LedgerRow(section="CLOSING", debit=written(debit), credit=written(credit), balance=balance, **named)


def _entries(basis: Basis, wanted: LedgerFilter, account: str, since: Key | None) -> Select[Any]:
    """The lines of an account in the order of the books, each with the sum up to it; those after a key."""
    line = journal_line.c
    order = line.accounting_on, line.position, line.line
    mine = known(basis, from_on=wanted.first_day(basis)), line.account == account, wanted.whose
    shown = (*order, line.fact, line.document, line.company, line.lease, line.amount_minor, line.data_class)
    running = func.sum(line.amount_minor).over(order_by=order).label("running")
    every = select(*shown, running).where(*mine).subquery("every").c
    query = select(*every).order_by(every.accounting_on, every.position, every.line)
    if since is None:
        return query
    on, position, number = since
    same_day = and_(every.accounting_on == on, every.position > position)
    same_fact = and_(every.accounting_on == on, every.position == position, every.line > number)
    return query.where(or_(every.accounting_on > on, same_day, same_fact))


def _sums(connection: Connection, basis: Basis, wanted: LedgerFilter) -> Mapping[str, tuple[int, int, int]]:
    """Opening balance, debits and credits of each account that anything was posted to: minor units."""
    begin, new_year = wanted.first_day(basis), basis.effective.replace(month=1, day=1)
    if wanted.company is None and wanted.lease is None:
        days = (day_before(new_year), day_before(begin), basis.effective)
        found = totals(connection, basis.recorded, days)
        figures = figures_of(*(by_account(found[day]) for day in days))
        sums = {account: found[:3] for account, found in figures.items()}
    else:
        sums = _filtered(connection, basis, wanted, begin, new_year)
    return {account: of for account, of in sums.items() if wanted.account in (None, account)}


def _filtered(
    connection: Connection, basis: Basis, wanted: LedgerFilter, begin: date, new_year: date
) -> dict[str, tuple[int, int, int]]:
    line = journal_line.c
    amount, later = line.amount_minor, line.accounting_on >= begin

    def summed(which: ColumnElement[bool], share: ColumnElement[int]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((which, share), else_=0)), 0)

    before = and_(line.accounting_on < begin, or_(line.account.not_in(RESULTS), line.accounting_on >= new_year))
    columns = summed(before, amount), summed(and_(later, amount > 0), amount), summed(and_(later, amount < 0), -amount)
    earlier = summed(and_(line.account.in_(RESULTS), line.accounting_on < new_year), amount)
    query = select(line.account, *columns, earlier).where(known(basis), wanted.whose).group_by(line.account)
    sums, results = dict[str, tuple[int, int, int]](), 0
    for account, opening, debit, credit, of_results in connection.execute(query):
        sums[account] = (int(opening), int(debit), int(credit))
        results += int(of_results)
    if results:
        opening, debit, credit = sums.get(RETAINED, (0, 0, 0))
        sums[RETAINED] = (opening + results, debit, credit)
    return sums


def posted(
    basis: Basis, wanted: LedgerFilter, section: Section, account: str, key: Key | None, column: str
) -> Select[Any]:
    """Select the lines that a cell sums: position and minor units, as the column counts them."""
    line, begin = journal_line.c, wanted.first_day(basis)
    new_year, amount = basis.effective.replace(month=1, day=1), line.amount_minor
    mine: ColumnElement[bool] = line.account == account
    if account in RESULTS:
        mine = and_(mine, line.accounting_on >= new_year)
    elif account == RETAINED:
        mine = or_(mine, and_(line.account.in_(RESULTS), line.accounting_on < new_year))
    where = [known(basis), mine, wanted.whose]
    if section == "OPENING":
        where.append(line.accounting_on < begin)
    if section == "ENTRY" and key is not None:
        where.append(_up_to(key) if column == "balance" else _exactly(key))
    if column != "balance":
        where += [line.account == account, line.accounting_on >= begin, amount > 0 if column == "debit" else amount < 0]
    share = -amount if column == "credit" else amount
    return select(line.position, share.label("minor")).where(*where)


def _exactly(key: Key) -> ColumnElement[bool]:
    line, (on, position, number) = journal_line.c, key
    return and_(line.accounting_on == on, line.position == position, line.line == number)


def _up_to(key: Key) -> ColumnElement[bool]:
    line, (on, position, number) = journal_line.c, key
    same_day = and_(line.accounting_on == on, line.position < position)
    same_fact = and_(line.accounting_on == on, line.position == position, line.line <= number)
    return or_(line.accounting_on < on, same_day, same_fact)
