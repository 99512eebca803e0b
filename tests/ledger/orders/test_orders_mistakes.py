"""What was recorded wrong of an order is put right: paid short, paid by mistake, stepped by mistake; to the fen."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.decider import Command, Fact, Refusal, standing
from ledger.orders.cancelling import CancelOrder, ForfeitAdvance, RefundAdvance
from ledger.orders.changing import ProposeChangeOrder
from ledger.orders.deciding import evolve_order, orders_of
from ledger.orders.earning import ReverseCommission, SaidOtherwise
from ledger.orders.leftover.clearing import MoveStock, SellStock
from ledger.orders.leftover.writing_down import ApproveWriteDown, ProposeWriteDown
from ledger.orders.mistakes.facts import OrderMirror, OrderStepWithdrawn, ProgressReversed, WriteDownReversed
from ledger.orders.mistakes.putting_right import (
    OrderPostingUnknown,
    OrderStepNotLatest,
    RestoreCommission,
    ReverseForfeit,
    ReverseOrderPayment,
    ReverseStockStep,
)
from ledger.orders.mistakes.withdrawing import OrderStepUnknown, WithdrawOrderStep
from ledger.orders.order import (
    EquipmentOrder,
    OrderOpenExceeded,
    OrderReferenceTaken,
    OrderStateForbids,
    OrderStepTooEarly,
)
from ledger.orders.payments import (
    InvoiceMilestone,
    InvoiceTaken,
    MilestoneIsPaid,
    RecordMilestonePayment,
    RemitClientMoney,
)
from ledger.orders.receivables import CollectReceivable, RevalueReceivables
from ledger.orders.terms import CommissionTerm, Milestone
from ledger.orders.works import (
    CertifyAcceptance,
    HoldOrder,
    NotOnHold,
    ReleaseRetention,
    ResumeOrder,
)
from ledger.periods import PostingFact
from ledger.values.evidence import Evidence
from tests.ground.billed import APPROVER, closed
from tests.ground.given import decide
from tests.ground.ordered import BUYER, FINANCE, ORDER, PAPER, TERMS, USD, Desk

ON_ACCEPTANCE = replace(
    TERMS,
    milestones=(
        Milestone(milestone="deposit", percent="30", trigger="ORDERED"),
        Milestone(milestone="rest", percent="60", trigger="ACCEPTED"),
        Milestone(milestone="retention", percent="10", trigger="RETENTION_RELEASED"),
    ),
)
FEE_ON_ORDER = replace(TERMS, commission=(CommissionTerm(trigger="ORDERED", rate="0.01"), CommissionTerm(rate="0.02")))
OTHER_PAPER = Evidence(doc="bank advice (demo)", sha256="b" * 64)


def asked(on: str, **more: Any) -> dict[str, Any]:
    return {"effective_on": date.fromisoformat(on), "order": ORDER, **more}


def pay(on: str, reference: str | None, milestone: str = "deposit", **more: Any) -> RecordMilestonePayment:
    series = USD if reference else None
    return RecordMilestonePayment(
        **asked(on, milestone=milestone, bank_reference=reference, rate_series=series, **more)
    )


def collect(on: str, reference: str, receivable: str, **more: Any) -> CollectReceivable:
    return CollectReceivable(**asked(on, receivable=receivable, bank_reference=reference, rate_series=USD, **more))


def back(on: str, reference: str) -> ReverseOrderPayment:
    return ReverseOrderPayment(**asked(on, bank_reference=reference, reason="by mistake (demo)"))


def withdraw(on: str, step: str, **more: Any) -> WithdrawOrderStep:
    return WithdrawOrderStep(**asked(on, step=step, reason="by mistake (demo)", **more))


def invoice(on: str, milestone: str = "deposit", name: str = "inv-1-demo") -> InvoiceMilestone:
    return InvoiceMilestone(**asked(on, milestone=milestone, invoice=name))


def cancel(**more: Any) -> CancelOrder:
    return CancelOrder(**asked("2024-05-01", cause="BUYER", document=PAPER, rate_series=USD, **more))


def revalue() -> RevalueReceivables:
    return RevalueReceivables(effective_on=date(2024, 9, 30), month="2024-09", rate_series=(USD,))


def state(desk: Desk) -> EquipmentOrder:
    order: EquipmentOrder | None = None
    for fact in standing(desk.facts, lambda fact: fact):
        if ORDER in orders_of(fact) and not fact.withdraws:
            order = evolve_order(order, fact, ORDER)
    assert order is not None
    return order


def ordered(role: Any = "PRINCIPAL", terms: Any = TERMS, *commands: Command, **more: Any) -> Desk:
    desk = Desk()
    desk.place(role, terms, **more)
    for command in commands:
        desk.do(command)
    return desk


def accepted(role: Any = "PRINCIPAL", terms: Any = TERMS, *before: Command) -> Desk:
    desk = ordered(role, terms, *before)
    desk.build()
    desk.accept()
    return desk


# Paid short


def test_a_deposit_paid_short_is_paid_by_the_rest() -> None:
    """USD 126,000.00 are due; 125,975.00 come at 7.1036: 894,876.01. The 25.00 come at 7.1268: 178.17."""
    desk = ordered("PRINCIPAL", TERMS, pay("2024-01-10", "P-1", amount="125975.00"))
    assert desk.balances() == {"bank": 89487601, "equipment-advances": -89487601}
    assert state(desk).state == "ORDERED", "not the whole deposit"
    assert state(desk).paid_minor("deposit") == 12_597_500
    with pytest.raises(OrderOpenExceeded, match=r"25\.00 USD are open"):
        desk.do(pay("2024-04-10", "P-2", amount="25.01"))
    desk.do(pay("2024-04-10", "P-2"))
    assert desk.balances() == {"bank": 89505418, "equipment-advances": -89505418}
    assert state(desk).state == "DEPOSIT_PAID"
    with pytest.raises(MilestoneIsPaid):
        desk.do(pay("2024-04-10", "P-3", amount="1"))


def test_what_is_short_at_acceptance_is_owed_and_collected_in_parts() -> None:
    """126,000.00 less 26,000.00: 100,000.00 at 7.1036 = 710,360.00 are advances; 320,000.00 at 7.07 = 2,262,400.00.

    26,000.00 of it stand at 183,820.00; 10,000.00 come at 7.2 (72,000.00 for 70,700.00), then 16,000.00 (115,200.00
    for 113,120.00): a gain of 3,380.00.
    """
    desk = accepted("PRINCIPAL", TERMS, pay("2024-01-10", "P-1", amount="100000"))
    assert desk.balances()["equipment"] == -(71036000 + 226240000)
    desk.do(pay("2024-10-15", "P-2", amount="10000"))
    assert desk.balances()["exchange"] == -130000
    desk.do(pay("2024-10-15", "P-3", amount="16000"))
    assert desk.balances()["exchange"] == -338000
    assert state(desk).receivables["deposit"].at() == ("receivables", 0, 0)
    desk.do(back("2024-10-16", "P-2"))
    assert state(desk).receivables["deposit"].at() == ("receivables", 1_000_000, 7_070_000)
    assert desk.balances()["exchange"] == -208000


def test_an_agents_fee_short_by_the_banks_charges_is_given_up_in_both_parts() -> None:
    """4,200.00 at 7.1036; 4,000.00 come at 7.1036 and go back at 7.1268: exchange 92.80; 200.00 are owed no more."""
    desk = ordered("AGENT", FEE_ON_ORDER, on=date(2024, 1, 12), rate_series=USD)
    desk.do(collect("2024-01-20", "F-1", "commission-ordered", amount="4000"))
    assert desk.balances()["receivables"] == 142072
    give_up = ReverseCommission(
        **asked("2024-04-10", trigger="ORDERED", reason="given up (demo)", bank_reference="F-2", rate_series=USD)
    )
    with pytest.raises(OrderStepTooEarly):
        desk.do(replace(give_up, effective_on=date(2024, 1, 19)))
    desk.do(give_up)
    assert desk.balances() == {"bank": 2841440 - 2850720, "exchange": 9280}
    desk.do(back("2024-04-11", "F-2"))
    assert desk.balances() == {"bank": 2841440, "receivables": 142072, "brokerage": -2983512}


def test_client_money_in_parts_goes_on_as_it_is_held() -> None:
    """70,000.00 at 7.1036 = 497,252.00 go on; 56,000.00 at 7.1268 = 399,100.80 are held, nothing else."""
    desk = ordered("AGENT", TERMS, pay("2024-01-10", "P-1", amount="70000"))
    out = RemitClientMoney(**asked("2024-01-12", milestone="deposit", bank_reference="OUT-1"))
    with pytest.raises(OrderStepTooEarly):
        desk.do(replace(out, effective_on=date(2024, 1, 9)))
    desk.do(out)
    desk.do(pay("2024-04-10", "P-2"))
    assert desk.balances() == {"bank": 39910080, "client-money": -39910080}
    with pytest.raises(OrderStepNotLatest, match="OUT-1"):
        desk.do(back("2024-04-11", "P-1"))
    desk.do(back("2024-04-11", "OUT-1"))
    desk.do(back("2024-04-11", "P-1"))
    assert desk.balances() == {"bank": 39910080, "client-money": -39910080}
    assert state(desk).paid_minor("deposit") == 5_600_000


def test_what_was_paid_of_a_milestone_is_not_split_anew() -> None:
    """440,000.00 less the 126,000.00 of the deposit, at 60/10."""
    desk = ordered("PRINCIPAL", TERMS, pay("2024-01-10", "P-1", amount="1"))
    lines = (replace(TERMS.lines[0], unit_price="220000.00"),)
    desk.change(
        ProposeChangeOrder(**asked("2024-02-01", change="c-1-demo", lines=lines, reason="more (demo)", document=PAPER))
    )
    assert [one.amount_minor for one in state(desk).milestones] == [12_600_000, 26_914_286, 4_485_714]


# Due on acceptance (domain §14.7)


def test_a_milestone_due_on_acceptance_is_a_receivable() -> None:
    """60 % of 420,000.00 at 7.07 = 1,781,640.00 on 1122; the retention's 296,940.00 on 1125."""
    desk = accepted("PRINCIPAL", ON_ACCEPTANCE, pay("2024-01-10", "P-1"))
    assert desk.balances()["receivables"] == 178164000
    assert desk.balances()["contract-assets"] == 29694000
    desk.step(ReleaseRetention, date(2024, 11, 1))
    assert desk.balances()["receivables"] == 178164000 + 29694000


