"""One example of every fact and command of equipment orders. All are invented; names end in (demo).

The amounts are those of domain.md §5: USD 420,000.00 at 30/60/10, as principal and as agent.
"""

from datetime import date
from typing import Any

from msgspec.structs import replace

from ledger.decider import Command, Fact
from ledger.orders.agreement import IssueQuotation, PlaceOrder
from ledger.orders.cancelling import CancelOrder, ForfeitAdvance, RefundAdvance
from ledger.orders.changing import ApproveChangeOrder, ProposeChangeOrder, RejectChangeOrder
from ledger.orders.earning import ReverseCommission
from ledger.orders.facts import (
    AcceptanceCertified,
    AdvanceForfeited,
    AdvanceReceived,
    AdvanceRefunded,
    CancellationFeeCharged,
    ChangeOrderApproved,
    ChangeOrderProposed,
    ChangeOrderRejected,
    ClientMoneyReceived,
    ClientMoneyRemitted,
    CommissionFeeEarned,
    CommissionFeeReversed,
    CustomsCleared,
    Due,
    EquipmentDelivered,
    EquipmentInstalled,
    EquipmentOrdered,
    EquipmentRevenueRecognised,
    EquipmentShipped,
    FatFailed,
    FatPassed,
    MilestoneInvoiced,
    MilestonePaid,
    OrderCancelled,
    OrderClosed,
    OrderPutOnHold,
    OrderResumed,
    PlantCommissioned,
    ProductionStarted,
    QuotationIssued,
    ReceivableCollected,
    ReceivableReclassified,
    ReceivablesRevalued,
    RetentionReleased,
    RevaluationReversed,
    Revalued,
    SatFailed,
    SatPassed,
    ShippedItem,
    StepFact,
    WarrantyStarted,
    order_tags,
)
from ledger.orders.leftover.clearing import MoveStock, SellStock
from ledger.orders.leftover.facts import StockMoved, StockSold, StockWrittenDown, WriteDownProposed, WriteDownRejected
from ledger.orders.leftover.writing_down import ApproveWriteDown, ProposeWriteDown, RejectWriteDown
from ledger.orders.mistakes.facts import MIRRORS, OrderStepWithdrawn
from ledger.orders.mistakes.putting_right import (
    RestoreCommission,
    ReverseForfeit,
    ReverseOrderPayment,
    ReverseProgress,
    ReverseStockStep,
)
from ledger.orders.mistakes.withdrawing import WithdrawOrderStep
from ledger.orders.over_time.facts import ProgressMeasured
from ledger.orders.over_time.measuring import MeasureProgress
from ledger.orders.over_time.progress import Progress
from ledger.orders.payments import InvoiceMilestone, RecordMilestonePayment, RemitClientMoney
from ledger.orders.receivables import CollectReceivable, RevalueReceivables
from ledger.orders.terms import CommissionTerm, MilestoneAmount
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
from tests.ground.ordered import ASSESSMENT, BUYER, ORDER, PAPER, SUPPLIER, TERMS, USD

FEE = "commission-accepted"
USD_ACCOUNT = "usd-main-demo"


def about(on: date, **more: Any) -> dict[str, Any]:
    """What every fact of the order says."""
    return {"effective_on": on, "order": ORDER, "supplier": SUPPLIER, "buyer": BUYER, **more}


def posted(on: date, amount: int, cny: int, rate: str | None = None, **more: Any) -> dict[str, Any]:
    """What every fact about money says, posted on its own date; without a rate, as it stood in the books."""
    given = {} if rate is None else {"rate_series": USD, "rate": rate}
    return about(on, accounting_on=on, currency="USD", amount_minor=amount, cny_minor=cny, **given, **more)


def step(on: date, **more: Any) -> dict[str, Any]:
    """What every step of the works says."""
    return about(on, document=PAPER, **more)


