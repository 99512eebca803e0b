"""Which leases are there, how far is each, and what does it say?

LeaseRegister               the read model: one timeline for each lease, and its spans (spans.py) beside
parts                       who holds which unit on a basis, and at what rent, and who will: a row each
leases                      its rows as of a basis, by lease: filtered, a page of them
latest_terms                the terms that a lease's dates come from; units_of: the units that it holds some day
lease, lease_states         one lease, or all of them, as the ledger's own Lease: for schedules and reports
both_states                 all of them on two bases

As of an effective date a lease is what its facts up to that date say: signed and not begun it is EXECUTED, an amendment
from a later date is not there yet, and a term that ran out stays as it was recorded until a fact says more.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import pairwise
from operator import attrgetter, is_
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from sqlalchemy import BigInteger, Boolean, Column, Connection, Date, Integer, Select, Text, literal, select

from ledger.decider import DataClass, Fact
from ledger.leases.deciding import evolve_lease
from ledger.leases.facts import LeaseFact, LeaseHolds, LeaseState, LeaseStepWithdrawn
from ledger.leases.lease import Lease
from ledger.leases.schedule import last_day, next_break
from ledger.leases.terms import Terms
from ledger.log.envelope import Entry
from ledger.periods import day_before
from ledger.values.measures import written
from projections.engine.basis import Basis
from projections.engine.entities import EntityView, Known, entity_table
from projections.engine.timeline import EFFECTIVE, RECORDED, as_of, when
from projections.engine.view import FOREVER, Writer, live_generation, versioned, visible
from projections.tenancy.spans import Holding, has_keys, spans

LOOKED_UP = 500
"""Leases whose spans are read at once."""

lease_register = entity_table(
    "lease_register",
    "lease",
    Column("company", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("since", Date, nullable=False),
    Column("commencement_on", Date),
    Column("expiry_on", Date),
    Column("ends_on", Date),
    Column("executed_on", Date),
    Column("handed_over_on", Date),
    Column("units", Text, nullable=False),
    Column("content", Text, nullable=False),
)

lease_span = versioned(
    "lease_span",
    (
        Column("lease", Text, nullable=False),
        Column("unit", Text, nullable=False),
        Column("from_on", Date, nullable=False),
    ),
    (
        Column("until_on", Date, nullable=False),
        Column("held", Boolean, nullable=False),
        Column("company", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("commencement_on", Date, nullable=False),
        Column("rent_from_on", Date, nullable=False),
        Column("expiry_on", Date),
        Column("next_break_on", Date),
        Column("free_days", Integer, nullable=False),
        Column("free_each", Integer, nullable=False),
        Column("area_dm2", BigInteger, nullable=False),
        Column("passing_minor", BigInteger, nullable=False),
        Column("headline_minor", BigInteger, nullable=False),
        Column("service_minor", BigInteger, nullable=False),
        Column("next_step_on", Date),
        Column("next_step_minor", BigInteger, nullable=False),
        Column("indexed", Text),
        Column("option", Text),
        Column("handed_over", Boolean, nullable=False),
    ),
)
"""Days on which a lease's part in a unit is the same, with the part. Rows that hold at a position never overlap."""

_OF_SPAN = tuple(column.name for column in tuple(lease_span.columns)[lease_span.columns.keys().index("until_on") :])
_span_columns = attrgetter(*_OF_SPAN[2:])
_STATE, _KEYS = _OF_SPAN.index("state"), _OF_SPAN.index("handed_over")
_STEPS = {"state", "since", "draft", "drafted_by", "submitted_by", "approved_by", "executed_on"}
_STEPS |= {"commenced_on", "handed_over_on", "surrendered_on"}
_agreed = attrgetter(*(name for name in Lease.__struct_fields__ if name not in _STEPS))
"""What days, rents and charges follow from; a lease that moves on from step to step keeps all of it."""


class LeaseRow(Struct, frozen=True, kw_only=True):
    """A lease as of a basis. Dates are of the terms as they stand then; of a draft, of its newest one.

    ends_on         its last day: by the terms, a termination or the end of a holdover; None while one goes on
    next_break_on   the first day, from the effective date on, with which somebody may end it
    units           those it holds on any day, with a space between; of a draft, those it is to hold
    area_m2         the contracted area of all of them
    last_position   that of the latest fact that this row rests on, and so the lease's ETag
    """

    lease: str
    company: str
    state: LeaseState
    since: date
    commencement_on: date | None
    expiry_on: date | None
    ends_on: date | None
    next_break_on: date | None
    units: str
    area_m2: str | None
    executed_on: date | None
    handed_over_on: date | None
    data_class: DataClass
    last_position: int


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Lease).decode


