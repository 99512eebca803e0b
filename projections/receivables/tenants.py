"""What does each tenant owe, what do we hold of theirs, and what have they paid that pays nothing yet?

TenantsAccounts       the read model: one timeline for each tenant, by accounting date
accounts, account     its rows as of a basis, by tenant
held_and_overdue      as much of them as the rent roll shows: deposits and what is overdue, by lease
control_items         what each adds to the control accounts
control_totals        what they sum to: what the control accounts must show on the same basis
facts_moving          of some facts those that move a document, a receipt or a deposit

Billing facts take their place by `accounting_on`, so on every date these rows and the books say the same, whatever was
recorded late. An account sums what `moves` of ledger.billing says of each fact. A document that is settled leaves the
account; the fact that issued it is kept beside, for the day on which a receipt is taken back.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Generic, Literal, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import BigInteger, Column, Connection, CursorResult, Select, Text, func, select

from ledger.billing.facts import BillingFact, Issued, ReceiptRecorded
from ledger.billing.lines import Charge
from ledger.billing.moves import DocumentMove, moves, moves_anything, moves_of, tenants_of
from ledger.decider import DataClass, Fact
from ledger.log.envelope import Entry
from ledger.periods import PostingFact
from projections.engine.basis import Basis
from projections.engine.spanned import SpannedView, spanned_table, standing, standing_of, within
from projections.engine.view import Writer

tenants_accounts = spanned_table(
    "tenants_accounts",
    "company",
    Column("account", Text, nullable=False),
    Column("open_minor", BigInteger, nullable=False),
    Column("deposits_minor", BigInteger, nullable=False),
    Column("unapplied_minor", BigInteger, nullable=False),
    Column("accrued_minor", BigInteger, nullable=False),
    Column("data_class", Text, nullable=False),
    Column("last_position", BigInteger, nullable=False),
)

NOTHING: Mapping[str, Any] = MappingProxyType({})
F = TypeVar("F", Issued, ReceiptRecorded)


class OpenItem(Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """A document that is not settled. If a payment is booked before the document, it has no due date and a negative
    open amount."""

    invoice: str
    lease: str | None = None
    charge: Charge | None = None
    issued_on: date | None = None
    due_on: date | None = None
    gross_minor: int = 0
    open_minor: int


class HeldDeposit(Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """A lease's deposit, as far as it is held."""

    lease: str
    held_minor: int


