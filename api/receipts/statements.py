"""What the cells of the statements rest on: lines sum their accounts, accounts the lines of the journal.

BALANCE_SHEET, INCOME_STATEMENT, CASH_FLOW, CHANGES_IN_EQUITY
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select

from api.http.receipts import Made, Part, PartOfLines, Receipts, Row, Sum, added
from api.receipts.working import of_fact
from ledger.books.postings import postings
from ledger.log.envelope import Entry
from projections.books.statements import balance_sheet, cash_flow, changes_in_equity, income_statement
from projections.books.statements.cash_lines import CASH
from projections.books.statements.layout import INCOME, Form, StatementTotal, used
from projections.engine.basis import Basis
from projections.engine.figures import decimals

# The balance sheet

BOTH = ("closing", "opening")


def _balance_lines(_: Connection, basis: Basis, _query: Any, row: Row, column: str) -> Select[Any]:
    return balance_sheet.posted(basis, row["line"], row["account"], column)


def _moved_since(
    connection: Connection, basis: Basis, _query: Any, row: Row, column: str, after: int
) -> Sequence[tuple[int, int]] | None:
    return balance_sheet.moved_since(connection, basis, row["line"], row["account"], column, after)


def _sides(column: str) -> Made:
    """Assets less liabilities and equity."""

    def both(connection: Connection, basis: Basis, _query: Any, _row: Row) -> list[Part]:
        found = balance_sheet.balance_sheet(connection, basis)
        sides = {"GROUP:assets": found.groups[0], "TOTAL": found.total}
        return [Part(cell=f"{name}/{column}", figure=getattr(side, column)) for name, side in sides.items()]

    return Made(both, "ASSETS - TOTAL", lambda of: decimals(of[0] - of[1], 2))


BALANCE_SHEET = Receipts(
    of_fact=of_fact,
    keys={"ACCOUNT": ("line", "account"), "LINE": ("line",), "PART": ("line",), "GROUP": ("line",)}
    | dict.fromkeys(("TOTAL", "DIFFERENCE"), ()),
    units=dict.fromkeys(BOTH, "CNY"),
    posted=_balance_lines,
    moved_since=_moved_since,
    sums={
        "LINE": [Sum(BOTH, "ACCOUNT", ("line",))],
        "PART": [Sum(BOTH, "LINE", ("part",))],
        "GROUP": [Sum(BOTH, "PART", ("group",))],
        "TOTAL": [Sum(BOTH, "GROUP", ("side",))],
    },
    made={f"DIFFERENCE/{column}": _sides(column) for column in BOTH},
)

# The income statement


def _income_lines(_: Connection, basis: Basis, query: Any, row: Row, column: str) -> Select[Any]:
    return income_statement.posted(basis, row["account"], column, from_on=query.from_on)


def _above(form: Form) -> Mapping[str, list[str]]:
    """The cells that each total sums: the total before it and the lines between."""
    found, begun = dict[str, list[str]](), list[str]()
    for one in INCOME[form]:
        if isinstance(one, StatementTotal):
            found[one.line], begun = begun, [f"TOTAL:{one.line}"]
        elif one.line in used(form):
            begun.append(f"LINE:{one.line}")
    return found


def _total(column: str) -> Made:
    """A total of the form, from the total before it and the lines between."""

    def parts(connection: Connection, basis: Basis, query: Any, row: Row) -> list[Part]:
        found = income_statement.income_statement(connection, basis, from_on=query.from_on, form=query.form)
        rows = {f"LINE:{one.line}": one for one in found.lines} | {f"TOTAL:{one.line}": one for one in found.totals}
        above = _above(query.form)[row["line"]]
        return [Part(cell=f"{cell}/{column}", figure=getattr(rows[cell], column)) for cell in above]

    return Made(parts, "the sum over the total above and the lines between", added)


INCOME_STATEMENT = Receipts(
    of_fact=of_fact,
    keys={"ACCOUNT": ("line", "account"), "LINE": ("line",), "TOTAL": ("line",)},
    units=dict.fromkeys(income_statement.COLUMNS, "CNY"),
    posted=_income_lines,
    sums={"LINE": [Sum(income_statement.COLUMNS, "ACCOUNT", ("line",))]},
    made={f"TOTAL/{column}": _total(column) for column in income_statement.COLUMNS},
)

# The cash flow statement


def _cash_lines(connection: Connection, basis: Basis, query: Any, row: Row, column: str) -> Select[Any]:
    return cash_flow.posted(connection, basis, row, column, from_on=query.from_on)


def _parted(connection: Connection, basis: Basis, row: Row, entries: Mapping[int, Entry]) -> Mapping[int, PartOfLines]:
    """Exchange of payments for what is kept and for other things: what the bank paid for it, less what it stood at."""
    if row["account"] != "exchange":
        return {}
    found = dict[int, PartOfLines]()
    for at, kept in cash_flow.kept_lines(connection, basis, entries).items():
        named = {"bank": list[int](), "exchange": list[int]()}
        for number, line in enumerate(postings(entries[at].fact)):
            named.setdefault("bank" if line.account in CASH else line.account, []).append(number)
        fields = [(named["bank"], "amount_minor"), (kept, "foreign_minor"), (named["bank"], "foreign_minor")]
        fields += [(kept, "amount_minor"), (named["exchange"], "amount_minor")]
        of, sums = list[tuple[int, str]](), list[str]()
        for numbers, field in fields:
            sums.append(" + ".join(f"s{len(of) + place}" for place in range(len(numbers))))
            of += [(number, field) for number in numbers]
        own = f"({sums[0]}) * ({sums[1]}) / ({sums[2]}) - ({sums[3]})"
        found[at] = PartOfLines(own if row["line"] == "assets" else f"({sums[4]}) - ({own})", of)
    return found


def _unexplained(column: str) -> Made:
    """Cash at the end, less that at the beginning and what came in between."""

    def parts(connection: Connection, basis: Basis, query: Any, _row: Row) -> list[Part]:
        found = cash_flow.cash_flow(connection, basis, from_on=query.from_on)
        opening, closing = found.balances
        rows = {"BALANCE:closing": closing, "BALANCE:opening": opening, "TOTAL": found.total}
        return [Part(cell=f"{name}/{column}", figure=getattr(row, column)) for name, row in rows.items()]

    return Made(parts, "closing - opening - TOTAL", lambda of: decimals(of[0] - of[1] - of[2], 2))


CASH_FLOW = Receipts(
    of_fact=of_fact,
    keys={"KIND": ("line", "fact", "account"), "LINE": ("line",), "CATEGORY": ("line",), "BALANCE": ("line",)}
    | dict.fromkeys(("TOTAL", "DIFFERENCE"), ()),
    units=dict.fromkeys(cash_flow.COLUMNS, "CNY"),
    posted=_cash_lines,
    parted=_parted,
    sums={
        "LINE": [Sum(cash_flow.COLUMNS, "KIND", ("line",))],
        "CATEGORY": [Sum(cash_flow.COLUMNS, "LINE", ("category",))],
        "TOTAL": [Sum(cash_flow.COLUMNS, "CATEGORY")],
    },
    made={f"DIFFERENCE/{column}": _unexplained(column) for column in cash_flow.COLUMNS},
)

# The changes in equity


def _equity_lines(_: Connection, basis: Basis, query: Any, row: Row, column: str) -> Select[Any]:
    return changes_in_equity.posted(basis, row["line"], column, from_on=query.from_on)


CHANGES_IN_EQUITY = Receipts(
    of_fact=of_fact,
    keys={"LINE": ("line",), "TOTAL": ()},
    units=dict.fromkeys(changes_in_equity.COLUMNS, "CNY"),
    posted=_equity_lines,
    sums={"TOTAL": [Sum(changes_in_equity.COLUMNS, "LINE")]},
)
