"""The event history: what was recorded, when, by whom, through which command. Reads the log itself.

history         facts in recorded order, a page at a time; each with its whole envelope
every_one       all facts of some names
count_history   how many there are, where an index can tell
sample          some of them, drawn by chance and yet the same for the same seed

What is asked of them is a Sieve, field by field (sieve.py): what an index can tell is one query, the rest is sifted.
"""

import heapq
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from hashlib import sha256
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, bindparam, func, select, union_all

from ledger.log.database import fact as fact_table
from ledger.log.database import fact_tag
from ledger.log.envelope import Entry, decode
from projections.engine.sieve import Sieve, glances

TAGS_MAX = 500
"""Tags that facts are looked for by."""


def history(connection: Connection, *, recorded: int, after: int = 0, limit: int = 100, **matching: Any) -> list[Entry]:
    """The next facts after position `after`, up to position `recorded`, that match everything given (see Sieve)."""
    sieve = Sieve(**matching)
    after, recorded = sieve.span(connection, after, recorded)
    query = sieve.matching(select(fact_table.c.envelope), recorded)
    if not sieve.sifts:
        some = query.where(fact_table.c.position > after).order_by(fact_table.c.position).limit(limit)
        return [decode(envelope) for envelope in connection.execute(some).scalars()]
    found: list[Entry] = []
    for seen, envelope in glances(connection, query, after, limit):
        if sieve.lets(connection, seen, envelope):
            found.append(decode(envelope))
            if len(found) == limit:
                break
    return found


def every_one(
    connection: Connection, *, recorded: int, names: Iterable[str], tags: Collection[str] | None = None
) -> Iterator[Entry]:
    """The facts of some stored names up to a position, in the order recorded; read from the store bit by bit.

    tags   those alone that bear one of these; of very many tags, others as well

    Their positions come from the index of names, a name at a time: asked for many names in order, SQLite would look
    through the whole log.
    """
    query = _of_names(tuple(sorted(set(names))))
    if tags is not None and len(tags) <= TAGS_MAX:
        tagged = select(fact_tag.c.position).where(fact_tag.c.tag.in_(sorted(tags)), fact_tag.c.position <= recorded)
        query = query.where(fact_table.c.position.in_(tagged))
    found = connection.execute(query, {"recorded": recorded}, execution_options={"yield_per": 1000})
    for some in found.scalars().partitions():
        yield from map(decode, some)


@cache
def _of_names(names: tuple[str, ...]) -> Select[Any]:
    row, named = fact_table.c, fact_table.alias("named").c
    known = bindparam("recorded", type_=BigInteger)
    some = (select(named.position).where(named.name == name, named.position <= known) for name in names)
    return select(row.envelope).where(row.position.in_(union_all(*some))).order_by(row.position)


def count_history(connection: Connection, *, recorded: int, **matching: Any) -> int | None:
    """Count the facts that history() would give over all pages; None where only reading them all could tell."""
    sieve = Sieve(**matching)
    if sieve.sifts:
        return None
    after, recorded = sieve.span(connection, 0, recorded)
    if sieve.everything:
        return max(recorded - after, 0)  # positions have no gaps
    counted = sieve.matching(select(func.count()), recorded).where(fact_table.c.position > after)
    return int(connection.execute(counted).scalar_one())


def sample(connection: Connection, *, recorded: int, size: int, seed: int, **matching: Any) -> tuple[list[Entry], int]:
    """So many of the facts that match, in the order recorded, and how many match.

    The ticket of a fact is the SHA-256 of the text `SEED:POSITION`; those with the lowest tickets are drawn. So the
    same seed on the same basis draws the same facts, whoever draws them.
    """
    count = 0

    def counted(positions: Iterable[int]) -> Iterable[int]:
        nonlocal count
        for position in positions:
            count += 1
            yield position

    drawn = heapq.nsmallest(size, counted(_positions(connection, recorded, Sieve(**matching))), _ticket(seed))
    envelopes = select(fact_table.c.envelope).where(fact_table.c.position.in_(drawn)).order_by(fact_table.c.position)
    return [decode(envelope) for envelope in connection.execute(envelopes).scalars()], count


def _ticket(seed: int) -> Any:
    return lambda position: sha256(b"%d:%d" % (seed, position)).digest()


def _positions(connection: Connection, recorded: int, sieve: Sieve) -> Iterable[int]:
    """The positions of the facts that match."""
    after, recorded = sieve.span(connection, 0, recorded)
    if sieve.everything:
        return range(after + 1, recorded + 1)
    if sieve.sifts:
        query = sieve.matching(select(fact_table.c.envelope), recorded)
        return (
            seen.position
            for seen, envelope in glances(connection, query, after)
            if sieve.lets(connection, seen, envelope)
        )
    positions = sieve.matching(select(fact_table.c.position), recorded).where(fact_table.c.position > after)
    return connection.execute(positions).scalars()
