"""The rules that every step of a unit meets: the unit is there, the step is in order, and the unit is free for it.

check_there             it was not split, merged or retired
check_step              it is there, and nothing later is on record
check_on_market         it is to be let
check_unreserved        no company has it reserved
check_free_of_leases    no lease holds it

Refusals, in order of precedence
├── UnitGone            the unit was split, merged or retired
├── UnitStepTooEarly    a step is not effective before the previous one
├── UnitStateForbids    this step does not start from the unit's state
└── UnitHeld            a lease holds the unit on that day or later (conflict)
"""

from datetime import date

from ledger.estate.estate import Estate, EstateRefusal, check_defined
from ledger.estate.unit import Unit
from ledger.once.lettings import Letting, clash

# Refusals


class UnitGone(EstateRefusal):
    """The unit was split, merged or retired."""

    code = "unit-gone"


class UnitStepTooEarly(EstateRefusal):
    """A step is not effective before the previous one."""

    code = "step-too-early"


class UnitStateForbids(EstateRefusal):
    """This step does not start from the unit's state."""

    code = "unit-state-forbids"


class UnitHeld(EstateRefusal):
    """A lease holds the unit."""

    code = "unit-held"
    kind = "conflict"


# Checks


def check_there(unit: Unit) -> None:
    """Check that the unit was not split, merged or retired. Raises UnitGone."""
    if unit.gone_on is not None:
        into = f" into {', '.join(unit.became)}" if unit.became else ""
        raise UnitGone(f"unit {unit.unit} is gone since {unit.gone_on}{into}", field="unit")


def check_step(unit: Unit, on: date, *after: date) -> None:
    """A step from one state to the next: the unit is there, and nothing later is on record. Raises EstateRefusal."""
    check_defined(f"unit {unit.unit}", unit.defined_on, on)
    check_there(unit)
    latest = max(unit.since, *after) if after else unit.since
    if on < latest:
        raise UnitStepTooEarly(
            f"something is on record of unit {unit.unit} for {latest}, after {on}", field="effective_on"
        )


def check_on_market(unit: Unit) -> None:
    """Check that the unit is to be let. Raises UnitStateForbids."""
    if unit.off_market:
        raise UnitStateForbids(f"unit {unit.unit} is off the market; return it first", field="unit")


def check_unreserved(unit: Unit, on: date) -> None:
    """Check that no company has the unit reserved on that day or later. Raises UnitStateForbids."""
    if unit.reserved_for is not None and unit.reserved_until is not None and unit.reserved_until >= on:
        raise UnitStateForbids(
            f"unit {unit.unit} is reserved for {unit.reserved_for} until {unit.reserved_until}; release it first",
            field="unit",
        )


def check_free_of_leases(state: Estate, unit: Unit, from_on: date, until_on: date | None = None) -> None:
    """Check that no lease holds the unit on any of these days. Raises UnitHeld."""
    if held := clash(state.calendar, Letting(unit=unit.unit, from_on=from_on, until_on=until_on)):
        lease, letting = held
        until = f"until {letting.until_on}" if letting.until_on else "with no end on record"
        raise UnitHeld(f"lease {lease} holds unit {unit.unit} from {letting.from_on} {until}", field="unit")
