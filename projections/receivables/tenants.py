"""What does each tenant owe, what do we hold of theirs, and what have they paid that pays nothing yet?

TenantsAccounts       the read model: one timeline for each tenant, by accounting date
Moved, moved_by       what one fact moves: documents, receipts, deposits; that_move: which facts move one of these
accounts, account     its rows as of a basis, by tenant
control_totals        what they sum to: what the control accounts must show on the same basis

Billing facts take their place by `accounting_on`, so on every date these rows and the books say the same, whatever was
recorded late. A document that is settled leaves the row; what it said is kept beside the states, for the day on which
a receipt is taken back.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import BigInteger, Column, Connection, Index, Text, func, select

from ledger.billing.facts import (
    AccruedRentDerecognised,
    Allocation,
    AllocationFact,
    BillingFact,
    Charge,
    Credited,
    DepositApplied,
    DepositFact,
    DepositReceived,
    Issued,
    ReceiptAllocated,
    ReceiptRecorded,
    ReceiptReversed,
    RentRecognised,
    WriteOffApproved,
    is_by_hand,
)
from ledger.decider import DataClass, Fact
from ledger.log.envelope import Entry
from ledger.periods import PostingFact
from projections.engine.basis import Basis
from projections.engine.timeline import TimelineView, as_of_each, timeline_table

tenants_accounts = timeline_table(
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

Index(
    "tenants_accounts_known",
    *(tenants_accounts.c[name] for name in ("generation", "company", "from_position", "effective_from")),
)

NOTHING: Mapping[str, Any] = MappingProxyType({})


class OpenItem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A document that is not settled. Paid in the books before it was issued there, it is not due and open below 0."""

    invoice: str
    lease: str | None = None
    charge: Charge | None = None
    issued_on: date | None = None
    due_on: date | None = None
    gross_minor: int = 0
    open_minor: int


class HeldDeposit(Struct, frozen=True, kw_only=True):
    """What is held of a lease's deposit."""

    lease: str
    held_minor: int


