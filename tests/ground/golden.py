"""The golden year as facts: the half of domain §8.1 that one lease and its service charge make, and a year after it.

GOLDEN     2024: a deposit, twelve months of rent and service charge, two of three quarters paid, a loss allowance
BALANCES   what the books come to on 2024-12-31, by account, minor units, debits positive
BACKDATED  domain §9: a service charge raised from July on, told in September, with July and August closed
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from ledger.billing.facts import (
    DebitNoteIssued,
    DepositReceived,
    EclMeasured,
    InvoiceIssued,
    ReceiptRecorded,
    RentRecognised,
)
from ledger.billing.lines import Allocation, DocumentLine, Exposure
from ledger.decider import Fact

LEASE, TENANT = "l-1-demo", "sunfield-demo"
BALANCES = {
    "bank": 54965866,
    "receivables": 17439041,
    "straight-line": 13919244,
    "loss-allowance": -871952,
    "output-vat": -4853067,
    "deposits": -10666080,
    "rent": -61916604,
    "service-charge": -8888400,
    "credit-loss": 871952,
}


def month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def service(year: int, month: int, net: int = 740700, vat: int = 44442) -> InvoiceIssued:
    on = date(year, month, 1)
    return InvoiceIssued(
        effective_on=on,
        accounting_on=on,
        company=TENANT,
        lease=LEASE,
        invoice=f"{LEASE}-service-{year}{month:02}",
        charge="SERVICE_CHARGE",
        lines=(
            DocumentLine(from_on=on, until_on=month_end(year, month), net_minor=net, vat_rate="0.06", vat_minor=vat),
        ),
        due_on=on + timedelta(days=30),
    )


def quarter(year: int, month: int) -> InvoiceIssued:
    on = date(year, month, 1)
    return InvoiceIssued(
        effective_on=on,
        accounting_on=on,
        company=TENANT,
        lease=LEASE,
        invoice=f"{LEASE}-rent-{year}{month:02}",
        charge="RENT",
        lines=(
            DocumentLine(
                from_on=on,
                until_on=month_end(year, month + 2),
                net_minor=15999120,
                vat_rate="0.09",
                vat_minor=1439921,
                months=(5333040,) * 3,
            ),
        ),
        due_on=on + timedelta(days=30),
    )


def recognised(year: int, month: int, fixed: int = 5159717) -> RentRecognised:
    on = month_end(year, month)
    return RentRecognised(
        effective_on=on,
        accounting_on=on,
        company=TENANT,
        lease=LEASE,
        month=f"{year}-{month:02}",
        fixed_minor=fixed,
        variable_minor=0,
    )


def paid(invoice: InvoiceIssued, on: date | None = None) -> ReceiptRecorded:
    """A receipt that pays an invoice in full, on the 20th of its month unless said otherwise."""
    day = on or invoice.effective_on.replace(day=20)
    return ReceiptRecorded(
        effective_on=day,
        accounting_on=day,
        company=TENANT,
        receipt=f"r-{invoice.invoice}",
        bank_reference=f"BANK-{invoice.invoice}",
        amount_minor=invoice.gross_minor,
        allocations=(Allocation(invoice=invoice.invoice, lease=LEASE, amount_minor=invoice.gross_minor),),
    )


def deposit(on: date = date(2024, 1, 2), amount: int = 10666080) -> DepositReceived:
    return DepositReceived(
        effective_on=on,
        accounting_on=on,
        company=TENANT,
        lease=LEASE,
        deposit="d-1-demo",
        bank_reference="DEP-1",
        amount_minor=amount,
    )


def measured(on: date = date(2024, 12, 31)) -> EclMeasured:
    return EclMeasured(
        effective_on=on,
        accounting_on=on,
        measurement="ecl-2024-12",
        recorded=1,
        exposures=(Exposure(bucket="61-90 days", gross_minor=17439041, rate="0.05"),),
        allowance_minor=871952,
        movement_minor=871952,
    )


def _golden() -> Iterator[Fact]:
    yield deposit()
    for month in range(1, 13):
        invoice = service(2024, month)
        yield invoice
        yield paid(invoice)
        if month in (4, 7, 10):
            yield quarter(2024, month)
        if month in (4, 7):
            yield paid(quarter(2024, month))
        yield recognised(2024, month)
    yield measured()


GOLDEN: tuple[Fact, ...] = tuple(_golden())

BACKDATED: tuple[Fact, ...] = (
    *(service(2024, month, 5400000, 324000) for month in (7, 8)),
    service(2024, 9, 5550000, 333000),
    DebitNoteIssued(
        effective_on=date(2024, 9, 5),
        accounting_on=date(2024, 9, 5),
        company=TENANT,
        lease=LEASE,
        invoice=f"{LEASE}-service-202407-d1",
        charge="SERVICE_CHARGE",
        lines=tuple(
            DocumentLine(
                from_on=date(2024, month, 1),
                until_on=date(2024, month, 31),
                net_minor=150000,
                vat_rate="0.06",
                vat_minor=9000,
            )
            for month in (7, 8)
        ),
        due_on=date(2024, 10, 5),
        reason="service for 2024-07 to 2024-08 is more than was billed",
    ),
)
