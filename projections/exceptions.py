"""What an auditor asks about first: facts out of the ordinary, of every context. Reads the log itself, once.

ExceptionRow   a fact, and everything that is out of the ordinary about it
KINDS          the kinds of exceptions, each with what it means
exceptions     those recorded on a basis: how many of each kind, and a page of the facts

No rule of the ledger knows a limit of authority, so there is no kind for what is just below one.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime, tzinfo
from typing import Literal

from msgspec import Struct
from sqlalchemy import Connection, select

from ledger.access import CheckpointKeyAdopted, KeyRevoked, UserUnmapped
from ledger.decider import DataClass, stored_name
from ledger.log.database import fact as fact_table
from ledger.log.envelope import Entry, decode
from ledger.periods import PeriodReopened
from projections.engine.sieve import Glance, Sieve, glances, is_override, is_self_approved, puts_right

ExceptionKind = Literal[
    "LATE",
    "FUTURE_DATED",
    "OVERRIDE",
    "SELF_APPROVED",
    "CORRECTION",
    "MONTH_REOPENED",
    "ACCESS_WITHDRAWN",
    "BY_NAME_ONLY",
]
KINDS: Mapping[ExceptionKind, str] = {
    "LATE": "recorded so many days after it took effect, or more",
    "FUTURE_DATED": "takes effect after the day of its record",
    "OVERRIDE": "a check was passed over, or somebody asked for that",
    "SELF_APPROVED": "proposed and approved by the same person",
    "CORRECTION": "takes back, reverses or corrects another fact",
    "MONTH_REOPENED": "a closed month was opened again",
    "ACCESS_WITHDRAWN": "a key was revoked or replaced, or a user lets nobody in any more",
    "BY_NAME_ONLY": "recorded by somebody who was only named",
}
REOPENED = {stored_name(PeriodReopened)}
WITHDRAWN = {stored_name(kind) for kind in (KeyRevoked, UserUnmapped, CheckpointKeyAdopted)}


class ExceptionRow(Struct, frozen=True, kw_only=True):
    """A fact out of the ordinary. `days_late`: from the effective date to the record; negative where it lies ahead."""

    position: int
    exceptions: tuple[ExceptionKind, ...]
    fact: str
    about: str
    effective_on: date
    recorded_at: datetime
    days_late: int
    actor: str
    role: str
    method: str
    command: str
    data_class: DataClass


class Counted(Struct, frozen=True, kw_only=True):
    """The number of facts out of the ordinary in one way."""

    exception: ExceptionKind
    meaning: str
    facts: int


def exceptions(
    connection: Connection,
    *,
    recorded: int,
    late: int,
    sieve: Sieve,
    only: ExceptionKind | None = None,
    after: int = 0,
    limit: int = 100,
) -> tuple[list[Counted], list[ExceptionRow]]:
    """Count those of each kind, of all that the sieve lets through, and the next facts after a position.

    late   days between the effective date and the record from which a fact is late
    only   only facts of this kind
    """
    counts: Counter[ExceptionKind] = Counter()
    rows: list[ExceptionRow] = []
    first, recorded = sieve.span(connection, 0, recorded)
    query = sieve.matching(select(fact_table.c.envelope), recorded)
    for seen, envelope in glances(connection, query, first):
        if sieve.sifts and not sieve.lets(connection, seen, envelope):
            continue
        if found := tuple(_found(connection, seen, envelope, late, sieve.zone)):
            counts.update(found)
            if len(rows) < limit and seen.position > after and only in (None, *found):
                rows.append(_row(decode(envelope), seen, found, sieve.zone))
    return [Counted(exception=kind, meaning=meaning, facts=counts[kind]) for kind, meaning in KINDS.items()], rows


def _found(connection: Connection, seen: Glance, envelope: bytes, late: int, zone: tzinfo) -> Iterator[ExceptionKind]:
    name, days = seen.data.fact, seen.days_late(zone)
    if days >= late:
        yield "LATE"
    if days < 0:
        yield "FUTURE_DATED"
    if is_override(seen):
        yield "OVERRIDE"
    if is_self_approved(connection, seen):
        yield "SELF_APPROVED"
    if puts_right(seen, envelope):
        yield "CORRECTION"
    if name in REOPENED:
        yield "MONTH_REOPENED"
    if name in WITHDRAWN:
        yield "ACCESS_WITHDRAWN"
    if seen.by.method in ("named", "cli"):
        yield "BY_NAME_ONLY"


def _row(entry: Entry, seen: Glance, found: tuple[ExceptionKind, ...], zone: tzinfo) -> ExceptionRow:
    return ExceptionRow(
        position=entry.position,
        exceptions=found,
        fact=seen.data.fact,
        about=" ".join(entry.tags),
        effective_on=seen.data.effective_on,
        recorded_at=entry.recorded_at,
        days_late=seen.days_late(zone),
        actor=seen.by.actor,
        role=seen.by.role,
        method=seen.by.method,
        command=entry.command,
        data_class=entry.data_class,
    )
