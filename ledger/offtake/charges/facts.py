"""Late fees, and payments on termination, of an agreement, as they are recorded.

EnergyLateFeeAssessed   interest by the day on a document that is paid late

What one side owes the other because an agreement ended early (charges/terminating.py):

TerminationPaymentProposed, -Rejected   somebody asks for it; it is not owed
TerminationPaymentInvoiced              the buyer owes it
TerminationPaymentOwed, -Reversed       the seller, MCSC, owes it; it does not after all
"""

from datetime import date
from typing import Literal

from ledger.billing.lines import LateFeeSpan
from ledger.decider import Id, Text
from ledger.offtake.facts import AgreementPosting, EnergyIssued, OfftakeFact
from ledger.values.evidence import Evidence
from ledger.values.money import Ratio

OwedBy = Literal["BUYER", "SELLER"]
"""Who owes a payment on termination: of a settlement agent, the seller is the generator."""


class EnergyLateFeeAssessed(EnergyIssued, frozen=True, kw_only=True, tag="energy.late-fee-assessed"):
    """Interest on an overdue document of the agreement: simple, a day's rate of what was open that day. Its fields say
    what those of billing's late fees say; of a settlement agent it is the generator's, and nothing is kept of it."""

    derived = (
        "accounting_on", "company", "lease", "charge", "lines", "due_on", "late_fee_per_day", "generator", "fee_minor",
        "fee_vat_minor", "principal_minor", "days", "rate_per_day", "spans",
    )  # fmt: skip
    on_invoice: Id
    principal_minor: int
    days: int
    rate_per_day: Ratio
    taxable: bool = False
    spans: tuple[LateFeeSpan, ...] = ()

    @property
    def about(self) -> tuple[str, ...]:
        """The agreement, its lease, this document, and the one that is overdue."""
        return (*super().about, f"invoice:{self.on_invoice}")


class TerminationPaymentFact(OfftakeFact, frozen=True, kw_only=True):
    """Something about a payment on termination that is not owed yet; found by its id, too."""

    named_by = "termination_payment"
    termination_payment: Id

    @property
    def tags(self) -> tuple[str, ...]:
        """The agreement, and the payment."""
        return (f"offtake:{self.agreement}", f"termination:{self.termination_payment}")


class TerminationPaymentProposed(
    TerminationPaymentFact, frozen=True, kw_only=True, tag="offtake.termination-payment-proposed"
):
    """Somebody asks that one side pays the other because the agreement ended early.

    net_minor          CNY minor units; vat_rate comes on top of it
    due_on             None: as many days after the approval as invoices of the agreement have
    clause, document   why it is owed
    """

    derived = ("proposed_by",)
    owed_by: OwedBy
    net_minor: int
    vat_rate: Ratio = "0"
    due_on: date | None = None
    clause: Text
    document: Evidence
    proposed_by: Id


class TerminationPaymentRejected(
    TerminationPaymentFact, frozen=True, kw_only=True, tag="offtake.termination-payment-rejected"
):
    """The payment that was asked for is not owed."""

    derived = ("rejected_by",)
    reason: Text
    rejected_by: Id


class TerminationPaymentInvoiced(EnergyIssued, frozen=True, kw_only=True, tag="energy.termination-payment-invoiced"):
    """The buyer owes a payment because the agreement ended early. Its line is of the agreement's last day; of a
    settlement agent the whole is the generator's."""

    derived = (
        "accounting_on", "company", "lease", "charge", "lines", "due_on", "late_fee_per_day", "generator", "fee_minor",
        "fee_vat_minor", "clause", "document", "proposed_by", "approved_by",
    )  # fmt: skip
    clause: Text
    document: Evidence
    proposed_by: Id
    approved_by: Id

    @property
    def termination_payment(self) -> str:
        """The payment; the invoice has its name."""
        return self.invoice


class TerminationPosting(AgreementPosting, frozen=True, kw_only=True):
    """A payment on termination that MCSC owes, or does not after all; `ended_on`: the agreement's last day."""

    termination_payment: Id
    amount_minor: int
    ended_on: date

    @property
    def tags(self) -> tuple[str, ...]:
        """The agreement, its buyer, the payment, and the month it posts to."""
        return (*super().tags, f"termination:{self.termination_payment}")


class TerminationPaymentOwed(TerminationPosting, frozen=True, kw_only=True, tag="energy.termination-payment-owed"):
    """MCSC owes the buyer a payment because the agreement ended early."""

    derived = (
        "accounting_on", "company", "amount_minor", "ended_on", "due_on", "clause", "document", "proposed_by",
        "approved_by",
    )  # fmt: skip
    due_on: date
    clause: Text
    document: Evidence
    proposed_by: Id
    approved_by: Id


class TerminationPaymentReversed(
    TerminationPosting, frozen=True, kw_only=True, tag="energy.termination-payment-reversed"
):
    """A payment that MCSC owed on termination is not owed after all: its mirror."""

    derived = ("accounting_on", "company", "amount_minor", "ended_on")
    reason: Text
