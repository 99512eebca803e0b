"""What each fact moves for a tenant: the sums of documents, receipts, deposits and accrued rent.

DocumentMove   one of a document's sums grows, or shrinks again
PAYS           the facts of receipts, and whether they pay documents or no longer do
Moves, moves   moves(fact) -> everything that a fact moves; sums of these do not depend on the order of the facts
moves_of       what of it is in one tenant's account; tenants_of: the tenants whose accounts it moves
MOVING         the facts that move anything

Whoever keeps accounts sums these: decisions in account.py, and the read models of what tenants owe.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from ledger.billing.facts import (
    AccruedRentDerecognised,
    AllocationFact,
    BillingFact,
    Credited,
    DepositApplied,
    DepositForfeited,
    DepositMoved,
    DepositReceived,
    DepositRefunded,
    DepositReversed,
    Issued,
    ReceiptAllocated,
    ReceiptRecorded,
    ReceiptRefunded,
    ReceiptReversed,
    ReceiptUnallocated,
    RefundClaimed,
    RefundReversed,
    RentRecognised,
    WriteOffApproved,
    WriteOffRecovered,
    is_by_hand,
)
from ledger.billing.scheduled.facts import DepositInterestCredited
from ledger.billing.taking_over.facts import DepositTakenOver, InvoiceTakenOver, RentTakenOver
from ledger.decider import Fact

DocumentSum = Literal["gross_minor", "credited_minor", "paid_minor", "deposited_minor", "written_off_minor"]
"""The sums of a document: what it asks for, and what credit notes, receipts, deposits and write-offs take off."""


class DocumentMove(Struct, frozen=True, gc=False):
    """One sum of a document grows by so many minor units; negative: it shrinks again.

    lease     the document's, as the fact has it; None where it is of another contract
    company   the tenant that owes it
    """

    invoice: str
    lease: str | None
    total: DocumentSum
    amount_minor: int
    company: str

    @property
    def open_minor(self) -> int:
        """The amount by which more is open of the document."""
        return self.amount_minor if self.total == "gross_minor" else -self.amount_minor


class Moves(Struct, frozen=True, gc=False):
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

ReceiptFact = ReceiptRecorded | AllocationFact | ReceiptReversed

PAYS: Mapping[type[Fact], int] = {
    ReceiptRecorded: 1,
    ReceiptAllocated: 1,
    ReceiptUnallocated: -1,
    ReceiptReversed: -1,
}
"""Facts of receipts: their allocations pay documents (1), or no longer do (-1)."""


def moves(fact: Fact) -> Moves:
    """List what a fact moves."""
    rule = _rule(type(fact))
    return rule(fact) if rule else NO_MOVES


def moves_anything(kind: type[Fact]) -> bool:
    """Tell whether facts of a kind are among MOVING, without going through them."""
    return _rule(kind) is not None


def moves_of(fact: BillingFact, company: str) -> Moves:
    """List what a fact moves in one tenant's account: a receipt may pay documents of several."""
    moved = moves(fact)
    documents = tuple([move for move in moved.documents if move.company == company])
    if fact.company != company:
        return Moves(documents)
    return moved if len(documents) == len(moved.documents) else replace(moved, documents=documents)


def tenants_of(fact: BillingFact) -> tuple[str, ...]:
    """List the tenants whose accounts a fact moves: its own first, then others whose documents its money pays."""
    if type(fact) not in PAYS:
        return (fact.company,)  # what it moves beside is its own tenant's
    return tuple(dict.fromkeys((fact.company, *[move.company for move in moves(fact).documents])))


@cache
def _rule(kind: type[Fact]) -> Callable[[Any], Moves] | None:
    return next((rule for base, rule in RULES.items() if issubclass(kind, base)), None)


def _issued(fact: Issued) -> Moves:
    issued = DocumentMove(fact.invoice, fact.lease, "gross_minor", fact.gross_minor, fact.company)
    return Moves((issued,), accrued=_billed_rent(fact, -1))


def _taken_over(fact: InvoiceTakenOver) -> Moves:
    """No rent of this schedule, since other books billed it: rent-taken-over says how much of it was earned."""
    return Moves((DocumentMove(fact.invoice, fact.lease, "gross_minor", fact.gross_minor, fact.company),))


def _rent_taken_over(fact: RentTakenOver) -> Moves:
    return Moves(accrued=((fact.lease, fact.amount_minor),))


def _claimed(fact: RefundClaimed) -> Moves:
    return Moves(_issued(fact).documents, receipts=((fact.receipt, fact.gross_minor),))


def _credited(fact: Credited) -> Moves:
    credited = DocumentMove(fact.invoice, fact.lease, "credited_minor", fact.gross_minor, fact.company)
    return Moves((credited,), accrued=_billed_rent(fact, 1))


