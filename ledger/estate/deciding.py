"""The decider of estate."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import structs

from ledger.decider import By, Command, Decider, Fact
from ledger.estate import market, units
from ledger.estate.estate import Estate, Part, Unit
from ledger.estate.facts import BuildingFact, EstateFact, ParcelDefined, SiteDefined, UnitFact
from ledger.estate.land import LAND, evolve_building, evolve_parcel, evolve_site
from ledger.estate.market import MARKET
from ledger.estate.units import UNITS
from ledger.lettings import LettingFact, after

PARTS = (LAND, UNITS, MARKET)
PART_OF: Mapping[type[Command], Part] = {command: part for part in PARTS for command in part.commands}

# Evolve


def evolve_unit(unit: Unit | None, fact: UnitFact, name: str) -> Unit:
    """The unit of that name after one more fact that touches it. Takes facts in any order."""
    known = unit or Unit(unit=name)
    return structs.replace(known, **units.change_of(known, fact), **market.change_of(known, fact))


def evolve_units(units: Mapping[str, Unit], fact: Fact) -> Mapping[str, Unit]:
    """Units by id after one more fact; facts that touch none change nothing."""
    if not isinstance(fact, UnitFact):
        return units
    return {**units, **{unit: evolve_unit(units.get(unit), fact, unit) for unit in fact.touches}}


def evolve(state: Estate, fact: Fact) -> Estate:
    """The estate of a scope after one more fact; of other contexts only lettings change something."""
    if isinstance(fact, LettingFact):
        return structs.replace(state, calendar=after(state.calendar, fact))
    if not isinstance(fact, EstateFact):
        return state
    asked = _asked(state.asked, fact)
    match fact:
        case SiteDefined():
            return structs.replace(state, sites={**state.sites, fact.site: evolve_site(fact)}, asked=asked)
        case ParcelDefined():
            return structs.replace(state, parcels={**state.parcels, fact.parcel: evolve_parcel(fact)}, asked=asked)
        case BuildingFact():
            building = evolve_building(state.buildings.get(fact.building), fact)
            return structs.replace(state, buildings={**state.buildings, fact.building: building}, asked=asked)
    return structs.replace(state, units=evolve_units(state.units, fact), asked=asked)


def _asked(before: frozenset[tuple[Any, ...]], fact: EstateFact) -> frozenset[tuple[Any, ...]]:
    """What was asked and still stands, with one more."""
    if fact.settles is not None:
        before = frozenset(one for one in before if one[:2] != fact.asked[:2])
    return before | {fact.asked}


# Scope


def scope(command: Command) -> tuple[str, ...]:
    """Everything that the command names, and what bounds its area."""
    return PART_OF[type(command)].scope(command)


# Decide


def decide(state: Estate, command: Command, by: By) -> Sequence[Fact]:
    """The fact that a command asks for, if every rule allows it; nothing where it is so already."""
    part = PART_OF[type(command)]
    fact = part.fact(state, command)
    if fact.asked in state.asked:
        return ()
    part.check(state, command)
    return (fact,)


ESTATE: Decider[Command, Estate] = Decider(tuple(PART_OF), Estate(), scope, evolve, decide)
