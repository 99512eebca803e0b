"""What was recorded by mistake is withdrawn, the latest step of a thing first (docs/decisions/0014-withdrawn-facts.md).

Commands             Facts
WithdrawOfftakeStep  offtake.step-withdrawn: of the agreement's life, its amendments, a curtailment, an adjustment, a
                     month's savings, certificates, a sale, a lot, a movement of it
WithdrawMeterStep    meter.step-withdrawn: of a meter

What posts is never withdrawn: statements and contract years are run again, damages reversed. A step that was withdrawn
is as if it had never been recorded; months and years that rested on it are settled anew.

Refusals, in order of precedence (after OfftakeUnknown of life.py, MeterUnknown of metering.py)
├── OfftakeStepUnknown    no such step stands, or several do and `about` does not say which (unknown)
├── OfftakeStepNotLatest  a later step of the same thing goes first
├── OfftakeStepNeeded     what stands rests on it: meters of an agreement, certificates that were sold, an approval
├── MeterStepUnknown      no such step of the meter stands, or several do (unknown)
└── MeterStepNotLatest    a later step goes first: what was read rests on it
"""

from collections.abc import Mapping
from functools import reduce
from typing import ClassVar

from ledger.decider import By, Fact, Standing, StepName, Text, Withdrawing, without
from ledger.offtake.account import STATES
from ledger.offtake.charges.facts import (
    TerminationPaymentInvoiced,
    TerminationPaymentOwed,
    TerminationPaymentProposed,
    TerminationPaymentRejected,
    TerminationPaymentReversed,
)
from ledger.offtake.facts import (
    CertificatesIssued,
    CertificatesSold,
    CurtailmentInstructed,
    DeemedAgreed,
    EnergyCreditNote,
    OfftakeAmended,
    OfftakeAmendmentProposed,
    OfftakeAmendmentRejected,
    OfftakeDrafted,
    OfftakeExecuted,
    OfftakeFact,
    OfftakeStepWithdrawn,
    OfftakeTerminated,
    QuantityAdjusted,
    SavingsMeasured,
)
from ledger.offtake.green.counts import least_held
from ledger.offtake.green.facts import CertificateLotIssued, CertificatesRetired, CertificatesTransferred
from ledger.offtake.life import AgreementCommand, OfftakeUnknown, agreement_tags
from ledger.offtake.meters.facts import (
    EstimateApproved,
    EstimateProposed,
    IntervalsReceived,
    MeterCalibrated,
    MeterFact,
    MeterInstalled,
    MeterStepWithdrawn,
)
from ledger.offtake.meters.meter import Meter, evolve_meter
from ledger.offtake.meters.metering import MeterCommand, MeterUnknown
from ledger.offtake.meters.register import check_register
from ledger.offtake.rules import OfftakeRefusal
from ledger.values.days import OnRecord

# Commands


class WithdrawOfftakeStep(AgreementCommand, frozen=True, kw_only=True, tag="withdraw-offtake-step"):
    """Withdraw a step of an agreement that was recorded by mistake; `effective_on` is the step's own date.

    about   which amendment, curtailment, adjustment, sale, lot, movement or month, where several steps of that name
            and date stand
    """

    effective_on: OnRecord
    put_right: ClassVar[str] = "Record the step again."
    step: StepName
    about: Text | None = None
    reason: Text


class WithdrawMeterStep(MeterCommand, frozen=True, kw_only=True, tag="withdraw-meter-step"):
    """Withdraw a step of a meter that was recorded by mistake; `effective_on` is the step's own date.

    about   which month, of intervals that came on the same day; which estimate
    """

    effective_on: OnRecord
    put_right: ClassVar[str] = "Record the step again."
    step: StepName
    about: Text | None = None
    reason: Text


# Refusals


class OfftakeStepUnknown(OfftakeRefusal):
    """No such step of the agreement stands, or several do."""

    code = "offtake-step-unknown"
    kind = "unknown"


class OfftakeStepNotLatest(OfftakeRefusal):
    """A later step of the same thing goes first."""

    code = "offtake-step-not-latest"


