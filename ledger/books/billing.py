"""What billing posts: invoices and notes, rent earned, receipts, deposits, losses (domain §8).

Fact (billing.…)                 Dr                               Cr
invoice-, debit-note-issued,     receivables gross                straight-line (rent), rent (by hand), service-charge,
  late-fee-assessed                                               turnover-rent, other-income, each net; output-vat
credit-note-issued               the mirror of a document
rent-recognised                  straight-line                    rent fixed, rent-variable variable
accrued-rent-derecognised        rent                             straight-line
lease-cost-recorded              lease-incentives, lease-costs    bank, selling or administration; lease-cost-reversed
                                                                  is its mirror
lease-cost-amortised             rent (incentive), cost-of-sales  lease-incentives, lease-costs
receipt-recorded                 bank                             receivables as allocated, each of the tenant that owes
                                                                  it; the rest unapplied, of the tenant that paid
receipt-allocated                unapplied                        receivables; receipt-unallocated is its mirror
receipt-reversed                 receivables as allocated,        bank
                                 the rest unapplied
receipt-refunded                 unapplied                        bank; refund-reversed is its mirror
refund-claimed                   receivables                      unapplied
deposit-received                 bank                             deposits; deposit-refunded is its mirror
invoice-taken-over               receivables gross                opening-equity
deposit-taken-over               opening-equity                   deposits
rent-taken-over                  straight-line                    opening-equity
deposit-applied                  deposits                         receivables
deposit-forfeited                deposits                         other-income net, output-vat
deposit-moved                    deposits of the lease            deposits of the other lease
deposit-interest-accrued         deposit-interest                 interest-payable
deposit-interest-credited        interest-payable                 deposits
deposit-reversed                 the mirror of the movement that it takes back, by as much
write-off-approved               loss-allowance                   receivables; write-off-recovered is its mirror
ecl-measured, allowance-restated credit-loss                      loss-allowance

A tax invoice's number and a write-off that is proposed post nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from ledger.billing.facts import (
    AccruedRentDerecognised,
    AllowanceRestated,
    CreditNoteIssued,
    DebitNoteIssued,
    DepositApplied,
    DepositForfeited,
    DepositMoved,
    DepositReceived,
    DepositRefunded,
    DepositReversed,
    EclMeasured,
    InvoiceIssued,
    Issued,
    LateFeeAssessed,
    LeaseBillingFact,
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
from ledger.billing.lease_costs.facts import CostKind, LeaseCostAmortised, LeaseCostRecorded, LeaseCostReversed
from ledger.billing.lines import Allocation, Charge, DocumentLine
from ledger.billing.scheduled.facts import DepositInterestAccrued, DepositInterestCredited
from ledger.billing.taking_over.facts import DepositTakenOver, InvoiceTakenOver, RentTakenOver
from ledger.books.line import Line
from ledger.decider import Fact
from ledger.periods import month_of
from ledger.values.money import share

# Documents

INCOME: Mapping[Charge, str] = {
    "RENT": "straight-line",
    "TURNOVER_RENT": "turnover-rent",
    "SERVICE_CHARGE": "service-charge",
    "LATE_FEE": "other-income",
    "TERMINATION_FEE": "other-income",
}
"""The account of a document's net: rent was or will be recognised month by month, all else is revenue at once."""


def _issued(fact: Issued) -> Iterator[Line]:
    return _document(fact, fact.invoice, fact.gross_minor, 1)


def _credited(fact: CreditNoteIssued) -> Iterator[Line]:
    return _document(fact, fact.invoice, fact.gross_minor, -1)


def _document(fact: Issued | CreditNoteIssued, invoice: str, gross: int, sign: int) -> Iterator[Line]:
    """`document` is the invoice also for a credit note: what is open of it is the sum of its lines."""
    about: dict[str, Any] = {
        "company": fact.company,
        "lease": fact.lease,
        "document": invoice,
        "stream": fact.charge,
    }
    # The schedule knows nothing of a rent note by hand: its net is earned, or given up, at once.
    income = "rent" if fact.charge == "RENT" and is_by_hand(fact) else INCOME[fact.charge]
    yield Line(account="receivables", amount_minor=sign * gross, **about)
    for line in fact.lines:
        for month, net, vat in _by_month(line):
            yield Line(account=income, amount_minor=-sign * net, service_month=month, **about)
            yield Line(account="output-vat", amount_minor=-sign * vat, service_month=month, **about)


