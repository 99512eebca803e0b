"""What moves money for an offtake agreement: invoices and credits that tenants' accounts show, make-up, damages.

Fact (energy.…)            Posts for SELLER                       for SETTLEMENT_AGENT
invoiced                   a run's difference is owed             owed by the buyer, to the generator less our fee
take-or-pay-invoiced       a liability where there is a make-up   the same way
                           right, revenue where there is none
credited                   the mirror of one of these             the mirror
make-up-taken, -expired    liability becomes revenue              nothing: the right is the generator's
guarantee-ld-credited      damages, off an invoice                off an invoice, borne by the generator
guarantee-ld-assessed      damages, owed to the buyer             nothing: the generator owes them

They stand beside the facts of billing: receipts pay them, accounts and ageing show them.
"""

from typing import ClassVar

from ledger.billing.document import Credited, Issued
from ledger.decider import Id
from ledger.offtake.record import Lot, Year
from ledger.offtake.rules import OfftakeId
from ledger.periods import Month, PostingFact
from ledger.values.evidence import Evidence

# Names are storage: a tag below is written into every stored fact and never changes.


class EnergyIssued(Issued, frozen=True, kw_only=True):
    """A document of an offtake agreement; `company` is the buyer.

    generator, fee_minor, fee_vat_minor   of a settlement agent: whom the money is owed to, and what is kept of it
    """

    agreement: OfftakeId
    generator: Id | None = None
    fee_minor: int = 0
    fee_vat_minor: int = 0

    @property
    def contract(self) -> str:
        """The agreement's tag."""
        return f"offtake:{self.agreement}"


class EnergyInvoiced(EnergyIssued, frozen=True, kw_only=True, tag="energy.invoiced"):
    """A run of a month: what it comes to more than the run before. `effective_on` is the month's last day."""

    month: Month
    run: int


class TakeOrPayInvoiced(EnergyIssued, frozen=True, kw_only=True, tag="energy.take-or-pay-invoiced"):
    """A contract year's shortfall. `make_up`: what is paid for may be taken later, so it is not earned yet (IFRS
    15.B44-B47)."""

    year: Year
    run: int
    make_up: bool = False


class EnergyCredited(Credited, frozen=True, kw_only=True, tag="energy.credited"):
    """Less is owed on a document of the agreement than it says.

    make_up   it takes off a shortfall that was a liability
    """

    agreement: OfftakeId
    generator: Id | None = None
    fee_minor: int = 0
    fee_vat_minor: int = 0
    make_up: bool = False

    @property
    def contract(self) -> str:
        """The agreement's tag."""
        return f"offtake:{self.agreement}"


class GuaranteeLdCredited(Credited, frozen=True, kw_only=True, tag="energy.guarantee-ld-credited"):
    """Damages for energy guaranteed and not delivered, taken off an invoice: less revenue (variable consideration)."""

    agreement: OfftakeId
    generator: Id | None = None
    year: Year
    replacement_price: str
    evidence: Evidence

    @property
    def contract(self) -> str:
        """The agreement's tag."""
        return f"offtake:{self.agreement}"


class AgreementPosting(PostingFact, frozen=True, kw_only=True):
    """Something that posts for an agreement and stands in no tenant's account."""

    derived: ClassVar = ("accounting_on", "company")
    agreement: OfftakeId
    company: Id

    @property
    def tags(self) -> tuple[str, ...]:
        """The agreement, its buyer, and the month it posts to."""
        return (f"offtake:{self.agreement}", f"party:{self.company}", self.books_tag)


class GuaranteeLdAssessed(AgreementPosting, frozen=True, kw_only=True, tag="energy.guarantee-ld-assessed"):
    """Damages for energy guaranteed and not delivered, owed to the buyer."""

    year: Year
    amount_minor: int
    replacement_price: str
    evidence: Evidence


class MakeUpTaken(AgreementPosting, frozen=True, kw_only=True, tag="energy.make-up-taken"):
    """What was paid for in earlier years is delivered in this one."""

    year: Year
    lots: tuple[Lot, ...]


class MakeUpExpired(AgreementPosting, frozen=True, kw_only=True, tag="energy.make-up-expired"):
    """What was paid for is never taken: breakage."""

    year: Year
    lots: tuple[Lot, ...]
