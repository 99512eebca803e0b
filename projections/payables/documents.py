"""What became of each payable: credited, paid, still owed?

Payables         the read model: one timeline for each payable, by accounting date
payables         those on a basis, as rows
control_totals   what the account payables (2202) must show; control_items: what each adds to it

A payable is named by the tag that finds its facts: purchase:p-1, invoice:e-1 (a generator's share), offtake:o-1
(damages), termination:t-1. What is owed is kept in its currency; beside it stands the CNY that it has in the books.
"""

from datetime import date
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import BigInteger, Column, Connection, Date, Index, Text, func, select

from ledger.billing.facts import Issued
from ledger.bookkeeping.purchases.facts import (
    CustomsDeclared,
    PurchaseInvoiceRecorded,
    PurchaseWithdrawn,
    SupplierCreditNoteRecorded,
    SupplierPaid,
    SupplierPaymentReturned,
)
from ledger.books.payables import moves
from ledger.decider import DataClass, Fact
from ledger.log.envelope import Entry
from ledger.offtake.charges.facts import TerminationPaymentOwed
from ledger.offtake.facts import GuaranteeLdAssessed
from ledger.periods import PostingFact
from ledger.values.money import EXPONENT, written
from projections.engine.basis import Basis
from projections.engine.timeline import TimelineView, as_of, timeline_table

PayableKind = Literal["PURCHASE", "CUSTOMS", "SHARE", "DAMAGES", "TERMINATION"]
"""What is owed for: a supplier's invoice, duty and import VAT, a generator's share, damages to a buyer, a payment on
termination."""

