"""What obtaining a lease cost, spread over its term on the basis that its rent is spread on (IFRS 16.83).

CostRow      the part of a cost that the days of a month bear
cost_rows    cost_rows(lease, since, amount) -> every part, in order; of an amount paid or due on a day

Full months weigh 1, parts of one their days of the month's days, from the day it was paid or the commencement, the
later of both, to the end of the stretch that the rent is spread over (schedule.py): options that are reasonably certain
belong to it. Amended terms spread what is left anew from their day on; where the lease ends early, or an option
that was expected lapsed, its last days bear what is left.
"""

from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from ledger.leases.lease import Lease
from ledger.leases.rents import months_of
from ledger.leases.schedule import lapsed, stretches, term_end
from ledger.periods import day_before, month_end, month_of
from ledger.values.money import half_up, share


class CostRow(Struct, frozen=True, gc=False):
    """The part that the days through `until_on`, of `month`, bear; in CNY minor units."""

    month: str
    until_on: date
    amount_minor: int


def cost_rows(lease: Lease, since: date, amount: int) -> list[CostRow]:
    """Spread an amount paid on a day; where that is after the last day of the term, the day bears it."""
    end = term_end(lease)
    if end is None:
        return []
    if since > end:
        return [CostRow(month_of(since), since, amount)]
    rows: list[CostRow] = []
    some = stretches(lease)
    for at, stretch in enumerate(some):
        goes_on = lease.successor is not None and lease.ended_early is None
        last = max(stretch.until_on, end) if goes_on else end
        stop = last if at + 1 == len(some) else day_before(some[at + 1].from_on)
        first = max(stretch.from_on, since)
        if first <= stop:
            rows += _spread(first, max(stretch.until_on, first), stop, amount - sum(row.amount_minor for row in rows))
    left = amount - sum(row.amount_minor for row in rows)
    if left and rows and (lease.ended_early is not None or lapsed(lease)):
        rows[-1] = replace(rows[-1], amount_minor=rows[-1].amount_minor + left)
    return rows


def _spread(first: date, until: date, stop: date, amount: int) -> list[CostRow]:
    """Spread an amount over some days; only the parts through `stop`."""
    days = list(months_of(first, until))
    common = 12 * 5 * 7 * 29 * 31  # every length of a month divides it
    weights = [((end - begin).days + 1) * (common // month_end(begin).day) for begin, end in days]
    rows = []
    for (begin, end), part in zip(days, share(amount, weights), strict=True):
        if begin > stop:
            break
        if end > stop:
            part, end = half_up(part * ((stop - begin).days + 1), (end - begin).days + 1), stop
        rows.append(CostRow(month_of(begin), end, part))
    return rows
