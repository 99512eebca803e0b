"""What holds whatever is sent to the estate: held against a second, simpler model, a sheet of areas for each day.

P1, P2      on no day have the parts more than the whole
P3          a split or merger leaves the sum as it was, to 0.01 m²
Leases      what a lease holds is there, and to be let, on every one of its days
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from ledger.decider import Command, Fact, Refusal
from ledger.estate.deciding import ESTATE
from ledger.estate.facts import (
    BuildingDefined,
    ParcelDefined,
    SiteDefined,
    UnitDefined,
    UnitRemeasured,
    UnitRetired,
    UnitsMerged,
    UnitSplit,
    UnitTakenOffMarket,
)
from ledger.estate.land import DefineParcel
from ledger.estate.market import ReserveUnit, ReturnUnit, TakeUnitOffMarket
from ledger.estate.units import DefineUnit, MergeUnits, NewPart, RemeasureUnit, RetireUnit, SplitUnit
from ledger.once.lettings import Letting, LettingFact
from ledger.values.measures import written
from tests.examples.estate import paper
from tests.ground.billed import lead
from tests.ground.given import decide

HALL, TOWER = "hall-demo", "tower-demo"
SITE_DM2, HALL_DM2 = 100_000, 50_000
DAYS = [date(2026, 1, 1) + timedelta(days=day) for day in range(12)]
LET = ("u0-demo", "u1-demo")
ALIKE: dict[str, Any] = {"standard": "GB/T17986"}
GROUND: tuple[Fact, ...] = (
    lead("sunfield-demo"),
    SiteDefined(
        effective_on=DAYS[0],
        site="site-demo",
        name="Site (demo)",
        stated_area="1000",
        stated_unit="M2",
        source="a demonstration",
        area_dm2=SITE_DM2,
    ),
    *(
        BuildingDefined(
            effective_on=DAYS[0],
            parcel="parcel-demo",
            building=building,
            name="Building (demo)",
            floors=1,
            lettable_dm2=HALL_DM2,
            **ALIKE,
        )
        for building in (HALL, TOWER)
    ),
)


class Held(LettingFact, frozen=True, kw_only=True):
    """A lease's word on who holds what."""

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(f"unit:{unit}" for unit in self.units)


def sheet(recorded: Sequence[Fact], day: date) -> dict[str, tuple[str, int]]:
    """The units that are there on a day, with building and area: the facts up to that day, one after the other."""
    there: dict[str, tuple[str, int]] = {}
    for fact in sorted((fact for fact in recorded if fact.effective_on <= day), key=lambda fact: fact.effective_on):
        match fact:
            case UnitDefined() | UnitRemeasured():
                there[fact.unit] = (fact.building, fact.area_dm2)
            case UnitSplit():
                del there[fact.unit]
                there |= {part.unit: (fact.building, part.area_dm2) for part in fact.parts}
            case UnitsMerged():
                for unit in fact.units:
                    del there[unit]
                there[fact.into] = (fact.building, fact.area_dm2)
            case UnitRetired():
                del there[fact.unit]
    return there


# Histories that go somewhere: most commands fit what is there, and each may miss it by a day or a square decimetre


def areas(largest: int = 40_000) -> st.SearchStrategy[str]:
    return st.integers(1, largest).map(written)


@st.composite
def splits(draw: st.DrawFn, unit: str, area_dm2: int, on: date, new: Sequence[str]) -> SplitUnit:
    first = draw(st.integers(1, max(area_dm2 - 1, 1)))
    off_by = draw(st.sampled_from((0, 0, 0, 1, -1)))
    parts = (first, max(area_dm2 - first + off_by, 0))
    named = [NewPart(unit=name, area=written(part)) for name, part in zip(new, parts, strict=True)]
    return SplitUnit(effective_on=on, unit=unit, parts=tuple(named))


@st.composite
def next_command(draw: st.DrawFn, recorded: Sequence[Fact], at: int) -> Command:
    """A command about what is there at the end; on the day of the latest facts, near it, or on any day."""
    latest = max(fact.effective_on for fact in recorded)
    on = draw(st.sampled_from((latest, latest, min(latest + timedelta(days=1), DAYS[-1]), *DAYS)))
    there = sheet(recorded, DAYS[-1])
    new = (f"n{2 * at}-demo", f"n{2 * at + 1}-demo")
    gone = [fact.unit for fact in recorded if isinstance(fact, UnitSplit | UnitRetired)]
    units = st.sampled_from([*sorted(there) * 2, *gone, "nothing-demo"])
    one = draw(units)
    building, area_dm2 = there.get(one, (HALL, 1))
    kinds = (DefineUnit, DefineUnit, RemeasureUnit, SplitUnit, SplitUnit, MergeUnits, MergeUnits, RetireUnit)
    kind = draw(st.sampled_from((*kinds, DefineParcel, ReserveUnit, TakeUnitOffMarket, ReturnUnit)))
    if kind is DefineUnit:
        where = draw(st.sampled_from((HALL, TOWER)))
        named: dict[str, Any] = {"unit": new[0], "floor": "1", "use": "OFFICE", "measured_on": on, **ALIKE}
        return DefineUnit(effective_on=on, building=where, area=draw(areas()), **named)
    if kind is RemeasureUnit:
        proof: dict[str, Any] = {"measured_on": on, "evidence": paper("survey"), **ALIKE}
        return RemeasureUnit(effective_on=on, building=building, unit=one, area=draw(areas()), **proof)
    if kind is SplitUnit:
        return draw(splits(one, area_dm2, on, new))
    if kind is MergeUnits:
        others = [name for name, (where, _) in sorted(there.items()) if where == building and name != one]
        other = draw(st.sampled_from(others) if others else units)
        return MergeUnits(effective_on=on, units=(one, other), into=new[0])
    if kind is DefineParcel:
        return DefineParcel(
            effective_on=on, site="site-demo", parcel=new[0], name="Parcel (demo)", area=draw(areas(80_000))
        )
    if kind is ReserveUnit:
        return ReserveUnit(effective_on=on, unit=one, company="sunfield-demo", until_on=on)
    if kind is ReturnUnit:
        return ReturnUnit(effective_on=on, unit=one)
    last = RetireUnit if kind is RetireUnit else TakeUnitOffMarket
    return last(effective_on=on, unit=one, reason="a demonstration")


