"""The state of billing: documents and what is open of them, receipts and what they pay, deposits, losses.

Document, Receipt, WriteOff   each with its sums; `open_minor` and `free_minor` are computed, never stored
Billing                       what the facts of one scope, or of one tenant, tell
evolve                        Billing after one more fact, in whatever order they are folded: it adds what moves.py
                              says, and never checks

What is there on which day is in the balances (balance.py): `Document.open`, `Receipt.free`, `Billing.deposits`.
Read models fold by accounting or effective date: there an allocation may come before its document, and a sum may be
negative for a while. Sums do not mind. Decisions fold in the order recorded.
"""

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from ledger.billing.balance import DatedAmount
from ledger.billing.facts import (
    AccruedRentDerecognised,
    AllocationFact,
    AllowanceRestated,
    BillingFact,
    Credited,
    DepositFact,
    DepositReversed,
    EclMeasured,
    FapiaoIssued,
    FapiaoWithdrawn,
    Issued,
    LateFeeAssessed,
    ReceiptRecorded,
    ReceiptRefunded,
    ReceiptReversed,
    RefundClaimed,
    RefundReversed,
    RentRecognised,
    WriteOffApproved,
    WriteOffProposed,
    WriteOffRecovered,
    WriteOffRejected,
)
from ledger.billing.lines import Allocation
from ledger.billing.moves import PAYS, ReceiptFact, freed_minor, moves
from ledger.bookkeeping.banking.accounts import NO_ACCOUNTS, BankAccounts, evolve_accounts
from ledger.bookkeeping.banking.facts import BankAccountFact
from ledger.companies.facts import LeadRegistered
from ledger.decider import Fact
from ledger.leases.deciding import evolve_lease
from ledger.leases.facts import LeaseFact, LeaseHolds
from ledger.leases.lease import Lease
from ledger.once.bank import References, with_reference
from ledger.periods import PeriodFact, Periods, PostingFact, evolve_periods
from ledger.rates import NO_RATES, RateApproved, Rates, with_rate

NOTHING: Mapping[Any, Any] = MappingProxyType({})
K = TypeVar("K")
V = TypeVar("V")

NOTHING_YET = DatedAmount()

# State


class Document(Struct, frozen=True, kw_only=True):
    """An invoice, debit note or late fee, and what became of it (minor units).

    issued      the document; None while only what concerns it is known
    paid        what each receipt pays of it
    deposited   what deposits paid of it
    late_fees   those assessed on it
    fapiao      its tax invoices, in the order recorded
    open        what is open of it on which day
    """

    issued: Issued | None = None
    open: DatedAmount = NOTHING_YET
    credited_minor: int = 0
    paid: Mapping[str, int] = NOTHING
    deposited_minor: int = 0
    written_off_minor: int = 0
    late_fees: tuple[LateFeeAssessed, ...] = ()
    fapiao: tuple[FapiaoIssued, ...] = ()

    @property
    def gross_minor(self) -> int:
        """The amount that it asks for."""
        return self.issued.gross_minor if self.issued else 0

    @property
    def paid_minor(self) -> int:
        """The amount that receipts and deposits paid."""
        return sum(self.paid.values()) + self.deposited_minor

    @property
    def open_minor(self) -> int:
        """The amount that is still owed."""
        return self.gross_minor - self.credited_minor - self.paid_minor - self.written_off_minor


class Receipt(Struct, frozen=True, kw_only=True):
    """A receipt, and what it pays of which document.

    changes   of what it pays, that no later one turned round: sent again, they add nothing
    refunds   what went back of it, by id
    free      what pays nothing of it on which day
    pays      what it pays of each document on which day
    """

    recorded: ReceiptRecorded | None = None
    paying: Mapping[str, Allocation] = NOTHING
    changes: tuple[AllocationFact, ...] = ()
    reversal: ReceiptReversed | None = None
    refunds: Mapping[str, "Refund"] = NOTHING
    free: DatedAmount = NOTHING_YET
    pays: Mapping[str, DatedAmount] = NOTHING

    @property
    def free_minor(self) -> int:
        """The amount that pays nothing yet."""
        if self.recorded is None or self.reversal is not None:
            return 0
        return self.free.total_minor

    @property
    def asked(self) -> tuple[tuple[Any, ...], ...]:
        """The changes as they were asked for."""
        return tuple(change.asked for change in self.changes)


