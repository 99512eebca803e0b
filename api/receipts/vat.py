"""What the cells of the reports of VAT rest on: lines of the journal, and the facts of returns and their payment.

VAT_LEDGER, VAT_RETURN, VAT_RETURNS
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, Select, select

from api.http.receipts import Derived, Receipts, Row, Sum, difference
from api.receipts.working import of_fact
from ledger.bookkeeping.vat.facts import VAT_TAG
from ledger.books.vat import ACCOUNTS
from ledger.log.envelope import Entry
from ledger.periods import month_of
from projections.books.entries import known
from projections.books.journal import journal_line
from projections.books.vat import lines_behind, posted_since
from projections.engine.basis import Basis
from projections.engine.figures import decimals
from projections.engine.sources import distinct, facts_behind


def _ledger_lines(_: Connection, basis: Basis, query: Any, row: Row, column: str) -> Select[Any] | None:
    """The lines of a fact on an account; or all of the account's on these days, which the books sum."""
    if (row["section"], column) not in (("LINE", "vat"), ("ACCOUNT", "control")):
        return None
    line, account = journal_line.c, row["account"]
    amount = (line.amount_minor * ACCOUNTS[account]).label("minor")
    of = select(line.position, amount).where(line.account == account)
    if row["section"] == "LINE":
        of = of.where(line.position == int(row["position"]))
    return of.where(known(basis, from_on=query.from_on or basis.effective.replace(day=1), of_account=True))


VAT_LEDGER = Receipts(
    of_fact=of_fact,
    keys={"LINE": ("position", "account"), "ACCOUNT": ("account",)},
    units=dict.fromkeys(("vat", "control", "difference"), "CNY"),
    posted=_ledger_lines,
    sums={"ACCOUNT": [Sum(("vat",), "LINE", ("account",))]},
    derived={"difference": difference("vat", "control")},
)


def _returns_behind(connection: Connection, basis: Basis, *_: Any) -> Sequence[Entry]:
    """The facts of all returns."""
    return distinct(facts_behind(connection, basis, [VAT_TAG]))


def _said_by(connection: Connection, basis: Basis, query: Any, row: Row, _column: str) -> Sequence[Entry]:
    """The facts of all returns; of a difference, also those with VAT that were recorded since."""
    found = _returns_behind(connection, basis)
    if row["section"] != "DIFFERENCE":
        return found
    return [*found, *posted_since(connection, basis, query.month or month_of(basis.effective))]


def _month_lines(connection: Connection, basis: Basis, query: Any, row: Row, column: str) -> Select[Any] | None:
    """The lines of a month of the books that the return takes."""
    if row["section"] != "MONTH":
        return None
    return lines_behind(connection, basis, query.month or month_of(basis.effective), row["month"], column)


def _due(sign: int) -> Any:
    """Output less everything else where it is positive; or the rest."""

    def by(output: Fraction, *less: Fraction) -> str:
        due = sign * (output - sum(less))
        return decimals(due if due > 0 else 0, 2)

    return by


KINDS = ("output", "input", "imported")
DUE = (*KINDS, "carried_in")
VAT_RETURN = Receipts(
    of_fact=of_fact,
    keys={"MONTH": ("month",), "DIFFERENCE": (), "TOTAL": ()},
    units=dict.fromkeys((*DUE, "payable", "carried_out"), "CNY"),
    posted=_month_lines,
    moving=_returns_behind,
    behind=_said_by,
    sums={"TOTAL": [Sum(KINDS, "MONTH"), Sum(KINDS, "DIFFERENCE")]},
    derived={
        "payable": Derived(DUE, "max(output - input - imported - carried_in, 0)", _due(1)),
        "carried_out": Derived(DUE, "max(input + imported + carried_in - output, 0)", _due(-1)),
    },
)


def _of_return(connection: Connection, basis: Basis, _query: Any, row: Row, _column: str) -> Sequence[Entry]:
    """The facts of a return: proposed, filed, withdrawn, paid."""
    return distinct(facts_behind(connection, basis, [f"vat-return:{row['month']}"]))


VAT_RETURNS = Receipts(
    of_fact=of_fact,
    keys={"": ("month",)},
    units=dict.fromkeys((*DUE, "payable", "carried_out", "paid", "open"), "CNY"),
    behind=_of_return,
    derived={"open": difference("payable", "paid")},
)
