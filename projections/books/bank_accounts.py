"""What is in the bank, on each account, in its currency and in CNY; and how did it come to be?

bank_accounts    opening, in, out, exchange and closing of each account, for the days from `from_on` to the basis's date
bank_movements   every line of the books on an account, with the balance after it
posted           the lines behind a cell of the first; moved_by: behind one of the second
accounts_on      the accounts on record, as the basis knows them; remeasured_at: the rate of one at a day

Read from the lines of the journal on 1002, so that the accounts, and what is on none, come to what the trial balance
says (domain §14.11). In CNY an account stands as its money came to be counted: at the rates of the days it moved, and
of the last remeasurement; what that changed is `exchange`, and nothing moved by it.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, Subquery, and_, case, func, or_, select

from ledger.bookkeeping.banking.accounts import NO_ACCOUNTS, BankAccounts, evolve_accounts
from ledger.bookkeeping.banking.facts import BANK_ACCOUNTS_TAG, BankBalancesRemeasured
from ledger.decider import DataClass, standing, stored_name
from ledger.periods import PostingFact
from ledger.values.money import EXPONENT, written
from projections.books.entries import known
from projections.books.journal import journal_line
from projections.engine.basis import Basis
from projections.engine.receipts import facts_at
from projections.engine.sources import facts_behind


class BankRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An account; or the money of a currency that is on none. What came in and went out is both positive.

    opening_held … closing_held   in its currency
    exchange_cny                  what remeasurement changed; of CNY nothing
    """

    bank_account: str | None = None
    bank: str | None = None
    number: str | None = None
    currency: str
    state: str | None = None
    opening_held: str
    came_in: str
    went_out: str
    closing_held: str
    opening_cny: str
    in_cny: str
    out_cny: str
    exchange_cny: str
    closing_cny: str


class BankTotal(Struct, frozen=True, kw_only=True):
    """All of it, in CNY: what the trial balance says of 1002."""

    opening_cny: str
    in_cny: str
    out_cny: str
    exchange_cny: str
    closing_cny: str


class BankBalances(Struct, frozen=True, kw_only=True):
    """Accounts by id, then what is on none, by currency."""

    from_on: date
    until_on: date
    rows: tuple[BankRow, ...]
    unassigned: tuple[BankRow, ...]
    total: BankTotal
    fictional: bool


class BankMovement(Struct, frozen=True, kw_only=True):
    """A line of the books on an account, in the order of the books; and the balance after it.

    line    its entry's position, and its number there
    moved   in the account's currency; None where only its CNY changed
    """

    bank_account: str | None
    currency: str
    line: str
    position: int
    accounting_on: date
    value_on: date
    fact: str
    bank_reference: str | None
    company: str | None
    document: str | None
    moved: str | None
    held: str
    moved_cny: str
    held_cny: str
    data_class: DataClass
    place: int


HELD = ("opening_held", "came_in", "went_out", "closing_held")
IN_CNY = ("opening_cny", "in_cny", "out_cny", "exchange_cny", "closing_cny")


def accounts_on(connection: Connection, basis: Basis) -> BankAccounts:
    """The bank accounts as the basis knows them."""
    told = facts_behind(connection, basis, [BANK_ACCOUNTS_TAG]).get(BANK_ACCOUNTS_TAG, [])
    accounts = NO_ACCOUNTS
    for entry in standing(told, lambda entry: entry.fact):
        accounts = evolve_accounts(accounts, entry.fact)
    return accounts


def in_bank(accounts: BankAccounts, basis: Basis) -> Subquery:
    """Every line on 1002 that the basis knows: on which account, in which currency, how much of it and of CNY.

    rank     the place of its account among the reports' rows; exchange: nothing of the currency moved
    """
    line = journal_line.c
    of_account = [(line.bank_account == name, one.opened.currency) for name, one in accounts.known.items()]
    stated = func.coalesce(line.currency, "CNY")
    currency = case(*of_account, else_=stated) if of_account else stated
    places = [(line.bank_account == name, place) for place, name in enumerate(sorted(accounts.known))]
    on_none = [(stated == name, len(places) + place) for place, name in enumerate(EXPONENT)]
    in_currency = case((currency == "CNY", line.amount_minor), else_=func.coalesce(line.foreign_minor, 0))
    return (
        select(
            *journal_line.c,
            currency.label("held_in"),
            case(*places, *on_none).label("rank"),
            in_currency.label("held_minor"),
            case((and_(currency != "CNY", line.foreign_minor.is_(None)), 1), else_=0).label("exchange"),
        )
        .where(known(basis), line.account == "bank")
        .subquery("in_bank")
    )


