"""One example of every fact and command of billing. All are invented; names end in (demo).

The amounts are those of domain.md §4.5, §8.1 and §9: lease L-1 of 1,234.50 m² in its first year.
"""

from datetime import date
from typing import Any

from msgspec.structs import replace

from ledger.billing.deposits import (
    ApplyDeposit,
    CreditDepositInterest,
    ForfeitDeposit,
    MoveDeposit,
    ReceiveDeposit,
    RefundDeposit,
    ReverseDeposit,
)
from ledger.billing.facts import (
    AccruedRentDerecognised,
    AllowanceRestated,
    CreditNoteIssued,
    DebitNoteIssued,
    DepositApplied,
    DepositForfeited,
    DepositMoved,
    DepositReceived,
    DepositRefunded,
    DepositReversed,
    EclMeasured,
    InvoiceIssued,
    LateFeeAssessed,
    ReceiptAllocated,
    ReceiptRecorded,
    ReceiptRefunded,
    ReceiptReversed,
    ReceiptUnallocated,
    RefundClaimed,
    RefundReversed,
    RentRecognised,
    WriteOffApproved,
    WriteOffProposed,
    WriteOffRecovered,
    WriteOffRejected,
)
from ledger.billing.gap import BillLease
from ledger.billing.invoicing.facts import FapiaoIssued, FapiaoWithdrawn
from ledger.billing.invoicing.notes import IssueCreditNote, IssueDebitNote
from ledger.billing.invoicing.replies import FapiaoReply, TakeFapiaoReplies
from ledger.billing.invoicing.tax_invoices import IssueFapiao, WithdrawFapiao
from ledger.billing.late_fees import AssessLateFee
from ledger.billing.lease_costs.deciding import RecordLeaseCost, ReverseLeaseCost
from ledger.billing.lease_costs.facts import LeaseCostAmortised, LeaseCostRecorded, LeaseCostReversed
from ledger.billing.lines import Allocation, DocumentLine, Exposure, LateFeeSpan
from ledger.billing.losses import (
    ApproveWriteOff,
    MeasureEcl,
    ProposeWriteOff,
    RecoverWriteOff,
    RejectWriteOff,
    ToMeasure,
)
from ledger.billing.receipts import AllocateReceipt, RecordReceipt, ReverseReceipt, ToAllocate, UnallocateReceipt
from ledger.billing.refunds import RefundReceipt, ReverseRefund
from ledger.billing.scheduled.facts import DepositInterestAccrued, DepositInterestCredited
from ledger.decider import Command, Fact
from ledger.values.evidence import Evidence

LEASE, TENANT = "l-1-demo", "sunfield-demo"
RENT_INVOICE, SERVICE_INVOICE = "l-1-demo-rent-202404", "l-1-demo-service-202401"


def dated(on: date, **more: Any) -> dict[str, Any]:
    """What every posting fact of the tenant says, posted on its own date."""
    return {"effective_on": on, "accounting_on": on, "company": TENANT, **more}


