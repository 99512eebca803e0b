"""What was delivered under each agreement, month by month, run by run: at what price, with which CO2, certificates?

EnergyStatements   the read model: one timeline for each run of a month's statement, dated by the month's last day
statements         its rows as of a basis
unapproved         months that were delivered and are not settled: a month of the books waits for them
of_month           the day from which a fact of an agreement counts
energy             the report: a row for each run, sums of the latest approved runs

A month counts by the days on which the agreement delivers; it takes part from its last day on, as its invoice does; R1
is there as soon as it is recorded. Avoided CO2 is an estimate with the approved factor of consumption, and named so;
certificates are for renewable technologies only, the kilowatt-hours that do not make one are carried from month to
month (domain §7.7).
"""

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from itertools import groupby
from typing import Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import BigInteger, Column, Connection, Integer, Text

from ledger.decider import DataClass, Fact
from ledger.log.envelope import Entry
from ledger.offtake.account import Run, evolve_run
from ledger.offtake.charges.crediting import is_note_of
from ledger.offtake.days import days_in
from ledger.offtake.energy import kwh
from ledger.offtake.facts import EnergyCredited, EnergyInvoiced, StatementCalculated, StatementFact
from ledger.offtake.green.making import INDICATIVE, avoided_kg, certificates, makes_some
from ledger.offtake.statements import run_document
from ledger.offtake.terms import OfftakeTerms
from ledger.periods import first_and_last
from ledger.rates import EmissionBasis
from ledger.values.money import written
from projections.deals.offtake import Content, delivering, kept_agreement, offtakes, registered
from projections.engine.basis import Basis
from projections.engine.figures import decimals, percent
from projections.engine.sources import counts_from, facts_behind, positions_of
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

KG_IN_TONNE = 1000


def state_of(run: Run) -> RunState:
    """The state of a run, as reports show it. A disputed one may be approved or not: `is_approved` tells."""
    return "DISPUTED" if run.dispute is not None else "APPROVED" if run.is_approved else "CALCULATED"


def of_month(fact: Fact) -> date:
    """The day from which a fact counts: of a statement its month's last, however much later it was recorded."""
    return first_and_last(fact.month)[1] if isinstance(fact, StatementFact) else counts_from(fact)


class StatementRun(Struct, frozen=True, kw_only=True):
    """A run of a month, as the ledger folds it; the data class of its first fact, and the latest position."""

    agreement: str
    month: str
    number: int
    run: Run = Run()
    data_class: DataClass
    last_position: int


class EnergyStatements(TimelineView[StatementRun]):
    """One timeline for each run of a month."""

    name = "energy_statements"
    version = 2
    table = energy_statements
    tables = (energy_statements,)
    facts = (StatementFact,)

    def keys(self, fact: Fact) -> tuple[str, ...]:
        """The run that a fact is about."""
        return (f"{fact.agreement}/{fact.month}/{fact.run}",) if isinstance(fact, StatementFact) else ()

    def tag(self, key: str) -> str:
        """All facts of an agreement carry its tag."""
        return f"offtake:{key.partition('/')[0]}"

    def dated(self, fact: Fact) -> date:
        """The month's last day, also for what is recorded of the run later."""
        return of_month(fact)

    def fold(self, key: str, state: StatementRun | None, entry: Entry) -> StatementRun:
        """A run after one more fact, by the context's own fold: no rule is written twice."""
        fact, at = entry.fact, entry.position
        assert isinstance(fact, StatementFact), "keys() lets no other facts in"
        before = state or StatementRun(
            agreement=fact.agreement, month=fact.month, number=fact.run, data_class=entry.data_class, last_position=at
        )
        return replace(before, run=evolve_run(before.run, fact), last_position=max(at, before.last_position))

    def values(self, state: StatementRun) -> tuple[Any, ...]:
        """The columns after identity and positions."""
        content = msgspec.json.encode(state.run).decode()
        about = (state.agreement, state.month, state.number)
        return (*about, state_of(state.run), content, state.data_class, state.last_position)


class EnergyStatement(Struct, frozen=True, kw_only=True):
    """A run as of a basis. `approved`: it counts, and is invoiced, also while it is disputed."""

    state: RunState
    approved: bool
    calculated: StatementCalculated
    data_class: DataClass


_decode = msgspec.json.Decoder(Run).decode


def statements(connection: Connection, basis: Basis, *, agreement: str | None = None) -> list[EnergyStatement]:
    """Every run on that basis that was calculated, by agreement, month and run."""
    query, columns = as_of(EnergyStatements, effective=basis.effective, recorded=basis.recorded), energy_statements.c
    if agreement is not None:
        query = query.where(columns.agreement == agreement)
    runs: list[EnergyStatement] = []
    for row in connection.execute(query.order_by(columns.agreement, columns.month, columns.run)):
        run = _decode(row.content)
        if run.calculated is not None:
            runs.append(
                EnergyStatement(
                    state=row.state, approved=run.is_approved, calculated=run.calculated, data_class=row.data_class
                )
            )
    return runs