class Refund(Struct, frozen=True, kw_only=True):
    """Money that went back, and that it came back, or never went."""

    paid: ReceiptRefunded
    reversal: RefundReversed | None = None


class WriteOff(Struct, frozen=True, kw_only=True):
    """A proposal to give up an open amount, what was decided of it, and what came of it after all."""

    proposed: WriteOffProposed | None = None
    rejected: WriteOffRejected | None = None
    approved: WriteOffApproved | None = None
    recovered: tuple[WriteOffRecovered, ...] = ()

    @property
    def left_minor(self) -> int:
        """The amount that is still given up."""
        given_up = self.approved.amount_minor if self.approved else 0
        return given_up - sum(fact.amount_minor for fact in self.recovered)


class DepositMovement(Struct, frozen=True, kw_only=True):
    """A movement of a deposit, and what was taken back of it."""

    fact: DepositFact
    reversals: tuple[DepositReversed, ...] = ()

    @property
    def left_minor(self) -> int:
        """The amount of it that stands."""
        return self.fact.amount_minor - sum(reversal.amount_minor for reversal in self.reversals)

    @property
    def left_vat_minor(self) -> int:
        """The tax that what stands of it includes."""
        vat_minor = getattr(self.fact, "vat_minor", 0)
        return int(vat_minor) - sum(reversal.vat_minor for reversal in self.reversals)


class Billing(Struct, frozen=True, kw_only=True):
    """Everything that the facts of one scope, or of one tenant, tell.

    leases           by id, as `ledger.leases` folds them
    documents        invoices, debit notes and late fees by id
    credit_notes     by id
    recognised       lease -> month -> (fixed, variable) recognised so far, minor units
    earned_by        lease -> the tenant whose rent was recognised
    derecognised     lease -> accrued rent given up on which day
    receipts         by id
    bank_references  which payment has which
    bank_accounts    on which of them money may move
    deposits         lease -> what is held on which day
    movements        of deposits, by id
    reversals        of movements of deposits, by the movement's id
    refunded         refund id -> the receipt that it went back of
    write_offs       by id
    measurements     of expected credit loss by id
    allowance        the loss allowance held on which day
    fapiao           by number
    fapiao_withdrawn  those recorded by mistake, by number
    companies        known to this ledger
    """

    leases: Mapping[str, Lease] = NOTHING
    documents: Mapping[str, Document] = NOTHING
    credit_notes: Mapping[str, Credited] = NOTHING
    recognised: Mapping[str, Mapping[str, tuple[int, int]]] = NOTHING
    earned_by: Mapping[str, str] = NOTHING
    derecognised: Mapping[str, DatedAmount] = NOTHING
    receipts: Mapping[str, Receipt] = NOTHING
    bank_references: References = NOTHING
    bank_accounts: BankAccounts = NO_ACCOUNTS
    deposits: Mapping[str, DatedAmount] = NOTHING
    movements: Mapping[str, DepositMovement] = NOTHING
    reversals: Mapping[str, tuple[DepositReversed, ...]] = NOTHING
    refunded: Mapping[str, str] = NOTHING
    write_offs: Mapping[str, WriteOff] = NOTHING
    measurements: Mapping[str, EclMeasured] = NOTHING
    allowance: DatedAmount = NOTHING_YET
    fapiao: Mapping[str, FapiaoIssued] = NOTHING
    fapiao_withdrawn: Mapping[str, FapiaoWithdrawn] = NOTHING
    companies: frozenset[str] = frozenset()
    periods: Periods = Periods()
    rates: Rates = NO_RATES

    def deposit_minor(self, lease: str, on: date = date.max) -> int:
        """The deposit held for a lease on a date."""
        return self.deposits.get(lease, NOTHING_YET).on(on)