CHANGED_LINES = (replace(TERMS.lines[0], unit_price="220000.00"),)
ITEMS = (ShippedItem(item="orc-demo", quantity=2),)
REVALUED = Revalued(
    order=ORDER,
    receivable="retention",
    company=BUYER,
    account="contract-assets",
    currency="USD",
    amount_minor=4_200_000,
    rate_series=USD,
    rate="7.0074",
    carrying_minor=29_694_000,
    revalued_minor=29_431_080,
)
SHIPPED = EquipmentShipped(**step(date(2024, 4, 5)), shipment="s-1-demo", bill_of_lading="BL-1 (demo)", items=ITEMS)
REVENUE = EquipmentRevenueRecognised(
    **posted(date(2024, 9, 10), 42_000_000, 298_794_720, "7.0700"),
    advances_minor=37_800_000,
    advances_cny_minor=269_100_720,
    due=(Due(milestone="retention", account="contract-assets", amount_minor=4_200_000, cny_minor=29_694_000),),
)
EARNED = CommissionFeeEarned(
    **posted(date(2024, 9, 10), 1_260_000, 8_908_200, "7.0700"), trigger="ACCEPTED", payer=SUPPLIER, needs_filing=True
)
FEE_REVERSED = CommissionFeeReversed(
    **posted(date(2024, 9, 20), 1_260_000, 8_829_324),
    trigger="ACCEPTED",
    payer=SUPPLIER,
    earned_cny_minor=8_908_200,
    reason="given up (demo)",
)
PAID = MilestonePaid(**about(date(2024, 1, 10)), milestone="deposit", amount_minor=12_600_000)
CERTIFIED = AcceptanceCertified(**step(date(2024, 9, 10)))
ORDERED = EquipmentOrdered(
    **about(date(2024, 1, 8)),
    role="PRINCIPAL",
    assessment=ASSESSMENT,
    document=PAPER,
    terms=TERMS,
    value_minor=42_000_000,
    amounts=(
        MilestoneAmount(milestone="deposit", amount_minor=12_600_000),
        MilestoneAmount(milestone="shipment", amount_minor=25_200_000),
        MilestoneAmount(milestone="retention", amount_minor=4_200_000),
    ),
)

