"""One example of every fact and command of purchases and payments. All are invented; names end in (demo).

A machine of USD 10,000.00 at 7.1036 comes in for 71,036.00, with 5,682.88 of duty; 4,000.00 of it are paid at 7.2000.
"""

from datetime import date
from typing import Any

from msgspec.structs import replace

from ledger.bookkeeping.purchases.documents import (
    RecordCustomsDeclaration,
    RecordPurchaseInvoice,
    RecordSupplierCreditNote,
    ToPurchase,
    WithdrawPurchaseDocument,
)
from ledger.bookkeeping.purchases.facts import (
    CustomsDeclared,
    PaidItem,
    PayablesRemeasured,
    PurchaseInvoiceRecorded,
    PurchaseLine,
    PurchaseWithdrawn,
    RemeasuredPayable,
    SupplierCreditNoteRecorded,
    SupplierPaid,
    SupplierPaymentProposed,
    SupplierPaymentRejected,
    SupplierPaymentReturned,
)
from ledger.decider import Command, Fact
from ledger.joint.paying import (
    PaySupplier,
    ProposeSupplierPayment,
    RejectSupplierPayment,
    ReturnSupplierPayment,
    ToPay,
)
from ledger.joint.remeasuring import RevaluePayables
from tests.ground.ordered import ORDER, PAPER, SUPPLIER, USD

CUSTOMS = "customs-demo"


def dated(on: date, **more: Any) -> dict[str, Any]:
    return {"effective_on": on, "accounting_on": on, **more}


OFFICE = PurchaseLine(
    kind="ADMINISTRATION",
    net_minor=100_000,
    vat_rate="0.06",
    vat_minor=6_000,
    net_cny_minor=100_000,
    vat_cny_minor=6_000,
    text="paper and ink (demo)",
)
ROOF = PurchaseLine(
    kind="PROPERTY",
    net_minor=33_333,
    vat_rate="0.13",
    vat_minor=4_333,
    net_cny_minor=33_333,
    vat_cny_minor=4_333,
    deductible=False,
)
MACHINE = PurchaseLine(
    kind="INVENTORY",
    net_minor=1_000_000,
    vat_rate="0",
    vat_minor=0,
    net_cny_minor=7_103_600,
    vat_cny_minor=0,
    order=ORDER,
)
INVOICE = PurchaseInvoiceRecorded(
    **dated(date(2024, 3, 5)),
    purchase="p-1-demo",
    supplier=SUPPLIER,
    number="12345678",
    code="1100201130",
    due_on=date(2024, 4, 4),
    lines=(OFFICE, ROOF),
    evidence=PAPER,
)
BOUGHT = PurchaseInvoiceRecorded(
    **dated(date(2024, 1, 12)),
    purchase="p-2-demo",
    supplier=SUPPLIER,
    number="INV-7",
    due_on=date(2024, 2, 11),
    currency="USD",
    rate_series=USD,
    rate="7.1036",
    lines=(MACHINE,),
)
CREDIT = SupplierCreditNoteRecorded(
    **dated(date(2024, 3, 20)),
    purchase="pc-1-demo",
    invoice="p-1-demo",
    supplier=SUPPLIER,
    number="12345679",
    code="1100201130",
    lines=(replace(OFFICE, net_minor=20_000, vat_minor=1_200, net_cny_minor=20_000, vat_cny_minor=1_200),),
    reason="half of the paper was wet (demo)",
    evidence=PAPER,
)
DECLARED = CustomsDeclared(
    **dated(date(2024, 6, 1)),
    purchase="p-3-demo",
    supplier=CUSTOMS,
    number="D-1",
    due_on=date(2024, 6, 16),
    lines=(
        PurchaseLine(
            kind="INVENTORY",
            net_minor=568_288,
            vat_rate="0",
            vat_minor=997_345,
            net_cny_minor=568_288,
            vat_cny_minor=997_345,
            order=ORDER,
        ),
    ),
)
WITHDRAWN = PurchaseWithdrawn(
    **dated(date(2024, 3, 21)),
    purchase="pc-1-demo",
    supplier=SUPPLIER,
    reversed=CREDIT,
    reason="of another invoice (demo)",
)
ITEM = PaidItem(payable="purchase:p-2-demo", document="p-2-demo", amount_minor=400_000)
PROPOSED = SupplierPaymentProposed(
    effective_on=date(2024, 10, 14),
    payment="pay-1-demo",
    supplier=SUPPLIER,
    currency="USD",
    items=(ITEM,),
    bank_account="usd-demo",
    reason="a first part (demo)",
    proposed_by="clerk-demo",
)
REJECTED = SupplierPaymentRejected(
    effective_on=date(2024, 10, 14),
    payment="pay-2-demo",
    supplier=SUPPLIER,
    reason="not due yet (demo)",
    rejected_by="approver-demo",
)
PAID = SupplierPaid(
    **dated(date(2024, 10, 15)),
    payment="pay-1-demo",
    supplier=SUPPLIER,
    currency="USD",
    items=(replace(ITEM, carrying_minor=2_841_440),),
    rate_series=USD,
    rate="7.2000",
    cny_minor=2_880_000,
    bank_reference="PAY-1",
    bank_account="usd-demo",
    proposed_by="clerk-demo",
    approved_by="approver-demo",
)
RETURNED = SupplierPaymentReturned(
    **dated(date(2024, 10, 18)),
    payment="pay-1-demo",
    supplier=SUPPLIER,
    reversed=PAID,
    reason="the account number was wrong (demo)",
)