def test_a_step_that_was_passed_over_is_due_by_acceptance() -> None:
    terms = replace(
        ON_ACCEPTANCE,
        deemed_acceptance=True,
        milestones=(replace(ON_ACCEPTANCE.milestones[1], trigger="SAT_PASSED", percent="100"),),
    )
    desk = ordered("PRINCIPAL", terms)
    desk.build()
    desk.facts.pop()
    desk.step(CertifyAcceptance, date(2024, 9, 10), rate_series=USD, deemed=True)
    assert desk.balances()["receivables"] == 296940000
    desk.do(invoice("2024-09-10", "rest"))


# Mirrors: (name, the story, what takes it back; the balances before the last of the story are those after that)

Story = Callable[[], tuple[Desk, Command, Command]]


def _advance() -> tuple[Desk, Command, Command]:
    return ordered(), pay("2024-01-10", "P-1"), back("2024-01-11", "P-1")


def _client_money() -> tuple[Desk, Command, Command]:
    return ordered("AGENT"), pay("2024-01-10", "P-1"), back("2024-01-11", "P-1")


def _remittance() -> tuple[Desk, Command, Command]:
    desk = ordered("AGENT", TERMS, pay("2024-01-10", "P-1"))
    out = RemitClientMoney(**asked("2024-01-12", milestone="deposit", bank_reference="OUT-1"))
    return desk, out, back("2024-01-12", "OUT-1")


