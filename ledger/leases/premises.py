"""Which units a lease holds on which days, and whether it may: domain rules L1 and P5.

lettings_of    the days of each unit, by the terms and the last day
taken          those of them that are not held already
check_taken    the rules of taking units

Refusals, in order of precedence
├── UnitsNotNamed         the command does not name a unit that the lease takes
├── PremisesUnknown       no such unit (unknown)
├── PremisesNotToLet      not defined yet on the first day, gone on the last, or off the market
├── PremisesReserved      kept for another company (conflict)
├── ContractedAreaTooLarge   more than the unit's measured area of the day of signature
└── UnitLet               L1: another lease holds the unit on one of the days (conflict)
"""

from collections.abc import Iterable, Sequence
from datetime import date

from ledger.estate.unit import Unit
from ledger.leases.lease import Lease, LeaseRefusal, Leases, Version
from ledger.leases.terms import Premises
from ledger.lettings import Letting, clash
from ledger.periods import day_after, day_before
from ledger.values.measures import dm2, written


class UnitsNotNamed(LeaseRefusal):
    """The command does not name a unit that the lease takes: whether it is free was not looked at."""

    code = "units-not-named"


class PremisesUnknown(LeaseRefusal):
    """No such unit."""

    code = "premises-unknown"
    kind = "unknown"


class PremisesNotToLet(LeaseRefusal):
    """The unit is not there on all of the days, or off the market."""

    code = "premises-not-to-let"


class PremisesReserved(LeaseRefusal):
    """The unit is kept for another company."""

    code = "premises-reserved"
    kind = "conflict"


class ContractedAreaTooLarge(LeaseRefusal):
    """P5: the contracted area is more than the unit's measured area of the day of signature."""

    code = "contracted-area-too-large"


class UnitLet(LeaseRefusal):
    """L1: another lease holds the unit on one of these days."""

    code = "unit-let"
    kind = "conflict"


def lettings_of(versions: Sequence[Version], until_on: date | None) -> tuple[Letting, ...]:
    """The days of each unit, by unit and day; without `until_on` the last terms go on with no end."""
    held: dict[str, list[Letting]] = {}
    for at, version in enumerate(versions):
        last = day_before(versions[at + 1].from_on) if at + 1 < len(versions) else until_on
        if until_on is not None and (last is None or last > until_on):
            last = until_on
        for one in version.terms.premises:
            first = version.from_on if one.from_on is None else max(version.from_on, one.from_on)
            end = last if one.until_on is None else one.until_on if last is None else min(last, one.until_on)
            if end is None or first <= end:
                held.setdefault(one.unit, []).append(Letting(unit=one.unit, from_on=first, until_on=end))
    return tuple(letting for unit in sorted(held) for letting in _joined(held[unit]))


def _joined(lettings: Iterable[Letting]) -> list[Letting]:
    """One letting for days in a row."""
    found: list[Letting] = []
    for letting in sorted(lettings, key=lambda one: one.from_on):
        before = found[-1] if found else None
        if before is not None and before.until_on is not None and letting.from_on <= day_after(before.until_on):
            until = None if letting.until_on is None else max(before.until_on, letting.until_on)
            found[-1] = Letting(unit=letting.unit, from_on=before.from_on, until_on=until)
        elif before is None or before.until_on is not None:
            found.append(letting)
    return found


def taken(before: Sequence[Letting], now: Sequence[Letting]) -> tuple[Letting, ...]:
    """The lettings with a day that was not held before."""
    return tuple(one for one in now if not any(_covers(held, one) for held in before))


def _covers(held: Letting, one: Letting) -> bool:
    if held.unit != one.unit or held.from_on > one.from_on:
        return False
    return held.until_on is None or (one.until_on is not None and one.until_on <= held.until_on)


def given_up(before: Sequence[Letting], now: Sequence[Letting]) -> tuple[str, ...]:
    """Units held before and not held any more on any day."""
    kept = {letting.unit for letting in now}
    return tuple(dict.fromkeys(letting.unit for letting in before if letting.unit not in kept))


def check_taken(
    state: Leases,
    lease: Lease,
    lettings: Sequence[Letting],
    *,
    named: Sequence[str],
    agreed: Sequence[Premises] = (),
    on: date,
) -> None:
    """A lease takes units on the day `on`. `agreed`: premises whose contracted area is new. Raises LeaseRefusal."""
    units = list(dict.fromkeys(letting.unit for letting in lettings))
    if missing := [unit for unit in units if unit not in named]:
        raise UnitsNotNamed(
            f"name the units that the lease takes: {', '.join(units)}; missing: {missing[0]}", field="units"
        )
    for letting in lettings:
        _check_there(known_unit(state, letting.unit), letting)
    for unit in units:
        _check_unreserved(state.units[unit], lease, on)
    check_areas(state, agreed, on)
    for letting in lettings:
        if found := clash(state.calendar, letting, lease=lease.lease):
            other, held = found
            until = f"until {held.until_on}" if held.until_on else "with no end on record"
            raise UnitLet(f"lease {other} holds unit {held.unit} from {held.from_on} {until}", field="units")


def known_unit(state: Leases, unit: str) -> Unit:
    """The unit, where it was ever defined. Raises PremisesUnknown."""
    known = state.units.get(unit)
    if known is None or known.defined_on is None:
        raise PremisesUnknown(f"there is no unit {unit}; define it first", field="terms.premises")
    return known


def _check_there(unit: Unit, letting: Letting) -> None:
    if unit.defined_on is None or unit.defined_on > letting.from_on:
        raise PremisesNotToLet(
            f"unit {unit.unit} is there from {unit.defined_on}, not on {letting.from_on}", field="units"
        )
    if unit.gone_on is not None and (letting.until_on is None or letting.until_on >= unit.gone_on):
        into = f" into {', '.join(unit.became)}" if unit.became else ""
        raise PremisesNotToLet(f"unit {unit.unit} is gone since {unit.gone_on}{into}", field="units")
    if unit.off_market:
        raise PremisesNotToLet(f"unit {unit.unit} is off the market; return it first", field="units")


def _check_unreserved(unit: Unit, lease: Lease, on: date) -> None:
    until = unit.reserved_until
    if unit.reserved_for not in (None, lease.company) and until is not None and until >= on:
        raise PremisesReserved(
            f"unit {unit.unit} is reserved for {unit.reserved_for} until {until}; release it first", field="units"
        )


def check_areas(state: Leases, agreed: Sequence[Premises], on: date) -> None:
    """No more is contracted than there is by the measurement of the day. Raises LeaseRefusal."""
    for one in agreed:
        unit = known_unit(state, one.unit)
        measured = unit.area_on(on) or unit.area_dm2
        if dm2(one.area) > measured:
            raise ContractedAreaTooLarge(
                f"unit {one.unit} has {written(measured)} m², less than {one.area}", field="terms.premises"
            )
