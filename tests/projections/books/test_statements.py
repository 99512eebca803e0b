"""Statements and the general ledger: the golden year by hand, and what holds at every position and date.

Given the golden year (domain §8.1: a result of 699,330.52 in the half that leases make), when the statements are drawn
up, then every line is what it was worked out to be by hand, both sides are equal, and both name the same result.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from msgspec.structs import replace

from api.http.receipts import receipt_of, table_of
from api.routes.reports.statements import reads
from api.settings import Settings
from ledger.bookkeeping.journals.facts import JournalPosted, ManualLine
from ledger.books.accounts import CHART
from ledger.log.database import Database
from projections.books.general_ledger import LedgerFilter, LedgerRow, general_ledger
from projections.books.statements.balance_sheet import BalanceSheet, balance_sheet, moved_since
from projections.books.statements.income_statement import IncomeStatement, days_of, income_statement
from projections.books.statements.layout import INCOME, Form, line_of, lines_of
from projections.books.trial_balance import FromAnotherYear, balances
from projections.engine.basis import Basis
from tests.examples.banking import CHARGE
from tests.examples.bookkeeping import POSTED
from tests.examples.purchases import CREDIT, INVOICE
from tests.ground.golden import GOLDEN, deposit, paid, quarter, recognised, service
from tests.projections.books.test_trial_balance import YEAR_END, basis, told

PAID_AHEAD = replace(quarter(2024, 4), lease="l-2-demo", invoice="l-2-demo-rent-202404")
"""Another lease that was billed a quarter ahead and has earned nothing yet."""


def _sheet(database: Database, on: Basis | None = None) -> BalanceSheet:
    with database.views.connect() as connection:
        return balance_sheet(connection, on or basis())


def _income(database: Database, on: Basis | None = None, **options: Any) -> IncomeStatement:
    with database.views.connect() as connection:
        return income_statement(connection, on or basis(), **options)


def _rows(database: Database, on: Basis | None = None, size: int = 1000, **wanted: Any) -> list[LedgerRow]:
    """The whole ledger, read in pages of a size."""
    rows, after = list[LedgerRow](), None
    with database.views.connect() as connection:
        while page := general_ledger(connection, on or basis(), LedgerFilter(**wanted), after=after, limit=size):
            rows += page
            after = page[-1].place
    return rows


def test_the_golden_year_as_a_balance_sheet(database: Database) -> None:
    """Receivables 174,390.41 less the allowance of 8,719.52; rent earned and not yet due 139,192.44."""
    told(database, [*GOLDEN, PAID_AHEAD])
    sheet = _sheet(database)
    assert {row.line: row.closing for row in sheet.lines if row.closing != "0.00"} == {
        "cash": "549658.66",
        "receivables": "340061.30",  # 165,670.89 and the other lease's 174,390.41
        "other-current-assets": "139192.44",
        "advances": "159991.20",  # the other lease, which is ahead: nothing is netted between leases
        "taxes": "62929.88",
        "other-payables": "106660.80",
        "undistributed": "699330.52",
    }
    assert {row.line: row.closing for row in sheet.groups} == {
        "assets": "1028912.40",
        "liabilities": "329581.88",
        "equity": "699330.52",
    }
    assert (sheet.total.closing, sheet.difference.closing) == ("1028912.40", "0.00")
    assert {row.opening for row in (*sheet.lines, sheet.total)} == {"0.00"}
    assert [(row.code, row.closing) for row in sheet.accounts if row.line == "receivables"] == [
        ("1122", "348780.82"),
        ("1231", "-8719.52"),
    ]


ON_BOTH_SIDES = (
    CHARGE,
    quarter(2024, 7),
    replace(paid(quarter(2024, 4)), company="over-demo"),
    INVOICE,
    replace(CREDIT, supplier="other-demo"),
)


def test_nothing_is_netted_between_parties(database: Database) -> None:
    """The dollar account is overdrawn by 177.59; one tenant has paid 174,390.41 too much, which another owes, who was
    billed 159,991.20 ahead; a supplier is owed 1,436.66, another owes 212.00 back."""
    told(database, ON_BOTH_SIDES)
    for sheet in (_sheet(database), _sheet(database, basis(date(2025, 1, 31)))):
        assert {row.line: row.closing for row in sheet.lines if row.closing != "0.00"} == {
            "cash": "174390.41",
            "prepayments": "212.00",
            "receivables": "174390.41",
            "short-term-loans": "177.59",
            "payables": "1436.66",
            "advances": "334381.61",  # 174,390.41 + 159,991.20
            "taxes": "14351.21",  # 14,399.21 of output VAT less 60.00 and 12.00 that are deducted
            "undistributed": "-1354.25",  # 177.59 + 1,376.66 - 200.00
        }
    assert {row.line: row.opening for row in sheet.lines} == {row.line: row.closing for row in sheet.lines}
    # As it was known before the other tenant's money came: nobody had paid too much.
    assert {row.line for row in _sheet(database, basis(recorded=2)).accounts if row.account == "receivables"} == {
        "receivables"
    }


def _by_hand(*lines: tuple[str, int], on: date = date(2025, 1, 10)) -> JournalPosted:
    return replace(
        POSTED,
        effective_on=on,
        accounting_on=on,
        reverses=False,
        lines=tuple(ManualLine(account=account, amount_minor=minor) for account, minor in lines),
    )


OVERPAID = (
    _by_hand(("output-vat", -100_00), ("input-vat", 300_00), ("bank", -200_00), on=date(2024, 12, 30)),
    _by_hand(("vat-payable", 40_00), ("income-tax-payable", -15_00), ("payroll", 7_00), ("bank", -32_00)),
    _by_hand(("accrued", 3_00), ("other-payables", -8_00), ("bank", 5_00)),
    _by_hand(("output-vat", -250_00), ("bank", 250_00), on=date(2025, 2, 10)),
)
"""Journals that nobody may post by hand, but whose lines many facts have."""


OF_VAT = [(line, account) for line in ("other-current-assets", "taxes") for account in ("output-vat", "input-vat")]


def test_what_is_overpaid_is_an_asset(database: Database) -> None:
    """In January input VAT is 200.00 more than output VAT, 40.00 of VAT and 7.00 of salaries are overpaid, 3.00 were
    spent before they were accrued; 15.00 of income tax and 8.00 of others are owed. In February output VAT is 350.00,
    50.00 more than input VAT: one balance of the month, which changes sides as one."""
    told(database, OVERPAID)
    january, february = (_sheet(database, basis(date(2025, month, 28))) for month in (1, 2))
    assert {row.line: (row.closing, row.opening) for row in january.lines if row.closing != "0.00"} == {
        "other-receivables": ("10.00", "0.00"),
        "other-current-assets": ("240.00", "200.00"),
        "short-term-loans": ("227.00", "200.00"),
        "taxes": ("15.00", "0.00"),
        "other-payables": ("8.00", "0.00"),
    }
    assert {row.line: row.closing for row in february.lines if row.closing != "0.00"} == {
        "cash": "23.00",
        "other-receivables": "10.00",
        "other-current-assets": "40.00",
        "taxes": "65.00",
        "other-payables": "8.00",
    }
    assert [(row.line, row.closing, row.opening) for row in february.accounts if row.account == "input-vat"] == [
        ("other-current-assets", "0.00", "300.00"),
        ("taxes", "-300.00", "0.00"),
    ]
    read = next(one for one in reads(Settings()) if one.name == "report-balance-sheet")
    assert read.receipts is not None
    with database.views.connect() as connection:
        for on in (basis(date(2025, 1, 28)), basis(date(2025, 2, 28)), basis(date(2025, 2, 28), 3)):
            table = table_of(read, connection, on, read.query(), {})
            cells = [f"{name}/{column}" for name in table for column in ("closing", "opening")]
            receipts = [receipt_of(read, connection, on, read.query(), {}, table, cell) for cell in cells]
            assert [receipt for receipt in receipts if not receipt.ties] == []
        february_10 = basis(date(2025, 2, 28))
        # The output VAT of February takes both accounts of the month's VAT to the other side.
        assert [moved_since(connection, february_10, *of, "closing", 3) for of in OF_VAT] == [
            [(4, 100_00)],
            [(4, -300_00)],
            [(4, 350_00)],
            [(4, -300_00)],
        ]


@pytest.mark.parametrize("form", ["2019", "2026"])
def test_the_golden_year_as_an_income_statement(database: Database, form: Form) -> None:
    told(database, GOLDEN)
    december = _income(database, from_on=date(2024, 12, 1), form=form)
    assert {row.line: (row.amount, row.year_to_date) for row in december.lines if row.year_to_date != "0.00"} == {
        "revenue": ("59004.17", "708050.04"),  # 51,597.17 + 7,407.00
        "credit-loss": ("-8719.52", "-8719.52"),
    }
    assert {row.amount for row in december.totals} == {"50284.65"}
    assert {row.year_to_date for row in december.totals} == {"699330.52"}
    assert {row.same_last_year for row in december.totals} == {"0.00"}


def test_the_year_closes_by_itself(database: Database) -> None:
    """On 31 January 2025: what 2024 earned stands in undistributed profit, and at the end of 2024 as well."""
    told(database, [*GOLDEN, recognised(2025, 1)])
    sheet = _sheet(database, basis(date(2025, 1, 31)))
    own = {row.account: (row.closing, row.opening) for row in sheet.accounts if row.line == "undistributed"}
    assert own == {"retained-earnings": ("699330.52", "699330.52"), "result": ("51597.17", "0.00")}
    january = _income(database, basis(date(2025, 1, 31)))
    to_equity = january.totals[-1]
    assert (to_equity.line, to_equity.amount, to_equity.same_last_year) == ("to-equity", "51597.17", "59004.17")


def test_at_every_position_and_date_both_statements_tell_of_one_result(database: Database) -> None:
    facts = [*GOLDEN, PAID_AHEAD, recognised(2025, 1), service(2025, 2)]
    told(database, facts)
    for recorded in range(0, len(facts) + 1, 3):
        for day in (date(2024, 4, 30), YEAR_END, date(2025, 3, 31)):
            on = basis(day, recorded)
            sheet, income = _sheet(database, on), _income(database, on)
            assert sheet.difference.closing == sheet.difference.opening == "0.00"
            result = next((row.closing for row in sheet.accounts if row.account == "result"), "0.00")
            assert income.totals[-1].year_to_date == result


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_the_general_ledger_in_pages_of_any_size(database: Database, size: int) -> None:
    told(database, GOLDEN)
    rows = _rows(database, basis(date(2024, 4, 30)), size, account="receivables", from_on=date(2024, 4, 1))
    assert [(row.section, row.accounting_on, row.debit, row.credit, row.balance) for row in rows] == [
        ("OPENING", None, None, None, "0.00"),
        ("ENTRY", date(2024, 4, 1), "7851.42", None, "7851.42"),
        ("ENTRY", date(2024, 4, 1), "174390.41", None, "182241.83"),
        ("ENTRY", date(2024, 4, 20), None, "7851.42", "174390.41"),
        ("ENTRY", date(2024, 4, 20), None, "174390.41", "0.00"),
        ("CLOSING", None, "182241.83", "182241.83", "0.00"),
    ]


def test_every_account_of_the_ledger_closes_as_the_trial_balance_does(database: Database) -> None:
    told(database, [*GOLDEN, recognised(2025, 1), recognised(2025, 2)])
    for on in (basis(), basis(date(2025, 2, 28)), basis(date(2024, 8, 31), 20)):
        rows = _rows(database, on, from_on=on.effective.replace(day=1))
        closing = {row.account: row.balance for row in rows if row.section == "CLOSING" and row.balance != "0.00"}
        with database.views.connect() as connection:
            assert {name: int(of.replace(".", "")) for name, of in closing.items()} == balances(connection, on)
        for before, row in pairwise(rows):
            if row.section == "ENTRY":
                moved = _fen(row.debit) - _fen(row.credit)
                assert _fen(row.balance) == _fen(before.balance) + moved


def _fen(amount: str | None) -> int:
    return int((amount or "0").replace(".", ""))


def test_a_tenants_own_ledger(database: Database) -> None:
    other = replace(deposit(date(2024, 3, 1), 500), company="other-demo", lease="l-9-demo", bank_reference="DEP-9")
    told(database, [*GOLDEN, other])
    rows = _rows(database, company="other-demo", from_on=date(2024, 2, 1))
    assert [(row.account, row.section, row.balance) for row in rows] == [
        ("bank", "OPENING", "0.00"),
        ("bank", "ENTRY", "5.00"),
        ("bank", "CLOSING", "5.00"),
        ("deposits", "OPENING", "0.00"),
        ("deposits", "ENTRY", "-5.00"),
        ("deposits", "CLOSING", "-5.00"),
    ]


def test_every_account_stands_in_a_line_that_names_it() -> None:
    """A new account whose code no line names falls to the rest of its kind: give its code to a line of the layout."""
    for name, account in CHART.items():
        forms: Sequence[Form | None] = ("2019", "2026") if account.kind in ("INCOME", "EXPENSE") else (None,)
        for form in forms:
            line = line_of(name, form)
            assert any(account.code.startswith(code) for code in line.codes), (name, form)
            if form is None:
                assert (line.sign == 1) == (account.kind == "ASSET"), name
    assert len({line.line for line in lines_of(None)}) == len(lines_of(None))
    assert [one.line for one in INCOME["2019"]][-1] == [one.line for one in INCOME["2026"]][-1] == "to-equity"


def test_the_same_days_a_year_before() -> None:
    leap = days_of(basis(date(2025, 2, 28)), date(2025, 2, 1))
    assert leap["same_last_year"] == (date(2024, 2, 1), date(2024, 2, 29))
    assert days_of(basis(date(2024, 2, 29)), None)["same_last_year"] == (date(2023, 1, 1), date(2023, 2, 28))
    with pytest.raises(FromAnotherYear):
        days_of(basis(), YEAR_END + timedelta(1))
