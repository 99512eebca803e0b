"""One example of every fact and command of energy offtake. All are invented; names end in (demo).

A small agreement with a whole life: take-or-pay, make-up, damages, certificates; and one that shares savings.
"""

from datetime import date, datetime
from typing import Any

from msgspec.structs import replace

from ledger.billing.lines import DocumentLine, LateFeeSpan
from ledger.decider import Command, Fact
from ledger.offtake.amending import ApproveOfftakeAmendment, ProposeOfftakeAmendment, RejectOfftakeAmendment
from ledger.offtake.charges.facts import EnergyLateFeeAssessed
from ledger.offtake.charges.late_fees import AssessEnergyLateFee
from ledger.offtake.charges.notes import CreditEnergyDocument, TakeBackEnergyCredit
from ledger.offtake.delivery import AdjustQuantity, AgreeDeemed, RecordCurtailment, RecordSavings
from ledger.offtake.facts import (
    Carried,
    CertificatesIssued,
    CertificatesSold,
    CommercialOperationDeclared,
    ConditionsSatisfied,
    CurtailmentInstructed,
    DamagesReversed,
    DeemedAgreed,
    DeliveryResumed,
    DeliverySuspended,
    DisputeWithdrawn,
    EnergyCredited,
    EnergyCreditTakenBack,
    EnergyInvoiced,
    EnergyLine,
    Factor,
    GuaranteeLdAssessed,
    GuaranteeLdCredited,
    GuaranteeLdReversed,
    Input,
    Lot,
    MakeUpExpired,
    MakeUpRestored,
    MakeUpTaken,
    OfftakeAmended,
    OfftakeAmendmentProposed,
    OfftakeAmendmentRejected,
    OfftakeDrafted,
    OfftakeExecuted,
    OfftakeExpired,
    OfftakeFinallySettled,
    OfftakeStepWithdrawn,
    OfftakeTerminated,
    QuantityAdjusted,
    SavingsMeasured,
    StatementApproved,
    StatementCalculated,
    StatementDisputed,
    TakeOrPayInvoiced,
    YearTruedUp,
)
from ledger.offtake.green.counts import IssueCertificates, SellCertificates
from ledger.offtake.green.facts import CertificateLotIssued, CertificatesRetired, CertificatesTransferred
from ledger.offtake.green.lots import IssueCertificateLot, RetireCertificates, TransferCertificates
from ledger.offtake.guarantee import AssessGuaranteeLd, ReverseGuaranteeLd
from ledger.offtake.life import (
    DeclareCommercialOperation,
    DraftOfftake,
    ExecuteOfftake,
    ExpireOfftake,
    ResumeDelivery,
    SatisfyConditions,
    SettleOfftakeFinally,
    SuspendDelivery,
    TerminateOfftake,
)
from ledger.offtake.meters.estimating import ApproveEstimate, ProposeEstimate
from ledger.offtake.meters.facts import (
    BandValues,
    DayBlock,
    EstimateApproved,
    EstimatedGap,
    EstimateProposed,
    IntervalsReceived,
    MeterCalibrated,
    MeterInstalled,
    MeterRead,
    MeterReadCorrected,
    MeterRemoved,
    MeterReplaced,
    MeterStepWithdrawn,
)
from ledger.offtake.meters.metering import (
    CalibrateMeter,
    CorrectRead,
    InstallMeter,
    ReadMeter,
    RecordIntervals,
    RemoveMeter,
    ReplaceMeter,
)
from ledger.offtake.statements import ApproveStatement, CalculateStatement, DisputeStatement, WithdrawDispute
from ledger.offtake.terms import (
    CarryForward,
    Fixed,
    Guarantee,
    Indexed,
    MakeUp,
    OfftakeTerms,
    TakeOrPay,
    TimeOfUse,
    Window,
)
from ledger.offtake.withdrawing import WithdrawMeterStep, WithdrawOfftakeStep
from ledger.offtake.years import TrueUpYear
from ledger.values.evidence import Evidence

