"""Approving in another's stead: somebody lets another person approve for them, from a day through a day.

Commands    DelegateApproval, EndDelegation
Facts       in facts.py
Refusals    DelegationUnknown        no such delegation (unknown)
            DelegationTaken          it exists, with other content (conflict)
            DelegationEndedOtherwise it ended already, on another day or for another reason (conflict)
            DelegationOfAnother      it is between other people
            DelegateIsDelegator      nobody stands in for themselves
            DelegationEndsEarly      its last day lies before its first
            NothingToDelegate        their role approves nothing of the kind themselves
            DelegationNotInForce     it has not begun, is over, or was ended
            DelegationDoesNotCover   it is no approval, or one of another kind

Whoever approves in another's stead says which delegation lets them: `By.delegation`. They come by their own
credentials, and the sealed `By` names both. What either of the two may not approve, as its author, is not approved by
the one for the other. Only what somebody's own role approves is theirs to delegate, so a delegate passes nothing on.
A delegation holds on days of the record, whatever day an approval names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from msgspec import Struct

from ledger.access import Role
from ledger.billing.losses import ApproveWriteOff
from ledger.bookkeeping.journals.deciding import ApproveJournal
from ledger.companies.overrides import ApproveOverride
from ledger.decider import By, Command, Decider, Fact, Id, Refusal, Text, command_name, said
from ledger.investment.agreement import ApproveInvestmentAmendment, SignInvestmentAgreement
from ledger.investment.incentives import ApproveClawbackWaiver
from ledger.joint.delegating.facts import KINDS, ApprovalDelegated, ApprovalKind, DelegationEnded
from ledger.joint.owing import PayFromBank
from ledger.joint.paying import PaySupplier
from ledger.joint.taxing import FileVatReturn
from ledger.leases.agreement import ApproveLease
from ledger.leases.changes import ApproveAmendment
from ledger.offtake.amending import ApproveOfftakeAmendment
from ledger.offtake.charges.terminating import ApproveTerminationPayment
from ledger.offtake.life import ExecuteOfftake
from ledger.offtake.meters.estimating import ApproveEstimate
from ledger.offtake.statements import ApproveStatement
from ledger.orders.changing import ApproveChangeOrder
from ledger.orders.leftover.writing_down import ApproveWriteDown
from ledger.periods import ReopenPeriod
from ledger.rates import ApproveRate
from ledger.values.days import Agreed, Happened


@dataclass(frozen=True)
class Approval:
    """The command that approves a kind, and the roles that may."""

    command: type[Command]
    roles: frozenset[Role] = frozenset({"approver", "admin"})


APPROVALS: Mapping[ApprovalKind, Approval] = {
    "OVERRIDE": Approval(ApproveOverride),
    "RATE": Approval(ApproveRate),
    "REOPENING": Approval(ReopenPeriod),
    "LEASE": Approval(ApproveLease),
    "LEASE_AMENDMENT": Approval(ApproveAmendment),
    "WRITE_OFF": Approval(ApproveWriteOff),
    "INVESTMENT_AGREEMENT": Approval(SignInvestmentAgreement),
    "INVESTMENT_AMENDMENT": Approval(ApproveInvestmentAmendment),
    "CLAWBACK_WAIVER": Approval(ApproveClawbackWaiver),
    "ESTIMATE": Approval(ApproveEstimate, frozenset({"approver", "finance", "admin"})),
    "CHANGE_ORDER": Approval(ApproveChangeOrder),
    "WRITE_DOWN": Approval(ApproveWriteDown),
    "OFFTAKE_AGREEMENT": Approval(ExecuteOfftake),
    "OFFTAKE_AMENDMENT": Approval(ApproveOfftakeAmendment),
    "TERMINATION_PAYMENT": Approval(ApproveTerminationPayment),
    "STATEMENT": Approval(ApproveStatement, frozenset({"finance", "admin"})),
    "SUPPLIER_PAYMENT": Approval(PaySupplier),
    "BANK_PAYMENT": Approval(PayFromBank),
    "JOURNAL": Approval(ApproveJournal),
    "VAT_RETURN": Approval(FileVatReturn),
}
KIND_OF: Mapping[type[Command], ApprovalKind] = {approval.command: kind for kind, approval in APPROVALS.items()}
DELEGATORS: frozenset[Role] = frozenset().union(*(approval.roles for approval in APPROVALS.values()))

# Commands


class DelegateApproval(Command, frozen=True, kw_only=True, tag="delegate-approval"):
    """Let another person approve in your stead, from a day through a day; of some kinds, or all that you may."""

    put_right: ClassVar[str] = "`end-delegation`, at once; then `delegate-approval` as it should be, by another id."
    effective_on: Agreed
    delegation: Id
    delegate: Id
    until_on: Agreed
    reason: Text
    kinds: tuple[ApprovalKind, ...] = ()


class EndDelegation(Command, frozen=True, kw_only=True, tag="end-delegation"):
    """End a delegation at once: its delegator does, its delegate, or an administrator."""

    put_right: ClassVar[str] = "`delegate-approval` again, by another id."
    effective_on: Happened
    delegation: Id
    reason: Text


DelegationCommand = DelegateApproval | EndDelegation

# Refusals


class DelegationUnknown(Refusal):
    """No such delegation."""

    code = "delegation-unknown"
    kind = "unknown"


class DelegationTaken(Refusal):
    """This delegation exists, with other content."""

    code = "delegation-taken"
    kind = "conflict"


class DelegationEndedOtherwise(Refusal):
    """It ended already, on another day or for another reason."""

    code = "delegation-ended-otherwise"
    kind = "conflict"


class DelegationOfAnother(Refusal):
    """It is between other people: not theirs to use, or to end."""

    code = "delegation-of-another"


class DelegateIsDelegator(Refusal):
    """Nobody stands in for themselves."""

    code = "delegate-is-delegator"


class DelegationEndsEarly(Refusal):
    """Its last day lies before its first."""

    code = "delegation-ends-early"


class NothingToDelegate(Refusal):
    """Their own role approves nothing of the kind, so there is nothing to delegate."""

    code = "nothing-to-delegate"


class DelegationNotInForce(Refusal):
    """It has not begun, is over, or was ended."""

    code = "delegation-not-in-force"


class DelegationDoesNotCover(Refusal):
    """This is no approval, or one of a kind that was not delegated."""

    code = "delegation-does-not-cover"


# State


class Delegation(Struct, frozen=True, kw_only=True):
    """A delegation as its facts tell."""

    given: ApprovalDelegated
    ended: DelegationEnded | None = None

    def in_force(self, on: date) -> bool:
        """Tell whether it lets anybody approve on a day: it holds through its last day."""
        return self.ended is None and self.given.effective_on <= on <= self.given.until_on

    @property
    def kinds(self) -> tuple[ApprovalKind, ...]:
        """All that it is of: the kinds that were named, or every one that its delegator's role approves."""
        named = self.given.kinds or KINDS
        return tuple(kind for kind in KINDS if kind in named and self.given.role in APPROVALS[kind].roles)


