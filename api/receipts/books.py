"""What the cells of the reports of the books rest on: lines of the journal, which sum to them.

TRIAL_BALANCE, REVENUE, DEFERRED_REVENUE
"""

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, Select, literal

from api.http.receipts import Derived, Made, Part, Parts, Receipts, Row, Sum, added, counted, difference, taken_off
from api.receipts.working import of_fact
from ledger.books.accounts import CHART
from ledger.log.envelope import Entry
from ledger.periods import day_before
from ledger.values.money import written
from projections.books import deferred_revenue, revenue, trial_balance
from projections.books.journal import last_day
from projections.books.trial_balance import moved_in, spans
from projections.engine.basis import Basis
from projections.engine.figures import decimals
from projections.engine.sources import distinct, facts_behind
from projections.subledgers import items

# The trial balance

BALANCES = ("opening", "debit", "credit", "closing")


def _balance_lines(connection: Connection, basis: Basis, query: Any, row: Row, column: str) -> Select[Any]:
    """The lines of a cell; not looked for on days after which nothing was posted yet, as recorded then."""
    account, last = row["account"], date.max
    if account != trial_balance.RETAINED:
        last = last_day(connection, basis.recorded, account) or date.min
    return trial_balance.posted(basis, account, column, from_on=query.from_on, last=last)


IN_ACCOUNT = {"receivables": "OPEN/open", "deposits": "DEPOSITS/open", "unapplied": "UNAPPLIED/open"}
"""Of control accounts, the cell of a tenant's account that is its part: what is owed to a tenant is positive there."""


def _subledger(connection: Connection, basis: Basis, _query: Any, row: Row) -> Sequence[Part]:
    """The tenants, orders and agreements whose parts a subledger sums."""
    account = str(row["account"])
    cell, sign = IN_ACCOUNT.get(account, account), -1 if account in CREDITORS else 1
    return [
        Part(report=address, cell=cell if address.startswith("tenants/") else account, figure=written(sign * minor))
        for address, minor in items(connection, basis, account)
    ]


TAGS = {"tenants": "tenant:", "orders": "order:", "offtakes": "offtake:", "payables": ""}
"""Where the parts of subledgers are to be read, and the tag of the facts behind each."""


def rest_of_item(connection: Connection, basis: Basis, part: Part) -> Sequence[Entry]:
    """The facts of a tenant, an order, an agreement or a payable."""
    kind, name, *_ = str(part.report).split("/")
    return distinct(facts_behind(connection, basis, [f"{TAGS[kind]}{name}"]))


CREDITORS = ("deposits", "unapplied")
OWED = Made(_subledger, "- the sum over tenants: what is owed to them", taken_off, rest_of_item)
OWNED = Made(_subledger, "the sum over tenants, orders, agreements and payables", added, rest_of_item)


# Of very many lines

MANY = 5_000
"""The most lines of the journal that a receipt sums one by one, unless it is asked for them."""
CLOSING = Derived(
    ("opening", "debit", "credit"), "opening + debit - credit", lambda *of: decimals(of[0] + of[1] - of[2], 2)
)


def are_many(connection: Connection, posted: Select[Any]) -> bool:
    """Tell whether there are more lines than are summed one by one."""
    beyond = posted.with_only_columns(literal(1)).offset(MANY).limit(1)
    return connection.execute(beyond).first() is not None


def _shorter(connection: Connection, basis: Basis, query: Any, row: Row, column: str) -> Derived | Made | None:
    """The cells that a cell of very many lines sums: of its months, or its days; of the day before; of its own row.

    Of what earlier years earned always: it was never posted to the account.
    """
    if row["section"] != "ACCOUNT" or column not in BALANCES:
        return None
    of_earlier_years = row["account"] == trial_balance.RETAINED and column in ("opening", "closing")
    either = column if column in ("opening", "closing") else "moved"  # an account of credits has no debits to find
    lines = _balance_lines(connection, basis, query, row, either)
    if not of_earlier_years and not are_many(connection, lines):
        return None
    begin = query.from_on or basis.effective.replace(month=1, day=1)
    if column == "closing":
        return CLOSING
    if column == "opening":
        return Made(_before(begin), "the sum of the closing balances of the day before", added)
    some = spans(begin, basis.effective)
    return Made(_each(some, column), "the sum over days or months", added) if len(some) > 1 else None


def _before(begin: date) -> Parts:
    """The account on the day before; on 1 January what was earned joins the retained earnings."""

    def parts(connection: Connection, basis: Basis, _query: Any, row: Row) -> list[Part]:
        on, account = day_before(begin), row["account"]
        closing = trial_balance.balances(connection, replace(basis, effective=on))
        earned = [name for name in closing if CHART[name].kind in trial_balance.RESULT]
        joins = earned if account == trial_balance.RETAINED and on.year != begin.year else []
        where = f"trial-balance?effective={on}"
        return [
            Part(report=where, cell=f"ACCOUNT:{name}/closing", figure=written(closing[name]))
            for name in (account, *joins)
            if name in closing
        ]

    return parts


def _each(some: Sequence[tuple[date, date]], column: str) -> Parts:
    """The debits or credits of each span in which there are any."""

    def parts(connection: Connection, basis: Basis, _query: Any, row: Row) -> Iterator[Part]:
        for (first, last), total in zip(some, moved_in(connection, basis, row["account"], some), strict=True):
            if minor := total.debit_minor if column == "debit" else total.credit_minor:
                where = f"trial-balance?effective={last}&from_on={first}"
                yield Part(report=where, cell=f"ACCOUNT:{row['account']}/{column}", figure=written(minor))

    return parts


