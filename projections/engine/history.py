"""The event history: what was recorded, when, by whom, through which command. Reads the log itself.

history         facts in recorded order, a page at a time; each with its whole envelope
count_history   how many there are, where an index can tell
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, func, select

from ledger.log.database import fact as fact_table
from ledger.log.database import fact_tag
from ledger.log.envelope import Entry, decode

SIFT_MAX = 5_000


def history(
    connection: Connection,
    *,
    recorded: int,
    effective: date | None = None,
    company: str | None = None,
    tag: str | None = None,
    fact: str | None = None,
    actor: str | None = None,
    after: int = 0,
    limit: int = 100,
) -> list[Entry]:
    """The next facts after position `after`, up to position `recorded`, that match everything given.

    effective: facts that take effect on or before this date. fact: a stored name, such as company.lead-registered.
    company, tag and fact are looked up by index; effective and actor stand inside the sealed envelope and are sifted
    while reading.
    """
    query = _matching(select(fact_table.c.envelope), recorded, _tags(company, tag), fact)
    found: list[Entry] = []
    for entry in _read(connection, query, after, limit, sifting=effective is not None or actor is not None):
        if effective is not None and entry.fact.effective_on > effective:
            continue
        if actor is not None and entry.by.actor != actor:
            continue
        found.append(entry)
        if len(found) == limit:
            break
    return found


def count_history(
    connection: Connection,
    *,
    recorded: int,
    effective: date | None = None,
    company: str | None = None,
    tag: str | None = None,
    fact: str | None = None,
    actor: str | None = None,
) -> int | None:
    """Count the facts that history() would give over all pages; None where only reading them all could tell."""
    if effective is not None or actor is not None:
        return None
    if company is None and tag is None and fact is None:
        return recorded  # positions have no gaps
    counted = connection.execute(_matching(select(func.count()), recorded, _tags(company, tag), fact))
    return int(counted.scalar_one())


def _tags(company: str | None, tag: str | None) -> list[str]:
    return [wanted for wanted in (company and f"company:{company}", tag) if wanted]


def _matching(query: Select[Any], recorded: int, tags: list[str], name: str | None) -> Select[Any]:
    query = query.select_from(fact_table).where(fact_table.c.position <= recorded)
    if name is not None:
        query = query.where(fact_table.c.name == name)
    for tag in tags:
        carrying = select(fact_tag.c.position).where(fact_tag.c.tag == tag, fact_tag.c.position <= recorded)
        query = query.where(fact_table.c.position.in_(carrying))
    return query


def _read(connection: Connection, query: Select[Any], after: int, limit: int, *, sifting: bool) -> Iterator[Entry]:
    """Entries in order; where they will be sifted, page after page of growing size until the log ends."""
    size = limit
    while True:
        some = query.where(fact_table.c.position > after).order_by(fact_table.c.position).limit(size)
        entries = [decode(envelope) for envelope in connection.execute(some).scalars()]
        yield from entries
        if not sifting or len(entries) < size:
            return
        after, size = entries[-1].position, min(size * 2, SIFT_MAX)
