"""What stands in one tenant's account: open documents, deposits held, receipts not yet applied?

statement    the account on a basis, in CNY as people read it; None where no such tenant is known
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from msgspec import Struct
from sqlalchemy import Connection

from ledger.billing.lines import Charge, days_overdue
from ledger.log.envelope import Entry
from ledger.values.money import written
from projections.companies.register import company as registered
from projections.engine.basis import Basis
from projections.engine.sources import facts_behind, positions_of
from projections.receivables.tenants import Items, account, facts_moving


class OpenDocument(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A document that is not settled; `days` overdue on the effective date."""

    invoice: str
    lease: str | None
    charge: Charge | None
    issued_on: date | None
    due_on: date | None
    days: int
    gross: str
    open: str
    positions: tuple[int, ...] | None = None


class Deposit(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A lease's deposit, as far as it is held."""

    lease: str
    held: str
    positions: tuple[int, ...] | None = None


class OpenReceipt(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A receipt, as far as it pays nothing."""

    receipt: str
    received_on: date | None
    unapplied: str
    positions: tuple[int, ...] | None = None


class AccountStatement(Struct, frozen=True, kw_only=True):
    """A tenant's account: balances at the effective date, in CNY. `overdue` is the part of `open` that is past due."""

    company: str
    name: str | None
    currency: str
    documents: tuple[OpenDocument, ...]
    deposits: tuple[Deposit, ...]
    receipts: tuple[OpenReceipt, ...]
    open: str
    overdue: str
    deposits_held: str
    unapplied: str
    last_position: int | None
    fictional: bool


def statement(
    connection: Connection, basis: Basis, company: str, *, positions: bool = False
) -> AccountStatement | None:
    """The account on that basis. `positions`: list the facts behind each item."""
    row, known = account(connection, basis, company), registered(connection, basis, company)
    if row is None and known is None:
        return None
    items = row.items if row else Items()
    facts = _facts_behind(connection, basis, items) if positions else None
    on = basis.effective
    overdue = sum(one.open_minor for one in items.documents if days_overdue(one.due_on, on))
    return AccountStatement(
        company=company,
        name=known.name if known else None,
        currency="CNY",
        documents=_documents(items, on, facts),
        deposits=_deposits(items, facts),
        receipts=_receipts(items, facts),
        open=written(row.open_minor if row else 0),
        overdue=written(overdue),
        deposits_held=written(row.deposits_minor if row else 0),
        unapplied=written(row.unapplied_minor if row else 0),
        last_position=row.last_position if row else None,
        fictional="FICTIONAL" in {one.data_class for one in (row, known) if one},
    )


Facts = Mapping[str, Sequence[Entry]]


def _facts_behind(connection: Connection, basis: Basis, items: Items) -> Facts:
    tags = [f"invoice:{one.invoice}" for one in items.documents]
    tags += [f"receipt:{one.receipt}" for one in items.receipts]
    return facts_behind(connection, basis, [*tags, *(f"lease:{one.lease}" for one in items.deposits)])


def _places(
    facts: Facts | None, tag: str, what: Literal["documents", "receipts", "deposits"], name: str
) -> tuple[int, ...] | None:
    return None if facts is None else positions_of(facts_moving(facts[f"{tag}:{name}"], what, name))


def _documents(items: Items, on: date, facts: Facts | None) -> tuple[OpenDocument, ...]:
    return tuple(
        OpenDocument(
            invoice=one.invoice,
            lease=one.lease,
            charge=one.charge,
            issued_on=one.issued_on,
            due_on=one.due_on,
            days=days_overdue(one.due_on, on),
            gross=written(one.gross_minor),
            open=written(one.open_minor),
            positions=_places(facts, "invoice", "documents", one.invoice),
        )
        for one in items.documents
    )


def _deposits(items: Items, facts: Facts | None) -> tuple[Deposit, ...]:
    return tuple(
        Deposit(
            lease=one.lease,
            held=written(one.held_minor),
            positions=_places(facts, "lease", "deposits", one.lease),
        )
        for one in items.deposits
    )


def _receipts(items: Items, facts: Facts | None) -> tuple[OpenReceipt, ...]:
    return tuple(
        OpenReceipt(
            receipt=one.receipt,
            received_on=one.received_on,
            unapplied=written(one.open_minor),
            positions=_places(facts, "receipt", "receipts", one.receipt),
        )
        for one in items.receipts
    )
