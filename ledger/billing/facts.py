"""Everything billing records: the documents a tenant owes by, what pays them, deposits, losses.

Fact (billing.…)                              Posts   About
invoice-issued, debit-note-issued             yes     Issued: a tenant owes what the lines say
late-fee-assessed                             yes     Issued, on an overdue document
credit-note-issued                            yes     less is owed on a document
rent-recognised, accrued-rent-derecognised    yes     what a lease earned, month by month
receipt-recorded, -allocated, -unallocated,   yes     money in the bank, and what it pays
  -reversed
receipt-refunded, refund-reversed             yes     money that paid nothing goes back; it did not after all
refund-claimed                                yes     Issued: it went back of a receipt that bounced, and is owed
deposit-received, -applied, -forfeited,       yes     a tenant's deposit
  -refunded, -moved, -reversed
write-off-proposed, -rejected                 no
write-off-approved, -recovered                yes     losses, and what comes of them after all
ecl-measured, allowance-restated              yes     the allowance for losses

Other contracts issue documents too: their facts derive from Issued and Credited and name their contract by its tag, so
that receipts pay them and tenants' accounts and ageing show them.

Amounts are CNY minor units. A fact holds every amount that was decided, so `postings(fact)` needs nothing else.
"""

from datetime import date
from typing import Any, ClassVar

from ledger.billing.lines import (
    Allocation,
    Charge,
    DocumentLine,
    Exposure,
    LateFeeSpan,
    Movement,
    amounts_of,
    contract_tags,
    net_of_lines,
    paid_tags,
    vat_of_lines,
)
from ledger.decider import Fact, Id, Text
from ledger.leases.facts import LeaseId
from ledger.once.bank import BankReference
from ledger.periods import Month, PostingFact
from ledger.values.evidence import Evidence
from ledger.values.money import Ratio


def _asked(fact: Fact, **put_otherwise: Any) -> tuple[Any, ...]:
    """List what a fact was asked for, as `Fact.asked`; some of its fields as a command puts them."""
    names = [name for name in fact.__struct_fields__ if name not in fact.derived]
    return (type(fact), *(put_otherwise[name] if name in put_otherwise else getattr(fact, name) for name in names))


# Facts: names are storage: a tag below is written into every stored fact and never changes.


class BillingFact(PostingFact, frozen=True, kw_only=True):
    """Something that posts for a tenant. `company` is the tenant that owes or paid."""

    company: Id

    @property
    def about(self) -> tuple[str, ...]:
        """Further tags: what the fact touches beside its tenant and its month."""
        return ()

    @property
    def tags(self) -> tuple[str, ...]:
        """The tenant, the month it posts to, and what it touches, each once."""
        return tuple(dict.fromkeys((f"tenant:{self.company}", *self.about, *self.account_tags, self.books_tag)))


class UnpostedFact(Fact, frozen=True, kw_only=True):
    """Something about what a tenant owes that moves no money."""

    company: Id
    invoice: Id


class LeaseBillingFact(BillingFact, frozen=True, kw_only=True):
    """Something that posts for a lease."""

    lease: LeaseId

    @property
    def about(self) -> tuple[str, ...]:
        """The lease."""
        return (f"lease:{self.lease}",)


class Issued(BillingFact, frozen=True, kw_only=True):
    """A document that says a tenant owes something. `effective_on` is its date.

    lease               whose it is, or whose premises it is about, if any
    late_fee_per_day    the share of what is open that each day after `due_on` costs, by the lease's terms
    """

    lease: LeaseId | None = None
    invoice: Id
    charge: Charge
    lines: tuple[DocumentLine, ...]
    due_on: date
    late_fee_per_day: Ratio = "0"

    @property
    def contract(self) -> str | None:
        """The tag of the contract it belongs to, where that is no lease."""
        return None

    @property
    def about(self) -> tuple[str, ...]:
        """The lease or other contract, and the document."""
        return (*contract_tags(self.lease, self.contract), f"invoice:{self.invoice}")

    @property
    def net_minor(self) -> int:
        """Σ net of the lines."""
        return net_of_lines(self.lines)

    @property
    def vat_minor(self) -> int:
        """Σ VAT of the lines."""
        return vat_of_lines(self.lines)

    @property
    def gross_minor(self) -> int:
        """The amount that is owed."""
        return self.net_minor + self.vat_minor


