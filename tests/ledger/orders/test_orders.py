"""Equipment orders, a row an outcome: O1 to O7, who may do what from where, and every refusal in its place."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.billing.facts import ReceiptReversed
from ledger.billing.receipts import RecordReceipt
from ledger.billing.rules import BankReferenceTaken
from ledger.companies.facts import CompanyExited
from ledger.companies.presence import CompleteExit
from ledger.decider import Command, Refusal
from ledger.joint.settling import OrderRuns
from ledger.orders.agreement import (
    CommissionMalformed,
    IssueQuotation,
    LinesMalformed,
    MilestonesMalformed,
    OrderExists,
    OrderPartyGone,
    OrderPartyUnknown,
    OverTimeUnfit,
    PlaceOrder,
    QuotationExpired,
    ValidityMalformed,
)
from ledger.orders.cancelling import (
    AdvanceExceeded,
    CancelOrder,
    FeeCollected,
    ForfeitAdvance,
    KeptRateUnfit,
    RefundAdvance,
)
from ledger.orders.changing import (
    ApproverIsChangeProposer,
    ChangeDecided,
    ChangeTaken,
    ChangeUnknown,
    PaidAlready,
    ProposeChangeOrder,
    ShippedAlready,
)
from ledger.orders.deciding import evolve_order, orders_of
from ledger.orders.earning import CostExceeded, FeeUnknown, ReferenceUnfit, ReverseCommission, SaidOtherwise
from ledger.orders.facts import ChangeOrderApproved, EquipmentOrdered, MilestoneInvoiced, ShippedItem
from ledger.orders.leftover.writing_down import ApproverIsWriteDownProposer, StockChangedSince
from ledger.orders.mistakes.putting_right import OrderPostingUnknown, OrderStepNotLatest
from ledger.orders.mistakes.withdrawing import OrderStepUnknown
from ledger.orders.order import (
    EquipmentOrder,
    OrderAmountMalformed,
    OrderOnHold,
    OrderOpenExceeded,
    OrderReferenceTaken,
    OrderRefusal,
    OrderStateForbids,
    OrderStepTooEarly,
    OrderUnknown,
    RateMissing,
    RateNotNamed,
    RateUnfit,
    RoleForbids,
)
from ledger.orders.payments import (
    AlreadyInvoiced,
    InvoiceMilestone,
    InvoiceTaken,
    MilestoneIsPaid,
    MilestoneUnknown,
    NothingHeld,
    NothingToInvoice,
    RecordMilestonePayment,
    RemitClientMoney,
    TriggerNotReached,
)
from ledger.orders.receivables import (
    CollectedAlready,
    CollectReceivable,
    MonthTaken,
    NothingOwed,
    NotMonthEnd,
    RevalueReceivables,
)
from ledger.orders.terms import CommissionTerm, Milestone, Role, split
from ledger.orders.works import (
    CertifyAcceptance,
    CloseOrder,
    CommissionPlant,
    CostForbidden,
    DeliverEquipment,
    FailFat,
    FailSat,
    HoldOrder,
    InstallEquipment,
    ItemUnknown,
    MoneyRemains,
    NotAllShipped,
    NotDeemed,
    NothingRetained,
    NotOnHold,
    PassFat,
    PassSat,
    ReleaseRetention,
    ResumeOrder,
    ShipEquipment,
    ShipmentTaken,
    ShippedExceeded,
    StartProduction,
    StartWarranty,
    WarrantyMalformed,
    WithoutFat,
)
from ledger.rates import Series
from tests.examples import ASKED, before
from tests.examples.billing import FACTS as BILLED
from tests.examples.billing import RECEIPT
from tests.ground.billed import TENANT, closed
from tests.ground.given import decide
from tests.ground.ordered import ASSESSMENT, BUYER, FINANCE, GROUND, ORDER, PAPER, SUPPLIER, TERMS, USD, Desk
from tests.ledger.orders.test_leftover import REFUSED
from tests.ledger.orders.test_over_time import REFUSED as OVER_TIME


def asked(on: str, **more: Any) -> dict[str, Any]:
    return {"effective_on": date.fromisoformat(on), "order": ORDER, **more}


def papered(on: str, **more: Any) -> dict[str, Any]:
    return asked(on, document=PAPER, **more)


def quoted(**more: Any) -> IssueQuotation:
    given = {"supplier": SUPPLIER, "buyer": BUYER, "terms": TERMS, "valid_until": date(2024, 2, 1)}
    return IssueQuotation(**asked("2024-01-02", **{**given, **more}))


def place(role: Role = "AGENT", on: str = "2024-01-08", **more: Any) -> PlaceOrder:
    return PlaceOrder(**papered(on, role=role, assessment=ASSESSMENT, **more))


def pay(milestone: str = "deposit", on: str = "2024-01-10", **more: Any) -> RecordMilestonePayment:
    return RecordMilestonePayment(**asked(on, milestone=milestone, **more))


def paid(milestone: str = "deposit", on: str = "2024-01-10", **more: Any) -> RecordMilestonePayment:
    return pay(milestone, on, **{"bank_reference": f"B-{milestone}", "rate_series": USD, **more})


def ship(
    quantity: int = 2, item: str = "orc-demo", shipment: str = "s-1-demo", on: str = "2024-04-05"
) -> ShipEquipment:
    items = (ShippedItem(item=item, quantity=quantity),)
    return ShipEquipment(**papered(on, shipment=shipment, bill_of_lading="BL-1 (demo)", items=items))


def lines(price: str = "210000.00", quantity: int = 2) -> Any:
    return (replace(TERMS.lines[0], unit_price=price, quantity=quantity),)


def change(price: str, quantity: int = 2, name: str = "c-1-demo") -> ProposeChangeOrder:
    named = {"change": name, "lines": lines(price, quantity), "reason": "another pump (demo)"}
    return ProposeChangeOrder(**papered("2024-02-01", **named))


def cancel(**more: Any) -> CancelOrder:
    return CancelOrder(**papered("2024-05-01", cause="BUYER", **more))


def collect(name: str = "commission-accepted", reference: str = "B-FEE") -> CollectReceivable:
    return CollectReceivable(**asked("2024-10-15", receivable=name, bank_reference=reference, rate_series=USD))


def revalue(on: str = "2024-09-30", *series: Series) -> RevalueReceivables:
    return RevalueReceivables(effective_on=date.fromisoformat(on), month="2024-09", rate_series=series or (USD,))


def state(desk: Desk) -> EquipmentOrder:
    """The order after everything recorded."""
    order = None
    for fact in desk.facts:
        if ORDER in orders_of(fact):
            order = evolve_order(order, fact, ORDER)
    assert order is not None
    return order


REVERSED = next(fact for fact in BILLED if isinstance(fact, ReceiptReversed))
Setting = Callable[[], Desk]


def ground() -> Desk:
    return Desk()


def quotation() -> Desk:
    desk = Desk()
    desk.do(quoted())
    return desk


def ordered(role: Role = "AGENT", **terms: Any) -> Desk:
    desk = Desk()
    desk.place(role, replace(TERMS, **terms))
    return desk


def principal() -> Desk:
    return ordered("PRINCIPAL")


def advanced() -> Desk:
    desk = principal()
    desk.do(paid())
    return desk


def produced() -> Desk:
    desk = ordered()
    desk.step(StartProduction, date(2024, 1, 20))
    return desk


def factory_tested() -> Desk:
    desk = produced()
    desk.step(PassFat, date(2024, 4, 1))
    return desk


def shipped() -> Desk:
    desk = factory_tested()
    desk.do(ship(1))
    return desk


def built(role: Role = "AGENT") -> Desk:
    desk = ordered(role)
    desk.build()
    return desk


def accepted(role: Role = "AGENT") -> Desk:
    desk = built(role)
    desk.accept()
    return desk


def sold() -> Desk:
    return accepted("PRINCIPAL")


def collected() -> Desk:
    desk = accepted()
    desk.do(collect())
    return desk


def fee_on_order_collected() -> Desk:
    desk = Desk()
    desk.do(quoted(terms=replace(TERMS, commission=(CommissionTerm(trigger="ORDERED", rate="0.01"),))))
    desk.do(place(on="2024-01-15", rate_series=USD))
    desk.do(
        CollectReceivable(**asked("2024-04-10", receivable="commission-ordered", bank_reference="F-1", rate_series=USD))
    )
    return desk


def cancelled(role: Role = "PRINCIPAL") -> Desk:
    desk = advanced() if role == "PRINCIPAL" else ordered(role)
    desk.do(cancel())
    return desk


INVOICE = InvoiceMilestone(**asked("2024-02-02", milestone="deposit", invoice="inv-1-demo"))


def invoiced() -> Desk:
    desk = ordered()
    desk.do(INVOICE)
    return desk


def on_hold() -> Desk:
    desk = ordered()
    desk.do(HoldOrder(**asked("2024-01-15", reason="no site yet (demo)")))
    return desk


def closed_september() -> Desk:
    desk = accepted()
    desk.facts += closed("2024-09")
    return desk


MISTAKEN = [
    pytest.param(ground, place(), OrderUnknown, "order", id="nothing-quoted"),
    pytest.param(ground, quoted(buyer="nobody-demo"), OrderPartyUnknown, "buyer", id="unknown-buyer"),
    pytest.param(ground, quoted(buyer=SUPPLIER), OrderPartyGone, "buyer", id="buys-from-itself"),
    pytest.param(ground, quoted(terms=replace(TERMS, lines=TERMS.lines * 2)), LinesMalformed, "lines", id="item-twice"),
    pytest.param(ground, quoted(terms=replace(TERMS, lines=lines("0"))), LinesMalformed, "lines", id="worth-nothing"),
    pytest.param(
        ground,
        quoted(terms=replace(TERMS, milestones=TERMS.milestones[:2])),
        MilestonesMalformed,
        "terms.milestones",
        id="o1-milestones-of-90-percent",
    ),
    pytest.param(
        ground,
        quoted(terms=replace(TERMS, milestones=(*TERMS.milestones, TERMS.milestones[0]))),
        MilestonesMalformed,
        "terms.milestones",
        id="milestone-twice",
    ),
    pytest.param(
        ground,
        quoted(terms=replace(TERMS, milestones=(replace(TERMS.milestones[0], percent="0"), *TERMS.milestones[1:]))),
        MilestonesMalformed,
        "terms.milestones",
        id="milestone-of-nothing",
    ),
    *(
        pytest.param(
            ground,
            quoted(terms=replace(TERMS, milestones=(replace(TERMS.milestones[0], milestone=name, percent="100"),))),
            MilestonesMalformed,
            "terms.milestones",
            id=f"named-as-{name}",
        )
        for name in ("commission-accepted", "commission-shipped", "cancellation-fee")
    ),
    pytest.param(
        ground,
        quoted(terms=replace(TERMS, commission=(CommissionTerm(rate="0.03"),) * 2)),
        CommissionMalformed,
        "terms.commission",
        id="o6-trigger-twice",
    ),
    pytest.param(
        ground,
        quoted(terms=replace(TERMS, commission=(CommissionTerm(rate="3"),))),
        CommissionMalformed,
        "terms.commission",
        id="three-hundred-percent",
    ),
    pytest.param(
        ground,
        quoted(terms=replace(TERMS, commission=(CommissionTerm(flat="0.125"),))),
        CommissionMalformed,
        "terms.commission",
        id="thousandths-of-a-dollar",
    ),
    pytest.param(ground, quoted(valid_until=date(2024, 1, 1)), ValidityMalformed, "valid_until", id="never-valid"),
    pytest.param(quotation, quoted(buyer=TENANT, supplier=BUYER), OrderExists, "order", id="id-of-others"),
    pytest.param(quotation, place(on="2024-02-02"), QuotationExpired, "effective_on", id="quotation-expired"),
    pytest.param(quotation, place(on="2024-01-01"), OrderStepTooEarly, "effective_on", id="ordered-before-quoted"),
    pytest.param(quotation, pay(), MilestoneUnknown, "milestone", id="paid-before-ordered"),
    pytest.param(ordered, place("PRINCIPAL"), OrderStateForbids, None, id="o2-role-is-frozen"),
    pytest.param(ordered, quoted(valid_until=date(2024, 3, 1)), OrderStateForbids, None, id="quoted-anew-once-ordered"),
    pytest.param(ordered, pay("tip"), MilestoneUnknown, "milestone", id="no-such-milestone"),
    pytest.param(ordered, ship(), OrderStateForbids, None, id="shipped-before-built"),
    pytest.param(produced, ship(), WithoutFat, None, id="shipped-untested"),
    pytest.param(produced, PassFat(**papered("2024-01-19")), OrderStepTooEarly, "effective_on", id="tested-too-early"),
    pytest.param(factory_tested, ship(item="pump-demo"), ItemUnknown, "items", id="unknown-item"),
    pytest.param(factory_tested, ship(3), ShippedExceeded, "items", id="o4-three-of-two"),
    pytest.param(shipped, ship(2, shipment="s-2-demo"), ShippedExceeded, "items", id="o4-two-more-of-two"),
    pytest.param(ordered, pay(on="2024-01-07"), OrderStepTooEarly, "effective_on", id="paid-before-it-was-ordered"),
    pytest.param(
        cancelled,
        RefundAdvance(**asked("2024-04-30", amount="1.00", bank_reference="X", rate_series=USD)),
        OrderStepTooEarly,
        "effective_on",
        id="paid-back-before-it-was-cancelled",
    ),
    pytest.param(shipped, ship(1, on="2024-04-06"), ShipmentTaken, "shipment", id="shipment-twice"),
    pytest.param(shipped, DeliverEquipment(**papered("2024-06-10")), OrderStateForbids, None, id="not-through-customs"),
    pytest.param(on_hold, StartProduction(**papered("2024-01-20")), OrderOnHold, None, id="on-hold"),
    pytest.param(built, CertifyAcceptance(**papered("2024-09-10")), RateNotNamed, "rate_series", id="rate-not-named"),
    pytest.param(
        built,
        CertifyAcceptance(**papered("2024-09-10", rate_series="fx/eur-cny")),
        RateUnfit,
        "rate_series",
        id="rate-of-another-currency",
    ),
    pytest.param(
        built,
        CertifyAcceptance(**papered("2024-09-10", rate_series="fx/usd-cny-bank")),
        RateMissing,
        "rate_series",
        id="rate-not-approved",
    ),
    pytest.param(
        built,
        CertifyAcceptance(**papered("2024-09-10", rate_series=USD, cost="1.00")),
        CostForbidden,
        "cost",
        id="an-agent-has-no-cost",
    ),
    pytest.param(accepted, cancel(), OrderStateForbids, None, id="cancelled-after-acceptance"),
    pytest.param(accepted, change("1"), OrderStateForbids, None, id="changed-after-acceptance"),
    pytest.param(
        accepted,
        StartWarranty(**papered("2024-09-11", until_on=date(2024, 9, 11))),
        WarrantyMalformed,
        "until_on",
        id="warranty-of-no-days",
    ),
    pytest.param(accepted, CloseOrder(**papered("2025-09-11")), MoneyRemains, None, id="fee-not-collected"),
    pytest.param(accepted, collect("commission-ordered"), NothingOwed, "receivable", id="no-such-fee"),
    pytest.param(collected, collect(reference="B-2"), CollectedAlready, "receivable", id="collected-twice"),
    pytest.param(
        accepted,
        ReverseCommission(**asked("2024-09-20", trigger="SHIPPED", reason="none (demo)")),
        FeeUnknown,
        "trigger",
        id="fee-never-earned",
    ),
    pytest.param(
        accepted,
        ReverseCommission(**asked("2024-09-20", trigger="ACCEPTED", reason="none (demo)", bank_reference="X")),
        ReferenceUnfit,
        "bank_reference",
        id="nothing-to-pay-back",
    ),
    pytest.param(
        collected,
        ReverseCommission(**asked("2024-10-20", trigger="ACCEPTED", reason="none (demo)")),
        ReferenceUnfit,
        "bank_reference",
        id="paid-back-without-a-payment",
    ),
    pytest.param(accepted, revalue("2024-09-29"), NotMonthEnd, "effective_on", id="not-the-last-day"),
    pytest.param(accepted, revalue("2024-10-31"), NotMonthEnd, "effective_on", id="another-month"),
    pytest.param(accepted, revalue("2024-09-30", "fx/eur-cny"), RateNotNamed, "rate_series", id="dollars-unrated"),
    pytest.param(closed_september, revalue(), MonthTaken, "month", id="month-closed"),
    pytest.param(principal, pay(through="DIRECT"), RoleForbids, "through", id="a-principal-is-paid-itself"),
    pytest.param(
        lambda: ordered("OBSERVER"), pay(through="MCSC"), RoleForbids, "through", id="an-observer-gets-no-money"
    ),
    pytest.param(
        lambda: ordered("OBSERVER"), paid(), ReferenceUnfit, "bank_reference", id="an-observer-has-no-bank-reference"
    ),
    pytest.param(principal, pay(), ReferenceUnfit, "bank_reference", id="without-a-bank-reference"),
    pytest.param(advanced, paid(on="2024-01-11"), MilestoneIsPaid, "milestone", id="paid-twice"),
    pytest.param(
        advanced,
        paid("shipment", bank_reference="B-deposit"),
        OrderReferenceTaken,
        "bank_reference",
        id="b5-one-payment-for-two",
    ),
    pytest.param(
        principal,
        InvoiceMilestone(**asked("2024-01-20", milestone="shipment", invoice="inv-1-demo")),
        TriggerNotReached,
        None,
        id="invoiced-before-due",
    ),
    pytest.param(
        advanced,
        InvoiceMilestone(**asked("2024-01-20", milestone="deposit", invoice="inv-1-demo")),
        MilestoneIsPaid,
        "milestone",
        id="invoiced-once-paid",
    ),
    pytest.param(
        ordered,
        RemitClientMoney(**asked("2024-01-20", milestone="deposit", bank_reference="X")),
        NothingHeld,
        "milestone",
        id="nothing-to-remit",
    ),
    pytest.param(fee_on_order_collected, cancel(), FeeCollected, None, id="collected-fee-is-paid-back-first"),
    pytest.param(principal, cancel(fee="0.125"), OrderAmountMalformed, "fee", id="fee-of-thousandths"),
    pytest.param(
        cancelled,
        RefundAdvance(**asked("2024-05-02", amount="126000.01", bank_reference="X")),
        AdvanceExceeded,
        "amount",
        id="more-than-was-advanced",
    ),
    pytest.param(
        cancelled,
        ForfeitAdvance(**asked("2024-05-02", amount="0", reason="none (demo)")),
        OrderAmountMalformed,
        "amount",
        id="nothing-kept",
    ),
    pytest.param(
        advanced,
        ForfeitAdvance(**asked("2024-05-02", amount="1", reason="none (demo)")),
        OrderStateForbids,
        None,
        id="kept-before-cancelled",
    ),
    pytest.param(
        lambda: cancelled("AGENT"),
        ForfeitAdvance(**asked("2024-05-02", amount="1", reason="none (demo)")),
        RoleForbids,
        None,
        id="an-agent-holds-no-advance",
    ),
]


@pytest.mark.parametrize(("setting", "command", "refusal", "field"), MISTAKEN)
def test_refused(setting: Setting, command: Command, refusal: type[Refusal], field: str | None) -> None:
    with pytest.raises(Refusal) as raised:
        decide(setting().facts, command, FINANCE)
    assert type(raised.value) is refusal
    assert raised.value.field == field or field is None


def test_a_tenants_payment_is_none_of_an_order() -> None:
    """B5, whoever recorded it first; a receipt that was taken back leaves its reference free."""
    desk = principal()
    desk.facts.append(RECEIPT)
    with pytest.raises(OrderReferenceTaken):
        desk.do(paid(bank_reference=RECEIPT.bank_reference))
    desk.facts.append(REVERSED)
    desk.do(paid(bank_reference=RECEIPT.bank_reference))


def test_an_orders_payment_is_none_of_a_tenant() -> None:
    desk = advanced()
    receipt = RecordReceipt(
        effective_on=date(2024, 1, 11), receipt="r-9-demo", company=BUYER, bank_reference="B-deposit", amount="1.00"
    )
    with pytest.raises(BankReferenceTaken):
        desk.do(receipt)


def test_an_invoice_stands_once() -> None:
    desk = ordered()
    desk.do(InvoiceMilestone(**asked("2024-01-09", milestone="deposit", invoice="inv-1-demo")))
    with pytest.raises(AlreadyInvoiced):
        desk.do(InvoiceMilestone(**asked("2024-01-09", milestone="deposit", invoice="inv-2-demo")))


def test_delivery_and_acceptance_need_what_they_rest_on() -> None:
    desk = ordered(deemed_acceptance=False, supply="DOMESTIC", fat=False, commission=())
    desk.step(StartProduction, date(2024, 1, 20))
    desk.do(ship(1))
    with pytest.raises(NotAllShipped):
        desk.step(DeliverEquipment, date(2024, 6, 10))
    desk.do(ship(1, shipment="s-2-demo"))
    desk.step(DeliverEquipment, date(2024, 6, 10))
    with pytest.raises(NotDeemed):
        desk.step(CertifyAcceptance, date(2024, 6, 11), deemed=True)
    desk.step(InstallEquipment, date(2024, 8, 1))
    desk.step(FailSat, date(2024, 8, 10), reason="a leak (demo)")
    assert state(desk).state == "INSTALLED"
    desk.step(PassSat, date(2024, 9, 1))
    desk.step(CommissionPlant, date(2024, 9, 2))
    desk.step(CertifyAcceptance, date(2024, 9, 10))
    assert (state(desk).state, state(desk).commissioned_on) == ("ACCEPTED", date(2024, 9, 2))


def test_acceptance_is_deemed_where_a_clause_says_so() -> None:
    desk = ordered(deemed_acceptance=True, supply="DOMESTIC", fat=False, commission=())
    desk.step(StartProduction, date(2024, 1, 20))
    desk.do(ship())
    desk.step(DeliverEquipment, date(2024, 6, 10))
    with pytest.raises(NotDeemed):
        desk.step(CertifyAcceptance, date(2024, 7, 10))
    desk.step(CertifyAcceptance, date(2024, 7, 10), deemed=True)
    assert state(desk).state == "ACCEPTED"


def test_the_works_stop_and_go_on() -> None:
    desk = produced()
    desk.step(FailFat, date(2024, 2, 1), reason="vibration (demo)")
    hold = HoldOrder(**asked("2024-02-10", reason="no site yet (demo)"))
    desk.do(hold)
    with pytest.raises(OrderOnHold):
        desk.do(replace(hold, reason="another reason (demo)"))
    resume = ResumeOrder(**asked("2024-02-20", reason="the site is ready (demo)"))
    desk.do(resume)
    assert len(desk.do(hold)) == 1, "stopped again, for the same reason"
    desk.do(resume)
    desk.step(PassFat, date(2024, 4, 1))
    assert state(desk).state == "FAT_PASSED"


def test_milestones_sum_to_the_value() -> None:
    """418,333.35 at 30/60/10: each by itself would sum to 418,333.36."""
    parts = split(
        41833335, [replace(one, percent=share) for one, share in zip(TERMS.milestones, ("30", "60", "10"), strict=True)]
    )
    assert [one.amount_minor for one in parts] == [12550001, 25100001, 4183333]


def test_a_change_order_splits_only_what_is_not_paid() -> None:
    desk = advanced()
    (changed,) = desk.change(change("220000.00"))
    assert isinstance(changed, ChangeOrderApproved)
    assert changed.delta_minor == 2_000_000
    assert {one.milestone: one.amount_minor for one in changed.amounts} == {
        "shipment": 26_914_286,
        "retention": 4_485_714,
    }
    assert sum(one.amount_minor for one in state(desk).milestones) == state(desk).value_minor == 44_000_000


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        pytest.param(change("62999.99"), PaidAlready, id="o5-worth-less-than-paid"),
        pytest.param(change("230000.00"), ChangeTaken, id="another-change-of-this-id"),
        pytest.param(change("210000.00", 1, "c-2-demo"), ShippedAlready, id="o4-fewer-than-shipped"),
    ],
)
def test_a_change_order_is_refused(command: ProposeChangeOrder, refusal: type[Refusal]) -> None:
    desk = advanced()
    desk.change(change("220000.00"))
    if refusal is ShippedAlready:
        desk.step(StartProduction, date(2024, 1, 20))
        desk.step(PassFat, date(2024, 4, 1))
        desk.do(ship())
    if refusal is PaidAlready:
        command = replace(command, change="c-2-demo")
    with pytest.raises(Refusal) as raised:
        desk.do(command)
    assert type(raised.value) is refusal


def test_an_invoice_of_the_old_amount_stands_no_more() -> None:
    desk = ordered()
    desk.do(InvoiceMilestone(**asked("2024-01-09", milestone="deposit", invoice="inv-1-demo")))
    desk.change(change("220000.00"))
    (again,) = desk.do(InvoiceMilestone(**asked("2024-02-02", milestone="deposit", invoice="inv-2-demo")))
    assert isinstance(again, MilestoneInvoiced)
    assert again.amount_minor == 13_200_000


def test_nothing_is_retained_where_no_milestone_says_so() -> None:
    desk = ordered(milestones=(Milestone(milestone="all", percent="100", trigger="ACCEPTED"),), commission=())
    desk.build()
    desk.step(CertifyAcceptance, date(2024, 9, 10))
    with pytest.raises(NothingRetained):
        desk.step(ReleaseRetention, date(2024, 11, 1))


def test_a_deposit_moves_the_order_on() -> None:
    desk = ordered("OBSERVER")
    desk.do(pay())
    assert state(desk).state == "DEPOSIT_PAID"


def test_an_order_ends_with_the_last_certificate() -> None:
    desk = collected()
    desk.step(StartWarranty, date(2024, 9, 11), until_on=date(2025, 9, 10))
    desk.step(CloseOrder, date(2025, 9, 11))
    assert (state(desk).state, state(desk).is_open) == ("CLOSED", False)


@pytest.mark.parametrize("role", ["AGENT", "PRINCIPAL", "OBSERVER"])
def test_the_role_is_what_was_assessed(role: Role) -> None:
    desk = quotation()
    (ordered, *_) = desk.do(place(role))
    assert isinstance(ordered, EquipmentOrdered)
    assert (ordered.role, ordered.assessment) == (role, ASSESSMENT)


LEAVING = before(CompanyExited)
EXIT: Any = next(command for command in ASKED if isinstance(command, CompleteExit))


def test_no_company_leaves_an_open_order_behind() -> None:
    leaver = EXIT.company
    desk = Desk(*GROUND, *LEAVING)
    desk.do(quoted(buyer=leaver))
    assert len(decide(desk.facts, EXIT, FINANCE)) == 1, "a quotation binds nobody"
    desk.do(place("OBSERVER"))
    with pytest.raises(OrderRuns, match=ORDER):
        decide(desk.facts, EXIT, FINANCE)
    desk.do(cancel())
    assert len(decide(desk.facts, EXIT, FINANCE)) == 1


def test_nobody_quotes_for_a_company_that_has_left() -> None:
    desk = Desk(*GROUND, *LEAVING)
    desk.do(EXIT)
    with pytest.raises(OrderPartyGone):
        desk.do(quoted(buyer=EXIT.company))


def test_every_refusal_is_shown() -> None:
    shown = {row.values[2] for row in MISTAKEN}
    mistakes = {
        SaidOtherwise,
        OrderPostingUnknown,
        OrderStepUnknown,
        OrderStepNotLatest,
        OrderOpenExceeded,
        InvoiceTaken,
        NotOnHold,
    }
    apart = mistakes | {
        CostExceeded,
        AlreadyInvoiced,
        NotAllShipped,
        NotDeemed,
        PaidAlready,
        ChangeTaken,
        ShippedAlready,
        ChangeUnknown,
        ChangeDecided,
        ApproverIsChangeProposer,
        NothingRetained,
        NothingToInvoice,
    }
    elsewhere = {no for _, _, no in (*REFUSED, *OVER_TIME) if issubclass(no, OrderRefusal)}
    elsewhere |= {ApproverIsWriteDownProposer, StockChangedSince, KeptRateUnfit, OverTimeUnfit}
    assert {one for one in OrderRefusal.__subclasses__() if "code" in one.__dict__} == shown | apart | elsewhere
