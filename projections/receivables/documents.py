"""What became of each invoice, debit note and late fee: credited, paid, taken from a deposit, written off?

Documents        the read model: one timeline for each document, by accounting date
due_between      documents that fall due in a period, as of a basis
collected        of what fell due in a period, how much receipts have paid: the collection rate (domain §4.6)

What is open of a tenant stands in tenants.py; here each document stands for itself, settled or not.
"""

from collections.abc import Iterable
from datetime import date
from operator import attrgetter
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import BigInteger, Column, Connection, Date, Index, Text

from ledger.billing.facts import BillingFact, Issued
from ledger.billing.lines import Charge
from ledger.billing.moves import moves
from ledger.decider import DataClass, Fact
from ledger.log.envelope import Entry
from ledger.periods import PostingFact
from ledger.values.money import written
from projections.engine.basis import Basis
from projections.engine.figures import percent
from projections.engine.timeline import TimelineView, as_of, timeline_table

documents = timeline_table(
    "documents",
    "invoice",
    Column("company", Text, nullable=False),
    Column("lease", Text),
    Column("charge", Text),
    Column("issued_on", Date),
    Column("due_on", Date),
    Column("gross_minor", BigInteger, nullable=False),
    Column("credited_minor", BigInteger, nullable=False),
    Column("paid_minor", BigInteger, nullable=False),
    Column("deposited_minor", BigInteger, nullable=False),
    Column("written_off_minor", BigInteger, nullable=False),
    Column("data_class", Text, nullable=False),
    Column("last_position", BigInteger, nullable=False),
)
Index("documents_due", documents.c.generation, documents.c.due_on)


class DocumentRow(Struct, frozen=True, kw_only=True, gc=False):
    """A document as of a basis, in CNY minor units; dates are None while only what concerns it is in the books."""

    invoice: str
    company: str
    lease: str | None
    charge: Charge | None = None
    issued_on: date | None = None
    due_on: date | None = None
    gross_minor: int = 0
    credited_minor: int = 0
    paid_minor: int = 0
    deposited_minor: int = 0
    written_off_minor: int = 0

    @property
    def open_minor(self) -> int:
        """The amount that is still owed."""
        settled = self.credited_minor + self.paid_minor + self.deposited_minor + self.written_off_minor
        return self.gross_minor - settled


_columns = attrgetter(*DocumentRow.__struct_fields__[1:])


class DocumentState(Struct, frozen=True, gc=False):
    """A document, the data class of the first fact recorded about it, and the latest position."""

    document: DocumentRow
    first_position: int
    data_class: DataClass
    last_position: int


class Documents(TimelineView[DocumentState]):
    """One timeline for each document."""

    name = "documents"
    version = 1
    cost = 7
    facts = (BillingFact,)
    table = documents
    tables = (documents,)

    def keys(self, fact: Fact) -> tuple[str, ...]:
        """The documents that a fact issues or settles."""
        if isinstance(fact, BillingFact):
            return tuple(dict.fromkeys(move.invoice for move in moves(fact).documents))
        return ()

    def tag(self, key: str) -> str:
        """All facts about a document carry its tag."""
        return f"invoice:{key}"

    def dated(self, fact: Fact) -> date:
        """The date that it stands in the books by."""
        assert isinstance(fact, PostingFact), "keys() lets no other facts in"
        return fact.accounting_on

    def fold(self, key: str, state: DocumentState | None, entry: Entry) -> DocumentState:
        """A document after one more fact; sums do not mind the order."""
        fact, at = entry.fact, entry.position
        assert isinstance(fact, BillingFact), "keys() lets no other facts in"
        moved = [move for move in moves(fact).documents if move.invoice == key]
        if state is None:
            row = DocumentRow(invoice=key, company=moved[0].company, lease=moved[0].lease)
            state = DocumentState(row, at, entry.data_class, at)
        row = state.document
        told: dict[str, Any] = {}
        for move in moved:
            told[move.total] = told.get(move.total, getattr(row, move.total)) + move.amount_minor
        if isinstance(fact, Issued):
            told |= {"lease": fact.lease, "charge": fact.charge, "issued_on": fact.effective_on, "due_on": fact.due_on}
        row = replace(row, **told)
        if at < state.first_position:
            return DocumentState(row, at, entry.data_class, state.last_position)
        return DocumentState(row, state.first_position, state.data_class, max(at, state.last_position))

    def values(self, state: DocumentState) -> tuple[Any, ...]:
        """The columns after identity and positions."""
        row = state.document
        return (*_columns(row), state.data_class, state.last_position)


# Queries


def due_between(connection: Connection, basis: Basis, from_on: date, until_on: date) -> list[DocumentRow]:
    """The documents in the books on that basis that fall due on these days, both included, by identifier."""
    query = as_of(Documents, effective=basis.effective, recorded=basis.recorded)
    query = query.where(documents.c.due_on >= from_on, documents.c.due_on <= until_on).order_by(documents.c.invoice)
    return [
        DocumentRow(**{name: getattr(row, name) for name in DocumentRow.__struct_fields__})
        for row in connection.execute(query)
    ]


class Collected(Struct, frozen=True, kw_only=True):
    """Of what fell due from `from_on` to `until_on`, credit notes taken off, `paid` is paid by receipts, in CNY."""

    from_on: date
    until_on: date
    due: str
    paid: str
    rate_percent: str | None


def collected(rows: Iterable[DocumentRow], from_on: date, until_on: date) -> Collected:
    """The collection rate of documents that fell due in a period. Deposits and write-offs collect nothing."""
    due = paid = 0
    for row in rows:
        due += row.gross_minor - row.credited_minor
        paid += row.paid_minor
    return Collected(
        from_on=from_on, until_on=until_on, due=written(due), paid=written(paid), rate_percent=percent(paid, due)
    )