class Unapplied(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A receipt that does not pay documents with all of its amount."""

    receipt: str
    received_on: date | None = None
    open_minor: int


class Items(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything open in a tenant's account: documents by due date, deposits by lease, receipts by value date."""

    documents: tuple[OpenItem, ...] = ()
    deposits: tuple[HeldDeposit, ...] = ()
    receipts: tuple[Unapplied, ...] = ()


class AccountRow(Struct, frozen=True, kw_only=True):
    """A tenant's account as of a basis, in CNY minor units. Totals are those of its items."""

    company: str
    items: Items
    open_minor: int
    deposits_minor: int
    unapplied_minor: int
    accrued_minor: int
    data_class: DataClass
    last_position: int


# What one fact moves


class Moved(Struct, frozen=True, kw_only=True):
    """How far a fact moves each document (with its lease), receipt, lease's deposit and lease's accrued rent."""

    documents: tuple[tuple[str, str | None, int], ...] = ()
    receipts: tuple[tuple[str, int], ...] = ()
    deposits: tuple[tuple[str, int], ...] = ()
    accrued: tuple[tuple[str, int], ...] = ()


MOVING = (
    Issued,
    Credited,
    WriteOffApproved,
    DepositFact,
    ReceiptRecorded,
    AllocationFact,
    ReceiptReversed,
    RentRecognised,
    AccruedRentDerecognised,
)
"""The facts that move what a tenant owes, has paid, or has had without being billed."""


def moved_by(fact: BillingFact) -> Moved:
    """What a fact moves. Sums of these do not depend on the order of the facts."""
    match fact:
        case Issued():
            return Moved(documents=((fact.invoice, fact.lease, fact.gross_minor),), accrued=_billed(fact, 1))
        case Credited():
            return Moved(documents=((fact.invoice, fact.lease, -fact.gross_minor),), accrued=_billed(fact, -1))
        case RentRecognised():
            return Moved(accrued=((fact.lease, fact.fixed_minor + fact.variable_minor),))
        case AccruedRentDerecognised():
            return Moved(accrued=((fact.lease, -fact.amount_minor),))
        case WriteOffApproved():
            return Moved(documents=((fact.invoice, fact.lease, -fact.amount_minor),))
        case DepositReceived():
            return Moved(deposits=((fact.lease, fact.amount_minor),))
        case DepositApplied():
            applied = (fact.invoice, fact.lease, -fact.amount_minor)
            return Moved(documents=(applied,), deposits=((fact.lease, -fact.amount_minor),))
        case DepositFact():
            return Moved(deposits=((fact.lease, -fact.amount_minor),))
        case ReceiptRecorded():
            return _paid(fact.receipt, fact.amount_minor, fact.allocations, 1)
        case ReceiptReversed():
            return _paid(fact.receipt, -fact.amount_minor, fact.allocations, -1)
        case AllocationFact():
            return _paid(fact.receipt, 0, fact.allocations, 1 if isinstance(fact, ReceiptAllocated) else -1)
    return Moved()


def _billed(fact: Issued | Credited, sign: int) -> tuple[tuple[str, int], ...]:
    """Rent that is billed is accrued no more; a note by hand is none of the schedule's."""
    scheduled = fact.charge == "RENT" and not is_by_hand(fact)
    return ((fact.lease, -sign * fact.net_minor),) if scheduled and fact.lease is not None else ()


def that_move(entries: Iterable[Entry], what: Literal["documents", "receipts", "deposits"], name: str) -> list[Entry]:
    """Of some facts those that move this document, receipt or lease's deposit (a late fee on one is another)."""
    return [
        entry
        for entry in entries
        if isinstance(entry.fact, BillingFact) and any(one[0] == name for one in getattr(moved_by(entry.fact), what))
    ]


def _paid(receipt: str, received_minor: int, allocations: Iterable[Allocation], sign: int) -> Moved:
    """So much came in (or went back), and pays these documents (or no longer does)."""
    paid = sum(one.amount_minor for one in allocations)
    return Moved(
        documents=tuple((one.invoice, one.lease, -sign * one.amount_minor) for one in allocations),
        receipts=((receipt, received_minor - sign * paid),),
    )


# State

Said = dict[str, tuple[tuple[date, int], PostingFact]]
"""`invoice I` or `receipt R` -> where the fact that says what it is has its place (date, position), and that fact."""


class Account(Struct, frozen=True, kw_only=True):
    """A tenant's account after some of its facts. What is settled is in none of the mappings.

    said   shared by all states of the account, so that no state copies what is settled: only what has its place in
           front of a state, or at it, is known to it
    """

    said: Said
    documents: Mapping[str, OpenItem] = NOTHING
    receipts: Mapping[str, Unapplied] = NOTHING
    deposits: Mapping[str, int] = NOTHING
    accrued: Mapping[str, int] = NOTHING
    first_position: int
    data_class: DataClass
    last_position: int


class TenantsAccounts(TimelineView[Account]):
    """One timeline for each tenant."""

    name = "tenants_accounts"
    version = 1
    table = tenants_accounts
    tables = (tenants_accounts,)

    def keys(self, fact: Fact) -> tuple[str, ...]:
        """The tenant whose account a fact moves."""
        return (fact.company,) if isinstance(fact, MOVING) else ()

    def tag(self, key: str) -> str:
        """All facts of billing carry the tenant's tag; so do those of leases, which keys() leaves out."""
        return f"tenant:{key}"

    def dated(self, fact: Fact) -> date:
        """When it stands in the books."""
        assert isinstance(fact, PostingFact), "keys() lets no other facts in"
        return fact.accounting_on

    def fold(self, key: str, state: Account | None, entry: Entry) -> Account:
        """An account after one more fact. Adds and never checks: a payment may come in front of what it pays."""
        fact, at = entry.fact, entry.position
        assert isinstance(fact, MOVING), "keys() lets no other facts in"
        if state is None:
            state = Account(said={}, first_position=at, data_class=entry.data_class, last_position=at)
        place = (fact.accounting_on, at)
        known = _listen(state, fact, place)
        moved = moved_by(fact)
        first = at < known.first_position
        return replace(
            known,
            documents=_documents(known, moved.documents, place),
            receipts=_receipts(known, moved.receipts, place),
            deposits=_summed(known.deposits, moved.deposits),
            accrued=_summed(known.accrued, moved.accrued),
            first_position=at if first else known.first_position,
            data_class=entry.data_class if first else known.data_class,
            last_position=max(at, known.last_position),
        )

    def values(self, state: Account) -> tuple[Any, ...]:
        """The columns after identity and positions."""
        items = _items(state)
        return (
            msgspec.json.encode(items).decode(),
            sum(one.open_minor for one in items.documents),
            sum(one.held_minor for one in items.deposits),
            sum(one.open_minor for one in items.receipts),
            sum(state.accrued.values()),
            state.data_class,
            state.last_position,
        )


def _listen(state: Account, fact: PostingFact, place: tuple[date, int]) -> Account:
    """Keep what a document or receipt says of itself; where it was paid before, its item says so from now on."""
    if isinstance(fact, Issued):
        _keep(state.said, f"invoice {fact.invoice}", place, fact)
        if (item := state.documents.get(fact.invoice)) is not None:
            told = _document(state, fact.invoice, fact.lease, place)
            return replace(
                state, documents={**state.documents, fact.invoice: replace(told, open_minor=item.open_minor)}
            )
    elif isinstance(fact, ReceiptRecorded):
        _keep(state.said, f"receipt {fact.receipt}", place, fact)
        if (free := state.receipts.get(fact.receipt)) is not None:
            told_receipt = replace(free, received_on=fact.effective_on)
            return replace(state, receipts={**state.receipts, fact.receipt: told_receipt})
    return state


def _keep(said: Said, what: str, place: tuple[date, int], fact: PostingFact) -> None:
    """The first word stands, wherever in the story folding begins anew."""
    if what not in said or place < said[what][0]:
        said[what] = (place, fact)


def _said(state: Account, what: str, place: tuple[date, int]) -> PostingFact | None:
    """The fact that says what a thing is, where the state may know it."""
    at, fact = state.said.get(what, (None, None))
    return fact if at is not None and at <= place else None


def _document(state: Account, invoice: str, lease: str | None, place: tuple[date, int]) -> OpenItem:
    issued = _said(state, f"invoice {invoice}", place)
    if not isinstance(issued, Issued):
        return OpenItem(invoice=invoice, lease=lease, open_minor=0)
    return OpenItem(
        invoice=invoice,
        lease=issued.lease,
        charge=issued.charge,
        issued_on=issued.effective_on,
        due_on=issued.due_on,
        gross_minor=issued.gross_minor,
        open_minor=0,
    )


def _documents(
    state: Account, moved: Iterable[tuple[str, str | None, int]], place: tuple[date, int]
) -> Mapping[str, OpenItem]:
    documents = dict(state.documents)
    for invoice, lease, amount in moved:
        known = documents.get(invoice) or _document(state, invoice, lease, place)
        documents[invoice] = replace(known, open_minor=known.open_minor + amount)
        if documents[invoice].open_minor == 0:
            del documents[invoice]
    return documents


def _receipts(state: Account, moved: Iterable[tuple[str, int]], place: tuple[date, int]) -> Mapping[str, Unapplied]:
    receipts = dict(state.receipts)
    for receipt, amount in moved:
        known = receipts.get(receipt)
        if known is None:
            recorded = _said(state, f"receipt {receipt}", place)
            on = None if recorded is None else recorded.effective_on
            known = Unapplied(receipt=receipt, received_on=on, open_minor=0)
        receipts[receipt] = replace(known, open_minor=known.open_minor + amount)
        if receipts[receipt].open_minor == 0:
            del receipts[receipt]
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


def accounts(connection: Connection, basis: Basis) -> list[AccountRow]:
    """Every account that anything was ever posted to on that basis, by tenant."""
    query = as_of_each(TenantsAccounts, effective=basis.effective, recorded=basis.recorded)
    return [_row(row) for row in connection.execute(query.order_by(tenants_accounts.c.company))]


def account(connection: Connection, basis: Basis, company: str) -> AccountRow | None:
    """One tenant's account on that basis; None where nothing was posted to it."""
    query = as_of_each(TenantsAccounts, effective=basis.effective, recorded=basis.recorded, only=company)
    row = connection.execute(query).one_or_none()
    return None if row is None else _row(row)


def _row(row: Any) -> AccountRow:
    return AccountRow(
        company=row.company,
        items=_decode(row.account),
        open_minor=row.open_minor,
        deposits_minor=row.deposits_minor,
        unapplied_minor=row.unapplied_minor,
        accrued_minor=row.accrued_minor,
        data_class=row.data_class,
        last_position=row.last_position,
    )


def control_totals(connection: Connection, basis: Basis) -> dict[str, int]:
    """What `receivables`, `deposits`, `unapplied` and `straight-line` must show: debits positive, CNY minor units."""
    known = as_of_each(TenantsAccounts, effective=basis.effective, recorded=basis.recorded).subquery()
    columns = (known.c.open_minor, known.c.deposits_minor, known.c.unapplied_minor, known.c.accrued_minor)
    row = connection.execute(select(*(func.coalesce(func.sum(column), 0) for column in columns))).one()
    owed, held, unapplied, accrued = (int(total) for total in row)
    return {"receivables": owed, "deposits": -held, "unapplied": -unapplied, "straight-line": accrued}