def _collection() -> tuple[Desk, Command, Command]:
    desk = accepted()
    desk.do(revalue())
    return desk, pay("2024-10-15", "P-1"), back("2024-10-16", "P-1")


def _fee_collected() -> tuple[Desk, Command, Command]:
    return accepted("AGENT"), collect("2024-10-15", "F-1", "commission-accepted"), back("2024-10-15", "F-1")


def _refund() -> tuple[Desk, Command, Command]:
    desk = ordered("PRINCIPAL", TERMS, pay("2024-01-10", "P-1"), cancel())
    refund = RefundAdvance(**asked("2024-05-02", amount="1000", bank_reference="R-1", rate_series=USD))
    return desk, refund, back("2024-05-03", "R-1")


def _forfeit() -> tuple[Desk, Command, Command]:
    desk = ordered("PRINCIPAL", TERMS, pay("2024-01-10", "P-1"), cancel())
    keep = ForfeitAdvance(**asked("2024-05-02", amount="1000", reason="time ran out (demo)"))
    taken = {"forfeited_on": date(2024, 5, 2), "amount": "1000.00", "reason": "too early (demo)"}
    return desk, keep, ReverseForfeit(**asked("2024-05-03", **taken))


def _given_up() -> tuple[Desk, Command, Command]:
    desk = accepted("AGENT")
    give_up = ReverseCommission(**asked("2024-09-20", trigger="ACCEPTED", reason="given up (demo)"))
    return desk, give_up, RestoreCommission(**asked("2024-09-20", trigger="ACCEPTED", reason="not so (demo)"))