class LeaseRegister(EntityView[Lease]):
    """One timeline for each lease, and the spans of each; those that a page may change are read as it begins."""

    name = "lease_register"
    version = 4
    cost = 5
    facts = (LeaseFact, LeaseHolds, LeaseStepWithdrawn)
    table = lease_register
    tables = (lease_register, lease_span)

    def keys(self, fact: Fact) -> tuple[str, ...]:
        """The lease that the fact is about, or of which it takes such a fact back; what bills it is left out."""
        return (fact.lease,) if isinstance(fact, (LeaseFact, LeaseHolds, LeaseStepWithdrawn)) else ()

    def tag(self, key: str) -> str:
        """All facts of a lease carry its tag."""
        return f"lease:{key}"

    def evolve(self, key: str, lease: Lease | None, fact: LeaseFact | LeaseHolds) -> Lease:
        """Move the lease on, by the context's own fold."""
        return evolve_lease(lease, fact)

    def columns(self, lease: Lease) -> tuple[Any, ...]:
        """The columns that leases are chosen by, then the whole lease as JSON."""
        terms = latest_terms(lease)
        return (
            lease.company,
            lease.state,
            lease.since,
            terms.commencement_on if terms else None,
            terms.expiry_on if terms else None,
            last_day(lease),
            lease.executed_on,
            lease.handed_over_on,
            " ".join(units_of(lease)),
            _encode(lease).decode(),
        )

    def forget(self) -> None:
        """Hold nothing."""
        super().forget()
        self._spans: dict[str, Spans] = {}
        self._shown: dict[str, Lease] = {}

    def apply(self, writer: Writer, entries: Sequence[Entry]) -> None:
        """Move on the leases that the page touches, and their spans."""
        touched = {key for entry in self.concerning(entries) for key in self.keys(entry.fact)}
        self._spans = _stored_spans(writer, touched) if writer.after else {}
        super().apply(writer, entries)
        self._spans, self._shown = {}, {}

    def moved(self, writer: Writer, key: str, position: int, since: date, days: Mapping[date, Known[Lease]]) -> None:
        """Spans that begin before the day end with it at the latest; from there on each state has its own."""
        before, now = self._spans.get(key, {}), Spans()
        for (unit, from_on), (until_on, *rest) in before.items():
            if from_on < since:
                now[unit, from_on] = (min(until_on, day_before(since)), *rest)
        now.update(self._from(key, since, days))
        for unit, from_on in before:
            if now.get((unit, from_on)) != before[unit, from_on]:
                writer.end(lease_span, (key, unit, from_on), position)
        for unit, from_on in now:
            if before.get((unit, from_on)) != now[unit, from_on]:
                writer.open(lease_span, (key, unit, from_on), position, now[unit, from_on])
        self._spans[key] = now
        self._shown[key] = days[max(days)].thing if days else Lease(lease=key, company="")

    def _from(self, key: str, since: date, days: Mapping[date, Known[Lease]]) -> "Spans":
        """The spans from a day on. Of a lease that went a step on and agreed nothing else, those that it had."""
        last = days[since].thing if days.keys() == {since} else None
        before = self._shown.get(key)
        if last is not None and before is not None and all(map(is_, _agreed(last), _agreed(before))):
            return _stepped(self._spans[key], since, last)
        found = Spans()
        for on, following in pairwise([*sorted(days), None]):
            assert on is not None, "only the last stands for none"
            until = date.max if following is None else day_before(following)
            for span in spans(days[on].thing, on, until):
                found[span.part.unit, span.from_on] = (span.until_on, span.held, *_span_columns(span.part))
        return found


Spans = dict[tuple[str, date], tuple[Any, ...]]
"""By unit and first day: the columns of a lease's open rows, from `until_on` on."""


def _stepped(before: Spans, since: date, lease: Lease) -> Spans:
    """The same spans from a day on, in another state."""
    found = Spans()
    for (unit, from_on), row in before.items():
        if row[0] >= since:
            told = [*row]
            told[_STATE], told[_KEYS] = lease.state, has_keys(lease)
            found[unit, max(from_on, since)] = tuple(told)
    return found


def _stored_spans(writer: Writer, leases: Iterable[str]) -> dict[str, Spans]:
    """The rows that stand open before a page, by lease."""
    found: dict[str, Spans] = {}
    row, names = lease_span.c, sorted(leases)
    for begin in range(0, len(names), LOOKED_UP):
        some = names[begin : begin + LOOKED_UP]
        query = select(row.lease, row.unit, row.from_on, *(row[name] for name in _OF_SPAN)).where(
            row.generation == writer.generation, row.lease.in_(some), row.to_position == FOREVER
        )
        for lease, unit, from_on, *rest in writer.connection.execute(query):
            found.setdefault(lease, {})[unit, from_on] = tuple(rest)
    return found


P = TypeVar("P", bound=Holding)


def parts(connection: Connection, basis: Basis, kind: type[P]) -> list[tuple[bool, P]]:
    """Every lease's part in each unit, by lease and unit: whether it holds the unit on that basis, or is signed to."""
    found = connection.execute(_parts(kind), when(basis.effective, basis.recorded)).all()
    return [(held, kind(*part)) for held, *part in found]


