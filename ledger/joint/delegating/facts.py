"""What happened to delegations: access.approval-delegated, access.delegation-ended.

ApprovalKind, KINDS   what one person proposes and another approves
"""

from datetime import date
from typing import ClassVar, Literal, get_args

from ledger.access import Role
from ledger.decider import Fact, Id, Text

ApprovalKind = Literal[
    "OVERRIDE",
    "RATE",
    "REOPENING",
    "LEASE",
    "LEASE_AMENDMENT",
    "WRITE_OFF",
    "INVESTMENT_AGREEMENT",
    "INVESTMENT_AMENDMENT",
    "CLAWBACK_WAIVER",
    "ESTIMATE",
    "CHANGE_ORDER",
    "WRITE_DOWN",
    "OFFTAKE_AGREEMENT",
    "OFFTAKE_AMENDMENT",
    "TERMINATION_PAYMENT",
    "STATEMENT",
    "SUPPLIER_PAYMENT",
    "BANK_PAYMENT",
    "JOURNAL",
    "VAT_RETURN",
]
KINDS: tuple[ApprovalKind, ...] = get_args(ApprovalKind)
"""The kinds of what one person proposes and another approves."""

DELEGATIONS_TAG = "access:delegations"

# Facts

# Names are storage: a tag below is written into every stored fact and never changes.


class DelegationFact(Fact, frozen=True, kw_only=True):
    """Something that happened to a delegation."""

    delegation: Id

    @property
    def tags(self) -> tuple[str, ...]:
        """All delegations are found together, and each alone."""
        return (DELEGATIONS_TAG, f"delegation:{self.delegation}")


class ApprovalDelegated(DelegationFact, frozen=True, kw_only=True, tag="access.approval-delegated"):
    """`delegate` may approve in the stead of `delegator`, from `effective_on` through `until_on`. `kinds`: what; empty:
    all that the delegator's role approves."""

    derived: ClassVar[tuple[str, ...]] = ("role",)
    delegator: Id
    role: Role
    delegate: Id
    until_on: date
    reason: Text
    kinds: tuple[ApprovalKind, ...] = ()


class DelegationEnded(DelegationFact, frozen=True, kw_only=True, tag="access.delegation-ended"):
    """Nothing is approved by this delegation any more."""

    derived: ClassVar[tuple[str, ...]] = ("ended_by",)
    ended_by: Id
    reason: Text
