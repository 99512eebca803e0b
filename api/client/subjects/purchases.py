"""Commands: purchases.

Made from docs/openapi.json by `python -m api.client.making docs/openapi.json`.
"""

from datetime import date
from typing import Literal

from api.client.parts import Command, Evidence, ToPay, ToPurchase


class RevaluePayables(Command, frozen=True, kw_only=True, tag="revalue-payables"):
    """Remeasure payables in foreign currencies at a month's end. `effective_on` is its last day.

    documents     the purchases, energy invoices or agreements that they are owed on
    rate_series   the exchange rates to take, one for each currency that anything is owed in
    """

    effective_on: date
    month: str
    documents: tuple[str, ...]
    rate_series: tuple[str, ...]


class RecordPurchaseInvoice(Command, frozen=True, kw_only=True, tag="record-purchase-invoice"):
    """Record what a supplier asks for; `effective_on` is the date of its invoice.

    number, code   the supplier's own; a tax invoice of 8 digits has a code besides
    rate_series    the exchange rate of that day, where it is in another currency than CNY
    """

    effective_on: date
    purchase: str
    supplier: str
    number: str
    code: str | None = None
    due_on: date
    currency: Literal["BHD", "CNY", "EUR", "GBP", "HKD", "JPY", "KRW", "KWD", "SGD", "USD"] = "CNY"
    rate_series: str | None = None
    lines: tuple[ToPurchase, ...]
    evidence: Evidence | None = None


class RecordSupplierCreditNote(Command, frozen=True, kw_only=True, tag="record-supplier-credit-note"):
    """Record that a supplier takes something off an invoice: a red-letter invoice, or a note of its own."""

    effective_on: date
    purchase: str
    invoice: str
    supplier: str
    number: str
    code: str | None = None
    lines: tuple[ToPurchase, ...]
    reason: str
    evidence: Evidence | None = None


class RecordCustomsDeclaration(Command, frozen=True, kw_only=True, tag="record-customs-declaration"):
    """Record what customs ask for equipment of an order: duty is part of its cost, import VAT is input VAT.

    supplier   the customs office, a company on record; `number`: of the declaration
    """

    effective_on: date
    purchase: str
    supplier: str
    number: str
    order: str
    duty: str
    import_vat: str
    deductible: bool = True
    due_on: date
    evidence: Evidence | None = None


class WithdrawPurchaseDocument(Command, frozen=True, kw_only=True, tag="withdraw-purchase-document"):
    """Take back an invoice, a credit note or a declaration that was recorded by mistake: the books keep both.

    orders   of equipment: the orders that it was bought for
    """

    effective_on: date
    purchase: str
    orders: tuple[str, ...] = ()
    reason: str


class ProposeSupplierPayment(Command, frozen=True, kw_only=True, tag="propose-supplier-payment"):
    """Ask to pay what is owed to a supplier, a generator, or anybody else; in whole or part, several documents at
    once.

    bank_account   the one that it shall leave, else the default of its currency on the day that it is paid
    """

    effective_on: date
    payment: str
    supplier: str
    currency: Literal["BHD", "CNY", "EUR", "GBP", "HKD", "JPY", "KRW", "KWD", "SGD", "USD"] = "CNY"
    items: tuple[ToPay, ...]
    bank_account: str | None = None
    reason: str | None = None


class PaySupplier(Command, frozen=True, kw_only=True, tag="pay-supplier"):
    """Agree to a payment that somebody else proposed, as the bank made it; `effective_on` is the value date. The
    documents are named again: what is owed of them now decides.

    rate_series   the exchange rate of that day, where it is in another currency than CNY
    """

    effective_on: date
    payment: str
    supplier: str
    documents: tuple[str, ...]
    bank_reference: str
    rate_series: str | None = None


class RejectSupplierPayment(Command, frozen=True, kw_only=True, tag="reject-supplier-payment"):
    """Turn down a payment that was proposed, or take back one of your own."""

    effective_on: date
    payment: str
    supplier: str
    reason: str


class ReturnSupplierPayment(Command, frozen=True, kw_only=True, tag="return-supplier-payment"):
    """Say that a payment came back, or was recorded wrong: what it paid is owed again."""

    effective_on: date
    payment: str
    supplier: str
    reason: str
