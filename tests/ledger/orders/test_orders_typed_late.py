"""What is typed after what it comes before: refused, and the way that the refusal names leads to the right figures."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.decider import Command, Refusal
from ledger.orders.changing import ApproveChangeOrder, ProposeChangeOrder
from ledger.orders.earning import ReferenceUnfit, ReverseCommission, SaidOtherwise
from ledger.orders.mistakes.putting_right import OrderStepNotLatest, RestoreCommission
from ledger.orders.order import OrderStepTooEarly
from ledger.orders.payments import NothingToInvoice, RemitClientMoney
from ledger.orders.receivables import RevalueReceivables
from ledger.orders.terms import CommissionTerm, OrderTerms, Role
from ledger.orders.works import HoldOrder, ResumeOrder, StartProduction
from tests.ground.billed import APPROVER
from tests.ground.given import decide
from tests.ground.ordered import PAPER, TERMS, USD, Desk
from tests.ledger.orders.test_orders_mistakes import (
    accepted,
    asked,
    back,
    collect,
    invoice,
    ordered,
    pay,
    state,
    withdraw,
)


def propose(price: str, on: str = "2024-02-01", name: str = "c-1-demo", quantity: int = 2) -> ProposeChangeOrder:
    lines = (replace(TERMS.lines[0], unit_price=price, quantity=quantity),)
    return ProposeChangeOrder(**asked(on, change=name, lines=lines, reason="another pump (demo)", document=PAPER))


def agree(on: str = "2024-02-01", name: str = "c-1-demo", **more: Any) -> ApproveChangeOrder:
    return ApproveChangeOrder(**asked(on, change=name, **more))


def told(desk: Desk, *commands: Command) -> Desk:
    for command in commands:
        desk.do(command, *((APPROVER,) if isinstance(command, ApproveChangeOrder) else ()))
    return desk


def refused(desk: Desk, command: Command, refusal: type[Refusal], says: str) -> None:
    with pytest.raises(refusal, match=says):
        told(desk, command)


# Paid after an acceptance that was withdrawn


def test_a_milestone_is_paid_after_the_acceptance_was_withdrawn() -> None:
    """The shipment's 252,000.00 come on 2024-09-20 at 7.07: 1,781,640.00, an advance again, and no sale is booked."""
    desk = accepted("PRINCIPAL", TERMS, pay("2024-01-10", "P-1"))
    told(desk, withdraw("2024-09-10", "order.acceptance-certified"), pay("2024-09-20", "P-2", "shipment"))
    assert desk.balances() == {"bank": 89505360 + 178164000, "equipment-advances": -89505360 - 178164000}
    told(desk, withdraw("2024-09-01", "order.sat-passed"))
    assert state(desk).paid_minor("shipment") == 25_200_000


# Advances that are typed after acceptance


def test_an_advance_typed_after_acceptance_keeps_the_rate_of_its_day() -> None:
    """126,000.00 at 7.1036, 252,000.00 at 7.1268, 42,000.00 at 7.07: 2,987,947.20 (domain §5), and no exchange."""
    desk = accepted("PRINCIPAL", TERMS, pay("2024-01-10", "P-1"))
    late = pay("2024-04-10", "P-2", "shipment")
    refused(desk, late, OrderStepTooEarly, "withdraw-order-step of order.acceptance-certified, record the payment")
    told(desk, withdraw("2024-09-10", "order.acceptance-certified"), late)
    desk.accept()
    assert desk.balances() == {"bank": 269100720, "contract-assets": 29694000, "equipment": -298794720}


@pytest.mark.parametrize(
    ("story", "early", "says"),
    [
        pytest.param(
            lambda: accepted("AGENT"),
            collect("2024-09-09", "F-1", "commission-accepted"),
            "owed since 2024-09-10; if it was earned before",
            id="a-fee",
        ),
        pytest.param(
            lambda: accepted("PRINCIPAL"), pay("2024-09-09", "P-9", "retention"), "what came before", id="a-retention"
        ),
    ],
)
def test_nothing_is_collected_before_it_is_owed(story: Callable[[], Desk], early: Command, says: str) -> None:
    desk = story()
    refused(desk, early, OrderStepTooEarly, says)
    told(desk, replace(early, effective_on=date(2024, 9, 10)))


