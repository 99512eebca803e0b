"""The state of billing: documents and what is open of them, receipts and what they pay, deposits, losses.

Document, Receipt, WriteOff   each with its sums; `open_minor` and `free_minor` are computed, never stored
Billing                       what the facts of one scope, or of one tenant, tell
evolve, fold                  Billing after one more fact, or many, in whatever order they are folded: they add what
                              moves.py says, and never check
fold_asked                    the same without what was paid: what was agreed, asked for and earned

What is there on which day is in the balances (balance.py): `Document.open`, `Receipt.free`, `Billing.deposits`.
Read models fold by accounting or effective date: there an allocation may come before its document, and a sum may be
negative for a while. Sums do not mind. Decisions fold in the order recorded.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any

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
from ledger.billing.invoicing.facts import FapiaoIssued, FapiaoWithdrawn
from ledger.billing.lease_costs.facts import LeaseCostFact
from ledger.billing.lease_costs.standing import LeaseCost, after_cost
from ledger.billing.lines import Allocation
from ledger.billing.moves import PAYS, ReceiptFact, freed_minor, moves
from ledger.billing.scheduled.facts import DepositInterestAccrued
from ledger.billing.taking_over.facts import RentTakenOver
from ledger.bookkeeping.banking.accounts import NO_ACCOUNTS, BankAccounts, evolve_accounts
from ledger.bookkeeping.banking.facts import BankAccountFact
from ledger.companies.facts import LeadRegistered
from ledger.decider import Fact
from ledger.leases.deciding import evolve_lease
from ledger.leases.facts import LeaseFact, LeaseHolds
from ledger.leases.lease import Lease
from ledger.once.bank import References, reference_of, with_reference
from ledger.periods import PeriodFact, Periods, PostingFact, evolve_periods
from ledger.rates import NO_RATES, RateApproved, Rates, with_rate

NOTHING: Mapping[Any, Any] = MappingProxyType({})

NOTHING_YET = DatedAmount()

# State


class Document(Struct, frozen=True, kw_only=True, gc=False):
    """An invoice, debit note or late fee, and what became of it (minor units).

    issued      the document; None while only what concerns it is known
    paid        what each receipt pays of it
    deposited   what deposits paid of it
    late_fees   those assessed on it; of an offtake agreement, as its own fold adds them
    taxed       its credit notes and tax invoices, in the order folded
    open        what is open of it on which day
    """

    issued: Issued | None = None
    open: DatedAmount = NOTHING_YET
    credited_minor: int = 0
    paid: Mapping[str, int] = NOTHING
    deposited_minor: int = 0
    written_off_minor: int = 0
    late_fees: tuple[Issued, ...] = ()
    taxed: tuple[Credited | FapiaoIssued, ...] = ()

    @property
    def fapiao(self) -> tuple[FapiaoIssued, ...]:
        """Its tax invoices, in the order folded."""
        return tuple([one for one in self.taxed if isinstance(one, FapiaoIssued)])

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


class Receipt(Struct, frozen=True, kw_only=True, gc=False):
    """A receipt, and what it pays of which document.

    changes   of what it pays, that no later one turned round: sent again, they add nothing
    refunds   what went back of it, by id
    free      what pays nothing of it on which day
    pays      what it pays of each document on which day
    company   the tenant whose it is, also where only what it pays is known
    """

    recorded: ReceiptRecorded | None = None
    paying: Mapping[str, Allocation] = NOTHING
    changes: tuple[AllocationFact, ...] = ()
    reversal: ReceiptReversed | None = None
    refunds: Mapping[str, "Refund"] = NOTHING
    free: DatedAmount = NOTHING_YET
    pays: Mapping[str, DatedAmount] = NOTHING
    company: str | None = None

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


class Refund(Struct, frozen=True, kw_only=True, gc=False):
    """Money that went back, and that it came back, or never went."""

    paid: ReceiptRefunded
    reversal: RefundReversed | None = None


class TakenOver(Struct, frozen=True, gc=False):
    """Through when a lease was billed and earned elsewhere: the latest fact of it, and the rent accrued by all."""

    latest: RentTakenOver
    accrued_minor: int


class WriteOff(Struct, frozen=True, kw_only=True, gc=False):
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


class DepositMovement(Struct, frozen=True, kw_only=True, gc=False):
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


class Billing(Struct, frozen=True, kw_only=True, gc=False):
    """Everything that the facts of one scope, or of one tenant, tell.

    leases           by id, as `ledger.leases` folds them
    documents        invoices, debit notes and late fees by id
    credit_notes     by id
    recognised       lease -> month -> (fixed, variable) recognised so far, minor units
    taken_over       lease -> through when it was billed and earned elsewhere; and the accrued rent of all such facts
    earned_by        lease -> the tenant whose rent was recognised
    derecognised     lease -> accrued rent given up on which day
    lease_costs      what obtaining leases cost, by id
    interest         on deposits: lease -> month -> accrued so far, minor units
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
    fapiao           by code and number
    fapiao_withdrawn  those recorded by mistake, likewise
    companies        known to this ledger
    """

    leases: Mapping[str, Lease] = NOTHING
    documents: Mapping[str, Document] = NOTHING
    credit_notes: Mapping[str, Credited] = NOTHING
    recognised: Mapping[str, Mapping[str, tuple[int, int]]] = NOTHING
    taken_over: Mapping[str, "TakenOver"] = NOTHING
    earned_by: Mapping[str, str] = NOTHING
    derecognised: Mapping[str, DatedAmount] = NOTHING
    lease_costs: Mapping[str, LeaseCost] = NOTHING
    interest: Mapping[str, Mapping[str, int]] = NOTHING
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


class _Folding:
    """Billing while facts are folded into it. A mapping is copied when the first of them changes it, and no more: with
    a copy for each fact, a lease of four years would take four times as long a fact as one of a single year."""

    def __init__(self, state: Billing) -> None:
        self.state = state
        self._own: dict[str, dict[Any, Any]] = {}

    def put(self, name: str, key: Any, value: Any) -> None:
        """Put one thing into a mapping of the state."""
        own = self._own.get(name)
        if own is None:
            own = self._own[name] = dict(getattr(self.state, name))
            self.state = replace(self.state, **{name: own})
        own[key] = value

    def set(self, **change: Any) -> None:
        """Put something else in the place of parts of the state that are no mappings of this fold."""
        self.state = replace(self.state, **change)

    def refer(self, fact: PostingFact) -> None:
        """Take, or free, the bank's reference of a payment."""
        if fact.frees_reference:
            self._own.pop("bank_references", None)
            self.set(bank_references=with_reference(self.state.bank_references, fact))
        else:
            self.put("bank_references", *reference_of(fact))

    def document(self, invoice: str) -> Document:
        """Find a document as it is by now."""
        return self.state.documents.get(invoice, NO_DOCUMENT)

    def receipt(self, receipt: str) -> Receipt:
        """Find a receipt as it is by now."""
        return self.state.receipts.get(receipt, NO_RECEIPT)


