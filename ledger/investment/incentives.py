"""What MCSC pays an investor, and what is owed back when a covenant is missed.

Commands                 Facts (investment.…)
PayIncentive             incentive-paid              out of MCSC's bank
RecordOutsideIncentive   outside-incentive-paid      by somebody else: nothing posts
AssessClawback           clawback-assessed           incentive paid × shortfall, or all of it (I4)
ProposeClawbackWaiver    clawback-waiver-proposed
ApproveClawbackWaiver    clawback-waived             by somebody else than the proposer
CollectClawback          clawback-collected          into MCSC's bank

A clawback is of what MCSC paid. Assessed again after the covenant was tested anew, or after more was paid, it asks for
the difference. An incentive of somebody else is owed back to its payer, which is no business of these books.

Refusals, in order of precedence (after those of rules.py)
├── IncentiveUnknown           the agreement promises no such incentive (unknown)
├── CovenantUnknown            of performance.py (unknown)
├── ClawbackUnknown            nothing was assessed under this id (unknown)
├── WaiverUnknown              nobody has proposed it (unknown)
├── InvestmentPaymentTaken     this id is another payment, clawback, waiver or collection (conflict)
├── PayerDiffers               the incentive is promised by another payer
├── IncentiveExceeded          more than was promised
├── CovenantNotMissed          it was not tested, or it was met
├── NothingToClaw              nothing was paid, or all of it was asked for already
├── WaiverDecided              it was approved already
├── ApproverIsWaiverProposer   J7: the approver is not the proposer
└── ClawbackExceeded           more than is outstanding
"""

from typing import Any

from ledger.billing.facts import BankReference
from ledger.billing.rules import check_bank_reference
from ledger.decider import By, Id, Text
from ledger.investment.facts import (
    ClawbackAssessed,
    ClawbackCollected,
    ClawbackWaived,
    ClawbackWaiverProposed,
    IncentivePaid,
    OutsideIncentivePaid,
)
from ledger.investment.performance import covenant_of
from ledger.investment.rules import (
    BINDING,
    SETTLING_UP,
    InvestmentCommand,
    InvestmentRefusal,
    Investments,
    Part,
    cny,
    not_before,
    posts_on,
    terms_of,
)
from ledger.investment.standing import Agreement, Clawback, shortfall_of, tested_as
from ledger.investment.terms import Incentive
from ledger.periods import PERIODS_TAG
from ledger.values.evidence import Evidence
from ledger.values.money import Cny, minor, rounded, written

# Commands


class PayIncentive(InvestmentCommand, frozen=True, kw_only=True, tag="pay-incentive"):
    """Record that MCSC paid an incentive, or a part of it. `effective_on` is the value date."""

    incentive: Id
    payment: Id
    amount: Cny
    bank_reference: BankReference


class RecordOutsideIncentive(InvestmentCommand, frozen=True, kw_only=True, tag="record-outside-incentive"):
    """Record that somebody else paid an incentive that it had promised."""

    incentive: Id
    payment: Id
    amount: Cny
    evidence: Evidence


class AssessClawback(InvestmentCommand, frozen=True, kw_only=True, tag="assess-clawback"):
    """Ask back what a missed covenant costs; what that is, is computed."""

    clawback: Id
    covenant: Id


class ProposeClawbackWaiver(InvestmentCommand, frozen=True, kw_only=True, tag="propose-clawback-waiver"):
    """Ask to give up some of a clawback."""

    clawback: Id
    waiver: Id
    amount: Cny
    reason: Text


class ApproveClawbackWaiver(InvestmentCommand, frozen=True, kw_only=True, tag="approve-clawback-waiver"):
    """Agree to what somebody else proposed."""

    clawback: Id
    waiver: Id


class CollectClawback(InvestmentCommand, frozen=True, kw_only=True, tag="collect-clawback"):
    """Record that some of a clawback came into the bank. `effective_on` is the value date."""

    clawback: Id
    collection: Id
    amount: Cny
    bank_reference: BankReference


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


# What the command says


