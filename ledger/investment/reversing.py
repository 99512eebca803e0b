"""What was paid, assessed, waived or collected by mistake is turned round: the books keep both (J6).

Commands               Facts (investment.…)   The mirror of
ReverseIncentive       incentive-reversed     incentive-paid
ReverseClawback        clawback-reversed      clawback-assessed, when no waiver or collection of it stands
ReverseClawbackWaiver  waiver-reversed        clawback-waived
ReverseCollection      collection-reversed    clawback-collected

All of it, once, not before it happened; in the books not before what it takes back. A bank's reference is free again.

Refusals, in order of precedence (after those of rules.py)
├── IncentivePaymentUnknown, ClawbackUnknown, WaiverNotApproved, CollectionUnknown   no such thing (unknown)
├── InvestmentReversed     it was reversed already, in other words (conflict)
├── ClawbackMoved          it was waived or collected in part: that is reversed first, on that day or before
└── (InvestmentGroundGone) of rules.py: a clawback asks for what would not have been paid
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.investment.facts import (
    ClawbackReversed,
    ClawbackWaiverReversed,
    CollectionReversed,
    IncentiveReversed,
    InvestmentPosting,
)
from ledger.investment.incentives import clawback_of
from ledger.investment.rules import (
    InvestmentCommand,
    InvestmentRefusal,
    Investments,
    agreement_of,
    check_place,
    not_before,
    posting_tags,
    posts_on,
)
from ledger.investment.standing import InvestmentAgreement
from ledger.values.money import written

# Commands


class ReverseIncentive(InvestmentCommand, frozen=True, kw_only=True, tag="reverse-incentive"):
    """Reverse a payment of an incentive that was recorded by mistake; its bank reference is free again."""

    put_right: ClassVar[str] = "Record the payment again, under another id: `pay-incentive`."
    payment: Id
    reason: Text


class ReverseClawback(InvestmentCommand, frozen=True, kw_only=True, tag="reverse-clawback"):
    """Reverse the assessment of a clawback; what was waived or collected of it is reversed first."""

    put_right: ClassVar[str] = "Assess it again, under another id: `assess-clawback`."
    clawback: Id
    reason: Text


class ReverseClawbackWaiver(InvestmentCommand, frozen=True, kw_only=True, tag="reverse-clawback-waiver"):
    """Reverse a waiver: what it gave up is owed again."""

    put_right: ClassVar[str] = "Propose the waiver again, under another id: `propose-clawback-waiver`."
    clawback: Id
    waiver: Id
    reason: Text


class ReverseCollection(InvestmentCommand, frozen=True, kw_only=True, tag="reverse-collection"):
    """Reverse the collection of a clawback that was recorded by mistake; its bank reference is free again."""

    put_right: ClassVar[str] = "Record the collection again, under another id: `collect-clawback`."
    clawback: Id
    collection: Id
    reason: Text


Reversing = ReverseIncentive | ReverseClawback | ReverseClawbackWaiver | ReverseCollection

# Refusals


class IncentivePaymentUnknown(InvestmentRefusal):
    """MCSC made no such payment."""

    code = "incentive-payment-unknown"
    kind = "unknown"


class WaiverNotApproved(InvestmentRefusal):
    """No such waiver was approved."""

    code = "waiver-not-approved"
    kind = "unknown"


class CollectionUnknown(InvestmentRefusal):
    """No such collection."""

    code = "collection-unknown"
    kind = "unknown"


class InvestmentReversed(InvestmentRefusal):
    """It was reversed already, in other words."""

    code = "investment-reversed"
    kind = "conflict"


class ClawbackMoved(InvestmentRefusal):
    """It was waived or collected in part."""

    code = "clawback-moved"


# Decide


def _incentive(state: Investments, command: ReverseIncentive, by: By) -> Sequence[Fact]:
    agreement = agreement_of(state, command)
    payment = agreement.payments.get(command.payment)
    if payment is None:
        raise IncentivePaymentUnknown(
            f"{agreement.agreement} has no payment {command.payment} of MCSC", field="payment"
        )
    reversal = agreement.reversals.get(command.payment)
    if not _turn(agreement, command, f"payment {command.payment}", payment, reversal, IncentiveReversed):
        return ()
    return _mirror(state, command, by, payment, IncentiveReversed)


def _clawback(state: Investments, command: ReverseClawback, by: By) -> Sequence[Fact]:
    agreement = agreement_of(state, command)
    clawback, assessed = clawback_of(agreement, command.clawback)
    what = f"clawback {command.clawback}"
    if not _turn(agreement, command, what, assessed, clawback.reversed, ClawbackReversed):
        return ()
    least = clawback.open.least_from(command.effective_on)
    if least < assessed.amount_minor:
        raise ClawbackMoved(
            f"{written(assessed.amount_minor - least)} CNY of {command.clawback} are waived or collected on "
            f"{command.effective_on} or later; reverse that first, with effect from that day or before "
            "(reverse-collection, reverse-clawback-waiver)",
            field="clawback",
        )
    booked = clawback.open.booked_from(assessed.amount_minor, command.effective_on)
    return _mirror(state, command, by, assessed, ClawbackReversed, booked)


def _waiver(state: Investments, command: ReverseClawbackWaiver, by: By) -> Sequence[Fact]:
    agreement = agreement_of(state, command)
    clawback, _ = clawback_of(agreement, command.clawback)
    waived = clawback.waivers.get(command.waiver)
    if waived is None:
        raise WaiverNotApproved(f"no waiver {command.waiver} of {command.clawback} was approved", field="waiver")
    reversal = clawback.unwaived.get(command.waiver)
    if not _turn(agreement, command, f"waiver {command.waiver}", waived, reversal, ClawbackWaiverReversed):
        return ()
    return _mirror(state, command, by, waived, ClawbackWaiverReversed)


def _collection(state: Investments, command: ReverseCollection, by: By) -> Sequence[Fact]:
    agreement = agreement_of(state, command)
    clawback, _ = clawback_of(agreement, command.clawback)
    collected = clawback.collections.get(command.collection)
    if collected is None:
        raise CollectionUnknown(f"{command.clawback} has no collection {command.collection}", field="collection")
    reversal = clawback.uncollected.get(command.collection)
    if not _turn(agreement, command, f"collection {command.collection}", collected, reversal, CollectionReversed):
        return ()
    return _mirror(state, command, by, collected, CollectionReversed)


def _turn(
    agreement: InvestmentAgreement,
    command: Reversing,
    what: str,
    fact: InvestmentPosting,
    reversal: InvestmentPosting | None,
    kind: type[InvestmentPosting],
) -> bool:
    """Check what all reversals share; False where it is so already. Raises InvestmentReversed and those of rules.py."""
    if reversal is not None:
        if reversal.asked == said(kind, command):
            return False
        raise InvestmentReversed(f"{what} was reversed on {reversal.effective_on} already")
    check_place(agreement, kind, command)
    not_before(command.effective_on, fact.effective_on, f"{what} was recorded")
    return True


def _mirror(
    state: Investments,
    command: Reversing,
    by: By,
    fact: InvestmentPosting,
    kind: type[InvestmentPosting],
    booked: date = date.min,
) -> Sequence[Fact]:
    """Turn a fact round: its mirror has its fields, with the day and the reason of the command. Raises NoOpenPeriod."""
    own: dict[str, Any] = {
        "effective_on": command.effective_on,
        "accounting_on": posts_on(state, command.effective_on, by, fact.accounting_on, booked),
        "reason": command.reason,
    }
    same = {name: getattr(fact, name) for name in kind.__struct_fields__ if name not in own}
    return (kind(**own, **same),)


REVERSING: Part[Investments, InvestmentAgreement] = Part(
    decide={
        ReverseIncentive: _incentive,
        ReverseClawback: _clawback,
        ReverseClawbackWaiver: _waiver,
        ReverseCollection: _collection,
    },
    scope={
        ReverseIncentive: posting_tags,
        ReverseClawback: posting_tags,
        ReverseClawbackWaiver: posting_tags,
        ReverseCollection: posting_tags,
    },
)