# Evolve


def evolve(state: Billing, fact: Fact) -> Billing:
    """Billing after one more fact; of other contexts only leases, periods, rates and bank references matter."""
    return fold(state, (fact,))


def fold(state: Billing, facts: Iterable[Fact]) -> Billing:
    """Billing after more facts, one after the other."""
    folding = _Folding(state)
    for fact in facts:
        if isinstance(fact, PostingFact) and fact.bank is not None:
            folding.refer(fact)
        if after := _after(type(fact)):
            after(folding, fact)
    return folding.state


def fold_asked(state: Billing, facts: Iterable[Fact]) -> Billing:
    """Billing after more facts, as far as it does not matter what was paid: of a document, only what it asks for."""
    folding = _Folding(state)
    for fact in facts:
        if after := _after_asked(type(fact)):
            after(folding, fact)
    return folding.state


@cache
def _after_asked(kind: type[Fact]) -> Callable[[_Folding, Any], None] | None:
    return next((after for base, after in ASKED.items() if issubclass(kind, base)), None)


@cache
def _after(kind: type[Fact]) -> Callable[[_Folding, Any], None] | None:
    return next((after for base, after in AFTER.items() if issubclass(kind, base)), None)


def _issued(folding: _Folding, fact: Issued) -> None:
    document = folding.document(fact.invoice)
    opened = document.open.after(fact, fact.gross_minor)
    folding.put("documents", fact.invoice, replace(document, issued=fact, open=opened))
    if isinstance(fact, LateFeeAssessed):
        overdue = folding.document(fact.on_invoice)
        folding.put("documents", fact.on_invoice, replace(overdue, late_fees=(*overdue.late_fees, fact)))