REMEASURED = PayablesRemeasured(
    **dated(date(2024, 9, 30)),
    month="2024-09",
    items=(
        RemeasuredPayable(
            payable="purchase:p-2-demo",
            document="p-2-demo",
            supplier=SUPPLIER,
            currency="USD",
            amount_minor=1_000_000,
            rate_series=USD,
            rate="7.0074",
            carrying_minor=7_103_600,
            revalued_minor=7_007_400,
        ),
    ),
)
REVALUE_PAYABLES = RevaluePayables(
    effective_on=date(2024, 9, 30), month="2024-09", documents=("p-2-demo",), rate_series=(USD,)
)
DOCUMENTS: tuple[Fact, ...] = (INVOICE, CREDIT, DECLARED, WITHDRAWN)
FACTS: tuple[Fact, ...] = (*DOCUMENTS, PROPOSED, REJECTED, PAID, RETURNED, REMEASURED)
COMMANDS: tuple[Command, ...] = (
    RecordPurchaseInvoice(
        effective_on=date(2024, 3, 5),
        purchase="p-1-demo",
        supplier=SUPPLIER,
        number="12345678",
        code="1100201130",
        due_on=date(2024, 4, 4),
        lines=(
            ToPurchase(kind="ADMINISTRATION", net="1000.00", vat_rate="0.06", text="paper and ink (demo)"),
            ToPurchase(kind="PROPERTY", net="333.33", vat_rate="0.13", vat="43.33", deductible=False),
        ),
        evidence=PAPER,
    ),
    RecordSupplierCreditNote(
        effective_on=date(2024, 3, 20),
        purchase="pc-1-demo",
        invoice="p-1-demo",
        supplier=SUPPLIER,
        number="12345679",
        code="1100201130",
        lines=(ToPurchase(kind="ADMINISTRATION", net="200.00", vat_rate="0.06", text="paper and ink (demo)"),),
        reason="half of the paper was wet (demo)",
        evidence=PAPER,
    ),
    RecordCustomsDeclaration(
        effective_on=date(2024, 6, 1),
        purchase="p-3-demo",
        supplier=CUSTOMS,
        number="D-1",
        order=ORDER,
        duty="5682.88",
        import_vat="9973.45",
        due_on=date(2024, 6, 16),
    ),
    WithdrawPurchaseDocument(effective_on=date(2024, 3, 21), purchase="pc-1-demo", reason="of another invoice (demo)"),
    ProposeSupplierPayment(
        effective_on=date(2024, 10, 14),
        payment="pay-1-demo",
        supplier=SUPPLIER,
        currency="USD",
        items=(ToPay(document="p-2-demo", amount="4000.00"),),
        bank_account="usd-demo",
        reason="a first part (demo)",
    ),
    RejectSupplierPayment(
        effective_on=date(2024, 10, 14), payment="pay-2-demo", supplier=SUPPLIER, reason="not due yet (demo)"
    ),
    PaySupplier(
        effective_on=date(2024, 10, 15),
        payment="pay-1-demo",
        supplier=SUPPLIER,
        documents=("p-2-demo",),
        bank_reference="PAY-1",
        rate_series=USD,
    ),
    ReturnSupplierPayment(
        effective_on=date(2024, 10, 18),
        payment="pay-1-demo",
        supplier=SUPPLIER,
        reason="the account number was wrong (demo)",
    ),
    REVALUE_PAYABLES,
)
WHOLE: tuple[Fact, ...] = (
    replace(BOUGHT, lines=(replace(MACHINE, sold=True),)),
    replace(CREDIT, code=None, currency="USD", rate_series=USD, rate="7.1036"),
    replace(DECLARED, code="1100201130", currency="USD", rate_series=USD, rate="7.1036", evidence=PAPER),
)