def _by_month(line: DocumentLine) -> Iterator[tuple[str, int, int]]:
    """(month, net, VAT): the VAT of a line, rounded once, is shared out as its net is."""
    months = line.by_month
    nets = [net for _, net in months]
    assert sum(nets) == line.net_minor, "a line's months make up its net"
    if len(nets) > 1 and min(nets) >= 0 and sum(nets) > 0:
        vats = share(line.vat_minor, nets)
    else:
        vats = [line.vat_minor, *([0] * (len(nets) - 1))]
    for (month, net), vat in zip(months, vats, strict=True):
        yield month, net, vat


# What is earned


def _recognised(fact: RentRecognised) -> Iterator[Line]:
    about = _rent(fact, fact.month)
    yield Line(account="straight-line", amount_minor=fact.fixed_minor + fact.variable_minor, **about)
    yield Line(account="rent", amount_minor=-fact.fixed_minor, **about)
    yield Line(account="rent-variable", amount_minor=-fact.variable_minor, **about)


def _derecognised(fact: AccruedRentDerecognised) -> Iterator[Line]:
    about = _rent(fact, month_of(fact.effective_on))
    yield Line(account="rent", amount_minor=fact.amount_minor, **about)
    yield Line(account="straight-line", amount_minor=-fact.amount_minor, **about)


def _rent(fact: RentRecognised | AccruedRentDerecognised, month: str) -> dict[str, Any]:
    return {"company": fact.company, "lease": fact.lease, "stream": "RENT", "service_month": month}


# What obtaining a lease cost

SPREAD: Mapping[CostKind, str] = {"INCENTIVE": "lease-incentives", "DIRECT": "lease-costs"}
"""The account that a cost stands in until its months bore it."""


def _cost_recorded(fact: LeaseCostRecorded) -> Iterator[Line]:
    return _cost_paid(fact, 1)


def _cost_reversed(fact: LeaseCostReversed) -> Iterator[Line]:
    return _cost_paid(fact, -1)


def _cost_paid(fact: LeaseCostRecorded | LeaseCostReversed, sign: int) -> Iterator[Line]:
    about: dict[str, Any] = {"company": fact.company, "lease": fact.lease, "document": fact.cost}
    yield Line(account=SPREAD[fact.kind], amount_minor=sign * fact.amount_minor, **about)
    paid_from = "bank" if fact.expense is None else fact.expense.lower()
    yield Line(account=paid_from, amount_minor=-sign * fact.amount_minor, **about)


def _cost_amortised(fact: LeaseCostAmortised) -> Iterator[Line]:
    """An incentive takes off the fixed rent of the month; a direct cost is a cost of the premises."""
    about: dict[str, Any] = {"company": fact.company, "lease": fact.lease}
    if fact.kind == "INCENTIVE":
        month: dict[str, Any] = {"stream": "RENT", "service_month": fact.month}
        yield Line(account="rent", amount_minor=fact.amount_minor, **about, **month)
    else:
        yield Line(account="cost-of-sales", amount_minor=fact.amount_minor, **about)
    yield Line(account=SPREAD[fact.kind], amount_minor=-fact.amount_minor, document=fact.cost, **about)


# Money in the bank


def _received(fact: ReceiptRecorded) -> Iterator[Line]:
    return _receipt(fact, 1)


def _reversed(fact: ReceiptReversed) -> Iterator[Line]:
    return _receipt(fact, -1)


def _receipt(fact: ReceiptRecorded | ReceiptReversed, sign: int) -> Iterator[Line]:
    free = fact.amount_minor - sum(one.amount_minor for one in fact.allocations)
    came = fact.amount_minor - fact.charge_minor
    yield Line(account="bank", amount_minor=sign * came, company=fact.company, document=fact.receipt)
    yield Line(
        account="bank-charges", amount_minor=sign * fact.charge_minor, company=fact.company, document=fact.receipt
    )
    yield from _paid(fact.company, fact.allocations, -sign)
    yield Line(account="unapplied", amount_minor=-sign * free, company=fact.company, document=fact.receipt)


def _allocated(fact: ReceiptAllocated) -> Iterator[Line]:
    return _applied(fact, 1)


def _unallocated(fact: ReceiptUnallocated) -> Iterator[Line]:
    return _applied(fact, -1)


def _applied(fact: ReceiptAllocated | ReceiptUnallocated, sign: int) -> Iterator[Line]:
    amount = sum(one.amount_minor for one in fact.allocations)
    yield Line(account="unapplied", amount_minor=sign * amount, company=fact.company, document=fact.receipt)
    yield from _paid(fact.company, fact.allocations, -sign)


