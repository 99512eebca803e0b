"""What was delivered under each agreement, month by month, run by run: at what price, with which CO2, certificates?

EnergyStatements   the read model: one timeline for each run of a month's statement, dated by the month's last day
statements         its rows as of a basis
unapproved         months that were delivered and are not settled: a month of the books waits for them
energy             the report: a row for each run, sums of the latest approved runs

A month takes part from its last day on, as its invoice does; R1 is there as soon as it is recorded. Avoided CO2 is an
estimate with the approved factor of consumption, and named so; certificates are for renewable technologies only, the
kilowatt-hours that do not make one are carried from month to month (domain §7.7).
"""

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import BigInteger, Column, Connection, Integer, Text

from ledger.decider import DataClass, Fact
from ledger.log.envelope import Entry
from ledger.offtake.energy import kwh
from ledger.offtake.facts import (
    DisputeWithdrawn,
    EnergyCredited,
    EnergyInvoiced,
    StatementApproved,
    StatementCalculated,
    StatementDisputed,
)
from ledger.offtake.green import INDICATIVE, avoided_kg, certificates
from ledger.offtake.terms import RENEWABLE, OfftakeTerms
from ledger.periods import first_and_last, month_after, month_of
from ledger.values.money import written
from projections.deals.offtake import offtakes
from projections.engine.basis import Basis
from projections.engine.figures import decimals, percent
from projections.engine.sources import facts_behind, positions_of
from projections.engine.timeline import TimelineView, as_of, timeline_table

RunState = Literal["CALCULATED", "APPROVED", "DISPUTED"]

