"""What obtaining a lease cost, recorded and taken back.

Commands           Facts (billing.…)
RecordLeaseCost    lease-cost-recorded
ReverseLeaseCost   lease-cost-reversed

Refusals, in order of precedence (after those of rules.py)
├── LeaseCostUnknown      no such cost of the lease (unknown)
├── LeaseCostIsReversed   it was taken back already
├── LeaseCostPaidHow      it was paid from the bank or bought as an expense: one of both; an incentive from the bank
├── IncentiveNotAgreed    more than the terms of that day promise the tenant, whose approval is its approval
└── (BeforeItsCause)      of rules.py: nothing is taken back before it happened
"""

from collections.abc import Sequence
from typing import ClassVar

from ledger.billing.account import Billing
from ledger.billing.lease_costs.facts import CostKind, Expense, LeaseCostRecorded, LeaseCostReversed
from ledger.billing.rules import (
    POSTING,
    BankReferenceTaken,
    BillingCommand,
    BillingRefusal,
    IdTaken,
    amount_of,
    check_not_before,
    lease_in_force,
    posts_on,
)
from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.leases.facts import LeaseId
from ledger.leases.lease import Lease
from ledger.leases.rents import version_on
from ledger.once.bank import BankReference, check_reference
from ledger.values.evidence import Evidence
from ledger.values.money import Cny, minor, written

# Commands


class RecordLeaseCost(BillingCommand, frozen=True, kw_only=True, tag="record-lease-cost"):
    """Record an incentive paid to the tenant, or an initial direct cost. It was paid from the bank (`bank_reference`),
    or bought and is moved from the `expense` where it stands. Each month's part the billing run records."""

    put_right: ClassVar[str] = (
        "`reverse-lease-cost` mirrors it, and its bank reference is free again; the next `bill-lease` takes back what "
        "was amortised of it."
    )
    lease: LeaseId
    cost: Id
    kind: CostKind
    amount: Cny
    document: Evidence
    bank_reference: BankReference | None = None
    bank_account: Id | None = None
    expense: Expense | None = None


class ReverseLeaseCost(BillingCommand, frozen=True, kw_only=True, tag="reverse-lease-cost"):
    """Take back what obtaining a lease cost: it was recorded wrong, or the bank took the money back."""

    put_right: ClassVar[str] = "The cost is recorded anew under another id, by `record-lease-cost`."
    lease: LeaseId
    cost: Id
    reason: Text


# Refusals


class LeaseCostUnknown(BillingRefusal):
    """No such cost of the lease."""

    code = "lease-cost-unknown"
    kind = "unknown"


class LeaseCostIsReversed(BillingRefusal):
    """It was taken back already."""

    code = "lease-cost-is-reversed"


class LeaseCostPaidHow(BillingRefusal):
    """It was paid from the bank or bought as an expense: one of both; an incentive from the bank."""

    code = "lease-cost-paid-how"


class IncentiveNotAgreed(BillingRefusal):
    """More than the terms promise the tenant."""

    code = "incentive-not-agreed"


# Scope


def _scope(command: RecordLeaseCost | ReverseLeaseCost) -> tuple[str, ...]:
    reference = command.bank_reference if isinstance(command, RecordLeaseCost) else None
    paid = (f"bank:{reference}",) if reference is not None else ()
    return (f"lease:{command.lease}", f"lease-cost:{command.cost}", *paid, *POSTING)


# Decide


def _record(state: Billing, command: RecordLeaseCost, by: By) -> Sequence[Fact]:
    amount = amount_of(command.amount)
    lease = lease_in_force(state, command.lease)
    known = state.lease_costs.get(command.cost)
    if known is not None and known.recorded is not None:
        if known.recorded.asked != said(LeaseCostRecorded, command, amount_minor=amount):
            raise IdTaken(f"lease cost {command.cost} is recorded already and says otherwise", field="cost")
        return ()
    _check_paid(command)
    if command.bank_reference is not None:
        check_reference(state.bank_references, command.bank_reference, BankReferenceTaken, command.bank_account)
    if command.kind == "INCENTIVE":
        _check_agreed(state, lease, command, amount)
    return (
        LeaseCostRecorded(
            effective_on=command.effective_on,
            accounting_on=posts_on(state, command.effective_on, by),
            company=lease.company,
            lease=command.lease,
            cost=command.cost,
            kind=command.kind,
            amount_minor=amount,
            document=command.document,
            bank_reference=command.bank_reference,
            bank_account=command.bank_account,
            expense=command.expense,
        ),
    )


def _check_paid(command: RecordLeaseCost) -> None:
    if (command.bank_reference is None) == (command.expense is None):
        raise LeaseCostPaidHow(
            "say the bank's reference with which it was paid, or the expense that it was bought as; one of both",
            field="bank_reference",
        )
    if command.kind == "INCENTIVE" and command.bank_reference is None:
        raise LeaseCostPaidHow(
            "an incentive is paid to the tenant from the bank; say its reference", field="bank_reference"
        )


def _check_agreed(state: Billing, lease: Lease, command: RecordLeaseCost, amount: int) -> None:
    """The incentives of a lease are no more than its terms of the day promise. Raises IncentiveNotAgreed."""
    promised = minor(version_on(lease.versions, command.effective_on).terms.incentive)
    paid = sum(
        cost.recorded.amount_minor
        for cost in state.lease_costs.values()
        if cost.recorded is not None and cost.reversal is None and _is_incentive(cost.recorded, command.lease)
    )
    if paid + amount > promised:
        raise IncentiveNotAgreed(
            f"the terms of {command.lease} promise {written(promised)} CNY, of which {written(paid)} are paid; "
            "amend them first (propose-amendment, incentive)",
            field="amount",
        )


def _is_incentive(recorded: LeaseCostRecorded, lease: str) -> bool:
    return recorded.kind == "INCENTIVE" and recorded.lease == lease


def _reverse(state: Billing, command: ReverseLeaseCost, by: By) -> Sequence[Fact]:
    known = state.lease_costs.get(command.cost)
    if known is None or known.recorded is None or known.recorded.lease != command.lease:
        raise LeaseCostUnknown(f"there is no cost {command.cost} of {command.lease}", field="cost")
    if known.reversal is not None:
        if known.reversal.asked == said(LeaseCostReversed, command):
            return ()
        raise LeaseCostIsReversed(
            f"{command.cost} was taken back on {known.reversal.effective_on}: {known.reversal.reason}", field="cost"
        )
    recorded = known.recorded
    check_not_before(f"lease cost {command.cost}", recorded.effective_on, command.effective_on)
    return (
        LeaseCostReversed(
            effective_on=command.effective_on,
            accounting_on=posts_on(state, command.effective_on, by, recorded.accounting_on),
            company=recorded.company,
            lease=recorded.lease,
            cost=recorded.cost,
            kind=recorded.kind,
            amount_minor=recorded.amount_minor,
            reason=command.reason,
            bank_reference=recorded.bank_reference,
            bank_account=recorded.bank_account,
            expense=recorded.expense,
        ),
    )


LEASE_COSTS: Part[Billing, Billing] = Part(
    decide={RecordLeaseCost: _record, ReverseLeaseCost: _reverse},
    scope=dict.fromkeys((RecordLeaseCost, ReverseLeaseCost), _scope),
)