NO_DOCUMENT, NO_RECEIPT = Document(), Receipt()


def _put(known: Mapping[K, V], key: K, value: V) -> Mapping[K, V]:
    return {**known, key: value}


# Evolve


def evolve(state: Billing, fact: Fact) -> Billing:
    """Billing after one more fact; of other contexts only leases, periods, rates and bank references matter."""
    if isinstance(fact, PostingFact) and fact.bank is not None:
        state = replace(state, bank_references=with_reference(state.bank_references, fact))
    after = _after(type(fact))
    return after(state, fact) if after else state


@cache
def _after(kind: type[Fact]) -> Callable[[Billing, Any], Billing] | None:
    return next((after for base, after in AFTER.items() if issubclass(kind, base)), None)


def _issued(state: Billing, fact: Issued) -> Billing:
    document = state.documents.get(fact.invoice, NO_DOCUMENT)
    state = _document(state, fact.invoice, issued=fact, open=document.open.after(fact, fact.gross_minor))
    if isinstance(fact, LateFeeAssessed):
        overdue = state.documents.get(fact.on_invoice, NO_DOCUMENT)
        state = _document(state, fact.on_invoice, late_fees=(*overdue.late_fees, fact))
    return state


def _document(state: Billing, invoice: str, **change: Any) -> Billing:
    document = state.documents.get(invoice, NO_DOCUMENT)
    return replace(state, documents=_put(state.documents, invoice, replace(document, **change)))


def _settled(state: Billing, fact: BillingFact) -> Mapping[str, Document]:
    """The documents after more, or less, of them is credited, written off or paid by a deposit."""
    documents = dict(state.documents)
    for move in moves(fact).documents:
        document = documents.get(move.invoice, NO_DOCUMENT)
        change = {move.total: getattr(document, move.total) + move.amount_minor}
        documents[move.invoice] = replace(document, open=document.open.after(fact, move.open_minor), **change)
    return documents


def _credited(state: Billing, fact: Credited) -> Billing:
    credit_notes = _put(state.credit_notes, fact.credit_note, fact)
    return replace(state, documents=_settled(state, fact), credit_notes=credit_notes)


def _recognised(state: Billing, fact: RentRecognised) -> Billing:
    months = state.recognised.get(fact.lease, NOTHING)
    fixed, variable = months.get(fact.month, (0, 0))
    months = _put(months, fact.month, (fixed + fact.fixed_minor, variable + fact.variable_minor))
    return replace(
        state,
        recognised=_put(state.recognised, fact.lease, months),
        earned_by=_put(state.earned_by, fact.lease, fact.company),
    )


def _derecognised(state: Billing, fact: AccruedRentDerecognised) -> Billing:
    given_up = state.derecognised.get(fact.lease, NOTHING_YET).after(fact, fact.amount_minor)
    return replace(state, derecognised=_put(state.derecognised, fact.lease, given_up))


def _fapiao(state: Billing, fact: FapiaoIssued) -> Billing:
    document = state.documents.get(fact.invoice, NO_DOCUMENT)
    state = _document(state, fact.invoice, fapiao=(*document.fapiao, fact))
    return replace(state, fapiao=_put(state.fapiao, fact.number, fact))


def _fapiao_withdrawn(state: Billing, fact: FapiaoWithdrawn) -> Billing:
    return replace(state, fapiao_withdrawn=_put(state.fapiao_withdrawn, fact.number, fact))


def _recorded(state: Billing, fact: ReceiptRecorded) -> Billing:
    return _pays(state, fact, recorded=fact)


def _allocated(state: Billing, fact: AllocationFact) -> Billing:
    earlier = state.receipts.get(fact.receipt, NO_RECEIPT).changes
    standing = [change for change in earlier if not _turns_round(fact, change)]
    return _pays(state, fact, changes=(*standing, fact))


