"""Units on the market: reserved and released, taken off and returned, and what they would let for.

Commands             Facts (estate.…)          From
ReserveUnit          unit-reserved             AVAILABLE, or reserved for the same company; not held on those days
ReleaseReservation   reservation-released      RESERVED
TakeUnitOffMarket    unit-taken-off-market     AVAILABLE, not held by a lease on any later day
ReturnUnit           unit-returned             OFF_MARKET
EstimateRentalValue  rental-value-estimated    any while the unit is there: ERV, dated

A reservation lapses by itself after its last day. A lease may take the unit for the company it is reserved for. That
the company is on record is decided in joint/reserving.py.

Refusals, in order of precedence: those of steps.py, and between UnitStateForbids and UnitHeld
└── ReservationReversed    a reservation ends before it begins
"""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from ledger.decider import By, Command, Fact, Id, Part, Text, said
from ledger.estate.estate import Estate, EstateRefusal, check_defined, the_unit
from ledger.estate.facts import (
    RentalValueEstimated,
    ReservationReleased,
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
from ledger.estate.unit import Unit
from ledger.values.days import Agreed, Happened
from ledger.values.money import UnitPrice

# Commands


class ReserveUnit(Command, frozen=True, kw_only=True, tag="reserve-unit"):
    """Keep a unit for a company through a date."""

    effective_on: Agreed
    put_right: ClassVar[str] = (
        "`reserve-unit` again for other days, `release-reservation`; where it never was: `withdraw-estate-step`."
    )
    unit: Id
    company: Id
    until_on: date


class ReleaseReservation(Command, frozen=True, kw_only=True, tag="release-reservation"):
    """Keep the unit for nobody any more."""

    effective_on: Agreed
    put_right: ClassVar[str] = "`reserve-unit` again, or `withdraw-estate-step`."
    unit: Id
    reason: Text


class TakeUnitOffMarket(Command, frozen=True, kw_only=True, tag="take-unit-off-market"):
    """Do not let the unit for the time being."""

    effective_on: Agreed
    put_right: ClassVar[str] = "`return-unit`; where it never was off the market: `withdraw-estate-step`."
    unit: Id
    reason: Text


class ReturnUnit(Command, frozen=True, kw_only=True, tag="return-unit"):
    """Let the unit again."""

    effective_on: Agreed
    put_right: ClassVar[str] = "`take-unit-off-market` again, or `withdraw-estate-step`."
    unit: Id


class EstimateRentalValue(Command, frozen=True, kw_only=True, tag="estimate-rental-value"):
    """Record an estimated rental value, as a valuer or manager gave it."""

    effective_on: Happened
    put_right: ClassVar[str] = (
        "`estimate-rental-value` of the same day: it takes the place of this one; or `withdraw-estate-step`."
    )
    unit: Id
    erv_m2_month: UnitPrice
    source: Text


# Refusals


class ReservationReversed(EstateRefusal):
    """A reservation ends before it begins."""

    code = "reservation-reversed"


# Decide


def _reserve(state: Estate, command: ReserveUnit, by: By) -> Sequence[Fact]:
    unit, on = the_unit(state, command.unit), command.effective_on
    if said(UnitReserved, command) in state.asked.values():
        return ()
    check_step(unit, on)
    check_on_market(unit)
    if unit.reserved_for != command.company:
        check_unreserved(unit, on)
    if command.until_on < on:
        raise ReservationReversed(f"the reservation would end on {command.until_on}, before {on}", field="until_on")
    check_free_of_leases(state, unit, on, command.until_on)
    return (UnitReserved(effective_on=on, unit=command.unit, company=command.company, until_on=command.until_on),)


def _release(state: Estate, command: ReleaseReservation, by: By) -> Sequence[Fact]:
    unit, on = the_unit(state, command.unit), command.effective_on
    if said(ReservationReleased, command) in state.asked.values():
        return ()
    check_step(unit, on)
    if unit.kept_for(on) is None:
        raise UnitStateForbids(f"unit {unit.unit} is reserved for nobody on {on}", field="unit")
    return (ReservationReleased(effective_on=on, unit=command.unit, reason=command.reason),)


def _take_off_market(state: Estate, command: TakeUnitOffMarket, by: By) -> Sequence[Fact]:
    unit, on = the_unit(state, command.unit), command.effective_on
    if said(UnitTakenOffMarket, command) in state.asked.values():
        return ()
    check_step(unit, on)
    check_on_market(unit)
    check_unreserved(unit, on)
    check_free_of_leases(state, unit, on)
    return (UnitTakenOffMarket(effective_on=on, unit=command.unit, reason=command.reason),)


def _return(state: Estate, command: ReturnUnit, by: By) -> Sequence[Fact]:
    unit, on = the_unit(state, command.unit), command.effective_on
    if said(UnitReturned, command) in state.asked.values():
        return ()
    check_step(unit, on)
    if not unit.off_market:
        raise UnitStateForbids(f"unit {unit.unit} is not off the market", field="unit")
    return (UnitReturned(effective_on=on, unit=command.unit),)


def _estimate(state: Estate, command: EstimateRentalValue, by: By) -> Sequence[Fact]:
    unit, on = the_unit(state, command.unit), command.effective_on
    if said(RentalValueEstimated, command) in state.asked.values():
        return ()
    _check_there_on(unit, on)
    return (
        RentalValueEstimated(
            effective_on=on, unit=command.unit, erv_m2_month=command.erv_m2_month, source=command.source
        ),
    )


def _check_there_on(unit: Unit, on: date) -> None:
    """The unit was there on the day, also where a value of it is recorded late."""
    check_defined(f"unit {unit.unit}", unit.defined_on, on)
    if unit.gone_on is not None and unit.gone_on <= on:
        raise UnitGone(f"unit {unit.unit} is gone since {unit.gone_on}", field="unit")


MARKET: Part[Estate, Estate] = Part(
    decide={
        ReserveUnit: _reserve,
        ReleaseReservation: _release,
        TakeUnitOffMarket: _take_off_market,
        ReturnUnit: _return,
        EstimateRentalValue: _estimate,
    },
    scope=dict.fromkeys(
        (ReserveUnit, ReleaseReservation, TakeUnitOffMarket, ReturnUnit, EstimateRentalValue),
        lambda command: (f"unit:{command.unit}",),
    ),
)
