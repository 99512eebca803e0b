"""What is asked of the event history, and how a fact is held against it: everything that is asked holds at once.

Sieve       what is asked; which of it an index can tell, and what only the envelope does
Glance      the part of an envelope that it is held against: reading it whole takes four times as long
glances     facts by their Glance, in order
puts_right  whether a fact corrects, reverses or takes back another (restating.py)
nearest     what of the wanted is not on record at all, and what comes near

Told by index: company, entity, tag, kind, when it was recorded. Sifted, fact by fact: actor, role, method, effective
dates, days late, future-dated; corrections, overrides and self-approved among the kinds that can be.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Select, select

from ledger.decider import all_facts
from ledger.log.database import fact as fact_table
from ledger.log.database import fact_tag
from ledger.log.envelope import decode, to_micros
from projections.restating import BY_CONTENT, CORRECTIONS, REVERSALS, kind_of

SIFT_MAX = 5_000
NEAR = 3
NEAR_AMONG = 2_000
THINGS = (
    *(
        "access",
        "allowance",
        "bank",
        "bank-account",
        "bank-accounts",
        "bank-entry",
        "bank-moves",
        "bank-profile",
        "bank-profile-read",
        "bank-profiles",
        "bank-statements",
        "books",
        "building",
        "claim",
        "companies",
        "company",
        "credit-note",
        "delegation",
        "deposit",
        "ecl",
        "entry",
        "fapiao",
    ),
    *(
        "foreign",
        "foreign-bank",
        "foreign-receivables",
        "green-certificates",
        "investment",
        "investor",
        "invoice",
        "key",
        "lease",
        "lease-cost",
        "lei",
        "meter",
        "offtake",
    ),
    *(
        "order",
        "os-user",
        "paper",
        "parcel",
        "party",
        "period",
        "periods",
        "personal",
        "prices",
        "purchase",
        "rate",
        "read-model",
        "read-models",
        "receipt",
        "refund",
        "series",
        "site",
        "subject",
        "supplier-invoice",
        "supplier-payment",
        "tenant",
        "termination",
    ),
    *(
        "owed",
        "unit",
        "uscc",
        "vat-payment",
        "vat-return",
        "vat-returns",
        "write-off",
        "manual-journal",
        "bank-payment",
    ),
)
"""What things are called before the colon of their tags; a test holds them against every kind of fact."""
BESIDE = {"company": ("tenant", "party", "investor"), "bank-account": ("bank-moves",)}
"""Of things what else they are called where a fact is about more than them: who rents, is owed, invests; where money
moves."""
PROPOSERS = ("proposed_by", "submitted_by", "calculated_by")
NOTHING: Mapping[str, str | None] = MappingProxyType({})


class GlancedBy(Struct, frozen=True, gc=False):
    """The person who asked."""

    actor: str
    role: str
    method: str = "cli"
    in_stead_of: str | None = None


class Glanced(Struct, frozen=True):
    """The part of a fact that says when, and who proposed and approved it."""

    fact: str
    effective_on: date
    proposed_by: str | None = None
    submitted_by: str | None = None
    calculated_by: str | None = None
    approved_by: str | None = None
    override: dict[str, Any] | None = None


class Glance(Struct, frozen=True):
    """The part of an envelope that a Sieve looks at."""

    position: int
    recorded_at: datetime
    by: GlancedBy
    command: str
    tags: tuple[str, ...]
    data: Glanced

    def day(self, zone: tzinfo) -> date:
        """The day on which it was recorded."""
        return self.recorded_at.astimezone(zone).date()

    def days_late(self, zone: tzinfo) -> int:
        """Days from the effective date to that of the record; negative where it lies ahead."""
        return (self.day(zone) - self.data.effective_on).days


_glance = msgspec.json.Decoder(Glance)


def glance(envelope: bytes) -> Glance:
    """Read the part of an envelope. Raises UnknownFact."""
    try:
        return _glance.decode(envelope)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        decode(envelope)  # says why
        raise


def glances(
    connection: Connection, query: Select[Any], after: int, size: int = SIFT_MAX
) -> Iterator[tuple[Glance, bytes]]:
    """Facts by their Glance, with their envelopes, in order; page after page of growing size."""
    while True:
        some = query.where(fact_table.c.position > after).order_by(fact_table.c.position).limit(size)
        envelopes = connection.execute(some).scalars().all()
        for envelope in envelopes:
            yield glance(envelope), envelope
        if len(envelopes) < size:
            return
        after, size = glance(envelopes[-1]).position, min(size * 2, SIFT_MAX)


# Kinds


PUTTING_RIGHT = CORRECTIONS | REVERSALS


def puts_right(seen: Glance, envelope: bytes) -> bool:
    """Tell whether a fact corrects, reverses or takes back another; of some kinds only the whole fact tells."""
    if seen.data.fact not in BY_CONTENT:
        return seen.data.fact in PUTTING_RIGHT
    return kind_of(decode(envelope).fact) != "FIRST"


@cache
def kinds_of_overrides() -> frozenset[str]:
    """The stored names of facts that can pass a check over, or ask for that."""
    asking = {"company.registration-proposed", "company.verification-proposed"}
    return frozenset(name for name, kind in all_facts().items() if "override" in kind.__struct_fields__) | asking


def is_override(seen: Glance) -> bool:
    """Tell whether a fact passes a check over, or asks for that."""
    return seen.data.fact in kinds_of_overrides() and (
        seen.data.override is not None or seen.data.fact.endswith("-proposed")
    )


@cache
def _kinds_with(*fields: str) -> frozenset[str]:
    return frozenset(name for name, kind in all_facts().items() if {*fields} & {*kind.__struct_fields__})


def kinds_of_approvals() -> frozenset[str]:
    """The stored names of facts that say who approved something."""
    return _kinds_with("approved_by", "override")


def kinds_of_proposals() -> frozenset[str]:
    """The stored names of facts that say who proposed or submitted something."""
    return _kinds_with("proposed_by", "submitted_by")


def is_self_approved(connection: Connection, seen: Glance, proposed: Mapping[str, str | None] = NOTHING) -> bool:
    """Tell whether whoever approved something had proposed it: as the fact says, or the latest proposal before it.

    proposed   by tag, whose the latest proposal before it is, where that is known: it is not looked for then
    """
    if seen.data.fact not in kinds_of_approvals():
        return False
    override = seen.data.override
    approver = seen.data.approved_by or (override or {}).get("approver")
    if approver is None:
        return False
    told = {getattr(seen.data, name) for name in PROPOSERS} - {None}
    if told:
        return approver in told
    if override is not None and not seen.command.startswith("approve-"):
        return bool(approver == seen.by.actor)  # named by whoever recorded it, as it was once done
    of = seen.tags[0]
    return bool(approver == (proposed[of] if of in proposed else _proposer(connection, seen)))


def _proposer(connection: Connection, seen: Glance) -> str | None:
    """Whoever proposed, or submitted, what is approved: by the latest such fact before it about the same thing."""
    tagged = select(fact_tag.c.position).where(fact_tag.c.tag == seen.tags[0], fact_tag.c.position < seen.position)
    proposals = select(fact_table.c.envelope).where(
        fact_table.c.position.in_(tagged), fact_table.c.name.in_(kinds_of_proposals())
    )
    envelope = connection.execute(proposals.order_by(fact_table.c.position.desc()).limit(1)).scalar()
    if envelope is None:
        return None
    data = glance(envelope).data
    return data.proposed_by or data.submitted_by


def kinds_like(written: str) -> frozenset[str]:
    """The stored names that are meant: one, or all that begin as it does where it ends in *."""
    if not written.endswith("*"):
        return frozenset({written})
    return frozenset(name for name in all_facts() if name.startswith(written[:-1]))


# Asking


class Sieve(Struct, frozen=True, kw_only=True):
    """Everything that is asked; None and False: it does not matter.

    effective    takes effect on or before this date; effective_from, effective_until: between these
    company, tag, of    bears this tag; entity: the tag of a thing, or its name alone, whatever it is a name of; of a
                        company and a bank account what they are called beside it as well (BESIDE)
    fact         a stored name, or the beginning of some and *
    actor, role, method    who recorded it, as what, and how they were known
    recorded_from, recorded_until    between these instants
    late         recorded so many days after it took effect, or more; future_dated: before
    corrections  it puts another right; overrides: a check is passed over; self_approved: by whoever proposed it
    zone         where days begin
    """

    effective: date | None = None
    effective_from: date | None = None
    effective_until: date | None = None
    recorded_from: datetime | None = None
    recorded_until: datetime | None = None
    company: str | None = None
    entity: str | None = None
    tag: str | None = None
    of: str | None = None
    fact: str | None = None
    actor: str | None = None
    role: str | None = None
    method: str | None = None
    late: int | None = None
    corrections: bool = False
    overrides: bool = False
    self_approved: bool = False
    future_dated: bool = False
    zone: tzinfo = UTC

    @property
    def sifts(self) -> bool:
        """Tell whether facts must be read to know."""
        dated = (self.effective, self.effective_from, self.effective_until, self.late)
        known = (self.actor, self.role, self.method)
        flags = self.corrections or self.overrides or self.self_approved or self.future_dated
        return flags or any(one is not None for one in (*dated, *known))

    @property
    def everything(self) -> bool:
        """Tell whether nothing but when it was recorded is asked."""
        return not (self.sifts or self.tags or self.names is not None)

    @property
    def tags(self) -> list[tuple[str, ...]]:
        """Tags to bear: one of each group."""
        groups: list[tuple[str, ...]] = [(f"company:{self.company}",)] if self.company else []
        groups += [(tag,) for tag in (self.tag, self.of) if tag]
        if self.entity:
            thing, colon, name = self.entity.partition(":")
            things, name = ((thing, *BESIDE.get(thing, ())), name) if colon else (THINGS, thing)
            groups.append(tuple(f"{one}:{name}" for one in things))
        return groups

    @property
    def names(self) -> frozenset[str] | None:
        """The stored names that are looked for; None: any."""
        wanted = [kinds_like(self.fact)] if self.fact is not None else []
        wanted += [PUTTING_RIGHT | frozenset(BY_CONTENT)] if self.corrections else []
        wanted += [kinds_of_overrides()] if self.overrides else []
        wanted += [kinds_of_approvals()] if self.self_approved else []
        return frozenset.intersection(*wanted) if wanted else None

    def span(self, connection: Connection, after: int, recorded: int) -> tuple[int, int]:
        """The positions between which it was recorded: after the first, up to the second."""
        if self.recorded_from is not None:
            after = max(after, _position_at(connection, self.recorded_from - timedelta(microseconds=1)))
        if self.recorded_until is not None:
            recorded = min(recorded, _position_at(connection, self.recorded_until))
        return after, recorded

    def matching(self, query: Select[Any], recorded: int) -> Select[Any]:
        """The query, with all that an index can tell."""
        query = query.select_from(fact_table).where(fact_table.c.position <= recorded)
        if (names := self.names) is not None:
            query = query.where(fact_table.c.name.in_(sorted(names)))
        for tags in self.tags:
            one = fact_tag.c.tag == tags[0] if len(tags) == 1 else fact_tag.c.tag.in_(tags)
            carrying = select(fact_tag.c.position).where(one, fact_tag.c.position <= recorded)
            query = query.where(fact_table.c.position.in_(carrying))
        return query

    def lets(self, connection: Connection, seen: Glance, envelope: bytes) -> bool:
        """Hold a fact against what only its envelope tells."""
        on, by = seen.data.effective_on, seen.by
        return (
            (self.effective is None or on <= self.effective)
            and (self.effective_from is None or on >= self.effective_from)
            and (self.effective_until is None or on <= self.effective_until)
            and (self.actor is None or by.actor == self.actor)
            and (self.role is None or by.role == self.role)
            and (self.method is None or by.method == self.method)
            and (self.late is None or seen.days_late(self.zone) >= self.late)
            and (not self.future_dated or seen.days_late(self.zone) < 0)
            and (not self.corrections or puts_right(seen, envelope))
            and (not self.overrides or is_override(seen))
            and (not self.self_approved or is_self_approved(connection, seen))
        )


def _position_at(connection: Connection, instant: datetime) -> int:
    at = fact_table.c.recorded_us <= to_micros(instant)
    latest = fact_table.c.recorded_us.desc(), fact_table.c.position.desc()
    return connection.execute(select(fact_table.c.position).where(at).order_by(*latest).limit(1)).scalar() or 0


# Not on record


def nearest(connection: Connection, recorded: int, sieve: Sieve) -> tuple[str, str] | None:
    """Find what of the wanted is not on record at all by then: its name, and what comes near in words; None: all is."""
    if sieve.fact is not None and not kinds_like(sieve.fact) & all_facts().keys():
        return "fact", f"There is no kind of fact {sieve.fact}{_near(sieve.fact.rstrip('*'), all_facts())}."
    groups = [("company", "company", sieve.company), ("tag", "tag", sieve.tag), ("of", "name", sieve.of)]
    groups += [("entity", "thing", sieve.entity)]  # as in tags
    for (name, what, written), tags in zip([one for one in groups if one[2]], sieve.tags, strict=True):
        if not _is_tagged(connection, recorded, tags):
            there = _tags_like(connection, tags[:1] if ":" in str(written) else tags)
            return name, f"No {what} {written} is on record up to position {recorded}{_near(str(written), there)}."
    if sieve.actor is not None:
        actors = set[str]()
        for seen, _ in glances(connection, select(fact_table.c.envelope).where(fact_table.c.position <= recorded), 0):
            if seen.by.actor == sieve.actor:
                return None
            actors.add(seen.by.actor)
        return "actor", f"No actor {sieve.actor} is on record up to position {recorded}{_near(sieve.actor, actors)}."
    return None


def _near(written: str, there: Any) -> str:
    begun = [name for name in sorted(there) if name.startswith(written)]
    found = list(dict.fromkeys([*begun, *get_close_matches(written, sorted(there), NEAR, 0.5)]))[:NEAR]
    return f"; close to it: {', '.join(found)}" if found else ""


def _is_tagged(connection: Connection, recorded: int, tags: Sequence[str]) -> bool:
    bearing = select(fact_tag.c.position).where(fact_tag.c.tag.in_(tags), fact_tag.c.position <= recorded)
    return connection.execute(bearing.limit(1)).scalar() is not None


def _tags_like(connection: Connection, tags: Sequence[str]) -> list[str]:
    """Tags that begin as these do; names alone where a thing was asked for by its name."""
    found: list[str] = []
    for tag in tags:
        thing, _, name = tag.partition(":")
        begins = f"{thing}:{name[:1]}" if name else thing
        some = select(fact_tag.c.tag).where(fact_tag.c.tag.startswith(begins, autoescape=True)).distinct()
        found += connection.execute(some.limit(NEAR_AMONG)).scalars()
    return found if len(tags) == 1 and ":" in tags[0] else [tag.partition(":")[2] for tag in found]
