"""Incentives that an investor is paid, and clawbacks: what is owed back when a covenant is missed.

Commands                 Facts (investment.…)
PayIncentive             incentive-paid              out of MCSC's bank
RecordOutsideIncentive   outside-incentive-paid      by somebody else: nothing posts
AssessClawback           clawback-assessed           incentive paid × shortfall, or all of it (I4)
ProposeClawbackWaiver    clawback-waiver-proposed
ApproveClawbackWaiver    clawback-waived             by somebody else than the proposer
CollectClawback          clawback-collected          into MCSC's bank

A clawback is of what MCSC paid until its day. Assessed again after the covenant was tested anew, or after more was
paid, it asks for the difference. An incentive of somebody else is owed back to its payer, which is no business of these
books.

Refusals, in order of precedence (after those of rules.py)
├── IncentiveUnknown           the agreement promises no such incentive (unknown)
├── CovenantUnknown            of performance.py (unknown)
├── ClawbackUnknown            nothing was assessed under this id (unknown)
├── WaiverUnknown              nobody has proposed it (unknown)
├── InvestmentPaymentTaken     this id is another payment, clawback, waiver or collection (conflict)
├── PayerDiffers               the incentive is promised by another payer
├── IncentiveExceeded          more than was promised
├── CovenantNotMissed          it was not tested, or it was met
├── CovenantTestOutdated       what is on record for its date is no longer what was measured: nor is a clawback on
│                              that test waived or collected
├── NothingToClaw              nothing was paid, or all of it was asked for already
├── WaiverDecided              it was approved already
├── ApproverIsWaiverProposer   J7: the approver is not the proposer
├── (InvestmentGroundGone)     of rules.py: the clawback asks for what is not owed by the covenant's last test
└── ClawbackExceeded           more than is outstanding
"""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from ledger.billing.rules import BankReferenceTaken
from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.investment.facts import (
    ClawbackAssessed,
    ClawbackCollected,
    ClawbackWaived,
    ClawbackWaiverProposed,
    CovenantTested,
    IncentivePaid,
    OutsideIncentivePaid,
)
from ledger.investment.grounds import owed_back_minor, unowed
from ledger.investment.performance import covenant_of, outdated
from ledger.investment.rules import (
    InvestmentCommand,
    InvestmentGroundGone,
    InvestmentRefusal,
    Investments,
    agreement_of,
    agreement_tags,
    check_place,
    cny,
    not_before,
    posting_tags,
    posts_on,
    terms_of,
)
from ledger.investment.standing import Clawback, InvestmentAgreement, tested_as
from ledger.investment.terms import Covenant, Incentive
from ledger.once.bank import BankReference, check_reference
from ledger.values.evidence import Evidence
from ledger.values.money import Cny, minor, written

# Commands


class PayIncentive(InvestmentCommand, frozen=True, kw_only=True, tag="pay-incentive"):
    """Record that MCSC paid an incentive, or a part of it. `effective_on` is the value date."""

    put_right: ClassVar[str] = "`reverse-incentive`; its bank reference is free again."
    incentive: Id
    payment: Id
    amount: Cny
    bank_reference: BankReference
    bank_account: Id | None = None


class RecordOutsideIncentive(InvestmentCommand, frozen=True, kw_only=True, tag="record-outside-incentive"):
    """Record that somebody else paid an incentive that it had promised."""

    put_right: ClassVar[str] = "`withdraw-investment-step`, then record it again."
    incentive: Id
    payment: Id
    amount: Cny
    evidence: Evidence


class AssessClawback(InvestmentCommand, frozen=True, kw_only=True, tag="assess-clawback"):
    """Ask back what a missed covenant costs; what that is, is computed."""

    put_right: ClassVar[str] = (
        "`reverse-clawback`, or, where too little was asked for, assess the rest under another id: `assess-clawback`."
    )
    clawback: Id
    covenant: Id


class ProposeClawbackWaiver(InvestmentCommand, frozen=True, kw_only=True, tag="propose-clawback-waiver"):
    """Ask to give up some of a clawback."""

    put_right: ClassVar[str] = (
        "Nothing follows until somebody else approves it; `withdraw-investment-step` takes it back."
    )
    clawback: Id
    waiver: Id
    amount: Cny
    reason: Text


class ApproveClawbackWaiver(InvestmentCommand, frozen=True, kw_only=True, tag="approve-clawback-waiver"):
    """Agree to what somebody else proposed."""

    put_right: ClassVar[str] = "`reverse-clawback-waiver`."
    clawback: Id
    waiver: Id


