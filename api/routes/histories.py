"""Facts as they were recorded: one way of reading them for every route, in pages of the log's order.

facts_page     those that match, a page of them, and how many there are in all
history_of     asks for the history of one thing: a company, a lease, an order
all_entries    every fact that matches, however many pages it takes
any_entry      the type of a recorded fact, whichever it is
not_recorded   nothing of that name was recorded
"""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from types import new_class
from typing import Any, Union

from sqlalchemy import Connection

from api.http.problems import Problem
from api.http.reading import Ask, BasisQuery, Found, Limit, Position, not_known
from ledger.decider import all_facts
from ledger.log.envelope import Entry, Recorded
from projections.engine.basis import Basis
from projections.engine.history import count_history, history

PAGE = 1000


class HistoryQuery(BasisQuery, frozen=True, kw_only=True):
    """A company's facts, a page of them after a position."""

    after: Position = 0
    limit: Limit = 100


def facts_page(
    connection: Connection, basis: Basis, query: BasisQuery, *, after: int, limit: int, **matching: Any
) -> Found:
    """A page of the facts that match, in the order recorded; of every effective date unless one is asked for."""
    asked: dict[str, Any] = {"recorded": basis.recorded, "effective": effective(basis, query), **matching}
    rows = history(connection, **asked, after=after, limit=limit + 1)
    more, rows = len(rows) > limit, rows[:limit]
    following = ("after", rows[-1].position) if more else None
    return Found(rows=rows, total=count_history(connection, **asked), next=following)


def effective(basis: Basis, query: BasisQuery) -> date | None:
    """The effective date, where one is asked for: the log itself covers every one."""
    return basis.effective if query.effective is not None else None


def history_of(thing: str) -> Ask[HistoryQuery]:
    """Asks for a page of what was recorded of one thing, which the path names. It raises Problem where nothing was."""

    def ask(connection: Connection, basis: Basis, query: HistoryQuery, path: Mapping[str, str]) -> Found:
        tag = f"{thing}:{path[thing]}"
        found = facts_page(connection, basis, query, after=query.after, limit=query.limit, tag=tag)
        if not found.rows and not history(connection, recorded=basis.recorded, tag=tag, limit=1):
            raise not_known(thing, path[thing], basis)
        return found

    return ask


def all_entries(connection: Connection, **matching: Any) -> Iterator[Entry]:
    """Every fact that matches, in the order recorded, read a page at a time."""
    after, more = 0, True
    while more:
        some = history(connection, **matching, after=after, limit=PAGE)
        yield from some
        more = len(some) == PAGE
        after = some[-1].position if some else after


@cache
def any_entry() -> Any:
    """The type of a recorded fact with its envelope, whichever fact it is."""
    any_fact: Any = Union[tuple(fact for _, fact in sorted(all_facts().items()))]  # noqa: UP007 - known at run time
    return new_class("RecordedFact", (Recorded[any_fact],), {"frozen": True, "kw_only": True})


def not_recorded(what: str, name: str, basis: Basis) -> Problem:
    """The problem of a name that was never recorded, up to the position asked for."""
    return Problem("not-found", f"No {what} {name!r} is recorded up to position {basis.recorded}.")
