"""How old is what tenants owe? Receivables by days overdue, tenant by tenant; foots to the control account.

ageing     the report on a basis: documents, subtotals by tenant, unapplied receipts apart, the control account beside
ageing_of  one tenant's part of it, asked alone; overdue: the sum of what is past due, asked alone
Buckets    not due, 1-30, 31-60, 61-90, 91-180 and over 180 days: whole days from the due date to the effective date
measured   expected credit loss of each bucket by a matrix of rates, as `measure-ecl` computes it

Rows take part by accounting date, as the books do, so the total is the balance of the control account on any basis.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction

from msgspec import Struct
from sqlalchemy import Connection

from ledger.billing.lines import AGES, EDGES, Charge, age_of, days_overdue
from ledger.log.envelope import Entry
from ledger.values.money import minor, rounded, share, written
from projections.books.journal import totals
from projections.companies.register import company as company_known
from projections.companies.register import names
from projections.deals import orders
from projections.engine.basis import Basis
from projections.engine.sources import facts_behind, positions_of
from projections.receivables.tenants import OpenItem, TenantAccountRow, Unapplied, account, accounts, facts_moving

BUCKETS = AGES


class Buckets(Struct, frozen=True, gc=False):
    """Open amounts in CNY by days overdue, and their sum."""

    not_due: str
    days_1_30: str
    days_31_60: str
    days_61_90: str
    days_91_180: str
    days_over_180: str
    total: str

    @property
    def overdue(self) -> str:
        """The open amounts that are due, of every age."""
        return written(sum(minor(getattr(self, age)) for age in BUCKETS[1:]))


class AgeingRow(Struct, frozen=True, omit_defaults=True, gc=False):
    """A document that is not settled. `days`: overdue on the effective date; 0 while it is not due.

    ecl_rate, ecl   where rates were given: of its bucket, and its part of that bucket's expected loss
    """

    company: str
    invoice: str
    lease: str | None
    charge: Charge | None
    issued_on: date | None
    due_on: date | None
    days: int
    gross: str
    open: Buckets
    ecl_rate: str | None = None
    ecl: str | None = None
    positions: tuple[int, ...] | None = None


class UnappliedRow(Struct, frozen=True, omit_defaults=True, gc=False):
    """A receipt that pays nothing with this much of it."""

    receipt: str
    received_on: date | None
    unapplied: str
    positions: tuple[int, ...] | None = None


class TenantAgeing(Struct, frozen=True, omit_defaults=True, gc=False):
    """A tenant's documents and their subtotal; receipts not yet applied stand apart and are in no bucket."""

    company: str
    name: str | None
    documents: tuple[AgeingRow, ...]
    open: Buckets
    receipts: tuple[UnappliedRow, ...]
    unapplied: str
    ecl: str | None = None


class LossByAge(Struct, frozen=True, kw_only=True):
    """A bucket as `measure-ecl` takes it: what is open in it, the rate, and the loss expected."""

    bucket: str
    gross: str
    rate: str
    ecl: str


