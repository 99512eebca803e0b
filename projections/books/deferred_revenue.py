"""What was paid or billed ahead of what is earned for it, and how did that move?

posted             the lines behind one of its cells; moved_since: what each fact moved of what leases are ahead
deferred_revenue   the roll-forward from `from_on`'s morning to the basis's date, an account a row

Account              Opening, closing                Additions            Recognised      Reclassified
straight-line        rent in advance: what leases    rent billed          rent earned     from and to accrued rent
                     are ahead, lease by lease
equipment-advances   the account                     paid in advance      earned          -
make-up              the account                     paid for no energy   taken, expired  -
unapplied            the account                     receipts             -               to receivables, and back

All figures are credits in CNY, so that opening + additions - recognised + exchange + reclassified = closing. The
straight-line account holds both sides: leases that are behind are accrued rent, an asset, and what passes from one side
to the other is reclassified. Advances in another currency are frozen at the rate of their day (IFRIC 22), and
`exchange` is therefore zero.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, and_, case, false, func, or_, select, true

from ledger.billing.facts import AccruedRentDerecognised, ReceiptAllocated, ReceiptUnallocated, RentRecognised
from ledger.books.accounts import CHART, Account
from ledger.decider import DataClass, stored_name
from ledger.offtake.facts import EnergyCredited
from ledger.orders.facts import AdvanceRefunded
from ledger.orders.mistakes.facts import (
    AdvanceReversed,
    CancellationFeeReversed,
    ForfeitReversed,
    ProgressReversed,
    RevenueReversed,
)
from ledger.orders.over_time.facts import ProgressMeasured
from ledger.values.money import written
from projections.books.entries import known, positions_by_account
from projections.books.journal import journal_line, totals
from projections.engine.basis import Basis
from projections.engine.view import RowsAltered

STRAIGHT_LINE = "straight-line"
ACCOUNTS = (STRAIGHT_LINE, "equipment-advances", "make-up", "unapplied")
EARNED = tuple(
    stored_name(fact)
    for fact in (
        *(RentRecognised, AccruedRentDerecognised),
        *(RevenueReversed, ForfeitReversed, CancellationFeeReversed, ProgressMeasured, ProgressReversed),
    )
)
TAKEN_BACK = tuple(stored_name(fact) for fact in (EnergyCredited, AdvanceRefunded, AdvanceReversed))
"""Facts that take back an addition and earn nothing: less was paid for no energy, or an advance went back."""

MOVED = (stored_name(ReceiptAllocated), stored_name(ReceiptUnallocated))
"""Facts that move a receipt to the receivables, or back."""


class DeferredRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One account; credits are positive. In the total the account is None. `positions`: the facts behind `closing`."""

    account: str | None
    code: str | None
    name: str | None
    opening: str
    additions: str
    recognised: str
    exchange: str
    reclassified: str
    closing: str
    positions: tuple[int, ...] | None = None


class DeferredRevenue(Struct, frozen=True, kw_only=True):
    """Balances at `from_on`'s morning and at the basis's date, and the movements between, in CNY."""

    currency: str
    from_on: date
    until_on: date
    rows: tuple[DeferredRow, ...]
    total: DeferredRow
    data_classes: tuple[DataClass, ...]
    fictional: bool


class _Moves(Struct, frozen=True, kw_only=True):
    """An account's figures in minor units, credits positive."""

    opening: int
    additions: int
    recognised: int
    reclassified: int
    closing: int


def deferred_revenue(
    connection: Connection,
    basis: Basis,
    *,
    from_on: date | None = None,
    chart: Mapping[str, Account] = CHART,
    positions: bool = False,
) -> DeferredRevenue:
    """Roll the accounts forward on that basis; from 1 January of the basis's year unless `from_on` is given.

    positions   give those of the facts behind every account's closing balance
    """
    begin = from_on or basis.effective.replace(month=1, day=1)
    moves = _moves(connection, basis, begin)
    behind = _positions(connection, basis) if positions else None
    found = totals(connection, basis.recorded, [basis.effective])[basis.effective]
    data_classes = tuple(sorted({data_class for account, data_class in found if account in ACCOUNTS}))
    of_all = None if behind is None else tuple(sorted({position for some in behind.values() for position in some}))
    return DeferredRevenue(
        currency="CNY",
        from_on=begin,
        until_on=basis.effective,
        rows=tuple(
            _row(chart[account], moves[account], None if behind is None else behind.get(account, ()))
            for account in ACCOUNTS
        ),
        total=_total(moves, of_all),
        data_classes=data_classes,
        fictional="FICTIONAL" in data_classes,
    )