class CollectClawback(InvestmentCommand, frozen=True, kw_only=True, tag="collect-clawback"):
    """Record that some of a clawback came into the bank. `effective_on` is the value date."""

    put_right: ClassVar[str] = "`reverse-collection`; its bank reference is free again."
    clawback: Id
    collection: Id
    amount: Cny
    bank_reference: BankReference
    bank_account: Id | None = None


# Refusals


class IncentiveUnknown(InvestmentRefusal):
    """The agreement promises no such incentive."""

    code = "incentive-unknown"
    kind = "unknown"


class ClawbackUnknown(InvestmentRefusal):
    """Nothing was assessed under this id."""

    code = "clawback-unknown"
    kind = "unknown"


class WaiverUnknown(InvestmentRefusal):
    """Nobody has proposed it."""

    code = "waiver-unknown"
    kind = "unknown"


class InvestmentPaymentTaken(InvestmentRefusal):
    """This id is another payment, clawback, waiver or collection."""

    code = "investment-payment-taken"
    kind = "conflict"


class PayerDiffers(InvestmentRefusal):
    """The incentive is promised by another payer."""

    code = "payer-differs"


class IncentiveExceeded(InvestmentRefusal):
    """More than was promised."""

    code = "incentive-exceeded"


class CovenantNotMissed(InvestmentRefusal):
    """It was not tested, or it was met."""

    code = "covenant-not-missed"


class CovenantTestOutdated(InvestmentRefusal):
    """The record for the test date is no longer what was measured."""

    code = "covenant-test-outdated"


class NothingToClaw(InvestmentRefusal):
    """Nothing was paid, or all of it was asked for already."""

    code = "nothing-to-claw"


class WaiverDecided(InvestmentRefusal):
    """It was approved already."""

    code = "waiver-decided"


class ApproverIsWaiverProposer(InvestmentRefusal):
    """J7: the approver is not the proposer."""

    code = "approver-is-waiver-proposer"


class ClawbackExceeded(InvestmentRefusal):
    """More than is outstanding."""

    code = "clawback-exceeded"


# Scope


def _bank_tags(command: PayIncentive | CollectClawback) -> tuple[str, ...]:
    return (*posting_tags(command), f"bank:{command.bank_reference}")


# Decide


def _pay(state: Investments, command: PayIncentive, by: By) -> Sequence[Fact]:
    agreement = agreement_of(state, command)
    incentive = _incentive_of(agreement, command.incentive, command.effective_on)
    amount_minor = cny(command.amount)
    if said(IncentivePaid, command, amount_minor=amount_minor) in state.asked.values():
        return ()
    check_place(agreement, IncentivePaid, command)
    _check_payment_free(agreement, command.payment)
    if incentive.stranger is not None:
        raise PayerDiffers(
            f"incentive {incentive.incentive} is paid by {incentive.stranger}; record it with record-outside-incentive",
            field="incentive",
        )
    _check_promised(agreement, command, amount_minor)
    check_reference(state.bank_references, command.bank_reference, BankReferenceTaken, command.bank_account)
    return (
        IncentivePaid(
            effective_on=command.effective_on,
            accounting_on=posts_on(state, command.effective_on, by),
            agreement=agreement.agreement,
            company=agreement.company,
            bank_reference=command.bank_reference,
            bank_account=command.bank_account,
            incentive=command.incentive,
            payment=command.payment,
            amount_minor=amount_minor,
        ),
    )


def _record_outside(state: Investments, command: RecordOutsideIncentive, _by: By) -> Sequence[Fact]:
    agreement = agreement_of(state, command)
    incentive = _incentive_of(agreement, command.incentive, command.effective_on)
    amount_minor = cny(command.amount)
    if said(OutsideIncentivePaid, command, amount_minor=amount_minor) in state.asked.values():
        return ()
    check_place(agreement, OutsideIncentivePaid, command)
    _check_payment_free(agreement, command.payment)
    if incentive.stranger is None:
        raise PayerDiffers(
            f"incentive {incentive.incentive} is paid by MCSC; record it with pay-incentive", field="incentive"
        )
    _check_promised(agreement, command, amount_minor)
    return (
        OutsideIncentivePaid(
            effective_on=command.effective_on,
            agreement=agreement.agreement,
            company=agreement.company,
            incentive=command.incentive,
            payment=command.payment,
            amount_minor=amount_minor,
            payer=incentive.stranger,
            evidence=command.evidence,
        ),
    )


def _incentive_of(agreement: InvestmentAgreement, name: str, on: date) -> Incentive:
    incentive = terms_of(agreement, on).incentive(name)
    if incentive is None:
        raise IncentiveUnknown(f"{agreement.agreement} promises no incentive {name} on {on}", field="incentive")
    return incentive


def _check_payment_free(agreement: InvestmentAgreement, payment: str) -> None:
    _check_free(payment in agreement.payments or payment in agreement.outside, payment, "payment")