FOLLOWS = DepositMoved(
    **dated(date(2026, 1, 12), lease=LEASE),
    deposit="d-5-demo",
    to_lease="l-2-demo",
    amount_minor=5000000,
    reason="l-2-demo follows (demo)",
)
CLAIMED = RefundClaimed(
    **dated(date(2024, 5, 7)),
    receipt="r-2-demo",
    invoice="claim-1-demo",
    charge="REFUND_CLAIM",
    lines=(
        DocumentLine(from_on=date(2024, 5, 7), until_on=date(2024, 5, 7), net_minor=110000, vat_rate="0", vat_minor=0),
    ),
    due_on=date(2024, 5, 7),
)
QUARTER = InvoiceIssued(
    **dated(date(2024, 4, 1), lease=LEASE),
    invoice=RENT_INVOICE,
    charge="RENT",
    lines=(
        DocumentLine(
            from_on=date(2024, 4, 1),
            until_on=date(2024, 6, 30),
            net_minor=15999120,
            vat_rate="0.09",
            vat_minor=1439921,
            months=(5333040, 5333040, 5333040),
        ),
    ),
    due_on=date(2024, 5, 1),
    late_fee_per_day="0.0005",
)
DEBIT = DebitNoteIssued(
    effective_on=date(2024, 9, 5),
    accounting_on=date(2024, 9, 5),
    company=TENANT,
    lease=LEASE,
    invoice="l-1-demo-service-202407-d1",
    charge="SERVICE_CHARGE",
    lines=tuple(
        DocumentLine(
            from_on=date(2024, month, 1),
            until_on=date(2024, month, 31),
            net_minor=150000,
            vat_rate="0.06",
            vat_minor=9000,
        )
        for month in (7, 8)
    ),
    due_on=date(2024, 10, 5),
    reason="service for 2024-07 to 2024-08 is more than was billed",
)
LATE_FEE = LateFeeAssessed(
    **dated(date(2024, 6, 30), lease=LEASE),
    invoice="late-1-demo",
    charge="LATE_FEE",
    lines=(
        DocumentLine(
            from_on=date(2024, 5, 25),
            until_on=date(2024, 6, 30),
            net_minor=107541,
            vat_rate="0",
            vat_minor=0,
            months=(20346, 87195),
        ),
    ),
    due_on=date(2024, 6, 30),
    on_invoice="l-1-demo-rent-202404",
    principal_minor=5813014,
    days=37,
    rate_per_day="0.0005",
)
CREDIT = CreditNoteIssued(
    **dated(date(2024, 6, 3), lease=LEASE),
    credit_note="credit-1-demo",
    invoice=SERVICE_INVOICE,
    charge="SERVICE_CHARGE",
    lines=(
        DocumentLine(
            from_on=date(2024, 1, 1), until_on=date(2024, 1, 31), net_minor=70000, vat_rate="0.06", vat_minor=4200
        ),
    ),
    reason="the lift stood still (demo)",
)
PAID = (Allocation(invoice=RENT_INVOICE, lease=LEASE, amount_minor=17439041),)
RECEIPT = ReceiptRecorded(
    **dated(date(2024, 4, 20)), receipt="r-1-demo", bank_reference="BANK-2024/0420.1", amount_minor=17439041
)
DEPOSIT = DepositReceived(
    **dated(date(2024, 1, 2), lease=LEASE), deposit="d-1-demo", bank_reference="BANK-DEP-1", amount_minor=10666080
)
FORFEITED = DepositForfeited(
    **dated(date(2026, 1, 10), lease=LEASE), deposit="d-3-demo", amount_minor=1090000, reason="left in disorder (demo)"
)

WRITTEN_OFF = WriteOffApproved(
    **dated(date(2025, 3, 10), lease=LEASE),
    write_off="w-1-demo",
    invoice=SERVICE_INVOICE,
    amount_minor=785142,
    proposed_by="finance-demo",
    approved_by="approver-demo",
)

NUMBERED = FapiaoIssued(
    effective_on=date(2024, 4, 2), company=TENANT, invoice=RENT_INVOICE, number="24512000000012345678"
)
NUMBER_WITHDRAWN = FapiaoWithdrawn(
    effective_on=NUMBERED.effective_on,
    invoice=RENT_INVOICE,
    number=NUMBERED.number,
    step="billing.fapiao-issued",
    reason="the number of another (demo)",
    touched=NUMBERED.tags,
)
APPLIED = DepositApplied(
    **dated(date(2026, 1, 9), lease=LEASE), deposit="d-2-demo", invoice=SERVICE_INVOICE, amount_minor=785142
)
TAKEN_BACK = DepositReversed(
    **dated(date(2026, 1, 12), lease=LEASE),
    deposit="d-2-demo",
    movement="APPLIED",
    moved_on=date(2026, 1, 9),
    amount_minor=785142,
    reason="credit note l-1-demo-service-202401-c1",
    invoice=SERVICE_INVOICE,
)
RECOVERED = WriteOffRecovered(
    **dated(date(2025, 9, 1), lease=LEASE),
    write_off="w-1-demo",
    invoice=SERVICE_INVOICE,
    amount_minor=500000,
    reason="receipt r-9-demo",
)

