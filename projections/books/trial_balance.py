"""Do the books balance, and what does each account hold?

posted            the lines behind one of its cells
spans, moved_in   the months, or the days of one month, and what moved an account in each
trial_balance     opening, debit, credit and closing of every account, for the days from `from_on` to the basis's date
balances          closing balances alone, in minor units
by_account        totals of all data classes together; figures_of, results_of: what they come to
FromAnotherYear   `from_on` lies after the basis's date, or in another year

Balances are debits less credits: a credit balance is negative. Income and expenses restart on 1 January, and what they
came to before stands in retained earnings: it is computed and not posted (ADR 9), and `earlier_results` says how much
of that account's balance it is. The balances of a trial balance sum to zero, as do opening balances; movements of the
period show as many debits as credits.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, TypeAlias

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, Select, and_, or_, select, true

from ledger.books.accounts import CHART, Account
from ledger.decider import DataClass
from ledger.periods import day_after, day_before, month_end
from ledger.values.money import written
from projections.books.entries import known, positions_by_account
from projections.books.journal import Total, journal_line, totals
from projections.engine.basis import Basis
from projections.engine.view import RowsAltered

RETAINED = "retained-earnings"
RESULT = ("INCOME", "EXPENSE")
"""Kinds of account that restart with the year."""


class AccountRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One account, in CNY. `subledger`, where there is one: what it comes to, and how far the account is from it.

    positions   the facts behind the closing balance
    """

    account: str
    code: str
    name: str
    name_zh: str
    opening: str
    debit: str
    credit: str
    closing: str
    subledger: str | None = None
    difference: str | None = None
    positions: tuple[int, ...] | None = None


class Sums(Struct, frozen=True, kw_only=True):
    """All accounts together: opening and closing are 0.00, and debits equal credits, or the books are wrong."""

    opening: str
    debit: str
    credit: str
    closing: str
    closing_debits: str
    closing_credits: str


class TrialBalance(Struct, frozen=True, kw_only=True):
    """Accounts by code, those that nothing was ever posted to left out. Balances at `from_on`'s morning and at the
    basis's date; debits and credits are movements between.

    earlier_results   the results of earlier years, as a balance: part of retained earnings, computed and not posted
    fictional         whether any figure holds invented examples
    """

    currency: str
    from_on: date
    until_on: date
    rows: tuple[AccountRow, ...]
    total: Sums
    earlier_results: str
    data_classes: tuple[DataClass, ...]
    fictional: bool


class FromAnotherYear(ValueError):
    """A trial balance is for days of one year: income and expenses restart on 1 January."""


Figures: TypeAlias = tuple[int, int, int, int]
"""Opening, debit, credit, closing: minor units; a closing balance is the opening one and the movements."""


def trial_balance(
    connection: Connection,
    basis: Basis,
    *,
    from_on: date | None = None,
    chart: Mapping[str, Account] = CHART,
    subledgers: Mapping[str, int] | None = None,
    positions: bool = False,
) -> TrialBalance:
    """Draw up the trial balance on that basis. Raises FromAnotherYear.

    from_on      the first day of the movements; 1 January of the basis's year unless it is given
    subledgers   account -> what its subledger comes to, minor units
    positions    give the positions of the facts behind every account
    """
    until, new_year = basis.effective, basis.effective.replace(month=1, day=1)
    begin = from_on or new_year
    if not new_year <= begin <= until:
        raise FromAnotherYear(f"the first day lies between {new_year} and {until}: accounts restart on 1 January")
    days = (day_before(new_year), day_before(begin), until)
    found = totals(connection, basis.recorded, days)
    if unknown := {account for account, _ in found[until]} - CHART.keys():
        raise RowsAltered(f"journal_total, journal_line: there is no account {', '.join(sorted(unknown))}")
    figures = figures_of(*(by_account(found[day]) for day in days))
    earlier = results_of(by_account(found[days[0]]))
    behind = _behind(connection, basis, new_year) if positions else None
    classes = sorted({data_class for _, data_class in found[until]})
    return TrialBalance(
        currency="CNY",
        from_on=begin,
        until_on=until,
        rows=tuple(
            _row(chart[account], figures[account], subledgers or {}, behind)
            for account in sorted(figures, key=lambda account: (chart[account].code, account))
        ),
        total=_sums(figures.values()),
        earlier_results=written(earlier),
        data_classes=tuple(classes),
        fictional="FICTIONAL" in classes,
    )


def balances(connection: Connection, basis: Basis) -> dict[str, int]:
    """Each account's closing balance as the trial balance shows it, minor units; accounts at zero are left out."""
    until = basis.effective
    last_year = day_before(until.replace(month=1, day=1))
    found = totals(connection, basis.recorded, (last_year, until))
    before, now = by_account(found[last_year]), by_account(found[until])
    figures = figures_of(before, before, now)
    return {account: closing for account, (*_, closing) in figures.items() if closing}


def spans(begin: date, until: date) -> list[tuple[date, date]]:
    """Cut days into months, those of one month into days: the first and the last day of each."""
    if (begin.year, begin.month) == (until.year, until.month):
        return [(day, day) for day in map(date.fromordinal, range(begin.toordinal(), until.toordinal() + 1))]
    cut, first = list[tuple[date, date]](), begin
    while first <= until:
        last = min(month_end(first), until)
        cut.append((first, last))
        first = day_after(last)
    return cut