class OfftakeStepNeeded(OfftakeRefusal):
    """Something that stands rests on the step."""

    code = "offtake-step-needed"


class MeterStepUnknown(OfftakeRefusal):
    """No such step of the meter stands, or several do."""

    code = "meter-step-unknown"
    kind = "unknown"


class MeterStepNotLatest(OfftakeRefusal):
    """A later step of the meter goes first."""

    code = "meter-step-not-latest"


# Scope


def _meter_tags(command: WithdrawMeterStep) -> tuple[str, ...]:
    return (f"meter:{command.meter}",)


# Decide

Thing = tuple[str, str]
"""A thing of an agreement whose steps follow one another: its life, or a curtailment and its name."""

LIFE: Thing = ("life", "")
THINGS: Mapping[type[OfftakeFact], str] = {
    OfftakeAmended: "amendments",
    OfftakeAmendmentProposed: "amendment",
    OfftakeAmendmentRejected: "amendment",
    TerminationPaymentProposed: "termination-payment",
    TerminationPaymentRejected: "termination-payment",
    CurtailmentInstructed: "curtailment",
    DeemedAgreed: "curtailment",
    QuantityAdjusted: "adjustment",
    SavingsMeasured: "savings",
    CertificatesIssued: "certificates",
    CertificatesSold: "sale",
    CertificateLotIssued: "lot",
    CertificatesTransferred: "movement",
    CertificatesRetired: "movement",
}
"""The thing that a fact is a step of, besides the agreement's life. Statements and years are run again."""
WITHDRAWABLE = (*STATES, *THINGS)


def _thing(fact: OfftakeFact) -> Thing | None:
    """The thing that a fact is a step of. Certificates follow one another whatever month they go through."""
    if type(fact) in STATES:
        return LIFE
    group = THINGS.get(type(fact))
    return None if group is None else (group, "" if group == "certificates" else fact.about or "")


def _explain(facts: Standing, command: WithdrawOfftakeStep) -> None:
    if not any(isinstance(fact, OfftakeFact) and fact.agreement == command.agreement for fact in facts):
        raise OfftakeUnknown(f"there is no offtake agreement {command.agreement}", field="agreement")


def _rests(later: Fact, step: OfftakeFact) -> bool:
    """Tell whether a later fact is a step of the same thing."""
    return isinstance(later, OfftakeFact) and _thing(later) == _thing(step)


def _advice(fact: Fact) -> str:
    if isinstance(fact, TerminationPaymentInvoiced):
        return "credit that with `credit-energy-document` first"
    if isinstance(fact, TerminationPaymentOwed):
        return "take that back with `reverse-termination-payment` first"
    return "withdraw that first" if isinstance(fact, (*WITHDRAWABLE, MeterFact)) else "the agreement stays"


def _check(facts: Standing, step: OfftakeFact, command: WithdrawOfftakeStep, by: By) -> None:
    """Nothing that stands is left without what it rests on. Raises OfftakeStepNeeded."""
    left = without(facts, step)
    is_last = isinstance(step, OfftakeDrafted | OfftakeExecuted) and all(type(fact) is not type(step) for fact in left)
    if is_last:
        others = [fact for fact in left if isinstance(fact, OfftakeFact) and _thing(fact) != LIFE]
        resting = [*others, *(fact for fact in left if isinstance(fact, MeterInstalled))]
        if resting:
            raise OfftakeStepNeeded(OFFTAKE.first(resting[-1]), field="step")
    if isinstance(step, OfftakeAmendmentProposed):
        approved = [fact for fact in left if isinstance(fact, OfftakeAmended) and fact.amendment == step.amendment]
        if approved:
            raise OfftakeStepNeeded(OFFTAKE.first(approved[-1]), field="step")
    if isinstance(step, OfftakeTerminated | TerminationPaymentProposed):
        _check_payments(left, step)
    if isinstance(step, CertificatesIssued):
        issued = [fact for fact in left if isinstance(fact, CertificatesIssued)]
        sold = [fact for fact in left if isinstance(fact, CertificatesSold)]
        if least_held(issued, sold, step.effective_on) < 0:
            raise OfftakeStepNeeded("certificates of these were sold; withdraw the sale first", field="step")
    if isinstance(step, CertificateLotIssued):
        moves = (fact for fact in left if isinstance(fact, CertificatesTransferred | CertificatesRetired))
        if moved := [fact for fact in moves if (fact.agreement, fact.lot) == (step.agreement, step.lot)]:
            raise OfftakeStepNeeded(OFFTAKE.first(moved[-1]), field="step")


