"""What becomes of each order: quoted, ordered, built, shipped, tested, accepted, paid; one is cancelled.

orders        every step of every order
revaluation   what is owed in a foreign currency, remeasured after each month's end and before it is closed
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from api.demo.city import evidence
from api.demo.days import at, last_of, months, workday
from api.demo.deals.equipment import QUOTED_BEFORE, USD, Purchase, assessed, line, quoted
from api.demo.deals.parties import BUYERS, SUPPLIERS
from api.demo.people import APPROVER, CLERKS, COLLEAGUE, invented
from api.demo.pipeline import END
from api.demo.steps import Step
from api.demo.unfolding import Known, Turn
from ledger.decider import By, Command
from ledger.joint.remeasuring import RevaluePayables
from ledger.orders.agreement import IssueQuotation, PlaceOrder
from ledger.orders.cancelling import CancelOrder, ForfeitAdvance, RefundAdvance
from ledger.orders.changing import ApproveChangeOrder, ProposeChangeOrder
from ledger.orders.earning import ReverseCommission
from ledger.orders.facts import ShippedItem
from ledger.orders.leftover.clearing import MoveStock, SellStock
from ledger.orders.leftover.writing_down import ApproveWriteDown, ProposeWriteDown
from ledger.orders.order import OrderState
from ledger.orders.over_time.measuring import MeasureProgress
from ledger.orders.payments import InvoiceMilestone, RecordMilestonePayment, RemitClientMoney
from ledger.orders.receivables import CollectReceivable, RevalueReceivables
from ledger.orders.works import (
    CertifyAcceptance,
    ClearCustoms,
    CloseOrder,
    CommissionPlant,
    DeliverEquipment,
    FailFat,
    FailSat,
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
from ledger.values.currencies import in_minor
from ledger.values.evidence import Evidence
from ledger.values.money import minor, written
from projections.closing import unrevalued_payables
from projections.deals.orders import OrderRegister, unrevalued
from projections.payables.documents import Payables

DESK = invented(CLERKS[2])

Told = Iterator[tuple[int, By, Command]]
"""So many days after the order, by whom, what."""


def orders(purchases: Sequence[Purchase]) -> Iterator[Step]:
    """Every step that is recorded before the end, order by order."""
    for purchase in purchases:
        for nth, (days, by, command) in enumerate(_told(purchase)):
            instant = at(_on(purchase, days), 160 + nth, purchase.number * 2)
            if instant.date() <= END:
                yield Step(recorded_at=instant, by=by, command=command)


def revaluation() -> Iterator[Step | Turn]:
    """Each month, whether anything is owed or not, as long as it can still be posted to."""
    for month in months("2023-10", "2026-05"):
        end = last_of(month)
        command = RevalueReceivables(month=month, rate_series=(USD,), effective_on=end)
        yield Step(recorded_at=at(end + timedelta(days=5), 140), by=COLLEAGUE, command=command)
        yield Turn(recorded_at=at(end + timedelta(days=5), 142), steps=_client_money(month))
        yield Turn(recorded_at=at(end + timedelta(days=5), 145), steps=_payables(month))


def _client_money(month: str) -> Callable[[Known], Iterator[Step]]:
    """Suppliers' dollars held at a month's end, as the close would name them."""
    end = last_of(month)

    def steps(known: Known) -> Iterator[Step]:
        known.follow(OrderRegister)
        with known.database.views.connect() as connection:
            left = [one for one in unrevalued(connection, known.basis(end), end) if one.endswith(" client-money")]
        if left:
            held = tuple(dict.fromkeys(one.partition("/")[0] for one in left))
            command = RevalueReceivables(month=month, rate_series=(USD,), client_money=held, effective_on=end)
            yield Step(recorded_at=at(end + timedelta(days=5), 142), by=COLLEAGUE, command=command)

    return steps


def _payables(month: str) -> Callable[[Known], Iterator[Step]]:
    """Payables in dollars at a month's end, as the close would name them."""
    end = last_of(month)

    def steps(known: Known) -> Iterator[Step]:
        known.follow(Payables)
        with known.database.views.connect() as connection:
            left = [one.split(" ")[0] for one in unrevalued_payables(connection, known.basis(end), end)]
        if left:
            command = RevaluePayables(month=month, documents=tuple(left), rate_series=(USD,), effective_on=end)
            yield Step(recorded_at=at(end + timedelta(days=5), 145), by=COLLEAGUE, command=command)

    return steps


