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
from api.demo.deals.parties import SUPPLIERS
from api.demo.pipeline import END
from api.demo.steps import ACCOUNTANTS, APPROVER, CLERKS, Step, invented
from ledger.decider import By, Command
from ledger.orders.agreement import ApproveChangeOrder, IssueQuotation, PlaceOrder
from ledger.orders.cancelling import CancelOrder, ForfeitAdvance, RefundAdvance
from ledger.orders.earning import ReverseCommission
from ledger.orders.facts import ShippedItem
from ledger.orders.order import OrderState
from ledger.orders.payments import InvoiceMilestone, RecordMilestonePayment, RemitClientMoney
from ledger.orders.receivables import CollectReceivable, RevalueReceivables
from ledger.orders.terms import in_minor
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
from ledger.values.evidence import Evidence
from ledger.values.money import minor, written

DESK, ACCOUNTANT = invented(CLERKS[2]), invented(ACCOUNTANTS[1], "finance")
SECOND = invented(APPROVER, "approver")

Told = Iterator[tuple[int, By, Command]]
"""So many days after the order, by whom, what."""


def orders(purchases: Sequence[Purchase]) -> Iterator[Step]:
    """Every step that is recorded before the end, order by order."""
    for one in purchases:
        for nth, (days, by, command) in enumerate(_told(one)):
            instant = at(_on(one, days), 160 + nth, one.number * 2)
            if instant.date() <= END:
                yield Step(recorded_at=instant, by=by, command=command)


def revaluation() -> Iterator[Step]:
    """Each month, whether anything is owed or not, as long as it can still be posted to."""
    for month in months("2023-10", "2026-05"):
        end = last_of(month)
        command = RevalueReceivables(month=month, rate_series=(USD,), effective_on=end)
        yield Step(recorded_at=at(end + timedelta(days=5), 140), by=ACCOUNTANT, command=command)


def _on(one: Purchase, days: int) -> date:
    return workday(one.ordered_on + timedelta(days=days))


def _about(one: Purchase, days: int) -> dict[str, Any]:
    return {"order": one.order, "effective_on": _on(one, days)}


def _paper(one: Purchase, days: int, what: str) -> Evidence:
    return evidence(f"{what} of {one.order}", _on(one, days))


def _told(one: Purchase) -> Told:
    yield from _agreed(one)
    if one.stops == "QUOTED":
        return
    for state, stage in STAGES:
        yield from stage(one)
        if state == one.stops:
            return
        if state == "FAT_PASSED" and one.stops == "CANCELLED":
            yield from _cancelled(one)
            return


def _agreed(one: Purchase) -> Told:
    before = -QUOTED_BEFORE.days
    quote = IssueQuotation(
        **_about(one, before),
        supplier=SUPPLIERS[one.supplier].company,
        buyer=one.buyer,
        terms=quoted(one),
        valid_until=one.ordered_on + timedelta(days=30),
    )
    yield before, DESK, quote
    if one.stops == "QUOTED":
        return
    order = PlaceOrder(
        **_about(one, 0),
        role=one.role,
        assessment=assessed(one),
        document=_paper(one, 0, "Contract"),
        rate_series=one.rate_series,
    )
    yield 0, DESK, order


# Money


def _paid(one: Purchase, milestone: str, invoiced: int, paid: int) -> Told:
    """A milestone is invoiced and paid: to MCSC as principal, to the supplier, or through MCSC's hands."""
    name = f"inv-{one.number:02}-{milestone}-demo"
    yield invoiced, ACCOUNTANT, InvoiceMilestone(**_about(one, invoiced), milestone=milestone, invoice=name)
    ours = one.role == "PRINCIPAL" or "through-us" in one.odd
    reference = f"FICT-ORD-{one.number:02}-{milestone.upper()}"
    pay = RecordMilestonePayment(
        **_about(one, paid),
        milestone=milestone,
        through="MCSC" if ours else "DIRECT",
        bank_reference=reference if ours else None,
        rate_series=one.rate_series if ours else None,
        evidence=None if ours else _paper(one, paid, f"Advice on the {milestone}"),
    )
    yield paid, ACCOUNTANT, pay
    if "through-us" in one.odd:
        on = paid + 4
        remit = RemitClientMoney(**_about(one, on), milestone=milestone, bank_reference=f"{reference}-ON")
        yield on, ACCOUNTANT, remit


def _fee_in(one: Purchase, days: int, trigger: str) -> Told:
    """MCSC's fee comes in."""
    collect = CollectReceivable(
        **_about(one, days),
        receivable=f"commission-{trigger}",
        bank_reference=f"FICT-FEE-{one.number:02}-{trigger.upper()}",
        rate_series=one.rate_series,
    )
    yield days, ACCOUNTANT, collect


# Stage by stage


def _ordered(one: Purchase) -> Told:
    if "fee-back" in one.odd:
        yield from _fee_in(one, 45, "ordered")
        give = ReverseCommission(
            **_about(one, 160),
            trigger="ORDERED",
            reason="It arrives later than was promised (demo)",
            bank_reference=f"FICT-FEE-{one.number:02}-BACK",
            rate_series=one.rate_series,
        )
        yield 160, ACCOUNTANT, give