def _given(agreement: Agreement, command: Any) -> dict[str, Any]:
    match command:
        case PayIncentive() | RecordOutsideIncentive():
            _incentive(agreement, command.incentive)
        case AssessClawback():
            covenant_of(agreement, command.covenant)
        case ApproveClawbackWaiver():
            if command.waiver not in _clawback(agreement, command.clawback).proposals:
                raise WaiverUnknown(f"nobody has proposed a waiver {command.waiver} of {command.clawback}")
        case ProposeClawbackWaiver() | CollectClawback():
            _clawback(agreement, command.clawback)
    amount = getattr(command, "amount", None)
    return {} if amount is None else {"amount_minor": cny(amount)}


def _incentive(agreement: Agreement, name: str) -> Incentive:
    found = terms_of(agreement).incentive(name)
    if found is None:
        raise IncentiveUnknown(f"{agreement.agreement} promises no incentive {name}", field="incentive")
    return found


def _clawback(agreement: Agreement, name: str) -> Clawback:
    found = agreement.clawbacks.get(name)
    if found is None or found.assessed is None:
        raise ClawbackUnknown(f"{agreement.agreement} has no clawback {name}; assess it first", field="clawback")
    return found


# What the state says


def _told(state: Investments, agreement: Agreement, command: Any, by: By) -> dict[str, Any]:
    match command:
        case PayIncentive():
            _check_payment(agreement, command, ours=True)
            check_bank_reference(state.banks, command.bank_reference)
            return {"accounting_on": posts_on(state, command.effective_on, by)}
        case RecordOutsideIncentive():
            _check_payment(agreement, command, ours=False)
            return {"payer": _incentive(agreement, command.incentive).payer}
        case AssessClawback():
            return {**_assessed(agreement, command), "accounting_on": posts_on(state, command.effective_on, by)}
        case ProposeClawbackWaiver():
            known = _clawback(agreement, command.clawback)
            _check_free(command.waiver in known.proposals, command.waiver, "waiver")
            _check_outstanding(known, command, cny(command.amount))
            return {"proposed_by": by.actor}
        case ApproveClawbackWaiver():
            return {**_waived(agreement, command, by), "accounting_on": posts_on(state, command.effective_on, by)}
        case CollectClawback():
            known = _clawback(agreement, command.clawback)
            _check_free(command.collection in known.collections, command.collection, "collection")
            _check_outstanding(known, command, cny(command.amount))
            check_bank_reference(state.banks, command.bank_reference)
            return {"accounting_on": posts_on(state, command.effective_on, by)}
    raise AssertionError(command)


def _check_free(taken: bool, name: str, field: str) -> None:
    if taken:
        raise InvestmentPaymentTaken(f"{field} {name} is recorded already and says otherwise", field=field)


def _check_payment(agreement: Agreement, command: PayIncentive | RecordOutsideIncentive, *, ours: bool) -> None:
    incentive = _incentive(agreement, command.incentive)
    taken = command.payment in agreement.payments or command.payment in agreement.outside
    _check_free(taken, command.payment, "payment")
    if ours != (incentive.payer is None):
        raise PayerDiffers(
            f"incentive {incentive.incentive} is paid by {incentive.payer or 'MCSC'}; "
            f"record it with {'record-outside-incentive' if ours else 'pay-incentive'}",
            field="incentive",
        )
    paid = agreement.paid_minor(incentive.incentive) + agreement.outside_minor(incentive.incentive)
    left = minor(incentive.amount) - paid
    if cny(command.amount) > left:
        raise IncentiveExceeded(
            f"{written(max(left, 0))} CNY of incentive {incentive.incentive} are left to be paid, not {command.amount}",
            field="amount",
        )