def _billed_rent(fact: Issued | Credited, sign: int) -> tuple[tuple[str, int], ...]:
    """Billing scheduled rent reduces accrued rent; notes by hand do not."""
    scheduled = fact.charge == "RENT" and not is_by_hand(fact)
    return ((fact.lease, sign * fact.net_minor),) if scheduled and fact.lease is not None else ()


def _recognised(fact: RentRecognised) -> Moves:
    return Moves(accrued=((fact.lease, fact.fixed_minor + fact.variable_minor),))


def _derecognised(fact: AccruedRentDerecognised) -> Moves:
    return Moves(accrued=((fact.lease, -fact.amount_minor),))


def _written_off(fact: WriteOffApproved) -> Moves:
    return Moves((DocumentMove(fact.invoice, fact.lease, "written_off_minor", fact.amount_minor, fact.company),))


def _recovered(fact: WriteOffRecovered) -> Moves:
    return Moves((DocumentMove(fact.invoice, fact.lease, "written_off_minor", -fact.amount_minor, fact.company),))


def _deposit_received(fact: DepositReceived | DepositTakenOver | DepositInterestCredited) -> Moves:
    return Moves(deposits=((fact.lease, fact.amount_minor),))


def _deposit_applied(fact: DepositApplied) -> Moves:
    applied = DocumentMove(fact.invoice, fact.lease, "deposited_minor", fact.amount_minor, fact.company)
    return Moves((applied,), deposits=((fact.lease, -fact.amount_minor),))


def _deposit_gone(fact: DepositForfeited | DepositRefunded) -> Moves:
    return Moves(deposits=((fact.lease, -fact.amount_minor),))


def _deposit_moved(fact: DepositMoved) -> Moves:
    return _between(fact.lease, fact.to_lease, fact.amount_minor)


def _between(lease: str, to_lease: str, amount_minor: int) -> Moves:
    """Less is held for one lease, and as much more for another."""
    return Moves(deposits=((lease, -amount_minor), (to_lease, amount_minor)))


def _deposit_reversed(fact: DepositReversed) -> Moves:
    if fact.movement == "MOVED":
        return _between(fact.to_lease or fact.lease, fact.lease, fact.amount_minor)
    more = -fact.amount_minor if fact.movement in ("RECEIVED", "TAKEN_OVER", "INTEREST") else fact.amount_minor
    deposits = ((fact.lease, more),)
    if fact.movement != "APPLIED" or fact.invoice is None:
        return Moves(deposits=deposits)
    owed_again = DocumentMove(fact.invoice, fact.lease, "deposited_minor", -fact.amount_minor, fact.company)
    return Moves((owed_again,), deposits=deposits)


def _refunded(fact: ReceiptRefunded) -> Moves:
    return Moves(receipts=((fact.receipt, -fact.amount_minor),))


def _refund_reversed(fact: RefundReversed) -> Moves:
    return Moves(receipts=((fact.receipt, fact.amount_minor),))


def _paid(fact: ReceiptFact) -> Moves:
    """Money comes in (or goes back), and pays these documents (or no longer does)."""
    sign = PAYS[type(fact)]
    documents = (
        DocumentMove(one.invoice, one.lease, "paid_minor", sign * one.amount_minor, one.company or fact.company)
        for one in fact.allocations
    )
    return Moves(tuple(documents), receipts=((fact.receipt, freed_minor(fact)),))


def freed_minor(fact: ReceiptFact) -> int:
    """Work out how much more of a receipt pays nothing after a fact of it: what came in, less what pays documents."""
    received = 0 if isinstance(fact, AllocationFact) else fact.amount_minor
    return PAYS[type(fact)] * (received - sum(one.amount_minor for one in fact.allocations))


RULES: Mapping[type[BillingFact], Callable[[Any], Moves]] = {
    RefundClaimed: _claimed,
    InvoiceTakenOver: _taken_over,
    RentTakenOver: _rent_taken_over,
    Issued: _issued,
    Credited: _credited,
    RentRecognised: _recognised,
    AccruedRentDerecognised: _derecognised,
    WriteOffApproved: _written_off,
    WriteOffRecovered: _recovered,
    DepositReceived: _deposit_received,
    DepositTakenOver: _deposit_received,
    DepositInterestCredited: _deposit_received,
    DepositApplied: _deposit_applied,
    DepositForfeited: _deposit_gone,
    DepositRefunded: _deposit_gone,
    DepositMoved: _deposit_moved,
    DepositReversed: _deposit_reversed,
    ReceiptRefunded: _refunded,
    RefundReversed: _refund_reversed,
    ReceiptRecorded: _paid,
    ReceiptReversed: _paid,
    AllocationFact: _paid,
}
"""The rule of each fact that moves anything; documents of other contracts follow the rule of their base."""

MOVING: tuple[type[BillingFact], ...] = tuple(RULES)
"""The facts that move what a tenant owes, has paid, or has had without being billed."""
