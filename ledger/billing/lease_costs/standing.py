"""A cost of obtaining a lease as its facts tell.

LeaseCost    what it cost, whether that was taken back, and what of it each month bears so far
after_cost   after_cost(cost, fact) -> the cost after one more fact, in any order
"""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from ledger.billing.lease_costs.facts import LeaseCostAmortised, LeaseCostFact, LeaseCostRecorded, LeaseCostReversed


class LeaseCost(Struct, frozen=True, kw_only=True, gc=False):
    """A cost of obtaining a lease, and what of it each month bears so far."""

    recorded: LeaseCostRecorded | None = None
    reversal: LeaseCostReversed | None = None
    amortised: Mapping[str, int] = MappingProxyType({})


def after_cost(cost: LeaseCost, fact: LeaseCostFact) -> LeaseCost:
    """The cost after one more fact."""
    match fact:
        case LeaseCostRecorded():
            return replace(cost, recorded=fact)
        case LeaseCostReversed():
            return replace(cost, reversal=fact)
        case LeaseCostAmortised():
            borne = cost.amortised.get(fact.month, 0) + fact.amount_minor
            return replace(cost, amortised={**cost.amortised, fact.month: borne})
    return cost
