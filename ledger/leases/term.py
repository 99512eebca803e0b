"""The term: it begins with the keys, runs out, is renewed or held over, and ends when they come back.

Commands           Facts (lease.…)       From
HandOverPremises   premises-handed-over  EXECUTED
CommenceLease      commenced             EXECUTED
RenewLease         renewed               COMMENCED
ExpireLease        expired               COMMENCED
StartHoldover      holdover-started      COMMENCED, EXPIRED: the units are let with no end
EndHoldover        holdover-ended        HOLDOVER
SurrenderPremises  premises-surrendered  EXPIRED, TERMINATED, ENDED

A lease that is RENEWED, TERMINATED or ENDED holds its units through its last day, whatever day that was recorded for.

Refusals, in order of precedence (after those of lease.py)
├── NotHandedOver             L6: not handed over on or before the commencement
├── HandoverTooEarly          the keys change hands after signature
├── NotTheDay                 the lease commences on its commencement, expires or is held over on the day after expiry
├── SuccessorUnknown          no such lease (unknown)
├── SuccessorUnfit            the successor is an executed lease of the same company that begins the day after expiry
├── OutsideTerm               (lease.py) a lease is renewed by the day after expiry
├── OptionNotOpen             the terms have no option, or its notice is late
├── HoldoverEndsTooEarly      the holdover ends after it began, and not before that was agreed
└── those of premises.py
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import ClassVar

from msgspec.structs import replace

from ledger.decider import By, Fact, Part, Text, said
from ledger.leases.facts import (
    HoldoverEnded,
    HoldoverStarted,
    LeaseCommenced,
    LeaseExpired,
    LeaseId,
    LeaseRenewed,
    LeaseState,
    PremisesHandedOver,
    PremisesSurrendered,
)
from ledger.leases.lease import (
    BILLED,
    WITHDRAW,
    Lease,
    LeaseCommand,
    LeaseRefusal,
    Leases,
    LeaseStateForbids,
    OutsideTerm,
    Units,
    lease_at,
    lease_scope,
    reached,
)
from ledger.leases.premises import check_named, check_taken, given_up, lettings_of, lettings_until, taken
from ledger.leases.schedule import in_force
from ledger.once.lettings import Letting
from ledger.periods import day_after
from ledger.values.evidence import Evidence

# Commands


class HandOverPremises(LeaseCommand, frozen=True, kw_only=True, tag="hand-over-premises"):
    """Record that the tenant has the keys."""

    put_right: ClassVar[str] = WITHDRAW
    protocol: Evidence


class CommenceLease(LeaseCommand, frozen=True, kw_only=True, tag="commence-lease"):
    """Begin the accounting, on the commencement date of the terms."""

    put_right: ClassVar[str] = WITHDRAW + BILLED


class RenewLease(LeaseCommand, frozen=True, kw_only=True, tag="renew-lease"):
    """Say which executed lease follows this one."""

    put_right: ClassVar[str] = WITHDRAW + BILLED
    successor: LeaseId
    option_exercised: bool = False


class ExpireLease(LeaseCommand, frozen=True, kw_only=True, tag="expire-lease"):
    """Record that the term is over and the tenant does not stay."""

    put_right: ClassVar[str] = WITHDRAW


class StartHoldover(LeaseCommand, frozen=True, kw_only=True, tag="start-holdover"):
    """Record that the tenant stays after expiry, and in which units."""

    put_right: ClassVar[str] = WITHDRAW + BILLED
    units: Units = ()


class EndHoldover(LeaseCommand, frozen=True, kw_only=True, tag="end-holdover"):
    """End the holdover with a day."""

    put_right: ClassVar[str] = WITHDRAW + BILLED
    ends_on: date
    reason: Text


class SurrenderPremises(LeaseCommand, frozen=True, kw_only=True, tag="surrender-premises"):
    """Record that the keys came back."""

    put_right: ClassVar[str] = WITHDRAW
    protocol: Evidence


# Refusals


class NotHandedOver(LeaseRefusal):
    """L6: the premises are handed over on or before the commencement."""

    code = "lease-not-handed-over"


class HandoverTooEarly(LeaseRefusal):
    """The keys change hands after signature, and come back after that."""

    code = "handover-too-early"


class NotTheDay(LeaseRefusal):
    """The terms say on which day this happens."""

    code = "not-the-day"


class SuccessorUnknown(LeaseRefusal):
    """No such lease."""

    code = "successor-unknown"
    kind = "unknown"


class SuccessorUnfit(LeaseRefusal):
    """L10: the successor is an executed lease of the same company that begins the day after expiry."""

    code = "successor-unfit"


class OptionNotOpen(LeaseRefusal):
    """L10: the terms have no option to renew, or its notice is late."""

    code = "option-not-open"


class HoldoverEndsTooEarly(LeaseRefusal):
    """A holdover ends after it began, and not before that was agreed."""

    code = "holdover-ends-too-early"


# Steps

STARTS: Mapping[type[Fact], frozenset[LeaseState]] = {
    PremisesHandedOver: frozenset({"EXECUTED"}),
    LeaseCommenced: frozenset({"EXECUTED"}),
    LeaseRenewed: frozenset({"COMMENCED"}),
    LeaseExpired: frozenset({"COMMENCED"}),
    HoldoverStarted: frozenset({"COMMENCED", "EXPIRED"}),
    HoldoverEnded: frozenset({"HOLDOVER"}),
    PremisesSurrendered: frozenset({"EXPIRED", "TERMINATED", "ENDED"}),
}
REACHES: Mapping[type[Fact], LeaseState] = {
    LeaseCommenced: "COMMENCED",
    LeaseRenewed: "RENEWED",
    LeaseExpired: "EXPIRED",
    HoldoverStarted: "HOLDOVER",
    HoldoverEnded: "ENDED",
}

# Evolve


def _handed_over(lease: Lease, fact: PremisesHandedOver) -> Lease:
    return replace(lease, handed_over_on=fact.effective_on)


def _commenced(lease: Lease, fact: LeaseCommenced) -> Lease:
    return reached(lease, fact, REACHES[LeaseCommenced], commenced_on=fact.effective_on)


def _renewed(lease: Lease, fact: LeaseRenewed) -> Lease:
    return reached(lease, fact, REACHES[LeaseRenewed], successor=fact.successor)


def _expired(lease: Lease, fact: LeaseExpired) -> Lease:
    return reached(lease, fact, REACHES[LeaseExpired])


def _held_over(lease: Lease, fact: HoldoverStarted) -> Lease:
    return reached(lease, fact, REACHES[HoldoverStarted], holdover_from=fact.effective_on)


def _holdover_ended(lease: Lease, fact: HoldoverEnded) -> Lease:
    return reached(lease, fact, REACHES[HoldoverEnded], ends_on=fact.ends_on)


def _surrendered(lease: Lease, fact: PremisesSurrendered) -> Lease:
    return replace(lease, surrendered_on=fact.effective_on)


# Scope


def _scope_of_renewal(command: RenewLease) -> tuple[str, ...]:
    return (*lease_scope(command), f"lease:{command.successor}")


def _scope_of_holdover(command: StartHoldover) -> tuple[str, ...]:
    return lease_scope(command, command.units)


# Decide


def _hand_over(state: Leases, command: HandOverPremises, by: By) -> Sequence[Fact]:
    if said(PremisesHandedOver, command) in state.asked.values():
        return ()
    lease = lease_at(state, command, STARTS[PremisesHandedOver])
    _check_handover(lease, command.effective_on)
    return (
        PremisesHandedOver(
            effective_on=command.effective_on, lease=lease.lease, company=lease.company, protocol=command.protocol
        ),
    )


def _check_handover(lease: Lease, on: date) -> None:
    assert lease.executed_on is not None, "handed over from EXECUTED on"
    if lease.handed_over_on is not None:
        raise LeaseStateForbids(
            f"the premises of {lease.lease} were handed over on {lease.handed_over_on}; withdraw-lease-step that first"
        )
    begins = lease.versions[0].from_on
    if on > begins:
        raise NotHandedOver(f"the term begins on {begins}: the keys change hands by then", field="effective_on")
    if on < lease.executed_on:
        raise HandoverTooEarly(
            f"{lease.lease} is signed on {lease.executed_on}; the keys change hands after that", field="effective_on"
        )


def _commence(state: Leases, command: CommenceLease, by: By) -> Sequence[Fact]:
    if said(LeaseCommenced, command) in state.asked.values():
        return ()
    lease = lease_at(state, command, STARTS[LeaseCommenced], REACHES[LeaseCommenced])
    begins = lease.versions[0].from_on
    if lease.handed_over_on is None:
        raise NotHandedOver(f"hand the premises of {lease.lease} over first, by {begins}")
    if command.effective_on != begins:
        raise NotTheDay(f"{lease.lease} commences on {begins}", field="effective_on")
    return (LeaseCommenced(effective_on=command.effective_on, lease=lease.lease, company=lease.company),)


def _renew(state: Leases, command: RenewLease, by: By) -> Sequence[Fact]:
    if said(LeaseRenewed, command) in state.asked.values():
        return ()
    lease = lease_at(state, command, STARTS[LeaseRenewed], REACHES[LeaseRenewed])
    _check_renewal(lease, state.leases.get(command.successor), command)
    return (
        LeaseRenewed(
            effective_on=command.effective_on,
            lease=lease.lease,
            company=lease.company,
            successor=command.successor,
            option_exercised=command.option_exercised,
        ),
    )


def _check_renewal(lease: Lease, successor: Lease | None, command: RenewLease) -> None:
    expiry, option = lease.latest.expiry_on, lease.latest.renewal
    begins = day_after(expiry)
    if successor is None:
        raise SuccessorUnknown(
            f"there is no lease {command.successor}; draft-lease and execute-lease first",
            field="successor",
        )
    versions = in_force(successor)
    follows = successor.executed_on is not None and versions and versions[0].from_on == begins
    if not follows or successor.company != lease.company:
        raise SuccessorUnfit(
            f"{command.successor} is no executed lease of {lease.company} that begins on {begins}", field="successor"
        )
    if command.effective_on > begins:
        raise OutsideTerm(f"a lease that expires with {expiry} is renewed by {begins}", field="effective_on")
    if not command.option_exercised:
        return
    if option is None:
        raise OptionNotOpen(
            f"the terms of {lease.lease} have no option to renew; renew it without one", field="option_exercised"
        )
    latest = expiry - timedelta(days=option.notice_days)
    if command.effective_on > latest:
        raise OptionNotOpen(
            f"the option is exercised by {latest}; after that the lease is renewed without it", field="effective_on"
        )


def _check_day_after_expiry(lease: Lease, on: date) -> None:
    expiry = lease.latest.expiry_on
    if on != day_after(expiry):
        raise NotTheDay(
            f"{lease.lease} expires with {expiry}: this is effective on {day_after(expiry)}", field="effective_on"
        )


def _expire(state: Leases, command: ExpireLease, by: By) -> Sequence[Fact]:
    if said(LeaseExpired, command) in state.asked.values():
        return ()
    lease = lease_at(state, command, STARTS[LeaseExpired], REACHES[LeaseExpired])
    _check_day_after_expiry(lease, command.effective_on)
    return (LeaseExpired(effective_on=command.effective_on, lease=lease.lease, company=lease.company),)


def _hold_over(state: Leases, command: StartHoldover, by: By) -> Sequence[Fact]:
    if said(HoldoverStarted, command) in state.asked.values():
        lease = state.leases[command.lease]
        check_named(_stayed_in(lease, lettings_until(lease, lease.latest.expiry_on)), command.units)
        return ()
    lease = lease_at(state, command, STARTS[HoldoverStarted], REACHES[HoldoverStarted])
    _check_day_after_expiry(lease, command.effective_on)
    lettings = lettings_of(lease.versions, None)
    check_taken(state, lease, _stayed_in(lease, lease.lettings), named=command.units, on=command.effective_on)
    return (
        HoldoverStarted(effective_on=command.effective_on, lease=lease.lease, company=lease.company, lettings=lettings),
    )


def _stayed_in(lease: Lease, before: Sequence[Letting]) -> tuple[Letting, ...]:
    """The lettings of a lease that have no end, and that it did not hold before."""
    return taken(before, lettings_of(lease.versions, None))


def _end_holdover(state: Leases, command: EndHoldover, by: By) -> Sequence[Fact]:
    if said(HoldoverEnded, command) in state.asked.values():
        return ()
    lease = lease_at(state, command, STARTS[HoldoverEnded], REACHES[HoldoverEnded])
    assert lease.holdover_from is not None, "only a holdover ends as one"
    earliest = max(lease.holdover_from, command.effective_on)
    if command.ends_on < earliest:
        raise HoldoverEndsTooEarly(f"the holdover does not end before {earliest}", field="ends_on")
    lettings = lettings_until(lease, command.ends_on)
    return (
        HoldoverEnded(
            effective_on=command.effective_on,
            lease=lease.lease,
            company=lease.company,
            ends_on=command.ends_on,
            reason=command.reason,
            lettings=lettings,
            given_up=given_up(lease.lettings, lettings),
        ),
    )


def _surrender(state: Leases, command: SurrenderPremises, by: By) -> Sequence[Fact]:
    if said(PremisesSurrendered, command) in state.asked.values():
        return ()
    lease = lease_at(state, command, STARTS[PremisesSurrendered])
    _check_surrender(lease, command.effective_on)
    return (
        PremisesSurrendered(
            effective_on=command.effective_on, lease=lease.lease, company=lease.company, protocol=command.protocol
        ),
    )


def _check_surrender(lease: Lease, on: date) -> None:
    if lease.surrendered_on is not None:
        raise LeaseStateForbids(
            f"the premises of {lease.lease} came back on {lease.surrendered_on}; withdraw-lease-step that first"
        )
    if lease.handed_over_on is None:
        raise NotHandedOver(f"the premises of {lease.lease} were never handed over")
    if on < lease.handed_over_on:
        raise HandoverTooEarly(
            f"the tenant has the keys since {lease.handed_over_on}; they come back after that", field="effective_on"
        )


TERM: Part[Leases, Lease] = Part(
    decide={
        HandOverPremises: _hand_over,
        CommenceLease: _commence,
        RenewLease: _renew,
        ExpireLease: _expire,
        StartHoldover: _hold_over,
        EndHoldover: _end_holdover,
        SurrenderPremises: _surrender,
    },
    scope={
        HandOverPremises: lease_scope,
        CommenceLease: lease_scope,
        RenewLease: _scope_of_renewal,
        ExpireLease: lease_scope,
        StartHoldover: _scope_of_holdover,
        EndHoldover: lease_scope,
        SurrenderPremises: lease_scope,
    },
    evolve={
        PremisesHandedOver: _handed_over,
        LeaseCommenced: _commenced,
        LeaseRenewed: _renewed,
        LeaseExpired: _expired,
        HoldoverStarted: _held_over,
        HoldoverEnded: _holdover_ended,
        PremisesSurrendered: _surrendered,
    },
)
