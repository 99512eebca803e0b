"""Everything that is recorded of purchases: what suppliers ask for, and every payment of what MCSC owes.

Fact (purchase.…)      Posts   About
invoice-recorded       yes     a supplier's invoice, under its own number
credit-note-recorded   yes     a supplier takes something off an invoice
customs-declared       yes     duty and import VAT of equipment, owed to customs
document-withdrawn     yes     one of these was recorded by mistake: its mirror
payment-proposed       no      somebody asks to pay what is owed to one party
payment-rejected       no      it is not paid
supplier-paid          yes     a second person agreed, and the bank paid
payment-returned       yes     it came back, or was recorded wrong: its mirror
payables-remeasured    yes     foreign payables at a month's end (IAS 21.23, .28); or out again on a later day

A payable is found by a tag: a purchase by `purchase:`, a generator's share of an energy invoice by `invoice:`, damages
of an agreement by `offtake:`. Payments carry the tags of all that they pay.
"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct

from ledger.decider import Fact, Id, Text
from ledger.once.bank import BankReference
from ledger.periods import Month, PostingFact
from ledger.rates import RateValue, Series
from ledger.values.currencies import Currency
from ledger.values.evidence import Evidence
from ledger.values.money import Ratio

PurchaseKind = Literal["INVENTORY", "ENERGY", "PROPERTY", "SELLING", "ADMINISTRATION", "ASSET", "PREPAID"]
"""What a line of a purchase is for: equipment of an order that MCSC sells itself, energy that it sells on, keeping
buildings, selling, running the office; what is kept and used for years; what is paid ahead of the months it is for."""

SupplierNumber = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9/._-]{0,39}$(?!\n)",
        description="The supplier's own number of a document, or a tax invoice's: letters, digits, / . _ -, up to 40.",
    ),
]
InvoiceCode = Annotated[
    str,
    Meta(
        pattern=r"^([0-9]{10}|[0-9]{12})$(?!\n)",
        description="The code of a tax invoice whose number has 8 digits: 10 or 12 digits.",
    ),
]


class PurchaseLine(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A line of a purchase: minor units of its currency, and CNY at the rate of the day.

    deductible   its VAT is input VAT; else that is part of the cost
    order        whose equipment it is
    sold         that equipment was accepted already: a cost at once, and never inventory
    rate_reason  why the rate is right, where the table of rates has no such on the day
    """

    kind: PurchaseKind
    net_minor: int
    vat_rate: Ratio
    vat_minor: int
    net_cny_minor: int
    vat_cny_minor: int
    deductible: bool = True
    order: Id | None = None
    sold: bool = False
    text: Text | None = None
    rate_reason: Text | None = None

    @property
    def asked(self) -> tuple[Any, ...]:
        """The line as it was asked for."""
        words = (self.text, self.rate_reason)
        return (self.kind, self.net_minor, self.vat_rate, self.vat_minor, self.deductible, self.order, *words)

    @property
    def cost_cny_minor(self) -> int:
        """The cost in CNY: its net amount, with VAT that is not deducted."""
        return self.net_cny_minor + (0 if self.deductible else self.vat_cny_minor)


# Facts

# Names are storage: a tag below is written into every stored fact and never changes.


class PurchaseFact(PostingFact, frozen=True, kw_only=True):
    """A document of a supplier. `purchase` is the id that it has here."""

    derived: ClassVar[tuple[str, ...]] = ("accounting_on", "rate", "lines")
    sign: ClassVar[int] = 1
    purchase: Id
    supplier: Id
    number: SupplierNumber
    code: InvoiceCode | None = None
    currency: Currency = "CNY"
    rate_series: Series | None = None
    rate: str = "1"
    lines: tuple[PurchaseLine, ...]
    evidence: Evidence | None = None

    @property
    def asked(self) -> tuple[Any, ...]:
        """The content that was asked for; what an order's state adds to the lines is left out."""
        return (*super().asked, *(line.asked for line in self.lines))

    @property
    def topic(self) -> tuple[Any, ...]:
        """The document."""
        return ("purchase", self.purchase)

    @property
    def key(self) -> str:
        """The tag of the supplier's own number: no document is recorded twice."""
        return key_of(self.supplier, self.code, self.number)

    @property
    def about(self) -> tuple[str, ...]:
        """Further tags."""
        return ()

    @property
    def tags(self) -> tuple[str, ...]:
        """The document, its supplier and number, the orders that it is for, the month that it posts to."""
        orders = (f"order:{line.order}" for line in self.lines if line.order is not None)
        named = (f"purchase:{self.purchase}", *self.about, f"party:{self.supplier}", self.key)
        return tuple(dict.fromkeys((*named, *orders, self.books_tag)))

    @property
    def gross_minor(self) -> int:
        """The amount of the document, in its currency."""
        return sum(line.net_minor + line.vat_minor for line in self.lines)

    @property
    def gross_cny_minor(self) -> int:
        """The amount of the document in CNY."""
        return sum(line.net_cny_minor + line.vat_cny_minor for line in self.lines)

    @property
    def stock(self) -> Iterator[tuple[str, int]]:
        """The orders whose inventory it adds to, and by how much, in CNY."""
        for line in self.lines:
            if line.order is not None and not line.sold:
                yield line.order, self.sign * line.cost_cny_minor


