"""From handover to the end: the term begins, runs out, is renewed, ended early or held over.

Commands           Facts (lease.…)       From
HandOverPremises   premises-handed-over  EXECUTED
CommenceLease      commenced             EXECUTED
ServeBreakNotice   break-notice-served   EXECUTED, COMMENCED, RENEWED
RenewLease         renewed               COMMENCED
TerminateLease     terminated            EXECUTED (before it begins), COMMENCED, RENEWED
ExpireLease        expired               COMMENCED
StartHoldover      holdover-started      COMMENCED, EXPIRED: the units are let with no end
EndHoldover        holdover-ended        HOLDOVER
SurrenderPremises  premises-surrendered  EXPIRED, TERMINATED, ENDED

A lease that is RENEWED, TERMINATED or ENDED holds its units through its last day, whatever day that was recorded for.

Refusals, in order of precedence
├── NotHandedOver             L6: not handed over on or before the commencement
├── HandoverTooEarly          the keys change hands after signature
├── NotTheDay                 the lease commences on its commencement, expires or is held over on the day after expiry
├── BreakUnknown              the terms have no break on that day (unknown)
├── BreakPartyDiffers         one side gives notice, and the right to break is not the other's
├── BreakNoticeMissing        a termination by break rests on a notice for its last day
├── BreakNoticeLate           less than the period of notice
├── BreakFeeDiffers           the fee of a break is that of the terms
├── SuccessorUnknown          no such lease (unknown)
├── SuccessorUnfit            the successor is an executed lease of the same company that begins the day after expiry
├── OptionNotOpen             the terms have no option, or its notice is late
├── OutsideTerm               (lease.py) a termination ends the lease in its term, not before it was agreed
├── HoldoverEndsTooEarly      the holdover ends after it began, and not before that was agreed
└── those of premises.py
"""

from datetime import date, timedelta
from typing import Any

from ledger.decider import By
from ledger.leases.facts import (
    BreakNoticeServed,
    HoldoverEnded,
    HoldoverStarted,
    LeaseCommenced,
    LeaseExpired,
    LeaseFact,
    LeaseHolds,
    LeaseRenewed,
    LeaseTerminated,
    PremisesHandedOver,
    PremisesSurrendered,
)
from ledger.leases.lease import (
    CommenceLease,
    EndHoldover,
    ExpireLease,
    HandOverPremises,
    Lease,
    LeaseCommand,
    LeaseRefusal,
    Leases,
    LeaseStateForbids,
    OutsideTerm,
    Part,
    RenewLease,
    ServeBreakNotice,
    StartHoldover,
    SurrenderPremises,
    TerminateLease,
)
from ledger.leases.premises import check_taken, given_up, lettings_of, taken
from ledger.leases.schedule import headline_rent, in_force
from ledger.leases.terms import Break, Terms
from ledger.periods import day_after
from ledger.values.money import minor, written

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


class BreakUnknown(LeaseRefusal):
    """The terms have no break on that day."""

    code = "break-unknown"
    kind = "unknown"


class BreakPartyDiffers(LeaseRefusal):
    """The right to break is the other side's."""

    code = "break-party-differs"


class BreakNoticeMissing(LeaseRefusal):
    """A termination by break rests on a notice for its last day."""

    code = "break-notice-missing"


class BreakNoticeLate(LeaseRefusal):
    """Less than the period of notice."""

    code = "break-notice-late"


class BreakFeeDiffers(LeaseRefusal):
    """The fee of a break is that of the terms."""

    code = "break-fee-differs"


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


# Scope and decide


def _scope(command: LeaseCommand) -> tuple[str, ...]:
    match command:
        case RenewLease():
            return (f"lease:{command.successor}",)
        case StartHoldover():
            return tuple(f"unit:{unit}" for unit in command.units)
    return ()


def _told(state: Leases, lease: Lease, command: LeaseCommand, by: By) -> dict[str, Any]:
    told: dict[str, Any] = {"company": lease.company}
    match command:
        case HandOverPremises():
            _check_handover(lease, command.effective_on)
        case CommenceLease():
            _check_commencement(lease, command.effective_on)
        case ServeBreakNotice():
            _check_notice(lease, command)
        case RenewLease():
            _check_renewal(lease, state.leases.get(command.successor), command)
        case TerminateLease():
            _check_termination(lease, command)
            return told | _until(lease, command.ends_on)
        case ExpireLease():
            _check_day_after_expiry(lease, command.effective_on)
        case StartHoldover():
            return told | _hold_over(state, lease, command)
        case EndHoldover():
            _check_holdover_end(lease, command)
            return told | _until(lease, command.ends_on)
        case SurrenderPremises():
            _check_surrender(lease, command.effective_on)
    return told


