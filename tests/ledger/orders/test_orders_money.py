"""The money of orders to the fen: domain.md §5 and §8.1, through commands."""

from datetime import date

from msgspec.structs import replace

from ledger.orders.cancelling import CancelOrder, ForfeitAdvance, RefundAdvance
from ledger.orders.earning import ReverseCommission
from ledger.orders.facts import AdvanceReceived, CommissionFeeEarned, ReceivablesRevalued
from ledger.orders.payments import InvoiceMilestone, RecordMilestonePayment, RemitClientMoney
from ledger.orders.receivables import CollectReceivable, RevalueReceivables
from ledger.orders.terms import CommissionTerm
from ledger.orders.works import CloseOrder, ReleaseRetention, StartWarranty
from ledger.periods import PeriodOpened, PostingFact
from tests.ground.billed import closed, rate
from tests.ground.ordered import BUYER, GROUND, ORDER, PAPER, TERMS, USD, Desk


def pay(desk: Desk, milestone: str, on: date) -> None:
    desk.do(
        RecordMilestonePayment(
            effective_on=on, order=ORDER, milestone=milestone, bank_reference=f"B-{milestone}", rate_series=USD
        )
    )


def test_a_principals_sale_is_at_the_rates_the_money_came_at() -> None:
    desk = Desk()
    desk.place("PRINCIPAL")
    pay(desk, "deposit", date(2024, 1, 10))
    assert desk.balances() == {"bank": 89505360, "equipment-advances": -89505360}
    desk.buy()
    desk.build()
    pay(desk, "shipment", date(2024, 4, 10))
    assert desk.balances()["equipment-advances"] == -(89505360 + 179595360)
    desk.accept(cost="1900000.00")
    assert desk.balances() == {
        "bank": 269100720,
        "contract-assets": 29694000,
        "equipment": -298794720,
        "cost-of-sales": 190000000,
        "inventory": 10000000,
        "payables": -200000000,
    }
    desk.do(RevalueReceivables(effective_on=date(2024, 9, 30), month="2024-09", rate_series=(USD,)))
    assert desk.balances()["contract-assets"] == 29431080
    assert desk.balances()["exchange"] == 262920, "unrealised loss 2,629.20"
    desk.step(ReleaseRetention, date(2024, 11, 1))
    assert desk.balances()["receivables"] == 29431080
    pay(desk, "retention", date(2024, 11, 20))
    assert desk.balances()["exchange"] == -793800, "gain 10,567.20, cumulative 7,938.00"
    assert {"contract-assets", "receivables", "equipment-advances"}.isdisjoint(desk.balances())


def test_an_agents_fee_is_all_that_it_earns() -> None:
    desk = Desk()
    desk.place("AGENT")
    desk.build()
    _, earned = desk.accept()
    assert isinstance(earned, CommissionFeeEarned)
    assert (earned.amount_minor, earned.cny_minor, earned.needs_filing) == (1260000, 8908200, True)
    desk.do(RevalueReceivables(effective_on=date(2024, 9, 30), month="2024-09", rate_series=(USD,)))
    assert desk.balances() == {"receivables": 8829324, "brokerage": -8908200, "exchange": 78876}
    desk.do(
        CollectReceivable(
            effective_on=date(2024, 10, 15),
            order=ORDER,
            receivable="commission-accepted",
            bank_reference="B-FEE",
            rate_series=USD,
        )
    )
    assert desk.balances() == {"bank": 9072000, "brokerage": -8908200, "exchange": -163800}


def cancel(desk: Desk, fee: str = "0") -> None:
    desk.do(
        CancelOrder(
            effective_on=date(2024, 4, 10), order=ORDER, cause="BUYER", fee=fee, document=PAPER, rate_series=USD
        )
    )


def test_the_bank_s_own_rate_is_taken_where_it_is_named() -> None:
    desk = Desk(*GROUND, rate("fx/usd-cny-bank", "7.1100", date(2024, 1, 10)))
    desk.place("PRINCIPAL")
    desk.do(
        RecordMilestonePayment(
            effective_on=date(2024, 1, 10),
            order=ORDER,
            milestone="deposit",
            bank_reference="B-1",
            rate_series="fx/usd-cny-bank",
        )
    )
    assert desk.balances() == {"bank": 89586000, "equipment-advances": -89586000}