def _on(accounts: tuple[str, ...], basis: Basis) -> ColumnElement[bool]:
    return and_(known(basis), journal_line.c.account.in_(accounts))


def _moves(connection: Connection, basis: Basis, begin: date) -> dict[str, _Moves]:
    opening, closing = _balances(connection, basis, begin)
    additions, recognised, moved = (dict.fromkeys(ACCOUNTS, 0) for _ in range(3))
    for account, fact, debit, credit in _movements(connection, basis, begin):
        if fact in MOVED:
            moved[account] += credit - debit
        elif fact in EARNED:
            recognised[account] += debit - credit
        elif account in (STRAIGHT_LINE, "unapplied") or fact in TAKEN_BACK:
            additions[account] += credit - debit
        else:
            additions[account] += credit
            recognised[account] += debit
    # The rest passed between accrued rent, of leases that are behind, and rent in advance, of those ahead.
    moved[STRAIGHT_LINE] += (
        closing[STRAIGHT_LINE] - opening[STRAIGHT_LINE] - additions[STRAIGHT_LINE] + recognised[STRAIGHT_LINE]
    )
    return {
        account: _Moves(
            opening=opening[account],
            additions=additions[account],
            recognised=recognised[account],
            reclassified=moved[account],
            closing=closing[account],
        )
        for account in ACCOUNTS
    }


def _balances(connection: Connection, basis: Basis, begin: date) -> tuple[dict[str, int], dict[str, int]]:
    """Each account's credit balance on a day's morning and at the basis's date; of straight-line the leases that are
    ahead. In one pass, grouped first as an index has the lines."""
    line = journal_line.c
    earlier = case((line.accounting_on < begin, -line.amount_minor), else_=0)
    keys, days = (line.account, line.company, line.lease), (earlier, -line.amount_minor)
    sums = [func.sum(day).label(name) for name, day in zip(("opening", "closing"), days, strict=True)]
    mine = known(basis, of_account=True), line.account.in_(ACCOUNTS)
    group = select(*keys, *sums).where(*mine).group_by(*keys).subquery("group").c
    named = func.sum(group.opening).label("opening"), func.sum(group.closing).label("closing")
    lease = select(group.account, *named).group_by(group.account, group.lease).subquery("lease").c
    ahead = [
        func.sum(case((and_(lease.account == STRAIGHT_LINE, day < 0), 0), else_=day))
        for day in (lease.opening, lease.closing)
    ]
    opening, closing = dict.fromkeys(ACCOUNTS, 0), dict.fromkeys(ACCOUNTS, 0)
    for account, before, now in connection.execute(select(lease.account, *ahead).group_by(lease.account)):
        opening[account], closing[account] = int(before), int(now)
    return opening, closing


def posted(basis: Basis, account: str, column: str, *, from_on: date | None = None) -> Select[Any]:
    """Select the lines that an account's cell sums: position and minor units, as the column counts them.

    What is reclassified of the straight-line account is what the other columns leave over: no lines are.
    """
    line, begin = journal_line.c, from_on or basis.effective.replace(month=1, day=1)
    credit, mine = -line.amount_minor, and_(_on((account,), basis), line.account == account)
    period = and_(mine, line.accounting_on >= begin)
    moved, earned = line.fact.in_(MOVED), line.fact.in_(EARNED)
    added = true() if account in (STRAIGHT_LINE, "unapplied") else or_(line.fact.in_(TAKEN_BACK), credit > 0)
    counted = {
        "opening": (credit, and_(mine, line.accounting_on < begin)),
        "additions": (credit, and_(period, ~moved, ~earned, added)),
        "recognised": (-credit, and_(period, ~moved, or_(earned, ~added))),
        "exchange": (credit, false()),
        "reclassified": (credit, and_(period, moved)),
        "closing": (credit, mine),
    }
    amount, where = counted[column]
    if account == STRAIGHT_LINE and column in ("opening", "closing"):
        ahead = select(line.lease).where(where).group_by(line.lease).having(func.sum(credit) > 0)
        where = and_(where, line.lease.in_(ahead))
    return select(line.position, amount.label("minor")).where(where)