def _on(purchase: Purchase, days: int) -> date:
    return workday(purchase.ordered_on + timedelta(days=days))


def _about(purchase: Purchase, days: int) -> dict[str, Any]:
    return {"order": purchase.order, "effective_on": _on(purchase, days)}


def _paper(purchase: Purchase, days: int, what: str) -> Evidence:
    return evidence(f"{what} of {purchase.order}", _on(purchase, days))


def _told(purchase: Purchase) -> Told:
    yield from _agreed(purchase)
    if purchase.stops == "QUOTED":
        return
    for state, stage in STAGES:
        yield from stage(purchase)
        if state == purchase.stops:
            return
        if state == "FAT_PASSED" and purchase.stops == "CANCELLED":
            yield from _cancelled(purchase)
            return


def _agreed(purchase: Purchase) -> Told:
    before = -QUOTED_BEFORE.days
    quote = IssueQuotation(
        **_about(purchase, before),
        supplier=SUPPLIERS[purchase.supplier].company,
        buyer=purchase.buyer,
        terms=quoted(purchase),
        valid_until=purchase.ordered_on + timedelta(days=30),
    )
    yield before, DESK, quote
    if purchase.stops == "QUOTED":
        return
    order = PlaceOrder(
        **_about(purchase, 0),
        role=purchase.role,
        assessment=assessed(purchase),
        document=_paper(purchase, 0, "Contract"),
        rate_series=purchase.rate_series,
        over_time="COST_TO_COST" if "over-time" in purchase.odd else None,
    )
    yield 0, DESK, order


# Money


def _paid(purchase: Purchase, milestone: str, invoiced: int, paid: int) -> Told:
    """A milestone is invoiced and paid: to MCSC as principal, to the supplier, or through MCSC's hands."""
    name = f"inv-{purchase.number:02}-{milestone}-demo"
    yield invoiced, COLLEAGUE, InvoiceMilestone(**_about(purchase, invoiced), milestone=milestone, invoice=name)
    ours = purchase.role == "PRINCIPAL" or "through-us" in purchase.odd
    reference = f"FICT-ORD-{purchase.number:02}-{milestone.upper()}"
    pay = RecordMilestonePayment(
        **_about(purchase, paid),
        milestone=milestone,
        through="MCSC" if ours else "DIRECT",
        bank_reference=reference if ours else None,
        rate_series=purchase.rate_series if ours else None,
        evidence=None if ours else _paper(purchase, paid, f"Advice on the {milestone}"),
    )
    yield paid, COLLEAGUE, pay
    if "through-us" in purchase.odd:
        on = paid + 4
        remit = RemitClientMoney(**_about(purchase, on), milestone=milestone, bank_reference=f"{reference}-ON")
        yield on, COLLEAGUE, remit


def _fee_in(purchase: Purchase, days: int, trigger: str) -> Told:
    """MCSC's fee comes in."""
    collect = CollectReceivable(
        **_about(purchase, days),
        receivable=f"commission-{trigger}",
        bank_reference=f"FICT-FEE-{purchase.number:02}-{trigger.upper()}",
        rate_series=purchase.rate_series,
    )
    yield days, COLLEAGUE, collect


# Stage by stage


def _ordered(purchase: Purchase) -> Told:
    if "fee-back" in purchase.odd:
        yield from _fee_in(purchase, 45, "ordered")
        give = ReverseCommission(
            **_about(purchase, 160),
            trigger="ORDERED",
            reason="It arrives later than was promised (demo)",
            bank_reference=f"FICT-FEE-{purchase.number:02}-BACK",
            rate_series=purchase.rate_series,
        )
        yield 160, COLLEAGUE, give