class LeaseIssued(Issued, frozen=True, kw_only=True):
    """A document of a lease."""

    lease: LeaseId


class InvoiceIssued(LeaseIssued, frozen=True, kw_only=True, tag="billing.invoice-issued"):
    """An invoice for the days of its lines. B3: one for each lease, charge and period. Never changed (B1)."""


class DebitNoteIssued(LeaseIssued, frozen=True, kw_only=True, tag="billing.debit-note-issued"):
    """More is owed for days already billed. `by_hand`: somebody asked for it, it is not the lease's schedule."""

    derived = ("accounting_on", "company", "due_on", "late_fee_per_day")
    reason: Text
    by_hand: bool = False

    @property
    def asked(self) -> tuple[Any, ...]:
        """The days and the net of each line: its tax follows."""
        return _asked(self, lines=tuple((line.from_on, line.until_on, line.net_minor) for line in self.lines))


class LateFeeAssessed(LeaseIssued, frozen=True, kw_only=True, tag="billing.late-fee-assessed"):
    """Interest on an overdue invoice: simple, a day's rate of what was open that day (domain §4.5, §14.5).

    principal_minor   the most that was open since it was due: late fees come to that at most
    days              those on which something was open; `spans` say how much (earlier facts have none: all of it was)
    taxable           the fee is part of the price: its lines carry the tax that it includes
    """

    derived = (
        "accounting_on", "company", "lease", "charge", "lines", "due_on", "principal_minor", "days", "rate_per_day",
        "late_fee_per_day", "spans",
    )  # fmt: skip
    on_invoice: Id
    principal_minor: int
    days: int
    rate_per_day: Ratio
    taxable: bool = False
    spans: tuple[LateFeeSpan, ...] = ()

    @property
    def about(self) -> tuple[str, ...]:
        """The lease, this document, and the invoice that is overdue."""
        return (f"lease:{self.lease}", f"invoice:{self.invoice}", f"invoice:{self.on_invoice}")


class Credited(BillingFact, frozen=True, kw_only=True):
    """Less is owed on a document than it says. Lines carry what is taken off; of a note in reverse it is negative."""

    lease: LeaseId | None = None
    credit_note: Id
    invoice: Id
    charge: Charge
    lines: tuple[DocumentLine, ...]
    reason: Text

    @property
    def contract(self) -> str | None:
        """The tag of the contract it belongs to, where that is no lease."""
        return None

    @property
    def about(self) -> tuple[str, ...]:
        """The lease or other contract, the note, and the invoice it takes from."""
        named = (f"credit-note:{self.credit_note}", f"invoice:{self.invoice}")
        return (*contract_tags(self.lease, self.contract), *named)

    @property
    def net_minor(self) -> int:
        """Σ net of the lines."""
        return net_of_lines(self.lines)

    @property
    def vat_minor(self) -> int:
        """Σ VAT of the lines."""
        return vat_of_lines(self.lines)

    @property
    def gross_minor(self) -> int:
        """The amount that is taken off."""
        return self.net_minor + self.vat_minor


def is_by_hand(fact: Issued | Credited) -> bool:
    """Tell a note that somebody asked for from one that the lease's schedule asks for."""
    return isinstance(fact, DebitNoteIssued | CreditNoteIssued) and fact.by_hand


class CreditNoteIssued(Credited, frozen=True, kw_only=True, tag="billing.credit-note-issued"):
    """Less is owed on a document of a lease. `by_hand`: somebody asked for it, it is not the lease's schedule.

    on_invoice   where it takes off a late fee: the document that was overdue
    """

    derived = ("accounting_on", "company", "lease", "charge", "by_hand", "on_invoice")
    lease: LeaseId
    by_hand: bool = False
    on_invoice: Id | None = None

    @property
    def asked(self) -> tuple[Any, ...]:
        """The net of all lines: how it is spread over them, and its tax, follow."""
        return _asked(self, lines=self.net_minor)

    @property
    def about(self) -> tuple[str, ...]:
        """The lease, the note, the document that it takes from, and the one whose late fee that is."""
        overdue = (f"invoice:{self.on_invoice}",) if self.on_invoice is not None else ()
        return (*super().about, *overdue)