def moved_since(
    connection: Connection, basis: Basis, account: str, column: str, after: int, *, from_on: date | None = None
) -> list[tuple[int, int]] | None:
    """Find what each fact since a position moved of what leases are ahead; None of a cell that sums plain lines.

    A lease that falls behind is no part of it any more, with all its lines, and one that gets ahead is again.
    """
    if account != STRAIGHT_LINE or column not in ("opening", "closing"):
        return None
    line, begin = journal_line.c, from_on or basis.effective.replace(month=1, day=1)
    mine = and_(_on((account,), basis), line.account == account, line.lease.is_not(None))
    if column == "opening":
        mine = and_(mine, line.accounting_on < begin)
    known_by_then = select(line.lease, -func.sum(line.amount_minor)).where(mine, line.position <= after)
    ahead = {lease: int(credit) for lease, credit in connection.execute(known_by_then.group_by(line.lease))}
    since = select(line.position, line.lease, -func.sum(line.amount_minor)).where(mine, line.position > after)
    moved = list[tuple[int, int]]()
    for position, lease, credit in connection.execute(
        since.group_by(line.position, line.lease).order_by(line.position, line.lease)
    ):
        before = ahead.get(lease, 0)
        ahead[lease] = before + int(credit)
        moved.append((position, max(ahead[lease], 0) - max(before, 0)))
    return moved


def _movements(connection: Connection, basis: Basis, begin: date) -> Iterator[tuple[str, str, int, int]]:
    """(account, fact, debits, credits) of the period."""
    line = journal_line.c
    debited = func.sum(case((line.amount_minor > 0, line.amount_minor), else_=0))
    credited = func.sum(case((line.amount_minor < 0, -line.amount_minor), else_=0))
    mine = known(basis, from_on=begin, of_account=True), line.account.in_(ACCOUNTS)
    query = select(line.account, line.fact, debited, credited).where(*mine)
    for account, fact, debit, credit in connection.execute(query.group_by(line.account, line.fact)):
        yield account, fact, int(debit), int(credit)


def _positions(connection: Connection, basis: Basis) -> dict[str, tuple[int, ...]]:
    found = positions_by_account(connection, basis, accounts=ACCOUNTS)
    return {account: found.get(account, ()) for account in ACCOUNTS}


def _row(account: Account, moves: _Moves, positions: tuple[int, ...] | None) -> DeferredRow:
    reached = moves.opening + moves.additions - moves.recognised + moves.reclassified
    if reached != moves.closing:
        raise RowsAltered(
            f"journal_line: {account.account} comes to {written(reached)}, and closes on {written(moves.closing)}"
        )
    return DeferredRow(
        account=account.account,
        code=account.code,
        name=account.name,
        opening=written(moves.opening),
        additions=written(moves.additions),
        recognised=written(moves.recognised),
        exchange=written(0),
        reclassified=written(moves.reclassified),
        closing=written(moves.closing),
        positions=positions,
    )


def _total(moves: Mapping[str, _Moves], positions: tuple[int, ...] | None) -> DeferredRow:
    def sum_of(name: str) -> str:
        return written(sum(getattr(account, name) for account in moves.values()))

    return DeferredRow(
        account=None,
        code=None,
        name=None,
        opening=sum_of("opening"),
        additions=sum_of("additions"),
        recognised=sum_of("recognised"),
        exchange=written(0),
        reclassified=sum_of("reclassified"),
        closing=sum_of("closing"),
        positions=positions,
    )