def _deposit(purchase: Purchase) -> Told:
    yield from _paid(purchase, "deposit", 1, 11)


def _built(purchase: Purchase) -> Told:
    yield 21, DESK, StartProduction(**_about(purchase, 21), document=_paper(purchase, 21, "Notice of production"))
    if "changes" in purchase.odd:
        price = written(minor(purchase.price) * 21 // 20)
        change = ProposeChangeOrder(
            **_about(purchase, 58),
            change="change-1-demo",
            lines=(line(purchase, price),),
            reason="Stainless exchangers in place of steel ones (demo)",
            document=_paper(purchase, 58, "Change order"),
        )
        yield 58, DESK, change
        yield 60, APPROVER, ApproveChangeOrder(**_about(purchase, 60), change="change-1-demo")
    if "holds" in purchase.odd:
        yield 70, DESK, HoldOrder(**_about(purchase, 70), reason="The buyer's foundation is late (demo)")
        yield 98, DESK, ResumeOrder(**_about(purchase, 98), reason="The foundation is there (demo)")


def _tested(purchase: Purchase) -> Told:
    if "fails-fat" in purchase.odd:
        paper = _paper(purchase, 108, "Factory test")
        yield 108, DESK, FailFat(**_about(purchase, 108), document=paper, reason="A seal leaked at full load (demo)")
    if "over-time" in purchase.odd:
        yield from _measured(purchase)
    yield 120, DESK, PassFat(**_about(purchase, 120), document=_paper(purchase, 120, "Factory test"))


def _measured(purchase: Purchase) -> Told:
    """At each month's end: the cost incurred, out of one that is expected to be higher from the third month on."""
    for nth, end in enumerate((date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30))):
        days = (end - purchase.ordered_on).days + 4
        expected = "2190000.00" if nth < 2 else "2412000.00"
        yield days, COLLEAGUE, MeasureProgress(order=purchase.order, effective_on=end, expected_cost=expected)


def _shipped(purchase: Purchase) -> Told:
    loads = ((140, 1), (147, purchase.quantity - 1)) if "parts" in purchase.odd else ((140, purchase.quantity),)
    for nth, (days, quantity) in enumerate(loads, 1):
        ship = ShipEquipment(
            **_about(purchase, days),
            shipment=f"shipment-{nth}-demo",
            bill_of_lading=f"FICT-BL-{purchase.number:02}{nth}",
            items=(ShippedItem(item="machine-demo", quantity=quantity),),
            document=_paper(purchase, days, "Bill of lading"),
        )
        yield days, DESK, ship
    yield from _paid(purchase, "shipment", 141, 155)


