"""What follows from the hand-kept rows by arithmetic alone.

remeasured   at each month's end dollars stand at that day's rate: the rows that make it so
vat_returns  what each month's return comes to; and the rows that file it
balances     account by account, or part by part, on a day
entries      the journals: rows of one day and one happening
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from math import floor
from typing import NamedTuple

from tests.year.ground import USD_RATES
from tests.year.table import YEAR, Row
from tests.year.telling import Journal, moves

MONTH_ENDS = [date(YEAR + month // 12, month % 12 + 1, 1) - timedelta(1) for month in range(1, 13)]
REMEASURED = ("1002:usd", "1122:anode/o-1", "1122:anode/o-3", "1125:anode/o-1", "2202:forge/p-1", "2241.02:forge")
"""What is kept in dollars and is monetary; advances (2204) are not."""


def rate_on(day: date) -> Fraction:
    """What a dollar is worth on a day."""
    return Fraction(max((on, rate) for on, rate in USD_RATES.items() if on <= str(day))[1])


def remeasured(rows: Sequence[Row], ends: Sequence[date] = MONTH_ENDS) -> list[Row]:
    """The rows of every month's end that put dollars at the rate of that day."""
    added: list[Row] = []
    for end in ends:
        for part in REMEASURED:
            fen, cents = held(part, [*rows, *added], end)
            more = floor(cents * rate_on(end) + Fraction(1, 2)) - fen
            what = f"remeasured {'orders' if part.startswith(('112', '2241')) else part}"
            if more > 0:
                added.append(Row(end, what, part, "6061", more))
            elif more < 0:
                added.append(Row(end, what, "6061", part, -more))
    return added


def held(part: str, rows: Iterable[Row], on: date) -> tuple[int, int]:
    """What stands on a part of an account at the end of a day: in fen, and in cents."""
    fen = cents = 0
    for row in rows:
        if row.on <= on and part in (row.debit, row.credit):
            sign = 1 if row.debit == part else -1
            fen, cents = fen + sign * row.fen, cents + sign * row.cents
    return fen, cents


def balances(rows: Iterable[Row], on: date, *, parts: bool = False) -> dict[str, int]:
    """What stands on each account, or on each part of one, at the end of a day: debits positive, in fen."""
    sums: dict[str, int] = {}
    for row in rows:
        if row.on <= on:
            for account, sign in ((row.debit, 1), (row.credit, -1)):
                name = account if parts else account.partition(":")[0]
                sums[name] = sums.get(name, 0) + sign * row.fen
    return {account: fen for account, fen in sorted(sums.items()) if fen}


def entries(rows: Iterable[Row]) -> list[tuple[str, Journal]]:
    """The journals that the rows make: what happened, the day, and what moved on each account."""
    grouped: dict[tuple[date, str], list[Row]] = {}
    for row in rows:
        grouped.setdefault((row.on, row.what), []).append(row)
    found = []
    for (on, what), some in grouped.items():
        sides = [side for row in some for side in ((row.debit, row.fen), (row.credit, -row.fen))]
        moved = moves((account.partition(":")[0], fen) for account, fen in sides)
        if moved:
            found.append((what, (on, moved)))
    return found


class Return(NamedTuple):
    """A VAT return of a month, in fen."""

    month: date
    output: int
    input: int
    customs: int
    carried_in: int

    @property
    def due(self) -> int:
        return self.output - self.input - self.customs - self.carried_in

    @property
    def payable(self) -> int:
        return max(self.due, 0)

    @property
    def carried_out(self) -> int:
        return max(-self.due, 0)


HELD_BACK = {3: 180_000, 4: -180_000}
"""Input VAT of March, 1,800.00, was certified in April."""


def vat_returns(rows: Sequence[Row]) -> list[Return]:
    """What the twelve returns come to, each on what was posted to its month."""
    found: list[Return] = []
    for end in MONTH_ENDS:
        mine = [row for row in rows if row.on.replace(day=1) == end.replace(day=1)]
        found.append(
            Return(
                end,
                -_moved(mine, "2221.01"),
                _moved(mine, "2221.02") - HELD_BACK.get(end.month, 0),
                _moved(mine, "2221.02:customs"),
                found[-1].carried_out if found else 0,
            )
        )
    return found


def _moved(rows: Iterable[Row], account: str) -> int:
    return sum(row.fen for row in rows if row.debit == account) - sum(row.fen for row in rows if row.credit == account)


def filed(returns: Iterable[Return]) -> list[Row]:
    """The rows that filing the returns posts on the last day of each month: used input VAT, and what is payable."""
    added: list[Row] = []
    for one in returns:
        what = f"VAT return of {one.month:%m}"
        used = one.output - one.payable
        added += [
            Row(one.month, what, "2221.01", "2221.02", used),
            Row(one.month, what, "2221.01", "2221.03", one.payable),
        ]
    return [row for row in added if row.fen]
