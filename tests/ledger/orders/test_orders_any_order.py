"""The order of typing does not matter: what is accepted in whatever order comes to the same, to the fen.

A life of an order is typed as it happened; then again with some of it late, what is refused being tried once more when
other things are on record. Where all of it is accepted in the end, the books and the order are the same.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from hypothesis import assume, settings
from hypothesis import given as for_all
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.decider import By, Command, Fact, standing
from ledger.orders.changing import ApproveChangeOrder, ProposeChangeOrder
from ledger.orders.deciding import evolve_order, orders_of
from ledger.orders.earning import ReverseCommission
from ledger.orders.facts import ShippedItem
from ledger.orders.mistakes.withdrawing import WithdrawOrderStep
from ledger.orders.order import EquipmentOrder
from ledger.orders.payments import InvoiceMilestone, RecordMilestonePayment, RemitClientMoney
from ledger.orders.receivables import CollectReceivable
from ledger.orders.terms import CommissionTerm, Milestone, OrderTerms, Role, Trigger
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
from tests.ground.ordered import BUYER, FINANCE, ORDER, PAPER, SUPPLIER, TERMS, USD, Desk
from tests.ground.typed import as_it_happened, delays, in_any_order, late

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
def lives(draw: st.DrawFn) -> Life:
    """The works up to a day; among them invoices, payments, changes, an acceptance that is withdrawn."""
    role: Role = draw(st.sampled_from(("PRINCIPAL", "PRINCIPAL", "AGENT")))
    currency = draw(st.sampled_from(("USD", "USD", "CNY")))
    trigger: Trigger = draw(st.sampled_from(("ORDERED", "SHIPPED", "ACCEPTED")))
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
    of_order: dict[str, Any] = {"order": ORDER}

    def more(day: date) -> list[Command]:
        nonlocal number
        number += 1
        kind = draw(st.sampled_from(("pay", "pay", "pay", "invoice", "change", "collect", "give-up", "remit")))
        asked: dict[str, Any] = {**of_order, "effective_on": day}
        milestone = draw(st.sampled_from([one.milestone for one in MILESTONES]))
        amount = draw(st.sampled_from((None, "1000.01", "777.77", "10000.00")))
        named: dict[str, Any] = {"bank_reference": f"B-{number}", "amount": amount}
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
        reference = draw(st.sampled_from((None, f"B-{number}")))
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


def placed(life: Life) -> list[Fact]:
    desk = Desk(*GROUND)
    desk.place(life.role, life.terms, rate_series=USD)
    return desk.facts


def told(facts: Sequence[Fact]) -> EquipmentOrder:
    order = EquipmentOrder(order=ORDER)
    for fact in standing(facts, lambda fact: fact):
        if ORDER in orders_of(fact) and not fact.withdraws:
            order = evolve_order(order, fact, ORDER)
    return order


def figures(facts: Sequence[Fact]) -> dict[str, Any]:
    """What an order comes to, but for the order in which it was told."""
    order = told(facts)
    names = ("state", "since", "value_minor", "milestones", "reached", "advances")
    return {
        **{name: getattr(order, name) for name in names},
        "fees": {trigger: fee for trigger, fee in order.fees.items() if not fee.reversed},
        "books": Desk(*facts).balances(),
        "payments": {name: sorted(map(repr, some)) for name, some in order.payments.items() if some},
        "owed": {name: one.at() for name, one in order.receivables.items() if one.at()[1]},
        "held": {name: held.cny_minor for name, held in order.client_money.items() if held.amount_minor},
    }


@settings(max_examples=150)
@for_all(lives(), delays)
def test_the_order_of_typing_does_not_matter(life: Life, by_how_much: list[int]) -> None:
    begin = placed(life)
    facts, accepted = as_it_happened(begin, life.commands, by)
    others, left = in_any_order(begin, late(accepted, by_how_much), by)
    assume(not left)
    assert figures(others) == figures(facts)