def _check_payments(left: Standing, step: OfftakeTerminated | TerminationPaymentProposed) -> None:
    """No payment on termination is left that rests on the step: of a proposal its own, of the termination every one
    that is asked for, or owed in part or whole. Raises OfftakeStepNeeded."""
    own = step.termination_payment if isinstance(step, TerminationPaymentProposed) else None
    rejected = {fact.termination_payment for fact in left if isinstance(fact, TerminationPaymentRejected)}
    owed: dict[str, tuple[Fact, int]] = {}
    for fact in left:
        match fact:
            case TerminationPaymentInvoiced(invoice=name):
                owed[name] = fact, fact.gross_minor
            case TerminationPaymentOwed(termination_payment=name):
                owed[name] = fact, fact.amount_minor
            case TerminationPaymentReversed(termination_payment=name):
                owed[name] = owed[name][0], 0
            case EnergyCreditNote(invoice=name) if name in owed:
                owed[name] = owed[name][0], owed[name][1] - fact.gross_minor
            case TerminationPaymentProposed(termination_payment=name) if own is None and name not in rejected:
                owed[name] = fact, 1
    resting = [fact for name, (fact, amount) in owed.items() if name == own or (own is None and amount)]
    if resting:
        raise OfftakeStepNeeded(OFFTAKE.first(resting[-1]), field="step")


def _explain_meter(facts: Standing, command: WithdrawMeterStep) -> None:
    if not facts:
        raise MeterUnknown(f"there is no meter {command.meter}", field="meter")


def _rests_of_meter(later: Fact, step: MeterFact) -> bool:
    """Tell whether a later fact rests on a step: all on the installation, else those about the same."""
    match step:
        case MeterInstalled():
            return True
        case IntervalsReceived():
            return isinstance(later, IntervalsReceived) and later.month == step.month
        case MeterCalibrated():
            return isinstance(later, MeterCalibrated)
        case EstimateProposed() | EstimateApproved():
            return isinstance(later, EstimateApproved) and later.estimate == step.estimate
    shown = not isinstance(later, IntervalsReceived | MeterCalibrated | EstimateProposed | EstimateApproved)
    return shown and later.effective_on == step.effective_on


def _check_meter(facts: Standing, step: MeterFact, command: WithdrawMeterStep, by: By) -> None:
    """A read stands by itself as long as it is the latest word on its day; without it registers go up all the same.

    Raises MeterStepNotLatest.
    """
    if isinstance(step, MeterInstalled):
        return
    left = (fact for fact in without(facts, step) if isinstance(fact, MeterFact))
    try:
        check_register(reduce(evolve_meter, left, Meter()))
    except OfftakeRefusal as refusal:
        raise MeterStepNotLatest(
            f"without it {refusal.detail}; withdraw the later read first", field="step"
        ) from refusal


OFFTAKE = Withdrawing(
    withdrawn=OfftakeStepWithdrawn,
    steps=WITHDRAWABLE,
    unknown=OfftakeStepUnknown,
    not_latest=OfftakeStepNotLatest,
    rests=_rests,
    advice=_advice,
    explain=_explain,
    check=_check,
)
METER = Withdrawing(
    withdrawn=MeterStepWithdrawn,
    steps=(MeterFact,),
    unknown=MeterStepUnknown,
    not_latest=MeterStepNotLatest,
    rests=_rests_of_meter,
    explain=_explain_meter,
    check=_check_meter,
)
OFFTAKE_STEPS = OFFTAKE.decider(WithdrawOfftakeStep, agreement_tags)
METER_STEPS = METER.decider(WithdrawMeterStep, _meter_tags)