def unapproved(connection: Connection, basis: Basis, end: date) -> tuple[str, ...]:
    """Months through a date that were delivered and not approved: `wte-1-demo 2024-01`.

    A month counts where a day of it does. Agreements that MCSC only observes are left out.
    """
    then = replace(basis, effective=end)
    settled = {(run.calculated.agreement, run.calculated.month) for run in statements(connection, then) if run.approved}
    days = delivering(connection, then)
    return tuple(
        f"{row.agreement} {month}"
        for row in offtakes(connection, then)
        if row.role not in (None, "OBSERVER")
        for month in replace(days[row.agreement], last_on=min(end, days[row.agreement].last_on)).months
        if (row.agreement, month) not in settled
    )


# The report


FactorYear = Literal["SAME", "EARLIER"]


class EnergyRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A run of a month. Energy in kWh, amounts in CNY: `net` and `vat` are the run's whole, `delta_net` and `delta_vat`
    what it comes to more than the approved run before, which is what was invoiced.

    estimated_kwh, substituted_kwh   the parts of what was delivered that were not read from the meter; None where a
                statement of before that was measured says only that some of it is estimated
    latest      it is the latest approved run: only those are in the sums
    co2_t       tonnes avoided, indicative, of what was delivered; without_factor_kwh: the part of it, all or nothing,
                for whose month no factor was on record: nothing is said of that, which is not that nothing was avoided
    co2_kg_per_kwh, co2_region, co2_basis, co2_factor_year, co2_announcement   the factor that the run was settled with
    co2_year    EARLIER: that of the month's own year was not on record when the run was settled; None where the factor
                does not say its year
    gec         certificates that the month completes, of renewable energy
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
    estimated_kwh: str | None
    substituted_kwh: str | None
    price: str
    net: str
    vat: str
    delta_net: str
    delta_vat: str
    availability_percent: str | None
    co2_t: str | None
    co2_factor: str | None
    co2_kg_per_kwh: str | None
    co2_region: str | None
    co2_basis: EmissionBasis | None
    co2_factor_year: int | None
    co2_year: FactorYear | None
    co2_announcement: str | None
    without_factor_kwh: str
    gec: int | None
    gec_carried_kwh: str | None
    positions: tuple[int, ...] | None = None