def _without_subledgers(query: Any, _name: str, column: str) -> Any:
    return query if column in ("subledger", "difference") else replace(query, subledgers=False)


TRIAL_BALANCE = Receipts(
    of_fact=of_fact,
    split=_shorter,
    narrowed=_without_subledgers,
    keys={"ACCOUNT": ("account",), "TOTAL": ()},
    units=dict.fromkeys((*BALANCES, "subledger", "difference"), "CNY"),
    posted=_balance_lines,
    sums={"TOTAL": [Sum(BALANCES, "ACCOUNT")]},
    made={f"ACCOUNT:{account}/subledger": OWED for account in CREDITORS} | {"subledger": OWNED},
    derived={"difference": difference("closing", "subledger")},
)

# Revenue

MOVED = ("recognised", "billed", "vat", "accrued")


def _revenue_lines(connection: Connection, basis: Basis, query: Any, row: Row, column: str) -> Select[Any]:
    """The lines of a row; of a sum, those that the query's filters let through."""
    of_row = row["section"] == "ROW"
    keys: dict[str, Any] = {
        name: row[name] if of_row else getattr(query, name, None) for name in ("period", "company", "lease")
    }
    about: dict[str, Any] = {"from_on": query.from_on, "by": query.by, "stream": row["stream"] or query.stream}
    return revenue.posted(connection, basis, column, exactly=of_row, **about, **keys)


def _by_months(_connection: Connection, basis: Basis, query: Any, row: Row, column: str) -> Made | None:
    """The cells that a cell of very many facts sums: the same of each month of the books, or of each day."""
    some = spans(query.from_on or basis.effective.replace(month=1, day=1), basis.effective)
    if row["journals"] <= MANY or len(some) == 1:
        return None
    return Made(_in_each(some, column), "the sum over days or months", added if column in MOVED else counted)


def _in_each(some: Sequence[tuple[date, date]], column: str) -> Parts:
    """A cell of revenue in each span, where there is one."""

    def parts(connection: Connection, basis: Basis, query: Any, row: Row) -> Iterator[Part]:
        name = REVENUE.name(row)
        query = _of_one(query, name, column)
        asked = {key: getattr(query, key) for key in ("by", "stream", "company", "lease")}
        more = "".join(f"&{key}={value}" for key, value in asked.items() if value is not None)
        for first, last in some:
            found = revenue.revenue(connection, replace(basis, effective=last), from_on=first, **asked)
            for said in (*found.rows, *found.streams, found.total):
                if _is_same(row, said) and said.journals:
                    figure = str(getattr(said, column))
                    yield Part(
                        report=f"revenue?effective={last}&from_on={first}{more}", cell=f"{name}/{column}", figure=figure
                    )

    return parts


def _is_same(row: Row, said: revenue.RevenueRow) -> bool:
    """Tell whether a row of one span is that of another: of a total, all of these are None."""
    return all(row[key] == getattr(said, key) for key in REVENUE.keys["ROW"])


def _of_one(query: Any, name: str, _column: str) -> Any:
    """Of a row its stream, company and lease alone; of a stream this alone."""
    section, _, keys = name.partition(":")
    told = dict(zip(REVENUE.keys.get(section, ()), keys.split(","), strict=False))
    alone = {key: told[key] for key in ("stream", "company", "lease") if told.get(key)}
    return replace(query, **alone)


REVENUE = Receipts(
    of_fact=of_fact,
    split=_by_months,
    narrowed=_of_one,
    keys={"ROW": ("period", "stream", "company", "lease"), "STREAM": ("stream",), "TOTAL": ()},
    units=dict.fromkeys(MOVED, "CNY") | {"journals": "journals"},
    posted=_revenue_lines,
    sums={"STREAM": [Sum(MOVED, "ROW", ("stream",))], "TOTAL": [Sum(MOVED, "STREAM")]},
)

# Deferred revenue

ROLLED = ("opening", "additions", "recognised", "exchange", "reclassified", "closing")


def _deferred_lines(_: Connection, basis: Basis, query: Any, row: Row, column: str) -> Select[Any]:
    return deferred_revenue.posted(basis, row["account"], column, from_on=query.from_on)


def _moved_since(
    connection: Connection, basis: Basis, query: Any, row: Row, column: str, after: int
) -> Sequence[tuple[int, int]] | None:
    return deferred_revenue.moved_since(connection, basis, row["account"], column, after, from_on=query.from_on)


def _left_over(opening: Fraction, additions: Fraction, recognised: Fraction, closing: Fraction) -> str:
    return decimals(closing - opening - additions + recognised, 2)


DEFERRED_REVENUE = Receipts(
    of_fact=of_fact,
    keys={"ACCOUNT": ("account",), "TOTAL": ()},
    units=dict.fromkeys(ROLLED, "CNY"),
    posted=_deferred_lines,
    moved_since=_moved_since,
    sums={"TOTAL": [Sum(ROLLED, "ACCOUNT")]},
    derived={
        "reclassified": Derived(
            ("opening", "additions", "recognised", "closing"), "closing - opening - additions + recognised", _left_over
        )
    },
)
