"""Which units a lease holds on which days, and whether it may: domain rules L1 and P5.

lettings_of      the days of each unit, by the terms and the last day
lettings_until   the same of a lease that ends with a day
taken            those of them that are not held already
given_up         the units that are not held any more
check_taken      the rules of taking units
check_named      the units are named that a lease takes
check_areas      the rule about contracted areas

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
from ledger.leases.lease import Lease, LeaseRefusal, Leases, LeaseVersion
from ledger.leases.terms import Premises
from ledger.once.lettings import Letting, clash
from ledger.periods import day_after, day_before
from ledger.values.measures import dm2, written

# Refusals


class UnitsNotNamed(LeaseRefusal):
    """The command does not name a unit that the lease takes, so its lettings were not in scope."""

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


# Units and days


def lettings_of(versions: Sequence[LeaseVersion], until_on: date | None) -> tuple[Letting, ...]:
    """The days of each unit, by unit and day; without `until_on` the last terms go on with no end."""
    held: dict[str, list[Letting]] = {}
    for at, version in enumerate(versions):
        last = day_before(versions[at + 1].from_on) if at + 1 < len(versions) else until_on
        if until_on is not None and (last is None or last > until_on):
            last = until_on
        for premises in version.terms.premises:
            unit, own_end = premises.unit, premises.until_on
            first = version.from_on if premises.from_on is None else max(version.from_on, premises.from_on)
            end = last if own_end is None else own_end if last is None else min(last, own_end)
            if end is None or first <= end:
                held.setdefault(unit, []).append(Letting(unit=unit, from_on=first, until_on=end))
    return tuple(letting for unit in sorted(held) for letting in _joined(held[unit]))


def lettings_until(lease: Lease, ends_on: date) -> tuple[Letting, ...]:
    """The days of each unit of a lease that ends with a day."""
    return lettings_of(tuple(version for version in lease.versions if version.from_on <= ends_on), ends_on)


def _joined(lettings: Iterable[Letting]) -> list[Letting]:
    """The lettings of one unit, those whose days follow each other as one."""
    joined: list[Letting] = []
    for letting in sorted(lettings, key=lambda letting: letting.from_on):
        before = joined[-1] if joined else None
        if before is not None and before.until_on is not None and letting.from_on <= day_after(before.until_on):
            until = None if letting.until_on is None else max(before.until_on, letting.until_on)
            joined[-1] = Letting(unit=letting.unit, from_on=before.from_on, until_on=until)
        elif before is None or before.until_on is not None:
            joined.append(letting)
    return joined


def taken(before: Sequence[Letting], now: Sequence[Letting]) -> tuple[Letting, ...]:
    """The lettings with a day that was not held before."""
    return tuple(letting for letting in now if not any(_covers(held, letting) for held in before))


def _covers(held: Letting, letting: Letting) -> bool:
    if held.unit != letting.unit or held.from_on > letting.from_on:
        return False
    return held.until_on is None or (letting.until_on is not None and letting.until_on <= held.until_on)


def given_up(before: Sequence[Letting], now: Sequence[Letting]) -> tuple[str, ...]:
    """Units held before and not held any more on any day."""
    kept = {letting.unit for letting in now}
    return tuple(dict.fromkeys(letting.unit for letting in before if letting.unit not in kept))


# Rules


def check_taken(
    state: Leases,
    lease: Lease,
    lettings: Sequence[Letting],
    *,
    named: Sequence[str],
    agreed: Sequence[Premises] = (),
    on: date,
) -> None:
    """Refuse units that a lease may not take on the day `on`. `agreed`: premises whose contracted area is new. Raises
    LeaseRefusal."""
    units = check_named(lettings, named)
    for letting in lettings:
        _check_there(known_unit(state, letting.unit), letting)
    for unit in units:
        _check_unreserved(state.units[unit], lease, on)
    check_areas(state, agreed, on)
    for letting in lettings:
        if clashing := clash(state.calendar, letting, lease=lease.lease):
            other, held = clashing
            until = f"until {held.until_on}" if held.until_on else "with no end on record"
            raise UnitLet(f"lease {other} holds unit {held.unit} from {held.from_on} {until}", field="units")


def check_named(lettings: Sequence[Letting], named: Sequence[str]) -> list[str]:
    """The units of some lettings, all of which a command names: also when it is sent again. Raises UnitsNotNamed."""
    units = list(dict.fromkeys(letting.unit for letting in lettings))
    if missing := [unit for unit in units if unit not in named]:
        raise UnitsNotNamed(
            f"name the units that the lease takes: {', '.join(units)}; missing: {missing[0]}", field="units"
        )
    return units


def known_unit(state: Leases, unit: str) -> Unit:
    """The unit, where it was ever defined. Raises PremisesUnknown."""
    defined = state.units.get(unit)
    if defined is None or defined.defined_on is None:
        raise PremisesUnknown(f"there is no unit {unit}; define-unit first", field="terms.premises")
    return defined


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
    """Refuse a contracted area larger than the unit was measured by the day. Raises LeaseRefusal."""
    for premises in agreed:
        unit = known_unit(state, premises.unit)
        measured = unit.area_on(on) or unit.area_dm2
        if dm2(premises.area) > measured:
            raise ContractedAreaTooLarge(
                f"unit {premises.unit} has {written(measured)} m², less than {premises.area}", field="terms.premises"
            )
