"""What was recorded by mistake is withdrawn, the latest step of a thing first (docs/decisions/0014-withdrawn-facts.md).

Commands             Facts
WithdrawOfftakeStep  offtake.step-withdrawn: of the agreement's life, its amendments, a curtailment, an adjustment, a
                     month's savings, certificates, a sale
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

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from ledger.decider import By, Fact, Part, Text, said, stored_name
from ledger.offtake.account import OfftakeAgreement, Offtakes, Thing
from ledger.offtake.facts import (
    CertificatesIssued,
    OfftakeAmendmentProposed,
    OfftakeDrafted,
    OfftakeExecuted,
    OfftakeFact,
    OfftakeStepWithdrawn,
)
from ledger.offtake.life import AgreementCommand, OfftakeUnknown, agreement_tags
from ledger.offtake.meters.facts import (
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

StepName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z]+\.[a-z]+(-[a-z]+)*$(?!\n)",
        max_length=80,
        description="A fact's stored name: offtake.suspended.",
    ),
]

# Commands


class WithdrawOfftakeStep(AgreementCommand, frozen=True, kw_only=True, tag="withdraw-offtake-step"):
    """Withdraw a step of an agreement that was recorded by mistake; `effective_on` is the step's own date.

    about   which amendment, curtailment, adjustment, sale or month, where several steps of that name and date stand
    """

    effective_on: OnRecord
    put_right: ClassVar[str] = "Record the step again."
    step: StepName
    about: Text | None = None
    reason: Text


class WithdrawMeterStep(MeterCommand, frozen=True, kw_only=True, tag="withdraw-meter-step"):
    """Withdraw a step of a meter that was recorded by mistake; `effective_on` is the step's own date.

    about   which month, of intervals that came on the same day
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


def _named(facts: Sequence[Any], command: WithdrawOfftakeStep | WithdrawMeterStep) -> list[Any]:
    """The facts that a command may mean, in the order recorded."""
    return [
        fact
        for fact in facts
        if (stored_name(type(fact)), fact.effective_on) == (command.step, command.effective_on)
        and command.about in (None, fact.about)
    ]


def _several(facts: Sequence[Any]) -> str | None:
    """The words that tell facts of one name and date apart; None where there is one, or no doubt."""
    about = dict.fromkeys(fact.about for fact in facts)
    return ", ".join(str(word) for word in about) if len(about) > 1 else None


def _withdraw(state: Offtakes, command: WithdrawOfftakeStep, by: By) -> Sequence[Fact]:
    agreement = state.agreements.get(command.agreement)
    if agreement is None:
        raise OfftakeUnknown(f"there is no offtake agreement {command.agreement}", field="agreement")
    things: Mapping[Thing, tuple[OfftakeFact, ...]] = agreement.steps
    found = _named([fact for steps in things.values() for fact in steps], command)
    latest = [fact for fact in found if any(steps[-1] is fact for steps in things.values())]
    if not latest and said(OfftakeStepWithdrawn, command, touched=()) in agreement.asked.values():
        return ()
    if not found:
        raise OfftakeStepUnknown(
            f"no step {command.step} of {command.effective_on} stands that could be withdrawn", field="step"
        )
    if (words := _several(found)) is not None:
        raise OfftakeStepUnknown(f"say `about` which of these is meant: {words}", field="about")
    if not latest:
        step = next(steps[-1] for steps in things.values() if found[-1] in steps)
        raise OfftakeStepNotLatest(
            f"{stored_name(type(step))} of {step.effective_on} came after it; withdraw that first", field="step"
        )
    _check_needed(state, agreement, latest[-1])
    return (
        OfftakeStepWithdrawn(
            effective_on=command.effective_on,
            agreement=command.agreement,
            step=command.step,
            about=command.about,
            reason=command.reason,
            touched=latest[-1].tags,
        ),
    )


