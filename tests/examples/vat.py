"""One example of every fact and command of VAT. All are invented; names end in (demo)."""

from datetime import date

from msgspec.structs import replace

from ledger.bookkeeping.vat.facts import (
    Figures,
    Taken,
    VatPaid,
    VatPaymentReturned,
    VatReturnFiled,
    VatReturnProposed,
    VatReturnRejected,
    VatReturnWithdrawn,
)
from ledger.decider import Command, Fact
from ledger.joint.remitting import PayVat, ReturnVatPayment
from ledger.joint.taxing import FileVatReturn, ProposeVatReturn, RejectVatReturn, WithdrawVatReturn
from ledger.values.evidence import Evidence

MONTH, DAY, WHY = "2024-08", date(2024, 9, 12), "an invoice was missing (demo)"
RECEIPT = Evidence(doc="tax payment receipt (demo)", sha256="2a" * 32)
FIGURES = Figures(
    taken=(
        Taken(month="2024-07", output_minor=45_000),
        Taken(month=MONTH, output_minor=200_000, input_minor=10_000, import_minor=5_000),
    ),
    held=("p-9-demo",),
    carried_in_minor=130_000,
)
PROPOSED = VatReturnProposed(effective_on=DAY, month=MONTH, figures=FIGURES, proposed_by="clerk-demo")
REJECTED = VatReturnRejected(effective_on=DAY, month=MONTH, reason=WHY, rejected_by="approver-demo")
FILED = VatReturnFiled(
    effective_on=DAY,
    accounting_on=date(2024, 8, 31),
    month=MONTH,
    figures=FIGURES,
    proposed_by="clerk-demo",
    filed_by="approver-demo",
)
WITHDRAWN = VatReturnWithdrawn(
    effective_on=date(2024, 9, 13),
    accounting_on=date(2024, 8, 31),
    month=MONTH,
    reversed=FILED,
    reason=WHY,
    withdrawn_by="approver-demo",
)
PAID = VatPaid(
    effective_on=date(2024, 9, 14),
    accounting_on=date(2024, 9, 14),
    vat_payment="vat-2024-08-demo",
    month=MONTH,
    amount_minor=100_000,
    bank_reference="TAX-2024-08",
)
RETURNED = VatPaymentReturned(
    effective_on=date(2024, 9, 16),
    accounting_on=date(2024, 9, 16),
    vat_payment=PAID.vat_payment,
    reversed=PAID,
    reason="paid from the wrong account (demo)",
)

PROPOSE = ProposeVatReturn(effective_on=DAY, month=MONTH, late=("2024-07",), held=("p-9-demo",))
REJECT = RejectVatReturn(effective_on=DAY, month=MONTH, reason=WHY)
FILE = FileVatReturn(effective_on=DAY, month=MONTH, late=("2024-07",), acknowledgement="A-2024-08 (demo)")
WITHDRAW = WithdrawVatReturn(effective_on=date(2024, 9, 13), month=MONTH, reason=WHY)
PAY = PayVat(
    effective_on=date(2024, 9, 14),
    vat_payment=PAID.vat_payment,
    month=MONTH,
    amount="1000.00",
    bank_reference="TAX-2024-08",
    evidence=RECEIPT,
)
RETURN = ReturnVatPayment(effective_on=date(2024, 9, 16), vat_payment=PAID.vat_payment, reason=RETURNED.reason)

FACTS: tuple[Fact, ...] = (PROPOSED, REJECTED, FILED, WITHDRAWN, PAID, RETURNED)
COMMANDS: tuple[Command, ...] = (PROPOSE, REJECT, FILE, WITHDRAW, PAY, RETURN)
WHOLE: tuple[Fact, ...] = (
    replace(FILED, acknowledgement="A-2024-08 (demo)"),
    replace(PAID, bank_account="cny-main-demo", evidence=RECEIPT),
)