def remeasured_at(connection: Connection, basis: Basis, account: str, day: date) -> str | None:
    """The rate that an account was last remeasured at for a day; None where it never was."""
    line = journal_line.c
    latest = (
        select(line.position)
        .where(known(basis), line.account == "bank", line.bank_account == account, line.effective_on == day)
        .where(line.fact == stored_name(BankBalancesRemeasured))
        .order_by(line.position.desc())
        .limit(1)
    )
    position = connection.execute(latest).scalar()
    if position is None:
        return None
    fact: Any = facts_at(connection, {position})[position].fact
    return next((item.rate for item in fact.items if item.bank_account == account), None)


# Balances


def bank_accounts(connection: Connection, basis: Basis, *, from_on: date | None = None) -> BankBalances:
    """Draw up the balances on that basis; movements from `from_on`, or 1 January of its year, to its date."""
    begin = from_on or basis.effective.replace(month=1, day=1)
    accounts = accounts_on(connection, basis)
    nothing = dict.fromkeys((*HELD, *IN_CNY), 0)
    sums: dict[tuple[str | None, str], dict[str, int]] = {
        (name, accounts.known[name].opened.currency): nothing for name in sorted(accounts.known)
    }
    lines = in_bank(accounts, basis).c
    columns = [_total(lines, column, begin).label(column) for column in (*HELD, *IN_CNY)]
    classes = func.sum(case((lines.data_class == "FICTIONAL", 1), else_=0))
    query = select(lines.bank_account, lines.held_in, classes.label("fictional"), *columns)
    fictional = False
    for row in connection.execute(
        query.group_by(lines.bank_account, lines.held_in, lines.rank).order_by(lines.rank)
    ).mappings():
        sums[row["bank_account"], row["held_in"]] = {column: int(row[column]) for column in nothing}
        fictional = fictional or bool(row["fictional"])
    rows = [_row(accounts, name, currency, figures) for (name, currency), figures in sums.items()]
    total = {column: written(sum(figures[column] for figures in sums.values())) for column in IN_CNY}
    return BankBalances(
        from_on=begin,
        until_on=basis.effective,
        rows=tuple(row for row in rows if row.bank_account is not None),
        unassigned=tuple(row for row in rows if row.bank_account is None),
        total=BankTotal(**total),
        fictional=fictional,
    )


def _counted(lines: Any, column: str, begin: date) -> tuple[Any, ColumnElement[bool]]:
    """The amount of a line that a column sums, and whether it does."""
    amount = lines.amount_minor if column in IN_CNY else lines.held_minor
    later = lines.accounting_on >= begin
    moved = and_(later, lines.exchange == 0)
    ways: Mapping[str, tuple[Any, ColumnElement[bool]]] = {
        "opening": (amount, lines.accounting_on < begin),
        "in": (amount, and_(moved, amount > 0)),
        "out": (-amount, and_(moved, amount < 0)),
        "exchange": (amount, and_(later, lines.exchange == 1)),
        "closing": (amount, lines.position > 0),
    }
    return ways[column.removeprefix("came_").removeprefix("went_").removesuffix("_cny").removesuffix("_held")]


def _total(lines: Any, column: str, begin: date) -> Any:
    amount, counts = _counted(lines, column, begin)
    return func.coalesce(func.sum(amount).filter(counts), 0)


def _row(accounts: BankAccounts, name: str | None, currency: str, figures: Mapping[str, int]) -> BankRow:
    account = accounts.known.get(name or "")
    places = EXPONENT[currency]
    return BankRow(
        bank_account=name,
        bank=account.opened.bank if account else None,
        number=account.opened.number if account else None,
        currency=currency,
        state=None if account is None else "OPEN" if account.closed is None else "CLOSED",
        **{column: written(figures[column], places) for column in HELD},
        **{column: written(figures[column]) for column in IN_CNY},
    )


