"""Filters that name something: no rows would not tell whether there is none, or none of that name.

NAMED         filters by the tags that facts about the thing bear; BY_NAME: these, and others that name something
check_named   refuse a filter that names what is not on record; check_company: a company that a key is to be for
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct
from sqlalchemy import Connection

from api.http.problems import Fault, Problem
from ledger.decider import all_facts
from ledger.log import store
from ledger.log.database import Database
from projections.engine.history import history
from projections.engine.names import close_to, nearest, on_record

NAMED: Mapping[str, tuple[str, ...]] = {
    "company": ("company", "party", "investor"),
    "site": ("site",),
    "parcel": ("parcel",),
    "building": ("building",),
    "unit": ("unit",),
    "lease": ("lease",),
    "thing": ("lease", "order", "offtake", "investment"),
    "agreement": ("offtake",),
    "meter": ("meter",),
    "document": (
        *("invoice", "receipt", "credit-note", "deposit", "refund", "write-off", "order", "ecl"),
        *("bank-entry", "purchase"),
    ),
    "series": ("series",),
    "bank_account": ("bank-account",),
}
BY_NAME = frozenset(NAMED) | {"fact", "actor"}
PAGE = 1000


def check_named(connection: Connection, recorded: int, query: Struct) -> None:
    """Refuse a filter that names what no fact up to a position is about; names close to it are told. Raises Problem."""
    asked = {name: value for name in query.__struct_fields__ if (value := getattr(query, name)) is not None}
    for what, kinds in NAMED.items():
        if what in asked and not on_record(connection, recorded, [f"{kind}:{asked[what]}" for kind in kinds]):
            close = nearest(connection, recorded, kinds, asked[what])
            raise _unknown(what, f"No {what} {asked[what]} is on record up to position {recorded}", close)
    if "fact" in asked and asked["fact"] not in all_facts():
        close = close_to(asked["fact"], all_facts())
        raise _unknown("fact", f"There is no kind of fact {asked['fact']}", close)
    if "actor" in asked:
        _check_actor(connection, recorded, asked["actor"])


def check_company(database: Database, company: str | None) -> None:
    """Refuse to give out a key for a company that is not on record: it would open nothing. Raises Problem."""
    if company is None:
        return
    with database.views.connect() as connection:
        recorded = store.read_head(connection).size
        if on_record(connection, recorded, [f"company:{company}"]):
            return
        close = nearest(connection, recorded, ("company",), company)
    said = f"No company {company} is on record" + (f"; close to it: {', '.join(close)}" if close else "")
    raise Problem("not-found", f"{said}.", errors=[Fault(said, pointer="/about_company")])


def _check_actor(connection: Connection, recorded: int, actor: str) -> None:
    """Refuse an actor who recorded nothing. Envelopes alone say who did: they are read until one is found."""
    others: set[str] = set()
    after, more = 0, True
    while more:
        some = history(connection, recorded=recorded, after=after, limit=PAGE)
        others |= {entry.by.actor for entry in some}
        if actor in others:
            return
        more = len(some) == PAGE
        after = some[-1].position if some else after
    raise _unknown("actor", f"No actor {actor} is on record up to position {recorded}", close_to(actor, sorted(others)))


def _unknown(parameter: str, detail: str, close: Iterable[str]) -> Problem:
    """The problem of a filter that names nothing."""
    meant = ", ".join(close)
    detail += f"; close to it: {meant}" if meant else ""
    return Problem("not-found", f"{detail}.", errors=[Fault(detail, parameter=parameter)])