def _paid(company: str, allocations: Iterable[Allocation], sign: int) -> Iterator[Line]:
    for one in allocations:
        amount = sign * one.amount_minor
        about: dict[str, Any] = {"company": one.company or company, "lease": one.lease, "document": one.invoice}
        yield Line(account="receivables", amount_minor=amount, **about)


def _refunded(fact: ReceiptRefunded) -> Iterator[Line]:
    return _paid_back(fact, 1)


def _refund_reversed(fact: RefundReversed) -> Iterator[Line]:
    return _paid_back(fact, -1)


def _paid_back(fact: ReceiptRefunded | RefundReversed, sign: int) -> Iterator[Line]:
    yield Line(account="unapplied", amount_minor=sign * fact.amount_minor, company=fact.company, document=fact.receipt)
    yield Line(account="bank", amount_minor=-sign * fact.amount_minor, company=fact.company, document=fact.refund)


def _claimed(fact: RefundClaimed) -> Iterator[Line]:
    yield Line(account="receivables", amount_minor=fact.gross_minor, company=fact.company, document=fact.invoice)
    yield Line(account="unapplied", amount_minor=-fact.gross_minor, company=fact.company, document=fact.receipt)


# Deposits


def _deposit_received(fact: DepositReceived) -> Iterator[Line]:
    return _deposit_in_bank(fact, 1)


def _deposit_refunded(fact: DepositRefunded) -> Iterator[Line]:
    return _deposit_in_bank(fact, -1)


def _deposit_in_bank(fact: DepositReceived | DepositRefunded | DepositReversed, sign: int) -> Iterator[Line]:
    about: dict[str, Any] = {"company": fact.company, "lease": fact.lease, "document": fact.deposit}
    yield Line(account="bank", amount_minor=sign * fact.amount_minor, **about)
    yield Line(account="deposits", amount_minor=-sign * fact.amount_minor, **about)


def _deposit_applied(fact: DepositApplied) -> Iterator[Line]:
    return _deposit_pays(fact, fact.invoice, 1)


def _deposit_pays(fact: DepositApplied | DepositReversed, invoice: str | None, sign: int) -> Iterator[Line]:
    about: dict[str, Any] = {"company": fact.company, "lease": fact.lease}
    yield Line(account="deposits", amount_minor=sign * fact.amount_minor, document=fact.deposit, **about)
    yield Line(account="receivables", amount_minor=-sign * fact.amount_minor, document=invoice, **about)


def _deposit_forfeited(fact: DepositForfeited) -> Iterator[Line]:
    return _deposit_kept(fact, fact.effective_on, 1)


def _deposit_kept(fact: DepositForfeited | DepositReversed, on: date, sign: int) -> Iterator[Line]:
    about: dict[str, Any] = {"company": fact.company, "lease": fact.lease, "document": fact.deposit}
    earned: dict[str, Any] = {**about, "stream": "DEPOSIT_FORFEIT", "service_month": month_of(on)}
    yield Line(account="deposits", amount_minor=sign * fact.amount_minor, **about)
    yield Line(account="other-income", amount_minor=sign * (fact.vat_minor - fact.amount_minor), **earned)
    yield Line(account="output-vat", amount_minor=-sign * fact.vat_minor, **earned)


def _interest_accrued(fact: DepositInterestAccrued) -> Iterator[Line]:
    about: dict[str, Any] = {"company": fact.company, "lease": fact.lease}
    yield Line(account="deposit-interest", amount_minor=fact.amount_minor, **about)
    yield Line(account="interest-payable", amount_minor=-fact.amount_minor, **about)


def _interest_credited(fact: DepositInterestCredited) -> Iterator[Line]:
    return _interest_held(fact, 1)


def _interest_held(fact: DepositInterestCredited | DepositReversed, sign: int) -> Iterator[Line]:
    about: dict[str, Any] = {"company": fact.company, "lease": fact.lease}
    yield Line(account="interest-payable", amount_minor=sign * fact.amount_minor, **about)
    yield Line(account="deposits", amount_minor=-sign * fact.amount_minor, document=fact.deposit, **about)


def _deposit_moved(fact: DepositMoved) -> Iterator[Line]:
    return _deposit_between(fact, fact.lease, fact.to_lease)


