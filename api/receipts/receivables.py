"""What the cells of the reports of receivables rest on: facts of documents, receipts and deposits.

AGEING, ACCOUNT
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, Select, select

from api.http.receipts import Derived, Made, Part, Receipts, Row, Shared, Sum, added
from api.receipts.books import are_many, rest_of_item
from api.receipts.working import of_fact
from ledger.log.envelope import Entry
from ledger.values.money import FEN, minor, rounded, share, written
from projections.books import trial_balance
from projections.books.entries import known
from projections.books.journal import journal_line
from projections.engine.basis import Basis
from projections.engine.figures import decimals
from projections.engine.sources import distinct, facts_behind
from projections.receivables.ageing import BUCKETS, ageing, bucket_of
from projections.receivables.tenants import accounts
from projections.subledgers import items

# Ageing


def _behind_ageing(connection: Connection, basis: Basis, query: Any, row: Row, column: str) -> Sequence[Entry]:
    """The facts of a document or a receipt, and of the tenant whose it is."""
    tags = [f"{name}:{row[name]}" for name in ("invoice", "receipt") if row[name]]
    return distinct(facts_behind(connection, basis, tags))


def _orders(connection: Connection, basis: Basis, _query: Any, _row: Row) -> list[Part]:
    """Receivables of each equipment order."""
    owed = [(address, minor) for address, minor in items(connection, basis, "receivables") if "orders" in address]
    return [Part(report=address, cell="receivables", figure=written(minor)) for address, minor in owed]


def _control_lines(_: Connection, basis: Basis, _query: Any, row: Row, column: str) -> Select[Any] | None:
    if (row["section"], column) != ("CONTROL", "total"):
        return None
    return trial_balance.posted(basis, "receivables", "closing")


def _in_books(connection: Connection, basis: Basis, query: Any, row: Row, column: str) -> Made | None:
    """The control account itself, where very many lines lead to it."""
    lines = _control_lines(connection, basis, query, row, column)
    if lines is None or not are_many(connection, lines):
        return None
    account = Part(report="trial-balance", cell="ACCOUNT:receivables/closing", figure=row[column])
    return Made(lambda *_: [account], "the closing balance of the account", added)


def _beside_control(connection: Connection, basis: Basis, _query: Any, _row: Row) -> list[Part]:
    """Receivables from tenants and from orders, and the control account."""
    found = ageing(connection, basis)
    return [
        Part(cell="TOTAL/total", figure=found.open.total),
        Part(cell="ORDERS/total", figure=found.orders),
        Part(cell="CONTROL/total", figure=found.control),
    ]


def _bucket(connection: Connection, basis: Basis, query: Any, row: Row) -> tuple[list[Part], list[Part]]:
    """The rate of a document's age, and the documents of that age, which share its loss."""
    if row["ecl_rate"] is None:
        return [], []
    items = [item for tenant in accounts(connection, basis) for item in tenant.items.documents]
    mine = next(item for item in items if item.invoice == row["invoice"])
    alike = [item for item in items if bucket_of(item, basis.effective) == bucket_of(mine, basis.effective)]
    rate = Part(cell=f"DOCUMENT:{row['invoice']}/ecl_rate", figure=row["ecl_rate"])
    return [rate], [Part(cell=f"DOCUMENT:{item.invoice}/total", figure=written(item.open_minor)) for item in alike]


def _loss(rate: Sequence[Part], documents: Sequence[Part], name: str) -> str | None:
    """A document's share of the expected loss of its age, rounded once for all of that age."""
    if not rate:
        return None
    open_minor = [minor(part.figure or "0", FEN) for part in documents]
    loss = rounded(max(sum(open_minor), 0) * Fraction(rate[0].figure or 0))
    own = [part.cell.rpartition("/")[0] for part in documents].index(name)
    return written(share(loss, [max(amount, 0) for amount in open_minor])[own]) if loss else "0.00"


ECL = Shared(_bucket, "ecl_rate × Σ total of its age, rounded, × this document's total ÷ Σ total", _loss, adds=False)
DUE = (*BUCKETS, "total", "ecl")
AGEING = Receipts(
    of_fact=of_fact,
    keys={"DOCUMENT": ("invoice",), "UNAPPLIED": ("receipt",), "TENANT": ("company",), "TOTAL": ()}
    | {"ORDERS": (), "CONTROL": (), "DIFFERENCE": ()},
    units=dict.fromkeys(("gross", *DUE, "overdue", "unapplied"), "CNY") | {"days": "days"},
    behind=_behind_ageing,
    posted=_control_lines,
    split=_in_books,
    sums={
        "TENANT": [Sum(DUE, "DOCUMENT", ("company",)), Sum(("unapplied",), "UNAPPLIED", ("company",))],
        "TOTAL": [Sum((*DUE, "unapplied"), "TENANT")],
    },
    derived={"overdue": Derived(BUCKETS[1:], " + ".join(BUCKETS[1:]), lambda *ages: added(ages))},
    made={
        "DOCUMENT/ecl": ECL,
        "ORDERS/total": Made(_orders, "the sum over orders", added, rest_of_item),
        "DIFFERENCE/total": Made(
            _beside_control, "TOTAL + ORDERS - CONTROL", lambda of: decimals(of[0] + of[1] - of[2], 2)
        ),
    },
)


# A tenant's account


def _behind_account(connection: Connection, basis: Basis, _query: Any, row: Row, _column: str) -> Sequence[Entry]:
    """The facts of a document or a receipt."""
    tag = "invoice" if row["section"] == "DOCUMENT" else "receipt"
    return distinct(facts_behind(connection, basis, [f"{tag}:{row['name']}"]))


def _deposit_lines(_: Connection, basis: Basis, _query: Any, row: Row, _column: str) -> Select[Any] | None:
    """The lines of a lease's deposit."""
    if row["section"] != "DEPOSIT":
        return None
    line = journal_line.c
    mine = known(basis), line.account == "deposits", line.lease == row["lease"]
    return select(line.position, (-line.amount_minor).label("minor")).where(*mine)


ACCOUNT = Receipts(
    of_fact=of_fact,
    keys={"DOCUMENT": ("name",), "DEPOSIT": ("lease",), "RECEIPT": ("name",)}
    | dict.fromkeys(("OPEN", "OVERDUE", "DEPOSITS", "UNAPPLIED"), ()),
    units={"gross": "CNY", "open": "CNY", "days": "days"},
    behind=_behind_account,
    posted=_deposit_lines,
    sums={
        "OPEN": [Sum(("open",), "DOCUMENT")],
        "OVERDUE": [Sum(("open",), "DOCUMENT", only="days")],
        "DEPOSITS": [Sum(("open",), "DEPOSIT")],
        "UNAPPLIED": [Sum(("open",), "RECEIPT")],
    },
)
