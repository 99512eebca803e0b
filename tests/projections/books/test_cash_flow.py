"""Cash flow and changes in equity: figures worked out by hand, and what holds at every position and date.

Given a year in which tenants, the bank and a supplier move money, when the statement is drawn up, then each move stands
in its line, and the lines are what 1002 moved by.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import func, select

from api.evidence import check
from api.evidence.gathering import Figure, gather
from api.evidence.packing import pack
from api.http.receipts import receipt_of, table_of
from api.routes.reports.statements import reads
from api.settings import Settings
from ledger.bookkeeping.journals.facts import JournalPosted, ManualLine
from ledger.bookkeeping.purchases.facts import PaidItem, SupplierPaymentReturned
from ledger.books.accounts import CHART
from ledger.decider import Fact
from ledger.log import store
from ledger.log.database import Database
from ledger.periods import PostingFact
from projections.books.statements.balance_sheet import balance_sheet
from projections.books.statements.cash_flow import PeriodInFuture, cash_flow
from projections.books.statements.cash_lines import CASH_FLOW, EXCHANGE_OF, CashKey, cash_line
from projections.books.statements.changes_in_equity import changes_in_equity
from projections.books.trial_balance import balances
from projections.engine.basis import Basis, resolve
from projections.engine.view import projection
from tests.evidence.packs import KEY, REPORTS, SIGNER, opened, sealed
from tests.evidence.test_second_checker import NODE, said
from tests.examples import FACTS
from tests.examples.bookkeeping import POSTED
from tests.examples.purchases import BOUGHT, INVOICE, OFFICE, PAID
from tests.ground.golden import GOLDEN
from tests.projections.books.test_bank_accounts import STORY
from tests.projections.books.test_statements import ON_BOTH_SIDES
from tests.projections.books.test_trial_balance import basis, told
from tests.strategies import any_of
from tests.strategies.banking import MONEY

POSTING = [fact for fact in FACTS if isinstance(fact, PostingFact)]
"""One example of each: the lines of these balance."""
ROAD_LINE = replace(
    OFFICE, kind="ASSET", net_minor=10_000_000, vat_minor=1_300_000, net_cny_minor=10_000_000, vat_cny_minor=1_300_000
)
ROAD = replace(INVOICE, purchase="p-road-demo", number="R-1", code=None, lines=(ROAD_LINE,))
OF_ROAD: dict[str, Any] = {
    "payable": "purchase:p-road-demo",
    "document": "p-road-demo",
    "amount_minor": 4_000_000,
    "carrying_minor": 4_000_000,
}
PAID_FOR_ROAD = replace(
    PAID,
    payment="pay-road-demo",
    currency="CNY",
    items=(
        PaidItem(
            payable="purchase:p-road-demo", document="p-road-demo", amount_minor=4_000_000, carrying_minor=4_000_000
        ),
    ),
    rate_series=None,
    rate="1",
    cny_minor=4_000_000,
    bank_reference="PAY-R",
    bank_account="cny-demo",
)
IN_2024 = (*STORY, *GOLDEN, BOUGHT, PAID, ROAD, PAID_FOR_ROAD)


def _fen(amount: str) -> int:
    return int(amount.replace(".", ""))


def _flow(database: Database, on: Basis, **options: Any) -> dict[str, str]:
    with database.views.connect() as connection:
        found = cash_flow(connection, on, **options)
    rows = (*found.lines, *found.categories, found.total, *found.balances)
    return {row.line: row.amount for row in rows if row.amount != "0.00"}


def test_a_year_in_its_lines(database: Database) -> None:
    """The golden year: a deposit of 106,660.80, and 442,997.86 of rent and charges. The bank's story: 354,000.00
    brought forward, a receipt of 300.00, interest of 87.94, charges of 177.59; the bank's own rate cost 136.00,
    remeasuring 2,667.06. A supplier got 28,800.00 for what stood at 28,414.40; of a road for 113,000.00, 40,000.00
    are paid."""
    told(database, IN_2024)
    assert _flow(database, basis()) == {
        "sales": "443297.86",
        "other-received": "106748.74",
        "purchases": "-28800.00",
        "other-paid": "-177.59",
        "operating": "521069.01",
        "assets": "-40000.00",
        "investing": "-40000.00",
        "brought-forward": "354000.00",
        "exchange": "-2803.06",
        "beside": "351196.94",
        "increase": "832265.95",
        "closing": "832265.95",
    }
    # Three service charges of 7,851.42 came after the day of the payments.
    spring = _flow(database, basis(date(2025, 4, 30)), from_on=date(2024, 10, 15))
    assert (spring["opening"], spring["sales"], spring["closing"]) == ("877511.69", "23554.26", "832265.95")
    with pytest.raises(PeriodInFuture):
        _flow(database, basis(), from_on=date(2025, 1, 1))


def test_a_payment_that_came_back_stands_where_it_stood(database: Database) -> None:
    back = SupplierPaymentReturned(
        effective_on=date(2024, 10, 18),
        accounting_on=date(2024, 10, 18),
        payment="pay-road-demo",
        supplier=PAID.supplier,
        reversed=PAID_FOR_ROAD,
        reason="a wrong account (demo)",
    )
    told(database, [ROAD, PAID_FOR_ROAD, back])
    assert _flow(database, basis(recorded=2))["assets"] == "-40000.00"
    assert _flow(database, basis()) == {}
    assert _flow(database, basis(), from_on=date(2024, 10, 16))["assets"] == "40000.00"


def test_exchange_of_one_payment_is_shared_by_what_it_pays_for(database: Database) -> None:
    """USD 1,000.00 for a road that stood at 7,200.00 and 300.00 for an office at 2,160.00, paid at 7.25: 9,425.00, of
    which 7,250.00 are for the road and 2,175.00 for the office."""
    road, office, payment = _of_two()
    later = date(2025, 1, 5)
    back = SupplierPaymentReturned(
        effective_on=later,
        accounting_on=later,
        payment=payment.payment,
        supplier=payment.supplier,
        reversed=payment,
        reason="a wrong account (demo)",
    )
    told(database, [road, office, payment, back])
    flow = _flow(database, basis())
    assert (flow["assets"], flow["purchases"], flow["increase"]) == ("-7250.00", "-2175.00", "-9425.00")
    flow = _flow(database, basis(later), from_on=later)
    assert (flow["assets"], flow["purchases"]) == ("7250.00", "2175.00")
    (read,) = (one for one in reads(Settings()) if one.name == "report-cash-flow")
    with database.views.connect() as connection:
        table = table_of(read, connection, basis(), read.query(), {})
        wrong = [
            name
            for name in table
            if not receipt_of(read, connection, basis(), read.query(), {}, table, f"{name}/amount").ties
        ]
    assert wrong == []


def test_a_part_of_the_exchange_of_one_payment_is_handed_over_and_checked(database: Database, tmp_path: Path) -> None:
    """50.00 of the 65.00 that it cost to pay at 7.25 are of the road: 1,000.00 of 1,300.00 dollars."""
    told(database, _of_two())
    packs = {}
    with database.views.connect() as connection:
        size = store.read_head(connection).size
        on = resolve(connection, effective="2024-12-31", recorded="now", today=date(2024, 12, 31), known=size)
        for line in ("assets", "purchases"):
            figure = Figure(report="cash-flow", cell=f"KIND:{line},purchase.supplier-paid,exchange/amount")
            gathered = gather(REPORTS, connection, on, figure, size)
            packs[line] = pack(connection, gathered, size=size, signer=SIGNER, command="…").data
    for line, shown in (("assets", "-50.00"), ("purchases", "-15.00")):
        files = opened(packs[line])
        assert check.check(packs[line], [KEY])
        (share,) = files["receipts.json"][0]["shares"]
        assert share["share"] == files["receipts.json"][0]["figure"] == shown
        share["share"] = files["receipts.json"][0]["figure"] = "-65.00"
        files["report.json"]["rows"] = [
            {**row, "cells": {**row["cells"], "amount": "-65.00"}} if row["name"].startswith(f"KIND:{line}") else row
            for row in files["report.json"]["rows"]
        ]
        packs[f"all of it as {line}"] = sealed(files, SIGNER)
        with pytest.raises(check.Refused, match="is not its lines"):
            check.check(packs[f"all of it as {line}"], [KEY])
    assert NODE is None or said(list(packs.values()), tmp_path) == [True, True, False, False]


def _of_two() -> list[Any]:
    """A road and an office, bought in dollars, and one payment for both."""
    road = replace(ROAD, currency="USD", rate="7.2", lines=(replace(ROAD_LINE, **_usd(100_000, 720_000)),))
    office = replace(INVOICE, currency="USD", rate="7.2", lines=(replace(OFFICE, **_usd(30_000, 216_000)),))
    items = tuple(
        PaidItem(payable=f"purchase:{name}", document=name, amount_minor=amount, carrying_minor=carrying)
        for name, amount, carrying in ((road.purchase, 100_000, 720_000), (office.purchase, 30_000, 216_000))
    )
    payment = replace(PAID, items=items, rate="7.25", cny_minor=942_500)
    return [road, office, payment]


def _usd(amount: int, cny: int) -> dict[str, Any]:
    """A line in dollars, without VAT."""
    return {"net_minor": amount, "vat_rate": "0", "vat_minor": 0, "net_cny_minor": cny, "vat_cny_minor": 0}


def test_equity_by_its_causes(database: Database) -> None:
    """Taken over 354,000.00, of which 300,000.00 become capital; owners are owed 50,000.00 of what was earned."""
    to_capital = _by_hand("to-capital", ("opening-equity", 300_000_00), ("capital", -300_000_00))
    given_out = _by_hand("given-out", ("retained-earnings", 50_000_00), ("accrued", -50_000_00))
    told(database, [*STORY, *GOLDEN, to_capital, given_out])
    with database.views.connect() as connection:
        found = changes_in_equity(connection, basis())
        later = changes_in_equity(connection, basis(date(2025, 1, 31)), from_on=date(2025, 1, 1))
    # 699,330.52 of the golden year, with the bank's 87.94 - 177.59 - 136.00 - 2,667.06 of the story, and its rent.
    of = {row.line: row for row in found.lines}
    assert (of["capital"].transfers, of["capital"].closing) == ("300000.00", "300000.00")
    own = of["other-equity"]
    assert (own.taken_over, own.transfers, own.closing) == ("354000.00", "-300000.00", "54000.00")
    assert (of["undistributed"].distributions, found.total.transfers) == ("-50000.00", "0.00")
    assert of["undistributed"].profit == "696437.81"
    assert {row.closing for row in later.lines} == {row.opening for row in later.lines}
    assert later.total.opening == found.total.closing == "1000437.81"


def _by_hand(name: str, *lines: tuple[str, int]) -> JournalPosted:
    return replace(
        POSTED,
        manual_journal=name,
        reverses=False,
        lines=tuple(ManualLine(account=account, amount_minor=minor) for account, minor in lines),
    )


def test_every_cell_of_the_statements_has_its_receipt(database: Database) -> None:
    told(database, [*IN_2024, *ON_BOTH_SIDES])
    with database.views.connect() as connection:
        for read in (one for one in reads(Settings()) if one.name != "report-income-statement"):
            assert read.receipts is not None
            table, wrong = table_of(read, connection, basis(), read.query(), {}), []
            for name in table:
                for column in read.receipts.units:
                    receipt = receipt_of(read, connection, basis(), read.query(), {}, table, f"{name}/{column}")
                    if not receipt.ties:
                        wrong.append((name, column, receipt.figure, receipt.total))
            assert (len(table) > 4, wrong) == (True, [])


def test_what_no_line_names_says_so() -> None:
    """Whatever account of the chart stands on the other side has a line, but for what nobody pays into the bank."""
    left = {
        account
        for account in CHART
        for inward in (True, False)
        if account not in ("bank", "exchange")
        and cash_line(CashKey("some.fact", account, inward, asset=False)).line == "unclassified"
    }
    assert left <= {"loss-allowance", "credit-loss", "prior-year", "impairment", "provisions"}
    assert cash_line(CashKey("some.fact", "exchange", inward=True, asset=False)).line == "unclassified"
    known = {line.line for line in CASH_FLOW}
    assert {*EXCHANGE_OF.values()} <= known


@settings(max_examples=10)
@given(
    some=st.lists(st.one_of(st.sampled_from(POSTING), *map(any_of, MONEY)), min_size=1, max_size=12),
    on=st.sampled_from((date(2024, 3, 31), date(2026, 1, 2), date(2026, 2, 28), date(2027, 12, 31))),
    begin=st.sampled_from((date(2024, 1, 1), date(2026, 1, 1), date(2026, 2, 1))),
)
def test_whatever_was_posted_the_lines_are_what_the_bank_moved_by(
    database: Database, some: Sequence[Fact], on: date, begin: date
) -> None:
    """At every prefix: opening + lines = closing = 1002; equity closes as on the balance sheet."""
    told(database, some)
    begin = min(begin, on)
    with database.views.connect() as connection:
        size = connection.execute(select(func.max(projection.c.position))).scalar() or 0
    for recorded in range(size - len(some), size + 1):
        as_of = basis(on, recorded)
        with database.views.connect() as connection:
            flow = cash_flow(connection, as_of, from_on=begin)
            equity = changes_in_equity(connection, as_of, from_on=begin)
            sheet = balance_sheet(connection, as_of)
            held = balances(connection, as_of).get("bank", 0)
        opening, closing = flow.balances
        assert flow.difference.amount == flow.difference.same_last_year == "0.00"
        assert _fen(closing.amount) == held == _fen(opening.amount) + sum(_fen(row.amount) for row in flow.lines)
        assert equity.total.closing == sheet.groups[2].closing
        assert {row.line: row.closing for row in equity.lines} == {
            row.line: row.closing for row in sheet.lines if row.part == "equity-items"
        }
