"""Losses: write-offs by two people, what comes of them after all, and the allowance for expected credit loss.

Commands          Facts (billing.…)
ProposeWriteOff   write-off-proposed
ApproveWriteOff   write-off-approved: uses the allowance
RejectWriteOff    write-off-rejected
RecoverWriteOff   write-off-recovered: so much is owed after all, the allowance has it back
MeasureEcl        ecl-measured (IFRS 9 simplified: a rate for each age)

On its day the allowance is what was measured (domain §14.6). What moves it by then and is recorded later is taken back
on the day of the next measurement: allowance-restated (putting_back.py).

Refusals, in order of precedence (after those of rules.py)
├── WriteOffUnknown              this write-off of this document is not proposed, or not approved (unknown)
├── WriteOffDecided              it was approved, or rejected, already
├── ApproverIsWriteOffProposer   J7: the approver is not the proposer
├── (BeforeDocument)             of rules.py: nothing is written off before it is asked for
├── (BeforeItsCause)             of rules.py: nor before it is proposed; nor owed after all before it was given up
└── WriteOffExceeded             no more is owed after all than was given up, and not recovered
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from ledger.billing.account import Billing, WriteOff
from ledger.billing.facts import (
    ALLOWANCE_TAG,
    EclMeasured,
    WriteOffApproved,
    WriteOffProposed,
    WriteOffRecovered,
    WriteOffRejected,
)
from ledger.billing.lines import Exposure
from ledger.billing.putting_back import recovered, restated
from ledger.billing.rules import (
    POSTING,
    BeforeItsCause,
    BillingCommand,
    BillingRefusal,
    IdTaken,
    amount_of,
    check_asked,
    check_not_before,
    check_open,
    owed,
    posts_on,
)
from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.values.money import Cny, Ratio, minor, rounded, written

# Commands


class ProposeWriteOff(BillingCommand, frozen=True, kw_only=True, tag="propose-write-off"):
    """Ask to give up an open amount."""

    put_right: ClassVar[str] = (
        "`reject-write-off` turns the proposal down, until it is approved; then `propose-write-off` asks anew, under "
        "another id."
    )
    write_off: Id
    invoice: Id
    amount: Cny
    reason: Text


class ApproveWriteOff(BillingCommand, frozen=True, kw_only=True, tag="approve-write-off"):
    """Agree to what somebody else proposed. The document is named again: what is open of it now decides."""

    put_right: ClassVar[str] = "`recover-write-off` takes it back: so much is owed after all."
    write_off: Id
    invoice: Id


class RejectWriteOff(BillingCommand, frozen=True, kw_only=True, tag="reject-write-off"):
    """Turn down a proposal to give up an open amount, or take back one of your own."""

    put_right: ClassVar[str] = "`propose-write-off` asks anew, under another id."
    write_off: Id
    invoice: Id
    reason: Text


class RecoverWriteOff(BillingCommand, frozen=True, kw_only=True, tag="recover-write-off"):
    """Say that so much of a write-off is owed after all: it was approved by mistake, or money will come. Money that
    came needs no more than its receipt: what it pays is recovered with it."""

    put_right: ClassVar[str] = "`propose-write-off` asks to give it up again, under another id."
    write_off: Id
    invoice: Id
    amount: Cny
    reason: Text


class ToMeasure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Receivables of one age and their loss rate."""

    bucket: Text
    gross: Cny
    rate: Ratio


class MeasureEcl(BillingCommand, frozen=True, kw_only=True, tag="measure-ecl"):
    """Set the loss allowance from an ageing, by a matrix of rates. `recorded` is that ageing's position."""

    put_right: ClassVar[str] = (
        "`measure-ecl` again for the same day, under another id: the allowance is then what was measured last."
    )
    measurement: Id
    recorded: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    exposures: Annotated[tuple[ToMeasure, ...], Meta(min_length=1, max_length=100)]

    @property
    def rests_on(self) -> int:
        """The position of the figures."""
        return self.recorded


# Refusals


class WriteOffUnknown(BillingRefusal):
    """This write-off of this document is not proposed, or not approved."""

    code = "write-off-unknown"
    kind = "unknown"


class WriteOffDecided(BillingRefusal):
    """It was approved, or rejected, already."""

    code = "write-off-decided"


class ApproverIsWriteOffProposer(BillingRefusal):
    """J7: the approver is not the proposer."""

    code = "approver-is-write-off-proposer"


class WriteOffExceeded(BillingRefusal):
    """No more is owed after all than was given up, and not recovered."""

    code = "write-off-exceeded"


# Scope


def _scope_write_off(command: ApproveWriteOff | RecoverWriteOff) -> tuple[str, ...]:
    return (f"write-off:{command.write_off}", f"invoice:{command.invoice}", ALLOWANCE_TAG, *POSTING)


# Decide


def _propose(state: Billing, command: ProposeWriteOff, by: By) -> Sequence[Fact]:
    amount = amount_of(command.amount)
    document, issued = owed(state, command.invoice)
    proposed = state.write_offs.get(command.write_off, WriteOff()).proposed
    if proposed is not None:
        if proposed.asked == said(WriteOffProposed, command, amount_minor=amount):
            return ()
        raise IdTaken(f"write-off {command.write_off} is proposed already and says otherwise", field="write_off")
    check_open(command.invoice, document, amount, field="amount")
    return (
        WriteOffProposed(
            effective_on=command.effective_on,
            company=issued.company,
            write_off=command.write_off,
            invoice=command.invoice,
            amount_minor=amount,
            reason=command.reason,
            proposed_by=by.actor,
        ),
    )


