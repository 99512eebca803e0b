"""The facts of what obtaining a lease cost.

Fact (billing.…)        Posts   About
lease-cost-recorded     yes     an incentive paid to the tenant, or an initial direct cost (IFRS 16.83)
lease-cost-reversed     yes     its mirror: it was recorded wrong, or the bank took the money back
lease-cost-amortised    yes     the part of it that a month bears; a later one of the same month carries the difference

An incentive takes off the rent earned, a direct cost is an expense, each over the term that the rent is spread over.
"""

from typing import Literal

from ledger.billing.facts import OF_PAYMENT, LeaseBillingFact
from ledger.decider import Id, Text
from ledger.once.bank import BankReference
from ledger.periods import Month
from ledger.values.evidence import Evidence

CostKind = Literal["INCENTIVE", "DIRECT"]
"""Paid to the tenant; or what would not have been incurred without the lease, such as a broker's fee."""

Expense = Literal["SELLING", "ADMINISTRATION"]
"""Where a cost that was bought stands, and is moved from."""


class LeaseCostFact(LeaseBillingFact, frozen=True, kw_only=True):
    """Something about what obtaining a lease cost. `cost` names it."""

    cost: Id

    @property
    def about(self) -> tuple[str, ...]:
        """The lease, the cost, and the bank's reference where it was paid."""
        paid = (f"bank:{self.bank}",) if self.bank is not None else ()
        return (f"lease:{self.lease}", f"lease-cost:{self.cost}", *paid)


class LeaseCostRecorded(LeaseCostFact, frozen=True, kw_only=True, tag="billing.lease-cost-recorded"):
    """It was paid from the bank, or moved from the expense that it was bought as."""

    payment_noun = "cost"
    derived = ("accounting_on", "company")
    kind: CostKind
    amount_minor: int
    document: Evidence
    bank_reference: BankReference | None = None
    bank_account: Id | None = None
    expense: Expense | None = None


class LeaseCostReversed(LeaseCostFact, frozen=True, kw_only=True, tag="billing.lease-cost-reversed"):
    """The mirror of what its recording posted; the next billing run takes back what was amortised of it."""

    payment_noun = "cost"
    frees_reference = True
    derived = (*OF_PAYMENT, "kind", "expense")
    kind: CostKind
    amount_minor: int
    reason: Text
    bank_reference: BankReference | None = None
    bank_account: Id | None = None
    expense: Expense | None = None


class LeaseCostAmortised(LeaseCostFact, frozen=True, kw_only=True, tag="billing.lease-cost-amortised"):
    """The part that a month bears; a later one for the same month carries the difference. May be negative."""

    kind: CostKind
    month: Month
    amount_minor: int