def _latest(lease: Lease) -> Terms:
    """The terms that decide when the lease expires."""
    return lease.versions[-1].terms


def _check_handover(lease: Lease, on: date) -> None:
    assert lease.executed_on is not None, "handed over from EXECUTED on"
    if lease.handed_over_on is not None:
        raise LeaseStateForbids(f"the premises of {lease.lease} were handed over on {lease.handed_over_on}")
    begins = lease.versions[0].from_on
    if on > begins:
        raise NotHandedOver(f"the term begins on {begins}: the keys change hands by then", field="effective_on")
    if on < lease.executed_on:
        raise HandoverTooEarly(
            f"{lease.lease} is signed on {lease.executed_on}; the keys change hands after that", field="effective_on"
        )


def _check_commencement(lease: Lease, on: date) -> None:
    begins = lease.versions[0].from_on
    if lease.handed_over_on is None:
        raise NotHandedOver(f"hand the premises of {lease.lease} over first, by {begins}")
    if on != begins:
        raise NotTheDay(f"{lease.lease} commences on {begins}", field="effective_on")


def _check_day_after_expiry(lease: Lease, on: date) -> None:
    expiry = _latest(lease).expiry_on
    if on != day_after(expiry):
        raise NotTheDay(
            f"{lease.lease} expires with {expiry}: this is effective on {day_after(expiry)}", field="effective_on"
        )


# Breaks and terminations


def _break_on(lease: Lease, day: date) -> Break:
    found = next((one for one in _latest(lease).breaks if one.on == day), None)
    if found is None:
        days = ", ".join(str(one.on) for one in _latest(lease).breaks) or "no break at all"
        raise BreakUnknown(f"the terms of {lease.lease} have no break on {day}; they have {days}", field="break_on")
    return found


def _check_notice(lease: Lease, command: ServeBreakNotice) -> None:
    right = _break_on(lease, command.break_on)
    if command.party == "EITHER":
        raise BreakPartyDiffers("say which side gives notice, LESSOR or TENANT", field="party")
    if right.party not in (command.party, "EITHER"):
        raise BreakPartyDiffers(f"the break on {right.on} is the {right.party.lower()}'s right", field="party")
    latest = right.on - timedelta(days=right.notice_days)
    if command.effective_on > latest:
        raise BreakNoticeLate(f"notice for {right.on} is served by {latest}", field="effective_on")


def _check_termination(lease: Lease, command: TerminateLease) -> None:
    ends, begins, expiry = command.ends_on, lease.versions[0].from_on, _latest(lease).expiry_on
    if command.cause == "BREAK":
        _check_break(lease, command)
    if ends >= expiry:
        raise OutsideTerm(f"{lease.lease} expires with {expiry} anyway", field="ends_on")
    if ends < command.effective_on:
        raise OutsideTerm("a lease does not end before that was agreed or notified", field="ends_on")
    if lease.state == "EXECUTED" and ends >= begins:
        raise OutsideTerm(f"{lease.lease} begins on {begins}: record its commencement first", field="ends_on")


def _check_break(lease: Lease, command: TerminateLease) -> None:
    right = _break_on(lease, command.ends_on)
    if lease.break_notice != command.ends_on:
        raise BreakNoticeMissing(f"no notice for {command.ends_on} is on record; record it first", field="cause")
    fee = right.fee_months * headline_rent(lease, right.on)
    if minor(command.fee) != fee:
        months = f"{right.fee_months} months' rent" if right.fee_months else "nothing"
        raise BreakFeeDiffers(f"the break on {right.on} costs {months}: {written(fee)}", field="fee")


def _until(lease: Lease, ends_on: date) -> dict[str, Any]:
    kept = tuple(version for version in lease.versions if version.from_on <= ends_on)
    lettings = lettings_of(kept, ends_on)
    return {"lettings": lettings, "given_up": given_up(lease.lettings, lettings)}


# Renewal and holdover