PAPER = Evidence(doc="offtake contract (demo)", sha256="cf" * 32)
MORNING, AFTERNOON = datetime.fromisoformat("2024-01-10T08:00"), datetime.fromisoformat("2024-01-10T16:00")
LOT = Lot(year=2024, energy_wh=8000, net_minor=416)
TERMS = OfftakeTerms(
    role="SELLER",
    buyer="cedarmill-demo",
    technology="BIOMASS",
    starts_on=date(2024, 1, 1),
    ends_on=date(2025, 12, 31),
    price=Fixed(price="0.52", escalation="0.02"),
    take_or_pay=TakeOrPay(acq="1600", share="0.85", make_up=MakeUp(years=1)),
    guarantee=Guarantee(guaranteed="1500", cap="0.05"),
)
AMENDED = replace(TERMS, due_days=20)

FACTS: tuple[Fact, ...] = (
    EnergyCredited(
        effective_on=date(2024, 1, 31),
        accounting_on=date(2024, 1, 31),
        company="cedarmill-demo",
        credit_note="wte-1-demo-energy-202401-r1-c1",
        invoice="wte-1-demo-energy-202401-r0",
        charge="ENERGY",
        lines=(
            DocumentLine(
                from_on=date(2024, 1, 1), until_on=date(2024, 1, 31), net_minor=406, vat_rate="0.13", vat_minor=53
            ),
        ),
        reason="run 1 of 2024-01 comes to less",
        agreement="wte-1-demo",
    ),
    EnergyCreditTakenBack(
        effective_on=date(2026, 2, 1),
        accounting_on=date(2026, 2, 1),
        company="cedarmill-demo",
        credit_note="wte-1-demo-ld-2024-b1",
        invoice="wte-1-demo-energy-202412-r0",
        charge="GUARANTEE_LD",
        lines=(
            DocumentLine(
                from_on=date(2024, 12, 1), until_on=date(2024, 12, 31), net_minor=-2855, vat_rate="0", vat_minor=0
            ),
        ),
        reason="the year was good (demo)",
        agreement="wte-1-demo",
        note="wte-1-demo-ld-2024",
        service_month="2024-12",
    ),
    EnergyLateFeeAssessed(
        effective_on=date(2024, 3, 26),
        accounting_on=date(2024, 3, 26),
        company="cedarmill-demo",
        invoice="late-1-demo",
        charge="LATE_FEE",
        lines=(
            DocumentLine(
                from_on=date(2024, 3, 7), until_on=date(2024, 3, 26), net_minor=503, vat_rate="0.13", vat_minor=65
            ),
        ),
        due_on=date(2024, 3, 26),
        agreement="wte-1-demo",
        on_invoice="wte-1-demo-energy-202401-r0",
        principal_minor=76849,
        days=20,
        rate_per_day="0.0005",
    ),
    DisputeWithdrawn(
        effective_on=date(2024, 2, 7), agreement="wte-1-demo", month="2024-01", run=0, reason="tested (demo)"
    ),
    GuaranteeLdAssessed(
        effective_on=date(2025, 12, 31),
        accounting_on=date(2025, 12, 31),
        agreement="wte-1-demo",
        company="cedarmill-demo",
        year=2025,
        amount_minor=1117,
        replacement_price="0.6150",
        evidence=PAPER,
    ),
    GuaranteeLdCredited(
        effective_on=date(2024, 12, 31),
        accounting_on=date(2024, 12, 31),
        company="cedarmill-demo",
        credit_note="wte-1-demo-ld-2024",
        invoice="wte-1-demo-energy-202412-r0",
        charge="GUARANTEE_LD",
        lines=(
            DocumentLine(
                from_on=date(2024, 12, 1), until_on=date(2024, 12, 31), net_minor=2855, vat_rate="0", vat_minor=0
            ),
        ),
        reason="guarantee of 2024",
        agreement="wte-1-demo",
        year=2024,
        replacement_price="0.6150",
        evidence=PAPER,
    ),
    EnergyInvoiced(
        effective_on=date(2024, 1, 31),
        accounting_on=date(2024, 1, 31),
        company="cedarmill-demo",
        invoice="wte-1-demo-energy-202401-r0",
        charge="ENERGY",
        lines=(
            DocumentLine(
                from_on=date(2024, 1, 1), until_on=date(2024, 1, 31), net_minor=8185, vat_rate="0.13", vat_minor=1064
            ),
        ),
        due_on=date(2024, 2, 28),
        agreement="wte-1-demo",
        month="2024-01",
        run=0,
    ),
    GuaranteeLdReversed(
        effective_on=date(2026, 2, 1),
        accounting_on=date(2026, 2, 1),
        agreement="wte-1-demo",
        company="cedarmill-demo",
        year=2025,
        amount_minor=1117,
    ),
    MakeUpRestored(
        effective_on=date(2025, 12, 31),
        accounting_on=date(2026, 2, 1),
        agreement="wte-1-demo",
        company="cedarmill-demo",
        year=2025,
        lots=(Lot(year=2024, energy_wh=112300, net_minor=5840),),
    ),
    DamagesReversed(
        effective_on=date(2026, 2, 1), agreement="wte-1-demo", year=2025, reason="the year was good (demo)"
    ),
    OfftakeStepWithdrawn(
        effective_on=date(2024, 1, 2),
        agreement="wte-1-demo",
        step="offtake.suspended",
        reason="of another plant (demo)",
        touched=("offtake:wte-1-demo",),
    ),
    MakeUpExpired(
        effective_on=date(2025, 12, 31),
        accounting_on=date(2025, 12, 31),
        agreement="wte-1-demo",
        company="cedarmill-demo",
        year=2025,
        lots=(Lot(year=2024, energy_wh=112300, net_minor=5840),),
    ),
    MakeUpTaken(
        effective_on=date(2025, 12, 31),
        accounting_on=date(2025, 12, 31),
        agreement="wte-1-demo",
        company="cedarmill-demo",
        year=2025,
        lots=(Lot(year=2024, energy_wh=8000, net_minor=416),),
    ),
    StatementApproved(
        effective_on=date(2024, 2, 8),
        agreement="wte-1-demo",
        month="2024-01",
        run=0,
        calculated_by="finance-demo",
        approved_by="checker-demo",
    ),
    StatementCalculated(
        effective_on=date(2024, 2, 5),
        agreement="wte-1-demo",
        month="2024-01",
        run=0,
        lines=(
            EnergyLine(kind="DELIVERED", energy_wh=127400, price="0.5200", net_minor=6625, vat_minor=861),
            EnergyLine(kind="DEEMED", energy_wh=30000, price="0.5200", net_minor=1560, vat_minor=203),
        ),
        delivered_wh=127400,
        deemed_wh=30000,
        curtailed_wh=30000,
        price="0.5200",
        vat_rate="0.13",
        unavailable_minutes=0,
        inputs=(
            Input(fact="meter.installed", on=date(2024, 1, 1), sha256="fcb1d8c4d1bb1269"),
            Input(fact="meter.read", on=date(2024, 1, 31), sha256="7472af275e31e25a"),
            Input(fact="offtake.amended", on=date(2024, 1, 1), sha256="e18f26ae1b775ed6"),
            Input(fact="offtake.curtailment-instructed", on=date(2024, 1, 10), sha256="0954d1843fb15543"),
            Input(fact="offtake.deemed-agreed", on=date(2024, 1, 20), sha256="52368665ea9b2339"),
            Input(fact="offtake.drafted", on=date(2023, 11, 1), sha256="5939af9b880a90a0"),
            Input(fact="offtake.executed", on=date(2023, 12, 1), sha256="72574c8e728f9969"),
            Input(fact="rate.approved", on=date(2020, 1, 1), sha256="05aa0f6a73384dfe"),
            Input(fact="rate.approved", on=date(2023, 1, 1), sha256="c378c0cbd5565fa8"),
        ),
        factor=Factor(series="co2/cn-average", since=date(2023, 1, 1), kg_per_kwh="0.5306"),
        estimated=True,
        calculated_by="finance-demo",
    ),
    StatementDisputed(
        effective_on=date(2024, 2, 6),
        agreement="wte-1-demo",
        month="2024-01",
        run=0,
        reason="the meter seems slow (demo)",
    ),
    TakeOrPayInvoiced(
        effective_on=date(2024, 12, 31),
        accounting_on=date(2024, 12, 31),
        company="cedarmill-demo",
        invoice="wte-1-demo-top-2024-r0",
        charge="TAKE_OR_PAY",
        lines=(
            DocumentLine(
                from_on=date(2024, 12, 31), until_on=date(2024, 12, 31), net_minor=6256, vat_rate="0.13", vat_minor=813
            ),
        ),
        due_on=date(2025, 2, 9),
        agreement="wte-1-demo",
        year=2024,
        run=0,
        make_up=True,
    ),
    MeterCalibrated(
        effective_on=date(2024, 3, 1),
        meter="m-1-demo",
        agreement="wte-1-demo",
        registered="1",
        from_on=date(2024, 3, 1),
        until_on=date(2024, 3, 1),
        certificate=PAPER,
    ),
    MeterInstalled(effective_on=date(2024, 1, 1), meter="m-1-demo", agreement="wte-1-demo", start="1000.5", digits=8),
    IntervalsReceived(
        effective_on=date(2024, 3, 2),
        meter="m-1-demo",
        agreement="wte-1-demo",
        month="2024-03",
        minutes=60,
        days=(
            DayBlock(
                day=date(2024, 3, 1),
                energy_wh=" ".join(["1000"] * 24),
            ),
        ),
        file=PAPER,
    ),
    EstimateProposed(
        effective_on=date(2024, 3, 4),
        meter="m-1-demo",
        agreement="wte-1-demo",
        estimate="e-1-demo",
        from_on=date(2024, 3, 3),
        until_on=date(2024, 3, 3),
        minutes=60,
        days=(DayBlock(day=date(2024, 3, 3), energy_wh=" ".join(["1000"] * 24), quality="E" * 24),),
        gaps=(EstimatedGap(day=date(2024, 3, 3), begins=0, count=24, rule="LIKE_DAY", like=(date(2024, 3, 2),)),),
        reason="the modem was down (demo)",
        proposed_by="clerk-demo",
    ),
    EstimateApproved(
        effective_on=date(2024, 3, 5),
        meter="m-1-demo",
        agreement="wte-1-demo",
        estimate="e-1-demo",
        proposed_by="clerk-demo",
        approved_by="checker-demo",
    ),
    MeterRead(
        effective_on=date(2024, 1, 31), meter="m-1-demo", agreement="wte-1-demo", value="1127.9", quality="ESTIMATED"
    ),
    MeterReadCorrected(
        effective_on=date(2024, 1, 31),
        meter="m-1-demo",
        agreement="wte-1-demo",
        value="1120.1",
        reason="read at last (demo)",
    ),
    MeterReplaced(
        effective_on=date(2024, 2, 29),
        meter="m-1-demo",
        agreement="wte-1-demo",
        final="1200",
        start="0",
        digits=6,
        reason="worn (demo)",
    ),
    MeterRemoved(
        effective_on=date(2025, 12, 31), meter="m-1-demo", agreement="wte-1-demo", final="900.5", reason="gone (demo)"
    ),
    MeterStepWithdrawn(
        effective_on=date(2024, 3, 2),
        meter="m-1-demo",
        step="meter.intervals-received",
        reason="of another meter (demo)",
        touched=("meter:m-1-demo", "offtake:wte-1-demo"),
    ),
    OfftakeAmendmentProposed(
        effective_on=date(2024, 1, 1),
        agreement="wte-1-demo",
        amendment="a-1-demo",
        terms=AMENDED,
        document=PAPER,
        proposed_by="clerk-demo",
    ),
    OfftakeAmended(
        effective_on=date(2024, 1, 1),
        agreement="wte-1-demo",
        terms=AMENDED,
        document=PAPER,
    ),
    OfftakeAmendmentRejected(
        effective_on=date(2024, 1, 3), agreement="wte-1-demo", amendment="a-2-demo", reason="too dear (demo)"
    ),
    CertificatesIssued(
        effective_on=date(2026, 2, 1),
        agreement="wte-1-demo",
        through="2025-12",
        count=2,
        residual_wh=567500,
        evidence=PAPER,
    ),
    CertificatesSold(
        effective_on=date(2026, 2, 2), agreement="wte-1-demo", sale="sale-1-demo", count=1, to="a paper mill (demo)"
    ),
    CertificateLotIssued(
        effective_on=date(2026, 2, 3),
        agreement="wte-1-demo",
        lot="lot-1-demo",
        month="2026-01",
        first="GEC-DEMO-00000001",
        last="GEC-DEMO-00000003",
        tradable=True,
        valid_until=date(2027, 12, 31),
        evidence=PAPER,
    ),
    CertificatesTransferred(
        effective_on=date(2026, 2, 4),
        agreement="wte-1-demo",
        movement="move-1-demo",
        lot="lot-1-demo",
        first="GEC-DEMO-00000001",
        last="GEC-DEMO-00000001",
        to="a paper mill (demo)",
    ),
    CertificatesRetired(
        effective_on=date(2026, 2, 5),
        agreement="wte-1-demo",
        movement="move-2-demo",
        lot="lot-1-demo",
        first="GEC-DEMO-00000002",
        last="GEC-DEMO-00000003",
        beneficiary="a foundry (demo)",
        purpose="electricity used in January 2026 (demo)",
        evidence=PAPER,
    ),
    CommercialOperationDeclared(effective_on=date(2024, 1, 1), agreement="wte-1-demo", evidence=PAPER),
    ConditionsSatisfied(effective_on=date(2023, 12, 10), agreement="wte-1-demo", evidence=PAPER),
    CurtailmentInstructed(
        effective_on=date(2024, 1, 10),
        agreement="wte-1-demo",
        curtailment="c-1-demo",
        by="BUYER",
        from_at=MORNING,
        until_at=AFTERNOON,
        potential_wh=32000,
        delivered_wh=2000,
    ),
    DeemedAgreed(effective_on=date(2024, 1, 20), agreement="wte-1-demo", curtailment="c-1-demo", evidence=PAPER),
    OfftakeDrafted(
        effective_on=date(2023, 11, 1),
        agreement="wte-1-demo",
        terms=TERMS,
        drafted_by="clerk-demo",
    ),
    OfftakeExecuted(
        effective_on=date(2023, 12, 1),
        agreement="wte-1-demo",
        parties=("cedarmill-demo",),
        role="SELLER",
        document=PAPER,
        executed_by="approver-demo",
    ),
    OfftakeExpired(effective_on=date(2026, 1, 1), agreement="wte-1-demo", parties=("cedarmill-demo",)),
    OfftakeFinallySettled(effective_on=date(2026, 2, 3), agreement="wte-1-demo"),
    QuantityAdjusted(
        effective_on=date(2024, 2, 1),
        agreement="wte-1-demo",
        adjustment="fm-1-demo",
        year=2024,
        reason="FORCE_MAJEURE",
        energy_wh=12000,
    ),
    DeliveryResumed(effective_on=date(2024, 1, 3), agreement="wte-1-demo"),
    SavingsMeasured(
        effective_on=date(2024, 2, 3),
        agreement="emc-1-demo",
        month="2024-01",
        baseline_wh=410000000,
        factor="1.03",
        measured_wh=300500000,
        report=PAPER,
    ),
    DeliverySuspended(effective_on=date(2024, 1, 2), agreement="wte-1-demo", reason="flood (demo)"),
    OfftakeTerminated(
        effective_on=date(2024, 6, 30),
        agreement="emc-1-demo",
        parties=("cedarmill-demo",),
        reason="closed (demo)",
        document=PAPER,
    ),
    YearTruedUp(
        effective_on=date(2024, 12, 31),
        agreement="wte-1-demo",
        year=2024,
        run=0,
        acq_wh=1600000,
        adjusted_wh=12000,
        top_wh=1349800,
        delivered_wh=1199500,
        deemed_wh=30000,
        price="0.5200",
        shortfall_wh=120300,
        shortfall_minor=6256,
    ),
)

