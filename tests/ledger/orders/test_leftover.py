"""Stock that is left over (1405): sold, moved, written down and up, taken back; worked out by hand (IAS 2.28-.33)."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.bookkeeping.purchases.documents import RecordSupplierCreditNote, ToPurchase, WithdrawPurchaseDocument
from ledger.books.postings import postings
from ledger.books.vat import vat_lines
from ledger.companies.facts import CompanyExited
from ledger.decider import Fact, Refusal
from ledger.joint.buying import StockTaken
from ledger.orders.agreement import OrderPartyGone
from ledger.orders.cancelling import CancelOrder
from ledger.orders.leftover.clearing import (
    CustomerUnknown,
    MoveStock,
    NothingInStock,
    OrderTakesNothing,
    SellStock,
    StockEntryTaken,
)
from ledger.orders.leftover.writing_down import (
    ApproverIsWriteDownProposer,
    ApproveWriteDown,
    ProposeWriteDown,
    RejectWriteDown,
    StockChangedSince,
    StockMeasuredSo,
    WriteDownDecided,
    WriteDownUnknown,
)
from ledger.orders.mistakes.putting_right import (
    OrderPostingUnknown,
    OrderStepNotLatest,
    OtherOrderUnnamed,
    ReverseStockStep,
    StockGone,
)
from ledger.orders.mistakes.withdrawing import WithdrawOrderStep
from ledger.orders.order import OrderStateForbids, OrderStepTooEarly
from ledger.orders.receivables import CollectReceivable
from tests.ground.billed import APPROVER, lead
from tests.ground.ordered import GROUND, ORDER, PAPER, SUPPLIER, USD, Desk

PROPOSED = "order.write-down-proposed"
OTHER, CUSTOMER = "o-2-demo", "mill-demo"


def asked(on: str, entry: str, **more: Any) -> dict[str, Any]:
    return {"effective_on": date.fromisoformat(on), "order": ORDER, "stock_entry": entry, **more}


def sell(on: str = "2024-04-20", entry: str = "sale-demo", **more: Any) -> SellStock:
    given = {"customer": CUSTOMER, "amount": "113000.00", "document": PAPER, "rate_series": USD, **more}
    return SellStock(**asked(on, entry), **given)


def move(on: str = "2024-04-20", entry: str = "move-demo", **more: Any) -> MoveStock:
    return MoveStock(**asked(on, entry), **{"to_order": OTHER, "reason": "it fits (demo)", **more})


def propose(brings: str, on: str = "2024-04-15", entry: str = "w-1-demo") -> ProposeWriteDown:
    return ProposeWriteDown(**asked(on, entry), net_realisable=brings, reason="scrap (demo)", document=PAPER)


def back(on: str, entry: str, to_order: str | None = None) -> ReverseStockStep:
    return ReverseStockStep(**asked(on, entry), to_order=to_order, reason="a mistake (demo)")


def cancelled() -> Desk:
    """2,000,000.00 CNY were bought for an order that was cancelled on 2024-04-10; another is under way."""
    desk = Desk(*GROUND, lead(CUSTOMER))
    desk.place("PRINCIPAL")
    desk.buy()
    desk.order = OTHER
    desk.place("PRINCIPAL")
    desk.order = ORDER
    desk.do(CancelOrder(effective_on=date(2024, 4, 10), order=ORDER, cause="BUYER", document=PAPER))
    return desk


def written_down(desk: Desk, brings: str, on: str = "2024-04-15", entry: str = "w-1-demo") -> tuple[Fact, ...]:
    desk.do(propose(brings, on, entry))
    return desk.do(ApproveWriteDown(**asked(on, entry)), APPROVER)


def stock_of(desk: Desk, order: str) -> int:
    lines = (line for fact in desk.facts for line in postings(fact))
    return sum(line.amount_minor for line in lines if (line.account, line.document) == ("inventory", order))


NO_STOCK = {"payables": -200_000_000}
"""What the supplier is owed: 2,000,000.00."""


def test_stock_is_sold_whole_with_its_vat_and_its_cost() -> None:
    desk = cancelled()
    (sale,) = desk.do(sell())
    # USD 113,000.00 at 7.1268 is CNY 805,328.40; / 1.13 is 712,680.00
    assert desk.balances() == NO_STOCK | {
        "receivables": 80_532_840,
        "equipment": -71_268_000,
        "output-vat": -9_264_840,
        "cost-of-sales": 200_000_000,
    }
    (vat,) = vat_lines(sale)
    assert (vat.company, vat.rate, vat.base_minor, vat.vat_minor) == (CUSTOMER, "0.13", 71_268_000, 9_264_840)
    collect = CollectReceivable(
        effective_on=date(2024, 9, 10), order=ORDER, receivable="sale-demo", bank_reference="B-9", rate_series=USD
    )
    (paid,) = desk.do(collect)
    assert (paid.payer, desk.balances()["exchange"]) == (CUSTOMER, 80_532_840 - 79_891_000)  # type: ignore[attr-defined] # a collection
    assert "receivables" not in desk.balances()


def test_across_the_border_there_is_no_vat() -> None:
    desk = cancelled()
    desk.do(sell(supply="CROSS_BORDER"))
    assert desk.balances()["equipment"] == -80_532_840
    assert "output-vat" not in desk.balances()


def test_stock_stands_at_the_lower_of_its_cost_and_what_it_brings() -> None:
    desk = cancelled()
    written_down(desk, "1400000.00")
    assert desk.balances() == NO_STOCK | {
        "inventory": 200_000_000,
        "stock-allowance": -60_000_000,
        "impairment": 60_000_000,
    }
    desk.do(sell(cost="1000000.00"))
    assert (desk.balances()["cost-of-sales"], desk.balances()["stock-allowance"]) == (70_000_000, -30_000_000)
    written_down(desk, "900000.00", "2024-05-15", "w-2-demo")
    assert (desk.balances()["stock-allowance"], desk.balances()["impairment"]) == (-10_000_000, 40_000_000)
    written_down(desk, "1200000.00", "2024-06-15", "w-3-demo")
    assert "stock-allowance" not in desk.balances(), "up to its cost, and no further"
    assert (desk.balances()["inventory"], desk.balances()["impairment"]) == (100_000_000, 30_000_000)


def test_stock_moves_at_what_it_stands_at_and_the_other_acceptance_takes_it() -> None:
    desk = cancelled()
    written_down(desk, "1400000.01")
    desk.do(move(cost="333333.33"))
    # of an allowance of 599,999.99 on 2,000,000.00 a cost of 333,333.33 takes 99,999.997 with it
    assert (stock_of(desk, ORDER), stock_of(desk, OTHER)) == (166_666_667, 23_333_333)
    assert desk.balances()["stock-allowance"] == -(59_999_999 - 10_000_000)
    desk.order = OTHER
    desk.build()
    desk.accept()
    assert (stock_of(desk, OTHER), desk.balances()["cost-of-sales"]) == (0, 23_333_333)


@pytest.mark.parametrize(
    ("recorded", "taken_back"),
    [
        ([sell()], back("2024-04-20", "sale-demo")),
        ([move(cost="5.00")], back("2024-04-20", "move-demo", OTHER)),
        ([propose("1.00")], back("2024-04-15", "w-1-demo")),
    ],
    ids=["a sale", "a move", "a write-down"],
)
def test_each_is_taken_back_to_the_fen(recorded: list[Any], taken_back: ReverseStockStep) -> None:
    desk = cancelled()
    written_down(desk, "1777777.77", "2024-04-14", "w-0-demo")
    before, stock = desk.balances(), (stock_of(desk, ORDER), stock_of(desk, OTHER))
    for command in recorded:
        desk.do(command)
        if isinstance(command, ProposeWriteDown):
            desk.do(ApproveWriteDown(**asked("2024-04-15", command.stock_entry)), APPROVER)
    assert desk.balances() != before or stock_of(desk, OTHER) != stock[1]
    desk.do(taken_back)
    assert (desk.balances(), (stock_of(desk, ORDER), stock_of(desk, OTHER))) == (before, stock)
    again = [replace(command, stock_entry="again-demo") for command in recorded]
    for command in again:
        desk.do(command)


def taken() -> Desk:
    """The other order's acceptance took what was moved to it."""
    desk = cancelled()
    desk.do(move())
    desk.order = OTHER
    desk.build()
    desk.accept()
    desk.order = ORDER
    return desk