def key_of(supplier: str, code: str | None, number: str) -> str:
    """The tag of a supplier's own number."""
    return f"supplier-invoice:{supplier}/{code or '-'}/{number}"


def keys_beside(supplier: str, code: str | None, number: str) -> tuple[str, ...]:
    """The tags by which documents are found that may be the same, told with or without the code of their number.

    Without a code nobody knows which one it has: all of the supplier's are looked at, where the number can have one.
    """
    if code is not None:
        return (key_of(supplier, None, number),)
    return (f"party:{supplier}",) if is_coded(number) else ()


def is_coded(number: str) -> bool:
    """Tell whether a number is one that goes with a code: 8 digits. A fully digitalised one has 20, and no code."""
    return len(number) == 8 and number.isdigit()


class PurchaseInvoiceRecorded(PurchaseFact, frozen=True, kw_only=True, tag="purchase.invoice-recorded"):
    """A supplier asks for money. `effective_on` is the date of its invoice."""

    due_on: date


class SupplierCreditNoteRecorded(PurchaseFact, frozen=True, kw_only=True, tag="purchase.credit-note-recorded"):
    """A supplier takes something off an invoice, at the rate that this was recorded at."""

    sign: ClassVar[int] = -1
    invoice: Id
    reason: Text

    @property
    def about(self) -> tuple[str, ...]:
        """The invoice that it takes from."""
        return (f"purchase:{self.invoice}",)


class CustomsDeclared(PurchaseFact, frozen=True, kw_only=True, tag="purchase.customs-declared"):
    """Equipment of an order came through customs: its line is the duty, with the import VAT. `supplier`: customs."""

    due_on: date


class PurchaseWithdrawn(PostingFact, frozen=True, kw_only=True, tag="purchase.document-withdrawn"):
    """A document was recorded by mistake: its mirror, and its number is free again."""

    derived: ClassVar[tuple[str, ...]] = ("accounting_on", "supplier", "reversed")
    purchase: Id
    supplier: Id
    reversed: PurchaseInvoiceRecorded | SupplierCreditNoteRecorded | CustomsDeclared
    reason: Text

    @property
    def tags(self) -> tuple[str, ...]:
        """Those of the document, but the month is that of this fact."""
        tags = (tag for tag in self.reversed.tags if tag != self.reversed.books_tag)
        return tuple(dict.fromkeys((*tags, self.books_tag)))

    @property
    def stock(self) -> Iterator[tuple[str, int]]:
        """The orders whose inventory it takes from, and by how much, in CNY."""
        for order, minor in self.reversed.stock:
            yield order, -minor


# Payments


