"""Examples of approving in another's stead."""

from datetime import date

from msgspec.structs import replace

from ledger.decider import Command, Fact
from ledger.joint.delegating.deciding import DelegateApproval, EndDelegation
from ledger.joint.delegating.facts import ApprovalDelegated, DelegationEnded

DELEGATED = ApprovalDelegated(
    effective_on=date(2026, 7, 1),
    delegation="on-leave-demo",
    delegator="wang-min-demo",
    role="approver",
    delegate="li-hua-demo",
    until_on=date(2026, 7, 31),
    reason="on leave (demo)",
)
ENDED = DelegationEnded(
    effective_on=date(2026, 7, 15), delegation="on-leave-demo", ended_by="wang-min-demo", reason="is back (demo)"
)
DELEGATE = DelegateApproval(
    effective_on=DELEGATED.effective_on,
    delegation=DELEGATED.delegation,
    delegate=DELEGATED.delegate,
    until_on=DELEGATED.until_on,
    reason=DELEGATED.reason,
)
END_DELEGATION = EndDelegation(effective_on=ENDED.effective_on, delegation=ENDED.delegation, reason=ENDED.reason)

FACTS: tuple[Fact, ...] = (DELEGATED, ENDED)
COMMANDS: tuple[Command, ...] = (DELEGATE, END_DELEGATION)
WHOLE: tuple[Fact, ...] = (replace(DELEGATED, kinds=("LEASE", "LEASE_AMENDMENT")),)
