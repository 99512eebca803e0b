"""The early end: notice by a right to break, and termination by that right, by agreement or for a cause.

Commands           Facts (lease.…)       From
ServeBreakNotice   break-notice-served   EXECUTED, COMMENCED, RENEWED
TerminateLease     terminated            EXECUTED (before it begins), COMMENCED, RENEWED

Refusals, in order of precedence (after those of lease.py)
├── BreakUnknown              the terms have no break on that day (unknown)
├── BreakPartyDiffers         one side gives notice, and the right to break is not the other's
├── BreakNoticeLate           less than the period of notice
├── BreakNoticeMissing        a termination by break rests on a notice for its last day
├── BreakFeeDiffers           the fee of a break is that of the terms
└── OutsideTerm               (lease.py) a termination ends the lease in its term, not before it was agreed
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import ClassVar

from msgspec.structs import replace

from ledger.decider import By, Fact, Part, said
from ledger.leases.facts import BreakNoticeServed, Cause, LeaseState, LeaseTerminated
from ledger.leases.lease import (
    BILLED,
    WITHDRAW,
    Lease,
    LeaseCommand,
    LeaseRefusal,
    Leases,
    OutsideTerm,
    lease_at,
    lease_scope,
    reached,
)
from ledger.leases.premises import given_up, lettings_until
from ledger.leases.schedule import headline_rent
from ledger.leases.terms import Break, Party
from ledger.values.evidence import Evidence
from ledger.values.money import Cny, minor, written

# Commands


class ServeBreakNotice(LeaseCommand, frozen=True, kw_only=True, tag="serve-break-notice"):
    """Record notice to end the lease with one of its break dates."""

    put_right: ClassVar[str] = "`serve-break-notice` again: the newest counts. " + WITHDRAW
    break_on: date
    party: Party
    notice: Evidence


class TerminateLease(LeaseCommand, frozen=True, kw_only=True, tag="terminate-lease"):
    """End the lease early, with `ends_on`."""

    put_right: ClassVar[str] = WITHDRAW + " Name the units that it holds again." + BILLED
    ends_on: date
    cause: Cause
    fee: Cny = "0.00"
    fee_taxable: bool = False
    document: Evidence


# Refusals


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


# Steps

STARTS: Mapping[type[Fact], frozenset[LeaseState]] = {
    BreakNoticeServed: frozenset({"EXECUTED", "COMMENCED", "RENEWED"}),
    LeaseTerminated: frozenset({"EXECUTED", "COMMENCED", "RENEWED"}),
}
REACHES: Mapping[type[Fact], LeaseState] = {LeaseTerminated: "TERMINATED"}

# Evolve


def _notice_served(lease: Lease, fact: BreakNoticeServed) -> Lease:
    return replace(lease, break_notice=fact.break_on)


def _terminated(lease: Lease, fact: LeaseTerminated) -> Lease:
    return reached(
        lease,
        fact,
        REACHES[LeaseTerminated],
        ended_early=(fact.effective_on, fact.ends_on),
        ends_on=fact.ends_on,
        fee_minor=fact.fee_minor,
        fee_taxable=fact.fee_taxable,
    )


# Decide


def _serve_notice(state: Leases, command: ServeBreakNotice, by: By) -> Sequence[Fact]:
    if said(BreakNoticeServed, command) in state.asked.values():
        return ()
    lease = lease_at(state, command, STARTS[BreakNoticeServed])
    _check_notice(lease, command)
    return (
        BreakNoticeServed(
            effective_on=command.effective_on,
            lease=lease.lease,
            company=lease.company,
            break_on=command.break_on,
            party=command.party,
            notice=command.notice,
        ),
    )


def _check_notice(lease: Lease, command: ServeBreakNotice) -> None:
    right = _break_on(lease, command.break_on)
    if command.party == "EITHER":
        raise BreakPartyDiffers("say which side gives notice, LESSOR or TENANT", field="party")
    if right.party not in (command.party, "EITHER"):
        raise BreakPartyDiffers(f"the break on {right.on} is the {right.party.lower()}'s right", field="party")
    latest = right.on - timedelta(days=right.notice_days)
    if command.effective_on > latest:
        raise BreakNoticeLate(f"notice for {right.on} is served by {latest}", field="effective_on")


def _terminate(state: Leases, command: TerminateLease, by: By) -> Sequence[Fact]:
    fee_minor = minor(command.fee)
    if said(LeaseTerminated, command, fee_minor=fee_minor) in state.asked.values():
        return ()
    lease = lease_at(state, command, STARTS[LeaseTerminated], REACHES[LeaseTerminated])
    _check_termination(lease, command)
    lettings = lettings_until(lease, command.ends_on)
    return (
        LeaseTerminated(
            effective_on=command.effective_on,
            lease=lease.lease,
            company=lease.company,
            ends_on=command.ends_on,
            cause=command.cause,
            fee_minor=fee_minor,
            fee_taxable=command.fee_taxable,
            document=command.document,
            lettings=lettings,
            given_up=given_up(lease.lettings, lettings),
        ),
    )


def _check_termination(lease: Lease, command: TerminateLease) -> None:
    ends, begins, expiry = command.ends_on, lease.versions[0].from_on, lease.latest.expiry_on
    if command.cause == "BREAK":
        _check_break(lease, command)
    if ends >= expiry:
        raise OutsideTerm(f"{lease.lease} expires with {expiry} anyway; expire-lease then", field="ends_on")
    if ends < command.effective_on:
        raise OutsideTerm("a lease does not end before that was agreed or notified", field="ends_on")
    if lease.state == "EXECUTED" and ends >= begins:
        raise OutsideTerm(
            f"{lease.lease} begins on {begins}: record its commencement first, and then its end, effective from "
            f"{begins} on",
            field="ends_on",
        )


def _check_break(lease: Lease, command: TerminateLease) -> None:
    right = _break_on(lease, command.ends_on)
    if lease.break_notice != command.ends_on:
        raise BreakNoticeMissing(f"no notice for {command.ends_on} is on record; record it first", field="cause")
    fee = right.fee_months * headline_rent(lease, right.on)
    if minor(command.fee) != fee:
        months = f"{right.fee_months} months' rent" if right.fee_months else "nothing"
        raise BreakFeeDiffers(f"the break on {right.on} costs {months}: {written(fee)}", field="fee")


def _break_on(lease: Lease, day: date) -> Break:
    breaks = lease.latest.breaks
    right = next((right for right in breaks if right.on == day), None)
    if right is None:
        days = ", ".join(str(other.on) for other in breaks) or "no break at all"
        raise BreakUnknown(f"the terms of {lease.lease} have no break on {day}; they have {days}", field="break_on")
    return right


TERMINATION: Part[Leases, Lease] = Part(
    decide={ServeBreakNotice: _serve_notice, TerminateLease: _terminate},
    scope={ServeBreakNotice: lease_scope, TerminateLease: lease_scope},
    evolve={BreakNoticeServed: _notice_served, LeaseTerminated: _terminated},
)