def _settled(folding: _Folding, fact: BillingFact) -> None:
    """More, or less, of documents is credited, written off or paid by a deposit."""
    for move in moves(fact).documents:
        document = folding.document(move.invoice)
        change = {move.total: getattr(document, move.total) + move.amount_minor}
        settled = replace(document, open=document.open.after(fact, move.open_minor), **change)
        folding.put("documents", move.invoice, settled)


def _credited(folding: _Folding, fact: Credited) -> None:
    _settled(folding, fact)
    document = folding.document(fact.invoice)
    folding.put("documents", fact.invoice, replace(document, taxed=(*document.taxed, fact)))
    folding.put("credit_notes", fact.credit_note, fact)


def _recognised(folding: _Folding, fact: RentRecognised) -> None:
    months = folding.state.recognised.get(fact.lease, NOTHING)
    fixed, variable = months.get(fact.month, (0, 0))
    months = {**months, fact.month: (fixed + fact.fixed_minor, variable + fact.variable_minor)}
    folding.put("recognised", fact.lease, months)
    folding.put("earned_by", fact.lease, fact.company)


def _rent_taken_over(folding: _Folding, fact: RentTakenOver) -> None:
    before = folding.state.taken_over.get(fact.lease)
    accrued = fact.amount_minor + (before.accrued_minor if before else 0)
    folding.put("taken_over", fact.lease, TakenOver(fact, accrued))


def _derecognised(folding: _Folding, fact: AccruedRentDerecognised) -> None:
    given_up = folding.state.derecognised.get(fact.lease, NOTHING_YET)
    folding.put("derecognised", fact.lease, given_up.after(fact, fact.amount_minor))


def _lease_cost(folding: _Folding, fact: LeaseCostFact) -> None:
    cost = folding.state.lease_costs.get(fact.cost, LeaseCost())
    folding.put("lease_costs", fact.cost, after_cost(cost, fact))


def _interest(folding: _Folding, fact: DepositInterestAccrued) -> None:
    months = folding.state.interest.get(fact.lease, NOTHING)
    accrued = months.get(fact.month, 0) + fact.amount_minor
    folding.put("interest", fact.lease, {**months, fact.month: accrued})


def _fapiao(folding: _Folding, fact: FapiaoIssued) -> None:
    document = folding.document(fact.invoice)
    folding.put("documents", fact.invoice, replace(document, taxed=(*document.taxed, fact)))
    folding.put("fapiao", fact.key, fact)


def _fapiao_withdrawn(folding: _Folding, fact: FapiaoWithdrawn) -> None:
    folding.put("fapiao_withdrawn", fact.key, fact)


def _recorded(folding: _Folding, fact: ReceiptRecorded) -> None:
    _pays(folding, fact, recorded=fact)


def _allocated(folding: _Folding, fact: AllocationFact) -> None:
    earlier = folding.receipt(fact.receipt).changes
    standing = [change for change in earlier if not _turns_round(fact, change)]
    _pays(folding, fact, changes=(*standing, fact))