Delegations = Mapping[str, Delegation]

# Evolve


def evolve(delegations: Delegations, fact: Fact) -> Delegations:
    """The delegations after one more fact."""
    match fact:
        case ApprovalDelegated():
            return {**delegations, fact.delegation: Delegation(given=fact)}
        case DelegationEnded() if fact.delegation in delegations:
            given = delegations[fact.delegation].given
            return {**delegations, fact.delegation: Delegation(given=given, ended=fact)}
    return delegations


# Scope


def scope(command: DelegationCommand) -> tuple[str, ...]:
    """The delegation itself."""
    return _itself(command.delegation)


def _itself(delegation: str) -> tuple[str, ...]:
    return (f"delegation:{delegation}",)


# Decide


def decide(delegations: Delegations, command: DelegationCommand, by: By) -> Sequence[Fact]:
    """Delegate, or end a delegation; nothing where it is so."""
    known = delegations.get(command.delegation)
    match command:
        case DelegateApproval():
            return _delegate(known, command, by)
        case EndDelegation():
            return _end(known, command, by)


def _delegate(known: Delegation | None, command: DelegateApproval, by: By) -> Sequence[Fact]:
    if known is not None:
        if known.given.asked == said(ApprovalDelegated, command, delegator=by.actor):
            return ()
        raise DelegationTaken(f"{command.delegation} exists already; choose another id", field="delegation")
    if command.delegate == by.actor:
        raise DelegateIsDelegator(f"{by.actor} approves by their own right; name somebody else", field="delegate")
    if command.until_on < command.effective_on:
        raise DelegationEndsEarly(
            f"its last day, {command.until_on}, is before {command.effective_on}, its first", field="until_on"
        )
    own = [kind for kind in KINDS if by.role in APPROVALS[kind].roles]
    if beyond := [kind for kind in command.kinds if kind not in own] or [] if own else ["anything"]:
        raise NothingToDelegate(
            f"the role {by.role} does not itself approve {', '.join(beyond)}, so {by.actor} lets nobody do so;"
            f" it approves: {', '.join(own) or 'nothing'}",
            field="kinds",
        )
    return (
        ApprovalDelegated(
            effective_on=command.effective_on,
            delegation=command.delegation,
            delegator=by.actor,
            role=own_role(by),
            delegate=command.delegate,
            until_on=command.until_on,
            reason=command.reason,
            kinds=command.kinds,
        ),
    )


