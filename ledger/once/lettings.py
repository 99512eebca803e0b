"""The calendar of lettings: who holds which unit on which days, for everything that lets or changes units.

Letting        one unit, let by one lease from its first to its last day (open where no end is known)
LettingFact    a fact that says which units a lease holds from now on; its latest such fact counts
Calendar       the lettings of each unit, by lease
after          a calendar after one more fact
clash          the letting that a new one would overlap: domain rule L1, no unit is let twice on any day

Estate and leases both fold these facts, so neither needs the other's state: a unit is split only where nobody holds it,
and let only where nobody else does.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from msgspec import Struct

from ledger.decider import Fact, Id


class Letting(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """One unit on the days from `from_on` to `until_on`, both included; no `until_on`: until somebody says."""

    unit: Id
    from_on: date
    until_on: date | None = None

    def overlaps(self, other: "Letting") -> bool:
        """Tell whether both hold the same unit on some day."""
        same = self.unit == other.unit
        return same and self.from_on <= (other.until_on or date.max) and other.from_on <= (self.until_on or date.max)


class LettingFact(Fact, frozen=True, kw_only=True):
    """A fact after which a lease holds just these units, on just these days. `given_up`: units it held before."""

    lease: Id
    lettings: tuple[Letting, ...]
    given_up: tuple[Id, ...] = ()

    @property
    def units(self) -> tuple[str, ...]:
        """Every unit whose lettings this fact may change: it is tagged with each."""
        return tuple(dict.fromkeys((*(letting.unit for letting in self.lettings), *self.given_up)))


Calendar = Mapping[str, Mapping[str, tuple[Letting, ...]]]
"""unit -> lease -> its lettings of that unit."""

EMPTY: Calendar = MappingProxyType({})


def after(calendar: Calendar, fact: LettingFact) -> Calendar:
    """The calendar after one more fact."""
    held: dict[str, list[Letting]] = {unit: [] for unit in fact.units}
    for letting in fact.lettings:
        held.setdefault(letting.unit, []).append(letting)
    changed = {unit: _changed(calendar.get(unit, {}), fact.lease, tuple(own)) for unit, own in held.items()}
    return {**calendar, **changed}


def _changed(
    held: Mapping[str, tuple[Letting, ...]], lease: str, own: tuple[Letting, ...]
) -> dict[str, tuple[Letting, ...]]:
    others = {holder: some for holder, some in held.items() if holder != lease}
    return {**others, lease: own} if own else others


def clash(calendar: Calendar, letting: Letting, *, lease: str | None = None) -> tuple[str, Letting] | None:
    """(lease, letting) of another lease than `lease` that holds the unit on one of the same days; None where none."""
    for holder, held in sorted(calendar.get(letting.unit, {}).items()):
        if holder == lease:
            continue
        for other in held:
            if other.overlaps(letting):
                return holder, other
    return None