class EnergyTotal(Struct, frozen=True, kw_only=True):
    """The latest approved runs of an agreement, or of all. co2_t: None where no month of them has a factor."""

    agreement: str | None
    delivered_kwh: str
    deemed_kwh: str
    curtailed_kwh: str
    net: str
    vat: str
    co2_t: str | None
    without_factor_kwh: str
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
    """The sum of latest approved runs, exactly."""

    delivered: int = 0
    deemed: int = 0
    curtailed: int = 0
    net: int = 0
    vat: int = 0
    kg: Fraction = Fraction(0)
    without_factor: int = 0
    gec: int = 0

    def add(self, run: StatementCalculated, gec: int) -> None:
        """One run more, and the certificates that its month completes."""
        self.delivered += run.delivered_wh
        self.deemed += run.deemed_wh
        self.curtailed += run.curtailed_wh
        self.net += run.net_minor
        self.vat += run.vat_minor
        self.gec += gec
        if run.factor is None:
            self.without_factor += run.delivered_wh
        else:
            self.kg += avoided_kg(run.delivered_wh, run.factor.kg_per_kwh)

    def row(self, agreement: str | None) -> EnergyTotal:
        """The sum as it is shown."""
        return EnergyTotal(
            agreement=agreement,
            delivered_kwh=kwh(self.delivered),
            deemed_kwh=kwh(self.deemed),
            curtailed_kwh=kwh(self.curtailed),
            net=written(self.net),
            vat=written(self.vat),
            co2_t=None if 0 < self.delivered == self.without_factor else decimals(self.kg / KG_IN_TONNE, 3),
            without_factor_kwh=kwh(self.without_factor),
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
    kept = {row.agreement: row.content for row in registered(connection, basis, agreement=agreement)}
    facts = (
        facts_behind(connection, basis, {f"offtake:{run.calculated.agreement}" for run in runs}, dated=of_month)
        if positions
        else None
    )
    rows: list[EnergyRow] = []
    sums: dict[str, _Sum] = {}
    for name, own in groupby(runs, key=lambda run: run.calculated.agreement):
        entries = None if facts is None else facts[f"offtake:{name}"]
        shown, sums[name] = _of_agreement(list(own), kept.get(name), from_month, entries)
        rows += shown
    whole = {field: sum(getattr(total, field) for total in sums.values()) for field in _Sum.__struct_fields__}
    return Energy(
        currency="CNY",
        from_month=from_month,
        rows=tuple(rows),
        agreements=tuple(total.row(name) for name, total in sums.items()),
        total=_Sum(**whole).row(None),
        co2=INDICATIVE,
        fictional=any(run.data_class == "FICTIONAL" for run in runs),
    )


def _of_agreement(
    runs: Sequence[EnergyStatement],
    content: Content | None,
    from_month: str | None,
    entries: Sequence[Entry] | None,
) -> tuple[list[EnergyRow], _Sum]:
    """The rows of one agreement, month by month, and their sum: what does not make a certificate is carried along."""
    rows, total, carried_wh = list[EnergyRow](), _Sum(), 0
    terms = content.terms if content is not None else None
    own = kept_agreement(runs[0].calculated.agreement, content) if content is not None else None
    latest = {run.calculated.month: run.calculated for run in runs if run.approved}
    before: dict[str, StatementCalculated] = {}
    for statement in runs:
        run, gec = statement.calculated, None
        is_latest = latest.get(run.month) is run
        if is_latest and own is not None and makes_some(own, run.month):
            gec, carried_wh = certificates(run.delivered_wh + carried_wh)
        if from_month is None or run.month >= from_month:
            if is_latest:
                total.add(run, gec or 0)
            row = _row(statement, terms, before.get(run.month))
            carried = kwh(carried_wh) if gec is not None else None
            positions = None if entries is None else _positions(entries, run)
            rows.append(replace(row, latest=is_latest, gec=gec, gec_carried_kwh=carried, positions=positions))
        if statement.approved:
            before[run.month] = run
    return rows, total


def minutes_of(run: StatementCalculated) -> int:
    """Count the minutes that a statement is of: those of its month, of its days alone where the agreement has fewer."""
    days = run.days if run.days is not None else days_in((first_and_last(run.month),))
    return days * 24 * 60


def estimated_wh(run: StatementCalculated) -> int | None:
    """The part of the energy delivered that is estimated; None where nobody measured it."""
    return run.estimated_wh if run.estimated else 0


def _row(statement: EnergyStatement, terms: OfftakeTerms | None, before: StatementCalculated | None) -> EnergyRow:
    """A run by itself, and against the approved run before it."""
    run, factor = statement.calculated, statement.calculated.factor
    minutes = minutes_of(run)
    return EnergyRow(
        agreement=run.agreement,
        buyer=terms.buyer if terms else None,
        role=terms.role if terms else None,
        month=run.month,
        run=run.run,
        state=statement.state,
        latest=False,
        estimated=run.estimated,
        delivered_kwh=kwh(run.delivered_wh),
        deemed_kwh=kwh(run.deemed_wh),
        curtailed_kwh=kwh(run.curtailed_wh),
        estimated_kwh=None if (wh := estimated_wh(run)) is None else kwh(wh),
        substituted_kwh=kwh(run.substituted_wh or 0),
        price=run.price,
        net=written(run.net_minor),
        vat=written(run.vat_minor),
        delta_net=written(run.net_minor - (before.net_minor if before else 0)),
        delta_vat=written(run.vat_minor - (before.vat_minor if before else 0)),
        availability_percent=percent(minutes - run.unavailable_minutes, minutes) if minutes else None,
        co2_t=decimals(avoided_kg(run.delivered_wh, factor.kg_per_kwh) / KG_IN_TONNE, 3) if factor else None,
        **_factor(run),
        without_factor_kwh=kwh(0 if factor else run.delivered_wh),
        gec=None,
        gec_carried_kwh=None,
    )


def _factor(run: StatementCalculated) -> dict[str, Any]:
    """The emission factor of a run, and whether it is of the month's own year."""
    factor, names = run.factor, ("factor", "kg_per_kwh", "region", "basis", "factor_year", "year", "announcement")
    if factor is None:
        return {f"co2_{name}": None for name in names}
    said = {"factor": f"{factor.series} {factor.kg_per_kwh} since {factor.since}", "kg_per_kwh": factor.kg_per_kwh}
    of = factor.emission
    own: FactorYear | None = None if of is None else "SAME" if of.year == int(run.month[:4]) else "EARLIER"
    region, basis, year, text = (of.region, of.basis, of.year, of.announcement) if of else (None,) * 4
    values = (*said.values(), region, basis, year, own, text)
    return {f"co2_{name}": value for name, value in zip(names, values, strict=True)}


def _positions(entries: Iterable[Entry], run: StatementCalculated) -> tuple[int, ...]:
    """The facts of a run: its calculation, approval and disputes, and its documents."""
    return positions_of(entry for entry in entries if _is_about(entry.fact, run))


def _is_about(fact: Fact, run: StatementCalculated) -> bool:
    if isinstance(fact, StatementFact | EnergyInvoiced):
        return (fact.month, fact.run) == (run.month, run.run)
    if isinstance(fact, EnergyCredited):
        return is_note_of(fact, run_document(run.agreement, run.month, run.run))
    return False
