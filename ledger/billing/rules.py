"""The refusals that all commands of billing share, and the checks that raise them.

Refusals, in order of precedence
BillingRefusal
├── PayerUnknown, LeaseNotInForce, DocumentUnknown, ReceiptUnknown, WriteOffUnknown   no such thing (unknown)
├── IdTaken              this id is another document's, receipt's, refund's or deposit's, or says otherwise (conflict)
├── IdReserved           ids of this form are given by billing itself
├── BankReferenceTaken   B5: the bank's reference is recorded already (conflict)
├── AmountZero           there is nothing to record
├── those of the command's own part, in the order its file draws them
├── BeforeDocument       nothing is paid, credited or written off before it is asked for
├── BeforeItsCause       nothing is taken back before it happened
├── OpenExceeded         B2: more than is open of a document, on that day or on a later one
├── VatRateMissing       no tax rate is approved for the date, or for simplified leasing none since the VAT Law
└── NoOpenPeriod         of `ledger.periods`: nothing can be posted
"""

import re
from datetime import date, timedelta

from ledger.billing.account import Billing, Document
from ledger.billing.balance import DatedAmount
from ledger.billing.facts import Issued
from ledger.bookkeeping.vat.rates import LAW_ON
from ledger.decider import By, Command, Refusal
from ledger.leases.lease import Lease
from ledger.leases.terms import Terms
from ledger.periods import PERIODS_TAG, posting_date
from ledger.rates import value_on
from ledger.values.days import Happened
from ledger.values.money import minor, written

VAT_SERIES = {"GENERAL": "vat/leasing", "SIMPLIFIED": "vat/leasing-simplified"}
SERVICES_SERIES = "vat/services"

POSTING = (PERIODS_TAG,)
"""The tags that every command that posts must see."""

RATE_TAGS = tuple(f"series:{series}" for series in (*VAT_SERIES.values(), SERVICES_SERIES))
"""The tax rates that billing asks for, as tags."""

RESERVED = re.compile(
    r"-(rent|sales|service)-[0-9]{6}(-d[0-9]+)?(-c[0-9]+)?$|-termination(-[0-9]+)?(-c[0-9]+)?$"
    r"|-(energy-[0-9]{6}|top-[0-9]{4})-(r[0-9]+|make-up|r[0-9]+-make-up)(-c[0-9]+)?$|-ld-[0-9]{4}(-r[0-9]+)?$"
    r"|-late-c[0-9]+$"
)
"""Names that billing, and the settlement of energy, give themselves."""

OF_LEASE = re.compile(r"(.+)-(rent-[0-9]{6}|sales-[0-9]{6}|service-[0-9]{6}|termination)(-d?[0-9]+)?")
"""Names that billing gives to what it asks for on a lease."""


# Commands


class BillingCommand(Command, frozen=True, kw_only=True):
    """Something asked of billing. `effective_on` is the day it is done; it posts there, or in the earliest open month
    after where that month is closed."""

    effective_on: Happened


# Refusals


class BillingRefusal(Refusal):
    """A rule about billing said no."""


class PayerUnknown(BillingRefusal):
    """No such company."""

    code = "payer-unknown"
    kind = "unknown"


class LeaseNotInForce(BillingRefusal):
    """No such lease, or it was not executed."""

    code = "lease-not-in-force"
    kind = "unknown"


class DocumentUnknown(BillingRefusal):
    """No such invoice, debit note or late fee."""

    code = "document-unknown"
    kind = "unknown"


class IdTaken(BillingRefusal):
    """This id is another document's, receipt's or deposit's."""

    code = "billing-id-taken"
    kind = "conflict"


class IdReserved(BillingRefusal):
    """Ids of this form are given by billing itself."""

    code = "billing-id-reserved"


class BankReferenceTaken(BillingRefusal):
    """B5: the bank's reference is recorded already."""

    code = "bank-reference-taken"
    kind = "conflict"


class AmountZero(BillingRefusal):
    """There is nothing to record."""

    code = "amount-zero"


class BeforeDocument(BillingRefusal):
    """Nothing is paid, credited or written off before it is asked for."""

    code = "before-document"


class BeforeItsCause(BillingRefusal):
    """Nothing is taken back before it happened."""

    code = "before-its-cause"


class OpenExceeded(BillingRefusal):
    """B2: more than is open of a document."""

    code = "open-exceeded"


class VatRateMissing(BillingRefusal):
    """No tax rate is approved for the date, or for simplified leasing none since the VAT Law."""

    code = "vat-rate-missing"


# Things on record


def known_lease(state: Billing, lease: str, *, field: str = "lease") -> Lease:
    """Find a lease, in whatever state. Raises LeaseNotInForce."""
    if lease not in state.leases:
        raise LeaseNotInForce(f"there is no lease {lease}; draft-lease first", field=field)
    return state.leases[lease]


