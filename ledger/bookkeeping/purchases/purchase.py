"""The state of purchases, and what several decisions ask of it.

Purchases   what the facts of one scope tell: documents, numbers, companies, rates, periods
Purchase    a document, what was taken off it, what paid it
evolve      purchases after one more fact

Refusals, in order of precedence
PurchaseRefusal
├── SupplierUnknown        no such company (unknown)
├── PurchaseUnknown        no such document (unknown)
├── PurchaseTaken          this id is another document's, or says otherwise (conflict)
├── SupplierNumberTaken    this number of the supplier is recorded already (conflict)
├── InvoiceCodeUnfit       a code goes with 8 digits; the number is recorded already and one of the two lacks its code
├── those of documents.py, in the order that file draws them
├── VatRateUnfit           the table has no such VAT rate on the day, and nobody says why it is right
├── PurchaseAmountUnfit    more decimals than the currency has, or nothing, or VAT that no rate gives
├── PurchaseRateMissing    the amount is foreign and no exchange rate of that currency is named, or approved (unknown)
└── NoOpenPeriod           of `ledger.periods`: nothing can be posted
"""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ledger.bookkeeping.purchases.facts import (
    PurchaseFact,
    PurchaseWithdrawn,
    SupplierCreditNoteRecorded,
    SupplierPaid,
    SupplierPaymentReturned,
)
from ledger.companies.facts import CompanyFact
from ledger.decider import By, Command, Fact, Refusal
from ledger.periods import PERIODS_TAG, PeriodFact, Periods, evolve_periods, posting_date
from ledger.rates import NO_RATES, RateApproved, Rates, Series, value_on, with_rate
from ledger.values.currencies import Currency, decimals, in_minor, quotes
from ledger.values.days import Happened
from ledger.values.money import EXPONENT, rounded

# Commands


class PurchaseCommand(Command, frozen=True, kw_only=True):
    """Something asked of purchases."""

    effective_on: Happened


# Refusals


class PurchaseRefusal(Refusal):
    """A rule about purchases and their payment said no."""


class SupplierUnknown(PurchaseRefusal):
    """No such company."""

    code = "supplier-unknown"
    kind = "unknown"


class PurchaseUnknown(PurchaseRefusal):
    """No such document of a supplier."""

    code = "purchase-unknown"
    kind = "unknown"


class PurchaseTaken(PurchaseRefusal):
    """This id is another document's."""

    code = "purchase-id-taken"
    kind = "conflict"


class SupplierNumberTaken(PurchaseRefusal):
    """This number of the supplier is recorded already."""

    code = "supplier-number-taken"
    kind = "conflict"


class InvoiceCodeUnfit(PurchaseRefusal):
    """A code goes with a number of 8 digits; or the number is recorded already, and one of the two lacks its code."""

    code = "invoice-code-unfit"


class VatRateUnfit(PurchaseRefusal):
    """The table has no such VAT rate on the day, and nobody says why it is right."""

    code = "vat-rate-unfit"


class PurchaseAmountUnfit(PurchaseRefusal):
    """More decimals than the currency has, or nothing, or VAT that no rate gives."""

    code = "purchase-amount-unfit"


class PurchaseRateMissing(PurchaseRefusal):
    """The amount is foreign and no exchange rate of that currency is named, or approved."""

    code = "purchase-rate-missing"
    kind = "unknown"


# State

NOTHING: Mapping[Any, Any] = MappingProxyType({})


class Purchase(Struct, frozen=True, kw_only=True):
    """A document that was recorded. Of what was withdrawn, only that."""

    recorded: PurchaseFact
    withdrawn: PurchaseWithdrawn | None = None
    notes: Mapping[str, SupplierCreditNoteRecorded] = NOTHING
    payments: tuple[str, ...] = ()


class Purchases(Struct, frozen=True, kw_only=True):
    """The state of one scope. `numbers`: the tag of a supplier's number -> the document that has it."""

    documents: Mapping[str, Purchase] = NOTHING
    numbers: Mapping[str, str] = NOTHING
    companies: frozenset[str] = frozenset()
    periods: Periods = Periods()
    rates: Rates = NO_RATES


# Evolve


