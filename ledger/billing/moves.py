"""What each fact moves for a tenant: the sums of documents, receipts, deposits and accrued rent.

DocumentMove   one of a document's sums grows, or shrinks again
Moves, moves   moves(fact) -> everything that a fact moves; sums of these do not depend on the order of the facts
MOVING         the facts that move anything

Whoever keeps accounts sums these: decisions in account.py, and the read models of what tenants owe.
"""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from ledger.billing.facts import (
    AccruedRentDerecognised,
    Allocation,
    AllocationFact,
    BillingFact,
    Credited,
    DepositApplied,
    DepositFact,
    DepositReceived,
    Issued,
    ReceiptAllocated,
    ReceiptRecorded,
    ReceiptReversed,
    RentRecognised,
    WriteOffApproved,
    is_by_hand,
)

DocumentSum = Literal["gross_minor", "credited_minor", "paid_minor", "deposited_minor", "written_off_minor"]
"""What a document asks for, and what is taken off it: by credit notes, receipts, deposits, write-offs."""


class DocumentMove(Struct, frozen=True):
    """One sum of a document grows by so many minor units; negative: it shrinks again.

    lease     the document's, as the fact has it; None where it is of another contract
    receipt   the one that pays, where `total` is what receipts paid
    """

    invoice: str
    lease: str | None
    total: DocumentSum
    amount_minor: int
    receipt: str | None = None

    @property
    def open_minor(self) -> int:
        """How much more is open of the document."""
        return self.amount_minor if self.total == "gross_minor" else -self.amount_minor


class Moves(Struct, frozen=True, kw_only=True):
    """Everything that one fact moves, in minor units.

    receipts   (receipt, how much more of it pays nothing yet)
    deposits   (lease, how much more is held)
    accrued    (lease, how much more rent is earned than billed)
    """

    documents: tuple[DocumentMove, ...] = ()
    receipts: tuple[tuple[str, int], ...] = ()
    deposits: tuple[tuple[str, int], ...] = ()
    accrued: tuple[tuple[str, int], ...] = ()


NO_MOVES = Moves()

MOVING = (
    Issued,
    Credited,
    WriteOffApproved,
    DepositFact,
    ReceiptRecorded,
    AllocationFact,
    ReceiptReversed,
    RentRecognised,
    AccruedRentDerecognised,
)
"""The facts that move what a tenant owes, has paid, or has had without being billed."""


def moves(fact: BillingFact) -> Moves:
    """List what a fact moves."""
    match fact:
        case Issued():
            issued = DocumentMove(fact.invoice, fact.lease, "gross_minor", fact.gross_minor)
            return Moves(documents=(issued,), accrued=_billed_rent(fact, -1))
        case Credited():
            credited = DocumentMove(fact.invoice, fact.lease, "credited_minor", fact.gross_minor)
            return Moves(documents=(credited,), accrued=_billed_rent(fact, 1))
        case RentRecognised():
            return Moves(accrued=((fact.lease, fact.fixed_minor + fact.variable_minor),))
        case AccruedRentDerecognised():
            return Moves(accrued=((fact.lease, -fact.amount_minor),))
        case WriteOffApproved():
            given_up = DocumentMove(fact.invoice, fact.lease, "written_off_minor", fact.amount_minor)
            return Moves(documents=(given_up,))
        case DepositReceived():
            return Moves(deposits=((fact.lease, fact.amount_minor),))
        case DepositApplied():
            applied = DocumentMove(fact.invoice, fact.lease, "deposited_minor", fact.amount_minor)
            return Moves(documents=(applied,), deposits=((fact.lease, -fact.amount_minor),))
        case DepositFact():
            return Moves(deposits=((fact.lease, -fact.amount_minor),))
        case ReceiptRecorded():
            return _paid(fact.receipt, fact.amount_minor, fact.allocations, 1)
        case ReceiptReversed():
            return _paid(fact.receipt, -fact.amount_minor, fact.allocations, -1)
        case AllocationFact():
            return _paid(fact.receipt, 0, fact.allocations, 1 if isinstance(fact, ReceiptAllocated) else -1)
    return NO_MOVES


def _billed_rent(fact: Issued | Credited, sign: int) -> tuple[tuple[str, int], ...]:
    """Billing scheduled rent reduces accrued rent; notes by hand do not."""
    scheduled = fact.charge == "RENT" and not is_by_hand(fact)
    return ((fact.lease, sign * fact.net_minor),) if scheduled and fact.lease is not None else ()


def _paid(receipt: str, received_minor: int, allocations: Iterable[Allocation], sign: int) -> Moves:
    """Money comes in (or goes back), and pays these documents (or no longer does)."""
    documents = tuple(
        DocumentMove(one.invoice, one.lease, "paid_minor", sign * one.amount_minor, receipt) for one in allocations
    )
    paid_minor = sum(document.amount_minor for document in documents)
    return Moves(documents=documents, receipts=((receipt, received_minor - paid_minor),))
