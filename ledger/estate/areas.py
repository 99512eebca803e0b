"""Areas by date: which area a unit has from when on, and how much many units have together.

with_area   a unit's areas with one more
largest     the largest area of some units together on any day from a date on
"""

from collections.abc import Iterable
from datetime import date
from itertools import pairwise

from ledger.estate.estate import Unit

Areas = tuple[tuple[date, int], ...]
"""From when on, and square decimetres, by date."""


def with_area(areas: Areas, on: date, area_dm2: int) -> Areas:
    """The areas with one more; a newer word on the same day takes the place of the older one."""
    return tuple(sorted((dict(areas) | {on: area_dm2}).items()))


def largest(units: Iterable[Unit], from_on: date) -> tuple[date, int]:
    """The largest area of all these units together on any day from `from_on` on, and the first such day."""
    steps: dict[date, int] = {from_on: 0}
    for unit in units:
        for day, change in _changes(unit):
            at = max(day, from_on)
            steps[at] = steps.get(at, 0) + change
    total, found = 0, (from_on, 0)
    for day in sorted(steps):
        total += steps[day]
        if total > found[1]:
            found = (day, total)
    return found


def _changes(unit: Unit) -> Iterable[tuple[date, int]]:
    """By how much a unit's area changes, and when."""
    days = [(day, area) for day, area in unit.areas if unit.gone_on is None or day < unit.gone_on]
    if unit.gone_on is not None:
        days.append((unit.gone_on, 0))
    return [(day, area - before) for (_, before), (day, area) in pairwise([(date.min, 0), *days])]
