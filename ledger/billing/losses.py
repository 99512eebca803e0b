"""Losses: write-offs by two people, and the allowance for expected credit loss.

Commands          Facts (billing.…)
ProposeWriteOff   write-off-proposed
ApproveWriteOff   write-off-approved: uses the allowance
MeasureEcl        ecl-measured (IFRS 9 simplified: a rate for each age)

Refusals, in order of precedence (after those of rules.py)
├── WriteOffUnknown              this write-off of this document is not proposed (unknown)
├── WriteOffDecided              it was approved already
├── ApproverIsWriteOffProposer   J7: the approver is not the proposer
└── (BeforeDocument)             of rules.py: nothing is written off before it is asked for
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated

from msgspec import Meta, Struct

from ledger.billing.account import Billing, WriteOff
from ledger.billing.facts import ALLOWANCE_TAG, EclMeasured, Exposure, WriteOffApproved, WriteOffProposed
from ledger.billing.rules import (
    POSTING,
    BillingCommand,
    BillingRefusal,
    IdTaken,
    amount_of,
    check_asked,
    check_open,
    owed,
    posts_on,
)
from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.values.money import Cny, Ratio, minor, rounded

# Commands


class ProposeWriteOff(BillingCommand, frozen=True, kw_only=True, tag="propose-write-off"):
    """Ask to give up an open amount."""

    write_off: Id
    invoice: Id
    amount: Cny
    reason: Text


class ApproveWriteOff(BillingCommand, frozen=True, kw_only=True, tag="approve-write-off"):
    """Agree to what somebody else proposed. The document is named again: what is open of it now decides."""

    write_off: Id
    invoice: Id


class ToMeasure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Receivables of one age and their loss rate."""

    bucket: Text
    gross: Cny
    rate: Ratio


class MeasureEcl(BillingCommand, frozen=True, kw_only=True, tag="measure-ecl"):
    """Set the loss allowance from an ageing, by a matrix of rates. `recorded` is that ageing's position."""

    measurement: Id
    recorded: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    exposures: Annotated[tuple[ToMeasure, ...], Meta(min_length=1, max_length=100)]


# Refusals


class WriteOffUnknown(BillingRefusal):
    """This write-off of this document is not proposed."""

    code = "write-off-unknown"
    kind = "unknown"


class WriteOffDecided(BillingRefusal):
    """It was approved already."""

    code = "write-off-decided"


class ApproverIsWriteOffProposer(BillingRefusal):
    """J7: the approver is not the proposer."""

    code = "approver-is-write-off-proposer"


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


def _approve(state: Billing, command: ApproveWriteOff, by: By) -> Sequence[Fact]:
    write_off = state.write_offs.get(command.write_off, WriteOff())
    proposed, approved = write_off.proposed, write_off.approved
    if proposed is None or proposed.invoice != command.invoice:
        raise WriteOffUnknown(f"no write-off {command.write_off} of {command.invoice} is proposed", field="write_off")
    document, issued = owed(state, command.invoice)
    if approved is not None:
        if approved.asked == said(WriteOffApproved, command):
            return ()
        raise WriteOffDecided(f"write-off {command.write_off} was approved on {approved.effective_on}")
    if proposed.proposed_by == by.actor:
        raise ApproverIsWriteOffProposer(f"{by.actor} proposed {command.write_off}; somebody else approves it")
    check_asked(command.invoice, issued, command.effective_on, "it is written off then or later")
    check_open(command.invoice, document, proposed.amount_minor, field="write_off")
    return (
        WriteOffApproved(
            effective_on=command.effective_on,
            accounting_on=posts_on(state, command.effective_on, by),
            company=issued.company,
            lease=issued.lease,
            write_off=command.write_off,
            invoice=command.invoice,
            amount_minor=proposed.amount_minor,
            proposed_by=proposed.proposed_by,
            approved_by=by.actor,
            contract=issued.contract,
        ),
    )


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
    return (
        EclMeasured(
            effective_on=command.effective_on,
            accounting_on=posts_on(state, command.effective_on, by),
            measurement=command.measurement,
            recorded=command.recorded,
            exposures=exposures,
            allowance_minor=allowance,
            movement_minor=allowance - state.allowance_minor,
        ),
    )


LOSSES: Part[Billing, Billing] = Part(
    decide={ProposeWriteOff: _propose, ApproveWriteOff: _approve, MeasureEcl: _measure},
    scope={
        ProposeWriteOff: lambda command: (f"write-off:{command.write_off}", f"invoice:{command.invoice}"),
        ApproveWriteOff: lambda command: (f"write-off:{command.write_off}", f"invoice:{command.invoice}", *POSTING),
        MeasureEcl: lambda command: (ALLOWANCE_TAG, f"ecl:{command.measurement}", *POSTING),
    },
)