class RentRecognised(LeaseBillingFact, frozen=True, kw_only=True, tag="billing.rent-recognised"):
    """Rent earned for days of a month; a later one for the same month carries the difference. May be negative."""

    month: Month
    fixed_minor: int
    variable_minor: int


class AccruedRentDerecognised(LeaseBillingFact, frozen=True, kw_only=True, tag="billing.accrued-rent-derecognised"):
    """Rent that a terminated lease had accrued and that will not be paid; negative: it was paid ahead (domain §4.2)."""

    amount_minor: int


OF_PAYMENT = ("accounting_on", "company", "bank_reference", "bank_account", "amount_minor")
"""The fields that the mirror of a payment has from it."""


class ReceiptRecorded(BillingFact, frozen=True, kw_only=True, tag="billing.receipt-recorded"):
    """Money came into the bank, on this value date (B5). `charge_minor`: what a bank on the way kept of the amount."""

    payment_noun = "receipt"
    derived = ("accounting_on",)
    receipt: Id
    bank_reference: BankReference
    amount_minor: int
    allocations: tuple[Allocation, ...] = ()
    bank_account: Id | None = None
    charge_minor: int = 0

    @property
    def asked(self) -> tuple[Any, ...]:
        """The allocations in no particular order, without what is known of their documents."""
        return _asked(self, allocations=amounts_of(self.allocations))

    @property
    def about(self) -> tuple[str, ...]:
        """The receipt, its bank reference, and what it pays."""
        return (f"receipt:{self.receipt}", f"bank:{self.bank_reference}", *paid_tags(self.allocations))


class AllocationFact(BillingFact, frozen=True, kw_only=True):
    """A change of what a receipt pays."""

    derived = ("accounting_on", "company")
    receipt: Id
    allocations: tuple[Allocation, ...]

    @property
    def asked(self) -> tuple[Any, ...]:
        """The allocations in no particular order, without what is known of their documents."""
        return _asked(self, allocations=amounts_of(self.allocations))

    @property
    def about(self) -> tuple[str, ...]:
        """The receipt, the documents and their leases."""
        return (f"receipt:{self.receipt}", *paid_tags(self.allocations))


class ReceiptAllocated(AllocationFact, frozen=True, kw_only=True, tag="billing.receipt-allocated"):
    """Some of a receipt pays these invoices."""


class ReceiptUnallocated(AllocationFact, frozen=True, kw_only=True, tag="billing.receipt-unallocated"):
    """It does not pay them after all."""

    reason: Text


class ReceiptReversed(BillingFact, frozen=True, kw_only=True, tag="billing.receipt-reversed"):
    """The bank took it back, or it never was: the mirror of what it posted and still pays (J6). `claim`: the document
    that asks for what had been paid back of it."""

    payment_noun = "receipt"
    frees_reference = True
    derived = (*OF_PAYMENT, "charge_minor", "allocations")
    receipt: Id
    bank_reference: BankReference
    amount_minor: int
    allocations: tuple[Allocation, ...]
    reason: Text
    claim: Id | None = None
    bank_account: Id | None = None
    charge_minor: int = 0

    @property
    def about(self) -> tuple[str, ...]:
        """The receipt, its bank reference, which is free again, and the documents that are open again."""
        return (f"receipt:{self.receipt}", f"bank:{self.bank_reference}", *paid_tags(self.allocations))


class RefundFact(BillingFact, frozen=True, kw_only=True):
    """Money of a receipt that paid nothing went back to whoever sent it, or did not. `refund` names the payment."""

    payment_noun = "refund"
    derived: ClassVar[tuple[str, ...]] = ("accounting_on", "company")
    receipt: Id
    refund: Id
    bank_reference: BankReference
    amount_minor: int
    bank_account: Id | None = None

    @property
    def about(self) -> tuple[str, ...]:
        """The receipt, the refund and its bank reference."""
        return (f"receipt:{self.receipt}", f"refund:{self.refund}", f"bank:{self.bank_reference}")


