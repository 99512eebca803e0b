"""What the months of a lease bear of its costs, less what was amortised of them: recorded by the billing run.

amortise   the difference, month by month; nothing where it is so already
"""

from collections.abc import Iterator
from datetime import date

from ledger.billing.lease_costs.facts import LeaseCostAmortised
from ledger.billing.lease_costs.standing import LeaseCost
from ledger.billing.scheduled.issuing import LeaseRun
from ledger.leases.costs import CostRow, cost_rows
from ledger.periods import first_and_last


def amortise(run: LeaseRun, ended: str, *, begun: bool = True) -> Iterator[LeaseCostAmortised]:
    """Amortise every cost of the lease through a month that ended. `begun`: it is not taken back whole."""
    for cost in run.state.lease_costs.values():
        if cost.recorded is not None and cost.recorded.lease == run.lease.lease:
            yield from _amortise(run, cost, _borne(run, cost) if begun else [], ended)


def _borne(run: LeaseRun, cost: LeaseCost) -> list[CostRow]:
    """The parts of what stands of a cost."""
    if cost.recorded is None or cost.reversal is not None:
        return []
    return cost_rows(run.lease, cost.recorded.effective_on, cost.recorded.amount_minor)


def _amortise(run: LeaseRun, cost: LeaseCost, rows: list[CostRow], ended: str) -> Iterator[LeaseCostAmortised]:
    assert cost.recorded is not None, "only what was recorded is amortised"
    borne = dict.fromkeys(cost.amortised, 0)
    until: dict[str, date] = {}
    for row in rows:
        if row.month <= ended or row.month in cost.amortised:
            borne[row.month] = borne.get(row.month, 0) + row.amount_minor
            until[row.month] = row.until_on
    for month, amount in sorted(borne.items()):
        if more := amount - cost.amortised.get(month, 0):
            on = until.get(month, first_and_last(month)[1])
            yield LeaseCostAmortised(
                effective_on=on,
                accounting_on=run.posts_on(on),
                company=cost.recorded.company,
                lease=cost.recorded.lease,
                cost=cost.recorded.cost,
                kind=cost.recorded.kind,
                month=month,
                amount_minor=more,
            )