BOUNCED = ReceiptReversed(
    **dated(date(2024, 4, 24)),
    receipt="r-1-demo",
    bank_reference="BANK-2024/0420.1",
    amount_minor=17439041,
    allocations=PAID,
    reason="the bank took it back (demo)",
)
INTEREST = DepositInterestAccrued(**dated(date(2024, 1, 31), lease=LEASE), month="2024-01", amount_minor=13589)
CREDITED = DepositInterestCredited(**dated(date(2024, 2, 1), lease=LEASE), deposit="d-6-demo", amount_minor=13589)
COST = LeaseCostRecorded(
    **dated(date(2024, 1, 15), lease=LEASE),
    cost="fee-1-demo",
    kind="DIRECT",
    amount_minor=3600000,
    document=Evidence(doc="broker's invoice (demo)", sha256="ab" * 32),
    expense="SELLING",
)
AMORTISED = LeaseCostAmortised(
    **dated(date(2024, 2, 29), lease=LEASE), cost="fee-1-demo", kind="DIRECT", month="2024-02", amount_minor=101527
)
COST_BACK = LeaseCostReversed(
    **dated(date(2024, 5, 6), lease=LEASE),
    cost="fee-1-demo",
    kind="DIRECT",
    amount_minor=3600000,
    reason="of another lease (demo)",
    expense="SELLING",
)
FACTS: tuple[Fact, ...] = (
    QUARTER,
    DEBIT,
    LATE_FEE,
    CREDIT,
    RentRecognised(**dated(date(2024, 1, 31), lease=LEASE), month="2024-01", fixed_minor=5159717, variable_minor=0),
    AccruedRentDerecognised(**dated(date(2025, 12, 31), lease=LEASE), amount_minor=8639532),
    NUMBERED,
    NUMBER_WITHDRAWN,
    RECEIPT,
    ReceiptAllocated(**dated(date(2024, 4, 22)), receipt="r-1-demo", allocations=PAID),
    ReceiptUnallocated(
        **dated(date(2024, 4, 23)), receipt="r-1-demo", allocations=PAID, reason="meant for another (demo)"
    ),
    BOUNCED,
    ReceiptRefunded(
        **dated(date(2024, 5, 2)),
        receipt="r-2-demo",
        refund="f-1-demo",
        bank_reference="BANK-BACK-1",
        amount_minor=110000,
    ),
    CLAIMED,
    RefundReversed(
        **dated(date(2024, 5, 6)),
        receipt="r-2-demo",
        refund="f-1-demo",
        bank_reference="BANK-BACK-1",
        amount_minor=110000,
        reason="the account is closed (demo)",
    ),
    WriteOffProposed(
        effective_on=date(2025, 3, 3),
        company=TENANT,
        write_off="w-1-demo",
        invoice=SERVICE_INVOICE,
        amount_minor=785142,
        reason="insolvent (demo)",
        proposed_by="finance-demo",
    ),
    WriteOffRejected(
        effective_on=date(2025, 3, 4),
        company=TENANT,
        write_off="w-2-demo",
        invoice=SERVICE_INVOICE,
        reason="they pay (demo)",
        rejected_by="approver-demo",
    ),
    WRITTEN_OFF,
    RECOVERED,
    AllowanceRestated(
        effective_on=date(2025, 3, 31),
        accounting_on=date(2025, 3, 31),
        measurement="ecl-2025-03",
        movement_minor=785142,
        cause="write-off w-1-demo",
    ),
    EclMeasured(
        effective_on=date(2024, 12, 31),
        accounting_on=date(2024, 12, 31),
        measurement="ecl-2024-12",
        recorded=52,
        exposures=(Exposure(bucket="61-90 days", gross_minor=17439041, rate="0.05"),),
        allowance_minor=871952,
        movement_minor=871952,
    ),
    DEPOSIT,
    APPLIED,
    TAKEN_BACK,
    FORFEITED,
    DepositRefunded(
        **dated(date(2026, 1, 11), lease=LEASE), deposit="d-4-demo", bank_reference="BANK-DEP-2", amount_minor=8790938
    ),
    FOLLOWS,
    INTEREST,
    CREDITED,
    COST,
    AMORTISED,
    COST_BACK,
)