class Ageing(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Balances at the effective date, in CNY. `difference` between total, with what is owed for equipment orders
    beside (`orders`), and control account is 0.00, or the books and the accounts of tenants do not agree."""

    currency: str
    tenants: tuple[TenantAgeing, ...]
    open: Buckets
    unapplied: str
    control: str
    difference: str
    fictional: bool
    orders: str = "0.00"
    exposures: tuple[LossByAge, ...] | None = None
    ecl: str | None = None


def ageing(
    connection: Connection,
    basis: Basis,
    *,
    rates: Sequence[str] | None = None,
    positions: bool = False,
) -> Ageing:
    """The receivables ageing on that basis. `rates`: expected losses, one for each bucket."""
    rows = [row for row in accounts(connection, basis) if row.items.documents or row.items.receipts]
    assert rates is None or len(rates) == len(BUCKETS), "a rate for each bucket"
    known = names(connection, basis)
    facts = _facts_behind(connection, basis, rows) if positions else None
    losses = measured([item for row in rows for item in row.items.documents], rates, basis.effective)
    about = _About(basis.effective, rates, losses, facts)
    aged = [_tenant(row, known.get(row.company), about) for row in rows]
    total = sum(row.open_minor for row in rows)
    control = _control_minor(connection, basis)
    of_orders = orders.control_totals(connection, basis)["receivables"]
    return Ageing(
        currency="CNY",
        tenants=tuple(tenant for tenant, _ in aged),
        open=_buckets([sum(amounts) for amounts in zip(*(own for _, own in aged), strict=True)] or [0] * len(BUCKETS)),
        unapplied=written(sum(row.unapplied_minor for row in rows)),
        control=written(control),
        difference=written(total + of_orders - control),
        orders=written(of_orders),
        fictional=any(row.data_class == "FICTIONAL" for row in rows),
        exposures=_exposures(rows, rates, basis.effective) if rates is not None else None,
        ecl=written(sum(losses.values())) if rates is not None else None,
    )


def ageing_of(connection: Connection, basis: Basis, company: str) -> TenantAgeing | None:
    """One tenant of the ageing: what it owes by age; None where nothing of it is open there."""
    row = account(connection, basis, company)
    if row is None or not (row.items.documents or row.items.receipts):
        return None
    known = company_known(connection, basis, company)
    return _tenant(row, known.name if known is not None else None, _About(basis.effective, None, {}, None))[0]


def overdue(connection: Connection, basis: Basis) -> str:
    """The part of what all tenants owe that is past due on that basis, as in the total of the ageing."""
    items = (item for row in accounts(connection, basis) for item in row.items.documents)
    return written(sum(item.open_minor for item in items if bucket_of(item, basis.effective)))


def _control_minor(connection: Connection, basis: Basis) -> int:
    """The balance of the control account in the books, of all data classes."""
    found = totals(connection, basis.recorded, [basis.effective])[basis.effective]
    return sum(total.balance_minor for (account, _), total in found.items() if account == "receivables")


def bucket_of(item: OpenItem, on: date) -> int:
    """The bucket of a document, as an index into BUCKETS."""
    return age_of(item.due_on, on)


def _open_by_bucket(items: Iterable[OpenItem], on: date) -> list[int]:
    open_minor = [0] * len(BUCKETS)
    for item in items:
        open_minor[bucket_of(item, on)] += item.open_minor
    return open_minor


NONE = written(0)
NONE_OPEN = (NONE,) * len(BUCKETS)


def _buckets(open_minor: Sequence[int]) -> Buckets:
    amounts = (*open_minor, sum(open_minor))
    return Buckets(*[written(amount) if amount else NONE for amount in amounts])


# Expected credit loss


def measured(items: Sequence[OpenItem], rates: Sequence[str] | None, on: date) -> dict[str, int]:
    """Expected loss of each document in minor units: that of its bucket, rounded once there, shared by what is open.

    Empty without rates. What a bucket holds less than nothing of loses nothing.
    """
    if rates is None:
        return {}
    losses: dict[str, int] = {}
    for bucket, loss in enumerate(_bucket_losses(items, rates, on)):
        inside = [item for item in items if bucket_of(item, on) == bucket]
        if inside and loss:
            parts = share(loss, [max(item.open_minor, 0) for item in inside])
            losses |= {item.invoice: part for item, part in zip(inside, parts, strict=True)}
    return losses


def _bucket_losses(items: Iterable[OpenItem], rates: Sequence[str], on: date) -> list[int]:
    open_minor = _open_by_bucket(items, on)
    return [rounded(max(amount, 0) * Fraction(rate)) for amount, rate in zip(open_minor, rates, strict=True)]


def _exposures(rows: Iterable[TenantAccountRow], rates: Sequence[str], on: date) -> tuple[LossByAge, ...]:
    items = [item for row in rows for item in row.items.documents]
    losses, open_minor = _bucket_losses(items, rates, on), _open_by_bucket(items, on)
    return tuple(
        LossByAge(bucket=bucket, gross=written(amount), rate=rate, ecl=written(loss))
        for bucket, amount, rate, loss in zip(BUCKETS, open_minor, rates, losses, strict=True)
    )


# Rows

Facts = Mapping[str, Sequence[Entry]]


def _facts_behind(connection: Connection, basis: Basis, rows: Iterable[TenantAccountRow]) -> Facts:
    """The facts of every document and receipt on show, by tag."""
    tags = [f"invoice:{item.invoice}" for row in rows for item in row.items.documents]
    tags += [f"receipt:{receipt.receipt}" for row in rows for receipt in row.items.receipts]
    return facts_behind(connection, basis, tags)


class _About(Struct, frozen=True):
    """The things that every row is made with."""

    on: date
    rates: Sequence[str] | None
    losses: Mapping[str, int]
    facts: Facts | None


def _tenant(row: TenantAccountRow, name: str | None, about: _About) -> tuple[TenantAgeing, list[int]]:
    """A tenant, and what is open in each bucket; each document is aged once, for there are very many."""
    open_minor, documents, on, ecl = [0] * len(BUCKETS), list[AgeingRow](), about.on, None
    for item in row.items.documents:
        days = days_overdue(item.due_on, on)
        bucket = bisect_left(EDGES, days)
        open_minor[bucket] += item.open_minor
        documents.append(_document(row.company, item, days, bucket, about))
    if about.rates is not None:
        ecl = written(sum(about.losses.get(item.invoice, 0) for item in row.items.documents))
    receipts = tuple([_receipt(one, about.facts) for one in row.items.receipts])
    unapplied = written(row.unapplied_minor)
    aged = TenantAgeing(row.company, name, tuple(documents), _buckets(open_minor), receipts, unapplied, ecl)
    return aged, open_minor


def _document(company: str, item: OpenItem, days: int, bucket: int, about: _About) -> AgeingRow:
    amount = written(item.open_minor)
    said = [*NONE_OPEN, amount]
    said[bucket] = amount
    return AgeingRow(
        company,
        item.invoice,
        item.lease,
        item.charge,
        item.issued_on,
        item.due_on,
        days,
        amount if item.gross_minor == item.open_minor else written(item.gross_minor),
        Buckets(*said),
        about.rates[bucket] if about.rates is not None else None,
        written(about.losses.get(item.invoice, 0)) if about.rates is not None else None,
        _moving(item, about.facts) if about.facts is not None else None,
    )


def _moving(item: OpenItem, facts: Facts) -> tuple[int, ...]:
    return positions_of(facts_moving(facts[f"invoice:{item.invoice}"], "documents", item.invoice))


def _receipt(receipt: Unapplied, facts: Facts | None) -> UnappliedRow:
    return UnappliedRow(
        receipt.receipt,
        receipt.received_on,
        written(receipt.open_minor),
        None
        if facts is None
        else positions_of(facts_moving(facts[f"receipt:{receipt.receipt}"], "receipts", receipt.receipt)),
    )