def _deposit(one: Purchase) -> Told:
    yield from _paid(one, "deposit", 1, 11)


def _built(one: Purchase) -> Told:
    yield 21, DESK, StartProduction(**_about(one, 21), document=_paper(one, 21, "Notice of production"))
    if "changes" in one.odd:
        price = written(minor(one.price) * 21 // 20)
        change = ApproveChangeOrder(
            **_about(one, 60),
            change="change-1-demo",
            lines=(line(one, price),),
            reason="Stainless exchangers in place of steel ones (demo)",
            document=_paper(one, 60, "Change order"),
        )
        yield 60, SECOND, change
    if "holds" in one.odd:
        yield 70, DESK, HoldOrder(**_about(one, 70), reason="The buyer's foundation is late (demo)")
        yield 98, DESK, ResumeOrder(**_about(one, 98), reason="The foundation is there (demo)")


def _tested(one: Purchase) -> Told:
    if "fails-fat" in one.odd:
        paper = _paper(one, 108, "Factory test")
        yield 108, DESK, FailFat(**_about(one, 108), document=paper, reason="A seal leaked at full load (demo)")
    yield 120, DESK, PassFat(**_about(one, 120), document=_paper(one, 120, "Factory test"))


def _shipped(one: Purchase) -> Told:
    loads = ((140, 1), (147, one.quantity - 1)) if "parts" in one.odd else ((140, one.quantity),)
    for nth, (days, quantity) in enumerate(loads, 1):
        ship = ShipEquipment(
            **_about(one, days),
            shipment=f"shipment-{nth}-demo",
            bill_of_lading=f"FICT-BL-{one.number:02}{nth}",
            items=(ShippedItem(item="machine-demo", quantity=quantity),),
            document=_paper(one, days, "Bill of lading"),
        )
        yield days, DESK, ship
    yield from _paid(one, "shipment", 141, 155)


def _cleared(one: Purchase) -> Told:
    if one.domestic:
        return
    value = one.quantity * in_minor(one.price, one.currency) * 7
    clear = ClearCustoms(
        **_about(one, 175),
        declaration=f"FICT-CD-{one.number:02}",
        duty=written(value // 20),
        import_vat=written(value * 21 // 20 * 13 // 100),
        document=_paper(one, 175, "Customs declaration"),
    )
    yield 175, DESK, clear


def _delivered(one: Purchase) -> Told:
    yield 187, DESK, DeliverEquipment(**_about(one, 187), document=_paper(one, 187, "Delivery note"))


def _installed(one: Purchase) -> Told:
    yield 215, DESK, InstallEquipment(**_about(one, 215), document=_paper(one, 215, "Installation report"))
    if "fails-sat" in one.odd:
        paper = _paper(one, 235, "Site test")
        yield 235, DESK, FailSat(**_about(one, 235), document=paper, reason="Less power than was promised (demo)")


def _site_tested(one: Purchase) -> Told:
    yield 240, DESK, PassSat(**_about(one, 240), document=_paper(one, 240, "Site test"))
    start = CommissionPlant(**_about(one, 243), document=_paper(one, 243, "Start-up report"))
    yield 243, DESK, start


def _accepted(one: Purchase) -> Told:
    accept = CertifyAcceptance(
        **_about(one, 252), document=_paper(one, 252, "Provisional acceptance"), rate_series=one.rate_series
    )
    yield 252, DESK, accept
    if one.role == "AGENT" and one.stops != "ACCEPTED":
        yield from _fee_in(one, 310, "accepted")


def _warranted(one: Purchase) -> Told:
    until = _on(one, 254 + 365)
    start = StartWarranty(**_about(one, 254), until_on=until, document=_paper(one, 254, "Warranty"))
    yield 254, DESK, start
    release = ReleaseRetention(**_about(one, 620), document=_paper(one, 620, "Release of retention"))
    yield 620, DESK, release
    yield from _paid(one, "retention", 622, 640)


def _closed(one: Purchase) -> Told:
    yield 650, DESK, CloseOrder(**_about(one, 650), document=_paper(one, 650, "Final acceptance"))


def _cancelled(one: Purchase) -> Told:
    """The buyer gives up: a fee out of the deposit, most of the rest is paid back, a little is kept for storage."""
    cancel = CancelOrder(
        **_about(one, 150), cause="BUYER", fee="92000.00", document=_paper(one, 150, "Notice of cancellation")
    )
    yield 150, SECOND, cancel
    refund = RefundAdvance(
        **_about(one, 164),
        amount="440000.00",
        bank_reference=f"FICT-ORD-{one.number:02}-BACK",
        rate_series=one.rate_series,
    )
    yield 164, ACCOUNTANT, refund
    reason = "Storage until it was cancelled (demo)"
    yield 171, ACCOUNTANT, ForfeitAdvance(**_about(one, 171), amount="20000.00", reason=reason)


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