# Change orders among payments, and what is earned on the value


def test_a_payment_and_a_change_order_are_typed_in_the_order_of_their_days() -> None:
    """440,000.00 from 2024-02-01 on; 126,000.00 were due before, 132,000.00 (30 %) since."""
    before, after = pay("2024-01-10", "P-1"), pay("2024-02-20", "P-2")
    desk = told(ordered(), propose("220000.00"), agree())
    refused(desk, before, OrderStepTooEarly, "withdraw-order-step of order.change-approved, and approve it again")
    told(desk, withdraw("2024-02-01", "order.change-approved"), before, agree())
    assert [one.amount_minor for one in state(desk).milestones] == [12_600_000, 26_914_286, 4_485_714]
    desk = told(ordered(), after, propose("220000.00"))
    refused(desk, agree(), OrderStepTooEarly, "reverse-order-payment of P-2, approve, record it again")
    told(desk, back("2024-02-20", "P-2"), agree(), after)
    assert [one.amount_minor for one in state(desk).milestones] == [13_200_000, 26_400_000, 4_400_000]


def test_change_orders_are_agreed_in_the_order_of_their_days() -> None:
    """440,000.00 from 2024-02-01 on, 210,000.00 from 2024-03-01 on: the later day's value stays."""
    later = agree("2024-03-01", "c-2-demo")
    desk = told(ordered(), propose("220000.00"), propose("105000.00", "2024-03-01", "c-2-demo"), later)
    refused(desk, agree(), OrderStepTooEarly, "change order c-2-demo .withdraw-order-step")
    told(desk, withdraw("2024-03-01", "order.change-approved"), agree(), later)
    assert state(desk).value_minor == 21_000_000


FEE = CommissionTerm(trigger="ORDERED", rate="0.03")
FEE_ON_ORDER = replace(TERMS, commission=(FEE,))
DOMESTIC = replace(FEE_ON_ORDER, currency="CNY", commission_supply="DOMESTIC")
FEE_IN_CNY = replace(FEE_ON_ORDER, currency="CNY")


def agent(terms: OrderTerms = FEE_ON_ORDER, *commands: Command) -> Desk:
    desk = ordered("AGENT", terms, on=date(2024, 1, 12), rate_series=USD)
    return told(desk, *commands)


COLLECTED = collect("2024-01-20", "F-1", "commission-ordered")
CHANGED: Sequence[Any] = (
    pytest.param(
        # 12,600.00 at 7.1036 is 89,505.36; half of both.
        (FEE_ON_ORDER, propose("105000.00"), agree()),
        {"receivables": 4475268, "brokerage": -4475268},
        id="half-of-it",
    ),
    pytest.param(
        # 600.00 more (3 % of 20,000.00) at 7.1268 on 2024-04-10: 4,276.08.
        (FEE_ON_ORDER, propose("220000.00", "2024-04-10"), agree("2024-04-10", rate_series=USD)),
        {"receivables": 8950536 + 427608, "brokerage": -8950536 - 427608},
        id="more-at-the-rate-of-the-day",
    ),
    pytest.param(
        # Remeasured at 7.1268 in April: 89,797.68, a gain of 292.32; half goes out as it stands, and as it was earned.
        (
            FEE_ON_ORDER,
            RevalueReceivables(effective_on=date(2024, 4, 30), month="2024-04", rate_series=(USD,)),
            propose("105000.00", "2024-05-02"),
            agree("2024-05-02"),
        ),
        {"receivables": 4489884, "brokerage": -4475268, "exchange": -14616},
        id="half-of-what-was-remeasured",
    ),
    pytest.param(
        # All 12,600.00 came at 7.1036; 6,300.00 go back on 2024-04-10 at 7.1268: 44,898.84, 146.16 more than they came.
        (
            FEE_ON_ORDER,
            COLLECTED,
            propose("105000.00", "2024-04-10"),
            agree("2024-04-10", bank_reference="F-2", rate_series=USD),
        ),
        {"bank": 8950536 - 4489884, "brokerage": -4475268, "exchange": 14616},
        id="half-of-what-was-collected",
    ),
    pytest.param(
        # 10,000.00 came, 2,600.00 are owed: those go out, 3,700.00 go back. CNY 6,300.00 are earned, 6,300.00 came.
        (
            FEE_IN_CNY,
            replace(COLLECTED, amount="10000.00", rate_series=None),
            propose("105000.00"),
            agree(bank_reference="F-2"),
        ),
        {"bank": 630000, "brokerage": -630000},
        id="what-is-owed-goes-out-first",
    ),
    pytest.param(
        # 6 % on 12,600.00 is 756.00; on 6,300.00 it is 378.00.
        (DOMESTIC, propose("105000.00"), agree()),
        {"receivables": 667800, "brokerage": -630000, "output-vat": -37800},
        id="with-its-tax",
    ),
    pytest.param(
        # 3 % of 440,000.00 is 13,200.00, and 792.00 of tax.
        (DOMESTIC, propose("220000.00"), agree()),
        {"receivables": 1399200, "brokerage": -1320000, "output-vat": -79200},
        id="more-with-its-tax",
    ),
    pytest.param(
        # A flat fee of 5,000.00 stays, 3 % of it do not.
        (replace(FEE_IN_CNY, commission=(replace(FEE, flat="5000"),)), propose("105000.00"), agree()),
        {"receivables": 1130000, "brokerage": -1130000},
        id="a-flat-part-stays",
    ),
    pytest.param(
        # Given up before: nothing to follow.
        (
            FEE_IN_CNY,
            ReverseCommission(**asked("2024-01-20", trigger="ORDERED", reason="given up (demo)")),
            propose("105000.00"),
            agree(),
        ),
        {},
        id="given-up",
    ),
    pytest.param(
        # Twice changed: 12,600.00, 6,300.00, 13,200.00.
        (FEE_IN_CNY, propose("105000.00"), agree(), propose("220000.00", name="c-2-demo"), agree(name="c-2-demo")),
        {"receivables": 1320000, "brokerage": -1320000},
        id="down-and-up",
    ),
)