def own_role(by: By) -> Role:
    """The role of somebody who approves something by their own right."""
    return next(role for role in DELEGATORS if role == by.role)


def _end(known: Delegation | None, command: EndDelegation, by: By) -> Sequence[Fact]:
    known = _known(known, command.delegation)
    if known.ended is not None:
        if known.ended.asked == said(DelegationEnded, command):
            return ()
        raise DelegationEndedOtherwise(
            f"{command.delegation} ended on {known.ended.effective_on}: {known.ended.reason}", field="delegation"
        )
    if by.actor not in (known.given.delegator, known.given.delegate) and by.role != "admin":
        raise DelegationOfAnother(
            f"{command.delegation} is between {known.given.delegator} and {known.given.delegate}: one of them ends it,"
            " or an administrator",
            field="delegation",
        )
    return (
        DelegationEnded(
            effective_on=command.effective_on,
            delegation=command.delegation,
            ended_by=by.actor,
            reason=command.reason,
        ),
    )


def _known(delegation: Delegation | None, name: str) -> Delegation:
    if delegation is None:
        raise DelegationUnknown(
            f"there is no delegation {name}; `mcsc report delegations` shows those there are", field="delegation"
        )
    return delegation


# Approving in another's stead


def stands_in(delegations: Delegations, command: Command, by: By, today: date) -> By:
    """Find in whose stead somebody approves: the delegator, as `By`.

    today   the day of the record, in the ledger's time zone

    Raises DelegationUnknown, DelegationOfAnother, DelegationNotInForce, DelegationDoesNotCover.
    """
    name = by.delegation or ""
    given = _known(delegation := delegations.get(name), name).given
    assert delegation is not None, "it is known"
    if given.delegate != by.actor:
        raise DelegationOfAnother(f"{name} lets {given.delegate} approve, not {by.actor}")
    if not delegation.in_force(today):
        ended = f"it ended on {delegation.ended.effective_on}" if delegation.ended else f"today is {today}"
        raise DelegationNotInForce(f"{name} holds from {given.effective_on} through {given.until_on}, and {ended}")
    kind = KIND_OF.get(type(command))
    if kind not in delegation.kinds:
        of = ", ".join(delegation.kinds)
        raise DelegationDoesNotCover(
            f"{name} lets {given.delegate} approve {of}, and {command_name(type(command))} is none of it"
        )
    return By(actor=given.delegator, role=given.role)


DELEGATING: Decider[DelegationCommand, Delegations] = Decider(
    (DelegateApproval, EndDelegation), {}, scope, evolve, decide, stands_in=(_itself, stands_in)
)
