"""What a bank on the way keeps (domain §14.11), and client money that goes on in parts; each figure worked out by hand.

USD 126,000.00 of the deposit come at 7.1036: CNY 895,053.60; 25.00 of them are 177.59.
"""

from datetime import date
from typing import Any

import pytest

from ledger.decider import Command, Refusal
from ledger.orders.mistakes.putting_right import ReverseOrderPayment
from ledger.orders.order import (
    OrderAmountMalformed,
    OrderOpenExceeded,
    OrderReferenceTaken,
    OrderStepTooEarly,
    RoleForbids,
)
from ledger.orders.payments import MilestoneIsPaid, RecordMilestonePayment, RemitClientMoney
from ledger.orders.receivables import CollectReceivable, RevalueReceivables
from ledger.orders.works import ReleaseRetention
from tests.ground.ordered import ORDER, USD, Desk


def asked(on: str, **more: Any) -> dict[str, Any]:
    return {"effective_on": date.fromisoformat(on), "order": ORDER, **more}


def pay(on: str = "2024-01-10", reference: str = "B-1", **more: Any) -> RecordMilestonePayment:
    given = {"milestone": "deposit", "bank_reference": reference, "rate_series": USD, **more}
    return RecordMilestonePayment(**asked(on, **given))


def remit(on: str = "2024-01-12", reference: str = "OUT-1", **more: Any) -> RemitClientMoney:
    return RemitClientMoney(**asked(on, milestone="deposit", bank_reference=reference, **more))


def ordered(role: Any, *commands: Command) -> Desk:
    desk = Desk()
    desk.place(role)
    for command in commands:
        desk.do(command)
    return desk


def refused(desk: Desk, command: Command, refusal: type[Refusal], field: str | None = None) -> None:
    with pytest.raises(refusal) as raised:
        desk.do(command)
    assert raised.value.field == field


@pytest.mark.parametrize("amount", ["125975.00", None], ids=["what-came", "all-that-is-open"])
def test_an_advance_is_whole_though_a_bank_kept_some(amount: str | None) -> None:
    desk = ordered("PRINCIPAL", pay(amount=amount, bank_charge="25.00"))
    assert desk.balances() == {"bank": 89487601, "bank-charges": 17759, "equipment-advances": -89505360}
    refused(desk, pay(reference="B-2"), MilestoneIsPaid, "milestone")
    refused(desk, pay(amount="125975.00", bank_charge="24.99"), MilestoneIsPaid, "milestone")
    desk.do(ReverseOrderPayment(**asked("2024-01-11", bank_reference="B-1", reason="another's (demo)")))
    assert desk.balances() == {}


def test_the_same_money_and_no_charge_leaves_the_rest_open() -> None:
    desk = ordered("PRINCIPAL", pay(amount="125975.00"))
    assert desk.balances() == {"bank": 89487601, "equipment-advances": -89487601}
    desk.do(pay(reference="B-2", amount="25.00"))
    refused(desk, pay(reference="B-3"), MilestoneIsPaid, "milestone")


def test_a_receivable_is_collected_though_a_bank_kept_some() -> None:
    """42,000.00 stand at 294,310.80; at 7.2590 they are 304,878.00, of which 181.48 were kept: gain 10,567.20."""
    desk = ordered("PRINCIPAL")
    desk.build()
    desk.accept()
    desk.do(RevalueReceivables(effective_on=date(2024, 9, 30), month="2024-09", rate_series=(USD,)))
    desk.step(ReleaseRetention, date(2024, 11, 1))
    before = desk.balances()
    desk.do(pay("2024-11-20", milestone="retention", amount="41975.00", bank_charge="25.00"))
    after = desk.balances()
    moved = {account: after.get(account, 0) - before.get(account, 0) for account in {**before, **after}}
    assert {account: amount for account, amount in moved.items() if amount} == {
        "bank": 30469652,
        "bank-charges": 18148,
        "receivables": -29431080,
        "exchange": -1056720,
    }


def test_an_agents_own_fee_too() -> None:
    """12,600.00 at 7.20 = 90,720.00, of which 180.00 were kept."""
    desk = ordered("AGENT")
    desk.build()
    desk.accept()
    named = {"receivable": "commission-accepted", "bank_reference": "B-FEE", "rate_series": USD}
    desk.do(CollectReceivable(**asked("2024-10-15", amount="12575.00", bank_charge="25.00", **named)))
    assert (desk.balances()["bank"], desk.balances()["bank-charges"]) == (9054000, 18000)
    assert "receivables" not in desk.balances()


@pytest.mark.parametrize(
    ("role", "command", "refusal", "field"),
    [
        ("AGENT", pay(amount="125975.00", bank_charge="25.00"), RoleForbids, "bank_charge"),
        ("OBSERVER", pay(bank_reference=None, rate_series=None, bank_charge="25"), RoleForbids, "bank_charge"),
        ("PRINCIPAL", pay(amount="125975.00", bank_charge="25.01"), OrderOpenExceeded, "amount"),
        ("PRINCIPAL", pay(bank_charge="126000.00"), OrderOpenExceeded, "bank_charge"),
        ("PRINCIPAL", pay(amount="1", bank_charge="0.001"), OrderAmountMalformed, "bank_charge"),
        ("PRINCIPAL", pay(amount="1", bank_charge="0"), OrderAmountMalformed, "bank_charge"),
    ],
)
def test_no_charge_is_taken_that_cannot_be(role: str, command: Command, refusal: type[Refusal], field: str) -> None:
    refused(ordered(role), command, refusal, field)


# Client money in parts


def test_client_money_goes_on_in_parts() -> None:
    """50,000.00 of it are 355,180.00; the rest, 76,000.00, is what is left: 539,873.60."""
    desk = ordered("AGENT", pay(), remit(amount="50000.00"))
    assert desk.balances() == {"bank": 53987360, "client-money": -53987360}
    refused(desk, remit(reference="OUT-2", amount="76000.01"), OrderOpenExceeded, "amount")
    refused(desk, remit(amount="50000.01"), OrderReferenceTaken, "bank_reference")
    refused(desk, remit(), OrderReferenceTaken, "bank_reference")
    desk.do(remit(reference="OUT-2"))
    assert desk.balances() == {}
    desk.do(ReverseOrderPayment(**asked("2024-01-13", bank_reference="OUT-1", reason="it came back (demo)")))
    assert desk.balances() == {"bank": 35518000, "client-money": -35518000}


def test_no_client_money_goes_on_before_so_much_has_come() -> None:
    first, second = pay(amount="100000.00"), pay("2024-04-10", "B-2", amount="26000.00")
    desk = ordered("AGENT", first, second, remit(amount="60000.00"))
    refused(desk, remit("2024-02-01", "OUT-2", amount="40000.01"), OrderStepTooEarly, "effective_on")
    desk.do(remit("2024-02-01", "OUT-2", amount="40000.00"))
    refused(desk, remit("2024-02-01", "OUT-3"), OrderStepTooEarly, "effective_on")
    desk.do(remit("2024-04-10", "OUT-3"))
    assert desk.balances().keys() <= {"bank", "client-money", "exchange"}
