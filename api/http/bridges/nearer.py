"""Two bases too far apart for one answer, and those between them: from each to the next a bridge is asked for instead.

between   the bases from one to another, both among them; none where there is none between
PARTS     how many stretches that are, at most

Where both dates differ, time passes first, on the earlier knowledge, and then the rest is recorded. Time is cut at the
ends of years; within one at those of months, within these by days. What was recorded is cut into as many facts each.
A cell's differences from each basis to the next come to that from the first to the last, whatever it is.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from msgspec.structs import replace

from ledger.periods import month_end
from projections.engine.basis import Basis

PARTS = 12


def between(then: Basis, now: Basis) -> list[Basis]:
    """Find the bases from one to another that lie closer together."""
    if then.effective != now.effective and then.recorded != now.recorded:
        found = [replace(then, effective=now.effective)]
    elif then.effective != now.effective:
        first, last = sorted((then.effective, now.effective))
        days = _fewer(_cuts(first, last))
        found = [replace(then, effective=day) for day in (days if first == then.effective else reversed(days))]
    else:
        count = now.recorded - then.recorded
        ends = sorted({then.recorded + count * part // PARTS for part in range(1, PARTS)} - {then.recorded})
        found = [replace(now, recorded=end) for end in ends]
    return [then, *found, now] if found else []


def _cuts(first: date, last: date) -> Sequence[date]:
    """The ends of years between two days, or else of months, or else all days."""
    for cuts in (_year_ends(first, last), _month_ends(first, last)):
        if found := list(cuts):
            return found
    return [first + timedelta(days) for days in range(1, (last - first).days)]


def _year_ends(first: date, last: date) -> Iterator[date]:
    ends = (date(year, 12, 31) for year in range(first.year, last.year + 1))
    return (end for end in ends if first < end < last)


def _month_ends(first: date, last: date) -> Iterator[date]:
    end = month_end(first)
    while end < last:
        if first < end:
            yield end
        end = month_end(end + timedelta(1))


def _fewer(days: Sequence[date]) -> Sequence[date]:
    """As many of them as leave so few stretches, as evenly as they allow."""
    if len(days) < PARTS:
        return days
    return [days[len(days) * part // PARTS] for part in range(1, PARTS)]