def _sold() -> tuple[Desk, Command, Command]:
    desk = ordered("PRINCIPAL", ON_ACCEPTANCE, pay("2024-01-10", "P-1"))
    desk.buy()
    desk.build()
    certify = CertifyAcceptance(**asked("2024-09-10", document=PAPER, rate_series=USD, cost="2000000.00"))
    return desk, certify, withdraw("2024-09-10", "order.acceptance-certified")


def _fee_earned() -> tuple[Desk, Command, Command]:
    desk = ordered("AGENT")
    desk.build()
    certify = CertifyAcceptance(**asked("2024-09-10", document=PAPER, rate_series=USD))
    return desk, certify, withdraw("2024-09-10", "order.acceptance-certified")


def _cancelled() -> tuple[Desk, Command, Command]:
    """A fee of 146,000.00: 126,000.00 out of the advances, 20,000.00 owed."""
    desk = ordered("PRINCIPAL", TERMS, pay("2024-01-10", "P-1"))
    return desk, cancel(fee="146000"), withdraw("2024-05-01", "order.cancelled")


def _cancelled_with_a_fee() -> tuple[Desk, Command, Command]:
    desk = ordered("AGENT", FEE_ON_ORDER, on=date(2024, 1, 12), rate_series=USD)
    return desk, cancel(), withdraw("2024-05-01", "order.cancelled")


def _released() -> tuple[Desk, Command, Command]:
    desk = accepted()
    release = ReleaseRetention(**asked("2024-11-01", document=PAPER))
    return desk, release, withdraw("2024-11-01", "order.retention-released")


def _left_over(order: str) -> Desk:
    """An order for which something was bought, cancelled and written down; another is under way."""
    desk = Desk()
    desk.order = order
    desk.place("PRINCIPAL")
    desk.order = ORDER
    desk.place("PRINCIPAL")
    desk.buy()
    desk.do(cancel())
    lower = {"stock_entry": "lower-demo", "net_realisable": "500000.00", "reason": "scrap (demo)", "document": PAPER}
    desk.do(ProposeWriteDown(**asked("2024-05-01", **lower)))
    desk.do(ApproveWriteDown(**asked("2024-05-01", stock_entry="lower-demo")), APPROVER)
    return desk


