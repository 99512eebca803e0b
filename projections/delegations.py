"""Who may approve in whose stead? Reads the log itself: delegations are few.

DelegationRow   a delegation, and how it is on the day asked for
STATES          how a delegation may be
delegations     every one on a basis, in the order in which they were given
"""

from datetime import date, datetime
from typing import Literal

from msgspec import Struct
from sqlalchemy import Connection

from ledger.access import Role
from ledger.decider import DataClass
from ledger.joint.delegating.deciding import DELEGATING, Delegation
from ledger.joint.delegating.facts import DELEGATIONS_TAG, ApprovalDelegated, ApprovalKind
from ledger.log import store
from ledger.log.envelope import Entry
from projections.engine.basis import Basis

DelegationState = Literal["AHEAD", "IN_FORCE", "OVER", "ENDED"]
"""It begins later, holds, went by, or was ended."""


class DelegationRow(Struct, frozen=True, kw_only=True):
    """A delegation. `kinds`: what may be approved by it, of all that `role`, the delegator's, approves.

    ended_on, ended_by   where somebody ended it before its last day
    position             of the fact that gave it
    """

    delegation: str
    delegator: str
    role: Role
    delegate: str
    effective_on: date
    until_on: date
    state: DelegationState
    kinds: tuple[ApprovalKind, ...]
    reason: str
    ended_on: date | None
    ended_by: str | None
    recorded_at: datetime
    data_class: DataClass
    position: int


def delegations(connection: Connection, basis: Basis) -> list[DelegationRow]:
    """The delegations that are on record, in the order recorded; one that was ended is so from its record on."""
    entries = [one for one in store.by_tags(connection, [DELEGATIONS_TAG]) if one.position <= basis.recorded]
    known = DELEGATING.folded(DELEGATING.initial, [entry.fact for entry in entries])
    given = [(entry, entry.fact) for entry in entries if isinstance(entry.fact, ApprovalDelegated)]
    return [_row(known[fact.delegation], entry, basis) for entry, fact in given]


def _row(one: Delegation, entry: Entry, basis: Basis) -> DelegationRow:
    given, ended = one.given, one.ended
    return DelegationRow(
        delegation=given.delegation,
        delegator=given.delegator,
        role=given.role,
        delegate=given.delegate,
        effective_on=given.effective_on,
        until_on=given.until_on,
        state=_state(one, basis.effective),
        kinds=one.kinds,
        reason=given.reason,
        ended_on=ended.effective_on if ended else None,
        ended_by=ended.ended_by if ended else None,
        recorded_at=entry.recorded_at,
        data_class=entry.data_class,
        position=entry.position,
    )


def _state(one: Delegation, on: date) -> DelegationState:
    if one.ended is not None:
        return "ENDED"
    if one.in_force(on):
        return "IN_FORCE"
    return "AHEAD" if on < one.given.effective_on else "OVER"
