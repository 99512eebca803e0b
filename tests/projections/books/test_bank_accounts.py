"""What is on each bank account: the story of tests/ledger/bookkeeping to the fen, and that it is what 1002 says."""

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from api.bookkeeping.banking import READS, BankMovementsQuery
from api.http.receipts import receipt_of, table_of
from ledger.billing.facts import ReceiptRecorded
from ledger.decider import Fact
from ledger.log.database import Database
from ledger.values.money import written
from projections.books.bank_accounts import BankMovement, bank_accounts, bank_movements
from projections.books.journal import Journal
from projections.books.trial_balance import balances
from projections.closing import unrevalued_balances
from projections.engine.basis import Basis
from projections.engine.runner import catch_up, ensure
from tests.examples.banking import CNY, USD
from tests.ground.given import grown
from tests.ground.ordered import FINANCE, GROUND
from tests.ground.recording import record
from tests.ledger.bookkeeping.test_banking import MOVED, OPENED, RECEIPT, REVALUE
from tests.strategies import facts
from tests.strategies.banking import DAYS, MONEY

STORY = grown(MOVED, RECEIPT, REVALUE, by=FINANCE)


def basis(effective: date = date(2024, 9, 30), recorded: int = 1_000_000) -> Basis:
    return Basis(effective=effective, recorded=recorded, recorded_at=None, root="")


def told(database: Database, recorded: tuple[Fact, ...]) -> None:
    record(database, recorded)
    ensure(database, [Journal()])
    catch_up(database, [Journal()])


def figures(row: Any) -> tuple[str, ...]:
    return (row.opening_held, row.came_in, row.went_out, row.closing_held, row.exchange_cny, row.closing_cny)


def test_the_balances_of_a_story(database: Database) -> None:
    told(database, STORY)
    with database.views.connect() as connection:
        found = bank_accounts(connection, basis())
        # 280,207.29 = 354,000.00 + 87.94 - 71,036.00 - 177.59 - 2,667.06
        assert [(row.bank_account, *figures(row)) for row in found.rows] == [
            (CNY, "0.00", "71200.00", "0.00", "71200.00", "0.00", "71200.00"),
            (USD, "0.00", "50012.34", "10025.00", "39987.34", "-2667.06", "280207.29"),
        ]
        assert (found.unassigned, found.total.closing_cny) == ((), "351407.29")
        assert balances(connection, basis())["bank"] == 351_407_29
        later = bank_accounts(connection, basis(), from_on=date(2024, 4, 1))
        assert figures(later.rows[1]) == ("39975.00", "12.34", "0.00", "39987.34", "-2667.06", "280207.29")
        assert later.rows[1].opening_cny == "282786.41"
        # As it was known before the account moved, and on an earlier day.
        assert bank_accounts(connection, basis(recorded=0)).rows == ()
        early = bank_accounts(connection, basis(date(2024, 1, 12)))
        assert figures(early.rows[1])[3:] == ("40000.00", "0.00", "282964.00")


def test_a_month_says_which_balances_are_left_to_remeasure(database: Database) -> None:
    told(database, STORY[:-1])
    with database.views.connect() as connection:
        assert list(unrevalued_balances(connection, basis(), date(2024, 9, 30))) == [f"{USD} USD 39987.34"]
    told(database, STORY[-1:])
    with database.views.connect() as connection:
        assert list(unrevalued_balances(connection, basis(), date(2024, 9, 30))) == []
        assert list(unrevalued_balances(connection, basis(), date(2024, 8, 31))) == [f"{USD} USD 39987.34"]


def movements(connection: Connection, **asked: Any) -> list[BankMovement]:
    return bank_movements(connection, basis(), **asked)


def test_the_movements_run_up_to_the_balance(database: Database) -> None:
    told(database, STORY)
    with database.views.connect() as connection:
        on_dollars = movements(connection, account=USD)
        assert [(one.document, one.bank_reference, one.moved, one.held, one.held_cny) for one in on_dollars] == [
            ("opening-usd", None, "50000.00", "50000.00", "354000.00"),
            ("transfer-1", "TR-1", "-10000.00", "40000.00", "282964.00"),
            ("charge-1", "CH-1", "-25.00", "39975.00", "282786.41"),
            ("interest-1", "IN-1", "12.34", "39987.34", "282874.35"),
            (USD, None, None, "39987.34", "280207.29"),
        ]
        april = movements(connection, account=USD, from_on=date(2024, 4, 1))
        assert [one.held for one in april] == ["39987.34", "39987.34"]
        (receipt,) = movements(connection, company="riverbend-demo")
        assert (receipt.bank_account, receipt.held) == (CNY, "71200.00")
        assert [one.document for one in movements(connection, document="charge-1")] == ["charge-1"]
        whole = movements(connection)
        assert [one.place for one in whole] == list(range(1, 8))
        assert movements(connection, after=2, limit=2) == whole[2:4]
        assert {one.currency for one in movements(connection, currency="USD")} == {"USD"}


def test_every_cell_of_both_reports_has_its_receipt(database: Database) -> None:
    told(database, STORY)
    with database.views.connect() as connection:
        for read in READS:
            assert read.receipts is not None
            query = read.query(limit=2) if read.query is BankMovementsQuery else read.query()
            table, wrong = table_of(read, connection, basis(), query, {}), []
            for name, row in table.items():
                for column in read.receipts.units:
                    if row.get(column) is not None:
                        cell = f"{name}/{column}"
                        receipt = receipt_of(read, connection, basis(), query, {}, table, cell)
                        if not receipt.ties:
                            wrong.append((cell, receipt.figure, receipt.total))
            assert (len(table) > 2, wrong) == (True, [])


KINDS: tuple[type[Fact], ...] = (*MONEY, ReceiptRecorded)
MONEY_FACTS = st.lists(st.one_of([facts(kind) for kind in KINDS]), min_size=1, max_size=12)


@settings(max_examples=20)
@given(some=MONEY_FACTS, on=st.sampled_from(DAYS), begin=st.sampled_from(DAYS))
def test_accounts_and_what_is_on_none_are_what_the_trial_balance_says(
    database: Database, some: list[Fact], on: date, begin: date
) -> None:
    """Whatever was recorded, in whatever order: Σ accounts + unassigned = 1002, and each balance is its movements'."""
    told(database, (*OPENED[len(GROUND) :], *some))
    with database.views.connect() as connection:
        found = bank_accounts(connection, basis(on), from_on=min(begin, on))
        assert found.total.closing_cny == written(balances(connection, basis(on)).get("bank", 0))
        of = {(one.bank_account, one.currency): one for one in bank_movements(connection, basis(on), limit=10_000)}
        for row in (*found.rows, *found.unassigned):
            last = of.get((row.bank_account, row.currency))
            held = (last.held, last.held_cny) if last else (written(0), written(0))
            assert (row.closing_held, row.closing_cny) == held
            moved = [row.opening_cny, row.in_cny, f"-{row.out_cny}", row.exchange_cny]
            assert sum(map(Decimal, moved)) == Decimal(row.closing_cny)
