"""Change orders: proposed by one, agreed to by another; a decision taken back."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.companies.facts import CompaniesMerged, CompanyExited
from ledger.decider import Command, Fact, Refusal, standing
from ledger.orders.agreement import IssueQuotation, OrderPartyGone, PlaceOrder
from ledger.orders.cancelling import CancelOrder
from ledger.orders.changing import (
    ApproveChangeOrder,
    ApproverIsChangeProposer,
    ChangeDecided,
    ChangeTaken,
    ChangeUnknown,
    PaidAlready,
    ProposeChangeOrder,
    RejectChangeOrder,
)
from ledger.orders.deciding import evolve_order, orders_of
from ledger.orders.earning import SaidOtherwise
from ledger.orders.facts import ChangeOrderApproved
from ledger.orders.mistakes.putting_right import OrderStepNotLatest
from ledger.orders.mistakes.withdrawing import OrderStepUnknown, WithdrawOrderStep
from ledger.orders.order import OrderStepTooEarly
from ledger.orders.payments import InvoiceMilestone, RecordMilestonePayment
from ledger.orders.works import StartProduction
from tests.ground.billed import APPROVER
from tests.ground.given import decide
from tests.ground.ordered import ASSESSMENT, BUYER, FINANCE, ORDER, PAPER, SUPPLIER, TERMS, USD, Desk

INVOICE = InvoiceMilestone(effective_on=date(2024, 2, 2), order=ORDER, milestone="deposit", invoice="inv-1-demo")


def asked(on: str, **more: Any) -> dict[str, Any]:
    return {"effective_on": date.fromisoformat(on), "order": ORDER, **more}


def pay(on: str) -> RecordMilestonePayment:
    return RecordMilestonePayment(**asked(on, milestone="deposit", bank_reference="B-1", rate_series=USD))


def principal() -> Desk:
    desk = Desk()
    desk.place("PRINCIPAL")
    return desk


def advanced() -> Desk:
    desk = principal()
    desk.do(pay("2024-01-10"))
    return desk


def lines(price: str) -> Any:
    return (replace(TERMS.lines[0], unit_price=price),)


def change(price: str, name: str = "c-1-demo") -> ProposeChangeOrder:
    named = {"change": name, "lines": lines(price), "reason": "another pump (demo)", "document": PAPER}
    return ProposeChangeOrder(**asked("2024-02-01", **named))


def value(desk: Desk) -> int:
    order = None
    for fact in standing(desk.facts, lambda fact: fact):
        if ORDER in orders_of(fact) and not fact.withdraws:
            order = evolve_order(order, fact, ORDER)
    assert order is not None
    return order.value_minor


def agree(on: str = "2024-02-01", name: str = "c-1-demo", **more: Any) -> ApproveChangeOrder:
    return ApproveChangeOrder(**asked(on, change=name, **more))


def turn_down(on: str = "2024-02-02", name: str = "c-1-demo") -> RejectChangeOrder:
    return RejectChangeOrder(**asked(on, change=name, reason="too dear (demo)"))


def test_other_lines_hold_once_another_agrees() -> None:
    """Proposed at 420,000.00; a day later 440,000.00 less the deposit paid, by somebody else, who signs what it is."""
    desk = advanced()
    desk.do(change("220000.00"))
    assert value(desk) == 42_000_000, "nothing is agreed yet"
    with pytest.raises(ApproverIsChangeProposer):
        desk.do(agree())
    (agreed,) = desk.do(agree("2024-02-03"), APPROVER)
    assert isinstance(agreed, ChangeOrderApproved)
    assert (agreed.proposed_by, agreed.approved_by, agreed.effective_on) == (
        FINANCE.actor,
        APPROVER.actor,
        date(2024, 2, 3),
    )
    assert value(desk) == 44_000_000


@pytest.mark.parametrize(
    ("story", "command", "refusal"),
    [
        pytest.param([], agree(), ChangeUnknown, id="nobody-proposed-it"),
        pytest.param(
            [change("220000.00"), INVOICE], agree(), OrderStepTooEarly, id="an-invoice-taken-back-before-it-was-made"
        ),
        pytest.param([change("220000.00")], agree(lines=lines("230000.00")), ChangeTaken, id="other-lines-were-meant"),
        pytest.param([change("220000.00")], agree("2024-01-31"), OrderStepTooEarly, id="before-it-was-proposed"),
        pytest.param([change("220000.00")], turn_down("2024-01-31"), OrderStepTooEarly, id="rejected-before-that"),
        pytest.param([change("220000.00"), turn_down()], agree("2024-02-03"), ChangeDecided, id="it-was-turned-down"),
        pytest.param([change("220000.00"), agree()], turn_down(), ChangeDecided, id="it-was-agreed-to"),
        pytest.param(
            [change("62999.99", name="c-2-demo"), pay("2024-02-02")],
            agree("2024-02-03", "c-2-demo"),
            PaidAlready,
            id="paid-meanwhile",
        ),
    ],
)
def test_nobody_agrees_to_a_change_order_that_is_not_open(
    story: list[Command], command: Command, refusal: type[Refusal]
) -> None:
    desk = principal()
    for told in story:
        desk.do(told, APPROVER if isinstance(told, ApproveChangeOrder) else FINANCE)
    with pytest.raises(Refusal) as raised:
        desk.do(command, APPROVER)
    assert type(raised.value) is refusal


def test_what_the_refused_old_form_says_works() -> None:
    desk = advanced()
    old = agree(lines=lines("220000.00"), reason="another pump (demo)", document=PAPER)
    with pytest.raises(ChangeUnknown, match="propose-change-order; somebody else"):
        desk.do(old, APPROVER)
    desk.do(change("220000.00"))
    assert len(desk.do(old, APPROVER)) == 1


def test_an_approval_from_before_proposals_stays_as_it_is() -> None:
    desk = advanced()
    (now,) = desk.change(change("220000.00"))
    desk.facts[-2:] = [replace(now, proposed_by=None, approved_by=None)]
    old = agree(lines=lines("220000.00"), reason="another pump (demo)", document=PAPER)
    assert desk.do(old, FINANCE) == ()
    with pytest.raises(ChangeTaken):
        desk.do(change("220000.00"))
    assert value(desk) == 44_000_000


def test_a_decision_on_a_change_is_withdrawn_and_the_proposal_is_open_again() -> None:
    desk = advanced()
    desk.do(change("220000.00"))
    desk.do(turn_down(), APPROVER)
    withdraw = WithdrawOrderStep(**asked("2024-02-02", step="order.change-rejected", reason="not yet (demo)"))
    gone = replace(withdraw, effective_on=date(2024, 2, 1), step="order.change-proposed")
    with pytest.raises(OrderStepNotLatest):
        desk.do(gone)
    desk.do(withdraw)
    desk.do(agree("2024-02-04"), APPROVER)
    desk.do(change("230000.00", name="c-2-demo"))
    with pytest.raises(OrderStepUnknown, match="c-1-demo, c-2-demo"):
        desk.do(gone)
    desk.do(replace(withdraw, effective_on=date(2024, 2, 4), step="order.change-approved"))
    assert value(desk) == 42_000_000
    desk.do(replace(gone, about="c-1-demo"))
    desk.do(agree("2024-02-05", "c-2-demo"), APPROVER)
    assert value(desk) == 46_000_000


GONE_ON = date(2024, 1, 2)


@pytest.mark.parametrize(
    "gone",
    [
        CompaniesMerged(company=BUYER, effective_on=GONE_ON, into=SUPPLIER, reason="one (demo)", evidence=PAPER),
        CompanyExited(company=SUPPLIER, effective_on=GONE_ON, ended=(), receivable="0", deposits_held="0"),
    ],
    ids=["buyer-merged", "supplier-left"],
)
def test_who_is_gone_places_no_order_and_changes_none(gone: Fact) -> None:
    """A quotation and a proposal were made while both were here."""
    quoted = Desk()
    quoted.do(IssueQuotation(**asked("2024-01-01"), supplier=SUPPLIER, buyer=BUYER, terms=TERMS, valid_until=GONE_ON))
    quoted.facts += (gone,)
    with pytest.raises(OrderPartyGone, match=r"merged into|has left"):
        quoted.do(PlaceOrder(**asked("2024-01-02"), role="PRINCIPAL", assessment=ASSESSMENT, document=PAPER))
    desk = principal()
    desk.do(change("210000"))
    desk.facts += (gone,)
    with pytest.raises(OrderPartyGone, match=r"merged into|has left"):
        desk.do(agree(), APPROVER)


def test_a_rate_that_is_named_is_said_even_where_nothing_is_converted() -> None:
    """No step here converts anything. The same again is so already; another rate, or none, is no other word for it."""
    desk = Desk()
    desk.do(IssueQuotation(**asked("2024-01-01"), supplier=SUPPLIER, buyer=BUYER, terms=TERMS, valid_until=GONE_ON))
    placed = PlaceOrder(**asked("2024-01-02"), role="PRINCIPAL", assessment=ASSESSMENT, document=PAPER, rate_series=USD)
    steps: list[Any] = [
        placed,
        agree(rate_series=USD),
        StartProduction(**asked("2024-02-02"), document=PAPER, rate_series=USD),
        CancelOrder(**asked("2024-02-03"), cause="BUYER", fee="0", document=PAPER, rate_series=USD),
    ]
    for step in steps:
        if isinstance(step, ApproveChangeOrder):
            desk.do(change("210000"))
        by = APPROVER if isinstance(step, ApproveChangeOrder) else FINANCE
        desk.do(step, by)
        for other in ("fx/usd-cny-bank", None):
            with pytest.raises(SaidOtherwise):
                decide(desk.facts, replace(step, rate_series=other), by)
