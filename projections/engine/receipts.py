"""The receipt of a figure: the facts that made it, and by how much each of them moved it.

Share        a fact, and the share of a figure that it is
by_fact      cells and the facts behind each -> the share of each: how far the figure moved when the fact was recorded
by_line      lines of the journal -> the share of each fact that posted them; lines_between: of those after a position;
             lines_moved: of those that one selection has and another has not
facts_at     the facts at positions; share_of: one of them in a receipt
Shares       what both give: the shares, their sum, and what is left out of a long list

By fact: the facts are recorded one after the other in a ledger apart, and the same report is asked after each. What a
fact moved the figure by is its share, so that they sum to what the last one left: to the figure, if the receipt is
whole. Facts that moved nothing are no part of it. A cell that is no number has changes and no sum.
"""

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
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


Cell = tuple[str, str]
"""A cell of a report: the name of its row, its column."""


Table = Callable[[Connection, Basis], Mapping[str, Mapping[str, Any]]]
"""The rows of a report on a basis, by name; of cells decimal strings, numbers, words, dates, or None."""


Working = Callable[[Fact], str | None]
"""How a fact's own amount was worked out."""


def by_fact(
    behind: Mapping[Cell, Sequence[Entry]],
    views: Sequence[type[View]],
    basis: Basis,
    table: Table,
    *,
    numbers: Container[str],
    working: Working,
) -> dict[Cell, Shares]:
    """Record facts one after the other in a ledger apart, and see by how much each moves the cells of a report.

    behind    the facts behind each cell, in the order recorded; more than it needs do no harm
    numbers   the columns that hold figures

    Cells that rest on about as many facts share a ledger apart, which takes facts in turns: in each, one fact at most
    of each cell, so that the report is asked once for what would be a question for every cell. Of one cell's facts the
    order stays that in which they were recorded. A cell that moved in a turn without a fact of its own is asked alone.
    """
    found, alike = dict[Cell, Shares](), defaultdict[int, list[Cell]](list)
    for cell, entries in behind.items():
        alike[len(entries).bit_length()].append(cell)
    for cells in alike.values():
        steps, alone = _moved({cell: behind[cell] for cell in cells}, views, basis, table, numbers)
        for cell in alone:
            steps |= _moved({cell: behind[cell]}, views, basis, table, numbers)[0]
        found |= {cell: _shares(some, working, number=cell[1] in numbers) for cell, some in steps.items()}
    return {cell: found[cell] for cell in behind}


Step = tuple[Entry, str | None, str | None]
"""A fact, and what a cell said before it and after."""


def _moved(
    behind: Mapping[Cell, Sequence[Entry]],
    views: Sequence[type[View]],
    basis: Basis,
    table: Table,
    numbers: Container[str],
) -> tuple[dict[Cell, list[Step]], list[Cell]]:
    """The steps of each cell, and the cells that moved when it was not their turn."""
    turns, place = _turns(behind), 0
    steps = {cell: list[Step]() for cell in behind}
    said, alone = dict[Cell, str | None](), dict[Cell, None]()
    with apart((entry for turn in turns for entry, _ in turn), views) as connection:
        reading = Reading(connection)
        for turn in turns:
            first, place = place + 1, place + len(turn)
            if first > 1 and not any(map(reading.moves, range(first, place + 1))):
                continue
            rows, of = table(connection, counted(basis, place)), {cell: one for one, cells in turn for cell in cells}
            for cell in behind:
                before, now = said.get(cell), _said(rows.get(cell[0], {}).get(cell[1]))
                said[cell] = now
                if now == before or (cell[1] in numbers and _decimal(now) == _decimal(before)):
                    continue
                if cell in of:
                    steps[cell].append((of[cell], before, now))
                else:
                    alone[cell] = None
    return steps, list(alone)


def _turns(behind: Mapping[Cell, Sequence[Entry]]) -> list[list[tuple[Entry, list[Cell]]]]:
    """The facts in turns, each with its cells: a fact comes a turn after the latest before it of any of them."""
    facts, of = dict[int, Entry](), defaultdict[int, list[Cell]](list)
    for cell, entries in behind.items():
        for entry in entries:
            facts[entry.position] = entry
            of[entry.position].append(cell)
    turns, taken = list[list[tuple[Entry, list[Cell]]]](), dict.fromkeys(behind, 0)
    for position in sorted(facts):
        turn = max(taken[cell] for cell in of[position])
        if turn == len(turns):
            turns.append([])
        turns[turn].append((facts[position], of[position]))
        taken |= dict.fromkeys(of[position], turn + 1)
    return turns


def _shares(steps: Iterable[Step], working: Working, *, number: bool) -> Shares:
    moved = [(entry, str(_decimal(now) - _decimal(before)) if number else None, now) for entry, before, now in steps]
    shares = tuple(share_of(entry, share, now, working) for entry, share, now in moved)
    total = str(sum((_decimal(share.share) for share in shares), _decimal(None))) if number else None
    return Shares(facts=len(shares), total=total, listed=shares)


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