def _stock_sold() -> tuple[Desk, Command, Command]:
    what = {"customer": BUYER, "amount": "100000.00", "document": PAPER, "rate_series": USD}
    sell = SellStock(**asked("2024-05-02", stock_entry="sale-demo", **what))
    return _left_over("o-2-demo"), sell, _stock_back("sale-demo")


def _stock_moved() -> tuple[Desk, Command, Command]:
    move = MoveStock(**asked("2024-05-02", stock_entry="move-demo", to_order="o-2-demo", reason="it fits (demo)"))
    return _left_over("o-2-demo"), move, _stock_back("move-demo", "o-2-demo")


def _stock_back(entry: str, to_order: str | None = None) -> ReverseStockStep:
    return ReverseStockStep(**asked("2024-05-02", stock_entry=entry, to_order=to_order, reason="not so (demo)"))


MIRRORED = [
    *(_advance, _client_money, _remittance, _collection, _fee_collected, _refund, _forfeit, _given_up),
    *(_sold, _fee_earned, _cancelled, _cancelled_with_a_fee, _released),
    *(_stock_sold, _stock_moved),
]


@pytest.mark.parametrize("story", MIRRORED)
def test_what_posts_is_mirrored_and_can_be_recorded_anew(story: Story) -> None:
    desk, command, taken_back = story()
    before, order = desk.balances(), state(desk)
    first = desk.do(command)
    after = desk.balances()
    assert after != before
    mirrors = [fact for fact in desk.do(taken_back) if isinstance(fact, PostingFact)]
    assert desk.balances() == before
    assert (state(desk).state, state(desk).advances) == (order.state, order.advances)
    assert len(mirrors) == len([fact for fact in first if isinstance(fact, PostingFact)])
    again = desk.do(command)
    assert [fact.asked for fact in again] == [fact.asked for fact in first]
    assert desk.balances() == after


@pytest.mark.parametrize("story", MIRRORED)
def test_a_mirror_posts_in_an_open_month_and_not_before(story: Story) -> None:
    desk, command, taken_back = story()
    first = [fact for fact in desk.do(command) if isinstance(fact, PostingFact)]
    with_step = isinstance(taken_back, WithdrawOrderStep)
    if not with_step:
        with pytest.raises(OrderStepTooEarly):
            decide(desk.facts, replace(taken_back, effective_on=date(2024, 1, 9)), FINANCE)
    desk.facts += [fact for month in range(1, 12) for fact in closed(f"2024-{month:02}")]
    mirrors = [fact for fact in desk.do(taken_back) if isinstance(fact, PostingFact)]
    assert {fact.accounting_on for fact in mirrors} == {date(2024, 12, 1)}
    assert max(fact.accounting_on for fact in first) < date(2024, 12, 1)


@pytest.mark.parametrize(
    ("story", "more"),
    [(_sold, {"amount": "1"}), (_fee_earned, {})],
)
def test_a_remeasurement_goes_with_what_it_remeasured(story: Story, more: dict[str, str]) -> None:
    desk, command, taken_back = story()
    before = desk.balances()
    desk.do(command)
    desk.do(revalue())
    assert desk.balances()["exchange"] > 0
    desk.do(taken_back)
    assert desk.balances() == before
    for receivable in state(desk).receivables.values():
        assert (receivable.on("receivables"), receivable.on("contract-assets")) == ((0, 0), (0, 0))
    _, again, _ = story()
    desk.do(again)
    name = "rest" if more else "commission-accepted"
    desk.do(collect("2024-10-15", "P-9", name, **more))
    with pytest.raises(OrderStepNotLatest, match="P-9"):
        desk.do(taken_back)


def test_a_payment_taken_back_frees_its_reference_and_its_milestone() -> None:
    desk = ordered("PRINCIPAL", TERMS, pay("2024-01-10", "P-1"))
    desk.do(back("2024-01-11", "P-1"))
    assert state(desk).state == "ORDERED"
    desk.do(pay("2024-01-12", "P-1"))
    assert state(desk).state == "DEPOSIT_PAID"
    with pytest.raises(OrderPostingUnknown):
        desk.do(back("2024-01-12", "P-2"))