TO_PAY = (ToAllocate(invoice=RENT_INVOICE, amount="174390.41"),)
COMMANDS: tuple[Command, ...] = (
    BillLease(effective_on=date(2024, 12, 31), lease=LEASE, through=date(2024, 12, 31)),
    IssueCreditNote(
        effective_on=date(2024, 6, 3),
        credit_note="credit-1-demo",
        invoice=SERVICE_INVOICE,
        net="700.00",
        reason="the lift stood still (demo)",
    ),
    IssueDebitNote(
        effective_on=date(2024, 9, 5),
        invoice="extra-1-demo",
        lease=LEASE,
        charge="SERVICE_CHARGE",
        from_on=date(2024, 7, 1),
        until_on=date(2024, 8, 31),
        net="3000.00",
        reason="night watch (demo)",
    ),
    IssueFapiao(effective_on=date(2024, 4, 2), invoice=RENT_INVOICE, number="24512000000012345678"),
    TakeFapiaoReplies(
        effective_on=date(2024, 4, 3),
        file=Evidence(doc="replies.xlsx (demo)", sha256="ab" * 32),
        replies=(
            FapiaoReply(
                line=2,
                invoice=RENT_INVOICE,
                number="24512000000012345678",
                issued_on=date(2024, 4, 2),
                net="159991.20",
                vat="14399.21",
            ),
        ),
    ),
    WithdrawFapiao(
        effective_on=date(2024, 4, 2),
        invoice=RENT_INVOICE,
        number="24512000000012345678",
        reason="the number of another (demo)",
    ),
    RecordReceipt(
        effective_on=date(2024, 4, 20),
        receipt="r-1-demo",
        company=TENANT,
        bank_reference="BANK-2024/0420.1",
        amount="174390.41",
        allocations=TO_PAY,
    ),
    AllocateReceipt(effective_on=date(2024, 4, 22), receipt="r-1-demo", allocations=TO_PAY),
    UnallocateReceipt(
        effective_on=date(2024, 4, 23), receipt="r-1-demo", allocations=TO_PAY, reason="meant for another (demo)"
    ),
    ReverseReceipt(effective_on=date(2024, 4, 24), receipt="r-1-demo", reason="the bank took it back (demo)"),
    RefundReceipt(
        effective_on=date(2024, 5, 2),
        refund="f-1-demo",
        receipt="r-2-demo",
        amount="1100.00",
        bank_reference="BANK-BACK-1",
    ),
    ReverseRefund(
        effective_on=date(2024, 5, 6), refund="f-1-demo", receipt="r-2-demo", reason="the account is closed (demo)"
    ),
    AssessLateFee(effective_on=date(2024, 6, 30), invoice="late-1-demo", on_invoice=RENT_INVOICE),
    ProposeWriteOff(
        effective_on=date(2025, 3, 3),
        write_off="w-1-demo",
        invoice=SERVICE_INVOICE,
        amount="7851.42",
        reason="insolvent (demo)",
    ),
    ApproveWriteOff(effective_on=date(2025, 3, 10), write_off="w-1-demo", invoice=SERVICE_INVOICE),
    RejectWriteOff(
        effective_on=date(2025, 3, 4), write_off="w-2-demo", invoice=SERVICE_INVOICE, reason="they pay (demo)"
    ),
    RecoverWriteOff(
        effective_on=date(2025, 9, 1),
        write_off="w-1-demo",
        invoice=SERVICE_INVOICE,
        amount="5000.00",
        reason="the estate pays a part (demo)",
    ),
    MeasureEcl(
        effective_on=date(2024, 12, 31),
        measurement="ecl-2024-12",
        recorded=52,
        exposures=(ToMeasure(bucket="61-90 days", gross="174390.41", rate="0.05"),),
    ),
    ReceiveDeposit(
        effective_on=date(2024, 1, 2),
        deposit="d-1-demo",
        lease=LEASE,
        bank_reference="BANK-DEP-1",
        amount="106660.80",
    ),
    ApplyDeposit(
        effective_on=date(2026, 1, 9), deposit="d-2-demo", lease=LEASE, invoice=SERVICE_INVOICE, amount="7851.42"
    ),
    ForfeitDeposit(
        effective_on=date(2026, 1, 10),
        deposit="d-3-demo",
        lease=LEASE,
        amount="10900.00",
        reason="left in disorder (demo)",
    ),
    CreditDepositInterest(effective_on=date(2024, 2, 1), deposit="d-6-demo", lease=LEASE, amount="135.89"),
    RecordLeaseCost(
        effective_on=date(2024, 1, 15),
        lease=LEASE,
        cost="fee-1-demo",
        kind="DIRECT",
        amount="36000.00",
        document=Evidence(doc="broker's invoice (demo)", sha256="ab" * 32),
        expense="SELLING",
    ),
    ReverseLeaseCost(effective_on=date(2024, 5, 6), lease=LEASE, cost="fee-1-demo", reason="of another lease (demo)"),
    RefundDeposit(
        effective_on=date(2026, 1, 11),
        deposit="d-4-demo",
        lease=LEASE,
        bank_reference="BANK-DEP-2",
        amount="87909.38",
    ),
    MoveDeposit(
        effective_on=date(2026, 1, 12),
        deposit="d-5-demo",
        lease=LEASE,
        to_lease="l-2-demo",
        amount="50000.00",
        reason="l-2-demo follows (demo)",
        document=Evidence(doc="renewal agreement (demo)", sha256="ab" * 32),
    ),
    ReverseDeposit(effective_on=date(2026, 1, 12), deposit="d-2-demo", lease=LEASE, reason="meant for another (demo)"),
)