def sold() -> Desk:
    desk = cancelled()
    desk.do(sell(cost="1500000.00"))
    return desk


def low() -> Desk:
    desk = cancelled()
    written_down(desk, "100.00")
    return desk


def proposed() -> Desk:
    desk = cancelled()
    desk.do(propose("100.00"))
    return desk


def under_way() -> Desk:
    desk = Desk()
    desk.place("PRINCIPAL")
    desk.buy()
    return desk


WITHDRAW = WithdrawPurchaseDocument(
    effective_on=date(2024, 5, 1), purchase="p-1-demo", orders=(ORDER,), reason="another's (demo)"
)
LESS = RecordSupplierCreditNote(
    effective_on=date(2024, 5, 1),
    purchase="p-less-demo",
    invoice="p-1-demo",
    supplier=SUPPLIER,
    number="CN-1",
    lines=(ToPurchase(kind="INVENTORY", net="500000.01", order=ORDER),),
    reason="a fault (demo)",
)
UNCANCEL = WithdrawOrderStep(
    effective_on=date(2024, 4, 10), order=ORDER, step="order.cancelled", reason="not so (demo)"
)
APPROVAL, REJECTION = (
    ApproveWriteDown(**asked("2024-04-16", "w-1-demo")),
    RejectWriteDown(**asked("2024-04-16", "w-1-demo"), reason="no (demo)"),
)