def test_a_mirror_posts_no_earlier_than_the_money_is_there() -> None:
    """Received on 10, remitted on 12, held again from 20 January: taken back as of the 11th it posts on the 20th."""
    desk, out, held_again = _remittance()
    desk.do(out)
    desk.do(replace(held_again, effective_on=date(2024, 1, 20)))
    desk.do(back("2024-01-11", "P-1"))
    assert [desk.balances(date(2024, 1, day)) for day in (12, 19, 20)] == [{}, {}, {}]
    assert desk.balances(date(2024, 1, 11)) == {"bank": 89505360, "client-money": -89505360}


def test_a_retention_collected_early_and_taken_back_is_due_by_now() -> None:
    desk = accepted("PRINCIPAL", TERMS, pay("2024-01-10", "P-1"))
    desk.do(pay("2024-10-15", "P-2", "retention"))
    desk.step(ReleaseRetention, date(2024, 11, 1))
    desk.do(back("2024-10-16", "P-2"))
    assert desk.balances(date(2024, 10, 31))["contract-assets"] == 29694000
    assert state(desk).receivables["retention"].at() == ("receivables", 4_200_000, 29694000)
    desk.do(withdraw("2024-11-01", "order.retention-released"))
    assert state(desk).receivables["retention"].at() == ("contract-assets", 4_200_000, 29694000)


def test_money_of_after_acceptance_is_no_advance() -> None:
    late = ordered("PRINCIPAL", TERMS, pay("2024-10-15", "P-1", "shipment"))
    late.build()
    with pytest.raises(OrderStepTooEarly, match="reverse-order-payment"):
        late.accept()
    late.do(back("2024-10-15", "P-1"))
    late.accept()
    late.do(pay("2024-10-15", "P-1", "shipment"))
    assert late.balances(date(2024, 9, 30)).get("equipment-advances", 0) == 0


# Withdrawn steps


def test_steps_are_withdrawn_the_latest_first() -> None:
    desk = ordered("OBSERVER")
    desk.build()
    with pytest.raises(OrderStepNotLatest, match="sat-passed"):
        desk.do(withdraw("2024-08-01", "order.installed"))
    desk.do(withdraw("2024-09-01", "order.sat-passed"))
    desk.do(withdraw("2024-08-01", "order.installed"))
    assert (state(desk).state, state(desk).since) == ("DELIVERED", date(2024, 6, 10))
    with pytest.raises(OrderStepUnknown):
        desk.do(withdraw("2024-08-02", "order.installed"))


def test_all_of_an_order_can_be_withdrawn() -> None:
    desk = ordered("AGENT", TERMS, invoice("2024-01-09"), pay("2024-01-10", None))
    for on, step in (("2024-01-08", "order.ordered"), ("2024-01-02", "order.quotation-issued")):
        with pytest.raises(OrderStepNotLatest):
            desk.do(withdraw(on, step))
    desk.do(withdraw("2024-01-10", "order.milestone-paid"))
    desk.do(withdraw("2024-01-09", "order.milestone-invoiced"))
    desk.do(withdraw("2024-01-08", "order.ordered"))
    desk.do(withdraw("2024-01-02", "order.quotation-issued"))
    assert len(desk.place("OBSERVER")) == 1


def test_a_step_of_several_milestones_says_which() -> None:
    terms = replace(TERMS, milestones=tuple(replace(one, trigger="ORDERED") for one in TERMS.milestones))
    desk = ordered("OBSERVER", terms, pay("2024-01-10", None), pay("2024-01-10", None, "shipment"))
    with pytest.raises(OrderStepUnknown, match="deposit, shipment"):
        desk.do(withdraw("2024-01-10", "order.milestone-paid"))
    desk.do(withdraw("2024-01-10", "order.milestone-paid", about="deposit"))
    assert [name for name, payments in state(desk).payments.items() if payments] == ["shipment"]


# Already so, only where the same is said