COMMANDS: tuple[Command, ...] = (
    DraftOfftake(
        effective_on=date(2023, 11, 1),
        agreement="wte-1-demo",
        terms=TERMS,
    ),
    ExecuteOfftake(effective_on=date(2023, 12, 1), agreement="wte-1-demo", document=PAPER),
    SatisfyConditions(effective_on=date(2023, 12, 10), agreement="wte-1-demo", evidence=PAPER),
    DeclareCommercialOperation(effective_on=date(2024, 1, 1), agreement="wte-1-demo", evidence=PAPER),
    SuspendDelivery(effective_on=date(2024, 1, 2), agreement="wte-1-demo", reason="flood (demo)"),
    ResumeDelivery(effective_on=date(2024, 1, 3), agreement="wte-1-demo"),
    ProposeOfftakeAmendment(
        effective_on=date(2024, 1, 1),
        agreement="wte-1-demo",
        amendment="a-1-demo",
        terms=AMENDED,
        document=PAPER,
    ),
    ApproveOfftakeAmendment(effective_on=date(2024, 1, 2), agreement="wte-1-demo", amendment="a-1-demo"),
    RejectOfftakeAmendment(
        effective_on=date(2024, 1, 3), agreement="wte-1-demo", amendment="a-2-demo", reason="too dear (demo)"
    ),
    ExpireOfftake(effective_on=date(2026, 1, 1), agreement="wte-1-demo"),
    TerminateOfftake(effective_on=date(2024, 6, 30), agreement="emc-1-demo", reason="closed (demo)", document=PAPER),
    SettleOfftakeFinally(effective_on=date(2026, 2, 3), agreement="wte-1-demo"),
    InstallMeter(effective_on=date(2024, 1, 1), meter="m-1-demo", agreement="wte-1-demo", start="1000.5", digits=8),
    ReadMeter(effective_on=date(2024, 1, 31), meter="m-1-demo", value="1127.9", quality="ESTIMATED"),
    CorrectRead(effective_on=date(2024, 1, 31), meter="m-1-demo", value="1120.1", reason="read at last (demo)"),
    ReplaceMeter(
        effective_on=date(2024, 2, 29), meter="m-1-demo", final="1200", start="0", digits=6, reason="worn (demo)"
    ),
    RemoveMeter(effective_on=date(2025, 12, 31), meter="m-1-demo", final="900.5", reason="gone (demo)"),
    CalibrateMeter(
        effective_on=date(2024, 3, 1),
        meter="m-1-demo",
        registered="1",
        from_on=date(2024, 3, 1),
        until_on=date(2024, 3, 1),
        certificate=PAPER,
    ),
    RecordIntervals(
        effective_on=date(2024, 3, 2),
        meter="m-1-demo",
        minutes=60,
        days=(
            DayBlock(
                day=date(2024, 3, 1),
                energy_wh=" ".join(["1000"] * 24),
            ),
        ),
        file=PAPER,
    ),
    ProposeEstimate(
        effective_on=date(2024, 3, 4),
        meter="m-1-demo",
        estimate="e-1-demo",
        from_on=date(2024, 3, 3),
        until_on=date(2024, 3, 3),
        reason="the modem was down (demo)",
    ),
    ApproveEstimate(effective_on=date(2024, 3, 5), meter="m-1-demo", estimate="e-1-demo"),
    RecordCurtailment(
        effective_on=date(2024, 1, 10),
        agreement="wte-1-demo",
        curtailment="c-1-demo",
        by="BUYER",
        from_at=MORNING,
        until_at=AFTERNOON,
        potential="32",
        delivered="2",
    ),
    AgreeDeemed(effective_on=date(2024, 1, 20), agreement="wte-1-demo", curtailment="c-1-demo", evidence=PAPER),
    AdjustQuantity(
        effective_on=date(2024, 2, 1),
        agreement="wte-1-demo",
        adjustment="fm-1-demo",
        year=2024,
        reason="FORCE_MAJEURE",
        energy="12",
    ),
    RecordSavings(
        effective_on=date(2024, 2, 3),
        agreement="emc-1-demo",
        month="2024-01",
        baseline="410000.0",
        factor="1.03",
        measured="300500.0",
        report=PAPER,
    ),
    CalculateStatement(effective_on=date(2024, 2, 5), agreement="wte-1-demo", month="2024-01"),
    ApproveStatement(effective_on=date(2024, 2, 8), agreement="wte-1-demo", month="2024-01", run=0),
    DisputeStatement(
        effective_on=date(2024, 2, 6),
        agreement="wte-1-demo",
        month="2024-01",
        run=0,
        reason="the meter seems slow (demo)",
    ),
    WithdrawDispute(
        effective_on=date(2024, 2, 7), agreement="wte-1-demo", month="2024-01", run=0, reason="tested (demo)"
    ),
    TrueUpYear(effective_on=date(2025, 1, 20), agreement="wte-1-demo", year=2024),
    AssessGuaranteeLd(
        effective_on=date(2025, 1, 25),
        agreement="wte-1-demo",
        year=2024,
        replacement_price="0.6150",
        evidence=PAPER,
        invoice="wte-1-demo-energy-202412-r0",
    ),
    ReverseGuaranteeLd(
        effective_on=date(2026, 2, 1), agreement="wte-1-demo", year=2024, reason="the year was good (demo)"
    ),
    AssessEnergyLateFee(
        effective_on=date(2024, 3, 26),
        agreement="wte-1-demo",
        invoice="late-1-demo",
        on_invoice="wte-1-demo-energy-202401-r0",
        taxable=True,
    ),
    CreditEnergyDocument(
        effective_on=date(2024, 2, 10),
        agreement="wte-1-demo",
        credit_note="goodwill-1-demo",
        invoice="wte-1-demo-energy-202401-r0",
        net="10.00",
        reason="the line was down for an hour (demo)",
    ),
    TakeBackEnergyCredit(
        effective_on=date(2024, 2, 11),
        agreement="wte-1-demo",
        credit_note="goodwill-1-demo",
        reason="it was another plant's line (demo)",
    ),
    WithdrawOfftakeStep(
        effective_on=date(2026, 2, 3),
        agreement="wte-1-demo",
        step="offtake.finally-settled",
        reason="a month is open (demo)",
    ),
    WithdrawMeterStep(
        effective_on=date(2024, 3, 2),
        meter="m-1-demo",
        step="meter.intervals-received",
        reason="of another meter (demo)",
    ),
    IssueCertificates(effective_on=date(2026, 2, 1), agreement="wte-1-demo", through="2025-12", evidence=PAPER),
    SellCertificates(
        effective_on=date(2026, 2, 2), agreement="wte-1-demo", sale="sale-1-demo", count=1, to="a paper mill (demo)"
    ),
    IssueCertificateLot(
        effective_on=date(2026, 2, 3),
        agreement="wte-1-demo",
        lot="lot-1-demo",
        month="2026-01",
        first="GEC-DEMO-00000001",
        last="GEC-DEMO-00000003",
        evidence=PAPER,
    ),
    TransferCertificates(
        effective_on=date(2026, 2, 4),
        agreement="wte-1-demo",
        movement="move-1-demo",
        lot="lot-1-demo",
        first="GEC-DEMO-00000001",
        last="GEC-DEMO-00000001",
        to="a paper mill (demo)",
    ),
    RetireCertificates(
        effective_on=date(2026, 2, 5),
        agreement="wte-1-demo",
        movement="move-2-demo",
        lot="lot-1-demo",
        first="GEC-DEMO-00000002",
        last="GEC-DEMO-00000003",
        beneficiary="a foundry (demo)",
        purpose="electricity used in January 2026 (demo)",
        evidence=PAPER,
    ),
)

