"""VAT as it is read: the year of tests/ledger/joint, its ledger tied to the books on any two dates."""

from datetime import date

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection

from api.bookkeeping.vat import READS, VatReturnQuery
from api.http.receipts import receipt_of, table_of
from ledger.books.vat import ACCOUNTS
from ledger.decider import Fact
from ledger.joint.taxing import FileVatReturn, ProposeVatReturn, WithdrawVatReturn
from ledger.log.database import Database
from projections.books.journal import Journal
from projections.books.trial_balance import balances
from projections.books.vat import VatDifference, left_behind, untaxed, vat_ledger, vat_return, vat_returns
from projections.engine.basis import Basis
from projections.engine.runner import catch_up, ensure
from tests.ground.billed import APPROVER
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
            # The same from the lines of the books, which know nothing of what was filed: no difference.
            found = vat_return(connection, basis(), row.month)
            assert found.difference is None
            total = found.total
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


def test_a_held_purchase_called_like_an_invoice_of_our_own_holds_that_invoice_not(database: Database) -> None:
    """June: output 9.00 of i-june, input 0.60 of a purchase i-june that is held, 1.00 of another; July takes it."""
    ours = sold("2024-06", 900)
    theirs = replace(bought("2024-06", 60), purchase=ours.invoice)
    there = desk(ours, theirs, bought("2024-06", 100, "b"))
    on = date(2024, 7, 12)
    there.do(ProposeVatReturn(effective_on=on, month="2024-06", held=(ours.invoice,)))
    proposed = len(there.facts)
    there.do(FileVatReturn(effective_on=on, month="2024-06"), APPROVER)
    filed = len(there.facts)
    there.do(ProposeVatReturn(effective_on=date(2024, 8, 12), month="2024-07", late=("2024-06",)))
    there.do(FileVatReturn(effective_on=date(2024, 8, 12), month="2024-07", late=("2024-06",)), APPROVER)
    told(database, there.facts)
    with database.views.connect() as connection:
        for state, known in (("PROPOSED", proposed), ("FILED", filed), ("FILED", len(there.facts))):
            june = vat_return(connection, basis(recorded=known), "2024-06")
            (row,) = june.rows
            assert (june.state, row.output, row.input, june.difference) == (state, "9.00", "1.00", None)
            assert (june.total.output, june.total.input, june.total.payable) == ("9.00", "1.00", "8.00")
        july = vat_return(connection, basis(), "2024-07")
        assert [(row.month, row.output, row.input) for row in july.rows] == [
            ("2024-06", "0.00", "0.60"),
            ("2024-07", "0.00", "0.00"),
        ]
        rows = vat_ledger(connection, basis(), from_on=date(2024, 6, 1)).rows
        mine = {(row.kind, row.vat_return) for row in rows if row.document == ours.invoice}
        assert mine == {("OUTPUT", "2024-06"), ("INPUT", "2024-07")}


@pytest.mark.parametrize(
    ("on", "state", "listed"),
    [
        (date(2024, 6, 30), "OPEN", []),
        (date(2024, 7, 9), "OPEN", []),
        (date(2024, 7, 10), "PROPOSED", []),
        (date(2024, 7, 11), "PROPOSED", []),
        (date(2024, 7, 12), "FILED", ["2024-06"]),
        (date(2024, 7, 14), "FILED", ["2024-06"]),
        (date(2024, 7, 15), "OPEN", []),
    ],
)
def test_a_return_is_filed_from_the_day_on_which_it_was(
    database: Database, on: date, state: str, listed: list[str]
) -> None:
    """Proposed on 10 July, filed on the 12th, withdrawn on the 15th. It posts into June, which it is of; until it is
    filed its lines stand in no return."""
    there = desk(sold("2024-06", 900))
    there.do(ProposeVatReturn(effective_on=date(2024, 7, 10), month="2024-06"))
    there.do(FileVatReturn(effective_on=date(2024, 7, 12), month="2024-06"), APPROVER)
    there.do(WithdrawVatReturn(effective_on=date(2024, 7, 15), month="2024-06", reason="why (demo)"), APPROVER)
    told(database, there.facts)
    with database.views.connect() as connection:
        june = vat_return(connection, basis(on), "2024-06")
        assert (june.state, june.total.payable, june.difference) == (state, "9.00", None)
        assert (june.filed_on is None) == (state != "FILED")
        assert [row.month for row in vat_returns(connection, basis(on))] == listed
        found = vat_ledger(connection, basis(on), from_on=date(2024, 6, 1))
        assert {account.difference for account in found.accounts} == {"0.00"}
        assert [row.vat_return or "" for row in found.rows if row.kind == "OUTPUT"] == (listed or [""])


def test_a_return_says_what_was_proposed_and_how_far_the_books_have_moved_since(database: Database) -> None:
    """Proposed on output 9.00; then another 2.00 and input 0.50 are posted to its month. Each cell has its receipt."""
    there = desk(sold("2024-06", 900))
    there.do(ProposeVatReturn(effective_on=date(2024, 7, 12), month="2024-06"))
    there.facts += (sold("2024-06", 200, "b"), bought("2024-06", 50))
    told(database, there.facts)
    (read,) = (one for one in READS if one.name == "report-vat-return")
    query = VatReturnQuery(month="2024-06")
    with database.views.connect() as connection:
        june = vat_return(connection, basis(), "2024-06")
        assert (june.rows[0].output, june.rows[0].input) == ("11.00", "0.50")
        assert june.difference == VatDifference(output="-2.00", input="-0.50", imported="0.00")
        table = table_of(read, connection, basis(), query, {})
        for cell, figure in (
            ("DIFFERENCE/input", "-0.50"),
            ("TOTAL/output", "9.00"),
            ("TOTAL/input", "0.00"),
            ("TOTAL/payable", "9.00"),
        ):
            receipt = receipt_of(read, connection, basis(), query, {}, table, cell)
            assert (receipt.figure, receipt.ties) == (figure, True), cell