def _assessed(agreement: Agreement, command: AssessClawback) -> dict[str, Any]:
    covenant = covenant_of(agreement, command.covenant)
    _check_free(command.clawback in agreement.clawbacks, command.clawback, "clawback")
    promised = None if covenant.incentive is None else _incentive(agreement, covenant.incentive)
    if promised is not None and promised.payer is not None:
        raise PayerDiffers(f"incentive {promised.incentive} was paid by {promised.payer}, who asks it back themselves")
    test = agreement.tests.get(tested_as(covenant.covenant, covenant.test_on))
    if test is None or test.result == "MET":
        raise CovenantNotMissed(
            f"covenant {covenant.covenant} {'was met' if test else 'is not tested yet (test-covenant)'}",
            field="covenant",
        )
    not_before(command.effective_on, test.effective_on, f"{covenant.covenant} was tested")
    paid = 0 if promised is None else agreement.paid_minor(promised.incentive)
    wanted = paid if covenant.consequence == "CLIFF" else rounded(paid * shortfall_of(test))
    amount = min(wanted - _asked_for(agreement, covenant.covenant), _left(agreement, promised, paid))
    if promised is None or amount <= 0:
        raise NothingToClaw(
            f"nothing is to be asked back for {covenant.covenant}: "
            + ("it costs no incentive" if promised is None else f"{written(paid)} CNY were paid"),
            field="covenant",
        )
    return {"incentive": promised.incentive, "test_on": covenant.test_on, "amount_minor": amount}


def _asked_for(agreement: Agreement, covenant: str) -> int:
    """What was assessed for a covenant, waived or not: a waiver is not undone by asking again."""
    of = [one for one in agreement.clawbacks.values() if one.assessed and one.assessed.covenant == covenant]
    return sum(one.assessed_minor for one in of)


def _left(agreement: Agreement, promised: Incentive | None, paid: int) -> int:
    """I4: paid, less what is already clawed back."""
    return 0 if promised is None else paid - agreement.clawed_minor(promised.incentive)


def _waived(agreement: Agreement, command: ApproveClawbackWaiver, by: By) -> dict[str, Any]:
    known = _clawback(agreement, command.clawback)
    proposal = known.proposals[command.waiver]
    if command.waiver in known.waivers:
        raise WaiverDecided(f"waiver {command.waiver} was approved on {known.waivers[command.waiver].effective_on}")
    not_before(command.effective_on, proposal.effective_on, f"waiver {command.waiver} was proposed")
    if proposal.proposed_by == by.actor:
        raise ApproverIsWaiverProposer(f"{by.actor} proposed {command.waiver}; somebody else approves it")
    _check_outstanding(known, command, proposal.amount_minor)
    return {
        "amount_minor": proposal.amount_minor,
        "proposed_by": proposal.proposed_by,
        "approved_by": by.actor,
    }


def _check_outstanding(known: Clawback, command: Any, amount_minor: int) -> None:
    assert known.assessed is not None, "only what was assessed is found"
    not_before(command.effective_on, known.assessed.effective_on, f"clawback {command.clawback} was assessed")
    if amount_minor > known.outstanding_minor:
        raise ClawbackExceeded(
            f"{written(known.outstanding_minor)} CNY of {command.clawback} are outstanding, "
            f"not {written(amount_minor)}",
            field="amount",
        )


def _scope(command: InvestmentCommand) -> tuple[str, ...]:
    match command:
        case PayIncentive() | CollectClawback():
            return (f"bank:{command.bank_reference}", PERIODS_TAG)
        case AssessClawback() | ApproveClawbackWaiver():
            return (PERIODS_TAG,)
    return ()


INCENTIVES = Part(
    facts={
        PayIncentive: IncentivePaid,
        RecordOutsideIncentive: OutsideIncentivePaid,
        AssessClawback: ClawbackAssessed,
        ProposeClawbackWaiver: ClawbackWaiverProposed,
        ApproveClawbackWaiver: ClawbackWaived,
        CollectClawback: ClawbackCollected,
    },
    starts={
        IncentivePaid: BINDING,
        OutsideIncentivePaid: BINDING,
        ClawbackAssessed: SETTLING_UP,
        ClawbackWaiverProposed: SETTLING_UP,
        ClawbackWaived: SETTLING_UP,
        ClawbackCollected: SETTLING_UP,
    },
    given=_given,
    told=_told,
    scope=_scope,
)
