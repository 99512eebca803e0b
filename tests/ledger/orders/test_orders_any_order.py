"""The order of typing does not matter: what is accepted in whatever order comes to the same, to the fen.

A life of an order is typed as it happened; then again with some of it late, what is refused being tried once more when
other things are on record. Where all of it is accepted in the end, the books and the order are the same.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from hypothesis import Phase, assume, event, settings
from hypothesis import given as for_all
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.decider import By, Command, Fact, Refusal, standing
from ledger.orders.changing import ApproveChangeOrder, ProposeChangeOrder
from ledger.orders.deciding import evolve_order, orders_of
from ledger.orders.earning import ReverseCommission
from ledger.orders.facts import ShippedItem
from ledger.orders.mistakes.withdrawing import WithdrawOrderStep
from ledger.orders.order import EquipmentOrder
from ledger.orders.payments import InvoiceMilestone, RecordMilestonePayment, RemitClientMoney
from ledger.orders.receivables import CollectReceivable
from ledger.orders.terms import CommissionTerm, Milestone, OrderTerms, Role
from ledger.orders.works import (
    CertifyAcceptance,
    ClearCustoms,
    DeliverEquipment,
    InstallEquipment,
    PassFat,
    PassSat,
    ReleaseRetention,
    ShipEquipment,
    StartProduction,
)
from tests.ground.billed import APPROVER, lead, opened, rate
from tests.ground.given import decide
from tests.ground.ordered import BUYER, FINANCE, PAPER, SUPPLIER, TERMS, USD, Desk

BEGIN = date(2024, 1, 8)
RATES = tuple(rate(USD, f"7.{1036 + 97 * week % 1990:04}", BEGIN + timedelta(days=7 * week)) for week in range(70))
GROUND: tuple[Fact, ...] = (
    lead(SUPPLIER),
    lead(BUYER),
    *(replace(of_week, rate=f"usd-{number}") for number, of_week in enumerate(RATES)),
    rate("vat/goods", "0.13"),
    rate("vat/services", "0.06"),
    *opened(2024, 2025),
)
MILESTONES = (
    Milestone(milestone="deposit", percent="30", trigger="ORDERED"),
    Milestone(milestone="shipment", percent="50", trigger="SHIPPED"),
    Milestone(milestone="rest", percent="10", trigger="ACCEPTED"),
    Milestone(milestone="retention", percent="10", trigger="RETENTION_RELEASED"),
)
SHIPPED = {"shipment": "s-1-demo", "bill_of_lading": "BL (demo)", "items": (ShippedItem(item="orc-demo", quantity=2),)}
CLEARED = {"declaration": "D-1 (demo)", "duty": "0.00", "import_vat": "0.00"}
WAY: tuple[tuple[type[Any], dict[str, Any]], ...] = (
    (StartProduction, {}),
    (PassFat, {}),
    (ShipEquipment, SHIPPED),
    (ClearCustoms, CLEARED),
    (DeliverEquipment, {}),
    (InstallEquipment, {}),
    (PassSat, {}),
    (CertifyAcceptance, {}),
    (ReleaseRetention, {}),
)


class Life(NamedTuple):
    """An order as it was agreed, and what is told of it, in the order in which it happened."""

    role: Role
    terms: OrderTerms
    commands: Sequence[Command]


def by(command: Command) -> By:
    return APPROVER if isinstance(command, ApproveChangeOrder) else FINANCE


@st.composite
def lives(draw: st.DrawFn, order: str = "o-1-demo") -> Life:
    """The works up to a day; among them invoices, payments, changes, an acceptance that is withdrawn."""
    role: Role = draw(st.sampled_from(("PRINCIPAL", "PRINCIPAL", "AGENT")))
    currency = draw(st.sampled_from(("USD", "USD", "CNY")))
    trigger = draw(st.sampled_from(("ORDERED", "SHIPPED", "ACCEPTED")))
    terms = replace(
        TERMS,
        currency=currency,
        milestones=MILESTONES,
        commission=(CommissionTerm(trigger=trigger, rate="0.03"),),
        commission_supply=draw(st.sampled_from(("DOMESTIC", "CROSS_BORDER"))),
        supply=draw(st.sampled_from(("DOMESTIC", "CROSS_BORDER"))),
    )
    series = USD if currency == "USD" else None
    days = iter(sorted(draw(st.lists(st.integers(1, 480), min_size=26, max_size=26, unique=True))))
    steps = list(WAY[: draw(st.integers(2, len(WAY)))])
    again = draw(st.booleans())
    number, told = 0, list[Command]()
    of_order: dict[str, Any] = {"order": order}

    def more(day: date) -> list[Command]:
        nonlocal number
        number += 1
        kind = draw(st.sampled_from(("pay", "pay", "pay", "invoice", "change", "collect", "give-up", "remit")))
        asked: dict[str, Any] = {**of_order, "effective_on": day}
        milestone = draw(st.sampled_from([one.milestone for one in MILESTONES]))
        amount = draw(st.sampled_from((None, "1000.01", "777.77", "10000.00")))
        named: dict[str, Any] = {"bank_reference": f"{order}-{number}", "amount": amount}
        match kind:
            case "pay":
                return [RecordMilestonePayment(**asked, **named, milestone=milestone, rate_series=series)]
            case "invoice":
                return [InvoiceMilestone(**asked, milestone=milestone, invoice=f"i-{number}-demo")]
            case "remit":
                return [RemitClientMoney(**asked, **named, milestone=milestone)]
            case "collect":
                receivable = f"commission-{trigger.lower()}"
                return [CollectReceivable(**asked, **named, receivable=receivable, rate_series=series)]
            case "give-up":
                return [ReverseCommission(**asked, trigger=trigger, reason="given up (demo)", rate_series=series)]
        price = draw(st.sampled_from(("105000.00", "220000.00", "209166.675")))
        lines = (replace(TERMS.lines[0], unit_price=price),)
        change: dict[str, Any] = {**asked, "change": f"c-{number}-demo"}
        reference = draw(st.sampled_from((None, f"{order}-{number}")))
        return [
            ProposeChangeOrder(**change, lines=lines, reason="another pump (demo)", document=PAPER),
            ApproveChangeOrder(**change, rate_series=series, bank_reference=reference),
        ]

    for kind, given in steps:
        for _ in range(draw(st.integers(0, 2))):
            told += more(BEGIN + timedelta(days=next(days, 500)))
        day = BEGIN + timedelta(days=next(days, 501))
        step = {**of_order, "document": PAPER, "rate_series": series, **given}
        told.append(kind(effective_on=day, **step))
        if kind is CertifyAcceptance and again:
            gone = {**of_order, "step": "order.acceptance-certified", "reason": "by mistake (demo)"}
            told.append(WithdrawOrderStep(effective_on=day, **gone))
            told += more(BEGIN + timedelta(days=next(days, 502)))
            told.append(kind(effective_on=BEGIN + timedelta(days=next(days, 503)), **step))
    return Life(role, terms, told)


def typed(life: Life, commands: Sequence[Command], order: str = "o-1-demo") -> tuple[Desk, list[Command]]:
    """The ledger once these were typed, each until it is accepted or all that is left is refused; and what was not."""
    desk = Desk(*GROUND, order=order)
    desk.place(life.role, life.terms, rate_series=USD)
    left, moved = list(commands), True
    while left and moved:
        moved, refused = False, list[Command]()
        for command in left:
            try:
                desk.facts += decide(desk.facts, command, by(command))
                moved = True
            except Refusal:
                refused.append(command)
        left = refused
    return desk, left


def as_it_happened(life: Life) -> tuple[Desk, list[Command]]:
    """The ledger when each was typed on its day, and what was accepted."""
    desk = Desk(*GROUND, order="o-1-demo")
    desk.place(life.role, life.terms, rate_series=USD)
    accepted = []
    for command in life.commands:
        try:
            desk.facts += decide(desk.facts, command, by(command))
        except Refusal:
            continue
        accepted.append(command)
    return desk, accepted


def late(accepted: Sequence[Command], delays: Sequence[int]) -> list[Command]:
    """What was accepted, some of it typed so much later."""
    at = [place + (delays[place % len(delays)] if delays else 0) for place in range(len(accepted))]
    return [accepted[place] for place in sorted(range(len(accepted)), key=lambda place: (at[place], -place))]


delayed = st.lists(st.sampled_from((0, 0, 0, 1, 2, 4, 9, 20)), min_size=1, max_size=40)


def told(desk: Desk) -> EquipmentOrder:
    order = EquipmentOrder(order=desk.order)
    for fact in standing(desk.facts, lambda fact: fact):
        if desk.order in orders_of(fact) and not fact.withdraws:
            order = evolve_order(order, fact, desk.order)
    return order


def figures(desk: Desk) -> dict[str, Any]:
    """What an order comes to, but for the order in which it was told."""
    order = told(desk)
    names = ("state", "since", "value_minor", "milestones", "reached", "advances", "fees")
    return {
        **{name: getattr(order, name) for name in names},
        "books": desk.balances(),
        "payments": {name: sorted(map(repr, some)) for name, some in order.payments.items() if some},
        "owed": {name: one.at() for name, one in order.receivables.items() if one.at()[1]},
        "held": {name: held.cny_minor for name, held in order.client_money.items() if held.amount_minor},
    }


@settings(max_examples=300, deadline=None, phases=[Phase.generate])
@for_all(lives(), delayed)
def test_the_order_of_typing_does_not_matter(life: Life, delays: list[int]) -> None:
    desk, accepted = as_it_happened(life)
    other_order = late(accepted, delays)
    assume(other_order != accepted)
    other, left = typed(life, other_order)
    event(f"{'all accepted' if not left else 'some refused'}")
    assume(not left)
    assert figures(other) == figures(desk)