def _turns_round(later: AllocationFact, earlier: AllocationFact) -> bool:
    """Tell that a change is the other way round than an earlier one of one of the same documents."""
    invoices = {one.invoice for one in later.allocations}
    return type(later) is not type(earlier) and any(one.invoice in invoices for one in earlier.allocations)


def _reversed(folding: _Folding, fact: ReceiptReversed) -> None:
    _pays(folding, fact, reversal=fact, changes=())


def _pays(folding: _Folding, fact: ReceiptFact, **of_receipt: Any) -> None:
    """A receipt changes, and pays more, or less, of the documents of the fact's allocations."""
    receipt, sign = folding.receipt(fact.receipt), PAYS[type(fact)]
    paying, pays = dict(receipt.paying), dict(receipt.pays)
    for one in fact.allocations:
        amount = sign * one.amount_minor
        before = paying[one.invoice].amount_minor if one.invoice in paying else 0
        paying[one.invoice] = replace(one, amount_minor=before + amount) if before or sign < 0 else one
        pays[one.invoice] = pays.get(one.invoice, NOTHING_YET).after(fact, amount)
        document = folding.document(one.invoice)
        by = {**document.paid, fact.receipt: document.paid.get(fact.receipt, 0) + amount}
        folding.put("documents", one.invoice, replace(document, paid=by, open=document.open.after(fact, -amount)))
    free = receipt.free.after(fact, freed_minor(fact))
    paid = replace(receipt, paying=paying, pays=pays, free=free, company=fact.company, **of_receipt)
    folding.put("receipts", fact.receipt, paid)


def _refunded(folding: _Folding, fact: ReceiptRefunded) -> None:
    known = folding.receipt(fact.receipt).refunds.get(fact.refund)
    refund = replace(known, paid=fact) if known else Refund(paid=fact)
    _gone_back(folding, fact, refund, -fact.amount_minor)


def _refund_reversed(folding: _Folding, fact: RefundReversed) -> None:
    known = folding.receipt(fact.receipt).refunds.get(fact.refund)
    if known is None:  # folded by accounting date, it may come first
        _free_again(folding, fact, fact.amount_minor)
    else:
        _gone_back(folding, fact, replace(known, reversal=fact), fact.amount_minor)


def _claimed(folding: _Folding, fact: RefundClaimed) -> None:
    _issued(folding, fact)
    _free_again(folding, fact, fact.gross_minor)


def _free_again(folding: _Folding, fact: RefundReversed | RefundClaimed, amount_minor: int) -> None:
    receipt = folding.receipt(fact.receipt)
    folding.put("receipts", fact.receipt, replace(receipt, free=receipt.free.after(fact, amount_minor)))


def _gone_back(folding: _Folding, fact: ReceiptRefunded | RefundReversed, refund: Refund, more: int) -> None:
    receipt = folding.receipt(fact.receipt)
    refunds = {**receipt.refunds, fact.refund: refund}
    folding.put("receipts", fact.receipt, replace(receipt, refunds=refunds, free=receipt.free.after(fact, more)))
    folding.put("refunded", fact.refund, fact.receipt)


def _write_off(folding: _Folding, write_off: str, **change: Any) -> None:
    known = folding.state.write_offs.get(write_off, WriteOff())
    folding.put("write_offs", write_off, replace(known, **change))


def _write_off_proposed(folding: _Folding, fact: WriteOffProposed) -> None:
    _write_off(folding, fact.write_off, proposed=fact)


def _write_off_rejected(folding: _Folding, fact: WriteOffRejected) -> None:
    _write_off(folding, fact.write_off, rejected=fact)


def _write_off_approved(folding: _Folding, fact: WriteOffApproved) -> None:
    _settled(folding, fact)
    _write_off(folding, fact.write_off, approved=fact)
    _allowance(folding, fact, -fact.amount_minor)