ADVANCE = AdvanceReceived(
    **posted(date(2024, 1, 10), 12_600_000, 89_505_360, "7.1036"), milestone="deposit", bank_reference="ADV-1"
)
HELD = ClientMoneyReceived(
    **posted(date(2024, 1, 10), 12_600_000, 89_505_360, "7.1036"), milestone="deposit", bank_reference="CM-1"
)
REMITTED = ClientMoneyRemitted(
    **posted(date(2024, 1, 12), 12_600_000, 89_505_360),
    milestone="deposit",
    to="SUPPLIER",
    bank_reference="CM-2",
)
COLLECTED = ReceivableCollected(
    **posted(date(2024, 11, 20), 4_200_000, 30_487_800, "7.2590"),
    receivable="retention",
    account="receivables",
    carrying_minor=29_431_080,
    payer=BUYER,
    bank_reference="RET-1",
)
DUE_NOW = ReceivableReclassified(**posted(date(2024, 11, 1), 4_200_000, 29_431_080), receivable="retention")
CHARGED = CancellationFeeCharged(
    **posted(date(2024, 3, 1), 2_000_000, 14_207_200), advances_minor=2_000_000, advances_cny_minor=14_207_200
)
REFUNDED = AdvanceRefunded(
    **posted(date(2024, 4, 10), 10_000_000, 71_268_000, "7.1268"),
    carrying_minor=71_036_000,
    bank_reference="REF-1",
)
FORFEITED = AdvanceForfeited(**posted(date(2024, 5, 1), 600_000, 4_262_160), reason="the term ran out (demo)")
SOLD = StockSold(
    **posted(date(2024, 4, 10), 11_300_000, 80_532_840, "7.1268"),
    stock_entry="sale-demo",
    customer="mill-demo",
    document=PAPER,
    vat_rate="0.13",
    vat_minor=1_300_000,
    vat_cny_minor=9_264_840,
    cost_minor=100_000_000,
)
MOVED = StockMoved(
    **about(date(2024, 4, 20)),
    accounting_on=date(2024, 4, 20),
    currency="CNY",
    amount_minor=33_333_333,
    cny_minor=33_333_333,
    stock_entry="move-demo",
    to_order="o-2-demo",
    reason="it fits (demo)",
)
WRITTEN_DOWN = StockWrittenDown(
    **about(date(2024, 4, 16)),
    accounting_on=date(2024, 4, 16),
    currency="CNY",
    amount_minor=60_000_000,
    cny_minor=60_000_000,
    stock_entry="w-1-demo",
    net_realisable_minor=140_000_000,
    reason="scrap (demo)",
    proposed_by="clerk-demo",
    approved_by="approver-demo",
)
LOWER: dict[str, Any] = {"stock_entry": "w-1-demo", "reason": "scrap (demo)", "document": PAPER}
MEASURED = ProgressMeasured(
    **about(date(2024, 1, 31)),
    accounting_on=date(2024, 1, 31),
    currency="CNY",
    amount_minor=25_000_000,
    cny_minor=25_000_000,
    expected_cost_minor=80_000_000,
    recognition="COST_TO_COST",
    reached_minor=20_000_000,
    whole_minor=80_000_000,
    value_minor=113_000_000,
    now=Progress(revenue_minor=25_000_000, vat_minor=3_250_000, advances_minor=28_250_000, cost_minor=20_000_000),
)
STOCK_STEPS: tuple[Fact, ...] = (
    SOLD,
    MOVED,
    WriteDownProposed(
        **about(date(2024, 4, 15)),
        **LOWER,
        net_realisable_minor=140_000_000,
        cost_minor=200_000_000,
        write_down_minor=60_000_000,
        proposed_by="clerk-demo",
    ),
    WriteDownRejected(
        **about(date(2024, 4, 16)), stock_entry="w-2-demo", reason="it is new (demo)", rejected_by="approver-demo"
    ),
    WRITTEN_DOWN,
)
POSTED = (
    *(ADVANCE, HELD, REMITTED, COLLECTED, REFUNDED, FORFEITED, REVENUE, EARNED, FEE_REVERSED, CHARGED, DUE_NOW),
    *(SOLD, MOVED, WRITTEN_DOWN, MEASURED),
)
STEP_WITHDRAWN = OrderStepWithdrawn(
    effective_on=date(2024, 6, 10),
    order=ORDER,
    step="order.delivered",
    reason="another order was meant (demo)",
    touched=order_tags(ORDER, SUPPLIER, BUYER),
)

CHANGE: dict[str, Any] = {
    "change": "c-1-demo",
    "lines": CHANGED_LINES,
    "reason": "another pump (demo)",
    "document": PAPER,
}
PROPOSED = ChangeOrderProposed(**about(date(2024, 1, 31)), **CHANGE, proposed_by="clerk-demo")
CHANGED = ChangeOrderApproved(
    **about(date(2024, 2, 1)),
    **CHANGE,
    value_minor=44_000_000,
    delta_minor=2_000_000,
    amounts=(
        MilestoneAmount(milestone="shipment", amount_minor=26_914_286),
        MilestoneAmount(milestone="retention", amount_minor=4_485_714),
    ),
)