def _check_free(taken: bool, name: str, field: str) -> None:
    if taken:
        raise InvestmentPaymentTaken(f"{field} {name} is recorded already and says otherwise", field=field)


def _check_promised(
    agreement: InvestmentAgreement, command: PayIncentive | RecordOutsideIncentive, amount_minor: int
) -> None:
    """Check that no more is paid than promised, on that day and by all later terms, whatever is recorded in between."""
    received = agreement.received(command.incentive)
    later = [version.from_on for version in agreement.versions if version.from_on > command.effective_on]
    moves = [move.on for move in received.moves if move.on > command.effective_on]
    for day in (command.effective_on, *sorted({*later, *moves})):
        promised = terms_of(agreement, day).incentive(command.incentive)
        left = (minor(promised.amount) if promised else 0) - received.on(day)
        if amount_minor > left:
            raise IncentiveExceeded(
                f"{written(max(left, 0))} CNY of incentive {command.incentive} are left to be paid on {day}, "
                f"not {written(amount_minor)}",
                field="amount",
            )


def _assess(state: Investments, command: AssessClawback, by: By) -> Sequence[Fact]:
    agreement = agreement_of(state, command)
    covenant = covenant_of(agreement, command.covenant, command.effective_on)
    if said(ClawbackAssessed, command) in state.asked.values():
        return ()
    check_place(agreement, ClawbackAssessed, command)
    _check_free(command.clawback in agreement.clawbacks, command.clawback, "clawback")
    incentive = None
    if covenant.incentive is not None:
        incentive = _incentive_of(agreement, covenant.incentive, command.effective_on)
    if incentive is not None and incentive.stranger is not None:
        raise PayerDiffers(
            f"incentive {incentive.incentive} was paid by {incentive.stranger}, who asks it back themselves"
        )
    test = _missed(agreement, covenant)
    not_before(command.effective_on, test.effective_on, f"{covenant.covenant} was tested")
    if incentive is None:
        raise NothingToClaw(
            f"nothing is to be asked back for {covenant.covenant}: it costs no incentive", field="covenant"
        )
    if (words := outdated(agreement, test)) is not None:
        raise CovenantTestOutdated(words, field="covenant")
    amount_minor = owed_back_minor(agreement, covenant, incentive.incentive, test, command.effective_on)
    if amount_minor <= 0:
        paid = written(agreement.paid(incentive.incentive).on(command.effective_on))
        raise NothingToClaw(
            f"nothing is to be asked back for {covenant.covenant}: {paid} CNY were paid until {command.effective_on}",
            field="covenant",
        )
    return (
        ClawbackAssessed(
            effective_on=command.effective_on,
            accounting_on=posts_on(state, command.effective_on, by),
            agreement=agreement.agreement,
            company=agreement.company,
            clawback=command.clawback,
            covenant=command.covenant,
            test_on=covenant.test_on,
            incentive=incentive.incentive,
            amount_minor=amount_minor,
        ),
    )


def _missed(agreement: InvestmentAgreement, covenant: Covenant) -> CovenantTested:
    test = agreement.tests.get(tested_as(covenant.covenant, covenant.test_on))
    if test is None or test.result == "MET":
        raise CovenantNotMissed(
            f"covenant {covenant.covenant} {'was met' if test else 'is not tested yet (test-covenant)'}",
            field="covenant",
        )
    return test


def _propose_waiver(state: Investments, command: ProposeClawbackWaiver, by: By) -> Sequence[Fact]:
    agreement = agreement_of(state, command)
    clawback, assessed = clawback_of(agreement, command.clawback)
    amount_minor = cny(command.amount)
    if said(ClawbackWaiverProposed, command, amount_minor=amount_minor) in state.asked.values():
        return ()
    check_place(agreement, ClawbackWaiverProposed, command)
    _check_free(command.waiver in clawback.proposals, command.waiver, "waiver")
    _check_outstanding(state, clawback, assessed, command, amount_minor)
    return (
        ClawbackWaiverProposed(
            effective_on=command.effective_on,
            agreement=agreement.agreement,
            company=agreement.company,
            clawback=command.clawback,
            waiver=command.waiver,
            amount_minor=amount_minor,
            reason=command.reason,
            proposed_by=by.actor,
        ),
    )