@cache
def _parts(kind: type[Holding]) -> Select[Any]:
    row = lease_span.c
    columns = (row[name] for name in kind.__struct_fields__)
    query = select(row.held, *columns).where(
        row.generation == live_generation(LeaseRegister.name),
        row.from_on <= EFFECTIVE,
        row.until_on >= EFFECTIVE,
        visible(lease_span, RECORDED),
    )
    return query.order_by(row.lease, row.unit)


def latest_terms(lease: Lease) -> Terms | None:
    """The terms that say when a lease expires; before it is executed, its newest draft."""
    return lease.versions[-1].terms if lease.versions else lease.draft


def units_of(lease: Lease) -> list[str]:
    """The units that a lease holds on any day; of a draft, those that it is to hold."""
    terms = latest_terms(lease)
    if lease.versions:
        return sorted({letting.unit for letting in lease.lettings})
    return sorted({premises.unit for premises in terms.premises}) if terms else []


def leases(
    connection: Connection,
    basis: Basis,
    *,
    company: str | None = None,
    state: LeaseState | None = None,
    unit: str | None = None,
    after: str | None = None,
    limit: int | None = None,
) -> list[LeaseRow]:
    """Leases known on that basis, by identifier; the page after lease `after`. `unit`: those that hold it some day."""
    table, query = lease_register, as_of(LeaseRegister, effective=basis.effective, recorded=basis.recorded)
    if company is not None:
        query = query.where(table.c.company == company)
    if state is not None:
        query = query.where(table.c.state == state)
    if unit is not None:
        query = query.where((literal(" ") + table.c.units + " ").contains(f" {unit} ", autoescape=True))
    if after is not None:
        query = query.where(table.c.lease > after)
    query = query.order_by(table.c.lease).limit(limit)
    return [_row(row, _decode(row.content), basis) for row in connection.execute(query)]


def _row(row: Any, lease: Lease, basis: Basis) -> LeaseRow:
    terms = latest_terms(lease)
    return LeaseRow(
        lease=row.lease,
        company=row.company,
        state=row.state,
        since=row.since,
        commencement_on=row.commencement_on,
        expiry_on=row.expiry_on,
        ends_on=row.ends_on,
        next_break_on=next_break(lease, basis.effective),
        units=row.units,
        area_m2=written(terms.area_dm2) if terms else None,
        executed_on=row.executed_on,
        handed_over_on=row.handed_over_on,
        data_class=row.data_class,
        last_position=row.last_position,
    )


def lease(connection: Connection, basis: Basis, lease: str) -> tuple[LeaseRow, Lease] | None:
    """One lease on that basis; None where nothing was recorded of it, or nothing was effective."""
    query = as_of(LeaseRegister, effective=basis.effective, recorded=basis.recorded)
    row = connection.execute(query.where(lease_register.c.lease == lease)).one_or_none()
    if row is None:
        return None
    state = _decode(row.content)
    return _row(row, state, basis), state


def leases_of(connection: Connection, basis: Basis, unit: str) -> list[str]:
    """The leases that hold a unit some day, by identifier."""
    query = as_of(LeaseRegister, effective=basis.effective, recorded=basis.recorded).order_by(lease_register.c.lease)
    columns = (lease_register.c.lease, lease_register.c.units)
    return [row.lease for row in connection.execute(query.with_only_columns(*columns)) if unit in row.units.split()]


def leases_holding(connection: Connection, basis: Basis, units: Collection[str]) -> list[Any]:
    """The leases that hold one of these units some day, by identifier: of each its name, company and units."""
    query = as_of(LeaseRegister, effective=basis.effective, recorded=basis.recorded).order_by(lease_register.c.lease)
    columns = (lease_register.c.lease, lease_register.c.company, lease_register.c.units)
    rows = connection.execute(query.with_only_columns(*columns))
    return [row for row in rows if not set(row.units.split()).isdisjoint(units)]


def lease_states(connection: Connection, basis: Basis) -> list[Lease]:
    """Every lease known on that basis, by identifier, as the ledger's own Lease: schedules are computed from it."""
    query = as_of(LeaseRegister, effective=basis.effective, recorded=basis.recorded).order_by(lease_register.c.lease)
    return [_decode(row.content) for row in connection.execute(query)]


def both_states(connection: Connection, basis: Basis, other: Basis) -> list[tuple[Lease, Lease]]:
    """Every lease known on that basis, by identifier, and as it is on another on which all of them are known.

    Of most leases both bases say the same: those are read once.
    """
    columns = (lease_register.c.lease, lease_register.c.content)

    def told(on: Basis) -> Select[Any]:
        query = as_of(LeaseRegister, effective=on.effective, recorded=on.recorded)
        return query.with_only_columns(*columns).order_by(lease_register.c.lease)

    later: dict[str, str] = {row.lease: row.content for row in connection.execute(told(other))}
    found = []
    for name, content in connection.execute(told(basis)):
        lease = _decode(content)
        found.append((lease, lease if later[name] == content else _decode(later[name])))
    return found