def _deposit_between(fact: DepositMoved | DepositReversed, lease: str, to_lease: str) -> Iterator[Line]:
    about: dict[str, Any] = {"account": "deposits", "company": fact.company, "document": fact.deposit}
    yield Line(amount_minor=fact.amount_minor, lease=lease, **about)
    yield Line(amount_minor=-fact.amount_minor, lease=to_lease, **about)


def _deposit_reversed(fact: DepositReversed) -> Iterator[Line]:
    match fact.movement:
        case "RECEIVED":
            return _deposit_in_bank(fact, -1)
        case "TAKEN_OVER":
            return _brought(fact, "deposits", fact.deposit, fact.amount_minor)
        case "REFUNDED":
            return _deposit_in_bank(fact, 1)
        case "APPLIED":
            return _deposit_pays(fact, fact.invoice, -1)
        case "FORFEITED":
            return _deposit_kept(fact, fact.moved_on, -1)
        case "INTEREST":
            return _interest_held(fact, -1)
        case "MOVED":
            return _deposit_between(fact, fact.to_lease or fact.lease, fact.lease)


# Taken over


def _invoice_taken_over(fact: InvoiceTakenOver) -> Iterator[Line]:
    return _brought(fact, "receivables", fact.invoice, fact.gross_minor, stream=fact.charge)


def _deposit_taken_over(fact: DepositTakenOver) -> Iterator[Line]:
    return _brought(fact, "deposits", fact.deposit, -fact.amount_minor)


def _rent_taken_over(fact: RentTakenOver) -> Iterator[Line]:
    return _brought(fact, "straight-line", None, fact.amount_minor, stream="RENT", service_month=fact.earned_through)


def _brought(
    fact: InvoiceTakenOver | LeaseBillingFact, account: str, document: str | None, amount: int, **more: Any
) -> Iterator[Line]:
    """An amount that other books had: its other side is what they were worth."""
    about: dict[str, Any] = {"company": fact.company, "lease": fact.lease, "document": document}
    yield Line(account=account, amount_minor=amount, **about, **more)
    yield Line(account="opening-equity", amount_minor=-amount, **about)


# Losses


def _written_off(fact: WriteOffApproved) -> Iterator[Line]:
    return _given_up(fact, 1)


def _recovered(fact: WriteOffRecovered) -> Iterator[Line]:
    return _given_up(fact, -1)


def _given_up(fact: WriteOffApproved | WriteOffRecovered, sign: int) -> Iterator[Line]:
    about: dict[str, Any] = {"company": fact.company, "lease": fact.lease}
    yield Line(account="loss-allowance", amount_minor=sign * fact.amount_minor, document=fact.write_off, **about)
    yield Line(account="receivables", amount_minor=-sign * fact.amount_minor, document=fact.invoice, **about)


def _measured(fact: EclMeasured | AllowanceRestated) -> Iterator[Line]:
    yield Line(account="credit-loss", amount_minor=fact.movement_minor, document=fact.measurement)
    yield Line(account="loss-allowance", amount_minor=-fact.movement_minor, document=fact.measurement)


RULES: Mapping[type[Fact], Callable[[Any], Iterator[Line]]] = {
    InvoiceIssued: _issued,
    InvoiceTakenOver: _invoice_taken_over,
    DepositTakenOver: _deposit_taken_over,
    RentTakenOver: _rent_taken_over,
    DebitNoteIssued: _issued,
    LateFeeAssessed: _issued,
    CreditNoteIssued: _credited,
    RentRecognised: _recognised,
    AccruedRentDerecognised: _derecognised,
    LeaseCostRecorded: _cost_recorded,
    LeaseCostReversed: _cost_reversed,
    LeaseCostAmortised: _cost_amortised,
    ReceiptRecorded: _received,
    ReceiptAllocated: _allocated,
    ReceiptUnallocated: _unallocated,
    ReceiptReversed: _reversed,
    DepositReceived: _deposit_received,
    DepositApplied: _deposit_applied,
    DepositForfeited: _deposit_forfeited,
    DepositRefunded: _deposit_refunded,
    DepositMoved: _deposit_moved,
    DepositInterestAccrued: _interest_accrued,
    DepositInterestCredited: _interest_credited,
    DepositReversed: _deposit_reversed,
    ReceiptRefunded: _refunded,
    RefundReversed: _refund_reversed,
    RefundClaimed: _claimed,
    WriteOffApproved: _written_off,
    WriteOffRecovered: _recovered,
    EclMeasured: _measured,
    AllowanceRestated: _measured,
}
