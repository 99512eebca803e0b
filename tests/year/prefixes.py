"""What holds at every prefix of the golden year: after every entry as it was recorded, and on days of it.

registers_tie    receivables and payables are their control accounts, the VAT told line by line is what is in the books,
                 what is in stock of an order is never less than nothing, and together what the books say
statements_tie   the balance sheet balances; cash moves as the bank does, and its lines explain all of it
"""

from datetime import date

from msgspec import structs
from sqlalchemy import Connection

from projections.books.inventory import inventory
from projections.books.statements.balance_sheet import balance_sheet
from projections.books.statements.cash_flow import cash_flow
from projections.books.trial_balance import balances
from projections.books.vat import vat_ledger
from projections.engine.basis import Basis
from projections.payables.ageing import payables_ageing
from projections.receivables.ageing import ageing

BEGIN = date(2025, 1, 1)


def prefix(on: date, position: int) -> Basis:
    """A day, as recorded up to a position."""
    return Basis(effective=on, recorded=position, recorded_at=None, root="")


def registers_tie(connection: Connection, basis: Basis) -> None:
    """Hold every register against its accounts."""
    of, at = balances(connection, basis), (basis.effective, basis.recorded)
    assert (sum(of.values()), at) == (0, at)
    receivables = ageing(connection, basis)
    assert (receivables.difference, _fen(receivables.control), at) == ("0.00", of.get("receivables", 0), at)
    payables = payables_ageing(connection, basis)
    assert (payables.difference, _fen(payables.control), at) == ("0.00", -of.get("payables", 0), at)
    vat = {one.account: _fen(one.vat) for one in vat_ledger(connection, basis, from_on=BEGIN).accounts}
    assert (vat.get("output-vat", 0), vat.get("input-vat", 0), at) == (
        -of.get("output-vat", 0),
        of.get("input-vat", 0),
        at,
    )
    stock = inventory(connection, basis, from_on=BEGIN)
    assert ({*structs.asdict(stock.difference).values()}, at) == ({"0.00"}, at)
    assert ([row.order for row in stock.rows if min(_fen(row.left), _fen(row.carrying)) < 0], at) == ([], at)


def statements_tie(connection: Connection, basis: Basis) -> None:
    """Hold the statements against each other, and against the bank."""
    of, at = balances(connection, basis), (basis.effective, basis.recorded)
    sheet = balance_sheet(connection, basis)
    assert (sheet.difference.closing, sheet.difference.opening, at) == ("0.00", "0.00", at)
    flow = cash_flow(connection, basis, from_on=BEGIN)
    held = of.get("bank", 0)
    assert (flow.difference.amount, _fen(flow.balances[1].amount), at) == ("0.00", held, at)
    assert (sum(_fen(row.amount) for row in flow.lines), at) == (held, at)
    assert [row.amount for row in flow.lines if row.line == "unclassified"] == ["0.00"], at


def _fen(amount: str) -> int:
    return int(amount.replace(".", ""))