def _turns_round(later: AllocationFact, earlier: AllocationFact) -> bool:
    """Tell that a change is the other way round than an earlier one of one of the same documents."""
    invoices = {one.invoice for one in later.allocations}
    return type(later) is not type(earlier) and any(one.invoice in invoices for one in earlier.allocations)


def _reversed(state: Billing, fact: ReceiptReversed) -> Billing:
    return _pays(state, fact, reversal=fact, changes=())


def _pays(state: Billing, fact: ReceiptFact, **of_receipt: Any) -> Billing:
    """Billing after a receipt changes, and pays more, or less, of the documents of the fact's allocations."""
    receipt, sign = state.receipts.get(fact.receipt, NO_RECEIPT), PAYS[type(fact)]
    paying, pays, documents = dict(receipt.paying), dict(receipt.pays), dict(state.documents)
    for one in fact.allocations:
        amount = sign * one.amount_minor
        before = paying[one.invoice].amount_minor if one.invoice in paying else 0
        paying[one.invoice] = replace(one, amount_minor=before + amount)
        pays[one.invoice] = pays.get(one.invoice, NOTHING_YET).after(fact, amount)
        document = documents.get(one.invoice, NO_DOCUMENT)
        paid = _put(document.paid, fact.receipt, document.paid.get(fact.receipt, 0) + amount)
        documents[one.invoice] = replace(document, paid=paid, open=document.open.after(fact, -amount))
    free = receipt.free.after(fact, freed_minor(fact))
    changed = replace(receipt, paying=paying, pays=pays, free=free, **of_receipt)
    receipts = _put(state.receipts, fact.receipt, changed)
    return replace(state, receipts=receipts, documents=documents)


def _refunded(state: Billing, fact: ReceiptRefunded) -> Billing:
    receipt = state.receipts.get(fact.receipt, NO_RECEIPT)
    known = receipt.refunds.get(fact.refund)
    refund = replace(known, paid=fact) if known else Refund(paid=fact)
    return _gone_back(state, fact, refund, -fact.amount_minor)


def _refund_reversed(state: Billing, fact: RefundReversed) -> Billing:
    receipt = state.receipts.get(fact.receipt, NO_RECEIPT)
    known = receipt.refunds.get(fact.refund)
    if known is None:  # folded by accounting date, it may come first
        return _free_again(state, fact, fact.amount_minor)
    return _gone_back(state, fact, replace(known, reversal=fact), fact.amount_minor)


def _claimed(state: Billing, fact: RefundClaimed) -> Billing:
    return _free_again(_issued(state, fact), fact, fact.gross_minor)


def _free_again(state: Billing, fact: RefundReversed | RefundClaimed, amount_minor: int) -> Billing:
    receipt = state.receipts.get(fact.receipt, NO_RECEIPT)
    receipt = replace(receipt, free=receipt.free.after(fact, amount_minor))
    return replace(state, receipts=_put(state.receipts, fact.receipt, receipt))


def _gone_back(state: Billing, fact: ReceiptRefunded | RefundReversed, refund: Refund, more: int) -> Billing:
    receipt = state.receipts.get(fact.receipt, NO_RECEIPT)
    receipt = replace(receipt, refunds=_put(receipt.refunds, fact.refund, refund), free=receipt.free.after(fact, more))
    return replace(
        state,
        receipts=_put(state.receipts, fact.receipt, receipt),
        refunded=_put(state.refunded, fact.refund, fact.receipt),
    )


def _write_off_proposed(state: Billing, fact: WriteOffProposed) -> Billing:
    known = state.write_offs.get(fact.write_off, WriteOff())
    return replace(state, write_offs=_put(state.write_offs, fact.write_off, replace(known, proposed=fact)))


def _write_off_rejected(state: Billing, fact: WriteOffRejected) -> Billing:
    known = state.write_offs.get(fact.write_off, WriteOff())
    return replace(state, write_offs=_put(state.write_offs, fact.write_off, replace(known, rejected=fact)))


