"""Everything that is recorded of VAT returns and their payment.

Fact (vat.…)       Posts   About
return-proposed    no      somebody asks to file a month's return, on these figures
return-rejected    no      it is not filed like that
return-filed       yes     a second person filed it: what is payable goes from 2221.01 and 2221.02 to 2221.03
return-withdrawn   yes     it was wrong, and is filed anew: its mirror
paid               yes     the bank paid what a return came to, or a part of it
payment-returned   yes     it came back, or was recorded wrong: its mirror

A return says of each month of the books what it takes of it: its own month, and what was posted to earlier ones after
their returns were filed. What it knew is everything before its own position in the log.

Names are storage: a tag below is written into every stored fact and never changes.
"""

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from ledger.decider import Fact, Id, Text
from ledger.once.bank import BankReference
from ledger.periods import Month, PostingFact
from ledger.values.evidence import Evidence

VAT_TAG = "vat-returns"
"""Every fact about a return or its payment carries this tag: returns follow one another."""


class Taken(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The VAT that a return takes from a month of the books, in CNY minor units: output, input of suppliers, import."""

    month: Month
    output_minor: int = 0
    input_minor: int = 0
    import_minor: int = 0


class Figures(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The figures of a return.

    held             purchases whose input VAT is left for a later return: not certified yet
    carried_in_minor the input VAT that the return before could not use
    """

    taken: tuple[Taken, ...]
    held: tuple[Id, ...] = ()
    carried_in_minor: int = 0

    @property
    def output_minor(self) -> int:
        """The output VAT."""
        return sum(one.output_minor for one in self.taken)

    @property
    def input_minor(self) -> int:
        """The input VAT of suppliers' invoices."""
        return sum(one.input_minor for one in self.taken)

    @property
    def import_minor(self) -> int:
        """The VAT paid to customs."""
        return sum(one.import_minor for one in self.taken)

    @property
    def _due_minor(self) -> int:
        return self.output_minor - self.input_minor - self.import_minor - self.carried_in_minor

    @property
    def payable_minor(self) -> int:
        """The amount to be paid; nothing where more was paid to others than taken from them."""
        return max(self._due_minor, 0)

    @property
    def carried_out_minor(self) -> int:
        """The input VAT that the next return may use."""
        return max(-self._due_minor, 0)


class VatReturnProposed(Fact, frozen=True, kw_only=True, tag="vat.return-proposed"):
    """Somebody asks to file the return of a month. A later proposal takes the place of an earlier one."""

    derived: ClassVar[tuple[str, ...]] = ("proposed_by",)
    month: Month
    figures: Figures
    proposed_by: Id

    @property
    def late(self) -> tuple[str, ...]:
        """The earlier months that it takes something of."""
        return tuple(one.month for one in self.figures.taken if one.month != self.month)

    @property
    def tags(self) -> tuple[str, ...]:
        """All returns are found together, and each alone."""
        return (VAT_TAG, f"vat-return:{self.month}")


class VatReturnRejected(Fact, frozen=True, kw_only=True, tag="vat.return-rejected"):
    """The return is not filed as it was proposed."""

    derived: ClassVar[tuple[str, ...]] = ("rejected_by",)
    month: Month
    reason: Text
    rejected_by: Id

    @property
    def tags(self) -> tuple[str, ...]:
        """All returns are found together, and each alone."""
        return (VAT_TAG, f"vat-return:{self.month}")


class VatReturnFiled(PostingFact, frozen=True, kw_only=True, tag="vat.return-filed"):
    """A second person filed it, on the figures proposed. `acknowledgement`: what the tax office calls it."""

    derived: ClassVar[tuple[str, ...]] = ("accounting_on", "figures", "proposed_by", "filed_by")
    month: Month
    figures: Figures
    acknowledgement: Text | None = None
    proposed_by: Id
    filed_by: Id

    @property
    def tags(self) -> tuple[str, ...]:
        """All returns, this one, and the month that it posts to."""
        return (VAT_TAG, f"vat-return:{self.month}", self.books_tag)


class VatReturnWithdrawn(PostingFact, frozen=True, kw_only=True, tag="vat.return-withdrawn"):
    """A return was wrong: its mirror. The month is filed anew."""

    derived: ClassVar[tuple[str, ...]] = ("accounting_on", "reversed", "withdrawn_by")
    month: Month
    reversed: VatReturnFiled
    reason: Text
    withdrawn_by: Id

    @property
    def tags(self) -> tuple[str, ...]:
        """All returns, this one, and the month that it posts to."""
        return (VAT_TAG, f"vat-return:{self.month}", self.books_tag)


class VatPaid(PostingFact, frozen=True, kw_only=True, tag="vat.paid"):
    """The bank paid what a return came to, or a part of it. `effective_on` is the value date."""

    payment_noun = "vat_payment"
    derived: ClassVar[tuple[str, ...]] = ("accounting_on",)
    vat_payment: Id
    month: Month
    amount_minor: Annotated[int, Meta(gt=0)]
    bank_reference: BankReference
    bank_account: Id | None = None
    evidence: Evidence | None = None

    @property
    def tags(self) -> tuple[str, ...]:
        """All returns, this one, the payment, its reference and account, the month that it posts to."""
        named = (VAT_TAG, f"vat-return:{self.month}", f"vat-payment:{self.vat_payment}", f"bank:{self.bank_reference}")
        return (*named, *self.account_tags, self.books_tag)


class VatPaymentReturned(PostingFact, frozen=True, kw_only=True, tag="vat.payment-returned"):
    """A payment came back, or was recorded wrong: its mirror, and its bank reference is free again."""

    payment_noun = "vat_payment"
    frees_reference = True
    derived: ClassVar[tuple[str, ...]] = ("accounting_on", "reversed")
    vat_payment: Id
    reversed: VatPaid
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
    def tags(self) -> tuple[str, ...]:
        """Those of the payment, but the month is that of this fact."""
        tags = (tag for tag in self.reversed.tags if tag != self.reversed.books_tag)
        return tuple(dict.fromkeys((*tags, self.books_tag)))