def lease_in_force(state: Billing, lease: str, *, field: str = "lease") -> Lease:
    """Find a lease that was executed. Raises LeaseNotInForce."""
    executed = known_lease(state, lease, field=field)
    if executed.executed_on is None:
        raise LeaseNotInForce(f"lease {lease} is {executed.state}; only an executed lease is billed", field=field)
    return executed


def owed(state: Billing, invoice: str, *, field: str = "invoice") -> tuple[Document, Issued]:
    """Find a document, and the fact that issued it. Raises DocumentUnknown."""
    document = state.documents.get(invoice)
    if document is None or document.issued is None:
        raise DocumentUnknown(f"there is no invoice, debit note or late fee {invoice}", field=field)
    return document, document.issued


def lease_named_in(invoice: str) -> str | None:
    """Read the lease out of a document's name that billing gave; None where somebody chose the name."""
    named = OF_LEASE.fullmatch(invoice)
    return named.group(1) if named else None


# Amounts, ids and references asked for


def amount_of(written_amount: str, *, field: str = "amount") -> int:
    """Read an amount in minor units. Raises AmountZero."""
    amount = minor(written_amount)
    if amount == 0:
        raise AmountZero("an amount of 0.00 records nothing; say how much it is", field=field)
    return amount


def check_new_document(state: Billing, invoice: str, *, field: str = "invoice") -> None:
    """Check that a person may give this id to a new document. Raises IdTaken, IdReserved."""
    document = state.documents.get(invoice)
    if document is not None and document.issued is not None:
        raise IdTaken(
            f"{invoice} names a document of {document.issued.company} already; choose another id", field=field
        )
    if RESERVED.search(invoice):
        raise IdReserved(f"names like {invoice} are given by billing itself; choose another id", field=field)


def check_asked(invoice: str, issued: Issued, on: date, advice: str, *, field: str = "effective_on") -> None:
    """Check that a document asks for its money by a day; `advice`: what else to do. Raises BeforeDocument."""
    if on < issued.effective_on:
        raise BeforeDocument(f"{invoice} is of {issued.effective_on}, after {on}; {advice}", field=field)


def check_not_before(what: str, happened_on: date, on: date) -> None:
    """Check that something is taken back on the day it happened, or later. Raises BeforeItsCause."""
    if on < happened_on:
        raise BeforeItsCause(
            f"{what} is of {happened_on}, after {on}; take it back then or later", field="effective_on"
        )


def check_open(
    invoice: str,
    document: Document,
    amount_minor: int,
    given_up_minor: int = 0,
    *,
    field: str,
    on: date = date.max,
) -> None:
    """Check that an amount is open of a document on a day and on every later one, or was given up and may come after
    all (B2). Raises OpenExceeded."""
    open_minor = document.open.least_from(on)
    if amount_minor > open_minor + given_up_minor:
        raise OpenExceeded(
            f"{written(max(open_minor, 0))} CNY are open of {invoice}, not {written(amount_minor)}"
            f"{from_when(document.open, amount_minor, on)}",
            field=field,
        )


def from_when(balance: DatedAmount, amount_minor: int, on: date) -> str:
    """Say since when an amount is there, where it is not there on a day but comes later."""
    since = balance.covers_from(amount_minor, on)
    return "" if since is None or since == on else f" on {on}; so much is there from {since} on"


# Tax and dates


def leasing_series(terms: Terms) -> str:
    """Name the series of tax rates that rent on these terms has."""
    return VAT_SERIES[terms.vat]


def vat_rate(state: Billing, series: str, on: date) -> str:
    """Find the rate that holds on a date. Raises VatRateMissing."""
    rate = value_on(state.rates, series, on)
    if rate is None:
        raise VatRateMissing(
            f"no rate of {series} is approved for {on}: propose one (propose-rate, series {series}, effective on {on} "
            "or before) and let somebody else approve it (approve-rate)"
        )
    since = max(since for since, _ in state.rates[series] if since <= on)
    if series == VAT_SERIES["SIMPLIFIED"] and since < LAW_ON <= on:
        raise VatRateMissing(
            f"{rate} of {series} was approved for days before the VAT Law of {LAW_ON}, which has 0.03: propose the "
            f"rate of {LAW_ON} (propose-rate) and let somebody else approve it; whether the option for property of "
            "before 2016-05 goes on is not settled, ask your tax office"
        )
    return rate


def posts_on(state: Billing, on: date, by: By, *no_earlier: date) -> date:
    """Find the day in an open month that a fact of this date posts on; not before those days, on which the books have
    what it rests on. Raises NoOpenPeriod."""
    return posting_date(state.periods, max(on, *no_earlier) if no_earlier else on, by.role)


def due_on(terms: Terms, on: date) -> date:
    """Add the days that the terms allow to a document's date."""
    return on + timedelta(days=terms.due_days)