FACTS: tuple[Fact, ...] = (
    QuotationIssued(**about(date(2024, 1, 2)), terms=TERMS, valid_until=date(2024, 2, 1)),
    ORDERED,
    PROPOSED,
    CHANGED,
    ChangeOrderRejected(**about(date(2024, 2, 2)), change="c-2-demo", reason="too dear (demo)"),
    MilestoneInvoiced(
        **about(date(2024, 1, 8)),
        milestone="deposit",
        invoice="inv-1-demo",
        amount_minor=12_600_000,
        due_on=date(2024, 2, 7),
    ),
    PAID,
    ADVANCE,
    HELD,
    REMITTED,
    ProductionStarted(**step(date(2024, 1, 20))),
    FatFailed(**step(date(2024, 3, 1)), reason="vibration (demo)"),
    FatPassed(**step(date(2024, 4, 1))),
    SHIPPED,
    CustomsCleared(**step(date(2024, 6, 1)), declaration="D-1 (demo)", duty_minor=100_000, import_vat_minor=38_800_000),
    EquipmentDelivered(**step(date(2024, 6, 10))),
    EquipmentInstalled(**step(date(2024, 8, 1))),
    SatFailed(**step(date(2024, 8, 20)), reason="a leak (demo)"),
    SatPassed(**step(date(2024, 9, 1))),
    PlantCommissioned(**step(date(2024, 9, 5))),
    CERTIFIED,
    REVENUE,
    EARNED,
    FEE_REVERSED,
    ReceivablesRevalued(
        effective_on=date(2024, 9, 30),
        accounting_on=date(2024, 9, 30),
        month="2024-09",
        rate_series=(USD,),
        items=(REVALUED,),
    ),
    RevaluationReversed(
        effective_on=date(2024, 10, 15), accounting_on=date(2024, 10, 15), month="2024-09", items=(REVALUED,)
    ),
    WarrantyStarted(**step(date(2024, 9, 11)), until_on=date(2025, 9, 10)),
    RetentionReleased(**step(date(2024, 11, 1))),
    DUE_NOW,
    COLLECTED,
    OrderClosed(**step(date(2025, 9, 11))),
    OrderPutOnHold(**about(date(2024, 2, 10)), reason="the site is not ready (demo)"),
    OrderResumed(**about(date(2024, 2, 20)), reason="the site is ready (demo)"),
    OrderCancelled(**about(date(2024, 3, 1)), cause="BUYER", fee_minor=2_000_000, document=PAPER),
    CHARGED,
    REFUNDED,
    FORFEITED,
    *STOCK_STEPS,
    MEASURED,
    *(
        mirror(**about(date(2024, 12, 1)), accounting_on=date(2024, 12, 1), reversed=fact, reason="by mistake (demo)")
        for fact, mirror in ((fact, MIRRORS[type(fact)]) for fact in POSTED)
    ),
    STEP_WITHDRAWN,
)


def asked(on: date, **more: Any) -> dict[str, Any]:
    """What every command says."""
    return {"effective_on": on, "order": ORDER, **more}


def papered(on: date, **more: Any) -> dict[str, Any]:
    """What every step asks for, with its paper."""
    return asked(on, document=PAPER, **more)


