"""What was recorded of the estate by mistake is withdrawn, and then it is as if it had never been recorded."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.decider import Fact, standing, stored_name
from ledger.estate.estate import AreaExceeds, Estate, evolve
from ledger.estate.facts import (
    BuildingDefined,
    ConstructionStarted,
    EstateFact,
    EstateStepWithdrawn,
    ParcelDefined,
    ReservationReleased,
    SiteDefined,
    UnitDefined,
    UnitRemeasured,
    UnitReserved,
    UnitRetired,
    UnitSplit,
)
from ledger.estate.land import DefineSite
from ledger.estate.withdrawing import EstateStepNotLatest, EstateStepUnknown, WithdrawEstateStep
from ledger.leases.facts import LeaseExecuted
from ledger.once.lettings import Letting
from tests.examples import leases
from tests.examples.estate import ASKED, BUILDING, LIFE, SITE, UNIT, through
from tests.ground.given import decide, given

FAR, OLD = date(2062, 1, 2), date(206, 1, 2)


def names(tags: tuple[str, ...]) -> dict[str, Any]:
    """Tags as the command has them."""
    pairs = [tag.split(":") for tag in tags if not tag.startswith("company:")]
    units = tuple(name for noun, name in pairs if noun == "unit")
    return {noun: name for noun, name in pairs if noun != "unit"} | {"units": units}


def withdraw(fact: EstateFact) -> WithdrawEstateStep:
    """The command that names this fact, and all that it is about."""
    step = stored_name(type(fact))
    return WithdrawEstateStep(effective_on=fact.effective_on, step=step, reason="a slip", **names(fact.tags))


def withdrawn(fact: EstateFact) -> EstateStepWithdrawn:
    """The fact that takes this one back."""
    step = stored_name(type(fact))
    named = names(fact.tags)
    return EstateStepWithdrawn(effective_on=fact.effective_on, step=step, reason="a slip", touched=fact.tags, **named)


def told(recorded: Sequence[Fact]) -> Estate:
    """The estate that stands."""
    state = Estate()
    for fact in standing(recorded, lambda fact: fact):
        state = evolve(state, fact)
    return replace(state, asked={})


def last(kind: type[EstateFact]) -> Any:
    """The fact of that kind in the example."""
    return through(kind)[-1]


@pytest.mark.parametrize("on", [FAR, OLD])
def test_a_site_of_a_day_nobody_meant_goes_and_is_defined_anew(on: date) -> None:
    site = replace(LIFE[0], effective_on=on)
    given(site).when(withdraw(site)).then(withdrawn(site))
    anew = ASKED[0]
    assert isinstance(anew, DefineSite)
    given(site, withdrawn(site)).when(anew).then(LIFE[0])


@pytest.mark.parametrize("at", range(len(LIFE)))
def test_the_latest_step_goes_and_leaves_what_was(at: int) -> None:
    before, step = list(LIFE[:at]), LIFE[at]
    given(*before, step).when(withdraw(step)).then(withdrawn(step))
    assert told([*before, step, withdrawn(step)]) == told(before)


def test_the_whole_estate_is_withdrawn_by_following_what_the_refusals_say() -> None:
    """`X of D (…) rests on it; withdraw that first`, and `it is about …: name just these`."""
    recorded: list[Fact] = [*LIFE]
    wanted, asked = [withdraw(LIFE[0])], 0
    while wanted:
        asked += 1
        assert asked < 200
        try:
            recorded += decide(recorded, wanted[-1])
            wanted.pop()
        except EstateStepNotLatest as refusal:
            ((step, on, tag),) = re.findall(r"(\S+) of (\S+) \((\S+)\) rests on it", refusal.detail)
            named = {"site": None, "parcel": None, "building": None, **names((tag,))}
            wanted.append(replace(wanted[-1], step=step, effective_on=date.fromisoformat(on), **named))
        except EstateStepUnknown as refusal:
            (about,) = re.findall(r"it is about (.+): name just these", refusal.detail)
            wanted[-1] = replace(wanted[-1], **names(tuple(about.split(", "))))
    assert told(recorded) == Estate()


@pytest.mark.parametrize(
    ("step", "rests"),
    [
        (SiteDefined, ParcelDefined),
        (ParcelDefined, BuildingDefined),
        (BuildingDefined, ConstructionStarted),
        (UnitDefined, UnitRemeasured),
        (UnitRemeasured, UnitSplit),
    ],
)
def test_what_rests_on_a_step_goes_first(step: type[EstateFact], rests: type[EstateFact]) -> None:
    given(*through(rests)).when(withdraw(last(step))).refused(
        EstateStepNotLatest, field="step", says=stored_name(rests)
    )


def test_a_unit_that_is_let_stays_and_so_does_its_release() -> None:
    reserved = UnitReserved(effective_on=date(2024, 2, 1), unit=UNIT, company="sunfield-demo", until_on=FAR)
    released = ReservationReleased(effective_on=date(2024, 2, 9), unit=UNIT, reason="they chose another")
    executed = next(fact for fact in leases.LIFE if isinstance(fact, LeaseExecuted))
    let = replace(executed, lettings=(Letting(unit=UNIT, from_on=date(2024, 3, 1)),))
    facts = (*through(UnitDefined), reserved, released, let)
    given(*facts).when(withdraw(last(UnitDefined))).refused(EstateStepNotLatest, says="lease.executed")
    given(*facts).when(withdraw(released)).refused(EstateStepNotLatest, says="lease.executed")
    given(*facts[:-1]).when(withdraw(released)).then(withdrawn(released))
    given(*facts[:-2], let).when(withdraw(reserved)).then(withdrawn(reserved))


def test_a_unit_comes_back_only_where_its_building_has_room() -> None:
    """1,000.00 m² to let: 600.00 retired, 500.00 defined since; with both it would be 1,100.00 m²."""
    building = replace(last(BuildingDefined), lettable_dm2=100_000)
    one = replace(last(UnitDefined), area_dm2=60_000)
    gone = UnitRetired(effective_on=date(2024, 5, 1), building=BUILDING, unit=UNIT, reason="now a canteen")
    two = replace(one, unit="two-demo", area_dm2=50_000, effective_on=date(2024, 5, 2))
    facts = (*through(ParcelDefined), building, one, gone)
    given(*facts, two).when(withdraw(gone)).refused(AreaExceeds, field="step", says="1100.00 m² on 2024-05-02")
    given(*facts).when(withdraw(gone)).then(withdrawn(gone))
    # Measured 600.00 → 450.00, so that 500.00 found room: the measurement stays while they are there.
    less = replace(last(UnitRemeasured), area_dm2=45_000, area_before_dm2=60_000, effective_on=date(2024, 5, 1))
    measured = (*facts[:-1], less, two)
    given(*measured).when(withdraw(less)).refused(AreaExceeds, says="1100.00 m² on 2024-05-02")
    given(*measured, withdrawn(two)).when(withdraw(less)).then(withdrawn(less))


def test_a_step_is_named_with_all_that_it_is_about() -> None:
    ask = replace(withdraw(last(UnitDefined)), building=None)
    given(*through(UnitDefined)).when(ask).refused(
        EstateStepUnknown, field="step", says=f"it is about building:{BUILDING}, unit:{UNIT}: name just these"
    )
    given(*through(UnitDefined)).when(replace(ask, effective_on=FAR)).refused(EstateStepUnknown)
    given(*LIFE[:1]).when(replace(withdraw(LIFE[0]), site=f"{SITE}-2")).refused(EstateStepUnknown)