class PaidItem(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A part of a payment, for one payable: minor units of its currency; negative where the party owes it back.

    payable          the tag that finds it: purchase:p-1, invoice:e-1, offtake:o-1
    carrying_minor   the CNY that so much of it stood at in the books
    """

    payable: Text
    document: Id
    amount_minor: int
    carrying_minor: int = 0


class PaymentStep(Fact, frozen=True, kw_only=True):
    """A step of a payment that moves no money."""

    payment: Id
    supplier: Id

    @property
    def tags(self) -> tuple[str, ...]:
        """The payment and its party."""
        return (f"supplier-payment:{self.payment}", f"party:{self.supplier}")


class SupplierPaymentProposed(PaymentStep, frozen=True, kw_only=True, tag="purchase.payment-proposed"):
    """Somebody asks to pay what is owed to one party. `bank_account`: the one that it shall leave."""

    derived = ("proposed_by",)
    currency: Currency = "CNY"
    items: tuple[PaidItem, ...]
    bank_account: Id | None = None
    reason: Text | None = None
    proposed_by: Id

    @property
    def documents(self) -> tuple[str, ...]:
        """The documents that it pays."""
        return tuple(item.document for item in self.items)

    @property
    def amount_minor(self) -> int:
        """The sum that leaves the bank."""
        return sum(item.amount_minor for item in self.items)


class SupplierPaymentRejected(PaymentStep, frozen=True, kw_only=True, tag="purchase.payment-rejected"):
    """The payment is not made."""

    derived = ("rejected_by",)
    reason: Text
    rejected_by: Id


class SupplierPaid(PostingFact, frozen=True, kw_only=True, tag="purchase.supplier-paid"):
    """A second person agreed, and the bank paid. `effective_on` is the value date, `rate` the rate of that day."""

    payment_noun = "payment"
    derived: ClassVar[tuple[str, ...]] = (
        *("accounting_on", "currency", "items", "rate", "cny_minor", "bank_account", "proposed_by", "approved_by"),
    )
    payment: Id
    supplier: Id
    currency: Currency = "CNY"
    items: tuple[PaidItem, ...]
    rate_series: Series | None = None
    rate: str = "1"
    cny_minor: int
    bank_reference: BankReference
    bank_account: Id | None = None
    proposed_by: Id
    approved_by: Id

    @property
    def amount_minor(self) -> int:
        """The sum that left the bank."""
        return sum(item.amount_minor for item in self.items)

    @property
    def tags(self) -> tuple[str, ...]:
        """The payment and its party, what it pays, the bank's reference, the month it posts to."""
        named = (f"supplier-payment:{self.payment}", f"party:{self.supplier}", f"bank:{self.bank_reference}")
        payables = (item.payable for item in self.items)
        return tuple(dict.fromkeys((*named, *payables, *self.account_tags, self.books_tag)))


class SupplierPaymentReturned(PostingFact, frozen=True, kw_only=True, tag="purchase.payment-returned"):
    """A payment came back, or was recorded wrong: its mirror, and its bank reference is free again."""

    payment_noun = "payment"
    frees_reference = True
    derived: ClassVar[tuple[str, ...]] = ("accounting_on", "supplier", "reversed")
    payment: Id
    supplier: Id
    reversed: SupplierPaid
    reason: Text

    @property
    def bank(self) -> str | None:
        """The bank reference of the payment."""
        return self.reversed.bank_reference

    @property
    def on_account(self) -> str | None:
        """The bank account of the payment."""
        return self.reversed.bank_account

    @property
    def bank_currency(self) -> str:
        """The currency of the payment."""
        return self.reversed.currency

    @property
    def tags(self) -> tuple[str, ...]:
        """Those of the payment, but the month is that of this fact."""
        tags = (tag for tag in self.reversed.tags if tag != self.reversed.books_tag)
        return tuple(dict.fromkeys((*tags, self.books_tag)))


# Remeasurement


class RemeasuredPayable(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A foreign payable: where it stood in CNY, and where it stands at the rate of the day. `payable`: its tag."""

    payable: Text
    document: Id
    supplier: Id
    currency: Currency
    amount_minor: int
    rate_series: Series
    rate: RateValue
    carrying_minor: int
    revalued_minor: int

    @property
    def difference_minor(self) -> int:
        """The amount by which more is owed in CNY: an exchange loss."""
        return self.revalued_minor - self.carrying_minor


class PayablesRemeasured(PostingFact, frozen=True, kw_only=True, tag="purchase.payables-remeasured"):
    """Foreign payables stand at the rate of a month's last day; or as they stood, on the day of what was recorded of
    them since."""

    derived: ClassVar[tuple[str, ...]] = ("accounting_on", "items")
    month: Month
    items: tuple[RemeasuredPayable, ...]

    @property
    def tags(self) -> tuple[str, ...]:
        """The payables, their parties and the month."""
        named = (tag for item in self.items for tag in (item.payable, f"party:{item.supplier}"))
        return tuple(dict.fromkeys((*named, self.books_tag)))