def _write_off_approved(state: Billing, fact: WriteOffApproved) -> Billing:
    known = state.write_offs.get(fact.write_off, WriteOff())
    return replace(
        state,
        documents=_settled(state, fact),
        write_offs=_put(state.write_offs, fact.write_off, replace(known, approved=fact)),
        allowance=state.allowance.after(fact, -fact.amount_minor),
    )


def _write_off_recovered(state: Billing, fact: WriteOffRecovered) -> Billing:
    known = state.write_offs.get(fact.write_off, WriteOff())
    recovered = replace(known, recovered=(*known.recovered, fact))
    return replace(
        state,
        documents=_settled(state, fact),
        write_offs=_put(state.write_offs, fact.write_off, recovered),
        allowance=state.allowance.after(fact, fact.amount_minor),
    )


def _measured(state: Billing, fact: EclMeasured) -> Billing:
    return replace(
        state,
        measurements=_put(state.measurements, fact.measurement, fact),
        allowance=state.allowance.after(fact, fact.movement_minor),
    )


def _restated(state: Billing, fact: AllowanceRestated) -> Billing:
    return replace(state, allowance=state.allowance.after(fact, fact.movement_minor))


def _deposit(state: Billing, fact: DepositFact) -> Billing:
    movement = DepositMovement(fact=fact, reversals=state.reversals.get(fact.deposit, ()))
    return _held(state, fact, movements=_put(state.movements, fact.deposit, movement))


def _deposit_reversed(state: Billing, fact: DepositReversed) -> Billing:
    reversals = (*state.reversals.get(fact.deposit, ()), fact)
    known = state.movements.get(fact.deposit)
    movements = _put(state.movements, fact.deposit, replace(known, reversals=reversals)) if known else state.movements
    return _held(state, fact, movements=movements, reversals=_put(state.reversals, fact.deposit, reversals))


def _held(state: Billing, fact: BillingFact, **change: Any) -> Billing:
    """Billing after more, or less, deposit is held."""
    ((lease, amount),) = moves(fact).deposits
    held = state.deposits.get(lease, NOTHING_YET).after(fact, amount)
    return replace(
        state,
        documents=_settled(state, fact),
        deposits=_put(state.deposits, lease, held),
        **change,
    )


def _lease(state: Billing, fact: LeaseFact | LeaseHolds) -> Billing:
    return replace(state, leases=_put(state.leases, fact.lease, evolve_lease(state.leases.get(fact.lease), fact)))


AFTER: Mapping[type[Fact], Callable[[Billing, Any], Billing]] = {
    RefundClaimed: _claimed,
    Issued: _issued,
    Credited: _credited,
    RentRecognised: _recognised,
    AccruedRentDerecognised: _derecognised,
    FapiaoIssued: _fapiao,
    FapiaoWithdrawn: _fapiao_withdrawn,
    ReceiptRecorded: _recorded,
    AllocationFact: _allocated,
    ReceiptReversed: _reversed,
    ReceiptRefunded: _refunded,
    RefundReversed: _refund_reversed,
    WriteOffProposed: _write_off_proposed,
    WriteOffRejected: _write_off_rejected,
    WriteOffApproved: _write_off_approved,
    WriteOffRecovered: _write_off_recovered,
    EclMeasured: _measured,
    AllowanceRestated: _restated,
    DepositFact: _deposit,
    DepositReversed: _deposit_reversed,
    LeaseFact: _lease,
    LeaseHolds: _lease,
    LeadRegistered: lambda state, fact: replace(state, companies=state.companies | {fact.company}),
    PeriodFact: lambda state, fact: replace(state, periods=evolve_periods(state.periods, fact)),
    RateApproved: lambda state, fact: replace(state, rates=with_rate(state.rates, fact)),
    BankAccountFact: lambda state, fact: replace(state, bank_accounts=evolve_accounts(state.bank_accounts, fact)),
}
"""Which facts change what: the first base that fits."""
