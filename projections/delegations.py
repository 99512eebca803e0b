"""Who may approve in whose stead? Reads the log itself: delegations are few.

DelegationRow   a delegation, and how it is on the day asked for
delegations     every one on a basis, in the order in which they were given
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Literal

from msgspec import Struct
from sqlalchemy import Connection

from ledger.access import KEYS_TAG, NOBODY, USERS_TAG, KeyCreated, Role, UserMapped, evolve
from ledger.decider import DataClass
from ledger.joint.delegating.deciding import DELEGATING, Delegation
from ledger.joint.delegating.facts import DELEGATIONS_TAG, ApprovalDelegated, ApprovalKind
from ledger.log import store
from ledger.log.envelope import Entry
from projections.engine.basis import Basis

DelegationState = Literal["AHEAD", "IN_FORCE", "OVER", "ENDED"]
"""It begins later, holds, went by, or was ended."""
GiverState = Literal["COMES_IN", "SHUT_OUT", "NOT_KNOWN"]
"""The delegator still comes in, in the role of the delegation; does not any more; or has no key or login on record, as
those for whom a provider vouches."""


class DelegationRow(Struct, frozen=True, kw_only=True):
    """A delegation. `kinds`: what may be approved by it, of all that `role`, the delegator's, approves.

    giver                whether the delegator comes in at all: where SHUT_OUT, it goes on until somebody ends it
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
    giver: GiverState
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
    givers = _givers(connection, {(fact.delegator, fact.role) for _, fact in given}, basis)
    return [_row(known[fact.delegation], entry, givers[fact.delegator, fact.role], basis) for entry, fact in given]


def _givers(
    connection: Connection, asked: Collection[tuple[str, Role]], basis: Basis
) -> Mapping[tuple[str, Role], GiverState]:
    """Find out whether each person comes in, in a role, by a key or a login."""
    access, known = NOBODY, set[str]()
    for one in store.by_tags(connection, [KEYS_TAG, USERS_TAG], up_to=basis.recorded) if asked else ():
        access = evolve(access, one.fact)
        if isinstance(one.fact, KeyCreated | UserMapped):
            known.add(one.fact.actor)
    return {
        (actor, role): "NOT_KNOWN"
        if actor not in known
        else "COMES_IN"
        if access.lets_in(actor, role, basis.effective)
        else "SHUT_OUT"
        for actor, role in asked
    }


def _row(one: Delegation, entry: Entry, giver: GiverState, basis: Basis) -> DelegationRow:
    given, ended = one.given, one.ended
    return DelegationRow(
        delegation=given.delegation,
        delegator=given.delegator,
        role=given.role,
        delegate=given.delegate,
        effective_on=given.effective_on,
        until_on=given.until_on,
        state=_state(one, basis.effective),
        giver=giver,
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