def _check_renewal(lease: Lease, successor: Lease | None, command: RenewLease) -> None:
    expiry, option = _latest(lease).expiry_on, _latest(lease).renewal
    begins = day_after(expiry)
    if successor is None:
        raise SuccessorUnknown(f"there is no lease {command.successor}", field="successor")
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
        raise OptionNotOpen(f"the terms of {lease.lease} have no option to renew", field="option_exercised")
    latest = expiry - timedelta(days=option.notice_days)
    if command.effective_on > latest:
        raise OptionNotOpen(f"the option is exercised by {latest}", field="effective_on")


def _hold_over(state: Leases, lease: Lease, command: StartHoldover) -> dict[str, Any]:
    _check_day_after_expiry(lease, command.effective_on)
    lettings = lettings_of(lease.versions, None)
    more = taken(lease.lettings, lettings)
    check_taken(state, lease, more, named=command.units, on=command.effective_on)
    return {"lettings": lettings}


def _check_holdover_end(lease: Lease, command: EndHoldover) -> None:
    assert lease.holdover_from is not None, "only a holdover ends as one"
    earliest = max(lease.holdover_from, command.effective_on)
    if command.ends_on < earliest:
        raise HoldoverEndsTooEarly(f"the holdover does not end before {earliest}", field="ends_on")


def _check_surrender(lease: Lease, on: date) -> None:
    if lease.surrendered_on is not None:
        raise LeaseStateForbids(f"the premises of {lease.lease} came back on {lease.surrendered_on}")
    if lease.handed_over_on is None:
        raise NotHandedOver(f"the premises of {lease.lease} were never handed over")
    if on < lease.handed_over_on:
        raise HandoverTooEarly(
            f"the tenant has the keys since {lease.handed_over_on}; they come back after that", field="effective_on"
        )


# Evolve


def _change(lease: Lease, fact: LeaseFact | LeaseHolds) -> dict[str, Any]:
    match fact:
        case PremisesHandedOver():
            return {"handed_over_on": fact.effective_on}
        case LeaseCommenced():
            return {"commenced_on": fact.effective_on}
        case BreakNoticeServed():
            return {"break_notice": fact.break_on}
        case LeaseRenewed():
            return {"successor": fact.successor}
        case LeaseTerminated():
            return {
                "ended_early": (fact.effective_on, fact.ends_on),
                "ends_on": fact.ends_on,
                "fee_minor": fact.fee_minor,
                "fee_taxable": fact.fee_taxable,
            }
        case HoldoverStarted():
            return {"holdover_from": fact.effective_on}
        case HoldoverEnded():
            return {"ends_on": fact.ends_on}
        case PremisesSurrendered():
            return {"surrendered_on": fact.effective_on}
    return {}


TERM = Part(
    facts={
        HandOverPremises: PremisesHandedOver,
        CommenceLease: LeaseCommenced,
        ServeBreakNotice: BreakNoticeServed,
        RenewLease: LeaseRenewed,
        TerminateLease: LeaseTerminated,
        ExpireLease: LeaseExpired,
        StartHoldover: HoldoverStarted,
        EndHoldover: HoldoverEnded,
        SurrenderPremises: PremisesSurrendered,
    },
    starts={
        PremisesHandedOver: frozenset({"EXECUTED"}),
        LeaseCommenced: frozenset({"EXECUTED"}),
        BreakNoticeServed: frozenset({"EXECUTED", "COMMENCED", "RENEWED"}),
        LeaseRenewed: frozenset({"COMMENCED"}),
        LeaseTerminated: frozenset({"EXECUTED", "COMMENCED", "RENEWED"}),
        LeaseExpired: frozenset({"COMMENCED"}),
        HoldoverStarted: frozenset({"COMMENCED", "EXPIRED"}),
        HoldoverEnded: frozenset({"HOLDOVER"}),
        PremisesSurrendered: frozenset({"EXPIRED", "TERMINATED", "ENDED"}),
    },
    reaches={
        LeaseCommenced: "COMMENCED",
        LeaseRenewed: "RENEWED",
        LeaseTerminated: "TERMINATED",
        LeaseExpired: "EXPIRED",
        HoldoverStarted: "HOLDOVER",
        HoldoverEnded: "ENDED",
    },
    given=lambda command: {"fee_minor": minor(command.fee)} if isinstance(command, TerminateLease) else {},
    told=_told,
    change=_change,
    scope=_scope,
)