def _proposal(
    state: Billing, command: ApproveWriteOff | RejectWriteOff | RecoverWriteOff
) -> tuple[WriteOff, WriteOffProposed]:
    """Find a write-off of this document, and the fact that proposed it. Raises WriteOffUnknown."""
    write_off = state.write_offs.get(command.write_off, WriteOff())
    proposed = write_off.proposed
    if proposed is None or proposed.invoice != command.invoice:
        raise WriteOffUnknown(f"no write-off {command.write_off} of {command.invoice} is proposed", field="write_off")
    return write_off, proposed


def _check_undecided(write_off: WriteOff, name: str) -> None:
    """Check that nobody has decided of a proposal yet. Raises WriteOffDecided."""
    for what, decided in (("approved", write_off.approved), ("rejected", write_off.rejected)):
        if decided is not None:
            raise WriteOffDecided(f"write-off {name} was {what} on {decided.effective_on}")


def _approve(state: Billing, command: ApproveWriteOff, by: By) -> Sequence[Fact]:
    write_off, proposed = _proposal(state, command)
    document, issued = owed(state, command.invoice)
    if write_off.approved is not None and write_off.approved.asked == said(WriteOffApproved, command):
        return ()
    _check_undecided(write_off, command.write_off)
    if proposed.proposed_by == by.actor:
        raise ApproverIsWriteOffProposer(f"{by.actor} proposed {command.write_off}; somebody else approves it")
    on, amount = command.effective_on, proposed.amount_minor
    check_asked(command.invoice, issued, on, "it is written off then or later")
    if on < proposed.effective_on:
        raise BeforeItsCause(
            f"{command.write_off} was proposed on {proposed.effective_on}; approve it then or later",
            field="effective_on",
        )
    check_open(command.invoice, document, amount, field="write_off", on=on)
    approved = WriteOffApproved(
        effective_on=on,
        accounting_on=posts_on(state, on, by, document.open.booked_from(amount, on)),
        company=issued.company,
        lease=issued.lease,
        write_off=command.write_off,
        invoice=command.invoice,
        amount_minor=amount,
        proposed_by=proposed.proposed_by,
        approved_by=by.actor,
        contract=issued.contract,
    )
    return (approved, *restated(state, approved, -amount, f"write-off {command.write_off}", by.role))


def _reject(state: Billing, command: RejectWriteOff, by: By) -> Sequence[Fact]:
    write_off, proposed = _proposal(state, command)
    if write_off.rejected is not None and write_off.rejected.asked == said(WriteOffRejected, command):
        return ()
    _check_undecided(write_off, command.write_off)
    if command.effective_on < proposed.effective_on:
        raise BeforeItsCause(
            f"{command.write_off} was proposed on {proposed.effective_on}; reject it then or later",
            field="effective_on",
        )
    return (
        WriteOffRejected(
            effective_on=command.effective_on,
            company=proposed.company,
            invoice=command.invoice,
            write_off=command.write_off,
            reason=command.reason,
            rejected_by=by.actor,
        ),
    )


def _recover(state: Billing, command: RecoverWriteOff, by: By) -> Sequence[Fact]:
    amount, on = amount_of(command.amount), command.effective_on
    write_off, _ = _proposal(state, command)
    approved = write_off.approved
    if approved is None:
        raise WriteOffUnknown(f"write-off {command.write_off} is not approved; nothing is given up", field="write_off")
    if said(WriteOffRecovered, command, amount_minor=amount) in (fact.asked for fact in write_off.recovered):
        return ()
    check_not_before(f"write-off {command.write_off}", approved.effective_on, on)
    if amount > write_off.left_minor:
        raise WriteOffExceeded(
            f"{written(write_off.left_minor)} CNY of {command.write_off} are given up, not {written(amount)}",
            field="amount",
        )
    return tuple(recovered(state, approved, amount, on, command.reason, by.role))


def _measure(state: Billing, command: MeasureEcl, by: By) -> Sequence[Fact]:
    exposures = tuple(
        Exposure(bucket=one.bucket, gross_minor=minor(one.gross), rate=one.rate) for one in command.exposures
    )
    measured = state.measurements.get(command.measurement)
    if measured is not None:
        if measured.asked == said(EclMeasured, command, exposures=exposures):
            return ()
        raise IdTaken(f"measurement {command.measurement} is recorded already and says otherwise", field="measurement")
    allowance = sum(rounded(one.gross_minor * Fraction(one.rate)) for one in exposures)
    on = command.effective_on
    movement = allowance - state.allowance.on(on)
    measurement = EclMeasured(
        effective_on=on,
        accounting_on=posts_on(state, on, by),
        measurement=command.measurement,
        recorded=command.recorded,
        exposures=exposures,
        allowance_minor=allowance,
        movement_minor=movement,
    )
    return (measurement, *restated(state, measurement, movement, f"measurement {command.measurement}", by.role))


LOSSES: Part[Billing, Billing] = Part(
    decide={
        ProposeWriteOff: _propose,
        ApproveWriteOff: _approve,
        RejectWriteOff: _reject,
        RecoverWriteOff: _recover,
        MeasureEcl: _measure,
    },
    scope={
        ProposeWriteOff: lambda command: (f"write-off:{command.write_off}", f"invoice:{command.invoice}"),
        ApproveWriteOff: _scope_write_off,
        RejectWriteOff: lambda command: (f"write-off:{command.write_off}", f"invoice:{command.invoice}"),
        RecoverWriteOff: _scope_write_off,
        MeasureEcl: lambda command: (ALLOWANCE_TAG, f"ecl:{command.measurement}", *POSTING),
    },
)
