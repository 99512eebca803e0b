"""What holds of orders whatever is sent, in whatever order: a state machine beside a sheet of paper, and properties.

O1           Σ milestones = value at every moment; what is paid never changes
O2           the role never changes; an OBSERVER posts nothing
O4           shipped ≤ ordered, item by item
O6           a fee is earned at most once for each trigger
J1           postings balance in CNY, and in the transaction currency but for pure differences
Books        what orders say they have in control accounts is what was posted, on every date
Order        folded by accounting date, or any other way, an order is what it is
Scope        deciding on the facts of a command's scope is deciding on all facts
"""

import random
from datetime import date, timedelta
from typing import Any

from hypothesis import event, settings
from hypothesis import given as for_all
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from ledger.books.postings import postings
from ledger.decider import By, Command, Fact, Refusal, standing, stored_name
from ledger.orders.agreement import PlaceOrder
from ledger.orders.cancelling import CancelOrder, ForfeitAdvance, RefundAdvance
from ledger.orders.changing import ApproveChangeOrder, ProposeChangeOrder, RejectChangeOrder
from ledger.orders.deciding import evolve_order, orders_of
from ledger.orders.earning import ReverseCommission
from ledger.orders.facts import (
    CommissionFeeEarned,
    EquipmentOrdered,
    OrderFact,
    OrderPostingFact,
    RevaluationFact,
    ShippedItem,
)
from ledger.orders.mistakes.facts import FeeWithdrawn
from ledger.orders.mistakes.putting_right import RestoreCommission, ReverseForfeit, ReverseOrderPayment
from ledger.orders.mistakes.withdrawing import WithdrawOrderStep
from ledger.orders.order import EquipmentOrder
from ledger.orders.payments import InvoiceMilestone, RecordMilestonePayment, RemitClientMoney
from ledger.orders.receivables import CollectReceivable, RevalueReceivables
from ledger.orders.terms import CommissionTerm, Milestone
from ledger.orders.works import (
    CertifyAcceptance,
    ClearCustoms,
    CloseOrder,
    DeliverEquipment,
    HoldOrder,
    InstallEquipment,
    PassFat,
    PassSat,
    ReleaseRetention,
    ResumeOrder,
    ShipEquipment,
    StartProduction,
    StartWarranty,
)
from ledger.periods import PostingFact
from tests.ground.billed import APPROVER
from tests.ground.ordered import ASSESSMENT, FINANCE, GROUND, ORDER, PAPER, TERMS, USD, Desk
from tests.ledger.test_any_sequence import on_everything, on_the_scope
from tests.strategies import facts

FIRST = date(2024, 1, 8)
MILESTONES = (*(one.milestone for one in TERMS.milestones), "tip")
terms = st.builds(
    lambda percents, price, currency, commission, supply: replace(
        TERMS,
        milestones=tuple(
            Milestone(milestone=one.milestone, percent=percent, trigger=one.trigger)
            for one, percent in zip(TERMS.milestones, percents, strict=True)
        ),
        lines=(replace(TERMS.lines[0], unit_price=price),),
        currency=currency,
        commission=commission,
        supply=supply,
        deemed_acceptance=True,
    ),
    st.sampled_from((("30", "60", "10"), ("33.3333", "33.3333", "33.3334"), ("0.0001", "99.9998", "0.0001"))),
    st.sampled_from(("209166.675", "210000.00", "1", "333.33")),
    st.sampled_from(("USD", "CNY", "JPY")),
    st.sampled_from(((CommissionTerm(rate="0.03"),), (CommissionTerm(trigger="SHIPPED", rate="0.01", flat="5"),))),
    st.sampled_from(("DOMESTIC", "CROSS_BORDER")),
)
SHIPPED = (ShippedItem(item="orc-demo", quantity=2),)
rate_series = st.sampled_from((USD, USD, USD, "fx/jpy-cny", None))
references = st.integers(1, 40).map(lambda number: f"B-{number}")
milestones = st.sampled_from(MILESTONES)
STEPS: tuple[tuple[type[Any], dict[str, Any]], ...] = (
    (StartProduction, {}),
    (PassFat, {}),
    (ClearCustoms, {"declaration": "D-1 (demo)", "duty": "0.00", "import_vat": "0.00"}),
    (DeliverEquipment, {}),
    (InstallEquipment, {}),
    (PassSat, {}),
    (CertifyAcceptance, {"deemed": True}),
    (ReleaseRetention, {}),
    (StartWarranty, {"until_on": date(2026, 1, 1)}),
    (CloseOrder, {}),
)