def test_an_observers_order_posts_nothing_from_quotation_to_the_last_certificate() -> None:
    desk = Desk()
    desk.place("OBSERVER")
    told = [RecordMilestonePayment(effective_on=date(2024, 1, 10), order=ORDER, milestone="deposit")]
    told.append(RecordMilestonePayment(effective_on=date(2024, 4, 10), order=ORDER, milestone="shipment"))
    for command in told:
        desk.do(command)
    desk.build()
    desk.accept()
    desk.step(StartWarranty, date(2024, 9, 11), until_on=date(2025, 9, 10))
    desk.step(ReleaseRetention, date(2024, 11, 1))
    desk.do(RecordMilestonePayment(effective_on=date(2024, 11, 20), order=ORDER, milestone="retention"))
    desk.step(CloseOrder, date(2025, 9, 11))
    assert [fact for fact in desk.facts if isinstance(fact, PostingFact)] == []
    assert desk.balances() == {}


def test_an_observer_needs_no_open_month() -> None:
    desk = Desk(*(fact for fact in GROUND if not isinstance(fact, PeriodOpened)))
    desk.place("OBSERVER")
    desk.build()
    desk.accept()
    assert desk.balances() == {}


def test_a_domestic_sale_holds_its_tax() -> None:
    """Prices include 13 %: 420,000.00 is 371,681.42 and 48,318.58."""
    desk = Desk()
    desk.place("PRINCIPAL", replace(TERMS, currency="CNY", supply="DOMESTIC"))
    pay(desk, "deposit", date(2024, 1, 10))
    desk.build()
    desk.do(
        InvoiceMilestone(effective_on=date(2024, 4, 6), order=ORDER, milestone="shipment", invoice="inv-1-demo"),
    )
    desk.accept()
    assert desk.balances() == {
        "bank": 12600000,
        "receivables": 25200000,
        "contract-assets": 4200000,
        "equipment": -37168142,
        "output-vat": -4831858,
    }


def test_a_domestic_fee_has_tax_on_top() -> None:
    desk = Desk()
    domestic = replace(TERMS, currency="CNY", commission_supply="DOMESTIC", commission_payer="BUYER")
    desk.place("AGENT", domestic)
    desk.build()
    _, earned = desk.accept()
    assert isinstance(earned, CommissionFeeEarned)
    assert (earned.payer, earned.needs_filing) == (BUYER, False)
    assert desk.balances() == {"receivables": 1335600, "brokerage": -1260000, "output-vat": -75600}


def test_client_money_goes_through_an_agent_and_leaves_nothing() -> None:
    desk = Desk()
    desk.place("AGENT")
    pay(desk, "deposit", date(2024, 1, 10))
    assert desk.balances() == {"bank": 89505360, "client-money": -89505360}
    desk.do(RemitClientMoney(effective_on=date(2024, 4, 12), order=ORDER, milestone="deposit", bank_reference="OUT-1"))
    assert desk.balances() == {}, "in the currency it came in, whatever the rate is by then"


def test_advances_of_a_cancelled_order_go_back_at_the_rate_of_the_day() -> None:
    """USD 126,000.00 came at 7.1036; 20,000.00 are kept as a fee, 100,000.00 go back at 7.1268, 6,000.00 are kept."""
    desk = Desk()
    desk.place("PRINCIPAL")
    pay(desk, "deposit", date(2024, 1, 10))
    cancel(desk, "20000.00")
    assert desk.balances() == {"bank": 89505360, "equipment-advances": -75298160, "other-income": -14207200}
    desk.do(
        RefundAdvance(
            effective_on=date(2024, 4, 12), order=ORDER, amount="100000.00", bank_reference="REF-1", rate_series=USD
        )
    )
    assert desk.balances()["exchange"] == 71268000 - 71036000
    desk.do(ForfeitAdvance(effective_on=date(2024, 5, 1), order=ORDER, amount="6000.00", reason="time ran out (demo)"))
    assert desk.balances() == {
        "bank": 89505360 - 71268000,
        "other-income": -(14207200 + 4262160),
        "exchange": 232000,
    }


def test_a_fee_beyond_the_advances_is_owed() -> None:
    desk = Desk()
    desk.place("PRINCIPAL")
    pay(desk, "deposit", date(2024, 1, 10))
    cancel(desk, "146000.00")
    owed = 14253600  # USD 20,000.00 at 7.1268
    assert desk.balances() == {"bank": 89505360, "receivables": owed, "other-income": -(89505360 + owed)}
    desk.do(
        CollectReceivable(
            effective_on=date(2024, 9, 10),
            order=ORDER,
            receivable="cancellation-fee",
            bank_reference="FEE-1",
            rate_series=USD,
        )
    )
    assert desk.balances()["exchange"] == owed - 14140000