REFUSED: list[tuple[Any, Any, type[Refusal]]] = [
    (sold, sell(), StockEntryTaken),
    (cancelled, sell(entry="deposit"), StockEntryTaken),
    (cancelled, sell(entry="cancellation-fee"), StockEntryTaken),
    (proposed, sell(entry="w-1-demo"), StockEntryTaken),
    (under_way, sell(), OrderStateForbids),
    (cancelled, sell("2024-04-09"), OrderStepTooEarly),
    (cancelled, sell(customer="nobody-demo"), CustomerUnknown),
    (cancelled, move(to_order="o-9-demo"), OrderTakesNothing),
    (cancelled, move(to_order=ORDER), OrderTakesNothing),
    (sold, sell("2024-04-19", "earlier-demo"), OrderStepTooEarly),
    (sold, sell(entry="more-demo", cost="500000.01"), NothingInStock),
    (sold, sell(entry="none-demo", cost="0.00"), NothingInStock),
    (taken, sell("2024-12-01"), NothingInStock),
    (sold, LESS, StockTaken),
    (low, WITHDRAW, StockTaken),
    (low, replace(LESS, lines=(replace(LESS.lines[0], net="100.01"),)), StockTaken),
    (sold, UNCANCEL, OrderStepNotLatest),
    (proposed, UNCANCEL, OrderStepNotLatest),
    (low, propose("100.00", "2024-05-01", "w-2-demo"), StockMeasuredSo),
    (cancelled, propose("2000000.00"), StockMeasuredSo),
    (cancelled, APPROVAL, WriteDownUnknown),
    (low, APPROVAL, WriteDownDecided),
    (low, REJECTION, WriteDownDecided),
    (taken, back("2024-12-01", "move-demo"), OtherOrderUnnamed),
    (taken, back("2024-12-01", "move-demo", OTHER), StockGone),
    (sold, back("2024-05-01", "sale-demo", OTHER), OtherOrderUnnamed),
    (cancelled, back("2024-05-01", "sale-demo"), OrderPostingUnknown),
]


@pytest.mark.parametrize(
    ("given", "command", "refusal"), REFUSED, ids=[f"{one.__name__}-{no.__name__}" for one, _, no in REFUSED]
)
def test_refusals(given: Any, command: Any, refusal: type[Refusal]) -> None:
    desk = given()
    with pytest.raises(refusal):
        desk.do(command, APPROVER)


def test_four_eyes_and_what_was_proposed() -> None:
    desk = proposed()
    with pytest.raises(ApproverIsWriteDownProposer):
        desk.do(APPROVAL)
    desk.do(sell("2024-04-15", cost="1.00"))
    with pytest.raises(StockChangedSince):
        desk.do(APPROVAL, APPROVER)
    desk.do(REJECTION, APPROVER)
    with pytest.raises(WriteDownDecided):
        desk.do(APPROVAL, APPROVER)
    assert "impairment" not in desk.balances()


def test_a_write_down_before_a_sale_is_taken_back_after_it() -> None:
    desk = low()
    desk.do(sell("2024-04-20"))
    with pytest.raises(OrderStepNotLatest):
        desk.do(back("2024-04-21", "w-1-demo"))
    desk.do(back("2024-04-21", "sale-demo"))
    desk.do(back("2024-04-21", "w-1-demo"))
    with pytest.raises(WriteDownDecided):
        desk.do(APPROVAL, APPROVER)
    desk.do(WithdrawOrderStep(effective_on=date(2024, 4, 15), order=ORDER, step=PROPOSED, reason="not so (demo)"))
    desk.do(UNCANCEL)
    assert desk.balances() == NO_STOCK | {"inventory": 200_000_000}


def test_who_has_left_buys_nothing() -> None:
    desk = cancelled()
    desk.facts.append(
        CompanyExited(
            effective_on=date(2024, 4, 1), company=CUSTOMER, ended=(), receivable="0.00", deposits_held="0.00"
        )
    )
    with pytest.raises(OrderPartyGone):
        desk.do(sell())