payables_table = timeline_table(
    "payables",
    "payable",
    Column("document", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("kind", Text),
    Column("number", Text),
    Column("currency", Text, nullable=False),
    Column("issued_on", Date),
    Column("due_on", Date),
    Column("gross_minor", BigInteger, nullable=False),
    Column("credited_minor", BigInteger, nullable=False),
    Column("paid_minor", BigInteger, nullable=False),
    Column("carrying_minor", BigInteger, nullable=False),
    Column("data_class", Text, nullable=False),
    Column("last_position", BigInteger, nullable=False),
)
Index("payables_due", payables_table.c.generation, payables_table.c.due_on)


class PayableRow(Struct, frozen=True, kw_only=True):
    """A payable as of a basis, minor units of its currency; `carrying_minor`: what is open, as the books have it."""

    payable: str
    document: str
    company: str
    currency: str
    kind: PayableKind | None = None
    number: str | None = None
    issued_on: date | None = None
    due_on: date | None = None
    gross_minor: int = 0
    credited_minor: int = 0
    paid_minor: int = 0
    carrying_minor: int = 0
    data_class: DataClass = "LIVE"
    last_position: int = 0

    @property
    def open_minor(self) -> int:
        """The amount that is still owed, in its currency."""
        return self.gross_minor - self.credited_minor - self.paid_minor


class PayableState(Struct, frozen=True):
    """A payable, and the first position at which anything was recorded of it."""

    row: PayableRow
    first_position: int


_COLUMNS = tuple(column.name for column in payables_table.c if column.name in PayableRow.__struct_fields__)


class Payables(TimelineView[PayableState]):
    """One timeline for each payable."""

    name = "payables"
    version = 1
    table = payables_table
    tables = (payables_table,)
    facts = (PostingFact,)

    def keys(self, fact: Fact) -> tuple[str, ...]:
        """The payables that a fact moves."""
        return tuple(dict.fromkeys(move.payable for move in moves(fact)))

    def tag(self, key: str) -> str:
        """A payable is named by its tag."""
        return key

    def dated(self, fact: Fact) -> date:
        """The date that it stands in the books by."""
        assert isinstance(fact, PostingFact), "keys() lets no other facts in"
        return fact.accounting_on

    def fold(self, key: str, state: PayableState | None, entry: Entry) -> PayableState:
        """A payable after one more fact; sums do not mind the order."""
        fact, at = entry.fact, entry.position
        moved = [move for move in moves(fact) if move.payable == key]
        if state is None:
            first = moved[0]
            row = PayableRow(
                payable=key, document=first.document, company=first.company, currency=first.currency,
                data_class=entry.data_class,
            )  # fmt: skip
            state = PayableState(row, at)
        row = replace(state.row, last_position=max(at, state.row.last_position))
        if at < state.first_position:
            row = replace(row, data_class=entry.data_class)
        row = _told(row, fact)
        for move in moved:
            row = _moved(row, fact, move.amount_minor, move.cny_minor)
        return PayableState(row, min(at, state.first_position))

    def values(self, state: PayableState) -> tuple[Any, ...]:
        """The columns after identity and positions."""
        return tuple(getattr(state.row, name) for name in _COLUMNS if name != "payable")


def _told(row: PayableRow, fact: Fact) -> PayableRow:
    """A payable with what the fact says of it that asks for it; the first one's, where several do."""
    match fact:
        case PurchaseInvoiceRecorded() | CustomsDeclared():
            kind: PayableKind = "CUSTOMS" if isinstance(fact, CustomsDeclared) else "PURCHASE"
            return replace(row, kind=kind, number=fact.number, issued_on=fact.effective_on, due_on=fact.due_on)
        case Issued():
            return replace(row, kind="SHARE", issued_on=fact.effective_on, due_on=fact.due_on)
        case GuaranteeLdAssessed():
            first = min(row.issued_on or date.max, fact.effective_on)
            return replace(row, kind="DAMAGES", issued_on=first, due_on=first)
        case TerminationPaymentOwed():
            return replace(row, kind="TERMINATION", issued_on=fact.effective_on, due_on=fact.due_on)
    return row


def _moved(row: PayableRow, fact: Fact, amount: int, cny: int) -> PayableRow:
    row = replace(row, carrying_minor=row.carrying_minor + cny)
    match fact:
        case PurchaseWithdrawn() if not isinstance(fact.reversed, SupplierCreditNoteRecorded):
            return replace(row, gross_minor=row.gross_minor + amount)
        case SupplierPaid() | SupplierPaymentReturned():
            return replace(row, paid_minor=row.paid_minor - amount)
        case (
            PurchaseInvoiceRecorded() | CustomsDeclared() | Issued() | GuaranteeLdAssessed() | TerminationPaymentOwed()
        ):
            return replace(row, gross_minor=row.gross_minor + amount)
    return replace(row, credited_minor=row.credited_minor - amount)


# Queries


class PayableFound(Struct, frozen=True, kw_only=True):
    """A payable: amounts in its currency, and what is open of it in CNY as the books have it."""

    payable: str
    document: str
    company: str
    kind: PayableKind | None
    number: str | None
    issued_on: date | None
    due_on: date | None
    currency: str
    gross: str
    credited: str
    paid: str
    open: str
    open_cny: str
    data_class: DataClass
    last_position: int


def payables(
    connection: Connection,
    basis: Basis,
    *,
    company: str | None = None,
    kind: PayableKind | None = None,
    open_only: bool = False,
    after: str | None = None,
    limit: int | None = None,
) -> list[PayableRow]:
    """The payables in the books on that basis, by name; those after one, of a party, of a kind, not settled."""
    table = payables_table.c
    query = as_of(Payables, effective=basis.effective, recorded=basis.recorded)
    wanted = {table.company: company, table.kind: kind}
    query = query.where(*(column == value for column, value in wanted.items() if value is not None))
    if open_only:
        query = query.where(
            (table.gross_minor - table.credited_minor - table.paid_minor != 0) | (table.carrying_minor != 0)
        )
    if after is not None:
        query = query.where(table.payable > after)
    rows = connection.execute(query.order_by(table.payable).limit(limit))
    return [PayableRow(**{name: getattr(row, name) for name in _COLUMNS}) for row in rows]


def found(row: PayableRow) -> PayableFound:
    """A payable as it is written."""
    decimals = EXPONENT[row.currency]
    return PayableFound(
        payable=row.payable,
        document=row.document,
        company=row.company,
        kind=row.kind,
        number=row.number,
        issued_on=row.issued_on,
        due_on=row.due_on,
        currency=row.currency,
        gross=written(row.gross_minor, decimals),
        credited=written(row.credited_minor, decimals),
        paid=written(row.paid_minor, decimals),
        open=written(row.open_minor, decimals),
        open_cny=written(row.carrying_minor),
        data_class=row.data_class,
        last_position=row.last_position,
    )


def control_items(connection: Connection, basis: Basis) -> dict[str, dict[str, int]]:
    """List what each payable adds to its control account: debits positive, CNY minor units."""
    return {row.payable: {"payables": -row.carrying_minor} for row in payables(connection, basis)}


def control_totals(connection: Connection, basis: Basis) -> dict[str, int]:
    """Sum what the account payables must show: debits positive, CNY minor units."""
    known = as_of(Payables, effective=basis.effective, recorded=basis.recorded).subquery().c
    total = connection.execute(select(func.coalesce(func.sum(known.carrying_minor), 0))).scalar_one()
    return {"payables": -int(total)}