class ReceiptRefunded(RefundFact, frozen=True, kw_only=True, tag="billing.receipt-refunded"):
    """The money went back."""


class RefundReversed(RefundFact, frozen=True, kw_only=True, tag="billing.refund-reversed"):
    """The refund came back, or it never was: the mirror of what it posted (J6). Its bank reference is free again."""

    frees_reference = True
    derived = OF_PAYMENT
    reason: Text


class RefundClaimed(Issued, frozen=True, kw_only=True, tag="billing.refund-claimed"):
    """A receipt bounced after some of it was paid back: whoever sent it owes that. It is free in the receipt again."""

    receipt: Id

    @property
    def about(self) -> tuple[str, ...]:
        """The document, and the receipt."""
        return (*super().about, f"receipt:{self.receipt}")


ALLOWANCE_TAG = "allowance"
"""Every fact that moves the loss allowance."""


class ToGiveUp(UnpostedFact, frozen=True, kw_only=True):
    """Something about a proposal to give up an open amount."""

    write_off: Id

    @property
    def tags(self) -> tuple[str, ...]:
        """The tenant, the proposal and the invoice."""
        return (f"tenant:{self.company}", f"write-off:{self.write_off}", f"invoice:{self.invoice}")


class WriteOffProposed(ToGiveUp, frozen=True, kw_only=True, tag="billing.write-off-proposed"):
    """Somebody asks to give up an open amount."""

    derived = ("company", "proposed_by")
    amount_minor: int
    reason: Text
    proposed_by: Id


class WriteOffApproved(BillingFact, frozen=True, kw_only=True, tag="billing.write-off-approved"):
    """A second person agreed: the amount is owed no more, at the cost of the loss allowance."""

    derived = ("accounting_on", "company", "lease", "amount_minor", "proposed_by", "approved_by", "contract")
    lease: LeaseId | None = None
    write_off: Id
    invoice: Id
    amount_minor: int
    proposed_by: Id
    approved_by: Id
    contract: Text | None = None

    @property
    def about(self) -> tuple[str, ...]:
        """The lease or other contract, the proposal, the document, and the allowance that it uses."""
        named = (f"write-off:{self.write_off}", f"invoice:{self.invoice}", ALLOWANCE_TAG)
        return (*contract_tags(self.lease, self.contract), *named)


class WriteOffRejected(ToGiveUp, frozen=True, kw_only=True, tag="billing.write-off-rejected"):
    """The proposal to give up an open amount was turned down, or taken back."""

    derived = ("company", "rejected_by")
    reason: Text
    rejected_by: Id


class WriteOffRecovered(BillingFact, frozen=True, kw_only=True, tag="billing.write-off-recovered"):
    """So much of a write-off is owed after all: the mirror of what it posted. The allowance has it back."""

    derived = ("accounting_on", "company", "lease", "contract")
    lease: LeaseId | None = None
    write_off: Id
    invoice: Id
    amount_minor: int
    reason: Text
    contract: Text | None = None

    @property
    def about(self) -> tuple[str, ...]:
        """The lease or other contract, the write-off, the document, and the allowance that has it back."""
        named = (f"write-off:{self.write_off}", f"invoice:{self.invoice}", ALLOWANCE_TAG)
        return (*contract_tags(self.lease, self.contract), *named)


class EclMeasured(PostingFact, frozen=True, kw_only=True, tag="billing.ecl-measured"):
    """Expected credit loss (IFRS 9 simplified): the allowance at the date, and how far it moved. `recorded`: the
    position of the ageing it rests on."""

    derived = ("accounting_on", "allowance_minor", "movement_minor")
    measurement: Id
    recorded: int
    exposures: tuple[Exposure, ...]
    allowance_minor: int
    movement_minor: int

    @property
    def tags(self) -> tuple[str, ...]:
        """The allowance, and the month."""
        return (ALLOWANCE_TAG, f"ecl:{self.measurement}", self.books_tag)