COMMANDS: tuple[Command, ...] = (
    IssueQuotation(
        **asked(date(2024, 1, 2)), supplier=SUPPLIER, buyer=BUYER, terms=TERMS, valid_until=date(2024, 2, 1)
    ),
    PlaceOrder(**papered(date(2024, 1, 8)), role="PRINCIPAL", assessment=ASSESSMENT),
    ProposeChangeOrder(**asked(date(2024, 1, 31)), **CHANGE),
    ApproveChangeOrder(**asked(date(2024, 2, 1)), change="c-1-demo"),
    RejectChangeOrder(**asked(date(2024, 2, 2)), change="c-2-demo", reason="too dear (demo)"),
    InvoiceMilestone(**asked(date(2024, 1, 8)), milestone="deposit", invoice="inv-1-demo"),
    RecordMilestonePayment(**asked(date(2024, 1, 10)), milestone="deposit", bank_reference="ADV-1", rate_series=USD),
    RemitClientMoney(**asked(date(2024, 1, 12)), milestone="deposit", bank_reference="CM-2"),
    StartProduction(**papered(date(2024, 1, 20))),
    FailFat(**papered(date(2024, 3, 1)), reason="vibration (demo)"),
    PassFat(**papered(date(2024, 4, 1))),
    ShipEquipment(**papered(date(2024, 4, 5)), shipment="s-1-demo", bill_of_lading="BL-1 (demo)", items=ITEMS),
    ClearCustoms(**papered(date(2024, 6, 1)), declaration="D-1 (demo)", duty="1000.00", import_vat="388000.00"),
    DeliverEquipment(**papered(date(2024, 6, 10))),
    InstallEquipment(**papered(date(2024, 8, 1))),
    FailSat(**papered(date(2024, 8, 20)), reason="a leak (demo)"),
    PassSat(**papered(date(2024, 9, 1))),
    CommissionPlant(**papered(date(2024, 9, 5))),
    CertifyAcceptance(**papered(date(2024, 9, 10)), rate_series=USD),
    ReverseCommission(**asked(date(2024, 9, 20)), trigger="ACCEPTED", reason="given up (demo)"),
    RevalueReceivables(effective_on=date(2024, 9, 30), month="2024-09", rate_series=(USD,)),
    StartWarranty(**papered(date(2024, 9, 11)), until_on=date(2025, 9, 10)),
    ReleaseRetention(**papered(date(2024, 11, 1))),
    CollectReceivable(**asked(date(2024, 11, 20)), receivable=FEE, bank_reference="RET-1", rate_series=USD),
    CloseOrder(**papered(date(2025, 9, 11))),
    HoldOrder(**asked(date(2024, 2, 10)), reason="the site is not ready (demo)"),
    ResumeOrder(**asked(date(2024, 2, 20)), reason="the site is ready (demo)"),
    CancelOrder(**papered(date(2024, 3, 1)), cause="BUYER", fee="20000.00"),
    RefundAdvance(**asked(date(2024, 4, 10)), amount="100000.00", bank_reference="REF-1", rate_series=USD),
    ForfeitAdvance(**asked(date(2024, 5, 1)), amount="6000.00", reason="the term ran out (demo)"),
    ReverseOrderPayment(**asked(date(2024, 1, 11)), bank_reference="ADV-1", reason="another order's (demo)"),
    ReverseForfeit(
        **asked(date(2024, 5, 2)), forfeited_on=date(2024, 5, 1), amount="6000.00", reason="too early (demo)"
    ),
    MeasureProgress(**asked(date(2024, 1, 31)), expected_cost="800000.00"),
    ReverseProgress(**asked(date(2024, 2, 1)), measured_on=date(2024, 1, 31), reason="a paper was missing (demo)"),
    SellStock(
        **asked(date(2024, 4, 10)),
        stock_entry="sale-demo",
        customer="mill-demo",
        amount="113000.00",
        document=PAPER,
        rate_series=USD,
    ),
    MoveStock(**asked(date(2024, 4, 20)), stock_entry="move-demo", to_order="o-2-demo", reason="it fits (demo)"),
    ProposeWriteDown(**asked(date(2024, 4, 15)), **LOWER, net_realisable="1400000.00"),
    ApproveWriteDown(**asked(date(2024, 4, 16)), stock_entry="w-1-demo"),
    RejectWriteDown(**asked(date(2024, 4, 16)), stock_entry="w-1-demo", reason="it is new (demo)"),
    ReverseStockStep(**asked(date(2024, 4, 21)), stock_entry="sale-demo", reason="another's (demo)"),
    RestoreCommission(**asked(date(2024, 9, 21)), trigger="ACCEPTED", reason="not given up (demo)"),
    WithdrawOrderStep(**asked(date(2024, 6, 10)), step="order.delivered", reason="another order was meant (demo)"),
)