def _write_off_recovered(folding: _Folding, fact: WriteOffRecovered) -> None:
    known = folding.state.write_offs.get(fact.write_off, WriteOff())
    _settled(folding, fact)
    _write_off(folding, fact.write_off, recovered=(*known.recovered, fact))
    _allowance(folding, fact, fact.amount_minor)


def _allowance(folding: _Folding, fact: PostingFact, more: int) -> None:
    folding.set(allowance=folding.state.allowance.after(fact, more))


def _measured(folding: _Folding, fact: EclMeasured) -> None:
    folding.put("measurements", fact.measurement, fact)
    _allowance(folding, fact, fact.movement_minor)


def _restated(folding: _Folding, fact: AllowanceRestated) -> None:
    _allowance(folding, fact, fact.movement_minor)


def _deposit(folding: _Folding, fact: DepositFact) -> None:
    movement = DepositMovement(fact=fact, reversals=folding.state.reversals.get(fact.deposit, ()))
    _held(folding, fact)
    folding.put("movements", fact.deposit, movement)


def _deposit_reversed(folding: _Folding, fact: DepositReversed) -> None:
    reversals = (*folding.state.reversals.get(fact.deposit, ()), fact)
    _held(folding, fact)
    if known := folding.state.movements.get(fact.deposit):
        folding.put("movements", fact.deposit, replace(known, reversals=reversals))
    folding.put("reversals", fact.deposit, reversals)


def _held(folding: _Folding, fact: BillingFact) -> None:
    """More, or less, deposit is held, and of a document is open."""
    _settled(folding, fact)
    _holds(folding, fact)


def _holds(folding: _Folding, fact: BillingFact) -> None:
    for lease, amount in moves(fact).deposits:
        folding.put("deposits", lease, folding.state.deposits.get(lease, NOTHING_YET).after(fact, amount))


def _lease(folding: _Folding, fact: LeaseFact | LeaseHolds) -> None:
    folding.put("leases", fact.lease, evolve_lease(folding.state.leases.get(fact.lease), fact))


def _company(folding: _Folding, fact: LeadRegistered) -> None:
    folding.set(companies=folding.state.companies | {fact.company})


def _period(folding: _Folding, fact: PeriodFact) -> None:
    folding.set(periods=evolve_periods(folding.state.periods, fact))


def _rate(folding: _Folding, fact: RateApproved) -> None:
    folding.set(rates=with_rate(folding.state.rates, fact))


def _bank_account(folding: _Folding, fact: BankAccountFact) -> None:
    folding.set(bank_accounts=evolve_accounts(folding.state.bank_accounts, fact))


AFTER: Mapping[type[Fact], Callable[[_Folding, Any], None]] = {
    RefundClaimed: _claimed,
    Issued: _issued,
    Credited: _credited,
    RentRecognised: _recognised,
    RentTakenOver: _rent_taken_over,
    AccruedRentDerecognised: _derecognised,
    LeaseCostFact: _lease_cost,
    DepositInterestAccrued: _interest,
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
    LeadRegistered: _company,
    PeriodFact: _period,
    RateApproved: _rate,
    BankAccountFact: _bank_account,
}
"""Which facts change what: the first base that fits."""


def _asks(folding: _Folding, fact: Issued) -> None:
    folding.put("documents", fact.invoice, Document(issued=fact))


def _takes_off(folding: _Folding, fact: Credited) -> None:
    folding.put("credit_notes", fact.credit_note, fact)


ASKED: Mapping[type[Fact], Callable[[_Folding, Any], None]] = {
    Issued: _asks,
    Credited: _takes_off,
    **{kind: AFTER[kind] for kind in (RentRecognised, RentTakenOver, AccruedRentDerecognised, LeaseFact, LeaseHolds)},
    **{kind: AFTER[kind] for kind in (PeriodFact, RateApproved, LeaseCostFact, DepositInterestAccrued)},
    **dict.fromkeys((DepositFact, DepositReversed), _holds),
}
"""Which facts change what, where what was paid does not matter."""