class AllowanceRestated(PostingFact, frozen=True, kw_only=True, tag="billing.allowance-restated"):
    """Something moved the allowance before a measurement that was recorded earlier. On the measurement's day the
    allowance is what was measured, so it moves back by as much (domain §14.6). `cause`: what moved it."""

    measurement: Id
    movement_minor: int
    cause: Text

    @property
    def tags(self) -> tuple[str, ...]:
        """The allowance, the measurement, and the month."""
        return (ALLOWANCE_TAG, f"ecl:{self.measurement}", self.books_tag)


class DepositFact(LeaseBillingFact, frozen=True, kw_only=True):
    """A tenant's deposit moved. `deposit` names the movement."""

    movement: ClassVar[Movement]
    payment_noun = "deposit"
    derived: ClassVar[tuple[str, ...]] = ("accounting_on", "company")
    amount_minor: int
    deposit: Id

    @property
    def about(self) -> tuple[str, ...]:
        """The lease and the movement."""
        return (f"lease:{self.lease}", f"deposit:{self.deposit}")


class DepositInBank(DepositFact, frozen=True, kw_only=True):
    """Money of a deposit came into the bank, or left it."""

    bank_reference: BankReference
    bank_account: Id | None = None

    @property
    def about(self) -> tuple[str, ...]:
        """The lease, the movement and the bank reference."""
        return (*super().about, f"bank:{self.bank_reference}")


class DepositReceived(DepositInBank, frozen=True, kw_only=True, tag="billing.deposit-received"):
    """The tenant paid a deposit."""

    movement: ClassVar[Movement] = "RECEIVED"


class DepositApplied(DepositFact, frozen=True, kw_only=True, tag="billing.deposit-applied"):
    """Deposit paid an invoice of the same lease."""

    movement: ClassVar[Movement] = "APPLIED"
    invoice: Id

    @property
    def about(self) -> tuple[str, ...]:
        """The lease, the movement and the invoice."""
        return (*super().about, f"invoice:{self.invoice}")


class DepositForfeited(DepositFact, frozen=True, kw_only=True, tag="billing.deposit-forfeited"):
    """The tenant lost deposit. Where that is taxable, `vat_minor` is the tax that `amount_minor` includes."""

    movement: ClassVar[Movement] = "FORFEITED"
    derived = ("accounting_on", "company", "vat_minor")
    reason: Text
    vat_rate: Ratio = "0"
    vat_minor: int = 0


class DepositRefunded(DepositInBank, frozen=True, kw_only=True, tag="billing.deposit-refunded"):
    """Deposit was paid back."""

    movement: ClassVar[Movement] = "REFUNDED"


class DepositMoved(DepositFact, frozen=True, kw_only=True, tag="billing.deposit-moved"):
    """Deposit of a lease is held for another lease of the tenant, the one that follows it. No money moved."""

    movement: ClassVar[Movement] = "MOVED"
    to_lease: LeaseId
    reason: Text
    document: Evidence | None = None

    @property
    def about(self) -> tuple[str, ...]:
        """Both leases and the movement."""
        return (*super().about, f"lease:{self.to_lease}")


class DepositReversed(LeaseBillingFact, frozen=True, kw_only=True, tag="billing.deposit-reversed"):
    """A movement of a deposit did not happen, or what it paid is owed no more: the mirror of what it posted (J6).

    deposit    the movement that is taken back, by `amount_minor` of it
    movement   what it was, `moved_on` its day; `invoice`, `bank_reference`, `vat_minor`, `to_lease`: its own
    """

    payment_noun = "deposit"
    frees_reference = True
    derived = (*OF_PAYMENT, "movement", "moved_on", "invoice", "vat_minor")
    deposit: Id
    movement: Movement
    moved_on: date
    amount_minor: int
    reason: Text
    invoice: Id | None = None
    bank_reference: BankReference | None = None
    vat_minor: int = 0
    bank_account: Id | None = None
    to_lease: LeaseId | None = None

    @property
    def about(self) -> tuple[str, ...]:
        """The leases, the movement, the document that is open again, the bank reference that is free again."""
        named = (("lease", self.to_lease), ("invoice", self.invoice), ("bank", self.bank_reference))
        more = (f"{kind}:{name}" for kind, name in named if name is not None)
        return (f"lease:{self.lease}", f"deposit:{self.deposit}", *more)