def told(recorded: list[Fact], order: str = ORDER) -> EquipmentOrder:
    """The order, as its facts tell in the order recorded."""
    known = EquipmentOrder(order=order)
    for fact in standing(recorded, lambda fact: fact):
        if order in orders_of(fact) and not fact.withdraws:
            known = evolve_order(known, fact, order)
    return known


def in_books(recorded: list[Fact], until: date = date.max) -> dict[str, int]:
    """What was posted to control accounts up to a date."""
    sums = dict.fromkeys(("receivables", "contract-assets", "equipment-advances", "client-money"), 0)
    for fact in recorded:
        if isinstance(fact, PostingFact) and fact.accounting_on <= until:
            for line in postings(fact):
                if line.account in sums:
                    sums[line.account] += line.amount_minor
    return sums


ACCOUNTS: tuple[Any, ...] = ("receivables", "contract-assets")


class AnOrder(RuleBasedStateMachine):
    """One order, on which everybody tries everything; on the paper stand paid milestones, the role and the fees."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(*GROUND)
        self.on = FIRST
        self.paid: dict[str, int] = {}

    def send(self, command: Command, by: By = FINANCE) -> None:
        try:
            self.desk.do(command, by)
        except Refusal as refusal:
            event(f"refused {type(command).__name__}: {type(refusal).__name__}")
        else:
            event(f"recorded {type(command).__name__}")

    def asked(self, days: int = 1) -> dict[str, Any]:
        self.on = min(self.on + timedelta(days=days), date(2025, 12, 1))
        return {"effective_on": self.on, "order": ORDER}

    @initialize(role=st.sampled_from(("AGENT", "PRINCIPAL", "OBSERVER")), said=terms)
    def ordered(self, role: Any, said: Any) -> None:
        self.desk.place(role, said)
        self.role = role

    @rule(days=st.integers(0, 60), rate=rate_series)
    def next_step(self, days: int, rate: Any) -> None:
        """The step that the order's state waits for, or one that it does not."""
        states = ("ORDERED", "IN_PRODUCTION", "SHIPPED", "CUSTOMS_CLEARED", "DELIVERED", "INSTALLED", "SAT_PASSED")
        state = told(self.desk.facts).state
        at = states.index(state) if state in states else (7 if state == "ACCEPTED" else 0)
        kind, more = STEPS[at]
        if state == "FAT_PASSED":
            self.ship(2, 1, days)
            return
        self.send(kind(**self.asked(days), document=PAPER, rate_series=rate, **more))

    @rule(at=st.integers(0, len(STEPS) - 1), rate=rate_series)
    def any_step(self, at: int, rate: Any) -> None:
        kind, more = STEPS[at]
        self.send(kind(**self.asked(), document=PAPER, rate_series=rate, **more))

    @rule(quantity=st.integers(1, 3), number=st.integers(1, 2), days=st.integers(0, 20))
    def ship(self, quantity: int, number: int, days: int) -> None:
        items = (ShippedItem(item="orc-demo", quantity=quantity),)
        named: dict[str, Any] = {
            "shipment": f"s-{number}-demo",
            "bill_of_lading": "BL (demo)",
            "items": items,
            "rate_series": USD,
        }
        self.send(ShipEquipment(**self.asked(days), document=PAPER, **named))

    @rule(
        milestone=milestones,
        reference=references,
        rate=rate_series,
        bank=st.booleans(),
        amount=st.sampled_from((None, None, "1", "1000.01")),
        charge=st.sampled_from((None, None, "25.00")),
    )
    def pay(
        self, milestone: str, reference: str, rate: Any, bank: bool, amount: str | None, charge: str | None
    ) -> None:
        named: dict[str, Any] = {"bank_reference": reference, "rate_series": rate} if bank else {}
        named |= {"amount": amount, "bank_charge": charge}
        self.send(RecordMilestonePayment(**self.asked(), milestone=milestone, **named))
        known = told(self.desk.facts).milestone(milestone)
        if known is not None and told(self.desk.facts).payments.get(milestone):
            self.paid.setdefault(milestone, known.amount_minor)

    @rule(milestone=milestones, number=st.integers(1, 9))
    def invoice(self, milestone: str, number: int) -> None:
        self.send(InvoiceMilestone(**self.asked(), milestone=milestone, invoice=f"inv-{number}-demo"))

    @rule(
        milestone=milestones,
        reference=references,
        to=st.sampled_from(("SUPPLIER", "BUYER")),
        amount=st.sampled_from((None, "1", "1000.01")),
    )
    def remit(self, milestone: str, reference: str, to: Any, amount: str | None) -> None:
        named = {"milestone": milestone, "bank_reference": reference, "to": to, "amount": amount}
        self.send(RemitClientMoney(**self.asked(), **named))

    @rule(
        price=st.sampled_from(("0.01", "210000.00", "220000.01")), number=st.integers(1, 4), quantity=st.integers(1, 3)
    )
    def change(self, price: str, number: int, quantity: int) -> None:
        lines = (replace(TERMS.lines[0], unit_price=price, quantity=quantity),)
        named: dict[str, Any] = {
            "change": f"c-{number}-demo",
            "lines": lines,
            "reason": "another pump (demo)",
            "document": PAPER,
        }
        self.send(ProposeChangeOrder(**self.asked(), **named))

    @rule(number=st.integers(1, 4), agrees=st.booleans())
    def decide_on_a_change(self, number: int, agrees: bool) -> None:
        named = self.asked() | {"change": f"c-{number}-demo"}
        command = ApproveChangeOrder(**named) if agrees else RejectChangeOrder(**named, reason="too dear (demo)")
        self.send(command, APPROVER)

    @rule(name=st.sampled_from(("commission-accepted", "commission-shipped", "cancellation-fee")), reference=references)
    def collect(self, name: str, reference: str) -> None:
        amount = "10" if reference.endswith("1") else None
        named: dict[str, Any] = {"receivable": name, "bank_reference": reference, "rate_series": USD}
        self.send(CollectReceivable(**self.asked(), amount=amount, **named))

    @rule(trigger=st.sampled_from(("ACCEPTED", "SHIPPED")), reference=st.none() | references)
    def give_up(self, trigger: Any, reference: str | None) -> None:
        named = {"trigger": trigger, "reason": "given up (demo)", "bank_reference": reference, "rate_series": USD}
        self.send(ReverseCommission(**self.asked(), **named))

    @rule(reference=references)
    def take_back(self, reference: str) -> None:
        self.send(ReverseOrderPayment(**self.asked(0), bank_reference=reference, reason="by mistake (demo)"))
        order = told(self.desk.facts)
        self.paid = {name: amount for name, amount in self.paid.items() if order.payments.get(name)}

    @rule(back=st.integers(0, 3), about=st.none() | milestones)
    def withdraw(self, back: int, about: str | None) -> None:
        """One of the latest steps of the order; the quotation and the order itself stay."""
        steps = [fact for fact in self.desk.facts if isinstance(fact, OrderFact)][2:]
        if back < len(steps):
            step = steps[-1 - back]
            named: dict[str, Any] = {"step": stored_name(type(step)), "reason": "by mistake (demo)", "about": about}
            self.send(WithdrawOrderStep(effective_on=step.effective_on, order=ORDER, **named))

    @rule(trigger=st.sampled_from(("ACCEPTED", "SHIPPED")))
    def restore(self, trigger: Any) -> None:
        self.send(RestoreCommission(**self.asked(0), trigger=trigger, reason="not given up (demo)"))

    @rule(amount=st.sampled_from(("1", "1000.00", "126000")), days=st.integers(0, 9))
    def keep_no_more(self, amount: str, days: int) -> None:
        named: dict[str, Any] = {
            "forfeited_on": self.on - timedelta(days=days),
            "amount": amount,
            "reason": "too early (demo)",
        }
        self.send(ReverseForfeit(**self.asked(0), **named))

    @rule(month=st.integers(1, 12))
    def remeasure(self, month: int) -> None:
        end = (date(2024, month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        self.send(RevalueReceivables(effective_on=end, month=f"2024-{month:02}", rate_series=(USD,)))

    @rule(hold=st.booleans())
    def stop_or_go_on(self, hold: bool) -> None:
        self.send((HoldOrder if hold else ResumeOrder)(**self.asked(), reason="a reason (demo)"))

    @rule(fee=st.sampled_from(("0", "100.00", "400000")), sure=st.integers(0, 3))
    def cancel(self, fee: str, sure: int) -> None:
        if sure == 3:
            self.send(CancelOrder(**self.asked(), cause="BUYER", fee=fee, document=PAPER, rate_series=USD))

    @rule(amount=st.sampled_from(("1", "1000.00", "126000")), reference=references)
    def refund(self, amount: str, reference: str) -> None:
        self.send(RefundAdvance(**self.asked(), amount=amount, bank_reference=reference, rate_series=USD))

    @rule(amount=st.sampled_from(("1", "1000.00", "126000")))
    def keep(self, amount: str) -> None:
        self.send(ForfeitAdvance(**self.asked(), amount=amount, reason="time ran out (demo)"))

    @rule(role=st.sampled_from(("AGENT", "PRINCIPAL", "OBSERVER")))
    def order_anew(self, role: Any) -> None:
        self.send(PlaceOrder(**self.asked(), role=role, assessment=ASSESSMENT, document=PAPER))

    @invariant()
    def milestones_sum_to_the_value(self) -> None:
        order = told(self.desk.facts)
        assert sum(one.amount_minor for one in order.milestones) == order.value_minor

    @invariant()
    def what_is_paid_never_changes(self) -> None:
        amounts = {one.milestone: one.amount_minor for one in told(self.desk.facts).milestones}
        assert {name: amounts[name] for name in self.paid} == self.paid

    @invariant()
    def the_role_never_changes(self) -> None:
        assert [fact.role for fact in self.desk.facts if isinstance(fact, EquipmentOrdered)] == [self.role]
        if self.role == "OBSERVER":
            assert not any(isinstance(fact, PostingFact) for fact in self.desk.facts)

    @invariant()
    def no_more_is_shipped_than_ordered(self) -> None:
        order = told(self.desk.facts)
        ordered = {one.item: one.quantity for one in order.terms.lines} if order.terms else {}
        assert all(quantity <= ordered[item] for item, quantity in order.shipped.items())

    @invariant()
    def a_trigger_earns_once(self) -> None:
        earned = [fact.trigger for fact in self.desk.facts if isinstance(fact, CommissionFeeEarned)]
        for fact in self.desk.facts:
            if isinstance(fact, FeeWithdrawn):
                earned.remove(fact.reversed.trigger)
        assert len(earned) == len(set(earned))

    @invariant()
    def the_books_say_the_same(self) -> None:
        order = told(self.desk.facts)
        found = {
            "receivables": sum(one.on("receivables")[1] for one in order.receivables.values()),
            "contract-assets": sum(one.on("contract-assets")[1] for one in order.receivables.values()),
            "equipment-advances": -order.advances[1],
            "client-money": -sum(one.cny_minor for one in order.client_money.values()),
        }
        assert found == in_books(self.desk.facts)

    @invariant()
    def nothing_owed_is_nothing_in_the_books(self) -> None:
        order = told(self.desk.facts)
        for one in order.receivables.values():
            for account in ACCOUNTS:
                amount, cny = one.on(account)
                assert amount >= 0
                assert amount > 0 or cny == 0
        assert order.advances[0] > 0 or order.advances[1] == 0

    @invariant()
    def nothing_is_below_nothing_on_any_day(self) -> None:
        days = sorted({fact.accounting_on for fact in self.desk.facts if isinstance(fact, PostingFact)})
        order = told(self.desk.facts)
        for day in days:
            books = in_books(self.desk.facts, day)
            assert max(books["equipment-advances"], books["client-money"]) <= 0, day
            for one in order.receivables.values():
                assert all(amount >= 0 for account in ACCOUNTS for amount in one.on(account, day)), day

    def teardown(self) -> None:
        """By any other order of its facts the order is the same where money is concerned."""
        stands = standing(self.desk.facts, lambda fact: fact)
        mine = [fact for fact in stands if ORDER in orders_of(fact) and not fact.withdraws]
        dated = sorted(
            mine, key=lambda fact: fact.accounting_on if isinstance(fact, PostingFact) else fact.effective_on
        )
        as_dated, as_told = told(dated), told(mine)
        for name in ("state", "role", "advances", "shipped", "client_money", "value_minor", "milestones"):
            assert getattr(as_dated, name) == getattr(as_told, name), name


TestAnOrder = AnOrder.TestCase
TestAnOrder.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@for_all(st.lists(facts(OrderFact) | facts(OrderPostingFact) | facts(RevaluationFact), max_size=8), st.integers(0, 9))
def test_any_facts_fold_in_any_order(some: list[Fact], seed: int) -> None:
    """Read models fold by date: nothing may stop them, and sums do not depend on the way."""
    shuffled = random.Random(seed).sample(some, len(some))
    for name in {name for fact in some for name in orders_of(fact)}:
        one, other = told(some, name), told(shuffled, name)
        assert one.advances == other.advances
        for owed in {*one.receivables, *other.receivables}:
            assert one.receivables[owed].on("receivables") == other.receivables[owed].on("receivables")


WAY: tuple[tuple[type[Any], dict[str, Any]], ...] = (
    *STEPS[:2],
    (ShipEquipment, {"shipment": "s-1-demo", "bill_of_lading": "BL (demo)", "items": SHIPPED}),
    *STEPS[2:7],
)


@for_all(st.sampled_from(("AGENT", "PRINCIPAL")), terms, st.lists(st.tuples(milestones, references), max_size=8))
def test_the_scope_of_an_order_is_enough_to_decide(role: Any, said: Any, payments: list[tuple[str, str]]) -> None:
    desk, on, paid = Desk(*GROUND), FIRST, dict[str, Any]()
    named: dict[str, Any] = {"order": ORDER, "rate_series": USD}
    desk.place(role, said)
    commands: list[Command] = []
    for at, (kind, more) in enumerate(WAY):
        on += timedelta(days=30)
        commands.append(kind(effective_on=on, document=PAPER, **named, **more))
        for milestone, reference in payments[at : at + 1]:
            paid = {"milestone": milestone, "bank_reference": reference}
            commands.append(RecordMilestonePayment(effective_on=on, **named, **paid))
        commands.append(RevalueReceivables(effective_on=date(2024, 9, 30), month="2024-09", rate_series=(USD,)))
    for command in commands:
        answer = on_the_scope(desk.facts, command, FINANCE)
        assert answer == on_everything(desk.facts, command, FINANCE)
        desk.facts += [fact for fact in answer if isinstance(fact, Fact)]
    assert told(desk.facts).state == "ACCEPTED" or said.currency == "JPY", "for which no rate is named here"
