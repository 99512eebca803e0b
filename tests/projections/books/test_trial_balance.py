"""The trial balance: the golden year to the fen, what restarts with the year, and that it always balances."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.books.accounts import chart
from ledger.decider import Fact
from ledger.log.database import Database
from projections.books.journal import Journal
from projections.books.trial_balance import AccountRow, FromAnotherYear, TrialBalance, balances, trial_balance
from projections.engine.basis import Basis
from projections.engine.runner import catch_up, ensure
from tests.ground.golden import BALANCES, GOLDEN, deposit, measured, paid, quarter, recognised, service
from tests.ground.recording import lead, record

YEAR_END = date(2024, 12, 31)


def basis(effective: date = YEAR_END, recorded: int = 1_000_000) -> Basis:
    return Basis(effective=effective, recorded=recorded, recorded_at=None, root="")


def told(database: Database, facts: Sequence[Fact], **options: Any) -> None:
    record(database, facts, **options)
    views = [Journal()]
    ensure(database, views)
    catch_up(database, views)


def of(database: Database, on: Basis | None = None, **options: Any) -> TrialBalance:
    with database.views.connect() as connection:
        return trial_balance(connection, on or basis(), **options)


def row(answer: TrialBalance, account: str) -> AccountRow:
    return next(row for row in answer.rows if row.account == account)


def figures(answer: TrialBalance, account: str) -> tuple[str, str, str, str]:
    found = row(answer, account)
    return found.opening, found.debit, found.credit, found.closing


def test_the_golden_year(database: Database) -> None:
    """domain.md §8.1, the half of it that a lease and its service charge make."""
    told(database, GOLDEN)
    with database.views.connect() as connection:
        assert balances(connection, basis()) == BALANCES
    answer = of(database)
    assert [(found.code, found.closing) for found in answer.rows if found.closing != "0.00"] == [
        ("1002", "549658.66"),
        ("1122", "174390.41"),
        ("1124", "139192.44"),
        ("1231", "-8719.52"),
        ("2221.01", "-48530.67"),
        ("2241.01", "-106660.80"),
        ("6001.01", "-619166.04"),
        ("6001.03", "-88884.00"),
        ("6702", "8719.52"),
    ]
    assert (answer.total.closing, answer.total.opening) == ("0.00", "0.00")
    assert answer.total.closing_debits == answer.total.closing_credits == "871961.03"
    assert (answer.fictional, answer.data_classes) == (True, ("FICTIONAL",))
    assert (answer.from_on, answer.until_on) == (date(2024, 1, 1), YEAR_END)


def test_movements_between_two_days(database: Database) -> None:
    told(database, GOLDEN)
    answer = of(database, basis(date(2024, 4, 30)), from_on=date(2024, 4, 1))
    assert figures(answer, "receivables") == ("0.00", "182241.83", "182241.83", "0.00")
    assert figures(answer, "straight-line") == ("154791.51", "51597.17", "159991.20", "46397.48")
    assert figures(answer, "rent") == ("-154791.51", "0.00", "51597.17", "-206388.68")
    assert answer.total.debit == answer.total.credit
    assert answer.total.opening == "0.00"


def test_as_recorded_by_a_position(database: Database) -> None:
    told(database, GOLDEN)
    assert [found.account for found in of(database, basis(recorded=1)).rows] == ["bank", "deposits"]
    assert of(database, basis(recorded=0)).rows == ()


def test_income_restarts_on_new_years_day_and_stands_in_retained_earnings(database: Database) -> None:
    """2024 earned 699,330.52: 619,166.04 rent, 88,884.00 service charge, less 8,719.52 expected loss."""
    told(database, [*GOLDEN, service(2025, 1), recognised(2025, 1)])
    answer = of(database, basis(date(2025, 1, 31)))
    assert figures(answer, "rent") == ("0.00", "0.00", "51597.17", "-51597.17")
    assert figures(answer, "credit-loss") == ("0.00", "0.00", "0.00", "0.00")
    assert figures(answer, "retained-earnings") == ("-699330.52", "0.00", "0.00", "-699330.52")
    assert answer.earlier_results == "-699330.52"
    assert figures(answer, "bank")[0] == "549658.66"
    assert answer.total.closing == "0.00"
    with database.views.connect() as connection:
        now = balances(connection, basis(date(2025, 1, 31)))
    assert now["retained-earnings"] == -69933052
    assert "credit-loss" not in now


def test_within_the_year_earlier_results_do_not_move(database: Database) -> None:
    told(database, [*GOLDEN, recognised(2025, 1), recognised(2025, 2)])
    answer = of(database, basis(date(2025, 2, 28)), from_on=date(2025, 2, 1))
    assert figures(answer, "rent") == ("-51597.17", "0.00", "51597.17", "-103194.34")
    assert figures(answer, "retained-earnings") == ("-699330.52", "0.00", "0.00", "-699330.52")


@pytest.mark.parametrize("from_on", [date(2023, 12, 31), date(2025, 1, 1)])
def test_movements_are_those_of_one_year(database: Database, from_on: date) -> None:
    told(database, GOLDEN)
    with pytest.raises(FromAnotherYear, match="between 2024-01-01 and 2024-12-31"):
        of(database, from_on=from_on)


def test_a_late_fact_moves_the_month_that_took_it(database: Database) -> None:
    """Effective in March, posted in June: the books of March stay as they are."""
    late = replace(recognised(2024, 3, 700), accounting_on=date(2024, 6, 1))
    told(database, [recognised(2024, 3), late])
    assert figures(of(database, basis(date(2024, 5, 31))), "rent")[3] == "-51597.17"
    assert figures(of(database, basis(date(2024, 6, 1))), "rent")[3] == "-51604.17"


def test_codes_of_ones_own_and_their_order(database: Database) -> None:
    told(database, [deposit()])
    answer = of(database, chart=chart({"bank": "9999"}))
    assert [(found.code, found.account) for found in answer.rows] == [("2241.01", "deposits"), ("9999", "bank")]


def test_subledgers_stand_beside_their_accounts(database: Database) -> None:
    told(database, [deposit()])
    answer = of(database, subledgers={"deposits": -10666000})
    assert (row(answer, "deposits").subledger, row(answer, "deposits").difference) == ("-106660.00", "-0.80")
    assert row(answer, "bank").subledger is None


def test_every_balance_lists_the_facts_behind_it(database: Database) -> None:
    first = quarter(2024, 10)
    told(database, [lead("a"), deposit(), first, recognised(2024, 10), measured(), paid(first, date(2025, 1, 7))])
    answer = of(database, positions=True)
    assert {found.account: found.positions for found in answer.rows} == {
        "bank": (2,),
        "receivables": (3,),
        "straight-line": (3, 4),
        "loss-allowance": (5,),
        "output-vat": (3,),
        "deposits": (2,),
        "rent": (4,),
        "credit-loss": (5,),
    }
    later = of(database, basis(date(2025, 1, 31)), positions=True)
    assert row(later, "rent").positions == ()
    assert row(later, "retained-earnings").positions == (4, 5)
    assert row(later, "bank").positions == (2, 6)


def test_data_classes_are_named_and_not_mixed_silently(database: Database) -> None:
    told(database, [deposit(amount=500)], data_class="LIVE")
    assert (of(database).fictional, of(database).data_classes) == (False, ("LIVE",))
    told(database, [deposit(amount=700)], data_class="FICTIONAL")
    assert (of(database).fictional, of(database).data_classes) == (True, ("FICTIONAL", "LIVE"))
    assert row(of(database), "bank").closing == "12.00"
