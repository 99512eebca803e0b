"""What is doubtful of what meters say: gaps, spikes, zeros, registers gone round, sums that differ. Asks the log.

DoubtRow      a doubt about a meter, and the facts that it is about
meter_checks  the report: every doubt about the meters of agreements on a basis
checked_with  the doubts about intervals that are not recorded yet, against what is
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import reduce

from msgspec import Struct
from sqlalchemy import Connection

from ledger.decider import DataClass, Fact, all_facts, standing
from ledger.log import store
from ledger.log.envelope import Entry
from ledger.offtake.energy import kwh
from ledger.offtake.meters.checking import Check, Doubt, doubts, doubts_with
from ledger.offtake.meters.facts import MeterFact, MeterStepWithdrawn
from ledger.offtake.meters.meter import Meter, evolve_meter
from ledger.offtake.meters.metering import RecordIntervals
from projections.deals.offtake import offtakes
from projections.engine.basis import Basis
from projections.engine.sources import facts_of_kinds

EARLIEST = date.min


class FileDoubt(Struct, frozen=True, kw_only=True):
    """A doubt about a file: a stretch of local time, its energy and what would be usual, in kWh; the same in words."""

    check: Check
    begins: str
    ends: str
    energy_kwh: str | None
    expected_kwh: str | None
    says: str


class DoubtRow(Struct, frozen=True, kw_only=True):
    """A doubt about a meter: a stretch of local time, its energy and what would be usual; the facts it is about."""

    meter: str
    agreement: str
    check: Check
    begins: str
    ends: str
    energy_kwh: str | None
    expected_kwh: str | None
    says: str
    data_class: DataClass
    positions: tuple[int, ...]


def meter_checks(
    connection: Connection,
    basis: Basis,
    *,
    agreement: str | None = None,
    meter: str | None = None,
    from_on: date | None = None,
) -> list[DoubtRow]:
    """Every doubt on that basis, by agreement, meter and time; days from the first one asked for on."""
    kinds = [kind for kind in all_facts().values() if issubclass(kind, MeterFact | MeterStepWithdrawn)]
    names = [f"offtake:{row.agreement}" for row in offtakes(connection, basis, agreement=agreement)]
    told = facts_of_kinds(connection, basis, names, kinds)
    rows = list[DoubtRow]()
    for name in names:
        own = dict[str, list[Entry]]()
        for entry in standing(told.get(name, ()), lambda entry: entry.fact):
            if isinstance(entry.fact, MeterFact):
                own.setdefault(entry.fact.meter, []).append(entry)
        for one, entries in sorted(own.items()):
            if meter in (None, one):
                rows += _of_meter(one, entries, from_on or EARLIEST, basis.effective)
    return rows


def _of_meter(meter: str, entries: Iterable[Entry], first: date, last: date) -> Iterable[DoubtRow]:
    there = {id(entry.fact): entry for entry in entries}
    folded = _folded(entry.fact for entry in there.values())
    if folded.installed is None:
        return
    for doubt in doubts(folded, first, last):
        yield DoubtRow(
            meter=meter,
            agreement=folded.installed.agreement,
            check=doubt.check,
            begins=_at(doubt.begins),
            ends=_at(doubt.ends),
            energy_kwh=_kwh(doubt.energy_wh),
            expected_kwh=_kwh(doubt.expected_wh),
            says=doubt.says,
            data_class=there[id(folded.installed)].data_class,
            positions=_positions(doubt, there),
        )


def _positions(doubt: Doubt, there: Mapping[int, Entry]) -> tuple[int, ...]:
    return tuple(sorted({there[id(fact)].position for fact in doubt.facts}))


def checked_with(connection: Connection, command: RecordIntervals) -> tuple[FileDoubt, ...]:
    """Every doubt about the days of a command, as it would be with them."""
    entries = store.by_tags(connection, [f"meter:{command.meter}"])
    meter = _folded(entry.fact for entry in standing(entries, lambda entry: entry.fact))
    return tuple(
        FileDoubt(
            check=doubt.check,
            begins=_at(doubt.begins),
            ends=_at(doubt.ends),
            energy_kwh=_kwh(doubt.energy_wh),
            expected_kwh=_kwh(doubt.expected_wh),
            says=doubt.says,
        )
        for doubt in doubts_with(meter, command)
    )


def _folded(facts: Iterable[Fact]) -> Meter:
    return reduce(evolve_meter, (fact for fact in facts if isinstance(fact, MeterFact)), Meter())


def _at(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M}"


def _kwh(energy_wh: int | None) -> str | None:
    return None if energy_wh is None else kwh(energy_wh)
