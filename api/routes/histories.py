"""Facts as they were recorded: one way of reading them for every route, in pages of the log's order.

FilteredQuery  what can be asked of any history; Sampled: and a random sample of it
facts_page     those that match, a page of them, and how many there are in all
history_of     asks for the history of one thing: a company, a lease, an order
last_step      the position of its latest step, for its ETag
all_entries    every fact that matches, however many pages it takes
any_entry      the type of a recorded fact, whichever it is
not_recorded   nothing of that name was recorded
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, tzinfo
from functools import cache
from types import new_class
from typing import Annotated, Any, ClassVar, Literal, Union

from msgspec import Meta
from sqlalchemy import Connection, func, select

from api.http.parameters import DayOrInstant, parameter_invalid
from api.http.problems import Fault, Problem
from api.http.reading import Ask, BasisQuery, Found, Limit, Position, not_known
from api.http.recording import facts_of
from ledger.access import Role
from ledger.decider import all_facts
from ledger.log.database import fact, fact_tag
from ledger.log.envelope import Entry, Recorded
from projections.engine.basis import DAY, Basis
from projections.engine.history import count_history, history
from projections.engine.sieve import Sieve, nearest

PAGE = 1000
Method = Literal["api-key", "key", "os-user", "named", "cli", "library", "demo"]


Word = Annotated[str, Meta(max_length=200)] | None
Instant = Annotated[DayOrInstant | None, Meta(description="2026-06-30, or an instant with its offset.")]


class FilteredQuery(BasisQuery, frozen=True, kw_only=True):
    """Facts that match everything asked, a page of them after a position."""

    names_checked: ClassVar[bool] = True

    entity: Annotated[str, Meta(max_length=200, description="lease:l-1, or l-1 whatever it is a name of.")] | None = (
        None
    )
    tag: Word = None
    fact: (
        Annotated[
            str, Meta(max_length=100, description="A stored name (company.lead-registered), or its beginning and *.")
        ]
        | None
    ) = None
    actor: Annotated[str, Meta(max_length=100)] | None = None
    role: Role | None = None
    method: Annotated[Method | None, Meta(description="How we know who it was.")] = None
    effective_from: date | None = None
    effective_until: date | None = None
    recorded_from: Instant = None
    recorded_until: Instant = None
    late: (
        Annotated[int, Meta(ge=0, le=100_000, description="Recorded so many days after it took effect, or more.")]
        | None
    ) = None
    corrections: Annotated[bool, Meta(description="Only what takes back, reverses or corrects.")] = False
    overrides: Annotated[bool, Meta(description="Only where a check is passed over.")] = False
    self_approved: Annotated[bool, Meta(description="Only what its proposer approved.")] = False
    future_dated: Annotated[bool, Meta(description="Only what takes effect after the day of its record.")] = False
    after: Position = 0
    limit: Limit = 100


FILTERS = tuple(name for name in FilteredQuery.__struct_fields__ if name in Sieve.__struct_fields__)


class HistoryQuery(FilteredQuery, frozen=True, kw_only=True):
    """The facts of one thing that match everything asked, a page of them after a position."""


def sieve_of(basis: Basis, query: FilteredQuery, **more: Any) -> dict[str, Any]:
    """The fields of a Sieve that are asked; of every effective date unless one is asked for. Raises Problem."""
    zone = zone_of(basis)
    asked = {name: getattr(query, name) for name in FILTERS if getattr(query, name) not in (None, False)}
    if query.effective is not None:
        asked["effective"] = basis.effective
    for name, begins in (("recorded_from", True), ("recorded_until", False)):
        if name in asked:
            asked[name] = instant(name, asked[name], zone, begins=begins)
    return asked | {"zone": zone} | {name: value for name, value in more.items() if value is not None}


def instant(name: str, written: str, zone: tzinfo, *, begins: bool) -> datetime:
    """An instant, or the begin or the end of a day. Raises Problem."""
    try:
        if DAY.fullmatch(written):
            return datetime.combine(date.fromisoformat(written), time.min if begins else time.max, tzinfo=zone)
        found: datetime | None = datetime.fromisoformat(written)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        detail = "is a date (2026-06-30), or an instant with its offset (2026-06-30T12:00:00Z)"
        raise parameter_invalid(name, f"{written!r} is neither; it {detail}")
    return found


def zone_of(basis: Basis) -> tzinfo:
    """The zone in which the basis counts days."""
    zone = datetime.strptime(basis.zone, "%z").tzinfo
    assert zone is not None, "the basis names its zone"
    return zone


def facts_page(connection: Connection, basis: Basis, query: FilteredQuery, **more: Any) -> Found:
    """A page of the facts that match, in the order recorded. Raises Problem where what is asked is not on record."""
    asked = {"recorded": basis.recorded, **sieve_of(basis, query, **more)}
    rows = history(connection, **asked, after=query.after, limit=query.limit + 1)
    if not rows:
        check_on_record(connection, **asked)
    more_follow, rows = len(rows) > query.limit, rows[: query.limit]
    following = ("after", rows[-1].position) if more_follow else None
    return Found(rows=rows, total=count_history(connection, **asked), next=following)


def check_on_record(connection: Connection, *, recorded: int, **asked: Any) -> None:
    """Check that what is asked for by name is on record at all: no facts would not tell. Raises Problem."""
    found = nearest(connection, recorded, Sieve(**asked))
    if found is not None:
        name, said = found
        raise Problem("not-found", said, errors=[Fault(said, parameter=name)])


def effective(basis: Basis, query: BasisQuery) -> date | None:
    """The effective date, where one is asked for: the log itself covers every one."""
    return basis.effective if query.effective is not None else None


def history_of(thing: str) -> Ask[HistoryQuery]:
    """Asks for a page of what was recorded of one thing, which the path names. It raises Problem where nothing was."""

    def ask(connection: Connection, basis: Basis, query: HistoryQuery, path: Mapping[str, str]) -> Found:
        tag = f"{thing.replace('_', '-')}:{path[thing]}"
        if not history(connection, recorded=basis.recorded, tag=tag, limit=1):
            raise not_known(thing.replace("_", " "), path[thing], basis)
        return facts_page(connection, basis, query, of=tag)

    return ask


def last_step(connection: Connection, basis: Basis, context: str, tag: str) -> int:
    """The position of a thing's latest step as recorded by the basis: what its ETag begins with, for If-Match.

    A step is a fact of the thing's own context, whether or not it shows; what others record that names it is none.
    """
    latest = (
        select(func.max(fact.c.position))
        .join_from(fact_tag, fact, fact.c.position == fact_tag.c.position)
        .where(fact_tag.c.tag == tag, fact.c.name.in_(facts_of(context)), fact.c.position <= basis.recorded)
    )
    return int(connection.execute(latest).scalar_one())


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
