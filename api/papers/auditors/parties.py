"""Periods, bank accounts and companies; what is open and what was paid, of tenants and of suppliers.

BASE             the tables of what the books are about; base_rows: their records
OPEN_AR, OPEN_AP what is open on the basis's day; ADS_AR, ADS_AP: AICPA's
CASH, APPLIED    receipts of the year, and which documents they pay; PAID: payments to suppliers
ADJUSTED         what changes the amount that is open of a document and is no receipt
open_documents   what tenants and buyers owe, a batch at a time; open_payables: what suppliers are owed
received, applied, adjusted, paid   the records of a fact
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import Connection

from api.papers.auditors.table import Column, Table, field
from ledger.billing.facts import Credited, ReceiptRecorded, ReceiptReversed
from ledger.billing.moves import DocumentSum, moves
from ledger.bookkeeping.purchases.facts import SupplierPaid, SupplierPaymentReturned
from ledger.decider import Fact, stored_name
from ledger.log.envelope import Entry
from ledger.periods import PostingFact
from ledger.values.money import EXPONENT, written
from projections.books.bank_accounts import accounts_on
from projections.companies.register import all_companies
from projections.deals.orders import control_items, orders
from projections.engine.basis import Basis
from projections.engine.periods import periods
from projections.engine.timeline import as_of
from projections.payables.documents import PayableRow, payables
from projections.receivables.documents import DocumentRow, Documents, documents
from projections.vouchers import WORDS

BATCH = 2000

AdjustmentType = Literal["CREDIT_NOTE", "DEPOSIT", "WRITE_OFF"]
ADJUSTS: Mapping[DocumentSum, AdjustmentType] = {
    "credited_minor": "CREDIT_NOTE",
    "deposited_minor": "DEPOSIT",
    "written_off_minor": "WRITE_OFF",
}
"""The sums of a document that are neither asked for nor paid by a receipt."""


class Code(Struct, frozen=True):
    """A code and what it means."""

    code: str
    name: str
    decimals: int = 2


class Cash(Struct, frozen=True, kw_only=True):
    """Money received, applied to a document, or paid to a supplier; `minor` is CNY, less where it was taken back."""

    position: int
    on: date
    value_on: date
    company: str
    cash: str
    minor: int
    reference: str | None = None
    bank_account: str | None = None
    document: str | None = None
    currency: str = "CNY"
    foreign: str | None = None


class Adjustment(Struct, frozen=True, kw_only=True):
    """Less, or again more, is owed on a document without a receipt: `minor` is CNY, negative where less is owed.

    name     the credit note's, the deposit movement's or the write-off's
    reason   as it was written, where it was asked for
    """

    position: int
    on: date
    occurred_on: date
    company: str
    document: str
    kind: AdjustmentType
    name: str
    minor: int
    fact: str
    reason: str | None = None


def base_rows(connection: Connection, basis: Basis) -> Mapping[str, Sequence[Any]]:
    """The records of each table of BASE, by its name."""
    year = str(basis.effective.year)
    banks = [one for _, one in sorted(accounts_on(connection, basis).known.items())]
    companies = all_companies(connection, basis)
    owed = {row.company for row in payables(connection, basis)}
    currencies = sorted({"CNY", *(one.opened.currency for one in banks)})
    records: tuple[Sequence[Any], ...] = (
        [row for row in periods(connection, basis.recorded) if row.month.startswith(year)],
        [Code(word, kind) for kind, word in WORDS.items()],
        [Code(one, one, EXPONENT[one]) for one in currencies],
        banks,
        companies,
        [row for row in companies if row.company in owed],
    )
    return {table.name: rows for table, rows in zip(BASE, records, strict=True)}


def open_documents(connection: Connection, basis: Basis) -> Iterator[list[DocumentRow]]:
    """The documents of which something is open, a batch at a time, then each order with its milestones."""
    table = documents.c
    settled = table.credited_minor + table.paid_minor + table.deposited_minor + table.written_off_minor
    query = as_of(Documents, effective=basis.effective, recorded=basis.recorded)
    query = query.where(table.gross_minor != settled).order_by(table.invoice)
    for some in connection.execute(query, execution_options={"yield_per": BATCH}).partitions():
        yield [DocumentRow(**{name: getattr(row, name) for name in DocumentRow.__struct_fields__}) for row in some]
    owed = {name: parts["receivables"] for name, parts in control_items(connection, basis).items()}
    yield [
        DocumentRow(invoice=row.order, company=row.buyer, lease=None, gross_minor=owed[row.order])
        for row in orders(connection, basis)
        if owed[row.order]
    ]


def open_payables(connection: Connection, basis: Basis) -> Iterator[list[PayableRow]]:
    """The payables that are not settled, a batch at a time, by name."""
    after = None
    while some := payables(connection, basis, open_only=True, after=after, limit=BATCH):
        yield some
        after = some[-1].payable


def received(entry: Entry) -> Iterator[Cash]:
    """The receipt of a fact, or that it was taken back."""
    fact = entry.fact
    if isinstance(fact, ReceiptRecorded | ReceiptReversed):
        minor = fact.amount_minor if isinstance(fact, ReceiptRecorded) else -fact.amount_minor
        told = _told(entry, fact)
        yield Cash(
            **told,
            company=fact.company,
            cash=fact.receipt,
            minor=minor,
            reference=fact.bank_reference,
            bank_account=fact.bank_account,
        )


def applied(entry: Entry) -> Iterator[Cash]:
    """Each document that a fact pays out of a receipt, or pays no longer."""
    fact = entry.fact
    receipt = getattr(fact, "receipt", None)
    if receipt is None or not isinstance(fact, PostingFact):
        return
    for move in moves(fact).documents:
        if move.total == "paid_minor":
            told = _told(entry, fact)
            yield Cash(**told, company=move.company, cash=receipt, minor=move.amount_minor, document=move.invoice)


def adjusted(entry: Entry) -> Iterator[Adjustment]:
    """Each document of which a fact changes the open amount, where it neither issues nor pays it."""
    fact = entry.fact
    if not isinstance(fact, PostingFact):
        return
    for move in moves(fact).documents:
        if (kind := ADJUSTS.get(move.total)) is not None:
            yield Adjustment(
                position=entry.position,
                on=fact.accounting_on,
                occurred_on=fact.effective_on,
                company=move.company,
                document=move.invoice,
                kind=kind,
                name=_adjusts_by(fact),
                minor=move.open_minor,
                fact=stored_name(type(fact)),
                reason=getattr(fact, "reason", None),
            )


def _adjusts_by(fact: PostingFact) -> str:
    if isinstance(fact, Credited):
        return fact.credit_note
    return str(getattr(fact, "deposit", None) or getattr(fact, "write_off", ""))


def paid(entry: Entry) -> Iterator[Cash]:
    """Each payable that a payment to a supplier pays, or pays no longer."""
    fact = entry.fact
    if not isinstance(fact, SupplierPaid | SupplierPaymentReturned):
        return
    payment, sign = (fact, 1) if isinstance(fact, SupplierPaid) else (fact.reversed, -1)
    for item in payment.items:
        abroad = payment.currency != "CNY"
        yield Cash(
            **_told(entry, fact),
            company=payment.supplier,
            cash=payment.payment,
            minor=sign * (item.carrying_minor if abroad else item.amount_minor),
            reference=payment.bank_reference,
            bank_account=payment.bank_account,
            document=item.document,
            currency=payment.currency,
            foreign=written(sign * item.amount_minor, EXPONENT[payment.currency]) if abroad else None,
        )


def _told(entry: Entry, fact: Fact) -> dict[str, Any]:
    assert isinstance(fact, PostingFact), "only these move money"
    return {"position": entry.position, "on": fact.accounting_on, "value_on": fact.effective_on}


def _company(noun: str, about: str) -> Table:
    return Table(
        name=f"iso21378/BAS_{noun}",
        about=about,
        columns=(
            Column(f"{noun}_ID", "its name in this ledger", field("company")),
            Column(f"{noun}_Name", "as registered", field("name")),
            Column(f"{noun}_Name_Zh", "in Chinese", field("name_zh")),
            Column("Tax_ID", "统一社会信用代码: read it as text", field("uscc")),
            Column("LEI", "legal entity identifier", field("lei")),
            Column("Country", "ISO 3166", field("country")),
            Column("Address", "as registered", field("address")),
            Column("Stage", "from lead to exited", field("stage")),
            Column("Data_Class", "LIVE, or FICTIONAL: an invented example", field("data_class")),
        ),
    )


BASE = (
    Table(
        name="iso21378/BAS_Accounting_Period",
        about="A month of the year that was opened.",
        columns=(
            Column("Accounting_Period", "month", field("month")),
            Column("State", "OPEN or CLOSED", field("state")),
            Column("Closed_Position", "of the fact that closed it last", field("closed_position")),
            Column("Trial_Balance_SHA256", "of the trial balance it was closed with", field("trial_balance_sha256")),
        ),
    ),
    Table(
        name="iso21378/BAS_Journal_Entry_Type",
        about="A kind of voucher 凭证字.",
        columns=(
            Column("Journal_Entry_Type", "the word of its numbers", field("code")),
            Column("Meaning", "RECEIPT: money came in; PAYMENT: it went out; NON_CASH: none moved", field("name")),
        ),
    ),
    Table(
        name="iso21378/BAS_Currency",
        about="A currency of the bank accounts.",
        columns=(
            Column("Currency_Code", "ISO 4217", field("code")),
            Column("Decimals", "of its amounts", field("decimals")),
        ),
    ),
    Table(
        name="iso21378/BAS_Bank_Account",
        about="An account at a bank.",
        columns=(
            Column("Bank_Account_ID", "its name in this ledger", field("opened.bank_account")),
            Column("Bank", "the bank", field("opened.bank")),
            Column("Account_Number", "as the bank writes it: read it as text", field("opened.number")),
            Column("Currency", "ISO 4217", field("opened.currency")),
            Column("Opened_On", "from when it is used", field("opened.effective_on")),
            Column("Closed_On", "where it was closed", lambda one: one.closed and one.closed.effective_on),
        ),
    ),
    _company("Customer", "A company on record: every one may be billed."),
    _company("Supplier", "A company on record that was ever owed anything."),
)


def _open_ar(name: str, **told: Any) -> Table:
    return Table(
        name=name,
        about="An invoice, debit note or late fee of which something is open on the day of the export; or an order, "
        "with what is open of its milestones and fees.",
        columns=(
            Column("Customer_ID", "BAS_Customer", field("company")),
            Column("Document_ID", "its number", field("invoice")),
            Column("Lease_ID", "the lease, where it is of one", field("lease")),
            Column("Charge", "what it asks for", field("charge")),
            Column("Document_Date", "its day", field("issued_on")),
            Column("Due_Date", "when it is due", field("due_on")),
            Column("Gross_Amount", "CNY with VAT", field("gross_minor"), True),
            Column("Credited_Amount", "by credit notes", field("credited_minor"), True),
            Column("Paid_Amount", "by receipts", field("paid_minor"), True),
            Column("Deposit_Amount", "taken from a deposit", field("deposited_minor"), True),
            Column("Written_Off_Amount", "given up", field("written_off_minor"), True),
            Column("Open_Amount", "still owed: sums to the account of trade receivables", field("open_minor"), True),
        ),
        **told,
    )


def _open_ap(name: str, **told: Any) -> Table:
    return Table(
        name=name,
        about="A payable of which something is open on the day of the export.",
        columns=(
            Column("Supplier_ID", "BAS_Supplier", field("company")),
            Column("Document_ID", "its name in this ledger", field("document")),
            Column("Document_Number", "as the supplier wrote it", field("number")),
            Column("Kind", "PURCHASE, CUSTOMS, SHARE, DAMAGES or TERMINATION", field("kind")),
            Column("Document_Date", "its day", field("issued_on")),
            Column("Due_Date", "when it is due", field("due_on")),
            Column("Currency", "of what is owed", field("currency")),
            Column("Open_Transaction_Amount", "still owed, in it", _open_foreign),
            Column("Open_Amount", "CNY in the books: sums to trade payables", field("carrying_minor"), True),
        ),
        **told,
    )


def _open_foreign(row: PayableRow) -> str:
    return written(row.open_minor, EXPONENT[row.currency])


def _cash(name: str, about: str, party: str, cash: str, *more: Column) -> Table:
    return Table(
        name=name,
        about=about,
        columns=(
            Column(f"{cash}_ID", "its name in this ledger", field("cash")),
            Column(party, f"BAS_{party.removesuffix('_ID')}", field("company")),
            Column("Effective_Date", "the day of the books", field("on")),
            Column("Value_Date", "the day at the bank", field("value_on")),
            Column("Amount", "CNY; negative where it was taken back", field("minor"), True),
            *more,
            Column("Position", "of the fact in the log", field("position")),
        ),
    )


REFERENCE = (
    Column("Bank_Reference", "as the bank wrote it: read it as text", field("reference")),
    Column("Bank_Account_ID", "BAS_Bank_Account, where it is said", field("bank_account")),
)
DOCUMENT = Column("Document_ID", "what it pays", field("document"))
OPEN_AR = _open_ar("iso21378/AR_Open_Accounts_Receivable")
ADS_AR = _open_ar("ads/Open_Accounts_Receivable", forms=("pipe",))
OPEN_AP = _open_ap("iso21378/AP_Open_Accounts_Payable")
ADS_AP = _open_ap("ads/Open_Accounts_Payable", forms=("pipe",))
CASH = _cash("iso21378/AR_Cash_Received", "Money that came in from a tenant.", "Customer_ID", "Receipt", *REFERENCE)
APPLIED = _cash("iso21378/AR_Cash_Application", "A document that a receipt pays.", "Customer_ID", "Receipt", DOCUMENT)
ADJUSTED = Table(
    name="iso21378/AR_Adjustments",
    about="A document of which less is owed, or more again, without a receipt: by a credit note, a deposit or a "
    "write-off, or because one of these was taken back.",
    columns=(
        Column("Adjustment_ID", "the credit note's, deposit movement's or write-off's name", field("name")),
        Column("Customer_ID", "BAS_Customer", field("company")),
        Column("Document_ID", "the document that it adjusts", field("document")),
        Column("Adjustment_Type", "CREDIT_NOTE, DEPOSIT or WRITE_OFF", field("kind")),
        Column("Effective_Date", "the day of the books", field("on")),
        Column("Occurred_Date", "the day it is true in the world", field("occurred_on")),
        Column("Amount", "CNY with VAT; negative where less is owed; ties to trade receivables", field("minor"), True),
        Column("Reason", "as it was written", field("reason")),
        Column("Fact", "that recorded it", field("fact")),
        Column("Position", "of the fact in the log", field("position")),
    ),
)
PAID = _cash(
    "iso21378/AP_Payments_Made",
    "A payable that a payment pays; in the books at what it stood at.",
    "Supplier_ID",
    "Payment",
    DOCUMENT,
    Column("Currency", "of the payment", field("currency")),
    Column("Transaction_Amount", "in it, where it is not CNY", field("foreign")),
    *REFERENCE,
)