FEE_ON_ORDER = replace(TERMS, commission=(CommissionTerm(trigger="ORDERED", rate="0.01"), CommissionTerm(rate="0.02")))


def fee_on_order() -> Desk:
    """USD 4,200.00 at 7.1036: 29,835.12."""
    desk = Desk()
    desk.place("AGENT", FEE_ON_ORDER, on=date(2024, 1, 12), rate_series=USD)
    assert desk.balances() == {"receivables": 2983512, "brokerage": -2983512}
    return desk


def test_a_fee_is_given_up_when_the_order_is_cancelled() -> None:
    desk = fee_on_order()
    cancel(desk)
    assert desk.balances() == {}


def test_a_fee_remeasured_goes_out_as_it_stands() -> None:
    desk = fee_on_order()
    desk.do(RevalueReceivables(effective_on=date(2024, 4, 30), month="2024-04", rate_series=(USD,)))
    assert desk.balances()["receivables"] == 2993256
    desk.do(ReverseCommission(effective_on=date(2024, 5, 2), order=ORDER, trigger="ORDERED", reason="given up (demo)"))
    assert desk.balances() == {}


def test_a_fee_collected_is_paid_back_at_the_rate_of_the_day() -> None:
    desk = fee_on_order()
    desk.do(
        CollectReceivable(
            effective_on=date(2024, 1, 20),
            order=ORDER,
            receivable="commission-ordered",
            bank_reference="F-1",
            rate_series=USD,
        )
    )
    desk.do(
        ReverseCommission(
            effective_on=date(2024, 4, 10),
            order=ORDER,
            trigger="ORDERED",
            reason="given up (demo)",
            bank_reference="F-2",
            rate_series=USD,
        )
    )
    assert desk.balances() == {"bank": 2983512 - 2993256, "exchange": 9744}
    cancel(desk)


def test_a_trigger_earns_once() -> None:
    desk = fee_on_order()
    desk.do(ReverseCommission(effective_on=date(2024, 1, 15), order=ORDER, trigger="ORDERED", reason="given up (demo)"))
    desk.build()
    recorded = desk.accept()
    assert [fact.trigger for fact in recorded if isinstance(fact, CommissionFeeEarned)] == ["ACCEPTED"]
    assert len([fact for fact in desk.facts if isinstance(fact, CommissionFeeEarned)]) == 2


def test_a_month_remeasured_after_its_receivables_were_collected() -> None:
    """Collected on 2024-10-15 and recorded before September was remeasured: each month bears its own difference."""
    desk = Desk()
    desk.place("AGENT")
    desk.build()
    desk.accept()
    desk.do(
        CollectReceivable(
            effective_on=date(2024, 10, 15),
            order=ORDER,
            receivable="commission-accepted",
            bank_reference="B-FEE",
            rate_series=USD,
        )
    )
    desk.do(RevalueReceivables(effective_on=date(2024, 9, 30), month="2024-09", rate_series=(USD,)))
    assert desk.balances(date(2024, 9, 30)) == {"receivables": 8829324, "brokerage": -8908200, "exchange": 78876}
    assert desk.balances() == {"bank": 9072000, "brokerage": -8908200, "exchange": -163800}
    assert desk.balances(date(2024, 10, 31)) == desk.balances()


def test_a_late_fact_posts_to_the_month_that_is_open() -> None:
    desk = Desk()
    desk.place("PRINCIPAL")
    desk.facts += closed("2024-01")
    (advance,) = desk.do(
        RecordMilestonePayment(
            effective_on=date(2024, 1, 10), order=ORDER, milestone="deposit", bank_reference="B-1", rate_series=USD
        )
    )
    assert isinstance(advance, AdvanceReceived)
    assert (advance.accounting_on, advance.rate) == (date(2024, 2, 1), "7.1036")


def test_a_month_twice_remeasured_is_remeasured_once() -> None:
    desk = Desk()
    desk.place("AGENT")
    desk.build()
    desk.accept()
    command = RevalueReceivables(effective_on=date(2024, 9, 30), month="2024-09", rate_series=(USD,))
    (revalued,) = desk.do(command)
    assert isinstance(revalued, ReceivablesRevalued)
    assert [(one.carrying_minor, one.revalued_minor) for one in revalued.items] == [(8908200, 8829324)]
    (later,) = desk.do(replace(command, effective_on=date(2024, 10, 31), month="2024-10"))
    assert isinstance(later, ReceivablesRevalued)
    assert [(one.carrying_minor, one.revalued_minor) for one in later.items] == [(8829324, 9072000)]
