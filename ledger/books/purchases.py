"""What purchases and their payment post (domain §8, §14.11).

Fact (purchase.…)       Dr                                                   Cr
invoice-recorded        inventory of an order (cost-of-sales where that was  payables, of the supplier
                        accepted), or the cost of each line; input-vat
customs-declared        inventory with the duty; input-vat                   payables, of customs
credit-note-recorded    the mirror of so much of an invoice
document-withdrawn      the mirror of one of these
supplier-paid           payables as they stand                               bank at the rate of the day; rest: exchange
payment-returned        the mirror of a payment
payables-remeasured     exchange                                             payables; a gain the other way round

VAT that is not deducted is part of the cost. What is paid may be any payable: also a generator's share, or damages.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from ledger.bookkeeping.purchases.facts import (
    CustomsDeclared,
    PayablesRemeasured,
    PurchaseFact,
    PurchaseInvoiceRecorded,
    PurchaseKind,
    PurchaseLine,
    PurchaseWithdrawn,
    SupplierCreditNoteRecorded,
    SupplierPaid,
    SupplierPaymentReturned,
)
from ledger.books.line import Line
from ledger.decider import Fact

COSTS: Mapping[PurchaseKind, str] = {
    "INVENTORY": "inventory",
    "ENERGY": "cost-of-sales",
    "PROPERTY": "cost-of-sales",
    "SELLING": "selling",
    "ADMINISTRATION": "administration",
    "ASSET": "fixed-assets",
    "PREPAID": "prepaid",
}
"""The account that a line of a purchase is a cost on."""


def _line(fact: PurchaseFact | SupplierPaid, account: str, amount: int, cny: int, document: str) -> Line:
    """A line in the document's currency; both amounts signed alike."""
    foreign: dict[str, Any] = {} if fact.currency == "CNY" else {"currency": fact.currency, "foreign_minor": amount}
    return Line(account=account, amount_minor=cny, company=fact.supplier, document=document, **foreign)


def _asked(fact: PurchaseFact) -> Iterator[Line]:
    sign = fact.sign
    owed = fact.invoice if isinstance(fact, SupplierCreditNoteRecorded) else fact.purchase
    for line in fact.lines:
        deducted = (line.vat_minor, line.vat_cny_minor) if line.deductible else (0, 0)
        cost = line.net_minor + line.vat_minor - deducted[0]
        yield _line(fact, _account(line), sign * cost, sign * line.cost_cny_minor, line.order or fact.purchase)
        yield _line(fact, "input-vat", sign * deducted[0], sign * deducted[1], fact.purchase)
    yield _line(fact, "payables", -sign * fact.gross_minor, -sign * fact.gross_cny_minor, owed)


def _account(line: PurchaseLine) -> str:
    return "cost-of-sales" if line.sold else COSTS[line.kind]


def _paid(fact: SupplierPaid) -> Iterator[Line]:
    for item in fact.items:
        yield _line(fact, "payables", item.amount_minor, item.carrying_minor, item.document)
    yield _line(fact, "bank", -fact.amount_minor, -fact.cny_minor, fact.payment)
    carried = sum(item.carrying_minor for item in fact.items)
    difference = fact.cny_minor - carried
    yield Line(account="exchange", amount_minor=difference, company=fact.supplier, document=fact.payment)


def _remeasured(fact: PayablesRemeasured) -> Iterator[Line]:
    for item in fact.items:
        about: dict[str, Any] = {"company": item.supplier, "document": item.document}
        yield Line(account="exchange", amount_minor=item.difference_minor, **about)
        yield Line(account="payables", amount_minor=-item.difference_minor, **about)


def _mirror(fact: PurchaseWithdrawn | SupplierPaymentReturned) -> Iterator[Line]:
    for line in OF_FACTS[type(fact.reversed)](fact.reversed):
        foreign = None if line.foreign_minor is None else -line.foreign_minor
        yield replace(line, amount_minor=-line.amount_minor, foreign_minor=foreign)


OF_FACTS: Mapping[type[Fact], Callable[[Any], Iterator[Line]]] = {
    PurchaseInvoiceRecorded: _asked,
    SupplierCreditNoteRecorded: _asked,
    CustomsDeclared: _asked,
    SupplierPaid: _paid,
}
RULES: Mapping[type[Fact], Callable[[Any], Iterator[Line]]] = {
    **OF_FACTS,
    PayablesRemeasured: _remeasured,
    PurchaseWithdrawn: _mirror,
    SupplierPaymentReturned: _mirror,
}
