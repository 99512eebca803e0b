"""The demonstration's deals: investment, equipment orders, energy."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import accumulate
from typing import get_args

import pytest
from sqlalchemy import Connection

from api.demo.days import last_of
from api.demo.deals.equipment import ORDERS
from api.demo.deals.parties import SUPPLIERS
from api.demo.pipeline import END
from ledger.billing.facts import ReceiptRecorded
from ledger.books.accounts import CHART
from ledger.books.postings import postings
from ledger.companies.facts import InvestmentAgreementLinked, LeadRegistered
from ledger.decider import Fact, stored_name
from ledger.investment.facts import (
    ClawbackAssessed,
    ClawbackCollected,
    ClawbackWaived,
    ContributionRecorded,
    ContributionReversed,
    CovenantTested,
    InvestmentPosting,
    InvestmentSigned,
)
from ledger.log.database import Database
from ledger.offtake.facts import (
    EnergyInvoiced,
    EnergyIssued,
    OfftakeDrafted,
    OfftakeFact,
    SavingsMeasured,
    StatementApproved,
    YearTruedUp,
)
from ledger.offtake.meters.facts import MeterRead, MeterReadCorrected
from ledger.orders.facts import ChangeOrderApproved, EquipmentOrdered, OrderFact, OrderPostingFact, ReceivablesRevalued
from ledger.orders.order import OrderState
from ledger.periods import PeriodClosed, PostingFact, month_of
from ledger.values.money import minor
from projections.books.earned import BILLED
from projections.books.revenue import revenue
from projections.closing import proposal
from projections.deals.investment import agreements
from projections.deals.offtake import offtakes, shortfall
from projections.deals.orders import order_states
from tests.ground.demonstrated import basis, of


@pytest.fixture
def connection(demo: Database) -> Iterator[Connection]:
    with demo.views.connect() as connection:
        yield connection


def test_a_dozen_agreements_are_signed_as_companies_are_linked_to_them(demo: Database, connection: Connection) -> None:
    linked = {(fact.agreement, fact.company, fact.signed_on) for fact in of(demo, InvestmentAgreementLinked)}
    signed = {(fact.agreement, fact.company, fact.effective_on) for fact in of(demo, InvestmentSigned)}
    assert (len(signed), signed <= linked) == (12, True)
    found = agreements(connection, basis(connection, END))
    assert {row.state for row in found} >= {"IN_PERFORMANCE", "FULFILLED", "CLOSED", "TERMINATED"}
    assert {row.currency for row in found} == {"CNY", "USD"}


def test_what_is_missing_is_owed_back_and_settled(demo: Database) -> None:
    (assessed,), (waived,) = of(demo, ClawbackAssessed), of(demo, ClawbackWaived)
    missed = [test for test in of(demo, CovenantTested) if test.agreement == assessed.agreement]
    assert [(test.result, test.shortfall) for test in missed] == [("MISSED", "0.2500")]
    assert assessed.amount_minor == 60_000_000
    collected = [fact.amount_minor for fact in of(demo, ClawbackCollected)]
    assert waived.amount_minor + sum(collected) == assessed.amount_minor
    assert waived.proposed_by != waived.approved_by
    assert {test.result for test in of(demo, CovenantTested) if test.supersedes} == {"MET"}


def test_contributions_come_in_two_currencies_and_post_nothing(demo: Database) -> None:
    came = of(demo, ContributionRecorded)
    assert {fact.kind for fact in came} == {"CAPITAL", "FAI", "LOAN"}
    assert {fact.currency for fact in came} == {"CNY", "USD"}
    assert len(of(demo, ContributionReversed)) == 1
    assert not [fact for fact in came if isinstance(fact, PostingFact)]
    posted = of(demo, InvestmentPosting)
    assert len(posted) > 4
    assert {line.account for fact in posted for line in postings(fact)} == {
        "incentives",
        "bank",
        "other-receivables",
        "non-operating",
    }


def test_an_order_in_every_state(demo: Database, connection: Connection) -> None:
    found = order_states(connection, basis(connection, END))
    over_time = [row.state for row, state in found if state.recognition is not None]
    assert over_time == ["FAT_PASSED"], "one besides is earned over time"
    assert Counter(row.state for row, _ in found) == Counter([*get_args(OrderState), *over_time])
    assert {row.order: row.state for row, _ in found} == {one.order: one.stops for one in ORDERS}
    assert Counter(row.role for row, _ in found).keys() == {"AGENT", "PRINCIPAL", "OBSERVER", None}
    sellers = {firm.company for firm in SUPPLIERS}
    assert {row.supplier for row, _ in found} == sellers
    assert len({row.buyer for row, _ in found} & {lead.company for lead in of(demo, LeadRegistered)}) >= 10
    (change,) = of(demo, ChangeOrderApproved)
    assert change.delta_minor > 0


def test_who_only_looks_on_posts_nothing(demo: Database) -> None:
    watched = {fact.order for fact in of(demo, EquipmentOrdered) if fact.role == "OBSERVER"}
    agreements = {fact.agreement for fact in of(demo, OfftakeDrafted) if fact.terms.role == "OBSERVER"}
    assert (len(watched), len(agreements)) == (2, 1)
    recorded = [fact for fact in of(demo, OrderFact, OfftakeFact) if _about(fact) & (watched | agreements)]
    assert len(recorded) > 100
    posted = of(demo, PostingFact)
    assert [fact for fact in posted if _about(fact) & (watched | agreements)] == []
    assert {fact.order for fact in of(demo, OrderPostingFact)}.isdisjoint(watched)


def _about(fact: Fact) -> set[str]:
    return {getattr(fact, name, "") for name in ("order", "agreement")}


def test_what_is_owed_in_dollars_is_remeasured_before_a_month_closes(demo: Database, connection: Connection) -> None:
    assert len(of(demo, ReceivablesRevalued)) > 10
    for fact in of(demo, PeriodClosed):
        if fact.month >= "2024-06":
            known = basis(connection, last_of(fact.month), str(fact.recorded))
            assert proposal(connection, known, fact.month).unrevalued == (), fact.month


def test_three_years_of_reads_under_four_kinds_of_prices(demo: Database, connection: Connection) -> None:
    prices = {fact.agreement: type(fact.terms.price).__name__ for fact in of(demo, OfftakeDrafted)}
    assert Counter(prices.values()) == {"Fixed": 3, "TimeOfUse": 1, "Indexed": 1, "Savings": 1}
    months = {(fact.agreement, month_of(fact.effective_on)) for fact in of(demo, MeterRead, MeterReadCorrected)}
    months |= {(fact.agreement, fact.month) for fact in of(demo, SavingsMeasured)}
    assert Counter(agreement for agreement, _ in months) == {
        "biomass-1-demo": 36,
        "heat-2-demo": 36,
        "waste-3-demo": 36,
        "savings-4-demo": 36,
        "trial-5-demo": 6,
    }
    assert {row.state for row in offtakes(connection, basis(connection, END))} == {
        "IN_DELIVERY",
        "FINALLY_SETTLED",
        "TERMINATED",
    }


def test_statements_are_approved_by_somebody_else_and_settled_anew_where_a_meter_was_wrong(demo: Database) -> None:
    approved = of(demo, StatementApproved)
    assert len(approved) > 140
    assert all(fact.calculated_by != fact.approved_by for fact in approved)
    assert {(fact.agreement, fact.month) for fact in approved if fact.run == 1} == {
        ("biomass-1-demo", "2024-01"),
        ("waste-3-demo", "2024-11"),
    }
    anew = [fact for fact in of(demo, EnergyInvoiced) if fact.run == 1]
    assert {(fact.month, month_of(fact.accounting_on)) for fact in anew} == {
        ("2024-01", "2024-04"),
        ("2024-11", "2024-12"),
    }


def test_a_shortfall_is_paid_for_and_made_up_for_a_year_later(demo: Database, connection: Connection) -> None:
    first, second = of(demo, YearTruedUp)
    assert (first.year, second.year) == (2023, 2024)
    assert first.shortfall_wh > 0
    assert [(lot.year, lot.energy_wh > 0) for lot in second.taken] == [(2023, True)]
    rows = shortfall(connection, basis(connection, END)).rows
    assert [row.payment for row in rows if row.year == 2024] == ["0.00"]


def test_energy_is_paid_for_by_receipts(demo: Database, connection: Connection) -> None:
    issued = {fact.invoice for fact in of(demo, EnergyIssued)}
    paid = {one.invoice for fact in of(demo, ReceiptRecorded) for one in fact.allocations}
    assert len(issued) > 100
    assert len(issued - paid) < 10


def test_money_is_there_before_it_is_paid(demo: Database) -> None:
    moved = Counter[str]()
    for fact in of(demo, PostingFact):
        moved[month_of(fact.accounting_on)] += sum(one.amount_minor for one in postings(fact) if one.account == "bank")
    assert all(balance >= 0 for balance in accumulate(moved[month] for month in sorted(moved)))


INCOME = {account.account for account in CHART.values() if account.kind == "INCOME" and account.account != "exchange"}
COLUMNS = {"output-vat": "vat", "straight-line": "ahead", "make-up": "ahead", "exchange": "claimed"}


def test_every_column_of_revenue_foots_to_the_journal(demo: Database, connection: Connection) -> None:
    """Billed and VAT are of the same documents: together what these put on accounts that are no income (domain §10)."""
    found = revenue(connection, basis(connection, END), from_on=date(2000, 1, 1)).streams
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for fact in of(demo, PostingFact):
        lines = [line for line in postings(fact) if fact.accounting_on <= END]
        streams = {line.stream for line in lines if line.stream}
        if not streams:
            continue
        (stream,) = streams
        credited = Counter[str]()
        for line in lines:
            column = "recognised" if line.account in INCOME else COLUMNS.get(line.account, "claimed")
            credited[column] -= line.amount_minor
        for column in ("recognised", "vat"):
            sums[stream][column] += credited[column]
        if stored_name(type(fact)) in BILLED:
            sums[stream]["billed"] += credited["recognised"] + credited["ahead"]
            sums[stream]["claimed"] -= credited["claimed"]
        elif credited["vat"]:
            assert stream == "DEPOSIT_FORFEIT", "kept, not asked for"
    assert {row.stream for row in found} >= {"TAKE_OR_PAY", "EQUIPMENT", "COMMISSION"}
    for row in found:
        assert row.stream is not None
        told = sums[row.stream]
        columns = (minor(row.recognised), minor(row.billed), minor(row.vat))
        assert columns == (told["recognised"], told["billed"], told["vat"]), row.stream
        if row.stream != "DEPOSIT_FORFEIT":
            assert told["billed"] + told["vat"] == told["claimed"], row.stream
