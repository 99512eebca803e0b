"""What an auditor asks about first: facts out of the ordinary, of every context. Reads the log itself, once.

ExceptionRow   a fact, and everything that is out of the ordinary about it
KINDS          the kinds of exceptions, each with what it means
exceptions     those recorded on a basis: how many of each kind, and a page of the facts

Nearly every fact is ordinary, and a few of its fields say so: only of the others the envelope is looked at.

No rule of the ledger knows a limit of authority, so there is no kind for what is just below one.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime, tzinfo
from functools import cache
from typing import Literal

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select

from ledger.access import CheckpointKeyAdopted, KeyRevoked, SubjectBarred, UserUnmapped
from ledger.decider import DataClass, stored_name
from ledger.log.database import fact as fact_table
from ledger.log.envelope import Entry, decode, from_micros
from ledger.periods import PeriodReopened
from projections.engine.sieve import (
    PUTTING_RIGHT,
    SIFT_MAX,
    Glance,
    Sieve,
    glance,
    is_override,
    is_self_approved,
    kinds_of_approvals,
    kinds_of_overrides,
    kinds_of_proposals,
    puts_right,
)
from projections.restating import BY_CONTENT

ExceptionKind = Literal[
    "LATE",
    "FUTURE_DATED",
    "OVERRIDE",
    "SELF_APPROVED",
    "IN_STEAD",
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
    "IN_STEAD": "approved in another's stead",
    "CORRECTION": "takes back, reverses or corrects another fact",
    "MONTH_REOPENED": "a closed month was opened again",
    "ACCESS_WITHDRAWN": "a key was revoked or replaced, or a user lets nobody in any more",
    "BY_NAME_ONLY": "recorded by somebody who was only named",
}
REOPENED = {stored_name(PeriodReopened)}
BY_NAME = ("named", "cli")
"""Ways of being known that are only a name."""
WITHDRAWN = {stored_name(kind) for kind in (KeyRevoked, UserUnmapped, SubjectBarred, CheckpointKeyAdopted)}


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
    in_stead_of: str | None
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
    proposed: dict[str, str | None] = {}
    whole = not sieve.tags and sieve.names is None
    for envelope in _suspects(connection, recorded, late, sieve):
        seen = glance(envelope)
        found = tuple(_found(connection, seen, envelope, late, sieve.zone, proposed))
        if whole and seen.data.fact in kinds_of_proposals():
            proposed |= dict.fromkeys(seen.tags, seen.data.proposed_by or seen.data.submitted_by)
        if found and (not sieve.sifts or sieve.lets(connection, seen, envelope)):
            counts.update(found)
            if len(rows) < limit and seen.position > after and only in (None, *found):
                rows.append(_row(decode(envelope), seen, found, sieve.zone))
    return [Counted(exception=kind, meaning=meaning, facts=counts[kind]) for kind, meaning in KINDS.items()], rows


class _Effective(Struct, frozen=True, gc=False):
    effective_on: date


class _Asked(Struct, frozen=True, gc=False):
    method: str = BY_NAME[-1]
    in_stead_of: str | None = None


class _Brief(Struct, frozen=True, gc=False):
    """The part of an envelope that says of most facts that they are ordinary: reading it takes a sixth of a Glance."""

    by: _Asked
    data: _Effective


_brief = msgspec.json.Decoder(_Brief).decode
QUARTER_US = 15 * 60 * 1_000_000
"""Days begin at a quarter of an hour, wherever."""


@cache
def _telling() -> frozenset[str]:
    """The stored names of facts that may be out of the ordinary whenever they are recorded, and of proposals."""
    kinds = kinds_of_overrides() | kinds_of_approvals() | kinds_of_proposals()
    return frozenset(kinds | PUTTING_RIGHT | {*BY_CONTENT} | REOPENED | WITHDRAWN)


def _suspects(connection: Connection, recorded: int, late: int, sieve: Sieve) -> Iterator[bytes]:
    """The envelopes of the facts that may be out of the ordinary, and of proposals, in the order recorded."""
    row, telling, days = fact_table.c, _telling(), dict[int, date]()
    after, recorded = sieve.span(connection, 0, recorded)
    query = sieve.matching(select(row.position, row.name, row.recorded_us, row.envelope), recorded)
    query = query.order_by(row.position).limit(SIFT_MAX)
    while page := connection.execute(query.where(row.position > after)).all():
        for _, name, recorded_us, envelope in page:
            if name in telling:
                yield envelope
                continue
            quarter = recorded_us // QUARTER_US
            if (day := days.get(quarter)) is None:
                day = days[quarter] = from_micros(quarter * QUARTER_US).astimezone(sieve.zone).date()
            brief = _brief(envelope)
            on = brief.data.effective_on
            if (late <= 0 if on == day else (day - on).days >= late or day < on) or _by_another(brief.by):
                yield envelope
        after = page[-1][0]


def _by_another(by: _Asked) -> bool:
    """Tell whether who asked is out of the ordinary: only named, or in another's stead."""
    return by.method in BY_NAME or by.in_stead_of is not None


def _found(
    connection: Connection,
    seen: Glance,
    envelope: bytes,
    late: int,
    zone: tzinfo,
    proposed: Mapping[str, str | None],
) -> Iterator[ExceptionKind]:
    name, days = seen.data.fact, seen.days_late(zone)
    if days >= late:
        yield "LATE"
    if days < 0:
        yield "FUTURE_DATED"
    if is_override(seen):
        yield "OVERRIDE"
    if is_self_approved(connection, seen, proposed):
        yield "SELF_APPROVED"
    if seen.by.in_stead_of is not None:
        yield "IN_STEAD"
    if puts_right(seen, envelope):
        yield "CORRECTION"
    if name in REOPENED:
        yield "MONTH_REOPENED"
    if name in WITHDRAWN:
        yield "ACCESS_WITHDRAWN"
    if seen.by.method in BY_NAME:
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
        in_stead_of=seen.by.in_stead_of,
        command=entry.command,
        data_class=entry.data_class,
    )