energy_statements = timeline_table(
    "energy_statements",
    "statement",
    Column("agreement", Text, nullable=False),
    Column("month", Text, nullable=False),
    Column("run", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("data_class", Text, nullable=False),
    Column("last_position", BigInteger, nullable=False),
)

Word = StatementCalculated | StatementApproved | StatementDisputed | DisputeWithdrawn
KG_IN_TONNE = 1000


class Told(Struct, frozen=True, kw_only=True):
    """A run: what was calculated last, and what became of it."""

    agreement: str
    month: str
    run: int
    calculated: StatementCalculated | None = None
    approved: bool = False
    disputed: bool = False
    data_class: DataClass
    last_position: int

    @property
    def state(self) -> RunState:
        """How far it is."""
        return "DISPUTED" if self.disputed else "APPROVED" if self.approved else "CALCULATED"


class EnergyStatements(TimelineView[Told]):
    """One timeline for each run of a month."""

    name = "energy_statements"
    version = 1
    table = energy_statements
    tables = (energy_statements,)

    def keys(self, fact: Fact) -> tuple[str, ...]:
        """The run that a fact is about."""
        return (f"{fact.agreement}/{fact.month}/{fact.run}",) if isinstance(fact, Word) else ()

    def tag(self, key: str) -> str:
        """All facts of an agreement carry its tag."""
        return f"offtake:{key.partition('/')[0]}"

    def dated(self, fact: Fact) -> date:
        """The month's last day: what is said of it later changes what is known of it, not when it was."""
        assert isinstance(fact, Word), "keys() lets no other facts in"
        return first_and_last(fact.month)[1]

    def fold(self, key: str, state: Told | None, entry: Entry) -> Told:
        """A run after one more fact."""
        fact, at = entry.fact, entry.position
        assert isinstance(fact, Word), "keys() lets no other facts in"
        known = state or Told(
            agreement=fact.agreement, month=fact.month, run=fact.run, data_class=entry.data_class, last_position=at
        )
        known = replace(known, last_position=max(at, known.last_position))
        match fact:
            case StatementCalculated():
                return replace(known, calculated=fact, disputed=known.approved and known.disputed)
            case StatementApproved():
                return replace(known, approved=True)
            case StatementDisputed():
                return replace(known, disputed=True)
            case DisputeWithdrawn():
                return replace(known, disputed=False)

    def values(self, state: Told) -> tuple[Any, ...]:
        """The columns after identity and positions."""
        content = msgspec.json.encode(state.calculated).decode()
        told = (state.agreement, state.month, state.run, state.state, content)
        return (*told, state.data_class, state.last_position)


class Statement(Struct, frozen=True, kw_only=True):
    """A run as of a basis."""

    state: RunState
    calculated: StatementCalculated
    data_class: DataClass


_decode = msgspec.json.Decoder(StatementCalculated).decode


def statements(connection: Connection, basis: Basis, *, agreement: str | None = None) -> list[Statement]:
    """Every run on that basis, by agreement, month and run."""
    query = as_of(EnergyStatements, effective=basis.effective, recorded=basis.recorded)
    if agreement is not None:
        query = query.where(energy_statements.c.agreement == agreement)
    rows = connection.execute(query.order_by(energy_statements.c.agreement, energy_statements.c.month))
    found = [
        Statement(state=row.state, calculated=_decode(row.content), data_class=row.data_class)
        for row in rows
        if row.content != "null"
    ]
    return sorted(found, key=lambda one: (one.calculated.agreement, one.calculated.month, one.calculated.run))


def unapproved(connection: Connection, basis: Basis, end: date) -> tuple[str, ...]:
    """Months through a date that were delivered and not approved: `wte-1-demo 2024-01`. An observer settles nothing."""
    then = replace(basis, effective=end)
    runs = {(one.calculated.agreement, one.calculated.month) for one in statements(connection, then) if _stands(one)}
    left: list[str] = []
    for row in offtakes(connection, then):
        if row.role in (None, "OBSERVER") or row.commercial_on is None or row.terms is None:
            continue
        month, last = month_of(row.commercial_on), month_of(min(end, row.terms.ends_on, row.ended_on or end))
        while month <= last:
            if (row.agreement, month) not in runs:
                left.append(f"{row.agreement} {month}")
            month = month_after(month)
    return tuple(left)


# The report


class EnergyRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A run of a month. Energy in kWh, amounts in CNY: `net` and `vat` are the run's whole, `delta_net` and `delta_vat`
    what it comes to more than the approved run before, which is what was invoiced.

    latest      it is the latest approved run: only those are in the sums
    co2_t       tonnes avoided, indicative; gec: certificates that the month completes, of renewable energy
    """

    agreement: str
    buyer: str | None
    role: str | None
    month: str
    run: int
    state: RunState
    latest: bool
    estimated: bool
    delivered_kwh: str
    deemed_kwh: str
    curtailed_kwh: str
    price: str
    net: str
    vat: str
    delta_net: str
    delta_vat: str
    availability_percent: str | None
    co2_t: str | None
    co2_factor: str | None
    gec: int | None
    gec_carried_kwh: str | None
    positions: tuple[int, ...] | None = None


class EnergyTotal(Struct, frozen=True, kw_only=True):
    """The latest approved runs of an agreement, or of all."""

    agreement: str | None
    delivered_kwh: str
    deemed_kwh: str
    curtailed_kwh: str
    net: str
    vat: str
    co2_t: str
    gec: int


class Energy(Struct, frozen=True, kw_only=True):
    """Energy by agreement, month and run. `co2`: what the tonnes are, and are not."""

    currency: str
    from_month: str | None
    rows: tuple[EnergyRow, ...]
    agreements: tuple[EnergyTotal, ...]
    total: EnergyTotal
    co2: str
    fictional: bool


class _Sum(Struct, kw_only=True):
    """What latest runs come to, exactly."""

    delivered: int = 0
    deemed: int = 0
    curtailed: int = 0
    net: int = 0
    vat: int = 0
    kg: Fraction = Fraction(0)
    gec: int = 0

    def row(self, agreement: str | None) -> EnergyTotal:
        """As it is shown."""
        return EnergyTotal(
            agreement=agreement,
            delivered_kwh=kwh(self.delivered),
            deemed_kwh=kwh(self.deemed),
            curtailed_kwh=kwh(self.curtailed),
            net=written(self.net),
            vat=written(self.vat),
            co2_t=decimals(self.kg / KG_IN_TONNE, 3),
            gec=self.gec,
        )


def energy(
    connection: Connection,
    basis: Basis,
    *,
    agreement: str | None = None,
    from_month: str | None = None,
    positions: bool = False,
) -> Energy:
    """The report on that basis; from the first month on unless `from_month` is given."""
    runs = statements(connection, basis, agreement=agreement)
    known = {row.agreement: row.terms for row in offtakes(connection, basis)}
    facts = (
        facts_behind(connection, basis, {f"offtake:{one.calculated.agreement}" for one in runs}) if positions else None
    )
    rows: list[EnergyRow] = []
    sums: dict[str, _Sum] = {}
    for name in dict.fromkeys(one.calculated.agreement for one in runs):
        own = [one for one in runs if one.calculated.agreement == name]
        sums[name] = _Sum()
        entries = None if facts is None else facts[f"offtake:{name}"]
        rows += _of_agreement(own, known.get(name), sums[name], from_month, entries)
    total = _Sum(**{field: sum(getattr(one, field) for one in sums.values()) for field in _Sum.__struct_fields__})
    return Energy(
        currency="CNY",
        from_month=from_month,
        rows=tuple(rows),
        agreements=tuple(one.row(name) for name, one in sums.items()),
        total=total.row(None),
        co2=INDICATIVE,
        fictional=any(one.data_class == "FICTIONAL" for one in runs),
    )


def _of_agreement(
    runs: Sequence[Statement],
    terms: OfftakeTerms | None,
    total: _Sum,
    from_month: str | None,
    entries: Sequence[Entry] | None,
) -> Iterable[EnergyRow]:
    """The rows of one agreement, month by month: what does not make a certificate is carried along."""
    carried = 0
    latest = {one.calculated.month: one.calculated for one in runs if one.state != "CALCULATED" and _stands(one)}
    before: dict[str, StatementCalculated] = {}
    for one in runs:
        run = one.calculated
        is_latest = latest.get(run.month) == run
        gec: tuple[int, int] | None = None
        if is_latest and terms is not None and terms.technology in RENEWABLE:
            gec = certificates(run.delivered_wh + carried)
            carried = gec[1]
        shown = from_month is None or run.month >= from_month
        if is_latest and shown:
            _add(total, run, gec[0] if gec else 0)
        if shown:
            yield _row(one, terms, before.get(run.month), is_latest, gec, entries)
        before[run.month] = run


def _stands(one: Statement) -> bool:
    """An approved run stands also while it is disputed; a calculation does not."""
    return one.state == "APPROVED" or one.state == "DISPUTED"


def _add(total: _Sum, run: StatementCalculated, gec: int) -> None:
    total.delivered += run.delivered_wh
    total.deemed += run.deemed_wh
    total.curtailed += run.curtailed_wh
    total.net += run.net_minor
    total.vat += run.vat_minor
    total.gec += gec
    if run.factor is not None:
        total.kg += avoided_kg(run.delivered_wh, run.factor.kg_per_kwh)


def _row(
    one: Statement,
    terms: OfftakeTerms | None,
    before: StatementCalculated | None,
    latest: bool,
    gec: tuple[int, int] | None,
    entries: Sequence[Entry] | None,
) -> EnergyRow:
    run, factor = one.calculated, one.calculated.factor
    first, last = first_and_last(run.month)
    whole = ((last - first).days + 1) * 24 * 60
    return EnergyRow(
        agreement=run.agreement,
        buyer=terms.buyer if terms else None,
        role=terms.role if terms else None,
        month=run.month,
        run=run.run,
        state=one.state,
        latest=latest,
        estimated=run.estimated,
        delivered_kwh=kwh(run.delivered_wh),
        deemed_kwh=kwh(run.deemed_wh),
        curtailed_kwh=kwh(run.curtailed_wh),
        price=run.price,
        net=written(run.net_minor),
        vat=written(run.vat_minor),
        delta_net=written(run.net_minor - (before.net_minor if before else 0)),
        delta_vat=written(run.vat_minor - (before.vat_minor if before else 0)),
        availability_percent=percent(whole - run.unavailable_minutes, whole),
        co2_t=decimals(avoided_kg(run.delivered_wh, factor.kg_per_kwh) / KG_IN_TONNE, 3) if factor else None,
        co2_factor=f"{factor.series} {factor.kg_per_kwh} since {factor.since}" if factor else None,
        gec=gec[0] if gec else None,
        gec_carried_kwh=kwh(gec[1]) if gec else None,
        positions=None if entries is None else _positions(entries, run),
    )


def _positions(entries: Iterable[Entry], run: StatementCalculated) -> tuple[int, ...]:
    """The facts of a run: what was said of it, and its documents."""
    return positions_of(entry for entry in entries if _about(entry.fact, run))


def _about(fact: Fact, run: StatementCalculated) -> bool:
    if isinstance(fact, Word | EnergyInvoiced):
        return (fact.month, fact.run) == (run.month, run.run)
    if isinstance(fact, EnergyCredited):
        return fact.credit_note.startswith(f"{run.agreement}-energy-{run.month.replace('-', '')}-r{run.run}-c")
    return False