def _check_needed(state: Offtakes, agreement: OfftakeAgreement, step: OfftakeFact) -> None:
    """Nothing that stands is left without what it rests on. Raises OfftakeStepNeeded."""
    if isinstance(step, OfftakeExecuted) or (isinstance(step, OfftakeDrafted) and len(agreement.life) == 1):
        others = [thing for thing, steps in agreement.steps.items() if thing[0] != "life" and steps]
        meters = [meter.installed.meter for meter in state.meters_of(agreement.agreement) if meter.installed]
        if others or meters or agreement.runs:
            first = f"meter {meters[0]}" if meters else " ".join(others[0]).strip() if others else "a statement"
            raise OfftakeStepNeeded(f"{first} of {agreement.agreement} rests on it; withdraw that first", field="step")
    if isinstance(step, OfftakeAmendmentProposed) and step.amendment in agreement.decided:
        raise OfftakeStepNeeded(
            f"the approval of {step.amendment} rests on it; withdraw offtake.amended of {step.effective_on} first",
            field="step",
        )
    if isinstance(step, CertificatesIssued):
        held = sum(issued.count for issued in agreement.certificates) - step.count
        if sum(sale.count for sale in agreement.sales.values()) > held:
            raise OfftakeStepNeeded("certificates of these were sold; withdraw the sale first", field="step")


def _withdraw_meter(state: Offtakes, command: WithdrawMeterStep, by: By) -> Sequence[Fact]:
    meter = state.meters.get(command.meter)
    if meter is None:
        raise MeterUnknown(f"there is no meter {command.meter}", field="meter")
    found = _named(meter.recorded, command)
    if not found:
        if said(MeterStepWithdrawn, command, touched=()) in meter.asked.values():
            return ()
        raise MeterStepUnknown(
            f"no step {command.step} of {command.effective_on} of {command.meter} stands", field="step"
        )
    if (words := _several(found)) is not None:
        raise MeterStepUnknown(f"say `about` which of these is meant: {words}", field="about")
    step = found[-1]
    _check_latest(meter, step)
    return (
        MeterStepWithdrawn(
            effective_on=command.effective_on,
            meter=command.meter,
            step=command.step,
            about=command.about,
            reason=command.reason,
            touched=step.tags,
        ),
    )


def _check_latest(meter: Meter, step: MeterFact) -> None:
    """No later step of the meter rests on it. Raises MeterStepNotLatest.

    A read stands by itself as long as it is the latest word on its day; without it registers go up all the same.
    """
    at = next(at for at in reversed(range(len(meter.recorded))) if meter.recorded[at] is step)
    rests = [later for later in meter.recorded[at + 1 :] if _rests(later, step)]
    if rests:
        raise MeterStepNotLatest(
            f"{stored_name(type(rests[-1]))} of {rests[-1].effective_on} came after it; withdraw that first",
            field="step",
        )
    if isinstance(step, MeterInstalled):
        return
    without = Meter()
    for fact in (*meter.recorded[:at], *meter.recorded[at + 1 :]):
        without = evolve_meter(without, fact)
    try:
        check_register(without)
    except OfftakeRefusal as refusal:
        raise MeterStepNotLatest(
            f"without it {refusal.detail}; withdraw the later read first", field="step"
        ) from refusal


def _rests(later: MeterFact, step: MeterFact) -> bool:
    """Tell whether a later fact rests on a step: all on the installation, else those about the same."""
    if isinstance(step, MeterInstalled):
        return True
    if isinstance(step, IntervalsReceived):
        return isinstance(later, IntervalsReceived) and later.month == step.month
    if isinstance(step, MeterCalibrated):
        return isinstance(later, MeterCalibrated)
    shown = not isinstance(later, IntervalsReceived | MeterCalibrated)
    return shown and later.effective_on == step.effective_on


WITHDRAWING: Part[Offtakes, Any] = Part(
    decide={WithdrawOfftakeStep: _withdraw, WithdrawMeterStep: _withdraw_meter},
    scope={WithdrawOfftakeStep: agreement_tags, WithdrawMeterStep: _meter_tags},
)