WHOLE: tuple[Fact, ...] = (
    replace(DEBIT, late_fee_per_day="0.0005", by_hand=True),
    replace(CREDIT, by_hand=True, on_invoice=RENT_INVOICE),
    replace(
        LATE_FEE,
        late_fee_per_day="0.0001",
        taxable=True,
        spans=(
            LateFeeSpan(from_on=date(2024, 5, 25), until_on=date(2024, 5, 31), open_minor=5813014),
            LateFeeSpan(from_on=date(2024, 6, 1), until_on=date(2024, 6, 30), open_minor=813014),
        ),
    ),
    FapiaoIssued(
        effective_on=date(2024, 6, 4),
        company=TENANT,
        invoice=RENT_INVOICE,
        number="24512000000012345679",
        red=True,
        code="024512000001",
        credit_note="cn-1-demo",
        file=Evidence(doc="replies.xlsx (demo)", sha256="ab" * 32),
        whole=True,
        notes_after=("cn-2-demo",),
    ),
    replace(NUMBER_WITHDRAWN, number="12345678", code="024512000001"),
    replace(RECEIPT, allocations=PAID, bank_account="cny-main-demo", charge_minor=5000),
    replace(BOUNCED, claim="claim-1-demo", bank_account="cny-main-demo", charge_minor=5000),
    ReceiptAllocated(
        **dated(date(2024, 4, 22)),
        receipt="r-1-demo",
        allocations=(replace(PAID[0], company="riverbend-demo"),),
    ),
    replace(CLAIMED, lease=LEASE, late_fee_per_day="0.0001"),
    replace(WRITTEN_OFF, lease=None, contract="offtake:wte-1-demo"),
    replace(FORFEITED, vat_rate="0.09", vat_minor=90000),
    replace(
        TAKEN_BACK,
        movement="FORFEITED",
        deposit="d-3-demo",
        invoice=None,
        vat_minor=90000,
        bank_reference="BANK-DEP-2",
        bank_account="cny-main-demo",
        to_lease="l-2-demo",
    ),
    replace(FOLLOWS, document=Evidence(doc="renewal agreement (demo)", sha256="ab" * 32)),
    *(
        replace(fact, bank_account="cny-main-demo")
        for fact in FACTS
        if isinstance(fact, ReceiptRefunded | RefundReversed | DepositReceived | DepositRefunded)
    ),
    replace(RECOVERED, lease=None, contract="offtake:wte-1-demo"),
    replace(COST, expense=None, kind="INCENTIVE", bank_reference="BANK-INC-1", bank_account="cny-main-demo"),
    replace(COST_BACK, expense=None, kind="INCENTIVE", bank_reference="BANK-INC-1", bank_account="cny-main-demo"),
)