def evolve(state: Purchases, fact: Fact) -> Purchases:
    """Purchases after one more fact; of other contexts only companies, periods and rates matter."""
    match fact:
        case PurchaseFact():
            state = _with(state, fact.purchase, Purchase(recorded=fact))
            if isinstance(fact, SupplierCreditNoteRecorded):
                state = _noted(state, fact.invoice, fact.purchase, fact)
            return replace(state, numbers={**state.numbers, fact.key: fact.purchase})
        case PurchaseWithdrawn():
            return _withdrawn(state, fact)
        case SupplierPaid() | SupplierPaymentReturned():
            return _paid(state, fact)
        case CompanyFact():
            return replace(state, companies=state.companies | set(fact.companies))
        case PeriodFact():
            return replace(state, periods=evolve_periods(state.periods, fact))
        case RateApproved():
            return replace(state, rates=with_rate(state.rates, fact))
    return state


def _with(state: Purchases, name: str, purchase: Purchase) -> Purchases:
    return replace(state, documents={**state.documents, name: purchase})


def _noted(state: Purchases, invoice: str, name: str, note: SupplierCreditNoteRecorded | None) -> Purchases:
    """An invoice with a credit note more, or with that one gone. Only the note may be in the scope."""
    purchase = state.documents.get(invoice)
    if purchase is None:
        return state
    notes = {other: fact for other, fact in purchase.notes.items() if other != name}
    return _with(state, invoice, replace(purchase, notes=notes if note is None else {**notes, name: note}))


def _withdrawn(state: Purchases, fact: PurchaseWithdrawn) -> Purchases:
    recorded = fact.reversed
    purchase = state.documents.get(fact.purchase) or Purchase(recorded=recorded)
    state = _with(state, fact.purchase, replace(purchase, withdrawn=fact))
    if isinstance(recorded, SupplierCreditNoteRecorded):
        state = _noted(state, recorded.invoice, fact.purchase, None)
    return replace(state, numbers={key: name for key, name in state.numbers.items() if key != recorded.key})


def _paid(state: Purchases, fact: SupplierPaid | SupplierPaymentReturned) -> Purchases:
    """Purchases with what a payment pays, or pays no more."""
    paid = fact.reversed if isinstance(fact, SupplierPaymentReturned) else fact
    for item in paid.items:
        purchase = state.documents.get(item.document)
        if purchase is None or item.payable != f"purchase:{item.document}":
            continue
        payments = [name for name in purchase.payments if name != paid.payment]
        if isinstance(fact, SupplierPaid):
            payments.append(paid.payment)
        state = _with(state, item.document, replace(purchase, payments=tuple(payments)))
    return state


# Scope


def posting_tags(series: Series | None) -> tuple[str, ...]:
    """The tags that a command must see that may post: the periods, and the rate it names."""
    return (PERIODS_TAG, *(() if series is None else (f"series:{series}",)))


# What decisions ask


def posts_on(state: Purchases, on: date, by: By, *no_earlier: date) -> date:
    """The day in an open month on which a fact of this date posts. Raises NoOpenPeriod."""
    return posting_date(state.periods, max(on, *no_earlier) if no_earlier else on, by.role)


def amount_of(amount: str, currency: Currency, field: str) -> int:
    """Minor units of an amount of a currency. Raises PurchaseAmountUnfit."""
    if decimals(amount) > EXPONENT[currency]:
        raise PurchaseAmountUnfit(f"{currency} has {EXPONENT[currency]} decimals, {amount} has more", field=field)
    return in_minor(amount, currency)


def carried(whole: tuple[int, int], amount_minor: int) -> int:
    """The CNY that a part of (amount, CNY) stands at; all of it, at all that it stands at."""
    amount, cny = whole
    return cny if amount_minor == amount else rounded(Fraction(cny) * amount_minor / amount)


def rate_of(rates: Rates, currency: Currency, series: Series | None, on: date) -> tuple[Series | None, str]:
    """Series and rate for an amount on a date; CNY needs none. Raises PurchaseRateMissing."""
    if currency == "CNY":
        return None, "1"
    if series is None or not quotes(series, currency):
        raise PurchaseRateMissing(
            f"the amount is in {currency}: name its exchange rate, such as fx/{currency.lower()}-cny",
            field="rate_series",
        )
    rate = value_on(rates, series, on)
    if rate is None:
        raise PurchaseRateMissing(
            f"no rate of {series} is approved for {on}: propose one (propose-rate, effective on {on} or before) and "
            "let somebody else approve it (approve-rate)",
            field="rate_series",
        )
    return series, rate