def _cleared(purchase: Purchase) -> Told:
    if purchase.domestic:
        return
    value = purchase.quantity * in_minor(purchase.price, purchase.currency) * 7
    clear = ClearCustoms(
        **_about(purchase, 175),
        declaration=f"FICT-CD-{purchase.number:02}",
        duty=written(value // 20),
        import_vat=written(value * 21 // 20 * 13 // 100),
        document=_paper(purchase, 175, "Customs declaration"),
    )
    yield 175, DESK, clear


def _delivered(purchase: Purchase) -> Told:
    yield 187, DESK, DeliverEquipment(**_about(purchase, 187), document=_paper(purchase, 187, "Delivery note"))


def _installed(purchase: Purchase) -> Told:
    yield 215, DESK, InstallEquipment(**_about(purchase, 215), document=_paper(purchase, 215, "Installation report"))
    if "fails-sat" in purchase.odd:
        paper = _paper(purchase, 235, "Site test")
        yield 235, DESK, FailSat(**_about(purchase, 235), document=paper, reason="Less power than was promised (demo)")


def _site_tested(purchase: Purchase) -> Told:
    yield 240, DESK, PassSat(**_about(purchase, 240), document=_paper(purchase, 240, "Site test"))
    start = CommissionPlant(**_about(purchase, 243), document=_paper(purchase, 243, "Start-up report"))
    yield 243, DESK, start


def _accepted(purchase: Purchase) -> Told:
    accept = CertifyAcceptance(
        **_about(purchase, 252),
        document=_paper(purchase, 252, "Provisional acceptance"),
        rate_series=purchase.rate_series,
    )
    yield 252, DESK, accept
    if purchase.role == "AGENT" and purchase.stops != "ACCEPTED":
        yield from _fee_in(purchase, 310, "accepted")


def _warranted(purchase: Purchase) -> Told:
    until = _on(purchase, 254 + 365)
    start = StartWarranty(**_about(purchase, 254), until_on=until, document=_paper(purchase, 254, "Warranty"))
    yield 254, DESK, start
    release = ReleaseRetention(**_about(purchase, 620), document=_paper(purchase, 620, "Release of retention"))
    yield 620, DESK, release
    yield from _paid(purchase, "retention", 622, 640)


def _closed(purchase: Purchase) -> Told:
    yield 650, DESK, CloseOrder(**_about(purchase, 650), document=_paper(purchase, 650, "Final acceptance"))


def _cancelled(purchase: Purchase) -> Told:
    """The buyer gives up: a fee out of the deposit, most of the rest is paid back, a little is kept for storage."""
    cancel = CancelOrder(
        **_about(purchase, 150), cause="BUYER", fee="92000.00", document=_paper(purchase, 150, "Notice of cancellation")
    )
    yield 150, APPROVER, cancel
    refund = RefundAdvance(
        **_about(purchase, 164),
        amount="440000.00",
        bank_reference=f"FICT-ORD-{purchase.number:02}-BACK",
        rate_series=purchase.rate_series,
    )
    yield 164, COLLEAGUE, refund
    reason = "Storage until it was cancelled (demo)"
    yield 171, COLLEAGUE, ForfeitAdvance(**_about(purchase, 171), amount="20000.00", reason=reason)
    yield from _left_over(purchase)


def _left_over(purchase: Purchase) -> Told:
    """The supplier's unfinished machine: written down, most of it sold as parts, a pump moved to another order."""
    lower = ProposeWriteDown(
        **_about(purchase, 222),
        stock_entry="as-parts-demo",
        net_realisable="3100000.00",
        reason="Nobody else wants a half-built line: it goes as parts (demo)",
        document=_paper(purchase, 222, "Appraisal"),
    )
    yield 222, COLLEAGUE, lower
    yield 224, APPROVER, ApproveWriteDown(**_about(purchase, 224), stock_entry="as-parts-demo")
    sale = SellStock(
        **_about(purchase, 420),
        stock_entry="parts-demo",
        customer=BUYERS[0].company,
        amount="310000.00",
        cost="3600000.00",
        document=_paper(purchase, 420, "Contract of sale"),
        rate_series=purchase.rate_series,
    )
    yield 420, COLLEAGUE, sale
    collect = CollectReceivable(
        **_about(purchase, 440),
        receivable="parts-demo",
        bank_reference=f"FICT-ORD-{purchase.number:02}-PARTS",
        rate_series=purchase.rate_series,
    )
    yield 440, COLLEAGUE, collect
    move = MoveStock(
        **_about(purchase, 525),
        stock_entry="pump-demo",
        to_order="order-05-demo",
        cost="610000.00",
        reason="The pump fits the turbines (demo)",
    )
    yield 525, COLLEAGUE, move


STAGES: Sequence[tuple[OrderState, Callable[[Purchase], Told]]] = (
    ("ORDERED", _ordered),
    ("DEPOSIT_PAID", _deposit),
    ("IN_PRODUCTION", _built),
    ("FAT_PASSED", _tested),
    ("SHIPPED", _shipped),
    ("CUSTOMS_CLEARED", _cleared),
    ("DELIVERED", _delivered),
    ("INSTALLED", _installed),
    ("SAT_PASSED", _site_tested),
    ("ACCEPTED", _accepted),
    ("WARRANTY", _warranted),
    ("CLOSED", _closed),
)
