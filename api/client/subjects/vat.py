"""Commands: vat.

Made from docs/openapi.json by `python -m api.client.making docs/openapi.json`.
"""

from datetime import date

from api.client.parts import Command, Evidence


class ProposeVatReturn(Command, frozen=True, kw_only=True, tag="propose-vat-return"):
    """Propose the VAT return of a month that is over, on what the books say of it now.

    late   earlier months to which something was posted that stands in no return yet
    held   purchases whose input VAT is left for a later return: their tax invoices are not certified yet
    """

    effective_on: date
    month: str
    late: tuple[str, ...] = ()
    held: tuple[str, ...] = ()


class RejectVatReturn(Command, frozen=True, kw_only=True, tag="reject-vat-return"):
    """Turn a proposed return down, or take back one of your own."""

    effective_on: date
    month: str
    reason: str


class FileVatReturn(Command, frozen=True, kw_only=True, tag="file-vat-return"):
    """File the return of a month as it was proposed; `effective_on` is the day on which the tax office got it.

    late              the earlier months that were proposed with it
    acknowledgement   what the tax office calls it
    """

    effective_on: date
    month: str
    late: tuple[str, ...] = ()
    acknowledgement: str | None = None


class WithdrawVatReturn(Command, frozen=True, kw_only=True, tag="withdraw-vat-return"):
    """Take the latest return back, to correct it: its postings are mirrored, and what it took is in no return."""

    effective_on: date
    month: str
    reason: str


class PayVat(Command, frozen=True, kw_only=True, tag="pay-vat"):
    """Record that the bank paid what a return came to, or a part of it; `effective_on` is the value date."""

    effective_on: date
    vat_payment: str
    month: str
    amount: str
    bank_reference: str
    bank_account: str | None = None
    evidence: Evidence | None = None


class ReturnVatPayment(Command, frozen=True, kw_only=True, tag="return-vat-payment"):
    """Record that a payment came back, or was recorded wrong."""

    effective_on: date
    vat_payment: str
    reason: str