def moved_in(connection: Connection, basis: Basis, account: str, some: Sequence[tuple[date, date]]) -> list[Total]:
    """Sum an account's debits and credits in each of these spans, one after the other without a gap between."""
    ends = [day_before(some[0][0]), *(last for _, last in some)]
    found = totals(connection, basis.recorded, ends, account=account)
    reached = [by_account(found[day]).get(account, Total()) for day in ends]
    return [
        Total(after.debit_minor - before.debit_minor, after.credit_minor - before.credit_minor)
        for before, after in pairwise(reached)
    ]


def by_account(found: Mapping[tuple[str, DataClass], Total]) -> dict[str, Total]:
    """Totals of all data classes together."""
    together: dict[str, Total] = {}
    for (account, _), total in found.items():
        before = together.get(account, Total())
        together[account] = Total(before.debit_minor + total.debit_minor, before.credit_minor + total.credit_minor)
    return together


def results_of(found: Mapping[str, Total]) -> int:
    """Sum income and expenses to the result, as a balance: a profit is negative."""
    return sum(total.balance_minor for account, total in found.items() if CHART[account].kind in RESULT)


def figures_of(
    last_year: Mapping[str, Total], begin: Mapping[str, Total], until: Mapping[str, Total]
) -> dict[str, Figures]:
    """Figures of each account, from its totals through last year's end, before the first day, and through the last."""
    none, figures = Total(), dict[str, Figures]()
    for account, total in until.items():
        before = begin.get(account, none)
        restart = last_year.get(account, none).balance_minor if CHART[account].kind in RESULT else 0
        debit, credit = total.debit_minor - before.debit_minor, total.credit_minor - before.credit_minor
        opening = before.balance_minor - restart
        figures[account] = (opening, debit, credit, opening + debit - credit)
    if earlier := results_of(last_year):
        opening, debit, credit, closing = figures.get(RETAINED, (0, 0, 0, 0))
        figures[RETAINED] = (opening + earlier, debit, credit, closing + earlier)
    return figures


def _row(
    account: Account,
    figures: Figures,
    subledgers: Mapping[str, int],
    behind: Mapping[str, tuple[int, ...]] | None,
) -> AccountRow:
    opening, debit, credit, closing = figures
    subledger = subledgers.get(account.account)
    return AccountRow(
        account=account.account,
        code=account.code,
        name=account.name,
        name_zh=account.name_zh,
        opening=written(opening),
        debit=written(debit),
        credit=written(credit),
        closing=written(closing),
        subledger=None if subledger is None else written(subledger),
        difference=None if subledger is None else written(closing - subledger),
        positions=None if behind is None else behind.get(account.account, ()),
    )


def _behind(connection: Connection, basis: Basis, new_year: date) -> Mapping[str, tuple[int, ...]]:
    """The facts behind each closing balance: for income and expenses this year's, the earlier ones for the results."""
    ever = positions_by_account(connection, basis)
    this_year = positions_by_account(connection, basis, from_on=new_year)
    behind, earlier = dict(ever), set(ever.get(RETAINED, ()))
    for account in ever:
        if CHART[account].kind in RESULT:
            behind[account] = this_year.get(account, ())
            earlier.update(set(ever[account]).difference(behind[account]))
    return {**behind, RETAINED: tuple(sorted(earlier))}


def posted(
    basis: Basis, account: str, column: str, *, from_on: date | None = None, last: date = date.max
) -> Select[Any]:
    """Select the lines that a cell of the trial balance sums: position and minor units, as the column counts them.

    Column `moved`: debits and credits alike. `last`: a day after which there are none.
    """
    line, new_year = journal_line.c, basis.effective.replace(month=1, day=1)
    begin, amount = from_on or new_year, line.amount_minor
    result = tuple(name for name, entry in CHART.items() if entry.kind in RESULT)
    mine, moves = line.account == account, column in ("debit", "credit", "moved")
    if account in result:
        mine = and_(mine, line.accounting_on >= new_year)
    elif account == RETAINED and not moves:
        mine = or_(mine, and_(line.account.in_(result), line.accounting_on < new_year))
    until = day_before(begin) if column == "opening" else basis.effective
    counts = {"debit": amount > 0, "credit": amount < 0}.get(column, true())
    recorded = known(replace(basis, effective=min(until, last)), from_on=begin if moves else None, of_account=True)
    share = -amount if column == "credit" else amount
    return select(line.position, share.label("minor")).where(recorded, mine, counts)


def _sums(figures: Iterable[Figures]) -> Sums:
    accounts = list(figures)
    opening, debit, credit, closing = (sum(account[at] for account in accounts) for at in range(4))
    for what, minor in (("opening balances", opening), ("closing balances", closing), ("movements", debit - credit)):
        if minor:
            raise RowsAltered(f"journal_total, journal_line: {what} differ by {written(minor)} from debit to credit")
    return Sums(
        opening=written(opening),
        debit=written(debit),
        credit=written(credit),
        closing=written(closing),
        closing_debits=written(sum(max(balance, 0) for *_, balance in accounts)),
        closing_credits=written(sum(max(-balance, 0) for *_, balance in accounts)),
    )