def posted(
    connection: Connection,
    basis: Basis,
    account: str | None,
    currency: str,
    column: str,
    *,
    from_on: date | None = None,
) -> Select[Any]:
    """Select the lines that a cell of the balances sums: position and minor units, as the column counts them."""
    lines = in_bank(accounts_on(connection, basis), basis).c
    amount, counts = _counted(lines, column, from_on or basis.effective.replace(month=1, day=1))
    return select(lines.position, amount.label("minor")).where(_on(lines, account, currency), counts)


def _on(lines: Any, account: str | None, currency: str) -> ColumnElement[bool]:
    """The condition that a line is on an account, or on none in a currency."""
    if account is not None:
        return and_(lines.bank_account == account)
    return and_(lines.bank_account.is_(None), lines.held_in == currency)


# Movements


def bank_movements(
    connection: Connection,
    basis: Basis,
    *,
    account: str | None = None,
    currency: str | None = None,
    from_on: date | None = None,
    company: str | None = None,
    document: str | None = None,
    after: int = 0,
    limit: int = 100,
) -> list[BankMovement]:
    """The next movements after a place in their order: account by account, what is on none last.

    What filters leave out is in the balances all the same.
    """
    every = in_bank(accounts_on(connection, basis), basis)
    of = every.c
    order = (of.accounting_on, of.position, of.line)
    filters = {of.bank_account: account, of.held_in: currency, of.company: company, of.document: document}
    wanted = [column for column, value in filters.items() if value is not None]
    # Sorted and summed are no more columns than it takes: the rest of a line is read for the lines of the page alone.
    numbered = select(
        *{column.name: column for column in (*order, *wanted)}.values(),
        func.sum(of.held_minor).over(partition_by=of.rank, order_by=order).label("held"),
        func.sum(of.amount_minor).over(partition_by=of.rank, order_by=order).label("held_cny"),
        func.row_number().over(order_by=(of.rank, *order)).label("place"),
    ).subquery("numbered")
    conditions = [numbered.c[column.name] == filters[column] for column in wanted]
    if from_on is not None:
        conditions.append(numbered.c.accounting_on >= from_on)
    lines = select(numbered).where(numbered.c.place > after, *conditions).order_by(numbered.c.place).limit(limit)
    page = lines.subquery("page").c
    same = and_(page.position == of.position, page.line == of.line)
    query = select(*of, page.held, page.held_cny, page.place).join_from(page.place.table, every, same)
    query = query.order_by(page.place)
    rows = connection.execute(query).all()
    entries = facts_at(connection, {row.position for row in rows})
    return [_movement(row, entries[row.position].fact) for row in rows]


def _movement(row: Any, fact: Any) -> BankMovement:
    places = EXPONENT[row.held_in]
    return BankMovement(
        bank_account=row.bank_account,
        currency=row.held_in,
        line=f"{row.position}.{row.line}",
        position=row.position,
        accounting_on=row.accounting_on,
        value_on=row.effective_on,
        fact=row.fact,
        bank_reference=fact.bank if isinstance(fact, PostingFact) else None,
        company=row.company,
        document=row.document,
        moved=None if row.exchange else written(int(row.held_minor), places),
        held=written(int(row.held), places),
        moved_cny=written(row.amount_minor),
        held_cny=written(int(row.held_cny)),
        data_class=row.data_class,
        place=row.place,
    )


def moved_by(connection: Connection, basis: Basis, movement: Mapping[str, Any], column: str) -> Select[Any]:
    """Select the lines that a cell of the movements sums: of what moved its own, of what is held those up to it."""
    lines = in_bank(accounts_on(connection, basis), basis).c
    position, number = (int(part) for part in str(movement["line"]).split("."))
    on = date.fromisoformat(str(movement["accounting_on"]))
    amount = lines.amount_minor if column.endswith("_cny") else lines.held_minor
    own = and_(lines.position == position, lines.line == number)
    up_to = or_(
        lines.accounting_on < on,
        and_(lines.accounting_on == on, lines.position < position),
        and_(lines.position == position, lines.line <= number),
    )
    counts = up_to if column.startswith("held") else own
    mine = _on(lines, movement["bank_account"], str(movement["currency"]))
    return select(lines.position, amount.label("minor")).where(mine, counts)
