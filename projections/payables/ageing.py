"""How old is what MCSC owes? Payables by days overdue, party by party; foots to the control account 2202.

payables_ageing   the report on a basis: payables, subtotals by party, the control account beside

The ages are those of receivables. Rows take part by accounting date, as the books do, and count with the CNY that they
have there; beside it stands what is open in their currency. What a party owes back is negative.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from msgspec import Struct
from sqlalchemy import Connection

from ledger.billing.lines import age_of, days_overdue
from ledger.values.money import EXPONENT, written
from projections.books.journal import totals
from projections.companies.register import all_companies
from projections.engine.basis import Basis
from projections.engine.sources import facts_behind, positions_of
from projections.payables.documents import PayableKind, PayableRow, payables
from projections.receivables.ageing import BUCKETS, Buckets


class PayableAgeingRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A payable that is not settled. `days`: overdue on the effective date; `owed`: what is open, in its currency."""

    payable: str
    document: str
    company: str
    kind: PayableKind | None
    number: str | None
    issued_on: date | None
    due_on: date | None
    days: int
    currency: str
    owed: str
    open: Buckets
    positions: tuple[int, ...] | None = None


class PartyAgeing(Struct, frozen=True, kw_only=True):
    """The payables of one party, and their sum."""

    company: str
    name: str | None
    documents: tuple[PayableAgeingRow, ...]
    open: Buckets


class PayablesAgeing(Struct, frozen=True, kw_only=True):
    """Balances at the effective date, in CNY. `difference` between total and control account is 0.00, or the books and
    the payables do not agree."""

    currency: str
    parties: tuple[PartyAgeing, ...]
    open: Buckets
    control: str
    difference: str
    fictional: bool


def payables_ageing(connection: Connection, basis: Basis, *, positions: bool = False) -> PayablesAgeing:
    """The payables ageing on that basis."""
    rows = payables(connection, basis, open_only=True)
    names = {row.company: row.name for row in all_companies(connection, basis)} if rows else {}
    facts = facts_behind(connection, basis, [row.payable for row in rows]) if positions else None
    parties: dict[str, list[PayableRow]] = {}
    for row in sorted(rows, key=lambda row: (row.company, row.due_on or date.max, row.payable)):
        parties.setdefault(row.company, []).append(row)
    total, control = sum(row.carrying_minor for row in rows), _control_minor(connection, basis)
    return PayablesAgeing(
        currency="CNY",
        parties=tuple(
            PartyAgeing(
                company=company,
                name=names.get(company),
                documents=tuple(
                    _document(row, basis.effective, None if facts is None else positions_of(facts[row.payable]))
                    for row in mine
                ),
                open=_buckets(mine, basis.effective),
            )
            for company, mine in parties.items()
        ),
        open=_buckets(rows, basis.effective),
        control=written(control),
        difference=written(total - control),
        fictional=any(row.data_class == "FICTIONAL" for row in rows),
    )


def _control_minor(connection: Connection, basis: Basis) -> int:
    """The balance of the control account in the books, credits positive, of all data classes."""
    found = totals(connection, basis.recorded, [basis.effective])[basis.effective]
    return -sum(total.balance_minor for (account, _), total in found.items() if account == "payables")


def _buckets(rows: Iterable[PayableRow], on: date) -> Buckets:
    open_minor: list[int] = [0] * len(BUCKETS)
    for row in rows:
        open_minor[age_of(row.due_on, on)] += row.carrying_minor
    return Buckets(**dict(zip(BUCKETS, map(written, open_minor), strict=True)), total=written(sum(open_minor)))


def _document(row: PayableRow, on: date, positions: Sequence[int] | None) -> PayableAgeingRow:
    return PayableAgeingRow(
        payable=row.payable,
        document=row.document,
        company=row.company,
        kind=row.kind,
        number=row.number,
        issued_on=row.issued_on,
        due_on=row.due_on,
        days=days_overdue(row.due_on, on),
        currency=row.currency,
        owed=written(row.open_minor, EXPONENT[row.currency]),
        open=_buckets([row], on),
        positions=None if positions is None else tuple(positions),
    )
