"""Units on the market: reserved and released, taken off and returned, and what they would let for.

Commands             Facts (estate.…)          From
ReserveUnit          unit-reserved             AVAILABLE, or reserved for the same company; not held on those days
ReleaseReservation   reservation-released      RESERVED
TakeUnitOffMarket    unit-taken-off-market     AVAILABLE, not held by a lease on any later day
ReturnUnit           unit-returned             OFF_MARKET
EstimateRentalValue  rental-value-estimated    any while the unit is there: ERV, dated

A reservation lapses by itself after its last day. A lease may take the unit for the company it is reserved for. That
the company is on record is decided in reserving.py.

Refusals, in order of precedence: those of steps.py, and between UnitStateForbids and UnitHeld
└── ReservationReversed    a reservation ends before it begins
"""

from datetime import date
from typing import Any

from msgspec import structs

from ledger.decider import Command, Id, Text
from ledger.estate.estate import Estate, EstateRefusal, Part, Unit, check_defined, the_unit
from ledger.estate.facts import (
    OneUnitFact,
    RentalValueEstimated,
    ReservationReleased,
    UnitFact,
    UnitReserved,
    UnitReturned,
    UnitTakenOffMarket,
)
from ledger.estate.steps import (
    UnitGone,
    UnitStateForbids,
    check_free_of_leases,
    check_on_market,
    check_step,
    check_unreserved,
)
from ledger.values.money import UnitPrice

# Commands


class ReserveUnit(Command, frozen=True, kw_only=True, tag="reserve-unit"):
    """Keep a unit for a company through a date."""

    unit: Id
    company: Id
    until_on: date


class ReleaseReservation(Command, frozen=True, kw_only=True, tag="release-reservation"):
    """Keep the unit for nobody any more."""

    unit: Id
    reason: Text


class TakeUnitOffMarket(Command, frozen=True, kw_only=True, tag="take-unit-off-market"):
    """Do not let the unit for the time being."""

    unit: Id
    reason: Text


class ReturnUnit(Command, frozen=True, kw_only=True, tag="return-unit"):
    """Let the unit again."""

    unit: Id


class EstimateRentalValue(Command, frozen=True, kw_only=True, tag="estimate-rental-value"):
    """Record an estimated rental value, as a valuer or manager gave it."""

    unit: Id
    erv_m2_month: UnitPrice
    source: Text


# Refusals


class ReservationReversed(EstateRefusal):
    """A reservation ends before it begins."""

    code = "reservation-reversed"


# Evolve


def change_of(known: Unit, fact: UnitFact) -> dict[str, Any]:
    """What a fact of this file changes in its unit, as fields of Unit."""
    on = fact.effective_on
    since = max(known.since, on)
    match fact:
        case UnitReserved():
            return {
                "reserved_for": fact.company,
                "reserved_from": on,
                "reserved_until": fact.until_on,
                "since": since,
            }
        case ReservationReleased():
            return dict.fromkeys(("reserved_for", "reserved_from", "reserved_until")) | {"since": since}
        case UnitTakenOffMarket():
            return {"off_market": True, "since": since}
        case UnitReturned():
            return {"off_market": False, "since": since}
        case RentalValueEstimated() if known.erv_on is None or known.erv_on <= on:
            return {"erv_m2_month": fact.erv_m2_month, "erv_on": on}
    return {}


# Scope and decide

_FACTS: dict[type[Command], type[OneUnitFact]] = {
    ReserveUnit: UnitReserved,
    ReleaseReservation: ReservationReleased,
    TakeUnitOffMarket: UnitTakenOffMarket,
    ReturnUnit: UnitReturned,
    EstimateRentalValue: RentalValueEstimated,
}


def _fact(state: Estate, command: Any) -> OneUnitFact:
    the_unit(state, command.unit)
    return _FACTS[type(command)](**structs.asdict(command))


def _check(state: Estate, command: Any) -> None:
    unit, on = the_unit(state, command.unit), command.effective_on
    if isinstance(command, EstimateRentalValue):
        _check_estimate(unit, on)
        return
    check_step(unit, on)
    match command:
        case ReserveUnit():
            _check_reservation(state, unit, command)
        case ReleaseReservation():
            if unit.kept_for(on) is None:
                raise UnitStateForbids(f"unit {unit.unit} is reserved for nobody on {on}", field="unit")
        case TakeUnitOffMarket():
            check_on_market(unit)
            check_unreserved(unit, on)
            check_free_of_leases(state, unit, on)
        case ReturnUnit():
            if not unit.off_market:
                raise UnitStateForbids(f"unit {unit.unit} is not off the market", field="unit")


def _check_reservation(state: Estate, unit: Unit, command: ReserveUnit) -> None:
    on = command.effective_on
    check_on_market(unit)
    if unit.reserved_for != command.company:
        check_unreserved(unit, on)
    if command.until_on < on:
        raise ReservationReversed(f"the reservation would end on {command.until_on}, before {on}", field="until_on")
    check_free_of_leases(state, unit, on, command.until_on)


def _check_estimate(unit: Unit, on: date) -> None:
    """A value of a day on which the unit was there, also where it is recorded late."""
    check_defined(f"unit {unit.unit}", unit.defined_on, on)
    if unit.gone_on is not None and unit.gone_on <= on:
        raise UnitGone(f"unit {unit.unit} is gone since {unit.gone_on}", field="unit")


MARKET = Part(
    commands=tuple(_FACTS),
    scope=lambda command: (f"unit:{command.unit}",),
    fact=_fact,
    check=_check,
)
