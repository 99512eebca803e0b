"""What each fact earns, bills and accrues, for each month of service, stream and lease: written once, as it posts.

revenue_move   a row for each of these of a fact; like a journal's line it holds from its position on for ever
earned         a fact's lines -> its rows
INCOME, VAT, ACCRUED, MAKE_UP   the accounts whose lines count; BILLED: the facts that bill

By its accounting date the table is read from one day to another, in one piece; what came after some position, by that.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import BigInteger, Column, Date, Index, Integer, PrimaryKeyConstraint, Table, Text

from ledger.billing.facts import CreditNoteIssued, DebitNoteIssued, InvoiceIssued, LateFeeAssessed
from ledger.books.accounts import CHART
from ledger.books.line import Line
from ledger.decider import stored_name
from ledger.offtake.charges.facts import EnergyLateFeeAssessed, TerminationPaymentInvoiced
from ledger.offtake.facts import (
    EnergyCredited,
    EnergyCreditTakenBack,
    EnergyInvoiced,
    GuaranteeLdCredited,
    TakeOrPayInvoiced,
)
from ledger.orders.facts import (
    CancellationFeeCharged,
    CommissionFeeEarned,
    CommissionFeeReversed,
    EquipmentRevenueRecognised,
)
from ledger.orders.leftover.facts import StockSold
from ledger.orders.mistakes.facts import (
    CancellationFeeReversed,
    FeeRestored,
    FeeWithdrawn,
    RevenueReversed,
    StockSaleReversed,
)
from projections.engine.view import VIEWS

JOURNAL = "journal"
"""The read model that writes them."""

INCOME = tuple(account.account for account in CHART.values() if account.kind == "INCOME")
VAT = "output-vat"
ACCRUED = "straight-line"
MAKE_UP = "make-up"
"""What is paid for energy that was not taken: billed, and not earned yet."""
COUNTED = frozenset((*INCOME, VAT, ACCRUED, MAKE_UP))
_EARNED = frozenset(INCOME)

BILLED = tuple(
    stored_name(fact)
    for fact in (
        *(InvoiceIssued, DebitNoteIssued, LateFeeAssessed, CreditNoteIssued),
        *(EnergyInvoiced, TakeOrPayInvoiced, EnergyLateFeeAssessed, TerminationPaymentInvoiced),
        *(EnergyCredited, EnergyCreditTakenBack, GuaranteeLdCredited),
        *(EquipmentRevenueRecognised, CommissionFeeEarned, CommissionFeeReversed, CancellationFeeCharged),
        *(StockSold, StockSaleReversed),
        *(RevenueReversed, FeeWithdrawn, FeeRestored, CancellationFeeReversed),
    )
)
"""The facts that bill, or take back what was billed."""
_BILLED = frozenset(BILLED)

revenue_move = Table(
    "revenue_move",
    VIEWS,
    Column("generation", Integer, nullable=False),
    Column("accounting_on", Date, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("part", Integer, nullable=False),
    Column("service_month", Text),
    Column("stream", Text, nullable=False),
    Column("company", Text),
    Column("lease", Text),
    Column("recognised", BigInteger, nullable=False),
    Column("billed", BigInteger, nullable=False),
    Column("vat", BigInteger, nullable=False),
    Column("accrued", BigInteger, nullable=False),
    Column("data_class", Text, nullable=False),
    PrimaryKeyConstraint("generation", "accounting_on", "position", "part"),
    Index("revenue_move_position", "generation", "position"),
    sqlite_with_rowid=False,
)


def earned(fact: str, lines: Iterable[Line]) -> Iterator[tuple[Any, ...]]:
    """The columns from `part` on, without the data class, of the fact with a stored name."""
    found, bills = dict[tuple[Any, ...], list[int]](), fact in _BILLED
    for line in lines:
        account = line.account
        if line.stream is None or account not in COUNTED:
            continue
        key = line.service_month, line.stream, line.company, line.lease
        sums = found.get(key)
        if sums is None:
            sums = found[key] = [0, 0, 0, 0]
        amount = line.amount_minor
        if account in _EARNED:
            sums[0] -= amount
        if account == VAT:
            sums[2] -= amount
        elif bills:
            sums[1] -= amount
        if account == ACCRUED:
            sums[3] += amount
    for part, (key, sums) in enumerate(found.items(), 1):
        yield part, *key, *sums
