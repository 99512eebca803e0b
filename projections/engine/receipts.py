"""The receipt of a figure: the facts that made it, and by how much each of them moved it.

Share        a fact, and the share of a figure that it is
by_fact      facts and a figure -> the share of each: how far the figure moved when the fact was recorded
by_line      lines of the journal -> the share of each fact that posted them; lines_between: of those after a position;
             lines_moved: of those that one selection has and another has not
facts_at     the facts at positions; share_of: one of them in a receipt
Shares       what both give: the shares, their sum, and what is left out of a long list

By fact: the facts are recorded one after the other in a ledger apart, and the same report is asked after each. What a
fact moved the figure by is its share, so that they sum to what the last one left: to the figure, if the receipt is
whole. Facts that moved nothing are no part of it. A cell that is no number has changes and no sum.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Select, func, select, union_all

from ledger.decider import DataClass, Fact, stored_name
from ledger.log.database import fact as fact_table
from ledger.log.envelope import Entry, decode
from ledger.periods import PostingFact
from ledger.values.money import FEN, written
from projections.engine.apart import Reading, apart, counted
from projections.engine.basis import Basis
from projections.engine.view import View

LISTED = 1000
"""The most shares that are listed at once."""


class Share(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A fact in a receipt. `share`: by how much it moved the figure, in the figure's unit; None where that is words.

    worked  how the fact's own amount was worked out, in words and figures; left out where it is what somebody said
    after   what the cell said once it was recorded, where that was worked out
    """

    position: int
    fact: str
    effective_on: date
    accounting_on: date | None = None
    recorded_at: datetime
    actor: str
    command: str
    data_class: DataClass
    share: str | None = None
    worked: str | None = None
    after: str | None = None


class Shares(Struct, frozen=True, kw_only=True):
    """Shares in the order recorded. `facts`, `total`: how many there are, and what all come to; of very many only some
    are listed."""

    facts: int
    total: str | None
    listed: tuple[Share, ...]


Cell = Callable[[Connection, Basis], Any]
"""What a cell says on a basis: a decimal string, a number, words, a date; None where there is nothing."""


Working = Callable[[Fact], str | None]
"""How a fact's own amount was worked out."""


def by_fact(
    entries: Sequence[Entry],
    views: Iterable[type[View]],
    basis: Basis,
    cell: Cell,
    *,
    number: bool,
    working: Working,
) -> Shares:
    """Record facts one after the other in a ledger apart, and see by how much each moves a cell.

    entries   the facts behind the cell, in the order recorded; more than it needs do no harm
    """
    shares, before = list[Share](), None
    with apart(entries, views) as connection:
        reading = Reading(connection)
        for place, entry in enumerate(entries, 1):
            if place > 1 and not reading.moves(place):
                continue
            now = _said(cell(connection, counted(basis, place)))
            if now != before:
                moved = str(_decimal(now) - _decimal(before)) if number else None
                if not number or _decimal(now) != _decimal(before):
                    shares.append(share_of(entry, moved, now, working))
            before = now
    total = str(sum((_decimal(share.share) for share in shares), _decimal(None))) if number else None
    return Shares(facts=len(shares), total=total, listed=tuple(shares))


def _said(value: Any) -> str | None:
    return None if value is None else str(value)


def _decimal(value: str | None) -> Decimal:
    """A figure to reckon with: nothing is nought."""
    return Decimal(value or 0)


def by_line(
    connection: Connection, posted: Select[Any], *, working: Working, places: int = FEN, after: int = 0
) -> Shares:
    """The shares of facts that posted lines, those after a position listed.

    posted   selects (position, units): one row or more for each fact
    places   decimals of those units
    """
    lines = posted.subquery("posted")
    # Of a sum, not of the column: to group by that, SQLite would read all lines in its order, and no index.
    position, minor = lines.c.position + 0, lines.c.minor
    of_fact = select(position.label("position"), func.sum(minor).label("minor")).group_by(position)
    shares = of_fact.having(func.sum(minor) != 0).subquery("shares")
    counted = select(func.count(), func.coalesce(func.sum(shares.c.minor), 0)).select_from(shares)
    facts, total = connection.execute(counted).one()
    page = select(shares).where(shares.c.position > after).order_by(shares.c.position).limit(LISTED)
    moved = {row.position: int(row.minor) for row in connection.execute(page)}
    entries = facts_at(connection, moved)
    listed = tuple(share_of(entries[at], written(amount, places), None, working) for at, amount in moved.items())
    return Shares(facts=facts, total=written(int(total), places), listed=listed)


def lines_between(connection: Connection, posted: Select[Any], *, after: int, most: int) -> list[tuple[int, int]]:
    """List what each fact recorded after a position posted of lines, in units: the first so many that posted any."""
    position, minor = posted.subquery("posted").c
    of_fact = select(position, func.sum(minor)).where(position > after).group_by(position)
    listed = of_fact.having(func.sum(minor) != 0).order_by(position).limit(most)
    return [(at, int(amount)) for at, amount in connection.execute(listed)]


def lines_moved(connection: Connection, before: Select[Any], after: Select[Any], *, most: int) -> list[tuple[int, int]]:
    """List by how much the lines of each fact come to more in one selection than in another: the first so many."""
    position, minor = before.subquery("before").c
    then, now = select(position, (-minor).label("minor")), select(*after.subquery("after").c)
    at, amount = union_all(then, now).subquery("moved").c
    of_fact = select(at, func.sum(amount)).group_by(at).having(func.sum(amount) != 0)
    return [(place, int(units)) for place, units in connection.execute(of_fact.order_by(at).limit(most))]


def facts_at(connection: Connection, positions: Iterable[int]) -> Mapping[int, Entry]:
    """The facts at positions, in the order recorded."""
    wanted, found = sorted(positions), dict[int, Entry]()
    for begin in range(0, len(wanted), LISTED):
        query = select(fact_table.c.envelope).where(fact_table.c.position.in_(wanted[begin : begin + LISTED]))
        entries = map(decode, connection.execute(query.order_by(fact_table.c.position)).scalars())
        found |= {entry.position: entry for entry in entries}
    return found


def share_of(entry: Entry, share: str | None, after: str | None, working: Working) -> Share:
    """A fact in a receipt."""
    fact = entry.fact
    return Share(
        position=entry.position,
        fact=stored_name(type(fact)),
        effective_on=fact.effective_on,
        accounting_on=fact.accounting_on if isinstance(fact, PostingFact) else None,
        recorded_at=entry.recorded_at,
        actor=entry.by.actor,
        command=entry.command,
        data_class=entry.data_class,
        share=share,
        worked=working(fact),
        after=after,
    )
