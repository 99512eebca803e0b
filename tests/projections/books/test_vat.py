"""VAT as it is read: the year of tests/ledger/joint, its ledger tied to the books on any two dates."""

from datetime import date

import pytest
from sqlalchemy import Connection

from ledger.books.vat import ACCOUNTS
from ledger.decider import Fact
from ledger.log.database import Database
from projections.books.journal import Journal
from projections.books.trial_balance import balances
from projections.books.vat import left_behind, untaxed, vat_ledger, vat_return, vat_returns
from projections.engine.basis import Basis
from projections.engine.runner import catch_up, ensure
from tests.ground.recording import record
from tests.ledger.joint.test_taxing import EXPECTED, a_year, bought, desk, file, sold

NOW = 1_000_000


def basis(effective: date = date(2025, 1, 31), recorded: int = NOW) -> Basis:
    return Basis(effective=effective, recorded=recorded, recorded_at=None, root="")


def told(database: Database, facts: list[Fact]) -> None:
    """Record facts, and bring the journal to them."""
    record(database, tuple(facts))
    ensure(database, [Journal()])
    catch_up(database, [Journal()])


def yuan(amount: str) -> int:
    return int(amount.replace(".", ""))


def test_a_year_is_read_as_it_was_worked_out_by_hand(database: Database) -> None:
    told(database, a_year()[0].facts)
    with database.views.connect() as connection:
        for row in vat_returns(connection, basis()):
            figures = (row.output, row.input, row.imported, row.carried_in, row.payable, row.carried_out)
            assert tuple(map(yuan, figures)) == EXPECTED[row.month]
            assert (row.paid, row.open) == (row.payable, "0.00")
            # The same from the lines of the books, which know nothing of what was filed.
            total = vat_return(connection, basis(), row.month).total
            again = (total.output, total.input, total.imported, total.carried_in, total.payable, total.carried_out)
            assert again == figures
        assert left_behind(connection, basis()) == {}
        assert {untaxed(connection, basis(), month) for month in EXPECTED} == {()}
        august = vat_return(connection, basis(), "2024-08")
        assert [(one.month, one.part, one.output) for one in august.rows] == [
            ("2024-07", "LATE", "450.00"),
            ("2024-08", "OWN", "2000.00"),
        ]
        assert (august.state, august.late, august.filed_by) == ("FILED", ("2024-07",), "approver-demo")
        _check_ties(connection, len(a_year()[0].facts))


def _check_ties(connection: Connection, head: int) -> None:
    """On any two dates the lines come to the books, and each line says which return it stands in."""
    for effective in (date(2024, 1, 31), date(2024, 7, 20), date(2024, 9, 30), date(2024, 12, 31)):
        for recorded in range(25, head + 1, 7):
            then = basis(effective, recorded)
            found = vat_ledger(connection, then, from_on=date(2024, 1, 1))
            books = balances(connection, then)
            for account in found.accounts:
                assert account.difference == "0.00"
                assert yuan(account.vat) == ACCOUNTS[account.account] * books.get(account.account, 0)
    everything = vat_ledger(connection, basis(), from_on=date(2024, 1, 1)).rows
    assert {row.vat_return is None for row in everything if row.kind != "TRANSFER"} == {False}
    (held,) = [row for row in everything if row.document == "p-2024-05-b"]
    assert (held.vat_return, held.rate, held.base, held.vat) == ("2024-06", "0.06", "3900.00", "390.00")
    assert [row.vat_return for row in everything if row.document == "i-2024-07-late"] == ["2024-08"]


@pytest.mark.parametrize("kind", ["OUTPUT", "IMPORT"])
def test_some_lines_are_not_tied(database: Database, kind: str) -> None:
    told(database, a_year()[0].facts)
    with database.views.connect() as connection:
        found = vat_ledger(
            connection, basis(), from_on=date(2024, 1, 1), kind="OUTPUT" if kind == "OUTPUT" else "IMPORT"
        )
        assert ({row.kind for row in found.rows}, found.accounts) == ({kind}, ())


def test_a_month_that_is_not_filed_is_shown_as_it_would_be(database: Database) -> None:
    """July is filed and something came late; August would take that too; September waits for August."""
    there = desk(sold("2024-07", 100))
    file(there, "2024-07")
    there.facts += (bought("2024-07", 30, "late"), sold("2024-08", 200))
    told(database, there.facts)
    with database.views.connect() as connection:
        assert untaxed(connection, basis(), "2024-07") == ("2221.02 0.30",)
        assert untaxed(connection, basis(), "2024-08") == ("2221.01 2.00",)
        assert left_behind(connection, basis()) == {"2024-07": (0, 30)}
        august = vat_return(connection, basis(), "2024-08")
        assert (august.state, august.late, august.total.payable) == ("OPEN", ("2024-07",), "1.70")
        assert vat_return(connection, basis(), "2024-09").state == "WAITS"
        assert vat_return(connection, basis(recorded=len(there.facts) - 2), "2024-08").late == ()
