"""An amount that comes and goes by days: what is open of a document, free in a receipt, held of a deposit.

DatedMove      so much more, or less, from a day on: in the world, and in the books
DatedAmount   all moves of one amount, in the order recorded

On no day may less than nothing be there, neither by effective date nor by accounting date, whatever was recorded late.
So who takes something off asks for the least that is there from that day on, not for what is there in the end.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise

from msgspec import Struct

from ledger.periods import PostingFact


class DatedMove(Struct, frozen=True, gc=False):
    """So much more (negative: less) is there from a day on; in the books, from another day on."""

    on: date
    booked_on: date
    amount_minor: int


class DatedAmount(Struct, frozen=True, gc=False):
    """All moves of one amount, in the order recorded."""

    moves: tuple[DatedMove, ...] = ()

    def after(self, fact: PostingFact, amount_minor: int) -> "DatedAmount":
        """Add what a fact moves."""
        return DatedAmount((*self.moves, DatedMove(fact.effective_on, fact.accounting_on, amount_minor)))

    @property
    def total_minor(self) -> int:
        """The amount in the end, once all that is known has happened."""
        return sum(move.amount_minor for move in self.moves)

    @property
    def latest_on(self) -> date:
        """The last day on which it moves."""
        return max((move.on for move in self.moves), default=date.min)

    @property
    def latest_booked_on(self) -> date:
        """The last day on which it moves in the books."""
        return max((move.booked_on for move in self.moves), default=date.min)

    def on(self, day: date) -> int:
        """The amount at the end of a day."""
        return sum(move.amount_minor for move in self.moves if move.on <= day)

    def booked_on(self, day: date) -> int:
        """The amount in the books at the end of a day."""
        return sum(move.amount_minor for move in self.moves if move.booked_on <= day)

    def for_good(self, day: date) -> list[tuple[date, int]]:
        """List the parts of the amount that stay, the earliest first, each with the day since which it is there."""
        days = (day, *sorted({move.on for move in self.moves if move.on > day}))
        least = [max(self.least_from(since), 0) for since in days]
        more = [later - earlier for earlier, later in pairwise((0, *least))]
        return [(since, amount) for since, amount in zip(days, more, strict=True) if amount]

    def least_from(self, day: date) -> int:
        """The least that is there on a day and on every day after it."""
        return _least(((move.on, move.amount_minor) for move in self.moves), day)

    def covers_from(self, amount_minor: int, day: date) -> date | None:
        """The first day, from `day` on, since which an amount is there for good; None where there is none."""
        return _covers(((move.on, move.amount_minor) for move in self.moves), amount_minor, day)

    def booked_from(self, amount_minor: int, day: date) -> date:
        """The same in the books; the day of the last move, where it is never there."""
        found = _covers(((move.booked_on, move.amount_minor) for move in self.moves), amount_minor, day)
        return max(day, self.latest_booked_on) if found is None else found


def _running(moves: Iterable[tuple[date, int]]) -> Iterator[tuple[date, int]]:
    """(day, what is there at its end), for every day on which something moves."""
    by_day: dict[date, int] = {}
    for on, amount in moves:
        by_day[on] = by_day.get(on, 0) + amount
    there = 0
    for on in sorted(by_day):
        there += by_day[on]
        yield on, there


def _least(moves: Iterable[tuple[date, int]], day: date) -> int:
    at_day, later = 0, []
    for on, there in _running(moves):
        if on <= day:
            at_day = there
        else:
            later.append(there)
    return min((at_day, *later))


def _covers(moves: Iterable[tuple[date, int]], amount_minor: int, day: date) -> date | None:
    """Walk back from the last day as long as the amount is there."""
    steps = [(date.min, 0), *_running(moves)]
    since: date | None = None
    for on, there in reversed(steps):
        if there < amount_minor:
            break
        since = max(on, day)
        if on <= day:
            break
    return since