def _approve_waiver(state: Investments, command: ApproveClawbackWaiver, by: By) -> Sequence[Fact]:
    agreement = agreement_of(state, command)
    clawback, assessed = clawback_of(agreement, command.clawback)
    proposal = clawback.proposals.get(command.waiver)
    if proposal is None:
        raise WaiverUnknown(f"nobody has proposed a waiver {command.waiver} of {command.clawback}")
    if said(ClawbackWaived, command) in state.asked.values():
        return ()
    check_place(agreement, ClawbackWaived, command)
    if command.waiver in clawback.waivers:
        approved_on = clawback.waivers[command.waiver].effective_on
        raise WaiverDecided(f"waiver {command.waiver} was approved on {approved_on}")
    not_before(command.effective_on, proposal.effective_on, f"waiver {command.waiver} was proposed")
    if proposal.proposed_by == by.actor:
        raise ApproverIsWaiverProposer(f"{by.actor} proposed {command.waiver}; somebody else approves it")
    _check_outstanding(state, clawback, assessed, command, proposal.amount_minor)
    return (
        ClawbackWaived(
            effective_on=command.effective_on,
            accounting_on=posts_on(
                state, command.effective_on, by, clawback.open.booked_from(proposal.amount_minor, command.effective_on)
            ),
            agreement=agreement.agreement,
            company=agreement.company,
            clawback=command.clawback,
            waiver=command.waiver,
            amount_minor=proposal.amount_minor,
            proposed_by=proposal.proposed_by,
            approved_by=by.actor,
        ),
    )


def _collect(state: Investments, command: CollectClawback, by: By) -> Sequence[Fact]:
    agreement = agreement_of(state, command)
    clawback, assessed = clawback_of(agreement, command.clawback)
    amount_minor = cny(command.amount)
    if said(ClawbackCollected, command, amount_minor=amount_minor) in state.asked.values():
        return ()
    check_place(agreement, ClawbackCollected, command)
    _check_free(command.collection in clawback.collections, command.collection, "collection")
    _check_outstanding(state, clawback, assessed, command, amount_minor)
    check_reference(state.bank_references, command.bank_reference, BankReferenceTaken, command.bank_account)
    return (
        ClawbackCollected(
            effective_on=command.effective_on,
            accounting_on=posts_on(
                state, command.effective_on, by, clawback.open.booked_from(amount_minor, command.effective_on)
            ),
            agreement=agreement.agreement,
            company=agreement.company,
            bank_reference=command.bank_reference,
            bank_account=command.bank_account,
            clawback=command.clawback,
            collection=command.collection,
            amount_minor=amount_minor,
        ),
    )


def clawback_of(agreement: InvestmentAgreement, name: str) -> tuple[Clawback, ClawbackAssessed]:
    """Find a clawback, and its assessment. Raises ClawbackUnknown."""
    clawback = agreement.clawbacks.get(name)
    if clawback is None or clawback.assessed is None:
        raise ClawbackUnknown(f"{agreement.agreement} has no clawback {name}; assess it first", field="clawback")
    return clawback, clawback.assessed


def _check_outstanding(
    state: Investments,
    clawback: Clawback,
    assessed: ClawbackAssessed,
    command: ProposeClawbackWaiver | ApproveClawbackWaiver | CollectClawback,
    amount_minor: int,
) -> None:
    """Check that an amount is owed on that day and on every later one (I4), on a test that holds."""
    not_before(command.effective_on, assessed.effective_on, f"clawback {command.clawback} was assessed")
    if clawback.reversed is None:
        _check_still_owed(state, assessed)
    least = clawback.open.least_from(command.effective_on)
    if amount_minor > least:
        raise ClawbackExceeded(
            f"{written(max(least, 0))} CNY of {command.clawback} are outstanding from {command.effective_on} on, "
            f"not {written(amount_minor)}",
            field="amount",
        )


def _check_still_owed(state: Investments, assessed: ClawbackAssessed) -> None:
    """Check that what a clawback asks for is owed by the covenant's last test, and that test by what is on record."""
    agreement = state.agreements[assessed.agreement]
    ground = dict(unowed(state.recorded[assessed.agreement], agreement)).get(assessed.clawback)
    if ground is not None:
        raise InvestmentGroundGone(ground.says, field="clawback")
    words = outdated(agreement, agreement.tests[tested_as(assessed.covenant, assessed.test_on)])
    if words is not None:
        raise CovenantTestOutdated(words, field="clawback")


INCENTIVES: Part[Investments, InvestmentAgreement] = Part(
    decide={
        PayIncentive: _pay,
        RecordOutsideIncentive: _record_outside,
        AssessClawback: _assess,
        ProposeClawbackWaiver: _propose_waiver,
        ApproveClawbackWaiver: _approve_waiver,
        CollectClawback: _collect,
    },
    scope={
        PayIncentive: _bank_tags,
        RecordOutsideIncentive: agreement_tags,
        AssessClawback: posting_tags,
        ProposeClawbackWaiver: agreement_tags,
        ApproveClawbackWaiver: posting_tags,
        CollectClawback: _bank_tags,
    },
)