@st.composite
def histories(draw: st.DrawFn, before: tuple[Fact, ...] = ()) -> list[Fact]:
    """Three units to begin with, and what came of up to sixteen commands; refused ones leave nothing."""
    recorded: list[Fact] = [*GROUND, *before]
    for at in range(3):
        named: dict[str, Any] = {"unit": f"u{at}-demo", "floor": "1", "use": "OFFICE", "measured_on": DAYS[0], **ALIKE}
        area_dm2 = draw(st.integers(1_000, 16_000))
        recorded.append(UnitDefined(effective_on=DAYS[0], building=HALL, area_dm2=area_dm2, **named))
    for at in range(draw(st.integers(4, 16))):
        try:
            recorded += decide(recorded, draw(next_command(recorded, at)))
        except Refusal:
            continue
    return recorded


@settings(max_examples=300)
@for_all(histories())
def test_the_parts_never_have_more_than_the_whole(recorded: list[Fact]) -> None:
    assert sum(fact.area_dm2 for fact in recorded if isinstance(fact, ParcelDefined)) <= SITE_DM2
    for day in DAYS:
        there = sheet(recorded, day)
        for building in (HALL, TOWER):
            assert sum(area for where, area in there.values() if where == building) <= HALL_DM2


@for_all(histories())
def test_splitting_and_merging_leave_the_sum_as_it_was(recorded: list[Fact]) -> None:
    """On the day it happens and on every later one; only who has the area changes."""
    for at, fact in enumerate(recorded):
        if not isinstance(fact, UnitSplit | UnitsMerged):
            continue
        for day in DAYS[DAYS.index(fact.effective_on) :]:
            before_it, with_it = (sheet(recorded[:end], day) for end in (at, at + 1))
            assert sum(area for _, area in before_it.values()) == sum(area for _, area in with_it.values())
            assert before_it.keys() != with_it.keys()


@for_all(histories())
def test_the_fold_knows_the_area_of_every_day(recorded: list[Fact]) -> None:
    state = ESTATE.initial
    for fact in recorded:
        state = ESTATE.evolve(state, fact)
    for day in DAYS:
        known = {name: (unit.building, unit.area_on(day)) for name, unit in state.units.items() if unit.area_on(day)}
        assert known == sheet(recorded, day)


def lease(first: date, last: date) -> Held:
    """A lease of the first two units."""
    return Held(
        effective_on=first,
        lease="l-1-demo",
        lettings=tuple(Letting(unit=unit, from_on=first, until_on=last) for unit in LET),
    )


let = st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS)).map(sorted).map(lambda span: lease(*span))


@for_all(let.flatmap(lambda held: st.tuples(st.just(held), histories((held,)))))
def test_nothing_is_taken_from_under_a_lease(told: tuple[Held, list[Fact]]) -> None:
    held, recorded = told
    last = held.lettings[0].until_on
    assert last is not None
    for fact in recorded:
        if isinstance(fact, UnitSplit | UnitRetired | UnitTakenOffMarket) and fact.unit in LET:
            assert fact.effective_on > last
        if isinstance(fact, UnitsMerged) and set(fact.units) & set(LET):
            assert fact.effective_on > last


def test_the_histories_go_somewhere() -> None:
    """Without this the properties could hold for want of anything happening."""
    seen: Counter[type[Fact]] = Counter()
    begun = len(GROUND) + 3

    @settings(max_examples=60, database=None, derandomize=True)
    @for_all(histories())
    def count(recorded: list[Fact]) -> None:
        seen.update(type(fact) for fact in recorded[begun:])

    count()
    wanted = (UnitDefined, UnitRemeasured, UnitSplit, UnitsMerged, UnitRetired, UnitTakenOffMarket, ParcelDefined)
    assert {kind: seen[kind] for kind in wanted if seen[kind] < 5} == {}