def test_a_direct_payment_on_another_paper_is_not_already_so() -> None:
    desk = ordered("OBSERVER", TERMS, pay("2024-01-10", None))
    with pytest.raises(MilestoneIsPaid):
        desk.do(pay("2024-01-10", None, evidence=PAPER))
    desk.do(withdraw("2024-01-10", "order.milestone-paid"))
    desk.do(pay("2024-01-10", None, amount="1000", evidence=PAPER))
    desk.do(pay("2024-01-10", None, amount="1000", evidence=OTHER_PAPER))
    assert state(desk).paid_minor("deposit") == 200_000


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"evidence": PAPER}, OrderReferenceTaken),
        ({"amount": "125999.99"}, OrderReferenceTaken),
        ({"amount": None}, OrderReferenceTaken),
        ({"milestone": "shipment"}, OrderReferenceTaken),
        ({"effective_on": date(2024, 1, 11)}, OrderReferenceTaken),
    ],
)
def test_a_reference_with_other_content_is_taken(changed: dict[str, Any], refusal: type[Refusal]) -> None:
    desk = ordered("PRINCIPAL", TERMS, pay("2024-01-10", "P-1", amount="125000"))
    with pytest.raises(refusal):
        desk.do(replace(pay("2024-01-10", "P-1", amount="125000"), **changed))


@pytest.mark.parametrize(
    ("story", "changed"),
    [
        (_sold, {"cost": "1.00"}),
        (_sold, {"rate_series": "fx/usd-cny-bank"}),
        (_fee_earned, {"rate_series": None}),
        (_cancelled, {"rate_series": "fx/usd-cny-bank"}),
    ],
)
def test_a_step_at_another_rate_or_cost_is_not_already_so(story: Story, changed: dict[str, Any]) -> None:
    desk, command, _ = story()
    desk.do(command)
    with pytest.raises(SaidOtherwise):
        desk.do(replace(command, **changed))


def test_an_order_is_resumed_where_it_is_on_hold() -> None:
    resume = ResumeOrder(**asked("2024-02-20", reason="the site is ready (demo)"))
    desk = ordered("OBSERVER")
    with pytest.raises(NotOnHold):
        desk.do(resume)
    desk.do(HoldOrder(**asked("2024-02-21", reason="no site yet (demo)")))
    with pytest.raises(OrderStepTooEarly):
        desk.do(resume)
    desk.do(replace(resume, effective_on=date(2024, 2, 22)))
    with pytest.raises(NotOnHold):
        desk.do(replace(resume, effective_on=date(2024, 2, 23)))
    ended = ordered("OBSERVER", TERMS, cancel())
    with pytest.raises(OrderStateForbids):
        ended.do(resume)


def test_an_invoice_taken_back_by_a_change_is_asked_anew() -> None:
    desk = ordered("PRINCIPAL", TERMS, invoice("2024-01-09"))
    lines = (replace(TERMS.lines[0], unit_price="220000.00"),)
    changed = asked("2024-02-01", change="c-1-demo", lines=lines, reason="more (demo)", document=PAPER)
    desk.change(ProposeChangeOrder(**changed))
    with pytest.raises(InvoiceTaken):
        desk.do(invoice("2024-01-09"))
    with pytest.raises(OrderStepTooEarly):
        desk.do(invoice("2024-01-31", name="inv-2-demo"))
    desk.do(invoice("2024-02-01", name="inv-2-demo"))
    desk.do(withdraw("2024-02-01", "order.milestone-invoiced"))
    desk.do(withdraw("2024-02-01", "order.change-approved"))
    assert state(desk).milestones[0].invoice == "inv-1-demo"


def test_every_mirror_is_shown() -> None:
    shown = set[type[Fact]]()
    for story in MIRRORED:
        desk, command, taken_back = story()
        desk.do(command)
        shown |= {type(fact) for fact in desk.do(taken_back)}
    decided_once = {WriteDownReversed, ProgressReversed}  # in test_leftover.py and test_over_time.py
    assert shown | decided_once == {*OrderMirror.__subclasses__(), OrderStepWithdrawn}
