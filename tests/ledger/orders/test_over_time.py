"""Sales earned over time, month by month, worked out by hand (IFRS 15.39-.45, .21(b); IAS 37.66): to the fen."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.bookkeeping.purchases.documents import RecordPurchaseInvoice, ToPurchase, WithdrawPurchaseDocument
from ledger.books.vat import vat_lines
from ledger.decider import Refusal
from ledger.joint.buying import StockTaken
from ledger.orders.agreement import IssueQuotation, OverTimeUnfit, PlaceOrder
from ledger.orders.cancelling import CancelOrder, ProgressStands
from ledger.orders.changing import ProposeChangeOrder
from ledger.orders.mistakes.putting_right import (
    OrderPostingUnknown,
    OrderStepNotLatest,
    ReverseOrderPayment,
    ReverseProgress,
)
from ledger.orders.mistakes.withdrawing import WithdrawOrderStep
from ledger.orders.order import OrderStateForbids, OrderStepTooEarly
from ledger.orders.over_time.measuring import ExpectedCostTooLow, MeasureProgress, NotOverTime, ProgressTaken
from ledger.orders.payments import RecordMilestonePayment
from ledger.orders.receivables import CollectReceivable, NotMonthEnd
from ledger.orders.terms import OrderTerms, Recognition
from tests.ground.ordered import ASSESSMENT, ORDER, PAPER, SUPPLIER, TERMS, Desk

# 1,130,000.00 with 13 % VAT is 1,000,000.00 net; 30 % with the order, 60 % with the shipment, 10 % retained
HOME: OrderTerms = replace(
    TERMS, lines=(replace(TERMS.lines[0], unit_price="565000.00"),), currency="CNY", supply="DOMESTIC", due_days=30
)


def placed(over_time: Recognition | None = "COST_TO_COST") -> Desk:
    """Ordered on 2024-01-08; 339,000.00 came on 2024-01-10, 200,000.00 were bought on 2024-01-12."""
    desk = Desk()
    desk.place("PRINCIPAL", HOME, over_time=over_time)
    desk.do(pay("deposit", "2024-01-10"))
    buy(desk, "200000.00", "2024-01-12")
    return desk


def pay(milestone: str, on: str) -> RecordMilestonePayment:
    about: dict[str, Any] = {"order": ORDER, "milestone": milestone, "bank_reference": f"B-{milestone}"}
    return RecordMilestonePayment(effective_on=date.fromisoformat(on), **about)


def buy(desk: Desk, net: str, on: str) -> None:
    day = date.fromisoformat(on)
    line = ToPurchase(kind="INVENTORY", net=net, order=ORDER)
    about: dict[str, Any] = {"purchase": f"p-{on}", "supplier": SUPPLIER, "number": f"N-{on}", "lines": (line,)}
    desk.do(RecordPurchaseInvoice(effective_on=day, due_on=day, **about))


def measure(on: str, expected: str) -> MeasureProgress:
    return MeasureProgress(effective_on=date.fromisoformat(on), order=ORDER, expected_cost=expected)


def back(on: str) -> ReverseProgress:
    day = date.fromisoformat(on)
    return ReverseProgress(effective_on=day, order=ORDER, measured_on=day, reason="a mistake (demo)")


def change(desk: Desk, price: str, on: str) -> None:
    lines = (replace(HOME.lines[0], unit_price=price),)
    about: dict[str, Any] = {"change": f"c-{on}", "lines": lines, "reason": "more of it (demo)", "document": PAPER}
    desk.change(ProposeChangeOrder(effective_on=date.fromisoformat(on), order=ORDER, **about))


def standing(desk: Desk) -> tuple[int, ...]:
    """Revenue, VAT that waits, advances, contract asset, cost, provision."""
    names = ("equipment", "pending-vat", "equipment-advances", "contract-assets", "cost-of-sales", "provisions")
    balances = desk.balances()
    return tuple(balances.get(name, 0) for name in names)


def told(desk: Desk) -> None:
    """Five months: as it began, more cost and a higher estimate, a change order, a loss to come, and less of it.

    on 01-31   200,000.00 of 800,000.00 is 25 %: 250,000.00 of the price, 282,500.00 with VAT, all of it paid
    on 02-29   466,666.67 of 900,000.00: of 1,000,000.00 it is 518,518.522, of 1,130,000.00 it is 585,925.930
    on 03-31   the price is 1,200,000.00: 622,222.227, with VAT 703,111.116
    on 04-30   of 1,300,000.00 expected: 430,769.234, with VAT 486,769.234; to spend 833,333.33, to earn 769,230.77
    """
    desk.do(measure("2024-01-31", "800000.00"))
    assert standing(desk) == (-25_000_000, -3_250_000, -(33_900_000 - 28_250_000), 0, 20_000_000, 0)
    buy(desk, "266666.67", "2024-02-10")
    desk.do(measure("2024-02-29", "900000.00"))
    assert standing(desk) == (-51_851_852, -(58_592_593 - 51_851_852), 0, 58_592_593 - 33_900_000, 46_666_667, 0)
    change(desk, "678000.00", "2024-03-10")
    desk.do(measure("2024-03-31", "900000.00"))
    assert standing(desk) == (-62_222_223, -(70_311_112 - 62_222_223), 0, 70_311_112 - 33_900_000, 46_666_667, 0)
    desk.do(measure("2024-04-30", "1300000.00"))
    spent = 46_666_667 + 6_410_256
    assert standing(desk) == (-43_076_923, -(48_676_923 - 43_076_923), 0, 48_676_923 - 33_900_000, spent, -6_410_256)
    assert spent - 43_076_923 == 10_000_000, "the whole loss: 1,300,000.00 less 1,200,000.00"


def test_by_cost_incurred_month_by_month() -> None:
    told(placed())


def test_acceptance_makes_it_whole_and_its_vat_due() -> None:
    desk = placed()
    told(desk)
    desk.build()
    buy(desk, "833333.33", "2024-07-01")
    before = desk.balances()
    _, sale = desk.accept()
    assert standing(desk) == (-120_000_000, 0, 0, 14_528_571, 130_000_000, 0), "retained: 1,017,000.00 × 10 / 70"
    assert desk.balances()["output-vat"] == -15_600_000
    assert desk.balances()["receivables"] == 135_600_000 - 33_900_000 - 14_528_571
    assert [(line.base_minor, line.vat_minor) for line in vat_lines(sale)] == [(120_000_000, 15_600_000)]
    about: dict[str, Any] = {"step": "order.acceptance-certified", "reason": "not yet (demo)"}
    desk.do(WithdrawOrderStep(effective_on=date(2024, 9, 10), order=ORDER, **about))
    assert desk.balances() == before
    desk.accept()
    collect = {"receivable": "shipment", "bank_reference": "B-9"}
    desk.do(CollectReceivable(effective_on=date(2024, 9, 20), order=ORDER, **collect))
    assert "receivables" not in desk.balances()


def test_each_measurement_is_taken_back_to_the_fen() -> None:
    desk = placed()
    stood = [desk.balances()]
    for on, expected in (("2024-01-31", "800000.00"), ("2024-02-29", "700000.00"), ("2024-04-30", "2500000.00")):
        desk.do(measure(on, expected))
        stood.append(desk.balances())
    with pytest.raises(OrderStepNotLatest, match="reverse-progress of 2024-04-30"):
        desk.do(back("2024-02-29"))
    for on, before in (("2024-04-30", stood[2]), ("2024-02-29", stood[1]), ("2024-01-31", stood[0])):
        desk.do(back(on))
        assert desk.balances() == before
    desk.do(measure("2024-01-31", "800000.00"))
    assert desk.balances() == stood[1]


# of 1,130,000.00: deposit 339,000.00; with the shipment 1,017,000.00; the retained tenth only with acceptance
def test_by_milestones_reached() -> None:
    desk = placed("MILESTONES")
    desk.do(measure("2024-01-31", "800000.00"))
    assert standing(desk) == (-30_000_000, -3_900_000, 0, 0, 20_000_000, 0)
    desk.do(measure("2024-03-31", "800000.00"))
    assert standing(desk) == (-30_000_000, -3_900_000, 0, 0, 20_000_000, 0), "nothing was reached since"
    desk.build_to_shipment()
    desk.do(measure("2024-04-30", "1000000.01"))
    # still to spend 800,000.01, still to earn 100,000.00
    assert standing(desk) == (-90_000_000, -11_700_000, 0, 67_800_000, 20_000_000 + 70_000_001, -70_000_001)
    desk.do(pay("shipment", "2024-05-02"))
    assert standing(desk)[2:4] == (-67_800_000, 67_800_000), "within the month both stand"
    desk.do(measure("2024-05-31", "1000000.01"))
    assert standing(desk)[2:4] == (0, 0)


def test_an_advance_of_a_later_day_does_not_count_yet() -> None:
    desk = placed()
    desk.build_to_shipment()
    desk.do(pay("shipment", "2024-05-02"))
    desk.do(measure("2024-04-30", "200000.00"))
    assert standing(desk) == (-100_000_000, -13_000_000, -67_800_000, 113_000_000 - 33_900_000, 20_000_000, 0)


def test_without_it_all_is_earned_on_acceptance() -> None:
    plain, measured = placed(None), placed()
    for desk in (plain, measured):
        desk.build()
    measured.do(measure("2024-08-31", "333333.33"))
    for desk in (plain, measured):
        desk.accept()
    assert plain.balances() == measured.balances()


def done() -> Desk:
    desk = placed()
    desk.do(measure("2024-01-31", "800000.00"))
    return desk


def accepted() -> Desk:
    desk = done()
    desk.build()
    desk.accept()
    return desk


REFUSED: list[tuple[Any, Any, type[Refusal]]] = [
    (lambda: placed(None), measure("2024-01-31", "800000.00"), NotOverTime),
    (placed, measure("2024-01-30", "800000.00"), NotMonthEnd),
    (done, measure("2024-01-31", "800000.01"), ProgressTaken),
    (accepted, measure("2024-09-30", "800000.00"), OrderStateForbids),
    (lambda: Desk(*done().facts), measure("2023-12-31", "800000.00"), OrderStepTooEarly),
    (placed, measure("2024-01-31", "199999.99"), ExpectedCostTooLow),
    (placed, back("2024-01-31"), OrderPostingUnknown),
    (accepted, back("2024-01-31"), OrderStepNotLatest),
    (
        done,
        CancelOrder(effective_on=date(2024, 2, 1), order=ORDER, cause="BUYER", document=PAPER),
        ProgressStands,
    ),
    (
        done,
        ReverseOrderPayment(
            effective_on=date(2024, 2, 1), order=ORDER, bank_reference="B-deposit", reason="not so (demo)"
        ),
        OrderStepNotLatest,
    ),
    (
        done,
        WithdrawPurchaseDocument(
            effective_on=date(2024, 2, 1), purchase="p-2024-01-12", orders=(ORDER,), reason="not so (demo)"
        ),
        StockTaken,
    ),
]


@pytest.mark.parametrize(
    ("given", "command", "refusal"), REFUSED, ids=[f"{at}-{one[2].__name__}" for at, one in enumerate(REFUSED)]
)
def test_refusals(given: Any, command: Any, refusal: type[Refusal]) -> None:
    desk = given()
    with pytest.raises(refusal):
        desk.do(command)


@pytest.mark.parametrize(("role", "terms"), [("AGENT", HOME), ("PRINCIPAL", TERMS)], ids=["an agent", "in dollars"])
def test_only_a_principals_sale_in_yuan_is_earned_over_time(role: Any, terms: OrderTerms) -> None:
    desk = Desk()
    about: dict[str, Any] = {"order": ORDER, "supplier": SUPPLIER, "buyer": "riverbend-demo", "terms": terms}
    desk.do(IssueQuotation(effective_on=date(2024, 1, 2), valid_until=date(2024, 2, 1), **about))
    advice = "leave it out, or quote in CNY" if terms is TERMS else "leave it out"
    with pytest.raises(OverTimeUnfit, match=f"{advice}$"):
        desk.do(
            PlaceOrder(
                effective_on=date(2024, 1, 8),
                order=ORDER,
                role=role,
                assessment=ASSESSMENT,
                document=PAPER,
                over_time="MILESTONES",
            )
        )
