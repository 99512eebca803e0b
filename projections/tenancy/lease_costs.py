"""What did obtaining each lease cost, how much of it have months borne, and what is left? Foots to 1801.01 and 1801.02.

lease_costs    the report on a basis: a row for each cost, their sum, the control accounts beside
cost_lines     the lines of the books that a cell sums; control_lines: those of both control accounts

Read from the lines of the journal, so rows take part by accounting date, as the books do. What was taken back of a cost
comes off what it cost. A cost of which nothing is left stands in the report where that is asked for.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Select, case, func, select

from ledger.billing.lease_costs.facts import CostKind, LeaseCostAmortised
from ledger.books.billing import SPREAD
from ledger.decider import stored_name
from ledger.values.money import written
from projections.books.entries import known
from projections.books.journal import journal_line, totals
from projections.companies.register import names
from projections.engine.basis import Basis

ACCOUNTS = tuple(SPREAD.values())
KIND_OF: Mapping[str, CostKind] = {account: kind for kind, account in SPREAD.items()}
FIGURES = ("paid", "amortised", "left")
"""The columns in CNY."""
AMORTISED = stored_name(LeaseCostAmortised)


class LeaseCostRow(Struct, frozen=True, kw_only=True):
    """A cost of obtaining a lease, in CNY. `amortised`: what months bore of it; `left`: what is to be borne."""

    company: str
    name: str | None
    lease: str
    kind: CostKind
    cost: str
    paid: str
    amortised: str
    left: str


class LeaseCostTotal(Struct, frozen=True, kw_only=True):
    """The sum of the rows, in CNY."""

    paid: str
    amortised: str
    left: str


class LeaseCosts(Struct, frozen=True, kw_only=True):
    """The costs of obtaining leases. `difference` between what is left of them and the control accounts is 0.00."""

    currency: str
    rows: tuple[LeaseCostRow, ...]
    total: LeaseCostTotal
    control: str
    difference: str


def lease_costs(connection: Connection, basis: Basis, *, settled: bool = False) -> LeaseCosts:
    """List the costs on that basis. `settled`: also those of which nothing is left."""
    line, known_as = journal_line.c, names(connection, basis)
    spread = line.fact == AMORTISED
    query = (
        select(
            line.company,
            line.lease,
            line.document,
            line.account,
            func.sum(case((spread, 0), else_=line.amount_minor)).label("paid"),
            func.sum(case((spread, -line.amount_minor), else_=0)).label("amortised"),
        )
        .where(known(basis, of_account=True), line.account.in_(ACCOUNTS))
        .group_by(line.company, line.lease, line.document, line.account)
        .order_by(line.company, line.lease, line.document)
    )
    rows, sums = list[LeaseCostRow](), dict.fromkeys(FIGURES, 0)
    for one in connection.execute(query):
        figures = {"paid": int(one.paid), "amortised": int(one.amortised), "left": int(one.paid - one.amortised)}
        sums = {column: sums[column] + figures[column] for column in FIGURES} if figures["left"] or settled else sums
        if figures["left"] or settled:
            rows.append(
                LeaseCostRow(
                    company=one.company,
                    name=known_as.get(one.company),
                    lease=one.lease,
                    kind=KIND_OF[one.account],
                    cost=one.document,
                    **{column: written(figures[column]) for column in FIGURES},
                )
            )
    control = _control_minor(connection, basis)
    return LeaseCosts(
        currency="CNY",
        rows=tuple(rows),
        total=LeaseCostTotal(**{column: written(amount) for column, amount in sums.items()}),
        control=written(control),
        difference=written(sums["left"] - control),
    )


def _control_minor(connection: Connection, basis: Basis) -> int:
    """The balance of the control accounts in the books, of all data classes."""
    found = totals(connection, basis.recorded, [basis.effective])[basis.effective]
    return sum(total.balance_minor for (account, _), total in found.items() if account in ACCOUNTS)


# Lines behind


def cost_lines(basis: Basis, lease: str, cost: str, column: str) -> Select[Any]:
    """Select the lines that a cell of a cost sums: position and minor units."""
    line = journal_line.c
    mine = [line.account.in_(ACCOUNTS), line.lease == lease, line.document == cost]
    if column != "left":
        mine.append(line.fact == AMORTISED if column == "amortised" else line.fact != AMORTISED)
    minor = -line.amount_minor if column == "amortised" else line.amount_minor
    return select(line.position, minor.label("minor")).where(known(basis), *mine)


def control_lines(basis: Basis) -> Select[Any]:
    """Select the lines of the control accounts."""
    line = journal_line.c
    mine = known(basis, of_account=True), line.account.in_(ACCOUNTS)
    return select(line.position, line.amount_minor.label("minor")).where(*mine)