WHOLE: tuple[Fact, ...] = (
    ReceivablesRevalued(
        effective_on=date(2024, 9, 30),
        accounting_on=date(2024, 9, 30),
        month="2024-09",
        rate_series=(USD,),
        items=(replace(REVALUED, receivable="deposit", company=SUPPLIER, account="client-money"),),
    ),
    replace(CHANGED, proposed_by="clerk-demo", approved_by="approver-demo", rate_series=USD),
    replace(ORDERED, rate_series=USD, over_time="MILESTONES"),
    *(
        replace(fact, rate_series=USD)
        for fact in FACTS
        if isinstance(fact, StepFact | OrderCancelled) and not isinstance(fact, AcceptanceCertified)
    ),
    replace(CERTIFIED, deemed=True, rate_series=USD),
    QuotationIssued(
        **about(date(2024, 1, 2)),
        terms=replace(
            TERMS,
            supply="DOMESTIC",
            commission=(CommissionTerm(trigger="ORDERED", rate="0.01", flat="500"), CommissionTerm(rate="0.02")),
            commission_payer="BUYER",
            commission_supply="DOMESTIC",
            fat=False,
            deemed_acceptance=True,
            due_days=45,
        ),
        valid_until=date(2024, 2, 1),
    ),
    replace(PAID, evidence=PAPER, part=True),
    replace(ADVANCE, evidence=PAPER, part=True, bank_account=USD_ACCOUNT, charge_minor=2_500, charge_cny_minor=17_759),
    replace(REMITTED, part=True, bank_account=USD_ACCOUNT),
    replace(REFUNDED, bank_account=USD_ACCOUNT),
    replace(HELD, evidence=PAPER, part=True, bank_account=USD_ACCOUNT),
    replace(
        COLLECTED, evidence=PAPER, part=True, bank_account=USD_ACCOUNT, charge_minor=2_500, charge_cny_minor=18_148
    ),
    replace(STEP_WITHDRAWN, step="order.milestone-paid", about="deposit"),
    replace(
        REVENUE,
        vat_rate="0.13",
        vat_minor=4_831_858,
        vat_cny_minor=34_374_614,
        cost_minor=200_000_000,
        of_stock=True,
        before=Progress(revenue_minor=25_000_000, vat_minor=3_250_000, asset_minor=28_250_000),
    ),
    replace(EARNED, vat_rate="0.06", vat_minor=75_600, vat_cny_minor=534_492, needs_filing=False, change="c-1-demo"),
    replace(
        FEE_REVERSED,
        amount_minor=1_335_600,
        cny_minor=9_613_120,
        rate_series=USD,
        rate="7.1976",
        vat_minor=75_600,
        vat_cny_minor=534_492,
        bank_reference="FEE-BACK-1",
        bank_account=USD_ACCOUNT,
        open_minor=10_000,
        open_cny_minor=70_700,
        change="c-1-demo",
    ),
    replace(
        MEASURED,
        amount_minor=26_851_852,
        cny_minor=26_851_852,
        vat_rate="0.13",
        before=MEASURED.now,
        now=Progress(
            revenue_minor=51_851_852,
            vat_minor=6_740_741,
            advances_minor=33_900_000,
            asset_minor=24_692_593,
            cost_minor=46_666_667,
            provision_minor=1_000_000,
        ),
    ),
    replace(SOLD, supply="CROSS_BORDER", released_minor=30_000_000, of_stock=True),
    replace(MOVED, cost="333333.33", released_minor=10_000_000),
    replace(STOCK_STEPS[2], before_minor=10_000_000),
    CancellationFeeCharged(
        **posted(date(2024, 3, 1), 14_600_000, 103_712_560, "7.1036"),
        advances_minor=12_600_000,
        advances_cny_minor=89_505_360,
        vat_rate="0.06",
        vat_minor=826_415,
        vat_cny_minor=5_870_522,
    ),
    replace(FORFEITED, vat_rate="0.06", vat_minor=33_962, vat_cny_minor=241_254),
)