_TOLD: dict[type[Fact], Fact] = {type(fact): fact for fact in FACTS}
BANDED = BandValues(peak="1.5", flat="2", valley="3")
FIVE = replace(BANDED, sharp="0.5", deep_valley="4")
AGENT: dict[str, Any] = {"generator": "kilnheat-demo", "fee_minor": 100, "fee_vat_minor": 6}
WHOLE: tuple[Fact, ...] = (
    replace(_TOLD[MeterInstalled], ct=80, pt=100, settled_by="INTERVALS", bands=BANDED),
    replace(_TOLD[MeterRead], quality="SUBSTITUTED", rolled_over=True, bands=BANDED, checked="by hand (demo)"),
    replace(_TOLD[MeterReadCorrected], quality="ESTIMATED", rolled_over=True, bands=BANDED, checked="by hand (demo)"),
    replace(
        _TOLD[MeterReplaced],
        rolled_over=True,
        ct=80,
        pt=100,
        final_bands=BANDED,
        start_bands=BANDED,
        checked="by hand (demo)",
    ),
    replace(_TOLD[MeterRemoved], rolled_over=True, final_bands=FIVE, checked="four digits only (demo)"),
    replace(_TOLD[MeterStepWithdrawn], about="2024-03"),
    replace(_TOLD[OfftakeStepWithdrawn], step="offtake.curtailment-instructed", about="c-1-demo"),
    replace(_TOLD[StatementCalculated], days=10, shared=True, estimated_wh=1000, substituted_wh=2000),
    replace(
        _TOLD[IntervalsReceived],
        days=(
            DayBlock(day=date(2024, 3, 1), energy_wh=" ".join(["1000"] * 24)),
            DayBlock(day=date(2024, 3, 2), energy_wh=" ".join(["250"] * 24), quality="A" * 20 + "S" * 2 + "E" * 2),
            DayBlock(day=date(2024, 3, 3), energy_wh=" ".join(["250"] * 23 + ["-"]), quality="A" * 23 + "M"),
        ),
        reason="the first file was another meter's (demo)",
    ),
    replace(
        _TOLD[YearTruedUp],
        carried=(Carried(year=2023, energy_wh=1000),),
        over_wh=2000,
        taken=(LOT,),
        expired=(LOT,),
        estimated_wh=2000,
        substituted_wh=1000,
    ),
    replace(_TOLD[EnergyInvoiced], lease="l-1-demo", late_fee_per_day="0.0005", **AGENT),
    replace(_TOLD[TakeOrPayInvoiced], lease="l-1-demo", late_fee_per_day="0.0005", **AGENT),
    replace(_TOLD[EnergyCredited], lease="l-1-demo", make_up=True, by_hand=True, **AGENT),
    replace(
        _TOLD[EnergyLateFeeAssessed],
        lease="l-1-demo",
        late_fee_per_day="0.0005",
        taxable=True,
        spans=(LateFeeSpan(from_on=date(2024, 3, 7), until_on=date(2024, 3, 26), open_minor=76849),),
        **AGENT,
    ),
    replace(
        _TOLD[EnergyCreditTakenBack],
        lease="l-1-demo",
        charge="ENERGY",
        generator="kilnheat-demo",
        fee_minor=-100,
        fee_vat_minor=-6,
    ),
    replace(_TOLD[GuaranteeLdReversed], service_month="2025-12"),
    replace(_TOLD[GuaranteeLdCredited], lease="l-1-demo", generator="kilnheat-demo"),
    replace(
        _TOLD[OfftakeDrafted],
        terms=OfftakeTerms(
            role="SETTLEMENT_AGENT",
            buyer="cedarmill-demo",
            generator="kilnheat-demo",
            lease="l-1-demo",
            technology="SOLAR",
            grid=True,
            starts_on=date(2024, 7, 1),
            ends_on=date(2026, 6, 30),
            price=TimeOfUse(
                peak="0.78",
                flat="0.52",
                valley="0.26",
                sharp="0.95",
                deep_valley="0.18",
                windows=(Window(band="PEAK", from_hour="08:00", until_hour="12:00"),),
            ),
            take_or_pay=TakeOrPay(
                acq="1600000",
                share="0.85",
                make_up=MakeUp(years=2),
                carry_forward=CarryForward(cap="0.10", years=1),
                price="0.52",
            ),
            guarantee=Guarantee(guaranteed="1500000", cap="0.05"),
            fee="0.02",
            due_days=10,
            vat_series="vat/services",
            co2_series="co2/sichuan",
            limitation_months=24,
            late_fee_per_day="0.0005",
            note="every part of it (demo)",
        ),
    ),
    replace(
        _TOLD[OfftakeAmended],
        terms=OfftakeTerms(
            role="SELLER",
            buyer="cedarmill-demo",
            technology="WASTE_HEAT",
            starts_on=date(2024, 1, 1),
            ends_on=date(2025, 12, 31),
            price=Indexed(series="price/sichuan-coal", discount="0.10", floor="0.48", cap="0.62"),
        ),
        amendment="a-1-demo",
        proposed_by="clerk-demo",
        approved_by="approver-demo",
        approved_on=date(2024, 1, 2),
    ),
)