class Unapplied(Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """A receipt that does not pay documents with all of its amount."""

    receipt: str
    received_on: date | None = None
    open_minor: int


class Items(Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """Everything open in a tenant's account: documents by due date, deposits by lease, receipts by value date.

    Stored without the names of fields, as a row is written for every posting: add fields at the end, and another
    version of the view.
    """

    documents: tuple[OpenItem, ...] = ()
    deposits: tuple[HeldDeposit, ...] = ()
    receipts: tuple[Unapplied, ...] = ()


class TenantAccountRow(Struct, frozen=True, gc=False):
    """A tenant's account as of a basis, in CNY minor units. Totals are those of its items."""

    company: str
    items: Items
    open_minor: int
    deposits_minor: int
    unapplied_minor: int
    accrued_minor: int
    data_class: DataClass
    last_position: int


# State

Place = tuple[date, int]
"""The place of a fact in an account's story: by accounting date, then by position."""


class Account(Struct, frozen=True, kw_only=True, gc=False):
    """A tenant's account after some of its facts. The mappings leave out what is settled."""

    documents: Mapping[str, OpenItem] = NOTHING
    receipts: Mapping[str, Unapplied] = NOTHING
    deposits: Mapping[str, int] = NOTHING
    accrued: Mapping[str, int] = NOTHING
    first_position: int
    data_class: DataClass
    last_position: int


class Earliest(Generic[F]):
    """The facts that issued an account's documents, or recorded its receipts, by name, each with its place.

    A side table of all states of the account, so that no state copies what is settled. A state sees only the facts that
    have their place before it or at it.
    """

    def __init__(self) -> None:
        self._facts: dict[str, tuple[Place, F]] = {}

    def remember(self, name: str, fact: F, place: Place) -> None:
        """Keep the earliest fact, even when a refold starts in the middle."""
        if name not in self._facts or place < self._facts[name][0]:
            self._facts[name] = (place, fact)

    def find(self, name: str, place: Place) -> F | None:
        """Find the fact, unless it comes after `place`."""
        at, fact = self._facts.get(name, (place, None))
        return fact if at <= place else None


class IssuingFacts(Struct, frozen=True):
    """The side tables of one account."""

    documents: Earliest[Issued]
    receipts: Earliest[ReceiptRecorded]

    def remember(self, fact: BillingFact, place: Place) -> None:
        """Remember a fact that issues a document or records a receipt."""
        if isinstance(fact, Issued):
            self.documents.remember(fact.invoice, fact, place)
        elif isinstance(fact, ReceiptRecorded):
            self.receipts.remember(fact.receipt, fact, place)


class TenantsAccounts(SpannedView[Account]):
    """One timeline for each tenant."""

    name = "tenants_accounts"
    version = 3
    cost = 12
    facts = (BillingFact,)
    table = tenants_accounts
    tables = (tenants_accounts,)

    def keys(self, fact: Fact) -> tuple[str, ...]:
        """The tenants whose accounts a fact moves."""
        return tenants_of(fact) if isinstance(fact, BillingFact) and moves_anything(type(fact)) else ()

    def tag(self, key: str) -> str:
        """All facts of billing carry the tenant's tag; so do those of leases, which keys() leaves out."""
        return f"tenant:{key}"

    def dated(self, fact: Fact) -> date:
        """The date that it stands in the books by."""
        assert isinstance(fact, PostingFact), "keys() lets no other facts in"
        return fact.accounting_on

    def forget(self) -> None:
        """Hold nothing, neither accounts nor the facts beside them."""
        super().forget()
        self._issuing: dict[str, IssuingFacts] = {}

    def apply(self, writer: Writer, entries: Sequence[Entry]) -> None:
        """Move on the accounts that the page touches; let go of the facts beside those that are held no longer."""
        super().apply(writer, entries)
        for company in self._issuing.keys() - self._entities.keys():
            del self._issuing[company]

    def fold(self, key: str, state: Account | None, entry: Entry) -> Account:
        """An account after one more fact. It adds and never checks: a payment may come before the document it pays."""
        fact, at = entry.fact, entry.position
        assert isinstance(fact, BillingFact), "keys() lets no other facts in"
        if state is None:
            state = Account(first_position=at, data_class=entry.data_class, last_position=at)
            self._issuing[key] = IssuingFacts(Earliest(), Earliest())
        issuing, place, moved = self._issuing[key], (fact.accounting_on, at), moves_of(fact, key)
        issuing.remember(fact, place)
        first = at < state.first_position
        return replace(
            state,
            documents=_documents(state.documents, moved.documents, issuing.documents, place),
            receipts=_receipts(state.receipts, moved.receipts, issuing.receipts, place),
            deposits=_summed(state.deposits, moved.deposits),
            accrued=_summed(state.accrued, moved.accrued),
            first_position=at if first else state.first_position,
            data_class=entry.data_class if first else state.data_class,
            last_position=max(at, state.last_position),
        )

    def values(self, state: Account) -> tuple[Any, ...]:
        """The columns after identity and positions."""
        items = _items(state)
        return (
            msgspec.json.encode(items).decode(),
            sum([one.open_minor for one in items.documents]),
            sum([one.held_minor for one in items.deposits]),
            sum([one.open_minor for one in items.receipts]),
            sum(state.accrued.values()),
            state.data_class,
            state.last_position,
        )


def _documents(
    before: Mapping[str, OpenItem], moved: Iterable[DocumentMove], issued: Earliest[Issued], place: Place
) -> Mapping[str, OpenItem]:
    """The open documents after some moved. If payments were booked first, the document fills in its dates and gross."""
    documents = dict(before)
    for move in moved:
        item = documents.pop(move.invoice, None)
        open_minor = move.open_minor + (item.open_minor if item else 0)
        if open_minor:
            documents[move.invoice] = _open_item(move, issued.find(move.invoice, place), open_minor)
    return documents


def _open_item(move: DocumentMove, issued: Issued | None, open_minor: int) -> OpenItem:
    if issued is None:
        return OpenItem(invoice=move.invoice, lease=move.lease, open_minor=open_minor)
    return OpenItem(
        invoice=move.invoice,
        lease=issued.lease,
        charge=issued.charge,
        issued_on=issued.effective_on,
        due_on=issued.due_on,
        gross_minor=issued.gross_minor,
        open_minor=open_minor,
    )


def _receipts(
    before: Mapping[str, Unapplied], moved: Iterable[tuple[str, int]], recorded: Earliest[ReceiptRecorded], place: Place
) -> Mapping[str, Unapplied]:
    receipts = dict(before)
    for receipt, amount in moved:
        item = receipts.pop(receipt, None)
        open_minor = amount + (item.open_minor if item else 0)
        if open_minor:
            fact = recorded.find(receipt, place)
            received_on = fact.effective_on if fact else None
            receipts[receipt] = Unapplied(receipt=receipt, received_on=received_on, open_minor=open_minor)
    return receipts


def _summed(by_lease: Mapping[str, int], moved: Iterable[tuple[str, int]]) -> Mapping[str, int]:
    summed = dict(by_lease)
    for lease, amount in moved:
        summed[lease] = summed.get(lease, 0) + amount
    return {lease: amount for lease, amount in summed.items() if amount}


def _items(state: Account) -> Items:
    documents = sorted(state.documents.values(), key=lambda one: (one.due_on or date.max, one.invoice))
    receipts = sorted(state.receipts.values(), key=lambda one: (one.received_on or date.max, one.receipt))
    deposits = (HeldDeposit(lease=lease, held_minor=held) for lease, held in sorted(state.deposits.items()))
    return Items(documents=tuple(documents), deposits=tuple(deposits), receipts=tuple(receipts))


# Queries

_decode = msgspec.json.Decoder(Items).decode


_TOTALS = ("open_minor", "deposits_minor", "unapplied_minor", "accrued_minor")
_SHOWN = ("company", "account", *_TOTALS, "data_class", "last_position")


def accounts(connection: Connection, basis: Basis) -> list[TenantAccountRow]:
    """Every account that anything was ever posted to on that basis, by tenant."""
    found = connection.execute(standing(TenantsAccounts, *_SHOWN), within(basis.effective, basis.recorded))
    return sorted(_rows(found), key=attrgetter("company"))


def account(connection: Connection, basis: Basis, company: str) -> TenantAccountRow | None:
    """One tenant's account on that basis; None where nothing was posted to it."""
    asked = {**within(basis.effective, basis.recorded), "one": company}
    return next(iter(_rows(connection.execute(standing_of(TenantsAccounts, *_SHOWN), asked))), None)


def _rows(found: CursorResult[Any]) -> list[TenantAccountRow]:
    rows: Sequence[Any] = found.all()
    return [TenantAccountRow(company, _decode(items), *rest) for company, items, *rest in rows]


ByLease = dict[tuple[str, str], int]
"""(tenant, lease) -> minor units."""


def held_and_overdue(connection: Connection, basis: Basis) -> tuple[ByLease, ByLease]:
    """Deposits held on that basis, and what is overdue, by lease."""
    held, overdue, on = ByLease(), ByLease(), basis.effective
    found = connection.execute(standing(TenantsAccounts, "company", "account"), within(on, basis.recorded))
    for company, items in found.all():
        known = _decode(items)
        for deposit in known.deposits:
            held[company, deposit.lease] = deposit.held_minor
        for item in known.documents:  # by due date, those without one last
            if item.due_on is None or item.due_on >= on:
                break
            if item.lease is not None:
                key = company, item.lease
                overdue[key] = overdue.get(key, 0) + item.open_minor
    return held, overdue


def control_items(connection: Connection, basis: Basis) -> dict[str, dict[str, int]]:
    """Each tenant's balances in control accounts, debits positive, in CNY minor units."""
    return {
        row.company: {
            "receivables": row.open_minor,
            "deposits": -row.deposits_minor,
            "unapplied": -row.unapplied_minor,
            "straight-line": row.accrued_minor,
        }
        for row in accounts(connection, basis)
    }


def control_totals(connection: Connection, basis: Basis) -> dict[str, int]:
    """Sum what the control accounts must show, debits positive, in CNY minor units."""
    row = connection.execute(_sums(), within(basis.effective, basis.recorded)).one()
    owed, held, unapplied, accrued = (int(total) for total in row)
    return {"receivables": owed, "deposits": -held, "unapplied": -unapplied, "straight-line": accrued}


@cache
def _sums() -> Select[Any]:
    known = standing(TenantsAccounts, *_TOTALS).subquery()
    return select(*(func.coalesce(func.sum(column), 0) for column in known.c))


Moved = Literal["documents", "receipts", "deposits"]


def facts_moving(entries: Iterable[Entry], what: Moved, name: str) -> list[Entry]:
    """Select the facts that move this document, receipt or lease's deposit (a late fee on a document is another)."""
    return [entry for entry in entries if isinstance(entry.fact, BillingFact) and name in _names(entry.fact, what)]


def _names(fact: BillingFact, what: Moved) -> list[str]:
    moved = moves(fact)
    if what == "documents":
        return [move.invoice for move in moved.documents]
    return [name for name, _ in (moved.receipts if what == "receipts" else moved.deposits)]