@pytest.mark.parametrize(("story", "balances"), CHANGED)
def test_a_fee_follows_the_value(story: Any, balances: dict[str, int]) -> None:
    """And when the change is withdrawn, all is as it was before, the fee to be given up whole."""
    terms, *commands, approval = story
    desk = agent(terms, *commands)
    before, fees = desk.balances(), state(desk).fees
    told(desk, approval)
    assert desk.balances() == balances
    gone = withdraw(str(approval.effective_on), "order.change-approved", about=approval.change)
    told(desk, gone)
    assert (desk.balances(), state(desk).fees) == (before, fees)
    told(desk, approval)
    assert desk.balances() == balances


def test_a_fee_that_follows_is_given_up_whole() -> None:
    desk = agent(FEE_IN_CNY, propose("105000.00"), agree())
    told(desk, ReverseCommission(**asked("2024-02-05", trigger="ORDERED", reason="given up (demo)")))
    assert desk.balances() == {}


def test_a_fee_given_up_is_restored_at_the_value_that_it_was_given_up_at() -> None:
    """And follows then: 12,600.00, nothing, 12,600.00, 6,300.00."""
    given_up = ReverseCommission(**asked("2024-01-20", trigger="ORDERED", reason="given up (demo)"))
    desk = agent(FEE_IN_CNY, given_up, propose("105000.00"), agree())
    restore = RestoreCommission(**asked("2024-02-05", trigger="ORDERED", reason="not given up (demo)"))
    refused(desk, restore, OrderStepNotLatest, "order.change-approved of 2024-02-01 .* withdraw-order-step")
    told(desk, withdraw("2024-02-01", "order.change-approved"), restore, agree())
    assert desk.balances() == {"receivables": 630000, "brokerage": -630000}


def test_what_goes_back_by_a_change_order_is_named_and_goes_back_with_it_alone() -> None:
    desk = agent(FEE_ON_ORDER, COLLECTED, propose("105000.00"))
    refused(desk, agree(), ReferenceUnfit, r"6300\.00 USD of the fee on ORDERED go back: name its bank reference")
    told(desk, agree(bank_reference="F-2", rate_series=USD))
    refused(desk, agree(bank_reference="F-3", rate_series=USD), SaidOtherwise, "another bank reference")
    refused(desk, back("2024-02-02", "F-2"), OrderStepNotLatest, "withdraw-order-step of order.change-approved")
    told(desk, withdraw("2024-02-01", "order.change-approved"))
    assert desk.balances() == {"bank": 8950536, "brokerage": -8950536}


def test_a_change_typed_late_moves_the_fee_no_earlier_than_it_was_earned() -> None:
    """3 % of 440,000.00 on 2024-04-05, at 7.1036: 12,600.00 and 600.00."""
    desk = ordered("AGENT", replace(TERMS, commission=(CommissionTerm(trigger="SHIPPED", rate="0.03"),)))
    told(desk, propose("220000.00"))
    desk.build_to_shipment()
    added = decide(desk.facts, agree(rate_series=USD), APPROVER)
    assert [fact.effective_on for fact in added] == [date(2024, 2, 1), date(2024, 4, 5)]
    told(desk, agree(rate_series=USD))
    assert desk.balances() == {"receivables": 8950536 + 426216, "brokerage": -8950536 - 426216}


def test_a_step_is_not_earned_on_a_value_of_later() -> None:
    desk = told(accepted_but_for_the_certificate(), propose("220000.00", "2024-09-20"), agree("2024-09-20"))
    with pytest.raises(OrderStepTooEarly, match=r"withdraw-order-step of order\.change-approved"):
        desk.accept()
    told(desk, withdraw("2024-09-20", "order.change-approved"))
    desk.accept()
    assert desk.balances() == {"receivables": 8908200, "brokerage": -8908200}


def accepted_but_for_the_certificate() -> Desk:
    desk = ordered("AGENT")
    desk.build()
    return desk


# A deposit


@pytest.mark.parametrize("role", ["PRINCIPAL", "AGENT"])
def test_a_deposit_that_was_typed_first_keeps_nothing_from_having_begun(role: Role) -> None:
    """Ordered on 8 January, begun on the 20th, the deposit paid on the 31st: in either order of typing the same."""
    paid, began = pay("2024-01-31", "P-1"), StartProduction(**asked("2024-01-20", document=PAPER))
    held = HoldOrder(**asked("2024-01-18", reason="a strike (demo)"))
    on = ResumeOrder(**asked("2024-01-19", reason="it is over (demo)"))
    first, last = told(ordered(role), held, on, began, paid), told(ordered(role), paid, held, on, began)
    assert state(first) == state(last)
    assert (state(last).state, state(last).since) == ("IN_PRODUCTION", date(2024, 1, 20))
    early = StartProduction(**asked("2024-01-07", document=PAPER))
    refused(told(ordered(role), paid), early, OrderStepTooEarly, "is ORDERED since 2024-01-08")


# Nothing left of a milestone


def test_a_milestone_of_nothing_is_not_invoiced() -> None:
    """126,000.00 are paid; the value is changed to just that, and nothing is left of the other milestones."""
    desk = told(ordered(), pay("2024-01-10", "P-1"), propose("126000.00", quantity=1), agree())
    assert [one.amount_minor for one in state(desk).milestones] == [12_600_000, 0, 0]
    desk.build(quantity=1)
    refused(desk, invoice("2024-04-06", "shipment"), NothingToInvoice, "nothing to ask for")


# Client money


def test_client_money_goes_on_at_the_rates_that_it_came_at_by_then() -> None:
    """100,000.00 at 7.1036, of which 50,000.00 go on in February; 26,000.00 at 7.1268 in April do not change that."""
    first, then = (pay("2024-01-10", "P-1", amount="100000.00"), pay("2024-04-10", "P-2"))
    out = RemitClientMoney(**asked("2024-02-01", milestone="deposit", amount="50000.00", bank_reference="O-1"))
    rest = RemitClientMoney(**asked("2024-04-12", milestone="deposit", bank_reference="O-2"))
    for story in ((first, out, then), (first, then, out)):
        desk = told(ordered("AGENT"), *story)
        assert desk.balances() == {"bank": 35518000 + 18529680, "client-money": -35518000 - 18529680}
        assert told(desk, rest).balances() == {}
    desk = told(ordered("AGENT"), first, out)
    refused(desk, pay("2024-01-20", "P-3"), OrderStepTooEarly, "reverse-order-payment of O-1, and record it again")
    told(desk, back("2024-02-01", "O-1"), pay("2024-01-20", "P-3"), out)
